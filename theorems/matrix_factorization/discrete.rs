//! Gradient descent beside the flow: what a step changes, and how far off it leads, to first order in the step.

use super::exponents::settling_time;
use super::identities::{Run, TIGHT, square, unbalanced};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::Factors;
use theoremcheck::flow::ode::Ode;
use theoremcheck::problem::completion::Completion;
use theoremcheck::real::{combine, difference, dot, largest};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "drift-of-a-step",
        says: "A step of gradient descent changes D by η²(V'G'GV - U'GG'U), exactly; over a fixed time the change \
               over η tends to the integral of (V'G'GV - U'GG'U) along the flow, at first order in η.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N15"],
        claims: |lab, c| {
            drift_of_a_step(&*lab.run(drift_run)?, c);
            Ok(())
        },
    },
    Step {
        id: "discrete-steps-follow-the-flow",
        says: "Where gradient descent and the flow both end at completions, and the observed residuals have independent \
               gradients at these, the two completions differ by ηc, up to the square of η, with the c that one equation \
               along the flow gives.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            discrete_steps_follow_the_flow(&*lab.run(discrete_run)?, c);
            Ok(())
        },
    },
];

// ---------------------------------------------------------------------------------------------------
// The first order in the step
// ---------------------------------------------------------------------------------------------------

/// The flow z' = F(z) of the factors, and beside it e with which gradient descent of a small step η is at z + ηe: e' =
/// ∂F e - z''/2 with z'' = ∂F F; and the integrals of K = V'G'GV - U'GG'U, the imbalance of F, and of ∂K e.
struct FirstOrder<'a> {
    problem: &'a Completion,
    start: &'a Factors,
}

/// The derivative of the velocity at z in a direction. The velocity is a polynomial of degree three, of which a difference
/// of five points gives it exactly.
fn derivative(problem: &Completion, z: &Factors, along: &Factors) -> Factors {
    let velocity = |s: f64| z.moved(s, along).velocity(problem);
    let slope = |near: &[f64], opposite: &[f64], far: &[f64], beyond: &[f64]| -> Vec<f64> {
        let term = |k: usize| (8.0 * (near[k] - opposite[k]) - (far[k] - beyond[k])) / 12.0;
        (0..near.len()).map(term).collect()
    };
    let [a, b, c, d] = [1.0, -1.0, 2.0, -2.0].map(velocity);
    Factors { rank: z.rank, u: slope(&a.u, &b.u, &c.u, &d.u), v: slope(&a.v, &b.v, &c.v, &d.v), volume: None }
}

/// The derivative of the imbalance of w, a quadratic function, in a direction.
fn derivative_of_imbalance(w: &Factors, along: &Factors) -> Vec<f64> {
    let both = w.moved(1.0, along).imbalance();
    difference(&difference(&both, &w.imbalance()), &along.imbalance())
}

impl FirstOrder<'_> {
    fn factors(&self, y: &[f64]) -> Factors {
        let (u, rest) = y.split_at(self.start.u.len());
        Factors { rank: self.start.rank, u: u.to_vec(), v: rest[..self.start.v.len()].to_vec(), volume: None }
    }

    fn size(&self) -> usize {
        self.start.u.len() + self.start.v.len()
    }
}

impl Ode for FirstOrder<'_> {
    fn dim(&self) -> usize {
        2 * self.size() + 2 * self.start.rank * self.start.rank
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let (z, e) = (self.factors(y), self.factors(&y[self.size()..]));
        let velocity = z.velocity(self.problem);
        let turned = derivative(self.problem, &z, &e);
        let rate_of_e = turned.moved(-0.5, &derivative(self.problem, &z, &velocity));
        let drift = derivative_of_imbalance(&velocity, &turned);
        let of_factors = [&velocity.u, &velocity.v, &rate_of_e.u, &rate_of_e.v].into_iter().flatten().copied();
        let all = of_factors.chain(velocity.imbalance()).chain(drift);
        dy.iter_mut().zip(all).for_each(|(dy, rate)| *dy = rate);
    }
}

/// z, e and the two integrals at a time.
struct Order {
    z: Factors,
    e: Factors,
    integral: Vec<f64>,
    of_derivative: Vec<f64>,
}

/// The same by two runs of the integrator, and the roundings of either.
struct Orders {
    fine: Order,
    coarse: Order,
    roundings: f64,
}

fn first_order(problem: &Completion, start: &Factors, time: f64) -> Result<Orders> {
    let ode = FirstOrder { problem, start };
    let zeros = vec![0.0; ode.dim() - ode.size()];
    let y: Vec<f64> = start.u.iter().chain(&start.v).copied().chain(zeros).collect();
    let run = |tolerance| dormand_prince(&ode, 0.0, &y, &[time], tolerance);
    let order = |y: &[f64]| {
        let (integral, of_derivative) = y[2 * ode.size()..].split_at(start.rank * start.rank);
        let (integral, of_derivative) = (integral.to_vec(), of_derivative.to_vec());
        Order { z: ode.factors(y), e: ode.factors(&y[ode.size()..]), integral, of_derivative }
    };
    let (fine, coarse) = TIGHT.twice(run)?;
    Ok(Orders { fine: order(&fine.states[0]), coarse: order(&coarse.states[0]), roundings: fine.roundings[0] })
}

/// What the first order leaves out at a step, from what it leaves out at steps eight and sixteen times as long. That is aη²
/// + bη³ there: the larger of the two, over the square of the factor, is at least |a|/3, also where one passes through zero.
fn second_order(apart: impl Fn(usize) -> f64) -> Slack {
    let coefficient = |longer: usize| (apart(longer) / (longer * longer) as f64).abs();
    Slack::next_term(coefficient(8).max(coefficient(16)), 4.0)
}

// ---------------------------------------------------------------------------------------------------
// The balance
// ---------------------------------------------------------------------------------------------------

/// Gradient descent for a time, in 2048 steps.
pub(super) struct DriftRun {
    run: Run,
    time: f64,
    single: f64,
    orders: Orders,
}

const STEPS_OF_DRIFT: usize = 2048;

pub(super) fn drift_run(seed: Seed) -> Result<DriftRun> {
    let run = unbalanced(seed)?;
    let stream = &mut seed.stream("matrix-factorization", "drift");
    let (time, single) = (stream.uniform(1.5, 2.5), stream.uniform(0.05, 0.15));
    let orders = first_order(&run.problem, &run.start, time)?;
    Ok(DriftRun { run, time, single, orders })
}

/// A step changes D by η²(V'G'GV - U'GG'U) and nothing else; over a fixed time D/η is the integral ∫K of that, and η times
/// ∫∂K e less half the change of K, the error of the rectangle rule.
pub(super) fn drift_of_a_step(run: &DriftRun, claims: &mut Claims) {
    let DriftRun { run: Run { problem, start, .. }, time, single, orders } = run;
    let drift = |eta, steps| difference(&start.descend(problem, eta, steps).imbalance(), &start.imbalance());
    let predicted: Vec<f64> = start.velocity(problem).imbalance().iter().map(|d| single * single * d).collect();
    // Sums of products of entries, as many as U and V have rows, at both ends.
    let rows = (problem.rows + problem.cols) as f64;
    let size = 2.0 * square(start);
    claims
        .equal(
            "one step: max |change of D - η²(V'G'GV - U'GG'U)|",
            largest(difference(&drift(*single, 1), &predicted)),
            0.0,
            Slack::rounding(4.0 * rows, size),
        )
        .on("of the largest change", largest(predicted.iter().copied()));
    let with_first_order = |order: &Order, eta: f64| -> Vec<f64> {
        let k = difference(&order.z.velocity(problem).imbalance(), &start.velocity(problem).imbalance());
        let constant = combine(-0.5, &k, &order.of_derivative);
        combine(eta, &constant, &order.integral)
    };
    let apart = |steps: usize| {
        let eta = time / steps as f64;
        let over_eta: Vec<f64> = drift(eta, steps).iter().map(|d| d / eta).collect();
        largest(difference(&over_eta, &with_first_order(&orders.fine, eta)))
    };
    let eta = time / STEPS_OF_DRIFT as f64;
    let lost = difference(&with_first_order(&orders.fine, eta), &with_first_order(&orders.coarse, eta));
    claims
        .equal(
            "D/η after a fixed time: the largest entry of D/η less the integral of K and ηc",
            apart(STEPS_OF_DRIFT),
            0.0,
            second_order(|longer| apart(STEPS_OF_DRIFT / longer))
                + Slack::integration(largest(lost))
                + Slack::rounding(orders.roundings, size)
                // D/η divides the roundings of U and V in each step by η.
                + Slack::rounding(2.0 * STEPS_OF_DRIFT as f64 + 2.0 * rows, size / eta),
        )
        .on("of the integral", largest(orders.fine.integral.iter().copied()));
}

// ---------------------------------------------------------------------------------------------------
// The completion
// ---------------------------------------------------------------------------------------------------

/// [[*, b], [c, d]] from αI, for as long as its slowest entry needs.
pub(super) struct DiscreteRun {
    problem: Completion,
    start: Factors,
    time: f64,
    orders: Orders,
}

const SHORT: f64 = 1.0 / 512.0;

pub(super) fn discrete_run(seed: Seed) -> Result<DiscreteRun> {
    let stream = &mut seed.stream("matrix-factorization", "discrete");
    let (b, c, d) = (stream.uniform(0.8, 1.2), stream.uniform(0.8, 1.2), stream.uniform(0.5, 0.8));
    let problem = Completion::from_rows(&[[None, Some(b)], [Some(c), Some(d)]]);
    let alpha = stream.uniform(0.25, 0.4);
    let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
    let time = settling_time(b, c, d, alpha);
    let orders = first_order(&problem, &start, time)?;
    Ok(DiscreteRun { problem, start, time, orders })
}

/// x_11, the only entry that is free, where gradient descent ends: that of the flow and η times its derivative along e.
pub(super) fn discrete_steps_follow_the_flow(run: &DiscreteRun, claims: &mut Claims) {
    let DiscreteRun { problem, start, time, orders } = run;
    let with_first_order = |Order { z, e, .. }: &Order, eta: f64| {
        let row = |x: &[f64]| x[..2].to_vec();
        let along = dot(&row(&z.u), &row(&e.v)) + dot(&row(&e.u), &row(&z.v));
        z.entry(0, 0) + eta * along
    };
    let end = |eta: f64| start.descend(problem, eta, (time / eta) as usize).entry(0, 0);
    let apart = |eta: f64| end(eta) - with_first_order(&orders.fine, eta);
    let limit = orders.fine.z.entry(0, 0);
    let along = (with_first_order(&orders.fine, SHORT) - limit) / SHORT;
    let lost = with_first_order(&orders.fine, SHORT) - with_first_order(&orders.coarse, SHORT);
    claims
        .equal(
            "x_11 at the end: (that of descent less that of the flow)/η, against c",
            (end(SHORT) - limit) / SHORT,
            along,
            (second_order(|longer| apart(longer as f64 * SHORT))
                + Slack::integration(lost)
                // Descent forgets the roundings of all but the last steps along the observed entries, and keeps those of
                // x_11: one of each factor in each step.
                + Slack::rounding(2.0 * time / SHORT + orders.roundings, square(&orders.fine.z)))
            .times(1.0 / SHORT),
        )
        .on("x_11", limit);
}
