//! Theorems that are run: a harness that knows no theorem, and what the theorems of a course share.
//!
//! A [`theorem::Theorem`] is data: what it assumes, the lines of its proof, and for each line a function that
//! compares a measured number with what the theorem predicts and says why it may be off by as much as it is
//! ([`claim`]). Experiments run in a [`lab`], on seeded [`problem`]s or the reader's own; what they follow is in
//! [`flow`], what judges them in [`mod@reference`]. A run leaves [`evidence`], and everything else reads that. What the
//! reader does alone is in [`exercise`].
//!
//! Conventions: labels are absorbed, so that x_n stands for y_n x_n, but targets of least squares are not; a loss is
//! a sum over the points; log is natural; s = log t.

#![deny(missing_docs)]

pub mod claim;
#[cfg(feature = "cli")]
mod cli;
pub mod course;
pub mod digest;
pub mod error;
pub mod evidence;
pub mod exercise;
pub mod figure;
pub mod flow;
pub mod interval;
pub mod lab;
mod lanes;
pub mod live;
pub mod lu;
pub mod notation;
pub mod number;
pub mod options;
pub mod problem;
pub mod quantity;
pub mod real;
pub mod reference;
pub mod report;
pub mod run;
pub mod seed;
#[cfg(feature = "testing")]
pub mod testing;
pub mod theorem;

#[cfg(feature = "cli")]
pub use cli::cli;
