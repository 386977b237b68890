//! What the reader does alone: predict a number, prove a line, write a function, find a mistake. Each is data, beside the
//! theorem that it teaches: the key of a prediction is a claim, what a function must do is claims, and a mistake is one that
//! the course's own claims are known to catch.

use std::ops::RangeInclusive;

use crate::claim::{Claim, Claims, SHARPNESS, Verdict};
use crate::error::{Error, Result};
use crate::lab::Lab;
use crate::number::number;
use crate::theorem::Theorem;

/// A task with its hints and its solution, all in the notation of statements.
pub struct Exercise {
    /// The name, which no other exercise of the theorem has.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What it counts.
    pub points: u32,
    /// What is to be done.
    pub asks: &'static str,
    /// From a nudge to nearly the whole way: shown one after the other.
    pub hints: &'static [&'static str],
    /// In paragraphs: the proof, or why the answer is what it is.
    pub solution: &'static [&'static str],
    /// What kind of answer there is.
    pub task: Task,
}

/// The kinds of exercise, by who judges the answer.
pub enum Task {
    /// A number, judged by the run of an experiment.
    Predict(Predict),
    /// A proof, which a person judges.
    Prove,
    /// A function, judged by claims.
    Check(Check),
    /// The line of a mistake.
    Mistake(Mistake),
}

/// A number that the reader says before the run that finds it.
pub struct Predict {
    /// The step before whose evidence it is asked.
    pub before: &'static str,
    /// To how many significant digits.
    pub digits: u32,
    /// Makes one claim, whose measured number is the key. As a claim it is held against what the theorem predicts.
    pub claim: fn(&Lab, &mut Claims) -> Result<()>,
}

/// A function that the reader writes. One file holds what is given, what is hidden and the claims that judge, so that the
/// compiler and the tests see all of it: a module `stub` and a module `solution`, each with the function; `fn call`, which
/// hands numbers to the function and takes numbers back; and the judge. See [`Check::stub_text`].
pub struct Check {
    /// The name of the function.
    pub function: &'static str,
    /// The text of the file.
    pub text: &'static str,
    /// `call` of the stub.
    pub stub: fn(&[Vec<f64>]) -> Vec<f64>,
    /// `call` of the solution.
    pub solution: fn(&[Vec<f64>]) -> Vec<f64>,
    /// What the function must do.
    pub judge: fn(&mut Answer, &mut Claims) -> Result<()>,
}

/// A mistake from the course's collection of faults, put into a function that the book shows.
pub struct Mistake {
    /// Its name in that collection.
    pub fault: &'static str,
    /// The step or control of the theorem whose claims catch it.
    pub caught_by: &'static str,
    /// One of the theorem's sources.
    pub file: &'static str,
    /// The function, which no other in the file is called like.
    pub function: &'static str,
    /// What stands in the function, once.
    pub find: &'static str,
    /// What is put there.
    pub put: &'static str,
}

/// From lists of numbers, the arguments of a function, to the numbers that it says.
pub type Call<'a> = dyn FnMut(&[Vec<f64>]) -> Result<Vec<f64>> + 'a;

/// The function that is judged: a solution in this program, or the reader's in another.
pub struct Answer<'a>(&'a mut Call<'a>);

impl<'a> Answer<'a> {
    /// Asks this function.
    pub fn new(call: &'a mut Call<'a>) -> Self {
        Answer(call)
    }

    /// What the function says to these arguments. An error if that is not N numbers.
    pub fn call<const N: usize>(&mut self, arguments: &[&[f64]]) -> Result<[f64; N]> {
        let arguments: Vec<Vec<f64>> = arguments.iter().map(|argument| argument.to_vec()).collect();
        let numbers = (self.0)(&arguments)?;
        numbers
            .try_into()
            .map_err(|numbers: Vec<f64>| Error::input(format!("the answer has length {}, not {N}", numbers.len())))
    }
}

/// Exercises for [`Theorem::exercises`], where something reads them: not in a browser, see [`crate::theorem::sources`].
pub const fn exercises(all: &'static [Exercise]) -> &'static [Exercise] {
    if cfg!(target_family = "wasm") { &[] } else { all }
}

impl Task {
    /// The kind, in a word or three.
    pub fn word(&self) -> &'static str {
        match self {
            Task::Predict(_) => "predict",
            Task::Prove => "prove",
            Task::Check(_) => "check",
            Task::Mistake(_) => "find the mistake",
        }
    }
}

impl Predict {
    /// The claim whose measured number is the key. An error if it is not one claim that holds, or not sharp enough to tell
    /// whether an answer is right to so many digits.
    pub fn key(&self, lab: &Lab) -> Result<Claim> {
        let mut claims = Claims::default();
        (self.claim)(lab, &mut claims)?;
        let mut made = claims.iter();
        let (Some(key), None) = (made.next(), made.next()) else {
            return Err(Error::course(format!("a key is one claim, not {}", claims.iter().len())));
        };
        if key.verdict() != Verdict::Holds {
            return Err(Error::course(format!(
                "the key '{}' does not hold: {:e} where {:e} is predicted, up to {:.0e}",
                key.what,
                key.measured,
                key.predicted,
                key.slack.total()
            )));
        }
        let allowed = SHARPNESS * self.half_unit(key);
        if key.slack.total() > allowed {
            return Err(Error::course(format!(
                "the key '{}' is known to {:.0e}; {} digits need {allowed:.0e}",
                key.what,
                key.slack.total(),
                self.digits
            )));
        }
        Ok(key.clone())
    }

    /// Whether an answer is the key, rounded to the digits asked for or better.
    pub fn accepts(&self, key: &Claim, answer: f64) -> bool {
        (answer - key.measured).abs() <= self.half_unit(key) + key.slack.total()
    }

    /// The key to the digits asked for.
    pub fn shown(&self, key: &Claim) -> String {
        // `number` shows two digits more than a slack of a whole unit would let stand.
        number(key.measured, 100.0 * self.half_unit(key))
    }

    /// Half a unit of the last digit asked for; zero for a key that is zero, which has no digits.
    fn half_unit(&self, key: &Claim) -> f64 {
        let rounded = format!("{:.*e}", self.digits as usize - 1, key.measured);
        let exponent: i32 = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
        let half = format!("5e{}", exponent - self.digits as i32).parse().unwrap_or(0.0);
        if key.measured == 0.0 { 0.0 } else { half }
    }
}

impl Check {
    /// What the reader begins with: the module `stub`.
    pub fn stub_text(&self) -> Option<String> {
        module(self.text, "stub")
    }

    /// What solves it: the module `solution`.
    pub fn solution_text(&self) -> Option<String> {
        module(self.text, "solution")
    }

    /// The function `call`, whose first argument is the reader's function.
    pub fn call_text(&self) -> Option<&'static str> {
        block(self.text, "fn call(")
    }

    /// The head of the function, on one line: what it takes and gives.
    pub fn signature(&self) -> Option<String> {
        let stub = self.stub_text()?;
        let from = stub.find(&format!("pub fn {}(", self.function))?;
        let head = stub[from..].split(" {\n").next()?;
        Some(head.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A program that answers each line of arguments with a line of numbers, by the function in the file of this path.
    /// Arguments stand between semicolons; an answer begins with `= `, so that the function may print what it likes. It ends
    /// with whoever asks, even within a function that does not.
    pub fn program(&self, path: &str) -> Option<String> {
        let Check { function, .. } = self;
        let call = self.call_text()?;
        Some(format!(
            r#"#[path = {path:?}]
mod answer;

{call}

fn answers(lines: std::sync::mpsc::Receiver<String>) {{
    for line in lines {{
        let numbers = |list: &str| list.split_whitespace().map(|x| x.parse().expect("a number")).collect();
        let arguments: Vec<Vec<f64>> = line.split(';').map(numbers).collect();
        let numbers: Vec<String> = call(answer::{function}, &arguments).iter().map(f64::to_string).collect();
        println!("\n= {{}}", numbers.join(" "));
    }}
}}

fn main() {{
    std::panic::set_hook(Box::new(|panic| {{
        let payload = panic.payload();
        let says = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(|says| &says[..]));
        let here = panic.location().filter(|at| at.file() == {path:?}).map(|at| format!("line {{}}: ", at.line()));
        eprintln!("{{}}{{}}", here.unwrap_or_default(), says.unwrap_or("it panics"));
        std::process::exit(101)
    }}));
    let (sender, lines) = std::sync::mpsc::channel();
    let function = std::thread::Builder::new().name("answer".to_string()).stack_size(8 << 20);
    function.spawn(|| answers(lines)).expect("there is a thread");
    for line in std::io::stdin().lines() {{
        sender.send(line.expect("arguments are text")).expect("somebody answers");
    }}
    // Nobody asks any more: a function that does not end need not.
    std::process::exit(0)
}}
"#
        ))
    }

    /// Has the function judged.
    pub fn judged(&self, call: &mut Call) -> Result<Claims> {
        let mut claims = Claims::default();
        (self.judge)(&mut Answer::new(call), &mut claims.of_fixed_data())?;
        Ok(claims)
    }
}

impl Mistake {
    /// The function with the mistake in it, and its lines, counted from 1. An error if it is not there.
    pub fn code(&self, theorem: &Theorem) -> Result<(String, RangeInclusive<usize>)> {
        let Mistake { file, function, find, put, .. } = self;
        let wrong = |what: String| Error::course(format!("{file}: {what}"));
        let text = theorem.sources.iter().find(|(name, _)| name == file).map(|(_, text)| *text);
        let text = text.ok_or_else(|| wrong(format!("no source of {}", theorem.id)))?;
        let code = function_in(text, function).ok_or_else(|| wrong(format!("not one function {function}")))?;
        let mut places = code.match_indices(find);
        let (Some((at, _)), None) = (places.next(), places.next()) else {
            return Err(wrong(format!("'{find}' does not stand in {function} once")));
        };
        let first = code[..at].lines().count().max(1);
        let last = first + put.lines().count().max(1) - 1;
        Ok((code.replacen(find, put, 1), first..=last))
    }
}

/// Lines with their numbers, from 1.
pub fn numbered(code: &str) -> String {
    code.lines().enumerate().map(|(i, line)| format!("{:>4}  {line}\n", i + 1)).collect()
}

/// The function of this name with its attributes and comments, moved to the margin, if there is one and no other.
fn function_in(text: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub(super) ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
        let line = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("fn ");
        line.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let mut found = (0..lines.len()).filter(|&i| begins(lines[i]));
    let (at, None) = (found.next()?, found.next()) else { return None };
    let depth = lines[at].len() - lines[at].trim_start().len();
    let above = lines[..at].iter().rev().take_while(|line| line.trim_start().starts_with(['/', '#'])).count();
    let end = lines[at..].iter().position(|line| *line == format!("{}}}", &lines[at][..depth]))?;
    let moved: Vec<&str> = lines[at - above..=at + end].iter().map(|line| line.get(depth..).unwrap_or("")).collect();
    Some(moved.join("\n"))
}

/// What stands in a module at the margin, moved there itself.
fn module(text: &str, name: &str) -> Option<String> {
    let block = block(text, &format!("pub mod {name} {{"))?;
    let inside = block.lines().skip(1).filter(|line| *line != "}");
    Some(inside.map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect())
}

/// From the line at the margin that begins like this to the brace at the margin that closes it.
fn block<'a>(text: &'a str, begins: &str) -> Option<&'a str> {
    let from = if text.starts_with(begins) { 0 } else { text.find(&format!("\n{begins}"))? + 1 };
    let to = text[from..].find("\n}\n")?;
    Some(&text[from..from + to + 2])
}

/// Mistakes in the exercises of a theorem, a sentence each.
pub(crate) fn mistakes(theorem: &Theorem) -> Vec<String> {
    theorem.exercises.iter().flat_map(|exercise| of_exercise(theorem, exercise)).collect()
}

fn of_exercise(theorem: &Theorem, exercise: &Exercise) -> Vec<String> {
    let Exercise { id, points, hints, solution, .. } = exercise;
    let mut what = Vec::new();
    if *points == 0 {
        what.push("counts no points".to_string());
    }
    if solution.is_empty() {
        what.push("has no solution".to_string());
    }
    match &exercise.task {
        Task::Predict(Predict { before, digits, .. }) => {
            if theorem.step(before).is_none() {
                what.push(format!("is asked before '{before}', which is no step"));
            }
            if !(1..=9).contains(digits) {
                what.push(format!("asks for {digits} digits, not 1 to 9"));
            }
        }
        Task::Prove if hints.is_empty() => what.push("has no hint".to_string()),
        Task::Prove => {}
        Task::Check(check) => {
            let head = format!("pub fn {}(", check.function);
            let parts = [("stub", check.stub_text()), ("solution", check.solution_text())];
            let lacks = |(name, text): (&str, Option<String>)| {
                let lacks = !text.is_some_and(|text| text.lines().any(|line| line.starts_with(&head)));
                lacks.then(|| format!("has no `{head}` in a module `{name}` of its file"))
            };
            what.extend(parts.into_iter().filter_map(lacks));
            if check.call_text().is_none() {
                what.push("has no `fn call(` in its file".to_string());
            }
        }
        Task::Mistake(mistake) => {
            if theorem.step(mistake.caught_by).is_none() && theorem.control(mistake.caught_by).is_none() {
                what.push(format!("is caught by '{}', which is no step or control", mistake.caught_by));
            }
            what.extend(mistake.code(theorem).err().map(|error| format!("shows a mistake that is not there: {error}")));
        }
    }
    what.into_iter().map(|what| format!("the exercise '{id}' {what}")).collect()
}

/// The texts of a theorem's exercises, each with a name for messages.
pub(crate) fn texts(theorem: &Theorem) -> impl Iterator<Item = (String, &'static str)> + use<> {
    theorem.exercises.iter().flat_map(|exercise| {
        let Exercise { id, title, asks, hints, solution, .. } = exercise;
        let several = |what: &'static str, texts: &'static [&'static str]| {
            texts.iter().map(move |text| (format!("{what} of the exercise '{id}'"), *text))
        };
        [(format!("the title of the exercise '{id}'"), *title), (format!("the exercise '{id}'"), *asks)]
            .into_iter()
            .chain(several("a hint", hints))
            .chain(several("the solution", solution))
    })
}

/// The names of a theorem's exercises.
pub(crate) fn names(theorem: &Theorem) -> Vec<&'static str> {
    theorem.exercises.iter().map(|exercise| exercise.id).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::claim::Slack;

    fn predict(digits: u32, claim: fn(&Lab, &mut Claims) -> Result<()>) -> (Predict, Result<Claim>) {
        let predict = Predict { before: "", digits, claim };
        let key = predict.key(&Lab::new(crate::seed::Seed(1)));
        (predict, key)
    }

    /// A key is right to the digits asked for if it is the answer rounded, or better.
    #[rstest]
    #[case(0.22, false)]
    #[case(0.23, true)]
    #[case(0.2311, true)]
    #[case(0.24, false)]
    #[case(-0.23, false)]
    #[case(f64::NAN, false)]
    fn an_answer_is_rounded(#[case] answer: f64, #[case] accepted: bool) {
        let (predict, key) = predict(2, |_, c| {
            c.equal("x", 0.2310490601866, 0.2310490601866, Slack::rounding(4.0, 1.0));
            Ok(())
        });
        let key = key.unwrap();
        assert_eq!(predict.accepts(&key, answer), accepted);
        assert_eq!(predict.shown(&key), "0.23");
    }

    #[test]
    fn a_key_is_one_claim_that_is_sharp() {
        let (_, none) = predict(2, |_, _| Ok(()));
        assert_eq!(none.unwrap_err().to_string(), "a key is one claim, not 0");
        let (_, false_) = predict(2, |_, c| {
            c.equal("x", 1.0, 1.1, Slack::rounding(4.0, 1.0));
            Ok(())
        });
        assert!(false_.unwrap_err().to_string().starts_with("the key 'x' does not hold"));
        // Good to five thousandths, where the third digit needs five hundred-thousandths.
        let (_, blunt) = predict(3, |_, c| {
            c.equal("x", 1.0, 1.0, Slack::next_term(5e-3, 1.0));
            Ok(())
        });
        assert_eq!(blunt.unwrap_err().to_string(), "the key 'x' is known to 5e-3; 3 digits need 5e-5");
    }

    const FILE: &str = "\
impl A {
    /// What it is.
    #[inline]
    pub fn twice(&self) -> f64 {
        let x = self.x;
        2.0 * x
    }
}

fn other() {}
";

    #[test]
    fn a_function_is_cut_out_with_its_comment() {
        let cut = "/// What it is.\n#[inline]\npub fn twice(&self) -> f64 {\n    let x = self.x;\n    2.0 * x\n}";
        assert_eq!(function_in(FILE, "twice").as_deref(), Some(cut));
        assert_eq!(function_in(FILE, "thrice"), None);
        assert_eq!(function_in(&format!("{FILE}{FILE}"), "twice"), None);
    }

    #[test]
    fn a_file_gives_its_parts() {
        let file = "pub mod stub {\n    pub fn f() {\n        todo!()\n    }\n}\n\nfn call(f: fn()) {\n    f()\n}\n";
        assert_eq!(module(file, "stub").as_deref(), Some("pub fn f() {\n    todo!()\n}\n"));
        assert_eq!(block(file, "fn call("), Some("fn call(f: fn()) {\n    f()\n}"));
        assert_eq!(module(file, "solution"), None);
    }
}
