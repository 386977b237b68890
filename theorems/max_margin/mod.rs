//! Gradient descent on separable data finds the maximum-margin separator.
//!
//! Soudry, Hoffer, Nacson, Gunasekar, Srebro 2018 (JMLR 19): on linearly separable data, with a
//! decreasing smooth loss of exponential tail and a step below the smoothness bound, the weights are
//! w(t) = ŵ log t + rho(t), where ŵ = argmin |w|² subject to x_n·w ≥ 1 and rho stays bounded for almost
//! every data set. The limits converge like 1/log t and prove nothing at any time that can be reached;
//! each step asserts a rate or a constant instead, against the certified ŵ.
//!
//! Labels are absorbed (x_n stands for y_n x_n), L is a sum over the points, s = log t. γ = 1/|ŵ|,
//! ŵ = Σ alpha_n x_n, p_n = γ² alpha_n, m_n = x_n·ŵ; w̃ is the limit of rho.

mod another_loss;
mod budget;
mod controls;
mod cycles;
mod descent;
mod exercises;
pub(crate) mod expansion;
pub(crate) mod experiments;
mod exponential_threshold;
mod figures;
mod finite_minimiser;
pub(crate) mod hypotheses;
mod large_steps;
mod live;
mod loss_and_shares;
mod on_data;
mod refinements;
mod regularisation_path;
mod residual;
pub(crate) mod separator;

use self::experiments::{
    Path, four_points, inseparable_points, overshooting, planted, planted_descent, polynomial_tails, too_large_a_step,
    two_points,
};
use self::large_steps::{drawn_above_the_bound, drawn_plateau, far_above_the_bound};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::flow::descent::Descent;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "max-margin",
    title: "Gradient descent on separable data finds the maximum-margin separator",
    says: "Let the points be linearly separable, the loss convex, decreasing to zero and smooth with an exponential tail, and \
           w(t) follow gradient descent with a step size below 2/(β σ_max²). Then the loss tends to zero, no finite minimiser exists, \
           w(t) = ŵ log t + rho(t) with rho bounded for almost every data set, and the direction of w tends to that of \
           ŵ = argmin |w|² subject to x_n·w ≥ 1, the maximum-margin separator.",
    symbols: &[
        ("x_n", "example n times its label, so that w classifies it correctly if x_n·w > 0"),
        (
            "L, ℓ",
            "the loss, a sum of ℓ(x_n·w) over the examples; β is the Lipschitz constant of ℓ', σ_max the largest singular value of the examples",
        ),
        (
            "ŵ, γ",
            "the shortest w with x_n·w ≥ 1 for all n, and 1/|ŵ|, the margin of its plane; margin means min x_n·w/|w|",
        ),
        ("m_n", "x_n·ŵ; the support vectors S have m_n = 1, and m_next is the least of the others"),
        (
            "alpha_n, p_n",
            "a dual solution, that is, multipliers ≥ 0 with ŵ = Σ alpha_n x_n, zero off the support, of several the one of largest \
             entropy; and p_n = γ² alpha_n",
        ),
        ("H, Hinf", "-Σ p log p and -log max p"),
        (
            "rho, w̃",
            "w - ŵ log t, and its limit in the span of the support; in the steps on gradient descent log(η t) for log t",
        ),
        ("A, λ_min", "Σ alpha_n x_n x_n' on the span of the support, and its least eigenvalue"),
        ("C, u", "γ |lim rho across ŵ|, and log t + H + 2 log γ"),
        ("η", "the step size of gradient descent; its t counts steps"),
    ],
    cites: &["soudry-2018"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[
        separator::STEPS,
        loss_and_shares::STEPS,
        residual::STEPS,
        budget::STEPS,
        descent::STEPS,
        refinements::STEPS,
        regularisation_path::STEPS,
        large_steps::STEPS,
        exponential_threshold::STEPS,
        cycles::STEPS,
        another_loss::STEPS,
    ],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/max_margin/mod.rs", include_str!("mod.rs")),
        ("theorems/max_margin/separator.rs", include_str!("separator.rs")),
        ("theorems/max_margin/loss_and_shares.rs", include_str!("loss_and_shares.rs")),
        ("theorems/max_margin/residual.rs", include_str!("residual.rs")),
        ("theorems/max_margin/budget.rs", include_str!("budget.rs")),
        ("theorems/max_margin/descent.rs", include_str!("descent.rs")),
        ("theorems/max_margin/controls.rs", include_str!("controls.rs")),
        ("theorems/max_margin/experiments.rs", include_str!("experiments.rs")),
        ("theorems/max_margin/refinements.rs", include_str!("refinements.rs")),
        ("theorems/max_margin/regularisation_path.rs", include_str!("regularisation_path.rs")),
        ("theorems/max_margin/large_steps.rs", include_str!("large_steps.rs")),
        ("theorems/max_margin/exponential_threshold.rs", include_str!("exponential_threshold.rs")),
        ("theorems/max_margin/cycles.rs", include_str!("cycles.rs")),
        ("theorems/max_margin/another_loss.rs", include_str!("another_loss.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Everything that was followed in the blind frame or by gradient descent.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let mut fold = |path: &Path| path.snapshots.iter().for_each(|at| digest.fold(&at.state));
    fold(&lab.run(planted)?.path);
    fold(&lab.once(four_points)?.run.path);
    fold(&lab.once(two_points)?.path);
    fold(&lab.once(inseparable_points)?.early);
    fold(&lab.once(inseparable_points)?.late);
    lab.run(polynomial_tails)?.iter().for_each(|tail| fold(&tail.run.path));
    let mut fold = |descent: &Descent| descent.iterates.iter().for_each(|it| digest.fold(&it.w));
    fold(&lab.run(planted_descent)?.run.descent);
    fold(&lab.run(too_large_a_step)?.run.descent);
    fold(&*lab.once(overshooting)?);
    lab.once(far_above_the_bound)?.iter().for_each(|run| fold(&run.descent));
    fold(&lab.run(drawn_above_the_bound)?.descent);
    fold(&lab.run(drawn_plateau)?.descent);
    Ok(())
}
