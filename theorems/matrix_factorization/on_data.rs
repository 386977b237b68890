//! `run matrix-factorization`: the flow of factors on the reader's own matrix.

use faer::Mat;
use serde_json::{Value, json};

use super::identities::{Run, TIGHT, balance_is_conserved, singular_values};
use crate::claim::{Claims, Slack};
use crate::error::{Error, Result};
use crate::flow::factors::{Ending, Factors, Moment, flow, settle};
use crate::flow::ode::Tolerance;
use crate::problem::completion::{Completion, Entry, choose};
use crate::problem::table::Table;
use crate::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use crate::seed::Seed;
use crate::theorem::{DataRun, Finding, Options};

/// Entries whose squares, and those of their products with a start, are finite and not 0.
const ENTRIES: (f64, f64) = (1e-60, 1e60);
/// Largest n whose determinant is followed: a step costs n³ then.
const LARGEST_DETERMINANT: usize = 20;

pub fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let alpha = options
        .number("alpha", "a number from 1e-60 to 1e60, the size of the start", |a| {
            (ENTRIES.0..=ENTRIES.1).contains(&a)
        })?
        .unwrap_or(1e-3);
    let time = options.number("time", "a number above 0", |t| t > 0.0)?;
    let (problem, hidden) = hide(observed(table, options)?, options)?;
    let start = start(&problem, alpha, options)?;
    let (moment, ending) = follow(&problem, &start, time)?;
    let reference = min_nuclear_norm(&problem)?;
    let (rows, columns) = problem.unobserved_lines();
    let x = moment.factors.product();
    let sigma = singular_values(&x)?;
    let nuclear_norm: f64 = sigma.iter().sum();
    let loss = moment.factors.loss(&problem);
    let (log_det, sign, why) = determinant(&moment, &x, &sigma);
    let mut measured = json!({
        "x": rows_of(&x),
        "nuclear_norm": nuclear_norm,
        "singular_values": sigma,
        "loss": loss,
        "balance_drift": drift(&start, &moment),
        "time": moment.t,
        "ended": ending,
        "detail": {},
    });
    if x.nrows() == x.ncols() {
        measured["log_det"] = json!(log_det);
        measured["det_sign"] = json!(sign);
        measured["detail"]["log_det"] = json!(why);
    }
    if !hidden.is_empty() {
        let completions = [("factorised", &x), ("nuclear", &reference.completion), ("direct", &problem.zero_filled())];
        for (name, completion) in completions {
            measured["held_out_rmse"][name] = json!(rmse(completion, &hidden));
        }
        measured["detail"]["held_out_rmse"] = json!(format!("{} entries that were hidden", hidden.len()));
    }
    Ok(DataRun {
        warnings: warnings(table, &rows, &columns),
        hypotheses: vec![
            inner_dimension(&problem, start.rank),
            ("every-line-observed", every_line_observed(&rows, &columns)),
        ],
        reference: json!({
            "minimum_nuclear_norm": reference.norm,
            "relative_gap": reference.certificate.relative_gap,
            "completion": rows_of(&reference.completion),
        }),
        predicted: json!({
            "nuclear_norm": null,
            "detail": { "nuclear_norm": "nothing is proved for entries: the limit α -> 0 may, but need not, have the minimum" },
        }),
        measured,
        steps: claims(problem, start, moment, &reference, nuclear_norm),
    })
}

/// The table's matrix, without the columns that are to be dropped.
fn observed(table: &Table, options: &Options) -> Result<Completion> {
    let dropped = count("drop-columns", options, 0, table.columns() - 1)?.unwrap_or(0);
    let rows = table.rows.iter().map(|row| row[dropped..].to_vec()).collect();
    for (row, line) in table.rows.iter().zip(&table.lines) {
        for (j, m) in row.iter().enumerate().skip(dropped) {
            let usable = m.is_nan() || *m == 0.0 || (ENTRIES.0..=ENTRIES.1).contains(&m.abs());
            if !usable {
                return Err(Error::input(format!(
                    "{}: {m:e} is beyond what can be squared in double precision; rescale the matrix to entries between {:e} and {:e}",
                    table.place(*line, j),
                    ENTRIES.0,
                    ENTRIES.1
                )));
            }
        }
    }
    Completion::from_table(&Table { rows, ..table.clone() })
}

/// An integer option.
fn count(name: &str, options: &Options, from: usize, to: usize) -> Result<Option<usize>> {
    let Some(text) = options.text(name) else { return Ok(None) };
    match text.parse::<usize>() {
        Ok(value) if (from..=to).contains(&value) => Ok(Some(value)),
        _ => Err(Error::input(format!("--{name} {text}: not a whole number from {from} to {to}"))),
    }
}

/// Hides a share of the observed entries, chosen by the seed; at least one stays.
fn hide(problem: Completion, options: &Options) -> Result<(Completion, Vec<Entry>)> {
    let share = options.number("hide", "a share from 0 to below 1", |share| (0.0..1.0).contains(&share))?;
    let seed = count("seed", options, 0, usize::MAX)?;
    let Some(share) = share else {
        return match seed {
            None => Ok((problem, Vec::new())),
            Some(_) => Err(Error::input("--seed chooses the entries that are hidden: it needs --hide")),
        };
    };
    let total = problem.entries.len();
    let hidden = ((share * total as f64).round() as usize).min(total - 1);
    let stream = &mut Seed(seed.unwrap_or(1) as u64).stream("matrix-factorization", "hide");
    let chosen = choose(total, hidden, stream);
    let (mut kept, mut held_out) = (Vec::new(), Vec::new());
    for (k, entry) in problem.entries.iter().enumerate() {
        if chosen.binary_search(&k).is_ok() { held_out.push(*entry) } else { kept.push(*entry) }
    }
    Ok((Completion { entries: kept, ..problem }, held_out))
}

fn start(problem: &Completion, alpha: f64, options: &Options) -> Result<Factors> {
    let width = problem.rows.max(problem.cols);
    let rank = count("rank", options, 1, width)?;
    let start = match (options.text("start"), rank) {
        (None | Some("identity"), None) => Factors::identity(problem, alpha),
        (None | Some("identity"), Some(rank)) => Factors::identity(problem, alpha).leading(rank),
        (Some("lifted"), None) => Factors::lifted(problem, alpha),
        (Some("lifted"), Some(_)) => {
            return Err(Error::input("--rank cuts the identity start; the lifted start needs all of its columns"));
        }
        (Some(other), _) => return Err(Error::input(format!("--start {other}: not identity or lifted"))),
    };
    let followed = start.volume.clone().filter(|_| problem.rows <= LARGEST_DETERMINANT);
    Ok(Factors { volume: followed, ..start })
}

/// To the time asked for, or to where the loss ends. The determinant is given up where the computed factors cross a
/// singular matrix, which only rounding can make them do: its law has a pole there.
fn follow(problem: &Completion, start: &Factors, time: Option<f64>) -> Result<(Moment, &'static str)> {
    let tolerance = Tolerance { absolute: 1e3 * TIGHT.absolute, relative: 1e3 * TIGHT.relative };
    let attempt = |start: &Factors| match time {
        Some(time) => {
            let moment = flow(problem, start, &[time], tolerance)?.remove(0);
            Ok((moment, "at the time asked for"))
        }
        None => {
            let (moment, ending) = settle(problem, start, tolerance)?;
            let says = match ending {
                Ending::Vanished => "the loss vanished",
                Ending::Stalled => "the loss stalled",
                Ending::Slow => "the loss still falls, too slowly to wait for",
            };
            Ok((moment, says))
        }
    };
    attempt(start).or_else(|error| match start.volume {
        Some(_) => attempt(&Factors { volume: None, ..start.clone() }),
        None => Err(error),
    })
}

/// log|det X|, its sign, and where it is from: X itself while its singular values are known, else the law of the
/// determinant while its ratio is what it must be.
fn determinant(moment: &Moment, x: &Mat<f64>, sigma: &[f64]) -> (Option<f64>, Option<f64>, &'static str) {
    let least = sigma.last().copied().unwrap_or(0.0);
    if x.nrows() == x.ncols() && least > 1e-8 * sigma[0] {
        let det = x.determinant();
        let log = sigma.iter().map(|s| crate::real::ln(*s)).sum();
        return (Some(log), Some(det.signum()), "from the singular values of X");
    }
    let Some(volume) = &moment.factors.volume else {
        return (None, None, "X is singular to rounding, and the law of the determinant was not followed");
    };
    let n = x.nrows();
    let ratio = Mat::from_fn(n, n, |i, j| volume.ratio[i * n + j]);
    let (log, sign) = volume.log_det();
    // The polar factor from balanced starts, a contraction from lifted ones: its norm never passes 1.
    match singular_values(&ratio) {
        Ok(norms) if norms[0] <= 1.0 + 1e-6 && log.is_finite() => {
            (Some(log), Some(sign), "by the law of the determinant")
        }
        _ => (None, None, "X is singular to rounding, and rounding has taken the computed flow across det X = 0"),
    }
}

/// max |D(t) - D(0)|.
fn drift(start: &Factors, moment: &Moment) -> f64 {
    let before = start.imbalance();
    moment.factors.imbalance().iter().zip(&before).map(|(now, before)| (now - before).abs()).fold(0.0, f64::max)
}

fn rmse(x: &Mat<f64>, hidden: &[Entry]) -> f64 {
    let squares: f64 = hidden.iter().map(|&Entry { i, j, m }| (x[(i, j)] - m) * (x[(i, j)] - m)).sum();
    (squares / hidden.len() as f64).sqrt()
}

fn rows_of(x: &Mat<f64>) -> Value {
    json!(x.row_iter().map(|row| row.iter().copied().collect()).collect::<Vec<Vec<f64>>>())
}

fn inner_dimension(problem: &Completion, rank: usize) -> (&'static str, Finding) {
    let enough = problem.rows.min(problem.cols);
    ("inner-dimension", Finding { holds: rank >= enough, detail: format!("r = {rank}, min(rows, cols) = {enough}") })
}

/// "rows 1, 4; columns 2", counted from 1.
fn lines(rows: &[usize], columns: &[usize]) -> String {
    let list = |name: &str, which: &[usize]| {
        let numbers: Vec<String> = which.iter().map(|k| (k + 1).to_string()).collect();
        (!which.is_empty()).then(|| format!("{name} {}", numbers.join(", ")))
    };
    [list("row", rows), list("column", columns)].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn every_line_observed(rows: &[usize], columns: &[usize]) -> Finding {
    let holds = rows.is_empty() && columns.is_empty();
    let detail = match holds {
        true => "each row and each column has an observed entry".to_string(),
        false => format!("nothing is observed of {}: the data do not determine it", lines(rows, columns)),
    };
    Finding { holds, detail }
}

fn warnings(table: &Table, rows: &[usize], columns: &[usize]) -> Vec<String> {
    let finding = every_line_observed(rows, columns);
    if finding.holds { vec![] } else { vec![format!("{}: {}", table.source, finding.detail)] }
}

fn claims(
    problem: Completion,
    start: Factors,
    moment: Moment,
    reference: &MinNuclearNorm,
    nuclear_norm: f64,
) -> Vec<(&'static str, Claims)> {
    let mut minimum = Claims::default();
    // Filling in what is still missing of M costs at most √n of its Frobenius norm.
    let missing = (problem.rows.min(problem.cols) as f64 * moment.factors.loss(&problem)).sqrt();
    minimum.at_least(
        "nuclear norm of X + √n |P_Ω(M - X)|, against the certified minimum",
        nuclear_norm + missing,
        reference.certificate.lower,
        Slack::rounding(1e3, nuclear_norm + missing),
    );
    let run = Run { problem, start, moments: vec![moment] };
    let mut balance = Claims::default();
    balance_is_conserved(&[("your matrix", &run)], &mut balance);
    vec![("balance-is-conserved", balance), ("minimum-nuclear-norm", minimum)]
}
