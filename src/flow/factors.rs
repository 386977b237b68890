//! Gradient flow and gradient descent on the factors of a matrix of which some entries are observed.
//!
//! f(U, V) = Σ_Ω (X_ij - M_ij)² with X = UV'. With G = 2 P_Ω(X - M), the flow is U̇ = -G V, V̇ = -G' U, in plain
//! time t. From a start of size α it leaves the saddle at 0 after a time of log(1/α)/(2 σ_1), whatever α: its
//! trajectory is integrated with errors relative to the size of the factors.

use std::cell::RefCell;

use faer::Mat;
use fearless_simd::{Level, dispatch};

use super::chebyshev::{Relaxing, runge_kutta_chebyshev};
use super::explicit::dormand_prince;
use super::factor_kernel::FactorKernel;
use super::ode::{Differentiable, Ode, Part, ROUNDINGS, Tolerance, Watched};
use super::stiff::extrapolated_euler;
use crate::error::{Error, Result};
use crate::lu::Lu;
use crate::problem::completion::{Completion, Entry};
use crate::real::{LN_2, axpy, combine, dot, exp, ln, norm, pow, softplus};

/// U (rows × r) and V (cols × r), row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// The inner dimension r.
    pub rank: usize,
    /// U, row after row.
    pub u: Vec<f64>,
    /// V, row after row.
    pub v: Vec<f64>,
    /// What log|det X| is told by, if X is square.
    pub volume: Option<Volume>,
}

/// The determinant of a square X = UV', where its small singular values are lost to rounding.
///
/// For n × n blocks U_b, V_b of the same columns of U and V, the ratio W = U_b V_b^-1 obeys W' = -G + W G' W and
/// (log|det V_b|)' = -tr(W'G): no inverse is taken. If the blocks are all of U and V, |det X| = det(V)² |det W|. If
/// U = [U_a, U_b], V = [V_a, V_b] start at [αI, 0], [0, αI], then [U; V]/α stays in the group O(n, n) and has a polar
/// form exp([0, Y; Y', 0]) diag(k_a, k_b), by which X = α² sinh(2Y), W = tanh(Y) and V_b = α cosh(Y), up to orthogonal
/// factors: |det X| = 2^n det(V_b)² |det W|.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// W, row after row.
    pub ratio: Vec<f64>,
    /// log|det V_b|, and (n/2) log 2 more in the second case: log|det X| is twice this and log|det W|.
    pub log_scale: f64,
    /// Whether W is orthogonal and U = WV at the start, and so for ever: the flow is then held there. It is exact all
    /// the same, while rounding would leave these factors exponentially fast where det X and det M differ in sign.
    pub balanced: bool,
}

impl Volume {
    /// log|det X| and the sign of det X.
    pub fn log_det(&self) -> (f64, f64) {
        let n = (self.ratio.len() as f64).sqrt() as usize;
        let (log, sign) = Lu::new(n, self.ratio.clone()).log_det();
        (2.0 * self.log_scale + log, sign)
    }
}

impl Factors {
    /// U_ij and V_ij are α where i = j and else 0, with inner dimension max(rows, cols): balanced if M is square.
    pub fn identity(problem: &Completion, alpha: f64) -> Self {
        let Completion { rows, cols, .. } = *problem;
        let rank = rows.max(cols);
        let volume = |n| Volume { ratio: diagonal(n, n, 0, 1.0), log_scale: n as f64 * ln(alpha), balanced: true };
        Factors {
            rank,
            u: diagonal(rows, rank, 0, alpha),
            v: diagonal(cols, rank, 0, alpha),
            volume: (rows == cols).then(|| volume(rows)),
        }
    }

    /// U = [αI, 0] and V = [0, αI], with inner dimension rows + cols: X starts at 0, and can become any matrix.
    pub fn lifted(problem: &Completion, alpha: f64) -> Self {
        let Completion { rows, cols, .. } = *problem;
        let log_scale = |n| n as f64 * (ln(alpha) + 0.5 * LN_2);
        let volume = |n| Volume { ratio: vec![0.0; n * n], log_scale: log_scale(n), balanced: false };
        Factors {
            rank: rows + cols,
            u: diagonal(rows, rows + cols, 0, alpha),
            v: diagonal(cols, rows + cols, rows, alpha),
            volume: (rows == cols).then(|| volume(rows)),
        }
    }

    /// The first `rank` columns of U and of V.
    pub fn leading(&self, rank: usize) -> Self {
        let cut = |x: &[f64]| x.chunks_exact(self.rank).flat_map(|row| row[..rank].to_vec()).collect();
        let volume = self.volume.clone().filter(|_| rank == self.rank);
        Factors { rank, u: cut(&self.u), v: cut(&self.v), volume }
    }

    /// Square factors U and V, n × n, of which V is invertible.
    pub fn square(n: usize, u: Vec<f64>, v: Vec<f64>) -> Self {
        // Row i of W solves w V = u_i, that is V' w' = u_i'.
        let transposed = (0..n * n).map(|k| v[k % n * n + k / n]).collect();
        let lu = Lu::new(n, transposed);
        let mut ratio = u.clone();
        ratio.chunks_exact_mut(n).for_each(|row| lu.solve(row));
        let volume = Some(Volume { ratio, log_scale: lu.log_det().0, balanced: false });
        Factors { rank: n, u, v, volume }
    }

    /// X_ij.
    pub fn entry(&self, i: usize, j: usize) -> f64 {
        dot(self.row(&self.u, i), self.row(&self.v, j))
    }

    fn row<'a>(&self, rows: &'a [f64], i: usize) -> &'a [f64] {
        &rows[i * self.rank..(i + 1) * self.rank]
    }

    /// log|det X| and the sign of det X, by what is told of it; NaN if nothing is.
    pub fn log_det(&self) -> (f64, f64) {
        self.volume.as_ref().map_or((f64::NAN, f64::NAN), Volume::log_det)
    }

    /// X = UV'.
    pub fn product(&self) -> Mat<f64> {
        Mat::from_fn(self.u.len() / self.rank, self.v.len() / self.rank, |i, j| self.entry(i, j))
    }

    /// D = U'U - V'V, r × r, row after row: zero if the factors are balanced.
    pub fn imbalance(&self) -> Vec<f64> {
        let mut d = vec![0.0; self.rank * self.rank];
        for (rows, sign) in [(&self.u, 1.0), (&self.v, -1.0)] {
            for row in rows.chunks_exact(self.rank) {
                for (&entry, d) in row.iter().zip(d.chunks_exact_mut(self.rank)) {
                    axpy(sign * entry, row, d);
                }
            }
        }
        d
    }

    /// f = Σ_Ω (X - M)².
    pub fn loss(&self, problem: &Completion) -> f64 {
        let residuals: Vec<f64> = problem.entries.iter().map(|&Entry { i, j, m }| self.entry(i, j) - m).collect();
        dot(&residuals, &residuals)
    }

    /// The velocity of the flow, -GV and -G'U.
    pub fn velocity(&self, problem: &Completion) -> Factors {
        let (mut u, mut v) = (vec![0.0; self.u.len()], vec![0.0; self.v.len()]);
        FactorKernel::new(problem, self.rank).velocity(&self.u, &self.v, &mut u, &mut v);
        Factors { rank: self.rank, u, v, volume: None }
    }

    /// U + s dU, V + s dV. What tells the determinant of a flow is not told of other moves.
    pub fn moved(&self, s: f64, by: &Factors) -> Factors {
        Factors { rank: self.rank, u: combine(s, &by.u, &self.u), v: combine(s, &by.v, &self.v), volume: None }
    }

    /// After so many steps of gradient descent, U - η GV and V - η G'U.
    pub fn descend(&self, problem: &Completion, eta: f64, steps: usize) -> Factors {
        let (mut u, mut v) = (self.u.clone(), self.v.clone());
        FactorKernel::new(problem, self.rank).descend(&mut u, &mut v, eta, steps);
        Factors { rank: self.rank, u, v, volume: None }
    }

    fn pack(&self) -> Vec<f64> {
        let volume = self.volume.iter().flat_map(|volume| volume.ratio.iter().chain([&volume.log_scale]));
        self.u.iter().chain(&self.v).chain(volume).copied().collect()
    }

    /// Factors of the same shape, from what `pack` made of them.
    fn unpack(&self, y: &[f64]) -> Factors {
        let (u, rest) = y.split_at(self.u.len());
        let (v, rest) = rest.split_at(self.v.len());
        let balanced = self.volume.as_ref().is_some_and(|volume| volume.balanced);
        let volume = rest.split_last().map(|(&log_scale, ratio)| Volume { ratio: ratio.to_vec(), log_scale, balanced });
        Factors { rank: self.rank, u: u.to_vec(), v: v.to_vec(), volume }
    }
}

/// `value` where the column is the row plus `shift`.
fn diagonal(rows: usize, cols: usize, shift: usize, value: f64) -> Vec<f64> {
    (0..rows * cols).map(|k| if k % cols == k / cols + shift { value } else { 0.0 }).collect()
}

/// Adds -κ (U - WV) to U' and -κ W (W'W - I) to W', n × n: nothing where U = WV and W is orthogonal, and enough to
/// bring the flow back, at κ = 2|G|, where the deviations by themselves grow at a rate of |G| at most. The last argument
/// has room for a row of WV.
#[inline(always)]
fn hold(kappa: f64, u: &[f64], v: &[f64], w: &[f64], du: &mut [f64], dw: &mut [f64], wv: &mut [f64]) {
    let n = wv.len();
    let rows = w.chunks_exact(n).zip(u.chunks_exact(n)).zip(du.chunks_exact_mut(n)).zip(dw.chunks_exact_mut(n));
    for (i, (((w_i, u), du), dw)) in rows.enumerate() {
        wv.fill(0.0);
        w_i.iter().zip(v.chunks_exact(n)).for_each(|(&w, v)| axpy(w, v, wv));
        for ((du, u), wv) in du.iter_mut().zip(u).zip(&*wv) {
            *du -= kappa * (u - wv);
        }
        for (l, w_l) in w.chunks_exact(n).enumerate() {
            // W (W'W - I) = (WW' - I) W.
            let deviation = dot(w_i, w_l) - f64::from(i == l);
            axpy(-kappa * deviation, w_l, dw);
        }
    }
}

/// The flow of U, V and, where X is square, of what its determinant is told by.
struct Flow<'a> {
    problem: &'a Completion,
    start: &'a Factors,
    kernel: RefCell<FactorKernel>,
    /// For G'W and a row of WV.
    scratch: RefCell<Vec<f64>>,
    level: Level,
}

impl<'a> Flow<'a> {
    fn new(problem: &'a Completion, start: &'a Factors) -> Self {
        let n = start.volume.as_ref().map_or(0, |_| problem.rows);
        Flow {
            problem,
            start,
            kernel: RefCell::new(FactorKernel::new(problem, start.rank)),
            scratch: RefCell::new(vec![0.0; n * (n + 1)]),
            level: Level::new(),
        }
    }

    /// W' = -G + W (G'W), with G'W formed from the entries of Ω alone, (log|det V|)' = -tr(W'G), and what holds a balanced
    /// flow; -G is given. Inlined where it is compiled, for each level of instructions too: the same sums in the same order.
    #[inline(always)]
    fn volume_rate(&self, balanced: bool, y: &[f64], pulls: &[f64], du: &mut [f64], d_volume: &mut [f64]) {
        let Factors { u, v, .. } = self.start;
        let n = self.problem.rows;
        let (y_u, rest) = y.split_at(u.len());
        let (y_v, rest) = rest.split_at(v.len());
        let w = &rest[..n * n];
        let (dw, d_log_det) = d_volume.split_at_mut(n * n);
        let scratch = &mut *self.scratch.borrow_mut();
        let (turned, wv) = scratch.split_at_mut(n * n);
        turned.fill(0.0);
        dw.fill(0.0);
        d_log_det[0] = 0.0;
        let mut square = 0.0;
        for (&Entry { i, j, .. }, &pull) in self.problem.entries.iter().zip(pulls) {
            square += pull * pull;
            dw[i * n + j] += pull;
            axpy(-pull, &w[i * n..(i + 1) * n], &mut turned[j * n..(j + 1) * n]);
            d_log_det[0] += pull * w[i * n + j];
        }
        for (w, dw) in w.chunks_exact(n).zip(dw.chunks_exact_mut(n)) {
            for (&w, turned) in w.iter().zip(turned.chunks_exact(n)) {
                axpy(w, turned, dw);
            }
        }
        if balanced {
            hold(2.0 * square.sqrt(), y_u, y_v, w, du, dw, wv);
        }
    }
}

impl Ode for Flow<'_> {
    fn dim(&self) -> usize {
        self.parts().iter().map(|part| part.len).sum()
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let Factors { u, v, volume, .. } = self.start;
        let (y_u, y_v) = y[..u.len() + v.len()].split_at(u.len());
        let (du, rest) = dy.split_at_mut(u.len());
        let (dv, d_volume) = rest.split_at_mut(v.len());
        let kernel = &mut *self.kernel.borrow_mut();
        let pulls = kernel.velocity(y_u, y_v, du, dv);
        match volume {
            // Shorter rows are not worth their loops' long beginnings.
            Some(Volume { balanced, .. }) if self.problem.rows >= 8 => {
                dispatch!(self.level, _simd => self.volume_rate(*balanced, y, pulls, du, d_volume));
            }
            Some(Volume { balanced, .. }) => self.volume_rate(*balanced, y, pulls, du, d_volume),
            None => (),
        }
    }

    /// The factors by their own size, however small; W and the logarithm by the scale 1.
    fn parts(&self) -> Vec<Part> {
        let Factors { u, v, volume, .. } = self.start;
        let scale = norm(u) + norm(v);
        let mut parts = vec![Part { len: u.len() + v.len(), scale }];
        if let Some(volume) = volume {
            parts.extend([Part { len: volume.ratio.len(), scale: 1.0 }, Part { len: 1, scale: 1.0 }]);
        }
        parts
    }
}

/// The Hessian of f is 2 J'J and what has residuals in it, at most 2 √f in norm, where |J (dU, dV)|² = |P_Ω(dU V' + U dV')|² is at
/// most 2 Σ_i |dU_i|² Σ_(j: (i, j) in Ω) |V_j|² and the same by columns. What tells the determinant follows the factors, and by itself
/// has eigenvalues of at most 4 √f |W|; what holds the flow balanced adds 8 √f.
impl Relaxing for Flow<'_> {
    fn spectral_bound(&self, y: &[f64]) -> f64 {
        let Completion { rows, cols, .. } = *self.problem;
        let Factors { rank, u, v, volume } = self.start.unpack(y);
        let squares = |factor: &[f64]| factor.chunks_exact(rank).map(|row| dot(row, row)).collect::<Vec<f64>>();
        let (u_squares, v_squares) = (squares(&u), squares(&v));
        let (mut by_rows, mut by_columns) = (vec![0.0; rows], vec![0.0; cols]);
        for &Entry { i, j, .. } in &self.problem.entries {
            by_rows[i] += v_squares[j];
            by_columns[j] += u_squares[i];
        }
        let seen = by_rows.into_iter().chain(by_columns).fold(0.0, f64::max);
        let ratio = volume.as_ref().map_or(0.0, |volume| norm(&volume.ratio));
        let factors = Factors { rank, u, v, volume: None };
        4.0 * seen + (10.0 + 4.0 * ratio) * factors.loss(self.problem).sqrt()
    }
}

/// The factors at a time, by the flow at the tolerance asked for and at a hundred times that.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The time.
    pub t: f64,
    /// At the tolerance asked for.
    pub factors: Factors,
    /// At a hundred times the tolerance.
    pub coarse: Factors,
    /// What the local errors may add up to, relative to the size of the factors: the tolerance times the steps.
    pub local: f64,
    /// Roundings of numbers of the size of the factors, since the start.
    pub roundings: f64,
}

impl Moment {
    /// A quantity of the factors, and what the integrator may have lost of it.
    pub fn measure(&self, quantity: impl Fn(&Factors) -> f64) -> (f64, f64) {
        let fine = quantity(&self.factors);
        (fine, fine - quantity(&self.coarse))
    }
}

/// Gradient flow from `start`, at increasing times t.
pub fn flow(problem: &Completion, start: &Factors, times: &[f64], tolerance: Tolerance) -> Result<Vec<Moment>> {
    let run = |tolerance| dormand_prince(&Flow::new(problem, start), 0.0, &start.pack(), times, tolerance);
    let (fine, coarse) = tolerance.twice(run)?;
    let moment = |k: usize| Moment {
        t: times[k],
        factors: start.unpack(&fine.states[k]),
        coarse: start.unpack(&coarse.states[k]),
        local: tolerance.relative * fine.steps as f64,
        roundings: fine.roundings[k],
    };
    Ok((0..times.len()).map(moment).collect())
}

/// The factors at the time t, by one run, which does not say what the integrator may have lost: for statistics of many
/// problems, whose differences are far above the tolerance.
pub fn flow_once(problem: &Completion, start: &Factors, t: f64, tolerance: Tolerance) -> Result<Factors> {
    let solution = dormand_prince(&Flow::new(problem, start), 0.0, &start.pack(), &[t], tolerance)?;
    Ok(start.unpack(&solution.states[0]))
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// f ≤ 1e-16 |P_Ω(M)|²: the residual is the square root of a double's precision.
    Vanished,
    /// f fell by less than a percent while the time doubled, and by then anything that grows would have been seen.
    Stalled,
    /// f still falls, like a power of t, where the run was given up.
    Slow,
    /// At the time that was asked for.
    OnTime,
}

/// Gradient flow from `start` to the time `until`; without one, until the loss vanishes, stalls, or has fallen for as
/// long as is worth waiting. An error if the time is too far off for the evaluations that are worth it.
///
/// The late phase is stiff: it is followed by the method with long steps, at a hundredth of the accuracy.
pub fn settle(
    problem: &Completion,
    start: &Factors,
    until: Option<f64>,
    tolerance: Tolerance,
) -> Result<(Moment, Ending)> {
    settle_watched(problem, start, until, tolerance, |_, _| ())
}

/// The same, and shows t and the factors at every step of the integrator.
pub fn settle_watched(
    problem: &Completion,
    start: &Factors,
    until: Option<f64>,
    tolerance: Tolerance,
    mut see: impl FnMut(f64, &Factors),
) -> Result<(Moment, Ending)> {
    let fine = settle_once(problem, start, until, tolerance, &mut see)?;
    let coarse = settle_once(problem, start, Some(fine.t), tolerance.coarser(), &mut |_, _| ())?;
    let Settled { factors, t, ending, local, evaluations } = fine;
    Ok((Moment { t, factors, coarse: coarse.factors, local, roundings: ROUNDINGS * evaluations as f64 }, ending))
}

struct Settled {
    factors: Factors,
    t: f64,
    ending: Ending,
    local: f64,
    evaluations: u64,
}

/// Evaluations after which a run is given up, or, in large problems, products of entries of U and V.
const MOST_EVALUATIONS: u64 = 60_000;
const MOST_PRODUCTS: u64 = 10_000_000_000;
/// How many times as many a run may take whose reader insists on a time.
const PATIENCE: u64 = 20;
/// How many steps the method of order two takes for a doubling of time, in which the late phase changes by parts of itself.
fn long_steps(tolerance: Tolerance) -> f64 {
    pow(tolerance.relative, -1.0 / 3.0)
}

fn settle_once(
    problem: &Completion,
    start: &Factors,
    until: Option<f64>,
    tolerance: Tolerance,
    see: &mut impl FnMut(f64, &Factors),
) -> Result<Settled> {
    let observed: Vec<f64> = problem.entries.iter().map(|entry| entry.m).collect();
    let mut loss = start.loss(problem);
    let goal = 1e-16 * dot(&observed, &observed).max(loss);
    let ode = Flow::new(problem, start);
    let affordable = MOST_EVALUATIONS.min(MOST_PRODUCTS / (problem.entries.len() * start.rank) as u64);
    let growth = ln(dot(&start.u, &start.u) + dot(&start.v, &start.v)).abs() + 80.0;
    let (mut y, mut t, mut evaluations, mut local) = (start.pack(), 0.0, 0_u64, 0.0);
    loop {
        let bound = ode.spectral_bound(&y);
        let doubling = if t == 0.0 { 1.0 / bound } else { t };
        let span = until.map_or(doubling, |end| doubling.min(end - t));
        // The explicit method needs twelve evaluations a step, and steps of at most 6.4 over the bound; n steps of the other
        // over a span need √(1.54 n) times the root of bound times span.
        let allowed = tolerance.coarser();
        let is_stiff = 12.0 / 6.4 * (bound * span).sqrt() > (1.54 * long_steps(allowed)).sqrt();
        let watched = Watched::new(&ode, |since: f64, y: &[f64]| see(t + since, &start.unpack(y)));
        let (solution, allowed) = if is_stiff {
            (runge_kutta_chebyshev(&watched, 0.0, &y, &[span], allowed)?, allowed)
        } else {
            (dormand_prince(&watched, 0.0, &y, &[span], tolerance)?, tolerance)
        };
        y.copy_from_slice(&solution.states[0]);
        t += span;
        evaluations += solution.evaluations as u64;
        local += allowed.relative * solution.steps as f64;
        let factors = start.unpack(&y);
        let before = std::mem::replace(&mut loss, factors.loss(problem));
        // At a saddle with residual R something grows at a rate of at least 2|R|/√n, from rounding if from nothing else.
        let slowest = 2.0 * (loss / problem.rows.min(problem.cols) as f64).sqrt();
        let ending = match until {
            Some(end) if t >= end => Some(Ending::OnTime),
            Some(end) if evaluations > PATIENCE * affordable => {
                return Err(Error::numerical(format!(
                    "the flow of this matrix to t = {end:e} is too long: after {evaluations} evaluations it is at t = {t:.2e}; \
                     an earlier time, or none, would do"
                )));
            }
            Some(_) => None,
            None if loss <= goal => Some(Ending::Vanished),
            None if loss > 0.99 * before && t * slowest > growth => Some(Ending::Stalled),
            None => (evaluations > affordable).then_some(Ending::Slow),
        };
        if let Some(ending) = ending {
            return Ok(Settled { factors, t, ending, local, evaluations });
        }
    }
}

/// The flow U̇ = -G U of a symmetric problem from U = V, in the clock τ = log(1 + t): G V and G'U stay equal, and U = V
/// is kept exactly where rounding would leave it.
struct Symmetric<'a> {
    problem: &'a Completion,
    start: &'a Factors,
}

impl Symmetric<'_> {
    /// G_ij on Ω, at U.
    fn pulls<'a>(&'a self, u: &'a [f64]) -> impl Iterator<Item = (usize, usize, f64)> + 'a {
        let row = |i: usize| &u[i * self.start.rank..(i + 1) * self.start.rank];
        self.problem.entries.iter().map(move |&Entry { i, j, m }| (i, j, 2.0 * (dot(row(i), row(j)) - m)))
    }
}

impl Ode for Symmetric<'_> {
    fn dim(&self) -> usize {
        self.start.u.len()
    }

    fn rate(&self, tau: f64, u: &[f64], du: &mut [f64]) {
        let rank = self.start.rank;
        let speed = exp(tau);
        du.fill(0.0);
        for (i, j, g) in self.pulls(u) {
            axpy(-speed * g, &u[j * rank..(j + 1) * rank], &mut du[i * rank..(i + 1) * rank]);
        }
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim(), scale: norm(&self.start.u) }]
    }
}

impl Differentiable for Symmetric<'_> {
    fn jacobian(&self, tau: f64, u: &[f64], out: &mut [f64]) {
        let (rank, dim) = (self.start.rank, self.dim());
        let speed = exp(tau);
        out.fill(0.0);
        for (i, j, g) in self.pulls(u) {
            for a in 0..rank {
                let (row, other) = ((i * rank + a) * dim, u[j * rank + a]);
                out[row + j * rank + a] -= speed * g;
                for b in 0..rank {
                    out[row + i * rank + b] -= 2.0 * speed * u[j * rank + b] * other;
                    out[row + j * rank + b] -= 2.0 * speed * u[i * rank + b] * other;
                }
            }
        }
    }
}

/// Gradient flow of a symmetric problem from a start with U = V, at increasing times log t that may be large.
pub fn symmetric_flow(
    problem: &Completion,
    start: &Factors,
    log_t: &[f64],
    tolerance: Tolerance,
) -> Result<Vec<Moment>> {
    assert!(problem.is_symmetric() && start.u == start.v, "the flow of U alone needs symmetric data and U = V");
    let clock: Vec<f64> = log_t.iter().map(|&s| softplus(s)).collect();
    let ode = Symmetric { problem, start };
    let run = |tolerance| extrapolated_euler(&ode, 0.0, &start.u, &clock, tolerance);
    let (fine, coarse) = tolerance.twice(run)?;
    let factors = |u: &Vec<f64>| Factors { rank: start.rank, u: u.clone(), v: u.clone(), volume: None };
    let moment = |k: usize| Moment {
        t: exp(log_t[k]),
        factors: factors(&fine.states[k]),
        coarse: factors(&coarse.states[k]),
        local: tolerance.relative * fine.steps as f64,
        roundings: fine.roundings[k],
    };
    Ok((0..log_t.len()).map(moment).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::levels;
    use crate::problem::completion::plant;
    use crate::seed::Seed;

    /// In rows of eight and more, which are compiled for each of them.
    #[test]
    fn the_rate_has_the_same_bits_on_every_level() {
        let stream = &mut Seed(1).stream("factors", "levels");
        for n in [8, 13, 40] {
            let problem = plant(n, n, 2, 0.6, stream).problem;
            let start = Factors::identity(&problem, 0.1);
            let y: Vec<f64> = start.pack().iter().map(|y| y + 0.1 * stream.normal()).collect();
            let rate = |level| {
                let mut dy = vec![f64::NAN; y.len()];
                Flow { level, ..Flow::new(&problem, &start) }.rate(0.0, &y, &mut dy);
                dy
            };
            let rates: Vec<Vec<f64>> = levels().into_iter().map(rate).collect();
            assert!(rates.iter().all(|dy| *dy == rates[0]));
        }
    }
}
