//! A set of zero loss that is no manifold.

use super::experiments::{self, Crossing, Mixture, STEP};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{distance, norm, tanh};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "crossing",
    says: "c + a tanh(b + u x) with targets 0 at x = ξ, -ξ, ξ > 0: the zeros are two surfaces, of dimension p - n = 2. Where \
           they cross with b ≠ 0, J has rank one and not n = 2, and along (α, 0, β, -α tanh b) in (a, b, u, c), α, β > 0, the \
           sum of a direction of each, the misfit is of order h², but the way back of order h: the set is no manifold.",
    kind: Kind::Counterexample,
    standing: Standing::Overstated { by: "crossing" },
    notes: &["N3"],
    claims: |lab, c| {
        crossing(&*lab.run(experiments::crossing)?, c);
        Ok(())
    },
}];

/// How far Newton's method goes back from (hα, b, hβ, -hα tanh b), over h, as h goes to 0; and whether it ends on u = 0.
///
/// With a = hA, u = hU and ω = 1/(1 + tanh² b) the iteration becomes A <- A³/(A² + ωU²), U <- ωU³/(A² + ωU²), c following
/// a, so that ζ = √ω U/A is cubed in each step: the smaller of the two dies, and the other keeps Π 1/(1 + ζ^(2·3^k)).
fn way_back(b: f64, alpha: f64, beta: f64) -> (f64, bool) {
    let omega = 1.0 / (1.0 + tanh(b) * tanh(b));
    let zeta = omega.sqrt() * beta / alpha;
    let ends_on_u = zeta < 1.0;
    let mut smaller = if ends_on_u { zeta } else { 1.0 / zeta };
    let mut kept = 1.0;
    while smaller * smaller > f64::EPSILON / 4.0 {
        kept /= 1.0 + smaller * smaller;
        smaller = smaller * smaller * smaller;
    }
    let square = if ends_on_u {
        beta * beta + alpha * alpha * (1.0 - kept) * (1.0 - kept) / omega
    } else {
        alpha * alpha / omega + beta * beta * (1.0 - kept) * (1.0 - kept)
    };
    (square.sqrt(), ends_on_u)
}

/// A crossing. Along each surface F = y exactly. Along a mixture of the two directions F - y is of second order, as
/// along a tangent, but every zero is at a distance of order h.
fn crossing(run: &Crossing, claims: &mut Claims) {
    let Crossing { task, b, xi, decomposition, zeros, mixtures } = run;
    let all = task.network.parameters();
    claims.equal("p - rank J at the crossing", (all - decomposition.rank) as f64, 3.0, Slack::rounding(1.0, 1.0));
    claims
        .equal(
            "largest |F - y| at ten points of each surface",
            zeros.iter().map(|zero| norm(&task.residual(zero))).fold(0.0, f64::max),
            0.0,
            zeros
                .iter()
                .map(|zero| task.rounding(zero))
                .max_by(|a, b| a.total().total_cmp(&b.total()))
                .expect("ten points"),
        )
        .on("1", 1.0);
    let h = STEP;
    let t = tanh(*b);
    let slope = 1.0 - t * t;
    for (name, Mixture { alpha, beta, start, end }) in ["nearer to u = 0", "nearer to a = 0"].into_iter().zip(mixtures)
    {
        // The terms in h³ are equal at the two points, those in h² and h⁴ opposite.
        let square = (h * beta * xi) * (h * beta * xi);
        let next = square * ((6.0 * t * t - 2.0) / 6.0 + t * t / 2.0);
        let leading = 2.0_f64.sqrt() * alpha * beta * xi * slope;
        claims.equal(
            format!("{name}: |F - y|/h², against √2 α β ξ (1 - tanh² b)"),
            norm(&task.residual(start)) / h / h,
            leading * (1.0 + next),
            Slack::next_term(leading * square * square, 4.0) + task.rounding(start).times(1.0 / h / h),
        );
        let (predicted, ends_on_u) = way_back(*b, *alpha, *beta);
        // A computed zero is one up to the rounding over the slopes of F there, of which the least is h ξ (1 - tanh² b)
        // times what a or u is over h.
        let left = if ends_on_u { end[0] } else { end[2] } / h;
        let rounded = (task.rounding(start).times(1.0 / (h * xi * slope * left.abs()))
            + Slack::rounding(4.0, norm(start)))
        .times(2.0 / h);
        claims
            .equal(
                format!("{name}: {} of the zero, over h", if ends_on_u { "u" } else { "a" }),
                if ends_on_u { end[2] } else { end[0] } / h,
                0.0,
                rounded.clone(),
            )
            .on("1", 1.0);
        claims.equal(
            format!("{name}: distance that Newton's method goes back, over h"),
            distance(end, start) / h,
            predicted,
            // By symmetry the next terms are of relative order h²: those of tanh in the two rows of J, and that of b.
            rounded
                + Slack::next_term(
                    predicted
                        * (square * ((6.0 * t * t - 2.0).abs() / 6.0 + 2.0 * t.abs())
                            + (h * alpha * slope) * (h * alpha * slope)),
                    4.0,
                ),
        );
    }
}
