//! The pictures of the theorem.

use super::constants::{of_tuned, of_variances, tuned, variances};
use super::estimators::{Design, Estimate, Estimator, flow_from, ridge};
use super::risks::instances;
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::real::{combine, dot, exp, pow};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "paths",
        title: "Two ways from 0 to the least-squares solution",
        says: "Two features with eigenvalues 2 and .1. Dots: the flow at times t from .05 to 200. Line: ridge with λ = 1/t. Both \
               go first along the eigenvector of the large eigenvalue, and the flow keeps closer to it.",
        draw: paths,
    },
    Figure {
        id: "ratios",
        title: "Bias, variance and risk of the flow over those of ridge",
        says: "Ratios along an eigenvector against x = t s, with λ = 1/t: variances, which are at most c at x_*; squared biases, at most 1; and \
               mean risks where ridge is tuned. Dots are measured on the drawn designs.",
        draw: ratios,
    },
];

fn paths(lab: &Lab) -> Result<Plot> {
    let stream = &mut lab.seed().stream("early-stopping", "figure");
    let mut design = Design::new(vec![2.0, 0.1], 2, 2, stream)?;
    // Turned so that the least-squares solution is (1, 1) and the eigenvectors lie a little across the axes.
    let (cos, sin) = (libm::cos(0.3), libm::sin(0.3));
    design.right = vec![vec![cos, sin], vec![-sin, cos]];
    let rows = design.left.iter().zip(&design.s).zip(&design.right);
    let mut entries = [[0.0; 2]; 2];
    for ((u, s), v) in rows {
        for (n, row) in entries.iter_mut().enumerate() {
            let weighed = combine((2.0 * s).sqrt() * u[n], v, row);
            *row = [weighed[0], weighed[1]];
        }
    }
    let x = theoremcheck::problem::points::Points::from_rows(&entries);
    let y = x.margins(&[1.0, 1.0]);
    let times: Vec<f64> = (0..=36).map(|k| 0.05 * pow(10.0, f64::from(k) / 10.0)).collect();
    let point = |estimate: &Estimate| [estimate.b[0], estimate.b[1]];
    let mut flow = vec![[0.0, 0.0]];
    let mut of_ridge = vec![[0.0, 0.0]];
    for &t in &times {
        flow.push(point(&flow_from(&[0.0; 2], &x, &y, t)?));
        of_ridge.push(point(&ridge(&x, &y, 1.0 / t)));
    }
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("b_1", 0.0, 1.6),
            y: Axis::linear("b_2", 0.0, 1.1),
            series: vec![
                Series { name: "flow".to_string(), look: Look::Path, points: flow },
                Series { name: "ridge".to_string(), look: Look::Predicted, points: of_ridge },
                Series { name: "least squares".to_string(), look: Look::Point, points: vec![[1.0, 1.0]] },
            ],
            labels: vec![
                Label { text: "flow", look: Look::Measured, at: [1.25, 0.55], align: Align::Start },
                Label { text: "ridge", look: Look::Predicted, at: [0.75, 0.55], align: Align::End },
                Label { text: "least squares", look: Look::Point, at: [0.98, 1.03], align: Align::End },
            ],
        }],
    })
}

fn ratios(lab: &Lab) -> Result<Plot> {
    let xs: Vec<f64> = (0..=120).map(|k| pow(10.0, -2.0 + f64::from(k) / 30.0)).collect();
    let curve = |name: &str, of: &dyn Fn(f64) -> f64| Series {
        name: name.to_string(),
        look: Look::Predicted,
        points: xs.iter().map(|&x| [x, of(x)]).collect(),
    };
    let squared_biases = |x: f64| (1.0 + x) * (1.0 + x) * exp(-2.0 * x);
    let (mut biases, mut spreads) = (Vec::new(), Vec::new());
    for run in lab.run(instances)?.iter() {
        for (s, v) in run.design.s.iter().zip(&run.design.right) {
            let bias = |a: &Estimator| dot(v, &a.bias(&run.design.x, v));
            let spread = |a: &Estimator| a.columns.iter().map(|column| dot(v, column) * dot(v, column)).sum::<f64>();
            let ratio = bias(&run.flow) / bias(&run.ridge);
            biases.push([run.t * s, ratio * ratio]);
            spreads.push([run.t * s, spread(&run.flow) / spread(&run.ridge)]);
        }
    }
    let (largest, largest_tuned) = (of_variances()?, of_tuned()?);
    let measured = |name: &str, points| Series { name: name.to_string(), look: Look::Measured, points };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("x = t s", 1e-2, 1e2),
            y: Axis::linear("flow over ridge", 0.0, 1.8),
            series: vec![
                curve("variances", &variances),
                curve("squared biases", &squared_biases),
                curve("mean risks, ridge tuned", &tuned),
                measured("variances", spreads),
                measured("squared biases", biases),
            ],
            labels: vec![
                Label {
                    text: "variances",
                    look: Look::Predicted,
                    at: [largest.at, largest.value + 0.04],
                    align: Align::Middle,
                },
                Label {
                    text: "tuned",
                    look: Look::Predicted,
                    at: [largest_tuned.at * 1.2, 1.26],
                    align: Align::Middle,
                },
                Label { text: "squared biases", look: Look::Predicted, at: [1.6, 0.5], align: Align::Start },
            ],
        }],
    })
}
