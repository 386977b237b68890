//! How many Gaussian measurements recover a sparse vector: by the least l1 norm, by the network, by the least l2 norm.

use super::entropy::minimise;
use super::rich::log_sizes;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::interval::{QUANTILE, exact_interval};
use theoremcheck::problem::network::split;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{bisect, distance, exp, norm};
use theoremcheck::reference::least_l1::min_l1_norm;
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "sparse-recovery",
    says: "Let X be Gaussian with n rows and d columns, d from 36 to 47, and let β, which does not depend on X, have k entries of \
           size one, k the whole part of 9 to 15 percent of d, and 0 elsewhere. For n four fifths of √d above the statistical \
           dimension of the l1 norm at β, the least l1 norm recovers β more often than not, and so does the network from \
           α = 1e-32; for n as far below it the least l1 norm recovers β less often than not. The least l2 norm leaves a share of \
           |β|² that is 1 - n/d on average.",
    kind: Kind::Refinement,
    standing: Standing::Observed,
    notes: &[],
    claims: |lab, c| lab.run(recoveries).map(|recoveries| sparse_recovery(&recoveries, c)),
}];

/// The statistical dimension of the cone of descent of the l1 norm at a vector with k of d entries, or a little more, by
/// 2√(d/k) at the most: min over τ ≥ 0 of k (1 + τ²) + (d - k) √(2/π) ∫_τ^∞ (u - τ)² e^(-u²/2) du (Amelunxen, Lotz, McCoy,
/// Tropp 2014).
pub(super) fn statistical_dimension(k: usize, d: usize) -> f64 {
    let (k, rest) = (k as f64, (d - k) as f64);
    let density = |tau: f64| (2.0 / std::f64::consts::PI).sqrt() * exp(-0.5 * tau * tau);
    let tail = |tau: f64| libm::erfc(tau / 2.0_f64.sqrt());
    // Half the derivative: k τ - (d - k) √(2/π) ∫ (u - τ) e^(-u²/2).
    let slope = |tau: f64| k * tau - rest * (density(tau) - tau * tail(tau));
    let tau = bisect(slope, 0.0, 20.0);
    k * (1.0 + tau * tau) + rest * ((1.0 + tau * tau) * tail(tau) - tau * density(tau))
}

const TRIALS: usize = 48;
/// Below the dimension a share is not as near to an end, and so its interval is wider; and a trial is cheap.
const TRIALS_BELOW: usize = 96;
/// Projections are cheap, and their mean is to be known to a third of a percent.
const PROJECTIONS: usize = 6000;
/// An error of this share of |β| or less counts as recovery.
const RECOVERED: f64 = 0.01;

/// Successes in so many trials with n measurements.
pub(super) struct Share {
    pub(super) n: usize,
    pub(super) wins: usize,
    pub(super) trials: usize,
}

impl Share {
    /// An exact interval for the probability of success, at the level 1 - `delta`.
    pub(super) fn interval(&self, delta: f64) -> (f64, f64) {
        exact_interval(self.wins, self.trials, delta)
    }
}

pub(super) struct Recoveries {
    pub(super) k: usize,
    pub(super) d: usize,
    below: Share,
    above: Share,
    network: Share,
    /// The mean over many X of |β - β of least l2 norm|²/|β|², and its standard error.
    left: (f64, f64),
}

/// A Gaussian X of n rows, and y = X β for a β of k entries ±1, the first ones: the columns are alike.
fn draw(n: usize, k: usize, d: usize, stream: &mut Stream) -> Result<(Regression, Vec<f64>)> {
    let x = Points::new(d, stream.normals(n * d))?;
    let beta: Vec<f64> =
        (0..d).map(|j| if j < k { 1.0_f64.copysign(stream.uniform(-1.0, 1.0)) } else { 0.0 }).collect();
    let y = x.margins(&beta);
    Ok((Regression { x, y }, beta))
}

/// How often the least l1 norm recovers β, and if asked the network.
pub(super) fn share(
    n: usize,
    k: usize,
    d: usize,
    trials: usize,
    network: bool,
    stream: &mut Stream,
) -> Result<[Share; 2]> {
    let mut wins = [0, 0];
    for _ in 0..trials {
        let (problem, beta) = draw(n, k, d, stream)?;
        let l1 = min_l1_norm(&problem)?;
        let recovered = |found: &[f64]| distance(found, &beta) <= RECOVERED * norm(&beta);
        wins[0] += usize::from(recovered(&l1.beta));
        if network {
            let found = minimise(&problem, &log_sizes(1e-32, &vec![1.0; d]), &vec![0.0; d], &l1)?;
            wins[1] += usize::from(recovered(&found.beta));
        }
    }
    Ok(wins.map(|wins| Share { n, wins, trials }))
}

pub(super) fn recoveries(seed: Seed) -> Result<Recoveries> {
    let stream = &mut seed.stream("diagonal-network", "recovery");
    let d = stream.uniform(36.0, 48.0) as usize;
    let k = (stream.uniform(0.09, 0.15) * d as f64) as usize;
    let (at, width) = (statistical_dimension(k, d), 0.8 * (d as f64).sqrt());
    let [below, _] = share((at - width) as usize, k, d, TRIALS_BELOW, false, stream)?;
    let [above, network] = share((at + width).ceil() as usize, k, d, TRIALS, true, stream)?;
    let mut left = Vec::with_capacity(PROJECTIONS);
    for _ in 0..PROJECTIONS {
        let (problem, beta) = draw(above.n, k, d, stream)?;
        let rest = split(&problem.x, &beta).0;
        left.push(rest.iter().map(|r| r * r).sum::<f64>() / k as f64);
    }
    let count = left.len() as f64;
    let mean = left.iter().sum::<f64>() / count;
    let variance = left.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / (count - 1.0);
    Ok(Recoveries { k, d, below, above, network, left: (mean, (variance / count).sqrt()) })
}

/// Recovery. The exact intervals hold together, but for one in ten thousand; the mean of a Beta variable is exact.
pub(super) fn sparse_recovery(recoveries: &Recoveries, claims: &mut Claims) {
    let Recoveries { k, d, below, above, network, left: (mean, error) } = recoveries;
    let delta = 1e-4 / 3.0;
    let half = || Slack::next_term(0.5 * QUANTILE, 1.0);
    let of = |share: &Share| format!("{k} of {d} entries, n = {}", share.n);
    claims.at_least(
        format!("share recovered by the least l1 norm, lower end, {}", of(above)),
        above.interval(delta).0,
        0.5,
        half(),
    );
    claims.at_least(
        format!("share recovered by the network, lower end, {}", of(network)),
        network.interval(delta).0,
        0.5,
        half(),
    );
    claims.at_most(
        format!("share recovered by the least l1 norm, upper end, {}", of(below)),
        below.interval(delta).1,
        0.5,
        half(),
    );
    claims
        .equal(
            format!("mean share of |β|² that the least l2 norm leaves, {}", of(above)),
            *mean,
            1.0 - above.n as f64 / *d as f64,
            Slack::sampling(0.9999, *error),
        )
        .on("1", 1.0);
}
