//! The pictures of the theorem.

use super::experiments::{four_examples, planted};
use crate::max_margin::experiments::{TIGHT, ten_to};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::method::Method;
use theoremcheck::lab::Lab;
use theoremcheck::real::{distance, dot, norm};
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "borders",
        title: "The borders between three classes turn to those of the largest margin",
        says: "Four examples of three classes in the plane, squares, with rings where a support pair is theirs. Solid, the borders of the \
               separator of largest margin: two classes have the same highest score there. Dashed, those of the flow from 0 at t = 1, 10, 100 and 10^4.",
        draw: borders,
    },
    Figure {
        id: "residual",
        title: "The residual settles",
        says: "Planted examples under cross-entropy: how far rho = W - Ŵ log t is from W̃, against log t, down to the error of the integrator. Solid, \
               what the expansion at late times predicts.",
        draw: residual,
    },
];

/// Where two rows of W share the highest score: rays from 0, one for each pair of classes that has a border.
fn rays(w: &[f64], length: f64) -> Vec<[f64; 2]> {
    let rows: Vec<&[f64]> = w.chunks_exact(2).collect();
    let mut ends = Vec::new();
    for i in 0..rows.len() {
        for j in 0..i {
            let across = [rows[i][0] - rows[j][0], rows[i][1] - rows[j][1]];
            let size = length / norm(&across);
            for ray in [[-across[1] * size, across[0] * size], [across[1] * size, -across[0] * size]] {
                let score = dot(rows[i], &ray);
                if (0..rows.len()).all(|l| l == i || l == j || dot(rows[l], &ray) < score) {
                    ends.push(ray);
                }
            }
        }
    }
    ends
}

fn borders(lab: &Lab) -> Result<Plot> {
    let run = lab.once(four_examples)?;
    let through = |w: &[f64], name: &str, look: Look| -> Vec<Series> {
        let of = |ray: &[f64; 2]| Series { name: name.to_string(), look, points: vec![[0.0; 2], *ray] };
        rays(w, 4.2).iter().map(of).collect()
    };
    let times = [("t = 1", 0.0), ("t = 10", ten_to(1)), ("t = 100", ten_to(2)), ("t = 10^4", ten_to(4))];
    let log_t: Vec<f64> = times.iter().map(|(_, s)| *s).collect();
    let path = run.setup.blind(&log_t, Method::Explicit, TIGHT)?;
    let mut series: Vec<Series> =
        times.iter().zip(&path).flat_map(|((name, _), at)| through(&at.state, name, Look::Bound)).collect();
    series.extend(through(&run.reference.w_hat, "largest margin", Look::Predicted));
    let data = &run.setup.data;
    let pairs = data.pairs();
    let supports = |n: usize| run.reference.support.iter().any(|&row| pairs[row].0 == n);
    for n in 0..data.labels.len() {
        let x = data.examples.row(n);
        let look = if supports(n) { Look::Support } else { Look::Point };
        series.push(Series { name: format!("class {}", data.labels[n]), look, points: vec![[x[0], x[1]]] });
    }
    let names = ["class 0", "class 1", "class 2"];
    let labels = (0..data.labels.len())
        .map(|n| {
            let x = data.examples.row(n);
            Label {
                text: names[data.labels[n]],
                look: Look::Support,
                at: [x[0] + 0.25, x[1] + 0.1],
                align: Align::Start,
            }
        })
        .collect();
    Ok(Plot {
        panels: vec![Panel { x: Axis::linear("x1", -4.5, 5.0), y: Axis::linear("x2", -4.0, 4.0), series, labels }],
    })
}

fn residual(lab: &Lab) -> Result<Plot> {
    let run = lab.run(planted)?;
    let expansion = &run.prediction.expansion;
    let times: Vec<f64> = (4..=80).map(|k| 0.5 * f64::from(k)).collect();
    let path = run.setup.moving(&expansion.frame, &times, Method::Explicit, TIGHT, |_, _| ())?;
    let measured = path.iter().map(|at| [at.log_t, distance(&at.state, &expansion.w_tilde)]).collect();
    let predicted = times.iter().filter(|s| **s > 8.0).map(|&s| [s, norm(&expansion.delta(s))]).collect();
    let series = vec![
        Series { name: "predicted".to_string(), look: Look::Predicted, points: predicted },
        Series { name: "|rho - W̃|".to_string(), look: Look::Path, points: measured },
    ];
    let legend = [("predicted", Look::Predicted)];
    Ok(Plot { panels: vec![Panel::fitted(("log t", Scale::Linear), ("|rho - W̃|", Scale::Log), series, &legend)] })
}
