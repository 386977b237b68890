//! The picture of the theorem.

use super::one_point::{predicted_sizes, watched_convolution};
use super::two_points::{TwoPoints, end_to_end, watched};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "two-margins",
        title: "Each architecture has a norm of its own",
        says: "By how much the margin falls short of the largest, as a share of it, against log 1/L, for both networks on the same two \
           points: above in l2, below in l1. In its own norm each closes the gap, in the other's it keeps one.",
        draw: two_margins,
    },
    Figure {
        id: "frequencies",
        title: "The largest frequency of the point outgrows the others",
        says: "The Fourier coefficients of w, over the largest of them, against log 1/L, for two vectors convolved and one point: \
           measured, and as a line predicted. Each falls like its own power of log 1/L.",
        draw: frequencies,
    },
];

fn frequencies(lab: &Lab) -> Result<Plot> {
    let data = lab.run(watched_convolution)?;
    let coefficients = data.network.rule.coefficients(data.network.points.dim());
    let measured: Vec<(f64, Vec<f64>)> = data
        .moments
        .iter()
        .map(|at| {
            let w = data.network.predictor(&at.theta);
            (at.g, coefficients.iter().map(|k| k.size(&w)).collect())
        })
        .collect();
    let predicted: Vec<(f64, Vec<f64>)> = measured.iter().map(|(g, _)| (*g, predicted_sizes(&data, *g))).collect();
    let largest = |sizes: &[f64]| sizes.iter().copied().fold(0.0, f64::max);
    let last = &measured[measured.len() - 1].1;
    let series = |name: &str, look, k: usize, path: &[(f64, Vec<f64>)]| Series {
        name: format!("{name} {k}"),
        look,
        points: path.iter().map(|(g, sizes)| [*g, sizes[k] / largest(sizes)]).collect(),
    };
    let others: Vec<usize> = (0..coefficients.len()).filter(|&k| last[k] < largest(last)).collect();
    let both = |&k: &usize| {
        [series("frequency", Look::Path, k, &measured), series("predicted", Look::Predicted, k, &predicted)]
    };
    // One after the other along the curves, which come near each other: the first above, the others below.
    let label = |(i, &k): (usize, &usize)| {
        let (g, sizes) = &measured[(i + 1) * measured.len() / (others.len() + 1)];
        let beside = if i == 0 { 1.25 } else { 0.45 };
        let at = [*g, beside * sizes[k] / largest(sizes)];
        Label { text: ["k = 0", "k = 1", "k = 2", "k = 3"][k], look: Look::Measured, at, align: Align::Start }
    };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("log 1/L", 10.0, 5e4),
            y: Axis::log("|ŵ_k| over the largest", 1e-3, 2.0),
            series: others.iter().flat_map(both).collect(),
            labels: others.iter().enumerate().map(label).collect(),
        }],
    })
}

fn two_margins(lab: &Lab) -> Result<Plot> {
    let data = lab.run(watched)?;
    let linear: Vec<(f64, Vec<f64>)> =
        data.linear.moments.iter().map(|at| (at.g, end_to_end(&data.linear.network, &at.theta))).collect();
    let diagonal: Vec<(f64, Vec<f64>)> =
        data.diagonal.moments.iter().map(|at| (at.g, data.diagonal.network.predictor(&at.theta))).collect();
    let panel = |norm: &'static str, margin: fn(&TwoPoints, &[f64]) -> f64| -> Panel {
        let series = |name: &str, path: &[(f64, Vec<f64>)]| Series {
            name: name.to_string(),
            look: Look::Path,
            points: path.iter().map(|(g, w)| [*g, 1.0 - margin(&data, w)]).collect(),
        };
        let label = |text, path: &[(f64, Vec<f64>)]| {
            let (g, w) = &path[path.len() - 1];
            Label { text, look: Look::Measured, at: [1.15 * g, 1.0 - margin(&data, w)], align: Align::Start }
        };
        Panel {
            x: Axis::log("log 1/L", 10.0, 2e5),
            y: Axis::log(norm, 1e-5, 1.0),
            series: vec![series("fully connected", &linear), series("diagonal", &diagonal)],
            labels: vec![label("fully connected", &linear), label("diagonal", &diagonal)],
        }
    };
    Ok(Plot {
        panels: vec![
            panel("1 - margin/γ₂, in l2", TwoPoints::l2_margin),
            panel("1 - margin/γ₁, in l1", TwoPoints::l1_margin),
        ],
    })
}
