//! Momentum with constant steps: below a threshold its memory fades, above it the first gradients decide, except where they all
//! agree.

use super::kinds::{SHAPE, Setup};
use super::muon::{Muon, excess_of_rank_two, rank_two};
use super::optimizers::{Optimizer, Rule, State};
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::singular::{polar, singular_values};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, difference, exp, ln, norm};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "momentum-fades",
        says: "Let k = 3, d = 2, the loss exponential, Z* of rank two with a unique p on two pairs, and det of the mean \
               gradient of one sign. Muon with the exact polar factor, momentum β and a constant step η below log(1/β)/γ and \
               at most γ/B², from 0, forgets its past gradients, though they are larger: its constants are those without \
               momentum.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(momenta).map(|momenta| momentum_fades(&momenta.fading, c)),
    },
    Step {
        id: "momentum-freezes",
        says: "Let k = 3, d = 2, let Muon have the exact polar factor, momentum β and a constant step η, from 0, and let Σ \
               β^-j L_j Z_j converge to a matrix of rank two with the polar factor V, m = min <A_n, V>. Then Muon moves \
               along V in the end. The sum does converge if W comes to move along some V with η m > log(1/β). If the first \
               gradients point elsewhere, so that m < γ, the margin tends to m, and γ|W|_op - g grows without bound by γ - m \
               per unit of Σ η.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(momenta).map(|momenta| momentum_freezes(&momenta.frozen, c)),
    },
    Step {
        id: "momentum-harmless",
        says: "Let x_n = s_n v for the n-th of three unit vectors v of the plane that sum to zero, one example a class, s_n \
               > 0. Every Z on the way from 0 has the polar factor W*, and Muon with this exact polar factor, any momentum \
               and any constant step, above the threshold too, has the margin γ after every step: γ = (3/2)^(1/2) min s_n.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| lab.run(momenta).map(|momenta| momentum_harmless(&momenta.harmless, c)),
    },
];

pub struct Momenta {
    pub fading: Muon,
    pub frozen: Frozen,
    pub harmless: Harmless,
}

/// A run above the threshold.
pub struct Frozen {
    pub muon: Muon,
    /// Σ β^-j L_j Z_j over the first steps, and how many.
    early: Vec<f64>,
    steps: usize,
    /// β e^(η min <A_n, V>).
    ratio: f64,
}

/// Above the threshold, without harm.
pub struct Harmless {
    setup: Setup,
    lengths: [f64; 3],
    margins: Vec<f64>,
}

/// Muon with momentum β.
pub fn with_momentum(beta: f64) -> Optimizer {
    Optimizer { name: "Muon with momentum", rule: Rule::Steepest(Norm::Spectral(SHAPE)), beta }
}

/// What the margin of a frozen direction lacks at least, over γ, for it to be seen, and at most, for the gradients to fall faster than β^j.
const LACKING: f64 = 0.02;
const LACKING_AT_MOST: f64 = 0.15;
/// By how much the next margin of that direction is above, at least, over γ.
const APART: f64 = 0.05;
/// So many steps are summed up, and so many taken, by half of which the pair that the direction serves worst is alone in L.
const SUMMED: usize = 3000;
const TAKEN: usize = 9_000;

pub fn momenta(seed: Seed) -> Result<Momenta> {
    let stream = &mut seed.stream("optimizer-norm", "momentum");
    let beta = stream.uniform(0.9, 0.96);
    Ok(Momenta {
        fading: drawn_fading(stream)?,
        frozen: drawn_frozen(beta, stream)?,
        harmless: harmless(beta, stream)?,
    })
}

/// Steps of a part of γ/B² and the β with which they are `below` times log(1/β)/γ; det of the mean keeps its sign.
fn drawn_fading(stream: &mut Stream) -> Result<Muon> {
    for _ in 0..100 {
        let (part, below) = (stream.uniform(0.3, 1.0), stream.uniform(0.4, 0.7));
        let setup = rank_two(stream, part)?;
        let eta = part * setup.bearable();
        let gained = setup.reference.gamma * eta;
        // What momentum remembers is forgotten at half of its own rate.
        let rate = (setup.settling() * gained).min(0.5 * (1.0 - below) * gained / below);
        let steps = (2.0 * 40.0 / rate).ceil() as usize;
        let muon = setup.moving(with_momentum(exp(-gained / below)), vec![0.0; 6], &[steps], |_| eta);
        if muon.keeps_its_side() {
            return Ok(muon);
        }
    }
    Err(Error::numerical("no examples were drawn on which det of the mean gradient keeps its sign"))
}

/// The two least <A_n, V>.
fn two_least(points: &Points, direction: &[f64]) -> [f64; 2] {
    let mut margins = points.margins(direction);
    margins.sort_by(f64::total_cmp);
    [margins[0], margins[1]]
}

/// Data on which the frozen direction lacks a fiftieth of the margin or more.
fn drawn_frozen(beta: f64, stream: &mut Stream) -> Result<Frozen> {
    for _ in 0..1000 {
        let setup = rank_two(stream, 1.0)?;
        let eta = stream.uniform(1.4, 1.8) * ln(1.0 / beta) / setup.reference.gamma;
        let optimizer = with_momentum(beta);
        let mut state = State::new(&optimizer, &setup.points, vec![0.0; 6]);
        let mut early = vec![0.0; 6];
        for j in 0..SUMMED {
            // β^-j L_j as one exponent, for no number to overflow: β^-j grows more slowly than L falls.
            axpy(exp(-(j as f64) * ln(beta) - state.g), &state.z, &mut early);
            state.step(eta);
        }
        let direction = polar(SHAPE, &early);
        let [least, second] = two_least(&setup.points, &direction);
        let gamma = setup.reference.gamma;
        if (LACKING..LACKING_AT_MOST).contains(&(1.0 - least / gamma)) && second - least > APART * gamma {
            let stops = [SUMMED, TAKEN / 2, TAKEN];
            let muon = setup.moving(with_momentum(beta), vec![0.0; 6], &stops, |_| eta);
            let ratio = beta * exp(eta * least);
            return Ok(Frozen { muon, early, steps: SUMMED, ratio });
        }
    }
    Err(Error::numerical("no examples were drawn on which momentum freezes a wrong direction"))
}

/// One example a class, along the corners of an equilateral triangle.
fn harmless(beta: f64, stream: &mut Stream) -> Result<Harmless> {
    let (angle, lengths) = (stream.uniform(0.0, 6.0), [0; 3].map(|_| stream.uniform(0.5, 2.0)));
    let corner = |n: usize| {
        let at = angle + n as f64 * 2.0 * std::f64::consts::PI / 3.0;
        [lengths[n] * libm::cos(at), lengths[n] * libm::sin(at)]
    };
    let classes = Classes::new(Points::from_rows(&[corner(0), corner(1), corner(2)]), vec![0, 1, 2])?;
    let setup = Setup::new("three directions", classes)?;
    let optimizer = with_momentum(beta);
    let eta = 2.0 * ln(1.0 / beta) / setup.reference.gamma;
    let mut state = State::new(&optimizer, &setup.points, vec![0.0; 6]);
    let mut margins = Vec::new();
    for _ in 0..300 {
        state.step(eta);
        margins.push(setup.points.least_margin(&state.w) / singular_values(SHAPE, &state.w)[0]);
    }
    Ok(Harmless { setup, lengths, margins })
}

/// What is forgotten. The constants are those of a run without momentum.
fn momentum_fades(fading: &Muon, claims: &mut Claims) {
    excess_of_rank_two(fading, claims);
}

/// The first gradients decide. β^-t times the mean is (1 - β) Σ β^-j L_j Z_j, whose terms fall like (β e^(η m))^-j, m the margin
/// of the direction: what is left of the sum after J of them is of that order, and so is what V lacks.
fn momentum_freezes(frozen: &Frozen, claims: &mut Claims) {
    let Frozen { muon: Muon { setup, run, .. }, early, steps, ratio } = frozen;
    let [summed, half, last] = &run.stops[..] else { unreachable!("three stops") };
    let (gamma, direction) = (setup.reference.gamma, polar(SHAPE, early));
    let moved: Vec<f64> = difference(&last.w, &summed.w).iter().map(|w| w / (last.sum - summed.sum)).collect();
    let reach = setup.points.radius() / gamma;
    let rest = || Slack::next_term(exp(-(*steps as f64) * ln(*ratio)), reach);
    let rounding = || Slack::rounding(16.0 * TAKEN as f64, reach);
    claims
        .equal(
            "|W - W after J steps|, less V Σ η, over Σ η",
            norm(&difference(&moved, &direction)),
            0.0,
            rest() + rounding(),
        )
        .on("1", 1.0);
    let [least, _] = two_least(&setup.points, &direction);
    // By how much the others are above the least half way, as they were after J steps and have gained since.
    let (then, gained) = (setup.points.margins(&summed.w), setup.points.margins(&direction));
    let ahead: Vec<f64> = (0..then.len()).map(|n| then[n] + gained[n] * (half.sum - summed.sum)).collect();
    let lowest = ahead.iter().copied().fold(f64::INFINITY, f64::min);
    let others = ahead.iter().map(|m| exp(lowest - m)).sum::<f64>() - 1.0;
    let growth = (last.g - half.g) / (last.sum - half.sum) / gamma;
    claims.equal(
        "growth of g per unit of Σ η, over γ",
        growth,
        least / gamma,
        rest() + rounding() + Slack::next_term(others, 1.0 / (last.sum - half.sum) / gamma),
    );
}

/// By symmetry. W*v_n has the entries (2/3)^(1/2) (1, -1/2, -1/2), the first for the class of v_n: both pairs of an example have the
/// same margin along W*, s_n (3/2)^(1/2), hence the same share, and their sum is s_n (3/2)^(1/2) w v_n', w a column of W*.
fn momentum_harmless(run: &Harmless, claims: &mut Claims) {
    let least = run.lengths.iter().copied().fold(f64::INFINITY, f64::min);
    let gamma = 1.5_f64.sqrt() * least;
    let gap = (run.setup.reference.upper - run.setup.reference.lower) / gamma;
    claims.equal(
        "γ, certified",
        run.setup.reference.gamma,
        gamma,
        Slack::certificate(gap * gamma) + Slack::rounding(64.0, gamma),
    );
    let (low, high) = run.margins.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), m| (l.min(*m), h.max(*m)));
    let rounding = || Slack::rounding(64.0 + run.margins.len() as f64, 4.0 * gamma);
    claims.equal("least margin/|W|_op of all steps", low, gamma, rounding());
    claims.equal("largest margin/|W|_op of all steps", high, gamma, rounding());
}
