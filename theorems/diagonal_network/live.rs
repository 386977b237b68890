//! The figure of the theorem that the reader moves.

use super::depth::OneEquation;
use super::entropy::{minimise, potential};
use super::network::Arcsinh;
use super::rich::log_sizes;
use theoremcheck::error::Result;
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::real::{bisect, dot, exp, norm};
use theoremcheck::reference::least_l1::min_l1_norm;

pub const LIVE: &[Live] = &[Live {
    id: "ball",
    title: "A ball between two norms",
    says: "One equation x·β = 1 with x = (1, x_2); its solutions are the straight dashed line. The solid curve is the ball of Q that touches \
           it, and where it does is the limit of the flow, whose path is thin. The dashed circle and diamond are the balls of \
           l2 and l1. Make α small, and the ball turns into the diamond, slowly; make it large, and it is the circle. Take x_2 through 1, \
           and the diamond's corner changes sides.",
    parameters: &[
        Parameter {
            name: "alpha",
            says: "α",
            takes: Takes::Number { range: [1e-8, 10.0], scale: Scale::Log, default: 0.1 },
        },
        Parameter {
            name: "x2",
            says: "x_2",
            takes: Takes::Number { range: [-1.5, 1.5], scale: Scale::Linear, default: 0.8 },
        },
    ],
    draw: ball,
}];

/// The plane of β, one unit as long across as up.
const WIDE: [f64; 2] = [-1.2, 1.94];
const HIGH: [f64; 2] = [-0.8, 0.9];

fn ball(setting: &Setting) -> Result<Shown> {
    let (alpha, x2) = (setting.number("alpha"), setting.number("x2"));
    let equation = OneEquation { x: vec![1.0, x2], y: 1.0, shape: vec![1.0; 2] };
    let problem = equation.problem()?;
    let l1 = min_l1_norm(&problem)?;
    let log_a = log_sizes(alpha, &equation.shape);
    let limit = minimise(&problem, &log_a, &[0.0; 2], &l1)?;
    let size = potential(&log_a, &limit.beta);
    let along = |b: f64| [1.0 - x2 * b, b];
    let one_norm = |beta: &[f64]| beta.iter().map(|b| b.abs()).sum::<f64>();
    let least_l1 = one_norm(&l1.beta);
    let least_l2 = 1.0 / norm(&equation.x);

    // Until the first coordinate has left 0, which takes the longer the smaller α is, and some e-foldings more.
    let ode = Arcsinh { problem: &problem, log_a: &log_a };
    let speed = 4.0 * dot(&equation.x, &equation.x) * (2.0 * exp(log_a[0])).max(0.5);
    let end = (libm::asinh(0.5 * exp(-log_a[0])) * 2.0 + 12.0) / speed;
    let times: Vec<f64> = (1..=60).map(|k| end * f64::from(k) / 60.0).collect();
    let states = dormand_prince(&ode, 0.0, &[0.0; 2], &times, Tolerance::new(1e-9, 1e-9))?.states;
    let path = [[0.0; 2]].into_iter().chain(states.iter().map(|z| ode.beta(z)).map(|beta| [beta[0], beta[1]]));

    let series = |name: &str, look, points: Vec<[f64; 2]>| Series { name: name.to_string(), look, points };
    let plot = Plot {
        panels: vec![
            Panel {
                x: Axis::linear("β1", WIDE[0], WIDE[1]),
                y: Axis::linear("β2", HIGH[0], HIGH[1]),
                series: vec![
                    series("x·β = 1", Look::Bound, [2.0 * HIGH[0], 2.0 * HIGH[1]].map(along).to_vec()),
                    series("ball of l1", Look::Bound, level(least_l1, one_norm)),
                    series("ball of l2", Look::Bound, level(least_l2, norm)),
                    series("ball of Q", Look::Predicted, level(size, |beta| potential(&log_a, beta))),
                    series("flow", Look::Path, path.collect()),
                    series("limit", Look::Support, vec![[limit.beta[0], limit.beta[1]]]),
                ],
                labels: vec![],
            }
            .with_legend(&[
                ("flow", Look::Path),
                ("ball of Q", Look::Predicted),
                ("l1, l2 and x·β = 1", Look::Bound),
            ]),
        ],
    };
    let beta = format!("{}, {}", significant(limit.beta[0], 4), significant(limit.beta[1], 4));
    let readings = vec![
        Reading::new("limit β", beta),
        Reading::new("|β|_1 over the least", significant(one_norm(&limit.beta) / least_l1, 5)),
        Reading::new("|β|_2 over the least", significant(norm(&limit.beta) / least_l2, 5)),
        Reading::new("duality gap over Q", significant(1.0 - limit.dual_bound(&log_a) / size, 2)),
    ];
    Ok(Shown { plot, readings })
}

/// Where a function that grows from 0 along every ray has this value.
fn level(value: f64, of: impl Fn(&[f64]) -> f64) -> Vec<[f64; 2]> {
    let at = |k: i32| {
        let angle = f64::from(k) * std::f64::consts::PI / 60.0;
        let e = [libm::cos(angle), libm::sin(angle)];
        let on_ray = |r: f64| of(&e.map(|e| r * e)) - value;
        let mut far = 1.0;
        while on_ray(far) < 0.0 {
            far *= 2.0;
        }
        let r = bisect(on_ray, 0.0, far);
        e.map(|e| r * e)
    };
    (0..=120).map(at).collect()
}
