//! The direction of a homogeneous network tends to that of a KKT point of the problem of the largest margin.

mod controls;
mod experiments;
mod figures;
mod hypotheses;
mod identities;
mod kinks;
mod kkt;
mod kkt_points;
mod modes;
mod on_data;
mod optimality;
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
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[identities::STEPS, kkt_points::STEPS, rates::STEPS, optimality::STEPS, kinks::STEPS],
    controls: controls::CONTROLS,
    figures: figures::FIGURES,
    sources: &[],
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Every flow by the loss clock.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    for run in identities::all(lab)? {
        run.moments.iter().for_each(|at| digest.fold(&at.theta));
    }
    Ok(())
}
