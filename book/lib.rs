//! The book of the course, as the binder is told of it.

mod module;

use std::path::Path;

use binder::{Manuscript, Result};

/// The chapters beside this file. What is missing for the pages to run the course is built here.
pub fn manuscript() -> Result<Manuscript> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = home.parent().unwrap_or(home);
    let module = module::build(root)?;
    if module.is_none() {
        eprintln!(
            "No compiler for WebAssembly is here (rustup target add wasm32-unknown-unknown): the book runs nothing."
        );
    }
    Ok(Manuscript {
        title: "The implicit bias of gradient descent",
        description: "Theorems that are run: every number in this book comes from a check",
        language: "en",
        words: &[],
        repository: None,
        command: "cargo run --release --",
        module,
        chapters: home.join("src"),
        references: home.join("references.bib"),
        sources: root.to_path_buf(),
        notes: implicit_bias::NOTES,
    })
}
