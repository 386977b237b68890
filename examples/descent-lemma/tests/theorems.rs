//! The course as tests: one a step and a control, and the invariants of every course.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let snapshots = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    theoremcheck::testing::run(&descent_lemma::COURSE, snapshots)
}
