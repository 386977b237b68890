//! The course: every theorem, in the order in which it is taught.

use theoremcheck::course::Course;

mod interpolation_manifold;
mod least_squares;
mod matrix_factorization;
mod max_margin;

/// The theorems, in the order of the notes.
pub static COURSE: Course = Course {
    name: "theoremcheck",
    about: "The implicit bias of gradient descent, as theorems that are run.",
    seeds: &[1, 2, 3],
    theorems: &[
        &least_squares::THEOREM,
        &interpolation_manifold::THEOREM,
        &max_margin::THEOREM,
        &matrix_factorization::THEOREM,
    ],
};

/// Claims of the course notes that no theorem answers yet. The others are named by the steps that do.
pub const NOT_YET: &[&str] = &["N1", "N19", "N20", "N21", "N22", "N23", "N24"];
