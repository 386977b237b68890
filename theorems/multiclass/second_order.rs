//! The component of rho along Ŵ, in which cross-entropy and the exponential loss of the pairs differ.

use super::experiments::{Run, SecondOrder, second_order, two_pairs_an_example};
use super::soft_margin::Setup;
use crate::max_margin::experiments::state_slack;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::loss::Loss;
use theoremcheck::real::{difference, dot, exp, exp_m1, reject};
use theoremcheck::reference::max_margin::MaxMargin;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "kappa",
    says: "Let the support pairs span the A_nj, some dual solution be positive on all of them, m_next be above 2 and all eigenvalues of A \
           across Ŵ above 1/2. Then the coefficient of Ŵ in rho - W̃ is kappa log t/t + O(1/t), with kappa = -γ² Σ_n (Σ_j alpha_nj)² for cross-entropy, where the pairs of an example weigh \
           together, and kappa = 0 for the exponential loss of every pair by itself.",
    kind: Kind::Refinement,
    standing: Standing::ProvedHere,
    notes: &["N6"],
    claims: |lab, c| {
        lab.run(second_order).map(|runs| {
            kappa(&Along::of_flow(&runs, &runs.cross_entropy), c);
            kappa(&Along::of_flow(&runs, &runs.pairwise), c);
        })?;
        lab.run(two_pairs_an_example).map(|runs| {
            kappa(&Along::of_flow(&runs, &runs.cross_entropy), c);
            kappa(&Along::of_flow(&runs, &runs.pairwise), c);
        })
    },
}];

/// The coefficient k of Ŵ in rho - W̃ at two late times.
pub struct Along {
    pub name: String,
    pub gamma: f64,
    /// What the coupling of the pairs is said to take, γ² Σ_n (Σ_j alpha_nj)² or nothing, and what discrete steps are said to add.
    pub coupled: f64,
    pub steps: f64,
    /// γ² Σ_n (Σ_j alpha_nj)², of either loss.
    pub size: f64,
    /// The eigenvalues of A across Ŵ, with the part of rho - W̃ along their axes at the first time.
    pub across: Vec<(f64, f64)>,
    /// max |<A, Δ>| over the support at the first time, Δ = rho - W̃ across Ŵ.
    pub seen: f64,
    /// (log t, k, its slack).
    pub at: [(f64, f64, Slack); 2],
    /// (m - 2, γ² m e^(-<A, W̃>)) of the pairs off the support.
    pub others: Vec<(f64, f64)>,
}

/// γ² Σ_n (Σ_j alpha_nj)², from the multipliers of the certificate.
pub fn coupled_size(setup: &Setup, reference: &MaxMargin) -> f64 {
    let squares = setup.by_example(&reference.alpha).map(|alpha| alpha.iter().sum::<f64>()).map(|sum| sum * sum);
    reference.gamma * reference.gamma * squares.sum::<f64>()
}

/// The coefficient of Ŵ in rho - W̃.
pub fn coefficient(run: &Run, rho: &[f64]) -> f64 {
    let gamma = run.prediction.expansion.gamma;
    gamma * gamma * dot(&run.reference.w_hat, &difference(rho, &run.prediction.expansion.dual.w_tilde))
}

/// (m - 2, γ² m e^(-<A, W̃>)) of the pairs off the support.
pub fn off_the_support(run: &Run) -> Vec<(f64, f64)> {
    let expansion = &run.prediction.expansion;
    let gamma = expansion.gamma;
    let pairs = run.setup.pairs.rows().zip(&run.reference.margins).filter(|(_, m)| **m > 1.0);
    pairs.map(|(a, m)| (m - 2.0, gamma * gamma * m * exp(-dot(a, &expansion.w_tilde)))).collect()
}

/// Δ = rho - W̃ across Ŵ: its parts along the axes of A, and max |<A, Δ>| over the support.
pub fn across(run: &Run, rho: &[f64]) -> (Vec<(f64, f64)>, f64) {
    let expansion = &run.prediction.expansion;
    let delta = reject(&difference(rho, &expansion.dual.w_tilde), &expansion.direction);
    let parts = expansion.dual.curvature.iter().map(|(lambda, axis)| (*lambda, dot(axis, &delta))).collect();
    let seen = run.reference.support.iter().map(|&n| dot(run.setup.pairs.row(n), &delta).abs()).fold(0.0, f64::max);
    (parts, seen)
}

impl Along {
    fn of_flow(runs: &SecondOrder, run: &Run) -> Along {
        let size = coupled_size(&run.setup, &run.reference);
        let [from, to] = &run.path[..] else { unreachable!("the path has two times") };
        let at = [from, to].map(|at| {
            let uncertain = Slack::certificate(run.prediction.expansion.dual.uncertainty(&run.reference.w_hat));
            let slack = (state_slack(at) + uncertain).times(run.prediction.expansion.gamma);
            (at.log_t, coefficient(run, &at.state), slack)
        });
        let coupled = if run.setup.loss == Loss::Logistic { size } else { 0.0 };
        let (across, seen) = across(run, &from.state);
        let name = format!("{}, {}", runs.name, run.name);
        Along {
            name,
            gamma: run.reference.gamma,
            coupled,
            steps: 0.0,
            size,
            across,
            seen,
            at,
            others: off_the_support(run),
        }
    }
}

/// The component along Ŵ. Of t (e^k - 1) the derivative by log t is γ² t Σ pull m over the pairs off the support, and
/// t (γ²/2) Σ alpha <A, Δ>², less, for cross-entropy, γ² e^-k Σ_n (Σ_j alpha_nj)². A pair of margin m gives
/// γ² m e^(-<A, W̃>) t^-(m - 2), and a part c of Δ along an axis of eigenvalue λ (γ²/2) λ c² t, which falls like t^-(2λ - 1).
pub fn kappa(along: &Along, claims: &mut Claims) {
    let Along { name, coupled, steps, size, across, seen, at: [(s0, k0, e0), (s1, k1, e1)], others, .. } = along;
    let span = s1 - s0;
    let measured = (exp(*s1) * exp_m1(*k1) - exp(*s0) * exp_m1(*k0)) / span;
    let of_pairs: f64 = others.iter().map(|(nu, force)| force * (exp(-nu * s0) - exp(-nu * s1)) / nu).sum();
    let of_axis = |(lambda, c): &(f64, f64)| {
        let fall = 2.0 * lambda - 1.0;
        0.5 * lambda * c * c * exp(*s0) * -exp_m1(-fall * span) / fall
    };
    let of_axes = along.gamma * along.gamma * across.iter().map(of_axis).sum::<f64>();
    // Each force has a relative error of k, of <A, Δ>, or of all forces over t, which fall from the first time on.
    let forces = size + steps + others.iter().map(|(nu, force)| force * exp(-nu * s0)).sum::<f64>();
    let next = Slack::next_term(forces * (k0.abs() + seen + forces * s0 * exp(-s0)) / span, 3.0)
        + Slack::next_term(of_axes * seen / span, 2.0);
    let slack = next + e0.clone().times(exp(*s0) / span) + e1.clone().times(exp(*s1) / span);
    claims
        .equal(format!("kappa: {name}"), measured - (of_pairs + of_axes) / span, steps - coupled, slack)
        .on("the sum of the parts", size + steps);
}
