//! (u v - 1)²/2: the step decides which minima gradient descent can end at.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::interval::{QUANTILE, exact_interval};
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{exp, ln, ln_1p};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "sharpness-below-the-bound",
        says: "Let gradient descent on (u v - 1)²/2 with a step η > 0 converge to a minimum, from a start that is not in a certain set \
               of measure 0. Then the sharpness of that minimum, u² + v², is at most 2/η.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(samples).map(|samples| sharpness_below_the_bound(&samples, c)),
    },
    Step {
        id: "step-chooses-the-minimum",
        says: "On (u v - 1)²/2 the flow keeps D = u² - v² and ends at u² + v² = √(4 + D²) if u + v ≠ 0; gradient descent that converges \
               to a minimum ends at √(4 + D² Π(1 - η² e_k²)²), where e_k = u v - 1 after k steps: the step size chooses the minimum. The notes say \
               so of all problems.",
        kind: Kind::Proof,
        standing: Standing::Overstated { by: "any-schedule" },
        notes: &["N22"],
        claims: |lab, c| {
            let flows = lab.run(flows)?;
            lab.run(samples).map(|samples| step_chooses_the_minimum(&samples, &flows, c))
        },
    },
    Step {
        id: "share-that-diverges",
        says: "Of 20 000 starts drawn uniformly from [-4,4]² gradient descent on (u v - 1)²/2 leaves the disc u² + v² ≤ 10^6 from less \
               than 15 % with η = .2 and from more than 75 % with η = .95, and from more with each longer step of .2, .4, .6, .8, .95; \
               after 20 000 steps fewer than two runs in a thousand have neither left nor come to a minimum.",
        kind: Kind::Refinement,
        standing: Standing::Observed,
        notes: &["N22"],
        claims: |lab, c| lab.run(samples_at_five_steps).map(|samples| share_that_diverges(&samples, c)),
    },
    Step {
        id: "catapult",
        says: "A step on (u v - 1)²/2 takes e = u v - 1 to e (1 - η s + η² e (1 + e)) and s = u² + v² to \
               s - 4 η e (1 + e) + η² e² s. If η s_0 > 2 + η² e_0 (1 + e_0) and e_0 ≠ 0, the first step raises the loss; if gradient descent \
               converges all the same, it is, but for a null set of starts, to a minimum with u² + v² ≤ 2/η.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(thrown).map(|thrown| catapult(&thrown, c)),
    },
    Step {
        id: "thrown-as-far",
        says: "Let η < 1 and δ > 0. From e_0 → 0, e_0 ≠ 0, near a minimum of (u v - 1)²/2 with η s_0 = 2 + δ gradient descent \
               is thrown to one with η s = 2 - δ + O(δ²): as far below the bound as it was above.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(thrown).map(|thrown| thrown_as_far(&thrown, c)),
    },
];

/// One step from (u, v).
fn step(eta: f64, [u, v]: [f64; 2]) -> [f64; 2] {
    let e = u * v - 1.0;
    [u - eta * e * v, v - eta * e * u]
}

/// The same step of e = u v - 1 and s = u² + v², which is all that it needs to know.
fn closed_step(eta: f64, [e, s]: [f64; 2]) -> [f64; 2] {
    [e * (1.0 - eta * s + eta * eta * e * (1.0 + e)), s - 4.0 * eta * e * (1.0 + e) + eta * eta * e * e * s]
}

/// e and s along a run, until e is hardly anything.
pub(super) fn closed_path(eta: f64, start: [f64; 2]) -> Vec<[f64; 2]> {
    let mut path = vec![start];
    while let Some(&at) = path.last().filter(|at| at[0].abs() >= ENDED && path.len() < MOST) {
        path.push(closed_step(eta, at));
    }
    path
}

pub(super) fn sharpness([u, v]: [f64; 2]) -> f64 {
    u * u + v * v
}

/// Where a run ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// At a minimum, up to a residual of [`ENDED`].
    Minimum([f64; 2]),
    /// Longer than [`BEYOND`].
    Diverged,
    /// After [`MOST`] steps.
    Undecided,
}

/// A run and what its steps did to D.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) start: [f64; 2],
    pub(super) end: End,
    steps: usize,
    /// Σ log |1 - η² e_k²|.
    log_factor: f64,
}

impl Run {
    /// u² + v² at the minimum; NaN if there is none.
    pub(super) fn sharpness(&self) -> f64 {
        if let End::Minimum(at) = self.end { sharpness(at) } else { f64::NAN }
    }
}

const ENDED: f64 = 1e-13;
const MOST: usize = 20_000;
/// A run whose u² + v² exceeds this counts as diverged.
const BEYOND: f64 = 1e6;

pub(super) fn run(eta: f64, start: [f64; 2]) -> Run {
    let (mut at, mut log_factor) = (start, 0.0);
    for steps in 0..MOST {
        let e = at[0] * at[1] - 1.0;
        if e.abs() < ENDED {
            return Run { start, end: End::Minimum(at), steps, log_factor };
        }
        if sharpness(at) > BEYOND {
            return Run { start, end: End::Diverged, steps, log_factor };
        }
        log_factor += ln((1.0 - eta * eta * e * e).abs());
        at = step(eta, at);
    }
    Run { start, end: End::Undecided, steps: MOST, log_factor }
}

/// Many starts with one step.
pub(super) struct Sample {
    pub(super) eta: f64,
    pub(super) runs: Vec<Run>,
}

impl Sample {
    /// The runs that came to a minimum, with where.
    pub(super) fn ended(&self) -> impl Iterator<Item = (&Run, [f64; 2])> {
        self.runs.iter().filter_map(|run| match run.end {
            End::Minimum(at) => Some((run, at)),
            End::Diverged | End::Undecided => None,
        })
    }

    pub(super) fn fold(&self, digest: &mut Digest) {
        self.ended().for_each(|(_, at)| digest.fold(&at));
    }
}

/// Of a sample whose ends are looked at, and of one that is only counted.
const STARTS: usize = 2000;
const COUNTED: usize = 20_000;
/// Starts are uniform on the square of this half width.
pub(super) const HALF: f64 = 4.0;

fn sample(seed: Seed, purpose: &str, starts: usize, etas: &[f64]) -> Vec<Sample> {
    let stream = &mut seed.stream("step-size", purpose);
    let starts: Vec<[f64; 2]> =
        (0..starts).map(|_| [stream.uniform(-HALF, HALF), stream.uniform(-HALF, HALF)]).collect();
    let runs = |&eta: &f64| Sample { eta, runs: starts.iter().map(|&start| run(eta, start)).collect() };
    etas.iter().map(runs).collect()
}

/// Three drawn steps, from the same starts.
pub(super) fn samples(seed: Seed) -> Result<Vec<Sample>> {
    let stream = &mut seed.stream("step-size", "steps of the samples");
    let etas = [stream.uniform(0.15, 0.3), stream.uniform(0.4, 0.6), stream.uniform(0.7, 0.95)];
    Ok(sample(seed, "starts", STARTS, &etas))
}

pub(super) const FIVE: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 0.95];

pub(super) fn samples_at_five_steps(seed: Seed) -> Result<Vec<Sample>> {
    Ok(sample(seed, "starts for five steps", COUNTED, &FIVE))
}

/// Below the bound. Near a minimum e is multiplied by 1 - η s in a step; a run that comes to it with e ≠ 0 must have
/// |1 - η s| ≤ 1.
pub(super) fn sharpness_below_the_bound(samples: &[Sample], claims: &mut Claims) {
    for sample in samples {
        let Sample { eta, runs } = sample;
        let bound = 2.0 / eta;
        let ended: Vec<f64> = sample.ended().map(|(_, at)| sharpness(at)).collect();
        claims.at_most(
            format!("η = {eta:.4}: largest u² + v² of {} minima found from {} starts", ended.len(), runs.len()),
            ended.iter().copied().reduce(f64::max).unwrap_or(f64::NAN),
            bound,
            // What is left of e, and what s still moves by.
            Slack::rounding(16.0, bound) + Slack::next_term(4.0 * ENDED, 8.0),
        );
    }
}

/// At minima whose u v is 1 in binary.
pub(super) fn at_sharp_minima(seed: Seed) -> Result<Vec<Sample>> {
    let stream = &mut seed.stream("step-size", "sharp minima");
    let eta = stream.uniform(0.15, 0.9);
    let runs = [[4.0, 0.25], [0.125, 8.0], [-4.0, -0.25]].map(|start| run(eta, start)).to_vec();
    Ok(vec![Sample { eta, runs }])
}

/// Where u v = 1, e and every further step are 0.
pub(super) fn stays_at_sharp_minima(samples: &[Sample], claims: &mut Claims) {
    for (run, at) in samples.iter().flat_map(Sample::ended) {
        claims.equal(
            format!("u² + v² at the end, from ({}, {})", run.start[0], run.start[1]),
            sharpness(at),
            run.start[0] * run.start[0] + 1.0 / (run.start[0] * run.start[0]),
            Slack::rounding(4.0, sharpness(at)),
        );
    }
}

/// Flows from some of the starts.
pub(super) struct Flows {
    pub(super) ends: Vec<([f64; 2], Quantity)>,
}

pub(super) struct Product;

impl Ode for Product {
    fn dim(&self) -> usize {
        2
    }

    fn rate(&self, _: f64, w: &[f64], dw: &mut [f64]) {
        let e = w[0] * w[1] - 1.0;
        (dw[0], dw[1]) = (-e * w[1], -e * w[0]);
    }
}

/// The first few starts of the sample.
pub(super) fn flows(seed: Seed) -> Result<Flows> {
    let stream = &mut seed.stream("step-size", "starts");
    let tolerance = Tolerance::new(1e-12, 1e-12);
    let mut ends = Vec::new();
    while ends.len() < 6 {
        let start = [stream.uniform(-HALF, HALF), stream.uniform(-HALF, HALF)];
        let run = |tolerance| dormand_prince(&Product, 0.0, &start, &[60.0], tolerance);
        let (fine, coarse) = tolerance.twice(run)?;
        let of = |state: &[f64]| sharpness([state[0], state[1]]);
        let s = of(&fine.states[0]);
        let left = (fine.states[0][0] * fine.states[0][1] - 1.0).abs();
        let slack = Slack::integration(s - of(&coarse.states[0]) + fine.local[0])
            + Slack::rounding(fine.roundings[0], s)
            + Slack::next_term(left, 4.0);
        ends.push((start, Quantity::new(s, slack)));
    }
    Ok(Flows { ends })
}

/// The step chooses. u² - v² is multiplied by 1 - η² e² in a step, and s² = (u² - v²)² + 4 (u v)².
fn step_chooses_the_minimum(samples: &[Sample], flows: &Flows, claims: &mut Claims) {
    for (start @ [u, v], s) in &flows.ends {
        let d = u * u - v * v;
        claims.equal(
            format!("u² + v² at the end of the flow from ({:.4}, {:.4})", start[0], start[1]),
            s.clone(),
            (4.0 + d * d).sqrt(),
            Slack::rounding(16.0, 1.0 + d.abs()),
        );
    }
    for sample in samples {
        let Sample { eta, .. } = sample;
        let mut worst = Quantity::from(0.0);
        for (run, at) in sample.ended() {
            let [u, v] = run.start;
            let d = u * u - v * v;
            let kept = d * exp(run.log_factor);
            let (s, predicted) = (sharpness(at), (4.0 + kept * kept).sqrt());
            let apart = (s / predicted - 1.0).abs();
            let slack = Slack::rounding(16.0 * (run.steps + 4) as f64, 1.0 + run.log_factor.abs())
                + Slack::next_term(ENDED, 4.0);
            if apart * worst.slack.total() >= worst.value * slack.total() {
                worst = Quantity::new(apart, slack);
            }
        }
        let slack = worst.slack.clone();
        claims
            .equal(format!("η = {eta:.4}: u² + v² over √(4 + D² Π²), less 1, the worst"), worst.value, 0.0, slack)
            .on("1", 1.0);
    }
}

/// Shares. Exact intervals that hold together; a run that is not decided may be of either kind.
fn share_that_diverges(samples: &[Sample], claims: &mut Claims) {
    let count = |sample: &Sample, end| sample.runs.iter().filter(|run| run.end == end).count();
    let interval = |sample: &Sample, count| exact_interval(count, sample.runs.len(), FAMILY / (3 * FIVE.len()) as f64);
    let intervals: Vec<(f64, f64)> = samples
        .iter()
        .map(|sample| {
            let (diverged, undecided) = (count(sample, End::Diverged), count(sample, End::Undecided));
            (interval(sample, diverged).0, interval(sample, diverged + undecided).1)
        })
        .collect();
    let slack = || Slack::next_term(QUANTILE, 1.0);
    for (k, pair) in intervals.windows(2).enumerate() {
        claims
            .at_least(
                format!("lower end of the share at η = {} less upper end at η = {}", FIVE[k + 1], FIVE[k]),
                pair[1].0 - pair[0].1,
                0.0,
                slack(),
            )
            .on("1", 1.0);
    }
    for sample in samples {
        claims
            .at_most(
                format!("η = {}: share that is not decided, upper end", sample.eta),
                interval(sample, count(sample, End::Undecided)).1,
                0.002,
                slack(),
            )
            .on("1", 1.0);
    }
    claims.at_most(
        format!("η = {}: share that diverges of {COUNTED}, upper end", FIVE[0]),
        intervals[0].1,
        0.15,
        slack(),
    );
    claims.at_least(
        format!("η = {}: share that diverges of {COUNTED}, lower end", FIVE[4]),
        intervals[4].0,
        0.75,
        slack(),
    );
}

/// All intervals, three a step, hold together but for this probability.
const FAMILY: f64 = 1e-6;

/// Starts near minima that are too sharp, and where they are thrown.
pub(super) struct Thrown {
    eta: f64,
    /// δ, 2δ and 4δ from the last to the first.
    throws: [Throw; 3],
    large: Throw,
}

struct Throw {
    delta: f64,
    e_0: f64,
    run: Run,
    first: f64,
    /// s at the end by the closed map.
    closed: f64,
}

fn throw(eta: f64, delta: f64, e_0: f64) -> Throw {
    let s = (2.0 + delta) / eta;
    // u v = 1 + e_0 and u² + v² = s.
    let product = 1.0 + e_0;
    let (sum, difference) = ((s + 2.0 * product).sqrt(), (s - 2.0 * product).sqrt());
    let start = [0.5 * (sum + difference), 0.5 * (sum - difference)];
    let next = step(eta, start);
    let path = closed_path(eta, [start[0] * start[1] - 1.0, sharpness(start)]);
    Throw { delta, e_0, run: run(eta, start), first: next[0] * next[1] - 1.0, closed: path[path.len() - 1][1] }
}

pub(super) fn thrown(seed: Seed) -> Result<Thrown> {
    let stream = &mut seed.stream("step-size", "catapult");
    let eta = stream.uniform(0.2, 0.5);
    let delta = stream.uniform(0.008, 0.012);
    let throws = [4.0, 2.0, 1.0].map(|factor| throw(eta, factor * delta, 1e-9));
    let large = throw(eta, stream.uniform(0.1, 0.2), stream.uniform(0.002, 0.01));
    Ok(Thrown { eta, throws, large })
}

/// Thrown. e_1/e_0 = 1 - η s_0 + η² e_0 (1 + e_0) < -1.
fn catapult(thrown: &Thrown, claims: &mut Claims) {
    let Thrown { eta, large, .. } = thrown;
    let Throw { delta, e_0, run, first, closed } = large;
    let rise = 2.0 * ln((first / e_0).abs());
    claims.equal(
        format!("η = {eta:.4}, e_0 = {e_0:.5}, δ = {delta:.4}: rise of log L in the first step"),
        rise,
        2.0 * ln_1p(delta - eta * eta * e_0 * (1.0 + e_0)),
        Slack::rounding(32.0, 1.0 / e_0),
    );
    claims.at_least("the same, against 0", rise, 0.0, Slack::rounding(32.0, 1.0 / e_0)).on("δ", *delta);
    claims.equal(
        "u² + v² at the end, against the map of e and s",
        run.sharpness(),
        *closed,
        Slack::rounding(64.0 * (run.steps + 4) as f64, 2.0 / eta) + Slack::next_term(ENDED, 64.0),
    );
    claims.at_most("the same, against 2/η", run.sharpness(), 2.0 / eta, Slack::rounding(64.0, 2.0 / eta));
}

/// Thrown as far. The square of the amplitude of e and δ change along a curve that is even in δ to first order.
fn thrown_as_far(thrown: &Thrown, claims: &mut Claims) {
    let Thrown { eta, throws, .. } = thrown;
    let ratios = throws.each_ref().map(|throw| (2.0 - eta * throw.run.sharpness()) / throw.delta);
    let [coarse, fine] = [0, 1].map(|k| 2.0 * ratios[k + 1] - ratios[k]);
    claims.equal(
        format!("(2 - η s)/δ at the end, free of the next order, δ = {:.4}", throws[2].delta),
        fine,
        1.0,
        Slack::next_term(fine - coarse, 1.0)
            + Slack::rounding(64.0 * throws[2].run.steps as f64, 2.0 / throws[2].delta),
    );
}
