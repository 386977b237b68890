//! A table of numbers from a CSV file: header optional, comma, decimal point.

use std::path::Path;

use crate::error::{Error, Result};

/// Finite numbers in rows of equal length, with what is needed to name a cell to its author.
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

impl Table {
    /// Reads a file. The first line is a header if none of its cells is a number.
    pub fn read(path: &Path) -> Result<Table> {
        let source = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| Error::input(format!("{source}: cannot be read: {e}")))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            Error::input(format!("{source}: not text in UTF-8 (byte {})", e.utf8_error().valid_up_to() + 1))
        })?;
        Table::parse(&source, text.trim_start_matches('\u{feff}'))
    }

    /// The same from text; `source` is what messages call it.
    pub fn parse(source: &str, text: &str) -> Result<Table> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Table { source: source.to_string(), header: None, rows: Vec::new(), lines: Vec::new() };
        let mut width = None;
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|e| Error::input(format!("{source}: {e}")))?;
            let line = record.position().map_or(0, csv::Position::line);
            let expected = *width.get_or_insert(record.len());
            if record.len() != expected {
                return Err(Error::input(format!(
                    "{source}: line {line} has {} cells, the lines before it {expected}; every line needs the same number",
                    record.len()
                )));
            }
            if index == 0 && record.iter().all(|cell| cell.parse::<f64>().is_err()) {
                table.header = Some(record.iter().map(str::to_string).collect());
                continue;
            }
            let cells = record.iter().enumerate().map(|(column, cell)| table.number(cell, line, column));
            let row = cells.collect::<Result<Vec<f64>>>()?;
            table.rows.push(row);
            table.lines.push(line);
        }
        if table.rows.is_empty() {
            return Err(Error::input(format!(
                "{source}: no rows of numbers; one example a line is needed, its label last"
            )));
        }
        Ok(table)
    }

    fn number(&self, cell: &str, line: u64, column: usize) -> Result<f64> {
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(Error::input(format!(
                "{}: '{cell}' is not a finite number; write it like 1.5 or 1e-3",
                self.place(line, column)
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
