//! The kernel limit α -> ∞: the least weighted l2 norm, and the first two orders of the way there.

use super::entropy::{Minimiser, minimise};
use super::network::{condition, plant_full};
use super::rich::log_sizes;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::lu::solve;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{LN_10, combine, difference, distance, dot, exp, norm, pow};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[KERNEL_LIMIT, L2_BOUND];

const KERNEL_LIMIT: Step = Step {
    id: "kernel-limit",
    says: "Let X have independent rows. As α grows, the minimiser of Q tends to the solution β2 that minimises Σ β_i²/ω_i², and \
           (β - β2) α^4 tends to P(β2³/24 ω^4), where the operations are those of each coordinate and P z = z - W X'(X W X')^-1 X z with \
           W = diag(ω²).",
    kind: Kind::Refinement,
    standing: Standing::ProvedHere,
    notes: &["N21"],
    claims: |lab, c| lab.run(large_starts).map(|large| kernel_limit(&large, c)),
};

const L2_BOUND: Step = Step {
    id: "l2-bound",
    says: "Let u = v = α at the start, and let b be the least l2 norm of the solutions. If α^4 ≥ b²/12, the minimiser of Q has \
           |β|² ≤ 2 b²/(1 + √(1 - b²/(12 α^4))); in particular, for ε > 0, |β|² ≤ (1 + ε) b² if α² ≥ (1 + ε) b/√(48 ε).",
    kind: Kind::Refinement,
    standing: Standing::ProvedHere,
    notes: &["N21"],
    claims: |lab, c| lab.run(bounded).map(|bounded| l2_bound(&bounded, c)),
};

/// The minimisers from large starts of one shape.
pub(super) struct Large {
    pub(super) problem: Regression,
    pub(super) shape: Vec<f64>,
    pub(super) at: Vec<(f64, Minimiser)>,
}

pub(super) fn large_starts(seed: Seed) -> Result<Large> {
    let stream = &mut seed.stream("diagonal-network", "kernel limit");
    let problem = plant_full(3, 7, stream)?.problem;
    let shape: Vec<f64> = (0..7).map(|_| stream.uniform(0.7, 1.4)).collect();
    let l1 = min_l1_norm(&problem)?;
    let alphas = [exp(LN_10 * stream.uniform(0.6, 0.8)), exp(LN_10 * stream.uniform(1.1, 1.4))];
    let at = |alpha: f64| Ok((alpha, minimise(&problem, &log_sizes(alpha, &shape), &[0.0; 7], &l1)?));
    let at = alphas.into_iter().map(at).collect::<Result<_>>()?;
    Ok(Large { problem, shape, at })
}

fn weigh(x: &[f64], shape: &[f64]) -> Vec<f64> {
    x.iter().zip(shape).map(|(x, w0)| x * w0 * w0).collect()
}

/// X W X'.
fn weighted_gram(problem: &Regression, shape: &[f64]) -> Vec<Vec<f64>> {
    problem.x.rows().map(|x| problem.x.margins(&weigh(x, shape))).collect()
}

/// W X'(X W X')^-1 v, the solution of X β = v that minimises Σ β_i²/ω_i².
pub(super) fn weighted_least_l2(problem: &Regression, shape: &[f64], v: &[f64]) -> Vec<f64> {
    weigh(&problem.x.combination(&solve(&weighted_gram(problem, shape), false, v)), shape)
}

/// The coefficients of α^-4, α^-8 and α^-12 in β.
///
/// arcsinh(β/2a) is a combination of rows, and 2a arcsinh(β/2a) = β - β³/24a² + 3β⁵/640a⁴ - 5β⁷/7168a⁶ + ..; so that
/// β = β2 + P(β³/24a² - 3β⁵/640a⁴ + 5β⁷/7168a⁶ - ..), order by order.
fn coefficients(problem: &Regression, shape: &[f64], limit: &[f64]) -> [Vec<f64>; 3] {
    let project = |term: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
        // In units of ω^4, by which a² = α^4 ω^4 differs from α^4.
        let v: Vec<f64> = shape.iter().enumerate().map(|(i, w0)| term(i, w0 * w0 * w0 * w0)).collect();
        difference(&v, &weighted_least_l2(problem, shape, &problem.x.margins(&v)))
    };
    let power = |b: f64, k: usize| super::network::power(b, k);
    let first = project(&|i, w| power(limit[i], 3) / (24.0 * w));
    let second =
        project(&|i, w| power(limit[i], 2) * first[i] / (8.0 * w) - 3.0 * power(limit[i], 5) / (640.0 * w * w));
    let third = project(&|i, w| {
        (limit[i] * limit[i] * second[i] + limit[i] * first[i] * first[i]) / (8.0 * w)
            - 3.0 * power(limit[i], 4) * first[i] / (128.0 * w * w)
            + 5.0 * power(limit[i], 7) / (7168.0 * w * w * w)
    });
    [first, second, third]
}

/// The kernel limit. Q is Σ β²/4a up to higher powers of β/a. The first correction is asserted with the second as its
/// known next term.
pub(super) fn kernel_limit(large: &Large, claims: &mut Claims) {
    let Large { problem, shape, at } = large;
    let limit = weighted_least_l2(problem, shape, &problem.y);
    let [first, second, third] = coefficients(problem, shape, &limit);
    // β2 has the roundings of elimination in the equations of X W X'.
    let of_limit = 8.0 * problem.x.count() as f64 * condition(&weighted_gram(problem, shape));
    for (alpha, minimiser) in at {
        let e = 1.0 / (alpha * alpha * alpha * alpha);
        let measured: Vec<f64> = difference(&minimiser.beta, &limit).iter().map(|d| d / e).collect();
        let rounding = minimiser.slack().times(norm(&limit)) + Slack::rounding(of_limit, norm(&limit));
        claims
            .equal(
                format!("α = {alpha:.2}: |(β - β2) α^4 - P(β2³/24 ω^4) - its next order|"),
                distance(&measured, &combine(e, &second, &first)),
                0.0,
                Slack::next_term(norm(&third) * e * e, 2.0) + rounding.times(1.0 / e),
            )
            .on("|P(β2³/24 ω^4)|", norm(&first));
    }
}

/// The minimisers from α itself: at a start that is hardly large enough, at larger ones, and at the one for a drawn ε.
pub(super) struct Bounded {
    at: Vec<(f64, Minimiser)>,
    threshold: (f64, f64, Minimiser),
    /// The least l2 norm, relatively uncertain by so many roundings.
    least: f64,
    roundings: f64,
    /// The solution of least l1 norm.
    sparse: Vec<f64>,
}

pub(super) fn bounded(seed: Seed) -> Result<Bounded> {
    let stream = &mut seed.stream("diagonal-network", "l2 bound");
    let problem = plant_full(3, 7, stream)?.problem;
    let uniform = [1.0; 7];
    let least = norm(&weighted_least_l2(&problem, &uniform, &problem.y));
    let roundings = 8.0 * problem.x.count() as f64 * condition(&weighted_gram(&problem, &uniform));
    let l1 = min_l1_norm(&problem)?;
    let at = |alpha: f64| Ok((alpha, minimise(&problem, &log_sizes(alpha, &uniform), &[0.0; 7], &l1)?));
    let epsilon = stream.uniform(0.1, 0.5);
    let enough = ((1.0 + epsilon) * least / (48.0 * epsilon).sqrt()).sqrt();
    let multiples = [stream.uniform(1.01, 1.1), stream.uniform(2.0, 5.0), stream.uniform(50.0, 200.0)];
    let alphas = multiples.map(|multiple| pow(multiple * least * least / 12.0, 0.25));
    Ok(Bounded {
        at: alphas.into_iter().map(at).collect::<Result<_>>()?,
        threshold: (epsilon, enough, at(enough)?.1),
        least,
        roundings,
        sparse: l1.beta.clone(),
    })
}

/// A bound for large starts. x - x³/6 ≤ arcsinh x ≤ x puts Q between Σ β²/4a - β⁴/192a³ and Σ β²/4a: compare the minimiser
/// with the solution of least l2 norm.
pub(super) fn l2_bound(bounded: &Bounded, claims: &mut Claims) {
    let Bounded { at, threshold: (epsilon, alpha, enough), least, roundings, sparse } = bounded;
    let square = least * least;
    let bound = |alpha: f64| 2.0 * square / (1.0 + (1.0 - square / (12.0 * pow(alpha, 4.0))).sqrt());
    let slack = |minimiser: &Minimiser| {
        let size = norm(&minimiser.beta);
        minimiser.slack().times(2.0 * size * size) + Slack::rounding(2.0 * roundings + 64.0, square)
    };
    for (alpha, minimiser) in at {
        let length = dot(&minimiser.beta, &minimiser.beta);
        claims.at_most(
            format!("α = {alpha:.2}: |β|², against 2 b²/(1 + √(1 - b²/12 α^4))"),
            length,
            bound(*alpha),
            slack(minimiser),
        );
        claims.at_least(format!("α = {alpha:.2}: |β|², against b²"), length, square, slack(minimiser));
    }
    let (largest, minimiser) = &at[2];
    claims.at_least(
        format!("|β|² of the solution of least l1 norm, against the bound at α = {largest:.2}"),
        dot(sparse, sparse),
        bound(*largest),
        slack(minimiser),
    );
    claims.at_most(
        format!("ε = {epsilon:.2}: |β|², against (1 + ε) b²"),
        dot(&enough.beta, &enough.beta),
        (1.0 + epsilon) * square,
        slack(enough),
    );
    // The condition on α is there for this.
    claims.equal(
        format!("ε = {epsilon:.2}: the bound on |β|², against (1 + ε) b²"),
        bound(*alpha),
        (1.0 + epsilon) * square,
        Slack::rounding(2.0 * roundings + 256.0 / epsilon, square),
    );
}
