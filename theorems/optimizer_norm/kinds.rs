//! Small data of three classes in the plane, drawn: those whose largest spectral margin has a dual Z* of rank one, and those
//! where it has rank two.

use crate::steepest_descent::largest_margin::{LargestMargin, largest_margin};
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::singular::{Shape, singular_values};
use crate::steepest_descent::spectral::halves;
use theoremcheck::error::{Error, Result};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::real::norm;
use theoremcheck::reference::max_margin::{Separability, separate};
use theoremcheck::seed::Stream;

/// k = 3 classes, d = 2 features.
pub const SHAPE: Shape = Shape { rows: 3, cols: 2 };

/// Examples, their pairs, and the largest margin of W in the spectral norm.
#[derive(Debug, Clone)]
pub struct Setup {
    pub name: &'static str,
    pub classes: Classes,
    pub points: Points,
    pub reference: LargestMargin,
    /// The pairs of positive weight.
    pub support: Vec<usize>,
    /// The least <A_n, W*>/γ of the others.
    pub next: f64,
}

/// The rank of Z*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    One,
    Two,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::One => "Z* of rank 1",
            Kind::Two => "Z* of rank 2",
        }
    }
}

/// The second singular value of Z* over the first, where Z* is taken to have rank one, and where rank two.
const RANK_ONE: f64 = 1e-9;
const RANK_TWO: f64 = 0.1;
/// How near the bounds of the margin are.
const EXACT: f64 = 1e-12;
/// What every positive weight is at least, and by how much the next margin is above γ, at least.
const DECIDED: f64 = 0.1;

impl Setup {
    /// What the pairs of these examples have for their largest spectral margin.
    pub fn new(name: &'static str, classes: Classes) -> Result<Setup> {
        let points = classes.pair_points();
        let reference = largest_margin(&points, &Norm::Spectral(SHAPE))?;
        let support: Vec<usize> = (0..points.count()).filter(|&n| reference.p[n] > 0.0).collect();
        let margins = points.margins(&reference.w);
        let others = (0..points.count()).filter(|n| !support.contains(n));
        let next = others.map(|n| margins[n] / reference.gamma).fold(f64::INFINITY, f64::min);
        Ok(Setup { name, classes, points, reference, support, next })
    }

    /// The rank of Z*, if it is decided: no weight is small, no other margin is near, and the separator is one alone. With Z* of
    /// rank one, that needs as many equal margins as free numbers, three, and a second singular value of W* below 1.
    pub fn kind(&self) -> Option<Kind> {
        let LargestMargin { p, z, w, .. } = &self.reference;
        let LargestMargin { upper, lower, .. } = self.reference;
        let decided =
            upper - lower < EXACT * lower && self.support.iter().all(|&n| p[n] > DECIDED) && self.next > 1.0 + DECIDED;
        let of_z = singular_values(SHAPE, z);
        let ratio = of_z[1] / of_z[0];
        let second = singular_values(SHAPE, w)[1];
        match (decided, self.support.len()) {
            (true, 3) if ratio < RANK_ONE && (0.1..0.8).contains(&second) => Some(Kind::One),
            (true, 2) if ratio > RANK_TWO && ratio < 1.0 - RANK_TWO => Some(Kind::Two),
            _ => None,
        }
    }
}

/// Setups are drawn so many times at most.
pub const DRAWS: usize = 10_000;

/// Four examples of three classes.
pub fn examples(stream: &mut Stream) -> Result<Classes> {
    Classes::new(Points::new(2, stream.normals(8))?, vec![0, 1, 2, 1])
}

/// Whether the Euclidean margin is at least this part of the longest pair.
pub fn is_well_separable(points: &Points, part: f64) -> bool {
    matches!(separate(points), Ok(Separability::Separable(best)) if best.gamma > part * points.radius())
}

/// Examples, drawn until they are of the kind and `also` is true of them.
pub fn drawn(kind: Kind, stream: &mut Stream, mut also: impl FnMut(&Setup) -> Result<bool>) -> Result<Setup> {
    for _ in 0..DRAWS {
        let classes = examples(stream)?;
        // The spectral norm is at most the Euclidean one, so that its margin is no smaller.
        if !is_well_separable(&classes.pair_points(), 0.14) {
            continue;
        }
        let setup = Setup::new(kind.name(), classes)?;
        if setup.kind() == Some(kind) && also(&setup)? {
            return Ok(setup);
        }
    }
    Err(Error::numerical(format!("no examples were drawn with {}", kind.name())))
}

/// By how much the conformal part of a matrix whose rows sum to zero is above its reflecting part, over their sum: the sign says
/// on which side of det = 0 it is.
pub fn side(z: &[f64]) -> f64 {
    let h =
        [[0.5_f64.sqrt(), -(0.5_f64.sqrt()), 0.0], [1.0 / 6.0_f64.sqrt(), 1.0 / 6.0_f64.sqrt(), -2.0 / 6.0_f64.sqrt()]];
    let entry = |r: usize, j: usize| (0..3).map(|i| h[r][i] * z[2 * i + j]).sum::<f64>();
    let (alpha, beta) = halves(&[entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]);
    (norm(&alpha) - norm(&beta)) / (norm(&alpha) + norm(&beta))
}
