//! `run early-stopping`: the flow and ridge on the reader's own table, along both paths.

use std::ops::Bound::{Excluded, Included, Unbounded};

use serde_json::json;

use super::constants::{of_tuned, of_variances};
use super::estimators::{Estimate, flow_through, ridge};
use theoremcheck::claim::{Claims, Slack, Verdict, Why};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::labelled::{STANDARDIZE, standardize};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{combine, distance, dot, exp_m1, ln, norm, pow};
use theoremcheck::reference::least_norm::{Decomposition, decompose};
use theoremcheck::theorem::{DataRun, Finding, OnData};

pub const ON_DATA: OnData = OnData {
    says: "The gradient flow of |X b - y|²/2n from 0 at several times t on a table whose last column is the target, beside ridge with \
           λ = 1/t.",
    options: &[
        DataOption {
            name: "time",
            takes: Takes::Number { sign: "T", range: (Excluded(0.0), Unbounded), default: None },
            says: "The last time. [default: when the largest eigenvalue has s T = 2000, or the least 10 if that is sooner]",
        },
        DataOption {
            name: "noise",
            takes: Takes::Number { sign: "S2", range: (Included(0.0), Unbounded), default: None },
            says: "The variance of the noise. [default: that of the residuals of least squares, if least squares \
                   leaves any]",
        },
        DataOption {
            name: "standardize",
            takes: Takes::Nothing,
            says: "Subtract each feature's mean and divide by its population standard deviation; subtract the target's mean.",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Numbers,
    run,
};

/// Looks on the way, a fixed ratio apart, from the time at which the largest s t is this.
const LOOKS: usize = 16;
const EARLY: f64 = 0.05;
/// The flow is followed with explicit steps, so that s t may not be larger; and what it may cost.
const LARGEST_X: f64 = 1e5;
const MOST_WORK: f64 = 1e11;

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let problem = prepared(table, options)?;
    let Regression { x, y } = &problem;
    let (count, dim) = (x.count() as f64, x.dim() as f64);
    let reference = decompose(x)?;
    if reference.rank == 0 {
        return Err(Error::input(format!("{}: every feature is 0, so that both estimators stay at 0", table.source)));
    }
    let s: Vec<f64> = reference.sigma[..reference.rank].iter().map(|sigma| sigma * sigma / count).collect();
    let least = s[s.len() - 1];
    if s[0] < 1e-120 {
        return Err(Error::input(format!(
            "{}: the features are too small to square in double precision; rescale them",
            table.source
        )));
    }
    let last = options.number("time").unwrap_or((2000.0 / s[0]).min(10.0 / least));
    let most = LARGEST_X.min(MOST_WORK / (count * dim));
    if s[0] * last > most {
        return Err(Error::input(format!(
            "--time {last:e}: the largest eigenvalue of X'X/n is {:.4e}, and the flow is followed for times up to {:.4e} here",
            s[0],
            most / s[0]
        )));
    }
    let first = EARLY.min(0.5 * s[0] * last) / s[0];
    let ratio = pow(last / first, 1.0 / (LOOKS - 1) as f64);
    let times: Vec<f64> =
        (0..LOOKS).map(|k| if k + 1 == LOOKS { last } else { first * pow(ratio, k as f64) }).collect();
    let flows = flow_through(x, y, &times)?;
    let seen: Vec<Seen> =
        times.iter().zip(flows).map(|(&t, flow)| Seen { t, flow, ridge: ridge(x, y, 1.0 / t) }).collect();
    options.draw(|| distances(&seen, &reference, &problem));
    let mut filters = Claims::default();
    for at in [&seen[LOOKS / 3], &seen[2 * LOOKS / 3], &seen[LOOKS - 1]] {
        along_the_filters(at, &reference, &problem, &mut filters);
    }
    if let Some(blunt) = filters.iter().find(|claim| claim.verdict() == Verdict::Fails(Why::Blunt)) {
        return Err(Error::numerical(format!(
            "these data are too ill-conditioned for double precision: '{}' would have a slack of {:.0e} ({}); --standardize or an \
             earlier --time may help",
            blunt.what,
            blunt.slack.total(),
            blunt.slack
        )));
    }
    let spread =
        |t: f64, done: fn(f64) -> f64| -> f64 { s.iter().map(|s| done(t * s) * done(t * s) / (count * s)).sum() };
    let of_flow = |t: f64| spread(t, |x| -exp_m1(-x));
    let of_ridge = |t: f64| spread(t, |x| x / (1.0 + x));
    let (largest, largest_tuned) = (of_variances()?, of_tuned()?);
    let variances: Vec<f64> = times.iter().map(|&t| of_flow(t) / of_ridge(t)).collect();
    let highest = variances.iter().copied().fold(0.0, f64::max);
    let mut bound = Claims::default();
    bound.at_most(
        "variance of the flow over that of ridge, the largest along the path, against c",
        highest,
        largest.value,
        largest.certified() + Slack::rounding(16.0 * dim, 1.0),
    );
    let noise = noise(options, &reference, &problem);
    let tuned = noise.and_then(|noise| tuned(noise, &s, &reference, &problem));
    let farthest = seen.iter().max_by(|a, b| a.apart().total_cmp(&b.apart())).expect("some looks");
    let predicted_apart =
        |at: &Seen| distance(&at.predicted(&reference, &problem, true), &at.predicted(&reference, &problem, false));
    let why_no_noise = "least squares leaves no residual to estimate it from: give --noise";
    Ok(DataRun {
        reach: None,
        warnings: vec![],
        hypotheses: vec![(
            "matched-penalty",
            Finding { holds: true, detail: format!("λ = 1/t at {LOOKS} times from {first:.4e} to {last:.4e}") },
        )],
        reference: json!({ "eigenvalues": s, "rank": reference.rank }),
        predicted: json!({
            "largest_distance": { "t": farthest.t, "distance": predicted_apart(farthest) },
            "risk_ratio_bound": largest.value,
            "tuned_risk_ratio_bound": largest_tuned.value,
            "noise": noise,
            "tuned": tuned.map(|(lambda, signal)| json!({ "lambda": lambda, "t": 1.0 / lambda, "signal": signal })),
            "path": seen.iter().zip(&variances).map(|(at, ratio)| json!({
                "t": at.t,
                "distance": predicted_apart(at),
                "variance_ratio": ratio,
                "variance_of_flow": noise.map(|noise| noise * of_flow(at.t)),
                "variance_of_ridge": noise.map(|noise| noise * of_ridge(at.t)),
            })).collect::<Vec<_>>(),
            "detail": {
                "noise": if noise.is_some() { "the variance of the noise, as given or estimated" } else { why_no_noise },
                "tuned": if tuned.is_some() {
                    "lambda = noise/(n signal), with signal the mean square of a coefficient, estimated"
                } else {
                    "the noise is not known, or leaves no estimate of the signal above 0"
                },
            },
        }),
        measured: json!({
            "largest_distance": {
                "t": farthest.t,
                "distance": farthest.apart(),
                "over_norm_of_ridge": farthest.apart() / norm(&farthest.ridge.b),
            },
            "path": seen.iter().map(|at| json!({
                "t": at.t,
                "lambda": 1.0 / at.t,
                "flow": at.flow.b,
                "ridge": at.ridge.b,
                "distance": at.apart(),
            })).collect::<Vec<_>>(),
        }),
        steps: vec![("filters", filters), ("risk-never-above", bound)],
    })
}

/// The table, and standardised if that is wanted.
fn prepared(table: &Table, options: &Options) -> Result<Regression> {
    let problem = Regression::from_table(table)?;
    if !options.switch(STANDARDIZE.name) {
        return Ok(problem);
    }
    let dim = problem.x.dim();
    let mut columns: Vec<Vec<f64>> = (0..dim).map(|j| table.column(j).collect()).collect();
    for (j, column) in columns.iter_mut().enumerate() {
        standardize(column).ok_or_else(|| {
            Error::input(format!(
                "{}: {}: the feature is constant; --standardize needs it to vary",
                table.source,
                table.column_name(j)
            ))
        })?;
    }
    let mean = problem.y.iter().sum::<f64>() / problem.y.len() as f64;
    let rows = (0..problem.y.len()).flat_map(|n| columns.iter().map(move |column| column[n]));
    Ok(Regression { x: Points::new(dim, rows.collect())?, y: problem.y.iter().map(|y| y - mean).collect() })
}

/// Both estimators at one time.
struct Seen {
    t: f64,
    flow: Estimate,
    ridge: Estimate,
}

impl Seen {
    fn apart(&self) -> f64 {
        distance(&self.flow.b, &self.ridge.b)
    }

    /// Σ f_i (u_i·y/σ_i) v_i.
    fn predicted(&self, reference: &Decomposition, problem: &Regression, flow: bool) -> Vec<f64> {
        let count = problem.x.count() as f64;
        let mut b = vec![0.0; problem.x.dim()];
        for ((u, v), sigma) in reference.left.iter().zip(&reference.right).zip(&reference.sigma) {
            let x = self.t * sigma * sigma / count;
            let done = if flow { -exp_m1(-x) } else { x / (1.0 + x) };
            b = combine(done * dot(u, &problem.y) / sigma, v, &b);
        }
        b
    }
}

/// Both estimators beside their filters.
fn along_the_filters(at: &Seen, reference: &Decomposition, problem: &Regression, claims: &mut Claims) {
    for (name, flow, estimate) in [("flow", true, &at.flow), ("ridge", false, &at.ridge)] {
        let predicted = at.predicted(reference, problem, flow);
        // What the decomposition is off, in X'X/n and in X'y/n, times the time.
        let count = problem.x.count() as f64;
        let largest = reference.sigma[0];
        let off = at.t / count * reference.error * (2.0 * largest * norm(&predicted) + norm(&problem.y));
        claims
            .equal(
                format!("|b of the {name} - its filter|, t = {:.4e}", at.t),
                distance(&estimate.b, &predicted),
                0.0,
                estimate.slack.clone()
                    + Slack::certificate(off)
                    + Slack::rounding((problem.x.count() + problem.x.dim() + 16) as f64, norm(&predicted)),
            )
            .on("|b|", norm(&predicted));
    }
}

/// As given, or the sum of squares of the residuals of least squares over what they leave free: the means that were subtracted
/// take one more.
fn noise(options: &Options, reference: &Decomposition, problem: &Regression) -> Option<f64> {
    options.number("noise").or_else(|| {
        let fitted = reference.rank + usize::from(options.switch(STANDARDIZE.name));
        let free = problem.x.count().checked_sub(fitted).filter(|free| *free > 0)?;
        let residual = reference.nearest(problem, &vec![0.0; problem.x.dim()]).residual;
        Some(residual * residual / free as f64)
    })
}

/// λ = σ²/(n τ²) with an unbiased estimate of τ², the mean square of a coefficient along the eigenvectors seen.
fn tuned(noise: f64, s: &[f64], reference: &Decomposition, problem: &Regression) -> Option<(f64, f64)> {
    let count = problem.x.count() as f64;
    let b = reference.nearest(problem, &vec![0.0; problem.x.dim()]).w;
    let signal = (dot(&b, &b) - noise / count * s.iter().map(|s| 1.0 / s).sum::<f64>()) / s.len() as f64;
    (signal > 0.0 && noise > 0.0).then(|| (noise / (count * signal), signal))
}

/// How far the two are apart, along the path.
fn distances(seen: &[Seen], reference: &Decomposition, problem: &Regression) -> Drawing {
    let size = seen.iter().map(|at| norm(&at.flow.b)).fold(0.0, f64::max);
    let measured = seen.iter().map(|at| [at.t, at.apart() / size]).collect();
    let (from, to) = (ln(seen[0].t), ln(seen[seen.len() - 1].t));
    let fine = (0..=120).map(|k| theoremcheck::real::exp(from + (to - from) * f64::from(k) / 120.0));
    let empty = || Estimate { b: Vec::new(), slack: Slack::default() };
    let predicted = fine
        .map(|t| Seen { t, flow: empty(), ridge: empty() })
        .map(|at| {
            [at.t, distance(&at.predicted(reference, problem, true), &at.predicted(reference, problem, false)) / size]
        })
        .collect();
    Drawing {
        title: "How far the stopped flow is from ridge",
        says: "The distance of the flow at time t from ridge with λ = 1/t, over the size of the flow at the end: dots are this run, the \
               line is by the filters.",
        plot: Plot {
            panels: vec![Panel::fitted(
                ("t", Scale::Log),
                ("|flow - ridge|/|flow|", Scale::Linear),
                vec![
                    Series { name: "measured".to_string(), look: Look::Measured, points: measured },
                    Series { name: "predicted".to_string(), look: Look::Predicted, points: predicted },
                ],
                &[("by the filters", Look::Predicted)],
            )],
        },
    }
}
