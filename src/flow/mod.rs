//! Gradient descent, gradient flow in logarithmic time, and the integrators behind it.

pub mod chebyshev;
pub mod deep;
mod deep_kernel;
pub mod descent;
pub mod explicit;
mod factor_kernel;
pub mod factors;
pub mod gradient_flow;
pub mod kernel;
pub mod least_squares;
pub mod loss;
pub mod loss_clock;
pub mod method;
pub mod newton;
pub mod ode;
pub mod side_by_side;
pub mod stiff;
