//! Measured numbers that carry what is known of their own error through a formula.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::claim::Slack;
use crate::real::ln;

/// A number, and why it may be off by as much as it is. Errors are propagated to first order where a rule does not say
/// more, and always as bounds: the reasons add up, whatever their signs.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// The number.
    pub value: f64,
    /// By how much it may be off, and why.
    pub slack: Slack,
}

impl Quantity {
    /// A measured number with the reasons for its error.
    pub fn new(value: f64, slack: Slack) -> Self {
        Quantity { value, slack }
    }

    /// The natural logarithm. |log(v + e) - log v| ≤ |e|/(|v| - |e|); infinite where the error may be the whole number.
    pub fn ln(self) -> Self {
        let left = (self.value.abs() - self.slack.total()).max(0.0);
        Quantity { value: ln(self.value), slack: self.slack.times(1.0 / left) }
    }

    /// (log `to` - log `from`)/`span`: the exponent of what goes from one to the other while its argument's logarithm
    /// moves by `span`.
    pub fn exponent(from: Quantity, to: Quantity, span: f64) -> Self {
        (to.ln() - from.ln()) / span
    }

    /// The same number with one more reason why it may be off.
    pub fn with(self, slack: Slack) -> Self {
        Quantity { value: self.value, slack: self.slack + slack }
    }
}

impl From<f64> for Quantity {
    fn from(value: f64) -> Self {
        Quantity { value, slack: Slack::default() }
    }
}

impl Add for Quantity {
    type Output = Quantity;

    fn add(self, other: Quantity) -> Quantity {
        Quantity { value: self.value + other.value, slack: self.slack + other.slack }
    }
}

impl Neg for Quantity {
    type Output = Quantity;

    fn neg(self) -> Quantity {
        Quantity { value: -self.value, slack: self.slack }
    }
}

impl Sub for Quantity {
    type Output = Quantity;

    fn sub(self, other: Quantity) -> Quantity {
        self + -other
    }
}

impl Sub<f64> for Quantity {
    type Output = Quantity;

    fn sub(self, exact: f64) -> Quantity {
        Quantity { value: self.value - exact, slack: self.slack }
    }
}

impl Mul<f64> for Quantity {
    type Output = Quantity;

    fn mul(self, factor: f64) -> Quantity {
        Quantity { value: self.value * factor, slack: self.slack.times(factor.abs()) }
    }
}

impl Div<f64> for Quantity {
    type Output = Quantity;

    fn div(self, divisor: f64) -> Quantity {
        Quantity { value: self.value / divisor, slack: self.slack.times(1.0 / divisor.abs()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_logarithm_covers_both_ends() {
        let log = Quantity::new(2.0, Slack::next_term(0.5, 1.0)).ln();
        for end in [1.5, 2.5] {
            assert!((ln(end) - log.value).abs() <= log.slack.total());
        }
        assert!(!Quantity::new(1.0, Slack::next_term(1.0, 1.0)).ln().slack.total().is_finite());
    }

    #[test]
    fn an_exponent_keeps_the_reasons_of_both_ends() {
        let power = |s: f64| Quantity::new(crate::real::exp(-0.3 * s), Slack::rounding(2.0, 1.0));
        let exponent = Quantity::exponent(power(1.0), power(3.0), 2.0);
        assert!((exponent.value + 0.3).abs() <= exponent.slack.total());
        assert_eq!(exponent.slack.terms().len(), 2);
    }
}
