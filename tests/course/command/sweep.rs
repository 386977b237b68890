//! `sweep` and `merge`.

use std::fs;
use std::path::Path;

use rstest::rstest;

use super::{file, json, place, stderr, stdout, theoremcheck};

const WHAT: &str = "least-squares::closed-form";

fn lines(path: &Path) -> Vec<String> {
    let mut lines: Vec<String> = fs::read_to_string(path).unwrap().lines().map(String::from).collect();
    lines.sort();
    lines
}

fn sweep(seeds: &str, out: &Path, more: &[&str]) -> std::process::Output {
    theoremcheck(&[&["sweep", WHAT, "--seeds", seeds, "--out", out.to_str().unwrap()], more].concat())
}

#[test]
fn shards_are_the_whole() {
    let [whole, one, two] = ["whole.jsonl", "one.jsonl", "two.jsonl"].map(place);
    assert!(sweep("7..14", &whole, &[]).status.success());
    for (path, shard) in [(&one, "1/2"), (&two, "2/2")] {
        assert!(sweep("7..14", path, &["--shard", shard]).status.success());
    }
    assert_eq!((lines(&one).len(), lines(&two).len()), (4, 3));
    let mut both = [lines(&one), lines(&two)].concat();
    both.sort();
    assert_eq!(both, lines(&whole));
    let merged = theoremcheck(&["merge", one.to_str().unwrap(), two.to_str().unwrap(), "--json"]);
    let merged = json(&merged);
    assert_eq!((merged["seeds"].as_u64(), merged["hold"].as_u64()), (Some(7), Some(7)));
    // All of seven: the lower end has p^7 = .025.
    let low = merged["interval"][0].as_f64().unwrap();
    assert!(((0..7).map(|_| low).product::<f64>() - 0.025).abs() < 1e-6, "{low}");
    assert!((0.0..1.0).contains(&merged["nearest"]["used"].as_f64().unwrap()), "{}", merged["nearest"]);
}

/// Two seeds, of which one uses a quarter of a slack and the other fails, though its claims use little.
#[test]
fn how_near_the_seeds_come_is_drawn() {
    let line = |seed: u64, used: f64, fails: &str| {
        format!(
            "{{\"what\":\"w\",\"seed\":{seed},\"claims\":2,\"nearest\":{{\"part\":\"a::b\",\"used\":{used}}},\"fails\":[{fails}]}}\n"
        )
    };
    let seeds = line(1, 0.25, "") + &line(2, 0.5, "{\"part\":\"a::b\",\"why\":\"off: |w|\"}");
    let (seeds, drawing) = (file("near.jsonl", seeds.as_bytes()), place("near.svg"));
    let merged = theoremcheck(&["merge", seeds.to_str().unwrap(), "--figure", drawing.to_str().unwrap()]);
    assert!(
        stdout(&merged).contains("nearest to failing: a::b at seed 1 uses 25.0 % of a slack"),
        "{}",
        stdout(&merged)
    );
    let drawing = std::fs::read_to_string(drawing).unwrap();
    assert!(drawing.starts_with("<svg") && drawing.contains("How near the seeds come to failing"), "{drawing}");
}

/// A kill leaves a part of a line, which is taken out; what is there is not run again.
#[test]
fn a_sweep_goes_on_where_it_was_killed() {
    let path = place("killed.jsonl");
    assert!(sweep("1..4", &path, &[]).status.success());
    let before = fs::read_to_string(&path).unwrap();
    for part in ["{\"wh", "{\"what\":\"least-squ"] {
        fs::write(&path, format!("{before}{part}")).unwrap();
        let merged = theoremcheck(&["merge", path.to_str().unwrap()]);
        assert!(stdout(&merged).starts_with(&format!("{WHAT}: 3 of 3 seeds hold")), "{}", stderr(&merged));
        assert!(sweep("1..6", &path, &[]).status.success());
        let after = fs::read_to_string(&path).unwrap();
        assert!(after.starts_with(&before), "{after}");
        assert_eq!(after.lines().count(), 5);
    }
}

#[rstest]
#[case::another_sweep(
    "{\"what\":\"max-margin\",\"seed\":1,\"claims\":9,\"fails\":[]}\n",
    "holds a sweep of 'max-margin', not of"
)]
#[case::another_file("a,b\n1,2\n", "line 1 was not written by this kind of sweep")]
#[case::another_end("notes", "line 1 was not written by this kind of sweep")]
fn another_file_is_left_as_it_is(#[case] text: &str, #[case] message: &str) {
    let path = file(&format!("other-{}.jsonl", text.len()), text.as_bytes());
    let output = sweep("1..3", &path, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[rstest]
#[case::backwards(&["sweep", "--seeds", "5..5"], "write the seeds as A..B")]
#[case::no_range(&["sweep", "--seeds", "5"], "write the seeds as A..B")]
#[case::no_seeds(&["sweep"], "--seeds")]
#[case::shard_zero(&["sweep", "--seeds", "1..9", "--shard", "0/3"], "write the shard as I/N")]
#[case::shard_beyond(&["sweep", "--seeds", "1..9", "--shard", "4/3"], "write the shard as I/N")]
#[case::empty_shard(&["sweep", "--seeds", "1..3", "--shard", "3/3"], "fewer seeds than shards")]
#[case::no_folder(&["sweep", WHAT, "--seeds", "1..3", "--out", "no-such/x.jsonl"], "no-such/x.jsonl: cannot be written")]
#[case::figure_of_another_kind(&["merge", "no-such.jsonl", "--figure", "x.png"], "x.png: figures are SVG")]
#[case::device(&["sweep", WHAT, "--seeds", "1..3", "--out", "/dev/null"], "/dev/null: is no ordinary file")]
#[case::no_file(&["merge", "no-such.jsonl"], "no-such.jsonl: cannot be read")]
#[case::seeds_and_values(&["sweep", "max-margin", "--seeds", "1..3", "--set", "log-t=1"], "cannot be used with")]
#[case::data_of_seeds(&["sweep", "max-margin", "--seeds", "1..3", "--data", "x.csv"], "cannot be used with")]
#[case::no_values(&["sweep", "max-margin", "--set", "log-t"], "write an option and its values as KEY=V1,V2")]
#[case::value_missing(&["sweep", "max-margin", "--set", "log-t=1,,2"], "a value of 'log-t' is missing")]
#[case::two_theorems(&["sweep", "max-margin", "step-size", "--set", "log-t=1"], "name the one theorem that is run")]
#[case::no_run(&["sweep", "alignment", "--set", "log-t=1"], "alignment takes no data of yours")]
#[case::no_data(&["sweep", "max-margin", "--set", "log-t=1"], "--data FILE.csv is needed with --set")]
#[case::standard_input(&["sweep", "max-margin", "--set", "log-t=1", "--data", "-"], "a sweep is gone on with later, by the name of its table")]
fn bad_usage(#[case] arguments: &[&str], #[case] message: &str) {
    let output = theoremcheck(arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
}

#[test]
fn what_fails_is_counted_and_named() {
    let line =
        |seed: u64, fails: &str| format!("{{\"what\":\"w\",\"seed\":{seed},\"claims\":2,\"fails\":[{fails}]}}\n");
    let one = file("fails-1.jsonl", line(1, "").as_bytes());
    let two = file("fails-2.jsonl", (line(1, "") + &line(2, "{\"part\":\"a::b\",\"why\":\"off: |w|\"}")).as_bytes());
    let merged = theoremcheck(&["merge", one.to_str().unwrap(), two.to_str().unwrap()]);
    assert_eq!(merged.status.code(), Some(1));
    assert!(stdout(&merged).contains("w: 1 of 2 seeds hold, 4 claims in all"), "{}", stdout(&merged));
    assert!(stdout(&merged).contains("a::b\n  seed 2: off: |w|"), "{}", stdout(&merged));
    let other = file("fails-3.jsonl", line(2, "").as_bytes());
    let merged = theoremcheck(&["merge", two.to_str().unwrap(), other.to_str().unwrap()]);
    assert!(stderr(&merged).contains("seed 2 differs between"), "{}", stderr(&merged));
}

/// Two rows and two columns, of which the flow of factors fills in the fourth entry.
const HALF: &str = "*,1\n1,0.5\n";

fn runs(out: &Path, more: &[&str]) -> std::process::Output {
    let table = file("grid.csv", HALF.as_bytes());
    let arguments =
        ["sweep", "matrix-factorization", "--data", table.to_str().unwrap(), "--out", out.to_str().unwrap()];
    theoremcheck(&[&arguments, more].concat())
}

/// Every combination is the run that has these options, in the order given, whatever the shards and a kill.
#[test]
fn every_combination_is_a_run() {
    let [whole, one, two] = ["grid.jsonl", "grid-1.jsonl", "grid-2.jsonl"].map(place);
    let set = ["--set", "start=identity,lifted", "--set", "alpha=0.1,0.001,1e-5", "--json"];
    let all = json(&runs(&whole, &set));
    assert_eq!(all.as_array().unwrap().len(), 6);
    assert_eq!(all[3]["set"], serde_json::json!([["start", "lifted"], ["alpha", "0.1"]]));
    let table = file("grid.csv", HALF.as_bytes());
    let options = ["--start", "lifted", "--alpha", "1e-5", "--json"];
    let alone = [&["run", "matrix-factorization", "--data", table.to_str().unwrap()][..], &options].concat();
    assert_eq!(all[5]["run"], json(&theoremcheck(&alone)));
    for (path, shard) in [(&one, "1/2"), (&two, "2/2")] {
        runs(path, &[&set[..], &["--shard", shard]].concat());
    }
    let half = fs::read_to_string(&two).unwrap();
    fs::write(&two, &half[..half.len() - 30]).unwrap();
    runs(&two, &[&set[..], &["--shard", "2/2"]].concat());
    assert_eq!(fs::read_to_string(&two).unwrap(), half);
    let mut both = [lines(&one), lines(&two)].concat();
    both.sort();
    assert_eq!(both, lines(&whole));
    let merged = theoremcheck(&["merge", one.to_str().unwrap(), two.to_str().unwrap()]);
    let text = stdout(&merged);
    assert!(text.contains("nuclear_norm") && text.lines().all(|line| line.chars().count() <= 96), "{text}");
}

/// Two starts, of two weights each.
#[test]
fn lists_are_values_too() {
    let table = file("lists.csv", b"1,0,1\n0,1,-1\n");
    let set = ["--set", "start=1,0; 0,-1", "--set", "log-t=3", "--json"];
    let all = theoremcheck(&[&["sweep", "max-margin", "--data", table.to_str().unwrap()][..], &set].concat());
    let all = json(&all);
    let starts: Vec<&str> = all.as_array().unwrap().iter().map(|line| line["set"][0][1].as_str().unwrap()).collect();
    assert_eq!(starts, ["1,0", "0,-1"]);
    assert_ne!(all[0]["run"]["measured"]["w"], all[1]["run"]["measured"]["w"]);
}

/// A file that was put together of two: no seed and no combination counts twice.
#[test]
fn what_stands_twice_counts_once() {
    let path = place("twice.jsonl");
    sweep("1..4", &path, &[]);
    let once = fs::read_to_string(&path).unwrap();
    fs::write(&path, once.repeat(2)).unwrap();
    assert!(stdout(&sweep("1..4", &path, &[])).starts_with(&format!("{WHAT}: 3 of 3 seeds hold")));
    let grid = place("twice-set.jsonl");
    runs(&grid, &["--set", "alpha=0.1,0.2"]);
    fs::write(&grid, fs::read_to_string(&grid).unwrap().repeat(2)).unwrap();
    assert_eq!(json(&runs(&grid, &["--set", "alpha=0.1,0.2", "--json"])).as_array().unwrap().len(), 2);
}

/// A combination that cannot be run has its row, and is no claim that fails.
#[test]
fn a_run_without_an_answer_is_an_error() {
    let table = file("no-answer.csv", b"1,0,1\n0,1,-1\n");
    let data = ["sweep", "max-margin", "--data", table.to_str().unwrap()];
    let output = theoremcheck(&[&data[..], &["--set", "start=1,0;1,0,0"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("start=1,0,0: --start has 3 entries"), "{}", stdout(&output));
    assert!(stderr(&output).contains("error: 1 of 2 runs gave no answer"), "{}", stderr(&output));
}

/// Whoever comes second to a file is sent away, and leaves it as it is.
#[test]
fn two_sweeps_do_not_write_into_one_file() {
    let path = file("locked.jsonl", b"");
    let other = fs::File::open(&path).unwrap();
    other.lock().unwrap();
    let output = sweep("1..3", &path, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("another sweep is writing there"), "{}", stderr(&output));
    other.unlock().unwrap();
    assert!(sweep("1..3", &path, &[]).status.success());
}

#[rstest]
#[case::unknown(&["--set", "eta=1"], "--set eta: `run matrix-factorization` has no such option; it has alpha, ")]
#[case::twice(&["--set", "alpha=1", "--set", "alpha=2"], "--set alpha: given twice")]
#[case::same_value(&["--set", "rank=1,2,1..3"], "--set rank: the value 1 stands there twice")]
#[case::same_number(&["--set", "alpha=0.1,1e-1"], "--set alpha: the value 1e-1 stands there twice")]
#[case::range_of_numbers(&["--set", "alpha=1..4"], "--set alpha: 1..4 is no range A..B of whole numbers")]
#[case::empty_range(&["--set", "rank=4..2"], "--set rank: 4..2 is no range A..B of whole numbers")]
#[case::missing(&["--set", "alpha=1, "], "a value of 'alpha' is missing")]
#[case::unfit(&["--set", "alpha=1,x"], "--alpha x: not a number from 1e-60 to 1e60")]
fn bad_values(#[case] set: &[&str], #[case] message: &str) {
    let path = place(&format!("grid-{}.jsonl", set.concat().replace(['=', ',', '.'], "")));
    let output = runs(&path, set);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    assert!(!path.exists());
}

/// What was run on another table is not gone on with.
#[test]
fn runs_are_of_one_table() {
    let path = place("grid-table.jsonl");
    runs(&path, &["--set", "alpha=0.1"]);
    let other = file("grid-other.csv", b"*,1\n1,0.25\n");
    let other = other.to_str().unwrap();
    let output = theoremcheck(&[
        "sweep",
        "matrix-factorization",
        "--data",
        other,
        "--out",
        path.to_str().unwrap(),
        "--set",
        "alpha=0.2",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("holds runs of this on another table"), "{}", stderr(&output));
}
