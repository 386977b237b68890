//! The largest margin in the spectral norm, by the central path.

use super::norm::Cholesky;
use super::singular::{Shape, singular, singular_values};
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, dot, norm};
use theoremcheck::reference::linear_system::solve;

/// The orthonormal columns of a basis of the vectors in R^k of sum zero (Helmert): (1, .., 1, -j, 0, ..)/(j(j + 1))^(1/2).
fn sum_zero(k: usize) -> Vec<Vec<f64>> {
    let column = |j: usize| {
        let length = ((j * (j + 1)) as f64).sqrt();
        let entry = |i: usize| if i < j { 1.0 } else { -(j as f64) * f64::from(i == j) };
        (0..k).map(|i| entry(i) / length).collect()
    };
    (1..k).map(column).collect()
}

/// W and weights of the pairs near those of the largest margin: <A_n, W> ≥ t for all n, |W|_op ≤ 1, t as large as it can be. The
/// pairs' rows sum to zero, and so W = H Y with H'H = I. Newton's method minimises
/// -s t - Σ log(<A_n, W> - t) - log det(I - Y'Y) at growing s. There the weights 1/(s (<A_n, W> - t)) sum to one, and
/// Σ p_n A_n = (2/s) W (I - W'W)^-1 has the nuclear norm t + N/s + (2/s) Σ σ/(1 + σ), σ those of W, at most t + (N + rank)/s: that is the gap, until rounding
/// decides on the room that is left. Every point of the path is an answer, and where the last digits can be had, they are the last;
/// the certificate says which is the best.
pub fn central_path(points: &Points, shape: Shape) -> Result<Vec<(Vec<f64>, Vec<f64>)>> {
    let basis = sum_zero(shape.rows);
    let (rows, cols, radius) = (basis.len(), shape.cols, points.radius());
    let project = |x: &[f64]| -> Vec<f64> {
        let entry = |h: &Vec<f64>, j: usize| (0..shape.rows).map(|i| h[i] * x[i * cols + j]).sum::<f64>() / radius;
        basis.iter().flat_map(|h| (0..cols).map(move |j| entry(h, j))).collect()
    };
    let pairs: Vec<Vec<f64>> = points.rows().map(project).collect();
    let size = rows * cols;
    let mut y = vec![0.0; size];
    let mut t: f64 = -1.0;
    let room = |y: &[f64], t: f64| -> Vec<f64> { pairs.iter().map(|a| dot(a, y) - t).collect() };
    let inside =
        |y: &[f64], t: f64| room(y, t).iter().all(|s| *s > 0.0) && singular_values(Shape { rows, cols }, y)[0] < 1.0;
    let mut path: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    let mut s = 1.0;
    let gap = |s: f64| (pairs.len() + rows.min(cols)) as f64 / s;
    while gap(s) > GAP * t.abs() && s < LARGEST {
        for _ in 0..MOST_STEPS {
            let (gradient, hessian) = barrier(&pairs, Shape { rows, cols }, &y, &room(&y, t), s);
            let Some(factor) = Cholesky::of(&hessian) else { break };
            let step = factor.solve_transpose(&factor.solve(&gradient));
            let decrement = dot(&gradient, &step).max(0.0).sqrt();
            let damped = if decrement < 0.25 { 1.0 } else { 1.0 / (1.0 + decrement) };
            let moved = |k: i32| {
                let part = damped / f64::from(1 << k);
                (combine(-part, &step[..size], &y), t - part * step[size])
            };
            let Some((new, new_t)) = (0..30).map(moved).find(|(y, t)| inside(y, *t)) else { break };
            (y, t) = (new, new_t);
            if decrement < 1e-6 {
                break;
            }
        }
        let reciprocals: Vec<f64> = room(&y, t).iter().map(|room| 1.0 / room).collect();
        let total: f64 = reciprocals.iter().sum();
        path.push((y.clone(), reciprocals.iter().map(|r| r / total).collect()));
        s *= 4.0;
    }
    let (y, p) = &path[path.len() - 1];
    let better = polished(&pairs, Shape { rows, cols }, y, p);
    let lifted = |y: &[f64]| -> Vec<f64> {
        let entry = |i: usize, j: usize| (0..rows).map(|r| basis[r][i] * y[r * cols + j]).sum();
        (0..shape.rows).flat_map(|i| (0..cols).map(move |j| entry(i, j))).collect()
    };
    Ok(path.into_iter().chain(better).map(|(y, p): (Vec<f64>, Vec<f64>)| (lifted(&y), p)).collect())
}

/// A 2×2 matrix as α, β ∈ R²: a conformal one, α_1 I + α_2 J, and one with a reflection. Its singular values are
/// ||α| ± |β||, and the inner product of two is twice that of their parts.
pub fn halves(y: &[f64]) -> ([f64; 2], [f64; 2]) {
    let [a, b, c, d] = y else { unreachable!("a matrix of two rows and two columns") };
    ([0.5 * (a + d), 0.5 * (c - b)], [0.5 * (a - d), 0.5 * (b + c)])
}

/// What makes a support of the weights, and a tie of |α| and |β|, on the central path.
const SUPPORT: f64 = 1e-5;
const TIE: f64 = 1e-4;

/// The same to the last digits, for matrices of two rows and two columns, where ‖Z‖_nuclear = 2 max(|α|, |β|): Newton's method
/// on the weights of the support, λ and μ with λ α_n·α + (1 - λ) β_n·β = μ and, unless one half is larger, |α| = |β|. Then Y has
/// the halves λ α/|α| and (1 - λ) β/|β|. None if the weights do not stay positive.
fn polished(pairs: &[Vec<f64>], shape: Shape, y: &[f64], p: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    if shape != (Shape { rows: 2, cols: 2 }) {
        return None;
    }
    let support: Vec<usize> = (0..p.len()).filter(|&n| p[n] > SUPPORT).collect();
    let parts: Vec<([f64; 2], [f64; 2])> = support.iter().map(|&n| halves(&pairs[n])).collect();
    let k = support.len();
    let sums = |p: &[f64]| {
        let sum = |of: &dyn Fn(usize) -> [f64; 2]| [0, 1].map(|i| (0..k).map(|n| p[n] * of(n)[i]).sum::<f64>());
        (sum(&|n| parts[n].0), sum(&|n| parts[n].1))
    };
    let mut p: Vec<f64> = support.iter().map(|&n| p[n]).collect();
    let (alpha, beta) = sums(&p);
    let (a, b) = (norm(&alpha), norm(&beta));
    let tie = (a - b).abs() < TIE * (a + b);
    let (of_alpha, of_beta) = halves(y);
    let mut lambda = match tie {
        true => norm(&of_alpha) / (norm(&of_alpha) + norm(&of_beta)),
        false => f64::from(a > b),
    };
    let mut mu = lambda * a * a + (1.0 - lambda) * b * b;
    for _ in 0..8 {
        let (alpha, beta) = sums(&p);
        let pull = |n: usize| (dot(&parts[n].0, &alpha), dot(&parts[n].1, &beta));
        let mut rows = Vec::new();
        let mut right = Vec::new();
        for n in 0..k {
            let (by_alpha, by_beta) = pull(n);
            let of =
                |m: &([f64; 2], [f64; 2])| lambda * dot(&parts[n].0, &m.0) + (1.0 - lambda) * dot(&parts[n].1, &m.1);
            rows.push(
                parts.iter().map(of).chain([-1.0]).chain(tie.then_some(by_alpha - by_beta)).collect::<Vec<f64>>(),
            );
            right.push(mu - lambda * by_alpha - (1.0 - lambda) * by_beta);
        }
        rows.push((0..k).map(|_| 1.0).chain([0.0]).chain(tie.then_some(0.0)).collect());
        right.push(1.0 - p.iter().sum::<f64>());
        if tie {
            let slope = |n: usize| 2.0 * (pull(n).0 - pull(n).1);
            rows.push((0..k).map(slope).chain([0.0, 0.0]).collect());
            right.push(dot(&beta, &beta) - dot(&alpha, &alpha));
        }
        let step = solve(&rows, &right)?;
        p.iter_mut().zip(&step).for_each(|(p, step)| *p += step);
        mu += step[k];
        if tie {
            lambda += step[k + 1];
        }
    }
    if p.iter().any(|p| p.is_nan() || *p <= 0.0) || !(0.0..=1.0).contains(&lambda) {
        return None;
    }
    let (alpha, beta) = sums(&p);
    let half = |part: f64, of: [f64; 2]| of.map(|x| if part > 0.0 { part * x / norm(&of) } else { 0.0 });
    let ([a, c], [b, d]) = (half(lambda, alpha), half(1.0 - lambda, beta));
    let mut all = vec![0.0; pairs.len()];
    support.iter().zip(&p).for_each(|(&n, &weight)| all[n] = weight);
    Some((vec![a + b, d - c, c + d, a - b], all))
}

/// s at the most.
const LARGEST: f64 = 1e15;
/// The path is followed until its gap is this part of the margin.
const GAP: f64 = 3e-8;
const MOST_STEPS: usize = 60;

/// Gradient and Hessian in (Y, t). With S = (I - Y'Y)^-1, T = I + Y S Y' and P = Y S, -log det(I - Y'Y) has the gradient 2P and
/// the second derivative 2 T_ij S_ab + 2 P_ib P_ja at (i, a), (j, b).
fn barrier(pairs: &[Vec<f64>], shape: Shape, y: &[f64], room: &[f64], s: f64) -> (Vec<f64>, Vec<Vec<f64>>) {
    let Shape { rows, cols } = shape;
    let parts = singular(shape, y);
    let rank = shape.rank();
    let unit = |n: usize| -> Vec<Vec<f64>> { (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect() };
    // 1/(1 - σ²) - 1 = σ²/(1 - σ²), by (1 - σ)(1 + σ).
    let beyond = |k: usize| parts.values[k] * parts.values[k] / ((1.0 - parts.values[k]) * (1.0 + parts.values[k]));
    let (mut left, mut right) = (unit(rows), unit(cols));
    for k in 0..rank {
        for (of, by) in [(&mut left, &parts.left[k]), (&mut right, &parts.right[k])] {
            for i in 0..by.len() {
                for j in 0..by.len() {
                    of[i][j] += beyond(k) * by[i] * by[j];
                }
            }
        }
    }
    let p = parts.with(rank, |sigma| sigma / ((1.0 - sigma) * (1.0 + sigma)));
    let size = rows * cols;
    let mut gradient: Vec<f64> = p.iter().map(|p| 2.0 * p).chain([-s]).collect();
    let mut hessian = vec![vec![0.0; size + 1]; size + 1];
    for i in 0..rows {
        for a in 0..cols {
            for j in 0..rows {
                for b in 0..cols {
                    hessian[i * cols + a][j * cols + b] =
                        2.0 * (left[i][j] * right[a][b] + p[i * cols + b] * p[j * cols + a]);
                }
            }
        }
    }
    for (a, room) in pairs.iter().zip(room) {
        let with_t: Vec<f64> = a.iter().copied().chain([-1.0]).collect();
        for (i, x) in with_t.iter().enumerate() {
            gradient[i] -= x / room;
            for (j, x_j) in with_t.iter().enumerate() {
                hessian[i][j] += x * x_j / (room * room);
            }
        }
    }
    (gradient, hessian)
}
