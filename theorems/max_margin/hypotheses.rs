//! The hypotheses, as the experiments are seen to satisfy them.

use super::expansion::Expansion;
use super::experiments::{four_points, planted, planted_descent, step_bound, two_points};
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::{exp, exp_m1};
use theoremcheck::theorem::Finding;

/// Both bounds of the margin, on the planted points and on the fixed ones.
pub(super) fn verify_separability(lab: &Lab) -> Result<Finding> {
    let runs = [&*lab.run(planted)?, &lab.once(four_points)?.run, &*lab.once(two_points)?];
    let planted = &runs[0].reference;
    Ok(Finding {
        holds: runs.iter().all(|run| run.reference.certificate.lower > 0.0),
        detail: format!(
            "certified: γ = {:.12} with a relative gap of {:.0e}, on {} support vectors",
            planted.gamma,
            planted.certificate.relative_gap,
            planted.support.len()
        ),
    })
}
/// Soudry et al. 2018, definition of a tight exponential tail: |-ℓ'(u) e^u - 1| ≤ e^(-μ u), here with μ = 1.
pub(super) fn verify_exponential_tail(lab: &Lab) -> Result<Finding> {
    let loss = lab.run(planted)?.setup.loss;
    let deviation = |u: f64| exp_m1(loss.log_pull(u) + u).abs();
    // |ℓ' e^u + 1| is formed from two numbers of size u.
    let allowed = |u: f64| exp(-u) + Slack::rounding(4.0, u).total();
    let holds = (1..=700).map(f64::from).all(|u| deviation(u) <= allowed(u));
    Ok(Finding { holds, detail: format!("{} loss: |-ℓ'(u) e^u - 1| ≤ e^-u at u = 1, 2, .., 700", loss.name()) })
}

pub(super) fn verify_small_step(lab: &Lab) -> Result<Finding> {
    let run = lab.run(planted_descent)?;
    let bound = step_bound(&run.setup.points, run.setup.loss)?;
    let eta = run.descent.rule.eta;
    Ok(Finding {
        holds: bound.is_some_and(|bound| eta < bound),
        detail: match bound {
            Some(bound) => format!("η = {eta:.6}, 2/(β σ_max²) = {bound:.6}"),
            None => format!("the {} loss has no β", run.setup.loss.name()),
        },
    })
}

pub(super) fn verify_positive_multipliers(lab: &Lab) -> Result<Finding> {
    let Expansion { degenerate, p, carrying, .. } = &lab.run(planted)?.expansion;
    let least = carrying.iter().map(|&n| p[n]).fold(f64::INFINITY, f64::min);
    Ok(Finding {
        holds: degenerate.is_empty() && least > 0.0,
        detail: format!(
            "least share of a support vector {least:.4}, {} support vectors without weight",
            degenerate.len()
        ),
    })
}
