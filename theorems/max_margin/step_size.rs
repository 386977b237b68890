//! "Any fixed step size": what becomes of gradient descent when the step is not small, or the loss not one with
//! an exponential tail.

use super::experiments::DescentRun;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{Descent, StepRule, descend, largest_rise};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::{Loss, log_loss};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{bisect, distance, dot, exp, ln, log_sum_exp, norm};
use theoremcheck::reference::max_margin::{MaxMargin, max_margin};

/// (.1,.9), (.1,-.5): ŵ = (10, 0), and w̃_2 = log(1.8)/1.4, since alpha is in the ratio .5 : .9.
fn narrow_points() -> Points {
    Points::from_rows(&[[0.1, 0.9], [0.1, -0.5]])
}

fn w_tilde_2() -> f64 {
    ln(1.8) / 1.4
}

// ---------------------------------------------------------------------------------------------------
// The logistic loss, far above the bound
// ---------------------------------------------------------------------------------------------------

/// η = 50 and 200, seven and twenty-seven times 2/(β σ_max²), for 2^20 steps.
pub(super) fn far_above_the_bound() -> Result<Vec<DescentRun>> {
    run_above_the_bound(20)
}

/// The same for 2^24 steps.
pub(super) fn far_above_the_bound_for_long() -> Result<Vec<DescentRun>> {
    run_above_the_bound(24)
}

fn run_above_the_bound(doublings: u32) -> Result<Vec<DescentRun>> {
    let run = |eta: f64| {
        let setup = Setup { points: narrow_points(), loss: Loss::Logistic, start: vec![0.0; 2] };
        DescentRun::new(setup, StepRule::plain(eta), doublings)
    };
    [50.0, 200.0].into_iter().map(run).collect()
}

/// **Far above the bound** the logistic loss goes up and down first, and then comes to the same limit: its slope
/// is bounded, so that an overshoot is no longer than η Σ |x_n|.
pub(super) fn large_steps(runs: &[DescentRun], claims: &mut Claims) {
    for run in runs {
        let DescentRun { setup, expansion, descent } = run;
        let eta = descent.rule.eta;
        let rise = largest_rise(setup, descent.rule, 1 << 14);
        // The first step, from 0 by η Σ x_n/2, leaves the second point the margin -.09 η, and so a loss of more than that.
        claims.at_least(
            format!("η = {eta}: largest rise of log L in a step, against that of the first"),
            rise,
            ln(0.09 * eta / (2.0 * ln(2.0))),
            Slack::rounding(16.0, 1.0),
        );
        let longest = descent.iterates.windows(2).filter(|pair| pair[1].step == pair[0].step + 1);
        let longest = longest.map(|pair| distance(&pair[1].w, &pair[0].w)).fold(0.0, f64::max);
        let bound = eta * setup.points.rows().map(norm).sum::<f64>();
        claims.at_most(format!("η = {eta}: longest of the first steps"), longest, bound, Slack::rounding(16.0, bound));
        // Later, at the larger step, a rounding may have grown over every digit.
        let watched: &[usize] = if eta < 100.0 { &[1, 2, 5, 10] } else { &[1, 2, 5] };
        for &k in watched {
            let at = &descent.iterates[k];
            let margins = margins_after(&setup.points, [0.0; 2], setup.loss, eta, k);
            let predicted = log_sum_exp(margins.iter().map(|&u| setup.loss.log_value(u)));
            // A rounding grows by 1 + η β σ_max² in a step, at the most, and σ_max² ≤ Σ |x_n|².
            let factor = 1.0 + eta * 0.25 * setup.points.rows().map(|x| dot(x, x)).sum::<f64>();
            let growth = (0..k).fold(1.0, |growth, _| growth * factor);
            claims
                .equal(
                    format!("η = {eta}: log L after step {k}, by the margins alone"),
                    log_loss(&setup.points, setup.loss, &at.w),
                    predicted,
                    Slack::rounding(16.0 * growth, 1.0),
                )
                .on("1", 1.0);
        }
        let at = descent.last();
        let s = run.log_time(at);
        // Across ŵ the forcing is the tail's, at rate 1, and the discreteness, each over t.
        let next = Slack::next_term(norm(&expansion.delta(s)), 2.0) + Slack::next_term(expansion.beyond(s), 2.0);
        claims.equal(
            format!("η = {eta}: w_2 after {} steps, against log(1.8)/1.4", at.step),
            at.w[1],
            w_tilde_2(),
            next + Slack::rounding(at.step as f64, at.w[1]),
        );
    }
}

// ---------------------------------------------------------------------------------------------------
// The exponential loss at its threshold
// ---------------------------------------------------------------------------------------------------

/// From a start, the step size above which the exponential loss diverges: by gradient descent in w, and by the
/// recursion of the pulls alone.
pub(super) struct Threshold {
    start: [f64; 2],
    in_weights: f64,
    in_pulls: f64,
}

pub(super) struct Thresholds {
    from: Vec<Threshold>,
    /// Just below: η = 2.5 from 0.
    below: Descent,
}

/// By this many steps a run either overflows or has settled below its first overshoots.
const SETTLED: u64 = 4000;

pub(super) fn thresholds() -> Result<Thresholds> {
    let points = narrow_points();
    let threshold = |start: [f64; 2]| Threshold {
        start,
        in_weights: bisect(
            |eta| {
                let setup = Setup { points: points.clone(), loss: Loss::Exponential, start: start.to_vec() };
                if descend(&setup, StepRule::plain(eta), &[SETTLED]).overflows.is_some() { 1.0 } else { -1.0 }
            },
            1.0,
            4.0,
        ),
        in_pulls: bisect(
            |eta| {
                let u = margins_after(&points, start, Loss::Exponential, eta, SETTLED as usize);
                if u.iter().all(|u| u.is_finite()) { -1.0 } else { 1.0 }
            },
            1.0,
            4.0,
        ),
    };
    let setup = Setup { points: points.clone(), loss: Loss::Exponential, start: vec![0.0; 2] };
    Ok(Thresholds {
        from: [[0.0, 0.0], [0.0, -1.0], [1.0, 0.0]].map(threshold).into(),
        below: descend(&setup, StepRule::plain(2.5), &[1 << 20]),
    })
}

/// The margins after some steps, by a recursion that knows no w: u_n <- u_n + η Σ_m (x_n·x_m) (-ℓ'(u_m)).
pub(super) fn margins_after(points: &Points, start: [f64; 2], loss: Loss, eta: f64, steps: usize) -> [f64; 2] {
    let gram = |n: usize, m: usize| dot(points.row(n), points.row(m));
    let mut u = [dot(points.row(0), &start), dot(points.row(1), &start)];
    for _ in 0..steps {
        let pull = u.map(|u| exp(loss.log_pull(u)));
        u = [0, 1].map(|n| u[n] + eta * (gram(n, 0) * pull[0] + gram(n, 1) * pull[1]));
    }
    u
}

/// **The threshold of the exponential loss.** Overshoots race against the growth of w along ŵ, which shortens every
/// step: a run that loses the race overflows within a few steps, one that wins it settles. The threshold depends on
/// the start: no bound on η that knows the data alone can be sharp.
pub(super) fn exponential_threshold(thresholds: &Thresholds, claims: &mut Claims) {
    for Threshold { start: [a, b], in_weights, in_pulls } in &thresholds.from {
        // The two sides part exponentially fast, so that roundings move the threshold by no more than they are.
        let slack = Slack::rounding(64.0, *in_pulls);
        claims.equal(
            format!("threshold of η from ({a},{b}): in w, against in the pulls"),
            *in_weights,
            *in_pulls,
            slack,
        );
    }
    let [zero, down, along] = &thresholds.from[..] else { unreachable!("three starts") };
    // A larger pull at the start leaves room for a smaller step only.
    claims.at_most(
        "threshold from (0,-1) over that from 0",
        down.in_weights / zero.in_weights,
        1.0,
        Slack::rounding(64.0, 1.0),
    );
    // A smaller pull at the start is a smaller step: e^(-.1) η from (1,0) is η from 0.
    claims.equal(
        "threshold from (1,0), against e^.1 times that from 0",
        along.in_weights,
        exp(0.1) * zero.in_weights,
        Slack::rounding(64.0, along.in_weights),
    );
    let at = thresholds.below.last();
    let t = at.step as f64;
    // Discreteness, ŵ log t / 2t, is the largest of what is left.
    let slack = Slack::next_term(0.5 * ln(t) / t * 10.0, 2.0) + Slack::rounding(t, at.w[1]);
    claims.equal("η = 2.5 from 0: w_2 after 2^20 steps, against log(1.8)/1.4", at.w[1], w_tilde_2(), slack);
}

// ---------------------------------------------------------------------------------------------------
// Cycles on points that cannot be separated
// ---------------------------------------------------------------------------------------------------

pub(super) struct Cycles {
    /// η = 2.9: the last two distances from log 2, and η = 3.1: the last two iterates.
    settling: [f64; 2],
    cycling: [f64; 2],
}

/// x = 1, 1, -1, logistic loss: the minimiser is log 2, where L'' = 2/3.
pub(super) fn cycles() -> Result<Cycles> {
    let setup = Setup { points: Points::from_rows(&[[1.0], [1.0], [-1.0]]), loss: Loss::Logistic, start: vec![0.0] };
    let last_two = |eta: f64, steps: u64| -> [f64; 2] {
        let run = descend(&setup, StepRule::plain(eta), &[steps, steps + 1]);
        [run.iterates[0].w[0], run.iterates[1].w[0]]
    };
    Ok(Cycles { settling: last_two(2.9, 100).map(|w| w - ln(2.0)), cycling: last_two(3.1, 4000) })
}

/// **Cycles.** The minimiser repels when η L'' > 2, here η > 3; just above 3 gradient descent ends on a cycle
/// of two.
pub(super) fn two_cycles(cycles: &Cycles, claims: &mut Claims) {
    let gradient = |w: f64| -2.0 / (1.0 + exp(w)) + 1.0 / (1.0 + exp(-w));
    let step = |w: f64| w - 3.1 * gradient(w);
    // The upper point of the cycle: where two steps lead back, above the minimiser.
    let upper = bisect(|w| w - step(step(w)), ln(2.0) + 0.1, 3.0);
    let (high, low) = (cycles.cycling[0].max(cycles.cycling[1]), cycles.cycling[0].min(cycles.cycling[1]));
    // The cycle attracts, and so forgets its roundings.
    let slack = || Slack::rounding(64.0, 1.0);
    claims.equal("η = 3.1: upper point of the cycle", high, upper, slack());
    claims.equal("η = 3.1: lower point of the cycle", low, step(upper), slack());
    let [before, after] = cycles.settling;
    claims.equal(
        "η = 2.9: factor of w - log 2 in a step, against 1 - (2/3) η",
        after / before,
        1.0 - 2.9 * 2.0 / 3.0,
        Slack::next_term(before, 2.0) + Slack::rounding(8.0, 1.0 / before),
    );
}

// ---------------------------------------------------------------------------------------------------
// Another loss, another limit
// ---------------------------------------------------------------------------------------------------

pub(super) struct Squared {
    reference: MaxMargin,
    descents: Vec<Descent>,
}

/// (1,0), (3,1) with the squared loss on labels, three step sizes.
pub(super) fn squared_loss() -> Result<Squared> {
    let points = Points::from_rows(&[[1.0, 0.0], [3.0, 1.0]]);
    let setup = Setup { points, loss: Loss::Squared, start: vec![0.0; 2] };
    Ok(Squared {
        reference: max_margin(&setup.points)?,
        descents: [0.01, 0.05, 0.15].map(|eta| descend(&setup, StepRule::plain(eta), &[100_000])).into(),
    })
}

/// **The squared loss** ends at the interpolant w with x_n·w = 1 of least norm, here (1,-2), whatever the step; the
/// separator is (1,0), at an angle of arctan 2.
pub(super) fn another_loss(squared: &Squared, claims: &mut Claims) {
    for descent in &squared.descents {
        let w = &descent.last().w;
        let eta = descent.rule.eta;
        for (i, predicted) in [1.0, -2.0].into_iter().enumerate() {
            // A linear contraction: the roundings of 100,000 steps do not add up beyond its condition, 119.
            claims.equal(format!("η = {eta}: w_{}", i + 1), w[i], predicted, Slack::rounding(4.0 * 119.0, 4.0));
        }
        let cosine = dot(w, &squared.reference.w_hat) / norm(w) * squared.reference.gamma;
        claims.equal(
            format!("η = {eta}: cosine of the angle to ŵ"),
            cosine,
            1.0 / 5.0_f64.sqrt(),
            Slack::rounding(4.0 * 119.0, 4.0),
        );
    }
}
