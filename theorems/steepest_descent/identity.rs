//! The identity, which holds at every w, and what it bounds.

use super::descent::{Race, a_million_steps, races};
use super::flow::{Moment, Path, paths};
use super::largest_margin::LargestMargin;
use super::norm::Norm;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, exp, ln, log_sum_exp};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "identity",
    says: "Let p be weights of the points of sum one with ‖Σ p_n x_n‖_* = γ > 0, and q_n = e^(-x_n·w)/L. At every w, in every \
           norm, γ‖w‖ - g = H + KL + γ D with KL = Σ p_n log(p_n/q_n) and D = ‖w‖ - Σ p_n x_n·w/γ, and neither KL nor D is \
           negative, so that γ‖w‖ - g ≥ H.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N1"],
    claims: |lab, c| {
        let (paths, races) = (lab.run(paths)?, lab.run(races)?);
        identity(&paths, &races.decaying, &anywhere(lab.seed(), &races.decaying), c);
        races.constant.iter().for_each(|race| identity_of(&race.name, &race.worst, &race.points, c));
        if lab.long() {
            lab.run(a_million_steps)?.iter().for_each(|race| identity_of(&race.name, &race.worst, &race.points, c));
        }
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
    // γ = ‖Σ p_n x_n‖_*, for which D ≥ 0 whatever the p at hand.
    let LargestMargin { p, z, upper: gamma, .. } = reference;
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
    /// How many.
    pub count: usize,
}

impl Default for Worst {
    fn default() -> Self {
        let most = f64::INFINITY;
        Worst { defect: 0.0, distance: most, divergence: most, count: 0 }
    }
}

impl Worst {
    /// The worst of both.
    fn and(&self, other: &Worst) -> Worst {
        Worst {
            defect: self.defect.max(other.defect),
            distance: self.distance.min(other.distance),
            divergence: self.divergence.min(other.divergence),
            count: self.count + other.count,
        }
    }

    pub fn see(&mut self, parts: &Parts) {
        let Parts { excess, entropy, divergence, distance, scale, .. } = parts;
        let scale = scale.max(1.0);
        let defect = (excess - (entropy + divergence + distance)).abs() / scale;
        let worse = |this: f64, than: f64| this > than || this.is_nan();
        let [distance, divergence] = [distance / scale, divergence / scale];
        if worse(defect, self.defect) {
            self.defect = defect;
        }
        if worse(-distance, -self.distance) {
            self.distance = distance;
        }
        if worse(-divergence, -self.divergence) {
            self.divergence = divergence;
        }
        self.count += 1;
    }
}

/// Random w of sizes from e^-2 to e^5, in each norm, on the data of the races, and multiples of the separator.
struct Anywhere {
    worst: Worst,
    /// The largest γ D at multiples of the separator, over the scale of its terms.
    aligned: f64,
}

fn anywhere(seed: Seed, races: &[Race]) -> Vec<Anywhere> {
    let stream = &mut seed.stream("steepest-descent", "random w");
    let look = |race: &Race| {
        let Race { points, norm, reference, .. } = race;
        let mut at = Anywhere { worst: Worst::default(), aligned: 0.0 };
        for _ in 0..500 {
            let size = exp(stream.uniform(-2.0, 5.0));
            let w: Vec<f64> = stream.normals(points.dim()).iter().map(|w| size * w).collect();
            at.worst.see(&parts(points, norm, reference, &w));
            let along: Vec<f64> = reference.w.iter().map(|w| size * w).collect();
            let Parts { distance, scale, .. } = parts(points, norm, reference, &along);
            at.aligned = at.aligned.max(distance.abs() / scale.max(1.0));
        }
        at
    };
    races.iter().map(look).collect()
}

/// What rounding does to the identity: inner products of d terms, n of them, with a logarithm and an exponential each, all on the
/// scale of the terms, and as many in p, γ and z.
pub fn rounding(points: &Points) -> Slack {
    Slack::rounding(8.0 * (points.count() + points.dim() + 4) as f64, 1.0)
}

/// Of many w.
pub fn identity_of(name: &str, worst: &Worst, points: &Points, claims: &mut Claims) {
    let every = format!("{name}, {} times", worst.count);
    let on = "of the terms";
    claims.equal(format!("{every}: |γ‖w‖ - g - H - KL - γ D|"), worst.defect, 0.0, rounding(points)).on(on, 1.0);
    claims.at_least(format!("{every}: least γ D"), worst.distance, 0.0, rounding(points)).on(on, 1.0);
    claims.at_least(format!("{every}: least KL"), worst.divergence, 0.0, rounding(points)).on(on, 1.0);
}

/// One line. x_n·w = g - log q_n, and Σ p_n (g - log q_n) = g + H + KL. What ‖w‖ has above Σ p_n x_n·w/γ is D.
fn identity(paths: &[Path], races: &[Race], anywhere: &[Anywhere], claims: &mut Claims) {
    for (race, at) in races.iter().zip(anywhere) {
        let name = race.norm.name();
        identity_of(&format!("{name}, random w and every step"), &race.worst.and(&at.worst), &race.points, claims);
    }
    let mut worst = Worst::default();
    for Path { setup, moments, .. } in paths {
        let see = |at: &Moment| worst.see(&parts(&setup.points, &setup.norm, &setup.reference, &at.w));
        moments.iter().for_each(see);
    }
    identity_of("flows in all norms", &worst, &paths[0].setup.points, claims);
    for (race, at) in races.iter().zip(anywhere) {
        let what = format!("{}: largest γ D at multiples of the separator", race.norm.name());
        claims.equal(what, at.aligned, 0.0, rounding(&race.points)).on("of the terms", 1.0);
    }
}
