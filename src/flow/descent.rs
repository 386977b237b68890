//! Gradient descent with a constant step, w <- w - η ∇L(w), and with momentum.

use super::gradient_flow::Setup;
use super::kernel::Gradient;
use super::loss::log_loss;

/// The weights after so many steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterate {
    /// How many steps were taken.
    pub step: u64,
    /// The weights.
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
    /// The steps that were taken.
    pub rule: StepRule,
    /// The iterates asked for, as far as the run got.
    pub iterates: Vec<Iterate>,
    /// The first step whose weights overflow a double, if any; the last iterate is then the one before.
    pub overflows: Option<u64>,
}

/// Runs from the setup's start to the last of `record`, increasing step numbers.
pub fn descend(setup: &Setup, rule: StepRule, record: &[u64]) -> Descent {
    descend_watched(setup, rule, record, |_, _| ())
}

/// The same, and shows every iterate, the start first, with the number of its step.
pub fn descend_watched(setup: &Setup, rule: StepRule, record: &[u64], mut see: impl FnMut(u64, &[f64])) -> Descent {
    let mut iterates: Vec<Iterate> = Vec::with_capacity(record.len());
    let steps = record.last().copied().unwrap_or(0);
    let overflow = walk(setup, rule, steps, |step, w| {
        see(step, w);
        if record.get(iterates.len()) == Some(&step) {
            iterates.push(Iterate { step, w: w.to_vec() });
        }
    });
    let overflows = overflow.map(|last| {
        let step = last.step + 1;
        if iterates.last().is_none_or(|recorded| recorded.step < last.step) {
            iterates.push(last);
        }
        step
    });
    Descent { rule, iterates, overflows }
}

/// The largest change of ln L from one step to the next, over so many steps.
pub fn largest_rise(setup: &Setup, rule: StepRule, steps: u64) -> f64 {
    let (mut before, mut rise) = (f64::INFINITY, f64::NEG_INFINITY);
    walk(setup, rule, steps, |_, w| {
        let now = log_loss(&setup.points, setup.loss, w);
        rise = rise.max(now - before);
        before = now;
    });
    rise
}

/// Shows every iterate. If a step would overflow, ends there and returns the iterate before it.
fn walk(setup: &Setup, rule: StepRule, steps: u64, mut visit: impl FnMut(u64, &[f64])) -> Option<Iterate> {
    let Setup { points, loss, start } = setup;
    let gradient = Gradient::new(points, *loss);
    let mut w = start.clone();
    let (mut velocity, mut update) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    visit(0, &w);
    for step in 1..=steps {
        gradient.descent(rule.eta, &w, &mut update);
        for (v, u) in velocity.iter_mut().zip(&update) {
            *v = rule.momentum * *v + u;
        }
        if !w.iter().zip(&velocity).all(|(w, v)| (w + v).is_finite()) {
            return Some(Iterate { step: step - 1, w });
        }
        for (w, v) in w.iter_mut().zip(&velocity) {
            *w += v;
        }
        visit(step, &w);
    }
    None
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
