//! Mistakes that a person could make, each of which a named claim must catch: a fault that survives means that a claim
//! is missing. They are put into one copy of the sources, `target/faults/tree`, each behind a switch, so that all of
//! them cost one build. Snapshots take no part.
//!
//! Usage: `cargo run --package faults [NAME]..`, by default all; what a run printed is in `target/faults/runs`.

mod copy;
mod fault;
mod plant;
mod source;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::fault::{Fault, Result};

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    match run(&names) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Tries the faults of these names, or all; whether all of them are caught.
fn run(names: &[String]) -> Result<bool> {
    let root = copy::output(Command::new("git").args(["rev-parse", "--show-toplevel"]))?;
    let root = Path::new(root.trim_end());
    let faults = fault::read(&root.join("tests/faults"))?;
    if let Some(name) = names.iter().find(|name| faults.iter().all(|fault| fault.name != **name)) {
        return Err(format!("no fault is called '{name}'"));
    }
    let chosen: Vec<usize> =
        (0..faults.len()).filter(|&k| names.is_empty() || names.contains(&faults[k].name)).collect();
    let target = root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into()));
    let runs = target.join("faults/runs");
    let copy = copy::copy(root, target, &faults)?;
    fs::create_dir_all(&runs).map_err(|error| format!("{}: {error}", runs.display()))?;

    let start = Instant::now();
    let command = copy.build(&faults)?;
    eprintln!("built in {:.0} s", start.elapsed().as_secs_f64());

    let start = Instant::now();
    let steps: BTreeSet<&str> = chosen.iter().map(|&k| faults[k].step.as_str()).collect();
    let sound: Mutex<BTreeMap<&str, Result<Value>>> = Mutex::default();
    two_at_a_time(steps, |step| {
        let outcome = trial::run(&command, step, None, &runs.join(step.replace("::", ".")));
        let evidence = outcome.and_then(|outcome| trial::sound(&outcome));
        sound.lock().expect("no thread panics").insert(step, evidence);
    });
    let sound = sound.into_inner().expect("no thread panics");
    eprintln!("{} steps and controls checked without a fault in {:.0} s", sound.len(), start.elapsed().as_secs_f64());

    let start = Instant::now();
    let caught = Mutex::new(0);
    two_at_a_time(chosen.iter().copied(), |k| {
        let fault = &faults[k];
        let Fault { name, step, claim, .. } = fault;
        let judge = || {
            if let Some(error) = copy.errors.get(&k) {
                return Err(format!("{}: {error}", fault.place));
            }
            let sound = sound[step.as_str()].as_ref().map_err(|error| format!("{step}: {error}"))?;
            trial::caught(fault, sound, &trial::run(&command, step, Some(k), &runs.join(name))?)
        };
        match judge() {
            Ok(true) => {
                println!("caught    {name}: {step}, \"{claim}\"");
                *caught.lock().expect("no thread panics") += 1;
            }
            Ok(false) => println!("SURVIVED  {name}: {step}, \"{claim}\" does not fail"),
            Err(error) => println!("error     {name}: {error}"),
        }
    });
    let caught = caught.into_inner().expect("no thread panics");
    eprintln!("tried in {:.0} s", start.elapsed().as_secs_f64());
    println!("{caught} of {} faults caught", chosen.len());
    Ok(caught == chosen.len())
}

/// A check leaves half of two processors idle.
fn two_at_a_time<T: Send>(items: impl IntoIterator<Item = T, IntoIter: Send>, work: impl Fn(T) + Sync) {
    let items = Mutex::new(items.into_iter());
    // A statement of its own, so that the list is free while the work is done.
    let next = || items.lock().expect("no thread panics").next();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(item) = next() {
                    work(item);
                }
            });
        }
    });
}
