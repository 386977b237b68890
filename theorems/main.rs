//! The command on this course.

use std::process::ExitCode;

fn main() -> ExitCode {
    theoremcheck::cli(&implicit_bias::COURSE)
}
