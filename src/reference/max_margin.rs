//! The hard-margin separator, certified; or weights that prove that there is none.
//!
//! min |w|² subject to x_n·w ≥ 1 has the dual: the point z = Σ a_n x_n of the convex hull that is nearest
//! to the origin. If z ≠ 0 then ŵ = z/|z|², γ = |z| and alpha = a/γ²; if z = 0 the a_n prove that no
//! direction separates (Gordan's alternative).

use faer::Mat;

use super::certificate::{Certificate, certify, upper_bound};
use super::compensated::less_dot;
use super::exact_relation::{MOST_POINTS, convex_relation};
use super::nearest_point::{NearestPoint, nearest_point};
use crate::error::{Error, Result};
use crate::problem::points::Points;
use crate::real::{UNIT_ROUNDOFF, norm};

/// The maximum-margin separator through the origin.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxMargin {
    /// argmin |w|² subject to x_n·w ≥ 1.
    pub w_hat: Vec<f64>,
    /// 1/|ŵ|: the distance of the nearest point from the separating plane.
    pub gamma: f64,
    /// One dual solution, zero off the active set: ŵ = Σ alpha_n x_n.
    pub alpha: Vec<f64>,
    /// The points with x_n·ŵ = 1 to rounding, increasing; some may have alpha_n = 0.
    pub support: Vec<usize>,
    /// m_n = x_n·ŵ, set to exactly 1 on the support.
    pub margins: Vec<f64>,
    /// What proves it.
    pub certificate: Certificate,
}

/// Which side of Gordan's alternative the data are on, with the proof.
#[derive(Debug, Clone, PartialEq)]
pub enum Separability {
    /// The separator of largest margin, certified.
    Separable(MaxMargin),
    /// There are weights ≥ 0 with sum one and Σ a_n x_n = 0; these are they, rounded, which leaves `residual`.
    Inseparable {
        /// One a point.
        weights: Vec<f64>,
        /// |Σ a_n x_n|.
        residual: f64,
    },
}

/// Examples longer than this, or shorter than its inverse, have squares that are not computed with.
const LONGEST: f64 = 1e100;

/// Decides separability through the origin and certifies the answer.
pub fn separate(points: &Points) -> Result<Separability> {
    let radius = points.radius();
    if radius == 0.0 {
        let mut weights = vec![0.0; points.count()];
        weights[0] = 1.0;
        return Ok(Separability::Inseparable { weights, residual: 0.0 });
    }
    if !(1.0 / LONGEST..=LONGEST).contains(&radius) {
        return Err(Error::numerical(format!(
            "the longest example has length {radius:.1e}; squares of lengths outside 1e-100 to 1e100 cannot be computed with: rescale the features"
        )));
    }
    let near = nearest_point(points)?;
    let a = spread(points.count(), &near.corral, &near.weights);
    let (w_hat, alpha) = polish(points, &near);
    let alpha = spread(points.count(), &near.corral, &alpha);
    let certificate = certify(points, &w_hat, &alpha);
    if certificate.lower > 0.0 && certificate.relative_gap <= WIDEST_GAP {
        return Ok(Separability::Separable(describe(points, w_hat, alpha, certificate)));
    }
    let hardly = |lower: f64, upper: f64| {
        Error::numerical(format!(
            "the examples are separable, but by so little that double precision does not find the separator: the margin \
             is between {lower:.2e} and {upper:.2e}, the longest example {radius:.2e}; features of one size and near their \
             mean, such as --standardize with --bias makes, may help"
        ))
    };
    if certificate.lower > 0.0 {
        return Err(hardly(certificate.lower, certificate.upper));
    }
    let residual = upper_bound(points, &a).abs();
    if balanced(points, &near) {
        return Ok(Separability::Inseparable { weights: a, residual });
    }
    // Where rounding has left points out of those that surround zero, others may do.
    let mut which = near.corral.clone();
    which.extend((0..points.count()).filter(|n| !near.corral.contains(n)));
    which.truncate(MOST_POINTS.max(near.corral.len()));
    if let Some(weights) = convex_relation(points, &which) {
        let weights = spread(points.count(), &which, &weights);
        let residual = upper_bound(points, &weights).abs();
        return Ok(Separability::Inseparable { weights, residual });
    }
    if which.len() == points.count() && points.count() <= MOST_POINTS {
        return Err(hardly(0.0, residual));
    }
    Err(Error::numerical(format!(
        "separability is not decided in double precision: the margin is at most {residual:.2e}, the longest example \
         {radius:.2e}; features of one size and near their mean, such as --standardize with --bias makes, may help"
    )))
}

/// Whether there are positive weights near the ones found with Σ a_n x_n = 0 exactly: if the active points span the
/// space, a - X^+ (Σ a_n x_n) is such a choice, as long as the correction is smaller than the least weight.
fn balanced(points: &Points, near: &NearestPoint) -> bool {
    let dim = points.dim();
    if near.corral.len() <= dim {
        return false;
    }
    let Ok(sigma) = points.columns(&near.corral).singular_values() else { return false };
    let smallest = sigma.iter().copied().fold(f64::INFINITY, f64::min);
    let least = near.weights.iter().copied().fold(f64::INFINITY, f64::min);
    // The singular values are known to some roundings of the largest one.
    let known = smallest - 16.0 * dim as f64 * UNIT_ROUNDOFF * points.radius();
    let all = spread(points.count(), &near.corral, &near.weights);
    upper_bound(points, &all) < known * least
}

/// The separator, or an error that carries the proof that there is none.
pub fn max_margin(points: &Points) -> Result<MaxMargin> {
    match separate(points)? {
        Separability::Separable(reference) => Ok(reference),
        Separability::Inseparable { .. } => Err(Error::numerical("the points are not linearly separable")),
    }
}

/// A reference whose two bounds are further apart than this is not handed out.
const WIDEST_GAP: f64 = 1e-6;

fn spread(count: usize, which: &[usize], values: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0; count];
    for (&n, &value) in which.iter().zip(values) {
        all[n] = value;
    }
    all
}

/// Solves X_S w = 1 for the shortest w, then X_S' alpha = w, each refined twice with the triangular factor
/// of X_S' and residuals in twice the working precision. Not by way of the Gram matrix, whose condition is the square, and not w as Σ alpha x, whose
/// terms cancel when the margin is small.
fn polish(points: &Points, near: &NearestPoint) -> (Vec<f64>, Vec<f64>) {
    let (k, dim) = (near.corral.len(), points.dim());
    let (mut w, mut alpha) = (vec![0.0; dim], vec![0.0; k]);
    if k > dim {
        // More active points than dimensions: z = 0, and there is no separator to polish.
        return (w, alpha);
    }
    let columns = points.columns(&near.corral);
    let qr = columns.qr();
    let (q, r) = (qr.compute_thin_Q(), qr.thin_R());
    for _ in 0..3 {
        let mut y = Mat::from_fn(k, 1, |i, _| less_dot(1.0, points.row(near.corral[i]), &w));
        r.transpose().solve_lower_triangular_in_place(&mut y);
        let correction = &q * &y;
        (0..dim).for_each(|i| w[i] += correction[(i, 0)]);
    }
    for _ in 0..3 {
        let residual = Mat::from_fn(dim, 1, |i, _| {
            let column: Vec<f64> = near.corral.iter().map(|&n| points.row(n)[i]).collect();
            less_dot(w[i], &column, &alpha)
        });
        let mut correction = q.transpose() * &residual;
        r.solve_upper_triangular_in_place(&mut correction);
        (0..k).for_each(|i| alpha[i] += correction[(i, 0)]);
    }
    (w, alpha)
}

fn describe(points: &Points, w_hat: Vec<f64>, alpha: Vec<f64>, certificate: Certificate) -> MaxMargin {
    let length = norm(&w_hat);
    let rounding = 64.0 * points.dim() as f64 * UNIT_ROUNDOFF * length;
    let mut margins = points.margins(&w_hat);
    let mut support = Vec::new();
    for (n, (m, x)) in margins.iter_mut().zip(points.rows()).enumerate() {
        if *m - 1.0 <= rounding * norm(x) {
            *m = 1.0;
            support.push(n);
        }
    }
    MaxMargin { w_hat, gamma: 1.0 / length, alpha, support, margins, certificate }
}

impl MaxMargin {
    /// The smallest x_n·ŵ off the support, if there is a point there.
    pub fn next_margin(&self) -> Option<f64> {
        self.margins.iter().copied().filter(|&m| m > 1.0).reduce(f64::min)
    }

    /// ŵ/|ŵ|.
    pub fn direction(&self) -> Vec<f64> {
        self.w_hat.iter().map(|w| w * self.gamma).collect()
    }
}
