//! Sums and products in twice the working precision (Dekker 1971; Ogita, Rump, Oishi 2005), so that a
//! certificate measures the answer and not its own rounding.

/// An unevaluated sum head + tail, |tail| ≤ u|head|.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    head: f64,
    tail: f64,
}

impl Sum {
    /// Adds a · b, with the rounding errors of the product and of the sum.
    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        let product_error = a.mul_add(b, -product);
        self.add(product);
        self.tail += product_error;
    }

    /// Adds a number, keeping the rounding error (Knuth's two-sum).
    pub(super) fn add(&mut self, x: f64) {
        let sum = self.head + x;
        let shifted = sum - self.head;
        self.tail += (self.head - (sum - shifted)) + (x - shifted);
        self.head = sum;
    }

    pub(super) fn value(self) -> f64 {
        self.head + self.tail
    }
}

/// a·b, rounded once.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    -less_dot(0.0, a, b)
}

/// c - a·b, rounded once: where the two nearly cancel the difference keeps its digits.
pub(super) fn less_dot(c: f64, a: &[f64], b: &[f64]) -> f64 {
    let mut sum = Sum::default();
    sum.add(c);
    for (&x, &y) in a.iter().zip(b) {
        sum.add_product(-x, y);
    }
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_keeps_its_digits() {
        // (1 + 2^-30)(1 - 2^-30) = 1 - 2^-60, of which a rounded product keeps nothing.
        let e = 1.0 / f64::from(1 << 30);
        assert_eq!(less_dot(1.0, &[1.0 + e], &[1.0 - e]), e * e);
        assert_eq!(dot(&[1e16, 1.0, -1e16], &[1.0, 1.0, 1.0]), 1.0);
    }
}
