//! Curves of zero loss.

use super::experiments::{Interpolation, STEP, trained, walk};
use super::worst::{Case, worst};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_2, combine, difference, ln, norm};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "retraction",
    says: "Let θ be a point of zero loss where J has rank n. From θ + h t, for every unit vector t of the kernel of J and \
           small h, Newton's method goes to a point of zero loss at the distance |J⁺ F_2| h², to leading order: a curve of \
           zero loss leaves θ along t.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N3"],
    claims: |lab, c| retraction(&*lab.run(trained)?, c),
}];

/// The curve. Newton's step from θ + h t is -J(θ + h t)⁺ (F_2 h² + F_3 h³ + ..), and what it leaves is of the fourth
/// order.
fn retraction(run: &Interpolation, claims: &mut Claims) -> Result<()> {
    let task = &run.task;
    let inverse = run.inverse();
    // Newton's method ends where rounding hides the misfit, at both ends of the way.
    let rounding = || task.rounding(run.theta()).times(2.0 * inverse) + Slack::rounding(4.0, norm(run.theta()));
    let (mut vectors, mut exponents, mut misfits) = (Vec::new(), Vec::new(), 0.0_f64);
    for tangent in &run.tangents {
        let [second, third, fourth] = run.way_back(tangent)?;
        let size = norm(&second);
        let known = |h: f64| combine(h, &third, &second);
        let slack = |h: f64| rounding().times(1.0 / h / h) + Slack::next_term(h * h * norm(&fourth), 2.0);
        // (θ(h) - θ - h t)/h², for h of either sign.
        let mut way = |h: f64| {
            let start = run.displaced(h, tangent);
            let end = task.retract(&start);
            misfits = misfits.max(norm(&task.residual(&end)) / task.rounding(&end).total());
            difference(&end, &start).iter().map(|d| d / h / h).collect::<Vec<f64>>()
        };
        for h in [STEP, -STEP] {
            let (far, near) = (way(2.0 * h), way(h));
            for (h, way) in [(2.0 * h, &far), (h, &near)] {
                let apart = norm(&combine(1.0, &known(h), way)) / size;
                vectors.push(Case {
                    measured: Quantity::new(apart, slack(h).times(1.0 / size)),
                    predicted: 0.0,
                    scale: 1.0,
                });
            }
            let length = |h: f64, way: &[f64]| Quantity::new(norm(way), slack(h)).ln();
            let measured = (length(2.0 * h, &far) - length(h, &near)) / LN_2 + Quantity::from(2.0);
            let predicted = 2.0 + (ln(norm(&known(2.0 * h))) - ln(norm(&known(h)))) / LN_2;
            exponents.push(Case { measured, predicted, scale: predicted });
        }
    }
    worst("each tangent, both ways: |(θ(h) - (θ + h t))/h² + ν_2 + ν_3 h|/|ν_2|", vectors, claims);
    worst("each tangent, both ways: exponent of |θ(h) - (θ + h t)|, from h to h/2", exponents, claims);
    let exact = || Slack::rounding(1.0, 1.0);
    claims.at_most("largest |F(θ(h)) - y|, in units of its rounding", misfits, 1.0, exact());
    // Far along the set, where no expansion reaches.
    let path = walk(run);
    let misfit =
        path.iter().map(|theta| norm(&task.residual(theta)) / task.rounding(theta).total()).fold(0.0, f64::max);
    claims.at_most("a hundred steps along the set: |F - y|, in units of its rounding", misfit, 1.0, exact());
    let mut rank = f64::INFINITY;
    for theta in &path {
        let here = decompose(&task.jacobian(theta))?;
        rank = rank.min(here.sigma[task.points.count() - 1] / here.error);
    }
    claims.at_least("a hundred steps: least σ_n over the error of the computed one", rank, 1.0, exact());
    Ok(())
}
