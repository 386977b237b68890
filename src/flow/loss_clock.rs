//! Gradient flow by the clock g = -log L: dθ/dg = ∇g/|∇g|².
//!
//! A loss of 10^-4343 is g = 10^4, an ordinary number, and nothing underflows. Time is carried along as
//! τ - g, τ = log(1 + t): dt/dg = 1/(L |∇g|²), hence d(τ - g)/dg = e^(g - τ)/|∇g|² - 1, which does not know g itself.

use std::cell::{Cell, RefCell};

use super::loss::Loss;
use super::method::Method;
use super::ode::{Differentiable, Ode, Part, Tolerance};
use crate::error::{Error, Result};
use crate::problem::homogeneous::Margins;
use crate::real::{axpy, difference, dot, exp, ln, ln_1p, log_sum_exp, norm};

/// Where the flow is when the loss is e^-g.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// log 1/L.
    pub g: f64,
    /// The parameters.
    pub theta: Vec<f64>,
    /// Natural logarithm of t.
    pub log_t: f64,
    /// The parameters less those of the same run at a hundred times the tolerance, and the same of log t.
    pub drift: Vec<f64>,
    /// See `drift`.
    pub log_t_drift: f64,
    /// The local errors of the last steps.
    pub local: f64,
    /// Roundings of numbers of the size of θ, since the start.
    pub roundings: f64,
}

impl Moment {
    /// |drift| and the last local errors.
    pub fn integration(&self) -> f64 {
        norm(&self.drift) + self.local
    }
}

/// The clock came to a stand: the last parameters at which the flow was looked at, and their g.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// log 1/L there.
    pub g: f64,
    /// The parameters there.
    pub theta: Vec<f64>,
    /// What the integrator said.
    pub error: Error,
}

/// g = -log Σ ℓ(q_n).
pub fn log_inverse_loss(loss: Loss, margins: &[f64]) -> f64 {
    -log_sum_exp(margins.iter().map(|&q| loss.log_value(q)))
}

/// -ℓ'(q_n)/L, the weights with which ∇g is made of the ∇q_n. Of the exponential loss they sum to one.
pub fn pulls(loss: Loss, margins: &[f64]) -> Vec<f64> {
    let g = log_inverse_loss(loss, margins);
    margins.iter().map(|&q| exp(loss.log_pull(q) + g)).collect()
}

/// What is followed.
#[derive(Debug, Clone, Copy)]
pub struct LossClock<'a, M> {
    /// The margins.
    pub network: &'a M,
    /// The loss of each.
    pub loss: Loss,
    /// Explicit for tight tolerances and for networks with kinks, whose derivatives jump; stiff for many points and few digits.
    pub method: Method,
    /// So many looks at the gradient are allowed. A flow along a kink would take them without end.
    pub budget: usize,
}

impl<'a, M: Margins> LossClock<'a, M> {
    /// The exponential loss by the explicit method, with a budget that no smooth run needs.
    pub fn new(network: &'a M) -> Self {
        LossClock { network, loss: Loss::Exponential, method: Method::Explicit, budget: 2_000_000 }
    }

    /// From `start`, at t = 0, to each of the values of g, increasing and above that of the start.
    pub fn follow(&self, start: &[f64], stops: &[f64], tolerance: Tolerance) -> Result<Vec<Moment>> {
        self.follow_until(start, stops, tolerance).map_err(|stopped| stopped.error)
    }

    /// The same, and where the clock comes to a stand, if it does.
    pub fn follow_until(
        &self,
        start: &[f64],
        stops: &[f64],
        tolerance: Tolerance,
    ) -> std::result::Result<Vec<Moment>, Stopped> {
        let began = log_inverse_loss(self.loss, &self.network.margins(start));
        let state = [start, &[-began]].concat();
        let solve = |tolerance: Tolerance| {
            let rate = Rate { clock: self, left: Cell::new(self.budget), last: RefCell::new((began, start.to_vec())) };
            self.method.solve(&rate, began, &state, stops, tolerance).map_err(|error| {
                let (g, theta) = rate.last.take();
                Stopped { g, theta, error }
            })
        };
        let (fine, coarse) = tolerance.twice(solve)?;
        let moment = |k: usize| {
            let (lag, theta) = fine.states[k].split_last().expect("the state ends with τ - g");
            let drift = difference(theta, &coarse.states[k][..theta.len()]);
            let log_t_drift = lag - coarse.states[k][theta.len()];
            let (local, roundings) = (fine.local[k], fine.roundings[k]);
            // t = e^τ - 1.
            let tau = stops[k] + lag;
            let log_t = tau + ln_1p(-exp(-tau));
            Moment { g: stops[k], theta: theta.to_vec(), log_t, drift, log_t_drift, local, roundings }
        };
        Ok((0..stops.len()).map(moment).collect())
    }
}

struct Rate<'a, M> {
    clock: &'a LossClock<'a, M>,
    left: Cell<usize>,
    last: RefCell<(f64, Vec<f64>)>,
}

impl<M: Margins> Ode for Rate<'_, M> {
    fn dim(&self) -> usize {
        self.clock.network.parameters() + 1
    }

    fn rate(&self, g: f64, y: &[f64], out: &mut [f64]) {
        if self.left.get() == 0 {
            // A step that is not finite is refused, and so is every shorter one: the integrator gives up.
            out.fill(f64::NAN);
            return;
        }
        self.left.set(self.left.get() - 1);
        let (lag, theta) = y.split_last().expect("the state ends with τ - g");
        if theta.iter().all(|entry| entry.is_finite()) {
            *self.last.borrow_mut() = (g, theta.to_vec());
        }
        let (_, gradient) = self.clock.network.weighed(theta, |margins| pulls(self.clock.loss, margins));
        let square = dot(&gradient, &gradient);
        out.iter_mut().zip(&gradient).for_each(|(out, slope)| *out = slope / square);
        out[theta.len()] = exp(-lag - ln(square)) - 1.0;
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim() - 1, scale: 1.0 }, Part { len: 1, scale: 1.0 }]
    }
}

impl<M: Margins> Differentiable for Rate<'_, M> {
    /// With v = ∇g and A = ∇²g that of v/|v|² is (I - 2vv'/|v|²) A/|v|².
    fn jacobian(&self, _: f64, y: &[f64], out: &mut [f64]) {
        let LossClock { network, loss, .. } = self.clock;
        let (lag, theta) = y.split_last().expect("the state ends with τ - g");
        let (count, dim) = (theta.len(), y.len());
        let margins = network.margins(theta);
        let weights = pulls(*loss, &margins);
        let v = network.gradient(theta, &weights);
        let square = dot(&v, &v);
        // The weights move too: A = Σ p_n ∇²q_n + vv' + Σ p_n (log -ℓ')'(q_n) ∇q_n ∇q_n'.
        let mut curvature = network.hessian(theta, &weights);
        let bends = margins.iter().zip(&weights).map(|(q, p)| p * loss.log_pull_slope(*q));
        for (vector, weight) in network.slopes(theta).iter().zip(bends).chain([(&v, 1.0)]) {
            for (row, entry) in curvature.chunks_exact_mut(count).zip(vector) {
                axpy(weight * entry, vector, row);
            }
        }
        // A v: A is symmetric.
        let along: Vec<f64> = curvature.chunks_exact(count).map(|row| dot(row, &v)).collect();
        let tick = exp(-lag - ln(square));
        out.fill(0.0);
        let (moving, last) = out.split_at_mut(count * dim);
        for ((row, curvature), v) in moving.chunks_exact_mut(dim).zip(curvature.chunks_exact(count)).zip(&v) {
            axpy(1.0 / square, curvature, &mut row[..count]);
            axpy(-2.0 * v / (square * square), &along, &mut row[..count]);
        }
        axpy(-2.0 * tick / square, &along, &mut last[..count]);
        last[count] = -tick;
    }
}
