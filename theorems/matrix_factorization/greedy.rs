//! One rank after the other: the order and the times at which the modes of a matrix are learned.

use super::identities::{Run, TIGHT};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{dot, exp, ln};
use theoremcheck::seed::Seed;

/// M = Σ m_k p_k r_k', 6 × 5, observed in full, from the lifted start with α = 1e-6, at the times when each mode is half
/// learned and at the middles of the plateaus between them.
pub(super) struct Greedy {
    run: Run,
    left: Vec<Vec<f64>>,
    right: Vec<Vec<f64>>,
}

const SPECTRUM: [f64; 3] = [3.0, 1.5, 0.6];
const ALPHA: f64 = 1e-6;

/// In the basis of M each mode goes by itself: σ' = 4(m - σ)√(σ² + α⁴) from 0. While σ is small that is α² sinh(4mt), of
/// which (α²/2)e^(4mt) is left by the time at which it saturates: σ is half of m at log(2m/α²)/(4m), but for α²/(4m²).
fn half_learned(m: f64) -> f64 {
    ln(2.0 * m / (ALPHA * ALPHA)) / (4.0 * m)
}

/// The plateau before mode k is learned, half way in time: before the first, and between neighbours.
fn plateau(k: usize) -> f64 {
    let before = if k == 0 { 0.0 } else { half_learned(SPECTRUM[k - 1]) };
    0.5 * (before + half_learned(SPECTRUM[k]))
}

/// A seeded matrix of the known spectrum, and its singular vectors.
fn known_spectrum(seed: Seed) -> (Completion, Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let stream = &mut seed.stream("matrix-factorization", "greedy");
    let (rows, cols) = (6, 5);
    let mut basis = |n| {
        let first = stream.normals(n);
        orthonormal_basis(&first, stream)
    };
    let (left, right) = (basis(rows), basis(cols));
    let m = |i: usize, j: usize| (0..3).map(|k| SPECTRUM[k] * left[k][i] * right[k][j]).sum();
    let entries = (0..rows * cols).map(|k| Entry { i: k / cols, j: k % cols, m: m(k / cols, k % cols) }).collect();
    (Completion { rows, cols, entries }, left, right)
}

pub(super) fn greedy(seed: Seed) -> Result<Greedy> {
    let (problem, left, right) = known_spectrum(seed);
    let start = Factors::lifted(&problem, ALPHA);
    let times: Vec<f64> = (0..3).flat_map(|k| [plateau(k), half_learned(SPECTRUM[k])]).collect();
    let moments = flow(&problem, &start, &times, TIGHT)?;
    Ok(Greedy { run: Run { problem, start, moments }, left, right })
}

/// p'Xr.
fn mode(factors: &Factors, p: &[f64], r: &[f64]) -> f64 {
    let side = |rows: &[f64], x: &[f64]| -> Vec<f64> {
        (0..factors.rank).map(|a| rows.chunks_exact(factors.rank).zip(x).map(|(row, x)| row[a] * x).sum()).collect()
    };
    dot(&side(&factors.u, p), &side(&factors.v, r))
}

/// In the order of their singular values, each at its time; between them the loss rests at what is not yet learned.
pub(super) fn greedy_ranks(greedy: &Greedy, claims: &mut Claims) {
    let Greedy { run, left, right } = greedy;
    for (k, m) in SPECTRUM.into_iter().enumerate() {
        let [on_plateau, at_half] = &run.moments[2 * k..2 * k + 2] else { unreachable!("two moments a mode") };
        let unlearned: f64 = SPECTRUM[k..].iter().map(|m| m * m).sum();
        // Of the mode before, e^(-4mt) is missing; of the next, e^(4mt) has come, each over half a plateau. The square of
        // the first counts, and the second twice.
        let missing = k.checked_sub(1).map_or(0.0, |before| {
            let m = SPECTRUM[before];
            m * exp(-4.0 * m * (on_plateau.t - half_learned(m)))
        });
        let come = |j: usize| SPECTRUM[j] * exp(4.0 * SPECTRUM[j] * (on_plateau.t - half_learned(SPECTRUM[j])));
        let early: f64 = (k..3).map(|j| 2.0 * SPECTRUM[j] * come(j)).sum();
        let (loss, drift) = on_plateau.measure(|factors| factors.loss(&run.problem));
        claims.equal(
            format!("t = {:.3}: f with {k} modes learned", on_plateau.t),
            loss,
            unlearned,
            Slack::integration(drift)
                + Slack::next_term(missing * missing + early, 2.0)
                + Slack::rounding(1e4, SPECTRUM[0] * SPECTRUM[0]),
        );
        let (sigma, drift) = at_half.measure(|factors| mode(factors, &left[k], &right[k]));
        claims.equal(
            format!("t = {:.3}: p'Xr of mode {}, half learned", at_half.t, k + 1),
            sigma / m,
            0.5,
            Slack::integration(drift / m)
                // The half-time is earlier by α²/(4m²), and σ moves by m² a unit of time: α²/(4m) of m.
                + Slack::next_term(ALPHA * ALPHA, 64.0)
                + Slack::rounding(1e4, SPECTRUM[0] / m),
        );
    }
}
