//! The implicit bias of gradient descent, as theorems that are run.

pub mod claim;
#[cfg(feature = "cli")]
mod cli;
pub mod error;
pub mod evidence;
pub mod figure;
pub mod flow;
pub mod lab;
pub mod problem;
pub mod real;
pub mod reference;
pub mod report;
pub mod seed;
pub mod theorem;
#[path = "../theorems/mod.rs"]
pub mod theorems;

#[cfg(feature = "cli")]
pub use cli::cli;
