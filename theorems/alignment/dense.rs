//! Dense truths: the least l2 norm is the best guess that there is, and what the least l1 norm loses is known.

use super::problem::{Design, Sample, Sizes, Truth, sampling, square};
use statrs::distribution::{ContinuousCDF, Normal};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::real::{combine, difference, distance, dot};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "dense-truth-favours-l2",
    says: "Let X have linearly independent rows, fewer than columns, and let β be standard Gaussian and independent of X, y = X β without \
           noise. Let z be what separates a solution of least l1 norm, chosen by the data, from that of least l2 norm. Given the \
           data, |β̂1 - β|² exceeds |β̂2 - β|² by |z|² on average, and, if z is not 0, with the probability Φ(|z|/2) > 1/2.",
    kind: Kind::Counterexample,
    standing: Standing::ProvedHere,
    notes: &["N24"],
    claims: |lab, c| lab.run(gaussian).map(|redraws| dense_truth_favours_l2(&redraws, c)),
}];

const DESIGNS: usize = 24;
const TRUTHS: usize = 3400;

/// Data with n measurements, and truths each of which would have given them.
pub struct Redraws {
    pub n: usize,
    pub d: usize,
    pub data: Vec<Datum>,
    /// What the truths are made of.
    pub drawn: Sample,
    /// The largest |x_n·β - y_n| over the data and the truths.
    pub misfit: f64,
}

pub struct Datum {
    /// |z|.
    pub apart: f64,
    /// |β̂1 - β| for the first of the truths.
    pub missed: f64,
    /// The mean of |β̂1 - β|² - |β̂2 - β|² over the truths.
    pub excess: f64,
    /// The share of them for which it is positive.
    pub worse: f64,
}

impl Redraws {
    fn mean(&self, of: impl Fn(&Datum) -> f64) -> f64 {
        self.data.iter().map(of).sum::<f64>() / self.data.len() as f64
    }
}

/// Given the data, what the rows do not see of a Gaussian truth is as it was: it is drawn anew.
pub fn gaussian(seed: Seed) -> Result<Vec<Redraws>> {
    redraw(seed, Truth::Dense, TRUTHS)
}

/// Given the data, a sparse truth is known.
pub fn of_sparse_truths(seed: Seed) -> Result<Vec<Redraws>> {
    redraw(seed, Truth::Sparse, 1)
}

fn redraw(seed: Seed, truth: Truth, truths: usize) -> Result<Vec<Redraws>> {
    let stream = &mut seed.stream("alignment", "dense truth");
    let sizes = Sizes::draw(stream);
    let (mut data, mut drawn) = ([const { Vec::new() }; 3], Sample::default());
    let mut misfit = [0.0_f64; 3];
    for _ in 0..DESIGNS {
        let design = Design::draw(sizes.n[2], &vec![1.0; sizes.d], stream)?;
        let first = sizes.truth(truth, stream);
        let y = design.targets(&first);
        let l2 = design.least_l2(&sizes.n, &y);
        let l1 = sizes.n.iter().map(|&n| design.least_l1(n, &y)).collect::<Result<Vec<_>>>()?;
        let mut sums = [[0.0; 2]; 3];
        for k in 0..truths {
            let other = if k == 0 { first.clone() } else { sizes.truth(truth, stream) };
            drawn.add(&other);
            for (i, unseen) in design.across(sizes.n, &other).iter().enumerate() {
                let beta = combine(1.0, unseen, &l2[i]);
                let seen = design.x.rows().zip(&y).take(sizes.n[i]).map(|(x, y)| (dot(x, &beta) - y).abs());
                misfit[i] = seen.fold(misfit[i], f64::max);
                let excess = square(&difference(&l1[i], &beta)) - square(&difference(&l2[i], &beta));
                sums[i] = [sums[i][0] + excess, sums[i][1] + f64::from(excess > 0.0)];
            }
        }
        for (i, [excess, worse]) in sums.into_iter().enumerate() {
            data[i].push(Datum {
                apart: distance(&l1[i], &l2[i]),
                missed: distance(&l1[i], &first),
                excess: excess / truths as f64,
                worse: worse / truths as f64,
            });
        }
    }
    let of = |((n, data), misfit)| Redraws { n, d: sizes.d, data, drawn, misfit };
    Ok(sizes.n.into_iter().zip(data).zip(misfit).map(of).collect())
}

/// Dense truths. Given the data the excess is |z|² - 2z·ζ with a Gaussian ζ, so that both standard errors are exact.
pub fn dense_truth_favours_l2(redraws: &[Redraws], claims: &mut Claims) {
    let phi = |x: f64| Normal::standard().cdf(x);
    for at in redraws {
        let Redraws { n, d, data, .. } = at;
        let mean = |of: &dyn Fn(f64) -> f64| at.mean(|datum| of(datum.apart));
        let draws = (data.len() * TRUTHS) as f64;
        // What β has along each of n rows is taken out, an inner product of d terms, and what the data say is put there; two such sums
        // are compared, of numbers of the size of |x_n||β|, about d.
        claims
            .equal(
                format!("largest |x_n·β - y_n| of the truths that are drawn anew, d = {d}, n = {n}"),
                at.misfit,
                0.0,
                Slack::rounding((4 * n * d) as f64, *d as f64),
            )
            .on("1", 1.0);
        claims
            .equal(
                format!("mean of |β̂1 - β|² - |β̂2 - β|², d = {d}, n = {n}"),
                at.mean(|datum| datum.excess),
                mean(&|z| z * z),
                sampling(mean(&|z| 4.0 * z * z), draws),
            )
            .on("d, the mean of |β|²", *d as f64);
        claims
            .equal(
                format!("share of truths farther from β̂1, d = {d}, n = {n}"),
                at.mean(|datum| datum.worse),
                mean(&|z| phi(0.5 * z)),
                sampling(mean(&|z| phi(0.5 * z) * (1.0 - phi(0.5 * z))), draws),
            )
            .on("1", 1.0);
    }
}
