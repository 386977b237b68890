//! Gradient descent on separable data finds the maximum-margin separator.
//!
//! Soudry, Hoffer, Nacson, Gunasekar, Srebro 2018 (JMLR 19): on linearly separable data, with a
//! decreasing smooth loss of exponential tail and a step below the smoothness bound, the weights are
//! w(t) = ŵ log t + rho(t), where ŵ = argmin |w|² subject to x_n·w ≥ 1 and rho stays bounded for almost
//! every data set. The limits converge like 1/log t and prove nothing at any time that can be reached;
//! each step asserts a rate or a constant instead, against the certified ŵ.
//!
//! Labels are absorbed (x_n stands for y_n x_n), L is a sum over the points, s = log t. γ = 1/|ŵ|,
//! ŵ = Σ alpha_n x_n, p_n = γ² alpha_n, m_n = x_n·ŵ; w̃ is the limit of rho.

mod expansion;
mod figures;
mod on_data;

use self::expansion::Expansion;
use crate::claim::{Claims, Slack};
use crate::error::Result;
use crate::flow::descent::{Descent, Iterate, descend};
use crate::flow::gradient_flow::{Method, Setup, Snapshot, blind, moving};
use crate::flow::loss::{Loss, log_loss, log_pulls, shares};
use crate::flow::ode::Tolerance;
use crate::lab::Lab;
use crate::problem::points::Points;
use crate::problem::separable::{Plan, Planted, plant};
use crate::real::{LN_10, combine, difference, distance, dot, exp, ln, norm, reject};
use crate::reference::max_margin::{MaxMargin, Separability, max_margin, separate};
use crate::seed::Seed;
use crate::theorem::{Control, DataOption, Finding, Hypothesis, Kind, OnData, Standing, Step, Theorem};

pub static THEOREM: Theorem = Theorem {
    id: "max-margin",
    title: "Gradient descent on separable data finds the maximum-margin separator",
    says: "Let the points be linearly separable, the loss decreasing and smooth with an exponential tail, and the \
           step size below 2/(β σ_max²). Then the loss vanishes, no finite minimiser exists, and \
           w(t) = ŵ log t + rho(t) with rho bounded for almost every data set: the direction of w tends to that of \
           ŵ = argmin |w|² subject to x_n·w ≥ 1, the maximum-margin separator.",
    cites: &["soudry-2018"],
    hypotheses: &[
        Hypothesis {
            id: "separability",
            says: "Some w has x_n·w > 0 for every n.",
            verify: verify_separability,
            only_sufficient: None,
        },
        Hypothesis {
            id: "exponential-tail",
            says: "-ℓ'(u) e^u tends to 1 exponentially fast as u grows.",
            verify: verify_exponential_tail,
            only_sufficient: None,
        },
        Hypothesis {
            id: "small-step",
            says: "Gradient descent uses a constant step η < 2/(β σ_max²), where ℓ' is β-Lipschitz.",
            verify: verify_small_step,
            only_sufficient: None,
        },
        Hypothesis {
            id: "positive-multipliers",
            says: "Some dual solution is positive on every support vector, as it is for almost every data set. \
                   Needed for rho to be bounded; not for the direction.",
            verify: verify_positive_multipliers,
            only_sufficient: None,
        },
    ],
    steps: &[
        Step {
            id: "unique-separator",
            says: "The hard-margin problem has one solution ŵ; its margin γ = 1/|ŵ| is the distance of the nearest \
                   point from the separating plane, and that of the origin from the convex hull of the points.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "boyd-vandenberghe-2004" },
            notes: &["N5"],
            claims: |lab, c| {
                let run = lab.run(planted)?;
                unique_separator(&run.setup.points, &run.reference, run.planted.as_ref(), c);
                Ok(())
            },
        },
        Step {
            id: "no-finite-minimiser",
            says: "The loss falls for ever, like 1/t: no finite w minimises it.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "soudry-2018" },
            notes: &["N4", "N7"],
            claims: |lab, c| {
                no_finite_minimiser(&lab.run(planted)?.path, c);
                Ok(())
            },
        },
        Step {
            id: "norm-grows-loss-decays",
            says: "ŵ is a descent direction at every w, the loss is 1/(γ² t) and γ|w| is √(u² + C²) with \
                   u = log t + H + 2 log γ, up to powers of 1/t.",
            kind: Kind::Proof,
            standing: Standing::Formal,
            notes: &["N7"],
            claims: |lab, c| {
                norm_grows_loss_decays(&*lab.run(planted)?, c);
                Ok(())
            },
        },
        Step {
            id: "support-vectors-dominate",
            says: "A point that is no support vector loses its share of the gradient like t^-(m_n - 1).",
            kind: Kind::Proof,
            standing: Standing::Formal,
            notes: &["N8"],
            claims: |lab, c| {
                support_vectors_dominate(&*lab.run(planted)?, c);
                Ok(())
            },
        },
        Step {
            id: "gradient-weights-become-dual",
            says: "The shares of the gradient tend to p_n = γ² alpha_n, and the gradient's direction to the \
                   combination of support vectors that the KKT conditions prescribe.",
            kind: Kind::Proof,
            standing: Standing::Formal,
            notes: &["N9"],
            claims: |lab, c| {
                gradient_weights_become_dual(&*lab.run(planted)?, c);
                Ok(())
            },
        },
        Step {
            id: "residual-converges",
            says: "rho(t) = w(t) - ŵ log t tends to w̃ = argmin_v Σ_S e^(-x_n·v) + ŵ·v, like t^-δ with \
                   δ = min(λ_min(Σ alpha x x'), m_next - 1).",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6", "N9"],
            claims: |lab, c| {
                residual_converges(&*lab.run(planted)?, c);
                residual_of_four_points(&*lab.once(four_points)?, c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "margin-gap-and-direction",
            says: "1 - margin/γ and the angle to ŵ fall like 1/log t, with constants H - Hinf and C that follow from \
                   the data alone: sin(angle) = C/√(u² + C²), margin/γ = (u - H + Hinf)/√(u² + C²).",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                margin_gap_and_direction(&*lab.run(planted)?, c);
                for run in [&lab.once(four_points)?.run, &*lab.once(two_points)?] {
                    margin_gap_and_direction(run, c.of_fixed_data());
                    limits_over_log_t(run, c);
                }
                Ok(())
            },
        },
        Step {
            id: "gradient-descent",
            says: "Gradient descent with a constant step η below 2/(β σ_max²) lowers the loss at every step and follows \
                   the flow at time η t. The notes say any step.",
            kind: Kind::Proof,
            standing: Standing::Overstated { by: "without-small-step" },
            notes: &["N6"],
            claims: |lab, c| {
                gradient_descent(&*lab.run(planted_descent)?, c);
                Ok(())
            },
        },
    ],
    controls: &[
        Control {
            without: "separability",
            refutes: "no-finite-minimiser",
            says: "On x = 1, 1, -1 the logistic loss has the finite minimiser log 2, and the flow goes there.",
            claims: |lab, c| {
                no_finite_minimiser(&lab.once(inseparable_points)?.late, c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                finite_minimiser(&*lab.once(inseparable_points)?, c.of_fixed_data());
                Ok(())
            },
        },
        Control {
            without: "exponential-tail",
            refutes: "margin-gap-and-direction",
            says: "With ℓ(u) = u^-ν the direction tends to another vector, v ~ Σ (x_n·v)^(-ν-1) x_n, and |w| grows like \
                   t^(1/(ν+2)).",
            claims: |lab, c| {
                margin_gap_and_direction(&lab.once(polynomial_tails)?[1].run, c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                polynomial_limits(&lab.once(polynomial_tails)?, c.of_fixed_data());
                Ok(())
            },
        },
        Control {
            without: "small-step",
            refutes: "gradient-descent",
            says: "The exponential loss is not smooth: from w = 0 on (.1,.9), (.1,-.5), steps of η = 3 overshoot further \
                   and further until they overflow.",
            claims: |lab, c| {
                gradient_descent(&*lab.once(large_steps)?, c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                divergence(&*lab.once(large_steps)?, c.of_fixed_data());
                Ok(())
            },
        },
        Control {
            without: "positive-multipliers",
            refutes: "residual-converges",
            says: "(1,1) is a support vector of (1,0), (1,1) with multiplier zero: across ŵ the residual grows like \
                   log log t, without bound.",
            claims: |lab, c| {
                residual_converges(&*lab.once(degenerate_points)?, c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                residual_of_degenerate_points(&*lab.once(degenerate_points)?, c.of_fixed_data());
                Ok(())
            },
        },
    ],
    figures: figures::FIGURES,
    source: include_str!("max_margin.rs"),
    on_data: Some(OnData {
        says: "The flow, or gradient descent, on a table whose last column is the label (+1/-1 or 1/0), against the \
               certified separator of that table.",
        options: &[
            DataOption { name: "loss", value: Some("exp|logistic"), says: "The loss. [default: logistic]" },
            DataOption {
                name: "log-t",
                value: Some("S"),
                says: "Follow the flow to t = e^S; 230.26 is t = 10^100. [default: ln 10^100]",
            },
            DataOption {
                name: "start",
                value: Some("V1,V2,.."),
                says: "Initial weights, one a feature, and one for the bias with --bias. [default: 0]",
            },
            DataOption {
                name: "bias",
                value: None,
                says: "Append a feature that is always 1, after standardising. Its weight counts in |w| like any \
                       other: this is not the SVM with a free intercept.",
            },
            DataOption {
                name: "standardize",
                value: None,
                says: "Subtract each feature's mean and divide by its population standard deviation.",
            },
            DataOption {
                name: "dynamics",
                value: Some("flow|gd"),
                says: "Gradient flow, or gradient descent with a constant step. [default: flow]",
            },
            DataOption {
                name: "eta",
                value: Some("E"),
                says: "Step size of gd. [default: half the smoothness bound, 1/(β σ_max²); for exp 1/(L(w0) σ_max²)]",
            },
            DataOption { name: "steps", value: Some("K"), says: "Steps of gd. [default: 100000]" },
        ],
        run: on_data::run,
    }),
};

// ---------------------------------------------------------------------------------------------------
// Experiments
// ---------------------------------------------------------------------------------------------------

/// t = 10^k, as log t.
const fn ten_to(k: u32) -> f64 {
    k as f64 * LN_10
}

/// A setup with its certified separator, what the theorem predicts for it, and the flow.
pub struct Run {
    /// What its claims are called after: "" for the planted points.
    name: &'static str,
    setup: Setup,
    reference: MaxMargin,
    expansion: Expansion,
    /// Snapshots of w in the blind frame, at increasing times.
    path: Path,
    planted: Option<Planted>,
}

/// Snapshots of w, with what they say of the loss.
pub struct Path {
    snapshots: Vec<Snapshot>,
    log_losses: Vec<f64>,
    /// max |x_n|: how far an error in w moves log L.
    radius: f64,
}

impl Path {
    fn new(setup: &Setup, snapshots: Vec<Snapshot>) -> Path {
        let log_losses = snapshots.iter().map(|at| log_loss(&setup.points, setup.loss, &at.state)).collect();
        Path { snapshots, log_losses, radius: setup.points.radius() }
    }

    fn last(&self) -> &Snapshot {
        self.snapshots.last().expect("a path has snapshots")
    }
}

impl Run {
    fn new(name: &'static str, setup: Setup, log_t: &[f64], tolerance: Tolerance) -> Result<Run> {
        let reference = max_margin(&setup.points)?;
        let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &reference)?;
        let path = Path::new(&setup, blind(&setup, log_t, Method::Explicit, tolerance)?);
        Ok(Run { name, setup, reference, expansion, path, planted: None })
    }

    /// rho = w - ŵ log t at a snapshot.
    fn rho(&self, at: &Snapshot) -> Vec<f64> {
        combine(-at.log_t, &self.reference.w_hat, &at.state)
    }

    /// Rounded inner products x_n·w, and the integrator's error in them.
    fn margin_slack(&self, at: &Snapshot) -> Slack {
        let radius = self.path.radius;
        let ops = 4.0 * self.setup.points.dim() as f64;
        Slack::rounding(ops, radius * norm(&at.state)) + Slack::integration(radius * at.integration())
    }

    /// The integrator's error in a vector of the size of w, and its rounding.
    fn state_slack(&self, at: &Snapshot) -> Slack {
        Slack::rounding(4.0, norm(&at.state)) + Slack::integration(at.integration())
    }
}

/// Local errors far below anything that is claimed; relative ones as w grows to some thousands.
const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-14 };

const EARLY: f64 = ten_to(8);
const MIDDLE: f64 = ten_to(12);
const LATE: f64 = ten_to(100);

/// One hundred points in R^20, twenty of them support vectors, planted; logistic loss from 0.
fn planted(seed: Seed) -> Result<Run> {
    let plan = Plan { count: 100, dim: 20, gamma: 0.7, next_margin: 1.4 };
    let planted = plant(plan, &mut seed.stream("max-margin", "planted"))?;
    let setup = Setup { points: planted.points.clone(), loss: Loss::Logistic, start: vec![0.0; plan.dim] };
    Ok(Run { planted: Some(planted), ..Run::new("", setup, &[EARLY, MIDDLE, ten_to(50), LATE], TIGHT)? })
}

/// Four points in the plane with ŵ = (1, 0), p = (1/3, 2/3), A = diag(1, 2) and m_next = 3/2: everything
/// is known in closed form. Exponential loss from 0.
struct FourPoints {
    run: Run,
    /// Snapshots of rho in the moving frame, the last at t = 10^1000000.
    far: Vec<Snapshot>,
}

fn four_points() -> Result<FourPoints> {
    let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let run = Run::new("four points: ", setup, &[MIDDLE, LATE, ten_to(1000)], TIGHT)?;
    let far = moving(&run.setup, &run.expansion.frame, &[LATE, ten_to(1_000_000)], Method::Stiff, TIGHT)?;
    Ok(FourPoints { run, far })
}

/// Two points with p = (1/3, 2/3), whose C is half of H - Hinf: on the four points they are equal.
fn two_points() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 4.0], [1.0, -2.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    Run::new("(1,4), (1,-2): ", setup, &[MIDDLE, LATE, ten_to(1000)], TIGHT)
}

/// Gradient descent beside what the theorem predicts for it.
struct DescentRun {
    setup: Setup,
    expansion: Expansion,
    descent: Descent,
}

impl DescentRun {
    /// Runs for 2^`doublings` steps, recording the first sixteen and then every doubling.
    fn new(setup: Setup, eta: f64, doublings: u32) -> Result<DescentRun> {
        let reference = max_margin(&setup.points)?;
        let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, &reference)?;
        let record: Vec<u64> = (0..16).chain((4..=doublings).map(|k| 1 << k)).collect();
        let descent = descend(&setup, eta, &record);
        Ok(DescentRun { setup, expansion, descent })
    }

    /// log(η t) at an iterate: the time of the flow that it follows.
    fn log_time(&self, at: &Iterate) -> f64 {
        ln(self.descent.eta) + ln(at.step as f64)
    }

    fn last(&self) -> &Iterate {
        self.descent.iterates.last().expect("the start is recorded")
    }
}

/// Twelve planted points in R^3, logistic loss from 0, half the largest step that the theorem allows.
fn planted_descent(seed: Seed) -> Result<DescentRun> {
    let plan = Plan { count: 12, dim: 3, gamma: 0.7, next_margin: 1.6 };
    let points = plant(plan, &mut seed.stream("max-margin", "planted descent"))?.points;
    let eta = 0.5 * step_bound(&points, Loss::Logistic)?.expect("the logistic loss is smooth");
    DescentRun::new(Setup { points, loss: Loss::Logistic, start: vec![0.0; plan.dim] }, eta, 17)
}

/// 2/(β σ_max²), where the loss has a β.
fn step_bound(points: &Points, loss: Loss) -> Result<Option<f64>> {
    let sigma = points.sigma_max()?;
    Ok(loss.smoothness().map(|beta| 2.0 / (beta * sigma * sigma)))
}

/// The exponential loss with a step too large for its start.
fn large_steps() -> Result<DescentRun> {
    let points = Points::from_rows(&[[0.1, 0.9], [0.1, -0.5]]);
    DescentRun::new(Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] }, 3.0, 10)
}

/// x = 1, 1, -1 on a line, logistic loss from 0.
struct Inseparable {
    separability: Separability,
    /// At t = 10 and t = 20, on the way to the minimiser.
    early: Path,
    /// At the times of the planted runs.
    late: Path,
}

fn inseparable_points() -> Result<Inseparable> {
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
struct PolynomialTail {
    nu: f64,
    run: Run,
}

fn polynomial_tails() -> Result<Vec<PolynomialTail>> {
    let follow = |nu: f64| {
        let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0]]);
        let setup = Setup { points, loss: Loss::Polynomial { nu }, start: vec![1.0, 0.0] };
        Ok(PolynomialTail { nu, run: Run::new("", setup, &[ten_to(50), LATE], Tolerance::new(1e-12, 1e-12))? })
    };
    [1.0, 2.0, 6.0].into_iter().map(follow).collect()
}

/// (1,0), (1,1): ŵ = (1, 0), and the second point is a support vector whose multiplier is zero.
fn degenerate_points() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 0.0], [1.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let mut run = Run::new("", setup, &[EARLY], TIGHT)?;
    let times = [EARLY, MIDDLE, LATE, 1e4, 1e8];
    let far = moving(&run.setup, &run.expansion.frame, &times, Method::Stiff, Tolerance::new(1e-12, 1e-12))?;
    let weights = far.into_iter().map(|at| Snapshot { state: run.expansion.frame.weights(at.log_t, &at.state), ..at });
    run.path = Path::new(&run.setup, weights.collect());
    Ok(run)
}

// ---------------------------------------------------------------------------------------------------
// Hypotheses
// ---------------------------------------------------------------------------------------------------

fn verify_separability(lab: &Lab) -> Result<Finding> {
    let MaxMargin { certificate, support, .. } = &lab.run(planted)?.reference;
    Ok(Finding {
        holds: certificate.lower > 0.0,
        detail: format!(
            "certified: the margin is between {:.15} and {:.15}, on {} support vectors",
            certificate.lower,
            certificate.upper,
            support.len()
        ),
    })
}

/// Soudry et al. 2018, definition of a tight exponential tail: |-ℓ'(u) e^u - 1| ≤ e^(-μ u), here with μ = 1.
fn verify_exponential_tail(lab: &Lab) -> Result<Finding> {
    let loss = lab.run(planted)?.setup.loss;
    let deviation = |u: f64| crate::real::exp_m1(loss.log_pull(u) + u).abs();
    // |ℓ' e^u + 1| is formed from two numbers of size u.
    let allowed = |u: f64| exp(-u) + Slack::rounding(4.0, u).total();
    let holds = (1..=700).map(f64::from).all(|u| deviation(u) <= allowed(u));
    Ok(Finding { holds, detail: format!("{} loss: |-ℓ'(u) e^u - 1| ≤ e^-u at u = 1, 2, .., 700", loss.name()) })
}

fn verify_small_step(lab: &Lab) -> Result<Finding> {
    let run = lab.run(planted_descent)?;
    let bound = step_bound(&run.setup.points, run.setup.loss)?;
    let eta = run.descent.eta;
    Ok(Finding {
        holds: bound.is_some_and(|bound| eta < bound),
        detail: match bound {
            Some(bound) => format!("η = {eta:.6}, 2/(β σ_max²) = {bound:.6}"),
            None => format!("the {} loss has no β", run.setup.loss.name()),
        },
    })
}

fn verify_positive_multipliers(lab: &Lab) -> Result<Finding> {
    let Expansion { degenerate, p, carrying, .. } = &lab.run(planted)?.expansion;
    let least = carrying.iter().map(|&n| p[n]).fold(f64::INFINITY, f64::min);
    Ok(Finding {
        holds: degenerate.is_empty() && least > 0.0,
        detail: format!(
            "least share of a support vector {least:.4}, {} support vectors without weight",
            degenerate.len()
        ),
    })
}

// ---------------------------------------------------------------------------------------------------
// The proof
// ---------------------------------------------------------------------------------------------------

/// **The separator is unique.** For every feasible v, v·ŵ = Σ alpha_n x_n·v ≥ Σ alpha_n = |ŵ|², hence
/// |v|² ≥ |ŵ|² + |v - ŵ|²: no other feasible vector is as short.
fn unique_separator(points: &Points, reference: &MaxMargin, planted: Option<&Planted>, claims: &mut Claims) {
    let MaxMargin { w_hat, gamma, alpha, certificate, .. } = reference;
    let dim = points.dim() as f64;
    // Inner products of length d, in a solution of a well-conditioned system of order d.
    let rounding = || Slack::rounding(8.0 * dim, points.radius() / gamma);
    claims.at_most("relative duality gap", certificate.relative_gap, 0.0, rounding());
    claims.equal_on("|ŵ - Σ alpha x| / |ŵ|, on the scale 1", certificate.stationarity, 0.0, 1.0, rounding());
    claims.at_least("min x·ŵ - 1", certificate.feasibility, 0.0, rounding());
    claims.equal_on("max |alpha (x·ŵ - 1)| / |ŵ|², on the scale 1", certificate.complementarity, 0.0, 1.0, rounding());
    claims.at_least("min alpha", certificate.least_multiplier, 0.0, rounding());
    let hull = crate::reference::certificate::upper_bound(points, alpha);
    claims.equal("distance of the origin from the convex hull, against 1/|ŵ|", hull, *gamma, rounding());
    if let Some(planted) = planted {
        let error = distance(w_hat, &planted.w_hat) / norm(&planted.w_hat);
        claims.equal_on("|ŵ - planted| / |planted|, on the scale 1", error, 0.0, 1.0, rounding());
        let error = distance(alpha, &planted.alpha) / norm(&planted.alpha);
        claims.equal_on("|alpha - planted| / |planted|, on the scale 1", error, 0.0, 1.0, rounding());
    }
    // Other feasible vectors: ŵ pushed along each axis both ways, by so little that every margin stays above
    // 1/2, and stretched until it is feasible again.
    let square = dot(w_hat, w_hat);
    let mut least_excess = f64::INFINITY;
    for i in 0..points.dim() {
        let reach = points.rows().map(|x| x[i].abs()).fold(f64::MIN_POSITIVE, f64::max);
        for push in [-0.5 / reach, 0.5 / reach] {
            let mut v = w_hat.clone();
            v[i] += push;
            let margin = points.least_margin(&v);
            v.iter_mut().for_each(|v| *v /= margin);
            let apart = difference(&v, w_hat);
            least_excess = least_excess.min((dot(&v, &v) - square - dot(&apart, &apart)) / square);
        }
    }
    claims.at_least("(|v|² - |ŵ|² - |v - ŵ|²)/|ŵ|² over feasible v", least_excess, 0.0, rounding());
}

/// **There is no finite minimiser.** At one the loss would settle; it falls like 1/t instead.
fn no_finite_minimiser(path: &Path, claims: &mut Claims) {
    let Path { snapshots, log_losses, radius } = path;
    let pair = snapshots.len() - 2;
    let (from, to) = (&snapshots[pair], &snapshots[pair + 1]);
    let span = to.log_t - from.log_t;
    let slope = (log_losses[pair + 1] - log_losses[pair]) / span;
    let errors = radius * (from.integration() + to.integration()) / span;
    let rounding = Slack::rounding(64.0, radius * norm(&to.state) / span);
    // The next term falls like t^-δ, and the plan sees to δ ≥ 0.3.
    let next = Slack::next_term(exp(-0.3 * from.log_t) / span, 10.0);
    claims.equal("d log L / d log t, late", slope, -1.0, Slack::integration(errors) + rounding + next);
    let fall = |w: &[f64]| w[1] - w[0];
    let least_fall = log_losses.windows(2).map(fall).fold(f64::NEG_INFINITY, f64::max);
    let early = Slack::integration(radius * snapshots[0].integration());
    claims.at_most("largest change of log L from one time to the next", least_fall, -1.0, early);
}

/// **The weights grow, the loss decays.** -∇L·ŵ = Σ -ℓ'_n m_n ≥ Σ -ℓ'_n > 0, so that the flow can stop
/// nowhere; along it x_n·w = log t - log alpha_n on the support, which gives both constants.
fn norm_grows_loss_decays(run: &Run, claims: &mut Claims) {
    let Run { setup, expansion, path, .. } = run;
    let progress = |at: &Snapshot| {
        let share = shares(&setup.points, setup.loss, &at.state);
        dot(&setup.points.combination(&share), &run.reference.w_hat)
    };
    let least = path.snapshots.iter().map(progress).fold(f64::INFINITY, f64::min);
    let rounding = Slack::rounding(8.0 * setup.points.dim() as f64, path.radius / expansion.gamma);
    claims.at_least("-∇L·ŵ / Σ -ℓ'_n, least over the run", least, 1.0, rounding);
    for (at, log_loss) in path.snapshots.iter().zip(&path.log_losses) {
        let s = at.log_t;
        let beyond = expansion.gamma * expansion.beyond_leading(s);
        let measured = exp(log_loss + s + 2.0 * ln(expansion.gamma));
        claims.equal(
            format!("γ² t L, t = {}", power_of_ten(s)),
            measured,
            expansion.scaled_loss(s),
            // Once through rho, since ∂L/∂w is along ŵ, and once in L itself.
            run.margin_slack(at) + Slack::next_term(2.0 * beyond, 2.0),
        );
        // γ|w| with rho = w̃ + δ: the next term is δ itself.
        let leading = Slack::next_term(expansion.gamma * norm(&expansion.leading(s)), 1.0);
        claims.equal(
            format!("γ|w|, t = {}", power_of_ten(s)),
            expansion.gamma * norm(&at.state),
            expansion.scaled_norm(s),
            run.state_slack(at) + leading + Slack::next_term(beyond, 2.0),
        );
    }
}

/// "10^12" from log t.
fn power_of_ten(log_t: f64) -> String {
    format!("10^{}", (log_t / LN_10).round())
}

/// **Support vectors dominate.** x_n·w = m_n log t + x_n·rho, so that a point's pull e^(-x_n·w) falls like
/// t^-m_n, and its share like t^-(m_n - 1).
fn support_vectors_dominate(run: &Run, claims: &mut Claims) {
    let Run { setup, reference, expansion, path, .. } = run;
    let [from, to, ..] = &path.snapshots[..] else { unreachable!("the path has four times") };
    let span = to.log_t - from.log_t;
    let log_shares = |at: &Snapshot| {
        let pulls = log_pulls(&setup.points, setup.loss, &at.state);
        let total = crate::real::log_sum_exp(pulls.iter().copied());
        pulls.into_iter().map(move |pull| pull - total).collect::<Vec<_>>()
    };
    let (before, after) = (log_shares(from), log_shares(to));
    let off_support = |n: &usize| reference.margins[*n] > 1.0;
    let exponent = |n: usize| (before[n] - after[n]) / span;
    let slack = |n: usize| {
        // log share = -(m_n - 1) s - x_n·(w̃ + δ) - log(1 + ..): δ moves it, and so does the sum over all.
        let shift = (norm(setup.points.row(n)) + path.radius) * norm(&expansion.leading(from.log_t));
        let errors = path.radius * (from.integration() + to.integration()) / span;
        Slack::next_term(shift / span, 1.0)
            + Slack::integration(2.0 * errors)
            + Slack::rounding(4.0 * setup.points.dim() as f64, path.radius * norm(&to.state) / span)
    };
    let nearest = (0..setup.points.count())
        .filter(off_support)
        .min_by(|&a, &b| reference.margins[a].total_cmp(&reference.margins[b]))
        .expect("the plan has points off the support");
    let predicted = |n: usize| reference.margins[n] - 1.0;
    claims.equal("exponent of the next point's share", exponent(nearest), predicted(nearest), slack(nearest));
    let deviation = |&n: &usize| (exponent(n) - predicted(n)).abs() / predicted(n);
    let worst = (0..setup.points.count())
        .filter(off_support)
        .max_by(|a, b| deviation(a).total_cmp(&deviation(b)))
        .expect("the plan has points off the support");
    claims.equal("exponent of the share that misses it by most", exponent(worst), predicted(worst), slack(worst));
    let unsupported = |at: &Snapshot| {
        let share = shares(&setup.points, setup.loss, &at.state);
        (0..setup.points.count()).filter(off_support).map(|n| share[n]).sum::<f64>()
    };
    claims.at_most(
        "share of all points off the support, t = 10^100",
        unsupported(path.last()),
        0.0,
        Slack::next_term(norm(&expansion.leading(LATE)) * path.radius, 2.0),
    );
}

/// **The gradient's weights become the dual.** On the support e^(-x_n·w) t -> e^(-x_n·w̃) = alpha_n, so that
/// the shares are p_n = γ² alpha_n, and Σ p_n x_n = γ² ŵ: the KKT combination, along which w grows.
fn gradient_weights_become_dual(run: &Run, claims: &mut Claims) {
    let Run { setup, expansion, path, reference, .. } = run;
    let at = path.last();
    let share = shares(&setup.points, setup.loss, &at.state);
    let least = expansion.carrying.iter().map(|&n| expansion.p[n]).fold(f64::INFINITY, f64::min);
    let slack = || {
        run.margin_slack(at)
            + Slack::certificate(path.radius * expansion.dual.uncertainty(&reference.w_hat))
            + Slack::next_term(path.radius * norm(&expansion.leading(at.log_t)), 2.0)
    };
    let worst = share.iter().zip(&expansion.p).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    claims.equal_on("max |share_n - p_n|, t = 10^100, on the scale of the least p_n", worst, 0.0, least, slack());
    if let Some(planted) = &run.planted {
        let scale = expansion.gamma * expansion.gamma;
        let worst = share.iter().zip(&planted.alpha).map(|(s, a)| (s - scale * a).abs()).fold(0.0, f64::max);
        claims.equal_on("max |share_n - planted p_n|, t = 10^100, same scale", worst, 0.0, least, slack());
    }
    let gradient = setup.points.combination(&share);
    let kkt: Vec<f64> = reference.w_hat.iter().map(|w| expansion.gamma * expansion.gamma * w).collect();
    claims.equal_on(
        "|Σ share_n x_n - γ² ŵ|, t = 10^100, on the scale γ",
        distance(&gradient, &kkt),
        0.0,
        expansion.gamma,
        Slack::rounding(setup.points.count() as f64, path.radius) + slack(),
    );
}

/// **The residual converges.** rho settles at w̃; what is left is the linear answer of the flow to the points
/// off the support, which has a known direction and falls like t^-δ.
fn residual_converges(run: &Run, claims: &mut Claims) {
    let Run { expansion, path, reference, .. } = run;
    let w_tilde = &expansion.w_tilde;
    let last = path.last();
    claims.equal_on(
        format!("|rho - w̃|, t = {}, on the scale |w̃|", power_of_ten(last.log_t)),
        distance(&run.rho(last), w_tilde),
        0.0,
        norm(w_tilde),
        run.state_slack(last)
            + Slack::certificate(expansion.dual.uncertainty(&reference.w_hat))
            + Slack::next_term(norm(&expansion.leading(last.log_t)), 2.0),
    );
    let [from, to, ..] = &path.snapshots[..] else { unreachable!("the path has several times") };
    let size = |at: &Snapshot| ln(distance(&run.rho(at), w_tilde));
    let span = to.log_t - from.log_t;
    // Relative errors of |rho - w̃| at either end.
    let doubt = |at: &Snapshot, term: f64| term / norm(&expansion.leading(at.log_t)) / span;
    let others = |at: &Snapshot| {
        // Points beyond the next one add terms that fall faster.
        let alone = expansion.leading(at.log_t);
        let faster = combine(-exp(-expansion.exponent * (at.log_t - to.log_t)), &expansion.leading(to.log_t), &alone);
        norm(&faster)
    };
    claims.equal(
        "exponent of |rho - w̃|, from t = 10^8 to 10^12",
        (size(from) - size(to)) / span,
        expansion.exponent,
        Slack::integration(doubt(from, from.integration()) + doubt(to, to.integration()))
            + Slack::rounding(4.0, doubt(to, norm(&to.state)))
            + Slack::next_term(doubt(from, others(from)), 1.0)
            + Slack::next_term(doubt(from, expansion.beyond_leading(from.log_t)), 2.0),
    );
    claims.equal_on(
        "|rho - w̃ - leading term|, t = 10^12, on the scale of the leading term",
        distance(&run.rho(to), &expansion.residual(to.log_t)),
        0.0,
        norm(&expansion.leading(to.log_t)),
        run.state_slack(to) + Slack::next_term(expansion.beyond_leading(to.log_t), 2.0),
    );
}

/// The same where everything is known in closed form, to t = 10^1000000.
fn residual_of_four_points(four: &FourPoints, claims: &mut Claims) {
    let FourPoints { run, far } = four;
    // p = (1/3, 2/3): H = log 3 - (2/3) log 2, and x·w̃ = -log p on both support vectors.
    let w_tilde = [ln(3.0) - 2.0 / 3.0 * ln(2.0), ln(2.0) / 3.0];
    let rounding = || Slack::rounding(16.0, 1.0);
    for at in far {
        for (i, &predicted) in w_tilde.iter().enumerate() {
            claims.equal(
                format!("four points: rho_{}, t = {}", i + 1, power_of_ten(at.log_t)),
                at.state[i],
                predicted,
                rounding() + Slack::integration(at.integration()) + Slack::next_term(exp(-0.5 * at.log_t), 1.0),
            );
        }
    }
    let last = far.last().expect("the path has snapshots");
    let w = run.expansion.frame.weights(last.log_t, &last.state);
    claims.equal(
        "four points: log L, t = 10^1000000",
        log_loss(&run.setup.points, run.setup.loss, &w),
        -last.log_t,
        Slack::rounding(16.0, last.log_t),
    );
    let at = &run.path.snapshots[0];
    let rho = run.rho(at);
    let root_t = exp(0.5 * at.log_t);
    // (A - 1/2)^-1 f with f = e^(-x·w̃) x of the point (1.5, 1), and A = diag(1, 2).
    let pull = exp(-(1.5 * w_tilde[0] + w_tilde[1]));
    for (i, predicted) in [pull * 1.5 / 0.5, pull / 1.5].into_iter().enumerate() {
        claims.equal(
            format!("four points: (rho - w̃)_{} √t, t = 10^12", i + 1),
            (rho[i] - w_tilde[i]) * root_t,
            predicted,
            Slack::rounding(4.0, root_t * norm(&at.state))
                + Slack::integration(root_t * at.integration())
                + Slack::next_term(root_t * run.expansion.beyond_leading(at.log_t), 2.0),
        );
    }
}

/// **Margin gap and direction.** With rho = w̃ the weights are u/γ along ŵ and C/γ across it, which fixes both;
/// the error is what rho has still to go.
fn margin_gap_and_direction(run: &Run, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    for at in &path.snapshots {
        let s = at.log_t;
        let length = norm(&at.state);
        // An error in w turns the direction by that much over |w|, and moves the margin by |x| times it.
        let remaining = norm(&expansion.leading(s)) + 2.0 * expansion.beyond_leading(s);
        let slack = |factor: f64| {
            Slack::integration(factor * at.integration() / length)
                + Slack::rounding(8.0 * factor, 1.0)
                + Slack::next_term(factor * expansion.gamma * remaining / expansion.u(s), 1.0)
        };
        claims.equal(
            format!("{name}1 - margin/γ, t = {}", power_of_ten(s)),
            1.0 - setup.points.least_margin(&at.state) / (length * expansion.gamma),
            expansion.relative_gap(s),
            slack(2.0 * path.radius / expansion.gamma),
        );
        claims.equal(
            format!("{name}sin(angle to ŵ), t = {}", power_of_ten(s)),
            norm(&reject(&at.state, &expansion.direction)) / length,
            expansion.sine(s),
            slack(2.0),
        );
    }
}

/// The limits themselves, gap · log t -> γ (H - Hinf) and |w/|w| - ŵ/|ŵ|| · log t -> C, at a time so late
/// that their own next terms, which fall like 1/log t, are known to be below one percent.
fn limits_over_log_t(run: &Run, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    let Expansion { gamma, entropy, min_entropy, direction_constant: c, .. } = *expansion;
    let at = path.last();
    let s = at.log_t;
    let u = expansion.u(s);
    let length = norm(&at.state);
    let gap = gamma - setup.points.least_margin(&at.state) / length;
    let sine = norm(&reject(&at.state, &expansion.direction)) / length;
    // The chord of an angle, from its sine and cosine, without cancellation.
    let chord = sine * (2.0 / (1.0 + dot(&at.state, &expansion.direction) / length)).sqrt();
    let slack = |next: f64| {
        Slack::next_term(next, 2.0)
            + Slack::rounding(8.0, s)
            + Slack::integration(2.0 * path.radius * at.integration() * s / length)
    };
    let limit = gamma * (entropy - min_entropy);
    // gap/γ = (H - Hinf)/u + C²/2u² + .., and 1/u = 1/s - (u - s)/s² + ..
    let next = gamma * (0.5 * c * c / s).max((entropy - min_entropy) * (u - s).abs() / s);
    claims.equal(format!("{name}gap · log t, t = 10^1000, against γ(H - Hinf)"), gap * s, limit, slack(next));
    let next = c * (u - s).abs() / s;
    claims.equal(format!("{name}direction error · log t, t = 10^1000, against C"), chord * s, c, slack(next));
}

/// **Gradient descent follows the flow.** For a β-smooth loss and η < 2/(β σ_max²) every step lowers the loss;
/// after t steps w is ŵ log(η t) + w̃ + δ(η t), but for the discreteness itself, ŵ log t / 2t.
fn gradient_descent(run: &DescentRun, claims: &mut Claims) {
    let DescentRun { setup, expansion, descent, .. } = run;
    let log_losses = descent.log_losses(setup);
    let rise = log_losses.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::NEG_INFINITY, f64::max);
    let rounding = Slack::rounding(16.0, log_losses[0]);
    claims.at_most("largest change of log L between recorded steps", rise, 0.0, rounding);
    let at = run.last();
    let s = run.log_time(at);
    let log_steps = ln(at.step as f64);
    let discreteness = 0.5 * log_steps / at.step as f64 / expansion.gamma;
    let rho = combine(-s, &expansion.frame.w_hat, &at.w);
    let accumulated = || Slack::rounding(at.step as f64, norm(&at.w));
    let next = || Slack::next_term(expansion.beyond_leading(s), 2.0) + Slack::next_term(discreteness, 2.0);
    claims.equal_on(
        "|rho - w̃ - leading term|, last step, on the scale |w̃|",
        distance(&rho, &expansion.residual(s)),
        0.0,
        norm(&expansion.w_tilde),
        accumulated() + next(),
    );
    let radius = setup.points.radius();
    let scaled_loss = log_losses.last().expect("the start is recorded") + s + 2.0 * ln(expansion.gamma);
    claims.equal_on(
        "log(η t γ² L), last step, on the scale 1",
        scaled_loss,
        ln(expansion.scaled_loss(s)),
        1.0,
        Slack::rounding(at.step as f64, radius * norm(&at.w))
            + Slack::next_term(expansion.gamma * (2.0 * expansion.beyond_leading(s) + discreteness), 2.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// What happens instead
// ---------------------------------------------------------------------------------------------------

/// 2/(1 + e^w) = 1/(1 + e^-w) at w = log 2, where L'' = 3 · 2/9 = 2/3; and weights prove that nothing separates.
fn finite_minimiser(run: &Inseparable, claims: &mut Claims) {
    let residual = match &run.separability {
        Separability::Inseparable { residual, .. } => *residual,
        Separability::Separable(_) => f64::NAN,
    };
    claims.equal_on("|Σ a_n x_n|, a ≥ 0 of sum 1, on the scale 1", residual, 0.0, 1.0, Slack::rounding(4.0, 1.0));
    let last = run.late.last();
    let slack = Slack::integration(last.integration()) + Slack::rounding(16.0, 1.0);
    claims.equal("w, t = 10^100", last.state[0], ln(2.0), slack);
    let [from, to] = &run.early.snapshots[..] else { unreachable!("the path has two times") };
    let distances = [from, to].map(|at| (at.state[0] - ln(2.0)).abs());
    let span = exp(to.log_t) - exp(from.log_t);
    claims.equal(
        "rate of |w - log 2| from t = 10 to 20",
        (ln(distances[0]) - ln(distances[1])) / span,
        2.0 / 3.0,
        // L''' is of order one: the rate drifts with the distance itself.
        Slack::next_term(distances[0] / span, 2.0)
            + Slack::integration((from.integration() / distances[0] + to.integration() / distances[1]) / span)
            + Slack::rounding(4.0, 1.0 / distances[1] / span),
    );
}

/// On (1,2), (1,-1) the limit direction is (1, r) with r (a + b) = 2a - b, where a = (1 + 2r)^(-ν-1) and
/// b = (1 - r)^(-ν-1): the gradient at it is along it.
fn polynomial_limits(tails: &[PolynomialTail], claims: &mut Claims) {
    for PolynomialTail { nu, run } in tails {
        let [from, to] = &run.path.snapshots[..] else { unreachable!("the path has two times") };
        let residual = |r: f64| {
            let a = crate::real::pow(1.0 + 2.0 * r, -nu - 1.0);
            let b = crate::real::pow(1.0 - r, -nu - 1.0);
            2.0 * a - b - r * (a + b)
        };
        // The flow comes to its direction like t^-(1/(ν+2)) or faster.
        let next = |at: &Snapshot| Slack::next_term(exp(-at.log_t / (nu + 2.0)), 10.0);
        let relative = |at: &Snapshot| at.integration() / norm(&at.state);
        claims.equal(
            format!("ν = {nu}: w2/w1, t = 10^100"),
            to.state[1] / to.state[0],
            bisect(residual, 0.0, 0.5),
            Slack::integration(4.0 * relative(to)) + Slack::rounding(64.0, 1.0) + next(to),
        );
        let span = to.log_t - from.log_t;
        claims.equal(
            format!("ν = {nu}: d log|w| / d log t"),
            (ln(norm(&to.state)) - ln(norm(&from.state))) / span,
            1.0 / (nu + 2.0),
            Slack::integration((relative(from) + relative(to)) / span) + Slack::rounding(16.0, 1.0) + next(from),
        );
    }
}

/// The root of a function that changes sign on [low, high], to the last bit.
fn bisect(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let rising = f(low) < 0.0;
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if (f(middle) < 0.0) == rising { low = middle } else { high = middle }
    }
}

/// Each overshoot is the exponential of the one before it: w2 changes sign at every step, and within ten
/// steps the loss passes anything a double can hold.
fn divergence(run: &DescentRun, claims: &mut Claims) {
    let exact = || Slack::rounding(1.0, 1.0);
    let w2: Vec<f64> = run.descent.iterates.iter().map(|it| it.w[1]).filter(|w2| *w2 != 0.0).collect();
    let turns = w2.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
    claims.equal("sign changes of w2, of as many steps", turns as f64, w2.len() as f64 - 1.0, exact());
    let overflow = run.descent.overflows.map_or(f64::INFINITY, |step| step as f64);
    claims.at_most("the step that overflows", overflow, 10.0, exact());
    // At w2 = -u the point (.1, .9) is pulled by e^(.9u - .1 w1), and the other hardly at all: the next w2 is
    // .9 η times that. At w2 = u the other point answers in the same way, with .5 for .9.
    let [.., before, after] = &run.descent.iterates[..] else { unreachable!("the run has several steps") };
    let x: [f64; 2] = if before.w[1] < 0.0 { [0.1, 0.9] } else { [0.1, -0.5] };
    let predicted = ln(run.descent.eta * x[1].abs()) - dot(&x, &before.w);
    claims.equal(
        "log|w2| at the last finite step, by the point on the wrong side alone",
        ln(after.w[1].abs()),
        predicted,
        Slack::rounding(16.0, predicted) + Slack::next_term(before.w[1] / after.w[1], 2.0),
    );
}

/// With rho_1 at its equilibrium e^rho_1 = 1 + e^-rho_2, the flow of the degenerate point is
/// d rho_2/ds = 1/(1 + e^rho_2), so that e^rho_2 + rho_2 = s + const: rho_2 = log s + O(log s / s).
fn residual_of_degenerate_points(run: &Run, claims: &mut Claims) {
    let at = run.path.last();
    let s = at.log_t;
    let slack = || {
        Slack::next_term(ln(s) / s, 2.0) + Slack::rounding(4.0, norm(&at.state)) + Slack::integration(at.integration())
    };
    let across = run.rho(at)[1];
    claims.equal("rho across ŵ at log t = 10^8, against log log t", across, ln(s), slack());
    let sine = norm(&reject(&at.state, &run.expansion.direction)) / norm(&at.state);
    claims.equal("angle to ŵ · log t / log log t, against γ/|v|", sine * s / ln(s), 1.0, slack());
}
