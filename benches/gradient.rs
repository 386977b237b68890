//! A step of gradient descent on the logistic loss: the kernel against the plain formula, in turn, on one core.
//! `cargo bench --bench gradient`; with `-- --quick` fewer repetitions.

use std::hint::black_box;
use std::time::Instant;

use theoremcheck::flow::kernel::Gradient;
use theoremcheck::flow::loss::{Loss, scaled_descent};
use theoremcheck::problem::points::Points;
use theoremcheck::seed::Seed;

/// Examples, features, and steps a repetition.
const SHAPES: [(usize, usize, usize); 4] = [(40, 2, 20_000), (100, 20, 10_000), (1000, 100, 400), (10_000, 500, 8)];

fn main() {
    let quick = std::env::args().any(|word| word == "--quick");
    let repetitions = if quick { 5 } else { 15 };
    println!("{:>10} {:>12} {:>12} {:>8}", "n x d", "formula, µs", "kernel, µs", "ratio");
    for (n, d, steps) in SHAPES {
        let stream = &mut Seed(1).stream("bench", "gradient");
        let points = Points::new(d, stream.normals(n * d)).expect("n d numbers");
        let gradient = Gradient::new(&points, Loss::Logistic);
        let eta = 1.0 / (n * d) as f64;
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..repetitions {
            for (k, times) in times.iter_mut().enumerate() {
                let (mut w, mut step) = (vec![0.0; d], vec![0.0; d]);
                let begun = Instant::now();
                for _ in 0..steps {
                    match k {
                        0 => scaled_descent(&points, Loss::Logistic, theoremcheck::real::ln(eta), &w, &mut step),
                        _ => gradient.descent(eta, &w, &mut step),
                    }
                    w.iter_mut().zip(&step).for_each(|(w, s)| *w += s);
                }
                times.push(begun.elapsed().as_secs_f64() * 1e6 / steps as f64);
                black_box(w);
            }
        }
        let [formula, kernel] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        println!("{:>10} {formula:>12.3} {kernel:>12.3} {:>8.2}", format!("{n}x{d}"), formula / kernel);
    }
}
