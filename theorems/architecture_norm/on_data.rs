//! `run architecture-norm`: a linear network of the reader's choice on the reader's own table, and the largest margin in
//! its norm.

use std::ops::Bound::{Excluded, Included};

use serde_json::{Map, Value, json};

use super::largest_margin::{LargestMargin, largest_margin, rounding};
use super::norm::length;
use super::product::{Product, Rule};
use super::two_points::end_to_end;
use theoremcheck::claim::Claims;
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, log_inverse_loss};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::labelled::{BIAS, POSITIVE, Preparation, STANDARDIZE, labelled_points};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{ln, norm, pow};
use theoremcheck::reference::max_margin::{MaxMargin, Separability, separate};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{DataRun, OnData};

pub const ON_DATA: OnData = OnData {
    says: "A linear network on a table whose last column is the label, followed under the exponential loss from a drawn start \
           until the loss is e^-G, beside the largest margin in the norm that its architecture chooses.",
    options: &[
        DataOption {
            name: "architecture",
            takes: Takes::Word(&["diagonal", "deep-linear", "convolution"]),
            says: "Layers multiplied entry by entry, matrices, or circular convolutions.",
        },
        POSITIVE,
        BIAS,
        STANDARDIZE,
        DataOption {
            name: "depth",
            takes: Takes::Whole { sign: "N", from: 2, to: 8, default: Some(2) },
            says: "Layers.",
        },
        DataOption {
            name: "seed",
            takes: Takes::Whole { sign: "N", from: 0, to: u64::MAX, default: Some(0) },
            says: "Which start is drawn.",
        },
        DataOption {
            name: "log-inverse-loss",
            takes: Takes::Number { sign: "G", range: (Excluded(0.0), Included(1e5)), default: Some(1000.0) },
            says: "Follow the flow to a loss of e^-G.",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

/// Margins of longer points are not computed with.
const LONGEST: f64 = 1e6;
/// A step of the stiff method costs the cube of it.
const MOST_PARAMETERS: usize = 250;
/// So many looks at the gradient, some seconds' worth for a small table; fewer where many parameters make them dear.
fn budget(parameters: usize) -> usize {
    400_000.min(1_000_000_000 / parameters.pow(2))
}

/// Looks on the way.
const STOPS: i32 = 16;
/// Rows of the hidden matrices: more than any rank that the flow needs.
const WIDTH: usize = 3;

/// Where the flow is at a loss of e^-g: the predictor and g.
struct Seen {
    w: Vec<f64>,
    g: f64,
}

type Norm = Box<dyn Fn(&[f64]) -> f64>;

/// The norm of an architecture, and the largest margin in it, or why it is not known.
struct Reference {
    name: String,
    of: Norm,
    best: std::result::Result<LargestMargin, &'static str>,
}

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let points = labelled_points(table, options.text("positive").as_deref(), Preparation::of(options))?;
    let depth = options.whole("depth").expect("has a default") as usize;
    let rule = match options.word("architecture") {
        "deep-linear" => None,
        "diagonal" => Some(Rule::Entries),
        "convolution" => Some(Rule::Convolution),
        other => unreachable!("no architecture is called {other}"),
    };
    let parameters = match rule {
        None => WIDTH * (points.dim() + 1) + WIDTH * WIDTH * (depth - 2),
        Some(_) => depth * points.dim(),
    };
    let source = &table.source;
    let l2 = refuse(source, &points, parameters, options)?;
    let (path, reference) = match rule {
        None => matrices(source, &points, l2, depth, options)?,
        Some(rule) => vectors(source, &points, rule, depth, options)?,
    };
    options.draw(|| margins(&points, &path, &reference));
    let end = path.last().expect("sixteen stops");
    let size = (reference.of)(&end.w);
    let margin = points.least_margin(&end.w) / size;
    let mut claims = Claims::default();
    let best = reference.best.as_ref();
    if let Ok(best) = best {
        // The upper bound holds of every direction.
        let rounding = rounding(&points, &end.w, size);
        claims.at_most("margin of the network, against the largest", margin, best.upper, rounding);
    }
    let unknown = best.err().copied();
    let why = |keys: &[&str]| -> Value {
        unknown.map(|why| keys.iter().map(|key| (key.to_string(), json!(why))).collect::<Map<_, _>>()).into()
    };
    let best = best.ok();
    let gamma = best.map(|best| best.lower);
    let entropy = |p: &[f64]| -> f64 { p.iter().filter(|p| **p > 0.0).map(|p| -p * ln(*p)).sum() };
    Ok(DataRun {
        reach: None,
        warnings: vec![],
        hypotheses: vec![],
        reference: json!({
            "norm": reference.name,
            "gamma": gamma,
            "certificate_gap": best.map(|best| best.upper - best.lower),
            "w": best.map(|best| &best.w),
            "detail": why(&["gamma", "certificate_gap", "w"]),
        }),
        predicted: json!({
            "margin": gamma,
            "entropy": best.map(|best| entropy(&best.p)),
            "detail": why(&["margin", "entropy"]),
        }),
        measured: json!({
            "w": end.w,
            "log_inverse_loss": end.g,
            "norm": size,
            "margin": margin,
            "offset": gamma.map(|gamma| gamma * size - end.g),
            "detail": why(&["offset"]),
        }),
        steps: if unknown.is_some() { vec![] } else { vec![("certified-margins", claims)] },
    })
}

/// What no linear network fits, or what takes too long.
fn refuse(source: &str, points: &Points, parameters: usize, options: &Options) -> Result<MaxMargin> {
    if points.radius() > LONGEST {
        return Err(Error::input(format!("{source}: a point is longer than {LONGEST:e}; rescale the features")));
    }
    if parameters > MOST_PARAMETERS {
        return Err(Error::input(format!(
            "{source}: {} features make a network of {parameters} parameters; the flow is followed for up to \
             {MOST_PARAMETERS}: use fewer features or a smaller --depth",
            points.dim()
        )));
    }
    match separate(points)? {
        Separability::Separable(l2) => Ok(l2),
        Separability::Inseparable { .. } => {
            Err(Preparation::of(options).inseparable(source, "no linear network fits them"))
        }
    }
}

/// The flow from a drawn start to the loss that is asked for, looked at on its way.
fn follow<M: Margins>(
    source: &str,
    network: &M,
    predictor: impl Fn(&[f64]) -> Vec<f64>,
    options: &Options,
) -> Result<Vec<Seen>> {
    let seed = Seed(options.whole("seed").expect("has a default"));
    let mut stream = seed.stream("architecture-norm", "start on data");
    let start: Vec<f64> = stream.normals(network.parameters()).iter().map(|x| 0.5 * x).collect();
    let end = options.number("log-inverse-loss").expect("has a default");
    let margins = network.margins(&start);
    let began = log_inverse_loss(Loss::Exponential, &margins);
    if margins.iter().any(|q| *q < -700.0) {
        return Err(Error::input(format!(
            "{source}: the loss at the drawn start is too large for a double; rescale the features, or use a smaller --depth"
        )));
    }
    if began >= end {
        return Err(Error::input(format!(
            "--log-inverse-loss {end}: the loss at the start is e^-{began:.3} already; ask for more, or rescale the features"
        )));
    }
    let stops: Vec<f64> = (1..=STOPS).map(|k| began + (end - began) * pow(0.5, f64::from(STOPS - k))).collect();
    let budget = budget(network.parameters());
    let clock = LossClock { method: Method::Stiff, budget, ..LossClock::new(network) };
    let path = clock.follow_until(&start, &stops, Tolerance::new(1e-9, 1e-9)).map_err(|stopped| {
        Error::numerical(format!(
            "{source}: the loss clock stops at log 1/L = {:.6}, short of {end}: the gradient is too small there for steps in \
             double precision, or {budget} looks at it are not enough; use features of a size near 1, as --standardize with --bias makes, or \
             a smaller --depth, or ask for less with --log-inverse-loss",
            stopped.g
        ))
    })?;
    Ok(path.iter().map(|at| Seen { w: predictor(&at.theta), g: at.g }).collect())
}

/// By how much the margin falls short of the largest, along the run, or the margin itself where the largest is not known;
/// from where all points are fitted.
fn margins(points: &Points, path: &[Seen], reference: &Reference) -> Drawing {
    let margin = |at: &Seen| points.least_margin(&at.w) / (reference.of)(&at.w);
    let (title, label, scale, value): (_, _, _, &dyn Fn(f64) -> f64) = match &reference.best {
        Ok(best) => ("How far the margin is from the largest", "1 - margin/γ", Scale::Log, &|m| 1.0 - m / best.lower),
        Err(_) => ("The margin of this run", "margin", Scale::Linear, &|m| m),
    };
    let fitted = path.iter().filter(|at| margin(at) > 0.0);
    let points = fitted.map(|at| [at.g, value(margin(at))]).collect();
    let series = vec![Series { name: label.to_string(), look: Look::Path, points }];
    Drawing {
        title,
        says: "The least margin over the norm of w that the architecture chooses, or what it lacks of the largest where that is \
               certified, as a share of it, against log 1/L.",
        plot: Plot { panels: vec![Panel::fitted(("log 1/L", Scale::Log), (label, scale), series, &[])] },
    }
}

fn matrices(
    source: &str,
    points: &Points,
    l2: MaxMargin,
    depth: usize,
    options: &Options,
) -> Result<(Vec<Seen>, Reference)> {
    let network = Network {
        architecture: Architecture::Linear { hidden: vec![WIDTH; depth - 1] },
        points: points.clone(),
        labels: vec![1.0; points.count()],
    };
    let path = follow(source, &network, |theta| end_to_end(&network, theta), options)?;
    let total: f64 = l2.alpha.iter().sum();
    let best = LargestMargin {
        p: l2.alpha.iter().map(|a| a / total).collect(),
        w: l2.w_hat,
        lower: l2.certificate.lower,
        upper: l2.certificate.upper,
    };
    Ok((path, Reference { name: "|w|".to_string(), of: Box::new(norm), best: Ok(best) }))
}

fn vectors(
    source: &str,
    points: &Points,
    rule: Rule,
    depth: usize,
    options: &Options,
) -> Result<(Vec<Seen>, Reference)> {
    let network = Product { points: points.clone(), rule, depth };
    let path = follow(source, &network, |theta| network.predictor(theta), options)?;
    let coefficients = rule.coefficients(points.dim());
    // Of one coefficient it is |w| at every depth.
    let best = if depth == 2 || points.dim() == 1 {
        Ok(largest_margin(points, &coefficients)?)
    } else {
        Err(
            "from three layers on the norm is none: its unit ball is not convex, and nothing certifies a largest margin",
        )
    };
    let size = match rule {
        Rule::Entries => "|w_i|",
        Rule::Convolution => "|ŵ_k|",
    };
    let mean = if rule == Rule::Convolution { "/d" } else { "" };
    let name = match depth {
        2 => format!("Σ {size}{mean}"),
        depth => format!("(Σ {size}^(2/{depth}){mean})^({depth}/2)"),
    };
    let of = Box::new(move |w: &[f64]| length(&coefficients, depth as f64, w));
    Ok((path, Reference { name, of, best }))
}
