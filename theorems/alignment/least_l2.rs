//! The least l2 norm leaves the same share of every truth.

use super::problem::{Design, Sample, Sizes, Truth, sampling, square};
use theoremcheck::claim::Claims;
use theoremcheck::error::Result;
use theoremcheck::real::difference;
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "least-l2-forgets-the-truth",
    says: "Let the rows of X be isotropic Gaussian, n < d and y = X β without noise. Whatever β is, sparse or dense, if only it is not 0 \
           and does not depend on X, the share of |β|² that the least l2 norm leaves has the first two moments of the distribution Beta((d - n)/2, n/2), of mean 1 - n/d.",
    kind: Kind::Refinement,
    standing: Standing::ProvedHere,
    notes: &["N24"],
    claims: |lab, c| lab.run(shares_left).map(|shares| least_l2_forgets_the_truth(&shares.left, c)),
}];

/// Means of so many draws are known to a percent of 1: at d = 24 and n = 6 the square of a share has the variance .030.
pub const DRAWS: usize = 11_000;

/// The share of |β|² that is left with n measurements, its mean and that of its square.
pub struct Left {
    pub truth: Truth,
    pub n: usize,
    pub d: usize,
    pub mean: f64,
    pub mean_square: f64,
}

pub struct Shares {
    pub left: Vec<Left>,
    /// The entries of X.
    pub entries: Sample,
}

/// Both truths on the same X.
pub fn shares_left(seed: Seed) -> Result<Shares> {
    let stream = &mut seed.stream("alignment", "least l2 norm");
    let sizes = Sizes::draw_small(stream);
    let truths = [Truth::Sparse, Truth::Dense].map(|truth| (truth, sizes.truth(truth, stream)));
    shares(&sizes, &truths, &vec![1.0; sizes.d], stream)
}

/// Of the truths on X whose columns are scaled.
pub fn shares(sizes: &Sizes, truths: &[(Truth, Vec<f64>)], scales: &[f64], stream: &mut Stream) -> Result<Shares> {
    let (mut sums, mut entries) = (vec![[[0.0; 2]; 3]; truths.len()], Sample::default());
    for _ in 0..DRAWS {
        let design = Design::draw(sizes.n[2], scales, stream)?;
        design.x.rows().for_each(|row| entries.add(row));
        for ((_, beta), sums) in truths.iter().zip(&mut sums) {
            for (sums, found) in sums.iter_mut().zip(design.least_l2(&sizes.n, &design.targets(beta))) {
                let share = square(&difference(&found, beta)) / square(beta);
                *sums = [sums[0] + share, sums[1] + share * share];
            }
        }
    }
    let count = DRAWS as f64;
    let of = |truth, n, [first, second]: [f64; 2]| Left {
        truth,
        n,
        d: sizes.d,
        mean: first / count,
        mean_square: second / count,
    };
    let left = truths.iter().zip(sums).flat_map(|((truth, _), sums)| {
        sizes.n.into_iter().zip(sums).map(|(n, sums)| of(*truth, n, sums)).collect::<Vec<Left>>()
    });
    Ok(Shares { left: left.collect(), entries })
}

/// The mean of the j-th power of a variable with the distribution Beta(a, b).
fn moment(a: f64, b: f64, j: usize) -> f64 {
    (0..j).map(|i| (a + i as f64) / (a + b + i as f64)).product()
}

/// The least l2 norm. Two moments, each with the exact standard error of its mean.
pub fn least_l2_forgets_the_truth(left: &[Left], claims: &mut Claims) {
    for Left { truth, n, d, mean, mean_square } in left {
        let moment = |j| moment(0.5 * (d - n) as f64, 0.5 * *n as f64, j);
        let error = |j: usize| sampling(moment(2 * j) - moment(j) * moment(j), DRAWS as f64);
        let of = format!("{} truth, d = {d}, n = {n}", truth.word());
        claims.equal(format!("{of}: mean share left"), *mean, moment(1), error(1)).on("1", 1.0);
        claims.equal(format!("{of}: mean of its square"), *mean_square, moment(2), error(2)).on("1", 1.0);
    }
}
