//! Draws of y = Xβ + σε, and the risks of the shortest least-squares solution on them, for many p on each draw.

use super::formulas::{
    beta_moment, excess_risk, excess_variance, inverse_trace, inverse_trace_variance, outside_variance,
};
use super::risk::{has_drawn_noise_claim, has_mean_claim};
use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{axpy, dot, norm};
use theoremcheck::reference::features::Features;
use theoremcheck::seed::{Seed, Stream};

/// How the rows of X are distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rows {
    /// N(0, I).
    Gaussian,
    /// Independent entries ±1.
    Signs,
    /// N(0, Σ) with Σ_ij = ρ^|i-j|.
    Autoregressive(f64),
}

/// How ε depends on X.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Noise {
    /// Not at all: N(0, I).
    Independent,
    /// ε_i = |x_i1| ξ_i with ξ from N(0, I): of variance 1 all the same.
    OfTheFirstFeature,
}

/// n examples of y = x·β + σε.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Model {
    pub(super) n: usize,
    /// |β|², the same at every p.
    pub(super) signal: f64,
    /// σ².
    pub(super) variance: f64,
    pub(super) rows: Rows,
    pub(super) noise: Noise,
}

impl Model {
    pub(super) const fn gaussian(n: usize, signal: f64, variance: f64) -> Model {
        Model { n, signal, variance, rows: Rows::Gaussian, noise: Noise::Independent }
    }

    /// v'Σv, the mean of (x·v)². As x = Az with x_j = ρ x_(j-1) + √(1-ρ²) z_j, it is |A'v|².
    pub(super) fn square(&self, v: &[f64]) -> f64 {
        let Rows::Autoregressive(rho) = self.rows else { return dot(v, v) };
        let (mut carried, mut sum) = (0.0, 0.0);
        for (j, v) in v.iter().enumerate().rev() {
            carried = v + rho * carried;
            sum += carried * carried * if j == 0 { 1.0 } else { 1.0 - rho * rho };
        }
        sum
    }
}

/// One draw: as many features as the largest p, the noise, and what β is a multiple of.
pub(super) struct Draw {
    pub(super) model: Model,
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) epsilon: Vec<f64>,
    directions: Vec<f64>,
}

/// The features so far, the sum of the columns times what β is a multiple of, and |X|_F².
struct Growing {
    features: Features,
    sum: Vec<f64>,
    square: f64,
}

impl Growing {
    fn new(n: usize) -> Growing {
        Growing { features: Features::new(n), sum: vec![0.0; n], square: 0.0 }
    }
}

impl Draw {
    pub(super) fn new(model: Model, largest: usize, stream: &mut Stream) -> Draw {
        let n = model.n;
        let mut epsilon = stream.many_normals(n);
        let directions = stream.many_normals(largest);
        let mut columns: Vec<Vec<f64>> = (0..largest).map(|_| stream.many_normals(n)).collect();
        match model.rows {
            Rows::Gaussian => {}
            Rows::Signs => columns.iter_mut().flatten().for_each(|x| *x = 1.0_f64.copysign(*x)),
            Rows::Autoregressive(rho) => {
                let rest = (1.0 - rho * rho).sqrt();
                for j in 1..largest {
                    let (before, after) = columns.split_at_mut(j);
                    after[0].iter_mut().zip(&before[j - 1]).for_each(|(z, x)| *z = rho * x + rest * *z);
                }
            }
        }
        if model.noise == Noise::OfTheFirstFeature {
            epsilon.iter_mut().zip(&columns[0]).for_each(|(e, x)| *e *= x.abs());
        }
        Draw { model, columns, epsilon, directions }
    }

    /// The k-th draw for a purpose: a stream of its own, so that any draw can be had again.
    pub(super) fn of(model: Model, largest: usize, seed: Seed, purpose: &str, k: usize) -> Draw {
        Draw::new(model, largest, &mut seed.stream("double-descent", &format!("{purpose} {k}")))
    }

    /// β at p features, of the length that the model gives it.
    pub(super) fn beta(&self, p: usize) -> Vec<f64> {
        let scale = self.model.signal.sqrt() / norm(&self.directions[..p]);
        self.directions[..p].iter().map(|b| scale * b).collect()
    }

    /// The first p features as a problem of its own.
    pub(super) fn problem(&self, p: usize) -> Result<Regression> {
        let entries = (0..self.model.n).flat_map(|i| self.columns[..p].iter().map(move |column| column[i]));
        let x = Points::new(p, entries.collect())?;
        let y =
            x.margins(&self.beta(p)).into_iter().zip(&self.epsilon).map(|(s, e)| s + self.model.variance.sqrt() * e);
        Ok(Regression { y: y.collect(), x })
    }

    /// What the shortest least-squares solution does with the first p features, for each p in increasing order.
    pub(super) fn risks(&self, sizes: &[usize]) -> Vec<Risks> {
        let Model { n, variance, .. } = self.model;
        let mut growing = Growing::new(n);
        let of_size = |&p: &usize| {
            let (beta, signal) = self.grow(&mut growing, p);
            let features = &mut growing.features;
            let mut w = features.least_norm(&signal);
            axpy(-1.0, &beta, &mut w);
            let of_noise = features.least_norm(&self.epsilon);
            let (bias, noise) = (self.model.square(&w), self.model.square(&of_noise));
            axpy(variance.sqrt(), &of_noise, &mut w);
            let given_x = if p.abs_diff(n) >= FINITE_VARIANCE { self.given_x(features) } else { f64::NAN };
            Risks { bias, noise, given_x, excess: self.model.square(&w), features: growing.square }
        };
        sizes.iter().map(of_size).collect()
    }

    /// The excess risk of the shortest least-squares solution with the first p features, for each p in increasing order.
    pub(super) fn excesses(&self, sizes: &[usize]) -> Vec<f64> {
        let mut growing = Growing::new(self.model.n);
        let of_size = |&p: &usize| {
            let (beta, mut y) = self.grow(&mut growing, p);
            axpy(self.model.variance.sqrt(), &self.epsilon, &mut y);
            let mut w = growing.features.least_norm(&y);
            axpy(-1.0, &beta, &mut w);
            self.model.square(&w)
        };
        sizes.iter().map(of_size).collect()
    }

    /// The features up to p; β there, and Xβ.
    fn grow(&self, growing: &mut Growing, p: usize) -> (Vec<f64>, Vec<f64>) {
        let Growing { features, sum, square } = growing;
        for j in features.count()..p {
            features.push(&self.columns[j]);
            axpy(self.directions[j], &self.columns[j], sum);
            *square += dot(&self.columns[j], &self.columns[j]);
        }
        let scale = self.model.signal.sqrt() / norm(&self.directions[..p]);
        (self.beta(p), sum.iter().map(|x| scale * x).collect())
    }

    /// The first p features.
    pub(super) fn features(&self, p: usize) -> Features {
        let mut features = Features::new(self.model.n);
        self.columns[..p].iter().for_each(|x| features.push(x));
        features
    }

    /// The mean of |X⁺ε|² over ε, given X.
    pub(super) fn given_x(&self, features: &mut Features) -> f64 {
        let Model { n, rows, noise, .. } = self.model;
        if noise == Noise::Independent && !matches!(rows, Rows::Autoregressive(_)) {
            return features.inverse_trace();
        }
        let of_example = |i: usize| {
            let mut unit = vec![0.0; n];
            unit[i] = if noise == Noise::OfTheFirstFeature { features.column(0)[i].abs() } else { 1.0 };
            self.model.square(&features.least_norm(&unit))
        };
        (0..n).map(of_example).sum()
    }
}

/// The parts of the excess risk E (x·w - x·β)² of one w, over a new x. `square` is this mean for any w - β.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Risks {
    /// Of w from y without noise.
    pub(super) bias: f64,
    /// Of X⁺ε: what noise adds, over σ².
    pub(super) noise: f64,
    /// Its mean over ε, which has a variance of its own from |n - p| = 4 on; NaN before.
    pub(super) given_x: f64,
    /// Of w itself.
    pub(super) excess: f64,
    /// |X|_F².
    pub(super) features: f64,
}

/// |n - p| from which on the risk has a variance.
pub(super) const FINITE_VARIANCE: usize = 4;

/// What many draws give at some p.
pub(super) struct Cell {
    pub(super) model: Model,
    pub(super) p: usize,
    pub(super) risks: Vec<Risks>,
}

/// The same draws at every p, which are given in increasing order, each with how many draws it needs.
pub(super) fn simulate(model: Model, sizes: &[(usize, usize)], seed: Seed, purpose: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = sizes.iter().map(|&(p, _)| Cell { model, p, risks: Vec::new() }).collect();
    for k in 0.. {
        let short = |cell: &(&mut Cell, &(usize, usize))| k < cell.1.1;
        let short: Vec<&mut Cell> = cells.iter_mut().zip(sizes).filter(short).map(|(cell, _)| cell).collect();
        let Some(largest) = short.last().map(|cell| cell.p) else { break };
        let wanted: Vec<usize> = short.iter().map(|cell| cell.p).collect();
        let risks = Draw::of(model, largest, seed, purpose, k).risks(&wanted);
        short.into_iter().zip(risks).for_each(|(cell, risks)| cell.risks.push(risks));
    }
    cells
}

impl Cell {
    /// c = |n - p|.
    pub(super) fn gap(&self) -> usize {
        self.p.abs_diff(self.model.n)
    }

    /// m = min(n, p).
    pub(super) fn smaller(&self) -> usize {
        self.p.min(self.model.n)
    }

    pub(super) fn mean(&self, of: impl Fn(&Risks) -> f64) -> f64 {
        self.risks.iter().map(of).sum::<f64>() / self.risks.len() as f64
    }

    /// A mean of so many draws, each of this variance.
    pub(super) fn sampling(&self, variance: f64) -> Slack {
        sampling(variance, self.risks.len())
    }

    /// As the texts of claims name it.
    pub(super) fn name(&self) -> String {
        format!("n = {}, p = {}", self.model.n, self.p)
    }
}

/// All claims of a seed about means of draws hold together, but for one seed in a million.
pub(super) const FAMILY: f64 = 1e-6;

/// There are no more of them than this, of which a check at length uses the second half: each is allowed its part of
/// `FAMILY` (Bonferroni). A test counts the first.
pub(super) const TESTS: usize = 80;

/// How far the mean of `trials` draws, each of this variance, may be from its expectation.
pub(super) fn sampling(variance: f64, trials: usize) -> Slack {
    Slack::sampling(1.0 - FAMILY / TESTS as f64, (variance / trials as f64).sqrt())
}

/// What a mean is to be known to: a claim that knows it to one percent is blunt.
pub(super) const SHARP: f64 = 0.009;

/// As many draws, each of this variance, as make the slack of their mean a share of `scale`.
pub(super) fn trials(variance: f64, scale: f64, share: f64) -> usize {
    let over = sampling(variance, 1).total() / (share * scale);
    (over * over).ceil() as usize
}

/// p, and as many draws as its claims need.
pub(super) fn needed(model: Model, p: usize) -> (usize, usize) {
    let Model { n, .. } = model;
    let (a, b) = (0.5 * n.min(p) as f64, 0.5 * (n.abs_diff(p) + 1) as f64);
    let share = |k: i32| beta_moment(a, b, 2 * k) - beta_moment(a, b, k) * beta_moment(a, b, k);
    let mut claimed = vec![(share(1).max(share(2)).max(outside_variance(n, p)), 1.0)];
    if has_mean_claim(n, p) {
        claimed.push((inverse_trace_variance(n, p), inverse_trace(n, p)));
        if has_drawn_noise_claim(n, p) {
            claimed.push((excess_variance(&model, p), excess_risk(&model, p)));
        }
    }
    let trials = claimed.into_iter().map(|(variance, scale)| trials(variance, scale, SHARP));
    (p, trials.max().expect("the law is claimed at every p"))
}

/// The model of one seed, with a signal above the noise.
pub(super) fn model(seed: Seed) -> Model {
    let mut stream = seed.stream("double-descent", "model");
    let n = stream.whole(17, 20);
    let variance = stream.uniform(0.5, 2.0);
    Model::gaussian(n, stream.uniform(1.7, 6.0) * variance, variance)
}

/// The purpose of the draws of [`curve`].
pub(super) const CURVE: &str = "curve";

/// Where the curve of a seed is looked at: twice below n, up to 2 away from it, and twice above.
pub(super) fn sizes(seed: Seed) -> Vec<usize> {
    let n = model(seed).n;
    let mut stream = seed.stream("double-descent", "sizes");
    let below = [stream.whole(4, 5), stream.whole(6, n - 11)];
    let above = [n + stream.whole(14, 18), stream.whole(4 * n, 4 * n + 4)];
    below.into_iter().chain(n - 2..=n + 2).chain(above).collect()
}

pub(super) fn curve(seed: Seed) -> Result<Vec<Cell>> {
    let model = model(seed);
    let sizes: Vec<(usize, usize)> = sizes(seed).into_iter().map(|p| needed(model, p)).collect();
    Ok(simulate(model, &sizes, seed, CURVE))
}

/// A larger n, with twelve p from 10 below n and 10 above it on: for a check at length.
pub(super) fn long_curve(seed: Seed) -> Result<Vec<Cell>> {
    let Model { signal, variance, .. } = model(seed);
    let mut stream = seed.stream("double-descent", "long");
    let n = stream.whole(34, 38);
    let below = (0..6).map(|k| 4 * k + 4);
    let above = (0..6).map(|k| n + 10 + 11 * k);
    let model = Model::gaussian(n, signal, variance);
    let sizes: Vec<(usize, usize)> = below.chain(above).map(|p| needed(model, p)).collect();
    Ok(simulate(model, &sizes, seed, "long curve"))
}

#[cfg(test)]
mod tests {
    use super::super::THEOREM;
    use super::*;
    use theoremcheck::claim::Term;
    use theoremcheck::evidence::check;
    use theoremcheck::lab::Lab;

    /// As many claims share the level as it is divided by, or fewer.
    #[test]
    fn the_family_is_as_large_as_it_says() {
        let evidence = check(&THEOREM, &Lab::new(Seed(4)), None, &|_| ());
        let steps = evidence.steps.iter().map(|(_, claims)| claims.as_ref().unwrap());
        let controls = evidence.controls.iter().map(|(_, broken)| &broken.as_ref().unwrap().instead);
        let sampled = |claim: &&theoremcheck::claim::Claim| {
            claim.slack.terms().iter().any(|term| matches!(term, Term::Sampling { .. }))
        };
        let count = steps.chain(controls).flatten().filter(sampled).count();
        // Seven more stand in the hypotheses.
        assert!(count + 7 <= TESTS / 2, "{count}");
    }
}
