//! Double descent: the exact risk of the shortest least-squares solution, below and above as many features as examples.

mod controls;
mod correlated;
mod descent;
mod draws;
mod exercises;
mod figures;
mod formulas;
mod hypotheses;
mod law;
mod live;
mod minimum;
mod on_data;
mod ridge;
mod risk;

use self::descent::{From, descents};
use self::draws::Draw;
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "double-descent",
    title: "Double descent: the shortest solution has its worst risk at as many features as examples",
    says: "Let n examples have p independent standard Gaussian features and y = Xβ + σε. Gradient descent on the squared loss from 0 \
           ends at X⁺y, whose mean excess risk is σ² p/(n - p - 1) for p ≤ n - 2 and |β|² (1 - n/p) + σ² n/(p - n - 1) for \
           p ≥ n + 2, and with noise infinite between. The peak is variance of the shortest solution: ridge regression with the best λ has none.",
    symbols: &[
        ("n, p", "examples and features, the rows and columns of X; m = min(n, p), c = |n - p|"),
        ("β, σ²", "the true weights, and the variance of the noise: y = Xβ + σε"),
        ("X⁺y", "of all w that make |Xw - y| least, the shortest"),
        ("excess risk", "E (x·w - x·β)² over a new x; |w - β|² if features are uncorrelated with variance 1"),
        (
            "bias, variance",
            "|(I - X⁺X)β|² and σ² |X⁺ε|², of which the excess risk is the sum if features are uncorrelated with variance 1",
        ),
        ("W", "the Gram matrix of the smaller side: X'X for p ≤ n, XX' for p > n; m × m"),
        ("S, p*", "|β|²/σ², and the p at which the branch p > n is least"),
        ("λ, b²", "the penalty λ|w|² of ridge regression, and the mean of |β|² over which it is averaged"),
        ("Σ, λ_i", "the covariance of correlated features, and its eigenvalues, from the largest"),
        ("s_i, η, w_0", "the eigenvalues of X'X, from the largest; step and start of gradient descent"),
    ],
    cites: &["belkin-hsu-xu-2020", "hastie-montanari-rosset-tibshirani-2022", "nakkiran-venkat-kakade-ma-2021"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[law::STEPS, risk::STEPS, minimum::STEPS, descent::STEPS, correlated::STEPS, ridge::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/double_descent/mod.rs", include_str!("mod.rs")),
        ("theorems/double_descent/formulas.rs", include_str!("formulas.rs")),
        ("theorems/double_descent/draws.rs", include_str!("draws.rs")),
        ("theorems/double_descent/law.rs", include_str!("law.rs")),
        ("theorems/double_descent/risk.rs", include_str!("risk.rs")),
        ("theorems/double_descent/minimum.rs", include_str!("minimum.rs")),
        ("theorems/double_descent/descent.rs", include_str!("descent.rs")),
        ("theorems/double_descent/correlated.rs", include_str!("correlated.rs")),
        ("theorems/double_descent/ridge.rs", include_str!("ridge.rs")),
        ("theorems/double_descent/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Draws, factorisations and descents have a fixed order of operations; the decompositions that judge them have not.
/// The first draws stand for all: each is an experiment like every other.
const DIGESTED: usize = 500;

fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let (model, sizes) = (draws::model(lab.seed()), draws::sizes(lab.seed()));
    for k in 0..DIGESTED {
        let draw = Draw::of(model, sizes[sizes.len() - 1], lab.seed(), draws::CURVE, k);
        draw.risks(&sizes).iter().for_each(|risks| digest.fold(&[risks.bias, risks.noise, risks.excess]));
    }
    for from in [From::Zero, From::Elsewhere, From::ZeroTooFast] {
        lab.run_with(from, descents)?.iter().for_each(|descent| digest.fold(&descent.run.last().w));
    }
    Ok(())
}
