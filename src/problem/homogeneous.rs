//! Networks that are positively homogeneous in their parameters, q(cθ) = c^D q(θ), as margins q_n(θ) = y_n f(x_n; θ), with
//! first and second derivatives by hand.

use super::hidden_layer::{Activation, HiddenLayer};
use super::points::Points;
use crate::real::{axpy, dot};

/// Margins as functions of the parameters: what a flow has to know of a network.
pub trait Margins {
    /// How many parameters there are.
    fn parameters(&self) -> usize;

    /// q_n(θ) = y_n f(x_n; θ), for every point.
    fn margins(&self, theta: &[f64]) -> Vec<f64>;

    /// Σ weights_n ∇q_n(θ).
    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64>;

    /// q_n(θ), and Σ weights_n ∇q_n(θ) with the weights that `weigh` makes of them: in one pass, where a network can.
    fn weighed(&self, theta: &[f64], weigh: impl FnOnce(&[f64]) -> Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        in_two_passes(self, theta, weigh)
    }

    /// Σ weights_n ∇²q_n(θ), row after row.
    fn hessian(&self, theta: &[f64], weights: &[f64]) -> Vec<f64>;

    /// ∇q_n(θ), for every point.
    fn slopes(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        let count = self.margins(theta).len();
        let alone = |n: usize| (0..count).map(|k| f64::from(k == n)).collect::<Vec<f64>>();
        (0..count).map(|n| self.gradient(theta, &alone(n))).collect()
    }
}

fn in_two_passes(
    network: &(impl Margins + ?Sized),
    theta: &[f64],
    weigh: impl FnOnce(&[f64]) -> Vec<f64>,
) -> (Vec<f64>, Vec<f64>) {
    let margins = network.margins(theta);
    let gradient = network.gradient(theta, &weigh(&margins));
    (margins, gradient)
}

/// The form of a network, and how its parameters stand in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Architecture {
    /// Σ_j σ_j (w_j·x)² with signs σ_j: w_1, w_2, ..
    Quadratic {
        /// +1 or -1, one a neuron.
        signs: Vec<f64>,
    },
    /// Σ_j a_j max(w_j·x, 0): w_1, w_2, .., then a_1, a_2, ..
    Relu {
        /// How many neurons.
        width: usize,
    },
    /// Σ_i (u_i² - v_i²) x_i: u, then v.
    Diagonal,
    /// W_D .. W_2 W_1 x with hidden layers of these widths: W_1, W_2, .., each row after row.
    Linear {
        /// The widths of the hidden layers; empty for a linear classifier.
        hidden: Vec<usize>,
    },
}

/// An architecture on labelled points. Labels are not absorbed: some of the networks are even functions of x.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// The form.
    pub architecture: Architecture,
    /// The inputs.
    pub points: Points,
    /// +1 and -1.
    pub labels: Vec<f64>,
}

impl Network {
    /// D: the margins grow like |θ|^D.
    pub fn degree(&self) -> usize {
        match &self.architecture {
            Architecture::Linear { hidden } => hidden.len() + 1,
            _ => 2,
        }
    }

    /// The sizes of the layers of a linear network, from the input to the output.
    fn sizes(&self, hidden: &[usize]) -> Vec<usize> {
        [&[self.points.dim()], hidden, &[1]].concat()
    }

    /// Which points each neuron of a ReLU network sees, neuron after neuron; nothing of a network without kinks.
    pub fn seen(&self, theta: &[f64]) -> Option<Vec<bool>> {
        let Architecture::Relu { width } = self.architecture else { return None };
        let neurons = theta.chunks_exact(self.points.dim()).take(width);
        Some(neurons.flat_map(|w| self.points.rows().map(move |x| dot(w, x) > 0.0)).collect())
    }

    fn squares<'a>(&self, theta: &'a [f64], signs: &'a [f64]) -> HiddenLayer<'a> {
        HiddenLayer { activation: Activation::Square, dim: self.points.dim(), inputs: theta, outputs: signs }
    }

    fn relus<'a>(&self, theta: &'a [f64], width: usize) -> HiddenLayer<'a> {
        let dim = self.points.dim();
        let (inputs, outputs) = theta.split_at(width * dim);
        HiddenLayer { activation: Activation::Relu, dim, inputs, outputs }
    }

    /// weights_n y_n.
    fn signed(&self, weights: &[f64]) -> Vec<f64> {
        weights.iter().zip(&self.labels).map(|(p, y)| p * y).collect()
    }

    /// Σ weights_n y_n x_n: all that a network that is linear in x sees of the points.
    fn pull(&self, weights: &[f64]) -> Vec<f64> {
        self.points.combination(&self.signed(weights))
    }
}

impl Margins for Network {
    fn parameters(&self) -> usize {
        let dim = self.points.dim();
        match &self.architecture {
            Architecture::Quadratic { signs } => signs.len() * dim,
            Architecture::Relu { width } => width * (dim + 1),
            Architecture::Diagonal => 2 * dim,
            Architecture::Linear { hidden } => self.sizes(hidden).windows(2).map(|pair| pair[0] * pair[1]).sum(),
        }
    }

    fn margins(&self, theta: &[f64]) -> Vec<f64> {
        let dim = self.points.dim();
        let outputs: Vec<f64> = match &self.architecture {
            Architecture::Quadratic { signs } => self.squares(theta, signs).values(&self.points),
            Architecture::Relu { width } => self.relus(theta, *width).values(&self.points),
            Architecture::Diagonal => {
                let (u, v) = theta.split_at(dim);
                let output = |x: &[f64]| (0..dim).map(|i| (u[i] - v[i]) * (u[i] + v[i]) * x[i]).sum();
                self.points.rows().map(output).collect()
            }
            Architecture::Linear { hidden } => {
                let layers = Layers::new(self.sizes(hidden), theta);
                self.points.rows().map(|x| layers.output(x)).collect()
            }
        };
        self.signed(&outputs)
    }

    fn gradient(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let dim = self.points.dim();
        let mut gradient = vec![0.0; self.parameters()];
        match &self.architecture {
            Architecture::Quadratic { signs } => {
                gradient = self.squares(theta, signs).gradient(&self.points, &self.signed(weights));
                // The signs stay.
                gradient.truncate(theta.len());
            }
            Architecture::Relu { width } => {
                gradient = self.relus(theta, *width).gradient(&self.points, &self.signed(weights));
            }
            Architecture::Diagonal => {
                for (i, z) in self.pull(weights).iter().enumerate() {
                    gradient[i] = 2.0 * z * theta[i];
                    gradient[dim + i] = -2.0 * z * theta[dim + i];
                }
            }
            Architecture::Linear { hidden } => {
                let layers = Layers::new(self.sizes(hidden), theta);
                let (before, after) = (layers.before(&self.pull(weights)), layers.after());
                for (k, (left, right)) in after.iter().zip(&before).enumerate() {
                    for (r, left) in left.iter().enumerate() {
                        let from = layers.index(k, r, 0);
                        axpy(*left, right, &mut gradient[from..from + right.len()]);
                    }
                }
            }
        }
        gradient
    }

    fn weighed(&self, theta: &[f64], weigh: impl FnOnce(&[f64]) -> Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        let layer = match &self.architecture {
            Architecture::Quadratic { signs } => self.squares(theta, signs),
            Architecture::Relu { width } => self.relus(theta, *width),
            Architecture::Diagonal | Architecture::Linear { .. } => return in_two_passes(self, theta, weigh),
        };
        let weigh = |outputs: &[f64]| self.signed(&weigh(&self.signed(outputs)));
        let (outputs, mut gradient) = layer.weighed(&self.points, weigh);
        gradient.truncate(theta.len());
        (self.signed(&outputs), gradient)
    }

    /// Each from a network of one point.
    fn slopes(&self, theta: &[f64]) -> Vec<Vec<f64>> {
        let alone = |(x, y): (&[f64], &f64)| Network {
            architecture: self.architecture.clone(),
            points: Points::new(x.len(), x.to_vec()).expect("a point of these"),
            labels: vec![*y],
        };
        self.points.rows().zip(&self.labels).map(|point| alone(point).gradient(theta, &[1.0])).collect()
    }

    /// Of a ReLU network within the region of θ's activation pattern.
    fn hessian(&self, theta: &[f64], weights: &[f64]) -> Vec<f64> {
        let (count, dim) = (self.parameters(), self.points.dim());
        let mut hessian = vec![0.0; count * count];
        match &self.architecture {
            Architecture::Quadratic { signs } => {
                for ((x, y), p) in self.points.rows().zip(&self.labels).zip(weights) {
                    for (j, sign) in signs.iter().enumerate() {
                        for i in 0..dim {
                            let from = (j * dim + i) * count + j * dim;
                            axpy(2.0 * sign * p * y * x[i], x, &mut hessian[from..from + dim]);
                        }
                    }
                }
            }
            Architecture::Relu { width } => {
                for ((x, y), p) in self.points.rows().zip(&self.labels).zip(weights) {
                    for j in 0..*width {
                        if dot(&theta[j * dim..(j + 1) * dim], x) > 0.0 {
                            let a = width * dim + j;
                            for i in 0..dim {
                                hessian[(j * dim + i) * count + a] += p * y * x[i];
                                hessian[a * count + j * dim + i] += p * y * x[i];
                            }
                        }
                    }
                }
            }
            Architecture::Diagonal => {
                for (i, z) in self.pull(weights).iter().enumerate() {
                    hessian[i * count + i] = 2.0 * z;
                    hessian[(dim + i) * count + dim + i] = -2.0 * z;
                }
            }
            Architecture::Linear { hidden } => {
                let layers = Layers::new(self.sizes(hidden), theta);
                let (before, after) = (layers.before(&self.pull(weights)), layers.after());
                for low in 0..layers.len() {
                    // W_{k-1} .. W_{low+1}, from the identity on.
                    let size = layers.sizes[low + 1];
                    let mut between: Vec<f64> = (0..size * size).map(|k| f64::from(k % (size + 1) == 0)).collect();
                    for high in low + 1..layers.len() {
                        for (r, left) in after[high].iter().enumerate() {
                            for (c, middle) in between.chunks_exact(size).enumerate() {
                                let i = layers.index(high, r, c);
                                for (b, middle) in middle.iter().enumerate() {
                                    for (d, right) in before[low].iter().enumerate() {
                                        let j = layers.index(low, b, d);
                                        hessian[i * count + j] = left * middle * right;
                                        hessian[j * count + i] = left * middle * right;
                                    }
                                }
                            }
                        }
                        between = layers.times(high, &between, size);
                    }
                }
            }
        }
        hessian
    }
}

/// The matrices W_1, W_2, .. of a linear network, counted from 0.
struct Layers<'a> {
    sizes: Vec<usize>,
    starts: Vec<usize>,
    theta: &'a [f64],
}

impl<'a> Layers<'a> {
    fn new(sizes: Vec<usize>, theta: &'a [f64]) -> Layers<'a> {
        let lengths = sizes.windows(2).map(|pair| pair[0] * pair[1]);
        let starts = lengths.scan(0, |next, length| Some(std::mem::replace(next, *next + length))).collect();
        Layers { sizes, starts, theta }
    }

    fn len(&self) -> usize {
        self.starts.len()
    }

    /// Where the entry (row, column) of a matrix stands.
    fn index(&self, layer: usize, row: usize, column: usize) -> usize {
        self.starts[layer] + row * self.sizes[layer] + column
    }

    fn rows(&self, layer: usize) -> impl Iterator<Item = &'a [f64]> {
        let from = self.starts[layer];
        self.theta[from..from + self.sizes[layer] * self.sizes[layer + 1]].chunks_exact(self.sizes[layer])
    }

    fn apply(&self, layer: usize, v: &[f64]) -> Vec<f64> {
        self.rows(layer).map(|row| dot(row, v)).collect()
    }

    /// The layer's matrix times one of `columns` columns, row after row.
    fn times(&self, layer: usize, matrix: &[f64], columns: usize) -> Vec<f64> {
        let combine = |row: &[f64]| {
            let mut sum = vec![0.0; columns];
            row.iter().zip(matrix.chunks_exact(columns)).for_each(|(w, other)| axpy(*w, other, &mut sum));
            sum
        };
        self.rows(layer).flat_map(combine).collect()
    }

    fn output(&self, x: &[f64]) -> f64 {
        (0..self.len()).fold(x.to_vec(), |v, layer| self.apply(layer, &v))[0]
    }

    /// What comes into each layer, from z: z, W_1 z, W_2 W_1 z, ..
    fn before(&self, z: &[f64]) -> Vec<Vec<f64>> {
        let mut all = vec![z.to_vec()];
        for layer in 0..self.len() - 1 {
            all.push(self.apply(layer, &all[layer]));
        }
        all
    }

    /// What each layer's output is multiplied with: .., (W_D W_{D-1})', W_D', 1.
    fn after(&self) -> Vec<Vec<f64>> {
        let mut all = vec![vec![1.0]];
        for layer in (1..self.len()).rev() {
            let last = all.last().expect("one at least");
            let mut next = vec![0.0; self.sizes[layer]];
            self.rows(layer).zip(last).for_each(|(row, left)| axpy(*left, row, &mut next));
            all.push(next);
        }
        all.reverse();
        all
    }
}
