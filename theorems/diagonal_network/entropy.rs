//! The potential that the flow minimises, its minimiser by Newton's method on the dual, and the flow beside it.

use super::network::{Arcsinh, Planted, TIGHT, Weights, coefficient, plant_full, stiffness};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Differentiable, Ode, Watched};
use theoremcheck::flow::stiff::extrapolated_euler;
use theoremcheck::lu::{Lu, solve};
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{LN_10, distance, dot, exp, ln, ln_1p, norm};
use theoremcheck::reference::least_l1::{LeastL1, min_l1_norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "hyperbolic-entropy",
    says: "Let u = v = α ω at the start, with no entry of ω equal to 0, and let X β = y have a solution. Then X β(t) \
           tends to y, and β(t) to the one solution that minimises Q(β) = Σ β_i arcsinh(β_i/2a_i) - √(β_i² + 4a_i²) + 2a_i, \
           a = α² ω².",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N21"],
    claims: |lab, c| {
        lab.run(ends)?.iter().for_each(|end| hyperbolic_entropy(end, c));
        Ok(())
    },
}];

/// The solution of X β = y that minimises Q, or the divergence of Q from the start: arcsinh(β/2a) = X'ν + shift.
#[derive(Clone)]
pub(super) struct Minimiser {
    pub(super) beta: Vec<f64>,
    /// arcsinh(β/2a).
    pub(super) s: Vec<f64>,
    /// X_B'ν for the columns B of the basis, and X_B^-1 y.
    dual: (Vec<f64>, Vec<f64>),
    /// No entry of s is off by more than the last step of Newton's method, and this many roundings of numbers of size 1.
    last_step: f64,
    roundings: f64,
    /// max √(β² + 4a²)/max |β|: what an error of s makes of β, relative to the largest entry.
    steepness: f64,
    /// How far β moves at the most for a residual |X β - y| of 1: |D X'(X D X')^-1|, D = √(β² + 4a²).
    pub(super) gain: f64,
}

impl Minimiser {
    /// The error of β relative to its largest entry, and where β is larger than a, relative to each entry.
    pub(super) fn slack(&self) -> Slack {
        (Slack::certificate(self.last_step) + Slack::rounding(self.roundings, 1.0)).times(self.steepness)
    }

    /// ν·y - Σ 4a_i sinh²(s_i/2): Q is at least this at every solution, for whatever ν. Only without a shift.
    pub(super) fn dual_bound(&self, log_a: &[f64]) -> f64 {
        let (c, b) = &self.dual;
        dot(c, b) - self.s.iter().zip(log_a).map(|(s, log_a)| conjugate(*log_a, *s)).sum::<f64>()
    }

    /// The slowest rate at which the flow comes to it, from below: 4/tr((X D X')^-1), D = √(β² + 4a²).
    pub(super) fn rate(&self, problem: &Regression, log_a: &[f64]) -> f64 {
        let d: Vec<f64> = self.s.iter().zip(log_a).map(|(s, log_a)| stiffness(*log_a, *s)).collect();
        let weighted = |x: &[f64]| -> Vec<f64> { x.iter().zip(&d).map(|(x, d)| x * d).collect() };
        let rows: Vec<Vec<f64>> = problem.x.rows().map(|a| problem.x.margins(&weighted(a))).collect();
        let trace: f64 = (0..rows.len())
            .map(|n| solve(&rows, false, &(0..rows.len()).map(|k| f64::from(k == n)).collect::<Vec<f64>>())[n])
            .sum();
        4.0 / trace
    }
}

/// 2a (cosh s - 1) = 4a sinh²(s/2), the convex conjugate of a term of Q.
fn conjugate(log_a: f64, s: f64) -> f64 {
    if s.abs() < 1.0 {
        let half = libm::sinh(0.5 * s);
        4.0 * exp(log_a) * half * half
    } else {
        exp(log_a + s.abs()) - 2.0 * exp(log_a) + exp(log_a - s.abs())
    }
}

/// Q(β), by Fenchel's equality β s = q(β) + q*(s) at s = arcsinh(β/2a).
pub(super) fn potential(log_a: &[f64], beta: &[f64]) -> f64 {
    let term = |(log_a, beta): (&f64, &f64)| {
        let s = libm::asinh(0.5 * beta * exp(-log_a));
        beta * s - conjugate(*log_a, s)
    };
    log_a.iter().zip(beta).map(term).sum()
}

/// Newton's method on the dual, min Σ 2a_i cosh(x_i·ν + shift_i) - ν·y, which is convex.
///
/// The unknowns are c = X_B'ν for the columns B of `basis`, and the equations X_B^-1 (X β - y) = 0, one a column of B, each
/// of the size of its own β: in these both the entries of order one and those of order α^1.7 keep their digits. A step is
/// shortened from M to log(1 + M), M its largest change of s, which makes the function fall since its third derivative
/// is at most its second (Sun, Tran-Dinh 2019). It begins on the ray of the dual vector of the least l1 norm, where no
/// entry of β is out of proportion. What is 0 in X_B^-1 y but for rounding is taken for 0.
pub(super) fn minimise(problem: &Regression, log_a: &[f64], shift: &[f64], l1: &LeastL1) -> Result<Minimiser> {
    let basis = &l1.basis;
    let (count, dim) = (problem.x.count(), problem.x.dim());
    let columns: Vec<Vec<f64>> = basis.iter().map(|&j| problem.x.column(j)).collect();
    let inverse: Vec<Vec<f64>> = (0..count)
        .map(|n| solve(&columns, false, &(0..count).map(|k| f64::from(k == n)).collect::<Vec<f64>>()))
        .collect();
    // Rows of X_B^-1 X, in which the columns of the basis are those of the identity.
    let row = |k: usize, j: usize| match basis.iter().position(|&b| b == j) {
        Some(own) => f64::from(own == k),
        None => problem.x.rows().zip(&inverse).map(|(x, inverse)| inverse[k] * x[j]).sum(),
    };
    let rows: Vec<Vec<f64>> = (0..count).map(|k| (0..dim).map(|j| row(k, j)).collect()).collect();
    let target = |k: usize| {
        let terms = || problem.y.iter().zip(&inverse).map(|(y, inverse)| inverse[k] * y);
        let (sum, size) = (terms().sum::<f64>(), terms().map(f64::abs).sum::<f64>());
        if sum.abs() <= Slack::rounding(8.0 * count as f64, size).total() { 0.0 } else { sum }
    };
    let b: Vec<f64> = (0..count).map(target).collect();
    let s_of = |c: &[f64]| -> Vec<f64> {
        (0..dim).map(|j| shift[j] + rows.iter().zip(c).map(|(row, c)| row[j] * c).sum::<f64>()).collect()
    };
    let beta_of = |s: &[f64]| -> Vec<f64> { log_a.iter().zip(s).map(|(log_a, s)| coefficient(*log_a, *s)).collect() };
    let largest = b.iter().fold(0.0_f64, |largest, b| largest.max(b.abs()));
    let reach = log_a.iter().map(|log_a| libm::asinh(0.5 * largest * exp(-log_a))).fold(f64::INFINITY, f64::min);
    let mut c: Vec<f64> = columns.iter().map(|column| reach * dot(column, &l1.nu)).collect();
    let mut last_step = f64::INFINITY;
    for _ in 0..400 {
        let s = s_of(&c);
        let beta = beta_of(&s);
        let d: Vec<f64> = log_a.iter().zip(&s).map(|(log_a, s)| stiffness(*log_a, *s)).collect();
        let entry = |k: usize, l: usize| (0..dim).map(|j| rows[k][j] * d[j] * rows[l][j]).sum::<f64>();
        // Scaled to a diagonal of ones, so that elimination does not mix the sizes.
        let scale: Vec<f64> = (0..count).map(|k| entry(k, k).sqrt()).collect();
        let matrix =
            (0..count * count).map(|i| entry(i / count, i % count) / scale[i / count] / scale[i % count]).collect();
        let lu = Lu::new(count, matrix);
        let mut step: Vec<f64> = (0..count).map(|k| (b[k] - dot(&rows[k], &beta)) / scale[k]).collect();
        lu.solve(&mut step);
        step.iter_mut().zip(&scale).for_each(|(step, scale)| *step /= scale);
        let unshifted = |j: usize| rows.iter().zip(&step).map(|(row, step)| row[j] * step).sum::<f64>();
        let largest = (0..dim).map(|j| unshifted(j).abs()).fold(0.0, f64::max);
        let reach = s.iter().fold(0.0_f64, |reach, s| reach.max(s.abs()));
        if step.iter().any(|step| !step.is_finite()) {
            break;
        }
        if largest <= 4.0 * f64::EPSILON * reach || (largest < 1e-9 * reach && largest >= 0.5 * last_step) {
            // What one rounding of each term of the equations, and of each product in s, does to s.
            let products: Vec<f64> = (0..dim)
                .map(|j| shift[j].abs() + rows.iter().zip(&c).map(|(row, c)| (row[j] * c).abs()).sum::<f64>())
                .collect();
            let mut spread = vec![0.0; count];
            for k in 0..count {
                let terms = (0..dim).map(|j| rows[k][j].abs() * (beta[j].abs() + d[j] * products[j])).sum::<f64>();
                let mut moved = vec![0.0; count];
                moved[k] = (b[k].abs() + terms) / scale[k];
                lu.solve(&mut moved);
                spread.iter_mut().zip(&moved).zip(&scale).for_each(|((spread, e), scale)| *spread += (e / scale).abs());
            }
            let lost = |j: usize| products[j] + rows.iter().zip(&spread).map(|(row, e)| row[j].abs() * e).sum::<f64>();
            // X_B^-1 has the rounding of its own solution.
            let of_row = |k: usize| -> f64 {
                inverse
                    .iter()
                    .enumerate()
                    .map(|(n, c)| c[k].abs() * columns.iter().map(|c| c[n].abs()).sum::<f64>())
                    .sum()
            };
            let condition = (0..count).map(of_row).fold(1.0, f64::max);
            let roundings = (4 * count + 8) as f64 * condition * (0..dim).map(lost).fold(0.0, f64::max);
            let steepness = d.iter().copied().fold(0.0, f64::max) / beta.iter().fold(0.0, |most, b| b.abs().max(most));
            let mut square = 0.0;
            for row_of_inverse in &inverse {
                let mut moved: Vec<f64> = row_of_inverse.iter().zip(&scale).map(|(e, scale)| e / scale).collect();
                lu.solve(&mut moved);
                moved.iter_mut().zip(&scale).for_each(|(moved, scale)| *moved /= scale);
                let of = |j: usize| d[j] * rows.iter().zip(&moved).map(|(row, e)| row[j] * e).sum::<f64>();
                square += (0..dim).map(|j| of(j) * of(j)).sum::<f64>();
            }
            let gain = square.sqrt();
            return Ok(Minimiser { beta, s, dual: (c, b), last_step: largest, roundings, steepness, gain });
        }
        let length = (ln_1p(largest) / largest).min(20.0 / largest).min(1.0);
        // Below a tenth the full step is Newton's own.
        let length = if largest < 0.1 { 1.0 } else { length };
        c.iter_mut().zip(&step).for_each(|(c, step)| *c += length * step);
        last_step = largest;
    }
    Err(Error::numerical(format!("the dual of the potential was not solved: the last step is {last_step:.1e}")))
}

/// The flow to the end of its convergence, from one start, and the minimiser.
pub(super) struct End {
    pub(super) name: String,
    pub(super) problem: Regression,
    pub(super) log_a: Vec<f64>,
    pub(super) minimiser: Minimiser,
    pub(super) run: Limit,
}

/// β where a flow, or gradient descent, has come to rest, the difference to the run of coarser tolerance, and the rounding
/// of what was followed, relative to β.
pub(super) struct Limit {
    pub(super) beta: Vec<f64>,
    pub(super) drift: f64,
    pub(super) rounding: Slack,
}

impl Limit {
    /// How far β may be from where the flow leads.
    pub(super) fn slack(&self) -> Slack {
        Slack::integration(self.drift) + self.rounding.clone().times(norm(&self.beta))
    }

    /// `size` is that of the variables whose errors are relative ones of β.
    pub(super) fn new(rest: &Rest, beta: impl Fn(&[f64]) -> Vec<f64>, size: f64) -> Limit {
        let end = beta(&rest.fine);
        let drift = distance(&end, &beta(&rest.coarse));
        Limit { beta: end, drift, rounding: Slack::rounding(rest.roundings, size) }
    }
}

/// The limit of the weights themselves from this start.
pub(super) fn of_weights(
    problem: &Regression,
    depth: usize,
    alpha: f64,
    plus: &[f64],
    minus: &[f64],
    rate: f64,
) -> Result<Limit> {
    let ode = Weights { problem, depth, alpha };
    let residual = |w: &[f64]| norm(&problem.residual(&ode.beta(w)));
    let rest = settle(&ode, residual, norm(&problem.y), &[plus, minus].concat(), rate)?;
    Ok(Limit::new(&rest, |w| ode.beta(w), 2.0 * depth as f64))
}

/// A residual, relative to y, at which the growing is over, and what is left decays at the rate of the linearised flow.
const SETTLED: f64 = 1e-8;

/// The state of a flow that has come to rest, at the two tolerances, and the roundings of the finer run.
pub(super) struct Rest {
    pub(super) fine: Vec<f64>,
    pub(super) coarse: Vec<f64>,
    pub(super) roundings: f64,
}

/// Follows a flow by stretches of forty e-foldings of its slowest rate, until one has brought the residual down,
/// and then for one stretch more.
pub(super) fn settle<O: Ode>(
    ode: &O,
    residual: impl Fn(&[f64]) -> f64,
    size: f64,
    start: &[f64],
    rate: f64,
) -> Result<Rest> {
    let stretch = [40.0 / rate];
    let (mut fine, mut coarse, mut roundings) = (start.to_vec(), start.to_vec(), 0.0);
    let mut settled = false;
    for _ in 0..400 {
        let run = dormand_prince(ode, 0.0, &fine, &stretch, TIGHT)?;
        coarse = dormand_prince(ode, 0.0, &coarse, &stretch, TIGHT.coarser())?.states.remove(0);
        roundings += run.roundings[0];
        fine.clone_from(&run.states[0]);
        if settled {
            return Ok(Rest { fine, coarse, roundings });
        }
        settled = residual(&fine) <= SETTLED * size;
    }
    Err(Error::numerical("the flow did not settle"))
}

/// After so many stretches, each four times as long, a residual that does not halve is taken for rounding.
const MOST_STALLS: usize = 10;

/// The same by the implicit method, for data of which nothing is known: times that grow by four, until the residual is lost in
/// rounding or has long stopped to fall.
/// Returns the time as well; `see` is shown every step of the finer run.
pub(super) fn rest_of_stiff(
    ode: &impl Differentiable,
    residual: impl Fn(&[f64]) -> f64,
    size: f64,
    dim: usize,
    mut see: impl FnMut(f64, &[f64]),
) -> Result<(Rest, f64)> {
    let (mut fine, mut coarse, mut roundings) = (vec![0.0; dim], vec![0.0; dim], 0.0);
    let (mut from, mut to, mut least, mut stalls) = (0.0, 1e-6, f64::INFINITY, 0);
    for _ in 0..100 {
        let watched = Watched::new(ode, |since: f64, y: &[f64]| see(from + since, y));
        let run = extrapolated_euler(&watched, 0.0, &fine, &[to - from], TIGHT)?;
        coarse = extrapolated_euler(ode, 0.0, &coarse, &[to - from], TIGHT.coarser())?.states.remove(0);
        roundings += run.roundings[0];
        fine.clone_from(&run.states[0]);
        let now = residual(&fine);
        stalls = if now >= 0.5 * least { stalls + 1 } else { 0 };
        least = least.min(now);
        if now <= 1e-12 * size || (now <= SETTLED * size && stalls == MOST_STALLS) {
            return Ok((Rest { fine, coarse, roundings }, to));
        }
        (from, to) = (to, 4.0 * to);
    }
    Err(Error::numerical(format!(
        "the flow did not settle: |X β - y| is still {:.1e} of |y| at t = {from:.1e}",
        residual(&fine) / size
    )))
}

/// One problem with starts of four sizes: shape and sizes are drawn.
pub(super) fn ends(seed: Seed) -> Result<Vec<End>> {
    let stream = &mut seed.stream("diagonal-network", "hyperbolic entropy");
    let Planted { problem, .. } = plant_full(3, 7, stream)?;
    let shape: Vec<f64> = (0..7).map(|_| stream.uniform(0.6, 1.6)).collect();
    let moderate = exp(LN_10 * stream.uniform(-1.5, -0.2));
    let alphas = [1e-32, exp(LN_10 * stream.uniform(-12.0, -6.0)), moderate, exp(LN_10 * stream.uniform(0.5, 3.0))];
    let l1 = min_l1_norm(&problem)?;
    let end = |&alpha: &f64| -> Result<End> {
        let log_a: Vec<f64> = shape.iter().map(|w0| 2.0 * ln(alpha * w0)).collect();
        let minimiser = minimise(&problem, &log_a, &[0.0; 7], &l1)?;
        let rate = minimiser.rate(&problem, &log_a);
        let reach = minimiser.s.iter().fold(1.0_f64, |reach, s| reach.max(s.abs()));
        // The weights themselves where their squares neither cancel nor vanish; else their arcsinh.
        let run = if alpha == moderate {
            let start: Vec<f64> = shape.iter().map(|w0| alpha * w0).collect();
            of_weights(&problem, 2, alpha, &start, &start, rate)?
        } else {
            let ode = Arcsinh { problem: &problem, log_a: &log_a };
            let residual = |z: &[f64]| norm(&problem.residual(&ode.beta(z)));
            let rest = settle(&ode, residual, norm(&problem.y), &[0.0; 7], rate)?;
            Limit::new(&rest, |z| ode.beta(z), reach)
        };
        let variables = if alpha == moderate { "weights" } else { "arcsinh" };
        Ok(End { name: format!("α = {alpha:.2e}, {variables}"), problem: problem.clone(), log_a, minimiser, run })
    };
    alphas.iter().map(end).collect()
}

/// The limit is a minimiser. arcsinh(β/2a), the gradient of Q, is a combination of the rows of X at all times, and
/// that with X β = y is what makes β the minimiser of a convex function. The minimiser is found without the flow.
pub(super) fn hyperbolic_entropy(end: &End, claims: &mut Claims) {
    let End { name, problem, log_a, minimiser, run } = end;
    let beta = &run.beta;
    let size = norm(&minimiser.beta);
    let left = norm(&problem.residual(beta)) * minimiser.gain;
    let slack = || run.slack() + minimiser.slack().times(size) + Slack::next_term(left, 2.0);
    claims
        .equal(format!("|β(t) - argmin Q|, {name}"), distance(beta, &minimiser.beta), 0.0, slack())
        .on("|argmin Q|", size);
    let frobenius = problem.frobenius();
    claims
        .equal(
            format!("|X β(t) - y|, {name}"),
            norm(&problem.residual(beta)),
            0.0,
            (run.slack() + Slack::rounding(64.0, size)).times(frobenius),
        )
        .on("|X| |β|", frobenius * size);
    let bound = minimiser.dual_bound(log_a);
    // The gradient of Q is arcsinh(β/2a).
    let slope = norm(&minimiser.s);
    claims.equal(
        format!("Q(β(t)) over its dual bound, {name}"),
        potential(log_a, beta) / bound,
        1.0,
        slack().times(slope / bound) + Slack::rounding(64.0, 1.0),
    );
}
