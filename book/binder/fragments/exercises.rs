//! What the reader does alone: the question, the hints one within the other, and the solution behind a fold.

use std::fmt::Write;

use theoremcheck::exercise::{Exercise, Mistake, Task, numbered};
use theoremcheck::notation::escape;
use theoremcheck::number::typeset;
use theoremcheck::theorem::Theorem;

use super::{Press, Set};
use crate::Checked;
use crate::manuscript::Page;
use crate::places::anchor;

impl Press<'_> {
    pub(super) fn exercise(&self, page: &Page, theorem: &Theorem, exercise: &Exercise, checked: &Checked) -> Set {
        let Exercise { id, title, points, asks, task, .. } = exercise;
        let title = self.words.fill("Exercise: {title}.", &[("title", &self.formulas.label(title)?)]);
        let points = match points {
            1 => self.words.say("1 point").to_string(),
            n => self.words.fill("{points} points", &[("points", &n.to_string())]),
        };
        let kind = match task {
            Task::Predict(predict) => {
                self.words.fill("predict, significant digits: {digits}", &[("digits", &predict.digits.to_string())])
            }
            Task::Prove | Task::Check(_) | Task::Mistake(_) => self.words.say(task.word()).to_string(),
        };
        let head = format!(
            "<div class=\"box exercise\" id=\"{}\"><p><strong>{title}</strong> {}</p><p class=\"facts\">{kind} · {points}</p>",
            anchor(theorem, &format!("exercise.{id}")),
            self.formulas.label(asks)?,
        );
        let given = match task {
            // The answer is the number of a line.
            Task::Mistake(mistake) => {
                let code = mistake.code(theorem).map_err(|error| error.to_string())?.0;
                format!("```text\n{}```", numbered(&code))
            }
            Task::Check(check) => rust(&check.stub_text().unwrap_or_default()),
            Task::Predict(_) | Task::Prove => String::new(),
        };
        let solution = [self.key(page, theorem, task, checked)?, self.paragraphs(exercise.solution)?].join("\n\n");
        let parts = [
            head,
            given,
            self.command_of(theorem, exercise).map(|line| format!("```text\n{line}\n```")).unwrap_or_default(),
            self.hints(exercise.hints)?,
            self.fold("Solution", solution.trim()),
            "</div>".to_string(),
        ];
        Ok(parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n"))
    }

    /// What the reader types to begin, or to answer; a proof needs no command.
    fn command_of(&self, theorem: &Theorem, exercise: &Exercise) -> Option<String> {
        let name = format!("{}::{}", theorem.id, exercise.id);
        let command = self.manuscript.command;
        match exercise.task {
            Task::Predict(_) => Some(format!("{command} exercise check {name} --answer NUMBER")),
            Task::Mistake(_) => Some(format!("{command} exercise check {name} --answer LINE")),
            Task::Check(_) => Some(format!("{command} exercise start {name}")),
            Task::Prove => None,
        }
    }

    /// Each within the one before.
    fn hints(&self, hints: &[&str]) -> Set {
        let mut out = String::new();
        for (i, hint) in hints.iter().enumerate() {
            let number = self.words.fill("Hint {number}", &[("number", &(i + 1).to_string())]);
            let _ = write!(out, "<details><summary>{number}</summary><p>{}</p>", self.formulas.label(hint)?);
        }
        Ok(out + &"</details>".repeat(hints.len()))
    }

    /// The answer itself, where it is short.
    fn key(&self, page: &Page, theorem: &Theorem, task: &Task, checked: &Checked) -> Set {
        Ok(match task {
            Task::Predict(predict) => {
                let key = predict.key(&checked.lab).map_err(|error| error.to_string())?;
                format!("<p><span class=\"measured\">{}</span></p>", typeset(&predict.shown(&key)))
            }
            Task::Check(check) => rust(&check.solution_text().unwrap_or_default()),
            Task::Mistake(mistake) => {
                let lines = mistake.code(theorem).map_err(|error| error.to_string())?.1;
                let Mistake { find, put, caught_by, .. } = mistake;
                let code = |text: &str| format!("<code>{}</code>", escape(text));
                let said = self.words.fill(
                    "Line {line}: {wrong} should be {right}, as {part} notices.",
                    &[
                        ("line", &lines.start().to_string()),
                        ("wrong", &code(put)),
                        ("right", &code(find)),
                        ("part", &self.link(page, theorem, caught_by)),
                    ],
                );
                format!("<p>{said}</p>")
            }
            Task::Prove => String::new(),
        })
    }

    fn paragraphs(&self, texts: &[&str]) -> Set {
        let paragraph = |text: &&str| Ok(format!("<p>{}</p>", self.formulas.label(text)?));
        texts.iter().map(paragraph).collect()
    }

    fn fold(&self, summary: &'static str, inside: &str) -> String {
        format!("<details><summary>{}</summary>\n\n{inside}\n\n</details>", self.words.say(summary))
    }
}

fn rust(code: &str) -> String {
    format!("```rust\n{}\n```", code.trim_end())
}
