//! Which method recovers a matrix of rank two: factors from a small start, the least nuclear norm, or the matrix itself.

use std::sync::Arc;

use faer::Mat;

use super::identities::singular_values;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::factors::{Factors, flow_once};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::interval::{QUANTILE, exact_interval};
use theoremcheck::lab::Lab;
use theoremcheck::problem::completion::{Entry, Planted, plant};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "recovery",
    says: "On seeded matrices of rank two: from a small start factors find the hidden entries to a tenth of their size more \
           often than not where at least twice as many entries are observed as there are degrees of freedom; where fewer \
           are observed than there are degrees of freedom, neither they nor the least nuclear norm do; where only one of \
           the two finds them, it is more often the factors. Where a dual certificate promises it the least nuclear norm \
           finds them exactly; where the norm of the truth is larger, it misses an n × n truth by at least 1/√n of the \
           difference. X itself, from 0, leaves them at 0.",
    kind: Kind::Refinement,
    standing: Standing::Observed,
    notes: &["N18"],
    claims: |lab, c| {
        recovery(&trials(lab, if lab.long() { 50 } else { SEEDS })?, lab.long(), c);
        Ok(())
    },
}];

/// How many problems there are in each cell.
const SEEDS: u64 = 16;

/// Errors on the hidden entries, relative to their size, of one problem, and what theory says of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Errors {
    pub(super) factors: f64,
    pub(super) nuclear: f64,
    /// 1: gradient descent on X from 0 leaves the hidden entries at 0.
    pub(super) direct: f64,
    /// The error of the least nuclear norm is at least this, by how much smaller its norm is than that of the truth.
    at_least: f64,
    /// And at most this, where a dual certificate promises it.
    at_most: Option<f64>,
}

/// A method has recovered the hidden entries if its error is below this.
const RECOVERED: f64 = 0.1;

/// n × n, and the share of entries observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) n: usize,
    pub(super) observed: f64,
}

impl Cell {
    /// Observations over the 2(2n - 2) parameters of a matrix of rank two.
    fn determination(self) -> f64 {
        let n = self.n as f64;
        (self.observed * n * n).round() / (2.0 * (2.0 * n - 2.0))
    }
}

pub(super) const SIZES: [usize; 3] = [8, 12, 16];
pub(super) const RATES: [f64; 3] = [0.4, 0.6, 0.8];

/// Every size with every rate.
pub(super) fn cells() -> impl Iterator<Item = Cell> {
    SIZES.into_iter().flat_map(|n| RATES.map(|observed| Cell { n, observed }))
}

const ALPHA: f64 = 1e-3;
/// Long after the modes of order one have been learned, and α is small enough for those that should not be.
const TIME: f64 = 400.0;
/// Errors of the integrator a hundred times below those that are compared.
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-6, relative: 1e-6 };

/// The problem of one cell and seed, by the three methods.
fn recover(cell: Cell, seed: Seed) -> Result<Errors> {
    let Cell { n, observed } = cell;
    let stream = &mut seed.stream("matrix-factorization", &format!("recovery {n} {observed}"));
    let planted = plant(n, n, 2, observed, stream);
    let Planted { problem, truth } = &planted;
    let mut hidden = vec![true; n * n];
    problem.entries.iter().for_each(|Entry { i, j, .. }| hidden[i * n + j] = false);
    let over_hidden = |x: &dyn Fn(usize) -> f64| -> f64 {
        (0..n * n).filter(|&k| hidden[k]).map(|k| x(k) * x(k)).sum::<f64>().sqrt()
    };
    let size = over_hidden(&|k| truth[k]);
    let error = |x: &dyn Fn(usize, usize) -> f64| over_hidden(&|k| x(k / n, k % n) - truth[k]) / size;
    let start = Factors { volume: None, ..Factors::identity(problem, ALPHA) };
    let end = flow_once(problem, &start, TIME, TOLERANCE)?;
    let minimum = min_nuclear_norm(problem)?;
    let direct = problem.zero_filled();
    let [at_least, at_most] = nuclear_bounds(&planted, &minimum)?;
    Ok(Errors {
        factors: error(&|i, j| end.entry(i, j)),
        nuclear: error(&|i, j| minimum.completion[(i, j)]),
        direct: error(&|i, j| direct[(i, j)]),
        at_least: at_least.unwrap_or(0.0) / size,
        at_most: at_most.map(|bound| bound / size),
    })
}

/// How far the completion X of least nuclear norm is from the planted M, |H| with H = X - M, which vanishes on Ω.
///
/// *At least* |H|_*/√n, and |H|_* ≥ |M|_* - |X|_*.
///
/// *At most* where W = Y/c, on Ω and with |W|_op ≤ 1, nearly certifies M = PΣQ' itself. Let T be the tangent space of the
/// matrices of rank two at M, θ = |W|_op off T, τ = |PQ' - W| on T, s the least singular value of P_Ω on T. Then
/// |X|_* - |M|_* ≥ (1 - θ)|H off T|_* - τ |H on T|, and s|H on T| ≤ |H off T|: |H| ≤ (1 + 1/s)(|X|_* - |M|_*)/(1 - θ - τ/s).
fn nuclear_bounds(planted: &Planted, minimum: &MinNuclearNorm) -> Result<[Option<f64>; 2]> {
    let Planted { problem, truth } = planted;
    let n = problem.rows;
    let svd = Mat::from_fn(n, n, |i, j| truth[i * n + j]).svd().map_err(Error::no_singular_values)?;
    let (p, q) = (svd.U(), svd.V());
    let norm_of_truth = svd.S()[0] + svd.S()[1];
    let norm: f64 = singular_values(&minimum.completion)?.iter().sum();
    // n² roundings of a decomposition for each of n singular values.
    let rounding = Slack::rounding((2 * n * n * n) as f64, norm_of_truth).total();
    let at_least = (norm_of_truth - norm - rounding) / (n as f64).sqrt();
    let mut w = Mat::<f64>::zeros(n, n);
    for (Entry { i, j, .. }, y) in problem.entries.iter().zip(&minimum.dual) {
        w[(*i, *j)] = y / minimum.dual_norm;
    }
    // In the bases P, Q the tangent space is the first two rows and columns.
    let turned = p.transpose() * &w * q;
    let theta = singular_values(&turned.get(2.., 2..).to_owned())?[0];
    let on_tangent = |i: usize, j: usize| if i.min(j) < 2 { f64::from(i == j) - turned[(i, j)] } else { 0.0 };
    let tau = Mat::from_fn(n, n, on_tangent).norm_l2();
    let basis: Vec<(usize, usize)> = (0..n * n).map(|k| (k / n, k % n)).filter(|(i, j)| *i.min(j) < 2).collect();
    let observed = |row: usize, z: usize| {
        let Entry { i, j, .. } = problem.entries[row];
        p[(i, basis[z].0)] * q[(j, basis[z].1)]
    };
    let s = match problem.entries.len() < basis.len() {
        true => 0.0,
        false => singular_values(&Mat::from_fn(problem.entries.len(), basis.len(), observed))?[basis.len() - 1],
    };
    let margin = 1.0 - theta - tau / s;
    let excess = (norm - norm_of_truth).max(0.0) + rounding;
    Ok([(at_least > 0.0).then_some(at_least), (margin > 0.0).then(|| (1.0 + 1.0 / s) * excess / margin)])
}

/// The nine cells of one seed.
pub(super) fn recover_all(seed: Seed) -> Result<Vec<Errors>> {
    cells().map(|cell| recover(cell, seed)).collect()
}

/// All intervals hold together but for this probability.
pub(super) const FAMILY: f64 = 0.05;

/// Every cell of every seed: `trials[seed][cell]`. The seeds run in parallel if the lab may.
pub(super) fn trials(lab: &Lab, count: u64) -> Result<Vec<Arc<Vec<Errors>>>> {
    let seeds: Vec<Seed> = (1..=count).map(|k| Seed(lab.seed().0.wrapping_mul(1000).wrapping_add(k))).collect();
    lab.run_each(recover_all, &seeds)
}

/// An exact interval at a level such that `of` of them hold together.
pub(super) fn interval(outcomes: impl Iterator<Item = bool> + Clone, of: usize) -> (f64, f64) {
    let wins = outcomes.clone().filter(|won| *won).count();
    exact_interval(wins, outcomes.count(), FAMILY / of as f64)
}

/// Intervals claimed: factors where enough is observed, both methods where too little is, and the contest; and of the first
/// three one in each cell.
const INTERVALS: usize = 4;

/// Shares of problems, by the ends of their intervals; and the least nuclear norm, problem by problem, between its bounds.
pub(super) fn recovery(trials: &[Arc<Vec<Errors>>], in_each_cell: bool, claims: &mut Claims) {
    let of = if in_each_cell { 3 * (SIZES.len() * RATES.len() + 1) + 1 } else { INTERVALS };
    let all: Vec<(usize, Cell)> = cells().enumerate().collect();
    let errors = |cells: &[(usize, Cell)]| -> Vec<Errors> {
        trials.iter().flat_map(|trial| cells.iter().map(|(k, _)| trial[*k])).collect()
    };
    let half = || Slack::next_term(0.5 * QUANTILE, 1.0);
    let factors = |errors: &Errors| errors.factors < RECOVERED;
    let nuclear = |errors: &Errors| errors.nuclear < RECOVERED;
    let seeds = trials.len();
    for (k, cell) in all.iter().copied().filter(|(_, cell)| cell.determination() >= 2.0 && in_each_cell) {
        let (low, _) = interval(errors(&[(k, cell)]).iter().map(factors), of);
        let name = format!("{n} × {n}, {} observed", cell.observed, n = cell.n);
        claims.at_least(format!("{name}, {seeds} seeds: share recovered by factors, lower end"), low, 0.5, half());
    }
    let determined: Vec<(usize, Cell)> = all.iter().copied().filter(|(_, cell)| cell.determination() >= 2.0).collect();
    let (low, _) = interval(errors(&determined).iter().map(factors), of);
    claims.at_least(
        format!("twice as many entries as parameters, {seeds} seeds: share recovered by factors, lower end"),
        low,
        0.5,
        half(),
    );
    let forbidden: Vec<(usize, Cell)> = all.iter().copied().filter(|(_, cell)| cell.determination() < 1.0).collect();
    for (name, recovers) in [("factors", &factors as &dyn Fn(&Errors) -> bool), ("the least nuclear norm", &nuclear)] {
        let (_, high) = interval(errors(&forbidden).iter().map(recovers), of);
        claims.at_most(
            format!("fewer entries than parameters, {seeds} seeds: share recovered by {name}, upper end"),
            high,
            0.5,
            half(),
        );
    }
    let every = errors(&all);
    let by_one = every.iter().filter(|errors| factors(errors) != nuclear(errors));
    let (low, _) = interval(by_one.map(factors), of);
    claims.at_least(
        format!("recovered by factors or by the least nuclear norm alone, {seeds} seeds: share of factors, lower end"),
        low,
        0.5,
        half(),
    );
    // The least nuclear norm, problem by problem.
    let missed = every.iter().filter(|errors| errors.at_least > 0.0).map(|errors| errors.nuclear / errors.at_least);
    claims.at_least(
        "where the truth has a larger norm: error of the least nuclear norm over what follows, the least",
        missed.fold(f64::INFINITY, f64::min),
        1.0,
        Slack::rounding(4.0, 1.0),
    );
    let promised: Vec<(f64, f64)> = every.iter().filter_map(|errors| Some((errors.nuclear, errors.at_most?))).collect();
    claims
        .equal(
            "where a dual certificate promises it: error of the least nuclear norm, the largest",
            promised.iter().map(|(error, _)| *error).fold(0.0, f64::max),
            0.0,
            Slack::certificate(promised.iter().map(|(_, bound)| *bound).fold(0.0, f64::max)),
        )
        .on("1, for a guess of zero", 1.0);
    claims.at_least("problems with such a certificate", promised.len() as f64, 1.0, Slack::rounding(1.0, 1.0));
}
