//! Data: seeded with a planted answer, or read from a table.

pub mod classes;
pub mod completion;
mod hidden_layer;
pub mod homogeneous;
pub mod labelled;
pub mod network;
pub mod points;
pub mod regression;
pub mod separable;
pub mod table;
