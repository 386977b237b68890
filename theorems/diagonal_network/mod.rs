//! The gradient flow of a diagonal network minimises a potential between the l1 norm and the l2 norm.
//!
//! Woodworth, Gunasekar, Lee, Moroshko, Savarese, Golan, Soudry, Srebro 2020 (COLT): with β = u² - v² and
//! u = v = α ω at the start, the flow of 1/2 |X β - y|² ends, if it fits the data, at the minimiser of the
//! hyperbolic entropy Q of size α² ω² among all β that fit. As α goes to 0 that is the solution of least l1 norm, as α
//! grows that of least l2 norm weighted by the shape; asserted are the rates and constants of both limits.
//!
//! g = X'(X β - y), a = α² ω², s = arcsinh(β/2a), L = 2 log(1/α); S is the support of the solution of least l1 norm.

mod controls;
mod depth;
mod discrete;
mod entropy;
mod exercises;
mod figures;
mod hypotheses;
mod invariants;
mod kernel;
mod live;
mod network;
mod on_data;
mod recovery;
mod rich;
mod saddles;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "diagonal-network",
    title: "Diagonal networks: between the least l1 norm and the least l2 norm",
    says: "Let β = u² - v² with u = v = α ω at the start, no entry of ω being 0, under the gradient flow of \
           1/2 |X β - y|², and let X β = y have a solution. Then β tends to the solution that minimises \
           Q(β) = Σ β_i arcsinh(β_i/2a_i) - √(β_i² + 4a_i²) + 2a_i, a = α² ω². As α tends to 0 the l1 norm of this limit tends to the \
           least one; as α grows the limit tends to the solution of least Σ β_i²/ω_i².",
    symbols: &[
        ("u, v", "the weights; β = u² - v², of depth D, β = u^D - v^D, with squares and powers of each coordinate"),
        ("α, ω", "size and shape of the start, u = v = α ω"),
        ("a, s", "u v, which stays at α² ω², and arcsinh(β/2a)"),
        ("Q", "Σ β arcsinh(β/2a) - √(β² + 4a²) + 2a, the hyperbolic entropy"),
        ("g", "X'(X β - y)"),
        ("β*, S", "the solution of least l1 norm, and the coordinates where it is not 0; X_S are their columns"),
        ("ν, μ", "vectors with an entry for each example: x_j·ν is the inner product of ν with column j of X"),
        (
            "β2, P",
            "the solution of least Σ β²/ω², and the projection on the null space of X along W times the row space, W = diag(ω²)",
        ),
        ("η", "the step of gradient descent on the weights; its k counts steps"),
        ("h, t*", "a null vector of X, and the largest of -sgn(β*)·h_S over |h off S|_1"),
    ],
    cites: &["woodworth-2020"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[
        invariants::STEPS,
        entropy::STEPS,
        rich::STEPS,
        kernel::STEPS,
        discrete::STEPS,
        depth::STEPS,
        saddles::STEPS,
        recovery::STEPS,
    ],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/diagonal_network/mod.rs", include_str!("mod.rs")),
        ("theorems/diagonal_network/network.rs", include_str!("network.rs")),
        ("theorems/diagonal_network/invariants.rs", include_str!("invariants.rs")),
        ("theorems/diagonal_network/entropy.rs", include_str!("entropy.rs")),
        ("theorems/diagonal_network/rich.rs", include_str!("rich.rs")),
        ("theorems/diagonal_network/kernel.rs", include_str!("kernel.rs")),
        ("theorems/diagonal_network/discrete.rs", include_str!("discrete.rs")),
        ("theorems/diagonal_network/depth.rs", include_str!("depth.rs")),
        ("theorems/diagonal_network/saddles.rs", include_str!("saddles.rs")),
        ("theorems/diagonal_network/controls.rs", include_str!("controls.rs")),
        ("theorems/diagonal_network/on_data.rs", include_str!("on_data.rs")),
        ("theorems/diagonal_network/recovery.rs", include_str!("recovery.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Everything that was followed or stepped: the linear algebra behind it is elimination in a fixed order.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let run = lab.run(invariants::conserved)?;
    run.weights.fine.iter().chain(&run.mirror.fine).for_each(|state| digest.fold(state));
    lab.run(entropy::ends)?.iter().for_each(|end| digest.fold(&end.run.beta));
    lab.run(saddles::jumps)?.iter().flat_map(|run| &run.flow.fine).for_each(|state| digest.fold(state));
    digest.fold(&lab.run(discrete::descents)?.large.beta());
    for deep in lab.run(depth::deep)?.iter().chain(lab.run(depth::of_two_equations)?.iter()) {
        digest.fold(&deep.run.beta);
    }
    Ok(())
}
