//! Cross-entropy on separable examples of several classes finds the multiclass support vector machine.
//!
//! Soudry, Hoffer, Nacson, Gunasekar, Srebro 2018 (JMLR 19) and Ravi, Scott, Soudry, Wang 2024: W/|W| tends to the direction of
//! Ŵ = argmin |W|² subject to <A_nj, W> ≥ 1 for all pairs (n, j), j ≠ y_n, of an example and another class, where
//! A_nj = (e_y - e_j) x_n'. With the pairs for points the constants of the binary theorem hold; but the pairs of an example have
//! one loss together, and the second order shows it.
//!
//! L is a sum, s = log t. γ = 1/|Ŵ|, Ŵ = Σ alpha_nj A_nj, p = γ² alpha; rho = W - Ŵ log t.

mod bias;
mod controls;
mod excess;
mod exercises;
mod experiments;
mod figures;
mod hypotheses;
mod loss;
mod on_data;
mod planted;
mod residual;
mod second_order;
mod separator;
mod soft_margin;
mod symmetries;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "multiclass",
    title: "Cross-entropy on several classes finds the multiclass support vector machine",
    says: "Let some W give the class of every example the highest score, and let W follow the gradient flow of cross-entropy. Then the \
           direction of W tends to that of Ŵ = argmin |W|² subject to <A_nj, W> ≥ 1 for every example n and every other class j. If the \
           examples span ℝ^d and the support pairs are independent, span the A_nj and have positive multipliers, then W = Ŵ log t + W̃ + o(1) from a start whose rows sum to zero, \
           γ|W| + log L tends to the entropy H of the multipliers, and margin and direction have the constants of the binary theorem with \
           pairs for points.",
    symbols: &[
        ("x_n, y_n", "example n, in ℝ^d, and its class, one of k"),
        ("W, W_j", "k rows of d weights, and row j: the score of class j is W_j·x"),
        (
            "A_nj",
            "(e_y - e_j) x_n' of the pair (n, j), j ≠ y_n: <A_nj, W> is the score of the class of n less that of class j",
        ),
        ("L, E_n", "Σ_n log(1 + E_n), cross-entropy, with E_n = Σ_j e^(-<A_nj, W>)"),
        ("pull", "of a pair: e^(-<A_nj, W>)/(1 + E_n); -∇L = Σ pull A_nj"),
        ("Ŵ, γ", "the shortest W with <A_nj, W> ≥ 1 for all pairs, and 1/|Ŵ|; |W| is the root of the sum of squares"),
        (
            "m_nj, S",
            "<A_nj, Ŵ>, and the support pairs, which have m_nj = 1; m_next is the least of the others, ∞ if there is none",
        ),
        (
            "alpha_nj, p, H, Hinf",
            "a dual solution: alpha_nj ≥ 0, 0 off S, with Ŵ = Σ alpha_nj A_nj, of several the one of largest entropy where no step \
             says otherwise; γ² alpha, -Σ p log p, and -log max p",
        ),
        ("rho, W̃", "W - Ŵ log t, and its limit in the span of the support"),
        (
            "A, λ_min",
            "Σ alpha_nj A_nj A_nj' on the span of the support, as a matrix of order kd, and its least eigenvalue",
        ),
        ("C, u", "γ times the length of the limit of rho across Ŵ, that is, orthogonal to it; log t + H + 2 log γ"),
        (
            "g, q, D, KL",
            "-log L; the shares of the pairs in Σ_n E_n, and -log(e^L - 1) in the steps on the loss; |W| - <Ŵ, W> γ; Σ p log(p/q)",
        ),
    ],
    cites: &["soudry-2018", "ravi-2024", "crammer-singer-2001"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[
        separator::STEPS,
        loss::STEPS,
        residual::STEPS,
        excess::STEPS,
        second_order::STEPS,
        symmetries::STEPS,
        bias::STEPS,
    ],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/multiclass/mod.rs", include_str!("mod.rs")),
        ("theorems/multiclass/soft_margin.rs", include_str!("soft_margin.rs")),
        ("theorems/multiclass/planted.rs", include_str!("planted.rs")),
        ("theorems/multiclass/experiments.rs", include_str!("experiments.rs")),
        ("theorems/multiclass/separator.rs", include_str!("separator.rs")),
        ("theorems/multiclass/loss.rs", include_str!("loss.rs")),
        ("theorems/multiclass/residual.rs", include_str!("residual.rs")),
        ("theorems/multiclass/excess.rs", include_str!("excess.rs")),
        ("theorems/multiclass/second_order.rs", include_str!("second_order.rs")),
        ("theorems/multiclass/symmetries.rs", include_str!("symmetries.rs")),
        ("theorems/multiclass/bias.rs", include_str!("bias.rs")),
        ("theorems/multiclass/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// The flow that knows nothing of the answer.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    lab.run(experiments::two_classes)?.flow.iter().for_each(|at| digest.fold(&at.state));
    Ok(())
}
