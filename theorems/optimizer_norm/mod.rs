//! Which norm the optimiser chooses, when the parameters are a matrix: gradient descent, sign descent, Adam, coordinate descent and
//! Muon on the same data of several classes.
//!
//! Steepest descent in the spectral norm moves along the polar factor of the gradient, and that is Muon without its
//! approximations. The identity of steepest descent holds in this norm too, and gives its constants; what momentum, five
//! Newton-Schulz steps in the place of the polar factor, eps and long steps do to it is what the rest is about.

mod controls;
mod eps;
mod exercises;
mod figures;
mod hypotheses;
mod kinds;
mod long_steps;
mod momentum;
mod muon;
mod newton_schulz;
mod on_data;
mod optimiser_table;
mod optimizers;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "optimizer-norm",
    title: "Which norm the optimiser chooses: Muon and the others",
    says: "Let examples of several classes be separable by W, and let the loss be Σ e^(-<A_n, W>) over their pairs A_n = (e_y - e_j) x'. \
           With steps of Σ η = ∞ and Σ η² < ∞, full batch and from 0, the margin min <A_n, W>/‖W‖ tends to the largest in l_inf for sign \
           descent, in l1 for coordinate descent, in the spectral norm for Muon, if its polar factor is exact, and in the Frobenius norm \
           for normalised gradient descent. Formally, it does so in l_inf for Adam with eps = 0, β ≤ β_2 and steps η/t^(1/2), if one W \
           alone has the largest. With five Newton-Schulz steps, with eps > 0, with momentum above a threshold, or with constant steps, \
           Muon can end elsewhere.",
    symbols: &[
        ("x_n, y, k, d", "an example in ℝ^d, and its class, of k"),
        ("A_n, N", "(e_y - e_j) x' for an example of class y and another class j, and the number of such pairs"),
        ("W", "the k×d matrix of the classifier"),
        ("|W|_op, |Z|_nuclear", "the largest singular value, and the sum of the singular values"),
        ("g, L", "-log L, and the loss Σ e^(-<A_n, W>)"),
        ("q_n, Z", "e^(-<A_n, W>)/L, and Σ q_n A_n, the gradient of g"),
        ("γ, W*", "the largest margin min <A_n, W>/‖W‖, and the W of norm one that has it"),
        ("p_n, Z*, H", "weights of sum one with ‖Σ p_n A_n‖_* = γ, that sum, and -Σ p log p"),
        ("KL, D", "Σ p_n log(p_n/q_n), and ‖W‖ - <Z*, W>/γ"),
        ("η, B", "the length of a step, and max ‖A_n‖_*"),
        ("J", "((0, -1), (1, 0))"),
    ],
    cites: &["fan-2025", "gunasekar-geometry-2018", "wang-2022"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[muon::STEPS, optimiser_table::STEPS, long_steps::STEPS, newton_schulz::STEPS, eps::STEPS, momentum::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/optimizer_norm/mod.rs", include_str!("mod.rs")),
        ("theorems/optimizer_norm/kinds.rs", include_str!("kinds.rs")),
        ("theorems/optimizer_norm/optimizers.rs", include_str!("optimizers.rs")),
        ("theorems/optimizer_norm/muon.rs", include_str!("muon.rs")),
        ("theorems/optimizer_norm/optimiser_table.rs", include_str!("optimiser_table.rs")),
        ("theorems/optimizer_norm/long_steps.rs", include_str!("long_steps.rs")),
        ("theorems/optimizer_norm/newton_schulz.rs", include_str!("newton_schulz.rs")),
        ("theorems/optimizer_norm/eps.rs", include_str!("eps.rs")),
        ("theorems/optimizer_norm/momentum.rs", include_str!("momentum.rs")),
        ("theorems/optimizer_norm/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// No steps of these runs come out of a linear algebra library; γ, which does, decides on how long they are.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let muons = lab.run(muon::muons)?;
    muons.both().iter().for_each(|muon| digest.fold(&muon.run.end().w));
    Ok(())
}
