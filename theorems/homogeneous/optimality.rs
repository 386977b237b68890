//! A KKT point is not always the best: a two-layer ReLU network on three points that ends at a smaller margin.

use super::experiments::{Planted, Run, frame, one_neuron_a_point};
use super::kkt_points::kkt_point;
use super::rates::margin_gap;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, log_inverse_loss};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::interval::{QUANTILE, exact_interval};
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, distance, dot, ln, norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "kkt-is-not-optimal",
        says: "A KKT point need not have the largest margin. On R(sin φ, cos φ) and R(-sin φ, cos φ) of label 1 and (0, -r) \
               of label -1, with φ between π/4 and π/3, a two-layer ReLU network of three neurons goes, from an open set of \
               starts, to one neuron a point and 1/γ = 4/R + 2/r. The largest margin, for every width from two on, has \
               1/γ = 2/(R cos φ) + 2/r.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N20"],
        claims: |lab, c| lab.run(three_points).and_then(|both| kkt_is_not_optimal(&both, c)),
    },
    Step {
        id: "margins-of-both-ends",
        says: "On these points the flow to one neuron a point and a flow to the largest margin, with two neurons that see both points \
               of label 1, each have the margin gap of their own KKT point, with γ Σ c_k² of the modes with μ = 1.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N20"],
        claims: |lab, c| lab.run(three_points).map(|both| margins_of_both_ends(&both, c)),
    },
    Step {
        id: "worse-point-is-common",
        says: "On (4, 3) and (-4, 3) of label 1 and (0, -2) of label -1 more than one in ten of the small Gaussian starts of three \
               neurons that fit the data end at the KKT point with the smaller margin, and more than one in ten at the best.",
        kind: Kind::Counterexample,
        standing: Standing::Observed,
        notes: &["N20"],
        claims: |lab, c| lab.run(gaussian_starts).map(|count| worse_point_is_common(&count, c)),
    },
];

/// The flow to one neuron a point, and that to the best network.
pub struct ThreePoints {
    pub apart: Run,
    pub together: Run,
    /// A dual certificate of the largest margin.
    pub dual: Vec<f64>,
    /// 1/γ of both, by the formulas.
    pub inverse_margins: [f64; 2],
}

/// The points along the axes `across` and `up`.
fn points(across: &[f64], up: &[f64], radius: f64, cosine: f64, below: f64) -> Network {
    let sine = (1.0 - cosine * cosine).sqrt();
    let up = |by: f64| up.iter().map(|u| by * u).collect::<Vec<f64>>();
    let rows = [
        combine(radius * sine, across, &up(radius * cosine)),
        combine(-radius * sine, across, &up(radius * cosine)),
        up(-below),
    ];
    Network {
        architecture: Architecture::Relu { width: 3 },
        points: Points::new(2, rows.concat()).expect("three points in the plane"),
        labels: vec![1.0, 1.0, -1.0],
    }
}

fn three_points(seed: Seed) -> Result<ThreePoints> {
    let mut stream = seed.stream("homogeneous", "three points");
    let [across, up] = frame(&mut stream);
    let (radius, below) = (stream.uniform(3.0, 6.0), stream.uniform(1.5, 2.5));
    let cosine = stream.uniform(0.53, 0.68);
    let network = points(&across, &up, radius, cosine, below);
    let apart = one_neuron_a_point("one neuron a point", network.clone(), &mut stream)?;
    // Two neurons of label + along `up` see both points: their a|w| sums to 1/(R cos φ).
    let dual = vec![0.5 / (radius * cosine), 0.5 / (radius * cosine), 1.0 / below];
    let share = stream.uniform(0.3, 0.7);
    let sizes = [share / (radius * cosine), (1.0 - share) / (radius * cosine), 1.0 / below].map(f64::sqrt);
    let signs = [1.0, 1.0, -1.0];
    let mut theta = Vec::new();
    (0..3).for_each(|j| theta.extend(up.iter().map(|u| signs[j] * sizes[j] * u)));
    theta.extend((0..3).map(|j| signs[j] * sizes[j]));
    let mut start = Vec::new();
    for sign in signs {
        let beside = stream.uniform(-0.3, 0.3);
        start.extend(combine(beside, &across, &up.iter().map(|u| sign * u).collect::<Vec<_>>()));
    }
    start.extend(signs.map(|sign| sign * stream.uniform(0.8, 1.2)));
    let together = Planted { name: "neurons together", network, theta, lambda: dual.clone(), mu: 1.0, start };
    let inverse_margins = [4.0 / radius + 2.0 / below, 2.0 / (radius * cosine) + 2.0 / below];
    Ok(ThreePoints { apart: Run::new(apart)?, together: Run::new(together)?, dual, inverse_margins })
}

/// max |Σ lambda_n y_n max(u·x_n, 0)| over unit vectors u of the plane: on each arc on which the same points are seen it is
/// |z·u|, z the sum over them, and so largest at z/|z|, if that is on the arc, or at an end.
fn dual_norm(network: &Network, lambda: &[f64]) -> f64 {
    let rows: Vec<&[f64]> = network.points.rows().collect();
    let weights: Vec<f64> = lambda.iter().zip(&network.labels).map(|(l, y)| l * y).collect();
    let value = |u: &[f64]| rows.iter().zip(&weights).map(|(x, w)| w * dot(x, u).max(0.0)).sum::<f64>().abs() / norm(u);
    let ends = rows.iter().flat_map(|x| [vec![-x[1], x[0]], vec![x[1], -x[0]]]);
    let subsets = 1..1_usize << rows.len();
    let tops = subsets.flat_map(|subset| {
        let some: Vec<f64> = (0..rows.len()).map(|n| weights[n] * f64::from((subset >> n & 1) as u8)).collect();
        let z = network.points.combination(&some);
        [z.clone(), z.iter().map(|z| -z).collect()]
    });
    ends.chain(tops).filter(|u| norm(u) > 0.0).map(|u| value(&u)).fold(0.0, f64::max)
}

/// KKT is not optimality. For every network Σ lambda_n q_n = Σ_j a_j Σ_n lambda_n y_n max(w_j·x_n, 0), at most
/// Σ_j |a_j||w_j| ≤ |θ|²/2 if the dual norm of lambda is 1; so q ≥ 1 costs |θ|² ≥ 2 Σ lambda.
pub fn kkt_is_not_optimal(both: &ThreePoints, claims: &mut Claims) -> Result<()> {
    let ThreePoints { apart, together, dual, inverse_margins } = both;
    let rounding = || Slack::rounding(64.0, apart.planted.network.points.radius());
    claims.equal("the dual norm of the certificate", dual_norm(&together.planted.network, dual), 1.0, rounding());
    claims.equal("2 Σ λ of the certificate", 2.0 * dual.iter().sum::<f64>(), inverse_margins[1], rounding());
    claims.equal("1/γ of neurons together", 1.0 / together.kkt.gamma, inverse_margins[1], rounding());
    claims.equal("1/γ of one neuron a point", 1.0 / apart.kkt.gamma, inverse_margins[0], rounding());
    kkt_point(apart, claims)?;
    // Neuron j sees x_j and no other point, at every moment.
    let points = &apart.planted.network.points;
    let dim = points.dim();
    let (mut others, mut own) = (f64::NEG_INFINITY, f64::INFINITY);
    for at in &apart.moments {
        for (j, w) in at.theta.chunks_exact(dim).take(points.count()).enumerate() {
            for (n, x) in points.rows().enumerate() {
                let cosine = dot(w, x) / (norm(w) * norm(x));
                if n == j { own = own.min(cosine) } else { others = others.max(cosine) }
            }
        }
    }
    let state = || apart.state_slack(apart.last()) + Slack::rounding(8.0, 1.0);
    claims.at_least("one neuron a point: least cosine of w_j and x_j", own, 0.0, state()).on("1", 1.0);
    claims.at_most("one neuron a point: largest cosine of w_j and another point", others, 0.0, state()).on("1", 1.0);
    // What w_j has across x_j stays, while |w_j| grows.
    let (start, end) = (&apart.planted.start, apart.last());
    let beside = |theta: &[f64]| -> Vec<f64> {
        let pairs = theta.chunks_exact(dim).zip(points.rows());
        pairs.flat_map(|(w, x)| combine(-dot(w, x) / dot(x, x), x, w)).collect()
    };
    let length = norm(&end.theta);
    claims
        .equal(
            "one neuron a point: what the w_j have across their x_j, at the end less at the start",
            distance(&beside(&end.theta), &beside(start)),
            0.0,
            state().times(length),
        )
        .on("the same at the start", norm(&beside(start)));
    // γ̃ never falls: it is at most its limit, and the other flow passes this.
    let smoothed = |run: &Run| run.see(run.last()).smoothed_margin();
    let relative = |run: &Run| run.state_slack(run.last()).times(2.0) + Slack::rounding(16.0, 1.0);
    claims.at_most("γ̃ of one neuron a point over γ", smoothed(apart) * inverse_margins[0], 1.0, relative(apart));
    let passed = smoothed(together) * inverse_margins[0];
    claims.at_least(
        "γ̃ of neurons together over γ of one neuron a point",
        passed,
        1.0,
        relative(together).times(passed),
    );
    Ok(())
}

/// Each by its own constants.
fn margins_of_both_ends(both: &ThreePoints, claims: &mut Claims) {
    margin_gap(&both.apart, claims);
    margin_gap(&both.together, claims);
}

/// How many of the starts fit the data, and where these end.
pub struct Count {
    pub starts: usize,
    pub apart: usize,
    pub together: usize,
    /// Where |θ| and the points that the neurons see tell different ends.
    pub doubtful: usize,
}

impl Count {
    pub fn fit(&self) -> usize {
        self.apart + self.together
    }
}

fn gaussian_starts(seed: Seed) -> Result<Count> {
    let mut stream = seed.stream("homogeneous", "gaussian starts");
    let network = points(&[1.0, 0.0], &[0.0, 1.0], 5.0, 0.6, 2.0);
    let mut count = Count { starts: 400, apart: 0, together: 0, doubtful: 0 };
    for _ in 0..count.starts {
        let start: Vec<f64> = stream.normals(network.parameters()).iter().map(|x| 0.1 * x).collect();
        let clock = LossClock { budget: 20_000, ..LossClock::new(&network) };
        let began = log_inverse_loss(Loss::Exponential, &network.margins(&start));
        let end = 60.0;
        let Ok(path) = clock.follow_until(&start, &[began.max(0.0), end], Tolerance::new(1e-7, 1e-7)) else { continue };
        // γ of both limits: 5/9 and 3/5. At g = 60 the margins are within H/60, 2 %, of theirs and of what the start leaves.
        let theta = &path[1].theta;
        let inverse = dot(theta, theta) / (end + ln(3.0));
        let apart = inverse > 0.5 * (5.0 / 3.0 + 9.0 / 5.0);
        if apart {
            count.apart += 1
        } else {
            count.together += 1
        }
        // At the best point a neuron sees both points of label 1.
        let seen = network.seen(theta).expect("a ReLU network has kinks");
        let shared = seen.chunks_exact(3).any(|sees| sees[0] && sees[1]);
        count.doubtful += usize::from(apart == shared);
    }
    Ok(count)
}

fn worse_point_is_common(count: &Count, claims: &mut Claims) {
    for (name, wins) in [("one neuron a point", count.apart), ("neurons together", count.together)] {
        claims.at_least(
            format!("{name}: share of {} starts that fit, out of {}, lower end", count.fit(), count.starts),
            exact_interval(wins, count.fit(), 0.025).0,
            0.1,
            Slack::next_term(0.1 * QUANTILE, 1.0),
        );
    }
    claims
        .equal(
            "starts whose end is one by |θ|² and the other by what the neurons see",
            count.doubtful as f64,
            0.0,
            Slack::rounding(1.0, 1.0),
        )
        .on("the starts that fit", count.fit() as f64);
}
