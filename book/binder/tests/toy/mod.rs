//! A course of one theorem, small enough to go wrong in one way at a time.

mod halve;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::course::Course;
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::lab::Lab;
use theoremcheck::live::{Live, Parameter, Reading, Shown, Takes};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Control, Figure, Finding, Hypothesis, Kind, Standing, Step, Theorem};

pub static COURSE: Course = Course { name: "toy", about: "Halving.", seeds: &[1, 2, 3], theorems: &[&HALVING] };

/// The same, with nothing to show for its step.
pub static WITHOUT_CODE: Course = Course {
    name: "toy",
    about: "Halving.",
    seeds: &[1, 2, 3],
    theorems: &[&Theorem { sources: &[("toy/mod.rs", "")], ..HALVING }],
};

/// The same, with a claim of the notes that nothing answers.
pub static WITHOUT_ANSWER: Course = Course {
    name: "toy",
    about: "Halving.",
    seeds: &[1, 2, 3],
    theorems: &[&Theorem { steps: &[&[Step { notes: &[], ..EACH_HALF }]], ..HALVING }],
};

const EACH_HALF: Step = Step {
    id: "each-half",
    says: "Each number is half of the one before.",
    kind: Kind::Proof,
    standing: Standing::Proved { cite: "zeno" },
    notes: &["N1"],
    claims: |lab, c| {
        each_half(&lab.run(halves)?, c);
        Ok(())
    },
};

const HALVING: Theorem = Theorem {
    id: "halving",
    title: "Halving comes to nothing",
    says: "x_n = 2^-n tends to zero.",
    symbols: &[("x_n", "the numbers")],
    cites: &["zeno"],
    hypotheses: &[Hypothesis {
        id: "factor",
        says: "The factor is below one.",
        verify: |_| Ok(Finding { holds: true, detail: "1/2 < 1".to_string() }),
        only_sufficient: None,
    }],
    steps: &[&[EACH_HALF]],
    controls: &[Control {
        without: "factor",
        refutes: "each-half",
        on: "ratio",
        says: "With the factor 1 nothing changes.",
        claims: |lab, c| {
            each_half(&lab.run(ones)?, c);
            Ok(())
        },
        instead: |lab, c| {
            constant(&lab.run(ones)?, c);
            Ok(())
        },
    }],
    figures: &[Figure { id: "numbers", title: "The numbers", says: "They fall.", draw: numbers }],
    live: &[Live {
        id: "size",
        title: "A number of any size",
        says: "It is halved.",
        parameters: &[Parameter {
            name: "x",
            says: "x_0",
            takes: Takes::Number { range: [0.1, 10.0], scale: Scale::Log, default: 1.0 },
        }],
        draw: |setting| {
            Ok(Shown { plot: drawn(&[setting.number("x")]), readings: vec![Reading::new("x_1", "half of it")] })
        },
    }],
    exercises: EXERCISES,
    sources: &[("toy/mod.rs", include_str!("mod.rs"))],
    trajectories: |_, _| Ok(()),
    on_data: None,
};

const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "quarter",
        title: "two halves",
        points: 1,
        asks: "What is x_2?",
        hints: &[],
        solution: &["It is 2^-2."],
        task: Task::Predict(Predict {
            before: "each-half",
            digits: 2,
            claim: |lab, c| {
                c.equal("x_2", lab.run(halves)?[2], 0.25, Slack::rounding(1.0, 0.25));
                Ok(())
            },
        }),
    },
    Exercise {
        id: "sum",
        title: "the sum",
        points: 2,
        asks: "Prove that Σ x_n = 2.",
        hints: &["Double it.", "What cancels?"],
        solution: &["2 Σ x_n = 2 + Σ x_n."],
        task: Task::Prove,
    },
    Exercise {
        id: "halve",
        title: "half of it",
        points: 1,
        asks: "Write a function that halves.",
        hints: &[],
        solution: &["By division."],
        task: Task::Check(halve::CHECK),
    },
    Exercise {
        id: "ratio",
        title: "the ratio",
        points: 1,
        asks: "Something is wrong here.",
        hints: &[],
        solution: &["x_1 is half of x_0."],
        task: Task::Mistake(Mistake {
            fault: "third",
            caught_by: "each-half",
            file: "toy/mod.rs",
            function: "each_half",
            find: "numbers[0], 0.5",
            put: "numbers[0], 0.3",
        }),
    },
];

fn halves(_: Seed) -> Result<Vec<f64>> {
    Ok(vec![1.0, 0.5, 0.25])
}

fn ones(_: Seed) -> Result<Vec<f64>> {
    Ok(vec![1.0, 1.0, 1.0])
}

/// Each half. x_{n+1} / x_n = 1/2.
fn each_half(numbers: &[f64], claims: &mut Claims) {
    claims.equal("ratio", numbers[1] / numbers[0], 0.5, Slack::rounding(1.0, 1.0));
}

fn constant(numbers: &[f64], claims: &mut Claims) {
    claims.equal("ratio", numbers[1] / numbers[0], 1.0, Slack::rounding(1.0, 1.0));
}

fn numbers(lab: &Lab) -> Result<Plot> {
    Ok(drawn(&lab.run(halves)?))
}

fn drawn(numbers: &[f64]) -> Plot {
    let points = numbers.iter().enumerate().map(|(n, x)| [n as f64, *x]).collect();
    Plot {
        panels: vec![Panel {
            x: Axis::linear("n", 0.0, 2.0),
            y: Axis::log("x", 0.1, 1.0),
            series: vec![Series { name: "x".to_string(), look: Look::Measured, points }],
            labels: vec![],
        }],
    }
}
