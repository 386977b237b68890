//! The hypotheses, as the draws are seen to satisfy them.

use super::contest::{Contest, sparse};
use super::dense::gaussian;
use super::least_l2::shares_left;
use super::problem::Sample;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "isotropic",
        says: "The rows of X are independent standard Gaussian vectors, X has fewer of them than columns, and β does not depend on X.",
        verify: isotropic,
        only_sufficient: None,
    },
    Hypothesis { id: "noiseless", says: "y = X β, without noise.", verify: noiseless, only_sufficient: None },
    Hypothesis {
        id: "sparse-truth",
        says: "Where the least l1 norm is to be nearer: k of the d entries of β are ±1 and the others 0, k the whole part of 6 to 12 percent of d.",
        verify: sparse_truth,
        only_sufficient: None,
    },
    Hypothesis {
        id: "gaussian-truth",
        says: "Where the least l2 norm is to be nearer: β is a standard Gaussian vector.",
        verify: gaussian_truth,
        only_sufficient: None,
    },
];

/// Of numbers that ought to be standard normal, the mean square and the share below one in size, each within what one
/// sample in a million exceeds.
fn normal(sample: &Sample) -> Finding {
    let (square, below_one) = (sample.square / sample.count, sample.below_one / sample.count);
    let share = libm::erf(0.5_f64.sqrt());
    let allowed = |variance: f64| Slack::sampling(1.0 - 5e-7, (variance / sample.count).sqrt()).total();
    let apart = [(square - 1.0).abs() / allowed(2.0), (below_one - share).abs() / allowed(share * (1.0 - share))];
    Finding {
        holds: apart.iter().all(|apart| *apart <= 1.0),
        detail: format!(
            "{:.0} numbers: mean square {square:.5}, 1 to {:.5} but for chance; {below_one:.5} of them below one in size, \
             {share:.5} to {:.5}",
            sample.count,
            allowed(2.0),
            allowed(share * (1.0 - share))
        ),
    }
}

fn isotropic(lab: &Lab) -> Result<Finding> {
    let shares = lab.run(shares_left)?;
    let Finding { holds, detail } = normal(&shares.entries);
    let fewer = shares.left.iter().all(|left| left.n < left.d);
    Ok(Finding { holds: holds && fewer, detail: format!("entries of X, {detail}") })
}

fn noiseless(lab: &Lab) -> Result<Finding> {
    let noise = lab.run(sparse)?.iter().map(|contest| contest.noise).fold(0.0, f64::max);
    Ok(Finding { holds: noise == 0.0, detail: format!("the largest |y - X β| is {noise:e}") })
}

fn sparse_truth(lab: &Lab) -> Result<Finding> {
    let contests = lab.run(sparse)?;
    let Contest { d, ones: [least, most], zeros, .. } = contests[0];
    let share = [0.06, 0.12].map(|share| (share * d as f64) as usize);
    Ok(Finding {
        holds: least == most && share[0] <= least && most <= share[1] && zeros == [d - least; 2],
        detail: format!("in every draw {least} of {d} entries are ±1 and {} are 0", zeros[0]),
    })
}

fn gaussian_truth(lab: &Lab) -> Result<Finding> {
    let Finding { holds, detail } = normal(&lab.run(gaussian)?[0].drawn);
    Ok(Finding { holds, detail: format!("entries of β, {detail}") })
}
