//! The hypotheses, as the experiments are seen to satisfy them.

use super::constants::remembering;
use super::descent::{LEAD, Race, races};
use super::flow::paths;
use super::norm::Norm;
use super::planted::{Setup, setups};
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::real::ln;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "separability",
        says: "Some w has x_n·w > 0 for every n.",
        verify: verify_separability,
        only_sufficient: None,
    },
    Hypothesis {
        id: "exponential-loss",
        says: "The loss is Σ e^(-x_n·w).",
        verify: verify_exponential_loss,
        only_sufficient: None,
    },
    Hypothesis {
        id: "small-steps",
        says: "w follows the flow, or Σ η = ∞ and Σ η² < ∞.",
        verify: verify_small_steps,
        only_sufficient: None,
    },
    Hypothesis {
        id: "frozen-coordinates",
        says: "In l1 the coordinates that the separator does not use have |x_ni| < γ at every point; in l_inf, if several coordinates are at \
               the bound, their entries x_ni have the sign of ŵ_i at every point.",
        verify: verify_frozen_coordinates,
        only_sufficient: Some(
            "What is used is that the former never move and the latter never turn back or stop. Where a point makes them do otherwise for a while, \
             D is from then on that of another start.",
        ),
    },
    Hypothesis {
        id: "zero-start",
        says: "w = 0 at the start; steps that allow any other start say so.",
        verify: verify_zero_start,
        only_sufficient: None,
    },
];

fn verify_separability(lab: &Lab) -> Result<Finding> {
    let (setups, races) = (lab.run(setups)?, lab.run(races)?);
    let all = || setups.iter().map(|s| &s.reference).chain(races.decaying.iter().map(|r| &r.reference));
    let gap = all().map(|r| r.upper / r.lower - 1.0).fold(0.0, f64::max);
    Ok(Finding {
        holds: all().all(|r| 0.0 < r.lower && r.lower <= r.upper),
        detail: format!("certified in each norm, with relative gaps of at most {gap:.0e}"),
    })
}

/// Seen by the runs' own function, whatever it is called: log ℓ(u) = log(-ℓ'(u)) = -u.
fn verify_exponential_loss(lab: &Lab) -> Result<Finding> {
    let is_exponential = |loss: Loss| {
        (-700..=700).map(f64::from).all(|u| {
            let rounding = Slack::rounding(2.0, u).total();
            (loss.log_value(u) + u).abs() <= rounding && (loss.log_pull(u) + u).abs() <= rounding
        })
    };
    Ok(Finding {
        holds: lab.run(paths)?.iter().all(|path| is_exponential(path.setup.loss)),
        detail: "log ℓ(u) = log -ℓ'(u) = -u at u = -700, -699, .., 700".to_string(),
    })
}

/// Steps that fall like t^-ρ with 1/2 < ρ ≤ 1 have Σ η = ∞ and Σ η² < ∞. ρ is seen between half the way and the end, where the
/// steps are counted from 10^4 before the first.
fn verify_small_steps(lab: &Lab) -> Result<Finding> {
    let races = lab.run(races)?;
    let exponent = |race: &Race| {
        let counted = |steps: usize| LEAD + steps as f64 - 1.0;
        ln(race.half.eta / race.end.eta) / ln(counted(race.steps) / counted(race.steps / 2))
    };
    let exponents: Vec<f64> = races.decaying.iter().map(exponent).collect();
    let [least, most] = [f64::min, f64::max].map(|of| exponents.iter().copied().reduce(of).unwrap_or(f64::NAN));
    Ok(Finding {
        holds: least > 0.5 && most <= 1.0,
        detail: format!("η falls like t^-ρ, ρ from {least:.4} to {most:.4}"),
    })
}

fn verify_frozen_coordinates(lab: &Lab) -> Result<Finding> {
    let setups = lab.run(setups)?;
    let polyhedral: Vec<&Setup> = setups.iter().filter(|setup| setup.norm.has_edges()).collect();
    // How far an entry is inside of what is allowed, over γ.
    let inside = |setup: &Setup, i: usize| {
        let (gamma, sign) = (setup.reference.gamma, setup.reference.w[i].signum());
        let of = |x: f64| if matches!(setup.norm, Norm::L1) { 1.0 - x.abs() / gamma } else { x * sign / gamma };
        setup.points.column(i).into_iter().map(of).fold(f64::INFINITY, f64::min)
    };
    let several = polyhedral.iter().filter(|setup| setup.frozen.len() > 1 || matches!(setup.norm, Norm::L1));
    let least = several
        .map(|setup| setup.frozen.iter().map(|&i| inside(setup, i)).fold(f64::INFINITY, f64::min))
        .fold(f64::INFINITY, f64::min);
    Ok(Finding { holds: 0.0 < least && least < 1.0, detail: format!("by {least:.3} of γ at the least") })
}

fn verify_zero_start(lab: &Lab) -> Result<Finding> {
    let paths = lab.run(paths)?;
    let from_zero = paths.iter().filter(|path| path.setup.start.iter().all(|w| *w == 0.0)).count();
    Ok(Finding {
        holds: 2 * from_zero == paths.len() && remembering(&paths).len() == 2,
        detail: format!(
            "{from_zero} flows from 0, and {} from drawn starts for the steps that say so",
            paths.len() - from_zero
        ),
    })
}
