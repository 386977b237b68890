//! `run matrix-factorization`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr, theoremcheck};

const ID: &str = "matrix-factorization";
const HALF: &str = "*,1\n1,0.5\n";

#[rstest]
#[case::nothing_observed("*,nan\n,NaN\n", &[], "nothing is observed: every cell is empty, '*' or 'nan'")]
#[case::empty("", &[], "no rows of numbers; one row of the matrix a line is needed")]
#[case::ragged("1,2\n3\n", &[], "line 2 has 1 cells, the lines before it 2")]
#[case::text("1,x\n2,3\n", &[], "line 1, column 2: 'x' is not a finite number")]
#[case::infinite("1,inf\n", &[], "line 1, column 2: 'inf' is not a finite number")]
#[case::huge("1,1e200\n", &[], "line 1, column 2: 1e200 is beyond what can be squared")]
#[case::tiny("1,1e-200\n", &[], "line 1, column 2: 1e-200 is beyond what can be squared")]
#[case::wide(&["1"; 1001].join(","), &[], "1 rows and 1001 columns; a matrix may have up to 1000 of each")]
#[case::alpha_zero(HALF, &["--alpha", "0"], "--alpha 0: not a number from 1e-60 to 1e60")]
#[case::alpha_negative(HALF, &["--alpha", "-1"], "--alpha -1: not a number from 1e-60")]
#[case::alpha_text(HALF, &["--alpha", "small"], "--alpha small: not a number from 1e-60")]
#[case::time_negative(HALF, &["--time", "-1"], "--time -1: not a number above 0")]
#[case::start(HALF, &["--start", "random"], "--start random: not identity or lifted")]
#[case::rank_zero(HALF, &["--rank", "0"], "--rank 0: not a whole number from 1 to 1e6")]
#[case::rank_of_lifted(HALF, &["--start", "lifted", "--rank", "1"], "--rank cuts the identity start")]
#[case::hide_everything(HALF, &["--hide", "1"], "--hide 1: not a number from 0 to below 1")]
#[case::seed_alone(HALF, &["--seed", "1"], "it needs --hide")]
#[case::drop_everything(HALF, &["--drop-columns", "2"], "--drop-columns 2: not a whole number from 0 to 1")]
fn bad_input(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses(ID, content, options, message);
}

#[rstest]
#[case::half(HALF, &[])]
#[case::half_lifted(HALF, &["--start", "lifted", "--alpha", "1e-6"])]
#[case::half_for_a_time(HALF, &["--time", "3"])]
#[case::never_fits("*,1\n1,-0.5\n", &["--alpha", "0.1"])]
#[case::diverges("*,1\n1,0\n", &["--alpha", "0.1"])]
#[case::barrier("1,2\n0.5,-1\n", &[])]
#[case::one_entry("3\n", &[])]
#[case::trapped("-1\n", &[])]
#[case::zero("0,0\n0,0\n", &[])]
#[case::wide("1,2,3\n4,,6\n", &[])]
#[case::tall("a,b\n1,2\nnan,1\n3,*\n", &["--start", "lifted"])]
#[case::header_with_an_empty_corner(",a,b\n1,2,*\n2,*,3\n", &[])]
#[case::one_row("1,*,2\n*,3,*\n", &[])]
#[case::large_entries("*,1e50\n1e50,5e49\n", &["--alpha", "1e20"])]
#[case::small_entries("*,1e-50\n1e-50,5e-51\n", &["--alpha", "1e-30"])]
fn good_input(#[case] content: &str, #[case] options: &[&str]) {
    let output = run_on(ID, content, options);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// [[*, 1], [1, 1/2]]: the flow ends at rank one, x = 2 and nuclear norm 5/2; the minimum is 2, at x = 1/2.
#[test]
fn by_contract() {
    let run = json(&run_on(ID, HALF, &["--alpha", "1e-3", "--json"]));
    let (reference, measured) = (&run["reference"], &run["measured"]);
    assert!((number(&reference["minimum_nuclear_norm"]) - 2.0).abs() < 1e-12);
    assert!(number(&reference["relative_gap"]) < 1e-12);
    assert!((number(&reference["completion"][0][0]) - 0.5).abs() < 1e-8);
    assert!((number(&measured["x"][0][0]) - 2.0).abs() < 1e-8);
    assert!((number(&measured["nuclear_norm"]) - 2.5).abs() < 1e-8);
    assert_eq!(measured["singular_values"].as_array().unwrap().len(), 2);
    assert!(number(&measured["loss"]) < 1e-15);
    assert!(number(&measured["balance_drift"]) < 1e-12);
    // By the law: det X is far below the rounding of X.
    assert!(number(&measured["log_det"]) < -20.0);
    assert_eq!(measured["det_sign"], 1.0);
    assert_eq!(measured["ended"], "the loss vanished");
    assert_eq!((&run["theorem"], &run["holds"]), (&ID.into(), &true.into()));
}

/// One entry, m = 2: σ = m/(1 + (m/α² - 1) e^(-4mt)).
#[test]
fn a_time_is_kept() {
    let run = json(&run_on(ID, "2\n", &["--alpha", "0.1", "--time", "0.6", "--json"]));
    let exact = 2.0 / (1.0 + 199.0 * libm::exp(-4.8));
    assert!((number(&run["measured"]["x"][0][0]) / exact - 1.0).abs() < 1e-9);
    assert_eq!(run["measured"]["time"], 0.6);
}

/// What is not observed at all is named, on stderr and among the hypotheses, and the run goes on.
#[test]
fn an_unobserved_row_is_named() {
    let output = run_on(ID, "1,2\n*,\n", &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nothing is observed of line 2"), "{}", stderr(&output));
    let run = json(&output);
    let found = run["hypotheses"].as_array().unwrap().iter().find(|h| h["id"] == "every-line-observed").unwrap();
    assert_eq!(found["holds"], false);
    assert!(found["detail"].as_str().unwrap().contains("line 2"));
    assert!((number(&run["reference"]["minimum_nuclear_norm"]) - 5.0_f64.sqrt()).abs() < 1e-12);
}

/// Too few columns for the data: the loss stalls at what rank one leaves, and the hypothesis is named.
#[test]
fn too_few_columns_are_a_failed_hypothesis() {
    let output = run_on(ID, "1,0\n0,1\n", &["--rank", "1", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let run = json(&output);
    assert_eq!(
        (&run["hypotheses"][0]["id"], &run["hypotheses"][0]["holds"]),
        (&"inner-dimension".into(), &false.into())
    );
    assert_eq!(run["measured"]["ended"], "the loss stalled");
    assert!((number(&run["measured"]["loss"]) - 1.0).abs() < 1e-9);
}

/// Sixty-one years of sea temperatures, four entries of ten hidden: each method says how far off it is there.
#[test]
fn the_sea_by_three_methods() {
    let options = ["--drop-columns", "1", "--hide", "0.4", "--seed", "1", "--json"];
    let mut arguments = vec!["run", ID, "--data", "data/elnino.csv"];
    arguments.extend(options);
    let output = theoremcheck(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    assert_eq!(run["measured"]["x"].as_array().unwrap().len(), 61);
    for method in ["factorised", "nuclear", "direct"] {
        assert!(number(&run["measured"]["held_out_rmse"][method]) > 0.0);
    }
    assert!(number(&run["reference"]["relative_gap"]) < 1e-9);
}

/// det M < 0: in exact arithmetic det X > 0 for ever, and the loss stays. The values are from an integration in 140
/// digits.
#[test]
fn rounding_does_not_carry_a_run_across_the_barrier() {
    let at = json(&run_on(ID, "1,2\n3,4\n", &["--alpha", "0.1", "--time", "92.95", "--json"]));
    assert!((number(&at["measured"]["x"][0][0]) - 1.2736).abs() < 1e-4);
    assert!((number(&at["measured"]["log_det"]) + 139.0).abs() < 0.1);
    let end = json(&run_on(ID, "1,2\n3,4\n", &["--alpha", "0.1", "--json"]));
    assert_eq!((&end["measured"]["ended"], &end["measured"]["det_sign"]), (&"the loss stalled".into(), &1.0.into()));
    assert!((number(&end["measured"]["loss"]) - 0.134).abs() < 1e-3);
}

#[test]
fn a_time_long_after_the_end_costs_little() {
    let run = json(&run_on(ID, "1,2\n3,*\n", &["--alpha", "0.01", "--time", "1e7", "--json"]));
    assert_eq!((&run["measured"]["time"], &run["holds"]), (&1e7.into(), &true.into()));
}

/// A mode of α^(1 - s_2/s_1) below the rounding of the first: its growth is that of rounding, and the reader is told.
#[test]
fn a_start_below_rounding_is_a_warning() {
    let output = run_on(ID, "1,0\n0,0.1\n", &["--alpha", "1e-24"]);
    assert!(stderr(&output).contains("--alpha 1e-24: 1 of 2 modes begin below the rounding"), "{}", stderr(&output));
}
