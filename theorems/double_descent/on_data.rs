//! `run double-descent`: the risk at the reader's n, p, |β|² and σ².

use std::ops::Bound::Included;

use serde_json::{Value, json};

use super::draws::{Draw, FAMILY, Model};
use super::formulas::{excess_risk, excess_variance};
use super::risk::has_mean_claim;
use theoremcheck::claim::{Claims, SHARPNESS, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::table::{Cells, Table};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{DataRun, Finding, OnData, Reach};

pub const ON_DATA: OnData = OnData {
    says: "The mean excess risk of the shortest least-squares solution on N examples with P independent standard Gaussian features, \
           simulated, beside the formula.",
    options: &[
        DataOption {
            name: "n",
            takes: Takes::Whole { sign: "N", from: 1, to: LARGEST, default: Some(100) },
            says: "Examples.",
        },
        DataOption {
            name: "p",
            takes: Takes::Whole { sign: "P", from: 1, to: LARGEST, default: Some(200) },
            says: "Features.",
        },
        DataOption {
            name: "signal",
            takes: Takes::Number { sign: "B2", range: (Included(0.0), Included(1e100)), default: Some(1.0) },
            says: "|β|², the squared length of the true weights.",
        },
        DataOption {
            name: "noise",
            takes: Takes::Number { sign: "S2", range: (Included(0.0), Included(1e100)), default: Some(1.0) },
            says: "σ², the variance of the noise.",
        },
        DataOption {
            name: "trials",
            takes: Takes::Whole { sign: "T", from: 1, to: 1_000_000_000, default: Some(100) },
            says: "Draws.",
        },
    ],
    cells: Cells::NoTable,
    run,
};

/// Neither n nor p may be larger, nor may X have more entries than `MOST_ENTRIES`, which fit into some gigabyte with their
/// factorisation.
const LARGEST: u64 = 10_000_000;
const MOST_ENTRIES: u64 = 20_000_000;

fn run(_: &Table, options: &Options) -> Result<DataRun> {
    let whole = |name| options.whole(name).expect("has a default");
    let (n, p, trials) = (whole("n"), whole("p"), whole("trials"));
    if n * p > MOST_ENTRIES {
        return Err(Error::input(format!(
            "--n {n} --p {p}: {n} times {p} numbers do not fit into memory; n p may be {MOST_ENTRIES} at the most"
        )));
    }
    let number = |name| options.number(name).expect("has a default");
    let (n, p) = (n as usize, p as usize);
    let model = Model::gaussian(n, number("signal"), number("noise"));
    let (mut sum, mut means) = (0.0, Vec::new());
    for k in 0..trials {
        sum += Draw::of(model, p, Seed(0), "run", k as usize).excesses(&[p])[0];
        if options.wants_figure() {
            means.push([(k + 1) as f64, sum / (k + 1) as f64]);
        }
    }
    let measured = sum / trials as f64;
    let (predicted, variance) = (excess_risk(&model, p), excess_variance(&model, p));
    let error = (variance / trials as f64).sqrt();
    let finite = |x: f64| Some(x).filter(|x| x.is_finite());
    options.draw(|| running_mean(means, finite(predicted)));
    let slack = Slack::sampling(1.0 - FAMILY, error);
    let share = slack.total() / (SHARPNESS * predicted);
    // The noise is drawn, so that its law has no more moments than there are with |n - p|; the bias is bounded.
    let normal = model.variance == 0.0 || has_mean_claim(n, p);
    let mut claims = Claims::default();
    if normal && variance > 0.0 && share <= 1.0 {
        claims.equal("mean excess risk", measured, predicted, slack);
    }
    let reach = (normal && share > 1.0 && share.is_finite()).then(|| Reach {
        says: format!(
            "{trials} draws are too few to compare the mean with the formula to one percent; more of them are enough"
        ),
        instead: vec![("trials", Some(format!("{}", (trials as f64 * share * share).ceil())))],
    });
    let apart = n.abs_diff(p);
    Ok(DataRun {
        warnings: vec![],
        hypotheses: vec![("gap", gap(apart, model.variance))],
        reference: json!({}),
        predicted: json!({
            "excess_risk": finite(predicted),
            "detail": if predicted.is_finite() { Value::Null } else { json!({ "excess_risk": "infinite" }) },
        }),
        measured: json!({
            "excess_risk": measured,
            "standard_error": finite(error),
            "detail": if error.is_finite() {
                Value::Null
            } else {
                json!({ "standard_error": format!("the variance is infinite, as |p - n| = {apart} is below 4") })
            },
        }),
        steps: if claims.iter().next().is_some() {
            vec![(if p < n { "risk-below" } else { "risk-above" }, claims)]
        } else {
            vec![]
        },
        reach,
    })
}

/// Whether the mean is finite.
pub(super) fn gap(apart: usize, variance: f64) -> Finding {
    Finding {
        holds: apart >= 2 || variance == 0.0,
        detail: match (apart, variance > 0.0) {
            (_, false) => "no noise: the risk is bounded at every p".to_string(),
            (0 | 1, true) => format!("|p - n| = {apart} is below 2, and there is noise: the mean risk is infinite"),
            (_, true) => format!("|p - n| = {apart} is at least 2"),
        },
    }
}

fn running_mean(means: Vec<[f64; 2]>, predicted: Option<f64>) -> Drawing {
    let last = means.last().map_or(1.0, |last| last[0]);
    let formula = predicted.iter().flat_map(|risk| [[1.0, *risk], [last, *risk]]).collect();
    let series = vec![
        Series { name: "formula".to_string(), look: Look::Predicted, points: formula },
        Series { name: "simulated".to_string(), look: Look::Path, points: means },
    ];
    let legend = [("simulated", Look::Path), ("formula", Look::Predicted)];
    Drawing {
        title: "The mean excess risk of the draws so far",
        says: "The mean of the excess risk over the first draws, against their number, and as a line the formula, if the mean is finite.",
        plot: Plot {
            panels: vec![Panel::fitted(("draws", Scale::Log), ("mean excess risk", Scale::Log), series, &legend)],
        },
    }
}
