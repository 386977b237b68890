//! A table of examples, features first and the label last, as points with the labels absorbed.

use super::points::Points;
use super::table::Table;
use crate::error::{Error, Result};
use crate::options::{DataOption, Options, Takes};

/// What is done to the features before the labels are absorbed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preparation {
    /// Each feature less its mean, over its population standard deviation.
    pub standardize: bool,
    /// A last feature that is always 1.
    pub bias: bool,
}

impl Preparation {
    /// What [`BIAS`] and [`STANDARDIZE`] ask for.
    pub fn of(options: &Options) -> Preparation {
        Preparation { standardize: options.switch(STANDARDIZE.name), bias: options.switch(BIAS.name) }
    }

    /// That the classes are not separated, what follows from it, and what may help: a bias, if there is none yet.
    pub fn inseparable(self, source: &str, so: &str) -> Error {
        Error::input(if self.bias {
            format!("{source}: no w with a bias separates the classes, so that {so}")
        } else {
            format!(
                "{source}: no w separates the classes through the origin, so that {so}; --bias adds the constant that may be \
                 missing"
            )
        })
    }
}

/// The option that asks for a bias.
pub const BIAS: DataOption = DataOption {
    name: "bias",
    takes: Takes::Nothing,
    says: "Append a feature that is always 1, after standardising. Its weight counts in |w| like any other: this is not the SVM \
           with a free intercept.",
};

/// The option that asks for standardised features.
pub const STANDARDIZE: DataOption = DataOption {
    name: "standardize",
    takes: Takes::Nothing,
    says: "Subtract each feature's mean and divide by its population standard deviation.",
};

/// The option that says which label is +1.
pub const POSITIVE: DataOption = DataOption {
    name: "positive",
    takes: Takes::Text { sign: "VALUE" },
    says: "The label that counts as +1, against all others. [default: 1]",
};

/// Largest cell that is computed with: squares of lengths must be finite.
const LARGEST_CELL: f64 = 1e100;
/// Below this an example is not told from 0 by its length.
const SMALLEST_EXAMPLE: f64 = 1e-100;

/// Row n becomes y_n x_n, with the [`signs`] of the labels; one class alone may have its labels absorbed already,
/// and then neither a bias nor standardising makes sense.
pub fn labelled_points(table: &Table, positive: Option<&str>, preparation: Preparation) -> Result<Points> {
    let labels = signs(table, positive)?;
    let one_class = labels.iter().all(|&y| y == labels[0]);
    for (wanted, option) in [(preparation.bias, "--bias"), (preparation.standardize, "--standardize")] {
        if one_class && wanted {
            return Err(Error::input(format!(
                "{}: every label is the same, so {option} makes no sense; with labels absorbed already, leave it out",
                table.source
            )));
        }
    }
    let columns = prepared_columns(table, preparation)?;
    let entries = labels.iter().enumerate().flat_map(|(n, y)| columns.iter().map(move |column| y * column[n]));
    Points::new(columns.len(), entries.collect())
}

/// The features as columns, as the preparation asks for them; at least one, and none too large to be squared.
pub(super) fn prepared_columns(table: &Table, preparation: Preparation) -> Result<Vec<Vec<f64>>> {
    let features = table.columns() - 1;
    if features == 0 {
        return Err(Error::input(format!(
            "{}: a single column; at least one feature and then the label are needed on each line",
            table.source
        )));
    }
    let mut columns: Vec<Vec<f64>> = (0..features).map(|j| table.column(j).collect()).collect();
    if preparation.standardize {
        for (j, column) in columns.iter_mut().enumerate() {
            standardize(column).ok_or_else(|| {
                Error::input(format!(
                    "{}: {}: the feature is constant; --standardize needs it to vary",
                    table.source,
                    table.column_name(j)
                ))
            })?;
        }
    } else if let Some((n, j)) = (0..table.rows.len())
        .flat_map(|n| (0..features).map(move |j| (n, j)))
        .find(|&(n, j)| table.rows[n][j].abs() > LARGEST_CELL)
    {
        return Err(Error::input(format!(
            "{}: {:e} is too large to square in double precision; rescale the feature to below {LARGEST_CELL:e}, or use --standardize",
            table.place(table.lines[n], j),
            table.rows[n][j]
        )));
    }
    if !preparation.standardize
        && let Some(n) = (0..table.rows.len()).find(|&n| {
            let largest = table.rows[n][..features].iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            largest > 0.0 && largest < SMALLEST_EXAMPLE
        })
    {
        return Err(Error::input(format!(
            "{}: line {}: every feature is below {SMALLEST_EXAMPLE:e}, too small to square in double precision; rescale them, or use --standardize",
            table.source, table.lines[n]
        )));
    }
    if preparation.bias {
        columns.push(vec![1.0; table.rows.len()]);
    }
    Ok(columns)
}

/// The labels as +1 and -1. With `positive` that label is +1 and every other -1; otherwise they are +1 and -1, or 1 and 0,
/// as they stand.
pub fn signs(table: &Table, positive: Option<&str>) -> Result<Vec<f64>> {
    let column = table.columns() - 1;
    if let Some(positive) = positive {
        let is_positive = |label: &str| match (label.parse::<f64>(), positive.parse::<f64>()) {
            (Ok(label), Ok(positive)) => label == positive,
            _ => label == positive,
        };
        let signs: Vec<f64> = table.labels.iter().map(|label| if is_positive(label) { 1.0 } else { -1.0 }).collect();
        return if signs.contains(&1.0) {
            Ok(signs)
        } else {
            let kinds: Vec<&str> = table.kinds_of_label().iter().take(10).map(|(label, _)| *label).collect();
            Err(Error::input(format!(
                "--positive {positive}: no line of {} has that label; its labels are {}",
                table.source,
                kinds.join(", ")
            )))
        };
    }
    let zero_one = table.column(column).any(|y| y == 0.0);
    let negative = if zero_one { 0.0 } else { -1.0 };
    let sign = |(n, y): (usize, f64)| match y {
        1.0 => Ok(1.0),
        y if y == negative => Ok(-1.0),
        y => {
            let mixed = if y == -1.0 { " beside labels of 0" } else { "" };
            Err(Error::input(format!(
                "{}: label '{}'{mixed}; labels are the last column, either +1 and -1 or 1 and 0, or any with --positive \
                 VALUE, which then stands against the rest",
                table.place(table.lines[n], column),
                table.labels[n]
            )))
        }
    };
    table.column(column).enumerate().map(sign).collect()
}

/// Mean 0 and population standard deviation 1, in place; None if the column does not vary. Scaled by the
/// largest entry first, so that squares stay finite.
pub fn standardize(column: &mut [f64]) -> Option<()> {
    let count = column.len() as f64;
    let largest = column.iter().fold(0.0_f64, |top, x| top.max(x.abs()));
    if largest == 0.0 {
        return None;
    }
    column.iter_mut().for_each(|x| *x /= largest);
    let first = column[0];
    if column.iter().all(|&x| x == first) {
        return None;
    }
    let mean = column.iter().sum::<f64>() / count;
    column.iter_mut().for_each(|x| *x -= mean);
    let deviation = (column.iter().map(|x| x * x).sum::<f64>() / count).sqrt();
    column.iter_mut().for_each(|x| *x /= deviation);
    Some(())
}
