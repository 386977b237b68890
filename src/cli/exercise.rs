//! Exercises at the command: a package to begin with, and a judge for what was written there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::draft::Draft;
use crate::claim::Claims;
use crate::error::{Error, Result};
use crate::evidence::claim_json;
use crate::exercise::{Check, Exercise, Mistake, Predict, Task, numbered};
use crate::lab::Lab;
use crate::report::{self, Ink};
use crate::run::quoted;
use crate::theorem::Theorem;

/// How long a function may think, about all that it is asked together: that is little, and what takes longer does not end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many lines are kept of what a function prints, and how many characters of each.
const PRINTED: [usize; 2] = [40, 200];

/// What begins the names of the folders in which answers are compiled.
const BENCHES: &str = "theoremcheck-exercise-";

/// What became of an answer.
pub struct Graded {
    name: String,
    task: &'static str,
    of: u32,
    hints: usize,
    pub solved: bool,
    /// What is wrong with the answer, if no claim says it.
    why: Option<String>,
    /// What the function printed.
    printed: String,
    claims: Claims,
}

impl Graded {
    fn new(theorem: &Theorem, exercise: &Exercise) -> Graded {
        Graded {
            name: format!("{}::{}", theorem.id, exercise.id),
            task: exercise.task.word(),
            of: exercise.points,
            hints: exercise.hints.len(),
            solved: true,
            why: None,
            printed: String::new(),
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
            "printed": self.printed,
            "claims": self.claims.iter().map(|claim| claim_json(&self.name, claim)).collect::<Vec<_>>(),
        })
    }

    pub fn report(&self, ink: Ink) -> String {
        let verdict = if self.solved { "solved" } else { "not solved" };
        let why = self.why.as_ref().map(|why| format!("{}\n", why.trim_end())).unwrap_or_default();
        let printed = match self.printed.as_str() {
            "" => String::new(),
            printed => format!("{}\n{printed}\n\n", ink.faint("what it printed")),
        };
        let points = format!("{}: {verdict}, {} of {} points", self.name, self.points(), self.of);
        let hint = match !self.solved && self.hints > 0 {
            true => format!("{}\n", ink.faint(&format!("`exercise start {} --hints 1` prints a hint", self.name))),
            false => String::new(),
        };
        format!("{printed}{}{why}{}\n{hint}", report::claims(&self.claims, ink), ink.bold(&points))
    }
}

/// The number that is an answer: a decimal, or a fraction of two.
pub fn answer(text: &str) -> std::result::Result<f64, String> {
    let finite = |text: &str| text.trim().parse().ok().filter(|x: &f64| x.is_finite());
    let number = match text.split_once('/') {
        Some((above, below)) => {
            finite(above).zip(finite(below)).map(|(above, below)| above / below).filter(|x| x.is_finite())
        }
        None => finite(text),
    };
    number.ok_or("an answer is a number with a point, or a fraction: 0.25, 2.5e-1 or 1/4".to_string())
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

/// The exercise with so many of its hints, and how to answer. A function gets a package to be written in; who asks for hints may have
/// begun already, and the package stays as it is.
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
            let plural = if *digits == 1 { "" } else { "s" };
            format!("To {digits} significant digit{plural}:\n    {command} exercise check {name} --answer NUMBER\n")
        }
        Task::Prove => format!("To compare your proof with one:\n    {command} exercise solution {name}\n"),
        Task::Mistake(mistake) => format!(
            "{}\nWhich line is it?\n    {command} exercise check {name} --answer LINE\n",
            numbered(&mistake.code(theorem)?.0)
        ),
        Task::Check(check) => {
            let (folder, file) = places(theorem, exercise, into);
            if hints == 0 || !folder.exists() {
                write_package(theorem, exercise, check, &folder)?;
            }
            let path = file.display();
            let word = quoted(&path.to_string());
            format!("{path}\nWrite `{}` there, then\n    {command} exercise check {name} {word}\n", check.function)
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
            let (code, mut wrong) = mistake.code(theorem)?;
            let lines = code.lines().count();
            if !(1..=lines).any(|line| line as f64 == number) {
                return Err(Error::input(format!("--answer {number}: the function has the lines 1 to {lines}")));
            }
            match wrong.any(|line| line as f64 == number) {
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
            let (judged, printed) = run(check, &path)?;
            let graded = Graded { printed, ..graded };
            match judged {
                Ok(claims) => Graded { solved: claims.hold(), claims, ..graded },
                Err(why) => graded.not_solved(why),
            }
        }
    })
}

/// Compiles the function in a file and has it judged: its claims, or why it makes none; and what it printed.
fn run(check: &Check, path: &Path) -> Result<(std::result::Result<Claims, String>, String)> {
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
        let says = String::from_utf8_lossy(&compiled.stderr);
        // The program that calls the function is no file of the reader's.
        let expected = match says.contains("--> main.rs") {
            true => format!("; the function that is called is `{}`", check.signature().unwrap_or_default()),
            false => String::new(),
        };
        return Ok((Err(format!("it does not compile{expected}\n{says}")), String::new()));
    }
    let mut process = Process::begin(&bench)?;
    let judged = check.judged(&mut |arguments| process.call(arguments)).map_err(|error| error.to_string());
    Ok((judged, process.end()))
}

/// A folder of its own, until it is dropped.
struct Bench {
    folder: PathBuf,
    /// Locked as long as somebody works here: the lock goes with the process, however that ends.
    _lock: File,
}

impl Bench {
    fn new() -> Result<Bench> {
        let shelf = std::env::temp_dir();
        clear(&shelf);
        // Nobody else's, even if two answers are judged at a time.
        let name = |k: u32| shelf.join(format!("{BENCHES}{}-{k}", std::process::id()));
        let free = (0..).map(name).find_map(|folder| match fs::create_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => None,
            made => Some(made.map(|()| folder.clone()).map_err(|error| cannot(&folder, &error))),
        });
        let folder = free.expect("there is a number that nobody uses")?;
        // Locked before it has the name by which others look for it.
        let [unnamed, path] = ["lock.new", "lock"].map(|name| folder.join(name));
        let lock = File::create(&unnamed).and_then(|lock| {
            lock.lock()?;
            fs::rename(&unnamed, &path)?;
            Ok(lock)
        });
        Ok(Bench { _lock: lock.map_err(|error| cannot(&path, &error))?, folder })
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

/// Takes away the folders of commands that were ended before they could: nobody holds their locks.
fn clear(shelf: &Path) {
    for entry in fs::read_dir(shelf).into_iter().flatten().flatten() {
        let is_bench = entry.file_name().to_string_lossy().starts_with(BENCHES);
        if is_bench && File::open(entry.path().join("lock")).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::input(format!("{}: {error}", path.display()))
}

/// The reader's function, running.
struct Process {
    child: Child,
    arguments: ChildStdin,
    answers: Receiver<String>,
    /// What it prints beside its answers.
    printed: Receiver<String>,
    /// The file of what it prints as errors, until that is said.
    complaints: Option<PathBuf>,
    /// When patience ends.
    until: Instant,
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
        let (sender, answers) = mpsc::channel();
        let (printer, printed) = mpsc::channel();
        // It ends with the pipe.
        thread::spawn(move || {
            let mut kept = 0;
            for line in BufReader::new(stdout).lines().map_while(std::io::Result::ok) {
                let heard = match line.strip_prefix("= ") {
                    Some(answer) => sender.send(answer.to_string()).is_ok(),
                    // An answer begins a line of its own, so that there are empty ones; one more than are kept says that there
                    // are more.
                    None if kept <= PRINTED[0] && !line.is_empty() => {
                        kept += 1;
                        printer.send(line.chars().take(PRINTED[1]).collect::<String>()).is_ok()
                    }
                    None => true,
                };
                if !heard {
                    break;
                }
            }
        });
        let until = Instant::now() + PATIENCE;
        Ok(Process { child, arguments, answers, printed, complaints: Some(complaints), until })
    }

    fn call(&mut self, arguments: &[Vec<f64>]) -> Result<Vec<f64>> {
        let list = |numbers: &Vec<f64>| numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
        let line = arguments.iter().map(list).collect::<Vec<_>>().join("; ");
        // If nobody reads it, there is no answer either.
        let _ = writeln!(self.arguments, "{line}");
        match self.answers.recv_timeout(self.until.saturating_duration_since(Instant::now())) {
            Ok(answer) => answer
                .split_whitespace()
                .map(|number| number.parse().map_err(|_| Error::input(format!("'{number}' is no number"))))
                .collect(),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(Error::input(format!(
                "no answer to the arguments {line} within the {} s that it has for all",
                PATIENCE.as_secs()
            ))),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let complaints = self.complaints.take().and_then(|path| fs::read(path).ok()).unwrap_or_default();
                let complaints = String::from_utf8_lossy(&complaints);
                Err(Error::input(format!("it breaks off at the arguments {line}\n{}", complaints.trim())))
            }
        }
    }

    /// Ends it: the first lines that it printed.
    fn end(mut self) -> String {
        self.stop();
        // They end with the pipe, unless it left somebody who holds that.
        let mut lines: Vec<String> =
            std::iter::from_fn(|| self.printed.recv_timeout(Duration::from_secs(1)).ok()).collect();
        if let Some(complaints) = self.complaints.take().and_then(|path| File::open(path).ok()) {
            let complaints = BufReader::new(complaints).lines().map_while(std::io::Result::ok);
            lines.extend(complaints.take(PRINTED[0]).map(|line| line.chars().take(PRINTED[1]).collect::<String>()));
        }
        if lines.len() > PRINTED[0] {
            lines.truncate(PRINTED[0]);
            lines.push("..".to_string());
        }
        lines.join("\n")
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}
