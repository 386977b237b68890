//! The figure of the theorem that the reader moves.

use super::figures::{ball, descents};
use super::largest_margin::largest_margin;
use super::norm::Norm;
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::problem::points::Points;
use theoremcheck::real::dot;

pub const LIVE: &[Live] = &[Live {
    id: "optimisers",
    title: "The separator that each optimiser picks",
    says: "Points with labels absorbed, which you drag, and in the same plane w: on the dashed lines x·w = 1. The balls of l1, l2 and l∞ \
           are blown up until they touch what is beyond all lines; that is the largest margin in their norm. The dots are \
           coordinate descent, gradient descent and sign descent, each w over its least margin. Give them more steps, and each comes to \
           where its own ball touches.",
    parameters: &[
        Parameter {
            name: "points",
            says: "The points",
            takes: Takes::Points {
                names: &["x_1", "x_2", "x_3"],
                x: WIDE,
                y: HIGH,
                default: &[[1.0, 0.6], [1.9, 1.3], [2.2, -0.5]],
            },
        },
        Parameter {
            name: "steps",
            says: "steps",
            takes: Takes::Number { range: [1.0, 1000.0], scale: Scale::Log, default: 1000.0 },
        },
    ],
    draw: optimisers,
}];

/// The plane of the points and of w, one unit as long across as up.
const WIDE: [f64; 2] = [-2.4, 2.4];
const HIGH: [f64; 2] = [-1.3, 1.3];

fn optimisers(setting: &Setting) -> Result<Shown> {
    let given = setting.points("points");
    let points = Points::from_rows(given);
    let steps = setting.number("steps") as usize;
    let mut series: Vec<Series> = Vec::new();
    for x in given.iter().filter(|x| dot(&x[..], &x[..]) > 0.0) {
        let square = dot(x, x);
        let along = |r: f64| [(x[0] - r * x[1]) / square, (x[1] + r * x[0]) / square];
        series.push(Series { name: "x·w = 1".to_string(), look: Look::Bound, points: vec![along(-9.0), along(9.0)] });
    }
    let mut readings = Vec::new();
    let norms = [
        (Norm::L1, "coordinate descent: w", "its l1 margin over the largest"),
        (Norm::L2, "gradient descent: w", "its l2 margin over the largest"),
        (Norm::LInf, "sign descent: w", "its l∞ margin over the largest"),
    ];
    for (norm, found, share) in norms {
        let best = largest_margin(&points, &norm).map_err(|_| {
            Error::input("no largest margin is certified: some w must have x·w > 0 for all three points; move one to the side of the others")
        })?;
        series.push(Series {
            name: format!("ball of {}", norm.name()),
            look: Look::Predicted,
            points: ball(&norm, &best),
        });
        let (path, w) = descents(&points, &norm, steps);
        let margin = points.least_margin(&w);
        if margin > 0.0 {
            let shown = [w[0] / margin, w[1] / margin].map(|w| significant(w, 3)).join(", ");
            readings.push(Reading::new(found, shown));
            readings.push(Reading::new(share, significant(best.share(&points, &norm, &w), 4)));
        } else {
            readings.push(Reading::new(found, "it does not separate the points yet"));
        }
        series.push(Series {
            name: format!("steepest descent in {}", norm.name()),
            look: Look::Measured,
            points: path,
        });
    }
    series.push(Series { name: "x".to_string(), look: Look::Point, points: given.to_vec() });
    let panel = Panel {
        x: Axis::linear("w1 and x1", WIDE[0], WIDE[1]),
        y: Axis::linear("w2 and x2", HIGH[0], HIGH[1]),
        series,
        labels: vec![],
    };
    let legend = [("descent", Look::Measured), ("balls of l1, l2, l∞", Look::Predicted), ("x·w = 1", Look::Bound)];
    Ok(Shown { plot: Plot { panels: vec![panel.with_legend(&legend)] }, readings })
}
