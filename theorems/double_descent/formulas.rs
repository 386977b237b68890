//! What the theorem predicts, in closed form: no draws, no matrices.

use super::draws::Model;

/// The excess risk of the shortest least-squares solution, for independent standard Gaussian features: infinite where noise
/// meets |n - p| ≤ 1.
pub(super) fn excess_risk(model: &Model, p: usize) -> f64 {
    let noise = if model.variance == 0.0 { 0.0 } else { model.variance * inverse_trace(model.n, p) };
    model.signal * outside(model.n, p) + noise
}

/// The variance of the excess risk of one draw: its two parts are independent. Infinite where noise meets |n - p| ≤ 3.
pub(super) fn excess_variance(model: &Model, p: usize) -> f64 {
    let Model { n, signal, variance, .. } = *model;
    let noise = if variance == 0.0 { 0.0 } else { variance * variance * noise_variance(n, p) };
    signal * signal * outside_variance(n, p) + noise
}

/// The mean share of |β|² outside of the row space: 1 - n/p, or 0.
pub(super) fn outside(n: usize, p: usize) -> f64 {
    if p <= n { 0.0 } else { 1.0 - n as f64 / p as f64 }
}

/// Its variance: that of Beta((p - n)/2, n/2).
pub(super) fn outside_variance(n: usize, p: usize) -> f64 {
    let (n, p) = (n as f64, p as f64);
    if p <= n { 0.0 } else { 2.0 * n * (p - n) / (p * p * (p + 2.0)) }
}

/// m = min(n, p) and c = |n - p|.
fn small_and_gap(n: usize, p: usize) -> (f64, f64) {
    (n.min(p) as f64, n.abs_diff(p) as f64)
}

/// E tr W^-1 = m/(c - 1).
pub(super) fn inverse_trace(n: usize, p: usize) -> f64 {
    let (m, c) = small_and_gap(n, p);
    if c <= 1.0 { f64::INFINITY } else { m / (c - 1.0) }
}

/// E tr W^-2 = m (m + c - 1)/(c (c - 1)(c - 3)), for c ≥ 4.
pub(super) fn inverse_square_trace(n: usize, p: usize) -> f64 {
    let (m, c) = small_and_gap(n, p);
    m * (m + c - 1.0) / (c * (c - 1.0) * (c - 3.0))
}

/// E ((tr W^-1)² - tr W^-2) = m (m - 1)/(c (c - 1)), for c ≥ 2.
pub(super) fn pairs(n: usize, p: usize) -> f64 {
    let (m, c) = small_and_gap(n, p);
    m * (m - 1.0) / (c * (c - 1.0))
}

/// Var tr W^-1 = 2 m (m + c - 1)/(c (c - 1)² (c - 3)), for c ≥ 4.
pub(super) fn inverse_trace_variance(n: usize, p: usize) -> f64 {
    let (m, c) = small_and_gap(n, p);
    2.0 * m * (m + c - 1.0) / (c * (c - 1.0) * (c - 1.0) * (c - 3.0))
}

/// Var |X⁺ε|² = 2 m (m + c - 1)/((c - 1)² (c - 3)).
pub(super) fn noise_variance(n: usize, p: usize) -> f64 {
    let (m, c) = small_and_gap(n, p);
    if c <= 3.0 { f64::INFINITY } else { 2.0 * m * (m + c - 1.0) / ((c - 1.0) * (c - 1.0) * (c - 3.0)) }
}

/// The k-th moment of Beta(a, b).
pub(super) fn beta_moment(a: f64, b: f64, k: i32) -> f64 {
    (0..k).map(|i| (a + f64::from(i)) / (a + b + f64::from(i))).product()
}
