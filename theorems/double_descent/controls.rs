//! What happens instead, where a hypothesis is broken.

use super::correlated::correlation;
use super::descent::{Descent, From, another_curve, descent_reaches_it, descents, divergence};
use super::draws::{Cell, Model, Noise, Rows, SHARP, model, needed, simulate, trials};
use super::formulas::{inverse_trace, inverse_trace_variance, outside, outside_variance};
use super::risk::{risk_above, risk_below};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "gaussian-features",
        refutes: "risk-below",
        on: "mean of the excess risk",
        says: "One feature of values ±1: X'X = n whatever the draw, and the mean excess risk is σ²/n, not σ²/(n - 2).",
        claims: |lab, c| lab.run(signs).map(|cell| risk_below(&cell, c)),
        instead: |lab, c| lab.run(signs).map(|cell| one_sign(&cell, c)),
    },
    Control {
        without: "isotropic-features",
        refutes: "risk-above",
        on: "mean bias",
        says: "Features that follow an autoregression, x_j = ρ x_i + √(1 - ρ²) z_j with i = j - 1 and 0 < |ρ| < 1, at \
               p ≥ n + 2: the row space leans to what varies most, so that the mean bias, averaged over the direction of β as well, \
               falls, and the mean variance rises.",
        claims: |lab, c| lab.run(autoregressive).map(|cell| risk_above(&cell, c)),
        instead: |lab, c| lab.run(autoregressive).map(|cell| less_bias_and_more_variance(&cell, c)),
    },
    Control {
        without: "independent-noise",
        refutes: "risk-below",
        on: "mean of the excess risk",
        says: "One feature, and noise σ|x|ξ, of the same variance σ² as before: the mean excess risk is 3σ²/(n + 2).",
        claims: |lab, c| lab.run(scaled).map(|cell| risk_below(&cell, c)),
        instead: |lab, c| lab.run(scaled).map(|cell| scaled_noise(&cell, c)),
    },
    Control {
        without: "start-at-zero",
        refutes: "descent-reaches-it",
        on: "|w - X⁺y|,",
        says: "From a start w_0 as long as β, gradient descent keeps what of w_0 is outside of the row space: it ends at \
               X⁺y + (I - X⁺X)w_0, on another curve, in whose bias w_0 - β stands for -β.",
        claims: |lab, c| {
            let descents = lab.run_with(From::Elsewhere, descents)?;
            descents.iter().filter(|descent| descent.is_above()).for_each(|descent| descent_reaches_it(descent, c));
            Ok(())
        },
        instead: |lab, c| {
            let descents = lab.run_with(From::Elsewhere, descents)?;
            descents.iter().for_each(|descent: &Descent| another_curve(descent, c));
            Ok(())
        },
    },
    Control {
        without: "small-step",
        refutes: "descent-reaches-it",
        on: "|w - X⁺y|,",
        says: "With η s_1 > 2 the component of w - X⁺y along the eigenvector v_1 of s_1 is multiplied by 1 - η s_1 < -1 in each step, and if \
               it is not 0, w goes to infinity.",
        claims: |lab, c| {
            let descents = lab.run_with(From::ZeroTooFast, descents)?;
            descents.iter().for_each(|descent| descent_reaches_it(descent, c));
            Ok(())
        },
        instead: |lab, c| {
            let descents = lab.run_with(From::ZeroTooFast, descents)?;
            descents.iter().for_each(|descent| divergence(descent, c));
            Ok(())
        },
    },
];

fn signs(seed: Seed) -> Result<Cell> {
    let gaussian = model(seed);
    Ok(simulate(Model { rows: Rows::Signs, ..gaussian }, &[needed(gaussian, 1)], seed, "signs").remove(0))
}

/// Of more examples, since the larger n is, the sooner the mean is known.
fn scaled(seed: Seed) -> Result<Cell> {
    let n = seed.stream("double-descent", "scaled").whole(30, 40);
    let gaussian = Model { n, ..model(seed) };
    let (mean, variance) = scaled_mean_and_variance(n);
    let draws = trials(variance, mean, SHARP).max(needed(gaussian, 1).1);
    Ok(simulate(Model { noise: Noise::OfTheFirstFeature, ..gaussian }, &[(1, draws)], seed, "scaled").remove(0))
}

/// Far above n, where both means are known from few draws, and of few examples, which cost little.
fn autoregressive(seed: Seed) -> Result<Cell> {
    let mut stream = seed.stream("double-descent", "autoregressive");
    let n = stream.whole(10, 12);
    let p = stream.whole(3 * n, 3 * n + 3);
    let model = Model { n, rows: Rows::Autoregressive(correlation(seed)), ..model(seed) };
    // Twice as sharp as independent features would need: correlated ones make both means vary more.
    let of_variance = trials(inverse_trace_variance(n, p), inverse_trace(n, p), SHARP / 2.0);
    let draws = trials(outside_variance(n, p), 1.0, SHARP / 2.0).max(of_variance);
    Ok(simulate(model, &[(p, draws)], seed, "autoregressive").remove(0))
}

fn one_sign(cell: &Cell, claims: &mut Claims) {
    let n = cell.model.n as f64;
    let farthest = cell.risks.iter().map(|risks| (n * risks.given_x - 1.0).abs()).fold(0.0, f64::max);
    claims
        .equal(
            format!("excess risk over the noise by covariance, over σ²/n, largest distance from 1, {}", cell.name()),
            farthest,
            0.0,
            // A norm of n entries, its reflection and its inverse, squared.
            Slack::rounding(4.0 * n + 16.0, 1.0),
        )
        .on("1", 1.0);
}

/// Of what depends on the draw as `of` does, the variance is estimated: it is bounded, or has many moments.
fn mean_and_slack(cell: &Cell, of: impl Fn(&super::draws::Risks) -> f64) -> (f64, Slack) {
    let mean = cell.mean(&of);
    (mean, cell.sampling(cell.mean(|risks| (of(risks) - mean) * (of(risks) - mean))))
}

/// Given X the risk is σ² Σ x_i⁴/(Σ x_i²)². The shares x_i²/Σ x_j² are Dirichlet with parameters 1/2: their squares have
/// the mean 3/(n (n + 2)), the fourth powers 105/(n (n + 2)(n + 4)(n + 6)), the products of two squares 9 in place of 105.
fn scaled_mean_and_variance(n: usize) -> (f64, f64) {
    let n = n as f64;
    let mean = 3.0 / (n + 2.0);
    (mean, (9.0 * n + 96.0) / ((n + 2.0) * (n + 4.0) * (n + 6.0)) - mean * mean)
}

fn scaled_noise(cell: &Cell, claims: &mut Claims) {
    let (mean, variance) = scaled_mean_and_variance(cell.model.n);
    claims.equal(
        format!("mean excess risk over σ², over the noise by covariance, {}", cell.name()),
        cell.mean(|risks| risks.given_x),
        mean,
        cell.sampling(variance),
    );
}

/// The variance is larger on every draw. In the eigenvectors of Σ the mean of the projection X⁺X is diagonal, and larger where
/// λ is: the mean of Σ λ_i (1 - P_ii) is at most that of Σ λ_i/p times p - n (Chebyshev's sum inequality).
fn less_bias_and_more_variance(cell: &Cell, claims: &mut Claims) {
    let Cell { model, p, .. } = cell;
    let (bias, slack) = mean_and_slack(cell, |risks| risks.bias);
    claims
        .at_most(
            format!("mean bias, against |β|² (1 - n/p), {}", cell.name()),
            bias,
            model.signal * outside(model.n, *p),
            slack,
        )
        .on("|β|²", model.signal);
    let (variance, slack) = mean_and_slack(cell, |risks| risks.given_x);
    claims
        .at_least(
            format!("mean variance given X over σ², against n/(p - n - 1), {}", cell.name()),
            variance,
            inverse_trace(model.n, *p),
            slack,
        )
        .on("that mean", inverse_trace(model.n, *p));
}
