//! `run optimizer-norm`.

use rstest::rstest;

use super::{json, refuses, run_on, stderr, theoremcheck};

/// Three classes in the plane, whose largest spectral margin is √(15/14).
const FOUR: &str = "2,0,0\n-1,2,1\n3,-2,2\n-3,0,1\n";

#[rstest]
#[case::one_class("1,2,0\n3,4,0\n", &[], "at least two classes are needed")]
#[case::a_gap("1,2,0\n3,4,2\n", &[], "no line has the label 1")]
#[case::inseparable("1,0,0\n-1,0,0\n1,1,1\n0,5,2\n", &[], "no W separates the classes: weights on 2 of the 8 pairs")]
#[case::optimizer(FOUR, &["--optimizer", "lion"], "--optimizer lion: not muon or gd or")]
#[case::momentum_of_one(FOUR, &["--momentum", "1"], "--momentum 1: not a number from 0 to below 1")]
#[case::negative_momentum(FOUR, &["--momentum", "-0.5"], "--momentum -0.5: not a number from 0 to below 1")]
#[case::no_step(FOUR, &["--eta", "0"], "--eta 0: not a number above 0")]
#[case::newton_schulz_of_signs(FOUR, &["--optimizer", "sign", "--newton-schulz"], "--newton-schulz makes no sense with --optimizer sign")]
#[case::tiny("1e-12,2e-12,0\n-1e-12,1e-12,1\n3e-12,-1e-12,2\n", &["--bias", "--optimizer", "gd"], "too ill-conditioned")]
fn bad_input_to_optimizer_norm(#[case] content: &str, #[case] options: &[&str], #[case] message: &str) {
    refuses("optimizer-norm", content, options, message);
}

/// The wines as they are measured, whose largest margin in l_inf is not certified: the run is judged in l1, and says so.
#[test]
fn a_norm_beside_need_not_be_certified() {
    let output = theoremcheck(&[
        "run",
        "optimizer-norm",
        "--data",
        "data/wine.csv",
        "--optimizer",
        "coordinate",
        "--steps",
        "20",
        "--json",
    ]);
    let (run, warnings) = (json(&output), stderr(&output));
    assert!(run["reference"]["l1"]["gamma"].is_f64() && run["measured"]["ratio"]["l1"].is_f64(), "{run}");
    assert!(run["reference"]["linf"].is_null() && run["measured"]["ratio"]["linf"].is_null(), "{run}");
    assert!(warnings.contains("the largest margin in l_inf is not certified"), "{warnings}");
    assert!(warnings.contains("; the run is not judged in it"), "{warnings}");
}

/// Each optimiser comes to the largest margin in its own norm, and stays below it in the others.
#[rstest]
#[case::muon("muon", "spectral", 2e-3)]
#[case::normalized("normalized", "frobenius", 2e-3)]
#[case::sign("sign", "linf", 2e-3)]
#[case::coordinate("coordinate", "l1", 2e-3)]
fn an_optimiser_has_its_norm(#[case] optimizer: &str, #[case] norm: &str, #[case] near: f64) {
    let output = run_on("optimizer-norm", FOUR, &["--optimizer", optimizer, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = json(&output);
    assert_eq!(run["predicted"]["norm"], norm);
    let spectral = run["reference"]["spectral"]["gamma"].as_f64().unwrap();
    assert!((spectral - (15.0_f64 / 14.0).sqrt()).abs() < 1e-12, "{spectral}");
    let ratio = run["measured"]["ratio"][norm].as_f64().unwrap();
    assert!((1.0 - near..1.0 + 1e-12).contains(&ratio), "{ratio}");
}
