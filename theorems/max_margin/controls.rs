//! What happens instead, where a hypothesis is broken.

use super::descent::gradient_descent;
use super::experiments::{
    DescentRun, Inseparable, PolynomialTail, Run, Watched, degenerate_points, inseparable_points, polynomial_tails,
    power_of_ten, state_slack, too_large_a_step,
};
use super::loss_and_shares::no_finite_minimiser;
use super::residual::{margin_gap_and_direction, residual_converges};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::gradient_flow::Snapshot;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{bisect, exp, ln, norm, pow, reject, softplus};
use theoremcheck::reference::max_margin::Separability;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "separability",
        refutes: "no-finite-minimiser",
        on: "d log L / d log t, from t = 10^50",
        says: "On x = 1, 1, -1 the logistic loss has the finite minimiser log 2, and the flow goes there.",
        claims: |lab, c| {
            lab.once(inseparable_points).map(|run| no_finite_minimiser(&run.late, 1, None, &mut c.of_fixed_data()))
        },
        instead: |lab, c| lab.once(inseparable_points).map(|run| finite_minimiser(&run, &mut c.of_fixed_data())),
    },
    Control {
        without: "exponential-tail",
        refutes: "margin-gap-and-direction",
        on: "sin(angle to ŵ)",
        says: "With ℓ(u) = u^-ν, from a start with positive margins, the direction tends to that of the v = Σ (x_n·v)^(-ν-1) \
               x_n, which on (1,2), (1,-1) is not that of ŵ, and |w| grows like t^(1/(ν+2)).",
        claims: |lab, c| lab.run(polynomial_tails).map(|tails| margin_gap_and_direction(&tails[0].run, c)),
        instead: |lab, c| lab.run(polynomial_tails).map(|tails| polynomial_limits(&tails, c)),
    },
    Control {
        without: "small-step",
        refutes: "gradient-descent",
        on: "largest change of log L in a step",
        says: "From w = 0 on (.1,.9), (.1,-.5) a step of two to three times the bound raises the logistic loss. The weights come to \
               the same limit all the same.",
        claims: |lab, c| lab.run(too_large_a_step).map(|watched| gradient_descent(&watched, c)),
        instead: |lab, c| lab.run(too_large_a_step).map(|watched| return_of_the_weights(&watched, c)),
    },
    Control {
        without: "positive-multipliers",
        refutes: "residual-converges",
        on: "|change of rho|",
        says: "(1,1) is a support vector of (1,0), (1,1) with multiplier zero: across ŵ the residual grows like \
               log log t, without bound.",
        claims: |lab, c| lab.once(degenerate_points).map(|run| residual_converges(&run, &mut c.of_fixed_data())),
        instead: |lab, c| {
            lab.once(degenerate_points).map(|run| residual_of_degenerate_points(&run, &mut c.of_fixed_data()))
        },
    },
];

/// 2/(1 + e^w) = 1/(1 + e^-w) at w = log 2, where L'' = 3 · 2/9 = 2/3; and weights prove that nothing separates.
pub fn finite_minimiser(run: &Inseparable, claims: &mut Claims) {
    let residual = match &run.separability {
        Separability::Inseparable { residual, .. } => *residual,
        Separability::Separable(_) => f64::NAN,
    };
    claims.equal("|Σ a_n x_n|, a ≥ 0 of sum 1", residual, 0.0, Slack::rounding(4.0, 1.0)).on("1", 1.0);
    claims.equal("w, t = 10^100", run.late.last().state[0], ln(2.0), state_slack(run.late.last()));
    let [from, to] = &run.early.snapshots[..] else { unreachable!("the path has two times") };
    // With z = w - log 2 the flow is dz/dt = -(2/3) z + z²/9 + z³/27 + .., and z + z²/6 + z³/18 + .. falls like e^(-2t/3):
    // z/(1 - z/6), and z³/36 more.
    let linear = |at: &Snapshot| {
        let z = at.state[0] - ln(2.0);
        Quantity::new(-z / (1.0 - z / 6.0), state_slack(at) + Slack::next_term(z * z * z / 36.0, 2.0))
    };
    claims.equal(
        "rate of w - log 2 from t = 10 to 20, to second order",
        Quantity::exponent(linear(to), linear(from), exp(to.log_t) - exp(from.log_t)),
        2.0 / 3.0,
        Slack::rounding(4.0, 1.0),
    );
}

/// On (1,2), (1,-1) the limit direction is (1, r) with r (a + b) = 2a - b, where a = (1 + 2r)^(-ν-1) and
/// b = (1 - r)^(-ν-1): the gradient at it is along it.
pub fn polynomial_limits(tails: &[PolynomialTail], claims: &mut Claims) {
    for PolynomialTail { nu, run } in tails {
        let [from, to] = &run.path.snapshots[..] else { unreachable!("the path has two times") };
        let residual = |r: f64| {
            let a = pow(1.0 + 2.0 * r, -nu - 1.0);
            let b = pow(1.0 - r, -nu - 1.0);
            2.0 * a - b - r * (a + b)
        };
        let r = bisect(residual, 0.0, 0.5);
        let ray = [1.0, r].map(|v| v / norm(&[1.0, r]));
        // One solution stays on the ray of that direction, and two solutions of the flow of a convex function never
        // move apart: w stays as near to it as the start is to the ray.
        let apart = norm(&reject(&run.setup.start, &ray));
        let relative = |at: &Snapshot| (state_slack(at) + Slack::next_term(apart, 1.0)).times(1.0 / norm(&at.state));
        claims.equal(
            format!("ν = {nu:.3}: w2/w1, t = 10^100"),
            to.state[1] / to.state[0],
            r,
            // The ratio turns by 1 + r² for each unit of the angle, and the root is found to its roundings.
            relative(to).times(1.0 + r * r) + Slack::rounding(16.0, 1.0),
        );
        claims.equal(
            format!("ν = {nu:.3}: d log|w| / d log t"),
            Quantity::exponent(
                Quantity::new(norm(&from.state), state_slack(from)),
                Quantity::new(norm(&to.state), state_slack(to)),
                to.log_t - from.log_t,
            ),
            1.0 / (nu + 2.0),
            // On the ray |w|^(ν+2) is a linear function of t.
            (Slack::next_term(apart / norm(&from.state), 1.0) + Slack::next_term(exp(-from.log_t), 2.0))
                .times(1.0 / (to.log_t - from.log_t)),
        );
    }
}

/// From 0 the first step leads to η (.1, .2), where the margins are .19 η and -.09 η, and so raises the loss. Later the
/// loss has become flat, and the limit is the same.
pub fn return_of_the_weights(watched: &Watched, claims: &mut Claims) {
    let DescentRun { setup, expansion, descent } = &watched.run;
    let (eta, losses) = (descent.rule.eta, descent.log_losses(setup));
    claims.equal(
        "log L after the first step less that at the start",
        losses[1] - losses[0],
        ln(softplus(-0.19 * eta) + softplus(0.09 * eta)) - ln(2.0 * ln(2.0)),
        Slack::rounding(16.0, 0.19 * eta),
    );
    let at = descent.last();
    let s = watched.run.log_time(at);
    claims.equal(
        "w_2 at the last step, against that of w̃ + δ",
        at.w[1],
        expansion.residual(s)[1],
        Slack::rounding(at.step as f64, norm(&at.w)) + Slack::next_term(expansion.beyond(s), 4.0),
    );
}

/// With rho_1 at its equilibrium e^rho_1 = 1 + e^-rho_2, the flow of the degenerate point is
/// d rho_2/ds = 1/(1 + e^rho_2), so that e^rho_2 + rho_2 = s + const: rho_2 = log s - log s / s + O(1/s). As rho_1 lags
/// behind its equilibrium, the rate of e^rho_2 + rho_2 is 1 only up to e^-2rho_2.
pub fn residual_of_degenerate_points(run: &Run, claims: &mut Claims) {
    let [_, from, to, last] = &run.path.snapshots[..] else { unreachable!("the path has four times") };
    let clock = |at: &Snapshot| {
        let rho = run.rho(at)[1];
        Quantity::new(exp(rho) + rho, run.state_slack(at).times(exp(rho) + 1.0))
    };
    let span = to.log_t - from.log_t;
    claims.equal(
        format!(
            "growth of e^(rho_2) + rho_2 over that of log t, from t = {} to log t = 10^4",
            power_of_ten(from.log_t)
        ),
        (clock(to) - clock(from)) / span,
        1.0,
        Slack::next_term(1.0 / (from.log_t * span), 4.0),
    );
    let s = last.log_t;
    let predicted = ln(s) - ln(s) / s;
    let slack = || Slack::next_term(1.0 / s, 4.0) + run.state_slack(last);
    claims.equal(
        "rho across ŵ at log t = 10^8, against log log t and its next term",
        run.rho(last)[1],
        predicted,
        slack(),
    );
    let sine = norm(&reject(&last.state, &run.expansion.direction)) / norm(&last.state);
    claims.equal("sin(angle to ŵ) · log t / log log t", sine * s / ln(s), predicted / ln(s), slack());
}
