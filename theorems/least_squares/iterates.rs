//! Every iterate of gradient descent.

use super::experiments::{Run, inconsistent, misfit, starts};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{LN_2, difference, distance, exp, norm};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "closed-form",
        says: "w_k = w∞ + Σ (1 - η σ_i²)^k <v_i, w_0 - w∞> v_i, at every step, for every step size, whether y can be \
               fitted or not.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N2"],
        claims: |lab, c| {
            let starts = lab.run(starts)?;
            closed_form(&starts.from_zero, "", c);
            closed_form(&starts.from_anywhere, "random start: ", c);
            closed_form(&lab.run(inconsistent)?.run, "no zero of the loss: ", c);
            Ok(())
        },
    },
    Step {
        id: "null-space-invariant",
        says: "The part of w_k in the null space of X is that of w_0, at every step.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N2"],
        claims: |lab, c| {
            let starts = lab.run(starts)?;
            null_space_invariant(&starts.from_zero, "from 0", c);
            null_space_invariant(&starts.from_anywhere, "from a random start", c);
            Ok(())
        },
    },
];

/// Every iterate. With X w∞ - y orthogonal to the range of X a step is w - w∞ <- (I - η X'X)(w - w∞), and the v_i
/// are eigenvectors of X'X.
pub(crate) fn closed_form(run: &Run, name: &str, claims: &mut Claims) {
    for at in run.shown() {
        // Where the weights outgrow a double, all is in units of 2^exponent.
        let unit = exp(-(at.exponent as f64) * LN_2);
        let size = norm(&at.w).max(unit * (norm(&run.start) + norm(&run.limit.w)));
        let scale = if size > 0.0 { size } else { 1.0 };
        claims
            .equal(
                format!("{name}|w_k - closed form| over that of the weights, k = {}", at.step),
                distance(&at.w, &run.predicted(at.step, at.exponent)) / scale,
                0.0,
                run.state_slack(at.step, at.exponent).times(1.0 / scale),
            )
            .on("1", 1.0);
    }
}

/// The null space. Every gradient X'r is a combination of rows, so that no step moves the part orthogonal to them.
pub(super) fn null_space_invariant(run: &Run, name: &str, claims: &mut Claims) {
    let Run { problem, reference, start, .. } = run;
    let count = problem.x.count() as f64;
    let residual = misfit(problem, start);
    for at in run.shown() {
        let moved = difference(&at.w, start);
        claims
            .equal(
                format!("{name}: |null part of w_k - w_0|, k = {}", at.step),
                norm(&reference.null_part(&moved)),
                0.0,
                // The additions of a step, as often as there are steps, and those of two projections; the sums of rows,
                // which shrink with the residual unless y cannot be fitted; and the computed v_i, turned against the row
                // space.
                Slack::rounding(at.step as f64 + 4.0 * reference.rank as f64, run.size(at.step))
                    + Slack::rounding(
                        (count + 4.0) * run.eta * problem.frobenius(),
                        run.amplification(at.step, 0) * residual + at.step as f64 * run.limit.residual,
                    )
                    + Slack::certificate(2.0 * reference.error / reference.sigma_least() * norm(&moved)),
            )
            .on("of the weights", norm(start) + norm(&run.limit.w));
    }
}
