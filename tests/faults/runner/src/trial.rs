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
        return Err(format!("{} has no claim that begins with \"{}\"; there are {there_are}", fault.step, fault.claim));
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
        return Err(format!("the claim is no longer made; there are {there_are}"));
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
    texts.map(Value::to_string).collect::<Vec<_>>().join(", ")
}
