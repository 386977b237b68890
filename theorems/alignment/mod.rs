//! Whether what gradient descent prefers is what one looks for: the same two norms on sparse and on dense truths.

mod contest;
mod controls;
mod dense;
mod exercises;
mod figures;
mod hypotheses;
mod least_l2;
mod problem;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::exercise::exercises;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Theorem, sources};

pub static THEOREM: Theorem = Theorem {
    id: "alignment",
    title: "Is the preferred solution the right one?",
    says: "Let y = X β with isotropic Gaussian rows, fewer than unknowns. The solution β̂2 of least l2 norm, which gradient descent \
           on the weights from 0 prefers, leaves on average the same share 1 - n/d of every truth that does not depend on X. On \
           the sparse truths of the experiment, with n half and three quarters of d, the solution β̂1 of least l1 norm, which it \
           prefers on a diagonal network from a vanishing start, is nearer more often than not; of a Gaussian truth its \
           |β̂1 - β|² is larger by |β̂1 - β̂2|² on average.",
    symbols: &[
        ("X, y, β", "n measurements of d unknowns, and the truth"),
        ("β̂1, β̂2", "the solutions of X β = y of least l1 and of least l2 norm"),
        ("share left", "|β̂ - β|²/|β|², the error on a new isotropic x over that of 0"),
        ("z", "β̂1 - β̂2, which X does not see"),
        ("Φ", "the distribution function of the standard normal law"),
    ],
    cites: &[],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[least_l2::STEPS, contest::STEPS, dense::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    live: &[],
    exercises: exercises(exercises::EXERCISES),
    sources: sources(&[
        ("theorems/alignment/mod.rs", include_str!("mod.rs")),
        ("theorems/alignment/problem.rs", include_str!("problem.rs")),
        ("theorems/alignment/least_l2.rs", include_str!("least_l2.rs")),
        ("theorems/alignment/contest.rs", include_str!("contest.rs")),
        ("theorems/alignment/dense.rs", include_str!("dense.rs")),
        ("theorems/alignment/controls.rs", include_str!("controls.rs")),
    ]),
    trajectories,
    on_data: None,
};

/// No trajectories, but what the two norms make of the same draws.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for contest in lab.run(contest::sparse)?.iter() {
        contest.shares.iter().for_each(|shares| digest.fold(shares));
    }
    Ok(())
}
