//! What the methods hand to each other: approximations, and factors that solve the problem up to rounding.

use faer::Mat;

use crate::error::{Error, Result};
use crate::problem::completion::Completion;

/// X, feasible but for rounding, a matrix Y with |Y|_op ≤ 1, and the steps it took to find them.
pub(super) struct Approximation {
    pub x: Mat<f64>,
    pub y: Vec<f64>,
    pub steps: usize,
}

/// Y, rows × cols.
pub(super) fn operator(problem: &Completion, y: &[f64]) -> Mat<f64> {
    let mut operator = Mat::zeros(problem.rows, problem.cols);
    for (entry, &y) in problem.entries.iter().zip(y) {
        operator[(entry.i, entry.j)] = y;
    }
    operator
}

/// U, rows × k, and V, cols × k, with U'U = V'V.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    pub u: Mat<f64>,
    pub v: Mat<f64>,
}

impl Factors {
    /// X = UV' from X = P S Q': U = P √S, V = Q √S.
    pub fn of(x: &Mat<f64>) -> Result<Self> {
        let svd = x.thin_svd().map_err(Error::no_singular_values)?;
        let root = |k: usize| svd.S().column_vector()[k].sqrt();
        let k = svd.S().column_vector().nrows();
        let u = Mat::from_fn(x.nrows(), k, |i, k| svd.U()[(i, k)] * root(k));
        let v = Mat::from_fn(x.ncols(), k, |j, k| svd.V()[(j, k)] * root(k));
        Ok(Factors { u, v })
    }

    /// The rank of the solution that X and Y are near. There, σ_i(X)(1 - σ_i(Y)) = 0 for each i: the factor that is
    /// larger, in units of its largest, is the one that is not zero.
    pub fn rank(&self, sigma_y: &[f64]) -> usize {
        let sigma_x: Vec<f64> = self.u.col_iter().map(|column| column.squared_norm_l2()).collect();
        (0..sigma_x.len()).take_while(|&i| sigma_x[i] / sigma_x[0] > 1.0 - sigma_y[i] / sigma_y[0]).count()
    }

    /// (|U|_F² + |V|_F²)^½.
    pub fn length(&self) -> f64 {
        (self.u.squared_norm_l2() + self.v.squared_norm_l2()).sqrt()
    }

    pub fn leading(&self, k: usize) -> Self {
        let leading = |x: &Mat<f64>| x.subcols(0, k).to_owned();
        Factors { u: leading(&self.u), v: leading(&self.v) }
    }
}
