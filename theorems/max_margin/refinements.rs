//! Refinements: what the residual does where the plain expansion says nothing, or says more than the notes.

use super::expansion::Expansion;
use super::experiments::{DescentRun, LATE, Run, TIGHT, decayed, power_of_ten, state_slack, ten_to};
use super::residual::margin_gap_and_direction;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::StepRule;
use theoremcheck::flow::gradient_flow::{Frame, Setup, Snapshot, moving};
use theoremcheck::flow::loss::{Loss, shares};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{bisect, difference, distance, dot, exp, exp_m1, ln, norm, pow, reject};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "logarithmic-correction",
        says: "Let the support vectors span the space, some dual solution be positive on all of them, A have eigenvalues \
               above 1/2 across ŵ, and the other points m_n ≥ 2. Then the coefficient of ŵ in rho - w̃ is kappa log t / t up to \
               O(1/t), where kappa is γ² Σ 2 e^(-x_n·w̃) over the points with m_n = 2, for the flow on the exponential loss, and \
               less γ² Σ alpha² on the logistic. Gradient descent divides both by η, and adds 1/2; momentum β divides by \
               η/(1 - β), and adds β/(1 - β) more.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N6"],
        claims: |lab, c| lab.run(along_separator).map(|runs| logarithmic_correction(&runs, c)),
    },
    Step {
        id: "many-duals",
        says: "If there are several dual solutions, and one is positive on all support vectors, the shares of the flow of the \
               exponential or the logistic loss tend to γ² times the one of largest entropy.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N9"],
        claims: |lab, c| lab.run(three_points).map(|three| many_duals(&three, c)),
    },
    Step {
        id: "beside-the-span",
        says: "Under the flow of the exponential or the logistic loss, let some dual solution be positive on all support \
               vectors. The component of w orthogonal to all points stays for ever; that in their span, but orthogonal to the \
               support vectors, if there is such a direction, ends at a place that depends on the start.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(beside_the_support).map(|cases| beside_the_span(&cases, c)),
    },
    Step {
        id: "uniform-shares",
        says: "Under the flow of the exponential or the logistic loss, if p_n is the same on all support vectors and C > 0, \
               which then comes from beside the span of the support vectors, the margin gap falls like γ C²/(2 log² t) and not \
               like 1/log t.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(uniform_points).map(|run| uniform_shares(&run, c)),
    },
    Step {
        id: "slow-angle",
        says: "The direction error is not always C/log t: on the support vectors of Soudry et al.'s Figure 1, C = 0, and with \
               the other points at margins m_n > 5/4 the angle of the exponential or the logistic flow falls like t^-λ/log t \
               with λ = λ_min(A) = 1/4, unless the start and the other points leave nothing along its eigenvector.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| {
            lab.once(slow_angles).map(|cases| slow_angle(&cases, &mut c.of_fixed_data()))?;
            lab.run(other_slow_angles).map(|cases| slow_angle(&cases, c))
        },
    },
];

/// Points in code, a loss, and a start.
fn setup<const D: usize>(rows: &[[f64; D]], loss: Loss, start: [f64; D]) -> Setup {
    Setup { points: Points::from_rows(rows), loss, start: start.to_vec() }
}

// ---------------------------------------------------------------------------------------------------
// The component along ŵ: kappa log t / t
// ---------------------------------------------------------------------------------------------------

/// The coefficient of ŵ in rho - w̃ at two late times, with the kappa that is predicted for kappa log t / t.
struct Along {
    name: String,
    kappa: f64,
    /// The same from the general expansion.
    expanded: f64,
    /// The sum of the sizes of what kappa is made of.
    forces: f64,
    /// max |x| |w̃|: what exponentials of x·w̃ make of a rounding.
    exponent: f64,
    /// (t, coefficient, its slack): t counts steps under gradient descent.
    at: [(f64, f64, Slack); 2],
}

/// 2^17 and 2^20 steps; the flow at the same times.
const EARLIER: u32 = 17;
const LATER: u32 = 20;

/// Two support vectors γ (1, a), γ (1, -b), where λ_min(A) = 1 belongs to ŵ = (1/γ, 0) alone, as A = diag(1, ab); and a
/// third point γ (2, c), whose margin of 2 resonates with that eigenvalue.
struct Resonant {
    gamma: f64,
    ab: [f64; 2],
    c: f64,
}

impl Resonant {
    fn rows(&self, third: bool) -> Vec<[f64; 2]> {
        let Resonant { gamma, ab: [a, b], c } = *self;
        let rows = [[gamma, gamma * a], [gamma, -gamma * b], [2.0 * gamma, gamma * c]];
        rows[..if third { 3 } else { 2 }].to_vec()
    }

    /// By hand: p = (b, a)/(a + b) and alpha = p/γ², and e^(-x_n·w̃) = alpha_n. As (2, c) is θ (1, a) + (2 - θ) (1, -b) with
    /// θ = (2b + c)/(a + b), the third point pulls with alpha_1^θ alpha_2^(2 - θ). Also the sum of the sizes of the parts.
    fn kappa(&self, third: bool, loss: Loss, rule: Option<StepRule>) -> (f64, f64) {
        let Resonant { gamma, ab: [a, b], c } = *self;
        let alpha = [b, a].map(|p| p / (a + b) / (gamma * gamma));
        let share = (2.0 * b + c) / (a + b);
        let squares = alpha[0] * alpha[0] + alpha[1] * alpha[1];
        let tail = if loss == Loss::Logistic { gamma * gamma * squares } else { 0.0 };
        let pull = 2.0 * gamma * gamma * pow(alpha[0], share) * pow(alpha[1], 2.0 - share);
        let beyond = if third { pull } else { 0.0 };
        let (eta, steps) =
            rule.map_or((1.0, 0.0), |rule| (rule.effective_eta(), 0.5 + rule.momentum / (1.0 - rule.momentum)));
        ((beyond - tail) / eta + steps, (beyond + tail) / eta + steps)
    }
}

fn along_separator(seed: Seed) -> Result<Vec<Along>> {
    let mut stream = seed.stream("max-margin", "along the separator");
    let mut draw = || {
        let mut uniform = |[low, high]: [f64; 2]| stream.uniform(low, high);
        let ab = [uniform([1.6, 2.0]), uniform([0.9, 1.3])];
        let points = Resonant { gamma: uniform([0.75, 0.98]), ab, c: uniform([-0.5, 0.9]) };
        let mut rule = |eta: [f64; 2], momentum: [f64; 2]| {
            let (eta, momentum) = (uniform(eta), uniform(momentum));
            Some(StepRule { eta, momentum })
        };
        // Each with a third point or without one alone.
        let rules = [
            (rule([0.35, 0.5], [0.0, 0.0]), true),
            (rule([0.08, 0.12], [0.4, 0.6]), true),
            (None, true),
            (rule([0.08, 0.12], [0.0, 0.0]), false),
            (rule([0.01, 0.02], [0.85, 0.92]), false),
        ];
        (points, rules)
    };
    // Parts of different sign, drawn again where they nearly cancel.
    let cancels = |points: &Resonant, third: bool, rule: Option<StepRule>| {
        let (kappa, forces) = points.kappa(third, Loss::Logistic, rule);
        kappa.abs() < 0.05 * forces
    };
    let (points, rules) = loop {
        let (points, rules) = draw();
        let one_cancels = |&(rule, third): &(Option<StepRule>, bool)| {
            cancels(&points, false, rule) || third && cancels(&points, true, rule)
        };
        if !rules.iter().any(one_cancels) {
            break (points, rules);
        }
    };
    let mut runs = Vec::new();
    for (rule, third) in rules {
        for loss in [Loss::Exponential, Loss::Logistic] {
            runs.push(follow_along(&points, false, loss, rule)?);
            if third {
                runs.push(follow_along(&points, true, loss, rule)?);
            }
        }
    }
    Ok(runs)
}

fn follow_along(points: &Resonant, third: bool, loss: Loss, rule: Option<StepRule>) -> Result<Along> {
    let setup = Setup { points: Points::new(2, points.rows(third).concat())?, loss, start: vec![0.0; 2] };
    let (kappa, forces) = points.kappa(third, loss, rule);
    let data = if third { ", a point of margin 2" } else { "" };
    // The coefficient of ŵ in rho - w̃.
    let along = |w_tilde: &[f64], rho: &[f64]| {
        points.gamma * points.gamma * dot(&difference(rho, w_tilde), &[1.0 / points.gamma, 0.0])
    };
    // The resonant answer to all forces is κ log t / t there, where t counts steps.
    let expanded = |expansion: &Expansion, eta: f64| {
        let s = ln(f64::from(1 << LATER));
        along(&[0.0; 2], &expansion.first(s)) * exp(s) / s / eta
    };
    let longest = setup.points.radius();
    let seen = |name: String, expansion: &Expansion, eta: f64, at| Along {
        name: format!("{}, {name}{data}", loss.name()),
        kappa,
        expanded: expanded(expansion, eta),
        forces,
        exponent: longest * norm(&expansion.w_tilde),
        at,
    };
    if let Some(rule) = rule {
        let run = DescentRun::new(setup, rule, LATER)?;
        let recorded = |k: u32| run.descent.iterates.iter().find(|it| it.step == 1 << k).expect("powers of two");
        let at = [EARLIER, LATER].map(|k| {
            let iterate = recorded(k);
            // As many roundings of w as steps, at the worst.
            let slack = Slack::rounding(iterate.step as f64, points.gamma * norm(&iterate.w));
            (iterate.step as f64, along(&run.expansion.w_tilde, &run.rho(iterate)), slack)
        });
        let StepRule { eta, momentum } = rule;
        let momentum = if momentum > 0.0 { format!(", momentum {momentum:.3}") } else { String::new() };
        return Ok(seen(format!("η = {eta:.4}{momentum}"), &run.expansion, rule.effective_eta(), at));
    }
    let times = [EARLIER, LATER].map(|k| ln(f64::from(1 << k)));
    let run = Run::new("", setup, &times, TIGHT)?;
    let at = [0, 1].map(|i| {
        let snapshot = &run.path.snapshots[i];
        let coefficient = along(&run.expansion.w_tilde, &run.rho(snapshot));
        (exp(snapshot.log_t), coefficient, run.state_slack(snapshot).times(points.gamma))
    });
    Ok(seen("flow".to_string(), &run.expansion, 1.0, at))
}

/// The component along ŵ. A has eigenvalue 1 there, and every force of rate 1 resonates with it: the
/// coefficient k of ŵ has t (e^k - 1) = kappa log t + b + .., and the difference between two times is free of b.
fn logarithmic_correction(runs: &[Along], claims: &mut Claims) {
    for Along { name, kappa, forces, at: [(t0, k0, e0), (t1, k1, e1)], .. } in runs {
        let span = ln(t1 / t0);
        let measured = (t1 * exp_m1(*k1) - t0 * exp_m1(*k0)) / span;
        // Each force has a relative error of k, or of itself over t, and both fall like log t / t from t0 on.
        let next = Slack::next_term(forces * (k0.abs() + forces * ln(*t0) / t0) / span, 3.0);
        let slack = next + e0.clone().times(t0 / span) + e1.clone().times(t1 / span);
        claims
            .equal(format!("kappa: {name}"), measured, *kappa, slack)
            .on("1/2 or the sum of its parts", forces.max(0.5));
    }
    let apart = |run: &Along| (run.expanded - run.kappa).abs() / run.forces.max(0.5);
    claims
        .equal(
            "kappa of δ less kappa by hand, over 1/2 or the sum of its parts, the largest of all",
            runs.iter().map(apart).fold(0.0, f64::max),
            0.0,
            // A solution for w̃ in two dimensions and a few sums and products, in exponents of that size.
            Slack::rounding(64.0, 1.0 + runs.iter().map(|run| run.exponent).fold(0.0, f64::max)),
        )
        .on("1", 1.0);
}

// ---------------------------------------------------------------------------------------------------
// Which multipliers, when there are many
// ---------------------------------------------------------------------------------------------------

/// (1,a), (1,-b), (1,h) with -b < h < a: three support vectors in the plane, a segment of dual solutions.
struct Three {
    run: Run,
    heights: [f64; 3],
}

fn three_points(seed: Seed) -> Result<Three> {
    let mut stream = seed.stream("max-margin", "three points");
    let heights = [stream.uniform(0.8, 1.4), -stream.uniform(0.8, 1.4), stream.uniform(0.2, 0.6)];
    let rows = heights.map(|h| [1.0, h]);
    Ok(Three { run: Run::new("", setup(&rows, Loss::Exponential, [0.0; 2]), &[LATE], TIGHT)?, heights })
}

/// Many duals. The shares tend to alpha_n = e^(-x_n·w̃), and log alpha linear in x_n is the condition for the
/// largest entropy among all dual solutions. The third point is θ times the first and 1 - θ times the second. With
/// r = alpha_1/alpha_2 its weight is alpha_2 r^θ, and the dual constraint across ŵ reads a r - b + h r^θ = 0.
fn many_duals(three: &Three, claims: &mut Claims) {
    let Three { run, heights: [a, minus_b, h] } = three;
    let theta = (h - minus_b) / (a - minus_b);
    let r = bisect(|r| a * r + minus_b + h * pow(r, theta), 0.0, -minus_b / a);
    let second = 1.0 / (r + 1.0 + pow(r, theta));
    let predicted = [r * second, second, pow(r, theta) * second];
    let at = run.path.last();
    let share = shares(&run.setup.points, run.setup.loss, &at.state);
    for (n, (measured, predicted)) in share.iter().zip(predicted).enumerate() {
        claims.equal(
            format!("share of point {}, t = 10^100", n + 1),
            *measured,
            predicted,
            // Relative errors, of numbers less than one.
            run.margin_slack(at).times(2.0) + run.beyond(at),
        );
    }
    let entropy = |p: &[f64]| -p.iter().filter(|p| **p > 0.0).map(|p| p * ln(*p)).sum::<f64>();
    // Where the entropy is largest, its derivative along the segment vanishes.
    let along = theta * ln(share[0]) + (1.0 - theta) * ln(share[1]) - ln(share[2]);
    claims
        .equal(
            "derivative of the entropy along the dual solutions, at the shares",
            along,
            0.0,
            run.margin_slack(at).times(4.0) + run.beyond(at),
        )
        .on("the entropy", entropy(&share));
}

// ---------------------------------------------------------------------------------------------------
// Beside the support's span
// ---------------------------------------------------------------------------------------------------

/// A flow whose third coordinate comes to rest at a known place.
struct Beside {
    name: &'static str,
    run: Run,
    third: f64,
    /// What is known of that place.
    known: Slack,
}

/// (1,1,0), (1,-1,0) alone do not see the third axis; with (2,0,1) added they do, but the support does not.
fn beside_the_support(seed: Seed) -> Result<Vec<Beside>> {
    let mut stream = seed.stream("max-margin", "beside the support");
    let two = [[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]];
    let three = [two[0], two[1], [2.0, 0.0, 1.0]];
    let follow = |name, rows: &[[f64; 3]], start: [f64; 3], third: f64, known: Slack| -> Result<Beside> {
        let run = Run::new("", setup(rows, Loss::Exponential, start), &[LATE], TIGHT)?;
        Ok(Beside { name, run, third, known })
    };
    let exact = || Slack::rounding(16.0, 1.0);
    // From (0, 0, c) the flow stays at w_2 = 0, and v = w_1 + w_3 satisfies dw_1 = 2 (e^v + 1)/(2 e^v + 3) dv.
    let ending = |c: f64| 2.0 / 3.0 * c + ln((2.0 * exp(c) + 3.0) / 2.0) / 3.0;
    let mut off = || stream.uniform(0.3, 1.2);
    let (unseen, up, down, start) = (off(), off(), -off(), [0.0, off(), off()]);
    let general = setup(&three, Loss::Exponential, start);
    let frame = Frame { w_hat: vec![1.0, 0.0, 0.0], margins: vec![1.0, 1.0, 2.0] };
    let elsewhere = moving(&general, &frame, &[LATE], Method::Stiff, Tolerance::new(1e-12, 1e-12))?.remove(0);
    Ok(vec![
        follow("unseen, from (0,0,c), c > 0", &two, [0.0, 0.0, unseen], unseen, exact())?,
        follow("seen by (2,0,1), from 0", &three, [0.0; 3], ending(0.0), exact())?,
        follow("seen by (2,0,1), from (0,0,c), c > 0", &three, [0.0, 0.0, up], ending(up), exact())?,
        follow("seen by (2,0,1), from (0,0,c), c < 0", &three, [0.0, 0.0, down], ending(down), exact())?,
        follow(
            "seen by (2,0,1), from (0,b,c), against the moving frame",
            &three,
            start,
            elsewhere.state[2],
            state_slack(&elsewhere),
        )?,
    ])
}

/// Beside the support's span. What no point sees stays for ever. What points see, but no support vector,
/// comes to rest where the path ends: from (0,0,c) at (2/3) c + (1/3) log(e^c + 3/2), from elsewhere elsewhere.
/// ŵ and the component in the span do not change.
fn beside_the_span(cases: &[Beside], claims: &mut Claims) {
    for Beside { name, run, third, known } in cases {
        let at = run.path.last();
        claims
            .equal(format!("w_3, t = 10^100: {name}"), at.state[2], *third, run.state_slack(at) + known.clone())
            .on("1", 1.0);
        let inside = run.expansion.dual.project(&run.rho(at));
        claims
            .equal(
                format!("|rho - w̃| in the span: {name}"),
                distance(&inside, &run.expansion.dual.w_tilde),
                0.0,
                run.state_slack(at) + Slack::certificate(run.expansion.dual.uncertainty(&run.reference.w_hat)),
            )
            .on("1", 1.0);
    }
}

/// γ (1,a,0), γ (1,-a,0) from a multiple of the third axis: p is uniform, and C is γ times what no point sees.
fn uniform_points(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("max-margin", "uniform points");
    // H + 2 log γ is then not near 0, and its term can be seen.
    let (gamma, a) = (stream.uniform(0.9, 1.4), stream.uniform(0.8, 1.3));
    let rows = [[gamma, gamma * a, 0.0], [gamma, -gamma * a, 0.0]];
    let start = [0.0, 0.0, stream.uniform(0.6, 1.2)];
    Run::new("", setup(&rows, Loss::Exponential, start), &[ten_to(50), ten_to(150)], TIGHT)
}

/// Uniform shares. If all p_n are equal then H = Hinf, the term 1/log t of the gap vanishes, and what is left
/// is γ C²/(2 log² t), with a next term from u = log t + H + 2 log γ.
fn uniform_shares(run: &Run, claims: &mut Claims) {
    margin_gap_and_direction(run, claims);
    let Run { setup, expansion, path, .. } = run;
    let at = path.last();
    let (s, c, gamma) = (at.log_t, expansion.direction_constant, expansion.gamma);
    let b = expansion.u(s) - s;
    claims.equal("H - Hinf", expansion.entropy - expansion.min_entropy, 0.0, Slack::rounding(16.0, 1.0)).on("1", 1.0);
    claims.equal(
        "C, against γ times the third coordinate of the start",
        c,
        setup.start[2] * gamma,
        Slack::rounding(16.0, 1.0),
    );
    let length = norm(&at.state);
    let gap = gamma - setup.points.least_margin(&at.state) / length;
    let error = run.state_slack(at).times(2.0 * path.radius / length)
        + Slack::rounding(2.0 * setup.points.dim() as f64, path.radius);
    claims.equal(
        format!("gap · log² t, t = {}, against γ C²/2 and its next term", power_of_ten(s)),
        Quantity::new(gap * s * s, error.times(s * s)),
        0.5 * gamma * c * c * (1.0 - 2.0 * b / s),
        Slack::next_term(0.5 * gamma * c * c * (3.0 * b * b + 0.75 * c * c) / (s * s), 2.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// An angle that does not fall like 1/log t
// ---------------------------------------------------------------------------------------------------

/// Two support vectors, each of them twice, that lie alike on both sides of ŵ, with two points beyond them.
struct SlowAngle {
    name: String,
    run: Run,
    /// The least eigenvalue of A, and the square of what e sees of a support vector.
    lambda: f64,
    square: f64,
    /// The same flow in the moving frame, by the stiff method.
    elsewhere: Vec<Snapshot>,
}

/// Seen when e^-λs is e^-`folds`.
fn follow_slow_angle(name: &str, rows: &[[f64; 2]], loss: Loss, start: [f64; 2], folds: [f64; 2]) -> Result<SlowAngle> {
    // x = (γ, ±z) along ŵ and across it: A = Σ alpha x x' has the eigenvalue 4 · z²/(4 γ²) across.
    let along: Vec<f64> = [0, 1].map(|i| 0.5 * (rows[0][i] + rows[1][i])).to_vec();
    let across = distance(&rows[0], &along);
    let lambda = across * across / dot(&along, &along);
    let setup = setup(rows, loss, start);
    let times = folds.map(|folds| decayed(lambda, folds));
    let run = Run::new("", setup, &times, TIGHT)?;
    let elsewhere = moving(&run.setup, &run.expansion.frame, &times, Method::Stiff, Tolerance::new(1e-13, 1e-13))?;
    let name = format!("{name}, {}", loss.name());
    Ok(SlowAngle { name, run, lambda, square: across * across, elsewhere })
}

/// The support vectors ±(.5,1.5), ±(1.5,.5) of Figure 1 of Soudry et al., two of each label and so each twice
/// with labels absorbed, with two points beyond them.
fn slow_angles() -> Result<Vec<SlowAngle>> {
    let rows = [[0.5, 1.5], [1.5, 0.5], [0.5, 1.5], [1.5, 0.5], [2.0, 2.4], [3.0, 1.6]];
    let losses = [Loss::Exponential, Loss::Logistic];
    losses.map(|loss| follow_slow_angle("Figure 1", &rows, loss, [0.0; 2], [4.5, 9.0])).into_iter().collect()
}

/// Such points with another angle and eigenvalue, turned, from a start off ŵ.
fn other_slow_angles(seed: Seed) -> Result<Vec<SlowAngle>> {
    let mut stream = seed.stream("max-margin", "slow angles");
    let (gamma, lambda, turn) = (stream.uniform(0.8, 1.5), stream.uniform(0.2, 0.35), stream.uniform(0.0, 6.0));
    let z = gamma * lambda.sqrt();
    // A rotation by the tangent of half the angle, which needs no sine.
    let half = turn - 3.0;
    let unit = [(1.0 - half * half) / (1.0 + half * half), 2.0 * half / (1.0 + half * half)];
    let turned = |[along, across]: [f64; 2]| [along * unit[0] - across * unit[1], along * unit[1] + across * unit[0]];
    let mut beyond = || [gamma * stream.uniform(2.2, 3.0), gamma * stream.uniform(-0.8, 0.8)];
    let rows = [[gamma, z], [gamma, -z], [gamma, z], [gamma, -z], beyond(), beyond()].map(turned);
    let start = turned([0.0, stream.uniform(0.4, 0.8)]);
    let losses = [Loss::Exponential, Loss::Logistic];
    // Early enough for the cubic term to be far above rounding.
    losses.map(|loss| follow_slow_angle("turned", &rows, loss, start, [4.0, 6.0])).into_iter().collect()
}

/// A slow angle. Equal weights that span the plane leave C = 0, and the angle falls like t^-λ/log t with
/// λ = λ_min(A), with a constant K that remembers the start. With q the part of rho across ŵ,
/// d log|q|/ds = -λ + λ z² q² (1/(2 - 4λ) - 1/6) + ..
fn slow_angle(cases: &[SlowAngle], claims: &mut Claims) {
    for SlowAngle { name, run, lambda, square, elsewhere } in cases {
        let Run { expansion, path, .. } = run;
        let across = |rho: &[f64]| norm(&reject(rho, &expansion.direction));
        let [from, to] = &path.snapshots[..] else { unreachable!("two times") };
        let span = to.log_t - from.log_t;
        let certified = Slack::certificate(expansion.gamma * expansion.dual.uncertainty(&expansion.frame.w_hat));
        claims
            .equal(format!("{name}: C"), expansion.direction_constant, 0.0, certified + Slack::rounding(16.0, 1.0))
            .on("1", 1.0);
        claims.equal(
            format!("{name}: λ_min(A), against z²/γ²"),
            expansion.dual.curvature[0].0,
            *lambda,
            Slack::rounding(16.0, 1.0),
        );
        let q = |at: &Snapshot| Quantity::new(across(&run.rho(at)), run.state_slack(at));
        // The cubic term, integrated over a q that falls like t^-λ.
        let cubic = lambda * square * (1.0 / (2.0 - 4.0 * lambda) - 1.0 / 6.0);
        let (before, after) = (q(from).value, q(to).value);
        let known = cubic * (before * before - after * after) / (2.0 * lambda);
        // The fifth order, and what the points beyond and the logistic tail still force.
        let fifth = square * square * pow(before, 4.0) / (lambda * (1.0 - 2.0 * lambda));
        let forced = norm(&expansion.first(from.log_t)) / before;
        let along = expansion.memory(from.log_t) - expansion.memory_across(from.log_t);
        claims.equal(
            format!(
                "{name}: exponent of |rho across ŵ|, from t = {} to {}",
                power_of_ten(from.log_t),
                power_of_ten(to.log_t)
            ),
            Quantity::exponent(q(to), q(from), span),
            lambda - known / span,
            Slack::next_term(fifth / span, 2.0)
                + Slack::next_term(forced / span, 1.0)
                // Along ŵ the start is remembered as b/t, and every pull with it.
                + Slack::next_term(lambda * expansion.gamma * along / span, 4.0),
        );
        for (at, other) in path.snapshots.iter().zip(elsewhere) {
            let grown = exp(lambda * at.log_t);
            claims.equal(
                format!("{name}: |rho across ŵ| t^λ, t = {}, against the moving frame", power_of_ten(at.log_t)),
                across(&run.rho(at)) * grown,
                across(&other.state) * grown,
                (run.state_slack(at) + state_slack(other)).times(grown),
            );
        }
    }
}
