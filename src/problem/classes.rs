//! Examples of several classes, and their pairs as points: example n of class y against another class j.

use super::labelled::{Preparation, prepared_columns};
use super::points::Points;
use super::table::Table;
use crate::error::{Error, Result};

/// n examples x_n in R^d, each of one of k ≥ 2 classes, every one of which occurs.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// The examples, a row each.
    pub examples: Points,
    /// y_n, from 0 to k - 1.
    pub labels: Vec<usize>,
    /// What the reader calls the classes, k of them.
    pub names: Vec<String>,
}

impl Classes {
    /// Examples and labels written in code; the classes are called by their numbers. An error if a class is missing or alone.
    pub fn new(examples: Points, labels: Vec<usize>) -> Result<Classes> {
        let k = labels.iter().max().map_or(0, |y| y + 1);
        let missing = (0..k).find(|j| !labels.contains(j));
        if labels.len() != examples.count() || k < 2 || missing.is_some() {
            return Err(Error::input(format!(
                "{} labels for {} examples; each needs one, and every class from 0 to {} an example",
                labels.len(),
                examples.count(),
                k.max(2) - 1
            )));
        }
        Ok(Classes { examples, labels, names: (0..k).map(|j| j.to_string()).collect() })
    }

    /// The examples of a table whose last column is the class: whole numbers from 0 or from 1 without a gap, or names, which
    /// are numbered as they are first met.
    pub fn of_table(table: &Table, preparation: Preparation) -> Result<Classes> {
        let names = class_names(table)?;
        let columns = prepared_columns(table, preparation)?;
        let label = |of: &String| names.iter().position(|name| name == of).expect("every label has its class");
        let labels = table.labels.iter().map(label).collect();
        let entries = (0..table.rows.len()).flat_map(|n| columns.iter().map(move |column| column[n])).collect();
        Ok(Classes { examples: Points::new(columns.len(), entries)?, labels, names })
    }

    /// k, the number of classes.
    pub fn classes(&self) -> usize {
        self.names.len()
    }

    /// The pairs (n, j), j ≠ y_n, example after example.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let others = |(n, &y): (usize, &usize)| (0..self.classes()).filter(move |&j| j != y).map(move |j| (n, j));
        self.labels.iter().enumerate().flat_map(others).collect()
    }

    /// A_nj = (e_y - e_j) x_n' for the [`pairs`](Classes::pairs), a row each of k·d numbers, row after row of the matrix: the
    /// inner product with W is by how much the score of the example's class exceeds that of class j.
    pub fn pair_points(&self) -> Points {
        let dim = self.examples.dim();
        let pairs = self.pairs();
        let mut entries = vec![0.0; pairs.len() * self.classes() * dim];
        for (&(n, j), row) in pairs.iter().zip(entries.chunks_exact_mut(self.classes() * dim)) {
            for (i, &x) in self.examples.row(n).iter().enumerate() {
                row[self.labels[n] * dim + i] = x;
                row[j * dim + i] = -x;
            }
        }
        Points::new(self.classes() * dim, entries).expect("every pair has its row")
    }
}

/// The classes of the last column, in their order.
fn class_names(table: &Table) -> Result<Vec<String>> {
    let kinds = table.kinds_of_label();
    if kinds.len() < 2 {
        return Err(Error::input(format!(
            "{}: every label is {}; at least two classes are needed",
            table.source, kinds[0].0
        )));
    }
    let column = table.columns() - 1;
    let place = |label: &str| {
        let n = table.labels.iter().position(|other| other == label).expect("the label occurs");
        table.place(table.lines[n], column)
    };
    let numbers: Vec<Option<f64>> = kinds.iter().map(|(label, _)| label.parse().ok()).collect();
    if numbers.iter().all(Option::is_none) {
        return Ok(kinds.iter().map(|(label, _)| label.to_string()).collect());
    }
    // The labels of the theorems on two classes.
    if kinds.len() == 2 && numbers.contains(&Some(-1.0)) && numbers.contains(&Some(1.0)) {
        let at = |y: f64| numbers.iter().position(|number| *number == Some(y)).expect("both are there");
        return Ok([-1.0, 1.0].map(|y| kinds[at(y)].0.to_string()).to_vec());
    }
    let mut numbered = Vec::new();
    for (number, (label, _)) in numbers.iter().zip(&kinds) {
        match number {
            Some(y) if *y >= 0.0 && y.fract() == 0.0 => numbered.push((*y, *label)),
            _ => {
                return Err(Error::input(format!(
                    "{}: label '{label}'; labels are the last column: names, the whole numbers from 0 (or 1) on, or -1 and 1",
                    place(label)
                )));
            }
        }
    }
    numbered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let first = numbered[0].0.min(1.0);
    for (j, (y, label)) in numbered.iter().enumerate() {
        let due = first + j as f64;
        if *y != due {
            return Err(Error::input(format!(
                "{}: label '{label}', but no line has the label {due}; number the classes from 0 (or 1) without a gap and write \
                 each the same way, or use names",
                place(label)
            )));
        }
    }
    Ok(numbered.into_iter().map(|(_, label)| label.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::table::Cells;
    use rstest::rstest;

    #[rstest]
    #[case::from_zero("1,2,0\n3,4,2\n5,6,1\n", &["0", "1", "2"], &[0, 2, 1])]
    #[case::from_one("1,2,2\n3,4,1\n", &["1", "2"], &[1, 0])]
    #[case::signs("1,2,+1\n3,4,-1\n", &["-1", "+1"], &[1, 0])]
    #[case::names("1,2,wren\n3,4,lark\n5,6,wren\n", &["wren", "lark"], &[0, 1, 0])]
    fn classes_of_a_table(#[case] text: &str, #[case] names: &[&str], #[case] labels: &[usize]) {
        let table = Table::parse("t", text, Cells::Labelled, 0).unwrap();
        let classes = Classes::of_table(&table, Preparation::default()).unwrap();
        assert_eq!((classes.names, classes.labels), (names.iter().map(|s| s.to_string()).collect(), labels.to_vec()));
    }

    #[rstest]
    #[case::one_class("1,2,0\n3,4,0\n", "at least two classes")]
    #[case::a_gap("1,2,0\n3,4,2\n", "no line has the label 1")]
    #[case::no_first("1,2,2\n3,4,3\n", "no line has the label 1")]
    #[case::written_twice("1,2,0\n3,4,1\n5,6,1.0\n", "write each the same way")]
    #[case::a_fraction("1,2,0\n3,4,0.5\n", "label '0.5'")]
    #[case::mixed("1,2,0\n3,4,lark\n", "label 'lark'")]
    #[case::no_feature("0\n1\n", "at least one feature")]
    fn bad_labels(#[case] text: &str, #[case] message: &str) {
        let table = Table::parse("t", text, Cells::Labelled, 0).unwrap();
        let error = Classes::of_table(&table, Preparation::default()).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn a_pair_is_the_difference_of_two_scores() {
        let examples = Points::from_rows(&[[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]]);
        assert!(Classes::new(examples.clone(), vec![2, 0, 2]).is_err());
        let classes = Classes::new(examples, vec![2, 0, 1]).unwrap();
        let pairs = classes.pair_points();
        assert_eq!(pairs.row(0), [-1.0, -2.0, 0.0, 0.0, 1.0, 2.0]);
        assert_eq!(pairs.row(3), [3.0, -1.0, 0.0, 0.0, -3.0, 1.0]);
    }
}
