//! The chapter, bound as a book.

#[allow(dead_code)]
#[path = "../examples/bind.rs"]
mod bind;

use std::fs;

#[test]
fn the_chapter_is_bound() {
    let shelf = tempfile::tempdir().unwrap();
    let out = shelf.path().join("book");
    binder::bind(&descent_lemma::COURSE, &bind::manuscript(), &out).unwrap_or_else(|problem| panic!("{problem}"));
    let page = fs::read_to_string(out.join("descent.html")).unwrap();
    assert!(page.contains("cargo run -- check descent::sublinear-rate"));
}
