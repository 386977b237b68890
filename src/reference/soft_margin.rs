//! The soft-margin support vector machine through the origin,
//! min ½|w|² + C Σ max(0, 1 - x_n·w), by coordinate ascent on its dual
//! max Σ a_n - ½|Σ a_n x_n|² over 0 ≤ a_n ≤ C (Hsieh, Chang, Lin, Keerthi, Sundararajan 2008).

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
    /// Primal minus dual value, over the primal one: both are computed from the data, w and a.
    pub relative_gap: f64,
}

const MOST_SWEEPS: usize = 1_000_000;

/// Solves for one C > 0, to a relative gap of some roundings.
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
        let square = dot(&w, &w);
        let hinge: f64 = points.rows().map(|x| (1.0 - dot(x, &w)).max(0.0)).sum();
        let primal = 0.5 * square + c * hinge;
        let dual = alpha.iter().sum::<f64>() - 0.5 * square;
        let relative_gap = (primal - dual) / primal;
        if relative_gap <= 64.0 * points.count() as f64 * UNIT_ROUNDOFF {
            return Ok(SoftMargin { w, alpha, relative_gap });
        }
    }
    Err(Error::numerical(format!("the soft margin for C = {c:e} did not settle in {MOST_SWEEPS} sweeps")))
}
