//! The law of what noise adds to the risk, and the moments of the inverse of a Wishart matrix.

use super::draws::{Cell, curve};
use super::formulas::{
    beta_moment, inverse_square_trace, inverse_trace, inverse_trace_variance, noise_variance, outside, outside_variance, pairs,
};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "law-of-the-noise",
    says: "Let X have n rows of p independent standard Gaussians, and ε be standard Gaussian and independent of X. Then |X⁺ε|², what \
           noise of variance 1 adds to the risk, is the quotient of two independent χ² variables, of min(n, p) and of |n - p| + 1 \
           degrees of freedom. Its mean is infinite if and only if |n - p| ≤ 1, and its variance if and only if |n - p| ≤ 3.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N23"],
    claims: |lab, c| {
        lab.run(curve)?.iter().filter(|cell| cell.gap() <= 3).for_each(|cell| law_of_the_noise(cell, c));
        Ok(())
    },
}];

/// **The law.** R = |X⁺ε|² is χ²_m/χ²_(c+1), so that R/(1 + R) is Beta(m/2, (c+1)/2): bounded, and its moments are known
/// where R has no mean.
pub(super) fn law_of_the_noise(cell: &Cell, claims: &mut Claims) {
    let (a, b) = (0.5 * cell.smaller() as f64, 0.5 * (cell.gap() + 1) as f64);
    for k in 1..=2 {
        let power = |r: f64| theoremcheck::real::pow(r / (1.0 + r), f64::from(k));
        let (mean, square) = (beta_moment(a, b, k), beta_moment(a, b, 2 * k));
        claims.equal(
            format!("{}: mean of (R/(1 + R))^{k}, R = |X⁺ε|²", cell.name()),
            cell.mean(|risks| power(risks.noise)),
            mean,
            cell.sampling(square - mean * mean),
        );
    }
}
