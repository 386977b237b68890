//! Which method recovers a matrix of rank two: factors from a small start, the least nuclear norm, or the matrix itself.

use std::sync::Arc;

use faer::Mat;
use statrs::distribution::{Beta, ContinuousCDF};

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::lab::Lab;
use theoremcheck::problem::completion::{Entry, Planted, plant};
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;
use theoremcheck::seed::Seed;

/// Errors on the hidden entries, relative to their size, of one problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Errors {
    pub(super) factors: f64,
    pub(super) nuclear: f64,
    /// 1: gradient descent on X from 0 leaves the hidden entries at 0.
    pub(super) direct: f64,
}

/// n × n, and the share of entries observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) n: usize,
    pub(super) observed: f64,
}

impl Cell {
    /// Whether more is observed than the 2(2n - 2) parameters of a matrix of rank two.
    fn is_determined(self) -> bool {
        let n = self.n as f64;
        self.observed * n * n > 2.0 * (2.0 * n - 2.0)
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
    let Planted { problem, truth } = plant(n, n, 2, observed, stream);
    let mut hidden = vec![true; n * n];
    problem.entries.iter().for_each(|Entry { i, j, .. }| hidden[i * n + j] = false);
    let error = |x: &dyn Fn(usize, usize) -> f64| -> f64 {
        let (mut apart, mut size) = (0.0, 0.0);
        for k in (0..n * n).filter(|&k| hidden[k]) {
            let difference = x(k / n, k % n) - truth[k];
            apart += difference * difference;
            size += truth[k] * truth[k];
        }
        (apart / size).sqrt()
    };
    let start = Factors { volume: None, ..Factors::identity(&problem, ALPHA) };
    let end = flow(&problem, &start, &[TIME], TOLERANCE)?.remove(0).factors;
    let nuclear: Mat<f64> = min_nuclear_norm(&problem)?.completion;
    let direct = problem.zero_filled();
    Ok(Errors {
        factors: error(&|i, j| end.entry(i, j)),
        nuclear: error(&|i, j| nuclear[(i, j)]),
        direct: error(&|i, j| direct[(i, j)]),
    })
}

/// The nine cells of one seed.
pub(super) fn recover_all(seed: Seed) -> Result<Vec<Errors>> {
    cells().map(|cell| recover(cell, seed)).collect()
}

/// The exact interval of Clopper and Pearson (1934) for a probability, of which `wins` of `trials` were seen, at the
/// level 1 - `delta`.
pub(crate) fn exact_interval(wins: usize, trials: usize, delta: f64) -> (f64, f64) {
    let (k, n) = (wins as f64, trials as f64);
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
    let low = if wins == 0 { 0.0 } else { quantile(k, n - k + 1.0, 0.5 * delta) };
    let high = if wins == trials { 1.0 } else { quantile(k + 1.0, n - k, 1.0 - 0.5 * delta) };
    (low, high)
}

/// All intervals of a table hold together but for this probability.
pub(super) const FAMILY: f64 = 0.05;

/// How often one method is better than another, by cell.
pub(super) struct Contest {
    pub(super) winner: &'static str,
    pub(super) loser: &'static str,
    pub(super) wins: fn(&Errors) -> bool,
}

pub(super) const CONTESTS: [Contest; 3] = [
    Contest { winner: "factors", loser: "direct", wins: |errors| errors.factors < errors.direct },
    Contest { winner: "nuclear norm", loser: "direct", wins: |errors| errors.nuclear < errors.direct },
    Contest { winner: "factors", loser: "nuclear norm", wins: |errors| errors.factors < errors.nuclear },
];

/// Every cell of every seed: `trials[seed][cell]`. The seeds run in parallel if the lab may.
pub(super) fn trials(lab: &Lab, count: u64) -> Result<Vec<Arc<Vec<Errors>>>> {
    let seeds: Vec<Seed> = (1..=count).map(|k| Seed(lab.seed().0.wrapping_mul(1000).wrapping_add(k))).collect();
    lab.run_each(recover_all, &seeds)
}

/// An exact interval at a level such that all of them hold together: δ over the number of contests, each in every cell
/// and over all.
pub(super) fn interval(outcomes: impl Iterator<Item = bool> + Clone) -> (f64, f64) {
    let wins = outcomes.clone().filter(|won| *won).count();
    exact_interval(wins, outcomes.count(), FAMILY / (CONTESTS.len() * (SIZES.len() * RATES.len() + 1)) as f64)
}

/// The direct parameterisation loses to both more often than not, where the observations could determine the matrix: over
/// all such cells together, and in each if the sample is large enough to tell.
pub(super) fn recovery(trials: &[Arc<Vec<Errors>>], in_each_cell: bool, claims: &mut Claims) {
    let determined: Vec<(usize, Cell)> = cells().enumerate().filter(|(_, cell)| cell.is_determined()).collect();
    let mut beats = |contest: &Contest, of: String, cells: &[(usize, Cell)]| {
        let outcomes = trials.iter().flat_map(|trial| cells.iter().map(|(k, _)| (contest.wins)(&trial[*k])));
        let (low, _) = interval(outcomes);
        let Contest { winner, loser, .. } = contest;
        claims.at_least(
            format!("{of}, {} seeds: share in which {winner} beats {loser}, lower end", trials.len()),
            low,
            0.5,
            Slack::rounding(1e3, 1.0),
        );
    };
    for contest in &CONTESTS[..2] {
        beats(contest, "all determined cells".to_string(), &determined);
        for (k, cell) in determined.iter().filter(|_| in_each_cell) {
            beats(contest, format!("{n} × {n}, {} observed", cell.observed, n = cell.n), &[(*k, *cell)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theoremcheck::real::pow;

    /// The probability of at least `k` of `n`, by the sum.
    fn tail(k: usize, n: usize, p: f64) -> f64 {
        let choose = |j: usize| (0..j).map(|i| (n - i) as f64 / (i + 1) as f64).product::<f64>();
        (k..=n).map(|j| choose(j) * pow(p, j as f64) * pow(1.0 - p, (n - j) as f64)).sum()
    }

    /// At its ends the interval leaves a probability of δ/2 for what was seen and beyond.
    #[test]
    fn intervals_are_exact() {
        for (wins, trials) in [(1, 8), (5, 8), (43, 50), (50, 50), (0, 8)] {
            let (low, high) = exact_interval(wins, trials, 0.05);
            if wins > 0 {
                assert!((tail(wins, trials, low) - 0.025).abs() < 1e-8, "{wins} of {trials}: {low}");
            }
            if wins < trials {
                assert!((1.0 - tail(wins + 1, trials, high) - 0.025).abs() < 1e-8, "{wins} of {trials}: {high}");
            }
        }
    }
}
