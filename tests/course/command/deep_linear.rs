//! `run deep-linear`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr};

const ID: &str = "deep-linear";
const HALF: &str = "*,1\n1,0.5\n";

#[rstest]
#[case::depth_zero(HALF, &["--depth", "0"], "--depth 0: not a whole number from 1 to 1000")]
#[case::depth_negative(HALF, &["--depth", "-2"], "--depth -2: not a whole number from 1 to 1000")]
#[case::depth_and_a_half(HALF, &["--depth", "2.5"], "--depth 2.5: not a whole number from 1 to 1000")]
#[case::depth_a_hundred(HALF, &["--depth", "100"], "the first mode is predicted to leave its plateau at t = 3.984e95")]
#[case::alpha_zero(HALF, &["--alpha", "0"], "--alpha 0: not a number from 1e-6 to 1e6")]
#[case::alpha_too_small(HALF, &["--depth", "5", "--alpha", "1e-5"], "leave its plateau at t = 1.301e14")]
#[case::alpha_text(HALF, &["--alpha", "small"], "--alpha small: not a number from 1e-6 to 1e6")]
#[case::alpha_too_large(HALF, &["--depth", "100", "--alpha", "2"], "too late to be followed")]
#[case::time_negative(HALF, &["--time", "-1"], "--time -1: not a number above 0")]
#[case::nothing_observed("*,nan\n,NaN\n", &[], "nothing is observed: every cell is empty, '*' or 'nan'")]
#[case::empty("", &[], "no rows of numbers; one row of the matrix a line is needed")]
#[case::ragged("1,2\n3\n", &[], "line 2 has 1 cells, the lines before it 2")]
#[case::text("1,x\n2,3\n", &[], "line 1, column 2: 'x' is not a finite number")]
#[case::huge("1,1e200\n", &[], "line 1, column 2: 1e200 is out of range")]
fn bad_input(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses(ID, content, options, message);
}

#[rstest]
#[case::half(HALF, &[])]
#[case::one_layer(HALF, &["--depth", "1"])]
#[case::two_layers(HALF, &["--depth", "2", "--alpha", "1e-3"])]
#[case::five_layers(HALF, &["--depth", "5"])]
#[case::a_hundred_layers_of_one(HALF, &["--depth", "100", "--alpha", "1"])]
#[case::a_hundred_layers_for_a_time(HALF, &["--depth", "100", "--time", "10"])]
#[case::wide("1,2,3\n4,,6\n", &[])]
#[case::tall("a,b\n1,2\n2,1\n3,*\n", &["--depth", "4"])]
#[case::one_entry("3\n", &["--depth", "4"])]
#[case::zero("0,0\n0,0\n", &[])]
fn good_input(#[case] content: &str, #[case] options: &[&str]) {
    let output = run_on(ID, content, options);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// [[*, 1], [1, 1/2]]: at each depth the flow ends near rank one, x = 2 and nuclear norm 5/2; the minimum is 2.
#[rstest]
fn by_contract(#[values("2", "3", "4")] depth: &str) {
    let run = json(&run_on(ID, HALF, &["--depth", depth, "--alpha", "0.02", "--json"]));
    let (reference, measured) = (&run["reference"], &run["measured"]);
    assert!((number(&reference["minimum_nuclear_norm"]) - 2.0).abs() < 1e-12);
    assert!((number(&measured["x"][0][0]) - 2.0).abs() < 1e-4);
    assert!((number(&measured["nuclear_norm"]) - 2.5).abs() < 1e-4);
    assert_eq!(measured["singular_values"].as_array().unwrap().len(), 2);
    assert!(number(&measured["loss"]) < 1e-15);
    assert_eq!(measured["depth"], depth.parse::<u64>().unwrap());
    assert_eq!((&run["theorem"], &run["holds"]), (&ID.into(), &true.into()));
}

/// One layer is gradient flow on X itself: what is not observed stays where it began.
#[test]
fn one_layer_has_no_bias_of_rank() {
    let run = json(&run_on(ID, HALF, &["--depth", "1", "--alpha", "0.25", "--json"]));
    assert_eq!(run["measured"]["x"][0][0], 0.25);
    assert!((number(&run["measured"]["x"][1][1]) - 0.5).abs() < 1e-9);
}

/// One entry at depth 2: q = m/(1 + (m/α² - 1) e^(-4mt)).
#[test]
fn a_time_is_kept() {
    let run = json(&run_on(ID, "2\n", &["--depth", "2", "--alpha", "0.1", "--time", "0.6", "--json"]));
    let exact = 2.0 / (1.0 + 199.0 * libm::exp(-4.8));
    assert!((number(&run["measured"]["x"][0][0]) / exact - 1.0).abs() < 1e-8);
    assert_eq!(run["measured"]["time"], 0.6);
}
