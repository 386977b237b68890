//! The hypotheses, as the experiments are seen to satisfy them.

use super::commuting::{Single, several, single};
use super::end_to_end::balanced_networks;
use theoremcheck::claim::{SHARPNESS, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::deep::times;
use theoremcheck::lab::Lab;
use theoremcheck::real::{difference, dot, largest, norm};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "balance",
        says: "W_(j+1)' W_(j+1) = W_j W_j' at the start, for each pair of neighbouring layers. Needed for the flow of X alone.",
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
    let runs = lab.run(single)?;
    let listed: Vec<String> = runs.iter().map(|single| format!("{:.1e}", single.alpha())).collect();
    let worst = largest(runs.iter().map(Single::vanishing));
    Ok(Finding {
        holds: worst < SHARPNESS,
        detail: format!("α = {}: what is to vanish of the trace is {worst:.1e} of it at the most", listed.join(", ")),
    })
}

/// |AB - BA| over |A| |B|, row after row.
fn commutator(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().isqrt();
    norm(&difference(&times(a, b, n), &times(b, a, n))) / (norm(a) * norm(b))
}

/// Of two sums of five products an entry, in matrices that are themselves such sums.
fn vanishes(name: &str, commutators: Vec<f64>) -> Finding {
    let worst = largest(commutators);
    let rounding = Slack::rounding(80.0, 1.0).total();
    Finding { holds: worst <= rounding, detail: format!("max {name} = {worst:.1e}") }
}

fn verify_commuting(lab: &Lab) -> Result<Finding> {
    let runs = lab.run(several)?;
    let pairs = runs.iter().flat_map(|run| run.matrices.iter().flat_map(|a| run.matrices.iter().map(move |b| (a, b))));
    Ok(vanishes("|A_j A_k - A_k A_j| / (|A_j| |A_k|)", pairs.map(|(a, b)| commutator(a, b)).collect()))
}

fn verify_commuting_start(lab: &Lab) -> Result<Finding> {
    let runs = lab.run(several)?;
    let pairs = runs.iter().flat_map(|run| run.matrices.iter().map(move |a| (&run.start, a)));
    Ok(vanishes("|X(0) A_k - A_k X(0)| / (|X(0)| |A_k|)", pairs.map(|(x, a)| commutator(x, a)).collect()))
}
