//! What the directives become: HTML, and Markdown where code is to be highlighted.
//!
//! A block of HTML in Markdown ends at the first blank line, so no fragment has one inside.

mod exercises;
mod live;
mod map;
mod on_data;
mod sheet;
mod sheets;
pub mod standings;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::fs;
use std::iter::once;
use std::path::{Path, PathBuf};

use theoremcheck::claim::{Claim, Claims, Relation, Verdict, Why};
use theoremcheck::course::Course;
use theoremcheck::error::Error;
use theoremcheck::evidence::Broken;
use theoremcheck::figure::{self, Plot};
use theoremcheck::live::Shown;
use theoremcheck::notation::{ABBREVIATIONS, escape, unicode};
use theoremcheck::report::{Row, worst};
use theoremcheck::theorem::{Control, Figure, Kind, Standing, Step, Theorem};

use crate::bibliography::{self, Bibliography};
use crate::functions::{Functions, Name, Source, Uses};
use crate::lecture::{self, Talk};
use crate::manuscript::{Page, Part, What};
use crate::math::{Formulas, together};
use crate::places::{Named, Places, anchor, answers, href, to_root};
use crate::problem::{Problem, Result};
use crate::reader;
use crate::words::Words;
use crate::{Checked, Manuscript};

/// A fragment, or what is wrong with it; the place of the directive is added where it is met.
type Set = std::result::Result<String, String>;

/// Sets the pages.
pub struct Press<'a> {
    course: &'static Course,
    manuscript: &'a Manuscript,
    checked: &'a [Checked],
    places: &'a Places,
    references: &'a Bibliography,
    formulas: &'a Formulas,
    words: &'a Words,
    functions: HashMap<&'static str, Functions>,
    /// By anchor.
    plots: HashMap<String, Plot>,
    /// The live figures with their defaults, by anchor.
    live: HashMap<String, Shown>,
    /// The anchors of the functions that have been shown: each is shown once, and linked to after.
    shown: RefCell<HashSet<String>>,
    /// Where each entry of the bibliography is cited: page and anchor.
    citations: RefCell<HashMap<String, Vec<(PathBuf, String)>>>,
    formula: Cell<usize>,
    /// The tables that forms may begin with, by their files.
    samples: RefCell<HashMap<String, String>>,
}

/// Stands for the bibliography until all citations are known.
const BIBLIOGRAPHY: &str = "\u{0}bibliography\u{0}";

impl<'a> Press<'a> {
    pub fn new(
        course: &'static Course,
        manuscript: &'a Manuscript,
        checked: &'a [Checked],
        places: &'a Places,
        references: &'a Bibliography,
        formulas: &'a Formulas,
        words: &'a Words,
    ) -> Result<Press<'a>> {
        let mut functions = HashMap::new();
        let mut plots = HashMap::new();
        let mut live = HashMap::new();
        for Checked { theorem, lab, .. } in checked {
            functions.insert(theorem.id, Functions::of(theorem)?);
            for figure in theorem.figures {
                let plot = (figure.draw)(lab).map_err(|error| {
                    Problem::of_file(main_file(theorem), format!("the figure {} gave no data: {error}", figure.id))
                })?;
                plots.insert(anchor(theorem, figure.id), plot);
            }
            for figure in theorem.live {
                let shown = figure.shown().map_err(|error| {
                    Problem::of_file(
                        main_file(theorem),
                        format!("the live figure {} shows nothing: {error}", figure.id),
                    )
                })?;
                live.insert(anchor(theorem, figure.id), shown);
            }
        }
        Ok(Press {
            course,
            manuscript,
            checked,
            places,
            references,
            formulas,
            words,
            functions,
            plots,
            live,
            shown: RefCell::default(),
            citations: RefCell::default(),
            formula: Cell::new(0),
            samples: RefCell::default(),
        })
    }

    /// A page with everything filled in, but for the bibliography.
    pub fn print(&self, page: &Page) -> Result<String> {
        let formulas = self.formulas;
        let talks = lecture::talks(page)?;
        page.fill(|part| {
            let Part { range, line, what } = part;
            let indent = indent(&page.text, range.start);
            // A block stands by itself, as deep in its list as it was written.
            let block =
                |html: String| format!("\n\n{indent}{}\n\n{indent}", html.replace('\n', &format!("\n{indent}")));
            Ok(match what {
                // The title of the page, and how long its lecture is.
                What::Heading if !talks.is_empty() && page.text[range.clone()].starts_with("# ") => {
                    Some(format!("{}{}", &page.text[range.clone()], block(self.minutes(&talks))))
                }
                What::Link(_) | What::Dollar | What::Heading => None,
                What::Inline { latex, tail } => Some(together(formulas.inline(latex), tail)),
                What::Display(latex) => {
                    self.formula.set(self.formula.get() + 1);
                    let number = self.formula.get();
                    Some(block(self.framed(number, Some(format!("formula.{number}")), latex)))
                }
                What::Directive { name, argument } => Some(match name.as_str() {
                    "cite" => self.cite(page, argument).map_err(|message| page.problem(*line, message))?,
                    "qed" => {
                        let spoken = self.words.say("end of proof");
                        format!("<span class=\"qed\"><span class=\"spoken\">{spoken}</span></span>")
                    }
                    "bibliography" => block(BIBLIOGRAPHY.to_string()),
                    "speaker" => block(self.talk(&talks, range.start)),
                    "/speaker" => block("</div>".to_string()),
                    "standings" => {
                        block(self.standings(page, argument).map_err(|message| page.problem(*line, message))?)
                    }
                    "map" => block(self.map(page).map_err(|message| page.problem(*line, message))?),
                    "formulas" => block(self.sheet(page)),
                    "sheets" => block(self.sheets(page).map_err(|message| page.problem(*line, message))?),
                    "code" => block(self.code_of(page, argument).map_err(|message| page.problem(*line, message))?),
                    "notes" => block(self.notes(page).map_err(|message| page.problem(*line, message))?),
                    _ => block(self.of_course(page, name, argument).map_err(|message| page.problem(*line, message))?),
                }),
            })
        })
    }

    /// Speaker notes up to their text: "Speaker notes, 5 min".
    fn speaker(&self, data: &str, says: &str) -> String {
        let notes = self.words.say("Speaker notes");
        format!(
            "<div class=\"speaker\"{data} role=\"note\" aria-label=\"{notes}\"><p><strong>{notes}</strong>, {says}</p>"
        )
    }

    fn time(&self, minutes: u32) -> String {
        self.words.fill("{n} min", &[("n", &minutes.to_string())])
    }

    fn lecture(&self, number: usize) -> String {
        self.words.fill("Lecture {n}", &[("n", &number.to_string())])
    }

    /// The notes that begin here; where a lecture ended before them, they say so.
    fn talk(&self, talks: &[Talk], start: usize) -> String {
        let at = talks.iter().position(|talk| talk.start == start).expect("every note is a talk");
        let Talk { minutes, lecture, .. } = talks[at];
        let is_next = at > 0 && talks[at - 1].lecture < lecture;
        let begins = if is_next { format!("{}: ", self.lecture(lecture)) } else { String::new() };
        self.speaker(&format!(" data-minutes=\"{minutes}\""), &format!("{begins}{}", self.time(minutes)))
    }

    /// What the speaker notes of a page add up to, the part of each section, and how they fall into lectures.
    fn minutes(&self, talks: &[Talk]) -> String {
        let sum = |talks: &[Talk]| self.time(talks.iter().map(|talk| talk.minutes).sum());
        let of_section = |talk: &Talk| format!("{} {}", escape(&talk.section), self.time(talk.minutes));
        let parts = |talks: &[Talk]| talks.iter().map(of_section).collect::<Vec<_>>().join(" · ");
        let lectures: Vec<&[Talk]> = talks.chunk_by(|one, next| one.lecture == next.lecture).collect();
        let says = match lectures[..] {
            [all] => parts(all),
            _ => {
                let of = |(k, talks): (usize, &&[Talk])| {
                    format!("{}, {}: {}", self.lecture(k + 1), sum(talks), parts(talks))
                };
                lectures.iter().enumerate().map(of).collect::<Vec<_>>().join("; ")
            }
        };
        self.speaker("", &format!("{}: {says}", sum(talks))) + "</div>"
    }

    fn of_course(&self, page: &Page, name: &str, argument: &str) -> Set {
        let named = Named::find(self.course, name, argument)?.ok_or_else(|| format!("{name} names nothing"))?;
        let of_theorem = |checked: &&Checked| checked.theorem.id == named.theorem().id;
        let checked = self.checked.iter().find(of_theorem).expect("every theorem of the course was checked");
        match named {
            Named::Statement(theorem) => self.statement(page, theorem),
            Named::Hypotheses(theorem) => self.hypotheses(page, theorem, checked),
            Named::Step(theorem, step) => self.step(page, theorem, step),
            Named::Evidence(theorem, step) => self.evidence(page, theorem, step, checked),
            Named::Control(theorem, control) => self.control(page, theorem, control, checked),
            Named::Instead(theorem, control) => self.instead(page, theorem, control, checked),
            Named::Figure(theorem, figure) => self.figure(page, theorem, figure),
            Named::Live(theorem, live) => self.live(theorem, live),
            Named::Exercise(theorem, exercise) => self.exercise(page, theorem, exercise, checked),
            Named::Run(theorem, options) => self.on_data(theorem, options),
        }
    }

    fn statement(&self, page: &Page, theorem: &Theorem) -> Set {
        let map = format!("map.{}", theorem.id);
        let on_map = match self.places.has(&map) {
            true => format!(" · <a href=\"{}\">{}</a>", self.places.href(page, &map), self.words.say("on the map")),
            false => String::new(),
        };
        let cites: Vec<String> = theorem.cites.iter().map(|key| self.citation(page, key)).collect();
        let cites = if cites.is_empty() { String::new() } else { format!(" · {}", cites.join(", ")) };
        Ok(format!(
            "<div class=\"box result\" id=\"{}\"><p><strong>{} ({}).</strong> {}</p>\
             <p class=\"facts\">{}{cites}{on_map}</p></div>",
            anchor(theorem, "statement"),
            self.words.say("Theorem"),
            self.formulas.label(theorem.title)?,
            self.formulas.label(theorem.says)?,
            self.standing_of(theorem),
        ))
    }

    fn hypotheses(&self, page: &Page, theorem: &Theorem, checked: &Checked) -> Set {
        let mut out = "<ul class=\"hypotheses\">".to_string();
        for (i, hypothesis) in theorem.hypotheses.iter().enumerate() {
            let (holds, detail) = match &checked.runs[0].hypotheses[i].1 {
                Ok(finding) => (finding.holds, self.formulas.label(&finding.detail)?),
                Err(error) => (false, escape(&error.to_string())),
            };
            let _ = write!(
                out,
                "<li id=\"{}\"><strong>{}.</strong> {}<br><span class=\"facts\">{}",
                anchor(theorem, &format!("hypothesis.{}", hypothesis.id)),
                words(hypothesis.id),
                self.formulas.label(hypothesis.says)?,
                self.words.fill(
                    "Seed {seed}: {verdict}: {detail}.",
                    &[
                        ("seed", &self.course.seeds[0].to_string()),
                        ("verdict", &self.verdict(if holds { Verdict::Holds } else { Verdict::Fails(Why::Off) })),
                        ("detail", &detail),
                    ]
                ),
            );
            for control in theorem.controls.iter().filter(|control| control.without == hypothesis.id) {
                let link = self.link(page, theorem, &control.id());
                let _ = write!(out, " {}", self.words.fill("Broken in {control}.", &[("control", &link)]));
            }
            if let Some(why) = hypothesis.only_sufficient {
                let why = self.formulas.label(why)?;
                let _ = write!(out, " {}", self.words.fill("Only sufficient: {why}", &[("why", &why)]));
            }
            out.push_str("</span></li>");
        }
        Ok(out + "</ul>")
    }

    fn step(&self, page: &Page, theorem: &Theorem, step: &Step) -> Set {
        let kind = match step.kind {
            Kind::Proof => "line of the proof",
            Kind::Refinement | Kind::Counterexample => step.kind.word(),
        };
        let answers: Vec<String> = step.notes.iter().map(|id| self.note(page, id)).collect();
        let answers = match answers.is_empty() {
            true => String::new(),
            false => format!(" · {}", self.words.fill("answers {notes}", &[("notes", &answers.join(", "))])),
        };
        let heading = [("place", self.places.number(theorem, step).to_string()), ("name", words(step.id))];
        Ok(format!(
            "### {} {{#{}}}\n\n<div class=\"says\"><p>{}</p><p class=\"facts\">{} · {}{answers}</p></div>",
            self.words.fill("Step {place}. {name}", &heading.each_ref().map(|(name, value)| (*name, value.as_str()))),
            anchor(theorem, step.id),
            self.formulas.label(step.says)?,
            self.words.say(kind),
            self.standing(page, theorem, step.standing),
        ))
    }

    /// "proved: Soudry et al. (2018)"
    fn standing(&self, page: &Page, theorem: &Theorem, standing: Standing) -> String {
        let more = [
            standing.cites().map(|key| self.citation(page, key)),
            standing.shown_by().map(|by| self.see(page, theorem, by)),
            standing.explanation().map(|why| self.words.say(why).to_string()),
        ];
        let words = once(self.words.say(standing.words()).to_string()).chain(more.into_iter().flatten());
        words.collect::<Vec<_>>().join(": ")
    }

    fn see(&self, page: &Page, theorem: &Theorem, part: &str) -> String {
        self.words.fill("see {part}", &[("part", &self.link(page, theorem, part))])
    }

    /// A claim of the notes, linked to where all stand.
    fn note(&self, page: &Page, id: &str) -> String {
        let anchor = format!("notes.{id}");
        if !self.places.has(&anchor) {
            return id.to_string();
        }
        format!("<a href=\"{}\">{id}</a>", self.places.href(page, &anchor))
    }

    /// What the notes claim, and what became of it.
    fn notes(&self, page: &Page) -> Set {
        let heads = ["Claim", "The notes say", "Verdict"].map(|head| self.words.say(head));
        let heads = heads.map(|head| format!("<th scope=\"col\">{head}</th>")).concat();
        let mut out = format!("<div class=\"table-wrapper\"><table><thead><tr>{heads}</tr></thead><tbody>");
        for (id, says) in self.manuscript.notes {
            let mut by = Vec::new();
            let mut answering = Vec::new();
            for theorem in self.course.theorems {
                let steps = answers(theorem).filter(|(_, answered)| answered == id).map(|(step, _)| step);
                let steps: Vec<&Step> = steps.collect();
                if !steps.is_empty() {
                    let said: Vec<String> = steps.iter().map(|step| self.answer(page, theorem, step)).collect();
                    by.push(format!("{}: {}", theorem.id, said.join(", ")));
                    answering.extend(steps);
                }
            }
            if by.is_empty() {
                return Err(format!("no step answers {id}"));
            }
            let _ = write!(
                out,
                "<tr id=\"notes.{id}\"><th scope=\"row\" rowspan=\"2\">{id}</th><td>{}</td><td>{}</td></tr>\
                 <tr><td colspan=\"2\">{}: {}</td></tr>",
                self.formulas.label(says)?,
                self.words.say(verdict(&answering)),
                self.words.say("Answered by"),
                by.join("; "),
            );
        }
        Ok(out + "</tbody></table></div>")
    }

    /// A step that answers a claim of the notes, and what is known of it: "large steps (counterexample, proved)".
    fn answer(&self, page: &Page, theorem: &Theorem, step: &Step) -> String {
        let counterexample = (step.kind == Kind::Counterexample).then(|| self.words.say("counterexample").to_string());
        let by = step.standing.shown_by().filter(|by| *by != step.id).map(|by| self.see(page, theorem, by));
        let standing = once(self.words.say(step.standing.words()).to_string());
        let known: Vec<String> = counterexample.into_iter().chain(standing).chain(by).collect();
        format!("{} ({})", self.link(page, theorem, step.id), known.join(", "))
    }

    /// A function of the harness or of the course, as it stands in its file. Evidence below links to a function of its theorem.
    fn code_of(&self, page: &Page, argument: &str) -> Set {
        let (file, name) = argument.split_once(' ').ok_or("a file and a function are needed: {{#code FILE NAME}}")?;
        let path = self.manuscript.sources.join(file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        let source = Source::read(file, &text).map_err(|problem| problem.to_string())?;
        let function = source
            .get(name.trim())
            .ok_or_else(|| format!("{file} has no function {name}; it has {}", source.names()))?;
        let known = Name { file: file.to_string(), function: name.trim().to_string() };
        let of_theorem = self.course.theorems.iter().find(|theorem| self.functions[theorem.id].get(&known).is_some());
        let id = match of_theorem.map(|theorem| self.first_shown(page, theorem, &known)) {
            Some((id, true)) => format!(" id=\"{id}\""),
            Some((_, false)) => return Err(format!("{argument}: evidence above has this function: leave it out here")),
            None => String::new(),
        };
        Ok(format!(
            "<p class=\"checked\"{id}>{}</p>\n\n```rust\n{}\n```",
            self.place(&escape(name), file, function.line),
            function.text
        ))
    }

    /// "descend, src/flow/descent.rs, line 20".
    fn place(&self, function: &str, file: &str, line: usize) -> String {
        let code = format!("<code>{function}</code>");
        self.words.fill("{code}, {file}, line {line}", &[("code", &code), ("file", file), ("line", &line.to_string())])
    }

    fn evidence(&self, page: &Page, theorem: &Theorem, step: &Step, checked: &Checked) -> Set {
        let at = theorem.steps().position(|other| other.id == step.id).unwrap_or_default();
        let claims = checked.runs.iter().map(|run| run.steps[at].1.as_ref());
        let caption = format!("{}. {}", words(step.id), self.source(theorem));
        let uses = self.uses(theorem, step.id);
        let code = self.code(page, theorem, "Checked by", &uses.claims);
        Ok(self.below(page, theorem, step.id, code, self.table(claims, &caption)?))
    }

    /// What happens where a hypothesis is broken, and the functions that say so.
    fn instead(&self, page: &Page, theorem: &Theorem, control: &Control, checked: &Checked) -> Set {
        let id = control.id();
        let at = theorem.controls.iter().position(|other| other.id() == id).unwrap_or_default();
        let claims = checked.runs.iter().map(|run| run.controls[at].1.as_ref().map(|broken| &broken.instead));
        let instead = self.words.fill("{name}: what happens instead.", &[("name", &words(&id))]);
        let caption = format!("{instead} {}", self.source(theorem));
        let code = self.code(page, theorem, "What happens instead:", &self.uses(theorem, &id).instead);
        Ok(self.below(page, theorem, &id, code, self.table(claims, &caption)?))
    }

    /// What stands below the derivation of a step or a control: its code, its experiments, its table, and how to run it.
    fn below(&self, page: &Page, theorem: &Theorem, part: &str, code: String, table: String) -> String {
        let experiments = self.experiments(page, theorem, self.uses(theorem, part));
        [code, experiments, table, self.run_here(theorem, part), self.command(theorem, part)].join("\n\n")
    }

    fn control(&self, page: &Page, theorem: &Theorem, control: &Control, checked: &Checked) -> Set {
        let id = control.id();
        let at = theorem.controls.iter().position(|other| other.id() == id).unwrap_or_default();
        let step = self.link(page, theorem, control.refutes);
        let shown = checked.runs.iter().map(|run| run.controls[at].1.as_ref());
        // The seed that refutes least.
        let least = shown.map(|broken| broken.map(Broken::refuted)).reduce(|a, b| {
            let ratio = |x: &std::result::Result<Option<(&Claim, f64)>, &Error>| match x {
                Ok(Some((_, ratio))) => *ratio,
                _ => 0.0,
            };
            if ratio(&b) < ratio(&a) { b } else { a }
        });
        let refutes = match least {
            Some(Ok(Some((claim, _)))) => {
                let not = match claim.relation {
                    Relation::Equal => "{predicted}",
                    Relation::AtMost => "at most {predicted}",
                    Relation::AtLeast => "at least {predicted}",
                };
                let Row { measured, predicted, used, .. } = Row::of_failure(claim).typeset();
                let predicted = format!("<span class=\"predicted\">{predicted}</span>");
                self.words.fill(
                    "{refutes} {step}: “{claim}” is {measured} and not {predicted}, off by {ratio} times its slack.",
                    &[
                        ("refutes", &format!("<span class=\"fails\">{}</span>", self.words.say("Refutes"))),
                        ("step", &step),
                        // No line ends between a formula and its quotation mark: word joiners.
                        ("claim", &format!("\u{2060}{}\u{2060}", self.formulas.label(&claim.what)?)),
                        ("measured", &format!("<span class=\"measured\">{measured}</span>")),
                        ("predicted", &self.words.fill(not, &[("predicted", &predicted)])),
                        ("ratio", &format!("<span class=\"together\">{used}</span>")),
                    ],
                )
            }
            Some(Err(error)) => self.no_answer(error),
            _ => format!(
                "<span class=\"fails\">{}</span>: {}",
                self.words.say("Refutes nothing"),
                self.words.fill("{step} survives.", &[("step", &step)])
            ),
        };
        Ok(format!(
            "### {} {{#{}}}\n\n<div class=\"box caution\"><p>{}</p><p class=\"facts\">{refutes}</p></div>",
            words(&id),
            anchor(theorem, &id),
            self.formulas.label(control.says)?
        ))
    }

    fn no_answer(&self, error: &Error) -> String {
        format!("<span class=\"fails\">{}</span>: {}", self.words.say("No answer"), escape(&error.to_string()))
    }

    /// What a step or a control uses; that it uses something was seen when the functions were found.
    fn uses(&self, theorem: &Theorem, id: &str) -> &Uses {
        self.functions[theorem.id].uses(id).expect("every step and control names its functions")
    }

    /// Functions in full where they are shown first, as links after.
    fn code(&self, page: &Page, theorem: &Theorem, lead: &'static str, names: &[Name]) -> String {
        let mut out = String::new();
        for (i, name) in names.iter().enumerate() {
            let Some(function) = self.functions[theorem.id].get(name) else { continue };
            let lead = self.words.say(if i == 0 { lead } else { "and" });
            let (id, is_first) = self.first_shown(page, theorem, name);
            let Name { file, function: called } = name;
            let _ = if is_first {
                write!(
                    out,
                    "<p class=\"checked\" id=\"{id}\">{lead} {}</p>\n\n```rust\n{}\n```\n\n",
                    self.place(called, file, function.line),
                    function.text
                )
            } else {
                let code = format!("<a href=\"#{id}\"><code>{called}</code></a>");
                let above = self.words.fill("{code}, above", &[("code", &code)]);
                write!(out, "<p class=\"checked\">{lead} {above}</p>\n\n")
            };
        }
        out.trim_end().to_string()
    }

    /// The anchor of a function, and whether it is shown on this page for the first time.
    fn first_shown(&self, page: &Page, theorem: &Theorem, name: &Name) -> (String, bool) {
        let id = anchor(theorem, &format!("fn.{}", name.anchor()));
        let is_first = self.shown.borrow_mut().insert(format!("{}#{id}", page.path.display()));
        (id, is_first)
    }

    /// The experiments that the claims are about, folded.
    fn experiments(&self, page: &Page, theorem: &Theorem, uses: &Uses) -> String {
        let mut out = String::new();
        let mut above = Vec::new();
        for name in &uses.experiments {
            let Some(function) = self.functions[theorem.id].get(name) else { continue };
            let (id, is_first) = self.first_shown(page, theorem, name);
            let Name { file, function: called } = name;
            if is_first {
                let _ = write!(
                    out,
                    "<details class=\"experiment\" id=\"{id}\"><summary>{}</summary>\n\n```rust\n{}\n```\n\n</details>\n\n",
                    self.words.fill("The experiment: {place}", &[("place", &self.place(called, file, function.line))]),
                    function.text
                );
            } else {
                above.push(format!("<a href=\"#{id}\"><code>{called}</code></a>"));
            }
        }
        if !above.is_empty() {
            let above = self.words.fill("Of the experiment, above: {functions}", &[("functions", &above.join(", "))]);
            let _ = write!(out, "<p class=\"checked\">{above}</p>\n\n");
        }
        out.trim_end().to_string()
    }

    fn figure(&self, page: &Page, theorem: &Theorem, figure: &Figure) -> Set {
        let id = anchor(theorem, figure.id);
        let plot = &self.plots[&id];
        let title = escape(&unicode(figure.title));
        let [region, data] =
            ["Figure: {title}", "Data: {title}"].map(|phrase| self.words.fill(phrase, &[("title", &title)]));
        Ok(format!(
            "<figure id=\"{id}\"><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\
             {region}\">{}</div><figcaption><strong>{}</strong> {} <span class=\"facts\">{}.</span>\
             </figcaption><details><summary>{}</summary><p><a href=\"{}{}\" download>{}</a></p>\
             <div class=\"scroll tall\" tabindex=\"0\" role=\"region\" aria-label=\"{data}\">{}</div></details></figure>",
            figure::svg(plot, &id, figure.title, figure.says),
            stopped(&self.formulas.label(figure.title)?),
            self.formulas.label(figure.says)?,
            keys(plot, self.words),
            self.words.say("The data of this figure"),
            to_root(page),
            csv_name(&id),
            csv_name(&id),
            figure::table(plot),
        ))
    }

    /// The claims of several seeds as one table.
    fn table<'b>(&self, runs: impl Iterator<Item = std::result::Result<&'b Claims, &'b Error>>, caption: &str) -> Set {
        let claims: Vec<&Claims> = match runs.collect() {
            Ok(claims) => claims,
            Err(error) => {
                return Ok(format!("<p>{}</p>", self.no_answer(error)));
            }
        };
        let caption = escape(caption);
        let heads = ["Claim", "measured", "predicted", "slack", "share of slack used", "verdict"];
        let mut out = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"evidence\">\
             <caption>{caption}.</caption><thead><tr>{}</tr></thead><tbody>",
            self.words.fill("Evidence: {caption}", &[("caption", &caption)]),
            heads.map(|head| format!("<th scope=\"col\">{}</th>", self.words.say(head))).concat(),
        );
        for claim in worst(&claims) {
            let row = Row::of(claim).typeset();
            // Whoever runs it here gets the same text.
            let of_claim = |what| self.manuscript.module.as_ref().map(|_| format!(" data-claim=\"{}\"", escape(what)));
            let sign = if row.relation == "=" { String::new() } else { format!("{} ", row.relation) };
            let _ = write!(
                out,
                "<tr><th scope=\"row\"{}>{}</th><td><span class=\"measured\">{}</span></td>\
                 <td>{sign}<span class=\"predicted\">{}</span></td><td>{}<br><span class=\"reason{}\">{}</span></td>\
                 <td>{}</td><td>{}</td></tr>",
                of_claim(&row.what).unwrap_or_default(),
                self.formulas.label(&row.what)?,
                row.measured,
                row.predicted,
                row.slack,
                if row.empirical { " empirical" } else { "" },
                self.words.say(row.reason),
                row.used,
                self.verdict(claim.verdict()),
            );
        }
        Ok(out + "</tbody></table></div>")
    }

    fn verdict(&self, verdict: Verdict) -> String {
        let class = match verdict {
            Verdict::Holds => "holds",
            Verdict::Fails(_) => "fails",
            Verdict::OutOfReach { .. } => "out-of-reach",
        };
        format!("<span class=\"{class}\">{}</span>", self.words.say(verdict.word()))
    }

    /// The data of every figure, beside the pages.
    pub fn write_data(&self, book: &Path) -> Result<()> {
        for (id, plot) in &self.plots {
            let path = book.join(csv_name(id));
            fs::write(&path, figure::csv(plot)).map_err(|error| Problem::io(&path, &error))?;
        }
        Ok(())
    }

    /// The scripts that run the course, if the book has it.
    pub fn write_reader(&self, book: &Path) -> Result<()> {
        match &self.manuscript.module {
            Some(module) => reader::write(book, module, self.course, self.checked, &self.samples.borrow(), self.words),
            None => Ok(()),
        }
    }

    /// A link to a step or a control.
    fn link(&self, page: &Page, theorem: &Theorem, part: &str) -> String {
        let href = self.places.href(page, &anchor(theorem, part));
        format!("<a href=\"{href}\">{}</a>", phrase(part))
    }

    /// A citation of the registry.
    fn citation(&self, page: &Page, key: &str) -> String {
        self.cite(page, key).expect("the registry's citations were looked up with the places")
    }

    /// "Soudry et al. (2018, Theorem 3)", linked to the entry and linked back from it.
    fn cite(&self, page: &Page, argument: &str) -> std::result::Result<String, String> {
        let (entry, place) = self.references.cited(argument)?;
        let mut citations = self.citations.borrow_mut();
        let of_entry = citations.entry(entry.key.clone()).or_default();
        let id = format!("cite.{}.{}", entry.key, of_entry.len() + 1);
        of_entry.push((page.html(), id.clone()));
        let href = self.places.href(page, &format!("ref.{}", entry.key));
        Ok(format!("<a class=\"citation\" id=\"{id}\" href=\"{href}\">{}</a>", bibliography::short(entry, place)))
    }

    /// The place at which the script of the pages lets a part run, right after its table.
    fn run_here(&self, theorem: &Theorem, part: &str) -> String {
        match self.manuscript.module {
            Some(_) => format!(
                "<div class=\"run-here\" data-part=\"{}::{part}\" data-name=\"{}\"></div>",
                theorem.id,
                words(part)
            ),
            None => String::new(),
        }
    }

    /// What the reader types to see it hold.
    fn command(&self, theorem: &Theorem, part: &str) -> String {
        format!("```text\n{} check {}::{part}\n```", self.manuscript.command, theorem.id)
    }

    /// Where the numbers of a table come from.
    fn source(&self, theorem: &Theorem) -> String {
        let seeds = self.course.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        self.words.fill(
            "Seeds {seeds}: of each claim the seed that uses most of its slack. Source: {file}",
            &[("seeds", &seeds), ("file", main_file(theorem))],
        )
    }

    /// Puts the bibliography in, now that every citation is known.
    pub fn print_bibliography(&self, pages: &[Page], texts: &mut [String]) {
        let citations = self.citations.borrow();
        for (page, text) in pages.iter().zip(texts) {
            if !text.contains(BIBLIOGRAPHY) {
                continue;
            }
            let mut out = "<ul class=\"bibliography\">".to_string();
            for entry in self.references.entries() {
                let _ = write!(out, "<li id=\"ref.{}\">{}", entry.key, bibliography::long(entry));
                let back = citations.get(&entry.key).map(Vec::as_slice).unwrap_or_default();
                for (i, (to, id)) in back.iter().enumerate() {
                    let title = pages.iter().find(|page| page.html() == *to).map_or("", |page| &page.title);
                    let first = || format!("<br><span class=\"facts\">{} ", self.words.say("Cited in"));
                    let lead = if i == 0 { first() } else { ", ".to_string() };
                    let href = href(page, to, id);
                    let _ = write!(out, "{lead}<a href=\"{href}\">{} ({})</a>", escape(title), i + 1);
                }
                out.push_str(if back.is_empty() { "</li>" } else { "</span></li>" });
            }
            *text = text.replace(BIBLIOGRAPHY, &(out + "</ul>"));
        }
    }
}

/// What the marks of a drawing mean, for its caption.
fn keys(plot: &Plot, words: &Words) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for series in plot.series().filter(|series| !series.points.is_empty()) {
        let key = words.say(series.look.key());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    capitalised(&escape(&keys.join("; ")))
}

/// The file with the theorem's statement and steps.
fn main_file(theorem: &Theorem) -> &'static str {
    theorem.sources.first().map_or("", |(file, _)| file)
}

fn csv_name(id: &str) -> String {
    format!("{id}.csv")
}

/// The white space that a line begins with, if nothing else is before this place.
fn indent(text: &str, at: usize) -> &str {
    let line = &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at];
    if line.trim().is_empty() { line } else { &line[..line.len() - line.trim_start().len()] }
}

/// How ids write what is not a word of small letters.
const NAMES: [(&str, &str); 10] = [
    ("adam", "Adam"),
    ("alpha", "α"),
    ("euclidean", "Euclidean"),
    ("euler", "Euler"),
    ("gaussian", "Gaussian"),
    ("jacobian", "Jacobian"),
    ("kappa", "κ"),
    ("l1", "ℓ₁"),
    ("l2", "ℓ₂"),
    ("muon", "Muon"),
];

/// "support-vectors-dominate" within a sentence.
fn phrase(id: &str) -> String {
    let word = |word: &str| {
        let abbreviation = ABBREVIATIONS.iter().find(|known| known.eq_ignore_ascii_case(word));
        let name = NAMES.iter().find(|(known, _)| *known == word).map(|(_, name)| name);
        abbreviation.or(name).map_or(word, |known| known).to_string()
    };
    id.split('-').map(word).collect::<Vec<_>>().join(" ").replace("newton schulz", "Newton-Schulz")
}

/// The same as a heading.
fn words(id: &str) -> String {
    let phrase = phrase(id);
    // A heading begins with κ as it is.
    if phrase.starts_with(|c: char| c.is_ascii()) { capitalised(&phrase) } else { phrase }
}

/// A title before the words that follow it: with a full stop, unless it is a question.
fn stopped(title: &str) -> String {
    if title.ends_with(['?', '!']) { title.to_string() } else { format!("{title}.") }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// What became of a claim of the notes, by the steps that answer it. It holds if every line of a proof is proved; what refines it
/// may be known with less certainty, and then that is said.
fn verdict(steps: &[&Step]) -> &'static str {
    let any = |is: fn(&Step) -> bool| steps.iter().any(|step| is(step));
    let is_proved = |step: &Step| matches!(step.standing, Standing::Proved { .. } | Standing::ProvedHere);
    let lines: Vec<&&Step> = steps.iter().filter(|step| step.kind == Kind::Proof).collect();
    if any(|step| matches!(step.standing, Standing::Refuted { .. })) {
        "refuted"
    } else if any(|step| matches!(step.standing, Standing::Overstated { .. }) || step.kind == Kind::Counterexample) {
        "overstated"
    } else if steps.iter().all(|step| is_proved(step)) {
        "holds"
    } else if !lines.is_empty() && lines.iter().all(|step| is_proved(step)) {
        "holds; refinements in part not proved"
    } else {
        "not proved"
    }
}
