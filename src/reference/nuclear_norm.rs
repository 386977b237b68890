//! The completion of least nuclear norm: min |X|_* subject to X_ij = M_ij on Ω (Fazel 2002; Candès, Recht 2009),
//! with its dual max <Y, M> over Y that vanish off Ω and have |Y|_op ≤ 1.
//!
//! An interior-point method, or on large data a splitting, comes near the solution and tells its rank; Newton's method
//! on factors of that rank goes on to the last digits. The certificate decides which of them to believe.

use faer::Mat;

use super::nuclear_certificate::{NuclearCertificate, certify};
use super::nuclear_interior::interior_point;
use super::nuclear_polish::polish;
use super::nuclear_splitting::splitting;
use crate::error::{Error, Result};
use crate::problem::completion::{Completion, Entry};
use crate::real::UNIT_ROUNDOFF;

/// A completion of least nuclear norm, up to the gap of its certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct MinNuclearNorm {
    /// X, rows × cols, with X_ij = M_ij on Ω to the last bit.
    pub completion: Mat<f64>,
    /// What the certificate proves |X|_* to be at most; the minimum is less by the gap, or by nothing.
    pub norm: f64,
    /// Y on the entries of Ω, in their order: a solution of the dual, up to the gap.
    pub dual: Vec<f64>,
    /// c ≥ |Y|_op, proved by the certificate; one but for the gap.
    pub dual_norm: f64,
    pub certificate: NuclearCertificate,
    /// Steps of the solver, and of Newton's method after it.
    pub steps: (usize, usize),
}

/// X, feasible but for rounding, a matrix Y with |Y|_op ≤ 1, and the steps it took to find them.
pub(super) struct Approximation {
    pub x: Mat<f64>,
    pub y: Vec<f64>,
    pub steps: usize,
}

/// With m entries observed, the interior-point method factors an m × m matrix in each step; beyond this the splitting,
/// with a singular value decomposition a step, is faster.
const MOST_FOR_INTERIOR_POINT: usize = 4000;

/// Solves, for any shape and any data that are finite. An error if an entry is not, or if faer finds no singular values.
///
/// The relative gap is about 2n² roundings, n the smaller side, which is the certificate's own margin, where the
/// solution is unique and the least nonzero singular value and the least of 1 - σ_i(Y) are not too small. Elsewhere, and
/// on large data with few entries observed, it is what the certificate says. Zero is its own completion, with gap 0.
pub fn min_nuclear_norm(problem: &Completion) -> Result<MinNuclearNorm> {
    if let Some(entry) = problem.entries.iter().find(|entry| !entry.m.is_finite()) {
        let Entry { i, j, m } = entry;
        return Err(Error::input(format!("row {}, column {}: {m} is not a finite number", i + 1, j + 1)));
    }
    let largest = problem.entries.iter().map(|entry| entry.m.abs()).fold(0.0, f64::max);
    // A power of two, so that nothing is rounded.
    let exponent = if largest > 0.0 { libm::ilogb(largest) } else { 0 };
    let rescaled = |m: f64| libm::scalbn(m, -exponent);
    let entries = problem.entries.iter().map(|&Entry { i, j, m }| Entry { i, j, m: rescaled(m) }).collect();
    let mut answer = solve(&Completion { entries, ..*problem })?;
    let original = |x: f64| libm::scalbn(x, exponent);
    answer.completion.col_iter_mut().for_each(|column| column.iter_mut().for_each(|x| *x = original(*x)));
    for &Entry { i, j, m } in &problem.entries {
        answer.completion[(i, j)] = m;
    }
    let certificate = &mut answer.certificate;
    for size in [&mut answer.norm, &mut certificate.lower, &mut certificate.upper, &mut certificate.misfit] {
        *size = original(*size);
    }
    Ok(answer)
}

fn solve(problem: &Completion) -> Result<MinNuclearNorm> {
    if problem.entries.iter().all(|entry| entry.m == 0.0) {
        let nothing = Factors { u: Mat::zeros(problem.rows, 0), v: Mat::zeros(problem.cols, 0) };
        return Ok(described(problem, nothing, (vec![0.0; problem.entries.len()], 1.0)));
    }
    let approximate = if problem.entries.len() <= MOST_FOR_INTERIOR_POINT { interior_point } else { splitting };
    let Approximation { x, y, steps } = approximate(problem)?;
    let feasible = Factors::of(&observed(problem, x))?;
    let sigma = operator(problem, &y).singular_values().map_err(no_singular_values)?;
    let (rank, c) = (feasible.rank(&sigma), proved(problem, sigma[0]));
    let (polished, y_polished, polish_steps) = polish(problem, feasible.leading(rank), y.clone());
    let sigma = operator(problem, &y_polished).singular_values().map_err(no_singular_values)?;
    let c_polished = proved(problem, sigma[0]);
    // Newton's method may have lost its way, for the factors or for the dual. Where the bounds agree up to the
    // certificate's margin it is the better one all the same: the norm is flat where it is least.
    let before = certify(problem, &feasible.u, &feasible.v, &y, c);
    let after = certify(problem, &polished.u, &polished.v, &y_polished, c_polished);
    let margin = proved(problem, 1.0);
    let primal = if after.upper <= before.upper * margin { polished } else { feasible };
    let dual = if after.lower * margin >= before.lower { (y_polished, c_polished) } else { (y, c) };
    Ok(MinNuclearNorm { steps: (steps, polish_steps), ..described(problem, primal, dual) })
}

/// The completion UV', with its observed entries replaced, and the dual Y with c ≥ |Y|_op.
fn described(problem: &Completion, Factors { u, v }: Factors, (dual, dual_norm): (Vec<f64>, f64)) -> MinNuclearNorm {
    let certificate = certify(problem, &u, &v, &dual, dual_norm);
    let completion = observed(problem, &u * v.transpose());
    MinNuclearNorm { completion, norm: certificate.upper, dual, dual_norm, certificate, steps: (0, 0) }
}

/// X with its observed entries replaced by M.
fn observed(problem: &Completion, mut x: Mat<f64>) -> Mat<f64> {
    for &Entry { i, j, m } in &problem.entries {
        x[(i, j)] = m;
    }
    x
}

/// The least c that the certificate will find to be at least σ_1(Y): its margin is up to 2n(n + 4)u of c², and so half
/// of that of c, and is doubled, for σ_1 is rounded too.
fn proved(problem: &Completion, sigma_1: f64) -> f64 {
    let n = problem.rows.min(problem.cols) as f64;
    sigma_1 * (1.0 + 2.0 * n * (n + 4.0) * UNIT_ROUNDOFF)
}

/// Y, rows × cols.
pub(super) fn operator(problem: &Completion, y: &[f64]) -> Mat<f64> {
    let mut operator = Mat::zeros(problem.rows, problem.cols);
    for (entry, &y) in problem.entries.iter().zip(y) {
        operator[(entry.i, entry.j)] = y;
    }
    operator
}

pub(super) fn no_singular_values<E>(_: E) -> Error {
    Error::numerical("the singular values did not converge")
}

/// U, rows × k, and V, cols × k, with U'U = V'V.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    pub u: Mat<f64>,
    pub v: Mat<f64>,
}

impl Factors {
    /// X = UV' from X = P S Q': U = P √S, V = Q √S.
    fn of(x: &Mat<f64>) -> Result<Self> {
        let svd = x.thin_svd().map_err(no_singular_values)?;
        let root = |k: usize| svd.S().column_vector()[k].sqrt();
        let k = svd.S().column_vector().nrows();
        let u = Mat::from_fn(x.nrows(), k, |i, k| svd.U()[(i, k)] * root(k));
        let v = Mat::from_fn(x.ncols(), k, |j, k| svd.V()[(j, k)] * root(k));
        Ok(Factors { u, v })
    }

    /// The rank of the solution that X and Y are feasible. There, σ_i(X)(1 - σ_i(Y)) = 0 for each i: the factor that is
    /// larger, in units of its largest, is the one that is not zero.
    fn rank(&self, sigma_y: &[f64]) -> usize {
        let sigma_x: Vec<f64> = self.u.col_iter().map(|column| column.squared_norm_l2()).collect();
        (0..sigma_x.len()).take_while(|&i| sigma_x[i] / sigma_x[0] > 1.0 - sigma_y[i] / sigma_y[0]).count()
    }

    /// (|U|_F² + |V|_F²)^½.
    pub fn length(&self) -> f64 {
        (self.u.squared_norm_l2() + self.v.squared_norm_l2()).sqrt()
    }

    fn leading(&self, k: usize) -> Self {
        let leading = |x: &Mat<f64>| x.subcols(0, k).to_owned();
        Factors { u: leading(&self.u), v: leading(&self.v) }
    }
}
