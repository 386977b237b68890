//! Underdetermined least squares: gradient descent picks the zero of the loss that is nearest to its start.
//!
//! The loss is 1/2 |X w - y|² with X of n rows in R^d, singular values σ_i and right singular vectors v_i. Every iterate
//! of w <- w - η X'(X w - y) is known: w_k = w∞ + Σ (1 - η σ_i²)^k <v_i, w_0 - w∞> v_i with
//! w∞ = X⁺ y + (I - X⁺X) w_0. Nothing here is asymptotic, so that what is asserted is equality, to rounding.

mod controls;
mod exercises;
pub(crate) mod experiments;
mod figures;
mod hypotheses;
pub(crate) mod iterates;
mod limit;
mod on_data;
mod rates;
mod zeros;

use self::experiments::{inconsistent, one_example, other_geometry, overshooting, rates, starts, threshold};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "least-squares",
    title: "Of all zeros of the squared loss gradient descent finds the nearest to its start",
    says: "Let some w satisfy X w = y. Then the w of zero loss are an affine subspace of dimension d - rank X, and gradient \
           descent with 0 < η < 2/σ_1² converges to that point of it which is nearest to the start: \
           w∞ = X⁺ y + (I - X⁺X) w_0, at the rate max |1 - η σ_i²| < 1 or faster. From w_0 in the row space of X this is the \
           shortest of all w with X w = y.",
    symbols: &[
        ("X, y", "n examples in ℝ^d as the rows of a matrix, and their targets; the loss is 1/2 |X w - y|²"),
        ("σ_i, v_i", "the positive singular values of X, decreasing, and its right singular vectors; r = rank X"),
        ("X⁺", "the pseudoinverse; I - X⁺X is the orthogonal projection onto the null space of X"),
        ("η, w_k", "the step size of gradient descent, and its weights after k steps"),
        ("w∞", "X⁺ y + (I - X⁺X) w_0"),
        ("q_i", "1 - η σ_i²"),
        ("c_i", "<v_i, w_0 - w∞>"),
    ],
    cites: &["landweber-1951"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[zeros::STEPS, iterates::STEPS, rates::STEPS, limit::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/least_squares/mod.rs", include_str!("mod.rs")),
        ("theorems/least_squares/zeros.rs", include_str!("zeros.rs")),
        ("theorems/least_squares/iterates.rs", include_str!("iterates.rs")),
        ("theorems/least_squares/rates.rs", include_str!("rates.rs")),
        ("theorems/least_squares/limit.rs", include_str!("limit.rs")),
        ("theorems/least_squares/controls.rs", include_str!("controls.rs")),
        ("theorems/least_squares/experiments.rs", include_str!("experiments.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// The problems are built and the steps taken in a fixed order of operations; the decompositions are not.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let (starts, rates, threshold) = (lab.run(starts)?, lab.run(rates)?, lab.run(threshold)?);
    let mut runs = vec![&starts.from_zero, &starts.from_row_space, &starts.from_anywhere, &threshold.without_component];
    runs.extend(rates.iter().chain(&threshold.runs));
    let others = (lab.run(overshooting)?, lab.run(inconsistent)?, lab.run(other_geometry)?, lab.run(one_example)?);
    runs.extend([&*others.0, &others.1.run, &*others.2, &others.3.descent]);
    let iterates = runs.iter().flat_map(|run| &run.iterates).chain(&others.3.adagrad);
    iterates.for_each(|at| digest.fold(&at.w));
    Ok(())
}
