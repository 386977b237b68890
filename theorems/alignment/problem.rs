//! Gaussian problems without noise, the truths that are looked for, and what each of the two norms leaves of them.

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
        let d = stream.uniform(36.0, 48.0) as usize;
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
        let entries = (0..n).flat_map(|_| scales.iter().map(|scale| scale * stream.normal()).collect::<Vec<f64>>());
        let x = Points::new(scales.len(), entries.collect())?;
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(n);
        for row in x.rows() {
            let across = basis.iter().fold(row.to_vec(), |row, unit| reject(&row, unit));
            let length = norm(&across);
            basis.push(across.iter().map(|a| a / length).collect());
        }
        Ok(Design { x, basis })
    }

    /// What the least l2 norm leaves of β at each of the numbers of measurements: its part across the rows.
    pub fn left(&self, n: [usize; 3], beta: &[f64]) -> [Vec<f64>; 3] {
        let (mut rest, mut done) = (beta.to_vec(), 0);
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

    /// The solution of least l2 norm with the first n rows: Σ c_i e_i in the basis, whose c solve R' c = y.
    pub fn least_l2(&self, n: usize, y: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.x.dim()];
        for (i, unit) in self.basis[..n].iter().enumerate() {
            let row = self.x.row(i);
            axpy((y[i] - dot(row, &found)) / dot(row, unit), unit, &mut found);
        }
        found
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
