//! Dense truths: the least l2 norm is the best guess that there is, and what the least l1 norm loses is known.

use super::problem::{Design, Sizes, Truth, square};
use statrs::distribution::{ContinuousCDF, Normal};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::real::{combine, difference};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "dense-truth-favours-l2",
    says: "Let X have independent rows, n < d, and let β be standard Gaussian and independent of X, y = X β without noise. Let z be what separates \
           the solution of least l1 norm from that of least l2 norm. Given the data, |β̂1 - β|² exceeds |β̂2 - β|² by |z|² on \
           average, and with the probability Φ(|z|/2) > 1/2.",
    kind: Kind::Counterexample,
    standing: Standing::ProvedHere,
    notes: &["N24"],
    claims: |lab, c| lab.run(gaussian).map(|redraws| dense_truth_favours_l2(&redraws, c)),
}];

const DESIGNS: usize = 24;
const TRUTHS: usize = 2600;

/// Data with n measurements, and truths of which each would have given them.
pub struct Redraws {
    pub n: usize,
    pub d: usize,
    /// |z|, data after data.
    pub apart: Vec<f64>,
    /// The mean of |β̂1 - β|² - |β̂2 - β|² over data and truths.
    pub excess: f64,
    /// The share of data and truths for which it is positive.
    pub worse: f64,
}

/// β of the data and then again: what the rows do not see is drawn anew.
pub fn gaussian(seed: Seed) -> Result<Vec<Redraws>> {
    redraw(seed, Truth::Dense)
}

/// Given the data, a Gaussian truth is β + ζ - (its part across the rows) with ζ across the rows; a sparse one is known.
pub fn redraw(seed: Seed, truth: Truth) -> Result<Vec<Redraws>> {
    let stream = &mut seed.stream("alignment", "dense truth");
    let sizes = Sizes::draw(stream);
    let mut all: Vec<Redraws> =
        sizes.n.iter().map(|&n| Redraws { n, d: sizes.d, apart: Vec::new(), excess: 0.0, worse: 0.0 }).collect();
    for _ in 0..DESIGNS {
        let design = Design::draw(sizes.n[2], &vec![1.0; sizes.d], stream)?;
        let beta = sizes.truth(truth, stream);
        let y = design.targets(&beta);
        let lefts = design.left(sizes.n, &beta);
        let mut guesses = Vec::new();
        for (redraws, left) in all.iter_mut().zip(&lefts) {
            let (l1, l2) = (design.least_l1(redraws.n, &y)?, difference(&beta, left));
            redraws.apart.push(square(&difference(&l1, &l2)).sqrt());
            guesses.push([l1, l2]);
        }
        for _ in 0..TRUTHS {
            let unseen = match truth {
                Truth::Dense => design.left(sizes.n, &stream.normals(sizes.d)),
                Truth::Sparse => lefts.clone(),
            };
            for ((redraws, [l1, l2]), unseen) in all.iter_mut().zip(&guesses).zip(&unseen) {
                let beta = combine(1.0, unseen, l2);
                let excess = square(&difference(l1, &beta)) - square(&difference(l2, &beta));
                redraws.excess += excess / (DESIGNS * TRUTHS) as f64;
                redraws.worse += f64::from(excess > 0.0) / (DESIGNS * TRUTHS) as f64;
            }
        }
    }
    Ok(all)
}

/// **Dense truths.** Given the data the excess is |z|² - 2z·ζ with a Gaussian ζ, so that both standard errors are exact.
pub fn dense_truth_favours_l2(redraws: &[Redraws], claims: &mut Claims) {
    let phi = |x: f64| Normal::standard().cdf(x);
    let draws = (DESIGNS * TRUTHS) as f64;
    for Redraws { n, d, apart, excess, worse } in redraws {
        let mean = |f: &dyn Fn(f64) -> f64| apart.iter().map(|&z| f(z)).sum::<f64>() / apart.len() as f64;
        let error = |variance: f64| Slack::sampling(1.0 - 1e-6, (variance / draws).sqrt());
        claims
            .equal(
                format!("mean of |β̂1 - β|² - |β̂2 - β|², d = {d}, n = {n}"),
                *excess,
                mean(&|z| z * z),
                error(mean(&|z| 4.0 * z * z)),
            )
            .on("d, the mean of |β|²", *d as f64);
        claims
            .equal(
                format!("share of truths farther from β̂1, d = {d}, n = {n}"),
                *worse,
                mean(&|z| phi(0.5 * z)),
                error(mean(&|z| phi(0.5 * z) * (1.0 - phi(0.5 * z)))),
            )
            .on("1", 1.0);
    }
}
