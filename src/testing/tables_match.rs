//! When two tables of evidence are the same: number by number and not letter by letter.

/// Words exactly; measured and predicted numbers to 1e-9 relative plus a thousandth of the row's slack;
/// the slack itself, which is often the size of an error, to one order of magnitude.
pub fn tables_match(reference: &str, test: &str) -> bool {
    let rows = |table: &str| -> Vec<Vec<String>> {
        let cells = |line: &str| line.split(" | ").map(|cell| cell.trim().to_string()).collect();
        table.trim().lines().map(cells).collect()
    };
    let (reference, test) = (rows(reference), rows(test));
    reference.len() == test.len() && reference.iter().zip(&test).all(|(a, b)| rows_match(a, b))
}

const SLACK_COLUMN: usize = 5;

fn rows_match(reference: &[String], test: &[String]) -> bool {
    let slack: f64 = reference.get(SLACK_COLUMN).and_then(|cell| cell.parse().ok()).unwrap_or(0.0);
    let cell_matches = |(column, (a, b)): (usize, (&String, &String))| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) if column == SLACK_COLUMN => b <= 10.0 * a && a <= 10.0 * b,
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs() + 1e-3 * slack,
        _ => a == b,
    };
    reference.len() == test.len() && reference.iter().zip(test).enumerate().all(cell_matches)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::tables_match;

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
}
