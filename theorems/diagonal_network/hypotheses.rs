//! The hypotheses, as the experiments are seen to satisfy them.

use super::entropy::{End, ends};
use super::invariants::conserved;
use theoremcheck::claim::{SHARPNESS, Slack};
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::norm;
use theoremcheck::reference::least_norm::{Decomposition, Nearest, decompose};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "equal-start",
        says: "u = v at the start, and no entry of them is 0.",
        verify: verify_equal_start,
        only_sufficient: None,
    },
    Hypothesis { id: "consistent", says: "X β = y has a solution.", verify: verify_consistent, only_sufficient: None },
    Hypothesis {
        id: "infinitesimal-steps",
        says: "The weights follow the gradient flow.",
        verify: verify_infinitesimal_steps,
        only_sufficient: None,
    },
    Hypothesis {
        id: "depth-two",
        says: "β is a difference of squares.",
        verify: verify_depth_two,
        only_sufficient: None,
    },
];

fn verify_equal_start(lab: &Lab) -> Result<Finding> {
    let run = lab.run(conserved)?;
    let least = run.a.iter().copied().fold(f64::INFINITY, f64::min);
    let apart = run.apart.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
    Ok(Finding { holds: apart == 0.0 && least > 0.0, detail: format!("max |u - v| = {apart}, min u v = {least:.1e}") })
}

/// A flow knows no step: its limit is the same at another tolerance.
fn verify_infinitesimal_steps(lab: &Lab) -> Result<Finding> {
    let of = |end: &End| end.run.drift / norm(&end.run.beta);
    let worst = lab.run(ends)?.iter().map(of).fold(0.0, f64::max);
    Ok(Finding {
        holds: worst < SHARPNESS,
        detail: format!("a hundred times the tolerance moves no limit by more than {worst:.0e} of its size"),
    })
}

/// Doubled weights make β 2^D times as large.
fn verify_depth_two(lab: &Lab) -> Result<Finding> {
    let run = lab.run(conserved)?;
    let weights = &run.weights.fine[0];
    let doubled: Vec<f64> = weights.iter().map(|w| 2.0 * w).collect();
    let network = run.network();
    let times = norm(&network.beta(&doubled)) / norm(&network.beta(weights));
    Ok(Finding { holds: times == 4.0, detail: format!("|β(2u, 2v)|/|β(u, v)| = {times}") })
}

fn verify_consistent(lab: &Lab) -> Result<Finding> {
    // One problem, from several starts.
    let problem = &lab.run(ends)?[0].problem;
    let (nearest, consistent) = nearest_solution(problem, &decompose(&problem.x)?);
    Ok(Finding {
        holds: consistent,
        detail: format!("|X β - y| = {:.1e} at the solution of least l2 norm, which is rounding", nearest.residual),
    })
}

/// The shortest β that makes |X β - y| least, and whether that is 0 but for what is uncertain of it.
pub(super) fn nearest_solution(problem: &Regression, decomposition: &Decomposition) -> (Nearest, bool) {
    let nearest = decomposition.nearest(problem, &vec![0.0; problem.x.dim()]);
    let size = problem.frobenius() * norm(&nearest.w) + norm(&problem.y);
    let uncertain = decomposition.sigma[0] * nearest.error + Slack::rounding(64.0, size).total();
    let consistent = nearest.residual <= uncertain;
    (nearest, consistent)
}
