//! Snapshots in `snapshots/`, compared number by number and not letter by letter.

use insta::internals::SnapshotContents;
use insta::{Comparator, Settings, Snapshot};

/// Asserts that a table of evidence is the recorded one, up to what another processor may change.
pub fn assert_recorded(name: &str, table: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(WithinSlack));
    settings.bind(|| insta::assert_snapshot!(name, table));
}

/// Words exactly; measured and predicted numbers to 1e-9 relative plus a thousandth of the row's slack;
/// the slack itself, which is often the size of an error, to one order of magnitude.
#[derive(Clone)]
struct WithinSlack;

impl Comparator for WithinSlack {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        match (reference.contents(), test.contents()) {
            (SnapshotContents::Text(reference), SnapshotContents::Text(test)) => {
                tables_match(&reference.to_string(), &test.to_string())
            }
            _ => false,
        }
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

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
