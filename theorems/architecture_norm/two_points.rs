//! The same two points for two architectures: a fully connected network and a diagonal one, whose norms differ.

use super::product::{Product, Rule};
use crate::homogeneous::experiments::{rank_one, sign, unit};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss_clock::{LossClock, Moment};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{UNIT_ROUNDOFF, axpy, bisect, combine, dot, exp, ln, norm, pow};
use theoremcheck::reference::max_margin::{MaxMargin, max_margin};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Control, Finding, Hypothesis, Kind, Standing, Step};

pub const HYPOTHESES: &[Hypothesis] = &[
    Hypothesis {
        id: "growing-part",
        says: "β is not negative, and in each coordinate that it uses a + b is not 0 at the start of the diagonal network: it is the part of \
               the start that grows there. (Where β_i < 0 it would be a - b.)",
        verify: |lab| {
            let least = growing_part(&lab.run(two_points)?.diagonal.start);
            Ok(Finding { holds: least > 0.0, detail: format!("|a_i + b_i| is at least {least:.3}") })
        },
        only_sufficient: None,
    },
    Hypothesis {
        id: "balanced-start",
        says: "The fully connected network starts balanced and of rank one, W_k = r u_k u_(k-1)' with unit vectors u.",
        verify: |lab| {
            let share = lab.run(two_points)?.linear.balance();
            Ok(Finding {
                holds: (share - 1.0).abs() < 64.0 * UNIT_ROUNDOFF,
                detail: format!("|w| is {share:.15} of its bound (|θ|²/D)^(D/2)"),
            })
        },
        only_sufficient: Some(
            "For almost all data whose support vectors span the space the direction tends to the same limit from every start that is not \
             critical and has a loss of at most that of w = 0 (Ji and Telgarsky 2019); the offset is another.",
        ),
    },
];

pub const CONTROLS: &[Control] = &[Control {
    without: "growing-part",
    refutes: "diagonal-takes-l1",
    on: "γ₁|w|₁ - g, g = 10000",
    says: "If b_1 = -a_1 at the start, a_1 + b_1 stays 0, and w_1 = -a_1² never becomes positive. The margin is then at most the \
           largest of the problem without this coordinate.",
    claims: |lab, c| lab.run(without_growing_part).map(|data| diagonal_takes_l1(&data, c)),
    instead: |lab, c| lab.run(without_growing_part).map(|data| coordinate_never_grows(&data, c)),
}];

pub const STEPS: &[Step] = &[
    Step {
        id: "certified-margins",
        says: "For any weights p ≥ 0 of sum one the largest margin in the norm |·| is at most |Σ p_n x_n|_*, the dual norm. On the \
               planted points the multipliers of the l2 and of the l1 problem reach the margins of ŵ and β, so that both are the \
               largest: γ₂ in the l2 norm, γ₁ in the l1 norm.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| lab.run(two_points).map(|data| certified_margins(&data, c)),
    },
    Step {
        id: "deep-linear-takes-l2",
        says: "Let a fully connected linear network of depth D ≥ 2 start balanced and of rank one on two linearly independent points, both with a \
               positive multiplier in the l2 problem, and its loss tend to 0. What the row of the first layer has outside the span of the data \
               stays; let κ be its length. Then this part of w is κ|w|^(1 - 1/D), and the offset \
               γ₂|w| - g is H + γ₂κ²|w|^(1 - 2/D)/2 up to terms of order |w|^(1 - 4/D), which fall for D < 4. If κ > 0 the direction \
               tends to that of ŵ like g^(-1/D), and the offset is bounded for D = 2 and grows for D > 2.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N21"],
        claims: |lab, c| lab.run(two_points).map(|data| deep_linear_takes_l2(&data, c)),
    },
    Step {
        id: "diagonal-takes-l1",
        says: "Let w = a b, entry by entry, on two points in space for which β = (β₁, β₂, 0), β₁, β₂ > 0, is the only solution of the l1 problem, both \
               multipliers are positive and |z| < 1 for the third entry z of Σ λ_n x_n, from a start with a + b ≠ 0 where β ≠ 0. Then a conserved \
               quantity gives w₃, w/|w|₁ tends to β/|β|₁, and γ₁|w|₁ is g + H + γ₁(|w₃| - z w₃) up to terms \
               that fall.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N21"],
        claims: |lab, c| lab.run(two_points).map(|data| diagonal_takes_l1(&data, c)),
    },
    Step {
        id: "architecture-decides",
        says: "On these two points, at the same loss, the fully connected network has come near the largest margin in l2 and the \
               diagonal one near the largest in l1. All four margins, in a network's own norm and in the other's, are those of the \
               predicted w.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N21"],
        claims: |lab, c| lab.run(two_points).map(|data| architecture_decides(&data, c)),
    },
];

/// Two points in space with both problems solved, and both flows.
pub struct TwoPoints {
    pub points: Points,
    /// The l2 problem.
    pub l2: MaxMargin,
    /// The l1 problem.
    pub l1: LeastL1,
    pub linear: Linear,
    pub diagonal: Diagonal,
}

/// min |w|₁ subject to x_n·w ≥ 1, with a dual solution: |Σ λ_n x_n| ≤ 1 in each entry.
pub struct LeastL1 {
    pub beta: Vec<f64>,
    pub lambda: Vec<f64>,
    /// 1/|β|₁.
    pub gamma: f64,
}

/// A fully connected network from a balanced start of rank one.
pub struct Linear {
    pub network: Network,
    /// The layers at the start, one after the other.
    pub start: Vec<f64>,
    /// ±κ: what the row of the first layer has across the data.
    pub outside: f64,
    pub moments: Vec<Moment>,
}

/// w = a b, entry by entry.
pub struct Diagonal {
    pub network: Product,
    /// The start that the prediction knows.
    pub start: Vec<f64>,
    pub moments: Vec<Moment>,
}

/// Where a flow is predicted to be at a loss of e^-g, while its shares move.
pub struct Late {
    pub w: Vec<f64>,
    /// The share of the first point.
    pub share: f64,
    /// w as if the shares stood still.
    still: Vec<f64>,
    /// What of the difference of the two is left out.
    left_out: f64,
}

/// A predictor with the share of the first point, and p'Kp/v'Kv of the shares p and v = (1, -1).
struct Settled {
    w: Vec<f64>,
    share: f64,
    stiffness: f64,
}

impl Late {
    /// A number that the predictor has, with what the motion of the shares leaves open of it.
    fn number(&self, of: impl Fn(&[f64]) -> f64) -> (f64, Slack) {
        let value = of(&self.w);
        (value, Slack::next_term((value - of(&self.still)) * self.left_out, 4.0))
    }
}

/// The shares move, and the margins therefore not quite alike: q_1' - q_2' is -p_1'/(p_1 p_2), by a central difference. That
/// changes the shares, and their speed in turn: a part of 1/g of the first change, which is left out.
fn moving(g: f64, settle: impl Fn(f64, f64) -> Settled) -> Late {
    let h = 1e-3;
    let speed = (settle(g * (1.0 + h), 0.0).share - settle(g * (1.0 - h), 0.0).share) / (2.0 * h * g);
    let still = settle(g, 0.0);
    let both = still.share * (1.0 - still.share);
    let moving = settle(g, -speed / both);
    let left_out = still.stiffness / both / g + h * h;
    Late { w: moving.w, share: moving.share, still: still.w, left_out }
}

const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-13 };

/// Losses e^-g at which the flows are looked at; rates are taken between the last two.
const STOPS: [f64; 4] = [10.0, 100.0, 1e3, 1e4];

pub fn l1_norm(w: &[f64]) -> f64 {
    w.iter().map(|w| w.abs()).sum()
}

/// β = (β₁, β₂, 0) and Σ λ_n x_n = (1, 1, z), and so that both points support ŵ as well.
fn plant(stream: &mut Stream) -> Result<(Points, LeastL1)> {
    let mut draw = || {
        let beta = [stream.uniform(0.2, 0.5), stream.uniform(0.2, 0.5)];
        let total = beta[0] + beta[1];
        let share = stream.uniform(0.35, 0.65);
        let lambda = [share * total, (1.0 - share) * total];
        let z = stream.uniform(0.2, 0.4) * sign(stream);
        let first = stream.uniform(1.4, 2.0) / total;
        let x = [first, (1.0 - first * beta[0]) / beta[1], stream.uniform(0.5, 1.5) * sign(stream)];
        let y: Vec<f64> = [1.0, 1.0, z].iter().zip(x).map(|(target, x)| (target - lambda[0] * x) / lambda[1]).collect();
        (Points::new(3, [&x[..], &y[..]].concat()), beta, lambda)
    };
    loop {
        let (points, beta, lambda) = draw();
        let points = points?;
        let (x, y) = (points.row(0), points.row(1));
        let gamma = 1.0 / l1_norm(&beta);
        // The nearest point of the segment to 0 is then well inside. And the flow without the first coordinate is the stiffer the
        // less margin it is left with.
        if dot(x, y) < 0.5 * dot(x, x).min(dot(y, y)) && without_first(&points) > 0.25 * gamma {
            let beta = vec![beta[0], beta[1], 0.0];
            return Ok((points, LeastL1 { beta, lambda: lambda.to_vec(), gamma }));
        }
    }
}

pub fn two_points(seed: Seed) -> Result<TwoPoints> {
    begun(seed, |_| (), &STOPS)
}

/// The same flows, looked at often.
pub fn watched(seed: Seed) -> Result<TwoPoints> {
    let stops: Vec<f64> = (0..=48).map(|k| pow(10.0, 1.0 + f64::from(k) / 16.0)).collect();
    begun(seed, |_| (), &stops)
}

/// The same, while the diagonal network starts with b_1 = -a_1, and the prediction does not know.
pub fn without_growing_part(seed: Seed) -> Result<TwoPoints> {
    begun(seed, |start| start[3] = -start[0], &STOPS)
}

fn begun(seed: Seed, from: impl Fn(&mut [f64]), stops: &[f64]) -> Result<TwoPoints> {
    let mut stream = seed.stream("architecture-norm", "two points");
    let (points, l1) = plant(&mut stream)?;
    let l2 = max_margin(&points)?;
    let linear = linear(&points, &l2, stops, &mut stream)?;
    let diagonal = diagonal(&points, from, stops, &mut stream)?;
    Ok(TwoPoints { points, l2, l1, linear, diagonal })
}

/// The unit vector across both points, in space.
fn across(points: &Points) -> Vec<f64> {
    let (x, y) = (points.row(0), points.row(1));
    let normal: Vec<f64> = (0..3).map(|i| x[(i + 1) % 3] * y[(i + 2) % 3] - x[(i + 2) % 3] * y[(i + 1) % 3]).collect();
    let length = norm(&normal);
    normal.iter().map(|n| n / length).collect()
}

fn linear(points: &Points, l2: &MaxMargin, stops: &[f64], stream: &mut Stream) -> Result<Linear> {
    let hidden: Vec<usize> =
        (1..stream.uniform(2.0, 5.0).floor() as usize).map(|_| stream.uniform(1.0, 4.0).floor() as usize).collect();
    let normal = across(points);
    // From near ŵ, with a part across the data.
    // To the digits that are the same on every processor.
    let mut row: Vec<f64> = l2.direction().iter().map(|x| f64::from(*x as f32)).collect();
    axpy(stream.uniform(0.2, 0.6) * sign(stream), &normal, &mut row);
    let length = norm(&row);
    let mut units = vec![row.iter().map(|x| x / length).collect::<Vec<f64>>()];
    units.extend(hidden.iter().map(|&size| unit(size, stream)));
    units.push(vec![1.0]);
    let size = stream.uniform(0.5, 1.1);
    let outside = size * dot(&units[0], &normal);
    let network = Network {
        architecture: Architecture::Linear { hidden },
        points: points.clone(),
        labels: vec![1.0; points.count()],
    };
    let start = rank_one(&units, size);
    let moments = LossClock::new(&network).follow(&start, stops, TIGHT)?;
    Ok(Linear { network, start, outside, moments })
}

fn diagonal(points: &Points, from: impl Fn(&mut [f64]), stops: &[f64], stream: &mut Stream) -> Result<Diagonal> {
    let network = Product { points: points.clone(), rule: Rule::Entries, depth: 2 };
    // The smaller the part that grows, the longer the flow stays where its coordinate is missing. And as long as one point pulls
    // alone and the other's margin is the larger nevertheless, the shares are not near those of β.
    let g = 0.5 * STOPS[2];
    let start = loop {
        let start: Vec<f64> = (0..network.parameters()).map(|_| stream.uniform(0.3, 0.9) * sign(stream)).collect();
        let lost = |n: usize| {
            let w = pulled_alone(&start, points.row(n), g);
            dot(points.row(1 - n), &w) < g
        };
        if growing_part(&start) > LEAST_GROWING && lost(0) && lost(1) {
            break start;
        }
    };
    let mut begun = start.clone();
    from(&mut begun);
    let moments = LossClock::new(&network).follow(&begun, stops, TIGHT)?;
    Ok(Diagonal { network, start, moments })
}

/// A diagonal network after w_i' = 2 x̄_i h_i, h_i' = 2 x̄_i w_i with h_i = (a_i² + b_i²)/2, where T is the integral of x̄: w_i is
/// w_i(0) cosh 2T_i + h_i(0) sinh 2T_i, and h_i the same the other way round. Gives w and h.
fn after(start: &[f64], time: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (a, b) = start.split_at(time.len());
    let half = |i: usize| {
        let (w, h) = (a[i] * b[i], 0.5 * (a[i] * a[i] + b[i] * b[i]));
        (0.5 * (h + w) * exp(2.0 * time[i]), 0.5 * (h - w) * exp(-2.0 * time[i]))
    };
    (0..time.len()).map(half).map(|(grows, falls)| (grows - falls, grows + falls)).unzip()
}

/// The diagonal network with x·w = g, if x pulls alone: its margin grows all the time.
fn pulled_alone(start: &[f64], x: &[f64], g: f64) -> Vec<f64> {
    let w = |tau: f64| after(start, &combine(tau, x, &[0.0; 3])).0;
    let longest = x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    // e^300 is more than any g.
    w(bisect(|tau| dot(x, &w(tau)) - g, 0.0, 150.0 / longest))
}

/// |a_i + b_i| of what is drawn.
const LEAST_GROWING: f64 = 0.05;

/// The least |a_i + b_i| of the two coordinates that β uses.
fn growing_part(theta: &[f64]) -> f64 {
    (0..2).map(|i| (theta[i] + theta[3 + i]).abs()).fold(f64::INFINITY, f64::min)
}

impl Linear {
    /// |w| at the start over (|θ|²/D)^(D/2), which it never exceeds, since |W_D .. W_1| ≤ Π |W_k|: 1 if the layers are as long as
    /// each other, of rank one, and each begins where the one before ends.
    fn balance(&self) -> f64 {
        let depth = self.network.degree() as f64;
        norm(&end_to_end(&self.network, &self.start)) / pow(dot(&self.start, &self.start) / depth, 0.5 * depth)
    }
}

impl TwoPoints {
    /// The share of the first point with which q_1' - q_2' is `unlike`, if w moves along M Σ p_n x_n: with
    /// K_nm = x_n·M x_m and v = (1, -1) that is v'Kp = unlike p'Kp. Second, p'Kp/v'Kv.
    fn share(&self, share: f64, unlike: f64, m: impl Fn(&[f64], &[f64]) -> f64) -> (f64, f64) {
        let (x, y) = (self.points.row(0), self.points.row(1));
        let (xx, xy, yy) = (m(x, x), m(x, y), m(y, y));
        let other = 1.0 - share;
        let pull = share * share * xx + 2.0 * share * other * xy + other * other * yy;
        let apart = xx - 2.0 * xy + yy;
        ((yy - xy + unlike * pull) / apart, pull / apart)
    }

    /// x_n·w at a loss of e^-g: p_n = e^(g - q_n).
    fn margins(g: f64, share: f64) -> [f64; 2] {
        [g - ln(share), g - ln(1.0 - share)]
    }

    /// The shortest vector with these margins.
    fn shortest(&self, q: [f64; 2]) -> Vec<f64> {
        let (x, y) = (self.points.row(0), self.points.row(1));
        let (xx, xy, yy) = (dot(x, x), dot(x, y), dot(y, y));
        let det = xx * yy - xy * xy;
        self.points.combination(&[(yy * q[0] - xy * q[1]) / det, (xx * q[1] - xy * q[0]) / det])
    }

    /// Of the network of linear layers. M is |w|^(2 - 2/D) (I + (D - 1) w w'/|w|²), and what the first layer's row has
    /// outside the span stays: that of w is κ|w|^(1 - 1/D).
    pub fn deep_linear_at(&self, g: f64) -> Late {
        let depth = self.linear.network.degree() as f64;
        moving(g, |g, unlike| {
            let mut settled =
                Settled { w: self.l2.w_hat.iter().map(|w| g * w).collect(), share: self.l2_share(), stiffness: 0.0 };
            for _ in 0..ROUNDS {
                let length = norm(&settled.w);
                let mut w = self.shortest(TwoPoints::margins(g, settled.share));
                axpy(self.linear.outside * pow(length, 1.0 - 1.0 / depth), &across(&self.points), &mut w);
                let square = dot(&w, &w);
                let m = |x: &[f64], y: &[f64]| dot(x, y) + (depth - 1.0) * dot(x, &w) * dot(y, &w) / square;
                let (share, stiffness) = self.share(settled.share, unlike, m);
                settled = Settled { w, share, stiffness };
            }
            settled
        })
    }

    /// Of the diagonal network, [after] T = Σ τ_n x_n. Three entries, two unknowns τ: that is the conserved quantity. Newton's
    /// method finds them from the margins, with steps of T up to 1.
    pub fn diagonal_at(&self, g: f64) -> Late {
        let (x, y) = (self.points.row(0), self.points.row(1));
        let start = &self.diagonal.start;
        moving(g, |g, unlike| {
            let mut tau = [0.0; 2];
            let mut settled = Settled { w: after(start, &[0.0; 3]).0, share: self.l1_share(), stiffness: 0.0 };
            for round in 0..2 * ROUNDS {
                let (w, h) = after(start, &self.points.combination(&tau));
                let m = |x: &[f64], y: &[f64]| (0..3).map(|i| x[i] * y[i] * h[i]).sum::<f64>();
                let [p, q] = TwoPoints::margins(g, settled.share);
                let (p, q) = (0.5 * (p - dot(x, &w)), 0.5 * (q - dot(y, &w)));
                let (xx, xy, yy) = (m(x, x), m(x, y), m(y, y));
                let det = xx * yy - xy * xy;
                let step = [(yy * p - xy * q) / det, (xx * q - xy * p) / det];
                let longest = self.points.combination(&step).iter().fold(1.0_f64, |most, t| most.max(t.abs()));
                tau = [tau[0] + step[0] / longest, tau[1] + step[1] / longest];
                // The shares are the limit's until the margins are met.
                let (share, stiffness) =
                    if round < ROUNDS { (settled.share, 0.0) } else { self.share(settled.share, unlike, m) };
                settled = Settled { w, share, stiffness };
            }
            settled
        })
    }

    /// The margin in l2 over the largest.
    pub fn l2_margin(&self, w: &[f64]) -> f64 {
        self.points.least_margin(w) / norm(w) / self.l2.gamma
    }

    /// The margin in l1 over the largest.
    pub fn l1_margin(&self, w: &[f64]) -> f64 {
        self.points.least_margin(w) / l1_norm(w) / self.l1.gamma
    }

    /// p_1 of the l2 problem.
    fn l2_share(&self) -> f64 {
        self.l2.alpha[0] / (self.l2.alpha[0] + self.l2.alpha[1])
    }

    /// p_1 of the l1 problem.
    fn l1_share(&self) -> f64 {
        self.l1.lambda[0] / (self.l1.lambda[0] + self.l1.lambda[1])
    }
}

/// Enough for the fixed points to the last bit: Newton's steps come near within ten, and then each round is a contraction by a
/// power of 1/g.
const ROUNDS: usize = 60;

/// Of the shares p from those of the limit.
fn divergence(limit: f64, share: f64) -> f64 {
    limit * ln(limit / share) + (1.0 - limit) * ln((1.0 - limit) / (1.0 - share))
}

fn entropy(share: f64) -> f64 {
    -share * ln(share) - (1.0 - share) * ln(1.0 - share)
}

/// The predictor's relative error, as the integrator left it: θ's, once for every layer.
pub(super) fn relative(depth: f64, at: &Moment) -> Slack {
    (Slack::rounding(at.roundings + 16.0, 1.0) + Slack::integration(at.integration() / norm(&at.theta))).times(depth)
}

/// The predictor of a linear network: its outputs on the unit vectors.
pub fn end_to_end(network: &Network, theta: &[f64]) -> Vec<f64> {
    let dim = network.points.dim();
    let unit = |i: usize| (0..dim).map(move |j| f64::from(i == j));
    let points = Points::new(dim, (0..dim).flat_map(unit).collect()).expect("the unit vectors");
    Network { points, labels: vec![1.0; dim], ..network.clone() }.margins(theta)
}

/// Weak duality. min x_n·w ≤ Σ p_n x_n·w ≤ |w| |Σ p_n x_n|_*.
pub fn certified_margins(data: &TwoPoints, claims: &mut Claims) {
    let certificate = &data.l2.certificate;
    claims.equal(
        "|ŵ| γ₂: margin of ŵ over the bound of its multipliers",
        certificate.lower / certificate.upper,
        1.0,
        Slack::rounding(64.0, 1.0),
    );
    let LeastL1 { beta, lambda, gamma } = &data.l1;
    let pull = data.points.combination(lambda);
    let (x, y) = (data.points.row(0), data.points.row(1));
    // Each inner product is of so many terms, of this size.
    let size = data.points.radius() * (l1_norm(beta) + l1_norm(lambda));
    let bound = pull.iter().fold(0.0_f64, |most, z| most.max(z.abs())) / l1_norm(lambda);
    let margin = dot(x, beta).min(dot(y, beta)) / l1_norm(beta);
    claims.equal("margin of β in l1 over the bound of λ", margin / bound, 1.0, Slack::rounding(32.0, 1.0 + size));
    claims.equal(
        "the bound |Σ λ_n x_n|_∞/Σ λ_n, against 1/|β|₁",
        bound,
        *gamma,
        Slack::rounding(32.0, bound * (1.0 + size)),
    );
}

/// Rate and offset in l2.
pub fn deep_linear_takes_l2(data: &TwoPoints, claims: &mut Claims) {
    let Linear { network, outside, moments, .. } = &data.linear;
    let depth = network.degree() as f64;
    let gamma = data.l2.gamma;
    let normal = across(&data.points);
    let certificate = |g: f64| Slack::certificate(data.l2.certificate.relative_gap.max(0.0) * g);
    let sine = |at: &Moment| {
        let w = end_to_end(network, &at.theta);
        Quantity::new(dot(&w, &normal).abs() / norm(&w), relative(depth, at))
    };
    for at in &moments[2..] {
        let length = norm(&end_to_end(network, &at.theta));
        let (predicted, open) = data.deep_linear_at(at.g).number(|w| gamma * norm(w));
        claims.equal(
            format!("D = {depth}: γ₂|w| - g, g = {:.0}", at.g),
            gamma * length - at.g,
            predicted - at.g,
            relative(depth, at).times(at.g) + certificate(at.g) + open,
        );
        claims.equal(
            format!("D = {depth}: |w|^(1/D) times the sine of w to the span, g = {:.0}", at.g),
            sine(at) * pow(length, 1.0 / depth),
            outside.abs(),
            Slack::rounding(64.0, *outside),
        );
    }
    let [.., from, to] = &moments[..] else { unreachable!("four stops") };
    let span = ln(to.g / from.g);
    let [early, late] = [from, to].map(|at| data.deep_linear_at(at.g));
    let (before, after) = (early.number(norm), late.number(norm));
    claims.equal(
        format!("D = {depth}: exponent in g of the sine, -1/D in the limit"),
        Quantity::exponent(sine(from), sine(to), span),
        -ln(after.0 / before.0) / span / depth,
        before.1.times(1.0 / before.0) + after.1.times(1.0 / after.0) + Slack::rounding(64.0, 1.0),
    );
    // |w|² is (γ₂ ŵ·w)² and b times 2|w|: what w has across ŵ in the span and outside of it. And γ₂² ŵ·w is g + H + KL.
    let share = data.l2_share();
    let length = norm(&late.w);
    let inside = data.shortest(TwoPoints::margins(to.g, late.share));
    let bent = dot(&inside, &inside) - pow(gamma * dot(&inside, &data.l2.w_hat), 2.0);
    let b = 0.5 * (outside * outside * pow(length, 1.0 - 2.0 / depth) + bent / length);
    claims.equal(
        format!("D = {depth}: offset by H and the part outside the span, g = {:.0}", to.g),
        gamma * norm(&end_to_end(network, &to.theta)) - to.g,
        entropy(share) + divergence(share, late.share) + gamma * (b + 0.5 * b * b / length),
        Slack::next_term(gamma * b * b * b / (2.0 * length * length), 2.0)
            + relative(depth, to).times(to.g)
            + certificate(to.g)
            + Slack::rounding(64.0, to.g),
    );
}

/// Rate and offset in l1.
pub fn diagonal_takes_l1(data: &TwoPoints, claims: &mut Claims) {
    let Diagonal { network, moments, .. } = &data.diagonal;
    let gamma = data.l1.gamma;
    for at in &moments[2..] {
        let w = network.predictor(&at.theta);
        let late = data.diagonal_at(at.g);
        let (length, open) = late.number(|w| gamma * l1_norm(w));
        claims.equal(
            format!("γ₁|w|₁ - g, g = {:.0}", at.g),
            gamma * l1_norm(&w) - at.g,
            length - at.g,
            relative(2.0, at).times(at.g) + Slack::rounding(64.0, at.g) + open,
        );
        let (third, open) = late.number(|w| w[2]);
        // An error of θ of this size, on the factors that w₃ has.
        let factors = norm(&[at.theta[2], at.theta[5]]);
        claims.equal(
            format!("w₃, g = {:.0}", at.g),
            w[2],
            third,
            relative(1.0, at).times(norm(&at.theta) * factors)
                + Slack::rounding(64.0 * ln(at.g), factors * factors)
                + open,
        );
        let apart = |w: &[f64]| (0..3).map(|i| (w[i] / l1_norm(w) - gamma * data.l1.beta[i]).abs()).fold(0.0, f64::max);
        let (off, open) = late.number(apart);
        claims.equal(
            format!("largest of |w_i/|w|₁ - β_i/|β|₁|, g = {:.0}", at.g),
            apart(&w),
            off,
            relative(4.0, at) + open,
        );
    }
    // Σ λ_n q_n is |w|₁ but for |w₃| - z w₃, and Σ p_n q_n is g + H + KL.
    let at = &moments[3];
    let w = network.predictor(&at.theta);
    let share = data.l1_share();
    let z = data.points.combination(&data.l1.lambda)[2];
    let late = data.diagonal_at(at.g);
    claims.equal(
        format!("γ₁|w|₁ - g - γ₁(|w₃| - z w₃), z = {z:.3}, g = {:.0}", at.g),
        gamma * (l1_norm(&w) - w[2].abs() + z * w[2]) - at.g,
        entropy(share) + divergence(share, late.share),
        relative(2.0, at).times(at.g) + Slack::rounding(64.0, at.g),
    );
}

/// Own norm and the other's. min q/|w| over the largest margin, in both norms, of both flows.
pub fn architecture_decides(data: &TwoPoints, claims: &mut Claims) {
    let (linear, diagonal) = (&data.linear, &data.diagonal);
    let (at, seen) = (&linear.moments[3], &diagonal.moments[3]);
    let depth = linear.network.degree() as f64;
    let runs = [
        ("fully connected", end_to_end(&linear.network, &at.theta), data.deep_linear_at(at.g), relative(depth, at)),
        ("diagonal", diagonal.network.predictor(&seen.theta), data.diagonal_at(seen.g), relative(2.0, seen)),
    ];
    // A relative error of |w| turns x_n·w by so much of the margin.
    let blown = data.points.radius() / data.l2.gamma;
    for (name, w, late, off) in &runs {
        for (norm, share) in
            [("l2", TwoPoints::l2_margin as fn(&TwoPoints, &[f64]) -> f64), ("l1", TwoPoints::l1_margin)]
        {
            let margin = |w: &[f64]| share(data, w);
            let (predicted, open) = late.number(margin);
            let slack = off.clone().times(2.0 * blown) + Slack::rounding(64.0, blown) + open;
            claims.equal(
                format!("{name}: margin in {norm} over the largest, g = {:.0}", at.g),
                margin(w),
                predicted,
                slack,
            );
            // The largest margin is passed by nobody, and nearly reached in the own norm: min q is above g.
            let rounding = Slack::rounding(64.0, blown);
            claims.at_most(format!("{name}: margin in {norm} over the largest, against 1"), margin(w), 1.0, rounding);
        }
    }
    let [(_, matrices, _, of_matrices), (_, vectors, _, of_vectors)] = &runs;
    let own = [
        ("fully connected: l2", data.l2_margin(matrices), at.g / (data.l2.gamma * norm(matrices)), of_matrices),
        ("diagonal: l1", data.l1_margin(vectors), seen.g / (data.l1.gamma * l1_norm(vectors)), of_vectors),
    ];
    for (name, share, least, off) in own {
        let slack = Slack::rounding(64.0, blown) + off.clone();
        claims.at_least(
            format!("{name}, the own norm: margin over the largest, against g/(γ|w|)"),
            share,
            least,
            slack,
        );
    }
}

/// The largest margin in l1 with w_1 = 0: a solution of the l1 problem with two constraints in two coordinates uses one of them
/// or both.
fn without_first(points: &Points) -> f64 {
    let (x, y) = (points.row(0), points.row(1));
    let det = x[1] * y[2] - x[2] * y[1];
    let alone = |i: usize| {
        let needed = (1.0 / x[i].abs()).max(1.0 / y[i].abs());
        if x[i] * y[i] > 0.0 { needed } else { f64::INFINITY }
    };
    let both = ((y[2] - x[2]) / det).abs() + ((x[1] - y[1]) / det).abs();
    1.0 / both.min(alone(1)).min(alone(2))
}

/// By convexity the largest margin over w_1 ≤ 0 is at w_1 = 0.
fn coordinate_never_grows(data: &TwoPoints, claims: &mut Claims) {
    let (x, y) = (data.points.row(0), data.points.row(1));
    let det = x[1] * y[2] - x[2] * y[1];
    let gamma = without_first(&data.points);
    let at = &data.diagonal.moments[3];
    let w = data.diagonal.network.predictor(&at.theta);
    claims
        .equal("least |a_i + b_i|, that of i = 1", growing_part(&at.theta), 0.0, Slack::rounding(1.0, norm(&at.theta)))
        .on("|θ|", norm(&at.theta));
    claims.at_most("w₁", w[0], 0.0, Slack::rounding(1.0, l1_norm(&w))).on("|w|₁", l1_norm(&w));
    // Weights p and 1 - p bound it by the larger entry of p x + (1 - p) y, which is least at an end or where both are alike.
    let bound = |p: f64| (1..3).map(|i| (p * x[i] + (1.0 - p) * y[i]).abs()).fold(0.0, f64::max);
    let alike = |sign: f64| ((sign * y[2] - y[1]) / (x[1] - y[1] - sign * (x[2] - y[2]))).clamp(0.0, 1.0);
    let weights = [0.0, 1.0, alike(1.0), alike(-1.0)];
    claims.equal(
        "largest margin in l1 without the coordinate, against the bound of weights of the points",
        gamma,
        weights.into_iter().map(bound).fold(f64::INFINITY, f64::min),
        Slack::rounding(64.0 * (1.0 + pow(data.points.radius(), 2.0) / det.abs()), gamma),
    );
    let slack = Slack::rounding(64.0 * (1.0 + (x[1] * y[2] / det).abs()), gamma);
    claims.at_most(
        "margin in l1, against the largest without the coordinate",
        data.points.least_margin(&w) / l1_norm(&w),
        gamma,
        slack + relative(2.0, at).times(data.points.radius()),
    );
}
