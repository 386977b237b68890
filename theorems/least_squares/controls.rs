//! What happens instead, where a hypothesis is broken.

use super::experiments::{
    ADAGRAD_ETA, Inconsistent, Instance, OneExample, Run, inconsistent, misfit, one_example, other_geometry,
    overshooting, power, starts,
};
use super::iterates::null_space_invariant;
use super::limit::minimum_norm;
use super::rates::linear_rate;
use super::zeros::zero_loss_subspace;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{combine, difference, distance, dot, norm};
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "consistent",
        refutes: "zero-loss-subspace",
        on: "|X w∞ - y|",
        says: "Of two examples x and μ x, x not in the span of the rest, the target of the second is moved by δ ≠ 0: no w has \
               zero loss. Gradient descent ends at a least-squares solution, where |X w - y| = |δ|/√(1 + μ²).",
        claims: |lab, c| {
            let broken = lab.run(inconsistent)?;
            zero_loss_subspace(&broken.run, Some(&broken.instance), c);
            Ok(())
        },
        instead: |lab, c| {
            least_squares_solution(&*lab.run(inconsistent)?, c);
            Ok(())
        },
    },
    Control {
        without: "small-step",
        refutes: "linear-rate",
        on: "largest |X w_(k+1) - y|/|X w_k - y|",
        says: "With η σ_1² > 2 the component of w_k - w∞ along v_1 is multiplied by 1 - η σ_1² < -1 at each step: if c_1 ≠ 0, \
               the loss grows without bound.",
        claims: |lab, c| {
            linear_rate(&*lab.run(overshooting)?, c);
            Ok(())
        },
        instead: |lab, c| {
            divergence(&*lab.run(overshooting)?, c);
            Ok(())
        },
    },
    Control {
        without: "euclidean-steps",
        refutes: "null-space-invariant",
        on: "AdaGrad: |null part",
        says: "AdaGrad, which scales each coordinate by the gradients it has seen, also brings the loss of the planted problem \
               to zero. But its first step is along the signs of the gradient, which need not be in the row space and are not \
               in it here: it ends at another solution.",
        claims: |lab, c| {
            null_space_invariant(&*lab.run(other_geometry)?, "AdaGrad", c);
            Ok(())
        },
        instead: |lab, c| {
            other_interpolant(&*lab.run(other_geometry)?, c);
            along_the_signs(&*lab.run(one_example)?, c);
            Ok(())
        },
    },
    Control {
        without: "start-in-row-space",
        refutes: "minimum-norm",
        on: "random start: |w - X⁺ y|",
        says: "From a start whose part z in the null space of X is not 0, as at almost every start if rank X < d, the limit is \
               X⁺ y + z, another point of zero loss: the square of its length is |X⁺ y|² + |z|².",
        claims: |lab, c| {
            let starts = lab.run(starts)?;
            minimum_norm(&starts.from_anywhere, &starts.instance, "random start", c);
            Ok(())
        },
        instead: |lab, c| {
            let starts = lab.run(starts)?;
            another_start(&starts.from_anywhere, &starts.instance, c);
            Ok(())
        },
    },
];

/// The rows x and μ x have the targets t and μ t + δ. As the others can be met, x·w - t = e makes e² + (μ e - δ)² least:
/// e = μ δ/(1 + μ²), and the residual is this at the one row, -δ/(1 + μ²) at the other and 0 elsewhere. Gradient descent
/// ends at X⁺ y all the same.
fn least_squares_solution(broken: &Inconsistent, claims: &mut Claims) {
    let Inconsistent { instance, run, moved } = broken;
    let at = run.last();
    let residual = run.problem.residual(&at.w);
    let &(first, mu) = instance.multiples.last().expect("a row was split");
    let last = residual.len() - 1;
    let square = 1.0 + mu * mu;
    let slack = || run.residual_slack(at.step) + Slack::next_term(run.reference.sigma[0] * run.remaining(at.step), 1.0);
    claims.equal("|X w - y|, last step, against |δ|/√(1 + μ²)", norm(&residual), moved.abs() / square.sqrt(), slack());
    claims.equal("residual of the row x, against μ δ/(1 + μ²)", residual[first], mu * moved / square, slack());
    claims.equal("residual of the row μ x, against -δ/(1 + μ²)", residual[last], -moved / square, slack());
    claims
        .equal(
            "|X'(X w - y)|, last step",
            norm(&run.problem.gradient(&at.w)),
            0.0,
            slack().times(run.reference.sigma[0])
                + Slack::rounding(residual.len() as f64 + 1.0, run.problem.frobenius() * norm(&residual)),
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

/// The part along v_1 is multiplied by q_1 = 1 - η σ_1² < -1 in each step, and the others decay.
fn divergence(run: &Run, claims: &mut Claims) {
    let q = 1.0 - run.eta * run.reference.sigma[0] * run.reference.sigma[0];
    let [.., before, last] = &run.iterates[..] else { unreachable!("all steps were recorded") };
    let slack = |k: u64| run.state_slack(k, 0) + Slack::certificate(run.limit.error);
    for at in [before, last] {
        let component = dot(&run.reference.right[0], &difference(&at.w, &run.limit.w)) / run.coordinates[0];
        claims.equal(
            format!("<v_1, w_k - w∞>/c_1, k = {}, against (1 - η σ_1²)^k", at.step),
            component,
            power(q, at.step),
            slack(at.step).times(1.0 / run.coordinates[0].abs()),
        );
    }
    let largest = power(q, last.step) * run.coordinates[0];
    claims.equal(
        format!("|w_k - w∞|, k = {}, against |1 - η σ_1²|^k |c_1| and the other components", last.step),
        distance(&last.w, &run.limit.w),
        (largest * largest + run.others(last.step)).sqrt(),
        slack(last.step),
    );
}

/// AdaGrad's first step is -η sign(g) in every coordinate, whatever the gradient: the part of it in the null space is
/// the first that it brings in.
fn other_interpolant(run: &Run, claims: &mut Claims) {
    let problem = &run.problem;
    let dim = problem.x.dim() as f64;
    let sign: Vec<f64> = problem.gradient(&run.start).iter().map(|g| -ADAGRAD_ETA * g.signum()).collect();
    let null = |w: &[f64]| norm(&run.reference.null_part(w));
    let turned = run.reference.error / run.reference.sigma_least();
    // A product, a square and its root, and a quotient.
    let rounded = || Slack::rounding(4.0, norm(&sign));
    claims
        .equal("|w_1 - w_0 + η sign(g)|", distance(&run.at(1).w, &sign), 0.0, rounded())
        .on("of the step", norm(&sign));
    claims.equal(
        "null part of the first step, against that of -η sign(g)",
        null(&run.at(1).w),
        null(&sign),
        rounded()
            + Slack::rounding(8.0 * run.reference.rank as f64 + dim / 4.0, norm(&sign))
            + Slack::certificate(2.0 * turned * norm(&sign)),
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
        Slack::rounding(4.0 * run.reference.rank as f64 + 3.0 * (dim / 4.0 + 4.0), square + shortest)
            + Slack::certificate(2.0 * (run.limit.error + turned * norm(&last.w)) * norm(&last.w))
            // The residual that is left, over σ_r, is how far w is from a solution.
            + Slack::rounding(8.0 * dim / run.reference.sigma_least(), problem.frobenius() * square),
    );
}

/// On one example x every step of AdaGrad is along sign(x) = (±1, ..): it ends at the point w_0 + a sign(x) that fits, of
/// all solutions the nearest to w_0 in the largest entry. Gradient descent goes along x.
fn along_the_signs(one: &OneExample, claims: &mut Claims) {
    let OneExample { x, target, descent, adagrad } = one;
    let missing = target - dot(x, &descent.start);
    let signs: Vec<f64> = x.iter().map(|x| x.signum()).collect();
    let ada = adagrad.last().expect("recorded");
    for (name, w, direction) in [("AdaGrad", &ada.w, &signs), ("gradient descent", &descent.last().w, x)] {
        let limit = combine(missing / dot(x, direction), direction, &descent.start);
        claims
            .equal(
                format!(
                    "one example, {name}: |w - w_0 - (y - x·w_0)/(x·v) v|, v = {}",
                    if name == "AdaGrad" { "sign(x)" } else { "x" }
                ),
                distance(w, &limit),
                0.0,
                // One addition a step; near the end both contract by a constant factor, and forget the rest.
                Slack::rounding(ada.step as f64, norm(&descent.start) + norm(&limit)),
            )
            .on("of the way", distance(&limit, &descent.start));
    }
}

/// w∞ = X⁺ y + (I - X⁺X) w_0, two orthogonal parts.
fn another_start(run: &Run, instance: &Instance, claims: &mut Claims) {
    let at = run.last();
    let shortest = instance.planted.min_norm();
    // The planted basis of the null space, of which no decomposition knows.
    let null = &instance.planted.axes[instance.planted.sigma.len()..];
    let part: Vec<f64> = null.iter().map(|axis| dot(axis, &run.start)).collect();
    let size = norm(&shortest) + norm(&run.start);
    let turned = 2.0 / instance.planted.sigma[instance.planted.sigma.len() - 1];
    let slack = || {
        run.state_slack(at.step, 0)
            + Slack::next_term(run.remaining(at.step), 1.0)
            + instance.planting().times(turned * size)
            + Slack::rounding(shortest.len() as f64 / 4.0 + 6.0, size)
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
