//! The choice between the two integrators that a flow with known derivatives has.

use super::explicit::dormand_prince;
use super::ode::{Differentiable, Solution, Tolerance};
use super::stiff::extrapolated_euler;
use crate::error::Result;

/// Which integrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Dormand and Prince's method of order eight.
    Explicit,
    /// Extrapolated linearly implicit Euler.
    Stiff,
}

impl Method {
    /// From `start` at s0 to each of the stops.
    pub(super) fn solve(
        self,
        ode: &impl Differentiable,
        s0: f64,
        start: &[f64],
        stops: &[f64],
        tolerance: Tolerance,
    ) -> Result<Solution> {
        match self {
            Method::Explicit => dormand_prince(ode, s0, start, stops, tolerance),
            Method::Stiff => extrapolated_euler(ode, s0, start, stops, tolerance),
        }
    }
}
