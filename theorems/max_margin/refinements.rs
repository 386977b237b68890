//! Refinements: what the residual does where the plain expansion says nothing, or says more than the notes.

use super::expansion::Expansion;
use super::experiments::{DescentRun, LATE, Run, TIGHT, ten_to};
use super::margin_gap_and_direction;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::StepRule;
use theoremcheck::flow::gradient_flow::{Frame, Method, Setup, Snapshot, moving};
use theoremcheck::flow::loss::{Loss, shares};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{bisect, combine, distance, dot, exp, ln, norm, pow, reject};

/// Points in code, a loss, and a start.
fn setup<const D: usize>(rows: &[[f64; D]], loss: Loss, start: [f64; D]) -> Setup {
    Setup { points: Points::from_rows(rows), loss, start: start.to_vec() }
}

// ---------------------------------------------------------------------------------------------------
// The component along ŵ: kappa log t / t
// ---------------------------------------------------------------------------------------------------

/// The coefficient of ŵ in rho - w̃ at two late times, with the kappa that is predicted for kappa log t / t.
pub(super) struct Along {
    name: &'static str,
    kappa: f64,
    /// (t, coefficient, its slack): t counts steps under gradient descent.
    at: [(f64, f64, Slack); 2],
    /// rho across ŵ at the later time.
    across: f64,
}

/// 2^17 and 2^20 steps; the flow at the same times.
const EARLIER: u32 = 17;
const LATER: u32 = 20;

/// (1,2), (1,-1), where λ_min(A) = 1 belongs to ŵ alone and no point is off the support; and the same with
/// (2,1), whose margin of 2 resonates with that eigenvalue.
pub(super) fn along_separator() -> Result<Vec<Along>> {
    let two = [[1.0, 2.0], [1.0, -1.0]];
    // γ² Σ alpha² with alpha = (1/3, 2/3).
    let squares = 1.0 / 9.0 + 4.0 / 9.0;
    let descent = |name, loss, rule: StepRule, kappa| -> Result<Along> {
        let run = DescentRun::new(setup(&two, loss, [0.0; 2]), rule, LATER)?;
        let recorded = |k: u32| run.descent.iterates.iter().find(|it| it.step == 1 << k).expect("powers of two");
        let at = [EARLIER, LATER].map(|k| {
            let iterate = recorded(k);
            let rho = combine(-run.log_time(iterate), &run.expansion.frame.w_hat, &iterate.w);
            let coefficient = along(&run.expansion, &rho);
            // As many roundings of w as steps, at the worst.
            (iterate.step as f64, coefficient, Slack::rounding(iterate.step as f64, norm(&iterate.w)))
        });
        let last = run.descent.last();
        Ok(Along { name, kappa, at, across: last.w[1] })
    };
    let flow = |name, rows: &[[f64; 2]], loss, kappa| -> Result<Along> {
        let times = [EARLIER, LATER].map(|k| ln(f64::from(1 << k)));
        let run = Run::new("", setup(rows, loss, [0.0; 2]), &times, TIGHT)?;
        let at = [0, 1].map(|i| {
            let snapshot = &run.path.snapshots[i];
            (exp(snapshot.log_t), along(&run.expansion, &run.rho(snapshot)), run.state_slack(snapshot))
        });
        Ok(Along { name, kappa, at, across: run.path.last().state[1] })
    };
    let plain = StepRule::plain;
    // Σ m_n γ² e^(-x_n·w̃) over the points of margin 2, here (2,1): twice 2^(-1/3) (1/3)^2 2^(4/3) = 4/9.
    let w_tilde = [ln(3.0) - 2.0 / 3.0 * ln(2.0), ln(2.0) / 3.0];
    let resonant = 2.0 * exp(-2.0 * w_tilde[0] - w_tilde[1]);
    Ok(vec![
        descent("exponential, gd, η = .1", Loss::Exponential, plain(0.1), 0.5)?,
        descent("logistic, gd, η = .1", Loss::Logistic, plain(0.1), 0.5 - squares / 0.1)?,
        descent("logistic, gd, η = .5", Loss::Logistic, plain(0.5), 0.5 - squares / 0.5)?,
        descent(
            "exponential, momentum .9, η = .01",
            Loss::Exponential,
            StepRule { eta: 0.01, momentum: 0.9 },
            0.5 + 0.9 / (1.0 - 0.9),
        )?,
        flow("logistic, flow", &two, Loss::Logistic, -squares)?,
        flow("exponential, flow", &two, Loss::Exponential, 0.0)?,
        flow("exponential, flow, (2,1) added", &[two[0], two[1], [2.0, 1.0]], Loss::Exponential, resonant)?,
    ])
}

/// The coefficient of ŵ in rho - w̃.
fn along(expansion: &Expansion, rho: &[f64]) -> f64 {
    let gap = combine(-1.0, &expansion.w_tilde, rho);
    expansion.gamma * expansion.gamma * dot(&gap, &expansion.frame.w_hat)
}

/// **The component along ŵ.** A has eigenvalue 1 there, and every forcing at rate 1 resonates with it: the
/// coefficient of ŵ is (kappa log t + b)/t. The difference of t times it between two times is free of b.
pub(super) fn logarithmic_correction(runs: &[Along], claims: &mut Claims) {
    for Along { name, kappa, at: [(t0, c0, e0), (t1, c1, e1)], across } in runs {
        let span = ln(t1 / t0);
        let measured = (t1 * c1 - t0 * c0) / span;
        // The next term is the square of this one, which the exponentials of the flow bring.
        let next = t0 * c0 * c0 / 2.0 / span;
        let slack = Slack::next_term(next, 3.0) + e0.clone().times(t0 / span) + e1.clone().times(t1 / span);
        // Across ŵ the forcing has the size of that along it, and no resonance.
        let forced = (kappa.abs() + 1.0) * ln(*t1) / t1;
        claims.equal(
            format!("rho across ŵ at the later time: {name}"),
            *across,
            ln(2.0) / 3.0,
            Slack::next_term(forced, 2.0) + e1.clone(),
        );
        if *kappa == 0.0 {
            claims.equal(format!("kappa: {name}"), measured, 0.0, slack).on("1/2", 0.5);
        } else {
            claims.equal(format!("kappa: {name}"), measured, *kappa, slack);
        }
    }
}

// ---------------------------------------------------------------------------------------------------
// Which multipliers, when there are many
// ---------------------------------------------------------------------------------------------------

/// (1,1), (1,-1), (1,1/2): three support vectors in the plane, a segment of dual solutions.
pub(super) fn three_points() -> Result<Run> {
    let rows = [[1.0, 1.0], [1.0, -1.0], [1.0, 0.5]];
    Run::new("", setup(&rows, Loss::Exponential, [0.0; 2]), &[LATE], TIGHT)
}

/// **Many duals.** The shares tend to alpha_n = e^(-x_n·w̃), and log alpha linear in x_n is the condition for the
/// largest entropy among all dual solutions. With r = alpha_1/alpha_2 the third weight is alpha_2 r^(3/4), and
/// the dual constraint across ŵ reads r - 1 + r^(3/4)/2 = 0.
pub(super) fn many_duals(run: &Run, claims: &mut Claims) {
    let r = bisect(|r| r - 1.0 + 0.5 * pow(r, 0.75), 0.0, 1.0);
    let second = 1.0 / (r + 1.0 + pow(r, 0.75));
    let predicted = [r * second, second, pow(r, 0.75) * second];
    let at = run.path.last();
    let share = shares(&run.setup.points, run.setup.loss, &at.state);
    for (n, (measured, predicted)) in share.iter().zip(predicted).enumerate() {
        claims.equal(format!("share of point {}, t = 10^100", n + 1), *measured, predicted, run.margin_slack(at));
    }
    let entropy = |p: &[f64]| -p.iter().filter(|p| **p > 0.0).map(|p| p * ln(*p)).sum::<f64>();
    let vertex: Vec<f64> =
        run.reference.alpha.iter().map(|alpha| alpha * run.expansion.gamma * run.expansion.gamma).collect();
    claims.at_least(
        "entropy of the shares, against that of the solver's dual",
        entropy(&share),
        entropy(&vertex),
        run.margin_slack(at),
    );
}

// ---------------------------------------------------------------------------------------------------
// Beside the span of the support vectors
// ---------------------------------------------------------------------------------------------------

/// Points whose support does not span everything, and the third coordinate at which the flow should end.
pub(super) struct Beside {
    name: &'static str,
    run: Run,
    third: f64,
}

/// (1,1,0), (1,-1,0) alone do not see the third axis; with (2,0,1) added they do, but the support does not.
pub(super) fn beside_the_support() -> Result<Vec<Beside>> {
    let two = [[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]];
    let three = [two[0], two[1], [2.0, 0.0, 1.0]];
    let follow = |name, rows: &[[f64; 3]], start: [f64; 3], third: f64| -> Result<Beside> {
        let run = Run::new("", setup(rows, Loss::Exponential, start), &[LATE], TIGHT)?;
        Ok(Beside { name, run, third })
    };
    // From (0, 0, c) the flow stays at w_2 = 0, and v = w_1 + w_3 satisfies dw_1 = 2 (e^v + 1)/(2 e^v + 3) dv.
    let ending = |c: f64| 2.0 / 3.0 * c + ln((2.0 * exp(c) + 3.0) / 2.0) / 3.0;
    let start = [0.0, 0.3, 0.5];
    let general = setup(&three, Loss::Exponential, start);
    let frame = Frame { w_hat: vec![1.0, 0.0, 0.0], margins: vec![1.0, 1.0, 2.0] };
    let elsewhere = moving(&general, &frame, &[LATE], Method::Stiff, Tolerance::new(1e-12, 1e-12))?.remove(0);
    Ok(vec![
        follow("unseen, from (0,0,.8)", &two, [0.0, 0.0, 0.8], 0.8)?,
        follow("seen by (2,0,1), from 0", &three, [0.0; 3], ending(0.0))?,
        follow("seen by (2,0,1), from (0,0,.5)", &three, [0.0, 0.0, 0.5], ending(0.5))?,
        follow("seen by (2,0,1), from (0,.3,.5), against the moving frame", &three, start, elsewhere.state[2])?,
    ])
}

/// **Beside the support's span.** What no point sees stays for ever. What points see, but no support vector,
/// comes to rest where the path ends: from (0,0,c) at (2/3) c + (1/3) log(e^c + 3/2), from elsewhere elsewhere.
/// ŵ and the component in the span do not change.
pub(super) fn beside_the_span(cases: &[Beside], claims: &mut Claims) {
    for Beside { name, run, third } in cases {
        let at = run.path.last();
        claims.equal(format!("w_3, t = 10^100: {name}"), at.state[2], *third, run.state_slack(at));
        let inside = run.expansion.dual.project(&run.rho(at));
        claims
            .equal(
                format!("|rho - w̃| in the span: {name}"),
                distance(&inside, &run.expansion.dual.w_tilde),
                0.0,
                run.state_slack(at),
            )
            .on("1", 1.0);
    }
}

/// (1,1,0), (1,-1,0) from (0,0,.8): p is uniform, and C is γ times what no point sees.
pub(super) fn uniform_points() -> Result<Run> {
    let rows = [[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]];
    Run::new("", setup(&rows, Loss::Exponential, [0.0, 0.0, 0.8]), &[LATE, ten_to(1000)], TIGHT)
}

/// **Uniform shares.** If all p_n are equal then H = Hinf, the term 1/log t of the gap vanishes, and what is left
/// is γ C²/(2 log² t).
pub(super) fn uniform_shares(run: &Run, claims: &mut Claims) {
    margin_gap_and_direction(run, claims);
    let Run { setup, expansion, path, .. } = run;
    let at = path.last();
    let (s, u, c) = (at.log_t, expansion.u(at.log_t), expansion.direction_constant);
    claims.equal("H - Hinf", expansion.entropy - expansion.min_entropy, 0.0, Slack::rounding(16.0, 1.0)).on("1", 1.0);
    claims.equal(
        "C, against γ times the third coordinate of the start",
        c,
        0.8 * expansion.gamma,
        Slack::rounding(16.0, 1.0),
    );
    let length = norm(&at.state);
    let gap = expansion.gamma - setup.points.least_margin(&at.state) / length;
    let slack = Slack::next_term(c * c * (u - s).abs() / s, 2.0)
        + Slack::rounding(8.0, s * s)
        + Slack::integration(2.0 * path.radius * at.integration() * s * s / length);
    claims.equal("gap · log² t, t = 10^1000, against γ C²/2", gap * s * s, 0.5 * expansion.gamma * c * c, slack);
}

// ---------------------------------------------------------------------------------------------------
// An angle that does not fall like 1/log t
// ---------------------------------------------------------------------------------------------------

/// The support vectors ±(.5,1.5), ±(1.5,.5) of Figure 1 of Soudry et al., two of each label and so each twice
/// with labels absorbed, with two points beyond them.
pub(super) struct SlowAngle {
    loss: Loss,
    run: Run,
    /// The same flow in the moving frame, by the stiff method.
    elsewhere: Vec<Snapshot>,
}

pub(super) fn slow_angles() -> Result<Vec<SlowAngle>> {
    let rows = [[0.5, 1.5], [1.5, 0.5], [0.5, 1.5], [1.5, 0.5], [2.0, 2.4], [3.0, 1.6]];
    let follow = |loss: Loss| -> Result<SlowAngle> {
        let setup = setup(&rows, loss, [0.0; 2]);
        let run = Run::new("", setup, &[ten_to(8), ten_to(16)], TIGHT)?;
        let times = [ten_to(8), ten_to(16)];
        let elsewhere = moving(&run.setup, &run.expansion.frame, &times, Method::Stiff, Tolerance::new(1e-13, 1e-13))?;
        Ok(SlowAngle { loss, run, elsewhere })
    };
    [Loss::Exponential, Loss::Logistic].into_iter().map(follow).collect()
}

/// **A slow angle.** Equal weights that span the plane leave C = 0, and the angle falls like t^-λ/log t with
/// λ = λ_min(A) = 1/4, with a constant that remembers the start.
pub(super) fn slow_angle(cases: &[SlowAngle], claims: &mut Claims) {
    for SlowAngle { loss, run, elsewhere } in cases {
        let name = loss.name();
        let Run { expansion, path, .. } = run;
        let across = |rho: &[f64]| norm(&reject(rho, &expansion.direction));
        let sizes: Vec<f64> = path.snapshots.iter().map(|at| across(&run.rho(at))).collect();
        let errors: Vec<f64> =
            path.snapshots.iter().zip(&sizes).map(|(at, size)| run.state_slack(at).total() / size).collect();
        let (from, to) = (&path.snapshots[0], &path.snapshots[1]);
        let span = to.log_t - from.log_t;
        claims.equal(format!("{name}: C"), expansion.direction_constant, 0.0, Slack::rounding(16.0, 1.0)).on("1", 1.0);
        claims.equal(
            format!("{name}: exponent of |rho across ŵ|, from t = 10^8 to 10^16"),
            ln(sizes[0] / sizes[1]) / span,
            0.25,
            // Symmetry takes the quadratic term away: the next one is cubic in rho.
            Slack::next_term(sizes[0] * sizes[0] / span, 1.0) + Slack::integration((errors[0] + errors[1]) / span),
        );
        for ((at, size), other) in path.snapshots.iter().zip(&sizes).zip(elsewhere) {
            let root = exp(0.25 * at.log_t);
            claims.equal(
                format!("{name}: |rho across ŵ| t^(1/4), log t = {:.1}, against the moving frame", at.log_t),
                size * root,
                across(&other.state) * root,
                Slack::integration(root * (at.integration() + other.integration()))
                    + Slack::rounding(4.0, root * norm(&at.state)),
            );
        }
    }
}
