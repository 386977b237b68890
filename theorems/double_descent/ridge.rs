//! Ridge regression with the best λ: no peak.

use faer::Mat;
use faer::prelude::Solve;

use super::draws::{Draw, Model, model};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "tuned-ridge",
        says: "Let s_1, .., s_p be the eigenvalues of X'X, and average the excess risk |w - β|² of w = (X'X + λI)^-1 X'y, λ > 0, \
               over noise of mean 0 and covariance σ²I, σ² > 0, and over β of second moments (b²/p) I, b² > 0, uncorrelated with the noise, \
               the pair independent of X. It is Σ (λ² b²/p + σ² s_i)/(s_i + λ)², least at \
               λ = σ² p/b², where it is σ² Σ 1/(s_i + λ).",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            lab.run(ridges)?.estimators.iter().for_each(|estimator| tuned_ridge(estimator, c));
            Ok(())
        },
    },
    Step {
        id: "no-peak-in-n",
        says: "The risk of the tuned ridge, λ = σ² p/b², averaged over noise and β as before, falls with every further example x ≠ 0, on every X, by σ² x'A²x/(1 + x'Ax), \
               A = (X'X + λI)^-1. For Gaussian X it is below b² with probability one at n = p - 1 ≥ 1, p and p + 1, where that of the shortest solution is infinite on average. So the peak \
               is no property of the number of parameters alone.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| lab.run(ridges).map(|ridges| no_peak_in_n(&ridges, c)),
    },
    Step {
        id: "no-peak-in-p",
        says: "Let X have n ≥ 1 rows of p independent standard Gaussians, and the noise be independent of X, of mean 0 and covariance σ²I, σ² > 0. For fixed |β|² > 0 the mean excess risk of the ridge with λ = σ² p/|β|² grows with p from p = 1 on and stays below \
               |β|²: well specified, it has neither a peak nor a second descent. Over |β|² it is the mean of the first diagonal entry of \
               (I + X'X/λ)^-1, which grows with every further feature, draw by draw.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| lab.run(ridges).map(|ridges| no_peak_in_p(&ridges, c)),
    },
    Step {
        id: "no-peak-in-selected-features",
        says: "Let x be Gaussian with covariance I in ℝ^D, y = x·β + σε with σ² > 0, the ε of all examples of mean 0 and covariance I, β of second moments aI, a > 0, uncorrelated \
               with them, and all these independent of the x; let only the first p features be used. The mean test error of the ridge with λ = D - p + σ²/a, the best for p features, falls with every further feature: \
               on every X with p + 1 columns the ridge on all of them is at least as good as that on the first p.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| lab.run(selected_ridges).map(|selected| no_peak_in_selected_features(&selected, c)),
    },
];

/// (X'X + λI)^-1 X' for one X, with the risk of this estimator, averaged.
pub(super) struct Estimator {
    n: usize,
    p: usize,
    signal: f64,
    variance: f64,
    /// λ over σ² p/b².
    share: f64,
    /// By applying it to what every unit vector β and every unit vector ε give.
    risk: f64,
    /// s_i, of X'X, p of them.
    eigenvalues: Vec<f64>,
}

/// Ridges on a seed's draws.
pub(super) struct Ridges {
    model: Model,
    p: usize,
    estimators: Vec<Estimator>,
    /// The averaged risk of the tuned ridge with the first n examples, n from 1, of each draw.
    in_n: Vec<Vec<f64>>,
    /// The first diagonal entry of (I + X'X/λ)^-1 with the first p features, p from 1, of each draw.
    in_p: Vec<Vec<f64>>,
    /// By how much the next example lowers the risk, n from 1, and what the entry is, p from 1, each by its formula.
    predicted: Vec<[Vec<f64>; 2]>,
    /// The largest |X|_F².
    square: f64,
}

const DRAWS: usize = 6;

/// A column-major n × p matrix as one of faer's.
fn matrix(columns: &[Vec<f64>], n: usize, p: usize) -> Mat<f64> {
    Mat::from_fn(n, p, |i, j| columns[j][i])
}

/// (X'X + λI)^-1 B.
fn solve(x: &Mat<f64>, lambda: f64, b: &Mat<f64>) -> Result<Mat<f64>> {
    let p = x.ncols();
    let system = x.transpose() * x + Mat::from_fn(p, p, |i, j| if i == j { lambda } else { 0.0 });
    let factor = system.llt(faer::Side::Lower).map_err(|_| Error::numerical("X'X + λI is not positive definite"))?;
    Ok(factor.solve(b))
}

/// The risk, averaged: of each unit vector as β without noise, and of each as ε without signal.
fn averaged(x: &Mat<f64>, lambda: f64, signal: f64, variance: f64) -> Result<f64> {
    let p = x.ncols();
    let of_signal = solve(x, lambda, &(x.transpose() * x))? - Mat::<f64>::identity(p, p);
    let of_noise = solve(x, lambda, &x.transpose().to_owned())?;
    Ok(signal / p as f64 * of_signal.squared_norm_l2() + variance * of_noise.squared_norm_l2())
}

fn ridges(seed: Seed) -> Result<Ridges> {
    let model = model(seed);
    let Model { n, signal, variance, .. } = model;
    let mut stream = seed.stream("double-descent", "ridge");
    let p = stream.whole(n / 2, n - 2);
    let best = |p: usize| variance * p as f64 / signal;
    let mut ridges = Ridges {
        model,
        p,
        estimators: Vec::new(),
        in_n: Vec::new(),
        in_p: Vec::new(),
        predicted: Vec::new(),
        square: 0.0,
    };
    // What is an equation on every draw is compared on one.
    let first = Draw::of(model, 2 * n, seed, "ridge", 0);
    for (p, share) in [(p, 1.0), (n, 1.0), (n + 1, 1.0), (2 * n, 1.0), (p, 0.5), (n, 3.0), (2 * n, 0.2)] {
        let x = matrix(&first.columns, n, p);
        let share: f64 = share * if share == 1.0 { 1.0 } else { stream.uniform(0.8, 1.2) };
        let risk = averaged(&x, share * best(p), signal, variance)?;
        let sigma = x.singular_values().map_err(Error::no_singular_values)?;
        let mut eigenvalues: Vec<f64> = sigma.iter().map(|s| s * s).collect();
        eigenvalues.resize(p, 0.0);
        ridges.estimators.push(Estimator { n, p, signal, variance, share, risk, eigenvalues });
    }
    for k in 0..DRAWS {
        let draw = Draw::of(model, 2 * n, seed, "ridge", k);
        let of_examples = |count: usize| averaged(&matrix(&draw.columns, count, p), best(p), signal, variance);
        ridges.in_n.push((1..=n).map(of_examples).collect::<Result<_>>()?);
        let of_features = |p: usize| -> Result<f64> {
            let x = matrix(&draw.columns, n, p);
            let first = Mat::from_fn(p, 1, |i, _| if i == 0 { best(p) } else { 0.0 });
            Ok(solve(&x, best(p), &first)?[(0, 0)])
        };
        ridges.in_p.push((1..=2 * n).map(of_features).collect::<Result<_>>()?);
        // σ² x'A²x/(1 + x'Ax) with A = (X'X + λI)^-1 and the next example x.
        let of_next = |count: usize| -> Result<f64> {
            let x = Mat::from_fn(p, 1, |j, _| draw.columns[j][count]);
            let ax = solve(&matrix(&draw.columns, count, p), best(p), &x)?;
            Ok(variance * ax.squared_norm_l2() / (1.0 + (x.transpose() * &ax)[(0, 0)]))
        };
        // 1/(1 + x'(λI + ZZ')^-1 x) with the first feature x and the others Z.
        let of_others = |p: usize| -> Result<f64> {
            let x = matrix(&draw.columns, n, 1);
            let others = Mat::from_fn(p - 1, n, |j, i| draw.columns[j + 1][i]);
            Ok(1.0 / (1.0 + (x.transpose() * solve(&others, best(p), &x)?)[(0, 0)]))
        };
        ridges
            .predicted
            .push([(1..n).map(of_next).collect::<Result<_>>()?, (1..=2 * n).map(of_others).collect::<Result<_>>()?]);
        ridges.square = draw.columns.iter().flatten().map(|x| x * x).sum::<f64>().max(ridges.square);
    }
    Ok(ridges)
}

/// On draws of X with p + 1 columns, p from 1 to D - 1: the averaged test error of the ridge on the first p and of that on
/// all of them, each with its best λ.
pub(super) struct SelectedRidges {
    n: usize,
    features: usize,
    /// Error without any feature, the mean of y².
    without: f64,
    errors: Vec<Vec<[f64; 2]>>,
    /// The second of them by the formula.
    predicted: Vec<Vec<f64>>,
    /// The largest |X|_F² over the least λ.
    condition: f64,
}

fn selected_ridges(seed: Seed) -> Result<SelectedRidges> {
    let mut stream = seed.stream("double-descent", "selected ridge");
    let n = stream.whole(8, 12);
    let features = stream.whole(2 * n, 2 * n + 8);
    let (a, variance) = (stream.uniform(0.5, 2.0), stream.uniform(0.5, 2.0));
    // What is noise to the first p features, and the best λ for them.
    let noise = |p: usize| a * (features - p) as f64 + variance;
    let best = |p: usize| noise(p) / a;
    let draw = |k: usize| -> Result<Vec<[f64; 2]>> {
        let draw = Draw::of(Model::gaussian(n, 1.0, 1.0), features, seed, "selected ridge", k);
        let errors = |p: usize| -> Result<[f64; 2]> {
            let (x, wider) = (matrix(&draw.columns, n, p), matrix(&draw.columns, n, p + 1));
            let left_out = Mat::from_fn(n, 1, |i, _| draw.columns[p][i]);
            let of_left_out = solve(&x, best(p), &(x.transpose() * left_out))?;
            // Feature p + 1 counts in y, in the examples as well as in the new one.
            let with_p = averaged(&x, best(p), a * p as f64, noise(p + 1))? + a * (1.0 + of_left_out.squared_norm_l2());
            let with_one_more = averaged(&wider, best(p + 1), a * (p + 1) as f64, noise(p + 1))?;
            Ok([with_p, with_one_more].map(|excess| noise(p + 1) + excess))
        };
        (1..features).map(errors).collect()
    };
    let errors = (0..DRAWS).map(draw).collect::<Result<_>>()?;
    let (mut predicted, mut square) = (Vec::new(), 0.0_f64);
    for k in 0..DRAWS {
        let draw = Draw::of(Model::gaussian(n, 1.0, 1.0), features, seed, "selected ridge", k);
        square = draw.columns.iter().flatten().map(|x| x * x).sum::<f64>().max(square);
        // s² (1 + tr (X'X + λI)^-1), s² the noise to p + 1 features.
        let formula = |p: usize| -> Result<f64> {
            let sigma = matrix(&draw.columns, n, p).singular_values().map_err(Error::no_singular_values)?;
            let zeros = (p - sigma.len()) as f64 / best(p);
            Ok(noise(p) * (1.0 + zeros + sigma.iter().map(|s| 1.0 / (s * s + best(p))).sum::<f64>()))
        };
        predicted.push((2..=features).map(formula).collect::<Result<_>>()?);
    }
    Ok(SelectedRidges { n, features, without: noise(0), errors, predicted, condition: square / best(features) })
}

/// In selected features. Given X with p + 1 columns, the ridge on all of them is best among all that is linear in y, and
/// so at least as good as the ridge on p. The mean of the latter's error over column p + 1 is its error for p features.
fn no_peak_in_selected_features(selected: &SelectedRidges, claims: &mut Claims) {
    let SelectedRidges { n, features, without, errors, predicted, condition } = selected;
    let gains = errors.iter().flatten().map(|[with_p, with_one_more]| with_p - with_one_more);
    let rounding = || Slack::rounding((8 * features * features) as f64, without * (1.0 + condition));
    let name = format!("n = {n}, p from 1 to {} of {features}", features - 1);
    claims
        .at_least(
            format!("test error with p features less that with p + 1, least, {name}"),
            gains.fold(f64::INFINITY, f64::min),
            0.0,
            rounding(),
        )
        .on("the mean of y²", *without);
    let with_one_more = || errors.iter().flatten().map(|[_, with_one_more]| *with_one_more);
    claims
        .equal(
            format!("test error with q = p + 1 features, less σ_q² (1 + tr (X'X + λI)^-1), largest, {name}"),
            farthest(with_one_more().zip(predicted.iter().flatten().copied())),
            0.0,
            rounding(),
        )
        .on("the mean of y²", *without);
    let worst = with_one_more().fold(0.0, f64::max);
    claims.at_most(format!("test error of the tuned ridge, largest, {name}"), worst, *without, rounding());
}

/// The mean over draws of the averaged risk of the tuned ridge, σ² tr (X'X + λI)^-1.
pub(super) fn mean_of_tuned_ridge(model: Model, p: usize, seed: Seed, draws: usize) -> Result<f64> {
    let Model { n, signal, variance, .. } = model;
    let lambda = variance * p as f64 / signal;
    let mut sum = 0.0;
    for k in 0..draws {
        let x = matrix(&Draw::of(model, p, seed, "figure of ridge", k).columns, n, p);
        let sigma = x.singular_values().map_err(Error::no_singular_values)?;
        let zeros = (p - sigma.len()) as f64 / lambda;
        sum += variance * (zeros + sigma.iter().map(|s| 1.0 / (s * s + lambda)).sum::<f64>());
    }
    Ok(sum / draws as f64)
}

/// Every term has the same best λ. With a = b²/p and λ* = σ²/a a term is aλ*/(s + λ*) at λ*, and
/// a s (λ - λ*)²/((s + λ)²(s + λ*)) more at λ.
fn tuned_ridge(estimator: &Estimator, claims: &mut Claims) {
    let Estimator { n, p, signal, variance, share, risk, eigenvalues } = estimator;
    let best = variance * *p as f64 / signal;
    let lambda = share * best;
    let a = signal / *p as f64;
    let least = |s: f64| variance / (s + best);
    let more = |s: f64| a * s * (lambda - best) * (lambda - best) / ((s + lambda) * (s + lambda) * (s + best));
    let predicted = eigenvalues.iter().map(|&s| least(s) + more(s)).sum::<f64>();
    // p systems of order p, whose errors the condition multiplies.
    let condition = 1.0 + eigenvalues.iter().copied().fold(0.0, f64::max) / lambda;
    claims.equal(
        format!("averaged risk, λ = {share:.3} σ²p/b², n = {n}, p = {p}"),
        *risk,
        predicted,
        Slack::rounding((4 * p * (n + p)) as f64 * condition, predicted),
    );
}

/// The condition of X'X + λI, from above: |X|_F² over λ = σ² p/b², which is at least σ²/b².
fn condition(ridges: &Ridges) -> f64 {
    1.0 + ridges.square * ridges.model.signal / ridges.model.variance
}

/// The largest distance of what was found from what a formula says of it.
fn farthest(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    pairs.map(|(found, predicted)| (found - predicted).abs()).fold(0.0, f64::max)
}

/// In n. A further example x takes σ² x'A²x/(1 + x'Ax) from σ² tr A, A = (X'X + λI)^-1, and λ does not depend on n.
fn no_peak_in_n(ridges: &Ridges, claims: &mut Claims) {
    let Ridges { model, p, in_n, predicted, .. } = ridges;
    let signal = model.signal;
    let rises = in_n.iter().flat_map(|risks| risks.windows(2)).map(|pair| pair[1] - pair[0]);
    let rounding = || Slack::rounding((8 * p * p) as f64, signal * condition(ridges));
    let falls = in_n.iter().flat_map(|risks| risks.windows(2)).map(|pair| pair[0] - pair[1]);
    claims
        .equal(
            format!(
                "what the next example takes, less σ² x'A²x/(1 + x'Ax), largest, p = {p}, n from 1 to {}",
                model.n - 1
            ),
            farthest(falls.zip(predicted.iter().flat_map(|[gains, _]| gains.iter().copied()))),
            0.0,
            rounding(),
        )
        .on("b²", signal);
    claims
        .at_most(
            format!("risk of the tuned ridge, largest rise from n to n + 1, p = {p}, n from 1 to {}", model.n),
            rises.fold(f64::NEG_INFINITY, f64::max),
            0.0,
            rounding(),
        )
        .on("b²", signal);
    for n in [p - 1, *p, p + 1] {
        let worst = in_n.iter().map(|risks| risks[n - 1]).fold(0.0, f64::max);
        claims.at_most(format!("risk of the tuned ridge, largest, p = {p}, n = {n}"), worst, signal, rounding());
    }
}

/// In p. The entry is 1/(1 + x_1'(λI + X_2 X_2')^-1 x_1), X_2 the other features: λ = σ² p/|β|² grows with p, and so does
/// X_2 X_2'.
fn no_peak_in_p(ridges: &Ridges, claims: &mut Claims) {
    let Ridges { model, in_p, predicted, .. } = ridges;
    let last = in_p[0].len();
    let falls = in_p.iter().flat_map(|entries| entries.windows(2)).map(|pair| pair[0] - pair[1]);
    let rounding = || Slack::rounding((8 * last * last) as f64, condition(ridges));
    let entries = in_p.iter().flatten().copied();
    claims
        .equal(
            format!(
                "first entry of (I + X'X/λ)^-1, less 1/(1 + x'(λI + ZZ')^-1 x), largest, n = {}, p to {last}",
                model.n
            ),
            farthest(entries.zip(predicted.iter().flat_map(|[_, entries]| entries.iter().copied()))),
            0.0,
            rounding(),
        )
        .on("1", 1.0);
    claims
        .at_most(
            format!("first entry of (I + X'X/λ)^-1, largest fall from p to p + 1, n = {}, p from 1 to {last}", model.n),
            falls.fold(f64::NEG_INFINITY, f64::max),
            0.0,
            rounding(),
        )
        .on("1", 1.0);
    let top = in_p.iter().map(|entries| entries[last - 1]).fold(0.0, f64::max);
    claims.at_most(format!("the same entry, largest, n = {}, p = {last}", model.n), top, 1.0, rounding());
}
