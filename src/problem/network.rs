//! A network with one hidden layer of tanh units, f(x) = c + Σ_j a_j tanh(b_j + u_j·x), as a function of its parameters.

use super::points::Points;
use crate::real::{axpy, dot, norm, tanh};
use crate::seed::Stream;

/// The shape. Parameters stand unit after unit, a_j, b_j, u_j, and c last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The dimension of an input.
    pub dim: usize,
    /// How many hidden units.
    pub width: usize,
}

/// At least max |tanh''| = 4/(3√3) = .7698..
const SECOND: f64 = 0.77;

impl Network {
    /// p, the number of parameters.
    pub fn parameters(&self) -> usize {
        self.width * (self.dim + 2) + 1
    }

    /// Standard normal parameters, those of the outputs over √width; c = 0.
    pub fn random(&self, stream: &mut Stream) -> Vec<f64> {
        let mut theta = stream.normals(self.parameters());
        let root = (self.width as f64).sqrt();
        theta.chunks_exact_mut(self.dim + 2).for_each(|unit| unit[0] /= root);
        theta[self.parameters() - 1] = 0.0;
        theta
    }

    fn units<'a>(&self, theta: &'a [f64]) -> impl Iterator<Item = (f64, f64, &'a [f64])> {
        theta.chunks_exact(self.dim + 2).take(self.width).map(|unit| (unit[0], unit[1], &unit[2..]))
    }

    /// f(x_n) for every point.
    pub fn values(&self, theta: &[f64], points: &Points) -> Vec<f64> {
        let bias = theta[self.parameters() - 1];
        points
            .rows()
            .map(|x| self.units(theta).map(|(a, b, u)| a * tanh(b + dot(u, x))).fold(bias, |f, g| f + g))
            .collect()
    }

    /// J, n × p: row n is the gradient of f(x_n) by the parameters.
    pub fn jacobian(&self, theta: &[f64], points: &Points) -> Points {
        let mut entries = Vec::with_capacity(points.count() * self.parameters());
        for x in points.rows() {
            for (a, b, u) in self.units(theta) {
                let t = tanh(b + dot(u, x));
                let slope = a * (1.0 - t * t);
                entries.extend([t, slope]);
                entries.extend(x.iter().map(|x| slope * x));
            }
            entries.push(1.0);
        }
        Points::new(self.parameters(), entries).expect("a row has as many entries as there are parameters")
    }

    /// The coefficients of h, .., h⁴ in f(x_n) at theta + h direction, each for every point.
    pub fn taylor(&self, theta: &[f64], direction: &[f64], points: &Points) -> [Vec<f64>; 4] {
        let mut terms = [const { Vec::new() }; 4];
        for x in points.rows() {
            let mut sums = [direction[self.parameters() - 1], 0.0, 0.0, 0.0];
            for ((a, b, u), (da, db, du)) in self.units(theta).zip(self.units(direction)) {
                let (t, z) = (tanh(b + dot(u, x)), db + dot(du, x));
                let slope = 1.0 - t * t;
                // tanh' = 1 - t², tanh'' = -2t(1 - t²), tanh''' = (1 - t²)(6t² - 2), tanh'''' = 8t(1 - t²)(2 - 3t²), over the
                // factorials.
                let [one, two, three] = [slope * z, -t * slope * z * z, slope * (t * t - 1.0 / 3.0) * z * z * z];
                let four = t * slope * (2.0 / 3.0 - t * t) * z * z * z * z;
                sums[0] += a * one + da * t;
                sums[1] += a * two + da * one;
                sums[2] += a * three + da * two;
                sums[3] += a * four + da * three;
            }
            terms.iter_mut().zip(sums).for_each(|(term, sum)| term.push(sum));
        }
        terms
    }

    /// The length of the vector of |c| + Σ_j |a_j| (1 + |b_j| + |u_j||x_n|): what the rounding of the values is measured by.
    pub fn magnitude(&self, theta: &[f64], points: &Points) -> f64 {
        let bias = theta[self.parameters() - 1].abs();
        let of = |x: &[f64]| {
            self.units(theta).map(|(a, b, u)| a.abs() * (1.0 + b.abs() + norm(u) * norm(x))).fold(bias, |f, g| f + g)
        };
        norm(&points.rows().map(of).collect::<Vec<_>>())
    }

    /// A Lipschitz constant of J, in the spectral norm, within a distance `radius` of theta.
    ///
    /// With x̃ = (1, x) the second derivatives of f(x) couple a_j to (b_j, u_j) by tanh' x̃, and (b_j, u_j) to itself by
    /// a_j tanh'' x̃x̃': the norm of each block is at most |x̃| + |a_j| max|tanh''| |x̃|². A block a unit: the largest is the
    /// norm of them all.
    pub fn jacobian_lipschitz(&self, theta: &[f64], radius: f64, points: &Points) -> f64 {
        let largest = self.units(theta).map(|(a, _, _)| a.abs()).fold(0.0, f64::max) + radius;
        let of = |x: &[f64]| {
            let square = 1.0 + dot(x, x);
            square.sqrt() + largest * SECOND * square
        };
        norm(&points.rows().map(of).collect::<Vec<_>>())
    }
}

/// The part of a vector that is orthogonal to the rows of a matrix, by Gram and Schmidt in a fixed order, and an
/// orthonormal basis of the rows. Rows that depend on the others up to a part of 1e-8 add nothing.
pub fn split(rows: &Points, v: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(rows.count());
    let reject = |v: &[f64], basis: &[Vec<f64>]| {
        let mut rest = v.to_vec();
        for _ in 0..2 {
            basis.iter().for_each(|q| axpy(-dot(&rest, q), q, &mut rest));
        }
        rest
    };
    for row in rows.rows() {
        let rest = reject(row, &basis);
        let length = norm(&rest);
        if length > 1e-8 * norm(row) {
            basis.push(rest.iter().map(|r| r / length).collect());
        }
    }
    (reject(v, &basis), basis)
}
