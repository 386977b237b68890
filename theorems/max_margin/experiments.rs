//! The experiments: a setup, its certified separator, what the theorem predicts for it, and a trajectory. Each runs
//! once a seed, or once for all on fixed data, whichever steps look at it.

use super::expansion::Expansion;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{Descent, Iterate, StepRule, descend, largest_rise};
use theoremcheck::flow::gradient_flow::{Method, Setup, Snapshot, blind, moving};
use theoremcheck::flow::loss::{Loss, log_loss};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::{Plan, Planted, plant};
use theoremcheck::real::{LN_10, combine, ln, norm};
use theoremcheck::reference::max_margin::{MaxMargin, Separability, max_margin, separate};
use theoremcheck::seed::Seed;

/// t = 10^k, as log t.
pub(super) const fn ten_to(k: u32) -> f64 {
    k as f64 * LN_10
}

/// A setup with its certified separator, what the theorem predicts for it, and the flow.
pub(super) struct Run {
    /// What its claims are called after: "" for the planted points.
    pub(super) name: &'static str,
    pub(super) setup: Setup,
    pub(super) reference: MaxMargin,
    pub(super) expansion: Expansion,
    /// Snapshots of w in the blind frame, at increasing times.
    pub(super) path: Path,
    pub(super) planted: Option<Planted>,
}

/// Snapshots of w, with what they say of the loss.
pub(super) struct Path {
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) log_losses: Vec<f64>,
    /// max |x_n|: how far an error in w moves log L.
    pub(super) radius: f64,
}

impl Path {
    pub(super) fn new(setup: &Setup, snapshots: Vec<Snapshot>) -> Path {
        let log_losses = snapshots.iter().map(|at| log_loss(&setup.points, setup.loss, &at.state)).collect();
        Path { snapshots, log_losses, radius: setup.points.radius() }
    }

    pub(super) fn last(&self) -> &Snapshot {
        self.snapshots.last().expect("a path has snapshots")
    }
}

impl Run {
    pub(super) fn new(name: &'static str, setup: Setup, log_t: &[f64], tolerance: Tolerance) -> Result<Run> {
        let reference = max_margin(&setup.points)?;
        let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &reference)?;
        let path = Path::new(&setup, blind(&setup, log_t, Method::Explicit, tolerance)?);
        Ok(Run { name, setup, reference, expansion, path, planted: None })
    }

    /// rho = w - ŵ log t at a snapshot.
    pub(super) fn rho(&self, at: &Snapshot) -> Vec<f64> {
        combine(-at.log_t, &self.reference.w_hat, &at.state)
    }

    /// Rounded inner products x_n·w, and the integrator's error in them.
    pub(super) fn margin_slack(&self, at: &Snapshot) -> Slack {
        let radius = self.path.radius;
        let ops = 4.0 * self.setup.points.dim() as f64;
        Slack::rounding(ops, radius * norm(&at.state)) + Slack::integration(radius * at.integration())
    }

    /// The integrator's error in a vector of the size of w, and its rounding.
    pub(super) fn state_slack(&self, at: &Snapshot) -> Slack {
        Slack::rounding(4.0, norm(&at.state)) + Slack::integration(at.integration())
    }
}

/// Local errors far below anything that is claimed; relative ones as w grows to some thousands.
pub(super) const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-14 };

pub(super) const EARLY: f64 = ten_to(8);
pub(super) const MIDDLE: f64 = ten_to(12);
pub(super) const LATE: f64 = ten_to(100);

/// One hundred points in R^20, twenty of them support vectors, planted; logistic loss from 0.
pub(super) fn planted(seed: Seed) -> Result<Run> {
    let plan = Plan { count: 100, dim: 20, gamma: 0.7, next_margin: 1.4 };
    let planted = plant(plan, &mut seed.stream("max-margin", "planted"))?;
    let setup = Setup { points: planted.points.clone(), loss: Loss::Logistic, start: vec![0.0; plan.dim] };
    Ok(Run { planted: Some(planted), ..Run::new("", setup, &[EARLY, MIDDLE, ten_to(50), LATE], TIGHT)? })
}

/// Four points in the plane with ŵ = (1, 0), p = (1/3, 2/3), A = diag(1, 2) and m_next = 3/2: everything
/// is known in closed form. Exponential loss from 0.
pub(super) struct FourPoints {
    pub(super) run: Run,
    /// Snapshots of rho in the moving frame, the last at t = 10^1000000.
    pub(super) far: Vec<Snapshot>,
}

pub(super) fn four_points() -> Result<FourPoints> {
    let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let run = Run::new("four points: ", setup, &[MIDDLE, LATE, ten_to(1000)], TIGHT)?;
    let far = moving(&run.setup, &run.expansion.frame, &[LATE, ten_to(1_000_000)], Method::Stiff, TIGHT)?;
    Ok(FourPoints { run, far })
}

/// Two points with p = (1/3, 2/3), whose C is half of H - Hinf: on the four points they are equal.
pub(super) fn two_points() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 4.0], [1.0, -2.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    Run::new("(1,4), (1,-2): ", setup, &[MIDDLE, LATE, ten_to(1000)], TIGHT)
}

/// Gradient descent beside what the theorem predicts for it.
pub(super) struct DescentRun {
    pub(super) setup: Setup,
    pub(super) expansion: Expansion,
    pub(super) descent: Descent,
    /// The largest change of log L in one of the first steps, 2^14 at the most.
    pub(super) rise: f64,
}

impl DescentRun {
    /// Runs for 2^`doublings` steps, recording the first sixteen and then every doubling.
    pub(super) fn new(setup: Setup, rule: StepRule, doublings: u32) -> Result<DescentRun> {
        let reference = max_margin(&setup.points)?;
        let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &reference)?;
        let record: Vec<u64> = (0..16).chain((4..=doublings).map(|k| 1 << k)).collect();
        let descent = descend(&setup, rule, &record);
        let rise = largest_rise(&setup, rule, 1 << doublings.min(14));
        Ok(DescentRun { setup, expansion, descent, rise })
    }

    /// How far discrete steps are from the flow: ŵ log t / 2t, and ŵ/2t for early times.
    pub(super) fn discreteness(&self, at: &Iterate) -> f64 {
        0.5 * (1.0 + ln(at.step as f64)) / at.step as f64 / self.expansion.gamma
    }

    /// log(η t) at an iterate: the time of the flow that it follows.
    pub(super) fn log_time(&self, at: &Iterate) -> f64 {
        ln(self.descent.rule.effective_eta() * at.step as f64)
    }
}

/// Twelve planted points in R^3, logistic loss from 0, half the largest step that the theorem allows.
pub(super) fn planted_descent(seed: Seed) -> Result<DescentRun> {
    let plan = Plan { count: 12, dim: 3, gamma: 0.7, next_margin: 1.6 };
    let points = plant(plan, &mut seed.stream("max-margin", "planted descent"))?.points;
    let eta = 0.5 * step_bound(&points, Loss::Logistic)?.expect("the logistic loss is smooth");
    DescentRun::new(Setup { points, loss: Loss::Logistic, start: vec![0.0; plan.dim] }, StepRule::plain(eta), 19)
}

/// 2/(β σ_max²), where the loss has a β.
pub(super) fn step_bound(points: &Points, loss: Loss) -> Result<Option<f64>> {
    let sigma = points.sigma_max()?;
    Ok(loss.smoothness().map(|beta| 2.0 / (beta * sigma * sigma)))
}

/// The exponential loss with a step too large for its start.
pub(super) fn overshooting() -> Result<DescentRun> {
    let points = Points::from_rows(&[[0.1, 0.9], [0.1, -0.5]]);
    DescentRun::new(Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] }, StepRule::plain(3.0), 10)
}

/// x = 1, 1, -1 on a line, logistic loss from 0.
pub(super) struct Inseparable {
    pub(super) separability: Separability,
    /// At t = 10 and t = 20, on the way to the minimiser.
    pub(super) early: Path,
    /// At the times of the planted runs.
    pub(super) late: Path,
}

pub(super) fn inseparable_points() -> Result<Inseparable> {
    let points = Points::from_rows(&[[1.0], [1.0], [-1.0]]);
    let setup = Setup { points, loss: Loss::Logistic, start: vec![0.0] };
    let early = blind(&setup, &[ln(10.0), ln(20.0)], Method::Explicit, TIGHT)?;
    let late = blind(&setup, &[EARLY, MIDDLE, ten_to(50), LATE], Method::Stiff, Tolerance::new(1e-11, 1e-11))?;
    Ok(Inseparable {
        separability: separate(&setup.points)?,
        early: Path::new(&setup, early),
        late: Path::new(&setup, late),
    })
}

/// (1,2), (1,-1) under u^-ν, from a start with positive margins.
pub(super) struct PolynomialTail {
    pub(super) nu: f64,
    pub(super) run: Run,
}

pub(super) fn polynomial_tails() -> Result<Vec<PolynomialTail>> {
    let follow = |nu: f64| {
        let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0]]);
        let setup = Setup { points, loss: Loss::Polynomial { nu }, start: vec![1.0, 0.0] };
        Ok(PolynomialTail { nu, run: Run::new("", setup, &[ten_to(50), LATE], Tolerance::new(1e-12, 1e-12))? })
    };
    [1.0, 2.0, 6.0].into_iter().map(follow).collect()
}

/// (1,0), (1,1): ŵ = (1, 0), and the second point is a support vector whose multiplier is zero.
pub(super) fn degenerate_points() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 0.0], [1.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let mut run = Run::new("", setup, &[EARLY], TIGHT)?;
    let times = [EARLY, MIDDLE, 1e4, 1e8];
    let far = moving(&run.setup, &run.expansion.frame, &times, Method::Stiff, Tolerance::new(1e-12, 1e-12))?;
    let weights = far.into_iter().map(|at| Snapshot { state: run.expansion.frame.weights(at.log_t, &at.state), ..at });
    run.path = Path::new(&run.setup, weights.collect());
    Ok(run)
}
