//! `run diagonal-network`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr, stdout};

const ID: &str = "diagonal-network";
/// x = (1, .9), y = 1.
const TWO: &str = "a,b,y\n1,0.9,1\n";

#[rstest]
#[case::single_column("1\n2\n", &[], "a single column; at least one feature and then the target")]
#[case::more_rows_than_columns("1,2,1\n3,1,2\n2,2,5\n", &[], "3 examples with 2 features; with more equations than unknowns")]
#[case::zero_column("1,0,2\n", &[], "column 2 is 0 on every line")]
#[case::zero_targets("1,2,0\n", &[], "every target is 0")]
#[case::orthogonal_targets("1,1,1\n1,1,-1\n", &[], "the targets are orthogonal to every feature")]
#[case::alpha_zero(TWO, &["--alpha", "0"], "--alpha 0: not a number from 1e-32 to 1000")]
#[case::alpha_negative(TWO, &["--alpha", "-1"], "--alpha -1: not a number from 1e-32 to 1000")]
#[case::alpha_tiny(TWO, &["--alpha", "1e-33"], "--alpha 1e-33: not a number from 1e-32 to 1000")]
#[case::alpha_large(TWO, &["--alpha", "2e3"], "--alpha 2e3: not a number from 1e-32 to 1000")]
#[case::alpha_text(TWO, &["--alpha", "small"], "--alpha small: not a number")]
#[case::huge("1e200,1,1\n", &[], "line 1, column 1: 1e200 is too large")]
#[case::hole("1,,2\n", &[], "line 1, column 2: the cell is empty")]
fn bad_input(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses(ID, content, options, message);
}

/// Two examples that are all but one.
#[test]
fn what_the_flow_cannot_follow_is_told_why() {
    let output = run_on(ID, "1,1,2\n1,1.0000001,-1\n", &[]);
    assert_eq!(output.status.code(), Some(2));
    let says = stderr(&output);
    assert!(
        says.contains("the integrator stalls") && says.contains("the singular values of X differ by a factor of"),
        "{says}"
    );
}

#[rstest]
#[case::default_start(TWO, &[])]
#[case::least(TWO, &["--alpha", "1e-32"])]
#[case::largest(TWO, &["--alpha", "1e3"])]
#[case::two_rows("1,2,3,1\n4,5,6,2\n", &[])]
#[case::two_rows_from_a_small_start("1,2,3,1\n4,5,6,2\n", &["--alpha", "1e-20"])]
#[case::square("1,2,1\n3,1,2\n", &["--alpha", "0.1"])]
#[case::equal_columns("1,1,0,1\n0,0,1,1\n", &["--alpha", "1e-6"])]
#[case::one_number("2,3\n", &[])]
fn good_input(#[case] content: &str, #[case] options: &[&str]) {
    let output = run_on(ID, content, options);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
}

fn pair(value: &Value) -> [f64; 2] {
    [0, 1].map(|k| value[k].as_f64().unwrap())
}

/// At α = 1e-32 the solution is (1, 0) but for α^(.2) = 4e-7 and its constant; at α = 1e3 it is x y/|x|².
#[test]
fn by_contract() {
    let small = json(&run_on(ID, TWO, &["--alpha", "1e-32", "--json"]));
    let largest = json(&run_on(ID, TWO, &["--alpha", "1e3", "--json"]));
    for run in [&small, &largest] {
        let reference = &run["reference"];
        assert!((reference["minimum_l1"].as_f64().unwrap() - 1.0).abs() < 1e-12);
        assert!((reference["minimum_l2"].as_f64().unwrap() - 1.0 / 1.81_f64.sqrt()).abs() < 1e-12);
        assert!((0.0..1e-12).contains(&reference["l1_certificate_gap"].as_f64().unwrap()));
        assert_eq!((&run["theorem"], &run["holds"]), (&ID.into(), &true.into()));
        let ([p, q], [r, s]) = (pair(&run["predicted"]["beta"]), pair(&run["measured"]["beta"]));
        assert!((p - r).abs() + (q - s).abs() < 1e-7);
    }
    let [first, second] = pair(&small["measured"]["beta"]);
    let expected = libm::pow(10.0, -6.4);
    assert!((second / expected - 1.0).abs() < 1e-5 && (first - 1.0 + 0.9 * second).abs() < 1e-7, "{first} {second}");
    let [first, second] = pair(&largest["measured"]["beta"]);
    assert!((first - 1.0 / 1.81).abs() + (second - 0.9 / 1.81).abs() < 1e-8);
}

/// Two lines with the same features and other targets: the residual is named, and the flow ends at the least squares.
#[test]
fn a_contradiction_is_a_failed_hypothesis() {
    let output = run_on(ID, "1,2,1\n1,2,3\n", &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let run = json(&output);
    assert_eq!((&run["hypotheses"][0]["id"], &run["hypotheses"][0]["holds"]), (&"consistent".into(), &false.into()));
    assert!(run["hypotheses"][0]["detail"].as_str().unwrap().contains("at least 1.414214"));
    let [first, second] = pair(&run["measured"]["beta"]);
    assert!((first + 2.0 * second - 2.0).abs() < 1e-7);
}

/// Repeated lines with the same target say nothing new, and are named.
#[test]
fn a_repeated_line_is_a_warning() {
    let output = run_on(ID, "1,2,3,1\n2,1,1,1\n1,2,3,1\n", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("the features of line 3 are combinations"), "{}", stderr(&output));
}
