//! Speaker notes: what a lecturer says beside the text, and how long it takes.
//!
//! Between `{{#speaker MINUTES}}` and `{{#/speaker}}` stands Markdown of any kind but headings.

use crate::manuscript::{Page, What};
use crate::problem::Result;

/// The notes of a section, or of what comes before the first.
pub struct Talk {
    pub section: String,
    pub minutes: u32,
    /// The lecture in which they are said, counted from 1 on each page.
    pub lecture: usize,
    /// Where they begin in the text of their page.
    pub start: usize,
}

/// The minutes of a lecture.
const LECTURE: u32 = 45;

/// The speaker notes of a page in their order, or what is wrong with one.
pub fn talks(page: &Page) -> Result<Vec<Talk>> {
    let mut talks: Vec<Talk> = Vec::new();
    let mut section = page.title.as_str();
    // The line of the notes that are not closed yet.
    let mut open = None;
    for part in &page.parts {
        match (&part.what, open) {
            (What::Heading, Some(line)) => return Err(page.problem(line, unclosed("before the next heading"))),
            (What::Heading, None) => section = page.heading(part),
            (What::Directive { name, argument }, _) if name == "speaker" => {
                if let Some(line) = open {
                    return Err(page.problem(line, unclosed("before the next ones")));
                }
                let minutes = argument.parse().ok().filter(|&minutes| minutes > 0);
                let minutes = minutes.ok_or_else(|| {
                    page.problem(part.line, "speaker notes need their minutes, a whole number: {{#speaker 5}}")
                })?;
                // What does not end within one lecture begins the next.
                let now = talks.last().map_or(1, |last| last.lecture);
                let said: u32 = talks.iter().filter(|talk| talk.lecture == now).map(|talk| talk.minutes).sum();
                let lecture = if said > 0 && said + minutes > LECTURE { now + 1 } else { now };
                talks.push(Talk { section: section.to_string(), minutes, lecture, start: part.range.start });
                open = Some(part.line);
            }
            (What::Directive { name, .. }, None) if name == "/speaker" => {
                return Err(
                    page.problem(part.line, "no speaker notes are open here: begin them with {{#speaker MINUTES}}")
                );
            }
            (What::Directive { name, .. }, Some(_)) if name == "/speaker" => open = None,
            _ => {}
        }
    }
    match open {
        Some(line) => Err(page.problem(line, unclosed("below them"))),
        None => Ok(talks),
    }
}

fn unclosed(place: &str) -> String {
    format!("these speaker notes have no end: write {{{{#/speaker}}}} {place}")
}
