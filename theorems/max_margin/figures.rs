//! The pictures of the theorem, on data for which everything is known in closed form.

use super::cycles::{Line, one_one_minus_one};
use super::experiments::{DescentRun, Run, TIGHT, planted, two_points};
use super::exponential_threshold::Walls;
use super::large_steps::far_above_the_bound;
use super::regularisation_path::{Penalised, first_order, minimise};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::gradient_flow::{Setup, blind};
use theoremcheck::flow::loss::{Loss, shares};
use theoremcheck::flow::method::Method;
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, combine, distance, dot, exp, norm, reject};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "paths",
        title: "Gradient flow turns to the separator from every start",
        says: "Paths of gradient flow on four points, from five starts. Wherever they begin, they end on one and the \
               same line, w̃ + ŵ log t, parallel to the separator ŵ = (1, 0): the start is forgotten. ŵ is the point \
               nearest to the origin where both support vectors have x·w ≥ 1.",
        draw: paths,
    },
    Figure {
        id: "loss-and-norm",
        title: "The loss falls like 1/t and the weights grow like log t",
        says: "The four points from w = 0. The loss comes down to 1/(γ² t), and the norm of w goes up along \
               √(u² + C²)/γ, which is log t and a constant: after twelve decades of t the weights are still small.",
        draw: loss_and_norm,
    },
    Figure {
        id: "gradient-shares",
        title: "Support vectors take over the gradient",
        says: "The share that each of the four points has in the gradient. The shares of the two support vectors settle \
               at 1/3 and 2/3, the dual variables; those of the points with margins 3/2 and 3 fall like t^(-1/2) and \
               t^-2, the powers m - 1.",
        draw: gradient_shares,
    },
    Figure {
        id: "gap-and-direction",
        title: "Margin and direction converge like 1/log t",
        says: "On (1,4), (1,-2), where the two constants differ: the relative gap of the margin and the sine of the angle \
               to ŵ against log t. Both fall like 1/log t, slowly enough to be seen after hundreds of decades of t, and \
               both lie on the predicted curves, constants included.",
        draw: gap_and_direction,
    },
    Figure {
        id: "rise-and-fall",
        title: "Far above the bound the loss rises before it falls",
        says: "The logistic loss on (.1,.9), (.1,-.5) under gradient descent with steps of 50 and 200, far above 2/(β σ_max²). \
               It goes up and down at first, and then falls below its law 1/(γ² η t). With η = 50 it is back near the law \
               after a few thousand steps. With η = 200 one point alone pulls for some ten thousand steps, with the loss near \
               1/(η t |x_2|²), and only then does the loss come up to the law.",
        draw: large_steps,
    },
    Figure {
        id: "two-walls",
        title: "Beyond the cycle gradient descent diverges",
        says: "The points .9 and -.5 on a line under the exponential loss. Up to η = 2/L'' the minimiser attracts, but only \
               from between the two points of a cycle that repels, the solid curves. The dots are the last starts from which a \
               run does not diverge.",
        draw: two_walls,
    },
    Figure {
        id: "cobweb",
        title: "A large step ends on a cycle of two",
        says: "Gradient descent on 1, 1, -1 with η = 3.6: the dots go from w to the curve of the next w, and from there to the \
               diagonal. They leave the minimiser log 2, where the curve crosses the diagonal more steeply than at right \
               angles, and end on a square, the cycle of two.",
        draw: cobweb,
    },
    Figure {
        id: "bifurcation",
        title: "Two, four, many: what becomes of the iterates as the step grows",
        says: "The iterates of gradient descent on 1, 1, -1 after a thousand steps, against η. Up to η = 3 they \
               are at the minimiser log 2, and then on the cycle of two. Its points are the solid curves; from about 4.2 on it repels, \
               and the iterates are on a cycle of four. Between about 4.8 and 6.2 they fill bands and look chaotic, but for \
               periodic windows; beyond, they repeat after three steps.",
        draw: bifurcation,
    },
    Figure {
        id: "vanishing-penalty",
        title: "The penalty comes to w̃ like 1/a, the flow like a power of t",
        says: "The planted points: the distance of v from w̃ for the penalised minimiser a ŵ + v, against a, on the \
               predicted |A^-1 w̃|/a, where a is about log(1/λ). The flow at log t = a is far nearer by then.",
        draw: penalty,
    },
];

/// The four points with ŵ = (1, 0), at many times.
fn four_points_often() -> Result<Run> {
    let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let times: Vec<f64> = (0..=36).map(|k| f64::from(k) * LN_10 / 3.0).collect();
    Run::new("", setup, &times, TIGHT)
}

/// The two points whose C is half of H - Hinf, at times whose logarithms grow geometrically.
fn two_points_often() -> Result<Run> {
    let setup = two_points()?.setup;
    let times: Vec<f64> = (0..=30).map(|k| exp(f64::from(k) * LN_10 / 10.0)).collect();
    Run::new("", setup, &times, TIGHT)
}

/// A path from each of several starts.
fn five_starts() -> Result<Vec<Vec<[f64; 2]>>> {
    let Setup { points, loss, .. } = four_points_often()?.setup;
    let times: Vec<f64> = (0..=18).map(|k| -3.0 + f64::from(k) * 0.5).collect();
    let starts = [[0.0, 0.0], [-1.2, 2.4], [-0.8, -1.6], [2.2, -1.9], [2.6, 2.6]];
    let path = |start: [f64; 2]| {
        let setup = Setup { points: points.clone(), loss, start: start.to_vec() };
        let later = blind(&setup, &times, Method::Explicit, TIGHT)?;
        Ok(std::iter::once(start).chain(later.iter().map(|at| [at.state[0], at.state[1]])).collect())
    };
    starts.into_iter().map(path).collect()
}

fn paths(lab: &Lab) -> Result<Plot> {
    let run = lab.once(four_points_often)?;
    let Run { setup, reference, expansion, .. } = &*run;
    let row = |n: usize| [setup.points.row(n)[0], setup.points.row(n)[1]];
    let (support, others): (Vec<usize>, Vec<usize>) =
        (0..setup.points.count()).partition(|n| reference.support.contains(n));
    let mut series = Vec::new();
    for &n in &support {
        // The line x·w = 1: its point nearest to the origin, and along it both ways.
        let x = row(n);
        let square = dot(&x, &x);
        let along = |r: f64| [x[0] / square - r * x[1], x[1] / square + r * x[0]];
        let name = format!("x·w = 1 for x = ({}, {})", x[0], x[1]);
        series.push(Series { name, look: Look::Bound, points: vec![along(-8.0), along(8.0)] });
    }
    let line = [-4.0, 8.0].map(|s| combine(s, &reference.w_hat, &expansion.w_tilde)).map(|w| [w[0], w[1]]);
    series.push(Series { name: "w̃ + ŵ log t".to_string(), look: Look::Predicted, points: line.to_vec() });
    let separator = [reference.w_hat[0], reference.w_hat[1]];
    series.push(Series { name: "ŵ".to_string(), look: Look::Predicted, points: vec![[0.0; 2], separator] });
    for path in lab.once(five_starts)?.iter() {
        let name = format!("w(t) from ({}, {})", path[0][0], path[0][1]);
        series.push(Series { name, look: Look::Path, points: path.clone() });
    }
    let rows = |which: &[usize]| which.iter().map(|&n| row(n)).collect();
    series.push(Series { name: "x off the support".to_string(), look: Look::Point, points: rows(&others) });
    series.push(Series { name: "support vector".to_string(), look: Look::Support, points: rows(&support) });
    let label = |text, look, at, align| Label { text, look, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("w1 and x1", -1.5, 6.5),
            y: Axis::linear("w2 and x2", -2.0, 2.75),
            series,
            labels: vec![
                label("w̃ + ŵ log t", Look::Predicted, [6.4, -0.15], Align::End),
                label("ŵ", Look::Predicted, [1.0, -0.4], Align::Middle),
                label("x·w = 1", Look::Bound, [3.4, -1.5], Align::End),
                label("x·w = 1", Look::Bound, [-0.25, -1.8], Align::Start),
            ],
        }],
    })
}

/// One series measured at every snapshot, and one predicted at the same times.
fn against_prediction(
    name: &str,
    run: &Run,
    x: impl Fn(f64) -> f64,
    measured: impl Fn(usize) -> f64,
    predicted: impl Fn(f64) -> f64,
) -> [Series; 2] {
    let times = || run.path.snapshots.iter().map(|at| at.log_t).enumerate();
    [
        Series {
            name: format!("{name}, predicted"),
            look: Look::Predicted,
            points: times().map(|(_, s)| [x(s), predicted(s)]).collect(),
        },
        Series {
            name: format!("{name}, measured"),
            look: Look::Measured,
            points: times().map(|(i, s)| [x(s), measured(i)]).collect(),
        },
    ]
}

fn loss_and_norm(lab: &Lab) -> Result<Plot> {
    let run = lab.once(four_points_often)?;
    let Run { expansion, path, .. } = &*run;
    let gamma = expansion.gamma;
    let loss = against_prediction("loss", &run, exp, |i| exp(path.log_losses[i]), |s| exp(-s) / gamma / gamma);
    let weights =
        against_prediction("|w|", &run, exp, |i| norm(&path.snapshots[i].state), |s| expansion.scaled_norm(s) / gamma);
    let label = |text, at, align| Label { text, look: Look::Predicted, at, align };
    let time = || Axis::log("t", 1.0, 1e12);
    Ok(Plot {
        panels: vec![
            Panel {
                x: time(),
                y: Axis::log("loss L", 1e-12, 1e2),
                series: loss.to_vec(),
                labels: vec![label("1/(γ² t)", [1e8, 1e-6], Align::Start)],
            },
            Panel {
                x: time(),
                y: Axis::linear("norm |w|", 0.0, 30.0),
                series: weights.to_vec(),
                labels: vec![label("√(u² + C²)/γ", [1e8, 14.0], Align::Start)],
            },
        ],
    })
}

fn gradient_shares(lab: &Lab) -> Result<Plot> {
    let run = lab.once(four_points_often)?;
    let Run { setup, reference, expansion, path, .. } = &*run;
    let measured: Vec<Vec<f64>> =
        path.snapshots.iter().map(|at| shares(&setup.points, setup.loss, &at.state)).collect();
    let of_point = |n: usize| {
        let x = setup.points.row(n);
        // e^(-x·w) at w = ŵ log t + w̃, over the sum of all, 1/(γ² t).
        let constant = expansion.gamma * expansion.gamma * exp(-dot(x, &expansion.w_tilde));
        let name = format!("share of ({}, {})", x[0], x[1]);
        let predicted = |s: f64| constant * exp(-(reference.margins[n] - 1.0) * s);
        against_prediction(&name, &run, exp, |i| measured[i][n], predicted)
    };
    let label = |text, at, align| Label { text, look: Look::Predicted, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("t", 1.0, 1e12),
            y: Axis::log("share of the gradient", 1e-12, 10.0),
            series: (0..setup.points.count()).flat_map(of_point).collect(),
            labels: vec![
                label("2/3: (1, −1)", [1e12, 1.6], Align::End),
                label("1/3: (1, 2)", [1e12, 4e-2], Align::End),
                label("slope −1/2: (1.5, 1)", [1e12, 3e-5], Align::End),
                label("slope −2: (3, 1)", [2e4, 1e-8], Align::Start),
            ],
        }],
    })
}

fn gap_and_direction(lab: &Lab) -> Result<Plot> {
    let run = lab.once(two_points_often)?;
    let Run { setup, expansion, path, .. } = &*run;
    let gap = |i: usize| {
        let w = &path.snapshots[i].state;
        1.0 - setup.points.least_margin(w) / norm(w) / expansion.gamma
    };
    let sine = |i: usize| {
        let w = &path.snapshots[i].state;
        norm(&reject(w, &expansion.direction)) / norm(w)
    };
    let log_time = |s: f64| s;
    let gaps = against_prediction("1 - margin/γ", &run, log_time, gap, |s| expansion.relative_gap(s));
    let sines = against_prediction("sin(angle to ŵ)", &run, log_time, sine, |s| expansion.sine(s));
    let label = |text, at, align| Label { text, look: Look::Predicted, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("log t", 1.0, 1e3),
            y: Axis::log("relative gap, sine of the angle", 1e-5, 1.0),
            series: [gaps, sines].concat(),
            labels: vec![
                label("1 − margin/γ", [14.0, 3e-2], Align::Start),
                label("sin(angle to ŵ)", [8.0, 4e-3], Align::End),
            ],
        }],
    })
}

fn large_steps(lab: &Lab) -> Result<Plot> {
    let runs = lab.once(far_above_the_bound)?;
    let series = |(run, name): (&DescentRun, &str)| {
        let DescentRun { setup, expansion, descent, .. } = run;
        let steps = || descent.iterates.iter().filter(|at| at.step > 0);
        let losses = descent.log_losses(setup);
        let measured = steps().zip(losses.iter().skip(1)).map(|(at, loss)| [at.step as f64, exp(*loss)]).collect();
        let x = setup.points.row(1);
        let law = |square: f64| {
            steps().map(|at| [at.step as f64, 1.0 / (square * descent.rule.eta * at.step as f64)]).collect()
        };
        let mut series = vec![
            Series { name: format!("L, {name}"), look: Look::Path, points: measured },
            Series {
                name: format!("1/(γ² η t), {name}"),
                look: Look::Predicted,
                points: law(expansion.gamma * expansion.gamma),
            },
        ];
        if descent.rule.eta > 100.0 {
            series
                .push(Series { name: format!("1/(|x_2|² η t), {name}"), look: Look::Bound, points: law(dot(x, x)) });
        }
        series
    };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("steps t", 1.0, 1e6),
            y: Axis::log("loss L", 1e-7, 1e3),
            series: runs.iter().zip(["η = 50", "η = 200"]).flat_map(series).collect(),
            labels: vec![
                Label { text: "η = 50", look: Look::Measured, at: [2e4, 1e-2], align: Align::Start },
                Label { text: "η = 200", look: Look::Measured, at: [40.0, 3e-5], align: Align::End },
            ],
        }],
    })
}

fn penalty(lab: &Lab) -> Result<Plot> {
    let run = lab.run(planted)?;
    let expansion = &run.expansion;
    let path: Vec<Penalised> = (0..=12)
        .map(|k| minimise(&run.setup, &expansion.frame, -100.0 * exp(f64::from(k) * LN_10 / 3.0)))
        .collect::<Result<_>>()?;
    let measured = path.iter().map(|at| [at.a, distance(&at.v, &expansion.w_tilde)]).collect();
    let slope = norm(&first_order(expansion));
    let predicted = path.iter().map(|at| [at.a, slope / at.a]).collect();
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("a, about log(1/λ)", 50.0, 2e6),
            y: Axis::log("|v - w̃|", 1e-6, 1e-1),
            series: vec![
                Series { name: "|v - w̃|".to_string(), look: Look::Measured, points: measured },
                Series { name: "|A^-1 w̃|/a".to_string(), look: Look::Predicted, points: predicted },
            ],
            labels: vec![Label { text: "|A⁻¹ w̃|/a", look: Look::Predicted, at: [1e4, 1e-3], align: Align::Start }],
        }],
    })
}

/// .9 and -.5 on a line, as the second coordinates of (.1,.9), (.1,-.5) are.
fn two_walls(_: &Lab) -> Result<Plot> {
    let walls = Walls { a: 0.9, b: 0.5 };
    let most = walls.repels_from();
    let at = |k: u32| f64::from(k) / 40.0 * most;
    let point = |which: usize, at: [f64; 2], eta: f64| [eta, at[which]];
    let mut series = Vec::new();
    for (which, name) in ["lower", "upper"].into_iter().enumerate() {
        let curve = (4..40).map(|k| point(which, walls.cycle_at(at(k)).at, at(k))).collect();
        series.push(Series { name: format!("{name} point of the cycle"), look: Look::Predicted, points: curve });
        let dots = (4..40).step_by(3).map(|k| point(which, walls.borders(at(k)), at(k))).collect();
        series.push(Series { name: format!("{name} border of convergence"), look: Look::Measured, points: dots });
    }
    let limit = vec![[most, -6.0], [most, 11.0]];
    series.push(Series { name: "η = 2/L''".to_string(), look: Look::Bound, points: limit });
    let label = |text, look, at| Label { text, look, at, align: Align::Start };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("η", 0.0, 3.0),
            y: Axis::linear("start y", -6.0, 11.0),
            series,
            labels: vec![
                label("diverges", Look::Measured, [1.7, 7.0]),
                label("converges", Look::Measured, [0.6, 0.6]),
                label("2/L''", Look::Bound, [2.4, 9.0]),
            ],
        }],
    })
}

fn cobweb(_: &Lab) -> Result<Plot> {
    let label = |text, look, at| Label { text, look, at, align: Align::Start };
    let labels = vec![label("w - η L'(w)", Look::Predicted, [-0.1, 2.4]), label("w", Look::Bound, [2.5, 2.25])];
    let panel = Panel { labels, ..walk_on_the_map(&one_one_minus_one(), 3.6, 0.6) };
    Ok(Plot { panels: vec![panel] })
}

/// Thirty steps of gradient descent as a path between the curve of the next w and the diagonal.
pub fn walk_on_the_map(line: &Line, eta: f64, start: f64) -> Panel {
    let w = line.run(eta, start, &(0..=30).collect::<Vec<_>>());
    let path = w.windows(2).flat_map(|pair| [[pair[0], pair[0]], [pair[0], pair[1]]]).collect();
    let (low, high) = w.iter().fold((-0.5, 2.5), |(low, high): (f64, f64), w| (low.min(*w), high.max(*w)));
    let (low, high) = (low - 0.3, high + 0.3);
    let map = (0..=60).map(|k| low + f64::from(k) * (high - low) / 60.0).map(|w| [w, line.step_from(eta, w)]).collect();
    Panel {
        x: Axis::linear("w", low, high),
        y: Axis::linear("next w", low, high),
        series: vec![
            Series { name: "w".to_string(), look: Look::Bound, points: vec![[low, low], [high, high]] },
            Series { name: "w - η L'(w)".to_string(), look: Look::Predicted, points: map },
            Series { name: "iterates".to_string(), look: Look::Path, points: path },
        ],
        labels: vec![],
    }
}

/// The iterates after a thousand steps until they repeat, and at most 24.
pub fn late(line: &Line, eta: f64) -> Vec<f64> {
    let mut w = line.run(eta, 0.0, &(1000..1024).collect::<Vec<_>>());
    let period = (1..w.len()).find(|&k| (w[k] - w[0]).abs() < 1e-6).unwrap_or(w.len());
    w.truncate(period);
    w
}

fn bifurcation(_: &Lab) -> Result<Plot> {
    Ok(Plot { panels: vec![late_iterates(&one_one_minus_one())] })
}

/// The late iterates against the step, and the cycle of two.
pub fn late_iterates(line: &Line) -> Panel {
    let etas = (0..=120).map(|k| 2.6 + f64::from(k) * 0.045);
    let mut series: Vec<Series> = ["upper", "lower"]
        .into_iter()
        .enumerate()
        .map(|(which, name)| {
            let etas = (1..=50).map(|k| line.threshold + f64::from(k) * 0.05);
            let points = etas.map(|eta| [eta, line.cycle(eta).at[which]]).collect();
            Series { name: format!("{name} point of the cycle of two"), look: Look::Predicted, points }
        })
        .collect();
    let points = etas.flat_map(|eta| late(line, eta).into_iter().map(move |w| [eta, w])).collect();
    series.push(Series { name: "iterates".to_string(), look: Look::Measured, points });
    Panel {
        x: Axis::linear("η", 2.5, 8.0),
        y: Axis::linear("w after a thousand steps", -5.0, 13.0),
        series,
        labels: vec![],
    }
}
