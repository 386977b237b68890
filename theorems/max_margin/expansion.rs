//! What the theorem predicts for one data set, beyond the limit: the constants and the next terms.
//!
//! With s = log t, ν_j and f_j the rates and the vectors of the forces that act on rho, and δ = rho - w̃, the flow near
//! w̃ is dδ/ds = -A δ + Σ e^(-ν_j s) f_j + .. A point off the support is such a force, with ν = m_n - 1 and
//! f = e^(-x_n·w̃) x_n. The logistic tail and the discreteness of steps are forces of rate 1. The answer to a force is
//! e^(-ν s) (A - ν)^-1 f, with log t for (A - ν)^-1 at a resonance and what lies between near one; the book derives it.

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::descent::StepRule;
use theoremcheck::flow::gradient_flow::Frame;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{UNIT_ROUNDOFF, axpy, combine, difference, dot, exp, exp_m1, ln, log_sum_exp, norm, reject};
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
    forces: Vec<Force>,
    points: Points,
    loss: Loss,
    start: Vec<f64>,
}

/// A force e^(-rate s) f on rho.
#[derive(Debug, Clone)]
struct Force {
    rate: f64,
    f: Vec<f64>,
    /// The point off the support that exerts it; none for the tail of the loss and the discreteness of steps.
    point: Option<usize>,
}

/// Answers below this share of the largest are no part of an estimate of the third order.
const THIRD_OF: f64 = 1e-3;

/// Rates nearer than this to an eigenvalue are in resonance with it. Every choice gives an answer, and they differ by a memory: by
/// 1/NEAR times the force at most where 1/Δ is taken.
const NEAR: f64 = 0.1;

impl Expansion {
    /// What is predicted for the flow, or for gradient descent with this rule, where s = log(η t) and with momentum β
    /// η/(1 - β) stands for η.
    pub fn new(
        points: &Points,
        loss: Loss,
        start: &[f64],
        reference: &MaxMargin,
        rule: Option<StepRule>,
    ) -> Result<Expansion> {
        let degenerate = degenerate_support(points, reference)?;
        let carrying: Vec<usize> = reference.support.iter().copied().filter(|n| !degenerate.contains(n)).collect();
        let dual = max_entropy(points, reference, &carrying)?;
        let span = orthonormal_span(points, &(0..points.count()).collect::<Vec<_>>())?;
        let unseen = span.iter().fold(start.to_vec(), |v, axis| reject(&v, axis));
        let w_tilde = combine(1.0, &unseen, &dual.w_tilde);
        let gamma = reference.gamma;
        let direction = reference.direction();
        let p: Vec<f64> = dual.alpha.iter().map(|alpha| gamma * gamma * alpha).collect();
        let off_support = (0..points.count()).filter(|&n| reference.margins[n] > 1.0);
        let mut forces: Vec<Force> = off_support
            .map(|n| {
                let f = combine(exp(-dot(points.row(n), &w_tilde)), points.row(n), &vec![0.0; points.dim()]);
                Force { rate: reference.margins[n] - 1.0, f, point: Some(n) }
            })
            .collect();
        // -ℓ'(u) = e^-u - θ e^-2u + .., and a step of 1/t is by 1/2t² longer than log(t + 1) - log t.
        let squares: Vec<f64> = dual.alpha.iter().map(|a| -tail_weight(loss) * a * a).collect();
        let mut at_rate_one = points.combination(&squares);
        if let Some(rule) = rule {
            let lag = rule.momentum / (1.0 - rule.momentum);
            axpy(rule.effective_eta() * (0.5 + lag), &reference.w_hat, &mut at_rate_one);
        }
        if norm(&at_rate_one) > 0.0 {
            forces.push(Force { rate: 1.0, f: at_rate_one, point: None });
        }
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
            forces,
            points: points.clone(),
            loss,
            start: start.to_vec(),
            direction,
            carrying,
            degenerate,
            dual,
            p,
        })
    }

    /// The same with one more force of rate 1, as of examples whose margins are coupled.
    pub fn forced(mut self, f: Vec<f64>) -> Expansion {
        self.forces.push(Force { rate: 1.0, f, point: None });
        self
    }

    /// u = log t + H + 2 log γ, with η t for t under gradient descent.
    pub fn u(&self, log_t: f64) -> f64 {
        log_t + self.entropy + 2.0 * ln(self.gamma)
    }

    /// γ (H - Hinf) and C as they are shown to readers: 0 where they are no more than what rounding may have left of 0. A sum over the
    /// support has four roundings a term; w̃ is as exact as its certificate says.
    pub fn shown_constants(&self) -> [f64; 2] {
        let beyond = |value: f64, slack: Slack| if value.abs() <= slack.total() { 0.0 } else { value };
        let of_a_sum = Slack::rounding(4.0 * self.carrying.len() as f64 + 8.0, self.gamma * (1.0 + self.entropy));
        let of_w_tilde = Slack::certificate(self.gamma * self.dual.uncertainty(&self.frame.w_hat))
            + Slack::rounding(self.direction.len() as f64 + 16.0, self.gamma * norm(&self.w_tilde));
        [beyond(self.gamma * (self.entropy - self.min_entropy), of_a_sum), beyond(self.direction_constant, of_w_tilde)]
    }

    /// γw along ŵ and the length of γw across it: u and C, and what δ adds to them.
    fn position(&self, log_t: f64) -> (f64, f64) {
        let delta = self.delta(log_t);
        let across = self.gamma * norm(&reject(&combine(1.0, &delta, &self.w_tilde), &self.direction));
        (self.u(log_t) + self.gamma * dot(&self.direction, &delta), across)
    }

    /// γ|w| = √(u² + C²), and what δ adds.
    pub fn scaled_norm(&self, log_t: f64) -> f64 {
        let (along, across) = self.position(log_t);
        (along * along + across * across).sqrt()
    }

    /// 1 - margin(w/|w|)/γ, where margin(w)/|w| = γ (u - H + Hinf)/√(u² + C²), and what δ adds.
    pub fn relative_gap(&self, log_t: f64) -> f64 {
        let delta = self.delta(log_t);
        let margin = |&n: &usize| dot(self.points.row(n), &delta) - ln(self.p[n]);
        let moved = self.carrying.iter().map(margin).fold(f64::INFINITY, f64::min) - self.min_entropy;
        1.0 - (self.u(log_t) - self.entropy + self.min_entropy + moved) / self.scaled_norm(log_t)
    }

    /// sin of the angle between w and ŵ: C/√(u² + C²), and what δ adds.
    pub fn sine(&self, log_t: f64) -> f64 {
        self.position(log_t).1 / self.scaled_norm(log_t)
    }

    /// γ|w| + log Σ e^(-x_n·w) - H: √(u² + C²) - u, what δ adds to it, and the divergence of the shares by w̃ + δ from p.
    pub fn excess(&self, log_t: f64) -> f64 {
        let (along, across) = self.position(log_t);
        let rho = self.residual(log_t);
        let log_weight = |n: usize| (1.0 - self.frame.margins[n]) * log_t - dot(self.points.row(n), &rho);
        let log_sum = log_sum_exp((0..self.points.count()).map(log_weight));
        let less_share = |&n: &usize| self.p[n] * (ln(self.p[n]) - (log_weight(n) - log_sum));
        let divergence: f64 = self.carrying.iter().map(less_share).sum();
        divergence + across * across / (self.scaled_norm(log_t) + along)
    }

    /// The answer to one force: e^(-rate s) (A - rate)^-1 f in the span of the support.
    fn answer(&self, f: &[f64], rate: f64, log_t: f64) -> Vec<f64> {
        let mut answer = vec![0.0; f.len()];
        for (lambda, axis) in &self.dual.curvature {
            axpy(dot(axis, f) * response(lambda - rate, log_t), axis, &mut answer);
        }
        let size = exp(-rate * log_t);
        answer.iter_mut().for_each(|a| *a *= size);
        answer
    }

    /// The first order of δ: the answers to all forces.
    pub fn first(&self, log_t: f64) -> Vec<f64> {
        let mut sum = vec![0.0; self.points.dim()];
        self.forces.iter().for_each(|force| axpy(1.0, &self.answer(&force.f, force.rate, log_t), &mut sum));
        sum
    }

    /// The answer to the slowest force alone.
    pub fn slowest(&self, log_t: f64) -> Vec<f64> {
        let slowest = self.forces.iter().min_by(|a, b| a.rate.total_cmp(&b.rate));
        slowest.map_or(vec![0.0; self.points.dim()], |force| self.answer(&force.f, force.rate, log_t))
    }

    /// The second order of δ: two answers together move the pulls of the support by half their product, and an answer
    /// moves the pull of a point off it. Pairs that are roundings of the largest one are left out.
    fn second(&self, log_t: f64) -> Vec<f64> {
        let answers: Vec<(&Force, Vec<f64>)> =
            self.forces.iter().map(|force| (force, self.answer(&force.f, force.rate, log_t))).collect();
        let largest = answers.iter().map(|(_, b)| norm(b)).fold(0.0, f64::max);
        // Each with x_n·b for all n.
        let seen: Vec<(&Force, Vec<f64>)> = answers
            .into_iter()
            .filter(|(_, b)| norm(b) > UNIT_ROUNDOFF * largest)
            .map(|(force, b)| (force, self.points.margins(&b)))
            .collect();
        let mut sum = vec![0.0; self.points.dim()];
        for (force, one) in &seen {
            for (other, two) in &seen {
                let mut moved = vec![0.0; self.points.dim()];
                for &n in &self.carrying {
                    axpy(0.5 * self.dual.alpha[n] * one[n] * two[n], self.points.row(n), &mut moved);
                }
                if let Some(n) = force.point {
                    axpy(-exp(-force.rate * log_t) * two[n], &force.f, &mut moved);
                }
                // The exponentials stand in `moved` already.
                for (lambda, axis) in &self.dual.curvature {
                    let response = response(lambda - force.rate - other.rate, log_t);
                    axpy(dot(axis, &moved) * response, axis, &mut sum);
                }
            }
        }
        sum
    }

    /// δ(s) = rho - w̃ to second order.
    pub fn delta(&self, log_t: f64) -> Vec<f64> {
        combine(1.0, &self.first(log_t), &self.second(log_t))
    }

    /// w̃ + δ(s).
    pub fn residual(&self, log_t: f64) -> Vec<f64> {
        combine(1.0, &self.delta(log_t), &self.w_tilde)
    }

    /// How large what δ(s) leaves out may be.
    pub fn beyond(&self, log_t: f64) -> f64 {
        self.third(log_t) + self.memory(log_t)
    }

    /// The size of the third order: three answers together, two of them by what the points that count see of them, and the
    /// response to their rates.
    pub fn third(&self, log_t: f64) -> f64 {
        let answers: Vec<(f64, f64, f64)> = self
            .forces
            .iter()
            .map(|force| {
                let answer = self.answer(&force.f, force.rate, log_t);
                let met = self.carrying.iter().copied().chain(force.point);
                let seen = met.map(|n| dot(self.points.row(n), &answer).abs()).fold(0.0, f64::max);
                (force.rate, seen, norm(&answer))
            })
            .collect();
        let largest = answers.iter().map(|(_, _, size)| *size).fold(0.0, f64::max);
        let counts: Vec<(f64, f64, f64)> =
            answers.into_iter().filter(|(_, _, size)| *size > THIRD_OF * largest).collect();
        let mut sum = 0.0;
        for (one, see_one, _) in &counts {
            for (two, see_two, _) in &counts {
                for (three, _, size) in &counts {
                    let rate = one + two + three;
                    let responses = self.dual.curvature.iter().map(|(lambda, _)| response(lambda - rate, log_t).abs());
                    sum += see_one * see_two * size * responses.fold(1.0, f64::max);
                }
            }
        }
        sum
    }

    /// The memory of the start falls like t^-λ along each axis of A. Its size is taken from the distance at the start.
    pub fn memory(&self, log_t: f64) -> f64 {
        let away = difference(&self.w_tilde, &self.start);
        let along = |(lambda, axis): &(f64, Vec<f64>)| (dot(axis, &away) * exp(-lambda * log_t)).abs();
        self.dual.curvature.iter().map(along).sum()
    }

    /// The size of what the memory does to δ: by what the points see of either.
    pub fn mixed(&self, log_t: f64) -> f64 {
        self.memory(log_t) * self.points.radius() * norm(&self.delta(log_t))
    }

    /// The memory across ŵ alone, along which A has the eigenvalue 1.
    pub fn memory_across(&self, log_t: f64) -> f64 {
        let away = reject(&difference(&self.w_tilde, &self.start), &self.direction);
        let along = |(lambda, axis): &(f64, Vec<f64>)| (dot(axis, &away) * exp(-lambda * log_t)).abs();
        self.dual.curvature.iter().map(along).sum()
    }

    /// t times each point's pull, by w = ŵ s + w̃ + δ(s); t stands for η t under gradient descent.
    pub fn pulls(&self, log_t: f64) -> Vec<f64> {
        let rho = self.residual(log_t);
        let pull = |(x, m): (&[f64], &f64)| {
            let offset = dot(x, &rho);
            exp((1.0 - m) * log_t - offset + self.loss.tail_correction(m * log_t + offset))
        };
        self.points.rows().zip(&self.frame.margins).map(pull).collect()
    }

    /// Each point's share of the gradient.
    pub fn shares(&self, log_t: f64) -> Vec<f64> {
        let pulls = self.pulls(log_t);
        let total: f64 = pulls.iter().sum();
        pulls.iter().map(|pull| pull / total).collect()
    }

    /// The share of all points off the support together.
    pub fn unsupported(&self, log_t: f64) -> f64 {
        let off = self.shares(log_t).into_iter().zip(&self.frame.margins).filter(|(_, m)| **m > 1.0);
        off.map(|(share, _)| share).sum()
    }

    /// Σ share_n m_n = 1 + Σ share_n (m_n - 1): the progress along ŵ a unit of pull.
    pub fn progress(&self, log_t: f64) -> f64 {
        1.0 + self.shares(log_t).iter().zip(&self.frame.margins).map(|(share, m)| share * (m - 1.0)).sum::<f64>()
    }

    /// γ² t L: 1, less γ² ŵ·δ, and what the points off the support add. ℓ = -ℓ' + (θ/2) e^-2u + ..
    pub fn scaled_loss(&self, log_t: f64) -> f64 {
        let half = 0.5 * tail_weight(self.loss);
        let loss = self.pulls(log_t).into_iter().map(|pull| pull + half * exp(-log_t) * pull * pull);
        self.gamma * self.gamma * loss.sum::<f64>()
    }
}

/// θ in -ℓ'(u) = e^-u - θ e^-2u + ..
fn tail_weight(loss: Loss) -> f64 {
    if loss == Loss::Logistic { 1.0 } else { 0.0 }
}

/// What a force of rate ν does along an axis of eigenvalue λ, over the force itself, with Δ = λ - ν: 1/Δ, and near a resonance,
/// where that and the memory e^(-λ s) are one, (1 - e^(-Δ s))/Δ, which is s = log t at Δ = 0. They differ by a memory, and two
/// times compare only if it is the same at both: so which it is depends on Δ alone, as long as doubles can hold it.
fn response(delta: f64, log_t: f64) -> f64 {
    let x = delta * log_t;
    let resonant = log_t * if x == 0.0 { 1.0 } else { -exp_m1(-x) / x };
    if delta.abs() < NEAR && resonant.is_finite() { resonant } else { 1.0 / delta }
}
