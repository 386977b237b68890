//! The course, run as tests: each step and each control is a test with its registry name. A claim that
//! fails is reported as a table; the snapshot of the evidence is compared only once the claims hold.

#[path = "../support/tables_match.rs"]
mod tables_match;

use std::process::ExitCode;
use std::sync::LazyLock;

use implicit_bias::COURSE;
use insta::internals::SnapshotContents;
use insta::{Comparator, Settings, Snapshot};
use libtest_mimic::{Arguments, Failed, Trial};
use tables_match::tables_match;
use theoremcheck::claim::Claims;
use theoremcheck::error::Result;
use theoremcheck::evidence::{self, Evidence};
use theoremcheck::lab::Lab;
use theoremcheck::report::{self, Ink};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Theorem;

const SEEDS: [u64; 3] = [1, 2, 3];

/// One lab a seed for all tests, so that each experiment runs once.
static LABS: LazyLock<Vec<Lab>> = LazyLock::new(|| {
    let shared = Lab::new(Seed(0));
    SEEDS.iter().map(|&seed| shared.with_seed(Seed(seed))).collect()
});

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let names = |theorem: &'static Theorem| {
        let steps = theorem.steps().map(|step| step.id.to_string());
        let controls = theorem.controls.iter().map(|control| control.id());
        steps.chain(controls).map(move |part| (theorem, part))
    };
    let trial = |(theorem, part): (&'static Theorem, String)| {
        Trial::test(format!("{}::{part}", theorem.id), move || holds_as_recorded(theorem, &part))
    };
    let trials = COURSE.theorems.iter().flat_map(|theorem| names(theorem)).map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn holds_as_recorded(theorem: &'static Theorem, part: &str) -> std::result::Result<(), Failed> {
    let runs: Vec<Evidence> = LABS.iter().map(|lab| evidence::check(theorem, lab, Some(part), &|_| ())).collect();
    if !runs.iter().all(Evidence::holds) {
        return Err(format!("\n{}", report::evidence(&runs, Ink::Plain)).into());
    }
    let claims: Result<Vec<(u64, &Claims)>> = runs.iter().map(|run| Ok((run.seed, recorded(run)?))).collect();
    let table = report::snapshot(&claims?);
    assert_recorded(&format!("{}.{part}", theorem.id), &table);
    Ok(())
}

/// The claims of the one step, or what the one control shows instead.
fn recorded(run: &Evidence) -> Result<&Claims> {
    let step = run.steps.first().map(|(_, claims)| claims.as_ref().map_err(Clone::clone));
    let control = run.controls.first().map(|(_, broken)| broken.as_ref().map(|b| &b.instead).map_err(Clone::clone));
    step.or(control).expect("a part is a step or a control")
}

/// Asserts that a table of evidence is the one in `snapshots/`, up to what another processor may change.
fn assert_recorded(name: &str, table: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots"));
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
