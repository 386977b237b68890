//! The chapter, bound as a book.

use std::fs;
use std::path::Path;

use book::{Manuscript, bind};

#[test]
fn the_chapter_is_bound() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manuscript = Manuscript {
        title: "The descent lemma",
        description: "How fast gradient descent lowers a smooth function",
        language: "en",
        words: &[],
        repository: None,
        command: "cargo run --package descent-lemma --",
        module: None,
        chapters: home.join("book"),
        references: home.join("book/references.bib"),
        sources: home.to_path_buf(),
        notes: &[],
    };
    let shelf = tempfile::tempdir().unwrap();
    let out = shelf.path().join("book");
    bind(&descent_lemma::COURSE, &manuscript, &out).unwrap_or_else(|problem| panic!("{problem}"));
    let page = fs::read_to_string(out.join("descent.html")).unwrap();
    assert!(page.contains("cargo run --package descent-lemma -- check descent::sublinear-rate"));
}
