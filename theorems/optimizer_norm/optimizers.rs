//! The optimisers, in a frame that moves with the loss: whatever is made of gradients is divided by L, so that nothing underflows.

use crate::steepest_descent::descent::radius;
use crate::steepest_descent::flow::look;
use crate::steepest_descent::identity::{Parts, Worst, parts};
use crate::steepest_descent::largest_margin::LargestMargin;
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::singular::Shape;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, exp, norm, pow};

/// How a direction is made of the gradient z of g = -log L, or of a mean of the past ones.
#[derive(Debug, Clone)]
pub enum Rule {
    /// L z: gradient descent on L.
    Gradient,
    /// The steepest direction in a norm.
    Steepest(Norm),
    /// The mean over the root of the mean square and eps (Kingma, Ba 2015).
    Adam { beta2: f64, eps: f64 },
    /// Five steps of X ← aX + b XX'X + c XX'XX'X in the place of the polar factor (Jordan et al. 2024); eps is added to the
    /// length of the gradient by which it is divided first.
    NewtonSchulz { shape: Shape, eps: f64 },
}

/// A rule and its momentum β: the mean of the past gradients has weights (1 - β) β^j.
#[derive(Debug, Clone)]
pub struct Optimizer {
    pub name: &'static str,
    pub rule: Rule,
    pub beta: f64,
}

/// a, b and c of a Newton-Schulz step, as Muon has them.
pub const COEFFICIENTS: [f64; 3] = [3.4445, -4.7750, 2.0315];
/// How many of them.
pub const NEWTON_SCHULZ: usize = 5;

/// X → aX + b XX'X + c XX'XX'X, five times, on matrices kept row after row.
pub fn newton_schulz(shape: Shape, x: &[f64]) -> Vec<f64> {
    let [a, b, c] = COEFFICIENTS;
    let Shape { rows, cols } = shape;
    let mut x = x.to_vec();
    for _ in 0..NEWTON_SCHULZ {
        let gram: Vec<f64> = (0..cols * cols)
            .map(|place| (0..rows).map(|i| x[i * cols + place / cols] * x[i * cols + place % cols]).sum())
            .collect();
        let times_gram = |y: &[f64]| -> Vec<f64> {
            let entry = |place: usize| {
                let (i, j) = (place / cols, place % cols);
                (0..cols).map(|l| y[i * cols + l] * gram[l * cols + j]).sum()
            };
            (0..rows * cols).map(entry).collect()
        };
        let cube = times_gram(&x);
        let fifth = times_gram(&cube);
        x = (0..x.len()).map(|i| a * x[i] + b * cube[i] + c * fifth[i]).collect();
    }
    x
}

/// Where an optimiser is: w, g = -log L, and the means of the gradients and of their squares, over L and L².
#[derive(Debug, Clone)]
pub struct State<'a> {
    optimizer: &'a Optimizer,
    points: &'a Points,
    pub w: Vec<f64>,
    pub g: f64,
    pub log_q: Vec<f64>,
    pub z: Vec<f64>,
    pub mean: Vec<f64>,
    square: Vec<f64>,
    taken: i32,
}

impl<'a> State<'a> {
    pub fn new(optimizer: &'a Optimizer, points: &'a Points, start: Vec<f64>) -> Self {
        let (g, log_q, z) = look(points, Loss::Exponential, &start);
        let nothing = vec![0.0; start.len()];
        State { optimizer, points, w: start, g, log_q, z, mean: nothing.clone(), square: nothing, taken: 0 }
    }

    /// The next direction: -∇L goes into the means, and the rule makes of them what is added to w.
    fn direction(&mut self) -> Vec<f64> {
        let beta = self.optimizer.beta;
        self.taken += 1;
        self.mean.iter_mut().zip(&self.z).for_each(|(m, z)| *m = beta * *m + (1.0 - beta) * z);
        match &self.optimizer.rule {
            Rule::Gradient => self.mean.iter().map(|m| exp(-self.g) * m).collect(),
            Rule::Steepest(norm) => norm.steepest(&self.mean),
            Rule::Adam { beta2, eps } => {
                self.square.iter_mut().zip(&self.z).for_each(|(v, z)| *v = beta2 * *v + (1.0 - beta2) * z * z);
                // Means of the first gradients are of the few there are.
                let [first, second] = [beta, *beta2].map(|b| 1.0 - pow(b, f64::from(self.taken)));
                let eps = if *eps > 0.0 { eps * exp(self.g) } else { 0.0 };
                let entry = |(m, v): (&f64, &f64)| match (v / second).sqrt() + eps {
                    0.0 => 0.0,
                    size => m / first / size,
                };
                self.mean.iter().zip(&self.square).map(entry).collect()
            }
            Rule::NewtonSchulz { shape, eps } => {
                let size = norm(&self.mean) + if *eps > 0.0 { eps * exp(self.g) } else { 0.0 };
                newton_schulz(*shape, &self.mean.iter().map(|m| m / size).collect::<Vec<_>>())
            }
        }
    }

    /// One step of length η. The means, made of gradients that were larger by what g has grown, are multiplied by that.
    pub fn step(&mut self, eta: f64) {
        let direction = self.direction();
        axpy(eta, &direction, &mut self.w);
        let before = self.g;
        (self.g, self.log_q, self.z) = look(self.points, Loss::Exponential, &self.w);
        let mut grown = exp(self.g - before);
        // A direction of norm one does not see the size of the mean; beyond this, what is added to it is a rounding.
        if matches!(self.optimizer.rule, Rule::Steepest(_)) && norm(&self.mean) > 1e100 {
            grown = 1.0;
        }
        self.mean.iter_mut().for_each(|m| *m *= grown);
        self.square.iter_mut().for_each(|v| *v *= grown * grown);
    }
}

/// Where a run was.
#[derive(Debug, Clone)]
pub struct Stop {
    pub steps: usize,
    /// Σ η.
    pub sum: f64,
    /// η of the last step.
    pub eta: f64,
    pub w: Vec<f64>,
    pub g: f64,
    pub log_q: Vec<f64>,
}

/// A run from 0, judged in a norm.
#[derive(Debug, Clone)]
pub struct Run {
    pub optimizer: Optimizer,
    /// W at the start.
    pub start: Vec<f64>,
    /// The identity in the norm, over all steps.
    pub worst: Worst,
    /// The least g - g(0) - γ Σ η + (B²/2) Σ η² over all steps.
    pub room: f64,
    /// As many as were asked for.
    pub stops: Vec<Stop>,
}

/// In which norm a run is judged, and by what.
pub struct Judge<'a> {
    pub points: &'a Points,
    pub norm: &'a Norm,
    pub reference: &'a LargestMargin,
}

impl Run {
    /// The last stop.
    pub fn end(&self) -> &Stop {
        self.stops.last().expect("a run has a stop")
    }
}

impl Judge<'_> {
    pub fn parts(&self, w: &[f64]) -> Parts {
        parts(self.points, self.norm, self.reference, w)
    }
}

/// Steps of η_t from a start until the last of `stops`, which are counts of steps; `see` is shown Σ η and the state after each.
pub fn run(
    judge: &Judge,
    optimizer: Optimizer,
    start: Vec<f64>,
    stops: &[usize],
    eta: impl Fn(usize) -> f64,
    mut see: impl FnMut(f64, &State),
) -> Run {
    let mut state = State::new(&optimizer, judge.points, start.clone());
    let (first_g, radius) = (state.g, radius(judge.points, judge.norm));
    let (mut sum, mut squares, mut room) = (0.0, 0.0, f64::INFINITY);
    let (mut worst, mut seen) = (Worst::default(), Vec::new());
    for t in 0..stops.iter().copied().max().unwrap_or(0) {
        state.step(eta(t));
        sum += eta(t);
        squares += eta(t) * eta(t);
        let here = state.g - (first_g + judge.reference.lower * sum - 0.5 * radius * radius * squares);
        if here < room || here.is_nan() {
            room = here;
        }
        worst.see(&judge.parts(&state.w));
        see(sum, &state);
        if stops.contains(&(t + 1)) {
            let State { w, g, log_q, .. } = &state;
            seen.push(Stop { steps: t + 1, sum, eta: eta(t), w: w.clone(), g: *g, log_q: log_q.clone() });
        }
    }
    Run { optimizer, start, worst, room, stops: seen }
}
