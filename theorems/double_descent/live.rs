//! The figure of the theorem that the reader moves.

use super::draws::{Draw, Model};
use super::figures::branches;
use super::formulas::excess_risk;
use theoremcheck::error::Result;
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::real::pow;
use theoremcheck::seed::Seed;

pub const LIVE: &[Live] = &[Live {
    id: "risk",
    title: "The peak that you move",
    says: "The excess risk of X⁺y against the number p of features: the lines are the formula, the dots the mean of ten draws, the \
           dashed upright lines go from the least of them to the largest. Take more examples, and the peak moves with n. With little \
           noise there is hardly a peak; once σ² is as large as |β|², no number of features behind it is as good as none, which is \
           w = 0 and has the risk |β|².",
    parameters: &[
        Parameter { name: "examples", says: "n", takes: Takes::Whole { range: [5, 40], default: 20 } },
        Parameter {
            name: "noise",
            says: "σ²",
            takes: Takes::Number { range: [0.001, 10.0], scale: Scale::Log, default: 0.5 },
        },
        Parameter {
            name: "signal",
            says: "|β|²",
            takes: Takes::Number { range: [0.1, 10.0], scale: Scale::Log, default: 4.0 },
        },
    ],
    draw: risk,
}];

/// The largest p, and how many draws are made.
const MOST: usize = 200;
const DRAWS: usize = 10;

fn risk(setting: &Setting) -> Result<Shown> {
    let n = setting.whole("examples") as usize;
    let model = Model::gaussian(n, setting.number("signal"), setting.number("noise"));
    // In equal ratios, and the peak itself.
    let mut sizes: Vec<usize> = (0..24).map(|k| (2.0 * pow(100.0, f64::from(k) / 23.0)).round() as usize).collect();
    sizes.push(n);
    sizes.sort_unstable();
    sizes.dedup();
    let draws: Vec<Vec<f64>> = (0..DRAWS).map(|k| Draw::of(model, MOST, Seed(1), "live", k).excesses(&sizes)).collect();
    let of = |k: usize| draws.iter().map(move |draw| draw[k]);
    let mut series: Vec<Series> = branches("formula", n, [2, MOST], |p| excess_risk(&model, p)).into();
    series.push(Series {
        name: "w = 0".to_string(),
        look: Look::Bound,
        points: vec![[2.0, model.signal], [MOST as f64, model.signal]],
    });
    let mut means = Vec::new();
    for (k, &p) in sizes.iter().enumerate() {
        let x = p as f64;
        means.push([x, of(k).sum::<f64>() / DRAWS as f64]);
        let ends = [of(k).fold(f64::INFINITY, f64::min), of(k).fold(0.0, f64::max)];
        let name = format!("least and largest of ten draws, p = {p}");
        series.push(Series { name, look: Look::Interval, points: ends.map(|risk| [x, risk]).into() });
    }
    series.push(Series { name: "mean of ten draws".to_string(), look: Look::Measured, points: means });
    let panel = Panel {
        x: Axis::log("features p", 2.0, MOST as f64),
        y: Axis::log("excess risk", 1e-3, 1e3),
        series,
        labels: vec![],
    };
    let legend = [("formula", Look::Predicted), ("w = 0", Look::Bound), ("mean of ten draws", Look::Measured)];
    let behind = (n + 2..=MOST).map(|p| (p, excess_risk(&model, p)));
    let (best, least) = behind.min_by(|a, b| a.1.total_cmp(&b.1)).expect("n is not the largest p");
    let peak = sizes.iter().position(|&p| p == n).expect("n is one of the sizes");
    let readings = vec![
        Reading::new("formula at p = n/2", significant(excess_risk(&model, n / 2), 3)),
        Reading::new("ten draws at p = n", significant(of(peak).sum::<f64>() / DRAWS as f64, 3)),
        Reading::new("least value behind n", significant(least, 3)),
        Reading::new("it is at p", best.to_string()),
    ];
    Ok(Shown { plot: Plot { panels: vec![panel.with_legend(&legend)] }, readings })
}
