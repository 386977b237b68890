//! `run deep-linear`: the flow of the layers on the reader's own matrix.

use std::ops::Bound::{Excluded, Included, Unbounded};

use serde_json::json;

use super::commuting::plateau;
use super::end_to_end::{Run, balance_is_conserved, singular_values};
use crate::matrix_factorization::on_data::{Modes, above_the_minimum, unobserved};
use theoremcheck::claim::Claims;
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::deep::{Layers, completion_flow_watched, misfit_gradient};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::completion::Completion;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{norm, pow};
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;
use theoremcheck::theorem::{DataRun, Finding, OnData};

/// Entries beyond this, or starts, have powers that are not finite.
const ENTRIES: (f64, f64) = (1e-6, 1e6);
/// As many steps of the explicit method as are worth waiting for: its stability asks for one each 3/(rate of the fastest mode).
const MOST_STEPS: f64 = 1e5;
/// Later than this a time has no digits left for what happens within a unit.
const LATEST: f64 = 1e12;
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-11, relative: 1e-11 };

pub const ON_DATA: OnData = OnData {
    says: "The flow of layers on a matrix with missing entries (empty, * or nan), beside the certified least nuclear norm.",
    options: &[
        DataOption {
            name: "depth",
            takes: Takes::Whole { sign: "N", from: 1, to: 1000, default: Some(3) },
            says: "How many layers.",
        },
        DataOption {
            name: "alpha",
            takes: Takes::Number { sign: "A", range: (Included(ENTRIES.0), Included(ENTRIES.1)), default: Some(0.1) },
            says: "Each layer starts as A times the identity of the smaller side, with rows or columns of zeros in the outer \
                   ones.",
        },
        DataOption {
            name: "time",
            takes: Takes::Number { sign: "T", range: (Excluded(0.0), Unbounded), default: None },
            says: "Stop the flow at time T. [default: when the slowest mode should be learned]",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Holes,
    run,
};

pub fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let depth = options.whole("depth").expect("has a default") as usize;
    let alpha = options.number("alpha").expect("has a default");
    let asked = options.number("time");
    let problem = observed(table)?;
    let schedule = Schedule::new(&problem, depth, alpha)?;
    let time = asked.unwrap_or(schedule.end);
    schedule.affords(time, depth, alpha)?;
    let start = Layers::narrow(problem.rows, problem.cols, depth, alpha);
    let mut modes = Modes::new(options);
    let see = |t: f64, layers: &Layers| {
        options.tell(|| format!("at t = {t:.3e} of {time:.3e}"));
        modes.see(t, || singular_values(&layers.product(), problem.cols));
    };
    let moment = completion_flow_watched(&problem, &start, &[time], TOLERANCE, see)?.remove(0);
    let x = moment.layers.product();
    let sigma = singular_values(&x, problem.cols)?;
    let nuclear_norm: f64 = sigma.iter().sum();
    let residual = 0.5 * norm(&misfit_gradient(&problem, &x));
    let reference = min_nuclear_norm(&problem)?;
    let least: Vec<f64> = reference.completion.singular_values().map_err(Error::no_singular_values)?;
    options.draw(|| modes.figure(&least, Some(schedule.plateau).filter(|t| *t > 0.0)));
    let rows: Vec<&[f64]> = x.chunks_exact(problem.cols).collect();
    let completion: Vec<Vec<f64>> = reference.completion.row_iter().map(|row| row.iter().copied().collect()).collect();
    let warnings = warnings(table, &problem, residual > 1e-4 * schedule.size && asked.is_none(), time, residual);
    let minimum = above_the_minimum(&problem, nuclear_norm, residual, &reference);
    let measured = json!({
        "x": rows,
        "singular_values": sigma,
        "nuclear_norm": nuclear_norm,
        "loss": residual * residual,
        "time": time,
        "depth": depth,
    });
    let mut steps = vec![("rank-one-against-nuclear-norm", minimum)];
    let (detail, spread) =
        (format!("layers {alpha} I, of width {}", problem.rows.min(problem.cols)), start.imbalances());
    if depth > 1 {
        let mut balance = Claims::default();
        balance_is_conserved(&Run { problem, start, moments: vec![moment] }, &mut balance);
        steps.insert(0, ("balance-is-conserved", balance));
    }
    Ok(DataRun {
        reach: None,
        warnings,
        hypotheses: vec![("balance", Finding { holds: spread.iter().flatten().all(|d| *d == 0.0), detail })],
        reference: json!({
            "minimum_nuclear_norm": reference.norm,
            "relative_gap": reference.certificate.relative_gap,
            "completion": completion,
        }),
        predicted: json!({
            "plateau_time": schedule.plateau,
            "nuclear_norm": null,
            "detail": {
                "plateau_time": "when, to leading order, the first mode is learned at the earliest: α^-(N-2)/(2(N-2)s_1) for N ≥ 3",
                "nuclear_norm": "nothing is proved for entries in general; the limit need not have the minimum, at any depth",
            },
        }),
        measured,
        steps,
    })
}

/// Lines of which nothing is observed, and data that are not fitted yet.
fn warnings(table: &Table, problem: &Completion, early: bool, time: f64, residual: f64) -> Vec<String> {
    let early = early.then(|| {
        format!("at t = {time:.3e} the observed entries are still off by {residual:.1e} in all; --time T follows the flow for longer")
    });
    unobserved(table, problem).map(|what| format!("{}: {what}", table.source)).into_iter().chain(early).collect()
}

fn observed(table: &Table) -> Result<Completion> {
    for (row, line) in table.rows.iter().zip(&table.lines) {
        for (j, m) in row.iter().enumerate() {
            if !(m.is_nan() || *m == 0.0 || (ENTRIES.0..=ENTRIES.1).contains(&m.abs())) {
                return Err(Error::input(format!(
                    "{}: {m:e} is out of range; rescale the matrix to entries between {:e} and {:e}",
                    table.place(*line, j),
                    ENTRIES.0,
                    ENTRIES.1
                )));
            }
        }
    }
    Completion::from_table(table)
}

/// When the first mode is learned at the earliest, when the flow should have settled, and how fast its fastest mode is then.
struct Schedule {
    plateau: f64,
    end: f64,
    rate: f64,
    /// |P_Ω(M)|.
    size: f64,
}

impl Schedule {
    fn new(problem: &Completion, depth: usize, alpha: f64) -> Result<Schedule> {
        let filled: Vec<f64> =
            problem.zero_filled().row_iter().flat_map(|row| row.iter().copied().collect::<Vec<_>>()).collect();
        let s = singular_values(&filled, problem.cols)?;
        let n = depth as f64;
        // Of the modes that the data pull at, the slowest; a larger start than the target has none.
        let last = s.iter().copied().filter(|s_k| *s_k > 1e-2 * s[0]).fold(s[0], f64::min);
        let plateau_of = |s_k: f64| if depth > 1 && s_k > 0.0 { plateau(depth, alpha, s_k).max(0.0) } else { 0.0 };
        let largest = s[0].max(pow(alpha, n));
        let settled = if s[0] > 0.0 { 100.0 / (n * pow(last, 2.0 - 2.0 / n)) } else { 1.0 };
        Ok(Schedule {
            plateau: plateau_of(s[0]),
            end: plateau_of(last) + settled,
            rate: 2.0 * n * pow(largest, 2.0 - 2.0 / n),
            size: norm(&filled),
        })
    }

    /// An error that names the plateau if the time is more than can be followed.
    fn affords(&self, time: f64, depth: usize, alpha: f64) -> Result<()> {
        let steps = (time - self.plateau).max(0.0) * self.rate / 3.0;
        if time <= LATEST && steps <= MOST_STEPS {
            return Ok(());
        }
        Err(Error::input(format!(
            "--depth {depth} --alpha {alpha}: the first mode is predicted to leave its plateau at t = {:.3e} at the earliest, and \
             the run ends at t = {time:.3e}, too late to be followed; a larger --alpha or a smaller --depth is sooner, and --time T \
             stops earlier",
            self.plateau
        )))
    }
}
