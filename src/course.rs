//! A course: theorems in the order in which they are taught, and what must be true of them whatever they say.

use std::collections::BTreeSet;

use crate::exercise;
use crate::live::Live;
use crate::notation;
use crate::options::DataOption;
use crate::theorem::{Hypothesis, Standing, Theorem};

/// Theorems, and what the command says of them.
pub struct Course {
    /// The name of the command.
    pub name: &'static str,
    /// What the course is about, in a sentence.
    pub about: &'static str,
    /// The seeds of the experiments, unless others are asked for.
    pub seeds: &'static [u64],
    /// The theorems, in the order in which they are taught.
    pub theorems: &'static [&'static Theorem],
}

/// Options that the command itself has beside those of a theorem's `run`.
const OPTIONS_OF_THE_COMMAND: [&str; 5] = ["data", "figure", "json", "help", "version"];

impl Course {
    /// The theorem of this name.
    pub fn theorem(&self, id: &str) -> Option<&'static Theorem> {
        self.theorems.iter().copied().find(|theorem| theorem.id == id)
    }

    /// Mistakes in the course, a sentence each: empty if it can be checked. A course with a mistake would pass for
    /// one whose claims hold.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.mistakes_beside_exercises();
        for theorem in self.theorems {
            mistakes.extend(of_exercises(theorem).iter().map(|mistake| of_one(theorem, mistake)));
        }
        mistakes
    }

    /// Those that what is checked depends on.
    pub(crate) fn mistakes_beside_exercises(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.theorems.is_empty() {
            mistakes.push("the course has no theorem".to_string());
        }
        if self.seeds.is_empty() {
            mistakes.push("the course has no seed".to_string());
        }
        mistakes.extend(repeated(self.seeds).map(|seed| format!("seed {seed} stands twice")));
        let ids: Vec<&str> = self.theorems.iter().map(|theorem| theorem.id).collect();
        mistakes.extend(repeated(&ids).map(|id| format!("two theorems are called '{id}'")));
        for theorem in self.theorems {
            mistakes.extend(of_theorem(theorem).iter().map(|mistake| of_one(theorem, mistake)));
        }
        mistakes
    }
}

fn of_one(theorem: &Theorem, mistake: &str) -> String {
    format!("{}: {mistake}", theorem.id)
}

fn of_exercises(theorem: &Theorem) -> Vec<String> {
    let mut mistakes = exercise::mistakes(theorem);
    mistakes.extend(exercise::texts(theorem).filter_map(unset));
    mistakes
}

/// What is wrong with a text, which has this name.
fn unset((name, says): (String, &str)) -> Option<String> {
    match notation::read(says) {
        _ if says.trim().is_empty() => Some(format!("{name} says nothing")),
        Ok(_) => None,
        Err(what) => Some(format!("{name} cannot be set: {what}")),
    }
}

fn of_theorem(theorem: &Theorem) -> Vec<String> {
    let mut mistakes = Vec::new();
    if theorem.steps().next().is_none() {
        mistakes.push("no steps".to_string());
    }
    let hypotheses: Vec<&str> = theorem.hypotheses.iter().map(|hypothesis| hypothesis.id).collect();
    let options: Vec<&str> = theorem.on_data.iter().flat_map(|data| data.options).map(|option| option.name).collect();
    let controls = theorem.controls.iter().map(|control| control.id());
    let parts: Vec<String> = theorem.steps().map(|step| step.id.to_string()).chain(controls).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let live = theorem.live.iter().map(|live| live.id);
    let figures: Vec<&str> = theorem.figures.iter().map(|figure| figure.id).chain(live).collect();
    let named = [
        ("theorems", vec![theorem.id]),
        ("hypotheses", hypotheses.clone()),
        ("steps or controls", parts.clone()),
        ("figures", figures.clone()),
        ("exercises", exercise::names(theorem)),
        ("options", options.clone()),
    ];
    mistakes.extend(
        figures
            .iter()
            .filter(|id| parts.contains(*id))
            .map(|id| format!("a figure is called '{id}', like a step or control")),
    );
    for (kind, ids) in named {
        mistakes.extend(ids.iter().filter(|id| !is_plain(id)).map(|id| {
            format!("'{id}' is no name; names of {kind} are small letters, digits and hyphens, a letter first")
        }));
        mistakes.extend(repeated(&ids).map(|id| format!("two {kind} are called '{id}'")));
    }
    mistakes.extend(
        options
            .iter()
            .filter(|name| OPTIONS_OF_THE_COMMAND.contains(name))
            .map(|name| format!("the option '{name}' is one of the command's own")),
    );
    mistakes.extend(theorem.on_data.iter().flat_map(|data| data.options).filter_map(DataOption::mistake));
    for live in theorem.live {
        let names: Vec<&str> = live.parameters.iter().map(|parameter| parameter.name).collect();
        mistakes.extend(repeated(&names).map(|name| format!("two parameters of '{}' are called '{name}'", live.id)));
        mistakes.extend(live.mistakes());
    }
    for Hypothesis { id, only_sufficient, .. } in theorem.hypotheses {
        let controlled = theorem.controls.iter().any(|control| control.without == *id);
        if !controlled && only_sufficient.is_none() {
            mistakes.push(format!("the hypothesis '{id}' has no control, and no reason why it is only sufficient"));
        }
    }
    for control in theorem.controls {
        let name = control.id();
        if !hypotheses.contains(&control.without) {
            mistakes.push(format!("'{name}' breaks a hypothesis that is not there"));
        }
        if theorem.step(control.refutes).is_none() {
            mistakes.push(format!("'{name}' refutes '{}', which is no step", control.refutes));
        }
        if control.on.is_empty() {
            mistakes.push(format!("'{name}' does not say which claim must fail"));
        }
    }
    for step in theorem.steps() {
        if let Standing::Refuted { by } | Standing::Overstated { by } = step.standing
            && !parts.contains(&by)
        {
            mistakes.push(format!("'{}' is said to fail in '{by}', which is no step or control", step.id));
        }
    }
    let says = [("the theorem".to_string(), theorem.says), ("the title".to_string(), theorem.title)]
        .into_iter()
        .chain(theorem.hypotheses.iter().map(|hypothesis| (format!("'{}'", hypothesis.id), hypothesis.says)))
        .chain(theorem.steps().map(|step| (format!("'{}'", step.id), step.says)))
        .chain(theorem.controls.iter().map(|control| (format!("'{}'", control.id()), control.says)))
        .chain(theorem.figures.iter().map(|figure| (format!("'{}'", figure.id), figure.says)))
        .chain(theorem.figures.iter().map(|figure| (format!("the title of '{}'", figure.id), figure.title)))
        .chain(theorem.live.iter().flat_map(of_live));
    mistakes.extend(says.filter_map(unset));
    mistakes
}

/// The texts of a live figure by their names, those of its parameters among them.
fn of_live(live: &'static Live) -> Vec<(String, &'static str)> {
    let parameters = live.parameters.iter().map(|p| (format!("the parameter '{}' of '{}'", p.name, live.id), p.says));
    let own = [(format!("'{}'", live.id), live.says), (format!("the title of '{}'", live.id), live.title)];
    own.into_iter().chain(parameters).collect()
}

/// What stands more than once in a list, once each.
fn repeated<T: Ord + Copy>(items: &[T]) -> impl Iterator<Item = T> + use<T> {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<T> = items.iter().copied().filter(|&item| !seen.insert(item)).collect();
    twice.into_iter()
}

/// Names are file names, anchors and arguments too.
pub(crate) fn is_plain(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::claim::Slack;
    use crate::exercise::{Check, Exercise, Mistake, Predict, Task};
    use crate::figure::Scale;
    use crate::live::{self, Parameter};
    use crate::options::Takes;
    use crate::theorem::{Control, Figure, Finding, Kind, OnData, Step};

    const STEP: Step = Step {
        id: "step",
        says: "One is one.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |_, claims| {
            claims.equal("1", 1.0, 1.0, Slack::rounding(1.0, 1.0));
            Ok(())
        },
    };
    const HYPOTHESIS: Hypothesis = Hypothesis {
        id: "hypothesis",
        says: "Nothing is assumed.",
        verify: |_| Ok(Finding { holds: true, detail: String::new() }),
        only_sufficient: None,
    };
    const CONTROL: Control = Control {
        without: "hypothesis",
        refutes: "step",
        on: "1",
        says: "Nothing is broken.",
        claims: STEP.claims,
        instead: STEP.claims,
    };
    const THEOREM: Theorem = Theorem {
        id: "theorem",
        title: "Title",
        says: "Says.",
        symbols: &[],
        cites: &[],
        hypotheses: &[HYPOTHESIS],
        steps: &[&[STEP]],
        controls: &[CONTROL],
        figures: &[],
        live: &[],
        exercises: &[],
        sources: &[],
        trajectories: |_, _| Ok(()),
        on_data: None,
    };
    const COURSE: Course = Course { name: "course", about: "", seeds: &[1], theorems: &[&THEOREM] };

    const LIVE: Live = Live {
        id: "live",
        title: "Title",
        says: "Says.",
        parameters: &[Parameter {
            name: "size",
            says: "Size",
            takes: live::Takes::Number { range: [0.0, 1.0], scale: Scale::Linear, default: 0.5 },
        }],
        draw: |_| unreachable!("nothing is drawn"),
    };

    const DATA: OnData = OnData {
        says: "",
        options: &[DataOption { name: "data", takes: Takes::Nothing, says: "" }],
        cells: crate::problem::table::Cells::Numbers,
        run: |_, _| unreachable!("nothing is run"),
    };

    const EXERCISE: Exercise = Exercise {
        id: "exercise",
        title: "Title",
        points: 1,
        asks: "Why?",
        hints: &["Think."],
        solution: &["Therefore."],
        task: Task::Prove,
    };
    const PREDICT: Predict = Predict { before: "step", digits: 2, claim: STEP.claims };
    const FILE: &str = "\
pub mod stub {
    pub fn one() -> f64 {
        todo!()
    }
}
pub mod solution {
    pub fn one() -> f64 {
        1.0
    }
}
fn call(one: fn() -> f64, _: &[Vec<f64>]) -> Vec<f64> {
    vec![one()]
}
";
    const CHECK: Check = Check {
        function: "one",
        text: FILE,
        stub: |_| unreachable!("nothing is run"),
        solution: |_| unreachable!("nothing is run"),
        judge: |_, _| unreachable!("nothing is run"),
    };
    const MISTAKE: Mistake =
        Mistake { fault: "fault", caught_by: "step", file: "a.rs", function: "one", find: "1.0", put: "2.0" };
    const SOURCES: &[(&str, &str)] = &[("a.rs", "fn one() -> f64 {\n    1.0\n}\n")];

    #[rstest]
    #[case::proof(EXERCISE, "")]
    #[case::prediction(Exercise { task: Task::Predict(PREDICT), ..EXERCISE }, "")]
    #[case::function(Exercise { task: Task::Check(CHECK), ..EXERCISE }, "")]
    #[case::mistake(Exercise { task: Task::Mistake(MISTAKE), ..EXERCISE }, "")]
    #[case::no_points(Exercise { points: 0, ..EXERCISE }, "the exercise 'exercise' counts no points")]
    #[case::no_hint(Exercise { hints: &[], ..EXERCISE }, "the exercise 'exercise' has no hint")]
    #[case::no_solution(Exercise { solution: &[], ..EXERCISE }, "the exercise 'exercise' has no solution")]
    #[case::unreadable(Exercise { hints: &["Think of x_(."], ..EXERCISE }, "a hint of the exercise 'exercise' cannot be set: there is no ) in “Think of x_(.”")]
    #[case::before_nothing(Exercise { task: Task::Predict(Predict { before: "x", ..PREDICT }), ..EXERCISE }, "the exercise 'exercise' is asked before 'x', which is no step")]
    #[case::no_digits(Exercise { task: Task::Predict(Predict { digits: 0, ..PREDICT }), ..EXERCISE }, "the exercise 'exercise' asks for 0 digits, not 1 to 9")]
    #[case::no_function(Exercise { task: Task::Check(Check { text: "", ..CHECK }), ..EXERCISE }, "the exercise 'exercise' has no `pub fn one(` in a module `stub` of its file; the exercise 'exercise' has no `pub fn one(` in a module `solution` of its file; the exercise 'exercise' has no `fn call(` in its file")]
    #[case::caught_by_nothing(Exercise { task: Task::Mistake(Mistake { caught_by: "x", ..MISTAKE }), ..EXERCISE }, "the exercise 'exercise' is caught by 'x', which is no step or control")]
    #[case::no_such_place(Exercise { task: Task::Mistake(Mistake { find: "3.0", ..MISTAKE }), ..EXERCISE }, "the exercise 'exercise' shows a mistake that is not there: a.rs: '3.0' does not stand in one once")]
    #[case::no_such_function(Exercise { task: Task::Mistake(Mistake { function: "two", ..MISTAKE }), ..EXERCISE }, "the exercise 'exercise' shows a mistake that is not there: a.rs: not one function two")]
    fn an_exercise_says_what_is_wrong(#[case] exercise: Exercise, #[case] mistake: &str) {
        let exercises: &'static [Exercise] = Box::leak(Box::new([exercise]));
        let theorem = Theorem { exercises, sources: SOURCES, ..THEOREM };
        assert_eq!([of_theorem(&theorem), of_exercises(&theorem)].concat().join("; "), mistake);
    }

    /// Each mistake gives one message.
    #[rstest]
    #[case::sound(COURSE, "")]
    #[case::empty(Course { theorems: &[], ..COURSE }, "the course has no theorem")]
    #[case::no_seed(Course { seeds: &[], ..COURSE }, "the course has no seed")]
    #[case::seed_twice(Course { seeds: &[1, 1], ..COURSE }, "seed 1 stands twice")]
    #[case::theorem_twice(Course { theorems: &[&THEOREM, &THEOREM], ..COURSE }, "two theorems are called 'theorem'")]
    fn a_course_says_what_is_wrong(#[case] course: Course, #[case] mistake: &str) {
        assert_eq!(course.mistakes().join("; "), mistake);
    }

    #[rstest]
    #[case::blank_in_id(Theorem { id: "a b", ..THEOREM }, "'a b' is no name; names of theorems are small letters, digits and hyphens, a letter first")]
    #[case::no_steps(Theorem { steps: &[], controls: &[], hypotheses: &[], ..THEOREM }, "no steps")]
    #[case::step_twice(Theorem { steps: &[&[STEP], &[STEP]], ..THEOREM }, "two steps or controls are called 'step'")]
    #[case::no_control(Theorem { controls: &[], ..THEOREM }, "the hypothesis 'hypothesis' has no control, and no reason why it is only sufficient")]
    #[case::control_of_nothing(Theorem { controls: &[CONTROL, Control { without: "x", ..CONTROL }], ..THEOREM }, "'without-x' breaks a hypothesis that is not there")]
    #[case::refutes_nothing(Theorem { controls: &[Control { refutes: "x", ..CONTROL }], ..THEOREM }, "'without-hypothesis' refutes 'x', which is no step")]
    #[case::on_anything(Theorem { controls: &[Control { on: "", ..CONTROL }], ..THEOREM }, "'without-hypothesis' does not say which claim must fail")]
    #[case::by_nothing(Theorem { steps: &[&[Step { standing: Standing::Overstated { by: "x" }, ..STEP }]], ..THEOREM }, "'step' is said to fail in 'x', which is no step or control")]
    #[case::no_title(Theorem { title: " ", ..THEOREM }, "the title says nothing")]
    #[case::silent_hypothesis(Theorem { hypotheses: &[Hypothesis { says: "", ..HYPOTHESIS }], ..THEOREM }, "'hypothesis' says nothing")]
    #[case::figure_like_a_step(Theorem { figures: &[Figure { id: "step", title: "A step", says: "One.", draw: |_| unreachable!() }], ..THEOREM }, "a figure is called 'step', like a step or control")]
    #[case::live_like_a_figure(Theorem { figures: &[Figure { id: "one", title: "A", says: "One.", draw: |_| unreachable!() }], live: &[Live { id: "one", ..LIVE }], ..THEOREM }, "two figures are called 'one'")]
    #[case::nothing_to_set(Theorem { live: &[Live { parameters: &[], ..LIVE }], ..THEOREM }, "the live figure 'live': has nothing to set")]
    #[case::set_outside(Theorem { live: &[Live { parameters: &[Parameter { name: "a", says: "a", takes: live::Takes::Whole { range: [1, 2], default: 3 } }], ..LIVE }], ..THEOREM }, "the live figure 'live': 'a' has 3 as its default, not a whole number from 1 to 2")]
    #[case::silent_parameter(Theorem { live: &[Live { parameters: &[Parameter { name: "a", says: "", takes: live::Takes::Whole { range: [1, 2], default: 1 } }], ..LIVE }], ..THEOREM }, "the parameter 'a' of 'live' says nothing")]
    #[case::unreadable(Theorem { steps: &[&[Step { says: "Then x_( is 1.", ..STEP }]], ..THEOREM }, "'step' cannot be set: there is no ) in “Then x_( is 1.”")]
    #[case::silent(Theorem { steps: &[&[Step { says: "", ..STEP }]], ..THEOREM }, "'step' says nothing")]
    #[case::option_of_the_command(Theorem { on_data: Some(DATA), ..THEOREM }, "the option 'data' is one of the command's own")]
    #[case::no_choice(Theorem { on_data: Some(OnData { options: &[DataOption { name: "loss", takes: Takes::Word(&[]), says: "" }], ..DATA }), ..THEOREM }, "the option 'loss' has no choice")]
    #[case::default_outside(Theorem { on_data: Some(OnData { options: &[DataOption { name: "steps", takes: Takes::Whole { sign: "K", from: 1, to: 2, default: Some(3) }, says: "" }], ..DATA }), ..THEOREM }, "the option 'steps' has 3 as its default, not a whole number from 1 to 2")]
    fn a_theorem_says_what_is_wrong(#[case] theorem: Theorem, #[case] mistake: &str) {
        assert_eq!(of_theorem(&theorem).join("; "), mistake);
    }
}
