//! Derivatives of the network against differences of its values, and Newton's method for fewer equations than unknowns.

use rstest::rstest;
use theoremcheck::flow::newton::retract;
use theoremcheck::problem::network::{Network, split};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, difference, dot, norm, pow};
use theoremcheck::seed::Seed;

fn setup(dim: usize, width: usize, seed: u64) -> (Network, Points, Vec<f64>, Vec<f64>) {
    let mut stream = Seed(seed).stream("network", "setup");
    let network = Network { dim, width };
    let points = Points::new(dim, stream.normals(4 * dim)).unwrap();
    let theta = network.random(&mut stream);
    let direction = stream.normals(theta.len());
    (network, points, theta, direction)
}

/// Central differences at h and h/2, extrapolated: the error is of order h⁴, and rounding over h.
fn derivative(f: impl Fn(f64) -> f64, h: f64) -> f64 {
    let central = |h: f64| (f(h) - f(-h)) / (2.0 * h);
    (4.0 * central(h / 2.0) - central(h)) / 3.0
}

#[rstest]
fn the_jacobian_is_the_derivative(
    #[values(1, 2, 5)] dim: usize,
    #[values(1, 6)] width: usize,
    #[values(1, 2)] seed: u64,
) {
    let (network, points, theta, _) = setup(dim, width, seed);
    let jacobian = network.jacobian(&theta, &points);
    for k in 0..network.parameters() {
        let mut axis = vec![0.0; theta.len()];
        axis[k] = 1.0;
        for n in 0..points.count() {
            let along = |h: f64| network.values(&combine(h, &axis, &theta), &points)[n];
            let (expected, found) = (derivative(along, 1e-3), jacobian.row(n)[k]);
            assert!((expected - found).abs() <= 1e-10 * (1.0 + expected.abs()), "{k}, {n}: {expected} {found}");
        }
    }
}

/// The series to fourth order leaves an error of fifth order: thirty-two times less at half the step.
#[rstest]
fn the_series_leaves_the_fifth_order(#[values(1, 3)] dim: usize, #[values(1, 2, 3)] seed: u64) {
    let (network, points, theta, direction) = setup(dim, 5, seed);
    let [first, second, third, fourth] = network.taylor(&theta, &direction, &points);
    assert!(norm(&difference(&first, &network.jacobian(&theta, &points).margins(&direction))) <= 1e-13 * norm(&first));
    let start = network.values(&theta, &points);
    let left = |h: f64| {
        let series = [&first, &second, &third, &fourth]
            .into_iter()
            .enumerate()
            .fold(start.clone(), |sum, (k, term)| combine(pow(h, (k + 1) as f64), term, &sum));
        norm(&difference(&network.values(&combine(h, &direction, &theta), &points), &series))
    };
    let ratio = left(1.0 / 64.0) / left(1.0 / 128.0);
    assert!((ratio - 32.0).abs() < 3.2, "{ratio}");
}

/// |J(θ') - J(θ)| ≤ Λ |θ' - θ| within the radius.
#[rstest]
fn the_lipschitz_constant_is_one(#[values(1, 2, 3, 4, 5)] seed: u64, #[values(1e-6, 0.1, 1.0)] radius: f64) {
    let (network, points, theta, direction) = setup(2, 6, seed);
    let moved = combine(radius / norm(&direction), &direction, &theta);
    let rows = |theta: &[f64]| network.jacobian(theta, &points).rows().flatten().copied().collect::<Vec<f64>>();
    let change = norm(&difference(&rows(&moved), &rows(&theta)));
    assert!(change <= network.jacobian_lipschitz(&theta, 1.0, &points) * radius);
}

/// |θ|² = 4 from (1, 1, 1): the nearest point of the sphere, since every gradient is along θ.
#[test]
fn newton_goes_straight_to_the_sphere() {
    let found = retract(
        |t| vec![dot(t, t) - 4.0],
        |t| Points::new(3, t.iter().map(|t| 2.0 * t).collect()).unwrap(),
        &[1.0, 1.0, 1.0],
        50,
    );
    let expected = 2.0 / 3.0_f64.sqrt();
    assert!(found.theta.iter().all(|t| (t - expected).abs() < 1e-15), "{:?}", found.theta);
    // Quadratic convergence: five steps or so.
    assert!(found.residuals.len() <= 8 && found.residuals.windows(2).all(|pair| pair[1] < pair[0]));
}

#[test]
fn what_is_split_off_is_orthogonal() {
    let rows = Points::from_rows(&[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 0.0]]);
    let (rest, basis) = split(&rows, &[1.0, 1.0, 1.0]);
    assert_eq!(basis.len(), 2);
    assert!(rows.rows().all(|row| dot(row, &rest).abs() < 1e-15) && norm(&rest) > 0.1);
}
