use std::process::ExitCode;

fn main() -> ExitCode {
    theoremcheck::cli(&theoremcheck::theorems::COURSE)
}
