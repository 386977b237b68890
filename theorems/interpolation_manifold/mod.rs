//! The networks that fit the data are a manifold of dimension p - n, where the Jacobian has rank n.
//!
//! F maps the p parameters of a network to its values at n points. Where F = y and the Jacobian J of F has rank n, the
//! implicit function theorem makes the set {F = y} a manifold of dimension p - n near there, with the kernel of J as its
//! tangent space. Course notes count p - n for every network that can fit n points.

mod experiments;
mod figures;

use self::experiments::{CROSSING_B, Crossing, Interpolation, Retracted, STEP, repeated, retracted, trained, walk};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::{LN_2, combine, difference, distance, ln, norm, tanh};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::theorem::{Control, Finding, Hypothesis, Kind, Standing, Step, Theorem};

pub static THEOREM: Theorem = Theorem {
    id: "interpolation-manifold",
    title: "Where the Jacobian has full rank the networks of zero loss are a manifold of dimension p - n",
    says: "Let F: R^p → R^n map the parameters of a network to its values at n points, let it be smooth, and let F(θ) = y. If \
           the Jacobian J of F at θ has rank n, then near θ the parameters of zero loss are a manifold of dimension p - n, \
           and its tangent space at θ is the kernel of J.",
    symbols: &[
        ("θ, p, n", "parameters of zero loss, how many there are, and how many points they fit"),
        ("F, y, J", "the values at the points, the targets, and the n × p matrix of derivatives of F at θ"),
        ("σ_n, J⁺", "the least singular value of J, and its pseudoinverse"),
        ("t", "a unit vector of the kernel of J"),
        ("c_1, c_2, c_3", "the Taylor coefficients of h -> F(θ + h v), for the direction v at hand"),
        ("Λ", "a Lipschitz constant of J within a distance of 1 from θ"),
    ],
    cites: &["lee-2013", "cooper-2018"],
    hypotheses: &[
        Hypothesis {
            id: "full-rank",
            says: "The Jacobian of F at θ has rank n.",
            verify: verify_full_rank,
            only_sufficient: None,
        },
        Hypothesis {
            id: "smooth",
            says: "F is twice continuously differentiable.",
            verify: verify_smooth,
            only_sufficient: Some(
                "one continuous derivative makes the set a manifold; the second is used for how fast it leaves its \
                 tangent space. A network of ReLUs has both away from its kinks.",
            ),
        },
    ],
    steps: &[&[
        Step {
            id: "full-rank-jacobian",
            says: "There is a point of zero loss where J has rank n, and so a manifold of dimension p - n. The notes leave \
                   the condition on the rank out.",
            kind: Kind::Proof,
            standing: Standing::Overstated { by: "without-full-rank" },
            notes: &["N3"],
            claims: |lab, c| {
                full_rank_jacobian(&*lab.run(trained)?, c);
                Ok(())
            },
        },
        Step {
            id: "tangent-directions",
            says: "At θ + h v the misfit |F - y| is |J v| h to first order; in the kernel of J it is |c_2| h².",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "lee-2013" },
            notes: &["N3"],
            claims: |lab, c| {
                tangent_directions(&*lab.run(trained)?, c);
                Ok(())
            },
        },
        Step {
            id: "retraction",
            says: "From θ + h t Newton's method goes to a point of zero loss at the distance |J⁺ c_2| h², to leading order: a curve of zero \
                   loss leaves θ along t.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "lee-2013" },
            notes: &["N3"],
            claims: |lab, c| {
                retraction(&*lab.run(trained)?, c)?;
                Ok(())
            },
        },
        Step {
            id: "crossing",
            says: "c + a tanh(b + u x) with targets 0 at x = 1, -1: the zeros are two surfaces, of dimension p - n = 2, and \
                   where they cross J has rank one and the set is no manifold.",
            kind: Kind::Counterexample,
            standing: Standing::Overstated { by: "crossing" },
            notes: &["N3"],
            claims: |lab, c| {
                crossing(&*lab.once(experiments::crossing)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
    ]],
    controls: &[Control {
        without: "full-rank",
        refutes: "full-rank-jacobian",
        on: "p - rank J",
        says: "One of five points is another one again, with the same target: J has rank 4, and the set of zero loss has \
               dimension p - 4.",
        claims: |lab, c| {
            full_rank_jacobian(&lab.run(repeated)?.five, c);
            Ok(())
        },
        instead: |lab, c| {
            let repeated = lab.run(repeated)?;
            one_dimension_more(&repeated.five, &repeated.four, c);
            Ok(())
        },
    }],
    figures: figures::FIGURES,
    sources: &[
        ("theorems/interpolation_manifold/mod.rs", include_str!("mod.rs")),
        ("theorems/interpolation_manifold/experiments.rs", include_str!("experiments.rs")),
    ],
    trajectories,
    on_data: None,
};

/// The training and all that Newton's method finds; the decompositions take no part in it.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let (run, repeated, crossed) = (lab.run(trained)?, lab.run(repeated)?, lab.once(experiments::crossing)?);
    run.training.iter().chain(&repeated.four.training).chain(&walk(&run)).for_each(|theta| digest.fold(theta));
    for Retracted { forward, backward, .. } in retracted(&run) {
        digest.fold(&forward);
        digest.fold(&backward);
    }
    crossed.retracted.iter().for_each(|(_, theta)| digest.fold(theta));
    Ok(())
}

fn verify_full_rank(lab: &Lab) -> Result<Finding> {
    let run = lab.run(trained)?;
    let (count, reference) = (run.task.points.count(), &run.decomposition);
    Ok(Finding {
        holds: reference.rank == count && reference.sigma_least() > 0.0,
        detail: format!(
            "p = {}, n = {count}, σ_n = {:.6}, known to {:.0e}",
            run.task.network.parameters(),
            reference.sigma[count - 1],
            reference.error
        ),
    })
}

/// tanh and polynomials of the parameters; what is seen is the Lipschitz constant of J, kept on the way to a neighbour.
fn verify_smooth(lab: &Lab) -> Result<Finding> {
    let run = lab.run(trained)?;
    let rows = |theta: &[f64]| run.task.jacobian(theta).rows().flatten().copied().collect::<Vec<f64>>();
    let here = rows(run.theta());
    let moved = |v: &Vec<f64>| distance(&rows(&run.displaced(STEP, v)), &here) / STEP;
    let fastest = run.tangents.iter().chain([&run.normal]).map(moved).fold(0.0, f64::max);
    Ok(Finding {
        holds: fastest <= run.lipschitz,
        detail: format!("tanh; J changes by {fastest:.2} h in a step of h, at most Λ h = {:.2} h", run.lipschitz),
    })
}

/// **A regular point.** Kantorovich: with β = |J⁺| and ε = |F(θ) - y|, β² Λ ε ≤ 1/2 proves that a true zero lies within
/// 2 β ε of the computed θ. The implicit function theorem does the rest.
fn full_rank_jacobian(run: &Interpolation, claims: &mut Claims) {
    let Interpolation { task, decomposition, .. } = run;
    let theta = run.theta();
    let (count, all) = (task.points.count(), task.network.parameters());
    let exact = || Slack::rounding(1.0, 1.0);
    let misfit = norm(&task.residual(theta));
    claims.equal("|F(θ) - y|", misfit, 0.0, task.rounding(theta)).on("|y|", norm(&task.targets));
    let inverse = run.inverse();
    // The misfit may be as large as it is computed and rounded.
    let proof = inverse * inverse * run.lipschitz * (misfit + task.rounding(theta).total());
    claims.at_most("|J⁺|² Λ |F(θ) - y|, for a zero to be near", proof, 0.5, exact());
    claims.equal("p - rank J, against p - n", (all - decomposition.rank) as f64, (all - count) as f64, exact());
    claims.at_least(
        "σ_n over the error of the computed one",
        decomposition.sigma[count - 1] / decomposition.error,
        1.0,
        exact(),
    );
}

/// **Tangents.** F(θ + h v) - y = c_1 h + c_2 h² + c_3 h³ + .. with c_1 = J v: linear in h unless v is in the kernel.
fn tangent_directions(run: &Interpolation, claims: &mut Claims) {
    let task = &run.task;
    let misfit = |h: f64, v: &[f64]| norm(&task.residual(&run.displaced(h, v)));
    let largest = run.decomposition.sigma[0];
    // The values are rounded, and the parameters at which they are taken; θ itself is a zero up to as much.
    let rounding = || task.rounding(run.theta()).times(2.0) + Slack::rounding(2.0, largest * norm(run.theta()));
    let mut compare = |name: String, v: &[f64], order: i32| {
        let terms = task.network.taylor(run.theta(), v, &task.points);
        let at = order as usize - 1;
        let (leading, next) = (norm(&terms[at]), norm(&terms[at + 1]));
        let power = |h: f64| if order == 1 { h } else { h * h };
        claims.equal(
            format!("{name}: |F - y|/h{}, against |c_{order}|", if order == 1 { "" } else { "²" }),
            misfit(STEP, v) / power(STEP),
            leading,
            Slack::next_term(next * STEP, 2.0) + rounding().times(1.0 / power(STEP)),
        );
        // Each misfit is off by a relative error, which the logarithm takes over.
        let small = power(STEP / 2.0) * leading;
        claims.equal(
            format!("{name}: exponent of |F - y|, from h to h/2"),
            (ln(misfit(STEP, v)) - ln(misfit(STEP / 2.0, v))) / LN_2,
            f64::from(order),
            Slack::next_term(next / leading * STEP / 2.0 / LN_2, 2.0) + rounding().times(2.0 / small / LN_2),
        );
    };
    for (i, tangent) in run.tangents.iter().enumerate() {
        compare(format!("tangent {}", i + 1), tangent, 2);
    }
    compare("in the row space".to_string(), &run.normal, 1);
}

/// **The curve.** Newton's step from θ + h t is -J(θ + h t)⁺ (c_2 h² + c_3 h³), and what it leaves is of the fourth order.
/// With K the derivative of J along t, J⁺ changes by -J⁺K J⁺ + (I - J⁺J) K'(JJ')⁻¹.
fn retraction(run: &Interpolation, claims: &mut Claims) -> Result<()> {
    let task = &run.task;
    let tangent = &run.tangents[0];
    let [_, second, third] = task.network.taylor(run.theta(), tangent, &task.points);
    let back = run.pull_back(&second);
    let inverse = run.inverse();
    let bent = run.derivative_of_jacobian(tangent)?;
    let beside = run.decomposition.null_part(&bent.combination(&run.gram_solve(&second)));
    let along = run.pull_back(&difference(&third, &bent.margins(&back)));
    let next = norm(&combine(1.0, &along, &beside));
    // Newton's method ends where rounding hides the misfit, at both ends of the way.
    let slack = |h: f64| {
        task.rounding(run.theta()).times(2.0 * inverse)
            + Slack::rounding(4.0, norm(run.theta()))
            + Slack::next_term(h * h * h * next, 2.0)
    };
    let points = retracted(run);
    let step = |at: &Retracted| difference(&at.forward, &run.displaced(at.h, tangent));
    for at in &points {
        let h = at.h;
        claims
            .equal(
                format!("|θ(h) - (θ + h t) + J⁺ c_2 h²|/h², h = 2^{}", libm::log2(h)),
                norm(&combine(h * h, &back, &step(at))) / h / h,
                0.0,
                slack(h).times(1.0 / h / h),
            )
            .on("|J⁺ c_2|", norm(&back));
    }
    let [far, near] = &points[..] else { unreachable!("there are two distances") };
    let relative = |at: &Retracted| slack(at.h).times(1.0 / (at.h * at.h * norm(&back)));
    claims.equal(
        "exponent of |θ(h) - (θ + h t)|, from h to h/2",
        (ln(norm(&step(far))) - ln(norm(&step(near)))) / LN_2,
        2.0,
        (relative(far) + relative(near)).times(1.0 / LN_2),
    );
    let secant = combine(-1.0, &far.backward, &far.forward);
    claims
        .equal(
            "|(θ(h) - θ(-h))/2h - t|",
            norm(&combine(-2.0 * far.h, tangent, &secant)) / (2.0 * far.h),
            0.0,
            slack(far.h).times(1.0 / far.h),
        )
        .on("1", 1.0);
    claims
        .equal("|F(θ(h)) - y|", norm(&task.residual(&far.forward)), 0.0, task.rounding(&far.forward))
        .on("|y|", norm(&task.targets));
    // Far along the set, where no expansion reaches.
    let path = walk(run);
    let worst = path.iter().map(|theta| norm(&task.residual(theta)) / task.rounding(theta).total()).fold(0.0, f64::max);
    claims.at_most(
        "a hundred steps along the set: |F - y|, in units of its rounding",
        worst,
        1.0,
        Slack::rounding(1.0, 1.0),
    );
    let mut rank = f64::INFINITY;
    for theta in &path {
        let here = decompose(&task.jacobian(theta))?;
        rank = rank.min(here.sigma[task.points.count() - 1] / here.error);
    }
    claims.at_least(
        "a hundred steps: least σ_n over the error of the computed one",
        rank,
        1.0,
        Slack::rounding(1.0, 1.0),
    );
    Ok(())
}

/// **A crossing.** Along each surface F = y exactly. Along the sum of the two directions F - y is of second order, as
/// along a tangent, but every zero is at a distance of order h: from (h, b, h, -h tanh b) at least h.
fn crossing(run: &Crossing, claims: &mut Claims) {
    let Crossing { task, theta, decomposition, along, retracted } = run;
    let exact = || Slack::rounding(1.0, 1.0);
    let all = task.network.parameters();
    claims.equal("p - rank J at the crossing", (all - decomposition.rank) as f64, 3.0, exact());
    for (name, v) in ["u alone", "a with c"].into_iter().zip(along) {
        claims
            .equal(
                format!("|F - y| at θ + v, {name}"),
                norm(&task.residual(&combine(1.0, v, theta))),
                0.0,
                task.rounding(&combine(1.0, v, theta)) + Slack::rounding(1.0, 1.0),
            )
            .on("1", 1.0);
    }
    let both = combine(1.0, &along[0], &along[1]);
    let slope = 1.0 - tanh(CROSSING_B) * tanh(CROSSING_B);
    let misfit = norm(&task.residual(&combine(STEP, &both, theta)));
    claims.equal(
        "|F - y|/h² along both, against √2 (1 - tanh² b)",
        misfit / STEP / STEP,
        2.0_f64.sqrt() * slope,
        // The terms in h³ are equal at the two points, those in h² opposite: they cancel in the sum of squares.
        Slack::next_term(2.0_f64.sqrt() * slope * STEP * STEP, 1.0)
            + (task.rounding(theta) + Slack::rounding(4.0, STEP)).times(1.0 / STEP / STEP),
    );
    for (h, zero) in retracted {
        claims.at_least(
            format!("distance that Newton's method goes back, over h = 2^{}", libm::log2(*h)),
            distance(zero, &combine(*h, &both, theta)) / h,
            1.0,
            // A computed zero is one up to the rounding over the slope of F there, about h.
            (task.rounding(theta) + Slack::rounding(4.0, *h)).times(4.0 / h / h / slope),
        );
    }
}

/// The five equations are four: their zeros are those of the four, where J has rank 4, and so of dimension p - 4.
fn one_dimension_more(five: &Interpolation, four: &Interpolation, claims: &mut Claims) {
    let all = five.task.network.parameters();
    let exact = || Slack::rounding(1.0, 1.0);
    let rank = five.decomposition.rank as f64;
    claims.equal("rank of J with the point that comes twice", rank, 4.0, exact());
    claims.equal("p - rank J, against p - 4", all as f64 - rank, all as f64 - 4.0, exact());
    full_rank_jacobian(four, claims);
}
