//! The flow of layers against automatic derivatives, and its products against each other.

use num_dual::Dual64;
use rstest::rstest;
use theoremcheck::flow::deep::{Layers, misfit_gradient, times, transposed};
use theoremcheck::problem::completion::{Completion, Entry, plant};
use theoremcheck::seed::Seed;

/// f with dual numbers, written out for itself: row i of W_N .. W_1 is that of W_N times the rest.
fn loss(problem: &Completion, widths: &[usize], entries: &[Dual64]) -> Dual64 {
    let zero = Dual64::from(0.0);
    let (mut x, mut rest) = (Vec::new(), entries);
    for (j, pair) in widths.windows(2).enumerate() {
        let (w, after) = rest.split_at(pair[0] * pair[1]);
        rest = after;
        let entry = |i: usize, k: usize| match j {
            0 => w[i * pair[0] + k],
            _ => (0..pair[0]).map(|l| w[i * pair[0] + l] * x[l * widths[0] + k]).fold(zero, |sum, term| sum + term),
        };
        x = (0..pair[1] * widths[0]).map(|k| entry(k / widths[0], k % widths[0])).collect::<Vec<Dual64>>();
    }
    let residual = |&Entry { i, j, m }: &Entry| x[i * widths[0] + j] - Dual64::from(m);
    problem.entries.iter().map(residual).map(|r| r * r).fold(zero, |sum, square| sum + square)
}

#[rstest]
fn the_velocity_is_minus_the_gradient(
    #[values(&[3, 4], &[3, 2, 4], &[4, 5, 3, 3], &[2, 3, 1, 4, 2], &[1, 1, 1, 1, 1, 1])] widths: &[usize],
    #[values(1, 2)] seed: u64,
) {
    let stream = &mut Seed(seed).stream("deep", "gradient");
    let (rows, cols) = (widths[widths.len() - 1], widths[0]);
    let problem = plant(rows, cols, 1, 0.7, stream).problem;
    let entries = stream.normals(widths.windows(2).map(|pair| pair[0] * pair[1]).sum());
    let at = Layers { widths: widths.to_vec(), entries: entries.clone() };
    let velocity = at.velocity(&|x| misfit_gradient(&problem, x));
    for (k, computed) in velocity.entries.iter().enumerate() {
        let dual = |(i, &x): (usize, &f64)| Dual64::new(x, f64::from(i == k));
        let all: Vec<Dual64> = entries.iter().enumerate().map(dual).collect();
        let slope = loss(&problem, widths, &all).eps;
        assert!((computed + slope).abs() <= 1e-12 * (1.0 + slope.abs()), "component {k}: {computed} and {slope}");
    }
}

/// Narrow networks of any shape are balanced, and their product is α^N on the diagonal.
#[rstest]
fn narrow_networks_are_balanced(
    #[values((3, 3), (2, 5), (4, 1))] (rows, cols): (usize, usize),
    #[values(1, 2, 5)] depth: usize,
) {
    let layers = Layers::narrow(rows, cols, depth, 0.5);
    assert_eq!(layers.depth(), depth);
    assert!(layers.imbalances().iter().flatten().all(|d| *d == 0.0));
    let power = (0..depth).fold(1.0, |product, _| 0.5 * product);
    let expected: Vec<f64> = (0..rows * cols).map(|k| if k / cols == k % cols { power } else { 0.0 }).collect();
    assert_eq!(layers.product(), expected);
}

#[test]
fn products_and_transposes() {
    let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, -1.0, 2.0, 0.0, 1.0, 3.0]);
    assert_eq!(times(&a, &b, 3), [8.0, 8.0, 20.0, 14.0]);
    assert_eq!(transposed(&a, 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(transposed(&times(&a, &b, 3), 2), times(&transposed(&b, 2), &transposed(&a, 3), 3));
}
