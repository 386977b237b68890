//! Files of results, a line each: written as soon as a result is known, and gone on with where they were stopped.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::lab::in_parallel;

/// How every line begins.
const BEGINNING: &str = "{\"what\":";

/// A file, open behind the last of its whole lines.
pub struct Lines<'a> {
    path: &'a Path,
    file: Mutex<File>,
}

/// The whole lines of a file, which need not be there, and the file; what a kill has left of a line is taken out.
pub fn resume<L: DeserializeOwned>(path: &Path) -> Result<(Vec<L>, Lines<'_>)> {
    // To be read again a pipe would have to end, and a device need not.
    if std::fs::metadata(path).is_ok_and(|what| !what.is_file()) {
        return Err(Error::input(format!(
            "{}: is no ordinary file; give the name of one, or of none yet",
            path.display()
        )));
    }
    let unwritten = |error: io::Error| unwritten(path, &error);
    let file = OpenOptions::new().append(true).create(true).open(path).map_err(unwritten)?;
    // Two that append at once would each do what the other does. The lock goes with the process, however that ends.
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(Error::input(format!(
            "{}: another sweep is writing there; several share the work by --shard, each into a file of its own",
            path.display()
        )));
    }
    let (lines, whole) = whole_lines(path)?;
    file.set_len(whole as u64).map_err(unwritten)?;
    Ok((lines, Lines { path, file: Mutex::new(file) }))
}

/// The whole lines of a file, to which a sweep may be writing.
pub fn read<L: DeserializeOwned>(path: &Path) -> Result<Vec<L>> {
    whole_lines(path).map(|(lines, _)| lines)
}

/// The whole lines of a file, and how many bytes they have.
fn whole_lines<L: DeserializeOwned>(path: &Path) -> Result<(Vec<L>, usize)> {
    let text = std::fs::read_to_string(path).map_err(|error| unread(path, &error))?;
    let (lines, rest) = text.split_at(text.rfind('\n').map_or(0, |end| end + 1));
    let line = |(n, line): (usize, &str)| serde_json::from_str(line).map_err(|_| no_line(path, n + 1));
    let parsed: Vec<L> = lines.lines().enumerate().map(line).collect::<Result<_>>()?;
    // What follows is the beginning of a line, or a file of something else.
    if !rest.starts_with(BEGINNING) && !BEGINNING.starts_with(rest) {
        return Err(no_line(path, parsed.len() + 1));
    }
    Ok((parsed, lines.len()))
}

fn no_line(path: &Path, n: usize) -> Error {
    Error::input(format!("{}: line {n} was not written by this kind of sweep; give another file", path.display()))
}

fn unread(path: &Path, error: &io::Error) -> Error {
    Error::input(format!("{}: cannot be read: {error}", path.display()))
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::input(format!("{}: cannot be written: {error}", path.display()))
}

/// A bar for so many items, of which some are done.
pub fn progress(noun: &str, all: usize, done: usize) -> ProgressBar {
    let progress = ProgressBar::new(all as u64).with_position(done as u64);
    let template = format!("{{bar:30}} {{pos}}/{{len}} {noun}  {{per_sec}}  {{eta}} left  {{msg}}");
    progress.set_style(ProgressStyle::with_template(&template).expect("the template is well formed"));
    progress.tick();
    progress
}

/// The line of each item, in their order, computed on several threads; each is written as soon as it is known.
pub fn work<T: Sync, L: Serialize + Send + Sync>(
    items: &[T],
    into: Option<&Lines>,
    threads: usize,
    progress: &ProgressBar,
    line: impl Fn(&T) -> L + Sync,
) -> Result<Vec<L>> {
    let failed = Mutex::new(None);
    let stopped = || failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    let lines = in_parallel(threads, items, |item| {
        if stopped() {
            return None;
        }
        let line = line(item);
        if let Some(Lines { file, .. }) = into {
            let text = serde_json::to_string(&line).expect("a line is plain text and numbers") + "\n";
            let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
            if let Err(error) = written {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
        progress.inc(1);
        Some(line)
    });
    progress.finish_and_clear();
    match (failed.into_inner().unwrap_or_else(PoisonError::into_inner), into) {
        (Some(error), Some(Lines { path, .. })) => Err(unwritten(path, &error)),
        _ => Ok(lines.into_iter().flatten().collect()),
    }
}
