//! The largest margin in a norm, with weights of the points that prove it.

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::NonnegativeConeT;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver};

use super::norm::Norm;
use super::spectral::central_path;
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{UNIT_ROUNDOFF, dot};
use theoremcheck::reference::certificate::combine;
use theoremcheck::reference::linear_system::solve;
use theoremcheck::reference::max_margin::max_margin;

/// w of norm one and weights p of sum one, with two bounds of the largest margin: min x_n·w/‖w‖ and ‖Σ p_n x_n‖_*, each moved
/// outwards by its rounding.
#[derive(Debug, Clone)]
pub struct LargestMargin {
    /// Of norm one.
    pub w: Vec<f64>,
    /// Weights of the points, of sum one.
    pub p: Vec<f64>,
    /// Σ p_n x_n.
    pub z: Vec<f64>,
    /// Between the bounds.
    pub gamma: f64,
    pub lower: f64,
    pub upper: f64,
}

impl LargestMargin {
    /// The margin min x_n·w/‖w‖ of some w, over this largest one.
    pub fn share(&self, points: &Points, norm: &Norm, w: &[f64]) -> f64 {
        points.least_margin(w) / norm.length(w) / self.gamma
    }
}

/// The share of the margin by which the bounds may be apart.
const CERTIFIED: f64 = 1e-6;

/// The largest margin of separable points: in l2 by the nearest point of the hull, in Q by w = C'^-1 u, which makes it
/// that of l2, in l1 and l_inf by linear programming and, at a vertex, by the equations that hold there, in the spectral norm by
/// the central path.
pub fn largest_margin(points: &Points, norm: &Norm) -> Result<LargestMargin> {
    let (w, p) = match norm {
        Norm::L2 => euclidean(points)?,
        Norm::Mahalanobis(c) => {
            let turned = points.rows().flat_map(|x| c.solve(x)).collect();
            let (u, p) = euclidean(&Points::new(points.dim(), turned)?)?;
            (c.solve_transpose(&u), p)
        }
        // The rows of a W sum to zero: with two of them, or one column, it has rank one.
        Norm::Spectral(shape) if shape.rows == 2 || shape.cols == 1 => euclidean(points)?,
        Norm::Spectral(shape) => {
            let answers = central_path(points, *shape)?;
            let bounded = answers.iter().map(|(w, p)| certified(points, norm, w, p));
            let gap = |of: &LargestMargin| of.upper - of.lower;
            let best = bounded.min_by(|a, b| gap(a).total_cmp(&gap(b))).expect("the path has an end");
            return checked(norm, best);
        }
        Norm::L1 | Norm::LInf => {
            let folded = Folded::new(points, norm)?;
            let solved = linear_program(&folded.points, norm)?;
            let near = certified(&folded.points, norm, &solved.0, &solved.1);
            let found = certified(points, norm, &folded.unfold(&solved.0), &solved.1);
            let gap = |of: &LargestMargin| of.upper - of.lower;
            let exact =
                vertex(&folded.points, norm, &near).map(|(w, p)| certified(points, norm, &folded.unfold(&w), &p));
            return checked(norm, exact.filter(|exact| gap(exact) < gap(&found)).unwrap_or(found));
        }
    };
    checked(norm, certified(points, norm, &w, &p))
}

fn checked(norm: &Norm, found: LargestMargin) -> Result<LargestMargin> {
    let LargestMargin { lower, upper, .. } = found;
    if upper - lower <= CERTIFIED * lower {
        Ok(found)
    } else {
        Err(Error::numerical(format!(
            "the largest margin in {} is not certified: it is between {lower:.6e} and {upper:.6e}; features of one size and near \
             their mean, such as --standardize with --bias makes, may help",
            norm.name()
        )))
    }
}

/// Whatever w and p are, min x_n·w ≤ Σ p_n x_n·w ≤ ‖Σ p_n x_n‖_* ‖w‖.
pub fn certified(points: &Points, norm: &Norm, w: &[f64], p: &[f64]) -> LargestMargin {
    let length = norm.length(w);
    let w: Vec<f64> = w.iter().map(|w| w / length).collect();
    let total: f64 = p.iter().map(|p| p.max(0.0)).sum();
    let p: Vec<f64> = p.iter().map(|p| p.max(0.0) / total).collect();
    let z = combine(points, &p);
    // A margin is off by d + 1 roundings of Σ |x_i w_i|. An entry of z, a sum in twice the precision, is rounded once and off by
    // n² u² of Σ p_n |x_ni|, twice that for safety; the weights sum to one but for n + 1 roundings. The quotient and these
    // corrections are off by less than 8.
    let (d, n) = (points.dim() as f64, points.count() as f64);
    let size = |x: &[f64]| x.iter().zip(&w).map(|(x, w)| (x * w).abs()).sum::<f64>();
    let certain = |x: &[f64]| dot(x, &w) - (d + 1.0) * UNIT_ROUNDOFF * size(x);
    let least = points.rows().map(certain).fold(f64::INFINITY, f64::min);
    let length = norm.length(&w);
    let lower = least / length - least.abs() * (norm.length_roundings(&w) / length + 8.0) * UNIT_ROUNDOFF;
    let sizes: Vec<f64> = (0..points.dim()).map(|i| points.rows().zip(&p).map(|(x, p)| p * x[i].abs()).sum()).collect();
    let of_sum = norm.dual_of_errors(&sizes) * 2.0 * n * n * UNIT_ROUNDOFF;
    let roundings =
        norm.dual_roundings(&z) + norm.dual_of_errors(&z.iter().map(|z| z.abs()).collect::<Vec<_>>()) + of_sum;
    let upper = norm.dual(&z) * (1.0 + (n + 9.0) * UNIT_ROUNDOFF) + roundings * UNIT_ROUNDOFF;
    LargestMargin { gamma: 0.5 * (lower + upper), w, p, z, lower, upper }
}

fn euclidean(points: &Points) -> Result<(Vec<f64>, Vec<f64>)> {
    max_margin(points).map(|found| (found.w_hat, found.alpha))
}

/// Features of which none is another's, or its negative, as those of two classes are: else no vertex is the only largest margin.
struct Folded {
    points: Points,
    /// Of every feature, the one among them that it is, and what a unit of that one's weight gives it.
    share: Vec<(usize, f64)>,
}

impl Folded {
    fn new(points: &Points, norm: &Norm) -> Result<Folded> {
        let mut first: Vec<usize> = Vec::new();
        let mut share: Vec<(usize, f64)> = Vec::new();
        for i in 0..points.dim() {
            let is = |j: usize, sign: f64| points.rows().all(|x| x[i] == sign * x[j]);
            let found = (0..first.len()).flat_map(|k| [(k, 1.0), (k, -1.0)]).find(|&(k, sign)| is(first[k], sign));
            share.push(found.unwrap_or((first.len(), 1.0)));
            if found.is_none() {
                first.push(i);
            }
        }
        let alike: Vec<f64> = (0..first.len()).map(|k| share.iter().filter(|of| of.0 == k).count() as f64).collect();
        // In l1 those that are alike share a weight; in l_inf each has all of it, and the margin as often.
        let l1 = matches!(norm, Norm::L1);
        if l1 {
            share.iter_mut().for_each(|(k, of)| *of /= alike[*k]);
        }
        let entry = |x: &[f64], k: usize| if l1 { x[first[k]] } else { alike[k] * x[first[k]] };
        let rows = points.rows().flat_map(|x| (0..first.len()).map(move |k| entry(x, k))).collect();
        Ok(Folded { points: Points::new(first.len(), rows)?, share })
    }

    fn unfold(&self, w: &[f64]) -> Vec<f64> {
        self.share.iter().map(|&(k, of)| of * w[k]).collect()
    }
}

/// min Σ t subject to x_n·w ≥ 1 and |w_i| ≤ t_i, where in l_inf the t_i are one and the same.
fn linear_program(points: &Points, norm: &Norm) -> Result<(Vec<f64>, Vec<f64>)> {
    let (count, dim) = (points.count(), points.dim());
    let sizes = if matches!(norm, Norm::L1) { dim } else { 1 };
    // The solver wants rows A and b with b - A (w, t) ≥ 0.
    let mut a: Vec<Vec<f64>> = points.rows().map(|x| x.iter().map(|x| -x).chain(vec![0.0; sizes]).collect()).collect();
    for i in 0..dim {
        for sign in [-1.0, 1.0] {
            let mut row = vec![0.0; dim + sizes];
            row[i] = sign;
            row[dim + i.min(sizes - 1)] = -1.0;
            a.push(row);
        }
    }
    let b: Vec<f64> = (0..a.len()).map(|k| if k < count { -1.0 } else { 0.0 }).collect();
    let cost: Vec<f64> = (0..dim + sizes).map(|k| if k < dim { 0.0 } else { 1.0 }).collect();
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: 1e-13,
        tol_gap_rel: 1e-13,
        tol_feas: 1e-13,
        ..DefaultSettings::default()
    };
    let quadratic = CscMatrix::zeros((cost.len(), cost.len()));
    let cones = [NonnegativeConeT(a.len())];
    let mut solver = DefaultSolver::new(&quadratic, &cost, &CscMatrix::from(&a), &b, &cones, settings)
        .map_err(|error| Error::numerical(format!("the largest margin: {error}")))?;
    solver.solve();
    Ok((solver.solution.x[..dim].to_vec(), solver.solution.z[..count].to_vec()))
}

/// What of the solver's answer counts as 0.
const NOTHING: f64 = 1e-7;

/// The equations of the vertex that the solver has come near, if they are as many as the unknowns: of w and γ, that the points
/// with a weight have the margin γ, and that ‖w‖ is one; of the weights and γ, that Σ p_n x_n has on the coordinates that
/// are free to move what no move improves.
fn vertex(points: &Points, norm: &Norm, near: &LargestMargin) -> Option<(Vec<f64>, Vec<f64>)> {
    let support: Vec<usize> = (0..points.count()).filter(|&n| near.p[n] > NOTHING).collect();
    let (bound, free): (Vec<usize>, Vec<usize>) = (0..points.dim()).partition(|&i| match norm {
        Norm::LInf => near.w[i].abs() > 1.0 - NOTHING,
        _ => near.w[i].abs() < NOTHING,
    });
    let (k, f) = (support.len(), free.len());
    let entry = |n: usize, i: usize| points.row(support[n])[i];
    let sign = |i: usize| near.w[i].signum();
    let l1 = matches!(norm, Norm::L1);
    if k != if l1 { f } else { f + 1 } {
        return None;
    }
    // The unknowns are w on the free coordinates, γ last: x_n·w - γ = 0, and in l1 Σ sign_i w_i = 1.
    let fixed = |n: usize| -> f64 { if l1 { 0.0 } else { bound.iter().map(|&i| sign(i) * entry(n, i)).sum() } };
    let mut rows: Vec<Vec<f64>> = (0..k).map(|n| free.iter().map(|&i| entry(n, i)).chain([-1.0]).collect()).collect();
    let mut right: Vec<f64> = (0..k).map(|n| -fixed(n)).collect();
    // The unknowns are p on the support, in l1 γ last: Σ p_n x_ni = sign_i γ, 0 in l_inf, and Σ p_n = 1.
    let mut dual: Vec<Vec<f64>> =
        free.iter().map(|&i| (0..k).map(|n| entry(n, i)).chain(l1.then_some(-sign(i))).collect()).collect();
    dual.push((0..k).map(|_| 1.0).chain(l1.then_some(0.0)).collect());
    if l1 {
        rows.push(free.iter().map(|&i| sign(i)).chain([0.0]).collect());
        right.push(1.0);
    }
    let on_free = solve(&rows, &right)?;
    let weights =
        solve(&dual, &(0..dual.len()).map(|k| if k + 1 == dual.len() { 1.0 } else { 0.0 }).collect::<Vec<_>>())?;
    let mut w: Vec<f64> = (0..points.dim()).map(|i| if l1 { 0.0 } else { sign(i) }).collect();
    free.iter().zip(&on_free).for_each(|(&i, &value)| w[i] = value);
    let mut p = vec![0.0; points.count()];
    support.iter().zip(&weights).for_each(|(&n, &weight)| p[n] = weight);
    Some((w, p))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// (x, y) as (x, -x, y, x): in l1 what it was, in l_inf the margin of (3x, y).
    #[rstest]
    #[case::shared(Norm::L1, 1.0)]
    #[case::each_the_whole(Norm::LInf, 3.0)]
    fn features_that_are_alike_are_one(#[case] norm: Norm, #[case] times: f64) {
        let pairs = [[2.0, 0.3], [0.5, 1.0], [1.1, -0.2], [0.4, 0.9]];
        let apart = pairs.map(|[x, y]| [x, -x, y, x]);
        let found = largest_margin(&Points::from_rows(&apart), &norm).unwrap();
        let one = largest_margin(&Points::from_rows(&pairs.map(|[x, y]| [times * x, y])), &norm).unwrap();
        let rounding = 64.0 * UNIT_ROUNDOFF * found.gamma;
        assert!(found.upper - found.lower <= rounding, "{} {}", found.lower, found.upper);
        assert!((found.gamma - one.gamma).abs() <= rounding, "{} {}", found.gamma, one.gamma);
    }
}
