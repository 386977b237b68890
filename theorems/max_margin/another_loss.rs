//! A loss without a tail, and the limit to which it leads instead.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{Descent, StepRule, descend};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, norm};
use theoremcheck::reference::max_margin::{MaxMargin, max_margin};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "another-loss",
    says: "On linearly independent points, from w = 0 and with η < 2/σ_max², the squared loss on labels ends at the \
           interpolant of least norm. Where some point is no support vector, this is not a multiple of the separator.",
    kind: Kind::Counterexample,
    standing: Standing::ProvedHere,
    notes: &["N6"],
    claims: |lab, c| lab.run(squared_loss).map(|squared| another_loss(&squared, c)),
}];

/// (1,0,0), (r,c,e) with r > 1: ŵ = (1,0,0), and the second point is no support vector.
struct Squared {
    point: [f64; 3],
    reference: MaxMargin,
    descent: Descent,
    /// σ_max²/σ_min².
    condition: f64,
}

fn squared_loss(seed: Seed) -> Result<Squared> {
    let mut stream = seed.stream("max-margin", "another loss");
    let point = [stream.uniform(1.8, 3.5), stream.uniform(0.7, 1.5), stream.uniform(-0.9, -0.3)];
    let points = Points::from_rows(&[[1.0, 0.0, 0.0], point]);
    let setup = Setup { points, loss: Loss::Squared, start: vec![0.0; 3] };
    // The squares of the singular values have this sum and product.
    let (sum, product) = (1.0 + dot(&point, &point), point[1] * point[1] + point[2] * point[2]);
    let largest = 0.5 * (sum + (sum * sum - 4.0 * product).sqrt());
    let least = product / largest;
    let eta = stream.uniform(0.2, 0.95) * 2.0 / largest;
    // The slowest factor of a step is 1 - η σ_min² or 1 - η σ_max².
    let gap = (eta * least).min(2.0 - eta * largest);
    let steps = (40.0 / gap).ceil() as u64;
    Ok(Squared {
        point,
        reference: max_margin(&setup.points)?,
        descent: descend(&setup, StepRule::plain(eta), &[steps]),
        condition: largest / least,
    })
}

/// The squared loss ends at the interpolant w with x_n·w = 1 of least norm, here (1,0,0) and (1 - r)/(c² + e²) times
/// (0,c,e); the separator is (1,0,0).
fn another_loss(squared: &Squared, claims: &mut Claims) {
    let Squared { point: [r, c, e], reference, descent, condition } = squared;
    let w = &descent.last().w;
    let across = (1.0 - r) / (c * c + e * e);
    let interpolant = [1.0, across * c, across * e];
    // A linear contraction: its roundings do not add up beyond its condition.
    let rounding = || Slack::rounding(16.0 * condition, norm(&interpolant));
    for (i, predicted) in interpolant.into_iter().enumerate() {
        claims.equal(format!("w_{}, against the interpolant's", i + 1), w[i], predicted, rounding());
    }
    claims.equal(
        "cosine of the angle to ŵ",
        dot(w, &reference.w_hat) / norm(w) * reference.gamma,
        1.0 / norm(&interpolant),
        rounding(),
    );
}
