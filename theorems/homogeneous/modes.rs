//! What the flow remembers of its start: the modes that are tangent to the constraints, from quantities that it conserves.

use super::experiments::Run;
use theoremcheck::problem::homogeneous::{Architecture, Margins};
use theoremcheck::problem::network::split;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, dot, exp, ln, norm};

/// What is predicted of the parameters θ = ρ(θ* + support + tangent) at a loss of e^-g.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    /// The shares of the gradient.
    pub p: Vec<f64>,
    /// γ|θ|^D - g - H: the divergence of the shares from those of the multipliers, and (D/2) g Σ μ_k c_k²/|θ|², where c_k
    /// is the component of θ along the mode of eigenvalue μ_k of I - B.
    pub excess: f64,
    /// Σ μ_k² c_k²/|θ|²: tan² of the angle between θ and ∇g.
    pub tau_square: f64,
    /// The part of it that is not tangent to the constraints.
    pub turned: f64,
    /// What of the excess is of order 1/g, is left by the start and is not predicted.
    pub unknown: f64,
    /// By how much `tau_square` may be off, in parts of second order.
    pub turning: f64,
    /// c²/|θ|² of the tangent modes whose effect on the shares is not predicted.
    pub disturbing: f64,
}

/// Sums over the tangent modes.
struct Tangent {
    /// Σ μ c².
    first: f64,
    /// Σ μ² c², less what is `miscounted`.
    second: f64,
    miscounted: f64,
    /// What disturbs the shares.
    disturbing: f64,
}

impl Run {
    /// The modes at a loss of e^-g, from what the flow conserves; where the limit on the manifold of KKT points enters,
    /// also from `theta`, where the flow is.
    pub fn modes(&self, g: f64, theta: &[f64]) -> Modes {
        let kkt = &self.kkt;
        let square = dot(&kkt.theta, &kkt.theta);
        let supported = 0.5 * kkt.degree * kkt.beyond(&kkt.v) / square / g;
        let turned = dot(&kkt.turn, &kkt.turn) / square / (g * g);
        let expanded: Vec<f64> = kkt.p.iter().zip(&kkt.epsilon).map(|(p, e)| p + e / g).collect();
        let nothing = Tangent { first: 0.0, second: 0.0, miscounted: 0.0, disturbing: 0.0 };
        let (p, tangent, unknown) = match &self.planted.network.architecture {
            Architecture::Relu { width } => (expanded, self.conserved_by_neurons(*width, g), 0.0),
            Architecture::Diagonal => return self.conserved_by_coordinates(g, turned),
            Architecture::Linear { hidden } if hidden.len() == 1 => {
                (expanded, self.conserved_by_layers(hidden[0], g, theta), 0.0)
            }
            Architecture::Linear { .. } => (expanded, nothing, 0.0),
            Architecture::Quadratic { .. } => (expanded, nothing, kkt.gamma * kkt.beyond(theta)),
        };
        let divergence: f64 = kkt.p.iter().zip(&p).map(|(a, b)| a * ln(a / b)).sum();
        let excess = kkt.gamma * tangent.first + supported + divergence;
        let length_square = (g + kkt.entropy + excess) / kkt.gamma;
        // With the components s of θ along the support and c_k along the modes, those of ∇g are s and (1 - μ_k) c_k.
        let along = length_square - tangent.first;
        let tau_square = (length_square * tangent.second - tangent.first * tangent.first) / (along * along);
        Modes {
            p,
            excess,
            tau_square: turned + tau_square,
            turned,
            unknown,
            turning: (tangent.miscounted + unknown / kkt.gamma) / length_square,
            disturbing: (tangent.disturbing + unknown / kkt.gamma) / length_square,
        }
    }

    /// Of a ReLU network: what a neuron has across the points that it sees, all of a dead neuron, and |w|² - a².
    fn conserved_by_neurons(&self, width: usize, g: f64) -> Tangent {
        let (network, start, theta) = (&self.planted.network, &self.planted.start, &self.kkt.theta);
        let dim = network.points.dim();
        let mut sums = Tangent { first: 0.0, second: 0.0, miscounted: 0.0, disturbing: 0.0 };
        for j in 0..width {
            let (w, a) = (&start[j * dim..(j + 1) * dim], start[width * dim + j]);
            let seen: Vec<f64> = network.points.rows().filter(|x| dot(x, w) > 0.0).flatten().copied().collect();
            let Ok(seen) = Points::new(dim, seen) else {
                // Dead: no row at all.
                sums.first += dot(w, w) + a * a;
                sums.second += dot(w, w) + a * a;
                continue;
            };
            let across = norm(&split(&seen, w).0);
            let imbalance = dot(w, w) - a * a - across * across;
            let output = theta[width * dim + j];
            // e·w - |a| is imbalance/2|a|, of the eigenvalue 2, and (e·w - |a|)/√2 its component.
            let unequal = imbalance * imbalance / (4.0 * output * output * (g + self.kkt.entropy));
            sums.first += across * across + unequal;
            sums.second += across * across + 2.0 * unequal;
            sums.disturbing += 0.5 * unequal;
        }
        sums
    }

    /// Of a network of two linear layers: K = WW' - aa'. With ā = a/|a|, κ = ā'Kā and β = W'a,
    /// |θ|² = tr K - κ + 2√(|β|² + κ²/4).
    fn conserved_by_layers(&self, hidden: usize, g: f64, theta: &[f64]) -> Tangent {
        let start = &self.planted.start;
        let dim = self.planted.network.points.dim();
        let (w, a) = start.split_at(hidden * dim);
        let now = &theta[hidden * dim..];
        let along: Vec<f64> = now.iter().map(|x| x / norm(now)).collect();
        let mut pulled = vec![0.0; dim];
        w.chunks_exact(dim).zip(&along).for_each(|(row, a)| axpy(*a, row, &mut pulled));
        let kappa = dot(&pulled, &pulled) - dot(a, &along) * dot(a, &along);
        let trace = dot(w, w) - dot(a, a);
        // |β| is 2γ(g + H) but for terms of second order, γ the margin of the network.
        let unequal = 0.5 * kappa * kappa * self.kkt.gamma / (g + self.kkt.entropy);
        let kept = trace - kappa;
        // Wz across a, z = ŵ/|ŵ|, is of the eigenvalue 2 and counted in tr K - κ as if of 1. It falls like g^(-1/2).
        let z = &self.kkt.theta[..hidden * dim];
        let first: Vec<f64> = (0..dim).map(|i| z.chunks_exact(dim).map(|row| row[i]).sum()).collect();
        let mut image: Vec<f64> =
            theta[..hidden * dim].chunks_exact(dim).map(|row| dot(row, &first) / norm(&first)).collect();
        axpy(-dot(&image, &along), &along, &mut image);
        let across = dot(&image, &image);
        Tangent {
            first: kept + unequal,
            second: kept + across + 2.0 * unequal,
            miscounted: (across + unequal) / g,
            disturbing: (kept * (across + unequal)).sqrt(),
        }
    }

    /// Of a diagonal network on two points of R³: u_i v_i, and u₃ Π u_i^-c_i where x_3 = c_1 x_1 + c_2 x_2 on both points.
    /// That gives all of θ, but for what the shares' motion adds.
    fn conserved_by_coordinates(&self, g: f64, turned: f64) -> Modes {
        let (network, kkt) = (&self.planted.network, &self.kkt);
        let (p, u, v) = Diagonal::new(self).at(self, g);
        let theta = [u, v].concat();
        let gradient = network.gradient(&theta, &p);
        let (square, along) = (dot(&theta, &theta), dot(&theta, &gradient));
        let across = norm(&combine(-along / square, &theta, &gradient));
        let tau_square = across * across * square / (along * along);
        let excess = kkt.gamma * square - g - kkt.entropy;
        Modes { p, excess, tau_square, turned, unknown: 0.0, turning: 0.0, disturbing: tau_square / (g * g) }
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
    /// shares are those with which both margins grow alike; iterated until nothing moves. The shares move too, and the
    /// margins therefore not quite alike: d q_n/dg = 1 - p_n'/p_n.
    fn at(&self, run: &Run, g: f64) -> (Vec<f64>, [f64; 3], [f64; 3]) {
        let h = 1e-3 * g;
        let motion = (self.growing_alike(run, g + h, 0.0).0 - self.growing_alike(run, g - h, 0.0).0) / (2.0 * h);
        let (first, u, v) = self.growing_alike(run, g, motion);
        (vec![first, 1.0 - first], u, v)
    }

    /// The first share, where it moves like `motion`, with u and v.
    fn growing_alike(&self, run: &Run, g: f64, motion: f64) -> (f64, [f64; 3], [f64; 3]) {
        let [x, y] = [run.planted.network.points.row(0), run.planted.network.points.row(1)];
        let start = &run.planted.start;
        let det = x[0] * y[1] - x[1] * y[0];
        let (mut first, mut u, mut v) = (run.kkt.p[0], [0.0; 3], [0.0; 3]);
        for _ in 0..60 {
            let third = (u[2] - v[2]) * (u[2] + v[2]);
            let target = [g - ln(first) - x[2] * third, g - ln(1.0 - first) - y[2] * third];
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
            // With z = p x + (1 - p) y: 4 Σ_i (x_i - y_i) z_i (u_i² + v_i²)/|∇g|² is the difference of the two d q_n/dg.
            let weighed = |a: &dyn Fn(usize) -> f64, b: &dyn Fn(usize) -> f64| -> f64 {
                (0..3).map(|i| a(i) * b(i) * (u[i] * u[i] + v[i] * v[i])).sum()
            };
            let z = |i: usize| first * x[i] + (1.0 - first) * y[i];
            let apart = |i: usize| x[i] - y[i];
            let unlike = -motion * (1.0 / first + 1.0 / (1.0 - first)) * weighed(&z, &z);
            let [on_x, on_y] = [x, y].map(|point| weighed(&apart, &|i| point[i]));
            first = (unlike - on_y) / (on_x - on_y);
        }
        (first, u, v)
    }
}
