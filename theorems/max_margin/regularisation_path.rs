//! The regularisation path: what penalties find as they vanish, beside what gradient descent finds as it runs.

use faer::Mat;
use faer::linalg::solvers::Solve;

use super::expansion::Expansion;
use super::experiments::{Run, planted};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::gradient_flow::{Frame, Setup};
use theoremcheck::flow::loss::scaled_descent;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, distance, dot, ln, norm};
use theoremcheck::reference::max_margin::{MaxMargin, max_margin};
use theoremcheck::reference::soft_margin::{SoftMargin, soft_margin};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "regularisation-path",
        says: "As λ goes to 0 the minimiser of L + (λ/2)|w|², with the exponential or the logistic loss, takes the direction of ŵ: once its margin is \
               positive, it is γ, less log(2N)/|w| at the most.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "rosset-zhu-hastie-2003" },
        notes: &["N10"],
        claims: |lab, c| {
            let run = lab.run(planted)?;
            regularisation_path(&run, &penalised(&run)?, c);
            Ok(())
        },
    },
    Step {
        id: "penalty-expansion",
        says: "Where some dual solution is positive on all support vectors, the minimiser of regularisation-path is a ŵ + v \
               with a e^a = 1/λ and v = w̃ - A^-1 w̃/a + v_2/a² + O(1/a³): where they span the space, its \
               distance from the ray of ŵ has the limit that the flow's has.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N10"],
        claims: |lab, c| {
            let run = lab.run(planted)?;
            penalty_expansion(&run, &penalised(&run)?, c);
            Ok(())
        },
    },
    Step {
        id: "soft-margin-is-exact",
        says: "The soft-margin machine with C ≥ max alpha_n, for some dual solution, is the hard-margin one, not only in the \
               limit.",
        kind: Kind::Refinement,
        standing: Standing::Proved { cite: "boyd-vandenberghe-2004" },
        notes: &["N10"],
        claims: |lab, c| lab.run(soft_margins).map(|soft| soft_margin_is_exact(&soft, c)),
    },
];

/// The minimiser of L(w) + (λ/2)|w|², written as w = a ŵ + v with a e^a = 1/λ.
pub struct Penalised {
    log_lambda: f64,
    pub a: f64,
    pub v: Vec<f64>,
    /// |gradient| over λ a, at the end of Newton's method.
    residual: f64,
}

impl Penalised {
    fn weights(&self, reference: &MaxMargin) -> Vec<f64> {
        combine(self.a, &reference.w_hat, &self.v)
    }
}

/// ln λ = -100, -10^4 and -10^6 on the planted points.
pub fn penalised(run: &Run) -> Result<Vec<Penalised>> {
    [-1e2, -1e4, -1e6].into_iter().map(|log_lambda| minimise(&run.setup, &run.expansion.frame, log_lambda)).collect()
}

/// λ w = Σ -ℓ'_n x_n, divided by λ a, is Σ e^(a + ln(-ℓ'_n)) x_n - ŵ - v/a = 0 in v: the velocity of the flow at
/// log t = a, less v/a. Strictly convex; Newton's method with halving.
pub fn minimise(setup: &Setup, frame: &Frame, log_lambda: f64) -> Result<Penalised> {
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
        // After so short a step the next would be its square, and what is left is rounding, which may fall by chance for ever.
        let is_last = norm(&step) <= f64::EPSILON.sqrt() * (1.0 + norm(&v));
        let falls = norm(&next_force) < norm(&force);
        if falls {
            (v, force) = (next, next_force);
        }
        if is_last || !falls {
            return Ok(Penalised { log_lambda, a, residual: norm(&force), v });
        }
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
pub fn first_order(expansion: &Expansion) -> Vec<f64> {
    inverse(expansion, &expansion.w_tilde).iter().map(|x| -x).collect()
}

/// The regularisation path. Of all vectors of its length the penalised minimiser has the least loss, and so a
/// margin that is at most log(2N)/|w| less than the largest.
fn regularisation_path(run: &Run, path: &[Penalised], claims: &mut Claims) {
    let Run { setup, expansion, reference, .. } = run;
    for penalised in path {
        let Penalised { log_lambda, residual, .. } = penalised;
        let w = penalised.weights(reference);
        let length = norm(&w);
        let mut force = vec![0.0; w.len()];
        scaled_descent(&setup.points, setup.loss, -log_lambda, &w, &mut force);
        // Inner products of length d, and their exponents, which are differences of numbers of the size of ln λ.
        let ops = 2.0 * (setup.points.dim() + setup.points.count()) as f64;
        let rounding = || Slack::rounding(ops, setup.points.radius() * length);
        claims
            .equal(
                format!("|-∇L/λ - w| / |w|, ln λ = {log_lambda:.0e}"),
                distance(&force, &w) / length,
                0.0,
                rounding() + Slack::certificate(*residual),
            )
            .on("1", 1.0);
        claims.at_most(
            format!("(γ - margin) |w|, ln λ = {log_lambda:.0e}, against log 2N"),
            expansion.gamma * length - setup.points.least_margin(&w),
            ln(2.0 * setup.points.count() as f64),
            rounding(),
        );
    }
}

/// The expansion in 1/a. With a e^a = 1/λ the penalised minimiser is a ŵ + v, where v solves the equation of
/// w̃ with ŵ + v/a in place of ŵ: v = w̃ - A^-1 w̃/a + v_2/a² + .. . Both paths run along ŵ at a bounded distance
/// that tends to the same w̃; the flow comes there like a power of t, the penalty like 1/log(1/λ).
fn penalty_expansion(run: &Run, path: &[Penalised], claims: &mut Claims) {
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
        let known = (residual / expansion.dual.curvature[0].0) + expansion.dual.uncertainty(&reference.w_hat);
        // v is solved for to its roundings, once for each of the d unknowns, and so is the exponent x_n·v.
        let rounded = Slack::rounding(4.0 * setup.points.dim() as f64, norm(v));
        // The third order stands to the second as the second to the first.
        let third = norm(&second) * norm(&second) / norm(&first) / (a * a * a);
        // What the points off the support still pull at log t = a.
        let unsupported = norm(&expansion.delta(*a));
        let error = Slack::certificate(known) + rounded + Slack::next_term(unsupported, 2.0);
        let at = format!("ln λ = {log_lambda:.0e}");
        claims
            .equal(
                format!("|v - w̃ + A^-1 w̃/a - v_2/a²| a, {at}"),
                distance(v, &combine(1.0 / (a * a), &second, &combine(1.0 / a, &first, w_tilde))) * a,
                0.0,
                (error + Slack::next_term(third, 4.0)).times(*a),
            )
            .on("|A^-1 w̃|", norm(&first));
    }
}

/// The soft margin on two points, where its path is known, and on the four points.
struct SoftMargins {
    pair: Pair,
    reference: MaxMargin,
    /// Just above and just below the largest multiplier, on the four points.
    above: SoftMargin,
    below: SoftMargin,
}

/// Two support vectors (1,a), (1,-b) with a > b, and solutions for some C from where the first has margin one to where
/// the second has.
struct Pair {
    points: Points,
    solutions: Vec<(f64, SoftMargin)>,
}

fn soft_margins(seed: Seed) -> Result<SoftMargins> {
    let mut stream = seed.stream("max-margin", "soft margins");
    let (a, b) = (stream.uniform(1.5, 2.5), stream.uniform(0.6, 1.2));
    let points = Points::from_rows(&[[1.0, a], [1.0, -b]]);
    // The multipliers are (b, a)/(a + b). With C on the second point the first has (1 - C (1 - ab))/(1 + a²), which must be
    // C or less.
    let (least, most) = (1.0 / (2.0 + a * a - a * b), a / (a + b));
    let solve = |part: f64| {
        let c = least + part * (most - least);
        Ok((c, soft_margin(&points, c)?))
    };
    let parts = [stream.uniform(0.05, 0.3), stream.uniform(0.4, 0.6), stream.uniform(0.7, 0.95)];
    let solutions = parts.into_iter().map(solve).collect::<Result<_>>()?;
    let four = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    let reference = max_margin(&four)?;
    let largest = reference.alpha.iter().copied().fold(0.0, f64::max);
    Ok(SoftMargins {
        pair: Pair { points, solutions },
        above: soft_margin(&four, 1.001 * largest)?,
        below: soft_margin(&four, 0.99 * largest)?,
        reference,
    })
}

/// The soft margin is exact at finite C: for C ≥ max alpha_n, ŵ and alpha satisfy its optimality conditions, and
/// its objective is strictly convex in w. Below, on two points, the second weight is C, and the first is such that its
/// margin is 1.
fn soft_margin_is_exact(soft: &SoftMargins, claims: &mut Claims) {
    // |w - w_C|² ≤ 2 (F(w) - least F): of the two bounds the difference is no less.
    let error = |solution: &SoftMargin| Slack::certificate((2.0 * (solution.upper - solution.lower)).sqrt());
    let bounds = |name: &str, solution: &SoftMargin, claims: &mut Claims| {
        let ratio = solution.lower / solution.upper;
        claims.at_most(format!("{name}: lower bound over upper bound"), ratio, 1.0, Slack::rounding(1.0, 1.0));
    };
    let Pair { points, solutions } = &soft.pair;
    let (x1, x2) = (points.row(0), points.row(1));
    for (k, (c, solution)) in solutions.iter().enumerate() {
        let name = format!("two points, C number {}", k + 1);
        bounds(&name, solution, claims);
        let first = (1.0 - c * dot(x1, x2)) / dot(x1, x1);
        let predicted = combine(first, x1, &combine(*c, x2, &[0.0, 0.0]));
        claims
            .equal(format!("{name}: |w - w_C|"), distance(&solution.w, &predicted), 0.0, error(solution))
            .on("|w_C|", norm(&predicted));
    }
    let apart = |solution: &SoftMargin| distance(&solution.w, &soft.reference.w_hat);
    let mut claims = claims.of_fixed_data();
    bounds("four points, C = 1.001 max alpha", &soft.above, &mut claims);
    claims
        .equal("four points, C = 1.001 max alpha: |w - ŵ|", apart(&soft.above), 0.0, error(&soft.above))
        .on("|ŵ|", 1.0 / soft.reference.gamma);
    // At C = .99 (2/3) the first weight is (1 + C)/5: w moves by (1/5 + 1, 2/5 - 1) times the change of C.
    let change = 0.01 * 2.0 / 3.0;
    bounds("four points, C = .99 max alpha", &soft.below, &mut claims);
    claims.equal(
        "four points, C = .99 max alpha: |w - ŵ|",
        apart(&soft.below),
        change * norm(&[1.2, -0.6]),
        error(&soft.below),
    );
}
