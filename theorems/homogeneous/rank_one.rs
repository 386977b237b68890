//! The shares of linear layers that are of rank one and balanced: their equation, solved as a series in 1/h, h = g + H.

use faer::linalg::solvers::{PartialPivLu, Solve};
use faer::{Mat, Side};

use super::kkt::Kkt;
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::homogeneous::Network;
use theoremcheck::real::{axpy, combine, dot, ln};

/// As many independent points as entries, all with a positive multiplier.
pub struct RankOne {
    /// z_n = y_n x_n, as rows.
    z: Mat<f64>,
    /// K_nm = z_n·z_m.
    gram: Mat<f64>,
    factors: PartialPivLu<f64>,
    /// κ = 1/Σ K⁻¹1, the square of the largest margin.
    kappa: f64,
    degree: f64,
    entropy: f64,
    p: Vec<f64>,
}

impl RankOne {
    pub fn new(network: &Network, kkt: &Kkt) -> RankOne {
        let Network { points, labels, .. } = network;
        let z = Mat::from_fn(points.count(), points.dim(), |n, i| labels[n] * points.row(n)[i]);
        let gram = &z * z.transpose();
        let factors = gram.partial_piv_lu();
        let mut one =
            RankOne { z, gram, factors, kappa: 0.0, degree: kkt.degree, entropy: kkt.entropy, p: kkt.p.clone() };
        one.kappa = 1.0 / one.solve(&vec![1.0; kkt.p.len()]).iter().sum::<f64>();
        one
    }

    /// K⁻¹b.
    fn solve(&self, b: &[f64]) -> Vec<f64> {
        let solved = self.factors.solve(Mat::from_fn(b.len(), 1, |n, _| b[n]));
        (0..b.len()).map(|n| solved[(n, 0)]).collect()
    }

    /// K a.
    fn apply(&self, a: &[f64]) -> Vec<f64> {
        (0..a.len()).map(|n| (0..a.len()).map(|m| self.gram[(n, m)] * a[m]).sum()).collect()
    }

    /// The largest eigenvalue of K over the least.
    pub fn condition(&self) -> Result<f64> {
        let values = self.gram.self_adjoint_eigenvalues(Side::Lower);
        let values = values.map_err(|_| Error::numerical("the eigenvalues of K were not found"))?;
        Ok(values[values.len() - 1] / values[0])
    }

    /// The coefficients of h^-k in the shares, for k from 0 to `last`, from (1 - p_n'/p_n) N = (K p)_n + (D - 1) q_n m/|β|²,
    /// where N = p'K p + (D - 1) m²/|β|², q_n = g - log p_n, m = p·q and |β|² = q'K⁻¹q.
    pub fn orders(&self, last: usize) -> Vec<Vec<f64>> {
        let mut p = vec![self.p.clone()];
        for k in 1..=last {
            // What this order adds to N and m is a multiple of its sum, which is 0.
            p.push(vec![0.0; self.p.len()]);
            let logs = logarithm(&p);
            // q/h.
            let mut q: Vec<Vec<f64>> = logs.iter().map(|log| log.iter().map(|l| -l).collect()).collect();
            q[0].iter_mut().for_each(|c| *c -= self.entropy);
            q.insert(0, vec![1.0; self.p.len()]);
            let mean = inner(&p, &q);
            let solved: Vec<Vec<f64>> = q.iter().map(|q| self.solve(q)).collect();
            let slope: Vec<f64> =
                quotient(&mean, &inner(&q, &solved)).iter().map(|s| (self.degree - 1.0) * s).collect();
            let applied: Vec<Vec<f64>> = p.iter().map(|p| self.apply(p)).collect();
            let (square, stretched) = (inner(&p, &applied), product(&slope, &mean));
            let whole = |j: usize| square[j] + stretched[j];
            let mut right = vec![whole(k); self.p.len()];
            for j in 1..k {
                // The derivative of h^-j by g is -j h^-(j+1).
                axpy(j as f64 * whole(k - 1 - j), &logs[j], &mut right);
            }
            for j in 0..=k {
                axpy(-slope[k - j], &q[j], &mut right);
            }
            p[k] = self.solve(&right);
        }
        p
    }

    /// ω and χ in closed form, from ζ: K ω = (2D - 1) κ ζ/p and K χ = κ((3D - 1)(ω/p - ζ²/2p²) - D (ζ·c) c) + const, with
    /// c = -log p - H, both of sum 0.
    pub fn closed(&self, zeta: &[f64]) -> [Vec<f64>; 2] {
        let (p, degree) = (&self.p, self.degree);
        let relative = |a: &[f64]| a.iter().zip(p).map(|(a, p)| a / p).collect::<Vec<f64>>();
        let scaled = |a: &[f64]| self.solve(a).iter().map(|x| self.kappa * x).collect::<Vec<f64>>();
        let ratios = relative(zeta);
        let omega = scaled(&ratios.iter().map(|ratio| (2.0 * degree - 1.0) * ratio).collect::<Vec<f64>>());
        let c: Vec<f64> = p.iter().map(|p| -ln(*p) - self.entropy).collect();
        let moved = dot(zeta, &c);
        let third = |((omega, ratio), c): ((&f64, &f64), &f64)| {
            (3.0 * degree - 1.0) * (omega - 0.5 * ratio * ratio) - degree * moved * c
        };
        let third: Vec<f64> = relative(&omega).iter().zip(&ratios).zip(&c).map(third).collect();
        let mut chi = scaled(&third);
        let sum: f64 = chi.iter().sum();
        axpy(-sum, p, &mut chi);
        [omega, chi]
    }

    /// Of β = Σ a_n z_n, which has the margins q_n = g - log p_n: √κ |β|, which is γ|θ|^D, and tan² of its angle with
    /// G = Σ p_n z_n.
    pub fn product(&self, g: f64, p: &[f64]) -> (f64, f64) {
        let q: Vec<f64> = p.iter().map(|p| g - ln(*p)).collect();
        let a = self.solve(&q);
        let (square, pulled) = (dot(&q, &a), dot(&q, p));
        // What G has across β.
        let across = combine(-pulled / square, &a, p);
        let entry = |i: usize| (0..p.len()).map(|n| across[n] * self.z[(n, i)]).sum::<f64>();
        let across: f64 = (0..self.z.ncols()).map(entry).map(|x| x * x).sum();
        ((self.kappa * square).sqrt(), across * square / (pulled * pulled))
    }
}

// Of series in 1/h, up to the order that both have.

/// Entry by entry.
fn logarithm(p: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut logs: Vec<Vec<f64>> = vec![p[0].iter().map(|p| ln(*p)).collect()];
    for k in 1..p.len() {
        let of_entry = |n: usize| {
            let lower: f64 = (1..k).map(|j| j as f64 / k as f64 * logs[j][n] * p[k - j][n]).sum();
            (p[k][n] - lower) / p[0][n]
        };
        let log = (0..p[0].len()).map(of_entry).collect();
        logs.push(log);
    }
    logs
}

fn inner(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<f64> {
    (0..a.len().min(b.len())).map(|k| (0..=k).map(|j| dot(&a[j], &b[k - j])).sum()).collect()
}

fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    (0..a.len().min(b.len())).map(|k| (0..=k).map(|j| a[j] * b[k - j]).sum()).collect()
}

fn quotient(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::new();
    for k in 0..a.len().min(b.len()) {
        let lower: f64 = (0..k).map(|j| out[j] * b[k - j]).sum();
        out.push((a[k] - lower) / b[0]);
    }
    out
}
