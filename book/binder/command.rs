//! The command of a book: it binds the course, and prints the bound book.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use theoremcheck::course::Course;

use crate::pdf::{Edition, Paper, Pdf};
use crate::problem::{Result, shown};
use crate::{Manuscript, bind};

/// Does what the command line asks: without a word the book is bound into `out`; `pdf` prints an edition of the book that is
/// bound there, and binds it first where there is none.
pub fn command(course: &'static Course, manuscript: impl Fn() -> Result<Manuscript>, out: &Path) -> ExitCode {
    let given = arguments().get_matches();
    let done = match given.subcommand() {
        Some(("pdf", given)) => pdf(course, manuscript, out, given),
        _ => manuscript().and_then(|manuscript| bind(course, &manuscript, out)).map(|()| out.join("index.html")),
    };
    match done {
        Ok(made) => {
            println!("{}", shown(&made));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            // Of bad input, as from the course's own command.
            ExitCode::from(2)
        }
    }
}

fn pdf(
    course: &'static Course,
    manuscript: impl Fn() -> Result<Manuscript>,
    book: &Path,
    given: &ArgMatches,
) -> Result<PathBuf> {
    let text = |name: &str| given.get_one::<String>(name).map(String::as_str);
    let edition = *given.get_one::<Edition>("edition").expect("it has a default");
    let paper = *given.get_one::<Paper>("paper").expect("it has a default");
    let chapter = text("chapter");
    let name = ["book", edition.name()].into_iter().chain(chapter).chain([paper.name()]).collect::<Vec<_>>().join("-");
    // A chapter's page may stand in a folder.
    let name = format!("{}.pdf", name.replace('/', "-"));
    let out = text("out").map_or_else(|| book.with_file_name(name), PathBuf::from);
    let pdf = Pdf { edition, paper, chapter, notes: given.get_flag("notes"), browser: text("browser") };
    // What is wrong with the command is said before the book is bound, which takes minutes.
    pdf.check(&out)?;
    if !book.join("index.html").is_file() {
        bind(course, &manuscript()?, book)?;
    }
    pdf.print(book, &out)?;
    Ok(out)
}

fn arguments() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let pdf = Command::new("pdf")
        .about("Prints an edition of the bound book, with Chromium; binds the book first where there is none")
        .arg(
            option("edition", "EDITION", "What of the book is printed")
                .value_parser(EnumValueParser::<Edition>::new())
                .default_value(Edition::Whole.name()),
        )
        .arg(
            option("paper", "PAPER", "The size of the sheets")
                .value_parser(EnumValueParser::<Paper>::new())
                .default_value(Paper::A4.name()),
        )
        .arg(option("chapter", "NAME", "One chapter, by the name of its page: max-margin"))
        .arg(Arg::new("notes").long("notes").action(ArgAction::SetTrue).help("With the speaker notes"))
        .arg(option("out", "FILE", "Where to [default: beside the book]"))
        .arg(option(
            "browser",
            "FILE",
            "Chromium, or a browser made from it [default: what CHROMIUM names, or one on the path]",
        ));
    Command::new("book").about("Binds the book of the course, and prints it").subcommand(pdf)
}
