//! Gradient descent on the draws of the curve: the implicit-bias half.

use super::draws::{CURVE, Draw, Risks, model, sizes};
use crate::least_squares::experiments::Run;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::real::{combine, difference, distance, dot, ln, norm};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "descent-reaches-it",
    says: "On y = Xβ + σε gradient descent on |Xw - y|²/2 from 0 with a constant step 0 < η < 2/s_1 tends to X⁺y, below n as above it: \
           its excess risk is that of the curve, draw by draw.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N23"],
    claims: |lab, c| {
        lab.run_with(From::Zero, descents)?.iter().for_each(|descent| descent_reaches_it(descent, c));
        Ok(())
    },
}];

/// Where gradient descent starts, and with which step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum From {
    Zero,
    /// At a Gaussian vector of the length of β.
    Elsewhere,
    /// At 0, with a step above 2/s_1.
    ZeroTooFast,
}

/// Gradient descent on one draw with the first p features.
pub(super) struct Descent {
    pub(super) name: String,
    pub(super) run: Run,
    pub(super) beta: Vec<f64>,
    /// By the updated factorisation.
    pub(super) risks: Risks,
}

/// The draws that are followed.
const DRAWS: usize = 2;

/// |n - p| from which on the steps are not too many: they grow like the squared condition of X, which is infinite on
/// average at |n - p| ≤ 1.
const WELL_CONDITIONED: usize = 8;

/// So many steps are taken that of what gradient descent has to go this share is left.
const LEFT: f64 = 1e-16;

pub(super) fn descents(seed: Seed, from: From) -> Result<Vec<Descent>> {
    let model = model(seed);
    let sizes = sizes(seed);
    let largest = sizes[sizes.len() - 1];
    let sizes: Vec<usize> = sizes.into_iter().filter(|p| p.abs_diff(model.n) >= WELL_CONDITIONED).collect();
    let mut stream = seed.stream("double-descent", "descent");
    let mut all = Vec::new();
    for k in 0..DRAWS {
        let draw = Draw::of(model, largest, seed, CURVE, k);
        for (&p, risks) in sizes.iter().zip(draw.risks(&sizes)) {
            let (problem, beta) = (draw.problem(p)?, draw.beta(p));
            let reference = decompose(&problem.x)?;
            let (first, last) = (reference.sigma[0], reference.sigma[reference.rank - 1]);
            // η s_1, at most that of the fastest step.
            let share = stream.uniform(0.6, 0.95) * 2.0 / (1.0 + last * last / (first * first));
            let elsewhere = stream.normals(p);
            let scale = norm(&beta) / norm(&elsewhere);
            let (share, start) = match from {
                From::Zero => (share, vec![0.0; p]),
                From::Elsewhere => (share, elsewhere.iter().map(|w| scale * w).collect()),
                From::ZeroTooFast => (2.0 + 0.1 * share, vec![0.0; p]),
            };
            let eta = coarse(share / (first * first));
            let factor = |sigma: f64| (1.0 - eta * sigma * sigma).abs();
            let slowest = factor(first).max(factor(last));
            let steps = if slowest < 1.0 { (ln(LEFT) / ln(slowest)).ceil() as u64 } else { 100 };
            let run = Run::new(problem, eta, start, &[steps])?;
            all.push(Descent { name: format!("n = {}, p = {p}, draw {}", model.n, k + 1), run, beta, risks });
        }
    }
    Ok(all)
}

/// The first twelve bits of a step: whatever a processor does to the last bits of σ_1, the trajectory is the same.
fn coarse(eta: f64) -> f64 {
    f64::from_bits(eta.to_bits() & !((1 << 40) - 1))
}

impl Descent {
    pub(super) fn is_above(&self) -> bool {
        self.beta.len() > self.run.problem.x.count()
    }

    /// How far the last iterate may be from the limit of exact gradient descent.
    pub(super) fn slack(&self) -> Slack {
        let step = self.run.last().step;
        self.run.state_slack(step, 0)
            + Slack::certificate(self.run.limit.error)
            + Slack::next_term(LEFT * norm(&self.run.coordinates), 1.0)
    }

    /// √(s_1/s_m).
    pub(super) fn condition(&self) -> f64 {
        self.run.reference.sigma[0] / self.run.reference.sigma_least()
    }
}

/// Gradient descent. It stays in the row space, in which X⁺y is the only minimiser. The certified one comes from a
/// singular value decomposition, the risk from the updated factorisation.
pub(super) fn descent_reaches_it(descent: &Descent, claims: &mut Claims) {
    let Descent { name, run, beta, risks } = descent;
    let w = &run.last().w;
    let shortest = run.reference.nearest(&run.problem, &vec![0.0; beta.len()]);
    let size = norm(&shortest.w);
    let slack = || descent.slack() + Slack::certificate(shortest.error);
    let apart = distance(w, &shortest.w);
    claims.equal(format!("|w - X⁺y|, {name}"), apart, 0.0, slack()).on("|X⁺y|", size);
    let condition = descent.condition();
    let off = difference(w, beta);
    let operations = (4 * run.problem.x.count() * beta.len()) as f64;
    claims.equal(
        format!("|w - β|², against the curve, {name}"),
        dot(&off, &off),
        risks.excess,
        slack().times(2.0 * norm(&off))
            + Slack::rounding(operations * condition * condition, (norm(&off) + size) * norm(&off)),
    );
}

/// From w_0 the limit is X⁺y + (I - X⁺X) w_0, and w - β = (I - X⁺X)(w_0 - β) + σX⁺ε: in the bias w_0 - β stands for -β.
pub(super) fn another_curve(descent: &Descent, claims: &mut Claims) {
    let Descent { name, run, beta, risks } = descent;
    let w = &run.last().w;
    claims
        .equal(format!("|w - (X⁺y + (I - X⁺X)w_0)|, {name}"), distance(w, &run.limit.w), 0.0, descent.slack())
        .on("|w_0| + |w|", norm(&run.start) + norm(w));
    if !descent.is_above() {
        return;
    }
    // |(I - P)(w_0 - β)|² - |(I - P)β|² = |(I - P)w_0|² - 2 ((I - P)w_0)·β.
    let kept = run.reference.null_part(&run.start);
    let raised = dot(&kept, &kept) - 2.0 * dot(&kept, beta);
    let off = difference(w, beta);
    let condition = descent.condition();
    let operations = (4 * run.problem.x.count() * beta.len()) as f64;
    let size = norm(&off) + norm(&run.start) + norm(&combine(1.0, w, beta));
    claims
        .equal(
            format!("|w - β|², less that of the curve, {name}"),
            dot(&off, &off) - risks.excess,
            raised,
            (descent.slack() + Slack::rounding(operations * condition * condition, size)).times(2.0 * size),
        )
        .on("|w - β|²", dot(&off, &off));
}

/// Above 2/s_1 the closed form holds all the same, and its component along v_1 grows like |1 - η s_1|^k.
pub(super) fn divergence(descent: &Descent, claims: &mut Claims) {
    let Descent { name, run, .. } = descent;
    let at = run.last();
    claims
        .equal(
            format!("|w_k - closed form|, k = {}, {name}", at.step),
            distance(&at.w, &run.predicted(at.step, at.exponent)),
            0.0,
            run.state_slack(at.step, at.exponent),
        )
        .on("|w_k|", norm(&at.w));
    let q = run.factors()[0];
    let along = run.component(0, at.step, 0).abs();
    let off = norm(&difference(&at.w, &run.limit.w));
    claims.at_least(
        format!("|w_k - X⁺y|, k = {}, 1 - η s_1 = {q:.3}, against what is along v_1, {name}", at.step),
        off,
        along,
        run.state_slack(at.step, 0) + Slack::certificate(run.limit.error),
    );
}
