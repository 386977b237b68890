//! What must be true of the course and of the code whatever the theorems say. ARCHITECTURE.md has the reasons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use implicit_bias::{COURSE, NOT_YET};
use theoremcheck::claim::{Claims, Term};
use theoremcheck::evidence::{Evidence, check};
use theoremcheck::lab::Lab;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Standing, Theorem};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn theorems() -> impl Iterator<Item = &'static Theorem> {
    COURSE.theorems.iter().copied()
}

/// The evidence of seed 1, which several tests read.
static FIRST: LazyLock<Vec<Evidence>> = LazyLock::new(|| evidence(1));

fn evidence(seed: u64) -> Vec<Evidence> {
    let lab = Lab::new(Seed(seed));
    theorems().map(|theorem| check(theorem, &lab, None, &|_| ())).collect()
}

/// Every list of claims of a run, with its name.
fn all_claims(evidence: &[Evidence]) -> impl Iterator<Item = (String, &Claims)> {
    evidence.iter().flat_map(|run| {
        let id = run.theorem.id;
        let steps = run.steps.iter().map(move |(s, claims)| (format!("{id}::{}", s.id), claims.as_ref().unwrap()));
        let instead =
            run.controls.iter().map(move |(c, b)| (format!("{id}::{}", c.id()), &b.as_ref().unwrap().instead));
        steps.chain(instead)
    })
}

#[test]
fn names_are_unique_and_plain() {
    let mut names = BTreeSet::new();
    for theorem in theorems() {
        let steps = theorem.steps().map(|step| step.id.to_string());
        let parts = steps.chain(theorem.controls.iter().map(|control| control.id()));
        for part in parts.chain([String::new()]) {
            let name = format!("{}::{part}", theorem.id);
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:".contains(c)), "{name}");
            assert!(names.insert(name.clone()), "{name} stands twice");
        }
    }
}

#[test]
fn every_hypothesis_has_a_control_or_a_reason() {
    for theorem in theorems() {
        for hypothesis in theorem.hypotheses {
            let controlled = theorem.controls.iter().any(|control| control.without == hypothesis.id);
            assert!(controlled || hypothesis.only_sufficient.is_some(), "{}::{}", theorem.id, hypothesis.id);
        }
        for control in theorem.controls {
            assert!(theorem.hypotheses.iter().any(|hypothesis| hypothesis.id == control.without), "{}", control.id());
            assert!(theorem.step(control.refutes).is_some(), "{} refutes no step", control.id());
        }
        for step in theorem.steps() {
            if let Standing::Refuted { by } | Standing::Overstated { by } = step.standing {
                assert!(theorem.step(by).is_some() || theorem.control(by).is_some(), "{} names {by}", step.id);
            }
        }
    }
}

#[test]
fn no_slack_is_empirical() {
    for (name, claims) in all_claims(&FIRST) {
        for claim in claims {
            let empirical = claim.slack.terms().iter().any(|term| matches!(term, Term::Empirical { .. }));
            assert!(!empirical, "{name}: {} rests on a measured slack", claim.what);
        }
    }
}

#[test]
fn every_claim_of_the_notes_is_answered_or_listed_as_open() {
    let answered: BTreeSet<&str> = theorems().flat_map(Theorem::steps).flat_map(|step| step.notes).copied().collect();
    let open: BTreeSet<&str> = NOT_YET.iter().copied().collect();
    assert!(answered.is_disjoint(&open), "{:?}", answered.intersection(&open));
    let all: BTreeSet<String> = (1..=24).map(|k| format!("N{k}")).collect();
    let known: BTreeSet<String> = answered.union(&open).map(|id| id.to_string()).collect();
    assert_eq!(known, all);
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_thread() {
    let bits = || {
        let runs = evidence(5);
        all_claims(&runs)
            .flat_map(|(name, claims)| {
                claims
                    .iter()
                    .map(move |c| (name.clone(), c.measured.to_bits(), c.slack.total().to_bits()))
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(bits);
        (bits(), there.join().unwrap())
    });
    assert_eq!(here, there);
}

/// A sample of seeds, run on one thread and on several.
#[test]
fn samples_do_not_depend_on_the_threads() {
    let theorem = COURSE.theorem("matrix-factorization").unwrap();
    let bits = |threads: usize| -> Vec<u64> {
        let run = check(theorem, &Lab::new(Seed(4)).with_threads(threads), Some("recovery"), &|_| ());
        all_claims(&[run])
            .flat_map(|(_, claims)| claims.iter().map(|c| c.measured.to_bits()).collect::<Vec<_>>())
            .collect()
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
    let margin = ["use super::compensated::{Sum, dot};", "use crate::problem::points::Points;"];
    assert_eq!(uses("certificate.rs"), margin);
    let nuclear = [
        "use faer::Mat;",
        "use super::compensated::{Sum, dot, less_dot};",
        "use crate::problem::completion::Completion;",
    ];
    assert_eq!(uses("nuclear_certificate.rs"), nuclear);
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
