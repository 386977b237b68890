//! Binds the chapter as a book into the folder that is named, or into `target/book` here: `cargo run --example bind`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use binder::{Manuscript, bind};

/// What the binder needs to know beside the course.
pub fn manuscript() -> Manuscript {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    Manuscript {
        title: "The descent lemma",
        description: "How fast gradient descent lowers a smooth function",
        language: "en",
        words: &[],
        repository: None,
        command: "cargo run --",
        module: None,
        chapters: home.join("book"),
        references: home.join("book/references.bib"),
        sources: home.to_path_buf(),
        notes: &[],
    }
}

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/book"), PathBuf::from);
    match bind(&descent_lemma::COURSE, &manuscript(), &folder) {
        Ok(()) => {
            println!("{}", folder.join("index.html").display());
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
