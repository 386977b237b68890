//! What keeps the flow from the least nuclear norm, or from any completion at all.

use super::identities::{Run, TIGHT, largest};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::factors::{Factors, Moment, flow, symmetric_flow};
use theoremcheck::problem::completion::{Completion, Entry};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{LN_10, exp, ln, pow};
use theoremcheck::seed::Seed;

// ---------------------------------------------------------------------------------------------------
// A start that cannot reach a negative eigenvalue
// ---------------------------------------------------------------------------------------------------

/// One entry, m = -1, and a symmetric matrix with eigenvalues 2, 1, -1, both observed in full, from αI, α = 1/10.
pub(super) struct Trapped {
    one: Run,
    symmetric: Completion,
    moment: Moment,
    /// The eigenvector of -1.
    negative: Vec<f64>,
}

const ALPHA: f64 = 0.1;

pub(super) fn trapped(seed: Seed) -> Result<Trapped> {
    let one = Completion::from_rows(&[[Some(-1.0)]]);
    let start = Factors { volume: None, ..Factors::identity(&one, ALPHA) };
    let one = Run::new(one, start, &[0.5, 1.0, 2.0])?;
    let stream = &mut seed.stream("matrix-factorization", "trapped");
    let first = stream.normals(3);
    let basis = orthonormal_basis(&first, stream);
    // Above the diagonal, and mirrored: symmetric to the last bit.
    let entry = |i: usize, j: usize| -> f64 { basis.iter().zip([2.0, 1.0, -1.0]).map(|(q, s)| s * q[i] * q[j]).sum() };
    let entries = (0..9).map(|k| (k / 3, k % 3)).map(|(i, j)| Entry { i, j, m: entry(i.min(j), i.max(j)) }).collect();
    let symmetric = Completion { rows: 3, cols: 3, entries };
    let start = Factors { volume: None, ..Factors::identity(&symmetric, ALPHA) };
    let moment = symmetric_flow(&symmetric, &start, &[ln(20.0)], TIGHT)?.remove(0);
    Ok(Trapped { one, symmetric, moment, negative: basis[2].clone() })
}

/// u = v, x = u² and x' = -4x(x + 1): x/(1 + x) = c e^(-4t) with c = α²/(1 + α²). Symmetric data keep U = V, X stays
/// positive semidefinite, and the loss ends at the squares of the negative eigenvalues.
pub(super) fn trapped_start(run: &Trapped, claims: &mut Claims) {
    for at in &run.one.moments {
        let share = ALPHA * ALPHA / (1.0 + ALPHA * ALPHA) * exp(-4.0 * at.t);
        let (x, drift) = at.measure(|factors| factors.entry(0, 0));
        claims.equal(
            format!("m = -1, t = {}: x", at.t),
            x,
            share / (1.0 - share),
            Slack::integration(drift) + Slack::rounding(1e3, x),
        );
    }
    let Trapped { symmetric, moment, negative, .. } = run;
    let (loss, drift) = moment.measure(|factors| factors.loss(symmetric));
    // What is left of X along the negative eigenvector is x of the one entry.
    let left = 2.0 * ALPHA * ALPHA * exp(-4.0 * moment.t);
    claims.equal(
        "eigenvalues 2, 1, -1: f at t = 20",
        loss,
        1.0,
        Slack::integration(drift) + Slack::next_term(left, 2.0) + Slack::rounding(1e4, 1.0),
    );
    let along = (0..9).map(|k| negative[k / 3] * moment.factors.entry(k / 3, k % 3) * negative[k % 3]).sum::<f64>();
    claims
        .equal("q'Xq along the eigenvector of -1", along, 0.0, Slack::next_term(left, 2.0) + Slack::rounding(1e4, 2.0))
        .on("1", 1.0);
}

// ---------------------------------------------------------------------------------------------------
// A loss that never vanishes
// ---------------------------------------------------------------------------------------------------

/// [[*, 1], [1, -1/2]], from αI and lifted.
pub(super) struct Staying {
    problem: Completion,
    late: Vec<Moment>,
    lifted: Moment,
}

pub(super) fn staying() -> Result<Staying> {
    let problem = Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(-0.5)]]);
    let times = [3.0, 5.0, 8.0].map(|k| k * LN_10);
    let late = symmetric_flow(&problem, &Factors::identity(&problem, ALPHA), &times, TIGHT)?;
    let start = Factors { volume: None, ..Factors::lifted(&problem, ALPHA) };
    let lifted = flow(&problem, &start, &[60.0], TIGHT)?.remove(0);
    Ok(Staying { problem, late, lifted })
}

/// X positive semidefinite leaves x_22 ≥ 0, so f > 1/4. On the way x_22 = x_12²/x_11 and 1 - x_12 = 1/(2x_11) + ..: f is
/// 1/4 + 1/x_11 + 1/(2x_11²) + .., and x_11' = 2/x_11 + 2/x_11² + ..
pub(super) fn loss_that_stays(run: &Staying, claims: &mut Claims) {
    let Staying { problem, late, lifted } = run;
    for at in late {
        let x = at.factors.entry(0, 0);
        let (excess, drift) = at.measure(|factors| (factors.loss(problem) - 0.25) * factors.entry(0, 0));
        claims.equal(
            format!("t = {:.0e}: (f - 1/4) x_11, against 1 + 1/(2x_11)", at.t),
            excess,
            1.0 + 0.5 / x,
            Slack::integration(drift) + Slack::next_term(1.0 / (x * x), 4.0) + Slack::rounding(64.0, x),
        );
    }
    let last = &late[late.len() - 1];
    let (square, drift) = last.measure(|factors| factors.entry(0, 0) * factors.entry(0, 0));
    let second = 4.0 * last.t.sqrt();
    claims.equal(
        "t = 1e8: (x_11² - 4t) / (4√t)",
        (square - 4.0 * last.t) / second,
        1.0,
        // The next term is -(29/4) log t.
        Slack::integration(drift / second)
            + Slack::next_term(7.25 * ln(last.t) / second, 2.0)
            + Slack::rounding(64.0, square / second),
    );
    let (loss, drift) = lifted.measure(|factors| factors.loss(problem));
    claims
        .equal("lifted start, t = 60: f", loss, 0.0, Slack::integration(drift) + Slack::rounding(64.0, 1.0))
        .on("1", 1.0);
}

// ---------------------------------------------------------------------------------------------------
// The barrier det X = 0
// ---------------------------------------------------------------------------------------------------

/// [[1, 2], [1/2, -1]], observed in full, det M = -2, from αI, α = 1/100: det X > 0 for ever.
pub(super) struct Barrier {
    problem: Completion,
    moments: Vec<Moment>,
    /// The same without W, by which the others are held balanced.
    escaped: Moment,
}

const BARRIER_ALPHA: f64 = 0.01;

pub(super) fn barrier() -> Result<Barrier> {
    let problem = Completion::from_rows(&[[Some(1.0), Some(2.0)], [Some(0.5), Some(-1.0)]]);
    let start = Factors::identity(&problem, BARRIER_ALPHA);
    let moments = flow(&problem, &start, &[4.0, 5.0, 80.0], TIGHT)?;
    let without = Factors { volume: None, ..start };
    let escaped = flow(&problem, &without, &[80.0], TIGHT)?.remove(0);
    Ok(Barrier { problem, moments, escaped })
}

/// M has σ_1² + σ_2² = 25/4 and σ_1 σ_2 = 2. The flow fits the first singular value and would have to turn the sign of the
/// second: it stays at f = σ_2², where log|det X| falls by 4σ_2 a unit of time. In doubles that is so if the factors are
/// held balanced; else rounding puts X on the other side, and it ends at M.
pub(super) fn determinant_barrier(run: &Barrier, claims: &mut Claims) {
    let Barrier { problem, moments, escaped } = run;
    let (sum, product) = (6.25_f64, 2.0);
    let sigma_2 = 0.5 * ((sum + 2.0 * product).sqrt() - (sum - 2.0 * product).sqrt());
    let sigma_1 = product / sigma_2;
    // What of the singular vectors is not yet in place falls like e^(-2(σ_1 - σ_2)t) from the half-time of the first mode
    // on, and counts by its square; the second mode itself only falls, from α².
    let half_time = ln(sigma_1 / (BARRIER_ALPHA * BARRIER_ALPHA)) / (4.0 * sigma_1);
    let left = |at: &Moment| exp(-4.0 * (sigma_1 - sigma_2) * (at.t - half_time));
    let second = |at: &Moment| BARRIER_ALPHA * BARRIER_ALPHA * exp(-4.0 * sigma_2 * at.t);
    for at in moments {
        let (loss, drift) = at.measure(|factors| factors.loss(problem));
        claims.equal(
            format!("t = {}: f, against σ_2²", at.t),
            loss,
            sigma_2 * sigma_2,
            Slack::integration(drift)
                + Slack::next_term(sigma_1 * sigma_1 * left(at) + 2.0 * sigma_2 * second(at), 4.0)
                + Slack::rounding(1e4, 1.0),
        );
    }
    let logs: Vec<(f64, f64)> = moments.iter().map(|at| at.measure(|factors| factors.log_det().0)).collect();
    let span = moments[1].t - moments[0].t;
    claims.equal(
        "d log|det X| / dt on the plateau, by the law of the determinant",
        (logs[1].0 - logs[0].0) / span,
        -4.0 * sigma_2,
        Slack::integration((logs[0].1.abs() + logs[1].1.abs()) / span)
            + Slack::next_term(sigma_1 * left(&moments[0]) + second(&moments[0]), 4.0)
            + Slack::rounding(1e4, sigma_2),
    );
    claims.equal("t = 80: sign of det X, by the law", moments[2].factors.log_det().1, 1.0, Slack::rounding(1.0, 1.0));
    // What exact arithmetic forbids, and factors that are not held balanced do.
    claims
        .equal(
            "t = 80, not held balanced: max |X - M|",
            largest(problem.entries.iter().map(|&Entry { i, j, m }| escaped.factors.entry(i, j) - m)),
            0.0,
            Slack::rounding(1e4, sigma_1),
        )
        .on("σ_1", sigma_1);
}

// ---------------------------------------------------------------------------------------------------
// Norms that diverge
// ---------------------------------------------------------------------------------------------------

/// [[*, 1], [1, 0]] from αI, α = 1/10: det X > 0.
pub(super) struct Diverging {
    problem: Completion,
    moments: Vec<Moment>,
}

pub(super) fn diverging() -> Result<Diverging> {
    let problem = Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(0.0)]]);
    let times: Vec<f64> = [1.0, 2.0, 3.0, 4.0, 5.0].map(|k| k * LN_10).to_vec();
    let moments = symmetric_flow(&problem, &Factors::identity(&problem, ALPHA), &times, TIGHT)?;
    Ok(Diverging { problem, moments })
}

/// det X > 0 needs x_11 x_22 > x_12 x_21, and a loss f < 1 leaves x_12, x_21 ≥ 1 - √f and |x_22| ≤ √f: x_11 is above
/// (1 - √f)²/√f (Razin, Cohen 2020). Here x_11³ = τ - 15 τ^(1/3) + C + 51 τ^(-1/3) - 5C τ^(-2/3) + .. with τ = 12t.
pub(super) fn diverging_norms(run: &Diverging, claims: &mut Claims) {
    let Diverging { problem, moments } = run;
    for at in moments {
        let root = at.factors.loss(problem).sqrt();
        let (x, drift) = at.measure(|factors| factors.entry(0, 0));
        claims.at_least(
            format!("t = {:.0e}: x_11, against (1 - √f)²/√f", at.t),
            x,
            (1.0 - root) * (1.0 - root) / root,
            Slack::integration(drift) + Slack::rounding(64.0, x),
        );
    }
    let series = |tau: f64, c: f64| {
        let third = pow(tau, 1.0 / 3.0);
        tau - 15.0 * third + c + 51.0 / third - 5.0 * c / (third * third)
    };
    let cube = |at: &Moment| at.measure(|factors| pow(factors.entry(0, 0), 3.0));
    let tau = |at: &Moment| 12.0 * at.t;
    let late = &moments[2..];
    // The constant is what the latest time leaves of the series.
    let last = &late[late.len() - 1];
    let c = cube(last).0 - series(tau(last), 0.0);
    for pair in late.windows(2) {
        let [(from, from_drift), (to, to_drift)] = [cube(&pair[0]), cube(&pair[1])];
        let elapsed = tau(&pair[1]) - tau(&pair[0]);
        claims.equal(
            format!("x_11³ - 12t from t = {:.0e} to {:.0e}", pair[0].t, pair[1].t),
            to - from - elapsed,
            series(tau(&pair[1]), c) - series(tau(&pair[0]), c) - elapsed,
            Slack::integration(from_drift.abs() + to_drift.abs())
                + Slack::rounding(1e3, to)
                // The next power is τ^-1, with a coefficient of the order of the squares of those before it.
                + Slack::next_term(51.0 * 51.0 / tau(&pair[0]), 1.0),
        );
    }
    // The second singular value is det X over the first, and det X decays.
    let ratio = |factors: &Factors| {
        let (x, y, z) = (factors.entry(0, 0), factors.entry(0, 1), factors.entry(1, 1));
        (x * z - y * y).abs() / ((x + z) * (x + z))
    };
    let (share, drift) = last.measure(ratio);
    claims
        .equal(
            "t = 1e5: σ_2 over σ_1",
            share,
            0.0,
            Slack::integration(drift)
                + Slack::next_term(exp(-4.0 * last.factors.entry(1, 1) * last.t), 1.0)
                + Slack::rounding(64.0, 1.0),
        )
        .on("1", 1.0);
}
