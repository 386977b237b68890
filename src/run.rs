//! A run on the reader's data, from a table and options to what is shown of it: the command and the page of a book share it.

use crate::course::Course;
use crate::error::Result;
use crate::evidence::guarded;
use crate::figure::Drawing;
use crate::options::{DataOption, Options};
use crate::problem::table::Table;
use crate::theorem::{DataRun, OnData, Reach, Theorem};

/// What a run has left.
pub struct Ran {
    /// The hypotheses, numbers and claims.
    pub outcome: DataRun,
    /// What the reader should know of the table and of the run, a sentence each.
    pub warnings: Vec<String>,
    /// The figure, if one was wanted and there is something to draw.
    pub drawing: Option<Drawing>,
}

/// Runs a theorem on a table, or without one if it asks for none.
pub fn run(on_data: &OnData, table: Option<&Table>, options: Options) -> Result<Ran> {
    let outcome = guarded(|| (on_data.run)(table.unwrap_or(&Table::default()), &options))?;
    let recognised = table.iter().flat_map(|table| &table.warnings);
    let warnings = recognised.chain(&outcome.warnings).cloned().collect();
    Ok(Ran { outcome, warnings, drawing: options.drawing() })
}

/// The options of the run that reaches what a run with the `given` ones does not, as text; a switch has an empty one. None if
/// there is no such run.
pub fn further(
    on_data: &'static OnData,
    reach: &Reach,
    given: impl Fn(&DataOption) -> Option<String>,
) -> Option<Vec<(&'static str, String)>> {
    if reach.instead.is_empty() {
        return None;
    }
    let with = |option: &DataOption| match reach.instead.iter().find(|(name, _)| *name == option.name) {
        Some((_, value)) => value.clone(),
        None => given(option),
    };
    Some(on_data.options.iter().filter_map(|option| Some((option.name, with(option)?))).collect())
}

/// What is typed for a run, as a shell reads it.
pub fn command(course: &Course, theorem: &Theorem, data: Option<&str>, options: &[(&str, String)]) -> String {
    let words = options.iter().flat_map(|(name, value)| [format!("--{name}"), value.clone()]);
    let words = words.filter(|word| !word.is_empty());
    let data = data.into_iter().flat_map(|data| ["--data", data]);
    let all = [course.name, "run", theorem.id].into_iter().chain(data).map(String::from).chain(words);
    all.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:=+".contains(c);
    if word.chars().all(plain) { word.to_string() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
