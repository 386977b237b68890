//! `run steepest-descent`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr, stdout};

const TWO_POINTS: &str = "1,3,1\n2,-1,1\n";
const IRIS: &str = include_str!("../../../data/iris_setosa_versicolor.csv");

#[rstest]
#[case::norm(TWO_POINTS, &["--norm", "l3"], "--norm l3: not l2 or linf or l1 or q")]
#[case::no_matrix(TWO_POINTS, &["--norm", "q"], "--norm q: give the matrix by --q")]
#[case::matrix_of_another(TWO_POINTS, &["--norm", "l1", "--q", "1,1"], "--q makes no sense with --norm l1")]
#[case::indefinite(TWO_POINTS, &["--norm", "q", "--q", "1,2,1"], "--q: the matrix is not positive definite")]
#[case::negative(TWO_POINTS, &["--norm", "q", "--q", "1,-1"], "--q: the matrix is not positive definite")]
#[case::entries(TWO_POINTS, &["--norm", "q", "--q", "1,2,3,4"], "4 numbers; 2 features need 2 for a diagonal or 3")]
#[case::start(TWO_POINTS, &["--start", "1"], "--start: 1 numbers for 2 features")]
#[case::eta(TWO_POINTS, &["--eta", "0"], "--eta 0: not a number above 0")]
#[case::inseparable("1,2,1\n1,2,-1\n", &["--norm", "linf"], "no w separates the classes through the origin")]
#[case::inseparable_with_bias("1,1\n1,-1\n", &["--norm", "linf", "--bias"], "no w with a bias separates the classes")]
#[case::one_class_with_bias(TWO_POINTS, &["--bias"], "every label is the same, so --bias makes no sense")]
#[case::large("1e9,1\n", &[], "the example of line 1 is longer than 1e6; rescale the features")]
#[case::start_far_away(TWO_POINTS, &["--start", "1e100,1"], "--start gives the example of line 1 the margin 1.0e100")]
fn bad_input_to_steepest_descent(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("steepest-descent", content, options, message);
}

/// Of a start beside which the way is short, each step rounds as much as of a long one.
#[rstest]
fn short_ways_from_a_far_start(#[values("l1", "l2", "linf")] norm: &str, #[values("1e-9", "1e-12")] eta: &str) {
    let output = run_on("steepest-descent", TWO_POINTS, &["--norm", norm, "--start", "1,1", "--eta", eta]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

/// (1, 3), (2, -1): p_1 = 6/17 in l2, 1/4 in l_inf, 3/5 in l1, and 11/27 for Q = [[2, .6], [.6, 1]].
#[rstest]
#[case::l2(&["--norm", "l2"], 6.0 / 17.0)]
#[case::linf(&["--norm", "linf"], 1.0 / 4.0)]
#[case::l1(&["--norm", "l1"], 3.0 / 5.0)]
#[case::q(&["--norm", "q", "--q", "2,.6,1"], 11.0 / 27.0)]
fn the_weights_and_the_excess_are_the_known_ones(#[case] options: &[&str], #[case] first: f64) {
    // On an edge of the ball w goes to and fro by a step.
    let small = &["--eta", "0.005", "--steps", "100000", "--json"];
    let output = run_on("steepest-descent", TWO_POINTS, &[options, small].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    assert_eq!(run["holds"], true);
    let p: Vec<f64> = run["reference"]["p"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
    assert!((p[0] - first).abs() < 1e-14 && (p[1] - (1.0 - first)).abs() < 1e-14, "{p:?}");
    let measured = |key: &str| run["measured"][key].as_f64().unwrap();
    let parts =
        measured("entropy") + measured("divergence") + run["reference"]["gamma"].as_f64().unwrap() * measured("D");
    assert!((measured("excess") - parts).abs() < 1e-10);
    let excess = run["predicted"]["excess"].as_f64().unwrap();
    assert!((measured("excess") - excess).abs() < 1e-2, "{} {excess}", measured("excess"));
    let offset = |of: &Value| of["offsets"][1][1].as_f64().unwrap();
    assert!((offset(&run["predicted"]) - offset(&run["measured"])).abs() < 2e-2, "{run}");
}

/// (2, 1, 1), (1, 1.5, -1) in l_inf: H + γ D is log 2 + 1.5 b from (0, b, 0), b > 0.
#[test]
fn the_start_leaves_what_is_predicted() {
    let points = "2,1,1,1\n1,1.5,-1,1\n";
    let options = ["--norm", "linf", "--start", "0,1,0", "--eta", "0.005", "--steps", "100000", "--json"];
    let run = json(&run_on("steepest-descent", points, &options));
    let excess = run["predicted"]["excess"].as_f64().unwrap();
    assert!((excess - (std::f64::consts::LN_2 + 1.5)).abs() < 1e-14, "{excess}");
    assert!((run["measured"]["excess"].as_f64().unwrap() - excess).abs() < 1e-3);
}

#[rstest]
#[case::l2("l2")]
#[case::linf("linf")]
#[case::l1("l1")]
fn every_norm_comes_near_its_margin_on_iris(#[case] norm: &str) {
    let run = json(&run_on("steepest-descent", IRIS, &["--norm", norm, "--json"]));
    assert_eq!(run["holds"], true);
    let (gamma, margin) = (run["reference"]["gamma"].as_f64().unwrap(), run["measured"]["margin"].as_f64().unwrap());
    assert!(margin < gamma && margin > 0.97 * gamma, "{margin} {gamma}");
    assert!(run["reference"]["gap"].as_f64().unwrap() < 1e-12 * gamma.max(1.0));
}
