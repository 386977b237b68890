//! Binds the book of the course into `target/book`.

use std::path::Path;
use std::process::ExitCode;

use binder::bind;

fn main() -> ExitCode {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/book");
    let bound = book::manuscript().and_then(|manuscript| bind(&implicit_bias::COURSE, &manuscript, &out));
    match bound {
        Ok(()) => {
            println!("target/book/index.html");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
