//! What happens instead, where a hypothesis is broken.

use super::commuting::{
    Starts, eigenvalues, entries, least_trace, logarithm_of_entries, span_of_entries, starts_that_stay,
};
use super::identities::{InducedRun, induced_by_any, induced_by_balanced, induced_flow, square, unbalanced};
use super::zeros::{infinitely_many_zeros, loss_of_too_narrow_factors, too_narrow};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::evidence::DECISIVE;
use theoremcheck::real::largest;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "inner-dimension",
        refutes: "infinitely-many-zeros",
        on: "f of the factors of a completion",
        says: "If r = 2, a 3 × 3 matrix of rank three, observed in full, cannot be fitted: the loss is at least σ_3², the \
               square of what is left out.",
        claims: |lab, c| infinitely_many_zeros(&*lab.run(too_narrow)?, c),
        instead: |lab, c| loss_of_too_narrow_factors(&*lab.run(too_narrow)?, c),
    },
    Control {
        without: "balance",
        refutes: "induced-flow",
        on: "√(XX'), √(X'X), t = 4",
        says: "Factors that are not balanced do not follow the flow with √(XX') and √(X'X) in general; they follow the one \
               with UU' and VV'.",
        claims: |lab, c| {
            induced_flow(&*lab.run(|seed| induced_by_balanced(unbalanced(seed)?))?, c);
            Ok(())
        },
        instead: |lab, c| {
            general_form(&*lab.run(|seed| induced_by_any(unbalanced(seed)?))?, c);
            Ok(())
        },
    },
    Control {
        without: "small-start",
        refutes: "least-trace",
        on: "tr X over the least trace y, extrapolated",
        says: "For the measurement <Q diag(1, h, -g) Q', X> = y of that step, from starts that tend to some α between .2 and .4, \
               and not to 0, the trace tends to y + (1 - h)λ_2 + (1 + g)λ_3 with λ_2, λ_3 > 0, and not to the least, y.",
        claims: |lab, c| {
            least_trace(&*lab.run(starts_that_stay)?, c);
            Ok(())
        },
        instead: |lab, c| {
            eigenvalues_of_a_large_start(&*lab.run(starts_that_stay)?, c);
            Ok(())
        },
    },
    Control {
        without: "commuting",
        refutes: "commuting-measurements",
        on: "α = 0.03: unobserved entry of log(X/α²)",
        says: "The entries of [[*, b], [b, d]] do not commute, and for b ≠ 0, d > 0 the limit of log(X/α²) from αI is off their \
               span by an amount that grows like log(1/α).",
        claims: |lab, c| {
            span_of_entries(&*lab.run(entries)?, c);
            Ok(())
        },
        instead: |lab, c| {
            logarithm_of_entries(&*lab.run(entries)?, c);
            Ok(())
        },
    },
];

/// The imbalance is there, and the flow with UU' and VV' does not mind.
pub(super) fn general_form(run: &InducedRun, claims: &mut Claims) {
    let start = &run.factors.start;
    // A sum of as many products as U and V have rows.
    let rounding = Slack::rounding((run.factors.problem.rows + run.factors.problem.cols) as f64, square(start));
    claims
        .at_least("max |D| at the start", largest(start.imbalance()), DECISIVE * rounding.total(), rounding)
        .on("|U|² + |V|²", square(start));
    induced_flow(run, claims);
}

/// λ_i = α² e^(ν a_i) holds at every α, and with it the excess of the trace.
pub(super) fn eigenvalues_of_a_large_start(starts: &Starts, claims: &mut Claims) {
    let Starts { measurement, ends, .. } = starts;
    for (k, (_, end)) in ends.iter().enumerate() {
        eigenvalues(k, measurement, end, claims);
        let [_, lambda_2, lambda_3] = end.lambda[..] else { unreachable!("three eigenvalues") };
        // With <A, X> = y: tr X - y = (1 - h) λ_2 + (1 + g) λ_3.
        let excess = (1.0 - measurement.h) * lambda_2 + (1.0 + measurement.g) * lambda_3;
        claims.equal(
            format!("start {}: tr X - y over (1 - h)λ_2 + (1 + g)λ_3", k + 1),
            (end.trace() - measurement.y) / excess,
            1.0,
            end.entry_slack().times(3.0 / excess),
        );
    }
}
