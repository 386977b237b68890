//! The largest margin in each norm, planted, found and certified.

use super::planted::{Setup, setups};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "certified-margins",
    says: "In every norm and for all weights p ≥ 0 of sum one, no margin min x_n·w/‖w‖ exceeds ‖Σ p_n x_n‖_*. If the points are \
           separable some p and w attain equality, which is the largest margin γ; on the drawn points, in l1, l2, l_inf and a \
           Mahalanobis norm, they are the planted ones.",
    kind: Kind::Proof,
    standing: Standing::Proved { cite: "boyd-vandenberghe-2004" },
    notes: &["N1"],
    claims: |lab, c| lab.run(setups).map(|setups| certified_margins(&setups, c)),
}];

/// Weak duality. min x_n·w ≤ Σ p_n x_n·w ≤ ‖Σ p_n x_n‖_* ‖w‖, whatever p and w are.
fn certified_margins(setups: &[Setup], claims: &mut Claims) {
    for Setup { name, norm, points, reference, planted: (u, p, gamma), support, .. } in setups {
        // Linear systems of d equations, whose solutions are as uncertain as the points times their size over the margin.
        let reach = points.rows().map(|x| norm.dual(x)).fold(0.0, f64::max) / gamma;
        let rounding = || Slack::rounding(16.0 * points.dim() as f64, reach * reach);
        let gap = || Slack::certificate((reference.upper - reference.lower) / gamma);
        claims.at_most(
            format!("{name}: lower bound over upper bound"),
            reference.lower / reference.upper,
            1.0,
            Slack::rounding(1.0, 1.0),
        );
        claims.equal(
            format!("{name}: upper bound over lower bound"),
            reference.upper / reference.lower,
            1.0,
            rounding(),
        );
        claims.equal(format!("{name}: γ"), reference.gamma, *gamma, (gap() + rounding()).times(*gamma));
        let off = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        claims.equal(format!("{name}: ‖w‖ of the planted w"), norm.length(u), 1.0, rounding());
        claims
            .equal(format!("{name}: largest entry of w less the planted one"), off(&reference.w, u), 0.0, rounding())
            .on("1", 1.0);
        claims
            .equal(
                format!("{name}: largest weight less the planted one"),
                off(&reference.p[..*support], p),
                0.0,
                rounding(),
            )
            .on("1", 1.0);
        let stray: f64 = reference.p[*support..].iter().sum();
        claims.equal(format!("{name}: weight off the support"), stray, 0.0, rounding()).on("1", 1.0);
    }
}
