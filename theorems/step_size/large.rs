//! Large steps of the logistic loss: how long the loss may go up and down.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{StepRule, descend_watched};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::{Loss, log_loss, scaled_descent};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, exp, exp_m1, ln};
use theoremcheck::reference::max_margin::max_margin;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "phase-time",
        says: "Let n points with |x| ≤ 1 be separable with margin γ, let L be the mean of their logistic losses and w_0 = 0. For every \
               η > 0 there is some k up to (60/γ²) max(η, n, e, ((η + n)/η) log((η + n)/η)) for which the loss of w_k is at most 1/η.",
        kind: Kind::Refinement,
        standing: Standing::Proved { cite: "wu-bartlett-telgarsky-yu-2024" },
        notes: &["N22"],
        claims: |lab, c| lab.run(unstable).map(|runs| runs.iter().for_each(|run| phase_time(run, c))),
    },
    Step {
        id: "stable-phase",
        says: "On points with |x| ≤ 1, from any w whose mean logistic loss L is at most 1/η, a step of gradient descent lowers the loss by \
               η |∇L|² (1 - (e - 2) η L) or more: once L is at most 1/η, it never rises, and on separable data it falls for ever.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(unstable).map(|runs| runs.iter().for_each(|run| stable_phase(run, c))),
    },
];

/// Points in the unit ball and a step for which the loss goes up at first.
pub(super) struct Unstable {
    pub(super) points: Points,
    /// Bounds on the margin γ, from below and from above.
    margin: [f64; 2],
    eta: f64,
    /// log L of the mean loss and |∇L|² at every step.
    pub(super) path: Vec<(f64, f64)>,
    /// The first step with L ≤ 1/η.
    pub(super) over: Option<usize>,
    /// The weights at the end.
    pub(super) w: Vec<f64>,
}

/// Steps that are watched.
const WATCHED: u64 = 6000;

pub(super) fn unstable(seed: Seed) -> Result<Vec<Unstable>> {
    let stream = &mut seed.stream("step-size", "phase time");
    let mut found = Vec::new();
    while found.len() < 3 {
        let dim = stream.uniform(2.0, 5.0).floor() as usize;
        let count = stream.uniform(5.0, 12.0).floor() as usize;
        let mut rows = Vec::new();
        while rows.len() < count {
            let mut x: Vec<f64> = (0..dim).map(|_| stream.uniform(-1.0, 1.0)).collect();
            x[0] = stream.uniform(0.05, 0.15);
            if dot(&x, &x) <= 1.0 {
                rows.push(x);
            }
        }
        let points = Points::new(dim, rows.concat())?;
        let eta = exp(stream.uniform(ln(20.0), ln(400.0)));
        let certificate = max_margin(&points)?.certificate;
        let run = Unstable::watch(points, [certificate.lower, certificate.upper], eta, WATCHED);
        if run.path[1].0 > run.path[0].0 {
            found.push(run);
        }
    }
    Ok(found)
}

impl Unstable {
    /// Gradient descent on the mean loss from 0.
    pub(super) fn watch(points: Points, margin: [f64; 2], eta: f64, steps: u64) -> Unstable {
        let setup = Setup { start: vec![0.0; points.dim()], points, loss: Loss::Logistic };
        let points = &setup.points;
        let mean = 1.0 / points.count() as f64;
        let mut path = Vec::new();
        let mut gradient = vec![0.0; points.dim()];
        let descent = descend_watched(&setup, StepRule::plain(eta * mean), &[steps], |_, w| {
            scaled_descent(points, Loss::Logistic, ln(mean), w, &mut gradient);
            path.push((log_loss(points, Loss::Logistic, w) + ln(mean), dot(&gradient, &gradient)));
        });
        let over = path.iter().position(|(log_loss, _)| *log_loss <= -ln(eta));
        let w = descent.last().w.clone();
        Unstable { points: setup.points, margin, eta, path, over, w }
    }

    /// (60/γ²) max(η, n, e, ((η + n)/η) log((η + n)/η)).
    pub(super) fn bound(&self) -> f64 {
        let (n, eta, gamma) = (self.points.count() as f64, self.eta, self.margin[0]);
        let ratio = (eta + n) / eta;
        60.0 / (gamma * gamma) * eta.max(n).max(std::f64::consts::E).max(ratio * ln(ratio))
    }

    fn name(&self) -> String {
        format!("n = {}, γ = {:.4}, η = {:.2}", self.points.count(), self.margin[0], self.eta)
    }
}

/// The phase ends in time of order η/γ².
pub(super) fn phase_time(run: &Unstable, claims: &mut Claims) {
    let [lower, upper] = run.margin;
    let bound = run.bound();
    claims.at_most(
        format!("{}: steps until L ≤ 1/η", run.name()),
        run.over.map_or(f64::NAN, |k| k as f64),
        bound,
        Slack::certificate(2.0 * bound * (upper - lower) / lower) + Slack::rounding(16.0, bound),
    );
}

/// The stable phase. Along the step the curvature is at most e^(η L τ) L |∇L|², τ from 0 to 1.
pub(super) fn stable_phase(run: &Unstable, claims: &mut Claims) {
    let Unstable { points, eta, path, over, .. } = run;
    let lowered = |pair: &[(f64, f64)]| {
        let [(log_loss, square), (next, _)] = pair else { unreachable!("windows of two") };
        let sure = eta * square * (1.0 - (std::f64::consts::E - 2.0) * eta * exp(*log_loss));
        (-exp(*log_loss) * exp_m1(next - log_loss) / sure, exp(*log_loss) / sure)
    };
    let after = &path[over.unwrap_or(path.len() - 1)..];
    let (least, per_digit) =
        after.windows(2).map(lowered).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::NAN, 0.0));
    let ops = (4 * points.dim() + points.count() + 16) as f64;
    let size = after.iter().fold(1.0_f64, |most, (log_loss, _)| most.max(log_loss.abs()));
    claims.at_least(
        format!("{}: fall of L over η |∇L|² (1 - (e - 2) η L), the least of {} steps", run.name(), after.len() - 1),
        least,
        1.0,
        Slack::rounding(ops, size * per_digit),
    );
}
