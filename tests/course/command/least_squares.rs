//! `run least-squares`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr, stdout};

/// Two examples with three features, of rank two.
const WIDE: &str = "a,b,c,y\n1,2,3,1\n4,5,6,2\n";

#[rstest]
#[case::single_column("1\n2\n", &[], "a single column; at least one feature and then the target")]
#[case::eta_zero(WIDE, &["--eta", "0"], "--eta 0: not a number above 0")]
#[case::eta_negative(WIDE, &["--eta", "-1"], "--eta -1: not a number above 0")]
#[case::eta_nan(WIDE, &["--eta", "NaN"], "--eta NaN: not a number above 0")]
#[case::eta_huge(WIDE, &["--eta", "1e300"], "the step is to be compared with 2/σ_1² = 2.21")]
#[case::start_length(WIDE, &["--start", "1"], "--start has 1 entries; the weights have 3")]
#[case::start_huge(WIDE, &["--start", "1,1e200,1"], "--start: 1e200 is too large")]
#[case::steps_fraction(WIDE, &["--steps", "1.5"], "--steps 1.5: not a whole number")]
#[case::steps_negative(WIDE, &["--steps", "-1"], "--steps -1: not a whole number")]
#[case::steps_beyond_reason(WIDE, &["--steps", "1e12"], "on 2 x 3 features at most")]
#[case::zero_features("0,0,1\n0,0,2\n", &[], "every feature is 0")]
#[case::tiny("1e-70,1\n", &[], "too small to square")]
#[case::huge("1e200,1\n", &[], "line 1, column 1: 1e200 is too large")]
#[case::hole("1,,2\n", &[], "line 1, column 2: the cell is empty")]
fn bad_input_to_least_squares(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("least-squares", content, options, message);
}

#[rstest]
#[case::wide(WIDE, &[])]
#[case::wide_from_elsewhere(WIDE, &["--start", "-1,2,0.5", "--steps", "50"])]
#[case::no_steps(WIDE, &["--start", "1,2,3", "--steps", "0"])]
#[case::overdetermined("1,2,1\n3,1,2\n2,2,5\n0,1,1\n", &[])]
#[case::inconsistent("1,2,1\n1,2,3\n", &[])]
#[case::dependent_but_consistent("1,2,1\n2,4,2\n", &[])]
#[case::equal_columns("1,1,0,1\n2,2,1,0\n0,0,1,1\n", &["--start", "1,0,0"])]
#[case::start_that_fits("1,2,0\n", &["--start", "2,-1"])]
#[case::all_targets_zero("1,2,0\n2,1,0\n", &[])]
#[case::one_number("2,3\n", &[])]
#[case::large("1e50,2e50,1e50\n", &[])]
#[case::small("1e-50,2e-50,1e-50\n", &[])]
#[case::at_twice_the_step("2,3\n", &["--eta", "0.49"])]
fn good_input_to_least_squares(#[case] content: &str, #[case] options: &[&str]) {
    let output = run_on("least-squares", content, options);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert!(output.stderr.is_empty(), "{}", stderr(&output));
}

/// x = (1, 2), y = 5, from (3, 0): the solution nearest to the start is (3, 0) + (2/5)(1, 2), and what is left of the way
/// is (1 - 5 η)^k of it.
#[test]
fn least_squares_by_contract() {
    let run = json(&run_on("least-squares", "1,2,5\n", &["--start", "3,0", "--eta", "0.1", "--steps", "10", "--json"]));
    let close = |value: &Value, expected: &[f64]| {
        let found: Vec<f64> = value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14),
            "{value}"
        );
    };
    let done = 1.0 - 1.0 / 1024.0;
    close(&run["reference"]["sigma"], &[5.0_f64.sqrt()]);
    close(&run["reference"]["min_norm"], &[1.0, 2.0]);
    close(&run["predicted"]["w_infinity"], &[3.4, 0.8]);
    close(&run["predicted"]["w"], &[3.0 + 0.4 * done, 0.8 * done]);
    close(&run["measured"]["w"], &[3.0 + 0.4 * done, 0.8 * done]);
    assert!((run["predicted"]["rate"].as_f64().unwrap() - 0.5).abs() < 1e-14);
    assert_eq!((&run["reference"]["rank"], &run["reference"]["null_dimension"]), (&Value::from(1), &Value::from(1)));
    assert_eq!((&run["reference"]["consistent"], &run["holds"]), (&Value::from(true), &Value::from(true)));
    assert_eq!(run["hypotheses"][0]["id"], "small-step");
}

/// Targets that cannot be fitted: the least-squares line through (0,0), (1,1), (2,1) has slope 3/5 through the origin.
#[test]
fn least_squares_without_a_zero() {
    let run = json(&run_on("least-squares", "0,0\n1,1\n2,1\n", &["--json"]));
    assert_eq!(run["reference"]["consistent"], false);
    assert!((run["measured"]["w"][0].as_f64().unwrap() - 0.6).abs() < 1e-14);
    assert!((run["reference"]["residual"].as_f64().unwrap() - 0.2_f64.sqrt()).abs() < 1e-14);
}

/// A step of three times the threshold: (1 - 6)^k passes any double, and is given by its logarithm.
#[test]
fn least_squares_beyond_a_double() {
    let output = run_on("least-squares", "1,0,1\n", &["--eta", "6", "--steps", "1000", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let run = json(&output);
    assert_eq!((&run["hypotheses"][0]["id"], &run["hypotheses"][0]["holds"]), (&"small-step".into(), &false.into()));
    assert!(run["predicted"]["w_infinity"].is_null() && run["predicted"]["detail"]["w_infinity"].is_string());
    for object in ["predicted", "measured"] {
        assert!(run[object]["w"].is_null() && run[object]["detail"]["w"].is_string());
        let log = run[object]["log_abs_w"][0].as_f64().unwrap();
        assert!((log - 1000.0 * libm::log(5.0)).abs() < 1e-9, "{object}: {log}");
        assert_eq!(run[object]["sign_w"][0], -1);
    }
    assert!(run["claims"].as_array().unwrap().iter().all(|claim| claim["verdict"] == "holds"));
}

/// A table on which small singular values leave the limit in doubt: a warning, and the iterates are right all the same.
#[test]
fn what_cannot_be_checked_is_a_warning() {
    let output = run_on("least-squares", "1,1,1\n1,1.00000000000001,2\n", &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("warning: zero-loss-subspace cannot be checked"), "{}", stderr(&output));
}
