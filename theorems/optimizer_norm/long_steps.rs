//! Muon with constant steps that are too long.

use super::muon::{Muon, of_excess, rank_one};
use theoremcheck::claim::Claims;
use theoremcheck::error::{Error, Result};
use theoremcheck::real::ln;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "constant-steps-lose",
    says: "Let Z* have rank one. The flow from 0 never has γ|W|_op - g above log N, N the number of pairs. Muon with the exact polar \
           factor and the constant step 5γ/B², on drawn examples whose three pairs all keep their share, has it above.",
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

/// Constant steps, so long that what goes to and fro is of the order of one.
pub fn long_steps(seed: Seed) -> Result<Muon> {
    let stream = &mut seed.stream("optimizer-norm", "long steps");
    for _ in 0..DRAWS {
        let setup = rank_one(stream)?;
        let eta = 5.0 * setup.bearable();
        let muon = setup.muon(vec![0.0; 6], &STOPS, |_| eta);
        let kept = |n: &usize| muon.run.stops.iter().all(|stop| stop.log_q[*n] > KEPT);
        if muon.nearest > AWAY && setup.support.iter().all(kept) {
            return Ok(muon);
        }
    }
    Err(Error::numerical("no examples were drawn on which every pair keeps its share"))
}

/// **No more than at the start.** The flow has d(γ|W|_op - g)/dt ≤ γ - |Z|_nuclear ≤ 0, and γ|W|_op - g = log N at W = 0.
fn constant_steps_lose(muon: &Muon, claims: &mut Claims) {
    let Muon { setup, run, .. } = muon;
    let end = run.end();
    let parts = setup.judged(|judge| judge.parts(&end.w));
    let of_flow = ln(setup.points.count() as f64);
    claims.at_least("γ|W|_op - g, against log N", parts.excess, of_flow, of_excess(setup, end, &parts));
}
