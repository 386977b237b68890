//! What the flow does to the loss and to the length of W, on every separable data set and where the constants are known.

use super::experiments::{Prediction, Run, early, planted};
use super::soft_margin::Setup;
use crate::max_margin::experiments::{power_of_ten, state_slack};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::gradient_flow::{Frame, Snapshot};
use theoremcheck::real::{difference, exp, exp_m1, ln, norm};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "no-finite-minimiser",
        says: "On separable examples no W minimises the cross-entropy: under the flow it falls like 1/t. With \
               q = -log(e^L - 1), e^q + q grows by γ² t at least in a time t, from any start.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N4", "N7"],
        claims: |lab, c| {
            lab.run(early).map(|run| growth_of_the_soft_margin(&run, c))?;
            lab.run(planted).map(|run| {
                growth_of_the_soft_margin(&run, c);
                let Run { setup, path, prediction, .. } = &*run;
                no_finite_minimiser(setup, &prediction.expansion.frame, path, Some(prediction), c);
            })
        },
    },
    Step {
        id: "direction-converges",
        says: "On separable examples, from any start W(0), no margin <A_nj, W> is below q = -log(e^L - 1), and q grows by at least \
               γ|W - W(0)|. So the margin of W/|W| tends to γ, and the direction of W to that of Ŵ.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N6", "N7"],
        claims: |lab, c| {
            lab.run(early).map(|run| direction_converges(&run, c))?;
            lab.run(planted).map(|run| direction_converges(&run, c))
        },
    },
    Step {
        id: "clock-and-length",
        says: "Let some dual solution be positive on all support pairs. Then γ² t L tends to 1, and if the support pairs span the A_nj, \
               γ|W| is √(u² + C²) with u = log t + H + 2 log γ, both up to powers of 1/t.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N7"],
        claims: |lab, c| lab.run(planted).map(|run| clock_and_length(&run, c)),
    },
];

/// q = -log(e^L - 1), from log L.
fn loss_margin(log_loss: f64) -> f64 {
    // e^L - 1 = L below the last digit of L.
    if log_loss < -37.0 { -log_loss } else { -ln(exp_m1(exp(log_loss))) }
}

/// The loss falls for ever. dq/dt = |∇L|²/(1 - e^-L) and |∇L| ≥ γ (1 - e^-L) = γ/(1 + e^q) give d(e^q + q)/dt ≥ γ².
fn growth_of_the_soft_margin(run: &Run, claims: &mut Claims) {
    let gamma = run.prediction.expansion.gamma;
    let potential = |w: &[f64]| {
        let q = loss_margin(run.setup.log_loss(w));
        (exp(q) + q, 1.0 + exp(q))
    };
    let (before, _) = potential(&run.setup.start);
    let from = where_from(run);
    for at in &run.path {
        let w = run.weights(at);
        let (now, slope) = potential(&w);
        let grown = gamma * gamma * exp(at.log_t);
        // |∇q| is R Σ (1 - e^-ℓ_n)/(1 - e^-L) at the most, and that N R: a margin is an inner product.
        let steepest = slope * run.setup.pairs.radius() * run.setup.data.examples.count() as f64;
        let product = Slack::rounding(2.0 * run.setup.pairs.dim() as f64, norm(&w));
        let slack = (state_slack(at) + product).times(steepest) + Slack::rounding(2.0, before.abs() + now.abs());
        claims.at_least(
            format!("{from}: growth of e^q + q over γ² t, t = {}", power_of_ten(at.log_t)),
            (now - before) / grown,
            1.0,
            slack.times(1.0 / grown),
        );
    }
}

/// There is no finite minimiser. At one the loss would settle; it falls like 1/t instead. `next` evaluates the next term,
/// where there is a separator.
pub fn no_finite_minimiser(
    setup: &Setup,
    frame: &Frame,
    path: &[Snapshot],
    next: Option<&Prediction>,
    claims: &mut Claims,
) {
    let radius = setup.pairs.radius();
    for pair in path.windows(2) {
        let [from, to] = pair else { unreachable!("windows of two") };
        let span = to.log_t - from.log_t;
        let log_loss = |at: &Snapshot| setup.log_loss(&frame.weights(at.log_t, &at.state));
        let known = |at: &Snapshot| next.map_or(0.0, |next| ln(next.scaled_loss(at.log_t)));
        let doubt = |at: &Snapshot| {
            let left_out = next.map_or(0.0, |next| next.beyond(at.log_t));
            (state_slack(at) + Slack::next_term(left_out, 4.0)).times(radius)
                + Slack::rounding(2.0 * setup.pairs.dim() as f64, radius * norm(&frame.weights(at.log_t, &at.state)))
        };
        claims.equal(
            format!("d log L / d log t, from t = {} to {}", power_of_ten(from.log_t), power_of_ten(to.log_t)),
            (log_loss(to) - log_loss(from)) / span,
            -1.0 + (known(to) - known(from)) / span,
            (doubt(from) + doubt(to)).times(1.0 / span),
        );
    }
}

/// The direction converges. Every e^(-m_nj) is at most e^L - 1 = e^-q; and dq/dt ≥ γ |dW/dt|.
fn direction_converges(run: &Run, claims: &mut Claims) {
    let Run { setup, prediction, path, .. } = run;
    let gamma = prediction.expansion.gamma;
    let began = loss_margin(setup.log_loss(&setup.start));
    let (mut least, mut excess) = (f64::INFINITY, f64::INFINITY);
    let (mut size, mut doubt) = (0.0_f64, Slack::default());
    for at in path {
        let w = run.weights(at);
        let q = loss_margin(setup.log_loss(&w));
        let over = setup.pairs.least_margin(&w) - q;
        let gained = (q - began) - gamma * norm(&difference(&w, &setup.start));
        (least, excess) = (worst(least, over), worst(excess, gained));
        size = size.max(norm(&w));
        let slack = state_slack(at).times(2.0 * setup.pairs.radius());
        doubt = if slack.total() > doubt.total() { slack } else { doubt };
    }
    let from = where_from(run);
    let rounding = || Slack::rounding(4.0 * setup.pairs.dim() as f64, setup.pairs.radius() * size);
    // From each time to the next as well, where a constant that was gained before does not help.
    for pair in path.windows(2) {
        let [early, late] = [&pair[0], &pair[1]].map(|at| run.weights(at));
        let q = |w: &[f64]| loss_margin(setup.log_loss(w));
        let way = norm(&difference(&late, &early));
        claims.at_least(
            format!(
                "{from}: growth of q over γ|ΔW|, from t = {} to {}",
                power_of_ten(pair[0].log_t),
                power_of_ten(pair[1].log_t)
            ),
            (q(&late) - q(&early)) / (gamma * way),
            1.0,
            (doubt.clone() + rounding()).times(2.0 / (gamma * way)),
        );
    }
    claims.at_least(format!("{from}: least min m_nj - q at all times"), least, 0.0, rounding()).on("1", 1.0);
    claims.at_least(format!("{from}: least q - q(0) - γ|W - W(0)|"), excess, 0.0, doubt + rounding()).on("1", 1.0);
}

fn where_from(run: &Run) -> &'static str {
    if norm(&run.setup.start) > 0.0 { "from a drawn start" } else { "from 0" }
}

/// The lesser, and NaN if one is.
pub fn worst(a: f64, b: f64) -> f64 {
    if b < a || b.is_nan() { b } else { a }
}

/// Clock and length. <A_nj, W> = log t - log alpha_nj on the support, up to <A_nj, δ>, which gives both constants.
fn clock_and_length(run: &Run, claims: &mut Claims) {
    let Run { setup, prediction, path, .. } = run;
    let expansion = &prediction.expansion;
    let gamma = expansion.gamma;
    for at in path {
        let s = at.log_t;
        let (t, w) = (power_of_ten(s), run.weights(at));
        let rounding = Slack::rounding(2.0 * setup.pairs.dim() as f64, setup.pairs.radius() * norm(&w));
        claims.equal(
            format!("γ² t L, t = {t}"),
            exp(setup.log_loss(&w) + s + 2.0 * ln(gamma)),
            prediction.scaled_loss(s),
            // ∂ log L is a mean of the A_nj, which is nearly γ² Ŵ.
            state_slack(at).times(setup.pairs.radius()) + run.beyond(at).times(setup.pairs.radius()) + rounding,
        );
        claims.equal(
            format!("γ|W|, t = {t}"),
            gamma * norm(&w),
            expansion.scaled_norm(s),
            (state_slack(at) + run.beyond(at)).times(gamma) + Slack::rounding(8.0, gamma * norm(&w)),
        );
    }
}
