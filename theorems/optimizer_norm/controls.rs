//! What happens instead, where a hypothesis is broken.

use super::kinds::Setup;
use super::muon::{Muon, bound_on_g, excess_of_rank_two, of_excess, rank_one, rank_two_of, steps_of_rank_two};
use crate::steepest_descent::identity::{divergence, entropy};
use crate::steepest_descent::largest_margin::LargestMargin;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{dot, exp, ln, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "separability",
        refutes: "muon-identity",
        on: "an example and its opposite: least g + log N",
        says: "A fifth example is the opposite of the first, with the same class. No W gets both right: weights of 1/2 on a pair of each \
               have Σ p_n A_n = 0, so that g ≤ -log 2 at every W, and no γ > 0 keeps the bound for long; here it is that of the \
               four.",
        claims: |lab, c| lab.run(inseparable).map(|run| bound_on_g("an example and its opposite", &run, c)),
        instead: |lab, c| lab.run(inseparable).map(|run| balance(&run, c)),
    },
    Control {
        without: "zero-start",
        refutes: "excess-of-rank-two",
        on: "γ|W|_op - g",
        says: "From another start whose rows sum to zero, with det Z on the side of Z* along the way, the part of (W*)'W that is symmetric and of trace 0 stays what it is, K, and \
               γ|W|_op - g tends to H + γ|K|_op - tr((Z*)'W* K).",
        claims: |lab, c| lab.run(elsewhere).map(|run| excess_of_rank_two(&run, c)),
        instead: |lab, c| lab.run(elsewhere).map(|run| what_the_start_leaves(&run, c)),
    },
];

/// The examples with Z* of rank one, and the opposite of the first.
pub fn inseparable(seed: Seed) -> Result<Muon> {
    let setup = with_rank_one(seed)?;
    let examples = &setup.classes.examples;
    let opposite: Vec<f64> = examples.row(0).iter().map(|x| -x).collect();
    let entries = examples.rows().flatten().copied().chain(opposite).collect();
    let labels = setup.classes.labels.iter().copied().chain([setup.classes.labels[0]]).collect();
    let classes = Classes::new(Points::new(2, entries)?, labels)?;
    let points = classes.pair_points();
    let p = setup.reference.p.iter().copied().chain([0.0, 0.0]).collect();
    let reference = LargestMargin { p, ..setup.reference.clone() };
    let four = setup.bearable();
    let setup = Setup { classes, points, reference, ..setup };
    Ok(setup.muon(vec![0.0; 6], &[4000], |_| four))
}

/// No γ. The first pair of the first example and that of its opposite have A and -A.
fn balance(run: &Muon, claims: &mut Claims) {
    let end = run.run.end();
    let count = run.setup.points.count();
    let mut p = vec![0.0; count];
    (p[0], p[count - 2]) = (0.5, 0.5);
    let zero = run.setup.points.combination(&p);
    let radius = run.setup.points.radius();
    claims.equal("|Σ p_n A_n|", norm(&zero), 0.0, Slack::rounding(8.0, radius)).on("the longest A_n", radius);
    let size = run.setup.points.margins(&end.w).iter().fold(1.0_f64, |most, m| most.max(m.abs()));
    claims.equal(
        "g + KL of the run, against -log 2",
        end.g + divergence(&p, &end.log_q),
        -entropy(&p),
        Slack::rounding(64.0, size),
    );
}

fn with_rank_one(seed: Seed) -> Result<Setup> {
    rank_one(&mut seed.stream("optimizer-norm", "rank one"))
}

/// From a drawn start, small enough for det Z to stay on its side.
pub fn elsewhere(seed: Seed) -> Result<Muon> {
    let stream = &mut seed.stream("optimizer-norm", "another start");
    let (setup, eta) = rank_two_of(seed)?;
    let steps = steps_of_rank_two(&setup, eta);
    for _ in 0..200 {
        let raw = stream.normals(6);
        let mean = [0, 1].map(|j| (raw[j] + raw[2 + j] + raw[4 + j]) / 3.0);
        let size = stream.uniform(0.2, 1.0) / setup.points.radius();
        let start = raw.iter().enumerate().map(|(k, w)| size * (w - mean[k % 2])).collect();
        let muon = setup.muon(start, &[steps], |_| eta);
        if muon.keeps_its_side() && symmetric_length(&setup, &muon.run.start) * setup.reference.gamma > 0.05 {
            return Ok(muon);
        }
    }
    Err(Error::numerical("no start was drawn from which det Z keeps its sign"))
}

/// K_1 and K_2 of the part ((K_1, K_2), (K_2, -K_1)) of W*'W.
fn symmetric_part(setup: &Setup, w: &[f64]) -> [f64; 2] {
    let entry = |i: usize, j: usize| -> f64 { (0..3).map(|r| setup.reference.w[2 * r + i] * w[2 * r + j]).sum() };
    [0.5 * (entry(0, 0) - entry(1, 1)), 0.5 * (entry(0, 1) + entry(1, 0))]
}

fn symmetric_length(setup: &Setup, w: &[f64]) -> f64 {
    norm(&symmetric_part(setup, w))
}

/// What no step moves. Steps are W*(αI + βJ). With W = W*(aI + bJ + K), |W|_op = (a² + b²)^(1/2) + |K|_op, and on the support
/// γa + b <A_n, W*J> + <A_n, W*K> = g - log p_n, whose mean is γa + <Z*, W*K> = g + H.
fn what_the_start_leaves(run: &Muon, claims: &mut Claims) {
    let Muon { setup, run, .. } = run;
    let (end, gamma, reference) = (run.end(), setup.reference.gamma, &setup.reference);
    let [k_1, k_2] = symmetric_part(setup, &run.start);
    let times_k: Vec<f64> =
        reference.w.chunks_exact(2).flat_map(|w| [w[0] * k_1 + w[1] * k_2, w[0] * k_2 - w[1] * k_1]).collect();
    let log_p = |n: usize| ln(reference.p[setup.support[n]]);
    let of_k = |n: usize| dot(setup.points.row(setup.support[n]), &times_k);
    let [b_1, b_2] = setup.across();
    let b = (log_p(1) + of_k(1) - log_p(0) - of_k(0)) / (b_1 - b_2);
    let parts = setup.judged(|judge| judge.parts(&end.w));
    let a = (parts.g + setup.entropy() - dot(&reference.z, &times_k)) / gamma;
    let length = norm(&[k_1, k_2]);
    claims.equal(
        "γ|W|_op - g, with K of the start",
        parts.excess,
        setup.entropy() + gamma * length - dot(&reference.z, &times_k) + gamma * b * b / (2.0 * a),
        Slack::next_term(gamma * pow(b, 4.0) / (8.0 * pow(a, 3.0)), 1.0)
            + Slack::next_term(exp(-setup.settling() * end.g), ln(setup.points.count() as f64))
            + of_excess(setup, end, &parts),
    );
    let [end_1, end_2] = symmetric_part(setup, &end.w);
    claims
        .equal(
            "|K at the end - K at the start|",
            norm(&[end_1 - k_1, end_2 - k_2]),
            0.0,
            Slack::rounding(end.steps as f64 + 64.0, parts.scale / gamma),
        )
        .on("1/γ", 1.0 / gamma);
}
