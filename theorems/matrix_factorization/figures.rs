//! The pictures of the theorem.

use super::identities::{
    Modes, Run, TARGETS, TIGHT, balanced, diagonal_target, half_time, largest, sigmoid, unbalanced,
};
use super::zeros::descend_directly;
use crate::error::Result;
use crate::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use crate::flow::factors::{Factors, flow};
use crate::lab::Lab;
use crate::problem::completion::{Entry, Planted, plant};
use crate::real::{LN_10, difference, exp, ln, norm};
use crate::seed::Seed;
use crate::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "modes-in-turn",
        title: "The largest singular value is learned first",
        says: "diag(3, 2, 1), observed in full, from αI with α = 1e-4: each singular value stays near α² for a time of about \
               log(m/α²)/(4m) and then goes to m within a fraction of it, the largest first, on its closed form.",
        draw: modes_in_turn,
    },
    Figure {
        id: "invariants",
        title: "What the flow conserves, and what a step loses of it",
        says: "Above: the largest change of D = U'U - V'V. Along the flow it is the error of the integrator; under gradient \
               descent it settles at a height that halves with the step size. Below: log|det X| of square balanced factors, \
               on the integral of its law.",
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
];

/// diag(3, 2, 1) at times in geometric progression.
fn modes_often() -> Result<Modes> {
    let (problem, alpha) = (diagonal_target(), 1e-4);
    let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
    let times: Vec<f64> = (0..=60).map(|k| 0.5 * exp(LN_10 * f64::from(k) / 48.0)).collect();
    Ok(Modes { alpha, run: Run::new(problem, start, &times)? })
}

fn modes_in_turn(lab: &Lab) -> Result<Plot> {
    let modes = lab.once(modes_often)?;
    let Modes { alpha, run } = &*modes;
    let mut series = Vec::new();
    for (i, m) in TARGETS.into_iter().enumerate() {
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
    let at = |m: f64| [1.03 * half_time(m, *alpha), 0.5 * m];
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
                y: Axis::log("change of D", 1e-16, 1.0),
                series: changes,
                labels: vec![
                    label("flow", [6.2, 1e-13]),
                    label("η = 1/32", [6.2, 3.0 * top(0)]),
                    label("η = 1/128", [6.2, 0.1 * top(2)]),
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
