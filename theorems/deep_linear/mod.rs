//! Deep linear networks: what depth changes in matrix factorisation.
//!
//! X = W_N .. W_1 is fitted by gradient flow on the layers. Arora, Cohen, Hazan 2018 and Arora, Cohen, Hu, Luo 2019 found
//! the flow of X that balanced layers give, and that symmetric measurements which commute lead to the least nuclear norm at
//! every depth. Nothing of the kind holds in general: the limit may have rank one where another completion has a smaller norm.
//!
//! f(X) = Σ_k (<A_k, X> - y_k)², or Σ_Ω (X - M)², without a half; G is its gradient.

mod commuting;
mod controls;
mod coupling;
mod end_to_end;
mod exercises;
mod figures;
mod hypotheses;
mod live;
mod on_data;
mod plateaus;
mod rank;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "deep-linear",
    title: "Depth: what more layers change",
    says: "Let X = W_N .. W_1 be fitted by gradient flow on N ≥ 2 layers. Proved: balanced layers stay balanced, and then X obeys a \
           flow of its own, in which the velocity of a simple positive singular value has its size to the power 2 - 2/N as a factor; from \
           layers αI with symmetric measurements that commute and have positive semidefinite solutions, which function the limit \
           minimises among these at every α, and so the least trace as α goes to 0. The notes go on to say that \
           the limit has the least nuclear norm whatever the measurements and the depth: that is overstated.",
    symbols: &[
        (
            "N, W_j",
            "the depth, and the layers; X = W_N .. W_1, |·| is the Frobenius norm, X' the transpose of X or its velocity",
        ),
        ("f, G", "the loss, a sum of squares without a half, and its gradient in X"),
        ("D_j", "W_(j+1)' W_(j+1) - W_j W_j', the imbalance of two neighbouring layers"),
        ("α", "the size of the start, positive: layers αI, so that X(0) = α^N I"),
        ("σ_r, u, v", "singular values of X, the largest first, with their vectors"),
        ("s_1, s_2", "singular values of P_Ω(M), the observed entries with 0 for the others"),
        (
            "A_k, y_k",
            "measurements <A_k, X> = y_k, symmetric; a their eigenvalues, where there is one basis Q of eigenvectors",
        ),
        ("λ_i, ν", "eigenvalues of X, and a_i/a_1 for one measurement"),
        ("q, m", "X and the target of a network with one entry"),
        ("c, d", "the coupling of a start, and an entry that is observed"),
        ("m_1, m_2", "the larger and the smaller of two entries that are observed"),
        ("η", "the step size of gradient descent"),
    ],
    cites: &["arora-cohen-hazan-2018", "arora-2019"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[end_to_end::STEPS, plateaus::STEPS, commuting::STEPS, coupling::STEPS, rank::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/deep_linear/mod.rs", include_str!("mod.rs")),
        ("theorems/deep_linear/end_to_end.rs", include_str!("end_to_end.rs")),
        ("theorems/deep_linear/plateaus.rs", include_str!("plateaus.rs")),
        ("theorems/deep_linear/commuting.rs", include_str!("commuting.rs")),
        ("theorems/deep_linear/coupling.rs", include_str!("coupling.rs")),
        ("theorems/deep_linear/rank.rs", include_str!("rank.rs")),
        ("theorems/deep_linear/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// The flows of layers that are drawn without a linear algebra library.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let networks = [lab.run(end_to_end::balanced_networks)?, lab.run(end_to_end::unbalanced_networks)?];
    for run in networks.iter().flat_map(|networks| networks.iter()) {
        run.moments.iter().for_each(|at| digest.fold(&at.layers.entries));
    }
    for measured in lab.run(commuting::several)?.iter() {
        digest.fold(&measured.end.layers.entries);
    }
    Ok(())
}
