//! The figure of the theorem that the reader moves.

use super::plateaus::Mode;
use theoremcheck::error::Result;
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::deep::{Layers, flow};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::real::{LN_10, ln, pow};

pub const LIVE: &[Live] = &[Live {
    id: "modes",
    title: "Plateaus that you lengthen",
    says: "Three singular values of a matrix that is observed in full, from layers αI: the lines are the closed form, the dots the \
           flow. Add layers, and the same start means longer plateaus and steeper steps. Make α smaller: at two layers each \
           halving delays the step to m by log 2/(2m), at three the times grow like 1/α, at four like 1/α².",
    parameters: &[
        Parameter { name: "depth", says: "layers N", takes: Takes::Whole { range: [2, 5], default: 3 } },
        Parameter {
            name: "alpha",
            says: "α",
            takes: Takes::Number { range: [0.02, 0.2], scale: Scale::Log, default: 0.05 },
        },
        Parameter {
            name: "second",
            says: "m_2",
            takes: Takes::Number { range: [0.2, 3.0], scale: Scale::Linear, default: 1.0 },
        },
        Parameter {
            name: "third",
            says: "m_3",
            takes: Takes::Number { range: [0.2, 3.0], scale: Scale::Linear, default: 0.5 },
        },
    ],
    draw: modes,
}];

/// m_1.
const FIRST: f64 = 2.0;

fn modes(setting: &Setting) -> Result<Shown> {
    let (depth, alpha) = (setting.whole("depth") as usize, setting.number("alpha"));
    let targets = [("m_1", FIRST), ("m_2", setting.number("second")), ("m_3", setting.number("third"))];
    let mode = |m: f64| Mode { depth, m, alpha };
    // The power of ten after the last step.
    let last = targets.iter().map(|(_, m)| mode(*m).time(0.5)).fold(1.0, f64::max);
    let latest = pow(10.0, (ln(3.0 * last) / LN_10).ceil());
    let mut series = Vec::new();
    let mut readings = Vec::new();
    let halves = ["σ1 is half of m_1 at t", "σ2 is half of m_2 at t", "σ3 is half of m_3 at t"];
    for ((name, m), half) in targets.into_iter().zip(halves) {
        let mode = mode(m);
        let from = pow(alpha, depth as f64) / m;
        series.push(Series {
            name: format!("{name}, closed form"),
            look: Look::Predicted,
            points: closed_form(mode, latest),
        });
        // Off the diagonal nothing ever moves, so that each singular value is a flow by itself.
        let shares: Vec<f64> = (1..=20).map(|k| from * pow(0.98 / from, f64::from(k) / 20.0)).collect();
        let times: Vec<f64> = shares.iter().map(|z| mode.time(*z)).collect();
        let gradient = |x: &[f64]| vec![2.0 * (x[0] - m)];
        let run = flow(&Layers::identity(1, depth, alpha), &gradient, &times, Tolerance::new(1e-6, 1e-6))?;
        let points = run.iter().map(|at| [at.t, at.layers.product()[0]]).collect();
        series.push(Series { name: format!("{name}, flow"), look: Look::Measured, points });
        readings.push(Reading::new(half, significant(mode.time(0.5), 4)));
    }
    let panel = Panel { x: Axis::log("time t", 0.1, latest), y: Axis::linear("σ", 0.0, 3.2), series, labels: vec![] };
    let legend = [("closed form", Look::Predicted), ("flow", Look::Measured)];
    Ok(Shown { plot: Plot { panels: vec![panel.with_legend(&legend)] }, readings })
}

/// A mode from its start, along its plateau to its target and on to the latest time.
fn closed_form(mode: Mode, latest: f64) -> Vec<[f64; 2]> {
    let from = pow(mode.alpha, mode.depth as f64) / mode.m;
    // Closer together in log z and in log(1 - z) at the ends; the series of the time takes the longer the nearer z is to 1.
    let rising = (1..=40).map(|k| from * pow(0.5 / from, f64::from(k) / 40.0));
    let settling = (1..=20).map(|k| 1.0 - 0.5 * pow(0.04, f64::from(k) / 20.0)).chain([0.999]);
    let curve = rising.chain(settling).map(|z| [mode.time(z), z * mode.m]);
    curve.chain([[latest, mode.m]]).filter(|[t, _]| *t > 0.0).collect()
}
