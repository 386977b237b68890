//! "Vectors, l2 and the maximum margin stand to each other as spectra, the nuclear norm and ..": the rows of that table under
//! the squared loss, both sides of each. The row of the margin is in `margins.rs`.

use super::commuting::{Commuting, End, OneMeasurement, Vanishing, vanishing};
use super::exponents::{settling_time, singular_values_of};
use super::identities::{TIGHT, measured, product_slack};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, Moment, flow};
use theoremcheck::flow::ode::{Ode, Part};
use theoremcheck::problem::completion::Completion;
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, difference, dot, exp, largest, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "vectors-and-spectra",
        says: "Eigenvalues of X = UU' from αI under commuting measurements are, at every time, the weights w = u² of a \
               diagonal network from α on the spectra of the measurements. Both end at the least l1 norm of a solution w ≥ 0, \
               or of a positive semidefinite X, as α goes to 0, if there is one: for one measurement (1, h, -g) of value y > 0, \
               0 < h < 1, g > 0, they keep one entry, and the \
               others vanish like α^(2(1-h)) y^h and α^(2(1+g)) y^-g.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N17"],
        claims: |lab, c| {
            vectors_and_spectra(&lab.run(beside)?, &*lab.run(small)?, c);
            Ok(())
        },
    },
    Step {
        id: "large-starts-of-both",
        says: "As α grows both end at the least l2 norm, to leading order: weights w = u² - v², coordinate by coordinate, with \
               a·w = y, from u = v = α, but for z³(a_i³ - a_i Σ a⁴/|a|²)/(24α⁴), z = y/|a|²; matrices with observed entries, from \
               the lifted start, but for (AA'A)_ij/(6α⁴) at the hidden ones, A = P_Ω(M).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N17"],
        claims: |lab, c| {
            large_starts_of_both(&*lab.run(large)?, c);
            Ok(())
        },
    },
    Step {
        id: "axes-that-turn",
        says: "Coordinates stay, and so do eigenvectors while measurements commute. The entries of [[*, b], [b, d]] do not, \
               b > d > 0: from αI, as α goes to 0, the first eigenvector of X turns from (b, s_1) to (b, d).",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N17"],
        claims: |lab, c| {
            axes_that_turn(&lab.run(beside)?, &*lab.run(turning)?, c);
            Ok(())
        },
    },
];

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

/// The matrix, and the weights.
pub(super) type Beside = (End, Vec<Quantity>);

/// The weights from α at these times. Each is rounded at its own size; how large the first is decides on the growth of all.
fn weights(setup: &Commuting, alpha: f64, times: &[f64]) -> Result<Vec<Vec<Quantity>>> {
    let network = DiagonalNetwork { setup, alpha };
    let start = vec![alpha; setup.basis.len()];
    let run = |tolerance| dormand_prince(&network, 0.0, &start, times, tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let weight = |k: usize, u: &f64, rough: &f64| {
        let lost = Slack::integration(u * u - rough * rough);
        Quantity::new(u * u, lost + Slack::rounding(2.0 * fine.roundings[k], u * u))
    };
    let at = |k: usize| fine.states[k].iter().zip(&coarse.states[k]).map(|(u, rough)| weight(k, u, rough)).collect();
    Ok((0..times.len()).map(at).collect())
}

/// From one start, at several times.
pub(super) fn beside(seed: Seed) -> Result<Vec<Beside>> {
    let stream = &mut seed.stream("matrix-factorization", "spectra");
    let alpha = stream.uniform(0.03, 0.1);
    let first = stream.normals(4);
    let basis = orthonormal_basis(&first, stream);
    let spectra: Vec<Vec<f64>> = (0..2).map(|_| (0..4).map(|_| stream.uniform(0.2, 1.0)).collect()).collect();
    let truth: Vec<f64> = (0..4).map(|_| stream.uniform(0.4, 1.3)).collect();
    let values = spectra.iter().map(|a| dot(a, &truth)).collect();
    let setup = Commuting { basis, spectra, values };
    let times = [0.3, 0.6, 20.0];
    let path = setup.path(alpha, &times)?;
    Ok(path.into_iter().zip(weights(&setup, alpha, &times)?).collect())
}

/// One measurement of both, from a small start.
pub(super) struct Small {
    measurement: OneMeasurement,
    alpha: f64,
    end: End,
    weights: Vec<Quantity>,
}

pub(super) fn small(seed: Seed) -> Result<Small> {
    let stream = &mut seed.stream("matrix-factorization", "small starts of both");
    let measurement = OneMeasurement::draw(stream);
    let alpha = exp(-LN_10 * stream.uniform(2.6, 3.2));
    let time = measurement.time(alpha);
    let weights = weights(&measurement.setup, alpha, &[time])?.remove(0);
    Ok(Small { end: measurement.setup.path(alpha, &[time])?.remove(0), weights, measurement, alpha })
}

/// u' = -2(a·w - y) a ∘ u, v' = 2(a·w - y) a ∘ v with w = u ∘ u - v ∘ v: u, then v.
struct SignedNetwork {
    a: [f64; 3],
    y: f64,
    alpha: f64,
}

impl SignedNetwork {
    fn weight(state: &[f64], i: usize) -> f64 {
        (state[i] - state[3 + i]) * (state[i] + state[3 + i])
    }
}

impl Ode for SignedNetwork {
    fn dim(&self) -> usize {
        6
    }

    fn rate(&self, _: f64, state: &[f64], rate: &mut [f64]) {
        let residual = (0..3).map(|i| self.a[i] * Self::weight(state, i)).sum::<f64>() - self.y;
        for i in 0..3 {
            rate[i] = -2.0 * residual * self.a[i] * state[i];
            rate[3 + i] = 2.0 * residual * self.a[i] * state[3 + i];
        }
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: 6, scale: self.alpha }]
    }
}

/// What a large start adds to the weight w_1 of least l2 norm, over the term of order α^-4, less its expansion: at α and at
/// a smaller one.
struct LargeNetwork {
    larger: Quantity,
    expansion: f64,
    smaller_apart: f64,
}

impl LargeNetwork {
    fn draw(stream: &mut Stream) -> Result<LargeNetwork> {
        let a = [stream.uniform(0.3, 0.5), stream.uniform(0.9, 1.1), stream.uniform(1.2, 1.4)];
        let (y, largest) = (stream.uniform(1.5, 2.5), stream.uniform(4.0, 5.0));
        let square = dot(&a, &a);
        let [fourth, sixth] = [4.0, 6.0].map(|k| a.iter().map(|a| pow(*a, k)).sum::<f64>() / square);
        let z = y / square;
        let leading = pow(a[0], 3.0) - a[0] * fourth;
        // u v stays at α², so that w = 2α² sinh(νa), and ν follows from a·w = y.
        let next = 10.0 * a[0] * fourth * fourth - a[0] * sixth - 10.0 * pow(a[0], 3.0) * fourth + pow(a[0], 5.0);
        let expansion = |alpha: f64| 1.0 + z * z / (80.0 * pow(alpha, 4.0)) * next / leading;
        let end = |alpha: f64| -> Result<Quantity> {
            let network = SignedNetwork { a, y, alpha };
            // In units of 1/α² the residual falls like e^(-8|a|² t).
            let time = 5.0 / (square * alpha * alpha);
            let run = |tolerance| dormand_prince(&network, 0.0, &[alpha; 6], &[time], tolerance);
            let (fine, coarse) = TIGHT.twice(run)?;
            let [w, rough] = [&fine, &coarse].map(|run| SignedNetwork::weight(&run.states[0], 0));
            let rounding = Slack::rounding(2.0 * fine.roundings[0], 2.0 * alpha * alpha);
            let added = Quantity::new(w - z * a[0], Slack::integration(w - rough) + rounding);
            Ok(added * (24.0 * pow(alpha, 4.0) / (z * z * z * leading)))
        };
        let smaller_apart = end(largest / SMALLER)?.value - expansion(largest / SMALLER);
        Ok(LargeNetwork { larger: end(largest)?, expansion: expansion(largest), smaller_apart })
    }
}

/// Both from large starts.
pub(super) struct LargeStarts {
    network: LargeNetwork,
    matrix: Large,
}

pub(super) fn large(seed: Seed) -> Result<LargeStarts> {
    let stream = &mut seed.stream("matrix-factorization", "large starts of both");
    Ok(LargeStarts { network: LargeNetwork::draw(stream)?, matrix: Large::draw(stream)? })
}

pub(super) fn turning(seed: Seed) -> Result<Turning> {
    Turning::draw(&mut seed.stream("matrix-factorization", "turning"))
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
    /// From [αI, 0], [0, αI] Ẋ = -(√(XX' + α⁴) G + G √(X'X + α⁴)), which for large α is -2α² G but for α^-4 of it.
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
pub(super) struct Turning {
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

/// Eigenvalues are weights, at every time; and so their limits are the same: the l1 norm of the weights beside the trace,
/// one entry beside rank one.
pub(super) fn vectors_and_spectra(beside: &[Beside], small: &Small, claims: &mut Claims) {
    for ((end, w), when) in beside.iter().zip(WHEN) {
        let values: Vec<f64> = w.iter().map(|w| w.value).collect();
        // Whichever is the largest, the sum bounds its error.
        let uncertain = w.iter().fold(end.entry_slack(), |sum, w| sum + w.slack.clone());
        claims
            .equal(format!("{when}: max |λ_i(X) - w_i|"), largest(difference(&end.lambda, &values)), 0.0, uncertain)
            .on("max w", largest(values));
    }
    let Small { measurement, alpha, end, weights } = small;
    let Vanishing { second, third, corrections, beyond, trace } = vanishing(measurement, *alpha);
    let spectrum = end.lambda.iter().map(|lambda| Quantity::new(*lambda, end.relative(*lambda).times(*lambda)));
    for (side, size, of) in [("weights", "|w|_1", &weights[..]), ("spectrum", "tr X", &spectrum.collect::<Vec<_>>())] {
        let [first, of_second, of_third] = of else { unreachable!("three of each") };
        claims.equal(
            format!("{side}: λ_2 over α^(2(1-h)) y^h, with its next term"),
            of_second.clone() / second,
            1.0 + corrections[0],
            Slack::next_term(beyond, 2.0),
        );
        claims.equal(
            format!("{side}: λ_3 over α^(2(1+g)) y^-g, with its next term"),
            of_third.clone() / third,
            1.0 + corrections[1],
            Slack::next_term(beyond, 2.0),
        );
        claims.equal(
            format!("{side}: {size}, against the least, y, and what the others add"),
            first.clone() + of_second.clone() + of_third.clone(),
            trace,
            Slack::next_term(beyond * (second + third), 2.0),
        );
    }
}

/// At these times a matrix is seen beside a vector.
const WHEN: [&str; 3] = ["t = 0.3", "t = 0.6", "t = 20"];

/// Large starts: the least norm, and what is left at the orders α^-4 and α^-8. The next is relatively α^-8 of the first,
/// as is seen at the smaller start.
pub(super) fn large_starts_of_both(large: &LargeStarts, claims: &mut Claims) {
    let LargeStarts { network, matrix } = large;
    claims.equal(
        "weights: (w_1 - z a_1) over z³(a_1³ - a_1 Σ a⁴/|a|²)/(24α⁴), against 1 and its term of order α^-4",
        network.larger.clone(),
        network.expansion,
        Slack::next_term(network.smaller_apart / pow(SMALLER, 8.0), 4.0),
    );
    claims.equal(
        "matrix: x_11 of [[*, b], [c, d]] over bcd/(6α⁴), against 1 and its term of order α^-4",
        matrix.larger.clone(),
        matrix.expansion,
        Slack::next_term(matrix.smaller_apart / pow(SMALLER, 8.0), 4.0)
            + Slack::next_term(exp(-48.0) * pow(10.0, 4.0), 1.0),
    );
}

/// Eigenvectors that stay, and one that turns: from the first eigenvector (b, s_1) of [[0, b], [b, d]] to that of the
/// matrix of rank one, (b, d).
pub(super) fn axes_that_turn(beside: &[Beside], turning: &Turning, claims: &mut Claims) {
    for ((end, w), when) in beside.iter().zip(WHEN) {
        let size = largest(w.iter().map(|w| w.value));
        claims
            .equal(format!("commuting, {when}: max |q_i'X q_j|, i ≠ j"), end.beside, 0.0, end.entry_slack())
            .on("max w", size);
    }
    let Turning { b, d, sine, begun, left } = turning;
    let s_1 = singular_values_of(*b, *b, *d)[0];
    claims.equal(
        "entries: sine of the angle by which the first eigenvector turns",
        sine.clone(),
        b * (d - s_1) / (norm(&[*b, s_1]) * norm(&[*b, *d])),
        Slack::next_term(*begun, 2.0) + Slack::next_term(*left, 4.0),
    );
}
