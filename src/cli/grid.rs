//! Runs of a theorem on the reader's data for every combination of values of its options.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lines;
use crate::error::{Error, Result};
use crate::options::{DataOption, Options, Takes};
use crate::problem::table::{Cells, Table, dropped_columns};
use crate::report;
use crate::run::{self, Ran};
use crate::seed::fnv1a;
use crate::theorem::{OnData, Theorem};

/// What one combination gave: a line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The theorem, after "run".
    what: String,
    /// A hash of the table's file.
    data: String,
    /// The options that were set, as text, in the order given.
    set: Vec<(String, String)>,
    /// The object of `run --json`, or one with the error.
    run: Value,
    /// What the reader should know of the table and of the run, a sentence each.
    warnings: Vec<String>,
}

/// An option by its name, and the values that it is to have.
pub type Setting = (String, Vec<String>);

/// "KEY=V1,V2,..".
pub fn setting(text: &str) -> std::result::Result<Setting, String> {
    let (key, values) = text.split_once('=').ok_or("write an option and its values as KEY=V1,V2,..: alpha=0.1,0.01")?;
    let values: Vec<String> = values.split(',').map(|value| value.trim().to_string()).collect();
    if values.iter().any(String::is_empty) {
        return Err(format!("a value of '{key}' is missing"));
    }
    Ok((key.to_string(), values))
}

/// A combination: a value of each option that is set.
type Combination = Vec<(&'static DataOption, String)>;

/// All combinations, of which the last setting changes fastest. Whole numbers may be given as A..B, without B.
fn combinations(id: &str, on_data: &'static OnData, settings: &[Setting]) -> Result<Vec<Combination>> {
    let mut all: Vec<Combination> = vec![vec![]];
    for (key, values) in settings {
        let option = on_data.options.iter().find(|option| option.name == key).ok_or_else(|| {
            let names: Vec<&str> = on_data.options.iter().map(|option| option.name).collect();
            Error::input(format!("--set {key}: `run {id}` has no such option; it has {}", names.join(", ")))
        })?;
        if all[0].iter().any(|(other, _)| other.name == key) {
            return Err(Error::input(format!("--set {key}: given twice; give all values at once, as in {key}=1,2")));
        }
        let values: Vec<String> = match option.takes {
            // Lists themselves, which a semicolon ends.
            Takes::Numbers { .. } => values.join(",").split(';').map(|list| list.trim().to_string()).collect(),
            _ => values.iter().flat_map(|value| expanded(option, value)).collect(),
        };
        if values.iter().any(|value| value.split(',').any(|entry| entry.trim().is_empty())) {
            return Err(Error::input(format!("--set {key}: a value is missing, at a comma or a semicolon")));
        }
        let is_number = matches!(option.takes, Takes::Number { .. } | Takes::Whole { .. });
        if let Some(range) = values.iter().find(|value| is_number && value.contains("..")) {
            let what = "is no range A..B of whole numbers from A on, without B";
            return Err(Error::input(format!("--set {key}: {range} {what}; write the values out: {key}=V1,V2,..")));
        }
        let twice = |&i: &usize| values[..i].iter().any(|before| option.is_same(before, &values[i]));
        if let Some(twice) = (1..values.len()).find(twice) {
            return Err(Error::input(format!("--set {key}: the value {} stands there twice", values[twice])));
        }
        let with = |others: &Combination, value: &String| [&others[..], &[(option, value.clone())]].concat();
        all = all.iter().flat_map(|others| values.iter().map(move |value| with(others, value))).collect();
    }
    Ok(all)
}

/// A range of whole numbers as its numbers.
fn expanded(option: &DataOption, value: &str) -> Vec<String> {
    let range = value.split_once("..").and_then(|(a, b)| Some(a.parse::<u64>().ok()?..b.parse().ok()?));
    match (option.takes, range) {
        (Takes::Whole { .. }, Some(range)) if !range.is_empty() => range.map(|n| n.to_string()).collect(),
        _ => vec![value.to_string()],
    }
}

/// What `run` would read; a switch is set to yes or no.
fn options(on_data: &OnData, combination: &Combination) -> Result<Options> {
    for (option, value) in combination {
        if option.takes == Takes::Nothing && !["yes", "no"].contains(&&value[..]) {
            return Err(Error::input(format!("--set {}={value}: a switch is set to yes or no", option.name)));
        }
    }
    Options::read(on_data.options, |option| {
        let (_, value) = combination.iter().find(|(set, _)| set.name == option.name)?;
        match option.takes {
            Takes::Nothing => (value == "yes").then(String::new),
            _ => Some(value.clone()),
        }
    })
}

/// Runs the `shard`-th of so many parts of the combinations, each written into `out` as soon as it is done; those that have their
/// line there are not run again. Everything that is given is looked at before the first run.
pub fn sweep(
    theorem: &'static Theorem,
    data: Option<&Path>,
    settings: &[Setting],
    (shard, shards): (u64, u64),
    out: Option<&Path>,
    threads: usize,
) -> Result<Vec<Line>> {
    let id = theorem.id;
    let on_data = theorem.on_data.as_ref().ok_or_else(|| {
        Error::input(format!("{id} takes no data of yours, and its own experiments are drawn by --seeds alone"))
    })?;
    let takes_table = on_data.cells != Cells::NoTable;
    if takes_table != data.is_some() {
        let what =
            if takes_table { "--data FILE.csv is needed with --set" } else { "takes no table; leave --data out" };
        return Err(Error::input(format!("{id}: {what}")));
    }
    if data == Some(Path::new("-")) {
        return Err(Error::input("--data -: a sweep is gone on with later, by the name of its table; give a file"));
    }
    let mine = combinations(id, on_data, settings)?.into_iter().skip(shard as usize - 1).step_by(shards as usize);
    let mut wanted = Vec::new();
    // By how many columns are left out.
    let mut tables: BTreeMap<usize, Table> = BTreeMap::new();
    for combination in mine {
        let dropped = dropped_columns(&options(on_data, &combination)?);
        if let (Some(path), Entry::Vacant(place)) = (data, tables.entry(dropped)) {
            place.insert(Table::read(path, on_data.cells, dropped)?);
        }
        wanted.push((combination, dropped));
    }
    if wanted.is_empty() {
        return Err(Error::input(format!(
            "--shard {shard}/{shards}: there are fewer combinations than shards, and none is left"
        )));
    }
    let bytes = data
        .map(std::fs::read)
        .transpose()
        .map_err(|error| Error::input(format!("the table cannot be read: {error}")))?;
    let (what, hash) = (format!("run {id}"), format!("{:016x}", fnv1a(None, &bytes.unwrap_or_default())));
    let (done, file) = out.map(lines::resume::<Line>).transpose()?.unzip();
    let mut done = done.unwrap_or_default();
    if let (Some(other), Some(path)) = (done.iter().find(|line| line.what != what || line.data != hash), out) {
        let of = if other.what == what { "this on another table".to_string() } else { format!("'{}'", other.what) };
        return Err(Error::input(format!("{}: holds runs of {of}; give another file", path.display())));
    }
    let set = |combination: &Combination| -> Vec<(String, String)> {
        combination.iter().map(|(option, value)| (option.name.to_string(), value.clone())).collect()
    };
    let place = |line: &Line| wanted.iter().position(|(combination, _)| set(combination) == line.set);
    let mut seen = BTreeSet::new();
    done.retain(|line| place(line).is_some() && seen.insert(line.set.clone()));
    let left: Vec<_> =
        wanted.iter().filter(|(combination, _)| !done.iter().any(|line| line.set == set(combination))).collect();
    let progress = lines::progress("runs", wanted.len(), done.len());
    done.extend(lines::work(&left, file.as_ref(), threads, &progress, |(combination, dropped)| {
        let table = tables.get(dropped);
        let name = data.map(|path| path.display().to_string());
        let ran = options(on_data, combination).and_then(|options| run::run(on_data, table, options));
        let (run, warnings) = match ran {
            Ok(Ran { outcome, warnings, .. }) => (outcome.to_json(id, name.as_deref().zip(table), None), warnings),
            Err(error) => (json!({ "error": error.to_string() }), Vec::new()),
        };
        Line { what: what.clone(), data: hash.clone(), set: set(combination), run, warnings }
    })?);
    done.sort_by_key(place);
    Ok(done)
}

/// The numbers that were measured, by their names; those of a group as "group.name".
fn numbers(line: &Line) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (key, value) in line.run["measured"].as_object().into_iter().flatten() {
        let group = value.as_object().into_iter().flatten().map(|(name, value)| (format!("{key}.{name}"), value));
        all.extend(group.chain([(key.clone(), value)]).filter(|(_, v)| v.is_number()).map(|(k, v)| (k, v.clone())));
    }
    all
}

/// A row a combination: what was set, whether everything holds, and the measured numbers, as far as they are single ones.
pub fn report(lines: &[Line]) -> String {
    let mut columns: Vec<String> = Vec::new();
    for line in lines {
        let new: Vec<String> = numbers(line).into_keys().filter(|key| !columns.contains(key)).collect();
        columns.extend(new);
    }
    let keys: Vec<String> = lines[0].set.iter().map(|(key, _)| key.clone()).collect();
    let row = |line: &Line| -> Vec<String> {
        let set = line.set.iter().map(|(_, value)| value.clone());
        let verdict = match (&line.run["error"], &line.run["holds"]) {
            (Value::String(_), _) => "error",
            (_, Value::Bool(true)) => "holds",
            _ => "fails",
        };
        let numbers = numbers(line);
        let numbers = columns.iter().map(|key| numbers.get(key).map_or(String::new(), report::short));
        set.chain([verdict.to_string()]).chain(numbers).collect()
    };
    let head = [keys.clone(), vec!["verdict".to_string()], columns.clone()].concat();
    let mut text = report::columns(&head, &lines.iter().map(row).collect::<Vec<_>>(), keys.len() + 1);
    for line in lines {
        if let Some(error) = line.run["error"].as_str() {
            let set: Vec<String> = line.set.iter().map(|(key, value)| format!("{key}={value}")).collect();
            text += &format!("{}: {error}\n", set.join(" "));
        }
    }
    let warnings: BTreeSet<&String> = lines.iter().flat_map(|line| &line.warnings).collect();
    for warning in warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

/// Whether a file holds lines of this kind.
pub fn wrote(path: &Path) -> bool {
    lines::read::<Line>(path).is_ok_and(|lines| !lines.is_empty())
}

/// The lines of several files, which have nothing but runs of one theorem on one table.
pub fn merge(paths: &[&Path]) -> Result<Vec<Line>> {
    let mut merged: Vec<Line> = Vec::new();
    for path in paths {
        for line in lines::read::<Line>(path)? {
            let same = |first: &Line| (&first.what, &first.data) == (&line.what, &line.data);
            if merged.first().is_some_and(|first| !same(first)) {
                return Err(Error::input(format!(
                    "{}: of another theorem or table than {}",
                    path.display(),
                    paths[0].display()
                )));
            }
            match merged.iter().find(|other| other.set == line.set) {
                None => merged.push(line),
                Some(other) if *other == line => {}
                Some(_) => {
                    return Err(Error::input(format!(
                        "{}: differs from the files before it where the same is set: they are of two versions of the course",
                        path.display()
                    )));
                }
            }
        }
    }
    Ok(merged)
}

/// How many runs gave no answer.
pub fn errors(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.run["error"].is_string()).count()
}

/// Whether every run was made and everything holds in it.
pub fn holds(lines: &[Line]) -> bool {
    lines.iter().all(|line| line.run["holds"] == true)
}
