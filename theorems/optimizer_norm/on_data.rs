//! `run optimizer-norm`: an optimiser of the reader's choice on the reader's own table of several classes, beside the largest margins in
//! four norms.

use std::ops::Bound::{Excluded, Included};

use serde_json::{Map, Value, json};

use super::optimizers::{Judge, Optimizer, Rule, run as descend};
use crate::steepest_descent::descent::radius;
use crate::steepest_descent::identity::{Parts, entropy, identity_of};
use crate::steepest_descent::largest_margin::{LargestMargin, largest_margin};
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::on_data::{independent, tight};
use crate::steepest_descent::singular::{Shape, singular_values};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::labelled::{BIAS, Preparation, STANDARDIZE};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{ln, pow};
use theoremcheck::reference::max_margin::{Separability, separate};
use theoremcheck::theorem::{DataRun, OnData};

pub const ON_DATA: OnData = OnData {
    says: "An optimiser, full batch and from 0, on a table whose last column is the class, with the exponential loss over pairs of an example and another \
           class, beside the largest margins in the Frobenius, l_inf, l1 and spectral norm.",
    options: &[
        DataOption {
            name: "optimizer",
            takes: Takes::Word(&["muon", "gd", "normalized", "sign", "adam", "coordinate"]),
            says: "Muon with the exact polar factor, gradient descent with constant steps, normalised gradient descent, sign descent, Adam with eps = 0 and \
                   steps E/t^(1/2), or coordinate descent.",
        },
        DataOption {
            name: "momentum",
            takes: Takes::Number { sign: "B", range: (Included(0.0), Excluded(1.0)), default: None },
            says: "The mean of the past gradients with weights (1 - B) B^j in the place of the gradient. [default: 0, with adam 0.9]",
        },
        DataOption {
            name: "newton-schulz",
            takes: Takes::Nothing,
            says: "With muon: five Newton-Schulz steps in the place of the polar factor, eps = 0.",
        },
        BIAS,
        STANDARDIZE,
        DataOption {
            name: "eta",
            takes: Takes::Number { sign: "E", range: (Excluded(0.0), Included(1e6)), default: None },
            says: "Length of the first step; step t has E (1 + 2t/N)^-0.6, with gd E at all t, with adam E/(1 + t)^(1/2), t from 0. [default: γ/B² in the optimiser's norm, with gd 1/(B² L) at the start, with adam 0.1/γ]",
        },
        DataOption {
            name: "steps",
            takes: Takes::Whole { sign: "N", from: 2, to: 10_000_000, default: Some(20_000) },
            says: "How many steps.",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

/// β_2 of Adam.
const BETA_2: f64 = 0.999;

/// The optimiser that the options ask for, and which of the norms it is judged in.
fn optimizer_of(options: &Options, shape: Shape) -> Result<(Optimizer, usize)> {
    let word = options.word("optimizer");
    if options.switch("newton-schulz") && word != "muon" {
        return Err(Error::input(format!("--newton-schulz makes no sense with --optimizer {word}; it is Muon's")));
    }
    let (rule, norm, default) = match word {
        "gd" => (Rule::Gradient, 0, 0.0),
        "normalized" => (Rule::Steepest(Norm::L2), 0, 0.0),
        "sign" => (Rule::Steepest(Norm::LInf), 1, 0.0),
        "adam" => (Rule::Adam { beta2: BETA_2, eps: 0.0 }, 1, 0.9),
        "coordinate" => (Rule::Steepest(Norm::L1), 2, 0.0),
        _ if options.switch("newton-schulz") => (Rule::NewtonSchulz { shape, eps: 0.0 }, 3, 0.0),
        _ => (Rule::Steepest(Norm::Spectral(shape)), 3, 0.0),
    };
    Ok((Optimizer { name: word, rule, beta: options.number("momentum").unwrap_or(default) }, norm))
}

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let source = &table.source;
    let classes = Classes::of_table(table, Preparation::of(options))?;
    let shape = Shape { rows: classes.classes(), cols: classes.examples.dim() };
    let points = classes.pair_points();
    let (optimizer, which) = optimizer_of(options, shape)?;
    if let Separability::Inseparable { weights, residual } = separate(&points)? {
        let used = weights.iter().filter(|a| **a > 0.0).count();
        return Err(Error::input(format!(
            "{source}: no W separates the classes: weights on {used} of the {} pairs of an example and another class make Σ a_n A_n = 0 \
             (computed: {residual:.1e}), so that γ = 0 in every norm; --bias adds the constant that may be missing",
            points.count()
        )));
    }
    let norms = [Norm::L2, Norm::LInf, Norm::L1, Norm::Spectral(shape)];
    let (norm, reference) = (&norms[which], &largest_margin(&points, &norms[which])?);
    let mut warnings = Vec::new();
    let mut beside = |norm: &Norm| {
        largest_margin(&points, norm)
            .map_err(|error| warnings.push(format!("{error}; the run is not judged in it")))
            .ok()
    };
    let references: Vec<Option<LargestMargin>> =
        (0..norms.len()).map(|k| if k == which { Some(reference.clone()) } else { beside(&norms[k]) }).collect();
    let radius = radius(&points, norm);
    let steps = options.whole("steps").expect("has a default") as usize;
    let default = match optimizer.rule {
        Rule::Gradient => 1.0 / (points.count() as f64 * radius * radius),
        Rule::Adam { .. } => 0.1 / reference.gamma,
        _ => reference.gamma / (radius * radius),
    };
    let eta = options.number("eta").unwrap_or(default);
    let (constant, root) = (matches!(optimizer.rule, Rule::Gradient), matches!(optimizer.rule, Rule::Adam { .. }));
    let schedule = |t: usize| match (constant, root) {
        (true, _) => eta,
        (_, true) => eta / (1.0 + t as f64).sqrt(),
        _ => eta * pow(1.0 + 2.0 * t as f64 / steps as f64, -0.6),
    };
    let judge = Judge { points: &points, norm, reference };
    let margin = |k: usize, w: &[f64]| points.least_margin(w) / norms[k].length(w);
    let ratio = |k: usize, w: &[f64]| Some(margin(k, w) / references[k].as_ref()?.gamma);
    let (mut seen, mut next, mut taken) = (Vec::new(), 1.0, 0.0);
    let run = descend(&judge, optimizer, vec![0.0; points.dim()], &[steps], schedule, |_, state| {
        taken += 1.0;
        if taken % 1000.0 == 0.0 {
            options.tell(|| format!("step {taken} of {steps}"));
        }
        if options.wants_figure() && taken >= next {
            let ratios: Vec<Option<f64>> = (0..norms.len()).map(|k| ratio(k, &state.w)).collect();
            seen.push((taken, ratios));
            next = 1.2 * taken;
        }
    });
    options.draw(|| margins(&seen));
    let end = run.end();
    if !end.g.is_finite() {
        return Err(Error::numerical("W has left the range of double precision; a smaller --eta may help"));
    }
    let names = ["frobenius", "linf", "l1", "spectral"];
    let by_name = |of: &dyn Fn(usize) -> Value| {
        Value::Object(names.iter().enumerate().map(|(k, n)| (n.to_string(), of(k))).collect())
    };
    let Parts { excess, divergence, distance, .. } = judge.parts(&end.w);
    let mut certified = Claims::default();
    for (k, reference) in references.iter().enumerate() {
        let Some(reference) = reference else { continue };
        certified.at_most(
            format!("margin of the run in {}, against the largest", norms[k].name()),
            margin(k, &end.w),
            reference.upper,
            Slack::rounding(16.0 * (points.dim() + 2) as f64, points.radius()),
        );
    }
    if let Some(blunt) = certified.iter().find(|claim| claim.is_blunt()) {
        return Err(Error::numerical(format!(
            "these data are too ill-conditioned for double precision: '{}' would have a slack of {:.0e}; features of one size and \
             near their mean, such as --standardize with --bias makes, may help",
            blunt.what,
            blunt.slack.total()
        )));
    }
    let mut steps_of_run = vec![("spectral-certificate", certified)];
    if which == 3 {
        let mut identity = Claims::default();
        identity_of("every step", &run.worst, &points, &mut identity);
        steps_of_run.push(("muon-identity", identity));
    }
    let (predicted, why) = prediction(&points, &run.optimizer, eta, reference);
    if end.g < ln(points.count() as f64) {
        warnings.push(format!("g is {:.2} after {steps} steps, still small against log N = {:.2}: more --steps or a larger --eta take W further", end.g, ln(points.count() as f64)));
    }
    Ok(DataRun {
        warnings,
        hypotheses: vec![],
        reference: by_name(&|k| {
            references[k]
                .as_ref()
                .map_or(Value::Null, |r| json!({ "gamma": r.gamma, "gap": r.upper - r.lower, "W": r.w }))
        }),
        predicted: json!({ "norm": names[which], "gamma": reference.gamma, "excess": predicted, "detail": Value::Object(why) }),
        measured: json!({
            "W": end.w,
            "g": end.g,
            "margin": by_name(&|k| json!(margin(k, &end.w))),
            "ratio": by_name(&|k| json!(ratio(k, &end.w))),
            "excess": excess,
            "entropy": entropy(&reference.p),
            "divergence": divergence,
            "D": distance / reference.gamma,
            "singular_values": singular_values(shape, &end.w),
        }),
        steps: steps_of_run,
        reach: None,
    })
}

/// H, where the ball is round; else what is in the way.
fn prediction(
    points: &Points,
    optimizer: &Optimizer,
    eta: f64,
    reference: &LargestMargin,
) -> (Option<f64>, Map<String, Value>) {
    let why = match &optimizer.rule {
        Rule::NewtonSchulz { .. } => {
            "the polynomial has an end of its own, which need not be the largest spectral margin"
        }
        Rule::Adam { .. } => "what the first steps of Adam leave of D is not known beforehand",
        Rule::Steepest(_) if optimizer.beta > 0.0 && eta > ln(1.0 / optimizer.beta) / reference.gamma => {
            "η is above log(1/β)/γ, where momentum may freeze another direction"
        }
        Rule::Gradient | Rule::Steepest(Norm::L2) if !independent(points, &tight(points, reference)) => {
            "the weights p are not unique: q may tend to others"
        }
        Rule::Gradient | Rule::Steepest(Norm::L2) => return (Some(entropy(&reference.p)), Map::new()),
        Rule::Steepest(_) => "D depends on the shape of the unit ball at the separator and on the way: see the chapter",
    };
    (None, Map::from_iter([("excess".to_string(), json!(why))]))
}

/// The margins in the four norms, over the largest.
fn margins(seen: &[(f64, Vec<Option<f64>>)]) -> Drawing {
    let curve = |k: usize, name: &str, look| Series {
        name: name.to_string(),
        look,
        points: seen.iter().filter_map(|(t, ratios)| Some([*t, ratios[k].filter(|ratio| *ratio > 0.0)?])).collect(),
    };
    let series = vec![
        curve(3, "spectral", Look::Path),
        curve(0, "Frobenius", Look::Predicted),
        curve(1, "l_inf", Look::Bound),
        curve(2, "l1", Look::Measured),
    ];
    let legend =
        [("spectral", Look::Path), ("Frobenius", Look::Predicted), ("l_inf", Look::Bound), ("l1", Look::Measured)];
    Drawing {
        title: "The margin in four norms",
        says: "The margin of the run in the spectral, Frobenius, l_inf and l1 norm over the largest in each, against the number of steps.",
        plot: Plot {
            panels: vec![Panel::fitted(
                ("steps", Scale::Log),
                ("margin over the largest", Scale::Linear),
                series,
                &legend,
            )],
        },
    }
}
