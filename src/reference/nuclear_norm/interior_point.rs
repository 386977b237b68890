//! A primal-dual interior-point method for the least nuclear norm, as a semidefinite program (Fazel 2002):
//!
//! min ½ tr X̃ subject to X̃ = [[W_1, X], [X', W_2]] ≥ 0 and X_ij = M_ij on Ω;
//! max <Y, M> subject to Z = [[I, -Y], [-Y', I]] ≥ 0 and Y = 0 off Ω.
//!
//! Every iterate is positive definite in both, and feasible but for rounding: X̃ is not set to M on Ω, for near the end
//! that would cost it its smallest eigenvalues; each step takes back what is wrong there. Directions are Nesterov's and
//! Todd's (1997), in the form of Todd, Toh and Tütüncü (1998), with Mehrotra's (1992) predictor and corrector.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use super::approximation::Approximation;
use crate::error::{Error, Result};
use crate::problem::completion::{Completion, Entry};
use crate::real::{UNIT_ROUNDOFF, axpy, norm};

/// A step divides the gap by five or more, from one to a rounding; three times as many as that takes.
const MOST_STEPS: usize = 60;

/// An iterate: X̃ and y.
pub(super) struct InteriorPoint {
    x: Mat<f64>,
    y: Vec<f64>,
    steps: usize,
}

impl InteriorPoint {
    pub(super) fn start(problem: &Completion) -> Self {
        InteriorPoint { x: starting_point(problem), y: vec![0.0; problem.entries.len()], steps: 0 }
    }

    /// Follows the central path until the gap is a rounding, or rounding keeps it from falling, or the system is not
    /// positive definite in double precision and not to be `regularised`.
    pub(super) fn follow(&mut self, problem: &Completion, regularised: bool) -> Result<()> {
        let mut gap_before = f64::INFINITY;
        while self.steps < MOST_STEPS {
            let Some(scaling) = Scaling::new(&self.x, &slack(problem, &self.y))? else { break };
            let gap = scaling.inner_product() / 2.0;
            let value = trace(&self.x) / 2.0;
            // One rounding an eigenvalue; or the gap hardly falls, which is rounding too.
            if gap <= scaling.d.len() as f64 * UNIT_ROUNDOFF * value || gap > 0.9 * gap_before {
                break;
            }
            let system = schur_complement(problem, &(&scaling.g * scaling.g.transpose()));
            let Some(system) = factored(system, regularised) else { break };
            let (dx, dy) = direction(problem, &scaling, &system, &self.x)?;
            self.x += dx;
            axpy(1.0, &dy, &mut self.y);
            gap_before = gap;
            self.steps += 1;
        }
        Ok(())
    }

    pub(super) fn approximation(&self, problem: &Completion) -> Approximation {
        let x = self.x.submatrix(0, problem.rows, problem.rows, problem.cols).to_owned();
        Approximation { x, y: self.y.clone(), steps: self.steps }
    }
}

/// M, zero where it is not observed, with W_1 and W_2 twice as large as is needed: |M|_op ≤ |M|_F.
fn starting_point(problem: &Completion) -> Mat<f64> {
    let n = problem.rows + problem.cols;
    let m: Vec<f64> = problem.entries.iter().map(|entry| entry.m).collect();
    let mut x = spread(problem, &m);
    (0..n).for_each(|i| x[(i, i)] = 2.0 * norm(&m));
    x
}

/// Σ y_a E_a, with E_a one at the two places of an observed entry.
fn spread(problem: &Completion, y: &[f64]) -> Mat<f64> {
    let n = problem.rows + problem.cols;
    let mut sum = Mat::zeros(n, n);
    for (&Entry { i, j, .. }, &y) in problem.entries.iter().zip(y) {
        sum[(i, problem.rows + j)] = y;
        sum[(problem.rows + j, i)] = y;
    }
    sum
}

/// Z.
fn slack(problem: &Completion, y: &[f64]) -> Mat<f64> {
    let n = problem.rows + problem.cols;
    Mat::<f64>::identity(n, n) - spread(problem, y)
}

fn trace(x: &Mat<f64>) -> f64 {
    (0..x.nrows()).map(|i| x[(i, i)]).sum()
}

/// G and d with G⁻¹ X̃ G⁻' = G' Z G = diag d: in these coordinates the two look alike.
struct Scaling {
    g: Mat<f64>,
    d: Vec<f64>,
}

impl Scaling {
    /// From X̃ = LL', Z = RR' and the decomposition R'L = P diag(d) Q': G = L Q diag(d)^-½. None where one of the two
    /// is not positive definite in double precision.
    fn new(x: &Mat<f64>, z: &Mat<f64>) -> Result<Option<Self>> {
        let (Ok(l), Ok(r)) = (x.llt(Side::Lower), z.llt(Side::Lower)) else { return Ok(None) };
        let svd = (r.L().transpose() * l.L()).svd().map_err(Error::no_singular_values)?;
        let d: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        let q = Mat::from_fn(d.len(), d.len(), |i, j| svd.V()[(i, j)] / d[j].sqrt());
        Ok(Some(Scaling { g: l.L() * q, d }))
    }

    /// <X̃, Z>.
    fn inner_product(&self) -> f64 {
        self.d.iter().map(|d| d * d).sum()
    }

    /// The largest t with diag d + t S ≥ 0; infinite if there is none.
    fn longest(&self, s: &Mat<f64>) -> Result<f64> {
        let n = self.d.len();
        let relative = Mat::from_fn(n, n, |i, j| s[(i, j)] / (self.d[i] * self.d[j]).sqrt());
        let eigenvalues = relative.self_adjoint_eigenvalues(Side::Lower);
        let least = eigenvalues.map_err(|_| Error::numerical("the eigenvalues did not converge"))?[0];
        Ok(if least < 0.0 { -1.0 / least } else { f64::INFINITY })
    }
}

/// Steps dX̃ and dy, damped so that X̃ and Z stay positive definite.
///
/// In scaled coordinates dX̂ + dẐ = R, where dẐ = -G'(Σ dy_a E_a)G and dX̃ = G dX̂ G' must be M - X̃ on Ω; `system` is
/// what that makes of dy. For the predictor, which aims at the solution, R = -diag d; for the corrector, which aims at
/// the point of the central path with the duality measure σμ and knows the predictor's second order,
/// D R + R D = 2(σμ - D²) - (dX̂ dẐ + dẐ dX̂).
fn direction(problem: &Completion, scaling: &Scaling, system: &Llt<f64>, x: &Mat<f64>) -> Result<(Mat<f64>, Vec<f64>)> {
    let Scaling { g, d } = scaling;
    let n = d.len();
    let solve = |r: &Mat<f64>| {
        let moved = x + g * r * g.transpose();
        let mut dy = Mat::from_fn(problem.entries.len(), 1, |a, _| {
            let Entry { i, j, m } = problem.entries[a];
            m - moved[(i, problem.rows + j)]
        });
        system.solve_in_place(&mut dy);
        let dy: Vec<f64> = dy.col(0).iter().copied().collect();
        let dz = -(g.transpose() * spread(problem, &dy) * g);
        (dy, r - &dz, dz)
    };
    let (_, dx, dz) = solve(&Mat::from_fn(n, n, |i, j| if i == j { -d[i] } else { 0.0 }));
    let (longest_x, longest_z) = (scaling.longest(&dx)?.min(1.0), scaling.longest(&dz)?.min(1.0));
    let ahead = |s: &Mat<f64>, t: f64| Mat::from_fn(n, n, |i, j| t * s[(i, j)] + if i == j { d[i] } else { 0.0 });
    let (x_ahead, z_ahead) = (ahead(&dx, longest_x), ahead(&dz, longest_z));
    let product_ahead: f64 = (0..n).map(|j| x_ahead.col(j).transpose() * z_ahead.col(j)).sum();
    let share = (product_ahead / scaling.inner_product()).clamp(0.0, 1.0);
    let sigma_mu = share * share * share * scaling.inner_product() / n as f64;
    let second = &dx * &dz;
    let (dy, dx, dz) = solve(&Mat::from_fn(n, n, |i, j| {
        let centre = if i == j { 2.0 * (sigma_mu - d[i] * d[i]) } else { 0.0 };
        (centre - second[(i, j)] - second[(j, i)]) / (d[i] + d[j])
    }));
    // Nearer to the boundary the better the predictor did, as in Toh, Todd and Tütüncü (1999).
    let damping = 0.9 + 0.09 * longest_x.min(longest_z);
    let (t_x, t_z) = ((damping * scaling.longest(&dx)?).min(1.0), (damping * scaling.longest(&dz)?).min(1.0));
    let dx = g * dx * g.transpose();
    // Symmetric to the last bit, as X̃ is.
    let dx = Mat::from_fn(n, n, |i, j| t_x * (dx[(i, j)] + dx[(j, i)]) / 2.0);
    Ok((dx, dy.iter().map(|dy| t_z * dy).collect()))
}

/// Cholesky's factorisation. Where the dual has more than one solution the matrix becomes singular as the gap closes,
/// and may be indefinite by rounding. If it is to be regularised its diagonal is then raised by sixteen roundings, and
/// sixteen times as many while that is not enough, which holds dy back in the directions that matter least. None beyond
/// √u, half of the digits.
fn factored(mut matrix: Mat<f64>, regularised: bool) -> Option<Llt<f64>> {
    let mut raise = 16.0 * UNIT_ROUNDOFF;
    loop {
        if let Ok(factor) = matrix.llt(Side::Lower) {
            return Some(factor);
        }
        if !regularised || raise > UNIT_ROUNDOFF.sqrt() {
            return None;
        }
        (0..matrix.nrows()).for_each(|a| matrix[(a, a)] *= 1.0 + raise);
        raise *= 16.0;
    }
}

/// The lower triangle of the matrix of dy ↦ (W (Σ dy_a E_a) W)_Ω: for the entries (i, j) and (k, l) it is
/// W_ik W_jl + W_il W_jk, where columns count from behind the rows.
fn schur_complement(problem: &Completion, w: &Mat<f64>) -> Mat<f64> {
    let (rows, m) = (problem.rows, problem.entries.len());
    let mut schur = Mat::zeros(m, m);
    for (b, &Entry { i: k, j: l, .. }) in problem.entries.iter().enumerate() {
        let (w_k, w_l) = (w.col(k), w.col(rows + l));
        for (entry, &Entry { i, j, .. }) in schur.col_mut(b).iter_mut().zip(&problem.entries).skip(b) {
            *entry = w_k[i] * w_l[rows + j] + w_l[i] * w_k[rows + j];
        }
    }
    schur
}
