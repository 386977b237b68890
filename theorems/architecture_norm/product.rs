//! Linear networks whose layers are vectors: the predictor is their product, entry by entry or by circular convolution.

use theoremcheck::problem::homogeneous::Margins;
use theoremcheck::problem::points::Points;

/// How two layers are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// (a b)_i = a_i b_i.
    Diagonal,
    /// (a b)_i = Σ_j a_j b_{i - j}, indices modulo d.
    Convolution,
}

impl Form {
    fn product(self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let d = a.len();
        match self {
            Form::Diagonal => a.iter().zip(b).map(|(a, b)| a * b).collect(),
            Form::Convolution => (0..d).map(|i| (0..d).map(|j| a[j] * b[(d + i - j) % d]).sum()).collect(),
        }
    }

    /// The derivative of z·(a b) in a.
    fn pulled_back(self, b: &[f64], z: &[f64]) -> Vec<f64> {
        let d = b.len();
        match self {
            Form::Diagonal => self.product(b, z),
            Form::Convolution => (0..d).map(|j| (0..d).map(|i| z[i] * b[(d + i - j) % d]).sum()).collect(),
        }
    }
}

/// The layers on points that carry their labels. θ holds the layers one after the other.
#[derive(Debug, Clone)]
pub struct Product {
    pub form: Form,
    /// How many entries of each layer are parameters; those after them are 0.
    pub widths: Vec<usize>,
    pub points: Points,
}

impl Product {
    /// Every layer has an entry for every coordinate.
    pub fn full(form: Form, depth: usize, points: Points) -> Product {
        Product { form, widths: vec![points.dim(); depth], points }
    }

    fn layers(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        let mut from = 0;
        let mut layer = |&width: &usize| {
            let mut entries = theta[from..from + width].to_vec();
            entries.resize(self.points.dim(), 0.0);
            from += width;
            entries
        };
        self.widths.iter().map(&mut layer).collect()
    }

    /// The predictor: x·w is the output.
    pub fn predictor(&self, theta: &[f64]) -> Vec<f64> {
        let layers = self.layers(theta);
        layers[1..].iter().fold(layers[0].clone(), |w, layer| self.form.product(&w, layer))
    }
}

impl Margins for Product {
    fn parameters(&self) -> usize {
        self.widths.iter().sum()
    }

    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        self.points.margins(&self.predictor(theta))
    }

    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let layers = self.layers(theta);
        let z = self.points.combination(weights);
        let slope = |k: usize| {
            let others = layers.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, layer)| layer);
            // Each of the others hands z on to this one.
            let mut slope = others.fold(z.clone(), |z, layer| self.form.pulled_back(layer, &z));
            slope.truncate(self.widths[k]);
            slope
        };
        (0..layers.len()).flat_map(slope).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theoremcheck::real::dot;
    use theoremcheck::seed::Seed;

    /// The margin is a polynomial of degree one in each parameter: a difference quotient has no error but rounding.
    #[test]
    fn the_gradient_is_the_slope_of_the_margins() {
        let mut stream = Seed(1).stream("architecture-norm", "gradient");
        for form in [Form::Diagonal, Form::Convolution] {
            for widths in [vec![4], vec![4, 4], vec![1, 4], vec![4, 2, 4]] {
                let points = Points::new(4, stream.normals(12)).unwrap();
                let network = Product { form, widths, points };
                let theta = stream.normals(network.parameters());
                let weights = stream.normals(3);
                let gradient = network.gradient(&theta, &weights);
                for (i, slope) in gradient.iter().enumerate() {
                    let at = |by: f64| {
                        let mut moved = theta.clone();
                        moved[i] += by;
                        dot(&weights, &network.margins(&moved))
                    };
                    assert!((0.5 * (at(1.0) - at(-1.0)) - slope).abs() < 1e-12, "{form:?}, parameter {i}");
                }
            }
        }
    }
}
