//! Separable data: a stable step rescales time, and what it changes beside the span of the support vectors.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{StepRule, descend};
use theoremcheck::flow::gradient_flow::{Setup, Snapshot, blind};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_2, exp, ln, ln_1p, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "time-is-rescaled",
        says: "On (p,a), (p,-b) with p, a, b > 0 and a b > 3p², which are both support vectors and span the plane, with the \
               logistic loss from 0 and two steps η ≠ η' below 8/σ_max², σ_max the largest singular value of the points: at \
               equal T = η k the weights agree in the limit. With E = e^(p (w_1 - w̃_1)), the difference of the two E grows by \
               half the difference of the steps in each unit of log T, so that w_1 differs by ((η - η')/2 log T + O(1))/(p T), \
               and w_2 by less than any multiple of 1/T.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N22"],
        claims: |lab, c| lab.run(two_steps).map(|runs| time_is_rescaled(&runs, c)),
    },
    Step {
        id: "residual-depends-on-the-step",
        says: "On (1,0), (m,1) with m > 1, of which the first alone is a support vector, with the exponential loss from 0, w_2 tends \
               under the flow to log(1 + c/(m-1))/c, c = m² - m + 1. Under gradient descent with any step η it ends above η, and so for η from .35 on above the \
               flow's limit if m ≥ 2.5.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(drawn_beside).map(|beside| residual_depends_on_the_step(&beside, c)),
    },
    Step {
        id: "slope-in-the-step",
        says: "On these points the limit of w_2 moves away from the flow's, as η leaves 0, with the slope \
               (m-1)/2 ∫ a dz/(m - 1 + c z), z from 0 to 1, where z = e^(-(m-1) w_1 - w_2) and a(z) is e^(-w_1) along the flow. \
               For any η it is \
               η + ∫ (1 + η (m-1) a/2) dz/(m - 1 + c z), z from 0 to z_1, up to O((η a_1)²) of the integral, with a_1, z_1 at the first \
               iterate and a(z) along the flow from there.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N22"],
        claims: |lab, c| {
            lab.once(three_and_one).map(|beside| slope_in_the_step(&beside, &mut c.of_fixed_data()))?;
            lab.run(drawn_beside).map(|beside| slope_in_the_step(&beside, c))
        },
    },
];

// ---------------------------------------------------------------------------------------------------
// Support vectors that span
// ---------------------------------------------------------------------------------------------------

/// (p,a), (p,-b), with two steps, each run to T/2 and to T.
pub(super) struct TwoSteps {
    pub(super) points: Points,
    p: f64,
    a: f64,
    b: f64,
    /// The longer step first.
    eta: [f64; 2],
    time: f64,
    /// For each step, at T/2 and T.
    pub(super) w: [[Vec<f64>; 2]; 2],
}

/// The longer step takes so many steps.
const TAKEN: u64 = 1 << 16;

pub(super) fn two_steps(seed: Seed) -> Result<TwoSteps> {
    rescaled(seed, |p, a, b| [[p, a], [p, -b]])
}

/// (p,0), (3p,b) in their place: only the first is a support vector, and the prediction does not know.
pub(super) fn one_support_vector(seed: Seed) -> Result<TwoSteps> {
    rescaled(seed, |p, _, b| [[p, 0.0], [3.0 * p, b]])
}

fn rescaled(seed: Seed, points: impl Fn(f64, f64, f64) -> [[f64; 2]; 2]) -> Result<TwoSteps> {
    let stream = &mut seed.stream("step-size", "two steps");
    let p = stream.uniform(0.5, 0.64);
    let (a, b) = (stream.uniform(1.25, 1.5), stream.uniform(1.0, 1.2));
    let points = Points::from_rows(&points(p, a, b));
    let sigma = points.sigma_max()?;
    // 2/(β σ²) with β = 1/4; the shorter step is so many times shorter.
    let eta = f64::from((8.0 / (sigma * sigma) * stream.uniform(0.6, 0.9)) as f32);
    let shorter = stream.uniform(3.0, 6.0).floor();
    let run = |eta: f64, steps: u64| {
        let setup = Setup { points: points.clone(), loss: Loss::Logistic, start: vec![0.0; 2] };
        let descent = descend(&setup, StepRule::plain(eta), &[steps / 2, steps]);
        [0, 1].map(|k| descent.iterates[k].w.clone())
    };
    let w = [run(eta, TAKEN), run(eta / shorter, shorter as u64 * TAKEN)];
    Ok(TwoSteps { points, p, a, b, eta: [eta, eta / shorter], time: eta * TAKEN as f64, w })
}

/// Time is rescaled. E grows by η - η s/E + η²/2E + .. in a step, so that E = T + (η/2 - s) log T + c + .. at T = η k.
pub(super) fn time_is_rescaled(runs: &TwoSteps, claims: &mut Claims) {
    let TwoSteps { p, a, b, eta, time, w, .. } = runs;
    let alpha = [b / (p * p * (a + b)), a / (p * p * (a + b))];
    let tail = p * p * (alpha[0] * alpha[0] + alpha[1] * alpha[1]);
    let offset = -(b * ln(alpha[0]) + a * ln(alpha[1])) / (a + b);
    let across = ln(alpha[1] / alpha[0]) / (a + b);
    let clock = |w: &[f64]| exp(p * w[0] - offset);
    let apart = [0, 1].map(|k| clock(&w[0][k]) - clock(&w[1][k]));
    let rates = eta.map(|eta| 0.5 * eta - tail);
    // What E is more than T, which its own logarithm feels; the sum over steps less the integral; and the next order of a
    // step, (η³/6 - η² s + η q)/E² with q = p² Σ α³: all over T between T/2 and T.
    let cubes = p * p * (alpha[0] * alpha[0] * alpha[0] + alpha[1] * alpha[1] * alpha[1]);
    let memory = |j: usize| (clock(&w[j][1]) - time).abs() + 0.5 * eta[j];
    let next = |eta: f64| (eta * eta / 6.0 - eta * tail + cubes).abs();
    let left: f64 = (0..2).map(|j| rates[j].abs() * memory(j) + next(eta[j])).sum();
    let steps = [TAKEN as f64, TAKEN as f64 * eta[0] / eta[1]];
    let rounding = Slack::rounding(4.0 * (steps[0] + steps[1]), p * norm(&w[0][1]) * time);
    claims.equal(
        format!("E(η) - E(η'), at T less at T/2, η = {:.4}, η' = {:.4}, T = {time:.0}", eta[0], eta[1]),
        apart[1] - apart[0],
        0.5 * (eta[0] - eta[1]) * LN_2,
        Slack::next_term(left / time, 2.0) + rounding.clone(),
    );
    let bend = a * exp(-a * across) * (a - b) / ((a + b) * (a * b - p * p));
    let height = exp(-p * w[0][1][0]);
    claims
        .equal(
            "w_2(η) - w_2(η') at T",
            w[0][1][1] - w[1][1][1],
            0.0,
            // The bend of both, at E that differ, and what the start leaves across.
            Slack::next_term(bend * height * apart[1] / time, 8.0)
                + Slack::next_term(pow(*time / eta[0], -a * b / (p * p)), 4.0)
                + Slack::rounding(4.0 * (steps[0] + steps[1]), norm(&w[0][1])),
        )
        .on("w̃_2", across);
}

/// On (p,0), (3p,b) w_2 never falls, and the first iterate from 0 has w_2 = η b/2.
pub(super) fn first_step_stays(runs: &TwoSteps, claims: &mut Claims) {
    let TwoSteps { b, eta, w, .. } = runs;
    for (eta, w) in eta.iter().zip(w) {
        claims.at_least(
            format!("w_2 at T against η b/2, η = {eta:.4}"),
            w[1][1],
            0.5 * eta * b,
            Slack::rounding(4.0, 0.5 * eta * b),
        );
    }
}

// ---------------------------------------------------------------------------------------------------
// A support vector alone
// ---------------------------------------------------------------------------------------------------

/// (1,0), (m,1): the flow, gradient descent with small steps 4η, 2η, η, and with larger ones.
pub(super) struct Beside {
    m: f64,
    pub(super) flow: Snapshot,
    small: [Limit; 3],
    large: Vec<Limit>,
}

/// Gradient descent until hardly anything is left of the pull on w_2.
pub(super) struct Limit {
    eta: f64,
    /// The limit of w_2, with what is still to come.
    pub(super) w_2: Quantity,
}

/// The flow on (1,0), (m,1) with a = e^(-w_1) and z = e^(-(m-1) w_1 - w_2).
struct Law {
    m: f64,
}

impl Law {
    fn c(&self) -> f64 {
        self.m * self.m - self.m + 1.0
    }

    fn denominator(&self, z: f64) -> f64 {
        self.m - 1.0 + self.c() * z
    }

    /// How far w_2 still goes under the flow: ∫ dz/(m - 1 + c z) from 0 to z.
    fn to_come(&self, z: f64) -> f64 {
        ln_1p(self.c() * z / (self.m - 1.0)) / self.c()
    }

    /// How far, to first order in η, it goes further under gradient descent, over η: (m-1)/2 ∫ a dz/(m - 1 + c z), with
    /// z = z_0 r^(m-1) so that a falls like r. By Simpson's rule.
    fn slope(&self, z_0: f64, a_0: f64, cells: usize) -> f64 {
        let m = self.m;
        let of = |r: f64| {
            let z = z_0 * pow(r, m - 1.0);
            let ratio = self.denominator(z) / self.denominator(z_0);
            let a = a_0 * r * pow(ratio, -1.0 / ((m - 1.0) * self.c()));
            a * z_0 * (m - 1.0) * pow(r, m - 2.0) / self.denominator(z)
        };
        let h = 1.0 / cells as f64;
        let sum: f64 =
            (0..cells).map(|k| of(k as f64 * h) + 4.0 * of((k as f64 + 0.5) * h) + of((k as f64 + 1.0) * h)).sum();
        0.5 * (m - 1.0) * sum * h / 6.0
    }
}

fn setup(m: f64) -> Setup {
    Setup { points: Points::from_rows(&[[1.0, 0.0], [m, 1.0]]), loss: Loss::Exponential, start: vec![0.0; 2] }
}

fn limit(m: f64, eta: f64) -> Limit {
    let law = Law { m };
    let steps = (400.0 / eta) as u64;
    let w = descend(&setup(m), StepRule::plain(eta), &[steps]).last().w.clone();
    let (a, z) = (exp(-w[0]), exp(-(m - 1.0) * w[0] - w[1]));
    let rest = law.to_come(z);
    let further = rest + eta * law.slope(z, a, 2000);
    let slack = Slack::next_term(eta * a * eta * a * rest, 2.0) + Slack::rounding(4.0 * steps as f64, w[1]);
    Limit { eta, w_2: Quantity::new(w[1] + further, slack) }
}

fn beside(m: f64, finest: f64, large: &[f64]) -> Result<Beside> {
    let tolerance = Tolerance::new(1e-12, 1e-12);
    let flow = blind(&setup(m), &[24.0], Method::Explicit, tolerance)?.remove(0);
    let small = [4.0, 2.0, 1.0].map(|factor| limit(m, factor * finest));
    Ok(Beside { m, flow, small, large: large.iter().map(|&eta| limit(m, eta)).collect() })
}

pub(super) fn drawn_beside(seed: Seed) -> Result<Beside> {
    let stream = &mut seed.stream("step-size", "beside the support vector");
    let m = stream.uniform(2.5, 3.5);
    let finest = stream.uniform(0.004, 0.006);
    let large = [stream.uniform(0.35, 0.5), stream.uniform(0.6, 0.9)];
    beside(m, finest, &large)
}

/// (1,0), (3,1) and steps of .02, .01, .005, and .1 and .5.
pub(super) fn three_and_one() -> Result<Beside> {
    beside(3.0, 0.005, &[0.1, 0.5])
}

/// Beside the support vector w_2 has its own limit. dw_2/dz = -1/(m - 1 + c z) along the flow, and the first step alone
/// makes w_2 = η.
pub(super) fn residual_depends_on_the_step(beside: &Beside, claims: &mut Claims) {
    let Beside { m, flow, large, .. } = beside;
    let law = Law { m: *m };
    let z = exp(-(m - 1.0) * flow.state[0] - flow.state[1]);
    let error = Slack::integration(flow.integration()) + Slack::rounding(flow.roundings, norm(&flow.state));
    claims.equal(
        format!("m = {m:.4}: limit of w_2 under the flow"),
        Quantity::new(flow.state[1], error),
        law.to_come(1.0),
        Slack::next_term(law.to_come(z), 1.0) + Slack::rounding(16.0, 1.0),
    );
    for Limit { eta, w_2, .. } in large {
        claims.at_least(
            format!("m = {m:.4}: limit of w_2 under gradient descent, η = {eta:.4}, against η"),
            w_2.clone(),
            *eta,
            Slack::rounding(4.0, *eta),
        );
        claims.at_least(
            format!("m = {m:.4}: η = {eta:.4} against the limit of w_2 under the flow"),
            *eta,
            law.to_come(1.0),
            Slack::rounding(16.0, *eta),
        );
    }
}

/// The slope in the step. Gradient descent follows w' = f - (η/2) f'f to first order, along which
/// dw_2/dz = -(1 + η (m-1) a/2)/(m - 1 + c z).
fn slope_in_the_step(beside: &Beside, claims: &mut Claims) {
    let Beside { m, small, large, .. } = beside;
    let law = Law { m: *m };
    let (slope, coarser) = (law.slope(1.0, 1.0, 2000), law.slope(1.0, 1.0, 1000));
    let slopes = [0, 1, 2].map(|k| (small[k].w_2.clone() - law.to_come(1.0)) / small[k].eta);
    let [coarse, fine] = [0, 1].map(|k| slopes[k + 1].value * 2.0 - slopes[k].value);
    let errors = slopes[2].slack.clone().times(2.0) + slopes[1].slack.clone();
    claims.equal(
        format!("m = {m:.4}: slope of the limit of w_2 in η, free of the next order, η = {:.4}", small[2].eta),
        Quantity::new(fine, errors),
        slope,
        Slack::next_term(fine - coarse, 1.0) + Slack::integration(slope - coarser),
    );
    for Limit { eta, w_2, .. } in large {
        // The first step goes to η (1 + m, 1).
        let (a, z) = (exp(-eta * (1.0 + m)), exp(-eta * ((m - 1.0) * (1.0 + m) + 1.0)));
        claims.equal(
            format!("m = {m:.4}: limit of w_2, η = {eta:.4}"),
            w_2.clone(),
            eta + law.to_come(z) + eta * law.slope(z, a, 2000),
            Slack::next_term(eta * a * eta * a * law.to_come(z), 2.0) + Slack::rounding(64.0, 1.0),
        );
    }
}
