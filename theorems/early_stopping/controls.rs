//! What is assumed, and what happens where it does not hold.

use super::constants::{Largest, of_variances};
use super::estimators::{Estimator, Weighing, descent, flow_from, over, risk};
use super::risks::{Instance, Paths, Rule, USUAL, filters, instance, instances, paths, paths_from, risk_never_above};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, dot, exp, exp_m1, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Control, Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "start-at-zero",
        says: "The flow starts at 0.",
        verify: |lab| {
            let size = norm(&lab.run(paths)?.start);
            Ok(Finding { holds: size == 0.0, detail: format!("|b(0)| = {size}") })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "matched-penalty",
        says: "λ = 1/t.",
        verify: |lab| {
            let apart = lab.run(instances)?.iter().map(|run| (run.lambda * run.t - 1.0).abs()).fold(0.0, f64::max);
            Ok(Finding { holds: apart <= 4.0 * f64::EPSILON, detail: format!("max |λ t - 1| = {apart:.0e}") })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "infinitesimal-steps",
        says: "The estimator is the flow, and not gradient descent with few steps.",
        verify: |lab| {
            let instances = lab.run(instances)?;
            let worst = instances.iter().map(|run| run.flow.slack.total()).fold(0.0, f64::max);
            Ok(Finding {
                holds: instances.iter().all(|run| run.steps.is_none()),
                detail: format!("integrated by a method that chooses its steps; the flows are known to {worst:.0e}"),
            })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "isotropic-prior",
        says: "For the risk on new examples of any covariance, β has mean 0 and covariance τ² I.",
        verify: |lab| {
            let instances = lab.run(instances)?;
            let exact = |run: &Instance| {
                let pairs = run.prior.iter().enumerate();
                run.prior.len() == run.design.dim()
                    && pairs.clone().all(|(i, p)| pairs.clone().all(|(j, q)| dot(p, q) == f64::from(i == j)))
            };
            Ok(Finding {
                holds: instances.iter().all(exact),
                detail: "the risks of the signals e_1, .., e_d are added up".to_string(),
            })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "uncorrelated-noise",
        says: "The entries of the noise have mean 0, are uncorrelated and have the same variance.",
        verify: |_| Ok(Finding { holds: true, detail: "the risk is computed with the covariance σ² I".to_string() }),
        only_sufficient: Some(
            "For the risk of estimation and that in the sample the noise may have any covariance: it changes the weights of the \
             eigenvectors in both risks alike, and the ratio of the terms is the same.",
        ),
    },
];

pub const CONTROLS: &[Control] = &[
    Control {
        without: "start-at-zero",
        refutes: "filters",
        on: "flow along v_1",
        says: "From b(0) ≠ 0 the flow keeps e^(-x_i) of b(0) along v_i, which ridge does not know.",
        claims: |lab, c| lab.run(from_elsewhere).map(|paths| filters(&paths, c)),
        instead: |lab, c| start_is_forgotten(&*lab.run(from_elsewhere)?, c),
    },
    Control {
        without: "matched-penalty",
        refutes: "risk-never-above",
        on: "estimation: the largest",
        says: "With λ = κ/t and κ > 2, hardly a signal and small x, the ratio of the risks is near κ².",
        claims: |lab, c| {
            let largest = lab.once(of_variances)?;
            lab.run(unmatched).map(|runs| risk_never_above(&runs, &largest, c))
        },
        instead: |lab, c| lab.run(unmatched).map(|runs| square_of_the_mismatch(&runs, c)),
    },
    Control {
        without: "infinitesimal-steps",
        refutes: "risk-never-above",
        on: "estimation: the largest",
        says: "Gradient descent with k steps of t/k has the filter 1 - (1 - x/k)^k. One step with x above 1/3 has more than c times the \
               variance of ridge, (1 + x)² times.",
        claims: |lab, c| {
            let largest = lab.once(of_variances)?;
            lab.run(one_step).map(|runs| risk_never_above(&runs, &largest, c))
        },
        instead: |lab, c| lab.run(one_step).map(|runs| filter_of_descent(&runs, c)),
    },
    Control {
        without: "isotropic-prior",
        refutes: "risk-never-above",
        on: "on new examples, isotropic prior: the largest",
        says: "If β has parts along eigenvectors of two eigenvalues, there is a direction of new examples in which ridge has no bias and the \
               flow has one: with little noise the \
               ratio is as large as one likes.",
        claims: |lab, c| {
            let largest = lab.once(of_variances)?;
            lab.run(one_direction).map(|runs| risk_never_above(&runs, &largest, c))
        },
        instead: |lab, c| {
            let largest = lab.once(of_variances)?;
            lab.run(one_direction).map(|runs| biases_mix(&runs, &largest, c))
        },
    },
];

pub(super) fn from_elsewhere(seed: Seed) -> Result<Paths> {
    let stream = &mut seed.stream("early-stopping", "start");
    paths_from(seed, |dim| (0..dim).map(|_| stream.uniform(1.0, 2.0)).collect())
}

/// b(t) - b(0) e^-x along v_i is what the flow from 0 has.
fn start_is_forgotten(paths: &Paths, claims: &mut Claims) -> Result<()> {
    let Paths { design, y, start, seen } = paths;
    let zero = vec![0.0; design.dim()];
    // Late nothing is left of it.
    for (t, flow, _) in &seen[..2] {
        for (i, s) in design.s.iter().enumerate() {
            let (v, x) = (&design.right[i], t * s);
            let from_zero = flow_from(&zero, &design.x, y, *t)?;
            claims
                .equal(
                    format!("flow along v_{} less that from 0, x = {x:.4}", i + 1),
                    dot(v, &flow.b) - dot(v, &from_zero.b),
                    exp(-x) * dot(v, start),
                    flow.slack.clone() + from_zero.slack + design.rounding(y),
                )
                .on("|b(0)|", norm(start));
        }
    }
    Ok(())
}

/// κ of λ = κ/t.
const MISMATCH: f64 = 3.0;

pub(super) fn unmatched(seed: Seed) -> Result<Vec<Instance>> {
    let stream = &mut seed.stream("early-stopping", "unmatched");
    let rule = Rule { spectrum: [0.5, 2.0], reach: [0.02, 0.1], noise: [1e4, 1e5], penalty: MISMATCH, ..USUAL };
    (0..3).map(|_| instance(stream, &rule)).collect()
}

/// ((1 - e^-x)(κ + x)/x)², between κ² less what x adds and κ².
fn square_of_the_mismatch(runs: &[Instance], claims: &mut Claims) {
    for (k, run) in runs.iter().enumerate() {
        let ratio = run.ratio(&[], 1.0, &Weighing::Estimation);
        let (mut above, mut below) = (0.0, 0.0);
        for s in &run.design.s {
            let x = run.t * s;
            let left = x / (MISMATCH + x);
            above += exp_m1(-x) * exp_m1(-x) / s;
            below += left * left / s;
        }
        claims.equal(
            format!("design {}: variance of the flow over that of ridge", k + 1),
            ratio.clone(),
            above / below,
            run.rounding(),
        );
        claims.at_most(format!("design {}: the same, against κ²", k + 1), ratio, MISMATCH * MISMATCH, run.rounding());
    }
}

pub(super) fn one_step(seed: Seed) -> Result<Vec<Instance>> {
    let stream = &mut seed.stream("early-stopping", "one step");
    let rule = Rule { spectrum: [0.9, 1.1], reach: [1.0, 1.9], noise: [1e4, 1e5], steps: Some(1), ..USUAL };
    (0..3).map(|_| instance(stream, &rule)).collect()
}

/// Along v_i the variance is x²/(x/(1 + x))² times that of ridge after one step, and after k steps that of the filter.
fn filter_of_descent(runs: &[Instance], claims: &mut Claims) {
    for (j, run) in runs.iter().enumerate() {
        for steps in [1, 2, 64] {
            let descent = descent(&run.design.x, run.t, steps);
            let of = |a: &Estimator| risk(a, &run.design.x, &[], 1.0, &Weighing::Estimation);
            let (mut above, mut below) = (0.0, 0.0);
            for s in &run.design.s {
                let x = run.t * s;
                let done = 1.0 - pow(1.0 - x / f64::from(steps), f64::from(steps));
                above += done * done / s;
                below += x / (1.0 + x) * (x / (1.0 + x)) / s;
            }
            claims.equal(
                format!("design {}, {steps} steps: variance over that of ridge", j + 1),
                over(of(&descent), of(&run.ridge)),
                above / below,
                run.rounding(),
            );
        }
    }
}

/// New examples along the part of the flow's error that is across that of ridge.
pub(super) fn one_direction(seed: Seed) -> Result<Vec<Instance>> {
    let stream = &mut seed.stream("early-stopping", "one direction");
    let rule = Rule { spectrum: [0.3, 3.0], reach: [2.0, 4.0], noise: [1e-4, 1e-3], ..USUAL };
    let run = |_| -> Result<Instance> {
        let mut run = instance(stream, &rule)?;
        let of_ridge = run.ridge.bias(&run.design.x, &run.beta);
        let mut v = run.flow.bias(&run.design.x, &run.beta);
        let share = dot(&v, &of_ridge) / dot(&of_ridge, &of_ridge);
        axpy(-share, &of_ridge, &mut v);
        let length = norm(&v);
        v.iter_mut().for_each(|v| *v /= length);
        run.root = Points::new(v.len(), v)?;
        run.prior = vec![run.beta.iter().map(|b| b / norm(&run.beta)).collect()];
        Ok(run)
    };
    (0..3).map(run).collect()
}

/// (Σ v_i (1 - f_i) β_i)² + noise Σ v_i² f_i²/(n s_i), where the biases of all directions are added up first.
fn biases_mix(runs: &[Instance], largest: &Largest, claims: &mut Claims) {
    for (k, run) in runs.iter().enumerate() {
        let v = run.root.row(0);
        let noise = run.noise / dot(&run.beta, &run.beta);
        let count = run.design.count() as f64;
        let sum = |left: &dyn Fn(f64) -> f64| {
            let (mut bias, mut variance) = (0.0, 0.0);
            for (i, s) in run.design.all_s().enumerate() {
                let (along, left) = (dot(v, &run.design.right[i]), left(run.t * s));
                bias += along * left * dot(&run.design.right[i], &run.prior[0]);
                variance += if s > 0.0 { along * along * (1.0 - left) * (1.0 - left) / (count * s) } else { 0.0 };
            }
            (bias * bias, noise * variance)
        };
        let (flow, ridge) = (sum(&|x| exp(-x)), sum(&|x| 1.0 / (1.0 + x)));
        let measured = run.ratio(&run.prior, noise, &Weighing::OutOfSample(&run.root));
        claims.equal(
            format!("design {}: risk of the flow over that of ridge in this direction", k + 1),
            measured,
            (flow.0 + flow.1) / (ridge.0 + ridge.1),
            // The bias of ridge is a difference that is rounded.
            run.rounding().times(flow.0 / (ridge.0 + ridge.1))
                + Slack::rounding(64.0, flow.0.sqrt() / (ridge.1.sqrt() + ridge.0.sqrt())),
        );
        claims.at_most(
            format!("design {}: variance of the flow over that of ridge in it, against c", k + 1),
            run.ratio(&[], noise, &Weighing::OutOfSample(&run.root)),
            largest.value,
            run.rounding(),
        );
    }
}
