//! What the flow conserves, and the flow of β by itself.

use super::entropy::minimise;
use super::network::{Followed, Planted, Weights, follow, plant_full};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::ode::Ode;
use theoremcheck::problem::network::split;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{LN_10, distance, exp, ln, norm};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "invariants",
    says: "Let u = v = α ω at the start, with no entry of ω equal to 0, and a = α² ω². At all times u v = a, coordinate by \
           coordinate, arcsinh(β/2a) is a combination of the rows of X, and β̇ = -4 √(β² + 4a²) X'(X β - y).",
    kind: Kind::Proof,
    standing: Standing::Proved { cite: "woodworth-2020" },
    notes: &["N21"],
    claims: |lab, c| lab.run(conserved).map(|run| invariants(&run, c)),
}];

/// β̇ = -4 √(β² + 4a²) X'(X β - y), which knows no weights.
struct Mirror<'a> {
    problem: &'a Regression,
    a: Vec<f64>,
}

impl Ode for Mirror<'_> {
    fn dim(&self) -> usize {
        self.a.len()
    }

    fn rate(&self, _: f64, beta: &[f64], out: &mut [f64]) {
        let gradient = self.problem.gradient(beta);
        for (i, out) in out.iter_mut().enumerate() {
            *out = -4.0 * (beta[i] * beta[i] + 4.0 * self.a[i] * self.a[i]).sqrt() * gradient[i];
        }
    }
}

/// Of depth two.
fn network(problem: &Regression, alpha: f64) -> Weights<'_> {
    Weights { problem, depth: 2, alpha }
}

/// The weights and, apart from them, β, at three times.
pub(super) struct Conserved {
    pub(super) problem: Regression,
    /// u v and u - v at the start.
    pub(super) a: Vec<f64>,
    pub(super) apart: Vec<f64>,
    pub(super) weights: Followed,
    pub(super) mirror: Followed,
}

/// Weights that start from a drawn size and shape, with v that many times u.
pub(super) fn watch(seed: Seed, purpose: &str, unequal: impl Fn(usize) -> f64) -> Result<Conserved> {
    let stream = &mut seed.stream("diagonal-network", purpose);
    let Planted { problem, .. } = plant_full(3, 7, stream)?;
    let alpha = exp(LN_10 * stream.uniform(-1.3, -0.3));
    let plus: Vec<f64> = (0..7).map(|_| alpha * stream.uniform(0.6, 1.6)).collect();
    let minus: Vec<f64> = plus.iter().enumerate().map(|(i, w)| w * unequal(i)).collect();
    let a: Vec<f64> = plus.iter().zip(&minus).map(|(p, m)| p * m).collect();
    let log_a: Vec<f64> = a.iter().map(|a| ln(*a)).collect();
    let rate = minimise(&problem, &log_a, &[0.0; 7], &min_l1_norm(&problem)?)?.rate(&problem, &log_a);
    // While the entries grow, while they compete, and when the residual has become small.
    let times = [0.5 / rate, 2.0 / rate, 8.0 / rate];
    let weights = follow(&network(&problem, alpha), &[&plus[..], &minus[..]].concat(), &times)?;
    let start: Vec<f64> = plus.iter().zip(&minus).map(|(p, m)| p * p - m * m).collect();
    let mirror = follow(&Mirror { problem: &problem, a: a.clone() }, &start, &times)?;
    let apart = plus.iter().zip(&minus).map(|(p, m)| p - m).collect();
    Ok(Conserved { problem, a, apart, weights, mirror })
}

impl Conserved {
    /// The network that was followed.
    pub(super) fn network(&self) -> Weights<'_> {
        network(&self.problem, norm(&self.a))
    }
}

pub(super) fn conserved(seed: Seed) -> Result<Conserved> {
    watch(seed, "invariants", |_| 1.0)
}

/// What is conserved. u and v are multiplied at opposite rates, -2g and 2g with g = X'(X β - y); so their product
/// stays, and the logarithm of their ratio, which is arcsinh(β/2a), moves along rows of X.
pub(super) fn invariants(run: &Conserved, claims: &mut Claims) {
    let Conserved { problem, a, weights, mirror, .. } = run;
    let dim = a.len();
    let beta = |w: &[f64]| -> Vec<f64> { (0..dim).map(|i| w[i] * w[i] - w[dim + i] * w[dim + i]).collect() };
    for (k, t) in weights.times.iter().enumerate() {
        let (w, coarse) = (&weights.fine[k], &weights.coarse[k]);
        // What the weights may have lost, relative to each.
        let lost = (0..2 * dim).map(|i| (w[i] - coarse[i]).abs() / w[i]).fold(0.0, f64::max);
        let least = w.iter().copied().fold(f64::INFINITY, f64::min);
        let rounding = || Slack::rounding(weights.roundings[k], norm(w) / least);
        let apart = (0..dim).map(|i| (w[i] * w[dim + i] / a[i] - 1.0).abs()).fold(0.0, f64::max);
        claims
            .equal(format!("max |u v/a - 1|, t = {t:.2}"), apart, 0.0, Slack::integration(2.0 * lost) + rounding())
            .on("1", 1.0);
        let now = beta(w);
        let s: Vec<f64> = now.iter().zip(a).map(|(b, a)| libm::asinh(0.5 * b / a)).collect();
        let (outside, _) = split(&problem.x, &s);
        claims
            .equal(
                format!("|part of arcsinh(β/2a) that no combination of rows makes up|, t = {t:.2}"),
                norm(&outside),
                0.0,
                (Slack::integration(2.0 * lost) + rounding()).times((dim as f64).sqrt()),
            )
            .on("|arcsinh(β/2a)|", norm(&s));
        claims
            .equal(
                format!("|β of the weights - β of β̇ = -4 √(β² + 4a²) X'(X β - y)|, t = {t:.2}"),
                distance(&now, &mirror.fine[k]),
                0.0,
                Slack::integration(distance(&now, &beta(coarse)) + distance(&mirror.fine[k], &mirror.coarse[k]))
                    + Slack::rounding(weights.roundings[k] + mirror.roundings[k], norm(&now) + norm(a)),
            )
            .on("|β|", norm(&now));
    }
}
