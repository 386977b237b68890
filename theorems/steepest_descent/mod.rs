//! Steepest descent in any norm: one identity, its constants, and the largest margin that the optimiser chooses.

mod certificates;
mod constants;
mod controls;
mod descent;
mod flow;
mod hypotheses;
mod identity;
mod largest_margin;
mod norm;
mod planted;
mod ties;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Theorem;

pub static THEOREM: Theorem = Theorem {
    id: "steepest-descent",
    title: "Which norm: the optimiser",
    says: "",
    symbols: &[],
    cites: &[],
    hypotheses: hypotheses::HYPOTHESES,
    steps: &[certificates::STEPS, identity::STEPS, flow::STEPS, descent::STEPS, constants::STEPS, ties::STEPS],
    controls: controls::CONTROLS,
    figures: &[],
    sources: &[],
    trajectories,
    on_data: None,
};

fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    lab.run(flow::paths)?.iter().for_each(|path| digest.fold(&path.end().w));
    Ok(())
}
