//! The experiments: a problem, its decomposition, what the theorem predicts for every step, and a trajectory.

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::least_squares::{Iterate, adagrad, descend};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::{Planted, Regression, plant};
use theoremcheck::real::{LN_2, axpy, dot, exp, exp_m1, ln, ln_1p, norm, pow};
use theoremcheck::reference::least_norm::{Decomposition, Nearest, decompose};
use theoremcheck::seed::Seed;

/// A problem and a start, with what the theorem predicts, and the trajectory.
pub(crate) struct Run {
    pub(crate) problem: Regression,
    pub(crate) reference: Decomposition,
    pub(crate) eta: f64,
    pub(crate) start: Vec<f64>,
    /// w∞, the certified minimiser nearest to the start.
    pub(crate) limit: Nearest,
    /// The coordinates of w_0 - w∞ along the right singular vectors.
    pub(crate) coordinates: Vec<f64>,
    pub(crate) iterates: Vec<Iterate>,
}

impl Run {
    pub(crate) fn new(problem: Regression, eta: f64, start: Vec<f64>, record: &[u64]) -> Result<Run> {
        let iterates = descend(&problem, eta, &start, record);
        let reference = decompose(&problem.x)?;
        let limit = reference.nearest(&problem, &start);
        // σ_i c_i = u_i·(X w_0 - y), which small singular values leave as accurate as large ones.
        let residual = problem.residual(&start);
        let coordinates = reference.left.iter().zip(&reference.sigma).map(|(u, s)| dot(u, &residual) / s).collect();
        Ok(Run { problem, reference, eta, start, limit, coordinates, iterates })
    }

    /// q_i = 1 - η σ_i², the factor of component i in a step; one for each of the r components.
    pub(crate) fn factors(&self) -> Vec<f64> {
        self.reference.sigma[..self.reference.rank].iter().map(|s| 1.0 - self.eta * s * s).collect()
    }

    /// The largest |q_i|; 0 for a start that is a minimiser to the last bit, which no step moves.
    pub(crate) fn slowest(&self) -> f64 {
        if self.coordinates.iter().all(|&c| c == 0.0) {
            return 0.0;
        }
        self.factors().iter().fold(0.0, |top, q| top.max(q.abs()))
    }

    /// The components of w_0 - w∞ that are more than rounding.
    pub(crate) fn moving(&self) -> impl Iterator<Item = usize> {
        let noise = Slack::rounding(self.start.len() as f64 + 4.0, self.size(0) + norm(&self.limit.w)).total();
        let noise = noise + self.limit.error;
        (0..self.reference.rank).filter(move |&i| self.coordinates[i].abs() > noise)
    }

    /// The largest |q_i| of these; none if the start is the limit.
    pub(crate) fn rate(&self) -> Option<f64> {
        let factors = self.factors();
        self.moving().map(|i| factors[i].abs()).reduce(f64::max)
    }

    /// Whether all of these die out.
    pub(crate) fn converges(&self) -> bool {
        self.rate().is_none_or(|rate| rate < 1.0)
    }

    /// q_i^k times the coordinate of w_0 - w∞, over 2^exponent.
    pub(crate) fn component(&self, i: usize, k: u64, exponent: i64) -> f64 {
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
    pub(crate) fn predicted(&self, k: u64, exponent: i64) -> Vec<f64> {
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
    pub(crate) fn size(&self, k: u64) -> f64 {
        let farthest = |(&q, c): (&f64, &f64)| if q < 0.0 { 2.0 * c } else { (1.0 - power(q, k)) * c };
        let far: Vec<f64> = self.factors().iter().zip(&self.coordinates).map(farthest).collect();
        norm(&self.start) + norm(&far) + norm(&self.problem.y) / self.problem.frobenius()
    }

    /// max(1, Q^k) over 2^exponent, Q the largest |q_i|: how the largest component may have grown.
    pub(crate) fn growth(&self, k: u64, exponent: i64) -> f64 {
        let slowest = self.slowest();
        let log = if slowest > 1.0 { k as f64 * ln(slowest) } else { 0.0 };
        exp(log - exponent as f64 * LN_2)
    }

    /// How much larger than itself the error of one step can be after k: Σ_j<k Q^j if all components decay; k Q^(k-1)
    /// if one grows, since later errors are made on larger weights.
    pub(crate) fn amplification(&self, k: u64, exponent: i64) -> f64 {
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
    pub(crate) fn state_slack(&self, k: u64, exponent: i64) -> Slack {
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
    pub(crate) fn residual_slack(&self, k: u64) -> Slack {
        let ops = self.problem.x.dim() as f64 / 4.0 + 8.0;
        self.state_slack(k, 0).times(self.reference.sigma[0])
            + Slack::rounding(ops, self.problem.frobenius() * self.growth(k, 0) * self.size(k))
    }

    /// Σ_i>1 (q_i^k c_i)².
    pub(crate) fn others(&self, k: u64) -> f64 {
        (1..self.reference.rank).map(|i| self.component(i, k, 0)).map(|c| c * c).sum()
    }

    /// Q^k |w_0 - w∞|: what w_k has still to go, at the most.
    pub(crate) fn remaining(&self, k: u64) -> f64 {
        pow(self.slowest(), k as f64) * norm(&self.coordinates)
    }

    /// The iterates that claims look at: at powers of ten, and the last.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Iterate> {
        let power_of_ten = |k: u64| k > 0 && 10_u64.pow(k.ilog10()) == k;
        self.iterates.iter().filter(move |at| power_of_ten(at.step) || at.step == self.last().step)
    }

    pub(crate) fn last(&self) -> &Iterate {
        self.iterates.last().expect("something was recorded")
    }

    /// The recorded iterate of a step.
    pub(crate) fn at(&self, step: u64) -> &Iterate {
        self.iterates.iter().find(|at| at.step == step).expect("the step was recorded")
    }
}

/// q^k with its sign, and 0^0 = 1.
pub(crate) fn power(q: f64, k: u64) -> f64 {
    let size = pow(q.abs(), k as f64);
    if q < 0.0 && k % 2 == 1 { -size } else { size }
}

/// A problem with known singular values, some of whose examples have been split in two.
pub(crate) struct Instance {
    /// The problem that is solved, n rows of rank r; its singular values, its v_i, and the u_i before the splits.
    pub(crate) planted: Planted,
    /// The r independent rows before the splits.
    pub(crate) whole: Regression,
    /// For each row after the first r: of which row it is a multiple, and which multiple.
    pub(crate) multiples: Vec<(usize, f64)>,
}

impl Instance {
    /// By how much X, its splits undone, may differ from Σ σ_i u_i v_i' with exactly orthonormal u_i and v_i.
    ///
    /// An entry is a sum of r products of three factors, and a split row is divided by a root. The bases are orthonormal up
    /// to what their inner products show, and these are rounded.
    pub(crate) fn planting(&self) -> Slack {
        let Planted { sigma, left, axes, .. } = &self.planted;
        let (rank, dim) = (sigma.len() as f64, axes.len() as f64);
        let size: f64 = sigma.iter().sum();
        Slack::rounding(rank + 4.0 + rank * (dim / 4.0 + 4.0), size)
            + Slack::certificate((defect(left) + defect(axes)) * size)
    }

    /// What planting may do to X⁺ y: the row space turns, and the targets are met by another point of it.
    pub(crate) fn planting_of_the_solution(&self) -> Slack {
        let least = self.planted.sigma[self.planted.sigma.len() - 1];
        self.planting().times(2.0 * norm(&self.planted.min_norm()) / least)
    }
}

/// The Frobenius norm of Q'Q - I.
fn defect(basis: &[Vec<f64>]) -> f64 {
    let entry = |i: usize, j: usize| dot(&basis[i], &basis[j]) - if i == j { 1.0 } else { 0.0 };
    let all = (0..basis.len()).flat_map(|i| (0..basis.len()).map(move |j| (i, j)));
    all.map(|(i, j)| entry(i, j) * entry(i, j)).sum::<f64>().sqrt()
}

/// From five to eight independent rows, of which one to three are split: x with target y into x/√(1 + μ²) and μ times that,
/// targets likewise, which changes neither the loss nor any gradient, but makes n larger than the rank r. As μ is a
/// power of two, the second row is exactly a multiple of the first.
///
/// The largest singular value is simple, and the two least are apart from each other and from the rest: the rate and its
/// next term can be told apart at every step size drawn below.
pub(crate) fn planted_problem(seed: Seed) -> Instance {
    let mut stream = seed.stream("least-squares", "planted");
    let rank = stream.whole(5, 8);
    let dim = rank + stream.whole(4, 12);
    let top = stream.uniform(0.5, 2.0);
    let mut middle: Vec<f64> = (0..rank - 3).map(|_| stream.uniform(0.55, 0.75)).collect();
    middle.sort_by(|a, b| b.total_cmp(a));
    let least = [stream.uniform(0.42, 0.5), stream.uniform(0.15, 0.2)];
    let squares = [1.0].into_iter().chain(middle).chain(least);
    let sigma: Vec<f64> = squares.map(|share| (top * share).sqrt()).collect();
    let mut planted = plant(&sigma, dim, &mut stream);
    let whole = planted.problem.clone();

    let mut rows: Vec<Vec<f64>> = whole.x.rows().map(<[f64]>::to_vec).collect();
    let mut targets = whole.y.clone();
    let mut multiples = Vec::new();
    for n in 0..stream.whole(1, 3) {
        let mu = [-2.0, -0.5, -0.25, 0.25, 0.5, 2.0][stream.whole(0, 5)];
        let root = f64::sqrt(1.0 + mu * mu);
        rows[n].iter_mut().for_each(|x| *x /= root);
        targets[n] /= root;
        rows.push(rows[n].iter().map(|x| mu * x).collect());
        targets.push(mu * targets[n]);
        multiples.push((n, mu));
    }
    let x = Points::new(dim, rows.concat()).expect("a multiple has as many entries");
    planted.problem = Regression { x, y: targets };
    Instance { planted, whole, multiples }
}

/// The planted problem and gradient descent from three starts.
pub(crate) struct Starts {
    pub(crate) instance: Instance,
    /// Of the rows before the splits.
    pub(crate) independent: Decomposition,
    pub(crate) from_zero: Run,
    /// From X'z for a random z.
    pub(crate) from_row_space: Run,
    /// From a random place.
    pub(crate) from_anywhere: Run,
}

/// 2/(σ_1² + σ_r²), the step at which q_1 = -q_r.
fn best_step(sigma: &[f64]) -> f64 {
    let (largest, least) = (sigma[0], sigma[sigma.len() - 1]);
    2.0 / (largest * largest + least * least)
}

/// The first step of which less than 1e-18 is left to go, so that all is rounding.
fn arrived(sigma: &[f64], eta: f64) -> u64 {
    let slowest = sigma.iter().map(|s| (1.0 - eta * s * s).abs()).fold(0.0, f64::max);
    (ln(1e-18) / ln(slowest)).ceil() as u64
}

pub(crate) fn starts(seed: Seed) -> Result<Starts> {
    let instance = planted_problem(seed);
    let mut stream = seed.stream("least-squares", "starts");
    let problem = &instance.planted.problem;
    let sigma = &instance.planted.sigma;
    let row_space = problem.x.combination(&stream.normals(problem.x.count()));
    let anywhere = stream.normals(problem.x.dim());
    let eta = stream.uniform(0.35, 0.9) * best_step(sigma);
    let record: Vec<u64> = (0..=10).chain([100, arrived(sigma, eta)]).collect();
    let run = |start: Vec<f64>| Run::new(problem.clone(), eta, start, &record);
    Ok(Starts {
        from_zero: run(vec![0.0; problem.x.dim()])?,
        from_row_space: run(row_space)?,
        from_anywhere: run(anywhere)?,
        independent: decompose(&instance.whole.x)?,
        instance,
    })
}

/// The step from which all components but the slowest make up less than so much of |X w - y|².
const FASTER: f64 = 1e-4;

/// A run from 0 that is recorded until only the slowest component is left, and then for one step more. If the largest and
/// the least singular value are equally slow, both are.
fn until_one_is_left(planted: &Planted, eta: f64) -> Result<Run> {
    let parts: Vec<(f64, f64)> = planted
        .sigma
        .iter()
        .zip(&planted.coordinates)
        .map(|(s, c)| ((1.0 - eta * s * s).abs(), s * s * c * c))
        .collect();
    let slowest = parts.iter().fold(0.0, |top: f64, part| top.max(part.0));
    let left = |k: u64| {
        let size = |part: &(f64, f64)| part.1 * pow(part.0 / slowest, 2.0 * k as f64);
        let (slow, fast): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part.0 > EQUALLY_SLOW * slowest);
        fast.into_iter().map(size).sum::<f64>() / slow.into_iter().map(size).sum::<f64>()
    };
    let last = (1..).find(|&k| left(k) < FASTER).expect("what is faster dies");
    Run::new(planted.problem.clone(), eta, vec![0.0; planted.problem.x.dim()], &(0..=last + 1).collect::<Vec<_>>())
}

/// Factors that differ by less than a part of one in a thousand count as one; the experiments have no others so near.
pub(crate) const EQUALLY_SLOW: f64 = 0.999;

/// Gradient descent with a step below 2/(σ_1² + σ_r²), where σ_r decides the rate, with that step, and with one above,
/// where σ_1 does.
pub(crate) fn rates(seed: Seed) -> Result<[Run; 3]> {
    let planted = planted_problem(seed).planted;
    let mut stream = seed.stream("least-squares", "rates");
    let best = best_step(&planted.sigma);
    let limit = 2.0 / (planted.sigma[0] * planted.sigma[0]);
    let below = stream.uniform(0.35, 0.9) * best;
    let above = best + stream.uniform(0.35, 0.95) * (limit - best);
    let [below, best, above] = [below, best, above].map(|eta| until_one_is_left(&planted, eta));
    Ok([below?, best?, above?])
}

/// Gradient descent from 0 with η σ_1² just below 2, at 2, and just above.
pub(crate) struct Threshold {
    pub(crate) instance: Instance,
    /// η σ_1² of the three runs.
    pub(crate) products: [f64; 3],
    pub(crate) runs: [Run; 3],
    /// A step above the threshold from a start without a component along v_1.
    pub(crate) without_component: Run,
}

pub(crate) fn threshold(seed: Seed) -> Result<Threshold> {
    let instance = planted_problem(seed);
    let Planted { problem, sigma, axes, coordinates, .. } = &instance.planted;
    let mut stream = seed.stream("least-squares", "threshold");
    let products = [2.0 - stream.uniform(0.005, 0.015), 2.0, 2.0 + stream.uniform(0.005, 0.015)];
    let eta = |product: f64| product / (sigma[0] * sigma[0]);
    let run = |product: f64| Run::new(problem.clone(), eta(product), vec![0.0; problem.x.dim()], &[0, 999, 1000]);
    let [below, at, above] = products.map(run);
    // The coordinate of y's solution along v_1, and nothing else.
    let start = axes[0].iter().map(|v| coordinates[0] * v).collect();
    let beyond = eta(stream.uniform(2.05, 2.3));
    let without_component = Run::new(problem.clone(), beyond, start, &[0, 10, 20])?;
    Ok(Threshold { runs: [below?, at?, above?], products, without_component, instance })
}

/// The planted problem with a step above 2/σ_1².
pub(crate) fn overshooting(seed: Seed) -> Result<Run> {
    let planted = planted_problem(seed).planted;
    let product = seed.stream("least-squares", "overshooting").uniform(2.05, 2.3);
    until_one_is_left(&planted, product / (planted.sigma[0] * planted.sigma[0]))
}

/// The planted problem with the last target moved: it is no longer the multiple of another that its row is.
pub(crate) struct Inconsistent {
    pub(crate) instance: Instance,
    pub(crate) run: Run,
    /// By how much the target was moved.
    pub(crate) moved: f64,
}

pub(crate) fn inconsistent(seed: Seed) -> Result<Inconsistent> {
    let instance = planted_problem(seed);
    let Planted { problem, sigma, .. } = &instance.planted;
    let mut stream = seed.stream("least-squares", "inconsistent");
    let moved = stream.uniform(1.0, 3.0);
    let eta = stream.uniform(0.35, 0.9) * best_step(sigma);
    let mut broken = problem.clone();
    *broken.y.last_mut().expect("there are rows") += moved;
    let run = Run::new(broken, eta, vec![0.0; problem.x.dim()], &[0, 1, 10, 100, arrived(sigma, eta)])?;
    Ok(Inconsistent { instance, run, moved })
}

/// The planted problem under AdaGrad, from 0, in the place of the iterates of gradient descent.
pub(crate) fn other_geometry(seed: Seed) -> Result<Run> {
    let planted = planted_problem(seed).planted;
    let start = vec![0.0; planted.problem.x.dim()];
    let mut run = Run::new(planted.problem, best_step(&planted.sigma), start, &[0])?;
    run.iterates = adagrad(&run.problem, ADAGRAD_ETA, &run.start, &[0, 1, 10, 100, 20_000]);
    Ok(run)
}

pub(crate) const ADAGRAD_ETA: f64 = 0.3;

/// One example x with all entries nonzero and a target, from a random start: gradient descent and AdaGrad.
pub(crate) struct OneExample {
    pub(crate) x: Vec<f64>,
    pub(crate) target: f64,
    pub(crate) descent: Run,
    pub(crate) adagrad: Vec<Iterate>,
}

pub(crate) fn one_example(seed: Seed) -> Result<OneExample> {
    let mut stream = seed.stream("least-squares", "one example");
    let dim = stream.whole(2, 5);
    let x: Vec<f64> =
        (0..dim).map(|_| stream.uniform(0.5, 2.0) * if stream.uniform(-1.0, 1.0) < 0.0 { -1.0 } else { 1.0 }).collect();
    let target = stream.uniform(1.0, 3.0);
    let start = stream.normals(dim);
    let problem = Regression { x: Points::new(dim, x.clone())?, y: vec![target] };
    // AdaGrad's last steps contract by η ‖x‖_1/√Σe², at the least by a hundredth where the way is long.
    let record = [0, 1, 5000];
    let adagrad = adagrad(&problem, ADAGRAD_ETA, &start, &record);
    let eta = stream.uniform(0.3, 1.7) / dot(&x, &x);
    Ok(OneExample { descent: Run::new(problem, eta, start, &record)?, adagrad, x, target })
}

/// |X w - y|.
pub(crate) fn misfit(problem: &Regression, w: &[f64]) -> f64 {
    norm(&problem.residual(w))
}
