//! The course, run as tests: each step and each control, with its registry name, and what must hold of every course.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    theoremcheck::testing::run(&implicit_bias::COURSE, Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../snapshots")))
}
