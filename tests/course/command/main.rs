//! The command line as its users meet it: exit codes, one clear message, JSON by contract.

mod architecture_norm;
mod deep_linear;
mod diagonal_network;
mod double_descent;
mod early_stopping;
mod exercise;
mod figure;
mod homogeneous;
mod least_squares;
mod lines;
mod matrix_factorization;
mod max_margin;
mod multiclass;
mod optimizer_norm;
mod steepest_descent;
mod step_size;
mod sweep;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use implicit_bias::COURSE;
use rstest::rstest;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn theoremcheck(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoremcheck"));
    command.current_dir(ROOT).env_remove("COLUMNS").args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(output)))
}

/// A place where nothing is, for the test that asks: tests run side by side, so each has a folder called after it.
fn place(name: &str) -> PathBuf {
    let test = thread::current().name().unwrap().replace("::", "/");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command").join(test);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    path
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = place(name);
    fs::write(&path, content).unwrap();
    path
}

fn folder(name: &str) -> PathBuf {
    let path = place(name);
    fs::create_dir(&path).unwrap();
    path
}

/// On a table whose name has a blank.
fn run_on(theorem: &str, content: &str, options: &[&str]) -> Output {
    let path = file("a table.csv", content.as_bytes());
    let mut arguments = vec!["run", theorem, "--data", path.to_str().unwrap()];
    arguments.extend(options);
    theoremcheck(&arguments)
}

#[test]
fn a_table_comes_from_standard_input() {
    let path = file("standard-input.csv", b"1,2,1\n2,1,1\n-1,-3,-1\n-2,-1,-1\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_theoremcheck"));
    command.args(["run", "max-margin", "--data", "-"]).stdin(fs::File::open(path).unwrap());
    let output = command.output().unwrap();
    assert!(stdout(&output).contains("standard input: 4 lines of 2 features"), "{}", stderr(&output));
}

#[test]
fn columns_are_obeyed_where_there_is_no_terminal() {
    // A mark stands on its letter.
    let width = |line: &str| line.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).count();
    let longest = |columns: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_theoremcheck"));
        let output = command.env("COLUMNS", columns).args(["show", "max-margin"]).output().unwrap();
        let text = stdout(&output);
        text.lines().filter(|line| line.starts_with("    ")).map(width).max().unwrap()
    };
    assert!((50..=60).contains(&longest("60")), "{}", longest("60"));
    assert!((70..=80).contains(&longest("80")), "{}", longest("80"));
}

/// Exit 2, and one line that contains the message.
fn refuses(theorem: &str, content: &str, options: &[&str], message: &str) {
    let output = run_on(theorem, content, options);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.starts_with("error: ") && text.contains(message), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(output.stdout.is_empty());
}

#[rstest]
#[case::no_file(&["run", "max-margin", "--data", "no-such.csv"], "no-such.csv: cannot be read")]
#[case::a_folder(&["run", "max-margin", "--data", "."], ".: cannot be read")]
#[case::theorem(&["check", "max-margn"], "did you mean 'max-margin'?")]
#[case::theorem_to_run(&["run", "max-margn", "--data", "x.csv"], "'max-margin'")]
#[case::theorem_to_show(&["show", "max-margn"], "did you mean 'max-margin'?")]
#[case::step(&["check", "max-margin::residual-converge"], "did you mean 'residual-converges'?")]
#[case::a_figure(&["check", "matrix-factorization::hidden-entries"], "`figure matrix-factorization::hidden-entries` draws it")]
#[case::command(&["chek"], "'check'")]
#[case::seed(&["check", "--seed", "one"], "--seed")]
#[case::negative_seed(&["check", "--seed", "-1"], "a seed is a whole number from 0 to 18446744073709551615")]
#[case::no_run(&["run", "alignment", "--data", "x.csv"], "`check alignment` runs its own experiments")]
#[case::no_data(&["run", "max-margin"], "--data")]
#[case::claim_of_the_notes(&["list", "N99"], "no step answers a claim N99 of the notes")]
#[case::figure(&["figure", "max-margin::path"], "did you mean 'paths'")]
#[case::which_figure(&["figure", "max-margin"], "which figure of max-margin?")]
#[case::two_formats(&["figure", "max-margin::paths", "--svg", "--csv"], "--svg")]
#[case::nothing_to_set(&["figure", "max-margin::paths", "--set", "eta=2"], "--set: max-margin::paths has nothing to set")]
#[case::no_seed(&["figure", "max-margin::step", "--seed", "2"], "--seed: nothing of max-margin::step is drawn at random")]
#[case::set_outside(&["figure", "max-margin::step", "--set", "eta=9"], "eta 9: not a number from 1 to 8")]
#[case::set_nothing(&["figure", "max-margin::step", "--set", "step=2"], "no parameter 'step'; it has 'eta', 'start'")]
#[case::set_twice(&["figure", "max-margin::step", "--set", "eta=2", "--set", "eta=3"], "--set eta: given twice")]
#[case::set_a_word(&["figure", "max-margin::step", "--set", "eta=large"], "'large' is no number")]
#[case::set_without_value(&["figure", "max-margin::step", "--set", "eta"], "as NAME=VALUE")]
#[case::shell(&["completions", "shell"], "bash")]
fn bad_usage_exits_with_two(#[case] arguments: &[&str], #[case] message: &str) {
    let output = theoremcheck(arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
}

/// The names of theorems and parts, and the words of options.
#[rstest]
#[case::bash("bash", "max-margin::without-separability", "logistic exp")]
#[case::zsh("zsh", r"max-margin\:\:without-separability", "logistic exp")]
fn shells_complete_names(#[case] shell: &str, #[case] name: &str, #[case] words: &str) {
    let script = stdout(&theoremcheck(&["completions", shell]));
    assert!(script.contains(name) && script.contains(words), "{shell}");
}

#[test]
fn what_is_named_twice_is_done_once() {
    let once = theoremcheck(&["check", "--seed", "1", "least-squares"]);
    let again =
        ["check", "--seed", "1", "--seed", "1", "least-squares::nearest-point", "least-squares", "least-squares"];
    assert_eq!(stdout(&theoremcheck(&again)), stdout(&once));
}

/// Of all names that `list` gives, in one run.
#[test]
fn check_by_contract() {
    let course = json(&theoremcheck(&["list", "--json"]));
    let mut names = Vec::new();
    for theorem in course.as_array().unwrap() {
        assert!(theorem["title"].is_string() && theorem["status"].is_string());
        for key in ["figures", "live_figures"] {
            assert!(theorem[key].as_array().unwrap().iter().all(Value::is_string));
        }
        for key in ["steps", "controls"] {
            names.extend(theorem[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_string()));
        }
    }
    assert!(names.contains(&"max-margin::without-separability".to_string()));
    let mut arguments = vec!["check", "--seed", "7", "--json"];
    arguments.extend(names.iter().map(String::as_str));
    let output = theoremcheck(&arguments);
    assert_eq!(output.status.code(), Some(0));
    let runs = json(&output);
    assert_eq!(runs.as_array().unwrap().len(), names.len());
    for run in runs.as_array().unwrap() {
        assert_eq!((&run["seed"], &run["holds"]), (&Value::from(7), &Value::from(true)));
        for control in run["controls"].as_array().unwrap() {
            assert_eq!(control["refuted"], true);
            assert!(control["violation_over_slack"].as_f64().unwrap() >= 10.0);
        }
        assert!(run["hypotheses"].as_array().unwrap().iter().all(|h| h["holds"] == true && h["detail"].is_string()));
        assert!(["claims", "controls"].iter().any(|key| !run[key].as_array().unwrap().is_empty()));
    }
}

/// At the two sides of the longest step below which log 2 attracts.
#[rstest]
#[case::minimiser("2.9", "period after a thousand steps: one point")]
#[case::cycle("3.3", "period after a thousand steps: 2 steps")]
fn a_live_figure_is_set(#[case] eta: &str, #[case] ends: &str) {
    let set = format!("eta={eta}");
    let shown = stdout(&theoremcheck(&["figure", "max-margin::step", "--set", &set]));
    assert!(shown.contains(ends), "{shown}");
    assert!(shown.contains("--set start=") && shown.contains("a number from -4 to 6"), "{shown}");
    let svg = stdout(&theoremcheck(&["figure", "max-margin::step", "--set", &set, "--svg"]));
    assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{svg}");
}

#[rstest]
#[case::claim_of_the_notes("N14", "max-margin", false)]
#[case::theorem("least-squares", "least-squares", true)]
fn list_of_one_name(#[case] name: &str, #[case] other: &str, #[case] is_there: bool) {
    let listed = json(&theoremcheck(&["list", name, "--json"]));
    let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|theorem| theorem["id"].as_str().unwrap()).collect();
    assert!(!ids.is_empty() && ids.contains(&other) == is_there, "{ids:?}");
    for step in listed.as_array().unwrap().iter().flat_map(|theorem| theorem["steps"].as_array().unwrap()) {
        let shown = stdout(&theoremcheck(&["show", step.as_str().unwrap()]));
        assert!(!name.starts_with('N') || shown.contains(name), "{step}: {shown}");
    }
    let text = stdout(&theoremcheck(&["list", name]));
    assert_eq!(text, stdout(&theoremcheck(&["list", &name.to_lowercase()])));
    assert_eq!(text.contains("without-"), !name.starts_with('N'), "{text}");
}

#[test]
fn show_names_every_part() {
    for theorem in COURSE.theorems {
        let shown = stdout(&theoremcheck(&["show", theorem.id]));
        let names: Vec<&str> = shown.lines().filter_map(|line| line.trim().split("  ").next()).collect();
        let is_named = |id: &str| assert!(names.contains(&id), "{id} stands nowhere in: {shown}");
        theorem.steps().for_each(|step| is_named(step.id));
        theorem.controls.iter().for_each(|control| is_named(&control.id()));
        theorem.figures.iter().for_each(|figure| is_named(figure.id));
        theorem.live.iter().for_each(|live| is_named(live.id));
    }
}

#[test]
fn a_pipe_gets_no_colour() {
    for arguments in [&["list"][..], &["show", "max-margin"], &["check", "max-margin::unique-separator"]] {
        let output = theoremcheck(arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(!stdout(&output).contains('\u{1b}') && output.stderr.is_empty());
    }
}

/// The README shows a real run: word for word, and number for number up to what a processor may change.
#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let blocks: Vec<&str> = readme.split("<!-- run: ").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let (arguments, rest) = block.split_once(" -->").unwrap();
        let shown = rest.split("```").nth(1).unwrap().strip_prefix("text\n").unwrap();
        let printed = stdout(&theoremcheck(&arguments.split_whitespace().collect::<Vec<_>>()));
        let tokens = |text: &str| text.split_whitespace().map(str::to_string).collect::<Vec<_>>();
        let (shown, printed) = (tokens(shown), tokens(&printed));
        assert_eq!(shown.len(), printed.len(), "{arguments}: the README is not what the command prints");
        // What stands in the column of used slack, and what vanishes, is noise.
        for (i, (a, b)) in shown.iter().zip(&printed).enumerate() {
            let same = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(x), Ok(y)) => {
                    (x - y).abs() <= 1e-4 * x.abs()
                        || x.abs().max(y.abs()) < 1e-9
                        || shown.get(i + 1).is_some_and(|next| next == "%")
                }
                _ => a == b,
            };
            assert!(same, "{arguments}: the README shows '{a}', the command prints '{b}'");
        }
    }
}
