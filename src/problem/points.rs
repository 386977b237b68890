//! Labelled points with the labels absorbed: row n is y_n x_n, so that a margin is x_n·w. Also the rows of any matrix
//! that has to be multiplied in a fixed order of operations.

use faer::Mat;

use crate::error::{Error, Result};
use crate::real::{dot, norm};

/// n points in R^d, row after row. At least one row and one column; entries finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    dim: usize,
    entries: Vec<f64>,
}

impl Points {
    /// Points from their rows. Panics on ragged or empty input: it is for data written in code.
    pub fn from_rows<const D: usize>(rows: &[[f64; D]]) -> Self {
        assert!(D > 0 && !rows.is_empty());
        Points { dim: D, entries: rows.concat() }
    }

    /// Points from n·d entries, row after row.
    pub fn new(dim: usize, entries: Vec<f64>) -> Result<Self> {
        if dim == 0 || entries.is_empty() || !entries.len().is_multiple_of(dim) {
            return Err(Error::input(format!("{} numbers do not make rows of {dim}", entries.len())));
        }
        Ok(Points { dim, entries })
    }

    /// n, the number of points.
    pub fn count(&self) -> usize {
        self.entries.len() / self.dim
    }

    /// d, the dimension.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// x_n, n from 0.
    pub fn row(&self, n: usize) -> &[f64] {
        &self.entries[n * self.dim..(n + 1) * self.dim]
    }

    /// x_0, x_1, ..
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.entries.chunks_exact(self.dim)
    }

    /// Column j.
    pub fn column(&self, j: usize) -> Vec<f64> {
        self.rows().map(|row| row[j]).collect()
    }

    /// The margins x_n·w.
    pub fn margins(&self, w: &[f64]) -> Vec<f64> {
        self.rows().map(|x| dot(x, w)).collect()
    }

    /// min_n x_n·w.
    pub fn least_margin(&self, w: &[f64]) -> f64 {
        self.rows().map(|x| dot(x, w)).fold(f64::INFINITY, f64::min)
    }

    /// max_n |x_n|.
    pub fn radius(&self) -> f64 {
        self.rows().map(norm).fold(0.0, f64::max)
    }

    /// Σ weights_n x_n.
    pub fn combination(&self, weights: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.dim];
        for (x, &a) in self.rows().zip(weights) {
            crate::real::axpy(a, x, &mut sum);
        }
        sum
    }

    /// The rows named, as the columns of a d × k matrix.
    pub fn columns(&self, which: &[usize]) -> Mat<f64> {
        Mat::from_fn(self.dim, which.len(), |i, j| self.row(which[j])[i])
    }

    /// The largest singular value of the n × d matrix of points.
    pub fn sigma_max(&self) -> Result<f64> {
        let all = Mat::from_fn(self.count(), self.dim, |i, j| self.row(i)[j]);
        let sigma = all.singular_values().map_err(Error::no_singular_values)?;
        Ok(sigma.into_iter().fold(0.0, f64::max))
    }
}
