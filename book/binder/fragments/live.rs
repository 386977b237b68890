//! A live figure as it stands on paper, and what the page's script makes it move by.

use std::fmt::Write;

use serde_json::json;
use theoremcheck::figure::{self, Scale};
use theoremcheck::live::{Live, Parameter, Takes};
use theoremcheck::notation::{escape, unicode};
use theoremcheck::real::ln;
use theoremcheck::theorem::Theorem;

use super::{Press, Set, keys, stopped};
use crate::places::anchor;

/// The slider of a number has so many places.
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
             <figcaption><strong>{}</strong> {} <span class=\"facts\">{}.</span></figcaption></figure>",
            theorem.id,
            live.id,
            figure::svg(&shown.plot, &id, live.title, live.says),
            stopped(&self.formulas.label(live.title)?),
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

/// A slider with its value beside it. That of a number goes from place to place, whose values the script knows.
fn slider(parameter: &Parameter, id: &str) -> Option<String> {
    let (places, says) = match parameter.takes {
        Takes::Points { .. } => return None,
        Takes::Whole { range: [from, to], default } => {
            (format!("min=\"{from}\" max=\"{to}\" value=\"{default}\""), default.to_string())
        }
        Takes::Number { range: [from, to], scale, default } => {
            let (kind, share) = match scale {
                Scale::Linear => ("linear", (default - from) / (to - from)),
                Scale::Log => ("log", ln(default / from) / ln(to / from)),
            };
            let place = (PLACES * share).round();
            let scale = format!("data-scale=\"{kind}\" data-from=\"{from:e}\" data-to=\"{to:e}\"");
            (format!("min=\"0\" max=\"{PLACES}\" value=\"{place}\" {scale}"), default.to_string())
        }
    };
    let says = says.replace('-', "−");
    Some(format!(
        "<input type=\"range\" id=\"{id}\" name=\"{}\" {places} aria-valuetext=\"{says}\" autocomplete=\"off\">\
         <output for=\"{id}\">{says}</output>",
        parameter.name
    ))
}
