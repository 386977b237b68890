//! The normalised flow, dw/dτ of norm one and along which g rises fastest, and what never grows along it.

use super::identity::entropy;
use super::planted::{Motion, Setup, setups};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, difference, exp, ln, log_sum_exp, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "normalised-flow",
    says: "Let the points be separable, and let w move at speed one in a norm so that g = -log Σ e^(-x_n·w) rises at the rate \
           ‖z‖_*, z = ∇g. From any start neither ‖z‖_* nor γτ - g ever grows, and γ‖w‖ - g is never above its value at the start, \
           which is log N at w = 0. From there τ (‖z‖_* - γ) ≤ log N - H.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N1"],
    claims: |lab, c| lab.run(paths).map(|paths| normalised_flow(&paths, c)),
}];

/// The tolerance of the integrator; a second run has a hundred times as much.
const TIGHT: Tolerance = Tolerance { absolute: 1e-13, relative: 1e-14 };

/// Where the flow is.
#[derive(Debug, Clone)]
pub struct Moment {
    pub tau: f64,
    pub w: Vec<f64>,
    pub g: f64,
    pub log_q: Vec<f64>,
    /// ‖z‖_*.
    pub rate: f64,
    /// ∫ ‖z‖_* dτ.
    pub risen: f64,
    /// t L, with t the time of the flow that is not normalised.
    pub clock: f64,
}

/// A flow, by an integrator at two tolerances.
pub struct Path {
    pub setup: Setup,
    pub moments: Vec<Moment>,
    pub coarse: Vec<Moment>,
    /// The local errors of the last steps before each moment: a flow that forgets its start may still be off by so much.
    local: Vec<f64>,
    /// Those of all steps until the end.
    summed: f64,
}

/// g = -log L, the shares of the points in the gradient, by their logarithms, and z = Σ q_n x_n, at w.
pub fn look(points: &Points, loss: Loss, w: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let margins = points.margins(w);
    let g = -log_sum_exp(margins.iter().map(|m| loss.log_value(*m)));
    let pulls: Vec<f64> = margins.iter().map(|m| loss.log_pull(*m)).collect();
    // The exponential loss is its own pull.
    let total = if loss == Loss::Exponential { -g } else { log_sum_exp(pulls.iter().copied()) };
    let log_q: Vec<f64> = pulls.iter().map(|pull| pull - total).collect();
    let q: Vec<f64> = log_q.iter().map(|l| exp(*l)).collect();
    let z = points.combination(&q);
    (g, log_q, z)
}

/// What the excess is at 0, log N, as a scale; of one point it is 0, and the scale 1.
pub fn of_the_start(count: f64) -> (&'static str, f64) {
    if count > 1.0 { ("log N", ln(count)) } else { ("1", 1.0) }
}

/// The state is ∫ ‖z‖_* dτ and t L, and w where it turns: dt/dτ = 1/(L ‖z‖_*).
struct Normalised<'a>(&'a Setup);

impl Normalised<'_> {
    fn position(&self, tau: f64, state: &[f64]) -> Vec<f64> {
        match &self.0.motion {
            Motion::Turning => state[2..].to_vec(),
            sliding => slide(self.0, sliding, tau),
        }
    }
}

/// start + τ speed + a along, with the a between its ends at which g is largest: the z·along that falls as a grows is 0 there, or
/// has the sign that drives a to its end.
fn slide(setup: &Setup, motion: &Motion, tau: f64) -> Vec<f64> {
    let Motion::Sliding { speed, along, low, high } = motion else { unreachable!("a direction that turns") };
    let Setup { points, loss, start, .. } = setup;
    let base = combine(tau, speed, start);
    let parts = points.margins(along);
    // z·along, and its derivative: the shares change by the derivatives of the logarithms of the pulls.
    let slope = |a: f64| {
        let w = combine(a, along, &base);
        let (_, log_q, _) = look(points, *loss, &w);
        let changes: Vec<f64> =
            points.margins(&w).iter().zip(&parts).map(|(u, part)| loss.log_pull_slope(*u) * part).collect();
        let mean = |f: &dyn Fn(usize) -> f64| -> f64 { (0..parts.len()).map(|n| exp(log_q[n]) * f(n)).sum() };
        let (slope, change) = (mean(&|n| parts[n]), mean(&|n| changes[n]));
        (slope, mean(&|n| (changes[n] - change) * parts[n]))
    };
    combine(falling_root(slope, low * tau, high * tau), along, &base)
}

/// The root of a falling function in [low, high], or the end to which it drives: Newton's method, and halving where it leads
/// out of the bracket.
fn falling_root(f: impl Fn(f64) -> (f64, f64), mut low: f64, mut high: f64) -> f64 {
    if f(low).0 <= 0.0 {
        return low;
    }
    if f(high).0 >= 0.0 {
        return high;
    }
    let mut a = 0.5 * (low + high);
    for _ in 0..MOST_HALVINGS {
        let (value, slope) = f(a);
        if value > 0.0 {
            low = a
        } else {
            high = a
        }
        let newton = a - value / slope;
        let next = if low < newton && newton < high { newton } else { 0.5 * (low + high) };
        if (next - a).abs() <= 2.0 * f64::EPSILON * a.abs() {
            return next;
        }
        a = next;
    }
    a
}

const MOST_HALVINGS: usize = 200;

impl Ode for Normalised<'_> {
    fn dim(&self) -> usize {
        match self.0.motion {
            Motion::Turning => 2 + self.0.points.dim(),
            Motion::Sliding { .. } => 2,
        }
    }

    fn rate(&self, tau: f64, state: &[f64], out: &mut [f64]) {
        let (_, _, z) = look(&self.0.points, self.0.loss, &self.position(tau, state));
        let rate = self.0.norm.dual(&z);
        out[0] = rate;
        out[1] = 1.0 / rate - state[1] * rate;
        if let Motion::Turning = self.0.motion {
            out[2..].copy_from_slice(&self.0.norm.steepest(&z));
        }
    }
}

/// Whether the flow, once it slides along an edge, never leaves it: nowhere would the top of g outrun the speed of one.
pub fn stays_on_its_edge(setup: &Setup) -> bool {
    let unit = 1.0 / (setup.kappa() * setup.reference.gamma);
    // Finer where the start is near.
    let times: Vec<f64> = (0..=400).map(|k| 10.0 * unit * pow(f64::from(k) / 400.0, 3.0)).collect();
    let path: Vec<Vec<f64>> = times.iter().map(|tau| slide(setup, &setup.motion, *tau)).collect();
    let step = |k: usize| setup.norm.length(&difference(&path[k], &path[k - 1])) / (times[k] - times[k - 1]);
    (1..=400).all(|k| step(k) <= 1.0 + 1e-6)
}

impl Path {
    /// The flow at the times τ.
    pub fn new(setup: Setup, times: &[f64]) -> Result<Path> {
        let ode = Normalised(&setup);
        let mut state = vec![0.0; 2];
        if let Motion::Turning = setup.motion {
            state.extend(&setup.start);
        }
        let (fine, coarse) = TIGHT.twice(|tolerance| dormand_prince(&ode, 0.0, &state, times, tolerance))?;
        let moment = |(tau, state): (&f64, &Vec<f64>)| {
            let w = ode.position(*tau, state);
            let (g, log_q, z) = look(&setup.points, setup.loss, &w);
            Moment { tau: *tau, g, log_q, rate: setup.norm.dual(&z), risen: state[0], clock: state[1], w }
        };
        let moments = times.iter().zip(&fine.states).map(moment).collect();
        let coarse = times.iter().zip(&coarse.states).map(moment).collect();
        Ok(Path { moments, coarse, local: fine.local, summed: fine.summed, setup })
    }

    /// The last moment.
    pub fn end(&self) -> &Moment {
        &self.moments[self.moments.len() - 1]
    }

    /// What a number is off by at a moment: the integrator's error, and roundings.
    pub fn error(&self, k: usize, number: impl Fn(&Moment) -> f64) -> Slack {
        let difference = (number(&self.moments[k]) - number(&self.coarse[k])).abs();
        let reach = self.setup.points.radius().max(1.0);
        Slack::integration(difference) + Slack::integration(reach * self.local[k]) + self.rounding(k)
    }

    /// The same over all moments.
    fn largest_error(&self, number: impl Fn(&Moment) -> f64) -> Slack {
        let errors = (0..self.moments.len()).map(|k| self.error(k, &number));
        errors.reduce(|a, b| if b.total() > a.total() { b } else { a }).expect("there are moments")
    }

    /// The roundings of g, on the scale of the margins.
    pub fn rounding(&self, k: usize) -> Slack {
        let sizes = |x: &[f64]| x.iter().zip(&self.moments[k].w).map(|(x, w)| (x * w).abs()).sum::<f64>();
        let scale = self.setup.points.rows().map(sizes).fold(1.0, f64::max);
        Slack::rounding(4.0 * (self.setup.points.dim() + self.setup.points.count()) as f64, scale)
    }
}

/// The stops of every path: twenty while the shares settle, two where the share of the next point is about e^-10 and e^-14,
/// and one where it is a rounding.
pub const WATCHED: [usize; 3] = [20, 21, 22];

pub fn stops(setup: &Setup) -> Vec<f64> {
    let unit = 1.0 / (setup.kappa() * setup.reference.gamma);
    let early = (0..20).map(|k| 8.0 * unit * pow(0.7, f64::from(19 - k)));
    early.chain([10.0 * unit, 14.0 * unit, 45.0 * unit]).collect()
}

/// Every setup from its start and from 0.
pub fn paths(seed: Seed) -> Result<Vec<Path>> {
    let setups = setups(seed)?;
    let both = setups.iter().flat_map(|setup| [setup.clone(), setup.at_zero()]);
    both.map(|setup| Path::new(setup.clone(), &stops(&setup))).collect()
}

/// What never grows. g rises at the rate ‖z‖_*, which is at least γ = min ‖Σ p x‖_*. And z falls along w: g is concave,
/// z·v ≤ z_0·v at a later time for v = dw/dτ, so that ‖z‖_* = z·v never grows. ‖w‖ rises by at most τ.
pub(super) fn normalised_flow(paths: &[Path], claims: &mut Claims) {
    for path in paths {
        let Path { setup, moments, .. } = path;
        let (name, gamma, count) = (&setup.name, setup.reference.gamma, setup.points.count() as f64);
        let (start_g, _, start_z) = look(&setup.points, setup.loss, &setup.start);
        let start = Moment {
            tau: 0.0,
            w: setup.start.clone(),
            g: start_g,
            log_q: vec![],
            rate: setup.norm.dual(&start_z),
            risen: 0.0,
            clock: 0.0,
        };
        let all: Vec<&Moment> = std::iter::once(&start).chain(moments).collect();
        let most = |f: &dyn Fn(&Moment, &Moment) -> f64| -> f64 {
            all.windows(2).map(|pair| f(pair[0], pair[1])).fold(f64::NEG_INFINITY, f64::max)
        };
        let speed = |a: &Moment, b: &Moment| setup.norm.length(&difference(&b.w, &a.w)) / (b.tau - a.tau);
        let error = |number: &dyn Fn(&Moment) -> f64| path.largest_error(number);
        let shortest = all.windows(2).map(|pair| pair[1].tau - pair[0].tau).fold(f64::INFINITY, f64::min);
        claims.at_most(
            format!("{name}: largest ‖Δw‖/Δτ"),
            most(&speed),
            1.0,
            error(&|at| setup.norm.length(&at.w)).times(2.0 / shortest),
        );
        let end = path.end();
        claims.equal(
            format!("{name}: g less its start, against ∫ ‖z‖_* dτ"),
            end.g - start_g,
            end.risen,
            // The integral is a sum of what each step adds and forgets none of it: two runs may agree on it by chance.
            error(&|at| at.g) + error(&|at| at.risen) + Slack::integration(path.summed),
        );
        let turn = || error(&|at| at.rate);
        let (scale, at_the_start) = of_the_start(count);
        claims
            .at_most(format!("{name}: largest rise of ‖z‖_*"), most(&|a, b| b.rate - a.rate), 0.0, turn())
            .on("γ", gamma);
        let lag = |at: &Moment| gamma * at.tau - at.g;
        claims
            .at_most(
                format!("{name}: largest rise of γτ - g"),
                most(&|a, b| lag(b) - lag(a)),
                0.0,
                error(&lag).times(2.0),
            )
            .on(scale, at_the_start);
        let excess = |at: &Moment| gamma * setup.norm.length(&at.w) - at.g;
        let largest = all.iter().map(|at| excess(at)).fold(f64::NEG_INFINITY, f64::max);
        let what = if setup.start.iter().all(|w| *w == 0.0) { "log N" } else { "γ‖w(0)‖ - g(0)" };
        claims.at_most(format!("{name}: largest γ‖w‖ - g, against {what}"), largest, excess(&start), error(&excess));
        if setup.start.iter().all(|w| *w == 0.0) {
            let late = |at: &Moment| at.tau * (at.rate - gamma);
            let largest = all.iter().map(|at| late(at)).fold(f64::NEG_INFINITY, f64::max);
            let bound = ln(count) - entropy(&setup.reference.p);
            claims
                .at_most(format!("{name}: largest τ (‖z‖_* - γ)"), largest, bound, error(&late))
                .on(scale, at_the_start);
        }
    }
}
