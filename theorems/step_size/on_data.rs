//! `run step-size`: gradient descent with several steps on the reader's own table, to the same time.

use serde_json::{Value, json};

use super::large::{Unstable, phase_time, stable_phase};
use crate::least_squares::experiments::Run;
use crate::least_squares::iterates::closed_form;
use theoremcheck::claim::{Claims, Verdict, Why};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::labelled::{BIAS, POSITIVE, Preparation, STANDARDIZE, labelled_points};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{LN_2, distance, exp, ln, norm};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::reference::max_entropy::degenerate_support;
use theoremcheck::reference::max_margin::{MaxMargin, Separability, separate};
use theoremcheck::theorem::{DataRun, OnData};

pub const ON_DATA: OnData = OnData {
    says: "Gradient descent from 0 with several steps on a table whose last column is the target of a linear regression or the label of \
           two classes: where they end, which of them cannot converge, and how they differ at the same time.",
    options: &[
        DataOption {
            name: "loss",
            takes: Takes::Word(&["squared", "logistic"]),
            says: "1/2 |X w - y|², or the sum of log(1 + e^(-y x·w)).",
        },
        DataOption {
            name: "eta",
            takes: Takes::Numbers { sign: "A,B,.." },
            says: "The steps, at most eight. [default: 1/4, 1/2 and 19/20 of the bound, and 21/20 of it with squared, 20 times it with logistic]",
        },
        DataOption {
            name: "steps",
            takes: Takes::Whole { sign: "K", from: 1, to: 100_000_000, default: Some(1000) },
            says: "Steps of the longest step; the others take as many as the same time needs.",
        },
        POSITIVE,
        BIAS,
        STANDARDIZE,
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

const MOST_ETAS: usize = 8;
/// Multiplications that all runs may take, some minutes' worth, and steps of the logistic loss, which are all kept.
const MOST_WORK: f64 = 1e12;
const MOST_KEPT: f64 = 2e7;
/// What η σ_1² may be, and σ_1 at the least, with its inverse.
const LARGEST: f64 = 1e60;
/// So many steps are drawn.
const DRAWN: u64 = 120;

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    match options.word("loss") {
        "squared" => regression(table, options),
        _ => classification(table, options),
    }
}

/// The steps, each with how often it is taken.
fn schedule(options: &Options, bound: f64, last: f64, cells: f64) -> Result<Vec<(f64, u64)>> {
    let given = options.numbers("eta");
    let etas = given.unwrap_or_else(|| [0.25, 0.5, 0.95, last].map(|share| share * bound).to_vec());
    if etas.len() > MOST_ETAS {
        return Err(Error::input(format!(
            "--eta has {} entries; at most {MOST_ETAS} are run beside each other",
            etas.len()
        )));
    }
    if let Some(eta) = etas.iter().find(|eta| **eta <= 0.0) {
        return Err(Error::input(format!("--eta {eta}: not a number above 0")));
    }
    if let Some(eta) = etas.iter().find(|eta| **eta / bound > LARGEST) {
        return Err(Error::input(format!(
            "--eta {eta:e}: one step would overflow; it is to be compared with {bound:e}"
        )));
    }
    let longest = etas.iter().copied().fold(0.0, f64::max);
    let steps = options.whole("steps").expect("has a default") as f64;
    let taken: Vec<(f64, f64)> = etas.iter().map(|eta| (*eta, (steps * longest / eta).round())).collect();
    let all: f64 = taken.iter().map(|(_, steps)| steps).sum();
    if all * cells > MOST_WORK || all > MOST_KEPT {
        return Err(Error::input(format!(
            "--steps {steps}: with steps between {:e} and {longest:e} that is {all:.0} steps in all; at most {:.0} are taken here",
            etas.iter().copied().fold(f64::INFINITY, f64::min),
            (MOST_WORK / cells).min(MOST_KEPT)
        )));
    }
    Ok(taken.into_iter().map(|(eta, steps)| (eta, steps as u64)).collect())
}

/// 0, K and what is drawn between.
fn recorded(steps: u64, options: &Options) -> Vec<u64> {
    let mut record = vec![0, steps];
    if options.wants_figure() {
        record.extend((0..DRAWN).map(|k| (k as f64 / DRAWN as f64 * steps as f64) as u64));
    }
    record.sort_unstable();
    record.dedup();
    record
}

fn finite(x: f64) -> Value {
    json!(x.is_finite().then_some(x))
}

/// What cannot be told in double precision ends the run with words.
fn refuse_blunt(steps: &[(&'static str, Claims)]) -> Result<()> {
    match steps.iter().flat_map(|(_, claims)| claims).find(|claim| claim.verdict() == Verdict::Fails(Why::Blunt)) {
        None => Ok(()),
        Some(blunt) => Err(Error::numerical(format!(
            "these data are too ill-conditioned for double precision: '{}' would have a slack of {:.0e} on a scale of {:.0e} ({}); \
             features of one size, or fewer steps, may help",
            blunt.what,
            blunt.slack.total(),
            blunt.size(),
            blunt.slack
        ))),
    }
}

// ---------------------------------------------------------------------------------------------------
// Least squares
// ---------------------------------------------------------------------------------------------------

fn regression(table: &Table, options: &Options) -> Result<DataRun> {
    let column = table.columns() - 1;
    for name in [BIAS.name, STANDARDIZE.name, POSITIVE.name] {
        if options.given(name) {
            return Err(Error::input(format!("--{name} goes with --loss logistic; the last column is a target here")));
        }
    }
    if let Some(n) = table.column(column).position(|y| !y.is_finite()) {
        return Err(Error::input(format!(
            "{}: '{}' is not a finite number; a target is needed there, or --loss logistic for a label",
            table.place(table.lines[n], column),
            table.labels[n]
        )));
    }
    let problem = Regression::from_table(table)?;
    let sigma = problem.x.sigma_max()?;
    if sigma == 0.0 {
        return Err(Error::input(format!("{}: every feature is 0, so that no weight has a gradient", table.source)));
    }
    if sigma < 1.0 / LARGEST {
        return Err(Error::input(format!(
            "{}: the features are too small to square in double precision; rescale them",
            table.source
        )));
    }
    let bound = 2.0 / (sigma * sigma);
    let cells = (problem.x.count() * problem.x.dim()) as f64;
    let start = vec![0.0; problem.x.dim()];
    let runs: Vec<Run> = schedule(options, bound, 1.05, cells)?
        .into_iter()
        .map(|(eta, steps)| Run::new(problem.clone(), eta, start.clone(), &recorded(steps, options)))
        .collect::<Result<_>>()?;
    options.draw(|| distances(&runs));
    let mut claims = Claims::default();
    let mut warnings = Vec::new();
    for run in &runs {
        let mut own = Claims::default();
        closed_form(run, &format!("η = {:.4e}: ", run.eta), &mut own);
        if run.eta >= bound && own.iter().any(|claim| claim.is_blunt()) {
            warnings.push(format!(
                "η = {:e} is above the bound, and rounding has grown with the weights: no claim is made of it",
                run.eta
            ));
        } else {
            closed_form(run, &format!("η = {:.4e}: ", run.eta), &mut claims);
        }
    }
    let steps = vec![("any-schedule", claims)];
    refuse_blunt(&steps)?;
    let reference = decompose(&problem.x)?;
    let limit = reference.nearest(&problem, &start);
    let converging: Vec<&Run> = runs.iter().filter(|run| run.eta < bound).collect();
    let pairs = converging.iter().flat_map(|a| converging.iter().map(move |b| distance(&a.last().w, &b.last().w)));
    Ok(DataRun {
        reach: None,
        warnings,
        hypotheses: vec![],
        reference: json!({ "sigma": reference.sigma, "rank": reference.rank, "eta_bound": bound }),
        predicted: json!({
            "limit_depends_on_eta": false,
            "w_infinity": limit.w,
            "runs": runs.iter().map(|run| json!({
                "eta": run.eta,
                "converges": run.converges(),
                "rate": run.rate(),
                "log_distance": finite(predicted_log_distance(run)),
            })).collect::<Vec<_>>(),
        }),
        measured: json!({
            "runs": runs.iter().map(|run| json!({
                "eta": run.eta,
                "steps": run.last().step,
                "w": (run.last().exponent == 0).then(|| &run.last().w),
                "log_distance": finite(log_distance(run, run.iterates.len() - 1)),
            })).collect::<Vec<_>>(),
            "largest_difference": pairs.fold(0.0, f64::max),
            "detail": {
                "log_distance": "the natural logarithm of |w_k - w_infinity|; null where it is 0",
                "largest_difference": "of w_k between any two steps below the bound, at the same time",
            },
        }),
        steps,
    })
}

/// log |w_k - w∞|, of weights in units of a power of two.
fn log_distance(run: &Run, index: usize) -> f64 {
    let at = &run.iterates[index];
    let unit = exp(-(at.exponent as f64) * LN_2);
    let limit: Vec<f64> = run.limit.w.iter().map(|w| unit * w).collect();
    ln(distance(&at.w, &limit)) + at.exponent as f64 * LN_2
}

fn predicted_log_distance(run: &Run) -> f64 {
    let at = run.last();
    let components: Vec<f64> = (0..run.reference.rank).map(|i| run.component(i, at.step, at.exponent)).collect();
    ln(norm(&components)) + at.exponent as f64 * LN_2
}

/// What is left of the way, against the time η k.
fn distances(runs: &[Run]) -> Drawing {
    let series = |run: &Run| Series {
        name: format!("η = {:.3e}", run.eta),
        look: Look::Path,
        points: run
            .iterates
            .iter()
            .enumerate()
            .map(|(k, at)| [run.eta * at.step as f64, exp(log_distance(run, k))])
            .collect(),
    };
    Drawing {
        title: "What is left of the way, for several steps",
        says: "The distance of the iterates from the limit, which is the same for all steps below the bound, against the time η k.",
        plot: Plot {
            panels: vec![Panel::fitted(
                ("η k", Scale::Linear),
                ("|w_k - w∞|", Scale::Log),
                runs.iter().map(series).collect(),
                &[],
            )],
        },
    }
}

// ---------------------------------------------------------------------------------------------------
// Classification
// ---------------------------------------------------------------------------------------------------

fn classification(table: &Table, options: &Options) -> Result<DataRun> {
    let points = labelled_points(table, options.text("positive").as_deref(), Preparation::of(options))?;
    let source = &table.source;
    let reference = match separate(&points)? {
        Separability::Separable(reference) => reference,
        Separability::Inseparable { .. } => {
            let so = "gradient descent may end at a minimiser or on a cycle, which `run max-margin` follows";
            return Err(Preparation::of(options).inseparable(source, so));
        }
    };
    let radius = points.radius();
    let sigma = points.sigma_max()?;
    // β = 1/4.
    let bound = 8.0 / (sigma * sigma);
    let n = points.count() as f64;
    let cells = 2.0 * n * points.dim() as f64;
    // Points of length up to 1, and the mean of their losses: w is R times as long, and the step n R² times.
    let scaled: Vec<f64> = points.rows().flatten().map(|x| x / radius).collect();
    let scaled = Points::new(points.dim(), scaled)?;
    let certificate = &reference.certificate;
    let margin = [certificate.lower / radius, certificate.upper / radius];
    let schedule = schedule(options, bound, 20.0, cells)?;
    let runs: Vec<(f64, Unstable)> = schedule
        .iter()
        .map(|&(eta, steps)| (eta, Unstable::watch(scaled.clone(), margin, eta * n * radius * radius, steps)))
        .collect();
    options.draw(|| losses(&runs));
    let (mut phase, mut stable) = (Claims::default(), Claims::default());
    let mut warnings = Vec::new();
    for (eta, run) in &runs {
        if run.over.is_none_or(|over| over + 1 >= run.path.len()) {
            if *eta < bound {
                continue;
            }
            warnings.push(format!(
                "η = {eta:e}: the loss has not come down to its bound for the stable phase; more --steps may"
            ));
            continue;
        }
        phase_time(run, &mut phase);
        stable_phase(run, &mut stable);
    }
    let steps: Vec<(&str, Claims)> = [("phase-time", phase), ("stable-phase", stable)]
        .into_iter()
        .filter(|(_, claims)| claims.iter().len() > 0)
        .collect();
    refuse_blunt(&steps)?;
    // Across what the points span nothing moves.
    let spans = decompose(&carrying(&points, &reference)?)?.rank == decompose(&points)?.rank;
    let w = |run: &Unstable| -> Vec<f64> { run.w.iter().map(|w| w / radius).collect() };
    let pairs = runs.iter().flat_map(|(_, a)| runs.iter().map(move |(_, b)| distance(&w(a), &w(b))));
    let off = |run: &Unstable| {
        let direction: Vec<f64> = run.w.iter().map(|x| x / norm(&run.w)).collect();
        distance(&direction, &reference.direction())
    };
    let rises = |run: &Unstable| run.path.windows(2).filter(|pair| pair[1].0 > pair[0].0).count();
    Ok(DataRun {
        reach: None,
        warnings,
        hypotheses: vec![],
        reference: json!({ "gamma": reference.gamma, "support_spans": spans, "direction": reference.direction(), "eta_bound": bound }),
        predicted: json!({
            "direction_depends_on_eta": false,
            "residual_depends_on_eta": !spans,
            "runs": runs.iter().map(|(eta, run)| json!({
                "eta": eta,
                "falls_at_every_step": eta < &bound,
                "largest_stable_loss": 1.0 / (eta * radius * radius),
                "most_steps_until_stable": run.bound(),
            })).collect::<Vec<_>>(),
            "detail": {
                "residual_depends_on_eta": "true: it may, since some point is outside the span of the support vectors that have a \
                     positive multiplier in some dual solution",
                "falls_at_every_step": "true below the bound; false says nothing",
                "largest_stable_loss": "once the sum of the losses is at most this, it falls at every step",
            },
        }),
        measured: json!({
            "runs": runs.iter().map(|(eta, run)| json!({
                "eta": eta,
                "steps": run.path.len() - 1,
                "w": w(run),
                "log_loss": run.path[run.path.len() - 1].0 + ln(n),
                "rises": rises(run),
                "steps_until_stable": run.over,
                "direction_error": off(run),
            })).collect::<Vec<_>>(),
            "largest_difference": pairs.fold(0.0, f64::max),
            "detail": {
                "steps_until_stable": "null where the loss is not yet so small",
                "largest_difference": "of w between any two steps, at the same time",
            },
        }),
        steps,
    })
}

/// The support vectors to which some dual solution gives weight, as rows.
fn carrying(points: &Points, reference: &MaxMargin) -> Result<Points> {
    let degenerate = degenerate_support(points, reference)?;
    let carrying = reference.support.iter().filter(|n| !degenerate.contains(n));
    Points::new(points.dim(), carrying.flat_map(|&n| points.row(n).to_vec()).collect())
}

fn losses(runs: &[(f64, Unstable)]) -> Drawing {
    let series = |(eta, run): &(f64, Unstable)| {
        let last = run.path.len() as u64 - 1;
        let n = run.points.count() as f64;
        let mut shown: Vec<u64> = (0..=DRAWN).map(|k| (k as f64 / DRAWN as f64 * last as f64) as u64).collect();
        shown.dedup();
        Series {
            name: format!("η = {eta:.3e}"),
            look: Look::Path,
            points: shown
                .iter()
                .filter(|k| **k > 0)
                .map(|&k| [eta * k as f64, n * exp(run.path[k as usize].0)])
                .collect(),
        }
    };
    Drawing {
        title: "The loss at the same time, for several steps",
        says: "The sum of the losses against the time η k. Steps below the bound lie on one curve in the end, and longer ones may \
               go up and down first.",
        plot: Plot {
            panels: vec![Panel::fitted(
                ("η k", Scale::Log),
                ("loss", Scale::Log),
                runs.iter().map(series).collect(),
                &[],
            )],
        },
    }
}
