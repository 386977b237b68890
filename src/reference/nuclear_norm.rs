//! The completion of least nuclear norm: min |X|_* subject to X_ij = M_ij on Ω (Fazel 2002; Candès, Recht 2009),
//! with its dual max <Y, M> over Y that vanish off Ω and have |Y|_op ≤ 1.
//!
//! A splitting comes near the solution and tells its rank where the entries suffice for it, or on large data; an
//! interior-point method elsewhere. Newton's method on factors of that rank goes on to the last digits. The certificate
//! decides which of them to believe.

mod approximation;
mod interior_point;
mod polish;
mod splitting;

use faer::Mat;

use self::approximation::{Approximation, Factors, operator};
use self::interior_point::InteriorPoint;
use self::polish::polish;
use self::splitting::Splitting;
use super::nuclear_certificate::{NuclearCertificate, certify};
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
    /// What proves it.
    pub certificate: NuclearCertificate,
    /// Steps of the solver that was the last, and of Newton's method after it.
    pub steps: (usize, usize),
}

/// With m entries observed, the interior-point method factors an m × m matrix in each step; beyond this the splitting,
/// with a singular value decomposition a step, is faster even where it takes thousands.
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
    let mut found = Found {
        factors: Factors { u: Mat::zeros(problem.rows, 0), v: Mat::zeros(problem.cols, 0) },
        dual: vec![0.0; problem.entries.len()],
        dual_norm: 1.0,
        steps: (0, 0),
    };
    if problem.entries.iter().all(|entry| entry.m == 0.0) {
        return Ok(found.described(problem));
    }
    let large = problem.entries.len() > MOST_FOR_INTERIOR_POINT;
    let mut splitting = Splitting::start(problem)?;
    // Half of the digits, where Newton's method takes over.
    let half = UNIT_ROUNDOFF.sqrt();
    let settled = splitting.follow(problem, half, !large)?;
    if settled || large {
        found.improve(problem, splitting.approximation(problem))?;
    }
    if large && settled && !found.certified(problem) {
        // As where its system is too large: the splitting goes on to half of the other digits.
        splitting.follow(problem, half * half.sqrt(), false)?;
        found.improve(problem, splitting.approximation(problem))?;
    }
    if large || found.certified(problem) {
        return Ok(found.described(problem));
    }
    // Mostly Newton's method takes over as soon as the system is singular to rounding; if not, go on regardless.
    let mut path = InteriorPoint::start(problem);
    for regularised in [false, true] {
        path.follow(problem, regularised)?;
        found.improve(problem, path.approximation(problem))?;
        if found.certified(problem) {
            break;
        }
    }
    Ok(found.described(problem))
}

/// The best factors and the best dual so far, which may come from different places.
struct Found {
    factors: Factors,
    dual: Vec<f64>,
    dual_norm: f64,
    steps: (usize, usize),
}

impl Found {
    /// Takes what is better of an approximation, and of what Newton's method makes of it: it may lose its way for the
    /// factors or for the dual. Where the bounds agree up to the certificate's margin Newton's point is the better one
    /// all the same, for the norm is flat where it is least.
    fn improve(&mut self, problem: &Completion, Approximation { x, y, steps }: Approximation) -> Result<()> {
        let factors = Factors::of(&observed(problem, x))?;
        let sigma = operator(problem, &y).singular_values().map_err(Error::no_singular_values)?;
        let near = factors.leading(factors.rank(&sigma));
        self.consider(problem, factors, y.clone(), 0.0)?;
        let (polished, y, polish_steps) = polish(problem, near, y);
        self.consider(problem, polished, y, margin(problem))?;
        self.steps = (steps, self.steps.1 + polish_steps);
        Ok(())
    }

    /// Takes the factors if their bound is better, or worse by at most `allowed` of it, and Y likewise.
    fn consider(&mut self, problem: &Completion, factors: Factors, dual: Vec<f64>, allowed: f64) -> Result<()> {
        let sigma = operator(problem, &dual).singular_values().map_err(Error::no_singular_values)?;
        let dual_norm = sigma[0] * (1.0 + margin(problem));
        let before = self.certificate(problem);
        let after = certify(problem, &factors.u, &factors.v, &dual, dual_norm);
        // It starts from UV' = 0, whose bound is √min(rows, cols) |P_Ω(M)|_F, and from Y = 0.
        if after.upper <= before.upper * (1.0 + allowed) {
            self.factors = factors;
        }
        if after.lower * (1.0 + allowed) >= before.lower {
            (self.dual, self.dual_norm) = (dual, dual_norm);
        }
        Ok(())
    }

    fn certificate(&self, problem: &Completion) -> NuclearCertificate {
        certify(problem, &self.factors.u, &self.factors.v, &self.dual, self.dual_norm)
    }

    /// Whether the bounds agree up to the certificate's margin.
    fn certified(&self, problem: &Completion) -> bool {
        self.certificate(problem).relative_gap <= 2.0 * margin(problem)
    }

    fn described(self, problem: &Completion) -> MinNuclearNorm {
        let certificate = self.certificate(problem);
        let completion = observed(problem, &self.factors.u * self.factors.v.transpose());
        let Found { dual, dual_norm, steps, .. } = self;
        MinNuclearNorm { completion, norm: certificate.upper, dual, dual_norm, certificate, steps }
    }
}

/// How much larger than σ_1(Y) the certificate asks c to be: its own margin is up to 2n(n + 4)u of c², and so half of
/// that of c, and is doubled, for σ_1 is rounded too.
fn margin(problem: &Completion) -> f64 {
    let n = problem.rows.min(problem.cols) as f64;
    2.0 * n * (n + 4.0) * UNIT_ROUNDOFF
}

/// X with its observed entries replaced by M.
fn observed(problem: &Completion, mut x: Mat<f64>) -> Mat<f64> {
    for &Entry { i, j, m } in &problem.entries {
        x[(i, j)] = m;
    }
    x
}
