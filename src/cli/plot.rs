//! A figure in the terminal: dots of Braille, and the ticks of its axes around them.

use std::fmt::Write;

use textplots::{Chart, Plot as _, Shape};
use unicode_width::UnicodeWidthStr;

use crate::figure::{Axis, Look, Panel, Plot};
use crate::notation::unicode;
use crate::report::{self, Ink};

/// Of the drawing, in dots: two in a column, four in a line.
const HEIGHT: u32 = 64;

/// Panels one below the other, at most `columns` wide.
pub fn plot(plot: &Plot, columns: usize, ink: Ink) -> String {
    plot.panels.iter().map(|panel| draw(panel, columns, ink)).collect::<Vec<_>>().join("\n")
}

fn draw(panel: &Panel, columns: usize, ink: Ink) -> String {
    let ticks = panel.y.ticks();
    let margin = ticks.iter().map(|(_, name)| name.width()).max().unwrap_or(0);
    let wide = columns.clamp(40, 100) - margin - 3;
    let frame = dots(panel, 2 * wide as u32);
    let lines: Vec<&str> = frame.lines().collect();
    let mut names = vec![String::new(); lines.len()];
    for (value, name) in ticks {
        let line = ((1.0 - panel.y.place(value)) * (lines.len() - 1) as f64).round();
        names[line as usize] = name;
    }
    let mut out = format!("{}{}\n", " ".repeat(margin + 2), ink.faint(&unicode(panel.y.label)));
    for (line, name) in lines.iter().zip(names) {
        let pad = " ".repeat(margin - name.width());
        let _ = writeln!(out, "{pad}{} {}{line}", ink.faint(&name), ink.faint("│"));
    }
    let _ = writeln!(out, "{}{}", " ".repeat(margin + 1), ink.faint(&format!("└{}", "─".repeat(wide))));
    let _ = writeln!(out, "{}{}", " ".repeat(margin + 2), ink.faint(&below(&panel.x, wide)));
    let label = unicode(panel.x.label);
    let _ = writeln!(out, "{}{}", " ".repeat((margin + 2 + wide).saturating_sub(label.width())), ink.faint(&label));
    for series in &panel.series {
        let (name, key) = (unicode(&series.name), series.look.key());
        let gap = if 2 + name.width() + 2 + key.width() <= columns { "  " } else { "\n    " };
        let _ = writeln!(out, "  {name}{gap}{}", ink.faint(report::wrap(key, 4).trim_start()));
    }
    out
}

/// The names of the ticks of the axis below, where there is room for them.
fn below(axis: &Axis, wide: usize) -> String {
    let mut out = String::new();
    for (value, name) in axis.ticks() {
        let middle = axis.place(value) * (wide - 1) as f64;
        let start = (middle - 0.5 * (name.width() as f64 - 1.0)).round().max(0.0) as usize;
        if out.is_empty() || start > out.width() {
            out.push_str(&" ".repeat(start - out.width()));
            out.push_str(&name);
        }
    }
    out
}

/// What is inside the frame: both axes run from 0 to 1.
fn dots(panel: &Panel, width: u32) -> String {
    let place = |[x, y]: [f64; 2]| (panel.x.place(x) as f32, panel.y.place(y) as f32);
    let inside = |&(x, y): &(f32, f32)| (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
    let mut pieces = Vec::new();
    for series in &panel.series {
        let joined = matches!(series.look, Look::Predicted | Look::Bound | Look::Interval);
        let points: Vec<(f32, f32)> = series.points.iter().copied().map(place).collect();
        if joined {
            // A line that leaves the frame is not drawn on to where it comes back.
            pieces.extend(points.split(|point| !inside(point)).map(|piece| (true, piece.to_vec())));
        } else {
            // A single dot would be lost on a line.
            let cross = |(x, y): (f32, f32)| {
                let (dx, dy) = (1.0 / width as f32, 1.0 / HEIGHT as f32);
                [(x, y), (x - dx, y), (x + dx, y), (x, y - dy), (x, y + dy)]
            };
            let marks = points.into_iter().filter(inside).flat_map(cross);
            pieces.push((false, marks.filter(inside).collect()));
        }
    }
    let shapes: Vec<Shape> = pieces
        .iter()
        .map(|(joined, points)| if *joined { Shape::Lines(points) } else { Shape::Points(points) })
        .collect();
    let mut chart = Chart::new_with_y_range(width, HEIGHT, 0.0, 1.0, 0.0, 1.0);
    let chart = shapes.iter().fold(&mut chart, |chart, shape| chart.lineplot(shape));
    chart.figures();
    chart.frame()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Series;

    #[test]
    fn the_names_of_ticks_stand_at_their_places() {
        let line = Series {
            name: "y = x, from 0 on".to_string(),
            look: Look::Predicted,
            points: vec![[0.0, 0.0], [2.0, 2.0]],
        };
        let panel = Panel {
            x: Axis::linear("x", 0.0, 2.0),
            y: Axis::linear("y", 0.0, 2.0),
            series: vec![line],
            labels: Vec::new(),
        };
        let plotted = Plot { panels: vec![panel] };
        let narrow = plot(&plotted, 40, Ink::Plain);
        assert!(narrow.lines().all(|line| line.width() <= 40), "{narrow}");
        let drawn = plot(&plotted, 60, Ink::Plain);
        let lines: Vec<&str> = drawn.lines().collect();
        let frame: Vec<&&str> = lines.iter().filter(|line| line.contains('│')).collect();
        assert!(frame[0].starts_with("2.0 │") && frame[frame.len() - 1].starts_with("0.0 │"), "{drawn}");
        // From the lower left to the upper right.
        let middle = |line: &str| line.chars().position(|c| ('⠁'..='⣿').contains(&c)).unwrap_or(0);
        assert!(frame.is_sorted_by(|above, below| middle(above) >= middle(below)), "{drawn}");
        assert!(lines.iter().all(|line| line.width() <= 60), "{drawn}");
        assert!(drawn.contains("y = x, from 0 on  solid line: predicted"), "{drawn}");
    }
}
