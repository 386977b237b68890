//! A matrix of which only some entries are known.

use faer::Mat;

use super::table::Table;
use crate::error::{Error, Result};
use crate::seed::Stream;

/// An observed entry M_ij, i and j from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The row.
    pub i: usize,
    /// The column.
    pub j: usize,
    /// M_ij.
    pub m: f64,
}

/// The entries Ω of a rows × cols matrix M that are observed, at least one, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// How many rows M has.
    pub rows: usize,
    /// How many columns M has.
    pub cols: usize,
    /// The observed ones, row after row.
    pub entries: Vec<Entry>,
}

impl Completion {
    /// From rows in which `None` is unobserved. Panics on empty input: it is for data written in code.
    pub fn from_rows<const N: usize>(rows: &[[Option<f64>; N]]) -> Self {
        let cell = |i: usize, j: usize| rows[i][j];
        let problem = Completion { rows: rows.len(), cols: N, entries: observed(rows.len(), N, cell) };
        assert!(!problem.entries.is_empty());
        problem
    }

    /// From a table in which NaN is unobserved.
    pub fn from_table(table: &Table) -> Result<Self> {
        let cell = |i: usize, j: usize| Some(table.rows[i][j]).filter(|m| !m.is_nan());
        let entries = observed(table.rows.len(), table.columns(), cell);
        if entries.is_empty() {
            return Err(Error::input(format!(
                "{}: nothing is observed: every cell is empty, '*' or 'nan'; at least one number is needed",
                table.source
            )));
        }
        Ok(Completion { rows: table.rows.len(), cols: table.columns(), entries })
    }

    /// P_Ω(X) for a dense X: the same entries with other values.
    pub fn observing(&self, x: impl Fn(usize, usize) -> f64) -> Self {
        let entries = self.entries.iter().map(|&Entry { i, j, .. }| Entry { i, j, m: x(i, j) }).collect();
        Completion { entries, ..*self }
    }

    /// P_Ω(M), zero where nothing is observed.
    pub fn zero_filled(&self) -> Mat<f64> {
        let mut filled = Mat::zeros(self.rows, self.cols);
        for &Entry { i, j, m } in &self.entries {
            filled[(i, j)] = m;
        }
        filled
    }

    /// Rows and columns of which nothing is observed: no completion is preferred there by the data.
    pub fn unobserved_lines(&self) -> (Vec<usize>, Vec<usize>) {
        let missing = |count: usize, index: fn(&Entry) -> usize| {
            let mut seen = vec![false; count];
            self.entries.iter().for_each(|entry| seen[index(entry)] = true);
            (0..count).filter(|&k| !seen[k]).collect()
        };
        (missing(self.rows, |entry| entry.i), missing(self.cols, |entry| entry.j))
    }

    /// Whether Ω and M are those of a symmetric matrix, to the last bit.
    pub fn is_symmetric(&self) -> bool {
        let mut transposed: Vec<Entry> =
            self.entries.iter().map(|&Entry { i, j, m }| Entry { i: j, j: i, m }).collect();
        transposed.sort_by_key(|entry| (entry.i, entry.j));
        self.rows == self.cols && transposed == self.entries
    }
}

fn observed(rows: usize, cols: usize, cell: impl Fn(usize, usize) -> Option<f64>) -> Vec<Entry> {
    let place = |k: usize| (k / cols, k % cols);
    (0..rows * cols).map(place).filter_map(|(i, j)| cell(i, j).map(|m| Entry { i, j, m })).collect()
}

/// A problem whose hidden entries are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// What is seen of M.
    pub problem: Completion,
    /// M, every entry, row after row.
    pub truth: Vec<f64>,
}

/// M = A B'/√(rows · cols) with A, B standard normal with `rank` columns, so that its singular values are of order
/// one; of its entries the share `fraction` in (0, 1], rounded to whole entries, at random places.
pub fn plant(rows: usize, cols: usize, rank: usize, fraction: f64, stream: &mut Stream) -> Planted {
    let (a, b) = (stream.normals(rows * rank), stream.normals(cols * rank));
    let scale = ((rows * cols) as f64).sqrt();
    let entry = |k: usize| {
        let (a, b) = (&a[k / cols * rank..][..rank], &b[k % cols * rank..][..rank]);
        crate::real::dot(a, b) / scale
    };
    let truth: Vec<f64> = (0..rows * cols).map(entry).collect();
    let count = ((fraction * truth.len() as f64).round() as usize).max(1);
    let chosen = choose(truth.len(), count, stream);
    let entries = chosen.into_iter().map(|k| Entry { i: k / cols, j: k % cols, m: truth[k] }).collect();
    Planted { problem: Completion { rows, cols, entries }, truth }
}

/// `count` of the numbers below `from`, every choice equally likely, in increasing order.
pub fn choose(from: usize, count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..from).collect();
    for k in 0..count.min(from) {
        let other = k + stream.uniform(0.0, (from - k) as f64) as usize;
        numbers.swap(k, other);
    }
    numbers.truncate(count);
    numbers.sort_unstable();
    numbers
}
