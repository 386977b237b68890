//! The largest margin in a norm Σ c_k |F_k w|: an interior point method for second-order cones finds w and weights of the
//! points, and both are certified apart from it.

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{NonnegativeConeT, SecondOrderConeT};
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver};

use super::norm::{Coefficient, dual, length};
use super::two_points::l1_norm;
use theoremcheck::claim::Slack;
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::points::Points;
use theoremcheck::real::UNIT_ROUNDOFF;

/// w and p with two bounds of the largest margin: min x_n·w/|w| and |Σ p_n x_n|_*, each moved outwards by its rounding.
pub struct LargestMargin {
    pub w: Vec<f64>,
    /// Weights of the points, of sum one.
    pub p: Vec<f64>,
    pub lower: f64,
    pub upper: f64,
}

/// The share of the largest margin by which the two bounds may be apart.
const CERTIFIED: f64 = 1e-6;

/// min Σ c_k t_k subject to x_n·w ≥ 1 and |F_k w| ≤ t_k, in w and t. The points must be separable.
pub fn largest_margin(points: &Points, coefficients: &[Coefficient]) -> Result<LargestMargin> {
    let (count, dim) = (points.count(), points.dim());
    // The solver wants rows A and b with b - A (w, t) in the cone.
    let mut a: Vec<Vec<f64>> = Vec::new();
    let mut b = vec![-1.0; count];
    let mut cones = vec![NonnegativeConeT(count)];
    let row = |w: &[f64], t: usize, by: f64| -> Vec<f64> {
        let sizes = (0..coefficients.len()).map(|k| if k == t { by } else { 0.0 });
        w.iter().map(|w| -w).chain(sizes).collect()
    };
    let none = coefficients.len();
    a.extend(points.rows().map(|x| row(x, none, 0.0)));
    for (k, coefficient) in coefficients.iter().enumerate() {
        a.push(row(&vec![0.0; dim], k, -1.0));
        a.extend(coefficient.rows.iter().map(|f| row(f, none, 0.0)));
        cones.push(SecondOrderConeT(1 + coefficient.rows.len()));
    }
    b.resize(a.len(), 0.0);
    let cost: Vec<f64> = vec![0.0; dim].into_iter().chain(coefficients.iter().map(|k| k.weight)).collect();
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: 1e-13,
        tol_gap_rel: 1e-13,
        tol_feas: 1e-13,
        ..DefaultSettings::default()
    };
    let quadratic = CscMatrix::zeros((cost.len(), cost.len()));
    let mut solver = DefaultSolver::new(&quadratic, &cost, &CscMatrix::from(&a), &b, &cones, settings)
        .map_err(|error| Error::numerical(format!("the largest margin: {error}")))?;
    solver.solve();
    certified(points, coefficients, solver.solution.x[..dim].to_vec(), &solver.solution.z[..count])
}

/// Whatever w and the weights are, min x_n·w ≤ Σ p_n x_n·w ≤ |Σ p_n x_n|_* |w|.
fn certified(points: &Points, coefficients: &[Coefficient], w: Vec<f64>, weights: &[f64]) -> Result<LargestMargin> {
    let total: f64 = weights.iter().map(|p| p.max(0.0)).sum();
    let p: Vec<f64> = weights.iter().map(|p| p.max(0.0) / total).collect();
    let lost = operations(points) * UNIT_ROUNDOFF * largest_dual(points);
    let size = length(coefficients, 2.0, &w);
    let lower = points.least_margin(&w) / size - lost * l1_norm(&w) / size;
    let upper = dual(coefficients, &points.combination(&p)) + lost;
    if upper - lower <= CERTIFIED * lower {
        Ok(LargestMargin { w, p, lower, upper })
    } else {
        Err(Error::numerical(format!(
            "the largest margin is not certified: it is between {lower:.6e} and \
             {upper:.6e}; features of one size and near their mean, such as --standardize with --bias makes, may help"
        )))
    }
}

/// The unit roundoffs that either bound may be off, the lower one on the scale R√d |w|₁/|w|, the upper one on R√d, for points of
/// length R at most. The rows of F_k are known to 22, 2π times 3 of the angle and 3 of cosine and sine, so that F_k w, of d
/// terms, is off by d + 25 of |w|₁ and |w|, a sum of at most d/2 + 1 with Σ c_k = 1, by 3d/2 + 34 together with its weights and
/// powers. A margin is off by d on the scale R|w|₁ and is itself at most R√d |w|: with the division that is 5d/2 + 35.
/// Σ p_n x_n is off by n in the sum and n + 1 in Σ p_n, and each F_k of it by d + 25: 2n + d + 26. Both are less than this.
fn operations(points: &Points) -> f64 {
    4.0 * (points.count() + points.dim() + 8) as f64
}

/// R√d, which no |F_k x_n| exceeds, as |x|₁ does not.
fn largest_dual(points: &Points) -> f64 {
    points.radius() * (points.dim() as f64).sqrt()
}

/// What rounding may do to the least margin of w over |w|.
pub fn rounding(points: &Points, w: &[f64], size: f64) -> Slack {
    Slack::rounding(operations(points), largest_dual(points) * l1_norm(w) / size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture_norm::product::Rule;
    use theoremcheck::seed::Seed;

    /// In l1 of one point the largest entry, by convolution the largest frequency; of two points that pull apart both are needed.
    #[test]
    fn known_margins() {
        let entries = Rule::Entries.coefficients(3);
        let one = largest_margin(&Points::from_rows(&[[1.0, -3.0, 2.0]]), &entries).unwrap();
        assert!(one.lower <= 3.0 && 3.0 <= one.upper && one.upper - one.lower < 1e-9);
        // w = (a, b): a ≥ 1 and b ≥ 1, p = (1/2, 1/2).
        let two = largest_margin(&Points::from_rows(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), &entries).unwrap();
        assert!((two.lower - 0.5).abs() < 1e-9 && (two.p[0] - 0.5).abs() < 1e-6);
        // The coefficient of frequency 1 of (1, 0, -1, 0) is 2, and no other is there.
        let waves = Rule::Convolution.coefficients(4);
        let wave = largest_margin(&Points::from_rows(&[[1.0, 0.0, -1.0, 0.0]]), &waves).unwrap();
        assert!((wave.lower - 2.0).abs() < 1e-8);
    }

    #[test]
    fn drawn_points_are_certified() {
        let mut stream = Seed(3).stream("architecture-norm", "largest margin");
        for rule in [Rule::Entries, Rule::Convolution] {
            let dim = 7;
            let axis = stream.normals(dim);
            let rows: Vec<f64> = (0..20)
                .flat_map(|_| {
                    let x = stream.normals(dim);
                    let side: f64 = x.iter().zip(&axis).map(|(x, a)| x * a).sum::<f64>().signum();
                    x.into_iter().map(|x| side * x).collect::<Vec<_>>()
                })
                .collect();
            let found = largest_margin(&Points::new(dim, rows).unwrap(), &rule.coefficients(dim)).unwrap();
            assert!(
                found.lower > 0.0 && found.upper - found.lower < 1e-8 * found.lower,
                "{rule:?}: {} {}",
                found.lower,
                found.upper
            );
        }
    }
}
