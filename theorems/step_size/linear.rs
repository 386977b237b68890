//! Least squares: whatever the steps, the same limit.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::problem::regression::{Planted, plant};
use theoremcheck::real::{axpy, distance, dot, exp, ln, ln_1p, norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "any-schedule",
    says: "Let X w = y have a solution, let σ_i > 0 and v_i be the singular values of X and its right singular vectors, and let gradient descent on \
           |X w - y|²/2 take steps η_j in [ε, 2/σ_1² - ε] for an ε > 0, each as it likes. Then w_k = w∞ + Σ_i p_i <v_i, w_0 - w∞> v_i with \
           p_i the product of all 1 - η_j σ_i², j < k, and w_k tends to w∞, the zero of the loss nearest to the start, which does not depend on the steps.",
    kind: Kind::Counterexample,
    standing: Standing::ProvedHere,
    notes: &["N22"],
    claims: |lab, c| lab.run(schedules).map(|schedules| any_schedule(&schedules, c)),
}];

/// One problem and one start, with several schedules of steps.
pub(super) struct Schedules {
    planted: Planted,
    start: Vec<f64>,
    pub(super) runs: Vec<Scheduled>,
}

/// A run, early and late, and what its steps make of each component.
pub(super) struct Scheduled {
    name: &'static str,
    steps: [usize; 2],
    pub(super) early: Vec<f64>,
    pub(super) late: Vec<f64>,
    /// Σ log |1 - η_j σ_i²| and the sign of the product, for each i, early and late.
    factors: [Vec<(f64, f64)>; 2],
    /// The least and the largest η σ_1².
    range: [f64; 2],
}

impl Schedules {
    /// The least and the largest η σ_1² of all runs.
    pub(super) fn range(&self) -> [f64; 2] {
        self.runs.iter().fold([f64::INFINITY, 0.0], |[low, high], run| [low.min(run.range[0]), high.max(run.range[1])])
    }
}

const STEPS_LATE: usize = 1200;
/// Steps in units of 1/σ_1²: from here to here.
const ALLOWED: [f64; 2] = [0.2, 1.8];

pub(super) fn schedules(seed: Seed) -> Result<Schedules> {
    scheduled(seed, ALLOWED)
}

/// Steps that are all too long.
pub(super) fn schedules_too_long(seed: Seed) -> Result<Schedules> {
    scheduled(seed, [2.05, 2.2])
}

/// Three schedules with steps between two multiples of 1/σ_1².
fn scheduled(seed: Seed, [low, high]: [f64; 2]) -> Result<Schedules> {
    let stream = &mut seed.stream("step-size", "schedules");
    let rank = stream.uniform(2.0, 5.0).floor() as usize;
    let dim = rank + stream.uniform(1.0, 4.0).floor() as usize;
    let top = stream.uniform(1.0, 3.0);
    let sigma: Vec<f64> = (0..rank).map(|i| if i == 0 { top } else { top * stream.uniform(0.4, 0.95) }).collect();
    let planted = plant(&sigma, dim, stream);
    let start = stream.normals(dim);
    let unit = 1.0 / (top * top);
    let early = stream.uniform(5.0, 15.0).floor() as usize;
    let constant = stream.uniform(low, high);
    let falling = |j: usize| low + (high - low) / (1.0 + j as f64).sqrt();
    let drawn: Vec<f64> = (0..STEPS_LATE).map(|_| stream.uniform(low, high)).collect();
    let runs = vec![
        descend("constant steps", &planted, &start, |_| unit * constant, early),
        descend("falling steps", &planted, &start, |j| unit * falling(j), early),
        descend("steps drawn anew", &planted, &start, |j| unit * drawn[j], early),
    ];
    Ok(Schedules { planted, start, runs })
}

fn descend(
    name: &'static str,
    planted: &Planted,
    start: &[f64],
    eta: impl Fn(usize) -> f64,
    early: usize,
) -> Scheduled {
    let mut w = start.to_vec();
    let mut factors = vec![(0.0, 1.0); planted.sigma.len()];
    let mut range = [f64::INFINITY, 0.0_f64];
    let mut seen = Vec::new();
    for j in 0..=STEPS_LATE {
        if j == early || j == STEPS_LATE {
            seen.push((w.clone(), factors.clone()));
        }
        let eta = eta(j.min(STEPS_LATE - 1));
        let share = eta * planted.sigma[0] * planted.sigma[0];
        range = [range[0].min(share), range[1].max(share)];
        axpy(-eta, &planted.problem.gradient(&w), &mut w);
        for ((log, sign), sigma) in factors.iter_mut().zip(&planted.sigma) {
            let factor: f64 = 1.0 - eta * sigma * sigma;
            *log += ln(factor.abs());
            *sign *= factor.signum();
        }
    }
    let (late, early_state) = (seen.remove(1), seen.remove(0));
    Scheduled {
        name,
        steps: [early, STEPS_LATE],
        early: early_state.0,
        late: late.0,
        factors: [early_state.1, late.1],
        range,
    }
}

/// Any schedule. w - w∞ is multiplied by 1 - η_j X'X, whatever η_j.
pub(super) fn any_schedule(schedules: &Schedules, claims: &mut Claims) {
    let Schedules { planted, start, runs } = schedules;
    let rank = planted.sigma.len();
    let mut limit = planted.min_norm();
    for z in &planted.axes[rank..] {
        axpy(dot(z, start), z, &mut limit);
    }
    let dim = start.len() as f64;
    let size = norm(start) + norm(&limit);
    let rounding = |steps: usize| Slack::rounding((steps as f64 + 8.0) * (4.0 * dim + 8.0), size);
    for run in runs {
        let Scheduled { name, steps, early, late, factors, .. } = run;
        for i in [0, rank - 1] {
            let v = &planted.axes[i];
            let (log, sign) = factors[0][i];
            let left = sign * exp(log);
            claims
                .equal(
                    format!("{name}: component of w along v_{} after {} steps", i + 1, steps[0]),
                    dot(v, early),
                    planted.coordinates[i] + left * (dot(v, start) - planted.coordinates[i]),
                    rounding(steps[0]),
                )
                .on("|w_0| + |w∞|", size);
        }
        // The shortest steps that are allowed leave this of the way.
        let least = planted.sigma.iter().fold(f64::INFINITY, |least, s| s.min(least)) / planted.sigma[0];
        let slowest = steps[1] as f64 * ln_1p(-ALLOWED[0] * least * least);
        claims
            .equal(
                format!("{name}: |w - w∞| after {} steps", steps[1]),
                distance(late, &limit),
                0.0,
                rounding(steps[1]) + Slack::next_term(exp(slowest) * size, 1.0),
            )
            .on("|w_0| + |w∞|", size);
    }
}

/// log |w - w∞| of each run, and what the largest factor makes of it: for steps that are too long.
pub(super) fn growth(schedules: &Schedules, claims: &mut Claims) {
    let Schedules { planted, start, runs } = schedules;
    let v = &planted.axes[0];
    for run in runs {
        let (log, _) = run.factors[1][0];
        let began = dot(v, start) - planted.coordinates[0];
        // A factor 1 - η σ_1² is as uncertain as η X'X, by so many roundings of its own size.
        let [least, most] = run.range;
        let spread = dot(&planted.sigma, &planted.sigma) / (planted.sigma[0] * planted.sigma[0]);
        let uncertain = (1.0 + most * spread) / (least - 1.0);
        claims.equal(
            format!("{}: log of the component of w - w∞ along v_1 after {} steps", run.name, run.steps[1]),
            ln((dot(v, &run.late) - planted.coordinates[0]).abs()),
            ln(began.abs()) + log,
            Slack::rounding(
                (run.steps[1] as f64 + 8.0) * (4.0 * start.len() as f64 + 8.0),
                uncertain + (norm(start) + norm(&planted.coordinates)) / began.abs(),
            ),
        );
    }
}
