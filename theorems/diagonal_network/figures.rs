//! The pictures of the theorem.

use super::depth::two_weights;
use super::entropy::{minimise, potential};
use super::network::{Arcsinh, Weights};
use super::recovery::{recoveries, share, statistical_dimension};
use super::rich::{full_support, leading_sizes, log_sizes};
use super::saddles::jumps;
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::lab::Lab;
use theoremcheck::real::{LN_10, exp, norm};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "two-weights",
        title: "One equation: where the flow ends depends on the size of the start",
        says: "x = (1, .9) and y = 1. The dashed line is the set of zero loss. Gradient flows of the weights from α = 1, .3, .1 and \
               .01 bend more the smaller α is, and end on the solid stretch of the line, where the minimisers of Q are: from \
               the solution of least l2 norm, (.552, .497), to that of least l1 norm, (1, 0), as α falls.",
        draw: flows,
    },
    Figure {
        id: "potential",
        title: "The potential turns from a square into an absolute value",
        says: "One term of Q as a function of β, divided by its value at β = 1, for α = 10, .3, .01 and 1e-8. At α = 10 it is the \
               square to the eye; towards α = 0 it comes to the absolute value, slowly, like 1/log(1/α).",
        draw: potentials,
    },
    Figure {
        id: "between-norms",
        title: "Both norms of the limit, as the start grows",
        says: "The planted problem: |β|_1 over the least l1 norm and |β|_2 over the least l2 norm, for the minimisers of Q with α from \
               1e-8 to 1e2, ω = 1. The first comes down to 1 as α falls, the second as α grows.",
        draw: between,
    },
    Figure {
        id: "exponents",
        title: "What is left off the support falls with an exponent of its own",
        says: "The planted problem: the entries off the support of the solution of least l1 norm against α, on the predicted lines of \
               slope 2(1 - |x·ν|).",
        draw: exponents,
    },
    Figure {
        id: "jumps",
        title: "From a vanishing start the flow waits and jumps",
        says: "A planted problem from a start below 1e-60: |β| of the three coordinates that join, against time in units of \
               2 log(1/α). The upright lines are the predicted times; between them β is on the predicted saddles.",
        draw: staircase,
    },
    Figure {
        id: "recovery",
        title: "The least l1 norm recovers a sparse vector from fewer measurements than unknowns",
        says: "The share of Gaussian problems in which the least l1 norm recovers a sparse vector, against the number n of \
               measurements, with exact 95 % intervals. It rises from 0 to 1 around the statistical dimension, the dashed upright line. The \
               falling line is the mean share 1 - n/d of |β|² that the least l2 norm leaves.",
        draw: transition,
    },
];

/// 10^k from `from` to `to`, `per` a decade.
fn sizes(from: i32, to: i32, per: i32) -> Vec<f64> {
    (from * per..=to * per).map(|k| exp(LN_10 * f64::from(k) / f64::from(per))).collect()
}

fn label(text: &'static str, look: Look, at: [f64; 2], align: Align) -> Label {
    Label { text, look, at, align }
}

fn flows(_: &Lab) -> Result<Plot> {
    let problem = two_weights()?.problem()?;
    let l1 = theoremcheck::reference::least_l1::min_l1_norm(&problem)?;
    let limit = |alpha: f64| -> Result<[f64; 2]> {
        let beta = minimise(&problem, &log_sizes(alpha, &[1.0; 2]), &[0.0; 2], &l1)?.beta;
        Ok([beta[0], beta[1]])
    };
    let limits = sizes(-32, 2, 4).into_iter().map(limit).collect::<Result<Vec<_>>>()?;
    let mut series = vec![
        Series { name: "X β = y".to_string(), look: Look::Bound, points: vec![[0.28, 0.8], [1.1, -0.1 / 0.9]] },
        Series { name: "limits, all α".to_string(), look: Look::Predicted, points: limits },
    ];
    for alpha in [1.0, 0.3, 0.1, 0.01] {
        let ode = Weights { problem: &problem, depth: 2, alpha };
        let scale = 1.0 / (4.0 * alpha * alpha + 1.0);
        let times: Vec<f64> = (1..=60).map(|k| f64::from(k) * f64::from(k) * 0.004 * scale).collect();
        let run = dormand_prince(&ode, 0.0, &[alpha; 4], &times, Tolerance::new(1e-9, 1e-9))?;
        let points = run.states.iter().map(|w| ode.beta(w)).map(|beta| [beta[0], beta[1]]);
        series.push(Series { name: format!("flow, α = {alpha}"), look: Look::Path, points: points.collect() });
    }
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("β1", -0.02, 1.1),
            y: Axis::linear("β2", -0.05, 0.75),
            series,
            labels: vec![
                label("X β = y", Look::Bound, [0.45, 0.66], Align::Start),
                label("α = 1", Look::Measured, [0.25, 0.28], Align::End),
                label("α = .01", Look::Measured, [0.5, 0.06], Align::Start),
            ],
        }],
    })
}

fn potentials(_: &Lab) -> Result<Plot> {
    let grid: Vec<f64> = (-60..=60).map(|k| f64::from(k) / 40.0).collect();
    let curve = |f: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> { grid.iter().map(|&b| [b, f(b) / f(1.0)]).collect() };
    let mut series = vec![
        Series { name: "β²".to_string(), look: Look::Bound, points: curve(&|b| b * b) },
        Series { name: "|β|".to_string(), look: Look::Bound, points: curve(&|b| b.abs()) },
    ];
    for alpha in [10.0, 0.3, 0.01, 1e-8] {
        let log_a = log_sizes(alpha, &[1.0]);
        series.push(Series {
            name: format!("Q, α = {alpha}"),
            look: Look::Predicted,
            points: curve(&|b| potential(&log_a, &[b])),
        });
    }
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("β", -1.5, 1.5),
            y: Axis::linear("Q(β)/Q(1)", 0.0, 2.3),
            series,
            labels: vec![
                label("β²", Look::Bound, [1.32, 2.1], Align::End),
                label("|β|", Look::Bound, [0.42, 0.62], Align::End),
            ],
        }],
    })
}

fn between(lab: &Lab) -> Result<Plot> {
    let rich = lab.run(full_support)?;
    let problem = &rich.planted.problem;
    let dim = rich.planted.beta.len();
    let least_l1: f64 = rich.planted.beta.iter().map(|b| b.abs()).sum();
    let least_l2 = norm(&super::kernel::weighted_least_l2(problem, &vec![1.0; dim], &problem.y));
    let at = |alpha: f64| -> Result<[[f64; 2]; 2]> {
        let beta = minimise(problem, &log_sizes(alpha, &vec![1.0; dim]), &vec![0.0; dim], &rich.l1)?.beta;
        let l1: f64 = beta.iter().map(|b| b.abs()).sum();
        Ok([[alpha, l1 / least_l1], [alpha, norm(&beta) / least_l2]])
    };
    let points = sizes(-8, 2, 4).into_iter().map(at).collect::<Result<Vec<_>>>()?;
    let top = points.iter().flatten().map(|p| p[1]).fold(1.0, f64::max);
    let series = |name: &str, k: usize, look| Series {
        name: name.to_string(),
        look,
        points: points.iter().map(|p| p[k]).collect(),
    };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("α", 1e-8, 1e2),
            y: Axis::linear("norm over the least one", 0.98, 1.0 + 1.15 * (top - 1.0)),
            series: vec![series("|β|_1", 0, Look::Predicted), series("|β|_2", 1, Look::Path)],
            labels: vec![
                label(
                    "l1 norm",
                    Look::Predicted,
                    [60.0, 1.0 + 1.05 * (points[points.len() - 1][0][1] - 1.0)],
                    Align::End,
                ),
                label("l2 norm", Look::Measured, [2e-8, 1.0 + 1.07 * (points[0][1][1] - 1.0)], Align::Start),
            ],
        }],
    })
}

fn exponents(lab: &Lab) -> Result<Plot> {
    let rich = lab.run(full_support)?;
    let dim = rich.planted.beta.len();
    let alphas = sizes(-16, 0, 1);
    let mut series = Vec::new();
    for (k, j) in (0..dim).filter(|j| !rich.planted.support.contains(j)).enumerate() {
        let measured = |alpha: &f64| -> Result<[f64; 2]> {
            let found = minimise(&rich.planted.problem, &log_sizes(*alpha, &rich.shape), &vec![0.0; dim], &rich.l1)?;
            Ok([*alpha, found.beta[j].abs()])
        };
        series.push(Series {
            name: format!("β_{}, predicted", j + 1),
            look: Look::Predicted,
            points: alphas.iter().map(|&alpha| [alpha, leading_sizes(&rich, alpha)[k].abs()]).collect(),
        });
        series.push(Series {
            name: format!("β_{}", j + 1),
            look: Look::Measured,
            points: alphas.iter().map(measured).collect::<Result<_>>()?,
        });
    }
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("α", 1e-16, 1.0),
            y: Axis::log("|β| off the support", 1e-24, 10.0),
            series,
            labels: vec![],
        }],
    })
}

fn staircase(lab: &Lab) -> Result<Plot> {
    let runs = lab.run(jumps)?;
    let run = &runs[0];
    let last = &run.saddles[run.saddles.len() - 1];
    let end = 1.25 * last.from;
    let times: Vec<f64> = (1..=150).map(|k| end * f64::from(k) / 150.0).collect();
    let ode = Arcsinh { problem: &run.problem, log_a: &run.log_a };
    let states = dormand_prince(&ode, 0.0, &vec![0.0; run.log_a.len()], &times, Tolerance::new(1e-9, 1e-9))?.states;
    let betas: Vec<Vec<f64>> = states.iter().map(|z| ode.beta(z)).collect();
    let top = 1.1 * betas.iter().flatten().fold(0.0_f64, |most, b| most.max(b.abs()));
    let mut series = Vec::new();
    for saddle in &run.saddles[1..] {
        let at = saddle.from / run.l;
        series.push(Series {
            name: "predicted jump".to_string(),
            look: Look::Interval,
            points: vec![[at, 0.0], [at, top]],
        });
    }
    for &j in &last.active {
        let points = times.iter().zip(&betas).map(|(t, beta)| [t / run.l, beta[j].abs()]);
        series.push(Series { name: format!("|β_{}|", j + 1), look: Look::Path, points: points.collect() });
    }
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("t over 2 log(1/α)", 0.0, end / run.l),
            y: Axis::linear("|β|", 0.0, top),
            series,
            labels: vec![],
        }],
    })
}

fn transition(lab: &Lab) -> Result<Plot> {
    let run = lab.run(recoveries)?;
    let (k, d) = (run.k, run.d);
    let stream = &mut lab.seed().stream("diagonal-network", "figure of recovery");
    let at = statistical_dimension(k, d);
    let mut measured = Vec::new();
    let mut series = vec![
        Series { name: "statistical dimension".to_string(), look: Look::Bound, points: vec![[at, 0.0], [at, 1.0]] },
        Series { name: "1 - n/d".to_string(), look: Look::Predicted, points: vec![[0.0, 1.0], [d as f64, 0.0]] },
    ];
    for n in (k..d).step_by(2) {
        let [share, _] = share(n, k, d, 40, false, stream)?;
        let (low, high) = share.interval(0.05);
        let n = n as f64;
        measured.push([n, share.wins as f64 / share.trials as f64]);
        series.push(Series { name: "interval".to_string(), look: Look::Interval, points: vec![[n, low], [n, high]] });
    }
    series.push(Series { name: "least l1 norm".to_string(), look: Look::Measured, points: measured });
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("measurements n", 0.0, d as f64),
            y: Axis::linear("share", -0.02, 1.05),
            series,
            labels: vec![label("left by the least l2 norm", Look::Predicted, [19.0, 0.55], Align::Start)],
        }],
    })
}
