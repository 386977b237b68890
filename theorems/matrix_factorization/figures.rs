//! The pictures of the theorem.

use super::exponents::{Corner, Falling, Start};
use super::identities::{Run, TIGHT, balanced, unbalanced};
use super::modes::{Modes, half_time, sigmoid};
use super::norms::descend_directly;
use super::obstructions::cube;
use super::recovery::{Errors, RATES, SIZES, cells, interval, trials};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::factors::{Factors, flow, settle, symmetric_flow};
use theoremcheck::lab::Lab;
use theoremcheck::problem::completion::{Completion, Entry, Planted, plant};
use theoremcheck::real::{LN_10, difference, exp, largest, ln, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "modes-in-turn",
        title: "The largest singular value is learned first",
        says: "diag(3, 2, 1), observed in full, from αI with α = 1e-4: each singular value stays near 0 for a time of about \
               log(m/α²)/(4m) and then goes to m within a fraction of it, the largest first, on its closed form.",
        draw: modes_in_turn,
    },
    Figure {
        id: "invariants",
        title: "What the flow conserves, and what a step loses of it",
        says: "Above: the largest change of D = U'U - V'V. Along the flow it is the error of the integrator; under gradient \
               descent it settles at a height that about halves with the step size. Below: log|det X| of square balanced \
               factors, on the integral of its law.",
        draw: invariants,
    },
    Figure {
        id: "hidden-entries",
        title: "Factors find hidden entries that the matrix itself cannot",
        says: "A 12 × 10 matrix of rank two, six entries of ten observed: the error on the hidden entries, relative to their \
               size. The flow of factors from α = 1e-3 finds them as it finds the others; the flow of X itself leaves \
               them at 0.",
        draw: hidden_entries,
    },
    Figure {
        id: "vanishing-start",
        title: "The error vanishes like a power of the start, and the power differs",
        says: "|x_11 - 1/d| of [[*, 1], [1, d]] where the flow ends, against the size α of the start, on lines of the predicted \
               slopes 2(1 + s_2/s_1) from αI and 2(1 - s_2/s_1) from lifted starts. From lifted starts with d = 1/2 the slope \
               is not to be seen before α = 1e-5.",
        draw: vanishing_start,
    },
    Figure {
        id: "rank-one-or-nuclear-norm",
        title: "Rank one, not the least nuclear norm",
        says: "The nuclear norm of [[x, 1], [1, 1/2]] against x, its least value 2 at x = 1/2. The flow from αI ends near x = 2, \
               where the rank is one and the norm 5/2, the nearer the smaller α; lifted starts come there from the other \
               side; the flow of X itself ends at x = 0.",
        draw: rank_one_or_nuclear_norm,
    },
    Figure {
        id: "diverging",
        title: "The loss vanishes and the matrix diverges",
        says: "[[*, 1], [1, 0]] from αI, α = 1/10: x_11 grows along its expansion, (12t)^(1/3) and smaller terms, above the bound \
               (1 - √f)²/√f that det X > 0 enforces, while the loss f goes to 0.",
        draw: diverging_flow,
    },
    Figure {
        id: "recovery-rates",
        title: "Who recovers a matrix of rank two",
        says: "Twenty seeds in each cell. Above: the share in which factors from a small start are nearer to the truth than the \
               least nuclear norm, with exact intervals that hold together with probability at least .95. Below: the \
               median error on hidden entries of 12 × 12 matrices by the three methods.",
        draw: recovery_rates,
    },
];

/// diag(3, 2, 1) at times in geometric progression.
fn modes_often() -> Result<Modes> {
    let times: Vec<f64> = (0..=60).map(|k| 0.5 * exp(LN_10 * f64::from(k) / 48.0)).collect();
    Modes::new([3.0, 2.0, 1.0], 1e-4, &times)
}

fn modes_in_turn(lab: &Lab) -> Result<Plot> {
    let modes = lab.once(modes_often)?;
    let Modes { targets, alpha, run } = &*modes;
    let mut series = Vec::new();
    for (i, &m) in targets.iter().enumerate() {
        let fine = (0..=240).map(|k| 0.5 * exp(LN_10 * f64::from(k) / 192.0));
        series.push(Series {
            name: format!("m = {m}, closed form"),
            look: Look::Predicted,
            points: fine.map(|t| [t, sigmoid(m, *alpha, t)]).collect(),
        });
        series.push(Series {
            name: format!("m = {m}, measured"),
            look: Look::Measured,
            points: run.moments.iter().map(|at| [at.t, at.factors.entry(i, i)]).collect(),
        });
    }
    let at = |m: f64| [1.1 * half_time(m, *alpha), 0.5 * m];
    let label = |text, m| Label { text, look: Look::Predicted, at: at(m), align: Align::Start };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("time t", 0.5, 10.0),
            y: Axis::linear("singular value σ", 0.0, 3.2),
            series,
            labels: vec![label("m = 3", 3.0), label("m = 2", 2.0), label("m = 1", 1.0)],
        }],
    })
}

/// The flow and gradient descent from one start that is not balanced, and the flow of balanced square factors.
struct Invariants {
    unbalanced: Run,
    /// Step size, and the change of D at multiples of .25.
    descents: Vec<(f64, Vec<[f64; 2]>)>,
    balanced: Run,
}

fn invariant_runs(seed: Seed) -> Result<Invariants> {
    let times: Vec<f64> = (1..=24).map(|k| 0.25 * f64::from(k)).collect();
    let again = |run: Run| Run::new(run.problem, run.start, &times);
    let unbalanced = again(unbalanced(seed)?)?;
    let descent = |eta: f64| {
        let (mut at, before) = (unbalanced.start.clone(), unbalanced.start.imbalance());
        let change = |t: &f64| {
            at = at.descend(&unbalanced.problem, eta, (0.25 / eta) as usize);
            [*t, largest(difference(&at.imbalance(), &before))]
        };
        (eta, times.iter().map(change).collect())
    };
    let descents = [1.0 / 32.0, 1.0 / 64.0, 1.0 / 128.0].map(descent).to_vec();
    Ok(Invariants { descents, balanced: again(balanced(seed)?)?, unbalanced })
}

fn invariants(lab: &Lab) -> Result<Plot> {
    let runs = lab.run(invariant_runs)?;
    let Invariants { unbalanced, descents, balanced } = &*runs;
    let before = unbalanced.start.imbalance();
    let mut changes = vec![Series {
        name: "flow".to_string(),
        look: Look::Path,
        points: unbalanced
            .moments
            .iter()
            .map(|at| [at.t, largest(difference(&at.factors.imbalance(), &before))])
            .collect(),
    }];
    for (eta, points) in descents {
        changes
            .push(Series { name: format!("gradient descent, η = {eta}"), look: Look::Path, points: points.clone() });
    }
    let determinant = |law: bool| -> Vec<[f64; 2]> {
        let log = |factors: &Factors| match &factors.volume {
            Some(volume) if law => volume.log_det().0,
            _ => ln(factors.product().determinant().abs()),
        };
        balanced.moments.iter().map(|at| [at.t, log(&at.factors)]).collect()
    };
    let (law, measured) = (determinant(true), determinant(false));
    let values = || law.iter().map(|[_, y]| *y);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let label = |text, at| Label { text, look: Look::Path, at, align: Align::End };
    let top = |k: usize| descents[k].1[descents[k].1.len() - 1][1];
    Ok(Plot {
        panels: vec![
            Panel {
                x: Axis::linear("time t", 0.0, 6.25),
                y: Axis::log("change of D", 1e-16, 1e2),
                series: changes,
                labels: vec![
                    label("flow", [6.2, 1e-13]),
                    label("η = 1/32", [6.2, 6.0 * top(0)]),
                    label("η = 1/128", [6.2, 0.01 * top(2)]),
                ],
            },
            Panel {
                x: Axis::linear("time t", 0.0, 6.25),
                y: Axis::linear("log|det X|", low - 0.5, high + 0.5),
                series: vec![
                    Series { name: "law of the determinant".to_string(), look: Look::Predicted, points: law },
                    Series { name: "determinant of X".to_string(), look: Look::Measured, points: measured },
                ],
                labels: vec![],
            },
        ],
    })
}

/// Errors on the hidden entries over their size, by the flow of factors and by the flow of X.
fn learning(seed: Seed) -> Result<[Vec<[f64; 2]>; 2]> {
    let stream = &mut seed.stream("matrix-factorization", "learning");
    let Planted { problem, truth } = plant(12, 10, 2, 0.6, stream);
    let observed: Vec<usize> = problem.entries.iter().map(|Entry { i, j, .. }| i * problem.cols + j).collect();
    let hidden: Vec<usize> = (0..truth.len()).filter(|k| !observed.contains(k)).collect();
    let pick = |x: &dyn Fn(usize) -> f64| -> Vec<f64> { hidden.iter().map(|&k| x(k)).collect() };
    let of_truth = pick(&|k| truth[k]);
    let error = |x: &dyn Fn(usize) -> f64| norm(&difference(&pick(x), &of_truth)) / norm(&of_truth);
    let times: Vec<f64> = (0..=32).map(|k| exp(LN_10 * f64::from(k) / 16.0)).collect();
    let start = Factors { volume: None, ..Factors::identity(&problem, 1e-3) };
    let moments = flow(&problem, &start, &times, TIGHT)?;
    let factors = moments.iter().map(|at| [at.t, error(&|k| at.factors.entry(k / problem.cols, k % problem.cols))]);
    let direct = times.iter().map(|&t| {
        let x = descend_directly(&problem, &vec![0.0; truth.len()], 0.01, (t / 0.01) as usize);
        [t, error(&|k| x[k])]
    });
    Ok([factors.collect(), direct.collect()])
}

fn hidden_entries(lab: &Lab) -> Result<Plot> {
    let curves = lab.run(learning)?;
    let [factors, direct] = &*curves;
    let series =
        |name: &str, points: &[[f64; 2]]| Series { name: name.to_string(), look: Look::Path, points: points.to_vec() };
    let label = |text, at| Label { text, look: Look::Path, at, align: Align::End };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("time t", 1.0, 100.0),
            y: Axis::linear("error on hidden entries", 0.0, 1.2),
            series: vec![series("factors, α = 1e-3", factors), series("X itself, from 0", direct)],
            labels: vec![
                label("X itself", [95.0, 1.05]),
                label("factors", [95.0, factors[factors.len() - 1][1] + 0.06]),
            ],
        }],
    })
}

/// log|x_11 - 1/d| at starts from 1e-1 down to 1e-12, of two problems and two starts.
fn errors_often() -> Result<Vec<Falling>> {
    let alphas: Vec<f64> = (1..=12).map(|k| exp(-LN_10 * f64::from(k))).collect();
    [(0.5, Start::Identity), (2.0, Start::Identity), (0.5, Start::Lifted), (2.0, Start::Lifted)]
        .into_iter()
        .map(|(d, start)| Corner { name: "", entries: [1.0, 1.0, d], start }.falling(&alphas))
        .collect()
}

fn vanishing_start(lab: &Lab) -> Result<Plot> {
    let cases = lab.once(errors_often)?;
    let names = ["αI, d = 1/2", "αI, d = 2", "lifted, d = 1/2", "lifted, d = 2"];
    let mut series = Vec::new();
    for (case, name) in cases.iter().zip(names) {
        let (last, at) = (case.logs[case.logs.len() - 1].value, case.alphas[case.alphas.len() - 1]);
        let line = |alpha: f64| [alpha, exp(last + case.p * ln(alpha / at))];
        series.push(Series {
            name: format!("{name}, slope {:.3}", case.p),
            look: Look::Predicted,
            points: vec![line(at), line(1e-1)],
        });
        series.push(Series {
            name: format!("{name}, measured"),
            look: Look::Measured,
            points: case.alphas.iter().zip(&case.logs).map(|(alpha, log)| [*alpha, exp(log.value)]).collect(),
        });
    }
    let label = |text, at| Label { text, look: Look::Predicted, at, align: Align::Start };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("size of the start α", 1e-12, 1.0),
            y: Axis::log("|x_11 - 1/d| at the end", 1e-40, 1e5),
            series,
            labels: vec![
                label("lifted, d = 1/2", [1e-11, 1e-3]),
                label("lifted, d = 2", [1e-11, 1e-14]),
                label("αI, d = 2", [3e-12, 5e-23]),
                label("αI, d = 1/2", [1e-10, 1e-37]),
            ],
        }],
    })
}

/// Where the flow of [[*, 1], [1, 1/2]] ends, from αI and from lifted starts.
fn ends() -> Result<[Vec<f64>; 2]> {
    let problem = Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(0.5)]]);
    let end = |start: Factors| Ok(settle(&problem, &start, None, TIGHT)?.0.factors.entry(0, 0));
    let alphas = [0.5, 0.3, 0.1, 0.03, 0.01, 1e-3];
    let from = |start: fn(&Completion, f64) -> Factors| -> Result<Vec<f64>> {
        alphas.iter().map(|&alpha| end(Factors { volume: None, ..start(&problem, alpha) })).collect()
    };
    Ok([from(Factors::identity)?, from(Factors::lifted)?])
}

fn rank_one_or_nuclear_norm(lab: &Lab) -> Result<Plot> {
    let ends = lab.once(ends)?;
    // |X|_*² = |X|² + 2|det X|.
    let norm = |x: f64| (x * x + 2.25 + 2.0 * (0.5 * x - 1.0).abs()).sqrt();
    let curve = (0..=140).map(|k| -0.5 + f64::from(k) * 0.025).map(|x| [x, norm(x)]);
    let series = |name: &str, look, points: Vec<[f64; 2]>| Series { name: name.to_string(), look, points };
    let on_curve = |ends: &[f64]| ends.iter().map(|&x| [x, norm(x)]).collect::<Vec<_>>();
    let label = |text, look, at, align| Label { text, look, at, align };
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::linear("hidden entry x", -0.5, 3.0),
            y: Axis::linear("nuclear norm", 1.8, 3.2),
            series: vec![
                series("nuclear norm", Look::Predicted, curve.collect()),
                series("ends from αI", Look::Measured, on_curve(&ends[0])),
                series("ends from lifted starts", Look::Measured, on_curve(&ends[1])),
                series("least nuclear norm", Look::Point, vec![[0.5, norm(0.5)]]),
                series("rank one", Look::Point, vec![[2.0, norm(2.0)]]),
                series("flow of X itself", Look::Point, vec![[0.0, norm(0.0)]]),
            ],
            labels: vec![
                label("least nuclear norm", Look::Point, [0.5, 1.88], Align::Middle),
                label("rank one", Look::Point, [2.05, 2.4], Align::Start),
                label("from αI", Look::Measured, [1.95, 2.55], Align::End),
                label("lifted", Look::Measured, [1.2, 2.2], Align::End),
                label("X itself", Look::Point, [-0.05, 1.98], Align::End),
            ],
        }],
    })
}

/// [[*, 1], [1, 0]] from αI at many times: t, x_11 and f.
fn diverging_often() -> Result<Vec<[f64; 3]>> {
    let problem = Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(0.0)]]);
    let times: Vec<f64> = (0..=36).map(|k| f64::from(k) * LN_10 / 6.0).collect();
    let moments = symmetric_flow(&problem, &Factors::identity(&problem, 0.1), &times, TIGHT)?;
    Ok(moments.iter().map(|at| [at.t, at.factors.entry(0, 0), at.factors.loss(&problem)]).collect())
}

fn diverging_flow(lab: &Lab) -> Result<Plot> {
    let run = lab.once(diverging_often)?;
    let fine = || (12..=144).map(|k| exp(f64::from(k) * LN_10 / 24.0));
    let expansion = |t: f64| pow(cube(12.0 * t).max(0.0), 1.0 / 3.0);
    let bound = |f: f64| (1.0 - f.sqrt()) * (1.0 - f.sqrt()) / f.sqrt();
    let series = |name: &str, look, points: Vec<[f64; 2]>| Series { name: name.to_string(), look, points };
    let label = |text, look, at| Label { text, look, at, align: Align::Start };
    Ok(Plot {
        panels: vec![
            Panel {
                x: Axis::log("time t", 1.0, 1e6),
                y: Axis::log("hidden entry x_11", 0.1, 1e3),
                series: vec![
                    series("expansion of x_11", Look::Predicted, fine().map(|t| [t, expansion(t)]).collect()),
                    series(
                        "bound",
                        Look::Bound,
                        run.iter().filter(|at| at[2] < 0.9).map(|at| [at[0], bound(at[2])]).collect(),
                    ),
                    series("x_11", Look::Measured, run.iter().map(|at| [at[0], at[1]]).collect()),
                ],
                labels: vec![
                    label("(12t)^(1/3)", Look::Predicted, [1e3, 150.0]),
                    label("(1 - √f)²/√f", Look::Bound, [10.0, 0.8]),
                ],
            },
            Panel {
                x: Axis::log("time t", 1.0, 1e6),
                y: Axis::log("loss f", 1e-5, 10.0),
                // x_22² is all that is left, and x_22 is 1/x_11.
                series: vec![
                    series(
                        "x_11^-2",
                        Look::Predicted,
                        fine().map(|t| [t, 1.0 / (expansion(t) * expansion(t))]).collect(),
                    ),
                    series("f", Look::Measured, run.iter().map(|at| [at[0], at[2]]).collect()),
                ],
                labels: vec![label("x_11^-2", Look::Predicted, [2e3, 2e-3])],
            },
        ],
    })
}

fn recovery_rates(lab: &Lab) -> Result<Plot> {
    let trials = trials(lab, 20)?;
    let label = |text, at| Label { text, look: Look::Path, at, align: Align::Start };
    let (mut shares, mut sizes) = (Vec::new(), Vec::new());
    let (mut errors, mut methods): (Vec<Series>, Vec<Label>) = (Vec::new(), Vec::new());
    for (s, n) in SIZES.into_iter().enumerate() {
        let (mut seen, mut curves) = (Vec::new(), [Vec::new(), Vec::new(), Vec::new()]);
        for (k, cell) in cells().enumerate().filter(|(_, cell)| cell.n == n) {
            let outcomes = trials.iter().map(|trial| trial[k].factors < trial[k].nuclear);
            // Beside each other, so that intervals are told apart.
            let x = cell.observed + 0.02 * (s as f64 - 1.0);
            let (low, high) = interval(outcomes.clone(), SIZES.len() * RATES.len());
            seen.push([x, outcomes.filter(|won| *won).count() as f64 / trials.len() as f64]);
            shares.push(Series {
                name: format!("interval, {n} × {n}, {} observed", cell.observed),
                look: Look::Interval,
                points: vec![[x, low], [x, high]],
            });
            for (curve, of) in
                curves.iter_mut().zip([|e: &Errors| e.factors, |e: &Errors| e.nuclear, |e: &Errors| e.direct])
            {
                curve.push([cell.observed, median(trials.iter().map(|trial| of(&trial[k])))]);
            }
        }
        sizes.push(label(["8 × 8", "12 × 12", "16 × 16"][s], [0.83, seen[seen.len() - 1][1]]));
        shares.push(Series { name: format!("{n} × {n}"), look: Look::Path, points: seen });
        if n == 12 {
            let names = ["factors", "least nuclear norm", "X itself"];
            for (name, points) in names.into_iter().zip(curves) {
                methods.push(label(name, [0.815, points[points.len() - 1][1]]));
                errors.push(Series { name: name.to_string(), look: Look::Path, points });
            }
        }
    }
    Ok(Plot {
        panels: vec![
            Panel {
                x: Axis::linear("share of entries observed", 0.35, 1.0),
                y: Axis::linear("factors nearer than nuclear norm", 0.0, 1.05),
                series: shares,
                labels: sizes,
            },
            Panel {
                x: Axis::linear("share of entries observed", 0.35, 1.0),
                y: Axis::log("median error, 12 × 12", 1e-17, 100.0),
                series: errors,
                labels: methods,
            },
        ],
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
}
