//! The figures of the theorem that the reader moves.

use std::sync::OnceLock;

use super::cycles::{Cycle, one_one_minus_one};
use super::expansion::Expansion;
use super::figures::{late, late_iterates, walk_on_the_map};
use super::on_data::follow;
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::{Loss, log_loss};
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, dot, norm, reject};
use theoremcheck::reference::max_margin::{MaxMargin, Separability, separate};

pub const LIVE: &[Live] = &[POINTS, STEP];

const POINTS: Live = Live {
    id: "points",
    title: "The separator of points that you drag",
    says: "Drag the points: the filled ones have the label 1, the open ones -1. The solid line is the certified separator, \
           the dashed lines go through its support vectors, and the thin line is that of w(t) under gradient flow from 0. \
           Let t grow to 10^100, and the thin line turns to the solid one. Drag a point to the other side until no line \
           separates them: the closed path of a_n y_n x_n proves it.",
    parameters: &[
        Parameter {
            name: "points",
            says: "The points",
            takes: Takes::Points {
                names: &[
                    "x_1, label 1",
                    "x_2, label 1",
                    "x_3, label 1",
                    "x_4, label −1",
                    "x_5, label −1",
                    "x_6, label −1",
                ],
                x: WIDE,
                y: HIGH,
                default: &[[0.7, 1.3], [1.9, -0.2], [2.8, 1.1], [-0.9, 0.5], [-2.4, -0.3], [-1.2, -1.4]],
            },
        },
        Parameter {
            name: "log-t",
            says: "decades of t",
            takes: Takes::Number { range: [0.0, 100.0], scale: Scale::Linear, default: 1.0 },
        },
    ],
    draw: points,
};

const STEP: Live = Live {
    id: "step",
    title: "A step that you lengthen",
    says: "Gradient descent on 1, 1, -1. Above, thirty steps go from w to the curve of the next w and from there to the \
           diagonal; below is where the iterates are after a thousand steps, at every η, and the dashed line is at yours. \
           Lengthen the step past η = 3: the minimiser log 2 lets go of the iterates, and a cycle of two takes them. Later \
           there are four, then bands, and three.",
    parameters: &[
        Parameter {
            name: "eta",
            says: "η",
            takes: Takes::Number { range: [1.0, 8.0], scale: Scale::Linear, default: 3.3 },
        },
        Parameter {
            name: "start",
            says: "w at the start",
            takes: Takes::Number { range: [-4.0, 6.0], scale: Scale::Linear, default: 0.0 },
        },
    ],
    draw: step,
};

/// The plane of the points, one unit as long across as up.
const WIDE: [f64; 2] = [-3.7, 3.7];
const HIGH: [f64; 2] = [-2.0, 2.0];

/// The first half of the points has the label 1, the other -1.
fn points(setting: &Setting) -> Result<Shown> {
    let given = setting.points("points");
    let (positive, negative) = given.split_at(given.len() / 2);
    let absorbed: Vec<[f64; 2]> = positive.iter().copied().chain(negative.iter().map(|x| x.map(|c| -c))).collect();
    let setup = Setup { points: Points::from_rows(&absorbed), loss: Loss::Logistic, start: vec![0.0; 2] };
    let undecided =
        |_| Error::numerical("whether a line separates these points is not decided in double precision: move one");
    let (mut series, readings, support, legend) = match separate(&setup.points).map_err(undecided)? {
        Separability::Separable(reference) => {
            let (series, readings) = separated(&setup, &reference, setting.number("log-t") * LN_10)?;
            let legend = vec![("x·w(t) = 0", Look::Path), ("x·ŵ = 0", Look::Predicted), ("x·ŵ = ±1", Look::Bound)];
            (series, readings, reference.support, legend)
        }
        Separability::Inseparable { weights, residual } => {
            let (series, readings) = balanced(&absorbed, &weights, residual);
            (series, readings, Vec::new(), vec![("sums of a_n y_n x_n", Look::Predicted)])
        }
    };
    // An open square covers the filled one of its ring.
    let ringed = support.iter().map(|&n| given[n]).collect();
    series.push(Series { name: "support vectors".to_string(), look: Look::Support, points: ringed });
    series.push(Series { name: "label 1".to_string(), look: Look::Point, points: positive.to_vec() });
    series.push(Series { name: "label -1".to_string(), look: Look::Negative, points: negative.to_vec() });
    let panel = Panel {
        x: Axis::linear("x1", WIDE[0], WIDE[1]),
        y: Axis::linear("x2", HIGH[0], HIGH[1]),
        series,
        labels: vec![],
    };
    Ok(Shown { plot: Plot { panels: vec![panel.with_legend(&legend)] }, readings })
}

/// The separator with the lines of its margin, and the line of w(t).
fn separated(setup: &Setup, reference: &MaxMargin, log_t: f64) -> Result<(Vec<Series>, Vec<Reading>)> {
    let expansion = Expansion::new(&setup.points, setup.loss, &setup.start, reference, None)?;
    let arrival = follow(setup, &expansion, log_t, |_, _| ())?;
    let w = expansion.frame.weights(log_t, &arrival.rho);
    let line = |name: &str, look, w: &[f64], c| Series { name: name.to_string(), look, points: line(w, c) };
    let series = vec![
        line("x·ŵ = 1", Look::Bound, &reference.w_hat, 1.0),
        line("x·ŵ = -1", Look::Bound, &reference.w_hat, -1.0),
        line("x·ŵ = 0", Look::Predicted, &reference.w_hat, 0.0),
        line("x·w(t) = 0", Look::Path, &w, 0.0),
    ];
    let sine = norm(&reject(&w, &expansion.direction)) / norm(&w);
    let margin = setup.points.least_margin(&w) / norm(&w) / reference.gamma;
    let mut readings = vec![
        Reading::new("γ", significant(reference.gamma, 6)),
        Reading::new("γ is certified to", significant(reference.certificate.relative_gap, 2)),
        Reading::new("margin of w(t) over γ", significant(margin, 4)),
        Reading::new("sin(angle of w(t) to ŵ)", significant(sine, 3)),
    ];
    // Early, and where the limit depends on the path, it is not predicted; beside a tiny margin its terms leave the doubles.
    let predicted = expansion.sine(log_t);
    if expansion.degenerate.is_empty() && expansion.determined && expansion.u(log_t) > 1.0 && predicted.is_finite() {
        readings.push(Reading::new("sin(angle), predicted", significant(predicted, 3)));
    }
    readings.push(Reading::new("decades of 1/L", significant(-log_loss(&setup.points, setup.loss, &w) / LN_10, 4)));
    Ok((series, readings))
}

/// The weights that prove that there is no separator, and the path along a_n y_n x_n that they close.
fn balanced(absorbed: &[[f64; 2]], weights: &[f64], residual: f64) -> (Vec<Series>, Vec<Reading>) {
    let mut at = [0.0; 2];
    let mut corners = vec![at];
    for (x, a) in absorbed.iter().zip(weights).filter(|(_, a)| **a > 0.0) {
        at = [at[0] + a * x[0], at[1] + a * x[1]];
        corners.push(at);
    }
    let path = Series { name: "sums of a_n y_n x_n".to_string(), look: Look::Predicted, points: corners };
    let weights: Vec<String> = weights.iter().map(|a| significant(*a, 3)).collect();
    let readings = vec![
        Reading::new("no line separates them: a1 .. a6", weights.join(", ")),
        Reading::new("|Σ a_n y_n x_n|", significant(residual, 2)),
    ];
    (vec![path], readings)
}

/// The line x·w = c as far as it can be seen.
fn line(w: &[f64], c: f64) -> Vec<[f64; 2]> {
    let square = dot(w, w);
    let reach = (WIDE[1] + HIGH[1]) / square.sqrt();
    [-reach, reach].map(|r| [c * w[0] / square - r * w[1], c * w[1] / square + r * w[0]]).to_vec()
}

/// Above the cobweb, below what becomes of the iterates at every step.
fn step(setting: &Setting) -> Result<Shown> {
    // The same whatever is set.
    static LATE: OnceLock<Panel> = OnceLock::new();
    let line = one_one_minus_one();
    let eta = setting.number("eta");
    let legend = [("iterates", Look::Path), ("w - η L'(w)", Look::Predicted)];
    let walk = walk_on_the_map(&line, eta, setting.number("start")).with_legend(&legend);
    let mut below = LATE.get_or_init(|| late_iterates(&line)).clone();
    let here = vec![[eta, below.y.from], [eta, below.y.to]];
    below.series.push(Series { name: "η".to_string(), look: Look::Interval, points: here });
    let at = late(&line, eta);
    let period = match at.len() {
        1 => "one point".to_string(),
        24 => "none within 24 steps".to_string(),
        count => format!("{count} steps"),
    };
    let mut readings = vec![
        Reading::new("2/L''(log 2)", significant(line.threshold, 4)),
        Reading::new("slope at log 2: 1 - η L''", significant(1.0 - 2.0 * eta / line.threshold, 4)),
        Reading::new("period after a thousand steps", period),
    ];
    if eta > line.threshold {
        let Cycle { at: [upper, lower], .. } = line.cycle(eta);
        let both = [upper, lower].map(|w| significant(w, 4)).join(" and ");
        readings.push(Reading::new("cycle of two", both));
    }
    Ok(Shown { plot: Plot { panels: vec![walk, below] }, readings })
}
