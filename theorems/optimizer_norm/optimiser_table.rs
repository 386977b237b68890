//! The optimisers on the same examples, each with the margin of every other in its own norm.

use super::kinds::{DRAWS, Kind as Rank, SHAPE, Setup, examples, is_well_separable};
use super::optimizers::{Judge, Optimizer, Rule, Run, Stop, run};
use crate::steepest_descent::descent::{Race, Watch, race, radius, the_optimiser_decides, unsettled};
use crate::steepest_descent::largest_margin::{LargestMargin, largest_margin};
use crate::steepest_descent::norm::Norm;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "four-optimisers-four-margins",
        says: "Let the pairs be separable, the loss exponential, let the largest margin in each norm be attained by one direction \
               alone, and let these four differ. With Σ η = ∞ and Σ η² < ∞, from 0, normalised gradient descent (Frobenius), sign descent \
               (l_inf), coordinate descent (l1) and Muon with the exact polar factor (spectral) end at these four, each \
               with the largest margin in its own norm and with a smaller one in every other.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(races).map(|races| four_optimisers_four_margins(&races, c)),
    },
    Step {
        id: "adam-without-eps",
        says: "Let the pairs be separable, the loss exponential, and the largest margin in l_inf be attained by one W alone. Full-batch \
               Adam with eps = 0, β ≤ β_2 and steps η/t^(1/2), whose squares have an infinite sum, from 0, turns to it: its margin in the \
               Frobenius, l_inf, l1 and spectral norm tends to that of the separator of l_inf. By Fan et al. its margin in l_inf is the \
               largest for cross-entropy; here the loss is exponential.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N1"],
        claims: |lab, c| lab.run(races).map(|races| adam_without_eps(&races, c)),
    },
    Step {
        id: "row-sums-drift",
        says: "The pairs' rows sum to zero. Gradient descent, normalised or not, and Muon keep the sum of the rows of W what it is. \
               Sign descent need not: with the exponential loss, Σ η = ∞, Σ η² < ∞ and a unique separator of l_inf, the sum over \
               ‖W‖_∞ tends to that of the separator, which need not be zero.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| lab.run(races).map(|races| row_sums_drift(&races, c)),
    },
];

/// By how much, at least, another norm's direction falls short in margin.
const APART: f64 = 0.005;
/// What every weight, gap to the next margin and gap of a coordinate to its bound is at least.
const DECIDED: f64 = 0.02;
/// How fast, per unit of g, the spectral separator is settled at least.
const SETTLING: f64 = 0.25;
/// What counts as at a bound.
const AT_BOUND: f64 = 1e-9;

/// Examples on which the norms differ, and the largest margin in each.
pub struct Field {
    pub points: Points,
    pub norms: Vec<Norm>,
    pub references: Vec<LargestMargin>,
}

/// Whether the weights are decided, and the separator is unique: in l_inf and l1 it is a vertex.
fn is_decided(points: &Points, norm: &Norm, best: &LargestMargin) -> bool {
    let LargestMargin { w, p, z, gamma, lower, upper } = best;
    let support = p.iter().filter(|p| **p > AT_BOUND).count();
    let weights = p.iter().all(|p| *p < AT_BOUND || (DECIDED..1.0 - DECIDED).contains(p));
    let gaps = points.margins(w).iter().zip(p).all(|(m, p)| *p > DECIDED || *m > (1.0 + DECIDED) * gamma);
    let all = || w.iter().zip(z).map(|(w, z)| (w.abs(), z.abs() / gamma));
    let vertex = match norm {
        Norm::LInf => {
            let bound = all().filter(|(w, _)| *w > 1.0 - AT_BOUND).count();
            bound == 4
                && support == w.len() - bound + 1
                && all().all(|(w, z)| if w > 1.0 - AT_BOUND { z > DECIDED } else { w < 1.0 - DECIDED })
        }
        Norm::L1 => {
            let unused = all().filter(|(w, _)| *w < AT_BOUND).count();
            support == w.len() - unused
                && all().all(|(w, z)| if w < AT_BOUND { z < 1.0 - DECIDED } else { w > DECIDED })
        }
        _ => true,
    };
    weights && gaps && vertex && upper - lower < 1e-11 * lower
}

impl Field {
    fn ratio(&self, of: usize, w: &[f64]) -> f64 {
        self.references[of].share(&self.points, &self.norms[of], w)
    }
}

pub fn drawn_field(stream: &mut Stream) -> Result<Field> {
    let norms = vec![Norm::L2, Norm::LInf, Norm::L1, Norm::Spectral(SHAPE)];
    for _ in 0..4 * DRAWS {
        let classes = examples(stream)?;
        let points = classes.pair_points();
        if !is_well_separable(&points, 0.15) {
            continue;
        }
        let mut references: Vec<LargestMargin> = Vec::new();
        for norm in &norms {
            match largest_margin(&points, norm) {
                Ok(best) if is_decided(&points, norm, &best) => references.push(best),
                _ => break,
            }
        }
        let spectral = Setup::new("", classes);
        if !matches!(spectral, Ok(setup) if setup.kind() == Some(Rank::Two) && setup.settling() > SETTLING) {
            continue;
        }
        let field = Field { points, norms: norms.clone(), references };
        let all = 0..norms.len();
        let apart = |a: usize| all.clone().all(|b| a == b || field.ratio(a, &field.references[b].w) < 1.0 - APART);
        let drifts = |best: &LargestMargin| row_sum(&best.w).iter().all(|sum| sum.abs() > DECIDED);
        if field.references.len() == norms.len() && all.clone().all(apart) && drifts(&field.references[1]) {
            return Ok(field);
        }
    }
    Err(Error::numerical("no examples were drawn on which the norms differ"))
}

/// The runs on one field.
pub struct Races {
    pub field: Field,
    /// Frobenius, l_inf, l1, spectral.
    pub races: Vec<Race>,
    pub adam: Run,
}

const STEPS_OF_RACES: usize = 30_000;
const STEPS_OF_ADAM: usize = 80_000;

pub fn races(seed: Seed) -> Result<Races> {
    let field = drawn_field(&mut seed.stream("optimizer-norm", "table"))?;
    let of_norm = |k: usize| {
        let (norm, reference) = (&field.norms[k], &field.references[k]);
        let watch = Watch { name: "decaying steps", points: &field.points, norm, reference };
        let eta = reference.gamma / pow(radius(&field.points, norm), 2.0);
        race(&watch, STEPS_OF_RACES, |t| eta * pow(1.0 + t as f64 / 1e4, -0.6))
    };
    let races = (0..field.norms.len()).map(of_norm).collect();
    let stream = &mut seed.stream("optimizer-norm", "adam");
    let (beta, beta2) = (stream.uniform(0.5, 0.6), stream.uniform(0.6, 0.7));
    let adam = Optimizer { name: "Adam", rule: Rule::Adam { beta2, eps: 0.0 }, beta };
    let judge = Judge { points: &field.points, norm: &field.norms[1], reference: &field.references[1] };
    let eta = 1.0 / field.references[1].gamma;
    let nothing = vec![0.0; field.points.dim()];
    let stops = [STEPS_OF_ADAM / 4, STEPS_OF_ADAM];
    let adam = run(&judge, adam, nothing, &stops, |t| eta / (1.0 + t as f64).sqrt(), |_, _| ());
    Ok(Races { field, races, adam })
}

/// The same proof. It is that of steepest descent in any norm, on the pairs as points.
fn four_optimisers_four_margins(races: &Races, claims: &mut Claims) {
    the_optimiser_decides(&races.races, claims);
}

/// The same ends. What the direction still lacks is continued like 1/Σ η. A step of Adam is as long as that
/// of sign descent, up to a factor that tends to one; it forgets in 1/(1 - β_2) steps, which it goes to and fro.
fn adam_without_eps(races: &Races, claims: &mut Claims) {
    let Races { field, adam, .. } = races;
    let Rule::Adam { beta2, .. } = adam.optimizer.rule else { unreachable!("Adam") };
    let [before, end] = &adam.stops[..] else { unreachable!("two stops") };
    let rest = 1.0 / (end.sum / before.sum - 1.0);
    let to_and_fro = |at: &Stop| at.eta / at.sum / (1.0 - beta2);
    let chatter = to_and_fro(end) * (1.0 + rest) + to_and_fro(before) * rest;
    let separator = &field.references[1];
    for (k, norm) in field.norms.iter().enumerate() {
        let (first, now) = (field.ratio(k, &before.w), field.ratio(k, &end.w));
        let more = (now - first) * rest;
        let step = radius(&field.points, &field.norms[1]) / norm.length(&separator.w) / field.references[k].gamma;
        let gap = field.references[k].upper / field.references[k].lower - 1.0;
        claims.equal(
            format!("margin of Adam in {}, over the largest", norm.name()),
            now + more,
            field.ratio(k, &separator.w),
            Slack::next_term(more, 1.0)
                + Slack::next_term(step * chatter, 1.0)
                + Slack::certificate(gap)
                + Slack::rounding(end.steps as f64, 1.0),
        );
    }
}

/// The sum of the rows of a 3×2 matrix.
fn row_sum(w: &[f64]) -> [f64; 2] {
    [0, 1].map(|j| (0..3).map(|i| w[2 * i + j]).sum())
}

/// Nothing pulls it back. Σ_n q_n A_n has rows of sum zero, and so have its multiples and its polar factor; its signs need not.
fn row_sums_drift(races: &Races, claims: &mut Claims) {
    for race in [&races.races[0], &races.races[3]] {
        let sum = row_sum(&race.end.w);
        let size = race.norm.length(&race.end.w);
        claims
            .equal(
                format!("{}: |sum of the rows| over ‖W‖", race.norm.name()),
                norm(&sum) / size,
                0.0,
                Slack::rounding(8.0 * race.steps as f64, 1.0),
            )
            .on("1", 1.0);
    }
    let race = &races.races[1];
    let first = row_sum(&Race::gain(&race.half, &race.late));
    let now = row_sum(&Race::gain(&race.half, &race.end));
    let to_and_fro = row_sum(&race.to_and_fro());
    for (j, predicted) in row_sum(&race.reference.w).into_iter().enumerate() {
        claims
            .equal(
                format!("l_inf: sum of column {}, a unit of Σ η", j + 1),
                now[j],
                predicted,
                unsettled(now[j] - first[j]) + Slack::next_term(to_and_fro[j], 2.0) + race.rounding().times(3.0),
            )
            .on("1", 1.0);
    }
}
