//! The course at a glance: which theorems answer which claims, and for each theorem a drawing of its hypotheses, its steps
//! and its controls, with what became of them. Everything that is drawn stands in a table too.

use std::fmt::Write;

use theoremcheck::claim::{Verdict, Why};
use theoremcheck::evidence::Evidence;
use theoremcheck::notation::{escape, unicode};
use theoremcheck::theorem::{Control, Theorem};

use super::{Press, Set, phrase, words};
use crate::Checked;
use crate::manuscript::Page;
use crate::places::{anchor, answers};

/// Units of the drawings; at full size a unit is a pixel.
const WIDTH: f64 = 580.0;
/// The right column.
const RIGHT: f64 = 300.0;
/// The left column ends here.
const LEFT: f64 = 200.0;
/// A line of text.
const LINE: f64 = 17.0;
/// Above and below the text of a box.
const PAD: f64 = 7.0;
/// Between boxes.
const GAP: f64 = 10.0;
/// What surely fits in the left column, in letters.
const LETTERS: usize = 24;

/// A box with lines of text, the last of them smaller.
struct Node {
    href: String,
    title: String,
    name: Vec<String>,
    facts: String,
}

impl Node {
    fn height(&self) -> f64 {
        LINE * (self.name.len() + 1) as f64 + 2.0 * PAD
    }

    fn draw(&self, x: f64, y: f64, width: f64) -> String {
        let Node { href, title, name, facts } = self;
        let mut out = format!(
            "<a href=\"{href}\"><title>{title}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" rx=\"3\"/>",
            self.height()
        );
        for (k, line) in name.iter().enumerate() {
            let y = y + PAD + LINE * (k as f64 + 0.75);
            let _ = write!(out, "<text x=\"{}\" y=\"{y}\">{line}</text>", x + PAD);
        }
        let y = y + PAD + LINE * (name.len() as f64 + 0.75);
        let _ = write!(out, "<text class=\"state\" x=\"{}\" y=\"{y}\">{facts}</text></a>", x + PAD);
        out
    }
}

/// One below the other.
fn stacked(nodes: &[Node]) -> Vec<f64> {
    near(nodes, &vec![0.0; nodes.len()])
}

/// Each as near to its `wish`, for its middle, as those before it in the order of the wishes allow.
fn near(nodes: &[Node], wishes: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by(|&i, &j| wishes[i].total_cmp(&wishes[j]));
    let mut places = vec![0.0; nodes.len()];
    let mut free = 2.0_f64;
    for i in order {
        places[i] = free.max(wishes[i] - nodes[i].height() / 2.0);
        free = places[i] + nodes[i].height() + GAP;
    }
    places
}

fn bottom(nodes: &[Node], places: &[f64]) -> f64 {
    nodes.iter().zip(places).map(|(node, y)| y + node.height() + 2.0).fold(0.0, f64::max)
}

/// From the left column to the right one, with an arrow's head.
fn curve(from: f64, to: f64) -> String {
    let middle = (LEFT + RIGHT) / 2.0;
    let end = RIGHT - 8.0;
    format!("M{LEFT} {from:.1}C{middle} {from:.1} {middle} {to:.1} {end} {to:.1}")
}

fn head(to: f64) -> String {
    format!("M{RIGHT} {to:.1}l-9 -4v8z")
}

/// Lines of at most so many letters, broken between words.
fn lines(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= letters {
            *last = format!("{last} {word}");
        } else {
            lines.push(word.to_string());
        }
    }
    lines.iter().map(|line| escape(line)).collect()
}

impl Checked {
    /// On every seed.
    pub fn hypothesis_holds(&self, k: usize) -> bool {
        self.runs.iter().all(|run| matches!(&run.hypotheses[k].1, Ok(finding) if finding.holds))
    }

    /// On every seed.
    pub fn step_holds(&self, k: usize) -> bool {
        self.runs.iter().all(|run| matches!(&run.steps[k].1, Ok(claims) if claims.hold()))
    }

    /// On every seed, and what should happen instead does.
    pub fn control_refutes(&self, k: usize) -> bool {
        self.runs.iter().all(|run| matches!(&run.controls[k].1, Ok(broken) if broken.holds()))
    }
}

impl Press<'_> {
    pub(super) fn map(&self, page: &Page) -> Set {
        let mut out = self.overview(page)?;
        for checked in self.checked {
            let theorem = checked.theorem;
            let _ = write!(
                out,
                "\n\n## {} {{#map.{}}}\n\n{}\n\n{}\n\n{}",
                escape(&unicode(theorem.title)),
                theorem.id,
                self.head_of(page, theorem),
                self.drawing(page, checked),
                self.edges(page, checked)?
            );
        }
        Ok(out)
    }

    /// The claims of the notes against the theorems.
    fn overview(&self, page: &Page) -> Set {
        let claims: Vec<Node> = self
            .manuscript
            .notes
            .iter()
            .map(|(id, says)| Node {
                href: self.places.href(page, &format!("notes.{id}")),
                title: escape(&format!("{id}: {}", unicode(says))),
                name: Vec::new(),
                facts: id.to_string(),
            })
            .collect();
        let theorems: Vec<Node> = self
            .checked
            .iter()
            .map(|checked| Node {
                href: format!("#map.{}", checked.theorem.id),
                title: escape(&unicode(checked.theorem.title)),
                name: vec![words(checked.theorem.id)],
                facts: format!(
                    "{} · {}",
                    self.state(checked.runs.iter().all(Evidence::holds)),
                    self.words.fill("steps: {n}", &[("n", &checked.theorem.steps().count().to_string())])
                ),
            })
            .collect();
        let [left, right] = [stacked(&claims), stacked(&theorems)];
        let height = bottom(&claims, &left).max(bottom(&theorems, &right));
        let middle = |node: &Node, y: f64| y + node.height() / 2.0;
        let mut drawn = String::new();
        for (i, y) in left.iter().enumerate() {
            drawn += &claims[i].draw(LEFT - 60.0, *y, 60.0);
        }
        let mut answered = vec![Vec::new(); claims.len()];
        for (j, checked) in self.checked.iter().enumerate() {
            drawn += "<g class=\"answers\">";
            for (i, (id, _)) in self.manuscript.notes.iter().enumerate() {
                if answers(checked.theorem).any(|(_, answered)| answered == *id) {
                    answered[i].push(format!(
                        "<a href=\"#map.{0}\">{1}</a>",
                        checked.theorem.id,
                        words(checked.theorem.id)
                    ));
                    let [from, to] = [middle(&claims[i], left[i]), middle(&theorems[j], right[j])];
                    let _ = write!(
                        drawn,
                        "<path class=\"line\" d=\"{}\"/><path class=\"head\" d=\"{}\"/>",
                        curve(from, to),
                        head(to)
                    );
                }
            }
            let _ = write!(drawn, "{}</g>", theorems[j].draw(RIGHT, right[j], WIDTH - RIGHT - 2.0));
        }
        let name = self.words.say("Claims of the notes and the theorems that answer them");
        let mut table = self.table_of(&["Claim", "Answered by"]);
        for ((id, _), by) in self.manuscript.notes.iter().zip(&answered) {
            let _ = write!(table, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", self.note(page, id), by.join(", "));
        }
        Ok(format!("{}\n\n{}", self.framed_map(name, height, &drawn), self.folded(&table)))
    }

    /// A way to the theorem itself.
    fn head_of(&self, page: &Page, theorem: &Theorem) -> String {
        let href = self.places.href(page, &anchor(theorem, "statement"));
        let link = format!("<a href=\"{href}\">{}</a>", words(theorem.id));
        format!("<p class=\"facts\">{}</p>", self.words.fill("The theorem: {link}", &[("link", &link)]))
    }

    /// Hypotheses on the left, steps on the right; an arrow is a control, from what it breaks to what then fails.
    fn drawing(&self, page: &Page, checked: &Checked) -> String {
        let theorem = checked.theorem;
        let steps: Vec<Node> = theorem
            .steps()
            .enumerate()
            .map(|(k, step)| Node {
                href: self.places.href(page, &anchor(theorem, step.id)),
                title: escape(&unicode(step.says)),
                name: vec![format!("{}. {}", k + 1, words(step.id))],
                facts: format!("{} · {}", self.state(checked.step_holds(k)), self.words.say(step.standing.words())),
            })
            .collect();
        let right = stacked(&steps);
        let hypotheses: Vec<Node> = theorem
            .hypotheses
            .iter()
            .enumerate()
            .map(|(k, hypothesis)| Node {
                href: self.places.href(page, &anchor(theorem, &format!("hypothesis.{}", hypothesis.id))),
                title: escape(&unicode(hypothesis.says)),
                name: lines(&words(hypothesis.id), LETTERS),
                facts: self.state(checked.hypothesis_holds(k)),
            })
            .collect();
        let middle = |k: usize| right[k] + steps[k].height() / 2.0;
        let refuted =
            |control: &Control| theorem.steps().position(|step| step.id == control.refutes).unwrap_or_default();
        let full = bottom(&steps, &right);
        let wishes: Vec<f64> = theorem
            .hypotheses
            .iter()
            .enumerate()
            .map(|(k, hypothesis)| {
                let control = theorem.controls.iter().find(|control| control.without == hypothesis.id);
                let share = (k as f64 + 0.5) / theorem.hypotheses.len() as f64;
                control.map_or(share * full, |control| middle(refuted(control)))
            })
            .collect();
        let left = near(&hypotheses, &wishes);
        let mut drawn = String::new();
        for (node, y) in hypotheses.iter().zip(&left) {
            drawn += &node.draw(2.0, *y, LEFT - 2.0);
        }
        for (k, control) in theorem.controls.iter().enumerate() {
            let at =
                theorem.hypotheses.iter().position(|hypothesis| hypothesis.id == control.without).unwrap_or_default();
            let from = left[at] + hypotheses[at].height() / 2.0;
            // Arrows to one step end beside each other.
            let same: Vec<usize> = (0..theorem.controls.len())
                .filter(|&other| theorem.controls[other].refutes == control.refutes)
                .collect();
            let place = same.iter().position(|&other| other == k).unwrap_or_default() as f64;
            let to = middle(refuted(control)) + 9.0 * (place - (same.len() - 1) as f64 / 2.0);
            let refutes = checked.control_refutes(k);
            let says = self.words.fill(
                if refutes { "{control} refutes {step}" } else { "{control} does not refute {step}" },
                &[("control", &words(&control.id())), ("step", &phrase(control.refutes))],
            );
            let _ = write!(
                drawn,
                "<a class=\"control\" href=\"{}\" aria-label=\"{says}\"><title>{says}</title><path class=\"reach\" d=\"{1}\"/>\
                 <path class=\"line{2}\" d=\"{1}\"/><path class=\"head\" d=\"{3}\"/></a>",
                self.places.href(page, &anchor(theorem, &control.id())),
                curve(from, to),
                if refutes { "" } else { " dashed" },
                head(to)
            );
        }
        for (node, y) in steps.iter().zip(&right) {
            drawn += &node.draw(RIGHT, *y, WIDTH - RIGHT - 2.0);
        }
        let name = self.words.fill("Map: {title}", &[("title", &escape(&unicode(theorem.title)))]);
        self.framed_map(&name, full.max(bottom(&hypotheses, &left)), &drawn)
    }

    fn framed_map(&self, name: &str, height: f64, drawn: &str) -> String {
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><svg class=\"map\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" aria-label=\"{name}\">{drawn}</svg></div>"
        )
    }

    /// What the arrows say, in words.
    fn edges(&self, page: &Page, checked: &Checked) -> Set {
        let theorem = checked.theorem;
        let mut table = self.table_of(&["Hypothesis", "State", "Broken in", "Step that fails then"]);
        for (k, hypothesis) in theorem.hypotheses.iter().enumerate() {
            let href = self.places.href(page, &anchor(theorem, &format!("hypothesis.{}", hypothesis.id)));
            let control = theorem.controls.iter().position(|control| control.without == hypothesis.id);
            let (broken, fails) = match control {
                Some(at) => {
                    let control = &theorem.controls[at];
                    let state = self.words.say(if checked.control_refutes(at) { "refuted" } else { "not refuted" });
                    let step = self.link(page, theorem, control.refutes);
                    (self.link(page, theorem, &control.id()), format!("{step}: {state}"))
                }
                None => (self.words.say("nothing: only sufficient").to_string(), String::new()),
            };
            let _ = write!(
                table,
                "<tr><th scope=\"row\"><a href=\"{href}\">{}</a></th><td>{}</td><td>{broken}</td><td>{fails}</td></tr>",
                words(hypothesis.id),
                self.state(checked.hypothesis_holds(k)),
            );
        }
        Ok(self.folded(&table))
    }

    fn table_of(&self, heads: &[&'static str]) -> String {
        let heads: Vec<String> =
            heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", self.words.say(head))).collect();
        format!("<table><thead><tr>{}</tr></thead><tbody>", heads.concat())
    }

    fn folded(&self, table: &str) -> String {
        let summary = self.words.say("The same in words");
        format!(
            "<details><summary>{summary}</summary><div class=\"table-wrapper\">{table}</tbody></table></div></details>"
        )
    }

    fn state(&self, holds: bool) -> String {
        self.words.say(if holds { Verdict::Holds } else { Verdict::Fails(Why::Off) }.word()).to_string()
    }
}
