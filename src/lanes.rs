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
    let ((pairs, last), (out, last_out)) = (lines.as_chunks::<2>(), out.as_chunks_mut::<2>());
    for ([a, b], out) in pairs.iter().zip(out) {
        *out = two_sums(load(simd, a), load(simd, b));
    }
    last_out.iter_mut().zip(last).for_each(|(out, line)| *out = line.sum());
}

/// The sums of two lines.
#[inline(always)]
pub(crate) fn two_sums<S: Simd>(a: f64x8<S>, b: f64x8<S>) -> [f64; 2] {
    let ((a, a_high), (b, b_high)) = (a.split(), b.split());
    let ((a, a_high), (b, b_high)) = ((a + a_high).split(), (b + b_high).split());
    let (a, b) = (a + a_high, b + b_high);
    let mut sums = [0.0; 2];
    (a.zip_low(b) + a.zip_high(b)).store_array(&mut sums);
    sums
}

/// The transpose of eight rows of eight. A place is six bits, three of the row and three of the column; zipping each row
/// with the fourth below turns them by one, and three turns exchange row and column.
#[inline(always)]
pub(crate) fn transposed<S: Simd>(rows: [f64x8<S>; 8]) -> [f64x8<S>; 8] {
    zipped(zipped(zipped(rows)))
}

#[inline(always)]
fn zipped<S: Simd>([a, b, c, d, e, f, g, h]: [f64x8<S>; 8]) -> [f64x8<S>; 8] {
    [a.zip_low(e), a.zip_high(e), b.zip_low(f), b.zip_high(f), c.zip_low(g), c.zip_high(g), d.zip_low(h), d.zip_high(h)]
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
