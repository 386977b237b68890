//! The pictures of the theorem.

use super::kinds::{SHAPE, Setup};
use super::muon::exact;
use super::newton_schulz::polynomials;
use super::optimizers::{Judge, Optimizer, Rule, run};
use crate::steepest_descent::largest_margin::largest_margin;
use crate::steepest_descent::norm::Norm;
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[Figure {
    id: "race",
    title: "The spectral margin, by optimiser",
    says: "The spectral margin of W over the largest there is, against the number of steps, on the same examples with Z* of rank two. Muon with the exact polar \
           factor tends to one. Normalised gradient descent stays below it, at the margin of its own separator, and so does Muon with \
           five Newton-Schulz steps, here below gradient descent.",
    draw: race,
}];

fn race(lab: &Lab) -> Result<Plot> {
    let polynomials = lab.run(polynomials)?;
    let setup: &Setup = &polynomials.setup;
    let l2 = largest_margin(&setup.points, &Norm::L2)?;
    let norm = Norm::Spectral(SHAPE);
    let ratio = |w: &[f64]| setup.reference.share(&setup.points, &norm, w);
    let judge = Judge { points: &setup.points, norm: &norm, reference: &setup.reference };
    let normalised = Optimizer { name: "normalised gradient descent", rule: Rule::Steepest(Norm::L2), beta: 0.0 };
    let runs = [
        ("Muon, exact", exact(), 1.0),
        ("normalised gradient descent", normalised, ratio(&l2.w)),
        ("Muon, five Newton-Schulz steps", polynomials.run.optimizer.clone(), ratio(&polynomials.end)),
    ];
    let mut series = Vec::new();
    let mut labels = Vec::new();
    let mut lowest = f64::INFINITY;
    for (text, optimizer, limit) in runs {
        let mut points = Vec::new();
        let (mut next, mut t) = (1.0, 0.0);
        let eta = setup.bearable();
        run(
            &judge,
            optimizer,
            vec![0.0; 6],
            &[3000],
            |t| eta / (1.0 + t as f64 / 300.0).sqrt(),
            |_, state| {
                t += 1.0;
                let here = ratio(&state.w);
                if t >= next && here > 0.3 {
                    points.push([t, here]);
                    next = 1.3 * t;
                }
            },
        );
        series.push(Series { name: text.to_string(), look: Look::Path, points });
        series.push(Series {
            name: format!("{text}, limit"),
            look: Look::Predicted,
            points: vec![[10.0, limit], [3000.0, limit]],
        });
        // Beside the ends of the runs, and below the label before.
        lowest = (lowest - 0.04).min(limit - 0.01);
        labels.push(Label { text, look: Look::Predicted, at: [3600.0, lowest], align: Align::Start });
    }
    Ok(Plot {
        panels: vec![Panel {
            x: Axis::log("steps", 8.0, 1e6),
            y: Axis::linear("spectral margin over the largest", 0.5, 1.05),
            series,
            labels,
        }],
    })
}
