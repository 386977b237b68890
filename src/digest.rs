//! One number for many: whether two machines computed the same bits.

use crate::seed::fnv1a;

/// FNV-1a over the bits of every number folded in, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// The hash so far.
    pub hash: u64,
    /// How many numbers went in.
    pub count: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Digest { hash: fnv1a(None, &[]), count: 0 }
    }
}

impl Digest {
    /// Folds numbers in, bit for bit.
    pub fn fold(&mut self, numbers: &[f64]) {
        for x in numbers {
            self.hash = fnv1a(Some(self.hash), &x.to_bits().to_le_bytes());
            self.count += 1;
        }
    }
}
