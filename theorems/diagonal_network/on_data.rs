//! `run diagonal-network`: the flow of a diagonal network on the reader's own regression, beside the minimiser of Q.

use std::ops::Bound::Included;

use serde_json::json;

use super::entropy::{End, Limit, hyperbolic_entropy, minimise, rest_of_stiff};
use super::hypotheses::nearest_solution;
use super::network::Arcsinh;
use super::rich::log_sizes;
use theoremcheck::claim::Claims;
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{UNIT_ROUNDOFF, norm, reject};
use theoremcheck::reference::least_l1::{Certificate, certify, min_l1_norm};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::theorem::{DataRun, Finding, OnData};

/// A step of the flow costs d³.
const MOST_FEATURES: usize = 200;
/// A row whose part across the rows before it is below this share of it adds no equation.
const DEPENDENT: f64 = 1e-10;

pub const ON_DATA: OnData = OnData {
    says: "The gradient flow of a diagonal network on a table whose last column is the target, against the minimiser of Q.",
    options: &[
        DataOption {
            name: "alpha",
            takes: Takes::Number { sign: "A", range: (Included(1e-32), Included(1e3)), default: Some(1e-3) },
            says: "The size of the start, u = v = A.",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Numbers,
    run,
};

pub fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let alpha = options.number("alpha").expect("has a default");
    let problem = Regression::from_table(table)?;
    refuse(table, &problem)?;
    let dim = problem.x.dim();
    let decomposition = decompose(&problem.x)?;
    let (shortest, consistent) = nearest_solution(&problem, &decomposition);
    let (kept, left_out) = independent_rows(&problem.x);
    let rows: Vec<f64> = kept.iter().flat_map(|&n| problem.x.row(n).to_vec()).collect();
    let x = Points::new(dim, rows)?;
    // Where X β = y has no solution, the nearest targets that have one.
    let y = if consistent { kept.iter().map(|&n| problem.y[n]).collect() } else { x.margins(&shortest.w) };
    let reduced = Regression { x, y };
    let l1 = min_l1_norm(&reduced)?;
    let Certificate { lower, upper } = certify(&reduced, &l1);
    let log_a = log_sizes(alpha, &vec![1.0; dim]);
    let minimiser = minimise(&reduced, &log_a, &vec![0.0; dim], &l1)?;
    let ode = Arcsinh { problem: &problem, log_a: &log_a };
    let residual = |z: &[f64]| norm(&reduced.residual(&ode.beta(z)));
    let mut path = Vec::new();
    let see = |t: f64, z: &[f64]| {
        let beta = ode.beta(z);
        options.tell(|| format!("|X β - y| is {:.1e} at t = {t:.1e}", norm(&reduced.residual(&beta))));
        path.push((t, beta));
    };
    let (rest, time) = rest_of_stiff(&ode, residual, norm(&reduced.y), dim, see).map_err(|error| {
        Error::numerical(format!(
            "{error}; the singular values of X differ by a factor of {:.1e}, and its square is by how much the fastest of the flow is \
             ahead of the slowest: features of one size and less alike may help",
            decomposition.sigma[0] / decomposition.sigma[decomposition.rank - 1]
        ))
    })?;
    let reach = minimiser.s.iter().fold(1.0_f64, |reach, s| reach.max(s.abs()));
    let run = Limit::new(&rest, |z| ode.beta(z), reach);
    let predicted = minimiser.beta.clone();
    options.draw(|| figure(&path, &predicted));
    let measured = run.beta.clone();
    let mut claims = Claims::default();
    hyperbolic_entropy(&End { name: format!("α = {alpha:e}"), problem: reduced, log_a, minimiser, run }, &mut claims);
    let mut warnings = Vec::new();
    if !left_out.is_empty() {
        warnings.push(format!(
            "{}: the features of {} are combinations of those of other lines",
            table.source,
            table.lines_of(&left_out)
        ));
    }
    let mut steps = vec![("hyperbolic-entropy", claims)];
    if steps[0].1.iter().any(|claim| claim.is_blunt()) {
        warnings.push("the limit cannot be told from its prediction in double precision on these data".to_string());
        steps.clear();
    }
    let detail = match consistent {
        true => format!("|X β - y| = {:.1e} at the solution of least l2 norm", shortest.residual),
        false => format!("X β = y has no solution: |X β - y| is at least {:.6e}", shortest.residual),
    };
    Ok(DataRun {
        reach: None,
        warnings,
        hypotheses: vec![("consistent", Finding { holds: consistent, detail })],
        reference: json!({
            "minimum_l1": upper,
            "minimum_l2": norm(&shortest.w),
            "l1_certificate_gap": upper - lower,
            "l1_solution": l1.beta,
            "l2_solution": shortest.w,
            "residual": shortest.residual,
            "detail": { "minimum_l1": "a proved upper bound, at most l1_certificate_gap above the least l1 norm" },
        }),
        predicted: json!({
            "beta": predicted,
            "l1_norm": predicted.iter().map(|b| b.abs()).sum::<f64>(),
            "l2_norm": norm(&predicted),
        }),
        measured: json!({
            "beta": measured,
            "l1_norm": measured.iter().map(|b| b.abs()).sum::<f64>(),
            "l2_norm": norm(&measured),
            "residual": norm(&problem.residual(&measured)),
            "time": time,
        }),
        steps,
    })
}

/// So many coordinates are drawn, the largest.
const DRAWN: usize = 12;

/// The coordinates of β on their way to the minimiser of Q.
fn figure(path: &[(f64, Vec<f64>)], limit: &[f64]) -> Drawing {
    let mut largest: Vec<usize> = (0..limit.len()).collect();
    largest.sort_by(|&i, &j| limit[j].abs().total_cmp(&limit[i].abs()));
    largest.truncate(DRAWN);
    let (from, to) = (path.first().map_or(1.0, |at| at.0), path.last().map_or(1.0, |at| at.0));
    let level = |&j: &usize| Series {
        name: format!("argmin Q, entry {}", j + 1),
        look: Look::Predicted,
        points: vec![[from, limit[j]], [to, limit[j]]],
    };
    let way = |&j: &usize| Series {
        name: format!("β_{}", j + 1),
        look: Look::Path,
        points: path.iter().map(|(t, beta)| [*t, beta[j]]).collect(),
    };
    let panel = Panel::fitted(
        ("t", Scale::Log),
        ("coordinates of β", Scale::Linear),
        largest.iter().map(level).chain(largest.iter().map(way)).collect(),
        &[("argmin Q", Look::Predicted)],
    );
    Drawing {
        title: "The coordinates of β against t",
        says: "Dots: the coordinates of β along this run, those that end largest. The lines are those of the minimiser of the \
               potential Q, found without the flow.",
        plot: Plot { panels: vec![panel] },
    }
}

/// What makes no problem of it.
fn refuse(table: &Table, problem: &Regression) -> Result<()> {
    let (count, dim) = (problem.x.count(), problem.x.dim());
    if count > dim {
        return Err(Error::input(format!(
            "{}: {count} examples with {dim} features; with more equations than unknowns there is in general nothing left to \
             choose, and at least as many features as examples are needed",
            table.source
        )));
    }
    if dim > MOST_FEATURES {
        return Err(Error::input(format!(
            "{}: {dim} features; the flow is followed for up to {MOST_FEATURES}",
            table.source
        )));
    }
    if let Some(j) = (0..dim).find(|&j| problem.x.rows().all(|x| x[j] == 0.0)) {
        return Err(Error::input(format!(
            "{}: {} is 0 on every line, so that its weights never move; leave it out",
            table.source,
            table.column_name(j)
        )));
    }
    if problem.y.iter().all(|y| *y == 0.0) {
        return Err(Error::input(format!("{}: every target is 0, and β = 0 fits from the start", table.source)));
    }
    // To the rounding of the sums.
    let rounding = count as f64 * UNIT_ROUNDOFF;
    let products = |j: usize| problem.x.rows().zip(&problem.y).map(move |(x, y)| x[j] * y);
    if (0..dim).all(|j| products(j).sum::<f64>().abs() <= rounding * products(j).map(f64::abs).sum::<f64>()) {
        return Err(Error::input(format!(
            "{}: the targets are orthogonal to every feature, so that no β fits better than β = 0, from where nothing moves",
            table.source
        )));
    }
    Ok(())
}

/// The rows that are not combinations of rows before them, and the others.
fn independent_rows(x: &Points) -> (Vec<usize>, Vec<usize>) {
    let mut axes: Vec<Vec<f64>> = Vec::new();
    (0..x.count()).partition(|&n| {
        let mut rest = x.row(n).to_vec();
        for _ in 0..2 {
            axes.iter().for_each(|axis| rest = reject(&rest, axis));
        }
        let length = norm(&rest);
        let adds = length > DEPENDENT * norm(x.row(n));
        if adds {
            axes.push(rest.iter().map(|r| r / length).collect());
        }
        adds
    })
}
