//! A page a theorem, for the hand: what it says and assumes, its steps with what is known of them, a figure, its symbols.

use std::fmt::Write;

use theoremcheck::figure;
use theoremcheck::notation::escape;
use theoremcheck::theorem::{Kind, Standing, Step, Theorem};

use super::{Press, Set, phrase, stopped, words};
use crate::bibliography;
use crate::manuscript::Page;
use crate::places::anchor;

impl Press<'_> {
    /// All theorems, in the order of the course. The page's script sets each so small that it fits one sheet of paper.
    pub(super) fn sheets(&self, page: &Page) -> Set {
        let sheets = self.course.theorems.iter().map(|theorem| self.sheet_of(page, theorem));
        sheets.collect::<std::result::Result<Vec<String>, String>>().map(|sheets| sheets.join("\n\n"))
    }

    fn sheet_of(&self, page: &Page, theorem: &Theorem) -> Set {
        let id = format!("sheet.{}", theorem.id);
        let cites: Vec<String> = theorem.cites.iter().map(|key| self.short(key)).collect();
        let facts: Vec<String> = [self.standing_of(theorem)].into_iter().chain(cites).collect();
        let mut out = format!(
            "<section class=\"sheet\" aria-labelledby=\"{id}\"><h2 id=\"{id}\"><a href=\"{}\">{}</a></h2>\
             <p>{}</p><p class=\"facts\">{}</p><div class=\"columns\">",
            self.places.href(page, &anchor(theorem, "statement")),
            self.formulas.label(theorem.title)?,
            self.formulas.label(theorem.says)?,
            facts.join(" · "),
        );
        let _ = write!(out, "<h3>{}</h3><ul>", self.words.say("Hypotheses"));
        for hypothesis in theorem.hypotheses {
            let says = self.formulas.label(hypothesis.says)?;
            let _ = write!(out, "<li><strong>{}.</strong> {says}</li>", words(hypothesis.id));
        }
        let _ = write!(out, "</ul><h3>{}</h3><ol>", self.words.say("Steps"));
        let mut steps: Vec<&Step> = theorem.steps().collect();
        steps.sort_by_key(|step| self.places.number(theorem, step));
        for step in steps {
            let says = format!(
                "{} <span class=\"facts\">{}</span>",
                self.formulas.label(step.says)?,
                self.known(step.standing)
            );
            let name = words(step.id);
            // Where there is little room the script of the page leaves a step that is no line of the proof its name alone.
            let kind = match step.kind {
                Kind::Proof => "",
                Kind::Refinement | Kind::Counterexample => step.kind.word(),
            };
            let _ = write!(out, "<li><strong>{name}.</strong> <span class=\"{kind}\">{says}</span></li>");
        }
        out.push_str("</ol>");
        if let Some(figure) = theorem.figures.first() {
            let plot = &self.plots[&anchor(theorem, figure.id)];
            let _ = write!(
                out,
                "<figure>{}<figcaption><strong>{}</strong> {}</figcaption></figure>",
                figure::svg(plot, &format!("{id}.figure"), figure.title, figure.says),
                stopped(&self.formulas.label(figure.title)?),
                self.formulas.label(figure.says)?,
            );
        }
        if !theorem.symbols.is_empty() {
            let _ = write!(out, "<h3>{}</h3><dl>", self.words.say("Symbols"));
            for (symbol, meaning) in theorem.symbols {
                let [symbol, meaning] = [self.formulas.label(symbol)?, self.formulas.label(meaning)?];
                let _ = write!(out, "<dt>{symbol}</dt><dd>{meaning}</dd>");
            }
            out.push_str("</dl>");
        }
        Ok(out + "</div></section>")
    }

    /// "proved: Soudry et al. (2018)", without links: a sheet is read on paper.
    fn known(&self, standing: Standing) -> String {
        let by = standing.cites().map(|key| self.short(key));
        let by = by.or_else(|| standing.shown_by().map(|part| escape(&phrase(part))));
        let word = self.words.say(standing.words());
        by.map_or(word.to_string(), |by| format!("{word}: {by}"))
    }

    /// A source, as it is cited.
    fn short(&self, key: &str) -> String {
        let (entry, place) = self.references.cited(key).expect("it was looked up with the places");
        bibliography::short(entry, place)
    }
}
