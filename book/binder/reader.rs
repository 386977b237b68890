//! What lets a reader run the course in the pages: the course as a WebAssembly module, and the scripts that run it.
//!
//! Pages that are files may load scripts and nothing else, so the module stands in one. A page asks for it at the first run.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use theoremcheck::claim::Claims;
use theoremcheck::course::Course;
use theoremcheck::error::Error;

use crate::Checked;
use crate::problem::{Problem, Result};
use crate::words::Words;

/// The script of the pages, from the root of the book.
pub const SCRIPT: &str = "reader/page.js";

const PAGE: &str = include_str!("theme/page.js");
const WORKER: &str = include_str!("theme/worker.js");

/// What claims say of themselves.
const OF_CLAIMS: [&str; 10] = [
    "holds",
    "fails",
    "out of reach",
    "rounding",
    "integration",
    "certificate",
    "next term",
    "sampling",
    "empirical",
    "no slack",
];

/// The phrases of the script stand in it, where it says them.
fn phrases() -> impl Iterator<Item = &'static str> {
    let said = PAGE.split("say('").skip(1).filter_map(|rest| rest.split('\'').next());
    said.chain(OF_CLAIMS)
}

/// Writes the scripts into the book, with the module, the numbers of the book's own runs, and tables by their names.
pub fn write(
    book: &Path,
    module: &Path,
    course: &Course,
    checked: &[Checked],
    samples: &HashMap<String, String>,
    words: &Words,
) -> Result<()> {
    let bytes = fs::read(module).map_err(|error| Problem::io(module, &error))?;
    let words: HashMap<&str, &str> = phrases().map(|phrase| (phrase, words.say(phrase))).collect();
    // One that the book does not print.
    let seed = course.seeds.iter().max().map_or(1, |seed| seed.wrapping_add(1)).to_string();
    let page = format!("'use strict';\n{{\nconst words = {};\nconst seed = '{seed}';\n{PAGE}}}\n", json!(words));
    let brought = json!({
        "module": BASE64_STANDARD.encode(packed(&bytes)),
        "worker": WORKER,
        "printed": printed(checked),
        "samples": samples,
    });
    let write = |name: &str, text: String| {
        let path = book.join(name);
        let folder = path.parent().unwrap_or(book);
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(|error| Problem::io(&path, &error))
    };
    write(SCRIPT, page)?;
    write("reader/course.js", format!("globalThis.theoremcheck = {brought};\n"))
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes what is written")
}

/// What was measured and predicted, claim by claim, by part and seed.
fn printed(checked: &[Checked]) -> Value {
    let mut parts: HashMap<String, HashMap<String, Vec<[f64; 2]>>> = HashMap::new();
    let mut enter = |part: String, seed: u64, claims: std::result::Result<&Claims, &Error>| {
        let Ok(claims) = claims else { return };
        let numbers = claims.iter().map(|claim| [claim.measured, claim.predicted]).collect();
        parts.entry(part).or_default().insert(seed.to_string(), numbers);
    };
    for (theorem, run) in checked.iter().flat_map(|checked| checked.runs.iter().map(|run| (checked.theorem, run))) {
        for (step, claims) in &run.steps {
            enter(format!("{}::{}", theorem.id, step.id), run.seed, claims.as_ref());
        }
        for (control, broken) in &run.controls {
            let instead = broken.as_ref().map(|broken| &broken.instead);
            enter(format!("{}::{}", theorem.id, control.id()), run.seed, instead);
        }
    }
    json!(parts)
}
