//! The pictures of the theorem.

use super::draws::{Draw, Model};
use super::formulas::{excess_risk, outside};
use super::ridge::mean_of_tuned_ridge;
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::real::pow;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "curve",
        title: "The shortest solution is worst at as many features as examples",
        says: "The excess risk of X⁺y on 100 examples against the number of features, |β|² = 4, σ² = 1: as dots the mean of 100 draws, as \
               dashed upright lines the middle eight of ten draws, as a line the formula. It grows to infinity at p = 100 and comes down \
               again; its least value on the right stays above what few features have.",
        draw: curve,
    },
    Figure {
        id: "parts",
        title: "The peak is variance, and the tuned ridge has none",
        says: "The formula of the figure before in its parts, the bias and the variance of X⁺y, and as dots the mean over 20 draws of the \
               risk of ridge regression with the best λ, averaged over noise and β: it grows with p and passes p = 100 without a trace.",
        draw: parts,
    },
];

/// A hundred examples, and a signal above the noise.
const MODEL: Model = Model::gaussian(100, 4.0, 1.0);

/// Thirty values of p from 10 to 1000, in equal ratios.
fn sizes() -> Vec<usize> {
    (0..30).map(|k| (10.0 * pow(100.0, f64::from(k) / 29.0)).round() as usize).collect()
}

/// Of each draw the excess risk at every size: one factorisation for all of them.
pub(super) fn draws(lab: &Lab, count: usize) -> Vec<Vec<f64>> {
    let sizes = sizes();
    let largest = sizes[sizes.len() - 1];
    (0..count).map(|k| Draw::of(MODEL, largest, lab.seed(), "figure", k).excesses(&sizes)).collect()
}

/// A formula on both sides of its pole at p = n, from where to where it is drawn.
pub(super) fn branches(name: &str, n: usize, [from, to]: [usize; 2], of: impl Fn(usize) -> f64) -> [Series; 2] {
    let series = |from: usize, to: usize| Series {
        name: name.to_string(),
        look: Look::Predicted,
        points: (from..=to).map(|p| [p as f64, of(p)]).collect(),
    };
    [series(from, n - 2), series(n + 2, to)]
}

fn curve(lab: &Lab) -> Result<Plot> {
    let draws = draws(lab, 100);
    let mut dots = Series { name: "mean of 100 draws".to_string(), look: Look::Measured, points: Vec::new() };
    let mut series: Vec<Series> = branches("formula", MODEL.n, [10, 1000], |p| excess_risk(&MODEL, p)).into();
    for (k, p) in sizes().into_iter().enumerate() {
        let mut risks: Vec<f64> = draws.iter().map(|draw| draw[k]).collect();
        risks.sort_by(f64::total_cmp);
        let x = p as f64;
        dots.points.push([x, risks.iter().sum::<f64>() / risks.len() as f64]);
        let ends = [risks[risks.len() / 10], risks[risks.len() - 1 - risks.len() / 10]];
        series.push(Series {
            name: format!("eight of ten draws, p = {p}"),
            look: Look::Interval,
            points: ends.map(|risk| [x, risk]).into(),
        });
    }
    series.push(dots);
    let label = |text, at, align| Label { text, look: Look::Predicted, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("features p", 10.0, 1000.0),
            y: Axis::log("excess risk", 0.05, 100.0),
            series,
            labels: vec![
                label("σ²p/(n - p - 1)", [30.0, 1.0], Align::End),
                label("|β|²(1 - n/p) + σ²n/(p - n - 1)", [150.0, 8.0], Align::Start),
            ],
        }],
    })
}

fn parts(lab: &Lab) -> Result<Plot> {
    let variance = Model { signal: 0.0, ..MODEL };
    let mut series: Vec<Series> = branches("variance", MODEL.n, [10, 1000], |p| excess_risk(&variance, p)).into();
    series.push(Series {
        name: "bias".to_string(),
        look: Look::Predicted,
        points: (MODEL.n + 1..=1000).map(|p| [p as f64, MODEL.signal * outside(MODEL.n, p)]).collect(),
    });
    let mut points = Vec::new();
    for p in sizes().into_iter().filter(|p| *p <= 400) {
        points.push([p as f64, mean_of_tuned_ridge(MODEL, p, lab.seed(), 20)?]);
    }
    series.push(Series { name: "tuned ridge, mean of 20 draws".to_string(), look: Look::Measured, points });
    let label = |text, look, at, align| Label { text, look, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("features p", 10.0, 1000.0),
            y: Axis::log("excess risk", 0.05, 100.0),
            series,
            labels: vec![
                label("variance", Look::Predicted, [125.0, 12.0], Align::Start),
                label("bias", Look::Predicted, [108.0, 0.15], Align::Start),
                label("tuned ridge", Look::Measured, [55.0, 0.5], Align::Start),
            ],
        }],
    })
}
