//! What happens instead, where a hypothesis is broken.

use super::commuting::{End, eigenvalues};
use super::identities::{InducedRun, induced_flow, largest};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::evidence::DECISIVE;

/// The imbalance is there, and the flow with UU' and VV' does not mind.
pub(super) fn general_form(run: &InducedRun, claims: &mut Claims) {
    let imbalance = largest(run.factors.start.imbalance());
    let rounding = Slack::rounding(64.0, 1.0);
    claims.at_least("max |D| at the start", imbalance, DECISIVE * rounding.total(), rounding).on("1", 1.0);
    induced_flow(run, claims);
}

/// λ_i = α² e^(ν a_i) holds at every α, and with it the excess of the trace.
pub(super) fn eigenvalues_of_a_large_start(end: &End, claims: &mut Claims) {
    eigenvalues(end, claims);
    let [_, lambda_2, lambda_3] = end.lambda[..] else { unreachable!("three eigenvalues") };
    // With <A, X> = y: tr X - y = (1 - h) λ_2 + (1 + g) λ_3.
    claims.equal(
        "tr X - y over (1 - h)λ_2 + (1 + g)λ_3",
        (end.lambda.iter().sum::<f64>() - 2.0) / (0.5 * lambda_2 + 1.5 * lambda_3),
        1.0,
        Slack::integration(20.0 * end.drift) + Slack::rounding(1e4, 10.0),
    );
}
