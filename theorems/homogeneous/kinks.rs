//! A neuron on its kink: where the right-hand side of the flow jumps, and the smooth analysis ends.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, log_inverse_loss, pulls};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, dot, norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "neuron-on-its-kink",
    says: "The flow of a two-layer ReLU network on (1, .3) and (-1, -.6) of label 1, (-.4, 1) and (.5, -1) of label -1 can bring a \
           neuron to w_j·x_i = 0 with both sides of the kink pushing back to it, at rates A > 0 and A' < 0 of w_j·x_i. Steps along \
           the gradient then stay at the kink, and x_i is seen in a share A/(A - A') of them: so much of its p_n is its \
           multiplier there, in a mean of both sides after Clarke.",
    kind: Kind::Counterexample,
    standing: Standing::Observed,
    notes: &["N20"],
    claims: |lab, c| lab.run(sliding).map(|sliding| neuron_on_its_kink(&sliding, c)),
}];

/// A neuron on the kink of a point, with d(w_j·x_i)/dt over L on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Kink {
    pub neuron: usize,
    pub point: usize,
    /// |w_j·x_i|/(|w_j||x_i|).
    pub off: f64,
    /// The rate where the point is not seen, and where it is.
    pub unseen: f64,
    pub seen: f64,
}

impl Kink {
    /// The neuron that is nearest to a kink at these parameters.
    pub fn nearest(network: &Network, theta: &[f64]) -> Option<Kink> {
        let Architecture::Relu { width } = network.architecture else { return None };
        let p = pulls(Loss::Exponential, &network.margins(theta));
        let pairs = (0..width).flat_map(|j| (0..p.len()).map(move |i| (j, i)));
        let kinks = pairs.map(|(j, i)| Kink::at(network, theta, &p, (j, i)));
        kinks.min_by(|a, b| a.off.total_cmp(&b.off))
    }

    /// Neuron j and point i, where the points have these shares. The others move w_j·x_i by a_j Σ p_n y_n x_n·x_i over the
    /// points seen; the point itself adds a_j p_i y_i |x_i|² where it is seen.
    fn at(network: &Network, theta: &[f64], p: &[f64], (j, i): (usize, usize)) -> Kink {
        let dim = network.points.dim();
        let width = theta.len() / (dim + 1);
        let (w, a) = (&theta[j * dim..(j + 1) * dim], theta[width * dim + j]);
        let x = network.points.row(i);
        let push = |n: usize| a * p[n] * network.labels[n] * dot(network.points.row(n), x);
        let others = (0..p.len()).filter(|&n| n != i && dot(network.points.row(n), w) > 0.0);
        let unseen: f64 = others.map(push).sum();
        let off = dot(w, x).abs() / (norm(w) * norm(x));
        Kink { neuron: j, point: i, off, unseen, seen: unseen + push(i) }
    }

    /// Whether the neuron is at the kink, as near as a run's errors let it be seen, and both sides push to it.
    pub fn attracts(&self) -> bool {
        self.off < 1e-4 && self.unseen > 0.0 && self.seen < 0.0
    }

    /// The weight of the side where the point is seen in the mean of both gradients along which w_j·x_i stays.
    pub fn clarke(&self) -> f64 {
        self.unseen / (self.unseen - self.seen)
    }
}

/// Steps are accepted while their error is below this.
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-9, relative: 1e-9 };

/// The first of some drawn starts whose flow does not end, and what steps along the gradient do from there.
struct Sliding {
    kink: Kink,
    steps: Steps,
}

fn sliding(seed: Seed) -> Result<Sliding> {
    let mut stream = seed.stream("homogeneous", "kinks");
    let network = Network {
        architecture: Architecture::Relu { width: 4 },
        points: Points::from_rows(&[[1.0, 0.3], [-0.4, 1.0], [-1.0, -0.6], [0.5, -1.0]]),
        labels: vec![1.0, -1.0, 1.0, -1.0],
    };
    for _ in 0..100 {
        let start = stream.normals(network.parameters());
        let began = log_inverse_loss(Loss::Exponential, &network.margins(&start));
        let clock = LossClock { budget: 20_000, ..LossClock::new(&network) };
        let Err(stopped) = clock.follow_until(&start, &[began + 20.0], TOLERANCE) else { continue };
        // A side that pushes by rounding alone tells nothing of the share.
        let tells = |kink: &Kink| kink.attracts() && (0.01..0.99).contains(&kink.clarke());
        let Some(kink) = Kink::nearest(&network, &stopped.theta).filter(tells) else { continue };
        let steps = Steps::from(&network, &stopped.theta, &kink);
        // Nor do steps that are lost in the rounding of w_j·x_i.
        if 64.0 * f64::EPSILON * steps.size < 1e-3 {
            return Ok(Sliding { steps, kink });
        }
    }
    Err(Error::numerical("no drawn start leads to a kink"))
}

/// Steps θ + h ∇g from where the neuron is put on its kink.
struct Steps {
    /// In which part of the steps the point is seen.
    seen: f64,
    /// The mean of [`Kink::clarke`] over the steps.
    clarke: f64,
    /// How far the two may be apart.
    apart: f64,
    /// The largest |w_j·x_i| over h times the larger rate.
    reach: f64,
    /// |w_j||x_i| over the same.
    size: f64,
}

impl Steps {
    /// With s = w_j·x_i and J = A - A', a step changes s by h J (σ - 1) where the point is seen and by h J σ where it is
    /// not. So the sum of σ - [seen] is that of Δs/hJ, by parts at most |s| at both ends and |s| times the variation of
    /// 1/J between.
    fn from(network: &Network, theta: &[f64], kink: &Kink) -> Steps {
        const COUNT: usize = 20_000;
        const H: f64 = 1e-7;
        let dim = network.points.dim();
        let x = network.points.row(kink.point);
        let own = kink.neuron * dim..(kink.neuron + 1) * dim;
        let mut theta = theta.to_vec();
        let off = dot(&theta[own.clone()], x) / dot(x, x);
        axpy(-off, x, &mut theta[own.clone()]);
        let (mut seen, mut clarke, mut largest, mut rate) = (0.0, 0.0, 0.0_f64, 0.0_f64);
        let (mut inverses, mut variation) = (Vec::new(), 0.0);
        for _ in 0..COUNT {
            let p = pulls(Loss::Exponential, &network.margins(&theta));
            let now = Kink::at(network, &theta, &p, (kink.neuron, kink.point));
            let s = dot(&theta[own.clone()], x);
            seen += f64::from(s > 0.0);
            clarke += now.clarke();
            largest = largest.max(s.abs());
            rate = rate.max(now.unseen.abs()).max(now.seen.abs());
            let inverse = 1.0 / (now.unseen - now.seen);
            variation += inverses.last().map_or(0.0, |before: &f64| (inverse - before).abs());
            inverses.push(inverse);
            axpy(H, &network.gradient(&theta, &p), &mut theta);
        }
        let ends = inverses[0].abs() + inverses[COUNT - 1].abs();
        let count = COUNT as f64;
        Steps {
            seen: seen / count,
            clarke: clarke / count,
            // |s| is at most h times the larger rate.
            apart: rate * (ends + variation) / count,
            reach: largest / (H * rate),
            size: norm(&theta[own]) * norm(x) / (H * rate),
        }
    }
}

/// A neuron slides on its kink. Where the point is not seen w_j·x_i rises, where it is seen it falls.
fn neuron_on_its_kink(sliding: &Sliding, claims: &mut Claims) {
    let Sliding { kink: Kink { unseen, seen, .. }, steps } = sliding;
    let jump = unseen - seen;
    let rounding = || Slack::rounding(64.0, 1.0);
    claims.at_least("rate of w·x where x is not seen, over the jump", unseen / jump, 0.0, rounding()).on("1", 1.0);
    claims.at_most("rate of w·x where x is seen, over the jump", seen / jump, 0.0, rounding()).on("1", 1.0);
    claims.at_most(
        "largest |w·x| of steps along the gradient, over the length of one",
        steps.reach,
        1.0,
        Slack::rounding(64.0, steps.size),
    );
    claims
        .equal(
            "share of these steps that see x, against A/(A - A')",
            steps.seen,
            steps.clarke,
            Slack::next_term(steps.apart, 1.0),
        )
        .on("1", 1.0);
}
