//! Gaussian problems without noise, the truths that are looked for, and what each of the two norms leaves of them.

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{axpy, dot, norm, reject};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::Stream;

/// d unknowns, of which k are not 0 where the truth is sparse, and three numbers n of measurements: a quarter, a half
/// and three quarters of d.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub d: usize,
    pub k: usize,
    pub n: [usize; 3],
}

impl Sizes {
    pub fn draw(stream: &mut Stream) -> Sizes {
        Sizes::between(36.0, 48.0, stream)
    }

    /// Half as many unknowns, of which many draws cost little.
    pub fn draw_small(stream: &mut Stream) -> Sizes {
        Sizes::between(24.0, 30.0, stream)
    }

    fn between(low: f64, high: f64, stream: &mut Stream) -> Sizes {
        let d = stream.uniform(low, high) as usize;
        Sizes { d, k: (stream.uniform(0.06, 0.12) * d as f64) as usize, n: [d / 4, d / 2, 3 * d / 4] }
    }

    pub fn truth(&self, truth: Truth, stream: &mut Stream) -> Vec<f64> {
        match truth {
            Truth::Dense => stream.normals(self.d),
            Truth::Sparse => (0..self.d)
                .map(|j| if j < self.k { 1.0_f64.copysign(stream.uniform(-1.0, 1.0)) } else { 0.0 })
                .collect(),
        }
    }
}

/// What β is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// k entries ±1, the first ones: the columns of X are alike.
    Sparse,
    /// Standard normal entries.
    Dense,
}

impl Truth {
    pub fn word(self) -> &'static str {
        match self {
            Truth::Sparse => "sparse",
            Truth::Dense => "dense",
        }
    }
}

/// Rows of X, the first n of which are one problem, and an orthonormal basis of what they span.
pub struct Design {
    pub x: Points,
    basis: Vec<Vec<f64>>,
}

impl Design {
    /// Standard normal rows, their columns times `scales`.
    pub fn draw(n: usize, scales: &[f64], stream: &mut Stream) -> Result<Design> {
        let entries = stream.many_normals(n * scales.len()).into_iter().zip(scales.iter().cycle());
        let x = Points::new(scales.len(), entries.map(|(z, scale)| scale * z).collect())?;
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(n);
        for row in x.rows() {
            let across = basis.iter().fold(row.to_vec(), |row, unit| reject(&row, unit));
            let length = norm(&across);
            basis.push(across.iter().map(|a| a / length).collect());
        }
        Ok(Design { x, basis })
    }

    /// The part of g across the first n rows, for each n, the least first.
    pub fn across(&self, n: [usize; 3], g: &[f64]) -> [Vec<f64>; 3] {
        let (mut rest, mut done) = (g.to_vec(), 0);
        n.map(|n| {
            for unit in &self.basis[done..n] {
                axpy(-dot(unit, &rest), unit, &mut rest);
            }
            done = n;
            rest.clone()
        })
    }

    /// The first n rows as a problem of their own.
    pub fn problem(&self, n: usize, y: &[f64]) -> Result<Regression> {
        let entries = self.x.rows().take(n).flatten().copied().collect();
        Ok(Regression { x: Points::new(self.x.dim(), entries)?, y: y[..n].to_vec() })
    }

    /// X β.
    pub fn targets(&self, beta: &[f64]) -> Vec<f64> {
        self.x.margins(beta)
    }

    /// The solution of least l2 norm with the first n rows, for each n, the least first: Σ c_i e_i in the basis, where each
    /// row gives one c_i more.
    pub fn least_l2(&self, n: &[usize], y: &[f64]) -> Vec<Vec<f64>> {
        let (mut found, mut done) = (vec![0.0; self.x.dim()], 0);
        let mut at = |n: usize| {
            for i in done..n {
                let (row, unit) = (self.x.row(i), &self.basis[i]);
                axpy((y[i] - dot(row, &found)) / dot(row, unit), unit, &mut found);
            }
            done = n;
            found.clone()
        };
        n.iter().map(|&n| at(n)).collect()
    }

    /// The solution of least l1 norm with the first n rows.
    pub fn least_l1(&self, n: usize, y: &[f64]) -> Result<Vec<f64>> {
        Ok(min_l1_norm(&self.problem(n, y)?)?.beta)
    }
}

/// |v|².
pub fn square(v: &[f64]) -> f64 {
    dot(v, v)
}

/// Equations of a seed whose measured number is a mean of draws, its controls among them.
const EQUATIONS: f64 = 27.0;

/// A mean of so many draws of this variance: all of a seed hold together but for one seed in a million.
pub fn sampling(variance: f64, draws: f64) -> Slack {
    Slack::sampling(1.0 - 1e-6 / EQUATIONS, (variance / draws).sqrt())
}

/// Numbers that ought to be standard normal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    pub count: f64,
    pub square: f64,
    pub below_one: f64,
}

impl Sample {
    pub fn add(&mut self, numbers: &[f64]) {
        self.count += numbers.len() as f64;
        self.square += square(numbers);
        self.below_one += numbers.iter().filter(|x| x.abs() < 1.0).count() as f64;
    }
}
