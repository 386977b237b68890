//! A live figure as it stands on paper, and what the page's script makes it move by.

use std::fmt::Write;

use serde_json::json;
use theoremcheck::figure::{self, Scale, escape};
use theoremcheck::live::{Live, Parameter, Takes};
use theoremcheck::notation::unicode;
use theoremcheck::real::{LN_10, ln};
use theoremcheck::theorem::Theorem;

use super::{Press, Set, keys};
use crate::places::anchor;

/// A slider has so many places.
const PLACES: f64 = 200.0;

impl Press<'_> {
    pub(super) fn live(&self, theorem: &Theorem, live: &Live) -> Set {
        let id = anchor(theorem, live.id);
        let shown = &self.live[&id];
        let region = self.words.fill("Figure: {title}", &[("title", &escape(&unicode(live.title)))]);
        let points = live.parameters.iter().find(|parameter| matches!(parameter.takes, Takes::Points { .. }));
        let handles = points.map_or(String::new(), |points| handles(points, figure::frame(&shown.plot)));
        let mut controls = String::new();
        for parameter in live.parameters {
            if let Some(slider) = slider(parameter, &format!("{id}.{}", parameter.name)) {
                let label = self.formulas.label(parameter.says)?;
                let _ = write!(controls, "<p><label for=\"{id}.{}\">{label}</label>{slider}</p>", parameter.name);
            }
        }
        let mut readings = String::new();
        for reading in &shown.readings {
            let (name, label) = (escape(&unicode(reading.name)), self.formulas.label(reading.name)?);
            let _ =
                write!(readings, "<div data-name=\"{name}\"><dt>{label}</dt><dd>{}</dd></div>", escape(&reading.value));
        }
        Ok(format!(
            "<figure class=\"live\" id=\"{id}\" data-theorem=\"{}\" data-live=\"{}\">\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{region}\">\
             <div class=\"stage\"{handles}>{}</div></div>\
             <form class=\"controls\">{controls}</form><dl class=\"readings\">{readings}</dl>\
             <figcaption><strong>{}.</strong> {} <span class=\"facts\">{}.</span></figcaption></figure>",
            theorem.id,
            live.id,
            figure::svg(&shown.plot, &id, live.title, live.says),
            self.formulas.label(live.title)?,
            self.formulas.label(live.says)?,
            keys(&shown.plot, self.words),
        ))
    }
}

/// What the script makes the handles of points from.
fn handles(parameter: &Parameter, frame: [f64; 4]) -> String {
    let Takes::Points { names, x, y, default } = parameter.takes else { return String::new() };
    let names: Vec<String> = names.iter().map(|name| unicode(name)).collect();
    let points = json!({ "name": parameter.name, "names": names, "x": x, "y": y, "at": default, "frame": frame });
    format!(" data-points=\"{}\"", escape(&points.to_string()))
}

/// A slider with its value beside it, for a number. Along a logarithmic one it is the exponent of ten that moves.
fn slider(parameter: &Parameter, id: &str) -> Option<String> {
    let (kind, [from, to, value], step, says) = match parameter.takes {
        Takes::Points { .. } => return None,
        Takes::Whole { range: [from, to], default } => {
            ("whole", [from, to, default].map(f64::from), 1.0, default.to_string())
        }
        Takes::Number { range: [from, to], scale, default } => {
            let (kind, ends) = match scale {
                Scale::Linear => ("linear", [from, to, default]),
                Scale::Log => ("log", [from, to, default].map(|x| ln(x) / LN_10)),
            };
            (kind, ends, (ends[1] - ends[0]) / PLACES, default.to_string())
        }
    };
    let says = says.replace('-', "−");
    Some(format!(
        "<input type=\"range\" id=\"{id}\" name=\"{}\" data-kind=\"{kind}\" min=\"{from}\" max=\"{to}\" step=\"{step}\" \
         value=\"{value}\" aria-valuetext=\"{says}\" autocomplete=\"off\"><output for=\"{id}\">{says}</output>",
        parameter.name
    ))
}
