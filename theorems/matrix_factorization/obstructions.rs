//! What keeps the flow from the least nuclear norm, or from any completion at all.

use super::exponents::settling_time;
use super::identities::{TIGHT, measured, measured_loss, product_slack};
use super::modes::sigmoid;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, Moment, Volume, flow, symmetric_flow};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, difference, dot, exp, largest, ln, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "trapped-start",
        says: "From αI symmetric data keep U = V: X stays positive semidefinite, and of M observed in full \
               negative eigenvalues are never fitted.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N12"],
        claims: |lab, c| {
            trapped_start(&*lab.run(trapped)?, c);
            Ok(())
        },
    },
    Step {
        id: "loss-that-stays",
        says: "On [[*, 1], [1, -δ]], 0 < δ < 1/√2, from αI completions exist, and yet f tends to δ² while x_11² = 8δt + \
               A√t + B log t + O(1) with A > 0; the lifted start is seen to fit.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            loss_that_stays(&*lab.run(staying)?, c);
            Ok(())
        },
    },
    Step {
        id: "determinant-barrier",
        says: "A 2 × 2 matrix M with det M < 0, observed in full, is not reached from αI: det X > 0 keeps f above σ_2² with \
               the second singular value σ_2 of M. In doubles rounding carries X across for M drawn at random, and not \
               where it keeps a symmetry of the flow, as for M = M'.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            determinant_barrier(&*lab.run(barrier)?, c);
            Ok(())
        },
    },
    Step {
        id: "diverging-norms",
        says: "On [[*, b], [b, 0]], b > 0, from balanced factors with det X > 0, |x_11| is above b(1 - φ)²/φ where φ = √f/b \
               is below 1: every norm of X diverges if the loss vanishes.",
        kind: Kind::Counterexample,
        standing: Standing::Proved { cite: "razin-cohen-2020" },
        notes: &["N12"],
        claims: |lab, c| {
            diverging_norms(&*lab.run(diverging)?, c);
            Ok(())
        },
    },
    Step {
        id: "rate-of-divergence",
        says: "On [[*, b], [b, 0]], b > 0, from αI the loss vanishes, σ_2/σ_1 vanishes too, and x = x_11/b grows like \
               (12bt)^(1/3), with smaller terms that are known but for one constant: with φ = √f/b, x is above (1 - φ)²/φ by \
               2 - 2/x and smaller terms.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N12"],
        claims: |lab, c| {
            rate_of_divergence(&*lab.run(diverging)?, c);
            Ok(())
        },
    },
];

/// Σ m_k q_k q_k', observed in full. Above the diagonal, and mirrored: symmetric to the last bit.
fn symmetric(spectrum: &[f64], basis: &[Vec<f64>]) -> Completion {
    let n = basis.len();
    let entry = |i: usize, j: usize| -> f64 { basis.iter().zip(spectrum).map(|(q, m)| m * q[i] * q[j]).sum() };
    let places = (0..n * n).map(|k| (k / n, k % n));
    let entries = places.map(|(i, j)| Entry { i, j, m: entry(i.min(j), i.max(j)) }).collect();
    Completion { rows: n, cols: n, entries }
}

// ---------------------------------------------------------------------------------------------------
// A start that cannot reach a negative eigenvalue
// ---------------------------------------------------------------------------------------------------

/// A symmetric matrix with two positive eigenvalues and a negative one, observed in full, from αI.
pub(super) struct Trapped {
    alpha: f64,
    spectrum: [f64; 3],
    basis: Vec<Vec<f64>>,
    problem: Completion,
    moments: Vec<Moment>,
}

pub(super) fn trapped(seed: Seed) -> Result<Trapped> {
    let stream = &mut seed.stream("matrix-factorization", "trapped");
    let alpha = stream.uniform(0.05, 0.2);
    let spectrum = [stream.uniform(1.5, 2.5), stream.uniform(0.7, 1.2), stream.uniform(-1.3, -0.6)];
    let first = stream.normals(3);
    let basis = orthonormal_basis(&first, stream);
    let problem = symmetric(&spectrum, &basis);
    let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
    // When e^-2, e^-4, e^-8 and e^-20 of the negative mode is left.
    let times = [0.5, 1.0, 2.0, 5.0].map(|folds| folds / -spectrum[2]);
    Ok(Trapped { alpha, spectrum, basis, moments: flow(&problem, &start, &times, TIGHT)?, problem })
}

/// Both factors stay equal, to the last bit, and each eigenvalue goes by itself: x_i' = 4x_i(m_i - x_i) from α², to m_i if
/// that is positive and to 0 if not. The loss ends at the squares of the negative ones.
pub(super) fn trapped_start(run: &Trapped, claims: &mut Claims) {
    let Trapped { alpha, spectrum, basis, problem, moments } = run;
    for (k, at) in moments.iter().enumerate() {
        let k = k + 1;
        claims
            .equal(
                format!("time {k}: max |U - V|"),
                largest(difference(&at.factors.u, &at.factors.v)),
                0.0,
                Slack::rounding(1.0, 1.0),
            )
            .on("1", 1.0);
        let left = sigmoid(spectrum[2], *alpha, at.t);
        let q = &basis[2];
        let along = |factors: &Factors| (0..9).map(|k| q[k / 3] * factors.entry(k / 3, k % 3) * q[k % 3]).sum::<f64>();
        // At the last time less is left than what X is rounded by.
        if k < moments.len() {
            claims.equal(
                format!("time {k}: q'Xq along the negative eigenvector"),
                // A sum of nine entries with weights of sum at most three.
                measured(at, 3.0, along),
                left,
                Slack::rounding(9.0, spectrum[0]),
            );
        }
        let missing = |m: f64| m - sigmoid(m, *alpha, at.t);
        claims.equal(
            format!("time {k}: f, against m² of the negative eigenvalue and what has not settled"),
            measured_loss(at, problem),
            spectrum.iter().map(|m| missing(*m) * missing(*m)).sum(),
            // The entries of M are sums of three products.
            Slack::rounding(24.0, spectrum[0] * spectrum[0]),
        );
    }
}

// ---------------------------------------------------------------------------------------------------
// A loss that never vanishes
// ---------------------------------------------------------------------------------------------------

/// [[*, 1], [1, -δ]], from αI and lifted.
pub(super) struct Staying {
    delta: f64,
    problem: Completion,
    /// At t = 1e3, and at 1e4, 1e5 and 1e6.
    early: Moment,
    late: Vec<Moment>,
    lifted: Moment,
}

pub(super) fn staying(seed: Seed) -> Result<Staying> {
    let stream = &mut seed.stream("matrix-factorization", "staying");
    let (delta, alpha) = (stream.uniform(0.35, 0.6), stream.uniform(0.07, 0.15));
    let problem = Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(-delta)]]);
    let times = [3.0, 4.0, 5.0, 6.0].map(|k| k * LN_10);
    let mut late = symmetric_flow(&problem, &Factors::identity(&problem, alpha), &times, TIGHT)?;
    let start = Factors { volume: None, ..Factors::lifted(&problem, alpha) };
    // As long as [[*, 1], [1, δ]] needs, of which this is a column with its sign changed.
    let time = settling_time(1.0, 1.0, delta, alpha);
    let lifted = flow(&problem, &start, &[time], TIGHT)?.remove(0);
    Ok(Staying { delta, problem, early: late.remove(0), late, lifted })
}

/// The expansion of x² in t, where d(x²)/dt = c_0 + c_1/x + .. + c_5/x^5 + ..: x² = c_0 t + A√t + B log t + C + (D log t
/// + E + F C)/√t + ..
struct Growth {
    c: [f64; 6],
}

impl Growth {
    /// On [[*, 1], [1, -δ]] with X of rank one and x_12 at rest but for what x_11 moves it.
    fn new(delta: f64) -> Growth {
        let square = delta * delta;
        Growth {
            c: [
                8.0 * delta,
                8.0 * (1.0 - 2.0 * square),
                -8.0 * delta * (7.0 - 3.0 * square),
                -8.0 * (4.0 * square * square - 28.0 * square + 5.0),
                8.0 * delta * (5.0 * square * square - 84.0 * square + 58.0),
                -8.0 * (6.0 * square * square * square - 209.0 * square * square + 371.0 * square - 33.0),
            ],
        }
    }

    /// d(x²)/dt up to the term in 1/x^4, and the one after it.
    fn rate(&self, x: f64) -> (f64, f64) {
        let [known @ .., next] = self.c;
        (known.iter().rev().fold(0.0, |sum, c| sum / x + c), next / pow(x, 5.0))
    }

    /// What multiplies C.
    fn of_constant(&self, t: f64) -> f64 {
        1.0 + self.c[1] / (self.c[0] * self.c[0].sqrt() * t.sqrt())
    }

    /// x² without the terms in C.
    fn square(&self, t: f64) -> f64 {
        self.c[0] * t + self.beside(t)
    }

    /// The same without c_0 t.
    fn beside(&self, t: f64) -> f64 {
        let [c_0, c_1, c_2, c_3, ..] = self.c;
        let root = c_0.sqrt();
        let a = 2.0 * c_1 / root;
        let b = c_2 / c_0 - c_1 * c_1 / (c_0 * c_0);
        let last = c_1 * b * (ln(t) + 2.0) / (c_0 * root) - 0.75 * c_1 * a * a / (c_0 * c_0 * root)
            + 2.0 * c_2 * a / (c_0 * c_0)
            - 2.0 * c_3 / (c_0 * root);
        a * t.sqrt() + b * ln(t) + last / t.sqrt()
    }

    /// The next term, of order log² t/t: the square of B log t + C against c_0 t.
    fn beyond(&self, t: f64, constant: f64) -> f64 {
        let [c_0, c_1, c_2, ..] = self.c;
        let b = c_2 / c_0 - c_1 * c_1 / (c_0 * c_0);
        let logarithm = b.abs() * (ln(t) + 2.0) + constant.abs();
        logarithm * logarithm / (c_0 * t)
    }
}

/// X positive semidefinite leaves x_22 ≥ 0, so f > δ². On the way x_22 = x_12²/x_11, and the rest follows from x_11.
pub(super) fn loss_that_stays(run: &Staying, claims: &mut Claims) {
    let Staying { delta, problem, early, late, lifted } = run;
    let square = delta * delta;
    let corner = |factors: &Factors| factors.entry(0, 0);
    let growth = Growth::new(*delta);
    // x_11 is the product of the first rows of U and V.
    let rate_of_square = |factors: &Factors| {
        let (velocity, first) = (factors.velocity(problem), 0..factors.rank);
        let x = dot(&velocity.u[first.clone()], &factors.v[first.clone()])
            + dot(&factors.u[first.clone()], &velocity.v[first]);
        2.0 * corner(factors) * x
    };
    for (at, k) in late.iter().zip(4..) {
        let x = corner(&at.factors);
        let (excess, drift) = at.measure(|factors| (factors.loss(problem) - square) * corner(factors));
        claims.equal(
            format!("t = 1e{k}: (f - δ²) x_11, against its expansion in 1/x_11"),
            excess,
            2.0 * delta + (1.0 - 2.0 * square) / x + 2.0 * delta * (square - 2.0) / (x * x),
            // U, of length √x_11, is rounded: x_22 then moves by 2 roundings, and x_12, which f forgives, by x_11.
            Slack::integration(drift)
                + Slack::next_term(2.0 * (square * square - 5.0 * square + 1.0) / pow(x, 3.0), 4.0)
                + Slack::rounding(8.0 * delta * at.roundings + 16.0, x),
        );
    }
    let x = corner(&early.factors);
    let (rate, drift) = early.measure(rate_of_square);
    let (predicted, next) = growth.rate(x);
    claims.equal(
        "t = 1e3: d(x_11²)/dt, against its expansion in 1/x_11",
        rate,
        predicted,
        // It is 8 x_11 x_12 (1 - x_12), and x_12 is off by x_11, as above.
        Slack::integration(drift) + Slack::next_term(next, 4.0) + Slack::rounding(early.roundings + 16.0, 8.0 * x * x),
    );
    claims
        .at_least("A, which multiplies √t", 2.0 * growth.c[1] / growth.c[0].sqrt(), 0.0, Slack::rounding(8.0, 1.0))
        .on("1", 1.0);
    // The constant is what the last time leaves of the expansion.
    let squared = |at: &Moment| {
        let x = measured(at, 1.0, corner);
        Quantity::new(x.value * x.value, x.slack.times(2.0 * x.value))
    };
    let last = &late[late.len() - 1];
    let constant = (squared(last).value - growth.square(last.t)) / growth.of_constant(last.t);
    let predicted = |at: &Moment| growth.square(at.t) + constant * growth.of_constant(at.t);
    // So late that its terms are told apart the expansion is a solution of the equation by which x_11² grows.
    let (root, h) = (3e4, 3e-4);
    let beside = |u: f64| growth.beside(u * u) + constant * growth.of_constant(u * u);
    let slope = (beside(root * (1.0 + h)) - beside(root * (1.0 - h))) / (2.0 * h * root);
    let x = (growth.c[0] * root * root + beside(root)).sqrt();
    let (by_x, next) = growth.rate(x);
    let rest = growth.beyond(root * root, constant);
    claims.equal(
        "t = 9e8: d(x_11² - 8δt)/d√t of the expansion in t, against that in 1/x_11",
        slope,
        2.0 * root * (by_x - growth.c[0]),
        Slack::next_term(2.0 * rest / root, 2.0)
            + Slack::next_term(2.0 * root * next, 4.0)
            // 2B log √t by a central difference.
            + Slack::next_term(2.0 * growth.c[2] / growth.c[0] * h * h / root, 4.0)
            + Slack::rounding(16.0, slope / h + root * growth.c[0]),
    );
    for pair in late.windows(2) {
        let [from, to] = pair else { unreachable!("windows of two") };
        let elapsed = growth.c[0] * (to.t - from.t);
        claims.equal(
            format!("x_11² - 8δt from t = {:.0e} to {:.0e}, against A√t + B log t and its next terms", from.t, to.t),
            squared(to) - squared(from) - elapsed,
            predicted(to) - predicted(from) - elapsed,
            Slack::next_term(growth.beyond(from.t, constant), 4.0),
        );
    }
    claims
        .equal("lifted start: f at the end", measured_loss(lifted, problem), 0.0, Slack::next_term(exp(-40.0), 1.0))
        .on("1", 1.0);
}

// ---------------------------------------------------------------------------------------------------
// The barrier det X = 0
// ---------------------------------------------------------------------------------------------------

/// M = σ_1 p_1 r_1' - σ_2 p_2 r_2' with rotations (p_1, p_2) and (r_1, r_2), observed in full, from αI.
pub(super) struct Barrier {
    sigma: [f64; 2],
    r_2: [f64; 2],
    problem: Completion,
    /// On the plateau, where det X is still above the rounding of X.
    plateau: Vec<Moment>,
    /// The same from U = (1 + ε)αI, V = αI.
    beside: Vec<Moment>,
    /// Long after rounding has carried X across, and at the same time if W is held orthogonal.
    escaped: Moment,
    held: Moment,
    mirrored: Vec<Mirrored>,
}

/// A matrix of the same singular values with M' = EME, det M < 0, where E changes signs or exchanges coordinates, and as long
/// after: from αI, and from U = (1 + 1e-12)αI.
struct Mirrored {
    name: &'static str,
    problem: Completion,
    kept: Moment,
    broken: Moment,
}

/// By how much the start beside αI is not balanced.
const IMBALANCE: f64 = 1e-5;
/// (σ_1 - σ_2)t: the singular vectors fall into place like e^(-2(σ_1 - σ_2)t), and what is of second order in them twice as fast.
const FOLDS: [f64; 2] = [5.5, 6.5];

/// Orthonormal axes turned by an angle, half of which has this tangent.
fn turned([x, y]: [f64; 2], half_tangent: f64) -> [[f64; 2]; 2] {
    let square = half_tangent * half_tangent;
    let (cos, sin) = ((1.0 - square) / (1.0 + square), 2.0 * half_tangent / (1.0 + square));
    let first = [cos * x - sin * y, sin * x + cos * y];
    [first, [-first[1], first[0]]]
}

pub(super) fn barrier(seed: Seed) -> Result<Barrier> {
    let stream = &mut seed.stream("matrix-factorization", "barrier");
    let sigma = [stream.uniform(2.6, 3.2), stream.uniform(0.5, 0.65)];
    let p = turned([1.0, 0.0], stream.uniform(-1.0, 1.0));
    let r = turned(p[0], stream.uniform(0.15, 0.5));
    let alpha = stream.uniform(0.1, 0.2);
    let m = |i: usize, j: usize| sigma[0] * p[0][i] * r[0][j] - sigma[1] * p[1][i] * r[1][j];
    let problem = Completion::from_rows(&[[Some(m(0, 0)), Some(m(0, 1))], [Some(m(1, 0)), Some(m(1, 1))]]);
    let start = Factors::identity(&problem, alpha);
    // W beside the factors, and nothing to hold it.
    let volume = start.volume.clone().map(|volume| Volume { balanced: false, ..volume });
    let free = Factors { volume, ..start.clone() };
    let beside = |epsilon: f64| start.u.iter().map(|u| (1.0 + epsilon) * u).collect();
    let near = Factors::square(2, beside(IMBALANCE), start.v.clone());
    let half_time = ln(sigma[0] / (alpha * alpha)) / (4.0 * sigma[0]);
    let times = FOLDS.map(|folds| half_time + folds / (sigma[0] - sigma[1]));
    let late = 40.0 / sigma[1];
    let alone = Factors { volume: None, ..start.clone() };
    let unequal = Factors { u: beside(1e-12), ..alone.clone() };
    // M = SE, where S is symmetric.
    let mirrored = |(name, e, sign): (&'static str, [[f64; 2]; 2], f64)| {
        let s = symmetric(&[sigma[0], sign * sigma[1]], &p.map(Vec::from));
        let entry = |i: usize, j: usize| (0..2).map(|k| s.entries[2 * i + k].m * e[k][j]).sum::<f64>();
        let problem = Completion::from_rows(&[0, 1].map(|i| [Some(entry(i, 0)), Some(entry(i, 1))]));
        let [kept, broken] = [&alone, &unequal].map(|start| flow(&problem, start, &[late], TIGHT));
        Ok(Mirrored { name, kept: kept?.remove(0), broken: broken?.remove(0), problem })
    };
    let mirrors = [
        ("M = M'", [[1.0, 0.0], [0.0, 1.0]], -1.0),
        ("M_21 = -M_12", [[1.0, 0.0], [0.0, -1.0]], 1.0),
        ("M_11 = M_22", [[0.0, 1.0], [1.0, 0.0]], 1.0),
    ];
    Ok(Barrier {
        plateau: flow(&problem, &free, &times, TIGHT)?,
        beside: flow(&problem, &near, &times, TIGHT)?,
        escaped: flow(&problem, &alone, &[late], TIGHT)?.remove(0),
        held: flow(&problem, &start, &[late], TIGHT)?.remove(0),
        mirrored: mirrors.into_iter().map(mirrored).collect::<Result<_>>()?,
        r_2: r[1],
        sigma,
        problem,
    })
}

/// The flow fits the first singular value and would have to turn the sign of the second, which is s = det X/σ_1 and falls
/// like e^(-4σ_2 t): it stays at f = (σ_2 + s)². It is an unstable state: with w² = r_2'W'W r_2, (w - 1)/(w + 1) grows like
/// e^(4σ_2 t) from whatever it is, and then X ends at M.
pub(super) fn determinant_barrier(run: &Barrier, claims: &mut Claims) {
    let Barrier { sigma: [sigma_1, sigma_2], r_2, problem, plateau, beside, escaped, held, mirrored } = run;
    let log_det = |at: &Moment| {
        let (law, drift) = at.measure(|factors| factors.log_det().0);
        Quantity::new(law, Slack::integration(drift) + Slack::rounding(2.0 * at.roundings, 2.0 + law.abs()))
    };
    // What of the singular vectors is not in place, squared.
    let not_in_place = |k: usize| exp(-4.0 * FOLDS[k]);
    let second = plateau.iter().map(|at| exp(log_det(at).value) / sigma_1).collect::<Vec<_>>();
    for (k, at) in plateau.iter().enumerate() {
        let law = log_det(at);
        let excess = measured_loss(at, problem) - sigma_2 * sigma_2;
        let predicted = 2.0 * sigma_2 * second[k] + second[k] * second[k];
        claims.equal(
            format!("plateau, time {}: f - σ_2² over 2σ_2 s + s², s = det X/σ_1 by the law", k + 1),
            excess / predicted,
            1.0,
            Slack::next_term(sigma_1 * sigma_1 * not_in_place(k) / predicted, 4.0) + law.slack.clone(),
        );
        // Two products of entries of X.
        let moved = (product_slack(at) + Slack::rounding(3.0, *sigma_1)).times(2.0 / second[k]);
        claims.equal(
            format!("plateau, time {}: det X by X alone, over that by the law, which is positive", k + 1),
            at.factors.product().determinant() / (sigma_1 * second[k]),
            1.0,
            law.slack + moved,
        );
    }
    let span = plateau[1].t - plateau[0].t;
    // s' = -4s(σ_2 + s), and 4s is the rate of log(σ_2 + s).
    let mean = ln((sigma_2 + second[0]) / (sigma_2 + second[1])) / (4.0 * span);
    claims.equal(
        "plateau: d log det X / dt, against -4σ_2 and -4 times the mean of s",
        (log_det(&plateau[1]) - log_det(&plateau[0])) / span,
        -4.0 * (sigma_2 + mean),
        Slack::next_term(sigma_1 * not_in_place(0), 4.0),
    );
    let ratio = |factors: &Factors| factors.volume.as_ref().map_or(vec![f64::NAN; 4], |volume| volume.ratio.clone());
    // w² = r_2'W'W r_2.
    let square = |factors: &Factors| {
        let ratio = ratio(factors);
        let turned = [0, 1].map(|i| dot(&ratio[2 * i..2 * i + 2], r_2));
        dot(&turned, &turned)
    };
    // |W'W - I|.
    let of_all = |factors: &Factors| {
        let w = ratio(factors);
        let entry = |k: usize| w[k / 2] * w[k % 2] + w[2 + k / 2] * w[2 + k % 2] - f64::from(k.is_multiple_of(3));
        (0..4).map(|k| entry(k) * entry(k)).sum::<f64>().sqrt()
    };
    let log_deviation = |at: &Moment| {
        let (value, drift) = at.measure(|factors| {
            let square = square(factors);
            (square - 1.0) / pow(square.sqrt() + 1.0, 2.0)
        });
        Quantity::new(value, Slack::integration(drift) + Slack::rounding(2.0 * at.roundings, 1.0)).ln()
    };
    let (size, drift) = beside[1].measure(of_all);
    claims.equal(
        "beside balance: d log((w - 1)/(w + 1)) / dt, w² = r_2'W'W r_2, against 4σ_2 and 4 times the mean of s",
        (log_deviation(&beside[1]) - log_deviation(&beside[0])) / span,
        4.0 * (sigma_2 + mean),
        // Of second order where the singular vectors are not in place, and s falls at (w + 1/w)/2 times its rate.
        Slack::next_term(sigma_1 * not_in_place(0) + second[0] * size * size, 4.0),
    );
    claims.equal(
        "beside balance, time 2: w² - 1 over |W'W - I|",
        (square(&beside[1].factors) - 1.0) / size,
        1.0,
        // U'U - V'V is a multiple of I for ever, and W'W - I as much of (VV')^-1, which is 1/s along r_2 and 1/σ_1 along r_1.
        Slack::next_term(not_in_place(1) + pow(second[1] / sigma_1, 2.0), 4.0)
            + Slack::integration(drift / size)
            + Slack::rounding(2.0 * beside[1].roundings, 1.0 / size),
    );
    let apart = |at: &Moment, problem: &Completion| {
        largest(problem.entries.iter().map(|&Entry { i, j, m }| at.factors.entry(i, j) - m))
    };
    // What exact arithmetic forbids, and rounding does.
    claims
        .equal("long after, in doubles: max |X - M|", apart(escaped, problem), 0.0, product_slack(escaped))
        .on("σ_1", *sigma_1);
    // With U = EVE det X is a square, in doubles too; a start at which U and EVE differ is enough for X to cross.
    for Mirrored { name, problem, kept, broken } in mirrored {
        claims.equal(
            format!("{name}, long after, in doubles: f, against σ_2²"),
            measured_loss(kept, problem),
            sigma_2 * sigma_2,
            Slack::next_term(exp(-40.0), 1.0),
        );
        claims
            .equal(
                format!("{name}, as long after, from U = (1 + 1e-12)αI: max |X - M|"),
                apart(broken, problem),
                0.0,
                product_slack(broken),
            )
            .on("σ_1", *sigma_1);
    }
    // A consequence of how W is held, as `run` does it: the flow rests.
    claims.equal(
        "long after, held balanced: f, against σ_2²",
        measured_loss(held, problem),
        sigma_2 * sigma_2,
        Slack::next_term(exp(-40.0), 1.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// Norms that diverge
// ---------------------------------------------------------------------------------------------------

/// [[*, b], [b, 0]] from αI: det X > 0.
pub(super) struct Diverging {
    b: f64,
    problem: Completion,
    moments: Vec<Moment>,
}

pub(super) fn diverging(seed: Seed) -> Result<Diverging> {
    let stream = &mut seed.stream("matrix-factorization", "diverging");
    let (b, alpha) = (stream.uniform(0.7, 1.4), stream.uniform(0.07, 0.15));
    let problem = Completion::from_rows(&[[None, Some(b)], [Some(b), Some(0.0)]]);
    let times: Vec<f64> = [3.0, 4.0, 5.0, 6.0].map(|k| k * LN_10).to_vec();
    let moments = symmetric_flow(&problem, &Factors::identity(&problem, alpha), &times, TIGHT)?;
    Ok(Diverging { b, problem, moments })
}

/// x³ for x = x_11/b without its terms in C: with τ = 12bt it is τ - 15τ^(1/3) + C + 51τ^(-1/3) - 5Cτ^(-2/3) + 55/τ + ..
pub(super) fn cube(tau: f64) -> f64 {
    let third = pow(tau, 1.0 / 3.0);
    tau - 15.0 * third + 51.0 / third + 55.0 / tau
}

/// b(1 - φ)²/φ with φ = √f/b.
fn bound(b: f64, loss: f64) -> f64 {
    let phi = loss.sqrt() / b;
    b * (1.0 - phi) * (1.0 - phi) / phi
}

/// With det X > 0 a small loss has a large norm: det X > 0 needs x_11 x_22 > x_12 x_21, and with φ < 1 the loss leaves
/// x_12, x_21 ≥ b(1 - φ) and |x_22| ≤ bφ (Razin, Cohen 2020).
pub(super) fn diverging_norms(run: &Diverging, claims: &mut Claims) {
    let Diverging { b, problem, moments } = run;
    for (at, k) in moments.iter().zip(3..) {
        let x = measured(at, 1.0, |factors| factors.entry(0, 0));
        // φ, about b/x_11, has the roundings of x_22, two for each of U.
        let moved = Slack::rounding(2.0 * at.roundings + 16.0, x.value * x.value / b);
        claims.at_least(format!("t = 1e{k}: x_11, against b(1 - φ)²/φ"), x, bound(*b, at.factors.loss(problem)), moved);
    }
}

/// With x = x_11/b and τ = 12bt the series of x³ is [`cube`] and C - 5Cτ^(-2/3) + ..; x is above the bound by 2 - 2/x + 5/(2x³)
/// - ..
pub(super) fn rate_of_divergence(run: &Diverging, claims: &mut Claims) {
    let Diverging { b, problem, moments } = run;
    let corner = |factors: &Factors| factors.entry(0, 0) / b;
    for (at, k) in moments.iter().zip(3..) {
        let x = corner(&at.factors);
        let (above, drift) = at.measure(|factors| corner(factors) - bound(*b, factors.loss(problem)) / b);
        claims.equal(
            format!("t = 1e{k}: (x_11 - b(1 - φ)²/φ)/b, against 2 - 2/x + 5/(2x³)"),
            above,
            2.0 - 2.0 / x + 2.5 / pow(x, 3.0),
            // The bound is 1/φ, and φ, about 1/x, has the roundings of x_22, two for each of U.
            Slack::integration(drift)
                + Slack::next_term(6.0 / pow(x, 5.0), 4.0)
                + Slack::rounding(2.0 * at.roundings + 16.0, x * x),
        );
    }
    let of_constant = |tau: f64| 1.0 - 5.0 * pow(tau, -2.0 / 3.0);
    let tau = |at: &Moment| 12.0 * b * at.t;
    let cubed = |at: &Moment| {
        let x = measured(at, 1.0 / b, corner);
        Quantity::new(pow(x.value, 3.0), x.slack.times(3.0 * x.value * x.value))
    };
    // The constant is what the latest time leaves of the series.
    let last = &moments[moments.len() - 1];
    let constant = (cubed(last).value - cube(tau(last))) / of_constant(tau(last));
    let series = |at: &Moment| cube(tau(at)) + constant * of_constant(tau(at));
    for pair in moments.windows(2) {
        let [from, to] = pair else { unreachable!("windows of two") };
        let elapsed = tau(to) - tau(from);
        // The next terms are -17C τ^(-4/3) + (5C²/3 + 252/5) τ^(-5/3).
        let t = tau(from);
        let beyond =
            17.0 * constant.abs() * pow(t, -4.0 / 3.0) + (5.0 / 3.0 * constant * constant + 50.4) * pow(t, -5.0 / 3.0);
        claims.equal(
            format!("(x_11/b)³ - 12bt from t = {:.0e} to {:.0e}, against its series", from.t, to.t),
            cubed(to) - cubed(from) - elapsed,
            series(to) - series(from) - elapsed,
            Slack::next_term(beyond, 2.0),
        );
    }
    // The second singular value is det X over the first, and det X, α⁴ at the start, decays.
    let ratio = |factors: &Factors| {
        let (x, y, z) = (factors.entry(0, 0), factors.entry(0, 1), factors.entry(1, 1));
        (x * z - y * y).abs() / ((x + z) * (x + z))
    };
    let (share, drift) = last.measure(ratio);
    claims
        .equal(
            "t = 1e6: σ_2 over σ_1",
            share,
            0.0,
            Slack::integration(drift)
                + Slack::next_term(exp(-4.0 * last.factors.entry(1, 1) * last.t), 1.0)
                + Slack::rounding(last.roundings + 4.0, 1.0),
        )
        .on("1", 1.0);
}
