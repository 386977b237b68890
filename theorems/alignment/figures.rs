//! The picture of the theorem.

use super::contest::{Contest, contest};
use super::problem::{Sizes, Truth};
use theoremcheck::error::Result;
use theoremcheck::figure::{Align, Axis, Label, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::theorem::Figure;

pub const FIGURES: &[Figure] = &[Figure {
    id: "two-truths",
    title: "The same preference is right for one truth and wrong for the other",
    says: "Upper panel: the mean share of |β|² that each norm leaves, against the number n of measurements; the solid line, 1 - n/d, is \
           that of the least l2 norm for every truth; the dots are those of the least l1 norm, of a sparse β above the line with few \
           measurements and below it with many, of a dense one above it. Lower panel: how often the least l1 norm is the nearer of the two, with exact 95 % intervals.",
    draw: two_truths,
}];

fn two_truths(lab: &Lab) -> Result<Plot> {
    let stream = &mut lab.seed().stream("alignment", "figure");
    let sizes = Sizes::draw(stream);
    let d = sizes.d as f64;
    let n: Vec<usize> = (1..10).map(|i| i * sizes.d / 10).collect();
    let sparse = contest(&sizes, &n, Truth::Sparse, 0.0, 40, stream)?;
    let dense = contest(&sizes, &n, Truth::Dense, 0.0, 40, stream)?;
    let label = |text, look, at| Label { text, look, at, align: Align::Start };
    let dots = |name: &str, look, contests: &[Contest], of: &dyn Fn(&Contest) -> f64| Series {
        name: name.to_string(),
        look,
        points: contests.iter().map(|contest| [contest.n as f64, of(contest)]).collect(),
    };
    let mean = |contest: &Contest| contest.shares.iter().map(|[l1, _]| l1).sum::<f64>() / contest.shares.len() as f64;
    let wins = |contest: &Contest| contest.wins() as f64 / contest.shares.len() as f64;
    let interval = |contest: &Contest| {
        let ((low, high), n) = (contest.interval(0.05), contest.n as f64);
        Series { name: "interval".to_string(), look: Look::Interval, points: vec![[n, low], [n, high]] }
    };
    let both = || [("sparse", &sparse), ("dense", &dense)];
    let line = Series { name: "1 - n/d".to_string(), look: Look::Predicted, points: vec![[0.0, 1.0], [d, 0.0]] };
    let left = both().map(|(name, contests)| dots(name, Look::Path, contests, &mean));
    let right = both().map(|(name, contests)| dots(name, Look::Path, contests, &wins));
    let intervals = sparse.iter().chain(&dense).map(interval);
    Ok(Plot {
        panels: vec![
            Panel {
                x: Axis::linear("measurements n", 0.0, d),
                y: Axis::linear("mean share left", -0.05, 1.6),
                series: std::iter::once(line).chain(left).collect(),
                labels: vec![
                    label("dense β, least l1", Look::Measured, [0.35 * d, 1.25]),
                    label("sparse β, least l1", Look::Measured, [0.05 * d, 0.1]),
                    label("least l2", Look::Predicted, [0.5 * d, 0.25]),
                ],
            },
            Panel {
                x: Axis::linear("measurements n", 0.0, d),
                y: Axis::linear("how often least l1 is nearer", -0.05, 1.05),
                series: intervals.chain(right).collect(),
                labels: vec![
                    label("sparse β", Look::Measured, [0.55 * d, 0.75]),
                    label("dense β", Look::Measured, [0.5 * d, 0.3]),
                ],
            },
        ],
    })
}
