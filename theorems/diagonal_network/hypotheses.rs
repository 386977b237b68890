//! The hypotheses, as the experiments are seen to satisfy them.

use theoremcheck::theorem::Hypothesis;

pub const HYPOTHESES: &[Hypothesis] = &[];
