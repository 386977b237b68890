//! The hot loop of gradient descent and of the flow, eight points side by side: lane by lane the same operations in the same order on
//! every processor, never contracted, so that the bits are the same on all of them.

use std::cell::RefCell;
use std::ops::Range;

use fearless_simd::{Level, dispatch, f64x8, i64x8, prelude::*};

use super::loss::{Loss, ORDINARY, scaled_descent};
use crate::lanes::{Line, load, sums};
use crate::problem::points::Points;
use crate::real;

/// The gradient of the same loss on the same points, at many w. Points stand in panels of eight, column after column; the last is
/// filled up with zeros, which add nothing.
#[derive(Debug, Clone)]
pub struct Gradient<'a> {
    points: &'a Points,
    loss: Loss,
    lines: Vec<Line>,
    /// See [`nothing`].
    nothing: f64,
    /// The gradient's entries, lanes apart.
    lanes: RefCell<Vec<Line>>,
    level: Level,
}

/// Scales that, with what is ordinary, leave ordinary numbers.
pub(super) const SCALES: Range<f64> = 1e-130..1e130;

/// A gradient no longer than this is left to the formula. Pulls below e^-708 are taken for e^-708, by which a longer one is off by
/// 10^-170 of itself a point.
pub(super) fn nothing(points: &Points) -> f64 {
    points.radius() * real::exp(-ORDINARY)
}

/// So many panels are taken at a time: their lines are read twice, from the first cache the second time.
const GROUP: usize = 4;
/// Twice as many of so few columns leave room in this cache; they are taken where their sums have registers.
const FEW_COLUMNS: usize = 32;

impl<'a> Gradient<'a> {
    /// The points, rearranged for the best instructions that this processor has.
    pub fn new(points: &'a Points, loss: Loss) -> Self {
        Gradient::on(Level::new(), points, loss)
    }

    /// The same for instructions that are named: to compare them.
    pub fn on(level: Level, points: &'a Points, loss: Loss) -> Self {
        let dim = points.dim();
        let mut lines = vec![Line::ZERO; points.count().div_ceil(8) * dim];
        for (n, row) in points.rows().enumerate() {
            for (j, x) in row.iter().enumerate() {
                lines[n / 8 * dim + j].0[n % 8] = *x;
            }
        }
        let nothing = nothing(points);
        Gradient { points, loss, lines, nothing, lanes: RefCell::new(vec![Line::ZERO; dim]), level }
    }

    /// out = -`scale` ∇L(w), scale > 0. Scales of 10^±130, margins below -[`ORDINARY`] and what is nothing even beside e^-[`ORDINARY`]
    /// are left to [`scaled_descent`].
    pub fn descent(&self, scale: f64, w: &[f64], out: &mut [f64]) {
        if !SCALES.contains(&scale) || !self.in_panels(scale, w, out) {
            scaled_descent(self.points, self.loss, real::ln(scale), w, out);
        }
    }

    /// The same of the scale e^`log_scale`: in one pass over the points, for the losses whose pull has an exponential.
    pub fn scaled_descent(&self, log_scale: f64, w: &[f64], out: &mut [f64]) {
        if log_scale.abs() > ORDINARY || !self.in_panels(real::exp(log_scale), w, out) {
            scaled_descent(self.points, self.loss, log_scale, w, out);
        }
    }

    /// Whether it could be done; what is in `out` is of no use if not.
    fn in_panels(&self, scale: f64, w: &[f64], out: &mut [f64]) -> bool {
        match self.loss {
            Loss::Logistic => dispatch!(self.level, simd => self.in_panels_on::<_, true>(simd, scale, w, out)),
            Loss::Exponential => dispatch!(self.level, simd => self.in_panels_on::<_, false>(simd, scale, w, out)),
            Loss::Polynomial { .. } | Loss::Squared => false,
        }
    }

    #[inline(always)]
    fn in_panels_on<S: Simd, const LOGISTIC: bool>(&self, simd: S, scale: f64, w: &[f64], out: &mut [f64]) -> bool {
        let lanes = &mut **self.lanes.borrow_mut();
        let each = |j: usize| f64x8::splat(simd, w[j]);
        let beyond = pulled::<S, LOGISTIC>(simd, &self.lines, f64x8::splat(simd, scale), each, lanes);
        sums(simd, lanes, out);
        beyond.sum() == 0.0 && out.iter().any(|out| out.abs() >= scale * self.nothing)
    }
}

/// sums = `scale` Σ -ℓ'(x·w) x, lanes apart, where the x are panels of as many lines; w(j) is the weight of column j in each lane.
/// Returns, lane by lane, how many margins were below -[`ORDINARY`] or NaN: then the sums are of no use.
#[inline(always)]
pub(super) fn pulled<S: Simd, const LOGISTIC: bool>(
    simd: S,
    x: &[Line],
    scale: f64x8<S>,
    w: impl Fn(usize) -> f64x8<S> + Copy,
    sums: &mut [Line],
) -> Line {
    let dim = sums.len();
    sums.fill(Line::ZERO);
    let mut beyond = f64x8::splat(simd, 0.0);
    let mut rest = x;
    let count = rest.len() / dim;
    let wide = S::f64s::LEN == 8 && dim <= FEW_COLUMNS;
    // The panels that do not fill a group are shared out among the last groups.
    for left in (1..=count.div_ceil(if wide { 2 * GROUP } else { GROUP })).rev() {
        let size = (rest.len() / dim).div_ceil(left);
        let (group, after) = rest.split_at(size * dim);
        beyond += match size {
            1 => group_on::<S, LOGISTIC, 1>(simd, group, scale, w, sums),
            2 => group_on::<S, LOGISTIC, 2>(simd, group, scale, w, sums),
            3 => group_on::<S, LOGISTIC, 3>(simd, group, scale, w, sums),
            5 if wide => group_on::<S, LOGISTIC, 5>(simd, group, scale, w, sums),
            6 if wide => group_on::<S, LOGISTIC, 6>(simd, group, scale, w, sums),
            7 if wide => group_on::<S, LOGISTIC, 7>(simd, group, scale, w, sums),
            8 if wide => group_on::<S, LOGISTIC, 8>(simd, group, scale, w, sums),
            _ => group_on::<S, LOGISTIC, GROUP>(simd, group, scale, w, sums),
        };
        rest = after;
    }
    let mut lanes = Line::ZERO;
    beyond.store_array(&mut lanes.0);
    lanes
}

/// sums += `scale` Σ -ℓ'(x·w) x over P panels; how many margins are below -[`ORDINARY`] or NaN.
#[inline(always)]
fn group_on<S: Simd, const LOGISTIC: bool, const P: usize>(
    simd: S,
    x: &[Line],
    scale: f64x8<S>,
    w: impl Fn(usize) -> f64x8<S>,
    sums: &mut [Line],
) -> f64x8<S> {
    let dim = sums.len();
    let panels: [&[Line]; P] = std::array::from_fn(|p| &x[p * dim..][..dim]);
    let [zero, one, far, least] = [0.0, 1.0, ORDINARY, LEAST].map(|x| f64x8::splat(simd, x));
    // Two partial sums a row, even and odd columns.
    let mut margins = [[zero; 2]; P];
    let mut pairs: [&[[Line; 2]]; P] = [&[]; P];
    for p in 0..P {
        pairs[p] = panels[p].as_chunks().0;
    }
    for j in 0..dim / 2 {
        let (even, odd) = (w(2 * j), w(2 * j + 1));
        for p in 0..P {
            let [x_even, x_odd] = &pairs[p][j];
            margins[p][0] += even * load(simd, x_even);
            margins[p][1] += odd * load(simd, x_odd);
        }
    }
    if dim % 2 == 1 {
        for p in 0..P {
            margins[p][0] += w(dim - 1) * load(simd, &panels[p][dim - 1]);
        }
    }
    let mut beyond = zero;
    let (mut u, mut pulls) = ([zero; P], [zero; P]);
    for p in 0..P {
        u[p] = margins[p][0] + margins[p][1];
        beyond += u[p].simd_ge(-far).select(zero, one);
        pulls[p] = if LOGISTIC { -u[p].abs() } else { -u[p] }.max(least);
    }
    exp(&mut pulls);
    for p in 0..P {
        let e = pulls[p];
        // 1/(1 + e^u) is e/(1 + e) with e = e^-|u| for u ≥ 0, and 1/(1 + e) for u < 0.
        pulls[p] = if LOGISTIC { u[p].simd_ge(zero).select(e, one) * scale / (one + e) } else { e * scale };
    }
    for j in 0..dim {
        let mut sum = load(simd, &sums[j]);
        for p in 0..P {
            sum += pulls[p] * load(simd, &panels[p][j]);
        }
        sum.store_array(&mut sums[j].0);
    }
    beyond
}

/// ln 2 in two parts, the first with so many zeros at its end that a multiple of it by an exponent is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1.5 · 2^52: the low bits of a sum with it are an integer.
const INTEGER: f64 = 6_755_399_441_055_744.0;
/// (e^r - 1 - r)/r² on |r| ≤ ln 2/2: the polynomial of degree 9 through its values at ten Chebyshev points.
const REST: [f64; 10] = [
    0.500_000_000_000_000_1,
    0.166_666_666_666_666_69,
    0.041_666_666_666_624_13,
    0.008_333_333_333_330_062,
    0.001_388_888_891_721_371_7,
    0.000_198_412_698_630_536_18,
    2.480_152_129_595_437_6e-5,
    2.755_726_845_999_706_4e-6,
    2.762_008_844_540_974_6e-7,
    2.510_038_549_551_032e-8,
];

/// e to this power is the least that is given.
const LEAST: f64 = -708.0;

/// Takes each x, |x| ≤ 708, to e^x, to 1.1 units in the last place: x = k ln 2 + r, and 2^k is an exponent. Part by part for all
/// of them, as in one alone every operation waits for the one before.
#[inline(always)]
fn exp<S: Simd, const P: usize>(x: &mut [f64x8<S>; P]) {
    let (mut r, mut r2, mut shifted) = (*x, *x, *x);
    for p in 0..P {
        shifted[p] = x[p] * std::f64::consts::LOG2_E + INTEGER;
        let k = shifted[p] - INTEGER;
        r[p] = x[p] - k * LN_2_HIGH - k * LN_2_LOW;
        r2[p] = r[p] * r[p];
    }
    let mut rest = r;
    for p in 0..P {
        let (r, r2, c) = (r[p], r2[p], REST);
        let r4 = r2 * r2;
        let low = (r * c[1] + c[0]) + r2 * (r * c[3] + c[2]);
        rest[p] = low + r4 * ((r * c[5] + c[4]) + r2 * (r * c[7] + c[6]) + r4 * (r * c[9] + c[8]));
    }
    for p in 0..P {
        let power: f64x8<S> = ((shifted[p].bitcast::<i64x8<S>>() + 1023) << 52).bitcast();
        x[p] = (r[p] + r2[p] * rest[p] + 1.0) * power;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::levels;
    use crate::real::{UNIT_ROUNDOFF, dot, norm};
    use crate::seed::Seed;

    /// Shapes around the sizes of panels and groups, and w for which margins are up to some hundreds.
    #[test]
    fn the_kernel_is_the_formula_on_every_level() {
        let stream = &mut Seed(1).stream("kernel", "shapes");
        for count in [1, 2, 7, 8, 9, 31, 32, 33, 40, 64, 65, 100] {
            for dim in [1, 2, 3, 7, 20, 65] {
                let points = Points::new(dim, stream.normals(count * dim)).unwrap();
                for size in [0.0, 0.1, 1.0, 30.0] {
                    let w: Vec<f64> = stream.normals(dim).iter().map(|w| size * w / (dim as f64).sqrt()).collect();
                    for loss in [Loss::Logistic, Loss::Exponential] {
                        let mut plain = vec![0.0; dim];
                        scaled_descent(&points, loss, 0.0, &w, &mut plain);
                        let found: Vec<Vec<f64>> = levels()
                            .into_iter()
                            .map(|level| {
                                let mut out = vec![f64::NAN; dim];
                                assert!(Gradient::on(level, &points, loss).in_panels(1.0, &w, &mut out));
                                out
                            })
                            .collect();
                        assert!(found.iter().all(|out| *out == found[0]));
                        // Pulls are relatively as far off as margins are absolutely, which are sums of `dim` products.
                        let pulls: f64 = points.rows().map(|x| norm(x) * real::exp(loss.log_pull(dot(x, &w)))).sum();
                        let margins = norm(&w) * points.radius();
                        let rounding = (dim as f64 * margins + (count + 8) as f64) * 2.0 * UNIT_ROUNDOFF * pulls;
                        let off = plain.iter().zip(&found[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                        assert!(off <= rounding, "{count} x {dim}: {off} {rounding}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_ordinary_is_left_to_the_formula() {
        let points = Points::from_rows(&[[1.0], [2.0]]);
        let taken = |loss: Loss, w: f64| Gradient::new(&points, loss).in_panels(1.0, &[w], &mut [0.0]);
        for loss in [Loss::Logistic, Loss::Exponential] {
            assert!(taken(loss, ORDINARY - 1.0) && !taken(loss, ORDINARY) && !taken(loss, f64::INFINITY));
            assert!(taken(loss, -0.5 * ORDINARY) && !taken(loss, -0.5 * ORDINARY - 1.0) && !taken(loss, f64::NAN));
        }
        assert!(!taken(Loss::Squared, 0.1));
    }

    /// One margin among many, whatever panel and lane it is in.
    #[test]
    fn one_point_that_is_not_ordinary_is_enough() {
        for bad in 0..72 {
            let rows: Vec<f64> = (0..72).map(|n| if n == bad { -1.0 } else { 1.0 }).collect();
            let points = Points::new(1, rows).unwrap();
            for level in levels() {
                let gradient = Gradient::on(level, &points, Loss::Logistic);
                assert!(gradient.in_panels(1.0, &[0.5 * ORDINARY], &mut [0.0]));
                assert!(!gradient.in_panels(1.0, &[ORDINARY + 1.0], &mut [0.0]), "{bad}");
            }
        }
    }

    /// A point whose pull is less than a double can be adds nothing to the others'.
    #[test]
    fn a_margin_of_thousands_is_ordinary_beside_others() {
        let near = Points::from_rows(&[[1.0, 0.0]]);
        let both = Points::from_rows(&[[1.0, 0.0], [9.0, 100.0]]);
        let w = [200.0, 50.0];
        let (mut alone, mut beside) = ([0.0; 2], [0.0; 2]);
        assert!(Gradient::new(&near, Loss::Logistic).in_panels(1.0, &w, &mut alone));
        assert!(Gradient::new(&both, Loss::Logistic).in_panels(1.0, &w, &mut beside));
        assert_eq!(alone[0], beside[0]);
        assert!(beside[1] < 1e-300 && alone[1] == 0.0);
    }

    #[test]
    fn the_exponential_is_libms_to_two_units() {
        let stream = &mut Seed(1).stream("kernel", "exp");
        let one = Points::from_rows(&[[1.0]]);
        let gradient = Gradient::new(&one, Loss::Exponential);
        for _ in 0..20_000 {
            let x = stream.uniform(-ORDINARY, ORDINARY);
            let mut out = [0.0];
            assert!(gradient.in_panels(1.0, &[x], &mut out));
            let exact = libm::exp(-x);
            assert!((out[0] - exact).abs() <= 4.0 * UNIT_ROUNDOFF * exact, "{x}");
        }
    }
}
