//! What Muon does in place of the polar factor, and what the eps does that is added to the length of the gradient.

use super::kinds::{SHAPE, Setup};
use super::muon::rank_two;
use super::optimizers::{COEFFICIENTS, NEWTON_SCHULZ, Optimizer, Rule, Run, run};
use crate::steepest_descent::largest_margin::largest_margin;
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::singular::singular;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::real::{bisect, combine, difference, dot, exp, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "five-newton-schulz-steps",
    says: "Let k = 3, d = 2, and let the shares of two pairs be the only ones left in the end. With five Newton-Schulz steps in the place of the \
               polar factor, eps = 0 and small constant steps, Muon, if it settles, ends where the direction V(p), made of \
               Z = p A_1 + (1 - p) A_2, gives both pairs the same margin. That is in general not the largest spectral margin; on the drawn data it is below the spectral margin of the \
               Frobenius separator, where gradient descent ends.",
    kind: Kind::Counterexample,
    standing: Standing::Formal,
    notes: &[],
    claims: |lab, c| lab.run(polynomials).map(|run| five_newton_schulz_steps(&run, c)),
}];

/// Five steps on a singular value.
fn polynomial(sigma: f64) -> f64 {
    let [a, b, c] = COEFFICIENTS;
    (0..NEWTON_SCHULZ).fold(sigma, |x, _| x * (a + x * x * (b + c * x * x)))
}

/// 3.4445^5, what five Newton-Schulz steps make of a small number over it.
pub fn steep() -> f64 {
    pow(COEFFICIENTS[0], NEWTON_SCHULZ as f64)
}

/// What five Newton-Schulz steps make of a singular value σ, over a^5 σ, less 1: at most so many σ².
pub fn cubic() -> f64 {
    let [a, b, _] = COEFFICIENTS;
    (b / a).abs() * (pow(a, 2.0 * NEWTON_SCHULZ as f64) - 1.0) / (a * a - 1.0)
}

/// V(p): the polynomial on the singular values of Z/|Z|_F.
fn direction(first: &[f64], second: &[f64], p: f64) -> Vec<f64> {
    let z = combine(p, first, &second.iter().map(|x| (1.0 - p) * x).collect::<Vec<_>>());
    let size = norm(&z);
    singular(SHAPE, &z).with(2, |sigma| polynomial(sigma / size))
}

/// A setup on which the polynomial's end is known beforehand, and the run.
pub struct Polynomials {
    pub setup: Setup,
    p: f64,
    /// V(p).
    pub end: Vec<f64>,
    /// How fast the slowest of the shares settles, per unit of Σ η.
    slowest: f64,
    /// The margin of the Frobenius separator in the spectral norm, over γ.
    frobenius: f64,
    pub run: Run,
}

/// p is searched on a grid so fine.
const GRID: i32 = 128;
/// By how much the other pairs' margins are above, and by how much the margin is below the Frobenius separator's.
const CLEAR: f64 = 0.05;
const WORSE: f64 = 0.02;

/// A p that V(p) keeps.
struct Balance {
    pair: [usize; 2],
    p: f64,
    end: Vec<f64>,
    /// How fast the shares of the two settle, per unit of Σ η, and of these and those of the other pairs the slowest, at least.
    rate: f64,
    slowest: f64,
}

/// The p at which V(p) gives two pairs equal margins, the others larger ones, and a larger p the first a larger one, so that its share falls.
fn fixed_points(setup: &Setup) -> Vec<Balance> {
    let points = &setup.points;
    let mut found = Vec::new();
    for n in 0..points.count() {
        for m in n + 1..points.count() {
            let (first, second) = (points.row(n), points.row(m));
            let ahead = |p: f64| {
                let v = direction(first, second, p);
                dot(first, &v) - dot(second, &v)
            };
            for k in 1..GRID {
                let (low, high) = (f64::from(k - 1) / f64::from(GRID), f64::from(k) / f64::from(GRID));
                if ahead(low) < 0.0 && ahead(high) >= 0.0 {
                    let p = bisect(ahead, low, high);
                    let v = direction(first, second, p);
                    let margin = dot(first, &v);
                    let others = (0..points.count()).filter(|i| *i != n && *i != m);
                    let clear = others.map(|i| dot(points.row(i), &v)).all(|other| other > (1.0 + CLEAR) * margin);
                    if margin > 0.0 && clear {
                        let step = 1e-6;
                        let slope = (ahead(p + step) - ahead(p - step)) / (2.0 * step);
                        let rate = slope * p * (1.0 - p);
                        found.push(Balance { pair: [n, m], p, end: v, rate, slowest: rate.min(CLEAR * margin) });
                    }
                }
            }
        }
    }
    found
}

fn drawn_polynomials(stream: &mut Stream) -> Result<Polynomials> {
    for _ in 0..400 {
        let setup = rank_two(stream, 1.0)?;
        let [Balance { pair, p, end, rate, slowest }] = &fixed_points(&setup)[..] else { continue };
        let gamma = setup.reference.gamma;
        let margin = |w: &[f64]| setup.reference.share(&setup.points, &Norm::Spectral(SHAPE), w);
        let frobenius = margin(&largest_margin(&setup.points, &Norm::L2)?.w);
        if margin(end) < frobenius - WORSE && *rate > 0.1 * gamma {
            // Short enough for the shares not to overshoot, long enough to settle.
            let eta = (0.5 / rate).min(setup.bearable());
            let steps = (60.0 / (eta * slowest)).ceil() as usize;
            let rule = Rule::NewtonSchulz { shape: SHAPE, eps: 0.0 };
            let optimizer = Optimizer { name: "Muon, five Newton-Schulz steps", rule, beta: 0.0 };
            if steps > 40_000 {
                continue;
            }
            let nothing = vec![0.0; 6];
            let run = setup.judged(|judge| run(judge, optimizer, nothing, &[steps / 2, steps], |_| eta, |_, _| ()));
            // Where 0 is in the basin of another end, or of none.
            let share = |n: usize| exp(run.stops[0].log_q[n]);
            let [first, second] = *pair;
            if (share(first) - p).abs().max((share(second) - (1.0 - p)).abs()) > 0.01 {
                continue;
            }
            return Ok(Polynomials { p: *p, end: end.clone(), slowest: *slowest, frobenius, run, setup });
        }
    }
    Err(Error::numerical("no examples were drawn on which five Newton-Schulz steps are worse than gradient descent"))
}

pub fn polynomials(seed: Seed) -> Result<Polynomials> {
    drawn_polynomials(&mut seed.stream("optimizer-norm", "newton-schulz"))
}

/// Equal margins. If W moves along V, pairs whose <A_n, V> are above the least vanish from Z; those that stay have the least
/// margin in common.
fn five_newton_schulz_steps(polynomials: &Polynomials, claims: &mut Claims) {
    let Polynomials { setup, p, end, slowest, frobenius, run } = polynomials;
    let [half, last] = &run.stops[..] else { unreachable!("two stops") };
    let moved = difference(&last.w, &half.w);
    let along = |w: &[f64]| setup.reference.share(&setup.points, &Norm::Spectral(SHAPE), w);
    // The polynomial has slopes of up to a^5, and so many roundings in each direction.
    let left = || Slack::next_term(exp(-half.sum * slowest), steep());
    let rounding = || Slack::rounding(last.steps as f64, steep());
    let per_step: Vec<f64> = moved.iter().map(|w| w / (last.sum - half.sum)).collect();
    claims
        .equal("|(W at the end - W half way)/Σ η - V(p)|", norm(&difference(&per_step, end)), 0.0, left() + rounding())
        .on("1", 1.0);
    let two = last.log_q.iter().map(|l| exp(*l)).fold(0.0_f64, f64::max);
    claims.equal("largest share", two, p.max(1.0 - p), left() + rounding());
    claims.equal("margin that is gained, over γ", along(&moved), along(end), left() + rounding());
    claims.at_most(
        "margin that is gained over γ, against the Frobenius separator's less .02",
        along(&moved),
        frobenius - WORSE,
        left() + rounding(),
    );
}
