//! What the project does most, as a user would ask for it, at any size: for all benches.

use std::hint::black_box;
use std::time::Instant;

use theoremcheck::flow::deep::Layers;
use theoremcheck::flow::gradient_flow::{Setup, Snapshot, blind};
use theoremcheck::flow::kernel::Gradient;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::flow::side_by_side::descend_together;
use theoremcheck::problem::completion::{Completion, plant};
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, axpy, norm};
use theoremcheck::reference::features::Features;
use theoremcheck::seed::{Seed, Stream};

use super::clock::seconds;

/// The median of five repetitions of `count` runs, in seconds a run; `count` is such that one takes a fifth of a second, if it can.
pub fn median(begun: Instant, mut run: impl FnMut()) -> f64 {
    let mut timed = |count: usize| {
        let before = seconds(begun);
        (0..count).for_each(|_| run());
        (seconds(begun) - before) / count as f64
    };
    let mut count = 1;
    while timed(count) * (count as f64) < 0.05 {
        count *= 4;
    }
    let mut times: Vec<f64> = (0..5).map(|_| timed(4 * count)).collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

/// Two clusters at a distance of 5 from the origin, labels absorbed.
pub fn clusters(n: usize, d: usize) -> Points {
    let stream = &mut Seed(1).stream("bench", "clusters");
    let mut u = stream.normals(d);
    let length = norm(&u);
    u.iter_mut().for_each(|u| *u *= 5.0 / length);
    let mut entries = stream.normals(n * d);
    entries.chunks_exact_mut(d).for_each(|x| axpy(1.0, &u, x));
    Points::new(d, entries).expect("n d numbers")
}

/// A matrix of rank two of which the share `fraction` is seen.
pub fn matrix(n: usize, fraction: f64) -> Completion {
    plant(n, n, 2, fraction, &mut Seed(1).stream("bench", "completion")).problem
}

pub fn sets(count: usize, n: usize, d: usize) -> Vec<Setup> {
    let stream = &mut Seed(1).stream("bench", "sets");
    let points = |stream: &mut Stream| Points::new(d, stream.normals(n * d)).expect("n d numbers");
    (0..count).map(|_| Setup { points: points(stream), loss: Loss::Logistic, start: vec![0.0; d] }).collect()
}

/// A step of gradient descent on the logistic loss.
pub fn descent_step(points: &Points) -> impl FnMut() {
    let (n, d) = (points.count(), points.dim());
    let gradient = Gradient::new(points, Loss::Logistic);
    let (mut w, mut step) = (vec![0.0; d], vec![0.0; d]);
    move || {
        gradient.descent(1e-2 / n as f64, &w, &mut step);
        axpy(1.0, &step, &mut w);
        black_box(&w);
    }
}

/// So many steps of all sets at the same time.
pub fn descent_of_sets(setups: &[Setup], steps: usize) -> impl FnMut() {
    let etas = vec![1e-2 / setups[0].points.count() as f64; setups.len()];
    move || drop(black_box(descend_together(setups, &etas, steps).expect("one shape")))
}

/// So many steps on so many factors of a matrix.
pub fn deep_steps(problem: &Completion, depth: usize, steps: usize) -> impl FnMut() {
    let mut layers = Layers::identity(problem.rows, depth, 0.1);
    move || {
        layers = layers.descend(problem, 0.01, steps);
        black_box(&layers);
    }
}

/// A step of a ReLU network of one hidden layer.
pub fn relu_step(points: &Points, width: usize) -> impl FnMut() {
    let (n, d) = (points.count(), points.dim());
    let labels: Vec<f64> = (0..n).map(|n| if n % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let inputs = points.rows().zip(&labels).flat_map(|(x, y)| x.iter().map(move |x| y * x)).collect();
    let points = Points::new(d, inputs).expect("n d numbers");
    let network = Network { architecture: Architecture::Relu { width }, points, labels };
    let mut theta: Vec<f64> = Seed(1).stream("bench", "network").normals(network.parameters());
    theta.iter_mut().for_each(|theta| *theta *= 0.3);
    move || {
        let pulls = |margins: &[f64]| margins.iter().map(|&q| Loss::Logistic.pull(q)).collect();
        axpy(0.05 / n as f64, &network.weighed(&theta, pulls).1, &mut theta);
        black_box(&theta);
    }
}

/// The gradient flow to t = 10^`power` at a tolerance of 1e-12, with the second run that tells its error.
pub fn flow_to(setup: &Setup, power: f64) -> Snapshot {
    let tolerance = Tolerance::new(1e-12, 1e-12);
    blind(setup, &[power * LN_10], Method::Explicit, tolerance).expect("ends").remove(0)
}

/// n of the double descent, and at how many features its solutions are asked for.
pub const EXAMPLES: usize = 100;
pub const COUNTS: [usize; 30] = [
    10, 12, 14, 16, 19, 22, 26, 30, 36, 42, 49, 57, 67, 78, 92, 100, 108, 127, 149, 174, 204, 240, 281, 329, 386, 452,
    530, 621, 728, 1000,
];

/// X column after column, and y.
pub fn draw(seed: u64) -> (Vec<f64>, Vec<f64>) {
    let stream = &mut Seed(seed).stream("bench", "double descent");
    (stream.normals(EXAMPLES * COUNTS[COUNTS.len() - 1]), stream.normals(EXAMPLES))
}

/// The solutions of least norm of y at so many features, which arrive one by one.
pub fn least_norms(x: &[f64], y: &[f64], counts: &[usize]) {
    let mut features = Features::new(EXAMPLES);
    for (p, column) in x.chunks_exact(EXAMPLES).enumerate() {
        features.push(column);
        if counts.contains(&(p + 1)) {
            black_box(features.least_norm(y));
        }
    }
}
