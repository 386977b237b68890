//! Evidence as text: for the terminal, folded over the seeds, and for the snapshots, seed by seed.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::claim::{Claim, Claims, Scale, Term, Verdict, Why};
use crate::error::Error;
use crate::evidence::{Broken, Evidence};
use crate::exercise::Exercise;
use crate::live::{Live, Parameter, Reading};
use crate::notation::unicode;
use crate::number::{number, typeset};
use crate::problem::table::Cells;
use crate::theorem::{DataRun, Finding, Step, Theorem};

/// Whether text for a person carries colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// No colours.
    Plain,
    /// Colours of the terminal.
    Coloured,
}

impl Ink {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Ink::Plain => text.to_string(),
            Ink::Coloured => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Holds => self.paint("32", text),
            Verdict::Fails(_) => self.failure(text),
            Verdict::OutOfReach { .. } => self.paint("33", text),
        }
    }

    fn truth(self, holds: bool) -> String {
        if holds { self.paint("32", "holds") } else { self.failure("fails") }
    }

    fn failure(self, text: &str) -> String {
        self.paint("1;31", text)
    }
}

/// A theorem checked with several seeds: each line shows the seed that uses most of its slack.
pub fn evidence(runs: &[Evidence], ink: Ink) -> String {
    let mut out = String::new();
    let Some(first) = runs.first() else { return out };
    let seeds: Vec<String> = runs.iter().map(|run| run.seed.to_string()).collect();
    let theorem = first.theorem;
    let _ = writeln!(out, "{}  {}", ink.bold(theorem.id), theorem.title);
    let heading = match &seeds[..] {
        [seed] => format!("seed {seed}"),
        seeds => format!("seeds {}; of each claim the seed that uses most of its slack", seeds.join(", ")),
    };
    let _ = writeln!(out, "{}", ink.faint(&heading));
    let _ = writeln!(out, "\n  {}", ink.bold("hypotheses"));
    for (i, (hypothesis, _)) in first.hypotheses.iter().enumerate() {
        // The first seed that fails, or the first seed.
        let holds = |run: &&Evidence| matches!(&run.hypotheses[i].1, Ok(finding) if finding.holds);
        let run = runs.iter().find(|run| !holds(run)).unwrap_or(first);
        let (holds, detail) = match &run.hypotheses[i].1 {
            Ok(finding) => (finding.holds, finding.detail.clone()),
            Err(error) => (false, error.to_string()),
        };
        let _ = writeln!(out, "    {}  {}", ink.truth(holds), hypothesis.id);
        let _ = writeln!(out, "{}", ink.faint(&wrap(&detail, 11)));
    }
    for (i, (step, _)) in first.steps.iter().enumerate() {
        let _ = writeln!(out, "\n  {}  {}", ink.bold(step.id), ink.faint(&describe(step)));
        out += &folded(runs.iter().map(|run| run.steps[i].1.as_ref()), ink);
    }
    for (i, (control, _)) in first.controls.iter().enumerate() {
        let _ = writeln!(
            out,
            "\n  {}  {}",
            ink.bold(&control.id()),
            ink.faint(&format!("must refute {}", control.refutes))
        );
        let refuted = |run: &&Evidence| matches!(&run.controls[i].1, Ok(broken) if broken.refuted().is_some());
        let run = runs.iter().find(|run| !refuted(run)).unwrap_or(first);
        match &run.controls[i].1 {
            Err(error) => {
                let _ = writeln!(out, "    {}  {error}", ink.truth(false));
            }
            Ok(broken) => {
                let _ = writeln!(out, "    {}", refutation(broken, control.refutes, ink));
                let _ = writeln!(out, "    {}", ink.faint("instead:"));
                out += &folded(runs.iter().map(|run| run.controls[i].1.as_ref().map(|broken| &broken.instead)), ink);
            }
        }
    }
    out
}

/// What a control shows, in one line.
fn refutation(broken: &Broken, refutes: &str, ink: Ink) -> String {
    match broken.refuted() {
        Some((claim, ratio)) => format!(
            "{}  {}: {:.3e}, not {:.3e}; it is missed by {ratio:.0e} times its slack",
            ink.paint("32", "refuted"),
            unicode(&claim.what),
            claim.measured,
            claim.predicted,
        ),
        None => ink.failure(&format!("{refutes} survives: '{}' does not fail decisively", broken.on)),
    }
}

/// "proof · proved, soudry-2018 · N4, N7".
fn describe(step: &Step) -> String {
    let kind = step.kind.word();
    let standing = match (step.standing.cites(), step.standing.shown_by()) {
        (Some(cite), _) => format!("{}, {cite}", step.standing.words()),
        (_, Some(by)) => format!("{}, see {by}", step.standing.words()),
        (None, None) => step.standing.words().to_string(),
    };
    let notes = if step.notes.is_empty() { String::new() } else { format!(" · {}", step.notes.join(", ")) };
    format!("{kind} · {standing}{notes}")
}

/// One table from the claims of several seeds, in the same order in each.
fn folded<'a>(runs: impl Iterator<Item = std::result::Result<&'a Claims, &'a Error>>, ink: Ink) -> String {
    let all: Vec<&Claims> = match runs.collect() {
        Ok(all) => all,
        Err(error) => return format!("    {}  {error}\n", ink.truth(false)),
    };
    match &worst(&all)[..] {
        [] => format!("    {}  no claim is made\n", ink.truth(false)),
        worst => table(worst.iter().copied(), ink),
    }
}

/// Of each claim that several seeds make, in the same order, the one that uses most of its slack.
pub fn worst<'a>(all: &[&'a Claims]) -> Vec<&'a Claim> {
    let severity = |claim: &Claim| match claim.verdict() {
        Verdict::Fails(_) => 2.0 + claim.used().min(1e300),
        Verdict::OutOfReach { .. } => 1.5,
        Verdict::Holds => claim.used(),
    };
    let count = all.iter().map(|claims| claims.iter().len()).min().unwrap_or(0);
    let worst = |i: usize| {
        all.iter().filter_map(|claims| claims.iter().nth(i)).max_by(|a, b| severity(a).total_cmp(&severity(b)))
    };
    (0..count).filter_map(worst).collect()
}

/// The share of the slack that a claim uses, or what it would need.
pub fn used(claim: &Claim) -> String {
    match claim.verdict() {
        Verdict::OutOfReach { log_t } => format!("needs log t = {log_t:.0}"),
        _ if claim.used().is_nan() => "unknown".to_string(),
        _ if claim.used() < 0.005 => "0 %".to_string(),
        _ if claim.used() > 100.0 => format!("{:.0e} ×", claim.used()),
        _ => format!("{:.0} %", 100.0 * claim.used()),
    }
}

/// A claim as a table of the book has it, in text.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What is compared, as the registry has it.
    pub what: String,
    /// The same as a person reads it, without markup.
    pub text: String,
    /// To one digit beyond the slack.
    pub measured: String,
    /// =, ≤ or ≥.
    pub relation: &'static str,
    /// To one digit beyond the slack.
    pub predicted: String,
    /// To one digit.
    pub slack: String,
    /// The largest reason for it.
    pub reason: &'static str,
    /// Whether that reason is only a measured one.
    pub empirical: bool,
    /// The share of the slack that is used.
    pub used: String,
    /// In a word.
    pub verdict: &'static str,
}

impl Row {
    /// The row of a claim.
    pub fn of(claim: &Claim) -> Row {
        let total = claim.slack.total();
        let largest = claim.slack.terms().iter().max_by(|a, b| a.size().total_cmp(&b.size()));
        Row {
            what: claim.what.clone(),
            text: unicode(&claim.what),
            measured: number(claim.measured, total),
            relation: claim.relation.sign(),
            predicted: number(claim.predicted, total),
            slack: format!("{total:.0e}"),
            reason: largest.map_or(Why::NoSlack.word(), Term::reason),
            empirical: matches!(largest, Some(Term::Empirical { .. })),
            used: used(claim),
            verdict: claim.verdict().word(),
        }
    }

    /// Of a claim that fails by far: to few digits, and how many times its slack it is off.
    pub fn of_failure(claim: &Claim) -> Row {
        let rough = |x: f64| number(x, 1e-3 * claim.violation());
        Row {
            measured: rough(claim.measured),
            predicted: rough(claim.predicted),
            used: format!("{:.0e}", claim.used()),
            ..Row::of(claim)
        }
    }

    /// The same with its numbers as HTML.
    pub fn typeset(self) -> Row {
        Row {
            measured: typeset(&self.measured),
            predicted: typeset(&self.predicted),
            slack: typeset(&self.slack),
            used: typeset(&self.used),
            ..self
        }
    }
}

/// The claims of one run.
pub fn claims(claims: &Claims, ink: Ink) -> String {
    table(claims.iter(), ink)
}

/// Claims, each on two lines: its verdict and text, then measured, relation, predicted and slack in columns, the share of
/// the slack that is used, the scale, and every reason of the slack with its size.
fn table<'a>(claims: impl Iterator<Item = &'a Claim>, ink: Ink) -> String {
    let rows: Vec<(&Claim, [String; 4])> = claims.map(|claim| (claim, numbers(claim))).collect();
    let width = |j: usize| rows.iter().map(|(_, cells)| cells[j].width()).max().unwrap_or(0);
    let widths: [usize; 4] = std::array::from_fn(width);
    let mut out = String::new();
    for (claim, cells) in &rows {
        let word = match claim.verdict() {
            Verdict::Fails(why) => format!("fails: {}", why.word()),
            other => other.word().to_string(),
        };
        let indent = INDENT + word.width() + 2;
        let _ = write!(out, "{}{}  ", " ".repeat(INDENT), ink.verdict(claim.verdict(), &word));
        let _ = writeln!(out, "{}", wrap(&claim.what, indent).trim_start());
        let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| pad_left(cell, width)).collect();
        let numbers = format!("{}{}", " ".repeat(INDENT + 2), cells.join(" "));
        let reasons = wrap(&reasons(claim), numbers.width() + 2);
        let _ = writeln!(out, "{numbers}  {}", ink.faint(reasons.trim_start()));
    }
    out
}

const INDENT: usize = 4;

/// Measured, relation, predicted, slack.
fn numbers(claim: &Claim) -> [String; 4] {
    let Row { measured, relation, predicted, slack, .. } = Row::of(claim);
    [measured, relation.to_string(), predicted, format!("± {slack}")]
}

/// "4 % used: next term 2e-7, rounding 3e-14 (80 operations); scale 1.4".
fn reasons(claim: &Claim) -> String {
    let scale = match claim.scale {
        Scale::Named(scale) if scale != 1.0 => format!("; scale {}", number(scale, scale.abs() * 1e-2)),
        _ => String::new(),
    };
    format!("{}: {}{scale}", used(claim), claim.slack)
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

/// The last line: what was checked, and whether it holds. Claims of fixed data count for the first seed alone, and so do controls.
pub fn summary(runs: &[Evidence], ink: Ink) -> String {
    let failed = runs.iter().filter(|run| !run.holds()).count();
    if failed > 0 {
        return format!("{}: {failed} of {} runs; see above\n", ink.truth(false), runs.len());
    }
    let of_first_seed = |run: &Evidence| run.seed == runs[0].seed;
    let counts = |run: &Evidence| {
        let claims = run.steps.iter().filter_map(|(_, claims)| claims.as_ref().ok()).flatten();
        claims.filter(|claim| claim.seeded || of_first_seed(run)).count()
    };
    let claims: usize = runs.iter().map(counts).sum();
    let controls: usize = runs.iter().filter(|run| of_first_seed(run)).map(|run| run.controls.len()).sum();
    let count = |n: usize, noun: &str, verb: &str| match n {
        1 => format!("1 {noun} {verb}s"),
        n => format!("{n} {noun}s {verb}"),
    };
    let told = [(claims, "claim", "hold"), (controls, "control", "refute")].into_iter().filter(|(n, ..)| *n > 0);
    let told: Vec<String> = told.map(|(n, noun, verb)| count(n, noun, verb)).collect();
    format!("{}: {}\n", ink.truth(true), told.join(", "))
}

/// The claims of one step for a snapshot, seed by seed, those of fixed data once. What is predicted to
/// vanish prints `< slack`, since its noise is nobody's result.
pub fn snapshot(runs: &[(u64, &Claims)]) -> String {
    let mut rows = vec![["seed", "claim", "measured", "", "predicted", "slack", "verdict"].map(str::to_string)];
    let Some((first, claims)) = runs.first() else { return String::new() };
    for i in 0..claims.iter().len() {
        for (seed, claims) in runs {
            let Some(claim) = claims.iter().nth(i).filter(|claim| claim.seeded || seed == first) else { continue };
            let total = claim.slack.total();
            let noise = claim.predicted == 0.0 && claim.measured.abs() <= total;
            rows.push([
                if claim.seeded { seed.to_string() } else { "any".to_string() },
                claim.what.clone(),
                if noise { "< slack".to_string() } else { format!("{:.12e}", claim.measured) },
                claim.relation.sign().to_string(),
                format!("{:.12e}", claim.predicted),
                format!("{total:.0e}"),
                claim.verdict().word().to_string(),
            ]);
        }
    }
    let widths: [usize; 7] = std::array::from_fn(|j| rows.iter().map(|row| row[j].width()).max().unwrap_or(0));
    let line = |row: &[String; 7]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| pad(cell, width)).collect();
        format!("{}\n", cells.join(" | ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// The theorems and what stands in them: of their steps those that `is_listed` names, and the controls and figures if the `rest`
/// is wanted.
pub fn list(theorems: &[&Theorem], is_listed: impl Fn(&Step) -> bool, rest: bool, ink: Ink) -> String {
    let mut out = String::new();
    for theorem in theorems {
        let _ = writeln!(out, "{}  {}", ink.bold(theorem.id), theorem.title);
        let mut line = |id: &str, what: &str| {
            let _ = writeln!(out, "  {}::{id}  {}", theorem.id, ink.faint(what));
        };
        theorem.steps().filter(|step| is_listed(step)).for_each(|step| line(step.id, &describe(step)));
        if rest {
            theorem.controls.iter().for_each(|c| line(&c.id(), &format!("control · refutes {}", c.refutes)));
            theorem.figures.iter().for_each(|figure| line(figure.id, "figure"));
            theorem.live.iter().for_each(|live| line(live.id, "live figure"));
        }
    }
    out
}

/// What is read off a live figure, and what may be set.
pub fn live(live: &Live, readings: &[Reading], ink: Ink) -> String {
    let mut out = String::new();
    for Reading { name, value } in readings {
        let _ = write!(out, "\n{}", wrap(&format!("{}: {value}", unicode(name)), 2));
    }
    out.push('\n');
    for Parameter { name, says, takes } in live.parameters {
        let says = if says == name { String::new() } else { format!("{}, ", unicode(says)) };
        let _ = write!(out, "\n{}", ink.faint(&format!("  --set {name}=..  {says}{takes}")));
    }
    out.push('\n');
    out
}

/// The exercises of theorems.
pub fn exercises(theorems: &[&Theorem], ink: Ink) -> String {
    let mut out = String::new();
    for theorem in theorems.iter().filter(|theorem| !theorem.exercises.is_empty()) {
        let _ = writeln!(out, "{}  {}", ink.bold(theorem.id), theorem.title);
        for Exercise { id, title, points, task, .. } in theorem.exercises {
            let kind = ink.faint(&format!("{} · {}", task.word(), count(*points, "point")));
            let _ = writeln!(out, "  {}::{id}  {}  {kind}", theorem.id, unicode(title));
        }
    }
    out
}

/// What is asked, and the first of its hints.
pub fn exercise(theorem: &Theorem, exercise: &Exercise, hints: usize, ink: Ink) -> String {
    let Exercise { id, title, points, asks, task, .. } = exercise;
    let head = ink.bold(&format!("{}::{id}  {}", theorem.id, unicode(title)));
    let kind = ink.faint(&format!("{}, {}", task.word(), count(*points, "point")));
    let mut out = format!("{head}\n{kind}\n\n{}\n\n", wrap(asks, 0));
    for (i, hint) in exercise.hints.iter().enumerate().take(hints) {
        let _ =
            writeln!(out, "{}\n{}\n", ink.faint(&format!("hint {} of {}", i + 1, exercise.hints.len())), wrap(hint, 2));
    }
    out
}

/// "1 point", "2 points".
fn count(n: u32, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// A step or a control of a theorem: what it says, and where the book derives it.
pub fn show_part(theorem: &Theorem, part: &str, ink: Ink) -> String {
    let mut out = format!("{}\n\n", ink.bold(&format!("{}::{part}", theorem.id)));
    if let Some(step) = theorem.step(part) {
        let _ = writeln!(out, "{}\n\n{}", wrap(step.says, 0), ink.faint(&describe(step)));
        if let Some(why) = step.standing.explanation() {
            let _ = writeln!(out, "{}", ink.faint(&wrap(why, 0)));
        }
        for control in theorem.controls.iter().filter(|control| control.refutes == part) {
            let _ = writeln!(out, "\nFails in {}::{}.", theorem.id, control.id());
        }
    }
    if let Some(control) = theorem.control(part) {
        let _ = writeln!(out, "{}\n", wrap(control.says, 0));
        for hypothesis in theorem.hypotheses.iter().filter(|hypothesis| hypothesis.id == control.without) {
            let _ = writeln!(out, "Breaks the hypothesis {}:\n{}", hypothesis.id, wrap(hypothesis.says, 2));
        }
        let _ =
            writeln!(out, "\nMust refute {}::{}, on its claim\n{}", theorem.id, control.refutes, wrap(control.on, 2));
    }
    let _ = writeln!(out, "\nDerived in the book, once it is bound, at print.html#{}.{part}", theorem.id);
    out
}

/// One theorem as a page of the notes.
pub fn show(theorem: &Theorem, ink: Ink) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}\n\n{}\n", ink.bold(theorem.title), wrap(theorem.says, 0));
    let _ = writeln!(out, "{}", ink.bold("Hypotheses"));
    for hypothesis in theorem.hypotheses {
        let _ = writeln!(out, "  {}\n{}", hypothesis.id, wrap(hypothesis.says, 4));
        if let Some(why) = hypothesis.only_sufficient {
            let _ = writeln!(out, "{}", ink.faint(&wrap(&format!("No control: {why}"), 4)));
        }
    }
    let _ = writeln!(out, "\n{}", ink.bold("Steps"));
    for step in theorem.steps() {
        let _ = writeln!(out, "  {}  {}\n{}", step.id, ink.faint(&describe(step)), wrap(step.says, 4));
    }
    let _ = writeln!(out, "\n{}", ink.bold("Controls"));
    for control in theorem.controls {
        let head = ink.faint(&format!("refutes {}", control.refutes));
        let _ = writeln!(out, "  {}  {head}\n{}", control.id(), wrap(control.says, 4));
    }
    let live = theorem.live.iter().map(|live| (live.id, live.title));
    let figures: Vec<_> = theorem.figures.iter().map(|figure| (figure.id, figure.title)).chain(live).collect();
    if !figures.is_empty() {
        let _ = writeln!(out, "\n{}", ink.bold("Figures"));
        for (id, title) in figures {
            let _ = writeln!(out, "  {id}\n{}", wrap(title, 4));
        }
    }
    if let Some(on_data) = &theorem.on_data {
        let _ = writeln!(out, "\n{}\n{}", ink.bold("On your data"), wrap(on_data.says, 2));
        let data = if on_data.cells == Cells::NoTable { "" } else { " --data FILE.csv" };
        let _ = writeln!(out, "  theoremcheck run {}{data}   (--help lists the options)", theorem.id);
    }
    let _ = writeln!(out, "\n{}", ink.bold("Symbols"));
    let symbols: Vec<_> = theorem.symbols.iter().map(|(symbol, meaning)| (unicode(symbol), meaning)).collect();
    let widest = symbols.iter().map(|(symbol, _)| symbol.width()).max().unwrap_or(0);
    for (symbol, meaning) in symbols {
        let text = wrap(meaning, widest + 4);
        let _ = writeln!(out, "  {}  {}", pad(&symbol, widest), text.trim_start());
    }
    let steps = theorem.steps().filter_map(|step| step.standing.cites());
    let sources: BTreeSet<&str> = theorem.cites.iter().copied().chain(steps).collect();
    let sources: Vec<&str> = sources.into_iter().collect();
    let _ = writeln!(out, "\n{} {}", ink.faint("Sources:"), sources.join(", "));
    out
}

/// What a line of text is wide at the most.
static WIDEST: AtomicUsize = AtomicUsize::new(96);

/// From here on no line of text is wider than a terminal of so many columns, if there are 40 or more.
#[cfg(feature = "cli")]
pub(crate) fn fit(columns: usize) {
    WIDEST.fetch_min(columns.max(40), Ordering::Relaxed);
}

fn widest() -> usize {
    WIDEST.load(Ordering::Relaxed)
}

/// A table under its head. Where it is wider than a line it stands in parts, each with the `fixed` first columns.
pub fn columns(head: &[String], rows: &[Vec<String>], fixed: usize) -> String {
    let all: Vec<&[String]> = std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).collect();
    let width = |j: usize| all.iter().map(|row| row[j].width()).max().unwrap_or(0) + 2;
    let first: usize = (0..fixed).map(width).sum();
    let mut parts: Vec<Vec<usize>> = vec![vec![]];
    for j in fixed..head.len() {
        let last = parts.last_mut().expect("there is a part");
        if !last.is_empty() && first + last.iter().chain([&j]).map(|&j| width(j)).sum::<usize>() > widest() {
            parts.push(vec![j]);
        } else {
            last.push(j);
        }
    }
    let mut out = String::new();
    for part in parts {
        for row in &all {
            let line: String = (0..fixed).chain(part.iter().copied()).map(|j| pad_left(&row[j], width(j))).collect();
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
    out
}

/// Breaks text into lines, each indented.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    broken(&unicode(text), indent)
}

/// The same of what has no formulas.
fn broken(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is a line");
        if !last.is_empty() && indent + last.width() + 1 + word.width() > widest() {
            lines.push(word.to_string());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{}{line}", " ".repeat(indent))).collect::<Vec<_>>().join("\n")
}

/// A run on the reader's data.
pub fn data_run(theorem: &Theorem, data: Option<&str>, run: &DataRun, ink: Ink) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", ink.bold(theorem.id), theorem.title);
    data.iter().for_each(|data| out += &format!("{}\n", ink.faint(data)));
    if !run.hypotheses.is_empty() {
        let _ = writeln!(out, "\n  {}", ink.bold("hypotheses"));
    }
    for (id, Finding { holds, detail }) in &run.hypotheses {
        let _ = writeln!(out, "    {}  {id}", ink.truth(*holds));
        let _ = writeln!(out, "{}", ink.faint(&wrap(detail, 11)));
    }
    for (name, values) in [("reference", &run.reference), ("predicted", &run.predicted), ("measured", &run.measured)] {
        let Entries { values, details } = Entries::of(values);
        if values.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n  {}", ink.bold(name));
        for (key, value) in values {
            let _ = writeln!(out, "    {key:<30}{}", broken(&value, 34).trim_start());
        }
        for (key, why) in details {
            let _ = writeln!(out, "{}", ink.faint(&wrap(&format!("{key}: {why}"), 6)));
        }
    }
    for (id, claims) in &run.steps {
        // A run beyond the theorem shows what a control does.
        let control =
            || theorem.control(id).map(|control| format!("control · what happens {}", control.id().replace('-', " ")));
        let says = theorem.step(id).map(describe).or_else(control).unwrap_or_default();
        let _ = writeln!(out, "\n  {}  {}", ink.bold(id), ink.faint(&says));
        out += &table(claims.iter(), ink);
    }
    let claims = || run.steps.iter().flat_map(|(_, claims)| claims.iter());
    let beyond = claims().filter(|claim| matches!(claim.verdict(), Verdict::OutOfReach { .. })).count();
    let word = if run.holds() && beyond > 0 {
        format!("nothing fails, but {beyond} of {} claims need a later time than this run reaches", claims().count())
    } else if run.holds() {
        ink.truth(true)
    } else {
        let failing = claims().filter(|claim| matches!(claim.verdict(), Verdict::Fails(_))).count();
        let broken =
            run.hypotheses.iter().filter(|(_, finding)| !finding.holds).map(|(id, _)| format!("{id} is not given"));
        let claims = (failing > 0).then(|| format!("{failing} of {} claims", claims().count()));
        format!("{}: {}", ink.truth(false), broken.chain(claims).collect::<Vec<_>>().join("; "))
    };
    let _ = writeln!(out, "\n{word}");
    out
}

/// What a run knows of one kind, each entry on a line.
#[derive(Debug, Default, Serialize)]
pub struct Entries {
    /// Names and values.
    pub values: Vec<(String, String)>,
    /// Names, and what there is to say of them.
    pub details: Vec<(String, String)>,
}

impl Entries {
    /// Of the reference, the prediction or the measurement of a run; none where nothing is known.
    pub fn of(known: &Value) -> Entries {
        let Some(known) = known.as_object() else { return Entries::default() };
        let lines = |(key, value): (&String, &Value)| (key.clone(), short(value));
        if known.iter().all(|(key, value)| value.is_null() || key == "detail") {
            return Entries::default();
        }
        Entries {
            values: known.iter().filter(|(key, _)| *key != "detail").map(lines).collect(),
            details: known.get("detail").and_then(Value::as_object).into_iter().flatten().map(lines).collect(),
        }
    }
}

/// A JSON value on one line; of a long array what is not zero, or its length and its first entries.
pub(crate) fn short(value: &Value) -> String {
    const SHOWN: usize = 6;
    let is_zero = |entry: &Value| entry.as_f64() == Some(0.0);
    match value {
        Value::Array(entries) if entries.len() > SHOWN && entries.iter().filter(|x| !is_zero(x)).count() <= SHOWN => {
            let others = entries.iter().enumerate().filter(|(_, entry)| !is_zero(entry));
            let named: Vec<String> = others.map(|(k, entry)| format!("{} at [{k}]", short(entry))).collect();
            let but = if named.is_empty() { String::new() } else { format!(" but {}", named.join(", ")) };
            format!("{} entries, zero{but}", entries.len())
        }
        Value::Array(entries) if entries.len() > SHOWN && entries[0].is_object() => {
            format!("{} entries, which --json prints", entries.len())
        }
        Value::Array(entries) if entries.len() > SHOWN => {
            let first: Vec<String> = entries[..SHOWN].iter().map(short).collect();
            format!("[{}, .. {} in all]", first.join(", "), entries.len())
        }
        Value::Array(entries) => format!("[{}]", entries.iter().map(short).collect::<Vec<_>>().join(", ")),
        Value::Number(x) if x.is_f64() => {
            number(x.as_f64().unwrap_or(f64::NAN), x.as_f64().unwrap_or(0.0).abs() * 1e-9)
        }
        Value::Null => "none".to_string(),
        Value::String(text) => text.clone(),
        Value::Object(map) => map.iter().map(|(k, v)| format!("{k}: {}", short(v))).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}
