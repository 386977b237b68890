//! `run multiclass`.

use rstest::rstest;

use super::{json, refuses, run_on, stderr};
use theoremcheck::real::ln;

/// Ŵ, alpha and H are known in fractions.
const FOUR: &str = "2,0,0\n-1,2,1\n3,-2,2\n-3,0,1\n";

#[rstest]
#[case::one_class("1,2,0\n3,4,0\n", &[], "at least two classes are needed")]
#[case::a_gap("1,2,0\n3,4,2\n", &[], "no line has the label 1")]
#[case::start(FOUR, &["--start", "1,2"], "--start has 2 entries; W has 6: 3 rows of 2")]
#[case::far_start(FOUR, &["--start", "1e9,0,0,0,0,0"], "margins from -1e4 to 1e6 can be started from")]
#[case::time(FOUR, &["--log-t", "-1"], "--log-t -1: not a number from 0")]
#[case::constant("1,2,a\n1,3,b\n", &["--standardize"], "--standardize needs it to vary")]
fn bad_input_to_multiclass(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("multiclass", content, options, message);
}

#[test]
fn four_examples_have_their_fractions() {
    let output = run_on("multiclass", FOUR, &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    let number = |part: &str, key: &str| run[part][key].as_f64().unwrap();
    let entry = |part: &str, key: &str, i: usize, j: usize| run[part][key][i][j].as_f64().unwrap();
    assert!((entry("reference", "W_hat", 2, 1) + 31.0 / 36.0).abs() < 1e-14);
    assert_eq!(run["reference"]["support"].as_array().unwrap().len(), 4);
    let p = [162.0, 51.0, 93.0, 11.0].map(|p: f64| p / 317.0);
    let entropy: f64 = p.iter().map(|p| -p * ln(*p)).sum();
    assert!((number("predicted", "entropy") - entropy).abs() < 1e-13);
    assert!((number("predicted", "min_entropy") + ln(p[0])).abs() < 1e-13);
    assert!((number("measured", "excess") - entropy).abs() < 1e-3);
    for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
        assert!((entry("measured", "rho", i, j) - entry("predicted", "W_tilde", i, j)).abs() < 1e-12);
    }
}

/// The classes may have names, and two of them are the binary theorem: γ is √2 times its margin.
#[test]
fn two_classes_are_the_binary_ones() {
    let run = json(&run_on("multiclass", "1,2,wren\n-1,1,lark\n", &["--json"]));
    let binary = json(&run_on("max-margin", "1,2,1\n-1,1,-1\n", &["--json"]));
    assert_eq!(run["holds"], true);
    assert_eq!(run["reference"]["classes"], serde_json::json!(["wren", "lark"]));
    let gamma = |run: &serde_json::Value| run["reference"]["gamma"].as_f64().unwrap();
    assert!((gamma(&run) / gamma(&binary) - 2.0_f64.sqrt()).abs() < 1e-14);
}

/// (1, 0) and (-1, 0) of one class before another: half of each pair makes 0.
#[test]
fn inseparable_classes_are_proved_so() {
    let output = run_on("multiclass", "1,0,0\n-1,0,0\n1,1,1\n0,5,2\n", &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let run = json(&output);
    assert_eq!(run["hypotheses"][0]["id"], "separability");
    assert_eq!(run["hypotheses"][0]["holds"], false);
    let weights = run["reference"]["inseparable"]["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 2);
    assert!(weights.iter().all(|pair| (pair["weight"].as_f64().unwrap() - 0.5).abs() < 1e-14), "{weights:?}");
    assert!(run["predicted"]["W_tilde"].is_null());
}
