//! The networks that fit the data are a manifold of dimension p - n, where the Jacobian has rank n.
//!
//! F maps the p parameters of a network to its values at n points. Where F = y and the Jacobian J of F has rank n, the
//! implicit function theorem makes the set {F = y} a manifold of dimension p - n near there, with the kernel of J as its
//! tangent space. Course notes count p - n for every network that can fit n points.

mod controls;
mod crossing;
mod exercises;
mod experiments;
mod figures;
mod hypotheses;
mod regular;
mod retraction;
mod worst;

use self::experiments::{STEP, repeated, trained, walk};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "interpolation-manifold",
    title: "Where the Jacobian has full rank the networks of zero loss are a manifold of dimension p - n",
    says: "Let F: ℝ^p → ℝ^n map the parameters of a network to its values at n points, let it be smooth, and let F(θ) = y. If \
           the Jacobian J of F at θ has rank n, then near θ the parameters of zero loss are a manifold of dimension p - n, \
           and its tangent space at θ is the kernel of J.",
    symbols: &[
        ("θ, p, n", "parameters of zero loss, how many there are, and how many points they fit"),
        ("F, y, J", "the values at the points, the targets, and the n × p matrix of derivatives of F at θ"),
        ("σ_n, J⁺", "the least singular value of J, and its pseudoinverse"),
        ("t", "a unit vector of the kernel of J"),
        ("F_1, F_2, ..", "the Taylor coefficients of h -> F(θ + h v), for the direction v at hand"),
        (
            "θ(h), ν_2, ν_3",
            "where Newton's method ends from θ + h t, and θ(h) = θ + h t - ν_2 h² - ν_3 h³ + .., ν_2 = J⁺ F_2",
        ),
        ("Λ", "a Lipschitz constant of J within a distance of 1 from θ"),
    ],
    cites: &["lee-2013", "cooper-2018"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[regular::STEPS, retraction::STEPS, crossing::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/interpolation_manifold/mod.rs", include_str!("mod.rs")),
        ("theorems/interpolation_manifold/regular.rs", include_str!("regular.rs")),
        ("theorems/interpolation_manifold/retraction.rs", include_str!("retraction.rs")),
        ("theorems/interpolation_manifold/crossing.rs", include_str!("crossing.rs")),
        ("theorems/interpolation_manifold/controls.rs", include_str!("controls.rs")),
        ("theorems/interpolation_manifold/experiments.rs", include_str!("experiments.rs")),
        ("theorems/interpolation_manifold/worst.rs", include_str!("worst.rs")),
    ]),
    trajectories,
    on_data: None,
};

/// The training and all that Newton's method finds by itself; the decompositions take no part in it.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let (run, repeated, crossed) = (lab.run(trained)?, lab.run(repeated)?, lab.run(experiments::crossing)?);
    run.training.iter().chain(&repeated.distinct.training).chain(&walk(&run)).for_each(|theta| digest.fold(theta));
    for tangent in &run.tangents {
        digest.fold(&run.task.retract(&run.displaced(STEP, tangent)));
    }
    crossed.mixtures.iter().for_each(|mixture| digest.fold(&mixture.end));
    Ok(())
}
