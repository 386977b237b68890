//! What a run leaves behind: the one record that tests, snapshots, terminal, JSON and book read.

use std::panic::{self, AssertUnwindSafe};

use serde_json::{Value, json};

use crate::claim::{Claim, Claims, Relation, Term, Verdict, Why};
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::problem::table::Table;
use crate::theorem::{Control, DataRun, Finding, Hypothesis, Step, Theorem};

/// A control must miss its prediction by this many times the slack: a near miss shows nothing.
pub const DECISIVE: f64 = 10.0;

/// A theorem, checked with one seed.
pub struct Evidence {
    /// What was run.
    pub theorem: &'static Theorem,
    /// The seed of the lab.
    pub seed: u64,
    /// Whether they hold.
    pub hypotheses: Vec<(&'static Hypothesis, Result<Finding>)>,
    /// Their claims.
    pub steps: Vec<(&'static Step, Result<Claims>)>,
    /// What became of them.
    pub controls: Vec<(&'static Control, Result<Broken>)>,
}

/// A hypothesis broken.
pub struct Broken {
    /// The refuted step's claims on the broken setup.
    pub claims: Claims,
    /// What happens instead.
    pub instead: Claims,
    /// How the text of the claim begins that must fail.
    pub on: &'static str,
}

impl Broken {
    /// The named claim, if it fails decisively, with its violation over its slack. Only finite numbers refute, and
    /// only a claim that was sharp enough to hold.
    pub fn refuted(&self) -> Option<(&Claim, f64)> {
        let claim = self.claims.iter().find(|claim| claim.what.starts_with(self.on))?;
        let ratio = claim.used();
        (!claim.is_blunt() && ratio.is_finite() && ratio >= DECISIVE).then_some((claim, ratio))
    }

    /// The step is refuted, and what should happen instead does.
    pub fn holds(&self) -> bool {
        self.refuted().is_some() && self.instead.hold()
    }
}

/// What part of a theorem to check: everything, or one step or control by its name.
pub fn wants(only: Option<&str>, id: &str) -> bool {
    only.is_none_or(|only| only == id)
}

/// Checks a theorem in a lab; `only` names a single step or control; `seen` hears of each as it begins.
pub fn check(theorem: &'static Theorem, lab: &Lab, only: Option<&str>, seen: &dyn Fn(&str)) -> Evidence {
    let watched = |id: &str| {
        let wanted = wants(only, id);
        if wanted {
            seen(id);
        }
        wanted
    };
    let hypothesis = |h: &'static Hypothesis| (h, guarded(|| (h.verify)(lab)));
    let step = |s: &'static Step| (s, collect(s.claims, lab));
    let control = |c: &'static Control| (c, break_hypothesis(c, lab));
    Evidence {
        theorem,
        seed: lab.seed().0,
        hypotheses: theorem.hypotheses.iter().map(hypothesis).collect(),
        steps: theorem.steps().filter(|s| watched(s.id)).map(step).collect(),
        controls: theorem.controls.iter().filter(|c| watched(&c.id())).map(control).collect(),
    }
}

fn collect(make: fn(&Lab, &mut Claims) -> Result<()>, lab: &Lab) -> Result<Claims> {
    guarded(|| {
        let mut claims = Claims::default();
        make(lab, &mut claims)?;
        Ok(claims)
    })
}

/// A mistake in one function costs its own result and no other.
pub(crate) fn guarded<T>(compute: impl FnOnce() -> Result<T>) -> Result<T> {
    panic::catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|cause| {
        let message = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
        Err(Error::course(format!("the function panicked: {}", message.unwrap_or("without a message"))))
    })
}

/// An error if the step makes no claim of the control's name: that nothing fails would then show nothing.
fn break_hypothesis(control: &Control, lab: &Lab) -> Result<Broken> {
    let Control { refutes, on, .. } = *control;
    let claims = collect(control.claims, lab)?;
    if !claims.iter().any(|claim| claim.what.starts_with(on)) {
        let names: Vec<&str> = claims.iter().map(|claim| &claim.what[..]).collect();
        return Err(Error::course(format!(
            "{}: no claim of {refutes} begins with '{on}'; they are '{}'",
            control.id(),
            names.join("', '")
        )));
    }
    Ok(Broken { claims, instead: collect(control.instead, lab)?, on })
}

impl Evidence {
    /// Every hypothesis, step and control that was looked at.
    pub fn holds(&self) -> bool {
        self.hypotheses.iter().all(|(_, finding)| matches!(finding, Ok(finding) if finding.holds))
            && self.steps.iter().all(|(_, claims)| matches!(claims, Ok(claims) if claims.hold()))
            && self.controls.iter().all(|(_, broken)| matches!(broken, Ok(broken) if broken.holds()))
    }

    /// The object of `check --json`.
    pub fn to_json(&self) -> Value {
        json!({
            "theorem": self.theorem.id,
            "seed": self.seed,
            "hypotheses": self.hypotheses.iter().map(|(h, finding)| match finding {
                Ok(finding) => finding_json(h.id, finding),
                Err(error) => json!({ "id": h.id, "holds": false, "detail": error.to_string() }),
            }).collect::<Vec<_>>(),
            "claims": self.steps.iter().flat_map(|(step, claims)| claims_json(step.id, claims)).collect::<Vec<_>>(),
            "controls": self.controls.iter().map(|(c, broken)| control_json(c, broken)).collect::<Vec<_>>(),
            "holds": self.holds(),
        })
    }
}

impl DataRun {
    /// Every hypothesis holds and no claim fails; out of reach is no failure on the reader's data.
    pub fn holds(&self) -> bool {
        let fails = |claim: &Claim| claim.verdict().fails();
        self.hypotheses.iter().all(|(_, finding)| finding.holds)
            && !self.steps.iter().any(|(_, claims)| claims.iter().any(fails))
    }

    /// The object of `run --json`, with the name of the table and the table, if there is one; `reached_by` is the command
    /// that reaches what this run does not.
    pub fn to_json(&self, theorem: &str, read: Option<(&str, &Table)>, reached_by: Option<String>) -> Value {
        json!({
            "theorem": theorem,
            "data": read.map(|(data, _)| data),
            "read": read.map(|(_, table)| {
                json!({ "lines": table.rows.len(), "columns": table.columns(), "header": table.header })
            }),
            "hypotheses": self.hypotheses.iter().map(|(id, finding)| finding_json(id, finding)).collect::<Vec<_>>(),
            "reference": self.reference,
            "predicted": self.predicted,
            "measured": self.measured,
            "claims": self.steps.iter()
                .flat_map(|(step, claims)| claims.iter().map(|claim| claim_json(step, claim)))
                .collect::<Vec<_>>(),
            "reached_by": reached_by,
            "holds": self.holds(),
        })
    }
}

fn finding_json(id: &str, finding: &Finding) -> Value {
    json!({ "id": id, "holds": finding.holds, "detail": finding.detail })
}

fn claims_json(step: &str, claims: &Result<Claims>) -> Vec<Value> {
    match claims {
        Ok(claims) => claims.iter().map(|claim| claim_json(step, claim)).collect(),
        Err(error) => vec![json!({
            "step": step, "what": "the experiment gave no answer", "measured": null, "predicted": null,
            "slack": null, "reason": error.to_string(), "verdict": Verdict::Fails(Why::NotFinite).word(),
        })],
    }
}

pub(crate) fn claim_json(step: &str, claim: &Claim) -> Value {
    let verdict = claim.verdict();
    let mut row = json!({
        "step": step,
        "what": claim.what,
        "relation": match claim.relation {
            Relation::Equal => "equal",
            Relation::AtMost => "at most",
            Relation::AtLeast => "at least",
        },
        "measured": claim.measured,
        "predicted": claim.predicted,
        "scale": claim.size(),
        "slack": claim.slack.total(),
        "terms": claim.slack.terms().iter().map(term_json).collect::<Vec<_>>(),
        "reason": claim.slack.to_string(),
        "verdict": verdict.word(),
        "seeded": claim.seeded,
    });
    match verdict {
        Verdict::Holds => {}
        Verdict::Fails(why) => row["why"] = json!(why.word()),
        Verdict::OutOfReach { log_t } => row["needs_log_t"] = json!(log_t),
    }
    row
}

fn term_json(term: &Term) -> Value {
    let mut row = json!({ "reason": term.reason(), "size": term.size() });
    if let Term::Rounding { ops, .. } = term {
        row["operations"] = json!(ops);
    }
    row
}

fn control_json(control: &Control, broken: &Result<Broken>) -> Value {
    let refuted = broken.as_ref().ok().and_then(Broken::refuted);
    let mut row = json!({
        "without": control.without,
        "refutes": control.refutes,
        "refuted": refuted.is_some(),
        "violation_over_slack": refuted.map(|(_, ratio)| ratio),
        "on": refuted.map(|(claim, _)| claim.what.clone()),
    });
    match broken {
        Ok(broken) => {
            row["instead"] = broken.instead.iter().map(|claim| claim_json(&control.id(), claim)).collect();
        }
        Err(error) => row["detail"] = json!(error.to_string()),
    }
    row
}
