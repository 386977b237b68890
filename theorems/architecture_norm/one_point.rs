//! One point: the whole path in closed form, for three layers or more entry by entry, and for two entry by entry or convolved.

use super::norm::{Coefficient, dual, length};
use super::product::{Product, Rule};
use super::two_points::relative;
use crate::homogeneous::experiments::sign;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss_clock::{LossClock, Moment};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{axpy, bisect, dot, exp, ln, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "start-decides",
        says: "Let w_i = u_i^D be the product of D ≥ 3 equal layers u > 0, on one point x > 0. Then all u_i^-(D-2)/x_i fall alike. \
               If one entry alone has the largest x_i u_i(0)^(D-2), the j-th, it outgrows the others, which stay bounded, so \
               that w turns to its axis. In the quasi-norm (Σ |w_i|^(2/D))^(D/2) the margin tends to x_j, and the largest is max x_i.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| {
            for depth in DEPTHS {
                start_decides(&*lab.run_with(depth, deep_entries)?, c);
            }
            Ok(())
        },
    },
    Step {
        id: "largest-coefficient-wins",
        says: "Let w be the product of two vectors, entry by entry or by circular convolution, and ŵ_k its entries or its Fourier \
               coefficients, on one point x whose largest coefficient, of size |x̂_m|, is alone (up to conjugation) and none of whose \
               others is 0, from a start with all A_k ≠ 0, A_k the sum of û_k and e^(iφ_k) conj v̂_k of the two vectors, φ_k the phase of x̂_k. Then ŵ is \
               known in closed form on the path, |ŵ_k|/|ŵ_m| falls, for k of another size, like g^-(1 - |x̂_k|/|x̂_m|) with a constant that the start gives, and the margin in the norm Σ |w_i|, or Σ |ŵ_k|/d, \
               tends to |x̂_m|, the largest.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| {
            largest_coefficient_wins(&*lab.run(entries)?, c);
            largest_coefficient_wins(&*lab.run(convolution)?, c);
            Ok(())
        },
    },
];

const TIGHT: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-13 };
/// Depths of the networks of equal layers.
pub const DEPTHS: [usize; 2] = [3, 5];
/// Losses e^-g at which the flows are looked at.
const STOPS: [f64; 3] = [100.0, 1e3, 1e4];

/// A product on one point, with its flow.
pub struct OnePoint {
    pub network: Product,
    pub start: Vec<f64>,
    pub moments: Vec<Moment>,
}

impl OnePoint {
    fn new(network: Product, start: Vec<f64>, stops: &[f64]) -> Result<OnePoint> {
        let moments = LossClock::new(&network).follow(&start, stops, TIGHT)?;
        Ok(OnePoint { network, start, moments })
    }

    fn x(&self) -> &[f64] {
        self.network.points.row(0)
    }
}

/// Three entries x_1 > x_2 > x_3 and equal layers, from a start that prefers the second or the third.
pub fn deep_entries(seed: Seed, depth: usize) -> Result<OnePoint> {
    let stream = &mut seed.stream("architecture-norm", "deep entries");
    let first = stream.uniform(0.8, 1.2);
    let second = first * stream.uniform(0.75, 0.95);
    let x = vec![first, second, second * stream.uniform(0.75, 0.95)];
    let winner = stream.uniform(1.0, 3.0).floor() as usize;
    let least = stream.uniform(0.4, 0.7);
    // x_i u_i(0)^(D-2), over that of the winner.
    let preferred = |stream: &mut Stream, i: usize| if i == winner { 1.0 } else { stream.uniform(0.4, 0.8) };
    let layer: Vec<f64> =
        (0..3).map(|i| least * pow(preferred(stream, i) * x[winner] / x[i], 1.0 / (depth as f64 - 2.0))).collect();
    let start = layer.repeat(depth);
    let network = Product { points: Points::new(3, x)?, rule: Rule::Entries, depth };
    OnePoint::new(network, start, &STOPS)
}

/// Three or four entries, the others nearly as large as the largest.
pub fn entries(seed: Seed) -> Result<OnePoint> {
    let stream = &mut seed.stream("architecture-norm", "entries");
    two_vectors(stream, Rule::Entries, [3.0, 5.0], [1.5, 1.9], &STOPS)
}

/// A signal of 4 to 6 entries.
pub fn convolution(seed: Seed) -> Result<OnePoint> {
    let stream = &mut seed.stream("architecture-norm", "convolution");
    two_vectors(stream, Rule::Convolution, [4.0, 7.0], [0.8, 1.6], &STOPS)
}

/// The same flow, looked at often.
pub fn watched_convolution(seed: Seed) -> Result<OnePoint> {
    let stream = &mut seed.stream("architecture-norm", "convolution");
    let stops: Vec<f64> = (0..=36).map(|k| pow(10.0, 1.0 + f64::from(k) / 12.0)).collect();
    two_vectors(stream, Rule::Convolution, [4.0, 7.0], [0.8, 1.6], &stops)
}

/// A point whose largest coefficient is 2 and the others between the given sizes, and a start whose growing parts are no
/// small part of it.
fn two_vectors(stream: &mut Stream, rule: Rule, dims: [f64; 2], sizes: [f64; 2], stops: &[f64]) -> Result<OnePoint> {
    let dim = stream.uniform(dims[0], dims[1]).floor() as usize;
    let coefficients = rule.coefficients(dim);
    let largest = stream.uniform(0.0, coefficients.len() as f64).floor() as usize;
    // x = Σ c_k F_k' x̂_k.
    let mut x = vec![0.0; dim];
    for (k, coefficient) in coefficients.iter().enumerate() {
        let size = if k == largest { 2.0 } else { stream.uniform(sizes[0], sizes[1]) };
        let phase = stream.normals(coefficient.rows.len());
        let by = size / norm(&phase);
        for (row, phase) in coefficient.rows.iter().zip(phase) {
            row.iter().zip(&mut x).for_each(|(f, x)| *x += coefficient.weight * by * phase * f);
        }
    }
    let start = loop {
        let start: Vec<f64> = (0..2 * dim).map(|_| stream.uniform(0.3, 0.9) * sign(stream)).collect();
        let waves = waves(&coefficients, &x, &start);
        if waves.iter().all(|wave| wave.growing > 0.2 * (wave.growing + wave.falling)) {
            break start;
        }
    };
    OnePoint::new(Product { points: Points::new(dim, x)?, rule, depth: 2 }, start, stops)
}

/// The layers when the j-th entry of each has u_j^-(D-2) = (D - 2) x_j δ: what the others have above that, they keep.
fn layer_at(data: &OnePoint, g: f64) -> Vec<f64> {
    let (x, start) = (data.x(), &data.start[..3]);
    let depth = data.network.depth as f64;
    let over = |i: usize| pow(start[i], 2.0 - depth) / x[i];
    let least = (0..3).map(over).fold(f64::INFINITY, f64::min);
    let layer = |log: f64| -> Vec<f64> {
        (0..3).map(|i| pow(x[i] * (over(i) - least + exp(log)), -1.0 / (depth - 2.0))).collect()
    };
    let margin = |log: f64| layer(log).iter().zip(x).map(|(u, x)| x * pow(*u, depth)).sum::<f64>();
    layer(bisect(|log| g - margin(log), -200.0, 50.0))
}

/// Three layers or more. The conserved differences, the entries themselves, and the margin of the limit.
fn start_decides(data: &OnePoint, claims: &mut Claims) {
    let (x, start) = (data.x(), &data.start[..3]);
    let depth = data.network.depth as f64;
    let coefficients = data.network.rule.coefficients(3);
    let over = |u: f64, i: usize| pow(u, 2.0 - depth) / x[i];
    let winner = (0..3).fold(0, |best, i| if over(start[i], i) < over(start[best], best) { i } else { best });
    let others = || (0..3).filter(|&i| i != winner);
    let largest = dual(&coefficients, x);
    let longest = (0..3).fold(0, |best, i| if x[i] > x[best] { i } else { best });
    let axis: Vec<f64> = (0..3).map(|i| f64::from(i == longest)).collect();
    claims.equal(
        format!("D = {depth}: margin in the quasi-norm of the axis of the largest entry, against max x_i"),
        data.network.points.least_margin(&axis) / length(&coefficients, depth, &axis),
        largest,
        Slack::rounding(32.0, largest),
    );
    for at in &data.moments {
        let w = data.network.predictor(&at.theta);
        let layer = layer_at(data, at.g);
        let error = relative(1.0, at).times(norm(&at.theta));
        for i in others() {
            // w^(1/D) is off by an error of θ.
            let root = Quantity::new(pow(w[i], 1.0 / depth), error.clone());
            let first = Quantity::new(pow(w[winner], 1.0 / depth), error.clone());
            let power = |u: &Quantity| {
                let slope = (depth - 2.0) * pow(u.value, 1.0 - depth);
                Quantity::new(pow(u.value, 2.0 - depth), u.slack.clone().times(slope))
            };
            claims.equal(
                format!(
                    "D = {depth}: u_{}^-(D-2)/x_{} less that of the {}., g = {:.0}",
                    i + 1,
                    i + 1,
                    winner + 1,
                    at.g
                ),
                power(&root) / x[i] - power(&first) / x[winner],
                over(start[i], i) - over(start[winner], winner),
                Slack::rounding(32.0, over(start[i], i)),
            );
            claims.equal(
                format!("D = {depth}: w_{}, g = {:.0}", i + 1, at.g),
                w[i],
                pow(layer[i], depth),
                error.clone().times(depth * pow(layer[i], depth - 1.0)) + Slack::rounding(64.0, w[i]),
            );
        }
        let quasi: f64 = pow(layer.iter().map(|u| u * u).sum(), 0.5 * depth);
        claims.equal(
            format!(
                "D = {depth}: margin in the quasi-norm over the largest, x_{} in the limit, g = {:.0}",
                winner + 1,
                at.g
            ),
            data.network.points.least_margin(&w) / length(&coefficients, depth, &w) / largest,
            at.g / quasi / largest,
            relative(2.0 * depth, at),
        );
    }
    // The others stay below their limits w̄_i, so that x_j w_j is between g - Σ x_i w̄_i and g, and the margin over x_j
    // between (1 + Σ w̄_i^(2/D) (x_j/g)^(2/D))^(-D/2) and g/(g - Σ x_i w̄_i): both tend to 1.
    let limit = |i: usize| pow(x[i] * (over(start[i], i) - over(start[winner], winner)), -depth / (depth - 2.0));
    let at = &data.moments[STOPS.len() - 1];
    let w = data.network.predictor(&at.theta);
    for i in others() {
        let slack = relative(1.0, at).times(norm(&at.theta) * depth * pow(limit(i), 1.0 - 1.0 / depth));
        claims.at_most(
            format!("D = {depth}: w_{}, against its limit, g = {:.0}", i + 1, at.g),
            w[i],
            limit(i),
            slack + Slack::rounding(64.0, limit(i)),
        );
    }
    let margin = data.network.points.least_margin(&w) / length(&coefficients, depth, &w) / x[winner];
    let rest: f64 = others().map(|i| pow(limit(i) * x[winner] / at.g, 2.0 / depth)).sum();
    claims.at_least(
        format!("D = {depth}: margin in the quasi-norm over x_{}, from below, g = {:.0}", winner + 1, at.g),
        margin,
        pow(1.0 + rest, -0.5 * depth),
        relative(2.0 * depth, at),
    );
    claims.at_most(
        format!("D = {depth}: margin in the quasi-norm over x_{}, from above, g = {:.0}", winner + 1, at.g),
        margin,
        at.g / (at.g - others().map(|i| x[i] * limit(i)).sum::<f64>()),
        relative(2.0 * depth, at),
    );
}

/// What a coefficient has at the start of A = û + e^(iφ) conj v̂, which grows like e^(|x̂|S), and of
/// B = û - e^(iφ) conj v̂, which falls: e^(-iφ) ŵ is (|A|² - |B|²)/4 + i Im(B conj A)/2.
struct Wave {
    /// c_k.
    weight: f64,
    /// |x̂|.
    rate: f64,
    /// |A|²/4.
    growing: f64,
    /// |B|²/4.
    falling: f64,
    /// Im(B conj A)/2.
    across: f64,
}

fn complex(parts: Vec<f64>) -> [f64; 2] {
    [parts[0], parts.get(1).copied().unwrap_or(0.0)]
}

fn waves(coefficients: &[Coefficient], x: &[f64], start: &[f64]) -> Vec<Wave> {
    let (u, v) = start.split_at(x.len());
    let wave = |k: &Coefficient| {
        let (x, u, v) = (complex(k.of(x)), complex(k.of(u)), complex(k.of(v)));
        let rate = norm(&x);
        // e^(iφ) conj v̂.
        let other = [(x[0] * v[0] + x[1] * v[1]) / rate, (x[1] * v[0] - x[0] * v[1]) / rate];
        let (a, b) = ([u[0] + other[0], u[1] + other[1]], [u[0] - other[0], u[1] - other[1]]);
        Wave {
            weight: k.weight,
            rate,
            growing: 0.25 * dot(&a, &a),
            falling: 0.25 * dot(&b, &b),
            across: 0.5 * (b[1] * a[0] - b[0] * a[1]),
        }
    };
    coefficients.iter().map(wave).collect()
}

impl Wave {
    /// The real and the imaginary part of e^(-iφ) ŵ at S.
    fn at(&self, s: f64) -> [f64; 2] {
        [self.growing * exp(2.0 * self.rate * s) - self.falling * exp(-2.0 * self.rate * s), self.across]
    }

    /// |û|² + |v̂|², twice that of A/2 and B/2.
    fn factors(&self, s: f64) -> f64 {
        2.0 * (self.growing * exp(2.0 * self.rate * s) + self.falling * exp(-2.0 * self.rate * s))
    }
}

/// S at which the margin is g.
fn phase_time(waves: &[Wave], g: f64) -> f64 {
    let margin = |s: f64| waves.iter().map(|wave| wave.weight * wave.rate * wave.at(s)[0]).sum::<f64>();
    bisect(|s| margin(s) - g, -50.0, 50.0)
}

/// |ŵ_k| of each coefficient at a loss of e^-g.
pub fn predicted_sizes(data: &OnePoint, g: f64) -> Vec<f64> {
    let waves = waves(&data.network.rule.coefficients(data.x().len()), data.x(), &data.start);
    let s = phase_time(&waves, g);
    waves.iter().map(|wave| norm(&wave.at(s))).collect()
}

/// What the coefficients of x and of w and the norm of w are called, and the number of the first coefficient.
fn names(rule: Rule) -> ([&'static str; 3], usize) {
    match rule {
        Rule::Entries => (["x", "w", "Σ |w_i|"], 1),
        Rule::Convolution => (["x̂", "ŵ", "Σ |ŵ_k|/d"], 0),
    }
}

/// Two vectors, one point. Every coefficient has its own rate.
fn largest_coefficient_wins(data: &OnePoint, claims: &mut Claims) {
    let (x, network) = (data.x(), &data.network);
    let coefficients = network.rule.coefficients(x.len());
    let waves = waves(&coefficients, x, &data.start);
    let top = (0..waves.len()).fold(0, |best, k| if waves[k].rate > waves[best].rate { k } else { best });
    let largest = dual(&coefficients, x);
    let ([x_hat, w_hat, sum_of_sizes], first) = names(network.rule);
    let size = |k: usize, at: &Moment| {
        let s = phase_time(&waves, at.g);
        // |ŵ| = |û||v̂|, and a coefficient of θ is off by √d errors of θ at most.
        let factors = (waves[k].factors(s) * x.len() as f64).sqrt();
        let slack = relative(1.0, at).times(norm(&at.theta) * factors) + Slack::rounding(64.0, factors * factors);
        Quantity::new(coefficients[k].size(&network.predictor(&at.theta)), slack)
    };
    let predicted = |k: usize, g: f64| norm(&waves[k].at(phase_time(&waves, g)));
    // What x has at the largest coefficient: c_m F_m' x̂_m.
    let mut alone = vec![0.0; x.len()];
    for (row, part) in coefficients[top].rows.iter().zip(coefficients[top].of(x)) {
        axpy(coefficients[top].weight * part, row, &mut alone);
    }
    claims.equal(
        format!("margin in {sum_of_sizes} of the largest coefficient of x alone, against max |{x_hat}_k|"),
        network.points.least_margin(&alone) / length(&coefficients, 2.0, &alone),
        largest,
        Slack::rounding(16.0 * (x.len() * x.len()) as f64, largest),
    );
    // The imaginary part of e^(-iφ) ŵ stays.
    let early = &data.moments[0];
    let seen = network.predictor(&early.theta);
    for (k, wave) in waves.iter().enumerate().filter(|&(k, _)| coefficients[k].rows.len() == 2) {
        let ([x, y], [u, v]) = (complex(coefficients[k].of(x)), complex(coefficients[k].of(&seen)));
        claims
            .equal(
                format!("Im e^(-iφ) ŵ_{k}, g = {:.0}", early.g),
                (x * v - y * u) / wave.rate,
                wave.across,
                size(k, early).slack,
            )
            .on("|A_k||B_k|/2", 2.0 * (wave.growing * wave.falling).sqrt());
    }
    let [.., from, to] = &data.moments[..] else { unreachable!("three stops") };
    let span = ln(to.g / from.g);
    for k in (0..waves.len()).filter(|&k| k != top) {
        let share = waves[k].rate / waves[top].rate;
        claims.equal(
            format!("|{w_hat}_{}|, g = {:.0}", k + first, to.g),
            size(k, to),
            predicted(k, to.g),
            Slack::rounding(64.0 * (1.0 + ln(to.g)), predicted(k, to.g)),
        );
        let ratio = |at: &Moment| size(k, at).ln() - size(top, at).ln();
        let law = |g: f64| ln(predicted(k, g) / predicted(top, g));
        claims.equal(
            format!(
                "exponent in g of |{w_hat}_{}|/|{w_hat}_{}|, {:.4} in the limit",
                k + first,
                top + first,
                share - 1.0
            ),
            (ratio(to) - ratio(from)) / span,
            (law(to.g) - law(from.g)) / span,
            Slack::rounding(64.0, 1.0),
        );
        // |ŵ|² = (E - ab/E)² + c² with E = a e^(2|x̂|S), so that E = |ŵ| + (2ab - c²)/(2|ŵ|) + ..
        let grown = |k: usize| {
            let Wave { growing, falling, across, .. } = waves[k];
            let w = size(k, to);
            let next = (2.0 * growing * falling - across * across) / (2.0 * w.value);
            let rest = growing * falling + across * across;
            Quantity::new(w.value + next, w.slack + Slack::next_term(rest * rest / (w.value * w.value * w.value), 4.0))
        };
        let (own, fastest) = (grown(k), grown(top));
        claims
            .equal(
                format!(
                    "{w_hat}: log of the constant, log E_{} - {share:.4} log E_{}, g = {:.0}",
                    k + first,
                    top + first,
                    to.g
                ),
                own.ln() - fastest.ln() * share,
                ln(waves[k].growing) - share * ln(waves[top].growing),
                Slack::rounding(64.0, 1.0),
            )
            .on("1", 1.0);
    }
    for at in &data.moments {
        let s = phase_time(&waves, at.g);
        let sum: f64 = waves.iter().map(|wave| wave.weight * norm(&wave.at(s))).sum();
        let w = network.predictor(&at.theta);
        claims.equal(
            format!("margin in {sum_of_sizes} over the largest, g = {:.0}", at.g),
            network.points.least_margin(&w) / length(&coefficients, 2.0, &w) / largest,
            at.g / sum / largest,
            relative(4.0 * x.len() as f64, at),
        );
    }
    // |ŵ_k| is at most E_k + F_k, F_k falls, and g = Σ c_k |x̂_k| (E_k - F_k) bounds E_m, whose powers the others are.
    let Wave { weight, rate, growing, .. } = waves[top];
    let most = (to.g + waves.iter().map(|wave| wave.weight * wave.rate * wave.falling).sum::<f64>()) / (weight * rate);
    let open = waves.iter().map(|wave| {
        let share = wave.rate / rate;
        wave.weight * ((1.0 - share) * wave.growing * pow(most / growing, share) + (1.0 + share) * wave.falling)
    });
    let w = network.predictor(&to.theta);
    claims.at_most(
        format!("|{x_hat}_{}| {sum_of_sizes} over the margin, less 1, g = {:.0}", top + first, to.g),
        rate * length(&coefficients, 2.0, &w) / network.points.least_margin(&w) - 1.0,
        open.sum::<f64>() * rate / to.g,
        relative(4.0 * x.len() as f64, to).times(rate * length(&coefficients, 2.0, &w) / to.g),
    );
}
