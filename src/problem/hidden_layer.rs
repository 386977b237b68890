//! A hidden layer, many neurons of which are taken eight side by side: the hot loop of flows of ReLU and quadratic networks.

use std::cell::Cell;

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
            return self.values_plainly(points);
        }
        self.in_blocks(|blocks| {
            blocks.see(points);
            blocks.values(points.count())
        })
    }

    /// Σ weights_n ∇f(x_n): by the w_j, one after the other, then by the a_j.
    pub(super) fn gradient(&self, points: &Points, weights: &[f64]) -> Vec<f64> {
        if self.outputs.len() < WIDE {
            return self.gradient_plainly(points, weights);
        }
        self.in_blocks(|blocks| {
            blocks.see(points);
            blocks.gradient(points, weights)
        })
    }

    /// Both, with the weights that `weigh` makes of the values: what the neurons see of the points is computed once.
    pub(super) fn weighed(&self, points: &Points, weigh: impl FnOnce(&[f64]) -> Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        if self.outputs.len() < WIDE {
            let values = self.values_plainly(points);
            let gradient = self.gradient_plainly(points, &weigh(&values));
            return (values, gradient);
        }
        self.in_blocks(|blocks| {
            blocks.see(points);
            let values = blocks.values(points.count());
            let gradient = blocks.gradient(points, &weigh(&values));
            (values, gradient)
        })
    }

    fn in_blocks<T>(&self, run: impl FnOnce(&mut Blocks) -> T) -> T {
        let mut blocks = Blocks::new(Level::new(), self, LINES.take());
        let result = run(&mut blocks);
        LINES.set(blocks.lines);
        result
    }

    fn neurons(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.inputs.chunks_exact(self.dim).zip(self.outputs.iter().copied())
    }

    fn values_plainly(&self, points: &Points) -> Vec<f64> {
        let value = |x: &[f64]| self.neurons().map(|(w, a)| a * self.activation.value(dot(w, x))).sum();
        points.rows().map(value).collect()
    }

    fn gradient_plainly(&self, points: &Points, weights: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.inputs.len() + self.outputs.len()];
        let (by_inputs, by_outputs) = gradient.split_at_mut(self.inputs.len());
        for (x, p) in points.rows().zip(weights) {
            let entries = by_inputs.chunks_exact_mut(self.dim).zip(&mut *by_outputs);
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
        gradient
    }
}

thread_local! {
    /// Those of the last layer, for the next one: to allocate them takes longer than a small layer.
    static LINES: Cell<Lines> = Cell::default();
}

#[derive(Default)]
struct Lines {
    /// The w_j and a_j in blocks of eight neurons: a line for each entry of the w_j, and one of the a_j. The last block is filled up
    /// with neurons that are zero.
    neurons: Vec<Line>,
    /// w·x_n of eight neurons in a line: a line for each point, block after block.
    seen: Vec<Line>,
    /// f(x_n), lanes apart.
    values: Vec<Line>,
    /// The gradient, as the neurons.
    gradient: Vec<Line>,
}

struct Blocks {
    activation: Activation,
    dim: usize,
    width: usize,
    level: Level,
    lines: Lines,
}

/// So many points are taken at a time, for each of which a line of weights is read once.
const GROUP: usize = 4;

/// As many lines of zeros.
fn clear(lines: &mut Vec<Line>, count: usize) -> &mut [Line] {
    lines.clear();
    lines.resize(count, Line::ZERO);
    lines
}

impl Blocks {
    fn new(level: Level, layer: &HiddenLayer, mut lines: Lines) -> Self {
        let &HiddenLayer { activation, dim, inputs, outputs } = layer;
        let blocks = clear(&mut lines.neurons, outputs.len().div_ceil(8) * (dim + 1)).chunks_exact_mut(dim + 1);
        for (block, (inputs, outputs)) in blocks.zip(inputs.chunks(8 * dim).zip(outputs.chunks(8))) {
            for (lane, (w, a)) in inputs.chunks_exact(dim).zip(outputs).enumerate() {
                block.iter_mut().zip(w).for_each(|(line, w)| line.0[lane] = *w);
                block[dim].0[lane] = *a;
            }
        }
        Blocks { activation, dim, width: outputs.len(), level, lines }
    }

    /// w·x_n of all neurons.
    fn see(&mut self, points: &Points) {
        self.lines.seen.resize(self.width.div_ceil(8) * points.count(), Line::ZERO);
        dispatch!(self.level, simd => self.see_on(simd, points));
    }

    #[inline(always)]
    fn see_on<S: Simd>(&mut self, simd: S, points: &Points) {
        // In groups as far as they go, then one by one. No closures: what is not inlined is compiled for the weakest level.
        let whole = points.count() - points.count() % GROUP;
        let Lines { neurons, seen, .. } = &mut self.lines;
        for (block, seen) in neurons.chunks_exact(self.dim + 1).zip(seen.chunks_exact_mut(points.count())) {
            let w = &block[..self.dim];
            for n in (0..whole).step_by(GROUP) {
                see::<S, GROUP>(simd, w, points, n, seen);
            }
            for n in whole..points.count() {
                see::<S, 1>(simd, w, points, n, seen);
            }
        }
    }

    fn values(&mut self, count: usize) -> Vec<f64> {
        let mut values = vec![0.0; count];
        match self.activation {
            Activation::Relu => dispatch!(self.level, simd => self.values_on::<_, true>(simd, &mut values)),
            Activation::Square => dispatch!(self.level, simd => self.values_on::<_, false>(simd, &mut values)),
        }
        values
    }

    #[inline(always)]
    fn values_on<S: Simd, const RELU: bool>(&mut self, simd: S, values: &mut [f64]) {
        let zero = f64x8::splat(simd, 0.0);
        let Lines { neurons, seen, values: lanes, .. } = &mut self.lines;
        let lanes = clear(lanes, values.len());
        for (block, seen) in neurons.chunks_exact(self.dim + 1).zip(seen.chunks_exact(values.len())) {
            let a = load(simd, &block[self.dim]);
            for (z, line) in seen.iter().zip(&mut *lanes) {
                let z = load(simd, z);
                let phi = if RELU { z.simd_gt(zero).select(z, zero) } else { z * z };
                (load(simd, line) + a * phi).store_array(&mut line.0);
            }
        }
        sums(simd, lanes, values);
    }

    fn gradient(&mut self, points: &Points, weights: &[f64]) -> Vec<f64> {
        match self.activation {
            Activation::Relu => dispatch!(self.level, simd => self.gradient_on::<_, true>(simd, points, weights)),
            Activation::Square => dispatch!(self.level, simd => self.gradient_on::<_, false>(simd, points, weights)),
        }
        let mut gradient = vec![0.0; self.width * (self.dim + 1)];
        let (by_inputs, by_outputs) = gradient.split_at_mut(self.width * self.dim);
        let neurons = by_inputs.chunks_mut(8 * self.dim).zip(by_outputs.chunks_mut(8));
        for (block, (by_inputs, by_outputs)) in self.lines.gradient.chunks_exact(self.dim + 1).zip(neurons) {
            for (lane, (by_w, by_a)) in by_inputs.chunks_exact_mut(self.dim).zip(by_outputs).enumerate() {
                by_w.iter_mut().zip(block).for_each(|(by_w, line)| *by_w = line.0[lane]);
                *by_a = block[self.dim].0[lane];
            }
        }
        gradient
    }

    #[inline(always)]
    fn gradient_on<S: Simd, const RELU: bool>(&mut self, simd: S, points: &Points, weights: &[f64]) {
        let whole = points.count() - points.count() % GROUP;
        let Lines { neurons, seen, gradient, .. } = &mut self.lines;
        let out = clear(gradient, neurons.len());
        let blocks = neurons.chunks_exact(self.dim + 1).zip(seen.chunks_exact(points.count()));
        for ((block, seen), out) in blocks.zip(out.chunks_exact_mut(self.dim + 1)) {
            let a = load(simd, &block[self.dim]);
            for n in (0..whole).step_by(GROUP) {
                gradient_of::<S, RELU, GROUP>(simd, a, seen, points, weights, n, out);
            }
            for n in whole..points.count() {
                gradient_of::<S, RELU, 1>(simd, a, seen, points, weights, n, out);
            }
        }
    }
}

/// The entries of P points, from n on.
#[inline(always)]
fn entries<const P: usize>(points: &Points, n: usize, dim: usize) -> [&[f64]; P] {
    std::array::from_fn(|p| &points.row(n + p)[..dim])
}

/// seen_n = w·x_n of eight neurons, at P points from n on.
#[inline(always)]
fn see<S: Simd, const P: usize>(simd: S, w: &[Line], points: &Points, n: usize, seen: &mut [Line]) {
    let x = entries::<P>(points, n, w.len());
    let mut z = [f64x8::splat(simd, 0.0); P];
    for (i, w) in w.iter().enumerate() {
        let w = load(simd, w);
        for p in 0..P {
            z[p] += w * x[p][i];
        }
    }
    for (z, line) in z.into_iter().zip(&mut seen[n..n + P]) {
        z.store_array(&mut line.0);
    }
}

/// out += Σ weights_n (a φ'(w·x_n) x_n, φ(w·x_n)), over P points from n on.
#[inline(always)]
fn gradient_of<S: Simd, const RELU: bool, const P: usize>(
    simd: S,
    a: f64x8<S>,
    seen: &[Line],
    points: &Points,
    weights: &[f64],
    n: usize,
    out: &mut [Line],
) {
    let zero = f64x8::splat(simd, 0.0);
    let (by_a, by_w) = out.split_last_mut().expect("a block ends with the line of its a_j");
    let x = entries::<P>(points, n, by_w.len());
    let mut sum = load(simd, by_a);
    let mut slopes = [zero; P];
    for p in 0..P {
        let (z, weight) = (load(simd, &seen[n + p]), weights[n + p]);
        let active = z.simd_gt(zero);
        sum += if RELU { active.select(z, zero) } else { z * z } * weight;
        slopes[p] = if RELU { active.select(a * weight, zero) } else { a * z * (2.0 * weight) };
    }
    sum.store_array(&mut by_a.0);
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
                let found: Vec<[Vec<f64>; 2]> = levels()
                    .into_iter()
                    .map(|level| {
                        let mut blocks = Blocks::new(level, &layer, Lines::default());
                        blocks.see(&points);
                        [blocks.values(count), blocks.gradient(&points, &p)]
                    })
                    .collect();
                assert!(found.iter().all(|one| *one == found[0]));
                let plain = [layer.values_plainly(&points), layer.gradient_plainly(&points, &p)];
                let weighed = layer.weighed(&points, |values| values.iter().zip(&p).map(|(f, p)| f * p).collect());
                let values = layer.values(&points);
                let weights: Vec<f64> = values.iter().zip(&p).map(|(f, p)| f * p).collect();
                assert_eq!(weighed, (values, layer.gradient(&points, &weights)));
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
