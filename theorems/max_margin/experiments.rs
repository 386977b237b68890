//! The experiments: a setup, its certified separator, what the theorem predicts for it, and a trajectory. Each runs
//! once a seed, or once for all on fixed data, whichever steps look at it.

use super::expansion::Expansion;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{Descent, Iterate, StepRule, descend, descend_watched};
use theoremcheck::flow::gradient_flow::{Setup, Snapshot, blind, moving};
use theoremcheck::flow::loss::{Loss, log_loss, scaled_descent};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::{Plan, Planted, plant};
use theoremcheck::real::{LN_2, LN_10, combine, dot, exp, exp_m1, ln, norm};
use theoremcheck::reference::max_margin::{MaxMargin, Separability, max_margin, separate};
use theoremcheck::seed::{Seed, Stream};

/// t = 10^k, as log t.
pub const fn ten_to(k: u32) -> f64 {
    k as f64 * LN_10
}

/// "10^12" from log t.
pub fn power_of_ten(log_t: f64) -> String {
    format!("10^{}", (log_t / LN_10).round())
}

/// The first power of ten, as log t, at which t^-`exponent` has come down to e^-`folds`.
pub fn decayed(exponent: f64, folds: f64) -> f64 {
    (folds / exponent / LN_10).ceil() * LN_10
}

/// A setup with its certified separator, what the theorem predicts for it, and the flow.
pub struct Run {
    /// What its claims are called after: "" for the planted points.
    pub name: &'static str,
    pub setup: Setup,
    pub reference: MaxMargin,
    pub expansion: Expansion,
    /// Snapshots of w in the blind frame, at increasing times.
    pub path: Path,
    pub planted: Option<Planted>,
}

/// Snapshots of w, with what they say of the loss.
pub struct Path {
    pub snapshots: Vec<Snapshot>,
    pub log_losses: Vec<f64>,
    /// max |x_n|: how far an error of w moves log L.
    pub radius: f64,
}

impl Path {
    pub fn new(setup: &Setup, snapshots: Vec<Snapshot>) -> Path {
        let log_losses = snapshots.iter().map(|at| log_loss(&setup.points, setup.loss, &at.state)).collect();
        Path { snapshots, log_losses, radius: setup.points.radius() }
    }

    pub fn last(&self) -> &Snapshot {
        self.snapshots.last().expect("a path has snapshots")
    }

    /// The error of the inner products x_n·w: that of w, and two roundings more for each of the coordinates.
    pub fn margin_slack(&self, at: &Snapshot, dim: usize) -> Slack {
        (state_slack(at) + Slack::rounding(2.0 * dim as f64, norm(&at.state))).times(self.radius)
    }
}

impl Run {
    pub fn new(name: &'static str, setup: Setup, log_t: &[f64], tolerance: Tolerance) -> Result<Run> {
        let reference = max_margin(&setup.points)?;
        let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &reference, None)?;
        let path = Path::new(&setup, blind(&setup, log_t, Method::Explicit, tolerance)?);
        Ok(Run { name, setup, reference, expansion, path, planted: None })
    }

    /// rho = w - ŵ log t at a snapshot.
    pub fn rho(&self, at: &Snapshot) -> Vec<f64> {
        combine(-at.log_t, &self.reference.w_hat, &at.state)
    }

    /// The error of w.
    pub fn state_slack(&self, at: &Snapshot) -> Slack {
        state_slack(at)
    }

    /// The error of the inner products x_n·w.
    pub fn margin_slack(&self, at: &Snapshot) -> Slack {
        self.path.margin_slack(at, self.setup.points.dim())
    }

    /// What δ leaves out, over which an estimate of its size may be wrong fourfold.
    pub fn beyond(&self, at: &Snapshot) -> Slack {
        Slack::next_term(self.expansion.beyond(at.log_t), 4.0)
    }
}

/// The error of a state as the integrator left it: its own, and the roundings since the start.
pub fn state_slack(at: &Snapshot) -> Slack {
    Slack::rounding(at.roundings, norm(&at.state)) + Slack::integration(at.integration())
}

/// Local errors far below anything that is claimed; relative ones as w grows to some thousands.
pub const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-14 };

pub const EARLY: f64 = ten_to(8);
pub const MIDDLE: f64 = ten_to(12);
pub const LATE: f64 = ten_to(100);

/// Some dozens of points in R^12 to R^20, as many of them support vectors as there are dimensions; logistic loss from
/// 0. The seed draws the sizes, the margins and the curvature. At the first time the residual has fallen to about
/// e^-8 of its size, at the second to e^-12.
pub fn planted(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("max-margin", "planted");
    let dim = stream.whole(12, 20);
    let plan = Plan {
        count: dim * stream.whole(3, 6),
        gamma: stream.uniform(0.55, 0.95),
        next_margin: stream.uniform(1.32, 1.48),
        curvature: (1..dim).map(|_| stream.uniform(1.2, 2.0)).collect(),
    };
    let exponent = plan.next_margin - 1.0;
    let times = [decayed(exponent, 8.0), decayed(exponent, 12.0), ten_to(50), LATE];
    run_planted(plan, &mut stream, Loss::Logistic, &times)
}

/// Plants points and follows the flow from 0.
pub fn run_planted(plan: Plan, stream: &mut Stream, loss: Loss, log_t: &[f64]) -> Result<Run> {
    let planted = plant(plan, stream)?;
    let setup = Setup { start: vec![0.0; planted.points.dim()], points: planted.points.clone(), loss };
    Ok(Run { planted: Some(planted), ..Run::new("", setup, log_t, TIGHT)? })
}

/// Four points in the plane with ŵ = (1, 0), p = (1/3, 2/3), A = diag(1, 2) and m_next = 3/2: everything
/// is known in closed form. Exponential loss from 0.
pub struct FourPoints {
    pub run: Run,
    /// Snapshots of rho in the moving frame, the last at t = 10^1000000.
    pub far: Vec<Snapshot>,
}

pub fn four_points() -> Result<FourPoints> {
    let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let run = Run::new("four points: ", setup, &[MIDDLE, LATE, ten_to(1000)], TIGHT)?;
    let far = moving(&run.setup, &run.expansion.frame, &[LATE, ten_to(1_000_000)], Method::Stiff, TIGHT)?;
    Ok(FourPoints { run, far })
}

/// Two points with p = (1/3, 2/3), whose C is half of H - Hinf: on the four points they are equal.
pub fn two_points() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 4.0], [1.0, -2.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    Run::new("(1,4), (1,-2): ", setup, &[MIDDLE, LATE, ten_to(1000)], TIGHT)
}

/// Gradient descent beside what the theorem predicts for it.
pub struct DescentRun {
    pub setup: Setup,
    pub expansion: Expansion,
    pub descent: Descent,
}

impl DescentRun {
    /// Runs for 2^`doublings` steps, recording the first sixteen and then every doubling.
    pub fn new(setup: Setup, rule: StepRule, doublings: u32) -> Result<DescentRun> {
        DescentRun::watched(setup, rule, doublings, |_, _, _| ())
    }

    /// The same, and shows every iterate, the start first, with the number of its step.
    fn watched(
        setup: Setup,
        rule: StepRule,
        doublings: u32,
        mut see: impl FnMut(&Setup, u64, &[f64]),
    ) -> Result<DescentRun> {
        let reference = max_margin(&setup.points)?;
        let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &reference, Some(rule))?;
        let record: Vec<u64> = (0..16).chain((4..=doublings).map(|k| 1 << k)).collect();
        let descent = descend_watched(&setup, rule, &record, |step, w| see(&setup, step, w));
        Ok(DescentRun { setup, expansion, descent })
    }

    /// log(η t) at an iterate: the time of the flow that it follows.
    pub fn log_time(&self, at: &Iterate) -> f64 {
        ln(self.descent.rule.effective_eta() * at.step as f64)
    }

    /// rho at an iterate: w less ŵ times that time.
    pub fn rho(&self, at: &Iterate) -> Vec<f64> {
        combine(-self.log_time(at), &self.expansion.frame.w_hat, &at.w)
    }
}

/// What every single step of gradient descent does to the loss.
pub struct EveryStep {
    pub steps: u64,
    /// The largest change of log L in a step.
    pub rise: f64,
    /// The least of L(w) - L(w⁺) over η (1 - η β σ²/2) |∇L|², which the descent lemma puts at 1 or more.
    pub least_decrease: f64,
}

/// Gradient descent, each step of which was watched.
pub struct Watched {
    pub run: DescentRun,
    pub every: EveryStep,
}

impl Watched {
    pub fn new(setup: Setup, rule: StepRule, doublings: u32) -> Result<Watched> {
        let bound = step_bound(&setup.points, setup.loss)?.unwrap_or(f64::INFINITY);
        let sure = rule.eta * (1.0 - rule.eta / bound);
        let (mut before, mut square) = (f64::NAN, f64::NAN);
        let mut descent = vec![0.0; setup.start.len()];
        let (mut rise, mut least_decrease) = (f64::NEG_INFINITY, f64::INFINITY);
        let run = DescentRun::watched(setup, rule, doublings, |setup, step, w| {
            let now = log_loss(&setup.points, setup.loss, w);
            if step > 0 {
                rise = rise.max(now - before);
                least_decrease = least_decrease.min(-exp(before) * exp_m1(now - before) / (sure * square));
            }
            scaled_descent(&setup.points, setup.loss, 0.0, w, &mut descent);
            (before, square) = (now, dot(&descent, &descent));
        })?;
        Ok(Watched { run, every: EveryStep { steps: 1 << doublings, rise, least_decrease } })
    }
}

/// Some planted points in R^3 to R^5, logistic loss from 0, a share of the largest step that the theorem allows.
pub fn planted_descent(seed: Seed) -> Result<Watched> {
    let mut stream = seed.stream("max-margin", "planted descent");
    let dim = stream.whole(3, 5);
    let plan = Plan {
        count: dim + stream.whole(2, 8),
        gamma: stream.uniform(0.6, 0.9),
        next_margin: stream.uniform(1.6, 1.7),
        // Between twice and three times the rate of the next point's force, away from the resonances of either order.
        curvature: (1..dim).map(|_| stream.uniform(1.45, 1.7)).collect(),
    };
    let points = plant(plan, &mut stream)?.points;
    let bound = step_bound(&points, Loss::Logistic)?.expect("the logistic loss is smooth");
    let eta = share_of(bound, stream.uniform(0.3, 0.95));
    let rule = StepRule::plain(eta);
    let setup = Setup { start: vec![0.0; points.dim()], points, loss: Loss::Logistic };
    let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &max_margin(&setup.points)?, Some(rule))?;
    // As long as it takes what is left out at half of the steps to be a share of δ that leaves the claims sharp.
    let sharp = |doublings: u32| {
        let half = ln(eta) + f64::from(doublings - 1) * LN_2;
        expansion.third(half) + expansion.mixed(half) < 4e-4 * norm(&expansion.delta(half))
    };
    let doublings = (18..LONGEST).find(|&doublings| sharp(doublings)).unwrap_or(LONGEST);
    Watched::new(setup, rule, doublings)
}

/// The runs that are the longest take 2^22 steps.
const LONGEST: u32 = 22;

/// A step by its share of the bound, to the digits on which every processor's σ_max agrees: the trajectory has then the
/// same bits everywhere.
fn share_of(bound: f64, share: f64) -> f64 {
    f64::from((share * bound) as f32)
}

/// 2/(β σ_max²), where the loss has a β.
pub fn step_bound(points: &Points, loss: Loss) -> Result<Option<f64>> {
    let sigma = points.sigma_max()?;
    Ok(loss.smoothness().map(|beta| 2.0 / (beta * sigma * sigma)))
}

/// (.1,.9), (.1,-.5), which need a small step: ŵ = (10, 0).
pub fn narrow_points() -> Points {
    Points::from_rows(&[[0.1, 0.9], [0.1, -0.5]])
}

/// The exponential loss with a step too large for its start.
pub fn overshooting() -> Result<Descent> {
    let setup = Setup { points: narrow_points(), loss: Loss::Exponential, start: vec![0.0; 2] };
    Ok(descend(&setup, StepRule::plain(3.0), &(0..16).collect::<Vec<_>>()))
}

/// The logistic loss on the same points, with two to three times the largest step that the theorem allows.
pub fn too_large_a_step(seed: Seed) -> Result<Watched> {
    let points = narrow_points();
    let bound = step_bound(&points, Loss::Logistic)?.expect("the logistic loss is smooth");
    let eta = share_of(bound, seed.stream("max-margin", "too large a step").uniform(2.0, 3.0));
    Watched::new(Setup { points, loss: Loss::Logistic, start: vec![0.0; 2] }, StepRule::plain(eta), 18)
}

/// x = 1, 1, -1 on a line, logistic loss from 0.
pub struct Inseparable {
    pub separability: Separability,
    /// At t = 10 and t = 20, on the way to the minimiser.
    pub early: Path,
    /// At the times of the planted runs.
    pub late: Path,
}

pub fn inseparable_points() -> Result<Inseparable> {
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
pub struct PolynomialTail {
    pub nu: f64,
    pub run: Run,
}

pub fn polynomial_tails(seed: Seed) -> Result<Vec<PolynomialTail>> {
    let mut stream = seed.stream("max-margin", "polynomial tails");
    let mut follow = |[low, high]: [f64; 2]| {
        let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0]]);
        let nu = stream.uniform(low, high);
        let start = vec![stream.uniform(0.8, 1.2), stream.uniform(-0.2, 0.4)];
        let setup = Setup { points, loss: Loss::Polynomial { nu }, start };
        Ok(PolynomialTail { nu, run: Run::new("", setup, &[ten_to(50), LATE], Tolerance::new(1e-12, 1e-12))? })
    };
    [[0.7, 1.3], [1.7, 2.5], [5.0, 7.0]].into_iter().map(&mut follow).collect()
}

/// (1,0), (1,1): ŵ = (1, 0), and the second point is a support vector whose multiplier is zero.
pub fn degenerate_points() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 0.0], [1.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let mut run = Run::new("", setup, &[EARLY], TIGHT)?;
    let times = [EARLY, MIDDLE, 1e4, 1e8];
    let far = moving(&run.setup, &run.expansion.frame, &times, Method::Stiff, Tolerance::new(1e-12, 1e-12))?;
    let weights = far.into_iter().map(|at| Snapshot { state: run.expansion.frame.weights(at.log_t, &at.state), ..at });
    run.path = Path::new(&run.setup, weights.collect());
    Ok(run)
}
