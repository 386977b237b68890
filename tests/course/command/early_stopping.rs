//! `run early-stopping`.

use rstest::rstest;

use super::{json, refuses, run_on, stderr, stdout};

const TALL: &str = "1,2,5\n3,1,4\n2,2,2\n0,1,1\n";

#[rstest]
#[case::single_column("1\n2\n", &[], "a single column; at least one feature and then the target")]
#[case::time_zero(TALL, &["--time", "0"], "--time 0: not a number above 0")]
#[case::time_too_late(TALL, &["--time", "1e9"], "the flow is followed for times up to 1.88")]
#[case::negative_noise(TALL, &["--noise", "-1"], "--noise -1: not a number of at least 0")]
#[case::zero_features("0,0,1\n0,0,2\n", &[], "every feature is 0")]
#[case::constant("1,2,5\n1,1,4\n", &["--standardize"], "column 1: the feature is constant")]
#[case::hole("1,,2\n", &[], "line 1, column 2: the cell is empty")]
#[case::huge("1e200,1\n", &[], "line 1, column 1: 1e200 is too large")]
fn bad_input_to_early_stopping(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("early-stopping", content, options, message);
}

/// One feature, x = 1 and y = 1 twice: s = 1, the flow is 1 - e^-t and ridge t/(1 + t).
#[test]
fn early_stopping_by_contract() {
    let options = ["--time", "3", "--noise", "2", "--json"];
    let output = run_on("early-stopping", "1,1\n1,1\n", &options);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let run = json(&output);
    let path = run["measured"]["path"].as_array().unwrap();
    for (measured, predicted) in path.iter().zip(run["predicted"]["path"].as_array().unwrap()) {
        let t = measured["t"].as_f64().unwrap();
        assert!((measured["flow"][0].as_f64().unwrap() + ::theoremcheck::real::exp_m1(-t)).abs() < 1e-9);
        assert!((measured["ridge"][0].as_f64().unwrap() - t / (1.0 + t)).abs() < 1e-12);
        let variance = 2.0 / 2.0 * t / (1.0 + t) * (t / (1.0 + t));
        assert!((predicted["variance_of_ridge"].as_f64().unwrap() - variance).abs() < 1e-12);
    }
    assert_eq!(path.last().unwrap()["t"], 3.0);
    assert!((run["predicted"]["risk_ratio_bound"].as_f64().unwrap() - 1.685_909_058_278).abs() < 1e-9);
    let apart = &run["measured"]["largest_distance"];
    assert!(apart["distance"].as_f64().unwrap() > 0.2 && apart["t"].as_f64().unwrap() > 1.0);
}

/// As many features as examples leave no residual to estimate the noise from, and a mean less than that.
#[rstest]
#[case("1,2,5\n3,1,4\n", &["--json"])]
#[case("1,2,3,1\n4,5,6,2\n7,1,5,4\n", &["--standardize", "--json"])]
fn early_stopping_without_a_noise_level(#[case] table: &str, #[case] options: &[&str]) {
    let output = run_on("early-stopping", table, options);
    let run = json(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(run["predicted"]["noise"].is_null() && run["predicted"]["tuned"].is_null());
    assert!(run["predicted"]["detail"]["noise"].as_str().unwrap().contains("--noise"));
}
