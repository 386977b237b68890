//! The hypotheses, as the experiments are seen to satisfy them.

use super::commuting::{one_from_vanishing_starts, three};
use super::identities::{balanced, largest, singular_values};
use super::zeros::full_width;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::{difference, dot, norm};
use theoremcheck::theorem::Finding;

pub(super) fn verify_balance(lab: &Lab) -> Result<Finding> {
    let start = &lab.run(balanced)?.start;
    let imbalance = largest(start.imbalance());
    // Sums of eight products, of which V's factors are themselves sums of four.
    let rounding = Slack::rounding(32.0, dot(&start.u, &start.u) + dot(&start.v, &start.v)).total();
    Ok(Finding {
        holds: imbalance <= rounding,
        detail: format!("max |D| = {imbalance:.1e} at |U|² = {:.2}", dot(&start.u, &start.u)),
    })
}

pub(super) fn verify_small_start(lab: &Lab) -> Result<Finding> {
    let alphas: Vec<f64> = lab.run(one_from_vanishing_starts)?.ends.iter().map(|end| end.alpha).collect();
    Ok(Finding {
        holds: alphas.windows(2).all(|pair| pair[1] < pair[0]),
        detail: format!("α = {alphas:?}: asserted are the rates with which the limit is approached"),
    })
}

/// The commutators, of the matrices themselves.
pub(super) fn verify_commuting(lab: &Lab) -> Result<Finding> {
    let run = lab.run(three)?;
    let matrices = run.setup.matrices();
    let n = run.setup.basis.len();
    let product = |a: &[f64], b: &[f64]| -> Vec<f64> {
        (0..n * n).map(|k| (0..n).map(|l| a[k / n * n + l] * b[l * n + k % n]).sum()).collect()
    };
    let mut worst = 0.0_f64;
    for a in &matrices {
        for b in &matrices {
            worst = worst.max(norm(&difference(&product(a, b), &product(b, a))) / (norm(a) * norm(b)));
        }
    }
    let rounding = Slack::rounding(16.0 * n as f64, 1.0).total();
    Ok(Finding { holds: worst <= rounding, detail: format!("max |A_j A_k - A_k A_j| / (|A_j| |A_k|) = {worst:.1e}") })
}

pub(super) fn verify_inner_dimension(lab: &Lab) -> Result<Finding> {
    let fit = lab.run(full_width)?;
    let sigma = singular_values(&fit.completions[0])?;
    Ok(Finding {
        holds: fit.rank >= sigma.len(),
        detail: format!("r = {}, {} singular values, the least {:.2}", fit.rank, sigma.len(), sigma[sigma.len() - 1]),
    })
}
