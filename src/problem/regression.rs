//! Least squares: examples with real targets, seeded or from a table.

use super::points::Points;
use super::separable::orthonormal_basis;
use super::table::Table;
use crate::error::{Error, Result};
use crate::real::{axpy, dot, norm};
use crate::seed::Stream;

/// n examples in R^d, the rows of X, and a target for each. The loss is 1/2 |X w - y|².
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// One example a row.
    pub x: Points,
    /// One entry a row of X.
    pub y: Vec<f64>,
}

/// Largest cell that is computed with: products of several must be finite.
const LARGEST_CELL: f64 = 1e60;

impl Regression {
    /// Features first, the target last.
    pub fn from_table(table: &Table) -> Result<Self> {
        let features = table.columns() - 1;
        if features == 0 {
            return Err(Error::input(format!(
                "{}: a single column; at least one feature and then the target are needed on each line",
                table.source
            )));
        }
        for (row, &line) in table.rows.iter().zip(&table.lines) {
            if let Some(j) = row.iter().position(|cell| cell.abs() > LARGEST_CELL) {
                return Err(Error::input(format!(
                    "{}: {:e} is too large to square in double precision; rescale the column to below {LARGEST_CELL:e}",
                    table.place(line, j),
                    row[j]
                )));
            }
        }
        let x = Points::new(features, table.rows.iter().flat_map(|row| row[..features].to_vec()).collect())?;
        Ok(Regression { x, y: table.column(features).collect() })
    }

    /// X w - y.
    pub fn residual(&self, w: &[f64]) -> Vec<f64> {
        self.x.rows().zip(&self.y).map(|(x, y)| dot(x, w) - y).collect()
    }

    /// X'(X w - y), the gradient of the loss.
    pub fn gradient(&self, w: &[f64]) -> Vec<f64> {
        self.x.combination(&self.residual(w))
    }

    /// The Frobenius norm of X, at least its largest singular value.
    pub fn frobenius(&self) -> f64 {
        self.x.rows().map(|x| dot(x, x)).sum::<f64>().sqrt()
    }
}

/// A problem whose singular value decomposition is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// The examples and their targets.
    pub problem: Regression,
    /// The singular values, as they were asked for.
    pub sigma: Vec<f64>,
    /// The left singular vectors.
    pub left: Vec<Vec<f64>>,
    /// An orthonormal basis of R^d: the right singular vectors, then vectors of the null space.
    pub axes: Vec<Vec<f64>>,
    /// The coordinates of the solution of least norm along the right singular vectors.
    pub coordinates: Vec<f64>,
}

impl Planted {
    /// Σ coordinates_i v_i, the shortest w with X w = y.
    pub fn min_norm(&self) -> Vec<f64> {
        let mut w = vec![0.0; self.problem.x.dim()];
        self.coordinates.iter().zip(&self.axes).for_each(|(c, axis)| axpy(*c, axis, &mut w));
        w
    }

    /// A vector of length one in the null space of X.
    pub fn null_direction(&self, stream: &mut Stream) -> Vec<f64> {
        let mut z = vec![0.0; self.problem.x.dim()];
        self.axes[self.sigma.len()..].iter().for_each(|axis| axpy(stream.normal(), axis, &mut z));
        let length = norm(&z);
        z.iter().map(|z| z / length).collect()
    }
}

/// X = Σ sigma_i u_i v_i' with random orthonormal u and v, n = the number of singular values, at most d; y = X w for
/// the w whose coordinates along the v_i are between 1 and 2, of either sign.
pub fn plant(sigma: &[f64], dim: usize, stream: &mut Stream) -> Planted {
    let count = sigma.len();
    assert!(count > 0 && count <= dim && sigma.iter().all(|&s| s > 0.0));
    let left = orthonormal_basis(&stream.normals(count), stream);
    let axes = orthonormal_basis(&stream.normals(dim), stream);
    let sign = |x: f64| if x < 0.0 { -1.0 } else { 1.0 };
    let coordinates: Vec<f64> =
        (0..count).map(|_| sign(stream.uniform(-1.0, 1.0)) * stream.uniform(1.0, 2.0)).collect();
    let mut rows = vec![vec![0.0; dim]; count];
    let mut y = vec![0.0; count];
    for (i, u) in left.iter().enumerate() {
        for n in 0..count {
            axpy(sigma[i] * u[n], &axes[i], &mut rows[n]);
        }
        axpy(sigma[i] * coordinates[i], u, &mut y);
    }
    let x = Points::new(dim, rows.concat()).expect("the rows have the length of the axes");
    Planted { problem: Regression { x, y }, sigma: sigma.to_vec(), left, axes, coordinates }
}
