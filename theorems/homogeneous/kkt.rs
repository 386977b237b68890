//! A KKT point of min |θ|²/2 subject to q_n(θ) ≥ 1, and what follows from it for the flow, to first order in 1/g.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use theoremcheck::error::{Error, Result};
use theoremcheck::problem::homogeneous::{Margins, Network};
use theoremcheck::problem::network::split;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, difference, distance, dot, ln, norm, pow};

/// θ* = Σ lambda_n ∇q_n(θ*) with q_n(θ*) = 1 and lambda_n > 0 for every point, and the numbers that the predictions need.
pub struct Kkt {
    pub degree: f64,
    pub theta: Vec<f64>,
    pub lambda: Vec<f64>,
    /// p_n = lambda_n/Σ lambda.
    pub p: Vec<f64>,
    /// |θ*|^-D, the normalised margin.
    pub gamma: f64,
    /// H = -Σ p log p.
    pub entropy: f64,
    /// Hinf = -log max p.
    pub min_entropy: f64,
    /// B = Σ lambda_n ∇²q_n(θ*), row after row.
    pub curvature: Points,
    /// ∇q_n(θ*).
    pub gradients: Points,
    /// θ is along θ* + v/g, up to what is tangent to the constraints.
    pub v: Vec<f64>,
    /// The shares are p + epsilon/g.
    pub epsilon: Vec<f64>,
    /// ∇g is along θ + turn/g, seen from θ* and up to what is tangent to the constraints.
    pub turn: Vec<f64>,
    /// By how much a relative change of the gradients, squared, may move the shares: (|θ*|^(D-1) max|x|)²/λ_min(K), where
    /// K_nm = ∇q_n·∇q_m at θ*.
    pub sensitivity: f64,
}

impl Kkt {
    /// To first order in 1/g. With θ = ρ(θ* + v/g), q_n = g - log p_n gives ∇q_n·v = -log p_n - H. All margins grow alike,
    /// ∇q_n(θ)·∇g(θ) is the same for every n; and that is K epsilon = const - J (B + D - 1) v/Σ lambda.
    pub fn new(network: &Network, theta: &[f64], lambda: &[f64]) -> Result<Kkt> {
        let degree = network.degree() as f64;
        let total: f64 = lambda.iter().sum();
        let p: Vec<f64> = lambda.iter().map(|l| l / total).collect();
        let surprise: Vec<f64> = p.iter().map(|p| -ln(*p)).collect();
        let entropy = dot(&p, &surprise);
        let gradients = gradients(network, theta)?;
        let curvature = Points::new(theta.len(), network.hessian(theta, lambda))?;
        let gram = Mat::from_fn(p.len(), p.len(), |i, j| dot(gradients.row(i), gradients.row(j)));
        let least =
            gram.self_adjoint_eigenvalues(Side::Lower).map_err(|_| Error::numerical("no eigenvalues were found"))?[0];
        let length = pow(norm(theta), degree - 1.0) * network.points.radius();
        let factors = gram.llt(Side::Lower).map_err(|_| Error::numerical("the active gradients are dependent"))?;
        let solve = |b: &[f64]| -> Vec<f64> {
            let x = factors.solve(Mat::from_fn(b.len(), 1, |i, _| b[i]));
            (0..b.len()).map(|i| x[(i, 0)]).collect()
        };
        let excess: Vec<f64> = surprise.iter().map(|s| s - entropy).collect();
        let v = gradients.combination(&solve(&excess));
        let pushed = combine(degree - 1.0, &v, &curvature.margins(&v));
        let mut epsilon: Vec<f64> = solve(&gradients.margins(&pushed)).iter().map(|e| -e / total).collect();
        // K lambda = D for every n: the constant is a multiple of p, so that the sum is 0.
        let sum: f64 = epsilon.iter().sum();
        axpy(-sum, &p, &mut epsilon);
        let mut turn = difference(&curvature.margins(&v), &v);
        axpy(total, &gradients.combination(&epsilon), &mut turn);
        Ok(Kkt {
            degree,
            gamma: pow(norm(theta), -degree),
            min_entropy: surprise.iter().copied().fold(f64::INFINITY, f64::min),
            theta: theta.to_vec(),
            lambda: lambda.to_vec(),
            p,
            entropy,
            curvature,
            gradients,
            v,
            epsilon,
            turn,
            sensitivity: length * length / least,
        })
    }

    /// |θ* - Σ lambda_n ∇q_n(θ*)| / |θ*|.
    pub fn stationarity(&self) -> f64 {
        distance(&self.theta, &self.gradients.combination(&self.lambda)) / norm(&self.theta)
    }

    /// θ'(I - B)θ: what |θ|² has beyond 2 Σ lambda_n q_n(θ), if the margins are quadratic forms.
    pub fn beyond(&self, theta: &[f64]) -> f64 {
        dot(theta, theta) - dot(theta, &self.curvature.margins(theta))
    }

    /// The eigenvalues of I - B on the vectors that are tangent to all constraints, increasing.
    pub fn tangent_spectrum(&self) -> Result<Vec<f64>> {
        let count = self.theta.len();
        let (_, normal) = split(&self.gradients, &self.theta);
        let axes = (0..count).map(|k| (0..count).map(|i| f64::from(i == k)).collect::<Vec<f64>>());
        let mut all = normal.clone();
        let mut tangent: Vec<Vec<f64>> = Vec::new();
        for mut axis in axes {
            for _ in 0..2 {
                all.iter().for_each(|q| axpy(-dot(&axis, q), q, &mut axis));
            }
            // Of all axes the tangent space leaves at least one as long as this.
            let length = norm(&axis);
            if tangent.len() < count - normal.len() && length > 0.5 / (count as f64).sqrt() {
                let unit: Vec<f64> = axis.iter().map(|x| x / length).collect();
                all.push(unit.clone());
                tangent.push(unit);
            }
        }
        if tangent.len() + normal.len() < count {
            return Err(Error::numerical("the tangent space was not found"));
        }
        let entry = |i: usize, j: usize| f64::from(i == j) - dot(&tangent[i], &self.curvature.margins(&tangent[j]));
        let symmetric = Mat::from_fn(tangent.len(), tangent.len(), entry);
        symmetric.self_adjoint_eigenvalues(Side::Lower).map_err(|_| Error::numerical("no eigenvalues were found"))
    }

    /// Σ epsilon²/2p: g² times the divergence of the shares from p, to second order.
    pub fn divergence(&self) -> f64 {
        self.epsilon.iter().zip(&self.p).map(|(e, p)| e * e / (2.0 * p)).sum()
    }
}

/// ∇q_n(θ), row after row.
pub fn gradients(network: &Network, theta: &[f64]) -> Result<Points> {
    let count = network.labels.len();
    let row = |n: usize| network.gradient(theta, &(0..count).map(|k| f64::from(k == n)).collect::<Vec<_>>());
    Points::new(theta.len(), (0..count).flat_map(row).collect())
}
