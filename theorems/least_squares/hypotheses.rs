//! The hypotheses, as the experiments are seen to satisfy them.

use super::experiments::{Run, Starts, rates, starts};
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::norm;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "consistent",
        says: "Some w has X w = y. It is so for every y if the rank of X is n, which needs n ≤ d.",
        verify: |lab| lab.run(starts).map(|starts| consistent(&starts)),
        only_sufficient: None,
    },
    Hypothesis {
        id: "small-step",
        says: "Gradient descent uses a constant step 0 < η < 2/σ_1².",
        verify: verify_small_step,
        only_sufficient: None,
    },
    Hypothesis {
        id: "euclidean-steps",
        says: "Each step is a multiple of the gradient itself, w <- w - η X'(X w - y), the same multiple in every \
               coordinate.",
        verify: |lab| lab.run(starts).map(|starts| euclidean_steps(&starts.from_anywhere)),
        only_sufficient: None,
    },
    Hypothesis {
        id: "start-in-row-space",
        says: "The start lies in the row space of X, as 0 does. Needed for the limit to be the shortest solution; not \
               for it to be the nearest.",
        verify: verify_start_in_row_space,
        only_sufficient: None,
    },
];

/// The first r rows are independent, since r singular values are above their error, and so can be given any targets; the
/// others are multiples of them, bit by bit, with targets that are the same multiples.
fn consistent(starts: &Starts) -> Finding {
    let Starts { instance, from_zero: Run { problem, reference, .. }, .. } = starts;
    let (count, rank) = (problem.x.count(), instance.planted.sigma.len());
    let multiple = |(n, &(of, mu)): (usize, &(usize, f64))| {
        let same = |a: &f64, b: &f64| *a == mu * b;
        problem.x.row(n).iter().zip(problem.x.row(of)).all(|(a, b)| same(a, b)) && same(&problem.y[n], &problem.y[of])
    };
    Finding {
        holds: reference.rank == rank
            && reference.sigma_least() > 0.0
            && instance.multiples.len() == count - rank
            && (rank..count).zip(&instance.multiples).all(multiple),
        detail: format!(
            "{count} examples in ℝ^{}, the last {} of which are multiples of others; σ_{rank} = {:.6}, known to {:.0e}",
            problem.x.dim(),
            count - rank,
            reference.sigma[rank - 1],
            reference.error
        ),
    }
}

fn verify_small_step(lab: &Lab) -> Result<Finding> {
    let (starts, rates) = (lab.run(starts)?, lab.run(rates)?);
    let product = |run: &Run| {
        // From above, as σ_1 is known up to its error.
        let sigma = run.reference.sigma[0] + run.reference.error;
        run.eta * sigma * sigma
    };
    let products: Vec<f64> = rates.iter().chain([&starts.from_zero]).map(product).collect();
    let shown: Vec<String> = products.iter().map(|p| format!("{p:.4}")).collect();
    Ok(Finding {
        holds: products.iter().all(|&p| p > 0.0 && p < 2.0),
        detail: format!("η σ_1² = {}", shown.join(", ")),
    })
}

/// The gradient is taken from the loss alone: of a quadratic function the difference (L(w + s e_j) - L(w - s e_j))/2s is
/// the derivative. Whether w_(k+1) - w_k is -η times that, in every coordinate, at the first steps.
fn euclidean_steps(run: &Run) -> Finding {
    let Run { problem, eta, .. } = run;
    let (count, dim) = (problem.x.count() as f64, problem.x.dim() as f64);
    let loss = |w: &[f64]| {
        let r = norm(&problem.residual(w));
        0.5 * r * r
    };
    let (mut apart, mut allowed, mut least) = (0.0_f64, 0.0_f64, f64::INFINITY);
    for pair in run.iterates.windows(2).filter(|pair| pair[1].step == pair[0].step + 1) {
        let [from, to] = [&pair[0].w, &pair[1].w];
        let s = norm(from);
        let mut longest = 0.0_f64;
        for j in 0..from.len() {
            let pushed = |s: f64| {
                let mut w = from.clone();
                w[j] += s;
                loss(&w)
            };
            let derivative = (pushed(s) - pushed(-s)) / (2.0 * s);
            apart = apart.max((to[j] - from[j] + eta * derivative).abs());
            longest = longest.max((to[j] - from[j]).abs());
        }
        // Residuals are sums of d products, the loss a sum of n squares.
        let largest = 2.0 * problem.frobenius() * s + norm(&problem.y);
        let rounding = Slack::rounding(2.0 * (dim / 4.0 + 4.0) + count / 4.0 + 6.0, eta * largest * largest / s)
            + Slack::rounding(2.0, s);
        allowed = allowed.max(rounding.total());
        least = least.min(longest);
    }
    Finding {
        holds: apart <= allowed && allowed <= 0.01 * least,
        detail: format!(
            "w_(k+1) - w_k against -η times differences of the loss, every coordinate at ten steps: apart by {apart:.0e}, \
             rounding {allowed:.0e}"
        ),
    }
}

fn verify_start_in_row_space(lab: &Lab) -> Result<Finding> {
    let starts = lab.run(starts)?;
    let run = &starts.from_row_space;
    let part = norm(&run.reference.null_part(&run.start)) / norm(&run.start);
    // The rows are combined with rounding, and the computed row space is turned against the true one.
    let slack = Slack::rounding(4.0 * run.problem.x.count() as f64, 1.0)
        + Slack::certificate(2.0 * run.reference.error / run.reference.sigma_least());
    Ok(Finding {
        holds: part <= slack.total() && norm(&starts.from_zero.start) == 0.0,
        detail: format!("the starts 0 and X'z; of the length of the second a part of {part:.0e} is in the null space"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use theoremcheck::flow::least_squares::adagrad;
    use theoremcheck::seed::Seed;

    /// What the hypotheses forbid is seen to be forbidden.
    #[test]
    fn other_steps_and_other_targets_are_refused() {
        let mut starts = starts(Seed(1)).unwrap();
        assert!(consistent(&starts).holds && euclidean_steps(&starts.from_anywhere).holds);
        let run = &mut starts.from_anywhere;
        run.iterates = adagrad(&run.problem, 0.1, &run.start, &[0, 1, 2, 3]);
        assert!(!euclidean_steps(run).holds);
        *starts.from_zero.problem.y.last_mut().unwrap() *= 1.5;
        assert!(!consistent(&starts).holds);
    }
}
