//! `run homogeneous`.

use rstest::rstest;
use serde_json::Value;

use super::{json, refuses, run_on, stderr};

/// One ReLU neuron a class, γ = 1/4.
const FOUR_POINTS: &str = "x1,x2,y\n1,2,1\n1,-1,1\n-1,1,-1\n-1,-3,-1\n";
const TWO_NEURONS: [&str; 6] = ["--model", "relu", "--width", "2", "--start", "0.4,0.35,-0.4,0.1,0.5,-0.6"];
const IRIS: &str = include_str!("../../../data/iris_setosa_versicolor.csv");
/// Neurons are driven onto kinks.
const KINKS: &str = "1,.3,1\n-.4,1,-1\n-1,-.6,1\n.5,-1,-1\n";

#[rstest]
#[case::label("1,2,3\n", &[], "label '3'; labels are the last column")]
#[case::both_labels("1,2,1\n0,1,-1\n1,2,-1\n", &[], "lines 1 and 3 have the same features and different labels")]
#[case::single_column("1\n-1\n", &[], "a single column")]
#[case::model(FOUR_POINTS, &["--model", "tanh"], "--model tanh: not relu or quadratic or diagonal or deep-linear")]
#[case::width_zero(FOUR_POINTS, &["--width", "0"], "--width 0: not a whole number from 1 to 200")]
#[case::width_fraction(FOUR_POINTS, &["--width", "1.5"], "--width 1.5: not a whole number")]
#[case::width_of_diagonal(FOUR_POINTS, &["--model", "diagonal", "--width", "2"], "--width: a diagonal network has none")]
#[case::depth_zero(FOUR_POINTS, &["--model", "deep-linear", "--depth", "0"], "--depth 0: not a whole number from 1 to 8")]
#[case::depth_of_relu(FOUR_POINTS, &["--depth", "2"], "--depth goes with --model deep-linear")]
#[case::start_length(FOUR_POINTS, &["--width", "2", "--start", "1,2"], "--start has 2 numbers; the network has 6 parameters")]
#[case::start_at_the_origin(FOUR_POINTS, &["--width", "1", "--start", "0,0,0"], "--start: the gradient vanishes there")]
#[case::start_that_no_point_sees("1,0,1\n", &["--width", "1", "--start=-1,0,1"], "--start: the gradient vanishes there")]
#[case::start_far_away(FOUR_POINTS, &["--width", "1", "--start", "1e9,0,0"], "--start: 1e9 is too large")]
#[case::start_far_behind("1,1\n", &["--model", "deep-linear", "--depth", "1", "--start=-800"], "too large for a double")]
#[case::end_zero(FOUR_POINTS, &["--log-inverse-loss", "0"], "--log-inverse-loss 0: not a number above 0")]
#[case::end_passed("1,1\n", &["--model", "deep-linear", "--depth", "1", "--start", "5", "--log-inverse-loss", "2"], "the loss at the start is e^-5.000 already")]
#[case::unseen("1,0,1\n-1,0,1\n", &["--width", "1", "--start", "1,.2,1"], "no neuron sees the point of line 2")]
#[case::drawn_start_that_sees_nothing(IRIS, &["--width", "1"], "the gradient vanishes at the start that was drawn")]
#[case::no_fit("1,1\n-1,1\n", &["--model", "deep-linear"], "the loss clock stops at log 1/L = -0.693")]
fn bad_input_to_homogeneous(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("homogeneous", content, options, message);
}

/// A kink is where the smooth analysis ends, and no mistake of the reader's.
#[rstest]
#[case::four_points(KINKS, "4")]
#[case::iris(IRIS, "3")]
fn a_flow_that_ends_on_a_kink_says_so_and_shows_where(#[case] content: &str, #[case] width: &str) {
    let output = run_on("homogeneous", content, &["--width", width, "--json"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "a neuron slides on its kink: the smooth analysis does not apply (the point of line ",
        "Clarke's mean takes the side",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let run = json(&output);
    assert!(run["measured"]["log_inverse_loss"].is_number() && run["measured"]["theta"].is_array());
    assert_eq!((&run["measured"]["log_t"], &run["predicted"]["gamma"]), (&Value::Null, &Value::Null));
}

#[test]
fn two_neurons_come_to_the_known_kkt_point() {
    let run = json(&run_on("homogeneous", FOUR_POINTS, &[&TWO_NEURONS[..], &["--json"]].concat()));
    assert_eq!(run["holds"], true);
    let predicted = &run["predicted"];
    let close = |key: &str, value: f64| {
        let found = predicted[key].as_f64().unwrap();
        assert!((found - value).abs() < 1e-9, "{key}: {found}");
    };
    close("gamma", 0.25);
    close("entropy", 1.292_571_837_016_756);
    close("min_entropy", 0.980_829_253_011_726_2);
    close("mu", 2.0);
    close("gap_constant", 0.311_742_584_005_029_6);
    close("smoothed_gap_constant", 1.292_571_837_016_756);
    let measured = &run["measured"];
    let number = |key: &str| measured[key].as_f64().unwrap();
    let g = number("log_inverse_loss");
    assert!((g - 1000.0).abs() < 1e-6 && number("log_t") < g);
    assert!((g * (0.25 / number("smoothed_margin") - 1.0) - 1.292_571_8).abs() < 1e-3);
    assert!((number("delta") * g - 0.274_653_1).abs() < 1e-3);
    assert!(number("normalized_margin") > number("smoothed_margin") && number("epsilon") < 0.01);
    assert_eq!(measured["theta"].as_array().unwrap().len(), 6);
}

/// v_3 has μ = .7: the constant of the margin gap does not exist.
#[test]
fn below_half_the_degree_no_constant_is_predicted() {
    let run = json(&run_on("homogeneous", "3,1,.5,1\n1,2,-1,1\n", &["--model", "diagonal", "--json"]));
    let predicted = &run["predicted"];
    assert!((predicted["mu"].as_f64().unwrap() - 0.7).abs() < 1e-9);
    assert!((predicted["gamma"].as_f64().unwrap() - 5.0 / 3.0).abs() < 1e-9);
    for key in ["gap_constant", "smoothed_gap_constant"] {
        assert_eq!(predicted[key], Value::Null);
        assert_eq!(predicted["detail"][key], "μ < D/2: what the start leaves grows");
    }
}

#[rstest]
#[case::quadratic("1,.2,1\n.3,1,-1\n-.5,.8,1\n", &["--model", "quadratic"])]
#[case::diagonal("3,1,.5,1\n1,2,-1,1\n", &["--model", "diagonal"])]
#[case::iris(IRIS, &["--model", "diagonal", "--log-inverse-loss", "900"])]
#[case::deep("1,2,1\n1,-1,1\n", &["--model", "deep-linear", "--depth", "4", "--width", "2", "--log-inverse-loss", "200"])]
#[case::one_class("1,2,1\n1,-1,1\n", &["--width", "2", "--start", "1,0,0.5,0.1,1,1"])]
fn every_model_runs(#[case] content: &str, #[case] options: &[&str]) {
    let output = run_on("homogeneous", content, &[options, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    for key in ["gamma", "entropy", "min_entropy", "mu", "gap_constant", "smoothed_gap_constant"] {
        let explained = run["predicted"]["detail"][key].is_string();
        assert!(run["predicted"][key].is_number() || explained, "{key}: {}", run["predicted"]);
    }
    for key in ["theta", "log_inverse_loss", "log_t", "normalized_margin", "smoothed_margin", "epsilon", "delta"] {
        assert_ne!(run["measured"][key], Value::Null, "{key}");
    }
}
