//! `run step-size`.

use rstest::rstest;

use super::{json, refuses, run_on, stderr, stdout};

const WIDE: &str = "a,b,c,y\n1,2,3,1\n4,5,6,2\n";

#[rstest]
#[case::single_column("1\n2\n", &[], "a single column")]
#[case::negative(WIDE, &["--eta", "0.01,-1"], "--eta -1: not a number above 0")]
#[case::not_a_number(WIDE, &["--eta", "0.01,x"], "--eta: entry 2 is 'x', not a finite number")]
#[case::too_many(WIDE, &["--eta", "1,2,3,4,5,6,7,8,9"], "--eta has 9 entries; at most 8")]
#[case::too_long(WIDE, &["--eta", "1e300"], "one step would overflow")]
#[case::far_apart(WIDE, &["--eta", "1e-9,0.01"], "steps in all; at most 20000000")]
#[case::no_steps(WIDE, &["--steps", "0"], "--steps 0: not a whole number from 1")]
#[case::bias(WIDE, &["--bias"], "--bias goes with --loss logistic")]
#[case::label_as_target("1,2,x\n", &[], "'x' is not a finite number; a target is needed there")]
#[case::zero_features("0,0,1\n0,0,2\n", &[], "every feature is 0")]
#[case::hole("1,,2\n", &[], "line 1, column 2: the cell is empty")]
#[case::inseparable("1,1\n2,-1\n", &["--loss", "logistic"], "no w separates the classes through the origin")]
#[case::inseparable_with_bias("1,1\n1,-1\n", &["--loss", "logistic", "--bias"], "no w with a bias separates the classes")]
fn bad_input_to_step_size(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("step-size", content, options, message);
}

/// x = (1, 2), y = 5: 2/σ_1² = .4, the limit is (1, 2) for .1 and .3, and .5 multiplies what is left by -1.5 a step.
#[test]
fn step_size_by_contract() {
    let options = ["--eta", "0.1,0.3,0.5", "--steps", "60", "--json"];
    let output = run_on("step-size", "1,2,5\n", &options);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let run = json(&output);
    let predicted = &run["predicted"];
    assert_eq!(predicted["limit_depends_on_eta"], false);
    assert!((run["reference"]["eta_bound"].as_f64().unwrap() - 0.4).abs() < 1e-12);
    let converges: Vec<bool> =
        predicted["runs"].as_array().unwrap().iter().map(|run| run["converges"].as_bool().unwrap()).collect();
    assert_eq!(converges, [true, true, false]);
    assert!((predicted["runs"][2]["rate"].as_f64().unwrap() - 1.5).abs() < 1e-12);
    let measured = &run["measured"]["runs"];
    assert_eq!(measured[0]["steps"], 300);
    assert!((measured[1]["w"][1].as_f64().unwrap() - 2.0).abs() < 1e-12);
    let [measured, predicted] = [measured, &predicted["runs"]].map(|runs| runs[2]["log_distance"].as_f64().unwrap());
    assert!((measured - predicted).abs() < 1e-9);
    assert!((measured - (60.0 * ::theoremcheck::real::ln(1.5) + 0.5 * theoremcheck::real::ln(5.0))).abs() < 1e-9);
    assert!(run["measured"]["largest_difference"].as_f64().unwrap() < 1e-12);
}

/// All on one axis, across which nothing moves; and three support vectors that span, though one dual solution has weight on (1, 0)
/// alone.
#[rstest]
#[case("1,0,1\n2,0,1\n-1,0,-1\n")]
#[case("1,1,1\n1,-1,1\n-1,0,-1\n")]
fn step_size_where_the_residual_does_not_tell(#[case] table: &str) {
    let options = ["--loss", "logistic", "--eta", "0.1,0.2,0.4", "--steps", "500", "--json"];
    let output = run_on("step-size", table, &options);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let run = json(&output);
    assert_eq!(run["predicted"]["residual_depends_on_eta"], false);
    assert!(run["measured"]["runs"].as_array().unwrap().iter().all(|run| run["w"][1] == 0.0));
}

/// Above the bound, along an axis on which there is nothing to learn.
#[test]
fn step_size_beside_the_largest_singular_value() {
    let output = run_on("step-size", "2,0,0\n0,1,1\n", &["--eta", "0.3,0.6", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let run = json(&output);
    let long = &run["predicted"]["runs"][1];
    assert_eq!(long["converges"], true);
    assert!((long["rate"].as_f64().unwrap() - 0.4).abs() < 1e-12);
}

/// Two points that span, and a third that does not support.
#[test]
fn step_size_on_two_classes() {
    let output = run_on("step-size", "1,1,1\n1,-1,1\n5,1,1\n", &["--loss", "logistic", "--steps", "2000", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    let run = json(&output);
    assert_eq!(run["predicted"]["direction_depends_on_eta"], false);
    assert_eq!(run["predicted"]["residual_depends_on_eta"], false);
    for (measured, predicted) in
        run["measured"]["runs"].as_array().unwrap().iter().zip(run["predicted"]["runs"].as_array().unwrap())
    {
        let until = measured["steps_until_stable"].as_f64().unwrap();
        assert!(until <= predicted["most_steps_until_stable"].as_f64().unwrap());
        if predicted["falls_at_every_step"].as_bool().unwrap() {
            assert_eq!(measured["rises"], 0);
        }
    }
}
