//! The method of multipliers for the least nuclear norm of large matrices (Lin, Chen, Ma 2010): a singular value
//! decomposition a step.

use faer::Mat;

use super::approximation::Approximation;
use crate::error::{Error, Result};
use crate::problem::completion::Completion;
use crate::real::UNIT_ROUNDOFF;

/// With 200 × 200 entries some ten seconds.
const MOST_STEPS: usize = 2000;

/// Alternates X = argmin τ|X|_* + |X - B - Λ|²/2 and the feasible B nearest to X - Λ, and sums the differences in Λ,
/// which vanishes off Ω; Y = Λ/τ. Ends when both differences are √u, which is where Newton's method takes over.
pub(super) fn splitting(problem: &Completion) -> Result<Approximation> {
    let mut b = problem.zero_filled();
    let mut lambda = Mat::<f64>::zeros(problem.rows, problem.cols);
    let length = b.norm_l2();
    let mut tau = b.singular_values().map_err(Error::no_singular_values)?[0];
    let mut steps = 0;
    while steps < MOST_STEPS {
        let x = shrunk(&(&b + &lambda), tau)?;
        // Over-relaxed, which mostly saves a third of the steps (Eckstein, Bertsekas 1992).
        let relaxed = faer::Scale(1.6) * &x - faer::Scale(0.6) * &b;
        let mut next = &relaxed - &lambda;
        for entry in &problem.entries {
            let (i, j) = (entry.i, entry.j);
            next[(i, j)] = entry.m;
            lambda[(i, j)] += entry.m - relaxed[(i, j)];
        }
        let (primal, dual) = ((&x - &next).norm_l2() / length, (&next - &b).norm_l2() / tau);
        b = next;
        steps += 1;
        if primal.max(dual) <= UNIT_ROUNDOFF.sqrt() {
            break;
        }
        // Boyd, Parikh, Chu, Peleato, Eckstein (2011), 3.4.1: neither difference is left far behind. Y = Λ/τ stays.
        let factor = if primal > 10.0 * dual {
            0.5
        } else if dual > 10.0 * primal {
            2.0
        } else {
            1.0
        };
        tau *= factor;
        lambda = faer::Scale(factor) * lambda;
    }
    let y = problem.entries.iter().map(|entry| lambda[(entry.i, entry.j)] / tau).collect();
    Ok(Approximation { x: b, y, steps })
}

/// P (S - τ)_+ Q' for P S Q'.
fn shrunk(x: &Mat<f64>, tau: f64) -> Result<Mat<f64>> {
    let svd = x.thin_svd().map_err(Error::no_singular_values)?;
    let sigma: Vec<f64> = svd.S().column_vector().iter().copied().filter(|&s| s > tau).collect();
    let k = sigma.len();
    let p = Mat::from_fn(x.nrows(), k, |i, p| svd.U()[(i, p)] * (sigma[p] - tau));
    Ok(p * svd.V().subcols(0, k).transpose())
}
