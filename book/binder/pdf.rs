//! Editions of the bound book on paper: a page of the book with a class that says what is left out, printed by Chromium.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::absolute;
use crate::problem::{Problem, Result, shown};

/// What of the book is printed. The style sheet leaves out the rest by the edition's name, a class of the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Everything but what a page runs.
    Whole,
    /// Statements, proofs and figures: no code, no evidence.
    Handout,
    /// The same, each step on a sheet of its own across.
    Slides,
    /// One sheet a theorem.
    Sheets,
}

/// The size of the sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 210 mm × 297 mm.
    A4,
    /// 8.5 in × 11 in.
    Letter,
}

impl Edition {
    /// As it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Edition::Whole => "whole",
            Edition::Handout => "handout",
            Edition::Slides => "slides",
            Edition::Sheets => "sheets",
        }
    }
}

impl Paper {
    /// As it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Paper::A4 => "a4",
            Paper::Letter => "letter",
        }
    }
}

impl ValueEnum for Edition {
    fn value_variants<'a>() -> &'a [Edition] {
        &[Edition::Whole, Edition::Handout, Edition::Slides, Edition::Sheets]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Edition::Whole => "Everything but what a page runs",
            Edition::Handout => "Statements, proofs and figures: no code, no evidence",
            Edition::Slides => "The same, each step on a sheet of its own across",
            Edition::Sheets => "One sheet a theorem",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Paper {
    fn value_variants<'a>() -> &'a [Paper] {
        &[Paper::A4, Paper::Letter]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// What is to be printed, and by what.
#[derive(Debug, Clone, Copy)]
pub struct Pdf<'a> {
    pub edition: Edition,
    pub paper: Paper,
    /// The name of a chapter's page, without its ending; none for the whole book. The sheets are of all theorems.
    pub chapter: Option<&'a str>,
    /// Whether the speaker notes are printed.
    pub notes: bool,
    /// The browser; none for what CHROMIUM names in the environment, or the first on the path.
    pub browser: Option<&'a str>,
}

/// The names under which Chromium is installed.
const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

impl Pdf<'_> {
    /// What cannot be printed, or not into this file, whatever the book.
    pub fn check(&self, out: &Path) -> Result<()> {
        let wrong = |what: &str, message: &str| Err(Problem::of_file(what, message));
        match self.edition {
            Edition::Sheets if self.chapter.is_some() => {
                return wrong("--chapter", "the sheets are of all theorems: leave it out");
            }
            Edition::Sheets if self.notes => return wrong("--notes", "the sheets have no speaker notes: leave it out"),
            _ => {}
        }
        if out.as_os_str().is_empty() {
            return wrong("--out", "no file is named");
        }
        if out.is_dir() {
            return wrong(&shown(out), "this is a folder: name a file in it");
        }
        if !absolute(out)?.parent().is_some_and(Path::is_dir) {
            return wrong(&shown(out), "there is no such folder");
        }
        self.browsers().map(|_| ())
    }

    /// Prints the bound book into a file.
    pub fn print(&self, book: &Path, out: &Path) -> Result<()> {
        self.check(out)?;
        let path = self.path(book)?;
        let html = self.page(book, &path)?;
        // Beside the page, so that its links and styles are found; gone when it has been printed.
        let shelf = path.parent().unwrap_or(book);
        let mut copy = tempfile::Builder::new()
            .prefix("printing-")
            .suffix(".html")
            .tempfile_in(shelf)
            .map_err(|error| Problem::io(shelf, &error))?;
        copy.write_all(html.as_bytes()).map_err(|error| Problem::io(copy.path(), &error))?;
        let profile = tempfile::tempdir().map_err(|error| Problem::io(book, &error))?;
        let (page, target) = (absolute(copy.path())?, absolute(out)?);
        // What is there already stays until there is something better.
        let printing = target.with_extension("pdf.part");
        let _ = fs::remove_file(&printing);
        let printed = self.started(|browser| {
            Command::new(browser)
                // In a container there is no sandbox for the one user; the page is our own.
                .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"])
                .arg("--generate-pdf-document-outline")
                .arg(format!("--user-data-dir={}", profile.path().display()))
                .arg(format!("--print-to-pdf={}", printing.display()))
                .arg(address(&page))
                .stdin(Stdio::null())
                .output()
        })?;
        if !printed.status.success() || !printing.is_file() {
            let _ = fs::remove_file(&printing);
            let says = String::from_utf8_lossy(&printed.stderr);
            let last = says.lines().last().unwrap_or("it says nothing");
            return Err(Problem::of_file(shown(out), format!("the browser printed nothing: {last}")));
        }
        fs::rename(&printing, &target).map_err(|error| Problem::io(out, &error))
    }

    /// The browser that is named, or else all that may be there.
    fn browsers(&self) -> Result<Vec<String>> {
        let by_environment = || Some(("CHROMIUM", std::env::var("CHROMIUM").ok()?));
        match self.browser.map(|name| ("--browser", name.to_string())).or_else(by_environment) {
            Some((place, name)) if name.is_empty() => Err(Problem::of_file(place, "no browser is named: leave it out")),
            Some((_, name)) => Ok(vec![name]),
            None => Ok(BROWSERS.map(str::to_string).to_vec()),
        }
    }

    /// Starts the first browser that is there.
    fn started<T>(&self, start: impl Fn(&str) -> std::io::Result<T>) -> Result<T> {
        let names = self.browsers()?;
        for name in &names {
            match start(name) {
                Ok(started) => return Ok(started),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Problem::of_file(name, format!("the browser does not start: {error}"))),
            }
        }
        let message = "there is no such browser; name a Chromium by --browser FILE or in the environment by CHROMIUM";
        Err(Problem::of_file(names.join(", "), message))
    }

    /// The page that is printed.
    fn path(&self, book: &Path) -> Result<PathBuf> {
        match (self.edition, self.chapter) {
            (Edition::Sheets, _) => sheets(book),
            (_, Some(chapter)) => Ok(book.join(format!("{chapter}.html"))),
            (_, None) => Ok(book.join("print.html")),
        }
    }

    /// Its text, as its edition on its paper.
    fn page(&self, book: &Path, path: &Path) -> Result<String> {
        if let Some(chapter) = self.chapter
            && (OTHER_PAGES.contains(&chapter) || !path.is_file())
        {
            let message = format!("no chapter is called '{chapter}'; the book has {}", chapters(book)?.join(", "));
            return Err(Problem::of_file("--chapter", message));
        }
        let html = fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
        let across = if self.edition == Edition::Slides { " landscape" } else { "" };
        let size = format!("<style>@page {{ size: {}{across}; }}</style></head>", self.paper.name());
        let notes = if self.notes { " notes" } else { "" };
        let class = format!("class=\"{}{notes} ", self.edition.name());
        // The first class of a page is that of its root.
        Ok(html.replacen("</head>", &size, 1).replacen("class=\"", &class, 1))
    }
}

/// A file's address, with those of its signs that mean something else in one.
fn address(file: &Path) -> String {
    let path = file.display().to_string().replace('%', "%25").replace('#', "%23").replace('?', "%3F");
    format!("file://{path}")
}

/// The page with the sheets.
fn sheets(book: &Path) -> Result<PathBuf> {
    let has_sheets = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|html| html.contains("class=\"sheet\""));
    let pages = chapters(book)?.into_iter().map(|chapter| book.join(format!("{chapter}.html")));
    pages.into_iter().find(has_sheets).ok_or_else(|| {
        Problem::of_file(shown(book), "the book has no sheets: write {{#sheets}} in a chapter and bind it again")
    })
}

/// Pages of mdBook's that are no chapter: the first one again, all of them, and the contents.
const OTHER_PAGES: [&str; 3] = ["index", "print", "toc"];

/// The names of the chapters' pages.
fn chapters(book: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(book).map_err(|error| Problem::io(book, &error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".html")?.to_string()))
        .filter(|name| !OTHER_PAGES.contains(&name.as_str()))
        .collect();
    names.sort();
    Ok(names)
}
