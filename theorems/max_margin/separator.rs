//! The separator itself: that there is one, and how it is certified.

use super::experiments::planted;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::Planted;
use theoremcheck::real::{difference, distance, dot, norm};
use theoremcheck::reference::max_margin::MaxMargin;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "unique-separator",
    says: "The hard-margin problem has one solution ŵ; its margin γ = 1/|ŵ| is the distance of the nearest \
           point from the separating plane, and that of the origin from the convex hull of the points.",
    kind: Kind::Proof,
    standing: Standing::Proved { cite: "boyd-vandenberghe-2004" },
    notes: &["N5"],
    claims: |lab, c| {
        lab.run(planted).map(|run| unique_separator(&run.setup.points, &run.reference, run.planted.as_ref(), c))
    },
}];

/// The separator is unique. For every feasible v, v·ŵ = Σ alpha_n x_n·v ≥ Σ alpha_n = |ŵ|², hence
/// |v|² ≥ |ŵ|² + |v - ŵ|²: no other feasible vector is as short.
pub fn unique_separator(points: &Points, reference: &MaxMargin, planted: Option<&Planted>, claims: &mut Claims) {
    let MaxMargin { w_hat, gamma, alpha, certificate, .. } = reference;
    // Inner products of length d with the support vectors, in the solution of a linear system.
    let support_radius = reference.support.iter().map(|&n| norm(points.row(n))).fold(0.0, f64::max);
    let rounding = || Slack::rounding(8.0 * points.dim() as f64, support_radius / gamma);
    // Two bounds from the data, each moved outwards by its own rounding. What is left is that of their quotient.
    claims.at_most(
        "lower bound of γ over upper bound",
        certificate.lower / certificate.upper,
        1.0,
        Slack::rounding(1.0, 1.0),
    );
    // The certificate moves each bound outwards, by up to 6.5 roundings.
    let moved = Slack::rounding(13.0, 1.0);
    claims.equal("upper bound of γ over lower bound", certificate.upper / certificate.lower, 1.0, rounding() + moved);
    claims.equal("|ŵ - Σ alpha x| / |ŵ|", certificate.stationarity, 0.0, rounding()).on("1", 1.0);
    claims.equal("min x·ŵ", certificate.feasibility + 1.0, 1.0, rounding());
    claims.equal("max |alpha (x·ŵ - 1)| / |ŵ|²", certificate.complementarity, 0.0, rounding()).on("1", 1.0);
    claims.at_least("min alpha / |ŵ|²", certificate.least_multiplier * gamma * gamma, 0.0, rounding()).on("1", 1.0);
    if let Some(planted) = planted {
        let error = distance(w_hat, &planted.w_hat) / norm(&planted.w_hat);
        claims.equal("|ŵ - planted| / |planted|", error, 0.0, rounding()).on("1", 1.0);
        let error = distance(alpha, &planted.alpha) / norm(&planted.alpha);
        claims.equal("|alpha - planted| / |planted|", error, 0.0, rounding()).on("1", 1.0);
        let nearest = points.least_margin(w_hat) / norm(w_hat);
        claims.equal(
            "distance of the nearest point from the plane, against γ",
            nearest,
            planted.plan.gamma,
            rounding(),
        );
        let hull = norm(&points.combination(alpha)) / alpha.iter().sum::<f64>();
        claims.equal("distance of the origin from the hull, against γ", hull, planted.plan.gamma, rounding());
    }
    // Other feasible vectors: ŵ pushed along each axis both ways, by so little that every margin stays above
    // 1/2, and rescaled to least margin 1. As ŵ = Σ alpha x, the excess is 2 Σ alpha_n (x_n·v - 1).
    let square = dot(w_hat, w_hat);
    let largest = |i: usize| points.rows().map(|x| x[i].abs()).fold(0.0, f64::max);
    let pushes = (0..points.dim()).flat_map(|i| [(i, -0.5 / largest(i)), (i, 0.5 / largest(i))]);
    let mut excess = f64::INFINITY;
    let mut apart = 0.0_f64;
    for (i, push) in pushes.filter(|(_, push)| push.is_finite()) {
        let mut v = w_hat.clone();
        v[i] += push;
        let margin = points.least_margin(&v);
        v.iter_mut().for_each(|v| *v /= margin);
        let step = difference(&v, w_hat);
        let beyond = (dot(&v, &v) - square - dot(&step, &step)) / dot(&v, &v);
        let by_duality = alpha.iter().zip(points.margins(&v)).map(|(a, m)| 2.0 * a * (m - 1.0)).sum::<f64>();
        excess = excess.min(beyond);
        apart = apart.max((beyond - by_duality / dot(&v, &v)).abs());
    }
    claims.at_least("(|v|² - |ŵ|² - |v - ŵ|²)/|v|² over feasible v", excess, 0.0, rounding()).on("1", 1.0);
    claims.equal("the same, less 2 Σ alpha_n (x_n·v - 1)/|v|²", apart, 0.0, rounding()).on("1", 1.0);
}
