//! Dormand and Prince's explicit method of order 8, with the error estimate that Hairer, Nørsett and Wanner gave it: DOP853
//! (Solving Ordinary Differential Equations I, 2nd edition 1993, section II.5).

use fearless_simd::{Level, dispatch};

use super::ode::{Ode, Part, Solution, Stepper, Tolerance, integrate};
use crate::claim::Slack;
use crate::error::Result;
use crate::quantity::Quantity;
use crate::real::norm;

/// Σ weight · slope over stages that are not without weight.
type Sum = &'static [(usize, f64)];

const STAGES: usize = 12;
const NODES: [f64; STAGES] = [
    0.0,
    0.052_600_151_958_767_73,
    0.078_900_227_938_151_6,
    0.118_350_341_907_227_4,
    0.281_649_658_092_772_6,
    1.0 / 3.0,
    0.25,
    4.0 / 13.0,
    127.0 / 195.0,
    0.6,
    6.0 / 7.0,
    1.0,
];
/// From where the slope of each stage is taken.
const WEIGHTS: [Sum; STAGES] = [
    &[],
    &[(0, 0.052_600_151_958_767_73)],
    &[(0, 0.019_725_056_984_537_9), (1, 0.059_175_170_953_613_7)],
    &[(0, 0.029_587_585_476_806_85), (2, 0.088_762_756_430_420_54)],
    &[(0, 0.241_365_134_159_266_7), (2, -0.884_549_479_328_286_1), (3, 0.924_834_003_261_792)],
    &[(0, 0.037_037_037_037_037_035), (3, 0.170_828_608_729_473_86), (4, 0.125_467_687_566_822_42)],
    &[(0, 0.037_109_375), (3, 0.170_252_211_019_544_05), (4, 0.060_216_538_980_455_96), (5, -0.017_578_125)],
    &[
        (0, 0.037_092_000_118_504_79),
        (3, 0.170_383_925_712_239_98),
        (4, 0.107_262_030_446_373_28),
        (5, -0.015_319_437_748_624_402),
        (6, 0.008_273_789_163_814_023),
    ],
    &[
        (0, 0.624_110_958_716_075_7),
        (3, -3.360_892_629_446_941_4),
        (4, -0.868_219_346_841_726),
        (5, 27.592_099_699_446_71),
        (6, 20.154_067_550_477_894),
        (7, -43.489_884_181_069_96),
    ],
    &[
        (0, 0.477_662_536_438_264_34),
        (3, -2.488_114_619_971_667_7),
        (4, -0.590_290_826_836_843),
        (5, 21.230_051_448_181_193),
        (6, 15.279_233_632_882_423),
        (7, -33.288_210_968_984_86),
        (8, -0.020_331_201_708_508_627),
    ],
    &[
        (0, -0.937_142_430_085_987_3),
        (3, 5.186_372_428_844_064),
        (4, 1.091_437_348_996_729_5),
        (5, -8.149_787_010_746_927),
        (6, -18.520_065_659_996_96),
        (7, 22.739_487_099_350_505),
        (8, 2.493_605_552_679_652_3),
        (9, -3.046_764_471_898_219_6),
    ],
    &[
        (0, 2.273_310_147_516_538),
        (3, -10.534_495_466_737_25),
        (4, -2.000_872_058_224_862_5),
        (5, -17.958_931_863_118_8),
        (6, 27.948_884_529_419_96),
        (7, -2.858_998_277_135_023_5),
        (8, -8.872_856_933_530_63),
        (9, 12.360_567_175_794_303),
        (10, 0.643_392_746_015_763_6),
    ],
];
/// The result, of order 8.
const RESULT: Sum = &[
    (0, 0.054_293_734_116_568_765),
    (5, 4.450_312_892_752_409),
    (6, 1.891_517_899_314_500_3),
    (7, -5.801_203_960_010_585),
    (8, 0.311_164_366_957_819_9),
    (9, -0.152_160_949_662_516_1),
    (10, 0.201_365_400_804_030_34),
    (11, 0.044_710_615_727_772_59),
];
/// The result less one of order 5.
const LESS_FIFTH: Sum = &[
    (0, 0.013_120_044_994_194_88),
    (5, -1.225_156_446_376_204_4),
    (6, -0.495_758_949_657_250_2),
    (7, 1.664_377_182_454_986_4),
    (8, -0.350_328_848_749_973_66),
    (9, 0.334_179_118_713_017_5),
    (10, 0.081_923_206_485_115_71),
    (11, -0.022_355_307_863_886_294),
];
/// The result less one of order 3: of the stages 0, 8 and 11 alone, with weights 31/127, .7338 and 3/136.
const LESS_THIRD: Sum = &[
    (0, -0.189_800_754_072_407_62),
    (5, 4.450_312_892_752_409),
    (6, 1.891_517_899_314_500_3),
    (7, -5.801_203_960_010_585),
    (8, -0.422_682_321_323_791_9),
    (9, -0.152_160_949_662_516_1),
    (10, 0.201_365_400_804_030_34),
    (11, 0.022_651_792_198_360_82),
];

/// Solves y' = f(s, y), y(s0) = y0, at increasing `stops`. For problems that are not stiff: about two
/// evaluations a unit of s for each unit of the largest decay rate.
pub fn dormand_prince(ode: &impl Ode, s0: f64, y0: &[f64], stops: &[f64], tolerance: Tolerance) -> Result<Solution> {
    let dim = ode.dim();
    let slopes = vec![0.0; STAGES * dim];
    let mut method = DormandPrince { ode, parts: ode.parts(), slopes, third: vec![0.0; dim], level: Level::new() };
    integrate(&mut method, ode, s0, y0, stops, tolerance)
}

/// A quantity of y at `stop`, with what the integrator may have lost of it, by a second run at a coarser tolerance and by the
/// last local errors, and with the roundings since the start. The quantity moves at most `lipschitz` times as much as y.
pub fn measured(
    ode: &impl Ode,
    s0: f64,
    y0: &[f64],
    stop: f64,
    tolerance: Tolerance,
    lipschitz: f64,
    quantity: impl Fn(&[f64]) -> f64,
) -> Result<Quantity> {
    let (fine, coarse) = tolerance.twice(|tolerance| dormand_prince(ode, s0, y0, &[stop], tolerance))?;
    let (y, value) = (&fine.states[0], quantity(&fine.states[0]));
    let slack = Slack::integration(value - quantity(&coarse.states[0]))
        + Slack::integration(lipschitz * fine.local[0])
        + Slack::rounding(fine.roundings[0] + 8.0, lipschitz * norm(y));
    Ok(Quantity::new(value, slack))
}

struct DormandPrince<'a, O> {
    ode: &'a O,
    parts: Vec<Part>,
    /// Stage after stage.
    slopes: Vec<f64>,
    /// The error of the result of order 3.
    third: Vec<f64>,
    level: Level,
}

/// From so many entries on sums are compiled for each level of instructions; fewer are not worth the way there.
const MANY: usize = 64;

/// out = Σ weight · slope.
fn add_up(level: Level, sum: Sum, slopes: &[f64], out: &mut [f64]) {
    if out.len() < MANY {
        add_up_entries(sum, slopes, out);
    } else {
        dispatch!(level, _simd => add_up_entries(sum, slopes, out));
    }
}

/// By eight entries, two and one: each sum stays in registers.
#[inline(always)]
fn add_up_entries(sum: Sum, slopes: &[f64], out: &mut [f64]) {
    #[inline(always)]
    fn entries<const K: usize>(sum: Sum, slopes: &[f64], from: usize, dim: usize) -> [f64; K] {
        let mut total = [0.0; K];
        for &(stage, weight) in sum {
            let slope = &slopes[stage * dim + from..][..K];
            for k in 0..K {
                total[k] += weight * slope[k];
            }
        }
        total
    }
    let dim = out.len();
    let (eights, rest) = out.as_chunks_mut::<8>();
    let (twos, one) = rest.as_chunks_mut::<2>();
    let from = 8 * eights.len();
    for (i, out) in eights.iter_mut().enumerate() {
        *out = entries(sum, slopes, 8 * i, dim);
    }
    for (i, out) in twos.iter_mut().enumerate() {
        *out = entries(sum, slopes, from + 2 * i, dim);
    }
    for out in one {
        [*out] = entries(sum, slopes, dim - 1, dim);
    }
}

impl<O: Ode> Stepper for DormandPrince<'_, O> {
    fn order(&self) -> f64 {
        8.0
    }

    fn step(&mut self, s: f64, y: &[f64], h: f64, fresh: bool, y_new: &mut [f64], error: &mut [f64]) -> usize {
        let dim = y.len();
        let moved = |y_new: &mut [f64]| y_new.iter_mut().zip(y).for_each(|(new, y)| *new = y + h * *new);
        if fresh {
            self.ode.rate(s, y, &mut self.slopes[..dim]);
        }
        for stage in 1..STAGES {
            let (before, slopes) = self.slopes.split_at_mut(stage * dim);
            add_up(self.level, WEIGHTS[stage], before, y_new);
            moved(y_new);
            self.ode.rate(s + NODES[stage] * h, y_new, &mut slopes[..dim]);
        }
        add_up(self.level, RESULT, &self.slopes, y_new);
        moved(y_new);
        add_up(self.level, LESS_FIFTH, &self.slopes, error);
        add_up(self.level, LESS_THIRD, &self.slopes, &mut self.third);
        // An estimate of order 8: the two differences fall like h^6 and h^4, and h^6 (h^6/h^4) is h^8. Part by part, as errors are
        // measured.
        let mut from = 0;
        for part in &self.parts {
            let here = from..from + part.len;
            from = here.end;
            let (fifth, third) = (norm(&error[here.clone()]), 0.1 * norm(&self.third[here.clone()]));
            let whole = (fifth * fifth + third * third).sqrt();
            // Where the squares overflow the quotient would be 0, and the worst of steps would pass for the best.
            let shrunk = if whole.is_infinite() {
                h
            } else if fifth > 0.0 {
                h * fifth / whole
            } else {
                0.0
            };
            error[here].iter_mut().for_each(|error| *error *= shrunk);
        }
        STAGES - usize::from(!fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ode::ROUNDINGS;
    use crate::lanes::levels;
    use crate::real::UNIT_ROUNDOFF;
    use crate::seed::Seed;

    /// A rooted tree, with what the stages make of it: Φ_i is the product over the branches of Σ a_ij Φ_j, and a sum of slopes is
    /// of order p if Σ b_i Φ_i = 1/γ for every tree of at most p nodes (Butcher 1963).
    #[derive(Clone, Copy)]
    struct Tree {
        nodes: usize,
        gamma: f64,
        phi: [f64; STAGES],
        /// How much each may be off by rounding.
        error: [f64; STAGES],
    }

    impl Tree {
        const ROOT: Tree = Tree { nodes: 1, gamma: 1.0, phi: [1.0; STAGES], error: [0.0; STAGES] };

        fn with_branch(mut self, branch: &Tree) -> Tree {
            for (i, row) in WEIGHTS.iter().enumerate() {
                let (sum, error) = branch.sum(row);
                self.error[i] =
                    self.error[i] * (sum.abs() + error) + self.phi[i].abs() * (error + UNIT_ROUNDOFF * sum.abs());
                self.phi[i] *= sum;
            }
            // The root's own factor is its number of nodes, which grows.
            let nodes = self.nodes + branch.nodes;
            Tree { nodes, gamma: self.gamma / self.nodes as f64 * nodes as f64 * branch.gamma, ..self }
        }

        /// Σ weight · Φ, and how much it may be off: by what the Φ are, and by the roundings of each weight, its product and a sum of
        /// at most twelve.
        fn sum(&self, sum: Sum) -> (f64, f64) {
            let total = |term: &dyn Fn(usize, f64) -> f64| sum.iter().map(|&(i, b)| term(i, b)).sum::<f64>();
            let roundings = 14.0 * UNIT_ROUNDOFF;
            (
                total(&|i, b| b * self.phi[i]),
                total(&|i, b| b.abs() * (self.error[i] + roundings * (self.phi[i].abs() + self.error[i]))),
            )
        }
    }

    /// All trees of up to `most` nodes, by their number: branches are added in the order of the list, so that none comes twice.
    fn trees(most: usize) -> Vec<Vec<Tree>> {
        fn grow(tree: Tree, missing: usize, branches: &[Tree], found: &mut Vec<Tree>) {
            if missing == 0 {
                found.push(tree);
            }
            for (k, branch) in branches.iter().enumerate().filter(|(_, branch)| branch.nodes <= missing) {
                grow(tree.with_branch(branch), missing - branch.nodes, &branches[k..], found);
            }
        }
        let mut trees = vec![vec![Tree::ROOT]];
        while trees.len() < most {
            let mut found = Vec::new();
            grow(Tree::ROOT, trees.len(), &trees.concat(), &mut found);
            trees.push(found);
        }
        trees
    }

    #[test]
    fn the_conditions_of_every_order_hold_up_to_the_eighth() {
        let trees = trees(9);
        assert_eq!(trees.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 2, 4, 9, 20, 48, 115, 286]);
        for (sum, order, due) in [(RESULT, 8, 1.0), (LESS_FIFTH, 5, 0.0), (LESS_THIRD, 3, 0.0)] {
            let missed = |tree: &Tree| {
                let (found, error) = tree.sum(sum);
                ((found - due / tree.gamma).abs(), error)
            };
            for (off, error) in trees[..order].concat().iter().map(missed) {
                assert!(off <= error && error < 1e-12, "order {order}: {off:e} {error:e}");
            }
            assert!(trees[order].iter().map(missed).any(|(off, error)| off > 1e3 * error), "more than {order}");
        }
        for (row, node) in WEIGHTS.iter().zip(NODES) {
            let (found, error) = Tree::ROOT.sum(row);
            assert!((found - node).abs() <= error, "{node}: {found} {error:e}");
        }
    }

    /// Each stage rounds y once, and what its slope loses by it, h L roundings, later stages and the result take over; the result
    /// rounds y once more. [`ROUNDINGS`] a call are enough for it all up to h L = 3, whatever the signs; in longer steps of a problem
    /// that decays so fast the error estimate sees what is lost, for it is made of the same slopes.
    /// y' = 1 until s = 1, and then so large that squares overflow.
    struct Wall;

    impl Ode for Wall {
        fn dim(&self) -> usize {
            1
        }

        fn rate(&self, s: f64, _: &[f64], dy: &mut [f64]) {
            dy[0] = if s > 1.0 { 1e200 } else { 1.0 };
        }
    }

    #[test]
    fn a_step_too_large_to_be_measured_is_not_taken() {
        let tolerance = Tolerance::new(1e-10, 1e-12);
        let before = dormand_prince(&Wall, 0.0, &[0.0], &[1.0], tolerance).unwrap();
        assert!((before.states[0][0] - 1.0).abs() < 1e-12, "{}", before.states[0][0]);
        assert!(dormand_prince(&Wall, 0.0, &[0.0], &[2.0], tolerance).is_err());
        let mut method = DormandPrince {
            ode: &Wall,
            parts: Wall.parts(),
            slopes: vec![0.0; STAGES],
            third: vec![0.0],
            level: Level::new(),
        };
        let [mut y, mut error] = [[0.0], [0.0]];
        method.step(0.5, &[0.5], 1.0, true, &mut y, &mut error);
        assert!(error[0].abs() > 1e190, "{error:?}");
    }

    /// Around the sizes of the blocks, and of what is compiled for each level.
    #[test]
    fn sums_of_slopes_are_sums_on_every_level() {
        let stream = &mut Seed(1).stream("explicit", "sums");
        for dim in (1..24).chain(MANY - 1..MANY + 24) {
            let slopes = stream.normals(STAGES * dim);
            for sum in WEIGHTS.into_iter().chain([RESULT, LESS_FIFTH, LESS_THIRD]) {
                let entry = |i: usize| sum.iter().fold(0.0, |total, &(stage, b)| total + b * slopes[stage * dim + i]);
                let plain: Vec<f64> = (0..dim).map(entry).collect();
                for level in levels() {
                    let mut out = vec![f64::NAN; dim];
                    add_up(level, sum, &slopes, &mut out);
                    assert_eq!(out, plain, "{dim}");
                }
            }
        }
    }

    #[test]
    fn a_step_rounds_as_often_as_is_said() {
        for z in [-3.0, -2.0, -1.0, -0.1, 0.1] {
            // What a change of y in the stage does to y_new, over that change.
            let taken_over = |stage: usize| {
                let mut slopes = [0.0; STAGES];
                for i in stage..STAGES {
                    let moved: f64 = WEIGHTS[i].iter().map(|&(j, a)| a * slopes[j]).sum();
                    slopes[i] = z * (moved + f64::from(i == stage));
                }
                RESULT.iter().map(|&(i, b)| b * slopes[i]).sum::<f64>().abs()
            };
            let lost = 1.0 + (0..STAGES).map(taken_over).sum::<f64>();
            assert!(lost <= ROUNDINGS * STAGES as f64, "h L = {z}: {lost}");
        }
    }
}
