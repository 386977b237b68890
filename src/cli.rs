//! The command. It knows no theorem: the course is handed in, and each theorem brings the options of its
//! own `run`.

mod arguments;
mod draft;
mod exercise;
mod grid;
mod lines;
mod new;
mod plot;
mod sweep;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use self::arguments::{command, with_names};
use self::draft::Draft;
use crate::course::Course;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::evidence::{self, Evidence, wants};
use crate::exercise::Exercise;
use crate::figure::{self, Drawing, Plot};
use crate::lab::{Lab, in_parallel};
use crate::live::{Live, Shown};
use crate::options::{DataOption, Options};
use crate::problem::table::{Cells, Table, dropped_columns};
use crate::report::{self, Ink};
use crate::run::{self, Ran, quoted};
use crate::seed::Seed;
use crate::theorem::{Step, Theorem};

/// Exit codes: everything holds; a claim or a hypothesis fails; bad usage or bad input.
const FAILS: u8 = 1;
const BAD_INPUT: u8 = 2;

/// Runs the command line on a course. A program of one's own with other theorems needs no more than
/// `fn main() -> ExitCode { theoremcheck::cli(&COURSE) }`.
pub fn cli(course: &'static Course) -> ExitCode {
    let mistakes = course.mistakes_beside_exercises();
    if !mistakes.is_empty() {
        for mistake in mistakes {
            let _ = writeln!(io::stderr(), "error: {mistake}");
        }
        return ExitCode::from(BAD_INPUT);
    }
    if let Some(width) = width() {
        report::fit(width);
    }
    let outcome = match command(course).get_matches().subcommand() {
        None => check(course, None),
        Some(("list", given)) => list(course, given),
        Some(("show", given)) => show(course, given),
        Some(("check", given)) => check(course, Some(given)),
        Some(("sweep", given)) => sweep(course, given),
        Some(("merge", given)) => merge(given),
        Some(("run", given)) => on_data(course, given),
        Some(("digest", given)) => digest(course, given),
        Some(("new", given)) => new(course, given),
        Some(("exercise", given)) => exercises(course, given),
        Some(("figure", given)) => figure(course, given),
        Some(("completions", given)) => completions(course, given),
        Some(("man", given)) => man(course, given),
        Some((other, _)) => unreachable!("clap knows no command '{other}'"),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILS),
        Err(error) => {
            // If even stderr is gone there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn list(course: &Course, given: &ArgMatches) -> Result<bool> {
    let wanted = given.get_one::<String>("what").map(String::as_str);
    let answers =
        |step: &Step| step.notes.iter().any(|note| wanted.is_some_and(|wanted| note.eq_ignore_ascii_case(wanted)));
    let answering = course.theorems.iter().copied().filter(|theorem| theorem.steps().any(answers));
    let mut theorems: Vec<&Theorem> = answering.collect();
    let note = !theorems.is_empty();
    if let Some(wanted) = wanted.filter(|wanted| !note && is_note(wanted)) {
        return Err(Error::input(format!("no step answers a claim {wanted} of the notes")));
    }
    if !note {
        theorems =
            wanted.map_or_else(|| Ok(course.theorems.to_vec()), |id| find(course, id).map(|theorem| vec![theorem]))?;
    }
    // A claim of the notes is answered by steps alone.
    let is_listed = |step: &Step| !note || answers(step);
    if !given.get_flag("json") {
        return print(&report::list(&theorems, is_listed, !note, ink()));
    }
    let entry = |theorem: &&Theorem| {
        let named = |id: &str| format!("{}::{id}", theorem.id);
        let mut entry = json!({
            "id": theorem.id,
            "title": theorem.title,
            "status": theorem.status(),
            "steps": theorem.steps().filter(|step| is_listed(step)).map(|step| named(step.id)).collect::<Vec<_>>(),
        });
        if !note {
            entry["figures"] = theorem.figures.iter().map(|figure| named(figure.id)).collect();
            entry["live_figures"] = theorem.live.iter().map(|live| named(live.id)).collect();
            entry["controls"] = theorem.controls.iter().map(|control| named(&control.id())).collect();
        }
        entry
    };
    print_json(&theorems.iter().map(entry).collect())
}

/// N and a number, as claims of the notes are called.
fn is_note(name: &str) -> bool {
    let number = name.strip_prefix(['N', 'n']);
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

fn show(course: &Course, given: &ArgMatches) -> Result<bool> {
    let (theorem, part) = target(course, given.get_one::<String>("what").expect("required"))?;
    print(&match part {
        None => report::show(theorem, ink()),
        Some(part) => report::show_part(theorem, part, ink()),
    })
}

fn figure(course: &Course, given: &ArgMatches) -> Result<bool> {
    let name = given.get_one::<String>("what").expect("required");
    let (id, part) = name.split_once("::").unwrap_or((name, ""));
    let theorem = find(course, id)?;
    if let Some(live) = theorem.live(part) {
        return live_figure(live, name, given);
    }
    let Some(figure) = theorem.figure(part) else {
        let live = theorem.live.iter().map(|live| live.id);
        let names: Vec<String> =
            theorem.figures.iter().map(|figure| figure.id).chain(live).map(str::to_string).collect();
        return Err(match &names[..] {
            [] => Error::input(format!("{id} has no figures")),
            _ if part.is_empty() => {
                Error::input(format!("which figure of {id}? '{id}::{}'", names.join(&format!("', '{id}::"))))
            }
            _ => unknown(&format!("figure of {id}"), part, names.into_iter(), "list"),
        });
    };
    if given.contains_id("set") {
        return Err(Error::input(format!(
            "--set: {name} has nothing to set; those that have are 'live figure' in `list`"
        )));
    }
    let seed = given.get_one::<u64>("seed").copied().unwrap_or(course.seeds[0]);
    let plot = (figure.draw)(&Lab::new(Seed(seed)))?;
    print_figure(&plot, [figure.id, figure.title, figure.says], "", given)
}

/// A live figure, with what is read off it and what there is to set.
fn live_figure(live: &Live, name: &str, given: &ArgMatches) -> Result<bool> {
    if given.contains_id("seed") {
        return Err(Error::input(format!("--seed: nothing of {name} is drawn at random")));
    }
    let mut set = serde_json::Map::new();
    for (parameter, value) in given.get_many::<(String, Value)>("set").into_iter().flatten() {
        if set.insert(parameter.clone(), value.clone()).is_some() {
            return Err(Error::input(format!("--set {parameter}: given twice")));
        }
    }
    let Shown { plot, readings } = (live.draw)(&live.setting(&Value::from(set).to_string())?)?;
    print_figure(&plot, [live.id, live.title, live.says], &report::live(live, &readings, ink()), given)
}

/// The width of the terminal, or what COLUMNS says where the output is none.
fn width() -> Option<usize> {
    let terminal = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    terminal.or_else(|| std::env::var("COLUMNS").ok()?.parse().ok())
}

/// A drawing with its name, its title and what is said of it; in the terminal, what there is below it.
fn print_figure(plot: &Plot, [id, title, says]: [&str; 3], below: &str, given: &ArgMatches) -> Result<bool> {
    if given.get_flag("csv") {
        return print(&figure::csv(plot));
    }
    if given.get_flag("svg") {
        return print(&figure::svg_file(plot, id, title, says));
    }
    let drawing = plot::plot(plot, width().unwrap_or(80), ink());
    print(&format!("{}\n\n{drawing}\n{}\n{below}", ink().bold(&report::wrap(title, 0)), report::wrap(says, 0)))
}

fn new(course: &Course, given: &ArgMatches) -> Result<bool> {
    let text = |name| given.get_one::<String>(name).expect("required");
    print(&new::new(course, Path::new("."), text("id"), text("title"))?)
}

fn exercises(course: &Course, given: &ArgMatches) -> Result<bool> {
    let mistakes = course.mistakes();
    if !mistakes.is_empty() {
        return Err(Error::course(mistakes.join("\n")));
    }
    let (what, given) = given.subcommand().expect("required");
    let name = given.get_one::<String>("what").map(String::as_str);
    if what == "list" {
        let theorems = name.map_or(Ok(course.theorems.to_vec()), |id| Ok(vec![find(course, id)?]))?;
        let all: Vec<_> =
            theorems.iter().flat_map(|theorem| theorem.exercises.iter().map(move |e| (*theorem, e))).collect();
        return match given.get_flag("json") {
            true => print_json(&all.iter().map(|(theorem, e)| exercise::to_json(theorem, e)).collect()),
            false => print(&report::exercises(&theorems, ink())),
        };
    }
    let (theorem, exercise) = find_exercise(course, name.expect("required"))?;
    let lab = Lab::new(Seed(course.seeds[0]));
    match what {
        "start" => {
            let hints = usize::from(*given.get_one::<u8>("hints").expect("has a default"));
            let into = given.get_one::<PathBuf>("into").map_or(Path::new(""), PathBuf::as_path);
            print(&exercise::start(theorem, exercise, hints, into, &typed(course), ink())?)
        }
        "solution" => print(&exercise::solution(theorem, exercise, &lab, ink())?),
        "check" => {
            let answer = given.get_one::<f64>("answer").copied();
            let file = given.get_one::<PathBuf>("file").map(PathBuf::as_path);
            let graded = exercise::grade(theorem, exercise, answer, file, &lab)?;
            match given.get_flag("json") {
                true => print_json(&graded.to_json())?,
                false => print(&graded.report(ink()))?,
            };
            Ok(graded.solved)
        }
        other => unreachable!("clap knows no command 'exercise {other}'"),
    }
}

/// What the reader types for this command: as it was started, installed or not.
fn typed(course: &Course) -> String {
    quoted(&std::env::args().next().unwrap_or(course.name.to_string()))
}

/// "ID::EXERCISE".
fn find_exercise(course: &Course, name: &str) -> Result<(&'static Theorem, &'static Exercise)> {
    let (id, part) = name.split_once("::").unwrap_or((name, ""));
    let theorem = find(course, id)?;
    let names = theorem.exercises.iter().map(|exercise| exercise.id.to_string());
    let exercise = theorem.exercise(part).ok_or_else(|| match part {
        "" => Error::input(format!("which exercise of {id}? `exercise list {id}` names them")),
        _ => unknown(&format!("exercise of {id}"), part, names, &format!("{} exercise list", course.name)),
    })?;
    Ok((theorem, exercise))
}

fn completions(course: &'static Course, given: &ArgMatches) -> Result<bool> {
    let shell = *given.get_one::<clap_complete::Shell>("shell").expect("required");
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut with_names(course), course.name, &mut text);
    if shell == clap_complete::Shell::Bash {
        // Bash ends a word at a colon, and could not go on with "ID::".
        text.extend(b"COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n");
    }
    print(&String::from_utf8_lossy(&text))
}

fn man(course: &'static Course, given: &ArgMatches) -> Result<bool> {
    let mut text = Vec::new();
    let mut all = command(course).disable_help_subcommand(true);
    all.build();
    let page = match given.get_one::<String>("what") {
        None => all,
        Some(name) => match all.find_subcommand(name) {
            Some(one) => one.clone(),
            None => {
                let names = all.get_subcommands().map(|one| one.get_name().to_string());
                return Err(unknown("command", name, names, "--help"));
            }
        },
    };
    let page = clap_mangen::Man::new(page).render(&mut text);
    page.map_err(|error| Error::input(format!("the manual page: {error}")))?;
    print(&String::from_utf8_lossy(&text))
}

fn check(course: &Course, given: Option<&ArgMatches>) -> Result<bool> {
    let json = given.is_some_and(|given| given.get_flag("json"));
    let named = given.map(named).unwrap_or_default();
    let mut seeds: Vec<u64> = match given.and_then(|given| given.get_many("seed")) {
        Some(seeds) => seeds.copied().collect(),
        None => course.seeds.to_vec(),
    };
    let mut met = BTreeSet::new();
    seeds.retain(|seed| met.insert(*seed));
    let targets = targets(course, &named)?;
    let progress = ProgressBar::new(seeds.len() as u64 * targets.iter().map(|(t, only)| parts(t, *only)).sum::<u64>());
    progress
        .set_style(ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}").expect("the template is well formed"));
    let lab = Lab::new(Seed(0));
    let lab = if given.is_some_and(|given| given.get_flag("long")) { lab.at_length() } else { lab };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // What the seeds leave idle, samples within a seed may use.
    let lab = lab.with_threads(threads.div_ceil(seeds.len()));
    let mut all = Vec::new();
    for (theorem, only) in targets {
        let runs: Vec<Evidence> = in_parallel(threads, &seeds, |&seed| {
            evidence::check(theorem, &lab.with_seed(Seed(seed)), only, &|id| {
                progress.set_message(format!("{}::{id}, seed {seed}", theorem.id));
                progress.inc(1);
            })
        });
        if !json {
            progress.suspend(|| print(&format!("{}\n", report::evidence(&runs, ink()))))?;
        }
        all.extend(runs);
    }
    progress.finish_and_clear();
    if json {
        print_json(&all.iter().map(Evidence::to_json).collect())?;
    } else {
        print(&report::summary(&all, ink()))?;
    }
    Ok(all.iter().all(Evidence::holds))
}

fn sweep(course: &Course, given: &ArgMatches) -> Result<bool> {
    let named = named(given);
    let shard = given.get_one::<(u64, u64)>("shard").copied().unwrap_or((1, 1));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let out = given.get_one::<PathBuf>("out").map(PathBuf::as_path);
    if let Some(settings) = given.get_many::<grid::Setting>("set") {
        let [id] = named[..] else { return Err(Error::input("--set: name the one theorem that is run, as in `list`")) };
        if let Some((theorem, _)) = id.split_once("::") {
            return Err(Error::input(format!("--set: a theorem is run as a whole: '{theorem}'")));
        }
        let settings: Vec<grid::Setting> = settings.cloned().collect();
        let data = given.get_one::<PathBuf>("data").map(PathBuf::as_path);
        return ran(&grid::sweep(find(course, id)?, data, &settings, shard, out, threads)?, given);
    }
    if given.contains_id("data") {
        return Err(Error::input(
            "--data: goes with --set and values of options; seeds draw data of their own, and a single run is `run`",
        ));
    }
    let targets = targets(course, &named)?;
    let what = if named.is_empty() { course.name.to_string() } else { named.join(" ") };
    let seeds: Range<u64> = given.get_one::<Range<u64>>("seeds").expect("required").clone();
    let (shard, shards) = shard;
    let wanted: Vec<u64> = seeds.skip(shard as usize - 1).step_by(shards as usize).collect();
    if wanted.is_empty() {
        return Err(Error::input(format!(
            "--shard {shard}/{shards}: there are fewer seeds than shards, and none is left"
        )));
    }
    swept(&sweep::sweep(&what, &targets, &wanted, out, threads)?, given)
}

fn merge(given: &ArgMatches) -> Result<bool> {
    let paths: Vec<&Path> = given.get_many::<PathBuf>("files").expect("required").map(PathBuf::as_path).collect();
    let figure = given.get_one::<PathBuf>("figure");
    if grid::wrote(paths[0]) {
        return match figure {
            Some(_) => Err(Error::input("--figure: a sweep over options has no distribution over seeds")),
            None => ran(&grid::merge(&paths)?, given),
        };
    }
    if let Some(path) = figure {
        can_be_drawn(path)?;
    }
    let lines = sweep::merge(&paths)?;
    let hold = swept(&lines, given)?;
    if let Some(path) = figure {
        write_figure(path, "seeds", &sweep::figure(&lines))?;
    }
    Ok(hold)
}

fn ran(lines: &[grid::Line], given: &ArgMatches) -> Result<bool> {
    if given.get_flag("json") {
        print_json(&json!(lines))?;
    } else {
        print(&grid::report(lines))?;
    }
    match grid::errors(lines) {
        0 => Ok(grid::holds(lines)),
        some => Err(Error::input(format!("{some} of {} runs gave no answer, and say why", lines.len()))),
    }
}

fn swept(lines: &[sweep::Line], given: &ArgMatches) -> Result<bool> {
    if given.get_flag("json") {
        print_json(&sweep::to_json(lines))?;
    } else {
        print(&sweep::report(lines))?;
    }
    Ok(sweep::holds(lines))
}

fn digest(course: &Course, given: &ArgMatches) -> Result<bool> {
    let threads = usize::from(*given.get_one::<u16>("threads").expect("has a default"));
    for theorem in course.theorems {
        let lab = Lab::new(Seed(0));
        let folded = in_parallel(threads, course.seeds, |&seed| {
            let mut digest = Digest::default();
            (theorem.trajectories)(&lab.with_seed(Seed(seed)), &mut digest).map(|()| digest)
        });
        for (seed, digest) in course.seeds.iter().zip(folded) {
            let Digest { hash, count } = digest?;
            print(&format!("{} seed {seed}: {hash:016x} of {count} numbers\n", theorem.id))?;
        }
    }
    Ok(true)
}

/// How many steps and controls a check of the theorem goes through.
fn parts(theorem: &Theorem, only: Option<&str>) -> u64 {
    let steps = theorem.steps().filter(|step| wants(only, step.id)).count();
    let controls = theorem.controls.iter().filter(|control| wants(only, &control.id())).count();
    (steps + controls) as u64
}

fn named(given: &ArgMatches) -> Vec<&str> {
    given.get_many::<String>("what").into_iter().flatten().map(String::as_str).collect()
}

/// A theorem, or a part of it.
type Target<'a> = (&'static Theorem, Option<&'a str>);

/// What is named, or everything.
fn targets<'a>(course: &Course, named: &[&'a str]) -> Result<Vec<Target<'a>>> {
    match named {
        [] => Ok(course.theorems.iter().map(|theorem| (*theorem, None)).collect()),
        named => {
            let all = named.iter().map(|name| target(course, name)).collect::<Result<Vec<_>>>()?;
            let same = |a: &Target, b: &Target| a.0.id == b.0.id && a.1 == b.1;
            // What is named twice, or with the whole of its theorem, is done once.
            let again = |i: usize| {
                let whole = all[i].1.is_some() && all.iter().any(|other| same(other, &(all[i].0, None)));
                whole || all[..i].iter().any(|other| same(other, &all[i]))
            };
            Ok((0..all.len()).filter(|&i| !again(i)).map(|i| all[i]).collect())
        }
    }
}

/// A theorem, or a part of it: "ID" or "ID::STEP".
fn target<'a>(course: &Course, name: &'a str) -> Result<Target<'a>> {
    let Some((id, part)) = name.split_once("::") else { return Ok((find(course, name)?, None)) };
    let theorem = find(course, id)?;
    if theorem.step(part).is_some() || theorem.control(part).is_some() {
        return Ok((theorem, Some(part)));
    }
    if theorem.figure(part).is_some() || theorem.live(part).is_some() {
        return Err(Error::input(format!("'{name}' is a figure, which claims nothing; `figure {name}` draws it")));
    }
    Err(unknown(&format!("step or control of {id}"), part, theorem.parts(), "list"))
}

fn find(course: &Course, id: &str) -> Result<&'static Theorem> {
    let part = |theorem: &&'static Theorem| {
        let id = theorem.id;
        theorem.parts().map(move |part| format!("{id}::{part}")).chain([id.to_string()])
    };
    let names: Vec<String> = course.theorems.iter().flat_map(part).collect();
    // The name of a part alone is nearer to it than to anything else.
    let ending = names.iter().find(|name| name.ends_with(&format!("::{id}"))).cloned();
    course.theorem(id).ok_or_else(|| match ending {
        None if names.iter().any(|name| name == id) => Error::input(format!(
            "'{id}' is a part of a theorem, and this takes the theorem; `show {id}` shows the part"
        )),
        Some(name) => Error::input(format!("no theorem is called '{id}'; did you mean '{name}'?")),
        None => unknown("theorem", id, course.theorems.iter().map(|theorem| theorem.id.to_string()), "list"),
    })
}

/// Says what is not there, what may have been meant, and which command lists what is there.
fn unknown(what: &str, name: &str, candidates: impl Iterator<Item = String>, list: &str) -> Error {
    let close = |candidate: String| (strsim::jaro_winkler(&candidate, name), candidate);
    let nearest = candidates.map(close).max_by(|(a, _), (b, _)| a.total_cmp(b));
    let hint = match nearest {
        Some((similarity, candidate)) if similarity > 0.7 => format!("; did you mean '{candidate}'?"),
        _ => ";".to_string(),
    };
    Error::input(format!("no {what} is called '{name}'{hint} `{list}` names them all"))
}

fn on_data(course: &Course, given: &ArgMatches) -> Result<bool> {
    let (id, given) = given.subcommand().expect("required");
    let theorem = find(course, id)?;
    let on_data = theorem.on_data.as_ref().ok_or_else(|| {
        Error::input(format!("{id} takes no data of yours; `check {id}` runs its own experiments, with any --seed"))
    })?;
    let path: Option<&PathBuf> = (on_data.cells != Cells::NoTable).then(|| given.get_one("data").expect("required"));
    let text = |option: &DataOption| match option.sign() {
        Some(_) => given.get_one::<String>(option.name).cloned(),
        None => given.get_flag(option.name).then(String::new),
    };
    let options = Options::read(on_data.options, text)?;
    let figure = given.get_one::<PathBuf>("figure");
    let options = match figure {
        Some(path) => {
            can_be_drawn(path)?;
            options.with_figure()
        }
        None => options,
    };
    let table = path.map(|path| Table::read(path, on_data.cells, dropped_columns(&options))).transpose()?;
    let data = path.map(|path| path.display().to_string());
    let progress = ProgressBar::new_spinner();
    progress.set_message(data.as_ref().map_or(id.to_string(), |data| format!("{id} on {data}")));
    progress.enable_steady_tick(std::time::Duration::from_millis(100));
    let (spinner, doing) = (progress.clone(), progress.message());
    let options = options.told(move |how_far| spinner.set_message(format!("{doing}: {how_far}")));
    let ran = run::run(on_data, table.as_ref(), options);
    progress.finish_and_clear();
    let Ran { outcome, warnings, drawing } = ran?;
    let nothing = figure.filter(|_| drawing.is_none());
    let nothing = nothing.map(|path| format!("--figure {}: this run leaves nothing to draw", path.display()));
    for warning in warnings.iter().chain(&nothing) {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let further = outcome.reach.as_ref().and_then(|reach| run::further(on_data, reach, text));
    let reaching = further.map(|options| run::command(course, theorem, data.as_deref(), &options));
    let read = data.as_deref().zip(table.as_ref());
    if given.get_flag("json") {
        print_json(&outcome.to_json(id, read, reaching))?;
    } else {
        let read = table.as_ref().map(|table| format!("{}: {}", table.source, table.summary()));
        print(&report::data_run(theorem, read.as_deref(), &outcome, ink()))?;
        if let Some(reach) = &outcome.reach {
            print(&format!("{}{}\n", reach.says, reaching.map(|line| format!(":\n    {line}")).unwrap_or_default()))?;
        }
    }
    // Last: what was found stands whatever becomes of the file.
    if let (Some(path), Some(drawing)) = (figure, drawing) {
        write_figure(path, id, &drawing)?;
    }
    Ok(outcome.holds())
}

fn write_figure(path: &Path, id: &str, Drawing { title, says, plot }: &Drawing) -> Result<()> {
    Draft::new(path, &figure::svg_file(plot, id, title, says))?.place()
}

/// An error if no figure can be written there: before anything is computed, and leaving nothing behind if that is broken off.
fn can_be_drawn(path: &Path) -> Result<()> {
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("svg")) {
        return Err(Error::input(format!(
            "--figure {}: figures are SVG; give the file a name that ends in .svg",
            path.display()
        )));
    }
    Draft::new(path, "").map(drop)
}

fn ink() -> Ink {
    if console::colors_enabled() { Ink::Coloured } else { Ink::Plain }
}

/// Writes to stdout; a reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<bool> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::input(format!("stdout: {error}"))),
        _ => Ok(true),
    }
}

fn print_json(value: &Value) -> Result<bool> {
    print(&format!("{value:#}\n"))
}
