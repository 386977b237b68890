//! The hypotheses, as the experiments are seen to satisfy them.

use super::muon::{DECAYING, Muon, RESTING, eta_of_rank_one, muons};
use crate::steepest_descent::flow::look;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::real::{ln, log_sum_exp};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "separability",
        says: "Some W has <A_n, W> > 0 for every pair.",
        verify: verify_separability,
        only_sufficient: None,
    },
    Hypothesis {
        id: "exponential-loss",
        says: "The loss is Σ e^(-<A_n, W>) over the pairs.",
        verify: verify_exponential_loss,
        only_sufficient: Some(
            "What is used is that the gradient is a combination of the A_n whose weights are e^(-<A_n, W>) over their sum. Those of cross-entropy \
             become so as the loss vanishes, and the theorem in print is on cross-entropy; the identity is not proved for it at every W.",
        ),
    },
    Hypothesis {
        id: "small-steps",
        says: "Σ η = ∞ and Σ η² < ∞, or Z* has rank two and η is at most γ/B².",
        verify: verify_small_steps,
        only_sufficient: Some(
            "With Z* of rank two constant steps end at the same W as long as they settle. With Z* of rank one they need not: constant-steps-lose has a \
             run on which they do not.",
        ),
    },
    Hypothesis { id: "zero-start", says: "W = 0 at the start.", verify: verify_zero_start, only_sufficient: None },
    Hypothesis {
        id: "one-side",
        says: "With Z* of rank two, det Z in the plane of the three classes has the sign of Z* along the way.",
        verify: verify_one_side,
        only_sufficient: Some(
            "While det Z has the other sign, W gets a part that a later step neither moves nor forgets: from then on the run is one from another start.",
        ),
    },
];

fn verify_separability(lab: &Lab) -> Result<Finding> {
    let muons = lab.run(muons)?;
    let gaps = muons.both().map(|muon| muon.setup.reference.upper / muon.setup.reference.lower - 1.0);
    Ok(Finding {
        holds: muons.both().iter().all(|muon| muon.setup.reference.lower > 0.0),
        detail: format!("certified, with relative gaps of at most {:.0e}", gaps[0].max(gaps[1])),
    })
}

/// Seen by the runs' own function: g = -log Σ e^(-<A_n, W>) and log q_n = g - <A_n, W> at the ends of the runs.
fn verify_exponential_loss(lab: &Lab) -> Result<Finding> {
    let muons = lab.run(muons)?;
    let off = |muon: &&Muon| {
        let w = &muon.run.end().w;
        let (g, log_q, _) = look(&muon.setup.points, Loss::Exponential, w);
        let margins = muon.setup.points.margins(w);
        let by_hand = -log_sum_exp(margins.iter().map(|m| -m));
        let shares = log_q.iter().zip(&margins).map(|(l, m)| (l - (g - m)).abs()).fold(0.0, f64::max);
        let size = margins.iter().fold(1.0_f64, |most, m| most.max(m.abs()));
        (g - by_hand).abs().max(shares) <= Slack::rounding(32.0, size).total()
    };
    Ok(Finding {
        holds: muons.both().iter().all(off),
        detail: "log q_n = g - <A_n, W> to rounding where the runs end".to_string(),
    })
}

/// Steps that fall like t^-ρ with 1/2 < ρ ≤ 1 have Σ η = ∞ and Σ η² < ∞: ρ between half of the last part of the run and its end, t
/// counted from where that part begins.
fn verify_small_steps(lab: &Lab) -> Result<Finding> {
    let muons = lab.run(muons)?;
    let setup = &muons.one.setup;
    let [half, end] = [RESTING / 2, RESTING].map(|late| eta_of_rank_one(setup, DECAYING + late));
    let exponent = ln(half / end) / ln(2.0);
    let two = &muons.two;
    let part = two.run.end().eta / two.setup.bearable();
    Ok(Finding {
        holds: exponent > 0.5 && exponent <= 1.0 && part <= 1.0,
        detail: format!("η falls like t^-{exponent:.3} in the end, and is {part:.2} of γ/B² with Z* of rank two"),
    })
}

fn verify_zero_start(lab: &Lab) -> Result<Finding> {
    let muons = lab.run(muons)?;
    let largest = muons.both().map(|muon| muon.run.start.iter().fold(0.0_f64, |most, w| most.max(w.abs())));
    Ok(Finding {
        holds: largest.iter().all(|w| *w == 0.0),
        detail: format!("the largest entry of W at the start is {}", largest[0].max(largest[1])),
    })
}

fn verify_one_side(lab: &Lab) -> Result<Finding> {
    let muons = lab.run(muons)?;
    let (low, high) = muons.two.sides;
    Ok(Finding {
        holds: muons.two.keeps_its_side(),
        detail: format!("(|α| - |β|)/(|α| + |β|) is between {low:.3} and {high:.3}"),
    })
}
