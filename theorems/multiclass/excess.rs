//! γ|W| + log L: at every W, and its limit.

use super::experiments::{Run, SecondOrder, Shifted, planted, row_sum, second_order, shifted, two_pairs_an_example};
use super::loss::worst;
use super::second_order::{coefficient, coupled_size};
use super::soft_margin::Setup;
use crate::max_margin::experiments::{power_of_ten, state_slack};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, exp, largest, ln, ln_1p, log_sum_exp, norm, reject};
use theoremcheck::reference::max_margin::MaxMargin;
use theoremcheck::seed::Stream;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "excess-identity",
        says: "With g = -log L for cross-entropy, p = γ² alpha, q_nj the shares of e^(-<A_nj, W>) in their sum and KL the divergence of p \
               from q, at every W, γ|W| - g is H + KL + γ D less ε, where e^ε is Σ_n E_n over Σ_n log(1 + E_n), \
               E_n = Σ_j e^(-<A_nj, W>), and 0 ≤ ε ≤ log(1 + max E_n/2). So ε vanishes as \
               the loss does; but for the exponential loss of the pairs H is a lower bound at every W, and for cross-entropy it need not be.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| {
            let run = lab.run(planted)?;
            excess_identity(&run, lab.seed().stream("multiclass", "random W"), c);
            below_the_entropy(&mut c.of_fixed_data())
        },
    },
    Step {
        id: "excess",
        says: "Let the support pairs be independent, span the A_nj, and all have positive multipliers. Then γ|W| - g tends to H from any start: it \
               is H + √(u² + C²) - u up to powers of 1/t, where C counts the common shift c of the rows of W(0) as γ² k |c|² in C² \
               (and likewise any other part of W(0) across the A_nj).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1", "N6"],
        claims: |lab, c| {
            lab.run(planted).map(|run| excess(&run, "from 0", c))?;
            lab.run(shifted).map(|runs| excess_of_shifted(&runs, c))
        },
    },
    Step {
        id: "what-coupling-leaves",
        says: "Let the support pairs be independent, span the A_nj, and all have positive multipliers. Then t ε, the time times what cross-entropy is below \
               the exponential loss of the pairs in the logarithm, tends to (γ²/2) Σ_n (Σ_j alpha_nj)².",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| {
            lab.run(second_order).map(|runs| what_coupling_leaves(&runs, c))?;
            lab.run(two_pairs_an_example).map(|runs| what_coupling_leaves(&runs, c))
        },
    },
];

/// What γ|W| - g is made of.
struct Parts {
    excess: f64,
    entropy: f64,
    divergence: f64,
    distance: f64,
    epsilon: f64,
    /// log(1 + max E_n/2).
    bound: f64,
    scale: f64,
}

/// log E_n of every example.
fn log_sums(setup: &Setup, w: &[f64]) -> Vec<f64> {
    setup.soft_margins(w).iter().map(|q| -q).collect()
}

/// log(1 + e^x) to the last digits.
fn log_of_one_and(x: f64) -> f64 {
    if x > 0.0 { x + ln_1p(exp(-x)) } else { ln_1p(exp(x)) }
}

fn parts(setup: &Setup, reference: &MaxMargin, w: &[f64]) -> Parts {
    let gamma = reference.gamma;
    let p: Vec<f64> = reference.alpha.iter().map(|alpha| gamma * gamma * alpha).collect();
    let margins = setup.pairs.margins(w);
    let log_sums = log_sums(setup, w);
    let total = log_sum_exp(log_sums.iter().copied());
    let g = -ln(log_sums.iter().map(|x| log_of_one_and(*x)).sum());
    let weighted = |of: &dyn Fn(usize) -> f64| (0..p.len()).filter(|&n| p[n] > 0.0).map(|n| p[n] * of(n)).sum::<f64>();
    Parts {
        excess: gamma * norm(w) - g,
        entropy: -weighted(&|n| ln(p[n])),
        divergence: weighted(&|n| ln(p[n]) + margins[n] + total),
        distance: gamma * norm(w) - gamma * gamma * dot(&reference.w_hat, w),
        epsilon: total + g,
        bound: log_of_one_and(log_sums.iter().copied().fold(f64::NEG_INFINITY, f64::max) - ln(2.0)),
        scale: gamma * norm(w) + g.abs() + setup.pairs.radius() * norm(w),
    }
}

/// The identity of steepest descent for the pairs, and what cross-entropy takes from it: E - E²/2 ≤ 2E/(2 + E) ≤ log(1 + E) ≤ E.
fn excess_identity(run: &Run, mut stream: Stream, claims: &mut Claims) {
    let Run { setup, reference, .. } = run;
    let (mut defect, mut least, mut room) = (0.0_f64, f64::INFINITY, f64::INFINITY);
    let mut positive = [f64::INFINITY; 2];
    for k in 0..600 {
        let size = exp(stream.uniform(-2.0, 3.0));
        let along = if k % 2 == 0 { stream.uniform(0.0, 30.0) } else { 0.0 };
        let w: Vec<f64> = reference.w_hat.iter().map(|w| along * w + size * stream.normal()).collect();
        let Parts { excess, entropy, divergence, distance, epsilon, bound, scale } = parts(setup, reference, &w);
        let scale = scale.max(1.0);
        defect = largest([defect, (excess - (entropy + divergence + distance - epsilon)) / scale]);
        least = worst(least, epsilon / scale);
        room = worst(room, (bound - epsilon) / scale);
        positive = [worst(positive[0], divergence / scale), worst(positive[1], distance / scale)];
    }
    let zero = parts(setup, reference, &vec![0.0; setup.start.len()]);
    // Inner products of all pairs, with a logarithm and an exponential each, on the scale of the terms.
    let rounding = || Slack::rounding(8.0 * (setup.pairs.count() + setup.pairs.dim() + 4) as f64, 1.0);
    let on = "of the terms";
    claims.equal("600 drawn W: |γ|W| - g - H - KL - γ D + ε|", defect, 0.0, rounding()).on(on, 1.0);
    for (name, least) in ["KL", "γ D"].into_iter().zip(positive) {
        claims.at_least(format!("600 drawn W: least {name}"), least, 0.0, rounding()).on(on, 1.0);
    }
    claims.at_least("600 drawn W: least ε", least, 0.0, rounding()).on(on, 1.0);
    claims.at_least("600 drawn W: least log(1 + max E_n/2) - ε", room, 0.0, rounding()).on(on, 1.0);
    let (count, classes) = (setup.data.examples.count() as f64, setup.data.classes() as f64);
    claims.equal("ε at W = 0, against log((k - 1)/log k)", zero.epsilon, ln((classes - 1.0) / ln(classes)), rounding());
    claims.equal("γ|W| - g at W = 0, against log(N log k)", zero.excess, ln(count * ln(classes)), rounding());
}

/// Cross-entropy may be below. Three examples along the corners of an equilateral triangle, one of each class, at W = 0. That all
/// pairs weigh the same is certified: Σ A/6 has the same inner product with all of them.
fn below_the_entropy(claims: &mut Claims) -> Result<()> {
    let corners = Points::from_rows(&[[1.0, 0.0], [-0.5, 0.75_f64.sqrt()], [-0.5, -0.75_f64.sqrt()]]);
    let setup = Setup::new(Classes::new(corners, vec![0, 1, 2])?, Loss::Logistic);
    let pairs = &setup.pairs;
    let mean = pairs.combination(&vec![1.0 / pairs.count() as f64; pairs.count()]);
    let square = dot(&mean, &mean);
    let rounding = || Slack::rounding(4.0 * pairs.dim() as f64, 1.0);
    let off = largest(pairs.margins(&mean).iter().map(|m| m / square - 1.0));
    claims.equal("three corners: largest |<A_nj, Σ A/6>/|Σ A/6|² - 1|", off, 0.0, rounding()).on("1", 1.0);
    let at_zero = setup.log_loss(&setup.start);
    claims.at_most("three corners, W = 0: γ|W| - g, against H", at_zero, ln(pairs.count() as f64), rounding());
    Ok(())
}

/// H of the planted multipliers.
fn entropy(run: &Run) -> f64 {
    let Some(planted) = &run.planted else { return f64::NAN };
    let square = dot(&planted.w_hat, &planted.w_hat);
    planted.alpha.iter().filter(|a| **a > 0.0).map(|a| -a / square * ln(a / square)).sum()
}

/// γ|W| - g at late times, against H + √(u² + C²) - u.
fn excess_against(run: &Run, name: &str, entropy: f64, c: f64, claims: &mut Claims) {
    let Run { setup, prediction, .. } = run;
    let expansion = &prediction.expansion;
    for at in run.path.iter().filter(|at| at.log_t > 100.0) {
        let w = run.weights(at);
        let u = at.log_t + entropy + 2.0 * ln(expansion.gamma);
        claims.equal(
            format!("{name}: γ|W| - g, t = {}", power_of_ten(at.log_t)),
            expansion.gamma * norm(&w) + setup.log_loss(&w),
            entropy + c * c / ((u * u + c * c).sqrt() + u),
            // ∂(γ|W|) and ∂g are nearly the same vector of length γ.
            (state_slack(at) + run.beyond(at)).times(2.0 * setup.pairs.radius())
                + Slack::next_term(norm(&expansion.delta(at.log_t)), 2.0)
                + Slack::rounding(4.0 * setup.pairs.dim() as f64, setup.pairs.radius() * norm(&w)),
        );
    }
}

fn excess(run: &Run, name: &str, claims: &mut Claims) {
    excess_against(run, name, entropy(run), run.prediction.expansion.direction_constant, claims);
}

/// From a drawn start the part of W(0) that all rows share, c = Σ_i W_i(0)/k, stays, across Ŵ and W̃.
fn excess_of_shifted(runs: &Shifted, claims: &mut Claims) {
    for (name, run) in [("from a drawn start", &runs.from_start), ("from the shifted start", &runs.from_shifted)] {
        let expansion = &run.prediction.expansion;
        let classes = run.classes() as f64;
        let sum = row_sum(&run.setup.start, run.classes());
        let common = dot(&sum, &sum) / classes;
        // C of the start 0: W̃ in the span of the pairs.
        let across = reject(&expansion.dual.w_tilde, &expansion.direction);
        let c = expansion.gamma * (dot(&across, &across) + common).sqrt();
        excess_against(run, name, expansion.entropy, c, claims);
    }
}

/// ε, from the E_n.
fn epsilon(sums: &[f64]) -> f64 {
    let loss: f64 = sums.iter().map(|e| ln_1p(*e)).sum();
    let lost: f64 = sums.iter().map(|e| e - ln_1p(*e)).sum();
    ln_1p(lost / loss)
}

/// The same with the next power of E: with S_k = Σ_n E_n^k, ε is log(1 + (S_2/2 - S_3/3)/(S_1 - S_2/2)).
fn series_of_epsilon(sums: &[f64]) -> f64 {
    let (s1, s2) = (sums.iter().sum::<f64>(), dot(sums, sums));
    let s3: f64 = sums.iter().map(|e| e * e * e).sum();
    0.5 * s2 / s1 * (1.0 + s2 / (4.0 * s1) - 2.0 * s3 / (3.0 * s2))
}

/// Σ_n (E_n - log(1 + E_n)) is Σ_n E_n²/2, and t E_n tends to Σ_j alpha_nj.
fn what_coupling_leaves(runs: &SecondOrder, claims: &mut Claims) {
    let run = &runs.cross_entropy;
    let predicted = 0.5 * coupled_size(&run.setup, &run.reference);
    let [before, from] = &run.path[..] else { unreachable!("the path has two times") };
    let sums: Vec<f64> = log_sums(&run.setup, &run.weights(from)).iter().map(|x| exp(*x)).collect();
    let radius = run.support_radius();
    let largest = sums.iter().copied().fold(0.0, f64::max);
    // What W remembers along Ŵ, a shift of t by a constant, falls like 1/t; it is seen at the time before.
    let expansion = &run.prediction.expansion;
    let fallen = exp(before.log_t - from.log_t);
    let remembered = (coefficient(run, &before.state) - coefficient(run, &expansion.residual(before.log_t))) * fallen;
    // What δ and the pairs off the support add, by the expansion, and the next power of E.
    let pulls: Vec<f64> = expansion.pulls(from.log_t).iter().map(|pull| pull * exp(-remembered)).collect();
    let expected: Vec<f64> = run.setup.by_example(&pulls).map(|pulls| pulls.iter().sum()).collect();
    let expected: Vec<f64> = expected.iter().map(|e| e * exp(-from.log_t)).collect();
    let expanded = series_of_epsilon(&expected) * exp(from.log_t);
    // Relative errors: of the sums, of the series by the power of E after that, and of the difference E - log(1 + E).
    let slack = (state_slack(from) + run.beyond(from)).times(3.0 * radius)
        + (state_slack(before) + run.beyond(before)).times(expansion.gamma * fallen)
        + Slack::next_term(remembered * remembered, 1.0)
        + Slack::next_term(largest * largest, 1.0)
        + Slack::rounding(8.0, 1.0 / largest);
    claims.equal(format!("t ε, {}", runs.name), epsilon(&sums) * exp(from.log_t), expanded, slack.times(predicted));
    // Where E is not so small that its next power is lost in the other terms: on the ray of Ŵ.
    let ray: Vec<f64> = run.reference.w_hat.iter().map(|w| 8.0 * w).collect();
    let sums: Vec<f64> = log_sums(&run.setup, &ray).iter().map(|x| exp(*x)).collect();
    let largest = sums.iter().copied().fold(0.0, f64::max);
    claims.equal(
        format!("ε at W = 8Ŵ over its series, {}", runs.name),
        epsilon(&sums) / series_of_epsilon(&sums),
        1.0,
        Slack::next_term(largest * largest, 2.0) + Slack::rounding(8.0, 1.0 / largest),
    );
}
