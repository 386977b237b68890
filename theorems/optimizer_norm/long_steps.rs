//! Muon with constant steps that are too long.

use super::kinds::SHAPE;
use super::muon::{Muon, of_excess, rank_one};
use super::singular::singular;
use theoremcheck::claim::Claims;
use theoremcheck::error::Result;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "constant-steps-lose",
    says: "Let Z* have rank one. Muon with the exact polar factor and the constant step 5γ/B², on the drawn examples, has γ|W|_op - g grow \
           without end, by a hundred-thousandth of γ Σ η and more: its margin stays below γ.",
    kind: Kind::Counterexample,
    standing: Standing::Observed,
    notes: &[],
    claims: |lab, c| lab.run(long_steps).map(|run| constant_steps_lose(&run, c)),
}];

/// Constant steps, so long that what goes to and fro is of the order of one.
pub fn long_steps(seed: Seed) -> Result<Muon> {
    let setup = rank_one(&mut seed.stream("optimizer-norm", "rank one"))?;
    let eta = 5.0 * setup.bearable();
    Ok(setup.muon(vec![0.0; 6], &[5_000, 10_000, 20_000], |_| eta))
}

/// So much of γ, at least, the margin lacks.
const LOST: f64 = 1e-5;

fn constant_steps_lose(run: &Muon, claims: &mut Claims) {
    let Muon { setup, run, .. } = run;
    let [_, half, end] = &run.stops[..] else { unreachable!("three stops") };
    let gamma = setup.reference.gamma;
    let excess = |w: &[f64], g: f64| gamma * singular(SHAPE, w).values[0] - g;
    let growth = (excess(&end.w, end.g) - excess(&half.w, half.g)) / (gamma * (end.sum - half.sum));
    let parts = setup.judged(|judge| judge.parts(&end.w));
    let rounding = of_excess(setup, end, &parts).times(2.0 / (gamma * (end.sum - half.sum)));
    claims.at_least("growth of γ|W|_op - g per unit of γ Σ η", growth, LOST, rounding);
}
