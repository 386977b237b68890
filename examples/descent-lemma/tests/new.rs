//! `new`, run on a copy of this course, and its failing step made to pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the course outside the workspace, which shares what is built.
struct Copy {
    shelf: tempfile::TempDir,
}

impl Copy {
    fn new() -> Copy {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shelf = tempfile::tempdir().unwrap();
        for folder in ["src", "book"] {
            fs::create_dir(shelf.path().join(folder)).unwrap();
            for entry in fs::read_dir(home.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(&path, shelf.path().join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
        let harness = home.join("../..").canonicalize().unwrap();
        // With the profiles of this workspace, what is built here is not built again there.
        let workspace = fs::read_to_string(harness.join("Cargo.toml")).unwrap();
        let profiles =
            &workspace[workspace.find("[profile.dev]").unwrap()..workspace.find("[profile.release]").unwrap()];
        let manifest = format!(
            "[package]\nname = \"copy\"\nedition = \"2024\"\n\n[lib]\nname = \"descent_lemma\"\n\n[dependencies]\n\
             theoremcheck = {{ path = {harness:?} }}\n\n[workspace]\n\n{profiles}"
        );
        fs::write(shelf.path().join("Cargo.toml"), manifest).unwrap();
        fs::copy(harness.join("Cargo.lock"), shelf.path().join("Cargo.lock")).unwrap();
        Copy { shelf }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.shelf.path().join(file)
    }

    /// The command of the course as it stands in the copy now.
    fn run(&self, arguments: &[&str]) -> Output {
        // target/debug/deps/new-.. is this test.
        let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_path_buf();
        Command::new(env!("CARGO"))
            .current_dir(self.shelf.path())
            .env("CARGO_TARGET_DIR", target)
            .args(["run", "--quiet", "--offline", "--"])
            .args(arguments)
            .output()
            .unwrap()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_new_theorem_fails_in_one_claim_until_it_is_written() {
    let copy = Copy::new();
    let output = copy.run(&["new", "shrinking", "--title", "How a step shrinks"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("check shrinking"), "{}", text(&output));
    let summary = fs::read_to_string(copy.path("book/SUMMARY.md")).unwrap();
    assert!(summary.contains("- [How a step shrinks](shrinking.md)\n"), "{summary}");

    let check = copy.run(&["check", "shrinking"]);
    assert_eq!(check.status.code(), Some(1), "{}", text(&check));
    assert!(text(&check).contains("fails: not finite  x_K/x_0"), "{}", text(&check));

    let code = copy.path("src/shrinking.rs");
    let source = fs::read_to_string(&code).unwrap();
    let advice = "theoremcheck::real::pow(1.0 - run.eta, steps as f64)";
    assert!(source.contains(&format!("{advice}.\n")), "{source}");
    fs::write(&code, source.replace("let predicted = f64::NAN;", &format!("let predicted = {advice};"))).unwrap();
    let check = copy.run(&["check", "shrinking"]);
    assert_eq!(check.status.code(), Some(0), "{}", text(&check));
    assert!(!text(&check).contains("warning"), "{}", text(&check));

    for (arguments, message) in [
        (&["new", "shrinking", "--title", "Again"][..], "a theorem is called 'shrinking' already"),
        (&["new", "Shrinking", "--title", "Again"], "'Shrinking' is no name for a theorem"),
        (&["new", "other", "--title", "a \" b"], "--title: one line that says something"),
        (&["new", "match", "--title", "Again"], "'match' is a word of Rust"),
        (&["new", "other"], "--title"),
    ] {
        let refused = copy.run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
        assert!(text(&refused).contains(message), "{}", text(&refused));
    }
    fs::write(copy.path("book/other.md"), "mine").unwrap();
    let refused = copy.run(&["new", "other", "--title", "Other"]);
    assert!(text(&refused).contains("book/other.md is there already"), "{}", text(&refused));
    assert!(!copy.path("src/other.rs").exists());
}
