//! Singular values of small matrices, by rotations of their columns in a fixed order: the same bits everywhere, and a bound of
//! what rounding does to them.

use theoremcheck::real::{dot, norm};

/// Rows and columns of a matrix that is kept row after row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub rows: usize,
    pub cols: usize,
}

impl Shape {
    /// How many singular values there are.
    pub fn rank(self) -> usize {
        self.rows.min(self.cols)
    }
}

/// Σ σ_i u_i v_i', σ falling; a u_i is 0 where σ_i is.
#[derive(Debug, Clone)]
pub struct Singular {
    pub values: Vec<f64>,
    pub left: Vec<Vec<f64>>,
    pub right: Vec<Vec<f64>>,
    rotations: usize,
}

/// After so many rounds over all pairs of columns, the columns of a small matrix are long orthogonal.
const MOST_ROUNDS: usize = 40;
/// Columns count as orthogonal at so many unit roundoffs of their lengths.
const ORTHOGONAL: f64 = 8.0;
/// Roundings of a rotation: a tangent, its cosine, and two products and a sum in each entry.
const OF_A_ROTATION: f64 = 16.0;

/// The fewer of rows and columns as columns, one after the other, turned until they are orthogonal.
struct Turned {
    /// How long a column is.
    long: usize,
    columns: Vec<f64>,
    /// What the unit vectors became, if it was asked for.
    basis: Vec<f64>,
    /// The power of two that was taken out, for no square to overflow.
    exponent: i32,
    rotations: usize,
}

/// One-sided Jacobi rotations (Hestenes 1958): right and left of each other are turned until the columns are orthogonal, whose
/// lengths are then the singular values.
fn turned(shape: Shape, entries: &[f64], with_basis: bool) -> Turned {
    let Shape { rows, cols } = shape;
    // A power of two, so that nothing is rounded.
    let largest = entries.iter().fold(0.0_f64, |most, x| x.abs().max(most));
    let exponent = if largest > 0.0 && largest.is_finite() { libm::ilogb(largest) } else { 0 };
    let upright = rows >= cols;
    let (n, long) = if upright { (cols, rows) } else { (rows, cols) };
    let entry = |k: usize| entries[if upright { k % long * cols + k / long } else { k }];
    let mut columns: Vec<f64> = (0..n * long).map(|k| libm::scalbn(entry(k), -exponent)).collect();
    let mut basis = Vec::new();
    if with_basis {
        basis.extend((0..n * n).map(|k| f64::from(k / n == k % n)));
    }
    let mut rotations = 0;
    for _ in 0..MOST_ROUNDS {
        let before = rotations;
        for i in 0..n {
            for j in i + 1..n {
                let (x, y) = (&columns[i * long..][..long], &columns[j * long..][..long]);
                let (a, b, c) = (dot(x, x), dot(y, y), dot(x, y));
                if c.abs() <= ORTHOGONAL * f64::EPSILON * (a * b).sqrt() {
                    continue;
                }
                let zeta = (b - a) / (2.0 * c);
                let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                rotate(&mut columns, long, [i, j], cosine, cosine * tangent);
                if with_basis {
                    rotate(&mut basis, n, [i, j], cosine, cosine * tangent);
                }
                rotations += 1;
            }
        }
        if rotations == before {
            break;
        }
    }
    Turned { long, columns, basis, exponent, rotations }
}

/// The singular values, falling.
pub fn singular_values(shape: Shape, entries: &[f64]) -> Vec<f64> {
    let Turned { long, columns, exponent, .. } = turned(shape, entries, false);
    let mut values: Vec<f64> = columns.chunks_exact(long).map(|column| libm::scalbn(norm(column), exponent)).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// The decomposition.
pub fn singular(shape: Shape, entries: &[f64]) -> Singular {
    let Turned { long, columns, basis, exponent, rotations } = turned(shape, entries, true);
    let n = columns.len() / long;
    let column = |i: usize| &columns[i * long..][..long];
    let lengths: Vec<f64> = (0..n).map(|i| norm(column(i))).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| lengths[j].total_cmp(&lengths[i]));
    let unit = |i: usize| -> Vec<f64> {
        column(i).iter().map(|x| if lengths[i] > 0.0 { x / lengths[i] } else { 0.0 }).collect()
    };
    let units: Vec<Vec<f64>> = order.iter().map(|&i| unit(i)).collect();
    let others: Vec<Vec<f64>> = order.iter().map(|&i| basis[i * n..][..n].to_vec()).collect();
    let values = order.iter().map(|&i| libm::scalbn(lengths[i], exponent)).collect();
    let (left, right) = if shape.rows >= shape.cols { (units, others) } else { (others, units) };
    Singular { values, left, right, rotations }
}

fn rotate(columns: &mut [f64], long: usize, [i, j]: [usize; 2], cosine: f64, sine: f64) {
    let (before, after) = columns.split_at_mut(j * long);
    for (a, b) in before[i * long..][..long].iter_mut().zip(&mut after[..long]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

impl Singular {
    /// By how many unit roundoffs a singular value may be off: every rotation moves the columns by so many of their lengths;
    /// what is left of their inner products, n² of them, counts by its share; and lengths are rounded.
    pub fn roundings(&self) -> f64 {
        let (n, long) = (self.values.len() as f64, self.left[0].len().max(self.right[0].len()) as f64);
        let all = norm(&self.values);
        (OF_A_ROTATION * self.rotations as f64 + n * (2.0 * ORTHOGONAL + long) + long + 2.0) * all
    }

    /// Σ f(σ_i) u_i v_i' over the `count` largest.
    pub fn with(&self, count: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
        let cols = self.right[0].len();
        let mut sum = vec![0.0; self.left[0].len() * cols];
        for k in 0..count {
            let size = f(self.values[k]);
            for (row, u) in sum.chunks_exact_mut(cols).zip(&self.left[k]) {
                row.iter_mut().zip(&self.right[k]).for_each(|(s, v)| *s += size * u * v);
            }
        }
        sum
    }
}

/// The polar factor Σ u_i v_i' of a matrix whose rows sum to zero. Of as many rows as columns or fewer, such a matrix has a
/// singular value that is zero by that sum alone, the last, and what rounding makes of it is left out; others that are zero
/// move nothing.
pub fn polar(shape: Shape, entries: &[f64]) -> Vec<f64> {
    let all = singular(shape, entries);
    let count = shape.cols.min(shape.rows - 1);
    all.with(count, |size| if size > 0.0 { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use theoremcheck::seed::Seed;

    #[test]
    fn the_factors_give_the_matrix_back() {
        let stream = &mut Seed(1).stream("optimizer-norm", "singular values");
        for (rows, cols) in [(3, 2), (2, 3), (4, 4), (1, 5), (5, 1)] {
            let shape = Shape { rows, cols };
            for _ in 0..50 {
                let z = stream.normals(rows * cols);
                let parts = singular(shape, &z);
                let again = parts.with(shape.rank(), |size| size);
                assert!(z.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-14 * (1.0 + norm(&z))));
                for (i, u) in parts.left.iter().enumerate() {
                    for (j, v) in parts.left.iter().enumerate() {
                        assert!((dot(u, v) - f64::from(i == j)).abs() < 1e-14);
                    }
                }
            }
        }
    }

    #[test]
    fn small_singular_values_have_directions() {
        // Two columns that are almost one: the second singular value is 2^-40 of the first.
        let small = 1.0 / (1_u64 << 40) as f64;
        let parts = singular(Shape { rows: 3, cols: 2 }, &[1.0, 1.0, 1.0, 1.0 + small, -2.0, -2.0 - small]);
        assert!(dot(&parts.left[0], &parts.left[1]).abs() < 1e-14);
        let v = polar(Shape { rows: 3, cols: 2 }, &[1.0, 1.0, 1.0, 1.0 + small, -2.0, -2.0 - small]);
        assert!(singular(Shape { rows: 3, cols: 2 }, &v).values.iter().all(|s| (s - 1.0).abs() < 1e-14));
    }
}
