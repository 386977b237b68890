//! Linear networks whose layers are vectors: w is their product, entry by entry or by circular convolution.

use std::f64::consts::TAU;

use super::norm::Coefficient;
use theoremcheck::problem::homogeneous::Margins;
use theoremcheck::problem::points::Points;

/// How two vectors are multiplied: commutative and associative, as both rules are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// (a b)_i = a_i b_i.
    Entries,
    /// (a b)_i = Σ_j a_j b_(i - j), indices modulo d.
    Convolution,
}

impl Rule {
    /// a b.
    pub fn times(self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let dim = a.len();
        match self {
            Rule::Entries => a.iter().zip(b).map(|(a, b)| a * b).collect(),
            Rule::Convolution => (0..dim).map(|i| (0..dim).map(|j| a[j] * b[(dim + i - j) % dim]).sum()).collect(),
        }
    }

    /// What b ↦ a b is transposed, at z.
    fn transposed(self, a: &[f64], z: &[f64]) -> Vec<f64> {
        let dim = a.len();
        match self {
            Rule::Entries => self.times(a, z),
            Rule::Convolution => (0..dim).map(|j| (0..dim).map(|i| a[(dim + i - j) % dim] * z[i]).sum()).collect(),
        }
    }

    /// The one of the product.
    fn one(self, dim: usize) -> Vec<f64> {
        (0..dim).map(|i| f64::from(self == Rule::Entries || i == 0)).collect()
    }

    /// The coefficients that are multiplied one by one: the entries, or the frequencies 0 to d/2, those between counted
    /// twice, for themselves and for their conjugates.
    pub fn coefficients(self, dim: usize) -> Vec<Coefficient> {
        let wave = |k: usize, part: fn(f64) -> f64| -> Vec<f64> {
            (0..dim).map(|i| part(TAU * ((k * i) % dim) as f64 / dim as f64)).collect()
        };
        match self {
            Rule::Entries => (0..dim)
                .map(|i| Coefficient { weight: 1.0, rows: vec![(0..dim).map(|j| f64::from(i == j)).collect()] })
                .collect(),
            Rule::Convolution => (0..=dim / 2)
                .map(|k| {
                    let alone = k == 0 || 2 * k == dim;
                    let imaginary = (!alone).then(|| wave(k, |x| -libm::sin(x)));
                    let rows = std::iter::once(wave(k, libm::cos)).chain(imaginary).collect();
                    Coefficient { weight: if alone { 1.0 } else { 2.0 } / dim as f64, rows }
                })
                .collect(),
        }
    }
}

/// The network on points that carry their labels. θ holds layer after layer.
#[derive(Debug, Clone)]
pub struct Product {
    pub points: Points,
    pub rule: Rule,
    pub depth: usize,
}

impl Product {
    /// w: the output is x·w.
    pub fn predictor(&self, theta: &[f64]) -> Vec<f64> {
        self.product(theta, |_| true)
    }

    /// ∇ z·w.
    fn slope(&self, theta: &[f64], z: &[f64]) -> Vec<f64> {
        (0..self.depth).flat_map(|k| self.rule.transposed(&self.product(theta, |l| l != k), z)).collect()
    }

    /// The product of some of the layers.
    fn product(&self, theta: &[f64], of: impl Fn(usize) -> bool) -> Vec<f64> {
        let dim = self.points.dim();
        let layers = theta.chunks_exact(dim).enumerate().filter(|(l, _)| of(*l));
        layers.fold(self.rule.one(dim), |product, (_, layer)| self.rule.times(&product, layer))
    }
}

impl Margins for Product {
    fn parameters(&self) -> usize {
        self.depth * self.points.dim()
    }

    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        self.points.margins(&self.predictor(theta))
    }

    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        self.slope(theta, &self.points.combination(weights))
    }

    fn slopes(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        self.points.rows().map(|x| self.slope(theta, x)).collect()
    }

    fn hessian(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let dim = self.points.dim();
        let z = self.points.combination(weights);
        let mut hessian = vec![0.0; theta.len() * theta.len()];
        for k in 0..self.depth {
            for l in 0..k {
                let rest = self.product(theta, |other| other != k && other != l);
                for j in 0..dim {
                    let unit: Vec<f64> = (0..dim).map(|i| f64::from(i == j)).collect();
                    let column = self.rule.transposed(&self.rule.times(&rest, &unit), &z);
                    for (i, entry) in column.iter().enumerate() {
                        hessian[(k * dim + i) * theta.len() + l * dim + j] = *entry;
                        hessian[(l * dim + j) * theta.len() + k * dim + i] = *entry;
                    }
                }
            }
        }
        hessian
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
        for (rule, depth) in [(Rule::Entries, 2), (Rule::Entries, 4), (Rule::Convolution, 2), (Rule::Convolution, 3)] {
            let mut stream = Seed(1).stream("architecture-norm", "gradient");
            let network = Product { points: Points::new(4, stream.normals(12)).unwrap(), rule, depth };
            let (theta, weights) = (stream.normals(4 * depth), stream.normals(3));
            for (i, slope) in network.gradient(&theta, &weights).iter().enumerate() {
                let at = |by: f64| {
                    let mut moved = theta.clone();
                    moved[i] += by;
                    dot(&weights, &network.margins(&moved))
                };
                assert!((0.5 * (at(1.0) - at(-1.0)) - slope).abs() < 1e-12, "{rule:?} {depth}: parameter {i}");
                let gradient = |by: f64| {
                    let mut moved = theta.clone();
                    moved[i] += by;
                    network.gradient(&moved, &weights)
                };
                for (j, (up, down)) in gradient(1.0).iter().zip(gradient(-1.0)).enumerate() {
                    let entry = network.hessian(&theta, &weights)[i * theta.len() + j];
                    assert!((0.5 * (up - down) - entry).abs() < 1e-12, "{rule:?} {depth}: parameters {i}, {j}");
                }
            }
        }
    }

    /// Coefficients of a product are products of coefficients, and x·w is the sum over them.
    #[test]
    fn coefficients_are_multiplied_one_by_one() {
        for (rule, dim) in [(Rule::Entries, 3), (Rule::Convolution, 5), (Rule::Convolution, 6)] {
            let mut stream = Seed(2).stream("architecture-norm", "coefficients");
            let (a, b) = (stream.normals(dim), stream.normals(dim));
            let (product, mut sum) = (rule.times(&a, &b), 0.0);
            for k in rule.coefficients(dim) {
                assert!((k.size(&product) - k.size(&a) * k.size(&b)).abs() < 1e-12, "{rule:?}");
                sum += k.weight * dot(&k.of(&a), &k.of(&b));
            }
            assert!((sum - dot(&a, &b)).abs() < 1e-12, "{rule:?}");
        }
    }
}
