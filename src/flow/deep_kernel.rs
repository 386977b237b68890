//! The hot loop of descent and flow on deep layers that are to fit entries of a matrix: W_N and V = (W_N-1 .. W_1)' are
//! its factors, and what pulls at V goes down the layers. That takes three products a hidden layer, and nothing off Ω.
//! Eight columns side by side, with the same bits on every processor.

use fearless_simd::{Level, dispatch, f64x8, prelude::*};

use super::deep::diagonal;
use super::factor_kernel::{Misfit, add, from_lines, lines, to_lines};
use crate::lanes::{Line, load, transposed};
use crate::problem::completion::Completion;

/// The layers of a network with their slopes, each row filled up to whole lines with zeros, which stay zeros.
pub(super) struct DeepKernel {
    widths: Vec<usize>,
    /// W_2, .., W_N.
    w: Vec<Vec<Line>>,
    dw: Vec<Vec<Line>>,
    /// W_2', .., W_N-1', so that products are of rows.
    transposed: Vec<Vec<Line>>,
    /// V_j = (W_j .. W_1)' for j = 1, .., N - 1, and what pulls at it.
    v: Vec<Vec<Line>>,
    dv: Vec<Vec<Line>>,
    misfit: Misfit,
    /// A single layer is taken for the upper one of two, whose lower is I and stays.
    single: bool,
    level: Level,
}

impl DeepKernel {
    /// On the best instructions that this processor has.
    pub(super) fn new(problem: &Completion, widths: &[usize]) -> Self {
        DeepKernel::on(Level::new(), problem, widths)
    }

    fn on(level: Level, problem: &Completion, widths: &[usize]) -> Self {
        let single = widths.len() == 2;
        let widths = &[&widths[..usize::from(single)], widths].concat()[..];
        let depth = widths.len() - 1;
        let upper = || (2..=depth).map(|j| lines(widths[j], widths[j - 1])).collect();
        let below = || (1..depth).map(|j| lines(widths[0], widths[j])).collect();
        let mut kernel = DeepKernel {
            widths: widths.to_vec(),
            w: upper(),
            dw: upper(),
            transposed: (2..depth).map(|j| lines(widths[j - 1], widths[j])).collect(),
            v: below(),
            dv: below(),
            misfit: Misfit::new(problem, widths[depth - 1]),
            single,
            level,
        };
        if single {
            kernel.fill_first(&diagonal(widths[0], widths[0], 1.0));
        }
        kernel
    }

    /// -(W_N .. W_j+1)' G (W_j-1 .. W_1)' for j = 1, .., N with G = 2 P_Ω(X - M), where `entries` are those of the layers,
    /// one after the other.
    pub(super) fn velocity(&mut self, entries: &[f64], slopes: &mut [f64]) {
        self.fill(entries);
        dispatch!(self.level, simd => self.follow(simd, 2.0, 0));
        self.empty(&self.dv[0], &self.dw, slopes);
    }

    /// Takes every W_j to W_j + η W_j', `steps` times.
    pub(super) fn descend(&mut self, entries: &mut [f64], eta: f64, steps: usize) {
        self.fill(entries);
        if steps > 0 {
            dispatch!(self.level, simd => self.follow(simd, 2.0 * eta, steps));
        }
        self.empty(&self.v[0], &self.w, entries);
    }

    fn fill(&mut self, entries: &[f64]) {
        let (first, mut rest) = entries.split_at(self.first());
        self.fill_first(first);
        for (layer, pair) in self.w.iter_mut().zip(self.widths[1..].windows(2)) {
            let here;
            (here, rest) = rest.split_at(pair[0] * pair[1]);
            to_lines(here, pair[0], layer);
        }
    }

    fn fill_first(&mut self, first: &[f64]) {
        let width = self.widths[1].div_ceil(8);
        for (r, row) in first.chunks_exact(self.widths[0]).enumerate() {
            row.iter().enumerate().for_each(|(c, x)| self.v[0][c * width + r / 8].0[r % 8] = *x);
        }
    }

    /// How many entries of the layers are W_1's, below the others.
    fn first(&self) -> usize {
        if self.single { 0 } else { self.widths[0] * self.widths[1] }
    }

    fn empty(&self, first: &[Line], upper: &[Vec<Line>], entries: &mut [f64]) {
        let width = self.widths[1].div_ceil(8);
        let (out, mut rest) = entries.split_at_mut(self.first());
        for (r, row) in out.chunks_exact_mut(self.widths[0]).enumerate() {
            row.iter_mut().enumerate().for_each(|(c, x)| *x = first[c * width + r / 8].0[r % 8]);
        }
        for (layer, pair) in upper.iter().zip(self.widths[1..].windows(2)) {
            let here;
            (here, rest) = rest.split_at_mut(pair[0] * pair[1]);
            from_lines(layer, pair[0], here);
        }
    }

    /// So many steps along the slopes; the slopes alone if it is none. One function, so that they are compiled once.
    #[inline(always)]
    fn follow<S: Simd>(&mut self, simd: S, scale: f64, steps: usize) {
        for step in 0..steps.max(1) {
            self.slopes(simd, scale);
            if step == steps {
                break;
            }
            if !self.single {
                add(simd, &mut self.v[0], &self.dv[0]);
            }
            for (w, dw) in self.w.iter_mut().zip(&self.dw) {
                add(simd, w, dw);
            }
        }
    }

    /// V_j = V_j-1 W_j' up the layers; then W_N and V_N-1 as factors; then W_j' = (V_j')' V_j-1 and V_j-1' = V_j' W_j, down
    /// again.
    #[inline(always)]
    fn slopes<S: Simd>(&mut self, simd: S, scale: f64) {
        let top = self.v.len() - 1;
        for k in 0..top {
            let (below, above) = self.v.split_at_mut(k + 1);
            let inner = self.widths[k + 1];
            transpose(simd, &self.w[k], inner, &mut self.transposed[k]);
            multiply::<S, false>(simd, &below[k], &self.transposed[k], inner, &mut above[0]);
        }
        let slopes = [&mut self.dw[top][..], &mut self.dv[top][..]];
        self.misfit.slopes(simd, scale, [&self.w[top], &self.v[top]], slopes);
        for k in (0..top).rev() {
            let (below, above) = self.dv.split_at_mut(k + 1);
            multiply::<S, true>(simd, &above[0], &self.v[k], self.widths[0], &mut self.dw[k]);
            multiply::<S, false>(simd, &above[0], &self.w[k], self.widths[k + 2], &mut below[k]);
        }
    }
}

/// A', where A has so many columns, eight by eight.
#[inline(always)]
fn transpose<S: Simd>(simd: S, a: &[Line], columns: usize, out: &mut [Line]) {
    let (width, out_width) = (columns.div_ceil(8), out.len() / columns);
    for (i, a) in a.chunks(8 * width).enumerate() {
        for (j, out) in out.chunks_mut(8 * out_width).enumerate() {
            let mut rows = [f64x8::splat(simd, 0.0); 8];
            for (row, a) in rows.iter_mut().zip(a.chunks_exact(width)) {
                *row = load(simd, &a[j]);
            }
            for (row, out) in transposed(rows).iter().zip(out.chunks_exact_mut(out_width)) {
                row.store_array(&mut out[i].0);
            }
        }
    }
}

/// AB, or A'B, where B has `inner` rows, four rows and two lines at a time. Each entry is summed in the order of these rows.
#[inline(always)]
fn multiply<S: Simd, const TRANSPOSED: bool>(simd: S, a: &[Line], b: &[Line], inner: usize, out: &mut [Line]) {
    let width = b.len() / inner;
    let fours = out.len() / (4 * width);
    for block in 0..fours {
        rows_of::<S, TRANSPOSED, 4>(simd, a, b, inner, 4 * block, out);
    }
    for row in 4 * fours..out.len() / width {
        rows_of::<S, TRANSPOSED, 1>(simd, a, b, inner, row, out);
    }
}

#[inline(always)]
fn rows_of<S: Simd, const TRANSPOSED: bool, const R: usize>(
    simd: S,
    a: &[Line],
    b: &[Line],
    inner: usize,
    first: usize,
    out: &mut [Line],
) {
    let width = b.len() / inner;
    let mut line = 0;
    while line < width {
        line += match width - line {
            1 => block_of::<S, TRANSPOSED, R, 1>(simd, a, b, inner, first, line, out),
            // Four rows of three lines have registers where a line is one.
            3 if S::f64s::LEN == 8 => block_of::<S, TRANSPOSED, R, 3>(simd, a, b, inner, first, line, out),
            _ => block_of::<S, TRANSPOSED, R, 2>(simd, a, b, inner, first, line, out),
        };
    }
}

/// R rows from `first` on, and of each L lines from `line` on. Returns L.
#[inline(always)]
fn block_of<S: Simd, const TRANSPOSED: bool, const R: usize, const L: usize>(
    simd: S,
    a: &[Line],
    b: &[Line],
    inner: usize,
    first: usize,
    line: usize,
    out: &mut [Line],
) -> usize {
    let (width, a_width) = (b.len() / inner, if TRANSPOSED { a.len() / inner } else { inner.div_ceil(8) });
    let mut sums = [[f64x8::splat(simd, 0.0); L]; R];
    if TRANSPOSED {
        // Its rows are columns of A; four from a multiple of four on are in one line.
        for (a, b) in a.chunks_exact(a_width).zip(b.chunks_exact(width)) {
            let b = &b[line..line + L];
            for r in 0..R {
                let entry = a[first / 8].0[(first + r) % 8];
                for l in 0..L {
                    sums[r][l] += load(simd, &b[l]) * entry;
                }
            }
        }
    } else {
        let a = &a[first * a_width..][..R * a_width];
        for (k, b) in b.chunks(8 * width).enumerate() {
            for (lane, b) in b.chunks_exact(width).enumerate() {
                let b = &b[line..line + L];
                for r in 0..R {
                    let entry = a[r * a_width + k].0[lane % 8];
                    for l in 0..L {
                        sums[r][l] += load(simd, &b[l]) * entry;
                    }
                }
            }
        }
    }
    for (sums, out) in sums.iter().zip(out[first * width..].chunks_exact_mut(width)) {
        for (sum, out) in sums.iter().zip(&mut out[line..line + L]) {
            sum.store_array(&mut out.0);
        }
    }
    L
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::deep::{Layers, misfit_gradient};
    use crate::lanes::levels;
    use crate::problem::completion::plant;
    use crate::real::{UNIT_ROUNDOFF, axpy, distance, norm};
    use crate::seed::Seed;

    /// Widths around the sizes of lines and blocks, from one layer on.
    #[test]
    fn the_kernel_is_the_formula_on_every_level() {
        let stream = &mut Seed(1).stream("deep kernel", "shapes");
        let shapes: [&[usize]; 9] = [
            &[1, 1],
            &[9, 5],
            &[3, 2, 4],
            &[4, 5, 3, 3],
            &[2, 3, 1, 4, 2],
            &[1, 1, 1, 1, 1, 1],
            &[20, 20, 20, 20],
            &[7, 8, 9, 17],
            &[10, 33, 26, 5],
        ];
        for widths in shapes {
            let (rows, cols) = (widths[widths.len() - 1], widths[0]);
            let problem = plant(rows, cols, 1, 0.6, stream).problem;
            let entries = stream.normals(widths.windows(2).map(|pair| pair[0] * pair[1]).sum());
            let at = Layers { widths: widths.to_vec(), entries };
            let found: Vec<[Vec<f64>; 2]> = levels()
                .into_iter()
                .map(|level| {
                    let kernel = &mut DeepKernel::on(level, &problem, widths);
                    let (mut slopes, mut after) = (vec![f64::NAN; at.entries.len()], at.entries.clone());
                    kernel.velocity(&at.entries, &mut slopes);
                    kernel.descend(&mut after, 0.125, 3);
                    [slopes, after]
                })
                .collect();
            assert!(found.iter().all(|other| *other == found[0]), "{widths:?}");
            let gradient = |x: &[f64]| misfit_gradient(&problem, x);
            // A sum of each product has at most the widest layer's terms, and no product is larger than that of the norms, twice.
            let product: f64 = at.layers().iter().map(|layer| norm(layer)).product();
            let least = at.layers().iter().map(|layer| norm(layer)).fold(f64::INFINITY, f64::min);
            let data: f64 = problem.entries.iter().map(|entry| entry.m * entry.m).sum::<f64>().sqrt();
            let terms = (2 * widths.len() * (widths.iter().max().unwrap() + 2)) as f64;
            let size = 2.0 * (product + data) * product / least * (at.entries.len() as f64).sqrt();
            let off = distance(&at.velocity(&gradient).entries, &found[0][0]);
            assert!(off <= terms * UNIT_ROUNDOFF * size, "{widths:?}: {off} {size}");
            // Three steps at once are three steps; a power of two takes no digit.
            let (mut slow, kernel) = (at.entries.clone(), &mut DeepKernel::new(&problem, widths));
            for _ in 0..3 {
                let mut slopes = vec![0.0; slow.len()];
                kernel.velocity(&slow, &mut slopes);
                axpy(0.125, &slopes, &mut slow);
            }
            assert_eq!(slow, found[0][1], "{widths:?}");
        }
    }
}
