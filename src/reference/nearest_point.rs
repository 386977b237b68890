//! The point of a convex hull nearest to the origin (Wolfe 1976, Finding the nearest point in a
//! polytope): an active-set method that ends after finitely many exact steps.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;

use crate::error::{Error, Result};
use crate::problem::points::Points;
use crate::real::{axpy, dot, dot_beyond};

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

/// So many points a dimension are the few: the active ones are at most as many as dimensions, and one.
const FEW: usize = 2;

/// So many steps in a row may leave |z| as it is to the last bit: near the end only the weights improve.
const MOST_IDLE_STEPS: usize = 20;

/// Runs Wolfe's method.
///
/// The entering point is looked for among a few, those that were furthest across when all were last looked at, as long as
/// that brings z nearer: a look at all of large data comes from the memory. It ends on a look at all.
pub(super) fn nearest_point(points: &Points) -> Result<NearestPoint> {
    let squares: Vec<f64> = points.rows().map(|x| dot(x, x)).collect();
    let first = (0..points.count()).fold(0, |best, n| if squares[n] < squares[best] { n } else { best });
    let mut near = NearestPoint { corral: vec![first], weights: vec![1.0], z: points.row(first).to_vec() };
    let all: Vec<usize> = (0..points.count()).collect();
    let mut few = Vec::new();
    let mut idle = 0;
    for _ in 0..MOST_STEPS {
        let before = dot(&near.z, &near.z);
        if let Some(next) = major_step(points, &near, &few, &across(points, &few, &near.z))
            && dot(&next.z, &next.z) < before
        {
            near = next;
            idle = 0;
            continue;
        }
        // |z| never grows; where it would, or the active points have become dependent, the rest is rounding.
        let beyond = across(points, &all, &near.z);
        let Some(next) = major_step(points, &near, &all, &beyond) else { return Ok(near) };
        let after = dot(&next.z, &next.z);
        idle = if after < before { 0 } else { idle + 1 };
        if after > before || idle > MOST_IDLE_STEPS {
            return Ok(near);
        }
        near = next;
        few.clone_from(&all);
        few.sort_unstable_by(|&m, &n| beyond[m].total_cmp(&beyond[n]).then(m.cmp(&n)));
        few.truncate(FEW * points.dim());
        few.sort_unstable();
    }
    Err(Error::numerical(format!("the nearest point of the hull was not found in {MOST_STEPS} steps")))
}

/// (x - z)·z, negative on the near side of the plane through z, across z.
fn across(points: &Points, among: &[usize], z: &[f64]) -> Vec<f64> {
    among.iter().map(|&n| dot_beyond(points.row(n), z)).collect()
}

/// Lets the point that is furthest across the plane enter. None if there is none, or if the active points have become
/// dependent.
fn major_step(points: &Points, near: &NearestPoint, among: &[usize], across: &[f64]) -> Option<NearestPoint> {
    let furthest = (0..among.len()).reduce(|best, k| if across[k] < across[best] { k } else { best })?;
    let entering = among[furthest];
    let leads_on = across[furthest] < 0.0 && !near.corral.contains(&entering);
    leads_on.then(|| shrink(points, near.with(entering))).flatten()
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
        if near.corral.len() > points.dim() + 1 {
            return None;
        }
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
            // A weight that is zero already leaves at once.
            let ratio = if a > 0.0 { a / (a - b) } else { 0.0 };
            if b <= 0.0 && ratio <= step {
                step = ratio;
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
    near.z.fill(0.0);
    near.corral.iter().zip(&near.weights).for_each(|(&n, &a)| axpy(a, points.row(n), &mut near.z));
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
