//! The course inside a page: a plain C ABI for WebAssembly, and behind it what the command does, as JSON.
//!
//! A request is a JSON array of words, put into memory that `alloc` gave: its address and length go in, one number comes
//! back, the answer's length above its address, and `free` takes both again. A panic traps; its text has gone to the page
//! before, which makes a new instance.

use std::cell::RefCell;
use std::collections::BTreeMap;

use implicit_bias::COURSE;
use serde_json::{Value, json};
use theoremcheck::claim::Claims;
use theoremcheck::digest::Digest;
use theoremcheck::error::{Error, Result};
use theoremcheck::evidence::{self, Broken};
use theoremcheck::figure::{self, Drawing};
use theoremcheck::lab::Lab;
use theoremcheck::live::{Reading, Shown};
use theoremcheck::notation::unicode;
use theoremcheck::options::{DataOption, Options};
use theoremcheck::problem::table::{Cells, Table, dropped_columns};
use theoremcheck::report::{Entries, Row};
use theoremcheck::run::{self, Ran};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Finding, Theorem};

thread_local! {
    /// What the steps of a theorem share is computed once. Of one seed at a time, so that memory does not grow with seeds.
    static LAB: RefCell<Lab> = RefCell::new(Lab::new(Seed(0)));
}

fn lab(seed: Seed) -> Lab {
    LAB.with_borrow_mut(|lab| {
        if lab.seed() != seed {
            *lab = lab.apart(seed);
        }
        lab.clone()
    })
}

/// Answers a request: a call by its name with its arguments. An error is an object with the sentence that the command would
/// have said.
pub fn answer(words: &[&str]) -> Value {
    let answer = match *words {
        ["check", theorem, part, number] => seed(number).and_then(|seed| check(theorem, part, seed)),
        ["digest", theorem, number] => seed(number).and_then(|seed| digest(theorem, seed)),
        ["live", theorem, name, parameters] => live(theorem, name, parameters),
        ["run", theorem, name, csv, options] => on_data(theorem, name, csv, options),
        _ => Err(Error::course("there is no such call")),
    };
    answer.unwrap_or_else(|error| json!({ "error": error.to_string() }))
}

fn seed(text: &str) -> Result<Seed> {
    let unfit = |_| Error::input(format!("seed '{text}': not a whole number from 0 to {}", u64::MAX));
    text.trim().parse().map(Seed).map_err(unfit)
}

fn find(id: &str) -> Result<&'static Theorem> {
    COURSE.theorem(id).ok_or_else(|| Error::input(format!("no theorem is called '{id}'")))
}

/// A step or a control: the evidence, as `check --json` has it, and the table of the book.
fn check(id: &str, part: &str, seed: Seed) -> Result<Value> {
    let theorem = find(id)?;
    if theorem.step(part).is_none() && theorem.control(part).is_none() {
        return Err(Error::input(format!("no step or control of {id} is called '{part}'")));
    }
    let evidence = evidence::check(theorem, &lab(seed), Some(part), &|_| ());
    let steps = evidence.steps.iter().map(|(_, claims)| claims.as_ref().map(|claims| (claims, None)));
    let controls =
        evidence.controls.iter().map(|(_, broken)| broken.as_ref().map(|broken| (&broken.instead, Some(broken))));
    let (claims, broken) = steps.chain(controls).next().expect("it has that part").map_err(Error::clone)?;
    Ok(json!({
        // As text, since a number of the page has no more than 53 bits.
        "seed": seed.0.to_string(),
        "evidence": evidence.to_json(),
        "hypotheses": evidence.hypotheses.iter().map(|(hypothesis, found)| finding(hypothesis.id, found)).collect::<Vec<_>>(),
        "rows": rows(claims),
        "refuted": broken.and_then(Broken::refuted).map(|(claim, _)| Row::of_failure(claim).typeset()),
    }))
}

/// A hypothesis as a person reads it.
fn finding(id: &str, found: &Result<Finding>) -> Value {
    match found {
        Ok(Finding { holds, detail }) => json!({ "id": id, "holds": holds, "detail": unicode(detail) }),
        Err(error) => json!({ "id": id, "holds": false, "detail": error.to_string() }),
    }
}

/// What is known of one kind, as a person reads it.
fn entries(known: &Value) -> Entries {
    let Entries { values, details } = Entries::of(known);
    Entries { values, details: details.into_iter().map(|(name, why)| (name, unicode(&why))).collect() }
}

/// The claims as the book's tables have them.
fn rows(claims: &Claims) -> Vec<Row> {
    claims.iter().map(|claim| Row::of(claim).typeset()).collect()
}

/// One number for the trajectories of a theorem.
fn digest(id: &str, seed: Seed) -> Result<Value> {
    let mut digest = Digest::default();
    (find(id)?.trajectories)(&lab(seed), &mut digest)?;
    Ok(json!({ "hash": format!("{:016x}", digest.hash), "count": digest.count }))
}

/// A live figure with these parameters, a JSON object by name.
fn live(id: &str, name: &str, parameters: &str) -> Result<Value> {
    let live = find(id)?.live(name);
    let live = live.ok_or_else(|| Error::input(format!("no live figure of {id} is called '{name}'")))?;
    let Shown { plot, readings } = (live.draw)(&live.setting(parameters)?)?;
    Ok(json!({
        "svg": figure::svg(&plot, &format!("{id}.{name}"), live.title, live.says),
        "readings": readings.iter().map(|Reading { name, value }| json!([unicode(name), value])).collect::<Vec<_>>(),
    }))
}

/// A theorem's experiment on a table, whose name is that of its file; of options that are given, the text by their names.
fn on_data(id: &str, name: &str, csv: &str, options: &str) -> Result<Value> {
    let theorem = find(id)?;
    let on_data = theorem.on_data.as_ref().ok_or_else(|| Error::input(format!("{id} takes no data")))?;
    let given: BTreeMap<String, String> =
        serde_json::from_str(options).map_err(|error| Error::course(format!("options: {error}")))?;
    let text = |option: &DataOption| given.get(option.name).cloned();
    let options = Options::read(on_data.options, text)?.with_figure();
    let read = || Table::parse(name, csv, on_data.cells, dropped_columns(&options));
    let table = (on_data.cells != Cells::NoTable).then(read).transpose()?;
    let Ran { outcome, warnings, drawing } = run::run(on_data, table.as_ref(), options)?;
    let read = table.as_ref().map(|table| (name, table));
    let further = outcome.reach.as_ref().and_then(|reach| run::further(on_data, reach, text));
    let command = further.as_ref().map(|options| run::command(&COURSE, theorem, table.as_ref().map(|_| name), options));
    let step = |(step, claims): &(&str, Claims)| json!({ "id": step, "rows": rows(claims) });
    Ok(json!({
        "result": outcome.to_json(id, read, command),
        "read": table.as_ref().map(Table::summary),
        "warnings": warnings.iter().map(|warning| unicode(warning)).collect::<Vec<_>>(),
        "hypotheses": outcome.hypotheses.iter().map(|(id, found)| finding(id, &Ok(found.clone()))).collect::<Vec<_>>(),
        "reference": entries(&outcome.reference),
        "predicted": entries(&outcome.predicted),
        "measured": entries(&outcome.measured),
        "steps": outcome.steps.iter().map(step).collect::<Vec<_>>(),
        "reach": outcome.reach.as_ref().map(|reach| json!({ "says": reach.says, "instead": further.map(BTreeMap::from_iter) })),
        "svg": drawing.map(|Drawing { title, says, plot }| figure::svg(&plot, &format!("{id}.data"), title, says)),
    }))
}

#[cfg(target_family = "wasm")]
mod page {
    #[link(wasm_import_module = "page")]
    unsafe extern "C" {
        /// What a panic says, before it traps.
        fn says(address: *const u8, length: usize);
    }

    #[unsafe(no_mangle)]
    extern "C" fn start() {
        std::panic::set_hook(Box::new(|panic| {
            let text = panic.to_string();
            // SAFETY: the page reads the text before it returns.
            unsafe { says(text.as_ptr(), text.len()) }
        }));
    }

    #[unsafe(no_mangle)]
    extern "C" fn alloc(length: usize) -> *mut u8 {
        Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
    }

    /// # Safety
    /// Address and length are those of `alloc`, or of an answer.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn free(address: *mut u8, length: usize) {
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(address, length)) });
    }

    /// # Safety
    /// Address and length are those of `alloc`, whose memory stays the caller's.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn call(address: *const u8, length: usize) -> u64 {
        let request = unsafe { std::slice::from_raw_parts(address, length) };
        let words: Vec<String> = serde_json::from_slice(request).expect("a request is an array of words");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = super::answer(&words).to_string().into_bytes().into_boxed_slice();
        let length = answer.len() as u64;
        length << 32 | Box::into_raw(answer).cast::<u8>() as u64
    }
}
