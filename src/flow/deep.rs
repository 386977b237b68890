//! Gradient flow and gradient descent on the layers of a deep linear network.
//!
//! X = W_N .. W_1, and the loss is a function of X with gradient G there. The flow is
//! W_j' = -(W_N .. W_j+1)' G (W_j-1 .. W_1)', in plain time t.

use std::cell::RefCell;

use fearless_simd::{Level, dispatch, f64x8, prelude::*};

use super::deep_kernel::DeepKernel;
use super::explicit::dormand_prince;
use super::ode::{Ode, Part, Tolerance, Watched};
use crate::claim::Slack;
use crate::error::Result;
use crate::problem::completion::{Completion, Entry};
use crate::quantity::Quantity;
use crate::real::{axpy, combine, norm};

/// W_1, .., W_N, one after the other, each row after row. W_j is widths\[j\] × widths\[j - 1\].
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    /// Of the input, of every layer in between, and of the output.
    pub widths: Vec<usize>,
    /// All of them, in that order.
    pub entries: Vec<f64>,
}

/// AB, row after row, where A has `inner` columns and B as many rows. Each entry is summed in their order, whatever the processor.
pub fn times(a: &[f64], b: &[f64], inner: usize) -> Vec<f64> {
    times_on(Level::new(), a, b, inner)
}

fn times_on(level: Level, a: &[f64], b: &[f64], inner: usize) -> Vec<f64> {
    let cols = b.len() / inner;
    let mut product = vec![0.0; a.len() / inner * cols];
    if cols >= 8 {
        dispatch!(level, simd => eight_columns(simd, a, b, inner, &mut product));
    } else {
        for (row, out) in a.chunks_exact(inner).zip(product.chunks_exact_mut(cols)) {
            row.iter().zip(b.chunks_exact(cols)).for_each(|(&a, b)| axpy(a, b, out));
        }
    }
    product
}

/// The same for at least eight columns, four rows at a time.
#[inline(always)]
fn eight_columns<S: Simd>(simd: S, a: &[f64], b: &[f64], inner: usize, product: &mut [f64]) {
    let cols = b.len() / inner;
    let (fours, rest) = a.split_at(a.len() / (4 * inner) * 4 * inner);
    let (of_fours, of_rest) = product.split_at_mut(fours.len() / inner * cols);
    for (a, out) in fours.chunks_exact(4 * inner).zip(of_fours.chunks_exact_mut(4 * cols)) {
        some_rows::<S, 4>(simd, a, b, inner, out);
    }
    for (a, out) in rest.chunks_exact(inner).zip(of_rest.chunks_exact_mut(cols)) {
        some_rows::<S, 1>(simd, a, b, inner, out);
    }
}

#[inline(always)]
fn some_rows<S: Simd, const R: usize>(simd: S, a: &[f64], b: &[f64], inner: usize, out: &mut [f64]) {
    let cols = b.len() / inner;
    for block in 0..cols.div_ceil(8) {
        // Where eight do not divide the columns the last block overlaps the one before.
        let from = (8 * block).min(cols - 8);
        let mut sums = [f64x8::splat(simd, 0.0); R];
        for (k, b) in b.chunks_exact(cols).enumerate() {
            let b = f64x8::from_slice(simd, &b[from..from + 8]);
            for r in 0..R {
                sums[r] += b * a[r * inner + k];
            }
        }
        for (sums, out) in sums.iter().zip(out.chunks_exact_mut(cols)) {
            sums.store_slice(&mut out[from..from + 8]);
        }
    }
}

/// A', row after row, where A has so many columns.
pub fn transposed(a: &[f64], cols: usize) -> Vec<f64> {
    let rows = a.len() / cols;
    let mut columns = vec![0.0; a.len()];
    for (i, row) in a.chunks_exact(cols).enumerate() {
        row.iter().enumerate().for_each(|(j, x)| columns[j * rows + i] = *x);
    }
    columns
}

/// G = 2 P_Ω(X - M), the gradient of Σ_Ω (X - M)².
pub fn misfit_gradient(problem: &Completion, x: &[f64]) -> Vec<f64> {
    let mut g = vec![0.0; x.len()];
    for &Entry { i, j, m } in &problem.entries {
        let k = i * problem.cols + j;
        g[k] = 2.0 * (x[k] - m);
    }
    g
}

impl Layers {
    /// `depth` layers α I, n × n.
    pub fn identity(n: usize, depth: usize, alpha: f64) -> Self {
        Layers::equal(&diagonal(n, n, alpha), n, depth)
    }

    /// `depth` layers of which each is this n × n matrix.
    pub fn equal(layer: &[f64], n: usize, depth: usize) -> Self {
        Layers { widths: vec![n; depth + 1], entries: layer.repeat(depth) }
    }

    /// X is rows × cols: the hidden layers are α I of the smaller size, the outer ones α I with rows or columns of zeros
    /// added. Balanced.
    pub fn narrow(rows: usize, cols: usize, depth: usize, alpha: f64) -> Self {
        let hidden = vec![rows.min(cols); depth - 1];
        let widths: Vec<usize> = [vec![cols], hidden, vec![rows]].concat();
        let entries = widths.windows(2).flat_map(|pair| diagonal(pair[1], pair[0], alpha)).collect();
        Layers { widths, entries }
    }

    /// N.
    pub fn depth(&self) -> usize {
        self.widths.len() - 1
    }

    /// W_1, .., W_N.
    pub fn layers(&self) -> Vec<&[f64]> {
        let mut rest = &self.entries[..];
        let mut layer = |pair: &[usize]| {
            let (layer, after) = rest.split_at(pair[0] * pair[1]);
            rest = after;
            layer
        };
        self.widths.windows(2).map(&mut layer).collect()
    }

    /// W_j .. W_1 for j = 1, .., N.
    fn products_from_the_input(&self) -> Vec<Vec<f64>> {
        let layers = self.layers();
        let mut products = vec![layers[0].to_vec()];
        for (j, layer) in layers.iter().enumerate().skip(1) {
            products.push(times(layer, &products[j - 1], self.widths[j]));
        }
        products
    }

    /// W_N .. W_j for j = 2, .., N.
    fn products_to_the_output(&self) -> Vec<Vec<f64>> {
        let layers = self.layers();
        let mut products: Vec<Vec<f64>> = Vec::new();
        for (j, layer) in layers.iter().enumerate().skip(1).rev() {
            products.push(match products.last() {
                Some(above) => times(above, layer, self.widths[j + 1]),
                None => layer.to_vec(),
            });
        }
        products.reverse();
        products
    }

    /// X, row after row.
    pub fn product(&self) -> Vec<f64> {
        self.products_from_the_input().pop().expect("a network has layers")
    }

    /// The velocity of the flow where the loss has gradient G at X.
    pub fn velocity(&self, gradient: &dyn Fn(&[f64]) -> Vec<f64>) -> Layers {
        let (below, above) = (self.products_from_the_input(), self.products_to_the_output());
        let (depth, cols, rows) = (self.depth(), self.widths[0], self.widths[self.depth()]);
        let mut pull = gradient(&below[depth - 1]);
        pull.iter_mut().for_each(|g| *g = -*g);
        let mut entries = Vec::with_capacity(self.entries.len());
        for j in 0..depth {
            // What the layers above and below make of -G; the outermost have nothing beyond them.
            let from_above = match above.get(j) {
                Some(above) => times(&transposed(above, self.widths[j + 1]), &pull, rows),
                None => pull.clone(),
            };
            match j.checked_sub(1) {
                Some(before) => entries.extend(times(&from_above, &transposed(&below[before], cols), cols)),
                None => entries.extend(from_above),
            }
        }
        Layers { widths: self.widths.clone(), entries }
    }

    /// After so many steps of gradient descent on Σ_Ω (X - M)².
    pub fn descend(&self, problem: &Completion, eta: f64, steps: usize) -> Layers {
        let mut entries = self.entries.clone();
        DeepKernel::new(problem, &self.widths).descend(&mut entries, eta, steps);
        Layers { widths: self.widths.clone(), entries }
    }

    /// W_j+1' W_j+1 - W_j W_j' for j = 1, .., N - 1: all zero if the layers are balanced.
    pub fn imbalances(&self) -> Vec<Vec<f64>> {
        let layers = self.layers();
        let gap = |j: usize| {
            let (below, above) = (layers[j], layers[j + 1]);
            let (outer, inner) = (self.widths[j + 1], self.widths[j]);
            let right = times(below, &transposed(below, inner), inner);
            combine(-1.0, &right, &times(&transposed(above, outer), above, self.widths[j + 2]))
        };
        (0..layers.len() - 1).map(gap).collect()
    }

    /// W_j + s V_j.
    pub fn moved(&self, s: f64, by: &Layers) -> Layers {
        Layers { widths: self.widths.clone(), entries: combine(s, &by.entries, &self.entries) }
    }
}

/// `value` where row and column are equal.
pub(super) fn diagonal(rows: usize, cols: usize, value: f64) -> Vec<f64> {
    (0..rows * cols).map(|k| if k % cols == k / cols { value } else { 0.0 }).collect()
}

struct Flow<'a, F> {
    start: &'a Layers,
    rate: F,
}

impl<F: Fn(&[f64], &mut [f64])> Ode for Flow<'_, F> {
    fn dim(&self) -> usize {
        self.start.entries.len()
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        (self.rate)(y, dy);
    }

    /// Relative to the layers, however small they are.
    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim(), scale: norm(&self.start.entries) }]
    }
}

/// The layers at a time, by the flow at the tolerance asked for and at a hundred times that.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The time.
    pub t: f64,
    /// At the tolerance asked for.
    pub layers: Layers,
    /// At a hundred times that.
    pub coarse: Layers,
    /// Roundings of numbers of the size of the layers, since the start.
    pub roundings: f64,
}

impl Moment {
    /// A quantity of the layers, with what the integrator may have lost of it and with the roundings since the start, each
    /// of which moves it by at most `size` roundings.
    pub fn measure(&self, size: f64, quantity: impl Fn(&Layers) -> f64) -> Quantity {
        let fine = quantity(&self.layers);
        let lost = fine - quantity(&self.coarse);
        Quantity::new(fine, Slack::integration(lost) + Slack::rounding(self.roundings, size))
    }
}

/// Gradient flow from `start`, at increasing times t, of the loss with gradient G(X).
pub fn flow(
    start: &Layers,
    gradient: &dyn Fn(&[f64]) -> Vec<f64>,
    times: &[f64],
    tolerance: Tolerance,
) -> Result<Vec<Moment>> {
    flow_watched(start, gradient, times, tolerance, |_, _| ())
}

/// The same, and shows t and the layers at every step of the integrator.
pub fn flow_watched(
    start: &Layers,
    gradient: &dyn Fn(&[f64]) -> Vec<f64>,
    times: &[f64],
    tolerance: Tolerance,
    see: impl FnMut(f64, &Layers),
) -> Result<Vec<Moment>> {
    let rate = |y: &[f64], dy: &mut [f64]| {
        let at = Layers { widths: start.widths.clone(), entries: y.to_vec() };
        dy.copy_from_slice(&at.velocity(gradient).entries);
    };
    follow(&Flow { start, rate }, times, tolerance, see)
}

/// The same for Σ_Ω (X - M)², several times as fast.
pub fn completion_flow(
    problem: &Completion,
    start: &Layers,
    times: &[f64],
    tolerance: Tolerance,
) -> Result<Vec<Moment>> {
    completion_flow_watched(problem, start, times, tolerance, |_, _| ())
}

/// The same, and shows t and the layers at every step of the integrator.
pub fn completion_flow_watched(
    problem: &Completion,
    start: &Layers,
    times: &[f64],
    tolerance: Tolerance,
    see: impl FnMut(f64, &Layers),
) -> Result<Vec<Moment>> {
    let kernel = RefCell::new(DeepKernel::new(problem, &start.widths));
    let rate = |y: &[f64], dy: &mut [f64]| kernel.borrow_mut().velocity(y, dy);
    follow(&Flow { start, rate }, times, tolerance, see)
}

fn follow(
    ode: &Flow<impl Fn(&[f64], &mut [f64])>,
    times: &[f64],
    tolerance: Tolerance,
    mut see: impl FnMut(f64, &Layers),
) -> Result<Vec<Moment>> {
    let start = ode.start;
    let layers = |entries: &[f64]| Layers { widths: start.widths.clone(), entries: entries.to_vec() };
    let watched = Watched::new(ode, |t: f64, entries: &[f64]| see(t, &layers(entries)));
    let fine = dormand_prince(&watched, 0.0, &start.entries, times, tolerance)?;
    let coarse = dormand_prince(ode, 0.0, &start.entries, times, tolerance.coarser())?;
    let moment = |k: usize| Moment {
        t: times[k],
        layers: layers(&fine.states[k]),
        coarse: layers(&coarse.states[k]),
        roundings: fine.roundings[k],
    };
    Ok((0..times.len()).map(moment).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::levels;
    use crate::seed::Seed;

    #[test]
    fn a_product_has_the_same_bits_on_every_level() {
        let stream = &mut Seed(1).stream("deep", "products");
        for (rows, inner, cols) in [(1, 1, 1), (3, 2, 7), (1, 5, 8), (4, 20, 20), (7, 9, 17), (20, 3, 33)] {
            let (a, b) = (stream.normals(rows * inner), stream.normals(inner * cols));
            let entry = |i: usize, j: usize| (0..inner).fold(0.0, |sum, k| sum + a[i * inner + k] * b[k * cols + j]);
            let plain: Vec<f64> = (0..rows * cols).map(|k| entry(k / cols, k % cols)).collect();
            for level in levels() {
                assert_eq!(times_on(level, &a, &b, inner), plain, "{rows} x {inner} x {cols}");
            }
            assert_eq!(transposed(&transposed(&a, inner), rows), a);
            assert!((0..rows * inner).all(|k| transposed(&a, inner)[k % inner * rows + k / inner] == a[k]));
        }
    }
}
