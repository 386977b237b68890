//! The law of what noise adds to the risk, and the moments of the inverse of a Wishart matrix.

use super::draws::{Cell, Draw, Model, SHARP, curve, sampling, trials};
use super::formulas::{beta_moment, inverse_square_trace, inverse_trace, inverse_trace_variance, pairs};
use theoremcheck::claim::Claims;
use theoremcheck::error::Result;
use theoremcheck::real::pow;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "law-of-the-noise",
        says: "Let X have n rows of p independent standard Gaussians, and ε be standard Gaussian and independent of X. Then |X⁺ε|², \
               which noise of variance 1 adds to the risk, is the quotient of two independent χ² variables, of min(n, p) and of \
               |n - p| + 1 degrees of freedom. Its mean is infinite if and only if |n - p| ≤ 1, and its mean square if and only if \
               |n - p| ≤ 3.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| {
            lab.run(curve)?.iter().for_each(|cell| law_of_the_noise(cell, c));
            Ok(())
        },
    },
    Step {
        id: "inverse-moments",
        says: "Let W be the Gram matrix of m independent vectors of m + c independent standard Gaussians each. Then E tr W^-1 = m/(c - 1) for c ≥ 2, and \
               for c ≥ 4, E tr W^-2 = m (m + c - 1)/(c (c - 1)(c - 3)) and E ((tr W^-1)² - tr W^-2) = m (m - 1)/(c (c - 1)), so that \
               Var tr W^-1 = 2 m (m + c - 1)/(c (c - 1)² (c - 3)).",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| lab.run(wishart).map(|wishart| inverse_moments(&wishart, c)),
    },
];

/// The law. R = |X⁺ε|² is χ²_m/χ²_(c+1), so that R/(1 + R) is Beta(m/2, (c+1)/2): bounded, and its moments are known
/// where R has no mean.
fn law_of_the_noise(cell: &Cell, claims: &mut Claims) {
    let (a, b) = (0.5 * cell.smaller() as f64, 0.5 * (cell.gap() + 1) as f64);
    // The square is compared where it has no mean, and R is large.
    for k in 1..=if cell.gap() <= 1 { 2 } else { 1 } {
        let (mean, square) = (beta_moment(a, b, k), beta_moment(a, b, 2 * k));
        let power = |r: f64| pow(r / (1.0 + r), f64::from(k));
        claims
            .equal(
                format!("mean of (R/(1 + R))^{k}, R = |X⁺ε|², {}", cell.name()),
                cell.mean(|risks| power(risks.noise)),
                mean,
                cell.sampling(square - mean * mean),
            )
            .on("1, its largest value", 1.0);
    }
}

/// tr W^-1 and tr W^-2 of many draws.
pub(super) struct Wishart {
    m: usize,
    c: usize,
    traces: Vec<[f64; 2]>,
}

/// Few vectors with many entries, so that the second moments have small variances.
pub(super) fn wishart(seed: Seed) -> Result<Wishart> {
    let mut stream = seed.stream("double-descent", "wishart");
    let (m, c) = (stream.whole(8, 9), stream.whole(42, 48));
    let traces = |k: usize| {
        let draw = Draw::of(Model::gaussian(m + c, 1.0, 1.0), m, seed, "wishart", k);
        draw.features(m).inverse_traces()
    };
    // The other two means are off by somewhat more than twice as much as that of the trace.
    let draws = trials(inverse_trace_variance(m + c, m), inverse_trace(m + c, m), SHARP / 2.4);
    Ok(Wishart { m, c, traces: (0..draws).map(traces).collect() })
}

/// The moments. A mean of tr W^-1 is judged by its exact variance, the other two by an estimated one: c ≥ 42 leaves
/// moments of every order that the estimate needs.
fn inverse_moments(wishart: &Wishart, claims: &mut Claims) {
    let Wishart { m, c, traces } = wishart;
    let (n, p) = (m + c, *m);
    let count = traces.len();
    let mean = |of: &dyn Fn(&[f64; 2]) -> f64| traces.iter().map(of).sum::<f64>() / count as f64;
    let mut claim = |what: &str, of: &dyn Fn(&[f64; 2]) -> f64, predicted: f64, variance: Option<f64>| {
        let measured = mean(of);
        let estimated = || mean(&|t| (of(t) - measured) * (of(t) - measured));
        let slack = sampling(variance.unwrap_or_else(estimated), count);
        claims.equal(format!("mean of {what}, m = {m}, c = {c}"), measured, predicted, slack);
    };
    claim("tr W^-1", &|t| t[0], inverse_trace(n, p), Some(inverse_trace_variance(n, p)));
    claim("tr W^-2", &|t| t[1], inverse_square_trace(n, p), None);
    claim("(tr W^-1)² - tr W^-2", &|t| t[0] * t[0] - t[1], pairs(n, p), None);
}
