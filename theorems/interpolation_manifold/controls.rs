//! What happens instead, where a hypothesis is broken.

use super::experiments::{Repeated, repeated};
use super::regular::full_rank_jacobian;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[Control {
    without: "full-rank",
    refutes: "full-rank-jacobian",
    on: "dimensions that these points span",
    says: "The last point is one of the others again, with the same target: J has rank n - 1 at most, and where it has this \
           rank the set of zero loss has dimension p - n + 1.",
    claims: |lab, c| full_rank_jacobian(&lab.run(repeated)?.all, c),
    instead: |lab, c| one_dimension_more(&*lab.run(repeated)?, c),
}];

/// One of the n equations is another one: their zeros are those of n - 1, where J has full rank.
fn one_dimension_more(repeated: &Repeated, claims: &mut Claims) -> Result<()> {
    let Repeated { all, distinct } = repeated;
    let count = all.task.points.count() as f64;
    claims.equal("rank J, against n - 1", all.decomposition.rank as f64, count - 1.0, Slack::rounding(1.0, 1.0));
    full_rank_jacobian(distinct, claims)
}
