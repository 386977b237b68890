//! The exponential loss: its slope is unbounded, and beyond some step size gradient descent diverges.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{Descent, StepRule, descend};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{bisect, exp, ln, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "repelling-cycle",
        says: "Let b/2 ≤ a ≤ 2b. On the line, with the points a and -b, the exponential loss and η < 2/L'' at its minimiser, \
               gradient descent has exactly one cycle of two, and it repels. From between its points gradient descent \
               comes to the minimiser; from beyond them it diverges.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| lab.run(two_walls).map(|cycle| repelling_cycle(&cycle, c)),
    },
    Step {
        id: "exponential-threshold",
        says: "On (p,a), (p,-b) with p > 0, b/2 < a < 2b and the exponential loss, the step size at which gradient descent begins to \
               diverge depends on the start: from (0,y), y ≠ w̃_2, it is, as p goes to 0, the step at which y lies on the \
               cycle of the points a and -b, with a known term in p²; a start further by c ŵ makes it e^c times as large.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N6"],
        claims: |lab, c| lab.run(thresholds).map(|thresholds| exponential_threshold(&thresholds, c)),
    },
];

/// The points a and -b on a line under the exponential loss, L(y) = e^(-ay) + e^(by): two walls.
#[derive(Debug, Clone, Copy)]
pub struct Walls {
    pub a: f64,
    pub b: f64,
}

/// A cycle of two of gradient descent between the walls.
pub struct Cycle {
    eta: f64,
    /// Its lower and its upper point.
    pub at: [f64; 2],
}

impl Walls {
    /// a/b is within 1/2 and 2.
    fn drawn(stream: &mut Stream) -> Walls {
        let (b, ratio) = (stream.uniform(0.4, 0.8), stream.uniform(1.3, 1.9));
        if stream.uniform(0.0, 1.0) < 0.5 { Walls { a: ratio * b, b } } else { Walls { a: b, b: ratio * b } }
    }

    /// The derivative of this order of -L' = a e^(-ay) - b e^(by).
    fn pull(&self, order: i32, y: f64) -> f64 {
        let Walls { a, b } = *self;
        let order = f64::from(order);
        a * pow(-a, order) * exp(-a * y) - b * pow(b, order) * exp(b * y)
    }

    /// L.
    fn loss(&self, y: f64) -> f64 {
        exp(-self.a * y) + exp(self.b * y)
    }

    /// L''.
    fn curvature(&self, y: f64) -> f64 {
        -self.pull(1, y)
    }

    fn minimiser(&self) -> f64 {
        ln(self.a / self.b) / (self.a + self.b)
    }

    /// The least step size at which the minimiser no longer attracts.
    pub fn repels_from(&self) -> f64 {
        2.0 / self.curvature(self.minimiser())
    }

    /// Where -L' has a value, which it has once.
    fn where_pull(&self, value: f64) -> f64 {
        let reach = 700.0 / self.a.max(self.b);
        bisect(|y| value - self.pull(0, y), -reach, reach)
    }

    /// The cycle through y: its other point has the opposite pull, and the step leads there.
    fn cycle_through(&self, y: f64) -> Cycle {
        let pull = self.pull(0, y);
        let other = self.where_pull(-pull);
        Cycle { eta: (other - y) / pull, at: [y.min(other), y.max(other)] }
    }

    /// The cycle at a step size below 2/L''.
    pub fn cycle_at(&self, eta: f64) -> Cycle {
        let reach = 100.0 / self.a.max(self.b);
        // Further out the pulls are larger and the step smaller.
        let lower =
            bisect(|y| self.cycle_through(y).eta - eta, self.minimiser() - reach, self.minimiser() - 1e-6 * reach);
        self.cycle_through(lower)
    }

    /// Gradient descent, for so many steps.
    fn run(&self, eta: f64, start: f64, steps: u64) -> Descent {
        let points = Points::from_rows(&[[self.a], [-self.b]]);
        descend(&Setup { points, loss: Loss::Exponential, start: vec![start] }, StepRule::plain(eta), &[steps])
    }

    /// The last starts below and above the minimiser from which gradient descent does not diverge, as runs tell.
    pub fn borders(&self, eta: f64) -> [f64; 2] {
        let cycle = self.cycle_at(eta);
        let steps = cycle.steps_away(self);
        let diverges = |start: f64| if self.run(eta, start, steps).overflows.is_some() { 1.0 } else { -1.0 };
        let (inside, reach) = (self.minimiser(), 2.0 * (cycle.at[1] - cycle.at[0]));
        [bisect(diverges, inside - reach, inside), bisect(diverges, inside, inside + reach)]
    }
}

impl Cycle {
    /// What a step makes of a short distance from y.
    fn factor(&self, walls: &Walls, y: f64) -> f64 {
        1.0 - self.eta * walls.curvature(y)
    }

    fn multiplier(&self, walls: &Walls) -> f64 {
        self.at.map(|y| self.factor(walls, y)).into_iter().product()
    }

    /// So many steps bring a rounding's distance from the cycle to the cycle's own size, and as many more go beyond.
    fn steps_away(&self, walls: &Walls) -> u64 {
        (2.0 * 80.0 / ln(self.multiplier(walls))).ceil() as u64 + 100
    }
}

// ---------------------------------------------------------------------------------------------------
// On the line
// ---------------------------------------------------------------------------------------------------

struct OnTheLine {
    walls: Walls,
    eta: f64,
    /// The last starts below and above the minimiser from which gradient descent does not diverge.
    borders: [f64; 2],
    /// How two steps stretch a short distance about the upper point of the cycle, and that distance.
    stretched: f64,
    distance: f64,
}

fn two_walls(seed: Seed) -> Result<OnTheLine> {
    let mut stream = seed.stream("max-margin", "repelling-cycle");
    let walls = Walls::drawn(&mut stream);
    let eta = stream.uniform(0.15, 0.9) * walls.repels_from();
    let cycle = walls.cycle_at(eta);
    // So large that the third order is far above rounding.
    let distance = 1e-3 * (cycle.at[1] - cycle.at[0]);
    let after = |start: f64| walls.run(eta, start, 2).last().w[0];
    let stretched = (after(cycle.at[1] + distance) - after(cycle.at[1] - distance)) / (2.0 * distance);
    Ok(OnTheLine { walls, eta, borders: walls.borders(eta), stretched, distance })
}

/// The cycle that repels. Where -L' has the values q and -q, a step η from one point leads to the other if η q is
/// their distance.
fn repelling_cycle(on_the_line: &OnTheLine, claims: &mut Claims) {
    let OnTheLine { walls, eta, borders, stretched, distance } = on_the_line;
    let cycle = walls.cycle_at(*eta);
    let multiplier = cycle.multiplier(walls);
    let share = eta / walls.repels_from();
    let size = cycle.at[0].abs().max(cycle.at[1].abs());
    let slopes = cycle.at.map(|y| cycle.factor(walls, y));
    // The roundings of a step, as the next one stretches them; a border is as far off as the multiplier lets it.
    let roundings = 64.0 * (1.0 + slopes[0].abs() + slopes[1].abs());
    for (name, border, predicted) in [("below", borders[0], cycle.at[0]), ("above", borders[1], cycle.at[1])] {
        claims.equal(
            format!("last start {name} that does not diverge, η = {share:.3} of 2/L'', against the cycle's point"),
            border,
            predicted,
            Slack::rounding(roundings / (1.0 - 1.0 / multiplier), size),
        );
    }
    // f(f(y)) to third order, where f' is a factor, and f'' and f''' are η times derivatives of the pull.
    let [low, high] = cycle.at;
    let [inner, outer] = [slopes[1], slopes[0]];
    let derivative = |order: i32, y: f64| eta * walls.pull(order, y);
    let third = derivative(3, low) * inner * inner * inner
        + 3.0 * derivative(2, low) * inner * derivative(2, high)
        + outer * derivative(3, high);
    let curved = third * distance * distance / 6.0;
    claims.equal(
        format!("multiplier of the cycle, η = {share:.3} of 2/L''"),
        *stretched,
        multiplier + curved,
        Slack::next_term(curved * curved / multiplier, 4.0) + Slack::rounding(roundings, size / distance),
    );
}

// ---------------------------------------------------------------------------------------------------
// In the plane
// ---------------------------------------------------------------------------------------------------

/// From (0, y) and from there further along ŵ, the step size above which gradient descent diverges.
struct Threshold {
    start: f64,
    eta: f64,
    further: f64,
}

struct Thresholds {
    walls: Walls,
    /// The coordinate p of both points along ŵ = (1/p, 0).
    along: f64,
    /// From below the minimiser of the walls and from above it.
    from: [Threshold; 2],
    /// How far along ŵ the starts are moved.
    shift: f64,
}

fn thresholds(seed: Seed) -> Result<Thresholds> {
    let mut stream = seed.stream("max-margin", "exponential-threshold");
    let walls = Walls::drawn(&mut stream);
    let along = stream.uniform(0.01, 0.02);
    let shift = stream.uniform(0.2, 0.6);
    let points = Points::from_rows(&[[along, walls.a], [along, -walls.b]]);
    let find = |start: [f64; 2], steps: u64, around: f64| {
        let diverges = |eta: f64| {
            let setup = Setup { points: points.clone(), loss: Loss::Exponential, start: start.to_vec() };
            if descend(&setup, StepRule::plain(eta), &[steps]).overflows.is_some() { 1.0 } else { -1.0 }
        };
        bisect(diverges, 0.8 * around, 1.2 * around)
    };
    let from = [-1.0, 1.0].map(|side| {
        let start = walls.minimiser() + side * stream.uniform(2.0, 3.0) / (walls.a + walls.b) * 2.0;
        let cycle = walls.cycle_through(start);
        let steps = cycle.steps_away(&walls);
        let eta = find([0.0, start], steps, cycle.eta);
        let further = find([shift / along, start], steps, exp(shift) * cycle.eta);
        Threshold { start, eta, further }
    });
    Ok(Thresholds { walls, along, from, shift })
}

/// What the threshold from (0, y) gains with p²: w grows along ŵ, and every step is shorter than the one before it. The
/// book derives it from the curve of starts that neither settle nor diverge.
fn gain(walls: &Walls, start: f64) -> f64 {
    let cycle = walls.cycle_through(start);
    let other = cycle.at[0] + cycle.at[1] - start;
    let stretched = cycle.factor(walls, other) * walls.loss(start) * walls.curvature(start) / walls.curvature(other);
    cycle.eta * cycle.eta * (walls.loss(other) - stretched) / (cycle.multiplier(walls) - 1.0)
}

/// The threshold of the exponential loss. Overshoots race against the growth of w along ŵ, which shortens every
/// step. Where w hardly grows, a run diverges if its start is beyond the cycle of the two walls.
fn exponential_threshold(thresholds: &Thresholds, claims: &mut Claims) {
    let Thresholds { walls, along, from, shift } = thresholds;
    for Threshold { start, eta, further } in from {
        let cycle = walls.cycle_through(*start);
        let multiplier = cycle.multiplier(walls);
        let first = along * along * gain(walls, *start);
        // As long as the cycle is remembered, M/(M - 1) periods, η e^(-h) falls by this share, and the gain changes with it.
        let falls = along * along * cycle.eta * (walls.loss(cycle.at[0]) + walls.loss(cycle.at[1])) * multiplier
            / (multiplier - 1.0);
        let nudge = 1e-4 * (start - walls.minimiser());
        let nearby = walls.cycle_through(start + nudge).eta;
        let sensitivity = ln(gain(walls, start + nudge) / gain(walls, *start)) / ln(nearby / cycle.eta);
        claims.equal(
            format!("threshold from (0, {start:.4}), against the cycle through it and its gain"),
            *eta,
            cycle.eta + first,
            Slack::next_term(first * falls * (1.0 + sensitivity.abs()), 2.0)
                + Slack::rounding(256.0 * multiplier / (multiplier - 1.0), cycle.eta),
        );
        claims.equal(
            format!("threshold {shift:.4} ŵ further, over that from (0, {start:.4})"),
            further / eta,
            exp(*shift),
            Slack::rounding(256.0 * multiplier / (multiplier - 1.0), exp(*shift)),
        );
    }
}
