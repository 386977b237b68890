//! The direction of a homogeneous network tends to that of a KKT point of the problem of the largest margin.

mod experiments;
mod identities;
mod kkt;
mod kkt_points;
mod modes;
mod rates;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Theorem;

pub static THEOREM: Theorem = Theorem {
    id: "homogeneous",
    title: "Homogeneous networks tend to KKT points of the largest margin",
    says: "Let q(cθ) = c^D q(θ).",
    symbols: &[],
    cites: &["lyu-li-2020"],
    hypotheses: &[],
    steps: &[identities::STEPS, kkt_points::STEPS, rates::STEPS],
    controls: &[],
    figures: &[],
    sources: &[],
    trajectories,
    on_data: None,
};

/// Every flow by the loss clock.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for run in identities::all(lab)? {
        run.moments.iter().for_each(|at| digest.fold(&at.theta));
    }
    Ok(())
}
