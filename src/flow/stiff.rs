//! Extrapolation of the linearly implicit Euler method (Deuflhard 1985; Hairer, Wanner, Solving
//! Ordinary Differential Equations II, section IV.9).
//!
//! One step of length h is done with n = 1, 2, .., 6 substeps of (I - h/n J) Δ = h/n f, and the six
//! increments are extrapolated to n = ∞ by Aitken and Neville's scheme. Near an attracting
//! equilibrium a long step is a Newton step, so that s may run to millions.

use super::ode::{Differentiable, Solution, Stepper, Tolerance, integrate};
use crate::error::Result;
use crate::lu::Lu;
use crate::real::axpy;

/// Rows of the scheme, and so its order. More rows amplify rounding, by weights that grow like 2^ROWS: with eight of them a flow on
/// 569 points at a tolerance of 1e-12 takes eight times as long, since it is rounding that shortens its steps.
const ROWS: usize = 6;

/// Solves y' = f(s, y), y(s0) = y0, at increasing `stops`, however stiff.
pub fn extrapolated_euler(
    ode: &impl Differentiable,
    s0: f64,
    y0: &[f64],
    stops: &[f64],
    tolerance: Tolerance,
) -> Result<Solution> {
    let dim = ode.dim();
    let mut euler = Extrapolation {
        ode,
        jacobian: vec![0.0; dim * dim],
        increments: vec![vec![0.0; dim]; ROWS],
        slope: vec![0.0; dim],
    };
    integrate(&mut euler, ode, s0, y0, stops, tolerance)
}

struct Extrapolation<'a, O> {
    ode: &'a O,
    jacobian: Vec<f64>,
    /// Increment of the whole step, by row of the scheme.
    increments: Vec<Vec<f64>>,
    slope: Vec<f64>,
}

impl<O: Differentiable> Extrapolation<'_, O> {
    /// The increment over `h` in `n` substeps, into row n - 1. Increments and not states are summed and
    /// extrapolated: they keep their digits when y is large.
    fn substeps(&mut self, s: f64, y: &[f64], h: f64, n: usize, y_inner: &mut [f64]) {
        let dim = y.len();
        let small = h / n as f64;
        let mut system: Vec<f64> = self.jacobian.iter().map(|entry| -small * entry).collect();
        for i in 0..dim {
            system[i * dim + i] += 1.0;
        }
        let lu = Lu::new(dim, system);
        let increment = &mut self.increments[n - 1];
        increment.fill(0.0);
        for i in 1..=n {
            y_inner.copy_from_slice(y);
            axpy(1.0, increment, y_inner);
            self.ode.rate(s + small * i as f64, y_inner, &mut self.slope);
            for entry in &mut self.slope {
                *entry *= small;
            }
            lu.solve(&mut self.slope);
            axpy(1.0, &self.slope, increment);
        }
    }
}

impl<O: Differentiable> Stepper for Extrapolation<'_, O> {
    fn order(&self) -> f64 {
        ROWS as f64
    }

    /// Of y' = -λ e^s y with λ e^s h → ∞, n substeps leave Π (1 - e^(ih/n)) of y, of the sign (-1)^n, and the last entry of the scheme sums
    /// these with weights of the sign (-1)^(ROWS - n), so that nothing cancels. The weight of n ≥ 2 is n/(n - 1) times that in the entry
    /// before. So the estimate, their difference, has 1/n of the n-th term, and at least 1/ROWS of the whole. With λ e^s h of some
    /// tens terms may cancel in the estimate, but then the step leaves little.
    fn left_over_estimate(&self) -> f64 {
        ROWS as f64
    }

    fn step(&mut self, s: f64, y: &[f64], h: f64, fresh: bool, y_new: &mut [f64], error: &mut [f64]) -> usize {
        if fresh {
            self.ode.jacobian(s, y, &mut self.jacobian);
        }
        for n in 1..=ROWS {
            self.substeps(s, y, h, n, y_new);
        }
        // Column by column; row j keeps its newest entry. The last two entries of the scheme differ by
        // the error of the better-known one.
        for column in 1..ROWS {
            for row in (column..ROWS).rev() {
                let ratio = (row + 1) as f64 / (row + 1 - column) as f64 - 1.0;
                let (before, after) = self.increments.split_at_mut(row);
                for (i, (fine, coarse)) in after[0].iter_mut().zip(&before[row - 1]).enumerate() {
                    let correction = (*fine - coarse) / ratio;
                    *fine += correction;
                    error[i] = correction;
                }
            }
        }
        for (i, new) in y_new.iter_mut().enumerate() {
            *new = y[i] + self.increments[ROWS - 1][i];
        }
        ROWS * (ROWS + 1) / 2
    }
}
