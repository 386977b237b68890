//! Steepest descent finds the largest margin in its own norm: the optimiser decides.
//!
//! Gunasekar, Lee, Soudry, Srebro 2018 (ICML): on separable data steepest descent in a norm, with the exponential loss, tends to
//! the largest margin in that norm. One identity, true at every w, says more: γ‖w‖ - g = H + KL + γ D, whose first term is
//! known before the run, whose second dies out, and whose third is what the norm and the start leave.
//!
//! Labels are absorbed, L is a sum, g = -log L, q_n = e^(-x_n·w)/L, z = Σ q_n x_n, and p are weights with ‖Σ p_n x_n‖_* = γ.

mod certificates;
mod constants;
mod controls;
pub(crate) mod descent;
mod exercises;
mod figures;
pub(crate) mod flow;
mod hypotheses;
pub(crate) mod identity;
pub(crate) mod largest_margin;
mod live;
pub(crate) mod norm;
pub(crate) mod on_data;
mod planted;
pub(crate) mod singular;
pub(crate) mod spectral;
mod ties;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "steepest-descent",
    title: "Which norm the margin is measured in: the optimiser decides",
    says: "Let the points be linearly separable, the loss exponential, and let w move in the direction of steepest ascent of -log L in \
           some norm: l2 is normalised gradient descent, l_inf sign descent, l1 coordinate descent. The margin min x_n·w/‖w‖ tends to the \
           largest one in that norm, γ. At every w, γ‖w‖ + log L = H + KL + γ D, with H the entropy of the dual solution p, KL its \
           divergence from the shares q of the points in the gradient, and D = ‖w‖ - Σ p_n x_n·w/γ. Along the flow, if p is unique and positive on \
           independent support vectors, the left side tends to H in l2, and in any norm (w'Qw)^(1/2), from any start. In l1 and l_inf, if p and ŵ are unique, it tends to H \
           plus a constant of the start, provided that coordinates that ŵ does not use in l1 never move, and those at the bound in l_inf \
           never turn back or stop.",
    symbols: &[
        ("x_n, N", "example n times its label, and how many there are"),
        ("‖w‖, ‖z‖_*", "a norm and its dual, the largest v·z over ‖v‖ ≤ 1; Q is (w'Qw)^(1/2)"),
        ("g, L", "-log L, and the loss Σ e^(-x_n·w)"),
        ("q_n, z", "e^(-x_n·w)/L, the share of point n in the gradient, and Σ q_n x_n, the gradient of g"),
        ("γ, ŵ", "the largest margin min x_n·w/‖w‖, and the w of norm one that has it"),
        ("p_n, H, Hinf", "a dual solution: weights of sum one with ‖Σ p_n x_n‖_* = γ; -Σ p log p, and -log max p"),
        ("KL, D", "Σ p_n log(p_n/q_n), and ‖w‖ - Σ p_n x_n·w/γ"),
        ("τ, η", "the time of the normalised flow, in which ‖dw/dτ‖ = 1, and the length of a step"),
        ("B", "max ‖x_n‖_*"),
        ("m_next, κ, q_next", "x_n·ŵ/γ of the nearest point beside the support vectors, m_next - 1, and its share"),
        ("r", "the limit of w - ŵ (g + H)/γ"),
    ],
    cites: &["gunasekar-geometry-2018", "nacson-2019", "tsilivis-2025"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[certificates::STEPS, identity::STEPS, flow::STEPS, descent::STEPS, constants::STEPS, ties::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/steepest_descent/mod.rs", include_str!("mod.rs")),
        ("theorems/steepest_descent/norm.rs", include_str!("norm.rs")),
        ("theorems/steepest_descent/singular.rs", include_str!("singular.rs")),
        ("theorems/steepest_descent/spectral.rs", include_str!("spectral.rs")),
        ("theorems/steepest_descent/largest_margin.rs", include_str!("largest_margin.rs")),
        ("theorems/steepest_descent/planted.rs", include_str!("planted.rs")),
        ("theorems/steepest_descent/certificates.rs", include_str!("certificates.rs")),
        ("theorems/steepest_descent/identity.rs", include_str!("identity.rs")),
        ("theorems/steepest_descent/flow.rs", include_str!("flow.rs")),
        ("theorems/steepest_descent/descent.rs", include_str!("descent.rs")),
        ("theorems/steepest_descent/constants.rs", include_str!("constants.rs")),
        ("theorems/steepest_descent/ties.rs", include_str!("ties.rs")),
        ("theorems/steepest_descent/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// The flows, the descents and the ties; γ, which comes from elsewhere, decides on where they stop and how long their steps are.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    lab.run(ties::tied)?.runs.iter().for_each(|(_, _, w)| digest.fold(w));
    digest.fold(&lab.run(controls::cycle)?.twice[0]);
    Ok(())
}
