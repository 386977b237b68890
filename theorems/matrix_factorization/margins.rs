//! The last row of the table of vectors and spectra: the maximum margin, under an exponential loss.
//!
//! L = Σ_n e^-<A_n, X> with A_n = Q diag(a_n) Q' and X = UU' from U = αI, beside L = Σ_n e^-(a_n·w) with w = u ∘ u from u = α.
//! By the clock s with ds = 4L dt both obey (log w_i)' = Σ_n p_n a_ni with the shares p_n = e^(-m_n)/L of the margins m_n.

use faer::Mat;

use super::commuting::Commuting;
use super::identities::{TIGHT, singular_values};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Ode, Part};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{dot, exp, largest, ln, log_sum_exp, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "margins-of-spectra",
    says: "Let L = Σ_n e^(-m_n) with m_n = <A_n, X> be the loss of two measurements that commute, and let the largest margin γ \
           for |X|_* = 1 be positive and, among the X with the eigenvectors of the measurements, attained by one alone, \
           of whose eigenvalues two are \
           positive and the others 0, with dual shares π both positive. Then \
           X = UU' from αI and its counterpart w = u² from α come to this margin, that of the l1 norm for w: log(1/L) is γ times the \
           trace, less γ Σ (1 - κ_i)λ_i and the entropy of π, and the other λ_i go like the power κ_i < 1 of the trace, \
           with a constant in α^(2(1 - κ_i)).",
    kind: Kind::Refinement,
    standing: Standing::Formal,
    notes: &["N17"],
    claims: |lab, c| margins_of_spectra(&*lab.run(classified)?, c),
}];

/// U̇ = 1/2 Σ p_n A_n U, U row after row. A vector u is a U of one column, with A_n = diag(a_n).
struct ExponentialLoss {
    matrices: Vec<Vec<f64>>,
    columns: usize,
    alpha: f64,
}

impl ExponentialLoss {
    /// A U.
    fn product(&self, a: &[f64], u: &[f64]) -> Vec<f64> {
        let rows = u.len() / self.columns;
        let (i, j) = (|k: usize| k / self.columns, |k: usize| k % self.columns);
        (0..u.len()).map(|k| (0..rows).map(|l| a[i(k) * rows + l] * u[l * self.columns + j(k)]).sum()).collect()
    }

    /// -<A_n, UU'>.
    fn log_losses(&self, u: &[f64]) -> Vec<f64> {
        self.matrices.iter().map(|a| -dot(&self.product(a, u), u)).collect()
    }
}

impl Ode for ExponentialLoss {
    fn dim(&self) -> usize {
        self.columns * N
    }

    fn rate(&self, _: f64, u: &[f64], du: &mut [f64]) {
        let logs = self.log_losses(u);
        let log_loss = log_sum_exp(logs.iter().copied());
        du.fill(0.0);
        for (a, log) in self.matrices.iter().zip(&logs) {
            let half_share = 0.5 * exp(log - log_loss);
            du.iter_mut().zip(self.product(a, u)).for_each(|(du, product)| *du += half_share * product);
        }
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: self.dim(), scale: self.alpha }]
    }
}

/// Coordinates, or eigenvalues.
const N: usize = 4;
/// [`Planted::both_pull`] takes λ_1 = 1 for the moment at which m_1 is felt. It may be two units of log λ_1 later, which grows at a rate
/// of .85 or more, and λ_2 needs as long again at most to catch up: 4.7 together.
const SETTLED: f64 = 5.0;

/// Two measurements whose largest margin is planted: Σ π_n a_n = γ (1, 1, κ_3, κ_4), and a_1 - a_2 = apart.
struct Planted {
    gamma: f64,
    shares: [f64; 2],
    kappa: [f64; N],
    apart: [f64; N],
}

/// Where a flow has come: the weights or eigenvalues λ, and log 1/L.
struct Reached {
    lambda: Vec<Quantity>,
    log_inverse_loss: Quantity,
    /// max |q_i'X q_j|, i ≠ j, of a matrix.
    beside: Option<Quantity>,
}

pub(super) struct Classified {
    planted: Planted,
    alpha: f64,
    /// Σ π_n A_n, row after row.
    dual: Vec<f64>,
    sides: [(&'static str, Reached); 2],
}

impl Planted {
    /// a_n, with Σ π_n a_n and a_1 - a_2 as they are planted.
    fn spectra(&self) -> Vec<Vec<f64>> {
        let [first, second] = self.shares;
        let spectrum = |by: f64| (0..N).map(|i| self.gamma * self.kappa[i] + by * self.apart[i]).collect();
        vec![spectrum(second), spectrum(-first)]
    }

    /// The s from which on both pull, but for [`SETTLED`]. Shares of one half each last until λ_1 has grown from α² to 1; then m_1 leads,
    /// the second pulls alone, and λ_2 catches up.
    fn both_pull(&self, alpha: f64) -> f64 {
        let [first, second] = self.shares;
        let lead = 0.5 * (second - first);
        let halves = -2.0 * ln(alpha) / (self.gamma + lead * self.apart[0]);
        halves * (1.0 + lead / first)
    }

    /// λ*, of which Σ λ* = 1 and both margins are γ.
    fn optimum(&self) -> [f64; 2] {
        let [first, second, ..] = self.apart;
        [-second / (first - second), first / (first - second)]
    }

    /// The i-th column of the measurements as a combination of the first two.
    fn combination(&self, i: usize) -> [f64; 2] {
        let [first, second, ..] = self.apart;
        let of_first = (self.apart[i] - self.kappa[i] * second) / (first - second);
        [of_first, self.kappa[i] - of_first]
    }
}

/// The flow from α by its clock until `end`, and what is seen along the axes.
fn reach(matrices: Vec<Vec<f64>>, axes: &[Vec<f64>], columns: usize, alpha: f64, end: f64) -> Result<Reached> {
    let ode = ExponentialLoss { matrices, columns, alpha };
    let start: Vec<f64> = match columns {
        1 => vec![alpha; N],
        _ => (0..N * N).map(|k| if k / N == k % N { alpha } else { 0.0 }).collect(),
    };
    let run = |tolerance| dormand_prince(&ode, 0.0, &start, &[end], tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let sides = |u: &[f64]| -> Vec<Vec<f64>> {
        let side = |q: &Vec<f64>| (0..columns).map(|j| (0..N).map(|i| q[i] * u[i * columns + j]).sum()).collect();
        axes.iter().map(side).collect()
    };
    let of_sides = |u: &[f64], i: usize, j: usize| dot(&sides(u)[i], &sides(u)[j]);
    let (u, rough) = (&fine.states[0], &coarse.states[0]);
    let trace = dot(u, u);
    // U, of length √tr X, is rounded by as much against a row of length √λ_i.
    let measure = |of: &dyn Fn(&[f64]) -> f64, size: f64| {
        Quantity::new(of(u), Slack::integration(of(u) - of(rough)) + Slack::rounding(2.0 * fine.roundings[0], size))
    };
    let lambda = |i: usize| measure(&|u| of_sides(u, i, i), (trace * of_sides(u, i, i)).sqrt());
    let pairs = || (0..N).flat_map(|i| (0..i).map(move |j| (i, j)));
    let beside = |u: &[f64]| largest(pairs().map(|(i, j)| of_sides(u, i, j)));
    Ok(Reached {
        lambda: (0..N).map(lambda).collect(),
        log_inverse_loss: measure(&|u| -log_sum_exp(ode.log_losses(u).into_iter()), trace),
        beside: (columns > 1).then(|| measure(&beside, trace)),
    })
}

pub(super) fn classified(seed: Seed) -> Result<Classified> {
    let stream = &mut seed.stream("matrix-factorization", "margins");
    let share = stream.uniform(0.25, 0.4);
    let planted = Planted {
        gamma: stream.uniform(0.8, 1.2),
        shares: [share, 1.0 - share],
        kappa: [1.0, 1.0, stream.uniform(0.35, 0.45), stream.uniform(0.15, 0.3)],
        apart: [
            stream.uniform(0.5, 0.8),
            stream.uniform(-0.8, -0.5),
            stream.uniform(0.2, 0.5),
            stream.uniform(-0.5, -0.2),
        ],
    };
    let alpha = exp(stream.uniform(-3.5, -1.5));
    let size = exp(stream.uniform(7.0, 8.0));
    // Of the first two log(λ_i/α²) is γs, but for its constant.
    let end = (ln(size / (alpha * alpha)) / planted.gamma).max(planted.both_pull(alpha) + SETTLED);
    let first = stream.normals(N);
    let basis = orthonormal_basis(&first, stream);
    let spectra = planted.spectra();
    let coordinates: Vec<Vec<f64>> = (0..N).map(|i| (0..N).map(|j| f64::from(i == j)).collect()).collect();
    let on = |basis: Vec<Vec<f64>>| Commuting { basis, spectra: spectra.clone(), values: vec![] }.matrices();
    let matrices = on(basis.clone());
    let [first, second] = planted.shares;
    let dual = matrices[0].iter().zip(&matrices[1]).map(|(a, b)| first * a + second * b).collect();
    let sides = [
        ("weights", reach(on(coordinates.clone()), &coordinates, 1, alpha, end)?),
        ("spectrum", reach(matrices, &basis, N, alpha, end)?),
    ];
    Ok(Classified { planted, alpha, dual, sides })
}

/// In terms of S = λ_1 + λ_2, which is as large as the run is long.
///
/// Every column of the measurements is a combination (μ_i, κ_i - μ_i) of the first two, so that λ_i/α² =
/// (λ_1/α²)^μ_i (λ_2/α²)^(κ_i - μ_i), exactly. The shares tend to π: m_1 - m_2 = Σ λ_i (a_1i - a_2i) to log(π_2/π_1), and
/// log 1/L = Σ π_n m_n - H(π) but for the relative entropy of π to the shares.
pub(super) fn margins_of_spectra(classified: &Classified, claims: &mut Claims) -> Result<()> {
    let Classified { planted, alpha, dual, sides } = classified;
    let Planted { gamma, shares: [first, second], kappa, apart } = planted;
    // No X with |X|_* = 1 has a larger margin: its least margin is at most <Σ π_n A_n, X>.
    claims.equal(
        "largest singular value of Σ π_n A_n, against γ",
        singular_values(&Mat::from_fn(N, N, |i, j| dual[i * N + j]))?[0],
        *gamma,
        // As many roundings as a decomposition has entries, and those of the entries.
        Slack::rounding((8 * N * N) as f64, *gamma),
    );
    let optimum = planted.optimum();
    let entropy = -first * ln(*first) - second * ln(*second);
    for (side, Reached { lambda, log_inverse_loss, beside }) in sides {
        let sum = lambda[0].value + lambda[1].value;
        let leading = |i: usize| {
            let [mu, rest] = planted.combination(i);
            let square = alpha * alpha;
            pow(square, 1.0 - kappa[i]) * pow(sum, kappa[i]) * pow(optimum[0], mu) * pow(optimum[1], rest)
        };
        let of_sum = |i: usize| if i < 2 { optimum[i] * sum } else { leading(i) };
        // The shares are π + (ε, -ε) as far as m_1 - m_2 = Σ λ_i (a_1i - a_2i) has to keep up with the growth of the λ_i; it
        // then is off log(π_2/π_1) by -ε/(π_1 π_2), to first order in 1/S.
        let limit = ln(second / first);
        let rate = gamma / (first * second * (0..N).map(|i| of_sum(i) * apart[i] * apart[i]).sum::<f64>());
        let growth: f64 = (2..N).map(|i| (1.0 - kappa[i]) * leading(i) * apart[i]).sum();
        let lag = rate * (limit - growth);
        let difference = limit + lag;
        // λ_1 = S(λ_1* + ξ), λ_2 = S(λ_2* - ξ), with the others at their leading terms.
        let others: f64 = (2..N).map(|i| leading(i) * apart[i]).sum();
        let per = sum * (apart[0] - apart[1]);
        let xi = (difference - others) / per;
        // λ_i over its leading term: its first correction in ξ, and the second.
        let corrected = |i: usize| {
            let [mu, rest] = planted.combination(i);
            1.0 + xi * (mu / optimum[0] - rest / optimum[1])
        };
        let beyond = |i: usize| {
            let [mu, rest] = planted.combination(i).map(f64::abs);
            let (of_first, of_second) = (xi / optimum[0], xi / optimum[1]);
            0.5 * (mu * (mu + 1.0) * of_first * of_first + rest * (rest + 1.0) * of_second * of_second)
                + mu * rest * (of_first * of_second).abs()
        };
        // The lag is of first order: its own square, what it falls by, and what the λ_i are off are of the second. By as much
        // and by the corrections of the others ξ is off.
        let next = rate * (limit.abs() + growth.abs()) * (lag.abs() + rate + xi.abs() / optimum[0].min(optimum[1]));
        let off = (next + (2..N).map(|i| (leading(i) * apart[i] * (corrected(i) - 1.0)).abs()).sum::<f64>()) / per;
        claims.equal(
            format!("{side}: λ_1/S, against λ_1* and its next terms"),
            lambda[0].clone() / sum,
            optimum[0] + xi,
            Slack::next_term(off, 2.0) + lambda[1].slack.clone().times(1.0 / sum),
        );
        let apart_by = lambda.iter().zip(apart).map(|(lambda, apart)| lambda.clone() * *apart);
        claims.equal(
            format!("{side}: m_1 - m_2, against log(π_2/π_1) and its next term"),
            apart_by.reduce(|sum, term| sum + term).expect("four terms"),
            difference,
            Slack::next_term(next, 2.0),
        );
        for i in 2..N {
            let [mu, rest] = planted.combination(i);
            let moved = (mu.abs() / optimum[0] + rest.abs() / optimum[1]) * off;
            claims.equal(
                format!("{side}: λ_{} over α^(2(1-κ)) S^κ λ_1*^μ λ_2*^(κ-μ), with its next term", i + 1),
                lambda[i].clone() / leading(i),
                corrected(i),
                Slack::next_term(beyond(i), 2.0) + Slack::next_term(moved, 2.0),
            );
        }
        let missing: f64 = (2..N).map(|i| (1.0 - kappa[i]) * leading(i) * corrected(i)).sum();
        let trace = lambda.iter().skip(1).fold(lambda[0].clone(), |sum, lambda| sum + lambda.clone());
        claims.equal(
            format!("{side}: γ tr X - log(1/L), against γ Σ (1 - κ_i)λ_i + H(π)"),
            trace * *gamma - log_inverse_loss.value,
            gamma * missing + entropy,
            log_inverse_loss.slack.clone()
                + Slack::next_term(0.5 * first * second * lag * lag, 2.0)
                + Slack::next_term(gamma * (2..N).map(|i| leading(i) * beyond(i)).sum::<f64>(), 2.0)
                + Slack::next_term(gamma * off * (2..N).map(leading).sum::<f64>(), 2.0),
        );
        if let Some(beside) = beside {
            claims
                .equal(format!("{side}: max |q_i'X q_j|, i ≠ j"), beside.clone(), 0.0, Slack::rounding(1.0, sum))
                .on("S", sum);
        }
    }
    Ok(())
}
