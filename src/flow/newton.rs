//! Newton's method for fewer equations than unknowns: the shortest step that solves the linearised equations.

use crate::lu::Lu;
use crate::problem::points::Points;
use crate::real::{dot, norm};

/// Where the method ended: no step, however much shortened, brings the residual down any further.
#[derive(Debug, Clone, PartialEq)]
pub struct Retraction {
    /// The point where it ended.
    pub theta: Vec<f64>,
    /// |F| at the start and after each step.
    pub residuals: Vec<f64>,
}

/// Steps -J'(JJ')⁻¹ F, halved until |F| falls; in a fixed order of operations. J must have independent rows.
pub fn retract(
    equations: impl Fn(&[f64]) -> Vec<f64>,
    jacobian: impl Fn(&[f64]) -> Points,
    start: &[f64],
    most_steps: usize,
) -> Retraction {
    let mut theta = start.to_vec();
    let mut values = equations(&theta);
    let mut residuals = vec![norm(&values)];
    for _ in 0..most_steps {
        let rows = jacobian(&theta);
        let gram = rows.rows().flat_map(|a| rows.rows().map(|b| dot(a, b)).collect::<Vec<_>>()).collect();
        let mut weights = values.clone();
        Lu::new(rows.count(), gram).solve(&mut weights);
        let step = rows.combination(&weights);
        let shortened = (0..30).scan(1.0, |length, _| {
            let next: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t - *length * s).collect();
            *length *= 0.5;
            Some((equations(&next), next))
        });
        let before = norm(&values);
        let Some((after, next)) = { shortened }.find(|(after, _)| norm(after) < before) else { break };
        (theta, values) = (next, after);
        residuals.push(norm(&values));
    }
    Retraction { theta, residuals }
}
