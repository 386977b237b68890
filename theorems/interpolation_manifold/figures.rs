//! The pictures of the theorem.

use super::experiments::{Interpolation, pull_back, trained, walk};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_2, difference, exp, norm};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "second-order",
        title: "Along a tangent the misfit is of second order",
        says: "The misfit |F - y| at θ + h v: for the first right singular vector v of J it lies on the line |J v| h, for a tangent v on \
               |F_2| h², until rounding; and so does the distance to which Newton's method has to go back from there, on \
               |J⁺ F_2| h².",
        draw: second_order,
    },
    Figure {
        id: "walk",
        title: "The same points, many networks",
        says: "The network as a function of its input, at the trained parameters and after fifty and a hundred steps of length \
               1/10 along the set of zero loss. All three pass through the points; elsewhere they differ.",
        draw: functions,
    },
];

fn second_order(lab: &Lab) -> Result<Plot> {
    let run = lab.run(trained)?;
    let Interpolation { task, tangents, decomposition, .. } = &*run;
    let normal = &decomposition.right[0];
    let tangent = &tangents[0];
    let steps: Vec<f64> = (4..=20).map(|k| exp(-f64::from(k) * LN_2)).collect();
    let misfit = |v: &[f64], h: f64| norm(&task.residual(&run.displaced(h, v)));
    let [first, ..] = task.network.taylor(run.theta(), normal, &task.points);
    let [_, second, ..] = task.network.taylor(run.theta(), tangent, &task.points);
    let back = |h: f64| norm(&difference(&task.retract(&run.displaced(h, tangent)), &run.displaced(h, tangent)));
    let pulled = norm(&pull_back(decomposition, &second));
    let pair = |name: &str, measured: &dyn Fn(f64) -> f64, predicted: &dyn Fn(f64) -> f64| {
        [
            Series {
                name: format!("{name}, predicted"),
                look: Look::Predicted,
                points: steps.iter().map(|&h| [h, predicted(h)]).collect(),
            },
            Series {
                name: format!("{name}, measured"),
                look: Look::Measured,
                points: steps.iter().map(|&h| [h, measured(h)]).collect(),
            },
        ]
    };
    let series = [
        pair("|F - y| in the row space", &|h| misfit(normal, h), &|h| norm(&first) * h),
        pair("|F - y| along a tangent", &|h| misfit(tangent, h), &|h| norm(&second) * h * h),
        pair("distance back to the set", &back, &|h| pulled * h * h),
    ];
    let label = |text, at| Label { text, look: Look::Predicted, at, align: Align::Start };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("h", 5e-7, 0.2),
            y: Axis::log("|F - y|, distance", 1e-14, 10.0),
            series: series.concat(),
            labels: vec![label("slope 1", [1e-6, 1e-4]), label("slope 2", [5e-5, 1e-12])],
        }],
    })
}

fn functions(lab: &Lab) -> Result<Plot> {
    let run = lab.run(trained)?;
    let task = &run.task;
    let inputs: Vec<f64> = (0..=40).map(|k| -3.0 + f64::from(k) * 0.15).collect();
    let grid = Points::new(1, inputs.clone())?;
    let path = walk(&run);
    let curve = |step: usize| Series {
        name: format!("f after {step} steps"),
        look: Look::Path,
        points: inputs.iter().zip(task.network.values(&path[step], &grid)).map(|(&x, f)| [x, f]).collect(),
    };
    let mut series: Vec<Series> = [0, 50, 100].map(curve).into();
    series.push(Series {
        name: "the points".to_string(),
        look: Look::Point,
        points: task.points.rows().zip(&task.targets).map(|(x, &y)| [x[0], y]).collect(),
    });
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("x", -3.0, 3.0),
            y: Axis::linear("f(x)", -2.5, 2.5),
            series,
            labels: vec![],
        }],
    })
}
