//! The course: every theorem, in the order in which it is taught.

use crate::theorem::Course;

mod interpolation_manifold;
mod least_squares;
mod max_margin;

/// The theorems, in the order of the notes.
pub static COURSE: Course =
    Course { theorems: &[&least_squares::THEOREM, &interpolation_manifold::THEOREM, &max_margin::THEOREM] };

/// Claims of the course notes that no theorem answers yet. The others are named by the steps that do.
pub const NOT_YET: &[&str] =
    &["N1", "N11", "N12", "N13", "N14", "N15", "N16", "N17", "N18", "N19", "N20", "N21", "N22", "N23", "N24"];
