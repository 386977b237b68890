//! A neuron on its kink: where the right-hand side of the flow jumps, and the smooth analysis ends.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, log_inverse_loss, pulls};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "neuron-on-its-kink",
    says: "The flow of a two-layer ReLU network on (1, .3) and (-1, -.6) of label 1, (-.4, 1) and (.5, -1) of label -1 can bring a \
           neuron to w_j·x_i = 0 with both sides of the kink pushing back to it. No smooth flow goes on from there.",
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
    /// The neuron that is nearest to a kink at these parameters. The others move w_j·x_i by a_j Σ p_n y_n x_n·x_i over the
    /// points seen; the point itself adds a_j p_i y_i |x_i|² where it is seen.
    pub fn nearest(network: &Network, theta: &[f64]) -> Option<Kink> {
        let Architecture::Relu { width } = network.architecture else { return None };
        let dim = network.points.dim();
        let p = pulls(Loss::Exponential, &network.margins(theta));
        let kink = |(j, i): (usize, usize)| {
            let (w, a) = (&theta[j * dim..(j + 1) * dim], theta[width * dim + j]);
            let x = network.points.row(i);
            let push = |n: usize| a * p[n] * network.labels[n] * dot(network.points.row(n), x);
            let others = (0..p.len()).filter(|&n| n != i && dot(network.points.row(n), w) > 0.0);
            let unseen: f64 = others.map(push).sum();
            let off = dot(w, x).abs() / (norm(w) * norm(x));
            Kink { neuron: j, point: i, off, unseen, seen: unseen + push(i) }
        };
        let pairs = (0..width).flat_map(|j| (0..p.len()).map(move |i| (j, i)));
        pairs.map(kink).min_by(|a, b| a.off.total_cmp(&b.off))
    }

    /// Whether the neuron is at the kink, as near as a run's errors let it be seen, and both sides push to it.
    pub fn attracts(&self) -> bool {
        self.off < 1e-4 && self.unseen > 0.0 && self.seen < 0.0
    }
}

/// Steps are accepted while their error is below this.
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-9, relative: 1e-9 };

/// The first of some drawn starts whose flow does not end, and where.
struct Sliding {
    kink: Kink,
    /// (1 + |θ|)/|w_j|.
    reach: f64,
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
        if let Some(kink) = Kink::nearest(&network, &stopped.theta).filter(Kink::attracts) {
            let dim = network.points.dim();
            let w = &stopped.theta[kink.neuron * dim..(kink.neuron + 1) * dim];
            return Ok(Sliding { reach: (1.0 + norm(&stopped.theta)) / norm(w), kink });
        }
    }
    Err(Error::numerical("no drawn start leads to a kink"))
}

/// **A neuron slides on its kink.** Where the point is not seen w_j·x_i rises, where it is seen it falls.
fn neuron_on_its_kink(sliding: &Sliding, claims: &mut Claims) {
    let Kink { off, unseen, seen, .. } = sliding.kink;
    // A step over the kink errs by its length times the jump, weighed with 1/40 at least, and is refused above the
    // tolerance; the coarser of the two runs has a hundred times as much.
    let accepted = Slack::next_term(100.0 * TOLERANCE.relative * sliding.reach, 40.0);
    claims.equal("|w·x|/(|w||x|) where the clock stands", off, 0.0, accepted).on("1", 1.0);
    let jump = unseen - seen;
    let rounding = || Slack::rounding(64.0, 1.0);
    claims.at_least("rate of w·x where x is not seen, over the jump", unseen / jump, 0.0, rounding()).on("1", 1.0);
    claims.at_most("rate of w·x where x is seen, over the jump", seen / jump, 0.0, rounding()).on("1", 1.0);
}
