//! The soft-margin support vector machine through the origin,
//! min ½|w|² + C Σ max(0, 1 - x_n·w), by coordinate ascent on its dual
//! max Σ a_n - ½|Σ a_n x_n|² over 0 ≤ a_n ≤ C (Hsieh, Chang, Lin, Keerthi, Sundararajan 2008).

use super::certificate::combine;
use super::compensated::{Sum, dot as accurate_dot, less_dot};
use crate::error::{Error, Result};
use crate::problem::points::Points;
use crate::real::{UNIT_ROUNDOFF, axpy, dot};

/// A solution with its certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct SoftMargin {
    /// The minimiser, w = Σ a_n x_n.
    pub w: Vec<f64>,
    /// The multipliers, 0 ≤ a_n ≤ C.
    pub alpha: Vec<f64>,
    /// The dual value at a, moved downwards by its rounding: the least objective is at least this.
    pub lower: f64,
    /// The objective at w, moved upwards by its rounding.
    pub upper: f64,
}

const MOST_SWEEPS: usize = 1_000_000;

/// Solves for one C > 0, to a gap of some roundings.
pub fn soft_margin(points: &Points, c: f64) -> Result<SoftMargin> {
    let squares: Vec<f64> = points.rows().map(|x| dot(x, x)).collect();
    let mut alpha = vec![0.0; points.count()];
    let mut w = vec![0.0; points.dim()];
    for _ in 0..MOST_SWEEPS {
        for (n, x) in points.rows().enumerate() {
            let wanted = (alpha[n] + (1.0 - dot(x, &w)) / squares[n]).clamp(0.0, c);
            axpy(wanted - alpha[n], x, &mut w);
            alpha[n] = wanted;
        }
        let (lower, upper) = (dual_bound(points, &alpha), primal_bound(points, c, &w));
        if upper - lower <= 64.0 * points.count() as f64 * UNIT_ROUNDOFF * upper {
            return Ok(SoftMargin { w, alpha, lower, upper });
        }
    }
    Err(Error::numerical(format!("the soft margin for C = {c:e} did not settle in {MOST_SWEEPS} sweeps")))
}

/// ½|w|² + C Σ max(0, 1 - x_n·w), no less: a sum of numbers ≥ 0, each with three roundings at the most, over which
/// |S| + 3 more are made.
fn primal_bound(points: &Points, c: f64, w: &[f64]) -> f64 {
    let hinge: f64 = points.rows().map(|x| less_dot(1.0, x, w).max(0.0)).sum();
    (0.5 * accurate_dot(w, w) + c * hinge) * (1.0 + (points.count() as f64 + 6.0) * UNIT_ROUNDOFF)
}

/// Σ a_n - ½|Σ a_n x_n|², no more: both parts are rounded once, the vector before its square, and then their difference.
fn dual_bound(points: &Points, alpha: &[f64]) -> f64 {
    let z = combine(points, alpha);
    let mut total = Sum::default();
    alpha.iter().for_each(|&a| total.add(a));
    let half = 0.5 * accurate_dot(&z, &z);
    total.value() - half - 4.0 * UNIT_ROUNDOFF * (total.value() + half)
}
