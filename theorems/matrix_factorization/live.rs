//! The figure of the theorem that the reader moves.

use super::exponents::{Corner, Start, settling_time};
use theoremcheck::error::Result;
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::real::pow;
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;

pub const LIVE: &[Live] = &[Live {
    id: "corner",
    title: "Rank one or the least nuclear norm",
    says: "The matrix [[x, b], [c, d]], of which x is hidden. Above, its nuclear norm against x, with the least one at the square and \
           rank one at the dashed line; the dots are the flow from αI. Below is x against time. The flow comes to rank one, if α is \
           small, whatever this costs in nuclear norm. Take d to 2, and both ways are one; take it to 0 with bc ≠ 0, and rank one is at no x, and the \
           flow grows without bound if bc > 0 (in doubles only if b = c: else rounding carries it across det X = 0, to a finite x), \
           and ends near x = 0 if bc < 0. For d < 0 and b = c the loss does not even vanish, since X keeps positive eigenvalues.",
    parameters: &[
        Parameter { name: "b", says: "b", takes: ENTRY },
        Parameter { name: "c", says: "c", takes: ENTRY },
        Parameter {
            name: "d",
            says: "d",
            takes: Takes::Number { range: [-2.0, 2.0], scale: Scale::Linear, default: 0.5 },
        },
        Parameter {
            name: "alpha",
            says: "α",
            takes: Takes::Number { range: [1e-12, 1.0], scale: Scale::Log, default: 0.01 },
        },
    ],
    draw: corner,
}];

const ENTRY: Takes = Takes::Number { range: [-2.0, 2.0], scale: Scale::Linear, default: 1.0 };
/// The plane of x, and how long the flow is followed at the most.
const WIDE: [f64; 2] = [-4.5, 4.5];
const LATEST: f64 = 300.0;

fn corner(setting: &Setting) -> Result<Shown> {
    let [b, c, d, alpha] = ["b", "c", "d", "alpha"].map(|name| setting.number(name));
    let corner = Corner { name: "", entries: [b, c, d], start: Start::Identity };
    let problem = corner.problem();
    let least = min_nuclear_norm(&problem)?;
    // |X|_*² = |X|² + 2|det X|.
    let norm = |[x, b, c, d]: [f64; 4]| (x * x + b * b + c * c + d * d + 2.0 * (x * d - b * c).abs()).sqrt();
    let on_curve = |x: f64| [x, norm([x, b, c, d])];
    // Where d is near 0 it would take for ever.
    let end = settling_time(b, c, d, alpha).min(LATEST);
    let times: Vec<f64> = (0..=60).map(|k| end * pow(1e-3, 1.0 - f64::from(k) / 60.0)).collect();
    let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
    let run = flow(&problem, &start, &times, Tolerance::new(1e-10, 1e-10))?;
    let entries = |at: &Factors| [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| at.entry(i, j));
    let path: Vec<[f64; 4]> = run.iter().map(|at| entries(&at.factors)).collect();
    let last = path[path.len() - 1];

    let series = |name: &str, look, points: Vec<[f64; 2]>| Series { name: name.to_string(), look, points };
    let curve = (0..=180).map(|k| WIDE[0] + f64::from(k) * 0.05).map(on_curve).collect::<Vec<_>>();
    let sides = [0.5, -0.5].map(|share| on_curve(share * WIDE[1])[1]);
    let top = 1.05 * norm(last).min(on_curve(WIDE[1])[1]).max(sides[0]).max(sides[1]);
    let rank_one = (d != 0.0).then(|| b * c / d);
    let x_least = least.completion[(0, 0)];
    let mut above = vec![
        series("nuclear norm", Look::Predicted, curve),
        series("least nuclear norm", Look::Point, vec![on_curve(x_least)]),
        series("flow", Look::Path, path.iter().map(|x| [x[0], norm(*x)]).collect()),
    ];
    let [from, to] = [times[0], end];
    let mut below = vec![series("x", Look::Path, times.iter().zip(&path).map(|(t, x)| [*t, x[0]]).collect())];
    if let Some(x) = rank_one {
        above.push(series("rank one", Look::Bound, vec![[x, 0.0], [x, top]]));
        below.push(series("rank one", Look::Bound, vec![[from, x], [to, x]]));
    }
    let legend = [("flow", Look::Path), ("nuclear norm", Look::Predicted), ("rank one", Look::Bound)];
    let panels = vec![
        Panel {
            x: Axis::linear("hidden entry x", WIDE[0], WIDE[1]),
            y: Axis::linear("nuclear norm", 0.0, top),
            series: above,
            labels: vec![],
        }
        .with_legend(&legend),
        Panel {
            x: Axis::log("time t", from, to),
            y: Axis::linear("x", WIDE[0], WIDE[1]),
            series: below,
            labels: vec![],
        },
    ];
    let mut readings = vec![
        Reading::new("x of the flow", significant(last[0], 6)),
        Reading::new("x of rank one", rank_one.map_or("there is none".to_string(), |x| significant(x, 6))),
        Reading::new("x of the least nuclear norm", significant(x_least, 6)),
        Reading::new("loss of the flow", significant(run[run.len() - 1].factors.loss(&problem), 2)),
        Reading::new("|X|_* of the flow", significant(norm(last), 6)),
        Reading::new("least |X|_*", significant(least.norm, 6)),
        Reading::new("least |X|_* is certified to", significant(least.certificate.relative_gap, 2)),
    ];
    // From αI the determinant is positive, and for d < 0 the data may not be fitted at all.
    if b * c != 0.0 && d > 0.0 {
        let [p, _] = corner.exponents();
        readings.push(Reading::new("what is left falls like α^p, p", significant(p, 4)));
    }
    Ok(Shown { plot: Plot { panels }, readings })
}
