//! `run --figure`: the reader's own run, drawn.

use std::fs;

use rstest::rstest;

use super::{folder, json, refuses, run_on, stderr, stdout, theoremcheck};

const FOUR_POINTS: &str = "x1,x2,y\n1,2,1\n1,-1,1\n-1.5,-1,-1\n3,1,1\n";
const INSEPARABLE: &str = "1,1\n1,1\n-1,1\n";
const WIDE: &str = "a,b,c,y\n1,2,3,1\n4,5,6,2\n";
const CORNER: &str = "*,1\n1,0.5\n";

/// How many points a group of this class has, in all of its lines and dots.
fn marks(svg: &str, class: &str) -> usize {
    let groups = svg.split("<g class=\"").filter(|group| group.starts_with(&format!("{class}\"")));
    groups.map(|group| group.matches("<circle").count() + group.matches("polyline points=\"").count()).sum()
}

/// Dots and what is predicted of them, in numbers that are numbers; and a run that is drawn is no other run.
#[rstest]
#[case::flow("max-margin", FOUR_POINTS, &[], "predicted")]
#[case::descent("max-margin", FOUR_POINTS, &["--dynamics", "gd", "--steps", "2000"], "predicted")]
#[case::inseparable("max-margin", INSEPARABLE, &[], "predicted")]
#[case::inseparable_descent("max-margin", INSEPARABLE, &["--dynamics", "gd"], "predicted")]
#[case::support_without_weight("max-margin", "1,0,1\n1,1,1\n", &[], "measured path")]
#[case::start_of_time("max-margin", FOUR_POINTS, &["--log-t", "0"], "measured path")]
#[case::steps("least-squares", WIDE, &[], "predicted")]
#[case::no_step("least-squares", WIDE, &["--steps", "0"], "predicted")]
#[case::beyond_a_double("least-squares", "1,0,1\n", &["--eta", "6"], "bound")]
#[case::at_the_limit("least-squares", "1,2,0\n", &["--start", "2,-1"], "axes")]
#[case::factors("matrix-factorization", CORNER, &[], "bound")]
#[case::large("matrix-factorization", "1e50,*\n2e50,1e50\n", &[], "bound")]
#[case::layers("deep-linear", CORNER, &[], "predicted")]
#[case::one_layer("deep-linear", CORNER, &["--depth", "1"], "bound")]
#[case::coordinates("diagonal-network", WIDE, &[], "predicted")]
#[case::network("homogeneous", "3,1,.5,1\n1,2,-1,1\n", &["--model", "diagonal"], "bound")]
#[case::network_on_its_curves("homogeneous", "1,2,1\n1,-1,1\n-1,1,-1\n-1,-3,-1\n", &["--width", "2", "--start", "0.4,0.35,-0.4,0.1,0.5,-0.6"], "predicted")]
#[case::no_kkt_point("homogeneous", FOUR_POINTS, &["--model", "diagonal"], "measured path")]
#[case::architecture("architecture-norm", FOUR_POINTS, &["--architecture", "convolution"], "measured path")]
#[case::quasi_norm("architecture-norm", FOUR_POINTS, &["--depth", "3"], "measured path")]
fn a_run_is_drawn(#[case] theorem: &str, #[case] content: &str, #[case] options: &[&str], #[case] class: &str) {
    let folder = folder("figures");
    let path = folder.join("of my run.svg");
    let figure = ["--figure", path.to_str().unwrap(), "--json"];
    let drawn = run_on(theorem, content, &[options, &figure].concat());
    let svg = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {}", stderr(&drawn)));
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert!(svg.contains(&format!("<g class=\"{class}\">")), "no {class}");
    if class != "axes" {
        assert!(marks(&svg, class) > 0 && marks(&svg, "measured path") + marks(&svg, "measured") > 0);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "something is left beside the figure");
    assert_eq!(json(&drawn), json(&run_on(theorem, content, &[options, &["--json"]].concat())));
}

/// What is drawn stands over what was there.
#[test]
fn a_figure_replaces_the_one_before() {
    let path = folder("again").join("run.svg");
    fs::write(&path, "old").unwrap();
    let output = run_on("max-margin", FOUR_POINTS, &["--figure", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::read_to_string(&path).unwrap().starts_with("<svg"));
}

#[rstest]
#[case::extension("run.png", "run.png: figures are SVG; give the file a name that ends in .svg")]
#[case::no_extension("run", "run: figures are SVG")]
#[case::no_folder("missing/run.svg", "run.svg: cannot be written: No such file")]
fn a_place_that_cannot_be_written_is_refused(#[case] name: &str, #[case] message: &str) {
    let folder = folder("figures");
    let path = folder.join(name);
    // Before the data are read, let alone run.
    refuses("max-margin", "no table", &["--figure", path.to_str().unwrap()], message);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn what_stands_in_the_way_stays() {
    let path = folder("folder.svg");
    refuses("max-margin", FOUR_POINTS, &["--figure", path.to_str().unwrap()], "folder.svg: cannot be written");
    let kept = path.join("kept.svg");
    fs::write(&kept, "mine").unwrap();
    let mut permissions = fs::metadata(&kept).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&kept, permissions).unwrap();
    refuses("max-margin", FOUR_POINTS, &["--figure", kept.to_str().unwrap()], "kept.svg: cannot be written");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "mine");
}

/// Nothing is followed where the loss has no minimiser: no file, and the reader is told.
#[test]
fn a_run_without_a_path_leaves_no_figure() {
    let folder = folder("nothing");
    let path = folder.join("run.svg");
    let output = run_on("max-margin", "1,0,1\n-1,0,1\n0,1,1\n", &["--figure", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("this run leaves nothing to draw"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn help_says_it() {
    for theorem in
        ["max-margin", "least-squares", "matrix-factorization", "deep-linear", "diagonal-network", "homogeneous"]
    {
        let help = stdout(&theoremcheck(&["run", theorem, "--help"]));
        assert!(help.contains("--figure <FILE.svg>"), "{help}");
    }
}
