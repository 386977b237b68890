//! The method of multipliers for the least nuclear norm of large matrices (Lin, Chen, Ma 2010): a singular value
//! decomposition a step.

use faer::Mat;

use super::approximation::Approximation;
use crate::error::{Error, Result};
use crate::problem::completion::Completion;
use crate::real::ln;

/// With 200 × 200 entries some ten seconds.
const MOST_STEPS: usize = 2000;

/// Where there is another method: data with enough entries for their rank settle in some 75 steps, at a steady rate; the
/// others stay behind it from the first thirty on, and need thousands.
const MOST_HOPEFUL_STEPS: usize = 100;

/// The rate is that of so many steps.
const STRIDE: usize = 10;

/// An iterate: B, which is feasible, and Λ and τ, of which Y = Λ/τ.
pub(super) struct Splitting {
    b: Mat<f64>,
    lambda: Mat<f64>,
    tau: f64,
    /// |M|_F, with zeros where it is not observed.
    length: f64,
    /// The larger of the two differences of the last step, relative to |M|_F and to τ.
    left: f64,
    steps: usize,
}

impl Splitting {
    pub(super) fn start(problem: &Completion) -> Result<Self> {
        let b = problem.zero_filled();
        let lambda = Mat::zeros(problem.rows, problem.cols);
        let tau = b.singular_values().map_err(Error::no_singular_values)?[0];
        let length = b.norm_l2();
        Ok(Splitting { b, lambda, tau, length, left: f64::INFINITY, steps: 0 })
    }

    /// Steps until both differences are at most `goal`, or until there have been too many. If it is to be `hopeful` no
    /// more than a few are taken, and none once these would not do at the present rate. Says whether it came there.
    pub(super) fn follow(&mut self, problem: &Completion, goal: f64, hopeful: bool) -> Result<bool> {
        let most = if hopeful { MOST_HOPEFUL_STEPS } else { MOST_STEPS };
        let mut before = f64::INFINITY;
        while self.left > goal && self.steps < most {
            self.step(problem)?;
            if hopeful && self.steps.is_multiple_of(STRIDE) {
                let strides = ((most - self.steps) / STRIDE) as f64;
                if strides * ln(before / self.left) < ln(self.left / goal) {
                    break;
                }
                before = self.left;
            }
        }
        Ok(self.left <= goal)
    }

    pub(super) fn approximation(&self, problem: &Completion) -> Approximation {
        let y = problem.entries.iter().map(|entry| self.lambda[(entry.i, entry.j)] / self.tau).collect();
        Approximation { x: self.b.clone(), y, steps: self.steps }
    }

    /// X = argmin τ|X|_* + |X - B - Λ|²/2, then the feasible B nearest to X - Λ; the differences add up in Λ, which
    /// vanishes off Ω.
    fn step(&mut self, problem: &Completion) -> Result<()> {
        let x = shrunk(&(&self.b + &self.lambda), self.tau)?;
        // Over-relaxed, which mostly saves a third of the steps (Eckstein, Bertsekas 1992).
        let relaxed = faer::Scale(1.6) * &x - faer::Scale(0.6) * &self.b;
        let mut next = &relaxed - &self.lambda;
        for entry in &problem.entries {
            let (i, j) = (entry.i, entry.j);
            next[(i, j)] = entry.m;
            self.lambda[(i, j)] += entry.m - relaxed[(i, j)];
        }
        let (primal, dual) = ((&x - &next).norm_l2() / self.length, (&next - &self.b).norm_l2() / self.tau);
        self.b = next;
        self.left = primal.max(dual);
        self.steps += 1;
        // Boyd, Parikh, Chu, Peleato, Eckstein (2011), 3.4.1: neither difference is left far behind. Y = Λ/τ stays.
        let factor = if primal > 10.0 * dual {
            0.5
        } else if dual > 10.0 * primal {
            2.0
        } else {
            1.0
        };
        self.tau *= factor;
        self.lambda = faer::Scale(factor) * &self.lambda;
        Ok(())
    }
}

/// P (S - τ)_+ Q' for P S Q'.
fn shrunk(x: &Mat<f64>, tau: f64) -> Result<Mat<f64>> {
    let svd = x.thin_svd().map_err(Error::no_singular_values)?;
    let sigma: Vec<f64> = svd.S().column_vector().iter().copied().filter(|&s| s > tau).collect();
    let k = sigma.len();
    let p = Mat::from_fn(x.nrows(), k, |i, p| svd.U()[(i, p)] * (sigma[p] - tau));
    Ok(p * svd.V().subcols(0, k).transpose())
}
