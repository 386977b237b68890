//! "Vectors, l2 and the maximum margin stand to each other as spectra, the nuclear norm and ..": which rows of that table
//! hold for measurements that commute, and which have no counterpart.

use super::commuting::{Commuting, End};
use super::exponents::{settling_time, singular_values_of};
use super::identities::{TIGHT, largest, measured, product_slack};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, Moment, flow};
use theoremcheck::flow::ode::{Ode, Part};
use theoremcheck::problem::completion::Completion;
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{difference, dot, exp, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "vectors-and-spectra",
    says: "Eigenvalues under commuting measurements move as the weights of a diagonal network; large lifted starts end at \
           the least Frobenius norm but for (AA'A)_ij/(6α⁴) at the hidden entries, A = P_Ω(M). Eigenvectors, which may turn \
           unless measurements commute, have no counterpart among coordinates.",
    kind: Kind::Refinement,
    standing: Standing::Formal,
    notes: &["N17"],
    claims: |lab, c| {
        vectors_and_spectra(&*lab.run(rows)?, c);
        Ok(())
    },
}];

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
    beside: Vec<(End, Vec<f64>, Slack)>,
    large: Large,
    turning: Turning,
}

pub(super) fn rows(seed: Seed) -> Result<Rows> {
    let stream = &mut seed.stream("matrix-factorization", "spectra");
    let alpha = stream.uniform(0.03, 0.1);
    let first = stream.normals(4);
    let basis = orthonormal_basis(&first, stream);
    let spectra: Vec<Vec<f64>> = (0..2).map(|_| (0..4).map(|_| stream.uniform(0.2, 1.0)).collect()).collect();
    let truth: Vec<f64> = (0..4).map(|_| stream.uniform(0.4, 1.3)).collect();
    let values = spectra.iter().map(|a| dot(a, &truth)).collect();
    let setup = Commuting { basis, spectra, values };
    let network = DiagonalNetwork { setup: &setup, alpha };
    let times = [0.3, 0.6, 20.0];
    let run = |tolerance| dormand_prince(&network, 0.0, &[alpha; 4], &times, tolerance);
    let (fine, coarse) = (run(TIGHT)?, run(TIGHT.times(100.0))?);
    let squares = |u: &[f64]| -> Vec<f64> { u.iter().map(|u| u * u).collect() };
    let weights = |k: usize| {
        let w = squares(&fine.states[k]);
        let lost = largest(difference(&w, &squares(&coarse.states[k])));
        let slack = Slack::integration(lost) + Slack::rounding(2.0 * fine.roundings[k], norm(&w));
        (w, slack)
    };
    let path = setup.path(alpha, &times)?;
    let beside = path.into_iter().enumerate().map(|(k, end)| {
        let (w, slack) = weights(k);
        (end, w, slack)
    });
    Ok(Rows { beside: beside.collect(), large: Large::draw(stream)?, turning: Turning::draw(stream)? })
}

/// The hidden entry of [[*, b], [c, d]] from lifted starts: α⁴ x_11 over bcd/6, less its expansion in 1/α⁴, at the larger
/// start and at a smaller one.
struct Large {
    larger: Quantity,
    expansion: f64,
    smaller_apart: f64,
}

/// By how much the smaller of the large starts is smaller.
const SMALLER: f64 = 2.0;

impl Large {
    /// From [αI, 0], [0, αI] X' = -(√(XX' + α⁴) G + G √(X'X + α⁴)), which for large α is -2α² G but for α^-4 of it.
    fn draw(stream: &mut Stream) -> Result<Large> {
        let (b, c, d) = (stream.uniform(0.7, 1.3), stream.uniform(-1.3, -0.7), stream.uniform(0.5, 1.0));
        let problem = Completion::from_rows(&[[None, Some(b)], [Some(c), Some(d)]]);
        let largest = stream.uniform(8.0, 10.0);
        let end = |alpha: f64| -> Result<Quantity> {
            let start = Factors { volume: None, ..Factors::lifted(&problem, alpha) };
            // In units of 1/α² the observed entries are fitted like e^(-4t).
            let at = flow(&problem, &start, &[12.0 / (alpha * alpha)], TIGHT)?.remove(0);
            // X is a difference: of its products, of the size of α², the roundings and the errors remain.
            Ok(measured(&at, 1.0, |factors| factors.entry(0, 0)) * (6.0 * pow(alpha, 4.0) / (b * c * d)))
        };
        let expansion = |alpha: f64| 1.0 - (109.0 * (b * b + c * c) + 216.0 * d * d) / (480.0 * pow(alpha, 4.0));
        let smaller_apart = end(largest / SMALLER)?.value - expansion(largest / SMALLER);
        Ok(Large { larger: end(largest)?, expansion: expansion(largest), smaller_apart })
    }
}

/// The sine of the angle by which the first eigenvector of X turns on [[*, b], [b, d]] from αI.
struct Turning {
    b: f64,
    d: f64,
    sine: Quantity,
    /// |X| at the first time, and det X at the last: what X is off A and off the matrix of rank one.
    begun: f64,
    left: f64,
}

impl Turning {
    fn draw(stream: &mut Stream) -> Result<Turning> {
        let (b, d) = (stream.uniform(0.8, 1.2), stream.uniform(0.4, 0.7));
        let problem = Completion::from_rows(&[[None, Some(b)], [Some(b), Some(d)]]);
        let alpha = 1e-6;
        let start = Factors::identity(&problem, alpha);
        // X is of the order of 1e-8 at the first of these times, and has settled at the last.
        let first = 5.0 / (2.0 * singular_values_of(b, b, d)[0]);
        let moments = flow(&problem, &start, &[first, settling_time(b, b, d, alpha)], TIGHT)?;
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
        let [from, to] = &moments[..] else { unreachable!("two times") };
        let fine = sine(&from.factors, &to.factors);
        let lost = fine - sine(&from.coarse, &to.coarse);
        // An eigenvector turns by |δX| over the distance of the eigenvalues, which is most of |X|.
        let size = |at: &Moment| norm(&[at.factors.entry(0, 0), at.factors.entry(0, 1), at.factors.entry(1, 1)]);
        let turned = [from, to].map(|at| product_slack(at).times(2.0 / size(at)));
        let slack = turned.into_iter().fold(Slack::integration(lost), |sum, term| sum + term);
        Ok(Turning { b, d, sine: Quantity::new(fine, slack), begun: size(from), left: exp(to.factors.log_det().0) })
    }
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
    let Rows { beside, large, turning } = rows;
    for ((end, w, slack), when) in beside.iter().zip(["t = 0.3", "t = 0.6", "t = 20"]) {
        let size = largest(w.iter().copied());
        claims
            .equal(
                format!("{when}: max |λ_i(X) - w_i|"),
                largest(difference(&end.lambda, w)),
                0.0,
                slack.clone() + end.entry_slack(),
            )
            .on("max w", size);
        claims.equal(format!("{when}: max |q_i'X q_j|, i ≠ j"), end.beside, 0.0, end.entry_slack()).on("max w", size);
    }
    // The next order is relatively α^-8, as is seen at the smaller start.
    claims.equal(
        "large lifted start: x_11 of [[*, b], [c, d]] over bcd/(6α⁴), against 1 and its term of order α^-4",
        large.larger.clone(),
        large.expansion,
        Slack::next_term(large.smaller_apart / pow(SMALLER, 8.0), 4.0)
            + Slack::next_term(exp(-48.0) * pow(10.0, 4.0), 1.0),
    );
    // From the first eigenvector (b, s_1) of [[0, b], [b, d]] to that of the matrix of rank one, (b, d).
    let Turning { b, d, sine, begun, left } = turning;
    let s_1 = singular_values_of(*b, *b, *d)[0];
    claims.equal(
        "entries: sine of the angle by which the first eigenvector turns",
        sine.clone(),
        b * (d - s_1) / (norm(&[*b, s_1]) * norm(&[*b, *d])),
        Slack::next_term(*begun, 2.0) + Slack::next_term(*left, 4.0),
    );
}
