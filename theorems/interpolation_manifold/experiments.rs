//! The experiments: a network trained to fit some points, its Jacobian there, and what lies around.

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
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

    /// The rounding of F(θ) - y: sums of `width` terms, each with an inner product in it.
    pub(super) fn rounding(&self, theta: &[f64]) -> Slack {
        let Network { dim, width } = self.network;
        let size = self.network.magnitude(theta, &self.points) + norm(&self.targets);
        Slack::rounding((dim + width + 8) as f64, size)
    }
}

const MOST_STEPS: usize = 200;

/// A point of zero loss, and what is known there.
pub(super) struct Interpolation {
    pub(super) task: Task,
    /// The weights during training, the last of them θ, where F(θ) = y to rounding.
    pub(super) training: Vec<Vec<f64>>,
    /// Of J(θ).
    pub(super) decomposition: Decomposition,
    /// A Lipschitz constant of J within a distance of 1 from θ.
    pub(super) lipschitz: f64,
    /// Unit vectors of the kernel of J(θ), and one of its row space, at random.
    pub(super) tangents: Vec<Vec<f64>>,
    pub(super) normal: Vec<f64>,
}

impl Interpolation {
    /// Gradient descent from a random start, then Newton.
    fn train(task: Task, stream: &mut Stream) -> Result<Interpolation> {
        let mut theta = task.network.random(stream);
        let mut training = vec![theta.clone()];
        for step in 1..=500 {
            let gradient = task.jacobian(&theta).combination(&task.residual(&theta));
            axpy(-0.02, &gradient, &mut theta);
            if step % 100 == 0 {
                training.push(theta.clone());
            }
        }
        training.push(task.retract(&theta));
        Interpolation::at(task, training, stream)
    }

    fn at(task: Task, training: Vec<Vec<f64>>, stream: &mut Stream) -> Result<Interpolation> {
        let theta = training.last().expect("training ends somewhere");
        let jacobian = task.jacobian(theta);
        let unit = |v: Vec<f64>| {
            let length = norm(&v);
            v.iter().map(|v| v / length).collect::<Vec<f64>>()
        };
        let tangents = (0..4).map(|_| unit(split(&jacobian, &stream.normals(theta.len())).0)).collect();
        let normal = unit(jacobian.combination(&stream.normals(jacobian.count())));
        let lipschitz = task.network.jacobian_lipschitz(theta, 1.0, &task.points);
        Ok(Interpolation { decomposition: decompose(&jacobian)?, task, training, lipschitz, tangents, normal })
    }

    pub(super) fn theta(&self) -> &[f64] {
        self.training.last().expect("training ends somewhere")
    }

    /// 1/σ_r, from above: the norm of J⁺.
    pub(super) fn inverse(&self) -> f64 {
        1.0 / self.decomposition.sigma_least()
    }

    /// J⁺ v.
    pub(super) fn pull_back(&self, v: &[f64]) -> Vec<f64> {
        let Decomposition { sigma, left, right, .. } = &self.decomposition;
        let mut sum = vec![0.0; self.theta().len()];
        for ((u, w), s) in left.iter().zip(right).zip(sigma) {
            axpy(dot(u, v) / s, w, &mut sum);
        }
        sum
    }

    /// (JJ')⁻¹ v.
    pub(super) fn gram_solve(&self, v: &[f64]) -> Vec<f64> {
        let Decomposition { sigma, left, .. } = &self.decomposition;
        let mut sum = vec![0.0; v.len()];
        for (u, s) in left.iter().zip(sigma) {
            axpy(dot(u, v) / s / s, u, &mut sum);
        }
        sum
    }

    /// dJ/dh at θ + h v, h = 0, by a central difference: it enters slacks only.
    pub(super) fn derivative_of_jacobian(&self, v: &[f64]) -> Result<Points> {
        let [ahead, behind] = [STEP, -STEP].map(|h| self.task.jacobian(&self.displaced(h, v)));
        let quotients = ahead.rows().flatten().zip(behind.rows().flatten()).map(|(a, b)| (a - b) / (2.0 * STEP));
        Points::new(ahead.dim(), quotients.collect())
    }

    /// θ + h v.
    pub(super) fn displaced(&self, h: f64, v: &[f64]) -> Vec<f64> {
        combine(h, v, self.theta())
    }
}

/// Five points on a line, near -2, -1, 0, 1, 2, with targets between -1 and 1.
fn five_points(stream: &mut Stream) -> (Vec<f64>, Vec<f64>) {
    let inputs = (-2..=2).map(|k| f64::from(k) + stream.uniform(-0.25, 0.25)).collect();
    (inputs, (0..5).map(|_| stream.uniform(-1.0, 1.0)).collect())
}

const NETWORK: Network = Network { dim: 1, width: 6 };

/// Six units and five points: p = 19, n = 5.
pub(super) fn trained(seed: Seed) -> Result<Interpolation> {
    let mut stream = seed.stream("interpolation-manifold", "trained");
    let (inputs, targets) = five_points(&mut stream);
    let task = Task { network: NETWORK, points: Points::new(1, inputs)?, targets };
    Interpolation::train(task, &mut stream)
}

/// Five points with targets of which the last is the first again: four distinct ones, five equations.
pub(super) struct Repeated {
    /// All five equations, at a point that solves them.
    pub(super) five: Interpolation,
    /// The four distinct ones, at the same point.
    pub(super) four: Interpolation,
}

pub(super) fn repeated(seed: Seed) -> Result<Repeated> {
    let mut stream = seed.stream("interpolation-manifold", "repeated");
    let (mut inputs, mut targets) = five_points(&mut stream);
    inputs.pop();
    targets.pop();
    let four = Task { network: NETWORK, points: Points::new(1, inputs.clone())?, targets: targets.clone() };
    inputs.push(inputs[0]);
    targets.push(targets[0]);
    let five = Task { network: NETWORK, points: Points::new(1, inputs)?, targets };
    let four = Interpolation::train(four, &mut stream)?;
    Ok(Repeated { five: Interpolation::at(five, four.training.clone(), &mut stream)?, four })
}

/// c + a tanh(b + u x) at x = 1 and -1 with both targets 0. Its zeros are a = c = 0 and u = 0, c = -a tanh b.
pub(super) struct Crossing {
    pub(super) task: Task,
    /// (a, b, u, c) = (0, 1/2, 0, 0), on both.
    pub(super) theta: Vec<f64>,
    pub(super) decomposition: Decomposition,
    /// A direction of each of the two surfaces: u alone, and a with the c that goes with it.
    pub(super) along: [Vec<f64>; 2],
    /// Both together, and where Newton's method ends from there, for each h.
    pub(super) retracted: Vec<(f64, Vec<f64>)>,
}

pub(super) const CROSSING_B: f64 = 0.5;

pub(super) fn crossing() -> Result<Crossing> {
    let network = Network { dim: 1, width: 1 };
    let task = Task { network, points: Points::from_rows(&[[1.0], [-1.0]]), targets: vec![0.0; 2] };
    let theta = vec![0.0, CROSSING_B, 0.0, 0.0];
    let along = [vec![0.0, 0.0, 1.0, 0.0], vec![1.0, 0.0, 0.0, -tanh(CROSSING_B)]];
    let both = combine(1.0, &along[0], &along[1]);
    let retracted = [STEP, STEP / 2.0].map(|h| (h, task.retract(&combine(h, &both, &theta)))).into();
    Ok(Crossing { decomposition: decompose(&task.jacobian(&theta))?, task, theta, along, retracted })
}

/// How far the tangents and the normal are followed: 2^-13, an exact power of two, so that h v is not rounded.
pub(super) const STEP: f64 = 1.0 / 8192.0;

/// Points retracted from θ + h t to the set of zero loss, for the first tangent t.
pub(super) struct Retracted {
    pub(super) h: f64,
    pub(super) forward: Vec<f64>,
    pub(super) backward: Vec<f64>,
}

/// At 2^-12 and half of it: the next order is h, and rounding over h².
pub(super) fn retracted(run: &Interpolation) -> Vec<Retracted> {
    let tangent = &run.tangents[0];
    let at = |h: f64| Retracted {
        h,
        forward: run.task.retract(&run.displaced(h, tangent)),
        backward: run.task.retract(&run.displaced(-h, tangent)),
    };
    [2.0 * STEP, STEP].map(at).into()
}

/// A hundred steps of length 1/10 along the set of zero loss: to the side by a tangent, back by Newton's method, with the
/// tangent taken along.
pub(super) fn walk(run: &Interpolation) -> Vec<Vec<f64>> {
    let mut tangent = run.tangents[1].clone();
    let mut path = vec![run.theta().to_vec()];
    for _ in 0..100 {
        let here = path.last().expect("the walk begins at θ");
        let next = run.task.retract(&combine(0.1, &tangent, here));
        let rest = split(&run.task.jacobian(&next), &tangent).0;
        let length = norm(&rest);
        tangent = rest.iter().map(|t| t / length).collect();
        path.push(next);
    }
    path
}
