//! The experiments: a problem, its decomposition, what the theorem predicts for every step, and a trajectory.

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::least_squares::{Iterate, adagrad, descend};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::{Planted, Regression, plant};
use theoremcheck::real::{LN_2, axpy, combine, dot, exp, exp_m1, ln, ln_1p, norm, pow};
use theoremcheck::reference::least_norm::{Decomposition, Nearest, decompose};
use theoremcheck::seed::Seed;

/// A problem and a start, with what the theorem predicts, and the trajectory.
pub(super) struct Run {
    pub(super) problem: Regression,
    pub(super) reference: Decomposition,
    pub(super) eta: f64,
    pub(super) start: Vec<f64>,
    /// w∞, the certified minimiser nearest to the start.
    pub(super) limit: Nearest,
    /// The coordinates of w_0 - w∞ along the right singular vectors.
    pub(super) coordinates: Vec<f64>,
    pub(super) iterates: Vec<Iterate>,
}

impl Run {
    pub(super) fn new(problem: Regression, eta: f64, start: Vec<f64>, record: &[u64]) -> Result<Run> {
        let iterates = descend(&problem, eta, &start, record);
        let reference = decompose(&problem.x)?;
        let limit = reference.nearest(&problem, &start);
        // σ_i c_i = u_i·(X w_0 - y), which small singular values leave as accurate as large ones.
        let residual = problem.residual(&start);
        let coordinates = reference.left.iter().zip(&reference.sigma).map(|(u, s)| dot(u, &residual) / s).collect();
        Ok(Run { problem, reference, eta, start, limit, coordinates, iterates })
    }

    /// q_i = 1 - η σ_i², the factor of component i in a step; one for each of the r components.
    pub(super) fn factors(&self) -> Vec<f64> {
        self.reference.sigma[..self.reference.rank].iter().map(|s| 1.0 - self.eta * s * s).collect()
    }

    /// The largest |q_i|; 0 for a start that is a minimiser to the last bit, which no step moves.
    pub(super) fn slowest(&self) -> f64 {
        if self.coordinates.iter().all(|&c| c == 0.0) {
            return 0.0;
        }
        self.factors().iter().fold(0.0, |top, q| top.max(q.abs()))
    }

    /// q_i^k times the coordinate of w_0 - w∞, over 2^exponent.
    pub(super) fn component(&self, i: usize, k: u64, exponent: i64) -> f64 {
        let (q, c) = (self.factors()[i], self.coordinates[i]);
        if c == 0.0 {
            return 0.0;
        }
        if exponent == 0 {
            return power(q, k) * c;
        }
        let sign = if q < 0.0 && k % 2 == 1 { -c.signum() } else { c.signum() };
        sign * exp(k as f64 * ln(q.abs()) + ln(c.abs()) - exponent as f64 * LN_2)
    }

    /// w∞ + Σ q_i^k c_i v_i, over 2^exponent: written as w_0 - Σ (1 - q_i^k) c_i v_i, which is the same and loses nothing
    /// where w∞ is far and little of the way done.
    pub(super) fn predicted(&self, k: u64, exponent: i64) -> Vec<f64> {
        let unit = exp(-(exponent as f64) * LN_2);
        let mut w: Vec<f64> = self.start.iter().map(|w| unit * w).collect();
        for (i, v) in self.reference.right.iter().enumerate() {
            let (sigma, c) = (self.reference.sigma[i], self.coordinates[i]);
            let x = self.eta * sigma * sigma;
            let done = if x < 0.5 && exponent == 0 {
                -exp_m1(k as f64 * ln_1p(-x)) * c
            } else {
                unit * c - self.component(i, k, exponent)
            };
            axpy(-done, v, &mut w);
        }
        w
    }

    /// What the weights are measured by up to step k: |w_0|, how far they go from there, and what y weighs beside them.
    /// Where some |q_i| > 1 their growth is left out.
    pub(super) fn size(&self, k: u64) -> f64 {
        let farthest = |(&q, c): (&f64, &f64)| if q < 0.0 { 2.0 * c } else { (1.0 - power(q, k)) * c };
        let far: Vec<f64> = self.factors().iter().zip(&self.coordinates).map(farthest).collect();
        norm(&self.start) + norm(&far) + norm(&self.problem.y) / self.problem.frobenius()
    }

    /// max(1, Q^k) over 2^exponent, Q the largest |q_i|: how the largest component may have grown.
    pub(super) fn growth(&self, k: u64, exponent: i64) -> f64 {
        let slowest = self.slowest();
        let log = if slowest > 1.0 { k as f64 * ln(slowest) } else { 0.0 };
        exp(log - exponent as f64 * LN_2)
    }

    /// How much larger than itself the error of one step can be after k: Σ_j<k Q^j if all components decay; k Q^(k-1)
    /// if one grows, since later errors are made on larger weights.
    pub(super) fn amplification(&self, k: u64, exponent: i64) -> f64 {
        let slowest = self.slowest();
        if slowest < 1.0 {
            (1.0 - pow(slowest, k as f64)) / (1.0 - slowest)
        } else {
            k as f64 / slowest * self.growth(k, exponent)
        }
    }

    /// How far the weights after k steps and their closed form may be apart, in units of 2^exponent.
    ///
    /// A step forms inner products with the rows, in four partial sums, and subtracts y: the error is multiplied by η X'
    /// and lies in the row space. It adds multiples of the rows, which shrink with the residual unless y cannot be
    /// fitted; and it adds the result to the weights, which leaves a part in the null space that is never taken away
    /// again. The prediction is exact for a matrix that differs from X by the error of the decomposition.
    pub(super) fn state_slack(&self, k: u64, exponent: i64) -> Slack {
        let (count, dim) = (self.problem.x.count() as f64, self.problem.x.dim() as f64);
        let (largest, frobenius) = (self.reference.sigma[0], self.problem.frobenius());
        let (amplified, growth) = (self.amplification(k, exponent), self.growth(k, exponent));
        let (steps, size) = (k as f64, self.size(k));
        let residual = misfit(&self.problem, &self.start);
        let summed = amplified * residual + steps * growth * self.limit.residual;
        let slack = Slack::rounding(((count + dim) / 4.0 + 8.0) * amplified, self.eta * largest * frobenius * size)
            + Slack::rounding((count + 4.0) * self.eta * frobenius, summed)
            + Slack::rounding(steps + (count + dim) / 4.0 + 8.0, growth * size)
            + Slack::rounding(1.0, amplified * size)
            + Slack::certificate(amplified * self.eta * self.reference.error * (largest * size + residual));
        if exponent == 0 {
            return slack;
        }
        // Powers by way of logarithms.
        slack + Slack::rounding(4.0 * k as f64 * ln(self.slowest()).abs(), growth * size)
    }

    /// The same for the residual X w - y.
    pub(super) fn residual_slack(&self, k: u64) -> Slack {
        let ops = self.problem.x.dim() as f64 / 4.0 + 8.0;
        self.state_slack(k, 0).times(self.reference.sigma[0])
            + Slack::rounding(ops, self.problem.frobenius() * self.growth(k, 0) * self.size(k))
    }

    /// Σ_i>1 (q_i^k c_i)².
    pub(super) fn others(&self, k: u64) -> f64 {
        (1..self.reference.rank).map(|i| self.component(i, k, 0)).map(|c| c * c).sum()
    }

    /// Q^k |w_0 - w∞|: what w_k has still to go, at the most.
    pub(super) fn remaining(&self, k: u64) -> f64 {
        pow(self.slowest(), k as f64) * norm(&self.coordinates)
    }

    /// The iterates that claims look at: at powers of ten, and the last.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Iterate> {
        let power_of_ten = |k: u64| k > 0 && 10_u64.pow(k.ilog10()) == k;
        self.iterates.iter().filter(move |at| power_of_ten(at.step) || at.step == self.last().step)
    }

    pub(super) fn last(&self) -> &Iterate {
        self.iterates.last().expect("something was recorded")
    }

    /// The recorded iterate of a step.
    pub(super) fn at(&self, step: u64) -> &Iterate {
        self.iterates.iter().find(|at| at.step == step).expect("the step was recorded")
    }
}

/// q^k with its sign, and 0^0 = 1.
pub(super) fn power(q: f64, k: u64) -> f64 {
    let size = pow(q.abs(), k as f64);
    if q < 0.0 && k % 2 == 1 { -size } else { size }
}

/// Eight examples in R^20, of rank eight. σ_1² = 1; the two least are .3 and .2, so that η = 1 leaves their components
/// the factors .7 and .8, and all others less than .55: the rate and its next term can be told apart.
pub(super) fn planted_problem(seed: Seed) -> Planted {
    let mut stream = seed.stream("least-squares", "planted");
    let mut squares: Vec<f64> = (0..5).map(|_| stream.uniform(0.45, 0.9)).collect();
    squares.sort_by(|a, b| b.total_cmp(a));
    let sigma: Vec<f64> = [1.0].into_iter().chain(squares).chain([0.3, 0.2]).map(f64::sqrt).collect();
    plant(&sigma, 20, &mut stream)
}

/// The planted problem with a direction of its null space, and gradient descent from three starts.
pub(super) struct Starts {
    pub(super) planted: Planted,
    /// Of length one, X z = 0.
    pub(super) null_direction: Vec<f64>,
    pub(super) from_zero: Run,
    /// From X'z for a random z.
    pub(super) from_row_space: Run,
    /// From a random place.
    pub(super) from_anywhere: Run,
}

/// η σ_1² = 1.
const ETA: f64 = 1.0;

/// The steps at which the trajectories are looked at: every one up to 61, where .8^k is a millionth, and two after which
/// all is rounding.
pub(super) fn steps() -> Vec<u64> {
    (0..=61).chain([100, 1000]).collect()
}

pub(super) fn starts(seed: Seed) -> Result<Starts> {
    let planted = planted_problem(seed);
    let mut stream = seed.stream("least-squares", "starts");
    let null_direction = planted.null_direction(&mut stream);
    let problem = &planted.problem;
    let row_space = problem.x.combination(&stream.normals(problem.x.count()));
    let anywhere = stream.normals(problem.x.dim());
    let run = |start: Vec<f64>| Run::new(problem.clone(), ETA, start, &steps());
    Ok(Starts {
        from_zero: run(vec![0.0; problem.x.dim()])?,
        from_row_space: run(row_space)?,
        from_anywhere: run(anywhere)?,
        null_direction,
        planted,
    })
}

/// Gradient descent from 0 with η σ_1² just below 2, at 2, and just above.
pub(super) struct Threshold {
    pub(super) planted: Planted,
    pub(super) runs: [Run; 3],
    /// η σ_1² = 2.1 from a start without a component along v_1.
    pub(super) without_component: Run,
}

/// η σ_1² of the three runs.
pub(super) const AROUND_TWO: [f64; 3] = [1.99, 2.0, 2.01];

pub(super) fn threshold(seed: Seed) -> Result<Threshold> {
    let planted = planted_problem(seed);
    let dim = planted.problem.x.dim();
    let run = |eta: f64| Run::new(planted.problem.clone(), eta, vec![0.0; dim], &[0, 999, 1000]);
    let [below, at, above] = AROUND_TWO.map(run);
    // The coordinate of y's solution along v_1, and nothing else.
    let start = planted.axes[0].iter().map(|v| planted.coordinates[0] * v).collect();
    let without_component = Run::new(planted.problem.clone(), 2.1, start, &[0, 20])?;
    Ok(Threshold { runs: [below?, at?, above?], without_component, planted })
}

/// The planted problem with η σ_1² = 2.1.
pub(super) fn overshooting(seed: Seed) -> Result<Run> {
    let problem = planted_problem(seed).problem;
    let start = vec![0.0; problem.x.dim()];
    Run::new(problem, 2.1, start, &steps())
}

/// The planted problem with its last row replaced by its first, and targets that differ by two: one row too few to fit
/// them.
pub(super) struct Inconsistent {
    pub(super) run: Run,
    pub(super) null_direction: Vec<f64>,
}

pub(super) fn inconsistent(seed: Seed) -> Result<Inconsistent> {
    let planted = planted_problem(seed);
    let Regression { x, mut y } = planted.problem.clone();
    let last = x.count() - 1;
    let rows: Vec<&[f64]> = (0..last).chain([0]).map(|n| x.row(n)).collect();
    y[last] = y[0] - 2.0;
    let problem = Regression { x: Points::new(x.dim(), rows.concat())?, y };
    let null_direction = planted.null_direction(&mut seed.stream("least-squares", "inconsistent"));
    // The two equal rows make a singular value larger; half of η = 1 is below the threshold for all of them.
    let run = Run::new(problem, 0.5 * ETA, vec![0.0; x.dim()], &[0, 1, 10, 100, 1000])?;
    Ok(Inconsistent { run, null_direction })
}

/// The planted problem under AdaGrad, from 0, beside a run of gradient descent whose iterates are replaced by it.
pub(super) fn other_geometry(seed: Seed) -> Result<Run> {
    let problem = planted_problem(seed).problem;
    let start = vec![0.0; problem.x.dim()];
    let mut run = Run::new(problem, ETA, start, &steps())?;
    run.iterates = adagrad(&run.problem, ADAGRAD_ETA, &run.start, &[0, 1, 10, 100, 20_000]);
    Ok(run)
}

pub(super) const ADAGRAD_ETA: f64 = 0.1;

/// One example x = (1, 2) with target 1, from 0: gradient descent ends at (.2, .4), AdaGrad at (1/3, 1/3).
pub(super) struct OneExample {
    pub(super) descent: Run,
    pub(super) adagrad: Vec<Iterate>,
}

pub(super) fn one_example() -> Result<OneExample> {
    let problem = Regression { x: Points::from_rows(&[[1.0, 2.0]]), y: vec![1.0] };
    let adagrad = adagrad(&problem, ADAGRAD_ETA, &[0.0; 2], &[0, 1, 400]);
    Ok(OneExample { descent: Run::new(problem, 0.1, vec![0.0; 2], &[0, 1, 400])?, adagrad })
}

/// |X w - y|.
pub(super) fn misfit(problem: &Regression, w: &[f64]) -> f64 {
    norm(&problem.residual(w))
}

/// a + b, entry by entry.
pub(super) fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    combine(1.0, a, b)
}
