//! A hidden layer, many neurons of which are taken eight side by side: the hot loop of flows of ReLU and quadratic networks.

use fearless_simd::{Level, dispatch, f64x8, prelude::*};

use super::points::Points;
use crate::lanes::{Line, load, sums};
use crate::real::{axpy, dot};

/// φ in f(x) = Σ_j a_j φ(w_j·x).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// max(z, 0), which is 0 of a NaN.
    Relu,
    /// z².
    Square,
}

impl Activation {
    fn value(self, z: f64) -> f64 {
        match self {
            Activation::Relu => z.max(0.0),
            Activation::Square => z * z,
        }
    }

    fn slope(self, z: f64) -> f64 {
        match self {
            Activation::Relu => f64::from(z > 0.0),
            Activation::Square => 2.0 * z,
        }
    }
}

/// f(x) = Σ_j a_j φ(w_j·x).
pub(super) struct HiddenLayer<'a> {
    pub(super) activation: Activation,
    /// How many entries an x has, and each w_j.
    pub(super) dim: usize,
    /// The w_j, one after the other.
    pub(super) inputs: &'a [f64],
    /// The a_j.
    pub(super) outputs: &'a [f64],
}

/// Fewer neurons are not worth the blocks.
const WIDE: usize = 8;

impl HiddenLayer<'_> {
    /// f(x_n) for every point.
    pub(super) fn values(&self, points: &Points) -> Vec<f64> {
        if self.outputs.len() < WIDE {
            self.values_plainly(points)
        } else {
            Blocks::new(Level::new(), self).values(points)
        }
    }

    /// Σ weights_n ∇f(x_n): by the w_j, and by the a_j.
    pub(super) fn gradient(&self, points: &Points, weights: &[f64]) -> [Vec<f64>; 2] {
        if self.outputs.len() < WIDE {
            self.gradient_plainly(points, weights)
        } else {
            Blocks::new(Level::new(), self).gradient(points, weights, self.outputs.len())
        }
    }

    fn neurons(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.inputs.chunks_exact(self.dim).zip(self.outputs.iter().copied())
    }

    fn values_plainly(&self, points: &Points) -> Vec<f64> {
        let value = |x: &[f64]| self.neurons().map(|(w, a)| a * self.activation.value(dot(w, x))).sum();
        points.rows().map(value).collect()
    }

    fn gradient_plainly(&self, points: &Points, weights: &[f64]) -> [Vec<f64>; 2] {
        let (mut by_inputs, mut by_outputs) = (vec![0.0; self.inputs.len()], vec![0.0; self.outputs.len()]);
        for (x, p) in points.rows().zip(weights) {
            let entries = by_inputs.chunks_exact_mut(self.dim).zip(&mut by_outputs);
            for ((w, a), (by_w, by_a)) in self.neurons().zip(entries) {
                let z = dot(w, x);
                let slope = self.activation.slope(z);
                // Most neurons do not see most points.
                if slope != 0.0 {
                    axpy(p * a * slope, x, by_w);
                }
                *by_a += p * self.activation.value(z);
            }
        }
        [by_inputs, by_outputs]
    }
}

/// The w_j and a_j in blocks of eight neurons: a line for each entry of the w_j, and one of the a_j. The last block is filled up with
/// neurons that are zero.
struct Blocks {
    activation: Activation,
    dim: usize,
    lines: Vec<Line>,
    level: Level,
}

/// So many points are taken at a time, for each of which a line of weights is read once.
const GROUP: usize = 4;

impl Blocks {
    fn new(level: Level, layer: &HiddenLayer) -> Self {
        let &HiddenLayer { activation, dim, outputs, .. } = layer;
        let mut lines = vec![Line::ZERO; outputs.len().div_ceil(8) * (dim + 1)];
        for (j, (w, a)) in layer.neurons().enumerate() {
            let block = &mut lines[j / 8 * (dim + 1)..][..dim + 1];
            block.iter_mut().zip(w.iter().chain([&a])).for_each(|(line, entry)| line.0[j % 8] = *entry);
        }
        Blocks { activation, dim, lines, level }
    }

    fn values(&self, points: &Points) -> Vec<f64> {
        let mut values = vec![0.0; points.count()];
        match self.activation {
            Activation::Relu => dispatch!(self.level, simd => self.values_on::<_, true>(simd, points, &mut values)),
            Activation::Square => dispatch!(self.level, simd => self.values_on::<_, false>(simd, points, &mut values)),
        }
        values
    }

    #[inline(always)]
    fn values_on<S: Simd, const RELU: bool>(&self, simd: S, points: &Points, values: &mut [f64]) {
        let mut lanes = vec![Line::ZERO; points.count()];
        // In groups as far as they go, then one by one. No closures: what is not inlined is compiled for the weakest level.
        let whole = points.count() - points.count() % GROUP;
        for block in self.lines.chunks_exact(self.dim + 1) {
            let (w, a) = block.split_at(self.dim);
            let a = load(simd, &a[0]);
            for n in (0..whole).step_by(GROUP) {
                values_of::<S, RELU, GROUP>(simd, w, a, points, n, &mut lanes);
            }
            for n in whole..points.count() {
                values_of::<S, RELU, 1>(simd, w, a, points, n, &mut lanes);
            }
        }
        sums(simd, &lanes, values);
    }

    fn gradient(&self, points: &Points, weights: &[f64], width: usize) -> [Vec<f64>; 2] {
        let mut lines = vec![Line::ZERO; self.lines.len()];
        match self.activation {
            Activation::Relu => {
                dispatch!(self.level, simd => self.gradient_on::<_, true>(simd, points, weights, &mut lines))
            }
            Activation::Square => {
                dispatch!(self.level, simd => self.gradient_on::<_, false>(simd, points, weights, &mut lines))
            }
        }
        let (mut by_inputs, mut by_outputs) = (vec![0.0; width * self.dim], vec![0.0; width]);
        for (j, (w, a)) in by_inputs.chunks_exact_mut(self.dim).zip(&mut by_outputs).enumerate() {
            let block = &lines[j / 8 * (self.dim + 1)..][..self.dim + 1];
            w.iter_mut().chain([a]).zip(block).for_each(|(entry, line)| *entry = line.0[j % 8]);
        }
        [by_inputs, by_outputs]
    }

    #[inline(always)]
    fn gradient_on<S: Simd, const RELU: bool>(&self, simd: S, points: &Points, weights: &[f64], out: &mut [Line]) {
        let whole = points.count() - points.count() % GROUP;
        for (block, out) in self.lines.chunks_exact(self.dim + 1).zip(out.chunks_exact_mut(self.dim + 1)) {
            let (w, a) = block.split_at(self.dim);
            let a = load(simd, &a[0]);
            for n in (0..whole).step_by(GROUP) {
                gradient_of::<S, RELU, GROUP>(simd, w, a, points, weights, n, out);
            }
            for n in whole..points.count() {
                gradient_of::<S, RELU, 1>(simd, w, a, points, weights, n, out);
            }
        }
    }
}

/// w·x of eight neurons at P points, from n on.
#[inline(always)]
fn activations<'a, S: Simd, const P: usize>(
    simd: S,
    w: &[Line],
    points: &'a Points,
    n: usize,
) -> ([f64x8<S>; P], [&'a [f64]; P]) {
    let x: [&[f64]; P] = std::array::from_fn(|p| &points.row(n + p)[..w.len()]);
    let mut z = [f64x8::splat(simd, 0.0); P];
    for (i, w) in w.iter().enumerate() {
        let w = load(simd, w);
        for p in 0..P {
            z[p] += w * x[p][i];
        }
    }
    (z, x)
}

/// lanes_n += a φ(w·x_n).
#[inline(always)]
fn values_of<S: Simd, const RELU: bool, const P: usize>(
    simd: S,
    w: &[Line],
    a: f64x8<S>,
    points: &Points,
    n: usize,
    lanes: &mut [Line],
) {
    let zero = f64x8::splat(simd, 0.0);
    let (z, _) = activations::<S, P>(simd, w, points, n);
    for (z, line) in z.into_iter().zip(&mut lanes[n..n + P]) {
        let phi = if RELU { z.simd_gt(zero).select(z, zero) } else { z * z };
        (load(simd, line) + a * phi).store_array(&mut line.0);
    }
}

/// out += Σ weights_n (a φ'(w·x_n) x_n, φ(w·x_n)).
#[inline(always)]
fn gradient_of<S: Simd, const RELU: bool, const P: usize>(
    simd: S,
    w: &[Line],
    a: f64x8<S>,
    points: &Points,
    weights: &[f64],
    n: usize,
    out: &mut [Line],
) {
    let zero = f64x8::splat(simd, 0.0);
    let (z, x) = activations::<S, P>(simd, w, points, n);
    let (by_w, by_a) = out.split_at_mut(w.len());
    let mut sum = load(simd, &by_a[0]);
    let mut slopes = [zero; P];
    for p in 0..P {
        let (active, weight) = (z[p].simd_gt(zero), weights[n + p]);
        sum += if RELU { active.select(z[p], zero) } else { z[p] * z[p] } * weight;
        slopes[p] = if RELU { active.select(a * weight, zero) } else { a * z[p] * (2.0 * weight) };
    }
    sum.store_array(&mut by_a[0].0);
    for (i, line) in by_w.iter_mut().enumerate() {
        let mut sum = load(simd, line);
        for p in 0..P {
            sum += slopes[p] * x[p][i];
        }
        sum.store_array(&mut line.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::levels;
    use crate::real::{UNIT_ROUNDOFF, norm};
    use crate::seed::Seed;

    /// Widths and counts around the sizes of blocks and groups.
    #[test]
    fn the_kernel_is_the_formula_on_every_level() {
        let stream = &mut Seed(1).stream("hidden layer", "shapes");
        for activation in [Activation::Relu, Activation::Square] {
            for (width, dim, count) in
                [1, 2, 7, 8, 9, 50].into_iter().flat_map(|w| [(w, 1, 3), (w, 2, 4), (w, 5, 30), (w, 9, 1)])
            {
                let points = Points::new(dim, stream.normals(count * dim)).unwrap();
                let (w, a, p) = (stream.normals(width * dim), stream.normals(width), stream.normals(count));
                let layer = HiddenLayer { activation, dim, inputs: &w, outputs: &a };
                let found: Vec<[Vec<f64>; 3]> = levels()
                    .into_iter()
                    .map(|level| {
                        let blocks = Blocks::new(level, &layer);
                        let [by_w, by_a] = blocks.gradient(&points, &p, width);
                        [blocks.values(&points), by_w, by_a]
                    })
                    .collect();
                assert!(found.iter().all(|one| *one == found[0]));
                let [by_w, by_a] = layer.gradient_plainly(&points, &p);
                let plain = [layer.values_plainly(&points), by_w, by_a];
                // Every sum has at most so many terms; each is at most the product of these, or its square's.
                let terms = (width + dim + count) as f64;
                let [w_size, x_size] = [&w, &points.rows().flatten().copied().collect()].map(|v| norm(v).max(1.0));
                let size = norm(&a).max(1.0) * norm(&p).max(1.0) * (w_size * x_size) * (w_size * x_size) * x_size;
                let rounding = 4.0 * terms * UNIT_ROUNDOFF * size;
                for (plain, found) in plain.iter().zip(&found[0]) {
                    assert_eq!(plain.len(), found.len());
                    let off = plain.iter().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                    assert!(off <= rounding, "{activation:?} {width} x {dim}, {count}: {off} {rounding}");
                }
            }
        }
    }
}
