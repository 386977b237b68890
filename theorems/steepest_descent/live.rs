//! The figure of the theorem that the reader moves.

use super::figures::{ball, descents};
use super::largest_margin::largest_margin;
use super::norm::Norm;
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Scale, Series};
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
    // Where the name stands beside the last dot: three names of one place do not cover each other.
    let norms = [
        (
            Norm::L1,
            "coordinate descent: w",
            "its l1 margin over the largest",
            "coordinate",
            [0.07, -0.14],
            Align::Start,
        ),
        (Norm::L2, "gradient descent: w", "its l2 margin over the largest", "gradient", [0.07, 0.06], Align::Start),
        (Norm::LInf, "sign descent: w", "its l∞ margin over the largest", "sign", [-0.07, 0.06], Align::End),
    ];
    let mut labels = Vec::new();
    for (norm, found, share, name, beside, align) in norms {
        let Some(best) = largest_margin(&points, &norm).ok().filter(|best| best.gamma > 0.0) else {
            let none =
                "none is certified: some w must have x·w > 0 for all three points; move one to the side of the others";
            readings.push(Reading::new("the largest margin", none));
            break;
        };
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
        let inside = |&[x, y]: &[f64; 2]| x.abs() < WIDE[1] && y.abs() < HIGH[1];
        if let Some([x, y]) = path.last().copied().filter(inside) {
            labels.push(Label { text: name, look: Look::Measured, at: [x + beside[0], y + beside[1]], align });
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
        labels,
    };
    let legend = [("descent", Look::Measured), ("balls of l1, l2, l∞", Look::Predicted), ("x·w = 1", Look::Bound)];
    Ok(Shown { plot: Plot { panels: vec![panel.with_legend(&legend)] }, readings })
}
