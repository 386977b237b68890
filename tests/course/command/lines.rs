//! Whoever is told that a row is to blame finds it: by its line in the file, whatever stands between the rows.

use rstest::rstest;

use super::{run_on, stderr, stdout};

#[rstest]
#[case::number("max-margin", "a,b,y\n\n# a remark, with a comma\n1,x,1\n", &[], "line 4, column 2 (b): 'x'")]
#[case::cells("max-margin", "\n\n1,2,1\n\n1,2\n", &[], "line 5 has 2 cells")]
#[case::label("max-margin", "a,y\r\n\r\n1,1\r\n\r\n2,3\r\n", &[], "line 5, column 2 (y): label '3'")]
#[case::large("max-margin", "# big\n\n1,2,1\n1e200,2,-1\n", &[], "line 4, column 1: 1e200 is too large")]
#[case::small("max-margin", "1,2,1\n\n1e-170,2e-170,1\n", &[], "line 3: every feature is below 1e-100")]
#[case::small_of_classes("multiclass", "1,2,0\n1e-170,2e-170,1\n", &[], "line 2: every feature is below 1e-100")]
#[case::constant("max-margin", "a,b,y\n\n1,5,1\n2,5,-1\n", &["--standardize"], ".csv: column 2 (b): the feature is constant")]
#[case::inseparable("max-margin", "a,b,y\n1,2,1\n\n3,1,1\n\n1,2,-1\n", &[], "0.500000 of line 2, 0.500000 of line 6")]
#[case::support("max-margin", "a,b,y\n\n1,2,1\n3,9,1\n\n1,-1,1\n", &[], "counted from 0: lines 3, 6 of the file")]
#[case::no_weight("max-margin", "\n1,0,1\n\n1,1,1\n", &[], "to the support vector of line 4")]
#[case::start("max-margin", "\n1,0,1\n\n1,1,1\n", &["--start", "0,1e7"], "--start gives the example of line 4 the margin 1.0e7")]
#[case::target("least-squares", "a,y\n\n\n1,z\n", &[], "line 4, column 2 (y): 'z'")]
#[case::large_target("least-squares", "\n1,1\n\n1,1e200\n", &[], "line 4, column 2: 1e200 is too large")]
#[case::combination("diagonal-network", "a,b,c,y\n1,2,3,1\n\n2,4,6,2\n", &[], "the features of line 4 are combinations")]
#[case::column_of_zeros("diagonal-network", ",a,b,c,y\n0,1,2,0,1\n1,2,3,0,2\n2,5,3,0,1\n", &[], "column 4 (c) is 0 on every line")]
#[case::large_for_a_network("homogeneous", "a,y\n\n1e9,1\n", &[], "line 3, column 1 (a): 1e9 is too large")]
#[case::unseen("homogeneous", "1,0,1\n\n-1,0,1\n", &["--width", "1", "--start", "1,.2,1"], "no neuron sees the point of line 3")]
#[case::kink("homogeneous", "1,.3,1\n\n-.4,1,-1\n-1,-.6,1\n.5,-1,-1\n", &["--width", "4"], "(the point of line 5, neuron 0")]
#[case::hidden_line("matrix-factorization", "a,b\n1,2\n\n*,\n", &[], "nothing is observed of line 4: ")]
#[case::hidden_lines("matrix-factorization", "1,*,2\n\n,,\n*,*,*\n", &[], "nothing is observed of lines 3, 4 and column 2: ")]
#[case::dropped("matrix-factorization", "y,a,b\n1,1,*\n7,2,*\n", &["--drop-columns", "1"], "nothing is observed of column 3: ")]
#[case::large_after_dropped("matrix-factorization", "y,a,b\n\n1,1,1e99\n", &["--drop-columns", "1"], "line 3, column 3 (b): 1e99")]
#[case::label_after_dropped("max-margin", "id,a,y\nu,1,1\n\nv,2,3\n", &["--drop-columns", "1"], "line 4, column 3 (y): label '3'")]
#[case::hidden_from_layers("deep-linear", "a,b\n\n1,2\n*,\n", &[], "nothing is observed of line 4: ")]
#[case::large_for_layers("deep-linear", "a,b\n\n1,1e9\n", &[], "line 3, column 2 (b): 1e9")]
fn a_row_is_named_by_its_line(
    #[case] theorem: &str,
    #[case] content: &str,
    #[case] options: &[&str],
    #[case] message: &str,
) {
    let output = run_on(theorem, content, options);
    // The report breaks its lines where they are full.
    let said = format!("{}{}", stdout(&output), stderr(&output)).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(message.trim_end()), "{said}");
}
