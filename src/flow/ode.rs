//! Initial value problems y' = f(s, y), and what the integrators share.

use std::cell::RefCell;

use crate::error::{Error, Result};
use crate::real::{norm, pow};

/// The right-hand side of y' = f(s, y), y in R^dim.
pub trait Ode {
    /// The length of y.
    fn dim(&self) -> usize;

    /// dy = f(s, y).
    fn rate(&self, s: f64, y: &[f64], dy: &mut [f64]);

    /// The parts of y, one after the other, whose errors are measured each by its own norm. One part, of scale 1,
    /// unless the problem says otherwise.
    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim(), scale: 1.0 }]
    }

    /// Is shown every state that an integrator accepts, in their order. Nobody looks, unless the problem is [`Watched`].
    fn accepted(&self, _s: f64, _y: &[f64]) {}
}

/// Consecutive components of one kind, and the size below which their error counts as absolute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// How many components.
    pub len: usize,
    /// The size.
    pub scale: f64,
}

/// A right-hand side whose derivative is known: what the stiff integrator needs.
pub trait Differentiable: Ode {
    /// ∂f/∂y at (s, y), row after row, dim × dim.
    fn jacobian(&self, s: f64, y: &[f64], out: &mut [f64]);
}

/// A problem whose accepted states are shown to `see`: the integrator's own path, which looking at it does not change.
pub struct Watched<'a, O, F> {
    pub(super) ode: &'a O,
    see: RefCell<F>,
}

impl<'a, O, F: FnMut(f64, &[f64])> Watched<'a, O, F> {
    /// `see` is given s and y.
    pub fn new(ode: &'a O, see: F) -> Self {
        Watched { ode, see: RefCell::new(see) }
    }
}

impl<O: Ode, F: FnMut(f64, &[f64])> Ode for Watched<'_, O, F> {
    fn dim(&self) -> usize {
        self.ode.dim()
    }

    fn rate(&self, s: f64, y: &[f64], dy: &mut [f64]) {
        self.ode.rate(s, y, dy);
    }

    fn parts(&self) -> Vec<Part> {
        self.ode.parts()
    }

    fn accepted(&self, s: f64, y: &[f64]) {
        (self.see.borrow_mut())(s, y);
    }
}

impl<O: Differentiable, F: FnMut(f64, &[f64])> Differentiable for Watched<'_, O, F> {
    fn jacobian(&self, s: f64, y: &[f64], out: &mut [f64]) {
        self.ode.jacobian(s, y, out);
    }
}

/// A local error e of a part of y is accepted where |e| ≤ absolute · scale + relative · |y|. Norms and not components:
/// the problems here do not change when the axes are turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// What is allowed in units of the part's scale.
    pub absolute: f64,
    /// What is allowed in units of |y|.
    pub relative: f64,
}

impl Tolerance {
    /// Both parts of the allowance.
    pub fn new(absolute: f64, relative: f64) -> Self {
        Tolerance { absolute, relative }
    }

    /// A tolerance `factor` times as large.
    pub fn times(self, factor: f64) -> Self {
        Tolerance { absolute: factor * self.absolute, relative: factor * self.relative }
    }

    /// That of the second run, whose difference from the first tells what the first may have lost.
    pub fn coarser(self) -> Self {
        self.times(100.0)
    }

    /// What a run finds at this tolerance and at the coarser one.
    pub fn twice<T, E>(self, run: impl Fn(Tolerance) -> std::result::Result<T, E>) -> std::result::Result<(T, T), E> {
        Ok((run(self)?, run(self.coarser())?))
    }

    /// |error| over what is allowed, of the worst part; infinite if a component is NaN.
    fn measure(&self, parts: &[Part], error: &[f64], y: &[f64], y_new: &[f64]) -> f64 {
        let mut from = 0;
        let mut worst = 0.0_f64;
        for part in parts {
            let here = from..from + part.len;
            from = here.end;
            let size = norm(&y[here.clone()]).max(norm(&y_new[here.clone()]));
            let ratio = norm(&error[here]) / (self.absolute * part.scale + self.relative * size);
            // A length that overflows allows everything, and so nothing.
            worst = if ratio.is_nan() || size.is_infinite() { f64::INFINITY } else { worst.max(ratio) };
        }
        worst
    }
}

/// The states at the times asked for, and what they cost.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Solution {
    /// One for each time.
    pub states: Vec<Vec<f64>>,
    /// At each of these times, what a flow that forgets its start may still be off by, from the estimated local errors of the last
    /// two steps. Of two, for the last step may be cut short to land.
    pub local: Vec<f64>,
    /// Up to each of these times, roundings of numbers of the size of y: [`ROUNDINGS`] for each call of f.
    pub roundings: Vec<f64>,
    /// The local errors of all steps, as estimated, added up: what a flow that drives nothing apart may be off by in the end.
    pub summed: f64,
    /// How many were accepted.
    pub steps: usize,
    /// Calls of the right-hand side.
    pub evaluations: usize,
}

/// Before each call of f at most six numbers are added to y; the explicit method adds them up first and rounds y once, and what its
/// stages make of that is at most this a call (a test there).
pub const ROUNDINGS: f64 = 7.0;

/// A one-step method with an error estimate.
pub(super) trait Stepper {
    /// The local error falls like h^order.
    fn order(&self) -> f64;

    /// Where the flow forgets its start within a step, what the step leaves of an error is at most this times the estimate.
    fn left_over_estimate(&self) -> f64 {
        1.0
    }

    /// Tries a step of length `h` from (s, y). Fills `y_new` and `error`; returns the calls of f.
    /// `fresh` says that (s, y) differs from the last call.
    fn step(&mut self, s: f64, y: &[f64], h: f64, fresh: bool, y_new: &mut [f64], error: &mut [f64]) -> usize;
}

/// The longest run of the course needs a twentieth of these calls; one that needs them all is stuck.
const MOST_EVALUATIONS: usize = 4_000_000;
const SAFETY: f64 = 0.9;
/// A step shrinks at most five times and grows at most eight times.
const STEP_RATIO: (f64, f64) = (0.2, 8.0);

/// Advances from (`s`, `y`) through every stop, in increasing order, landing on each.
pub(super) fn integrate(
    stepper: &mut impl Stepper,
    ode: &impl Ode,
    mut s: f64,
    start: &[f64],
    stops: &[f64],
    tolerance: Tolerance,
) -> Result<Solution> {
    let parts: &[Part] = &ode.parts();
    let mut y = start.to_vec();
    let (mut y_new, mut error) = (y.clone(), y.clone());
    let mut solution = Solution::default();
    let (mut local, mut local_before) = (0.0, 0.0);
    let span = stops.last().map_or(0.0, |end| end - s);
    let mut h = (1e-3_f64).min(span);
    let mut fresh = true;
    for &stop in stops {
        while s < stop {
            let rest = stop - s;
            let last = h >= rest;
            let tried = if last { rest } else { h };
            solution.evaluations += stepper.step(s, &y, tried, fresh, &mut y_new, &mut error);
            let ratio = tolerance.measure(parts, &error, &y, &y_new);
            let factor = (SAFETY * pow(ratio.max(1e-16), -1.0 / stepper.order())).clamp(STEP_RATIO.0, STEP_RATIO.1);
            fresh = ratio <= 1.0;
            if fresh {
                s = if last { stop } else { s + tried };
                std::mem::swap(&mut y, &mut y_new);
                ode.accepted(s, &y);
                solution.steps += 1;
                (local, local_before) = (norm(&error), local);
                solution.summed += local;
                // A step cut short to land on a stop says nothing against the longer one.
                h = if last { h.max(tried * factor) } else { tried * factor };
            } else {
                h = tried * factor;
            }
            if h <= f64::EPSILON * s.abs() || h < f64::MIN_POSITIVE || solution.evaluations > MOST_EVALUATIONS {
                return Err(Error::numerical(format!(
                    "the integrator stalls at s = {s:.6e}: steps of {h:.1e}, {} evaluations, tolerance {:.1e} + {:.1e}|y|",
                    solution.evaluations, tolerance.absolute, tolerance.relative
                )));
            }
        }
        solution.states.push(y.clone());
        solution.local.push(stepper.left_over_estimate() * (local + local_before));
        solution.roundings.push(ROUNDINGS * solution.evaluations as f64);
    }
    Ok(solution)
}
