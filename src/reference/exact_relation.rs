//! Whether zero is in the convex hull of points, decided in whole numbers: the proof that nothing separates them when
//! rounding leaves a doubt.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::problem::points::Points;

/// Integers grow with every pivot: with more points than this the tableau takes seconds.
pub(super) const MOST_POINTS: usize = 64;

/// Weights of sum one, none negative, with Σ a_n x_n = 0 exactly (and here rounded) over the points named, if there are any.
///
/// Doubles are integers times powers of two, and each coordinate may be scaled by itself. The simplex method finds a solution of
/// Σ a_n x_n = 0, Σ a_n = 1, a ≥ 0 or ends without: of several columns and rows that will do the first is taken (Bland 1977), so that
/// it ends; without fractions (Edmonds, Bareiss 1968), so that every entry is a minor of the matrix.
pub(super) fn convex_relation(points: &Points, which: &[usize]) -> Option<Vec<f64>> {
    let count = which.len();
    if count > MOST_POINTS {
        return None;
    }
    // A row a coordinate and one for the sum; the last column is the right-hand side.
    let coordinate = |i: usize| {
        let mut row = integers(&which.iter().map(|&n| points.row(n)[i]).collect::<Vec<_>>());
        row.push(BigInt::zero());
        row
    };
    let mut tableau: Vec<Vec<BigInt>> = (0..points.dim()).map(coordinate).collect();
    tableau.push(vec![BigInt::from(1); count + 1]);
    // What stands in the basis of each row: in the beginning something artificial, which must be 0 in the end.
    let mut basis: Vec<usize> = (count..=count + points.dim()).collect();
    let mut minor = BigInt::from(1);
    loop {
        let artificial: Vec<usize> = (0..basis.len()).filter(|&i| basis[i] >= count).collect();
        let column_sum = |column: usize| artificial.iter().map(|&i| &tableau[i][column]).sum::<BigInt>();
        if column_sum(count).is_zero() {
            break;
        }
        let entering = (0..count).find(|&column| column_sum(column).is_positive())?;
        // The smallest ratio of right-hand side to entry, and of equals the first of the basis.
        let leaving = (0..basis.len()).filter(|&i| tableau[i][entering].is_positive()).min_by(|&i, &j| {
            let [left, right] = [(i, j), (j, i)].map(|(a, b)| &tableau[a][count] * &tableau[b][entering]);
            left.cmp(&right).then(basis[i].cmp(&basis[j]))
        })?;
        let pivot_row = tableau[leaving].clone();
        for (_, row) in tableau.iter_mut().enumerate().filter(|(i, _)| *i != leaving) {
            let factor = row[entering].clone();
            for (entry, above) in row.iter_mut().zip(&pivot_row) {
                *entry = (&pivot_row[entering] * &*entry - &factor * above) / &minor;
            }
        }
        minor.clone_from(&pivot_row[entering]);
        basis[leaving] = entering;
    }
    let mut weights = vec![BigInt::zero(); count];
    for (row, &column) in basis.iter().enumerate().filter(|(_, column)| **column < count) {
        weights[column].clone_from(&tableau[row][count]);
    }
    Some(normalised(&weights))
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

/// Weights of sum one in the ratio of integers, none negative, that may be too large for a double.
fn normalised(weights: &[BigInt]) -> Vec<f64> {
    let longest = weights.iter().map(BigInt::bits).max().unwrap_or(0);
    let shift = longest.saturating_sub(900);
    let rounded: Vec<f64> = weights.iter().map(|a| (a >> shift).to_f64().unwrap_or(0.0)).collect();
    let total: f64 = rounded.iter().sum();
    rounded.iter().map(|a| a / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_found_whatever_the_sizes() {
        let points = Points::from_rows(&[[1e-300, 2.0], [-2e-300, -4.0]]);
        assert_eq!(convex_relation(&points, &[0, 1]), Some(vec![2.0 / 3.0, 1.0 / 3.0]));
        let triangle = Points::from_rows(&[[1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]]);
        assert_eq!(convex_relation(&triangle, &[0, 1, 2]), Some(vec![0.5, 0.25, 0.25]));
        let aside = Points::from_rows(&[[-1.0, -1.0], [2.0, 2.0], [3.0, 1.0]]);
        assert_eq!(convex_relation(&aside, &[0, 1, 2]), Some(vec![2.0 / 3.0, 1.0 / 3.0, 0.0]));
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
        assert_eq!(convex_relation(&points, &[0, 1]), None);
        let same_side = Points::from_rows(&[[1.0], [2.0]]);
        assert_eq!(convex_relation(&same_side, &[0, 1]), None);
    }
}
