//! Measurements that commute, where the notes are right at every depth; and a start that does not commute with them.
//!
//! f(X) = Σ_k (<A_k, X> - y_k)² with A_k = Q diag(a_k) Q', and every layer αI. X stays Q diag(λ) Q', and
//! λ_i' = -2N λ_i^(2-2/N) Σ_k (<A_k, X> - y_k) a_ki.

use faer::Mat;

use super::end_to_end::{DEPTHS, TIGHT, singular_values};
use super::plateaus::along;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::deep::{Layers, Moment, completion_flow, flow_watched};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, axpy, bisect, distance, dot, exp, ln, norm, pow, reject};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "commuting-measurements",
        says: "If the measurements are symmetric and commute with each other and every layer starts at αI, then for N ≥ 3 the matrix \
               α^-(N-2) I - X^-(1-2/N) stays in their span, at every α and every time; at depth 2 it is log(X/α²) that does.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N19"],
        claims: |lab, c| lab.run(several)?.iter().try_for_each(|several| commuting_measurements(several, c)),
    },
    Step {
        id: "least-trace",
        says: "For one measurement Q diag(a) Q' with y > 0 and a_1 > 0 the largest, the trace of the limit comes down to \
               y/a_1, the least of a positive semidefinite solution, at every depth as α goes to 0. Its eigenvalues with \
               ν = a_i/a_1 < 1 vanish like α^(2(1-ν)) at depth 2, and like α^N (1-ν)^(-N/(N-2)), of order α^N whatever the gap, at \
               depth N ≥ 3. Where all solutions have the same trace, the depth may decide which one the flow finds, as it does for \
               tr X = y and x_22 + b x_33 = y, b > 2.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N19"],
        claims: |lab, c| {
            lab.run(single)?.iter().for_each(|single| least_trace(single, single.alpha(), c));
            let ties = lab.run(ties)?;
            ties.iter().for_each(|tie| of_one_trace(tie, c));
            ties.windows(2).for_each(|pair| what_depth_decides(&pair[0], &pair[1], c));
            Ok(())
        },
    },
    Step {
        id: "coupling-by-depth",
        says: "The diagonal (1, d), d > 0, is observed and X starts at α^N [[1, c], [c, 1]], 0 < c < 1, with equal layers. At depth 2 the \
               quotient x_12/√(x_11 x_22) remains c, at every α. At depth N ≥ 3 and d = 1 the eigenvalues λ_1 > λ_2 keep \
               λ_2^-(1-2/N) - λ_1^-(1-2/N), so that the second of the limit is of order α^N as α goes to 0: rank one. All these limits \
               have the same, the least, nuclear norm 1 + d.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N19"],
        claims: |lab, c| {
            lab.run(couplings)?.iter().for_each(|coupling| coupling_by_depth(coupling, c));
            Ok(())
        },
    },
];

// ---------------------------------------------------------------------------------------------------
// Measurements
// ---------------------------------------------------------------------------------------------------

/// What was measured, and the flow from layers of size α.
pub(super) struct Measured {
    pub(super) depth: usize,
    pub(super) alpha: f64,
    /// X(0), and A_k, n × n, row after row.
    pub(super) start: Vec<f64>,
    pub(super) matrices: Vec<Vec<f64>>,
    pub(super) end: Moment,
    /// What a rounding of the layers moves the clock by.
    rounding: f64,
}

impl Measured {
    fn new(start: &Layers, alpha: f64, matrices: Vec<Vec<f64>>, values: &[f64], time: f64) -> Result<Measured> {
        Measured::watched(start, alpha, matrices, values, time, |_, _| ())
    }

    /// The same, and shows t and the layers at every step.
    fn watched(
        start: &Layers,
        alpha: f64,
        matrices: Vec<Vec<f64>>,
        values: &[f64],
        time: f64,
        see: impl FnMut(f64, &Layers),
    ) -> Result<Measured> {
        let gradient = |x: &[f64]| -> Vec<f64> {
            let mut g = vec![0.0; x.len()];
            matrices.iter().zip(values).for_each(|(a, y)| axpy(2.0 * (dot(a, x) - y), a, &mut g));
            g
        };
        let end = flow_watched(start, &gradient, &[time], TIGHT, see)?.remove(0);
        let rounding = rounding_at_the_end(&end.layers)?;
        Ok(Measured { depth: start.depth(), alpha, start: start.product(), matrices, end, rounding })
    }

    /// The length of the part of the clock that no combination of the measurements makes up, what of it may be error, and the
    /// length of all of it.
    fn outside(&self) -> Result<(f64, Slack, f64)> {
        let mut axes: Vec<Vec<f64>> = Vec::new();
        for matrix in &self.matrices {
            let axis = axes.iter().fold(matrix.clone(), |axis, before| reject(&axis, before));
            let length = norm(&axis);
            axes.push(axis.iter().map(|x| x / length).collect());
        }
        let clock = |layers: &Layers| clock(self.depth, self.alpha, &layers.product());
        let outside = |clock: &Vec<f64>| axes.iter().fold(clock.clone(), |left, axis| reject(&left, axis));
        let (fine, coarse) = (clock(&self.end.layers)?, clock(&self.end.coarse)?);
        let lost = Slack::integration(distance(&outside(&fine), &outside(&coarse)));
        Ok((norm(&outside(&fine)), lost + Slack::rounding(self.end.roundings + 64.0, self.rounding), norm(&fine)))
    }
}

/// Q diag(a_k) Q', row after row.
fn with_eigenbasis(basis: &[Vec<f64>], spectra: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = basis.len();
    let entry = |a: &[f64], k: usize| basis.iter().zip(a).map(|(q, a)| a * q[k / n] * q[k % n]).sum();
    spectra.iter().map(|a| (0..n * n).map(|k| entry(a, k)).collect()).collect()
}

/// What errors may be, over the clock.
const RESOLVED: f64 = 1e-3;

/// Three measurements of a 5 × 5 matrix a depth, seen while the flow is still under way.
pub(super) fn several(seed: Seed) -> Result<Vec<Measured>> {
    let several = |depth: usize| {
        let stream = &mut seed.stream("deep-linear", &format!("three measurements, N = {depth}"));
        // Where errors have grown so much that the clock cannot be told from them, others are measured.
        loop {
            let first = stream.normals(5);
            let basis = orthonormal_basis(&first, stream);
            let spectra: Vec<Vec<f64>> = (0..3).map(|_| (0..5).map(|_| stream.uniform(0.2, 1.0)).collect()).collect();
            let truth: Vec<f64> = (0..5).map(|_| stream.uniform(0.3, 1.5)).collect();
            let values: Vec<f64> = spectra.iter().map(|a| dot(a, &truth)).collect();
            let alpha = stream.uniform(0.1, 0.3);
            // A few times as long as the slowest mode would need by itself.
            let least = |a: &[f64]| a.iter().copied().fold(f64::INFINITY, f64::min);
            let pull: f64 = spectra.iter().zip(&values).map(|(a, y)| y * least(a)).sum();
            let time = stream.uniform(2.0, 4.0) * plateau(depth, alpha, pull);
            let start = Layers::identity(5, depth, alpha);
            let mut path = Vec::new();
            let see = |t: f64, layers: &Layers| {
                let lambda: Vec<f64> = basis.iter().map(|q| along(layers, q)).collect();
                let twice = |(a, y): (&Vec<f64>, &f64)| 2.0 * (dot(a, &lambda) - y);
                let residuals: Vec<f64> = spectra.iter().zip(&values).map(twice).collect();
                let pull = |i: usize| spectra.iter().zip(&residuals).map(|(a, r)| r * a[i]).sum();
                path.push(Passed { t, g: (0..5).map(pull).collect(), lambda });
            };
            let matrices = with_eigenbasis(&basis, &spectra);
            let measured = Measured::watched(&start, alpha, matrices, &values, time, see)?;
            let measured = Measured { rounding: rounding_on_the_way(depth, &path), ..measured };
            let (_, slack, size) = measured.outside()?;
            if slack.total() < RESOLVED * size {
                return Ok(measured);
            }
        }
    };
    DEPTHS.into_iter().map(several).collect()
}

/// The entries of [[*, 1], [1, d]], which do not commute.
pub(super) fn entries(seed: Seed) -> Result<Vec<Measured>> {
    let entries = |depth: usize| {
        let stream = &mut seed.stream("deep-linear", &format!("entries, N = {depth}"));
        let (d, alpha) = (stream.uniform(0.4, 0.8), stream.uniform(0.1, 0.3));
        let half = 0.5_f64.sqrt();
        let matrices = vec![vec![0.0, half, half, 0.0], vec![0.0, 0.0, 0.0, 1.0]];
        let time = plateau(depth, alpha, 1.0) + 10.0;
        Measured::new(&Layers::identity(2, depth, alpha), alpha, matrices, &[2.0 * half, d], time)
    };
    DEPTHS.into_iter().map(entries).collect()
}

/// When a mode that is pulled by 2s from α^N would be infinite, or at depth 2 of order one.
pub(super) fn plateau(depth: usize, alpha: f64, s: f64) -> f64 {
    let n = depth as f64;
    if depth == 2 { ln(1.0 / alpha) / (2.0 * s) } else { pow(alpha, 2.0 - n) / (2.0 * (n - 2.0) * s) }
}

/// log(λ/α²), or α^-(N-2) - λ^-(1-2/N).
fn eigenvalue_clock(depth: usize, alpha: f64, lambda: f64) -> f64 {
    let power = 2.0 - depth as f64;
    match depth {
        2 => ln(lambda / (alpha * alpha)),
        _ => pow(alpha, power) - pow(lambda, power / depth as f64),
    }
}

/// log(X/α²), or α^-(N-2) I - X^-(1-2/N), row after row: each eigenvalue of X through its clock.
fn clock(depth: usize, alpha: f64, x: &[f64]) -> Result<Vec<f64>> {
    let n = (x.len() as f64).sqrt() as usize;
    let symmetric = Mat::from_fn(n, n, |i, j| 0.5 * (x[i * n + j] + x[j * n + i]));
    let eigen = symmetric.self_adjoint_eigen(faer::Side::Lower).map_err(Error::no_singular_values)?;
    let clocks: Vec<f64> = (0..n).map(|k| eigenvalue_clock(depth, alpha, eigen.S().column_vector()[k])).collect();
    let q = eigen.U();
    Ok((0..n * n).map(|k| clocks.iter().enumerate().map(|(e, c)| c * q[(k / n, e)] * q[(k % n, e)]).sum()).collect())
}

/// What one rounding of each layer moves the clock of the least eigenvalue by: N σ_1 of X, which is moved by as much as the
/// layers grew, over σ_n^(2-2/N).
fn rounding_at_the_end(layers: &Layers) -> Result<f64> {
    let n = layers.depth() as f64;
    let sigma = singular_values(&layers.product(), layers.widths[0])?;
    Ok(n * sigma[0] / pow(sigma[sigma.len() - 1], 2.0 - 2.0 / n))
}

/// The eigenvalues of X on the way, and the gradient of the loss in each.
struct Passed {
    t: f64,
    lambda: Vec<f64>,
    g: Vec<f64>,
}

/// Between eigenvectors i and j: (c_i - c_j)/(λ_i - λ_j) with c for the clock, and the rate at which an error of it grows,
/// (g_i - g_j) (S - κ (λ_i - λ_j)/(c_i - c_j))/(λ_i - λ_j) where S = Σ_m λ_i^(2(m-1)/N) λ_j^(2(N-m)/N) and κ = N - 2, or 2 at
/// depth two. Of eigenvalues that are close, what they tend to.
fn between(depth: usize, at: &Passed, i: usize, j: usize) -> (f64, f64) {
    let n = depth as f64;
    let kappa = if depth == 2 { 2.0 } else { n - 2.0 };
    let [a, b] = [i, j].map(|k| at.lambda[k]);
    if (a - b).abs() < 1e-5 * a {
        return (kappa / n * pow(a, -2.0 + 2.0 / n), 0.0);
    }
    let slope = (eigenvalue_clock(depth, 1.0, a) - eigenvalue_clock(depth, 1.0, b)) / (a - b);
    let layers = |m: usize| pow(a, 2.0 * m as f64 / n) * pow(b, 2.0 * (depth - 1 - m) as f64 / n);
    (slope, (at.g[i] - at.g[j]) * ((0..depth).map(layers).sum::<f64>() - kappa / slope) / (a - b))
}

/// What one rounding of each layer becomes in the clock, between the worst two eigenvectors and made at the worst time.
fn rounding_on_the_way(depth: usize, path: &[Passed]) -> f64 {
    let grown = |(i, j): (usize, usize)| {
        path.windows(2).fold(0.0, |error: f64, step| {
            let ((_, before), (slope, now)) = (between(depth, &step[0], i, j), between(depth, &step[1], i, j));
            let largest = step[1].lambda.iter().copied().fold(0.0, f64::max);
            let made = depth as f64 * largest * slope;
            (error * exp(0.5 * (before + now) * (step[1].t - step[0].t))).max(made)
        })
    };
    (0..path[0].lambda.len()).flat_map(|i| (0..=i).map(move |j| (i, j))).map(grown).fold(0.0, f64::max)
}

/// The part of the clock that no combination of the measurements makes up.
pub(super) fn commuting_measurements(measured: &Measured, claims: &mut Claims) -> Result<()> {
    let Measured { depth, alpha, .. } = measured;
    let (outside, slack, size) = measured.outside()?;
    let name = if *depth == 2 { "log(X/α²)" } else { "α^-(N-2) I - X^-(1-2/N)" };
    claims
        .equal(format!("N = {depth}, α = {alpha:.2}: |part of {name} outside span{{A_k}}|"), outside, 0.0, slack)
        .on("of all of it", size);
    Ok(())
}

// ---------------------------------------------------------------------------------------------------
// One measurement
// ---------------------------------------------------------------------------------------------------

/// One measurement Q diag(a) Q', and its value.
pub(super) struct Single {
    measured: Measured,
    /// Q: the eigenvectors, one a row.
    basis: Vec<Vec<f64>>,
    a: Vec<f64>,
    y: f64,
}

impl Single {
    pub(super) fn alpha(&self) -> f64 {
        self.measured.alpha
    }

    /// The share of the trace that is not in the first eigenvalue.
    pub(super) fn vanishing(&self) -> f64 {
        let others: f64 = (1..self.a.len()).map(|i| self.eigenvalue(i).value).sum();
        others / (others + self.eigenvalue(0).value)
    }

    /// λ_i = q_i'Xq_i. Rounding is relative to the largest layer, and moves the smallest, at the start
    /// or at the end. The first is what the measurement
    /// leaves it: it forgets its own errors, and moves by what the others move.
    fn eigenvalue(&self, i: usize) -> Quantity {
        let Measured { depth, alpha, end, .. } = &self.measured;
        let (n, lambda) = (*depth as f64, along(&end.layers, &self.basis[i]));
        if i == 0 {
            let others = (1..self.a.len()).map(|i| self.eigenvalue(i).slack.times((self.a[i] / self.a[0]).abs()));
            let moved = others.fold(Slack::default(), |sum, slack| sum + slack);
            return end.measure(lambda * n, |layers| along(layers, &self.basis[0])).with(moved);
        }
        let largest = end.layers.layers().iter().map(|layer| norm(layer)).fold(0.0, f64::max);
        // Before it is learned, an error of a mode changes the length of its plateau: to first order as often as it grew.
        let grown = pow((lambda / pow(*alpha, n)).max(1.0), 1.0 - 2.0 / n);
        let least = alpha.min(pow(lambda, 1.0 / n));
        end.measure(lambda * n * grown * largest / least, |layers| along(layers, &self.basis[i]))
    }
}

fn one_measurement(depth: usize, alpha: impl Fn(&[f64]) -> f64, stream: &mut Stream) -> Result<Single> {
    let first = stream.normals(3);
    let basis = orthonormal_basis(&first, stream);
    let (top, y) = (stream.uniform(0.8, 1.3), stream.uniform(1.2, 2.2));
    let a = vec![top, top * stream.uniform(0.3, 0.6), -top * stream.uniform(0.3, 0.7)];
    let (n, alpha) = (depth as f64, alpha(&a));
    // The plateau, and sixty e-foldings of the residual.
    let rate = 2.0 * n * top * top * pow(y / top, 2.0 - 2.0 / n);
    let time = plateau(depth, alpha, y * top) + 60.0 / rate;
    let matrices = with_eigenbasis(&basis, std::slice::from_ref(&a));
    let measured = Measured::new(&Layers::identity(3, depth, alpha), alpha, matrices, &[y], time)?;
    Ok(Single { measured, basis, a, y })
}

pub(super) fn single(seed: Seed) -> Result<Vec<Single>> {
    let single = |depth: usize| {
        let stream = &mut seed.stream("deep-linear", &format!("one measurement, N = {depth}"));
        let (digits, small) = (stream.uniform(5.0, 6.0), stream.uniform(1.0, 2.0));
        let alpha = |a: &[f64]| match depth {
            // At depth two the least layer comes down to α^(1 - ν), and is to keep its digits beside the largest.
            2 => exp(-LN_10 * digits / (1.0 - a[2] / a[0])),
            3 => 0.015 * small,
            _ => 0.03 * small,
        };
        one_measurement(depth, alpha, stream)
    };
    DEPTHS.into_iter().map(single).collect()
}

/// The same from starts that are not small.
pub(super) fn from_a_large_start(seed: Seed) -> Result<Vec<Single>> {
    let large = |depth: usize| {
        let stream = &mut seed.stream("deep-linear", &format!("large start, N = {depth}"));
        let alpha = stream.uniform(0.4, 0.6);
        one_measurement(depth, |_| alpha, stream)
    };
    DEPTHS.into_iter().map(large).collect()
}

/// Two measurements that leave one trace to all solutions: tr X = y and x_22 + b x_33 = y.
pub(super) struct Tie {
    measured: Measured,
    y: f64,
    /// The entries of diag((b - 1)s, y - bs, s) that has the largest tr X^(2/N), or at depth two the least tr X log X.
    predicted: [f64; 3],
}

/// The solution that a depth finds: (y - bs)/s = (((b - 1)^(2/N) + 1)/b)^(-N/(N-2)), or (b - 1)^((b-1)/b) at depth two.
fn solution_of_depth(depth: usize, b: f64, y: f64) -> [f64; 3] {
    let n = depth as f64;
    let quotient = match depth {
        2 => pow(b - 1.0, (b - 1.0) / b),
        _ => pow((pow(b - 1.0, 2.0 / n) + 1.0) / b, -n / (n - 2.0)),
    };
    let s = y / (b + quotient);
    [(b - 1.0) * s, quotient * s, s]
}

pub(super) fn ties(seed: Seed) -> Result<Vec<Tie>> {
    let stream = &mut seed.stream("deep-linear", "one trace");
    let (b, y, alpha) = (stream.uniform(3.0, 5.0), stream.uniform(1.2, 2.2), stream.uniform(0.3, 0.5));
    let spectra = [vec![1.0; 3], vec![0.0, 1.0, b]];
    let matrices = spectra.map(|a| (0..9).map(|k| if k % 4 == 0 { a[k / 4] } else { 0.0 }).collect::<Vec<f64>>());
    let tie = |depth: usize| {
        let n = depth as f64;
        let predicted = solution_of_depth(depth, b, y);
        // The residuals of both measurements fall at the rates that are the eigenvalues of 2N Σ λ_i^(2-2/N) a_i a_i', the
        // lesser of which is at least its determinant over its trace.
        let [first, second, third] = predicted.map(|lambda| pow(lambda, 2.0 - 2.0 / n));
        let [one, both, other] = [first + second + third, second + b * third, second + b * b * third];
        let rate = 2.0 * n * (one * other - both * both) / (one + other);
        let time = plateau(depth, alpha, y) + 60.0 / rate;
        let start = Layers::identity(3, depth, alpha);
        let measured = Measured::new(&start, alpha, matrices.to_vec(), &[y, y], time)?;
        Ok(Tie { measured, y, predicted })
    };
    DEPTHS.into_iter().map(tie).collect()
}

impl Tie {
    /// x_ii at the end.
    fn entry(&self, i: usize) -> Quantity {
        let Measured { depth, end, .. } = &self.measured;
        let measured = end.measure(*depth as f64 * self.y, |layers| layers.product()[4 * i]);
        // What sixty e-foldings leave, with room for those that come before the rate is that of the end.
        measured.with(Slack::next_term(exp(-40.0) * self.y, 1.0))
    }
}

/// At every α, for the trace that the function has beside tr X^(2/N) is the same for all solutions.
fn of_one_trace(tie: &Tie, claims: &mut Claims) {
    let Measured { depth, alpha, .. } = &tie.measured;
    for (i, entry) in tie.predicted.into_iter().enumerate() {
        claims.equal(
            format!("N = {depth}, α = {alpha:.2}, of one trace: x_{0}{0} over that of the depth", i + 1),
            tie.entry(i) / entry,
            1.0,
            Slack::rounding(16.0, 1.0),
        );
    }
}

/// By how much another layer moves the solution: not at all if b were 2.
fn what_depth_decides(tie: &Tie, deeper: &Tie, claims: &mut Claims) {
    claims.equal(
        format!("of one trace: x_11 at N = {} less that at N = {}", deeper.measured.depth, tie.measured.depth),
        deeper.entry(0) - tie.entry(0),
        deeper.predicted[0] - tie.predicted[0],
        Slack::rounding(16.0, tie.y),
    );
}

/// The eigenvalues that one measurement leads to, exactly and at every α: λ_i = α² e^(μ a_i), or
/// λ_i^-(1-2/N) = α^-(N-2) - μ a_i, with Σ a_i λ_i = y.
fn exact_eigenvalues(depth: usize, alpha: f64, a: &[f64], y: f64) -> Vec<f64> {
    let n = depth as f64;
    let eigenvalue = |mu: f64, a: f64| match depth {
        2 => alpha * alpha * exp(mu * a),
        _ => pow(pow(alpha, 2.0 - n) - mu * a, -n / (n - 2.0)),
    };
    let value = |mu: f64| a.iter().map(|&a| a * eigenvalue(mu, a)).sum::<f64>() - y;
    let most = match depth {
        2 => (ln(4.0 * y / a[0]) - 2.0 * ln(alpha)) / a[0],
        _ => pow(alpha, 2.0 - n) / a[0] * (1.0 - 1e-15),
    };
    let mu = bisect(value, 0.0, most);
    a.iter().map(|&a| eigenvalue(mu, a)).collect()
}

/// Each eigenvalue where the flow ends, and the trace, by the exact formula.
pub(super) fn eigenvalues(single: &Single, claims: &mut Claims) {
    let Measured { depth, alpha, .. } = &single.measured;
    let exact = exact_eigenvalues(*depth, *alpha, &single.a, single.y);
    for (i, exact) in exact.iter().enumerate() {
        // The root μ is known to some roundings, and λ_1 is as many times more sensitive as it grew.
        let n = *depth as f64;
        let grown = if *depth == 2 { 32.0 } else { pow(exact / pow(*alpha, n), 1.0 - 2.0 / n).max(1.0) };
        claims.equal(
            format!("N = {depth}, α = {alpha:.2}: λ_{} over the exact one", i + 1),
            single.eigenvalue(i) / *exact,
            1.0,
            Slack::rounding(32.0, grown),
        );
    }
}

/// The trace, and the eigenvalues that vanish, by their laws as α goes to 0. `alpha` is the start that is taken to vanish.
pub(super) fn least_trace(single: &Single, alpha: f64, claims: &mut Claims) {
    let (depth, a) = (single.measured.depth, &single.a);
    let n = depth as f64;
    let least = single.y / a[0];
    // The law with λ_1 = y/a_1.
    let law = |nu: f64| match depth {
        2 => pow(alpha, 2.0 * (1.0 - nu)) * pow(least, nu),
        _ => pow(alpha, n) * pow(1.0 - nu + nu * pow(alpha, n - 2.0) * pow(least, -1.0 + 2.0 / n), -n / (n - 2.0)),
    };
    let nu: Vec<f64> = a[1..].iter().map(|a_i| a_i / a[0]).collect();
    let rest: f64 = nu.iter().map(|&nu| nu * law(nu) / least).sum();
    // Their sizes, lest the rest cancels.
    let size: f64 = nu.iter().map(|&nu| nu.abs() * law(nu) / least).sum();
    // d log λ_i / d log λ_1.
    let share = |nu: f64| match depth {
        2 => nu,
        _ => {
            let term = nu * pow(alpha, n - 2.0) * pow(least, -1.0 + 2.0 / n);
            term / (1.0 - nu + term)
        }
    };
    let excess: f64 = nu.iter().map(|&nu| (1.0 - nu) * law(nu) * (1.0 - share(nu) * rest)).sum();
    let sum = (0..3).map(|i| single.eigenvalue(i)).fold(Quantity::from(0.0), |sum, lambda| sum + lambda);
    claims.equal(
        format!("N = {depth}, α = {alpha:.1e}: tr X over the least trace y/a_1"),
        sum / least,
        1.0 + excess / least,
        Slack::next_term(excess / least * size * size, 1.0) + Slack::rounding(32.0, 1.0),
    );
    for (i, &nu) in nu.iter().enumerate() {
        claims.equal(
            format!("N = {depth}, α = {alpha:.1e}: λ_{} over its law", i + 2),
            single.eigenvalue(i + 1) / law(nu),
            // λ_1 is y/a_1 less what the others take.
            1.0 - share(nu) * rest,
            Slack::next_term(size * size, 1.0) + Slack::rounding(32.0, 1.0),
        );
    }
}

// ---------------------------------------------------------------------------------------------------
// A start that does not commute
// ---------------------------------------------------------------------------------------------------

/// The diagonal (1, d) observed, and every layer α [[1, c], [c, 1]]^(1/N).
pub(super) struct Coupling {
    depth: usize,
    alpha: f64,
    c: f64,
    d: f64,
    end: Moment,
    minimum: MinNuclearNorm,
}

/// Layers α [[1, c], [c, 1]]^(1/N).
pub(super) fn coupled_layers(c: f64, depth: usize, alpha: f64) -> Layers {
    let [plus, minus] = [1.0 + c, 1.0 - c].map(|lambda| alpha * pow(lambda, 1.0 / depth as f64));
    let (same, other) = (0.5 * (plus + minus), 0.5 * (plus - minus));
    Layers::equal(&[same, other, other, same], 2, depth)
}

/// The diagonal (1, d) of a 2 × 2 matrix.
pub(super) fn diagonal_observed(d: f64) -> Completion {
    Completion { rows: 2, cols: 2, entries: vec![Entry { i: 0, j: 0, m: 1.0 }, Entry { i: 1, j: 1, m: d }] }
}

pub(super) fn couplings(seed: Seed) -> Result<Vec<Coupling>> {
    let coupling = |depth: usize| -> Result<Coupling> {
        let stream = &mut seed.stream("deep-linear", &format!("coupling, N = {depth}"));
        let c = stream.uniform(0.3, 0.7);
        let (d, alpha) = match depth {
            2 => (stream.uniform(0.4, 2.0), stream.uniform(0.05, 0.5)),
            3 => (1.0, stream.uniform(0.01, 0.03)),
            _ => (1.0, stream.uniform(0.03, 0.06)),
        };
        let (start, problem) = (coupled_layers(c, depth, alpha), diagonal_observed(d));
        let slowest = d.min(1.0);
        let time = plateau(depth, alpha, slowest) + 20.0 / slowest;
        let end = completion_flow(&problem, &start, &[time], TIGHT)?.remove(0);
        Ok(Coupling { depth, alpha, c, d, end, minimum: min_nuclear_norm(&problem)? })
    };
    DEPTHS.into_iter().map(coupling).collect()
}

impl Coupling {
    /// The same as measurements, which commute with each other and not with the start.
    pub(super) fn measured(&self) -> Result<Measured> {
        let matrices = vec![vec![1.0, 0.0, 0.0, 0.0], vec![0.0, 0.0, 0.0, 1.0]];
        let size = pow(self.alpha, self.depth as f64);
        let start = [1.0, self.c, self.c, 1.0].map(|x| size * x).to_vec();
        let rounding = rounding_at_the_end(&self.end.layers)?;
        Ok(Measured { depth: self.depth, alpha: self.alpha, start, matrices, end: self.end.clone(), rounding })
    }
}

/// λ_1 ≥ λ_2 of the limit if d = 1: their sum is 2, and λ_2^-(1-2/N) - λ_1^-(1-2/N) what it is at the start.
fn coupled_eigenvalues(depth: usize, alpha: f64, c: f64) -> [f64; 2] {
    let n = depth as f64;
    let power = |lambda: f64| pow(lambda, -1.0 + 2.0 / n);
    let gap = pow(alpha, 2.0 - n) * (power(1.0 - c) - power(1.0 + c));
    let kept = |log: f64| gap - power(exp(log)) + power(2.0 - exp(log));
    let least = exp(bisect(kept, n * ln(alpha) - 10.0, 0.0));
    [2.0 - least, least]
}

/// What remains of the coupling, by depth.
pub(super) fn coupling_by_depth(coupling: &Coupling, claims: &mut Claims) {
    let Coupling { depth, alpha, c, d, end, minimum } = coupling;
    let n = *depth as f64;
    let name = format!("N = {depth}, α = {alpha:.2}, c = {c:.2}");
    let size = end.layers.layers().iter().map(|layer| norm(layer)).fold(0.0, f64::max) / alpha;
    if *depth == 2 {
        let correlation = |layers: &Layers| {
            let x = layers.product();
            x[1] / (x[0] * x[3]).sqrt()
        };
        claims.equal(
            format!("{name}, d = {d:.2}: x_12/√(x_11 x_22)"),
            end.measure(size, correlation),
            *c,
            Slack::rounding(32.0, size),
        );
    } else {
        let half = 0.5_f64.sqrt();
        let predicted = coupled_eigenvalues(*depth, *alpha, *c);
        for (i, axis, predicted) in [(1, [half, half], predicted[0]), (2, [half, -half], predicted[1])] {
            claims.equal(
                format!("{name}, d = 1: λ_{i} over the conserved one"),
                end.measure(n * n * size, |layers| along(layers, &axis) / predicted),
                1.0,
                Slack::rounding(64.0, size),
            );
        }
    }
    // X is positive semidefinite, so that its nuclear norm is its trace.
    let trace = |layers: &Layers| along(layers, &[1.0, 0.0]) + along(layers, &[0.0, 1.0]);
    claims.equal(
        format!("{name}, d = {d:.2}: nuclear norm over the certified minimum"),
        end.measure(n * (1.0 + d), trace) / minimum.norm,
        1.0,
        Slack::certificate(minimum.certificate.relative_gap) + Slack::rounding(32.0, 1.0),
    );
    claims.equal(
        format!("{name}, d = {d:.2}: the certified minimum"),
        minimum.norm,
        1.0 + d,
        Slack::certificate(minimum.norm * minimum.certificate.relative_gap) + Slack::rounding(16.0, 1.0 + d),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two measurements of 2 × 2 matrices that span the diagonal, of which the first mode is learned, and comes down again for
    /// the second; and layers that are not quite diagonal.
    #[test]
    fn an_error_of_the_clock_grows_at_its_rate() {
        let (spectra, values) = ([[1.0, 0.5], [0.3, 0.55]], [0.7, 0.61]);
        for depth in DEPTHS {
            let alpha = 0.15;
            let residuals = |x: &[f64]| [0, 1].map(|k| 2.0 * (spectra[k][0] * x[0] + spectra[k][1] * x[3] - values[k]));
            let pull = |x: &[f64], i: usize| residuals(x).iter().zip(&spectra).map(|(r, a)| r * a[i]).sum::<f64>();
            let gradient = |x: &[f64]| vec![pull(x, 0), 0.0, 0.0, pull(x, 1)];
            let start = Layers::equal(&[alpha, 1e-9, 1e-9, alpha], 2, depth);
            let mut path = Vec::new();
            let see = |t: f64, layers: &Layers| {
                let x = layers.product();
                path.push(Passed { t, lambda: vec![x[0], x[3]], g: vec![pull(&x, 0), pull(&x, 1)] });
            };
            let time = 30.0 * plateau(depth, alpha, 1.0);
            let end = flow_watched(&start, &gradient, &[time], TIGHT, see).unwrap().remove(0);
            let log_of_growth = |path: &[&Passed]| -> f64 {
                let rate = |at: &Passed| between(depth, at, 0, 1).1;
                path.windows(2).map(|step| 0.5 * (rate(step[0]) + rate(step[1])) * (step[1].t - step[0].t)).sum()
            };
            let every: Vec<&Passed> = path.iter().collect();
            let second: Vec<&Passed> = path.iter().step_by(2).collect();
            let error = |layers: &Layers| clock(depth, alpha, &layers.product()).unwrap()[1];
            let measured = ln(error(&end.layers) / error(&start));
            // The trapezoids of every second step err four times as much.
            let (fine, coarse) = (log_of_growth(&every), log_of_growth(&second));
            assert!(
                (measured - fine).abs() < (fine - coarse).abs(),
                "N = {depth}: {measured} where {fine} is predicted"
            );
            assert!(depth < 4 || measured > 2.0, "it should grow");
        }
    }
}
