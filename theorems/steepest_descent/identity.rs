//! The identity, which holds at every w, and what it bounds.

use super::descent::{Race, races};
use super::flow::{Moment, Path, paths};
use super::largest_margin::LargestMargin;
use super::norm::Norm;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, exp, ln, log_sum_exp};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "identity",
    says: "Let p be weights of the points of sum one with ‖Σ p_n x_n‖_* = γ > 0, and q_n = e^(-x_n·w)/L. At every w, in every \
           norm, γ‖w‖ - g = H + KL(p|q) + γ D with D = ‖w‖ - Σ p_n x_n·w/γ, and neither KL nor D is negative, so that \
           γ‖w‖ - g ≥ H.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N1"],
    claims: |lab, c| {
        let (paths, races) = (lab.run(paths)?, lab.run(races)?);
        identity(&paths, &races, &lab.run(anywhere)?, c);
        Ok(())
    },
}];

/// What the identity is made of, at one w.
#[derive(Debug, Clone)]
pub struct Parts {
    /// -log Σ e^(-x_n·w).
    pub g: f64,
    /// γ‖w‖ - g.
    pub excess: f64,
    /// -Σ p log p.
    pub entropy: f64,
    /// Σ p_n log(p_n/q_n).
    pub divergence: f64,
    /// γ D = γ‖w‖ - Σ p_n x_n·w.
    pub distance: f64,
    /// What the terms are rounded on: γ‖w‖ + |g| + Σ p_n Σ_i |x_ni w_i|.
    pub scale: f64,
}

/// -Σ p log p.
pub fn entropy(p: &[f64]) -> f64 {
    p.iter().filter(|p| **p > 0.0).map(|p| -p * ln(*p)).sum()
}

/// Σ p_n log(p_n/q_n), q given by its logarithms.
pub fn divergence(p: &[f64], log_q: &[f64]) -> f64 {
    p.iter().zip(log_q).filter(|(p, _)| **p > 0.0).map(|(p, log_q)| p * (ln(*p) - log_q)).sum()
}

/// Every term by itself: γ from the certificate, q from w, D from Σ p_n x_n.
pub fn parts(points: &Points, norm: &Norm, reference: &LargestMargin, w: &[f64]) -> Parts {
    let LargestMargin { p, z, gamma, .. } = reference;
    let margins = points.margins(w);
    let g = -log_sum_exp(margins.iter().map(|m| -m));
    let log_q: Vec<f64> = margins.iter().map(|m| g - m).collect();
    let length = norm.length(w);
    let sizes = |x: &[f64]| x.iter().zip(w).map(|(x, w)| (x * w).abs()).sum::<f64>();
    Parts {
        g,
        excess: gamma * length - g,
        entropy: entropy(p),
        divergence: divergence(p, &log_q),
        distance: gamma * length - dot(z, w),
        scale: gamma * length + g.abs() + points.rows().zip(p).map(|(x, p)| p * sizes(x)).sum::<f64>(),
    }
}

/// The worst of many w.
#[derive(Debug, Clone)]
pub struct Worst {
    /// The largest |γ‖w‖ - g - H - KL - γ D|, over the scale of its terms.
    pub defect: f64,
    /// The least γ D and KL, over the same.
    pub distance: f64,
    pub divergence: f64,
    /// The least γ‖w‖ - g.
    pub excess: f64,
    /// How many.
    pub count: usize,
}

impl Default for Worst {
    fn default() -> Self {
        let most = f64::INFINITY;
        Worst { defect: 0.0, distance: most, divergence: most, excess: most, count: 0 }
    }
}

impl Worst {
    pub fn see(&mut self, parts: &Parts) {
        let Parts { excess, entropy, divergence, distance, scale, .. } = parts;
        let scale = scale.max(1.0);
        self.defect = self.defect.max((excess - (entropy + divergence + distance)).abs() / scale);
        self.distance = self.distance.min(distance / scale);
        self.divergence = self.divergence.min(divergence / scale);
        self.excess = self.excess.min(*excess);
        self.count += 1;
    }
}

/// Random w of sizes from e^-2 to e^5, in each norm, on the data of the races.
pub(super) struct Anywhere {
    norm: &'static str,
    worst: Worst,
    /// At multiples of the separator, where D = 0.
    aligned: f64,
}

pub(super) fn anywhere(seed: Seed) -> Result<Vec<Anywhere>> {
    let stream = &mut seed.stream("steepest-descent", "random w");
    let setups = races(seed)?;
    let look = |race: &Race| {
        let Race { points, norm, reference, .. } = race;
        let mut worst = Worst::default();
        for _ in 0..500 {
            let size = exp(stream.uniform(-2.0, 5.0));
            let w: Vec<f64> = stream.normals(points.dim()).iter().map(|w| size * w).collect();
            worst.see(&parts(points, norm, reference, &w));
        }
        let along = |size: f64| {
            let w: Vec<f64> = reference.w.iter().map(|w| size * w).collect();
            let parts = parts(points, norm, reference, &w);
            parts.distance.abs() / parts.scale
        };
        let aligned = [0.1, 3.0, 100.0].map(|k| along(k * stream.uniform(0.5, 2.0))).into_iter().fold(0.0, f64::max);
        Anywhere { norm: norm.name(), worst, aligned }
    };
    Ok(setups.iter().map(look).collect())
}

/// **One line.** x_n·w = g - log q_n, and Σ p_n (g - log q_n) = g + H + KL. What ‖w‖ has above Σ p_n x_n·w/γ is D.
pub(super) fn identity(paths: &[Path], races: &[Race], anywhere: &[Anywhere], claims: &mut Claims) {
    // Of inner products of d terms, n of them, with n logarithms and exponentials, all on the scale of the terms. Both bounds
    // of γ and p itself are rounded: n + d terms more.
    let rounding = |points: &Points| Slack::rounding(8.0 * (points.count() + points.dim() + 4) as f64, 1.0);
    let mut worst_of = |name: String, worst: &Worst, entropy: f64, slack: &dyn Fn() -> Slack| {
        claims.equal(format!("{name}: |γ‖w‖ - g - H - KL - γ D|, worst of {}", worst.count), worst.defect, 0.0, slack()).on(
            "of its terms",
            1.0,
        );
        claims.at_least(format!("{name}: least γ D"), worst.distance, 0.0, slack()).on("of its terms", 1.0);
        claims.at_least(format!("{name}: least KL"), worst.divergence, 0.0, slack()).on("of its terms", 1.0);
        claims.at_least(format!("{name}: least γ‖w‖ - g, against H"), worst.excess, entropy, slack().times(100.0)).on("1", 1.0);
    };
    for (race, at) in races.iter().zip(anywhere) {
        let entropy = entropy(&race.reference.p);
        let slack = || rounding(&race.points);
        worst_of(format!("{}, random w", at.norm), &at.worst, entropy, &slack);
        worst_of(format!("{}, every step", at.norm), &race.worst, entropy, &slack);
    }
    for path in paths {
        let setup = &path.setup;
        let mut worst = Worst::default();
        let see = |at: &Moment| worst.see(&parts(&setup.points, &setup.norm, &setup.reference, &at.w));
        path.moments.iter().for_each(see);
        worst_of(format!("{}, flow", setup.name), &worst, entropy(&setup.reference.p), &|| rounding(&setup.points));
    }
    for (race, at) in races.iter().zip(anywhere) {
        claims
            .equal(format!("{}, along the separator: γ D", at.norm), at.aligned, 0.0, rounding(&race.points))
            .on("of its terms", 1.0);
    }
}
