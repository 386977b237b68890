//! Depth three and more: the shape of the start stays in the limit, which depth two forgets.

use super::entropy::{Limit, of_weights};
use super::network::{inverse, plant_full, power};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::lu::solve;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{LN_10, bisect, combine, distance, dot, exp, ln, ln_1p, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "deeper-potential",
        says: "Let β = u^D - v^D with D ≥ 3 and u = v = α ω at the start. If X β tends to y, then in the limit \
               β_i = (α ω_i)^D h(z_i), h(z) = (1 - z)^(-D/(D - 2)) - (1 + z)^(-D/(D - 2)), where z_i = (α ω_i)^(D - 2) x_i·ν for \
               some ν, and |z_i| < 1.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| {
            lab.run(deep)?.iter().for_each(|run| deeper_potential(run, c));
            lab.run(of_two_equations)?.iter().for_each(|run| deeper_potential(run, c));
            Ok(())
        },
    },
    Step {
        id: "shape-of-the-start",
        says: "On one equation x·β = y with x, y, ω > 0 let x_i ω_i^(D - 2) be largest at i = k alone. At depth D ≥ 3, as α \
               goes to 0, β tends to the solution on coordinate k, that of least Σ ω_i^-(D-2)|β_i|, and the others \
               become (α ω_j)^D h(r_j) (1 + O(α^(D - 2))), r_j = x_j ω_j^(D - 2)/(x_k ω_k^(D - 2)). At depth two \
               it tends to the solution on the largest x_i, if that is one alone, whatever ω.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| {
            shape_of_the_start(&*lab.run(shaped)?, c);
            shape_of_the_start(&*lab.once(two_weights)?, &mut c.of_fixed_data());
            Ok(())
        },
    },
];

/// One equation x·β = y with a shape of the start.
#[derive(Clone)]
pub(super) struct OneEquation {
    pub(super) x: Vec<f64>,
    pub(super) y: f64,
    pub(super) shape: Vec<f64>,
}

/// (1 - z)^-p - (1 + z)^-p.
fn h(z: f64, p: f64) -> f64 {
    exp(-p * ln_1p(-z)) - exp(-p * ln_1p(z))
}

impl OneEquation {
    /// x_i ω_i^(D-2) over its largest value, which is at the first index returned.
    fn ratios(&self, depth: usize) -> (usize, Vec<f64>) {
        let values: Vec<f64> = self.x.iter().zip(&self.shape).map(|(x, w0)| x * power(*w0, depth - 2)).collect();
        let k = (0..values.len()).fold(0, |k, i| if values[i] > values[k] { i } else { k });
        (k, values.iter().map(|value| value / values[k]).collect())
    }

    /// The minimiser of the potential: z_i = r_i z_k, and 1 - z_k = e^u from the equation.
    pub(super) fn minimiser(&self, depth: usize, alpha: f64) -> Vec<f64> {
        let p = depth as f64 / (depth as f64 - 2.0);
        let (k, ratios) = self.ratios(depth);
        let beta = |u: f64| -> Vec<f64> {
            let of = |i: usize| {
                let size = power(alpha * self.shape[i], depth);
                if i == k {
                    size * (exp(-p * u) - exp(-p * ln_1p(1.0 - exp(u))))
                } else {
                    size * h(ratios[i] * (1.0 - exp(u)), p)
                }
            };
            (0..self.x.len()).map(of).collect()
        };
        let lacking = |u: f64| beta(u).iter().zip(&self.x).map(|(b, x)| b * x).sum::<f64>() - self.y;
        beta(bisect(lacking, -700.0 / p, 0.0))
    }

    /// How many roundings of its own size the entry j of the minimiser has at the most.
    ///
    /// The equation gives the entry k, a sum of d terms of D factors each, with an exponential as exact as its exponent
    /// log(β_k/(α ω_k)^D), and so ν. At depth two the exponents of entry j are log a_j and x_j ν, which is at most x_k ν.
    /// From depth three on it is (α ω_j)^D h(z_j), where h has 2p/(1 - z) times the roundings of z, p = D/(D - 2): those of D
    /// factors over D, and of 1 - e^u, where the error of u, times e^u, is at most one more than that of the sum. The two
    /// powers in h are at most (1 + z)/2z times as large as h, and have four roundings each.
    fn roundings(&self, depth: usize, alpha: f64, j: usize) -> f64 {
        let (k, ratios) = self.ratios(depth);
        let (d, r, sum) = (depth as f64, ratios[j], (self.x.len() + depth + 2) as f64);
        let exponent = |i: usize| d * ln(alpha * self.shape[i]).abs() + ln(self.y / self.x[k]).abs();
        if j == k || depth == 2 {
            return 4.0 * (sum + exponent(k) + exponent(j));
        }
        sum + 2.0 * d / (d - 2.0) / (1.0 - r) * (2.0 * d + sum) + 4.0 * (1.0 + r) / r
    }

    /// At depth two: β_i = 2 a_i sinh(x_i ν).
    fn at_depth_two(&self, alpha: f64) -> Vec<f64> {
        let log_a = |i: usize| 2.0 * (ln(alpha) + ln(self.shape[i]));
        let beta = |nu: f64| -> Vec<f64> {
            (0..self.x.len()).map(|i| super::network::coefficient(log_a(i), self.x[i] * nu)).collect()
        };
        let lacking = |nu: f64| beta(nu).iter().zip(&self.x).map(|(b, x)| b * x).sum::<f64>() - self.y;
        beta(bisect(lacking, 0.0, (ln(self.y) - 2.0 * ln(alpha) + 20.0) / self.x[0]))
    }

    pub(super) fn problem(&self) -> Result<Regression> {
        Ok(Regression { x: Points::new(self.x.len(), self.x.clone())?, y: vec![self.y] })
    }
}

/// Four coordinates, the first with the largest x and the second close behind, whose start is so much larger that it wins
/// from depth three on.
fn draw(stream: &mut Stream) -> OneEquation {
    let second = stream.uniform(0.8, 0.9);
    let x = vec![1.0, second, stream.uniform(0.3, 0.7), stream.uniform(0.3, 0.7)];
    let scale = stream.uniform(0.8, 1.2);
    let larger = stream.uniform(1.25, 1.4) / second;
    let shape = vec![scale, scale * larger, scale * stream.uniform(0.8, 1.2), scale * stream.uniform(0.8, 1.2)];
    OneEquation { x, y: stream.uniform(0.7, 1.5), shape }
}

/// The flow of one depth beside the minimiser of its potential.
pub(super) struct Deep {
    pub(super) depth: usize,
    pub(super) alpha: f64,
    pub(super) problem: Regression,
    pub(super) shape: Vec<f64>,
    pub(super) run: Limit,
    minimiser: DeepMinimiser,
}

impl Deep {
    fn new(problem: &Regression, shape: &[f64], depth: usize, alpha: f64, found: DeepMinimiser) -> Result<Deep> {
        let start: Vec<f64> = shape.iter().map(|w0| alpha * w0).collect();
        // Below the slowest rate of the linearised flow: X D X' with D² (u^(2D - 2) + v^(2D - 2)), of which the larger power
        // is at least |β|^(2 - 2/D).
        let d = depth as f64;
        let speed: Vec<f64> = found.beta.iter().map(|b| d * d * pow(b.abs(), 2.0 - 2.0 / d)).collect();
        let rate = 1.0 / inverse(&weighted_gram(problem, &speed)).iter().enumerate().map(|(k, c)| c[k]).sum::<f64>();
        let run = of_weights(problem, depth, alpha, &start, &start, rate)?;
        Ok(Deep { depth, alpha, problem: problem.clone(), shape: shape.to_vec(), run, minimiser: found })
    }
}

/// The minimiser of the potential, how far it may be off, and how far it moves at the most for a residual of 1.
struct DeepMinimiser {
    beta: Vec<f64>,
    slack: Slack,
    gain: f64,
}

/// X diag(w) X'.
fn weighted_gram(problem: &Regression, weights: &[f64]) -> Vec<Vec<f64>> {
    let weigh = |x: &[f64]| -> Vec<f64> { x.iter().zip(weights).map(|(x, w)| x * w).collect() };
    problem.x.rows().map(|x| problem.x.margins(&weigh(x))).collect()
}

/// Newton's method on the dual, min Σ (α ω_i)² H(z_i) - ν·y with z_i = (α ω_i)^(D - 2) x_i·ν and H' = h: a convex function
/// on |z_i| < 1 that is infinite at the ends. A step is halved until it stays inside and the function falls.
fn minimise(problem: &Regression, shape: &[f64], depth: usize, alpha: f64) -> Result<DeepMinimiser> {
    let (d, count) = (depth as f64, problem.x.count());
    let (p, q) = (d / (d - 2.0), 2.0 / (d - 2.0));
    let starts: Vec<f64> = shape.iter().map(|w0| alpha * w0).collect();
    let z_of = |nu: &[f64]| -> Vec<f64> {
        problem.x.combination(nu).iter().zip(&starts).map(|(pull, w)| power(*w, depth - 2) * pull).collect()
    };
    let primitive = |z: f64| (exp(-q * ln_1p(-z)) + exp(-q * ln_1p(z)) - 2.0) / q;
    let slope = |z: f64| p * (exp(-(p + 1.0) * ln_1p(-z)) + exp(-(p + 1.0) * ln_1p(z)));
    let dual = |nu: &[f64]| {
        let z = z_of(nu);
        if z.iter().any(|z| z.abs() >= 1.0) {
            return f64::INFINITY;
        }
        z.iter().zip(&starts).map(|(z, w)| w * w * primitive(*z)).sum::<f64>() - dot(nu, &problem.y)
    };
    let mut nu = vec![0.0; count];
    let mut before = f64::INFINITY;
    for _ in 0..200 {
        let z = z_of(&nu);
        let beta: Vec<f64> = z.iter().zip(&starts).map(|(z, w)| power(*w, depth) * h(*z, p)).collect();
        // dβ/d(x·ν).
        let steep: Vec<f64> = z.iter().zip(&starts).map(|(z, w)| power(*w, 2 * depth - 2) * slope(*z)).collect();
        let lacking: Vec<f64> = problem.residual(&beta).iter().map(|r| -r).collect();
        let gram = weighted_gram(problem, &steep);
        let step = solve(&gram, false, &lacking);
        let moved = norm(&problem.x.combination(&step).iter().zip(&steep).map(|(m, s)| m * s).collect::<Vec<_>>());
        if moved <= 1e-9 * norm(&beta) && moved >= 0.5 * before {
            let back: Vec<Vec<f64>> = inverse(&gram).iter().map(|column| problem.x.combination(column)).collect();
            let gain = norm(&back.iter().flat_map(|b| b.iter().zip(&steep).map(|(b, s)| b * s)).collect::<Vec<_>>());
            // z is a sum of products, times a power.
            let pulled = problem.x.rows().zip(&nu).fold(vec![0.0; shape.len()], |mut sum, (x, nu)| {
                sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += (x * nu).abs());
                sum
            });
            let of_z =
                (count + depth) as f64 * norm(&pulled.iter().zip(&steep).map(|(z, s)| z * s).collect::<Vec<_>>());
            // The two powers in h, of D factors and with an exponent as exact as itself.
            let powers = |(z, w): (&f64, &f64)| {
                let [more, less] = [p * ln_1p(-z), p * ln_1p(*z)];
                let roundings = depth as f64 + 4.0 + more.abs().max(less.abs());
                roundings * power(*w, depth) * (exp(-more) + exp(-less))
            };
            let of_h = norm(&z.iter().zip(&starts).map(powers).collect::<Vec<_>>());
            let sum = (shape.len() + 1) as f64 * (problem.frobenius() * norm(&beta) + norm(&problem.y));
            let slack = Slack::certificate(moved)
                + Slack::rounding(1.0, (1.0 + gain * problem.frobenius()) * (of_z + of_h) + gain * sum);
            return Ok(DeepMinimiser { beta, slack, gain });
        }
        let here = dual(&nu);
        let mut length = 1.0;
        // Where the step is small, rounding decides whether the function falls, and it is Newton's own.
        while moved > 1e-4 * norm(&beta) && dual(&combine(length, &step, &nu)) > here && length > 1e-12 {
            length *= 0.5;
        }
        nu = combine(length, &step, &nu);
        before = moved;
    }
    Err(Error::numerical("the dual of the deeper potential was not solved"))
}

pub(super) fn deep(seed: Seed) -> Result<Vec<Deep>> {
    let stream = &mut seed.stream("diagonal-network", "depth");
    let equation = draw(stream);
    let problem = equation.problem()?;
    let run = |(depth, alpha): (usize, f64)| -> Result<Deep> {
        let beta = equation.minimiser(depth, alpha);
        let roundings = (0..beta.len()).map(|j| equation.roundings(depth, alpha, j)).fold(0.0, f64::max);
        let slack = Slack::rounding(roundings, norm(&beta));
        // The slope of β in the residual: at most 1/x at the coordinate that carries most.
        let gain = 1.0 / equation.x[0].min(equation.x[1]);
        Deep::new(&problem, &equation.shape, depth, alpha, DeepMinimiser { beta, slack, gain })
    };
    depths(stream).into_iter().map(run).collect()
}

/// Two equations with five unknowns, of any signs.
pub(super) fn of_two_equations(seed: Seed) -> Result<Vec<Deep>> {
    let stream = &mut seed.stream("diagonal-network", "depth, two equations");
    let problem = plant_full(2, 5, stream)?.problem;
    let shape: Vec<f64> = (0..5).map(|_| stream.uniform(0.7, 1.3)).collect();
    let run = |(depth, alpha): (usize, f64)| -> Result<Deep> {
        Deep::new(&problem, &shape, depth, alpha, minimise(&problem, &shape, depth, alpha)?)
    };
    depths(stream).into_iter().map(run).collect()
}

/// Each with a size of the start from which its plateau is not long.
fn depths(stream: &mut Stream) -> [(usize, f64); 3] {
    [(3, stream.uniform(0.05, 0.2)), (4, stream.uniform(0.1, 0.3)), (5, stream.uniform(0.2, 0.4))]
}

/// The potential of depth D. u^-(D-2) and v^-(D-2) move by ±D (D - 2) ∫ g, so that both are known from one number each coordinate.
pub(super) fn deeper_potential(deep: &Deep, claims: &mut Claims) {
    let Deep { depth, alpha, problem, run, minimiser: DeepMinimiser { beta, slack, gain }, .. } = deep;
    let size = norm(beta);
    let left = norm(&problem.residual(&run.beta));
    let count = problem.x.count();
    claims
        .equal(
            format!("|β(t) - argmin Q_D|, D = {depth}, n = {count}, α = {alpha:.2}"),
            distance(&run.beta, beta),
            0.0,
            Slack::integration(run.drift)
                + run.rounding.clone().times(size)
                + slack.clone()
                + Slack::next_term(left * gain, 2.0),
        )
        .on("|β|", size);
}

/// The minimisers at a size for each depth.
pub(super) struct Shaped {
    name: &'static str,
    equation: OneEquation,
    alphas: Vec<(usize, f64)>,
}

pub(super) fn shaped(seed: Seed) -> Result<Shaped> {
    let stream = &mut seed.stream("diagonal-network", "shape");
    let equation = draw(stream);
    let small = |stream: &mut Stream| exp(LN_10 * stream.uniform(-6.0, -3.0));
    let alphas = vec![(2, 1e-32), (3, small(stream)), (4, small(stream)), (5, small(stream))];
    Ok(Shaped { name: "", equation, alphas })
}

/// x = (1, .9) and y = 1, once from (1, 1.2), which prefers the first at depth two and the second at depth three.
pub(super) fn two_weights() -> Result<Shaped> {
    let equation = OneEquation { x: vec![1.0, 0.9], y: 1.0, shape: vec![1.0, 1.2] };
    Ok(Shaped { name: "two weights, ", equation, alphas: vec![(2, 1e-32), (3, 1e-4), (4, 1e-3)] })
}

impl Shaped {
    /// Its equation.
    pub(super) fn problem(&self) -> Result<Regression> {
        self.equation.problem()
    }
}

/// The shape of the start. Depth D gives each coordinate the price ω^-(D-2); at depth two that is 1.
pub(super) fn shape_of_the_start(shaped: &Shaped, claims: &mut Claims) {
    let Shaped { name, equation, alphas } = shaped;
    let OneEquation { x, y, shape } = equation;
    for &(depth, alpha) in alphas {
        let (k, ratios) = equation.ratios(depth);
        let beta = if depth == 2 { equation.at_depth_two(alpha) } else { equation.minimiser(depth, alpha) };
        let limit = y / x[k];
        // Of each other coordinate the leading order of β, and what is left out of it, relatively: some of that is the share
        // of y that the others take from coordinate k.
        let leading = |j: usize, taken: f64| {
            if depth == 2 {
                // X_S'μ = log(β/ω²), and β_j = a_j e^(x_j ν) with ν = log(1/α²) + μ.
                let log_nu = ln(limit) - 2.0 * ln(shape[k]) - 2.0 * ln(alpha);
                let log = 2.0 * (ln(alpha) + ln(shape[j])) + x[j] / x[k] * log_nu;
                (exp(log), taken + exp(-2.0 * x[j] / x[k] * log_nu))
            } else {
                // 1 - z_k = (α ω_k)^(D-2) β_k^-(D-2)/D.
                let (d, size) = (depth as f64, alpha * shape[k]);
                let short = power(size, depth - 2) * pow(limit, -(d - 2.0) / d);
                let p = d / (d - 2.0);
                let value = power(alpha * shape[j], depth) * h(ratios[j] * (1.0 - short), p);
                // What is left out is of the order α^D of that, and h grows by at most 2p/(1 - r) of its size.
                (value, (taken + power(size, depth) / limit) * short * 2.0 * p / (1.0 - ratios[j]))
            }
        };
        let others: Vec<usize> = (0..x.len()).filter(|j| *j != k).collect();
        let taken: f64 = others.iter().map(|&j| x[j] * leading(j, 0.0).0 / y).sum::<f64>();
        let beyond: f64 = others.iter().map(|&j| x[j] * leading(j, taken).0 / y * leading(j, taken).1).sum();
        claims.equal(
            format!("{name}D = {depth}: β_{} over y/x, α = {alpha:.1e}", k + 1),
            beta[k] / limit,
            1.0 - taken,
            Slack::next_term(beyond, 2.0) + Slack::rounding(equation.roundings(depth, alpha, k), 1.0),
        );
        for &j in &others {
            let (predicted, next) = leading(j, taken);
            claims.equal(
                format!("{name}D = {depth}: β_{} over its leading order, α = {alpha:.1e}", j + 1),
                beta[j] / predicted,
                1.0,
                // The formula has as many as the minimiser.
                Slack::next_term(next, 2.0) + Slack::rounding(2.0 * equation.roundings(depth, alpha, j), 1.0),
            );
        }
    }
}
