//! The pictures of the theorem.

use super::end_to_end::{DEPTHS, TIGHT};
use super::plateaus::Mode;
use super::rank::{Corner, End, end, on_the_plateau};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::deep::{Layers, Moment, flow};
use theoremcheck::lab::Lab;
use theoremcheck::real::{LN_10, exp, pow};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "modes-by-depth",
        title: "The deeper the network, the longer the plateaus and the steeper the steps",
        says: "diag(2, 1, 1/2), observed in full, from layers αI with α = 1/20, at depths 2, 3 and 4. Each singular value stays near \
               0 for a time and then goes to its target, on its closed form. At depth 2 the times are as log(1/α), at depth 3 as \
               1/α, at depth 4 as 1/α².",
        draw: modes_by_depth,
    },
    Figure {
        id: "which-completion",
        title: "Which completion is found, by the size of the start and by depth",
        says: "x_11 where the flow for [[*, 1], [1, d]] from layers αI ends. Above d = 1/2: small starts come to 2, where the rank \
               is one, at every depth; the least nuclear norm, at 1/2, is found from no α. Below d = 2: rank one and least \
               nuclear norm are both at 1/2. Large starts are remembered, the more the deeper the network: X is α^N I at the start.",
        draw: which_completion,
    },
    Figure {
        id: "second-singular-value",
        title: "The second singular value against the start, by depth",
        says: "σ_2 where the flow for [[*, 1], [b, 1/2]] from layers αI ends, on the predicted laws for small α: the power α^p, drawn through the last \
               point, at depth two, and a multiple of α^N, with its constant, at depths three and four. Above b = 1, where p = 3.22 and the lines of depths 2 and 4 \
               cross; below b = -1, where p = .78 and depth helps throughout.",
        draw: second_singular_value,
    },
];

const TARGETS: [f64; 3] = [2.0, 1.0, 0.5];
const ALPHA: f64 = 0.05;

/// The diagonal at 32 times a depth, from before the first mode is learned until after the last.
fn diagonal_target() -> Result<Vec<Vec<Moment>>> {
    let gradient = |x: &[f64]| -> Vec<f64> {
        x.iter().enumerate().map(|(k, x)| 2.0 * (x - if k % 4 == 0 { TARGETS[k / 4] } else { 0.0 })).collect()
    };
    let run = |depth: usize| {
        let [first, last] = [TARGETS[0], TARGETS[2]].map(|m| Mode { depth, m, alpha: ALPHA }.time(0.5));
        let (from, to) = (0.3 * first, 3.0 * last);
        let times: Vec<f64> = (0..32).map(|k| from * pow(to / from, f64::from(k) / 31.0)).collect();
        flow(&Layers::identity(3, depth, ALPHA), &gradient, &times, TIGHT)
    };
    DEPTHS.into_iter().map(run).collect()
}

fn modes_by_depth(lab: &Lab) -> Result<Plot> {
    let runs = lab.once(diagonal_target)?;
    let mut series = Vec::new();
    for (depth, moments) in DEPTHS.into_iter().zip(runs.iter()) {
        for (i, m) in TARGETS.into_iter().enumerate() {
            let mode = Mode { depth, m, alpha: ALPHA };
            let from = pow(ALPHA, depth as f64) / m;
            // Closer together in log z and in log(1 - z) at the ends.
            let rising = (1..=60).map(|k| from * pow(0.5 / from, f64::from(k) / 60.0));
            let settling = (1..=60).map(|k| 1.0 - 0.5 * pow(0.004, f64::from(k) / 60.0));
            series.push(Series {
                name: format!("N = {depth}, m = {m}, closed form"),
                look: Look::Predicted,
                points: rising.chain(settling).map(|z| [mode.time(z), z * m]).filter(|[t, _]| *t > 0.2).collect(),
            });
            series.push(Series {
                name: format!("N = {depth}, m = {m}, measured"),
                look: Look::Measured,
                points: moments.iter().map(|at| [at.t, at.layers.product()[4 * i]]).collect(),
            });
        }
    }
    let label = |text, depth: usize| {
        let t = Mode { depth, m: TARGETS[0], alpha: ALPHA }.time(0.5);
        Label { text, look: Look::Predicted, at: [t, 2.08], align: Align::Middle }
    };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("time t", 0.2, 1000.0),
            y: Axis::linear("singular value σ", 0.0, 2.3),
            series,
            labels: vec![label("N = 2", 2), label("N = 3", 3), label("N = 4", 4)],
        }],
    })
}

/// [[*, 1], [1, d]] for d = 1/2 and 2, from starts in geometric progression, by depth.
fn completions() -> Result<Vec<Vec<Vec<End>>>> {
    let starts: Vec<f64> = (0..=14).map(|k| 1.8 * exp(-LN_10 * 0.09 * f64::from(k))).collect();
    let by_depth = |d: f64| -> Result<Vec<Vec<End>>> {
        let corner = Corner { b: 1.0, d };
        DEPTHS.into_iter().map(|depth| starts.iter().map(|&alpha| end(corner, depth, alpha)).collect()).collect()
    };
    [0.5, 2.0].into_iter().map(by_depth).collect()
}

fn which_completion(lab: &Lab) -> Result<Plot> {
    let completions = lab.once(completions)?;
    let panel = |(d, by_depth): (f64, &Vec<Vec<End>>)| -> Panel {
        let (low, high) = (0.08, 2.8);
        let line =
            |name: &str, look, x: f64| Series { name: name.to_string(), look, points: vec![[low, x], [high, x]] };
        // det X > 0, x_22 = d and x_12 = 1 put x_11 above 1/d.
        let mut series = vec![
            line("rank one, 1/d", Look::Predicted, 1.0 / d),
            line("least nuclear norm, min(d, 1/d)", Look::Bound, d.min(1.0 / d)),
        ];
        series.extend(by_depth.iter().map(|ends| Series {
            name: format!("N = {}, measured", ends[0].depth),
            look: Look::Path,
            points: ends.iter().rev().map(|end| [end.alpha, end.x_11.value]).collect(),
        }));
        let label = |text, depth: usize| {
            let first = &by_depth[depth - 2][0];
            Label { text, look: Look::Measured, at: [1.06 * first.alpha, first.x_11.value], align: Align::Start }
        };
        Panel {
            x: Axis::log(if d < 1.0 { "α, where d = 1/2" } else { "α, where d = 2" }, low, high),
            y: Axis::log("x_11 at the end", 0.3, 30.0),
            series,
            labels: vec![label("N = 2", 2), label("N = 3", 3), label("N = 4", 4)],
        }
    };
    Ok(Plot { panels: [0.5, 2.0].into_iter().zip(completions.iter()).map(panel).collect() })
}

/// [[*, 1], [±1, 1/2]] from starts in geometric progression, by depth.
fn second_values() -> Result<Vec<Vec<Vec<End>>>> {
    let corners = [1.0, -1.0].map(|b| Corner { b, d: 0.5 });
    let starts: Vec<f64> = (0..=10).map(|k| 0.2 * exp(-LN_10 * 0.2 * f64::from(k))).collect();
    let by_depth = |corner: Corner| -> Result<Vec<Vec<End>>> {
        DEPTHS.into_iter().map(|depth| starts.iter().map(|&alpha| end(corner, depth, alpha)).collect()).collect()
    };
    corners.into_iter().map(by_depth).collect()
}

fn second_singular_value(lab: &Lab) -> Result<Plot> {
    let values = lab.once(second_values)?;
    let panel = |(b, ends): (f64, &Vec<Vec<End>>)| -> Result<Panel> {
        let corner = Corner { b, d: 0.5 };
        let mut series = Vec::new();
        for ends in ends {
            let depth = ends[0].depth;
            let last = &ends[ends.len() - 1];
            let n = depth as f64;
            let law: Box<dyn Fn(f64) -> f64> = if depth == 2 {
                let p = 2.0 * (1.0 + b * corner.ratio());
                Box::new(move |alpha| exp(last.second.value) * pow(alpha / last.alpha, p))
            } else {
                let factor = pow(on_the_plateau(corner, depth)?.constant.value, -n / (n - 2.0));
                Box::new(move |alpha| factor * pow(alpha, n))
            };
            series.push(Series {
                name: format!("N = {depth}, predicted for small α"),
                look: Look::Predicted,
                points: ends.iter().map(|end| [end.alpha, law(end.alpha)]).collect(),
            });
            series.push(Series {
                name: format!("N = {depth}, measured"),
                look: Look::Measured,
                points: ends.iter().map(|end| [end.alpha, exp(end.second.value)]).collect(),
            });
        }
        let label = |text, depth: usize| {
            let last = &ends[depth - 2][10];
            // Two of the curves end near each other.
            let beside = [3.0, 1.0, 0.3][depth - 2];
            let at = [0.9 * last.alpha, beside * exp(last.second.value)];
            Label { text, look: Look::Predicted, at, align: Align::End }
        };
        Ok(Panel {
            x: Axis::log(if b > 0.0 { "α, where b = 1" } else { "α, where b = -1" }, 5e-4, 0.3),
            y: Axis::log("σ_2", 1e-12, 1.0),
            series,
            labels: vec![label("N = 2", 2), label("N = 3", 3), label("N = 4", 4)],
        })
    };
    Ok(Plot { panels: [1.0, -1.0].into_iter().zip(values.iter()).map(panel).collect::<Result<_>>()? })
}
