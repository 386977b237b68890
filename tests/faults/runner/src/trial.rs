//! One run of the copy, and what it says about a fault.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::copy::VARIABLE;
use crate::fault::{Fault, Result};

/// A fault may leave a loop without an end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run left behind.
pub struct Outcome {
    /// None if it was killed.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a step or a control, with a fault or without. What it prints is kept in files that begin with `log`.
pub fn run(command: &Path, step: &str, fault: Option<usize>, log: &Path) -> Result<Outcome> {
    let at = |error: std::io::Error| format!("{}: {error}", log.display());
    let (out, err) = (format!("{}.json", log.display()), format!("{}.err", log.display()));
    let mut child = Command::new(command)
        .args(["check", step, "--seed", "1", "--json"])
        .env(VARIABLE, fault.map_or(String::new(), |k| k.to_string()))
        .stdout(File::create(&out).map_err(at)?)
        .stderr(File::create(&err).map_err(at)?)
        .spawn()
        .map_err(|error| format!("{}: {error}", command.display()))?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(at)? {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().and_then(|()| child.wait()).map_err(at)?;
            return Err(format!("no answer within {} seconds", PATIENCE.as_secs()));
        }
        thread::sleep(Duration::from_millis(10));
    };
    let read = |path| fs::read_to_string(path).map_err(at);
    Ok(Outcome { code: status.code(), stdout: read(out)?, stderr: read(err)? })
}

/// The evidence of a run without a fault, in which everything must hold.
pub fn sound(outcome: &Outcome) -> Result<Value> {
    let evidence = evidence(outcome)?;
    if outcome.code == Some(0) { Ok(evidence) } else { Err("it fails without any fault".to_string()) }
}

/// Whether the claim that a fault names fails. That a run breaks off says nothing.
pub fn caught(fault: &Fault, sound: &Value, outcome: &Outcome) -> Result<bool> {
    let named = |text: &Value| text.as_str().is_some_and(|text| text.starts_with(&fault.claim));
    let is_refuted_on = controls(sound).any(|control| named(&control["on"]));
    if !is_refuted_on && !claims(sound).any(|claim| named(&claim["what"])) {
        let there_are =
            list(claims(sound).map(|claim| &claim["what"]).chain(controls(sound).map(|control| &control["on"])));
        return Err(format!("{} has no claim that begins with \"{}\"; there are{there_are}", fault.step, fault.claim));
    }
    let evidence = evidence(outcome)?;
    if let Some(failure) = controls(&evidence).find_map(|control| control["detail"].as_str()) {
        return Err(format!("the experiment gave no answer: {failure}"));
    }
    if is_refuted_on {
        return Ok(controls(&evidence).all(|control| control["refuted"] == false));
    }
    let mut judged = claims(&evidence).filter(|claim| named(&claim["what"])).peekable();
    if judged.peek().is_none() {
        // An experiment that broke off leaves one claim that says so, and why.
        let there_are = list(claims(&evidence).flat_map(|claim| [&claim["what"], &claim["reason"]]));
        return Err(format!("the claim is no longer made; there are{there_are}"));
    }
    Ok(judged.any(|claim| claim["verdict"] != "holds" && claim["verdict"] != "out of reach"))
}

/// The one object of `check STEP --seed 1 --json`.
fn evidence(outcome: &Outcome) -> Result<Value> {
    if !matches!(outcome.code, Some(0 | 1)) {
        let lines = outcome.stderr.lines().filter(|line| !line.is_empty() && !line.starts_with("note: "));
        return Err(format!("the run broke off: {}", lines.collect::<Vec<_>>().join(" ")));
    }
    let runs: Vec<Value> =
        serde_json::from_str(&outcome.stdout).map_err(|error| format!("what `check` printed: {error}"))?;
    runs.into_iter().next().ok_or_else(|| "`check` printed no evidence".to_string())
}

fn controls(evidence: &Value) -> impl Iterator<Item = &Value> {
    evidence["controls"].as_array().into_iter().flatten()
}

/// The claims of a step, or what a control claims to happen instead.
fn claims(evidence: &Value) -> impl Iterator<Item = &Value> {
    let instead = controls(evidence).flat_map(|control| control["instead"].as_array().into_iter().flatten());
    evidence["claims"].as_array().into_iter().flatten().chain(instead)
}

fn list<'a>(texts: impl Iterator<Item = &'a Value>) -> String {
    texts.filter_map(Value::as_str).map(|text| format!("\n          \"{text}\"")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(step: &str, claim: &str) -> Fault {
        let [name, says, place, find, put] = ["", "", "", "", ""].map(String::from);
        Fault { name, says, step: step.to_string(), claim: claim.to_string(), place, find, put }
    }

    fn outcome(code: i32, stdout: &str, stderr: &str) -> Outcome {
        Outcome { code: Some(code), stdout: stdout.to_string(), stderr: stderr.to_string() }
    }

    fn step(verdict: &str) -> String {
        format!(r#"[{{"claims": [{{"what": "|w| at 1", "verdict": "{verdict}"}}], "controls": []}}]"#)
    }

    fn control(refuted: bool, instead: &str) -> String {
        let on = if refuted { r#""rate""# } else { "null" };
        format!(
            r#"[{{"claims": [], "controls": [{{"refuted": {refuted}, "on": {on},
                "instead": [{{"what": "limit", "verdict": "{instead}"}}]}}]}}]"#
        )
    }

    #[test]
    fn a_claim_that_fails_catches() {
        let sound = sound(&outcome(0, &step("holds"), "")).unwrap();
        let fault = fault("course::step", "|w|");
        assert_eq!(caught(&fault, &sound, &outcome(1, &step("fails"), "")), Ok(true));
        assert_eq!(caught(&fault, &sound, &outcome(0, &step("holds"), "")), Ok(false));
        assert_eq!(caught(&fault, &sound, &outcome(1, &step("out of reach"), "")), Ok(false));
    }

    #[test]
    fn a_control_catches_by_what_it_refutes_and_by_what_happens_instead() {
        let sound = sound(&outcome(0, &control(true, "holds"), "")).unwrap();
        let [rate, limit] = ["rate", "limit"].map(|claim| fault("course::without-x", claim));
        assert_eq!(caught(&rate, &sound, &outcome(1, &control(false, "holds"), "")), Ok(true));
        assert_eq!(caught(&rate, &sound, &outcome(1, &control(true, "fails"), "")), Ok(false));
        assert_eq!(caught(&limit, &sound, &outcome(1, &control(true, "fails"), "")), Ok(true));
    }

    #[test]
    fn an_unknown_step_says_so() {
        let unknown = outcome(2, "", "error: no theorem is called 'curse'; did you mean 'course'?");
        assert!(sound(&unknown).unwrap_err().contains("did you mean 'course'?"));
    }

    #[test]
    fn what_breaks_off_or_makes_no_such_claim_catches_nothing() {
        let sound = sound(&outcome(0, &step("holds"), "")).unwrap();
        let panicked = outcome(101, "", "thread panicked at src/lib.rs:1:\nindex out of bounds\nnote: run with");
        let broke_off = caught(&fault("course::step", "|w|"), &sound, &panicked);
        assert_eq!(broke_off.unwrap_err(), "the run broke off: thread panicked at src/lib.rs:1: index out of bounds");
        let unmade = caught(&fault("course::step", "|v|"), &sound, &outcome(1, &step("fails"), ""));
        assert!(unmade.unwrap_err().contains(r#"begins with "|v|""#));
        let no_answer = r#"[{"claims": [{"what": "no answer", "reason": "singular", "verdict": "fails"}]}]"#;
        let lost = caught(&fault("course::step", "|w|"), &sound, &outcome(1, no_answer, ""));
        assert!(lost.unwrap_err().contains("singular"));
    }
}
