//! The figures of the chapter, on four points and two neurons.

use super::experiments::{Planted, Run};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::problem::homogeneous::{Architecture, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, exp, ln, norm};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "both-margins",
        title: "Both margins rise to γ, and how far they are is known",
        says: "Two ReLU neurons on four points: the smoothed margin γ̃ and the margin γ̄ against log 1/L, from a loss of e^-1 to one \
               of 10^-4343. Both come to γ = 1/4 along the predicted curves, γ g/(g + H) and γ (g + Hinf)/(g + H).",
        draw: both_margins,
    },
    Figure {
        id: "turning-neurons",
        title: "The neurons turn to the separators of their classes",
        says: "The same network: the four points and the input weights of both neurons, θ scaled to the length of the KKT \
               point, on their way to (1, 0) and (-1, 0).",
        draw: turning_neurons,
    },
];

/// (1,2)+, (1,-1)+, (-1,1)-, (-1,-3)-: one neuron a class, γ = 1/4 and p = (1/6, 1/3, 3/8, 1/8).
fn four_points(stops: &[f64]) -> Result<Run> {
    let network = Network {
        architecture: Architecture::Relu { width: 2 },
        points: Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -3.0]]),
        labels: vec![1.0, 1.0, -1.0, -1.0],
    };
    let planted = Planted {
        name: "four points",
        network,
        theta: vec![1.0, 0.0, -1.0, 0.0, 1.0, -1.0],
        lambda: vec![1.0 / 3.0, 2.0 / 3.0, 0.75, 0.25],
        mu: 2.0,
        start: vec![0.4, 0.35, -0.4, 0.1, 0.5, -0.6],
    };
    Run::along(planted, Loss::Exponential, stops)
}

fn late() -> Result<Run> {
    four_points(&(0..=32).map(|k| exp(f64::from(k) * LN_10 / 8.0)).collect::<Vec<_>>())
}

fn early() -> Result<Run> {
    four_points(&(0..=40).map(|k| -0.9 + 0.02 * f64::from(k * k)).collect::<Vec<_>>())
}

fn both_margins(lab: &Lab) -> Result<Plot> {
    let run = lab.once(late)?;
    let kkt = &run.kkt;
    let top = kkt.p.iter().copied().fold(0.0, f64::max);
    let series = |name: &str, look, value: &dyn Fn(usize) -> f64| Series {
        name: name.to_string(),
        look,
        points: run.moments.iter().enumerate().map(|(i, at)| [at.g, value(i)]).collect(),
    };
    let g = |i: usize| run.moments[i].g;
    let predicted = |i: usize, gained: f64| kkt.gamma * (g(i) + gained) / (g(i) + kkt.entropy);
    let label = |text, look, at| Label { text, look, at, align: Align::Start };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("g = log 1/L", 1.0, 1e4),
            y: Axis::linear("margin", 0.05, 0.28),
            series: vec![
                series("γ g/(g + H)", Look::Predicted, &|i| predicted(i, 0.0)),
                series("γ (g + Hinf)/(g + H)", Look::Predicted, &|i| predicted(i, -ln(top))),
                Series { name: "γ".to_string(), look: Look::Bound, points: vec![[1.0, kkt.gamma], [1e4, kkt.gamma]] },
                series("smoothed margin", Look::Measured, &|i| run.see(&run.moments[i]).smoothed_margin()),
                series("margin", Look::Measured, &|i| run.see(&run.moments[i]).normalised_margin()),
            ],
            labels: vec![
                label("γ = 1/4", Look::Bound, [1.2, 0.258]),
                label("γ̄", Look::Predicted, [1.3, 0.236]),
                label("γ̃", Look::Predicted, [2.2, 0.13]),
            ],
        }],
    })
}

fn turning_neurons(lab: &Lab) -> Result<Plot> {
    let run = lab.once(early)?;
    let points = |look, name: &str, which: [usize; 2]| Series {
        name: name.to_string(),
        look,
        points: which.map(|n| [run.planted.network.points.row(n)[0], run.planted.network.points.row(n)[1]]).to_vec(),
    };
    let path = |name: &str, j: usize| Series {
        name: name.to_string(),
        look: Look::Path,
        points: run
            .moments
            .iter()
            .map(|at| {
                let scale = norm(&run.kkt.theta) / norm(&at.theta);
                [scale * at.theta[2 * j], scale * at.theta[2 * j + 1]]
            })
            .collect(),
    };
    let limit =
        |name: &str, to: [f64; 2]| Series { name: name.to_string(), look: Look::Predicted, points: vec![[0.0; 2], to] };
    let label = |text, look, at, align| Label { text, look, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("w1 and x1", -2.0, 2.0),
            y: Axis::linear("w2 and x2", -3.2, 2.4),
            series: vec![
                limit("limit of the neuron of label +", [1.0, 0.0]),
                limit("limit of the neuron of label -", [-1.0, 0.0]),
                path("neuron of label +", 0),
                path("neuron of label -", 1),
                points(Look::Support, "points of label +", [0, 1]),
                points(Look::Point, "points of label -", [2, 3]),
            ],
            labels: vec![
                label("+", Look::Support, [1.15, 2.0], Align::Start),
                label("+", Look::Support, [1.15, -1.1], Align::Start),
                label("−", Look::Point, [-1.15, 1.0], Align::End),
                label("−", Look::Point, [-1.15, -3.0], Align::End),
                label("w of label +", Look::Measured, [1.1, 0.35], Align::Start),
                label("w of label −", Look::Measured, [-1.1, 0.35], Align::End),
            ],
        }],
    })
}
