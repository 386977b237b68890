//! What may be asked of the command.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, value_parser};
use clap_complete::Shell;
use serde_json::Value;

use super::{grid, sweep};
use crate::course::Course;
use crate::options::Takes;
use crate::problem::table::Cells;
use crate::theorem::{OnData, Theorem};

/// The command of a course; each theorem brings the options of its own `run`.
pub fn command(course: &'static Course) -> Command {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON instead of tables");
    let seed = || Arg::new("seed").long("seed").value_name("N").allow_negative_numbers(true).value_parser(seed_number);
    let with_data = course.theorems.iter().filter_map(|theorem| Some((*theorem, theorem.on_data.as_ref()?)));
    let run = with_data.fold(
        Command::new("run").about("Run a theorem's experiment on your own data").subcommand_required(true),
        |run, (theorem, on_data)| run.subcommand(data_command(theorem, on_data).arg(json())),
    );
    // Known, for the answer to be what such a theorem does take.
    let without_data = course.theorems.iter().filter(|theorem| theorem.on_data.is_none());
    let anything = || Arg::new("anything").num_args(0..).allow_hyphen_values(true).trailing_var_arg(true);
    let run =
        without_data.fold(run, |run, theorem| run.subcommand(Command::new(theorem.id).hide(true).arg(anything())));
    let seeds: Vec<String> = course.seeds.iter().map(u64::to_string).collect();
    Command::new(course.name)
        .version(env!("CARGO_PKG_VERSION"))
        .about(format!(
            "{}\n\
             Without a command: check every theorem and print the evidence.\n\
             Exit code 0: everything holds; 1: something fails; 2: bad usage or bad input.",
            course.about
        ))
        .subcommand(
            Command::new("list")
                .about("List the theorems, their steps and controls")
                .arg(Arg::new("what").value_name("NAME").help(
                    "A theorem, or a claim of the notes, such as N2: the steps that answer it [default: everything]",
                ))
                .arg(json()),
        )
        .subcommand(
            Command::new("show")
                .about("Print a theorem, or one step or control of it")
                .arg(Arg::new("what").required(true).value_name("ID[::STEP]").help("A name, as in `list`")),
        )
        .subcommand(
            Command::new("check")
                .about("Check theorems, or single steps and controls")
                .arg(
                    Arg::new("what")
                        .value_name("ID[::STEP]")
                        .num_args(0..)
                        .help("Theorems, steps or controls, as in `list` [default: everything]"),
                )
                .arg(seed().action(ArgAction::Append).help(format!(
                    "Seed of the experiments; may be given several times [default: {}]",
                    seeds.join(" ")
                )))
                .arg(
                    Arg::new("long")
                        .long("long")
                        .action(ArgAction::SetTrue)
                        .help("Add the runs of more than a million steps"),
                )
                .arg(json()),
        )
        .subcommand(
            Command::new("sweep")
                .about("Check many seeds on all cores, or run a theorem on your data for many values of its options")
                .arg(
                    Arg::new("what")
                        .value_name("ID[::STEP]")
                        .num_args(0..)
                        .help("Theorems, steps or controls, as in `list` [default: everything]"),
                )
                .arg(
                    Arg::new("seeds")
                        .long("seeds")
                        .required_unless_present_any(["set", "data"])
                        .conflicts_with("set")
                        .value_name("A..B")
                        .value_parser(sweep::seeds)
                        .help("The seeds from A on, without B"),
                )
                .arg(
                    Arg::new("set")
                        .long("set")
                        .action(ArgAction::Append)
                        .value_name("KEY=V1,V2,..")
                        .value_parser(grid::setting)
                        .help(
                            "In place of seeds: values of an option of the theorem's `run`, where it takes a list 'V1,V2;V1,V2'; all \
                             combinations are run",
                        ),
                )
                .arg(
                    Arg::new("data")
                        .long("data")
                        .conflicts_with("seeds")
                        .value_name("FILE.csv")
                        .value_parser(value_parser!(PathBuf))
                        .help("The table that is run on, as for `run`"),
                )
                .arg(
                    Arg::new("shard")
                        .long("shard")
                        .value_name("I/N")
                        .value_parser(sweep::shard)
                        .help("Every N-th only, beginning with the I-th: N machines share the work"),
                )
                .arg(
                    Arg::new("out")
                        .long("out")
                        .value_name("FILE.jsonl")
                        .value_parser(value_parser!(PathBuf))
                        .help("A line each, written as soon as it is known; what is there is not run again"),
                )
                .arg(json()),
        )
        .subcommand(
            Command::new("merge")
                .about("Put the files of a sweep together")
                .arg(
                    Arg::new("files")
                        .required(true)
                        .num_args(1..)
                        .value_name("FILE.jsonl")
                        .value_parser(value_parser!(PathBuf))
                        .help("Files that `sweep --out` has written"),
                )
                .arg(figure_file("Draw into a file how near the seeds come to failing"))
                .arg(json()),
        )
        .subcommand(
            Command::new("figure")
                .about("Draw a figure of the book: in the terminal, or as a file on standard output")
                .arg(Arg::new("what").required(true).value_name("ID::FIGURE").help("A figure, as in `list`"))
                .arg(seed().help(format!("Seed of the experiments [default: {}]", seeds[0])))
                .arg(
                    Arg::new("set")
                        .long("set")
                        .action(ArgAction::Append)
                        .value_name("NAME=VALUE")
                        .value_parser(parameter)
                        .help("Of a live figure: a number, or points as [[0.5,1],[2,0]]"),
                )
                .arg(Arg::new("svg").long("svg").action(ArgAction::SetTrue).help("Print SVG"))
                .arg(
                    Arg::new("csv")
                        .long("csv")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("svg")
                        .help("Print the numbers, one point a line"),
                ),
        )
        .subcommand(
            Command::new("digest")
                .about("Fold every trajectory into one number, the same on every processor and any number of threads")
                .arg(
                    Arg::new("threads")
                        .long("threads")
                        .value_name("N")
                        .value_parser(value_parser!(u16).range(1..=64))
                        .default_value("1")
                        .help("How many seeds to run at a time"),
                ),
        )
        .subcommand(run)
        .subcommand(
            Command::new("new")
                .about("Write a theorem to begin with, and its chapter, into the course in this folder")
                .arg(Arg::new("id").required(true).value_name("ID").help("Its name: small letters, digits and hyphens"))
                .arg(
                    Arg::new("title").long("title").required(true).value_name("TITLE").help("Its title, in a sentence"),
                ),
        )
        .subcommand(exercise_command(json))
        .subcommand(
            Command::new("completions")
                .about("Print what a shell needs to complete this command")
                .arg(Arg::new("shell").required(true).value_parser(value_parser!(Shell)).help("The shell")),
        )
        .subcommand(
            Command::new("man")
                .about("Print the manual page of this command, or of one of its own, as roff")
                .arg(Arg::new("what").value_name("COMMAND").help("One of the commands")),
        )
}

/// The command for a shell that completes: it lists the names and words that may be given.
pub fn with_names(course: &'static Course) -> Command {
    let named = |command: Command, of: &dyn Fn(&'static Theorem) -> Vec<String>| {
        let names: Vec<String> = course.theorems.iter().flat_map(|theorem| of(theorem)).collect();
        command.mut_args(
            |arg| if arg.get_id() == "what" { arg.value_parser(PossibleValuesParser::new(&names)) } else { arg },
        )
    };
    let within = |theorem: &Theorem, part: &str| format!("{}::{part}", theorem.id);
    let whole = |theorem: &'static Theorem| vec![theorem.id.to_string()];
    let checked = |theorem: &'static Theorem| {
        whole(theorem).into_iter().chain(theorem.parts().map(|part| within(theorem, &part))).collect()
    };
    let drawn = |theorem: &'static Theorem| {
        let figures = theorem.figures.iter().map(|figure| within(theorem, figure.id));
        figures.chain(theorem.live.iter().map(|live| within(theorem, live.id))).collect()
    };
    let exercises =
        |theorem: &'static Theorem| theorem.exercises.iter().map(|exercise| within(theorem, exercise.id)).collect();
    let all = ["show", "check", "sweep"]
        .iter()
        .fold(command(course), |all, one| all.mut_subcommand(one, |command| named(command, &checked)));
    let words = |run: Command, theorem: &&'static Theorem| {
        let options = theorem.on_data.as_ref().map_or(&[][..], |on_data| on_data.options);
        let of =
            |arg: &Arg| options.iter().find(|option| option.name == arg.get_id().as_str()).map(|option| option.takes);
        run.mut_subcommand(theorem.id, |command| {
            command.mut_args(|arg| match of(&arg) {
                Some(Takes::Word(words)) => arg.value_parser(PossibleValuesParser::new(words)),
                _ => arg,
            })
        })
    };
    let commands: Vec<String> = all.get_subcommands().map(|one| one.get_name().to_string()).collect();
    all.mut_subcommand("list", |list| named(list, &whole))
        .mut_subcommand("run", |run| course.theorems.iter().fold(run, words))
        .mut_subcommand("man", |man| man.mut_arg("what", |what| what.value_parser(PossibleValuesParser::new(commands))))
        .mut_subcommand("figure", |figure| named(figure, &drawn))
        .mut_subcommand("exercise", |all| {
            ["start", "check", "solution"]
                .iter()
                .fold(all, |all, one| all.mut_subcommand(one, |command| named(command, &exercises)))
                .mut_subcommand("list", |list| named(list, &whole))
        })
}

fn exercise_command(json: impl Fn() -> Arg) -> Command {
    let what = || Arg::new("what").required(true).value_name("ID::EXERCISE").help("An exercise, as in `exercise list`");
    Command::new("exercise")
        .about("The exercises of the book: begin one, and have the answer judged")
        .subcommand_required(true)
        .subcommand(
            Command::new("list")
                .about("List the exercises")
                .arg(Arg::new("what").value_name("ID").help("A theorem [default: all]"))
                .arg(json()),
        )
        .subcommand(
            Command::new("start")
                .about("Print an exercise; if it asks for a function, write a package to begin with")
                .arg(what())
                .arg(
                    Arg::new("hints")
                        .long("hints")
                        .value_name("N")
                        .value_parser(value_parser!(u8))
                        .default_value("0")
                        .help("How many of its hints to print"),
                )
                .arg(
                    Arg::new("into")
                        .long("into")
                        .value_name("FOLDER")
                        .value_parser(value_parser!(PathBuf))
                        .help("Where the folder of the package goes [default: here]"),
                ),
        )
        .subcommand(
            Command::new("check")
                .about("Judge an answer. Exit code 0: solved; 1: not solved; 2: bad usage or bad input")
                .arg(what())
                .arg(
                    Arg::new("file")
                        .value_name("FILE.rs")
                        .value_parser(value_parser!(PathBuf))
                        .help("The function; it is run as it is [default: where `start` has put it]"),
                )
                .arg(
                    Arg::new("answer")
                        .long("answer")
                        .value_name("NUMBER")
                        // A fraction may begin with a sign.
                        .allow_hyphen_values(true)
                        .value_parser(super::exercise::answer)
                        .help("The number, as 0.25, 2.5e-1 or 1/4, or the line of the mistake"),
                )
                .arg(json()),
        )
        .subcommand(Command::new("solution").about("Print an exercise with its hints and its solution").arg(what()))
}

fn data_command(theorem: &'static Theorem, on_data: &'static OnData) -> Command {
    let data = Arg::new("data")
        .long("data")
        .value_name("FILE.csv")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("Comma-separated numbers; a header is optional, '# ..' a comment; - is standard input");
    let figure = figure_file("Draw the run into a file, beside what is predicted");
    let data = (on_data.cells != Cells::NoTable).then_some(data);
    let command = Command::new(theorem.id).about(on_data.says).args(data).arg(figure);
    on_data.options.iter().fold(command, |command, option| {
        let arg = Arg::new(option.name).long(option.name).help(option.help());
        command.arg(match option.sign() {
            Some(value) => arg.value_name(value).allow_hyphen_values(true),
            None => arg.action(ArgAction::SetTrue),
        })
    })
}

fn figure_file(help: &'static str) -> Arg {
    Arg::new("figure").long("figure").value_name("FILE.svg").value_parser(value_parser!(PathBuf)).help(help)
}

/// A seed, as it is typed.
fn seed_number(text: &str) -> std::result::Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// A parameter of a live figure and its value in JSON, as they are typed.
fn parameter(text: &str) -> std::result::Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write a parameter and its value as NAME=VALUE: eta=0.5")?;
    let value = serde_json::from_str(value).map_err(|_| format!("'{value}' is no number, nor points as [[0.5,1]]"))?;
    Ok((name.to_string(), value))
}
