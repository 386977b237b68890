//! Steepest descent in steps: the optimisers, on the same points.

use super::flow::look;
use super::identity::{Worst, parts};
use super::largest_margin::{LargestMargin, largest_margin};
use super::norm::Norm;
use super::planted::drawn_factor;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, combine, distance, dot, exp, ln, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "normalised-steps",
        says: "Let the points be separable, w = 0 at the start, and w advance by η_t v with ‖v‖ = 1 and v·z = ‖z‖_*. With \
               B = max ‖x_n‖_*, after every step g ≥ γ Σ η - log N - (B²/2) Σ η², whatever the η.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1", "N22"],
        claims: |lab, c| {
            let (decaying, constant) = (lab.run(races)?, lab.run(constant_steps)?);
            normalised_steps(&decaying, c);
            normalised_steps(&constant, c);
            Ok(())
        },
    },
    Step {
        id: "the-optimiser-decides",
        says: "Let the points be separable and the largest margin in each norm be attained by one direction alone. Steepest \
               descent with Σ η = ∞ and Σ η² < ∞ from w = 0 takes w/‖w‖ to it: on the same drawn points, coordinate descent \
               (l1), normalised gradient descent (l2), sign descent (l_inf) and preconditioned descent (Q) end at four different \
               separators, each with the largest margin in its own norm and with a smaller one in every other.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(races).map(|races| the_optimiser_decides(&races, c)),
    },
];

/// A run on points that all norms share.
#[derive(Debug, Clone)]
pub struct Race {
    pub name: String,
    pub points: Points,
    pub norm: Norm,
    pub reference: LargestMargin,
    /// Over all steps.
    pub worst: Worst,
    /// The least g - γ Σ η + log N + (B²/2) Σ η².
    pub room: f64,
    /// Σ η, w, at half the way and at the end.
    pub half: (f64, Vec<f64>),
    pub end: (f64, Vec<f64>),
    pub steps: usize,
}

/// Points in R^3 of which each norm prefers another direction, decidedly: drawn until they are.
struct Field {
    points: Points,
    norms: Vec<Norm>,
    references: Vec<LargestMargin>,
}

const DRAWS: usize = 4000;

fn drawn_field(seed: Seed) -> Result<Field> {
    let stream = &mut seed.stream("steepest-descent", "races");
    for _ in 0..DRAWS {
        let axis = stream.normals(3);
        let rows = (0..6).flat_map(|_| {
            let x = stream.normals(3);
            combine(dot(&x, &axis).signum(), &x, &axis.iter().map(|a| 0.4 * a).collect::<Vec<_>>())
        });
        let points = Points::new(3, rows.collect())?;
        let norms = vec![Norm::L1, Norm::L2, Norm::LInf, Norm::Mahalanobis(drawn_factor(3, stream))];
        let references: Vec<LargestMargin> =
            norms.iter().map(|norm| largest_margin(&points, norm)).collect::<Result<_>>()?;
        let field = Field { points, norms, references };
        if field.is_decided() {
            return Ok(field);
        }
    }
    Err(Error::numerical("no points were drawn on which the norms differ"))
}

/// By how much, at least, another norm's direction falls short in margin; and what every weight, gap to the next margin and gap
/// of a coordinate to its bound is at least.
const APART: f64 = 0.03;
const DECIDED: f64 = 0.08;

impl Field {
    fn is_decided(&self) -> bool {
        let Field { points, norms, references } = self;
        let unique = norms.iter().zip(references).all(|(norm, best)| {
            let weights = best.p.iter().all(|p| *p == 0.0 || *p > DECIDED || *p < 1e-9);
            let margins = points.margins(&best.w);
            let gap = margins.iter().zip(&best.p).all(|(m, p)| *p > DECIDED || *m > (1.0 + DECIDED) * best.gamma);
            let (w, z) = (&best.w, &best.z);
            let coordinates = (0..3).all(|i| match norm {
                Norm::L1 => w[i].abs() > DECIDED || z[i].abs() < (1.0 - DECIDED) * best.gamma,
                Norm::LInf => w[i].abs() < 1.0 - DECIDED || z[i].abs() > DECIDED * best.gamma,
                _ => true,
            });
            weights && gap && coordinates && best.gamma > 0.25 * radius(points, norm)
        });
        unique && (0..4).all(|a| (0..4).all(|b| a == b || self.ratio(a, &references[b].w) < 1.0 - APART))
    }

    /// The margin of w in a norm, over the largest.
    fn ratio(&self, norm: usize, w: &[f64]) -> f64 {
        self.points.least_margin(w) / self.norms[norm].length(w) / self.references[norm].gamma
    }
}

/// B = max ‖x_n‖_*.
pub fn radius(points: &Points, norm: &Norm) -> f64 {
    points.rows().map(|x| norm.dual(x)).fold(0.0, f64::max)
}

/// Steps of η_t from 0, watched at each.
fn race(field: &Field, k: usize, name: &str, steps: usize, eta: impl Fn(usize) -> f64) -> Race {
    let Field { points, norms, references } = field;
    let (norm, reference) = (&norms[k], &references[k]);
    let radius = radius(points, norm);
    let mut w = vec![0.0; points.dim()];
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut worst = Worst::default();
    let mut room = f64::INFINITY;
    let mut half = (0.0, w.clone());
    for t in 0..steps {
        let (_, _, z) = look(points, &w);
        axpy(eta(t), &norm.steepest(&z), &mut w);
        sum += eta(t);
        squares += eta(t) * eta(t);
        let parts = parts(points, norm, reference, &w);
        worst.see(&parts);
        let count = points.count() as f64;
        room = room.min(parts.g - (reference.gamma * sum - ln(count) - 0.5 * radius * radius * squares));
        if 2 * t < steps {
            half = (sum, w.clone());
        }
    }
    Race {
        name: format!("{}, {name}", norm.name()),
        points: points.clone(),
        norm: norm.clone(),
        reference: reference.clone(),
        worst,
        room,
        half,
        end: (sum, w),
        steps,
    }
}

/// Steps as large as g can bear, η B² < 2γ, that begin to decay after T_0: η (1 + t/T_0)^-0.6.
pub fn races(seed: Seed) -> Result<Vec<Race>> {
    let field = drawn_field(seed)?;
    let run = |k: usize| {
        let first = field.references[k].gamma / pow(radius(&field.points, &field.norms[k]), 2.0);
        race(&field, k, "decaying steps", 20_000, |t| first * pow(1.0 + t as f64 / 1e4, -0.6))
    };
    Ok((0..4).map(run).collect())
}

/// The same points, with constant steps, of a drawn part of that size.
pub fn constant_steps(seed: Seed) -> Result<Vec<Race>> {
    let field = drawn_field(seed)?;
    let stream = &mut seed.stream("steepest-descent", "constant steps");
    let parts: Vec<f64> = (0..4).map(|_| exp(stream.uniform(-2.0, 0.0))).collect();
    let run = |k: usize| {
        let eta = parts[k] * field.references[k].gamma / pow(radius(&field.points, &field.norms[k]), 2.0);
        race(&field, k, "constant steps", 2_000, |_| eta)
    };
    Ok((0..4).map(run).collect())
}

/// **A step.** The second derivative of g along v is minus the variance of x_n·v under q, at most B²: g rises by
/// η ‖z‖_* - B² η²/2 at least, and ‖z‖_* ≥ γ.
pub(super) fn normalised_steps(races: &[Race], claims: &mut Claims) {
    for race in races {
        let count = race.points.count() as f64;
        let (sum, w) = &race.end;
        // Each step adds a rounded η to the sums, and each x_n·w is an inner product.
        let rounding = Slack::rounding(race.steps as f64 + 8.0 * count, race.reference.gamma * sum);
        claims
            .at_least(
                format!("{}: least g - γ Σ η + log N + (B²/2) Σ η²", race.name),
                race.room,
                0.0,
                rounding,
            )
            .on("log N", ln(count));
        claims.at_most(format!("{}: ‖w‖/Σ η", race.name), race.norm.length(w) / sum, 1.0, Slack::rounding(race.steps as f64, 1.0));
    }
}

/// **Four limits.** The margin of w is at least g/‖w‖ ≥ γ - (log N + (B²/2) Σ η²)/Σ η. What the direction still lacks falls like
/// 1/‖w‖, so that twice the end less half the way is off by the next power.
pub(super) fn the_optimiser_decides(races: &[Race], claims: &mut Claims) {
    let ratio = |of: &Race, w: &[f64]| of.points.least_margin(w) / of.norm.length(w) / of.reference.gamma;
    for run in races {
        for of in races {
            let (half, end) = (ratio(of, &run.half.1), ratio(of, &run.end.1));
            // (1/τ_half)/(1/τ_end).
            let factor = run.end.0 / run.half.0;
            let measured = end + (end - half) / (factor - 1.0);
            claims.equal(
                format!("margin of {} in {}, over the largest", run.norm.name(), of.norm.name()),
                measured,
                ratio(of, &run.reference.w),
                Slack::next_term((end - half) / (factor - 1.0), 1.0) + Slack::certificate(of.reference.upper / of.reference.lower - 1.0),
            );
        }
    }
    let direction = |w: &[f64]| -> Vec<f64> { w.iter().map(|x| x / norm(w)).collect() };
    let apart = |a: &[f64], b: &[f64]| distance(&direction(a), &direction(b));
    for (i, a) in races.iter().enumerate() {
        for b in &races[i + 1..] {
            let at = |a: &[f64], b: &[f64]| apart(a, b);
            let (half, end) = (at(&a.half.1, &b.half.1), at(&a.end.1, &b.end.1));
            let factor = a.end.0 / a.half.0;
            claims.equal(
                format!("|direction of {} - direction of {}|", a.norm.name(), b.norm.name()),
                end + (end - half) / (factor - 1.0),
                apart(&a.reference.w, &b.reference.w),
                Slack::next_term((end - half) / (factor - 1.0), 1.0),
            );
        }
    }
}
