//! Square linear systems, solved to the last digits.

use faer::Mat;
use faer::linalg::solvers::Solve;

use super::compensated::less_dot;

/// x with A x = b, A row after row: elimination, and two corrections from residuals in twice the working precision. None
/// if A is singular in double precision.
pub fn solve(a: &[Vec<f64>], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let factor = Mat::from_fn(n, n, |i, j| a[i][j]).partial_piv_lu();
    let mut x = vec![0.0; n];
    for _ in 0..3 {
        let correction = factor.solve(&Mat::from_fn(n, 1, |i, _| less_dot(b[i], &a[i], &x)));
        (0..n).for_each(|i| x[i] += correction[(i, 0)]);
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of condition 10^8; what is left of the error is the rounding of the solution.
    #[test]
    fn refined_to_the_last_digits() {
        let e = 1.0 / f64::from(1 << 27);
        let found = solve(&[vec![1.0, 1.0], vec![1.0, 1.0 + e]], &[2.0, 2.0 + e]).unwrap();
        assert_eq!(found, [1.0, 1.0]);
        assert_eq!(solve(&[vec![1.0, 1.0], vec![1.0, 1.0]], &[1.0, 2.0]), None);
    }
}
