//! The component of rho along Ŵ, in which cross-entropy and the exponential loss of the pairs differ.

use super::experiments::{Run, SecondOrder, second_order};
use super::planted::Planted;
use crate::max_margin::experiments::state_slack;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::loss::Loss;
use theoremcheck::real::{difference, dot, exp, exp_m1};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "kappa",
    says: "Let the support pairs span the A_nj, m_next be above 2 and all eigenvalues of A across Ŵ above 1/2. Then the coefficient of Ŵ \
           in rho - W̃ is kappa log t / t, with kappa = -γ² Σ_n (Σ_j alpha_nj)² for cross-entropy, where the pairs of an example weigh \
           together, and kappa = 0 for the exponential loss of every pair by itself.",
    kind: Kind::Refinement,
    standing: Standing::Formal,
    notes: &["N6"],
    claims: |lab, c| {
        lab.run(second_order).map(|runs| {
            kappa(&Along::of_flow(&runs, &runs.cross_entropy), c);
            kappa(&Along::of_flow(&runs, &runs.pairwise), c);
        })
    },
}];

/// The coefficient k of Ŵ in rho - W̃ at two late times.
pub struct Along {
    pub name: &'static str,
    /// What the coupling of the pairs is said to take, γ² Σ_n (Σ_j alpha_nj)² or nothing, and what discrete steps are said to add.
    pub coupled: f64,
    pub steps: f64,
    /// γ² Σ_n (Σ_j alpha_nj)², of either loss.
    pub size: f64,
    /// |<A, Δ>| at the first time may be as much on the support, by the memory of the start across Ŵ.
    pub memory: f64,
    /// (log t, k, its slack).
    pub at: [(f64, f64, Slack); 2],
    /// (m - 2, γ² m e^(-<A, W̃>)) of the pairs off the support.
    pub others: Vec<(f64, f64)>,
}

/// γ² Σ_n (Σ_j alpha_nj)², by hand from the planted multipliers.
pub fn coupled_size(planted: &Planted) -> f64 {
    let classes = planted.data.classes();
    let squares = planted.alpha.chunks(classes - 1).map(|alpha| alpha.iter().sum::<f64>()).map(|sum| sum * sum);
    squares.sum::<f64>() / dot(&planted.w_hat, &planted.w_hat)
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

impl Along {
    fn of_flow(runs: &SecondOrder, run: &Run) -> Along {
        let size = coupled_size(&runs.planted);
        let [from, to] = &run.path[..] else { unreachable!("the path has two times") };
        let at = [from, to].map(|at| {
            let uncertain = Slack::certificate(run.prediction.expansion.dual.uncertainty(&run.reference.w_hat));
            let slack = (state_slack(at) + uncertain).times(run.prediction.expansion.gamma);
            (at.log_t, coefficient(run, &at.state), slack)
        });
        let coupled = if run.setup.loss == Loss::Logistic { size } else { 0.0 };
        let memory = run.support_radius() * run.prediction.expansion.memory_across(from.log_t);
        Along { name: run.name, coupled, steps: 0.0, size, memory, at, others: off_the_support(run) }
    }
}

/// **The component along Ŵ.** Of t (e^k - 1) the derivative by log t is γ² t Σ pull m over the pairs off the support, less, for
/// cross-entropy, γ² e^k Σ_n (Σ_j alpha_nj)²; a pair of margin m gives γ² m e^(-<A, W̃>) t^-(m - 2).
pub fn kappa(along: &Along, claims: &mut Claims) {
    let Along { name, coupled, steps, size, memory, at: [(s0, k0, e0), (s1, k1, e1)], others } = along;
    let span = s1 - s0;
    let measured = (exp(*s1) * exp_m1(*k1) - exp(*s0) * exp_m1(*k0)) / span;
    let known: f64 = others.iter().map(|(nu, force)| force * (exp(-nu * s0) - exp(-nu * s1)) / nu).sum::<f64>() / span;
    // Each force has a relative error of k, or of all forces over t, which fall like log t / t from the first time on.
    let forces = size + steps + others.iter().map(|(nu, force)| force * exp(-nu * s0)).sum::<f64>();
    let next = Slack::next_term(forces * (k0.abs() + forces * s0 * exp(-s0)) / span, 3.0)
        + Slack::next_term(0.5 * memory * memory * exp(*s0) / span, 1.0);
    let slack = next + e0.clone().times(exp(*s0) / span) + e1.clone().times(exp(*s1) / span);
    claims
        .equal(format!("kappa: {name}, less what the other pairs force"), measured - known, steps - coupled, slack)
        .on("the sum of the parts", size + steps);
}
