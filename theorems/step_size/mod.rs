//! What the step size of gradient descent changes: nothing, the path, or the limit.

mod classification;
mod controls;
mod exercises;
mod figures;
mod hyperbola;
mod large;
mod linear;
mod on_data;
mod path;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "step-size",
    title: "What the step size changes: nothing, the path, or the limit",
    says: "On least squares the limit of gradient descent is the same for all schedules of steps between 0 and 2/σ_1² that \
           stay away from both. On (p,a), (p,-b) with a b > 3p² > 0 and the logistic loss a stable step rescales time, by \
           a formal expansion, and where points lie outside the span of the support vectors, the residual may depend on the \
           step. In a fixed time the path on a smooth loss differs from the flow's by amounts with a known expansion in η. On \
           (u v - 1)²/2 the step decides: for almost every start a minimum that gradient descent converges to has u² + v² ≤ \
           2/η.",
    symbols: &[
        ("η, T", "the step size, and the time T = K η of the flow that K steps are worth"),
        ("L, g, H, T₃", "the loss, its gradient, its Hessian and its third derivative"),
        ("ŵ, w̃, γ", "the shortest w of margin 1, the limit of w - ŵ log T, and 1/|ŵ|"),
        ("λ, x, y", "an eigenvalue of the Hessian of a quadratic loss, x = η λ, y = λ T"),
        ("u, v; e, s", "on (u v - 1)²/2 the weights; e = u v - 1, and s = u² + v², the sharpness of a minimum"),
    ],
    cites: &["barrett-dherin-2021", "wu-bartlett-telgarsky-yu-2024"],
    hypotheses: controls::HYPOTHESES,
    steps: &[linear::STEPS, classification::STEPS, path::STEPS, large::STEPS, hyperbola::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/step_size/mod.rs", include_str!("mod.rs")),
        ("theorems/step_size/linear.rs", include_str!("linear.rs")),
        ("theorems/step_size/classification.rs", include_str!("classification.rs")),
        ("theorems/step_size/path.rs", include_str!("path.rs")),
        ("theorems/step_size/hyperbola.rs", include_str!("hyperbola.rs")),
        ("theorems/step_size/large.rs", include_str!("large.rs")),
        ("theorems/step_size/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Every descent and every flow.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for run in &lab.run(linear::schedules)?.runs {
        digest.fold(&run.early);
        digest.fold(&run.late);
    }
    lab.run(hyperbola::samples)?.iter().for_each(|sample| sample.fold(digest));
    Ok(())
}
