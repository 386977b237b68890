//! Live figures: drawings that the reader moves. One plain function goes from a few parameters to the drawing and to the
//! numbers that are read off it; the book draws it with the defaults, a page with whatever its reader sets.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::figure::{Plot, Scale};
use crate::options::short;

/// A drawing with parameters.
pub struct Live {
    /// The name, of those of the figures.
    pub id: &'static str,
    /// What it shows, in a line.
    pub title: &'static str,
    /// What to try and what is seen then, in a sentence or two: for those who see the figure and for those who do not.
    pub says: &'static str,
    /// What the reader may set.
    pub parameters: &'static [Parameter],
    /// Draws it and reads it off. A setting for which there is nothing to draw gets an error, in a sentence.
    pub draw: fn(&Setting) -> Result<Shown>,
}

/// What a reader may set.
pub struct Parameter {
    /// Small letters, digits and hyphens.
    pub name: &'static str,
    /// What stands beside it: a symbol, or some words.
    pub says: &'static str,
    /// Its kind, range and default.
    pub takes: Takes,
}

/// What a parameter takes, and from where to where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// A number, by a slider.
    Number {
        /// From where to where.
        range: [f64; 2],
        /// Whether equal ways along the slider are equal differences or equal ratios.
        scale: Scale,
        /// Where it begins.
        default: f64,
    },
    /// A whole number, by a slider.
    Whole {
        /// From where to where.
        range: [u32; 2],
        /// Where it begins.
        default: u32,
    },
    /// Points of the first panel that are dragged. Its axes are their ranges, and linear.
    Points {
        /// What each is called, in its order.
        names: &'static [&'static str],
        /// The range of the first coordinate.
        x: [f64; 2],
        /// The range of the second coordinate.
        y: [f64; 2],
        /// Where they begin.
        default: &'static [[f64; 2]],
    },
}

/// A value for each parameter. To ask for a parameter that the figure does not have, or for another kind, is a mistake of
/// the program and panics.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting(Vec<(&'static str, Set)>);

#[derive(Debug, Clone, PartialEq)]
enum Set {
    Number(f64),
    Whole(u32),
    Points(Vec<[f64; 2]>),
}

/// What a setting shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The drawing.
    pub plot: Plot,
    /// The numbers that are read off it.
    pub readings: Vec<Reading>,
}

/// A number of a drawing, or some, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it is, in the notation of claims.
    pub name: &'static str,
    /// Its value, as text: see [`crate::number::significant`].
    pub value: String,
}

impl Reading {
    /// A name and its value.
    pub fn new(name: &'static str, value: impl Into<String>) -> Reading {
        Reading { name, value: value.into() }
    }
}

impl Live {
    /// What it shows if nothing is set.
    pub fn shown(&self) -> Result<Shown> {
        (self.draw)(&self.setting("{}")?)
    }

    /// The setting in which these parameters are set, a JSON object by name, and the others have their defaults: numbers are
    /// numbers, points are pairs.
    pub fn setting(&self, json: &str) -> Result<Setting> {
        let given: Map<String, Value> =
            serde_json::from_str(json).map_err(|error| Error::input(format!("no parameters in JSON: {error}")))?;
        if let Some(name) = given.keys().find(|name| self.parameters.iter().all(|parameter| parameter.name != **name)) {
            let names: Vec<&str> = self.parameters.iter().map(|parameter| parameter.name).collect();
            return Err(Error::input(format!(
                "{} has no parameter '{name}'; it has '{}'",
                self.id,
                names.join("', '")
            )));
        }
        let set = |parameter: &Parameter| match given.get(parameter.name) {
            None => Ok((parameter.name, parameter.takes.default())),
            Some(value) => match parameter.takes.read(value) {
                Some(set) => Ok((parameter.name, set)),
                None => Err(Error::input(format!("{} {value}: not {}", parameter.name, parameter.takes))),
            },
        };
        self.parameters.iter().map(set).collect::<Result<_>>().map(Setting)
    }

    /// What is wrong with its parameters, a sentence each.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let of = |parameter: &Parameter| parameter.takes.mistake().map(|what| format!("'{}' {what}", parameter.name));
        let mut mistakes: Vec<String> = self.parameters.iter().filter_map(of).collect();
        if self.parameters.is_empty() {
            mistakes.push("has nothing to set".to_string());
        }
        mistakes.iter().map(|mistake| format!("the live figure '{}': {mistake}", self.id)).collect()
    }
}

impl Takes {
    fn default(&self) -> Set {
        match *self {
            Takes::Number { default, .. } => Set::Number(default),
            Takes::Whole { default, .. } => Set::Whole(default),
            Takes::Points { default, .. } => Set::Points(default.to_vec()),
        }
    }

    /// The value, if it is one that may be set.
    fn read(&self, value: &Value) -> Option<Set> {
        let within = |x: f64, [from, to]: [f64; 2]| (from..=to).contains(&x);
        match self {
            Takes::Number { range, .. } => value.as_f64().filter(|x| within(*x, *range)).map(Set::Number),
            Takes::Whole { range: [from, to], .. } => {
                let whole = value.as_u64().and_then(|k| u32::try_from(k).ok());
                whole.filter(|k| (from..=to).contains(&k)).map(Set::Whole)
            }
            Takes::Points { names, x, y, .. } => {
                let points: Vec<[f64; 2]> = serde_json::from_value(value.clone()).ok()?;
                let inside = |p: &[f64; 2]| within(p[0], *x) && within(p[1], *y);
                (points.len() == names.len() && points.iter().all(inside)).then_some(Set::Points(points))
            }
        }
    }

    fn mistake(&self) -> Option<String> {
        let outside = |default: String| Some(format!("has {default} as its default, not {self}"));
        match *self {
            Takes::Number { range: [from, to], scale, .. }
                if !(from < to && (scale == Scale::Linear || from > 0.0)) =>
            {
                Some("has no range".to_string())
            }
            Takes::Whole { range: [from, to], .. } if from >= to => Some("has no range".to_string()),
            Takes::Points { names, x, y, .. } if names.is_empty() || x[0] >= x[1] || y[0] >= y[1] => {
                Some("has no points, or no range".to_string())
            }
            Takes::Number { range: [from, to], default, .. } if !(from..=to).contains(&default) => {
                outside(default.to_string())
            }
            Takes::Whole { range: [from, to], default, .. } if !(from..=to).contains(&default) => {
                outside(default.to_string())
            }
            Takes::Points { default, .. } if self.read(&serde_json::json!(default)).is_none() => {
                outside(format!("{default:?}"))
            }
            _ => None,
        }
    }
}

/// What would be right, as in "not a number from 0 to 1".
impl std::fmt::Display for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Takes::Number { range: [from, to], .. } => write!(f, "a number from {} to {}", short(*from), short(*to)),
            Takes::Whole { range: [from, to], .. } => write!(f, "a whole number from {from} to {to}"),
            Takes::Points { names, x, y, .. } => {
                write!(f, "{} points from ({}, {}) to ({}, {})", names.len(), x[0], y[0], x[1], y[1])
            }
        }
    }
}

impl Setting {
    fn get(&self, name: &str) -> &Set {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| panic!("no parameter is called {name}"), |(_, set)| set)
    }

    /// The value of a number.
    pub fn number(&self, name: &str) -> f64 {
        match self.get(name) {
            Set::Number(value) => *value,
            other => panic!("{name} is no number but {other:?}"),
        }
    }

    /// The value of a whole number.
    pub fn whole(&self, name: &str) -> u32 {
        match self.get(name) {
            Set::Whole(value) => *value,
            other => panic!("{name} is no whole number but {other:?}"),
        }
    }

    /// The points, in the order of their names.
    pub fn points(&self, name: &str) -> &[[f64; 2]] {
        match self.get(name) {
            Set::Points(points) => points,
            other => panic!("{name} are no points but {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const NUMBER: Takes = Takes::Number { range: [0.5, 2.0], scale: Scale::Log, default: 1.0 };
    const WHOLE: Takes = Takes::Whole { range: [1, 3], default: 2 };
    const POINTS: Takes =
        Takes::Points { names: &["a", "b"], x: [0.0, 1.0], y: [-1.0, 1.0], default: &[[0.0, 0.0], [1.0, -1.0]] };
    const LIVE: Live = Live {
        id: "figure",
        title: "",
        says: "",
        parameters: &[
            Parameter { name: "size", says: "s", takes: NUMBER },
            Parameter { name: "count", says: "k", takes: WHOLE },
            Parameter { name: "places", says: "places", takes: POINTS },
        ],
        draw: |_| unreachable!("nothing is drawn"),
    };

    #[test]
    fn what_is_not_set_has_its_default() {
        let setting = LIVE.setting(r#"{"size": 2, "places": [[0.5, 0.5], [1, 1]]}"#).unwrap();
        assert_eq!((setting.number("size"), setting.whole("count")), (2.0, 2));
        assert_eq!(setting.points("places"), [[0.5, 0.5], [1.0, 1.0]]);
    }

    #[rstest]
    #[case::no_json("size", "no parameters in JSON: expected value at line 1 column 1")]
    #[case::unknown(r#"{"width": 1}"#, "figure has no parameter 'width'; it has 'size', 'count', 'places'")]
    #[case::outside(r#"{"size": 3}"#, "size 3: not a number from 0.5 to 2")]
    #[case::no_number(r#"{"size": "1"}"#, "size \"1\": not a number from 0.5 to 2")]
    #[case::half(r#"{"count": 1.5}"#, "count 1.5: not a whole number from 1 to 3")]
    #[case::one_point(r#"{"places": [[0, 0]]}"#, "places [[0,0]]: not 2 points from (0, -1) to (1, 1)")]
    #[case::too_high(r#"{"places": [[0, 0], [0, 2]]}"#, "places [[0,0],[0,2]]: not 2 points from (0, -1) to (1, 1)")]
    fn bad_parameters_get_one_message(#[case] json: &str, #[case] message: &str) {
        assert_eq!(LIVE.setting(json).unwrap_err().to_string(), message);
    }

    #[rstest]
    #[case::sound(NUMBER, None)]
    #[case::backwards(Takes::Number { range: [2.0, 1.0], scale: Scale::Linear, default: 1.0 }, Some("has no range"))]
    #[case::log_of_zero(Takes::Number { range: [0.0, 1.0], scale: Scale::Log, default: 1.0 }, Some("has no range"))]
    #[case::outside(Takes::Whole { range: [1, 3], default: 4 }, Some("has 4 as its default, not a whole number from 1 to 3"))]
    #[case::points(Takes::Points { names: &["a"], x: [0.0, 1.0], y: [0.0, 1.0], default: &[[2.0, 0.0]] }, Some("has [[2.0, 0.0]] as its default, not 1 points from (0, 0) to (1, 1)"))]
    fn a_parameter_says_what_is_wrong(#[case] takes: Takes, #[case] mistake: Option<&str>) {
        assert_eq!(takes.mistake().as_deref(), mistake);
    }
}
