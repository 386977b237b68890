//! Measurements that commute: the case in which the limit is proved to be of least nuclear norm, as the notes state.
//!
//! f(U) = Σ_k (<A_k, UU'> - y_k)² with A_k = Q diag(a_k) Q', and U = αI at the start. Then U stays a function of the A_k:
//! with U = Q diag(u) Q', (log u)' = -2 Σ_k (<A_k, X> - y_k) a_k, so that log(X/α²) is in the span of the A_k for ever.

use super::exponents::{settling_time, singular_values_of};
use super::identities::{TIGHT, product_slack, square};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::ode::{Ode, Part, Tolerance};
use theoremcheck::problem::completion::Completion;
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, bisect, combine, difference, dot, exp, largest, ln, norm, pow, reject};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "commuting-measurements",
        says: "If symmetric measurements commute, log(X/α²) stays in their span, at every α and every time: the limit \
               minimises tr(X log X - X) - 2 log(α) tr X over the positive semidefinite solutions, if there are \
               any.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N12"],
        claims: |lab, c| {
            lab.run(one)?.iter().enumerate().for_each(|(k, (measurement, end))| eigenvalues(k, measurement, end, c));
            commuting_measurements(&*lab.run(three)?, c);
            Ok(())
        },
    },
    Step {
        id: "least-trace",
        says: "As α goes to 0 that limit tends to a positive semidefinite solution of least trace, which is the nuclear norm; \
               for one measurement <Q diag(1, h, -g) Q', X> = y > 0, 0 < h < 1, g > 0, the other eigenvalues vanish like \
               α^(2(1-h)) y^h and α^(2(1+g)) y^-g.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N12"],
        claims: |lab, c| {
            least_trace(&*lab.run(starts_that_vanish)?, c);
            Ok(())
        },
    },
];

/// Measurements with one eigenbasis, and what they gave.
pub(super) struct Commuting {
    /// Q: the eigenvectors, one a row.
    pub(super) basis: Vec<Vec<f64>>,
    /// a_k: the eigenvalues of each measurement.
    pub(super) spectra: Vec<Vec<f64>>,
    pub(super) values: Vec<f64>,
}

/// U̇ = -2 Σ_k (<A_k, UU'> - y_k) A_k U, U row after row.
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

/// Where the flow from αI is: λ_i = |U'q_i|², the eigenvalues of X, from U, in which a small one keeps its digits.
pub(super) struct End {
    pub(super) alpha: f64,
    pub(super) lambda: Vec<f64>,
    /// What the integrator may have lost of log λ_i, at the most.
    pub(super) drift: f64,
    /// max |q_i'X q_j|, i ≠ j.
    pub(super) beside: f64,
    /// Roundings of numbers of the size of U, since the start.
    roundings: f64,
}

impl End {
    pub(super) fn trace(&self) -> f64 {
        self.lambda.iter().sum()
    }

    /// The relative error of an eigenvalue: U, of length √tr X, is rounded by as much against |U'q_i| = √λ_i, for which the
    /// end is the worst time as long as the largest eigenvalue grows.
    pub(super) fn relative(&self, lambda: f64) -> Slack {
        Slack::integration(self.drift) + Slack::rounding(2.0 * self.roundings, (self.trace() / lambda).sqrt())
    }

    /// The error of an entry of X.
    pub(super) fn entry_slack(&self) -> Slack {
        (Slack::integration(self.drift) + Slack::rounding(2.0 * self.roundings, 1.0)).times(self.trace())
    }
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
        4.0 * least_eigenvalue([0, 1, 2].map(|k| [0, 1, 2].map(|l| gram(k, l))))
    }

    /// The flow from αI at increasing times.
    pub(super) fn path(&self, alpha: f64, times: &[f64]) -> Result<Vec<End>> {
        let n = self.basis.len();
        let ode = MeasuredFlow { setup: self, matrices: self.matrices(), alpha };
        let start: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { alpha } else { 0.0 }).collect();
        let run = |tolerance: Tolerance| dormand_prince(&ode, 0.0, &start, times, tolerance);
        let (fine, coarse) = TIGHT.twice(run)?;
        let sides = |u: &[f64]| -> Vec<Vec<f64>> {
            let side = |q: &Vec<f64>| (0..n).map(|j| (0..n).map(|i| q[i] * u[i * n + j]).sum()).collect();
            self.basis.iter().map(side).collect()
        };
        let squares = |sides: &[Vec<f64>]| -> Vec<f64> { sides.iter().map(|side| dot(side, side)).collect() };
        let end = |k: usize| {
            let (sides, coarse) = (sides(&fine.states[k]), sides(&coarse.states[k]));
            let lambda = squares(&sides);
            let lost = lambda.iter().zip(squares(&coarse)).map(|(fine, coarse)| ln(fine / coarse));
            let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
            let beside = largest(pairs.map(|(i, j)| dot(&sides[i], &sides[j])));
            End { alpha, drift: largest(lost), lambda, beside, roundings: fine.roundings[k] }
        };
        Ok((0..times.len()).map(end).collect())
    }

    pub(super) fn end(&self, alpha: f64, time: f64) -> Result<End> {
        Ok(self.path(alpha, &[time])?.remove(0))
    }
}

/// A bound from below on the eigenvalues of a positive definite 3 × 3 matrix: its determinant over the square of half its
/// trace.
pub(super) fn least_eigenvalue(m: [[f64; 3]; 3]) -> f64 {
    let minor = |k: usize, l: usize| m[1][k] * m[2][l] - m[1][l] * m[2][k];
    let det = m[0][0] * minor(1, 2) - m[0][1] * minor(0, 2) + m[0][2] * minor(0, 1);
    let half = 0.5 * (m[0][0] + m[1][1] + m[2][2]);
    det / (half * half)
}

// ---------------------------------------------------------------------------------------------------
// One measurement
// ---------------------------------------------------------------------------------------------------

/// <A, X> = y with A = Q diag(1, h, -g) Q', Q a rotation by random angles.
pub(super) struct OneMeasurement {
    pub(super) h: f64,
    pub(super) g: f64,
    pub(super) y: f64,
    pub(super) setup: Commuting,
}

impl OneMeasurement {
    pub(super) fn draw(stream: &mut Stream) -> OneMeasurement {
        let (h, g, y) = (stream.uniform(0.2, 0.45), stream.uniform(0.3, 0.8), stream.uniform(1.2, 2.5));
        let first = stream.normals(3);
        let basis = orthonormal_basis(&first, stream);
        OneMeasurement { h, g, y, setup: Commuting { basis, spectra: vec![vec![1.0, h, -g]], values: vec![y] } }
    }

    /// log(1/α)/y until the first mode has grown, and forty e-foldings of the rest, at a rate of about 4y.
    pub(super) fn time(&self, alpha: f64) -> f64 {
        (ln(1.0 / alpha) + 12.0) / self.y
    }

    fn end(&self, alpha: f64) -> Result<End> {
        self.setup.end(alpha, self.time(alpha))
    }
}

/// A power of ten between 10^low and 10^high.
fn start_size(stream: &mut Stream, low: f64, high: f64) -> f64 {
    pow(10.0, stream.uniform(low, high))
}

/// Three measurements, each from a start of another size.
pub(super) fn one(seed: Seed) -> Result<Vec<(OneMeasurement, End)>> {
    let stream = &mut seed.stream("matrix-factorization", "one measurement");
    let mut run = |(low, high): (f64, f64)| {
        let measurement = OneMeasurement::draw(stream);
        let end = measurement.end(start_size(stream, low, high))?;
        Ok((measurement, end))
    };
    [(-0.7, -0.3), (-2.2, -1.8), (-3.2, -2.8)].into_iter().map(&mut run).collect()
}

/// At every α λ_i = α² e^(ν a_i), with ν from <A, X> = y.
pub(super) fn eigenvalues(k: usize, measurement: &OneMeasurement, end: &End, claims: &mut Claims) {
    let OneMeasurement { h, g, y, .. } = measurement;
    let (alpha, a) = (end.alpha, [1.0, *h, -g]);
    let value = |nu: f64| a.iter().map(|a| a * alpha * alpha * exp(nu * a)).sum::<f64>() - y;
    let nu = bisect(value, 0.0, ln(2.0 * y) - 2.0 * ln(alpha));
    for (i, (lambda, a)) in end.lambda.iter().zip(a).enumerate() {
        claims.equal(
            format!("start {}: λ_{} over α² e^(ν a_{})", k + 1, i + 1, i + 1),
            lambda / (alpha * alpha * exp(nu * a)),
            1.0,
            // A has entries of six roundings, by as much of which ν, the size of its root, is off.
            end.relative(*lambda) + Slack::rounding(12.0, nu),
        );
    }
    claims.equal(format!("start {}: max |q_i'X q_j|, i ≠ j", k + 1), end.beside, 0.0, end.entry_slack()).on("y", *y);
}

/// Starts α = limit + ε with ε -> 0; the theorem is about limit = 0.
pub(super) struct Starts {
    pub(super) measurement: OneMeasurement,
    /// ε, and where the flow ends.
    pub(super) ends: Vec<(f64, End)>,
}

impl Starts {
    fn towards(limit: f64, stream: &mut Stream) -> Result<Starts> {
        let measurement = OneMeasurement::draw(stream);
        let first = start_size(stream, -2.3, -2.0);
        let end = |k: u32| {
            let epsilon = first * pow(10.0, -f64::from(k));
            Ok((epsilon, measurement.end(limit + epsilon)?))
        };
        Ok(Starts { ends: (0..3).map(end).collect::<Result<_>>()?, measurement })
    }
}

pub(super) fn starts_that_vanish(seed: Seed) -> Result<Starts> {
    Starts::towards(0.0, &mut seed.stream("matrix-factorization", "starts that vanish"))
}

/// The same about a start that does not vanish.
pub(super) fn starts_that_stay(seed: Seed) -> Result<Starts> {
    let stream = &mut seed.stream("matrix-factorization", "starts that stay");
    let limit = stream.uniform(0.2, 0.4);
    Starts::towards(limit, stream)
}

/// What the theorem says of a start of size ε that vanishes.
pub(super) struct Vanishing {
    /// λ_2 and λ_3: their leading terms, and their first relative corrections.
    pub(super) second: f64,
    pub(super) third: f64,
    pub(super) corrections: [f64; 2],
    /// The second relative correction of either, at the most.
    pub(super) beyond: f64,
    pub(super) trace: f64,
}

/// With λ_2 = α^(2(1-h)) λ_1^h, λ_3 = α^(2(1+g)) λ_1^-g and λ_1 = y - hλ_2 + gλ_3: of λ_1 = y(1 + ξ) the ξ is to first
/// order (gλ_3 - hλ_2)/y at the leading terms.
pub(super) fn vanishing(measurement: &OneMeasurement, epsilon: f64) -> Vanishing {
    let OneMeasurement { h, g, y, .. } = *measurement;
    let (second, third) = (pow(epsilon, 2.0 * (1.0 - h)) * pow(y, h), pow(epsilon, 2.0 * (1.0 + g)) * pow(y, -g));
    let xi = (g * third - h * second) / y;
    let corrections = [h * xi, -g * xi];
    let trace = y + (1.0 - h) * second * (1.0 + corrections[0]) + (1.0 + g) * third * (1.0 + corrections[1]);
    // (1 + ξ)^p is 1 + pξ and p(p - 1)/2 ξ² more; ξ itself moves with the corrections of λ_2 and λ_3.
    let beyond = (g * (g + 1.0) * xi * xi).abs() + (h.max(g) * xi * (g * g * third + h * h * second) / y).abs();
    Vanishing { second, third, corrections, beyond, trace }
}

/// As α -> 0 the trace comes down to y, the least that any positive semidefinite solution has, since <A, X> ≤ tr X; and
/// the other eigenvalues vanish at their rates.
pub(super) fn least_trace(starts: &Starts, claims: &mut Claims) {
    let Starts { measurement, ends, .. } = starts;
    let OneMeasurement { h, y, .. } = measurement;
    for (k, (epsilon, end)) in ends.iter().enumerate() {
        let Vanishing { second, third, corrections, beyond, .. } = vanishing(measurement, *epsilon);
        let [_, lambda_2, lambda_3] = end.lambda[..] else { unreachable!("three eigenvalues") };
        claims.equal(
            format!("start {}: λ_2 over α^(2(1-h)) y^h, with its next term", k + 1),
            lambda_2 / second,
            1.0 + corrections[0],
            Slack::next_term(beyond, 2.0) + end.relative(lambda_2),
        );
        claims.equal(
            format!("start {}: λ_3 over α^(2(1+g)) y^-g, with its next term", k + 1),
            lambda_3 / third,
            1.0 + corrections[1],
            Slack::next_term(beyond, 2.0) + end.relative(lambda_3),
        );
    }
    // The excess of the trace is a multiple of α^(2(1-h)), to leading order: gone from a combination of two starts.
    let [.., (from, before), (to, last)] = &ends[..] else { unreachable!("three starts") };
    let ratio = pow(to / from, 2.0 * (1.0 - h));
    let extrapolated = |from: f64, to: f64| (to - ratio * from) / (1.0 - ratio) / y;
    let [at_from, at_to] = [*from, *to].map(|epsilon| vanishing(measurement, epsilon));
    claims.equal(
        "tr X over the least trace y, extrapolated to the limit of the starts",
        extrapolated(before.trace(), last.trace()),
        extrapolated(at_from.trace, at_to.trace),
        (before.entry_slack() + last.entry_slack()).times(1.0 / ((1.0 - ratio) * y))
            + Slack::next_term(at_from.beyond * at_from.second / y, 2.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// Three measurements
// ---------------------------------------------------------------------------------------------------

/// Three measurements of a matrix, and the flow from αI.
pub(super) struct ThreeMeasurements {
    pub(super) setup: Commuting,
    /// At times in geometric progression, the last of which has seen forty e-foldings of what is slowest.
    path: Vec<End>,
    /// Vectors of eigenvalues beside those of the last: other solutions.
    solutions: Vec<Vec<f64>>,
}

pub(super) fn three(seed: Seed) -> Result<ThreeMeasurements> {
    let stream = &mut seed.stream("matrix-factorization", "three measurements");
    let n = stream.whole(5, 6);
    let first = stream.normals(n);
    let basis = orthonormal_basis(&first, stream);
    // Positive spectra, each large where the others are small, and the values of a positive definite matrix: the flow
    // settles fast.
    let mut spectrum = |k: usize| -> Vec<f64> {
        (0..n).map(|i| if i % 3 == k { stream.uniform(0.7, 1.0) } else { stream.uniform(0.2, 0.5) }).collect()
    };
    let spectra = vec![spectrum(0), spectrum(1), spectrum(2)];
    let truth: Vec<f64> = (0..n).map(|_| stream.uniform(0.4, 1.6)).collect();
    let values = spectra.iter().map(|a| dot(a, &truth)).collect();
    let setup = Commuting { basis, spectra, values };
    let alpha = stream.uniform(0.05, 0.2);
    let early = setup.end(alpha, 20.0)?;
    let time = (40.0 / setup.slowest_of_three(&early.lambda)).max(20.0);
    let times: Vec<f64> = (0..24).map(|k| 0.1 * pow(10.0 * time, f64::from(k) / 23.0)).collect();
    let path = setup.path(alpha, &times)?;
    let lambda = &path[path.len() - 1].lambda;
    let mut solution = || {
        let beside = outside(&setup.spectra, &stream.normals(n));
        // Half way to where an eigenvalue vanishes.
        let reach = beside.iter().zip(lambda).map(|(b, l)| l / b.abs()).fold(f64::INFINITY, f64::min);
        combine(0.5 * reach, &beside, lambda)
    };
    Ok(ThreeMeasurements { solutions: (0..20).map(|_| solution()).collect(), setup, path })
}

/// The part of a vector that no combination of the spectra makes up.
fn outside(spectra: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    let mut axes: Vec<Vec<f64>> = Vec::new();
    for spectrum in spectra {
        let axis = axes.iter().fold(spectrum.clone(), |axis, before| reject(&axis, before));
        let length = norm(&axis);
        axes.push(axis.iter().map(|x| x / length).collect());
    }
    axes.iter().fold(vector.to_vec(), |rest, axis| reject(&rest, axis))
}

/// log(X/α²) is in the span of the measurements; with <A_k, X> = y_k that is what makes X the minimiser of ψ(X) =
/// tr(X log X - X) - 2 log(α) tr X: the ψ of another solution Z is larger by its relative entropy to X.
pub(super) fn commuting_measurements(three: &ThreeMeasurements, claims: &mut Claims) {
    let ThreeMeasurements { setup, path, solutions } = three;
    let last = path.last().expect("24 times");
    let least = |end: &End| end.lambda.iter().copied().fold(f64::INFINITY, f64::min);
    let logs =
        |end: &End| -> Vec<f64> { end.lambda.iter().map(|lambda| ln(lambda / (end.alpha * end.alpha))).collect() };
    // The root of the sum of n squares; the spectra are as little independent as they are, which the scale shows.
    let slack = |end: &End| end.relative(least(end)).times((end.lambda.len() as f64).sqrt());
    let worst = path.iter().max_by(|a, b| slack(a).total().total_cmp(&slack(b).total())).expect("24 times");
    claims
        .equal(
            format!("three measurements: |part of log(X/α²) outside span{{A_k}}|, the largest at {} times", path.len()),
            largest(path.iter().map(|end| norm(&outside(&setup.spectra, &logs(end))))),
            0.0,
            slack(worst),
        )
        .on("|log(X/α²)| at the end", norm(&logs(last)));
    let measured: Vec<f64> = setup.spectra.iter().map(|a| dot(a, &last.lambda)).collect();
    claims
        .equal(
            "three measurements: max |<A_k, X> - y_k|",
            largest(difference(&measured, &setup.values)),
            0.0,
            last.entry_slack() + Slack::next_term(exp(-40.0), largest(setup.values.iter().copied())),
        )
        .on("max y_k", largest(setup.values.iter().copied()));
    let psi = |zeta: &[f64]| zeta.iter().map(|z| z * (ln(*z) - 1.0 - 2.0 * ln(last.alpha))).sum::<f64>();
    let entropy = |zeta: &[f64]| zeta.iter().zip(&last.lambda).map(|(z, l)| z * ln(z / l) - z + l).sum::<f64>();
    let apart = solutions.iter().map(|zeta| (psi(zeta) - psi(&last.lambda)) / entropy(zeta) - 1.0);
    let smallest = solutions.iter().map(|zeta| entropy(zeta)).fold(f64::INFINITY, f64::min);
    // ψ is a sum of n terms of its own size; its difference moves by Σ (z - λ) δ log λ.
    let size = last.trace() * (2.0 - 2.0 * ln(last.alpha));
    claims
        .equal(
            format!(
                "three measurements: ψ(Z) - ψ(X) over the relative entropy of Z to X, less 1, at {} drawn solutions Z",
                solutions.len()
            ),
            largest(apart),
            0.0,
            (last.relative(least(last)).times(last.trace()) + Slack::rounding(8.0 * last.lambda.len() as f64, size))
                .times(1.0 / smallest),
        )
        .on("1", 1.0);
}

// ---------------------------------------------------------------------------------------------------
// Entries, which do not commute
// ---------------------------------------------------------------------------------------------------

/// The unobserved entry of log(X/α²) for [[*, b], [b, d]], at the start sizes α: λ_1 and the eigenvectors from X, λ_2
/// from the determinant.
pub(super) struct Entries {
    b: f64,
    d: f64,
    alphas: Vec<f64>,
    logs: Vec<Quantity>,
}

pub(super) fn entries(seed: Seed) -> Result<Entries> {
    let stream = &mut seed.stream("matrix-factorization", "entries");
    let (b, d) = (stream.uniform(0.8, 1.2), stream.uniform(0.4, 0.6));
    let problem = Completion::from_rows(&[[None, Some(b)], [Some(b), Some(d)]]);
    let alphas = vec![0.3, 0.1, 0.03, 1e-8, 1e-10];
    let log = |&alpha: &f64| -> Result<Quantity> {
        let start = Factors::identity(&problem, alpha);
        let at = &flow(&problem, &start, &[settling_time(b, b, d, alpha)], TIGHT)?[0];
        let spectrum = |factors: &Factors| {
            let [x, y, z] = [(0, 0), (0, 1), (1, 1)].map(|(i, j)| factors.entry(i, j));
            let lambda_1 = 0.5 * (x + z) + (0.25 * (x - z) * (x - z) + y * y).sqrt();
            let share = y * y / (y * y + (lambda_1 - x) * (lambda_1 - x));
            (share, ln(lambda_1), factors.log_det().0 - ln(lambda_1))
        };
        let (value, drift) = at.measure(|factors| {
            let (share, first, second) = spectrum(factors);
            share * first + (1.0 - share) * second - 2.0 * ln(alpha)
        });
        // The eigenvector turns by |δX|/λ_1, of the size of |X|; the law rounds a logarithm and W.
        let (_, first, second) = spectrum(&at.factors);
        let turned = product_slack(at).times((2.0 + 2.0 * (first - second).abs()) / square(&at.factors));
        Ok(Quantity::new(
            value,
            Slack::integration(drift) + turned + Slack::rounding(2.0 * at.roundings, 2.0 + second.abs()),
        ))
    };
    let logs = alphas.iter().map(log).collect::<Result<_>>()?;
    Ok(Entries { b, d, alphas, logs })
}

/// The claim of commuting measurements on entries: log(X/α²) would vanish where nothing is observed.
pub(super) fn span_of_entries(entries: &Entries, claims: &mut Claims) {
    for (alpha, log) in entries.alphas.iter().zip(&entries.logs) {
        claims
            .equal(format!("α = {alpha}: unobserved entry of log(X/α²)"), log.clone(), 0.0, Slack::rounding(1.0, 1.0))
            .on("log(1/α²)", -2.0 * ln(*alpha));
    }
}

/// The limit is the rank one matrix with x_11 = b²/d, whose eigenvector is (b, d)/√(b² + d²); λ_2 is det X/λ_1 and falls
/// like α^p, p = 2(1 + s_2/s_1). With the share σ = b²/(b² + d²) the entry is therefore σ 2L + (1 - σ)(2 - p)L + const,
/// L = log(1/α).
pub(super) fn logarithm_of_entries(entries: &Entries, claims: &mut Claims) {
    let Entries { b, d, alphas, logs } = entries;
    let [.., near, far] = &logs[..] else { unreachable!("five starts") };
    let [s_1, s_2] = singular_values_of(*b, *b, *d);
    let (p, share) = (2.0 * (1.0 + s_2 / s_1), b * b / (b * b + d * d));
    claims.equal(
        "growth of the unobserved entry of log(X/α²) with log(1/α), from α = 1e-8 to 1e-10",
        (far.clone() - near.clone()) / (2.0 * LN_10),
        2.0 * share + (1.0 - share) * (2.0 - p),
        // X begins at α², and so relatively off by as much is every constant; log λ_2 is p times log α.
        Slack::next_term(pow(alphas[3], 2.0) * p * -ln(alphas[3]), 2.0),
    );
}
