//! Exercises at the command: a package to begin with, and a judge for what was written there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::draft::Draft;
use crate::claim::Claims;
use crate::error::{Error, Result};
use crate::evidence::claim_json;
use crate::exercise::{Check, Exercise, Mistake, Predict, Task, numbered};
use crate::lab::Lab;
use crate::report::{self, Ink};
use crate::theorem::Theorem;

/// How long a function may think about one list of arguments: all are small, and what takes longer does not end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of an answer.
pub struct Graded {
    name: String,
    task: &'static str,
    of: u32,
    pub solved: bool,
    /// What is wrong with the answer, if no claim says it.
    why: Option<String>,
    claims: Claims,
}

impl Graded {
    fn new(theorem: &Theorem, exercise: &Exercise) -> Graded {
        Graded {
            name: format!("{}::{}", theorem.id, exercise.id),
            task: exercise.task.word(),
            of: exercise.points,
            solved: true,
            why: None,
            claims: Claims::default(),
        }
    }

    fn not_solved(self, why: String) -> Graded {
        Graded { solved: false, why: Some(why), ..self }
    }

    fn points(&self) -> u32 {
        if self.solved { self.of } else { 0 }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "exercise": self.name,
            "task": self.task,
            "solved": self.solved,
            "points": self.points(),
            "of": self.of,
            "why": self.why,
            "claims": self.claims.iter().map(|claim| claim_json(&self.name, claim)).collect::<Vec<_>>(),
        })
    }

    pub fn report(&self, ink: Ink) -> String {
        let verdict = if self.solved { "solved" } else { "not solved" };
        let why = self.why.as_ref().map(|why| format!("{}\n", why.trim_end())).unwrap_or_default();
        let points = format!("{}: {verdict}, {} of {} points", self.name, self.points(), self.of);
        format!("{}{why}{}\n", report::claims(&self.claims, ink), ink.bold(&points))
    }
}

/// The object of `exercise list --json`.
pub fn to_json(theorem: &Theorem, exercise: &Exercise) -> Value {
    let Exercise { id, title, points, asks, hints, task, .. } = exercise;
    let mut entry = json!({
        "id": format!("{}::{id}", theorem.id),
        "title": title,
        "task": task.word(),
        "points": points,
        "asks": asks,
        "hints": hints,
    });
    if let Task::Predict(Predict { digits, before, .. }) = task {
        entry["digits"] = json!(digits);
        entry["before"] = json!(before);
    }
    entry
}

/// The folder in which an exercise is begun, and the file of the answer in it.
fn places(theorem: &Theorem, exercise: &Exercise, into: &Path) -> (PathBuf, PathBuf) {
    let folder = into.join(format!("{}.{}", theorem.id, exercise.id));
    let file = folder.join("src/lib.rs");
    (folder, file)
}

/// The exercise with so many of its hints, and how to answer. A function gets a package to be written in.
pub fn start(
    theorem: &Theorem,
    exercise: &Exercise,
    hints: usize,
    into: &Path,
    command: &str,
    ink: Ink,
) -> Result<String> {
    let name = format!("{}::{}", theorem.id, exercise.id);
    let mut out = report::exercise(theorem, exercise, hints, ink);
    out += &match &exercise.task {
        Task::Predict(Predict { digits, .. }) => {
            format!("To {digits} significant digits:\n    {command} exercise check {name} --answer NUMBER\n")
        }
        Task::Prove => format!("To compare your proof with one:\n    {command} exercise solution {name}\n"),
        Task::Mistake(mistake) => format!(
            "{}\nWhich line is it?\n    {command} exercise check {name} --answer LINE\n",
            numbered(&mistake.code(theorem)?.0)
        ),
        Task::Check(check) => {
            let (folder, file) = places(theorem, exercise, into);
            write_package(theorem, exercise, check, &folder)?;
            let path = file.display();
            format!("{path}\nWrite `{}` there, then\n    {command} exercise check {name} {path}\n", check.function)
        }
    };
    Ok(out)
}

/// Nothing that is there is touched.
fn write_package(theorem: &Theorem, exercise: &Exercise, check: &Check, folder: &Path) -> Result<()> {
    if folder.exists() {
        return Err(Error::input(format!(
            "{} is there already, and stays as it is; take it away or begin elsewhere, with --into FOLDER",
            folder.display()
        )));
    }
    let stub = check.stub_text().ok_or_else(|| Error::course(format!("{} has no stub", exercise.id)))?;
    let source = folder.join("src");
    fs::create_dir_all(&source).map_err(|error| Error::input(format!("{}: {error}", source.display())))?;
    let manifest = format!(
        "[package]\nname = \"{}-{}\"\nedition = \"2024\"\npublish = false\n\n# A package for itself, wherever it lies.\n\
         [workspace]\n",
        theorem.id, exercise.id
    );
    let head: String = report::wrap(exercise.asks, 0).lines().map(|line| format!("//! {line}\n")).collect();
    let written = [("Cargo.toml", manifest), ("src/lib.rs", format!("{head}\n{stub}"))];
    written.iter().try_for_each(|(name, text)| Draft::new(&folder.join(name), text)?.place())
}

/// The hints and the solution, or the key.
pub fn solution(theorem: &Theorem, exercise: &Exercise, lab: &Lab, ink: Ink) -> Result<String> {
    let key = match &exercise.task {
        Task::Predict(predict) => format!("{}\n\n", predict.shown(&predict.key(lab)?)),
        Task::Prove => String::new(),
        Task::Check(check) => format!("{}\n", check.solution_text().unwrap_or_default()),
        Task::Mistake(mistake) => {
            let lines = mistake.code(theorem)?.1;
            let Mistake { find, put, caught_by, .. } = mistake;
            format!(
                "line {}: `{put}` should be `{find}`; `check {}::{caught_by}` notices\n\n",
                lines.start(),
                theorem.id
            )
        }
    };
    let paragraphs: Vec<String> = exercise.solution.iter().map(|text| report::wrap(text, 0)).collect();
    Ok(format!(
        "{}{}\n{key}{}\n",
        report::exercise(theorem, exercise, exercise.hints.len(), ink),
        ink.bold("solution"),
        paragraphs.join("\n\n")
    ))
}

/// Judges an answer: the number, or the file, by default where `start` has put it.
pub fn grade(
    theorem: &Theorem,
    exercise: &Exercise,
    answer: Option<f64>,
    file: Option<&Path>,
    lab: &Lab,
) -> Result<Graded> {
    let name = format!("{}::{}", theorem.id, exercise.id);
    let by_file = matches!(exercise.task, Task::Check(_));
    if answer.is_some() && by_file {
        return Err(Error::input(format!("{name} is answered by a file and not by --answer")));
    }
    if let Some(file) = file.filter(|_| !by_file) {
        return Err(Error::input(format!("{name} is not answered by a file, such as {}", file.display())));
    }
    let number = || answer.ok_or_else(|| Error::input(format!("{name} is answered by a number: --answer NUMBER")));
    let graded = Graded::new(theorem, exercise);
    Ok(match &exercise.task {
        Task::Predict(predict) => {
            let number = number()?;
            match predict.accepts(&predict.key(lab)?, number) {
                true => graded,
                false => graded.not_solved(format!("not {number} to {} digits", predict.digits)),
            }
        }
        Task::Mistake(mistake) => {
            let number = number()?;
            match mistake.code(theorem)?.1.any(|line| line as f64 == number) {
                true => graded,
                false => graded.not_solved(format!("line {number} is as it should be")),
            }
        }
        Task::Prove => {
            return Err(Error::input(format!(
                "{name} is a proof, which a person judges; `exercise solution {name}` prints one"
            )));
        }
        Task::Check(check) => {
            let begun = places(theorem, exercise, Path::new("")).1;
            let file = file.unwrap_or(&begun);
            let path = file.canonicalize().map_err(|error| {
                Error::input(format!(
                    "{}: {error}; `exercise start {name}` writes a file to begin with",
                    file.display()
                ))
            })?;
            fs::read_to_string(&path).map_err(|error| {
                Error::input(format!("{}: {error}; a file with Rust in UTF-8 is expected", file.display()))
            })?;
            match run(check, &path)? {
                Ok(claims) => Graded { solved: claims.hold(), claims, ..graded },
                Err(why) => graded.not_solved(why),
            }
        }
    })
}

/// Compiles the function in a file and has it judged: its claims, or why it makes none.
fn run(check: &Check, path: &Path) -> Result<std::result::Result<Claims, String>> {
    let bench = Bench::new()?;
    let program =
        check.program(&path.to_string_lossy()).ok_or_else(|| Error::course("the exercise has no `fn call(`"))?;
    bench.write("main.rs", &program)?;
    let compiler = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let compiled = Command::new(&compiler)
        .current_dir(&bench.folder)
        .args(["main.rs", "--edition", "2024", "--cap-lints", "allow", "-C", "opt-level=1", "-C", "debug-assertions"])
        .output()
        .map_err(|error| {
            Error::input(format!("{}: {error}; an answer needs a Rust compiler", compiler.to_string_lossy()))
        })?;
    if !compiled.status.success() {
        return Ok(Err(format!("it does not compile\n{}", String::from_utf8_lossy(&compiled.stderr))));
    }
    let mut process = Process::begin(&bench)?;
    Ok(check.judged(&mut |arguments| process.call(arguments)).map_err(|error| error.to_string()))
}

/// A folder of its own, until it is dropped.
struct Bench {
    folder: PathBuf,
}

impl Bench {
    fn new() -> Result<Bench> {
        // Nobody else's, even if two answers are judged at a time.
        let name = |k: u32| std::env::temp_dir().join(format!("exercise-{}-{k}", std::process::id()));
        let free = (0..).map(name).find_map(|folder| match fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => None,
            made => Some(made.map(|()| Bench { folder: folder.clone() }).map_err(|error| cannot(&folder, &error))),
        });
        free.expect("there is a number that nobody uses")
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, text).map_err(|error| cannot(&path, &error))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::input(format!("{}: {error}", path.display()))
}

/// The reader's function, running.
struct Process {
    child: Child,
    arguments: ChildStdin,
    lines: Receiver<String>,
    complaints: PathBuf,
}

impl Process {
    fn begin(bench: &Bench) -> Result<Process> {
        let complaints = bench.folder.join("stderr");
        let stderr = File::create(&complaints).map_err(|error| cannot(&complaints, &error))?;
        let program = bench.folder.join(format!("main{}", std::env::consts::EXE_SUFFIX));
        let mut child = Command::new(&program)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|error| cannot(&program, &error))?;
        let arguments = child.stdin.take().expect("is piped");
        let stdout = child.stdout.take().expect("is piped");
        let (sender, lines) = mpsc::channel();
        // It ends with the pipe.
        thread::spawn(move || {
            let answers = BufReader::new(stdout).lines().map_while(std::io::Result::ok);
            for line in answers.filter_map(|line| line.strip_prefix("= ").map(str::to_string)) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Process { child, arguments, lines, complaints })
    }

    fn call(&mut self, arguments: &[Vec<f64>]) -> Result<Vec<f64>> {
        let list = |numbers: &Vec<f64>| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        let line = arguments.iter().map(list).collect::<Vec<_>>().join("; ");
        // If nobody reads it, there is no answer either.
        let _ = writeln!(self.arguments, "{line}");
        match self.lines.recv_timeout(PATIENCE) {
            Ok(answer) => answer
                .split_whitespace()
                .map(|number| number.parse().map_err(|_| Error::input(format!("'{number}' is no number"))))
                .collect(),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(Error::input(format!("no answer within {} s to the arguments {line}", PATIENCE.as_secs())))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let complaints = fs::read_to_string(&self.complaints).unwrap_or_default();
                Err(Error::input(format!("it breaks off at the arguments {line}\n{}", complaints.trim())))
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
