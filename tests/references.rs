//! Certified references against closed forms and planted answers.

use rstest::rstest;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::{Regression, plant as plant_regression};
use theoremcheck::problem::separable::{Plan, plant};
use theoremcheck::real::{distance, dot, exp, ln, norm};
use theoremcheck::reference::certificate::{certify, upper_bound};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::reference::max_entropy::{degenerate_support, max_entropy};
use theoremcheck::reference::max_margin::{MaxMargin, Separability, max_margin, separate};
use theoremcheck::seed::Seed;

#[rstest]
fn planted_answers_are_found_to_the_last_digits(
    #[values((6, 2), (12, 3), (3000, 4), (40, 8), (100, 20))] (count, dim): (usize, usize),
    #[values(0.05, 0.7, 30.0)] gamma: f64,
    #[values(1, 2, 3)] seed: u64,
) {
    let mut stream = Seed(seed).stream("references", "planted");
    let curvature = (1..dim).map(|_| stream.uniform(1.2, 2.0)).collect();
    let planted = plant(Plan { count, gamma, next_margin: 1.5, curvature }, &mut stream).unwrap();
    let MaxMargin { w_hat, alpha, support, certificate, .. } = max_margin(&planted.points).unwrap();
    assert!(certificate.relative_gap.abs() <= 1e-12, "gap {:e}", certificate.relative_gap);
    assert!(distance(&w_hat, &planted.w_hat) <= 1e-12 * norm(&planted.w_hat));
    assert!(distance(&alpha, &planted.alpha) <= 1e-12 * norm(&planted.alpha));
    assert_eq!(support, (0..dim).collect::<Vec<_>>());
}

#[rstest]
fn planted_curvature_and_next_margin_are_there(#[values(1, 2, 3)] seed: u64) {
    let curvature = vec![0.3, 0.55, 0.8, 1.25, 1.6, 1.9, 2.3];
    let plan = Plan { count: 40, gamma: 0.7, next_margin: 1.4, curvature };
    let planted = plant(plan, &mut Seed(seed).stream("references", "curvature")).unwrap();
    let reference = max_margin(&planted.points).unwrap();
    let dual = max_entropy(&planted.points, &reference, &reference.support).unwrap();
    assert!((reference.next_margin().unwrap() - 1.4).abs() < 1e-12);
    let mut expected: Vec<(f64, &[f64])> =
        planted.plan.curvature.iter().copied().zip(planted.axes.iter().map(Vec::as_slice)).collect();
    let along = reference.direction();
    expected.insert(3, (1.0, &along));
    for ((lambda, axis), (planted, direction)) in dual.curvature.iter().zip(expected) {
        assert!((lambda - planted).abs() < 1e-12, "{lambda} for {planted}");
        assert!((dot(axis, direction).abs() - 1.0).abs() < 1e-12, "the axis of {planted}");
    }
}

/// ŵ of small sets of points, known by hand.
#[rstest]
#[case::four_points(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]], [1.0, 0.0])]
#[case::single_point(&[[3.0, 4.0]], [0.12, 0.16])]
#[case::twice_the_same(&[[3.0, 4.0], [3.0, 4.0]], [0.12, 0.16])]
#[case::two_active(&[[2.0, 0.0], [0.0, 2.0]], [0.5, 0.5])]
#[case::one_active_of_two(&[[1.0, 0.0], [3.0, 1.0]], [1.0, 0.0])]
#[case::nearly_parallel(&[[1.0, 1e-9], [1.0, -1e-9]], [1.0, 0.0])]
#[case::far_apart(&[[1e60, 0.0], [0.0, 1e-30]], [1e-60, 1e30])]
fn separators_known_by_hand(#[case] rows: &[[f64; 2]], #[case] expected: [f64; 2]) {
    let w_hat = max_margin(&Points::from_rows(rows)).unwrap().w_hat;
    assert!(distance(&w_hat, &expected) <= 1e-14 * norm(&expected), "{w_hat:?}");
}

#[rstest]
#[case::opposite(&[[1.0, 2.0], [-1.0, -2.0]])]
#[case::zero(&[[1.0, 1.0], [0.0, 0.0]])]
#[case::triangle_around_zero(&[[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0], [5.0, 5.0]])]
#[case::zero_on_an_edge(&[[1.0, 1.0], [-2.0, -2.0], [3.0, 1.0]])]
fn inseparable_points_carry_their_proof(#[case] rows: &[[f64; 2]]) {
    let points = Points::from_rows(rows);
    let Separability::Inseparable { weights, residual } = separate(&points).unwrap() else {
        panic!("taken for separable");
    };
    assert!(weights.iter().all(|&a| a >= 0.0));
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    assert!(residual <= 1e-15 && upper_bound(&points, &weights) == residual);
    assert!(max_margin(&points).is_err());
}

/// Small whole numbers, where zero is often on an edge of the hull: the answer is always found. In the plane, zero is in the hull
/// if it is a point, between two of them, or inside a triangle (Carathéodory), which whole numbers decide exactly.
#[rstest]
fn small_whole_numbers_are_decided(#[values(1, 2, 3, 4)] dim: usize, #[values(1, 2, 3)] seed: u64) {
    let mut stream = Seed(seed).stream("references", "whole numbers");
    let mut found = [0, 0];
    for _ in 0..1000 {
        let count = stream.whole(1, 3 * dim + 2);
        let lean = stream.whole(0, 2) as i64;
        let rows: Vec<Vec<i64>> =
            (0..count).map(|_| (0..dim).map(|_| stream.whole(0, 6) as i64 - 3 + lean).collect()).collect();
        let points = Points::new(dim, rows.concat().into_iter().map(|c| c as f64).collect()).unwrap();
        let separable = matches!(separate(&points).unwrap(), Separability::Separable(_));
        found[usize::from(separable)] += 1;
        if dim == 2 {
            let cross = |a: &[i64], b: &[i64]| a[0] * b[1] - a[1] * b[0];
            let pair = |a: &[i64], b: &[i64]| cross(a, b) == 0 && a[0] * b[0] + a[1] * b[1] <= 0;
            let triangle = |a: &[i64], b: &[i64], c: &[i64]| cross(a, b) > 0 && cross(b, c) > 0 && cross(c, a) > 0;
            let any = |holds: &dyn Fn(&[i64]) -> bool| rows.iter().any(|row| holds(row));
            let surrounded = any(&|a| any(&|b| pair(a, b) || any(&|c| triangle(a, b, c))));
            assert_eq!(separable, !surrounded, "{rows:?}");
        }
    }
    assert!(found.iter().all(|&often| often > 100), "{found:?}");
}

/// Points all around 0, many more than a look among a few of them sees.
#[rstest]
fn many_points_around_zero_are_inseparable(
    #[values((200, 3), (2000, 2), (5000, 20))] (count, dim): (usize, usize),
    #[values(1, 2, 3)] seed: u64,
) {
    let entries = Seed(seed).stream("references", "around zero").normals(count * dim);
    let Separability::Inseparable { weights, .. } = separate(&Points::new(dim, entries).unwrap()).unwrap() else {
        panic!("taken for separable");
    };
    assert!(weights.iter().all(|&a| a >= 0.0) && weights.iter().filter(|&&a| a > 0.0).count() > dim);
}

/// A certificate is of use only if it sees what is wrong.
#[rstest]
#[case::right([1.0, 0.0], [1.0 / 3.0, 2.0 / 3.0, 0.0, 0.0], true)]
#[case::wrong_direction([1.0, 0.01], [1.0 / 3.0, 2.0 / 3.0, 0.0, 0.0], false)]
#[case::wrong_weights([1.0, 0.0], [0.34, 0.66, 0.0, 0.0], false)]
#[case::support_off_by_one([1.0, 0.0], [1.0 / 3.0, 0.0, 2.0 / 3.0, 0.0], false)]
fn certificates_see_what_is_wrong(#[case] w: [f64; 2], #[case] alpha: [f64; 4], #[case] right: bool) {
    let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let certificate = certify(&points, &w, &alpha);
    assert_eq!(certificate.relative_gap <= 1e-12, right);
    assert_eq!(certificate.stationarity <= 1e-12, right);
}

/// Of the duals of (1,1), (1,-1), (1,1/2) the one of largest entropy makes log alpha linear in x.
#[test]
fn of_many_duals_the_one_of_largest_entropy() {
    let points = Points::from_rows(&[[1.0, 1.0], [1.0, -1.0], [1.0, 0.5]]);
    let reference = max_margin(&points).unwrap();
    assert_eq!(degenerate_support(&points, &reference).unwrap(), Vec::<usize>::new());
    let dual = max_entropy(&points, &reference, &reference.support).unwrap();
    // Its weights are a, b, c with log c = log b + 3/4 (log a - log b), a + b + c = 1 and a - b + c/2 = 0.
    let [a, b, c] = dual.alpha[..] else { panic!("three weights") };
    assert!((a + b + c - 1.0).abs() < 1e-15 && (a - b + 0.5 * c).abs() < 1e-15);
    assert!((ln(c) - ln(b) - 0.75 * (ln(a) - ln(b))).abs() < 1e-14);
    for (alpha, x) in dual.alpha.iter().zip(points.rows()) {
        assert!((exp(-(x[0] * dual.w_tilde[0] + x[1] * dual.w_tilde[1])) - alpha).abs() < 1e-15);
    }
}

/// The decomposition of planted problems, the certified limit, and what it says of a wrong one.
#[rstest]
fn least_norm_solutions_are_certified(
    #[values((1, 1), (3, 7), (8, 20), (12, 12))] (count, dim): (usize, usize),
    #[values(1e-3, 1.0, 1e3)] scale: f64,
    #[values(1, 2, 3)] seed: u64,
) {
    let sigma: Vec<f64> = (0..count).map(|i| scale / (1.0 + i as f64)).collect();
    let mut stream = Seed(seed).stream("references", "least norm");
    let planted = plant_regression(&sigma, dim, &mut stream);
    let reference = decompose(&planted.problem.x).unwrap();
    assert_eq!(reference.rank, count);
    for (computed, planted) in reference.sigma.iter().zip(&sigma) {
        assert!((computed - planted).abs() <= 1e-14 * scale);
    }
    assert!(reference.error <= 1e-12 * scale);
    let start = stream.normals(dim);
    let nearest = reference.nearest(&planted.problem, &start);
    // The planted limit: the coordinates of the solution, and the null part of the start.
    let mut limit = planted.min_norm();
    for axis in &planted.axes[count..] {
        let part: f64 = axis.iter().zip(&start).map(|(a, s)| a * s).sum();
        limit.iter_mut().zip(axis).for_each(|(l, a)| *l += part * a);
    }
    assert!(distance(&nearest.w, &limit) <= 1e-13 * norm(&limit) * count as f64);
    assert!(nearest.error <= 1e-13 * norm(&limit) * count as f64, "{:e}", nearest.error);
}

/// Two equal columns, two equal rows: the rank is seen, and the minimiser is the shortest.
#[test]
fn rank_is_not_count() {
    let problem = Regression { x: Points::from_rows(&[[1.0, 1.0], [1.0, 1.0]]), y: vec![1.0, 3.0] };
    let reference = decompose(&problem.x).unwrap();
    assert_eq!(reference.rank, 1);
    let nearest = reference.nearest(&problem, &[0.0, 0.0]);
    assert!(distance(&nearest.w, &[1.0, 1.0]) <= 1e-15 && (nearest.residual - 2.0_f64.sqrt()).abs() <= 1e-15);
    let elsewhere = reference.nearest(&problem, &[3.0, 1.0]);
    assert!(distance(&elsewhere.w, &[2.0, 0.0]) <= 1e-15);
}

#[rstest]
#[case::one_without_weight(&[[1.0, 0.0], [1.0, 1.0]], &[1])]
#[case::balanced_pair(&[[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]], &[])]
#[case::two_without_weight(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], &[1, 2])]
fn support_vectors_without_weight_are_named(#[case] rows: &[[f64; 2]], #[case] expected: &[usize]) {
    let points = Points::from_rows(rows);
    let reference = max_margin(&points).unwrap();
    assert_eq!(degenerate_support(&points, &reference).unwrap(), expected);
}
