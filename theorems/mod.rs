//! The course: every theorem, in the order in which it is taught.

use crate::theorem::Course;

pub static COURSE: Course = Course { theorems: &[] };
