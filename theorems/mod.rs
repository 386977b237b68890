//! The course: every theorem, in the order in which it is taught.

use crate::theorem::Course;

mod max_margin;

pub static COURSE: Course = Course { theorems: &[&max_margin::THEOREM] };
