//! Options of a theorem's `run`: name, kind, range, default and help stand once, and the command's parser, its errors
//! and what `--help` says come from there.

use std::cell::OnceCell;
use std::fmt::{self, Display, Formatter};
use std::ops::{Bound, RangeBounds};

use crate::error::{Error, Result};
use crate::figure::Drawing;

/// An option of `run`.
pub struct DataOption {
    /// Small letters, digits and hyphens, without the two hyphens in front.
    pub name: &'static str,
    /// What may be given, and what holds if nothing is.
    pub takes: Takes,
    /// What it does, in a sentence; range and default are added.
    pub says: &'static str,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// Nothing: a switch.
    Nothing,
    /// One of these words; the first, unless another is given.
    Word(&'static [&'static str]),
    /// A number in a range, shown by a sign in the help.
    Number {
        /// What the help shows in its place.
        sign: &'static str,
        /// From where to where.
        range: (Bound<f64>, Bound<f64>),
        /// None if it depends on the data; `says` should tell how.
        default: Option<f64>,
    },
    /// A whole number; `1e6` is one.
    Whole {
        /// What the help shows in its place.
        sign: &'static str,
        /// The least.
        from: u64,
        /// The largest.
        to: u64,
        /// None if it depends on the data; `says` should tell how.
        default: Option<u64>,
    },
    /// Any text.
    Text {
        /// What the help shows in its place.
        sign: &'static str,
    },
    /// Finite numbers, separated by commas.
    Numbers {
        /// What the help shows in their place.
        sign: &'static str,
    },
}

impl DataOption {
    /// What the help shows in the place of the value; None for a switch.
    pub fn sign(&self) -> Option<String> {
        match self.takes {
            Takes::Nothing => None,
            Takes::Word(words) => Some(words.join("|")),
            Takes::Number { sign, .. } | Takes::Whole { sign, .. } | Takes::Text { sign } | Takes::Numbers { sign } => {
                Some(sign.to_string())
            }
        }
    }

    /// What it does, with its range and its default.
    pub fn help(&self) -> String {
        let range = match self.takes {
            Takes::Number { .. } | Takes::Whole { .. } => format!(" [{}]", self.takes),
            Takes::Nothing | Takes::Word(_) | Takes::Text { .. } | Takes::Numbers { .. } => String::new(),
        };
        let default = match self.takes {
            Takes::Word(words) => words.first().map(|word| word.to_string()),
            Takes::Number { default, .. } => default.map(short),
            Takes::Whole { default, .. } => default.map(short),
            Takes::Nothing | Takes::Text { .. } | Takes::Numbers { .. } => None,
        };
        format!("{}{range}{}", self.says, default.map_or(String::new(), |default| format!(" [default: {default}]")))
    }

    /// What is wrong with the option itself, if anything is.
    pub fn mistake(&self) -> Option<String> {
        let outside = |default: String| format!("has {default} as its default, not {}", self.takes);
        let what = match self.takes {
            Takes::Word([]) => Some("has no choice".to_string()),
            Takes::Number { range, default, .. } => default.filter(|x| !range.contains(x)).map(short).map(outside),
            Takes::Whole { from, to, default, .. } => {
                default.filter(|x| !(from..=to).contains(x)).map(short).map(outside)
            }
            Takes::Nothing | Takes::Word(_) | Takes::Text { .. } | Takes::Numbers { .. } => None,
        };
        what.map(|what| format!("the option '{}' {what}", self.name))
    }

    fn read(&self, text: &str) -> Result<Value> {
        let unfit = || Error::input(format!("--{} {text}: not {}", self.name, self.takes));
        match self.takes {
            Takes::Nothing => Ok(Value::Switch),
            Takes::Text { .. } => Ok(Value::Text(text.to_string())),
            Takes::Word(words) => {
                words.iter().find(|word| **word == text).map(|word| Value::Word(word)).ok_or_else(unfit)
            }
            Takes::Number { range, .. } => match text.parse::<f64>() {
                Ok(value) if value.is_finite() && range.contains(&value) => Ok(Value::Number(value)),
                _ => Err(unfit()),
            },
            Takes::Whole { from, to, .. } => match whole(text) {
                Some(value) if (from..=to).contains(&value) => Ok(Value::Whole(value)),
                _ => Err(unfit()),
            },
            Takes::Numbers { .. } => {
                let entry = |(i, cell): (usize, &str)| match cell.trim().parse::<f64>() {
                    Ok(value) if value.is_finite() => Ok(value),
                    _ => Err(Error::input(format!(
                        "--{}: entry {} is '{}', not a finite number",
                        self.name,
                        i + 1,
                        cell.trim()
                    ))),
                };
                text.split(',').enumerate().map(entry).collect::<Result<_>>().map(Value::Numbers)
            }
        }
    }

    /// Whether two texts say the same, as 10 and 1e1 do.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        matches!((self.read(one), self.read(other)), (Ok(one), Ok(other)) if one == other)
    }

    fn default(&self) -> Option<Value> {
        match self.takes {
            Takes::Word(words) => words.first().map(|word| Value::Word(word)),
            Takes::Number { default, .. } => default.map(Value::Number),
            Takes::Whole { default, .. } => default.map(Value::Whole),
            Takes::Nothing | Takes::Text { .. } | Takes::Numbers { .. } => None,
        }
    }
}

/// What would be right, as in "not a number above 0".
impl Display for Takes {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Takes::Nothing => write!(f, "a switch"),
            Takes::Text { .. } => write!(f, "a text"),
            Takes::Word(words) => write!(f, "{}", words.join(" or ")),
            Takes::Numbers { .. } => write!(f, "numbers separated by commas"),
            Takes::Whole { from, to, .. } => write!(f, "a whole number from {} to {}", short(*from), short(*to)),
            Takes::Number { range: (low, high), .. } => {
                write!(f, "a number")?;
                match (low, high) {
                    (Bound::Included(a), Bound::Included(b)) => write!(f, " from {} to {}", short(*a), short(*b)),
                    (Bound::Included(a), Bound::Excluded(b)) => write!(f, " from {} to below {}", short(*a), short(*b)),
                    (Bound::Excluded(a), Bound::Included(b)) => {
                        write!(f, " above {}, at most {}", short(*a), short(*b))
                    }
                    (Bound::Excluded(a), Bound::Excluded(b)) => write!(f, " above {}, below {}", short(*a), short(*b)),
                    (Bound::Included(a), Bound::Unbounded) => write!(f, " of at least {}", short(*a)),
                    (Bound::Excluded(a), Bound::Unbounded) => write!(f, " above {}", short(*a)),
                    (Bound::Unbounded, Bound::Included(b)) => write!(f, " of at most {}", short(*b)),
                    (Bound::Unbounded, Bound::Excluded(b)) => write!(f, " below {}", short(*b)),
                    (Bound::Unbounded, Bound::Unbounded) => Ok(()),
                }
            }
        }
    }
}

/// A whole number, as digits or as `1e6`, where a double holds it exactly.
fn whole(text: &str) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let from_double = |x: f64| (x == x.trunc() && (0.0..=EXACT).contains(&x)).then_some(x as u64);
    text.parse().ok().or_else(|| from_double(text.parse().ok()?))
}

/// A number as digits, or with an exponent where that is much shorter.
pub(crate) fn short<T: Display + fmt::LowerExp>(number: T) -> String {
    let (plain, scientific) = (number.to_string(), format!("{number:e}"));
    if scientific.len() + 3 <= plain.len() { scientific } else { plain }
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Switch,
    Word(&'static str),
    Text(String),
    Number(f64),
    Whole(u64),
    Numbers(Vec<f64>),
}

/// What the reader asks of one run: its options, and perhaps a figure. To ask for an option that the theorem does not have,
/// or for another kind, is a mistake of the program and panics.
pub struct Options {
    all: &'static [DataOption],
    given: Vec<Option<Value>>,
    draws: bool,
    drawing: OnceCell<Drawing>,
    hears: Option<Box<dyn Fn(String)>>,
}

impl Options {
    /// Reads what was given, as text; a switch has any text.
    pub fn read(all: &'static [DataOption], given: impl Fn(&DataOption) -> Option<String>) -> Result<Options> {
        let read = |option: &DataOption| given(option).map(|text| option.read(&text)).transpose();
        let given = all.iter().map(read).collect::<Result<_>>()?;
        Ok(Options { all, given, draws: false, drawing: OnceCell::new(), hears: None })
    }

    /// The same, and a figure is wanted.
    pub fn with_figure(self) -> Options {
        Options { draws: true, ..self }
    }

    /// The same, and `hears` is told how far the run has come.
    pub fn told(self, hears: impl Fn(String) + 'static) -> Options {
        Options { hears: Some(Box::new(hears)), ..self }
    }

    /// Tells how far the run has come, if somebody hears it: where a reader's data may make it long.
    pub fn tell(&self, how_far: impl FnOnce() -> String) {
        if let Some(hears) = &self.hears {
            hears(how_far());
        }
    }

    /// Whether a figure is wanted: what is recorded for it alone need not be, otherwise.
    pub fn wants_figure(&self) -> bool {
        self.draws
    }

    /// Leaves the figure of the run, if one is wanted: drawn from what the run has computed. The first one stays.
    pub fn draw(&self, figure: impl FnOnce() -> Drawing) {
        if self.draws {
            self.drawing.get_or_init(figure);
        }
    }

    /// The figure that the run has left.
    pub fn drawing(self) -> Option<Drawing> {
        self.drawing.into_inner()
    }

    #[track_caller]
    fn position(&self, name: &str) -> usize {
        self.all.iter().position(|option| option.name == name).unwrap_or_else(|| panic!("no option is called '{name}'"))
    }

    /// Whether there is an option of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.all.iter().any(|option| option.name == name)
    }

    /// Whether an option was given.
    pub fn given(&self, name: &str) -> bool {
        self.given[self.position(name)].is_some()
    }

    fn value(&self, name: &str) -> Option<Value> {
        let k = self.position(name);
        self.given[k].clone().or_else(|| self.all[k].default())
    }

    /// Whether a switch was given.
    pub fn switch(&self, name: &str) -> bool {
        self.given(name)
    }

    /// The word given, or the first.
    pub fn word(&self, name: &str) -> &'static str {
        match self.value(name) {
            Some(Value::Word(word)) => word,
            other => panic!("--{name} has no word but {other:?}"),
        }
    }

    /// The text given.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| match value {
            Value::Text(text) => text,
            other => panic!("--{name} has no text but {other:?}"),
        })
    }

    /// The number given, or the default.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.value(name).map(|value| match value {
            Value::Number(value) => value,
            other => panic!("--{name} has no number but {other:?}"),
        })
    }

    /// The whole number given, or the default.
    pub fn whole(&self, name: &str) -> Option<u64> {
        self.value(name).map(|value| match value {
            Value::Whole(value) => value,
            other => panic!("--{name} has no whole number but {other:?}"),
        })
    }

    /// The same, where the data allow no more than `most`.
    pub fn whole_to(&self, name: &str, most: u64) -> Result<Option<u64>> {
        let value = self.whole(name);
        let Takes::Whole { from, .. } = self.all[self.position(name)].takes else { return Ok(value) };
        match value.filter(|&value| value > most) {
            Some(value) => Err(Error::input(format!("--{name} {value}: not a whole number from {from} to {most}"))),
            None => Ok(value),
        }
    }

    /// The numbers given.
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        self.value(name).map(|value| match value {
            Value::Numbers(values) => values,
            other => panic!("--{name} has no numbers but {other:?}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::figure::Plot;

    static ALL: [DataOption; 5] = [
        DataOption { name: "loud", takes: Takes::Nothing, says: "Says more." },
        DataOption { name: "loss", takes: Takes::Word(&["logistic", "exp"]), says: "The loss." },
        DataOption {
            name: "alpha",
            takes: Takes::Number {
                sign: "A",
                range: (Bound::Excluded(0.0), Bound::Included(1e60)),
                default: Some(0.001),
            },
            says: "The size of the start.",
        },
        DataOption {
            name: "steps",
            takes: Takes::Whole { sign: "K", from: 1, to: 1_000_000_000_000, default: None },
            says: "How many steps.",
        },
        DataOption { name: "start", takes: Takes::Numbers { sign: "V1,V2,.." }, says: "The start." },
    ];

    fn options(given: &'static str, text: &'static str) -> Result<Options> {
        Options::read(&ALL, |option| (option.name == given).then(|| text.to_string()))
    }

    #[test]
    fn what_is_not_given_has_its_default() {
        let options = options("", "").unwrap();
        assert!(!options.switch("loud"));
        assert_eq!(options.word("loss"), "logistic");
        assert_eq!(options.number("alpha"), Some(0.001));
        assert_eq!(options.whole("steps"), None);
        assert_eq!(options.numbers("start"), None);
        assert!(!options.given("alpha"));
    }

    #[test]
    fn a_figure_is_drawn_where_one_is_wanted() {
        let drawing = || Drawing { title: "t", says: "s", plot: Plot { panels: Vec::new() } };
        let unwanted = options("", "").unwrap();
        unwanted.draw(|| unreachable!("nobody wants it"));
        assert_eq!(unwanted.drawing(), None);
        let wanted = options("", "").unwrap().with_figure();
        assert!(wanted.wants_figure());
        wanted.draw(drawing);
        assert_eq!(wanted.drawing(), Some(drawing()));
    }

    #[test]
    fn who_listens_is_told() {
        options("", "").unwrap().tell(|| unreachable!("nobody listens"));
        let heard = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let hears = heard.clone();
        let listened = options("", "").unwrap().told(move |how_far| hears.borrow_mut().push(how_far));
        ["half", "all"].iter().for_each(|how_far| listened.tell(|| how_far.to_string()));
        assert_eq!(*heard.borrow(), ["half", "all"]);
    }

    #[test]
    fn what_is_given_is_read() {
        assert!(options("loud", "").unwrap().switch("loud"));
        assert_eq!(options("loss", "exp").unwrap().word("loss"), "exp");
        assert_eq!(options("alpha", "2").unwrap().number("alpha"), Some(2.0));
        assert_eq!(options("steps", "1e5").unwrap().whole("steps"), Some(100_000));
        assert_eq!(options("start", "1, -2").unwrap().numbers("start"), Some(vec![1.0, -2.0]));
    }

    #[rstest]
    #[case::number("alpha", "10", "1e1", true)]
    #[case::whole("steps", "1e6", "1000000", true)]
    #[case::numbers("start", "1,2", "1.0, 2e0", true)]
    #[case::other("alpha", "10", "1e2", false)]
    #[case::unfit("alpha", "x", "x", false)]
    fn texts_that_say_the_same(#[case] name: &str, #[case] one: &str, #[case] other: &str, #[case] same: bool) {
        let option = ALL.iter().find(|option| option.name == name).unwrap();
        assert_eq!(option.is_same(one, other), same);
    }

    #[rstest]
    #[case::word("loss", "hinge", "--loss hinge: not logistic or exp")]
    #[case::excluded("alpha", "0", "--alpha 0: not a number above 0, at most 1e60")]
    #[case::text("alpha", "small", "--alpha small: not a number above 0, at most 1e60")]
    #[case::nan("alpha", "NaN", "--alpha NaN: not a number above 0, at most 1e60")]
    #[case::fraction("steps", "1.5", "--steps 1.5: not a whole number from 1 to 1e12")]
    #[case::negative("steps", "-1", "--steps -1: not a whole number from 1 to 1e12")]
    #[case::none("steps", "0", "--steps 0: not a whole number from 1 to 1e12")]
    #[case::entry("start", "1,x", "--start: entry 2 is 'x', not a finite number")]
    fn what_does_not_fit_is_refused(#[case] name: &'static str, #[case] text: &'static str, #[case] message: &str) {
        assert_eq!(options(name, text).err().map(|error| error.to_string()).as_deref(), Some(message));
    }

    #[test]
    fn help_has_range_and_default() {
        let help: Vec<String> = ALL.iter().map(DataOption::help).collect();
        assert_eq!(help[1], "The loss. [default: logistic]");
        assert_eq!(help[2], "The size of the start. [a number above 0, at most 1e60] [default: 0.001]");
        assert_eq!(help[3], "How many steps. [a whole number from 1 to 1e12]");
        assert_eq!(ALL[1].sign().as_deref(), Some("logistic|exp"));
    }
}
