//! What the flow remembers of its start: the modes that are tangent to the constraints, from quantities that it conserves.

use super::experiments::Run;
use super::rank_one::RankOne;
use theoremcheck::problem::homogeneous::{Architecture, Margins};
use theoremcheck::problem::network::split;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, dot, exp, ln, norm, pow};

/// What is predicted of the parameters θ = ρ(θ* + support + tangent) at a loss of e^-g.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    /// The shares of the gradient.
    pub p: Vec<f64>,
    /// γ|θ|^D - g - H: the divergence of the shares from those of the multipliers, and (D/2) g Σ μ_k c_k²/|θ|², where c_k
    /// is the component of θ along the mode of eigenvalue μ_k of I - B.
    pub excess: f64,
    /// tan² of the angle between θ and ∇g: without modes `turned`, and Σ μ_k² c_k²/|θ|² in the first place by the modes.
    pub tau_square: f64,
    /// The part of it that is not tangent to the constraints.
    pub turned: f64,
    /// What of the excess is of order 1/g, is left by the start and is not predicted.
    pub unknown: f64,
    /// By how much `tau_square` may be off, in parts of second order.
    pub turning: f64,
    /// c²/|θ|² of the tangent modes whose effect on the shares is not predicted.
    pub disturbing: f64,
    /// What the shares may be off by in 1/g, where their next term is known.
    pub next_share: Option<f64>,
    /// Whether all else follows from the shares without an error of its own.
    pub exact: bool,
}

/// Sums over the tangent modes.
#[derive(Default)]
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
        let mut turned = dot(&kkt.turn, &kkt.turn) / square / (g * g);
        let expanded: Vec<f64> = kkt.p.iter().zip(&kkt.epsilon).map(|(p, e)| p + e / g).collect();
        let (mut next_share, mut exact) = (None, None);
        let (p, tangent, unknown) = match &self.planted.network.architecture {
            Architecture::Relu { .. } => (expanded, self.conserved_by_groups(g, theta), 0.0),
            Architecture::Diagonal => return self.conserved_by_coordinates(g, turned),
            Architecture::Linear { hidden } if hidden.len() == 1 => (expanded, self.conserved_by_groups(g, theta), 0.0),
            Architecture::Linear { hidden } => {
                let first = hidden[0] * self.planted.network.points.dim();
                let (p, next, length, angle) = self.shares_of_rank_one(g);
                (next_share, exact, turned) = (Some(next), Some(length), angle);
                (p, self.conserved_beside_rank_one(first), 0.0)
            }
            Architecture::Quadratic { .. } => (expanded, Tangent::default(), kkt.gamma * kkt.beyond(theta)),
        };
        let divergence: f64 = kkt.p.iter().zip(&p).map(|(a, b)| a * ln(a / b)).sum();
        // γ|θ|^D without the modes, and with them.
        let still = exact.unwrap_or(g + kkt.entropy + supported + divergence);
        let length_square = pow(still / kkt.gamma, 2.0 / kkt.degree) + tangent.first;
        let excess = if kkt.degree == 2.0 {
            kkt.gamma * tangent.first + supported + divergence
        } else {
            kkt.gamma * pow(length_square, 0.5 * kkt.degree) - g - kkt.entropy
        };
        // With the components s of θ along the support and c_k along the modes, those of ∇g are s and (1 - μ_k) c_k.
        let along = length_square - tangent.first;
        let tau_square = (length_square * tangent.second - tangent.first * tangent.first) / (along * along);
        // By as much as the modes make θ longer than its part along the support, for those with μ = 1.
        turned *= length_square / along;
        Modes {
            p,
            excess,
            tau_square: turned + tau_square,
            turned,
            unknown,
            turning: (tangent.miscounted + unknown / kkt.gamma) / length_square,
            disturbing: (tangent.disturbing + unknown / kkt.gamma) / length_square,
            next_share,
            exact: exact.is_some(),
        }
    }

    /// Of neurons with output weights a and input weights W, group by group of those that see the same points: each group
    /// is a linear network of two layers on these points. What W has across them does not move. Of the rest it keeps
    /// K = WW' - aa': with ā = a/|a|, κ = ā'Kā and β = W'a, |θ|² = tr K - κ + 2√(|β|² + κ²/4). ā is looked up in `theta`.
    fn conserved_by_groups(&self, g: f64, theta: &[f64]) -> Tangent {
        let (network, start) = (&self.planted.network, &self.planted.start);
        let dim = network.points.dim();
        let width = start.len() / (dim + 1);
        let row = |of: &[f64], j: usize| of[j * dim..(j + 1) * dim].to_vec();
        let output = |of: &[f64], j: usize| of[width * dim + j];
        let sees = |j: usize| -> Vec<bool> {
            let linear = matches!(network.architecture, Architecture::Linear { .. });
            network.points.rows().map(|x| linear || dot(&row(start, j), x) > 0.0).collect()
        };
        let mut sums = Tangent::default();
        for first in 0..width {
            let pattern = sees(first);
            let group: Vec<usize> = (0..width).filter(|&j| sees(j) == pattern).collect();
            if group[0] != first {
                continue;
            }
            let sum = |of: &dyn Fn(usize) -> f64| group.iter().map(|&j| of(j)).sum::<f64>();
            let seen = network.points.rows().zip(&pattern).filter(|(_, seen)| **seen).flat_map(|(x, _)| x.to_vec());
            let Ok(seen) = Points::new(dim, seen.collect()) else {
                // Dead: no row at all.
                let all = sum(&|j| dot(&row(start, j), &row(start, j)) + output(start, j) * output(start, j));
                sums.first += all;
                sums.second += all;
                continue;
            };
            let across = |j: usize| split(&seen, &row(start, j)).0;
            let length = sum(&|j| output(theta, j) * output(theta, j)).sqrt();
            let unit = |j: usize| output(theta, j) / length;
            let mut pulled = vec![0.0; dim];
            for &j in &group {
                axpy(unit(j), &combine(-1.0, &across(j), &row(start, j)), &mut pulled);
            }
            let along = sum(&|j| unit(j) * output(start, j));
            let kappa = dot(&pulled, &pulled) - along * along;
            let trace = sum(&|j| dot(&row(start, j), &row(start, j)) - output(start, j) * output(start, j));
            let kept = trace - kappa;
            // |β| is |a|² but for terms of second order, and grows like g + H.
            let outputs = sum(&|j| output(&self.kkt.theta, j) * output(&self.kkt.theta, j));
            let unequal = kappa * kappa / (4.0 * outputs * (g + self.kkt.entropy));
            // Wz across a, z the direction of β, is of the eigenvalue 2 and counted in tr K - κ as if of 1. It falls like
            // g^(-1/2).
            let mut z = vec![0.0; dim];
            group.iter().for_each(|&j| axpy(output(&self.kkt.theta, j), &row(&self.kkt.theta, j), &mut z));
            let image = |j: usize| dot(&row(theta, j), &z) / norm(&z);
            let middle = sum(&|j| unit(j) * image(j));
            let beside = sum(&|j| (image(j) - middle * unit(j)) * (image(j) - middle * unit(j)));
            sums.first += kept + unequal;
            sums.second += kept + beside + 2.0 * unequal;
            sums.miscounted += (beside + unequal) / g;
            // Modes of eigenvalue 1 alone do nothing to the shares.
            sums.disturbing += (kept * beside).max(0.0).sqrt() + 0.5 * (beside + unequal);
        }
        sums
    }

    /// Of linear layers that are of rank one and balanced, with h = g + H: their shares to fourth order in 1/h, twice the
    /// largest term of fifth order, and of θ without what it has beside rank one γ|θ|^D and |θ|²|∇g|²/(θ·∇g)² - 1. That is
    /// tan²/D of the angle between β and G = Σ p_n y_n x_n, since the gradient by a layer after the first is along this
    /// layer.
    fn shares_of_rank_one(&self, g: f64) -> (Vec<f64>, f64, f64, f64) {
        let (layers, h) = (RankOne::new(&self.planted.network, &self.kkt), g + self.kkt.entropy);
        let orders = layers.orders(5);
        let term = |k: usize, n: usize| orders[k][n] * pow(h, -(k as f64));
        let count = self.kkt.p.len();
        let shares: Vec<f64> = (0..count).map(|n| (0..5).map(|k| term(k, n)).sum()).collect();
        let next = (0..count).map(|n| term(5, n).abs()).fold(0.0, f64::max);
        let (length, angle) = layers.product(g, &shares);
        (shares, 2.0 * next, length, angle / self.kkt.degree)
    }

    /// Of three or more linear layers of rank one and balanced, but for what those after the first have across the KKT
    /// point's: no margin and no gradient of another layer sees that, and it stays.
    fn conserved_beside_rank_one(&self, first: usize) -> Tangent {
        let (start, theta) = (&self.planted.start[first..], &self.kkt.theta[first..]);
        // Per unit of length every layer of θ* is the same.
        let rest = combine(-dot(start, theta) / dot(theta, theta), theta, start);
        let beside = dot(&rest, &rest);
        Tangent { first: beside, second: beside, ..Tangent::default() }
    }

    /// Of a diagonal network on two points of R³: u_i v_i, and u₃ Π u_i^-c_i where x_3 = c_1 x_1 + c_2 x_2 on both points.
    /// That gives all of θ, but for what the shares' motion adds.
    fn conserved_by_coordinates(&self, g: f64, turned: f64) -> Modes {
        let (network, kkt) = (&self.planted.network, &self.kkt);
        let flow = Diagonal::new(self);
        // The motion of the shares is that of the iterate before.
        let [before, (first, u, v)] = [1, 2].map(|iterate| flow.shares(self, g, iterate));
        let p = vec![first, 1.0 - first];
        let theta = [u, v].concat();
        let gradient = network.gradient(&theta, &p);
        let (square, along) = (dot(&theta, &theta), dot(&theta, &gradient));
        let across = norm(&combine(-along / square, &theta, &gradient));
        let tau_square = across * across * square / (along * along);
        let excess = kkt.gamma * square - g - kkt.entropy;
        let next_share = Some((first - before.0).abs());
        Modes { p, excess, tau_square, turned, unknown: 0.0, turning: 0.0, disturbing: 0.0, next_share, exact: false }
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

    /// The first share, u and v at a loss of e^-g: q_n = g - log p_n gives β_1 and β_2, these u_3 and v_3, these β_3, and
    /// the shares are those with which both margins grow alike. The shares move too, and the margins therefore not quite
    /// alike: d q_n/dg = 1 - p_n'/p_n. Each iterate moves like the one before, from no motion on.
    fn shares(&self, run: &Run, g: f64, iterate: usize) -> (f64, [f64; 3], [f64; 3]) {
        if iterate == 0 {
            return self.growing_alike(run, g, 0.0);
        }
        let h = 1e-3 * g;
        let motion = (self.shares(run, g + h, iterate - 1).0 - self.shares(run, g - h, iterate - 1).0) / (2.0 * h);
        self.growing_alike(run, g, motion)
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
