//! The hypotheses, as the experiments are seen to satisfy them.

use super::constants::remembering;
use super::descent::{Race, races, radius};
use super::flow::paths;
use super::planted::setups;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
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

/// Steps that decay from the first on could be larger; these could be constant for the bound on g to grow without end.
fn verify_small_steps(lab: &Lab) -> Result<Finding> {
    let races = lab.run(races)?;
    let share = |race: &Race| {
        let radius = radius(&race.points, &race.norm);
        0.5 * radius * radius * race.first / race.reference.gamma
    };
    let most = races.decaying.iter().map(share).fold(0.0, f64::max);
    Ok(Finding {
        holds: most < 1.0,
        detail: format!("η_t = η_0 (1 + t/10^4)^-0.6, and η_0 is at most {most:.2} of 2γ/B²"),
    })
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
