//! Separable points whose max-margin answer is planted.
//!
//! On generic Gaussian clusters the residual decays so slowly that t = 10^100 is early. Here the
//! support vectors, their multipliers, the margin of the next point and the curvature are chosen, so
//! that every exponent is known and large enough to be seen.

use crate::error::Result;
use crate::problem::points::Points;
use crate::real::{axpy, norm, reject};
use crate::seed::Stream;

/// What is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// n, at least d + 1: d points become support vectors, one stands at the next margin.
    pub count: usize,
    /// The largest margin, γ.
    pub gamma: f64,
    /// x·ŵ of the nearest point that is no support vector; the others are at least half a unit beyond.
    pub next_margin: f64,
    /// The d - 1 eigenvalues of A across ŵ, at least one; along ŵ it is 1.
    pub curvature: Vec<f64>,
}

/// Points with their planted answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// The d support vectors, then the others.
    pub points: Points,
    /// The planted minimiser of |w| subject to x_n·w ≥ 1.
    pub w_hat: Vec<f64>,
    /// The planted multipliers: ŵ = Σ alpha_n x_n, zero off the support.
    pub alpha: Vec<f64>,
    /// The eigenvector of A to each eigenvalue of the plan.
    pub axes: Vec<Vec<f64>>,
    /// What was asked for.
    pub plan: Plan,
}

/// Plants d support vectors that span R^d.
///
/// With u a unit vector, ŵ = u/γ, shares p_n in a ratio of at most four to one, and alpha = p/γ², the
/// support vectors are x_n = γu + z_n with z_n ⊥ u. They satisfy x_n·ŵ = 1, and Σ alpha_n x_n = ŵ if and
/// only if Σ p_n z_n = 0. Taking √alpha_n z_n = Λ^(1/2) q_n, where the q_n are the rows of orthonormal columns
/// that are orthogonal to (√p_n), gives that, and Σ alpha_n z_n z_n' = Λ: the curvature A = Σ alpha x x'
/// has eigenvalue 1 along u and the chosen Λ across. The point at the next margin is off ŵ along every axis by
/// a multiple of γ between 1/2 and 3/2, so that its force is seen along each.
pub fn plant(plan: Plan, stream: &mut Stream) -> Result<Planted> {
    let Plan { count, gamma, next_margin, ref curvature } = plan;
    let dim = curvature.len() + 1;
    assert!(dim >= 2 && count > dim && gamma > 0.0 && next_margin > 1.0 && curvature.iter().all(|&l| l > 0.0));
    let raw: Vec<f64> = (0..dim).map(|_| stream.uniform(1.0, 4.0)).collect();
    let total: f64 = raw.iter().sum();
    let p: Vec<f64> = raw.iter().map(|r| r / total).collect();
    let root_p: Vec<f64> = p.iter().map(|p| p.sqrt()).collect();
    let across = orthonormal_basis(&root_p, stream);
    let axes = orthonormal_basis(&stream.normals(dim), stream);
    let u = &axes[0];
    let w_hat: Vec<f64> = u.iter().map(|u| u / gamma).collect();

    let mut rows = Vec::with_capacity(count);
    for n in 0..dim {
        let mut x: Vec<f64> = u.iter().map(|u| gamma * u).collect();
        for (k, lambda) in curvature.iter().enumerate() {
            let z = (lambda / p[n]).sqrt() * gamma * across[k + 1][n];
            axpy(z, &axes[k + 1], &mut x);
        }
        rows.push(x);
    }
    for extra in 0..count - dim {
        let m = if extra == 0 { next_margin } else { next_margin + stream.uniform(0.5, 3.0) };
        let mut x: Vec<f64> = u.iter().map(|u| gamma * m * u).collect();
        for axis in &axes[1..] {
            let off = if extra == 0 { stream.normal().signum() * stream.uniform(0.5, 1.5) } else { stream.normal() };
            axpy(gamma * off, axis, &mut x);
        }
        rows.push(x);
    }
    let mut alpha: Vec<f64> = p.iter().map(|p| p / (gamma * gamma)).collect();
    alpha.resize(count, 0.0);
    let axes = axes.into_iter().skip(1).collect();
    Ok(Planted { points: Points::new(dim, rows.concat())?, w_hat, alpha, axes, plan })
}

/// An orthonormal basis of R^d whose first vector is along `first`, the others random: Gram and
/// Schmidt, twice. Written out because faer's QR has other last bits on another processor, and the
/// data must not.
pub fn orthonormal_basis(first: &[f64], stream: &mut Stream) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(first.len());
    for k in 0..first.len() {
        let mut v = if k == 0 { first.to_vec() } else { stream.normals(first.len()) };
        for _ in 0..2 {
            for q in &basis {
                v = reject(&v, q);
            }
        }
        let length = norm(&v);
        basis.push(v.iter().map(|v| v / length).collect());
    }
    basis
}
