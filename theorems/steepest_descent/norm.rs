//! The norms, their duals, and the direction of steepest ascent in each.

use super::singular::{Shape, polar, singular, singular_values};
use theoremcheck::real::{dot, norm};

/// A norm on R^d.
#[derive(Debug, Clone)]
pub enum Norm {
    /// Σ |w_i|.
    L1,
    /// (Σ w_i²)^(1/2).
    L2,
    /// max |w_i|.
    LInf,
    /// (w'Qw)^(1/2) with Q = C C'.
    Mahalanobis(Cholesky),
    /// The largest singular value of a matrix, kept row after row.
    Spectral(Shape),
}

impl Norm {
    /// What the book calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Norm::L1 => "l1",
            Norm::L2 => "l2",
            Norm::LInf => "l_inf",
            Norm::Mahalanobis(_) => "Q",
            Norm::Spectral(_) => "spectral",
        }
    }

    /// Whether the unit ball has edges.
    pub fn has_edges(&self) -> bool {
        matches!(self, Norm::L1 | Norm::LInf | Norm::Spectral(_))
    }

    /// ‖w‖.
    pub fn length(&self, w: &[f64]) -> f64 {
        match self {
            Norm::L1 => w.iter().map(|w| w.abs()).sum(),
            Norm::L2 => norm(w),
            Norm::LInf => w.iter().fold(0.0, |most, w| w.abs().max(most)),
            Norm::Mahalanobis(c) => norm(&c.transpose_times(w)),
            Norm::Spectral(shape) => singular_values(*shape, w)[0],
        }
    }

    /// The largest ‖w‖ over |w_j| ≤ e_j; in Q a bound of it.
    pub fn length_of_box(&self, e: &[f64]) -> f64 {
        match self {
            Norm::Mahalanobis(c) => norm(&c.sizes().transpose_times(e)),
            // None of them is longer for other signs.
            Norm::L1 | Norm::L2 | Norm::LInf | Norm::Spectral(_) => self.length(e),
        }
    }

    /// ‖z‖_*, the largest v·z over ‖v‖ ≤ 1.
    pub fn dual(&self, z: &[f64]) -> f64 {
        match self {
            Norm::L1 => Norm::LInf.length(z),
            Norm::L2 => norm(z),
            Norm::LInf => Norm::L1.length(z),
            Norm::Mahalanobis(c) => norm(&c.solve(z)),
            Norm::Spectral(shape) => singular_values(*shape, z).iter().sum(),
        }
    }

    /// By how many unit roundoffs ‖w‖ may be off as it is computed: a sum of d terms or a root of one, each relative to itself;
    /// in Q each entry of C'w, of d terms, on the scale of their sizes.
    pub fn length_roundings(&self, w: &[f64]) -> f64 {
        let d = w.len() as f64;
        match self {
            Norm::LInf => 0.0,
            Norm::L1 | Norm::L2 => (d + 2.0) * self.length(w),
            Norm::Mahalanobis(c) => (2.0 * d + 2.0) * norm(&c.sizes().transpose_times(&sizes(w))),
            Norm::Spectral(shape) => singular(*shape, w).roundings(),
        }
    }

    /// By how many unit roundoffs ‖z‖_* may be off as it is computed. In Q elimination solves C y = z as if each entry of C
    /// were off by d roundings (Higham 2002, theorem 8.5), so that y is off by d |C^-1| |C| |y|.
    pub fn dual_roundings(&self, z: &[f64]) -> f64 {
        let d = z.len() as f64;
        match self {
            Norm::L1 => 0.0,
            Norm::LInf | Norm::L2 => (d + 2.0) * self.dual(z),
            Norm::Mahalanobis(c) => {
                let y = c.solve(z);
                (d + 2.0) * norm(&y) + d * self.dual_of_errors(&c.sizes().times(&sizes(&y)))
            }
            Norm::Spectral(shape) => shape.rank() as f64 * (singular(*shape, z).roundings() + self.dual(z)),
        }
    }

    /// No z with |z_i| ≤ `errors`_i has a ‖z‖_* above this.
    pub fn dual_of_errors(&self, errors: &[f64]) -> f64 {
        let unit = |i: usize| -> Vec<f64> { (0..errors.len()).map(|j| f64::from(i == j)).collect() };
        errors.iter().enumerate().map(|(i, error)| error * self.dual(&unit(i))).sum()
    }

    /// A v with ‖v‖ ≤ 1 and v·z = ‖z‖_*. Of several largest entries l1 takes the first; an entry 0 of z moves nothing in
    /// l_inf; the rows of a matrix must sum to zero.
    pub fn steepest(&self, z: &[f64]) -> Vec<f64> {
        match self {
            Norm::L1 => {
                let first = (0..z.len()).fold(0, |best, i| if z[i].abs() > z[best].abs() { i } else { best });
                (0..z.len()).map(|i| if i == first { z[i].signum() } else { 0.0 }).collect()
            }
            Norm::L2 => z.iter().map(|x| x / norm(z)).collect(),
            Norm::LInf => z.iter().map(|x| if *x == 0.0 { 0.0 } else { x.signum() }).collect(),
            Norm::Mahalanobis(c) => {
                let y = c.solve(z);
                c.solve_transpose(&y).iter().map(|v| v / norm(&y)).collect()
            }
            Norm::Spectral(shape) => polar(*shape, z),
        }
    }
}

fn sizes(v: &[f64]) -> Vec<f64> {
    v.iter().map(|v| v.abs()).collect()
}

/// The lower triangular C of Q = C C', row after row; the diagonal is positive.
#[derive(Debug, Clone)]
pub struct Cholesky(Vec<Vec<f64>>);

impl Cholesky {
    /// C itself, rows from the first to the diagonal.
    pub fn from_factor(rows: Vec<Vec<f64>>) -> Self {
        debug_assert!(rows.iter().enumerate().all(|(i, row)| row.len() == i + 1 && row[i] > 0.0));
        Cholesky(rows)
    }

    /// The factor of a symmetric Q, of which the lower triangle is read; None if Q is not positive definite.
    pub fn of(q: &[Vec<f64>]) -> Option<Self> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(q.len());
        for i in 0..q.len() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for j in 0..i {
                row.push((q[i][j] - dot(&row, &rows[j][..j])) / rows[j][j]);
            }
            let square = q[i][i] - dot(&row, &row);
            if square.is_nan() || square <= 0.0 {
                return None;
            }
            row.push(square.sqrt());
            rows.push(row);
        }
        Some(Cholesky(rows))
    }

    /// The sizes of the entries.
    fn sizes(&self) -> Self {
        Cholesky(self.0.iter().map(|row| sizes(row)).collect())
    }

    /// C y.
    pub fn times(&self, y: &[f64]) -> Vec<f64> {
        self.0.iter().map(|row| dot(row, &y[..row.len()])).collect()
    }

    /// C'w.
    pub fn transpose_times(&self, w: &[f64]) -> Vec<f64> {
        (0..w.len()).map(|j| (j..w.len()).map(|i| self.0[i][j] * w[i]).sum()).collect()
    }

    /// C^-1 z.
    pub fn solve(&self, z: &[f64]) -> Vec<f64> {
        let mut y: Vec<f64> = Vec::with_capacity(z.len());
        for (i, row) in self.0.iter().enumerate() {
            y.push((z[i] - dot(&row[..i], &y)) / row[i]);
        }
        y
    }

    /// C'^-1 y.
    pub fn solve_transpose(&self, y: &[f64]) -> Vec<f64> {
        let d = y.len();
        let mut w = vec![0.0; d];
        for j in (0..d).rev() {
            let known: f64 = (j + 1..d).map(|i| self.0[i][j] * w[i]).sum();
            w[j] = (y[j] - known) / self.0[j][j];
        }
        w
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theoremcheck::seed::Seed;

    #[test]
    fn the_steepest_direction_attains_the_dual_norm() {
        let stream = &mut Seed(1).stream("steepest-descent", "norms");
        let q = [vec![2.0, 0.6, -0.3], vec![0.6, 1.0, 0.2], vec![-0.3, 0.2, 1.5]];
        let norms = [Norm::L1, Norm::L2, Norm::LInf, Norm::Mahalanobis(Cholesky::of(&q).unwrap())];
        for norm in norms {
            for _ in 0..100 {
                let (z, w) = (stream.normals(3), stream.normals(3));
                let v = norm.steepest(&z);
                assert!((norm.length(&v) - 1.0).abs() < 1e-14, "{}", norm.name());
                assert!((dot(&v, &z) - norm.dual(&z)).abs() < 1e-14 * norm.dual(&z).max(1.0));
                assert!(dot(&w, &z) <= norm.length(&w) * norm.dual(&z) * (1.0 + 1e-14));
            }
        }
    }

    #[test]
    fn the_factor_is_that_of_the_matrix() {
        let q = [vec![2.0, 0.6], vec![0.6, 1.0]];
        let c = Cholesky::of(&q).unwrap();
        let w = [0.3, -0.7];
        let by_q: f64 = (0..2).flat_map(|i| (0..2).map(move |j| (i, j))).map(|(i, j)| w[i] * q[i][j] * w[j]).sum();
        assert!((Norm::Mahalanobis(c).length(&w) - by_q.sqrt()).abs() < 1e-15);
        assert!(Cholesky::of(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_none());
    }
}
