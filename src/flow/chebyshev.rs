//! The Runge-Kutta-Chebyshev method of order 2 (van der Houwen, Sommeijer 1980; Sommeijer, Shampine, Verwer 1998).
//!
//! With k stages it is stable as far as .65 k² on the negative real axis, where the spectrum of a gradient flow lies:
//! a step may be as long as the square of what it costs, without a system of equations. For the late phase of flows
//! with many variables, when all that is fast has died.

use fearless_simd::{Level, dispatch};

use super::ode::{Ode, Solution, Stepper, Tolerance, Watched, integrate};
use crate::error::Result;
use crate::real::axpy;

/// A right-hand side whose derivative has a real spectrum.
pub trait Relaxing: Ode {
    /// A bound on the moduli of the eigenvalues of ∂f/∂y at y.
    fn spectral_bound(&self, y: &[f64]) -> f64;
}

impl<O: Relaxing, F: FnMut(f64, &[f64])> Relaxing for Watched<'_, O, F> {
    fn spectral_bound(&self, y: &[f64]) -> f64 {
        self.ode.spectral_bound(y)
    }
}

/// The damping that keeps the stability region from pinching to the axis, as the authors choose it.
const DAMPING: f64 = 2.0 / 13.0;

/// Solves y' = f(s, y), y(s0) = y0, at increasing `stops`.
pub fn runge_kutta_chebyshev(
    ode: &impl Relaxing,
    s0: f64,
    y0: &[f64],
    stops: &[f64],
    tolerance: Tolerance,
) -> Result<Solution> {
    let vector = || vec![0.0; ode.dim()];
    let mut method = Chebyshev {
        ode,
        first: vector(),
        slope: vector(),
        before: vector(),
        previous: vector(),
        bound: 0.0,
        level: Level::new(),
    };
    integrate(&mut method, ode, s0, y0, stops, tolerance)
}

struct Chebyshev<'a, O> {
    ode: &'a O,
    /// f at the start of the step.
    first: Vec<f64>,
    slope: Vec<f64>,
    /// The stages j - 2 and j - 1, less y.
    before: Vec<f64>,
    previous: Vec<f64>,
    bound: f64,
    level: Level,
}

/// y + moved. Inlined where it is compiled, for each level of instructions, as the next one.
#[inline(always)]
fn add(y: &[f64], moved: &[f64], sum: &mut [f64]) {
    for ((sum, y), moved) in sum.iter_mut().zip(y).zip(moved) {
        *sum = y + moved;
    }
}

/// μ previous + ν before + rate (slope - a first), in the place of `before`.
#[inline(always)]
fn recur([mu, nu, rate, a]: [f64; 4], before: &mut [f64], [previous, slope, first]: [&[f64]; 3]) {
    for (((before, previous), slope), first) in before.iter_mut().zip(previous).zip(slope).zip(first) {
        *before = mu * previous + nu * *before + rate * (slope - a * first);
    }
}

/// T_j, T_j', T_j'' at w0, from the three-term recurrence.
#[derive(Clone, Copy)]
struct Polynomial {
    value: f64,
    slope: f64,
    curvature: f64,
}

impl Polynomial {
    fn next(self, before: Polynomial, w0: f64) -> Polynomial {
        Polynomial {
            value: 2.0 * w0 * self.value - before.value,
            slope: 2.0 * (self.value + w0 * self.slope) - before.slope,
            curvature: 2.0 * (2.0 * self.slope + w0 * self.curvature) - before.curvature,
        }
    }

    /// b_j = T_j''/T_j'²: scales stage j so that it is of order two.
    fn weight(self) -> f64 {
        self.curvature / (self.slope * self.slope)
    }
}

impl<O: Relaxing> Stepper for Chebyshev<'_, O> {
    fn order(&self) -> f64 {
        3.0
    }

    fn step(&mut self, s: f64, y: &[f64], h: f64, fresh: bool, y_new: &mut [f64], error: &mut [f64]) -> usize {
        if fresh {
            self.ode.rate(s, y, &mut self.first);
            self.bound = self.ode.spectral_bound(y);
        }
        // β(k) = 2/3 (k² - 1)(1 - 2/15 DAMPING) must reach h times the bound.
        let stages = ((1.0 + 1.54 * h * self.bound).sqrt() as usize + 1).max(2);
        let w0 = 1.0 + DAMPING / (stages * stages) as f64;
        let zeroth = Polynomial { value: 1.0, slope: 0.0, curvature: 0.0 };
        let first = Polynomial { value: w0, slope: 1.0, curvature: 0.0 };
        let last = (1..stages).fold((zeroth, first), |(before, at), _| (at, at.next(before, w0))).1;
        let w1 = last.slope / last.curvature;
        let second = first.next(zeroth, w0);

        let (mut at, mut at_before) = (second, first);
        let (mut b_before, mut b_previous) = (second.weight(), second.weight());
        let mut a_previous = 1.0 - b_previous * first.value;
        let mut node_previous = w1 * b_previous;
        // Stages as increments on y: what does not move stays where it is, to the last bit.
        self.before.fill(0.0);
        self.previous.fill(0.0);
        axpy(h * w1 * b_previous, &self.first, &mut self.previous);
        for _ in 2..=stages {
            let b = at.weight();
            let (mu, nu) = (2.0 * b * w0 / b_previous, -b / b_before);
            let mu_rate = 2.0 * b * w1 / b_previous;
            dispatch!(self.level, _simd => add(y, &self.previous, y_new));
            self.ode.rate(s + node_previous * h, y_new, &mut self.slope);
            let (weights, vectors) =
                ([mu, nu, h * mu_rate, a_previous], [&self.previous[..], &self.slope, &self.first]);
            dispatch!(self.level, _simd => recur(weights, &mut self.before, vectors));
            std::mem::swap(&mut self.before, &mut self.previous);
            (b_before, b_previous) = (b_previous, b);
            a_previous = 1.0 - b * at.value;
            node_previous = w1 * at.curvature / at.slope;
            (at, at_before) = (at.next(at_before, w0), at);
        }
        add(y, &self.previous, y_new);
        self.ode.rate(s + h, y_new, &mut self.slope);
        for i in 0..y.len() {
            error[i] = 0.4 * h * (self.first[i] + self.slope[i]) - 0.8 * self.previous[i];
        }
        stages + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::{LN_10, combine, exp, ln, norm};

    /// y_i' = -λ_i (y_i - cos s), λ_i = 10^(i/4) from 1 to 1000.
    struct Decay;

    const RATES: usize = 13;

    impl Decay {
        fn rate_of(i: usize) -> f64 {
            exp(LN_10 * i as f64 / 4.0)
        }
    }

    impl Ode for Decay {
        fn dim(&self) -> usize {
            RATES
        }

        fn rate(&self, s: f64, y: &[f64], dy: &mut [f64]) {
            for (i, (y, dy)) in y.iter().zip(dy).enumerate() {
                *dy = -Decay::rate_of(i) * (y - libm::cos(s));
            }
        }
    }

    impl Relaxing for Decay {
        fn spectral_bound(&self, _: &[f64]) -> f64 {
            Decay::rate_of(RATES - 1)
        }
    }

    /// A flow that forgets its errors is off by no more than the errors of its steps. By two tolerances the order is nearer to two than
    /// to one or three.
    #[test]
    fn a_stiff_decay_is_followed_to_order_two() {
        let exact = |s: f64| -> Vec<f64> {
            let entry = |i: usize| {
                let rate = Decay::rate_of(i);
                let (drawn, own) = (rate * (rate * libm::cos(s) + libm::sin(s)) / (rate * rate + 1.0), exp(-rate * s));
                drawn + (2.0 - rate * rate / (rate * rate + 1.0)) * own
            };
            (0..RATES).map(entry).collect()
        };
        let run = |tolerance: f64| {
            let tolerance = Tolerance::new(tolerance, tolerance);
            let solution = runge_kutta_chebyshev(&Decay, 0.0, &[2.0; RATES], &[3.0], tolerance).unwrap();
            let off = norm(&combine(-1.0, &exact(3.0), &solution.states[0]));
            assert!(off <= solution.summed, "{off} {}", solution.summed);
            (off, solution.steps as f64)
        };
        let ((off, steps), (fine_off, fine_steps)) = (run(1e-6), run(1e-9));
        let order = ln(off / fine_off) / ln(fine_steps / steps);
        assert!((order - 2.0).abs() < 0.5, "{order}");
    }
}
