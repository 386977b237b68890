//! A course run as tests, for a test target without a harness of its own (`harness = false`).
//!
//! ```no_run
//! # use theoremcheck::course::Course;
//! # static COURSE: Course = Course { name: "", about: "", seeds: &[1], theorems: &[] };
//! use std::{path::Path, process::ExitCode};
//!
//! fn main() -> ExitCode {
//!     theoremcheck::testing::run(&COURSE, Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots")))
//! }
//! ```

mod tables_match;

use std::panic;
use std::path::Path;
use std::process::ExitCode;

use insta::internals::SnapshotContents;
use insta::{Comparator, Settings, Snapshot};
use libtest_mimic::{Arguments, Failed, Trial};

use self::tables_match::tables_match;
use crate::claim::{Claims, Term};
use crate::course::Course;
use crate::error::Result;
use crate::evidence::{Evidence, check};
use crate::exercise::{Exercise, Task};
use crate::lab::Lab;
use crate::report::{self, Ink};
use crate::seed::Seed;
use crate::theorem::Theorem;

/// What `todo!()` says.
const UNWRITTEN: &str = "not yet implemented";

type Outcome = std::result::Result<(), Failed>;

/// Runs a course as tests: one a step, a control and an exercise, named as in the registry, and one an invariant. A claim that fails
/// is reported as a table; the snapshot of the evidence, in the folder `snapshots`, is compared only once the claims
/// hold, number by number. `INSTA_UPDATE=always` records anew.
pub fn run(course: &'static Course, snapshots: &'static Path) -> ExitCode {
    // One lab a seed for all tests, so that each experiment runs once.
    let shared = Lab::new(Seed(0));
    let labs: Vec<Lab> = course.seeds.iter().map(|&seed| shared.with_seed(Seed(seed))).collect();
    let names = |theorem: &'static Theorem| theorem.parts().map(move |part| (theorem, part));
    let part = |(theorem, part): (&'static Theorem, String)| {
        let labs = labs.clone();
        Trial::test(format!("{}::{part}", theorem.id), move || holds_as_recorded(theorem, &part, &labs, snapshots))
    };
    // One part of each theorem after the other: those of one share experiments, and two threads would wait for the same.
    let mut parts: Vec<_> = course.theorems.iter().flat_map(|theorem| names(theorem).enumerate()).collect();
    parts.sort_by_key(|(place, _)| *place);
    // The longest first.
    let first = labs[0].clone();
    let again = move || reproducible(course, &first);
    let mut trials = vec![Trial::test("the same seed gives the same bits on any thread", again)];
    trials.extend(parts.into_iter().map(|(_, named)| part(named)));
    let all = |theorem: &'static Theorem| theorem.exercises.iter().map(move |exercise| (theorem, exercise));
    let task = |(theorem, exercise): (&'static Theorem, &'static Exercise)| {
        let lab = labs[0].clone();
        Trial::test(format!("{}::exercise {}", theorem.id, exercise.id), move || can_be_solved(exercise, &lab))
    };
    trials.extend(course.theorems.iter().flat_map(|theorem| all(theorem)).map(task));
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // What a stub is to do.
        if panic.payload().downcast_ref() != Some(&UNWRITTEN) {
            tell(panic);
        }
    }));
    trials.push(Trial::test("the course has no mistakes", move || sound(course)));
    trials.push(Trial::test("no slack is empirical", move || justified(course, &labs[0])));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn holds_as_recorded(theorem: &'static Theorem, part: &str, labs: &[Lab], snapshots: &Path) -> Outcome {
    let runs: Vec<Evidence> = labs.iter().map(|lab| check(theorem, lab, Some(part), &|_| ())).collect();
    if !runs.iter().all(Evidence::holds) {
        return Err(format!("\n{}", report::evidence(&runs, Ink::Plain)).into());
    }
    let claims: Result<Vec<(u64, &Claims)>> = runs.iter().map(|run| Ok((run.seed, recorded(run)?))).collect();
    let table = report::snapshot(&claims?);
    assert_recorded(&format!("{}.{part}", theorem.id), &table, snapshots);
    Ok(())
}

/// The claims of the one step, or what the one control shows instead.
fn recorded(run: &Evidence) -> Result<&Claims> {
    let step = run.steps.first().map(|(_, claims)| claims.as_ref().map_err(Clone::clone));
    let control = run.controls.first().map(|(_, broken)| broken.as_ref().map(|b| &b.instead).map_err(Clone::clone));
    step.or(control).expect("a part is a step or a control")
}

/// Asserts that a table of evidence is the one recorded, up to what another processor may change.
fn assert_recorded(name: &str, table: &str, snapshots: &Path) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(snapshots);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(WithinSlack));
    settings.bind(|| insta::assert_snapshot!(name, table));
}

#[derive(Clone)]
struct WithinSlack;

impl Comparator for WithinSlack {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        match (reference.contents(), test.contents()) {
            (SnapshotContents::Text(reference), SnapshotContents::Text(test)) => {
                tables_match(&reference.to_string(), &test.to_string())
            }
            _ => false,
        }
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

fn sound(course: &Course) -> Outcome {
    let mistakes = course.mistakes();
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes.join("\n").into()) }
}

/// The key of a prediction is sharp; a solution does what it must, and a stub nothing yet.
fn can_be_solved(exercise: &'static Exercise, lab: &Lab) -> Outcome {
    match &exercise.task {
        Task::Predict(predict) => _ = predict.key(lab)?,
        Task::Check(check) => {
            let claims = check.judged(&mut |arguments| Ok((check.solution)(arguments)))?;
            if !claims.hold() {
                return Err(format!("the solution fails\n{}", report::claims(&claims, Ink::Plain)).into());
            }
            let stub = panic::catch_unwind(|| check.judged(&mut |arguments| Ok((check.stub)(arguments))));
            if stub.err().and_then(|cause| cause.downcast().ok()) != Some(Box::new(UNWRITTEN)) {
                return Err("the stub does more than `todo!()`".into());
            }
        }
        Task::Prove | Task::Mistake(_) => {}
    }
    Ok(())
}

fn justified(course: &'static Course, lab: &Lab) -> Outcome {
    for (name, claims) in evidence(course, lab)? {
        let empirical = |term: &Term| matches!(term, Term::Empirical { .. });
        if let Some(claim) = claims.iter().find(|claim| claim.slack.terms().iter().any(empirical)) {
            return Err(format!("{name}: '{}' rests on a measured slack", claim.what).into());
        }
    }
    Ok(())
}

/// What the other tests have run, again in a lab and on a thread of its own.
fn reproducible(course: &'static Course, lab: &Lab) -> Outcome {
    let bits = |lab: &Lab| -> Result<Vec<(String, u64, u64)>> {
        let claims = evidence(course, lab)?;
        let bits = claims.iter().flat_map(|(name, claims)| {
            claims.iter().map(move |c| (name.clone(), c.measured.to_bits(), c.slack.total().to_bits()))
        });
        Ok(bits.collect())
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(|| bits(&Lab::new(lab.seed())));
        (bits(lab), there.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (here, there) = (here?, there?);
    match here.iter().zip(&there).find(|(here, there)| here != there) {
        Some(((name, ..), _)) => Err(format!("{name}: other bits on another thread").into()),
        None => Ok(()),
    }
}

/// Every list of claims of the course in a lab, with its name.
fn evidence(course: &'static Course, lab: &Lab) -> Result<Vec<(String, Claims)>> {
    let mut all = Vec::new();
    for theorem in course.theorems {
        let run = check(theorem, lab, None, &|_| ());
        for (step, claims) in run.steps {
            all.push((format!("{}::{}", theorem.id, step.id), claims?));
        }
        for (control, broken) in run.controls {
            all.push((format!("{}::{}", theorem.id, control.id()), broken?.instead));
        }
    }
    Ok(all)
}
