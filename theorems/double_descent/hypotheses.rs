//! The hypotheses, as the experiments are seen to satisfy them.

use super::descent::{Descent, From, descents};
use super::draws::{CURVE, Draw, Model, model, sampling, sizes};
use super::on_data::gap;
use super::risk::has_mean_claim;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::norm;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "gaussian-features",
        says: "The features are jointly Gaussian, of mean 0.",
        verify: |lab| {
            moments(
                lab,
                &[
                    ("x", 0.0, 1.0, |x, _, _| x),
                    ("x²", 1.0, 2.0, |x, _, _| x * x),
                    ("x⁴", 3.0, 96.0, |x, _, _| x * x * x * x),
                ],
            )
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "isotropic-features",
        says: "The features are uncorrelated, of variance 1. The risk below n does not need it, see the step correlation-leaves-the-peak; the risk \
               above n and the step selected-features do.",
        verify: |lab| moments(lab, &[("x²", 1.0, 2.0, |x, _, _| x * x), ("x z", 0.0, 1.0, |x, z, _| x * z)]),
        only_sufficient: None,
    },
    Hypothesis {
        id: "independent-noise",
        says: "The noise is independent of the features, of mean 0 and with covariance σ²I. Features that are left out are such noise \
               to those that are used, if all are Gaussian and uncorrelated.",
        verify: |lab| {
            moments(
                lab,
                &[
                    ("ε", 0.0, 1.0, |_, _, e| e),
                    ("ε²", 1.0, 2.0, |_, _, e| e * e),
                    ("(ε² - 1)(x² - 1)", 0.0, 4.0, |x, _, e| (e * e - 1.0) * (x * x - 1.0)),
                ],
            )
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "gap",
        says: "|n - p| is at least 2, if there is noise.",
        verify: |lab| {
            let Model { n, variance, .. } = model(lab.seed());
            let compared: Vec<usize> = sizes(lab.seed()).into_iter().filter(|&p| has_mean_claim(n, p)).collect();
            let listed: Vec<String> = compared.iter().map(usize::to_string).collect();
            Ok(Finding {
                holds: compared.iter().all(|p| gap(p.abs_diff(n), variance).holds),
                detail: format!("n = {n}, and means with noise are compared at p = {}", listed.join(", ")),
            })
        },
        only_sufficient: Some(
            "It is needed for the mean to be finite, and for nothing else: the step law-of-the-noise says what the risk is without it.",
        ),
    },
    Hypothesis {
        id: "start-at-zero",
        says: "Gradient descent starts at 0. Above n, a start in the row space of X does as well; below n, any start.",
        verify: |lab| {
            let descents = lab.run_with(From::Zero, descents)?;
            let farthest = descents.iter().map(|descent| norm(&descent.run.start)).fold(0.0, f64::max);
            Ok(Finding { holds: farthest == 0.0, detail: format!("|w_0| = {farthest} in {} runs", descents.len()) })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "small-step",
        says: "Gradient descent has a constant step 0 < η < 2/s_1.",
        verify: |lab| {
            let descents = lab.run_with(From::Zero, descents)?;
            let product = |Descent { run, .. }: &Descent| {
                let sigma = run.reference.sigma[0] + run.reference.error;
                run.eta * sigma * sigma
            };
            let largest = descents.iter().map(product).fold(0.0, f64::max);
            Ok(Finding { holds: largest < 2.0, detail: format!("η s_1 ≤ {largest:.4} in {} runs", descents.len()) })
        },
        only_sufficient: None,
    },
];

/// The name of a function of x_i1, x_i2 and ε_i, its mean and its variance under the hypothesis, and the function.
type Moment = (&'static str, f64, f64, fn(f64, f64, f64) -> f64);

/// Means over the examples of the first draws.
fn moments(lab: &Lab, wanted: &[Moment]) -> Result<Finding> {
    const DRAWS: usize = 500;
    let (model, sizes) = (model(lab.seed()), sizes(lab.seed()));
    let draws: Vec<Draw> = (0..DRAWS).map(|k| Draw::of(model, sizes[sizes.len() - 1], lab.seed(), CURVE, k)).collect();
    let examples = || draws.iter().flat_map(|draw| (0..model.n).map(move |i| (draw, i)));
    let count = DRAWS * model.n;
    let (mut holds, mut seen) = (true, Vec::new());
    for (name, mean, variance, of) in wanted {
        let value = |(draw, i): (&Draw, usize)| of(draw.columns[0][i], draw.columns[1][i], draw.epsilon[i]);
        let measured = examples().map(value).sum::<f64>() / count as f64;
        holds &= (measured - mean).abs() <= sampling(*variance, count).total();
        seen.push(format!("mean of {name}: {measured:.4} for {mean}"));
    }
    Ok(Finding { holds, detail: format!("{}; {count} examples of the draws", seen.join(", ")) })
}
