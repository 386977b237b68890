//! Designs with a drawn spectrum, and the two estimators as matrices that were run, column by column.

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{axpy, distance, dot, exp, ln, norm};
use theoremcheck::seed::Stream;

/// X = Σ √(n s_i) u_i v_i', whose X'X/n has the eigenvalues s_i along v_i, and 0 beside them.
pub(super) struct Design {
    pub(super) x: Points,
    pub(super) s: Vec<f64>,
    /// All of R^n and of R^d; the first ones belong to the eigenvalues.
    pub(super) left: Vec<Vec<f64>>,
    pub(super) right: Vec<Vec<f64>>,
}

impl Design {
    pub(super) fn new(s: Vec<f64>, count: usize, dim: usize, stream: &mut Stream) -> Result<Design> {
        let left = orthonormal_basis(&stream.normals(count), stream);
        let right = orthonormal_basis(&stream.normals(dim), stream);
        let mut rows = vec![vec![0.0; dim]; count];
        for ((s, u), v) in s.iter().zip(&left).zip(&right) {
            let sigma = (count as f64 * s).sqrt();
            rows.iter_mut().zip(u).for_each(|(row, u)| axpy(sigma * u, v, row));
        }
        Ok(Design { x: Points::new(dim, rows.concat())?, s, left, right })
    }

    pub(super) fn count(&self) -> usize {
        self.x.count()
    }

    pub(super) fn dim(&self) -> usize {
        self.x.dim()
    }

    pub(super) fn largest(&self) -> f64 {
        self.s.iter().copied().fold(0.0, f64::max)
    }

    /// s_i for all d directions: 0 beside the row space.
    pub(super) fn all_s(&self) -> impl Iterator<Item = f64> {
        self.s.iter().copied().chain(std::iter::repeat(0.0)).take(self.dim())
    }
}

/// Logarithmically uniform between the two.
pub(super) fn log_uniform(stream: &mut Stream, low: f64, high: f64) -> f64 {
    exp(stream.uniform(ln(low), ln(high)))
}

/// The gradient flow of |X b - y|²/2n.
struct Flow<'a> {
    x: &'a Points,
    y: &'a [f64],
}

impl Ode for Flow<'_> {
    fn dim(&self) -> usize {
        self.x.dim()
    }

    fn rate(&self, _: f64, b: &[f64], db: &mut [f64]) {
        db.fill(0.0);
        let count = self.y.len() as f64;
        for (x, y) in self.x.rows().zip(self.y) {
            axpy((y - dot(x, b)) / count, x, db);
        }
    }
}

const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };

/// An estimate, and how far it may be off.
pub(super) struct Estimate {
    pub(super) b: Vec<f64>,
    pub(super) slack: Slack,
}

/// Where the gradient flow from `start` is at time t.
pub(super) fn flow_from(start: &[f64], x: &Points, y: &[f64], t: f64) -> Result<Estimate> {
    let run = |tolerance| dormand_prince(&Flow { x, y }, 0.0, start, &[t], tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let b = fine.states[0].clone();
    let slack = Slack::integration(distance(&b, &coarse.states[0]) + fine.local[0])
        + Slack::rounding(fine.roundings[0], norm(&b) + norm(start));
    Ok(Estimate { b, slack })
}

/// The flow from 0 at increasing times.
pub(super) fn flow_through(x: &Points, y: &[f64], times: &[f64]) -> Result<Vec<Estimate>> {
    let start = vec![0.0; x.dim()];
    let run = |tolerance| dormand_prince(&Flow { x, y }, 0.0, &start, times, tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let at = |k: usize| {
        let b = fine.states[k].clone();
        let slack = Slack::integration(distance(&b, &coarse.states[k]) + fine.local[k])
            + Slack::rounding(fine.roundings[k], norm(&b));
        Estimate { b, slack }
    };
    Ok((0..times.len()).map(at).collect())
}

/// The minimiser of |X b - y|²/2n + λ|b|²/2, from the normal equations (X'X + nλ) b = X'y by Cholesky's elimination.
pub(super) fn ridge(x: &Points, y: &[f64], lambda: f64) -> Estimate {
    let (count, dim) = (x.count() as f64, x.dim());
    let mut matrix: Vec<Vec<f64>> = vec![vec![0.0; dim]; dim];
    for row in x.rows() {
        (0..dim).for_each(|i| axpy(row[i], row, &mut matrix[i]));
    }
    let trace: f64 = (0..dim).map(|i| matrix[i][i]).sum();
    (0..dim).for_each(|i| matrix[i][i] += count * lambda);
    let mut b = x.combination(y);
    for k in 0..dim {
        let pivot = matrix[k].clone();
        for i in k + 1..dim {
            let factor = matrix[i][k] / pivot[k];
            axpy(-factor, &pivot, &mut matrix[i]);
            b[i] -= factor * b[k];
        }
    }
    for k in (0..dim).rev() {
        let known = dot(&matrix[k][k + 1..], &b[k + 1..]);
        b[k] = (b[k] - known) / matrix[k][k];
    }
    // Of a positive definite matrix: a backward error of 3d roundings of its trace, and the sums of n products.
    let condition = (trace + count * lambda) / (count * lambda);
    let slack = Slack::rounding(
        (3.0 * dim as f64 + count) * condition,
        norm(&b) + norm(y) * trace.sqrt() / (trace + count * lambda),
    );
    Estimate { b, slack }
}

/// A linear estimator A: its columns are the estimates for y = e_j.
pub(super) struct Estimator {
    pub(super) columns: Vec<Vec<f64>>,
    /// On |A| as a whole.
    pub(super) slack: Slack,
}

impl Estimator {
    fn of(count: usize, estimate: impl Fn(&[f64]) -> Result<Estimate>) -> Result<Estimator> {
        let (mut columns, mut slack) = (Vec::new(), Slack::default());
        for j in 0..count {
            let mut y = vec![0.0; count];
            y[j] = 1.0;
            let estimate = estimate(&y)?;
            columns.push(estimate.b);
            slack = slack + estimate.slack;
        }
        Ok(Estimator { columns, slack })
    }

    /// The flow from 0 at time t.
    pub(super) fn flow(x: &Points, t: f64) -> Result<Estimator> {
        Estimator::of(x.count(), |y| flow_from(&vec![0.0; x.dim()], x, y, t))
    }

    pub(super) fn ridge(x: &Points, lambda: f64) -> Result<Estimator> {
        Estimator::of(x.count(), |y| Ok(ridge(x, y, lambda)))
    }

    /// A y.
    pub(super) fn apply(&self, y: &[f64]) -> Vec<f64> {
        let mut b = vec![0.0; self.columns[0].len()];
        self.columns.iter().zip(y).for_each(|(column, y)| axpy(*y, column, &mut b));
        b
    }

    /// (A X - 1) β: what the estimate for y = X β lacks.
    pub(super) fn bias(&self, x: &Points, beta: &[f64]) -> Vec<f64> {
        let mut lack = self.apply(&x.margins(beta));
        axpy(-1.0, beta, &mut lack);
        lack
    }
}

/// Gradient descent from 0 with so many steps of t/steps, as an estimator.
pub(super) fn descent(x: &Points, t: f64, steps: u32) -> Estimator {
    let flow = |y: &[f64]| {
        let problem = Flow { x, y };
        let (mut b, mut rate) = (vec![0.0; x.dim()], vec![0.0; x.dim()]);
        for _ in 0..steps {
            problem.rate(0.0, &b, &mut rate);
            axpy(t / f64::from(steps), &rate, &mut b);
        }
        let ops = f64::from(steps) * (x.count() + 4) as f64;
        Ok(Estimate { slack: Slack::rounding(ops, norm(&b)), b })
    };
    Estimator::of(x.count(), flow).expect("nothing that can fail")
}

/// What is measured of an error b - β: its length, that of X(b - β)/√n, or its size under a covariance of new examples.
pub(super) enum Weighing<'a> {
    Estimation,
    InSample,
    /// The rows of a matrix R with Σ = R'R.
    OutOfSample(&'a Points),
}

impl Weighing<'_> {
    /// The weighed error, whose square counts.
    fn weigh(&self, x: &Points, error: &[f64]) -> Vec<f64> {
        match self {
            Weighing::Estimation => error.to_vec(),
            Weighing::InSample => x.margins(error).iter().map(|e| e / (x.count() as f64).sqrt()).collect(),
            Weighing::OutOfSample(root) => root.margins(error),
        }
    }

    /// No weighed error is longer than so many times the error.
    fn largest(&self, x: &Points) -> f64 {
        let frobenius = |points: &Points| points.rows().map(|x| dot(x, x)).sum::<f64>().sqrt();
        match self {
            Weighing::Estimation => 1.0,
            Weighing::InSample => frobenius(x) / (x.count() as f64).sqrt(),
            Weighing::OutOfSample(root) => frobenius(root),
        }
    }
}

/// E|b - β|², weighed, over the noise and over every β of `signals`, which are added up: one β, or for a prior of
/// covariance τ² the d vectors τ e_i.
pub(super) fn risk(a: &Estimator, x: &Points, signals: &[Vec<f64>], noise: f64, weighing: &Weighing) -> Quantity {
    let mut value = 0.0;
    let mut error = 0.0;
    let off = a.slack.total() * weighing.largest(x);
    let frobenius = x.rows().map(|x| dot(x, x)).sum::<f64>().sqrt();
    for beta in signals {
        let lack = norm(&weighing.weigh(x, &a.bias(x, beta)));
        value += lack * lack;
        error += 2.0 * lack * off * frobenius * norm(beta);
    }
    let spread: f64 = a.columns.iter().map(|column| weighing.weigh(x, column)).map(|c| dot(&c, &c)).sum();
    value += noise * spread;
    error += 2.0 * noise * spread.sqrt() * off;
    let ops = (4 * x.count() * x.dim() + 8) as f64;
    Quantity::new(value, Slack::integration(error) + Slack::rounding(ops, value))
}

/// One risk over another.
pub(super) fn over(above: Quantity, below: Quantity) -> Quantity {
    let ratio = above.value / below.value;
    let slack = above.slack.times(1.0 / below.value) + below.slack.times(ratio / below.value);
    Quantity::new(ratio, slack)
}

/// τ e_i, one for each coordinate: their risks add up to the mean over a prior of covariance τ².
pub(super) fn isotropic(dim: usize, tau: f64) -> Vec<Vec<f64>> {
    (0..dim).map(|i| (0..dim).map(|j| if i == j { tau } else { 0.0 }).collect()).collect()
}
