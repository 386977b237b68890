//! Elementary functions whose bits do not depend on the host, and sums in a fixed order.
//!
//! `f64::exp` and its like call the C library of the machine and differ in the last bit from one to
//! the next; a trajectory of a million steps would carry the difference to every number printed.
//! Everything here goes through the `libm` crate, is written once, and is never contracted.

pub use libm::{expm1 as exp_m1, log as ln, log1p as ln_1p, pow, tanh};

/// e^x. Where the answer is 0 it is given at once: far from the separator most points pull that weakly.
pub fn exp(x: f64) -> f64 {
    if x < -745.2 { 0.0 } else { libm::exp(x) }
}

/// ln 10: the natural logarithm of t = 10^k is k times this.
pub const LN_10: f64 = std::f64::consts::LN_10;

/// ln 2.
pub const LN_2: f64 = std::f64::consts::LN_2;

/// Unit roundoff u = 2^-53: the relative error of one rounded operation.
pub const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// Inner product. Four partial sums, then their pairs, then the rest: a fixed order that no compiler may
/// change, and one that fills the vector units of every processor.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_of_pairs(a, b, |a, b| a * b)
}

/// (a - b)·b, in the order of [`dot`]: it keeps its digits where a·b and b·b agree to the last one.
#[inline]
pub fn dot_beyond(a: &[f64], b: &[f64]) -> f64 {
    sum_of_pairs(a, b, |a, b| (a - b) * b)
}

#[inline(always)]
fn sum_of_pairs(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    debug_assert_eq!(a.len(), b.len());
    let (fours_a, rest_a) = a.as_chunks::<4>();
    let (fours_b, rest_b) = b.as_chunks::<4>();
    let mut partial = [0.0; 4];
    for (x, y) in fours_a.iter().zip(fours_b) {
        for k in 0..4 {
            partial[k] += term(x[k], y[k]);
        }
    }
    let mut sum = (partial[0] + partial[2]) + (partial[1] + partial[3]);
    for (x, y) in rest_a.iter().zip(rest_b) {
        sum += term(*x, *y);
    }
    sum
}

/// The largest modulus, 0 of nothing; NaN if one is, for no claim to hold of it.
pub fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().map(f64::abs).fold(0.0, |most, x| if x > most || x.is_nan() { x } else { most })
}

/// Euclidean norm. The caller keeps entries within 1e±150, so that no square overflows.
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// y += a x.
#[inline]
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// a x + y, a new vector.
pub fn combine(a: f64, x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| a * x + y).collect()
}

/// a - b.
pub fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    combine(-1.0, b, a)
}

/// |a - b|.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&difference(a, b))
}

/// a minus its component along `unit`, a vector of length one.
pub fn reject(a: &[f64], unit: &[f64]) -> Vec<f64> {
    combine(-dot(a, unit), unit, a)
}

/// log Σ exp(v_i), without overflow; -∞ for no terms.
pub fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return top;
    }
    top + ln(values.map(|v| exp(v - top)).sum())
}

/// log(1 + e^x), without overflow.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + ln_1p(exp(-x.abs()))
}

/// The root of a function that changes sign on [low, high], to the last bit.
pub fn bisect(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let rising = f(low) < 0.0;
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if (f(middle) < 0.0) == rising { low = middle } else { high = middle }
    }
}
