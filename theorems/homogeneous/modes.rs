//! What the flow remembers of its start: the modes that are tangent to the constraints, from quantities that it conserves.

use super::experiments::Run;
use theoremcheck::flow::loss_clock::Moment;
use theoremcheck::problem::homogeneous::Architecture;
use theoremcheck::problem::network::split;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, dot, exp, ln, norm};

/// What is predicted of the parameters at a loss of e^-g. With θ = ρ(θ* + support + tangent),
/// γ|θ|^D = g + H + `excess` and tan² of the angle between θ and ∇g is `tau_square`.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    /// The shares of the gradient.
    pub p: Vec<f64>,
    /// By how much the two sides of γ|θ|^D = g + H differ: (D/2) g Σ μ_k c_k²/|θ|², c_k the component of θ along the mode
    /// of eigenvalue μ_k of I - B.
    pub excess: f64,
    /// The part of it that is tangent to the constraints.
    pub tangent: f64,
    /// Σ μ_k² c_k²/|θ|².
    pub tau_square: f64,
    /// How far an excess of order 1/g that is not predicted may be from 0.
    pub unknown: f64,
}

impl Run {
    /// The modes at a moment, from the start and, where the limit on the manifold of KKT points enters, from where the flow is.
    pub fn modes(&self, at: &Moment) -> Modes {
        let kkt = &self.kkt;
        let square = dot(&kkt.theta, &kkt.theta);
        let supported = 0.5 * kkt.degree * kkt.beyond(&kkt.v) / square / at.g;
        let turned = dot(&kkt.turn, &kkt.turn) / square / (at.g * at.g);
        let p: Vec<f64> = kkt.p.iter().zip(&kkt.epsilon).map(|(p, e)| p + e / at.g).collect();
        // The sums Σ μ c² and Σ μ² c² over the tangent modes.
        let (p, [first, second], unknown) = match &self.planted.network.architecture {
            Architecture::Relu { width } => (p, self.conserved_by_neurons(*width, at.g), 0.0),
            Architecture::Diagonal => self.conserved_by_coordinates(at.g),
            Architecture::Linear { hidden } if hidden.len() == 1 => (p, self.conserved_by_layers(hidden[0], at), 0.0),
            Architecture::Linear { .. } => (p, [0.0; 2], 0.0),
            Architecture::Quadratic { .. } => (p, [0.0; 2], kkt.beyond(&at.theta)),
        };
        let tangent = kkt.gamma * first;
        let excess = tangent + supported;
        let tau_square = turned + kkt.gamma * second / (at.g + kkt.entropy + excess);
        Modes { p, excess, tangent, tau_square, unknown: kkt.gamma * unknown }
    }

    /// Of a ReLU network: what a neuron has across the points that it sees, all of a dead neuron, and |w|² - a².
    fn conserved_by_neurons(&self, width: usize, g: f64) -> [f64; 2] {
        let (network, start, theta) = (&self.planted.network, &self.planted.start, &self.kkt.theta);
        let dim = network.points.dim();
        let mut sums = [0.0; 2];
        for j in 0..width {
            let (w, a) = (&start[j * dim..(j + 1) * dim], start[width * dim + j]);
            let seen: Vec<f64> = network.points.rows().filter(|x| dot(x, w) > 0.0).flatten().copied().collect();
            let Ok(seen) = Points::new(dim, seen) else {
                // Dead: no row at all.
                sums.iter_mut().for_each(|sum| *sum += dot(w, w) + a * a);
                continue;
            };
            let across = norm(&split(&seen, w).0);
            let imbalance = dot(w, w) - a * a - across * across;
            let output = theta[width * dim + j];
            // e·w - |a| is imbalance/2|a|, of the eigenvalue 2, and (e·w - |a|)/√2 its component.
            let unequal = imbalance * imbalance / (4.0 * output * output * (g + self.kkt.entropy));
            sums[0] += across * across + unequal;
            sums[1] += across * across + 2.0 * unequal;
        }
        sums
    }

    /// Of a network of two linear layers: K = WW' - aa'. With ā = a/|a|, κ = ā'Kā and β = W'a,
    /// |θ|² = tr K - κ + 2√(|β|² + κ²/4).
    fn conserved_by_layers(&self, hidden: usize, at: &Moment) -> [f64; 2] {
        let start = &self.planted.start;
        let dim = self.planted.network.points.dim();
        let (w, a) = start.split_at(hidden * dim);
        let now = &at.theta[hidden * dim..];
        let along: Vec<f64> = now.iter().map(|x| x / norm(now)).collect();
        let mut pulled = vec![0.0; dim];
        w.chunks_exact(dim).zip(&along).for_each(|(row, a)| axpy(*a, row, &mut pulled));
        let kappa = dot(&pulled, &pulled) - dot(a, &along) * dot(a, &along);
        let trace = dot(w, w) - dot(a, a);
        // |β| is 2γ g to leading order, γ the margin of the network.
        let unequal = 0.5 * kappa * kappa * self.kkt.gamma / at.g;
        [trace - kappa + unequal, trace - kappa + 2.0 * unequal]
    }

    /// Of a diagonal network on two points of R³: u_i v_i, and u₃ Π u_i^-c_i where x_3 = c_1 x_1 + c_2 x_2 on both points.
    fn conserved_by_coordinates(&self, g: f64) -> (Vec<f64>, [f64; 2], f64) {
        let diagonal = Diagonal::new(self);
        let (p, u, v) = diagonal.at(self, g);
        let mut sums = [0.0; 2];
        let z = self.planted.network.points.combination(&self.kkt.lambda);
        for i in 0..3 {
            for (eigenvalue, c) in [(1.0 - 2.0 * z[i], u[i]), (1.0 + 2.0 * z[i], v[i])] {
                sums[0] += eigenvalue * c * c;
                sums[1] += eigenvalue * eigenvalue * c * c;
            }
        }
        (p, sums, 0.0)
    }
}

/// The flow of a diagonal network by what it conserves.
struct Diagonal {
    /// x_3 = c_1 x_1 + c_2 x_2, where x_i are the columns of the data.
    c: [f64; 2],
}

impl Diagonal {
    fn new(run: &Run) -> Diagonal {
        let [x, y] = [run.planted.network.points.row(0), run.planted.network.points.row(1)];
        let det = x[0] * y[1] - x[1] * y[0];
        Diagonal { c: [(x[2] * y[1] - x[1] * y[2]) / det, (x[0] * y[2] - x[2] * y[0]) / det] }
    }

    /// Shares, u and v at a loss of e^-g: q_n = g - log p_n gives β_1 and β_2, these u_3 and v_3, these β_3, and the
    /// shares are those with which both margins grow alike; iterated until nothing moves.
    fn at(&self, run: &Run, g: f64) -> (Vec<f64>, [f64; 3], [f64; 3]) {
        let [x, y] = [run.planted.network.points.row(0), run.planted.network.points.row(1)];
        let start = &run.planted.start;
        let det = x[0] * y[1] - x[1] * y[0];
        let (mut p, mut u, mut v) = (run.kkt.p.clone(), [0.0; 3], [0.0; 3]);
        for _ in 0..60 {
            let third = (u[2] - v[2]) * (u[2] + v[2]);
            let target = [g - ln(p[0]) - x[2] * third, g - ln(p[1]) - y[2] * third];
            let beta = [(target[0] * y[1] - target[1] * x[1]) / det, (x[0] * target[1] - y[0] * target[0]) / det];
            let mut growth = 0.0;
            for i in 0..2 {
                let product = start[i] * start[3 + i];
                // u² - v² = β and uv = product.
                u[i] = (0.5 * (beta[i] + (beta[i] * beta[i] + 4.0 * product * product).sqrt())).sqrt();
                v[i] = product / u[i];
                growth += self.c[i] * ln(u[i] / start[i]);
            }
            u[2] = start[2] * exp(growth);
            v[2] = start[5] * exp(-growth);
            // Σ_i x_ni z_i (u_i² + v_i²) with z = p x + (1 - p) y is the same for both points.
            let apart = |z: &[f64]| -> f64 { (0..3).map(|i| (x[i] - y[i]) * (u[i] * u[i] + v[i] * v[i]) * z[i]).sum() };
            let first = apart(y) / (apart(y) - apart(x));
            p = vec![first, 1.0 - first];
        }
        (p, u, v)
    }
}
