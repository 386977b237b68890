//! The norm in which the margin is measured is the architecture's: the same data, the same loss, another limit.

mod exercises;
mod figures;
mod largest_margin;
mod norm;
mod on_data;
mod one_point;
mod product;
mod two_points;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "architecture-norm",
    title: "Which norm the margin is measured in: the architecture decides",
    says: "Linear networks whose layers are multiplied differently compute the same functions w·x. On the planted data, from the \
           planted starts, the gradient flow of the exponential loss takes a fully connected network to the direction of the \
           largest margin in l2, a diagonal one of depth 2 to that in l1, and a convolutional one of depth 2, on one point, to that \
           in the l1 norm of the Fourier coefficients. With three equal layers or more on one point the start of a diagonal network \
           decides.",
    symbols: &[
        ("w, q_n", "the predictor, a function of the parameters θ, and its margins x_n·w; labels are absorbed in x_n"),
        ("L, g", "the loss Σ e^(-q_n), and -log L, by which the flow is clocked"),
        (
            "D, κ",
            "the number of layers, and the length of what the row of the first one has outside the span of the data",
        ),
        ("ŵ, γ₂", "the shortest w in l2 with all x_n·w ≥ 1, and 1/|ŵ|"),
        ("β, λ, γ₁", "the shortest in l1, its multipliers, and 1/|β|₁"),
        ("p_n, H", "the multipliers over their sum, the limit of the shares e^(-q_n)/L, and -Σ p log p"),
        ("z", "the third entry of Σ λ_n x_n, of the coordinate that β does not use"),
        ("u", "each of the equal layers of a diagonal network on one point"),
        ("x̂_k, ŵ_k, m", "entries, or discrete Fourier coefficients, and the k at which |x̂_k| is largest"),
        (
            "A_k, E_k",
            "û_k + e^(iφ) conj v̂_k at the start, with the phase φ of x̂_k (u_k + v_k sign x_k for entries), and |A_k|²/4, which grows to nearly |ŵ_k|",
        ),
    ],
    cites: &["ji-telgarsky-layers-2019", "lyu-li-2020", "ji-telgarsky-2020", "gunasekar-convolution-2018"],
    hypotheses: two_points::HYPOTHESES,
    steps: &[two_points::STEPS, one_point::STEPS],
    controls: two_points::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/architecture_norm/mod.rs", include_str!("mod.rs")),
        ("theorems/architecture_norm/norm.rs", include_str!("norm.rs")),
        ("theorems/architecture_norm/one_point.rs", include_str!("one_point.rs")),
        ("theorems/architecture_norm/product.rs", include_str!("product.rs")),
        ("theorems/architecture_norm/two_points.rs", include_str!("two_points.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Every flow; ŵ alone comes from elsewhere, and no flow but the first one's start knows it.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let data = lab.run(two_points::two_points)?;
    data.linear.moments.iter().chain(&data.diagonal.moments).for_each(|at| digest.fold(&at.theta));
    let mut one_point = vec![lab.run(one_point::entries)?, lab.run(one_point::convolution)?];
    for depth in one_point::DEPTHS {
        one_point.push(lab.run_with(depth, one_point::deep_entries)?);
    }
    one_point.iter().flat_map(|data| &data.moments).for_each(|at| digest.fold(&at.theta));
    Ok(())
}
