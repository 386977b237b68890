//! Random streams: independent by name, the same for ever, and distributed as they say.

use statrs::distribution::{ContinuousCDF, Normal};
use theoremcheck::seed::Seed;

/// Kolmogorov's statistic √n sup |F_n - F|.
fn kolmogorov(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let gap = |(i, &x): (usize, &f64)| (cdf(x) - i as f64 / n).abs().max(((i + 1) as f64 / n - cdf(x)).abs());
    sample.iter().enumerate().map(gap).fold(0.0, f64::max) * n.sqrt()
}

/// The statistic exceeds 1.95 with probability 2 e^(-2 · 1.95²) = 0.001; the seed is fixed.
const KOLMOGOROV_LIMIT: f64 = 1.95;

#[test]
fn normals_are_normal() {
    let sample = Seed(1).stream("seeds", "normal").normals(100_000);
    let law = Normal::standard();
    assert!(kolmogorov(sample, |x| law.cdf(x)) < KOLMOGOROV_LIMIT);
}

#[test]
fn the_test_would_see_another_law() {
    let sample: Vec<f64> = Seed(1).stream("seeds", "normal").normals(100_000).iter().map(|x| 1.02 * x).collect();
    let law = Normal::standard();
    assert!(kolmogorov(sample, |x| law.cdf(x)) > KOLMOGOROV_LIMIT);
}

#[test]
fn uniforms_are_uniform() {
    let mut stream = Seed(1).stream("seeds", "uniform");
    let sample = (0..100_000).map(|_| stream.uniform(-1.0, 3.0)).collect();
    assert!(kolmogorov(sample, |x| (x + 1.0) / 4.0) < KOLMOGOROV_LIMIT);
}

/// Recorded bits: if they change, every seeded number of the course changes.
#[test]
fn streams_never_move() {
    let bits = |seed: u64, theorem: &str, purpose: &str| Seed(seed).stream(theorem, purpose).normal().to_bits();
    assert_eq!(bits(1, "max-margin", "planted"), 13_821_558_935_774_689_809);
    assert_ne!(bits(1, "max-margin", "planted"), bits(2, "max-margin", "planted"));
    assert_ne!(bits(1, "max-margin", "planted"), bits(1, "max-margin", "planted descent"));
    assert_ne!(bits(1, "max-margin", "planted"), bits(1, "other", "planted"));
}
