//! `run architecture-norm`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr};

/// The l1 problem has the solution (.2, .4, 0), with λ = (.2, .4) and Σ λ_n x_n = (1, 1, -.3).
const TWO_POINTS: &str = "3,1,.5,1\n1,2,-1,1\n";
const IRIS: &str = include_str!("../../../data/iris_setosa_versicolor.csv");

#[rstest]
#[case::label("1,2,3\n", &[], "label '3'; labels are the last column")]
#[case::single_column("1\n-1\n", &[], "a single column")]
#[case::architecture(TWO_POINTS, &["--architecture", "relu"], "--architecture relu: not diagonal or deep-linear or convolution")]
#[case::depth_one(TWO_POINTS, &["--depth", "1"], "--depth 1: not a whole number from 2 to 8")]
#[case::depth_hundred(TWO_POINTS, &["--depth", "100"], "--depth 100: not a whole number from 2 to 8")]
#[case::inseparable("1,1\n1,-1\n", &[], "no w separates the classes through the origin")]
#[case::inseparable_with_bias("1,1\n1,-1\n", &["--bias"], "no w with a bias separates the classes")]
#[case::inseparable_convolution("1,2,1\n1,2,-1\n", &["--architecture", "convolution"], "no w separates the classes")]
#[case::end_zero(TWO_POINTS, &["--log-inverse-loss", "0"], "--log-inverse-loss 0: not a number above 0")]
#[case::large("1e9,1\n", &[], "rescale the features")]
#[case::loss_is_past_the_end("1e5,1e5,1\n1e5,-1e5,1\n", &[], "ask for more, or rescale the features")]
#[case::tiny("1e-9,1\n-2e-9,-1\n", &[], ".csv: the loss clock stops at log 1/L = -0.693147, short of 1000")]
#[case::too_small_to_square("1e-300,1\n", &[], ".csv: line 1: every feature is below 1e-100, too small to square")]
#[case::loss_at_the_start("-1e5,1e5,1\n-1e5,-1e5,1\n", &[], ".csv: the loss at the drawn start is too large")]
#[case::wide(&format!("{}1\n", "1,".repeat(32)), &["--depth", "8"], "32 features make a network of 256 parameters")]
#[case::one_class_with_bias(TWO_POINTS, &["--bias"], "every label is the same, so --bias makes no sense")]
fn bad_input_to_architecture_norm(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("architecture-norm", content, options, message);
}

#[test]
fn the_margin_in_l1_is_the_known_one() {
    let run = json(&run_on("architecture-norm", TWO_POINTS, &["--log-inverse-loss", "10000", "--json"]));
    assert_eq!(run["holds"], true);
    let reference = &run["reference"];
    assert!((reference["gamma"].as_f64().unwrap() - 5.0 / 3.0).abs() < 1e-9, "{reference}");
    assert!(reference["certificate_gap"].as_f64().unwrap() < 1e-9);
    for (found, w) in reference["w"].as_array().unwrap().iter().zip([0.2, 0.4, 0.0]) {
        assert!((found.as_f64().unwrap() - w).abs() < 1e-9, "{reference}");
    }
    let measured = |key: &str| run["measured"][key].as_f64().unwrap();
    assert!((measured("log_inverse_loss") - 1e4).abs() < 1e-3);
    // H = H(1/3, 2/3), and the offset is H + γ(|w_3| - z w_3) but for the motion of the shares.
    let entropy = run["predicted"]["entropy"].as_f64().unwrap();
    assert!((entropy - 0.636_514_168).abs() < 1e-6);
    let third = run["measured"]["w"][2].as_f64().unwrap();
    let grown = 5.0 / 3.0 * (third.abs() + 0.3 * third);
    assert!((measured("offset") - grown - entropy).abs() < 1e-2, "{}", run["measured"]);
}

#[rstest]
#[case::diagonal(&["--architecture", "diagonal"], "Σ |w_i|")]
#[case::matrices(&["--architecture", "deep-linear", "--depth", "3"], "|w|")]
#[case::convolution(&["--architecture", "convolution"], "Σ |ŵ_k|/d")]
fn every_architecture_comes_near_its_margin_on_iris(#[case] options: &[&str], #[case] norm: &str) {
    let output = run_on("architecture-norm", IRIS, &[options, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    assert_eq!(run["reference"]["norm"], norm);
    let (gamma, margin) = (run["reference"]["gamma"].as_f64().unwrap(), run["measured"]["margin"].as_f64().unwrap());
    assert!(margin < gamma && margin > 0.97 * gamma, "{margin} {gamma}");
}

#[test]
fn from_three_layers_on_no_largest_margin_is_certified() {
    let run = json(&run_on("architecture-norm", IRIS, &["--depth", "3", "--json"]));
    assert_eq!((&run["holds"], &run["reference"]["gamma"]), (&Value::Bool(true), &Value::Null));
    assert!(run["reference"]["detail"]["gamma"].as_str().unwrap().contains("not convex"));
    assert!(run["measured"]["margin"].as_f64().unwrap() > 0.0);
}
