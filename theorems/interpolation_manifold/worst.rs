//! Many comparisons told as one: the one that is nearest to failing.

use theoremcheck::claim::{Claims, SHARPNESS};
use theoremcheck::quantity::Quantity;

/// measured = predicted, with the size that the slack is small against.
pub struct Case {
    pub measured: Quantity,
    pub predicted: f64,
    pub scale: f64,
}

impl Case {
    /// Above one if the claim fails, because it is off or because it is blunt; NaN counts as the worst.
    fn severity(&self) -> f64 {
        let slack = self.measured.slack.total();
        let off = (self.measured.value - self.predicted).abs() / slack;
        let blunt = slack / (SHARPNESS * self.scale);
        if off.is_nan() || blunt.is_nan() { f64::INFINITY } else { off.max(blunt) }
    }
}

/// Claims the case that is nearest to failing; if it holds, all do.
pub fn worst(what: &str, cases: Vec<Case>, claims: &mut Claims) {
    let count = cases.len();
    let worst = cases.into_iter().max_by(|a, b| a.severity().total_cmp(&b.severity())).expect("there are cases");
    let Case { measured, predicted, scale } = worst;
    let claim = claims.equal(format!("{what}, the worst of {count}"), measured, predicted, Default::default());
    if scale != predicted.abs() {
        claim.on("1", scale);
    }
}
