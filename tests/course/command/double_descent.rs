//! `run double-descent`, which reads no table.

use rstest::rstest;
use serde_json::Value;

use super::{json, stderr, theoremcheck};

fn run(options: &str) -> std::process::Output {
    let words: Vec<&str> = ["run", "double-descent"].into_iter().chain(options.split_whitespace()).collect();
    theoremcheck(&words)
}

#[rstest]
#[case::no_examples("--n 0", "--n 0: not a whole number from 1 to 1e7")]
#[case::no_features("--p 0", "--p 0: not a whole number from 1 to 1e7")]
#[case::half_a_feature("--p 1.5", "--p 1.5: not a whole number from 1 to 1e7")]
#[case::too_many_features("--p 1e12", "--p 1e12: not a whole number from 1 to 1e7")]
#[case::negative_noise("--noise -1", "--noise -1: not a number from 0 to 1e100")]
#[case::negative_signal("--signal -1", "--signal -1: not a number from 0 to 1e100")]
#[case::no_trials("--trials 0", "--trials 0: not a whole number from 1 to 1e9")]
#[case::memory("--n 1e5 --p 1e6", "--n 100000 --p 1000000: 100000 times 1000000 numbers do not fit into memory")]
fn bad_input_to_double_descent(#[case] options: &str, #[case] message: &str) {
    let output = run(options);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.starts_with("error: ") && text.contains(message), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn double_descent_takes_no_table() {
    let output = run("--data x.csv");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--data"), "{}", stderr(&output));
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

#[rstest]
#[case::below("--n 40 --p 10 --signal 2 --noise 3", 3.0 * 10.0 / 29.0)]
#[case::above("--n 10 --p 40 --signal 2 --noise 3", 2.0 * 0.75 + 3.0 * 10.0 / 29.0)]
#[case::above_without_noise("--n 10 --p 40 --signal 2 --noise 0", 1.5)]
#[case::at_n_without_noise("--n 10 --p 10 --noise 0", 0.0)]
#[case::one_above_without_noise("--n 9 --p 10 --signal 3 --noise 0", 0.3)]
#[case::one_feature("--n 10 --p 1", 1.0 / 8.0)]
fn the_risk_is_the_formula(#[case] options: &str, #[case] formula: f64) {
    let output = run(&format!("{options} --trials 200 --json"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    assert!((number(&run["predicted"]["excess_risk"]) - formula).abs() <= 1e-14 * formula);
    let measured = &run["measured"];
    let apart = (number(&measured["excess_risk"]) - formula).abs();
    assert!(apart <= 5.0 * number(&measured["standard_error"]) + 1e-20, "{measured}");
    assert_eq!((&run["data"], &run["read"], &run["holds"]), (&Value::Null, &Value::Null, &true.into()));
}

#[rstest]
fn the_peak_is_infinite(#[values(9, 10, 11)] p: usize) {
    let output = run(&format!("--n 10 --p {p} --trials 50 --json"));
    assert_eq!(output.status.code(), Some(1));
    let run = json(&output);
    assert_eq!((&run["predicted"]["excess_risk"], &run["holds"]), (&Value::Null, &false.into()));
    assert_eq!(run["predicted"]["detail"]["excess_risk"], "infinite");
    assert_eq!(run["measured"]["standard_error"], Value::Null);
}

#[rstest]
fn near_the_peak_there_is_no_standard_error(#[values(7, 8, 12, 13)] p: usize) {
    let run = json(&run(&format!("--n 10 --p {p} --trials 50 --json")));
    assert_eq!((&run["measured"]["standard_error"], &run["holds"]), (&Value::Null, &true.into()));
    assert!(number(&run["predicted"]["excess_risk"]) > 1.0);
}

#[test]
fn more_draws_make_it_sharp() {
    let short = run("--n 10 --p 40 --trials 100");
    assert_eq!(short.status.code(), Some(0));
    let command = json(&run("--n 10 --p 40 --trials 100 --json"))["reached_by"].as_str().unwrap().to_string();
    let again = json(&run(&format!("{} --json", command.strip_prefix("theoremcheck run double-descent ").unwrap())));
    assert_eq!((again["claims"].as_array().unwrap().len(), &again["holds"]), (1, &true.into()));
    assert_eq!(again["claims"][0]["verdict"], "holds");
}
