//! The experiments: a network trained to fit some points, its Jacobian there, and what lies around.

use theoremcheck::claim::Slack;
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::newton::retract;
use theoremcheck::problem::network::{Network, split};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, difference, dot, norm, tanh};
use theoremcheck::reference::least_norm::{Decomposition, decompose};
use theoremcheck::seed::{Seed, Stream};

/// Points with targets, and a network for them.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) network: Network,
    pub(super) points: Points,
    pub(super) targets: Vec<f64>,
}

impl Task {
    /// F(θ) - y, one entry a point.
    pub(super) fn residual(&self, theta: &[f64]) -> Vec<f64> {
        difference(&self.network.values(theta, &self.points), &self.targets)
    }

    pub(super) fn jacobian(&self, theta: &[f64]) -> Points {
        self.network.jacobian(theta, &self.points)
    }

    /// The shortest Newton steps from `start` to a point where F = y, to rounding.
    pub(super) fn retract(&self, start: &[f64]) -> Vec<f64> {
        retract(|t| self.residual(t), |t| self.jacobian(t), start, MOST_STEPS).theta
    }

    /// The rounding of F(θ) - y: an inner product with d inputs and b_j, the hyperbolic tangent, a product, the sum over the
    /// units and c, and the difference to the target.
    pub(super) fn rounding(&self, theta: &[f64]) -> Slack {
        let Network { dim, width } = self.network;
        let size = self.network.magnitude(theta, &self.points) + norm(&self.targets);
        Slack::rounding((2 * dim + width + 6) as f64, size)
    }

    /// Newton's method with the pseudoinverse, for equations of which some may follow from the others: a zero near
    /// `start`, to rounding.
    fn zero_near(&self, start: &[f64]) -> Result<Vec<f64>> {
        let mut theta = start.to_vec();
        let mut misfit = self.residual(&theta);
        loop {
            let step = pull_back(&decompose(&self.jacobian(&theta))?, &misfit);
            let next = difference(&theta, &step);
            let after = self.residual(&next);
            if norm(&after) >= norm(&misfit) {
                return Ok(theta);
            }
            (theta, misfit) = (next, after);
        }
    }
}

/// J⁺ v.
pub(super) fn pull_back(jacobian: &Decomposition, v: &[f64]) -> Vec<f64> {
    let Decomposition { sigma, left, right, .. } = jacobian;
    let mut sum = vec![0.0; right[0].len()];
    for ((u, w), s) in left.iter().zip(right).zip(sigma) {
        axpy(dot(u, v) / s, w, &mut sum);
    }
    sum
}

const MOST_STEPS: usize = 200;
/// A least of |F - y| that is not 0 is of the size of y.
const FAR: f64 = 0.05;

/// A point of zero loss, and what is known there.
pub(super) struct Interpolation {
    pub(super) task: Task,
    /// The weights during training, the last of them θ, where F(θ) = y to rounding.
    pub(super) training: Vec<Vec<f64>>,
    /// Of J(θ).
    pub(super) decomposition: Decomposition,
    /// A Lipschitz constant of J within a distance of 1 from θ.
    pub(super) lipschitz: f64,
    /// An orthonormal basis of the kernel of J(θ), in a random position.
    pub(super) tangents: Vec<Vec<f64>>,
    /// Points of zero loss about θ, two for each parameter, at distances of about [`NEAR`].
    pub(super) neighbours: Vec<Vec<f64>>,
}

impl Interpolation {
    /// Gradient descent from a random start, then Newton; from another start where Newton ends far from F = y.
    fn train(task: Task, stream: &mut Stream) -> Result<Interpolation> {
        for _ in 0..20 {
            let mut theta = task.network.random(stream);
            let mut training = vec![theta.clone()];
            for step in 1..=500 {
                let gradient = task.jacobian(&theta).combination(&task.residual(&theta));
                axpy(-0.02, &gradient, &mut theta);
                if step % 100 == 0 {
                    training.push(theta.clone());
                }
            }
            let theta = task.retract(&theta);
            if norm(&task.residual(&theta)) < FAR * norm(&task.targets) {
                training.push(theta);
                return Interpolation::at(task, training, stream);
            }
        }
        Err(Error::numerical("no start was trained to zero loss"))
    }

    fn at(task: Task, training: Vec<Vec<f64>>, stream: &mut Stream) -> Result<Interpolation> {
        let theta = training.last().expect("training ends somewhere");
        let all = theta.len();
        let jacobian = task.jacobian(theta);
        let mut tangents: Vec<Vec<f64>> = Vec::new();
        let rank = split(&jacobian, theta).1.len();
        while rank + tangents.len() < all {
            let rows = jacobian.rows().map(<[f64]>::to_vec).chain(tangents.iter().cloned()).collect::<Vec<_>>();
            tangents.push(unit(split(&Points::new(all, rows.concat())?, &stream.normals(all)).0));
        }
        let near: Vec<Vec<f64>> = (0..2 * all).map(|_| combine(NEAR, &unit(stream.normals(all)), theta)).collect();
        let neighbours = near.iter().map(|start| task.zero_near(start)).collect::<Result<_>>()?;
        let lipschitz = task.network.jacobian_lipschitz(theta, 1.0, &task.points);
        Ok(Interpolation { decomposition: decompose(&jacobian)?, task, training, lipschitz, tangents, neighbours })
    }

    pub(super) fn theta(&self) -> &[f64] {
        self.training.last().expect("training ends somewhere")
    }

    /// 1/σ_r, from above: the norm of J⁺.
    pub(super) fn inverse(&self) -> f64 {
        1.0 / self.decomposition.sigma_least()
    }

    /// Of θ + h t, t in the kernel, h -> 0: Newton's method goes back to the set of zero loss by
    /// -(ν_2 h² + ν_3 h³ + ν_4 h⁴ + ..).
    ///
    /// With B the derivative of J along t, J⁺ changes by -J⁺B J⁺ + (I - J⁺J) B'(JJ')⁻¹. The coefficient of h⁴, which enters
    /// slacks only, is by differences; the second step of Newton's method has a part in it.
    pub(super) fn way_back(&self, tangent: &[f64]) -> Result<[Vec<f64>; 3]> {
        let (task, theta, jacobian) = (&self.task, self.theta(), &self.decomposition);
        let [_, second, third, fourth] = task.network.taylor(theta, tangent, &task.points);
        let back = pull_back(jacobian, &second);
        let bent = self.derivative_of_jacobian(tangent)?;
        let beside = jacobian.null_part(&bent.combination(&self.gram_solve(&second)));
        let along = pull_back(jacobian, &difference(&third, &bent.margins(&back)));
        let first_step = |h: f64| -> Result<Vec<f64>> {
            let misfit = combine(h * h, &fourth, &combine(h, &third, &second));
            Ok(pull_back(&decompose(&task.jacobian(&self.displaced(h, tangent)))?, &misfit))
        };
        let far = 32.0 * STEP;
        let bend = combine(-2.0, &back, &combine(1.0, &first_step(far)?, &first_step(-far)?));
        let [_, of_the_way, ..] = task.network.taylor(theta, &back, &task.points);
        let last = combine(0.5 / far / far, &bend, &pull_back(jacobian, &of_the_way));
        Ok([back, combine(1.0, &along, &beside), last])
    }

    /// (JJ')⁻¹ v.
    fn gram_solve(&self, v: &[f64]) -> Vec<f64> {
        let Decomposition { sigma, left, .. } = &self.decomposition;
        let mut sum = vec![0.0; v.len()];
        for (u, s) in left.iter().zip(sigma) {
            axpy(dot(u, v) / s / s, u, &mut sum);
        }
        sum
    }

    /// dJ/dh at θ + h v, h = 0, by a central difference.
    fn derivative_of_jacobian(&self, v: &[f64]) -> Result<Points> {
        let [ahead, behind] = [STEP, -STEP].map(|h| self.task.jacobian(&self.displaced(h, v)));
        let quotients = ahead.rows().flatten().zip(behind.rows().flatten()).map(|(a, b)| (a - b) / (2.0 * STEP));
        Points::new(ahead.dim(), quotients.collect())
    }

    /// θ + h v.
    pub(super) fn displaced(&self, h: f64, v: &[f64]) -> Vec<f64> {
        combine(h, v, self.theta())
    }
}

/// v/|v|.
fn unit(v: Vec<f64>) -> Vec<f64> {
    let length = norm(&v);
    v.iter().map(|v| v / length).collect()
}

/// How far the tangents are followed: 2^-12, an exact power of two, so that h v is not rounded.
pub(super) const STEP: f64 = 1.0 / 4096.0;

/// How far the neighbours of θ are looked for: what is of second order is then a millionth of what is of first.
pub(super) const NEAR: f64 = 1.0 / 1048576.0;

/// A network with five to seven units, and so many points on a line, four to six, nearly equally spaced from -2 to 2 with
/// targets between -1 and 1.
fn task(stream: &mut Stream) -> Result<Task> {
    let count = stream.uniform(4.0, 7.0) as usize;
    let width = stream.uniform(5.0, 8.0) as usize;
    let gap = 4.0 / (count - 1) as f64;
    let inputs = (0..count).map(|k| k as f64 * gap - 2.0 + gap * stream.uniform(-0.25, 0.25)).collect();
    let targets = (0..count).map(|_| stream.uniform(-1.0, 1.0)).collect();
    Ok(Task { network: Network { dim: 1, width }, points: Points::new(1, inputs)?, targets })
}

pub(super) fn trained(seed: Seed) -> Result<Interpolation> {
    let mut stream = seed.stream("interpolation-manifold", "trained");
    let task = task(&mut stream)?;
    Interpolation::train(task, &mut stream)
}

/// Points of which the last is another one again, with its target.
pub(super) struct Repeated {
    /// All equations, at a point that solves them.
    pub(super) all: Interpolation,
    /// The distinct ones, at the same point.
    pub(super) distinct: Interpolation,
}

pub(super) fn repeated(seed: Seed) -> Result<Repeated> {
    let mut stream = seed.stream("interpolation-manifold", "repeated");
    let distinct = task(&mut stream)?;
    let mut all = distinct.clone();
    let again = stream.uniform(0.0, distinct.targets.len() as f64) as usize;
    let inputs = distinct.points.rows().map(|x| x[0]).chain([distinct.points.row(again)[0]]).collect();
    all.points = Points::new(1, inputs)?;
    all.targets.push(distinct.targets[again]);
    let distinct = Interpolation::train(distinct, &mut stream)?;
    Ok(Repeated { all: Interpolation::at(all, distinct.training.clone(), &mut stream)?, distinct })
}

/// c + a tanh(b + u x) at x = ξ and -ξ with both targets 0. Its zeros are a = c = 0 and u = 0, c = -a tanh b.
pub(super) struct Crossing {
    pub(super) task: Task,
    pub(super) b: f64,
    pub(super) xi: f64,
    /// Of the Jacobian at (a, b, u, c) = (0, b, 0, 0), a point of both.
    pub(super) decomposition: Decomposition,
    /// Ten points of each surface.
    pub(super) zeros: Vec<Vec<f64>>,
    pub(super) mixtures: [Mixture; 2],
}

/// A direction of each surface, a with the c that goes with it, and u alone: α times the one and β times the other.
pub(super) struct Mixture {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    /// At the distance h = [`STEP`].
    pub(super) start: Vec<f64>,
    /// Where Newton's method ends from there.
    pub(super) end: Vec<f64>,
}

pub(super) fn crossing(seed: Seed) -> Result<Crossing> {
    let mut stream = seed.stream("interpolation-manifold", "crossing");
    let b = stream.uniform(0.3, 1.2) * if stream.uniform(-1.0, 1.0) < 0.0 { -1.0 } else { 1.0 };
    let xi = stream.uniform(0.5, 2.0);
    let network = Network { dim: 1, width: 1 };
    let task = Task { network, points: Points::from_rows(&[[xi], [-xi]]), targets: vec![0.0; 2] };
    let theta = vec![0.0, b, 0.0, 0.0];
    let along = [vec![0.0, 0.0, 1.0, 0.0], vec![1.0, 0.0, 0.0, -tanh(b)]];
    let decomposition = decompose(&task.jacobian(&theta))?;
    // Nearer to the one surface, and nearer to the other.
    let ratios = [stream.uniform(0.4, 0.85), stream.uniform(1.2, 2.5)];
    let sizes = [stream.uniform(0.7, 1.3), stream.uniform(0.7, 1.3)];
    let mixtures = [0, 1].map(|k| {
        let (alpha, beta) = (sizes[k], ratios[k] * sizes[k] * norm(&along[1]));
        let start = combine(STEP * alpha, &along[1], &combine(STEP * beta, &along[0], &theta));
        Mixture { alpha, beta, end: task.retract(&start), start }
    });
    let anywhere = (0..10).flat_map(|_| {
        let [a, b, u] = [stream.normal(), stream.normal(), stream.normal()];
        [vec![0.0, b, u, 0.0], vec![a, b, 0.0, -a * tanh(b)]]
    });
    Ok(Crossing { zeros: anywhere.collect(), task, b, xi, decomposition, mixtures })
}

/// A hundred steps of length 1/10 along the set of zero loss: to the side by a tangent, back by Newton's method, with the
/// tangent taken along.
pub(super) fn walk(run: &Interpolation) -> Vec<Vec<f64>> {
    let mut tangent = run.tangents[0].clone();
    let mut path = vec![run.theta().to_vec()];
    for _ in 0..100 {
        let here = path.last().expect("the walk begins at θ");
        let next = run.task.retract(&combine(0.1, &tangent, here));
        tangent = unit(split(&run.task.jacobian(&next), &tangent).0);
        path.push(next);
    }
    path
}
