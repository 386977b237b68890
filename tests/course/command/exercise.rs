//! `exercise`: what is begun can be answered, and what is wrong is not taken for right.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use implicit_bias::COURSE;
use rstest::rstest;
use theoremcheck::exercise::{Check, Task};

use super::{file, folder, json, stderr, stdout, theoremcheck};

/// Every function that is to be written: the name of its exercise, its points, and what is there of it.
fn functions() -> Vec<(String, u32, &'static Check)> {
    let all = COURSE.theorems.iter().flat_map(|theorem| theorem.exercises.iter().map(|e| (theorem.id, e)));
    let check = |(theorem, exercise): (&str, &'static theoremcheck::exercise::Exercise)| match &exercise.task {
        Task::Check(check) => Some((format!("{theorem}::{}", exercise.id), exercise.points, check)),
        _ => None,
    };
    all.filter_map(check).collect()
}

/// As a student meets it: the package that `start` writes compiles and is not solved yet, and with the solution in it it is.
#[test]
fn every_stub_fails_as_it_should_and_every_solution_passes() {
    let folder = folder("all");
    let into = folder.to_str().unwrap();
    for (name, points, check) in functions() {
        let started = theoremcheck(&["exercise", "start", &name, "--into", into]);
        assert_eq!(started.status.code(), Some(0), "{name}: {}", stderr(&started));
        let path = folder.join(name.replace("::", ".")).join("src/lib.rs");
        let answer = path.to_str().unwrap();
        assert!(stdout(&started).contains(&format!("exercise check {name} {answer}")), "{}", stdout(&started));

        let stub = theoremcheck(&["exercise", "check", &name, answer, "--json"]);
        let said = json(&stub);
        assert_eq!(
            (stub.status.code(), &said["solved"], &said["points"]),
            (Some(1), &false.into(), &0.into()),
            "{name}"
        );
        assert!(said["why"].as_str().unwrap().contains("not yet implemented"), "{name}: {said}");

        fs::write(&path, check.solution_text().unwrap()).unwrap();
        let solved = theoremcheck(&["exercise", "check", &name, answer, "--json"]);
        let said = json(&solved);
        assert_eq!((solved.status.code(), &said["points"]), (Some(0), &points.into()), "{name}: {said}");
        assert!(said["why"].is_null() && !said["claims"].as_array().unwrap().is_empty(), "{name}: {said}");
    }
}

#[test]
fn what_is_there_stays() {
    let folder = folder("again");
    let start = ["exercise", "start", "max-margin::smoothed-margin", "--into", folder.to_str().unwrap()];
    assert_eq!(theoremcheck(&start).status.code(), Some(0));
    let path = folder.join("max-margin.smoothed-margin/src/lib.rs");
    fs::write(&path, "// mine\n").unwrap();
    let again = theoremcheck(&start);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("is there already, and stays as it is"), "{}", stderr(&again));
    let hint = theoremcheck(&[&start[..], &["--hints", "1"]].concat());
    assert_eq!(hint.status.code(), Some(0), "{}", stderr(&hint));
    assert!(stdout(&hint).contains("hint 1 of"), "{}", stdout(&hint));
    assert_eq!(fs::read_to_string(&path).unwrap(), "// mine\n");
}

/// What is wrong with an answer is said, and costs the points.
#[rstest]
#[case::wrong("pub fn rate(lambda: f64, eta: f64) -> f64 { lambda + eta }", "")]
#[case::of_another_type("pub fn rate(lambda: f32) -> f32 { lambda }", "it does not compile")]
#[case::missing("", "it does not compile")]
#[case::not_a_number("pub fn rate(_: f64, _: f64) -> f64 { f64::NAN }", "")]
#[case::ends("pub fn rate(_: f64, _: f64) -> f64 { std::process::exit(0) }", "it breaks off at the arguments 1 0.5")]
#[case::stub(
    "pub fn rate(_: f64, _: f64) -> f64 { todo!() }",
    "it breaks off at the arguments 1 0.5\nline 1: not yet implemented"
)]
#[case::prints("pub fn rate(_: f64, _: f64) -> f64 { println!(\"= 1 2\"); 1.0 }", "the answer has length 2, not 1")]
fn a_wrong_answer_gets_no_points(#[case] answer: &str, #[case] why: &str) {
    let name = format!("rate-{}.rs", answer.len());
    let path = file(&name, answer.as_bytes());
    let checked = theoremcheck(&["exercise", "check", "step-size::rate", path.to_str().unwrap(), "--json"]);
    let said = json(&checked);
    assert_eq!((checked.status.code(), &said["points"], &said["of"]), (Some(1), &0.into(), &2.into()), "{said}");
    assert!(said["why"].as_str().unwrap_or_default().starts_with(why), "{said}");
    assert_eq!(said["why"].is_null(), why.is_empty(), "{said}");
}

/// A prediction, rounded or better; the line of a mistake.
#[rstest]
#[case("max-margin::limit-line", "0.27", 0)]
#[case("max-margin::limit-line", "0.2747", 0)]
#[case("max-margin::limit-line", "0.28", 1)]
#[case("max-margin::limit-line", "-0.27", 1)]
#[case("step-size::step-mistake", "4", 0)]
#[case("step-size::step-mistake", "3", 1)]
#[case("step-size::step-mistake", "4.5", 2)]
#[case("step-size::step-mistake", "0", 2)]
#[case("step-size::step-mistake", "1000", 2)]
#[case("max-margin::shares-of-two-points", "1/4", 0)]
#[case("max-margin::shares-of-two-points", "-1/4", 1)]
#[case("max-margin::shares-of-two-points", "1/0", 2)]
#[case("max-margin::shares-of-two-points", "0,25", 2)]
#[case("max-margin::shares-of-two-points", "nan", 2)]
fn a_number_is_judged(#[case] name: &str, #[case] answer: &str, #[case] code: i32) {
    let output = theoremcheck(&["exercise", "check", name, "--answer", answer]);
    assert_eq!(output.status.code(), Some(code), "{}{}", stdout(&output), stderr(&output));
    assert!(!stdout(&output).contains("0.2746"), "the key is given away");
}

#[rstest]
#[case(&["start", "max-margin::limit-lines"], "no exercise of max-margin is called 'limit-lines'; did you mean 'limit-line'? `theoremcheck exercise list` names them all")]
#[case(&["check", "step-size::step-mistake", "--answer", "4.5"], "--answer 4.5: the function has the lines 1 to ")]
#[case(&["start", "max-margin"], "which exercise of max-margin? `exercise list max-margin` names them")]
#[case(&["check", "max-margin::limit-line"], "max-margin::limit-line is answered by a number: --answer NUMBER")]
#[case(&["check", "max-margin::limit-line", "a.rs"], "max-margin::limit-line is not answered by a file, such as a.rs")]
#[case(&["check", "max-margin::loss-falls-like-one-over-t"], "is a proof, which a person judges")]
#[case(&["check", "max-margin::smoothed-margin", "--answer", "1"], "is answered by a file and not by --answer")]
#[case(&["check", "max-margin::smoothed-margin", "none.rs"], "none.rs: No such file or directory (os error 2); `exercise start max-margin::smoothed-margin` writes a file to begin with")]
fn what_makes_no_sense_is_refused(#[case] arguments: &[&str], #[case] message: &str) {
    let output = theoremcheck(&[&["exercise"], arguments].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(message) && stderr(&output).lines().count() == 1, "{}", stderr(&output));
}

#[test]
fn the_forms_of_an_answer_are_named() {
    let output = theoremcheck(&["exercise", "check", "max-margin::limit-line", "--answer", "0,25"]);
    assert!(stderr(&output).contains("or a fraction: 0.25, 2.5e-1 or 1/4"), "{}", stderr(&output));
}

/// What a function prints is shown, as far as that can be read; what it should look like is said before the compiler speaks of
/// a file that nobody has seen.
#[test]
fn a_function_is_heard_and_told_its_signature() {
    let check = |name: &str, text: &str| {
        let path = file(name, text.as_bytes());
        stdout(&theoremcheck(&["exercise", "check", "step-size::rate", path.to_str().unwrap()]))
    };
    let said =
        check("rate-says.rs", "pub fn rate(_: f64, eta: f64) -> f64 { println!(\"eta {eta}\"); dbg!(eta); 1.0 }");
    assert!(said.starts_with("what it printed\neta ") && said.contains("eta = "), "{said}");
    let much = "pub fn rate(_: f64, _: f64) -> f64 { (0..1000).for_each(|i| println!(\"line {i}\")); 1.0 }";
    let said = check("rate-much.rs", much);
    assert!(said.contains("\nline 39\n..\n") && !said.contains("line 40"), "{said}");
    let said = check("rate-other.rs", "pub fn rate(lambda: f64) -> f64 { lambda }");
    let head = "it does not compile; the function that is called is `pub fn rate(lambda: f64, eta: f64) -> f64`\n";
    assert!(said.starts_with(head), "{said}");
    let said = check("rate-wrong.rs", "pub fn rate(lambda: f64, eta: f64) -> f64 { lambda + }");
    assert!(said.starts_with("it does not compile\n"), "{said}");
}

/// A command that is ended while it judges leaves a folder to the next one, which takes it away.
#[test]
fn nothing_is_left_of_a_command_that_was_ended() {
    let folder = folder("ended");
    let left = || fs::read_dir(&folder).unwrap().count();
    let endless = file("rate-endless.rs", b"pub fn rate(_: f64, _: f64) -> f64 { loop {} }");
    let check = |answer: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_theoremcheck"));
        command.args(["exercise", "check", "step-size::rate"]).arg(answer).env("TMPDIR", &folder);
        command
    };
    let mut ended = check(&endless).stdout(Stdio::null()).spawn().unwrap();
    // It is being judged when the function has somewhere to complain.
    let runs = || fs::read_dir(&folder).unwrap().any(|bench| bench.unwrap().path().join("stderr").exists());
    while !runs() {
        sleep(Duration::from_millis(10));
    }
    ended.kill().unwrap();
    ended.wait().unwrap();
    assert_eq!(left(), 1);
    let solved = file("rate-solved.rs", b"pub fn rate(l: f64, e: f64) -> f64 { -(-e * l).ln_1p() / e }");
    assert_eq!(check(&solved).output().unwrap().status.code(), Some(0));
    assert_eq!(left(), 0);
}

#[test]
fn a_folder_with_a_space_is_typed_in_quotes() {
    let folder = folder("with a space");
    let started = theoremcheck(&["exercise", "start", "step-size::rate", "--into", folder.to_str().unwrap()]);
    let path = folder.join("step-size.rate/src/lib.rs");
    assert!(stdout(&started).contains(&format!("check step-size::rate '{}'", path.display())), "{}", stdout(&started));
}

#[test]
fn hints_come_one_by_one_and_the_solution_when_it_is_asked_for() {
    let say = |arguments: &[&str]| stdout(&theoremcheck(&[&["exercise"], arguments].concat()));
    let name = "max-margin::limit-line";
    assert!(!say(&["start", name]).contains("hint"));
    let one = say(&["start", name, "--hints", "1"]);
    assert!(one.contains("hint 1 of 2") && !one.contains("hint 2 of 2"), "{one}");
    // Who is wrong is told of them.
    assert!(say(&["check", name, "--answer", "2"]).contains(&format!("start {name} --hints 1")));
    assert!(!say(&["check", name, "--answer", "0.27"]).contains("hint"));
    assert!(say(&["solution", name]).contains("\n0.27\n"));
    assert!(say(&["solution", "step-size::step-mistake"]).contains("line 4: "));
    assert!(say(&["solution", "step-size::rate"]).contains("ln_1p"));
}

#[test]
fn the_list_is_for_people_and_for_programs() {
    let list = stdout(&theoremcheck(&["exercise", "list", "step-size"]));
    assert!(list.contains("step-size::rate") && !list.contains("max-margin"), "{list}");
    let all = json(&theoremcheck(&["exercise", "list", "--json"]));
    let of = |name: &str| all.as_array().unwrap().iter().find(|entry| entry["id"] == name).unwrap();
    assert_eq!(of("step-size::rate")["task"], "check");
    assert_eq!(of("max-margin::limit-line")["digits"], 2);
    assert!(of("max-margin::limit-line")["points"].as_u64().unwrap() > 0);
}
