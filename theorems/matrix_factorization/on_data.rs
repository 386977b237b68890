//! `run matrix-factorization`: the flow of factors on the reader's own matrix.

use std::ops::Bound::{Excluded, Included, Unbounded};

use faer::Mat;
use serde_json::{Value, json};

use super::identities::{Run, TIGHT, balance_is_conserved, singular_values};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::factors::{Ending, Factors, Moment, settle_watched};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::completion::{Completion, Entry, choose};
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{ln, pow};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{DataRun, Finding, OnData};

/// Entries whose squares, and those of their products with a start, are finite and not 0.
const ENTRIES: (f64, f64) = (1e-60, 1e60);
/// Largest n whose determinant is followed: a step costs n³ then.
const LARGEST_DETERMINANT: usize = 32;
/// Rows and columns of the largest table: the certificate costs the cube of the longer side.
const LONGEST_SIDE: usize = 1000;

pub const ON_DATA: OnData = OnData {
    says: "The flow of factors on a matrix with missing entries (empty, * or nan), beside the certified least nuclear norm.",
    options: &[
        DataOption {
            name: "alpha",
            takes: Takes::Number { sign: "A", range: (Included(ENTRIES.0), Included(ENTRIES.1)), default: Some(0.001) },
            says: "Size of the start.",
        },
        DataOption {
            name: "start",
            takes: Takes::Word(&["identity", "lifted"]),
            says: "U and V with α where row and column are equal, or U = [αI, 0] and V = [0, αI].",
        },
        DataOption {
            name: "rank",
            takes: Takes::Whole { sign: "R", from: 1, to: 1_000_000, default: None },
            says: "Keep the first R columns of the factors only.",
        },
        DROP_COLUMNS,
        DataOption {
            name: "hide",
            takes: Takes::Number { sign: "SHARE", range: (Included(0.0), Excluded(1.0)), default: None },
            says: "Hide a share of the observed entries, and say how well each method finds them.",
        },
        DataOption {
            name: "seed",
            takes: Takes::Whole { sign: "N", from: 0, to: u64::MAX, default: Some(1) },
            says: "Which entries are hidden.",
        },
        DataOption {
            name: "time",
            takes: Takes::Number { sign: "T", range: (Excluded(0.0), Unbounded), default: None },
            says: "Stop the flow at time T. [default: when the loss vanishes or stalls]",
        },
    ],
    cells: Cells::Holes,
    run,
};

pub fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let alpha = options.number("alpha").expect("has a default");
    let time = options.number("time");
    let (problem, hidden) = hide(observed(table)?, options)?;
    let start = start(&problem, alpha, options)?;
    let mut modes = Modes::new(options);
    let (moment, ending) = follow(&problem, &start, time, |t, factors| {
        options.tell(|| format!("at t = {t:.3e}"));
        modes.see(t, || singular_values(&factors.product()));
    })?;
    let reference = min_nuclear_norm(&problem)?;
    let least = singular_values(&reference.completion)?;
    options.draw(|| modes.figure(&least, None));
    let unobserved = unobserved(table, &problem);
    let x = moment.factors.product();
    let sigma = singular_values(&x)?;
    let nuclear_norm: f64 = sigma.iter().sum();
    let loss = moment.factors.loss(&problem);
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
        let (log_det, sign, why) = determinant(&moment, &x, &sigma)?;
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
        reach: None,
        warnings: unobserved
            .iter()
            .map(|what| format!("{}: {what}", table.source))
            .chain(lost_modes(&problem, alpha)?)
            .collect(),
        hypotheses: vec![
            inner_dimension(&problem, start.rank),
            ("every-line-observed", every_line_observed(unobserved)),
        ],
        reference: json!({
            "minimum_nuclear_norm": reference.norm,
            "relative_gap": reference.certificate.relative_gap,
            "completion": rows_of(&reference.completion),
        }),
        predicted: json!({
            "nuclear_norm": null,
            "detail": { "nuclear_norm": "nothing is proved for entries in general: the limit α -> 0 may, but need not, have the minimum" },
        }),
        measured,
        steps: claims(problem, start, moment, &reference, nuclear_norm),
    })
}

/// The table's matrix.
fn observed(table: &Table) -> Result<Completion> {
    let (rows, columns) = (table.rows.len(), table.rows[0].len());
    if rows.max(columns) > LONGEST_SIDE {
        return Err(Error::input(format!(
            "{}: {rows} rows and {columns} columns; a matrix may have up to {LONGEST_SIDE} of each",
            table.source
        )));
    }
    for (row, line) in table.rows.iter().zip(&table.lines) {
        for (j, m) in row.iter().enumerate() {
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
    Completion::from_table(table)
}

/// Hides a share of the observed entries, chosen by the seed; at least one stays.
fn hide(problem: Completion, options: &Options) -> Result<(Completion, Vec<Entry>)> {
    let share = options.number("hide");
    let Some(share) = share else {
        if options.given("seed") {
            return Err(Error::input("--seed chooses the entries that are hidden: it needs --hide"));
        }
        return Ok((problem, Vec::new()));
    };
    let total = problem.entries.len();
    let hidden = ((share * total as f64).round() as usize).min(total - 1);
    let stream = &mut Seed(options.whole("seed").expect("has a default")).stream("matrix-factorization", "hide");
    let chosen = choose(total, hidden, stream);
    let (mut kept, mut held_out) = (Vec::new(), Vec::new());
    for (k, entry) in problem.entries.iter().enumerate() {
        if chosen.binary_search(&k).is_ok() { held_out.push(*entry) } else { kept.push(*entry) }
    }
    Ok((Completion { entries: kept, ..problem }, held_out))
}

fn start(problem: &Completion, alpha: f64, options: &Options) -> Result<Factors> {
    let width = problem.rows.max(problem.cols);
    let rank = options.whole_to("rank", width as u64)?;
    let start = match (options.word("start") == "lifted", rank) {
        (false, None) => Factors::identity(problem, alpha),
        (false, Some(rank)) => Factors::identity(problem, alpha).leading(rank as usize),
        (true, None) => Factors::lifted(problem, alpha),
        (true, Some(_)) => {
            return Err(Error::input("--rank cuts the identity start; the lifted start needs all of its columns"));
        }
    };
    let followed = start.volume.clone().filter(|_| problem.rows <= LARGEST_DETERMINANT);
    Ok(Factors { volume: followed, ..start })
}

/// To the time asked for, or to where the loss ends.
fn follow(
    problem: &Completion,
    start: &Factors,
    time: Option<f64>,
    see: impl FnMut(f64, &Factors),
) -> Result<(Moment, &'static str)> {
    let tolerance = Tolerance { absolute: 1e3 * TIGHT.absolute, relative: 1e3 * TIGHT.relative };
    let (moment, ending) = settle_watched(problem, start, time, tolerance, see)?;
    let says = match ending {
        Ending::Vanished => "the loss vanished",
        Ending::Stalled => "the loss stalled",
        Ending::Slow => "the loss still falls, too slowly to wait for",
        Ending::OnTime => "at the time asked for",
    };
    Ok((moment, says))
}

/// log|det X|, its sign, and where it is from: the law of the determinant while its ratio is what it must be and in
/// keeping with the singular values, else X itself while those are known.
fn determinant(moment: &Moment, x: &Mat<f64>, sigma: &[f64]) -> Result<(Option<f64>, Option<f64>, &'static str)> {
    let (first, last) = (sigma[0], sigma[sigma.len() - 1]);
    if let Some(volume) = &moment.factors.volume {
        let n = x.nrows();
        let ratio = singular_values(&Mat::from_fn(n, n, |i, j| volume.ratio[i * n + j]))?;
        let (log, sign) = volume.log_det();
        // Orthogonal from balanced starts; from lifted ones a contraction, which is known where it is not small.
        let is_known = ratio[0] <= 1.0 + 1e-6 && ratio[n - 1] >= if volume.balanced { 1.0 - 1e-6 } else { 1e-6 };
        let most: f64 = sigma.iter().map(|s| ln(s.max(1e-14 * first))).sum();
        if is_known && log <= most + 1.0 {
            return Ok((Some(log), Some(sign), "by the law of the determinant"));
        }
    }
    if sigma.len() > 1 && last > 1e-8 * first {
        let log = sigma.iter().map(|s| ln(*s)).sum();
        return Ok((Some(log), Some(x.determinant().signum()), "from the singular values of X"));
    }
    Ok((None, None, "X is singular to rounding, and the law of the determinant does not tell more"))
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

/// The lines and columns of the file of which nothing is observed, if there are any.
pub(crate) fn unobserved(table: &Table, problem: &Completion) -> Option<String> {
    let (rows, columns) = problem.unobserved_lines();
    let named = [(&rows, table.lines_of(&rows)), (&columns, table.columns_of(&columns))];
    let named: Vec<String> = named.into_iter().filter(|(which, _)| !which.is_empty()).map(|(_, name)| name).collect();
    let named = (!named.is_empty()).then(|| named.join(" and "))?;
    Some(format!("nothing is observed of {named}: the data do not determine what stands there"))
}

fn every_line_observed(unobserved: Option<String>) -> Finding {
    let holds = unobserved.is_none();
    Finding {
        holds,
        detail: unobserved.unwrap_or_else(|| "each row and each column has an observed entry".to_string()),
    }
}

/// What begins at α and grows like e^(2 s_k t) is of size α^(1 - s_k/s_1) when the first mode is of order one, in units of
/// √s_1: below the rounding of that mode its growth is that of rounding.
fn lost_modes(problem: &Completion, alpha: f64) -> Result<Option<String>> {
    let s = singular_values(&problem.zero_filled())?;
    let relative = alpha / s[0].sqrt();
    let size = |s_k: f64| pow(relative, 1.0 - s_k / s[0]);
    let lost = s.iter().filter(|&&s_k| s_k > 1e-8 * s[0] && size(s_k) < f64::EPSILON).count();
    Ok((lost > 0 && relative < 1.0).then(|| {
        format!(
            "--alpha {alpha:e}: {lost} of {} modes begin below the rounding of the first, and come earlier than they should; \
             a larger start keeps them",
            s.len()
        )
    }))
}

/// The nuclear norm of a matrix X that is off by `misfit` = |P_Ω(M - X)| on what is observed cannot be below the least one.
pub(crate) fn above_the_minimum(
    problem: &Completion,
    nuclear_norm: f64,
    misfit: f64,
    reference: &MinNuclearNorm,
) -> Claims {
    let mut minimum = Claims::default();
    // Filling in what is still missing of M costs at most √n of its Frobenius norm.
    let side = problem.rows.min(problem.cols) as f64;
    let filled = nuclear_norm + side.sqrt() * misfit;
    // The singular values are those of a matrix near X: two reflections a line of the smaller side, each of which moves an
    // entry by four roundings for every entry of its column. The sum of what they move is √n times as large.
    let roundings = 8.0 * (problem.rows * problem.cols) as f64 * side.sqrt();
    minimum
        .at_least(
            "nuclear norm of X + √n |P_Ω(M - X)|, against the certified minimum",
            filled,
            reference.certificate.lower,
            Slack::rounding(roundings, filled),
        )
        .on("of itself", filled);
    minimum
}

fn claims(
    problem: Completion,
    start: Factors,
    moment: Moment,
    reference: &MinNuclearNorm,
    nuclear_norm: f64,
) -> Vec<(&'static str, Claims)> {
    let minimum = above_the_minimum(&problem, nuclear_norm, moment.factors.loss(&problem).sqrt(), reference);
    let run = Run { problem, start, moments: vec![moment] };
    let mut balance = Claims::default();
    balance_is_conserved(&[("your matrix", &run)], &mut balance);
    vec![("balance-is-conserved", balance), ("minimum-nuclear-norm", minimum)]
}

/// The singular values of X along a run, if its figure is wanted.
pub(crate) struct Modes {
    wanted: bool,
    /// Moments before this time are too near to the last to be told apart.
    next: f64,
    /// Times, and the singular values then.
    seen: Vec<(f64, Vec<f64>)>,
}

/// So many of them are drawn, and moments at least so far apart, as a share of the time.
const DRAWN: usize = 8;
const APART: f64 = 0.02;

impl Modes {
    pub(crate) fn new(options: &Options) -> Modes {
        Modes { wanted: options.wants_figure(), next: 0.0, seen: Vec::new() }
    }

    /// Where the decomposition fails there is a gap in the picture.
    pub(crate) fn see(&mut self, t: f64, sigma: impl FnOnce() -> Result<Vec<f64>>) {
        if self.wanted && t >= self.next {
            self.next = t * (1.0 + APART);
            self.seen.extend(sigma().map(|sigma| (t, sigma)));
        }
    }

    /// Beside the singular values of the completion of least nuclear norm, and the time when the first mode should be learned.
    pub(crate) fn figure(&self, least: &[f64], first: Option<f64>) -> Drawing {
        let count = least.len().min(DRAWN);
        // Modes far below the first are seen on a scale of ratios.
        let scale = if least[count - 1] < 0.03 * least[0] { Scale::Log } else { Scale::Linear };
        let (from, to) = (self.seen.first().map_or(1.0, |at| at.0), self.seen.last().map_or(1.0, |at| at.0));
        let path = |k: usize| Series {
            name: format!("σ_{}", k + 1),
            look: Look::Path,
            points: self.seen.iter().map(|(t, sigma)| [*t, sigma[k]]).collect(),
        };
        let level = |k: usize| Series {
            name: format!("σ_{} of the least nuclear norm", k + 1),
            look: Look::Bound,
            points: vec![[from, least[k]], [to, least[k]]],
        };
        let upright = |t: f64| Series {
            name: "the first mode, at the earliest".to_string(),
            look: Look::Predicted,
            points: vec![[t, least[count - 1].min(0.01 * least[0])], [t, least[0]]],
        };
        let series = (0..count).map(level).chain(first.map(upright)).chain((0..count).map(path)).collect();
        let panel = Panel::fitted(
            ("t", Scale::Log),
            ("singular values of X", scale),
            series,
            &[("first mode", Look::Predicted), ("least nuclear norm", Look::Bound)],
        );
        Drawing {
            title: "The singular values of X against t",
            says: "Dots: the largest singular values of the product along this run. The dashed lines are those of the certified \
                   completion of least nuclear norm; a solid upright line, where there is one, stands where the first mode is \
                   predicted to be learned at the earliest.",
            plot: Plot { panels: vec![panel] },
        }
    }
}
