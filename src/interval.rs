//! Exact intervals for the probability of success, from how often it was seen.

use statrs::distribution::{Beta, ContinuousCDF};

/// The ends of an exact interval, quantiles of beta distributions, are found to this relative error at the least.
pub const QUANTILE: f64 = 1e-8;

/// The exact interval of Clopper and Pearson (1934) for a probability, of which `wins` of `trials` were seen, at the
/// level 1 - `delta`.
pub fn exact_interval(wins: usize, trials: usize, delta: f64) -> (f64, f64) {
    let (k, n) = (wins as f64, trials as f64);
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let low = if wins == 0 { 0.0 } else { quantile(k, n - k + 1.0, 0.5 * delta) };
    let high = if wins == trials { 1.0 } else { quantile(k + 1.0, n - k, 1.0 - 0.5 * delta) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::pow;

    /// The probability of at least `k` of `n`, by the sum.
    fn tail(k: usize, n: usize, p: f64) -> f64 {
        let choose = |j: usize| (0..j).map(|i| (n - i) as f64 / (i + 1) as f64).product::<f64>();
        (k..=n).map(|j| choose(j) * pow(p, j as f64) * pow(1.0 - p, (n - j) as f64)).sum()
    }

    /// At its ends the interval leaves a probability of δ/2 for what was seen and beyond.
    #[test]
    fn intervals_are_exact() {
        for (wins, trials) in [(1, 8), (5, 8), (43, 50), (50, 50), (0, 8)] {
            let (low, high) = exact_interval(wins, trials, 0.05);
            if wins > 0 {
                assert!((tail(wins, trials, low) - 0.025).abs() < 1e-8, "{wins} of {trials}: {low}");
            }
            if wins < trials {
                assert!((1.0 - tail(wins + 1, trials, high) - 0.025).abs() < 1e-8, "{wins} of {trials}: {high}");
            }
        }
    }
}
