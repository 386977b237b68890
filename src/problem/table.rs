//! A table of numbers from a CSV file: header optional, comma, decimal point.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// Finite numbers in rows of equal length, with what is needed to name a cell to its author. Where the reader allows
/// holes, they are NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The file, as the reader named it.
    pub source: String,
    /// The names of the columns, if the file has a header.
    pub header: Option<Vec<String>>,
    pub rows: Vec<Vec<f64>>,
    /// Where each row stands in the file, from 1.
    pub lines: Vec<u64>,
}

/// Whether cells may be empty, `*` or `nan`, which then means unobserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holes {
    Refused,
    Allowed,
}

impl Table {
    /// Reads a file of at most a gigabyte. The first line is a header if its cells begin with a letter or are empty.
    pub fn read(path: &Path, holes: Holes) -> Result<Table> {
        let source = printable(&path.display().to_string());
        let unreadable = |e: std::io::Error| Error::input(format!("{source}: cannot be read: {e}"));
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(Error::input(format!("{source}: larger than a gigabyte")));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let byte = e.utf8_error().valid_up_to() + 1;
            Error::input(format!("{source}: not text in UTF-8 (byte {byte}); save it as CSV in UTF-8"))
        })?;
        Table::parse(&source, text.trim_start_matches('\u{feff}'), holes)
    }

    /// The same from text; `source` is what messages call it.
    pub fn parse(source: &str, text: &str, holes: Holes) -> Result<Table> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Table { source: source.to_string(), header: None, rows: Vec::new(), lines: Vec::new() };
        let mut width = None;
        for record in reader.records() {
            let record = record.map_err(|e| Error::input(format!("{source}: {e}")))?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() == 1 && record[0].is_empty() {
                continue;
            }
            let first = width.is_none();
            let expected = *width.get_or_insert(record.len());
            if record.len() != expected {
                return Err(Error::input(format!(
                    "{source}: line {line} has {} cells, the lines before it {expected}; every line needs the same number",
                    record.len()
                )));
            }
            if first && let Some(separator) = other_separator(&record) {
                return Err(Error::input(format!(
                    "{source}: line {line} has no comma but '{separator}'; separate the cells by commas"
                )));
            }
            if first && record.iter().any(is_name) && record.iter().all(|cell| cell.is_empty() || is_name(cell)) {
                table.header = Some(record.iter().map(printable).collect());
                continue;
            }
            let cells = record.iter().enumerate().map(|(column, cell)| match holes {
                Holes::Allowed if is_hole(cell) => Ok(f64::NAN),
                _ => table.number(cell, line, column),
            });
            let row = cells.collect::<Result<Vec<f64>>>()?;
            table.rows.push(row);
            table.lines.push(line);
        }
        if table.rows.is_empty() {
            let wanted = match holes {
                Holes::Refused => "one example a line is needed, its label or target last",
                Holes::Allowed => "one row of the matrix a line is needed",
            };
            return Err(Error::input(format!("{source}: no rows of numbers; {wanted}")));
        }
        Ok(table)
    }

    fn number(&self, cell: &str, line: u64, column: usize) -> Result<f64> {
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(Error::input(format!(
                "{}: '{}' is not a finite number; write it like 1.5 or 1e-3",
                self.place(line, column),
                printable(cell)
            ))),
        }
    }

    /// "file.csv: line 3, column 2 (petal_length)".
    pub fn place(&self, line: u64, column: usize) -> String {
        let name = self.header.as_ref().map(|header| format!(" ({})", header[column])).unwrap_or_default();
        format!("{}: line {line}, column {}{name}", self.source, column + 1)
    }

    /// How many cells a row has.
    pub fn columns(&self) -> usize {
        self.rows[0].len()
    }

    /// Column j, from 0, from top to bottom.
    pub fn column(&self, j: usize) -> impl Iterator<Item = f64> + Clone {
        self.rows.iter().map(move |row| row[j])
    }
}

const LARGEST_FILE: u64 = 1 << 30;

/// A cell that names a column: it begins with a letter, and does not stand for a missing number.
fn is_name(cell: &str) -> bool {
    let missing = ["na", "n/a", "nan", "null", "none", "nil", "inf", "infinity"];
    cell.starts_with(|c: char| c.is_alphabetic() || c == '_') && !missing.contains(&cell.to_lowercase().as_str())
}

fn is_hole(cell: &str) -> bool {
    cell.is_empty() || cell == "*" || cell.eq_ignore_ascii_case("nan")
}

/// What separates the cells of a line that has no comma, if something does.
fn other_separator(record: &csv::StringRecord) -> Option<&'static str> {
    let line = (record.len() == 1).then(|| &record[0])?;
    [(';', ";"), ('\t', "tab"), (' ', "blank")].into_iter().find(|(c, _)| line.contains(*c)).map(|(_, name)| name)
}

/// At most two hundred characters of a text that may hold anything, on one line and without control codes.
fn printable(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str(" ..");
    }
    shown
}
