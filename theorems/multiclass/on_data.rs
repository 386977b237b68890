//! `run multiclass`: cross-entropy on the reader's own table of several classes.

use std::ops::Bound::Included;

use serde_json::{Map, Value, json};

use super::experiments::{Prediction, separate_classes};
use super::hypotheses::independence;
use super::soft_margin::Setup;
use crate::max_margin::hypotheses::{certified, exponential_tail};
use crate::max_margin::separator::unique_separator;
use theoremcheck::claim::{Claims, Slack, Verdict, Why};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::gradient_flow::Snapshot;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::labelled::{BIAS, Preparation, STANDARDIZE};
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{LN_10, UNIT_ROUNDOFF, distance, dot, exp, ln, norm, reject};
use theoremcheck::reference::max_margin::{MaxMargin, Separability};
use theoremcheck::theorem::{DataRun, Finding, OnData, Reach};

/// The latest log t of the flow.
const LATEST: f64 = 1e7;
/// Above this count of pairs · dim² a flow takes so long that none is followed to find a time that reaches more.
const SEARCHED: f64 = 1e6;

/// More weights are not followed: every step of the stiff method solves as many equations.
const MOST_WEIGHTS: usize = 800;

pub const ON_DATA: OnData = OnData {
    says: "The flow of cross-entropy on a table whose last column is the class, a name or a whole number from 0 or 1 on, against the \
           certified multiclass separator of that table.",
    options: &[
        DataOption {
            name: "log-t",
            takes: Takes::Number { sign: "S", range: (Included(0.0), Included(LATEST)), default: None },
            says: "Follow the flow to t = e^S; 230.26 is t = 10^100. [default: ln 10^100]",
        },
        DataOption {
            name: "start",
            takes: Takes::Numbers { sign: "V1,V2,.." },
            says: "W at the start, row after row: one number for each class and feature, that of --bias last in its row. [default: 0]",
        },
        BIAS,
        STANDARDIZE,
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

/// What the run is judged by.
struct Arrival {
    at: Snapshot,
    /// What rho has still to go, as its velocity says.
    remaining: f64,
    /// What the computation may have lost in the span of the support.
    slack: Slack,
}

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let data = Classes::of_table(table, Preparation::of(options))?;
    let setup = Setup::new(data, Loss::Logistic);
    let weights = setup.start.len();
    if weights > MOST_WEIGHTS {
        return Err(Error::input(format!(
            "{}: {} classes and {} features make {weights} weights; at most {MOST_WEIGHTS} are followed",
            table.source,
            setup.data.classes(),
            setup.data.examples.dim()
        )));
    }
    let start = match options.numbers("start") {
        None => setup.start.clone(),
        Some(start) if start.len() == weights => start,
        Some(start) => {
            return Err(Error::input(format!(
                "--start has {} entries; W has {weights}: {} rows of {}",
                start.len(),
                setup.data.classes(),
                setup.data.examples.dim()
            )));
        }
    };
    let setup = Setup { start, ..setup };
    let least = setup.pairs.least_margin(&setup.start);
    if !(-1e4..=1e6).contains(&least) {
        return Err(Error::input(format!(
            "--start gives a pair the margin {least:.1e}; margins from -1e4 to 1e6 can be started from"
        )));
    }
    let log_t = options.number("log-t").unwrap_or(100.0 * LN_10);
    match separate_classes(&setup.data)? {
        Separability::Separable(reference) => separable(table, options, &setup, reference, log_t),
        Separability::Inseparable { weights, residual } => Ok(inseparable(table, &setup, &weights, residual)),
    }
}

fn separable(table: &Table, options: &Options, setup: &Setup, reference: MaxMargin, log_t: f64) -> Result<DataRun> {
    let certificate = &reference.certificate;
    let detail = format!("certified: γ = {:.12e}, relative gap {:.0e}", reference.gamma, certificate.relative_gap);
    let mut hypotheses = vec![
        ("separability", Finding { holds: certified(&reference), detail }),
        ("exponential-tail", exponential_tail(setup.loss)),
    ];
    let mut warnings = Vec::new();
    let prediction = Prediction::new(setup, &reference)?;
    let expansion = &prediction.expansion;
    let across = independence(&setup.pairs, &reference.support);
    let bounded = expansion.degenerate.is_empty();
    if !bounded || across > DEPENDENT {
        let detail = if bounded {
            format!("support pairs: {}, independent, each with positive weight", reference.support.len())
        } else {
            format!(
                "no dual solution gives weight to {}: rho grows like log log t; the direction still converges",
                named(table, setup, &expansion.degenerate).join(", ")
            )
        };
        hypotheses.push(("independent-support", Finding { holds: bounded, detail }));
    } else {
        warnings.push(
            "the support pairs are dependent, so that the multipliers are not unique: those of largest entropy are predicted"
                .to_string(),
        );
    }
    let mut path = Vec::new();
    let arrival = follow(setup, &prediction, log_t, |s, rho| {
        options.tell(|| format!("at t = e^{s:.1} of e^{log_t:.1}"));
        path.push((s, rho.to_vec()));
    })?;
    let mut certificate = Claims::default();
    unique_separator(&setup.pairs, &reference, None, &mut certificate);
    let mut steps = vec![("certified-separator", certificate)];
    if bounded {
        steps.extend(asymptotics(setup, &prediction, &arrival));
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
    options.draw(|| figure(&prediction, &path));
    let reach = needed(&steps).map(|needed| reach(setup, &prediction, needed, options));
    let support: Vec<Value> = reference
        .support
        .iter()
        .map(|&pair| {
            let (n, j) = setup.data.pairs()[pair];
            json!({ "example": n, "against": setup.data.names[j], "alpha": reference.alpha[pair] })
        })
        .collect();
    Ok(DataRun {
        warnings,
        hypotheses,
        reference: json!({
            "classes": setup.data.names,
            "gamma": reference.gamma,
            "W_hat": rows(setup, &reference.w_hat),
            "support": support,
            "relative_gap": reference.certificate.relative_gap,
            "detail": { "support": format!("examples counted from 0; {}", named(table, setup, &reference.support).join(", ")) },
        }),
        predicted: predicted(setup, &prediction),
        measured: measured(setup, &prediction, &arrival.at),
        steps,
        reach,
    })
}

/// A part of the length of a support pair across those before it that is a rounding.
const DEPENDENT: f64 = 1e-9;

/// W as its rows.
fn rows(setup: &Setup, w: &[f64]) -> Vec<Vec<f64>> {
    w.chunks(setup.data.examples.dim()).map(<[f64]>::to_vec).collect()
}

/// "line 12 against setosa", for each pair.
fn named(table: &Table, setup: &Setup, pairs: &[usize]) -> Vec<String> {
    let all = setup.data.pairs();
    pairs
        .iter()
        .map(|&pair| format!("line {} against {}", table.lines[all[pair].0], setup.data.names[all[pair].1]))
        .collect()
}

/// No W separates: weights of the pairs prove it.
fn inseparable(table: &Table, setup: &Setup, weights: &[f64], residual: f64) -> DataRun {
    let carriers: Vec<usize> = (0..weights.len()).filter(|&pair| weights[pair] > 0.0).collect();
    let parts: Vec<String> = carriers
        .iter()
        .zip(named(table, setup, &carriers))
        .map(|(&pair, name)| format!("{:.6} of {name}", weights[pair]))
        .collect();
    let detail = format!(
        "not separable: weights of sum one make Σ a_nj (e_y - e_j) x_n' vanish (here to {:.1e}), so that no W gives the class of every \
         example the highest score: {}",
        residual.abs(),
        parts.join(", ")
    );
    let why = |keys: &[&str]| {
        let mut object: Map<String, Value> = keys.iter().map(|key| (key.to_string(), Value::Null)).collect();
        object.insert("detail".to_string(), json!("the data are not separable"));
        object
    };
    let pairs: Vec<Value> = carriers
        .iter()
        .map(|&pair| {
            let (n, j) = setup.data.pairs()[pair];
            json!({ "example": n, "against": setup.data.names[j], "weight": weights[pair] })
        })
        .collect();
    let mut reference = why(&["gamma", "W_hat", "support", "relative_gap"]);
    reference.insert("classes".to_string(), json!(setup.data.names));
    reference.insert("inseparable".to_string(), json!({ "weights": pairs, "residual": residual }));
    DataRun {
        reach: None,
        warnings: vec![],
        hypotheses: vec![("separability", Finding { holds: false, detail })],
        reference: reference.into(),
        predicted: why(&PREDICTED).into(),
        measured: why(&MEASURED).into(),
        steps: Vec::new(),
    }
}

/// The flow in the moving frame, by the stiff method, within what the conditioning of A allows.
fn follow(setup: &Setup, prediction: &Prediction, log_t: f64, see: impl FnMut(f64, &[f64])) -> Result<Arrival> {
    let expansion = &prediction.expansion;
    let curvature = &expansion.dual.curvature;
    let condition = curvature[curvature.len() - 1].0 / curvature[0].0;
    let relative = (10.0 * UNIT_ROUNDOFF * condition).max(1e-11);
    let tolerance = Tolerance::new(1e-12 / setup.pairs.radius(), relative);
    // Looked at now and at some times before: the velocity of one moment may pass through zero.
    let mut times: Vec<f64> = (0..=6).rev().map(|k| log_t - 0.5 * f64::from(k) / expansion.exponent).collect();
    times.retain(|&s| s >= 0.5 * log_t);
    let path = setup.moving(&expansion.frame, &times, Method::Stiff, tolerance, see).map_err(|error| {
        Error::numerical(format!(
            "{error}; features of one size and near their mean, such as --standardize with --bias makes, may help"
        ))
    })?;
    let remaining = |at: &Snapshot| {
        let velocity = norm(&setup.velocity(&expansion.frame, at.log_t, &at.state));
        velocity / expansion.exponent * exp(-expansion.exponent * (log_t - at.log_t))
    };
    let remaining = path.iter().map(remaining).fold(0.0, f64::max);
    let at = path.into_iter().next_back().ok_or_else(|| Error::numerical("the flow was not followed"))?;
    let slack = Slack::integration(norm(&expansion.dual.project(&at.drift)))
        + Slack::rounding(8.0 * condition, norm(&at.state) + norm(&expansion.w_tilde));
    Ok(Arrival { at, remaining, slack })
}

/// The claims that need a late time. What rho has still to go, its velocity over δ, is the next term of each, evaluated.
fn asymptotics(setup: &Setup, prediction: &Prediction, arrival: &Arrival) -> Vec<(&'static str, Claims)> {
    let expansion = &prediction.expansion;
    let (gamma, dual, frame) = (expansion.gamma, &expansion.dual, &expansion.frame);
    let (s, rho) = (arrival.at.log_t, &arrival.at.state);
    let scale = 1.0 / gamma;
    // As in `max-margin`: a support pair whose margin is not 1 in double precision falls behind the others.
    let uneven = |pair: &usize| (dot(setup.pairs.row(*pair), &frame.w_hat) - 1.0).abs();
    let behind = s * expansion.carrying.iter().map(uneven).fold(0.0, f64::max);
    let slack = |factor: f64| {
        Slack::decaying(factor * arrival.remaining, 2.0, s, expansion.exponent)
            + arrival.slack.clone().times(factor)
            + Slack::certificate(factor * dual.uncertainty(&frame.w_hat))
            + Slack::certificate(factor * scale * behind)
            + Slack::rounding(16.0 * setup.pairs.dim() as f64, factor * (norm(rho) + scale))
    };
    let level = 2.0 * ln(gamma);
    let log_loss = setup.log_loss_at(frame, s, rho);
    let mut clock = Claims::default();
    clock.equal("log(γ² t L)", log_loss + level, 0.0, slack(2.0 * gamma)).on("1", 1.0);
    let along = gamma * dot(&expansion.direction, rho);
    clock.equal("γ² <Ŵ, W> - log t - H - 2 log γ", along - expansion.entropy - level, 0.0, slack(gamma)).on("1", 1.0);
    let mut residual = Claims::default();
    let inside = dual.project(rho);
    residual
        .equal("|rho - W̃| in the span of the support", distance(&inside, &dual.w_tilde), 0.0, slack(1.0))
        .on("|Ŵ|", scale);
    let mut multipliers = Claims::default();
    let radius = expansion.carrying.iter().map(|&pair| norm(setup.pairs.row(pair))).fold(0.0, f64::max);
    let largest = dual.alpha.iter().copied().fold(0.0, f64::max);
    let pulls = setup.log_pulls(frame, s, rho);
    let worst = expansion.carrying.iter().map(|&pair| (exp(pulls[pair]) - dual.alpha[pair]).abs()).fold(0.0, f64::max);
    multipliers
        .equal("max |t · pull - alpha| on the support", worst, 0.0, slack(radius * largest))
        .on("the largest alpha", largest);
    let mut margin = Claims::default();
    let excess = |(a, m): (&[f64], &f64)| (m - 1.0) * s + dot(a, rho);
    let least = setup.pairs.rows().zip(&frame.margins).map(excess).fold(f64::INFINITY, f64::min);
    margin
        .equal("min <A_nj, W> - log t - Hinf - 2 log γ", least - expansion.min_entropy - level, 0.0, slack(radius))
        .on("1", 1.0);
    vec![
        ("clock-and-length", clock),
        ("residual-converges", residual),
        ("offsets", multipliers),
        ("margin-and-direction", margin),
    ]
}

const PREDICTED: [&str; 7] =
    ["W_tilde", "entropy", "min_entropy", "margin_gap_constant", "direction_constant", "residual_exponent", "kappa"];
const MEASURED: [&str; 8] =
    ["log_t", "W", "rho", "log_loss", "margin", "excess", "margin_gap_times_log_t", "direction_error_times_log_t"];

fn predicted(setup: &Setup, prediction: &Prediction) -> Value {
    let expansion = &prediction.expansion;
    let (bounded, determined) = (expansion.degenerate.is_empty(), expansion.determined);
    let mut detail = Map::new();
    let mut explain = |keys: &[&str], why: &str| detail.extend(keys.iter().map(|key| (key.to_string(), json!(why))));
    if !bounded {
        let all = ["W_tilde", "margin_gap_constant", "direction_constant", "residual_exponent", "kappa"];
        explain(&all, "a support pair has no weight in any dual solution: rho grows without bound");
    } else if !determined {
        let why = "the support pairs do not span what the pairs span: outside their span the limit depends on the start and the path";
        explain(&["direction_constant"], why);
        explain(&["W_tilde"], "its part in the span of the support only, for the same reason");
    }
    let second = expansion.dual.curvature.iter().filter(|(_, axis)| dot(axis, &expansion.direction).abs() < 0.5);
    let least = second.map(|(lambda, _)| *lambda).fold(f64::INFINITY, f64::min);
    let next = expansion.frame.margins.iter().copied().filter(|m| *m > 1.0).fold(f64::INFINITY, f64::min);
    let fast = bounded && determined && least > 0.5 && next > 2.0;
    if bounded && !fast {
        explain(&["kappa"], "it needs support pairs that span, m_next > 2 and eigenvalues of A across Ŵ above 1/2");
    }
    let gamma = expansion.gamma;
    let [margin_gap_constant, direction_constant] = expansion.shown_constants();
    let sums = setup.by_example(&expansion.dual.alpha).map(|alpha| alpha.iter().sum::<f64>());
    json!({
        "W_tilde": bounded.then(|| rows(setup, &expansion.w_tilde)),
        "entropy": expansion.entropy,
        "min_entropy": expansion.min_entropy,
        "margin_gap_constant": bounded.then_some(margin_gap_constant),
        "direction_constant": (bounded && determined).then_some(direction_constant),
        "residual_exponent": bounded.then_some(expansion.exponent),
        "kappa": fast.then(|| -gamma * gamma * sums.map(|sum| sum * sum).sum::<f64>()),
        "detail": detail,
    })
}

/// γ - margin(W/|W|), |W/|W| - Ŵ/|Ŵ|| and γ|W| + log L at W = Ŵ s + rho, from rho: W itself has lost the digits.
struct Apart {
    gap: f64,
    direction: f64,
    excess: f64,
}

fn apart(setup: &Setup, prediction: &Prediction, s: f64, rho: &[f64]) -> Apart {
    let expansion = &prediction.expansion;
    let gamma = expansion.gamma;
    // γW is `along` on Ŵ/|Ŵ| and `across` beside it.
    let beyond = gamma * dot(&expansion.direction, rho);
    let (along, across) = (s + beyond, gamma * norm(&reject(rho, &expansion.direction)));
    let length = (along * along + across * across).sqrt();
    let excess = |(a, m): (&[f64], &f64)| (m - 1.0) * s + dot(a, rho);
    let least = setup.pairs.rows().zip(&expansion.frame.margins).map(excess).fold(f64::INFINITY, f64::min);
    // length - s, without cancellation where `along` is positive.
    let over = if along > 0.0 { beyond + across * across / (length + along) } else { length - s };
    Apart {
        gap: gamma * (over - least) / length,
        direction: if along > 0.0 {
            across / length * (2.0 / (1.0 + along / length)).sqrt()
        } else {
            (2.0 - 2.0 * along / length).sqrt()
        },
        excess: over + setup.log_loss_at(&expansion.frame, s, rho),
    }
}

fn measured(setup: &Setup, prediction: &Prediction, at: &Snapshot) -> Value {
    let (s, rho) = (at.log_t, &at.state);
    let frame = &prediction.expansion.frame;
    let w = frame.weights(s, rho);
    let Apart { gap, direction, excess } = apart(setup, prediction, s, rho);
    json!({
        "log_t": s,
        "W": rows(setup, &w),
        "rho": rows(setup, rho),
        "log_loss": setup.log_loss_at(frame, s, rho) - s,
        "margin": prediction.expansion.gamma - gap,
        "excess": excess,
        "margin_gap_times_log_t": gap * s,
        "direction_error_times_log_t": direction * s,
    })
}

/// The run as it went, against log t.
fn figure(prediction: &Prediction, path: &[(f64, Vec<f64>)]) -> Drawing {
    let expansion = &prediction.expansion;
    let (entropy, min_entropy, gamma) = (expansion.entropy, expansion.min_entropy, expansion.gamma);
    let bounded = expansion.degenerate.is_empty();
    let known = bounded && expansion.determined;
    let across = if known { expansion.shown_constants()[1] } else { 0.0 };
    let end = path.last().map_or(1.0, |(s, _)| *s);
    let late = || path.iter().filter(|(s, _)| *s >= (0.1 * end).min(1.0));
    let seen =
        |value: &dyn Fn(f64, &[f64]) -> f64| -> Vec<[f64; 2]> { late().map(|(s, rho)| [*s, value(*s, rho)]).collect() };
    let line = |name: &str, look, points| Series { name: name.to_string(), look, points };
    let predicted = |law: &dyn Fn(f64, f64) -> f64| {
        let at = |s: f64, _: &[f64]| {
            let u = expansion.u(s);
            if u > 1.0 { law(u, (u * u + across * across).sqrt()) } else { f64::NAN }
        };
        line("predicted", Look::Predicted, seen(&at))
    };
    let of = |part: fn(&Apart) -> f64| seen(&|s, rho| part(&apart(prediction.setup(), prediction, s, rho)));
    let mut gap = vec![line("gap", Look::Path, of(|apart| apart.gap))];
    let mut direction = vec![line("direction", Look::Path, of(|apart| apart.direction))];
    if bounded {
        gap.push(predicted(&|u, length| gamma * (1.0 - (u - entropy + min_entropy) / length)));
    }
    if known {
        direction.push(predicted(&|u, length| across / length * (2.0 / (1.0 + u / length)).sqrt()));
    }
    let legend = [("predicted", Look::Predicted)];
    let against = |scale, y, series| Panel::fitted(("log t", scale), (y, Scale::Log), series, &legend);
    let mut panels =
        vec![against(Scale::Log, "γ - margin(W/|W|)", gap), against(Scale::Log, "|W/|W| - Ŵ/|Ŵ||", direction)];
    if bounded {
        let away = seen(&|_, rho| distance(&expansion.dual.project(rho), &expansion.dual.w_tilde));
        panels.push(against(Scale::Linear, "|rho - W̃|", vec![line("residual", Look::Path, away)]));
    }
    Drawing {
        title: "The margin, the direction and the residual against log t",
        says: "Dots: this run. Above, how far the margin of W/|W| is below γ; then how far its direction is from that of Ŵ; solid, what the \
               theorem predicts of them. Below, how far the residual is from its limit in the span of the support pairs, down to rounding.",
        plot: Plot { panels },
    }
}

/// When the last of the claims that are out of reach becomes sharp, as far as can be seen from now.
fn needed(steps: &[(&'static str, Claims)]) -> Option<f64> {
    let needs = steps.iter().flat_map(|(_, claims)| claims).filter_map(|claim| match claim.verdict() {
        Verdict::OutOfReach { log_t } => Some(log_t),
        _ => None,
    });
    needs.reduce(f64::max)
}

/// A later time that reaches them: the flow is followed there, unless that takes long, for from far off it is an estimate.
fn reach(setup: &Setup, prediction: &Prediction, needed_now: f64, options: &Options) -> Reach {
    let estimate = (1.1 * needed_now).ceil();
    let dim = setup.pairs.dim() as f64;
    let known = setup.pairs.count() as f64 * dim * dim <= SEARCHED;
    let found =
        if known { search(setup, prediction, estimate, options) } else { Some(estimate).filter(|s| *s <= LATEST) };
    let says = match found {
        None => "no time that was tried reaches them",
        Some(_) if known => "a later time reaches them",
        Some(_) => "as far as can be seen from here, a later time reaches them",
    };
    Reach { says: says.to_string(), instead: found.iter().map(|log_t| ("log-t", Some(log_t.to_string()))).collect() }
}

/// The first time, from an estimate on, at which the flow has reached everything.
fn search(setup: &Setup, prediction: &Prediction, mut log_t: f64, options: &Options) -> Option<f64> {
    for _ in 0..8 {
        if log_t > LATEST {
            break;
        }
        let see =
            |s: f64, _: &[f64]| options.tell(|| format!("when more claims are sharp: at t = e^{s:.1} of e^{log_t}"));
        let arrival = follow(setup, prediction, log_t, see).ok()?;
        let Some(still) = needed(&asymptotics(setup, prediction, &arrival)) else { return Some(log_t) };
        log_t = (1.1 * still.max(log_t)).ceil();
    }
    None
}
