//! The least l1 norm of the solutions of X β = y, by the simplex method, with a certificate that owes it nothing.

use crate::error::{Error, Result};
use crate::lu::{Lu, solve};
use crate::problem::points::Points;
use crate::problem::regression::Regression;
use crate::real::{UNIT_ROUNDOFF, dot, norm, reject};

/// A solution that is zero off n columns, and a dual vector: X'ν is ±1 on these columns and at most 1 in size on all.
pub struct LeastL1 {
    /// The solution.
    pub beta: Vec<f64>,
    /// Its n columns.
    pub basis: Vec<usize>,
    /// The dual vector.
    pub nu: Vec<f64>,
}

/// Two bounds of the least l1 norm, each moved outwards by its own rounding.
pub struct Certificate {
    /// ν·y over the largest |X'ν|.
    pub lower: f64,
    /// |β|_1, with what mends the residual.
    pub upper: f64,
}

/// What an inner product with ν may exceed 1 by and still count as 1; what is lost by it, the certificate shows.
const OPTIMAL: f64 = 1e-11;
/// A pivot below this part of its column is not taken.
const PIVOT: f64 = 1e-9;

/// n independent columns, each time the one that is longest across those before it.
fn independent_columns(x: &Points) -> Result<Vec<usize>> {
    let mut rest: Vec<Vec<f64>> = (0..x.dim()).map(|j| x.column(j)).collect();
    let largest = rest.iter().map(|c| norm(c)).fold(0.0, f64::max);
    let mut chosen = Vec::with_capacity(x.count());
    for _ in 0..x.count() {
        let j = (0..x.dim()).fold(0, |best, j| if norm(&rest[j]) > norm(&rest[best]) { j } else { best });
        let length = norm(&rest[j]);
        if length <= 1e-12 * largest {
            return Err(Error::numerical("the rows of X depend on each other up to rounding"));
        }
        let unit: Vec<f64> = rest[j].iter().map(|c| c / length).collect();
        rest.iter_mut().for_each(|c| *c = reject(c, &unit));
        chosen.push(j);
    }
    Ok(chosen)
}

/// The simplex method on min Σ|β_j|. A column may stand in the basis with either sign, so that every n independent
/// columns are a feasible basis; the one enters whose inner product with ν is the largest, and after many pivots, lest
/// the method cycle, the first that may (Bland 1977).
///
/// # Errors
/// If the rows of X depend on each other, or the method does not end.
pub fn min_l1_norm(problem: &Regression) -> Result<LeastL1> {
    let Regression { x, y } = problem;
    let (count, dim) = (x.count(), x.dim());
    let columns: Vec<Vec<f64>> = (0..dim).map(|j| x.column(j)).collect();
    let mut basis = independent_columns(x)?;
    let chosen = |basis: &[usize]| -> Vec<Vec<f64>> { basis.iter().map(|&j| columns[j].clone()).collect() };
    let mut signs: Vec<f64> = solve(&chosen(&basis), false, y).iter().map(|b| 1.0_f64.copysign(*b)).collect();
    for pivots in 0..100 * dim {
        let here = chosen(&basis);
        let nu = solve(&here, true, &signs);
        let pull: Vec<f64> = columns.iter().map(|c| dot(c, &nu)).collect();
        let outside = (0..dim).filter(|j| !basis.contains(j) && pull[*j].abs() > 1.0 + OPTIMAL);
        let entering = if pivots < 10 * dim {
            outside.reduce(|best, j| if pull[j].abs() > pull[best].abs() { j } else { best })
        } else {
            outside.min()
        };
        let mut matrix = vec![0.0; count * count];
        here.iter().enumerate().for_each(|(k, c)| (0..count).for_each(|n| matrix[n * count + k] = c[n]));
        let lu = Lu::new(count, matrix);
        let mut values = y.clone();
        lu.solve(&mut values);
        let Some(entering) = entering else {
            let mut beta = vec![0.0; dim];
            basis.iter().zip(&values).for_each(|(&j, b)| beta[j] = *b);
            return Ok(LeastL1 { beta, basis, nu });
        };
        let mut change = columns[entering].clone();
        lu.solve(&mut change);
        let largest = change.iter().fold(0.0_f64, |largest, c| largest.max(c.abs()));
        // How fast each entry of the basis comes down to 0 as the new one grows.
        let falls = |k: usize| signs[k] * change[k] * pull[entering].signum();
        let leaving = (0..count).filter(|&k| falls(k) > PIVOT * largest).min_by(|&k, &l| {
            (values[k].abs() / falls(k)).total_cmp(&(values[l].abs() / falls(l))).then(basis[k].cmp(&basis[l]))
        });
        // The cost falls along this ray but is never below 0: some entry comes down.
        let Some(leaving) = leaving else { break };
        basis[leaving] = entering;
        signs[leaving] = pull[entering].signum();
    }
    Err(Error::numerical("the simplex method for the least l1 norm did not end"))
}

/// Any ν proves |β|_1 ≥ ν·y/max|x_j·ν| for every solution β; and `beta` is as far from a solution as its residual says,
/// which entries on the columns of the basis make up for.
pub fn certify(problem: &Regression, found: &LeastL1) -> Certificate {
    let Regression { x, y } = problem;
    let (count, dim) = (x.count(), x.dim());
    let sizes = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a * b).abs()).sum::<f64>();
    let lost = |terms: usize| (terms + 2) as f64 * UNIT_ROUNDOFF;
    let pull = (0..dim).map(|j| x.column(j)).map(|c| dot(&c, &found.nu).abs() + lost(count) * sizes(&c, &found.nu));
    let lower = (dot(&found.nu, y) - lost(count) * sizes(&found.nu, y)) / pull.fold(0.0, f64::max);
    let residual: Vec<f64> = x
        .rows()
        .zip(y)
        .map(|(x, y)| (y - dot(x, &found.beta)).abs() + lost(dim) * (sizes(x, &found.beta) + y.abs()))
        .collect();
    let columns: Vec<Vec<f64>> = found.basis.iter().map(|&j| x.column(j)).collect();
    let mut repair = 0.0;
    for (n, r) in residual.iter().enumerate() {
        let mut unit = vec![0.0; count];
        unit[n] = *r;
        repair += solve(&columns, false, &unit).iter().map(|e| e.abs()).sum::<f64>();
    }
    let length: f64 = found.beta.iter().map(|b| b.abs()).sum();
    Certificate { lower: lower * (1.0 - 4.0 * UNIT_ROUNDOFF), upper: (length + 2.0 * repair) * (1.0 + lost(dim)) }
}
