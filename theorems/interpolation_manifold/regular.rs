//! A point of zero loss where the Jacobian has full rank, and what lies around it.

use super::experiments::{Interpolation, NEAR, STEP, pull_back, trained};
use super::worst::{Case, worst};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_2, combine, difference, ln, norm};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "full-rank-jacobian",
        says: "About a point θ of zero loss where J has rank n the parameters of zero loss are a manifold of dimension p - n. \
               The notes leave the condition on the rank out.",
        kind: Kind::Proof,
        standing: Standing::Overstated { by: "without-full-rank" },
        notes: &["N3"],
        claims: |lab, c| full_rank_jacobian(&*lab.run(trained)?, c),
    },
    Step {
        id: "tangent-directions",
        says: "At θ + h v the misfit |F - y| is |J v| h to first order; for every v in the kernel of J it is |F_2| h² to \
               second order.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N3"],
        claims: |lab, c| {
            tangent_directions(&*lab.run(trained)?, c);
            Ok(())
        },
    },
];

/// A regular point. Kantorovich: with β = |J⁺| and ε = |F(θ) - y|, β² Λ ε ≤ 1/2 proves that a true zero lies within
/// 2 β ε of the computed θ. The implicit function theorem does the rest, and the dimension is seen without it: points of
/// zero loss near θ span, up to second order, as many directions as the set has dimensions.
pub(super) fn full_rank_jacobian(run: &Interpolation, claims: &mut Claims) -> Result<()> {
    let Interpolation { task, decomposition, neighbours, .. } = run;
    let theta = run.theta();
    let (count, all) = (task.points.count(), task.network.parameters());
    let exact = || Slack::rounding(1.0, 1.0);
    let misfit = norm(&task.residual(theta));
    claims.equal("|F(θ) - y|", misfit, 0.0, task.rounding(theta)).on("|y|", norm(&task.targets));
    let inverse = run.inverse();
    // The misfit may be as large as it is computed and rounded.
    let proof = inverse * inverse * run.lipschitz * (misfit + task.rounding(theta).total());
    claims.at_most("|J⁺|² Λ |F(θ) - y|, for a zero to be near", proof, 0.5, exact());
    claims.at_least(
        "σ_n over the error of the computed one",
        decomposition.sigma[count - 1] / decomposition.error,
        1.0,
        exact(),
    );
    let rounded = |theta: &Vec<f64>| norm(&task.residual(theta)) / task.rounding(theta).total();
    claims.at_most(
        "|F - y| at 2p points near θ, in units of its rounding",
        neighbours.iter().map(rounded).fold(0.0, f64::max),
        1.0,
        exact(),
    );
    // Along the set they are of the order of NEAR away, across it of the square.
    let away: Vec<f64> = neighbours.iter().flat_map(|point| difference(point, theta)).collect();
    let spread = decompose(&Points::new(all, away)?)?.sigma;
    let dimension = spread.iter().filter(|&&s| s > NEAR.sqrt() * spread[0]).count();
    claims.equal("dimensions that these points span, against p - n", dimension as f64, (all - count) as f64, exact());
    Ok(())
}

/// Tangents. F(θ + h v) - y = F_1 h + F_2 h² + F_3 h³ + .. with F_1 = J v: linear in h unless v is in the kernel.
/// The F_i come from the series of tanh, the misfit from the network; only the directions come from J.
fn tangent_directions(run: &Interpolation, claims: &mut Claims) {
    let task = &run.task;
    let largest = run.decomposition.sigma[0];
    // The values are rounded, and the parameters at which they are taken; θ itself is a zero up to as much.
    let rounding = || task.rounding(run.theta()).times(2.0) + Slack::rounding(2.0, largest * norm(run.theta()));
    let misfit = |h: f64, v: &[f64]| Quantity::new(norm(&task.residual(&run.displaced(h, v))), rounding());
    // From |a + b h| and |c| h², the term after.
    let compare = |v: &[f64], order: i32, terms: [&Vec<f64>; 3]| {
        let [leading, next, after] = terms;
        let power = |h: f64| if order == 1 { h } else { h * h };
        let known = |h: f64| norm(&combine(h, next, leading));
        let left_out = |h: f64| Slack::next_term(h * h * norm(after), 2.0);
        let seen = |h: f64| (misfit(h, v) / power(h)).with(left_out(h));
        let size = Case { measured: seen(STEP), predicted: known(STEP), scale: known(STEP) };
        let exponent = Quantity::exponent(seen(STEP / 2.0), seen(STEP), LN_2) + Quantity::from(f64::from(order));
        let known = f64::from(order) + (ln(known(STEP)) - ln(known(STEP / 2.0))) / LN_2;
        (size, Case { measured: exponent, predicted: known, scale: known })
    };
    let taylor = |v: &[f64]| task.network.taylor(run.theta(), v, &task.points);
    let along = |v: &Vec<f64>| {
        let [_, second, third, fourth] = taylor(v);
        compare(v, 2, [&second, &third, &fourth])
    };
    let across = |v: &Vec<f64>| {
        let [_, second, third, _] = taylor(v);
        compare(v, 1, [&task.jacobian(run.theta()).margins(v), &second, &third])
    };
    let (sizes, exponents) = run.tangents.iter().map(along).unzip();
    worst("each tangent of a basis: |F - y|/h², against |F_2 + F_3 h|", sizes, claims);
    worst("each tangent of a basis: exponent of |F - y|, from h to h/2", exponents, claims);
    let (sizes, exponents) = run.decomposition.right.iter().map(across).unzip();
    worst("each singular vector: |F - y|/h, against |J v + F_2 h|", sizes, claims);
    worst("each singular vector: exponent of |F - y|, from h to h/2", exponents, claims);
    // What the tangents are for: with the row space they are all directions.
    let in_kernel = |v: &Vec<f64>| norm(&pull_back(&run.decomposition, &task.jacobian(run.theta()).margins(v)));
    claims
        .equal(
            "largest |J⁺J v| over the tangents",
            run.tangents.iter().map(in_kernel).fold(0.0, f64::max),
            0.0,
            Slack::rounding(run.theta().len() as f64 + 8.0, largest * run.inverse()),
        )
        .on("1", 1.0);
}
