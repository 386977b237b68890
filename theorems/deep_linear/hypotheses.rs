//! The hypotheses, as the experiments are seen to satisfy them.

use super::commuting::{several, single};
use super::end_to_end::{balanced_networks, largest};
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::deep::times;
use theoremcheck::lab::Lab;
use theoremcheck::real::{difference, dot, norm};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "balance",
        says: "W_j+1' W_j+1 = W_j W_j' at the start, for each pair of neighbouring layers. Needed for the flow of X alone.",
        verify: verify_balance,
        only_sufficient: None,
    },
    Hypothesis { id: "small-start", says: "α tends to 0.", verify: verify_small_start, only_sufficient: None },
    Hypothesis {
        id: "commuting",
        says: "The measurements A_k are symmetric and commute with each other.",
        verify: verify_commuting,
        only_sufficient: None,
    },
    Hypothesis {
        id: "commuting-start",
        says: "Every layer starts at αI, so that X(0) commutes with the measurements.",
        verify: verify_commuting_start,
        only_sufficient: None,
    },
];

fn verify_balance(lab: &Lab) -> Result<Finding> {
    let mut worst = 0.0_f64;
    for run in lab.run(balanced_networks)?.iter() {
        let size = dot(&run.start.entries, &run.start.entries);
        worst = worst.max(largest(run.start.imbalances().concat()) / size);
    }
    // Sums of at most six products, of layers that are themselves sums of as many.
    let rounding = Slack::rounding(64.0, 1.0).total();
    Ok(Finding {
        holds: worst <= rounding, detail: format!("max |D_j| / Σ |W_j|² = {worst:.1e} at depths 2, 3 and 4")
    })
}

fn verify_small_start(lab: &Lab) -> Result<Finding> {
    let alphas: Vec<f64> = lab.run(single)?.iter().map(|single| single.alpha()).collect();
    let listed: Vec<String> = alphas.iter().map(|alpha| format!("{alpha:.1e}")).collect();
    Ok(Finding {
        holds: alphas.iter().all(|alpha| *alpha < 0.1),
        detail: format!("α = {}: asserted are the rates with which the limit is approached", listed.join(", ")),
    })
}

/// The commutators, of the matrices themselves.
fn verify_commuting(lab: &Lab) -> Result<Finding> {
    let mut worst = 0.0_f64;
    let runs = lab.run(several)?;
    for measured in runs.iter() {
        let n = measured.matrices[0].len().isqrt();
        for a in &measured.matrices {
            for b in &measured.matrices {
                worst = worst.max(norm(&difference(&times(a, b, n), &times(b, a, n))) / (norm(a) * norm(b)));
            }
        }
    }
    let rounding = Slack::rounding(80.0, 1.0).total();
    Ok(Finding { holds: worst <= rounding, detail: format!("max |A_j A_k - A_k A_j| / (|A_j| |A_k|) = {worst:.1e}") })
}

fn verify_commuting_start(lab: &Lab) -> Result<Finding> {
    let alphas: Vec<String> = lab.run(several)?.iter().map(|measured| format!("{:.2} I", measured.alpha)).collect();
    Ok(Finding { holds: !alphas.is_empty(), detail: format!("the layers start at {}", alphas.join(", ")) })
}
