//! The hypotheses, as the experiments are seen to satisfy them.

use super::experiments::{Run, magnitude, margin_ops};
use super::identities::all;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::problem::homogeneous::{Architecture, Margins};
use theoremcheck::real::{UNIT_ROUNDOFF, dot, exp, norm, pow};
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
        id: "nondegenerate",
        says: "For the constants: the active gradients are independent, every active multiplier is positive, and I - B has no \
               negative eigenvalue on the vectors tangent to the constraints, and zeros only along the KKT points.",
        verify: verify_nondegenerate,
        only_sufficient: Some("The direction converges without it; only the constants and exponents rest on it."),
    },
];

/// c is drawn once a network, between e^-1 and e.
fn verify_homogeneity(lab: &Lab) -> Result<Finding> {
    let (mut worst, mut holds) = (0.0_f64, true);
    for run in all(lab)? {
        let network = &run.planted.network;
        let theta = &run.last().theta;
        let c = exp(lab.seed().stream("homogeneous", run.name()).uniform(-1.0, 1.0));
        let scaled: Vec<f64> = theta.iter().map(|t| c * t).collect();
        let by = pow(c, run.kkt.degree);
        let size = by * magnitude(network, theta);
        let pairs = network.margins(&scaled).into_iter().zip(network.margins(theta));
        let off = pairs.map(|(a, b)| (a - by * b).abs() / size).fold(0.0, f64::max);
        // Both margins, and the power.
        holds &= off <= (2.0 * margin_ops(network) + 8.0) * UNIT_ROUNDOFF;
        worst = worst.max(off);
    }
    Ok(Finding {
        holds,
        detail: format!("|q(cθ) - c^D q(θ)|/(c^D |θ|^D ρ) ≤ {worst:.0e} where the runs end, rounding"),
    })
}

fn verify_loss_below_one(lab: &Lab) -> Result<Finding> {
    let runs = all(lab)?;
    let first = runs.iter().map(|run| run.see(&run.moments[0]).g).fold(f64::INFINITY, f64::min);
    Ok(Finding { holds: first > 0.0, detail: format!("L ≤ {:.3} at the first moment of every run", exp(-first)) })
}

/// From the start on every neuron sees the same points, and is further from each kink than its parameters are off.
fn verify_smooth_path(lab: &Lab) -> Result<Finding> {
    let (mut holds, mut nearest) = (true, f64::INFINITY);
    for run in all(lab)? {
        let network = &run.planted.network;
        let Some(pattern) = network.seen(&run.planted.start) else { continue };
        for at in &run.moments {
            holds &= network.seen(&at.theta).as_ref() == Some(&pattern);
            for w in at.theta.chunks_exact(network.points.dim()).take(pattern.len() / network.points.count()) {
                for x in network.points.rows() {
                    let cosine = dot(w, x).abs() / (norm(w) * norm(x));
                    holds &= cosine > run.state_slack(at).total() * norm(&at.theta) / norm(w);
                    nearest = nearest.min(cosine);
                }
            }
        }
    }
    Ok(Finding {
        holds,
        detail: format!("every ReLU neuron sees the same points at all moments, and |w·x|/(|w||x|) ≥ {nearest:.3}"),
    })
}

fn verify_nondegenerate(lab: &Lab) -> Result<Finding> {
    let (mut share, mut eigenvalue, mut holds) = (f64::INFINITY, f64::INFINITY, true);
    for run in all(lab)? {
        share = run.kkt.p.iter().copied().fold(share, f64::min);
        let spectrum = run.kkt.tangent_spectrum()?;
        let least = spectrum.iter().copied().fold(f64::INFINITY, f64::min);
        let rounding = run.eigenvalue_slack(spectrum.len()).total();
        let zeros = spectrum.iter().filter(|mu| mu.abs() <= rounding).count();
        holds &= least >= -rounding && zeros == rotations(&run.planted.network.architecture);
        eigenvalue = eigenvalue.min(least);
    }
    Ok(Finding {
        holds: holds && share > 0.0,
        detail: format!(
            "independent gradients (their Gram matrix has a Cholesky factor), least share of a multiplier {share:.3}, least \
             eigenvalue {eigenvalue:.1e}, negative by rounding at most, and as many zeros as there are rotations along the KKT points"
        ),
    })
}

/// In how many directions a planted KKT point turns into others: the unit vector of each hidden layer of rank one turns, and so does a
/// quadratic neuron with the one at 0 of its sign.
fn rotations(architecture: &Architecture) -> usize {
    match architecture {
        Architecture::Quadratic { signs } => signs.len() - 2,
        Architecture::Linear { hidden } => hidden.iter().map(|width| width - 1).sum(),
        Architecture::Relu { .. } | Architecture::Diagonal => 0,
    }
}
