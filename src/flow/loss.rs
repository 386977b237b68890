//! Losses of a margin u = y x·w, in the log domain: ln ℓ(u) and ln(-ℓ'(u)) stay ordinary numbers
//! where ℓ itself is 10^-1000000.

use crate::problem::points::Points;
use crate::real::{LN_2, axpy, dot, exp, ln, ln_1p, log_sum_exp, softplus};

/// A loss of the margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// ℓ(u) = e^-u.
    Exponential,
    /// ℓ(u) = log(1 + e^-u): smooth with β = 1/4, and its tail is exponential.
    Logistic,
    /// ℓ(u) = u^-ν on u > 0: the tail that the theorem excludes. Margins must start positive.
    Polynomial {
        /// The exponent ν > 0.
        nu: f64,
    },
    /// ℓ(u) = (u - 1)²/2: a regression loss on labels, which pulls a point back once u > 1.
    Squared,
}

impl Loss {
    /// ln ℓ(u).
    pub fn log_value(self, u: f64) -> f64 {
        match self {
            Loss::Exponential => -u,
            // ln(1 + e^-u) = e^-u (1 - e^-u/2 + ..): past 18 the bracket is one term to 1e-16.
            Loss::Logistic if u > 18.0 => -u + ln_1p(-0.5 * exp(-u)),
            Loss::Logistic => ln(softplus(-u)),
            Loss::Polynomial { nu } => -nu * ln(u),
            Loss::Squared => 2.0 * ln((u - 1.0).abs()) - LN_2,
        }
    }

    /// ℓ(u), for |u| ≤ [`ORDINARY`].
    fn value(self, u: f64) -> f64 {
        match self {
            Loss::Exponential => exp(-u),
            Loss::Logistic => softplus(-u),
            Loss::Polynomial { .. } => exp(self.log_value(u)),
            Loss::Squared => 0.5 * (u - 1.0) * (u - 1.0),
        }
    }

    /// -ℓ'(u), for |u| ≤ [`ORDINARY`].
    pub fn pull(self, u: f64) -> f64 {
        match self {
            Loss::Exponential => exp(-u),
            Loss::Logistic => 1.0 / (1.0 + exp(u)),
            Loss::Polynomial { .. } => exp(self.log_pull(u)),
            Loss::Squared => 1.0 - u,
        }
    }

    /// ln(-ℓ'(u)): how hard a point pulls. NaN for the squared loss past u = 1, where it pulls back.
    pub fn log_pull(self, u: f64) -> f64 {
        match self {
            Loss::Exponential => -u,
            Loss::Logistic => -softplus(u),
            Loss::Polynomial { nu } => ln(nu) - (nu + 1.0) * ln(u),
            Loss::Squared => ln(1.0 - u),
        }
    }

    /// d/du ln(-ℓ'(u)): the curvature over the pull, negative.
    pub fn log_pull_slope(self, u: f64) -> f64 {
        match self {
            Loss::Exponential => -1.0,
            Loss::Logistic => -exp(-softplus(-u)),
            Loss::Polynomial { nu } => -(nu + 1.0) / u,
            Loss::Squared => -1.0 / (1.0 - u),
        }
    }

    /// ln(-ℓ'(u)) + u, for the losses with an exponential tail: tends to 0 as u grows. It lets the
    /// moving frame cancel u against s before anything is rounded.
    pub fn tail_correction(self, u: f64) -> f64 {
        match self {
            Loss::Exponential => 0.0,
            // ln(1 + y) = y for y < 2^-53.
            Loss::Logistic if u > 37.0 => -exp(-u),
            Loss::Logistic if u >= 0.0 => -ln_1p(exp(-u)),
            Loss::Logistic => u - ln_1p(exp(u)),
            Loss::Polynomial { .. } | Loss::Squared => self.log_pull(u) + u,
        }
    }

    /// The Lipschitz constant β of ℓ', where there is one.
    pub fn smoothness(self) -> Option<f64> {
        match self {
            Loss::Logistic => Some(0.25),
            Loss::Squared => Some(1.0),
            Loss::Exponential | Loss::Polynomial { .. } => None,
        }
    }

    /// The loss in one word.
    pub fn name(self) -> &'static str {
        match self {
            Loss::Exponential => "exponential",
            Loss::Logistic => "logistic",
            Loss::Polynomial { .. } => "polynomial",
            Loss::Squared => "squared",
        }
    }
}

/// e^±300, the product of two such numbers, and sums of those are ordinary doubles: up to here the logarithms of losses and
/// pulls, which cost two or three exponentials more, are not needed.
pub const ORDINARY: f64 = 300.0;

/// ln L(w), where L(w) = Σ ℓ(x_n·w) is a sum, not a mean.
pub fn log_loss(points: &Points, loss: Loss, w: &[f64]) -> f64 {
    let mut sum = 0.0;
    for x in points.rows() {
        let u = dot(x, w);
        if u.abs() > ORDINARY {
            return log_sum_exp(points.rows().map(|x| loss.log_value(dot(x, w))));
        }
        sum += loss.value(u);
    }
    ln(sum)
}

/// The point's pulls ln(-ℓ'(x_n·w)), one a point.
pub fn log_pulls(points: &Points, loss: Loss, w: &[f64]) -> Vec<f64> {
    points.rows().map(|x| loss.log_pull(dot(x, w))).collect()
}

/// Each point's share of the gradient, -ℓ'_n / Σ -ℓ'_m: nonnegative, sums to one.
pub fn shares(points: &Points, loss: Loss, w: &[f64]) -> Vec<f64> {
    let pulls = log_pulls(points, loss, w);
    let total = log_sum_exp(pulls.iter().copied());
    pulls.iter().map(|pull| exp(pull - total)).collect()
}

/// out = -∇L(w) · e^`log_scale`.
pub fn scaled_descent(points: &Points, loss: Loss, log_scale: f64, w: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let scale = exp(log_scale);
    for x in points.rows() {
        let u = dot(x, w);
        let pull = match loss {
            Loss::Squared => scale * loss.pull(u),
            _ if u.abs() <= ORDINARY && log_scale.abs() <= ORDINARY => scale * loss.pull(u),
            _ => exp(log_scale + loss.log_pull(u)),
        };
        axpy(pull, x, out);
    }
}
