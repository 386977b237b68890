//! Figures as data, and that data as SVG, as CSV and as an HTML table.
//!
//! The drawing has no colours of its own: classes say what a mark is, and the page's style sheet and
//! theme say how that looks. The same numbers give the same bytes.

use std::fmt::Write;

use libm::{floor, log10};

use crate::notation::{self, escape, unicode};
use crate::number::raised;
use crate::real::pow;

/// Panels one below the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// One pair of axes with what is drawn on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// In the order in which they are drawn.
    pub series: Vec<Series>,
    /// Text on the panel.
    pub labels: Vec<Label>,
}

/// An axis: what it shows, from where to where.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is drawn, with its unit if it has one.
    pub label: &'static str,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Its lower end.
    pub from: f64,
    /// Its upper end.
    pub to: f64,
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equal differences.
    Linear,
    /// Equal steps are equal ratios.
    Log,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// As the table of the figure's data prints it.
    pub name: String,
    /// What it is, and so how it is drawn.
    pub look: Look,
    /// In the units of the axes.
    pub points: Vec<[f64; 2]>,
}

/// What a series is, and with that how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Dots.
    Measured,
    /// Measured along a curve: dots on a thin line.
    Path,
    /// A solid line.
    Predicted,
    /// A dashed line.
    Bound,
    /// A dashed upright line, from end to end.
    Interval,
    /// A data point: a small square.
    Point,
    /// A data point with the label -1: an open square.
    Negative,
    /// A support vector: a square with a ring.
    Support,
}

/// A figure of a run on the reader's own data: what a figure of the book has, and the picture itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// What it shows, in a line.
    pub title: &'static str,
    /// What is to be seen, in a sentence or two.
    pub says: &'static str,
    /// The picture.
    pub plot: Plot,
}

/// Text beside a series, at a place in the units of the axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// What it says.
    pub text: &'static str,
    /// In whose colour.
    pub look: Look,
    /// Where, in the units of the axes.
    pub at: [f64; 2],
    /// On which side of the place the text lies.
    pub align: Align,
}

/// Where the place of a label lies in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At its beginning.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

impl Axis {
    /// A linear axis.
    pub fn linear(label: &'static str, from: f64, to: f64) -> Axis {
        Axis { label, scale: Scale::Linear, from, to }
    }

    /// A logarithmic axis.
    pub fn log(label: &'static str, from: f64, to: f64) -> Axis {
        Axis { label, scale: Scale::Log, from, to }
    }

    /// An axis that holds these values, with some room beside them; a logarithmic one has two powers of ten at least.
    pub fn around(label: &'static str, scale: Scale, values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let (low, high) = if low <= high { (low, high) } else { (1.0, 1.0) };
        match scale {
            Scale::Linear => {
                let size = low.abs().max(high.abs());
                let room = if high - low > 1e-9 * size { 0.05 * (high - low) } else { 0.5 * size };
                let room = if room > 0.0 { room } else { 1.0 };
                Axis::linear(label, low - room, high + room)
            }
            Scale::Log => {
                let (low, high) = (log10(low), log10(high));
                let (below, above) = (floor(low), floor(high) + 1.0);
                let room = 0.05 * (high - low);
                let (from, to) = if above - below < 2.5 { (below, above) } else { (low - room, high + room) };
                Axis::log(label, pow(10.0, from), pow(10.0, to))
            }
        }
    }

    /// Where a value lies between the ends: 0 at `from`, 1 at `to`.
    pub(crate) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log => (log10(value) - log10(self.from)) / (log10(self.to) - log10(self.from)),
        }
    }

    /// The value at a place, beyond the ends too.
    fn at(&self, place: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.from + place * (self.to - self.from),
            Scale::Log => pow(10.0, (1.0 - place) * log10(self.from) + place * log10(self.to)),
        }
    }

    /// At most seven round values with their names.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear => {
                let rough = (self.to - self.from) / 6.0;
                let decade = pow(10.0, floor(log10(rough)));
                let step = [1.0, 2.0, 5.0, 10.0].map(|k| k * decade).into_iter().find(|step| *step >= rough);
                let step = step.unwrap_or(rough);
                let decimals = (-floor(log10(step))).max(0.0) as usize;
                let (first, last) = ((self.from / step).ceil() as i64, (self.to / step).floor() as i64);
                let name = |v: f64| match step < 1e-4 || v.abs() >= 1e6 {
                    true => short(v, step),
                    false => format!("{v:.decimals$}"),
                };
                (first..=last).map(|k| k as f64 * step).map(|v| (v, name(v).replace('-', "−"))).collect()
            }
            Scale::Log => {
                let (first, last) = (log10(self.from).ceil() as i32, log10(self.to).floor() as i32);
                let stride = (last - first) / 7 + 1;
                // Counted from 10^0, so that 1 is among them.
                let exponents = (first..=last).filter(|k| k.rem_euclid(stride) == 0);
                exponents.map(|k| (pow(10.0, f64::from(k)), power_of_ten(k))).collect()
            }
        }
    }
}

/// "1.5e50", to the digit of a step.
fn short(v: f64, step: f64) -> String {
    if v == 0.0 {
        return "0".to_string();
    }
    let digits = (floor(log10(v.abs())) - floor(log10(step))).max(0.0) as usize;
    format!("{v:.digits$e}")
}

/// "10⁻⁸"; 1 and 10 as they are.
fn power_of_ten(k: i32) -> String {
    match k {
        0 => "1".to_string(),
        1 => "10".to_string(),
        _ => format!("10{}", raised(k)),
    }
}

impl Look {
    /// The class of the marks in the drawing.
    pub fn class(self) -> &'static str {
        match self {
            Look::Measured => "measured",
            Look::Path => "measured path",
            Look::Predicted => "predicted",
            Look::Bound | Look::Interval => "bound",
            Look::Point => "point",
            Look::Negative => "point negative",
            Look::Support => "point support",
        }
    }

    /// Whether it is what a run has gone along.
    fn is_measured(self) -> bool {
        matches!(self, Look::Measured | Look::Path)
    }

    /// What the marks mean, for the caption.
    pub fn key(self) -> &'static str {
        match self {
            Look::Measured => "dots: measured",
            Look::Path => "dots joined by a thin line: measured, in their order",
            Look::Predicted => "solid line: predicted",
            Look::Bound => "dashed line: bound",
            Look::Interval => "dashed upright lines: intervals",
            Look::Point => "squares: given points",
            Look::Negative => "open squares: given points with the label −1",
            Look::Support => "ringed squares: support vectors, or a limit",
        }
    }
}

impl Scale {
    /// Whether a value has a place on it, and room beside it.
    fn shows(self, value: f64) -> bool {
        value.abs() < 1e250 && (self == Scale::Linear || value > 1e-250)
    }
}

impl Panel {
    /// A panel for data of which nothing is known: its axes hold what was measured, and of the rest what falls inside. What a
    /// logarithm does not show is left out, and of dots that would lie on each other one is drawn. The legend of what is
    /// there stands above the frame.
    pub fn fitted(
        x: (&'static str, Scale),
        y: (&'static str, Scale),
        mut series: Vec<Series>,
        legend: &[(&'static str, Look)],
    ) -> Panel {
        for Series { points, .. } in &mut series {
            points.retain(|p| x.1.shows(p[0]) && y.1.shows(p[1]));
        }
        let measured = || series.iter().filter(|series| series.look.is_measured()).flat_map(|series| &series.points);
        let (x, y) =
            (Axis::around(x.0, x.1, measured().map(|p| p[0])), Axis::around(y.0, y.1, measured().map(|p| p[1])));
        for Series { points, .. } in series.iter_mut().filter(|series| series.look.is_measured()) {
            let place = |p: &[f64; 2]| [x.place(p[0]), y.place(p[1])];
            let apart = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (a - c).abs().max((b - d).abs()) > 1.0 / DOTS;
            let (last, mut kept) = (points.last().copied(), None);
            points.retain(|p| {
                let seen = Some(*p) == last || kept.is_none_or(|kept| apart(place(p), kept));
                kept = if seen { Some(place(p)) } else { kept };
                seen
            });
        }
        Panel { x, y, series, labels: vec![] }.with_legend(legend)
    }

    /// The same with a legend above the frame, of what is drawn.
    pub fn with_legend(mut self, legend: &[(&'static str, Look)]) -> Panel {
        // From the right, a letter of the legend being some 7 of the width.
        let mut right = 1.0;
        let above = |&(text, look): &(&'static str, Look)| {
            let label = Label { text, look, at: [self.x.at(right), self.y.at(1.0 + LIFT)], align: Align::End };
            right -= 7.0 * (text.chars().count() + 3) as f64 / (WIDTH - LEFT - RIGHT);
            label
        };
        let drawn = |(_, look): &&(&str, Look)| self.series.iter().any(|s| s.look == *look && !s.points.is_empty());
        let labels: Vec<Label> = legend.iter().rev().filter(drawn).map(above).collect();
        self.labels.extend(labels);
        self
    }
}

/// So many dots of a fitted panel find room beside each other, and so far above the frame its legend stands, as a share of it.
const DOTS: f64 = 120.0;
const LIFT: f64 = 0.06;

impl Plot {
    /// The series of all panels.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        self.panels.iter().flat_map(|panel| &panel.series)
    }
}

const WIDTH: f64 = 520.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 46.0;

/// Where the frame of the first panel lies in the drawing: its left, top, width and height, as shares of the whole.
pub fn frame(plot: &Plot) -> [f64; 4] {
    let panel = height(plot);
    let whole = panel * plot.panels.len() as f64;
    [LEFT / WIDTH, TOP / whole, (WIDTH - LEFT - RIGHT) / WIDTH, (panel - TOP - BOTTOM) / whole]
}

/// Of each panel.
fn height(plot: &Plot) -> f64 {
    if plot.panels.len() == 1 { 320.0 } else { 250.0 }
}

/// The drawing; `id` makes the names of its title and description unique in a page.
pub fn svg(plot: &Plot, id: &str, title: &str, says: &str) -> String {
    let height = height(plot);
    let mut out = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"{id}.title\" \
         aria-describedby=\"{id}.desc\"><title id=\"{id}.title\">{}</title><desc id=\"{id}.desc\">{}</desc>",
        height * plot.panels.len() as f64,
        escape(&unicode(title)),
        escape(&unicode(says))
    );
    for (i, panel) in plot.panels.iter().enumerate() {
        draw(panel, i as f64 * height, height, &mut out);
    }
    out + "</svg>"
}

/// How the classes look where no page says so: in a file of its own.
const STYLE: &str = "\
:root { --ink: #1a1a1a; --faint: #595959; --grid: #e4e4e4; --paper: #fff; --measured: #0a5fa5; --predicted: #b3470a; \
--bound: #6b6b6b } \
@media (prefers-color-scheme: dark) { :root { --ink: #d6d6d2; --faint: #a3a7ad; --grid: #3a3d42; --paper: #16181c; \
--measured: #6cb6ff; --predicted: #f2a65a; --bound: #8d939b } } \
.plot { background: var(--paper); font: 14px sans-serif } .plot text { fill: var(--ink) } \
.plot .tick { fill: var(--faint); font-size: 13px } .plot .axes line { stroke: var(--grid) } \
.plot .frame { fill: none; stroke: var(--faint) } .plot polyline { fill: none; stroke-width: 2 } \
.plot .measured circle { fill: var(--measured) } .plot .path polyline { stroke: var(--measured); stroke-width: 1 } \
.plot .predicted polyline { stroke: var(--predicted) } \
.plot .bound polyline { stroke: var(--bound); stroke-dasharray: 6 4 } .plot .point rect { fill: var(--ink) } \
.plot .negative rect { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5 } \
.plot .support circle { fill: none; stroke: var(--ink); stroke-width: 1.5 } \
.plot text.measured { fill: var(--measured) } .plot text.predicted { fill: var(--predicted) } .plot text.bound { fill: var(--bound) }";

/// The drawing as a file that stands by itself.
pub fn svg_file(plot: &Plot, id: &str, title: &str, says: &str) -> String {
    let drawing = svg(plot, id, title, says);
    let named = drawing.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    format!("{}\n", named.replacen("<title", &format!("<style>{STYLE}</style><title"), 1))
}

fn draw(panel: &Panel, above: f64, height: f64, out: &mut String) {
    let (wide, high) = (WIDTH - LEFT - RIGHT, height - TOP - BOTTOM);
    let (left, top, bottom) = (LEFT, above + TOP, above + height - BOTTOM);
    let place = |[x, y]: [f64; 2]| [left + wide * panel.x.place(x), bottom - high * panel.y.place(y)];
    let visible =
        |p: &[f64; 2]| (0.0..=1.0).contains(&panel.x.place(p[0])) && (0.0..=1.0).contains(&panel.y.place(p[1]));
    let line = |p: [f64; 2], q: [f64; 2]| {
        format!("<line x1=\"{:.2}\" y1=\"{:.2}\" x2=\"{:.2}\" y2=\"{:.2}\"></line>", p[0], p[1], q[0], q[1])
    };
    let text = |class: &str, align: Align, at: [f64; 2], text: &str| {
        let anchor = match align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        format!(
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{:.2}\" y=\"{:.2}\">{}</text>",
            at[0],
            at[1],
            notation::svg(text)
        )
    };

    out.push_str("<g class=\"axes\">");
    for (value, name) in panel.x.ticks() {
        let [x, _] = place([value, panel.y.from]);
        out.push_str(&line([x, top], [x, bottom]));
        out.push_str(&text("tick", Align::Middle, [x, bottom + 18.0], &name));
    }
    for (value, name) in panel.y.ticks() {
        let [_, y] = place([panel.x.from, value]);
        out.push_str(&line([left, y], [left + wide, y]));
        out.push_str(&text("tick", Align::End, [left - 6.0, y + 5.0], &name));
    }
    let _ = write!(out, "<path class=\"frame\" d=\"M{left} {top}V{bottom}H{}\"></path>", left + wide);
    out.push_str(&text("axis", Align::End, [left + wide, bottom + 38.0], panel.x.label));
    out.push_str(&text("axis", Align::Start, [4.0, top - 12.0], panel.y.label));
    out.push_str("</g>");

    for series in &panel.series {
        let _ = write!(out, "<g class=\"{}\">", series.look.class());
        if matches!(series.look, Look::Path | Look::Predicted | Look::Bound | Look::Interval) {
            // A drawing of its own cuts the line off at the frame.
            let _ = write!(
                out,
                "<svg x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" \
                 viewBox=\"{left} {top} {wide} {high}\"><polyline points=\""
            );
            for (i, p) in series.points.iter().copied().map(place).enumerate() {
                let _ = write!(out, "{}{:.2},{:.2}", if i == 0 { "" } else { " " }, p[0], p[1]);
            }
            out.push_str("\"></polyline></svg>");
        }
        for [x, y] in series.points.iter().filter(|p| visible(p)).copied().map(place) {
            let _ = match series.look {
                Look::Measured | Look::Path => write!(out, "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"2.5\"></circle>"),
                Look::Point | Look::Negative | Look::Support => {
                    if series.look == Look::Support {
                        let _ = write!(out, "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"8\"></circle>");
                    }
                    let (x, y) = (x - 3.0, y - 3.0);
                    write!(out, "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"6\" height=\"6\"></rect>")
                }
                Look::Predicted | Look::Bound | Look::Interval => Ok(()),
            };
        }
        out.push_str("</g>");
    }
    for label in &panel.labels {
        out.push_str(&text(&format!("label {}", label.look.class()), label.align, place(label.at), label.text));
    }
}

/// What was plotted, one point a line: every digit.
pub fn csv(plot: &Plot) -> String {
    let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut out = "series,x,y,value of x,value of y\n".to_string();
    for panel in &plot.panels {
        let axes = format!("{},{}", quote(panel.x.label), quote(panel.y.label));
        for series in &panel.series {
            for [x, y] in &series.points {
                let _ = writeln!(out, "{},{axes},{x:e},{y:e}", quote(&series.name));
            }
        }
    }
    out
}

/// What was plotted, as a table with the digits that a reader can use.
pub fn table(plot: &Plot) -> String {
    let cell = |x: f64| crate::number::number(x, x.abs() * 1e-4);
    let mut out = String::new();
    for panel in &plot.panels {
        let [x, y] = [panel.x.label, panel.y.label].map(|label| escape(&unicode(label)));
        let _ = write!(
            out,
            "<table class=\"data\"><thead><tr><th scope=\"col\">series</th><th scope=\"col\">{x}</th>\
             <th scope=\"col\">{y}</th></tr></thead>"
        );
        for series in &panel.series {
            out.push_str("<tbody>");
            for [x, y] in &series.points {
                let name = escape(&unicode(&series.name));
                let _ = write!(out, "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{}</td></tr>", cell(*x), cell(*y));
            }
            out.push_str("</tbody>");
        }
        out.push_str("</table>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        Plot {
            panels: vec![Panel {
                x: Axis::log("t", 1.0, 1e12),
                y: Axis::linear("a < b", -1.0, 1.0),
                series: vec![Series {
                    name: "a, \"b\"".to_string(),
                    look: Look::Measured,
                    points: vec![[1.0, 0.5], [1e6, 2.0]],
                }],
                labels: vec![],
            }],
        }
    }

    #[test]
    fn ticks_are_round() {
        let names = |axis: Axis| axis.ticks().into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(Axis::linear("", -1.0, 1.0)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(names(Axis::log("", 1e-4, 1e2)), ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1", "10", "10²"]);
        assert_eq!(names(Axis::log("", 1.0, 1e12)), ["1", "10²", "10⁴", "10⁶", "10⁸", "10¹⁰", "10¹²"]);
    }

    #[test]
    fn ticks_of_any_size_are_short() {
        let names = |axis: Axis| axis.ticks().into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(Axis::linear("", 0.0, 2e50)), ["0", "5e49", "1.0e50", "1.5e50", "2.0e50"]);
        assert_eq!(names(Axis::linear("", -1e-9, 1e-9)), ["−1.0e−9", "−5e−10", "0", "5e−10", "1.0e−9"]);
    }

    #[test]
    fn axes_are_fitted_to_whatever_there_is() {
        let around = |scale, values: &[f64]| {
            let Axis { from, to, .. } = Axis::around("", scale, values.iter().copied());
            (from, to)
        };
        assert_eq!(around(Scale::Linear, &[0.0, 10.0]), (-0.5, 10.5));
        assert_eq!(around(Scale::Linear, &[4.0, 4.0]), (2.0, 6.0));
        assert_eq!(around(Scale::Linear, &[0.0]), (-1.0, 1.0));
        assert_eq!(around(Scale::Linear, &[]), (0.5, 1.5));
        assert_eq!(around(Scale::Log, &[2.0, 3.0]), (1.0, 10.0));
        assert_eq!(around(Scale::Log, &[]), (1.0, 10.0));
        let (from, to) = around(Scale::Log, &[1e-240, 1e240]);
        assert!(from > 0.0 && from < 1e-240 && to > 1e240 && to.is_finite());
    }

    #[test]
    fn a_fitted_panel_leaves_out_what_cannot_be_seen() {
        let series = |look, points: Vec<[f64; 2]>| Series { name: String::new(), look, points };
        let measured = (0..=1000).map(|k| [f64::from(k), 1.0 + f64::from(k)]).chain([[5.0, 0.0], [5.0, f64::NAN]]);
        let predicted = vec![[0.0, 1.0], [1.0, f64::INFINITY], [1000.0, 1e-9]];
        let panel = Panel::fitted(
            ("k", Scale::Linear),
            ("y", Scale::Log),
            vec![series(Look::Path, measured.collect()), series(Look::Predicted, predicted)],
            &[("predicted", Look::Predicted), ("bound", Look::Bound)],
        );
        assert_eq!(panel.labels.len(), 1);
        // The prediction does not widen the axis, and keeps what is finite.
        assert!(panel.y.from > 0.5 && panel.y.to < 2000.0);
        assert_eq!(panel.series[1].points.len(), 2);
        let dots = &panel.series[0].points;
        assert!((DOTS as usize..=2 * DOTS as usize + 2).contains(&dots.len()), "{}", dots.len());
        assert_eq!((dots[0], dots[dots.len() - 1]), ([0.0, 1.0], [1000.0, 1001.0]));
        let drawing = svg(&Plot { panels: vec![panel] }, "id", "", "");
        assert!(
            drawing.contains(">predicted</text>") && !drawing.contains("NaN") && !drawing.contains("inf"),
            "{drawing}"
        );
    }

    #[test]
    fn a_point_outside_the_frame_is_not_drawn_but_listed() {
        let drawing = svg(&plot(), "id", "title", "says");
        assert_eq!(drawing.matches("<circle").count(), 1);
        assert!(drawing.contains("a &lt; b"));
        assert!(svg_file(&plot(), "id", "title", "says").starts_with("<svg xmlns="));
        assert_eq!(csv(&plot()).lines().last(), Some("\"a, \"\"b\"\"\",\"t\",\"a < b\",1e6,2e0"));
    }
}
