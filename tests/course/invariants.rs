//! What must be true of the course and of the code whatever the theorems say. ARCHITECTURE.md has the reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use implicit_bias::{COURSE, NOTES};
use serde_json::json;
use theoremcheck::evidence::check;
use theoremcheck::exercise::{Mistake, Task};
use theoremcheck::figure::{Scale, svg};
use theoremcheck::lab::Lab;
use theoremcheck::live::Takes;
use theoremcheck::notation::read;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Theorem;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn theorems() -> impl Iterator<Item = &'static Theorem> {
    COURSE.theorems.iter().copied()
}

#[test]
fn every_claim_of_the_notes_is_answered() {
    let answered: BTreeSet<&str> = theorems().flat_map(Theorem::steps).flat_map(|step| step.notes).copied().collect();
    let all: Vec<String> = (1..=24).map(|k| format!("N{k}")).collect();
    assert_eq!(NOTES.iter().map(|(id, _)| *id).collect::<Vec<_>>(), all);
    assert_eq!(answered, all.iter().map(String::as_str).collect());
}

/// A sample of seeds, run on one thread and on several.
#[test]
fn samples_do_not_depend_on_the_threads() {
    let theorem = COURSE.theorem("matrix-factorization").unwrap();
    let bits = |threads: usize| -> Vec<u64> {
        let run = check(theorem, &Lab::new(Seed(4)).with_threads(threads), Some("recovery"), &|_| ());
        let claims = run.steps.iter().flat_map(|(_, claims)| claims.as_ref().unwrap());
        claims.map(|claim| claim.measured.to_bits()).collect()
    };
    let one = bits(1);
    assert!(!one.is_empty());
    assert_eq!(one, bits(2));
    assert_eq!(one, bits(5));
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(ROOT).join(folder), &mut found);
    assert!(!found.is_empty());
    found
}

/// The harness knows no theorem: a course of one's own runs with it as it is.
#[test]
fn the_harness_names_no_theorem() {
    for (path, text) in sources("src") {
        for theorem in theorems() {
            assert!(!text.contains(&format!("\"{}", theorem.id)), "{} names {}", path.display(), theorem.id);
        }
    }
}

/// What judges shares no code with what is judged.
#[test]
fn references_know_no_dynamics() {
    for (path, text) in sources("src/reference") {
        assert!(!text.contains("flow::"), "{}", path.display());
    }
    let uses = |name: &str| -> Vec<String> {
        let path = Path::new(ROOT).join("src/reference").join(name);
        fs::read_to_string(path).unwrap().lines().filter(|l| l.starts_with("use ")).map(str::to_string).collect()
    };
    let margin = [
        "use super::compensated::{Sum, dot};",
        "use crate::problem::points::Points;",
        "use crate::real::{UNIT_ROUNDOFF, axpy, norm};",
    ];
    assert_eq!(uses("certificate.rs"), margin);
    let nuclear = [
        "use faer::Mat;",
        "use super::compensated::{Sum, dot, less_dot};",
        "use crate::problem::completion::Completion;",
    ];
    assert_eq!(uses("nuclear_certificate.rs"), nuclear);
}

/// Something to predict, something to prove, and something to write or to find, in every theorem.
#[test]
fn every_theorem_has_exercises() {
    for theorem in theorems() {
        let has = |is: fn(&Task) -> bool| theorem.exercises.iter().any(|exercise| is(&exercise.task));
        assert!(has(|task| matches!(task, Task::Predict(_))), "{} has nothing to predict", theorem.id);
        assert!(has(|task| matches!(task, Task::Prove)), "{} has nothing to prove", theorem.id);
        assert!(has(|task| matches!(task, Task::Check(_) | Task::Mistake(_))), "{} has nothing to write", theorem.id);
        assert!(theorem.exercises.len() >= 3, "{}", theorem.id);
    }
}

/// A mistake that an exercise shows is a fault, word for word: so the claims are known to catch it.
#[test]
fn mistakes_of_exercises_are_faults() {
    for theorem in theorems() {
        let path = Path::new(ROOT).join("tests/faults").join(format!("{}.toml", theorem.id));
        let faults = fs::read_to_string(path).unwrap();
        for exercise in theorem.exercises {
            let Task::Mistake(mistake) = &exercise.task else { continue };
            let Mistake { fault, caught_by, file, function, find, put } = mistake;
            let entry = faults.split("[[fault]]").find(|entry| entry.contains(&format!("name = \"{fault}\"\n")));
            let entry = entry.unwrap_or_else(|| panic!("no fault is called '{fault}'"));
            let lines = [
                format!("step = \"{}::{caught_by}\"", theorem.id),
                format!("find = {find:?}"),
                format!("put = {put:?}"),
            ];
            for line in lines {
                assert!(entry.lines().any(|other| other == line), "{fault} has no line {line}");
            }
            let place = entry.lines().find_map(|line| line.strip_prefix("in = ")).unwrap();
            assert!(place.contains(&format!("{file}: ")) && place.ends_with(&format!("{function}\"")), "{place}");
        }
    }
}

/// Whatever is set, a live figure is drawn in numbers or says in a sentence why not, and its points lie under their handles.
#[test]
fn live_figures_answer_everywhere() {
    let ends = |takes: &Takes| match *takes {
        Takes::Number { range: [from, to], .. } => vec![json!(from), json!(to)],
        Takes::Whole { range: [from, to], .. } => vec![json!(from), json!(to)],
        Takes::Points { default, x, y, .. } => {
            let all_at = |p: [f64; 2]| json!(vec![p; default.len()]);
            let turned: Vec<[f64; 2]> = default.iter().rev().copied().collect();
            vec![all_at([x[0], y[1]]), all_at([0.0, 0.0]), json!(turned)]
        }
    };
    for (theorem, live) in theorems().flat_map(|theorem| theorem.live.iter().map(move |live| (theorem.id, live))) {
        let one = live.parameters.iter().flat_map(|p| ends(&p.takes).into_iter().map(|end| json!({ p.name: end })));
        let all = [0, 1].map(|k| {
            json!(live.parameters.iter().map(|p| (p.name, ends(&p.takes).swap_remove(k))).collect::<BTreeMap<_, _>>())
        });
        let name = format!("{theorem}::{}", live.id);
        for set in [json!({})].into_iter().chain(one).chain(all) {
            let shown = match (live.draw)(&live.setting(&set.to_string()).unwrap()) {
                Ok(shown) => shown,
                Err(error) => {
                    assert!(set != json!({}) && !error.to_string().is_empty(), "{name} {set}: {error}");
                    continue;
                }
            };
            let drawing = svg(&shown.plot, "id", live.title, live.says);
            assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{name} {set}: {drawing}");
            for reading in &shown.readings {
                assert!(read(reading.name).is_ok() && !reading.value.contains("NaN"), "{name} {set}: {reading:?}");
            }
            for parameter in live.parameters {
                let Takes::Points { x, y, .. } = parameter.takes else { continue };
                let panel = &shown.plot.panels[0];
                assert_eq!([[panel.x.from, panel.x.to], [panel.y.from, panel.y.to]], [x, y], "{name}");
                assert_eq!([panel.x.scale, panel.y.scale], [Scale::Linear; 2], "{name}");
            }
        }
    }
}

/// One name everywhere: the function that checks a step has the step's name, in the theorem's file or folder.
#[test]
fn functions_have_the_names_of_their_steps() {
    for theorem in theorems() {
        let name = theorem.id.replace('-', "_");
        let of_theorem = |path: &Path| {
            path.components().any(|part| Path::new(part.as_os_str()).with_extension("") == Path::new(&name))
        };
        let texts: String =
            sources("theorems").into_iter().filter(|(path, _)| of_theorem(path)).map(|(_, t)| t).collect();
        for step in theorem.steps() {
            assert!(texts.contains(&format!("fn {}(", step.id.replace('-', "_"))), "{}::{}", theorem.id, step.id);
        }
    }
}

/// How many roundings there were is counted and not guessed: a round number of a thousand or more, as the first argument
/// of `rounding`, needs a comment on the line before that derives it.
#[test]
fn large_counts_of_roundings_are_derived() {
    let guessed = |text: &str| -> Vec<usize> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let calls = text.match_indices("rounding(").map(|(at, call)| (at, &text[at + call.len()..]));
        let large = calls.filter(|(_, arguments)| {
            let number = arguments.trim_start().split([',', ' ', '*', ')']).next().unwrap_or_default();
            number.parse::<f64>().is_ok_and(|count| count >= 1e3)
        });
        let line = large.map(|(at, _)| text[..at].matches('\n').count());
        line.filter(|&k| k == 0 || !lines[k - 1].starts_with("//")).map(|k| k + 1).collect()
    };
    assert_eq!(guessed("let a = 1;\nlet slack = Slack::rounding(\n    1e4, x);"), [2]);
    assert!(guessed("// A thousand steps.\nSlack::rounding(1000.0, x) + Slack::rounding(64.0, x)").is_empty());
    for (path, text) in sources("theorems") {
        assert!(guessed(&text).is_empty(), "{}: lines {:?}", path.display(), guessed(&text));
    }
}
