//! How fast gradient descent converges, and where it stops doing so.

use super::experiments::{EQUALLY_SLOW, Run, Threshold, misfit, power, rates, threshold};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{difference, distance, dot, pow};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "linear-rate",
        says: "Let 0 < η < 2/σ_1² and let some w have X w = y. Until the loss is zero every step lowers it, and |X w - y| by a \
               factor that tends to the largest |1 - η σ_i²| with c_i ≠ 0, if that is not 0: if c_1 and c_r are not 0, to \
               max(|1 - η σ_1²|, |1 - η σ_r²|), which is least at η = 2/(σ_1² + σ_r²).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N2"],
        claims: |lab, c| {
            let rates = lab.run(rates)?;
            rates.iter().for_each(|run| linear_rate(run, c));
            best_of_all_steps(&rates, c);
            Ok(())
        },
    },
    Step {
        id: "sharp-threshold",
        says: "The component of w_k - w∞ along v_1 is multiplied by 1 - η σ_1² at each step: it decays for 0 < η < 2/σ_1², \
               changes sign for ever at η = 2/σ_1², where the loss tends to σ_1² c_1²/2 if σ_1 is simple and some w has X w = \
               y, and it grows for η > 2/σ_1², if c_1 ≠ 0. If c_1 = 0, σ_1 is simple and r > 1, steps below 2/σ_2² converge.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N2"],
        claims: |lab, c| {
            sharp_threshold(&*lab.run(threshold)?, c);
            Ok(())
        },
    },
];

/// |X w_k - y|² = Σ b_i q_i^2k with b_i = (σ_i c_i)², in units of q^2k, where q is the largest |q_i|.
struct Parts {
    q: f64,
    /// Σ b_i over the i with |q_i| = q.
    slow: f64,
    /// Of the other i: b_i, and q_i²/q².
    fast: Vec<(f64, f64)>,
}

impl Parts {
    fn of(run: &Run) -> Parts {
        let factors = run.factors();
        let q = factors[0].abs().max(factors[factors.len() - 1].abs());
        let part = |(i, factor): (usize, &f64)| {
            let b = run.reference.sigma[i] * run.coordinates[i];
            (b * b, factor * factor / (q * q))
        };
        let parts = factors.iter().enumerate().map(part);
        let (slow, fast): (Vec<_>, Vec<_>) = parts.partition(|part| part.1 > EQUALLY_SLOW * EQUALLY_SLOW);
        Parts { q, slow: slow.iter().map(|part| part.0).sum(), fast }
    }

    /// What the faster components are after k steps, as a share of the slowest: ε_k.
    fn share(&self, k: u64) -> f64 {
        self.fast.iter().map(|(b, ratio)| b / self.slow * pow(*ratio, k as f64)).sum()
    }

    /// |X w_(k+1) - y|/(q |X w_k - y|), which comes to one from below: what the faster components lose in a step.
    fn approach(&self, k: u64) -> f64 {
        ((1.0 + self.share(k + 1)) / (1.0 + self.share(k))).sqrt()
    }
}

/// |X w_k - y|.
fn length_after(run: &Run, k: u64) -> Quantity {
    Quantity::new(misfit(&run.problem, &run.at(k).w), run.residual_slack(k))
}

/// |X w_(k+1) - y|/|X w_k - y|.
fn ratio(run: &Run, k: u64) -> Quantity {
    let (from, to) = (length_after(run, k), length_after(run, k + 1));
    let ratio = to.value / from.value;
    Quantity::new(ratio, (from.slack.times(1.0 / from.value) + to.slack.times(1.0 / to.value)).times(ratio))
}

/// The rate. X w_k - y = Σ σ_i q_i^k c_i u_i: every step shrinks every part of it, and the slowest remains:
/// |X w_k - y| = q^k √b √(1 + ε_k) with b = (σ_i c_i)², and the ratio of two lengths is q √((1 + ε_(k+1))/(1 + ε_k)).
pub(super) fn linear_rate(run: &Run, claims: &mut Claims) {
    let product = format!("η σ_1² = {:.3}", run.eta * run.reference.sigma[0] * run.reference.sigma[0]);
    let k = run.last().step - 1;
    let largest =
        (0..=k).map(|k| ratio(run, k)).max_by(|a, b| a.value.total_cmp(&b.value)).expect("some steps were taken");
    claims.at_most(format!("largest |X w_(k+1) - y|/|X w_k - y|, k ≤ {k}, {product}"), largest, 1.0, Slack::default());

    let parts = Parts::of(run);
    // All components stand in the prediction: what is left is rounding, which the lengths bring with them.
    let none = Slack::default;
    claims.equal(
        format!("|X w_(k+1) - y|/|X w_k - y|, k = {k}, {product}"),
        ratio(run, k),
        parts.q * parts.approach(k),
        none(),
    );
    claims.equal(
        format!("1 - |X w_(k+1) - y|/(q |X w_k - y|), k = {k}, {product}"),
        Quantity::from(1.0) - ratio(run, k) / parts.q,
        1.0 - parts.approach(k),
        none(),
    );
    claims.equal(
        format!("|X w_k - y|/q^k, k = {k}, against σ |c| of what is slowest, {product}"),
        length_after(run, k) / pow(parts.q, k as f64),
        (parts.slow * (1.0 + parts.share(k))).sqrt(),
        none(),
    );
}

/// The run with η = 2/(σ_1² + σ_r²), where q_1 = -q_r, between one with a smaller step and one with a larger.
fn best_of_all_steps([below, best, above]: &[Run; 3], claims: &mut Claims) {
    let square = |i: usize| best.reference.sigma[i] * best.reference.sigma[i];
    let (largest, least) = (square(0), square(best.reference.rank - 1));
    let rate = (largest - least) / (largest + least);
    let last = |run: &Run| ratio(run, run.last().step - 1);
    claims.equal(
        "best step: |X w_(k+1) - y|/|X w_k - y|, against (σ_1² - σ_r²)/(σ_1² + σ_r²) and the faster components",
        last(best),
        rate * Parts::of(best).approach(best.last().step - 1),
        Slack::default(),
    );
    for (name, run) in [("below", below), ("above", above)] {
        // Each ratio comes from below to its own limit, which is larger.
        claims.at_least(
            format!("step {name} the best: |X w_(k+1) - y|/|X w_k - y|, against the same"),
            last(run),
            rate,
            Slack::default(),
        );
    }
}

/// The threshold. <v_1, w_k - w∞> = (1 - η σ_1²)^k c_1, exactly.
fn sharp_threshold(threshold: &Threshold, claims: &mut Claims) {
    let Threshold { instance, products, runs, without_component } = threshold;
    // The planted v_1 and solution, which owe nothing to a computed decomposition.
    let planted = &instance.planted;
    let (v, c, limit) = (&planted.axes[0], planted.coordinates[0], planted.min_norm());
    let component = |run: &Run, k: u64| -dot(v, &difference(&run.at(k).w, &limit)) / c;
    // In each step X'X is that of the planted problem up to twice the planting.
    let planting = |run: &Run, k: u64| {
        let each = 2.0 * run.eta * planted.sigma[0] * run.size(k);
        instance.planting().times(run.amplification(k, 0) * each) + instance.planting_of_the_solution()
    };
    let slack = |run: &Run, k: u64| (run.state_slack(k, 0) + planting(run, k)).times(1.0 / c.abs());
    for (run, (name, product)) in runs.iter().zip(["below 2", "at 2", "above 2"].into_iter().zip(products)) {
        for k in [999, 1000] {
            claims.equal(
                format!("η σ_1² {name}: <v_1, w_k - w∞>/<v_1, w_0 - w∞>, k = {k}"),
                component(run, k),
                power(1.0 - product, k),
                slack(run, k),
            );
        }
    }
    let at_two = &runs[1];
    let length = planted.sigma[0] * c.abs();
    let misfit = misfit(&at_two.problem, &at_two.at(1000).w);
    claims.equal(
        "η σ_1² at 2: loss at k = 1000, against σ_1² c_1²/2",
        0.5 * misfit * misfit,
        0.5 * length * length,
        (at_two.residual_slack(1000) + planting(at_two, 1000).times(planted.sigma[0])).times(2.0 * length)
            + Slack::next_term(planted.sigma[0] * planted.sigma[0] * at_two.others(1000), 1.0),
    );
    for k in [10, 20] {
        claims.equal(
            format!("η σ_1² above 2, c_1 = 0: |w_k - w∞|, k = {k}, against that of the other components"),
            distance(&without_component.at(k).w, &limit),
            without_component.others(k).sqrt(),
            without_component.state_slack(k, 0) + planting(without_component, k),
        );
    }
}
