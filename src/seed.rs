//! Named random streams that never move.
//!
//! Each (theorem, purpose, seed) has a ChaCha stream of its own, keyed by the names and not by a
//! counter: adding a theorem, or a draw to one experiment, changes no number of another.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::real::ln;

/// The seed of a run, as given on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of this seed for one purpose of one theorem.
    pub fn stream(self, theorem: &str, purpose: &str) -> Stream {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&fnv1a(None, theorem.as_bytes()).to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(None, purpose.as_bytes()).to_le_bytes());
        key[16..24].copy_from_slice(&self.0.to_le_bytes());
        Stream(ChaCha8Rng::from_seed(key))
    }
}

/// FNV-1a (Fowler, Noll, Vo), 64 bits, going on from a hash or from the start: std's hasher may change between
/// releases of Rust.
pub(crate) fn fnv1a(from: Option<u64>, bytes: &[u8]) -> u64 {
    let fold = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(from.unwrap_or(0xcbf2_9ce4_8422_2325), fold)
}

/// A stream of random numbers with the same bits on every machine.
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// Uniform on [low, high), from the upper 53 bits of one draw.
    #[inline]
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        low + (high - low) * unit
    }

    /// A whole number from `low` to `high`, each as likely.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        self.uniform(low as f64, high as f64 + 1.0) as usize
    }

    /// Standard normal: the first of a pair.
    pub fn normal(&mut self) -> f64 {
        self.normal_pair()[0]
    }

    /// Two independent standard normals, by Marsaglia's polar method (Marsaglia, Bray 1964). `rand_distr` would call the
    /// host's logarithm.
    fn normal_pair(&mut self) -> [f64; 2] {
        loop {
            let (x, y) = (self.uniform(-1.0, 1.0), self.uniform(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * ln(square) / square).sqrt();
                return [x * scale, y * scale];
            }
        }
    }

    /// `count` independent standard normals.
    pub fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }

    /// As many, both of each pair: other numbers than those of [`normals`](Stream::normals), at half the cost.
    pub fn many_normals(&mut self, count: usize) -> Vec<f64> {
        let mut all: Vec<f64> = (0..count.div_ceil(2)).flat_map(|_| self.normal_pair()).collect();
        all.truncate(count);
        all
    }
}
