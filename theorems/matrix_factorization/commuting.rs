//! Measurements that commute: the one case in which the limit is known, and it is the one that the notes state.
//!
//! f(U) = Σ_k (<A_k, UU'> - y_k)² with A_k = Q diag(a_k) Q', and U = αI at the start. Then U stays a function of the A_k:
//! with U = Q diag(u) Q', (log u)' = -2 Σ_k (<A_k, X> - y_k) a_k, so that log(X/α²) is in the span of the A_k for ever.

use super::discrete::half;
use super::identities::{TIGHT, largest};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::ode::{Ode, Part, Tolerance};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{LN_10, bisect, difference, dot, exp, ln, norm, pow, reject};
use theoremcheck::seed::{Seed, Stream};

/// Measurements with one eigenbasis, and what they gave.
pub(super) struct Commuting {
    /// Q: the eigenvectors, one a row.
    pub(super) basis: Vec<Vec<f64>>,
    /// a_k: the eigenvalues of each measurement.
    pub(super) spectra: Vec<Vec<f64>>,
    pub(super) values: Vec<f64>,
}

/// U' = -2 Σ_k (<A_k, UU'> - y_k) A_k U, U row after row.
struct MeasuredFlow<'a> {
    setup: &'a Commuting,
    matrices: Vec<Vec<f64>>,
    alpha: f64,
}

impl Ode for MeasuredFlow<'_> {
    fn dim(&self) -> usize {
        self.setup.basis.len() * self.setup.basis.len()
    }

    fn rate(&self, _: f64, u: &[f64], du: &mut [f64]) {
        let n = self.setup.basis.len();
        du.fill(0.0);
        for (a, y) in self.matrices.iter().zip(&self.setup.values) {
            // <A, UU'> = <AU, U>.
            let product: Vec<f64> =
                (0..n * n).map(|k| (0..n).map(|l| a[k / n * n + l] * u[l * n + k % n]).sum()).collect();
            let pull = -2.0 * (dot(&product, u) - y);
            du.iter_mut().zip(&product).for_each(|(du, p)| *du += pull * p);
        }
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim(), scale: self.alpha }]
    }
}

/// Where the flow from αI ends: λ_i = |U'q_i|², the eigenvalues of X, from U, in which a small one keeps its digits.
pub(super) struct End {
    pub(super) alpha: f64,
    pub(super) lambda: Vec<f64>,
    /// What the integrator may have lost of log λ_i, at the most.
    pub(super) drift: f64,
    /// max |q_i'X q_j|, i ≠ j.
    pub(super) beside: f64,
}

impl Commuting {
    /// A_k = Q diag(a_k) Q', row after row.
    pub(super) fn matrices(&self) -> Vec<Vec<f64>> {
        let n = self.basis.len();
        let entry = |spectrum: &[f64], i: usize, j: usize| -> f64 {
            self.basis.iter().zip(spectrum).map(|(q, a)| a * q[i] * q[j]).sum()
        };
        let matrix = |spectrum: &Vec<f64>| (0..n * n).map(|k| entry(spectrum, k / n, k % n)).collect();
        self.spectra.iter().map(matrix).collect()
    }

    /// A bound from below on the rates of three residuals r_k = <A_k, X> - y_k at the eigenvalues λ: as λ_i' = -4 Σ r_l a_li λ_i,
    /// they obey r' = -4 G r with G_kl = Σ a_ki a_li λ_i, whose least eigenvalue is the determinant over the product of
    /// the others, which is at most the square of half the trace.
    fn slowest_of_three(&self, lambda: &[f64]) -> f64 {
        let gram = |k: usize, l: usize| -> f64 {
            self.spectra[k].iter().zip(&self.spectra[l]).zip(lambda).map(|((a, b), lambda)| a * b * lambda).sum()
        };
        let minor = |k: usize, l: usize| gram(1, k) * gram(2, l) - gram(1, l) * gram(2, k);
        let det = gram(0, 0) * minor(1, 2) - gram(0, 1) * minor(0, 2) + gram(0, 2) * minor(0, 1);
        let half = 0.5 * (gram(0, 0) + gram(1, 1) + gram(2, 2));
        4.0 * det / (half * half)
    }

    /// The flow from αI, for as long as its slowest mode needs.
    pub(super) fn end(&self, alpha: f64, time: f64) -> Result<End> {
        let n = self.basis.len();
        let ode = MeasuredFlow { setup: self, matrices: self.matrices(), alpha };
        let start: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { alpha } else { 0.0 }).collect();
        let run = |tolerance: Tolerance| dormand_prince(&ode, 0.0, &start, &[time], tolerance);
        let (fine, coarse) = (run(TIGHT)?, run(TIGHT.times(100.0))?);
        let sides = |u: &[f64]| -> Vec<Vec<f64>> {
            let side = |q: &Vec<f64>| (0..n).map(|j| (0..n).map(|i| q[i] * u[i * n + j]).sum()).collect();
            self.basis.iter().map(side).collect()
        };
        let squares = |sides: &[Vec<f64>]| -> Vec<f64> { sides.iter().map(|side| dot(side, side)).collect() };
        let (fine, coarse) = (sides(&fine.states[0]), sides(&coarse.states[0]));
        let lambda = squares(&fine);
        let lost = lambda.iter().zip(squares(&coarse)).map(|(fine, coarse)| ln(fine / coarse));
        let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
        let beside = largest(pairs.map(|(i, j)| dot(&fine[i], &fine[j])));
        Ok(End { alpha, drift: largest(lost), lambda, beside })
    }
}

/// h and g of the single measurement Q diag(1, h, -g) Q', and its value y.
const H: f64 = 0.5;
const G: f64 = 0.5;
const Y: f64 = 2.0;

/// <A, X> = 2 with A = Q diag(1, 1/2, -1/2) Q', Q a rotation by random angles.
fn one_measurement(stream: &mut Stream) -> Commuting {
    let first = stream.normals(3);
    Commuting { basis: orthonormal_basis(&first, stream), spectra: vec![vec![1.0, H, -G]], values: vec![Y] }
}

/// What the single measurement gives from several starts.
pub(super) struct OneMeasurement {
    pub(super) ends: Vec<End>,
}

fn ends_of_one(seed: Seed, alphas: &[f64]) -> Result<OneMeasurement> {
    let setup = one_measurement(&mut seed.stream("matrix-factorization", "one measurement"));
    // log(1/α)/y until the first mode has grown, and forty e-foldings of the rest, at a rate above 4 y.
    let end = |&alpha: &f64| setup.end(alpha, ln(1.0 / alpha).max(0.0) / Y + 10.0);
    Ok(OneMeasurement { ends: alphas.iter().map(end).collect::<Result<_>>()? })
}

pub(super) fn one(seed: Seed) -> Result<OneMeasurement> {
    ends_of_one(seed, &[0.3, 1e-2, 1e-3])
}

pub(super) fn one_from_vanishing_starts(seed: Seed) -> Result<OneMeasurement> {
    ends_of_one(seed, &[1e-2, 1e-3, 1e-4, VANISHING])
}

/// The same from a start that does not vanish.
pub(super) fn one_from_a_large_start(seed: Seed) -> Result<OneMeasurement> {
    ends_of_one(seed, &[0.3])
}

pub(super) const VANISHING: f64 = 1e-6;

/// Three measurements of a 6 × 6 matrix, and the flow from .1 I.
pub(super) struct ThreeMeasurements {
    pub(super) setup: Commuting,
    pub(super) end: End,
}

pub(super) fn three(seed: Seed) -> Result<ThreeMeasurements> {
    let stream = &mut seed.stream("matrix-factorization", "three measurements");
    let first = stream.normals(6);
    let basis = orthonormal_basis(&first, stream);
    // Positive spectra and the values of a positive definite matrix, so that the flow settles fast.
    let spectra: Vec<Vec<f64>> = (0..3).map(|_| (0..6).map(|_| stream.uniform(0.2, 1.0)).collect()).collect();
    let truth = [1.5, 1.2, 1.0, 0.8, 0.6, 0.5];
    let values = spectra.iter().map(|a| dot(a, &truth)).collect();
    let setup = Commuting { basis, spectra, values };
    let early = setup.end(0.1, 300.0)?;
    // Forty e-foldings of what is slowest.
    let time = 40.0 / setup.slowest_of_three(&early.lambda);
    let end = if time > 300.0 { setup.end(0.1, time)? } else { early };
    Ok(ThreeMeasurements { setup, end })
}

/// log(X/α²) is in the span of the measurements, at every α; with <A_k, X> = y_k that is what makes X the minimiser of
/// tr(X log X - X) - 2 log(α) tr X.
pub(super) fn commuting_measurements(one: &OneMeasurement, three: &ThreeMeasurements, claims: &mut Claims) {
    one.ends.iter().for_each(|end| eigenvalues(end, claims));
    span_of_measurements(three, claims);
}

/// λ_i = α² e^(ν a_i), with ν from <A, X> = y.
pub(super) fn eigenvalues(end: &End, claims: &mut Claims) {
    let End { alpha, lambda, drift, beside } = end;
    let (alpha, a) = (*alpha, [1.0, H, -G]);
    let value = |nu: f64| a.iter().map(|a| a * alpha * alpha * exp(nu * a)).sum::<f64>() - Y;
    let nu = bisect(value, 0.0, ln(2.0 * Y) - 2.0 * ln(alpha));
    for (i, (lambda, a)) in lambda.iter().zip(a).enumerate() {
        claims.equal(
            format!("α = {alpha}: λ_{} over α² e^(ν a_{})", i + 1, i + 1),
            lambda / (alpha * alpha * exp(nu * a)),
            1.0,
            // Rounding of U, of the size of its largest column, in each of a thousand steps: relative to |U'q_i| = √λ_i.
            Slack::integration(*drift) + Slack::rounding(1e3, 1.0 / lambda.min(1.0).sqrt()),
        );
    }
    claims.equal(format!("α = {alpha}: max |q_i'X q_j|, i ≠ j"), *beside, 0.0, Slack::rounding(1e4, Y)).on("y", Y);
}

/// The part of log λ - log α² that no combination of the spectra makes up, and the measurements.
fn span_of_measurements(three: &ThreeMeasurements, claims: &mut Claims) {
    let ThreeMeasurements { setup, end } = three;
    let mut outside: Vec<f64> = end.lambda.iter().map(|lambda| ln(*lambda) - 2.0 * ln(end.alpha)).collect();
    let size = norm(&outside);
    let mut axes: Vec<Vec<f64>> = Vec::new();
    for spectrum in &setup.spectra {
        let axis = axes.iter().fold(spectrum.clone(), |axis, before| reject(&axis, before));
        let length = norm(&axis);
        axes.push(axis.iter().map(|x| x / length).collect());
        outside = reject(&outside, axes.last().expect("just pushed"));
    }
    let least = end.lambda.iter().copied().fold(f64::INFINITY, f64::min);
    claims
        .equal(
            "three measurements: |part of log(X/α²) outside span{A_k}|",
            norm(&outside),
            0.0,
            Slack::integration(3.0 * end.drift) + Slack::rounding(1e4, 1.0 / least.min(1.0).sqrt()),
        )
        .on("|log(X/α²)|", size);
    let measured: Vec<f64> = setup.spectra.iter().map(|a| dot(a, &end.lambda)).collect();
    claims
        .equal(
            "three measurements: max |<A_k, X> - y_k|",
            largest(difference(&measured, &setup.values)),
            0.0,
            Slack::integration(6.0 * end.drift * largest(end.lambda.iter().copied())) + Slack::rounding(1e4, 1.0),
        )
        .on("max y_k", largest(setup.values.iter().copied()));
}

/// As α -> 0 the trace comes down to y, the least that any positive semidefinite solution has, since <A, X> ≤ tr X; by
/// λ_2 = α^(2(1-h)) λ_1^h and λ_3 = α^(2(1+g)) λ_1^-g, with λ_1 = y - hλ_2 + gλ_3. `alpha` is the start that is taken
/// to vanish.
pub(super) fn least_trace(end: &End, alpha: f64, claims: &mut Claims) {
    let power = |p: f64, q: f64| pow(alpha, p) * pow(Y, q);
    let (second, third) = (power(2.0 * (1.0 - H), H), power(2.0 * (1.0 + G), -G));
    let rest = (H * second + G * third) / Y;
    let [lambda_1, lambda_2, lambda_3] = end.lambda[..] else { unreachable!("three eigenvalues") };
    // Rounding of U, of the size of its largest column, in each of a thousand steps: relative to |U'q_i| = √λ_i.
    let slack = |lambda: f64| Slack::integration(end.drift) + Slack::rounding(1e3, 1.0 / lambda.min(1.0).sqrt());
    claims.equal(
        format!("α = {alpha}: tr X over the least trace y"),
        (lambda_1 + lambda_2 + lambda_3) / Y,
        1.0,
        Slack::next_term(((1.0 - H) * second + (1.0 + G) * third) / Y, 2.0) + slack(lambda_1),
    );
    claims.equal(
        format!("α = {alpha}: λ_2 over α^(2(1-h)) y^h"),
        lambda_2 / second,
        1.0,
        Slack::next_term(H * rest, 2.0) + slack(lambda_2),
    );
    claims.equal(
        format!("α = {alpha}: λ_3 over α^(2(1+g)) y^-g"),
        lambda_3 / third,
        1.0,
        Slack::next_term(G * rest, 2.0) + slack(lambda_3),
    );
}

// ---------------------------------------------------------------------------------------------------
// Entries, which do not commute
// ---------------------------------------------------------------------------------------------------

/// The unobserved entry of log(X/α²) for [[*, 1], [1, 1/2]], at the start sizes α: λ_1 and the eigenvectors from X, λ_2
/// from the determinant.
pub(super) struct Entries {
    pub(super) alphas: Vec<f64>,
    pub(super) logs: Vec<(f64, f64)>,
}

pub(super) fn entries() -> Result<Entries> {
    let problem = half();
    let alphas = vec![0.3, 0.1, 0.03, 1e-8, 1e-10];
    let log = |&alpha: &f64| -> Result<(f64, f64)> {
        let start = Factors::identity(&problem, alpha);
        let moment = &flow(&problem, &start, &[ln(1.0 / alpha) / 2.5 + 150.0], TIGHT)?[0];
        Ok(moment.measure(|factors| {
            let [x, b, c] = [(0, 0), (0, 1), (1, 1)].map(|(i, j)| factors.entry(i, j));
            let middle = 0.5 * (x + c);
            let lambda_1 = middle + (0.25 * (x - c) * (x - c) + b * b).sqrt();
            let (log_det, _) = factors.log_det();
            let share = b * b / (b * b + (lambda_1 - x) * (lambda_1 - x));
            share * ln(lambda_1) + (1.0 - share) * (log_det - ln(lambda_1)) - 2.0 * ln(alpha)
        }))
    };
    let logs = alphas.iter().map(log).collect::<Result<_>>()?;
    Ok(Entries { alphas, logs })
}

/// The claim of commuting measurements on entries: log(X/α²) would vanish where nothing is observed.
pub(super) fn span_of_entries(entries: &Entries, claims: &mut Claims) {
    for (alpha, (log, drift)) in entries.alphas.iter().zip(&entries.logs) {
        claims
            .equal(
                format!("α = {alpha}: unobserved entry of log(X/α²)"),
                *log,
                0.0,
                Slack::integration(*drift) + Slack::rounding(1e4, 1.0),
            )
            .on("log(1/α²)", -2.0 * ln(*alpha));
    }
}

/// The limit is the rank one matrix with x_11 = 2, whose eigenvector is (2, 1)/√5; λ_2 is det X/λ_1 and falls like
/// α^p, p = 2(1 + s_2/s_1). The entry is therefore (4/5)(2L) + (1/5)(2 - p)L + const, L = log(1/α).
pub(super) fn logarithm_of_entries(entries: &Entries, claims: &mut Claims) {
    let [.., (near, near_drift), (far, far_drift)] = entries.logs[..] else { unreachable!("five starts") };
    let root = (17.0_f64).sqrt();
    let p = 2.0 * (1.0 + (root - 1.0) / (root + 1.0));
    claims.equal(
        "growth of the unobserved entry of log(X/α²) with log(1/α), from α = 1e-8 to 1e-10",
        (far - near) / (2.0 * LN_10),
        1.6 + (2.0 - p) / 5.0,
        Slack::integration((near_drift.abs() + far_drift.abs()) / (2.0 * LN_10))
            + Slack::rounding(1e4, 1.0)
            // det X/d and with it x_11 - 2 are of order α^p, and the eigenvector turns as much; times log λ_2.
            + Slack::next_term(pow(1e-8, p) * 60.0, 2.0),
    );
}
