//! What Muon does in place of the polar factor, and what the eps does that is added to the length of the gradient.

use super::kinds::{DRAWS, SHAPE, Setup};
use super::muon::rank_two;
use super::optimizers::{COEFFICIENTS, NEWTON_SCHULZ, Optimizer, Rule, Run, run};
use crate::steepest_descent::flow::look;
use crate::steepest_descent::identity::divergence;
use crate::steepest_descent::largest_margin::{LargestMargin, largest_margin};
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::singular::singular;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::loss::Loss;
use theoremcheck::real::{axpy, bisect, combine, difference, distance, dot, exp, ln, norm, pow};
use theoremcheck::reference::linear_system::solve;
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "five-newton-schulz-steps",
        says: "Let k = 3, d = 2, and let the shares of two pairs be the only ones left in the end. With five Newton-Schulz steps in the place of the \
               polar factor, eps = 0 and small constant steps, Muon, if it settles, ends where the direction V(p), made of \
               Z = p A_1 + (1 - p) A_2, gives both pairs the same margin. That is in general not the largest spectral margin; on the drawn data it is below the spectral margin of the \
               Frobenius separator, where gradient descent ends.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(polynomials).map(|run| five_newton_schulz_steps(&run, c)),
    },
    Step {
        id: "eps-makes-gradient-descent",
        says: "Let the loss be exponential and the pairs separable, p of the Frobenius norm unique on independent pairs. Once L |Z|_F is far below \
               eps/170, Muon with five Newton-Schulz steps of length η, and Adam, are gradient descent with the steps \
               3.4445^5 η/eps and η/eps: from W with q = p, 1/L grows by that times γ² (1 + ..) a step, γ the largest \
               Frobenius margin, and W stays on the path of gradient descent; from where q is not p, too, Muon goes where gradient \
               descent goes.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| {
            lab.run(clocks).map(|clocks| eps_makes_gradient_descent(&clocks, c))?;
            lab.run(side_by_side).map(|both| no_other_than_descent(&both, c))
        },
    },
];

/// Five steps on a singular value.
fn polynomial(sigma: f64) -> f64 {
    let [a, b, c] = COEFFICIENTS;
    (0..NEWTON_SCHULZ).fold(sigma, |x, _| x * (a + x * x * (b + c * x * x)))
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
        let margin = |w: &[f64]| setup.points.least_margin(w) / singular(SHAPE, w).values[0] / gamma;
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

/// **Equal margins.** If W moves along V, pairs whose <A_n, V> are above the least vanish from Z; those that stay have the least
/// margin in common.
fn five_newton_schulz_steps(polynomials: &Polynomials, claims: &mut Claims) {
    let Polynomials { setup, p, end, slowest, frobenius, run } = polynomials;
    let [half, last] = &run.stops[..] else { unreachable!("two stops") };
    let gamma = setup.reference.gamma;
    let moved = difference(&last.w, &half.w);
    let along = |w: &[f64]| setup.points.least_margin(w) / singular(SHAPE, w).values[0] / gamma;
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

/// An optimiser far below its eps, started on the path of gradient descent.
pub struct Clock {
    setup: Setup,
    frobenius: LargestMargin,
    /// The step of gradient descent that it is predicted to take.
    eta: f64,
    eps: f64,
    pub run: Run,
}

const CLOCKED: [usize; 2] = [200, 2000];
/// g at the start.
const FAR: f64 = 60.0;
/// How far the next Frobenius margin is above γ, at least.
const NEXT: f64 = 1.4;

/// The shortest W with <A_n, W> = g - log p_n on the support: where q = p.
fn on_the_path(setup: &Setup, frobenius: &LargestMargin, g: f64) -> Option<Vec<f64>> {
    let row = |n: usize| setup.points.row(n);
    let support: Vec<usize> = (0..frobenius.p.len()).filter(|&n| frobenius.p[n] > 0.0).collect();
    let gram: Vec<Vec<f64>> = support.iter().map(|&n| support.iter().map(|&m| dot(row(n), row(m))).collect()).collect();
    let right: Vec<f64> = support.iter().map(|&n| g - ln(frobenius.p[n])).collect();
    let weights = solve(&gram, &right)?;
    let mut w = vec![0.0; setup.points.dim()];
    support.iter().zip(&weights).for_each(|(&n, a)| axpy(*a, row(n), &mut w));
    Some(w)
}

/// Examples whose Frobenius separator is decided, and W where q = p.
fn on_a_path(stream: &mut Stream) -> Result<(Setup, LargestMargin, Vec<f64>)> {
    for _ in 0..DRAWS {
        let setup = rank_two(stream, 1.0)?;
        let frobenius = largest_margin(&setup.points, &Norm::L2)?;
        let margins = setup.points.margins(&frobenius.w);
        let LargestMargin { p, gamma, .. } = &frobenius;
        let decided = (0..p.len()).all(|n| p[n] > 0.05 || (p[n] == 0.0 && margins[n] > NEXT * gamma));
        if let (true, Some(start)) = (decided, on_the_path(&setup, &frobenius, FAR)) {
            return Ok((setup, frobenius, start));
        }
    }
    Err(Error::numerical("no examples were drawn whose Frobenius separator is decided"))
}

/// 3.4445^5, what five Newton-Schulz steps make of a small number over it.
fn steep() -> f64 {
    pow(COEFFICIENTS[0], NEWTON_SCHULZ as f64)
}

pub fn clocks(seed: Seed) -> Result<Vec<Clock>> {
    let stream = &mut seed.stream("optimizer-norm", "eps");
    let (setup, frobenius, start) = on_a_path(stream)?;
    let eps = exp(stream.uniform(-20.0, -16.0));
    let (beta, beta2) = (stream.uniform(0.7, 0.9), stream.uniform(0.9, 0.95));
    let optimizers = [
        ("gradient descent", Rule::Gradient, 0.0, 1.0),
        ("Muon", Rule::NewtonSchulz { shape: SHAPE, eps }, 0.0, steep() / eps),
        ("Adam", Rule::Adam { beta2, eps }, beta, 1.0 / eps),
    ];
    // A step of gradient descent of 1/(4 B² L), L at the start.
    let eta = 0.25 * exp(FAR) / pow(setup.points.radius(), 2.0);
    let clock = |(name, rule, beta, factor): (&'static str, Rule, f64, f64)| {
        let optimizer = Optimizer { name, rule, beta };
        let run = setup.judged(|judge| run(judge, optimizer, start.clone(), &CLOCKED, |_| eta / factor, |_, _| ()));
        Clock { setup: setup.clone(), frobenius: frobenius.clone(), eta, eps, run }
    };
    Ok(optimizers.into_iter().map(clock).collect())
}

/// Gradient descent and Muon far below its eps, from one W where q is not p.
struct SideBySide {
    setup: Setup,
    eps: f64,
    g: f64,
    /// Gradient descent, Muon.
    runs: [Run; 2],
    /// Σ |step| of gradient descent.
    way: f64,
}

/// By how much the shares are off at the start, as a divergence, at least.
const OFF: f64 = 0.1;

fn side_by_side(seed: Seed) -> Result<SideBySide> {
    let stream = &mut seed.stream("optimizer-norm", "eps, from elsewhere");
    let (setup, frobenius, path) = on_a_path(stream)?;
    // Near enough to eps for the difference to be seen.
    let above = stream.uniform(10.0, 13.0);
    for _ in 0..DRAWS {
        let aside: Vec<f64> = stream.normals(path.len()).iter().map(|w| 2.0 * w / setup.points.radius()).collect();
        let start = combine(1.0, &path, &aside);
        let (g, log_q, _) = look(&setup.points, Loss::Exponential, &start);
        if divergence(&frobenius.p, &log_q) < OFF {
            continue;
        }
        let eps = setup.points.radius() * exp(above - g);
        let eta = 0.25 * exp(g) / pow(setup.points.radius(), 2.0);
        let (mut way, mut before) = (0.0, start.clone());
        let descent = Optimizer { name: "gradient descent", rule: Rule::Gradient, beta: 0.0 };
        let descent = setup.judged(|judge| {
            run(
                judge,
                descent,
                start.clone(),
                &CLOCKED[1..],
                |_| eta,
                |_, state| {
                    way += distance(&state.w, &before);
                    before.clone_from(&state.w);
                },
            )
        });
        let muon = Optimizer { name: "Muon", rule: Rule::NewtonSchulz { shape: SHAPE, eps }, beta: 0.0 };
        let muon = setup.judged(|judge| run(judge, muon, start, &CLOCKED[1..], |_| eta * eps / steep(), |_, _| ()));
        return Ok(SideBySide { setup, eps, g, runs: [descent, muon], way });
    }
    Err(Error::numerical("no start was drawn where the shares are off"))
}

/// What five Newton-Schulz steps make of a singular value σ, over a^5 σ, less 1: at most so many σ².
fn cubic() -> f64 {
    let [a, b, _] = COEFFICIENTS;
    (b / a).abs() * (pow(a, 2.0 * NEWTON_SCHULZ as f64) - 1.0) / (a * a - 1.0)
}

/// **The same steps.** They differ by σ and by [`cubic`] σ² of themselves, σ ≤ B L/eps; and two runs of gradient descent on a
/// convex function never move apart.
fn no_other_than_descent(both: &SideBySide, claims: &mut Claims) {
    let SideBySide { setup, eps, g, runs: [descent, muon], way } = both;
    let (there, here) = (descent.end(), muon.end());
    let radius = setup.points.radius();
    let sigma = radius * exp(-g) / eps;
    // Every sum is rounded; and a step is off by as much as the margins, of which its shares are made, are rounded.
    let size = norm(&there.w);
    let rounding = Slack::rounding(2.0 * there.steps as f64, size / way)
        + Slack::rounding(8.0 * (setup.points.count() + setup.points.dim()) as f64, radius * size);
    claims
        .equal(
            "from where q is not p: |W of Muon - W of gradient descent| over the way",
            distance(&here.w, &there.w) / way,
            0.0,
            Slack::next_term(sigma + cubic() * sigma * sigma, 1.0) + rounding,
        )
        .on("1", 1.0);
}

/// **A linear polynomial.** Of a matrix of size σ = L/eps the five steps make a^5 times it, up to σ². On the path of gradient
/// descent with c = η γ² a step takes 1/L to 1/L + c + c² L/2 + .., and a mean of the last gradients, weighted by (1 - β) β^j, is
/// larger by β/(1 - β) times c L. Between t_1 and t_2 the sum of c L is the logarithm of what 1/L has grown by.
fn eps_makes_gradient_descent(clocks: &[Clock], claims: &mut Claims) {
    for Clock { setup, frobenius, eta, eps, run } in clocks {
        let [early, late] = &run.stops[..] else { unreachable!("two stops") };
        let Optimizer { name, beta, .. } = &run.optimizer;
        let c = eta * pow(frobenius.gamma, 2.0) * exp(-FAR);
        let size = |t: usize| 1.0 + c * t as f64;
        let span = (late.steps - early.steps) as f64;
        let lag = 0.5 + beta / (1.0 - beta);
        let growth = (exp(late.g - FAR) - exp(early.g - FAR)) / (c * span);
        let next = 2.0 * pow(0.5 + lag, 2.0) * c / size(early.steps) / span;
        // At the start: the gradient over eps, the cubic term of the polynomial, and the shares of the other pairs.
        let size_of_z = frobenius.z.iter().fold(frobenius.gamma, |most, z| most.max(z.abs()));
        let sigma = size_of_z * exp(-FAR) / eps;
        let small = sigma + cubic() * sigma * sigma + setup.points.count() as f64 * exp(-(NEXT - 1.0) * FAR);
        let rounding = || Slack::rounding(late.steps as f64, FAR);
        claims.equal(
            format!("{name}: growth of 1/L a step, over η γ²"),
            growth,
            1.0 + lag * ln(size(late.steps) / size(early.steps)) / span,
            Slack::next_term(next, 1.0) + Slack::next_term(small, size(late.steps)) + rounding(),
        );
        let path = on_the_path(setup, frobenius, late.g).unwrap_or_else(|| vec![f64::NAN; late.w.len()]);
        let gamma = frobenius.gamma;
        claims
            .equal(
                format!("{name}: |W - shortest W with q = p at this g|"),
                norm(&difference(&late.w, &path)),
                0.0,
                Slack::next_term(small, FAR / gamma) + rounding().times(16.0 / gamma),
            )
            .on("1/γ", 1.0 / gamma);
    }
}
