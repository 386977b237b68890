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
        self.in_blocks(|blocks| blocks.values(points))
    }

    /// Σ weights_n ∇f(x_n): by the w_j, one after the other, then by the a_j.
    pub(super) fn gradient(&self, points: &Points, weights: &[f64]) -> Vec<f64> {
        if self.outputs.len() < WIDE {
            return self.gradient_plainly(points, weights);
        }
        self.in_blocks(|blocks| {
            blocks.values(points);
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
            let values = blocks.values(points);
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

/// At most so many points, or entries of them, are taken at a time: several sums, as each addition to one alone waits for the last, and
/// as many as have registers.
const GROUP: usize = 6;

/// How many of those that are left are taken next, so that those that do not fill a group are shared out among the last groups.
fn next_of(left: usize) -> usize {
    left.div_ceil(left.div_ceil(GROUP))
}

impl Blocks {
    fn new(level: Level, layer: &HiddenLayer, mut lines: Lines) -> Self {
        let &HiddenLayer { activation, dim, inputs, outputs } = layer;
        let eight = |numbers: &[f64], from: usize, step: usize| {
            Line(std::array::from_fn(|lane| numbers.get(from + lane * step).copied().unwrap_or(0.0)))
        };
        lines.neurons.clear();
        for (inputs, outputs) in inputs.chunks(8 * dim).zip(outputs.chunks(8)) {
            lines.neurons.extend((0..dim).map(|i| eight(inputs, i, dim)));
            lines.neurons.push(eight(outputs, 0, 1));
        }
        Blocks { activation, dim, width: outputs.len(), level, lines }
    }

    /// f(x_n); and keeps what the neurons see of the points, for the gradient.
    fn values(&mut self, points: &Points) -> Vec<f64> {
        self.lines.seen.resize(self.width.div_ceil(8) * points.count(), Line::ZERO);
        self.lines.values.resize(points.count(), Line::ZERO);
        let mut values = vec![0.0; points.count()];
        match self.activation {
            Activation::Relu => dispatch!(self.level, simd => self.values_on::<_, true>(simd, points, &mut values)),
            Activation::Square => dispatch!(self.level, simd => self.values_on::<_, false>(simd, points, &mut values)),
        }
        values
    }

    #[inline(always)]
    fn values_on<S: Simd, const RELU: bool>(&mut self, simd: S, points: &Points, values: &mut [f64]) {
        let Lines { neurons, seen, values: lanes, .. } = &mut self.lines;
        // No closures: what is not inlined is compiled for the weakest level.
        let mut n = 0;
        while n < points.count() {
            n += match next_of(points.count() - n) {
                1 => values_of::<S, RELU, 1>(simd, neurons, points, n, seen, lanes),
                2 => values_of::<S, RELU, 2>(simd, neurons, points, n, seen, lanes),
                3 => values_of::<S, RELU, 3>(simd, neurons, points, n, seen, lanes),
                4 => values_of::<S, RELU, 4>(simd, neurons, points, n, seen, lanes),
                5 => values_of::<S, RELU, 5>(simd, neurons, points, n, seen, lanes),
                _ => values_of::<S, RELU, GROUP>(simd, neurons, points, n, seen, lanes),
            };
        }
        sums(simd, lanes, values);
    }

    /// Σ weights_n ∇f(x_n), where `values` was asked for.
    fn gradient(&mut self, points: &Points, weights: &[f64]) -> Vec<f64> {
        self.lines.gradient.resize(self.lines.neurons.len(), Line::ZERO);
        match self.activation {
            Activation::Relu => dispatch!(self.level, simd => self.gradient_on::<_, true>(simd, points, weights)),
            Activation::Square => dispatch!(self.level, simd => self.gradient_on::<_, false>(simd, points, weights)),
        }
        let mut gradient = vec![0.0; self.width * (self.dim + 1)];
        let (by_inputs, by_outputs) = gradient.split_at_mut(self.width * self.dim);
        let neurons = by_inputs.chunks_mut(8 * self.dim).zip(by_outputs.chunks_mut(8));
        for (block, (by_inputs, by_outputs)) in self.lines.gradient.chunks_exact(self.dim + 1).zip(neurons) {
            for (i, line) in block[..self.dim].iter().enumerate() {
                by_inputs.iter_mut().skip(i).step_by(self.dim).zip(line.0).for_each(|(by_w, entry)| *by_w = entry);
            }
            by_outputs.iter_mut().zip(block[self.dim].0).for_each(|(by_a, entry)| *by_a = entry);
        }
        gradient
    }

    #[inline(always)]
    fn gradient_on<S: Simd, const RELU: bool>(&mut self, simd: S, points: &Points, weights: &[f64]) {
        let Lines { neurons, seen, gradient, .. } = &mut self.lines;
        let blocks = neurons.chunks_exact(self.dim + 1).zip(seen.chunks_exact(points.count()));
        for ((block, seen), out) in blocks.zip(gradient.chunks_exact_mut(self.dim + 1)) {
            let a = load(simd, &block[self.dim]);
            let mut i = 0;
            while i < self.dim {
                i += match next_of(self.dim - i) {
                    1 => gradient_of::<S, RELU, 1>(simd, a, seen, points, weights, i, out),
                    2 => gradient_of::<S, RELU, 2>(simd, a, seen, points, weights, i, out),
                    3 => gradient_of::<S, RELU, 3>(simd, a, seen, points, weights, i, out),
                    4 => gradient_of::<S, RELU, 4>(simd, a, seen, points, weights, i, out),
                    5 => gradient_of::<S, RELU, 5>(simd, a, seen, points, weights, i, out),
                    _ => gradient_of::<S, RELU, GROUP>(simd, a, seen, points, weights, i, out),
                };
            }
        }
    }
}

/// f(x_n) at P points from n on, lanes apart, and w·x_n of all neurons. Returns P.
#[inline(always)]
fn values_of<S: Simd, const RELU: bool, const P: usize>(
    simd: S,
    neurons: &[Line],
    points: &Points,
    n: usize,
    seen: &mut [Line],
    values: &mut [Line],
) -> usize {
    let (zero, dim) = (f64x8::splat(simd, 0.0), points.dim());
    let x: [&[f64]; P] = std::array::from_fn(|p| &points.row(n + p)[..dim]);
    let mut sums = [zero; P];
    for (block, seen) in neurons.chunks_exact(dim + 1).zip(seen.chunks_exact_mut(points.count())) {
        let mut z = [zero; P];
        for (i, w) in block[..dim].iter().enumerate() {
            let w = load(simd, w);
            for p in 0..P {
                z[p] += w * x[p][i];
            }
        }
        let (a, seen) = (load(simd, &block[dim]), &mut seen[n..n + P]);
        for p in 0..P {
            z[p].store_array(&mut seen[p].0);
            sums[p] += a * if RELU { z[p].simd_gt(zero).select(z[p], zero) } else { z[p] * z[p] };
        }
    }
    for (sum, line) in sums.into_iter().zip(&mut values[n..n + P]) {
        sum.store_array(&mut line.0);
    }
    P
}

/// Σ weights_n a φ'(w·x_n) x_n, in E entries from i on, and Σ weights_n φ(w·x_n), of a block of neurons. Returns E.
#[inline(always)]
fn gradient_of<S: Simd, const RELU: bool, const E: usize>(
    simd: S,
    a: f64x8<S>,
    seen: &[Line],
    points: &Points,
    weights: &[f64],
    i: usize,
    out: &mut [Line],
) -> usize {
    let zero = f64x8::splat(simd, 0.0);
    let (mut by_w, mut by_a) = ([zero; E], zero);
    for ((z, &weight), x) in seen.iter().zip(weights).zip(points.rows()) {
        let (z, x) = (load(simd, z), &x[i..i + E]);
        let active = z.simd_gt(zero);
        by_a += if RELU { active.select(z, zero) } else { z * z } * weight;
        let slope = if RELU { active.select(a * weight, zero) } else { a * z * (2.0 * weight) };
        for e in 0..E {
            by_w[e] += slope * x[e];
        }
    }
    for (by_w, line) in by_w.into_iter().zip(&mut out[i..]) {
        by_w.store_array(&mut line.0);
    }
    by_a.store_array(&mut out[points.dim()].0);
    E
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
            for (width, dim, count) in [1, 2, 7, 8, 9, 50]
                .into_iter()
                .flat_map(|w| [(w, 1, 3), (w, 2, 4), (w, 3, 2), (w, 5, 30), (w, 6, 5), (w, 9, 1)])
            {
                let points = Points::new(dim, stream.normals(count * dim)).unwrap();
                let (w, a, p) = (stream.normals(width * dim), stream.normals(width), stream.normals(count));
                let layer = HiddenLayer { activation, dim, inputs: &w, outputs: &a };
                let found: Vec<[Vec<f64>; 2]> = levels()
                    .into_iter()
                    .map(|level| {
                        let mut blocks = Blocks::new(level, &layer, Lines::default());
                        [blocks.values(&points), blocks.gradient(&points, &p)]
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
