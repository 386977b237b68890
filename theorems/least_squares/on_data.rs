//! `run least-squares`: the theorem on the reader's own table. The closed form asks for nothing: with more examples than
//! features, or targets that cannot be fitted, it leads to the least-squares solution.

use std::ops::Bound::{Excluded, Unbounded};

use serde_json::{Map, Value, json};

use super::experiments::Run;
use super::iterates::{closed_form, null_space_invariant};
use super::zeros::zero_loss_subspace;
use theoremcheck::claim::{Claims, Slack, Verdict, Why};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::least_squares::Iterate;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::regression::Regression;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{LN_2, difference, distance, exp, ln, norm};
use theoremcheck::reference::least_norm::Nearest;
use theoremcheck::theorem::{DataRun, Finding, OnData};

/// What the start, and a step in units of 1/σ_1², may be at the most, and σ_1 at the least, with its inverse.
const LARGEST: f64 = 1e60;

/// So many steps are drawn.
const DRAWN: u64 = 120;

/// Multiplications that a run may take, some minutes' worth.
const MOST_WORK: f64 = 1e12;

pub const ON_DATA: OnData = OnData {
    says: "Gradient descent on 1/2 |X w - y|² for a table whose last column is the target, against the closed form \
           of every iterate.",
    options: &[
        DataOption {
            name: "eta",
            takes: Takes::Number { sign: "E", range: (Excluded(0.0), Unbounded), default: None },
            says: "The step size. [default: 1/σ_1²]",
        },
        DataOption {
            name: "steps",
            takes: Takes::Whole { sign: "K", from: 0, to: 1_000_000_000_000, default: Some(1000) },
            says: "How many steps.",
        },
        DataOption {
            name: "start",
            takes: Takes::Numbers { sign: "W1,W2,.." },
            says: "The weights to start from, one a feature. [default: 0]",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Numbers,
    run,
};

pub fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let eta = options.number("eta");
    let steps = options.whole("steps").expect("has a default") as f64;
    let start = options.numbers("start");
    let problem = Regression::from_table(table)?;
    let (count, dim) = (problem.x.count(), problem.x.dim());
    let start = start.unwrap_or_else(|| vec![0.0; dim]);
    if start.len() != dim {
        return Err(Error::input(format!(
            "--start has {} entries; the weights have {dim}, one for each column but the last",
            start.len()
        )));
    }
    if let Some(large) = start.iter().find(|w| w.abs() > LARGEST) {
        return Err(Error::input(format!(
            "--start: {large:e} is too large; entries up to {LARGEST:e} can be started from"
        )));
    }
    let cells = (count * dim) as f64;
    if steps * cells > MOST_WORK {
        return Err(Error::input(format!(
            "--steps {steps}: on {count} x {dim} features at most {:.0} steps are taken; the closed form in `predicted` \
             is exact for any",
            (MOST_WORK / cells).floor()
        )));
    }
    let sigma_max = problem.x.sigma_max()?;
    if sigma_max == 0.0 {
        return Err(Error::input(format!("{}: every feature is 0, so that no weight has a gradient", table.source)));
    }
    if sigma_max < 1.0 / LARGEST {
        return Err(Error::input(format!(
            "{}: the features are too small to square in double precision; rescale them",
            table.source
        )));
    }
    let eta = eta.unwrap_or(1.0 / (sigma_max * sigma_max));
    if eta * sigma_max * sigma_max > LARGEST {
        return Err(Error::input(format!(
            "--eta {eta:e}: one step would multiply weights by {:e}; the step is to be compared with 2/σ_1² = {:e}",
            eta * sigma_max * sigma_max,
            2.0 / (sigma_max * sigma_max)
        )));
    }
    let steps = steps as u64;
    let mut record: Vec<u64> = std::iter::successors(Some(1), |k| Some(10 * k)).take_while(|&k| k < steps).collect();
    record.extend([0, steps]);
    if options.wants_figure() {
        record.extend((0..DRAWN).map(|k| (k as f64 / DRAWN as f64 * steps as f64) as u64));
    }
    record.sort_unstable();
    record.dedup();
    let run = Run::new(problem, eta, start, &record)?;
    options.draw(|| figure(&run));
    let shortest = run.reference.nearest(&run.problem, &vec![0.0; dim]);
    let consistent = is_consistent(&run);
    let small = small_step(&run);
    let mut parts = vec![("closed-form", one(|c| closed_form(&run, "", c)))];
    if consistent {
        parts.insert(0, ("zero-loss-subspace", one(|c| zero_loss_subspace(&run, None, c))));
    }
    if small.1.holds {
        if run.reference.rank < dim {
            parts.push(("null-space-invariant", one(|c| null_space_invariant(&run, "from the start", c))));
        }
        parts.push(("linear-rate", one(|c| contraction(&run, c))));
    }
    // Small singular values leave w∞ and the null space in doubt long before the iterates, and a growth without end in
    // the end those too.
    let mut warnings = Vec::new();
    parts.retain(|(step, claims)| {
        let needed = *step == "closed-form" && small.1.holds;
        let sharp = needed || claims.iter().all(|claim| !claim.is_blunt());
        if !sharp {
            warnings.push(format!(
                "{step} cannot be checked in double precision: the singular values reach down to {:.0e} of the largest, and \
                 η σ_1² is {:.1e}",
                run.reference.sigma[run.reference.rank - 1] / sigma_max,
                eta * sigma_max * sigma_max
            ));
        }
        sharp
    });
    if let Some(blunt) = parts.iter().flat_map(|(_, c)| c).find(|c| c.verdict() == Verdict::Fails(Why::Blunt)) {
        return Err(Error::numerical(format!(
            "these data are too ill-conditioned for double precision: '{}' would have a slack of {:.0e} on a scale of \
             {:.0e} ({}); features of one size, or fewer steps, may help",
            blunt.what,
            blunt.slack.total(),
            blunt.size(),
            blunt.slack
        )));
    }
    Ok(DataRun {
        reach: None,
        warnings,
        hypotheses: vec![small],
        reference: reference(&run, &shortest, consistent),
        predicted: predicted(&run),
        measured: measured(&run),
        steps: parts,
    })
}

fn one(make: impl Fn(&mut Claims)) -> Claims {
    let mut claims = Claims::default();
    make(&mut claims);
    claims
}

/// Whether X w∞ = y, up to the rounding of the residual and the error of w∞.
fn is_consistent(run: &Run) -> bool {
    let Run { problem, reference, limit, .. } = run;
    let rounding = Slack::rounding(4.0, problem.frobenius() * norm(&limit.w) + norm(&problem.y));
    reference.rank == problem.x.count() || limit.residual <= rounding.total() + reference.sigma[0] * limit.error
}

fn small_step(run: &Run) -> (&'static str, Finding) {
    let product = run.eta * run.reference.sigma[0] * run.reference.sigma[0];
    let bound = 2.0 / (run.reference.sigma[0] * run.reference.sigma[0]);
    let detail = format!("η = {:.6e}; 2/σ_1² = {bound:.6e}; η σ_1² = {product:.6}", run.eta);
    ("small-step", Finding { holds: run.eta < bound, detail })
}

/// |w_k - w∞| ≤ Q^k |w_0 - w∞|, Q = max |1 - η σ_i²|.
fn contraction(run: &Run, claims: &mut Claims) {
    let at = run.last();
    // The bound itself is a norm of coordinates in computed singular vectors.
    let start = run.remaining(0);
    let turned = run.reference.error / run.reference.sigma[run.reference.rank - 1];
    let of_bound = Slack::rounding(8.0 * run.problem.x.dim() as f64, start) + Slack::certificate(turned * start);
    // What is left beside the row space was never to go.
    claims
        .at_most(
            format!("|w_k - w∞|, k = {}, against max |1 - η σ_i²|^k |w_0 - w∞|", at.step),
            distance(&at.w, &run.limit.w),
            run.remaining(at.step),
            run.state_slack(at.step, 0) + Slack::certificate(run.limit.error) + of_bound,
        )
        .on("|w_0 - w∞| + |w∞|", start + norm(&run.limit.w));
}

fn reference(run: &Run, shortest: &Nearest, consistent: bool) -> Value {
    let Run { problem, reference, .. } = run;
    let (count, dim, rank) = (problem.x.count(), problem.x.dim(), reference.rank);
    let mut detail = Map::new();
    let mut explain = |key: &str, why: String| detail.insert(key.to_string(), json!(why));
    explain(
        "min_norm",
        match consistent {
            true => "X⁺ y, the shortest w with X w = y".to_string(),
            false => "X⁺ y, the shortest of the w that make |X w - y| least: no w has zero loss".to_string(),
        },
    );
    explain("error", "how far min_norm may be from the true one".to_string());
    if rank < count.min(dim) {
        explain("rank", "singular values below max(n, d) 2^-52 σ_1 count as zero".to_string());
    }
    json!({
        "sigma": reference.sigma,
        "rank": rank,
        "null_dimension": dim - rank,
        "consistent": consistent,
        "min_norm": shortest.w,
        "residual": shortest.residual,
        "error": shortest.error,
        "detail": detail,
    })
}

/// What is left of the way to w∞, step by step.
fn figure(run: &Run) -> Drawing {
    let series = |name: &str, look, value: &dyn Fn(&Iterate) -> f64| Series {
        name: name.to_string(),
        look,
        points: run.iterates.iter().map(|at| [at.step as f64, value(at)]).collect(),
    };
    let left = |at: &Iterate| {
        let unit = exp(-(at.exponent as f64) * LN_2);
        let limit: Vec<f64> = run.limit.w.iter().map(|w| unit * w).collect();
        distance(&at.w, &limit) / unit
    };
    let closed_form = |at: &Iterate| {
        let unit = run.growth(at.step, 0);
        unit * norm(&(0..run.reference.rank).map(|i| run.component(i, at.step, 0) / unit).collect::<Vec<_>>())
    };
    let panel = Panel::fitted(
        ("steps k", Scale::Linear),
        ("|w_k - w∞|", Scale::Log),
        vec![
            series("|w_k - w∞|", Look::Measured, &left),
            series("closed form", Look::Predicted, &closed_form),
            series("rate^k |w_0 - w∞|", Look::Bound, &|at| run.remaining(at.step)),
        ],
        &[("closed form", Look::Predicted), ("rate^k |w_0 - w∞|", Look::Bound)],
    );
    Drawing {
        title: "What is left of the way to w∞",
        says: "Dots: the distance of the iterates of this run from w∞, down to rounding. The solid line is their closed form, the \
               dashed one what its largest factor makes of the whole way.",
        plot: Plot { panels: vec![panel] },
    }
}

/// Weights that a double can hold, and their logarithms where it cannot.
fn weights(at: &Iterate, w: &[f64], object: &mut Map<String, Value>, detail: &mut Map<String, Value>) {
    let unit = libm::ldexp(1.0, at.exponent.min(1000) as i32);
    let rest = libm::ldexp(1.0, (at.exponent - at.exponent.min(1000)).min(1023) as i32);
    let whole: Vec<f64> = w.iter().map(|w| w * unit * rest).collect();
    if whole.iter().all(|w| w.is_finite()) {
        object.insert("w".to_string(), json!(whole));
        return;
    }
    object.insert("w".to_string(), Value::Null);
    let log = |w: &f64| ln(w.abs()) + at.exponent as f64 * LN_2;
    object.insert("log_abs_w".to_string(), json!(w.iter().map(log).collect::<Vec<_>>()));
    object.insert("sign_w".to_string(), json!(w.iter().map(|w| if *w < 0.0 { -1 } else { 1 }).collect::<Vec<_>>()));
    detail.insert("w".to_string(), json!("too large for a double: log_abs_w are the natural logarithms of |w_j|"));
}

fn predicted(run: &Run) -> Value {
    let last = run.last();
    let (mut object, mut detail) = (Map::new(), Map::new());
    weights(last, &run.predicted(last.step, last.exponent), &mut object, &mut detail);
    let factors = run.factors();
    let (rate, converges) = (run.rate(), run.converges());
    object.insert("w_infinity".to_string(), if converges { json!(run.limit.w) } else { Value::Null });
    if !converges {
        let which = run.moving().find(|&i| factors[i].abs() >= 1.0).unwrap_or(0);
        detail.insert(
            "w_infinity".to_string(),
            json!(format!(
                "does not exist: the component along v_{} is multiplied by 1 - η σ² = {:.6} at each step",
                which + 1,
                factors[which]
            )),
        );
    }
    object.insert("rate".to_string(), json!(rate));
    if rate.is_none() {
        detail.insert("rate".to_string(), json!("the start is the limit already"));
    }
    object.insert("detail".to_string(), detail.into());
    object.into()
}

fn measured(run: &Run) -> Value {
    let last = run.last();
    let (mut object, mut detail) = (Map::new(), Map::new());
    weights(last, &last.w, &mut object, &mut detail);
    let unit = exp(-(last.exponent as f64) * LN_2);
    let scaled: Vec<f64> =
        run.problem.x.margins(&last.w).iter().zip(&run.problem.y).map(|(xw, y)| xw - unit * y).collect();
    let log_loss = 2.0 * (ln(norm(&scaled)) + last.exponent as f64 * LN_2) - LN_2;
    object.insert("log_loss".to_string(), json!(log_loss.is_finite().then_some(log_loss)));
    if !log_loss.is_finite() {
        detail.insert("log_loss".to_string(), json!("the computed loss is 0"));
    }
    object.insert("steps".to_string(), json!(last.step));
    object.insert("moved".to_string(), json!((last.exponent == 0).then(|| norm(&difference(&last.w, &run.start)))));
    if last.exponent != 0 {
        detail.insert("moved".to_string(), json!("see w"));
    }
    object.insert("detail".to_string(), detail.into());
    object.into()
}
