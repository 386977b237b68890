//! Muon with constant steps that are too long.

use super::muon::{Muon, of_excess, rank_one};
use crate::steepest_descent::identity::Parts;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::real::ln;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "constant-steps-lose",
    says: "Let Z* have rank one. The flow from 0 never has γ|W|_op - g above log N, N the number of pairs. There are \
           examples on which Muon with the exact polar factor and the constant step 5γ/B² has it above after 5000 steps, and \
           growing: higher after 10 000, 15 000 and 20 000 steps than at the time before, though all three pairs of the \
           support have a share above e^-15 then.",
    kind: Kind::Counterexample,
    standing: Standing::Observed,
    notes: &[],
    claims: |lab, c| lab.run(long_steps).map(|run| constant_steps_lose(&run, c)),
}];

/// A share, as a power of e, that is kept; and how far from det Z = 0 a step is taken at least, for no rounding to decide on it.
const KEPT: f64 = -15.0;
const AWAY: f64 = 1e-10;
const STOPS: [usize; 4] = [5_000, 10_000, 15_000, 20_000];
const DRAWS: usize = 50;

/// Constant steps, so long that what goes to and fro is of the order of one, on the first drawn examples on which they lose.
pub fn long_steps(seed: Seed) -> Result<Muon> {
    let stream = &mut seed.stream("optimizer-norm", "long steps");
    let mut last = None;
    for _ in 0..DRAWS {
        let setup = rank_one(stream)?;
        let eta = 5.0 * setup.bearable();
        let muon = setup.muon(vec![0.0; 6], &STOPS, |_| eta);
        let kept = |n: &usize| muon.run.stops.iter().all(|stop| stop.log_q[*n] > KEPT);
        if muon.nearest > AWAY && setup.support.iter().all(kept) {
            let seen = excesses(&muon);
            let above = seen[0].excess > of_the_flow(&muon) && seen.is_sorted_by(|a, b| a.excess < b.excess);
            last = Some(muon);
            if above {
                break;
            }
        }
    }
    last.ok_or_else(|| Error::numerical("no examples were drawn on which every pair keeps its share"))
}

/// log N, what γ|W|_op - g is at W = 0.
fn of_the_flow(muon: &Muon) -> f64 {
    ln(muon.setup.points.count() as f64)
}

fn excesses(muon: &Muon) -> Vec<Parts> {
    muon.setup.judged(|judge| muon.run.stops.iter().map(|stop| judge.parts(&stop.w)).collect())
}

/// No more than at the start. The flow has d(γ|W|_op - g)/dt ≤ γ - |Z|_nuclear ≤ 0.
fn constant_steps_lose(muon: &Muon, claims: &mut Claims) {
    let at_zero = muon.setup.judged(|judge| judge.parts(&[0.0; 6]));
    claims.equal("γ|W|_op - g at W = 0, against log N", at_zero.excess, of_the_flow(muon), Slack::rounding(64.0, 1.0));
    let mut before = of_the_flow(muon);
    for (stop, parts) in muon.run.stops.iter().zip(excesses(muon)) {
        let against = if stop.steps == STOPS[0] { "log N" } else { "the stop before" };
        let slack = of_excess(&muon.setup, stop, &parts);
        claims.at_least(
            format!("γ|W|_op - g after {} steps, against {against}", stop.steps),
            parts.excess,
            before,
            slack,
        );
        before = parts.excess;
    }
}
