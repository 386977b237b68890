//! The residual rho = W - Ŵ log t: its limit, the way it comes there, and what it says of the pulls, the margin and the direction.

use super::experiments::{Run, dependent, four_examples, planted};
use crate::max_margin::experiments::{TIGHT, power_of_ten, state_slack};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::gradient_flow::Snapshot;
use theoremcheck::flow::method::Method;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{combine, difference, distance, dot, exp, ln, norm, reject};
use theoremcheck::reference::linear_system::solve;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "residual-converges",
        says: "Where some dual solution is positive on all support pairs, rho = W - Ŵ log t tends in their span to the minimiser W̃ of \
               Σ_S e^(-<A_nj, V>) + <Ŵ, V> there, as if every pair had an exponential loss of its own, with an error O(t^-δ), \
               δ = min(λ_min(A), m_next - 1), and a factor log t more where m_next - 1 = λ_min(A) or δ = 1. If the support pairs span \
               the A_nj and m_next - 1 is less than λ_min(A), the leading term is the linear answer to the other pairs.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6", "N9"],
        claims: |lab, c| {
            residual_converges(&*lab.run(planted)?, c)?;
            lab.once(four_examples).map(|run| closed_form(&run, &mut c.of_fixed_data()))
        },
    },
    Step {
        id: "offsets",
        says: "If the support pairs are independent, Ŵ = Σ_S alpha_nj A_nj has one solution alpha; if that is positive on all of them, \
               t times the pull of each tends to alpha_nj, and that of any other pair to 0, and the margins of two support pairs differ in the end by the \
               logarithm of the ratio of their alpha.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N8", "N9"],
        claims: |lab, c| lab.run(planted).map(|run| offsets(&run, c)),
    },
    Step {
        id: "margin-and-direction",
        says: "Where the support pairs span the A_nj and some dual solution is positive on all of them, sin(angle to Ŵ) = C/√(u² + C²) and \
               margin/γ = (u - H + Hinf)/√(u² + C²), up to powers of 1/t: γ less the margin of W/|W|, times log t, tends to γ(H - Hinf), \
               and sin(angle to Ŵ) log t to C.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| {
            lab.run(planted).map(|run| margin_and_direction(&run, c))?;
            lab.once(four_examples).map(|run| margin_and_direction(&run, &mut c.of_fixed_data()))
        },
    },
    Step {
        id: "largest-entropy",
        says: "If the multipliers are not unique, and some are positive on all support pairs, t times the pulls tends to those of largest \
               entropy, over all pairs together.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N9"],
        claims: |lab, c| lab.run(dependent).map(|run| largest_entropy(&run, c)),
    },
];

/// The residual converges. rho settles at W̃; what is left is the linear answer of the flow to the pairs off the support.
/// A flow in the frame of W, which knows nothing of Ŵ, comes by the same places.
fn residual_converges(run: &Run, claims: &mut Claims) -> Result<()> {
    let Run { setup, prediction, reference, path, .. } = run;
    let expansion = &prediction.expansion;
    let [from, to, .., before, last] = &path[..] else { unreachable!("the path has four times") };
    let scale = norm(&reference.w_hat);
    let next = |at: &Snapshot| Slack::next_term(norm(&expansion.delta(at.log_t)), 1.0) + run.beyond(at);
    claims
        .equal(
            "|change of rho| between the last two times",
            distance(&last.state, &before.state),
            0.0,
            state_slack(last) + state_slack(before) + next(before),
        )
        .on("|Ŵ|", scale);
    claims
        .equal(
            format!("|rho - W̃|, t = {}", power_of_ten(last.log_t)),
            distance(&last.state, &expansion.w_tilde),
            0.0,
            state_slack(last) + Slack::certificate(expansion.dual.uncertainty(&reference.w_hat)) + next(last),
        )
        .on("|Ŵ|", scale);
    // Without the faster terms, which are known.
    let slowest = |at: &Snapshot| {
        let faster = difference(&expansion.residual(at.log_t), &expansion.slowest(at.log_t));
        Quantity::new(distance(&at.state, &faster), state_slack(at) + run.beyond(at))
    };
    claims.equal(
        format!(
            "exponent of |rho - W̃ - faster terms|, from t = {} to {}",
            power_of_ten(from.log_t),
            power_of_ten(to.log_t)
        ),
        Quantity::exponent(slowest(to), slowest(from), to.log_t - from.log_t),
        expansion.exponent,
        Slack::rounding(4.0, 1.0),
    );
    claims
        .equal(
            format!("|rho - W̃ - δ|, t = {}", power_of_ten(to.log_t)),
            distance(&to.state, &expansion.residual(to.log_t)),
            0.0,
            state_slack(to) + run.beyond(to),
        )
        .on("of δ, its first two orders", norm(&expansion.delta(to.log_t)));
    let blind = setup.blind(&[from.log_t, to.log_t], Method::Explicit, TIGHT)?;
    for (at, seen) in [from, to].into_iter().zip(&blind) {
        claims
            .equal(
                format!("|W in the frame of 0, less W in the moving frame|, t = {}", power_of_ten(at.log_t)),
                distance(&seen.state, &run.weights(at)),
                0.0,
                state_slack(seen) + state_slack(at) + Slack::rounding(4.0, norm(&seen.state)),
            )
            .on("|Ŵ|", scale);
    }
    Ok(())
}

/// (2,0), (-1,2), (3,-2), (-3,0) of the classes 0, 1, 2, 1, where the four support pairs have alpha 3/4, 17/72, 31/72 and 11/216.
fn closed_form(run: &Run, claims: &mut Claims) {
    let w_hat = [4.0 / 9.0, 7.0 / 18.0, -7.0 / 18.0, 17.0 / 36.0, -1.0 / 18.0, -31.0 / 36.0];
    let error = distance(&run.reference.w_hat, &w_hat);
    let (dim, radius) = (run.setup.pairs.dim() as f64, run.setup.pairs.radius());
    // As of any separator: inner products with the support, in the solution of a linear system.
    let solved = Slack::rounding(8.0 * dim, radius / run.reference.gamma * norm(&w_hat));
    claims.equal("four examples: |Ŵ less its fractions|", error, 0.0, solved).on("1", 1.0);
    let at = run.last();
    let pairs = run.setup.data.pairs();
    // One inner product.
    let rounding = || Slack::rounding(2.0 * dim, radius * norm(&at.state)) + state_slack(at).times(radius);
    for ((n, j), alpha) in [((0, 2), 3.0 / 4.0), ((1, 0), 17.0 / 72.0), ((2, 0), 31.0 / 72.0), ((3, 2), 11.0 / 216.0)] {
        let row = pairs.iter().position(|pair| *pair == (n, j)).expect("a pair of the data");
        claims
            .equal(
                format!(
                    "four examples: <A, rho> of example {} against class {j}, t = {}",
                    n + 1,
                    power_of_ten(at.log_t)
                ),
                dot(run.setup.pairs.row(row), &at.state),
                -ln(alpha),
                rounding() + Slack::next_term(norm(&run.prediction.expansion.delta(at.log_t)), 1.0),
            )
            .on("1", 1.0);
    }
}

/// log(t · pull) of the pairs at the end, and how far those of the support may be off. That of the others is so small there, like
/// t^-(m_next - 1), that a relative error of any size is nothing.
fn end(run: &Run) -> (Vec<f64>, Slack) {
    let at = run.last();
    let expansion = &run.prediction.expansion;
    let radius = run.support_radius();
    let slack = (state_slack(at)
        + Slack::certificate(expansion.dual.uncertainty(&run.reference.w_hat))
        + Slack::next_term(norm(&expansion.delta(at.log_t)), 1.0)
        + run.beyond(at))
    .times(radius)
        + Slack::rounding(4.0 * run.setup.pairs.dim() as f64, radius * norm(&at.state));
    (run.setup.log_pulls(&expansion.frame, at.log_t, &at.state), slack)
}

/// The pulls become the multipliers, those that the certificate of Ŵ has found by linear algebra.
pub fn offsets(run: &Run, claims: &mut Claims) {
    let (log_pulls, slack) = end(run);
    let Run { reference, .. } = run;
    let t = power_of_ten(run.last().log_t);
    let largest = reference.alpha.iter().copied().fold(0.0, f64::max);
    let least = reference.support.iter().map(|&n| reference.alpha[n]).fold(f64::INFINITY, f64::min);
    let apart = log_pulls.iter().zip(&reference.alpha).map(|(pull, alpha)| (exp(*pull) - alpha).abs());
    claims
        .equal(
            format!("max |t · pull - alpha| over all pairs, t = {t}"),
            apart.fold(0.0, f64::max),
            0.0,
            slack.clone().times(largest),
        )
        .on("the largest alpha", largest);
    // Where an alpha is 0 there is no logarithm.
    if least > 0.0 {
        let offset = |n: usize| {
            (
                log_pulls[n] - log_pulls[reference.support[0]],
                ln(reference.alpha[n] / reference.alpha[reference.support[0]]),
            )
        };
        let apart = reference.support.iter().map(|&n| offset(n)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        claims
            .equal(format!("largest error of log(alpha/alpha') on the support, t = {t}"), apart, 0.0, slack.times(2.0))
            .on("1", 1.0);
    }
}

/// Margin and direction. With rho = W̃ the weights are u/γ along Ŵ and C/γ across it, which fixes both.
pub fn margin_and_direction(run: &Run, claims: &mut Claims) {
    let Run { name, setup, prediction, path, .. } = run;
    let expansion = &prediction.expansion;
    for at in path {
        let s = at.log_t;
        let w = run.weights(at);
        let length = norm(&w);
        // An error in W turns the direction by that much over |W|, and moves the margin by |A| times it.
        let turned = || (state_slack(at) + run.beyond(at)).times(1.0 / length);
        let rounded = || Slack::rounding(4.0 * setup.pairs.dim() as f64, 1.0);
        claims.equal(
            format!("{name}1 - margin/γ, t = {}", power_of_ten(s)),
            1.0 - setup.pairs.least_margin(&w) / (length * expansion.gamma),
            expansion.relative_gap(s),
            (turned() + rounded()).times(2.0 * setup.pairs.radius() / expansion.gamma),
        );
        claims.equal(
            format!("{name}sin(angle to Ŵ), t = {}", power_of_ten(s)),
            norm(&reject(&w, &expansion.direction)) / length,
            expansion.sine(s),
            (turned() + rounded()).times(2.0),
        );
    }
}

/// The largest entropy. The pulls solve Ŵ = Σ alpha A, and along each relation z_last = Σ θ_n z_n of the pairs of a border
/// Σ θ_n log alpha_n = log alpha_last, where the derivative of the entropy vanishes.
pub fn largest_entropy(run: &Run, claims: &mut Claims) {
    let (log_pulls, slack) = end(run);
    let Run { setup, reference, prediction, .. } = run;
    let t = power_of_ten(run.last().log_t);
    let pulls: Vec<f64> = log_pulls.iter().map(|pull| exp(*pull)).collect();
    claims
        .equal(
            format!("|Σ t · pull A - Ŵ|, t = {t}"),
            distance(&setup.pairs.combination(&pulls), &reference.w_hat),
            0.0,
            slack.clone().times(pulls.iter().sum::<f64>() * run.support_radius()),
        )
        .on("|Ŵ|", norm(&reference.w_hat));
    let dim = setup.data.examples.dim();
    // The support stands border after border, d + 1 pairs on each.
    for (l, border) in reference.support.chunks(dim + 1).enumerate() {
        let pairs = setup.data.pairs();
        // z_n: the example itself if it is of class l, its negative if it is of class 0.
        let z = |n: usize| -> Vec<f64> {
            let example = pairs[n].0;
            let sign = if setup.data.labels[example] == 0 { -1.0 } else { 1.0 };
            combine(sign, setup.data.examples.row(example), &vec![0.0; dim])
        };
        let Some((last, others)) = border.split_last() else { continue };
        let rows: Vec<Vec<f64>> = (0..dim).map(|i| others.iter().map(|&n| z(n)[i]).collect()).collect();
        let theta = solve(&rows, &z(*last)).unwrap_or_else(|| vec![f64::NAN; dim]);
        let along: f64 =
            theta.iter().zip(others).map(|(theta, &n)| theta * log_pulls[n]).sum::<f64>() - log_pulls[*last];
        let size = 1.0 + theta.iter().map(|theta| theta.abs()).sum::<f64>();
        claims
            .equal(
                format!("derivative of the entropy along the relation of border {}, t = {t}", l + 1),
                along,
                0.0,
                slack.clone().times(size) + Slack::rounding(64.0, size),
            )
            .on("1", 1.0);
    }
    let apart = pulls.iter().zip(&prediction.expansion.dual.alpha).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let largest = pulls.iter().copied().fold(0.0, f64::max);
    claims
        .equal(format!("max |t · pull - alpha of largest entropy|, t = {t}"), apart, 0.0, slack.times(largest))
        .on("the largest alpha", largest);
}
