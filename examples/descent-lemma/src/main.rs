//! The command on this course.

use std::process::ExitCode;

fn main() -> ExitCode {
    theoremcheck::cli(&descent_lemma::COURSE)
}
