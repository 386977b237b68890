//! Gradient flow that is stopped at time t, beside ridge regression with the penalty λ = 1/t.

mod constants;
mod controls;
mod estimators;
mod exercises;
mod figures;
mod on_data;
mod risks;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "early-stopping",
    title: "To stop the flow of least squares early is nearly to regularise by ridge",
    says: "Let y = X β + noise with uncorrelated noise of mean 0 and variance σ² > 0. The gradient flow of |X b - y|²/2n from 0, \
           stopped at time t, has at most c = 1.68590.. times the risk of ridge with λ = 1/t, of estimation and in the sample, and c is sharp. If β has an isotropic prior and λ is the \
           best for it, the flow at t = 1/λ has at most 1.21467 times the mean risk.",
    symbols: &[
        ("X, y, n, d", "n examples in ℝ^d as rows, their targets; the loss is |X b - y|²/2n"),
        ("s_i, v_i, x_i", "eigenvalues and eigenvectors of X'X/n; x_i = t s_i"),
        ("t, λ", "the time at which the flow is stopped, and the penalty λ|b|²/2 of ridge; λ = 1/t"),
        ("β, σ²", "the signal and the variance of the noise in y = X β + noise"),
        ("c, x_*", "the largest ((1 - e^-x)(1 + x)/x)² of all x > 0, and where it is"),
        ("τ²", "the variance of each entry of β under an isotropic prior"),
    ],
    cites: &["ali-kolter-tibshirani-2019"],
    hypotheses: controls::HYPOTHESES,
    steps: &[risks::STEPS, constants::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/early_stopping/mod.rs", include_str!("mod.rs")),
        ("theorems/early_stopping/constants.rs", include_str!("constants.rs")),
        ("theorems/early_stopping/estimators.rs", include_str!("estimators.rs")),
        ("theorems/early_stopping/risks.rs", include_str!("risks.rs")),
        ("theorems/early_stopping/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Both estimators: no decomposition has touched them.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for (_, flow, ridge) in &lab.run(risks::paths)?.seen {
        digest.fold(&flow.b);
        digest.fold(&ridge.b);
    }
    let instances = lab.run(risks::instances)?;
    let columns = instances.iter().flat_map(|run| run.flow.columns.iter().chain(&run.ridge.columns));
    columns.for_each(|column| digest.fold(column));
    Ok(())
}
