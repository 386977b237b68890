//! Where everything stands in the book, and whether everything stands where it should.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use theoremcheck::course::Course;
use theoremcheck::exercise::{Exercise, Predict, Task};
use theoremcheck::live::Live;
use theoremcheck::theorem::{Control, Figure, Step, Theorem};

use crate::bibliography::Bibliography;
use crate::fragments::standings::STANDINGS;
use crate::manuscript::{Page, What};
use crate::problem::{Problem, Result};

/// Where the theorems' parts stand, by anchor.
pub struct Places {
    pages: HashMap<String, PathBuf>,
    /// The steps of each theorem are counted in the order in which the book has them.
    steps: HashMap<String, usize>,
}

/// `max-margin::support-vectors-dominate` as an anchor: a colon has a meaning in style sheets and file names.
pub fn anchor(theorem: &Theorem, part: &str) -> String {
    format!("{}.{part}", theorem.id)
}

/// A theorem, or a part of one, as a directive names it.
pub enum Named<'a> {
    Statement(&'static Theorem),
    Hypotheses(&'static Theorem),
    Step(&'static Theorem, &'static Step),
    Evidence(&'static Theorem, &'static Step),
    Control(&'static Theorem, &'static Control),
    /// The evidence of a control.
    Instead(&'static Theorem, &'static Control),
    Figure(&'static Theorem, &'static Figure),
    Live(&'static Theorem, &'static Live),
    Exercise(&'static Theorem, &'static Exercise),
    /// With the options that follow it.
    Run(&'static Theorem, &'a str),
}

impl<'a> Named<'a> {
    /// What `{{#name argument}}` names in the course; none if that is not for the course to say.
    pub fn find(course: &Course, name: &str, argument: &'a str) -> std::result::Result<Option<Named<'a>>, String> {
        if !["statement", "hypotheses", "step", "evidence", "control", "figure", "live", "exercise", "run"]
            .contains(&name)
        {
            return Ok(None);
        }
        let (argument, options) = argument.split_once(' ').unwrap_or((argument, ""));
        let (theorem, part) = argument.split_once("::").unwrap_or((argument, ""));
        let Some(theorem) = course.theorem(theorem) else {
            return Err(format!("no theorem is called {theorem}; the course has {}", list(course.theorems, |t| t.id)));
        };
        let unknown = |what: &str, all: String| format!("{} has no {what} {part}; it has {all}", theorem.id);
        let step =
            || theorem.step(part).ok_or_else(|| unknown("step", list(&theorem.steps().collect::<Vec<_>>(), |s| s.id)));
        let control = || {
            let all = list(theorem.controls, |c| c.without).replace(", ", ", without-");
            theorem.control(part).ok_or_else(|| unknown("control", format!("without-{all}")))
        };
        let figure = || theorem.figure(part).ok_or_else(|| unknown("figure", list(theorem.figures, |f| f.id)));
        let live = || theorem.live(part).ok_or_else(|| unknown("live figure", list(theorem.live, |l| l.id)));
        let exercise = || theorem.exercise(part).ok_or_else(|| unknown("exercise", list(theorem.exercises, |e| e.id)));
        Ok(Some(match name {
            "statement" => Named::Statement(theorem),
            "hypotheses" => Named::Hypotheses(theorem),
            "step" => Named::Step(theorem, step()?),
            "evidence" => match theorem.control(part) {
                Some(control) => Named::Instead(theorem, control),
                None => Named::Evidence(theorem, step()?),
            },
            "control" => Named::Control(theorem, control()?),
            "live" => Named::Live(theorem, live()?),
            "exercise" => Named::Exercise(theorem, exercise()?),
            "run" if theorem.on_data.is_none() => return Err(format!("{} has no run", theorem.id)),
            "run" => Named::Run(theorem, options.trim()),
            _ => Named::Figure(theorem, figure()?),
        }))
    }

    pub fn theorem(&self) -> &'static Theorem {
        match self {
            Named::Statement(theorem)
            | Named::Hypotheses(theorem)
            | Named::Step(theorem, _)
            | Named::Evidence(theorem, _)
            | Named::Control(theorem, _)
            | Named::Instead(theorem, _)
            | Named::Figure(theorem, _)
            | Named::Live(theorem, _)
            | Named::Exercise(theorem, _)
            | Named::Run(theorem, _) => theorem,
        }
    }

    /// What the registry cites there.
    fn cites(&self) -> Vec<&'static str> {
        match self {
            Named::Statement(theorem) => theorem.cites.to_vec(),
            Named::Step(_, step) => step.standing.cites().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Where it stands; the evidence stands under its step, and the hypotheses under their theorem.
    fn anchor(&self) -> Option<String> {
        match self {
            Named::Statement(theorem) => Some(anchor(theorem, "statement")),
            Named::Step(theorem, step) => Some(anchor(theorem, step.id)),
            Named::Control(theorem, control) => Some(anchor(theorem, &control.id())),
            Named::Figure(theorem, figure) => Some(anchor(theorem, figure.id)),
            Named::Live(theorem, live) => Some(anchor(theorem, live.id)),
            Named::Exercise(theorem, exercise) => Some(anchor(theorem, &format!("exercise.{}", exercise.id))),
            Named::Hypotheses(_) | Named::Evidence(..) | Named::Instead(..) | Named::Run(..) => None,
        }
    }
}

fn list<T>(all: &[T], name: impl Fn(&T) -> &'static str) -> String {
    all.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl Places {
    /// Every directive names something that exists; steps, evidence, controls and exercises stand exactly once, and what is
    /// to be predicted is asked before it is shown.
    pub fn of(
        course: &'static Course,
        notes: &[(&str, &str)],
        pages: &[Page],
        references: &Bibliography,
        summary: &str,
    ) -> Result<Places> {
        let mut met = Met::new();
        let (mut places, mut steps) = (HashMap::new(), HashMap::new());
        for page in pages {
            under_its_title(course, page)?;
            stands_without_code(page)?;
            for (name, argument, line) in page.directives() {
                let problem = |message: String| page.problem(line, message);
                match (Named::find(course, name, argument).map_err(problem)?, name) {
                    (Some(named), _) => {
                        for key in named.cites() {
                            let unknown = |message: String| problem(format!("{argument}: {message}"));
                            references.cited(key).map_err(unknown)?;
                        }
                        if let Named::Step(theorem, step) = named {
                            let before =
                                theorem.steps().filter(|step| steps.contains_key(&anchor(theorem, step.id))).count();
                            steps.insert(anchor(theorem, step.id), before + 1);
                        }
                        if let Some(anchor) = named.anchor() {
                            places.insert(anchor, page.html());
                        }
                        if let Named::Evidence(theorem, step) = named
                            && let Some(late) = asked_before(theorem, step).find(|e| {
                                let asked = format!("{}::{}", theorem.id, e.id);
                                !met.keys().any(|(name, argument)| *name == "exercise" && **argument == *asked)
                            })
                        {
                            let asked = format!("{{{{#exercise {}::{}}}}}", theorem.id, late.id);
                            return Err(problem(format!("{asked} asks what this shows: it has to stand before")));
                        }
                        if let Named::Hypotheses(theorem) = named {
                            let ids =
                                theorem.hypotheses.iter().map(|hypothesis| format!("hypothesis.{}", hypothesis.id));
                            places.extend(ids.map(|id| (anchor(theorem, &id), page.html())));
                        }
                    }
                    (None, "cite") => references.cited(argument).map(|_| ()).map_err(problem)?,
                    (None, "bibliography") => {
                        let keys = references.entries().iter().map(|entry| format!("ref.{}", entry.key));
                        places.extend(keys.map(|anchor| (anchor, page.html())));
                    }
                    (None, "notes") => {
                        places.extend(notes.iter().map(|(id, _)| (format!("notes.{id}"), page.html())));
                    }
                    (None, "map") => {
                        places
                            .extend(course.theorems.iter().map(|theorem| (format!("map.{}", theorem.id), page.html())));
                    }
                    (None, "standings") if argument.is_empty() => {}
                    (None, "standings") => {
                        if !STANDINGS.iter().any(|(name, ..)| *name == argument) {
                            let all = list(&STANDINGS, |(name, ..)| name);
                            return Err(problem(format!("no standing is called {argument}; there are {all}")));
                        }
                        places.insert(format!("standing.{argument}"), page.html());
                    }
                    (None, "qed" | "code" | "formulas" | "sheets" | "speaker" | "/speaker") => {}
                    (None, _) => return Err(problem(format!("there is no directive {{{{#{name}}}}}"))),
                }
                if let "cite" | "qed" | "speaker" | "/speaker" = name {
                    continue;
                }
                // A run stands once, with whatever options.
                let key = if name == "run" { argument.split(' ').next().unwrap_or_default() } else { argument };
                if let Some((first, at)) = met.insert((name, key), (page, line)) {
                    let first = &first.file;
                    let directive = format!("{name} {key}");
                    let directive = directive.trim_end();
                    return Err(problem(format!("{{{{#{directive}}}}} stands here again: first at {first}:{at}")));
                }
            }
        }
        course.theorems.iter().try_for_each(|theorem| stands_whole(theorem, notes, &met, summary))?;
        let cites = course.theorems.iter().any(|theorem| !theorem.cites.is_empty());
        if cites && !met.contains_key(&("bibliography", "")) {
            let message = "no page holds the references: list one here, [Bibliography](bibliography.md), \
                           and write {{#bibliography}} in that file";
            return Err(Problem::of_file(summary, message));
        }
        Ok(Places { pages: places, steps })
    }

    /// Whether an anchor stands anywhere.
    pub fn has(&self, anchor: &str) -> bool {
        self.pages.contains_key(anchor)
    }

    /// Which of the steps of its theorem a step is.
    pub fn number(&self, theorem: &Theorem, step: &Step) -> usize {
        self.steps[&anchor(theorem, step.id)]
    }

    /// A link from a page to an anchor of the course.
    pub fn href(&self, from: &Page, anchor: &str) -> String {
        match self.pages.get(anchor) {
            Some(to) => href(from, to, anchor),
            None => format!("#{anchor}"),
        }
    }
}

/// Where each directive was met first, by its name and argument.
type Met<'a> = HashMap<(&'a str, &'a str), (&'a Page, usize)>;

/// Every part of a theorem stands in the book, and every claim of the notes that it answers is one.
fn stands_whole(theorem: &'static Theorem, notes: &[(&str, &str)], met: &Met, summary: &str) -> Result<()> {
    let home = met.get(&("statement", theorem.id));
    let missing = |name: &str, argument: String| {
        let message = format!("{argument} is registered and stands nowhere: write {{{{#{name} {argument}}}}}");
        match home {
            Some((page, line)) => page.problem(*line, message),
            None => Problem::of_file(summary, message),
        }
    };
    let stands = |name: &str, argument: String| {
        if met.contains_key(&(name, argument.as_str())) { Ok(()) } else { Err(missing(name, argument)) }
    };
    stands("statement", theorem.id.to_string())?;
    stands("hypotheses", theorem.id.to_string())?;
    for step in theorem.steps() {
        stands("step", format!("{}::{}", theorem.id, step.id))?;
        stands("evidence", format!("{}::{}", theorem.id, step.id))?;
    }
    for control in theorem.controls {
        stands("control", format!("{}::{}", theorem.id, control.id()))?;
        stands("evidence", format!("{}::{}", theorem.id, control.id()))?;
    }
    for figure in theorem.figures {
        stands("figure", format!("{}::{}", theorem.id, figure.id))?;
    }
    for live in theorem.live {
        stands("live", format!("{}::{}", theorem.id, live.id))?;
    }
    for exercise in theorem.exercises {
        stands("exercise", format!("{}::{}", theorem.id, exercise.id))?;
    }
    if theorem.on_data.is_some() {
        stands("run", theorem.id.to_string())?;
    }
    if let Some((step, id)) = answers(theorem).find(|(_, id)| !notes.iter().any(|(known, _)| known == id)) {
        let message = format!("{}::{} answers {id}, which is no claim of the notes", theorem.id, step.id);
        return Err(Problem::of_file(summary, message));
    }
    Ok(())
}

/// The text of a control stands between its directive and its evidence: what comes after that, up to the next title, would
/// be read, and shown on slides, as if it belonged to it.
fn under_its_title(course: &Course, page: &Page) -> Result<()> {
    for (part, next) in page.parts.iter().zip(page.parts.iter().skip(1).map(Some).chain([None])) {
        let What::Directive { name, argument } = &part.what else { continue };
        if !matches!(Named::find(course, name, argument), Ok(Some(Named::Instead(..)))) {
            continue;
        }
        let after = &page.text[part.range.end..next.map_or(page.text.len(), |next| next.range.start)];
        let goes_on = next.is_some_and(|next| match &next.what {
            What::Directive { name, .. } => ["cite", "qed", "code"].contains(&name.as_str()),
            what => !matches!(what, What::Heading),
        });
        if goes_on || !after.trim().is_empty() {
            let line = part.line + after.lines().take_while(|line| line.trim().is_empty()).count();
            let message = format!(
                "this stands under the title of {argument}: write it above its evidence, or below another title"
            );
            return Err(page.problem(line, message));
        }
    }
    Ok(())
}

/// Handouts and slides have no code: a sentence that ends in it would end in nothing there.
fn stands_without_code(page: &Page) -> Result<()> {
    for part in &page.parts {
        let before = page.text[..part.range.start].trim_end();
        if matches!(&part.what, What::Directive { name, .. } if name == "code") && before.ends_with(':') {
            let message = "the sentence above announces code, which handouts and slides leave out: end it with a stop";
            return Err(page.problem(part.line, message));
        }
    }
    Ok(())
}

/// The predictions that are asked before the evidence of a step.
fn asked_before(theorem: &'static Theorem, step: &'static Step) -> impl Iterator<Item = &'static Exercise> {
    let is_before =
        |exercise: &&Exercise| matches!(&exercise.task, Task::Predict(Predict { before, .. }) if *before == step.id);
    theorem.exercises.iter().filter(is_before)
}

/// The claims of the notes that a theorem's steps answer.
pub fn answers(theorem: &'static Theorem) -> impl Iterator<Item = (&'static Step, &'static str)> {
    theorem.steps().flat_map(|step| step.notes.iter().map(move |id| (step, *id)))
}

/// A link from a page to an anchor on a page.
pub fn href(from: &Page, to: &Path, anchor: &str) -> String {
    if from.html() == to {
        return format!("#{anchor}");
    }
    format!("{}{}#{anchor}", to_root(from), to.display().to_string().replace('\\', "/"))
}

/// "../" for every directory that a page is in.
pub fn to_root(page: &Page) -> String {
    "../".repeat(page.path.components().count().saturating_sub(1))
}
