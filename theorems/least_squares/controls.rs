//! What happens instead, where a hypothesis is broken.

use super::experiments::{ADAGRAD_ETA, OneExample, Run, misfit};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::problem::regression::Planted;
use theoremcheck::real::{difference, distance, dot, norm};

/// With x_n = x_0 and targets y_0 - 2 and y_0 the residual of a least-squares solution is 1 at the one, -1 at the other
/// and 0 elsewhere, since the other rows are independent; gradient descent ends at X⁺ y all the same.
pub(super) fn least_squares_solution(run: &Run, claims: &mut Claims) {
    let at = run.last();
    let residual = run.problem.residual(&at.w);
    let last = residual.len() - 1;
    let slack = || run.residual_slack(at.step) + Slack::next_term(run.reference.sigma[0] * run.remaining(at.step), 1.0);
    claims.equal("|X w - y|, last step", norm(&residual), 2.0_f64.sqrt(), slack());
    claims.equal("residual of the first example", residual[0], -1.0, slack());
    claims.equal("residual of the last example", residual[last], 1.0, slack());
    claims
        .equal(
            "|X'(X w - y)|, last step",
            norm(&run.problem.gradient(&at.w)),
            0.0,
            slack().times(run.reference.sigma[0])
                + Slack::rounding(last as f64 + 2.0, run.problem.frobenius() * norm(&residual)),
        )
        .on("|X||y|", run.problem.frobenius() * norm(&run.problem.y));
    claims
        .equal(
            "|w - X⁺ y|, last step",
            distance(&at.w, &run.limit.w),
            0.0,
            run.state_slack(at.step, 0)
                + Slack::certificate(run.limit.error)
                + Slack::next_term(run.remaining(at.step), 1.0),
        )
        .on("|X⁺ y|", norm(&run.limit.w));
}

/// The part along v_1 grows by η σ_1² - 1 = 1.1 in a step, and the residual with it once the others have decayed.
pub(super) fn divergence(run: &Run, claims: &mut Claims) {
    let (before, after) = (run.at(60), run.at(61));
    let (r, s) = (misfit(&run.problem, &before.w), misfit(&run.problem, &after.w));
    let (first, rest) = (run.component(0, 60, 0), run.others(60));
    claims.equal(
        "|r_(k+1)|/|r_k|, k = 60, against η σ_1² - 1",
        s / r,
        1.1,
        // σ_1 = 1 is the largest, so that the residual of the others is at most their component.
        (run.residual_slack(60) + run.residual_slack(61)).times(2.0 / r)
            + Slack::next_term(rest / (first * first), 1.0),
    );
    let last = run.last();
    let largest = run.component(0, last.step, 0).abs();
    claims.equal(
        format!("|w - w∞|, k = {}, against 1.1^k |c_1|", last.step),
        distance(&last.w, &run.limit.w),
        largest,
        run.state_slack(last.step, 0)
            + Slack::certificate(run.limit.error)
            + Slack::next_term(run.others(last.step) / largest, 1.0),
    );
}

/// AdaGrad's first step is -η sign(g) in every coordinate, whatever the gradient: the part of it in the null space is
/// the first that it brings in. On one example x every step is along sign(x) = (±1, ..): from 0 it ends at the multiple
/// of it that fits, w = y sign(x)/|x|_1, of all solutions that of least largest entry.
pub(super) fn other_interpolant(run: &Run, one: &OneExample, claims: &mut Claims) {
    let problem = &run.problem;
    let dim = problem.x.dim() as f64;
    let sign: Vec<f64> = problem.gradient(&run.start).iter().map(|g| -ADAGRAD_ETA * g.signum()).collect();
    let null = |w: &[f64]| norm(&run.reference.null_part(w));
    let turned = run.reference.error / run.reference.sigma_least();
    claims.equal(
        "null part of the first step, against that of -η sign(g)",
        null(&run.at(1).w),
        null(&sign),
        Slack::rounding(8.0 * dim, norm(&sign)) + Slack::certificate(2.0 * turned * norm(&sign)),
    );
    let last = run.last();
    claims
        .equal(
            format!("|X w - y|, k = {}", last.step),
            misfit(problem, &last.w),
            0.0,
            // At a fixed point of rounded arithmetic: the residual is a rounding of X w - y.
            Slack::rounding(4.0 * dim, problem.frobenius() * norm(&last.w) + norm(&problem.y)),
        )
        .on("|y|", norm(&problem.y));
    let (square, shortest) = (dot(&last.w, &last.w), dot(&run.limit.w, &run.limit.w));
    let part = null(&last.w);
    claims.equal(
        "|w|² - |X⁺ y|², against the square of the null part of w",
        square - shortest,
        part * part,
        Slack::rounding(16.0 * dim, square + shortest)
            + Slack::certificate(2.0 * (run.limit.error + turned * norm(&last.w)) * norm(&last.w))
            // The residual that is left, over σ_n, is how far w is from a solution.
            + Slack::rounding(8.0 * dim / run.reference.sigma_least(), problem.frobenius() * square),
    );

    let claims = &mut claims.of_fixed_data();
    let (ada, descent) = (one.adagrad.last().expect("recorded"), one.descent.last());
    for (name, w, limit) in [("AdaGrad", &ada.w, [1.0 / 3.0; 2]), ("gradient descent", &descent.w, [0.2, 0.4])] {
        for (i, predicted) in limit.into_iter().enumerate() {
            claims.equal(
                format!("x = (1, 2), y = 1, {name}: w_{}", i + 1),
                w[i],
                predicted,
                // Both contract by a constant factor near the end, and so forget their roundings.
                Slack::rounding(16.0, 1.0),
            );
        }
    }
}

/// w∞ = X⁺ y + (I - X⁺X) w_0, two orthogonal parts.
pub(super) fn another_start(run: &Run, planted: &Planted, claims: &mut Claims) {
    let at = run.last();
    let shortest = planted.min_norm();
    // The planted basis of the null space, of which no decomposition knows.
    let null = &planted.axes[planted.sigma.len()..];
    let part: Vec<f64> = null.iter().map(|axis| dot(axis, &run.start)).collect();
    let dim = shortest.len() as f64;
    let slack = || {
        run.state_slack(at.step, 0)
            + Slack::next_term(run.remaining(at.step), 1.0)
            + Slack::rounding(16.0 * dim, norm(&shortest) + norm(&run.start))
    };
    claims.equal("|w - X⁺ y|, against the null part of w_0", distance(&at.w, &shortest), norm(&part), slack());
    let worst = null
        .iter()
        .zip(&part)
        .map(|(axis, p)| (dot(axis, &difference(&at.w, &shortest)) - p).abs())
        .fold(0.0, f64::max);
    claims.equal("largest difference of its coordinates", worst, 0.0, slack()).on("|X⁺ y|", norm(&shortest));
    claims.equal(
        "|w|², against |X⁺ y|² + |null part of w_0|²",
        dot(&at.w, &at.w),
        dot(&shortest, &shortest) + dot(&part, &part),
        slack().times(2.0 * norm(&at.w)),
    );
}
