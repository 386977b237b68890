//! The singular value decomposition of a least-squares problem, and the minimiser nearest to a start, with bounds on
//! their errors.

use faer::Mat;

use super::compensated::{Sum, less_dot};
use crate::error::{Error, Result};
use crate::problem::points::Points;
use crate::problem::regression::Regression;
use crate::real::{UNIT_ROUNDOFF, axpy, dot, norm};

/// X = Σ sigma_i u_i v_i', as far as rounding lets one see.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// All min(n, d) singular values, decreasing.
    pub sigma: Vec<f64>,
    /// How many of them are above the rounding of the largest: the rank r of X, to working precision.
    pub rank: usize,
    /// u_1, .., u_r in R^n.
    pub left: Vec<Vec<f64>>,
    /// v_1, .., v_r in R^d, a basis of the row space.
    pub right: Vec<Vec<f64>>,
    /// No singular value is off by more: the norm of X - U Σ V', and what U and V lack of being orthonormal.
    pub error: f64,
}

/// A minimiser of |X w - y|, with what is certain of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// The minimiser, as computed.
    pub w: Vec<f64>,
    /// |X w - y|.
    pub residual: f64,
    /// |w - w∞| is at most this, where w∞ is the true minimiser nearest to the start.
    pub error: f64,
}

/// A singular value below max(n, d) · 2^-52 of the largest counts as zero.
pub fn decompose(x: &Points) -> Result<Decomposition> {
    let (count, dim) = (x.count(), x.dim());
    let matrix = Mat::from_fn(count, dim, |i, j| x.row(i)[j]);
    let svd = matrix.thin_svd().map_err(Error::no_singular_values)?;
    let sigma: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let threshold = count.max(dim) as f64 * f64::EPSILON * sigma[0];
    let rank = sigma.iter().filter(|&&s| s > threshold).count();
    let defect = |q: faer::MatRef<'_, f64>| (q.transpose() * q - Mat::<f64>::identity(q.ncols(), q.ncols())).norm_l2();
    let scaled = Mat::from_fn(count, sigma.len(), |i, j| svd.U()[(i, j)] * sigma[j]);
    let backward = (&matrix - scaled * svd.V().transpose()).norm_l2();
    // An almost orthonormal Q is within |Q'Q - I| of an orthonormal one; twice that covers the products of both. The
    // bound itself is rounded.
    let rounding = (count + dim) as f64 * UNIT_ROUNDOFF * sigma[0];
    let error = backward + 2.0 * sigma[0] * (defect(svd.U()) + defect(svd.V())) + rounding;
    let columns = |q: faer::MatRef<'_, f64>| (0..rank).map(|j| q.col(j).iter().copied().collect()).collect();
    Ok(Decomposition { rank, left: columns(svd.U()), right: columns(svd.V()), sigma, error })
}

impl Decomposition {
    /// The least singular value that is not zero, from below. NaN if there is none.
    pub fn sigma_least(&self) -> f64 {
        if self.rank == 0 { f64::NAN } else { self.sigma[self.rank - 1] - self.error }
    }

    /// The part of a vector in the null space of X.
    pub fn null_part(&self, w: &[f64]) -> Vec<f64> {
        let mut rest = w.to_vec();
        // Twice, since the first time leaves roundings of the size of w.
        for _ in 0..2 {
            for v in &self.right {
                axpy(-dot(v, &rest), v, &mut rest);
            }
        }
        rest
    }

    /// w∞ = X⁺ y + (I - X⁺X) start: of all minimisers of |X w - y| the one nearest to `start`.
    ///
    /// Solved and refined with residuals in twice the precision. The bound: with r = X w - y, the part of w - w∞ in the
    /// row space is (X'X)⁺ X' r, at most |X' r|/σ_r², and if X has rank n, so that X w∞ = y, at most |r|/σ_r, doubled
    /// here for its rounding; and the part in the null space is that of w - start - X'λ, for any
    /// λ whatever, at most the length of this vector.
    pub fn nearest(&self, problem: &Regression, start: &[f64]) -> Nearest {
        let Regression { x, y } = problem;
        let residual = |w: &[f64]| -> Vec<f64> { x.rows().zip(y).map(|(x, &y)| -less_dot(y, x, w)).collect() };
        let mut w = start.to_vec();
        for _ in 0..3 {
            let r = residual(&w);
            for ((u, v), s) in self.left.iter().zip(&self.right).zip(&self.sigma) {
                axpy(-dot(u, &r) / s, v, &mut w);
            }
        }
        let r = residual(&w);
        let moved: Vec<f64> = w.iter().zip(start).map(|(w, s)| w - s).collect();
        let mut lambda = vec![0.0; x.count()];
        for ((u, v), s) in self.left.iter().zip(&self.right).zip(&self.sigma) {
            axpy(dot(v, &moved) / s, u, &mut lambda);
        }
        let gradient = combine(x, &r, None);
        let outside = combine(x, &lambda, Some(&moved));
        // The residual and the difference to the start were rounded once.
        let least = self.sigma_least();
        let along = match self.rank {
            0 => 0.0,
            _ if least <= 0.0 => f64::INFINITY,
            rank => {
                let normal = (norm(&gradient) + UNIT_ROUNDOFF * self.sigma[0] * norm(&r)) / (least * least);
                let direct = if rank == x.count() { 2.0 * norm(&r) / least } else { f64::INFINITY };
                normal.min(direct)
            }
        };
        let across = if self.rank == x.dim() { 0.0 } else { norm(&outside) + UNIT_ROUNDOFF * norm(&moved) };
        Nearest { residual: norm(&r), error: (along * along + across * across).sqrt(), w }
    }
}

/// Σ weights_n x_n, or what it lacks of `from`, in twice the precision.
fn combine(x: &Points, weights: &[f64], from: Option<&[f64]>) -> Vec<f64> {
    let mut sums = vec![Sum::default(); x.dim()];
    if let Some(from) = from {
        sums.iter_mut().zip(from).for_each(|(sum, &f)| sum.add(-f));
    }
    for (row, &a) in x.rows().zip(weights) {
        sums.iter_mut().zip(row).for_each(|(sum, &entry)| sum.add_product(a, entry));
    }
    sums.into_iter().map(Sum::value).collect()
}
