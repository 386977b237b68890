//! Separable examples of several classes whose multiclass separator is planted.
//!
//! Class 0 lies between the others, and all support pairs are on its borders: d of them on the border with each class l. With
//! u = ŵ_l - ŵ_0 they are z_n with u·z_n = 1, where z_n is an example of class l against 0, or -z_n one of class 0 against l. As
//! ŵ_l = Σ alpha_n z_n over its border and the rows of Ŵ sum to zero, Σ alpha_nj A_nj = Ŵ for any rows ŵ_l with u·ŵ_l > 0 if
//! alpha sums to u·ŵ_l on the border and the mean of the z_n is ŵ_l/(u·ŵ_l). Where they lie on it otherwise is free; it decides
//! on the curvature, and on the margins of the other pairs.

use theoremcheck::error::Result;
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{axpy, combine, difference, dot, norm};
use theoremcheck::reference::linear_system::solve;
use theoremcheck::seed::Stream;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// k, three or more.
    pub classes: usize,
    /// d, k - 1 or more.
    pub dim: usize,
    /// Support pairs on each border: d of them are independent.
    pub border: usize,
    /// The least <A_nj, Ŵ> beside the support.
    pub next_margin: f64,
    /// Examples beside those of the borders.
    pub others: usize,
}

/// Examples with their planted answer.
#[derive(Debug, Clone)]
pub struct Planted {
    pub data: Classes,
    /// Ŵ, row after row.
    pub w_hat: Vec<f64>,
    /// The multipliers of the pairs; one choice of them, if a border has more pairs than dimensions.
    pub alpha: Vec<f64>,
}

/// The least length of the rows of the classes beside class 0.
const LEAST_ROW: f64 = 0.3;

/// Rows of classes 1 to k - 1 that nearly sum to zero, so that class 0 is left with a small row of the opposite sign.
fn drawn_rows(plan: &Plan, stream: &mut Stream) -> Vec<Vec<f64>> {
    let Plan { classes, dim, .. } = *plan;
    let mut rows: Vec<Vec<f64>> = (1..classes)
        .map(|_| {
            let row = stream.normals(dim);
            let size = stream.uniform(0.7, 1.2) / norm(&row);
            row.iter().map(|w| size * w).collect()
        })
        .collect();
    let shift: Vec<f64> =
        (0..dim).map(|i| -rows.iter().map(|row| row[i]).sum::<f64>() / (classes - 1) as f64).collect();
    for row in &mut rows {
        *row = combine(1.0, &shift, row);
        axpy(0.1, &stream.normals(dim), row);
    }
    let first: Vec<f64> = (0..dim).map(|i| -rows.iter().map(|row| row[i]).sum::<f64>()).collect();
    [vec![first], rows].concat()
}

/// The support of one border, as z_n with its alpha_n; None if these rows have no such border.
fn border(rows: &[Vec<f64>], l: usize, plan: &Plan, stream: &mut Stream) -> Option<Vec<(Vec<f64>, f64)>> {
    let u = difference(&rows[l], &rows[0]);
    let total = dot(&u, &rows[l]);
    // Rows that nearly cancel leave multipliers, which add up to |Ŵ|², and kappa next to nothing.
    if total < 0.3 * dot(&rows[l], &rows[l]) || norm(&rows[l]) < LEAST_ROW {
        return None;
    }
    let raw: Vec<f64> = (0..plan.border).map(|_| stream.uniform(1.0, 4.0)).collect();
    let sum: f64 = raw.iter().sum();
    let alpha: Vec<f64> = raw.iter().map(|r| r * total / sum).collect();
    let root: Vec<f64> = alpha.iter().map(|a| a.sqrt()).collect();
    // Σ alpha_n c_n = 0 and Σ alpha_n c_n c_n' has the drawn eigenvalues, as in the binary plan.
    let (spread, axes) = (orthonormal_basis(&root, stream), orthonormal_basis(&u, stream));
    let mean: Vec<f64> = rows[l].iter().map(|w| w / total).collect();
    let mut z = vec![mean.clone(); plan.border];
    for (k, axis) in axes.iter().enumerate().skip(1) {
        let size = stream.uniform(1.2, 1.8).sqrt();
        (0..plan.border).for_each(|n| axpy(size * spread[k][n] / root[n], axis, &mut z[n]));
    }
    // A direction within the border along which every other class falls behind class 0 alike: the shortest.
    let others: Vec<Vec<f64>> = (1..rows.len()).filter(|&i| i != l).map(|i| difference(&rows[0], &rows[i])).collect();
    let conditions: Vec<&Vec<f64>> = std::iter::once(&u).chain(&others).collect();
    let gram: Vec<Vec<f64>> = conditions.iter().map(|a| conditions.iter().map(|b| dot(a, b)).collect()).collect();
    let right: Vec<f64> = (0..conditions.len()).map(|i| f64::from(i > 0)).collect();
    let mut away = vec![0.0; plan.dim];
    solve(&gram, &right)?.iter().zip(&conditions).for_each(|(c, row)| axpy(*c, row, &mut away));
    // Class l where that direction is up already, class 0 where it is down: each goes further its way.
    let sides: Vec<f64> = z.iter().map(|z| dot(&difference(z, &mean), &away).signum()).collect();
    let weight = |side: f64| sides.iter().zip(&alpha).filter(|(s, _)| **s == side).map(|(_, a)| a).sum::<f64>();
    let share = |side: f64| 2.0 * weight(-side) / total;
    // An example of class l has (ŵ_l - ŵ_i)·z before class i, one of class 0 has (ŵ_i - ŵ_0)·z.
    let short = (0..plan.border).flat_map(|n| {
        let (z, side) = (&z[n], sides[n]);
        others.iter().map(move |other| {
            let margin = if side > 0.0 { 1.0 + dot(other, z) } else { -dot(other, z) };
            (plan.next_margin - margin) / share(side)
        })
    });
    let push = short.fold(f64::NEG_INFINITY, f64::max);
    Some((0..plan.border).map(|n| (combine(sides[n] * share(sides[n]) * push, &away, &z[n]), alpha[n])).collect())
}

/// Draws once; None where the rows that were drawn have no such borders.
pub fn plant(plan: &Plan, stream: &mut Stream) -> Result<Option<Planted>> {
    let Plan { classes, dim, next_margin, .. } = *plan;
    let rows = drawn_rows(plan, stream);
    let (mut examples, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for l in 1..classes {
        let Some(pairs) = border(&rows, l, plan, stream) else { return Ok(None) };
        for (z, alpha) in pairs {
            // The border's other class falls behind on the side of the example's own.
            let before = |i: usize| dot(&difference(&rows[l], &rows[i]), &z);
            let of_l = (1..classes).filter(|&i| i != l).all(|i| before(i) > 1.0);
            labels.push(if of_l { l } else { 0 });
            weights.push((if of_l { 0 } else { l }, alpha));
            examples.extend(z.iter().map(|z| if of_l { *z } else { -z }));
        }
    }
    for _ in 0..plan.others {
        let x = stream.normals(dim);
        let scores: Vec<f64> = rows.iter().map(|row| dot(row, &x)).collect();
        let best = (0..classes).max_by(|&i, &j| scores[i].total_cmp(&scores[j])).expect("there are classes");
        let lead = (0..classes).filter(|&i| i != best).map(|i| scores[best] - scores[i]).fold(f64::INFINITY, f64::min);
        let size = (next_margin + stream.uniform(0.5, 3.0)) / lead;
        labels.push(best);
        examples.extend(x.iter().map(|x| size * x));
    }
    let Ok(data) = Classes::new(Points::new(dim, examples)?, labels) else { return Ok(None) };
    let alpha = data
        .pairs()
        .iter()
        .map(|&(n, j)| weights.get(n).filter(|(other, _)| *other == j).map_or(0.0, |(_, alpha)| *alpha))
        .collect();
    Ok(Some(Planted { data, w_hat: rows.concat(), alpha }))
}
