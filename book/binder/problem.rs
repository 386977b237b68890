//! What is wrong with the manuscript: one message that names the file and the line.

use std::fmt;
use std::path::Path;

pub type Result<T> = std::result::Result<T, Problem>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    file: String,
    line: Option<usize>,
    message: String,
}

impl Problem {
    pub fn at(file: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Problem { file: file.into(), line: Some(line), message: message.into() }
    }

    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { file: file.into(), line: None, message: message.into() }
    }

    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        Problem::of_file(shown(path), error.to_string())
    }
}

/// A path as the reader of a message would type it: from where they stand.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { file, line, message } = self;
        match line {
            Some(line) => write!(f, "{file}:{line}: {message}"),
            None => write!(f, "{file}: {message}"),
        }
    }
}

impl std::error::Error for Problem {}
