//! Gradient flow w' = -∇L(w) in logarithmic time.
//!
//! With the clock τ = log(1 + t), which starts at τ = 0 and is log t but for 1/t, the flow reads
//! dw/dτ = Σ e^(τ + ln(-ℓ'(x_n·w))) x_n: every exponent is moderate, whatever t. Two frames:
//!
//! * the blind frame follows w and knows nothing of the answer: for showing the theorem, up to τ of
//!   some thousands, past which τ - x·w loses its digits;
//! * the moving frame follows r = w - ŵτ. It is an exact change of variables for any ŵ, right or
//!   wrong; where m_n = x_n·ŵ is one, as on the support vectors, τ cancels before anything is
//!   rounded, and τ may run to millions.

use super::kernel::Gradient;
use super::loss::Loss;
use super::method::Method;
use super::ode::{Differentiable, Ode, Tolerance, Watched};
use crate::error::Result;
use crate::problem::points::Points;
use crate::real::{axpy, combine, difference, dot, exp, ln_1p, log_sum_exp, norm, softplus};

/// The weights at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Natural logarithm of t.
    pub log_t: f64,
    /// w in the blind frame, the residual rho = w - ŵ log t in the moving frame.
    pub state: Vec<f64>,
    /// The state less that of the same run at a hundred times the tolerance: what the integrator may have
    /// lost, in each direction.
    pub drift: Vec<f64>,
    /// The local errors of the last steps, which may be larger than the drift where the flow forgets its start.
    pub local: f64,
    /// Roundings of numbers of the size of the state, since the start.
    pub roundings: f64,
}

impl Snapshot {
    /// |drift| and the last local errors.
    pub fn integration(&self) -> f64 {
        norm(&self.drift) + self.local
    }
}

/// What is followed: the data, the loss and the start. A value, so that a control can change any part.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The data, labels absorbed.
    pub points: Points,
    /// The loss of one margin.
    pub loss: Loss,
    /// The weights at t = 0.
    pub start: Vec<f64>,
}

/// The moving frame: a direction, and the margins m_n = x_n·ŵ, exactly one on the support vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// ŵ.
    pub w_hat: Vec<f64>,
    /// m_n, one a point.
    pub margins: Vec<f64>,
}

/// Gradient flow in the blind frame, at increasing times.
pub fn blind(setup: &Setup, log_t: &[f64], method: Method, tolerance: Tolerance) -> Result<Vec<Snapshot>> {
    blind_watched(setup, log_t, method, tolerance, |_, _| ())
}

/// The same, and shows log t and w at every step of the integrator.
pub fn blind_watched(
    setup: &Setup,
    log_t: &[f64],
    method: Method,
    tolerance: Tolerance,
    see: impl FnMut(f64, &[f64]),
) -> Result<Vec<Snapshot>> {
    follow(
        &Blind { setup, gradient: Gradient::new(&setup.points, setup.loss) },
        &setup.start,
        log_t,
        method,
        tolerance,
        see,
    )
}

/// Gradient flow in the moving frame, at increasing times: snapshots of rho.
pub fn moving(
    setup: &Setup,
    frame: &Frame,
    log_t: &[f64],
    method: Method,
    tolerance: Tolerance,
) -> Result<Vec<Snapshot>> {
    moving_watched(setup, frame, log_t, method, tolerance, |_, _| ())
}

/// The same, and shows log t and rho at every step of the integrator.
pub fn moving_watched(
    setup: &Setup,
    frame: &Frame,
    log_t: &[f64],
    method: Method,
    tolerance: Tolerance,
    mut see: impl FnMut(f64, &[f64]),
) -> Result<Vec<Snapshot>> {
    // rho = w - ŵ log t = r + ŵ (τ - log t).
    let rho = |log_t: f64, r: &[f64]| combine(ln_1p(exp(-log_t)), &frame.w_hat, r);
    let see = |log_t: f64, r: &[f64]| see(log_t, &rho(log_t, r));
    let mut snapshots = follow(&Moving { setup, frame }, &setup.start, log_t, method, tolerance, see)?;
    for snapshot in &mut snapshots {
        snapshot.state = rho(snapshot.log_t, &snapshot.state);
    }
    Ok(snapshots)
}

/// Any flow in log(1 + t), from `start` at t = 0 to increasing log t; `see` is shown log t and the state at every step of the
/// integrator.
pub fn follow(
    ode: &impl Differentiable,
    start: &[f64],
    log_t: &[f64],
    method: Method,
    tolerance: Tolerance,
    mut see: impl FnMut(f64, &[f64]),
) -> Result<Vec<Snapshot>> {
    let clock: Vec<f64> = log_t.iter().map(|&s| softplus(s)).collect();
    // t = e^τ - 1.
    let watched = Watched::new(ode, |tau: f64, state: &[f64]| see(tau + ln_1p(-exp(-tau)), state));
    let fine = method.solve(&watched, 0.0, start, &clock, tolerance)?;
    let coarse = method.solve(ode, 0.0, start, &clock, tolerance.coarser())?;
    let snapshot = |k: usize| {
        let state = fine.states[k].clone();
        let drift = difference(&state, &coarse.states[k]);
        Snapshot { log_t: log_t[k], state, drift, local: fine.local[k], roundings: fine.roundings[k] }
    };
    Ok((0..log_t.len()).map(snapshot).collect())
}

struct Blind<'a> {
    setup: &'a Setup,
    gradient: Gradient<'a>,
}

impl Ode for Blind<'_> {
    fn dim(&self) -> usize {
        self.setup.points.dim()
    }

    fn rate(&self, tau: f64, w: &[f64], out: &mut [f64]) {
        self.gradient.scaled_descent(tau, w, out);
    }
}

impl Differentiable for Blind<'_> {
    fn jacobian(&self, tau: f64, w: &[f64], out: &mut [f64]) {
        let Setup { points, loss, .. } = self.setup;
        let stiffness = |u: f64| exp(tau + loss.log_pull(u)) * loss.log_pull_slope(u);
        outer_products(points, points.rows().map(|x| stiffness(dot(x, w))), out);
    }
}

struct Moving<'a> {
    setup: &'a Setup,
    frame: &'a Frame,
}

impl Moving<'_> {
    /// x_n·w and τ + ln(-ℓ'(x_n·w)) of each point, at w = ŵτ + r.
    fn log_pulls(&self, tau: f64, r: &[f64]) -> impl Iterator<Item = (f64, f64)> {
        let Setup { points, loss, .. } = self.setup;
        points.rows().zip(&self.frame.margins).map(move |(x, m)| {
            let offset = dot(x, r);
            let u = m * tau + offset;
            (u, (1.0 - m) * tau - offset + loss.tail_correction(u))
        })
    }
}

impl Ode for Moving<'_> {
    fn dim(&self) -> usize {
        self.setup.points.dim()
    }

    fn rate(&self, tau: f64, r: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (x, (_, log_pull)) in self.setup.points.rows().zip(self.log_pulls(tau, r)) {
            axpy(exp(log_pull), x, out);
        }
        axpy(-1.0, &self.frame.w_hat, out);
    }
}

impl Differentiable for Moving<'_> {
    fn jacobian(&self, tau: f64, r: &[f64], out: &mut [f64]) {
        let loss = self.setup.loss;
        let weights = self.log_pulls(tau, r).map(|(u, log_pull)| exp(log_pull) * loss.log_pull_slope(u));
        outer_products(&self.setup.points, weights, out);
    }
}

/// out = Σ weight_n x_n x_n'.
fn outer_products(points: &Points, weights: impl Iterator<Item = f64>, out: &mut [f64]) {
    out.fill(0.0);
    for (x, weight) in points.rows().zip(weights) {
        for (row, &entry) in out.chunks_exact_mut(points.dim()).zip(x) {
            axpy(weight * entry, x, row);
        }
    }
}

impl Frame {
    /// w = ŵ log t + rho.
    pub fn weights(&self, log_t: f64, rho: &[f64]) -> Vec<f64> {
        combine(log_t, &self.w_hat, rho)
    }

    /// The points' shares of the gradient at w = ŵ log t + rho. From rho and not from w, whose inner products
    /// with the points have lost their last digits when log t is large.
    pub fn shares(&self, setup: &Setup, log_t: f64, rho: &[f64]) -> Vec<f64> {
        let pulls: Vec<f64> = Moving { setup, frame: self }.log_pulls(log_t, rho).map(|(_, pull)| pull).collect();
        let total = log_sum_exp(pulls.iter().copied());
        pulls.iter().map(|pull| exp(pull - total)).collect()
    }

    /// d rho / d log t: how fast the residual still moves.
    pub fn velocity(&self, setup: &Setup, log_t: f64, rho: &[f64]) -> Vec<f64> {
        let mut velocity = vec![0.0; rho.len()];
        Moving { setup, frame: self }.rate(log_t, rho, &mut velocity);
        velocity
    }

    /// The derivative of the velocity in rho, row after row.
    pub fn velocity_jacobian(&self, setup: &Setup, log_t: f64, rho: &[f64]) -> Vec<f64> {
        let mut jacobian = vec![0.0; rho.len() * rho.len()];
        Moving { setup, frame: self }.jacobian(log_t, rho, &mut jacobian);
        jacobian
    }
}
