//! Binds the book: the chapters say what is to be said, and wherever they name a theorem, a step, a
//! control or a figure, what the registry says of it and what a run found is put in. No number is typed.
//!
//! ```text
//! {{#statement T}}    {{#hypotheses T}}    the theorem, and how its experiments satisfy it
//! {{#step T::S}}      {{#evidence T::S}}   before and after the derivation of a step; each exactly once
//! {{#control T::without-H}}                a hypothesis broken, before what is to be said of it,
//! {{#evidence T::without-H}}               and what happens instead, after; each exactly once
//! {{#figure T::F}}                         a figure with its data; exactly once
//! {{#live T::F}}                           a figure that the reader moves; exactly once
//! {{#exercise T::E}}                       a task with its hints and its solution; exactly once
//! {{#run T --option value ..}}             its run on the reader's data, with options to begin with; exactly once
//! {{#code FILE NAME}}                      a function, or Type::method, of a file of the harness or the course
//! {{#notes}}                               the claims of the notes, and the steps that answer them
//! {{#standings}}  {{#standings NAME}}      how many steps have which standing; the steps of one standing
//! {{#map}}                                 theorems, hypotheses, steps and controls as drawings with links
//! {{#formulas}}                            every displayed formula, with the way back to its step
//! {{#sheets}}                              each theorem on a sheet of paper
//! {{#speaker MINUTES}} .. {{#/speaker}}     what a lecturer says, shown when it is asked for
//! {{#cite KEY, place}}  {{#bibliography}}  {{#qed}}
//! $..$  $$..$$                             LaTeX, to MathML
//! ```
//!
//! mdBook renders in this process, into a temporary directory that becomes the book only when every
//! page is right.

mod bibliography;
mod command;
mod finish;
mod fragments;
mod functions;
mod lecture;
mod links;
mod manuscript;
mod math;
mod pdf;
mod places;
mod problem;
mod reader;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::Config;
use theoremcheck::course::Course;
use theoremcheck::evidence::{self, Evidence};
use theoremcheck::lab::{Lab, in_parallel};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Theorem;

pub use command::command;
pub use pdf::{Edition, Paper, Pdf};
pub use problem::{Problem, Result};

use bibliography::Bibliography;
use fragments::Press;
use manuscript::Page;
use places::Places;
use problem::shown;
use words::Words;

/// Where the text is, and what the book says of itself.
pub struct Manuscript {
    pub title: &'static str,
    /// What search engines show, in a sentence.
    pub description: &'static str,
    /// Of the text, as in `<html lang>`: "en".
    pub language: &'static str,
    /// The binder's own words in that language, as pairs of its English phrase and another; none for English, or some that
    /// you would put differently. In another language a phrase that is not there is named by an error.
    pub words: &'static [(&'static str, &'static str)],
    /// Where the sources are published, if they are: every page links to it.
    pub repository: Option<&'static str>,
    /// What a reader types for the command of the course: "cargo run --release --".
    pub command: &'static str,
    /// The course as a WebAssembly module, if the pages are to run it: built like the package `reader`.
    pub module: Option<PathBuf>,
    /// The directory of SUMMARY.md and the chapters.
    pub chapters: PathBuf,
    /// A BibTeX file.
    pub references: PathBuf,
    /// The directory that the files of `{{#code}}` are named from.
    pub sources: PathBuf,
    /// What the course notes claim, by the names that the steps use.
    pub notes: &'static [(&'static str, &'static str)],
}

/// A theorem and what its run left behind.
pub struct Checked {
    pub theorem: &'static Theorem,
    /// The lab of the first seed, for the figures.
    pub lab: Lab,
    /// One for each seed of the course.
    pub runs: Vec<Evidence>,
}

/// Checks the course and binds the book into `out`. If anything is amiss `out` is left without a book. A folder that has something
/// else in it is not touched.
pub fn bind(course: &'static Course, manuscript: &Manuscript, out: &Path) -> Result<()> {
    if out.exists() {
        let empty = fs::read_dir(out).map_err(|error| Problem::io(out, &error))?.next().is_none();
        // mdBook says in this file whose output it is.
        let bound = fs::read_to_string(out.join(".nojekyll")).is_ok_and(|text| text.contains("mdBook"));
        if !empty && !bound {
            return Err(Problem::of_file(shown(out), "holds something that is no book; give an empty or a new folder"));
        }
        fs::remove_dir_all(out).map_err(|error| Problem::io(out, &error))?;
    }
    let shelf = out.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(shelf).map_err(|error| Problem::io(shelf, &error))?;
    let draft = tempfile::tempdir_in(shelf).map_err(|error| Problem::io(shelf, &error))?;

    let summary = shown(&manuscript.chapters.join("SUMMARY.md"));
    let mut book = load(manuscript, draft.path())?;
    let pages: Vec<Page> = book
        .book
        .chapters()
        .filter_map(|chapter| {
            let path = chapter.path.as_ref()?;
            Some(Page::read(shown(&manuscript.chapters.join(path)), path, &chapter.name, &chapter.content))
        })
        .collect();
    search_no_sheets(&mut book.config, &pages)?;
    let references = Bibliography::read(&manuscript.references)?;
    let places = Places::of(course, manuscript.notes, &pages, &references, &summary)?;
    let formulas = math::convert(&pages)?;

    let checked: Vec<Checked> = course.theorems.iter().map(|theorem| check(theorem, course.seeds)).collect();
    let words = Words::new(manuscript.words, manuscript.language);
    let press = Press::new(course, manuscript, &checked, &places, &references, &formulas, &words)?;
    let mut texts = pages.iter().map(|page| press.print(page)).collect::<Result<Vec<String>>>()?;
    press.print_bibliography(&pages, &mut texts);

    let mut texts = texts.into_iter();
    book.book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && chapter.path.is_some()
        {
            chapter.content = texts.next().unwrap_or_default();
        }
    });
    book.build().map_err(|error| Problem::of_file(&summary, format!("{error:#}")))?;
    press.write_data(draft.path())?;
    press.write_reader(draft.path())?;
    finish::finish(&home().join("theme"), draft.path(), &words, manuscript.module.is_some())?;
    if let missing @ [_, ..] = &words.missing()[..] {
        return Err(Problem::of_file("Manuscript::words", format!("no pair for “{}”", missing.join("”, “"))));
    }
    links::check(&pages, draft.path())?;

    // mdBook's own directory is private to its owner; a book is for everyone.
    let bound = draft.keep();
    fs::rename(&bound, out).map_err(|error| Problem::io(out, &error))?;
    open_to_all(out)
}

#[cfg(unix)]
fn open_to_all(directory: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).map_err(|error| Problem::io(directory, &error))
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) -> Result<()> {
    Ok(())
}

/// Where the theme and book.toml are.
fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn load(manuscript: &Manuscript, draft: &Path) -> Result<MDBook> {
    let of_config = |error| Problem::of_file("book.toml", format!("{error:#}"));
    let mut config = Config::from_disk(home().join("book.toml")).map_err(of_config)?;
    config.book.title = Some(manuscript.title.to_string());
    config.book.description = Some(manuscript.description.to_string());
    config.book.language = Some(manuscript.language.to_string());
    if let Some(address) = manuscript.repository {
        config.set("output.html.git-repository-url", address).map_err(of_config)?;
    }
    config.book.src = absolute(&manuscript.chapters)?;
    config.build.build_dir = absolute(draft)?;
    MDBook::load_with_config(home(), config)
        .map_err(|error| Problem::of_file(shown(&manuscript.chapters), format!("{error:#}")))
}

/// Sheets repeat what the chapters say, and would be found in their place.
fn search_no_sheets(config: &mut Config, pages: &[Page]) -> Result<()> {
    let sheets = pages.iter().filter(|page| page.directives().any(|(name, ..)| name == "sheets"));
    let settings: BTreeMap<String, BTreeMap<&str, bool>> =
        sheets.map(|page| (page.path.display().to_string(), BTreeMap::from([("enable", false)]))).collect();
    config
        .set("output.html.search.chapter", settings)
        .map_err(|error| Problem::of_file("book.toml", format!("{error:#}")))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Problem::io(path, &error))
}

/// Every seed in a thread of its own; what does not depend on the seed is run once.
fn check(theorem: &'static Theorem, seeds: &[u64]) -> Checked {
    let lab = Lab::new(Seed(seeds[0]));
    let runs =
        in_parallel(seeds.len(), seeds, |&seed| evidence::check(theorem, &lab.with_seed(Seed(seed)), None, &|_| ()));
    Checked { theorem, lab, runs }
}
