//! Gradient descent beside the flow: what a step changes, and at which order it follows.

use super::identities::{Run, TIGHT, largest};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, settle};
use theoremcheck::flow::ode::Ode;
use theoremcheck::problem::completion::Completion;
use theoremcheck::real::{difference, norm};

/// A quantity at step sizes η, η/2, η/4, η/8. If it is limit + cη + O(η²), its differences halve, and twice the finer
/// less the coarser is free of c.
struct Halvings([Vec<f64>; 4]);

impl Halvings {
    fn new(coarsest: f64, quantity: impl Fn(f64) -> Vec<f64>) -> Halvings {
        Halvings([1.0, 0.5, 0.25, 0.125].map(|part| quantity(part * coarsest)))
    }

    /// |q(η) - q(η/2)| / |q(η/2) - q(η/4)| and the same at η/2.
    fn ratios(&self) -> [f64; 2] {
        let steps: Vec<f64> = self.0.windows(2).map(|pair| norm(&difference(&pair[0], &pair[1]))).collect();
        [steps[0] / steps[1], steps[1] / steps[2]]
    }

    /// 2q(η/2) - q(η), from the two coarser, the two middle and the two finer step sizes.
    fn extrapolated(&self) -> Vec<Vec<f64>> {
        let twice =
            |pair: &[Vec<f64>]| pair[1].iter().zip(&pair[0]).map(|(fine, coarse)| 2.0 * fine - coarse).collect();
        self.0.windows(2).map(twice).collect()
    }

    /// The order is one, and the limit is `limit`. What each leaves out is taken from the coarser step sizes, where it
    /// is twice and four times as large.
    fn converge(&self, name: &str, limit: &[f64], slack: Slack, claims: &mut Claims) {
        let [coarse, fine] = self.ratios();
        let steps = norm(&difference(&self.0[2], &self.0[3]));
        claims.equal(
            format!("{name}: change from η/2 to η/4 over that from η/4 to η/8"),
            fine,
            2.0,
            Slack::next_term(coarse - 2.0, 1.0) + slack.clone().times(4.0 / steps),
        );
        let extrapolated = self.extrapolated();
        let apart = largest(difference(&extrapolated[2], limit));
        let size = largest(limit.iter().copied());
        claims
            .equal(
                format!("{name}: max |extrapolated to η = 0, less the flow|"),
                apart,
                0.0,
                Slack::next_term(largest(difference(&extrapolated[2], &extrapolated[1])), 1.0) + slack.times(3.0),
            )
            .on("of the flow's", size);
    }
}

// ---------------------------------------------------------------------------------------------------
// The balance
// ---------------------------------------------------------------------------------------------------

/// Factors, and beside them the integral of V'G'GV - U'GG'U.
struct DriftIntegral<'a> {
    problem: &'a Completion,
    start: &'a Factors,
}

impl DriftIntegral<'_> {
    fn factors(&self, y: &[f64]) -> Factors {
        let (u, rest) = y.split_at(self.start.u.len());
        Factors { rank: self.start.rank, u: u.to_vec(), v: rest[..self.start.v.len()].to_vec(), volume: None }
    }
}

impl Ode for DriftIntegral<'_> {
    fn dim(&self) -> usize {
        self.start.u.len() + self.start.v.len() + self.start.rank * self.start.rank
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let velocity = self.factors(y).velocity(self.problem);
        // With U' = -GV and V' = -G'U the integrand is U''U' - V''V', the imbalance of the velocity.
        let all = velocity.u.iter().chain(&velocity.v).copied().chain(velocity.imbalance());
        dy.iter_mut().zip(all).for_each(|(dy, rate)| *dy = rate);
    }
}

const DRIFT_TIME: f64 = 2.0;

/// A step changes D by η²(V'G'GV - U'GG'U) and nothing else; over a fixed time D/η tends to the integral of that.
pub(super) fn drift_of_a_step(run: &Run, claims: &mut Claims) -> Result<()> {
    let Run { problem, start, .. } = run;
    let drift = |eta, steps| difference(&start.descend(problem, eta, steps).imbalance(), &start.imbalance());
    let eta = 0.1;
    let predicted: Vec<f64> = start.velocity(problem).imbalance().iter().map(|d| eta * eta * d).collect();
    let sizes = norm(&start.u) + norm(&start.v);
    let scale = largest(predicted.iter().copied());
    claims
        .equal(
            "one step: max |change of D - η²(V'G'GV - U'GG'U)|",
            largest(difference(&drift(eta, 1), &predicted)),
            0.0,
            Slack::rounding(64.0, sizes * sizes),
        )
        .on("of the largest change", scale);
    let ode = DriftIntegral { problem, start };
    let y: Vec<f64> = start.u.iter().chain(&start.v).copied().chain(vec![0.0; start.rank * start.rank]).collect();
    let integral = |tolerance| -> Result<Vec<f64>> {
        let solution = dormand_prince(&ode, 0.0, &y, &[DRIFT_TIME], tolerance)?;
        Ok(solution.states[0][start.u.len() + start.v.len()..].to_vec())
    };
    let (fine, coarse) = (integral(TIGHT)?, integral(TIGHT.times(100.0))?);
    let over_eta =
        |eta: f64| -> Vec<f64> { drift(eta, (DRIFT_TIME / eta).round() as usize).iter().map(|d| d / eta).collect() };
    // D/η divides the rounding of D, of a sum of few terms at each end, by the least η.
    let slack = Slack::integration(largest(difference(&fine, &coarse))) + Slack::rounding(64.0, sizes * sizes * 8192.0);
    Halvings::new(1.0 / 1024.0, over_eta).converge("D/η at t = 2", &fine, slack, claims);
    Ok(())
}

// ---------------------------------------------------------------------------------------------------
// The completion
// ---------------------------------------------------------------------------------------------------

/// [[*, 1], [1, 1/2]] from αI, α = .3: the unobserved entry where the flow and where gradient descent end.
pub(super) fn discrete_steps_follow_the_flow(claims: &mut Claims) -> Result<()> {
    let problem = half();
    let start = Factors { volume: None, ..Factors::identity(&problem, 0.3) };
    let (moment, _) = settle(&problem, &start, None, TIGHT)?;
    let (limit, drift) = moment.measure(|factors| factors.entry(0, 0));
    // For as long as the flow took.
    let end = |eta: f64| vec![start.descend(&problem, eta, (moment.t / eta) as usize).entry(0, 0)];
    // Where f ≤ 1e-16 |P_Ω(M)|², x_11 is as far from its end as the residual, 1e-8, times a constant of order one.
    let rest = 4.0 * moment.factors.loss(&problem).sqrt();
    let slack = Slack::integration(drift) + Slack::next_term(rest, 1.0) + Slack::rounding(1e4, limit);
    Halvings::new(1.0 / 64.0, end).converge("x_11 at the end", &[limit], slack, claims);
    Ok(())
}

/// [[*, 1], [1, 1/2]].
pub(super) fn half() -> Completion {
    Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(0.5)]])
}
