//! Where the branch p > n is least.

use super::draws::{Model, model};
use super::formulas::excess_risk;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "branch-minimum",
        says: "On the branch p ≥ n + 2, at fixed |β|² = S σ², the mean excess risk |β|² (1 - n/p) + σ² n/(p - n - 1) is least at the floor \
               or the ceiling of p* = (n + 1)√S/(√S - 1), if 1 < √S ≤ n + 2; at n + 2 if √S ≥ n + 2; and it falls for ever if S ≤ 1.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| lab.run(ratios).map(|ratios| branch_minimum(&ratios, c)),
    },
    Step {
        id: "smaller-models-are-better",
        says: "The branch's minimum is not the least risk of all p, for n ≥ 3 and S > 1: the risk on it is above σ² everywhere, and at \
               fixed |β|² every p from 1 to (n - 1)/2 has a mean excess risk of at most σ².",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N23"],
        claims: |lab, c| lab.run(ratios).map(|ratios| smaller_models_are_better(&ratios, c)),
    },
];

/// A signal-to-noise ratio S, a quotient of whole numbers, so that risks are compared exactly.
pub(super) struct Ratio {
    n: u64,
    numerator: u64,
}

const DENOMINATOR: u64 = 1000;

impl Ratio {
    fn value(&self) -> f64 {
        self.numerator as f64 / DENOMINATOR as f64
    }

    /// The excess risk over σ², as a quotient: S (p - n)/p + n/(p - n - 1) above n, and p/(n - p - 1) below.
    fn risk(&self, p: u64) -> (u128, u128) {
        let (n, s, d, p) = (self.n as u128, self.numerator as u128, DENOMINATOR as u128, p as u128);
        if p < n { (p, n - p - 1) } else { (s * (p - n) * (p - n - 1) + d * n * p, d * p * (p - n - 1)) }
    }

    /// Whether the risk at `p` is below that at `q`.
    fn less(&self, p: u64, q: u64) -> bool {
        let ((a, b), (c, d)) = (self.risk(p), self.risk(q));
        a * d < c * b
    }

    /// The least of all p from n + 2 to `last` with the least risk there.
    fn least(&self, last: u64) -> u64 {
        (self.n + 2..=last).fold(self.n + 2, |best, p| if self.less(p, best) { p } else { best })
    }

    /// (n + 1)√S/(√S - 1).
    fn star(&self) -> f64 {
        let root = self.value().sqrt();
        (self.n + 1) as f64 * root / (root - 1.0)
    }

    /// The larger root of S (p - n - 1)(p - n) = p (p + 1): from there on the risk grows with p.
    fn turn(&self) -> f64 {
        let (n, s) = (self.n as f64, self.value());
        let b = s * (2.0 * n + 1.0) + 1.0;
        (b + (s * s + 2.0 * s * (2.0 * n * n + 4.0 * n + 1.0) + 1.0).sqrt()) / (2.0 * (s - 1.0))
    }
}

/// A moderate ratio, one above (n + 2)², and one below 1.
pub(super) struct Ratios {
    moderate: Ratio,
    large: Ratio,
    small: Ratio,
}

fn ratios(seed: Seed) -> Result<Ratios> {
    let mut stream = seed.stream("double-descent", "ratios");
    let n = model(seed).n as u64;
    let d = DENOMINATOR as usize;
    let mut ratio = |low: usize, high: usize| Ratio { n, numerator: stream.whole(low, high) as u64 };
    // Not where two neighbours have the same risk.
    let moderate = loop {
        let ratio = ratio(3 * d / 2, 9 * d);
        if (ratio.turn() - ratio.turn().round()).abs() > 1e-6 {
            break ratio;
        }
    };
    let square = (n as usize + 2).pow(2) * d;
    Ok(Ratios { moderate, large: ratio(square + d, 2 * square), small: ratio(d / 3, d - 50) })
}

/// Whole numbers are compared.
fn exact() -> Slack {
    Slack::rounding(1.0, 1.0)
}

/// The minimum of the branch. As a function of a real p it has one turn, p*; the risk at p + 1 is at least that at p
/// where S (p - n)(p - n - 1) ≥ p (p + 1).
fn branch_minimum(ratios: &Ratios, claims: &mut Claims) {
    let Ratios { moderate, large, small } = ratios;
    let far = |ratio: &Ratio| 100 * ratio.star().ceil() as u64;
    let least = moderate.least(far(moderate));
    let name = |ratio: &Ratio| format!("n = {}, S = {}", ratio.n, ratio.value());
    claims.equal(
        format!("p of least risk from n + 2 on, {}", name(moderate)),
        least as f64,
        moderate.turn().ceil(),
        exact(),
    );
    let (floor, ceiling) = (moderate.star().floor() as u64, moderate.star().ceil() as u64);
    let better = if moderate.less(ceiling, floor) { ceiling } else { floor };
    claims.equal(
        format!("the same, against the better of floor and ceiling of p*, {}", name(moderate)),
        least as f64,
        better as f64,
        exact(),
    );
    claims.equal(
        format!("p of least risk from n + 2 on, √S ≥ n + 2, {}", name(large)),
        large.least(100 * large.n) as f64,
        (large.n + 2) as f64,
        exact(),
    );
    let last = 100 * small.n;
    claims.equal(
        format!("number of p from n + 2 to {} with a smaller risk at p + 1, S < 1, {}", last - 1, name(small)),
        (small.n + 2..last).filter(|&p| small.less(p + 1, p)).count() as f64,
        (last - small.n - 2) as f64,
        exact(),
    );
}

/// The best of all p. At p* the risk is σ² (S + n (2√S - 1))/(n + 1), above σ² where S > 1; below n it is
/// σ² p/(n - p - 1).
fn smaller_models_are_better(ratios: &Ratios, claims: &mut Claims) {
    let ratio = &ratios.moderate;
    let (n, s) = (ratio.n as f64, ratio.value());
    let risk = |p: u64| {
        let (a, b) = ratio.risk(p);
        a as f64 / b as f64
    };
    let name = format!("n = {n}, S = {s}");
    let least = ratio.least(100 * ratio.star().ceil() as u64);
    let bound = (s + n * (2.0 * s.sqrt() - 1.0)) / (n + 1.0);
    let curve = Model::gaussian(ratio.n as usize, s, 1.0);
    claims.equal(
        format!("risk at p = {least}, over σ², as a fraction, against the curve, {name}"),
        risk(least),
        excess_risk(&curve, least as usize),
        Slack::rounding(10.0, bound),
    );
    claims.at_least(
        format!("least risk of the branch, over σ², {name}"),
        risk(least),
        bound,
        Slack::rounding(8.0, bound),
    );
    claims.at_least(format!("that bound, {name}"), bound, 1.0, Slack::rounding(8.0, 1.0));
    let half = (ratio.n - 1) / 2;
    let better = (1..=ratio.n - 2).filter(|&p| ratio.less(p, least)).count();
    claims.at_least(format!("number of p ≤ n - 2 with a smaller risk, {name}"), better as f64, half as f64, exact());
    claims.at_most(format!("risk at p = {half}, over σ², {name}"), risk(half), 1.0, Slack::rounding(2.0, 1.0));
}
