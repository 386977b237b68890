//! The certificate of a minimum nuclear norm: two bounds, from the data, a factorisation and a dual matrix alone, in
//! twice the working precision. Of the solver's code it shares nothing but the accurate inner product, which is tested
//! by itself; it computes no singular value.

use faer::Mat;

use super::compensated::{Sum, dot, less_dot};
use crate::problem::completion::Completion;

/// Unit roundoff.
const U: f64 = f64::EPSILON / 2.0;

/// What is certain of min |X|_* subject to P_Ω(X) = P_Ω(M), given U (rows × k), V (cols × k), a matrix Y that is zero
/// off Ω, and a number c.
///
/// *From below.* If c ≥ |Y|_op then every feasible X has <Y, M> = <Y, X> ≤ c|X|_*, since the nuclear and the operator
/// norm are dual (Recht, Fazel, Parrilo 2010).
///
/// *From above.* X = UV' + E with E = P_Ω(M - UV') is feasible; |UV'|_* ≤ |U|_F|V|_F ≤ (|U|_F² + |V|_F²)/2, and E has
/// at most min(rows, cols) singular values, so that |E|_* ≤ √min(rows, cols)|E|_F by Cauchy and Schwarz. This X is UV'
/// with its observed entries replaced by M.
///
/// Both bounds are moved outwards by more than their own rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NuclearCertificate {
    /// <Y, M>/c: the minimum is at least this. 0, which needs no proof, if c ≥ |Y|_op was not proved.
    pub lower: f64,
    /// (|U|_F² + |V|_F²)/2 + √min(rows, cols)|P_Ω(M - UV')|_F: the minimum is at most this.
    pub upper: f64,
    /// (upper - lower)/lower; 0 if both are 0, infinite if nothing but 0 is known from below.
    pub relative_gap: f64,
    /// |P_Ω(M - UV')|_F.
    pub misfit: f64,
    /// Whether c ≥ |Y|_op was proved.
    pub bounded: bool,
}

/// Certifies U (rows × k), V (cols × k), the values of Y on the entries of Ω in their order, and c. Refuses, by
/// `bounded = false`, what is of the wrong length or not finite. For numbers between 1e-100 and 1e100, or 0.
pub fn certify(problem: &Completion, u: &Mat<f64>, v: &Mat<f64>, dual: &[f64], c: f64) -> NuclearCertificate {
    let bounded = dual.len() == problem.entries.len() && bounds_operator_norm(problem, dual, c);
    let lower = if bounded { (pairing(problem, dual) / c * (1.0 - 4.0 * U)).max(0.0) } else { 0.0 };
    let (upper, misfit) = upper_bound(problem, u, v);
    let relative_gap = if upper == 0.0 { 0.0 } else { (upper - lower) / lower };
    NuclearCertificate { lower, upper, relative_gap, misfit, bounded }
}

/// <Y, M>, less what its own rounding may be: of a sum of n products in twice the precision, u of the sum and
/// (2nu)² of the sum of their sizes (Ogita, Rump, Oishi 2005).
fn pairing(problem: &Completion, dual: &[f64]) -> f64 {
    let (mut sum, mut sizes) = (Sum::default(), Sum::default());
    for (entry, &y) in problem.entries.iter().zip(dual) {
        sum.add_product(entry.m, y);
        sizes.add((entry.m * y).abs());
    }
    let operations = 2.0 * dual.len() as f64 * U;
    sum.value() - 2.0 * U * sum.value().abs() - 2.0 * operations * operations * sizes.value()
}

/// The bound from above, and |P_Ω(M - UV')|_F. Every sum is of nonnegative terms, each right to some roundings, and so
/// is the whole: sixteen are more than enough. (The part of E's error that is not relative to E is k²u² of |U||V| an
/// entry, and vanishes in one of the sixteen.)
fn upper_bound(problem: &Completion, u: &Mat<f64>, v: &Mat<f64>) -> (f64, f64) {
    if (u.nrows(), v.nrows()) != (problem.rows, problem.cols) || u.ncols() != v.ncols() {
        return (f64::INFINITY, f64::INFINITY);
    }
    let lines = |x: &Mat<f64>| -> Vec<Vec<f64>> { x.row_iter().map(|row| row.iter().copied().collect()).collect() };
    let (u, v) = (lines(u), lines(v));
    let (mut squares, mut misfit) = (Sum::default(), Sum::default());
    u.iter().chain(&v).for_each(|line| squares.add(dot(line, line)));
    for entry in &problem.entries {
        let e = less_dot(entry.m, &u[entry.i], &v[entry.j]);
        misfit.add_product(e, e);
    }
    let misfit = misfit.value().sqrt();
    let singular_values = problem.rows.min(problem.cols) as f64;
    let upper = (squares.value() / 2.0 + singular_values.sqrt() * misfit) * (1.0 + 16.0 * U);
    // NaN bounds nothing.
    if upper.is_nan() { (f64::INFINITY, misfit) } else { (upper, misfit) }
}

/// Proves |Y|_op ≤ c by a Cholesky factorisation of B = c²I - Y'Y (or c²I - YY', if that is smaller), n × n.
///
/// If the factorisation of a matrix A with nonnegative diagonal runs to its end in floating point, then
/// A + γ tr(A) I ≥ 0 with γ = (n + 2)u/(1 - (n + 2)u) (Demmel 1989; Rump 2006). Here A is B less a margin, of which
/// half is for that, and the rest for the rounding of B: its entries are sums in twice the precision of k products, so
/// that they are off by u of themselves and (2ku)² of the sum of the products' sizes, at most 2c²; in the operator norm
/// by u tr(B) and 2nc²(2ku)². Doubled, for the margin is rounded too.
fn bounds_operator_norm(problem: &Completion, dual: &[f64], c: f64) -> bool {
    // Beyond this c² may overflow or lose its digits.
    if !(1e-100..=1e100).contains(&c) {
        return false;
    }
    let (n, k) = (problem.rows.min(problem.cols), problem.rows.max(problem.cols));
    let mut lines = vec![vec![0.0; k]; n];
    for (entry, &y) in problem.entries.iter().zip(dual) {
        if problem.cols <= problem.rows {
            lines[entry.j][entry.i] = y;
        } else {
            lines[entry.i][entry.j] = y;
        }
    }
    let mut b = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..i {
            b[i][j] = less_dot(0.0, &lines[i], &lines[j]);
        }
        let mut sum = Sum::default();
        sum.add_product(c, c);
        lines[i].iter().for_each(|&y| sum.add_product(-y, y));
        b[i][i] = sum.value();
    }
    let trace: f64 = (0..n).map(|i| b[i][i]).sum();
    let (lines_count, products) = (n as f64, 2.0 * (k + 1) as f64 * U);
    let margin = 2.0 * (lines_count + 4.0) * U * trace + 4.0 * lines_count * c * c * products * products;
    (0..n).for_each(|i| b[i][i] -= margin);
    has_cholesky(b)
}

/// Whether Cholesky's factorisation of the lower triangle runs to its end. NaN does not.
fn has_cholesky(mut b: Vec<Vec<f64>>) -> bool {
    for j in 0..b.len() {
        let (done, rest) = b.split_at_mut(j + 1);
        let pivot_row = &mut done[j];
        let pivot = pivot_row[..j].iter().fold(pivot_row[j], |left, l| left - l * l);
        if !(pivot > 0.0 && pivot.is_finite()) {
            return false;
        }
        pivot_row[j] = pivot.sqrt();
        for row in rest {
            let inner: f64 = row[..j].iter().zip(&pivot_row[..j]).fold(row[j], |left, (a, l)| left - a * l);
            row[j] = inner / pivot_row[j];
        }
    }
    true
}
