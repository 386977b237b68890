//! The loss of several classes: a loss ℓ of each example's soft margin, and its flow.
//!
//! With m_nj = <A_nj, W> the soft margin of example n is q_n = -log Σ_j e^(-m_nj), so that log(1 + Σ_j e^(-m_nj)) is the
//! logistic loss of q_n, and the exponential loss of q_n is that of the pairs one by one. The pull of pair (n, j) is
//! -ℓ'(q_n) e^(q_n - m_nj).

use std::slice::Chunks;

use theoremcheck::error::Result;
use theoremcheck::flow::gradient_flow::{Frame, Snapshot, follow};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::{Differentiable, Ode, Tolerance};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, exp, ln_1p, log_sum_exp};

/// Examples of several classes, a loss of their soft margins, and a start.
#[derive(Debug, Clone)]
pub struct Setup {
    pub data: Classes,
    /// A_nj, the pairs of an example one after the other.
    pub pairs: Points,
    /// Logistic: cross-entropy. Exponential: each pair by itself.
    pub loss: Loss,
    /// W at t = 0, row after row.
    pub start: Vec<f64>,
}

/// -log Σ_j e^(-m_j).
pub fn soft_margin(margins: &[f64]) -> f64 {
    -log_sum_exp(margins.iter().map(|m| -m))
}

impl Setup {
    /// From 0.
    pub fn new(data: Classes, loss: Loss) -> Setup {
        let pairs = data.pair_points();
        Setup { start: vec![0.0; pairs.dim()], data, pairs, loss }
    }

    /// k - 1: how many pairs an example has.
    fn together(&self) -> usize {
        self.data.classes() - 1
    }

    /// What belongs to the pairs, example by example.
    pub fn by_example<'a, T>(&self, of_pairs: &'a [T]) -> Chunks<'a, T> {
        of_pairs.chunks(self.together())
    }

    /// The frame that does not move, in which rho is W.
    pub fn at_rest(&self) -> Frame {
        Frame { w_hat: vec![0.0; self.start.len()], margins: vec![0.0; self.pairs.count()] }
    }

    /// q_n, one an example.
    pub fn soft_margins(&self, w: &[f64]) -> Vec<f64> {
        self.by_example(&self.pairs.margins(w)).map(soft_margin).collect()
    }

    /// log L.
    pub fn log_loss(&self, w: &[f64]) -> f64 {
        log_sum_exp(self.soft_margins(w).iter().map(|&q| self.loss.log_value(q)))
    }

    /// -∇L, out of the pulls.
    pub fn descent(&self, w: &[f64]) -> Vec<f64> {
        let blind = self.at_rest();
        let mut out = vec![0.0; w.len()];
        Moving { setup: self, frame: &blind }.rate(0.0, w, &mut out);
        out
    }

    /// ∇²L, row after row.
    pub fn hessian(&self, w: &[f64]) -> Vec<Vec<f64>> {
        let blind = self.at_rest();
        let mut jacobian = vec![0.0; w.len() * w.len()];
        Moving { setup: self, frame: &blind }.jacobian(0.0, w, &mut jacobian);
        jacobian.chunks_exact(w.len()).map(|row| row.iter().map(|h| -h).collect()).collect()
    }

    /// Snapshots of W, by a flow that knows nothing of the answer.
    pub fn blind(&self, log_t: &[f64], method: Method, tolerance: Tolerance) -> Result<Vec<Snapshot>> {
        self.moving(&self.at_rest(), log_t, method, tolerance, |_, _| ())
    }

    /// Snapshots of rho = W - Ŵ log t, in the frame that moves with Ŵ; `see` is shown log t and rho at every step.
    pub fn moving(
        &self,
        frame: &Frame,
        log_t: &[f64],
        method: Method,
        tolerance: Tolerance,
        mut see: impl FnMut(f64, &[f64]),
    ) -> Result<Vec<Snapshot>> {
        let rho = |log_t: f64, r: &[f64]| combine(ln_1p(exp(-log_t)), &frame.w_hat, r);
        let watch = |log_t: f64, r: &[f64]| see(log_t, &rho(log_t, r));
        let mut snapshots = follow(&Moving { setup: self, frame }, &self.start, log_t, method, tolerance, watch)?;
        for snapshot in &mut snapshots {
            snapshot.state = rho(snapshot.log_t, &snapshot.state);
        }
        Ok(snapshots)
    }

    /// log(t · pull) of every pair at W = Ŵ log t + rho.
    pub fn log_pulls(&self, frame: &Frame, log_t: f64, rho: &[f64]) -> Vec<f64> {
        Moving { setup: self, frame }.pulls(log_t, rho).into_iter().map(|(pull, _)| pull).collect()
    }

    /// log(t L) at W = Ŵ log t + rho, from rho.
    pub fn log_loss_at(&self, frame: &Frame, log_t: f64, rho: &[f64]) -> f64 {
        let offsets = self.pairs.margins(rho);
        // t e^(-m) of the pairs, and with it t ℓ(q): the loss over its exponential, a factor of at most 1.
        let scaled: Vec<f64> = offsets.iter().zip(&frame.margins).map(|(o, m)| (1.0 - m) * log_t - o).collect();
        let of = |pairs: &[f64]| {
            let sum = log_sum_exp(pairs.iter().copied());
            let q = log_t - sum;
            sum + self.loss.log_value(q) + q
        };
        let losses: Vec<f64> = self.by_example(&scaled).map(of).collect();
        log_sum_exp(losses.into_iter())
    }

    /// d rho / d log t.
    pub fn velocity(&self, frame: &Frame, log_t: f64, rho: &[f64]) -> Vec<f64> {
        let mut velocity = vec![0.0; rho.len()];
        Moving { setup: self, frame }.rate(log_t, rho, &mut velocity);
        velocity
    }
}

/// The flow in the frame of any Ŵ with the margins of the pairs, exactly 1 on the support: with Ŵ = 0 it is W itself.
struct Moving<'a> {
    setup: &'a Setup,
    frame: &'a Frame,
}

impl Moving<'_> {
    /// τ + log pull of each pair at W = Ŵτ + r, and the soft margin of its example.
    fn pulls(&self, tau: f64, r: &[f64]) -> Vec<(f64, f64)> {
        let offsets = self.setup.pairs.margins(r);
        let margins: Vec<f64> = offsets.iter().zip(&self.frame.margins).map(|(o, m)| m * tau + o).collect();
        let mut pulls = Vec::with_capacity(offsets.len());
        let groups = self.setup.by_example(&offsets).zip(self.setup.by_example(&self.frame.margins));
        for ((offsets, m), margins) in groups.zip(self.setup.by_example(&margins)) {
            let q = soft_margin(margins);
            let tail = self.setup.loss.tail_correction(q);
            pulls.extend(offsets.iter().zip(m).map(|(o, m)| ((1.0 - m) * tau - o + tail, q)));
        }
        pulls
    }
}

impl Ode for Moving<'_> {
    fn dim(&self) -> usize {
        self.setup.pairs.dim()
    }

    fn rate(&self, tau: f64, r: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (a, (pull, _)) in self.setup.pairs.rows().zip(self.pulls(tau, r)) {
            axpy(exp(pull), a, out);
        }
        axpy(-1.0, &self.frame.w_hat, out);
    }
}

impl Differentiable for Moving<'_> {
    /// The pulls P_j of an example, of sum G, have ∂P_j/∂m_i = -P_j [i = j] + (1 + (log -ℓ')'(q)) P_j P_i/G.
    fn jacobian(&self, tau: f64, r: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let dim = self.dim();
        let mut add = |weight: f64, a: &[f64]| {
            for (row, &entry) in out.chunks_exact_mut(dim).zip(a) {
                axpy(weight * entry, a, row);
            }
        };
        let pulls = self.pulls(tau, r);
        let mut rows = self.setup.pairs.rows();
        for pulls in self.setup.by_example(&pulls) {
            let mut sum = vec![0.0; dim];
            let mut total = 0.0;
            for ((pull, _), a) in pulls.iter().zip(&mut rows) {
                let pull = exp(*pull);
                add(-pull, a);
                axpy(pull, a, &mut sum);
                total += pull;
            }
            if total > 0.0 {
                add((1.0 + self.setup.loss.log_pull_slope(pulls[0].1)) / total, &sum);
            }
        }
    }
}
