use std::path::Path;
use std::process::ExitCode;

use book::{Manuscript, bind};

fn main() -> ExitCode {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manuscript = Manuscript {
        chapters: home.join("src"),
        references: home.join("references.bib"),
        sources: home.join(".."),
        notes: implicit_bias::NOTES,
    };
    let out = home.join("../target/book");
    match bind(&implicit_bias::COURSE, &manuscript, &out) {
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
