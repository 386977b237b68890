//! The hypotheses, as the experiments are seen to satisfy them.

use super::experiments::{planted, second_order};
use super::second_order::coupled_size;
use crate::max_margin::hypotheses::{certified, exponential_tail};
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{exp, norm, reject};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "separability",
        says: "Some W has <A_nj, W> > 0 for every pair: it gives the class of every example the highest score.",
        verify: verify_separability,
        only_sufficient: None,
    },
    Hypothesis {
        id: "exponential-tail",
        says: "The loss of an example is ℓ(q) of its soft margin q, with -ℓ'(q) e^q → 1 exponentially fast, as for cross-entropy.",
        verify: |lab| Ok(exponential_tail(lab.run(planted)?.setup.loss)),
        only_sufficient: None,
    },
    Hypothesis {
        id: "independent-support",
        says: "The support pairs are independent, and all have positive multipliers. Needed for the multipliers to be known from Ŵ; not for \
               the direction.",
        verify: verify_independent_support,
        only_sufficient: None,
    },
    Hypothesis {
        id: "infinitesimal-steps",
        says: "W follows the gradient flow. Steps of gradient descent change the second order.",
        verify: verify_infinitesimal_steps,
        only_sufficient: None,
    },
];

fn verify_separability(lab: &Lab) -> Result<Finding> {
    let reference = &lab.run(planted)?.reference;
    Ok(Finding {
        holds: certified(reference),
        detail: format!(
            "certified: γ = {:.12} with a relative gap of {:.0e}, on {} support pairs",
            reference.gamma,
            reference.certificate.relative_gap,
            reference.support.len()
        ),
    })
}

/// Gram and Schmidt: the least part of a support pair that is across all before it, over its length.
pub fn independence(pairs: &Points, support: &[usize]) -> f64 {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut least = f64::INFINITY;
    for &n in support {
        let a = pairs.row(n);
        let once = basis.iter().fold(a.to_vec(), |v, q| reject(&v, q));
        let across = basis.iter().fold(once, |v, q| reject(&v, q));
        least = least.min(norm(&across) / norm(a));
        let length = norm(&across);
        basis.push(across.iter().map(|v| v / length).collect());
    }
    least
}

/// alpha comes from a triangular factorisation of the pairs, whose condition is about one over this: at 10^-6 rounding leaves ten digits.
const LEAST: f64 = 1e-6;

fn verify_independent_support(lab: &Lab) -> Result<Finding> {
    let run = lab.run(planted)?;
    let gamma = run.reference.gamma;
    let least = run.reference.support.iter().map(|&n| run.reference.alpha[n]).fold(f64::INFINITY, f64::min);
    let across = independence(&run.setup.pairs, &run.reference.support);
    Ok(Finding {
        holds: across > LEAST && gamma * gamma * least > LEAST,
        detail: format!(
            "least share of a support pair {:.4}; each has {across:.1e} of its length or more across those before it",
            gamma * gamma * least
        ),
    })
}

/// What two tolerances of the integrator make of kappa, which sees an error of rho t times over: less than the 1 % at which a claim
/// is blunt.
fn verify_infinitesimal_steps(lab: &Lab) -> Result<Finding> {
    let run = &lab.run(second_order)?.cross_entropy;
    let [from, to] = &run.path[..] else { unreachable!("the path has two times") };
    let lost = from.integration().max(to.integration());
    let seen = run.reference.gamma * lost * exp(to.log_t) / (to.log_t - from.log_t);
    let share = seen / coupled_size(&run.setup, &run.reference);
    Ok(Finding {
        holds: share < 0.01,
        detail: format!("two tolerances of the integrator differ by {lost:.0e}, which is {share:.0e} of kappa"),
    })
}
