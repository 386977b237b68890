//! A bias is a weight: a feature of constant value b, whose weights count in |W| like all others.

use super::experiments::{Biased, biased};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "bias-is-a-weight",
    says: "Let examples of two classes at least be separable with a last feature of constant value b > 0. Then the direction of the flow tends to \
           that of the separator for which |W|² + |β|²/b² is least, where the bias β_j is b times the weight of class j on it. Its margin γ(b) does not fall as b grows, and tends to γ_free, that of \
           the separator whose biases are free: 1/γ_free² + |β(b)|²/b² ≤ 1/γ(b)² ≤ 1/γ_free² + |β_free|²/b², with β_free the \
           shortest free biases.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N1"],
    claims: |lab, c| lab.run(biased).map(|biased| bias_is_a_weight(&biased, c)),
}];

/// A bias is a weight. Each certified by itself: γ(b) as any margin, γ_free by a W whose margins are 1 with its biases, and by
/// weights of the pairs that leave no bias.
fn bias_is_a_weight(biased: &Biased, claims: &mut Claims) {
    let Biased { free, runs, radius } = biased;
    // Products of the equations on the support, one substitution in each direction, of numbers that are added up to margins.
    let rounding = || Slack::rounding(free.operations, *radius);
    claims.equal("free biases: least margin", free.least_margin, 1.0, rounding());
    claims.at_least("free biases: least multiplier", free.least_multiplier, 0.0, rounding()).on("1", 1.0);
    claims.equal("free biases: |Σ alpha (e_y - e_j)|", free.left, 0.0, rounding()).on("1", 1.0);
    claims.equal("free biases: |Σ alpha A| / Σ alpha, over 1/|W|", free.hull * free.length, 1.0, rounding());
    let square = free.length * free.length;
    for run in runs {
        let of = 1.0 / (run.gamma * run.gamma);
        let b = run.b;
        claims.at_least(
            format!("b = {b:.3}: 1/γ(b)², against 1/γ_free² + |β(b)|²/b²"),
            of,
            square + run.biases / (b * b),
            rounding().times(square),
        );
        claims.at_most(
            format!("b = {b:.3}: 1/γ(b)², against 1/γ_free² + |β_free|²/b²"),
            of,
            square + free.biases / (b * b),
            rounding().times(square),
        );
        claims.equal(format!("b = {b:.3}: relative gap of the bounds of γ(b)"), run.gap, 0.0, rounding()).on("1", 1.0);
    }
    for pair in runs.windows(2) {
        claims.at_least(
            format!("γ at b = {:.3}, against γ at b = {:.3}", pair[1].b, pair[0].b),
            pair[1].gamma,
            pair[0].gamma,
            rounding().times(pair[0].gamma),
        );
    }
    let last = runs.last().expect("several b");
    claims.equal(
        format!("b² (1/γ(b)² - 1/γ_free²), b = {:.1}", last.b),
        last.b * last.b * (1.0 / (last.gamma * last.gamma) - square),
        free.biases,
        // Between the two bounds.
        Slack::next_term(free.biases - last.biases, 1.0) + rounding().times(square * last.b * last.b),
    );
}
