//! The book in a browser and on paper, as readers have it: see browser/check.mjs for what is asked of the pages.
//!
//! Needs Chromium, and for the pages node and `npm ci` in book/tests/browser, and Firefox for the same in that; without them it
//! says so and checks nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, PoisonError, RwLock};

use binder::{Edition, Paper, Pdf, bind};

/// Bound once for all tests.
static BOOK: LazyLock<PathBuf> = LazyLock::new(|| {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    bind(&implicit_bias::COURSE, &book::manuscript().unwrap(), &out).unwrap();
    out
});

/// What is printed stands among the pages while it is printed: then nobody reads them.
static SHELF: RwLock<()> = RwLock::new(());

fn browser() -> String {
    std::env::var("CHROMIUM").unwrap_or("/usr/bin/chromium".to_string())
}

/// Says that a test is skipped, if something is not there.
fn lacks(test: &str, missing: &[(bool, &str)]) -> bool {
    let Some((_, what)) = missing.iter().find(|(missing, _)| *missing) else { return false };
    // Past the test harness, which would swallow what a passing test prints.
    let mut terminal = std::io::stderr();
    writeln!(terminal, "SKIPPED {test}: there is no {what}").unwrap();
    true
}

fn no_browser() -> (bool, &'static str) {
    (!Path::new(&browser()).exists(), "Chromium (set CHROMIUM to where it is)")
}

#[test]
fn every_page_is_right_in_a_browser() {
    every_page_is_right("every_page_is_right_in_a_browser", no_browser(), &[]);
}

#[test]
fn every_page_is_right_in_firefox() {
    let firefox = std::env::var("FIREFOX").unwrap_or("/usr/bin/firefox-esr".to_string());
    let missing = (!Path::new(&firefox).exists(), "Firefox (set FIREFOX to where it is)");
    every_page_is_right("every_page_is_right_in_firefox", missing, &["firefox"]);
}

/// Opens every page as the arguments of the script say.
fn every_page_is_right(test: &str, no_browser: (bool, &str), arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/check.mjs");
    let missing = [
        (!Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success()), "node"),
        no_browser,
        (!script.with_file_name("node_modules").is_dir(), "the packages (npm ci in book/tests/browser)"),
    ];
    if lacks(test, &missing) {
        return;
    }
    let _reads = SHELF.read().unwrap_or_else(PoisonError::into_inner);
    let seen =
        Command::new("node").arg(&script).arg(&*BOOK).args(arguments).env("CHROMIUM", browser()).output().unwrap();
    let says = String::from_utf8_lossy(&seen.stdout);
    assert!(seen.status.success(), "{says}{}", String::from_utf8_lossy(&seen.stderr));
}

/// The corners of a PDF's pages in points, as they stand in it.
fn pages(pdf: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&fs::read(pdf).unwrap()).into_owned();
    let boxes =
        text.split("/Type /Page\n").skip(1).filter_map(|page| page.split_once("/MediaBox [")?.1.split_once(']'));
    boxes.map(|(size, _)| size.to_string()).collect()
}

#[test]
fn editions_are_printed_on_both_papers() {
    if lacks("editions_are_printed_on_both_papers", &[no_browser()]) {
        return;
    }
    let _prints = SHELF.write().unwrap_or_else(PoisonError::into_inner);
    let shelf = tempfile::tempdir().unwrap();
    let browser = browser();
    let printed = |edition: Edition, paper: Paper, chapter: Option<&'static str>, notes: bool| {
        let out = shelf.path().join("printed.pdf");
        Pdf { edition, paper, chapter, notes, browser: Some(&browser) }.print(&BOOK, &out).unwrap();
        pages(&out)
    };
    for (paper, [width, height]) in [(Paper::A4, [595.0, 842.0]), (Paper::Letter, [612.0, 792.0])] {
        let is_upright = |size: &String| {
            let numbers: Vec<f64> = size.split_whitespace().map(|number| number.parse().unwrap()).collect();
            numbers[2].round() == width && numbers[3].round() == height
        };
        // A page a theorem: none is empty, and none runs over.
        let sheets = printed(Edition::Sheets, paper, None, false);
        assert_eq!(sheets.len(), implicit_bias::COURSE.theorems.len(), "{paper:?}");
        assert!(sheets.iter().all(is_upright), "{sheets:?}");
        let chapter = Some("early-stopping");
        let whole = printed(Edition::Whole, paper, chapter, false);
        let handout = printed(Edition::Handout, paper, chapter, false);
        assert!(whole.iter().chain(&handout).all(is_upright));
        assert!(handout.len() < whole.len(), "{} pages of {}", handout.len(), whole.len());
        let slides = printed(Edition::Slides, paper, chapter, false);
        assert!(slides.len() > handout.len() && !slides.iter().any(is_upright), "{slides:?}");
    }
}
