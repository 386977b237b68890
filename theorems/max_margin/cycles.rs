//! Points on a line that cannot be separated: what becomes of gradient descent when the minimiser repels.
//!
//! One step is w <- w - η L'(w). Everything is predicted from the Taylor series of L' and measured on runs.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{StepRule, descend};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{bisect, exp, ln};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "two-cycles",
        says: "On points of both signs on a line let S = L'''²/(2 L'') - L''''/6 be positive at the logistic minimiser. \
               Below η = 2/L'' the minimiser attracts, by the factor 1 - η L''. Just above, an attracting cycle of two \
               surrounds it, of half width a with a² = (L'' - 2/η)/S + O((η - 2/L'')²).",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| {
            lab.once(three_points).map(|cycles| two_cycles(&cycles, &mut c.of_fixed_data()))?;
            lab.run(drawn_cycles).map(|cycles| two_cycles(&cycles, c))
        },
    },
    Step {
        id: "period-doubling",
        says: "On points of both signs on a line, where the multiplier of the cycle of two passes below -1 as η grows, the same \
               law holds for two steps in place of one: if their S is positive, an attracting cycle of four opens about it \
               with a² = (-1 - multiplier)/S, to first order.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| {
            lab.once(three_points_doubled).map(|doubled| period_doubling(&doubled, &mut c.of_fixed_data()))?;
            lab.run(drawn_doublings).map(|doubled| period_doubling(&doubled, c))
        },
    },
    Step {
        id: "threshold-is-local",
        says: "On points of both signs on a line let S < 0. Then there is a cycle of two just below η = 2/L'', with the same law, and it \
               repels: from between its two points gradient descent comes to the minimiser, and from just beyond them it \
               goes away first.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(drawn_border).map(|border| threshold_is_local(&border, c)),
    },
];

// ---------------------------------------------------------------------------------------------------
// Power series, and the cycles of two that they predict
// ---------------------------------------------------------------------------------------------------

/// A power series in h, cut off after h^9.
type Series = [f64; 10];

/// A power series in the square of a cycle's half width, cut off after the fourth power.
type InSquares = [f64; 5];

/// The product of two series, cut off where they are.
fn multiply<const N: usize>(p: &[f64; N], q: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|k| (0..=k).map(|i| p[i] * q[k - i]).sum())
}

/// p(q(h)), where q begins with h.
fn compose(p: &Series, q: &Series) -> Series {
    p.iter().rev().fold([0.0; 10], |sum, coefficient| {
        let mut next = multiply(&sum, q);
        next[0] += coefficient;
        next
    })
}

/// The Taylor series of L'(w + h) for the logistic loss. The coefficients of 1/(1 + e^-u) follow one from the other,
/// because its derivative is itself less its square.
fn slope(points: &Points, w: f64) -> Series {
    let mut sum = [0.0; 10];
    for x in points.rows().map(|x| x[0]) {
        let mut sigmoid = [0.0; 10];
        sigmoid[0] = 1.0 / (1.0 + exp(x * w));
        for k in 0..9 {
            sigmoid[k + 1] = (sigmoid[k] - multiply(&sigmoid, &sigmoid)[k]) / (k + 1) as f64;
        }
        let mut power = -x;
        for (sum, coefficient) in sum.iter_mut().zip(sigmoid) {
            *sum += power * coefficient;
            power *= -x;
        }
    }
    sum
}

/// One step of gradient descent as a map of distances: from w + h to so far from where w goes.
fn step(points: &Points, eta: f64, w: f64) -> Series {
    let mut map = slope(points, w).map(|coefficient| -eta * coefficient);
    map[0] = 0.0;
    map[1] += 1.0;
    map
}

/// The cycles of two of h <- h - G(h), G(0) = 0: {m + a, m - a} is one if the even part of G(m + a) in a is 0 and the
/// odd part is 2a.
struct CycleLaw {
    /// m as a series in a².
    middle: InSquares,
    /// The odd part of G(m + a) over a, as a series in a².
    odd: InSquares,
}

impl CycleLaw {
    fn of(g: &Series) -> CycleLaw {
        let mut middle = [0.0; 5];
        for k in 1..5 {
            let [even, _] = even_and_odd(g, &middle);
            middle[k] -= even[k] / g[1];
        }
        let [_, odd] = even_and_odd(g, &middle);
        CycleLaw { middle, odd }
    }

    /// By how much the odd part over a is to differ from G'(0), over its slope: a² to first order.
    fn first(&self, target: f64) -> f64 {
        (target - self.odd[0]) / self.odd[1]
    }

    /// a² as a series in its first order, from the inverse of the odd part.
    fn square(&self) -> InSquares {
        let [_, _, b, c, d] = self.odd.map(|coefficient| coefficient / self.odd[1]);
        [0.0, 1.0, -b, 2.0 * b * b - c, 5.0 * b * (c - b * b) - d]
    }

    /// m as a series in the first order of a².
    fn middle(&self) -> InSquares {
        let square = self.square();
        self.middle.iter().rev().fold([0.0; 5], |sum, coefficient| {
            let mut next = multiply(&sum, &square);
            next[0] += coefficient;
            next
        })
    }
}

/// A series up to its third term, and the fourth as what is left out.
fn three_terms(series: &InSquares, at: f64) -> (f64, Slack) {
    let [_, one, two, three, four] = series;
    (at * (one + at * (two + at * three)), Slack::next_term(four * at * at * at * at, 2.0))
}

/// The parts of G(m + a) that are even in a, and those that are odd, over a.
fn even_and_odd(g: &Series, middle: &InSquares) -> [InSquares; 2] {
    let mut parts = [[0.0; 5]; 2];
    for j in 0..10 {
        // The coefficient of a^j is Σ_k C(k, j) g_k m^(k - j).
        let mut coefficient = [0.0; 5];
        for k in (j..10).rev() {
            coefficient = multiply(&coefficient, middle);
            coefficient[0] += g[k] * (0..j).map(|i| (k - i) as f64 / (i + 1) as f64).product::<f64>();
        }
        for i in j / 2..5 {
            parts[j % 2][i] += coefficient[i - j / 2];
        }
    }
    parts
}

// ---------------------------------------------------------------------------------------------------
// Minimiser, cycle and runs
// ---------------------------------------------------------------------------------------------------

/// Inseparable points on a line.
pub struct Line {
    /// What its claims are called after: "" for drawn points.
    name: &'static str,
    points: Points,
    pub minimiser: f64,
    /// The law of cycles of two about the minimiser, for G = L'.
    law: CycleLaw,
    /// 2/L''.
    pub threshold: f64,
}

/// A cycle of two, its upper point first.
pub struct Cycle {
    pub at: [f64; 2],
    /// Two steps from the upper point, as a map of distances from it.
    two_steps: Series,
}

impl Cycle {
    fn multiplier(&self) -> f64 {
        self.two_steps[1]
    }

    fn half_width(&self) -> f64 {
        0.5 * (self.at[0] - self.at[1])
    }
}

impl Line {
    fn new(name: &'static str, points: Points) -> Line {
        let minimiser = bisect(|w| slope(&points, w)[0], -50.0, 50.0);
        let mut gradient = slope(&points, minimiser);
        gradient[0] = 0.0;
        let law = CycleLaw::of(&gradient);
        Line { name, points, minimiser, law, threshold: 2.0 / gradient[1] }
    }

    /// Of the given numbers of points, on the right and on the left.
    fn drawn(stream: &mut Stream, [right, left]: [usize; 2]) -> Line {
        let mut draw = |sign: f64| [sign * stream.uniform(0.7, 1.4)];
        let rows: Vec<[f64; 1]> = (0..right).map(|_| 1.0).chain((0..left).map(|_| -1.0)).map(&mut draw).collect();
        Line::new("", Points::from_rows(&rows))
    }

    /// The cycle of two nearest to the minimiser: where two steps lead back.
    pub fn cycle(&self, eta: f64) -> Cycle {
        let moved = |w: f64| self.step_from(eta, self.step_from(eta, w)) - w;
        let inside = |k: u32| self.minimiser + 0.02 * f64::from(k);
        // Two steps lead nearer to the minimiser on one side of the upper point and away from it on the other.
        let near = moved(inside(1));
        let beyond = (2..1000).find(|&k| moved(inside(k)) * near < 0.0).unwrap_or(1000);
        let upper = bisect(moved, inside(beyond - 1), inside(beyond));
        let lower = self.step_from(eta, upper);
        let two_steps = compose(&step(&self.points, eta, lower), &step(&self.points, eta, upper));
        Cycle { at: [upper, lower], two_steps }
    }

    /// Where one step of gradient descent leads.
    pub fn step_from(&self, eta: f64, w: f64) -> f64 {
        w - eta * slope(&self.points, w)[0]
    }

    /// Iterates of gradient descent.
    pub fn run(&self, eta: f64, start: f64, record: &[u64]) -> Vec<f64> {
        let setup = Setup { points: self.points.clone(), loss: Loss::Logistic, start: vec![start] };
        descend(&setup, StepRule::plain(eta), record).iterates.iter().map(|it| it.w[0]).collect()
    }
}

/// So many repetitions bring a distance down to this share, at the given factor.
fn repetitions(share: f64, factor: f64) -> u64 {
    (ln(share) / ln(factor.abs())).ceil() as u64
}

/// The multiplier of a cycle of two as a run sees it that starts near the upper point: the ratio of two changes over two
/// steps, one after the other.
fn seen_multiplier(line: &Line, eta: f64, cycle: &Cycle) -> Quantity {
    let multiplier = cycle.multiplier();
    let periods = repetitions(1e-3, multiplier);
    let start = cycle.at[0] + 0.05 * cycle.half_width();
    let w = line.run(eta, start, &[0, 1, 2].map(|k| 2 * (periods + k)));
    let (first, second) = (w[1] - w[0], w[2] - w[1]);
    // From e to M e + q e² + c e³ the ratio is, with first = (M - 1) D, M + q (1 + M) D + (2q²/(1 - M) + c (1 + M + M²)) D²
    // to second order; this is eliminated.
    let distance = first / (multiplier - 1.0);
    let [_, _, q, cubic, quartic, ..] = cycle.two_steps;
    let gap = 1.0 - multiplier;
    let known = q * (1.0 + multiplier) * distance
        + (2.0 * q * q / gap + cubic * (1.0 + multiplier + multiplier * multiplier)) * distance * distance;
    // What an iterate has of earlier roundings is in the next one too and drops out; what is left are those of the last steps:
    // of w, and of each point's part of it.
    let size = w[0].abs() + eta * line.points.radius();
    let rounding = Slack::rounding(16.0 * line.points.count() as f64, size / first);
    let third =
        ((q * q * q).abs() + (q * cubic).abs() + quartic.abs()) / (gap * gap) * (distance * distance * distance).abs();
    Quantity::new(second / first - known, Slack::next_term(third, 8.0) + rounding)
}

// ---------------------------------------------------------------------------------------------------
// The cycle of two
// ---------------------------------------------------------------------------------------------------

/// Points, and how far the two steps are from 2/L'', as a share of it.
struct Crossing {
    line: Line,
    beyond: f64,
}

/// 1, 1, -1: the minimiser is log 2, where L'' = 2/3.
pub fn one_one_minus_one() -> Line {
    Line::new("1, 1, -1: ", Points::from_rows(&[[1.0], [1.0], [-1.0]]))
}

fn three_points() -> Result<Crossing> {
    Ok(Crossing { line: one_one_minus_one(), beyond: 1.0 / 64.0 })
}

fn drawn_cycles(seed: Seed) -> Result<Crossing> {
    let mut stream = seed.stream("max-margin", "two-cycles");
    let counts = [stream.whole(2, 4), stream.whole(1, 2)];
    Ok(Crossing { line: Line::drawn(&mut stream, counts), beyond: stream.uniform(0.01, 0.02) })
}

/// Cycles of two. The minimiser repels when η L'' > 2. With the odd part of L'(m + a) equal to 2a/η and the even part
/// 0, the cycle that surrounds it then has a² = (L'' - 2/η)/S.
fn two_cycles(crossing: &Crossing, claims: &mut Claims) {
    let Crossing { line, beyond } = crossing;
    let Line { name, minimiser, law, threshold, .. } = line;
    let below = threshold * (1.0 - beyond);
    let factor = 1.0 - 2.0 * (1.0 - beyond);
    let steps = repetitions(1e-5, factor);
    let w = line.run(below, minimiser + 0.05, &[steps, steps + 1]);
    let distance = w[0] - minimiser;
    let [_, _, second, third, ..] = step(&line.points, below, *minimiser);
    claims.equal(
        format!("{name}factor of w - argmin L in a step, η = {below:.4}"),
        (w[1] - minimiser) / distance,
        factor + second * distance,
        Slack::next_term(third * distance * distance, 2.0)
            + Slack::rounding(16.0 * line.points.count() as f64, minimiser.abs().max(1.0) / distance),
    );
    let above = threshold * (1.0 + beyond);
    let cycle = line.cycle(above);
    let settled = 2 * repetitions(1e-17, cycle.multiplier());
    let w = line.run(above, minimiser + 0.1, &[settled, settled + 1]);
    let half = 0.5 * (w[1] - w[0]);
    let rounding = || Slack::rounding(64.0 * line.points.count() as f64, minimiser.abs().max(1.0));
    let (square, beyond) = three_terms(&law.square(), law.first(2.0 / above));
    claims.equal(
        format!("{name}a² of the cycle of two, η = {above:.4}"),
        half * half,
        square,
        beyond + rounding().times(2.0 * half.abs()),
    );
    let (middle, beyond) = three_terms(&law.middle(), law.first(2.0 / above));
    claims.equal(
        format!("{name}middle of the cycle less argmin L, η = {above:.4}"),
        0.5 * (w[0] + w[1]) - minimiser,
        middle,
        beyond + rounding(),
    );
    claims.equal(
        format!("{name}multiplier of the cycle of two, η = {above:.4}"),
        seen_multiplier(line, above, &cycle),
        cycle.multiplier(),
        Slack::rounding(64.0 * line.points.count() as f64, 1.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// The cycle of four
// ---------------------------------------------------------------------------------------------------

/// Points, and two multipliers of their cycle of two, one on each side of -1.
struct Doubled {
    line: Line,
    multipliers: [f64; 2],
}

fn three_points_doubled() -> Result<Doubled> {
    Ok(Doubled { line: one_one_minus_one(), multipliers: [-0.9375, -1.001953125] })
}

/// Points drawn again until the multiplier passes -1 in good time: on some it turns back before.
fn drawn_doublings(seed: Seed) -> Result<Doubled> {
    let mut stream = seed.stream("max-margin", "period-doubling");
    let left = stream.whole(1, 2);
    let line = loop {
        let line = Line::drawn(&mut stream, [2 * left, left]);
        if line.cycle(LARGEST * line.threshold).multiplier() < -1.2 {
            break line;
        }
    };
    Ok(Doubled { line, multipliers: [stream.uniform(-0.95, -0.85), stream.uniform(-1.002, -1.001)] })
}

/// How far the cycle of two is followed, over 2/L''.
const LARGEST: f64 = 1.7;

/// Period doubling. Two steps from the upper point of the cycle are again a map with a fixed point, whose slope passes
/// -1. Here η is where the multiplier has a given value, by bisection.
fn period_doubling(doubled: &Doubled, claims: &mut Claims) {
    let Doubled { line, multipliers: [before, after] } = doubled;
    let Line { name, threshold, .. } = line;
    let eta_where = |multiplier: f64| {
        bisect(|eta| line.cycle(eta).multiplier() - multiplier, 1.02 * threshold, LARGEST * threshold)
    };
    let doubling = eta_where(-1.0);
    let eta = eta_where(*before);
    claims.equal(
        format!("{name}multiplier of the cycle of two, η = {eta:.4}, before it is -1 at {doubling:.4}"),
        seen_multiplier(line, eta, &line.cycle(eta)),
        *before,
        Slack::rounding(64.0 * line.points.count() as f64, threshold.max(1.0)),
    );
    let eta = eta_where(*after);
    let cycle = line.cycle(eta);
    let mut g = cycle.two_steps.map(|coefficient| -coefficient);
    g[1] += 1.0;
    let law = CycleLaw::of(&g);
    // The cycle of four attracts by 1 - 4 (-1 - multiplier), to first order.
    let settled = 4 * repetitions(1e-17, 5.0 + 4.0 * after);
    let start = cycle.at[0] + 0.05 * cycle.half_width();
    let w = line.run(eta, start, &[0, 2, 4].map(|k| settled + k));
    let half = 0.5 * (w[1] - w[0]);
    let rounding = || Slack::rounding(64.0 * line.points.count() as f64 / (-1.0 - after), cycle.at[0].abs().max(1.0));
    claims
        .equal(format!("{name}change of w over four steps, η = {eta:.4}"), w[2] - w[0], 0.0, rounding())
        .on("a, its change over two", half);
    let (square, beyond) = three_terms(&law.square(), law.first(2.0));
    claims.equal(
        format!("{name}a² of the cycle of four, η = {eta:.4}"),
        half * half,
        square,
        beyond + rounding().times(2.0 * half.abs()),
    );
}

// ---------------------------------------------------------------------------------------------------
// A cycle below the threshold
// ---------------------------------------------------------------------------------------------------

/// Points with S < 0, a step below 2/L'', and the start above the minimiser from which a run no longer comes to it.
struct Border {
    line: Line,
    eta: f64,
    above: f64,
}

/// Three points, and one far out that has between a tenth and a sixth of L'' at the minimiser of the three: it is what makes S
/// negative.
fn drawn_border(seed: Seed) -> Result<Border> {
    let mut stream = seed.stream("max-margin", "threshold-is-local");
    let mut near: Vec<[f64; 1]> = [1.0, 1.0, -1.0].map(|sign| [sign * stream.uniform(0.85, 1.15)]).into();
    let three = Line::new("", Points::from_rows(&near));
    let share = stream.uniform(0.1, 0.16);
    let curvature = |x: f64| slope(&Points::from_rows(&[[x]]), three.minimiser)[1];
    let wanted = share / (1.0 - share) * 2.0 / three.threshold;
    near.push([bisect(|x| curvature(x) - wanted, 3.0 / three.minimiser, 30.0 / three.minimiser)]);
    let line = Line::new("", Points::from_rows(&near));
    // So near the threshold that the fourth term of a² is a thousandth of it.
    let share_of_fourth = |eta: f64| {
        let (square, fourth) = three_terms(&line.law.square(), line.law.first(2.0 / eta));
        fourth.total() / (2.0 * square)
    };
    let mut below = stream.uniform(0.002, 0.005);
    while share_of_fourth(line.threshold * (1.0 - below)) > 1e-3 {
        below *= 0.7;
    }
    let eta = line.threshold * (1.0 - below);
    let cycle = line.cycle(eta);
    // A start next to the border takes long to leave it, and between the points of the cycle a step at the minimiser has a
    // factor near -1.
    let steps = 2 * repetitions(1e-17, 1.0 / cycle.multiplier()) + repetitions(1e-3, 1.0 - 2.0 * eta / line.threshold);
    let record: Vec<u64> = (0..=steps).collect();
    let half = cycle.half_width();
    // Negative if the run comes near the minimiser, positive if it leaves the cycle first.
    let leaves = |start: f64| {
        let distances = line.run(eta, start, &record).into_iter().map(|w| (w - line.minimiser).abs());
        let event = distances.into_iter().find(|distance| *distance < 0.1 * half || *distance > 1.6 * half);
        event.map_or(f64::NAN, |distance| distance - half)
    };
    let above = bisect(leaves, line.minimiser + 0.5 * half, line.minimiser + 1.4 * half);
    Ok(Border { line, eta, above })
}

/// The threshold is local. Below 2/L'' a short distance from the minimiser shrinks; beyond the cycle it does not.
fn threshold_is_local(border: &Border, claims: &mut Claims) {
    let Border { line, eta, above } = border;
    let cycle = line.cycle(*eta);
    let rounding =
        || Slack::rounding(64.0 * line.points.count() as f64 / (cycle.multiplier() - 1.0), cycle.at[0].abs().max(1.0));
    claims.equal(
        format!("last start that comes to argmin L, η = {eta:.4}, {:.4} of 2/L''", eta / line.threshold),
        *above,
        cycle.at[0],
        rounding(),
    );
    let first = line.law.first(2.0 / eta);
    let [(square, of_square), (middle, of_middle)] =
        [line.law.square(), line.law.middle()].map(|law| three_terms(&law, first));
    claims.equal(
        "its distance from argmin L, against the first three terms of a and m",
        above - line.minimiser,
        square.sqrt() + middle,
        // An error of a² is one of a, over 2a.
        of_square.times(0.5 / square.sqrt()) + of_middle + rounding(),
    );
}
