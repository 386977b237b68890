//! The hypotheses, as the draws are seen to satisfy them.

use super::contest::sparse;
use super::problem::{Design, Sizes, Truth};
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
        says: "Where the least l1 norm is to be nearer: k of the d entries of β are ±1 and the others 0, k/d from .06 to .12 before k is rounded down.",
        verify: sparse_truth,
        only_sufficient: None,
    },
    Hypothesis {
        id: "gaussian-truth",
        says: "Where the least l2 norm is to be: β is a standard Gaussian vector.",
        verify: gaussian_truth,
        only_sufficient: None,
    },
];

/// Moments of so many standard normal numbers, each within what one sample in a million exceeds.
fn moments(count: f64, mean_square: f64, mean_fourth: f64) -> Finding {
    // x² has mean 1 and variance 2, x⁴ mean 3 and variance 96.
    let allowed = |variance: f64| Slack::sampling(1.0 - 5e-7, (variance / count).sqrt()).total();
    Finding {
        holds: (mean_square - 1.0).abs() <= allowed(2.0) && (mean_fourth - 3.0).abs() <= allowed(96.0),
        detail: format!(
            "{count} numbers: mean square {mean_square:.4}, 1 to {:.4} but for chance; mean fourth power {mean_fourth:.4}, 3 to {:.4}",
            allowed(2.0),
            allowed(96.0)
        ),
    }
}

fn powers(numbers: &[f64]) -> Finding {
    let count = numbers.len() as f64;
    let mean = |f: fn(f64) -> f64| numbers.iter().map(|&x| f(x)).sum::<f64>() / count;
    moments(count, mean(|x| x * x), mean(|x| x * x * x * x))
}

fn isotropic(lab: &Lab) -> Result<Finding> {
    let stream = &mut lab.seed().stream("alignment", "isotropic");
    let sizes = Sizes::draw(stream);
    let mut numbers = Vec::new();
    for _ in 0..50 {
        let design = Design::draw(sizes.n[2], &vec![1.0; sizes.d], stream)?;
        numbers.extend(design.x.rows().flatten());
    }
    Ok(powers(&numbers))
}

fn noiseless(lab: &Lab) -> Result<Finding> {
    let noise = lab.run(sparse)?.iter().map(|contest| contest.noise).fold(0.0, f64::max);
    Ok(Finding { holds: noise == 0.0, detail: format!("the largest |y - X β| is {noise:e}") })
}

fn sparse_truth(lab: &Lab) -> Result<Finding> {
    let stream = &mut lab.seed().stream("alignment", "sparse truth");
    let sizes = Sizes::draw(stream);
    let beta = sizes.truth(Truth::Sparse, stream);
    let (ones, zeros) = (beta.iter().filter(|b| b.abs() == 1.0).count(), beta.iter().filter(|b| **b == 0.0).count());
    let share = (ones as f64 / sizes.d as f64, (ones + 1) as f64 / sizes.d as f64);
    Ok(Finding {
        holds: ones + zeros == sizes.d && share.0 <= 0.12 && share.1 >= 0.06,
        detail: format!("{ones} of {} entries are ±1, {zeros} are 0", sizes.d),
    })
}

fn gaussian_truth(lab: &Lab) -> Result<Finding> {
    let stream = &mut lab.seed().stream("alignment", "gaussian truth");
    let sizes = Sizes::draw(stream);
    Ok(powers(&(0..1000).flat_map(|_| sizes.truth(Truth::Dense, stream)).collect::<Vec<f64>>()))
}
