//! The comparator of the snapshots: what it lets pass, and what it must not.

#[path = "support/tables_match.rs"]
mod tables_match;

use rstest::rstest;
use tables_match::tables_match;

const ROW: &str = "1 | rho | 1.000000000000e0 | = | 1.000000000000e0 | 1e-6 | holds";

#[rstest]
#[case::same(ROW, true)]
#[case::last_digits("1 | rho | 1.000000000900e0 | = | 1.000000000000e0 | 1e-6 | holds", true)]
#[case::padding("1 |  rho  | 1.000000000000e0 | = | 1.0 | 1e-6 | holds", true)]
#[case::slack_of_the_same_order("1 | rho | 1.000000000000e0 | = | 1.000000000000e0 | 4e-6 | holds", true)]
#[case::drift("1 | rho | 1.000000003000e0 | = | 1.000000000000e0 | 1e-6 | holds", false)]
#[case::wider_slack("1 | rho | 1.000000000000e0 | = | 1.000000000000e0 | 1e-4 | holds", false)]
#[case::verdict("1 | rho | 1.000000000000e0 | = | 1.000000000000e0 | 1e-6 | fails", false)]
#[case::another_claim("1 | w | 1.000000000000e0 | = | 1.000000000000e0 | 1e-6 | holds", false)]
#[case::nan("1 | rho | NaN | = | 1.000000000000e0 | 1e-6 | holds", false)]
#[case::missing("", false)]
fn compares_numbers_as_numbers(#[case] row: &str, #[case] expected: bool) {
    assert_eq!(tables_match(ROW, row), expected);
}
