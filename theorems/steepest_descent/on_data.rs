//! `run steepest-descent`: steepest descent in a norm of the reader's choice on the reader's own table, beside the largest margin
//! in that norm.

use std::ops::Bound::{Excluded, Included};

use serde_json::{Map, Value, json};

use super::descent::{Watch, bound_on_g, race_from, radius};
use super::identity::{Parts, entropy, identity_of, parts};
use super::largest_margin::{LargestMargin, largest_margin};
use super::norm::{Cholesky, Norm};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::labelled::{BIAS, POSITIVE, Preparation, STANDARDIZE, labelled_points};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{dot, ln, norm as euclidean, pow, reject};
use theoremcheck::reference::max_margin::{Separability, separate};
use theoremcheck::theorem::{DataRun, OnData};

pub const ON_DATA: OnData = OnData {
    says: "Steepest descent in a norm on a table whose last column is the label, with steps of length \
           η (1 + 2t/N)^-0.6, beside the largest margin in that norm and the identity at every step.",
    options: &[
        DataOption {
            name: "norm",
            takes: Takes::Word(&["l2", "linf", "l1", "q"]),
            says: "Normalised gradient descent, sign descent, coordinate descent, or the norm √(w'Qw).",
        },
        DataOption {
            name: "q",
            takes: Takes::Numbers { sign: "Q11,Q12,.." },
            says: "Q of --norm q: its diagonal, or its upper triangle, row after row.",
        },
        POSITIVE,
        BIAS,
        STANDARDIZE,
        DataOption {
            name: "eta",
            takes: Takes::Number { sign: "E", range: (Excluded(0.0), Included(1e6)), default: None },
            says: "Length of the first step; step t has E (1 + 2t/N)^-0.6. [default: γ/B², B the largest dual norm of an example]",
        },
        DataOption {
            name: "steps",
            takes: Takes::Whole { sign: "N", from: 2, to: 10_000_000, default: Some(20_000) },
            says: "How many steps.",
        },
        DataOption {
            name: "start",
            takes: Takes::Numbers { sign: "V1,V2,.." },
            says: "w at the start, one number a feature, that of --bias last. [default: 0]",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

/// Margins of longer points are not computed with.
const LONGEST: f64 = 1e6;

/// The norm that the options ask for.
fn norm_of(options: &Options, dim: usize) -> Result<Norm> {
    let word = options.word("norm");
    let entries = options.numbers("q");
    if word != "q" {
        if entries.is_some() {
            return Err(Error::input(format!("--q makes no sense with --norm {word}; it is the matrix of --norm q")));
        }
        return Ok(match word {
            "l1" => Norm::L1,
            "l2" => Norm::L2,
            _ => Norm::LInf,
        });
    }
    let triangle = dim * (dim + 1) / 2;
    let entries = entries.ok_or_else(|| Error::input("--norm q: give the matrix by --q"))?;
    let mut q = vec![vec![0.0; dim]; dim];
    if entries.len() == dim {
        (0..dim).for_each(|i| q[i][i] = entries[i]);
    } else if entries.len() == triangle {
        let places = (0..dim).flat_map(|i| (i..dim).map(move |j| (i, j)));
        for ((i, j), &entry) in places.zip(&entries) {
            (q[i][j], q[j][i]) = (entry, entry);
        }
    } else {
        return Err(Error::input(format!(
            "--q: {} numbers; {dim} features need {dim} for a diagonal or {triangle} for the upper triangle",
            entries.len()
        )));
    }
    Cholesky::of(&q).map(Norm::Mahalanobis).ok_or_else(|| Error::input("--q: the matrix is not positive definite"))
}

/// Where the run is, for the figure.
struct Seen {
    sum: f64,
    parts: Parts,
}

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let points = labelled_points(table, options.text("positive").as_deref(), Preparation::of(options))?;
    let norm = norm_of(options, points.dim())?;
    refuse(table, &points, options)?;
    let reference = largest_margin(&points, &norm)?;
    let start = options.numbers("start").unwrap_or_else(|| vec![0.0; points.dim()]);
    if start.len() != points.dim() {
        return Err(Error::input(format!("--start: {} numbers for {} features", start.len(), points.dim())));
    }
    let margins = points.margins(&start);
    if let Some(n) = margins.iter().position(|margin| margin.abs() > LONGEST) {
        return Err(Error::input(format!(
            "--start gives the example of line {} the margin {:.1e}: margins from -{LONGEST:e} to {LONGEST:e} can be started from",
            table.lines[n], margins[n]
        )));
    }
    let radius = radius(&points, &norm);
    let bearable = reference.gamma / (radius * radius);
    let eta = options.number("eta").unwrap_or(bearable);
    let steps = options.whole("steps").expect("has a default") as usize;
    let watch = Watch { name: "the run", points: &points, norm: &norm, reference: &reference };
    let mut seen: Vec<Seen> = Vec::new();
    let decaying = |t: usize| eta * pow(1.0 + 2.0 * t as f64 / steps as f64, -0.6);
    let mut taken = 0;
    let race = race_from(&watch, start.clone(), steps, decaying, |sum, parts| {
        taken += 1;
        if taken % 1000 == 0 {
            options.tell(|| format!("step {taken} of {steps}"));
        }
        let next = seen.last().map_or(0.0, |at: &Seen| 1.15 * at.sum);
        if options.wants_figure() && sum >= next {
            seen.push(Seen { sum, parts: parts.clone() });
        }
    });
    let last = parts(&points, &norm, &reference, &race.end.w);
    options.draw(|| bands(&seen));
    let mut warnings = Vec::new();
    if 0.5 * eta > bearable {
        warnings.push(format!("--eta {eta}: above 2γ/B² = {:.3e}, from where on g need not rise", 2.0 * bearable));
    }
    let reached = reference.gamma * race.end.sum;
    if reached < ln(points.count() as f64) {
        warnings.push(format!(
            "γ Σ η is {reached:.2e} after {steps} steps, where log N = {:.2} is needed from w = 0 for g to be positive for certain: more \
             --steps or a larger --eta take w further",
            ln(points.count() as f64)
        ));
    }
    let mut identity = Claims::default();
    identity_of("every step", &race.worst, &points, &mut identity);
    let mut bound = Claims::default();
    bound_on_g(&race, &mut bound);
    let margin = points.least_margin(&race.end.w) / norm.length(&race.end.w);
    let mut certified = Claims::default();
    certified.at_most(
        "margin of the run, against the largest",
        margin,
        reference.upper,
        Slack::rounding(4.0 * (points.dim() + 2) as f64, radius),
    );
    let (excess, why) = match predicted_excess(&points, &norm, &reference, &start) {
        Ok(excess) => (Some(excess), Map::new()),
        Err(why) => (None, Map::from_iter([("excess".to_string(), json!(why))])),
    };
    Ok(DataRun {
        warnings,
        hypotheses: vec![],
        reference: json!({
            "norm": norm.name(),
            "gamma": reference.gamma,
            "p": reference.p,
            "w_hat": reference.w,
            "gap": reference.upper - reference.lower,
        }),
        predicted: json!({
            "excess": excess,
            "offsets": excess.map(|_| offsets(&reference.p)),
            "detail": Value::Object(why),
        }),
        measured: json!({
            "w": race.end.w,
            "g": last.g,
            "margin": margin,
            "tau": race.end.sum,
            "excess": last.excess,
            "entropy": last.entropy,
            "divergence": last.divergence,
            "D": last.distance / reference.gamma,
            "offsets": measured_offsets(&points, &reference.p, &race.end.w),
        }),
        steps: vec![("certified-margins", certified), ("identity", identity), ("normalised-steps", bound)],
        reach: None,
    })
}

/// What no w separates, or what cannot be computed with.
fn refuse(table: &Table, points: &Points, options: &Options) -> Result<()> {
    let source = &table.source;
    if let Some(n) = points.rows().position(|x| euclidean(x) > LONGEST) {
        return Err(Error::input(format!(
            "{source}: the example of line {} is longer than {LONGEST:e}; rescale the features, as --standardize does",
            table.lines[n]
        )));
    }
    match separate(points)? {
        Separability::Separable(_) => Ok(()),
        Separability::Inseparable { .. } => Err(Preparation::of(options).inseparable(source, "no w separates them")),
    }
}

/// The support, and what x_n·w of its first point has above that of each: [n, log(p_n/p_first)].
fn offsets(p: &[f64]) -> Vec<(usize, f64)> {
    let support: Vec<usize> = (0..p.len()).filter(|&n| p[n] > WEIGHTLESS).collect();
    support.iter().map(|&n| (n + 1, ln(p[n] / p[support[0]]))).collect()
}

fn measured_offsets(points: &Points, p: &[f64], w: &[f64]) -> Vec<(usize, f64)> {
    let predicted = offsets(p);
    let margin = |n: usize| dot(points.row(n - 1), w);
    predicted.iter().map(|(n, _)| (*n, margin(predicted[0].0) - margin(*n))).collect()
}

/// A weight that is a rounding of 0, or that the solver has left.
pub const WEIGHTLESS: f64 = 1e-9;

/// H + γ D, if what the start leaves of D is known.
fn predicted_excess(
    points: &Points,
    norm: &Norm,
    reference: &LargestMargin,
    start: &[f64],
) -> std::result::Result<f64, &'static str> {
    let LargestMargin { w, p, z, gamma, .. } = reference;
    let entropy = entropy(p);
    let at = |i: usize| points.rows().map(move |x| x[i]);
    let frozen = |is: &dyn Fn(f64) -> bool| -> Vec<usize> { (0..w.len()).filter(|&i| is(w[i])).collect() };
    let several = Err("p or ŵ is not unique: the start, or the largest entropy, decides");
    let support: Vec<usize> = (0..p.len()).filter(|&n| p[n] > WEIGHTLESS).collect();
    match norm {
        Norm::Spectral(_) => Err("of matrices"),
        Norm::L2 | Norm::Mahalanobis(_) if !independent(points, &tight(points, reference)) => several,
        Norm::L2 | Norm::Mahalanobis(_) => Ok(entropy),
        Norm::L1 => {
            let unused = frozen(&|w| w.abs() < WEIGHTLESS);
            if support.len() != w.len() - unused.len() {
                return several;
            }
            if unused.iter().any(|&i| at(i).any(|x| x.abs() >= *gamma)) {
                return Err(
                    "a feature that the separator does not use has entries of γ or more: it may move for a while, \
                            and then D is not known beforehand",
                );
            }
            Ok(entropy + unused.iter().map(|&i| gamma * start[i].abs() - z[i] * start[i]).sum::<f64>())
        }
        Norm::LInf => {
            let bound = frozen(&|w| w.abs() > 1.0 - WEIGHTLESS);
            if support.len() != w.len() - bound.len() + 1 {
                return several;
            }
            if bound.len() > 1 && bound.iter().any(|&i| at(i).any(|x| x * w[i] <= 0.0)) {
                return Err(
                    "a feature at the bound has entries of both signs: it may go back for a while, and then D is not \
                            known beforehand",
                );
            }
            let ahead = bound.iter().map(|&i| w[i].signum() * start[i]).fold(f64::NEG_INFINITY, f64::max);
            let behind = |&i: &usize| z[i].abs() * (ahead - w[i].signum() * start[i]);
            Ok(entropy + bound.iter().map(behind).sum::<f64>())
        }
    }
}

/// The points whose margin is the least one, up to what is a rounding of it. A solver may have found weights of some of them alone.
pub fn tight(points: &Points, LargestMargin { w, gamma, .. }: &LargestMargin) -> Vec<usize> {
    let margins = points.margins(w);
    (0..margins.len()).filter(|&n| margins[n] <= (1.0 + WEIGHTLESS) * gamma).collect()
}

/// Whether no combination of weights of sum 0 of these points is 0: the rows (x_n, 1) are independent, up to rounding.
pub fn independent(points: &Points, support: &[usize]) -> bool {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    support.iter().all(|&n| {
        let row: Vec<f64> = points.row(n).iter().copied().chain([points.radius()]).collect();
        let across = basis.iter().fold(row.clone(), |across, unit| reject(&across, unit));
        let length = euclidean(&across);
        basis.push(across.iter().map(|a| a / length).collect());
        length > 1e-9 * euclidean(&row)
    })
}

/// γ‖w‖ - g and what it is made of, one part on the other.
fn bands(seen: &[Seen]) -> Drawing {
    let curve = |name: &str, look, number: &dyn Fn(&Parts) -> f64| Series {
        name: name.to_string(),
        look,
        points: seen.iter().map(|at| [at.sum, number(&at.parts)]).collect(),
    };
    let series = vec![
        curve("γ‖w‖ - g", Look::Path, &|at| at.excess),
        curve("H + γ D", Look::Predicted, &|at| at.entropy + at.distance),
        curve("H", Look::Bound, &|at| at.entropy),
    ];
    let legend = [("γ‖w‖ - g", Look::Path), ("H + γ D", Look::Predicted), ("H", Look::Bound)];
    Drawing {
        title: "What γ‖w‖ - g is made of",
        says: "γ‖w‖ - g along the run, against the sum of its steps; H + γ D, above which it is by KL; and H.",
        plot: Plot {
            panels: vec![Panel::fitted(("Σ η", Scale::Log), ("γ‖w‖ - g", Scale::Linear), series, &legend)]
        },
    }
}
