//! The multipliers of largest entropy among all dual solutions, and the vector w̃ that goes with them.
//!
//! On the span of the support, w̃ = argmin_v Σ_S e^(-x_n·v) + ŵ·v. Its gradient vanishes where
//! Σ_S e^(-x_n·w̃) x_n = ŵ: the weights alpha_n = e^(-x_n·w̃) solve the dual of the maximum margin, and of
//! all solutions they have the largest entropy, since log alpha is linear in x_n. A minimiser exists if
//! and only if some dual solution is positive on the whole support.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::max_margin::MaxMargin;
use super::nearest_point::nearest_point;
use crate::error::{Error, Result};
use crate::problem::points::Points;
use crate::real::{UNIT_ROUNDOFF, axpy, combine, dot, exp, ln, norm};

/// w̃ with its multipliers and the curvature there.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxEntropy {
    /// alpha_n = e^(-x_n·w̃) on the support, zero elsewhere.
    pub alpha: Vec<f64>,
    /// The minimiser, a vector of the support's span.
    pub w_tilde: Vec<f64>,
    /// |Σ alpha_n x_n - ŵ| / |ŵ|, and what its computation may have rounded.
    pub residual: f64,
    /// A = Σ alpha_n x_n x_n' on the support's span: eigenvalues, increasing, with unit eigenvectors in R^d.
    pub curvature: Vec<(f64, Vec<f64>)>,
}

impl MaxEntropy {
    /// How far w̃ may be from the minimiser: the residual over the least curvature.
    pub fn uncertainty(&self, w_hat: &[f64]) -> f64 {
        self.residual * norm(w_hat) / self.curvature[0].0
    }

    /// The component of v in the span of the support.
    pub fn project(&self, v: &[f64]) -> Vec<f64> {
        let mut inside = vec![0.0; v.len()];
        for (_, axis) in &self.curvature {
            axpy(dot(axis, v), axis, &mut inside);
        }
        inside
    }
}

/// Support vectors that carry no weight in any dual solution.
pub fn degenerate_support(points: &Points, reference: &MaxMargin) -> Result<Vec<usize>> {
    // A share that is a rounding of zero is no weight.
    let share = |n: usize| reference.gamma * reference.gamma * reference.alpha[n];
    let rounding = 64.0 * points.dim() as f64 * UNIT_ROUNDOFF;
    let (mut positive, mut open): (Vec<usize>, Vec<usize>) =
        reference.support.iter().partition(|&&n| share(n) > rounding);
    // A point of the positive ones' span can borrow weight from them; points whose parts outside the span
    // balance each other can take weight together; if none balance, some direction lowers them all.
    loop {
        let span = orthonormal_span(points, &positive)?;
        let outside = |n: usize| span.iter().fold(points.row(n).to_vec(), |v, q| combine(-dot(&v, q), q, &v));
        let mut still_open = Vec::new();
        for n in open {
            if resolved(norm(&outside(n)) / norm(points.row(n)))? { still_open.push(n) } else { positive.push(n) }
        }
        open = still_open;
        if open.is_empty() {
            return Ok(open);
        }
        let parts = Points::new(points.dim(), open.iter().flat_map(|&n| outside(n)).collect())?;
        let near = nearest_point(&parts)?;
        if resolved(norm(&near.z) / parts.radius())? {
            return Ok(open);
        }
        let balanced: Vec<usize> = near.corral.iter().map(|&i| open[i]).collect();
        open.retain(|n| !balanced.contains(n));
        positive.extend(balanced);
    }
}

/// Whether a ratio of lengths is more than rounding. Between the two limits it is, but its square, which is what the
/// curvature A sees, is not, and nothing can be said.
fn resolved(ratio: f64) -> Result<bool> {
    match ratio {
        r if r <= 1e-13 => Ok(false),
        r if r >= 1e-7 => Ok(true),
        r => Err(Error::numerical(format!(
            "the support vectors are dependent but for a part in {:.0e}, too little to tell their weights apart in double \
             precision; features of one size and near their mean, such as --standardize with --bias makes, may help",
            1.0 / r
        ))),
    }
}

/// An orthonormal basis of the span of the rows named; an error if its dimension is in doubt.
pub fn orthonormal_span(points: &Points, which: &[usize]) -> Result<Vec<Vec<f64>>> {
    let svd =
        points.columns(which).thin_svd().map_err(|_| Error::numerical("the span of the support vectors: no SVD"))?;
    let sigma = svd.S().column_vector();
    let mut basis = Vec::new();
    for j in 0..sigma.nrows() {
        if resolved(sigma[j] / sigma[0])? {
            basis.push(svd.U().col(j).iter().copied().collect());
        }
    }
    Ok(basis)
}

/// Newton's method with backtracking, in an orthonormal basis of the span of `support`: the support
/// vectors, without those that [`degenerate_support`] names.
pub fn max_entropy(points: &Points, reference: &MaxMargin, support: &[usize]) -> Result<MaxEntropy> {
    let MaxMargin { w_hat, gamma, .. } = reference;
    let basis = orthonormal_span(points, support)?;
    let rank = basis.len();
    let coordinates = |v: &[f64]| -> Vec<f64> { basis.iter().map(|q| dot(q, v)).collect() };
    let y: Vec<Vec<f64>> = support.iter().map(|&n| coordinates(points.row(n))).collect();
    let target = coordinates(w_hat);
    let objective = |v: &[f64]| y.iter().map(|y| exp(-dot(y, v))).sum::<f64>() + dot(&target, v);
    let gradient_and_curvature = |v: &[f64]| {
        let (mut gradient, mut curvature) = (target.clone(), Mat::<f64>::zeros(rank, rank));
        for y in &y {
            let alpha = exp(-dot(y, v));
            axpy(-alpha, y, &mut gradient);
            for i in 0..rank {
                for j in 0..rank {
                    curvature[(i, j)] += alpha * y[i] * y[j];
                }
            }
        }
        (gradient, curvature)
    };
    // Where every multiplier is the mean one, 1/(γ²|S|).
    let level = ln(gamma * gamma * support.len() as f64);
    let mut v: Vec<f64> = target.iter().map(|w| level * w).collect();
    let (mut gradient, mut curvature) = gradient_and_curvature(&v);
    for _ in 0..MOST_NEWTON_STEPS {
        let factor = curvature.llt(Side::Lower).map_err(|_| no_minimiser())?;
        let step = factor.solve(&Mat::from_fn(rank, 1, |i, _| -gradient[i]));
        let step: Vec<f64> = step.col(0).iter().copied().collect();
        let slope = dot(&gradient, &step);
        let value = objective(&v);
        let mut length = 1.0;
        while length > 1e-10
            && objective(&combine(length, &step, &v)) > value + 0.25 * length * slope + 1e-14 * value.abs()
        {
            length /= 2.0;
        }
        let candidate = combine(length, &step, &v);
        let (next_gradient, next_curvature) = gradient_and_curvature(&candidate);
        // The end game is below the objective's last digit: go on while the gradient still shrinks.
        if length == 1.0 && norm(&next_gradient) >= norm(&gradient) && norm(&gradient) <= 1e-9 * norm(&target) {
            break;
        }
        (v, gradient, curvature) = (candidate, next_gradient, next_curvature);
    }
    // alpha_n has the rounding of the exponent x_n·v, an inner product, and is added to |S| others.
    let rounded = |y: &Vec<f64>| {
        let exponent: f64 = y.iter().zip(&v).map(|(y, v)| (y * v).abs()).sum();
        (rank as f64 * exponent + 1.0 + support.len() as f64) * exp(-dot(y, &v)) * norm(y)
    };
    let rounding = UNIT_ROUNDOFF * y.iter().map(rounded).sum::<f64>();
    let found = norm(&gradient) / norm(&target);
    if found.is_nan() || found > 1e-9 {
        return Err(no_minimiser());
    }
    let residual = found + rounding / norm(&target);
    let ambient = |c: &[f64]| {
        let mut vector = vec![0.0; points.dim()];
        basis.iter().zip(c).for_each(|(q, &c)| axpy(c, q, &mut vector));
        vector
    };
    let mut alpha = vec![0.0; points.count()];
    for (&n, y) in support.iter().zip(&y) {
        alpha[n] = exp(-dot(y, &v));
    }
    let eigen =
        curvature.self_adjoint_eigen(Side::Lower).map_err(|_| Error::numerical("the curvature: no eigenvalues"))?;
    let axis = |j: usize| ambient(&eigen.U().col(j).iter().copied().collect::<Vec<f64>>());
    let curvature = (0..rank).map(|j| (eigen.S().column_vector()[j], axis(j))).collect();
    Ok(MaxEntropy { alpha, w_tilde: ambient(&v), residual, curvature })
}

const MOST_NEWTON_STEPS: usize = 200;

fn no_minimiser() -> Error {
    Error::numerical(
        "the limit of the residual was not found in double precision: the support vectors are nearly dependent; features \
         of one size and near their mean, such as --standardize with --bias makes, may help",
    )
}
