//! All displayed formulas of the book on one page, each with the way back to where it is derived.

use std::fmt::Write;

use theoremcheck::notation::escape;

use super::{Press, words};
use crate::manuscript::Page;
use crate::math::{Displayed, Section};
use crate::places::href;

impl Press<'_> {
    /// By chapter and section; a formula has the number that it has in its chapter.
    pub(super) fn sheet(&self, page: &Page) -> String {
        let mut out = String::new();
        let all = self.formulas.displayed();
        for (i, formula) in all.iter().enumerate() {
            let Displayed { page: to, chapter, section, latex } = formula;
            let before = i.checked_sub(1).map(|before| &all[before]);
            let in_place = href(page, to, &format!("formula.{}", i + 1));
            if before.is_none_or(|before| before.page != *to) {
                let _ = write!(out, "\n\n## {}\n\n", escape(chapter));
            }
            if before.is_none_or(|before| before.page != *to || before.section != *section) {
                let link = match section {
                    Section::Part(named) => {
                        let (_, part) = named.split_once("::").unwrap_or_default();
                        let href = self.places.href(page, &named.replace("::", "."));
                        format!("<a href=\"{href}\">{}</a>", words(part))
                    }
                    Section::Heading(title) => format!("<a href=\"{in_place}\">{title}</a>"),
                };
                let _ = write!(out, "<p class=\"origin\">{link}</p>");
            }
            let number = i + 1;
            let _ = write!(
                out,
                "<div class=\"listed\"><a class=\"facts\" href=\"{in_place}\">({number})</a>{}</div>",
                self.framed(number, None, latex)
            );
        }
        out
    }

    /// A displayed formula, which scrolls where it is wider than the page.
    pub(super) fn framed(&self, number: usize, id: Option<String>, latex: &str) -> String {
        format!(
            "<div class=\"formula\"{} tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>",
            id.map_or(String::new(), |id| format!(" id=\"{id}\"")),
            self.words.fill("Formula {number}", &[("number", &number.to_string())]),
            self.formulas.display(latex)
        )
    }
}
