//! The minimum nuclear norm against closed forms, planted matrices, and answers that are wrong.

use faer::Mat;
use rstest::rstest;
use theoremcheck::problem::completion::{Completion, Entry, plant};
use theoremcheck::reference::nuclear_certificate::certify;
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::Seed;

/// Solves, and checks what holds of every answer.
fn solved(problem: &Completion) -> MinNuclearNorm {
    let answer = min_nuclear_norm(problem).unwrap();
    assert_eq!((answer.completion.nrows(), answer.completion.ncols()), (problem.rows, problem.cols));
    for &Entry { i, j, m } in &problem.entries {
        assert_eq!(answer.completion[(i, j)], m, "the completion is not M on Ω");
    }
    assert!(answer.certificate.bounded && answer.norm == answer.certificate.upper, "{answer:?}");
    assert!(answer.certificate.relative_gap >= 0.0, "{:?}", answer.certificate);
    let norm: f64 = answer.completion.singular_values().unwrap().iter().sum();
    assert!(norm <= answer.norm * (1.0 + 1e-13), "{norm:e} is above the bound {:e}", answer.norm);
    answer
}

fn sampled(rows: usize, cols: usize, rank: usize, fraction: f64, seed: u64) -> (Completion, Vec<f64>) {
    let planted = plant(rows, cols, rank, fraction, &mut Seed(seed).stream("references", "nuclear"));
    (planted.problem, planted.truth)
}

/// From rows in which NaN is unobserved.
fn completion(rows: usize, cols: usize, m: &[f64]) -> Completion {
    let entry = |(k, &m): (usize, &f64)| Entry { i: k / cols, j: k % cols, m };
    let entries = m.iter().enumerate().map(entry).filter(|entry| !entry.m.is_nan()).collect();
    Completion { rows, cols, entries }
}

/// [[*, b], [c, d]]: the missing entry is sgn(bcd) min(|d|, |bc/d|), or 0 for d = 0, and the norm is |b| + |c| if
/// |bc| ≥ d², else √((d² + b²)(d² + c²))/|d|. Where the norm is flat to fourth order the entry is right to few digits:
/// at |bc| = d², where the two formulas meet and complementarity is not strict.
#[rstest]
fn two_by_two_has_a_closed_form(
    #[values(
        (1.0, 1.0, 2.0), (2.0, 3.0, 1.0), (0.5, 4.0, 3.0), (1.0, 0.3, 0.2), (1e3, 1e-3, 1.5), (1.0, 1.0, 1.001),
        (1.0, 1.0, 1.0), (4.0, 1.0, 2.0), (2.0, 3.0, 0.0), (0.0, 1.0, 2.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0)
    )]
    (b, c, d): (f64, f64, f64),
    #[values((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))] signs: (f64, f64),
    #[values(1.0, 1e150, 3e-200)] scale: f64,
) {
    let (b, d) = (b * signs.0, d * signs.1);
    let answer = solved(&Completion::from_rows(&[[None, Some(b * scale)], [Some(c * scale), Some(d * scale)]]));
    let product: f64 = b * c;
    let x = if d == 0.0 { 0.0 } else { d.abs().min((product / d).abs()).copysign(product * d) };
    let inside = product.abs() >= d * d;
    let norm = if inside { b.abs() + c.abs() } else { ((d * d + b * b) * (d * d + c * c)).sqrt() / d.abs() };
    assert!(answer.certificate.relative_gap <= 1e-12, "{:?}", answer.certificate);
    assert!((answer.norm / scale - norm).abs() <= 1e-12 * norm, "{:e}, not {norm:e}", answer.norm / scale);
    let corner = product.abs() == d * d && d != 0.0;
    let error = (answer.completion[(0, 0)] / scale - x).abs();
    assert!(error <= if corner { 1e-3 } else { 1e-9 } * norm, "off by {error:e} from {x:e}");
}

/// Few observations: the minimum is not what was planted, and mostly not of rank 2.
#[rstest]
fn random_problems_are_solved_to_the_last_digits(
    #[values((20, 0.4, 1e-10), (50, 0.3, 1e-9))] (n, fraction, gap): (usize, f64, f64),
    #[values(1, 3, 5)] seed: u64,
) {
    let (problem, _) = sampled(n, n, 2, fraction, seed);
    let answer = solved(&problem);
    assert!(answer.certificate.relative_gap <= gap, "{:?}", answer.certificate);
}

/// Nonzero singular values down to 1e-6, of X and of 1 - Y'Y: the rank is hard to tell.
#[rstest]
#[case::small_singular_value(20, 2, 0.4, 45)]
#[case::small_margin(20, 2, 0.4, 15)]
#[case::dual_not_unique(30, 5, 0.7, 2)]
fn nearly_degenerate_problems(#[case] n: usize, #[case] rank: usize, #[case] fraction: f64, #[case] seed: u64) {
    let (problem, _) = sampled(n, n, rank, fraction, seed);
    let answer = solved(&problem);
    assert!(answer.certificate.relative_gap <= 1e-10, "{:?}", answer.certificate);
}

#[rstest]
fn enough_entries_give_back_what_was_planted(
    #[values((20, 20, 1, 0.7), (12, 30, 2, 0.8), (50, 50, 2, 0.4), (100, 100, 2, 0.4))] (rows, cols, rank, fraction): (
        usize,
        usize,
        usize,
        f64,
    ),
    #[values(1, 3)] seed: u64,
) {
    let (problem, truth) = sampled(rows, cols, rank, fraction, seed);
    let answer = solved(&problem);
    assert!(answer.certificate.relative_gap <= 1e-11, "{:?}", answer.certificate);
    for (k, truth) in truth.iter().enumerate() {
        let error = (answer.completion[(k / cols, k % cols)] - truth).abs();
        assert!(error <= 1e-11, "off by {error:e} at {k}");
    }
}

/// M is the one completion or the norm of a vector, and nothing is observed that asks for more.
#[rstest]
#[case::one_entry(1, 1, &[3.0], 3.0)]
#[case::one_row(1, 4, &[3.0, f64::NAN, -4.0, f64::NAN], 5.0)]
#[case::one_column(3, 1, &[3.0, f64::NAN, 4.0], 5.0)]
#[case::fully_observed(2, 3, &[1.0, 0.0, 0.0, 0.0, 0.0, -2.0], 3.0)]
#[case::fully_observed_of_rank_one(2, 2, &[1.0, 2.0, 2.0, 4.0], 5.0)]
#[case::unobserved_lines(3, 3, &[3.0, f64::NAN, 0.0, f64::NAN, f64::NAN, f64::NAN, 0.0, f64::NAN, -4.0], 7.0)]
#[case::a_single_entry_of_many(2, 3, &[f64::NAN, f64::NAN, f64::NAN, f64::NAN, -7.0, f64::NAN], 7.0)]
#[case::zero_beside_one(2, 2, &[1.0, f64::NAN, f64::NAN, 0.0], 1.0)]
fn odd_shapes(#[case] rows: usize, #[case] cols: usize, #[case] m: &[f64], #[case] norm: f64) {
    let answer = solved(&completion(rows, cols, m));
    assert!(answer.certificate.relative_gap <= 1e-12, "{:?}", answer.certificate);
    assert!((answer.norm - norm).abs() <= 1e-12 * norm, "{}", answer.norm);
    let largest = |x: f64, y: &f64| x.max(y.abs());
    let zero_row = (0..rows).find(|i| m[i * cols..][..cols].iter().all(|m| m.is_nan()));
    if let Some(i) = zero_row {
        assert!(answer.completion.row(i).iter().fold(0.0, largest) <= 1e-12, "{:?}", answer.completion);
    }
}

#[test]
fn zero_is_completed_by_zero() {
    let problem = completion(2, 3, &[0.0, f64::NAN, 0.0, f64::NAN, f64::NAN, 0.0]);
    let answer = solved(&problem);
    assert_eq!(answer.completion, Mat::<f64>::zeros(2, 3));
    assert_eq!((answer.norm, answer.certificate.relative_gap), (0.0, 0.0));
}

#[test]
fn what_is_not_finite_is_refused() {
    let entries = vec![Entry { i: 1, j: 0, m: f64::INFINITY }];
    let error = min_nuclear_norm(&Completion { rows: 2, cols: 2, entries }).unwrap_err();
    assert!(error.to_string().contains("row 2, column 1"), "{error}");
}

/// The larger problems are left to the splitting alone, the last to its own last digits: of rank twelve Newton's system
/// is too large.
#[rstest]
#[case::rank_one(70, 1, 0.85)]
#[case::rank_twelve(200, 12, 0.4)]
fn large_problems_are_solved_by_splitting(#[case] n: usize, #[case] rank: usize, #[case] fraction: f64) {
    let (problem, truth) = sampled(n, n, rank, fraction, 1);
    let answer = solved(&problem);
    assert!(problem.entries.len() > 4000 && answer.certificate.relative_gap <= 2e-11, "{:?}", answer.certificate);
    assert!((answer.completion[(3, 5)] - truth[3 * n + 5]).abs() <= 1e-11);
}

/// M_13 = M_31 = 1 and M_14 = M_41 = M_23 = M_32 = R, the diagonal unobserved (Li, Luo, Lyu 2021).
#[rstest]
fn the_example_of_li_luo_and_lyu(#[values(0.1, 1.0, 10.0, 100.0)] r: f64) {
    let (one, r) = (Some(1.0), Some(r));
    let rows = [[None, None, one, r], [None, None, r, None], [one, r, None, None], [r, None, None, None]];
    let answer = solved(&Completion::from_rows(&rows));
    assert!(answer.certificate.relative_gap <= 1e-9, "{:?}", answer.certificate);
}

/// A certificate is of use only if it sees what is wrong. For [[1, *], [*, 1]] with Y = I the minimum is 2.
#[rstest]
#[case::right([1.0, 1.0], 1.0 + 1e-14, 1.0, true)]
#[case::dual_too_large([1.0 + 1e-6, 1.0], 1.0 + 1e-14, 1.0, false)]
#[case::bound_without_room([1.0, 1.0], 1.0, 1.0, false)]
#[case::bound_too_small([1.0, 1.0], 1.0 - 1e-9, 1.0, false)]
#[case::dual_not_a_number([f64::NAN, 1.0], 2.0, 1.0, false)]
#[case::bound_not_a_number([1.0, 1.0], f64::NAN, 1.0, false)]
#[case::bound_infinite([1.0, 1.0], f64::INFINITY, 1.0, false)]
#[case::bound_negative([1.0, 1.0], -2.0, 1.0, false)]
fn bounds_of_the_dual_are_proved(#[case] y: [f64; 2], #[case] c: f64, #[case] u: f64, #[case] right: bool) {
    let problem = completion(2, 2, &[1.0, f64::NAN, f64::NAN, 1.0]);
    let identity = Mat::from_fn(2, 2, |i, j| if i == j { u } else { 0.0 });
    let certificate = certify(&problem, &identity, &identity, &y, c);
    assert_eq!(certificate.bounded, right, "{certificate:?}");
    assert_eq!(certificate.relative_gap <= 1e-13, right, "{certificate:?}");
    assert!(certificate.lower <= 2.0 && certificate.upper >= 2.0);
}

#[test]
fn a_wrong_completion_has_a_gap() {
    let problem = completion(2, 2, &[1.0, f64::NAN, f64::NAN, 1.0]);
    let shifted = |e: f64| Mat::from_fn(2, 2, |i, j| if i == j { 1.0 + e } else { e });
    let certificate = certify(&problem, &shifted(1e-4), &shifted(0.0), &[1.0, 1.0], 1.0 + 1e-14);
    assert!((1e-5..1e-3).contains(&certificate.relative_gap), "{certificate:?}");
    // Of the wrong shape, and no number.
    let too_few_rows = certify(&problem, &Mat::zeros(1, 2), &shifted(0.0), &[1.0, 1.0], 1.0 + 1e-14);
    let not_a_number = certify(&problem, &shifted(f64::NAN), &shifted(0.0), &[1.0, 1.0], 1.0 + 1e-14);
    assert!(too_few_rows.upper == f64::INFINITY && not_a_number.upper == f64::INFINITY);
    let too_few_duals = certify(&problem, &shifted(0.0), &shifted(0.0), &[1.0], 1.0 + 1e-14);
    assert!(!too_few_duals.bounded && too_few_duals.relative_gap == f64::INFINITY);
}
