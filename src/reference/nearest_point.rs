//! The point of a convex hull nearest to the origin (Wolfe 1976, Finding the nearest point in a
//! polytope): an active-set method that ends after finitely many exact steps.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;

use crate::error::{Error, Result};
use crate::problem::points::Points;
use crate::real::{difference, dot};

/// Weights on few points, nonnegative with sum one, whose combination z is as near to 0 as can be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NearestPoint {
    /// The points with a weight, affinely independent.
    pub corral: Vec<usize>,
    pub weights: Vec<f64>,
    /// z = Σ weights x.
    pub z: Vec<f64>,
}

/// Wolfe's method ends on any data; a run of more steps than this has lost to rounding.
const MOST_STEPS: usize = 100_000;

/// So many steps in a row may leave |z| as it is to the last bit: near the end only the weights improve.
const MOST_IDLE_STEPS: usize = 20;

/// Runs Wolfe's method.
pub(super) fn nearest_point(points: &Points) -> Result<NearestPoint> {
    let squares: Vec<f64> = points.rows().map(|x| dot(x, x)).collect();
    let first = (0..points.count()).fold(0, |best, n| if squares[n] < squares[best] { n } else { best });
    let mut near = NearestPoint { corral: vec![first], weights: vec![1.0], z: points.row(first).to_vec() };
    let mut idle = 0;
    for _ in 0..MOST_STEPS {
        // Major step: is there a point on the near side of the plane through z, across z? As (x - z)·z, which
        // keeps its digits where x·z and z·z agree to the last one.
        let beyond: Vec<f64> = points.rows().map(|x| dot(&difference(x, &near.z), &near.z)).collect();
        let entering = (0..points.count()).fold(0, |best, n| if beyond[n] < beyond[best] { n } else { best });
        if beyond[entering] >= 0.0 || near.corral.contains(&entering) {
            return Ok(near);
        }
        // |z| never grows; where it would, or the active points have become dependent, the rest is rounding.
        let Some(next) = shrink(points, near.with(entering)) else { return Ok(near) };
        let (before, after) = (dot(&near.z, &near.z), dot(&next.z, &next.z));
        idle = if after < before { 0 } else { idle + 1 };
        if after > before || idle > MOST_IDLE_STEPS {
            return Ok(near);
        }
        near = next;
    }
    Err(Error::numerical(format!("the nearest point of the hull was not found in {MOST_STEPS} steps")))
}

impl NearestPoint {
    fn with(&self, entering: usize) -> NearestPoint {
        let mut near = self.clone();
        near.corral.push(entering);
        near.weights.push(0.0);
        near
    }
}

/// Minor steps: moves towards the nearest point of the affine hull, dropping points whose weight would
/// turn negative, until the nearest point of what is left is inside. None if the points are dependent.
fn shrink(points: &Points, mut near: NearestPoint) -> Option<NearestPoint> {
    loop {
        let target = affine_weights(points, &near.corral);
        if target.iter().any(|b| !b.is_finite()) {
            return None;
        }
        if target.iter().all(|&b| b > 0.0) {
            near.weights = target;
            break;
        }
        let mut step = 1.0;
        let mut leaving = 0;
        for (i, (&a, &b)) in near.weights.iter().zip(&target).enumerate() {
            if b <= 0.0 && a / (a - b) <= step {
                step = a / (a - b);
                leaving = i;
            }
        }
        for (a, b) in near.weights.iter_mut().zip(&target) {
            *a = (*a + step * (b - *a)).max(0.0);
        }
        near.corral.remove(leaving);
        near.weights.remove(leaving);
        if near.corral.len() == 1 {
            near.weights = vec![1.0];
            break;
        }
    }
    let mut all = vec![0.0; points.count()];
    for (&n, &a) in near.corral.iter().zip(&near.weights) {
        all[n] = a;
    }
    near.z = points.combination(&all);
    Some(near)
}

/// Weights of sum one, of any sign, of the point of the affine hull nearest to 0: least squares in the
/// differences to the first point.
fn affine_weights(points: &Points, corral: &[usize]) -> Vec<f64> {
    let base = points.row(corral[0]);
    let k = corral.len() - 1;
    if k == 0 {
        return vec![1.0];
    }
    let differences = Mat::from_fn(points.dim(), k, |i, j| points.row(corral[j + 1])[i] - base[i]);
    let factor = differences.qr();
    let mut rest = Mat::zeros(k, 1);
    // Solved once and refined once.
    for _ in 0..2 {
        let combination = &differences * &rest;
        rest += factor.solve_lstsq(Mat::from_fn(points.dim(), 1, |i, _| -base[i] - combination[(i, 0)]));
    }
    let rest: Vec<f64> = rest.col(0).iter().copied().collect();
    let mut weights = vec![1.0 - rest.iter().sum::<f64>()];
    weights.extend(rest);
    weights
}
