//! The pictures of the theorem.

use super::hyperbola::{HALF, closed_path, run};
use super::path::distances;
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "final-sharpness",
        title: "The step size decides how sharp a minimum can be found",
        says: "Gradient descent on (u v - 1)²/2 from drawn starts with steps from .1 to .95: each dot is a run that converged, at its step \
               and at the u² + v² of its minimum. All lie below 2/η, the dashed line, and many close under it.",
        draw: final_sharpness,
    },
    Figure {
        id: "thrown",
        title: "A run that leaves a sharp minimum for a flatter one",
        says: "Above the loss and below u² + v², step by step, of a run that begins near a minimum with u² + v² a tenth above 2/η. The loss \
               rises until u² + v² falls below 2/η, the dashed line; soon after it falls to 0.",
        draw: thrown,
    },
    Figure {
        id: "orders",
        title: "Gradient descent is nearer to the modified flow than to the flow",
        says: "The distance of gradient descent from the flow and from the modified flow at the same time, against the step, on a quadratic \
               loss. Lines: the formulas, of order one and two in η.",
        draw: orders,
    },
];

fn final_sharpness(lab: &Lab) -> Result<Plot> {
    let stream = &mut lab.seed().stream("step-size", "figure");
    let mut ends = Vec::new();
    for k in 0..=34 {
        let eta = 0.1 + 0.025 * f64::from(k);
        for _ in 0..30 {
            let start = [stream.uniform(-HALF, HALF), stream.uniform(-HALF, HALF)];
            let s = run(eta, start).sharpness();
            if s.is_finite() {
                ends.push([eta, s]);
            }
        }
    }
    let bound = (0..=85).map(|k| 0.1 + 0.01 * f64::from(k)).map(|eta| [eta, 2.0 / eta]).collect();
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("η", 0.08, 1.0),
            y: Axis::linear("u² + v² at the end", 0.0, 20.0),
            series: vec![
                Series { name: "runs".to_string(), look: Look::Measured, points: ends },
                Series { name: "2/η".to_string(), look: Look::Bound, points: bound },
            ],
            labels: vec![Label { text: "2/η", look: Look::Bound, at: [0.2, 11.5], align: Align::Start }],
        }],
    })
}

fn thrown(_: &Lab) -> Result<Plot> {
    let eta = 0.3;
    let path = closed_path(eta, [1e-3, 2.2 / eta]);
    let last = path.len() as f64;
    let series = |name: &str, of: &dyn Fn(&[f64; 2]) -> f64| Series {
        name: name.to_string(),
        look: Look::Path,
        points: path.iter().enumerate().map(|(k, at)| [k as f64, of(at)]).collect(),
    };
    let losses = series("loss", &|[e, _]| 0.5 * e * e);
    let mut panels = vec![Panel {
        x: Axis::linear("step", 0.0, last),
        y: Axis::log("loss", 1e-16, 1.0),
        series: vec![losses],
        labels: vec![],
    }];
    panels.push(Panel {
        x: Axis::linear("step", 0.0, last),
        y: Axis::linear("u² + v²", 1.6 / eta, 2.4 / eta),
        series: vec![
            series("u² + v²", &|[_, s]| *s),
            Series { name: "2/η".to_string(), look: Look::Bound, points: vec![[0.0, 2.0 / eta], [last, 2.0 / eta]] },
        ],
        labels: vec![Label { text: "2/η", look: Look::Bound, at: [0.9 * last, 2.04 / eta], align: Align::Start }],
    });
    Ok(Plot { panels })
}

fn orders(lab: &Lab) -> Result<Plot> {
    let seen = distances(lab.seed())?;
    let series = |name: &str, look, of: fn(&[[f64; 2]; 2]) -> f64| Series {
        name: name.to_string(),
        look,
        points: seen.iter().map(|(eta, at)| [*eta, of(at)]).collect(),
    };
    let label = |text, of: fn(&[[f64; 2]; 2]) -> f64| {
        let (eta, at) = &seen[seen.len() / 2];
        Label { text, look: Look::Measured, at: [*eta, 3.0 * of(at)], align: Align::End }
    };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("η", 1e-3, 0.2),
            y: Axis::log("distance from gradient descent", 1e-9, 1.0),
            series: vec![
                series("from the flow", Look::Measured, |at| at[0][0]),
                series("predicted", Look::Predicted, |at| at[0][1]),
                series("from the modified flow", Look::Measured, |at| at[1][0]),
                series("predicted", Look::Predicted, |at| at[1][1]),
            ],
            labels: vec![label("flow", |at| at[0][0]), label("modified flow", |at| at[1][0])],
        }],
    })
}
