//! A table of numbers from a CSV file: header optional, comma, decimal point.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use crate::error::{Error, Result};
use crate::options::{DataOption, Options, Takes};

/// The option that leaves out what stands first on each line, such as a name or a number of the example.
pub const DROP_COLUMNS: DataOption = DataOption {
    name: "drop-columns",
    takes: Takes::Whole { sign: "N", from: 0, to: 1_000_000, default: Some(0) },
    says: "Leave out the first N columns of the table, whatever is in them.",
};

/// How many columns the reader leaves out, of a run that has the option.
pub fn dropped_columns(options: &Options) -> usize {
    if options.knows(DROP_COLUMNS.name) { options.whole(DROP_COLUMNS.name).unwrap_or(0) as usize } else { 0 }
}

/// Finite numbers in rows of equal length, with what is needed to name a cell to its author. Where the reader allows
/// holes or labels of any kind, those are NaN. The default has no rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The file, as the reader named it.
    pub source: String,
    /// The names of the columns, if the file has a header.
    pub header: Option<Vec<String>>,
    /// The cells, row after row.
    pub rows: Vec<Vec<f64>>,
    /// The last cell of each row as it stands in the file, where it is a label and may be any text.
    pub labels: Vec<String>,
    /// Where each row stands in the file, from 1.
    pub lines: Vec<u64>,
    /// How many columns of the file, the first ones, are left out.
    pub left_out: usize,
    /// What was recognised and is not as it stands in the file, or looks as if it were not meant, a sentence each.
    pub warnings: Vec<String>,
}

/// What a cell may be beside a finite number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// Nothing else.
    Numbers,
    /// Empty, `*` or `nan`, which means unobserved.
    Holes,
    /// Any text in the last column, which is the label.
    Labelled,
    /// No table is asked for: the options say everything.
    NoTable,
}

impl Table {
    /// Reads a file of at most a gigabyte, or standard input for `-`. The first line is a header if its cells begin with a letter
    /// or are empty, or if they count the columns from 0, as pandas does; a first column without a name that counts the rows is left
    /// out. Empty lines are no rows, nor are lines that begin with `#` and a blank. Of each line the first `dropped` cells are passed
    /// over, before anything is made of them.
    pub fn read(path: &Path, cells: Cells, dropped: usize) -> Result<Table> {
        let standard = path == Path::new("-");
        let source = if standard { "standard input".to_string() } else { printable(&path.display().to_string()) };
        let unreadable = |e: std::io::Error| Error::input(format!("{source}: cannot be read: {e}"));
        let mut bytes = Vec::new();
        let mut input: Box<dyn Read> =
            if standard { Box::new(stdin()) } else { Box::new(File::open(path).map_err(unreadable)?) };
        input.by_ref().take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(Error::input(format!("{source}: larger than a gigabyte")));
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let byte = e.utf8_error().valid_up_to() + 1;
            Error::input(format!("{source}: not text in UTF-8 (byte {byte}); save it as CSV in UTF-8"))
        })?;
        Table::parse(&source, &text, cells, dropped)
    }

    /// The same from text; `source` is what messages call it.
    pub fn parse(source: &str, text: &str, cells: Cells, dropped: usize) -> Result<Table> {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Table { source: source.to_string(), left_out: dropped, ..Table::default() };
        let mut width = None;
        let mut line = LineOf { text: text.as_bytes(), counted: 0, lines: 1 };
        for record in reader.records() {
            let record = record.map_err(|e| Error::input(format!("{source}: {e}")))?;
            let line = line.at(record.position().map_or(0, csv::Position::byte) as usize);
            if record.len() == 1 && record[0].is_empty() || is_comment(&record[0]) {
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
                    "{source}: line {line} has no comma but {separator}; separate the cells by commas"
                )));
            }
            if dropped >= expected {
                let (name, most) = (DROP_COLUMNS.name, expected - 1);
                return Err(Error::input(format!(
                    "--{name} {dropped}: not a whole number from 0 to {most}, so that a column stays"
                )));
            }
            let record = if dropped == 0 { record } else { record.iter().skip(dropped).collect() };
            let named = record.iter().any(is_name) && record.iter().all(|cell| cell.is_empty() || is_name(cell));
            let counted = first && counts_columns(&record);
            if counted {
                table.warnings.push(format!(
                    "line {line} counts the columns and is taken for a header; if it is data, write names above it"
                ));
            }
            if first && (named || counted) {
                table.header = Some(record.iter().map(printable).collect());
                continue;
            }
            let number = |(column, cell)| match cells {
                Cells::Holes if is_hole(cell) => Ok(f64::NAN),
                Cells::Labelled if column + 1 == record.len() => Ok(cell.parse().unwrap_or(f64::NAN)),
                _ => table.number(cell, line, column),
            };
            let row = record.iter().enumerate().map(number).collect::<Result<Vec<f64>>>()?;
            if cells == Cells::Labelled {
                table.labels.push(record.iter().next_back().map(printable).unwrap_or_default());
            }
            table.rows.push(row);
            table.lines.push(line);
        }
        if table.rows.is_empty() {
            let wanted = match cells {
                Cells::Numbers | Cells::NoTable => "one example a line is needed, its target last",
                Cells::Labelled => "one example a line is needed, its label last",
                Cells::Holes => "one row of the matrix a line is needed",
            };
            return Err(Error::input(format!("{source}: no rows of numbers; {wanted}")));
        }
        table.leave_out_index();
        Ok(table)
    }

    /// Leaves out a first column that counts the rows and has no name, and warns of one that has.
    fn leave_out_index(&mut self) {
        let counts = |from: f64| self.column(0).enumerate().all(|(i, cell)| cell == i as f64 + from);
        if self.rows.len() < 3 || self.columns() < 3 || !(counts(0.0) || counts(1.0)) {
            return;
        }
        let first = self.left_out + 1;
        if self.header.as_ref().is_some_and(|header| header[0].is_empty()) {
            self.leave_out(1);
            self.warnings.push(format!("column {first} has no name and counts the rows: it is left out"));
        } else {
            self.warnings.push(format!("column {first} counts the rows; if it is an index and no feature, leave it out with --drop-columns {first}"));
        }
    }

    fn leave_out(&mut self, count: usize) {
        self.header.iter_mut().for_each(|header| _ = header.drain(..count));
        self.rows.iter_mut().for_each(|row| _ = row.drain(..count));
        self.left_out += count;
    }

    /// "100 lines of 5 numbers, under a header"; where the last is a label, "100 lines of 4 features and a label: 0 (50), 1
    /// (50); under a header".
    pub fn summary(&self) -> String {
        const SHOWN: usize = 6;
        let header = if self.header.is_some() { "under a header" } else { "no header" };
        let count = |n: usize, noun: &str| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
        let lines = count(self.rows.len(), "line");
        if self.labels.is_empty() {
            return format!("{lines} of {}, {header}", count(self.columns(), "number"));
        }
        let kinds = self.kinds_of_label();
        let shown = kinds.iter().take(SHOWN).map(|(label, lines)| format!("{label} ({lines})"));
        let rest = if kinds.len() > SHOWN { format!(", .. {} in all", kinds.len()) } else { String::new() };
        format!(
            "{lines} of {} and a label: {}{rest}; {header}",
            count(self.columns() - 1, "feature"),
            shown.collect::<Vec<_>>().join(", ")
        )
    }

    /// The labels that occur, as they are first met, and in how many lines each does.
    pub fn kinds_of_label(&self) -> Vec<(&str, usize)> {
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for label in &self.labels {
            match kinds.iter_mut().find(|(kind, _)| kind == label) {
                Some((_, lines)) => *lines += 1,
                None => kinds.push((label, 1)),
            }
        }
        kinds
    }

    fn number(&self, cell: &str, line: u64, column: usize) -> Result<f64> {
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ if cell.is_empty() => {
                Err(Error::input(format!("{}: the cell is empty; every cell needs a number", self.place(line, column))))
            }
            _ => Err(Error::input(format!(
                "{}: '{}' is not a finite number; write it like 1.5 or 1e-3",
                self.place(line, column),
                printable(cell)
            ))),
        }
    }

    /// "file.csv: line 3, column 2 (petal_length)".
    pub fn place(&self, line: u64, column: usize) -> String {
        format!("{}: line {line}, {}", self.source, self.column_name(column))
    }

    /// "column 2 (petal_length)".
    pub fn column_name(&self, column: usize) -> String {
        let name = self.header.as_ref().map(|header| format!(" ({})", header[column])).unwrap_or_default();
        format!("column {}{name}", column + 1 + self.left_out)
    }

    /// "line 3", or "lines 3, 7", of these rows, in the file.
    pub fn lines_of(&self, rows: &[usize]) -> String {
        listed("line", rows.iter().map(|&n| self.lines[n]))
    }

    /// "column 3", or "columns 3, 7", in the file.
    pub fn columns_of(&self, columns: &[usize]) -> String {
        listed("column", columns.iter().map(|&j| (j + 1 + self.left_out) as u64))
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

fn listed(noun: &str, numbers: impl ExactSizeIterator<Item = u64>) -> String {
    let plural = if numbers.len() == 1 { "" } else { "s" };
    let numbers: Vec<String> = numbers.map(|k| k.to_string()).collect();
    format!("{noun}{plural} {}", numbers.join(", "))
}

const LARGEST_FILE: u64 = 1 << 30;

/// The line of the file, from 1, on which a record begins: the reader counts the empty lines before it to the record.
struct LineOf<'a> {
    text: &'a [u8],
    counted: usize,
    lines: u64,
}

impl LineOf<'_> {
    /// Of records one after the other, by the byte from which on the reader looked for them.
    fn at(&mut self, byte: usize) -> u64 {
        let is_end = |c: &u8| matches!(c, b'\r' | b'\n');
        let begin = byte + self.text[byte..].iter().take_while(|c| is_end(c)).count();
        // The end of a line may have two characters, "\r\n".
        let ends = (self.counted..begin).filter(|&k| match self.text[k] {
            b'\r' => self.text.get(k + 1) != Some(&b'\n'),
            c => c == b'\n',
        });
        self.lines += ends.count() as u64;
        self.counted = begin;
        self.lines
    }
}

/// `# ..`: what begins with `#` and a letter, as `#N/A` does, stands for a number that is missing.
fn is_comment(cell: &str) -> bool {
    cell.strip_prefix('#').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '#']))
}

/// A cell that names a column: it begins with a letter, and does not stand for a missing number.
fn is_name(cell: &str) -> bool {
    let missing = ["na", "n/a", "nan", "null", "none", "nil", "inf", "infinity"];
    cell.starts_with(|c: char| c.is_alphabetic() || c == '_') && !missing.contains(&cell.to_lowercase().as_str())
}

/// Whether the cells are 0, 1, 2, .., as pandas names columns that have no name; the first may be empty, over an index.
fn counts_columns(record: &csv::StringRecord) -> bool {
    let over_index = record[0].is_empty();
    let mut cells = record.iter().skip(usize::from(over_index)).enumerate();
    record.len() > 2 && cells.all(|(j, cell)| cell == j.to_string())
}

fn is_hole(cell: &str) -> bool {
    cell.is_empty() || cell == "*" || cell.eq_ignore_ascii_case("nan")
}

/// What separates the cells of a line that has no comma, if something does.
fn other_separator(record: &csv::StringRecord) -> Option<&'static str> {
    let line = (record.len() == 1).then(|| &record[0])?;
    [(';', "semicolons"), ('\t', "tabs"), (' ', "blanks")]
        .into_iter()
        .find(|(c, _)| line.contains(*c))
        .map(|(_, name)| name)
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::pandas("0,1,2\n5,6,1\n7,8,0\n", 3, Some("0,1,2"), "line 1 counts the columns")]
    #[case::pandas_with_index(",0,1\n0,5,1\n1,7,0\n2,7,1\n", 2, Some("0,1"), "line 1 counts the columns")]
    #[case::index_without_name(",a,y\n0,5,1\n1,7,0\n2,7,1\n", 2, Some("a,y"), "column 1 has no name")]
    #[case::index_from_one(",a,y\n1,5,1\n2,7,0\n3,7,1\n", 2, Some("a,y"), "column 1 has no name")]
    #[case::index_with_name("id,a,y\n0,5,1\n1,7,0\n2,7,1\n", 3, Some("id,a,y"), "column 1 counts the rows")]
    #[case::two_columns("0,1\n1,0\n", 2, None, "")]
    #[case::not_in_order("1,0,2\n5,6,1\n", 3, None, "")]
    #[case::too_few_rows(",a,y\n0,5,1\n1,7,0\n", 3, Some(",a,y"), "")]
    fn headers_and_indices(
        #[case] text: &str,
        #[case] columns: usize,
        #[case] header: Option<&str>,
        #[case] warning: &str,
    ) {
        let table = Table::parse("t.csv", text, Cells::Numbers, 0).unwrap();
        assert_eq!(table.columns(), columns);
        assert_eq!(table.header.as_ref().map(|names| names.join(",")).as_deref(), header);
        let first = table.warnings.first().map_or("", String::as_str);
        assert!(first.starts_with(warning) && first.is_empty() == warning.is_empty(), "{first}");
    }

    #[rstest]
    #[case::one_after_the_other("1,2\n3,4\n5,6\n", &[1, 2, 3])]
    #[case::header("a,b\n1,2\n3,4\n", &[2, 3])]
    #[case::empty_lines("\n\na,b\n\n1,2\n\n\n3,4\n", &[5, 8])]
    #[case::blank_lines("a,b\n  \n1,2\n \n\n3,4\n", &[3, 6])]
    #[case::windows("a,b\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n", &[3, 6])]
    #[case::old_macintosh("a,b\r\r1,2\r3,4\r", &[3, 4])]
    #[case::comments("# by me\n\na,b\n# one, \"two\", three\n#\n1,2\n## and\n3,4", &[6, 8])]
    #[case::name_of_two_lines("a,\"b\nc\"\n1,2\n\n3,4\n", &[3, 5])]
    fn rows_know_their_lines(#[case] text: &str, #[case] lines: &[u64]) {
        assert_eq!(Table::parse("t.csv", text, Cells::Numbers, 0).unwrap().lines, lines);
    }

    /// A missing number is no comment.
    #[test]
    fn what_is_not_available_is_not_passed_over() {
        let error = Table::parse("t.csv", "1,2\n\n#N/A,4\n", Cells::Numbers, 0).unwrap_err().to_string();
        assert!(error.starts_with("t.csv: line 3, column 1: '#N/A' is not a finite number"), "{error}");
    }

    #[test]
    fn dropped_columns_may_hold_anything() {
        let text = "name,a,y\nx'y,5,1\n,7,0\n\n*,7,1\n";
        let table = Table::parse("t.csv", text, Cells::Labelled, 1).unwrap();
        assert_eq!(table.rows, [[5.0, 1.0], [7.0, 0.0], [7.0, 1.0]]);
        assert_eq!(table.place(table.lines[2], 0), "t.csv: line 5, column 2 (a)");
        let error = Table::parse("t.csv", text, Cells::Labelled, 3).unwrap_err().to_string();
        assert_eq!(error, "--drop-columns 3: not a whole number from 0 to 2, so that a column stays");
    }

    #[test]
    fn columns_are_named_as_in_the_file() {
        let table = Table::parse("t.csv", ",a,y\n0,5,1\n1,7,0\n2,7,1\n", Cells::Numbers, 0).unwrap();
        assert_eq!(table.place(3, 0), "t.csv: line 3, column 2 (a)");
    }
}
