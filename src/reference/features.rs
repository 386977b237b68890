//! Least squares of least norm while features arrive one after the other.
//!
//! The factorisation is updated, not begun anew for each number of features. Up to n features X = QR: a new column goes
//! through the reflections of those before it. From then on XX' = R'R: a new column is added to the Gram matrix, and R
//! costs n³/6 wherever it is asked for, less than to rotate some n/6 columns into it.

use fearless_simd::{Level, dispatch};

use crate::real::{axpy, dot, norm};

/// So many columns are taken side by side, as the sums of one do not wait for those of another.
const TOGETHER: usize = 4;

/// An upper triangular matrix, column after column.
#[derive(Debug, Clone, Default)]
struct Triangle {
    order: usize,
    entries: Vec<f64>,
}

impl Triangle {
    fn column(&self, j: usize) -> &[f64] {
        let from = j * (j + 1) / 2;
        &self.entries[from..=from + j]
    }

    fn push(&mut self, column: &[f64]) {
        debug_assert_eq!(column.len(), self.order + 1);
        self.entries.extend(column);
        self.order += 1;
    }

    /// R^-1 b, in place.
    fn solve(&self, b: &mut [f64]) {
        for j in (0..b.len()).rev() {
            let column = self.column(j);
            b[j] /= column[j];
            axpy(-b[j], &column[..j], &mut b[..j]);
        }
    }

    /// Entry j of R'^-1 b in place of that of b, once those before it are there.
    #[inline(always)]
    fn solve_transposed_at(&self, j: usize, b: &mut [f64]) {
        let column = self.column(j);
        b[j] = (b[j] - dot(&column[..j], &b[..j])) / column[j];
    }

    /// R^-1.
    fn inverse(&self) -> Triangle {
        let mut inverse = Triangle::default();
        for j in 0..self.order {
            let mut column = vec![0.0; j + 1];
            column[j] = 1.0;
            self.solve(&mut column);
            inverse.push(&column);
        }
        inverse
    }

    /// R with R'R = A, for a positive definite A whose lower half is given row after row.
    #[inline(always)]
    fn cholesky(order: usize, lower: &[f64]) -> Triangle {
        let mut triangle = Triangle::default();
        let row = |j: usize| lower[j * (j + 1) / 2..][..=j].to_vec();
        for first in (0..order).step_by(TOGETHER) {
            let mut columns: Vec<Vec<f64>> = (first..order.min(first + TOGETHER)).map(row).collect();
            for i in 0..first {
                columns.iter_mut().for_each(|column| triangle.solve_transposed_at(i, column));
            }
            for (j, mut column) in (first..).zip(columns) {
                (first..j).for_each(|i| triangle.solve_transposed_at(i, &mut column));
                column[j] = (column[j] - dot(&column[..j], &column[..j])).sqrt();
                triangle.push(&column);
            }
        }
        triangle
    }
}

/// Adds Σ x x' over B columns to a symmetric matrix, whose lower half is given row after row.
#[inline(always)]
fn add_squares<const B: usize>(lower: &mut [f64], columns: &[f64]) {
    let n = columns.len() / B;
    let mut rest = lower;
    for i in 0..n {
        let (row, below) = rest.split_at_mut(i + 1);
        rest = below;
        let x: [&[f64]; B] = std::array::from_fn(|k| &columns[k * n..][..row.len()]);
        let last = x.map(|x| x[i]);
        for (j, entry) in row.iter_mut().enumerate() {
            let mut sum = 0.0;
            for k in 0..B {
                sum += last[k] * x[k][j];
            }
            *entry += sum;
        }
    }
}

/// (I - v v')y, in place, where v begins at entry k.
#[inline(always)]
fn mirror(k: usize, v: &[f64], y: &mut [f64]) {
    axpy(-dot(v, &y[k..]), v, &mut y[k..]);
}

/// The columns of X so far.
pub struct Features {
    n: usize,
    columns: Vec<f64>,
    /// v_k of length n - k with |v_k|² = 2: the reflections I - v v', of as many columns as were reduced, n at the most.
    reflections: Vec<Vec<f64>>,
    /// The triangle of X = QR for these columns, while p ≤ n.
    tall: Triangle,
    /// The lower half of XX', of as many columns as are counted, and its triangle.
    gram: Vec<f64>,
    counted: usize,
    wide: Triangle,
}

impl Features {
    /// None yet, for n examples.
    pub fn new(n: usize) -> Features {
        Features {
            n,
            columns: Vec::new(),
            reflections: Vec::new(),
            tall: Triangle::default(),
            gram: Vec::new(),
            counted: 0,
            wide: Triangle::default(),
        }
    }

    /// p.
    pub fn count(&self) -> usize {
        self.columns.len() / self.n
    }

    /// Feature j of each example.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.columns[j * self.n..(j + 1) * self.n]
    }

    /// One more feature: n numbers.
    pub fn push(&mut self, x: &[f64]) {
        self.columns.extend(x);
    }

    /// Q'y, in place, of the reflections from `first` on.
    #[inline(always)]
    fn reflect(&self, first: usize, y: &mut [f64]) {
        for (k, v) in self.reflections.iter().enumerate().skip(first) {
            mirror(k, v, y);
        }
    }

    /// The columns that are not yet in the triangle of X = QR, p ≤ n.
    #[inline(always)]
    fn reduce(&mut self) {
        while self.tall.order < self.count() {
            let first = self.tall.order;
            let mut columns: Vec<Vec<f64>> =
                (first..self.count().min(first + TOGETHER)).map(|j| self.column(j).to_vec()).collect();
            for (k, v) in self.reflections.iter().enumerate() {
                columns.iter_mut().for_each(|column| mirror(k, v, column));
            }
            for (k, mut column) in (first..).zip(columns) {
                self.reflect(first, &mut column);
                let mut v = column.split_off(k);
                let length = norm(&v);
                let diagonal = -length.copysign(v[0]);
                v[0] -= diagonal;
                let scale = 2.0_f64.sqrt() / norm(&v);
                v.iter_mut().for_each(|v| *v *= scale);
                self.reflections.push(v);
                column.push(diagonal);
                self.tall.push(&column);
            }
        }
    }

    /// The triangle for the features so far: R'R = X'X up to n of them, and XX' beyond.
    fn triangle(&mut self) -> &Triangle {
        let (n, p) = (self.n, self.count());
        if p <= n {
            // The same sums in the same order, compiled for each level of instructions, here and below.
            dispatch!(Level::new(), _simd => self.reduce());
            return &self.tall;
        }
        if self.counted < p {
            self.gram.resize(n * (n + 1) / 2, 0.0);
            dispatch!(Level::new(), _simd => {
                let mut new = &self.columns[self.counted * n..];
                // Eight columns at a time, so that the matrix is read and written an eighth as often.
                while let Some((eight, rest)) = new.split_at_checked(8 * n) {
                    add_squares::<8>(&mut self.gram, eight);
                    new = rest;
                }
                new.chunks_exact(n).for_each(|x| add_squares::<1>(&mut self.gram, x));
                self.wide = Triangle::cholesky(n, &self.gram);
            });
            self.counted = p;
        }
        &self.wide
    }

    /// X⁺y, y of n numbers: of all w that make |X w - y| least, the shortest.
    pub fn least_norm(&mut self, y: &[f64]) -> Vec<f64> {
        let (n, p) = (self.n, self.count());
        let mut z = y.to_vec();
        if p <= n {
            self.triangle();
            self.reflect(0, &mut z);
            z.truncate(p);
            self.tall.solve(&mut z);
            return z;
        }
        let triangle = self.triangle();
        (0..n).for_each(|j| triangle.solve_transposed_at(j, &mut z));
        triangle.solve(&mut z);
        self.columns.chunks_exact(n).map(|x| dot(x, &z)).collect()
    }

    /// tr W^-1 and tr W^-2 for the Gram matrix W of the smaller side.
    pub fn inverse_traces(&mut self) -> [f64; 2] {
        let inverse = self.triangle().inverse();
        let column = |j: usize| inverse.column(j);
        let first = (0..inverse.order).map(|j| dot(column(j), column(j))).sum();
        // tr (V V')² = tr (V'V)² for V = R^-1.
        let product = |i: usize, j: usize| dot(column(i), &column(j)[..=i]);
        let square = |i: usize, j: usize| if i == j { 1.0 } else { 2.0 } * product(i, j) * product(i, j);
        let second = (0..inverse.order).flat_map(|j| (0..=j).map(move |i| (i, j))).map(|(i, j)| square(i, j)).sum();
        [first, second]
    }

    /// tr W^-1 alone, which is the expectation of |X⁺ε|² over ε with covariance I.
    pub fn inverse_trace(&mut self) -> f64 {
        let inverse = self.triangle().inverse();
        dot(&inverse.entries, &inverse.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::points::Points;
    use crate::problem::regression::Regression;
    use crate::real::distance;
    use crate::reference::least_norm::decompose;
    use crate::seed::Seed;

    /// Against a singular value decomposition, for every number of features.
    #[test]
    fn the_updated_factorisation_is_that_of_the_columns() {
        let stream = &mut Seed(7).stream("features", "factorisation");
        let n = 6;
        let mut features = Features::new(n);
        let y = stream.normals(n);
        for p in 1..=17 {
            features.push(&stream.normals(n));
            // Not at every p, so that columns are counted one by one and in blocks.
            if p > n && p % 5 == 0 {
                continue;
            }
            let entries =
                (0..n).flat_map(|i| (0..p).map(move |j| (i, j))).map(|(i, j)| features.column(j)[i]).collect();
            let problem = Regression { x: Points::new(p, entries).unwrap(), y: y.clone() };
            let reference = decompose(&problem.x).unwrap();
            let nearest = reference.nearest(&problem, &vec![0.0; p]);
            let condition = reference.sigma[0] / reference.sigma_least();
            let found = features.least_norm(&y);
            assert!(distance(&found, &nearest.w) <= 1e-13 * condition * condition * norm(&nearest.w), "{p}");
            let [first, second] = features.inverse_traces();
            let power = |k: f64| reference.sigma.iter().map(|s| crate::real::pow(*s, -k)).sum::<f64>();
            assert!((first / power(2.0) - 1.0).abs() < 1e-13 * condition * condition);
            assert!((second / power(4.0) - 1.0).abs() < 1e-13 * condition * condition);
            assert!((features.inverse_trace() / first - 1.0).abs() < 1e-14);
        }
    }
}
