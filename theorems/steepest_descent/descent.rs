//! Steepest descent in steps: the optimisers, on the same points.

use super::flow::{look, of_the_start};
use super::identity::{Parts, Worst, parts};
use super::largest_margin::{LargestMargin, largest_margin};
use super::norm::Norm;
use super::planted::{Setup, drawn_factor, setups};
use super::singular::singular_values;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::evidence::DECISIVE;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, difference, distance, dot, exp, ln, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "normalised-steps",
        says: "Let the points be separable with largest margin γ > 0, and w advance by η_t v with ‖v‖ = 1 and v·z = ‖z‖_*. With B = max ‖x_n‖_*, from any start \
               and after every step g ≥ g(w(0)) + γ Σ η - (B²/2) Σ η², whatever the η; from w = 0 that begins at -log N. To second \
               order a step gains η‖z‖_* - (η²/2) Var_q(x_n·v).",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| {
            lab.run(races).map(|races| {
                normalised_steps(&races.decaying, c);
                normalised_steps(&races.constant, c);
                bound_on_g(&races.returning, c);
                small_steps(lab.seed(), &races.decaying, c);
            })
        },
    },
    Step {
        id: "the-optimiser-decides",
        says: "Let the points be separable and the largest margin in each norm be attained by one direction alone. Steepest \
               descent with Σ η = ∞ and Σ η² < ∞ takes w/‖w‖ to it from any start: on the same drawn points, coordinate descent \
               (l1), normalised gradient descent (l2), sign descent (l_inf) and preconditioned descent (Q) end at four different \
               separators, each with the largest margin in its own norm and with a smaller one in every other.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| {
            lab.run(races).map(|races| {
                the_optimiser_decides(&races.decaying, c);
                for race in &races.decaying {
                    let reach = norm(&race.start) * race.points.radius();
                    let rounding = Slack::rounding(8.0, 1.0);
                    let decisive = DECISIVE * rounding.total();
                    c.at_least(format!("{}: |w(0)| max |x_n|", race.name), reach, decisive, rounding).on("1", 1.0);
                }
            })
        },
    },
    Step {
        id: "clock-of-steps",
        says: "Let the points be separable, p unique and positive on all of them, and w advance by η ‖∇L‖_* v with a \
               constant η of at most 1/(N B²), from 0. In every norm η γ² t L → 1. In l1 and l_inf, 1/L grows by η γ² (1 + O(η L)) a step in the end; in l2 \
               and Q, if the covariance of the points under p over γ², in the coordinates of the norm, has all eigenvalues orthogonal to ŵ \
               above 1/2, by η γ² (1 + η γ² L/2 + ..).",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(clocks).map(|clocks| clock_of_steps(&clocks, c)),
    },
];

/// Where a run is.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Σ η.
    pub sum: f64,
    /// η of the last step.
    pub eta: f64,
    pub w: Vec<f64>,
}

/// A run on points that all norms share.
#[derive(Debug, Clone)]
pub struct Race {
    pub name: String,
    pub points: Points,
    pub norm: Norm,
    pub reference: LargestMargin,
    /// Over all steps.
    pub worst: Worst,
    /// The least g - g(0) - γ Σ η + (B²/2) Σ η²; from 0, g(0) = -log N.
    pub room: f64,
    /// w at the start.
    pub start: Vec<f64>,
    /// After half of the steps, after three quarters of them, and at the end.
    pub half: Stop,
    pub late: Stop,
    pub end: Stop,
    pub steps: usize,
}

/// Points in R^3 and the norms, with the largest margin in each.
pub struct Field {
    pub points: Points,
    pub norms: Vec<Norm>,
    pub references: Vec<LargestMargin>,
}

const DRAWS: usize = 10_000;
/// Steps that decay are so many steps old at the first.
pub const LEAD: f64 = 1e4;

/// Points of which each norm prefers another direction, decidedly: drawn until they are.
fn drawn_field(seed: Seed) -> Result<Field> {
    let stream = &mut seed.stream("steepest-descent", "races");
    for _ in 0..DRAWS {
        let axis = stream.normals(3);
        let shift: Vec<f64> = axis.iter().map(|a| 0.4 * a).collect();
        let rows = (0..6).flat_map(|_| {
            let x = stream.normals(3);
            combine(dot(&x, &axis).signum(), &x, &shift)
        });
        let points = Points::new(3, rows.collect())?;
        let norms = vec![Norm::L2, Norm::Mahalanobis(drawn_factor(3, stream)), Norm::L1, Norm::LInf];
        let mut references: Vec<LargestMargin> = Vec::new();
        for norm in &norms {
            let best = largest_margin(&points, norm)?;
            if !is_decided(&points, norm, &best) {
                break;
            }
            references.push(best);
        }
        let field = Field { points, norms, references };
        if field.is_contested() {
            return Ok(field);
        }
    }
    Err(Error::numerical("no points were drawn on which the norms differ"))
}

/// By how much, at least, another norm's direction falls short in margin.
const APART: f64 = 0.03;
/// What every weight, gap to the next margin and gap of a coordinate to its bound is at least.
const DECIDED: f64 = 0.08;

/// Whether two points or more have a weight, and strictly those that have one the least margin, and the same of coordinates.
fn is_decided(points: &Points, norm: &Norm, best: &LargestMargin) -> bool {
    let LargestMargin { w, p, z, gamma, .. } = best;
    let weights = p.iter().all(|p| *p < 1e-9 || (DECIDED..1.0 - DECIDED).contains(p));
    let gaps = points.margins(w).iter().zip(p).all(|(m, p)| *p > DECIDED || *m > (1.0 + DECIDED) * gamma);
    let coordinates = (0..w.len()).all(|i| match norm {
        Norm::L1 => w[i].abs() > DECIDED || z[i].abs() < (1.0 - DECIDED) * gamma,
        Norm::LInf => w[i].abs() < 1.0 - DECIDED || z[i].abs() > DECIDED * gamma,
        Norm::L2 | Norm::Mahalanobis(_) | Norm::Spectral(_) => true,
    });
    weights && gaps && coordinates && *gamma > 0.25 * radius(points, norm)
}

impl Field {
    fn watch(&self, k: usize, name: &'static str) -> Watch<'_> {
        Watch { name, points: &self.points, norm: &self.norms[k], reference: &self.references[k] }
    }

    /// γ/B², half of the steps that g can bear.
    fn bearable(&self, k: usize) -> f64 {
        self.references[k].gamma / pow(radius(&self.points, &self.norms[k]), 2.0)
    }

    /// Whether every norm is decided, and each for a direction of its own.
    fn is_contested(&self) -> bool {
        let Field { points, norms, references } = self;
        let ratio = |a: usize, b: usize| margin(points, &norms[a], &references[b].w) / references[a].gamma;
        let all = 0..norms.len();
        references.len() == norms.len() && all.clone().all(|a| all.clone().all(|b| a == b || ratio(a, b) < 1.0 - APART))
    }
}

/// min x_n·w/‖w‖.
fn margin(points: &Points, norm: &Norm, w: &[f64]) -> f64 {
    points.least_margin(w) / norm.length(w)
}

/// B = max ‖x_n‖_*.
pub fn radius(points: &Points, norm: &Norm) -> f64 {
    points.rows().map(|x| norm.dual(x)).fold(0.0, f64::max)
}

/// What is run, and what it is judged by.
pub struct Watch<'a> {
    pub name: &'static str,
    pub points: &'a Points,
    pub norm: &'a Norm,
    pub reference: &'a LargestMargin,
}

/// Steps of η_t from 0, watched at each.
pub fn race(watch: &Watch, steps: usize, eta: impl Fn(usize) -> f64) -> Race {
    race_from(watch, vec![0.0; watch.points.dim()], steps, eta, |_, _| ())
}

/// The same from another start; `see` is shown Σ η and the parts of the identity after every step.
pub fn race_from(
    watch: &Watch,
    start: Vec<f64>,
    steps: usize,
    eta: impl Fn(usize) -> f64,
    mut see: impl FnMut(f64, &Parts),
) -> Race {
    let Watch { name, points, norm, reference } = watch;
    let radius = radius(points, norm);
    let first_g = look(points, Loss::Exponential, &start).0;
    let mut w = start.clone();
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut worst = Worst::default();
    let mut room = f64::INFINITY;
    let (mut half, mut late, mut end) = (Stop::default(), Stop::default(), Stop::default());
    for t in 0..steps {
        let (_, _, z) = look(points, Loss::Exponential, &w);
        axpy(eta(t), &norm.steepest(&z), &mut w);
        sum += eta(t);
        squares += eta(t) * eta(t);
        let parts = parts(points, norm, reference, &w);
        worst.see(&parts);
        see(sum, &parts);
        let here = parts.g - (first_g + reference.lower * sum - 0.5 * radius * radius * squares);
        if here < room || here.is_nan() {
            room = here;
        }
        for (stop, after) in [(&mut half, steps / 2), (&mut late, steps - steps / 4), (&mut end, steps)] {
            if t + 1 == after {
                *stop = Stop { sum, eta: eta(t), w: w.clone() };
            }
        }
    }
    Race {
        name: format!("{}, {name}", norm.name()),
        points: (*points).clone(),
        norm: (*norm).clone(),
        reference: (*reference).clone(),
        start,
        worst,
        room,
        half,
        late,
        end,
        steps,
    }
}

/// Races of a million steps, for the identity at each of them.
pub fn a_million_steps(seed: Seed) -> Result<Vec<Race>> {
    let field = drawn_field(seed)?;
    let run = |k: usize| {
        let eta = field.bearable(k);
        race(&field.watch(k, "a million steps"), 1_000_000, |t| eta * pow(1.0 + t as f64 / LEAD, -0.6))
    };
    Ok((0..field.norms.len()).map(run).collect())
}

/// On the same points, in each norm.
pub struct Races {
    /// From a drawn start, with half of the steps that g can bear, which begin to decay after T_0: η (1 + t/T_0)^-0.6.
    pub decaying: Vec<Race>,
    /// From 0, with constant steps of a drawn part of that size.
    pub constant: Vec<Race>,
    /// Sign descent to and fro between two points, with a step so little above the least for which it does so that the loss
    /// falls no more and the bound still allows it.
    pub returning: Race,
}

pub fn races(seed: Seed) -> Result<Races> {
    let field = drawn_field(seed)?;
    let stream = &mut seed.stream("steepest-descent", "constant steps");
    let start: Vec<f64> = stream.normals(3).iter().map(|w| w / field.points.radius()).collect();
    // g is concave: at w or at -w it is below g(0) = -log N, so that the bound from 0 is not one from there.
    let above = look(&field.points, Loss::Exponential, &start).0 > -ln(field.points.count() as f64);
    let start: Vec<f64> = start.iter().map(|w| if above { -w } else { *w }).collect();
    let decaying = |k: usize| {
        let eta = |t: usize| field.bearable(k) * pow(1.0 + t as f64 / LEAD, -0.6);
        race_from(&field.watch(k, "decaying steps"), start.clone(), 20_000, eta, |_, _| ())
    };
    let mut constant = |k: usize| {
        let eta = field.bearable(k) * exp(stream.uniform(-2.0, 0.0));
        race(&field.watch(k, "constant steps"), 2_000, |_| eta)
    };
    let all = 0..field.norms.len();
    let (decaying, constant) = (all.clone().map(decaying).collect(), all.map(&mut constant).collect());
    Ok(Races { decaying, constant, returning: returning(stream)? })
}

/// (a, -b), (-b, a): each is the other, mirrored.
pub fn mirrored(a: f64, b: f64) -> Points {
    Points::from_rows(&[[a, -b], [-b, a]])
}

/// From (η, 0) to (0, η) and back: the step that does so is above log(a/b)/(a + b), which is 2γ/B² but for a quarter of a percent
/// where a/b ≤ 1.2.
fn returning(stream: &mut Stream) -> Result<Race> {
    let (b, ratio) = (stream.uniform(0.5, 1.5), stream.uniform(1.1, 1.2));
    let a = b * ratio;
    let points = mirrored(a, b);
    let reference = largest_margin(&points, &Norm::LInf)?;
    let eta = 1.01 * ln(ratio) / (a + b);
    let watch = Watch { name: "to and fro", points: &points, norm: &Norm::LInf, reference: &reference };
    Ok(race_from(&watch, vec![eta, 0.0], 2_000, |_| eta, |_, _| ()))
}

/// A step. The second derivative of g along v is minus the variance of x_n·v under q, at most B²: g rises by
/// η ‖z‖_* - B² η²/2 at least, and ‖z‖_* ≥ γ.
pub(super) fn normalised_steps(races: &[Race], claims: &mut Claims) {
    races.iter().for_each(|race| bound_on_g(race, claims));
}

/// Of one run.
pub(super) fn bound_on_g(race: &Race, claims: &mut Claims) {
    let count = race.points.count() as f64;
    let (scale, at_the_start) = of_the_start(count);
    let Stop { sum, w, .. } = &race.end;
    // Each step adds a rounded η to the sums, and each x_n·w is an inner product.
    let first_g = look(&race.points, Loss::Exponential, &race.start).0;
    let rounding = Slack::rounding(race.steps as f64 + 8.0 * count, race.reference.gamma * sum + first_g.abs());
    claims
        .at_least(format!("{}: least g - g(w(0)) - γ Σ η + (B²/2) Σ η²", race.name), race.room, 0.0, rounding)
        .on(scale, at_the_start);
    // Each step rounds every entry of w.
    let sizes: Vec<f64> = w.iter().zip(&race.start).map(|(w, start)| w.abs().max(start.abs())).collect();
    let steps = Slack::rounding(race.steps as f64, 1.0 + race.norm.length_of_box(&sizes) / sum);
    let way = race.norm.length(&difference(w, &race.start));
    claims.at_most(format!("{}: ‖w - w(0)‖/Σ η", race.name), way / sum, 1.0, steps);
}

/// At a drawn w, where the shares are mixed: log Σ q_n e^(-η x_n·v) has the cumulants of x_n·v.
fn small_steps(seed: Seed, races: &[Race], claims: &mut Claims) {
    let stream = &mut seed.stream("steepest-descent", "small steps");
    for Race { points, norm, .. } in races {
        let w: Vec<f64> = stream.normals(points.dim()).iter().map(|w| 0.3 * w).collect();
        let (g, log_q, z) = look(points, Loss::Exponential, &w);
        let v = norm.steepest(&z);
        // Of z or -z one has a negative entry that decides.
        let mirrored = norm.steepest(&z.iter().map(|z| -z).collect::<Vec<_>>());
        claims
            .equal(
                format!("{}: ‖z‖_* less -z·v, v the step along -z", norm.name()),
                norm.dual(&z) + dot(&z, &mirrored),
                0.0,
                Slack::rounding(8.0 * points.dim() as f64, norm.dual(&z)),
            )
            .on("‖z‖_*", norm.dual(&z));
        let along = points.margins(&v);
        let radius = radius(points, norm);
        let eta = stream.uniform(1e-3, 2e-3) / radius;
        let mean = dot(&z, &v);
        let central = |k: f64| -> f64 { along.iter().zip(&log_q).map(|(y, l)| exp(*l) * pow(y - mean, k)).sum() };
        let lost = g + eta * norm.dual(&z) - look(points, Loss::Exponential, &combine(eta, &v, &w)).0;
        let second = 0.5 * eta * eta * central(2.0);
        let fourth = central(4.0) - 3.0 * central(2.0) * central(2.0);
        let operations = 8.0 * (points.count() + points.dim()) as f64;
        claims.equal(
            format!("{}: what a small step loses, over (η²/2) Var_q(x_n·v)", norm.name()),
            lost / second,
            1.0 - eta * central(3.0) / (3.0 * central(2.0)),
            Slack::next_term(eta * eta * fourth / (12.0 * central(2.0)), 2.0)
                + Slack::rounding(operations, (g.abs() + 1.0) / second),
        );
    }
}

/// What counts as at a bound of the unit ball: far less than any entry that is drawn inside.
const AT_BOUND: f64 = 1e-6;

impl Race {
    /// What w gains from one stop to another for each unit of Σ η: ŵ, once what is across ŵ is settled.
    pub fn gain(from: &Stop, to: &Stop) -> Vec<f64> {
        difference(&to.w, &from.w).iter().map(|w| w / (to.sum - from.sum)).collect()
    }

    /// By how much each entry of what is gained on the second half may be off. Where the ball has an edge an entry goes to and fro
    /// about its path, by less than a step ahead of it and a step behind.
    pub fn to_and_fro(&self) -> Vec<f64> {
        let LargestMargin { w, z, gamma, .. } = &self.reference;
        let slides = |w: f64| match &self.norm {
            Norm::L1 => w.abs() > AT_BOUND,
            Norm::LInf => w.abs() < 1.0 - AT_BOUND,
            Norm::L2 | Norm::Mahalanobis(_) => false,
            // The polar factor of a matrix of full rank is smooth.
            Norm::Spectral(shape) => singular_values(*shape, z).iter().any(|sigma| *sigma < AT_BOUND * gamma),
        };
        let window = 2.0 * self.half.eta / (self.end.sum - self.half.sum);
        w.iter().map(|w| if slides(*w) { window } else { 0.0 }).collect()
    }

    /// What the roundings of every step make of an entry of what is gained on the second half.
    pub fn rounding(&self) -> Slack {
        Slack::rounding(2.0 * self.steps as f64, self.end.sum / (self.end.sum - self.half.sum))
    }

    /// How far ŵ may be from the separator in each entry. Where the ball is round, a unit vector of margin (1 - δ)γ is within (2δ)^(1/2)
    /// of it. In the spectral norm let Z* = P|Z*|: then tr |Z*|(1 - P'W) is at most δ|Z*|_nuclear, and |W - P|² at most 2 tr(1 - P'W).
    /// At a corner it is within a multiple of δ that the drawn gaps bound, which is less.
    fn known(&self) -> Vec<f64> {
        let LargestMargin { w, z, gamma, .. } = &self.reference;
        let least = match &self.norm {
            Norm::Spectral(shape) => singular_values(*shape, z).iter().fold(*gamma, |least, sigma| sigma.min(least)),
            _ => *gamma,
        };
        let apart = (2.0 * self.gap().max(0.0) * gamma / least).sqrt();
        (0..w.len()).map(|j| apart * self.norm.dual(&unit(w.len(), j))).collect()
    }

    /// By what share the largest margin may be off.
    fn gap(&self) -> f64 {
        self.reference.upper / self.reference.lower - 1.0
    }
}

/// The entry j alone.
fn unit(dim: usize, j: usize) -> Vec<f64> {
    let mut unit = vec![0.0; dim];
    unit[j] = 1.0;
    unit
}

/// What has not settled in a gain of the second half of the steps, from its difference to that of the first part of it: if e is left
/// in the first part and no more than e/3 in the second, the whole is off by no more than twice the difference.
pub fn unsettled(difference: f64) -> Slack {
    Slack::next_term(difference, 2.0)
}

/// Four limits. γ Σ η is at least γ‖w‖, which is at least the least margin, which is at least g, and that is γ Σ η less what stays
/// bounded: so that w/Σ η tends to ŵ, and with it what is gained on the second half of the way. What w has across ŵ is seen to settle,
/// but for the to and fro on an edge.
pub fn the_optimiser_decides(races: &[Race], claims: &mut Claims) {
    for run in races {
        for of in races {
            let share = |from, to| of.reference.share(&of.points, &of.norm, &Race::gain(from, to));
            let (first, now) = (share(&run.half, &run.late), share(&run.half, &run.end));
            let length = of.norm.length(&run.reference.w);
            // Entries that are off by e move the margin by no more than |x_n|·e, and the length by no more than the box has.
            let moved = |e: &[f64]| {
                let of_point = |x: &[f64]| x.iter().zip(e).map(|(x, e)| x.abs() * e).sum::<f64>();
                let of_length = of.norm.length_of_box(e);
                (of.points.rows().map(of_point).fold(0.0, f64::max) / of.reference.gamma + of_length) / length
            };
            claims.equal(
                format!("margin of {} in {}, over the largest", run.norm.name(), of.norm.name()),
                now,
                run.reference.gamma / (of.reference.gamma * length),
                unsettled(now - first)
                    // The entries that slide are moved by each other too.
                    + Slack::next_term(moved(&run.to_and_fro()), 2.0)
                    + Slack::certificate(run.gap() + of.gap() + moved(&run.known()))
                    + run.rounding().times(moved(&vec![1.0; run.points.dim()])),
            );
        }
    }
    for (i, a) in races.iter().enumerate() {
        for b in &races[i + 1..] {
            let direction = |w: &[f64]| -> Vec<f64> { w.iter().map(|x| x / norm(w)).collect() };
            let apart = |v: &[f64], w: &[f64]| distance(&direction(v), &direction(w));
            let first = apart(&Race::gain(&a.half, &a.late), &Race::gain(&b.half, &b.late));
            let now = apart(&Race::gain(&a.half, &a.end), &Race::gain(&b.half, &b.end));
            let size = |run: &Race| norm(&run.reference.w);
            let turned = |run: &Race| norm(&run.to_and_fro()) / size(run);
            claims
                .equal(
                    format!("|direction of {} - direction of {}|", a.norm.name(), b.norm.name()),
                    now,
                    apart(&a.reference.w, &b.reference.w),
                    unsettled(now - first)
                        + Slack::next_term(turned(a) + turned(b), 2.0)
                        + Slack::certificate(norm(&a.known()) / size(a) + norm(&b.known()) / size(b))
                        + (a.rounding().times(1.0 / size(a)) + b.rounding().times(1.0 / size(b)))
                            .times((a.points.dim() as f64).sqrt()),
                )
                .on("1", 1.0);
        }
    }
}

/// Steps on the support vectors alone, at whose speed the loss falls, and 1/L after T_1 and T_2 of them.
pub struct Clocked {
    name: String,
    smooth: bool,
    gamma: f64,
    radius: f64,
    eta: f64,
    /// 1/L and ‖z‖_*.
    seen: [(f64, f64); 2],
}

const CLOCKED: [usize; 2] = [2_000, 20_000];

pub fn clocks(seed: Seed) -> Result<Vec<Clocked>> {
    let stream = &mut seed.stream("steepest-descent", "clock of steps");
    let mut run = |setup: Setup| -> Result<Clocked> {
        let dim = setup.points.dim();
        let points = Points::new(dim, setup.points.rows().take(setup.support).flatten().copied().collect())?;
        let radius = radius(&points, &setup.norm);
        let eta = stream.uniform(0.4, 0.9) / (setup.support as f64 * radius * radius);
        let mut w = vec![0.0; dim];
        let mut seen = [(0.0, 0.0); 2];
        for t in 0..=CLOCKED[1] {
            let (g, _, z) = look(&points, Loss::Exponential, &w);
            if let Some(k) = CLOCKED.iter().position(|stop| *stop == t) {
                seen[k] = (exp(g), setup.norm.dual(&z));
            }
            axpy(eta * exp(-g) * setup.norm.dual(&z), &setup.norm.steepest(&z), &mut w);
        }
        let smooth = !setup.norm.has_edges();
        Ok(Clocked { name: setup.name, smooth, gamma: setup.reference.gamma, radius, eta, seen })
    };
    setups(seed)?.into_iter().map(&mut run).collect()
}

/// By the same clock. A step of a = η L ‖z‖_* takes L to L (1 - a ‖z‖_* + (a²/2) Σ q_n (x_n·v)² - ..), so that 1/L grows by
/// η ‖z‖_*² + η² L ‖z‖_*² (‖z‖_*² - Σ q_n (x_n·v)²/2) + ... Where the ball is round x_n·v → γ. Where it has edges z is within a
/// step of its limit, 2 B² a, and (x_n·v)² at most B². As L is about 1/(η γ² t), what is added sums up to log t.
fn clock_of_steps(clocks: &[Clocked], claims: &mut Claims) {
    let [from, to] = CLOCKED.map(|stop| stop as f64);
    let log = ln(to / from) / (to - from);
    for Clocked { name, smooth, gamma, radius, eta, seen: [(early, rate), (late, _)] } in clocks {
        let square = pow(radius / gamma, 2.0);
        let unsettled = pow(rate / gamma, 2.0) - 1.0;
        let (predicted, next) = match smooth {
            true => (1.0 + 0.5 * log, Slack::next_term(unsettled, 2.0) + Slack::next_term(log * ln(from) / from, 2.0)),
            false => (1.0, Slack::next_term((4.5 * square + 1.0) * log, 1.0)),
        };
        let steps = Slack::rounding(to, 1.0);
        let growth = (late - early) / (eta * gamma * gamma * (to - from));
        claims.equal(format!("{name}: growth of 1/L over η γ² t"), growth, predicted, next + steps);
    }
}
