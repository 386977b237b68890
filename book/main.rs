//! Binds the book of the course into `target/book`, and prints it: `book pdf --help`.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    binder::command(&implicit_bias::COURSE, book::manuscript, &target.join("book"))
}
