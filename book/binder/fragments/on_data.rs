//! A theorem's run on the reader's data: the command, and where the pages run, a form made from its options.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;

use theoremcheck::notation::{escape, unicode};
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::table::Cells;
use theoremcheck::theorem::{OnData, Theorem};

use super::{Press, Set};
use crate::places::anchor;

/// What stands after the theorem in `{{#run ..}}`: the options of the command, as one types them.
struct Given<'a> {
    data: Option<&'a str>,
    options: HashMap<&'static str, &'a str>,
}

impl<'a> Given<'a> {
    fn read(on_data: &'static OnData, text: &'a str) -> Result<Given<'a>, String> {
        let mut given = Given { data: None, options: HashMap::new() };
        let mut rest = text.split_whitespace();
        while let Some(word) = rest.next() {
            let name =
                word.strip_prefix("--").ok_or_else(|| format!("{word} is no option: --option, or --option value"))?;
            let mut value = || rest.next().ok_or_else(|| format!("--{name} needs a value"));
            if name == "data" {
                given.data = Some(value()?);
                continue;
            }
            let option = on_data.options.iter().find(|option| option.name == name);
            let option = option.ok_or_else(|| format!("the run has no option --{name}"))?;
            given.options.insert(option.name, if option.sign().is_some() { value()? } else { "" });
        }
        if given.data.is_some() != (on_data.cells != Cells::NoTable) {
            return Err("--data and a file belong to a run that asks for a table, and to no other".to_string());
        }
        let text = |option: &DataOption| given.options.get(option.name).map(|text| text.to_string());
        Options::read(on_data.options, text).map_err(|error| error.to_string())?;
        Ok(given)
    }
}

impl Press<'_> {
    /// The run of a theorem, with the options that its form begins with.
    pub(super) fn on_data(&self, theorem: &'static Theorem, options: &str) -> Set {
        let on_data = theorem.on_data.as_ref().expect("it was looked up with the places");
        let given = Given::read(on_data, options)?;
        let mut out = format!("```text\n{} run {} {options}\n```", self.manuscript.command, theorem.id);
        if let Some(path) = given.data {
            let table = fs::read_to_string(self.manuscript.sources.join(path));
            self.samples.borrow_mut().insert(path.to_string(), table.map_err(|error| format!("{path}: {error}"))?);
        }
        if self.manuscript.module.is_some() {
            let _ = write!(out, "\n\n{}", self.form(theorem, on_data, &given));
        }
        Ok(out)
    }

    /// What the page's script shows and sends.
    fn form(&self, theorem: &Theorem, on_data: &'static OnData, given: &Given) -> String {
        let [label, file, run, stop] =
            ["The table, separated by commas; a file may be dropped here", "Open a file", "Run it here", "Stop"]
                .map(|phrase| self.words.say(phrase));
        let mut out = format!(
            "<form class=\"run-data\" data-theorem=\"{}\" hidden><p>{}</p>",
            theorem.id,
            escape(&unicode(on_data.says))
        );
        if let Some(path) = given.data {
            let id = anchor(theorem, "run.table");
            let sample = self.words.fill("Put in {file}", &[("file", path)]);
            let _ = write!(
                out,
                "<label for=\"{id}\">{label}</label><textarea id=\"{id}\" rows=\"8\" spellcheck=\"false\"></textarea>\
                 <p class=\"actions\"><button type=\"button\" class=\"sample\" data-sample=\"{path}\">{sample}</button>\
                 <label>{file} <input type=\"file\" accept=\".csv,.txt,text/csv,text/plain\"></label></p>",
            );
        }
        for option in on_data.options {
            let id = anchor(theorem, &format!("run.{}", option.name));
            let _ = write!(
                out,
                "<p class=\"option\"><label for=\"{id}\"><code>--{}</code></label>{}\
                 <span class=\"facts\" id=\"{id}.help\">{}</span></p>",
                option.name,
                control(option, &id, given.options.get(option.name).copied()),
                escape(&unicode(&option.help()))
            );
        }
        let _ = write!(
            out,
            "<p class=\"actions\"><button class=\"start\">{run}</button>\
             <button type=\"button\" class=\"stop\" hidden>{stop}</button><span class=\"facts\" role=\"status\"></span></p>\
             <div class=\"ran\"></div></form>"
        );
        out
    }
}

/// What an option is set by. Numbers are left to the command, which says what is wrong with them.
fn control(option: &DataOption, id: &str, given: Option<&str>) -> String {
    let named = format!("id=\"{id}\" name=\"{}\" aria-describedby=\"{id}.help\"", option.name);
    let value = escape(given.unwrap_or_default());
    match option.takes {
        Takes::Nothing => {
            format!("<input {named} type=\"checkbox\"{}>", if given.is_some() { " checked" } else { "" })
        }
        Takes::Word(choices) => {
            let choice =
                |word: &&str| format!("<option{}>{word}</option>", if given == Some(word) { " selected" } else { "" });
            format!("<select {named}>{}</select>", choices.iter().map(choice).collect::<String>())
        }
        Takes::Number { .. } | Takes::Whole { .. } | Takes::Text { .. } | Takes::Numbers { .. } => {
            format!("<input {named} value=\"{value}\" autocomplete=\"off\" spellcheck=\"false\">")
        }
    }
}
