//! The experiments: networks on data that are planted so that the KKT point is known in closed form, each followed by the
//! loss clock from a drawn start.

use std::cell::Cell;

use super::kkt::Kkt;
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, Moment, log_inverse_loss, pulls};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::{Plan, Planted as Separable, orthonormal_basis, plant};
use theoremcheck::real::{LN_10, axpy, combine, dot, exp, ln, norm, pow};
use theoremcheck::seed::{Seed, Stream};

/// A network on its data, a KKT point with least margin 1, and a start from which the flow goes to it.
pub struct Planted {
    pub name: &'static str,
    pub network: Network,
    pub theta: Vec<f64>,
    pub lambda: Vec<f64>,
    /// The eigenvalue of I - B, on vectors tangent to all constraints, of the slowest mode that the start may excite;
    /// infinite if it excites none.
    pub mu: f64,
    pub start: Vec<f64>,
}

/// A planted network with its flow.
pub struct Run {
    pub planted: Planted,
    pub loss: Loss,
    pub kkt: Kkt,
    pub moments: Vec<Moment>,
    /// The least |θ|^D dγ̃/dg wherever the integrator looked at the gradient, and the largest [`Seen::doubt`] there.
    pub least_rise: (f64, f64),
}

/// A network at which every look at its gradient is judged.
struct Watched<'a> {
    network: &'a Network,
    loss: Loss,
    least_rise: Cell<(f64, f64)>,
}

impl Margins for Watched<'_> {
    fn parameters(&self) -> usize {
        self.network.parameters()
    }

    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        self.network.margins(theta)
    }

    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        self.network.gradient(theta, weights)
    }

    fn weighed(&self, theta: &[f64], weigh: impl FnOnce(&[f64]) -> Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        let mut weights = vec![];
        let (margins, gradient) = self.network.weighed(theta, |margins| {
            weights = weigh(margins);
            weights.clone()
        });
        let seen = Seen::of(self.network, self.loss, theta, margins.clone(), &weights, &gradient);
        if seen.mean_margin() > 0.0 {
            let (least, doubt) = self.least_rise.get();
            self.least_rise.set((least.min(seen.rise()), doubt.max(seen.doubt())));
        }
        (margins, gradient)
    }

    fn hessian(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        self.network.hessian(theta, weights)
    }
}

pub const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-13 };

/// The losses e^-g at which a run is looked at: six a decade, from e^-1 to 1e-4343.
fn stops() -> Vec<f64> {
    (0..=24).map(|k| exp(f64::from(k) * LN_10 / 6.0)).collect()
}

impl Run {
    pub fn new(planted: Planted) -> Result<Run> {
        Run::along(planted, Loss::Exponential, &stops())
    }

    /// Under any loss, to those of the stops that are above the start.
    pub fn along(planted: Planted, loss: Loss, stops: &[f64]) -> Result<Run> {
        let kkt = Kkt::new(&planted.network, &planted.theta, &planted.lambda)?;
        let began = log_inverse_loss(loss, &planted.network.margins(&planted.start));
        let stops: Vec<f64> = stops.iter().copied().filter(|&g| g > began).collect();
        let watched = Watched { network: &planted.network, loss, least_rise: Cell::new((f64::INFINITY, 0.0)) };
        let clock = LossClock { loss, ..LossClock::new(&watched) };
        let moments = clock.follow(&planted.start, &stops, TIGHT)?;
        let least_rise = watched.least_rise.get();
        Ok(Run { planted, loss, kkt, moments, least_rise })
    }

    /// What is seen at a moment.
    pub fn see(&self, at: &Moment) -> Seen {
        Seen::new(&self.planted.network, self.loss, &at.theta)
    }

    /// The first moment from a loss of e^-g on.
    pub fn from(&self, g: f64) -> &Moment {
        self.moments.iter().find(|at| at.g >= g * (1.0 - 1e-9)).unwrap_or(self.last())
    }

    pub fn last(&self) -> &Moment {
        self.moments.last().expect("a run has moments")
    }

    pub fn name(&self) -> &'static str {
        self.planted.name
    }

    /// The relative error of the parameters, as the integrator left them.
    pub fn state_slack(&self, at: &Moment) -> Slack {
        let size = norm(&at.theta);
        Slack::rounding(at.roundings, 1.0) + Slack::integration(at.integration() / size)
    }
}

/// What the loss, the margins and the gradient are at some parameters.
pub struct Seen {
    pub g: f64,
    pub margins: Vec<f64>,
    /// The shares of the gradient.
    pub p: Vec<f64>,
    /// |θ|.
    pub length: f64,
    /// |∇g|².
    pub square: f64,
    /// θ·∇g.
    pub along: f64,
    /// The tangent of the angle between θ and ∇g.
    pub tau: f64,
    pub degree: f64,
}

impl Seen {
    pub fn new(network: &Network, loss: Loss, theta: &[f64]) -> Seen {
        let margins = network.margins(theta);
        let pulls = pulls(loss, &margins);
        let gradient = network.gradient(theta, &pulls);
        Seen::of(network, loss, theta, margins, &pulls, &gradient)
    }

    /// From the margins, the weights that the loss gives them, and the gradient with these weights.
    fn of(network: &Network, loss: Loss, theta: &[f64], margins: Vec<f64>, pulls: &[f64], gradient: &[f64]) -> Seen {
        // Over their sum: g is rounded at its own size, which all weights have in common.
        let total: f64 = pulls.iter().sum();
        let over_total = |v: &[f64]| -> Vec<f64> { v.iter().map(|x| x / total).collect() };
        let (p, gradient) = (over_total(pulls), over_total(gradient));
        let (length, square, along) = (norm(theta), dot(&gradient, &gradient), dot(theta, &gradient));
        // Without cancellation: the part of the gradient across θ.
        let across = combine(-along / (length * length), theta, &gradient);
        let tau = norm(&across) * length / along.abs();
        let degree = network.degree() as f64;
        Seen { g: log_inverse_loss(loss, &margins), margins, p, length, square, along, tau, degree }
    }

    /// H(p), of the shares as they are.
    pub fn entropy(&self) -> f64 {
        self.p.iter().filter(|p| **p > 0.0).map(|p| -p * ln(*p)).sum()
    }

    /// Σ p_n q_n = g + H(p).
    pub fn mean_margin(&self) -> f64 {
        dot(&self.p, &self.margins)
    }

    /// |θ|^D dγ̃/dg, from the gradient.
    pub fn rise(&self) -> f64 {
        1.0 - self.degree * self.g * self.along / (self.length * self.length * self.square)
    }

    /// By how much more than g itself the rise is rounded: |g|/(|θ||∇g|).
    pub fn doubt(&self) -> f64 {
        self.g.abs() / (self.length * self.square.sqrt())
    }

    /// -log L/|θ|^D.
    pub fn smoothed_margin(&self) -> f64 {
        self.g / pow(self.length, self.degree)
    }

    /// min q/|θ|^D.
    pub fn normalised_margin(&self) -> f64 {
        self.margins.iter().copied().fold(f64::INFINITY, f64::min) / pow(self.length, self.degree)
    }
}

/// Roundings in a margin, on the scale of `magnitude`: a product and a sum for each parameter and layer, and the sum of
/// the loss.
pub fn margin_ops(network: &Network) -> f64 {
    (2 * network.degree() * network.parameters() + network.labels.len()) as f64
}

/// The largest margin that |θ| = 1 allows on the longest point, and more: |x|, or |x|² of a network that is quadratic in x.
pub fn reach(network: &Network) -> f64 {
    let radius = network.points.radius();
    if matches!(network.architecture, Architecture::Quadratic { .. }) { radius * radius } else { radius }
}

/// |θ|^D times that, which no margin exceeds, nor the sum of its terms' sizes.
pub fn magnitude(network: &Network, theta: &[f64]) -> f64 {
    pow(norm(theta), network.degree() as f64) * reach(network)
}

pub fn sign(stream: &mut Stream) -> f64 {
    if stream.uniform(-1.0, 1.0) < 0.0 { -1.0 } else { 1.0 }
}

/// cos and sin of a drawn angle, without the host's functions: a normal vector over its length.
pub fn frame(stream: &mut Stream) -> [Vec<f64>; 2] {
    let e: Vec<f64> = stream.normals(2);
    let length = norm(&e);
    let e: Vec<f64> = e.iter().map(|x| x / length).collect();
    let f = vec![-e[1], e[0]];
    [e, f]
}

/// Σ ±(w_j·x)² with two neurons of each sign, on three points in the plane.
///
/// With M = Σ σ_j w_j w_j' the problem is to minimise the nuclear norm of M. Plant M = m₊ee' - m₋ff' and
/// Σ lambda_n y_n x_n x_n' = (ee' - ff')/2: of unit vectors with doubled angles 2α_n the latter asks for
/// ρ₃(s z₁ + (1 - s) z₂ - z₃) = 1 with z = e^(2iα), which fixes α₃ and ρ₃, given α₁, α₂ and s.
pub fn quadratic(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "quadratic");
    let [e, f] = frame(&mut stream);
    let (plus, minus) = (stream.uniform(0.7, 1.6), stream.uniform(0.7, 1.6));
    let share = stream.uniform(0.35, 0.65);
    // Sines of the doubled angles; the points of label + are near e, that of label - is near f.
    let (first, second) = (stream.uniform(0.35, 0.6), -stream.uniform(0.35, 0.6));
    let third = share * first + (1.0 - share) * second;
    let cosine = |sine: f64| (1.0 - sine * sine).sqrt();
    let weight = 1.0 / (share * cosine(first) + (1.0 - share) * cosine(second) + cosine(third));
    let (mut rows, mut lambda) = (Vec::new(), Vec::new());
    let labels = [1.0, 1.0, -1.0];
    for ((sine, y), rho) in [first, second, third].into_iter().zip(labels).zip([share, 1.0 - share, 1.0]) {
        // Half the angle, and the length at which the margin is 1.
        let large = (0.5 * (1.0 + cosine(sine))).sqrt();
        let small = 0.5 * sine / large;
        let (c, s) = if y > 0.0 { (large, small) } else { (small, large) };
        let square = y / (plus * c * c - minus * s * s);
        lambda.push(rho * weight / square);
        rows.extend(combine(c, &e, &combine(s, &f, &[0.0; 2])).iter().map(|x| x * square.sqrt()));
    }
    let network = Network {
        architecture: Architecture::Quadratic { signs: vec![1.0, -1.0, 1.0, -1.0] },
        points: Points::new(2, rows)?,
        labels: labels.to_vec(),
    };
    let scaled = |by: f64, v: &[f64]| v.iter().map(|x| by * x).collect::<Vec<f64>>();
    let theta = [scaled(plus.sqrt(), &e), scaled(minus.sqrt(), &f), vec![0.0; 4]].concat();
    let mut start = Vec::new();
    for axis in [&e, &f, &e, &f] {
        let size = stream.uniform(0.5, 1.2) * sign(&mut stream);
        start.extend(combine(size, axis, &scaled(0.3, &stream.normals(2))));
    }
    Run::new(Planted { name: "quadratic", network, theta, lambda, mu: 2.0, start })
}

/// A ReLU network whose neurons see the points of one class each: two points a class, in the plane or, tilted against
/// each other, in space. `dead` neurons more see no point.
///
/// On its class a neuron is linear, so that ŵ of the class is e/m for points m e ± .. f; its KKT point is
/// a = |w| = √|ŵ| with multipliers alpha_n/|ŵ|.
pub fn one_neuron_a_class(name: &'static str, dim: usize, dead: usize, stream: &mut Stream) -> Result<Planted> {
    let axes = orthonormal_basis(&stream.normals(dim), stream);
    let (e, f) = (&axes[0], &axes[1]);
    let tilt = if dim > 2 { stream.uniform(0.15, 0.3) } else { 0.0 };
    let level = (1.0 - tilt * tilt).sqrt();
    let width = 2 + dead;
    let (mut rows, mut lambda) = (Vec::new(), Vec::new());
    let (mut theta, mut start) = (vec![0.0; width * (dim + 1)], vec![0.0; width * (dim + 1)]);
    for (j, y) in [1.0, -1.0].into_iter().enumerate() {
        // The direction of the class: e or -e, and a little down.
        let mut along: Vec<f64> = e.iter().map(|x| y * level * x).collect();
        if dim > 2 {
            axpy(-tilt, &axes[2], &mut along);
        }
        let m = stream.uniform(0.7, 1.6);
        let sides = [stream.uniform(0.3, 0.7), -stream.uniform(0.3, 0.7)];
        for (k, side) in sides.into_iter().enumerate() {
            rows.extend(along.iter().zip(f).map(|(along, f)| m * (along + side * f)));
            // Σ alpha (m e + m side f) = e/m, over |ŵ| = 1/m.
            let other = if k == 0 { -sides[1] } else { sides[0] };
            lambda.push(other / (sides[0] - sides[1]) / m);
        }
        let neuron = j * dim..(j + 1) * dim;
        let size = 1.0 / m.sqrt();
        theta[neuron.clone()].iter_mut().zip(&along).for_each(|(t, e)| *t = size * e);
        theta[width * dim + j] = y * size;
        let length = stream.uniform(0.5, 1.2);
        let mut w =
            combine(length * stream.uniform(-0.3, 0.3), f, &along.iter().map(|e| length * e).collect::<Vec<_>>());
        if dim > 2 {
            // Across all that the class spans.
            let beside: Vec<f64> = e.iter().zip(&axes[2]).map(|(e, h)| y * tilt * e + level * h).collect();
            axpy(length * sign(stream) * stream.uniform(0.2, 0.4), &beside, &mut w);
        }
        start[neuron].copy_from_slice(&w);
        start[width * dim + j] = y * stream.uniform(0.5, 1.2);
    }
    for j in 2..width {
        // Up, where no point is seen.
        let size = stream.uniform(0.3, 0.6);
        start[j * dim..(j + 1) * dim].iter_mut().zip(&axes[2]).for_each(|(w, h)| *w = size * h);
        start[width * dim + j] = sign(stream) * stream.uniform(0.3, 0.6);
    }
    let network = Network {
        architecture: Architecture::Relu { width },
        points: Points::new(dim, rows)?,
        labels: vec![1.0, 1.0, -1.0, -1.0],
    };
    let mu = if dim > 2 { 1.0 } else { 2.0 };
    Ok(Planted { name, network, theta, lambda, mu, start })
}

pub fn relu(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "relu");
    Run::new(one_neuron_a_class("ReLU", 2, 0, &mut stream)?)
}

/// With two points a class in space each neuron keeps what it has across them, and a dead neuron keeps all.
pub fn relu_in_space(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "relu in space");
    let dead = stream.whole(1, 3);
    Run::new(one_neuron_a_class("ReLU in space", 3, dead, &mut stream)?)
}

/// Σ (u_i² - v_i²) x_i on two points of R³, with β = (β₁, β₂, 0) at the KKT point and Σ lambda_n x_n = (1/2, 1/2, z).
/// Then u₃ has the eigenvalue 1 - 2z of I - B, and v₃ has 1 + 2z.
fn two_of_three(name: &'static str, mu: f64, z: f64, both: bool, stream: &mut Stream) -> Result<Planted> {
    let beta = [stream.uniform(0.2, 0.5), stream.uniform(0.2, 0.5)];
    let sum = beta[0] + beta[1];
    // Of equal shares no product of a share and a margin would be left to see.
    let share = loop {
        let share = stream.uniform(0.35, 0.65);
        if (share - 0.5).abs() > 0.01 {
            break share;
        }
    };
    let lambda = vec![0.5 * share * sum, 0.5 * (1.0 - share) * sum];
    let first = stream.uniform(1.4, 2.0) / sum;
    let x = [first, (1.0 - first * beta[0]) / beta[1], stream.uniform(0.2, 0.6) * sign(stream)];
    let other = |i: usize, target: f64| (target - lambda[0] * x[i]) / lambda[1];
    let y = [other(0, 0.5), other(1, 0.5), other(2, z)];
    let network =
        Network { architecture: Architecture::Diagonal, points: Points::from_rows(&[x, y]), labels: vec![1.0, 1.0] };
    let theta = vec![beta[0].sqrt(), beta[1].sqrt(), 0.0, 0.0, 0.0, 0.0];
    let mut draw = |used: bool| if used { stream.uniform(0.4, 0.9) } else { 0.0 };
    let start = [true, true, true, both, both, both].map(&mut draw).to_vec();
    Ok(Planted { name, network, theta, lambda, mu, start })
}

/// The slow mode falls more slowly than g^(-1/2): mu < D/2.
pub fn slow_diagonal(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "slow diagonal");
    let mu = stream.uniform(0.6, 0.85);
    let z = 0.5 * (1.0 - mu) * sign(&mut stream);
    Run::new(two_of_three("diagonal", mu, z, true, &mut stream)?)
}

/// v = 0 at the start and for ever; u₃ falls faster than g^(-1/2): D/2 < mu < D.
pub fn fast_diagonal(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "fast diagonal");
    let mu = stream.uniform(1.25, 1.75);
    Run::new(two_of_three("diagonal, v = 0", mu, 0.5 * (1.0 - mu), false, &mut stream)?)
}

/// Separable points whose support spans the space, all of them support vectors but one that is dropped.
fn separable(stream: &mut Stream) -> Result<(Separable, Points, Vec<f64>)> {
    let dim = stream.whole(2, 4);
    let plan = Plan {
        count: dim + 1,
        gamma: stream.uniform(0.6, 0.95),
        next_margin: 2.0,
        curvature: (1..dim).map(|_| stream.uniform(0.5, 1.5)).collect(),
    };
    // Of equal shares no product of a share and a margin would be left to see.
    let planted = loop {
        let planted = plant(plan.clone(), stream)?;
        let (least, most) =
            planted.alpha[..dim].iter().fold((f64::INFINITY, 0.0_f64), |(a, b), x| (a.min(*x), b.max(*x)));
        if most > 1.04 * least {
            break planted;
        }
    };
    // Labels are drawn; a network that is linear in x does not see them.
    let labels: Vec<f64> = (0..dim).map(|_| sign(stream)).collect();
    let rows = (0..dim).flat_map(|n| planted.points.row(n).iter().map(|x| labels[n] * x).collect::<Vec<_>>());
    let points = Points::new(dim, rows.collect())?;
    Ok((planted, points, labels))
}

/// The KKT point of a linear network: rank-one layers r u_k u_{k-1}' from ŵ/|ŵ| to 1, r^D = |ŵ|, with multipliers
/// alpha_n/(|ŵ| r^(D-2)).
pub fn rank_one(units: &[Vec<f64>], r: f64) -> Vec<f64> {
    let outer = |pair: &[Vec<f64>]| -> Vec<f64> {
        pair[1].iter().flat_map(|left| pair[0].iter().map(move |right| r * left * right)).collect()
    };
    units.windows(2).flat_map(outer).collect()
}

pub fn unit(dim: usize, stream: &mut Stream) -> Vec<f64> {
    let v = stream.normals(dim);
    let length = norm(&v);
    v.iter().map(|v| v / length).collect()
}

fn linear(
    name: &'static str,
    hidden: Vec<usize>,
    mu: f64,
    start: impl Fn(&[Vec<f64>], &mut Stream) -> Vec<f64>,
    stream: &mut Stream,
) -> Result<Planted> {
    let (separable, points, labels) = separable(stream)?;
    let degree = hidden.len() as f64 + 1.0;
    let gamma = separable.plan.gamma;
    let r = pow(1.0 / gamma, 1.0 / degree);
    let direction: Vec<f64> = separable.w_hat.iter().map(|w| gamma * w).collect();
    let mut units = vec![direction];
    units.extend(hidden.iter().map(|&size| unit(size, stream)));
    units.push(vec![1.0]);
    let lambda = (0..points.count()).map(|n| separable.alpha[n] * gamma * pow(r, 2.0 - degree)).collect();
    let start = start(&units, stream);
    let network = Network { architecture: Architecture::Linear { hidden }, points, labels };
    Ok(Planted { name, network, theta: rank_one(&units, r), lambda, mu, start })
}

/// Two layers from a start without any balance.
pub fn two_layers(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "two layers");
    let hidden = vec![stream.whole(2, 4)];
    // About a balanced start of size .8, so that the loss is soon below 1.
    let start = |units: &[Vec<f64>], stream: &mut Stream| {
        let about = rank_one(units, 0.8);
        let off = stream.normals(about.len());
        combine(0.3, &off, &about)
    };
    Run::new(linear("two layers", hidden, 1.0, start, &mut stream)?)
}

/// Layers of rank one, balanced, about the KKT point's: the first turned a little.
fn balanced(units: &[Vec<f64>], stream: &mut Stream) -> Vec<f64> {
    let mut units = units.to_vec();
    let off = stream.normals(units[0].len());
    let about = combine(0.3, &off, &units[0]);
    let length = norm(&about);
    units[0] = about.iter().map(|x| x / length).collect();
    rank_one(&units, stream.uniform(0.8, 1.1))
}

/// Three or four layers from a balanced start of rank one, which the flow keeps: D is drawn too.
pub fn deep(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "deep");
    let hidden = (1..stream.whole(3, 4)).map(|_| stream.whole(1, 3)).collect();
    Run::new(linear("deep", hidden, f64::INFINITY, balanced, &mut stream)?)
}

/// The same, where the second layer has a part s f h' more, f and h across the unit vectors of its layers.
pub fn unbalanced(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("homogeneous", "unbalanced");
    let hidden: Vec<usize> = (1..stream.whole(3, 4)).map(|_| stream.whole(2, 3)).collect();
    let beside = stream.uniform(0.3, 0.6);
    let start = |units: &[Vec<f64>], stream: &mut Stream| {
        let mut start = balanced(units, stream);
        let mut across = |e: &[f64]| -> Vec<f64> {
            let drawn = stream.normals(e.len());
            let rest = combine(-dot(&drawn, e), e, &drawn);
            let length = norm(&rest);
            rest.iter().map(|x| x / length).collect()
        };
        let (right, left) = (across(&units[1]), across(&units[2]));
        let second = units[0].len() * units[1].len();
        for (row, f) in start[second..].chunks_exact_mut(right.len()).zip(&left) {
            axpy(beside * f, &right, row);
        }
        start
    };
    Run::new(linear("deep, unbalanced", hidden, 1.0, start, &mut stream)?)
}

/// A ReLU network of three neurons, each of which sees one point of its own and none of the others, as long as
/// x_n·x_m < 0 for n ≠ m: w_j stays a positive multiple of x_j and what it began with. At the KKT point
/// a = |w| = |x|^(-1/2), with the multiplier 1/|x|.
pub fn one_neuron_a_point(name: &'static str, network: Network, stream: &mut Stream) -> Result<Planted> {
    let (mut theta, mut start, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
    let mut lambda = Vec::new();
    for (j, x) in network.points.rows().enumerate() {
        let length = norm(x);
        theta.extend(x.iter().map(|x| x / (length * length.sqrt())));
        lambda.push(1.0 / length);
        outputs.push(network.labels[j] / length.sqrt());
        // A direction that sees x_j alone.
        let sees = |w: &[f64]| network.points.rows().enumerate().all(|(n, x)| (dot(w, x) > 0.0) == (n == j));
        let mut draws = std::iter::repeat_with(|| {
            let size = stream.uniform(0.5, 1.2) / length;
            let beside = stream.uniform(-0.5, 0.5);
            vec![size * (x[0] - beside * x[1]), size * (x[1] + beside * x[0])]
        });
        start.extend(draws.find(|w| sees(w)).expect("small offsets see x_j alone"));
    }
    start.extend(network.labels.iter().map(|y| y * stream.uniform(0.5, 1.2)));
    theta.extend(outputs);
    Ok(Planted { name, network, theta, lambda, mu: 1.0, start })
}
