//! LaTeX to MathML, at build time: the reader's browser needs no script for a formula.

use std::collections::HashMap;

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use crate::manuscript::{Page, What};
use crate::problem::Result;

/// The formulas of the book, by what was typed.
pub struct Formulas {
    inline: HashMap<String, String>,
    display: HashMap<String, String>,
}

impl Formulas {
    pub fn inline(&self, latex: &str) -> &str {
        &self.inline[latex]
    }

    pub fn display(&self, latex: &str) -> &str {
        &self.display[latex]
    }
}

/// Converts every formula, or says which one is not LaTeX.
pub fn convert(pages: &[Page]) -> Result<Formulas> {
    let converter = LatexToMathML::new(MathCoreConfig::default()).expect("no macros are given that could be wrong");
    let mut formulas = Formulas { inline: HashMap::new(), display: HashMap::new() };
    for page in pages {
        for part in &page.parts {
            let (latex, display, into) = match &part.what {
                What::Inline { latex, .. } => (latex, MathDisplay::Inline, &mut formulas.inline),
                What::Display(latex) => (latex, MathDisplay::Block, &mut formulas.display),
                What::Dollar => {
                    return Err(
                        page.problem(part.line, "this $ opens or closes no formula: write \\$ for the sign itself")
                    );
                }
                _ => continue,
            };
            let converted = converter.convert_with_local_state(latex, display).map_err(|error| {
                let line = part.line + latex.get(..error.0.start).map_or(0, |before| before.matches('\n').count());
                page.problem(line, format!("this formula does not convert: {error}: {}", latex.trim()))
            })?;
            into.insert(latex.clone(), embed(&converted.mathml.replace("<mo>′</mo>", "<mo class=\"prime\">′</mo>")));
        }
    }
    Ok(formulas)
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
    fn markdown_finds_no_markup_in_a_formula() {
        assert_eq!(
            embed("<mo>*</mo>\n<mspace width=\"1em\"/><mi>&lt;</mi>"),
            "<mo>&#42;</mo> <mspace width=\"1em\"></mspace><mi>&lt;</mi>"
        );
    }
}
