//! How fast a vanishing start takes hold, and where it leads: to the completion of rank one if there is one, whatever its
//! nuclear norm.
//!
//! Early on G is -2 P_Ω(M), whose singular triples s_i, p_i, r_i grow like e^(2 s_i t): when the first is of order one the
//! second is α^(1 - s_2/s_1) in the factors, and stays of that order in what the first leaves unfitted. Its share of X is
//! the square of that. On 2 × 2 data from αI the determinant of X keeps the sign of the start, so that where P_Ω(M) has a
//! negative determinant the second mode cannot grow: it decays at the rate at which it would have grown.

use super::identities::TIGHT;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, Moment, flow};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::real::{LN_10, exp, ln, pow};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};

/// The flow until what is slow has settled: log(1/α)/(2 s_1) to leave the saddle, then 150 units of time.
fn settled(problem: &Completion, start: &Factors, alpha: f64, s_1: f64) -> Result<Moment> {
    Ok(flow(problem, start, &[ln(1.0 / alpha) / (2.0 * s_1) + 150.0], TIGHT)?.remove(0))
}

/// A quantity that falls like α^p, as its logarithm, at starts that shrink by the same factor.
pub(super) struct Falling {
    pub(super) name: &'static str,
    /// The exponent predicted.
    pub(super) p: f64,
    pub(super) alphas: Vec<f64>,
    /// log|quantity| and what the integrator may have lost of it.
    pub(super) logs: Vec<(f64, f64)>,
}

impl Falling {
    /// d log|quantity| / d log α between neighbouring starts.
    fn slopes(&self) -> Vec<f64> {
        let slope = |k: usize| (self.logs[k + 1].0 - self.logs[k].0) / ln(self.alphas[k + 1] / self.alphas[k]);
        (0..self.alphas.len() - 1).map(slope).collect()
    }

    /// The last slope is p. What is still missing is less than what the last step towards smaller α changed.
    pub(super) fn falls_like(&self, claims: &mut Claims) {
        let slopes = self.slopes();
        let [.., before, last] = slopes[..] else { unreachable!("three starts at least") };
        let k = self.alphas.len() - 1;
        let factor = ln(self.alphas[k - 1] / self.alphas[k]);
        let [from, to] =
            [k - 1, k].map(|k| self.alphas[k]).map(|a| if a < 1.0 { format!("{a:.0e}") } else { a.to_string() });
        let drift = (self.logs[k].1.abs() + self.logs[k - 1].1.abs()) / factor;
        claims.equal(
            format!("{}: d log|error| / d log α, α from {from} to {to}", self.name),
            last,
            self.p,
            Slack::next_term(last - before, 1.0) + Slack::integration(drift) + Slack::rounding(1e4, 1.0 / factor),
        );
    }
}

/// s_1 ≥ s_2 of [[0, b], [c, d]]: their product is |bc|, the sum of their squares b² + c² + d².
fn singular_values_of(b: f64, c: f64, d: f64) -> [f64; 2] {
    let (sum, product) = (b * b + c * c + d * d, (b * c).abs());
    let plus = (sum + 2.0 * product).sqrt();
    let minus = (sum - 2.0 * product).sqrt();
    [0.5 * (plus + minus), 0.5 * (plus - minus)]
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Start {
    Identity,
    Lifted,
}

/// x_11 - bc/d of [[*, b], [c, d]], which is det X/d once the rest is fitted, by the law of the determinant.
/// The sign of det X is that of the start, 1 from αI, and that of det P_Ω(M) = -bc from a lifted start.
pub(super) fn determinant_error(
    name: &'static str,
    [b, c, d]: [f64; 3],
    start: Start,
    alphas: &[f64],
) -> Result<(Falling, f64, f64)> {
    let problem = Completion::from_rows(&[[None, Some(b)], [Some(c), Some(d)]]);
    let [s_1, s_2] = singular_values_of(b, c, d);
    let (predicted_sign, aligned) = match start {
        Start::Identity => (1.0, -(b * c).signum()),
        Start::Lifted => (-(b * c).signum(), 1.0),
    };
    let mut sign = f64::NAN;
    let mut logs = Vec::new();
    for &alpha in alphas {
        let factors = match start {
            Start::Identity => Factors::identity(&problem, alpha),
            Start::Lifted => Factors::lifted(&problem, alpha),
        };
        let moment = settled(&problem, &factors, alpha, s_1)?;
        logs.push(moment.measure(|factors| factors.log_det().0 - ln(d.abs())));
        sign = moment.factors.log_det().1;
    }
    Ok((Falling { name, p: 2.0 * (1.0 - aligned * s_2 / s_1), alphas: alphas.to_vec(), logs }, sign, predicted_sign))
}

/// The hidden entry of a 2 × 3 matrix of ones, less 1, from lifted starts.
fn wide_error() -> Result<Falling> {
    let one = Some(1.0);
    let problem = Completion::from_rows(&[[None, one, one], [one, one, one]]);
    // P_Ω(M) P_Ω(M)' = [[2, 2], [2, 3]], with eigenvalues (5 ± √17)/2.
    let root = 17.0_f64.sqrt();
    let (s_1, s_2) = ((0.5 * (5.0 + root)).sqrt(), (0.5 * (5.0 - root)).sqrt());
    let alphas = vec![1e-3, 1e-4, 1e-5, 1e-6];
    let log = |&alpha: &f64| -> Result<(f64, f64)> {
        let moment = settled(&problem, &Factors::lifted(&problem, alpha), alpha, s_1)?;
        Ok(moment.measure(|factors| ln((factors.entry(0, 0) - 1.0).abs())))
    };
    let logs = alphas.iter().map(log).collect::<Result<_>>()?;
    Ok(Falling { name: "2 × 3, lifted", p: 2.0 * (1.0 - s_2 / s_1), alphas, logs })
}

/// The exponents, and the sign of det X at α = 1e-24 beside the one predicted.
pub(super) struct Rates {
    cases: Vec<Falling>,
    signs: Vec<(&'static str, f64, f64)>,
}

pub(super) fn rates() -> Result<Rates> {
    let alphas = [12, 16, 20, 24].map(|k| pow(10.0, -f64::from(k)));
    let mut signs = Vec::new();
    let mut determinant_error = |name, entries, start| {
        let (falling, sign, predicted) = determinant_error(name, entries, start, &alphas)?;
        signs.push((name, sign, predicted));
        Ok(falling)
    };
    let cases = vec![
        determinant_error("[[*, 1], [1, 1/2]], αI", [1.0, 1.0, 0.5], Start::Identity)?,
        determinant_error("[[*, 1], [1, 2]], αI", [1.0, 1.0, 2.0], Start::Identity)?,
        determinant_error("[[*, 1], [-1, 1/2]], αI", [1.0, -1.0, 0.5], Start::Identity)?,
        determinant_error("[[*, 1], [1, 1/2]], lifted", [1.0, 1.0, 0.5], Start::Lifted)?,
        determinant_error("[[*, 1], [1, 2]], lifted", [1.0, 1.0, 2.0], Start::Lifted)?,
        determinant_error("[[*, 2], [-1, 1/2]], lifted", [2.0, -1.0, 0.5], Start::Lifted)?,
        wide_error()?,
    ];
    Ok(Rates { cases, signs })
}

/// error ~ α^p with p = 2(1 - s_2/s_1), and from αI on 2 × 2 data p = 2(1 - sgn(det P_Ω(M)) s_2/s_1).
pub(super) fn rate_in_alpha(rates: &Rates, claims: &mut Claims) {
    rates.cases.iter().for_each(|case| case.falls_like(claims));
    for (name, sign, predicted) in &rates.signs {
        claims.equal(format!("{name}: sign of det X, α = 1e-24"), *sign, *predicted, Slack::rounding(1.0, 1.0));
    }
}

// ---------------------------------------------------------------------------------------------------
// Two by two: the limit has rank one
// ---------------------------------------------------------------------------------------------------

/// [[*, 1], [1, d]] from αI, beside its least nuclear norm.
pub(super) struct Limit {
    d: f64,
    moment: Moment,
    minimum: MinNuclearNorm,
}

fn limit(d: f64) -> Result<Limit> {
    let problem = Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(d)]]);
    let alpha = 1e-8;
    let moment = settled(&problem, &Factors::identity(&problem, alpha), alpha, singular_values_of(1.0, 1.0, d)[0])?;
    Ok(Limit { d, moment, minimum: min_nuclear_norm(&problem)? })
}

pub(super) fn limit_two() -> Result<Limit> {
    limit(2.0)
}

pub(super) fn limit_half() -> Result<Limit> {
    limit(0.5)
}

impl Limit {
    /// x_11 is 1/d, that of rank one, up to det X/d; the nuclear norm is then (1 + d²)/d.
    fn has_rank_one(&self, claims: &mut Claims) -> Slack {
        let Limit { d, moment, .. } = self;
        let (x, drift) = moment.measure(|factors| factors.entry(0, 0));
        let left = exp(moment.factors.log_det().0) / d;
        let slack = || Slack::next_term(left, 2.0) + Slack::integration(drift) + Slack::rounding(1e4, 1.0 / d);
        claims.equal(format!("[[*, 1], [1, {d}]]: x_11"), x, 1.0 / d, slack());
        slack()
    }

    /// The nuclear norm of X: its trace, since it is positive semidefinite.
    fn trace(&self) -> f64 {
        self.moment.factors.entry(0, 0) + self.moment.factors.entry(1, 1)
    }
}

/// Where |bc| ≤ d² the completion of rank one is also the one of least nuclear norm, and the notes are right.
pub(super) fn nuclear_norm_limit(limit: &Limit, claims: &mut Claims) {
    let slack = limit.has_rank_one(claims);
    claims.equal(
        "its nuclear norm over the certified minimum",
        limit.trace() / limit.minimum.norm,
        1.0,
        slack + Slack::certificate(limit.minimum.certificate.relative_gap),
    );
}

/// Where |bc| > d² it is not: rank one wins over the nuclear norm.
pub(super) fn rank_one_against_nuclear_norm(limit: &Limit, claims: &mut Claims) {
    let slack = limit.has_rank_one(claims);
    let d = limit.d;
    claims.equal("its nuclear norm", limit.trace(), (1.0 + d * d) / d, slack);
    claims.equal(
        "the certified minimum of the nuclear norm",
        limit.minimum.norm,
        2.0,
        Slack::certificate(2.0 * limit.minimum.certificate.relative_gap) + Slack::rounding(16.0, 2.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// Four by four: not even the least trace
// ---------------------------------------------------------------------------------------------------

/// Symmetric, with m_13 = 1 and m_14 = m_23 = 2 observed, from αI: the trace where the flow ends.
pub(super) struct FourByFour {
    alphas: Vec<f64>,
    traces: Vec<(f64, f64)>,
    minimum: MinNuclearNorm,
}

const R: f64 = 2.0;

pub(super) fn four_by_four() -> Result<FourByFour> {
    let above = [(0, 2, 1.0), (0, 3, R), (1, 2, R)];
    let both = above.iter().flat_map(|&(i, j, m)| [Entry { i, j, m }, Entry { i: j, j: i, m }]);
    let mut entries: Vec<Entry> = both.collect();
    entries.sort_by_key(|entry| (entry.i, entry.j));
    let problem = Completion { rows: 4, cols: 4, entries };
    let alphas = vec![1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
    let s_1 = 0.5 * (1.0 + (1.0 + 4.0 * R * R).sqrt());
    let trace = |&alpha: &f64| -> Result<(f64, f64)> {
        let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
        let moment = settled(&problem, &start, alpha, s_1)?;
        Ok(moment.measure(|factors| (0..4).map(|i| factors.entry(i, i)).sum()))
    };
    let traces = alphas.iter().map(trace).collect::<Result<_>>()?;
    Ok(FourByFour { alphas, traces, minimum: min_nuclear_norm(&problem)? })
}

/// The limit has rank one and trace 2R² + 2. The least is 4R: Y with ones where R is observed has norm one and
/// <Y, M> = 4R, and the positive semidefinite completion with rows 1 = 4 and 2 = 3, diagonal R, attains it.
pub(super) fn trace_is_not_minimised(run: &FourByFour, claims: &mut Claims) {
    let (limit, least) = (2.0 * R * R + 2.0, 4.0 * R);
    let root = (1.0 + 4.0 * R * R).sqrt();
    let p = 2.0 * (1.0 - (root - 1.0) / (root + 1.0));
    let logs = run.traces.iter().map(|(trace, drift)| (ln(limit - trace), drift / (limit - trace))).collect();
    let falling = Falling { name: "2R² + 2 - trace", p, alphas: run.alphas.clone(), logs };
    falling.falls_like(claims);
    // A power α^p is gone from (trace(α/10) - 10^-p trace(α))/(1 - 10^-p).
    let ratio = exp(-p * LN_10);
    let extrapolated: Vec<f64> =
        run.traces.windows(2).map(|pair| (pair[1].0 - ratio * pair[0].0) / (1.0 - ratio)).collect();
    let [.., before, last] = extrapolated[..] else { unreachable!("five starts") };
    let drift = run.traces.iter().map(|(_, drift)| drift.abs()).fold(0.0, f64::max);
    claims.equal(
        "trace, extrapolated to α = 0",
        last,
        limit,
        Slack::next_term(last - before, 1.0) + Slack::integration(3.0 * drift) + Slack::rounding(1e4, limit),
    );
    claims.equal(
        "the certified minimum of the nuclear norm",
        run.minimum.norm,
        least,
        Slack::certificate(least * run.minimum.certificate.relative_gap) + Slack::rounding(16.0, least),
    );
    for (alpha, (trace, drift)) in run.alphas.iter().zip(&run.traces) {
        claims.at_least(
            format!("α = {alpha:.0e}: trace, against the middle of 4R and 2R² + 2"),
            *trace,
            0.5 * (least + limit),
            Slack::integration(*drift) + Slack::rounding(1e4, limit),
        );
    }
}
