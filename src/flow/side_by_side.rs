//! Gradient descent on eight data sets of one shape at once, each in a lane of its own: nothing is summed across lanes, so that a set
//! descends with the same bits whatever stands beside it.

use std::ops::Range;

use fearless_simd::{Level, dispatch, prelude::*};

use super::gradient_flow::Setup;
use super::kernel::{SCALES, nothing, pulled};
use super::loss::{Loss, scaled_descent};
use crate::error::{Error, Result};
use crate::lanes::{Line, load};
use crate::real::ln;

/// The weights after `steps` steps w <- w - η ∇L(w) from each setup's start, with a step size η > 0 for each; in the order of the setups.
/// As many examples, features and the same loss everywhere; what differs is an error. A set's weights do not depend, in any bit, on the others.
///
/// The logistic and the exponential loss descend eight sets at a time, where margins are ordinary; the others, and what is not ordinary,
/// as the formula says.
pub fn descend_together(setups: &[Setup], etas: &[f64], steps: usize) -> Result<Vec<Vec<f64>>> {
    descend_on(Level::new(), setups, etas, steps)
}

fn descend_on(level: Level, setups: &[Setup], etas: &[f64], steps: usize) -> Result<Vec<Vec<f64>>> {
    let Some(first) = setups.first() else { return Ok(Vec::new()) };
    let shape = |setup: &Setup| (setup.points.count(), setup.points.dim(), setup.start.len());
    let (count, dim, _) = shape(first);
    if let Some(k) = setups.iter().position(|it| shape(it) != (count, dim, dim) || it.loss != first.loss) {
        let (n, d, start) = shape(&setups[k]);
        return Err(Error::input(format!(
            "data set {k} has {n} examples of {d} features, {start} weights to start from and the {} loss; side by side all have what \
             the first has, {count} examples of {dim} features, as many weights, and the {} loss",
            setups[k].loss.name(),
            first.loss.name()
        )));
    }
    if etas.len() != setups.len() {
        return Err(Error::input(format!("{} step sizes for {} data sets: one for each", etas.len(), setups.len())));
    }
    if let Some(k) = etas.iter().position(|eta| !SCALES.contains(eta)) {
        let Range { start, end } = SCALES;
        return Err(Error::input(format!("the step size of data set {k} is {:e}: from {start:e} to {end:e}", etas[k])));
    }
    let eights = setups.chunks(8).zip(etas.chunks(8));
    Ok(eights.flat_map(|(setups, etas)| Eight::new(setups, etas).descend(level, steps)).collect())
}

/// Up to eight of them; lanes that are left over hold zeros.
struct Eight<'a> {
    setups: &'a [Setup],
    etas: Line,
    /// Slopes of no more than this are left to the formula, as the kernel of one set does.
    nothing: Line,
    /// Example after example, column after column.
    x: Vec<Line>,
    w: Vec<Line>,
    slopes: Vec<Line>,
}

/// One number of each, and zeros.
fn lanes(numbers: impl Iterator<Item = f64>) -> Line {
    let mut line = Line::ZERO;
    line.0.iter_mut().zip(numbers).for_each(|(lane, number)| *lane = number);
    line
}

impl<'a> Eight<'a> {
    fn new(setups: &'a [Setup], etas: &[f64]) -> Self {
        let dim = setups[0].start.len();
        let entry = |n: usize, j: usize| lanes(setups.iter().map(|it| it.points.row(n)[j]));
        Eight {
            setups,
            etas: lanes(etas.iter().copied()),
            nothing: lanes(setups.iter().zip(etas).map(|(it, eta)| eta * nothing(&it.points))),
            x: (0..setups[0].points.count() * dim).map(|k| entry(k / dim, k % dim)).collect(),
            w: (0..dim).map(|j| lanes(setups.iter().map(|it| it.start[j]))).collect(),
            slopes: vec![Line::ZERO; dim],
        }
    }

    fn descend(mut self, level: Level, steps: usize) -> Vec<Vec<f64>> {
        let lanes = 0..self.setups.len();
        match self.setups[0].loss {
            Loss::Logistic => dispatch!(level, simd => self.descend_on::<_, true>(simd, steps)),
            Loss::Exponential => dispatch!(level, simd => self.descend_on::<_, false>(simd, steps)),
            Loss::Polynomial { .. } | Loss::Squared => {
                for _ in 0..steps {
                    lanes.clone().for_each(|lane| self.slope_alone(lane));
                    self.step();
                }
            }
        }
        lanes.map(|lane| self.weights(lane)).collect()
    }

    #[inline(always)]
    fn descend_on<S: Simd, const LOGISTIC: bool>(&mut self, simd: S, steps: usize) {
        let etas = load(simd, &self.etas);
        for _ in 0..steps {
            let Eight { x, w, slopes, .. } = self;
            let beyond = pulled::<S, LOGISTIC>(simd, x, etas, |j| load(simd, &w[j]), slopes);
            let mut largest = Line::ZERO;
            for slope in &*slopes {
                (0..8).for_each(|lane| largest.0[lane] = largest.0[lane].max(slope.0[lane].abs()));
            }
            for lane in 0..self.setups.len() {
                if beyond.0[lane] > 0.0 || largest.0[lane] < self.nothing.0[lane] {
                    self.slope_alone(lane);
                }
            }
            self.step();
        }
    }

    /// One set's slope by the formula.
    fn slope_alone(&mut self, lane: usize) {
        let (Setup { points, loss, .. }, w) = (&self.setups[lane], self.weights(lane));
        let mut slope = vec![0.0; w.len()];
        scaled_descent(points, *loss, ln(self.etas.0[lane]), &w, &mut slope);
        self.slopes.iter_mut().zip(slope).for_each(|(line, slope)| line.0[lane] = slope);
    }

    fn step(&mut self) {
        for (w, slope) in self.w.iter_mut().zip(&self.slopes) {
            (0..8).for_each(|lane| w.0[lane] += slope.0[lane]);
        }
    }

    fn weights(&self, lane: usize) -> Vec<f64> {
        self.w.iter().map(|line| line.0[lane]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::descent::{StepRule, descend};
    use crate::lanes::levels;
    use crate::problem::points::Points;
    use crate::real::{UNIT_ROUNDOFF, distance, norm};
    use crate::seed::Seed;

    const STEPS: usize = 20;

    fn drawn(count: usize, n: usize, dim: usize, loss: Loss) -> (Vec<Setup>, Vec<f64>) {
        let stream = &mut Seed(1).stream("side by side", "sets");
        let setup = |_| {
            let points = Points::new(dim, stream.normals(n * dim)).unwrap();
            Setup { points, loss, start: vec![0.1; dim] }
        };
        let setups: Vec<Setup> = (0..count).map(setup).collect();
        (setups, (0..count).map(|k| 1e-3 * (k + 1) as f64).collect())
    }

    /// Whether eight share the lanes, or some, or none; and on every level.
    #[test]
    fn a_set_descends_alone() {
        for (n, dim) in [(1, 1), (7, 3), (30, 20)] {
            for loss in [Loss::Logistic, Loss::Exponential, Loss::Squared] {
                let (setups, etas) = drawn(11, n, dim, loss);
                let together = descend_together(&setups, &etas, STEPS).unwrap();
                for k in 0..setups.len() {
                    let alone = descend_together(&setups[k..=k], &etas[k..=k], STEPS).unwrap();
                    assert_eq!(alone[0], together[k], "{n} x {dim}, set {k}");
                    let descent = descend(&setups[k], StepRule::plain(etas[k]), &[STEPS as u64]);
                    let w = &descent.last().w;
                    // A slope is a sum of n pulls that are right to some `dim` roundings; a step is no expansion.
                    let size = etas[k] * n as f64 * setups[k].points.radius() * (1.0 + norm(w));
                    let rounding = (STEPS * (n + dim + 8)) as f64 * 4.0 * UNIT_ROUNDOFF * (size + norm(w));
                    assert!(distance(w, &together[k]) <= rounding, "{n} x {dim}, set {k}");
                }
                for level in levels() {
                    assert_eq!(descend_on(level, &setups, &etas, STEPS).unwrap(), together);
                }
            }
        }
    }

    /// Margins of thousands in one lane change nothing beside it.
    #[test]
    fn what_is_not_ordinary_is_left_to_the_formula() {
        let (mut setups, etas) = drawn(3, 5, 2, Loss::Logistic);
        let before = descend_together(&setups, &etas, STEPS).unwrap();
        setups[0].start = vec![-2000.0, 3000.0];
        let after = descend_together(&setups, &etas, STEPS).unwrap();
        assert_eq!(after[1..], before[1..]);
        assert_eq!(after[0], descend(&setups[0], StepRule::plain(etas[0]), &[STEPS as u64]).last().w);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let (mut setups, etas) = drawn(2, 4, 3, Loss::Logistic);
        let error = descend_together(&setups, &[0.1, 0.0], 1).unwrap_err().to_string();
        assert_eq!(error, "the step size of data set 1 is 0e0: from 1e-130 to 1e130");
        setups[1].start.pop();
        let error = descend_together(&setups, &etas, 1).unwrap_err().to_string();
        assert!(error.contains("data set 1 has 4 examples of 3 features, 2 weights"), "{error}");
        assert!(
            descend_together(&setups[..1], &etas, 1).unwrap_err().to_string().contains("2 step sizes for 1 data sets")
        );
        assert_eq!(descend_together(&[], &[], 1).unwrap(), Vec::<Vec<f64>>::new());
    }
}
