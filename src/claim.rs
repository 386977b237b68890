//! A claim compares a measured number with a predicted one and says why they may differ.
//!
//! There is no bare tolerance anywhere: a [`Slack`] is a sum of [`Term`]s, each a number with its
//! reason. A claim without slack, or with a NaN in it, never holds; nor does a claim whose slack
//! is more than one percent of its scale, for it would hold of too much.

use std::fmt;
use std::ops::{Add, Deref, DerefMut};

use statrs::distribution::{ContinuousCDF, Normal};

use crate::quantity::Quantity;
use crate::real::{UNIT_ROUNDOFF, ln};

/// The largest slack a claim may have, as a share of its scale.
pub const SHARPNESS: f64 = 0.01;

/// By how much more than the difference of its two runs an integrator may be wrong. The coarser run has a tolerance a
/// hundred times as large; four times the difference is enough as soon as that makes its error a quarter larger, where
/// the orders of the methods promise forty times.
pub const INTEGRATION_SAFETY: f64 = 4.0;

/// One reason why a measured number may differ from the predicted one, and by how much.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// `ops` rounded operations on numbers of size `scale`: ops · 2^-53 · scale.
    Rounding {
        /// How many operations.
        ops: f64,
        /// The size of their results.
        scale: f64,
    },
    /// The integrator: the difference against the same run at a coarser tolerance, times [`INTEGRATION_SAFETY`].
    Integration {
        /// Of the two runs.
        difference: f64,
    },
    /// The reference is known up to its duality gap. A negative gap is a false certificate, and no slack.
    Certificate {
        /// Upper less lower bound.
        gap: f64,
    },
    /// The theorem's own next term, evaluated, times a safety factor. `decay` says how it falls.
    NextTerm {
        /// The term.
        value: f64,
        /// How many times the term is allowed.
        safety: f64,
        /// How it falls in time, if it does.
        decay: Option<Decay>,
    },
    /// A mean of random draws: `z` standard errors.
    Sampling {
        /// How many standard errors.
        z: f64,
        /// Of the mean.
        standard_error: f64,
    },
    /// Measured, not justified. Counted and listed, to be got rid of.
    Empirical {
        /// The allowance.
        by: f64,
        /// What is known of its cause.
        why: &'static str,
    },
}

/// A next term seen at log t = `log_t` that falls like t^-`exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// When it was seen.
    pub log_t: f64,
    /// How fast it falls.
    pub exponent: f64,
}

impl Term {
    /// How far this reason lets the two numbers be apart.
    pub fn size(&self) -> f64 {
        match *self {
            Term::Rounding { ops, scale } => ops * UNIT_ROUNDOFF * scale.abs(),
            Term::Integration { difference } => INTEGRATION_SAFETY * difference.abs(),
            Term::Certificate { gap } if gap < 0.0 => f64::NAN,
            Term::Certificate { gap } => gap,
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

    /// How far the certified reference may be from the truth: upper less lower bound, each moved outwards by its own
    /// rounding, so that it is negative only if one of them is false.
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

    /// The same reasons, each `factor` times as large: an error of one quantity as one of another.
    pub fn times(mut self, factor: f64) -> Self {
        for term in &mut self.0 {
            match term {
                Term::Rounding { scale: size, .. }
                | Term::Integration { difference: size }
                | Term::Certificate { gap: size }
                | Term::NextTerm { value: size, .. }
                | Term::Sampling { standard_error: size, .. }
                | Term::Empirical { by: size, .. } => *size *= factor,
            }
        }
        self
    }

    /// The log t at which the total comes down to `allowed`, if what decays is to blame.
    fn reached_at(&self, allowed: f64) -> Option<f64> {
        let decaying = |term: &Term| match *term {
            Term::NextTerm { decay: Some(decay), .. } if decay.exponent > 0.0 => Some((term.size(), decay)),
            _ => None,
        };
        let falling: Vec<(f64, Decay)> = self.0.iter().filter_map(decaying).collect();
        let left = allowed - (self.total() - falling.iter().map(|(size, _)| size).sum::<f64>());
        // Each falling term gets an equal part of what is left.
        let part = left / falling.len() as f64;
        let needed = |(size, decay): &(f64, Decay)| decay.log_t + (ln(size / part) / decay.exponent).max(0.0);
        let latest = falling.iter().map(needed).reduce(f64::max);
        latest.filter(|log_t| left > 0.0 && log_t.is_finite())
    }
}

impl Add for Slack {
    type Output = Slack;

    fn add(mut self, other: Slack) -> Slack {
        self.0.extend(other.0);
        self
    }
}

/// The kinds of reason, largest first, each with the sum of its terms: "next term 1e-5, rounding 3e-14 (80 op.)".
impl fmt::Display for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Reason, size, operations.
        let mut kinds: Vec<(String, f64, f64)> = Vec::new();
        for term in &self.0 {
            let (name, ops) = match term {
                Term::Rounding { ops, .. } => (term.reason().to_string(), *ops),
                Term::Empirical { why, .. } => (format!("{} ({why})", term.reason()), 0.0),
                _ => (term.reason().to_string(), 0.0),
            };
            match kinds.iter_mut().find(|(other, ..)| *other == name) {
                Some((_, size, all)) => (*size, *all) = (*size + term.size(), *all + ops),
                None => kinds.push((name, term.size(), ops)),
            }
        }
        kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (i, (name, size, ops)) in kinds.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{name} {size:.0e}")?;
            if *ops > 0.0 {
                write!(f, " ({ops:.0} op.)")?;
            }
        }
        Ok(())
    }
}

/// How the measured number stands to the predicted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Measured and predicted are the same.
    Equal,
    /// The prediction is an upper bound.
    AtMost,
    /// The prediction is a lower bound.
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Up to its slack, and sharply.
    Holds,
    /// Or is senseless.
    Fails(Why),
    /// The asymptotic regime begins beyond the run, about at this log t. Never counted as held.
    OutOfReach {
        /// When it would be sharp.
        log_t: f64,
    },
}

/// Why a claim fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The measured number is further from the predicted one than the slack allows.
    Off,
    /// The slack is above one percent of the scale, or above the prediction itself: it would hold of too much.
    Blunt,
    /// No reason was given why the numbers may differ.
    NoSlack,
    /// A number or the slack is NaN or infinite.
    NotFinite,
}

impl Verdict {
    /// The verdict as tables and JSON print it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Fails(_) => "fails",
            Verdict::OutOfReach { .. } => "out of reach",
        }
    }

    /// Whether the claim is refuted, blunt or senseless; what is out of reach is not.
    pub fn fails(self) -> bool {
        matches!(self, Verdict::Fails(_))
    }
}

impl Why {
    /// The reason, in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Why::Off => "off",
            Why::Blunt => "blunt",
            Why::NoSlack => "no slack",
            Why::NotFinite => "not finite",
        }
    }
}

/// What the slack of a claim is small against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// |predicted|, or the bound.
    Predicted,
    /// A size that the text of the claim names.
    Named(f64),
}

/// measured = predicted (or ≤, ≥), up to slack.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What is compared, in a line.
    pub what: String,
    /// How.
    pub relation: Relation,
    /// By the run.
    pub measured: f64,
    /// By the theorem.
    pub predicted: f64,
    /// What the slack has to be small against.
    pub scale: Scale,
    /// By how much the two may differ, and why.
    pub slack: Slack,
    /// False on fixed data: the claim is then the same for every seed.
    pub seeded: bool,
}

impl Claim {
    /// Judges the claim on a scale of its own, and says so in its text: "|rho - w̃|, on the scale |ŵ|".
    pub fn on(&mut self, name: &str, scale: f64) {
        self.what = format!("{}, on the scale {name}", self.what);
        self.scale = Scale::Named(scale);
    }

    /// NaN, no slack at all and a blunt claim never hold; a blunt claim whose slack decays is out of reach.
    pub fn verdict(&self) -> Verdict {
        let total = self.slack.total();
        if self.slack.terms().is_empty() {
            Verdict::Fails(Why::NoSlack)
        } else if !(self.measured.is_finite() && self.predicted.is_finite() && total.is_finite()) {
            Verdict::Fails(Why::NotFinite)
        } else if self.is_blunt() {
            match self.slack.reached_at(self.sharpest()) {
                Some(log_t) => Verdict::OutOfReach { log_t },
                None => Verdict::Fails(Why::Blunt),
            }
        } else if self.violation() <= total {
            Verdict::Holds
        } else {
            Verdict::Fails(Why::Off)
        }
    }

    /// The size that the slack is small against.
    pub fn size(&self) -> f64 {
        match self.scale {
            Scale::Predicted => self.predicted.abs(),
            Scale::Named(scale) => scale.abs(),
        }
    }

    /// The largest slack that leaves the claim sharp: one percent of its scale, and of an equation not the whole of what
    /// is predicted, unless that is 0.
    fn sharpest(&self) -> f64 {
        let allowed = SHARPNESS * self.size();
        let vanishes = self.predicted == 0.0 || self.relation != Relation::Equal;
        if vanishes { allowed } else { allowed.min(self.predicted.abs()) }
    }

    /// A claim that would hold of too much.
    pub fn is_blunt(&self) -> bool {
        self.slack.total() > self.sharpest()
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

/// Claims of fixed data, for as long as it lives.
pub struct OfFixedData<'a>(&'a mut Claims);

impl Deref for OfFixedData<'_> {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        self.0
    }
}

impl DerefMut for OfFixedData<'_> {
    fn deref_mut(&mut self) -> &mut Claims {
        self.0
    }
}

impl Drop for OfFixedData<'_> {
    fn drop(&mut self) {
        self.0.fixed = false;
    }
}

impl Claims {
    /// The same list, for claims of fixed data, which are the same for every seed.
    pub fn of_fixed_data(&mut self) -> OfFixedData<'_> {
        self.fixed = true;
        OfFixedData(self)
    }

    /// measured = predicted, up to the slack and to what is known of the measured number's own error.
    pub fn equal(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<Quantity>,
        predicted: f64,
        slack: Slack,
    ) -> &mut Claim {
        self.push(what, Relation::Equal, measured, predicted, slack)
    }

    /// measured ≤ bound.
    pub fn at_most(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<Quantity>,
        bound: f64,
        slack: Slack,
    ) -> &mut Claim {
        self.push(what, Relation::AtMost, measured, bound, slack)
    }

    /// measured ≥ bound.
    pub fn at_least(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<Quantity>,
        bound: f64,
        slack: Slack,
    ) -> &mut Claim {
        self.push(what, Relation::AtLeast, measured, bound, slack)
    }

    fn push(
        &mut self,
        what: impl Into<String>,
        relation: Relation,
        measured: impl Into<Quantity>,
        predicted: f64,
        slack: Slack,
    ) -> &mut Claim {
        let Quantity { value: measured, slack: own } = measured.into();
        let (what, slack, seeded) = (what.into(), own + slack, !self.fixed);
        self.made.push(Claim { what, relation, measured, predicted, scale: Scale::Predicted, slack, seeded });
        self.made.last_mut().expect("just pushed")
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
    #[case::off(1.0, 1.1, Slack::rounding(4.0, 1.0), Verdict::Fails(Why::Off))]
    #[case::no_slack(1.0, 1.0, Slack::default(), Verdict::Fails(Why::NoSlack))]
    #[case::nan(f64::NAN, 1.0, Slack::rounding(4.0, 1.0), Verdict::Fails(Why::NotFinite))]
    #[case::nan_slack(1.0, 1.0, Slack::integration(f64::NAN), Verdict::Fails(Why::NotFinite))]
    #[case::infinite(f64::INFINITY, f64::INFINITY, Slack::rounding(4.0, 1.0), Verdict::Fails(Why::NotFinite))]
    #[case::too_blunt(1.0, 1.0, Slack::next_term(0.02, 1.0), Verdict::Fails(Why::Blunt))]
    #[case::false_certificate(1.0, 1.0, Slack::certificate(-1e-9), Verdict::Fails(Why::NotFinite))]
    fn an_equation(#[case] measured: f64, #[case] predicted: f64, #[case] slack: Slack, #[case] expected: Verdict) {
        assert_eq!(verdict(|c| _ = c.equal("x", measured, predicted, slack.clone())), expected);
    }

    #[rstest]
    #[case::kept(|c: &mut Claims| _ = c.at_most("x", 1.0, 2.0, Slack::rounding(4.0, 1.0)), Verdict::Holds)]
    #[case::broken(|c: &mut Claims| _ = c.at_least("x", 1.0, 2.0, Slack::rounding(4.0, 1.0)), Verdict::Fails(Why::Off))]
    #[case::blunt(|c: &mut Claims| _ = c.at_most("x", 2.0, 1.0, Slack::rounding(1e17, 1.0)), Verdict::Fails(Why::Blunt))]
    #[case::zero_without_scale(|c: &mut Claims| _ = c.at_least("x", 1.0, 0.0, Slack::rounding(4.0, 1.0)), Verdict::Fails(Why::Blunt))]
    #[case::zero_on_a_scale(|c: &mut Claims| c.at_least("x", 1.0, 0.0, Slack::rounding(4.0, 1.0)).on("1", 1.0), Verdict::Holds)]
    #[case::lost_in_slack(|c: &mut Claims| c.equal("x", 7.0, 1.0, Slack::next_term(1e6, 1.0)).on("N", 1e9), Verdict::Fails(Why::Blunt))]
    fn a_bound_or_a_scale(#[case] make: fn(&mut Claims), #[case] expected: Verdict) {
        assert_eq!(verdict(make), expected);
    }

    #[test]
    fn fixed_data_are_a_scope() {
        let mut claims = Claims::default();
        claims.of_fixed_data().equal("x", 1.0, 1.0, Slack::rounding(1.0, 1.0));
        claims.equal("y", 1.0, 1.0, Slack::rounding(1.0, 1.0)).on("|ŵ|", 2.0);
        let seeded: Vec<bool> = claims.iter().map(|claim| claim.seeded).collect();
        assert_eq!(seeded, [false, true]);
        assert_eq!(claims.iter().last().unwrap().what, "y, on the scale |ŵ|");
    }

    #[test]
    fn out_of_reach_says_when_the_next_term_is_small_enough() {
        let slack = Slack::decaying(1.0, 2.0, 10.0, 0.5);
        let Verdict::OutOfReach { log_t } = verdict(|c| _ = c.equal("x", 1.0, 1.0, slack.clone())) else {
            panic!("a next term of twice the prediction was taken for sharp");
        };
        assert!((log_t - (10.0 + ln(200.0) / 0.5)).abs() < 1e-12);
    }

    #[test]
    fn two_terms_that_are_blunt_together_are_out_of_reach_together() {
        let slack = Slack::decaying(0.008, 1.0, 10.0, 0.5) + Slack::decaying(0.004, 1.0, 10.0, 1.0);
        let Verdict::OutOfReach { log_t } = verdict(|c| _ = c.equal("x", 1.0, 1.0, slack.clone())) else {
            panic!("neither is above one percent, but their sum is");
        };
        assert!(0.008 * crate::real::exp(-0.5 * (log_t - 10.0)) + 0.004 * crate::real::exp(10.0 - log_t) <= 0.01);
    }

    #[test]
    fn reasons_of_one_kind_are_told_together() {
        let slack = Slack::rounding(8.0, 1.0) + Slack::next_term(1e-5, 2.0) + Slack::rounding(24.0, 1.0);
        assert_eq!(slack.to_string(), "next term 2e-5, rounding 4e-15 (32 op.)");
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
