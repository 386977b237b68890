//! A linear relation among points, found in exact integer arithmetic: the proof that nothing separates them when
//! rounding leaves a doubt.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::problem::points::Points;

/// Integers grow with every column: past this many points the elimination takes seconds.
const MOST_POINTS: usize = 64;

/// Positive weights of sum one with Σ a_n x_n = 0 exactly (and here rounded), if the points named satisfy one linear
/// relation and no other, and its coefficients have one sign.
///
/// Doubles are integers times powers of two, and each coordinate may be scaled by itself. Elimination without
/// fractions (Bareiss 1968) keeps every entry a minor of the matrix.
pub(super) fn positive_relation(points: &Points, which: &[usize]) -> Option<Vec<f64>> {
    if which.len() > MOST_POINTS {
        return None;
    }
    let mut matrix: Vec<Vec<BigInt>> =
        (0..points.dim()).map(|i| integers(&which.iter().map(|&n| points.row(n)[i]).collect::<Vec<_>>())).collect();
    let columns = which.len();
    let mut pivots = Vec::new();
    let mut previous = BigInt::from(1);
    for column in 0..columns {
        let row = pivots.len();
        let Some(found) = (row..matrix.len()).find(|&i| !matrix[i][column].is_zero()) else { continue };
        matrix.swap(row, found);
        let pivot_row = matrix[row].clone();
        for (_, target) in matrix.iter_mut().enumerate().filter(|(i, _)| *i != row) {
            let factor = target[column].clone();
            for (entry, above) in target.iter_mut().zip(&pivot_row) {
                *entry = (&pivot_row[column] * &*entry - &factor * above) / &previous;
            }
        }
        previous = pivot_row[column].clone();
        pivots.push(column);
    }
    if pivots.len() + 1 != columns {
        return None;
    }
    // Every pivot is now the same minor D: the free column f gives a_f = D and a_pivot = -entry.
    let free = (0..columns).find(|column| !pivots.contains(column))?;
    let mut relation = vec![BigInt::zero(); columns];
    relation[free] = previous;
    for (row, &column) in pivots.iter().enumerate() {
        relation[column] = -matrix[row][free].clone();
    }
    let one_sign = relation.iter().all(BigInt::is_positive) || relation.iter().all(BigInt::is_negative);
    one_sign.then(|| normalised(&relation))
}

/// The numbers times one power of two that makes integers of them all.
fn integers(numbers: &[f64]) -> Vec<BigInt> {
    let parts: Vec<(i64, i32)> = numbers.iter().map(|&x| mantissa_exponent(x)).collect();
    let least = parts.iter().filter(|(m, _)| *m != 0).map(|(_, e)| *e).min().unwrap_or(0);
    parts
        .into_iter()
        .map(|(m, e)| if m == 0 { BigInt::zero() } else { BigInt::from(m) << (e - least) as usize })
        .collect()
}

/// x = mantissa · 2^exponent for a finite x.
fn mantissa_exponent(x: f64) -> (i64, i32) {
    let bits = x.to_bits();
    let raw = ((bits >> 52) & 0x7ff) as i32;
    let fraction = (bits & 0x000f_ffff_ffff_ffff) as i64;
    let magnitude = if raw == 0 { fraction } else { fraction | (1 << 52) };
    (if x < 0.0 { -magnitude } else { magnitude }, raw.max(1) - 1075)
}

/// Weights of sum one in the ratio of integers that may be too large for a double.
fn normalised(relation: &[BigInt]) -> Vec<f64> {
    let longest = relation.iter().map(BigInt::bits).max().unwrap_or(0);
    let shift = longest.saturating_sub(900);
    let rounded: Vec<f64> = relation.iter().map(|a| (a.abs() >> shift).to_f64().unwrap_or(0.0)).collect();
    let total: f64 = rounded.iter().sum();
    rounded.iter().map(|a| a / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_found_whatever_the_sizes() {
        let points = Points::from_rows(&[[1e-300, 2.0], [-2e-300, -4.0]]);
        assert_eq!(positive_relation(&points, &[0, 1]), Some(vec![2.0 / 3.0, 1.0 / 3.0]));
        let triangle = Points::from_rows(&[[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]]);
        assert_eq!(positive_relation(&triangle, &[0, 1, 2]), Some(vec![0.5, 0.25, 0.25]));
    }

    #[test]
    fn mantissa_and_exponent_make_the_number() {
        for (x, parts) in [
            (1.0, (1 << 52, -52)),
            (-0.75, (-3 << 51, -53)),
            (f64::MIN_POSITIVE, (1 << 52, -1074)),
            (f64::from_bits(3), (3, -1074)),
            (0.0, (0, -1074)),
        ] {
            assert_eq!(mantissa_exponent(x), parts);
        }
    }

    #[test]
    fn nearly_related_is_not_related() {
        let points = Points::from_rows(&[[1.0, 1.0], [-1.0, -1.000_000_000_000_000_2]]);
        assert_eq!(positive_relation(&points, &[0, 1]), None);
        let same_side = Points::from_rows(&[[1.0], [2.0]]);
        assert_eq!(positive_relation(&same_side, &[0, 1]), None);
    }
}
