//! Certified optima: what the dynamics are judged by. No code here knows of a trajectory.

pub mod certificate;
mod compensated;
mod exact_relation;
pub mod features;
pub mod least_l1;
pub mod least_norm;
pub mod linear_system;
pub mod max_entropy;
pub mod max_margin;
mod nearest_point;
pub mod nuclear_certificate;
pub mod nuclear_norm;
pub mod soft_margin;
