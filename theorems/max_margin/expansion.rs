//! What the theorem predicts for one data set, beyond the limit: the constants and the next terms.
//!
//! With s = log t and δ = rho - w̃, the flow linearised at w̃ is dδ/ds = -A δ + Σ e^(-μ_n s) f_n over the
//! points off the support, where μ_n = m_n - 1 and f_n = e^(-x_n·w̃) x_n. Its leading solution is
//! δ(s) = Σ e^(-μ_n s) (A - μ_n)^-1 f_n while the least μ_n is below λ_min(A), with log t for (A - μ_n)^-1 at a
//! resonance; the book derives it.

use theoremcheck::error::Result;
use theoremcheck::flow::gradient_flow::Frame;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, distance, dot, exp, ln, norm, reject};
use theoremcheck::reference::max_entropy::{MaxEntropy, degenerate_support, max_entropy, orthonormal_span};
use theoremcheck::reference::max_margin::MaxMargin;

/// Constants of one data set, from its certified separator.
#[derive(Debug, Clone)]
pub struct Expansion {
    pub gamma: f64,
    /// ŵ/|ŵ|.
    pub direction: Vec<f64>,
    pub frame: Frame,
    /// The support vectors with positive weight; w̃, alpha and A are theirs.
    pub carrying: Vec<usize>,
    /// Support vectors without weight in any dual solution: none, under the theorem's hypotheses.
    pub degenerate: Vec<usize>,
    /// The multipliers of largest entropy, and w̃ in the span of the support.
    pub dual: MaxEntropy,
    /// w̃ with the part of the start that no point sees, which stays for ever.
    pub w_tilde: Vec<f64>,
    /// Whether `w_tilde` is the whole limit: the carrying support vectors span what the points span. If
    /// not, the part of rho outside their span depends on the start and on the path.
    pub determined: bool,
    /// p_n = γ² alpha_n: sums to one.
    pub p: Vec<f64>,
    /// H = -Σ p log p.
    pub entropy: f64,
    /// Hinf = -log max p.
    pub min_entropy: f64,
    /// C = γ |w̃ across ŵ|.
    pub direction_constant: f64,
    /// δ = min(λ_min(A), m_next - 1): the residual settles like t^-δ.
    pub exponent: f64,
    forcing: Vec<Forcing>,
    /// Σ alpha_n² x_n: the first correction of the logistic tail, at rate 1.
    tail: Vec<f64>,
    points: Points,
    start: Vec<f64>,
}

/// The pull of a point off the support: e^(-μ s) f with μ = m_n - 1 and f = `weight` x_n.
#[derive(Debug, Clone)]
struct Forcing {
    point: usize,
    mu: f64,
    /// e^(-x_n·w̃).
    weight: f64,
}

impl Expansion {
    pub fn new(points: &Points, loss: Loss, start: &[f64], reference: &MaxMargin) -> Result<Expansion> {
        let degenerate = degenerate_support(points, reference)?;
        let carrying: Vec<usize> = reference.support.iter().copied().filter(|n| !degenerate.contains(n)).collect();
        let dual = max_entropy(points, reference, &carrying)?;
        let span = orthonormal_span(points, &(0..points.count()).collect::<Vec<_>>())?;
        let unseen = span.iter().fold(start.to_vec(), |v, axis| reject(&v, axis));
        let w_tilde = combine(1.0, &unseen, &dual.w_tilde);
        let gamma = reference.gamma;
        let direction = reference.direction();
        let p: Vec<f64> = dual.alpha.iter().map(|alpha| gamma * gamma * alpha).collect();
        let off_support = |n: &usize| reference.margins[*n] > 1.0;
        let forcing: Vec<Forcing> = (0..points.count())
            .filter(off_support)
            .map(|n| Forcing { point: n, mu: reference.margins[n] - 1.0, weight: exp(-dot(points.row(n), &w_tilde)) })
            .collect();
        let squares: Vec<f64> = dual.alpha.iter().map(|a| if loss == Loss::Logistic { a * a } else { 0.0 }).collect();
        let next = reference.next_margin().map_or(f64::INFINITY, |m| m - 1.0);
        Ok(Expansion {
            gamma,
            frame: Frame { w_hat: reference.w_hat.clone(), margins: reference.margins.clone() },
            entropy: -carrying.iter().map(|&n| p[n] * ln(p[n])).sum::<f64>(),
            min_entropy: -ln(p.iter().copied().fold(0.0, f64::max)),
            direction_constant: gamma * norm(&reject(&w_tilde, &direction)),
            determined: span.len() == dual.curvature.len(),
            w_tilde,
            exponent: next.min(dual.curvature[0].0),
            forcing,
            tail: points.combination(&squares),
            points: points.clone(),
            start: start.to_vec(),
            direction,
            carrying,
            degenerate,
            dual,
            p,
        })
    }

    /// u = log t + H + 2 log γ, with η t for t under gradient descent.
    pub fn u(&self, log_t: f64) -> f64 {
        log_t + self.entropy + 2.0 * ln(self.gamma)
    }

    /// γ|w| = √(u² + C²).
    pub fn scaled_norm(&self, log_t: f64) -> f64 {
        let (u, c) = (self.u(log_t), self.direction_constant);
        (u * u + c * c).sqrt()
    }

    /// 1 - margin(w/|w|)/γ, where margin(w)/|w| = γ (u - H + Hinf)/√(u² + C²).
    pub fn relative_gap(&self, log_t: f64) -> f64 {
        1.0 - (self.u(log_t) - self.entropy + self.min_entropy) / self.scaled_norm(log_t)
    }

    /// sin of the angle between w and ŵ: C/√(u² + C²).
    pub fn sine(&self, log_t: f64) -> f64 {
        self.direction_constant / self.scaled_norm(log_t)
    }

    /// δ(s): the leading term of rho - w̃.
    pub fn leading(&self, log_t: f64) -> Vec<f64> {
        let mut delta = vec![0.0; self.points.dim()];
        for Forcing { point, mu, weight } in &self.forcing {
            let force = weight * exp(-mu * log_t);
            for (lambda, axis) in &self.dual.curvature {
                let response = response(lambda - mu, log_t);
                axpy(force * response * dot(axis, self.points.row(*point)), axis, &mut delta);
            }
        }
        delta
    }

    /// w̃ + δ(s).
    pub fn residual(&self, log_t: f64) -> Vec<f64> {
        combine(1.0, &self.leading(log_t), &self.w_tilde)
    }

    /// γ² Σ e^(-μ_n s - x_n·w̃) over the points off the support: their share of the gradient to first order.
    pub fn unsupported(&self, log_t: f64) -> f64 {
        self.gamma * self.gamma * self.forcing.iter().map(|f| f.weight * exp(-f.mu * log_t)).sum::<f64>()
    }

    /// Σ share_n m_n = 1 + Σ share_n μ_n to first order: the progress along ŵ a unit of pull.
    pub fn progress(&self, log_t: f64) -> f64 {
        1.0 + self.gamma * self.gamma * self.forcing.iter().map(|f| f.mu * f.weight * exp(-f.mu * log_t)).sum::<f64>()
    }

    /// γ² t L to first order: 1 - γ² ŵ·δ + γ² Σ e^(-μ_n s - x_n·w̃).
    pub fn scaled_loss(&self, log_t: f64) -> f64 {
        1.0 + self.unsupported(log_t) - self.gamma * self.gamma * dot(&self.frame.w_hat, &self.leading(log_t))
    }

    /// The size of what δ(s) leaves out: the terms quadratic in δ, the first correction of the logistic
    /// tail, and the memory of the start, which falls like t^-λ_min.
    pub fn beyond_leading(&self, log_t: f64) -> f64 {
        let delta = self.leading(log_t);
        let mut quadratic = vec![0.0; delta.len()];
        for (x, alpha) in self.points.rows().zip(&self.dual.alpha) {
            let along = dot(x, &delta);
            axpy(0.5 * alpha * along * along, x, &mut quadratic);
        }
        for Forcing { point, mu, weight } in &self.forcing {
            let x = self.points.row(*point);
            axpy(-weight * exp(-mu * log_t) * dot(x, &delta), x, &mut quadratic);
        }
        let answer = |forcing: &[f64], rate: f64| -> f64 {
            let along = |(lambda, axis): &(f64, Vec<f64>)| dot(axis, forcing) * response(lambda - rate, log_t);
            norm(&self.dual.curvature.iter().map(along).collect::<Vec<_>>())
        };
        let memory = distance(&self.w_tilde, &self.start) * exp(-self.dual.curvature[0].0 * log_t);
        answer(&quadratic, 2.0 * self.exponent) + exp(-log_t) * answer(&self.tail, 1.0) + memory
    }
}

/// What a forcing of rate μ does along an axis of eigenvalue λ, over the forcing itself: 1/(λ - μ), or log t at a
/// resonance.
fn response(lambda_less_mu: f64, log_t: f64) -> f64 {
    if lambda_less_mu.abs() * log_t > 1.0 { 1.0 / lambda_less_mu } else { log_t }
}
