//! The regularisation path: what penalties find as they vanish, beside what gradient descent finds as it runs.

use faer::Mat;
use faer::linalg::solvers::Solve;

use super::expansion::Expansion;
use super::experiments::Run;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::gradient_flow::{Frame, Setup};
use theoremcheck::flow::loss::scaled_descent;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, distance, dot, ln, norm};
use theoremcheck::reference::max_margin::{MaxMargin, max_margin};
use theoremcheck::reference::soft_margin::{SoftMargin, soft_margin};

/// The minimiser of L(w) + (λ/2)|w|², written as w = a ŵ + v with a e^a = 1/λ.
pub(super) struct Penalised {
    log_lambda: f64,
    pub(super) a: f64,
    pub(super) v: Vec<f64>,
    /// |gradient| over λ a, at the end of Newton's method.
    residual: f64,
}

/// ln λ = -100, -10^4 and -10^6 on the planted points.
pub(super) fn penalised(run: &Run) -> Result<Vec<Penalised>> {
    [-1e2, -1e4, -1e6].into_iter().map(|log_lambda| minimise(&run.setup, &run.expansion.frame, log_lambda)).collect()
}

/// λ w = Σ -ℓ'_n x_n, divided by λ a, is Σ e^(a + ln(-ℓ'_n)) x_n - ŵ - v/a = 0 in v: the velocity of the flow at
/// log t = a, less v/a. Strictly convex; Newton's method with halving.
pub(super) fn minimise(setup: &Setup, frame: &Frame, log_lambda: f64) -> Result<Penalised> {
    let a = omega(-log_lambda);
    let dim = setup.points.dim();
    let descent = |v: &[f64]| combine(-1.0 / a, v, &frame.velocity(setup, a, v));
    let mut v = vec![0.0; dim];
    let mut force = descent(&v);
    for _ in 0..MOST_STEPS {
        let mut curvature = frame.velocity_jacobian(setup, a, &v);
        for i in 0..dim {
            curvature[i * dim + i] -= 1.0 / a;
        }
        let step = Mat::from_fn(dim, dim, |i, j| -curvature[i * dim + j]).partial_piv_lu().solve(Mat::from_fn(
            dim,
            1,
            |i, _| force[i],
        ));
        let step: Vec<f64> = step.col(0).iter().copied().collect();
        let mut length = 1.0;
        let mut next = combine(length, &step, &v);
        let mut next_force = descent(&next);
        while norm(&next_force) > norm(&force) && length > 1e-6 {
            length /= 2.0;
            next = combine(length, &step, &v);
            next_force = descent(&next);
        }
        if norm(&next_force) >= norm(&force) {
            return Ok(Penalised { log_lambda, a, residual: norm(&force), v });
        }
        (v, force) = (next, next_force);
    }
    Err(Error::numerical(format!("Newton's method did not end for ln λ = {log_lambda}")))
}

const MOST_STEPS: usize = 500;

/// The a with a + log a = y, for y > 1: Lambert's W of e^y.
fn omega(y: f64) -> f64 {
    let mut a = y - ln(y);
    for _ in 0..50 {
        a -= (a + ln(a) - y) / (1.0 + 1.0 / a);
    }
    a
}

/// A^-1 b on the span of the support.
fn inverse(expansion: &Expansion, b: &[f64]) -> Vec<f64> {
    let mut x = vec![0.0; b.len()];
    expansion.dual.curvature.iter().for_each(|(lambda, axis)| axpy(dot(axis, b) / lambda, axis, &mut x));
    x
}

/// v_1 = -A^-1 w̃: how v leaves w̃, over a.
pub(super) fn first_order(expansion: &Expansion) -> Vec<f64> {
    inverse(expansion, &expansion.w_tilde).iter().map(|x| -x).collect()
}

/// **The regularisation path.** With a e^a = 1/λ the penalised minimiser is a ŵ + v, where v solves the equation of
/// w̃ with ŵ + v/a in place of ŵ: v = w̃ - A^-1 w̃/a + v_2/a² + .. . Both paths run along ŵ at a bounded distance
/// that tends to the same w̃; the flow comes there like a power of t, the penalty like 1/log(1/λ).
pub(super) fn regularisation_path(run: &Run, path: &[Penalised], claims: &mut Claims) {
    let Run { setup, expansion, reference, .. } = run;
    let w_tilde = &expansion.w_tilde;
    let first = first_order(expansion);
    // Order 1/a²: A v_2 = ½ Σ alpha (x·v_1)² x - v_1.
    let mut forcing: Vec<f64> = first.iter().map(|x| -x).collect();
    for (x, alpha) in setup.points.rows().zip(&expansion.dual.alpha) {
        let along = dot(x, &first);
        axpy(0.5 * alpha * along * along, x, &mut forcing);
    }
    let second = inverse(expansion, &forcing);
    for Penalised { log_lambda, a, v, residual } in path {
        let w = combine(*a, &reference.w_hat, v);
        let mut force = vec![0.0; w.len()];
        scaled_descent(&setup.points, setup.loss, -log_lambda, &w, &mut force);
        claims
            .equal(
                format!("|-∇L/λ - w| / |w|, ln λ = {log_lambda:.0e}"),
                distance(&force, &w) / norm(&w),
                0.0,
                // The exponents are differences of numbers of the size of ln λ.
                Slack::rounding(8.0 * w.len() as f64, setup.points.radius() * norm(&w)) + Slack::certificate(*residual),
            )
            .on("1", 1.0);
        let solved = residual / expansion.dual.curvature[0].0;
        // What the points off the support still pull at log t = a.
        let unsupported = norm(&expansion.leading(*a));
        let at = format!("ln λ = {log_lambda:.0e}");
        claims
            .equal(
                format!("|v - w̃ + A^-1 w̃/a - v_2/a²| a, {at}"),
                distance(v, &combine(1.0 / (a * a), &second, &combine(1.0 / a, &first, w_tilde))) * a,
                0.0,
                Slack::next_term((norm(&second) / norm(&first)) * norm(&second) / (a * a), 4.0)
                    + Slack::next_term(unsupported * a, 2.0)
                    + Slack::certificate(a * (solved + expansion.dual.uncertainty(&reference.w_hat)))
                    + Slack::rounding(64.0, a * norm(v)),
            )
            .on("|A^-1 w̃|", norm(&first));
    }
}

/// The soft margin on (1,2), (1,-1), whose path is known, and on the planted points of the descent.
pub(super) struct SoftMargins {
    /// (C, solution) on (1,2), (1,-1).
    pair: Vec<(f64, SoftMargin)>,
    reference: MaxMargin,
    /// Just above and just below the largest multiplier, on the four points.
    above: SoftMargin,
    below: SoftMargin,
}

pub(super) fn soft_margins() -> Result<SoftMargins> {
    let pair = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0]]);
    let four = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let reference = max_margin(&four)?;
    let largest = reference.alpha.iter().copied().fold(0.0, f64::max);
    let solve = |c: f64| Ok((c, soft_margin(&pair, c)?));
    Ok(SoftMargins {
        pair: [0.3, 0.5, 0.6].into_iter().map(solve).collect::<Result<_>>()?,
        above: soft_margin(&four, 1.001 * largest)?,
        below: soft_margin(&four, 0.99 * largest)?,
        reference,
    })
}

/// **The soft margin is exact at finite C**: for C ≥ max alpha_n, ŵ and alpha satisfy its optimality conditions, and
/// its objective is strictly convex in w. Below, on (1,2), (1,-1) with 1/4 ≤ C ≤ 2/3, the second weight is C and the
/// first (1 + C)/5.
pub(super) fn soft_margin_is_exact(soft: &SoftMargins, claims: &mut Claims) {
    // A primal-dual gap g bounds |w - w_C|² by 2 g times the objective, which is at most |ŵ|²/2 at ŵ.
    let error = |solution: &SoftMargin| {
        (solution.relative_gap.abs() + Slack::rounding(16.0, 1.0).total()).sqrt() / soft.reference.gamma
    };
    for (c, solution) in &soft.pair {
        let first = (1.0 + c) / 5.0;
        for (i, predicted) in [first + c, 2.0 * first - c].into_iter().enumerate() {
            claims
                .equal(format!("C = {c}: w_{}", i + 1), solution.w[i], predicted, Slack::certificate(error(solution)))
                .on("|ŵ|", 1.0 / soft.reference.gamma);
        }
    }
    let apart = |solution: &SoftMargin| distance(&solution.w, &soft.reference.w_hat);
    claims
        .equal(
            "four points, C = 1.001 max alpha: |w - ŵ|",
            apart(&soft.above),
            0.0,
            Slack::certificate(error(&soft.above)),
        )
        .on("|ŵ|", 1.0 / soft.reference.gamma);
    // At C = .99 (2/3) the first weight is (1 + C)/5: w moves by (1/5 + 1, 2/5 - 1) times the change of C.
    let change = 0.01 * 2.0 / 3.0;
    claims.equal(
        "four points, C = .99 max alpha: |w - ŵ|",
        apart(&soft.below),
        change * norm(&[1.2, -0.6]),
        Slack::certificate(error(&soft.below)),
    );
}
