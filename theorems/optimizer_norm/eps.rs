//! What eps does that is added to the length of the gradient: far below it, Muon and Adam are gradient descent.

use super::kinds::{DRAWS, SHAPE, Setup, examples, is_well_separable};
use super::muon::rank_two;
use super::newton_schulz::{cubic, steep};
use super::optimizers::{Judge, Optimizer, Rule, Run, State, run};
use crate::steepest_descent::descent::radius;
use crate::steepest_descent::flow::look;
use crate::steepest_descent::identity::{divergence, entropy};
use crate::steepest_descent::largest_margin::{LargestMargin, largest_margin};
use crate::steepest_descent::norm::Norm;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, difference, distance, dot, exp, largest, ln, norm, pow};
use theoremcheck::reference::linear_system::solve;
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "eps-makes-gradient-descent",
        says: "Let the loss be exponential and the pairs separable, p of the Frobenius norm unique on independent pairs. \
               Muon with five Newton-Schulz steps, once L |Z|_F is far below eps/170, and Adam, once √v, the root of its \
               mean square, is far below eps, are gradient descent, Adam with its momentum, with the steps 3.4445^5 η/eps \
               and η/eps: from W with q = p, 1/L grows by that times γ² (1 + ..) a step, γ the largest Frobenius margin, and \
               W stays on the path of gradient descent; from where q is not p, too, Muon goes where gradient descent goes, \
               if these steps are at most 2/(B² L), B in the Frobenius norm.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| {
            lab.run(clocks).map(|clocks| eps_makes_gradient_descent(&clocks, c))?;
            lab.run(side_by_side).map(|both| no_other_than_descent(&both, c))
        },
    },
    Step {
        id: "adam-with-eps-returns",
        says: "Let the loss be exponential and the pairs separable, p of the Frobenius norm unique, on independent pairs, \
               and B < 10γ in this norm. Full-batch Adam with eps > 0, β < 1/1.02 and β_2 < 1/1.02² from 0, with short \
               constant steps until L is eps and steps that grow by two percent each from then on, ends in the Frobenius \
               norm: q → p, and what W has across the pairs of the support once L is far below eps and q near p stays, V. \
               With w̃ the part, orthogonal to Z*, of the shortest W that has <A_n, W> = -log p_n on the support, γ|W| - g = \
               H + γ²(|V|² + |w̃|²)/(2(g + H)) - .. in the Frobenius norm, where the margin tends to the largest; in l_inf \
               it tends to that of the Frobenius separator.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N1"],
        claims: |lab, c| lab.run(returning).map(|run| adam_with_eps_returns(&run, c)),
    },
];

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

/// The pairs of positive weight.
fn support(best: &LargestMargin) -> Vec<usize> {
    (0..best.p.len()).filter(|&n| best.p[n] > 0.0).collect()
}

/// The shortest W with these <A_n, W> on some pairs.
fn shortest(points: &Points, pairs: &[usize], margins: &[f64]) -> Option<Vec<f64>> {
    let gram: Vec<Vec<f64>> =
        pairs.iter().map(|&n| pairs.iter().map(|&m| dot(points.row(n), points.row(m))).collect()).collect();
    let weights = solve(&gram, margins)?;
    let mut w = vec![0.0; points.dim()];
    pairs.iter().zip(&weights).for_each(|(&n, a)| axpy(*a, points.row(n), &mut w));
    Some(w)
}

/// The shortest W with <A_n, W> = g - log p_n on the support: where q = p.
fn on_the_path(points: &Points, frobenius: &LargestMargin, g: f64) -> Option<Vec<f64>> {
    let pairs = support(frobenius);
    let margins: Vec<f64> = pairs.iter().map(|&n| g - ln(frobenius.p[n])).collect();
    shortest(points, &pairs, &margins)
}

/// Whether no weight is small, and no other margin is near.
fn is_decided(points: &Points, LargestMargin { p, w, gamma, .. }: &LargestMargin) -> bool {
    let margins = points.margins(w);
    (0..p.len()).all(|n| p[n] > 0.05 || (p[n] == 0.0 && margins[n] > NEXT * gamma))
}

/// Examples whose Frobenius separator is decided, and W where q = p.
fn on_a_path(stream: &mut Stream) -> Result<(Setup, LargestMargin, Vec<f64>)> {
    for _ in 0..DRAWS {
        let setup = rank_two(stream, 1.0)?;
        let frobenius = largest_margin(&setup.points, &Norm::L2)?;
        let decided = is_decided(&setup.points, &frobenius);
        if let (true, Some(start)) = (decided, on_the_path(&setup.points, &frobenius, FAR)) {
            return Ok((setup, frobenius, start));
        }
    }
    Err(Error::numerical("no examples were drawn whose Frobenius separator is decided"))
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

/// The same steps. They differ by σ and by [`cubic`] σ² of themselves, σ ≤ B L/eps; and two runs of gradient descent on a
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

/// A linear polynomial. Of a matrix of size σ = L/eps the five steps make a^5 times it, up to σ². On the path of gradient
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
        let sigma = frobenius.gamma * exp(-FAR) / eps;
        let small = sigma + cubic() * sigma * sigma + setup.points.count() as f64 * exp(-(NEXT - 1.0) * FAR);
        let rounding = || Slack::rounding(late.steps as f64, FAR);
        claims.equal(
            format!("{name}: growth of 1/L in a step, over η γ²"),
            growth,
            1.0 + lag * ln(size(late.steps) / size(early.steps)) / span,
            Slack::next_term(next, 1.0) + Slack::next_term(small, size(late.steps)) + rounding(),
        );
        let path = on_the_path(&setup.points, frobenius, late.g).unwrap_or_else(|| vec![f64::NAN; late.w.len()]);
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

/// Adam with eps from 0.
struct Returning {
    points: Points,
    frobenius: LargestMargin,
    infinity: LargestMargin,
    /// W from when on q is p but for [`SHARES`], and L eps e^-BELOW.
    settled: Vec<f64>,
    run: Run,
}

/// By how much each separator falls short in the other's norm, at least.
const APART: f64 = 0.05;
/// By how much the step grows with each, and in how many.
const GROWTH: f64 = 0.02;
const GROWING: usize = 20_000;
/// What constant steps take at the most until L is eps.
const LONGEST: usize = 100_000;
/// What is settled: log q - log p on the support, and as powers of e the shares of the others, and L over eps.
const SHARES: f64 = 1e-7;
const OTHERS: f64 = -25.0;
const BELOW: f64 = 25.0;

/// |log q - log p| of the support, the largest.
fn off(frobenius: &LargestMargin, log_q: &[f64]) -> f64 {
    largest(support(frobenius).iter().map(|&n| log_q[n] - ln(frobenius.p[n])))
}

fn returning(seed: Seed) -> Result<Returning> {
    let stream = &mut seed.stream("optimizer-norm", "Adam with eps");
    for _ in 0..DRAWS {
        let points = examples(stream)?.pair_points();
        if !is_well_separable(&points, 0.2) {
            continue;
        }
        let [frobenius, infinity] = [largest_margin(&points, &Norm::L2)?, largest_margin(&points, &Norm::LInf)?];
        let shares =
            [frobenius.share(&points, &Norm::L2, &infinity.w), infinity.share(&points, &Norm::LInf, &frobenius.w)];
        if !is_decided(&points, &frobenius) || shares.iter().any(|share| *share > 1.0 - APART) {
            continue;
        }
        let below = stream.uniform(30.0, 40.0);
        let (beta, beta2) = (stream.uniform(0.7, 0.9), stream.uniform(0.9, 0.95));
        let adam = Optimizer { name: "Adam", rule: Rule::Adam { beta2, eps: exp(-below) }, beta };
        let eta = infinity.gamma / pow(radius(&points, &Norm::LInf), 2.0);
        let nothing = vec![0.0; points.dim()];
        // A first run tells how many steps come before L is eps.
        let mut early = State::new(&adam, &points, nothing.clone());
        let constant = (0..LONGEST).take_while(|_| {
            early.step(eta);
            early.g <= below
        });
        let constant = constant.count() + 1;
        let mut settled = None;
        let judge = Judge { points: &points, norm: &Norm::L2, reference: &frobenius };
        let steps = |t: usize| eta * pow(1.0 + GROWTH, (t + 1).saturating_sub(constant) as f64);
        let run = run(&judge, adam.clone(), nothing, &[constant + GROWING], steps, |_, state: &State| {
            let others = (0..points.count()).filter(|&n| frobenius.p[n] == 0.0).all(|n| state.log_q[n] < OTHERS);
            if settled.is_none() && others && state.g > below + BELOW && off(&frobenius, &state.log_q) < SHARES {
                settled = Some((state.g, state.w.clone()));
            }
        });
        // Early enough for the rest of the way to be a test of it.
        if let Some((_, settled)) = settled.filter(|(g, _)| run.end().g > 2.0 * g) {
            return Ok(Returning { points, frobenius, infinity, settled, run });
        }
    }
    Err(Error::numerical("no examples were drawn whose Frobenius and l_inf separators differ"))
}

/// From wherever it is. Gradient descent moves W by combinations of the A_n, in the end of those of the support alone, and so leaves
/// V = W - (its projection on them). The rest is the shortest W with <A_n, W> = g - log p_n, which is ŵ (g + H)/γ + w̃ with w̃
/// orthogonal to ŵ.
fn adam_with_eps_returns(run: &Returning, claims: &mut Claims) {
    let Returning { points, frobenius, infinity, settled, run } = run;
    let LargestMargin { p, gamma, .. } = frobenius;
    let end = run.end();
    let rounding =
        || Slack::rounding((end.steps + points.dim() + points.count()) as f64, norm(&end.w) * points.radius());
    claims
        .equal(
            "largest |log q_n - log p_n| of the support",
            off(frobenius, &end.log_q),
            0.0,
            Slack::next_term(SHARES, 1.0) + rounding(),
        )
        .on("1", 1.0);
    let pairs = support(frobenius);
    let across = |w: &[f64]| {
        let margins = points.margins(w);
        let of_support: Vec<f64> = pairs.iter().map(|&n| margins[n]).collect();
        shortest(points, &pairs, &of_support).map_or_else(|| vec![f64::NAN; w.len()], |along| difference(w, &along))
    };
    // Per unit of g the others move W by their shares times B/γ², and die like e^-(NEXT - 1)g; an entry of Adam's step is off by what
    // its gradient is of eps.
    let v = across(settled);
    let reach = points.radius() / gamma;
    let moved = points.count() as f64 * exp(OTHERS) * reach / (NEXT - 1.0) + exp(-BELOW) * points.radius();
    claims
        .equal(
            "|V at the end - V once q is p|",
            distance(&across(&end.w), &v),
            0.0,
            Slack::next_term(moved, 1.0 / gamma) + rounding().times(1.0 / gamma),
        )
        .on("1/γ", 1.0 / gamma);
    let h = entropy(p);
    let path = on_the_path(points, frobenius, 0.0).unwrap_or_else(|| vec![f64::NAN; v.len()]);
    let tilde = difference(&path, &frobenius.w.iter().map(|w| w * h / gamma).collect::<Vec<_>>());
    let (whole, square) = (end.g + h, gamma * gamma * (dot(&v, &v) + dot(&tilde, &tilde)));
    claims.equal(
        "γ|W| - g in the Frobenius norm",
        gamma * norm(&end.w) - end.g,
        h + square / (2.0 * whole) - square * square / (8.0 * pow(whole, 3.0)),
        Slack::next_term(pow(square, 3.0) / (16.0 * pow(whole, 5.0)), 1.0) + Slack::next_term(SHARES, 1.0) + rounding(),
    );
    claims.equal(
        "margin in the Frobenius norm over the largest",
        frobenius.share(points, &Norm::L2, &end.w),
        (end.g - ln(largest(p.iter().copied()))) / (whole * whole + square).sqrt(),
        Slack::next_term(SHARES, 2.0 / end.g) + rounding().times(1.0 / end.g),
    );
    // Where it is predicted to be: V, and the shortest W at this g. Each log p_n that is off moves the latter.
    let ending =
        on_the_path(points, frobenius, end.g).map_or_else(|| vec![f64::NAN; v.len()], |path| combine(1.0, &v, &path));
    let unit = |n: &usize| pairs.iter().map(|m| if m == n { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let answers: f64 = pairs.iter().filter_map(|n| shortest(points, &pairs, &unit(n))).map(|w| norm(&w)).sum();
    let off_by =
        Slack::next_term(moved, 1.0 / gamma) + Slack::next_term(SHARES, answers) + rounding().times(1.0 / gamma);
    claims.equal(
        "margin in l_inf over the largest",
        infinity.share(points, &Norm::LInf, &end.w),
        infinity.share(points, &Norm::LInf, &ending),
        // By |A| of it in a margin, and by itself in the length.
        off_by.times((points.radius() / infinity.gamma + 1.0) / Norm::LInf.length(&end.w)),
    );
}
