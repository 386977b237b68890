//! Where everything is observed each mode of the matrix goes by itself: from αI along a closed form, and from a lifted
//! start one after the other.

use super::identities::{Run, TIGHT, measured, measured_loss};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{dot, exp, largest, ln, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "sigmoidal-modes",
        says: "Of a diagonal M with entries m ≥ 5α², observed in full, each entry goes from αI by itself from α² \
               to m along m/(1 + (m/α² - 1) e^(-4mt)): the largest first, each at half of m at time log(m/α² - \
               1)/(4m).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            sigmoidal_modes(&*lab.run(modes)?, c);
            Ok(())
        },
    },
    Step {
        id: "greedy-ranks",
        says: "From a small lifted start the modes m_k > 0 of a matrix observed in full are learned each by itself, and \
               different ones one after the other, the largest first: at time log(2m_k/α²)/(4m_k) mode k is at m_k/2 + α²/4, to \
               leading order in α².",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            greedy_ranks(&*lab.run(greedy)?, c);
            Ok(())
        },
    },
];

// ---------------------------------------------------------------------------------------------------
// From αI
// ---------------------------------------------------------------------------------------------------

/// A diagonal matrix, observed in full.
pub(super) struct Modes {
    pub(super) targets: [f64; 3],
    pub(super) alpha: f64,
    pub(super) run: Run,
}

/// σ(t) from α² towards m: σ' = 4σ(m - σ). Of a negative m it is the way to 0.
pub(super) fn sigmoid(m: f64, alpha: f64, t: f64) -> f64 {
    m / (1.0 + (m / (alpha * alpha) - 1.0) * exp(-4.0 * m * t))
}

/// When σ is half of m.
pub(super) fn half_time(m: f64, alpha: f64) -> f64 {
    ln(m / (alpha * alpha) - 1.0) / (4.0 * m)
}

impl Modes {
    pub(super) fn new(targets: [f64; 3], alpha: f64, times: &[f64]) -> Result<Modes> {
        let entry = |k: usize| Entry { i: k / 3, j: k % 3, m: if k.is_multiple_of(4) { targets[k / 4] } else { 0.0 } };
        let problem = Completion { rows: 3, cols: 3, entries: (0..9).map(entry).collect() };
        let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
        Ok(Modes { targets, alpha, run: Run::new(problem, start, times)? })
    }
}

/// Three entries apart from each other, at their half-times.
pub(super) fn modes(seed: Seed) -> Result<Modes> {
    let stream = &mut seed.stream("matrix-factorization", "modes");
    let targets = [stream.uniform(2.5, 3.5), stream.uniform(1.6, 2.2), stream.uniform(0.8, 1.3)];
    let alpha = pow(10.0, -stream.uniform(3.0, 4.5));
    Modes::new(targets, alpha, &targets.map(|m| half_time(m, alpha)))
}

pub(super) fn sigmoidal_modes(modes: &Modes, claims: &mut Claims) {
    let Modes { targets, alpha, run } = modes;
    for (k, at) in run.moments.iter().enumerate() {
        for (i, m) in targets.iter().enumerate() {
            let (sigma, drift) = at.measure(|factors| factors.entry(i, i) / m);
            claims.equal(
                format!("half-time of mode {}: share of mode {} that is learned", k + 1, i + 1),
                sigma,
                if i == k { 0.5 } else { sigmoid(*m, *alpha, at.t) / m },
                // Zeros stay zeros: each factor is rounded at its own size, which then grows with the mode.
                Slack::integration(drift) + Slack::rounding(2.0 * at.roundings, sigma),
            );
        }
        let beside = largest((0..9).filter(|k| k % 4 != 0).map(|k| at.factors.entry(k / 3, k % 3)));
        claims
            .equal(
                format!("half-time of mode {}: max |X_ij|, i ≠ j", k + 1),
                beside,
                0.0,
                Slack::rounding(1.0, norm(&at.factors.u)),
            )
            .on("1", 1.0);
    }
}

// ---------------------------------------------------------------------------------------------------
// From a lifted start
// ---------------------------------------------------------------------------------------------------

/// M = Σ m_k p_k r_k', observed in full, from the lifted start, at the times when each mode is half learned and at the
/// middles of the plateaus between them.
pub(super) struct Greedy {
    spectrum: [f64; 3],
    alpha: f64,
    run: Run,
    left: Vec<Vec<f64>>,
    right: Vec<Vec<f64>>,
}

/// log(2m/α²)/(4m): when mode m is half learned, to leading order.
fn half_learned(m: f64, alpha: f64) -> f64 {
    ln(2.0 * m / (alpha * alpha)) / (4.0 * m)
}

/// In the basis of M each mode goes by itself: σ' = 4(m - σ)√(σ² + α⁴) from 0. With x = e^(4m(t - t_half)) the
/// solution is m x/(1 + x), and of the order of α² also x/(1 + x)² of it, less e^(-4mt)/2, by which it starts at 0.
fn learned(m: f64, alpha: f64, t: f64) -> f64 {
    let square = alpha * alpha;
    let x = exp(4.0 * m * (t - half_learned(m, alpha)));
    m * x / (1.0 + x) + square * (x / ((1.0 + x) * (1.0 + x)) - 0.5 * exp(-4.0 * m * t))
}

/// What that leaves out, of order α⁴: the exponent 4mt has a relative correction of α⁴/2m², and the rest the square of
/// α²/m.
fn left_out(m: f64, alpha: f64, t: f64) -> Slack {
    let fourth = pow(alpha, 4.0);
    Slack::next_term(fourth / m * (1.0 + 2.0 * m * t), 2.0)
}

/// A seeded matrix of a seeded spectrum.
pub(super) fn greedy(seed: Seed) -> Result<Greedy> {
    let stream = &mut seed.stream("matrix-factorization", "greedy");
    let (rows, cols) = (6, 5);
    let spectrum = [stream.uniform(2.6, 3.4), stream.uniform(1.2, 1.7), stream.uniform(0.5, 0.7)];
    let alpha = pow(10.0, -stream.uniform(2.5, 3.5));
    let mut basis = |n| {
        let first = stream.normals(n);
        orthonormal_basis(&first, stream)
    };
    let (left, right) = (basis(rows), basis(cols));
    let m = |i: usize, j: usize| (0..3).map(|k| spectrum[k] * left[k][i] * right[k][j]).sum();
    let entries = (0..rows * cols).map(|k| Entry { i: k / cols, j: k % cols, m: m(k / cols, k % cols) }).collect();
    let problem = Completion { rows, cols, entries };
    let start = Factors::lifted(&problem, alpha);
    let half = spectrum.map(|m| half_learned(m, alpha));
    // The plateau before a mode: half way in time from the mode before, or from the start.
    let plateau = |k: usize| 0.5 * (half[k] + if k == 0 { 0.0 } else { half[k - 1] });
    let times: Vec<f64> = (0..3).flat_map(|k| [plateau(k), half[k]]).collect();
    let moments = flow(&problem, &start, &times, TIGHT)?;
    Ok(Greedy { spectrum, alpha, run: Run { problem, start, moments }, left, right })
}

/// p'Xr.
fn mode(factors: &Factors, p: &[f64], r: &[f64]) -> f64 {
    let side = |rows: &[f64], x: &[f64]| -> Vec<f64> {
        (0..factors.rank).map(|a| rows.chunks_exact(factors.rank).zip(x).map(|(row, x)| row[a] * x).sum()).collect()
    };
    dot(&side(&factors.u, p), &side(&factors.v, r))
}

/// In the order of their singular values, each at its time; between them the loss rests at what is not yet learned, but
/// for what the mode before still misses and what of the next has come.
pub(super) fn greedy_ranks(greedy: &Greedy, claims: &mut Claims) {
    let Greedy { spectrum, alpha, run, left, right } = greedy;
    for (k, m) in spectrum.iter().enumerate() {
        let [on_plateau, at_half] = &run.moments[2 * k..2 * k + 2] else { unreachable!("two moments a mode") };
        // What is rounded when a mode before has been learned, at its size, grows from then on like e^(2mt) in the factors.
        let rounded = |at: f64| {
            let grown = (0..k).map(|before| exp(2.0 * m * (at - half_learned(spectrum[before], *alpha))));
            grown.fold(1.0, f64::max)
        };
        let missing = |m: &f64| *m - learned(*m, *alpha, on_plateau.t);
        let unlearned: f64 = spectrum.iter().map(|m| missing(m) * missing(m)).sum();
        let neglected = spectrum.iter().map(|m| left_out(*m, *alpha, on_plateau.t).times(2.0 * missing(m)));
        let Quantity { value, slack } = measured_loss(on_plateau, &run.problem);
        claims.equal(
            format!("plateau {}: f, against Σ m² of the modes not learned and their beginnings", k + 1),
            Quantity::new(value, slack.times(rounded(on_plateau.t))),
            unlearned,
            neglected.fold(Slack::default(), |sum, term| sum + term),
        );
        let Quantity { value, slack } = measured(at_half, 1.0, |factors| mode(factors, &left[k], &right[k]));
        claims.equal(
            format!("half-time of mode {}: p'Xr, against m/2 + α²/4", k + 1),
            Quantity::new(value, slack.times(rounded(at_half.t))),
            learned(*m, *alpha, at_half.t),
            left_out(*m, *alpha, at_half.t),
        );
    }
}
