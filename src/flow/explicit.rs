//! Dormand and Prince's explicit pair of orders 5 and 4 (Dormand, Prince 1980), first same as last.

use super::ode::{Ode, Solution, Stepper, Tolerance, integrate};
use crate::claim::Slack;
use crate::error::Result;
use crate::quantity::Quantity;
use crate::real::{axpy, norm};

const STAGES: usize = 7;
const NODES: [f64; STAGES] = [0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
/// Row i weighs the slopes before stage i; the last row is the fifth-order result.
const WEIGHTS: [&[f64]; STAGES] = [
    &[],
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// The fifth-order weights minus the fourth-order ones.
const ERROR: [f64; STAGES] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];

/// Solves y' = f(s, y), y(s0) = y0, at increasing `stops`. For problems that are not stiff: about two
/// evaluations a unit of s for each unit of the largest decay rate.
pub fn dormand_prince(ode: &impl Ode, s0: f64, y0: &[f64], stops: &[f64], tolerance: Tolerance) -> Result<Solution> {
    let slopes = vec![vec![0.0; ode.dim()]; STAGES];
    let mut pair = Pair { ode, slopes, accepted: false };
    integrate(&mut pair, ode, s0, y0, stops, tolerance)
}

/// A quantity of y at `stop`, with what the integrator may have lost of it, by a second run at a coarser tolerance and by the
/// last local errors, and with the roundings since the start. The quantity moves at most `lipschitz` times as much as y.
pub fn measured(
    ode: &impl Ode,
    s0: f64,
    y0: &[f64],
    stop: f64,
    tolerance: Tolerance,
    lipschitz: f64,
    quantity: impl Fn(&[f64]) -> f64,
) -> Result<Quantity> {
    let (fine, coarse) = tolerance.twice(|tolerance| dormand_prince(ode, s0, y0, &[stop], tolerance))?;
    let (y, value) = (&fine.states[0], quantity(&fine.states[0]));
    let slack = Slack::integration(value - quantity(&coarse.states[0]))
        + Slack::integration(lipschitz * fine.local[0])
        + Slack::rounding(fine.roundings[0] + 8.0, lipschitz * norm(y));
    Ok(Quantity::new(value, slack))
}

struct Pair<'a, O> {
    ode: &'a O,
    slopes: Vec<Vec<f64>>,
    /// The last slope of an accepted step is the first of the next.
    accepted: bool,
}

impl<O: Ode> Stepper for Pair<'_, O> {
    fn order(&self) -> f64 {
        5.0
    }

    fn step(&mut self, s: f64, y: &[f64], h: f64, fresh: bool, y_new: &mut [f64], error: &mut [f64]) -> usize {
        let mut evaluations = STAGES - 1;
        if fresh && self.accepted {
            self.slopes.swap(0, STAGES - 1);
        } else if fresh {
            self.ode.rate(s, y, &mut self.slopes[0]);
            evaluations += 1;
        }
        for stage in 1..STAGES {
            y_new.copy_from_slice(y);
            for (slope, &weight) in self.slopes.iter().zip(WEIGHTS[stage]) {
                axpy(h * weight, slope, y_new);
            }
            self.ode.rate(s + NODES[stage] * h, y_new, &mut self.slopes[stage]);
        }
        error.fill(0.0);
        for (slope, weight) in self.slopes.iter().zip(ERROR) {
            axpy(h * weight, slope, error);
        }
        self.accepted = true;
        evaluations
    }
}
