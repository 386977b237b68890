//! A chapter as its author wrote it, and the places in it that the binder fills.

use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::problem::{Problem, Result};

pub struct Page {
    /// The file, for messages.
    pub file: String,
    /// Relative to the chapters' directory.
    pub path: PathBuf,
    pub title: String,
    pub text: String,
    /// In the order of the text.
    pub parts: Vec<Part>,
}

/// A piece of a chapter that is not plain Markdown, or that must be checked.
pub struct Part {
    pub range: Range<usize>,
    pub line: usize,
    pub what: What,
}

pub enum What {
    /// `{{#name argument}}`
    Directive { name: String, argument: String },
    /// `$..$`, and the punctuation that no line may begin with.
    Inline { latex: String, tail: String },
    /// `$$..$$`
    Display(String),
    /// A `$` that belongs to no formula.
    Dollar,
    /// A link or an image: where it goes.
    Link(String),
    /// The heading of a section, which ends what came before it.
    Heading,
}

impl Page {
    pub fn read(file: String, path: &Path, title: &str, text: &str) -> Page {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        // What mdBook understands, and formulas.
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_DEFINITION_LIST
            | Options::ENABLE_GFM
            | Options::ENABLE_MATH;
        let mut parts = Vec::new();
        let mut code: Vec<Range<usize>> = Vec::new();
        for (event, mut range) in Parser::new_ext(text, options).into_offset_iter() {
            let what = match event {
                Event::InlineMath(latex) => {
                    let after = &text[range.end..];
                    let tail = &after
                        [..after.len() - after.trim_start_matches(['.', ',', ';', ':', '?', '!', ')', '-']).len()];
                    range.end += tail.len();
                    What::Inline { latex: latex.to_string(), tail: tail.to_string() }
                }
                Event::DisplayMath(latex) => What::Display(latex.to_string()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    What::Link(dest_url.to_string())
                }
                Event::Start(Tag::Heading { level, .. }) if level <= HeadingLevel::H3 => What::Heading,
                Event::Text(_) if text[range.clone()].contains('$') && !text[..range.start].ends_with('\\') => {
                    What::Dollar
                }
                Event::Code(_) | Event::End(TagEnd::CodeBlock) => {
                    code.push(range);
                    continue;
                }
                _ => continue,
            };
            parts.push(Part { line: line(range.start), range, what });
        }
        parts.retain(|part| !code.iter().any(|code| code.contains(&part.range.start)));
        let mut from = 0;
        while let Some(start) = text[from..].find("{{#").map(|at| from + at) {
            let end = text[start..].find("}}").map_or(text.len(), |at| start + at + 2);
            from = end;
            if code.iter().any(|code| code.contains(&start)) {
                from = start + 3;
                continue;
            }
            let inside = text[start + 3..end].trim_end_matches('}').trim();
            let (name, argument) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
            let what = What::Directive { name: name.to_string(), argument: argument.trim().to_string() };
            parts.push(Part { range: start..end, line: line(start), what });
        }
        parts.sort_by_key(|part| part.range.start);
        Page { file, path: path.to_path_buf(), title: title.to_string(), text: text.to_string(), parts }
    }

    /// The directives: name, argument, line.
    pub fn directives(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.parts.iter().filter_map(|part| match &part.what {
            What::Directive { name, argument } => Some((name.as_str(), argument.as_str(), part.line)),
            _ => None,
        })
    }

    /// The words of a heading.
    pub fn heading(&self, part: &Part) -> &str {
        let line = self.text[part.range.clone()].lines().next().unwrap_or_default();
        let line = line.trim_start_matches('#').trim();
        line.split_once(" {#").map_or(line, |(words, _)| words)
    }

    pub fn problem(&self, line: usize, message: impl Into<String>) -> Problem {
        Problem::at(&self.file, line, message)
    }

    /// The page's address, relative to the book.
    pub fn html(&self) -> PathBuf {
        self.path.with_extension("html")
    }

    /// The text with every directive and formula replaced.
    pub fn fill(&self, mut fill: impl FnMut(&Part) -> Result<Option<String>>) -> Result<String> {
        let mut out = String::new();
        let mut from = 0;
        for part in &self.parts {
            if let Some(filled) = fill(part)? {
                out.push_str(&self.text[from..part.range.start]);
                out.push_str(&filled);
                from = part.range.end;
            }
        }
        out.push_str(&self.text[from..]);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_left_alone() {
        let page = Page::read(
            "a.md".to_string(),
            Path::new("a.md"),
            "A",
            "`$x$` and `{{#qed}}`\n\n```\n$ {{#step a::b}}\n```\n\n$y$ {{#qed}}\n",
        );
        let parts: Vec<(usize, &str)> = page
            .parts
            .iter()
            .map(|part| {
                (
                    part.line,
                    match &part.what {
                        What::Directive { name, .. } => name.as_str(),
                        What::Inline { latex, .. } => latex.as_str(),
                        _ => "",
                    },
                )
            })
            .collect();
        assert_eq!(parts, [(7, "y"), (7, "qed")]);
    }
}
