//! Correlated Gaussian features: what changes, and what does not.

use super::draws::{Draw, Model, Rows, model};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "correlation-leaves-the-peak",
    says: "Let the rows of X be independent centred Gaussians with an invertible covariance Σ, y = Xβ + σε with σ > 0 and ε independent of X, \
           of mean 0 and covariance I, and the excess risk be E (x·w - x·β)². For p ≤ n that of X⁺y is, draw by draw, that of the independent features z = Σ^(-1/2) x. For p > n its variance given X is at least that of z and at most \
           λ_1/λ_p times it, λ_i the eigenvalues of Σ. So the mean risk is infinite at |n - p| ≤ 1 and nowhere else, as without \
           correlation.",
    kind: Kind::Counterexample,
    standing: Standing::ProvedHere,
    notes: &["N23"],
    claims: |lab, c| lab.run(correlations).map(|correlations| correlation_leaves_the_peak(&correlations, c)),
}];

/// The same normals, as they are and correlated.
pub(super) struct Correlations {
    n: usize,
    rho: f64,
    cells: Vec<Pairs>,
}

/// Of each draw at one p: what noise adds, drawn and given X, with and without correlation; and the squared condition of X,
/// from above.
struct Pairs {
    p: usize,
    noise: Vec<[f64; 2]>,
    given_x: Vec<[f64; 2]>,
    /// tr W^-1 of the correlated features.
    trace: Vec<f64>,
    condition_square: f64,
}

const DRAWS: usize = 20;

/// What [`Rows::Autoregressive`] has for ρ.
pub(super) fn correlation(seed: Seed) -> f64 {
    seed.stream("double-descent", "correlation").uniform(0.5, 0.7)
}

/// λ_1 and 1/λ_p from above, for every p: all eigenvalues of Σ are between (1 - ρ)/(1 + ρ) and its inverse.
fn end_of_spectrum(rho: f64) -> f64 {
    (1.0 + rho) / (1.0 - rho)
}

fn correlations(seed: Seed) -> Result<Correlations> {
    let independent = model(seed);
    let (n, rho) = (independent.n, correlation(seed));
    let correlated = Model { rows: Rows::Autoregressive(rho), ..independent };
    let mut stream = seed.stream("double-descent", "correlated sizes");
    let sizes = [stream.whole(4, n - 5), n - 1, n, n + 1, stream.whole(n + 4, 2 * n)];
    let cell = |&p: &usize| {
        let mut pairs = Pairs { p, noise: Vec::new(), given_x: Vec::new(), trace: Vec::new(), condition_square: 0.0 };
        for k in 0..DRAWS {
            let of_model = |model: Model| {
                let draw = Draw::of(model, 2 * n, seed, "correlated", k);
                let mut features = draw.features(p);
                let noise = model.square(&features.least_norm(&draw.epsilon));
                let frobenius: f64 = draw.columns[..p].iter().flatten().map(|x| x * x).sum();
                (noise, draw.given_x(&mut features), frobenius, features.inverse_trace())
            };
            let (with, without) = (of_model(correlated), of_model(independent));
            pairs.noise.push([with.0, without.0]);
            pairs.given_x.push([with.1, without.1]);
            pairs.trace.push(with.3);
            pairs.condition_square = pairs.condition_square.max(with.2 * with.3).max(without.2 * without.3);
        }
        pairs
    };
    Ok(Correlations { n, rho, cells: sizes.iter().map(cell).collect() })
}

/// Correlation. Below, Σ^(1/2) X⁺ = Z⁺. Above, B = Σ^(1/2) X⁺ has ZB = I, and of all such B Z⁺ has the least norm.
fn correlation_leaves_the_peak(correlations: &Correlations, claims: &mut Claims) {
    let Correlations { n, rho, cells } = correlations;
    for Pairs { p, noise, given_x, trace, condition_square } in cells {
        let name = format!("n = {n}, p = {p}, ρ = {rho:.2}");
        let ratios = |pairs: &[[f64; 2]]| -> Vec<f64> { pairs.iter().map(|[with, without]| with / without).collect() };
        let largest = |ratios: &[f64]| ratios.iter().copied().fold(0.0, f64::max);
        let least = |ratios: &[f64]| ratios.iter().copied().fold(f64::INFINITY, f64::min);
        // Squares of what a system is solved for: by the triangle of X below n, by that of its Gram matrix above.
        let amplified = if p <= n { condition_square.sqrt() } else { *condition_square };
        let rounding = || Slack::rounding((16 * n * p) as f64, amplified);
        if p <= n {
            for (what, pairs) in [("drawn", noise), ("given X", given_x)] {
                let apart: Vec<f64> = ratios(pairs).iter().map(|ratio| (ratio - 1.0).abs()).collect();
                claims
                    .equal(
                        format!(
                            "excess risk, noise {what}, with correlation over without, largest distance from 1, {name}"
                        ),
                        largest(&apart),
                        0.0,
                        rounding(),
                    )
                    .on("1", 1.0);
            }
        } else {
            let ratios = ratios(given_x);
            claims.at_least(
                format!("variance given X, with correlation over without, least, {name}"),
                least(&ratios),
                1.0,
                rounding(),
            );
            // |B|_F² ≤ λ_1 tr (XX')^-1, and tr (XX')^-1 ≤ tr (ZZ')^-1/λ_p.
            let bound = end_of_spectrum(*rho);
            let over_trace: Vec<f64> = given_x.iter().zip(trace).map(|([with, _], trace)| with / trace).collect();
            let traces: Vec<f64> = given_x.iter().zip(trace).map(|([_, without], trace)| trace / without).collect();
            for (what, ratios) in [
                ("variance given X, with correlation, over tr (XX')^-1", over_trace),
                ("tr (XX')^-1, with correlation over without", traces),
            ] {
                claims.at_most(format!("{what}, largest, {name}"), largest(&ratios), bound, rounding().times(bound));
            }
        }
    }
}
