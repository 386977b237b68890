//! The norms that products of vectors choose: sums of the sizes of coefficients, which are entries or frequencies.

use theoremcheck::real::{dot, norm, pow};

/// A coefficient of w, real or complex: how it is read off, and how often it counts. With all of them
/// x·w = Σ_k c_k F_k x·F_k w, so that |x·w| ≤ max_k |F_k x| Σ_k c_k |F_k w|.
#[derive(Debug, Clone)]
pub struct Coefficient {
    /// c_k.
    pub weight: f64,
    /// F_k: one row, or two for real and imaginary part.
    pub rows: Vec<Vec<f64>>,
}

impl Coefficient {
    /// F_k w.
    pub fn of(&self, w: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| dot(row, w)).collect()
    }

    /// |F_k w|.
    pub fn size(&self, w: &[f64]) -> f64 {
        norm(&self.of(w))
    }
}

/// (Σ c_k |F_k w|^(2/D))^(D/2): the least of (|θ|²/D)^(D/2) over all θ of D layers whose product is w. A norm for D = 2.
pub fn length(coefficients: &[Coefficient], depth: f64, w: &[f64]) -> f64 {
    let sum: f64 = coefficients.iter().map(|k| k.weight * pow(k.size(w), 2.0 / depth)).sum();
    pow(sum, 0.5 * depth)
}

/// The dual of the norm for D = 2, max |F_k z|.
pub fn dual(coefficients: &[Coefficient], z: &[f64]) -> f64 {
    coefficients.iter().map(|k| k.size(z)).fold(0.0, f64::max)
}
