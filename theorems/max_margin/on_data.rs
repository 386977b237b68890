//! `run max-margin`: the theorem on the reader's own table.

use std::ops::Bound::{Excluded, Included, Unbounded};

use faer::Mat;
use serde_json::{Map, Value, json};

use super::expansion::Expansion;
use super::experiments::step_bound;
use super::finite_minimiser::{self, Descending, Minimiser};
use super::hypotheses::{certified, exponential_tail};
use super::separator::unique_separator;
use theoremcheck::claim::{Claims, Slack, Verdict, Why};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::descent::{Iterate, StepRule, descend_watched, largest_rise};
use theoremcheck::flow::gradient_flow::{Frame, Setup, Snapshot, moving_watched};
use theoremcheck::flow::loss::{Loss, log_loss};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::labelled::{BIAS, POSITIVE, Preparation, STANDARDIZE, labelled_points};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{LN_10, UNIT_ROUNDOFF, combine, distance, dot, exp, ln, norm, reject};
use theoremcheck::reference::max_margin::{MaxMargin, Separability, separate};
use theoremcheck::theorem::{DataRun, Finding, OnData, Reach};

/// Where a run has come to: the weights in the moving frame of the flow that they follow.
pub struct Arrival {
    /// log of the flow's time: log t, or log(η t) under gradient descent.
    log_time: f64,
    /// log η, 0 for the flow.
    log_eta: f64,
    /// w - ŵ log_time.
    pub rho: Vec<f64>,
    /// What rho has still to go, as its velocity says.
    remaining: f64,
    /// What the computation may have lost in the span of the support: the integrator's error, or that of
    /// summing many steps.
    slack: Slack,
    /// How far discrete steps are from the flow.
    discreteness: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Dynamics {
    Flow { log_t: f64 },
    Descent { eta: Option<f64>, steps: u64 },
}

/// The latest log t of the flow, and the most steps.
const LATEST: f64 = 1e7;
const MOST_STEPS: u64 = 1_000_000_000_000;

pub const ON_DATA: OnData = OnData {
    says: "The flow, or gradient descent, on a table whose last column is the label, against the certified separator of \
           that table.",
    options: &[
        DataOption { name: "loss", takes: Takes::Word(&["logistic", "exp"]), says: "The loss." },
        POSITIVE,
        DataOption {
            name: "log-t",
            takes: Takes::Number { sign: "S", range: (Included(0.0), Included(LATEST)), default: None },
            says: "Follow the flow to t = e^S; 230.26 is t = 10^100. [default: ln 10^100]",
        },
        DataOption {
            name: "start",
            takes: Takes::Numbers { sign: "V1,V2,.." },
            says: "Initial weights, one a feature, and one for the bias with --bias. [default: 0]",
        },
        BIAS,
        STANDARDIZE,
        DataOption {
            name: "dynamics",
            takes: Takes::Word(&["flow", "gd"]),
            says: "Gradient flow, or gradient descent with a constant step.",
        },
        DataOption {
            name: "eta",
            takes: Takes::Number { sign: "E", range: (Excluded(0.0), Unbounded), default: None },
            says: "Step size of gd. [default: half the smoothness bound, 1/(β σ_max²); for exp 1/(L(w0) max |x|²)]",
        },
        DataOption {
            name: "steps",
            takes: Takes::Whole { sign: "K", from: 1, to: MOST_STEPS, default: Some(100_000) },
            says: "Steps of gd.",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

pub fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let loss = if options.word("loss") == "exp" { Loss::Exponential } else { Loss::Logistic };
    let dynamics = dynamics(options)?;
    let preparation = Preparation::of(options);
    let points = labelled_points(table, options.text("positive").as_deref(), preparation)?;
    if points.radius() == 0.0 {
        return Err(Error::input(format!("{}: every feature is 0, so that every w has the same loss", table.source)));
    }
    let start = match options.numbers("start") {
        None => vec![0.0; points.dim()],
        Some(start) if start.len() == points.dim() => start,
        Some(start) => {
            return Err(Error::input(format!(
                "--start has {} entries; the weights have {}{}",
                start.len(),
                points.dim(),
                if preparation.bias { ", the last for the bias" } else { "" }
            )));
        }
    };
    let chart = Chart::new(&points, &start);
    let (points, start) = (chart.points(points)?, chart.inward(start));
    let setup = Setup { points, loss, start };
    let reference = match separate(&setup.points)? {
        Separability::Separable(reference) => reference,
        Separability::Inseparable { weights, residual } => {
            return inseparable(table, options, &setup, dynamics, &chart, &weights, residual);
        }
    };
    check_start(table, &setup)?;
    let mut hypotheses = vec![separable(&reference), ("exponential-tail", exponential_tail(loss))];
    let expansion = Expansion::new(&setup.points, loss, &setup.start, &reference, None)?;
    let mut steps = Vec::new();
    let mut path = Vec::new();
    let see = |s: f64, rho: &[f64]| {
        if let Dynamics::Flow { log_t } = dynamics {
            options.tell(|| format!("at t = e^{s:.1} of e^{log_t:.1}"));
        }
        path.push((s, rho.to_vec()));
    };
    let arrival = match dynamics {
        Dynamics::Flow { log_t } => follow(&setup, &expansion, log_t, see)?,
        Dynamics::Descent { eta, steps: count } => {
            let bound = largest_step(&setup)?;
            let eta = eta.unwrap_or(0.5 * bound);
            let rise = largest_rise(&setup, StepRule::plain(eta), count.min(MOST_WATCHED));
            hypotheses.push(small_step(&setup, eta, bound, rise));
            let mut claims = Claims::default();
            let arrival = walk(&setup, &expansion, (eta, count), rise, &mut claims, options, see);
            steps.push(("gradient-descent", claims));
            arrival
        }
    };
    hypotheses.push(positive_multipliers(table, &expansion));
    let mut certificate = Claims::default();
    unique_separator(&setup.points, &reference, None, &mut certificate);
    steps.insert(0, ("unique-separator", certificate));
    if hypotheses.iter().all(|(_, finding)| finding.holds) {
        steps.extend(asymptotics(&setup, &expansion, &arrival));
    }
    if let Some(blunt) = steps.iter().flat_map(|(_, claims)| claims).find(|c| c.verdict() == Verdict::Fails(Why::Blunt))
    {
        return Err(Error::numerical(format!(
            "these data are too ill-conditioned for double precision: '{}' would have a slack of {:.0e} ({}); features of \
             one size and near their mean, such as --standardize with --bias makes, may help",
            blunt.what,
            blunt.slack.total(),
            blunt.slack
        )));
    }
    options.draw(|| figure(&setup, &expansion, &arrival, &path));
    let reach = needed(&steps).map(|log_t| reach(&setup, &expansion, arrival.log_eta, dynamics, log_t, options));
    Ok(DataRun {
        reach,
        warnings: vec![],
        hypotheses,
        reference: json!({
            "gamma": reference.gamma,
            "w_hat": chart.outward(&reference.w_hat),
            "alpha": expansion.dual.alpha,
            "support": reference.support,
            "relative_gap": reference.certificate.relative_gap,
            "detail": { "support": format!("rows of the data, counted from 0: {} of the file", table.lines_of(&reference.support)) },
        }),
        predicted: predicted(&expansion, &arrival, &chart),
        measured: measured(&setup, &expansion, &arrival, &chart),
        steps,
    })
}

/// Where there are more features than examples: an isometry from as many coordinates as there are examples, and one for
/// the start, into the space of the features. Neither dynamics nor separator leaves its image.
struct Chart(Option<Mat<f64>>);

impl Chart {
    fn new(points: &Points, start: &[f64]) -> Chart {
        let (count, dim) = (points.count(), points.dim());
        let spanning = |i: usize, j: usize| if j < count { points.row(j)[i] } else { start[i] };
        Chart((dim > count + 1).then(|| Mat::from_fn(dim, count + 1, spanning).qr().compute_thin_Q()))
    }

    fn inward(&self, v: Vec<f64>) -> Vec<f64> {
        match &self.0 {
            None => v,
            Some(axes) => axes.col_iter().map(|axis| axis.iter().zip(&v).map(|(q, x)| q * x).sum()).collect(),
        }
    }

    fn points(&self, points: Points) -> Result<Points> {
        match &self.0 {
            None => Ok(points),
            Some(axes) => Points::new(axes.ncols(), points.rows().flat_map(|x| self.inward(x.to_vec())).collect()),
        }
    }

    fn outward(&self, v: &[f64]) -> Vec<f64> {
        match &self.0 {
            None => v.to_vec(),
            Some(axes) => axes.row_iter().map(|row| row.iter().zip(v).map(|(q, x)| q * x).sum()).collect(),
        }
    }
}

fn dynamics(options: &Options) -> Result<Dynamics> {
    let descends = options.word("dynamics") == "gd";
    if !descends && (options.given("eta") || options.given("steps")) {
        return Err(Error::input("--eta and --steps go with --dynamics gd; the flow has --log-t"));
    }
    if descends && options.given("log-t") {
        return Err(Error::input("--log-t goes with --dynamics flow; gd has --steps"));
    }
    Ok(match options.whole("steps") {
        Some(steps) if descends => Dynamics::Descent { eta: options.number("eta"), steps },
        _ => Dynamics::Flow { log_t: options.number("log-t").unwrap_or(100.0 * LN_10) },
    })
}

/// Weights at which a loss can be computed with, and from which the flow gets under way.
fn check_start(table: &Table, setup: &Setup) -> Result<()> {
    let (lowest, why) = match setup.loss {
        Loss::Exponential => (-500.0, "the exponential loss there is too large for a double"),
        _ => (-1e4, "from there the flow needs too many steps to come back"),
    };
    let margins = setup.points.margins(&setup.start);
    let Some(n) = margins.iter().position(|margin| !(lowest..=1e6).contains(margin)) else { return Ok(()) };
    let why = if margins[n] < lowest { why } else { "t would have to pass e to that power" };
    Err(Error::input(format!(
        "--start gives the example of line {} the margin {:.1e}: {why}; margins from {lowest:e} to 1e6 can be started from",
        table.lines[n], margins[n]
    )))
}

/// The flow in the moving frame, by the stiff method. A tolerance below the rounding that the conditioning of
/// A amplifies could not be met.
pub fn follow(setup: &Setup, expansion: &Expansion, log_t: f64, see: impl FnMut(f64, &[f64])) -> Result<Arrival> {
    let condition = condition(expansion);
    let relative = (10.0 * UNIT_ROUNDOFF * condition).max(1e-11);
    let tolerance = Tolerance::new(1e-12 / setup.points.radius(), relative);
    // Looked at now and at some times before: the velocity of one moment may pass through zero.
    let mut times: Vec<f64> = (0..=6).rev().map(|k| log_t - 0.5 * f64::from(k) / expansion.exponent).collect();
    times.retain(|&s| s >= 0.5 * log_t);
    let path = moving_watched(setup, &expansion.frame, &times, Method::Stiff, tolerance, see).map_err(|error| {
        Error::numerical(format!(
            "{error}; the separator is certified, with the margin {:.6e}, and --dynamics gd shows it; for the flow features of one \
             size and near their mean, such as --standardize with --bias makes, may help",
            expansion.gamma
        ))
    })?;
    let remaining = |at: &Snapshot| {
        let velocity = norm(&expansion.frame.velocity(setup, at.log_t, &at.state));
        velocity / expansion.exponent * exp(-expansion.exponent * (log_t - at.log_t))
    };
    let remaining = path.iter().map(remaining).fold(0.0, f64::max);
    let at = path.into_iter().next_back().ok_or_else(|| Error::numerical("the flow was not followed"))?;
    let slack = Slack::integration(norm(&expansion.dual.project(&at.drift)))
        + Slack::rounding(8.0 * condition, norm(&at.state) + norm(&expansion.w_tilde));
    Ok(Arrival { log_time: log_t, log_eta: 0.0, rho: at.state, remaining, slack, discreteness: 0.0 })
}

/// λ_max/λ_min of A.
fn condition(expansion: &Expansion) -> f64 {
    let curvature = &expansion.dual.curvature;
    curvature[curvature.len() - 1].0 / curvature[0].0
}

/// So many steps are watched one by one for a rise of the loss.
const MOST_WATCHED: u64 = 1 << 14;

/// Gradient descent, and the claims that are its own. `see` is shown log(η t) and w - ŵ log(η t) at steps in geometric
/// progression.
fn walk(
    setup: &Setup,
    expansion: &Expansion,
    (eta, steps): (f64, u64),
    rise: f64,
    claims: &mut Claims,
    options: &Options,
    mut see: impl FnMut(f64, &[f64]),
) -> Arrival {
    let times = [steps.div_ceil(4), steps.div_ceil(2), steps];
    let residual = |step: u64, w: &[f64]| {
        let s = ln(eta * step.max(1) as f64);
        (s, combine(-s, &expansion.frame.w_hat, w))
    };
    let mut next = 1;
    let descent = descend_watched(setup, StepRule::plain(eta), &times, |step, w| {
        if step >= next {
            next = step + step.div_ceil(20);
            options.tell(|| format!("step {step} of {steps}"));
            let (s, rho) = residual(step, w);
            see(s, &rho);
        }
    });
    let size = descent.log_losses(setup).iter().fold(1.0_f64, |top, l| top.max(l.abs()));
    claims.at_most("largest change of log L in a step", rise, 0.0, Slack::rounding(16.0, size)).on("max |log L|", size);
    if let Some(step) = descent.overflows {
        claims.at_least("steps before the weights overflow", step as f64, steps as f64, Slack::rounding(1.0, 1.0));
    }
    let last = descent.last();
    let now = ln(eta * last.step.max(1) as f64);
    let remaining = |at: &Iterate| {
        let (s, rho) = residual(at.step, &at.w);
        norm(&expansion.frame.velocity(setup, s, &rho)) / expansion.exponent * exp(-expansion.exponent * (now - s))
    };
    let log_steps = ln(last.step.max(1) as f64);
    Arrival {
        log_time: now,
        log_eta: ln(eta),
        rho: residual(last.step, &last.w).1,
        remaining: descent.iterates.iter().map(remaining).fold(0.0, f64::max),
        slack: Slack::rounding(last.step as f64, norm(&last.w)),
        discreteness: 0.5 * (1.0 + log_steps) / last.step.max(1) as f64 / expansion.gamma,
    }
}

/// The largest step under which every step is sure to lower the loss: 2/(β σ_max²), or for the exponential
/// loss, whose curvature is at most L(w0) max |x|² below its start, 2/(L(w0) max |x|²).
fn largest_step(setup: &Setup) -> Result<f64> {
    match step_bound(&setup.points, setup.loss)? {
        Some(bound) => Ok(bound),
        None => {
            let radius = setup.points.radius();
            let bound = 2.0 * exp(-log_loss(&setup.points, setup.loss, &setup.start)) / (radius * radius);
            if bound > 0.0 && bound.is_finite() {
                Ok(bound)
            } else {
                Err(Error::input(
                    "--start: the exponential loss there leaves no step size to begin with; start nearer to 0",
                ))
            }
        }
    }
}

// The hypotheses.

fn separable(reference: &MaxMargin) -> (&'static str, Finding) {
    let certificate = &reference.certificate;
    let detail = format!("certified: γ = {:.12e}, relative gap {:.0e}", reference.gamma, certificate.relative_gap);
    ("separability", Finding { holds: certified(reference), detail })
}

/// Below the bound, or, where the loss has no β and the bound is sufficient only, without a rise of the loss.
fn small_step(setup: &Setup, eta: f64, bound: f64, rise: f64) -> (&'static str, Finding) {
    let detail = match setup.loss.smoothness() {
        Some(_) => format!("η = {eta:.6e}; 2/(β σ_max²) = {bound:.6e}"),
        None => format!(
            "η = {eta:.6e}; below 2/(L(w0) max |x|²) = {bound:.6e} no step raises the loss; the largest change of log L in a step is {rise:.1e}"
        ),
    };
    let holds = eta < bound || setup.loss.smoothness().is_none() && rise <= 0.0;
    ("small-step", Finding { holds, detail })
}

fn positive_multipliers(table: &Table, expansion: &Expansion) -> (&'static str, Finding) {
    let Expansion { degenerate, carrying, .. } = expansion;
    let detail = match &degenerate[..] {
        [] => format!("support vectors: {}, each with positive weight", carrying.len()),
        rows => format!(
            "no dual solution gives weight to the support vector{} of {}: rho grows like log log t; the direction still \
             converges",
            if rows.len() == 1 { "" } else { "s" },
            table.lines_of(rows)
        ),
    };
    ("positive-multipliers", Finding { holds: degenerate.is_empty(), detail })
}

/// Whether a constant feature is all that is missing.
fn separable_with_bias(table: &Table, options: &Options) -> bool {
    let preparation = Preparation::of(options);
    let with_bias =
        labelled_points(table, options.text("positive").as_deref(), Preparation { bias: true, ..preparation });
    let separated = with_bias.and_then(|points| separate(&points));
    !preparation.bias && matches!(separated, Ok(Separability::Separable(_)))
}

/// So many weights are named in the text; all of them are in the JSON.
const MOST_NAMED: usize = 10;

/// No direction separates: the weights that prove it stand in place of the separator, and the minimiser of the loss, if there
/// is one, in place of the limit.
fn inseparable(
    table: &Table,
    options: &Options,
    setup: &Setup,
    dynamics: Dynamics,
    chart: &Chart,
    weights: &[f64],
    residual: f64,
) -> Result<DataRun> {
    let carriers = weights.iter().enumerate().filter(|(_, a)| **a > 0.0);
    let mut named: Vec<String> = carriers.map(|(n, a)| format!("{a:.6} of line {}", table.lines[n])).collect();
    let more = named.len().saturating_sub(MOST_NAMED);
    named.truncate(MOST_NAMED);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    let detail = format!(
        "not separable: weights of sum one make Σ a_n y_n x_n vanish (here to {:.1e}), so that no direction has every \
         example on its side: {}{}",
        residual.abs(),
        named.join(", "),
        if separable_with_bias(table, options) {
            ". With --bias they are separable: w·x + b = 0 need not pass through 0"
        } else {
            ""
        }
    );
    let why = |keys: &[&str]| {
        let mut object: Map<String, Value> = keys.iter().map(|key| (key.to_string(), Value::Null)).collect();
        object.insert("detail".to_string(), json!("the data are not separable"));
        object
    };
    let mut reference = why(&["gamma", "w_hat", "alpha", "support", "relative_gap"]);
    reference.insert("inseparable".to_string(), json!({ "weights": weights, "residual": residual }));
    let mut run = DataRun {
        reach: None,
        warnings: vec![],
        hypotheses: vec![("separability", Finding { holds: false, detail })],
        reference: Value::Null,
        predicted: why(&PREDICTED).into(),
        measured: why(&MEASURED).into(),
        steps: Vec::new(),
    };
    let Some(minimiser) = Minimiser::find(&setup.points, setup.loss)? else {
        run.warnings.push(
            "no finite minimiser was found, as where some examples can be put on their side at no cost to the others: w then \
             grows without bound"
                .to_string(),
        );
        reference.insert("minimiser".to_string(), Value::Null);
        run.reference = reference.into();
        return Ok(run);
    };
    reference.insert("minimiser".to_string(), minimiser.to_json(setup, |v| chart.outward(v)));
    run.reference = reference.into();
    check_start(table, setup)?;
    let approach = match dynamics {
        Dynamics::Flow { .. } => finite_minimiser::by_flow(setup, &minimiser)?,
        Dynamics::Descent { eta, steps } => {
            let eta = match eta {
                Some(eta) => eta,
                None => 0.5 * largest_step(setup)?,
            };
            match finite_minimiser::by_descent(setup, &minimiser, eta, steps) {
                Descending::Arrives(approach) => approach,
                Descending::Repelled { largest_step } => {
                    run.warnings.push(format!(
                        "--eta {eta} is not below 2/λ_max = {largest_step:.6} at argmin L: gradient descent need not settle there"
                    ));
                    return Ok(run);
                }
                Descending::TooLong { steps } => {
                    run.reach = Some(Reach {
                        says: "argmin L is approached at so slow a rate that it needs more steps".to_string(),
                        instead: match steps <= MOST_STEPS as f64 {
                            true => vec![("steps", Some(steps.to_string()))],
                            false => Vec::new(),
                        },
                    });
                    return Ok(run);
                }
            }
        }
    };
    let mut claims = Claims::default();
    finite_minimiser::claims(setup, &minimiser, &approach, &mut claims);
    options.draw(|| approach.figure());
    run.steps.push(("without-separability", claims));
    Ok(run)
}

const PREDICTED: [&str; 6] =
    ["w_tilde", "entropy", "min_entropy", "margin_gap_constant", "direction_constant", "residual_exponent"];
const MEASURED: [&str; 6] = ["log_t", "w", "rho", "log_loss", "margin_gap_times_log_t", "direction_error_times_log_t"];

fn predicted(expansion: &Expansion, arrival: &Arrival, chart: &Chart) -> Value {
    let Expansion { entropy, min_entropy, exponent, determined, .. } = *expansion;
    let [margin_gap_constant, direction_constant] = expansion.shown_constants();
    let mut detail = Map::new();
    let mut explain = |keys: &[&str], why: &str| {
        detail.extend(keys.iter().map(|key| (key.to_string(), json!(why))));
    };
    if !expansion.degenerate.is_empty() {
        explain(
            &["w_tilde", "margin_gap_constant", "direction_constant", "residual_exponent"],
            "a support vector has no weight in any dual solution: rho grows without bound",
        );
    } else if !determined {
        explain(
            &["direction_constant"],
            "the support vectors do not span what the points span: outside their span the limit depends on the start and the path",
        );
        explain(&["w_tilde"], "its part in the span of the support only, for the same reason");
    }
    let w_tilde = chart.outward(&combine(arrival.log_eta, &expansion.frame.w_hat, &expansion.w_tilde));
    let bounded = expansion.degenerate.is_empty();
    json!({
        "w_tilde": bounded.then_some(w_tilde),
        "entropy": entropy,
        "min_entropy": min_entropy,
        "margin_gap_constant": bounded.then_some(margin_gap_constant),
        "direction_constant": (bounded && determined).then_some(direction_constant),
        "residual_exponent": bounded.then_some(exponent),
        "detail": detail,
    })
}

fn measured(setup: &Setup, expansion: &Expansion, arrival: &Arrival, chart: &Chart) -> Value {
    let Arrival { log_time, log_eta, rho, .. } = arrival;
    let w = expansion.frame.weights(*log_time, rho);
    let log_t = log_time - log_eta;
    let (gap, direction_error) = gap_and_direction_error(setup, expansion, *log_time, rho);
    json!({
        "log_t": log_t,
        "w": chart.outward(&w),
        "rho": chart.outward(&combine(*log_eta, &expansion.frame.w_hat, rho)),
        "log_loss": log_loss(&setup.points, setup.loss, &w),
        "margin_gap_times_log_t": gap * log_t,
        "direction_error_times_log_t": direction_error * log_t,
    })
}

/// γ - margin(w/|w|) and |w/|w| - ŵ/|ŵ|| at w = ŵ s + rho, from rho: where both are small, w itself has lost
/// the digits.
fn gap_and_direction_error(setup: &Setup, expansion: &Expansion, s: f64, rho: &[f64]) -> (f64, f64) {
    let Expansion { gamma, direction, frame: Frame { margins, .. }, .. } = expansion;
    // γw is `along` on ŵ/|ŵ| and `across` beside it.
    let beyond = gamma * dot(direction, rho);
    let (along, across) = (s + beyond, gamma * norm(&reject(rho, direction)));
    let length = (along * along + across * across).sqrt();
    let excess = |(x, m): (&[f64], &f64)| (m - 1.0) * s + dot(x, rho);
    let least = setup.points.rows().zip(margins).map(excess).fold(f64::INFINITY, f64::min);
    let gap = if along > 0.0 { beyond - least + across * across / (length + along) } else { length - s - least };
    let direction_error = if along > 0.0 {
        across / length * (2.0 / (1.0 + along / length)).sqrt()
    } else {
        (2.0 - 2.0 * along / length).sqrt()
    };
    (gamma * gap / length, direction_error)
}

/// The run as it went, against log t: both errors, beside the terms of the expansion that are not powers of t, and how the
/// residual settles.
fn figure(setup: &Setup, expansion: &Expansion, arrival: &Arrival, path: &[(f64, Vec<f64>)]) -> Drawing {
    let Expansion { gamma, entropy, min_entropy, exponent, dual, .. } = expansion;
    let across = if expansion.determined { expansion.shown_constants()[1] } else { 0.0 };
    let line = |name: &str, look, points: Vec<[f64; 2]>| Series { name: name.to_string(), look, points };
    let end = arrival.log_time - arrival.log_eta;
    let against_log_t = |value: &dyn Fn(f64, &[f64]) -> f64| -> Vec<[f64; 2]> {
        let late = path.iter().filter(|(s, _)| s - arrival.log_eta >= (0.1 * end).min(1.0));
        late.map(|(s, rho)| [s - arrival.log_eta, value(*s, rho)]).collect()
    };
    // γw is u along ŵ/|ŵ| and C beside it; early, u says nothing. Where C depends on the path the gap is told without it.
    let predicted = |law: &dyn Fn(f64, f64) -> f64| {
        let at = |s: f64, _: &[f64]| {
            let u = expansion.u(s);
            if u > 1.0 { law(u, (u * u + across * across).sqrt()) } else { f64::NAN }
        };
        line("predicted", Look::Predicted, against_log_t(&at))
    };
    let gap = against_log_t(&|s, rho| gap_and_direction_error(setup, expansion, s, rho).0);
    let error = against_log_t(&|s, rho| gap_and_direction_error(setup, expansion, s, rho).1);
    let (mut gap, mut error) = (vec![line("gap", Look::Path, gap)], vec![line("direction", Look::Path, error)]);
    let bounded = expansion.degenerate.is_empty();
    if bounded {
        gap.push(predicted(&|u, length| gamma * (1.0 - (u - entropy + min_entropy) / length)));
    }
    if bounded && expansion.determined {
        error.push(predicted(&|u, length| across / length * (2.0 / (1.0 + u / length)).sqrt()));
    }
    let legend = [("predicted", Look::Predicted), ("slope -δ", Look::Bound)];
    let against = |scale, y, series| Panel::fitted(("log t", scale), (y, Scale::Log), series, &legend);
    let mut panels = vec![against(Scale::Log, "γ - margin(w/|w|)", gap), against(Scale::Log, "|w/|w| - ŵ/|ŵ||", error)];
    if bounded {
        let away = against_log_t(&|_, rho| distance(&dual.project(rho), &dual.w_tilde));
        // Its constant is not predicted: through a point that is late, and above what rounding leaves.
        let sizes = || away.iter().map(|p| p[1]).filter(|size| *size > 0.0);
        let late = exp(0.75 * ln(sizes().fold(f64::INFINITY, f64::min)) + 0.25 * ln(sizes().fold(0.0, f64::max)));
        let known = away.iter().find(|p| p[1] <= late).copied();
        let slope = |[at, size]: [f64; 2]| {
            let points = away.iter().map(|p| [p[0], size * exp(-exponent * (p[0] - at))]).collect();
            line("slope -δ", Look::Bound, points)
        };
        let series = [line("residual", Look::Path, away.clone())].into_iter().chain(known.map(slope)).collect();
        panels.push(against(Scale::Linear, "|rho - w̃|", series));
    }
    Drawing {
        title: "The margin, the direction and the residual against log t",
        says: "Dots: this run. Above, how far the margin of w/|w| is below γ; then how far its direction is from that of ŵ; solid, \
               what the theorem predicts of them. Below, how far the residual is from its limit in the span of the support \
               vectors, down to rounding; dashed, the predicted decay t^-δ.",
        plot: Plot { panels },
    }
}

/// The claims that need a late time. Under a decay like t^-δ what rho has still to go is its velocity
/// d rho/d log t over δ. That is the next term of each claim, evaluated: an estimate, not a bound, hence its
/// safety factor. It also tells the time at which the claim becomes sharp.
fn asymptotics(setup: &Setup, expansion: &Expansion, arrival: &Arrival) -> Vec<(&'static str, Claims)> {
    let Expansion { gamma, entropy, min_entropy, exponent, dual, frame, .. } = expansion;
    let Arrival { log_time, log_eta, rho, remaining, discreteness, .. } = arrival;
    let s = *log_time;
    let log_t = s - log_eta;
    let w = frame.weights(s, rho);
    let scale = 1.0 / gamma;
    // By how much a support vector's margin is not 1 in double precision: so it falls behind the others as log t grows.
    let uneven = |n: &usize| (dot(setup.points.row(*n), &frame.w_hat) - 1.0).abs();
    let behind = s * expansion.carrying.iter().map(uneven).fold(0.0, f64::max);
    // An error of rho, times `factor`.
    let slack = |factor: f64| {
        Slack::decaying(factor * remaining, 2.0, log_t, *exponent)
            + Slack::decaying(factor * discreteness, 2.0, log_t, 1.0)
            + arrival.slack.clone().times(factor)
            + Slack::certificate(factor * dual.uncertainty(&frame.w_hat))
            + Slack::certificate(factor * scale * behind)
            + Slack::rounding(16.0 * setup.points.dim() as f64, factor * (norm(rho) + scale))
    };
    let mut growth = Claims::default();
    let level = 2.0 * ln(*gamma);
    let scaled_loss = log_loss(&setup.points, setup.loss, &w) + s + level;
    let loss_slack = slack(2.0 * gamma) + Slack::rounding(16.0, s);
    growth.equal("log(γ² η t L)", scaled_loss, 0.0, loss_slack).on("1", 1.0);
    // ∂/∂rho of γ² ŵ·rho is of length γ.
    growth
        .equal(
            "γ² ŵ·w - log(η t) - H - 2 log γ",
            gamma * dot(&expansion.direction, rho) - entropy - level,
            0.0,
            slack(*gamma),
        )
        .on("1", 1.0);
    let mut dominate = Claims::default();
    let share = frame.shares(setup, s, rho);
    let unsupported: f64 = (0..share.len()).filter(|&n| frame.margins[n] > 1.0).map(|n| share[n]).sum();
    dominate.equal("share of the points off the support", unsupported, 0.0, slack(2.0 * gamma)).on("1", 1.0);
    let mut dual_weights = Claims::default();
    let radius = largest_reach(&setup.points, &expansion.carrying);
    let worst = expansion.carrying.iter().map(|&n| (share[n] - expansion.p[n]).abs()).fold(0.0, f64::max);
    let largest = expansion.p.iter().copied().fold(0.0, f64::max);
    let on_share = slack(radius * largest);
    dual_weights.equal("max |share_n - p_n|", worst, 0.0, on_share).on("of the largest p_n", largest);
    let mut residual = Claims::default();
    let inside = dual.project(rho);
    residual
        .equal("|rho - w̃| in the span of the support", distance(&inside, &dual.w_tilde), 0.0, slack(1.0))
        .on("|ŵ|", scale);
    let mut margin = Claims::default();
    let excess = |(x, m): (&[f64], &f64)| (m - 1.0) * s + dot(x, rho);
    let least = setup.points.rows().zip(&frame.margins).map(excess).fold(f64::INFINITY, f64::min);
    margin.equal("min x·w - log(η t) - Hinf - 2 log γ", least - min_entropy - level, 0.0, slack(radius)).on("1", 1.0);
    vec![
        ("norm-grows-loss-decays", growth),
        ("support-vectors-dominate", dominate),
        ("gradient-weights-become-dual", dual_weights),
        ("residual-converges", residual),
        ("margin-gap-and-direction", margin),
    ]
}

/// When the last of the claims that are out of reach becomes sharp, as far as can be seen from now.
fn needed(steps: &[(&'static str, Claims)]) -> Option<f64> {
    let needs = steps.iter().flat_map(|(_, claims)| claims).filter_map(|claim| match claim.verdict() {
        Verdict::OutOfReach { log_t } => Some(log_t),
        _ => None,
    });
    needs.reduce(f64::max)
}

/// Above this count · dim² a flow takes so long that none is followed to find a time that reaches more.
const SEARCHED: f64 = 1e6;

/// A run that reaches what this one does not. The flow is followed there, unless that takes long: what a time is judged by from far
/// off is an estimate.
fn reach(
    setup: &Setup,
    expansion: &Expansion,
    log_eta: f64,
    dynamics: Dynamics,
    needed_now: f64,
    options: &Options,
) -> Reach {
    let estimate = (1.1 * (needed_now + log_eta)).ceil();
    let dim = setup.points.dim() as f64;
    let known = setup.points.count() as f64 * dim * dim <= SEARCHED;
    let found =
        if known { search(setup, expansion, estimate, options) } else { Some(estimate).filter(|s| *s <= LATEST) };
    let Some(log_t) = found else {
        return Reach { says: "no time that was tried reaches them".to_string(), instead: Vec::new() };
    };
    let flow = ("log-t", Some(log_t.to_string()));
    let (says, instead) = match dynamics {
        Dynamics::Flow { .. } => ("a later time reaches them", vec![flow]),
        Dynamics::Descent { .. } if log_t - log_eta < ln(MOST_STEPS as f64) => (
            "by the flow, which a step of η follows for a time of η, so many steps reach them",
            vec![("steps", Some(format!("{:.0}", exp(log_t - log_eta).ceil())))],
        ),
        Dynamics::Descent { .. } => (
            "no number of steps that a machine takes reaches them; the flow does",
            vec![("dynamics", None), ("eta", None), ("steps", None), flow],
        ),
    };
    let far_off = if known { "" } else { "as far as can be seen from here, " };
    Reach { says: format!("{far_off}{says}"), instead }
}

/// The first time, from an estimate on, at which the flow has reached everything.
fn search(setup: &Setup, expansion: &Expansion, mut log_t: f64, options: &Options) -> Option<f64> {
    for _ in 0..8 {
        if log_t > LATEST {
            break;
        }
        let see =
            |s: f64, _: &[f64]| options.tell(|| format!("when more claims are sharp: at t = e^{s:.1} of e^{log_t}"));
        let arrival = follow(setup, expansion, log_t, see).ok()?;
        let Some(still) = needed(&asymptotics(setup, expansion, &arrival)) else { return Some(log_t) };
        log_t = (1.1 * still.max(log_t)).ceil();
    }
    None
}

/// max |x_n| over some points.
fn largest_reach(points: &Points, which: &[usize]) -> f64 {
    which.iter().map(|&n| norm(points.row(n))).fold(0.0, f64::max)
}
