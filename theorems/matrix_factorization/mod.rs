//! Gradient descent on the factors of a matrix: what it conserves, when it finds the least nuclear norm, and when not.
//!
//! Gunasekar, Woodworth, Bhojanapalli, Neyshabur, Srebro 2017 (NeurIPS): X = UU' is fitted to measurements by
//! gradient flow on U from a small start. They *conjecture* that the limit has the least nuclear norm of all positive
//! semidefinite solutions, and prove it for measurements that commute. Li, Luo, Lyu 2021 (ICLR) refute the conjecture: from a
//! vanishing start the flow adds one rank after the other.
//!
//! f = Σ_Ω (X - M)² without a half, G = 2 P_Ω(X - M); U̇ = -GV, V̇ = -G'U in plain time t; D = U'U - V'V.

mod commuting;
mod controls;
mod discrete;
mod exercises;
mod exponents;
mod figures;
mod hypotheses;
mod identities;
mod live;
mod margins;
mod modes;
mod norms;
mod obstructions;
pub(crate) mod on_data;
mod path_length;
mod recovery;
mod spectra;
mod zeros;

use self::commuting::one;
use self::identities::{balanced, squares, unbalanced};
use self::modes::modes;
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "matrix-factorization",
    title: "Gradient descent on factors, and the least nuclear norm",
    says: "Let X = UV' be fitted to the observed entries of M by gradient flow on U and V. Proved: the flow of X, the \
           conservation of D = U'U - V'V, the law of the determinant; and that from αI with symmetric measurements of X = UU' \
           that commute the limit tends, as α goes to 0, to one of least nuclear norm among the positive semidefinite \
           solutions, if there are any. \
           Conjectured in 2017 for all measurements, and refuted in 2021. Entries that share a row or a column do not commute.",
    symbols: &[
        ("M, Ω, P_Ω", "the matrix, its observed entries, and the projection that sets the others to 0"),
        ("U, V, r", "factors with r columns, X = UV'; |·| is the Frobenius norm, X' the transpose of X"),
        ("f, G", "Σ_Ω (X - M)², and 2 P_Ω(X - M), its gradient in X; the flow is U̇ = -GV, V̇ = -G'U"),
        ("D", "U'U - V'V, the imbalance; a start with D = 0 is balanced"),
        ("W", "UV^-1 for square factors; the polar factor of X if they are balanced"),
        ("α", "the size of the start: identity start U = V = αI, lifted start U = [αI, 0], V = [0, αI]"),
        ("A_k, y_k", "measurements <A_k, X> = y_k of a positive semidefinite X = UU'"),
        ("λ_i, ν", "eigenvalues of X, and the multiplier in λ_i = α² e^(ν a_i) for one measurement Q diag(a) Q'"),
        (
            "L, γ, π, κ_i",
            "Σ_n e^(-m_n) with m_n = <A_n, X>, its largest margin for |X|_* = 1, the dual shares there, and the eigenvalues of Σ π_n A_n over γ",
        ),
        ("η", "the step size of gradient descent"),
    ],
    cites: &["gunasekar-2017", "li-luo-lyu-2021"],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[
        zeros::STEPS,
        identities::STEPS,
        discrete::STEPS,
        norms::STEPS,
        commuting::STEPS,
        exponents::STEPS,
        obstructions::STEPS,
        path_length::STEPS,
        modes::STEPS,
        spectra::STEPS,
        margins::STEPS,
        recovery::STEPS,
    ],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: live::LIVE,
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/matrix_factorization/mod.rs", include_str!("mod.rs")),
        ("theorems/matrix_factorization/zeros.rs", include_str!("zeros.rs")),
        ("theorems/matrix_factorization/identities.rs", include_str!("identities.rs")),
        ("theorems/matrix_factorization/discrete.rs", include_str!("discrete.rs")),
        ("theorems/matrix_factorization/norms.rs", include_str!("norms.rs")),
        ("theorems/matrix_factorization/commuting.rs", include_str!("commuting.rs")),
        ("theorems/matrix_factorization/exponents.rs", include_str!("exponents.rs")),
        ("theorems/matrix_factorization/obstructions.rs", include_str!("obstructions.rs")),
        ("theorems/matrix_factorization/path_length.rs", include_str!("path_length.rs")),
        ("theorems/matrix_factorization/modes.rs", include_str!("modes.rs")),
        ("theorems/matrix_factorization/spectra.rs", include_str!("spectra.rs")),
        ("theorems/matrix_factorization/margins.rs", include_str!("margins.rs")),
        ("theorems/matrix_factorization/recovery.rs", include_str!("recovery.rs")),
        ("theorems/matrix_factorization/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// The flows without a decomposition in them.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for run in [&*lab.run(balanced)?, &*lab.run(unbalanced)?, &*lab.run(squares)?, &lab.run(modes)?.run] {
        for at in &run.moments {
            digest.fold(&at.factors.u);
            digest.fold(&at.factors.v);
        }
    }
    lab.run(one)?.iter().for_each(|(_, end)| digest.fold(&end.lambda));
    Ok(())
}
