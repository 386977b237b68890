//! Eight numbers side by side, which is what the kernels compute with: the same bits on every processor.

use fearless_simd::{f64x8, prelude::*};

/// Eight numbers, one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Line(pub [f64; 8]);

impl Line {
    pub(crate) const ZERO: Self = Self([0.0; 8]);

    /// Halves, quarters, pairs: a fixed order.
    pub(crate) fn sum(self) -> f64 {
        let a = self.0;
        ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
    }
}

#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, line: &Line) -> f64x8<S> {
    f64x8::load_array_ref(simd, &line.0)
}

/// The sum of each line, in the order of [`Line::sum`], two lines side by side.
#[inline(always)]
pub(crate) fn sums<S: Simd>(simd: S, lines: &[Line], out: &mut [f64]) {
    let quarter = |line: &Line| {
        let (low, high) = load(simd, line).split();
        let (low, high) = (low + high).split();
        low + high
    };
    let ((pairs, last), (out, last_out)) = (lines.as_chunks::<2>(), out.as_chunks_mut::<2>());
    for ([a, b], out) in pairs.iter().zip(out) {
        let (a, b) = (quarter(a), quarter(b));
        (a.zip_low(b) + a.zip_high(b)).store_array(out);
    }
    last_out.iter_mut().zip(last).for_each(|(out, line)| *out = line.sum());
}

/// What this processor has, weakest first.
#[cfg(test)]
pub(crate) fn levels() -> Vec<fearless_simd::Level> {
    let best = fearless_simd::Level::new();
    #[cfg(target_arch = "x86_64")]
    return [
        best.as_sse2().map(|it| it.level()),
        best.as_sse4_2().map(|it| it.level()),
        best.as_avx2().map(|it| it.level()),
        best.as_avx512().map(|it| it.level()),
    ]
    .into_iter()
    .flatten()
    .collect();
    #[cfg(not(target_arch = "x86_64"))]
    vec![best]
}
