//! Formulas as Unicode, as SVG and as LaTeX.

use std::fmt::Write;
use std::iter::once;

use super::{Atom, FUNCTIONS, Formula, LOWERED, Node, RAISED, Script, SignKind, escape};

/// How Unicode looks where it is shown.
struct Look {
    minus: &'static str,
    script: fn(&Script, char, &[(char, char)]) -> String,
}

/// Small digits and letters if Unicode has all that it takes, but an index of one word or number as it is typed.
const TERMINAL: Look = Look { minus: "-", script: Script::small };

/// Between marks that SVG takes the place of.
const DRAWING: Look = Look { minus: "−", script: Script::marked };

impl Formula {
    pub(super) fn unicode(&self) -> String {
        let mut out = String::new();
        unicode_of(&self.0, &TERMINAL, &mut out);
        out
    }

    /// The content of a `text` element, whose lines are 14 high.
    pub(super) fn svg(&self) -> String {
        let mut out = String::new();
        unicode_of(&self.0, &DRAWING, &mut out);
        // A script moves all that comes after it: what has no width brings it back.
        let of = |mark, dy: i32| {
            [
                (format!("{mark}("), format!("<tspan dy=\"{dy}\" font-size=\".75em\">")),
                (format!("{mark})"), format!("</tspan><tspan dy=\"{}\">\u{200b}</tspan>", -dy)),
            ]
        };
        let all = [of(LOW, 3), of(HIGH, -5)].into_iter().flatten();
        all.fold(escape(&out), |out, (mark, svg)| out.replace(&mark, &svg))
    }
}

/// Before the brackets around what is lowered and raised; no text has them.
const LOW: char = '\u{e000}';
const HIGH: char = '\u{e001}';

fn unicode_of(nodes: &[Node], look: &Look, out: &mut String) {
    for (i, node) in nodes.iter().enumerate() {
        if node.spaced && i > 0 {
            out.push(' ');
        }
        match &node.atom {
            Atom::Number(text) | Atom::Function(text) | Atom::Word(text) => out.push_str(text),
            Atom::Letter(letter) => out.push_str(&letter.unicode),
            Atom::Sign(sign) => out.push_str(if sign.latex == "-" { look.minus } else { sign.unicode }),
            Atom::Group { open, close, inside } => {
                out.push(if *open == '<' { '⟨' } else { *open });
                unicode_of(inside, look, out);
                out.push(if *close == '>' { '⟩' } else { *close });
            }
            Atom::Matrix(rows) => {
                let cell = |cell: &Vec<Node>| {
                    let mut out = String::new();
                    unicode_of(cell, look, &mut out);
                    out.trim().to_string()
                };
                let row = |row: &Vec<Vec<Node>>| format!("[{}]", row.iter().map(cell).collect::<Vec<_>>().join(", "));
                let _ = write!(out, "[{}]", rows.iter().map(row).collect::<Vec<_>>().join(", "));
            }
            Atom::Root(inside) => {
                let (before, after) = if inside.len() == 1 { ("√", "") } else { ("√(", ")") };
                out.push_str(before);
                unicode_of(inside, look, out);
                out.push_str(after);
            }
        }
        out.push_str(&"'".repeat(node.primes));
        if let Some(sub) = &node.sub {
            out.push_str(&(look.script)(sub, '_', &LOWERED));
        }
        if let Some(sup) = &node.sup {
            out.push_str(&(look.script)(sup, '^', &RAISED));
        }
    }
}

impl Script {
    fn small(&self, mark: char, table: &[(char, char)]) -> String {
        let mut inside = String::new();
        unicode_of(&self.inside, &TERMINAL, &mut inside);
        let text = format!("{}{inside}", self.sign);
        let small = |c: char| table.iter().find(|(_, plain)| *plain == c).map(|(set, _)| *set);
        let compact = text.chars().filter(|c| *c != ' ').map(small).collect::<Option<String>>();
        match (compact, mark) {
            (_, '_') if inside == "∞" => inside,
            (_, '^') if inside == "*" => inside,
            (Some(small), '^') => small,
            (Some(small), _) if self.grouped => small,
            _ if self.grouped => format!("{mark}{}({inside})", self.sign),
            _ => format!("{mark}{text}"),
        }
    }

    fn marked(&self, mark: char, _: &[(char, char)]) -> String {
        let mut inside = String::new();
        unicode_of(&self.inside, &DRAWING, &mut inside);
        let mark = if mark == '_' { LOW } else { HIGH };
        let sign = if self.sign == "-" { DRAWING.minus } else { self.sign };
        let (open, close) = if self.grouped && !sign.is_empty() { ("(", ")") } else { ("", "") };
        format!("{mark}({sign}{open}{inside}{close}{mark})")
    }
}

// ---- As LaTeX ----------------------------------------------------------------------------------------

/// A formula that is longer than this may be broken after a sign.
const LONG: usize = 24;

/// Bars around as many words are the length of a sentence, which may be broken between its words.
const SENTENCE: usize = 3;

/// Where a line may end within LaTeX: a space without width.
const BREAK: char = '\u{200b}';

#[derive(Clone, Copy, PartialEq)]
enum Breaks {
    Nowhere,
    /// In a long group, or one that is a sentence.
    InGroups,
    BetweenWords,
    AfterSigns,
}

impl Formula {
    /// LaTeX, in pieces between which a line may end.
    pub fn latex(&self) -> Vec<String> {
        let nodes = &self.0;
        let may_end = |i: usize| {
            let Atom::Sign(sign) = &nodes[i].atom else {
                // Before "log" in a product.
                return nodes[i].is_operand() && matches!(nodes[i + 1].atom, Atom::Function(_));
            };
            match sign.kind {
                SignKind::Relation => true,
                SignKind::Sum => i > 0 && nodes[i - 1].is_operand(),
                _ => false,
            }
        };
        let long = self.unicode().chars().count() > LONG;
        let ends = (0..nodes.len().saturating_sub(1)).filter(|&i| long && may_end(i)).map(|i| i + 1);
        let mut from = 0;
        let mut out = Vec::new();
        for end in ends.chain(once(nodes.len())) {
            let mut latex = String::new();
            latex_with(&nodes[from..end], &mut latex, Breaks::InGroups);
            // A sign at the end stands between two things all the same.
            latex.push_str(if end < nodes.len() { "{}" } else { "" });
            out.extend(latex.split(BREAK).map(str::to_string));
            from = end;
        }
        out
    }
}

fn latex_of(nodes: &[Node], out: &mut String) {
    latex_with(nodes, out, Breaks::Nowhere);
}

fn latex_with(nodes: &[Node], out: &mut String, breaks: Breaks) {
    let word = |node: &Node| matches!(node.atom, Atom::Word(_));
    let operates = |node: &Node| matches!(&node.atom, Atom::Sign(sign) if sign.kind != SignKind::Thing);
    for (i, node) in nodes.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| &nodes[before]);
        if node.spaced
            && let Some(before) = before
        {
            out.push_str(space(before, i.checked_sub(2).map(|i| &nodes[i]), node));
            // A line may end after a sign, which stands between two things all the same, and not before it.
            if breaks == Breaks::BetweenWords && (word(before) || word(node)) && !operates(node) {
                out.push_str(if operates(before) { "{}" } else { "" });
                out.push(BREAK);
            }
        }
        match &node.atom {
            Atom::Number(number) => out.push_str(&latex_number(number)),
            Atom::Letter(letter) => out.push_str(&letter.latex),
            Atom::Function(name) => {
                let latex = FUNCTIONS.iter().find(|(known, _)| known == name).map_or(&name[..], |(_, latex)| latex);
                let _ = write!(out, "{latex} ");
            }
            Atom::Word(word) => {
                let _ = write!(out, r"\text{{{word}}}");
            }
            Atom::Sign(sign) => {
                // An operation on what the words before it say.
                let operates = matches!(sign.kind, SignKind::Sum | SignKind::Product | SignKind::Relation);
                if i == 0 && operates && nodes.get(1).is_some_and(|next| next.spaced) {
                    out.push_str("{}");
                }
                let _ = write!(out, "{} ", sign.latex);
                let sum = sign.kind == SignKind::Sum && before.is_some_and(Node::is_operand);
                if breaks == Breaks::AfterSigns && (sum || sign.kind == SignKind::Comma) {
                    out.push_str("{}");
                    out.push(BREAK);
                }
            }
            Atom::Group { open, close, inside } => {
                let bracket = |bracket: char| match bracket {
                    '<' => r"\langle ".to_string(),
                    '>' => r"\rangle ".to_string(),
                    '{' | '}' => format!(r"\{bracket}"),
                    other => other.to_string(),
                };
                out.push_str(&match open {
                    '|' => r"\lvert ".to_string(),
                    '‖' => r"\lVert ".to_string(),
                    other => bracket(*other),
                });
                let words = inside.iter().filter(|node| word(node)).count();
                let inner = match breaks {
                    Breaks::InGroups if words >= SENTENCE => Breaks::BetweenWords,
                    Breaks::InGroups if Formula(inside.clone()).unicode().chars().count() > LONG => Breaks::AfterSigns,
                    _ => Breaks::Nowhere,
                };
                latex_with(inside, out, inner);
                out.push_str(&match close {
                    '|' => r"\rvert ".to_string(),
                    '‖' => r"\rVert ".to_string(),
                    other => bracket(*other),
                });
            }
            Atom::Matrix(rows) => {
                out.push_str(r"\begin{bmatrix}");
                for (i, row) in rows.iter().enumerate() {
                    out.push_str(if i > 0 { r"\\" } else { "" });
                    for (j, cell) in row.iter().enumerate() {
                        out.push_str(if j > 0 { "&" } else { "" });
                        latex_of(cell, out);
                    }
                }
                out.push_str(r"\end{bmatrix}");
            }
            Atom::Root(inside) => {
                out.push_str(r"\sqrt{");
                latex_of(inside, out);
                out.push('}');
            }
        }
        if let Some(sub) = &node.sub {
            out.push_str("_{");
            sub.latex(out);
            out.push('}');
        }
        match (&node.sup, node.primes) {
            (None, 0) => {}
            (None, primes) => out.push_str(&"'".repeat(primes)),
            (Some(sup), primes) => {
                let _ = write!(out, "^{{{}", r"\prime ".repeat(primes));
                sup.latex(out);
                out.push('}');
            }
        }
    }
}

/// What stands for a typed blank between two things that are multiplied: nothing between letters, but something
/// around words and bars, and after a fraction.
fn space(before: &Node, before_that: Option<&Node>, node: &Node) -> &'static str {
    let word = |node: &Node| matches!(node.atom, Atom::Word(_));
    let wide = |node: &Node| matches!(node.atom, Atom::Group { open: '|' | '‖', .. } | Atom::Root(_) | Atom::Matrix(_));
    let over = before_that.is_some_and(|node| matches!(&node.atom, Atom::Sign(sign) if sign.typed == "/"));
    if word(before) || word(node) {
        let operates = |node: &Node| matches!(&node.atom, Atom::Sign(sign) if !matches!(sign.kind, SignKind::Thing | SignKind::Comma));
        return if operates(before) || operates(node) { "" } else { r"\ " };
    }
    if wide(node) && matches!(before.atom, Atom::Function(_)) {
        return r"\,";
    }
    if before.is_operand() && node.is_operand() && (wide(before) || wide(node) || over) { r"\," } else { "" }
}

impl Script {
    fn latex(&self, out: &mut String) {
        out.push_str(self.sign);
        let parentheses = self.grouped && !self.sign.is_empty();
        out.push_str(if parentheses { "(" } else { "" });
        latex_of(&self.inside, out);
        out.push_str(if parentheses { ")" } else { "" });
    }
}

/// 1e-8 is a power of ten.
fn latex_number(number: &str) -> String {
    match number.split_once('e') {
        None => number.to_string(),
        Some(("0", _)) => "0".to_string(),
        Some(("1", power)) => format!("10^{{{power}}}"),
        Some((mantissa, power)) => format!(r"{mantissa} \times 10^{{{power}}}"),
    }
}
