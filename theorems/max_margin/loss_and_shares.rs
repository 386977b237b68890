//! What the flow does to the loss, to the length of the weights, and to each point's share of the gradient.

use super::expansion::Expansion;
use super::experiments::{Path, Run, planted, power_of_ten};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::gradient_flow::Snapshot;
use theoremcheck::flow::loss::{Loss, log_pulls, shares};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{distance, dot, exp, ln, log_sum_exp, norm};
use theoremcheck::seed::Stream;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "no-finite-minimiser",
        says: "On separable points no finite w minimises the loss, and under the flow it falls for ever, like 1/t.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "soudry-2018" },
        notes: &["N4", "N7"],
        claims: |lab, c| {
            lab.run(planted).map(|run| no_finite_minimiser(&run.path, run.setup.points.dim(), Some(&run.expansion), c))
        },
    },
    Step {
        id: "norm-grows-loss-decays",
        says: "ŵ is a descent direction at every w. Under the flow of the exponential or the logistic loss, where some dual solution is positive on \
               all support vectors, the loss is 1/(γ² t) and γ|w| is √(u² + C²) with u = log t + H + 2 log γ and C the length of γ rho \
               across ŵ in the limit, up to powers of 1/t.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N7"],
        claims: |lab, c| {
            let run = lab.run(planted)?;
            descent_direction(&run, lab.seed().stream("max-margin", "anywhere"), c);
            norm_grows_loss_decays(&run, c);
            Ok(())
        },
    },
    Step {
        id: "support-vectors-dominate",
        says: "Under the flow of the exponential or the logistic loss, where some dual solution is positive on all support \
               vectors, a point that is no support vector loses its share of the gradient like t^-(m_n - 1).",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "soudry-2018" },
        notes: &["N8"],
        claims: |lab, c| lab.run(planted).map(|run| support_vectors_dominate(&run, c)),
    },
    Step {
        id: "gradient-weights-become-dual",
        says: "Under the flow of the exponential or the logistic loss, where some dual solution is positive on all support \
               vectors, the shares of the gradient tend to p_n = γ² alpha_n, and the direction of -∇L to the combination of \
               support vectors that the KKT conditions prescribe.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "soudry-2018" },
        notes: &["N9"],
        claims: |lab, c| lab.run(planted).map(|run| gradient_weights_become_dual(&run, c)),
    },
];

/// There is no finite minimiser. At one the loss would settle; it falls like 1/t instead. `next` is the
/// expansion that evaluates the next term, where there is a separator.
pub fn no_finite_minimiser(path: &Path, dim: usize, next: Option<&Expansion>, claims: &mut Claims) {
    for (pair, losses) in path.snapshots.windows(2).zip(path.log_losses.windows(2)) {
        let [from, to] = pair else { unreachable!("windows of two") };
        let span = to.log_t - from.log_t;
        let known = |at: &Snapshot| next.map_or(0.0, |next| ln(next.scaled_loss(at.log_t)));
        let left_out = |at: &Snapshot| next.map_or(0.0, |next| next.gamma * next.beyond(at.log_t));
        claims.equal(
            format!("d log L / d log t, from t = {} to {}", power_of_ten(from.log_t), power_of_ten(to.log_t)),
            (losses[1] - losses[0]) / span,
            -1.0 + (known(to) - known(from)) / span,
            (path.margin_slack(from, dim) + path.margin_slack(to, dim)).times(1.0 / span)
                + Slack::next_term((left_out(from) + left_out(to)) / span, 4.0),
        );
    }
}

/// -∇L·ŵ / Σ -ℓ'_n: a mean of the margins m_n, weighted by the shares.
fn progress(points: &Points, loss: Loss, w: &[f64], w_hat: &[f64]) -> f64 {
    let share = shares(points, loss, w);
    // The sum of the shares has the rounding of the largest margin, which cancels here.
    dot(&points.combination(&share), w_hat) / share.iter().sum::<f64>()
}

/// Two inner products of length d, and a mean over the points.
fn progress_slack(run: &Run) -> Slack {
    let points = &run.setup.points;
    Slack::rounding((2 * points.dim() + points.count()) as f64, points.radius() / run.expansion.gamma)
}

/// ŵ is a descent direction. -∇L·ŵ = Σ -ℓ'_n m_n ≥ Σ -ℓ'_n > 0 at every w: here at a thousand weights of all
/// sizes, about multiples of ŵ on both sides of 0, for both losses.
fn descent_direction(run: &Run, mut stream: Stream, claims: &mut Claims) {
    let (points, w_hat) = (&run.setup.points, &run.reference.w_hat);
    let mut least = f64::INFINITY;
    for k in 0..1000 {
        let along = stream.uniform(-1.0, 1.0) * exp(stream.uniform(-2.0, 5.0));
        let size = exp(stream.uniform(-2.0, 5.0));
        let w: Vec<f64> = w_hat.iter().map(|w| along * w + size * stream.normal()).collect();
        least = least.min(progress(points, [Loss::Exponential, Loss::Logistic][k % 2], &w, w_hat));
    }
    claims.at_least("least -∇L·ŵ / Σ -ℓ'_n at a thousand drawn w", least, 1.0, progress_slack(run));
}

/// The weights grow, the loss decays. Along the flow x_n·w = log t - log alpha_n on the support, up to x_n·δ, which
/// gives both constants.
fn norm_grows_loss_decays(run: &Run, claims: &mut Claims) {
    let Run { setup, expansion, path, reference, .. } = run;
    let gamma = expansion.gamma;
    for (at, log_loss) in path.snapshots.iter().zip(&path.log_losses) {
        let s = at.log_t;
        let t = power_of_ten(s);
        let above_one = expansion.progress(s) - 1.0;
        claims.equal(
            format!("-∇L·ŵ / Σ -ℓ'_n, t = {t}"),
            progress(&setup.points, setup.loss, &at.state, &reference.w_hat),
            1.0 + above_one,
            // Only the shares off the support count, each by its relative error.
            (run.margin_slack(at) + run.beyond(at).times(path.radius)).times(2.0 * above_one) + progress_slack(run),
        );
        claims.equal(
            format!("γ² t L, t = {t}"),
            exp(log_loss + s + 2.0 * ln(gamma)),
            expansion.scaled_loss(s),
            run.margin_slack(at) + run.beyond(at).times(gamma),
        );
        claims.equal(
            format!("γ|w|, t = {t}"),
            gamma * norm(&at.state),
            expansion.scaled_norm(s),
            (run.state_slack(at) + run.beyond(at)).times(gamma),
        );
    }
}

/// Support vectors dominate. x_n·w = m_n log t + x_n·rho, so that a point's pull e^(-x_n·w) falls like
/// t^(-m_n), and its share like t^-(m_n - 1).
fn support_vectors_dominate(run: &Run, claims: &mut Claims) {
    let Run { setup, reference, expansion, path, .. } = run;
    let [from, to, ..] = &path.snapshots[..] else { unreachable!("the path has four times") };
    let span = to.log_t - from.log_t;
    let log_shares = |at: &Snapshot| {
        let pulls = log_pulls(&setup.points, setup.loss, &at.state);
        let total = log_sum_exp(pulls.iter().copied());
        pulls.into_iter().map(move |pull| pull - total).collect::<Vec<_>>()
    };
    let (before, after) = (log_shares(from), log_shares(to));
    // log share = -(m_n - 1) s - x_n·(w̃ + δ) - log Σ t (-ℓ'): how far the last two move.
    let moved = |n: usize, at: &Snapshot| {
        dot(setup.points.row(n), &expansion.delta(at.log_t)) + ln(expansion.pulls(at.log_t).iter().sum::<f64>())
    };
    let unsupported: Vec<usize> = (0..setup.points.count()).filter(|&n| reference.margins[n] > 1.0).collect();
    let exponents: Vec<(f64, f64, Slack)> = unsupported
        .iter()
        .map(|&n| {
            let predicted = reference.margins[n] - 1.0 + (moved(n, to) - moved(n, from)) / span;
            let doubt = |at: &Snapshot| {
                run.margin_slack(at).times(2.0) + run.beyond(at).times(norm(setup.points.row(n)) + path.radius)
            };
            ((before[n] - after[n]) / span, predicted, (doubt(from) + doubt(to)).times(1.0 / span))
        })
        .collect();
    let next = exponents.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let used = |(measured, predicted, slack): &(f64, f64, Slack)| (measured - predicted).abs() / slack.total();
    let worst = exponents.iter().max_by(|a, b| used(a).total_cmp(&used(b)));
    for (name, exponent) in [("the next point's share", next), ("the share that uses most of its slack", worst)] {
        let (measured, predicted, slack) = exponent.expect("the plan has points off the support");
        claims.equal(format!("exponent of {name}"), *measured, *predicted, slack.clone());
    }
    let s = to.log_t;
    let share = shares(&setup.points, setup.loss, &to.state);
    let predicted = expansion.unsupported(s);
    claims.equal(
        format!("share of all points off the support, t = {}", power_of_ten(s)),
        unsupported.iter().map(|&n| share[n]).sum::<f64>(),
        predicted,
        // Each share is off by its relative error.
        (run.margin_slack(to) + run.beyond(to).times(path.radius)).times(2.0 * predicted),
    );
}

/// The gradient's weights become the dual. On the support e^(-x_n·w) t -> e^(-x_n·w̃) = alpha_n, so that
/// the shares are p_n = γ² alpha_n, and Σ p_n x_n = γ² ŵ: the KKT combination, along which w grows.
fn gradient_weights_become_dual(run: &Run, claims: &mut Claims) {
    let Run { setup, expansion, path, reference, .. } = run;
    let at = path.last();
    let t = power_of_ten(at.log_t);
    let share = shares(&setup.points, setup.loss, &at.state);
    let least = expansion.carrying.iter().map(|&n| expansion.p[n]).fold(f64::INFINITY, f64::min);
    let slack = || {
        run.margin_slack(at)
            + Slack::certificate(path.radius * expansion.dual.uncertainty(&reference.w_hat))
            + Slack::next_term(path.radius * norm(&expansion.delta(at.log_t)), 1.0)
            + run.beyond(at).times(path.radius)
    };
    let apart = |p: &[f64]| share.iter().zip(p).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    claims
        .equal(format!("max |share_n - p_n|, t = {t}"), apart(&expansion.p), 0.0, slack())
        .on("of the least p_n", least);
    if let Some(planted) = &run.planted {
        let p: Vec<f64> = planted.alpha.iter().map(|alpha| expansion.gamma * expansion.gamma * alpha).collect();
        claims
            .equal(format!("max |share_n - planted p_n|, t = {t}"), apart(&p), 0.0, slack())
            .on("of the least p_n", least);
    }
    let kkt: Vec<f64> = reference.w_hat.iter().map(|w| expansion.gamma * expansion.gamma * w).collect();
    claims
        .equal(
            format!("|Σ share_n x_n - γ² ŵ|, t = {t}"),
            distance(&setup.points.combination(&share), &kkt),
            0.0,
            // Each share is off by its own share of that.
            Slack::rounding(setup.points.count() as f64, path.radius) + slack().times(path.radius),
        )
        .on("γ", expansion.gamma);
}
