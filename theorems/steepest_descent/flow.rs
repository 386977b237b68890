//! The normalised flow, dw/dτ of norm one and along which g rises fastest, and what never grows along it.

use super::norm::Norm;
use super::planted::{Motion, Setup, setups};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{bisect, combine, difference, dot, exp, ln, log_sum_exp, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "normalised-flow",
    says: "Let the points be separable, and let w move at speed one in a norm so that g = -log Σ e^(-x_n·w) rises at the rate \
           ‖z‖_*, z = ∇g. From any start neither ‖z‖_* nor γτ - g ever grows, and γ‖w‖ - g is at most its value at the start plus \
           what ‖w‖ - τ lost; from w = 0 that is log N.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N1"],
    claims: |lab, c| lab.run(paths).map(|paths| normalised_flow(&paths, c)),
}];

/// The tolerance of the integrator; a second run has a hundred times as much.
const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };

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
    /// Roundings up to each moment.
    pub roundings: Vec<f64>,
}

/// g, log q and z at w.
pub fn look(points: &Points, w: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let margins = points.margins(w);
    let g = -log_sum_exp(margins.iter().map(|m| -m));
    let log_q: Vec<f64> = margins.iter().map(|m| g - m).collect();
    let q: Vec<f64> = log_q.iter().map(|l| exp(*l)).collect();
    let z = points.combination(&q);
    (g, log_q, z)
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

/// start + τ speed + a along, with the a between its ends at which g is largest.
fn slide(setup: &Setup, motion: &Motion, tau: f64) -> Vec<f64> {
    let Motion::Sliding { speed, along, low, high } = motion else { unreachable!("a direction that turns") };
    let base = combine(tau, speed, &setup.start);
    let slope = |a: f64| dot(&look(&setup.points, &combine(a, along, &base)).2, along);
    let (low, high) = (low * tau, high * tau);
    let a = if slope(low) <= 0.0 {
        low
    } else if slope(high) >= 0.0 {
        high
    } else {
        bisect(slope, low, high)
    };
    combine(a, along, &base)
}

impl Ode for Normalised<'_> {
    fn dim(&self) -> usize {
        match self.0.motion {
            Motion::Turning => 2 + self.0.points.dim(),
            Motion::Sliding { .. } => 2,
        }
    }

    fn rate(&self, tau: f64, state: &[f64], out: &mut [f64]) {
        let (_, _, z) = look(&self.0.points, &self.position(tau, state));
        let rate = self.0.norm.dual(&z);
        out[0] = rate;
        out[1] = 1.0 / rate - state[1] * rate;
        if let Motion::Turning = self.0.motion {
            out[2..].copy_from_slice(&self.0.norm.steepest(&z));
        }
    }
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
            let (g, log_q, z) = look(&setup.points, &w);
            Moment { tau: *tau, g, log_q, rate: setup.norm.dual(&z), risen: state[0], clock: state[1], w }
        };
        let moments = times.iter().zip(&fine.states).map(moment).collect();
        let coarse = times.iter().zip(&coarse.states).map(moment).collect();
        Ok(Path { moments, coarse, roundings: fine.roundings, setup })
    }

    /// The last moment.
    pub fn end(&self) -> &Moment {
        &self.moments[self.moments.len() - 1]
    }

    /// The largest difference of the two runs in a number, up to a moment.
    fn differs(&self, upto: usize, number: impl Fn(&Moment) -> f64) -> f64 {
        let pairs = self.moments.iter().zip(&self.coarse).take(upto + 1);
        pairs.map(|(a, b)| (number(a) - number(b)).abs()).fold(0.0, f64::max)
    }

    /// What a number is off by at a moment: the integrator's error, and roundings on the scale of x_n·w, over all steps.
    pub fn error(&self, k: usize, number: impl Fn(&Moment) -> f64) -> Slack {
        Slack::integration(self.differs(k, number)) + self.rounding(k)
    }

    /// The roundings of g, on the scale of the margins.
    pub fn rounding(&self, k: usize) -> Slack {
        let sizes = |x: &[f64]| x.iter().zip(&self.moments[k].w).map(|(x, w)| (x * w).abs()).sum::<f64>();
        let scale = self.setup.points.rows().map(sizes).fold(1.0, f64::max);
        Slack::rounding(4.0 * (self.setup.points.dim() + self.setup.points.count()) as f64, scale)
    }
}

/// The stops of every path: twenty while the shares settle, two where the share of the next point is e^-14 and e^-20, and
/// one where it is a rounding.
pub const WATCHED: [usize; 3] = [20, 21, 22];

fn stops(setup: &Setup) -> Vec<f64> {
    let unit = 1.0 / (setup.kappa() * setup.reference.gamma);
    let early = (0..20).map(|k| 10.0 * unit * pow(0.7, f64::from(19 - k)));
    early.chain([14.0 * unit, 20.0 * unit, 45.0 * unit]).collect()
}

/// Every setup from its start and from 0.
pub fn paths(seed: Seed) -> Result<Vec<Path>> {
    let setups = setups(seed)?;
    let both = setups.iter().flat_map(|setup| [setup.clone(), setup.from_zero()]);
    both.map(|setup| Path::new(setup.clone(), &stops(&setup))).collect()
}

/// **What never grows.** g rises at the rate ‖z‖_*, which is at least γ = min ‖Σ p x‖_*. And z falls along w: g is concave,
/// z·v ≤ z_0·v at a later time for v = dw/dτ, so that ‖z‖_* = z·v never grows. ‖w‖ rises by at most τ.
pub(super) fn normalised_flow(paths: &[Path], claims: &mut Claims) {
    for path in paths {
        let Path { setup, moments, .. } = path;
        let (name, gamma, count) = (&setup.name, setup.reference.gamma, setup.points.count() as f64);
        let last = moments.len() - 1;
        let (start_g, _, start_z) = look(&setup.points, &setup.start);
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
        let error = |number: &dyn Fn(&Moment) -> f64| path.error(last, number);
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
            error(&|at| at.g) + error(&|at| at.risen),
        );
        let turn = || error(&|at| at.rate);
        claims.at_most(format!("{name}: largest rise of ‖z‖_*"), most(&|a, b| b.rate - a.rate), 0.0, turn()).on("γ", gamma);
        let lag = |at: &Moment| gamma * at.tau - at.g;
        claims
            .at_most(format!("{name}: largest rise of γτ - g"), most(&|a, b| lag(b) - lag(a)), 0.0, error(&lag).times(2.0))
            .on("log N", ln(count));
        let excess = |at: &Moment| gamma * setup.norm.length(&at.w) - at.g;
        let largest = all.iter().map(|at| excess(at)).fold(f64::NEG_INFINITY, f64::max);
        let what = if setup.start.iter().all(|w| *w == 0.0) { "log N" } else { "γ‖w(0)‖ - g(0)" };
        claims.at_most(format!("{name}: largest γ‖w‖ - g, against {what}"), largest, excess(&start), error(&excess));
    }
}

/// Whether a norm has edges.
pub fn is_polyhedral(norm: &Norm) -> bool {
    matches!(norm, Norm::L1 | Norm::LInf)
}
