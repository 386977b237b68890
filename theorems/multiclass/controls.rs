//! What happens instead, where a hypothesis is broken.

use super::experiments::{Descent, Inseparable, PolynomialTail, dependent, descent, inseparable, polynomial_tail};
use super::loss::no_finite_minimiser;
use super::residual::{largest_entropy, margin_and_direction, offsets};
use super::second_order::{Along, across, coefficient, coupled_size, kappa, off_the_support};
use crate::max_margin::experiments::state_slack;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{combine, difference, exp, ln, norm, reject};
use theoremcheck::reference::max_margin::Separability;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "separability",
        refutes: "no-finite-minimiser",
        on: "d log L / d log t",
        says: "Examples of drawn classes. Some weights of the pairs have Σ a_nj A_nj = 0, which proves that no W separates. Here cross-entropy has \
               one minimiser among the W whose rows sum to zero, and a flow whose rows do so goes there.",
        claims: |lab, c| {
            lab.run(inseparable).map(|run| no_finite_minimiser(&run.setup, &run.frame, &run.path, None, c))
        },
        instead: |lab, c| lab.run(inseparable).map(|run| finite_minimiser(&run, c)),
    },
    Control {
        without: "exponential-tail",
        refutes: "margin-and-direction",
        on: "sin(angle to Ŵ)",
        says: "With the loss Σ <A_nj, W>^-ν of the pairs, ν > 0, from where all margins are positive, the direction tends to that of V = Σ <A_nj, V>^(-ν-1) A_nj, \
               and |W| grows like t^(1/(ν+2)).",
        claims: |lab, c| lab.run(polynomial_tail).map(|tail| margin_and_direction(&tail.run, c)),
        instead: |lab, c| lab.run(polynomial_tail).map(|tail| polynomial_limit(&tail, c)),
    },
    Control {
        without: "independent-support",
        refutes: "offsets",
        on: "max |t · pull - alpha|",
        says: "Each border has one support pair more than dimensions. The multipliers are then not unique, those that a certificate has found \
               are some of many, and t times the pulls tends to others: those of largest entropy.",
        claims: |lab, c| lab.run(dependent).map(|run| offsets(&run, c)),
        instead: |lab, c| lab.run(dependent).map(|run| largest_entropy(&run, c)),
    },
    Control {
        without: "infinitesimal-steps",
        refutes: "kappa",
        on: "kappa: gradient descent",
        says: "Gradient descent with steps η on cross-entropy, from W̃ + Ŵ log t0, with log(t0 + η j) after j steps for log t: in leading order a step from t = t0 + η j goes \
               η²/(2 t²) further along Ŵ than the flow, and kappa is η/2 - γ² Σ_n (Σ_j alpha_nj)².",
        claims: |lab, c| lab.run(descent).map(|run| kappa(&along_descent(&run, 0.0), c)),
        instead: |lab, c| lab.run(descent).map(|run| kappa(&along_descent(&run, 0.5 * run.eta), c)),
    },
];

/// Nothing pulls a common row back: t multiplies what the gradient is rounded by in it, and the extrapolation multiplies that
/// again.
fn less_mean_row(w: &[f64], width: usize) -> Vec<f64> {
    let classes = (w.len() / width) as f64;
    let mean = |j: usize| w.iter().skip(j).step_by(width).sum::<f64>() / classes;
    w.iter().enumerate().map(|(i, w)| w - mean(i % width)).collect()
}

/// The minimiser is known by its gradient; the weights of the pairs there prove once more that nothing separates.
fn finite_minimiser(run: &Inseparable, claims: &mut Claims) {
    let Inseparable { setup, separability, path, minimiser, moves, .. } = run;
    let residual = match separability {
        Separability::Inseparable { residual, .. } => *residual,
        Separability::Separable(_) => f64::NAN,
    };
    let radius = setup.pairs.radius();
    let rounding = || Slack::rounding(8.0 * (setup.pairs.count() + setup.pairs.dim()) as f64, radius);
    claims.equal("|Σ a_nj A_nj|, a ≥ 0 of sum 1", residual, 0.0, rounding()).on("the longest A_nj", radius);
    // The pulls, less than 1 each and as many as pairs.
    let pairs = setup.pairs.count() as f64;
    claims
        .equal("|∇L| at the minimiser", norm(&setup.descent(minimiser)), 0.0, rounding().times(pairs))
        .on("the longest A_nj", radius);
    let last = path.last().expect("the path has three times");
    claims
        .equal(
            "|W - argmin L|, t = 10^5, but for a common row",
            norm(&less_mean_row(&difference(&last.state, minimiser), setup.data.examples.dim())),
            0.0,
            // What is left of the gradient, and what is rounded in it, seen in W.
            state_slack(last)
                + (Slack::certificate(norm(&setup.descent(minimiser))) + rounding().times(pairs)).times(*moves),
        )
        .on("|argmin L|", norm(minimiser));
}

/// The ray of V is a solution, and two solutions of the flow of a convex function never move apart.
fn polynomial_limit(tail: &PolynomialTail, claims: &mut Claims) {
    let PolynomialTail { nu, run, ray } = tail;
    let [from, to] = &run.path[..] else { unreachable!("the path has two times") };
    let unit = combine(1.0 / norm(ray), ray, &vec![0.0; ray.len()]);
    let apart = norm(&reject(&run.setup.start, &unit));
    let w = run.weights(to);
    // What the integrator loses along V turns nothing.
    let across = Slack::integration(norm(&reject(&to.drift, &unit)) + to.local)
        + Slack::rounding(to.roundings, norm(&w))
        + Slack::next_term(apart, 1.0);
    claims
        .equal(
            "sin(angle to V), t = 10^100",
            norm(&reject(&w, &unit)) / norm(&w),
            0.0,
            across.times(1.0 / norm(&w)) + Slack::rounding(64.0, 1.0),
        )
        .on("sin(angle from V to Ŵ)", norm(&reject(&unit, &run.prediction.expansion.direction)));
    let span = to.log_t - from.log_t;
    let length = |at| Quantity::new(norm(&run.weights(at)), state_slack(at));
    claims.equal(
        "d log|W| / d log t",
        Quantity::exponent(length(from), length(to), span),
        1.0 / (nu + 2.0),
        // On the ray |W|^(ν+2) is a linear function of t.
        (Slack::next_term(apart / norm(&run.weights(from)), 1.0) + Slack::next_term(exp(-from.log_t), 2.0))
            .times(1.0 / span),
    );
}

/// k after 2^13 and 2^16 steps, by the clock t0 + η t, with what steps are said to add to kappa.
fn along_descent(descent: &Descent, steps: f64) -> Along {
    let Descent { run, eta, began, at } = descent;
    let size = coupled_size(&run.setup, &run.reference);
    let clock = |count: u32| ln(exp(*began) + eta * f64::from(count));
    let rho = |(count, w): &(u32, Vec<f64>)| combine(-clock(*count), &run.reference.w_hat, w);
    let (across, seen) = across(run, &rho(&at[0]));
    let at = [0, 1].map(|i| {
        let (count, w) = &at[i];
        // As many roundings of W as steps.
        let slack = Slack::rounding(f64::from(*count), norm(w)).times(run.reference.gamma);
        (clock(*count), coefficient(run, &rho(&at[i])), slack)
    });
    let name = if steps > 0.0 { "gradient descent, with η/2 for its steps" } else { "gradient descent" };
    let (name, gamma) = (name.to_string(), run.reference.gamma);
    Along { name, gamma, coupled: size, steps, size, across, seen, at, others: off_the_support(run) }
}
