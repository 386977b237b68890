//! The residual rho = w - ŵ log t: its limit, the way it comes there, and what it says of margin and direction.

use super::expansion::Expansion;
use super::experiments::{
    FourPoints, Run, TIGHT, four_points, planted, power_of_ten, run_planted, state_slack, two_points,
};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::gradient_flow::{Setup, Snapshot, blind, moving};
use theoremcheck::flow::loss::{Loss, log_loss};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::Plan;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, axpy, combine, difference, distance, dot, exp, ln, ln_1p, norm, reject};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "residual-converges",
        says: "Under the flow of the exponential or the logistic loss, where some dual solution is positive on all support vectors, \
               rho(t) = w(t) - ŵ log t tends in their span to w̃ = argmin_v Σ_S e^(-x_n·v) + ŵ·v, with an error O(t^-δ), \
               δ = min(λ_min(A), m_next - 1) and A = Σ alpha x x', but for a factor log t if λ_min(A) = m_next - 1, or if δ = 1 and the loss is \
               logistic. If the support vectors span the space and m_next - 1 is less than λ_min(A), the leading term is \
               Σ t^-(m_n - 1) (A - m_n + 1)^-1 e^(-x_n·w̃) x_n, over the points off the support with m_n - 1 < λ_min(A).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6", "N9"],
        claims: |lab, c| {
            lab.run(planted).map(|run| residual_converges(&run, c))?;
            lab.run(one_force).map(|one| second_order(&one, c))?;
            lab.once(four_points).map(|four| residual_of_four_points(&four, &mut c.of_fixed_data()))
        },
    },
    Step {
        id: "start-is-remembered",
        says: "Under the flow of the exponential or the logistic loss, let the support vectors span the space, some dual \
               solution be positive on all of them, and λ = λ_min(A) be simple with the unit eigenvector e. If 2λ is less than \
               m_next - 1, than 1 and than the other eigenvalues, e·(rho - w̃) is K t^-λ to leading order, and rho comes to w̃ \
               along e unless K = 0. K is the start's: from ŵ log t0 + w̃ + ε e it is t0^λ times ε + ε² Σ alpha (x·e)³/2λ, \
               this up to ε³ and powers of 1/t0. If instead λ = m_next - 1, and is less than 1 or the loss is exponential, \
               e·(rho - w̃) is log t · t^-λ times Σ e^(-x·w̃) x·e over the next points, up to O(t^-λ).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(slow_curvature).map(|slow| start_is_remembered(&slow, c)),
    },
    Step {
        id: "margin-gap-and-direction",
        says: "Under the flow of the exponential or the logistic loss, where the support vectors span the space and some dual solution is positive on \
               all of them, the data alone give the constants: sin(angle) = C/√(u² + C²) and margin/γ = (u - H + Hinf)/√(u² + C²), up to powers of \
               1/t, so that 1 - margin/γ falls like (H - Hinf)/log t and the angle like C/log t, unless p_n is the same on all support vectors, when both constants are 0.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| {
            let run = lab.run(planted)?;
            margin_gap_and_direction(&run, c);
            limits_over_log_t(&run, c);
            for run in [&lab.once(four_points)?.run, &*lab.once(two_points)?] {
                margin_gap_and_direction(run, &mut c.of_fixed_data());
                limits_over_log_t(run, &mut c.of_fixed_data());
            }
            Ok(())
        },
    },
];

/// The residual converges. rho settles at w̃; what is left is the linear answer of the flow to the points
/// off the support, which has a known direction and falls like t^-δ.
pub fn residual_converges(run: &Run, claims: &mut Claims) {
    let Run { expansion, path, reference, .. } = run;
    let [from, to, .., before, last] = &path.snapshots[..] else { unreachable!("the path has four times") };
    let scale = 1.0 / expansion.gamma;
    let next = |at: &Snapshot| Slack::next_term(norm(&expansion.delta(at.log_t)), 1.0) + run.beyond(at);
    claims
        .equal(
            "|change of rho| between the last two times",
            distance(&run.rho(last), &run.rho(before)),
            0.0,
            run.state_slack(last) + run.state_slack(before) + next(before),
        )
        .on("|ŵ|", scale);
    claims
        .equal(
            format!("|rho - w̃|, t = {}", power_of_ten(last.log_t)),
            distance(&run.rho(last), &expansion.w_tilde),
            0.0,
            run.state_slack(last) + Slack::certificate(expansion.dual.uncertainty(&reference.w_hat)) + next(last),
        )
        .on("|ŵ|", scale);
    // Without the faster terms, which are known.
    let slowest = |at: &Snapshot| {
        let faster = difference(&expansion.residual(at.log_t), &expansion.slowest(at.log_t));
        Quantity::new(distance(&run.rho(at), &faster), run.state_slack(at) + run.beyond(at))
    };
    claims.equal(
        format!(
            "exponent of |rho - w̃ - faster terms|, from t = {} to {}",
            power_of_ten(from.log_t),
            power_of_ten(to.log_t)
        ),
        Quantity::exponent(slowest(to), slowest(from), to.log_t - from.log_t),
        expansion.exponent,
        Slack::rounding(4.0, 1.0),
    );
    claims
        .equal(
            format!("|rho - w̃ - δ|, t = {}", power_of_ten(to.log_t)),
            distance(&run.rho(to), &expansion.residual(to.log_t)),
            0.0,
            run.state_slack(to) + run.beyond(to),
        )
        .on("of δ, its first two orders", norm(&expansion.delta(to.log_t)));
}

/// The same where everything is known in closed form, to t = 10^1000000.
fn residual_of_four_points(four: &FourPoints, claims: &mut Claims) {
    let FourPoints { run, far } = four;
    // p = (1/3, 2/3): H = log 3 - (2/3) log 2, and x·w̃ = -log p on both support vectors.
    let w_tilde = [ln(3.0) - 2.0 / 3.0 * ln(2.0), ln(2.0) / 3.0];
    for at in far {
        for (i, &predicted) in w_tilde.iter().enumerate() {
            claims.equal(
                format!("four points: rho_{}, t = {}", i + 1, power_of_ten(at.log_t)),
                at.state[i],
                predicted,
                state_slack(at) + Slack::next_term(norm(&run.expansion.delta(at.log_t)), 1.0),
            );
        }
    }
    let last = far.last().expect("the path has snapshots");
    let w = run.expansion.frame.weights(last.log_t, &last.state);
    claims.equal(
        format!("four points: log L, t = {}", power_of_ten(last.log_t)),
        log_loss(&run.setup.points, run.setup.loss, &w),
        -1e6 * LN_10,
        // Products and sums in two dimensions, each of the size of log t.
        Slack::rounding(16.0, last.log_t) + state_slack(last).times(run.path.radius),
    );
    let at = &run.path.snapshots[0];
    let rho = run.rho(at);
    let root_t = exp(0.5 * at.log_t);
    // (A - 1/2)^-1 f with f = e^(-x·w̃) x of the point (1.5, 1), and A = diag(1, 2).
    let pull = exp(-(1.5 * w_tilde[0] + w_tilde[1]));
    let second = difference(&run.expansion.delta(at.log_t), &run.expansion.slowest(at.log_t));
    for (i, predicted) in [pull * 1.5 / 0.5, pull / 1.5].into_iter().enumerate() {
        claims.equal(
            format!("four points: (rho - w̃)_{} √t, t = {}", i + 1, power_of_ten(at.log_t)),
            (rho[i] - w_tilde[i]) * root_t,
            predicted + second[i] * root_t,
            (run.state_slack(at) + run.beyond(at)).times(root_t),
        );
    }
}

/// γ (1, a), γ (1, -b) and γ (m, c) with m - 1 < 1/2: A = diag(1, ab), and only the third point forces.
struct OneForce {
    run: Run,
    gamma: f64,
    ab: [f64; 2],
    third: [f64; 2],
    /// rho in the moving frame, when t^-(m - 1) is e^-[`FOLDS`].
    at: Snapshot,
}

/// So late that the third order is a small part of the second, and the second is far above rounding.
const FOLDS: f64 = 9.5;

fn one_force(seed: Seed) -> Result<OneForce> {
    let mut stream = seed.stream("max-margin", "one force");
    let (gamma, ab) = (stream.uniform(0.7, 0.95), [stream.uniform(1.7, 2.0), stream.uniform(1.1, 1.3)]);
    let third = [stream.uniform(1.41, 1.47), stream.uniform(0.4, 0.9)];
    let [a, b] = ab;
    let rows = [[1.0, a], [1.0, -b], third].map(|row| row.map(|x| gamma * x));
    let setup = Setup { points: Points::from_rows(&rows), loss: Loss::Exponential, start: vec![0.0; 2] };
    let time = FOLDS / (third[0] - 1.0);
    let run = Run::new("", setup, &[time], TIGHT)?;
    let at =
        moving(&run.setup, &run.expansion.frame, &[time], Method::Explicit, Tolerance::new(1e-14, 1e-14))?.remove(0);
    Ok(OneForce { run, gamma, ab, third, at })
}

/// The second order. With μ = m - 1, f = e^(-x_3·w̃) x_3 and b = (A - μ)^-1 f, the term in t^-2μ is (A - 2μ)^-1
/// times ½ Σ alpha (x·b)² x - (x_3·b) f. Along ŵ the memory of the start may hide it; across it does not.
fn second_order(one: &OneForce, claims: &mut Claims) {
    let OneForce { run, gamma, ab: [a, b], third: [m, c], at } = one;
    let alpha = [b, a].map(|p| p / (a + b) / (gamma * gamma));
    let across = ln(a / b) / (a + b) / gamma;
    let along = -ln(alpha[0]) / gamma - a * across;
    let rate = m - 1.0;
    let pull = exp(-gamma * (m * along + c * across));
    let answer = [gamma * m * pull / (1.0 - rate), gamma * c * pull / (a * b - rate)];
    let seen = |x: [f64; 2]| gamma * (x[0] * answer[0] + x[1] * answer[1]);
    let square = |x: [f64; 2], alpha: f64| 0.5 * alpha * seen(x) * seen(x) * gamma * x[1];
    let parts = [square([1.0, *a], alpha[0]), square([1.0, -b], alpha[1]), -seen([*m, *c]) * gamma * c * pull];
    let [predicted, parts] = [parts, parts.map(f64::abs)].map(|p| p.iter().sum::<f64>() / (a * b - 2.0 * rate));
    let size = exp(-rate * at.log_t);
    let expansion = &run.expansion;
    let first = norm(&expansion.first(at.log_t));
    let left_out = expansion.third(at.log_t)
        + expansion.memory_across(at.log_t)
        + expansion.memory(at.log_t) * run.path.radius * first;
    let slack = || (state_slack(at) + Slack::next_term(left_out, 4.0)).times(1.0 / (size * size));
    let measured = (at.state[1] - across - size * answer[1]) / (size * size);
    for (name, predicted) in
        [("in closed form", predicted), ("by δ", (expansion.delta(at.log_t)[1] - size * answer[1]) / (size * size))]
    {
        claims
            .equal(
                format!("three points: second order of rho across ŵ, against it {name}"),
                measured,
                predicted,
                slack(),
            )
            .on("of its three parts", parts);
    }
}

/// Planted points whose slowest eigenvalue across ŵ is below m_next - 1, and some where it is equal to it.
struct SlowCurvature {
    /// From beside w̃, along the slow axis, under the logistic loss, to two late times.
    from_beside: Slow,
    /// From ŵ log t0 + w̃ + ε e, with ε of both signs.
    from_nearby: Vec<Nearby>,
    /// λ_min = m_next - 1 under the exponential loss, at two late times.
    resonant: Slow,
}

/// A planted run, with its slowest eigenvalue and its eigenvector.
struct Slow {
    run: Run,
    lambda: f64,
    axis: Vec<f64>,
}

struct Nearby {
    epsilon: f64,
    /// log t0.
    began: f64,
    /// Before it has run for t0, and much later.
    seen: Vec<Snapshot>,
}

/// The slowest of its eigenvalues is `lambda`, the others are as on the planted points; the flow is seen when e^-λs is
/// e^-`folds`.
fn slow_plan(stream: &mut Stream, lambda: f64, next_margin: f64, loss: Loss, folds: [f64; 2]) -> Result<Slow> {
    let dim = stream.whole(4, 7);
    let fast: Vec<f64> = (2..dim).map(|_| stream.uniform(1.2, 2.0)).collect();
    let plan = Plan {
        count: dim + stream.whole(3, 12),
        gamma: stream.uniform(0.6, 0.95),
        next_margin,
        curvature: std::iter::once(lambda).chain(fast).collect(),
    };
    let run = run_planted(plan, stream, loss, &folds.map(|folds| folds / lambda))?;
    let axis = run.planted.as_ref().expect("just planted").axes[0].clone();
    Ok(Slow { run, lambda, axis })
}

fn slow_curvature(seed: Seed) -> Result<SlowCurvature> {
    let mut stream = seed.stream("max-margin", "slow curvature");
    let (lambda, next_margin) = (stream.uniform(0.2, 0.3), stream.uniform(2.2, 3.0));
    let mut from_beside = slow_plan(&mut stream, lambda, next_margin, Loss::Logistic, [6.5, 12.0])?;
    // From 0 there may be next to nothing along the slow axis.
    let Slow { run, axis, .. } = &mut from_beside;
    let beside = dot(&run.expansion.w_tilde, axis) + stream.uniform(0.4, 0.9);
    let setup = Setup { start: axis.iter().map(|e| beside * e).collect(), ..run.setup.clone() };
    let times: Vec<f64> = run.path.snapshots.iter().map(|at| at.log_t).collect();
    *run = Run { planted: run.planted.take(), ..Run::new("", setup, &times, TIGHT)? };
    let Slow { run, axis, .. } = &from_beside;
    let began = stream.uniform(5.0, 7.0) / lambda;
    let mut nearby = |sign: f64| -> Result<Nearby> {
        let epsilon = sign * stream.uniform(0.003, 0.006);
        let limit = run.expansion.frame.weights(began, &run.expansion.w_tilde);
        let setup = Setup { start: combine(epsilon, axis, &limit), ..run.setup.clone() };
        let seen = blind(&setup, &[began - 1.0, began + 3.0 / lambda], Method::Explicit, TIGHT)?;
        Ok(Nearby { epsilon, began, seen })
    };
    let from_nearby = vec![nearby(1.0)?, nearby(-1.0)?];
    let lambda = stream.uniform(0.25, 0.4);
    let resonant = slow_plan(&mut stream, lambda, 1.0 + lambda, Loss::Exponential, [12.0, 15.5])?;
    Ok(SlowCurvature { from_beside, from_nearby, resonant })
}

impl Slow {
    /// Σ alpha_n (x_n·e)² x_n: the force of the second order along the slow axis, twice.
    fn skew(&self) -> Vec<f64> {
        let Run { setup, expansion, .. } = &self.run;
        let mut skew = vec![0.0; self.axis.len()];
        for (x, alpha) in setup.points.rows().zip(&expansion.dual.alpha) {
            let along = dot(x, &self.axis);
            axpy(alpha * along * along, x, &mut skew);
        }
        skew
    }

    /// max |x_n·e| over the support.
    fn reach(&self) -> f64 {
        let Run { setup, reference, .. } = &self.run;
        reference.support.iter().map(|&n| dot(setup.points.row(n), &self.axis).abs()).fold(0.0, f64::max)
    }

    /// K t^-λ, from the coefficient y of e in rho - w̃: y + y² Σ alpha (x·e)³/2λ, in which the second order cancels.
    /// The third has two further factors x·e, over 2λ.
    fn amplitude(&self, y: f64, error: Slack) -> Quantity {
        let reach = self.reach();
        let third = reach * reach * y * y * y / (2.0 * self.lambda);
        Quantity::new(y + y * y * dot(&self.skew(), &self.axis) / (2.0 * self.lambda), error)
            .with(Slack::next_term(third, 4.0))
    }

    /// rho - w̃ along e, and across it.
    fn parts(&self, at: &Snapshot) -> (f64, Vec<f64>) {
        let away = difference(&self.run.rho(at), &self.run.expansion.w_tilde);
        (dot(&away, &self.axis), reject(&away, &self.axis))
    }
}

/// The start is remembered. With y = e·(rho - w̃), dy/ds = -λ y + (y²/2) Σ alpha (x·e)³ + .., so that e^(λs) times
/// y + y² Σ alpha (x·e)³/2λ tends to a constant: the start's. Across e only squares of y are left.
fn start_is_remembered(slow: &SlowCurvature, claims: &mut Claims) {
    let SlowCurvature { from_beside, from_nearby, resonant } = slow;
    let Slow { run, lambda, axis } = from_beside;
    let uncertain = || Slack::certificate(run.expansion.dual.uncertainty(&run.reference.w_hat));
    // A sum over the support, and its eigenvalues, in as many dimensions.
    let rounding = Slack::rounding(8.0 * axis.len() as f64, 2.0);
    claims.equal("λ_min(A), against the planted one", run.expansion.exponent, *lambda, rounding);
    let [from, to] = &run.path.snapshots[..] else { unreachable!("the path has two times") };
    let amplitude = |at: &Snapshot| {
        let (y, _) = from_beside.parts(at);
        from_beside.amplitude(y, run.state_slack(at) + uncertain()) * y.signum()
    };
    claims.equal(
        "from beside w̃: exponent of e·(rho - w̃), with its second order",
        Quantity::exponent(amplitude(to), amplitude(from), to.log_t - from.log_t),
        *lambda,
        // What forces of rate 1 add to what is left along e.
        Slack::next_term(exp(-from.log_t) / from_beside.parts(from).0 / (to.log_t - from.log_t), 4.0),
    );
    let (y, across) = from_beside.parts(from);
    let skew = reject(&from_beside.skew(), axis);
    let mut answer = vec![0.0; skew.len()];
    for (eigenvalue, other) in &run.expansion.dual.curvature {
        axpy(0.5 * y * y * dot(&skew, other) / (eigenvalue - 2.0 * lambda), other, &mut answer);
    }
    claims
        .equal(
            "from beside w̃: |rho - w̃ across e, less its second order|",
            distance(&across, &answer),
            0.0,
            run.state_slack(from)
                + uncertain()
                + Slack::next_term(from_beside.reach() * from_beside.reach() * y * y * y / (1.0 - 3.0 * lambda), 4.0)
                + Slack::next_term(exp(-from.log_t) * from.log_t, 4.0),
        )
        .on("|e·(rho - w̃)|", y.abs());
    let skew = dot(&from_beside.skew(), axis);
    for Nearby { epsilon, began, seen } in from_nearby {
        for (at, when) in seen.iter().zip(["soon", "late"]) {
            let y = dot(&difference(&at.state, &run.expansion.w_tilde), axis);
            let end = from_beside.amplitude(y, state_slack(at) + uncertain());
            // The flow began at t = 0 where its asymptotic clock shows t0.
            let clock = at.log_t + ln_1p(exp(began - at.log_t));
            let grown = exp(lambda * (clock - began)) / epsilon;
            let third = (from_beside.reach() * epsilon) * (from_beside.reach() * epsilon) / (2.0 * lambda);
            claims.equal(
                format!("K/(ε t0^λ), ε {} 0, {when}", if *epsilon > 0.0 { ">" } else { "<" }),
                end * grown,
                1.0 + epsilon * skew / (2.0 * lambda),
                Slack::next_term(third, 4.0) + Slack::next_term(exp(-began) / epsilon, 4.0),
            );
        }
    }
    let Slow { run, lambda, axis } = resonant;
    let [from, to] = &run.path.snapshots[..] else { unreachable!("the path has two times") };
    let span = to.log_t - from.log_t;
    let undamped = |at: &Snapshot| {
        let y = Quantity::new(resonant.parts(at).0, run.state_slack(at) + uncertain());
        y * exp(lambda * at.log_t)
    };
    let predicted = |at: &Snapshot| dot(&run.expansion.first(at.log_t), axis) * exp(lambda * at.log_t);
    // The second order, at the earlier time, and the memory of what is not resonant.
    let first = norm(&run.expansion.first(from.log_t));
    let second = first * first * resonant.reach() / lambda * exp(lambda * from.log_t);
    let next = run.setup.points.row(run.reference.support.len());
    claims
        .equal(
            "resonance: change of t^λ e·(rho - w̃) over that of log t",
            (undamped(to) - undamped(from)) / span,
            (predicted(to) - predicted(from)) / span,
            Slack::next_term(second / span, 2.0),
        )
        .on("e^(-x·w̃) |x| of the next point", exp(-dot(next, &run.expansion.w_tilde)) * norm(next));
}

/// Margin gap and direction. With rho = w̃ the weights are u/γ along ŵ and C/γ across it, which fixes both;
/// the error is what rho has still to go.
pub fn margin_gap_and_direction(run: &Run, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    for at in &path.snapshots {
        let s = at.log_t;
        let length = norm(&at.state);
        // An error in w turns the direction by that much over |w|, and moves the margin by |x| times it.
        let turned = || (run.state_slack(at) + run.beyond(at)).times(1.0 / length);
        let rounded = || Slack::rounding(4.0 * setup.points.dim() as f64, 1.0);
        claims.equal(
            format!("{name}1 - margin/γ, t = {}", power_of_ten(s)),
            1.0 - setup.points.least_margin(&at.state) / (length * expansion.gamma),
            expansion.relative_gap(s),
            (turned() + rounded()).times(2.0 * path.radius / expansion.gamma),
        );
        claims.equal(
            format!("{name}sin(angle to ŵ), t = {}", power_of_ten(s)),
            norm(&reject(&at.state, &expansion.direction)) / length,
            expansion.sine(s),
            (turned() + rounded()).times(2.0),
        );
    }
}

/// The limits themselves, gap · log t -> γ (H - Hinf) and |w/|w| - ŵ/|ŵ|| · log t -> C, with the next terms of their
/// expansions in 1/log t.
fn limits_over_log_t(run: &Run, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    let Expansion { gamma, entropy, min_entropy, direction_constant: c, .. } = *expansion;
    let at = path.last();
    let s = at.log_t;
    let t = power_of_ten(s);
    let length = norm(&at.state);
    let gap = gamma - setup.points.least_margin(&at.state) / length;
    let sine = norm(&reject(&at.state, &expansion.direction)) / length;
    // The chord of an angle, from its sine and cosine, without cancellation.
    let chord = sine * (2.0 / (1.0 + dot(&at.state, &expansion.direction) / length)).sqrt();
    let (d, b) = (entropy - min_entropy, entropy + 2.0 * ln(gamma));
    let measured = |value: f64| {
        let turned = run.state_slack(at).times(2.0 * path.radius / length);
        Quantity::new(value * s, (turned + Slack::rounding(4.0 * setup.points.dim() as f64, path.radius)).times(s))
    };
    // gap/γ = D/u + C²/2u² - DC²/2u³ + .. and 1/u = 1/s - b/s² + b²/s³ - ..
    let third = (d * b * b).abs() + (c * c * b).abs() + 0.5 * d * c * c;
    claims.equal(
        format!("{name}gap · log t, t = {t}, against γ(H - Hinf) and its next term"),
        measured(gap),
        gamma * (d + (0.5 * c * c - b * d) / s),
        Slack::next_term(gamma * third / (s * s), 2.0),
    );
    // 2 sin(angle/2) = C/u - 3C³/8u³ + ..
    claims.equal(
        format!("{name}direction error · log t, t = {t}, against C and its next term"),
        measured(chord),
        c * (1.0 - b / s),
        Slack::next_term(c * (b * b + 0.375 * c * c) / (s * s), 2.0),
    );
}
