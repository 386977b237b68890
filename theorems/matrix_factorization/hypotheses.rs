//! The hypotheses, as the experiments are seen to satisfy them.

use super::commuting::{Starts, starts_that_vanish, three, vanishing};
use super::identities::{balanced, singular_values, square};
use super::zeros::full_width;
use theoremcheck::claim::{SHARPNESS, Slack};
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::{difference, largest, norm};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "balance",
        says: "U'U = V'V at the start. Needed where UU' and VV' are written as √(XX') and √(X'X), and for the sign \
               of det X.",
        verify: verify_balance,
        only_sufficient: None,
    },
    Hypothesis {
        id: "small-start",
        says: "α tends to 0.",
        verify: |lab| Ok(small_start(&*lab.run(starts_that_vanish)?)),
        only_sufficient: None,
    },
    Hypothesis {
        id: "commuting",
        says: "The measurements A_k are symmetric and commute; X = UU' starts at a multiple of the identity.",
        verify: verify_commuting,
        only_sufficient: None,
    },
    Hypothesis {
        id: "inner-dimension",
        says: "r is at least the rank of some completion; r = min(rows, cols) is enough.",
        verify: verify_inner_dimension,
        only_sufficient: None,
    },
];

fn verify_balance(lab: &Lab) -> Result<Finding> {
    let run = lab.run(balanced)?;
    let (n, imbalance) = (run.problem.rows, largest(run.start.imbalance()));
    // Sums of 2n products, of which V's factors are themselves sums of n.
    let rounding = Slack::rounding((4 * n) as f64, square(&run.start)).total();
    Ok(Finding {
        holds: imbalance <= rounding,
        detail: format!("max |D| = {imbalance:.1e} at |U|² + |V|² = {:.2}", square(&run.start)),
    })
}

/// The starts fall towards 0, and so does what they leave out of the limit: to less than what a claim may leave open.
pub(super) fn small_start(starts: &Starts) -> Finding {
    let falls = starts.ends.windows(2).all(|pair| pair[1].1.alpha <= 0.2 * pair[0].1.alpha);
    let last = starts.ends[starts.ends.len() - 1].1.alpha;
    let excess = vanishing(&starts.measurement, last).second / starts.measurement.y;
    Finding {
        holds: falls && excess <= SHARPNESS,
        detail: format!("α falls tenfold each time, to {last:.1e}, where λ_2 is {excess:.1e} of y"),
    }
}

/// The commutators, of the matrices themselves.
fn verify_commuting(lab: &Lab) -> Result<Finding> {
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
    // Two products, each a sum of n terms whose factors are themselves sums of n products of three.
    let rounding = Slack::rounding(8.0 * n as f64, 1.0).total();
    Ok(Finding { holds: worst <= rounding, detail: format!("max |A_j A_k - A_k A_j| / (|A_j| |A_k|) = {worst:.1e}") })
}

/// The rank of the planted completion, as its singular values show it, and the smaller side.
fn verify_inner_dimension(lab: &Lab) -> Result<Finding> {
    let fit = lab.run(full_width)?;
    let sigma = singular_values(&fit.planted)?;
    let (rows, cols) = (fit.problem.rows, fit.problem.cols);
    let rounding = Slack::rounding((rows * cols) as f64, sigma[0]).total();
    let rank = sigma.iter().filter(|sigma| **sigma > rounding).count();
    Ok(Finding {
        holds: fit.rank >= rank && fit.rank >= rows.min(cols),
        detail: format!(
            "r = {}; the planted completion has rank {rank}, the smaller side is {}",
            fit.rank,
            rows.min(cols)
        ),
    })
}
