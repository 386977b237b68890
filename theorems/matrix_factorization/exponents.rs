//! How fast a vanishing start takes hold, and where it leads: to the completion of rank one if there is one, whatever its
//! nuclear norm.
//!
//! Early on G is -2 P_Ω(M), whose singular triples s_i, p_i, r_i grow like e^(2 s_i t): when the first is of order one the
//! second is α^(1 - s_2/s_1) in the factors, and stays of that order in what the first leaves unfitted. Its share of X is
//! the square of that. On 2 × 2 data from αI the determinant of X keeps the sign of the start, so that where P_Ω(M) has a
//! negative determinant the second mode cannot grow: it decays at the rate at which it would have grown.

use faer::Mat;

use super::commuting::least_eigenvalue;
use super::identities::{TIGHT, measured, singular_values};
use super::norms::least_norm;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, Moment, flow};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{exp, ln, pow};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "nuclear-norm-limit",
        says: "Where bc ≤ d², as on [[*, 1], [1, 2]], the limit of the flow on [[*, b], [c, d]] from αI with b, c, d > 0 tends, \
               as α goes to 0, to the completion of rank one, and that has the least nuclear norm.",
        kind: Kind::Proof,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            nuclear_norm_limit(&*lab.run(large_corner)?, c);
            Ok(())
        },
    },
    Step {
        id: "rank-one-against-nuclear-norm",
        says: "Where bc > d², as on [[*, 1], [1, 1/2]], the limit of the flow on [[*, b], [c, d]] from αI with b, c, d > 0 \
               again tends, as α goes to 0, to rank one: x_11 = bc/d with nuclear norm √((d² + b²)(d² + c²))/d, while \
               x_11 = d has b + c.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            rank_one_against_nuclear_norm(&*lab.run(small_corner)?, c);
            Ok(())
        },
    },
    Step {
        id: "rate-in-alpha",
        says: "Let s_1 > s_2 > 0 be the largest singular values of P_Ω(M). Where the orbit of rank one ends at a completion, the \
               error is of order α^p with p = 2(1 - s_2/s_1) from lifted starts; from αI on 2 × 2 data, if the first mode \
               grows, with p = 2(1 - sgn(det P_Ω(M)) s_2/s_1).",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            rate_in_alpha(&*lab.run(rates)?, c);
            Ok(())
        },
    },
    Step {
        id: "trace-is-not-minimised",
        says: "The conjecture for positive semidefinite matrices fails too, as Li, Luo and Lyu showed: on a 4 × 4 \
               problem with R > 1 the trace tends, as α goes to 0, to 2R² + 2 and not to the least, 4R.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            trace_is_not_minimised(&*lab.run(four_by_four)?, c);
            Ok(())
        },
    },
];

/// s_1 ≥ s_2 of [[0, b], [c, d]]: their product is |bc|, the sum of their squares b² + c² + d².
pub(super) fn singular_values_of(b: f64, c: f64, d: f64) -> [f64; 2] {
    let (sum, product) = (b * b + c * c + d * d, (b * c).abs());
    let plus = (sum + 2.0 * product).sqrt();
    let minus = (sum - 2.0 * product).sqrt();
    [0.5 * (plus + minus), 0.5 * (plus - minus)]
}

/// How many e-foldings a residual is given, from where it is of order one.
const FOLDS: f64 = 45.0;

/// Until the observed entries of [[*, b], [c, d]] are fitted: log(1/α)/(2 s_1) to leave the saddle, and then so many
/// e-foldings of what is slowest near the completion of rank one. There the residuals obey R' = -2JJ'R with the rows of
/// J, the derivatives of u_1 v_2, u_2 v_1 and u_2 v_2.
pub(super) fn settling_time(b: f64, c: f64, d: f64, alpha: f64) -> f64 {
    // Balanced factors of (b, d)'(c, d)/d.
    let balance = ((c * c + d * d) / (b * b + d * d)).sqrt();
    let (of_u, of_v) = ((balance / d.abs()).sqrt(), (1.0 / (balance * d.abs())).sqrt());
    let ([u_1, u_2], [v_1, v_2]) = ([b * of_u, d * of_u], [c * of_v, d * of_v]);
    let gram = [
        [u_1 * u_1 + v_2 * v_2, 0.0, u_1 * u_2],
        [0.0, u_2 * u_2 + v_1 * v_1, v_1 * v_2],
        [u_1 * u_2, v_1 * v_2, u_2 * u_2 + v_2 * v_2],
    ];
    ln(1.0 / alpha) / (2.0 * singular_values_of(b, c, d)[0]) + FOLDS / (2.0 * least_eigenvalue(gram))
}

// ---------------------------------------------------------------------------------------------------
// The exponent
// ---------------------------------------------------------------------------------------------------

/// A quantity that falls like α^p, as its logarithm, at starts that shrink by the same factor.
pub(super) struct Falling {
    pub(super) name: &'static str,
    /// The exponent predicted, and that of the first relative correction.
    pub(super) p: f64,
    pub(super) q: f64,
    pub(super) alphas: Vec<f64>,
    pub(super) logs: Vec<Quantity>,
}

impl Falling {
    /// d log|quantity| / d log α between neighbouring starts.
    fn slope(&self, k: usize) -> Quantity {
        (self.logs[k + 1].clone() - self.logs[k].clone()) / ln(self.alphas[k + 1] / self.alphas[k])
    }

    /// The correction of the slope after the start k, of which only the power is known: that of the first slope, carried
    /// down by this power over all the starts between.
    fn beyond(&self, k: usize) -> f64 {
        (self.slope(0).value - self.p) * pow(self.alphas[k] / self.alphas[0], self.q)
    }

    /// The last slope is p.
    fn falls_like(&self, claims: &mut Claims) {
        let k = self.alphas.len() - 2;
        claims.equal(
            format!("{}: d log|error| / d log α, from {:.0e} to {:.0e}", self.name, self.alphas[k], self.alphas[k + 1]),
            self.slope(k),
            self.p,
            Slack::next_term(self.beyond(k), 2.0),
        );
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Start {
    Identity,
    Lifted,
}

impl Start {
    fn of(self, problem: &Completion, alpha: f64) -> Factors {
        match self {
            Start::Identity => Factors::identity(problem, alpha),
            Start::Lifted => Factors::lifted(problem, alpha),
        }
    }
}

/// [[*, b], [c, d]] from one kind of start.
#[derive(Clone, Copy)]
pub(super) struct Corner {
    pub(super) name: &'static str,
    pub(super) entries: [f64; 3],
    pub(super) start: Start,
}

impl Corner {
    pub(super) fn problem(&self) -> Completion {
        let [b, c, d] = self.entries;
        Completion::from_rows(&[[None, Some(b)], [Some(c), Some(d)]])
    }

    /// The sign of det X: that of the start, 1 from αI, and that of det P_Ω(M) = -bc from a lifted start.
    fn sign(&self) -> f64 {
        let [b, c, _] = self.entries;
        if self.start == Start::Identity { 1.0 } else { -(b * c).signum() }
    }

    /// p, and the least of the exponents of its corrections: α^2 at the start, α^p of a second mode that grows, and what
    /// of the linear phase has not settled by its end, of the order α^(4s_2/s_1) from a lifted start, and the angle by
    /// which W is not in place from αI, of the order α^(1 + sgn(det P_Ω(M)) s_2/s_1).
    pub(super) fn exponents(&self) -> [f64; 2] {
        let [b, c, d] = self.entries;
        let [s_1, s_2] = singular_values_of(b, c, d);
        let ratio = s_2 / s_1;
        match self.start {
            Start::Lifted => [2.0 * (1.0 - ratio), (2.0 * (1.0 - ratio)).min(4.0 * ratio)],
            Start::Identity => {
                let aligned = -(b * c).signum() * ratio;
                [2.0 * (1.0 - aligned), (1.0 + aligned).min(2.0 * (1.0 - aligned))]
            }
        }
    }

    fn settle(&self, start: &Factors, alpha: f64) -> Result<Moment> {
        let [b, c, d] = self.entries;
        Ok(flow(&self.problem(), start, &[settling_time(b, c, d, alpha)], TIGHT)?.remove(0))
    }

    /// x_11 - bc/d, which is det X/d once the rest is fitted: its logarithm by the law of the determinant, which rounds W
    /// and a logarithm.
    fn log_error(&self, alpha: f64) -> Result<Quantity> {
        let at = self.settle(&self.start.of(&self.problem(), alpha), alpha)?;
        let (log, drift) = at.measure(|factors| factors.log_det().0 - ln(self.entries[2].abs()));
        Ok(Quantity::new(log, Slack::integration(drift) + Slack::rounding(2.0 * at.roundings, 2.0 + log.abs())))
    }

    /// x_11 - bc/d by X alone, over what the law says it is.
    fn error_over_law(&self, alpha: f64) -> Result<Quantity> {
        let [b, c, d] = self.entries;
        let law = self.log_error(alpha)?;
        let start = Factors { volume: None, ..self.start.of(&self.problem(), alpha) };
        let at = self.settle(&start, alpha)?;
        let predicted = self.sign() * exp(law.value) * d.signum();
        // The entry, and the three others by which it is determined.
        let error = measured(&at, 4.0, |factors| factors.entry(0, 0) - b * c / d);
        Ok((error / predicted).with(law.slack))
    }

    pub(super) fn falling(&self, alphas: &[f64]) -> Result<Falling> {
        let [p, q] = self.exponents();
        let logs = alphas.iter().map(|&alpha| self.log_error(alpha)).collect::<Result<_>>()?;
        Ok(Falling { name: self.name, p, q, alphas: alphas.to_vec(), logs })
    }
}

/// The hidden entry of the outer product of (1, e) and (1, g, h), less 1, from lifted starts.
fn wide_error(stream: &mut Stream) -> Result<Falling> {
    let mut near_one = || stream.uniform(0.8, 1.25);
    let (e, g, h) = (near_one(), near_one(), near_one());
    let problem = Completion::from_rows(&[[None, Some(g), Some(h)], [Some(e), Some(e * g), Some(e * h)]]);
    // P_Ω(M) P_Ω(M)' = [[k, e k], [e k, e²(1 + k)]] with k = g² + h².
    let k = g * g + h * h;
    let (half, det) = (0.5 * (k + e * e * (1.0 + k)), e * e * k);
    let root = (half * half - det).sqrt();
    let (s_1, s_2) = ((half + root).sqrt(), (half - root).sqrt());
    let ratio = s_2 / s_1;
    let alphas = [2.0, 3.0, 4.0, 5.0].map(|k| pow(10.0, -k));
    // Near (1, e)'(1, g, h), with balanced factors u and v, the residuals obey R' = -2JJ'R, J of the derivatives of u_i v_j.
    let balance = pow((1.0 + k) / (1.0 + e * e), 0.25);
    let (u, v) = ([balance, e * balance], [1.0, g, h].map(|v| v / balance));
    let derivative = |row: usize, z: usize| {
        let Entry { i, j, .. } = problem.entries[row];
        if z == i {
            v[j]
        } else if z == 2 + j {
            u[i]
        } else {
            0.0
        }
    };
    // Four directions lead from a matrix of rank one to others; the fifth residual is left to the second mode.
    let sigma = singular_values(&Mat::from_fn(5, 5, derivative))?;
    let slowest = 2.0 * sigma[3] * sigma[3];
    let log = |&alpha: &f64| -> Result<Quantity> {
        let time = ln(1.0 / alpha) / (2.0 * s_1) + FOLDS / slowest;
        let start = Factors::lifted(&problem, alpha);
        let at = flow(&problem, &start, &[time], TIGHT)?.remove(0);
        // The entry, and the five others by which it is determined.
        Ok(measured(&at, 6.0, |factors| (factors.entry(0, 0) - 1.0).abs()).ln())
    };
    let logs = alphas.iter().map(log).collect::<Result<_>>()?;
    let p = 2.0 * (1.0 - ratio);
    Ok(Falling { name: "2 × 3, lifted", p, q: p.min(4.0 * ratio), alphas: alphas.to_vec(), logs })
}

/// The exponents, and the error by X alone over the one by the law.
pub(super) struct Rates {
    cases: Vec<Falling>,
    directly: Vec<(&'static str, Quantity)>,
}

pub(super) fn rates(seed: Seed) -> Result<Rates> {
    let stream = &mut seed.stream("matrix-factorization", "rates");
    let alphas = [12.0, 16.0, 20.0, 24.0].map(|k| pow(10.0, -k));
    let mut corner = |name, sign: f64, start, [low, high]: [f64; 2]| {
        let (b, c, d) = (stream.uniform(0.8, 1.25), stream.uniform(0.8, 1.25), stream.uniform(low, high));
        Corner { name, entries: [b, sign * c, d], start }
    };
    let (small, large) = ([0.45, 0.6], [1.7, 2.3]);
    let corners = [
        corner("bc > 0, small d, αI", 1.0, Start::Identity, small),
        corner("bc > 0, large d, αI", 1.0, Start::Identity, large),
        corner("bc < 0, small d, αI", -1.0, Start::Identity, small),
        corner("bc > 0, small d, lifted", 1.0, Start::Lifted, small),
        corner("bc > 0, large d, lifted", 1.0, Start::Lifted, large),
        corner("bc < 0, small d, lifted", -1.0, Start::Lifted, small),
    ];
    // A start from which the error is about 1e-5, far above the rounding of x_11.
    let visible = |corner: &Corner| pow(1e-5, 1.0 / corner.exponents()[0]);
    let directly = corners.iter().map(|corner| Ok((corner.name, corner.error_over_law(visible(corner))?)));
    let directly = directly.collect::<Result<_>>()?;
    let mut cases = corners.iter().map(|corner| corner.falling(&alphas)).collect::<Result<Vec<_>>>()?;
    cases.push(wide_error(stream)?);
    Ok(Rates { cases, directly })
}

/// error ~ α^p with p = 2(1 - s_2/s_1), and from αI on 2 × 2 data p = 2(1 - sgn(det P_Ω(M)) s_2/s_1).
pub(super) fn rate_in_alpha(rates: &Rates, claims: &mut Claims) {
    rates.cases.iter().for_each(|case| case.falls_like(claims));
    for (name, ratio) in &rates.directly {
        claims.equal(
            format!("{name}: x_11 - bc/d by X alone, over det X/d by the law, with the sign predicted"),
            ratio.clone(),
            1.0,
            Slack::rounding(4.0, 1.0),
        );
    }
}

// ---------------------------------------------------------------------------------------------------
// Two by two: the limit has rank one
// ---------------------------------------------------------------------------------------------------

/// [[*, b], [c, d]] from αI, beside its least nuclear norm.
pub(super) struct Limit {
    entries: [f64; 3],
    moment: Moment,
    minimum: MinNuclearNorm,
}

fn limit(stream: &mut Stream, [low, high]: [f64; 2]) -> Result<Limit> {
    let entries = [stream.uniform(0.8, 1.25), stream.uniform(0.8, 1.25), stream.uniform(low, high)];
    let alpha = pow(10.0, -stream.uniform(7.0, 9.0));
    let corner = Corner { name: "", entries, start: Start::Identity };
    let moment = corner.settle(&Factors::identity(&corner.problem(), alpha), alpha)?;
    Ok(Limit { entries, moment, minimum: min_nuclear_norm(&corner.problem())? })
}

pub(super) fn large_corner(seed: Seed) -> Result<Limit> {
    limit(&mut seed.stream("matrix-factorization", "large corner"), [1.6, 2.4])
}

pub(super) fn small_corner(seed: Seed) -> Result<Limit> {
    limit(&mut seed.stream("matrix-factorization", "small corner"), [0.4, 0.7])
}

impl Limit {
    /// x_11 is bc/d, that of rank one, up to det X/d, whose size the law tells.
    fn has_rank_one(&self, claims: &mut Claims) {
        let [b, c, d] = self.entries;
        claims.equal("x_11, against bc/d", measured(&self.moment, 4.0, |f| f.entry(0, 0)), b * c / d, self.beyond());
    }

    fn beyond(&self) -> Slack {
        Slack::next_term(exp(self.moment.factors.log_det().0) / self.entries[2], 2.0)
    }

    /// The nuclear norm of X: |X|_*² = |X|² + 2|det X|.
    fn nuclear_norm(&self) -> Quantity {
        measured(&self.moment, 4.0, |f| {
            let [x, b, c, d] = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| f.entry(i, j));
            (x * x + b * b + c * c + d * d + 2.0 * (x * d - b * c).abs()).sqrt()
        })
    }

    /// That of the completion of rank one.
    fn norm_of_rank_one(&self) -> f64 {
        let [b, c, d] = self.entries;
        ((d * d + b * b) * (d * d + c * c)).sqrt() / d
    }

    fn minimum_is_known(&self, claims: &mut Claims) {
        let [b, c, d] = self.entries;
        let least = least_norm(b, c, d);
        claims.equal(
            "the certified minimum of the nuclear norm, against that by hand",
            self.minimum.norm,
            least,
            Slack::certificate(least * self.minimum.certificate.relative_gap) + Slack::rounding(8.0, least),
        );
    }
}

/// Where |bc| ≤ d² the completion of rank one is also the one of least nuclear norm, and the notes are right.
pub(super) fn nuclear_norm_limit(limit: &Limit, claims: &mut Claims) {
    limit.has_rank_one(claims);
    limit.minimum_is_known(claims);
    claims.equal(
        "its nuclear norm, against the certified minimum",
        limit.nuclear_norm(),
        limit.minimum.norm,
        limit.beyond() + Slack::certificate(limit.minimum.norm * limit.minimum.certificate.relative_gap),
    );
}

/// Where |bc| > d² it is not: rank one wins over the nuclear norm.
pub(super) fn rank_one_against_nuclear_norm(limit: &Limit, claims: &mut Claims) {
    limit.has_rank_one(claims);
    limit.minimum_is_known(claims);
    claims.equal(
        "its nuclear norm, against √((d² + b²)(d² + c²))/d",
        limit.nuclear_norm(),
        limit.norm_of_rank_one(),
        limit.beyond(),
    );
}

// ---------------------------------------------------------------------------------------------------
// Four by four: not even the least trace
// ---------------------------------------------------------------------------------------------------

/// Symmetric, with m_13 = 1 and m_14 = m_23 = R observed, from αI: the trace where the flow ends.
pub(super) struct FourByFour {
    r: f64,
    alphas: Vec<f64>,
    traces: Vec<Quantity>,
    minimum: MinNuclearNorm,
}

pub(super) fn four_by_four(seed: Seed) -> Result<FourByFour> {
    let r = seed.stream("matrix-factorization", "four by four").uniform(1.6, 2.4);
    let above = [(0, 2, 1.0), (0, 3, r), (1, 2, r)];
    let both = above.iter().flat_map(|&(i, j, m)| [Entry { i, j, m }, Entry { i: j, j: i, m }]);
    let mut entries: Vec<Entry> = both.collect();
    entries.sort_by_key(|entry| (entry.i, entry.j));
    let problem = Completion { rows: 4, cols: 4, entries };
    let alphas = [5.0, 6.0, 7.0, 8.0, 9.0].map(|k| pow(10.0, -k));
    let s_1 = 0.5 * (1.0 + (1.0 + 4.0 * r * r).sqrt());
    // Near uu' with u = (1, R, 1, R) the residuals obey R' = -2(XR + RX), of which the slowest has the rate λ with
    // λ² - 2(3 + R²)λ + 8 = 0.
    let half = 3.0 + r * r;
    let slowest = half - (half * half - 8.0).sqrt();
    let trace = |&alpha: &f64| -> Result<Quantity> {
        let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
        let time = ln(1.0 / alpha) / (2.0 * s_1) + FOLDS / slowest;
        let at = flow(&problem, &start, &[time], TIGHT)?.remove(0);
        Ok(measured(&at, 4.0, |factors| (0..4).map(|i| factors.entry(i, i)).sum()))
    };
    let traces = alphas.iter().map(trace).collect::<Result<_>>()?;
    Ok(FourByFour { r, alphas: alphas.to_vec(), traces, minimum: min_nuclear_norm(&problem)? })
}

/// The limit has rank one and trace 2R² + 2. The least is 4R: Y with ones where R is observed has norm one and
/// <Y, M> = 4R, and the positive semidefinite completion with rows 1 = 4 and 2 = 3, diagonal R, attains it.
pub(super) fn trace_is_not_minimised(run: &FourByFour, claims: &mut Claims) {
    let FourByFour { r, alphas, traces, minimum } = run;
    let (limit, least) = (2.0 * r * r + 2.0, 4.0 * r);
    let root = (1.0 + 4.0 * r * r).sqrt();
    let p = 2.0 * (1.0 - (root - 1.0) / (root + 1.0));
    let missing = |trace: &Quantity| -(trace.clone() - limit);
    let logs = traces.iter().map(|trace| missing(trace).ln()).collect();
    let falling = Falling { name: "2R² + 2 - trace", p, q: p, alphas: alphas.clone(), logs };
    falling.falls_like(claims);
    // A power α^p is gone from (trace(α/10) - 10^-p trace(α))/(1 - 10^-p), and of the rest the share is known.
    let k = alphas.len() - 2;
    let ratio = pow(alphas[k + 1] / alphas[k], p);
    let extrapolated = (traces[k + 1].clone() - traces[k].clone() * ratio) / (1.0 - ratio);
    let rest = missing(&traces[k + 1]).value * falling.beyond(k) * ln(alphas[k] / alphas[k + 1]) / (1.0 - ratio);
    claims.equal("trace, extrapolated to α = 0, against 2R² + 2", extrapolated, limit, Slack::next_term(rest, 4.0));
    claims.equal(
        "the certified minimum of the nuclear norm, against 4R",
        minimum.norm,
        least,
        Slack::certificate(least * minimum.certificate.relative_gap) + Slack::rounding(4.0, least),
    );
}
