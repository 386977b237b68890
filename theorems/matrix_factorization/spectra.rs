//! "Vectors, l2 and the maximum margin stand to each other as spectra, the nuclear norm and ..": which rows of that table
//! hold for measurements that commute, and which have no counterpart.

use super::commuting::{Commuting, End};
use super::discrete::half;
use super::exponents::Falling;
use super::identities::{TIGHT, largest};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::ode::{Ode, Part};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{difference, dot, ln, norm};
use theoremcheck::seed::Seed;

/// The diagonal network w = u ∘ u on the same data: u' = -2 Σ_k (a_k·w - y_k) a_k ∘ u, from α.
struct DiagonalNetwork<'a> {
    setup: &'a Commuting,
    alpha: f64,
}

impl Ode for DiagonalNetwork<'_> {
    fn dim(&self) -> usize {
        self.setup.basis.len()
    }

    fn rate(&self, _: f64, u: &[f64], du: &mut [f64]) {
        du.fill(0.0);
        let w: Vec<f64> = u.iter().map(|u| u * u).collect();
        for (a, y) in self.setup.spectra.iter().zip(&self.setup.values) {
            let pull = -2.0 * (dot(a, &w) - y);
            for (i, du) in du.iter_mut().enumerate() {
                *du += pull * a[i] * u[i];
            }
        }
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim(), scale: self.alpha }]
    }
}

/// A matrix with its eigenvalues beside a vector, from one start, and entries that do not commute.
pub(super) struct Rows {
    /// The matrix, the weights, and what the integrator may have lost of them, at several times.
    beside: Vec<(End, Vec<f64>, f64)>,
    /// The hidden entry of [[*, 1], [1, 1/2]] from lifted starts that grow.
    large: Falling,
    /// The sine of the angle by which the first eigenvector of X turns from αI on the same data.
    turned: (f64, f64),
}

const SMALL: f64 = 0.05;

pub(super) fn rows(seed: Seed) -> Result<Rows> {
    let stream = &mut seed.stream("matrix-factorization", "spectra");
    let first = stream.normals(4);
    let basis = orthonormal_basis(&first, stream);
    let spectra: Vec<Vec<f64>> = (0..2).map(|_| (0..4).map(|_| stream.uniform(0.2, 1.0)).collect()).collect();
    let values = spectra.iter().map(|a| dot(a, &[1.2, 0.9, 0.7, 0.4])).collect();
    let setup = Commuting { basis, spectra, values };
    let network = DiagonalNetwork { setup: &setup, alpha: SMALL };
    let beside = |time: f64| -> Result<(End, Vec<f64>, f64)> {
        let run = |tolerance| dormand_prince(&network, 0.0, &[SMALL; 4], &[time], tolerance);
        let squares = |u: &[f64]| -> Vec<f64> { u.iter().map(|u| u * u).collect() };
        let (fine, coarse) = (squares(&run(TIGHT)?.states[0]), squares(&run(TIGHT.times(100.0))?.states[0]));
        let drift = largest(difference(&fine, &coarse));
        Ok((setup.end(SMALL, time)?, fine, drift))
    };
    let beside = [0.3, 0.6, 200.0].into_iter().map(beside).collect::<Result<_>>()?;
    Ok(Rows { beside, large: large_starts()?, turned: turning()? })
}

/// From [αI, 0], [0, αI] X' = -(√(XX' + α⁴) G + G √(X'X + α⁴)), which for large α is -2α² G but for α^-4 of it.
fn large_starts() -> Result<Falling> {
    let problem = half();
    let alphas = vec![16.0, 8.0, 4.0];
    let log = |&alpha: &f64| -> Result<(f64, f64)> {
        let start = Factors { volume: None, ..Factors::lifted(&problem, alpha) };
        // In units of 1/α² the observed entries are fitted like e^(-4t).
        let moment = flow(&problem, &start, &[12.0 / (alpha * alpha)], TIGHT)?.remove(0);
        Ok(moment.measure(|factors| ln(factors.entry(0, 0).abs())))
    };
    let logs = alphas.iter().map(log).collect::<Result<Vec<_>>>()?;
    Ok(Falling {
        name: "x_11 of [[*, 1], [1, 1/2]], large lifted start",
        p: -4.0,
        alphas: alphas.into_iter().rev().collect(),
        logs: logs.into_iter().rev().collect(),
    })
}

fn turning() -> Result<(f64, f64)> {
    let problem = half();
    let start = Factors { volume: None, ..Factors::identity(&problem, 1e-6) };
    // X is of the order of 1e-8 at the first of these times, and has settled at the last.
    let moments = flow(&problem, &start, &[2.0, 150.0], TIGHT)?;
    let axis = |factors: &Factors| -> [f64; 2] {
        let (x, y, z) = (factors.entry(0, 0), factors.entry(0, 1), factors.entry(1, 1));
        let lambda = 0.5 * (x + z + ((x - z) * (x - z) + 4.0 * y * y).sqrt());
        let length = norm(&[y, lambda - x]);
        [y / length, (lambda - x) / length]
    };
    let sine = |from: &Factors, to: &Factors| {
        let (p, q) = (axis(from), axis(to));
        p[0] * q[1] - p[1] * q[0]
    };
    let fine = sine(&moments[0].factors, &moments[1].factors);
    Ok((fine, fine - sine(&moments[0].coarse, &moments[1].coarse)))
}

/// Row by row.
///
/// 1. Eigenvalues under commuting measurements are the weights w = u ∘ u of a diagonal network: *holds*, at every time.
/// 2. Small starts, least l1 norm beside least trace: *holds*, being the same flow.
/// 3. Large lifted starts, least l2 norm beside least Frobenius norm: *holds* for entries, up to 1/α⁴.
/// 4. Coordinates beside eigenvectors: *holds* while measurements commute; *no counterpart* else, since coordinates
///    stay and eigenvectors may turn.
/// 5. The maximum margin: *no counterpart* under a squared loss, whose zeros are finite.
pub(super) fn vectors_and_spectra(rows: &Rows, claims: &mut Claims) {
    let Rows { beside, large, turned: (turned, drift) } = rows;
    for ((end, w, lost), when) in beside.iter().zip(["t = 0.3", "t = 0.6", "t = 200"]) {
        let size = largest(w.iter().copied());
        claims
            .equal(
                format!("{when}: max |λ_i(X) - w_i|"),
                largest(difference(&end.lambda, w)),
                0.0,
                Slack::integration(lost + end.drift * size) + Slack::rounding(1e4, size),
            )
            .on("max w", size);
        claims
            .equal(format!("{when}: max |q_i'X q_j|, i ≠ j"), end.beside, 0.0, Slack::rounding(1e4, size))
            .on("max w", size);
    }
    large.falls_like(claims);
    // From the first eigenvector of [[0, 1], [1, 1/2]] to that of the matrix of rank one, (2, 1)/√5.
    let slope = (1.0 + 17.0_f64.sqrt()) / 4.0;
    claims.equal(
        "entries: sine of the angle by which the first eigenvector turns",
        *turned,
        (1.0 - 2.0 * slope) / (5.0 * (1.0 + slope * slope)).sqrt(),
        // At the first time X is still about 1e-8 of what it will be, and so is what G has changed.
        Slack::integration(*drift) + Slack::next_term(1e-7, 1.0) + Slack::rounding(1e4, 1.0),
    );
}
