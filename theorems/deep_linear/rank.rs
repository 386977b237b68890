//! Where the limit has rank one and not the least nuclear norm, and how fast its second singular value vanishes with the
//! start, by depth.
//!
//! On the plateau G is -2 P_Ω(M), with singular values s_1 > s_2. At depth N ≥ 3 each σ^-(1-2/N) is linear in time, and the
//! second has moved by a fixed share of α^-(N-2) when the first is learned. What follows takes a time of order one.

use super::commuting::plateau;
use super::end_to_end::TIGHT;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::deep::{self, Layers, misfit_gradient};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{self, Factors};
use theoremcheck::flow::ode::Ode;
use theoremcheck::problem::completion::Completion;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{dot, exp, ln, norm, pow};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "whatever-the-depth",
        says: "The notes: whatever the depth, a vanishing start leads to the least nuclear norm. On [[*, 1], [1, d]], d > 1, the \
               completion of rank one has the least, and formally the limit from layers αI tends to it as α goes to 0, at depths 2, 3 \
               and 4.",
        kind: Kind::Proof,
        standing: Standing::Overstated { by: "rank-one-against-nuclear-norm" },
        notes: &["N19"],
        claims: |lab, c| {
            whatever_the_depth(&*lab.run_with(Corners::AboveOne, small_starts)?, c);
            Ok(())
        },
    },
    Step {
        id: "rank-one-against-nuclear-norm",
        says: "On [[*, 1], [1, d]], 0 < d < 1, from layers αI, X stays positive definite, at every depth and whatever α: where the \
               flow ends with f = 0 the nuclear norm is at least d + 1/d, which is more than the least, 2, by (1-d)²/d.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N19"],
        claims: |lab, c| {
            rank_one_against_nuclear_norm(&*lab.run(any_start)?, c);
            Ok(())
        },
    },
    Step {
        id: "rank-one-limit",
        says: "There, as α goes to 0, x_11 tends to 1/d and the nuclear norm to d + 1/d at depths 2, 3 and 4: rank one.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N19"],
        claims: |lab, c| {
            rank_one_limit(&*lab.run_with(Corners::BelowOne, small_starts)?, c);
            Ok(())
        },
    },
    Step {
        id: "rank-bias-against-depth",
        says: "On [[*, 1], [b, d]], b = 1 or -1, d > 0, from layers αI with α to 0 the second singular value of the limit is of order \
               α^p with p = 2(1 + b s_2/s_1) at depth 2, and K^-(N/(N-2)) α^N to leading order at depth N ≥ 3. There K = 1 + s_2/s_1 for \
               b = 1, and for b = -1 it is the limit of σ_2^-(1-2/N) as σ_1 becomes infinite, in finite time, on the flow \
               Ẋ = 2 Σ_j (XX')^((j-1)/N) P_Ω(M) (X'X)^((N-j)/N) from I.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N19"],
        claims: |lab, c| {
            lab.run(families)?.iter().for_each(|family| rank_bias_against_depth(family, c));
            Ok(())
        },
    },
    Step {
        id: "depth-at-equal-start",
        says: "Whether depth helps depends on what is held equal. From X(0) = 1e-6 I depths 3 and 4 leave a larger σ_2 than depth 2 \
               on [[*, 1], [1, d]], d from .45 to .6 or from 1.1 to 1.6, and a smaller one on [[*, 1], [-1, d]], d from .4 to .9. \
               From layers I/1000 depth 4 leaves a smaller one on both, and depth 3 a larger one only on [[*, 1], [1, d]] with d \
               from .45 to .6, where s_2/s_1 > 1/2.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N19"],
        claims: |lab, c| {
            lab.run(families)?.iter().for_each(|family| depth_at_equal_start(family, c));
            Ok(())
        },
    },
];

/// [[*, 1], [b, d]].
#[derive(Clone, Copy)]
pub(super) struct Corner {
    pub(super) b: f64,
    pub(super) d: f64,
}

impl Corner {
    pub(super) fn problem(self) -> Completion {
        Completion::from_rows(&[[None, Some(1.0)], [Some(self.b), Some(self.d)]])
    }

    /// s_1 of P_Ω(M); s_2 is its inverse, as the determinant is -b.
    pub(super) fn first(self) -> f64 {
        0.5 * ((4.0 + self.d * self.d).sqrt() + self.d)
    }

    /// s_2/s_1.
    pub(super) fn ratio(self) -> f64 {
        1.0 / (self.first() * self.first())
    }
}

/// Where the flow from layers αI ends, told by what keeps its digits.
pub(super) struct End {
    pub(super) depth: usize,
    pub(super) alpha: f64,
    pub(super) x_11: Quantity,
    pub(super) x_22: f64,
    /// log σ_2.
    pub(super) second: Quantity,
    /// log det X.
    log_det: Quantity,
    /// √f: how far the observed entries still are.
    misfit: f64,
}

/// σ_1 of a 2 × 2 matrix, from the squares of its entries and from log|det|.
fn first_singular_value(x: &[f64], log_det: f64) -> f64 {
    let (square, det) = (dot(x, x), exp(log_det));
    (0.5 * (square + ((square - 2.0 * det) * (square + 2.0 * det)).max(0.0).sqrt())).sqrt()
}

/// Σ_j log|det W_j|.
fn log_det(layers: &Layers) -> f64 {
    layers.layers().iter().map(|w| ln((w[0] * w[3] - w[1] * w[2]).abs())).sum()
}

/// The plateau, and then so long that what is slow has settled.
fn duration(corner: Corner, depth: usize, alpha: f64) -> Result<f64> {
    let plateau = match depth {
        2 => plateau(depth, alpha, corner.first()),
        _ => pow(alpha, 2.0 - depth as f64) * on_the_plateau(corner, depth)?.time,
    };
    Ok(plateau + 150.0)
}

/// log σ_2, by the determinants of the layers. Rounding is relative to the layers, whose determinants are of size α.
pub(super) fn log_second(at: &deep::Moment, alpha: f64) -> Quantity {
    let second = |layers: &Layers| log_det(layers) - ln(first_singular_value(&layers.product(), log_det(layers)));
    at.measure(at.layers.depth() as f64 * norm(&at.layers.entries) / alpha, second)
}

pub(super) fn end(corner: Corner, depth: usize, alpha: f64) -> Result<End> {
    let (problem, time) = (corner.problem(), duration(corner, depth, alpha)?);
    if depth == 2 {
        // At depth 2 the flow carries the determinant along, and α may be as small as one likes.
        let at = factors::flow(&problem, &Factors::identity(&problem, alpha), &[time], TIGHT)?.remove(0);
        let x = |f: &Factors| [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| f.entry(i, j));
        let second = |f: &Factors| f.log_det().0 - ln(first_singular_value(&x(f), f.log_det().0));
        let quantity = |(value, lost): (f64, f64)| {
            Quantity::new(value, Slack::integration(lost) + Slack::rounding(at.roundings, 4.0))
        };
        let (x_11, second) = (quantity(at.measure(|f| f.entry(0, 0))), quantity(at.measure(second)));
        let log_det = quantity(at.measure(|f| f.log_det().0));
        let (x_22, misfit) = (at.factors.entry(1, 1), at.factors.loss(&problem).sqrt());
        return Ok(End { depth, alpha, x_11, x_22, second, log_det, misfit });
    }
    let gradient = |x: &[f64]| misfit_gradient(&problem, x);
    let at = deep::flow(&Layers::identity(2, depth, alpha), &gradient, &[time], TIGHT)?.remove(0);
    let size = depth as f64 * norm(&at.layers.entries);
    let x = at.layers.product();
    Ok(End {
        depth,
        alpha,
        x_11: at.measure(size, |layers| layers.product()[0]),
        x_22: x[3],
        second: log_second(&at, alpha),
        log_det: at.measure(size / alpha, log_det),
        misfit: 0.5 * norm(&gradient(&x)),
    })
}

// ---------------------------------------------------------------------------------------------------
// Rank one
// ---------------------------------------------------------------------------------------------------

/// [[*, 1], [1, d]] at depths 2, 3 and 4, and the least nuclear norm.
pub(super) struct Limit {
    corner: Corner,
    ends: Vec<End>,
    minimum: MinNuclearNorm,
}

impl Limit {
    fn new(d: f64, alphas: [f64; 3]) -> Result<Limit> {
        let corner = Corner { b: 1.0, d };
        let ends = [2, 3, 4].into_iter().zip(alphas).map(|(depth, alpha)| end(corner, depth, alpha));
        Ok(Limit { corner, ends: ends.collect::<Result<_>>()?, minimum: min_nuclear_norm(&corner.problem())? })
    }

    fn uncertainty(&self) -> Slack {
        Slack::certificate(self.minimum.norm * self.minimum.certificate.relative_gap)
            + Slack::rounding(16.0, self.minimum.norm)
    }
}

/// Where d is: rank one has the least nuclear norm above 1, and not below.
#[derive(Debug, Clone, Copy)]
pub(super) enum Corners {
    AboveOne,
    BelowOne,
}

pub(super) fn small_starts(seed: Seed, corners: Corners) -> Result<Limit> {
    let (purpose, low, high) = match corners {
        Corners::AboveOne => ("above one", 1.2, 1.8),
        Corners::BelowOne => ("below one", 0.35, 0.8),
    };
    let stream = &mut seed.stream("deep-linear", purpose);
    let d = stream.uniform(low, high);
    Limit::new(d, [stream.uniform(1e-6, 1e-5), stream.uniform(2e-3, 4e-3), stream.uniform(0.01, 0.02)])
}

pub(super) fn any_start(seed: Seed) -> Result<Limit> {
    let stream = &mut seed.stream("deep-linear", "any start");
    let d = stream.uniform(0.35, 0.8);
    Limit::new(d, [0, 1, 2].map(|_| stream.uniform(0.2, 0.7)))
}

/// x_11 is 1/d but for det X/d, and the nuclear norm d + 1/d.
fn has_rank_one(limit: &Limit, claims: &mut Claims) {
    let d = limit.corner.d;
    for End { depth, alpha, x_11, log_det, misfit, .. } in &limit.ends {
        let name = format!("d = {d:.3}, N = {depth}, α = {alpha:.1e}");
        let slack = || Slack::next_term(exp(log_det.value) / d, 2.0) + Slack::next_term(*misfit, 8.0 / d);
        claims.equal(format!("{name}: x_11"), x_11.clone(), 1.0 / d, slack() + Slack::rounding(64.0, 1.0 / d));
        // X is positive semidefinite, and x_22 = d.
        let trace = x_11.clone() + Quantity::from(d);
        claims.equal(format!("{name}: nuclear norm"), trace, d + 1.0 / d, slack() + Slack::rounding(64.0, d + 1.0 / d));
    }
}

/// For d > 1 rank one is the least nuclear norm as well.
pub(super) fn whatever_the_depth(limit: &Limit, claims: &mut Claims) {
    has_rank_one(limit, claims);
    let d = limit.corner.d;
    claims.equal(format!("d = {d:.3}: the certified minimum"), limit.minimum.norm, d + 1.0 / d, limit.uncertainty());
}

/// det X > 0 and x_22 = d, x_12 = 1 put x_11 above 1/d, by det X/d.
pub(super) fn rank_one_against_nuclear_norm(limit: &Limit, claims: &mut Claims) {
    let d = limit.corner.d;
    for End { depth, alpha, x_11, log_det, misfit, .. } in &limit.ends {
        let name = format!("d = {d:.3}, N = {depth}, α = {alpha:.2}");
        let det = exp(log_det.value);
        let slack = || {
            log_det.slack.clone().times(det / d)
                + Slack::next_term(*misfit, 8.0 / d)
                + Slack::rounding(64.0, d + 1.0 / d)
        };
        claims.equal(format!("{name}: x_11, by the determinant of the layers"), x_11.clone(), (1.0 + det) / d, slack());
        let above = x_11.clone() - (limit.minimum.norm - d);
        let least = (1.0 - d) * (1.0 - d) / d;
        claims
            .equal(
                format!("{name}: nuclear norm less the certified minimum"),
                above,
                least + det / d,
                slack() + limit.uncertainty(),
            )
            .on("of d + 1/d", d + 1.0 / d);
    }
    claims.equal(format!("d = {d:.3}: the certified minimum"), limit.minimum.norm, 2.0, limit.uncertainty());
}

/// The same data from vanishing starts.
pub(super) fn rank_one_limit(limit: &Limit, claims: &mut Claims) {
    has_rank_one(limit, claims);
}

// ---------------------------------------------------------------------------------------------------
// The second singular value
// ---------------------------------------------------------------------------------------------------

/// Ẋ = 2 Σ_j (XX')^((j-1)/N) P_Ω(M) (X'X)^((N-j)/N), 2 × 2 with det X > 0, and beside it log det X and the time t; in the
/// clock ds = σ_1^(1-2/N) dt, in which σ_1 grows exponentially.
struct Growth {
    depth: usize,
    /// 2 P_Ω(M), row after row.
    pull: [f64; 4],
}

/// σ_1, σ_2 and u_r' 2P_Ω(M) v_s.
struct Frames {
    sigma: [f64; 2],
    left: [[f64; 2]; 2],
    right: [[f64; 2]; 2],
    pulls: [[f64; 2]; 2],
}

impl Growth {
    fn frames(&self, y: &[f64]) -> Frames {
        let (x, log_det) = (&y[..4], y[4]);
        let sigma_1 = first_singular_value(x, log_det);
        let sigma = [sigma_1, exp(log_det) / sigma_1];
        // XX' has the eigenvectors at this angle; X is √(XX') times a rotation, for det X > 0.
        let (a, b, c) = (dot(&x[..2], &x[..2]), dot(&x[..2], &x[2..]), dot(&x[2..], &x[2..]));
        let angle = 0.5 * libm::atan2(2.0 * b, a - c);
        let left = [[libm::cos(angle), libm::sin(angle)], [-libm::sin(angle), libm::cos(angle)]];
        let (cos, sin) = (x[0] + x[3], x[2] - x[1]);
        let length = norm(&[cos, sin]);
        let right = left.map(|[u, v]| [(cos * u + sin * v) / length, (cos * v - sin * u) / length]);
        let pulled = |u: [f64; 2], v: [f64; 2]| {
            u[0] * (self.pull[0] * v[0] + self.pull[1] * v[1]) + u[1] * (self.pull[2] * v[0] + self.pull[3] * v[1])
        };
        Frames { sigma, left, right, pulls: left.map(|u| right.map(|v| pulled(u, v))) }
    }

    /// σ_2^-(1-2/N) and the time where σ_1 is infinite: σ_1^-(1-2/N) and σ_2^-(1-2/N) move at constant rates once the frames
    /// have settled.
    fn end(&self, y: &[f64]) -> [f64; 2] {
        let Frames { sigma, pulls, .. } = self.frames(y);
        let n = self.depth as f64;
        let [first, second] = sigma.map(|sigma| pow(sigma, -1.0 + 2.0 / n));
        let left = first / ((n - 2.0) * pulls[0][0]);
        [second - (n - 2.0) * pulls[1][1] * left, y[5] + left]
    }
}

impl Ode for Growth {
    fn dim(&self) -> usize {
        6
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let Frames { sigma, left, right, pulls } = self.frames(y);
        let n = self.depth as f64;
        let roots = sigma.map(|sigma| pow(sigma, 2.0 / n));
        let clock = roots[0] / sigma[0];
        dy.fill(0.0);
        dy[5] = clock;
        for (r, s) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            // Σ_j σ_r^(2(j-1)/N) σ_s^(2(N-j)/N), as a polynomial in the first root.
            let (mut terms, mut other) = (0.0, 1.0);
            for _ in 0..self.depth {
                terms = terms * roots[r] + other;
                other *= roots[s];
            }
            let rate = clock * terms * pulls[r][s];
            for (k, dy) in dy[..4].iter_mut().enumerate() {
                *dy += rate * left[r][k / 2] * right[s][k % 2];
            }
            if r == s {
                dy[4] += clock * n * sigma[r] / roots[r] * pulls[r][r];
            }
        }
    }
}

/// The plateau from I at depth N ≥ 3.
pub(super) struct OnThePlateau {
    /// K: σ_2^-(1-2/N) when σ_1 is infinite.
    pub(super) constant: Quantity,
    /// When that is.
    pub(super) time: f64,
}

/// Closed where P_Ω(M) is symmetric and commutes with I.
pub(super) fn on_the_plateau(corner: Corner, depth: usize) -> Result<OnThePlateau> {
    let Corner { b, d } = corner;
    let n = depth as f64;
    if b > 0.0 {
        let time = 1.0 / (2.0 * (n - 2.0) * corner.first());
        return Ok(OnThePlateau { constant: Quantity::from(1.0 + corner.ratio()), time });
    }
    plateau_from([1.0, 0.0, 0.0, 1.0], [0.0, 1.0, b, d], corner.first(), depth)
}

/// The plateau from `start`, 2 × 2 with a positive determinant, under P_Ω(M) = `pull` with the largest singular value s_1.
pub(super) fn plateau_from(start: [f64; 4], pull: [f64; 4], s_1: f64, depth: usize) -> Result<OnThePlateau> {
    let growth = Growth { depth, pull: pull.map(|entry| 2.0 * entry) };
    // By then σ_1 has grown by some e^60, and by some e^50 before: its clock is lost in rounding beside the second one.
    let unit = 1.0 / (2.0 * depth as f64 * s_1);
    let stops = [50.0 * unit, 60.0 * unit];
    let [a, b, c, d] = start;
    let run = |tolerance| dormand_prince(&growth, 0.0, &[a, b, c, d, ln(a * d - b * c), 0.0], &stops, tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let [[before, _], [last, time]] = [0, 1].map(|k| growth.end(&fine.states[k]));
    let lost = last - growth.end(&coarse.states[1])[0];
    let constant = Quantity::new(last, Slack::next_term(last - before, 1.0) + Slack::integration(lost));
    Ok(OnThePlateau { constant, time })
}

/// [[*, 1], [b, d]] at depths 2, 3 and 4.
pub(super) struct Family {
    pub(super) corner: Corner,
    /// At depth 2, from starts of 1e-16, 1e-20 and 1e-24.
    vanishing: Vec<End>,
    /// At depths 3 and 4: K, and four starts that halve.
    halving: Vec<(Quantity, Vec<End>)>,
    /// At depths 2, 3, 4 with α^N = 1e-6, and with α = 1e-3.
    equal_product: Vec<End>,
    equal_start: Vec<End>,
}

pub(super) fn families(seed: Seed) -> Result<Vec<Family>> {
    let stream = &mut seed.stream("deep-linear", "second singular value");
    let mut family = |b: f64, low: f64, high: f64| -> Result<Family> {
        let corner = Corner { b, d: stream.uniform(low, high) };
        let ends = |starts: &[(usize, f64)]| -> Result<Vec<End>> {
            starts.iter().map(|&(depth, alpha)| end(corner, depth, alpha)).collect()
        };
        let mut halving = |depth: usize, from: f64| -> Result<(Quantity, Vec<End>)> {
            let first = from * stream.uniform(0.8, 1.2);
            let starts = [1.0, 0.5, 0.25, 0.125].map(|part| (depth, part * first));
            Ok((on_the_plateau(corner, depth)?.constant, ends(&starts)?))
        };
        Ok(Family {
            corner,
            halving: vec![halving(3, 0.02)?, halving(4, 0.1)?],
            vanishing: ends(&[(2, 1e-16), (2, 1e-20), (2, 1e-24)])?,
            equal_product: ends(&[(2, 1e-3), (3, 1e-2), (4, pow(10.0, -1.5))])?,
            equal_start: ends(&[(2, 1e-3), (3, 1e-3), (4, 1e-3)])?,
        })
    };
    // s_2/s_1 is above 1/2 for d < .7, and below it for larger d.
    Ok(vec![family(1.0, 0.45, 0.6)?, family(1.0, 1.1, 1.6)?, family(-1.0, 0.4, 0.9)?])
}

/// The exponent at depth 2, and the constant at depths 3 and 4.
pub(super) fn rank_bias_against_depth(family: &Family, claims: &mut Claims) {
    let Family { corner, vanishing, halving, .. } = family;
    let Corner { b, d } = *corner;
    let name = format!("[[*, 1], [{b}, {d:.2}]]");
    let slope = |k: usize| {
        let (from, to) = (&vanishing[k], &vanishing[k + 1]);
        (to.second.clone() - from.second.clone()) / ln(to.alpha / from.alpha)
    };
    claims.equal(
        format!("{name}, N = 2: d log σ_2 / d log α, α from 1e-20 to 1e-24"),
        slope(1),
        2.0 * (1.0 + b * corner.ratio()),
        Slack::next_term(slope(1).value - slope(0).value, 1.0) + Slack::rounding(16.0, 4.0),
    );
    for (constant, ends) in halving {
        let n = ends[0].depth as f64;
        let scaled = |end: &End| {
            let value = exp(-(1.0 - 2.0 / n) * end.second.value) * pow(end.alpha, n - 2.0);
            Quantity::new(value, end.second.slack.clone().times(value * (1.0 - 2.0 / n)))
        };
        // K + c α^(N-2) + .., and then α^N if the frames are right from the start, else what is left of their turning.
        let next = if b > 0.0 { n } else { n - 2.0 + 1.0 - corner.ratio() };
        claims.equal(
            format!("{name}, N = {n}, α = {:.1e}: σ_2^-(1-2/N) α^(N-2), extrapolated", ends[3].alpha),
            extrapolated(ends.iter().map(scaled).collect(), [n - 2.0, next]),
            constant.value,
            constant.slack.clone() + Slack::rounding(16.0, constant.value),
        );
    }
}

/// The limit of what differs from it by multiples of α^p, α^p' and higher powers, at four starts that halve: two rounds of
/// Richardson's extrapolation. What the second round removes is of the order of all that remains; at two places, for in
/// one it may cancel.
pub(super) fn extrapolated(values: Vec<Quantity>, [p, next]: [f64; 2]) -> Quantity {
    let round = |values: &[Quantity], p: f64| -> Vec<Quantity> {
        let part = pow(0.5, p);
        values.windows(2).map(|pair| (pair[1].clone() - pair[0].clone() * part) / (1.0 - part)).collect()
    };
    let first = round(&values, p);
    let second = round(&first, next);
    let removed = |k: usize| (second[k].value - first[k + 1].value).abs();
    let left = removed(1) + pow(0.5, next) * removed(0);
    second[1].clone().with(Slack::next_term(left, 1.0))
}

/// log σ_2 at depths 3 and 4 less that at depth 2: its sign.
pub(super) fn depth_at_equal_start(family: &Family, claims: &mut Claims) {
    let Family { corner, equal_product, equal_start, .. } = family;
    let Corner { b, d } = *corner;
    for end in equal_product {
        let (name, depth) = (format!("[[*, 1], [{b}, {d:.2}]]"), end.depth);
        claims.equal(
            format!("{name}, N = {depth}: α^N"),
            pow(end.alpha, depth as f64),
            1e-6,
            Slack::rounding(32.0, 1e-6),
        );
    }
    let mut compare = |what: &str, ends: &[End], larger: fn(usize, Corner) -> bool| {
        for end in &ends[1..] {
            let more = end.second.clone() - ends[0].second.clone();
            let what = format!("[[*, 1], [{b}, {d:.2}]], {what}: log σ_2 at depth {} less that at depth 2", end.depth);
            let claim = match larger(end.depth, *corner) {
                true => claims.at_least(what, more, 0.0, Slack::rounding(16.0, 100.0)),
                false => claims.at_most(what, more, 0.0, Slack::rounding(16.0, 100.0)),
            };
            claim.on("1", 1.0);
        }
    };
    compare("α^N = 1e-6", equal_product, |_, corner| corner.b > 0.0);
    compare("α = 1e-3", equal_start, |depth, corner| corner.b > 0.0 && depth == 3 && corner.ratio() > 0.5);
}
