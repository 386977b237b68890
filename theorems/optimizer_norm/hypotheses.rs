//! The hypotheses, as the experiments are seen to satisfy them.

use super::muon::muons;
use theoremcheck::theorem::{Finding, Hypothesis};

pub const HYPOTHESES: &[Hypothesis] = &[Hypothesis {
    id: "separability",
    says: "Some W has <A_n, W> > 0 for every pair.",
    verify: |lab| {
        let muons = lab.run(muons)?;
        let gaps = muons.both().map(|muon| muon.setup.reference.upper / muon.setup.reference.lower - 1.0);
        Ok(Finding {
            holds: muons.both().iter().all(|muon| muon.setup.reference.lower > 0.0),
            detail: format!("certified, with relative gaps of at most {:.0e}", gaps[0].max(gaps[1])),
        })
    },
    only_sufficient: Some("."),
}];
