//! LaTeX to MathML, at build time: the reader's browser needs no script for a formula.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use theoremcheck::notation::escape as escape_text;
use theoremcheck::notation::{self, Piece};

use crate::manuscript::{Page, What};
use crate::problem::Result;

/// The formulas of the book, by what was typed.
pub struct Formulas {
    converter: LatexToMathML,
    inline: HashMap<String, String>,
    display: HashMap<String, String>,
    displayed: Vec<Displayed>,
}

/// A displayed formula, and where it stands.
pub struct Displayed {
    /// The page's address.
    pub page: PathBuf,
    pub chapter: String,
    pub section: Section,
    pub latex: String,
}

/// What a displayed formula belongs to.
#[derive(Clone, PartialEq, Eq)]
pub enum Section {
    /// A step or a control, as its directive names it.
    Part(String),
    /// A heading, as text for HTML.
    Heading(String),
}

impl Formulas {
    pub fn inline(&self, latex: &str) -> &str {
        &self.inline[latex]
    }

    pub fn display(&self, latex: &str) -> &str {
        &self.display[latex]
    }

    /// In the order of the book.
    pub fn displayed(&self) -> &[Displayed] {
        &self.displayed
    }

    /// A label or a statement of the registry: words as they stand, formulas as MathML.
    pub fn label(&self, line: &str) -> std::result::Result<String, String> {
        let mut pieces = notation::read(line)?.into_iter().peekable();
        let mut out = String::new();
        while let Some(piece) = pieces.next() {
            let formula = match piece {
                Piece::Text(text) => {
                    out.push_str(&escape_text(&text));
                    continue;
                }
                Piece::Formula(formula) => formula,
            };
            let mut parts = Vec::new();
            for latex in formula.latex() {
                let converted = self.converter.convert_with_local_state(&latex, MathDisplay::Inline);
                let converted = converted.map_err(|error| format!("{error} in {latex}, which is “{line}”"))?;
                parts.push(set(&converted.mathml));
            }
            let last = parts.pop().unwrap_or_default();
            parts.iter().for_each(|part| out.push_str(&format!("{part}<wbr>")));
            // No line begins with a comma.
            let tail = match pieces.peek_mut() {
                Some(Piece::Text(text)) => {
                    let end = text.trim_start_matches(|c: char| c.is_ascii_punctuation() && c != '(').len();
                    let rest = text.split_off(text.len() - end);
                    std::mem::replace(text, rest)
                }
                _ => String::new(),
            };
            out.push_str(&together(&last, &escape_text(&tail)));
        }
        Ok(out)
    }
}

/// Converts every formula, or says which one is not LaTeX.
pub fn convert(pages: &[Page]) -> Result<Formulas> {
    let converter = LatexToMathML::new(MathCoreConfig::default()).expect("no macros are given that could be wrong");
    let mut formulas = Formulas { converter, inline: HashMap::new(), display: HashMap::new(), displayed: Vec::new() };
    for page in pages {
        let mut section = Section::Heading(escape_text(&page.title));
        for part in &page.parts {
            match &part.what {
                What::Heading => section = Section::Heading(escape_text(page.heading(part))),
                What::Directive { name, argument } if name == "step" || name == "control" => {
                    section = Section::Part(argument.clone());
                }
                What::Display(latex) => formulas.displayed.push(Displayed {
                    page: page.html(),
                    chapter: page.title.clone(),
                    section: section.clone(),
                    latex: latex.clone(),
                }),
                _ => {}
            }
            let (latex, display) = match &part.what {
                What::Inline { latex, .. } => (latex, MathDisplay::Inline),
                What::Display(latex) => (latex, MathDisplay::Block),
                What::Dollar => {
                    return Err(
                        page.problem(part.line, "this $ opens or closes no formula: write \\$ for the sign itself")
                    );
                }
                _ => continue,
            };
            let converted = formulas.converter.convert_with_local_state(latex, display).map_err(|error| {
                let line = part.line + latex.get(..error.0.start).map_or(0, |before| before.matches('\n').count());
                page.problem(line, format!("this formula does not convert: {error}: {}", latex.trim()))
            })?;
            let into = if display == MathDisplay::Inline { &mut formulas.inline } else { &mut formulas.display };
            into.insert(latex.clone(), set(&converted.mathml));
        }
    }
    Ok(formulas)
}

/// A formula and the punctuation after it.
pub fn together(formula: &str, tail: &str) -> String {
    if tail.is_empty() { formula.to_string() } else { format!("<span class=\"together\">{formula}{tail}</span>") }
}

/// What we add to MathML before it is embedded.
fn set(mathml: &str) -> String {
    let mathml = &mathml.replace("<mo>˙</mo>", "<mo class=\"dot\">˙</mo>");
    let primed = |mathml: String, prime| {
        mathml.replace(&format!("<mo>{prime}</mo>"), &format!("<mo class=\"prime\">{prime}</mo>"))
    };
    // A root over a small letter stands as high as over a capital.
    let mathml = leaning(&sized(mathml)).replace("<msqrt>", "<msqrt><mspace height=\".69em\"/>");
    embed(&["′", "″", "‴", "⁗"].into_iter().fold(mathml, primed))
}

/// Letters that lean over the end of their box, with room for what would run into them: an exponent, a bar or a bracket, and
/// the words after the formula.
fn leaning(mathml: &str) -> String {
    let mut parts = mathml.split("<mi>");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let after =
            part.strip_prefix(['F', 'P', 'T', 'U', 'V', 'W', 'Y', 'f']).and_then(|rest| rest.strip_prefix("</mi>"));
        let meets = after.is_some_and(|after| {
            let closes = after.starts_with("<mo")
                && after.split_once('>').is_some_and(|(_, mo)| mo.starts_with(['|', ')', ']', '‖']));
            out.ends_with("<msup>") || after.starts_with("</math>") || closes
        });
        out.push_str(if meets { "<mi class=\"leans\">" } else { "<mi>" });
        out.push_str(part);
    }
    out
}

/// A bracket of a given size that bears an exponent or an index, in a row of its own: only there do browsers give it its size.
fn sized(mathml: &str) -> String {
    let mut parts = mathml.split("<mo ");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let bears = ["<msup>", "<msub>", "<msubsup>"].iter().any(|open| out.ends_with(open));
        match part.split_once("</mo>") {
            Some((bracket, rest)) if bears && bracket.contains("minsize=") => {
                let _ = write!(out, "<mrow><mo {bracket}</mo></mrow>{rest}");
            }
            _ => {
                let _ = write!(out, "<mo {part}");
            }
        }
    }
    out
}

/// MathML that survives Markdown: punctuation that Markdown reads as markup becomes entities, a line has no
/// end, and an element that closes itself gets an end tag, which HTML wants.
fn embed(mathml: &str) -> String {
    let mut out = String::with_capacity(mathml.len() + 64);
    let mut rest = mathml;
    while let Some((text, tagged)) = rest.split_once('<') {
        escape(text, &mut out);
        let (tag, after) = tagged.split_once('>').unwrap_or((tagged, ""));
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        match tag.strip_suffix('/') {
            Some(open) => out.push_str(&format!("<{}></{name}>", open.trim_end())),
            None => out.push_str(&format!("<{tag}>")),
        }
        rest = after;
    }
    escape(rest, &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            '&' | '#' | ';' => out.push(c),
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", c as u32)),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_that_bears_an_exponent_stands_in_a_row() {
        assert_eq!(
            sized("<mo minsize=\"2em\">(</mo><mi>x</mi><msup><mo minsize=\"2em\">)</mo><mn>2</mn></msup>"),
            "<mo minsize=\"2em\">(</mo><mi>x</mi><msup><mrow><mo minsize=\"2em\">)</mo></mrow><mn>2</mn></msup>"
        );
    }

    #[test]
    fn letters_lean_where_something_follows() {
        let [leans, plain] = ["<mi class=\"leans\">V</mi>", "<mi>V</mi>"];
        for (typed, set) in [
            ("<msup>{}<mn>2</mn></msup>", leans),
            ("<mi>G</mi>{}<mo stretchy=\"false\">|</mo>", leans),
            ("<math>{}</math>", leans),
            ("{}<mi>x</mi>", plain),
            ("{}<mo>+</mo>", plain),
        ] {
            assert_eq!(leaning(&typed.replace("{}", plain)), typed.replace("{}", set));
        }
    }

    #[test]
    fn markdown_finds_no_markup_in_a_formula() {
        assert_eq!(
            embed("<mo>*</mo>\n<mspace width=\"1em\"/><mi>&lt;</mi>"),
            "<mo>&#42;</mo> <mspace width=\"1em\"></mspace><mi>&lt;</mi>"
        );
    }
}
