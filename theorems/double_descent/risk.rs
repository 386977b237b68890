//! The exact risk on both sides of p = n.

use super::draws::{Cell, SHARP, curve, long_curve, sampling, trials};
use super::formulas::{
    excess_risk, excess_variance, inverse_trace, inverse_trace_variance, noise_variance, outside, outside_variance,
};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::real::{axpy, dot};
use theoremcheck::reference::features::Features;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "risk-below",
        says: "Let X have n rows of p independent standard Gaussians, and y = Xβ + σε with ε independent of X, of mean 0 and covariance \
               I. For p ≤ n - 2 the mean excess risk E |w - β|² of w = X⁺y is σ² p/(n - p - 1), all of it variance, whatever β is.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| {
            let curve = lab.run(curve)?;
            let longer = if lab.long() { Some(lab.run(long_curve)?) } else { None };
            let cells = curve.iter().chain(longer.iter().flat_map(|cells| cells.iter()));
            cells
                .filter(|cell| cell.p < cell.model.n && has_mean_claim(cell.model.n, cell.p))
                .for_each(|cell| risk_below(cell, c));
            Ok(())
        },
    },
    Step {
        id: "risk-above",
        says: "Let X have n rows of p independent standard Gaussians, and y = Xβ + σε with ε independent of X, of mean 0 and covariance I. For \
               p ≥ n + 2 the mean excess risk of X⁺y is |β|² (1 - n/p) + σ² n/(p - n - 1): the bias, \
               from what of β is outside of the row space of X, and the variance. Without noise it is |β|² (1 - n/p) for every p ≥ n.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| {
            let curve = lab.run(curve)?;
            let longer = if lab.long() { Some(lab.run(long_curve)?) } else { None };
            let cells = curve.iter().chain(longer.iter().flat_map(|cells| cells.iter()));
            cells.filter(|cell| cell.p >= cell.model.n).for_each(|cell| risk_above(cell, c));
            Ok(())
        },
    },
    Step {
        id: "selected-features",
        says: "Let x be standard Gaussian in ℝ^D, y = x·β + σε with ε independent of x, of mean 0 and variance 1, and let only the first p features be used, the set T; U are the others, and β is fixed. The mean test error \
               E (y - x·w)² of the shortest least-squares solution on n examples is (|β_U|² + σ²)(1 + p/(n - p - 1)) for p ≤ n - 2 and \
               |β_T|² (1 - n/p) + (|β_U|² + σ²)(1 + n/(p - n - 1)) for p ≥ n + 2.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| lab.run(selections).map(|selections| selected_features(&selections, c)),
    },
];

/// Whether the mean over the draws is compared: where |n - p| is at least 8 the risk has more than four moments, and its mean
/// over the draws is normal.
pub(super) fn has_mean_claim(n: usize, p: usize) -> bool {
    p.abs_diff(n) >= 8
}

/// Whether it is compared with the noise drawn as well: far above n, where the noise is a small part of the risk.
pub(super) fn has_drawn_noise_claim(n: usize, p: usize) -> bool {
    p >= 4 * n
}

/// The largest squared condition of X among the draws, from above: 1/s_m ≤ tr W^-1, and s_1 ≤ |X|_F².
fn condition_square(cell: &Cell) -> f64 {
    cell.risks.iter().map(|risks| risks.features * risks.given_x).fold(0.0, f64::max)
}

/// Below. w - β = σX⁺ε, and E |X⁺ε|² given X is tr (X'X)^-1.
pub(super) fn risk_below(cell: &Cell, claims: &mut Claims) {
    let Cell { model, p, .. } = cell;
    let (n, variance) = (model.n, model.variance);
    claims.equal(
        format!("mean of the excess risk, over the noise by covariance, {}", cell.name()),
        cell.mean(|risks| risks.bias + variance * risks.given_x),
        excess_risk(model, *p),
        cell.sampling(variance * variance * inverse_trace_variance(n, *p)),
    );
    claims
        .equal(
            format!("largest |w - β|/|β| without noise, {}", cell.name()),
            cell.risks.iter().map(|risks| (risks.bias / model.signal).sqrt()).fold(0.0, f64::max),
            0.0,
            Slack::rounding((4 * n * p) as f64, condition_square(cell).sqrt()),
        )
        .on("1", 1.0);
}

/// Above. w - β = -(I - X⁺X)β + σX⁺ε, two parts at right angles.
pub(super) fn risk_above(cell: &Cell, claims: &mut Claims) {
    let Cell { model, p, .. } = cell;
    let (n, signal, variance) = (model.n, model.signal, model.variance);
    claims
        .equal(
            format!("mean bias, {}", cell.name()),
            cell.mean(|risks| risks.bias),
            signal * outside(n, *p),
            cell.sampling(signal * signal * outside_variance(n, *p)) + Slack::rounding((n * p) as f64, signal),
        )
        .on("|β|²", signal);
    if !has_mean_claim(n, *p) {
        return;
    }
    claims.equal(
        format!("mean of the variance, over the noise by covariance, {}", cell.name()),
        cell.mean(|risks| variance * risks.given_x),
        variance * inverse_trace(n, *p),
        cell.sampling(variance * variance * inverse_trace_variance(n, *p)),
    );
    if has_drawn_noise_claim(n, *p) {
        claims.equal(
            format!("mean excess risk, noise drawn, {}", cell.name()),
            cell.mean(|risks| risks.excess),
            excess_risk(model, *p),
            cell.sampling(excess_variance(model, *p)),
        );
    }
    let apart = |risks: &super::draws::Risks| (risks.excess - risks.bias - variance * risks.noise).abs() / risks.excess;
    claims
        .equal(
            format!("excess risk less its two parts, over it, the largest, {}", cell.name()),
            cell.risks.iter().map(apart).fold(0.0, f64::max),
            0.0,
            // By the Gram matrix.
            Slack::rounding((4 * n * p) as f64, condition_square(cell)),
        )
        .on("1", 1.0);
}

/// The first p of D features, on the same draws for every p.
pub(super) struct Selections {
    n: usize,
    variance: f64,
    beta: Vec<f64>,
    cells: Vec<Selection>,
}

/// The test errors at one p.
struct Selection {
    p: usize,
    errors: Vec<f64>,
}

fn selections(seed: Seed) -> Result<Selections> {
    let mut stream = seed.stream("double-descent", "selected");
    let n = stream.whole(20, 23);
    let largest = stream.whole(3 * n + 8, 3 * n + 12);
    let beta: Vec<f64> = (0..largest).map(|_| stream.uniform(0.5, 1.5)).collect();
    let variance = dot(&beta, &beta) * stream.uniform(0.1, 0.4);
    let sizes = [stream.whole(2, 3), stream.whole(3 * n, 3 * n + 5)];
    let mut cells = sizes.map(|p| Selection { p, errors: Vec::new() });
    let needed = sizes.map(|p| {
        let (mean, spread) = mean_and_variance(n, variance, beta.split_at(p));
        trials(spread, mean, SHARP)
    });
    for k in 0..needed[0].max(needed[1]) {
        let mut stream = seed.stream("double-descent", &format!("selected {k}"));
        let mut features = Features::new(n);
        // y has every feature in it, whether used or not.
        let mut y: Vec<f64> = stream.many_normals(n).iter().map(|e| variance.sqrt() * e).collect();
        let columns: Vec<Vec<f64>> = beta.iter().map(|_| stream.many_normals(n)).collect();
        columns.iter().zip(&beta).for_each(|(x, b)| axpy(*b, x, &mut y));
        for (cell, _) in cells.iter_mut().zip(needed).filter(|(_, needed)| k < *needed) {
            while features.count() < cell.p {
                features.push(&columns[features.count()]);
            }
            let mut off = features.least_norm(&y);
            off.resize(largest, 0.0);
            axpy(-1.0, &beta, &mut off);
            cell.errors.push(variance + dot(&off, &off));
        }
    }
    Ok(Selections { n, variance, beta, cells: cells.into() })
}

/// Of the test error with the first features, and how it varies: what is left out is noise to those that are used,
/// independent of them, of variance |β_U|².
fn mean_and_variance(n: usize, variance: f64, (used, left_out): (&[f64], &[f64])) -> (f64, f64) {
    let p = used.len();
    let (signal, noise) = (dot(used, used), dot(left_out, left_out) + variance);
    let mean = signal * outside(n, p) + noise * (1.0 + inverse_trace(n, p));
    (mean, signal * signal * outside_variance(n, p) + noise * noise * noise_variance(n, p))
}

/// Selected features. The mean, with its exact standard error.
fn selected_features(selections: &Selections, claims: &mut Claims) {
    let Selections { n, variance, beta, cells } = selections;
    for Selection { p, errors } in cells {
        let (mean, spread) = mean_and_variance(*n, *variance, beta.split_at(*p));
        claims.equal(
            format!("mean test error, n = {n}, {p} of {} features", beta.len()),
            errors.iter().sum::<f64>() / errors.len() as f64,
            mean,
            sampling(spread, errors.len()),
        );
    }
}
