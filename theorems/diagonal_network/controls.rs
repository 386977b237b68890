//! What happens instead, where a hypothesis is broken.

use super::depth::{Deep, deep, deeper_potential};
use super::discrete::{Descents, descents, discrete_steps};
use super::entropy::{End, Limit, Minimiser, hyperbolic_entropy, minimise, of_weights, settle};
use super::invariants::{Conserved, invariants, watch};
use super::network::{Arcsinh, plant_full};
use super::rich::log_sizes;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::lu::solve;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{LN_10, axpy, distance, dot, exp, ln, norm};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "equal-start",
        refutes: "invariants",
        on: "|part of arcsinh(β/2a) that no combination of rows makes up|",
        says: "If u and v are positive and differ at the start, arcsinh(β/2a) with a = u v begins at p = log(u/v) and keeps its distance \
               from the row space. The limit minimises Q less β·p among the solutions.",
        claims: |lab, c| lab.run(unequal_weights).map(|run| invariants(&run, c)),
        instead: |lab, c| lab.run(unequal_start).map(|run| divergence_from_the_start(&run, c)),
    },
    Control {
        without: "consistent",
        refutes: "hyperbolic-entropy",
        on: "|X β(t) - y|",
        says: "A fourth equation contradicts the others. The limit minimises Q among the β that make |X β - y| least.",
        claims: |lab, c| lab.run(contradiction).map(|run| hyperbolic_entropy(&run.end, c)),
        instead: |lab, c| lab.run(contradiction).map(|run| least_squares_solutions(&run, c)),
    },
    Control {
        without: "infinitesimal-steps",
        refutes: "hyperbolic-entropy",
        on: "|β(t) - argmin Q|",
        says: "Gradient descent with a step that is not small against its bound ends elsewhere: its u v has shrunk, and \
               arcsinh(β/2a) has left the row space.",
        claims: |lab, c| lab.run(descents).map(|run| hyperbolic_entropy(&as_flow(&run), c)),
        instead: |lab, c| lab.run(descents).map(|run| discrete_steps(&run, c)),
    },
    Control {
        without: "depth-two",
        refutes: "hyperbolic-entropy",
        on: "|β(t) - argmin Q|",
        says: "At depth three, from the same weights, the limit minimises another potential among the solutions.",
        claims: |lab, c| lab.run(depth_three).map(|end| hyperbolic_entropy(&end, c)),
        instead: |lab, c| {
            lab.run(deep).map(|runs| runs.iter().filter(|run| run.depth == 3).for_each(|run| deeper_potential(run, c)))
        },
    },
];

/// v between .4 and 2.5 times u.
pub(super) fn unequal_weights(seed: Seed) -> Result<Conserved> {
    let stream = &mut seed.stream("diagonal-network", "unequal factors");
    let factors: Vec<f64> = (0..7).map(|_| exp(stream.uniform(-0.9, 0.9))).collect();
    watch(seed, "unequal start", |i| factors[i])
}

/// The limit from weights that differ, and the minimiser of the divergence from the start.
pub(super) struct Unequal {
    run: Limit,
    /// What the residual that is left is worth in β.
    left: f64,
    minimiser: Minimiser,
    unshifted: Minimiser,
}

pub(super) fn unequal_start(seed: Seed) -> Result<Unequal> {
    let stream = &mut seed.stream("diagonal-network", "unequal limit");
    let problem = plant_full(3, 7, stream)?.problem;
    let alpha = exp(LN_10 * stream.uniform(-1.3, -0.3));
    let mut weights = || -> Vec<f64> { (0..7).map(|_| alpha * exp(stream.uniform(-0.5, 0.5))).collect() };
    let (plus, minus) = (weights(), weights());
    let log_a: Vec<f64> = plus.iter().zip(&minus).map(|(p, m)| ln(*p) + ln(*m)).collect();
    let shift: Vec<f64> = plus.iter().zip(&minus).map(|(p, m)| ln(p / m)).collect();
    let l1 = min_l1_norm(&problem)?;
    let minimiser = minimise(&problem, &log_a, &shift, &l1)?;
    let unshifted = minimise(&problem, &log_a, &[0.0; 7], &l1)?;
    let run = of_weights(&problem, 2, alpha, &plus, &minus, minimiser.rate(&problem, &log_a))?;
    let left = norm(&problem.residual(&run.beta)) * minimiser.gain;
    Ok(Unequal { run, left, minimiser, unshifted })
}

/// arcsinh(β/2a) - log(u/v) at the start is a combination of rows: the limit minimises the divergence from the start.
pub(super) fn divergence_from_the_start(run: &Unequal, claims: &mut Claims) {
    let Unequal { run, left, minimiser, unshifted } = run;
    let size = norm(&minimiser.beta);
    claims
        .equal(
            "|β(t) - argmin (Q - β·log(u/v))|",
            distance(&run.beta, &minimiser.beta),
            0.0,
            run.slack() + minimiser.slack().times(size) + Slack::next_term(*left, 2.0),
        )
        .on("its distance from argmin Q", distance(&minimiser.beta, &unshifted.beta));
}

/// Four equations of which the last is the sum of the others, weighted, but for a gap.
pub(super) struct Contradiction {
    end: End,
    gap: f64,
    /// What the residual that is left, beside that of the least squares, is worth in β.
    left: f64,
}

pub(super) fn contradiction(seed: Seed) -> Result<Contradiction> {
    let stream = &mut seed.stream("diagonal-network", "contradiction");
    let three = plant_full(3, 7, stream)?.problem;
    let weights: Vec<f64> = (0..3).map(|_| stream.uniform(-1.0, 1.0)).collect();
    let lack = stream.uniform(0.2, 0.5);
    let mut rows = three.x.rows().flatten().copied().collect::<Vec<f64>>();
    rows.extend(three.x.combination(&weights));
    let mut y = three.y.clone();
    y.push(dot(&weights, &three.y) + lack);
    let problem = Regression { x: Points::new(7, rows)?, y };
    // With u = X β of the first three, (I + c c') u = y + c y_4 is where |X β - y| is least.
    let matrix: Vec<Vec<f64>> =
        (0..3).map(|i| (0..3).map(|j| f64::from(i == j) + weights[i] * weights[j]).collect()).collect();
    let mut right = three.y.clone();
    axpy(problem.y[3], &weights, &mut right);
    let reduced = Regression { x: three.x.clone(), y: solve(&matrix, false, &right) };
    let alpha = exp(LN_10 * stream.uniform(-1.3, -0.3));
    let log_a = vec![2.0 * ln(alpha); 7];
    let minimiser = minimise(&reduced, &log_a, &[0.0; 7], &min_l1_norm(&reduced)?)?;
    let ode = Arcsinh { problem: &problem, log_a: &log_a };
    let residual = |z: &[f64]| norm(&reduced.residual(&ode.beta(z)));
    let rest = settle(&ode, residual, norm(&problem.y), &[0.0; 7], minimiser.rate(&reduced, &log_a))?;
    let reach = norm(&minimiser.s).max(1.0);
    let left = residual(&rest.fine) * minimiser.gain;
    let run = Limit::new(&rest, |z| ode.beta(z), reach);
    let end = End { name: format!("α = {alpha:.2e}"), problem, log_a, minimiser, run };
    Ok(Contradiction { end, gap: lack / (1.0 + dot(&weights, &weights)).sqrt(), left })
}

/// The flow sees only X'(X β - y), which is the same for y and for its nearest point in the range of X.
pub(super) fn least_squares_solutions(run: &Contradiction, claims: &mut Claims) {
    let Contradiction { end: End { problem, minimiser, run, .. }, gap, left } = run;
    let size = norm(&minimiser.beta);
    let slack = || run.slack() + Slack::next_term(*left, 2.0);
    claims
        .equal(
            "distance of β(t) from the minimiser of Q among the least-squares solutions",
            distance(&run.beta, &minimiser.beta),
            0.0,
            slack() + minimiser.slack().times(size),
        )
        .on("|β|", size);
    claims.equal(
        "|X β(t) - y|, against the distance of y from the range of X",
        norm(&problem.residual(&run.beta)),
        *gap,
        slack().times(problem.frobenius()) + Slack::rounding(64.0, norm(&problem.y)),
    );
}

/// Gradient descent in the place of the flow.
fn as_flow(descents: &Descents) -> End {
    let Descents { problem, alpha, flow, .. } = descents;
    End {
        name: format!("gradient descent, η = {:.1e}", descents.large.eta),
        problem: problem.clone(),
        log_a: vec![2.0 * ln(*alpha); problem.x.dim()],
        minimiser: flow.clone(),
        run: descents.as_limit(),
    }
}

/// The flow of depth three beside the minimiser of Q from its weights.
pub(super) fn depth_three(seed: Seed) -> Result<End> {
    let Deep { alpha, problem, shape, run, .. } = deep(seed)?.remove(0);
    let log_a = log_sizes(alpha, &shape);
    let minimiser = minimise(&problem, &log_a, &vec![0.0; log_a.len()], &min_l1_norm(&problem)?)?;
    Ok(End { name: "depth three".to_string(), problem, log_a, minimiser, run })
}
