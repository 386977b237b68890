//! A claim compares a measured number with a predicted one and says why they may differ.
//!
//! There is no bare tolerance anywhere: a [`Slack`] is a sum of [`Term`]s, each a number with its
//! reason. A claim without slack, or with a NaN in it, never holds; nor does an equation whose slack
//! is more than one percent of what it predicts, for it would hold of too much.

use std::fmt;
use std::ops::Add;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::real::{UNIT_ROUNDOFF, ln};

/// The largest slack an equation may have, as a share of its scale.
pub const SHARPNESS: f64 = 0.01;

/// One reason why a measured number may differ from the predicted one, and by how much.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// `ops` rounded operations on numbers of size `scale`: ops · 2^-53 · scale.
    Rounding { ops: f64, scale: f64 },
    /// The integrator: the difference against the same run at a finer tolerance.
    Integration { difference: f64 },
    /// The reference is known up to its duality gap.
    Certificate { gap: f64 },
    /// The theorem's own next term, evaluated, times a safety factor. `decay` says how it falls.
    NextTerm { value: f64, safety: f64, decay: Option<Decay> },
    /// A mean of random draws: `z` standard errors.
    Sampling { z: f64, standard_error: f64 },
    /// Measured, not justified. Counted and listed, to be got rid of.
    Empirical { by: f64, why: &'static str },
}

/// A next term seen at log t = `log_t` that falls like t^-`exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    pub log_t: f64,
    pub exponent: f64,
}

impl Term {
    /// How far this reason lets the two numbers be apart.
    pub fn size(&self) -> f64 {
        match *self {
            Term::Rounding { ops, scale } => ops * UNIT_ROUNDOFF * scale.abs(),
            Term::Integration { difference } => difference.abs(),
            Term::Certificate { gap } => gap.abs(),
            Term::NextTerm { value, safety, .. } => safety * value.abs(),
            Term::Sampling { z, standard_error } => z * standard_error.abs(),
            Term::Empirical { by, .. } => by.abs(),
        }
    }

    /// The kind of reason, one word.
    pub fn reason(&self) -> &'static str {
        match self {
            Term::Rounding { .. } => "rounding",
            Term::Integration { .. } => "integration",
            Term::Certificate { .. } => "certificate",
            Term::NextTerm { .. } => "next term",
            Term::Sampling { .. } => "sampling",
            Term::Empirical { .. } => "empirical",
        }
    }
}

/// A sum of reasons.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Slack(Vec<Term>);

impl Slack {
    /// `ops` rounded operations on numbers of size `scale`.
    pub fn rounding(ops: f64, scale: f64) -> Self {
        Slack(vec![Term::Rounding { ops, scale }])
    }

    /// The difference of two runs of the integrator, at two tolerances.
    pub fn integration(difference: f64) -> Self {
        Slack(vec![Term::Integration { difference }])
    }

    /// How far the certified reference may be from the truth.
    pub fn certificate(gap: f64) -> Self {
        Slack(vec![Term::Certificate { gap }])
    }

    /// The first term that the prediction leaves out, evaluated, times `safety`.
    pub fn next_term(value: f64, safety: f64) -> Self {
        Slack(vec![Term::NextTerm { value, safety, decay: None }])
    }

    /// A next term that falls like t^-`exponent` from the time at which it was evaluated.
    pub fn decaying(value: f64, safety: f64, log_t: f64, exponent: f64) -> Self {
        Slack(vec![Term::NextTerm { value, safety, decay: Some(Decay { log_t, exponent }) }])
    }

    /// A mean with this standard error, at a two-sided level of `confidence` in (0, 1).
    pub fn sampling(confidence: f64, standard_error: f64) -> Self {
        let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
        Slack(vec![Term::Sampling { z, standard_error }])
    }

    /// A measured allowance, with what is known of its cause. The course has none.
    pub fn empirical(by: f64, why: &'static str) -> Self {
        Slack(vec![Term::Empirical { by, why }])
    }

    /// The reasons, in the order in which they were added.
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// The sum of all terms.
    pub fn total(&self) -> f64 {
        self.0.iter().map(Term::size).sum()
    }

    /// The log t at which a decaying next term alone comes down to `allowed`.
    fn reached_at(&self, allowed: f64) -> Option<f64> {
        let reach = |term: &Term| match *term {
            Term::NextTerm { decay: Some(Decay { log_t, exponent }), .. } if exponent > 0.0 => {
                Some(log_t + ln(term.size() / allowed) / exponent)
            }
            _ => None,
        };
        self.0.iter().filter(|term| term.size() > allowed).filter_map(reach).reduce(f64::max)
    }
}

impl Add for Slack {
    type Output = Slack;

    fn add(mut self, other: Slack) -> Slack {
        self.0.extend(other.0);
        self
    }
}

/// The reasons, largest first: "next term 1.2e-5, rounding 3e-14".
impl fmt::Display for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms: Vec<&Term> = self.0.iter().collect();
        terms.sort_by(|a, b| b.size().total_cmp(&a.size()));
        for (i, term) in terms.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{} {:.1e}", term.reason(), term.size())?;
            if let Term::Empirical { why, .. } = term {
                write!(f, " ({why})")?;
            }
        }
        Ok(())
    }
}

/// How the measured number stands to the predicted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Equal,
    AtMost,
    AtLeast,
}

impl Relation {
    /// =, ≤ or ≥.
    pub fn sign(self) -> &'static str {
        match self {
            Relation::Equal => "=",
            Relation::AtMost => "≤",
            Relation::AtLeast => "≥",
        }
    }
}

/// What came of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Holds,
    Fails,
    /// The asymptotic regime begins beyond the run, about at this log t. Never counted as held.
    OutOfReach {
        log_t: f64,
    },
}

impl Verdict {
    /// The verdict as tables and JSON print it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::OutOfReach { .. } => "out of reach",
        }
    }
}

/// measured = predicted (or ≤, ≥), up to slack.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    pub what: String,
    pub relation: Relation,
    pub measured: f64,
    pub predicted: f64,
    /// What the slack of an equation is small against: |predicted| unless the claim names another.
    pub scale: f64,
    pub slack: Slack,
    /// False on fixed data: the claim is then the same for every seed.
    pub seeded: bool,
}

impl Claim {
    /// NaN, no slack at all and a blunt equation never hold; a blunt equation whose slack decays is out of
    /// reach.
    pub fn verdict(&self) -> Verdict {
        let total = self.slack.total();
        let comparable = self.measured.is_finite() && self.predicted.is_finite() && total.is_finite();
        if !comparable || self.slack.terms().is_empty() {
            Verdict::Fails
        } else if self.is_blunt() {
            match self.slack.reached_at(SHARPNESS * self.scale.abs()) {
                Some(log_t) if log_t.is_finite() => Verdict::OutOfReach { log_t },
                _ => Verdict::Fails,
            }
        } else if self.violation() <= total {
            Verdict::Holds
        } else {
            Verdict::Fails
        }
    }

    /// An equation whose slack is above one percent of its scale: it would hold of too much.
    pub fn is_blunt(&self) -> bool {
        self.relation == Relation::Equal && self.slack.total() > SHARPNESS * self.scale.abs()
    }

    /// How far the measured number is on the wrong side of the predicted one.
    pub fn violation(&self) -> f64 {
        match self.relation {
            Relation::Equal => (self.measured - self.predicted).abs(),
            Relation::AtMost => self.measured - self.predicted,
            Relation::AtLeast => self.predicted - self.measured,
        }
    }

    /// The share of the slack that is used: above one the claim fails; 0 for a bound kept with room.
    pub fn used(&self) -> f64 {
        self.violation().max(0.0) / self.slack.total()
    }
}

/// The claims of one step in one run, in the order they are made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    made: Vec<Claim>,
    fixed: bool,
}

impl Claims {
    /// What is claimed from here on is of fixed data, the same for every seed.
    pub fn of_fixed_data(&mut self) -> &mut Self {
        self.fixed = true;
        self
    }

    /// measured = predicted, sharp to one percent of |predicted|.
    pub fn equal(&mut self, what: impl Into<String>, measured: f64, predicted: f64, slack: Slack) {
        self.push(what, Relation::Equal, (measured, predicted), predicted, slack);
    }

    /// measured = predicted, sharp to one percent of `scale`, which `what` names.
    pub fn equal_on(&mut self, what: impl Into<String>, measured: f64, predicted: f64, scale: f64, slack: Slack) {
        self.push(what, Relation::Equal, (measured, predicted), scale, slack);
    }

    /// measured ≤ bound.
    pub fn at_most(&mut self, what: impl Into<String>, measured: f64, bound: f64, slack: Slack) {
        self.push(what, Relation::AtMost, (measured, bound), bound, slack);
    }

    /// measured ≥ bound.
    pub fn at_least(&mut self, what: impl Into<String>, measured: f64, bound: f64, slack: Slack) {
        self.push(what, Relation::AtLeast, (measured, bound), bound, slack);
    }

    fn push(
        &mut self,
        what: impl Into<String>,
        relation: Relation,
        (measured, predicted): (f64, f64),
        scale: f64,
        slack: Slack,
    ) {
        let seeded = !self.fixed;
        self.made.push(Claim { what: what.into(), relation, measured, predicted, scale, slack, seeded });
    }

    /// The claims in the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Claim> {
        self.made.iter()
    }

    /// At least one claim, and every one holds.
    pub fn hold(&self) -> bool {
        !self.made.is_empty() && self.made.iter().all(|claim| claim.verdict() == Verdict::Holds)
    }
}

impl<'a> IntoIterator for &'a Claims {
    type Item = &'a Claim;
    type IntoIter = std::slice::Iter<'a, Claim>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn verdict(make: impl Fn(&mut Claims)) -> Verdict {
        let mut claims = Claims::default();
        make(&mut claims);
        claims.iter().next().unwrap().verdict()
    }

    #[rstest]
    #[case::equal(1.0, 1.0 + 1e-16, Slack::rounding(4.0, 1.0), Verdict::Holds)]
    #[case::off(1.0, 1.1, Slack::rounding(4.0, 1.0), Verdict::Fails)]
    #[case::no_slack(1.0, 1.0, Slack::default(), Verdict::Fails)]
    #[case::nan(f64::NAN, 1.0, Slack::rounding(4.0, 1.0), Verdict::Fails)]
    #[case::nan_slack(1.0, 1.0, Slack::integration(f64::NAN), Verdict::Fails)]
    #[case::infinite(f64::INFINITY, f64::INFINITY, Slack::rounding(4.0, 1.0), Verdict::Fails)]
    #[case::too_blunt(1.0, 1.0, Slack::next_term(0.02, 1.0), Verdict::Fails)]
    fn an_equation(#[case] measured: f64, #[case] predicted: f64, #[case] slack: Slack, #[case] expected: Verdict) {
        assert_eq!(verdict(|c| c.equal("x", measured, predicted, slack.clone())), expected);
    }

    #[test]
    fn out_of_reach_says_when_the_next_term_is_small_enough() {
        let slack = Slack::decaying(1.0, 2.0, 10.0, 0.5);
        let Verdict::OutOfReach { log_t } = verdict(|c| c.equal("x", 1.0, 1.0, slack.clone())) else {
            panic!("a next term of twice the prediction was taken for sharp");
        };
        assert!((log_t - (10.0 + ln(200.0) / 0.5)).abs() < 1e-12);
    }

    #[test]
    fn no_claims_never_hold() {
        assert!(!Claims::default().hold());
    }

    #[test]
    fn sampling_uses_the_normal_quantile() {
        let slack = Slack::sampling(0.95, 2.0);
        assert!((slack.total() - 2.0 * 1.959_963_984_540_054).abs() < 1e-9);
    }
}
