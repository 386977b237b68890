//! The hypotheses, as the experiments are seen to satisfy them.

use super::experiments::starts;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::{combine, distance, norm};
use theoremcheck::theorem::Finding;

/// All n singular values are above their error: X w = y can be solved for every y.
pub(super) fn verify_consistent(lab: &Lab) -> Result<Finding> {
    let starts = lab.run(starts)?;
    let (problem, reference) = (&starts.from_zero.problem, &starts.from_zero.reference);
    let (count, least) = (problem.x.count(), reference.sigma[problem.x.count() - 1]);
    Ok(Finding {
        holds: reference.rank == count && reference.sigma_least() > 0.0,
        detail: format!(
            "{count} examples in R^{}, σ_{count} = {least:.6}, known to {:.0e}",
            problem.x.dim(),
            reference.error
        ),
    })
}

pub(super) fn verify_small_step(lab: &Lab) -> Result<Finding> {
    let run = &lab.run(starts)?.from_zero;
    let bound = 2.0 / (run.reference.sigma[0] * run.reference.sigma[0]);
    Ok(Finding {
        holds: run.eta > 0.0 && run.eta < bound, detail: format!("η = {:.6}, 2/σ_1² = {bound:.6}", run.eta)
    })
}

/// w_1 - w_0 is -η times the gradient, the rounding of the sum apart.
pub(super) fn verify_euclidean_steps(lab: &Lab) -> Result<Finding> {
    let run = &lab.run(starts)?.from_anywhere;
    let gradient = run.problem.gradient(&run.start);
    let apart = distance(&run.at(1).w, &combine(-run.eta, &gradient, &run.start));
    let rounding = Slack::rounding(4.0, norm(&run.start) + run.eta * norm(&gradient));
    Ok(Finding {
        holds: apart <= rounding.total(),
        detail: format!("|w_1 - w_0 + η ∇L(w_0)| = {apart:.0e}, rounding {:.0e}", rounding.total()),
    })
}

pub(super) fn verify_start_in_row_space(lab: &Lab) -> Result<Finding> {
    let starts = lab.run(starts)?;
    let run = &starts.from_row_space;
    let part = norm(&run.reference.null_part(&run.start)) / norm(&run.start);
    // The rows are combined with rounding, and the computed row space is turned against the true one.
    let slack = Slack::rounding(4.0 * run.problem.x.count() as f64, 1.0)
        + Slack::certificate(2.0 * run.reference.error / run.reference.sigma_least());
    Ok(Finding {
        holds: part <= slack.total() && norm(&starts.from_zero.start) == 0.0,
        detail: format!("the starts 0 and X'z; of the length of the second a part of {part:.0e} is in the null space"),
    })
}
