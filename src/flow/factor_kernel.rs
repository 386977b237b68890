//! The hot loop of descent and flow on factors, eight columns side by side: lane by lane the same operations in the same
//! order on every processor, never contracted, so that the bits are the same on all of them.

use fearless_simd::{Level, dispatch, f64x8, prelude::*};

use crate::lanes::{Line, load, two_sums};
use crate::problem::completion::{Completion, Entry};

/// Factors U, rows × r, and V, cols × r, with their slopes, each row filled up to whole lines with zeros, which stay
/// zeros.
pub(super) struct FactorKernel {
    rank: usize,
    u: Vec<Line>,
    v: Vec<Line>,
    du: Vec<Line>,
    dv: Vec<Line>,
    misfit: Misfit,
    level: Level,
}

/// What pulls at two factors of a matrix that is to have these entries.
pub(super) struct Misfit {
    /// Lines a row.
    width: usize,
    /// M on Ω, and -G, in the order of the entries.
    wanted: Vec<f64>,
    pulls: Vec<f64>,
    /// What pulls at each row of U, and at each row of V, one after the other.
    on_u: Pulling,
    on_v: Pulling,
}

/// For each row of a factor the entries of Ω in its line of M, in their order: for each the first line of the other
/// factor's row, and the place of its pull.
struct Pulling {
    from: Vec<(usize, usize)>,
    /// Where each row's begin, and the end of the last.
    starts: Vec<usize>,
}

impl Pulling {
    /// `line` and `other` name an entry's row of this factor and of the other one.
    fn new(
        problem: &Completion,
        rows: usize,
        width: usize,
        line: fn(&Entry) -> usize,
        other: fn(&Entry) -> usize,
    ) -> Self {
        let mut order: Vec<usize> = (0..problem.entries.len()).collect();
        order.sort_by_key(|&place| line(&problem.entries[place]));
        let from = order.iter().map(|&place| (other(&problem.entries[place]) * width, place)).collect();
        let begin = |row: usize| order.partition_point(|&place| line(&problem.entries[place]) < row);
        Pulling { from, starts: (0..=rows).map(begin).collect() }
    }

    /// The entries of each row.
    fn rows(&self) -> impl Iterator<Item = &[(usize, usize)]> {
        self.starts.windows(2).map(|span| &self.from[span[0]..span[1]])
    }
}

impl FactorKernel {
    /// For factors of the inner dimension `rank`, on the best instructions that this processor has.
    pub(super) fn new(problem: &Completion, rank: usize) -> Self {
        FactorKernel::on(Level::new(), problem, rank)
    }

    fn on(level: Level, problem: &Completion, rank: usize) -> Self {
        let [u, du] = [lines(problem.rows, rank), lines(problem.rows, rank)];
        let [v, dv] = [lines(problem.cols, rank), lines(problem.cols, rank)];
        FactorKernel { rank, u, v, du, dv, misfit: Misfit::new(problem, rank), level }
    }

    /// du = -GV and dv = -G'U with G = 2 P_Ω(UV' - M); returns -G on Ω. Where M, U and V are symmetric to the last bit,
    /// so are these.
    pub(super) fn velocity(&mut self, u: &[f64], v: &[f64], du: &mut [f64], dv: &mut [f64]) -> &[f64] {
        self.fill(u, v);
        dispatch!(self.level, simd => self.follow(simd, 2.0, 0));
        from_lines(&self.du, self.rank, du);
        from_lines(&self.dv, self.rank, dv);
        &self.misfit.pulls
    }

    /// Takes U and V to U - η GV and V - η G'U, `steps` times.
    pub(super) fn descend(&mut self, u: &mut [f64], v: &mut [f64], eta: f64, steps: usize) {
        self.fill(u, v);
        if steps > 0 {
            dispatch!(self.level, simd => self.follow(simd, 2.0 * eta, steps));
        }
        from_lines(&self.u, self.rank, u);
        from_lines(&self.v, self.rank, v);
    }

    fn fill(&mut self, u: &[f64], v: &[f64]) {
        to_lines(u, self.rank, &mut self.u);
        to_lines(v, self.rank, &mut self.v);
    }

    /// So many steps along the slopes; the slopes alone if it is none. One function, so that they are compiled once.
    #[inline(always)]
    fn follow<S: Simd>(&mut self, simd: S, scale: f64, steps: usize) {
        for step in 0..steps.max(1) {
            self.misfit.slopes(simd, scale, [&self.u, &self.v], [&mut self.du, &mut self.dv]);
            if step == steps {
                break;
            }
            add(simd, &mut self.u, &self.du);
            add(simd, &mut self.v, &self.dv);
        }
    }
}

impl Misfit {
    /// For factors of the inner dimension `rank`.
    pub(super) fn new(problem: &Completion, rank: usize) -> Self {
        let (&Completion { rows, cols, .. }, width) = (problem, rank.div_ceil(8));
        Misfit {
            width,
            wanted: problem.entries.iter().map(|at| at.m).collect(),
            pulls: vec![0.0; problem.entries.len()],
            on_u: Pulling::new(problem, rows, width, |entry| entry.i, |entry| entry.j),
            on_v: Pulling::new(problem, cols, width, |entry| entry.j, |entry| entry.i),
        }
    }

    /// `scale` P_Ω(M - UV'), and its products with V and, transposed, with U. Rows of few lines have registers.
    #[inline(always)]
    pub(super) fn slopes<S: Simd>(&mut self, simd: S, scale: f64, at: [&[Line]; 2], slopes: [&mut [Line]; 2]) {
        let wide = S::f64s::LEN == 8;
        match self.width {
            1 => self.slopes_in_registers::<S, 1>(simd, scale, at, slopes),
            2 => self.slopes_in_registers::<S, 2>(simd, scale, at, slopes),
            3 => self.slopes_in_registers::<S, 3>(simd, scale, at, slopes),
            4 if wide => self.slopes_in_registers::<S, 4>(simd, scale, at, slopes),
            5 if wide => self.slopes_in_registers::<S, 5>(simd, scale, at, slopes),
            6 if wide => self.slopes_in_registers::<S, 6>(simd, scale, at, slopes),
            7 if wide => self.slopes_in_registers::<S, 7>(simd, scale, at, slopes),
            _ => self.slopes_in_blocks(simd, scale, at, slopes),
        }
    }

    /// Where rows are of W lines: a row of V is multiplied by what pulls at it as soon as it has been seen.
    #[inline(always)]
    fn slopes_in_registers<S: Simd, const W: usize>(
        &mut self,
        simd: S,
        scale: f64,
        [u, v]: [&[Line]; 2],
        [du, dv]: [&mut [Line]; 2],
    ) {
        let Misfit { wanted, pulls, on_u, on_v, .. } = self;
        let zero = f64x8::splat(simd, 0.0);
        for ((u, du), from) in u.as_chunks::<W>().0.iter().zip(du.as_chunks_mut::<W>().0).zip(on_u.rows()) {
            let (mut row, mut sums) = ([zero; W], [zero; W]);
            for w in 0..W {
                row[w] = load(simd, &u[w]);
            }
            let (pairs, last) = from.as_chunks::<2>();
            for &[(a, here), (b, there)] in pairs {
                let (a, b) = (&v[a..a + W], &v[b..b + W]);
                let seen = two_sums(products(simd, row, a), products(simd, row, b));
                let pull = [scale * (wanted[here] - seen[0]), scale * (wanted[there] - seen[1])];
                add_multiple(simd, pull[0], a, &mut sums);
                add_multiple(simd, pull[1], b, &mut sums);
                (pulls[here], pulls[there]) = (pull[0], pull[1]);
            }
            for &(a, here) in last {
                let a = &v[a..a + W];
                pulls[here] = scale * (wanted[here] - two_sums(products(simd, row, a), zero)[0]);
                add_multiple(simd, pulls[here], a, &mut sums);
            }
            for w in 0..W {
                sums[w].store_array(&mut du[w].0);
            }
        }
        for (dv, from) in dv.as_chunks_mut::<W>().0.iter_mut().zip(on_v.rows()) {
            pull_on::<S, W>(simd, from, pulls, u, dv);
        }
    }

    /// The same for rows of any length.
    #[inline(always)]
    fn slopes_in_blocks<S: Simd>(&mut self, simd: S, scale: f64, [u, v]: [&[Line]; 2], [du, dv]: [&mut [Line]; 2]) {
        let Misfit { wanted, pulls, on_u, on_v, width } = self;
        for (row, from) in u.chunks_exact(*width).zip(on_u.rows()) {
            for &(a, here) in from {
                let mut at_a = f64x8::splat(simd, 0.0);
                for (u, v) in row.iter().zip(&v[a..a + *width]) {
                    at_a += load(simd, u) * load(simd, v);
                }
                pulls[here] = scale * (wanted[here] - two_sums(at_a, f64x8::splat(simd, 0.0))[0]);
            }
        }
        for (slopes, other, pulling) in [(du, v, on_u), (dv, u, on_v)] {
            for (slopes, from) in slopes.chunks_exact_mut(*width).zip(pulling.rows()) {
                for (k, slopes) in slopes.chunks_mut(BLOCK).enumerate() {
                    let other = &other[k * BLOCK..];
                    match slopes.len() {
                        1 => pull_on::<S, 1>(simd, from, pulls, other, slopes),
                        2 => pull_on::<S, 2>(simd, from, pulls, other, slopes),
                        3 => pull_on::<S, 3>(simd, from, pulls, other, slopes),
                        _ => pull_on::<S, BLOCK>(simd, from, pulls, other, slopes),
                    }
                }
            }
        }
    }
}

/// Whose sum is the inner product of two rows of W lines.
#[inline(always)]
fn products<S: Simd, const W: usize>(simd: S, row: [f64x8<S>; W], other: &[Line]) -> f64x8<S> {
    let mut products = f64x8::splat(simd, 0.0);
    for w in 0..W {
        products += row[w] * load(simd, &other[w]);
    }
    products
}

/// sums += pull · row.
#[inline(always)]
fn add_multiple<S: Simd, const W: usize>(simd: S, pull: f64, row: &[Line], sums: &mut [f64x8<S>; W]) {
    for w in 0..W {
        sums[w] += load(simd, &row[w]) * pull;
    }
}

/// So many lines of a long row are summed at a time.
const BLOCK: usize = 4;

/// A row of a slope, B lines of it: the sum of what pulls at it, times the other factor's rows.
#[inline(always)]
fn pull_on<S: Simd, const B: usize>(
    simd: S,
    from: &[(usize, usize)],
    pulls: &[f64],
    other: &[Line],
    slope: &mut [Line],
) {
    let mut sums = [f64x8::splat(simd, 0.0); B];
    for &(first, place) in from {
        add_multiple(simd, pulls[place], &other[first..first + B], &mut sums);
    }
    for (sum, slope) in sums.iter().zip(slope) {
        sum.store_array(&mut slope.0);
    }
}

/// Room for so many rows, each in whole lines.
pub(super) fn lines(rows: usize, columns: usize) -> Vec<Line> {
    vec![Line::ZERO; rows * columns.div_ceil(8)]
}

/// A matrix of so many columns, each row in whole lines; what is beyond its columns stays as it was.
pub(super) fn to_lines(rows: &[f64], columns: usize, lines: &mut [Line]) {
    for (lines, row) in lines.chunks_exact_mut(columns.div_ceil(8)).zip(rows.chunks_exact(columns)) {
        let ((eights, rest), (whole, last)) = (row.as_chunks(), lines.split_at_mut(columns / 8));
        whole.iter_mut().zip(eights).for_each(|(line, eight)| line.0 = *eight);
        last.iter_mut().for_each(|line| line.0[..rest.len()].copy_from_slice(rest));
    }
}

/// The matrix that [`to_lines`] had in these.
pub(super) fn from_lines(lines: &[Line], columns: usize, rows: &mut [f64]) {
    for (lines, row) in lines.chunks_exact(columns.div_ceil(8)).zip(rows.chunks_exact_mut(columns)) {
        let ((eights, rest), (whole, last)) = (row.as_chunks_mut(), lines.split_at(columns / 8));
        eights.iter_mut().zip(whole).for_each(|(eight, line)| *eight = line.0);
        last.iter().for_each(|line| rest.copy_from_slice(&line.0[..rest.len()]));
    }
}

#[inline(always)]
pub(super) fn add<S: Simd>(simd: S, at: &mut [Line], by: &[Line]) {
    for (at, by) in at.iter_mut().zip(by) {
        (load(simd, at) + load(simd, by)).store_array(&mut at.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::levels;
    use crate::problem::completion::plant;
    use crate::real::{UNIT_ROUNDOFF, distance, dot, norm};
    use crate::seed::Seed;

    /// Ranks around the sizes of lines.
    #[test]
    fn the_kernel_is_the_formula_on_every_level() {
        let stream = &mut Seed(1).stream("factor kernel", "shapes");
        for (rows, cols) in [(1, 1), (1, 6), (5, 3), (9, 9), (20, 30)] {
            for rank in [1, 2, 7, 8, 9, 20, 25, 33, 41, 50, 70] {
                let problem = plant(rows, cols, 2, 0.6, stream).problem;
                let (u, v) = (stream.normals(rows * rank), stream.normals(cols * rank));
                let found: Vec<[Vec<f64>; 5]> = levels()
                    .into_iter()
                    .map(|level| {
                        let kernel = &mut FactorKernel::on(level, &problem, rank);
                        let (mut du, mut dv) = (vec![f64::NAN; u.len()], vec![f64::NAN; v.len()]);
                        let pulls = kernel.velocity(&u, &v, &mut du, &mut dv).to_vec();
                        let (mut u, mut v) = (u.clone(), v.clone());
                        kernel.descend(&mut u, &mut v, 1e-3, 3);
                        [du, dv, pulls, u, v]
                    })
                    .collect();
                assert!(found.iter().all(|other| *other == found[0]));
                let (mut du, mut dv) = (vec![0.0; u.len()], vec![0.0; v.len()]);
                let mut sizes = 0.0;
                for &Entry { i, j, m } in &problem.entries {
                    let (u, v) = (&u[i * rank..][..rank], &v[j * rank..][..rank]);
                    let pull = -2.0 * (dot(u, v) - m);
                    (0..rank).for_each(|k| du[i * rank + k] += pull * v[k]);
                    (0..rank).for_each(|k| dv[j * rank + k] += pull * u[k]);
                    sizes += 2.0 * (norm(u) * norm(v) + m.abs()) * (norm(u) + norm(v));
                }
                // Pulls are sums of `rank` products and one, slopes of as many pulls as there are entries in a line.
                let rounding = (rank + rows.max(cols) + 4) as f64 * 2.0 * UNIT_ROUNDOFF * sizes;
                let off = distance(&du, &found[0][0]) + distance(&dv, &found[0][1]);
                assert!(off <= rounding, "{rows} x {cols}, {rank}: {off} {rounding}");
            }
        }
    }

    /// Three steps at once are three steps, each U + η U'.
    #[test]
    fn descent_is_steps_of_the_velocity() {
        let stream = &mut Seed(1).stream("factor kernel", "descent");
        let problem = plant(6, 5, 2, 0.6, stream).problem;
        let (rank, eta) = (9, 0.125);
        let (start_u, start_v) = (stream.normals(6 * rank), stream.normals(5 * rank));
        let kernel = &mut FactorKernel::new(&problem, rank);
        let (mut u, mut v) = (start_u.clone(), start_v.clone());
        kernel.descend(&mut u, &mut v, eta, 3);
        let (mut slow_u, mut slow_v) = (start_u, start_v);
        let (mut du, mut dv) = (slow_u.clone(), slow_v.clone());
        for _ in 0..3 {
            kernel.velocity(&slow_u, &slow_v, &mut du, &mut dv);
            // A power of two takes no digit.
            crate::real::axpy(eta, &du, &mut slow_u);
            crate::real::axpy(eta, &dv, &mut slow_v);
        }
        assert_eq!((u, v), (slow_u, slow_v));
    }
}
