//! How many steps have which standing, which they are, and what the checks found: all of it counted.

use std::fmt::Write;

use theoremcheck::claim::Verdict;
use theoremcheck::theorem::{Standing, Step, Theorem};

use super::{Press, Set, stopped, words};
use crate::Checked;
use crate::manuscript::Page;
use crate::places::anchor;

/// As `{{#standings NAME}}` names them, from the strongest to the weakest: name, what it is called, what it means.
pub const STANDINGS: [(&str, &str, &str); 7] = [
    ("proved", "proved in print", "a source is cited beside the step"),
    ("proved-here", "proved in the book", "the derivation is complete and too elementary to cite"),
    ("formal", "formal", "derived here, confirmed by the run; no published proof known to us"),
    ("observed", "observed on samples", "seen with seeded data, not proved"),
    ("conjectured", "conjectured", "consistent with the experiments, not derived"),
    ("overstated", "overstated in the notes", "true under conditions that the notes leave out"),
    ("refuted", "refuted", "what the notes say is false"),
];

fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::ProvedHere => "proved-here",
        other => other.word(),
    }
}

/// What was looked at, and how much of it is as the theorem has it.
#[derive(Default)]
struct Tally {
    steps: usize,
    claims: [usize; 2],
    hypotheses: [usize; 2],
    controls: [usize; 2],
}

impl Tally {
    /// A claim of fixed data counts once, others once a seed; a hypothesis or a control counts once, if it is right on
    /// every seed.
    fn of(checked: &Checked) -> Tally {
        let Checked { theorem, runs, .. } = checked;
        let mut claims = [0, 0];
        for (i, run) in runs.iter().enumerate() {
            for (_, found) in &run.steps {
                match found {
                    Ok(found) => {
                        for claim in found.iter().filter(|claim| claim.seeded || i == 0) {
                            claims[0] += usize::from(claim.verdict() == Verdict::Holds);
                            claims[1] += 1;
                        }
                    }
                    Err(_) => claims[1] += 1,
                }
            }
        }
        let always = |all: usize, right: &dyn Fn(usize) -> bool| [(0..all).filter(|&k| right(k)).count(), all];
        Tally {
            steps: theorem.steps().count(),
            claims,
            hypotheses: always(theorem.hypotheses.len(), &|k| checked.hypothesis_holds(k)),
            controls: always(theorem.controls.len(), &|k| checked.control_refutes(k)),
        }
    }

    fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        for (sum, more) in [
            (&mut self.claims, other.claims),
            (&mut self.hypotheses, other.hypotheses),
            (&mut self.controls, other.controls),
        ] {
            sum[0] += more[0];
            sum[1] += more[1];
        }
    }
}

impl Press<'_> {
    /// The counts, or the steps of one standing.
    pub(super) fn standings(&self, page: &Page, of: &str) -> Set {
        match STANDINGS.iter().find(|(name, ..)| *name == of) {
            None => self.counts(page),
            Some((name, ..)) => self.of_standing(page, name),
        }
    }

    /// What is known of a theorem: "proved", or of how many steps what.
    pub(super) fn standing_of(&self, theorem: &Theorem) -> String {
        if theorem.status() == "proved" {
            return self.words.say("proved").to_string();
        }
        let count = |of| theorem.steps().filter(|step| name(step.standing) == of).count();
        let counts = STANDINGS.iter().map(|(of, called, _)| (count(*of), self.words.say(called)));
        let counts: Vec<String> = counts.filter(|(n, _)| *n > 0).map(|(n, called)| format!("{n} {called}")).collect();
        self.words.fill("Of its steps {counts}", &[("counts", &counts.join(", "))])
    }

    fn counts(&self, page: &Page) -> Set {
        let all: Vec<&Step> = self.course.theorems.iter().flat_map(|theorem| theorem.steps()).collect();
        let [standing, meaning, steps] = ["Standing", "What it means", "Steps"].map(|head| self.words.say(head));
        let mut out = format!(
            "<table><thead><tr><th scope=\"col\">{standing}</th><th scope=\"col\">{meaning}</th>\
             <th scope=\"col\">{steps}</th></tr></thead><tbody>"
        );
        for (of, called, means) in STANDINGS {
            let count = all.iter().filter(|step| name(step.standing) == of).count();
            let called = self.words.say(called);
            let to = format!("standing.{of}");
            let called = match self.places.has(&to) {
                true => format!("<a href=\"{}\">{called}</a>", self.places.href(page, &to)),
                false => called.to_string(),
            };
            let means = self.words.say(means);
            let _ = write!(out, "<tr><th scope=\"row\">{called}</th><td>{means}</td><td>{count}</td></tr>");
        }
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td></td><td>{}</td></tr></tbody></table>\n\n",
            self.words.say("together"),
            all.len()
        );
        let caption = self.words.say("What was checked, and how much of it holds");
        let _ = write!(
            out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table class=\"data\">\
             <caption>{caption}.</caption><thead><tr>{}</tr></thead><tbody>",
            ["Theorem", "Steps", "claims that hold", "hypotheses that hold", "controls that refute"]
                .map(|head| format!("<th scope=\"col\">{}</th>", self.words.say(head)))
                .concat()
        );
        let mut sum = Tally::default();
        for checked in self.checked {
            let tally = Tally::of(checked);
            let theorem = checked.theorem;
            let href = self.places.href(page, &anchor(theorem, "statement"));
            out += &self.tally(&format!("<a href=\"{href}\">{}</a>", words(theorem.id)), &tally);
            sum.add(&tally);
        }
        out += &self.tally(self.words.say("together"), &sum);
        Ok(out + "</tbody></table></div>")
    }

    fn tally(&self, head: &str, tally: &Tally) -> String {
        let share = |[right, all]: [usize; 2]| {
            self.words.fill("{n} of {all}", &[("n", &right.to_string()), ("all", &all.to_string())])
        };
        let Tally { steps, claims, hypotheses, controls } = tally;
        let shares = [*claims, *hypotheses, *controls].map(|of| format!("<td>{}</td>", share(of))).concat();
        format!("<tr><th scope=\"row\">{head}</th><td>{steps}</td>{shares}</tr>")
    }

    /// By theorem: proofs by their names, everything weaker with its sentence.
    fn of_standing(&self, page: &Page, of: &str) -> Set {
        let mut out = String::new();
        for theorem in self.course.theorems {
            let steps: Vec<&Step> = theorem.steps().filter(|step| name(step.standing) == of).collect();
            if steps.is_empty() {
                continue;
            }
            let _ = write!(out, "<li><strong>{}</strong> ", stopped(&self.formulas.label(theorem.title)?));
            if of.starts_with("proved") {
                let links: Vec<String> = steps.iter().map(|step| self.link(page, theorem, step.id)).collect();
                out += &format!("{}.</li>", links.join(", "));
                continue;
            }
            out += "<ul>";
            for step in steps {
                out += &format!("<li>{}</li>", self.sentence(page, theorem, step)?);
            }
            out += "</ul></li>";
        }
        Ok(match out.is_empty() {
            true => format!("<p id=\"standing.{of}\">{}</p>", self.words.say("No step has this standing.")),
            false => format!("<ul id=\"standing.{of}\" class=\"hypotheses\">{out}</ul>"),
        })
    }

    fn sentence(&self, page: &Page, theorem: &'static Theorem, step: &Step) -> Set {
        let href = self.places.href(page, &anchor(theorem, step.id));
        let says = self.formulas.label(step.says)?;
        let by = step.standing.shown_by().filter(|by| *by != step.id);
        let by = by.map_or(String::new(), |by| format!(" ({})", self.see(page, theorem, by)));
        Ok(format!("<a href=\"{href}\">{}</a>{by}: {says}", words(step.id)))
    }
}
