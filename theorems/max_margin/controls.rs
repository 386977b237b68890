//! What happens instead, where a hypothesis is broken.

use super::experiments::{DescentRun, Inseparable, PolynomialTail, Run};
use super::step_size::margins_after;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::gradient_flow::Snapshot;
use theoremcheck::real::{bisect, dot, exp, ln, norm, pow, reject};
use theoremcheck::reference::max_margin::Separability;

/// 2/(1 + e^w) = 1/(1 + e^-w) at w = log 2, where L'' = 3 · 2/9 = 2/3; and weights prove that nothing separates.
pub(super) fn finite_minimiser(run: &Inseparable, claims: &mut Claims) {
    let residual = match &run.separability {
        Separability::Inseparable { residual, .. } => *residual,
        Separability::Separable(_) => f64::NAN,
    };
    claims.equal("|Σ a_n x_n|, a ≥ 0 of sum 1", residual, 0.0, Slack::rounding(4.0, 1.0)).on("1", 1.0);
    let last = run.late.last();
    let slack = Slack::integration(last.integration()) + Slack::rounding(16.0, 1.0);
    claims.equal("w, t = 10^100", last.state[0], ln(2.0), slack);
    let [from, to] = &run.early.snapshots[..] else { unreachable!("the path has two times") };
    let distances = [from, to].map(|at| (at.state[0] - ln(2.0)).abs());
    let span = exp(to.log_t) - exp(from.log_t);
    claims.equal(
        "rate of |w - log 2| from t = 10 to 20",
        (ln(distances[0]) - ln(distances[1])) / span,
        2.0 / 3.0,
        // L''' is of order one: the rate drifts with the distance itself.
        Slack::next_term(distances[0] / span, 2.0)
            + Slack::integration((from.integration() / distances[0] + to.integration() / distances[1]) / span)
            + Slack::rounding(4.0, 1.0 / distances[1] / span),
    );
}

/// On (1,2), (1,-1) the limit direction is (1, r) with r (a + b) = 2a - b, where a = (1 + 2r)^(-ν-1) and
/// b = (1 - r)^(-ν-1): the gradient at it is along it.
pub(super) fn polynomial_limits(tails: &[PolynomialTail], claims: &mut Claims) {
    for PolynomialTail { nu, run } in tails {
        let [from, to] = &run.path.snapshots[..] else { unreachable!("the path has two times") };
        let residual = |r: f64| {
            let a = pow(1.0 + 2.0 * r, -nu - 1.0);
            let b = pow(1.0 - r, -nu - 1.0);
            2.0 * a - b - r * (a + b)
        };
        // The flow comes to its direction like t^-(1/(ν+2)) or faster.
        let next = |at: &Snapshot| Slack::next_term(exp(-at.log_t / (nu + 2.0)), 10.0);
        let relative = |at: &Snapshot| at.integration() / norm(&at.state);
        claims.equal(
            format!("ν = {nu}: w2/w1, t = 10^100"),
            to.state[1] / to.state[0],
            bisect(residual, 0.0, 0.5),
            Slack::integration(4.0 * relative(to)) + Slack::rounding(64.0, 1.0) + next(to),
        );
        let span = to.log_t - from.log_t;
        claims.equal(
            format!("ν = {nu}: d log|w| / d log t"),
            (ln(norm(&to.state)) - ln(norm(&from.state))) / span,
            1.0 / (nu + 2.0),
            Slack::integration((relative(from) + relative(to)) / span)
                + Slack::rounding(16.0, 1.0 / span)
                + Slack::next_term(exp(-from.log_t / (nu + 2.0)) / span, 10.0),
        );
    }
}

/// Each overshoot is the exponential of the one before it: w2 changes sign at every step, until the weights pass
/// anything a double can hold.
pub(super) fn divergence(run: &DescentRun, claims: &mut Claims) {
    let exact = || Slack::rounding(1.0, 1.0);
    let w2: Vec<f64> = run.descent.iterates.iter().map(|it| it.w[1]).filter(|w2| *w2 != 0.0).collect();
    let turns = w2.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
    claims.equal("sign changes of w2, of as many steps", turns as f64, w2.len() as f64 - 1.0, exact());
    let (points, eta) = (&run.setup.points, run.descent.rule.eta);
    let mut growth = 1.0;
    for (k, at) in run.descent.iterates.iter().enumerate().skip(1).take(7) {
        // A rounding of the margins grows in a step by 1 + η times the curvature of the loss, at the most.
        let before = margins_after(points, [0.0; 2], run.setup.loss, eta, k - 1);
        growth *= 1.0 + eta * points.rows().zip(before).map(|(x, u)| dot(x, x) * exp(-u)).sum::<f64>();
        let margins = margins_after(points, [0.0; 2], run.setup.loss, eta, k);
        claims.equal(
            format!("w2 after step {k}, by the margins alone"),
            at.w[1],
            // The margins are .1 w1 + .9 w2 and .1 w1 - .5 w2.
            (margins[0] - margins[1]) / 1.4,
            Slack::rounding(16.0 * growth, 1.0),
        );
    }
    // At w2 = -u the point (.1, .9) is pulled by e^(.9u - .1 w1), and the other hardly at all: the next w2 is
    // .9 η times that. At w2 = u the other point answers in the same way, with .5 for .9.
    let [.., before, after] = &run.descent.iterates[..] else { unreachable!("the run has several steps") };
    let x: [f64; 2] = if before.w[1] < 0.0 { [0.1, 0.9] } else { [0.1, -0.5] };
    let predicted = ln(run.descent.rule.eta * x[1].abs()) - dot(&x, &before.w);
    claims.equal(
        "log|w2| at the last finite step, by the point on the wrong side alone",
        ln(after.w[1].abs()),
        predicted,
        Slack::rounding(16.0, predicted) + Slack::next_term(before.w[1] / after.w[1], 2.0),
    );
}

/// With rho_1 at its equilibrium e^rho_1 = 1 + e^-rho_2, the flow of the degenerate point is
/// d rho_2/ds = 1/(1 + e^rho_2), so that e^rho_2 + rho_2 = s + const: rho_2 = log s + O(log s / s).
pub(super) fn residual_of_degenerate_points(run: &Run, claims: &mut Claims) {
    let at = run.path.last();
    let s = at.log_t;
    let slack = || {
        Slack::next_term((ln(s) + 1.0) / s, 2.0)
            + Slack::rounding(4.0, norm(&at.state))
            + Slack::integration(at.integration())
    };
    let across = run.rho(at)[1];
    claims.equal("rho across ŵ at log t = 10^8, against log log t", across, ln(s), slack());
    let sine = norm(&reject(&at.state, &run.expansion.direction)) / norm(&at.state);
    claims.equal("sin(angle to ŵ) · log t / log log t", sine * s / ln(s), 1.0, slack());
}
