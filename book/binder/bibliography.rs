//! The references, from a BibTeX file, and how the text names them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use biblatex::{ChunksExt, Entry};
use theoremcheck::notation::escape;

use crate::problem::{Problem, Result, shown};

pub struct Bibliography(Vec<Entry>);

impl Bibliography {
    pub fn read(path: &Path) -> Result<Bibliography> {
        let name = shown(path);
        let text = fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
        let parsed = biblatex::Bibliography::parse(&text).map_err(|error| {
            let line = text.get(..error.span.start).map_or(1, |before| before.matches('\n').count() + 1);
            Problem::at(&name, line, error.to_string())
        })?;
        let mut entries = parsed.into_vec();
        for entry in &entries {
            if entry.author().map_or(0, |authors| authors.len()) == 0 || year(entry).is_empty() {
                return Err(Problem::of_file(name, format!("{} needs an author and a year", entry.key)));
            }
        }
        entries.sort_by_cached_key(|entry| (names(entry).to_lowercase(), year(entry), entry.key.clone()));
        Ok(Bibliography(entries))
    }

    /// The entry that `key, place` cites, and the place in it.
    pub fn cited<'a>(&self, argument: &'a str) -> std::result::Result<(&Entry, &'a str), String> {
        let (key, place) = argument.split_once(',').unwrap_or((argument, ""));
        match self.0.iter().find(|entry| entry.key == key.trim()) {
            Some(entry) => Ok((entry, place.trim())),
            None => Err(format!("{} is not in the bibliography", key.trim())),
        }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.0
    }
}

/// "Soudry et al. (2018, Theorem 3)".
pub fn short(entry: &Entry, place: &str) -> String {
    let comma = if place.is_empty() { "" } else { ", " };
    escape(&format!("{} ({}{comma}{place})", names(entry), year(entry)))
}

/// The names as the text gives them: one, two, or the first and the others.
fn names(entry: &Entry) -> String {
    let family: Vec<String> = entry.author().unwrap_or_default().into_iter().map(|person| person.name).collect();
    match &family[..] {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [first, ..] => format!("{first} et al."),
    }
}

fn year(entry: &Entry) -> String {
    field(entry, &["year", "date"]).chars().take(4).collect()
}

/// The first of these fields that the entry has.
fn field(entry: &Entry, names: &[&str]) -> String {
    names.iter().find_map(|name| entry.get(name)).map(ChunksExt::format_verbatim).unwrap_or_default()
}

/// An entry in full.
pub fn long(entry: &Entry) -> String {
    let full = |person: biblatex::Person| format!("{} {}", person.given_name, person.name).trim().to_string();
    let authors: Vec<String> = entry.author().unwrap_or_default().into_iter().map(full).collect();
    let mut out = escape(&format!("{} ({}). ", authors.join(", "), year(entry)));
    let title = escape(&field(entry, &["title"]));
    let stop = if title.ends_with(['?', '!']) { "" } else { "." };
    let inside = escape(&field(entry, &["journaltitle", "journal", "booktitle"]));
    let publisher = escape(&field(entry, &["publisher", "institution"]));
    // What is published by itself stands in italics: the book, or the journal.
    if inside.is_empty() {
        let _ = write!(out, "<cite>{title}</cite>{stop}");
    } else {
        let _ = write!(out, "{title}{stop} <cite>{inside}</cite>");
        let [volume, number, pages] =
            [&["volume"][..], &["number", "issue"], &["pages"]].map(|names| escape(&field(entry, names)));
        if !volume.is_empty() {
            let _ = write!(out, " {volume}");
        }
        if !number.is_empty() {
            let _ = write!(out, "({number})");
        }
        if !pages.is_empty() {
            let _ = write!(out, ", {}", pages.replace("--", "–").replace('-', "–"));
        }
        out.push('.');
    }
    if !publisher.is_empty() {
        let _ = write!(out, " {publisher}.");
    }
    let doi = field(entry, &["doi"]);
    let url = field(entry, &["url"]);
    let eprint = field(entry, &["eprint"]);
    let mut link = |address: String, text: &str| {
        let _ = write!(out, " <a href=\"{}\">{}</a>", escape(&address), escape(text));
    };
    if !doi.is_empty() {
        link(format!("https://doi.org/{doi}"), &format!("doi:{doi}"));
    }
    if !eprint.is_empty() {
        link(format!("https://arxiv.org/abs/{eprint}"), &format!("arXiv:{eprint}"));
    }
    if !url.is_empty() {
        link(url.clone(), url.trim_start_matches("https://").trim_end_matches('/'));
    }
    out
}
