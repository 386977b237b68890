//! Gradient descent with a constant step: w <- w - eta ∇L(w).

use super::gradient_flow::Setup;
use super::loss::{log_loss, scaled_descent};
use crate::real::ln;

/// The weights after so many steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterate {
    pub step: u64,
    pub w: Vec<f64>,
}

/// What gradient descent leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    pub eta: f64,
    /// The iterates asked for, as far as the run got.
    pub iterates: Vec<Iterate>,
    /// The first step whose weights overflow a double, if any; the last iterate is then the one before.
    pub overflows: Option<u64>,
}

/// Runs `eta`-steps from the setup's start to the last of `record`, increasing step numbers.
pub fn descend(setup: &Setup, eta: f64, record: &[u64]) -> Descent {
    let Setup { points, loss, start } = setup;
    let log_eta = ln(eta);
    let mut w = start.clone();
    let mut update = vec![0.0; w.len()];
    let mut iterates = Vec::with_capacity(record.len());
    let mut step = 0;
    for &stop in record {
        while step < stop {
            scaled_descent(points, *loss, log_eta, &w, &mut update);
            if !w.iter().zip(&update).all(|(w, u)| (w + u).is_finite()) {
                if iterates.last().is_none_or(|last: &Iterate| last.step < step) {
                    iterates.push(Iterate { step, w });
                }
                return Descent { eta, iterates, overflows: Some(step + 1) };
            }
            for (w, u) in w.iter_mut().zip(&update) {
                *w += u;
            }
            step += 1;
        }
        iterates.push(Iterate { step, w: w.clone() });
    }
    Descent { eta, iterates, overflows: None }
}

impl Descent {
    /// ln L at the recorded iterates.
    pub fn log_losses(&self, setup: &Setup) -> Vec<f64> {
        self.iterates.iter().map(|it| log_loss(&setup.points, setup.loss, &it.w)).collect()
    }
}
