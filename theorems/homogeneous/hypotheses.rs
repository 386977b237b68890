//! The hypotheses, as the experiments are seen to satisfy them.

use super::experiments::{Run, Seen};
use super::identities::all;
use super::kinks::Kink;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::problem::homogeneous::Architecture;
use theoremcheck::real::{exp, pow};
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "homogeneity",
        says: "q_n(cθ) = c^D q_n(θ) for every c > 0.",
        verify: verify_homogeneity,
        only_sufficient: None,
    },
    Hypothesis {
        id: "exponential-tail",
        says: "The loss is e^-q, a sum over the points.",
        verify: |lab| {
            let runs = all(lab)?;
            let exponential = |run: &&std::sync::Arc<Run>| run.loss == Loss::Exponential;
            let count = runs.iter().filter(exponential).count();
            Ok(Finding { holds: count == runs.len(), detail: format!("{count} of {} runs", runs.len()) })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "loss-below-one",
        says: "L < 1 at some time, so that every margin is positive from then on.",
        verify: verify_loss_below_one,
        only_sufficient: None,
    },
    Hypothesis {
        id: "smooth-path",
        says: "The margins are differentiable where the flow is.",
        verify: verify_smooth_path,
        only_sufficient: Some(
            "The theorem holds with Clarke's subgradients where the margins are locally Lipschitz and have a chain rule. Along \
             kinks the constants of this chapter are not claimed, and the runs end with a message: neuron-on-its-kink.",
        ),
    },
    Hypothesis {
        id: "twice-differentiable",
        says: "For gradient descent in place of the flow: the margins are twice continuously differentiable.",
        verify: |lab| {
            let smooth = all(lab)?
                .iter()
                .filter(|run| !matches!(run.planted.network.architecture, Architecture::Relu { .. }))
                .count();
            Ok(Finding { holds: smooth > 0, detail: format!("{smooth} of the planted networks are polynomials") })
        },
        only_sufficient: Some(
            "Lyu and Li ask for it in their discrete statement only; Schechtman and Schreuder treat subgradient descent on \
             networks that are not smooth. The experiments follow the flow.",
        ),
    },
    Hypothesis {
        id: "nondegenerate",
        says: "For the constants: the active gradients are independent, every active multiplier is positive, and I - B has no \
               negative eigenvalue on the vectors tangent to the constraints.",
        verify: verify_nondegenerate,
        only_sufficient: Some("The direction converges without it; only the constants and exponents rest on it."),
    },
];

fn verify_homogeneity(lab: &Lab) -> Result<Finding> {
    let mut worst = 0.0_f64;
    for run in all(lab)? {
        let theta = &run.last().theta;
        let half: Vec<f64> = theta.iter().map(|t| 0.7 * t).collect();
        let seen = |theta: &[f64]| Seen::new(&run.planted.network, run.loss, theta).margins;
        let by = pow(0.7, run.kkt.degree);
        worst = seen(&half).iter().zip(seen(theta)).map(|(a, b)| (a / (by * b) - 1.0).abs()).fold(worst, f64::max);
    }
    Ok(Finding {
        holds: worst < 1e-12, detail: format!("|q(.7 θ)/(.7^D q(θ)) - 1| ≤ {worst:.0e} where the runs end")
    })
}

fn verify_loss_below_one(lab: &Lab) -> Result<Finding> {
    let runs = all(lab)?;
    let first = runs.iter().map(|run| run.see(&run.moments[0]).g).fold(f64::INFINITY, f64::min);
    Ok(Finding { holds: first > 0.0, detail: format!("L ≤ {:.3} at the first moment of every run", exp(-first)) })
}

/// No neuron comes nearer to a kink than one in a hundred at any moment.
fn verify_smooth_path(lab: &Lab) -> Result<Finding> {
    let runs = all(lab)?;
    let at = runs.iter().flat_map(|run| run.moments.iter().map(|at| (&run.planted.network, &at.theta)));
    let nearest = at.filter_map(|(network, theta)| Kink::nearest(network, theta)).map(|kink| kink.off);
    let nearest = nearest.fold(f64::INFINITY, f64::min);
    Ok(Finding {
        holds: nearest > 0.01,
        detail: format!("|w·x|/(|w||x|) ≥ {nearest:.3} at all moments of the ReLU networks"),
    })
}

fn verify_nondegenerate(lab: &Lab) -> Result<Finding> {
    let (mut share, mut eigenvalue) = (f64::INFINITY, f64::INFINITY);
    for run in all(lab)? {
        share = run.kkt.p.iter().copied().fold(share, f64::min);
        eigenvalue = run.kkt.tangent_spectrum()?.into_iter().fold(eigenvalue, f64::min);
    }
    let holds = share > 0.0 && eigenvalue > -1e-9;
    Ok(Finding { holds, detail: format!("least share of a multiplier {share:.3}, least eigenvalue {eigenvalue:.1e}") })
}
