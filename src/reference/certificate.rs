//! The certificate of a maximum margin: two bounds and the Karush-Kuhn-Tucker residuals, from the data,
//! the direction and the multipliers alone, in twice the working precision. Of the solver's code it shares
//! the accurate inner product, which is tested by itself.

use super::compensated::{Sum, dot};
use crate::problem::points::Points;

/// What is certain of a direction w and multipliers alpha ≥ 0.
///
/// Any w with positive margins proves γ ≥ min x_n·w / |w|; any weights a ≥ 0 of sum one prove
/// γ ≤ |Σ a_n x_n|, since for the best unit vector u, |Σ a_n x_n| ≥ Σ a_n x_n·u ≥ γ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// min x_n·w / |w|: the margin is at least this.
    pub lower: f64,
    /// |Σ a_n x_n| with a = alpha / Σ alpha: the margin is at most this.
    pub upper: f64,
    /// (upper - lower) / lower.
    pub relative_gap: f64,
    /// |w - Σ alpha_n x_n| / |w|.
    pub stationarity: f64,
    /// min x_n·w - 1; negative where a constraint is violated.
    pub feasibility: f64,
    /// max |alpha_n (x_n·w - 1)| / |w|².
    pub complementarity: f64,
    /// min alpha_n.
    pub least_multiplier: f64,
}

/// Certifies w and alpha, one multiplier a point.
pub fn certify(points: &Points, w: &[f64], alpha: &[f64]) -> Certificate {
    let margins: Vec<f64> = points.rows().map(|x| dot(x, w)).collect();
    let square = dot(w, w);
    let least = margins.iter().copied().fold(f64::INFINITY, f64::min);
    let combination = combine(points, alpha);
    let mut total = Sum::default();
    alpha.iter().for_each(|&a| total.add(a));
    let residual: Vec<f64> = w.iter().zip(&combination).map(|(w, c)| w - c).collect();
    let slackness = |(&a, m): (&f64, &f64)| (a * (m - 1.0)).abs();
    let lower = least / square.sqrt();
    let upper = dot(&combination, &combination).sqrt() / total.value();
    Certificate {
        lower,
        upper,
        relative_gap: (upper - lower) / lower,
        stationarity: (dot(&residual, &residual) / square).sqrt(),
        feasibility: least - 1.0,
        complementarity: alpha.iter().zip(&margins).map(slackness).fold(0.0, f64::max) / square,
        least_multiplier: alpha.iter().copied().fold(f64::INFINITY, f64::min),
    }
}

/// |Σ a_n x_n| / Σ a_n for weights a ≥ 0: no direction has a larger margin. Zero for inseparable data.
pub fn upper_bound(points: &Points, a: &[f64]) -> f64 {
    let z = combine(points, a);
    let mut total = Sum::default();
    a.iter().for_each(|&a| total.add(a));
    dot(&z, &z).sqrt() / total.value()
}

fn combine(points: &Points, weights: &[f64]) -> Vec<f64> {
    let mut sums = vec![Sum::default(); points.dim()];
    for (x, &a) in points.rows().zip(weights) {
        for (sum, &entry) in sums.iter_mut().zip(x) {
            sum.add_product(a, entry);
        }
    }
    sums.into_iter().map(Sum::value).collect()
}
