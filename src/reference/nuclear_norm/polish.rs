//! Newton's method for the factors of a completion of least nuclear norm and its dual.
//!
//! min |X|_* is the minimum of (|U|_F² + |V|_F²)/2 over X = UV' (Srebro, Rennie, Jaakkola 2005). Where U and V have as
//! many columns as the solution has rank, it is a minimum in the usual sense, with the Lagrange conditions U = YV,
//! V = Y'U and P_Ω(UV') = P_Ω(M).

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::approximation::{Factors, operator};
use crate::problem::completion::{Completion, Entry};
use crate::real::{UNIT_ROUNDOFF, combine, difference, norm};

/// The largest system that is factored, in unknowns.
const MOST_UNKNOWNS: usize = 4000;

/// So many steps in a row may bring nothing: far from the solution what is linear in the error vanishes in a step, but
/// what is quadratic grows from nothing, and takes some steps to shrink again.
const MOST_IDLE_STEPS: usize = 8;

/// The weight of the proximal terms. With √u both the error that they leave in a step and the one of rounding are of
/// the order of √u of what was left before.
fn delta() -> f64 {
    UNIT_ROUNDOFF.sqrt()
}

/// Steps until the Lagrange conditions hold up to rounding, or bring nothing; returns the best point and the number of
/// steps.
pub(super) fn polish(problem: &Completion, factors: Factors, y: Vec<f64>) -> (Factors, Vec<f64>, usize) {
    // Each entry of the residual is a sum of at most rows + cols products.
    let rounding = (problem.rows + problem.cols) as f64 * UNIT_ROUNDOFF;
    let left = residual(problem, &factors, &y);
    // What grows to more than the root of what it was, in units of the factors, is not going to converge from there.
    let furthest = (left.size * factors.length()).sqrt();
    let mut best = (left.size, factors.clone(), y.clone());
    let mut centre = y.clone();
    let mut here = (factors, y, left);
    let (mut steps, mut idle) = (0, 0);
    while idle < MOST_IDLE_STEPS && best.0 > rounding * best.1.length() {
        // The misfit is to become -δ(y - centre); once it mostly is, the centre moves to y, and not before: a misfit
        // that is none of a small change of the factors would carry y away.
        let to_centre = combine(delta(), &difference(&here.1, &centre), &here.2.m);
        let misfit = if norm(&to_centre) < 0.5 * norm(&here.2.m) {
            centre.clone_from(&here.1);
            here.2.m.clone()
        } else {
            to_centre
        };
        let Some((factors, y)) = step(problem, &here.0, &here.1, &here.2, &misfit) else { break };
        let left = residual(problem, &factors, &y);
        steps += 1;
        if left.size.is_nan() || left.size > furthest {
            break;
        }
        idle = if left.size <= 0.5 * best.0 { 0 } else { idle + 1 };
        if left.size < best.0 {
            best = (left.size, factors.clone(), y.clone());
        }
        here = (factors, y, left);
    }
    (best.1, best.2, steps)
}

/// What is left of the Lagrange conditions.
struct Residual {
    /// U - YV.
    u: Mat<f64>,
    /// V - Y'U.
    v: Mat<f64>,
    /// P_Ω(UV' - M).
    m: Vec<f64>,
    /// The length of all three.
    size: f64,
}

fn residual(problem: &Completion, Factors { u, v }: &Factors, y: &[f64]) -> Residual {
    let y = operator(problem, y);
    let (left_u, left_v) = (u - &y * v, v - y.transpose() * u);
    let x = u * v.transpose();
    let left_m: Vec<f64> = problem.entries.iter().map(|entry| x[(entry.i, entry.j)] - entry.m).collect();
    let square = left_u.squared_norm_l2() + left_v.squared_norm_l2() + left_m.iter().map(|e| e * e).sum::<f64>();
    Residual { u: left_u, v: left_v, m: left_m, size: square.sqrt() }
}

/// One step of Newton's method with proximal terms in the factors and in y (Rockafellar 1976): the dual need not be
/// unique, and the factors never are, for U and V may be turned together. With A(dU, dV) = P_Ω(dU V' + U dV') and H
/// the second derivative (dU - Y dV, dV - Y'dU) of the Lagrangian,
///
///   (H + δ) d - A'dy = -(U - YV, V - Y'U),    A d + δ dy = -misfit,
///
/// of which dy is eliminated; where Y is a solution, H + δ + A'A/δ is positive definite.
///
/// None if nothing is left of the rank or the system is too large.
fn step(
    problem: &Completion,
    factors: &Factors,
    y: &[f64],
    left: &Residual,
    misfit: &[f64],
) -> Option<(Factors, Vec<f64>)> {
    let Factors { u, v } = factors;
    let (rows, k) = (problem.rows, u.ncols());
    let unknowns = (rows + problem.cols) * k;
    if unknowns == 0 || unknowns > MOST_UNKNOWNS {
        return None;
    }
    let delta = delta();
    // The unknown dU_ip stands at ik + p, and dV_jp at (rows + j)k + p.
    let mut system = Mat::<f64>::zeros(unknowns, unknowns);
    let mut target = Mat::from_fn(unknowns, 1, |at, _| {
        let (line, p) = (at / k, at % k);
        -if line < rows { left.u[(line, p)] } else { left.v[(line - rows, p)] }
    });
    (0..unknowns).for_each(|at| system[(at, at)] = 1.0 + delta);
    for ((&Entry { i, j, .. }, &y), &e) in problem.entries.iter().zip(y).zip(misfit) {
        let (at_u, at_v) = (i * k, (rows + j) * k);
        for p in 0..k {
            for q in 0..k {
                system[(at_u + p, at_u + q)] += v[(j, p)] * v[(j, q)] / delta;
                system[(at_v + p, at_v + q)] += u[(i, p)] * u[(i, q)] / delta;
                system[(at_v + p, at_u + q)] += u[(i, p)] * v[(j, q)] / delta;
            }
            system[(at_v + p, at_u + p)] -= y;
            target[(at_u + p, 0)] -= v[(j, p)] * e / delta;
            target[(at_v + p, 0)] -= u[(i, p)] * e / delta;
        }
    }
    system.lblt(Side::Lower).solve_in_place(&mut target);
    let d = |line: usize, p: usize| target[(line * k + p, 0)];
    let du = Mat::from_fn(rows, k, d);
    let dv = Mat::from_fn(problem.cols, k, |j, p| d(rows + j, p));
    let moved = &du * v.transpose() + u * dv.transpose();
    let dy = problem.entries.iter().zip(misfit).map(|(entry, e)| -(e + moved[(entry.i, entry.j)]) / delta);
    let y = y.iter().zip(dy).map(|(y, dy)| y + dy).collect();
    Some((Factors { u: u + du, v: v + dv }, y))
}
