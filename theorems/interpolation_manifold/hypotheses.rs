//! The hypotheses, as the experiments are seen to satisfy them.

use super::experiments::{Interpolation, trained};
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, norm};
use theoremcheck::seed::Stream;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "full-rank",
        says: "The Jacobian of F at θ has rank n.",
        verify: verify_full_rank,
        only_sufficient: None,
    },
    Hypothesis {
        id: "smooth",
        says: "F is twice continuously differentiable.",
        verify: |lab| smooth(&*lab.run(trained)?, lab.seed().stream("interpolation-manifold", "smooth")),
        only_sufficient: Some(
            "one continuous derivative makes the set a manifold; the second is used for how fast it leaves its \
             tangent space. A network of ReLUs has both away from its kinks.",
        ),
    },
];

fn verify_full_rank(lab: &Lab) -> Result<Finding> {
    let run = lab.run(trained)?;
    let (count, reference) = (run.task.points.count(), &run.decomposition);
    Ok(Finding {
        holds: reference.rank == count && reference.sigma_least() > 0.0,
        detail: format!(
            "p = {}, n = {count}, σ_n = {:.6}, known to {:.0e}",
            run.task.network.parameters(),
            reference.sigma[count - 1],
            reference.error
        ),
    })
}

/// F is made of sums, products and tanh, and so has derivatives of every order. What has to be seen is the constant Λ that
/// the proof uses: the largest second derivative in any direction, the norm of v -> dJ/dv, at θ and at points up to the
/// distance 1 from it, from differences of J along every axis.
fn smooth(run: &Interpolation, mut stream: Stream) -> Result<Finding> {
    const APART: f64 = 1.0 / 8192.0;
    let all = run.theta().len();
    let second = |theta: &[f64]| {
        let along = |i: usize| {
            let moved = |h: f64| {
                let mut theta = theta.to_vec();
                theta[i] += h;
                run.task.jacobian(&theta)
            };
            let (ahead, behind) = (moved(APART), moved(-APART));
            let quotients = ahead.rows().flatten().zip(behind.rows().flatten()).map(|(a, b)| (a - b) / (2.0 * APART));
            quotients.collect::<Vec<f64>>()
        };
        Points::new(all * run.task.points.count(), (0..all).flat_map(along).collect())?.sigma_max()
    };
    let mut largest = second(run.theta())?;
    for _ in 0..20 {
        let v = stream.normals(all);
        largest = largest.max(second(&combine(stream.uniform(0.0, 1.0) / norm(&v), &v, run.theta()))?);
    }
    Ok(Finding {
        holds: largest <= run.lipschitz,
        detail: format!(
            "sums, products and tanh; the largest second derivative at θ and at 20 points up to 1 away is {largest:.2}, at \
             most Λ = {:.2}",
            run.lipschitz
        ),
    })
}
