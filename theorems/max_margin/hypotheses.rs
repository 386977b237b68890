//! The hypotheses, as the experiments are seen to satisfy them.

use super::expansion::Expansion;
use super::experiments::{four_points, planted, planted_descent, step_bound, two_points};
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::real::{exp, exp_m1};
use theoremcheck::reference::max_margin::MaxMargin;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "separability",
        says: "Some w has x_n·w > 0 for every n.",
        verify: verify_separability,
        only_sufficient: None,
    },
    Hypothesis {
        id: "exponential-tail",
        says: "-ℓ'(u) e^u tends to 1 exponentially fast as u grows.",
        verify: |lab| Ok(exponential_tail(lab.run(planted)?.setup.loss)),
        only_sufficient: None,
    },
    Hypothesis {
        id: "small-step",
        says: "Gradient descent uses a constant step η < 2/(β σ_max²), where ℓ' is β-Lipschitz.",
        verify: verify_small_step,
        only_sufficient: None,
    },
    Hypothesis {
        id: "positive-multipliers",
        says: "Some dual solution is positive on every support vector. This holds for almost every data set. \
               Needed for rho to be bounded; not for the direction.",
        verify: verify_positive_multipliers,
        only_sufficient: None,
    },
];

/// Both bounds of the margin: the lower one is positive, and they do not contradict each other.
pub fn certified(reference: &MaxMargin) -> bool {
    let certificate = &reference.certificate;
    0.0 < certificate.lower && certificate.lower <= certificate.upper
}

/// On the planted points and on the fixed ones.
fn verify_separability(lab: &Lab) -> Result<Finding> {
    let runs = [&*lab.run(planted)?, &lab.once(four_points)?.run, &*lab.once(two_points)?];
    let planted = &runs[0].reference;
    Ok(Finding {
        holds: runs.iter().all(|run| certified(&run.reference)),
        detail: format!(
            "certified: γ = {:.12} with a relative gap of {:.0e}, on {} support vectors",
            planted.gamma,
            planted.certificate.relative_gap,
            planted.support.len()
        ),
    })
}

/// Soudry et al. 2018, definition of a tight exponential tail: |-ℓ'(u) e^u - 1| ≤ e^(-μ u), here with μ = 1. Once to
/// the last digits by way of ln(-ℓ') + u, and once by the pull that the runs use, which is rounded at the size of u.
pub fn exponential_tail(loss: Loss) -> Finding {
    let bounded = |u: f64| {
        let exactly = exp_m1(loss.tail_correction(u)).abs() <= exp(-u) * (1.0 + Slack::rounding(4.0, u).total());
        let rounded = exp_m1(loss.log_pull(u) + u).abs() <= exp(-u) + Slack::rounding(4.0, u).total();
        exactly && rounded
    };
    let holds = (1..=700).map(f64::from).all(bounded);
    Finding { holds, detail: format!("{} loss: |-ℓ'(u) e^u - 1| ≤ e^-u at u = 1, 2, .., 700", loss.name()) }
}

fn verify_small_step(lab: &Lab) -> Result<Finding> {
    let watched = lab.run(planted_descent)?;
    let run = &watched.run;
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

fn verify_positive_multipliers(lab: &Lab) -> Result<Finding> {
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
