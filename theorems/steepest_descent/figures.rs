//! The pictures of the theorem.

use super::flow::{Moment, Path, look, paths};
use super::identity::parts;
use super::largest_margin::{LargestMargin, largest_margin};
use super::norm::{Cholesky, Norm};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::real::axpy;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[
    Figure {
        id: "balls",
        title: "Each norm's ball touches elsewhere",
        says: "The plane of w, with the dashed line on which x·w = 1 for the nearest of three points. The ball of each norm is blown \
               up until it touches the line; where it does is the separator of largest margin in that norm. The dots are steepest \
               descent in the four norms from 0, each w divided by its least margin: every run ends where its own ball touches.",
        draw: balls,
    },
    Figure {
        id: "bands",
        title: "What γ‖w‖ - g is made of",
        says: "The normalised flow in l_inf from a drawn start, the separator on an edge of the cube, against τ: γ‖w‖ - g, measured, \
               and its parts one on the other. H is constant from the beginning, KL dies out, and what remains above H is γ D, \
               which the start has left behind.",
        draw: bands,
    },
];

/// Three points with labels absorbed; the first is the support vector in each of the four norms.
fn balls(_: &Lab) -> Result<Plot> {
    let points = Points::from_rows(&[[1.0, 0.6], [2.0, 1.5], [2.2, 0.8]]);
    let q = Cholesky::of(&[vec![2.0, 0.3], vec![0.3, 0.5]]).expect("positive definite");
    let norms = [(Norm::L1, "l1"), (Norm::L2, "l2"), (Norm::LInf, "l_inf"), (Norm::Mahalanobis(q), "Q")];
    let mut series = vec![Series {
        name: "x·w = 1".to_string(),
        look: Look::Bound,
        points: vec![[2.0, -1.0 / 0.6], [0.0, 1.0 / 0.6]],
    }];
    let mut labels = Vec::new();
    for (norm, name) in norms {
        let best = largest_margin(&points, &norm)?;
        series.push(Series { name: format!("ball of {name}"), look: Look::Predicted, points: ball(&norm, &best) });
        let (path, _) = descents(&points, &norm, 1200);
        let [x, y] = path[path.len() - 1];
        labels.push(Label { text: name, look: Look::Measured, at: [x + 0.06, y + 0.04], align: Align::Start });
        series.push(Series { name: format!("steepest descent in {name}"), look: Look::Measured, points: path });
    }
    Ok(Plot {
        panels: vec![Panel {
            // As wide as high on paper.
            x: Axis::linear("first entry of w", -2.95, 2.95),
            y: Axis::linear("second entry of w", -1.6, 1.6),
            series,
            labels,
        }],
    })
}

/// The ball of a norm in the plane, as large as the shortest w with x·w ≥ 1 for all points.
pub fn ball(norm: &Norm, best: &LargestMargin) -> Vec<[f64; 2]> {
    let place = |k: i32| -> [f64; 2] {
        let angle = f64::from(k) * std::f64::consts::PI / 120.0;
        let e = [libm::cos(angle), libm::sin(angle)];
        let size = 1.0 / best.gamma / norm.length(&e);
        [size * e[0], size * e[1]]
    };
    (0..=240).map(place).collect()
}

/// Steepest descent from 0 in the plane: its w over the least margin after some of the steps and after the last, where that
/// is positive, and the last w.
pub fn descents(points: &Points, norm: &Norm, steps: usize) -> (Vec<[f64; 2]>, Vec<f64>) {
    let mut w = vec![0.0; 2];
    let mut path = Vec::new();
    for step in 0..steps {
        let (_, _, z) = look(points, Loss::Exponential, &w);
        axpy(0.02, &norm.steepest(&z), &mut w);
        if [0, 1, 3, 8, 20, 50, 120, 300, steps - 1].contains(&step) {
            let margin = points.least_margin(&w);
            if margin > 0.0 {
                path.push([w[0] / margin, w[1] / margin]);
            }
        }
    }
    (path, w)
}

/// The flow that keeps a part of its start.
fn bands(lab: &Lab) -> Result<Plot> {
    let all = lab.run(paths)?;
    let is_on_edge = |path: &&Path| path.setup.frozen.len() == 2 && path.setup.start.iter().any(|w| *w != 0.0);
    let Path { setup, moments, .. } = all.iter().find(is_on_edge).expect("one setup is on an edge");
    let at = |moment: &Moment| parts(&setup.points, &setup.norm, &setup.reference, &moment.w);
    let curve = |name: &str, look, number: &dyn Fn(&Moment) -> f64| Series {
        name: name.to_string(),
        look,
        points: moments.iter().map(|moment| [moment.tau, number(moment)]).collect(),
    };
    let entropy = at(&moments[0]).entropy;
    let rest = at(&moments[moments.len() - 1]).distance;
    let first = &moments[0];
    let label = |text, look, y: f64| Label { text, look, at: [first.tau, y], align: Align::Start };
    let top = at(first).excess;
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("τ", 0.8 * first.tau, 1.3 * moments[moments.len() - 1].tau),
            y: Axis::linear("γ‖w‖ - g", 0.0, 1.15 * top.max(entropy + rest)),
            series: vec![
                curve("γ‖w‖ - g", Look::Path, &|moment| at(moment).excess),
                curve("H", Look::Predicted, &|_| entropy),
                curve("H + γ D", Look::Predicted, &|moment| entropy + at(moment).distance),
            ],
            labels: vec![
                label("γ‖w‖ - g", Look::Measured, 1.04 * top),
                label("H", Look::Predicted, entropy - 0.09 * top),
                label("H + γ D", Look::Predicted, entropy + at(first).distance + 0.05 * top),
            ],
        }],
    })
}
