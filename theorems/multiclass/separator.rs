//! The multiclass separator: that there is one, how it is certified, and that its rows sum to zero.

use super::experiments::{Run, planted, row_sum};
use crate::max_margin::separator::unique_separator;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{distance, norm};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "certified-separator",
    says: "If the examples are separable, one Ŵ has the least |W| among all W with <A_nj, W> ≥ 1 for every pair. Its margin \
           γ = 1/|Ŵ| is the distance of 0 from the convex hull of the A_nj, and its rows sum to zero.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N5"],
    claims: |lab, c| lab.run(planted).map(|run| certified_separator(&run, c)),
}];

/// One separator, with rows of sum zero. The pairs are points of R^kd. Ŵ = Σ alpha_nj A_nj, and the rows of each A_nj sum to
/// zero.
fn certified_separator(run: &Run, claims: &mut Claims) {
    let Run { setup, reference, .. } = run;
    unique_separator(&setup.pairs, reference, None, claims);
    let length = norm(&reference.w_hat);
    // As of the separator itself: inner products with the support, in the solution of a linear system.
    let radius = reference.support.iter().map(|&n| norm(setup.pairs.row(n))).fold(0.0, f64::max);
    let rounding = || Slack::rounding(8.0 * setup.pairs.dim() as f64, radius / reference.gamma);
    let sum = norm(&row_sum(&reference.w_hat, run.classes()));
    claims.equal("|sum of the rows of Ŵ| / |Ŵ|", sum / length, 0.0, rounding()).on("1", 1.0);
    let Some(planted) = &run.planted else { return };
    let error = distance(&reference.w_hat, &planted.w_hat) / length;
    claims.equal("|Ŵ - planted| / |Ŵ|", error, 0.0, rounding()).on("1", 1.0);
    let error = distance(&reference.alpha, &planted.alpha) / norm(&planted.alpha);
    claims.equal("|alpha - planted| / |planted|", error, 0.0, rounding()).on("1", 1.0);
}
