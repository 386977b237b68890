//! The two constants: the largest ratio of variances, and the largest ratio of risks where ridge is tuned.

use super::estimators::{Design, Estimator, Weighing, log_uniform, over, risk};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{bisect, exp, exp_m1};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "sharp-constant",
        says: "((1 - e^-x)(1 + x)/x)² is largest where e^x = 1 + x + x², at one x_* > 0, and is there \
               c = (1 + x_*)^4/(1 + x_* + x_*²)². A design all of whose eigenvalues are x_*/t reaches it without a signal; with one \
               of size |β|² the ratio of the risks falls short of c by (c - (1 + x_*)² e^(-2x_*)) ρ/(1 + ρ), where \
               ρ = |β|² n s/(d σ² x_*²).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            lab.once(of_variances).map(|largest| largest_of_variances(&largest, &mut c.of_fixed_data()))?;
            lab.run(reaching_the_variances).map(|reaching| sharp_constant(&reaching, c))
        },
    },
    Step {
        id: "tuned-constant",
        says: "Let β have mean 0 and covariance τ² I, τ² > 0, and let the noise be uncorrelated, with β too, of variance σ² > 0; let \
               λ = σ²/(n τ²) = 1/t. Along an eigenvector with x = t s the mean risk of the \
               flow over that of ridge is (1 + x)(e^(-2x) + (1 - e^-x)²/x). Its largest value for x > 0 is below 1.2147, and a \
               design with one eigenvalue reaches it.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            lab.once(of_tuned).map(|largest| largest_of_tuned(&largest, &mut c.of_fixed_data()))?;
            lab.run(reaching_the_tuned).map(|reaching| tuned_constant(&reaching, c))
        },
    },
];

/// A largest value, between a value that is taken and a bound for all x > 0.
pub(super) struct Largest {
    pub(super) at: f64,
    pub(super) value: f64,
    pub(super) upper: f64,
    /// The least bound of a cell over a value in it, of a few hundred cells.
    cells: f64,
}

impl Largest {
    pub(super) fn certified(&self) -> Slack {
        Slack::certificate(self.upper - self.value)
    }
}

/// ((1 - e^-x)(1 + x)/x)², the variance of the flow over that of ridge along an eigenvector.
pub(super) fn variances(x: f64) -> f64 {
    let root = -exp_m1(-x) * (1.0 + x) / x;
    root * root
}

/// The mean risk of the flow over that of tuned ridge along an eigenvector.
pub(super) fn tuned(x: f64) -> f64 {
    let done = -exp_m1(-x);
    (1.0 + x) * (exp(-2.0 * x) + done * done / x)
}

/// Cells of x > 0 are divided until none can hold more than this above the value that is known.
const GAP: f64 = 1e-9;

/// A bound for all x between `from` and `to`, from one for each cell.
fn bound(from: f64, to: f64, known: f64, of_cell: impl Fn(f64, f64) -> f64) -> f64 {
    let mut cells = vec![(from, to)];
    let mut upper = known;
    while let Some((a, b)) = cells.pop() {
        let above = of_cell(a, b);
        // A value above what is known would be divided for ever.
        if above <= known + GAP || b - a <= GAP * a {
            upper = upper.max(above);
        } else {
            let middle = 0.5 * (a + b);
            cells.extend([(a, middle), (middle, b)]);
        }
    }
    upper
}

/// The least bound of a cell over the values at its ends and its middle, for cells of a tenth of their place.
fn least_over(value: fn(f64) -> f64, of_cell: impl Fn(f64, f64) -> f64) -> f64 {
    let mut least = f64::INFINITY;
    let mut a = NEAR;
    while a < FAR {
        let b = 1.1 * a;
        least = [a, 0.5 * (a + b), b].iter().fold(least, |least, &x| least.min(of_cell(a, b) / value(x)));
        a = b;
    }
    least
}

/// Below this x both ratios are at most (1 + x)², for (1 - e^-x)/x ≤ 1 and e^-2x + (1 - e^-x)²/x ≤ 1 + x. Above its counterpart
/// the first is at most (1 + 1/x)², and the second 1 + 1/x + (1 + x) e^-2x, both falling.
const NEAR: f64 = 0.05;
const FAR: f64 = 20.0;

pub(super) fn of_variances() -> Result<Largest> {
    // The derivative has the sign of (1 + x + x²) e^-x - 1.
    let at = bisect(|x| (1.0 + x + x * x) * exp(-x) - 1.0, 1.0, 4.0);
    let value = variances(at);
    let cell = |a: f64, b: f64| {
        let root = -exp_m1(-b) * (1.0 + 1.0 / a);
        root * root * (1.0 + 16.0 * f64::EPSILON)
    };
    let ends = (1.0 + NEAR) * (1.0 + NEAR);
    Ok(Largest { at, value, upper: bound(NEAR, FAR, value, cell).max(ends), cells: least_over(variances, cell) })
}

pub(super) fn of_tuned() -> Result<Largest> {
    let slope = |x: f64| {
        let (left, done) = (exp(-x), -exp_m1(-x));
        let part = left * left + done * done / x;
        part + (1.0 + x) * (2.0 * left * done / x - 2.0 * left * left - done * done / (x * x))
    };
    let at = bisect(slope, 2.0, 5.0);
    let value = tuned(at);
    let cell = |a: f64, b: f64| {
        let done = -exp_m1(-b);
        ((1.0 + b) * exp(-2.0 * a) + (1.0 + 1.0 / a) * done * done) * (1.0 + 16.0 * f64::EPSILON)
    };
    let near = (1.0 + NEAR) * (1.0 + NEAR);
    let far = 1.0 + 1.0 / FAR + (1.0 + FAR) * exp(-2.0 * FAR);
    Ok(Largest { at, value, upper: bound(NEAR, FAR, value, cell).max(near).max(far), cells: least_over(tuned, cell) })
}

fn largest_of_variances(largest: &Largest, claims: &mut Claims) {
    let Largest { at: x, value, upper, cells } = largest;
    let whole = 1.0 + x + x * x;
    claims.equal(
        "((1 - e^-x)(1 + x)/x)² at x_*, against (1 + x_*)^4/(1 + x_* + x_*²)²",
        *value,
        (1.0 + x) * (1.0 + x) * (1.0 + x) * (1.0 + x) / (whole * whole),
        Slack::rounding(32.0, *value),
    );
    for (name, side) in [("below", -1.0), ("above", 1.0)] {
        let x = x + side * 1e-6;
        claims
            .at_most(
                format!("sign of the derivative just {name} x_*, turned to be negative"),
                side * ((1.0 + x + x * x) * exp(-x) - 1.0),
                0.0,
                Slack::rounding(8.0, 1.0),
            )
            .on("1e-6", 1e-6);
    }
    claims.at_least("bound of a cell over a value in it, the least", *cells, 1.0, Slack::rounding(32.0, 1.0));
    claims.at_most("bound on all x > 0, against the published 1.6862", *upper, 1.6862, Slack::rounding(32.0, 1.0));
}

fn largest_of_tuned(largest: &Largest, claims: &mut Claims) {
    let Largest { value, upper, cells, .. } = largest;
    claims.equal("bound on all x > 0, against the value at x_*", *upper, *value, Slack::certificate(2.0 * GAP));
    claims.at_least("bound of a cell over a value in it, the least", *cells, 1.0, Slack::rounding(32.0, 1.0));
    claims.at_most("bound on all x > 0", *upper, 1.2147, Slack::rounding(32.0, 1.0));
}

/// A design with one eigenvalue, stopped at its worst time, and both estimators.
pub(super) struct Reaching {
    largest: Largest,
    design: Design,
    t: f64,
    beta: Vec<f64>,
    flow: Estimator,
    ridge: Estimator,
}

fn reaching(seed: Seed, purpose: &str, largest: Largest) -> Result<Reaching> {
    let stream = &mut seed.stream("early-stopping", purpose);
    let dim = stream.uniform(2.0, 5.0).floor() as usize;
    let count = dim + stream.uniform(1.0, 4.0).floor() as usize;
    let s = log_uniform(stream, 0.2, 5.0);
    let design = Design::new(vec![s; dim], count, dim, stream)?;
    let t = largest.at / s;
    let beta = stream.normals(dim);
    let (flow, ridge) = (Estimator::flow(&design.x, t)?, Estimator::ridge(&design.x, 1.0 / t)?);
    Ok(Reaching { largest, design, t, beta, flow, ridge })
}

pub(super) fn reaching_the_variances(seed: Seed) -> Result<Reaching> {
    reaching(seed, "reaching the variances", of_variances()?)
}

pub(super) fn reaching_the_tuned(seed: Seed) -> Result<Reaching> {
    reaching(seed, "reaching the tuned", of_tuned()?)
}

impl Reaching {
    fn ratio(&self, signals: &[Vec<f64>], noise: f64) -> Quantity {
        let Reaching { design, flow, ridge, .. } = self;
        let of = |a: &Estimator| risk(a, &design.x, signals, noise, &Weighing::Estimation);
        over(of(flow), of(ridge))
    }
}

/// The constant of the variances. (1 - e^-x)(1 + x)/x has a derivative with the sign of e^-x (1 + x + x²) - 1.
fn sharp_constant(reaching: &Reaching, claims: &mut Claims) {
    let Reaching { largest, design, beta, t, .. } = reaching;
    let (x, s) = (largest.at, design.s[0]);
    claims.equal(
        format!("risk of the flow over that of ridge, no signal, s = {s:.4}, t = {t:.4}"),
        reaching.ratio(&[], 1.0),
        largest.value,
        largest.certified() + Slack::rounding(32.0, 1.0),
    );
    let square: f64 = beta.iter().map(|b| b * b).sum();
    let biases = (1.0 + x) * (1.0 + x) * exp(-2.0 * x);
    for share in [0.003, 0.3] {
        let noise = square * design.count() as f64 * s / (design.dim() as f64 * share * x * x);
        claims.equal(
            format!("what it lacks of c over ρ, ρ = {share}"),
            -(reaching.ratio(std::slice::from_ref(beta), noise) - largest.value) / share,
            (largest.value - biases) / (1.0 + share),
            (largest.certified() + Slack::rounding(64.0, 1.0)).times(1.0 / share),
        );
    }
}

/// The constant where ridge is tuned. σ²/n = λ τ² makes both risks multiples of τ².
fn tuned_constant(reaching: &Reaching, claims: &mut Claims) {
    let Reaching { largest, design, t, .. } = reaching;
    let prior = super::estimators::isotropic(design.dim(), 1.0);
    claims.equal(
        format!("mean risk of the flow over that of tuned ridge, s = {:.4}, t = {t:.4}", design.s[0]),
        reaching.ratio(&prior, design.count() as f64 / t),
        largest.value,
        largest.certified() + Slack::rounding(32.0, 1.0),
    );
}
