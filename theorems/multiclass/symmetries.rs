//! What the flow conserves, and what two classes are.

use super::experiments::{Shifted, TwoClasses, row_sum, shifted, two_classes};
use crate::max_margin::experiments::{power_of_ten, state_slack};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{combine, difference, distance, norm};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "row-sums",
        says: "The flow keeps the sum of the rows of W, and if all rows are shifted alike at the start the flow is the same, shifted. So \
               where the examples span ℝ^d, the support pairs span the A_nj and some dual solution is positive on all of them, rho tends from any start to W̃ and the \
               mean row of W(0) in every row.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(shifted).map(|runs| row_sums(&runs, c)),
    },
    Step {
        id: "two-classes",
        says: "With two classes W_1 - W_0 is the w of the binary flow on the logistic loss at twice the time, from w(0) = W_1(0) - W_0(0), \
               Ŵ = (-ŵ/2, ŵ/2) and γ is √2 times that of ŵ.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(two_classes).map(|runs| two_classes_are_binary(&runs, c)),
    },
];

/// Row sums. The rows of every A_nj sum to zero, and <A_nj, 1c'> = 0.
fn row_sums(runs: &Shifted, claims: &mut Claims) {
    let Shifted { from_start, from_shifted, shift } = runs;
    let classes = from_start.classes();
    let scale = norm(&from_start.reference.w_hat);
    let everywhere = shift.repeat(classes);
    for (at, moved) in from_start.path.iter().zip(&from_shifted.path) {
        let t = power_of_ten(at.log_t);
        for (name, run, at) in [("a drawn start", from_start, at), ("the shifted start", from_shifted, moved)] {
            // The sum of k rows of W, whose parts along Ŵ cancel.
            let gone = distance(&row_sum(&at.state, classes), &row_sum(&run.setup.start, classes));
            let slack = Slack::rounding(at.roundings, norm(&at.state)) + Slack::rounding(16.0, at.log_t * scale);
            claims.equal(format!("from {name}: |change of the row sum|, t = {t}"), gone, 0.0, slack).on("|Ŵ|", scale);
        }
        let between = distance(&difference(&moved.state, &at.state), &everywhere);
        claims
            .equal(
                format!("|W from the shifted start - W - the shift|, t = {t}"),
                between,
                0.0,
                state_slack(at) + state_slack(moved),
            )
            .on("|Ŵ|", scale);
    }
    let last = from_start.last();
    let mean: Vec<f64> = row_sum(&from_start.setup.start, classes).iter().map(|w| w / classes as f64).collect();
    let expansion = &from_start.prediction.expansion;
    let limit = combine(1.0, &mean.repeat(classes), &expansion.dual.w_tilde);
    claims
        .equal(
            format!("|rho - W̃ - the mean row of W(0) in every row|, t = {}", power_of_ten(last.log_t)),
            distance(&last.state, &limit),
            0.0,
            state_slack(last)
                + Slack::certificate(expansion.dual.uncertainty(&from_start.reference.w_hat))
                + Slack::next_term(norm(&expansion.delta(last.log_t)), 1.0)
                + from_start.beyond(last),
        )
        .on("|Ŵ|", scale);
}

/// Two classes. dW_1/dt = -dW_0/dt = Σ pull y x, so that W_1 - W_0 has twice the speed of the binary w.
fn two_classes_are_binary(runs: &TwoClasses, claims: &mut Claims) {
    let TwoClasses { setup, flow, binary, reference, of_binary } = runs;
    let dim = setup.data.examples.dim();
    let scale = norm(&of_binary.w_hat);
    for (at, twice) in flow.iter().zip(binary) {
        let (first, second) = at.state.split_at(dim);
        claims
            .equal(
                format!("|W_1 - W_0 - w at twice the time|, t = {}", power_of_ten(at.log_t)),
                distance(&difference(second, first), &twice.state),
                0.0,
                state_slack(at).times(2.0) + state_slack(twice),
            )
            .on("|ŵ|", scale);
    }
    let halves: Vec<f64> = [-0.5, 0.5].iter().flat_map(|h| of_binary.w_hat.iter().map(move |w| h * w)).collect();
    let radius = setup.pairs.radius();
    let rounding = || Slack::rounding(16.0 * dim as f64, radius / reference.gamma);
    claims
        .equal("|Ŵ - (-ŵ/2, ŵ/2)|", distance(&reference.w_hat, &halves), 0.0, rounding().times(scale))
        .on("|ŵ|", scale);
    claims.equal("γ over γ of the binary separator", reference.gamma / of_binary.gamma, 2.0_f64.sqrt(), rounding());
}
