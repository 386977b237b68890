//! Sparse truths: which of the two norms comes nearer.

use super::problem::{Design, Sizes, Truth, square};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::interval::{QUANTILE, exact_interval};
use theoremcheck::real::{axpy, difference};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "sparse-truth-favours-l1",
    says: "Let the rows of X be isotropic Gaussian, d from 36 to 47, and y = X β without noise, where β does not depend on X and has k entries of size one, k the \
           whole part of 6 to 12 percent of d, and 0 elsewhere. With a half and with three quarters of d measurements, rounded down, the \
           solution of least l1 norm is nearer to β than that of least l2 norm more often than not.",
    kind: Kind::Refinement,
    standing: Standing::Observed,
    notes: &["N24"],
    claims: |lab, c| lab.run(sparse).map(|contests| sparse_truth_favours_l1(&contests, c)),
}];

pub const DRAWS: usize = 48;

/// The share of |β|² that each norm leaves, draw by draw, with n measurements.
pub struct Contest {
    pub n: usize,
    pub d: usize,
    pub shares: Vec<[f64; 2]>,
    /// The largest |y - X β| of all draws.
    pub noise: f64,
    /// The least and the largest number of entries ±1 of β, and of entries 0.
    pub ones: [usize; 2],
    pub zeros: [usize; 2],
}

impl Contest {
    /// In how many draws the least l1 norm was nearer.
    pub fn wins(&self) -> usize {
        self.shares.iter().filter(|[l1, l2]| l1 < l2).count()
    }

    /// An exact interval for the probability of that, at the level 1 - `delta`.
    pub fn interval(&self, delta: f64) -> (f64, f64) {
        exact_interval(self.wins(), self.shares.len(), delta)
    }
}

/// Both norms on one problem, y = X β + ε: |β̂ - β|²/|β|² for each number of measurements.
pub fn contest(
    sizes: &Sizes,
    n: &[usize],
    truth: Truth,
    noise: f64,
    draws: usize,
    stream: &mut Stream,
) -> Result<Vec<Contest>> {
    let most = n.iter().copied().max().unwrap_or(0);
    let mut contests: Vec<Contest> = n
        .iter()
        .map(|&n| Contest {
            n,
            d: sizes.d,
            shares: Vec::new(),
            noise: 0.0,
            ones: [usize::MAX, 0],
            zeros: [usize::MAX, 0],
        })
        .collect();
    for _ in 0..draws {
        let design = Design::draw(most, &vec![1.0; sizes.d], stream)?;
        let beta = sizes.truth(truth, stream);
        let exact = design.targets(&beta);
        let mut y = exact.clone();
        axpy(noise, &stream.normals(most), &mut y);
        let counted = |of: fn(&f64) -> bool, [least, most]: [usize; 2]| {
            let count = beta.iter().filter(|b| of(b)).count();
            [least.min(count), most.max(count)]
        };
        for (contest, l2) in contests.iter_mut().zip(design.least_l2(n, &y)) {
            contest.ones = counted(|b| b.abs() == 1.0, contest.ones);
            contest.zeros = counted(|b| *b == 0.0, contest.zeros);
            contest.noise = y.iter().zip(&exact).fold(contest.noise, |most, (y, exact)| most.max((y - exact).abs()));
            let l1 = design.least_l1(contest.n, &y)?;
            contest.shares.push([l1, l2].map(|found| square(&difference(&found, &beta)) / square(&beta)));
        }
    }
    Ok(contests)
}

pub fn sparse(seed: Seed) -> Result<Vec<Contest>> {
    let stream = &mut seed.stream("alignment", "sparse truth");
    let sizes = Sizes::draw(stream);
    contest(&sizes, &sizes.n[1..], Truth::Sparse, 0.0, DRAWS, stream)
}

/// Sparse truths. Both intervals hold together but for one in a million.
pub fn sparse_truth_favours_l1(contests: &[Contest], claims: &mut Claims) {
    for contest in contests {
        claims.at_least(
            format!("probability that least l1 is nearer, lower end, d = {}, n = {}", contest.d, contest.n),
            contest.interval(1e-6 / contests.len() as f64).0,
            0.5,
            Slack::next_term(0.5 * QUANTILE, 1.0),
        );
    }
}
