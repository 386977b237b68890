//! A course of one theorem, complete: statement, experiment, claims, controls, figure, snapshots and chapter. Copy this
//! folder to begin a course of your own; outside this workspace, write out what its Cargo.toml takes from there.

use theoremcheck::course::Course;

mod descent;

/// The course, which the command, the tests and the book are handed.
pub static COURSE: Course = Course {
    name: "descent-lemma",
    about: "How fast gradient descent lowers a smooth function.",
    seeds: &[1, 2, 3],
    theorems: &[&descent::THEOREM],
};
