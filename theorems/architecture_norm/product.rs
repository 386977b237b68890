//! A linear network whose two layers are vectors, multiplied entry by entry: w_i = a_i b_i.

use theoremcheck::problem::homogeneous::Margins;
use theoremcheck::problem::points::Points;

/// The network on points that carry their labels. θ holds a, then b.
#[derive(Debug, Clone)]
pub struct Product {
    pub points: Points,
}

impl Product {
    /// w: the output is x·w.
    pub fn predictor(&self, theta: &[f64]) -> Vec<f64> {
        let (a, b) = theta.split_at(self.points.dim());
        a.iter().zip(b).map(|(a, b)| a * b).collect()
    }
}

impl Margins for Product {
    fn parameters(&self) -> usize {
        2 * self.points.dim()
    }

    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        self.points.margins(&self.predictor(theta))
    }

    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let (a, b) = theta.split_at(self.points.dim());
        let z = self.points.combination(weights);
        [b, a].iter().flat_map(|other| z.iter().zip(*other).map(|(z, other)| z * other)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theoremcheck::real::dot;
    use theoremcheck::seed::Seed;

    /// A margin is of degree one in each parameter: a difference quotient has no error but rounding.
    #[test]
    fn the_gradient_is_the_slope_of_the_margins() {
        let mut stream = Seed(1).stream("architecture-norm", "gradient");
        let network = Product { points: Points::new(4, stream.normals(12)).unwrap() };
        let (theta, weights) = (stream.normals(8), stream.normals(3));
        for (i, slope) in network.gradient(&theta, &weights).iter().enumerate() {
            let at = |by: f64| {
                let mut moved = theta.clone();
                moved[i] += by;
                dot(&weights, &network.margins(&moved))
            };
            assert!((0.5 * (at(1.0) - at(-1.0)) - slope).abs() < 1e-12, "parameter {i}");
        }
    }
}
