//! Gradient descent with a constant step, w <- w - η ∇L(w), and with momentum.

use super::gradient_flow::Setup;
use super::loss::{log_loss, scaled_descent};
use crate::real::ln;

/// The weights after so many steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterate {
    pub step: u64,
    pub w: Vec<f64>,
}

/// A constant step, with or without momentum: v <- momentum · v - η ∇L(w), w <- w + v
/// (Polyak's heavy ball, 1964).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepRule {
    /// The step size η > 0.
    pub eta: f64,
    /// In [0, 1); 0 is gradient descent.
    pub momentum: f64,
}

impl StepRule {
    /// Gradient descent with step size `eta`.
    pub fn plain(eta: f64) -> Self {
        StepRule { eta, momentum: 0.0 }
    }

    /// η/(1 - momentum): the time of the flow that a step is worth.
    pub fn effective_eta(&self) -> f64 {
        self.eta / (1.0 - self.momentum)
    }
}

/// What gradient descent leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    pub rule: StepRule,
    /// The iterates asked for, as far as the run got.
    pub iterates: Vec<Iterate>,
    /// The first step whose weights overflow a double, if any; the last iterate is then the one before.
    pub overflows: Option<u64>,
}

/// Runs from the setup's start to the last of `record`, increasing step numbers.
pub fn descend(setup: &Setup, rule: StepRule, record: &[u64]) -> Descent {
    let Setup { points, loss, start } = setup;
    let log_eta = ln(rule.eta);
    let mut w = start.clone();
    let (mut velocity, mut update) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    let mut iterates = Vec::with_capacity(record.len());
    let mut step = 0;
    for &stop in record {
        while step < stop {
            scaled_descent(points, *loss, log_eta, &w, &mut update);
            for (v, u) in velocity.iter_mut().zip(&update) {
                *v = rule.momentum * *v + u;
            }
            if !w.iter().zip(&velocity).all(|(w, v)| (w + v).is_finite()) {
                if iterates.last().is_none_or(|last: &Iterate| last.step < step) {
                    iterates.push(Iterate { step, w });
                }
                return Descent { rule, iterates, overflows: Some(step + 1) };
            }
            for (w, v) in w.iter_mut().zip(&velocity) {
                *w += v;
            }
            step += 1;
        }
        iterates.push(Iterate { step, w: w.clone() });
    }
    Descent { rule, iterates, overflows: None }
}

impl Descent {
    /// ln L at the recorded iterates.
    pub fn log_losses(&self, setup: &Setup) -> Vec<f64> {
        self.iterates.iter().map(|it| log_loss(&setup.points, setup.loss, &it.w)).collect()
    }

    /// The last iterate.
    pub fn last(&self) -> &Iterate {
        self.iterates.last().expect("something was recorded")
    }
}
