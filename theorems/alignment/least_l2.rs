//! The least l2 norm leaves the same share of every truth.

use super::problem::{Design, Sizes, Truth, square};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "least-l2-forgets-the-truth",
    says: "Let the rows of X be isotropic Gaussian, n < d and y = X β without noise. Whatever β is, sparse or dense, the share of \
           |β|² that the least l2 norm leaves has the first two moments of the distribution Beta((d - n)/2, n/2), of mean 1 - n/d.",
    kind: Kind::Refinement,
    standing: Standing::ProvedHere,
    notes: &["N24"],
    claims: |lab, c| lab.run(shares_left).map(|left| least_l2_forgets_the_truth(&left, c)),
}];

/// Means of some thousands of draws are known to a percent.
pub const DRAWS: usize = 6000;

/// The share of |β|² that is left with n measurements, its mean and that of its square.
pub struct Left {
    pub truth: Truth,
    pub n: usize,
    pub d: usize,
    pub mean: f64,
    pub mean_square: f64,
}

/// Both truths on the same X.
pub fn shares_left(seed: Seed) -> Result<Vec<Left>> {
    let stream = &mut seed.stream("alignment", "least l2 norm");
    let sizes = Sizes::draw(stream);
    let betas = [Truth::Sparse, Truth::Dense].map(|truth| (truth, sizes.truth(truth, stream)));
    let scales = vec![1.0; sizes.d];
    let designs: Vec<Design> = (0..DRAWS).map(|_| Design::draw(sizes.n[2], &scales, stream)).collect::<Result<_>>()?;
    Ok(betas.iter().flat_map(|(truth, beta)| means(&sizes, *truth, beta, &designs)).collect())
}

pub fn means(sizes: &Sizes, truth: Truth, beta: &[f64], designs: &[Design]) -> Vec<Left> {
    let mut sums = [[0.0; 2]; 3];
    for design in designs {
        for (sums, left) in sums.iter_mut().zip(design.left(sizes.n, beta)) {
            let share = square(&left) / square(beta);
            *sums = [sums[0] + share, sums[1] + share * share];
        }
    }
    let count = designs.len() as f64;
    let of = |(&n, [first, second]): (&usize, [f64; 2])| Left {
        truth,
        n,
        d: sizes.d,
        mean: first / count,
        mean_square: second / count,
    };
    sizes.n.iter().zip(sums).map(of).collect()
}

/// The mean of the j-th power of a variable with the distribution Beta(a, b).
fn moment(a: f64, b: f64, j: usize) -> f64 {
    (0..j).map(|i| (a + i as f64) / (a + b + i as f64)).product()
}

/// **The least l2 norm.** Two moments, each with the exact standard error of its mean; one claim in a million is off.
pub fn least_l2_forgets_the_truth(left: &[Left], claims: &mut Claims) {
    for Left { truth, n, d, mean, mean_square } in left {
        let moment = |j| moment(0.5 * (d - n) as f64, 0.5 * *n as f64, j);
        let error = |j: usize| ((moment(2 * j) - moment(j) * moment(j)) / DRAWS as f64).sqrt();
        let of = format!("{} truth, d = {d}, n = {n}", truth.word());
        claims
            .equal(format!("{of}: mean share left"), *mean, moment(1), Slack::sampling(1.0 - 1e-6, error(1)))
            .on("1", 1.0);
        claims
            .equal(format!("{of}: mean of its square"), *mean_square, moment(2), Slack::sampling(1.0 - 1e-6, error(2)))
            .on("1", 1.0);
    }
}
