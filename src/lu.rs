//! Gaussian elimination with partial pivoting in a fixed order of operations, for the small dense
//! systems of the stiff integrator and of the simplex method. faer chooses its kernels by the processor at hand; a trajectory
//! must have the same bits on every processor.

use crate::real::ln;

/// P A = L U of a square matrix, row after row, in place.
pub struct Lu {
    dim: usize,
    factors: Vec<f64>,
    /// Row k was exchanged with row `pivots[k]`.
    pivots: Vec<usize>,
}

impl Lu {
    /// Factors a dim × dim matrix, row after row.
    pub fn new(dim: usize, mut a: Vec<f64>) -> Self {
        let mut pivots = Vec::with_capacity(dim);
        for k in 0..dim {
            let pivot =
                (k..dim).fold(k, |best, i| if a[i * dim + k].abs() > a[best * dim + k].abs() { i } else { best });
            pivots.push(pivot);
            for j in 0..dim {
                a.swap(k * dim + j, pivot * dim + j);
            }
            let (upper, lower) = a.split_at_mut((k + 1) * dim);
            let pivot_row = &upper[k * dim..];
            for row in lower.chunks_exact_mut(dim) {
                let factor = row[k] / pivot_row[k];
                row[k] = factor;
                for j in k + 1..dim {
                    row[j] -= factor * pivot_row[j];
                }
            }
        }
        Lu { dim, factors: a, pivots }
    }

    /// log|det A| and the sign of det A; minus infinity for a singular A.
    pub fn log_det(&self) -> (f64, f64) {
        let (mut log, mut sign) = (0.0, 1.0);
        for (k, &pivot) in self.pivots.iter().enumerate() {
            let u = self.factors[k * self.dim + k];
            log += ln(u.abs());
            sign *= if pivot == k { u.signum() } else { -u.signum() };
        }
        (log, sign)
    }

    /// Solves A x = b, x in place of b. A singular A gives entries that are not finite.
    pub fn solve(&self, b: &mut [f64]) {
        for (k, &pivot) in self.pivots.iter().enumerate() {
            b.swap(k, pivot);
        }
        for i in 1..self.dim {
            let row = &self.factors[i * self.dim..];
            for j in 0..i {
                b[i] -= row[j] * b[j];
            }
        }
        for i in (0..self.dim).rev() {
            let row = &self.factors[i * self.dim..];
            for j in i + 1..self.dim {
                b[i] -= row[j] * b[j];
            }
            b[i] /= row[i];
        }
    }
}

/// A square system of columns, solved for the weights of `columns`, or transposed for the vector with these inner
/// products with them.
pub fn solve(columns: &[Vec<f64>], transposed: bool, right: &[f64]) -> Vec<f64> {
    let n = columns.len();
    let entry = |k: usize| if transposed { columns[k / n][k % n] } else { columns[k % n][k / n] };
    let mut solution = right.to_vec();
    Lu::new(n, (0..n * n).map(entry).collect()).solve(&mut solution);
    solution
}
