//! Gradient descent on the weights: a start that shrinks by itself, and a limit that moves with the step.

use super::entropy::{Limit, Minimiser, minimise, settle};
use super::network::{Arcsinh, plant_full};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::ode::Ode;
use theoremcheck::lu::solve;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{LN_10, combine, difference, distance, exp, ln, ln_1p, norm};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "discrete-steps",
        says: "Let gradient descent on the weights take steps η from u = v = α, with 2 η |g_k| < 1 in every coordinate at every \
               step, g_k = X'(X β_k - y). Then u v = α² Π(1 - 4 η² g_k²) after every step. If β_k tends to a solution β of \
               X β = y and no entry of a∞, the limit of u v, is 0, then arcsinh(β/2a∞) is a combination of the rows of X plus \
               Σ_k log((1 - 2 η g_k)/(1 + 2 η g_k)) + 4 η g_k.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(descents).map(|descents| discrete_steps(&descents, c)),
    },
    Step {
        id: "step-size-derivative",
        says: "Let X have independent rows. As η goes to 0 the limit of gradient descent from u = v = α moves away from that of the \
               flow, β, like η (I - S X'(X S X')^-1 X) c, where c is -4 β times the integral of g² along the flow, coordinate by coordinate, \
               and S = diag √(β² + 4 α^4).",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N22"],
        claims: |lab, c| lab.run(descents).map(|descents| step_size_derivative(&descents, c)),
    },
];

/// Gradient descent to its end, with what the steps did to the product of the weights and to the shift of arcsinh.
pub(super) struct Descent {
    pub(super) eta: f64,
    pub(super) steps: usize,
    weights: Vec<f64>,
    /// u v, after one step and at the end, and the logarithms of Π(1 - 4 η² g²).
    products: [Vec<f64>; 2],
    logs: [Vec<f64>; 2],
    pub(super) shift: Vec<f64>,
    /// The largest 2 η |g_k|.
    pub(super) largest: f64,
}

impl Descent {
    pub(super) fn beta(&self) -> Vec<f64> {
        let (plus, minus) = self.weights.split_at(self.weights.len() / 2);
        plus.iter().zip(minus).map(|(p, m)| p * p - m * m).collect()
    }
}

/// The residual, relative to y, at which a descent ends: steps of 2ηg soon do nothing to a rounded weight.
const ENDED: f64 = 1e-10;
/// A problem whose slowest mode alone needs half of these in the finest descent is drawn again: the way to it takes steps as well.
const MOST_STEPS: usize = 4_000_000;

/// From u = v = α until hardly anything of the residual is left.
pub(super) fn descend(problem: &Regression, alpha: f64, eta: f64) -> Result<Descent> {
    let dim = problem.x.dim();
    let mut weights = vec![alpha; 2 * dim];
    let (mut log, mut shift, mut largest) = (vec![0.0; dim], vec![0.0; dim], 0.0_f64);
    let product = |w: &[f64]| -> Vec<f64> { (0..dim).map(|i| w[i] * w[dim + i]).collect() };
    let mut first = None;
    for steps in 1..=MOST_STEPS {
        let beta: Vec<f64> = (0..dim).map(|i| weights[i] * weights[i] - weights[dim + i] * weights[dim + i]).collect();
        let residual = problem.residual(&beta);
        if norm(&residual) <= ENDED * norm(&problem.y) {
            let (early, early_log) = first.unwrap_or((product(&weights), log.clone()));
            let products = [early, product(&weights)];
            return Ok(Descent { eta, steps: steps - 1, weights, products, logs: [early_log, log], shift, largest });
        }
        for (i, g) in problem.x.combination(&residual).iter().enumerate() {
            let move_by = 2.0 * eta * g;
            weights[i] -= move_by * weights[i];
            weights[dim + i] += move_by * weights[dim + i];
            log[i] += ln_1p(-move_by * move_by);
            shift[i] += ln_1p(-move_by) - ln_1p(move_by) + 2.0 * move_by;
            largest = largest.max(move_by.abs());
        }
        if steps == 1 {
            first = Some((product(&weights), log.clone()));
        }
    }
    Err(Error::numerical(format!("gradient descent with η = {eta:.1e} did not end")))
}

/// A problem, the limit of its flow with ∫ g² dt, and gradient descent with one large step and three small ones.
pub(super) struct Descents {
    pub(super) problem: Regression,
    pub(super) alpha: f64,
    pub(super) flow: Minimiser,
    squares: Vec<f64>,
    drift: f64,
    pub(super) large: Descent,
    /// What was predicted for the large step, by Newton's method.
    shifted: Minimiser,
    small: [Descent; 3],
}

/// The flow of z = arcsinh(β/2a) and beside it the integral of g².
struct WithSquares<'a>(Arcsinh<'a>);

impl Ode for WithSquares<'_> {
    fn dim(&self) -> usize {
        2 * self.0.dim()
    }

    fn rate(&self, t: f64, state: &[f64], out: &mut [f64]) {
        let (z, squares) = out.split_at_mut(self.0.dim());
        self.0.rate(t, &state[..z.len()], z);
        squares.iter_mut().zip(z).for_each(|(square, z)| *square = *z * *z / 16.0);
    }
}

pub(super) fn descents(seed: Seed) -> Result<Descents> {
    let stream = &mut seed.stream("diagonal-network", "discrete steps");
    for _ in 0..100 {
        let problem = plant_full(3, 7, stream)?.problem;
        let alpha = exp(LN_10 * stream.uniform(-1.0, -0.4));
        let log_a = [2.0 * ln(alpha); 7];
        let l1 = min_l1_norm(&problem)?;
        let flow = minimise(&problem, &log_a, &[0.0; 7], &l1)?;
        let rate = flow.rate(&problem, &log_a);
        // Against the sum of the eigenvalues of 4 X D X' at the end, and the first pull.
        let sharpness: f64 = (0..7)
            .map(|i| {
                problem.x.rows().map(|x| 4.0 * x[i] * x[i]).sum::<f64>() * (flow.beta[i].abs() + 2.0 * alpha * alpha)
            })
            .sum();
        let pull = problem.gradient(&[0.0; 7]).iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        let unit = 1.0 / sharpness.max(4.0 * pull);
        let [long, finest] = [unit * stream.uniform(0.3, 0.6), unit * stream.uniform(0.004, 0.008)];
        if -ln(ENDED) > 0.5 * MOST_STEPS as f64 * finest * rate {
            continue;
        }
        let ode = WithSquares(Arcsinh { problem: &problem, log_a: &log_a });
        let residual = |state: &[f64]| norm(&problem.residual(&ode.0.beta(&state[..7])));
        let rest = settle(&ode, residual, norm(&problem.y), &[0.0; 14], rate)?;
        let squares = rest.fine[7..].to_vec();
        let drift = distance(&squares, &rest.coarse[7..]);
        let large = descend(&problem, alpha, long)?;
        let log_end: Vec<f64> = large.logs[1].iter().zip(&log_a).map(|(log, log_a)| log + log_a).collect();
        let shifted = minimise(&problem, &log_end, &large.shift, &l1)?;
        let small = [4.0, 2.0, 1.0].map(|factor| descend(&problem, alpha, factor * finest));
        let [coarse, middle, fine] = small;
        return Ok(Descents { problem, alpha, flow, squares, drift, large, shifted, small: [coarse?, middle?, fine?] });
    }
    Err(Error::numerical("no problem was drawn on which gradient descent ends soon"))
}

/// Discrete steps. A step multiplies u by 1 - 2ηg and v by 1 + 2ηg: the product by 1 - 4η²g², and the
/// logarithm of the ratio changes by log((1 - 2ηg)/(1 + 2ηg)), which is -4ηg but for the third order in ηg.
pub(super) fn discrete_steps(descents: &Descents, claims: &mut Claims) {
    let Descents { alpha, large, shifted, .. } = descents;
    let Descent { steps, products, logs, largest, .. } = large;
    claims.at_most("largest 2 η |g_k|", *largest, 1.0, Slack::rounding(8.0, 1.0));
    for (when, product, log, count) in
        [("after one step", &products[0], &logs[0], 1.0), ("at the end", &products[1], &logs[1], *steps as f64)]
    {
        let apart = product.iter().zip(log).map(|(p, log)| p / (alpha * alpha * exp(*log)) - 1.0);
        claims
            .equal(
                format!("max |u v/(α² Π(1 - 4 η² g²)) - 1|, {when}"),
                apart.fold(0.0, |most: f64, a| most.max(a.abs())),
                0.0,
                Slack::rounding(16.0 * count, 1.0),
            )
            .on("log Π(1 - 4 η² g²) at the end", logs[1].iter().fold(0.0_f64, |most, log| most.max(log.abs())));
    }
    let beta = large.beta();
    let size = norm(&shifted.beta);
    claims
        .equal(
            "|β at the end - the one with arcsinh(β/2a∞) - shift in the row space|",
            distance(&beta, &shifted.beta),
            0.0,
            Slack::rounding(16.0 * *steps as f64, size) + shifted.slack().times(size) + descents.left(),
        )
        .on("|β|", size);
}

/// The derivative. To first order in η, log a∞ = log α² - 4 η ∫ g² dt, and the shift is of second order; the solution
/// moves with a at fixed ν, and back to X β = y along S X'.
pub(super) fn step_size_derivative(descents: &Descents, claims: &mut Claims) {
    let Descents { problem, alpha, flow, squares, drift, small, .. } = descents;
    let v: Vec<f64> = flow.beta.iter().zip(squares).map(|(b, square)| -4.0 * b * square).collect();
    let s: Vec<f64> = flow.beta.iter().map(|b| (b * b + 4.0 * alpha * alpha * alpha * alpha).sqrt()).collect();
    let weigh = |x: &[f64]| -> Vec<f64> { x.iter().zip(&s).map(|(x, s)| x * s).collect() };
    let gram: Vec<Vec<f64>> = problem.x.rows().map(|x| problem.x.margins(&weigh(x))).collect();
    let back = weigh(&problem.x.combination(&solve(&gram, false, &problem.x.margins(&v))));
    let predicted = difference(&v, &back);
    let size = norm(&flow.beta);
    // Slopes at 4η, 2η and η; twice the finer less the coarser is free of the second order.
    let slopes = [0, 1, 2]
        .map(|k| -> Vec<f64> { difference(&small[k].beta(), &flow.beta).iter().map(|d| d / small[k].eta).collect() });
    let coarse = combine(-1.0, &slopes[0], &slopes[1].iter().map(|s| 2.0 * s).collect::<Vec<_>>());
    let fine = combine(-1.0, &slopes[1], &slopes[2].iter().map(|s| 2.0 * s).collect::<Vec<_>>());
    let rounding = Slack::rounding(16.0 * small[2].steps as f64, size) + flow.slack().times(size) + descents.left();
    claims
        .equal(
            format!("|(β(η) - β)/η - predicted|, free of the next order, η = {:.1e}", small[2].eta),
            distance(&fine, &predicted),
            0.0,
            // The order after the next falls by four from one to the other.
            Slack::next_term(distance(&fine, &coarse), 1.0)
                + rounding.times(6.0 / small[2].eta)
                + Slack::integration(8.0 * drift * size),
        )
        .on("|predicted|", norm(&predicted));
}

impl Descents {
    /// What the residual that is left is worth in β.
    fn left(&self) -> Slack {
        Slack::next_term(ENDED * norm(&self.problem.y) * self.flow.gain, 2.0)
    }

    /// Gradient descent with the large step, as if it were the flow.
    pub(super) fn as_limit(&self) -> Limit {
        let rounding = Slack::rounding(16.0 * self.large.steps as f64, 1.0);
        Limit { beta: self.large.beta(), drift: 0.0, rounding }
    }
}
