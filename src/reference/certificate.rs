//! The certificate of a maximum margin: two bounds and the Karush-Kuhn-Tucker residuals, from the data,
//! the direction and the multipliers alone, in twice the working precision. Of the solver's code it shares
//! the accurate inner product, which is tested by itself.

use super::compensated::{Sum, dot};
use crate::problem::points::Points;
use crate::real::{UNIT_ROUNDOFF, axpy, norm};

/// What is certain of a direction w and multipliers alpha ≥ 0.
///
/// Any w with positive margins proves γ ≥ min x_n·w / |w|; any weights a ≥ 0 of sum one prove
/// γ ≤ |Σ a_n x_n|, since for the best unit vector u, |Σ a_n x_n| ≥ Σ a_n x_n·u ≥ γ. Both bounds are moved outwards by
/// what their computation may have rounded.
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
    let residual: Vec<f64> = w.iter().zip(&combination).map(|(w, c)| w - c).collect();
    let slackness = |(&a, m): (&f64, &f64)| (a * (m - 1.0)).abs();
    let sizes = points.rows().map(|x| x.iter().zip(w).map(|(x, w)| (x * w).abs()).sum::<f64>());
    let certain =
        margins.iter().zip(sizes).map(|(m, size)| m - lost(points.dim()) * size).fold(f64::INFINITY, f64::min);
    let lower = outwards(certain / square.sqrt(), -QUOTIENT);
    let upper = upper_bound(points, alpha);
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

/// |Σ a_n x_n| / Σ a_n for weights a ≥ 0, moved upwards by its rounding: no direction has a larger margin. Zero if the
/// sum is found to vanish, as for inseparable data.
pub fn upper_bound(points: &Points, a: &[f64]) -> f64 {
    let z = combine(points, a);
    let mut total = Sum::default();
    a.iter().for_each(|&a| total.add(a));
    let found = dot(&z, &z).sqrt() / total.value();
    if found == 0.0 {
        return 0.0;
    }
    // Each entry of z is rounded once, and may have lost a part of Σ a_n |x_n|, entry by entry.
    let mut sizes = vec![0.0; points.dim()];
    for (x, &a) in points.rows().zip(a) {
        axpy(a, &x.iter().map(|x| x.abs()).collect::<Vec<_>>(), &mut sizes);
    }
    outwards(found + lost(points.count()) * norm(&sizes) / total.value(), QUOTIENT + 1.0)
}

/// The roundings of a rounded number over or under a length: its own, half of the inner product's under the root, the
/// root's, and the quotient's.
const QUOTIENT: f64 = 3.5;

/// x (1 + `roundings` u), and two roundings more for this computation itself.
fn outwards(x: f64, roundings: f64) -> f64 {
    x * (1.0 + (roundings + 2.0_f64.copysign(roundings)) * UNIT_ROUNDOFF)
}

/// What an inner product of n terms in twice the working precision may have lost beside its last rounding, over the
/// product of the lengths: n² u² (Ogita, Rump, Oishi 2005, with n u for their γ_n), and two such for safety in its own
/// rounding.
fn lost(n: usize) -> f64 {
    let nu = n as f64 * UNIT_ROUNDOFF;
    2.0 * nu * nu
}

/// Σ weights_n x_n, each entry rounded once.
pub fn combine(points: &Points, weights: &[f64]) -> Vec<f64> {
    let mut sums = vec![Sum::default(); points.dim()];
    for (x, &a) in points.rows().zip(weights) {
        for (sum, &entry) in sums.iter_mut().zip(x) {
            sum.add_product(a, entry);
        }
    }
    sums.into_iter().map(Sum::value).collect()
}
