//! Gradient descent: discrete steps that follow the flow, and steps of the exponential loss that do not.

use super::experiments::{DescentRun, EveryStep, Watched, overshooting, planted_descent};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::descent::{Descent, Iterate};
use theoremcheck::real::{difference, dot, ln, norm, pow};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "gradient-descent",
        says: "Gradient descent with a constant step η below 2/(β σ_max²) lowers the loss at every step, by \
               η (1 - η β σ_max²/2) |∇L|² or more; that it then follows the flow at time η t is formal. The notes say any step.",
        kind: Kind::Proof,
        standing: Standing::Overstated { by: "overshoots" },
        notes: &["N6"],
        claims: |lab, c| lab.run(planted_descent).map(|watched| gradient_descent(&watched, c)),
    },
    Step {
        id: "overshoots",
        says: "The exponential loss is not smooth: from w = 0 on (.1,.9), (.1,-.5), steps of η = 3 overshoot to either side, \
               further and further on each, in the end by the exponential of a multiple of the one before, until they overflow.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N6"],
        claims: |lab, c| lab.once(overshooting).map(|descent| overshoots(&descent, &mut c.of_fixed_data())),
    },
];

/// Gradient descent follows the flow. For a β-smooth loss and η < 2/(β σ_max²) every step lowers the loss;
/// after t steps w is ŵ log(η t) + w̃ + δ(η t), where the discreteness itself is a force of rate 1 in δ.
pub fn gradient_descent(watched: &Watched, claims: &mut Claims) {
    let Watched { run, every } = watched;
    let DescentRun { setup, expansion, descent } = run;
    let EveryStep { steps, rise, least_decrease } = every;
    let log_losses = descent.log_losses(setup);
    let size = log_losses.iter().fold(1.0, |top: f64, loss| top.max(loss.abs()));
    // Inner products of length d, and a sum over the points.
    let ops = (2 * setup.points.dim() + setup.points.count()) as f64;
    let at = descent.last();
    let rounding = || Slack::rounding(ops, size + setup.points.radius() * norm(&at.w));
    claims
        .at_most(format!("largest change of log L in a step, of {steps}"), *rise, 0.0, rounding())
        .on("max |log L|", size);
    claims.at_least(
        format!("least fall of L over η (1 - η β σ²/2) |∇L|², of {steps} steps"),
        *least_decrease,
        1.0,
        // A step changes log L by as little as 1/t.
        rounding().times(*steps as f64),
    );
    // The start and the first steps are remembered as b t^-λ along each axis of A, as b/t along ŵ: 2^λ times the value at t
    // less that at t/2 is free of b.
    let [.., half, whole] = &descent.iterates[..] else { unreachable!("the run records its doublings") };
    let [.., half_loss, whole_loss] = log_losses[..] else { unreachable!("a loss an iterate") };
    let scaled = |at: &Iterate, log_loss: f64| log_loss + run.log_time(at) + 2.0 * ln(expansion.gamma);
    let predicted = |at: &Iterate| ln(expansion.scaled_loss(run.log_time(at)));
    // What is left is the third order, and the memory times δ.
    let earlier = run.log_time(half);
    let size = norm(&expansion.delta(earlier));
    let left = || {
        Slack::rounding(at.step as f64, norm(&at.w))
            + Slack::next_term(expansion.third(earlier) + expansion.mixed(earlier), 4.0)
    };
    let away = |at: &Iterate| difference(&run.rho(at), &expansion.residual(run.log_time(at)));
    let (away_half, away_whole) = (away(half), away(whole));
    let axes = &expansion.dual.curvature;
    let free = |(lambda, axis): &(f64, Vec<f64>)| pow(2.0, *lambda) * dot(axis, &away_whole) - dot(axis, &away_half);
    let top = axes.iter().map(|(lambda, _)| *lambda).fold(1.0, f64::max);
    claims
        .equal(
            "|rho - w̃ - δ|, along each axis of A: 2^λ times that at the last step less that at half",
            norm(&axes.iter().map(free).collect::<Vec<_>>()),
            0.0,
            left().times(1.0 + pow(2.0, top)),
        )
        .on("|ŵ|", 1.0 / expansion.gamma);
    // ∂ log L/∂w is of length γ.
    claims
        .equal(
            "log(η t γ² L), twice at the last step less that at half",
            2.0 * scaled(whole, whole_loss) - scaled(half, half_loss),
            2.0 * predicted(whole) - predicted(half),
            left().times(3.0 * expansion.gamma),
        )
        .on("γ|δ|", expansion.gamma * size);
}

/// Overshoots. Each overshoot is the exponential of the one before it: w2 changes sign at every step, until the
/// weights pass anything a double can hold.
fn overshoots(descent: &Descent, claims: &mut Claims) {
    let w2: Vec<f64> = descent.iterates.iter().map(|it| it.w[1]).filter(|w2| *w2 != 0.0).collect();
    let turns = w2.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
    claims.equal(
        "sign changes of w2, of as many steps",
        turns as f64,
        w2.len() as f64 - 1.0,
        Slack::rounding(1.0, 1.0),
    );
    // At w2 = -u the point (.1, .9) is pulled by e^(.9u - .1 w1), and the other hardly at all: the next w2 is
    // .9 η times that. At w2 = u the other point answers in the same way, with .5 for .9.
    let last = descent.iterates.len() - 1;
    for (name, k) in [("last but one", last - 1), ("last", last)] {
        let (before, after) = (&descent.iterates[k - 1], &descent.iterates[k]);
        let x: [f64; 2] = if before.w[1] < 0.0 { [0.1, 0.9] } else { [0.1, -0.5] };
        let predicted = ln(descent.rule.eta * x[1].abs()) - dot(&x, &before.w);
        claims.equal(
            format!("log|w2| at the {name} finite step, by the point on the wrong side alone"),
            ln(after.w[1].abs()),
            predicted,
            Slack::rounding(16.0, predicted) + Slack::next_term(before.w[1] / after.w[1], 2.0),
        );
    }
    let overflow = descent.overflows.map_or(f64::NAN, |step| step as f64);
    claims.equal("step at which the weights overflow", overflow, 9.0, Slack::rounding(1.0, 1.0));
}
