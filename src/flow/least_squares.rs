//! Gradient descent and AdaGrad on the loss 1/2 |X w - y|².

use crate::problem::regression::Regression;
use crate::real::{LN_2, axpy, dot, ln};

/// The weights after so many steps, w · 2^exponent. The exponent is 0 unless the weights outgrow a double.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterate {
    /// How many steps were taken.
    pub step: u64,
    /// The weights over 2^exponent.
    pub w: Vec<f64>,
    /// The power of two that was taken out.
    pub exponent: i64,
}

impl Iterate {
    /// ln |w_j|, which is finite where w_j itself may overflow.
    pub fn log_abs(&self, j: usize) -> f64 {
        ln(self.w[j].abs()) + self.exponent as f64 * LN_2
    }
}

/// Weights beyond 2^200 are written with an exponent, in multiples of 200: powers of two lose no bits, and no square
/// overflows.
const FOLD: i64 = 200;
const FOLD_FACTOR: f64 = f64::from_bits(((1023 + FOLD) as u64) << 52);

/// w <- w - η X'(X w - y) from `start` to the last of `record`, increasing step numbers. η σ_1², the start and y are at
/// most 1e60, so that one step cannot overflow.
pub fn descend(problem: &Regression, eta: f64, start: &[f64], record: &[u64]) -> Vec<Iterate> {
    let mut iterates = Vec::with_capacity(record.len());
    let mut at = Iterate { step: 0, w: start.to_vec(), exponent: 0 };
    // What y is in units of 2^exponent.
    let mut unit = 1.0;
    let mut gradient = vec![0.0; start.len()];
    loop {
        if record.get(iterates.len()) == Some(&at.step) {
            iterates.push(at.clone());
        }
        if iterates.len() == record.len() {
            return iterates;
        }
        gradient.fill(0.0);
        for (x, y) in problem.x.rows().zip(&problem.y) {
            axpy(dot(x, &at.w) - unit * y, x, &mut gradient);
        }
        axpy(-eta, &gradient, &mut at.w);
        at.step += 1;
        while at.w.iter().any(|w| w.abs() > FOLD_FACTOR) {
            at.w.iter_mut().for_each(|w| *w /= FOLD_FACTOR);
            unit /= FOLD_FACTOR;
            at.exponent += FOLD;
        }
    }
}

/// AdaGrad (Duchi, Hazan, Singer 2011) with diagonal scaling: G_j <- G_j + g_j², w_j <- w_j - η g_j/√G_j.
pub fn adagrad(problem: &Regression, eta: f64, start: &[f64], record: &[u64]) -> Vec<Iterate> {
    let mut iterates = Vec::with_capacity(record.len());
    let mut at = Iterate { step: 0, w: start.to_vec(), exponent: 0 };
    let mut squares = vec![0.0; start.len()];
    loop {
        if record.get(iterates.len()) == Some(&at.step) {
            iterates.push(at.clone());
        }
        if iterates.len() == record.len() {
            return iterates;
        }
        let gradient = problem.gradient(&at.w);
        for j in 0..start.len() {
            squares[j] += gradient[j] * gradient[j];
            if squares[j] > 0.0 {
                at.w[j] -= eta * gradient[j] / squares[j].sqrt();
            }
        }
        at.step += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::points::Points;

    /// 2^199 -> -2^200 is kept as it is; 2^199 -> -3 · 2^199 is written with an exponent, in the same bits.
    #[test]
    fn an_exponent_is_used_above_the_largest_weight_only() {
        let problem = Regression { x: Points::from_rows(&[[1.0]]), y: vec![0.0] };
        let half = FOLD_FACTOR / 2.0;
        let after = |eta: f64| descend(&problem, eta, &[half], &[1]).remove(0);
        assert_eq!(after(3.0), Iterate { step: 1, w: vec![-FOLD_FACTOR], exponent: 0 });
        assert_eq!(after(4.0), Iterate { step: 1, w: vec![-1.5], exponent: FOLD });
        assert_eq!(after(4.0).log_abs(0), ln(1.5) + 200.0 * LN_2);
    }
}
