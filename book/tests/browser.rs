//! The book in a browser, as readers have it: see browser/check.mjs for what is asked of it.
//!
//! Needs node, Chromium and `npm ci` in book/tests/browser; without them it says so and checks nothing.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use binder::bind;

#[test]
fn every_page_is_right_in_a_browser() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let browser = std::env::var("CHROMIUM").unwrap_or("/usr/bin/chromium".to_string());
    let script = home.join("tests/browser/check.mjs");
    let missing = [
        (!Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success()), "node"),
        (!Path::new(&browser).exists(), "Chromium (set CHROMIUM to where it is)"),
        (!script.with_file_name("node_modules").is_dir(), "the packages (npm ci in book/tests/browser)"),
    ];
    if let Some((_, what)) = missing.iter().find(|(missing, _)| *missing) {
        // Past the test harness, which would swallow what a passing test prints.
        writeln!(std::io::stderr(), "SKIPPED every_page_is_right_in_a_browser: there is no {what}").unwrap();
        return;
    }
    let shelf = tempfile::tempdir().unwrap();
    let out = shelf.path().join("book");
    bind(&implicit_bias::COURSE, &book::manuscript().unwrap(), &out).unwrap();
    let seen = Command::new("node").arg(&script).arg(&out).env("CHROMIUM", &browser).output().unwrap();
    let says = String::from_utf8_lossy(&seen.stdout);
    assert!(seen.status.success(), "{says}{}", String::from_utf8_lossy(&seen.stderr));
}
