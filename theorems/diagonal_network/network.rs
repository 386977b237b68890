//! The network, its gradient flow in two sets of variables, and regressions whose solution of least l1 norm is planted.

use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Differentiable, Ode, Part, Solution, Tolerance};
use theoremcheck::lu::solve;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{axpy, dot, exp, norm};
use theoremcheck::seed::Stream;

/// The finer of the two tolerances of every flow; the coarser is a hundred times as large.
pub(super) const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };

/// 2 a sinh(s), with a = e^`log_a`: the coefficient whose arcsinh(β/2a) is s. No factor overflows while β does not.
pub(super) fn coefficient(log_a: f64, s: f64) -> f64 {
    if s.abs() < 1.0 {
        2.0 * exp(log_a) * libm::sinh(s)
    } else {
        (exp(log_a + s.abs()) - exp(log_a - s.abs())).copysign(s)
    }
}

/// dβ/ds = 2 a cosh(s) = √(β² + 4a²).
pub(super) fn stiffness(log_a: f64, s: f64) -> f64 {
    exp(log_a + s.abs()) + exp(log_a - s.abs())
}

/// w^k.
pub(super) fn power(w: f64, k: usize) -> f64 {
    (0..k).map(|_| w).product()
}

/// The weights u and then v of β = u^D - v^D under the gradient flow: u' = -D u^(D-1) X'(X β - y) and v' = D v^(D-1) X'(X β - y).
pub(super) struct Weights<'a> {
    pub(super) problem: &'a Regression,
    pub(super) depth: usize,
    pub(super) alpha: f64,
}

impl Weights<'_> {
    /// β of the weights.
    pub(super) fn beta(&self, w: &[f64]) -> Vec<f64> {
        let (plus, minus) = w.split_at(w.len() / 2);
        plus.iter().zip(minus).map(|(p, m)| power(*p, self.depth) - power(*m, self.depth)).collect()
    }
}

impl Ode for Weights<'_> {
    fn dim(&self) -> usize {
        2 * self.problem.x.dim()
    }

    fn rate(&self, _: f64, w: &[f64], dw: &mut [f64]) {
        let gradient = self.problem.gradient(&self.beta(w));
        let pull = |w: f64| self.depth as f64 * power(w, self.depth - 1);
        for (i, g) in gradient.iter().enumerate() {
            let j = gradient.len() + i;
            dw[i] = -pull(w[i]) * g;
            dw[j] = pull(w[j]) * g;
        }
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.problem.x.dim(), scale: self.alpha }; 2]
    }
}

/// z = arcsinh(β/2a), a = u v: z' = -4 X'(X β - y), which neither underflows at α = 1e-32 nor cancels at α = 1e3.
pub(super) struct Arcsinh<'a> {
    pub(super) problem: &'a Regression,
    pub(super) log_a: &'a [f64],
}

impl Arcsinh<'_> {
    pub(super) fn beta(&self, z: &[f64]) -> Vec<f64> {
        self.log_a.iter().zip(z).map(|(log_a, z)| coefficient(*log_a, *z)).collect()
    }
}

impl Ode for Arcsinh<'_> {
    fn dim(&self) -> usize {
        self.log_a.len()
    }

    fn rate(&self, _: f64, z: &[f64], dz: &mut [f64]) {
        let gradient = self.problem.gradient(&self.beta(z));
        dz.iter_mut().zip(gradient).for_each(|(dz, g)| *dz = -4.0 * g);
    }

    /// Where a is large, z is about β/2a.
    fn parts(&self) -> Vec<Part> {
        let largest = self.log_a.iter().copied().fold(0.0, f64::max);
        vec![Part { len: self.dim(), scale: exp(-largest) }]
    }
}

impl Differentiable for Arcsinh<'_> {
    fn jacobian(&self, _: f64, z: &[f64], out: &mut [f64]) {
        let dim = z.len();
        out.fill(0.0);
        for x in self.problem.x.rows() {
            for i in 0..dim {
                for j in 0..dim {
                    out[i * dim + j] -= 4.0 * x[i] * x[j] * stiffness(self.log_a[j], z[j]);
                }
            }
        }
    }
}

/// States at several times, at the finer tolerance and at the coarser, and of the finer run what a state at rest may be off by, and
/// the roundings.
pub(super) struct Followed {
    pub(super) times: Vec<f64>,
    pub(super) fine: Vec<Vec<f64>>,
    pub(super) coarse: Vec<Vec<f64>>,
    pub(super) local: Vec<f64>,
    pub(super) roundings: Vec<f64>,
}

pub(super) fn follow(ode: &impl Ode, start: &[f64], times: &[f64]) -> Result<Followed> {
    let fine = dormand_prince(ode, 0.0, start, times, TIGHT)?;
    let coarse = dormand_prince(ode, 0.0, start, times, TIGHT.coarser())?;
    let Solution { states, local, roundings, .. } = fine;
    Ok(Followed { times: times.to_vec(), fine: states, coarse: coarse.states, local, roundings })
}

/// A regression with one solution of least l1 norm, which is known: X'ν is the sign of β on its support, and
/// |x_j·ν| < 1 for the columns x_j off it.
pub(super) struct Planted {
    pub(super) problem: Regression,
    /// Where β is not 0.
    pub(super) support: Vec<usize>,
    /// The solution of least l1 norm, and no rounding is in X β = y.
    pub(super) beta: Vec<f64>,
}

/// The columns of the inverse of a square matrix.
pub(super) fn inverse(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = columns.len();
    let unit = |k: usize| (0..n).map(|l| f64::from(l == k)).collect::<Vec<f64>>();
    (0..n).map(|k| solve(columns, false, &unit(k))).collect()
}

/// |A| |A^-1| in the Frobenius norm: elimination in n equations moves the solution by some 8n times as many roundings.
pub(super) fn condition(columns: &[Vec<f64>]) -> f64 {
    norm(&columns.concat()) * norm(&inverse(columns).concat())
}

/// A multiple of 2^-20, so that sums of products of such numbers are exact.
fn short(x: f64) -> f64 {
    let unit = (1_u64 << 20) as f64;
    (x * unit).round() / unit
}

fn sign(stream: &mut Stream) -> f64 {
    if stream.uniform(-1.0, 1.0) < 0.0 { -1.0 } else { 1.0 }
}

/// The numbers from 0 to `count` in a random order.
fn shuffled(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut keys: Vec<(f64, usize)> = (0..count).map(|i| (stream.uniform(0.0, 1.0), i)).collect();
    keys.sort_by(|a, b| a.0.total_cmp(&b.0));
    keys.into_iter().map(|(_, i)| i).collect()
}

/// X of these columns, placed in a random order, and y = X β for entries of β between 1/2 and 2 in size, with the given
/// signs, on the first columns.
fn assemble(columns: &[Vec<f64>], signs: &[f64], stream: &mut Stream) -> Result<Planted> {
    let (count, dim) = (columns[0].len(), columns.len());
    let place = shuffled(dim, stream);
    let mut rows = vec![0.0; count * dim];
    for (k, column) in columns.iter().enumerate() {
        column.iter().enumerate().for_each(|(n, x)| rows[n * dim + place[k]] = short(*x));
    }
    let mut beta = vec![0.0; dim];
    signs.iter().enumerate().for_each(|(k, sign)| beta[place[k]] = sign * short(stream.uniform(0.5, 2.0)));
    let mut support = place[..signs.len()].to_vec();
    support.sort_unstable();
    let x = Points::new(dim, rows)?;
    let y = x.margins(&beta);
    Ok(Planted { problem: Regression { x, y }, support, beta })
}

/// n examples, a support of n columns that are not far from orthogonal, and d - n columns x_j with |x_j·ν| drawn from
/// (.3, .85).
pub(super) fn plant_full(count: usize, dim: usize, stream: &mut Stream) -> Result<Planted> {
    let signs: Vec<f64> = (0..count).map(|_| sign(stream)).collect();
    let axes = theoremcheck::problem::separable::orthonormal_basis(&stream.normals(count), stream);
    let mut columns: Vec<Vec<f64>> = axes;
    for column in &mut columns {
        let (size, bent) = (stream.uniform(0.8, 1.4), stream.normals(count));
        column.iter_mut().zip(bent).for_each(|(x, b)| *x = size * (*x + 0.2 * b));
    }
    let nu = solve(&columns, true, &signs);
    for _ in count..dim {
        let mut column = stream.normals(count);
        let share = sign(stream) * stream.uniform(0.3, 0.85);
        let lacking = (share - dot(&column, &nu)) / dot(&nu, &nu);
        axpy(lacking, &nu, &mut column);
        columns.push(column);
    }
    assemble(&columns, &signs, stream)
}

/// Two columns of four carry the solution: fewer than there are examples, so that the dual vector is not unique.
pub(super) fn plant_sparse(stream: &mut Stream) -> Result<Planted> {
    // One of each: where both are alike, a sign that is forgotten is not missed.
    let first = sign(stream);
    let signs = [first, -first];
    let columns: Vec<Vec<f64>> = (0..9).map(|_| stream.normals(4)).collect();
    assemble(&columns, &signs, stream)
}
