//! Filters and risks, eigenvalue by eigenvalue, on random spectra.

use super::constants::{Largest, of_tuned, of_variances, tuned};
use super::estimators::{
    Design, Estimate, Estimator, Weighing, descent, flow_from, isotropic, log_uniform, over, ridge, risk,
};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{combine, dot, exp, exp_m1, norm};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "filters",
        says: "Let s_i be the eigenvalues of X'X/n and x_i = t s_i. The gradient flow of |X b - y|²/2n from 0 has at time t the \
               component (1 - e^(-x_i)) of X⁺ y along v_i, and ridge with λ = 1/t the component x_i/(1 + x_i).",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(paths).map(|paths| filters(&paths, c)),
    },
    Step {
        id: "eigenwise-ratios",
        says: "Let s_i > 0 and σ² > 0. For y = X β + noise the flow's bias along v_i is (1 + x_i) e^(-x_i) times that of ridge with λ = 1/t, which is at most 1, \
               and its variance ((1 - e^(-x_i))(1 + x_i)/x_i)² times that of ridge, which is at least 1.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| lab.run(instances).map(|instances| eigenwise_ratios(&instances[0], c)),
    },
    Step {
        id: "risk-never-above",
        says: "With λ = 1/t and uncorrelated noise of variance σ² > 0 the risk of the flow is at most c = 1.68590.. times that of ridge, at \
               every t > 0, for every X and σ²: the risk of estimation and that in the sample for every β, and the risk on new \
               examples of any covariance in the mean over an isotropic prior of β that is uncorrelated with the noise.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            let largest = lab.once(of_variances)?;
            lab.run(instances).map(|instances| risk_never_above(&instances, &largest, c))
        },
    },
    Step {
        id: "tuned-risk",
        says: "Let β have mean 0 and covariance τ² I, τ² > 0, and let the noise be uncorrelated, with β too, of variance σ² > 0. Ridge with λ = σ²/(n τ²) has the \
               least mean risk of all λ, and the flow at t = 1/λ has a mean risk between 1 and 1.21467 times as large: of estimation, in \
               the sample and on new examples of any covariance.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            let largest = lab.once(of_tuned)?;
            lab.run(instances).map(|instances| tuned_risk(&instances, &largest, c))
        },
    },
    Step {
        id: "simulated-risk",
        says: "Gaussian noise drawn anew half a million times: the mean of |b - β|² is the risk that the matrices of the \
               estimators give.",
        kind: Kind::Refinement,
        standing: Standing::Observed,
        notes: &[],
        claims: |lab, c| {
            let instances = lab.run(instances)?;
            lab.run(simulated).map(|means| simulated_risk(&instances[0], &means, c))
        },
    },
];

/// Both paths for one y, at several times.
pub(super) struct Paths {
    pub(super) design: Design,
    pub(super) y: Vec<f64>,
    pub(super) start: Vec<f64>,
    /// t, the flow, ridge.
    pub(super) seen: Vec<(f64, Estimate, Estimate)>,
}

/// From where designs, times and noises are drawn, and what the estimators are.
pub(super) struct Rule {
    /// The eigenvalues.
    pub(super) spectrum: [f64; 2],
    /// The largest x.
    pub(super) reach: [f64; 2],
    /// σ² over |β|²: from hardly any noise to hardly any signal.
    pub(super) noise: [f64; 2],
    /// λ t.
    pub(super) penalty: f64,
    /// Gradient descent with so many steps in the place of the flow.
    pub(super) steps: Option<u32>,
}

pub(super) const USUAL: Rule =
    Rule { spectrum: [0.03, 4.0], reach: [0.5, 12.0], noise: [0.01, 1e3], penalty: 1.0, steps: None };

/// n examples, d features and r eigenvalues, all drawn; n may be below d.
fn drawn_design(stream: &mut Stream, [low, high]: [f64; 2]) -> Result<Design> {
    let count = stream.uniform(4.0, 8.0).floor() as usize;
    let dim = stream.uniform(3.0, 7.0).floor() as usize;
    let rank = count.min(dim).min(stream.uniform(2.0, 6.0).floor() as usize);
    let s = (0..rank).map(|_| log_uniform(stream, low, high)).collect();
    Design::new(s, count, dim, stream)
}

pub(super) fn paths(seed: Seed) -> Result<Paths> {
    paths_from(seed, |dim| vec![0.0; dim])
}

pub(super) fn paths_from(seed: Seed, start: impl FnOnce(usize) -> Vec<f64>) -> Result<Paths> {
    let stream = &mut seed.stream("early-stopping", "paths");
    let design = drawn_design(stream, USUAL.spectrum)?;
    let y = stream.normals(design.count());
    let start = start(design.dim());
    let mut seen = Vec::new();
    for around in [0.3, 3.0, 20.0] {
        let t = around * stream.uniform(0.7, 1.4) / design.largest();
        seen.push((t, flow_from(&start, &design.x, &y, t)?, ridge(&design.x, &y, 1.0 / t)));
    }
    Ok(Paths { design, y, start, seen })
}

/// The filters. Along v_i the flow is b' = s_i (c_i - b), and ridge solves (s_i + λ) b = s_i c_i, where c_i is the
/// component of X⁺ y.
pub(super) fn filters(paths: &Paths, claims: &mut Claims) {
    let Paths { design, y, seen, .. } = paths;
    let count = design.count() as f64;
    for (t, flow, ridge) in seen {
        for (i, s) in design.s.iter().enumerate() {
            let x = t * s;
            let of_least_squares = dot(&design.left[i], y) / (count * s).sqrt();
            let component = |estimate: &Estimate| {
                Quantity::new(dot(&design.right[i], &estimate.b), estimate.slack.clone()).with(design.rounding(y))
            };
            claims
                .equal(
                    format!("flow along v_{}, t = {t:.4}, x = {x:.4}", i + 1),
                    component(flow),
                    -exp_m1(-x) * of_least_squares,
                    design.rounding(y),
                )
                .on("|b(t)|", norm(&flow.b));
            claims
                .equal(
                    format!("ridge along v_{}, λ = {:.4}", i + 1, 1.0 / t),
                    component(ridge),
                    x / (1.0 + x) * of_least_squares,
                    design.rounding(y),
                )
                .on("|b|", norm(&ridge.b));
        }
    }
}

impl Design {
    /// Of the planted bases and eigenvalues, in an estimate for y.
    pub(super) fn rounding(&self, y: &[f64]) -> Slack {
        let least = self.s.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = self.largest();
        let size = norm(y) / (self.count() as f64 * least).sqrt();
        Slack::rounding(16.0 * (self.count() + self.dim()) as f64, size * (largest / least).sqrt())
    }
}

/// A design with a signal and noise, and both estimators at the same time; and both where ridge is tuned to a prior.
pub(super) struct Instance {
    pub(super) design: Design,
    pub(super) t: f64,
    pub(super) lambda: f64,
    pub(super) beta: Vec<f64>,
    pub(super) noise: f64,
    /// R with Σ = R'R, the covariance of new examples.
    pub(super) root: Points,
    /// e_1, .., e_d: their risks add up to the mean over a prior of variance 1.
    pub(super) prior: Vec<Vec<f64>>,
    /// How many steps of gradient descent stand for the flow, if it is not the flow itself.
    pub(super) steps: Option<u32>,
    pub(super) flow: Estimator,
    pub(super) ridge: Estimator,
    /// Ridge with λ a little smaller and larger.
    beside: [Estimator; 2],
}

/// How many instances there are.
const INSTANCES: usize = 5;

pub(super) fn instances(seed: Seed) -> Result<Vec<Instance>> {
    let stream = &mut seed.stream("early-stopping", "instances");
    (0..INSTANCES).map(|_| instance(stream, &USUAL)).collect()
}

pub(super) fn instance(stream: &mut Stream, rule: &Rule) -> Result<Instance> {
    let design = drawn_design(stream, rule.spectrum)?;
    let dim = design.dim();
    let t = log_uniform(stream, rule.reach[0], rule.reach[1]) / design.largest();
    let beta = stream.normals(dim);
    let noise = dot(&beta, &beta) * log_uniform(stream, rule.noise[0], rule.noise[1]);
    let root = Points::new(dim, stream.normals(dim * dim))?;
    let lambda = rule.penalty / t;
    let flow = match rule.steps {
        None => Estimator::flow(&design.x, t)?,
        Some(steps) => descent(&design.x, t, steps),
    };
    let [ridge, less, more] = [1.0, 1.0 / BESIDE, BESIDE].map(|factor| Estimator::ridge(&design.x, factor * lambda));
    let prior = isotropic(dim, 1.0);
    Ok(Instance {
        design,
        t,
        lambda,
        beta,
        noise,
        root,
        prior,
        steps: rule.steps,
        flow,
        ridge: ridge?,
        beside: [less?, more?],
    })
}

/// The factor of the λ beside the tuned one.
const BESIDE: f64 = 1.25;

impl Instance {
    /// Risk of the flow over that of ridge.
    pub(super) fn ratio(&self, signals: &[Vec<f64>], noise: f64, weighing: &Weighing) -> Quantity {
        let of = |a: &Estimator| risk(a, &self.design.x, signals, noise, weighing);
        over(of(&self.flow), of(&self.ridge))
    }

    /// The same by the filters: Σ weight_i (signal_i (1 - f_i)² + noise f_i²/(n s_i)) for both.
    fn predicted(&self, weight: impl Fn(usize, f64) -> f64, signal: impl Fn(usize) -> f64, noise: f64) -> f64 {
        let count = self.design.count() as f64;
        let sum = |left: fn(f64) -> f64, done_over_x: fn(f64) -> f64| -> f64 {
            let term = |(i, s): (usize, f64)| {
                let x = self.t * s;
                let spread = done_over_x(x) * self.t;
                weight(i, s) * (signal(i) * left(x) * left(x) + noise * spread * spread * s / count)
            };
            self.design.all_s().enumerate().map(term).sum()
        };
        let flow = sum(|x| exp(-x), |x| if x > 0.0 { -exp_m1(-x) / x } else { 1.0 });
        flow / sum(|x| 1.0 / (1.0 + x), |x| 1.0 / (1.0 + x))
    }

    fn along(&self, i: usize) -> f64 {
        let component = dot(&self.design.right[i], &self.beta);
        component * component
    }

    /// v_i'Σ v_i.
    fn covariance_along(&self, i: usize) -> f64 {
        let weighed = self.root.margins(&self.design.right[i]);
        dot(&weighed, &weighed)
    }

    /// The noise for which ridge is tuned to a prior of variance 1.
    fn tuned_noise(&self) -> f64 {
        self.design.count() as f64 / self.t
    }

    pub(super) fn rounding(&self) -> Slack {
        let (count, dim) = (self.design.count() as f64, self.design.dim() as f64);
        Slack::rounding(32.0 * (count + dim) * dim, 1.0)
    }
}

/// Eigenvalue by eigenvalue. 1 - f is e^-x and 1/(1 + x), and the variance σ² f²/(n s).
fn eigenwise_ratios(instance: &Instance, claims: &mut Claims) {
    let Instance { design, flow, ridge, t, .. } = instance;
    for (i, s) in design.s.iter().enumerate() {
        let (x, v) = (t * s, &design.right[i]);
        let bias = |a: &Estimator| {
            let lack = dot(v, &a.bias(&design.x, v));
            Quantity::new(lack, a.slack.times_of(design)).with(instance.rounding())
        };
        let expected = (1.0 + x) * exp(-x);
        claims.equal(
            format!("bias of the flow over that of ridge along v_{}, x = {x:.4}", i + 1),
            over(bias(flow), bias(ridge)),
            expected,
            Slack::rounding(8.0, expected),
        );
        claims.at_most(
            format!("the same along v_{}, against 1", i + 1),
            over(bias(flow), bias(ridge)),
            1.0,
            Slack::rounding(8.0, 1.0),
        );
        let variance = |a: &Estimator| {
            let row: Vec<f64> = a.columns.iter().map(|column| dot(v, column)).collect();
            Quantity::new(dot(&row, &row), a.slack.clone().times(2.0 * norm(&row)))
                .with(instance.rounding().times(dot(&row, &row)))
        };
        let root = -exp_m1(-x) * (1.0 + x) / x;
        claims.equal(
            format!("variance of the flow over that of ridge along v_{}", i + 1),
            over(variance(flow), variance(ridge)),
            root * root,
            Slack::rounding(16.0, 1.0),
        );
        claims.at_least(
            format!("the same along v_{}, against 1", i + 1),
            over(variance(flow), variance(ridge)),
            1.0,
            Slack::rounding(16.0, 1.0),
        );
    }
}

trait Propagated {
    fn times_of(&self, design: &Design) -> Slack;
}

impl Propagated for Slack {
    /// An error of A as one of A X.
    fn times_of(&self, design: &Design) -> Slack {
        self.clone().times(design.x.rows().map(|x| dot(x, x)).sum::<f64>().sqrt())
    }
}

/// The ratio furthest up, with its error.
fn largest_of(ratios: Vec<Quantity>) -> Quantity {
    ratios.into_iter().max_by(|a, b| a.value.total_cmp(&b.value)).expect("some instances")
}

/// The ratio of the risks, measured and by the filters.
type Ratio = fn(&Instance) -> (Quantity, f64);

/// Never above. Both risks are sums of the same weights times biases and variances, and a ratio of sums of positive
/// numbers is at most the largest of the ratios.
pub(super) fn risk_never_above(instances: &[Instance], largest: &Largest, claims: &mut Claims) {
    let kinds: [(&str, Ratio); 3] = [
        ("estimation", |run| {
            let measured = run.ratio(std::slice::from_ref(&run.beta), run.noise, &Weighing::Estimation);
            (measured, run.predicted(|_, _| 1.0, |i| run.along(i), run.noise))
        }),
        ("in the sample", |run| {
            let measured = run.ratio(std::slice::from_ref(&run.beta), run.noise, &Weighing::InSample);
            (measured, run.predicted(|_, s| s, |i| run.along(i), run.noise))
        }),
        ("on new examples, isotropic prior", |run| {
            let noise = run.noise / dot(&run.beta, &run.beta);
            let measured = run.ratio(&run.prior, noise, &Weighing::OutOfSample(&run.root));
            (measured, run.predicted(|i, _| run.covariance_along(i), |_| 1.0, noise))
        }),
    ];
    for (name, of) in kinds {
        for (k, run) in instances.iter().enumerate() {
            let (measured, predicted) = of(run);
            claims.equal(
                format!("{name}, design {}: risk of the flow over that of ridge", k + 1),
                measured,
                predicted,
                run.rounding(),
            );
        }
        let ratios = instances.iter().map(|run| of(run).0).collect();
        claims.at_most(
            format!("{name}: the largest of {}, against c", instances.len()),
            largest_of(ratios),
            largest.value,
            largest.certified(),
        );
    }
}

/// Ridge tuned. Of a prior of covariance τ² and noise σ² the posterior mean is ridge with λ = σ²/(n τ²).
pub(super) fn tuned_risk(instances: &[Instance], largest: &Largest, claims: &mut Claims) {
    for (name, weighing) in [("estimation", 0), ("in the sample", 1), ("on new examples", 2)] {
        let mut ratios = Vec::new();
        let mut least_beside = f64::INFINITY;
        for (k, run) in instances.iter().enumerate() {
            let (weighing, weight): (Weighing, Box<dyn Fn(usize, f64) -> f64>) = match weighing {
                0 => (Weighing::Estimation, Box::new(|_, _| 1.0)),
                1 => (Weighing::InSample, Box::new(|_, s| s)),
                _ => (Weighing::OutOfSample(&run.root), Box::new(|i, _| run.covariance_along(i))),
            };
            let ratio = run.ratio(&run.prior, run.tuned_noise(), &weighing);
            // Weighed by the risk of ridge, which is τ²/(1 + x).
            let (mut above, mut below) = (0.0, 0.0);
            for (i, s) in run.design.all_s().enumerate() {
                let x = run.t * s;
                let part = weight(i, s) / (1.0 + x);
                above += part * if x > 0.0 { tuned(x) } else { 1.0 };
                below += part;
            }
            claims.equal(
                format!("{name}, design {}: mean risk of the flow over that of tuned ridge", k + 1),
                ratio.clone(),
                above / below,
                run.rounding(),
            );
            ratios.push(ratio);
            let of = |a: &Estimator| risk(a, &run.design.x, &run.prior, run.tuned_noise(), &weighing).value;
            let beside = of(&run.beside[0]).min(of(&run.beside[1]));
            least_beside = least_beside.min(beside / of(&run.ridge));
        }
        let least = ratios.iter().map(|ratio| ratio.value).fold(f64::INFINITY, f64::min);
        let rounding = || instances[0].rounding();
        claims.at_least(format!("{name}: the least of {}", instances.len()), least, 1.0, rounding());
        claims.at_most(
            format!("{name}: the largest of {}", instances.len()),
            largest_of(ratios),
            largest.value,
            largest.certified(),
        );
        claims.at_least(
            format!("{name}: risk of ridge with λ {BESIDE} times larger or smaller over the tuned, the least"),
            least_beside,
            1.0,
            rounding(),
        );
    }
}

/// How many noises are drawn.
const DRAWS: usize = 1 << 19;
/// Both claims hold but for about two seeds in a million, if the means are taken to be normal.
const CONFIDENCE: f64 = 1.0 - 1e-6;

/// The mean of |b - β|² over the noise, for the flow and for ridge.
pub(super) fn simulated(seed: Seed) -> Result<[f64; 2]> {
    let instance = &instances(seed)?[0];
    let Instance { design, beta, noise, flow, ridge, .. } = instance;
    let stream = &mut seed.stream("early-stopping", "noise");
    let signal = design.x.margins(beta);
    let mut sums = [0.0; 2];
    for _ in 0..DRAWS {
        let y = combine(noise.sqrt(), &stream.normals(design.count()), &signal);
        for (sum, estimator) in sums.iter_mut().zip([flow, ridge]) {
            let error = combine(-1.0, beta, &estimator.apply(&y));
            *sum += dot(&error, &error);
        }
    }
    Ok(sums.map(|sum| sum / DRAWS as f64))
}

/// Simulated. |A ε + m|² with Gaussian ε has the variance 2σ^4 |A'A|² + 4σ² |A'm|².
fn simulated_risk(instance: &Instance, means: &[f64; 2], claims: &mut Claims) {
    let Instance { design, beta, noise, flow, ridge, .. } = instance;
    for (name, estimator, mean) in [("flow", flow, means[0]), ("ridge", ridge, means[1])] {
        let exact = risk(estimator, &design.x, std::slice::from_ref(beta), *noise, &Weighing::Estimation);
        let lack = estimator.bias(&design.x, beta);
        let gram = |a: &Vec<f64>| -> f64 { estimator.columns.iter().map(|b| dot(a, b) * dot(a, b)).sum() };
        let spread: f64 = estimator.columns.iter().map(gram).sum();
        let turned: f64 = estimator.columns.iter().map(|a| dot(a, &lack) * dot(a, &lack)).sum();
        let variance = 2.0 * noise * noise * spread + 4.0 * noise * turned;
        claims.equal(
            format!("mean of |b - β|² for the {name}, {DRAWS} noises"),
            mean,
            exact.value,
            Slack::sampling(CONFIDENCE, (variance / DRAWS as f64).sqrt()) + exact.slack,
        );
    }
}
