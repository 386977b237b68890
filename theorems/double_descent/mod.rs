//! Double descent: the exact risk of the shortest least-squares solution, below and above as many features as examples.

mod draws;
mod formulas;
mod law;
mod least_norm;
mod on_data;

use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Theorem;

pub static THEOREM: Theorem = Theorem {
    id: "double-descent",
    title: "Double descent: the risk of the shortest solution has a peak at p = n",
    says: "TODO",
    symbols: &[],
    cites: &[],
    hypotheses: &[],
    steps: &[law::STEPS],
    controls: &[],
    figures: &[],
    sources: &[],
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// Draws and factorisations have a fixed order of operations.
fn trajectories(_: &Lab, _: &mut Digest) -> Result<()> {
    Ok(())
}
