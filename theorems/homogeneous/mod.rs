//! The direction of a homogeneous network tends to that of a KKT point of the problem of the largest margin.

mod controls;
mod exercises;
pub(crate) mod experiments;
mod figures;
mod hypotheses;
mod identities;
mod kinks;
mod kkt;
mod kkt_points;
mod live;
mod modes;
mod on_data;
mod optimality;
mod rank_one;
mod rates;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "homogeneous",
    title: "Homogeneous networks tend to KKT points of the largest margin",
    says: "Let the margins q_n be homogeneous of degree D > 0 in the parameters θ and locally Lipschitz with a chain rule, and let \
           the flow of the exponential loss reach L < 1. From there on the smoothed margin -log L/|θ|^D never falls, the loss \
           tends to zero, and every limit direction of θ is that of a KKT point of min |θ|²/2 subject to q_n ≥ 1.",
    symbols: &[
        ("θ, D", "the parameters, and the degree of the margins in them"),
        ("q_n", "y_n f(x_n): the output of the network at example n times its label"),
        ("L, g", "the loss Σ e^(-q_n), and -log L, by which the flow is clocked; t is its time"),
        ("γ̃, γ̄", "the smoothed margin g/|θ|^D and the margin min q_n/|θ|^D"),
        ("θ*, λ_n, γ", "the KKT point with q_n ≥ 1, its multipliers, and |θ*|^-D, its margin"),
        (
            "p_n",
            "the shares e^(-q_n)/L of the gradient, which tend to λ_n/Σ λ; H and Hinf are -Σ p log p and -log max p of the limit",
        ),
        ("τ", "the tangent of the angle between θ and ∇g"),
        (
            "B, μ, c_k",
            "Σ λ_n ∇²q_n at θ*; an eigenvalue of I - B on the vectors tangent to all constraints, a mode; the component of θ along it",
        ),
        ("ζ_n", "the shares are p_n + ζ_n/g to first order"),
        ("ε, δ", "the residuals of the KKT conditions at θ/(min q)^(1/D), after Lyu and Li"),
        ("ρ", "max |x_n|, or its square for a network that is quadratic in x"),
    ],
    cites: &["lyu-li-2020", "ji-telgarsky-2020", "vardi-shamir-srebro-2022"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[identities::STEPS, kkt_points::STEPS, rates::STEPS, optimality::STEPS, kinks::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/homogeneous/mod.rs", include_str!("mod.rs")),
        ("theorems/homogeneous/identities.rs", include_str!("identities.rs")),
        ("theorems/homogeneous/kkt.rs", include_str!("kkt.rs")),
        ("theorems/homogeneous/kkt_points.rs", include_str!("kkt_points.rs")),
        ("theorems/homogeneous/modes.rs", include_str!("modes.rs")),
        ("theorems/homogeneous/rates.rs", include_str!("rates.rs")),
        ("theorems/homogeneous/optimality.rs", include_str!("optimality.rs")),
        ("theorems/homogeneous/kinks.rs", include_str!("kinks.rs")),
        ("theorems/homogeneous/controls.rs", include_str!("controls.rs")),
        ("theorems/homogeneous/experiments.rs", include_str!("experiments.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Every flow by the loss clock.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for run in identities::all(lab)? {
        run.moments.iter().for_each(|at| digest.fold(&at.theta));
    }
    Ok(())
}
