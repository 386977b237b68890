//! The pictures of the theorem.

use super::experiments::{Run, starts, threshold as around_two};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::least_squares::{Iterate, adagrad, descend};
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{difference, dot, norm, pow};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "perpendicular",
        title: "From every start to the nearest point of zero loss",
        says: "One example x = (1, 2) with target 2. The dashed line is the set of zero loss. Gradient descent comes to it \
               along the normal, from each of four starts: to the foot of the perpendicular, and from 0 to the shortest \
               solution (.4, .8). AdaGrad from 0 goes along the diagonal and ends at another point of the line, (2/3, 2/3).",
        draw: nearest,
    },
    Figure {
        id: "components",
        title: "Every component decays at its own rate, and the null space stays",
        says: "The planted problem from a random start, with a step below 2/(σ_1² + σ_r²): the sizes of three components of \
               w_k - w∞ along right singular vectors, the first and the two with the least σ_i, on the predicted lines \
               |1 - η σ_i²|^k |c_i|, down to rounding. The part of w_k in the null space, at the top, is that of the start \
               at every step.",
        draw: components,
    },
    Figure {
        id: "threshold",
        title: "At η = 2/σ₁² the component along v₁ neither decays nor grows",
        says: "The component of w_k - w∞ along v_1, in units of its start, for η σ_1² just below 2, at 2, and just above: \
               it decays, keeps its size for ever, and grows, each like |1 - η σ_1²|^k.",
        draw: threshold,
    },
];

/// The iterates of a run at these steps, as points of the plane.
fn path(iterates: &[Iterate]) -> Vec<[f64; 2]> {
    iterates.iter().map(|at| [at.w[0], at.w[1]]).collect()
}

fn nearest(_: &Lab) -> Result<Plot> {
    let problem = Regression { x: Points::from_rows(&[[1.0, 2.0]]), y: vec![2.0] };
    let record: Vec<u64> = (0..=40).collect();
    let mut series =
        vec![Series { name: "X w = y".to_string(), look: Look::Bound, points: vec![[-4.0, 3.0], [8.0, -3.0]] }];
    for start in [[0.0, 0.0], [-1.0, 0.3], [1.6, -0.4], [2.2, 1.6]] {
        // The foot of the perpendicular: w_0 + x (2 - x·w_0)/|x|².
        let rest = (2.0 - start[0] - 2.0 * start[1]) / 5.0;
        let name = |what: &str| format!("{what} from ({}, {})", start[0], start[1]);
        series.push(Series {
            name: name("predicted"),
            look: Look::Predicted,
            points: vec![start, [start[0] + rest, start[1] + 2.0 * rest]],
        });
        series.push(Series {
            name: name("gradient descent"),
            look: Look::Measured,
            points: path(&descend(&problem, 0.05, &start, &record)),
        });
    }
    series.push(Series {
        name: "AdaGrad from (0, 0)".to_string(),
        look: Look::Path,
        points: path(&adagrad(&problem, 0.1, &[0.0; 2], &record.iter().map(|k| 5 * k).collect::<Vec<_>>())),
    });
    let label = |text, look, at, align| Label { text, look, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("w1", -1.5, 3.1),
            y: Axis::linear("w2", -0.6, 1.9),
            series,
            labels: vec![
                label("X w = y", Look::Bound, [-1.3, 1.75], Align::Start),
                label("AdaGrad", Look::Measured, [0.45, 0.12], Align::Start),
                label("gradient descent", Look::Predicted, [1.95, 0.6], Align::Start),
            ],
        }],
    })
}

fn components(lab: &Lab) -> Result<Plot> {
    let starts = lab.run(starts)?;
    let from = &starts.from_anywhere;
    let record: Vec<u64> = (0..=60).step_by(2).collect();
    let run = Run::new(from.problem.clone(), from.eta, from.start.clone(), &record)?;
    let rank = run.reference.rank;
    let mut series = Vec::new();
    for i in [0, rank - 2, rank - 1] {
        let measured = |at: &Iterate| dot(&run.reference.right[i], &difference(&at.w, &run.limit.w)).abs();
        let name = |what: &str| format!("component {}, {what}", i + 1);
        series.push(Series {
            name: name("predicted"),
            look: Look::Predicted,
            points: record.iter().map(|&k| [k as f64, run.component(i, k, 0).abs()]).collect(),
        });
        series.push(Series {
            name: name("measured"),
            look: Look::Measured,
            points: run.iterates.iter().map(|at| [at.step as f64, measured(at)]).filter(|p| p[1] > 1e-16).collect(),
        });
    }
    let null = norm(&run.reference.null_part(&run.start));
    series.push(Series {
        name: "null part, predicted".to_string(),
        look: Look::Predicted,
        points: vec![[0.0, null], [60.0, null]],
    });
    series.push(Series {
        name: "null part, measured".to_string(),
        look: Look::Measured,
        points: run.iterates.iter().map(|at| [at.step as f64, norm(&run.reference.null_part(&at.w))]).collect(),
    });
    let label = |text, at, align| Label { text, look: Look::Predicted, at, align };
    let beside = |i: usize| [59.0, 100.0 * run.component(i, 59, 0).abs()];
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("steps k", 0.0, 60.0),
            y: Axis::log("size of the component", 1e-16, 1e2),
            series,
            labels: vec![
                label("null part", [59.0, 14.0], Align::End),
                label("i = r", beside(rank - 1), Align::End),
                label("i = r - 1", beside(rank - 2), Align::End),
            ],
        }],
    })
}

fn threshold(lab: &Lab) -> Result<Plot> {
    let threshold = lab.run(around_two)?;
    let planted = &threshold.instance.planted;
    let start = vec![0.0; planted.problem.x.dim()];
    let record: Vec<u64> = (0..=1000).step_by(50).collect();
    let limit = planted.min_norm();
    let size = |at: &Iterate| dot(&planted.axes[0], &difference(&at.w, &limit)).abs() / planted.coordinates[0].abs();
    let series = threshold.runs.iter().zip(threshold.products).flat_map(|(run, product)| {
        let name = |what: &str| format!("η σ_1² = {product:.4}, {what}");
        let iterates = descend(&planted.problem, run.eta, &start, &record);
        [
            Series {
                name: name("predicted"),
                look: Look::Predicted,
                points: record.iter().map(|&k| [k as f64, pow(product - 1.0, k as f64)]).collect(),
            },
            Series {
                name: name("measured"),
                look: Look::Measured,
                points: iterates.iter().map(|at| [at.step as f64, size(at)]).collect(),
            },
        ]
    });
    let label = |text, k: f64, product: f64| Label {
        text,
        look: Look::Predicted,
        at: [k, 80.0 * pow(product - 1.0, k)],
        align: Align::End,
    };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("steps k", 0.0, 1040.0),
            y: Axis::log("component along v₁, over its start", 1e-7, 1e7),
            series: series.collect(),
            labels: vec![
                label("η σ₁² above 2", 760.0, threshold.products[2]),
                label("η σ₁² = 2", 980.0, 2.0),
                label("η σ₁² below 2", 980.0, threshold.products[0]),
            ],
        }],
    })
}
