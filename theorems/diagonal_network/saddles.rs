//! From a vanishing start the flow waits at saddles and jumps between them: which, when, and with which delay.

use super::network::{Arcsinh, Followed, condition, follow, inverse, plant_full};
use super::rich::log_sizes;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::ode::Ode;
use theoremcheck::lu::solve;
use theoremcheck::problem::regression::Regression;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, axpy, difference, distance, dot, exp, ln, norm};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "saddle-to-saddle",
    says: "Let X β = y have a solution and α go to 0, and suppose that at each jump one coordinate joins and none leaves or changes \
           its sign. Then between jumps the flow stays near minimisers of the loss on growing sets of coordinates, the last of which \
           is a solution of least l1 norm, and s = arcsinh(β/2a) moves on a line, with the velocity -4 g of the minimiser. \
           Coordinate j joins when the line of |s_j| comes to log(|β_j|/a_j) with β the next minimiser, and the lines of s before \
           and after a jump differ by X'w with w in the span of the columns that have joined: up to powers of α.",
    kind: Kind::Refinement,
    standing: Standing::Formal,
    notes: &["N21"],
    claims: |lab, c| lab.run(jumps).map(|jumps| saddle_to_saddle(&jumps, c)),
}];

/// A saddle: where β is, and the line λ_0 + t r on which λ runs while the flow stays there; s = 4 X'λ.
#[derive(Debug, Clone)]
pub(super) struct Saddle {
    pub(super) active: Vec<usize>,
    pub(super) beta: Vec<f64>,
    lambda: Vec<f64>,
    residual: Vec<f64>,
    /// When the flow comes here, in time and in units of 2 log(1/α), and when the next coordinate is due at the earliest.
    pub(super) from: f64,
    pub(super) clock: f64,
}

/// The inner products of some columns.
fn gram(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    columns.iter().map(|a| columns.iter().map(|b| dot(a, b)).collect()).collect()
}

/// The least-squares solution on some columns.
fn fit(problem: &Regression, active: &[usize]) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = active.iter().map(|&j| problem.x.column(j)).collect();
    let right: Vec<f64> = columns.iter().map(|c| dot(c, &problem.y)).collect();
    let mut beta = vec![0.0; problem.x.dim()];
    active.iter().zip(solve(&gram(&columns), false, &right)).for_each(|(&j, b)| beta[j] = b);
    beta
}

/// The saddles that the flow from starts of the sizes a visits, if no coordinate ever leaves.
///
/// Twice the same recursion: with the levels log(|β|/a), which give the times, and in units of L = 2 log(1/α) with the
/// levels 1, which gives their limits.
fn visit(problem: &Regression, log_a: &[f64]) -> Option<Vec<Saddle>> {
    let count = problem.x.count();
    let y = problem.y.clone();
    let mut saddles = vec![Saddle {
        active: vec![],
        beta: vec![0.0; problem.x.dim()],
        lambda: vec![0.0; count],
        residual: y,
        from: 0.0,
        clock: 0.0,
    }];
    let mut limit = vec![0.0; count];
    while saddles.len() <= count {
        let here = saddles.last()?;
        // The line of s of column j in units of L: where it begins and how fast it goes.
        let line = |j: usize, lambda: &[f64]| {
            let x = problem.x.column(j);
            (4.0 * dot(&x, lambda), 4.0 * dot(&x, &here.residual))
        };
        let due = |j: usize| {
            let (at, speed) = line(j, &limit);
            (speed.signum() - at) / speed
        };
        let waiting = (0..problem.x.dim()).filter(|j| !here.active.contains(j));
        let next = waiting.reduce(|best, j| if due(j) < due(best) { j } else { best })?;
        let clock = due(next);
        let sign = line(next, &limit).1.signum();
        let mut active = here.active.clone();
        active.push(next);
        let beta = fit(problem, &active);
        let kept = here.active.iter().all(|&j| beta[j] * here.beta[j] > 0.0) && beta[next] * sign > 0.0;
        if !kept {
            return None;
        }
        let (at, speed) = line(next, &here.lambda);
        let level = |j: usize| beta[j].signum() * (ln(beta[j].abs()) - log_a[j]);
        let from = (level(next) - at) / speed;
        let columns: Vec<Vec<f64>> = active.iter().map(|&j| problem.x.column(j)).collect();
        let land = |lambda: &[f64], level: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let lacking: Vec<f64> =
                active.iter().zip(&columns).map(|(&j, c)| level(j) / 4.0 - dot(c, lambda)).collect();
            let mut landed = lambda.to_vec();
            solve(&gram(&columns), false, &lacking).iter().zip(&columns).for_each(|(w, c)| axpy(*w, c, &mut landed));
            landed
        };
        let lambda = land(&here.lambda, &level);
        limit = land(&limit, &|j| beta[j].signum());
        let residual = difference(&problem.y, &problem.x.margins(&beta));
        saddles.push(Saddle { active, beta, lambda, residual, from, clock });
    }
    Some(saddles)
}

/// The flow from a start of less than 1e-60, at a time in the middle of each stay.
pub(super) struct Jumps {
    pub(super) problem: Regression,
    alpha: f64,
    pub(super) l: f64,
    pub(super) log_a: Vec<f64>,
    pub(super) saddles: Vec<Saddle>,
    pub(super) flow: Followed,
    least: Vec<f64>,
    /// At each of these times.
    remainders: Vec<Remainder>,
}

/// What is not as at the saddle, at one time.
struct Remainder {
    /// Σ|β_j| over the coordinates that wait: at this time, and at this jump and the ones before.
    waiting: f64,
    /// The integral of this sum until now, at most.
    integral: f64,
    /// What is left of the jump, relative: e^-rate(t - from).
    jump: f64,
}

/// 4/tr((D^1/2 X_A'X_A D^1/2)^-1), below the slowest rate at which the flow comes to rest at a saddle.
fn rate(problem: &Regression, saddle: &Saddle) -> f64 {
    let columns: Vec<Vec<f64>> = saddle.active.iter().map(|&j| problem.x.column(j)).collect();
    let inverse = inverse(&gram(&columns));
    4.0 / (0..columns.len()).map(|i| inverse[i][i] / saddle.beta[saddle.active[i]].abs()).sum::<f64>()
}

impl Jumps {
    /// Nothing if a coordinate leaves, or if too much is left of the jumps in the middle of a stay.
    fn new(problem: &Regression, alpha: f64, shape: &[f64]) -> Result<Option<Jumps>> {
        let (log_a, l) = (log_sizes(alpha, shape), -2.0 * ln(alpha));
        let Some(saddles) = visit(problem, &log_a) else { return Ok(None) };
        // In the middle of each stay; at the last saddle as long after the jump as it takes to come to rest.
        let last = &saddles[saddles.len() - 1];
        let mut times: Vec<f64> = saddles.windows(2).map(|pair| 0.5 * (pair[0].from + pair[1].from)).collect();
        times.push(last.from + 60.0 / rate(problem, last));
        let remainders = remainders(problem, &log_a, &saddles, &times);
        let small = remainders.iter().all(|remainder| remainder.waiting + remainder.jump < 1e-7);
        if !small || saddles.windows(2).any(|pair| pair[1].from <= pair[0].from) {
            return Ok(None);
        }
        let flow = follow(&Arcsinh { problem, log_a: &log_a }, &vec![0.0; log_a.len()], &times)?;
        let least = min_l1_norm(problem)?.beta;
        Ok(Some(Jumps { problem: problem.clone(), alpha, l, log_a, saddles, flow, least, remainders }))
    }
}

/// From two starts of one shape.
pub(super) fn jumps(seed: Seed) -> Result<[Jumps; 2]> {
    let stream = &mut seed.stream("diagonal-network", "saddles");
    for _ in 0..2_000 {
        let problem = plant_full(3, 6, stream)?.problem;
        let alphas = [stream.uniform(60.0, 75.0), stream.uniform(85.0, 100.0)].map(|digits| exp(-LN_10 * digits));
        let shape: Vec<f64> = (0..6).map(|_| stream.uniform(0.6, 1.6)).collect();
        let [larger, smaller] = alphas.map(|alpha| Jumps::new(&problem, alpha, &shape));
        if let (Some(larger), Some(smaller)) = (larger?, smaller?) {
            return Ok([larger, smaller]);
        }
    }
    Err(Error::numerical("no problem was drawn on which every jump adds a coordinate"))
}

/// At each time, what is left of the jump, and the entries of the coordinates that have not joined, which are a e^|s|: those
/// of this time, and those at this jump and the ones before, which leave their trace in s. On a line |s| is convex, and
/// so the integral of a e^|s| is at most the sum of its ends over the speed.
fn remainders(problem: &Regression, log_a: &[f64], saddles: &[Saddle], times: &[f64]) -> Vec<Remainder> {
    let early = |k: usize, on: usize, t: f64| -> (f64, f64) {
        let waiting = (0..log_a.len()).filter(|j| !saddles[k].active.contains(j));
        waiting.fold((0.0, 0.0), |(sum, integral), j| {
            let entry = exp(log_a[j] + saddles[on].s(problem, j, t).abs());
            let speed = 4.0 * dot(&problem.x.column(j), &saddles[on].residual).abs();
            (sum + entry, integral + entry / speed)
        })
    };
    let mut traces = (0.0, 0.0);
    let mut of = |k: usize| {
        let from = saddles[k].from;
        // At the last saddle nothing is across the columns, and there is nothing to integrate.
        let here = |t: f64| if k + 1 < saddles.len() { early(k, k, t) } else { (early(k, k, t).0, 0.0) };
        let now = here(times[k]);
        if k == 0 {
            return Remainder { waiting: now.0, integral: now.1, jump: 0.0 };
        }
        for (sum, integral) in [here(from), early(k, k - 1, from)] {
            traces = (traces.0 + sum, traces.1 + integral);
        }
        let jump = exp(-rate(problem, &saddles[k]) * (times[k] - from));
        Remainder { waiting: traces.0 + now.0, integral: traces.1 + now.1, jump }
    };
    (0..saddles.len()).map(&mut of).collect()
}

/// How far the remainder moves β from the saddle, and s from its line.
///
/// What waits, β_W, moves the rest to -X_A⁺ X_W β_W, to which it comes in the norm |D^-1/2 β|, D = |β|; the jump begins at a
/// loss of at most |y|²/2, and so at most |X_A⁺||y| away. On A, s is the logarithm of β; λ is otherwise moved
/// across the columns of A, by the integral of X_W β_W.
fn moved(problem: &Regression, saddle: &Saddle, remainder: &Remainder) -> [f64; 2] {
    let Remainder { waiting, integral, jump } = remainder;
    let columns: Vec<Vec<f64>> = saddle.active.iter().map(|&j| problem.x.column(j)).collect();
    // |X_A⁺|² is the norm of the inverse.
    let pseudo = norm(&inverse(&gram(&columns)).concat()).sqrt();
    let sizes = || saddle.active.iter().map(|&j| saddle.beta[j].abs());
    let (least, largest) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let frobenius = problem.frobenius();
    let lever = frobenius * pseudo;
    let on_active = (largest / least).sqrt() * lever * waiting + pseudo * norm(&problem.y) * jump;
    [waiting + on_active, lever * on_active / least + 4.0 * frobenius * frobenius * integral]
}

impl Saddle {
    fn s(&self, problem: &Regression, j: usize, t: f64) -> f64 {
        let x = problem.x.column(j);
        4.0 * (dot(&x, &self.lambda) + t * dot(&x, &self.residual))
    }
}

/// How far β and s may be from the saddles and their lines, and the lines from themselves by rounding.
struct Errors<'a> {
    jumps: &'a Jumps,
    moved: Vec<[f64; 2]>,
    /// Roundings of a solution in the Gram matrix of the last saddle, of which those before are parts and no worse
    /// conditioned.
    solved: f64,
}

impl Errors<'_> {
    fn of(jumps: &Jumps) -> Errors<'_> {
        let Jumps { problem, saddles, remainders, .. } = jumps;
        let last = saddles.last().expect("there is the start");
        let columns: Vec<Vec<f64>> = last.active.iter().map(|&j| problem.x.column(j)).collect();
        let solved = 8.0 * columns.len() as f64 * condition(&gram(&columns));
        let moved = saddles.iter().zip(remainders).map(|(saddle, remainder)| moved(problem, saddle, remainder));
        Errors { jumps, moved: moved.collect(), solved }
    }

    fn of_beta(&self, k: usize) -> Slack {
        Slack::next_term(self.moved[k][0], 2.0)
    }

    fn of_s(&self, k: usize) -> Slack {
        Slack::next_term(self.moved[k][1], 2.0)
    }

    /// Each jump before has solved for λ once, and for the residual.
    fn of_line(&self, k: usize, t: f64) -> Slack {
        let Jumps { problem, saddles, .. } = self.jumps;
        let frobenius = problem.frobenius();
        let speed = frobenius * norm(&saddles[k].beta) + norm(&problem.y);
        Slack::rounding((k + 1) as f64 * self.solved, 4.0 * frobenius * (norm(&saddles[k].lambda) + t * speed))
    }
}

/// What the integrator may have lost in β, which is at rest: dβ is √(β² + 4a²) dz.
fn lost_in_beta(ode: &Arcsinh, flow: &Followed, k: usize) -> f64 {
    let beta = ode.beta(&flow.fine[k]);
    distance(&beta, &ode.beta(&flow.coarse[k])) + norm(&beta) * flow.local[k]
}

/// Where the line of the coordinate that joins at jump k meets the value it ends at, all from the flow; and the speed of its
/// s on that line.
fn time_of_jump(errors: &Errors, k: usize) -> (Quantity, f64) {
    let Jumps { problem, log_a, saddles, flow, .. } = errors.jumps;
    let (ode, after, frobenius) = (Arcsinh { problem, log_a }, &saddles[k], problem.frobenius());
    let joins = after.active[k - 1];
    let mut speed = vec![0.0; log_a.len()];
    ode.rate(0.0, &flow.fine[k - 1], &mut speed);
    let met = |states: &[Vec<f64>]| flow.times[k - 1] + (states[k][joins] - states[k - 1][joins]) / speed[joins];
    // The speed is known as well as β is at the saddle.
    let moved_by_integration = lost_in_beta(&ode, flow, k - 1);
    let pull = 4.0 * frobenius * norm(&problem.x.column(joins)) * (after.from - flow.times[k - 1]);
    let of_speed = Slack::integration(pull * moved_by_integration) + errors.of_beta(k - 1).times(pull);
    let slack = Slack::integration(met(&flow.fine) - met(&flow.coarse))
        + (of_speed
            + Slack::rounding(2.0 * flow.roundings[k], norm(&flow.fine[k]))
            + errors.of_line(k - 1, after.from)
            + errors.of_s(k - 1)
            + errors.of_s(k))
        .times(1.0 / speed[joins].abs())
        + Slack::rounding(64.0, after.from);
    (Quantity::new(met(&flow.fine), slack), speed[joins].abs())
}

/// Saddles. While β stays, s moves on a line; s_j comes to log(|β_j|/a_j) when β_j is of order one. What a jump adds to s
/// is an integral of X β - y beside two constants, and so in 4 X' times the span of the columns that move. From one start to
/// the other the times grow as the recursion in units of 2 log(1/α) says, which knows neither start.
pub(super) fn saddle_to_saddle(runs: &[Jumps; 2], claims: &mut Claims) {
    let [larger, smaller] = runs.each_ref().map(Errors::of);
    between_jumps(&larger, claims);
    between_jumps(&smaller, claims);
    for k in 1..larger.jumps.saddles.len() {
        let [(early, _), (late, speed)] = [time_of_jump(&larger, k), time_of_jump(&smaller, k)];
        claims.equal(
            format!("time of jump {k}: its slope in 2 log(1/α)"),
            (late - early) / (smaller.jumps.l - larger.jumps.l),
            larger.jumps.saddles[k].clock,
            // The recursion in units of 2 log(1/α) has the roundings of the other.
            smaller.of_line(k - 1, smaller.jumps.saddles[k].from).times(1.0 / (speed * smaller.jumps.l)),
        );
    }
}

/// β, s and the times of the jumps from one start.
fn between_jumps(errors: &Errors, claims: &mut Claims) {
    let Jumps { problem, alpha, log_a, saddles, flow, least, .. } = errors.jumps;
    let ode = Arcsinh { problem, log_a };
    let dim = log_a.len();
    let size = norm(least);
    let last = saddles.last().expect("there is the start");
    claims
        .equal(
            format!("|last saddle - least l1|, α = {alpha:.1e}"),
            distance(&last.beta, least),
            0.0,
            Slack::rounding(2.0 * errors.solved, size),
        )
        .on("|least l1|", size);
    for (k, saddle) in saddles.iter().enumerate() {
        let (z, coarse) = (&flow.fine[k], &flow.coarse[k]);
        let beta = ode.beta(z);
        let rounding = Slack::rounding(flow.roundings[k], norm(z));
        claims
            .equal(
                format!("|β - saddle {k}|, between jumps, α = {alpha:.1e}"),
                distance(&beta, &saddle.beta),
                0.0,
                Slack::integration(lost_in_beta(&ode, flow, k)) + rounding.clone().times(size) + errors.of_beta(k),
            )
            .on("|least l1|", size);
        let lines: Vec<f64> = (0..dim).map(|j| saddle.s(problem, j, flow.times[k])).collect();
        claims
            .equal(
                format!("|s - its line at saddle {k}|, between jumps, α = {alpha:.1e}"),
                distance(z, &lines),
                0.0,
                Slack::integration(distance(z, coarse) + flow.local[k])
                    + rounding
                    + errors.of_s(k)
                    + errors.of_line(k, flow.times[k]),
            )
            .on("1, where log(1/α) is of order 100", 1.0);
    }
    for (k, saddle) in saddles.iter().enumerate().skip(1) {
        let (time, speed) = time_of_jump(errors, k);
        claims
            .equal(
                format!("time of jump {k}, α = {alpha:.1e}"),
                time,
                saddle.from,
                errors.of_line(k - 1, saddle.from).times(1.0 / speed),
            )
            .on("1/speed of s", 1.0 / speed);
    }
}
