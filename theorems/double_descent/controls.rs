//! What happens instead, where a hypothesis is broken.

use super::correlated::correlation;
use super::descent::{Descent, From, another_curve, descent_reaches_it, descents, divergence};
use super::draws::{Cell, Model, Noise, Rows, model, simulate, whole};
use super::formulas::{inverse_trace, outside};
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
        says: "One feature of values ±1: X'X = n whatever the draw, and the excess risk is σ²/n, not σ²/(n - 2).",
        claims: |lab, c| lab.run(signs).map(|cell| risk_below(&cell, c)),
        instead: |lab, c| lab.run(signs).map(|cell| one_sign(&cell, c)),
    },
    Control {
        without: "isotropic-features",
        refutes: "risk-above",
        on: "mean bias",
        says: "Features that follow an autoregression, x_j = ρ x_i + √(1 - ρ²) z_j with i = j - 1: the row space leans to what varies most, so that the mean bias falls, and the mean \
               variance rises.",
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
        says: "With η s_1 > 2 the component along v_1 is multiplied by 1 - η s_1 < -1 in each step, and w goes to infinity.",
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

/// One feature costs little, and the mean is to be known to less than a percent.
const OF_ONE_FEATURE: usize = 60_000;

fn of_one_feature(model: Model, seed: Seed, purpose: &str) -> Result<Cell> {
    Ok(simulate(model, &[1], seed, purpose, OF_ONE_FEATURE).remove(0))
}

fn signs(seed: Seed) -> Result<Cell> {
    of_one_feature(Model { rows: Rows::Signs, ..model(seed) }, seed, "signs")
}

fn scaled(seed: Seed) -> Result<Cell> {
    of_one_feature(Model { noise: Noise::OfTheFirstFeature, ..model(seed) }, seed, "scaled")
}

/// Far above n, where the mean bias is known to a hundredth of |β|² from few draws.
fn autoregressive(seed: Seed) -> Result<Cell> {
    let independent = model(seed);
    let n = independent.n;
    let p = whole(&mut seed.stream("double-descent", "autoregressive"), (11 * n).div_ceil(4), 3 * n);
    let model = Model { rows: Rows::Autoregressive(correlation(seed)), ..independent };
    Ok(simulate(model, &[p], seed, "autoregressive", 10_000).remove(0))
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

/// Given X the risk is σ² Σ x_i⁴/(Σ x_i²)². The shares x_i²/Σ x_j² are Dirichlet with parameters 1/2, whose squares have
/// the mean 3/(n (n + 2)).
fn scaled_noise(cell: &Cell, claims: &mut Claims) {
    let (mean, slack) = mean_and_slack(cell, |risks| risks.given_x);
    claims.equal(
        format!("mean excess risk over σ², over the noise by covariance, {}", cell.name()),
        mean,
        3.0 / (cell.model.n as f64 + 2.0),
        slack,
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
