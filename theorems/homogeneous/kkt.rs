//! A KKT point of min |θ|²/2 subject to q_n(θ) ≥ 1, and what follows from it for the flow, to first order in 1/g.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use theoremcheck::error::{Error, Result};
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::network::split;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, difference, distance, dot, exp, ln, norm, pow};

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
    /// For D = 2: a bound of the change of the shares, to second order, by a tangent part of θ, over its squared share of
    /// |θ|².
    pub sensitivity: f64,
}

impl Kkt {
    /// To first order in 1/g. With θ = ρ(θ* + v/g), q_n = g - log p_n gives ∇q_n·v = -log p_n - H. All margins grow alike,
    /// ∇q_n(θ)·∇g(θ) is the same for every n; and that is K epsilon = const - J (B + D - 1) v/Σ lambda.
    ///
    /// To second order in a tangent part c, for D = 2: q_n changes by c'A_n c/2, A_n its Hessian, which moves v by
    /// J'K⁻¹ of half of that; and the product with ∇g by c'A_n Bc. So the shares change by
    /// K⁻¹((1 + JBJ'K⁻¹) c'Ac/2 - c'ABc)/Σ lambda, but for a multiple of p.
    pub fn new(network: &Network, theta: &[f64], lambda: &[f64]) -> Result<Kkt> {
        let degree = network.degree() as f64;
        let total: f64 = lambda.iter().sum();
        let p: Vec<f64> = lambda.iter().map(|l| l / total).collect();
        let surprise: Vec<f64> = p.iter().map(|p| -ln(*p)).collect();
        let entropy = dot(&p, &surprise);
        let gradients = gradients(network, theta)?;
        let curvature = Points::new(theta.len(), network.hessian(theta, lambda))?;
        let gram = Mat::from_fn(p.len(), p.len(), |i, j| dot(gradients.row(i), gradients.row(j)));
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
        let unit = |n: usize| -> Vec<f64> { (0..p.len()).map(|k| f64::from(k == n)).collect() };
        let mut bounds = vec![0.0_f64; p.len()];
        for n in 0..p.len() {
            let of_products = solve(&unit(n));
            let pulled = curvature.margins(&gradients.combination(&of_products));
            let of_margins = solve(&combine(1.0, &unit(n), &gradients.margins(&pulled)));
            let size = 2.0 * half_hessian(network, n) * dot(theta, theta) / total;
            for (weight, change) in [(1.0, of_products), (0.5, of_margins)] {
                let sum: f64 = change.iter().sum();
                let changes = change.iter().zip(&p).map(|(x, p)| (x - sum * p).abs());
                bounds.iter_mut().zip(changes).for_each(|(bound, x)| *bound += weight * size * x);
            }
        }
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
            sensitivity: bounds.into_iter().fold(0.0, f64::max),
        })
    }

    /// |θ* - Σ lambda_n ∇q_n(θ*)| / |θ*|.
    pub fn stationarity(&self) -> f64 {
        distance(&self.theta, &self.gradients.combination(&self.lambda)) / norm(&self.theta)
    }

    /// The largest tangent part of Bn over unit vectors n of a basis of the span of the gradients: 0 if B maps the span to
    /// itself.
    pub fn leaves_the_span(&self) -> f64 {
        let (_, normal) = split(&self.gradients, &self.theta);
        let tangent = |unit: &Vec<f64>| norm(&split(&self.gradients, &self.curvature.margins(unit)).0);
        normal.iter().map(tangent).fold(0.0, f64::max)
    }

    /// The angle by which the gradient Σ p_n ∇q_n(θ*) = D θ*/|θ*|² turns at most, over the largest change of a share.
    pub fn turn_by_shares(&self) -> f64 {
        self.gradients.rows().map(norm).sum::<f64>() * norm(&self.theta) / self.degree
    }

    /// θ'(I - B)θ: what |θ|² has beyond 2 Σ lambda_n q_n(θ), if the margins are quadratic forms.
    pub fn beyond(&self, theta: &[f64]) -> f64 {
        dot(theta, theta) - dot(theta, &self.curvature.margins(theta))
    }

    /// The eigenvalues of I - B on the vectors that are tangent to all constraints, increasing.
    pub fn tangent_spectrum(&self) -> Result<Vec<f64>> {
        let count = self.theta.len();
        let (_, normal) = split(&self.gradients, &self.theta);
        let mut axes: Vec<Vec<f64>> = (0..count).map(|k| (0..count).map(|i| f64::from(i == k)).collect()).collect();
        let reject = |axes: &mut [Vec<f64>], unit: &[f64]| {
            axes.iter_mut().for_each(|axis| axpy(-dot(axis, unit), unit, axis));
        };
        for _ in 0..2 {
            normal.iter().for_each(|unit| reject(&mut axes, unit));
        }
        // What is left of the axes, the longest first, each across those before.
        let mut tangent: Vec<Vec<f64>> = Vec::new();
        for _ in normal.len()..count {
            let longest = axes.iter().max_by(|a, b| norm(a).total_cmp(&norm(b))).expect("there are axes");
            let length = norm(longest);
            let mut unit: Vec<f64> = longest.iter().map(|x| x / length).collect();
            normal.iter().chain(&tangent).for_each(|q| axpy(-dot(&unit, q), q, &mut unit));
            let length = norm(&unit);
            unit.iter_mut().for_each(|x| *x /= length);
            reject(&mut axes, &unit);
            tangent.push(unit);
        }
        let images: Vec<Vec<f64>> = tangent.iter().map(|unit| self.curvature.margins(unit)).collect();
        let entry = |i: usize, j: usize| f64::from(i == j) - dot(&tangent[i], &images[j]);
        let symmetric = Mat::from_fn(tangent.len(), tangent.len(), entry);
        symmetric.self_adjoint_eigenvalues(Side::Lower).map_err(|_| Error::numerical("no eigenvalues were found"))
    }

    /// Σ epsilon²/2p: g² times the divergence of the shares from p, to second order.
    pub fn divergence(&self) -> f64 {
        self.epsilon.iter().zip(&self.p).map(|(e, p)| e * e / (2.0 * p)).sum()
    }
}

/// |c'∇²q_n c|/2 is at most this times |c|², for D = 2: 2 a (w·x) ≤ |x|(a² + |w|²) for two layers.
fn half_hessian(network: &Network, n: usize) -> f64 {
    let x = network.points.row(n);
    match network.architecture {
        Architecture::Quadratic { .. } => dot(x, x),
        Architecture::Diagonal => x.iter().fold(0.0, |most, x| most.max(x.abs())),
        Architecture::Relu { .. } | Architecture::Linear { .. } => 0.5 * norm(x),
    }
}

/// ∇q_n(θ), row after row.
pub fn gradients(network: &Network, theta: &[f64]) -> Result<Points> {
    let count = network.labels.len();
    let row = |n: usize| network.gradient(theta, &(0..count).map(|k| f64::from(k == n)).collect::<Vec<_>>());
    Points::new(theta.len(), (0..count).flat_map(row).collect())
}

/// More parameters than this make systems that take long.
const MOST_PARAMETERS: usize = 400;

/// A network on its active points, with a KKT point near some late parameters and its multipliers; or why there is none.
pub type Polished = std::result::Result<(Network, Vec<f64>, Vec<f64>), String>;

/// Newton's method on θ = Σ lambda_n ∇q_n and q_n = 1, over the points that have a share of the gradient: of all steps that
/// solve the linearised equations the shortest, since KKT points may form a manifold.
pub fn polish(network: &Network, late: &[f64]) -> Polished {
    let margins = network.margins(late);
    let least = margins.iter().copied().fold(f64::INFINITY, f64::min);
    let degree = network.degree() as f64;
    if late.len() > MOST_PARAMETERS {
        return Err(format!("more than {MOST_PARAMETERS} parameters"));
    }
    if least <= 0.0 {
        return Err("the data are not fitted: some margin is not positive".to_string());
    }
    let active: Vec<usize> = (0..margins.len()).filter(|&n| margins[n] - least < 20.0).collect();
    let kept = Network {
        architecture: network.architecture.clone(),
        points: Points::new(
            network.points.dim(),
            active.iter().flat_map(|&n| network.points.row(n).to_vec()).collect(),
        )
        .map_err(|error| error.to_string())?,
        labels: active.iter().map(|&n| network.labels[n]).collect(),
    };
    let mut theta: Vec<f64> = late.iter().map(|t| t * pow(least, -1.0 / degree)).collect();
    let pulls: Vec<f64> = active.iter().map(|&n| exp(least - margins[n])).collect();
    // Σ lambda = |θ|²/D at a KKT point.
    let total = dot(&theta, &theta) / degree / pulls.iter().sum::<f64>();
    let mut lambda: Vec<f64> = pulls.iter().map(|p| p * total).collect();
    let (count, size) = (theta.len(), theta.len() + lambda.len());
    for _ in 0..30 {
        let rows = gradients(&kept, &theta).map_err(|error| error.to_string())?;
        let mut residual = difference(&theta, &rows.combination(&lambda));
        residual.extend(kept.margins(&theta).iter().map(|q| q - 1.0));
        if norm(&residual) < 1e-12 * (1.0 + norm(&theta)) {
            let positive = lambda.iter().all(|l| *l > 0.0);
            let feasible = network.margins(&theta).iter().all(|q| *q > 1.0 - 1e-9);
            return if positive && feasible {
                Ok((kept, theta, lambda))
            } else {
                Err("near the end of the run is no KKT point with positive multipliers and all margins at least 1"
                    .to_string())
            };
        }
        let hessian = kept.hessian(&theta, &lambda);
        let system = Mat::from_fn(size, size, |i, j| match (i < count, j < count) {
            (true, true) => f64::from(i == j) - hessian[i * count + j],
            (true, false) => -rows.row(j - count)[i],
            (false, true) => rows.row(i - count)[j],
            (false, false) => 0.0,
        });
        let svd = system.thin_svd().map_err(|_| "no singular values were found".to_string())?;
        let sigma: Vec<f64> = svd.S().column_vector().iter().copied().collect();
        for (k, s) in sigma.iter().enumerate().filter(|(_, s)| **s > 1e-7 * sigma[0]) {
            let along: f64 = (0..size).map(|i| svd.U()[(i, k)] * residual[i]).sum::<f64>() / s;
            (0..count).for_each(|i| theta[i] -= along * svd.V()[(i, k)]);
            (0..lambda.len()).for_each(|n| lambda[n] -= along * svd.V()[(count + n, k)]);
        }
    }
    Err("no KKT point was found near the end of the run; a later end may help".to_string())
}
