//! The rich limit α -> 0: the least l1 norm, with the exponents and the constants of what is left at finite α.

use super::entropy::{Minimiser, minimise};
use super::network::{Planted, condition, plant_full, plant_sparse};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::lu::solve;
use theoremcheck::problem::regression::Regression;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_10, axpy, difference, dot, exp, ln, ln_1p, norm};
use theoremcheck::reference::least_l1::{Certificate, LeastL1, certify, min_l1_norm};
use theoremcheck::reference::least_norm::decompose;
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "least-l1",
        says: "Let β solve X β = y with support S, and let X_S have independent columns. If some ν has x_j·ν = sgn β_j on S \
               and |x_j·ν| < 1 off S, then β is the only solution of least l1 norm, which is ν·y.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| {
            lab.run(full_support).map(|rich| least_l1("as many entries as examples", &rich.planted, &rich.l1, c))?;
            lab.run(sparse_support).map(|rich| least_l1("fewer entries than examples", &rich.planted, &rich.l1, c))
        },
    },
    Step {
        id: "rich-limit",
        says: "Let the solution β* of least l1 norm be unique, with as many nonzero entries as there are examples, \
               X_S'ν = sgn β*, X_S'μ = sgn β* log(|β*|/ω²), and 0 < |x_j·ν| < 1 off S. Then as α goes to 0 the minimiser of Q has, off S, \
               β_j ~ sgn(x_j·ν) ω_j² α^(2(1 - |x_j·ν|)) e^(sgn(x_j·ν) x_j·μ), and |β|_1 - |β*|_1 is \
               Σ (1 - |x_j·ν|)|β_j| for small α.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| lab.run(full_support).map(|rich| rich_limit(&rich, c)),
    },
    Step {
        id: "sparse-rich-limit",
        says: "Let X β = y have a solution β* with fewer nonzero entries than the n examples, and let t* be the largest of \
               -sgn(β*)·h_S / |h off S|_1 over X h = 0, h ≠ 0. Let 0 < t* < 1, attained at one h alone of those with |h off S|_1 = 1, \
               and let S and the columns off S that carry h be n + 1 in number. Then β - β* ~ κ α^(2(1 - t*)) h for the minimiser β of Q, with κ > 0 from \
               a linear system.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| lab.run(sparse_support).map(|rich| sparse_rich_limit(&rich, c)),
    },
    Step {
        id: "l1-bound",
        says: "Let u = v = α at the start with α < 1, and let b be the least l1 norm of the solutions, in d dimensions. \
               Then the minimiser of Q has |β|_1 ≤ b + (b log(b + α²) + d)/(2 log(1/α)); in particular, for ε > 0, |β|_1 ≤ (1 + ε) b \
               if α ≤ (2(1 + ε) b)^-((2 + ε)/(2ε)) and α ≤ e^(-d/(ε b)).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N21"],
        claims: |lab, c| lab.run(bounded).map(|bounded| l1_bound(&bounded, c)),
    },
];

/// The minimiser of Q at one size of the start.
pub(super) struct At {
    pub(super) alpha: f64,
    pub(super) minimiser: Minimiser,
}

/// A planted problem with the minimisers at several sizes of a start of drawn shape.
pub(super) struct Rich {
    pub(super) planted: Planted,
    pub(super) l1: LeastL1,
    pub(super) shape: Vec<f64>,
    pub(super) at: Vec<At>,
}

/// The sizes log a of α ω.
pub(super) fn log_sizes(alpha: f64, shape: &[f64]) -> Vec<f64> {
    shape.iter().map(|w0| 2.0 * (ln(alpha) + ln(*w0))).collect()
}

fn rich(planted: Planted, alphas: &[f64], stream: &mut Stream) -> Result<Rich> {
    let dim = planted.beta.len();
    let shape: Vec<f64> = (0..dim).map(|_| stream.uniform(0.6, 1.6)).collect();
    let l1 = min_l1_norm(&planted.problem)?;
    let at = |&alpha: &f64| -> Result<At> {
        let minimiser = minimise(&planted.problem, &log_sizes(alpha, &shape), &vec![0.0; dim], &l1)?;
        Ok(At { alpha, minimiser })
    };
    let at = alphas.iter().map(at).collect::<Result<_>>()?;
    Ok(Rich { planted, l1, shape, at })
}

/// Draws until the larger α is small: constants may still outweigh its powers. The slack is twice what is asked for here, and from
/// a percent on it would be blunt.
pub(super) fn full_support(seed: Seed) -> Result<Rich> {
    let stream = &mut seed.stream("diagonal-network", "rich limit");
    for _ in 0..100 {
        let planted = plant_full(3, 7, stream)?;
        // The slowest entry is some 1e-4 there: its share of the next order is seen, and the order after it is not.
        let nu = min_l1_norm(&planted.problem)?.nu;
        let off = (0..7).filter(|j| !planted.support.contains(j));
        let slowest = off.map(|j| dot(&planted.problem.x.column(j), &nu).abs()).fold(0.0, f64::max);
        let alphas = [exp(-LN_10 * stream.uniform(4.0, 5.0) / (2.0 * (1.0 - slowest))), 1e-32];
        let rich = rich(planted, &alphas, stream)?;
        if leading(&rich, alphas[0]).iter().all(|l| l.second + l.first * l.first < 2e-3) {
            return Ok(rich);
        }
    }
    Err(Error::numerical("no problem was drawn whose larger α is small"))
}

/// Draws until the solution is the one of least l1 norm, with exponents that are not too close to each other to be told apart
/// at α = 1e-32.
pub(super) fn sparse_support(seed: Seed) -> Result<Rich> {
    let stream = &mut seed.stream("diagonal-network", "sparse rich limit");
    for _ in 0..10_000 {
        let planted = plant_sparse(stream)?;
        let direction = extremal(&planted)?;
        let others = direction.off_support(&planted).filter(|j| !direction.carrying.contains(j));
        let next = others.map(|j| direction.pull(&planted, j).abs()).fold(0.0, f64::max);
        let least = direction.carrying.iter().map(|&j| direction.h[j].abs()).fold(f64::INFINITY, f64::min);
        // What β_S and the other columns do to the next order is then of sizes that are seen, and small.
        let visible = (0.8..1.2).contains(&((direction.t - next) / (1.0 - direction.t)));
        if (0.2..0.85).contains(&direction.t) && next < direction.t - 0.1 && least > 0.02 && visible {
            let alphas = [exp(-LN_10 * stream.uniform(6.0, 7.0) / (2.0 * (1.0 - direction.t))), 1e-32];
            let rich = rich(planted, &alphas, stream)?;
            // As above: the larger α must be small.
            let (log_kappa, mu) = constants(&rich, &direction);
            if beyond(&rich, &direction, &mu, log_kappa, alphas[0])
                .0
                .iter()
                .all(|quotient| (quotient - 1.0).abs() < 0.03)
            {
                return Ok(rich);
            }
        }
    }
    Err(Error::numerical("no sparse problem with a gap was drawn"))
}

/// Least l1 norm. For every other solution b, |b|_1 ≥ Σ b_j x_j·ν = ν·y = |β|_1, with equality only if b is 0 wherever
/// |x_j·ν| < 1; and on S the solution is unique. The bounds are proved from the data by any ν and any β.
pub(super) fn least_l1(name: &str, planted: &Planted, l1: &LeastL1, claims: &mut Claims) {
    let least: f64 = planted.beta.iter().map(|b| b.abs()).sum();
    let Certificate { lower, upper } = certify(&planted.problem, l1);
    let rounding = || Slack::rounding(64.0, 1.0) + Slack::certificate((upper - lower) / least);
    claims.equal(format!("{name}: lower bound of the least l1 norm over |β*|_1"), lower / least, 1.0, rounding());
    claims.equal(format!("{name}: upper bound over |β*|_1"), upper / least, 1.0, rounding());
    let apart: f64 = l1.beta.iter().zip(&planted.beta).map(|(b, p)| (b - p).abs()).sum();
    claims
        .equal(format!("{name}: |β of the simplex method - β*|_1"), apart, 0.0, rounding().times(least))
        .on("|β*|_1", least);
}

/// The leading orders of the minimiser off the support: for each column its x_j·ν and β_j, and how far the next two
/// orders change log|β_j|: the first with its sign, the second as a bound.
struct Leading {
    j: usize,
    nu: f64,
    beta: f64,
    first: f64,
    second: f64,
}

/// On S, s = sgn β log(|β|/a) up to α^4; s = X'(L ν + μ); and off S, β_j = 2 a_j sinh s_j. What is off S changes β_S by
/// -X_S^-1 X_off β_off, and that by its logarithm again what is off S. The sign of s is that of x_j·ν once α is small; before that e^(-2|s|) is no small term, and says so.
fn leading(rich: &Rich, alpha: f64) -> Vec<Leading> {
    let Rich { planted: Planted { problem, support, beta, .. }, shape, .. } = rich;
    let columns: Vec<Vec<f64>> = support.iter().map(|&j| problem.x.column(j)).collect();
    let signs: Vec<f64> = support.iter().map(|&j| beta[j].signum()).collect();
    let logs: Vec<f64> = support.iter().map(|&j| beta[j].signum() * (ln(beta[j].abs()) - 2.0 * ln(shape[j]))).collect();
    let (nu, mu) = (solve(&columns, true, &signs), solve(&columns, true, &logs));
    let off: Vec<usize> = (0..beta.len()).filter(|j| !support.contains(j)).collect();
    let of = |&j: &usize| -> (f64, f64) {
        let x = problem.x.column(j);
        let pull = dot(&x, &nu);
        let log = 2.0 * (1.0 - pull.abs()) * ln(alpha) + 2.0 * ln(shape[j]) + pull.signum() * dot(&x, &mu);
        (pull, exp(log).copysign(pull))
    };
    let values: Vec<(f64, f64)> = off.iter().map(of).collect();
    // X_S^-1 x_j.
    let shares: Vec<Vec<f64>> = off.iter().map(|&j| solve(&columns, false, &problem.x.column(j))).collect();
    let size = |k: usize| beta[support[k]].abs();
    let moved = |k: usize, weights: &dyn Fn(usize) -> f64| -> f64 {
        (0..off.len()).map(|l| shares[l][k] * values[l].1 * weights(l)).sum::<f64>() / size(k)
    };
    let on_support: Vec<f64> = (0..support.len()).map(|k| -moved(k, &|_| 1.0)).collect();
    let first: Vec<f64> = (0..off.len()).map(|l| values[l].0.signum() * dot(&shares[l], &on_support)).collect();
    let second = |l: usize| -> f64 {
        let of = |k: usize| {
            let again: f64 = (0..off.len()).map(|m| (shares[m][k] * values[m].1 * first[m]).abs()).sum();
            shares[l][k].abs() * (0.5 * on_support[k] * on_support[k] + again / size(k))
        };
        (0..support.len()).map(of).sum()
    };
    // The other exponential of the sinh, e^(-2|s|).
    let other = |l: usize| {
        let power = alpha * alpha * shape[off[l]] * shape[off[l]] / values[l].1;
        power * power
    };
    (0..off.len())
        .map(|l| Leading {
            j: off[l],
            nu: values[l].0,
            beta: values[l].1,
            first: first[l] - other(l),
            second: second(l) + other(l) * other(l),
        })
        .collect()
}

/// The rich limit. Each entry off the support has an exponent and a constant of its own, and they make up the excess
/// of the l1 norm.
pub(super) fn rich_limit(rich: &Rich, claims: &mut Claims) {
    let Rich { planted, at, .. } = rich;
    let least: f64 = planted.beta.iter().map(|b| b.abs()).sum();
    for At { alpha, minimiser } in at {
        let leading = leading(rich, *alpha);
        for Leading { j, nu, beta, first, second } in &leading {
            claims.equal(
                format!("α = {alpha:.1e}, |x·ν| = {:.2}: β_{} over its leading order", nu.abs(), j + 1),
                minimiser.beta[*j] / beta,
                1.0 + first,
                Slack::next_term(second + first * first, 2.0) + minimiser.slack() + of_constants(rich, *alpha),
            );
        }
        // Σ|β_j| - ν·y = Σ (|β_j| - β_j x_j·ν), free of what cancels.
        let pull = |j: usize| leading.iter().find(|l| l.j == j).map_or(1.0, |l| l.nu.abs());
        let excess: f64 = minimiser.beta.iter().enumerate().map(|(j, b)| (1.0 - pull(j)) * b.abs()).sum();
        let norm: f64 = minimiser.beta.iter().map(|b| b.abs()).sum();
        claims
            .equal(
                format!("α = {alpha:.1e}: |β|_1 - |β*|_1 less Σ (1 - |x·ν|)|β|"),
                norm - least - excess,
                0.0,
                minimiser.slack().times(least) + Slack::rounding(64.0, least),
            )
            .on("|β*|_1", least);
    }
    let [from, to] = &at[..] else { unreachable!("two sizes") };
    for (early, late) in leading(rich, from.alpha).iter().zip(leading(rich, to.alpha)) {
        let of = |at: &At, leading: &Leading| {
            let value = at.minimiser.beta[leading.j].abs() / exp(leading.first);
            let relative = at.minimiser.slack() + Slack::next_term(leading.second, 2.0);
            Quantity::new(value, relative.times(value))
        };
        claims.equal(
            format!("exponent of β_{} from α = {:.1e} to {:.1e}", early.j + 1, from.alpha, to.alpha),
            Quantity::exponent(of(from, early), of(to, &late), ln(to.alpha) - ln(from.alpha)),
            2.0 * (1.0 - early.nu.abs()),
            Slack::rounding(64.0, 1.0),
        );
    }
}

/// Inner products with ν, each rounded, times 2 log α in an exponent.
fn of_constants(rich: &Rich, alpha: f64) -> Slack {
    let count = rich.planted.problem.x.count() as f64;
    Slack::rounding(64.0 * count * count, 2.0 * ln(alpha))
}

/// The null vector h at which -sgn(β*)·h_S / |h_off S|_1 is largest, scaled to |h_off S|_1 = 1, with that value, and a dual
/// vector: x_j·ν = sgn β* on S and t sgn h_j on the columns off S that carry h.
pub(super) struct Extremal {
    pub(super) t: f64,
    pub(super) h: Vec<f64>,
    pub(super) carrying: Vec<usize>,
    pub(super) nu: Vec<f64>,
    /// Of the columns from which h and ν are solved.
    condition: f64,
}

impl Extremal {
    fn off_support<'a>(&self, planted: &'a Planted) -> impl Iterator<Item = usize> + use<'a> {
        (0..planted.beta.len()).filter(|j| !planted.support.contains(j))
    }

    fn pull(&self, planted: &Planted, j: usize) -> f64 {
        dot(&planted.problem.x.column(j), &self.nu)
    }
}

/// A linear program of few vertices, by going through all: h lives on S and n - |S| + 1 columns beside.
pub(super) fn extremal(planted: &Planted) -> Result<Extremal> {
    let Planted { problem, support, beta } = planted;
    let (count, dim) = (problem.x.count(), problem.x.dim());
    let off: Vec<usize> = (0..dim).filter(|j| !support.contains(j)).collect();
    let wanted = count - support.len() + 1;
    let mut best: Option<(f64, Vec<f64>, Vec<usize>)> = None;
    for subset in (0_u32..1 << off.len()).filter(|subset| subset.count_ones() as usize == wanted) {
        let chosen: Vec<usize> =
            off.iter().enumerate().filter(|(k, _)| subset >> k & 1 == 1).map(|(_, &j)| j).collect();
        // The last entry is 1, the others follow.
        let (last, others) = chosen.split_last().expect("there is one");
        let free: Vec<usize> = support.iter().chain(others).copied().collect();
        let columns: Vec<Vec<f64>> = free.iter().map(|&j| problem.x.column(j)).collect();
        let weights = solve(&columns, false, &problem.x.column(*last));
        let mut h = vec![0.0; dim];
        free.iter().zip(&weights).for_each(|(&j, w)| h[j] = -w);
        h[*last] = 1.0;
        let length: f64 = chosen.iter().map(|&j| h[j].abs()).sum();
        let value = -support.iter().map(|&j| beta[j].signum() * h[j]).sum::<f64>() / length;
        let scale = value.signum() / length;
        if best.as_ref().is_none_or(|(t, ..)| value.abs() > *t) {
            best = Some((value.abs(), h.iter().map(|h| h * scale).collect(), chosen));
        }
    }
    let (t, h, carrying) = best.ok_or_else(|| Error::numerical("too few columns"))?;
    let free: Vec<usize> = support.iter().chain(&carrying[..wanted - 1]).copied().collect();
    let columns: Vec<Vec<f64>> = free.iter().map(|&j| problem.x.column(j)).collect();
    let pulls: Vec<f64> =
        free.iter().map(|&j| if support.contains(&j) { beta[j].signum() } else { t * h[j].signum() }).collect();
    let nu = solve(&columns, true, &pulls);
    Ok(Extremal { t, h, carrying, nu, condition: condition(&columns) })
}

/// log κ and μ from X_S'μ = sgn β* log(|β*|/ω²) and sgn h_j x_j·μ - log κ = log(|h_j|/ω_j²) on the columns that carry h:
/// n + 1 equations, since |β_j| = a_j e^|s_j| is to be κ α^(2(1 - t)) |h_j|.
fn constants(rich: &Rich, direction: &Extremal) -> (f64, Vec<f64>) {
    let Rich { planted: Planted { problem, support, beta }, shape, .. } = rich;
    let count = problem.x.count();
    let mut rows = Vec::new();
    let mut right = Vec::new();
    for &j in support.iter().chain(&direction.carrying) {
        let on_support = support.contains(&j);
        let (sign, size) = if on_support {
            (beta[j].signum(), beta[j].abs())
        } else {
            (direction.h[j].signum(), direction.h[j].abs())
        };
        let mut row: Vec<f64> = problem.x.column(j).iter().map(|x| sign * x).collect();
        row.push(if on_support { 0.0 } else { -1.0 });
        rows.push(row);
        right.push(ln(size) - 2.0 * ln(shape[j]));
    }
    // Rows as columns, transposed: the same square system.
    let mut unknowns = solve(&rows, true, &right);
    let log_kappa = unknowns.remove(count);
    (log_kappa, unknowns)
}

/// Fewer entries than examples. Among the dual vectors with X_S'ν = sgn β* the one matters whose largest |x_j·ν| off S is
/// least; the columns where it is attained balance each other, and so their entries are all of one order.
pub(super) fn sparse_rich_limit(rich: &Rich, claims: &mut Claims) {
    let Rich { planted, at, .. } = rich;
    let problem = &planted.problem;
    let direction = &extremal(planted).expect("it was drawn with one");
    let (log_kappa, mu) = constants(rich, direction);
    // The linear program: ν is feasible with this t, and h proves that no smaller one is.
    let worst = direction.off_support(planted).map(|j| direction.pull(planted, j).abs()).fold(0.0, f64::max);
    // Both h and ν come by elimination in n equations.
    let solved = 8.0 * problem.x.count() as f64 * direction.condition;
    let (length, frobenius) = (norm(&direction.h), problem.frobenius());
    claims.equal(
        "max |x_j·ν| off S, over -sgn(β*)·h_S",
        worst / direction.t,
        1.0,
        Slack::rounding(solved, (frobenius * norm(&direction.nu) + length) / direction.t),
    );
    claims
        .equal("|X h|", norm(&problem.x.margins(&direction.h)), 0.0, Slack::rounding(solved, frobenius * length))
        .on("|h|", length);
    let mut logs = Vec::new();
    for At { alpha, minimiser } in at {
        let size = exp(log_kappa + 2.0 * (1.0 - direction.t) * ln(*alpha));
        let (quotients, last) = beyond(rich, direction, &mu, log_kappa, *alpha);
        let relative = || {
            Slack::next_term(last, 1.0)
                + minimiser.slack()
                + of_constants(rich, *alpha).times(1.0 + norm(&direction.nu))
        };
        for (&j, quotient) in direction.carrying.iter().zip(&quotients) {
            claims.equal(
                format!("α = {alpha:.1e}: β_{} over κ α^(2(1 - t*)) h", j + 1),
                minimiser.beta[j] / (size * direction.h[j]),
                *quotient,
                relative(),
            );
        }
        let off: Vec<f64> =
            direction.carrying.iter().zip(&quotients).map(|(&j, quotient)| minimiser.beta[j] / quotient).collect();
        logs.push(Quantity::new(norm(&off), relative().times(norm(&off))));
    }
    let [from, to] = &logs[..] else { unreachable!("two sizes") };
    claims.equal(
        format!(
            "exponent of |β on the columns of h off S|, without the next orders, from α = {:.1e} to {:.1e}",
            at[0].alpha, at[1].alpha
        ),
        Quantity::exponent(from.clone(), to.clone(), ln(at[1].alpha) - ln(at[0].alpha)),
        2.0 * (1.0 - direction.t),
        Slack::rounding(64.0, 1.0),
    );
}

/// How often the orders below are put in: what is left is of the fourth.
const ORDERS: usize = 3;

/// β_j over κ ε h_j, ε = α^(2(1 - t)), on the columns that carry h, as the other columns and the change of β_S leave it; and how much
/// the last order has changed it at most.
///
/// With δμ the change of μ, the quotient is q_j = e^v (1 - o_j e^(-2v)), v = sgn h_j x_j·δμ and o_j = (a_j/(κ ε h_j))²; where it waits,
/// β_j is 2a_j sinh s_j; on S, where β moves by κ ε (h + θ), x_i·δμ = sgn β_i log(1 + κ ε (h_i + θ_i)/β_i); and
/// X_A (h q - h) + X_S θ + X_N β_N/(κ ε) = 0. Linear in δμ and θ but for what is of higher order, these are n + |S| equations to be
/// solved again with what they gave before.
fn beyond(rich: &Rich, direction: &Extremal, mu: &[f64], log_kappa: f64, alpha: f64) -> (Vec<f64>, f64) {
    let Rich { planted: Planted { problem, support, beta }, shape, .. } = rich;
    let (count, h) = (problem.x.count(), &direction.h);
    let epsilon = exp(log_kappa + 2.0 * (1.0 - direction.t) * ln(alpha));
    let log_a = |j: usize| 2.0 * (ln(alpha) + ln(shape[j]));
    let along = |change: &[f64], j: usize| dot(&problem.x.column(j), &change[..count]);
    let quotient = |change: &[f64], j: usize| {
        let (v, other) = (h[j].signum() * along(change, j), exp(log_a(j)) / (epsilon * h[j]));
        exp(v) - other * other * exp(-v)
    };
    let waits = |change: &[f64], j: usize| {
        // At these α x_j·μ may still outweigh x_j·ν log(1/α²), and then it has the sign.
        let s = dot(&problem.x.column(j), mu) + along(change, j) - 2.0 * ln(alpha) * direction.pull(&rich.planted, j);
        (exp(log_a(j) + s) - exp(log_a(j) - s)) / epsilon
    };
    let waiting: Vec<usize> =
        direction.off_support(&rich.planted).filter(|j| !direction.carrying.contains(j)).collect();
    let total = count + support.len();
    let mut rows = vec![vec![0.0; total]; total];
    for &j in &direction.carrying {
        let x = problem.x.column(j);
        for k in 0..count {
            axpy(h[j].abs() * x[k], &x, &mut rows[k][..count]);
        }
    }
    for (l, &j) in support.iter().enumerate() {
        for (k, x) in problem.x.column(j).into_iter().enumerate() {
            rows[k][count + l] = x;
            rows[count + l][k] = x;
        }
    }
    let again = |before: &[f64]| {
        let mut right = vec![0.0; count];
        for &j in &direction.carrying {
            let higher = h[j] * (quotient(before, j) - 1.0) - h[j].abs() * along(before, j);
            axpy(-higher, &problem.x.column(j), &mut right);
        }
        waiting.iter().for_each(|&j| axpy(-waits(before, j), &problem.x.column(j), &mut right));
        for (l, &j) in support.iter().enumerate() {
            right.push(beta[j].signum() * ln_1p(epsilon * (h[j] + before[count + l]) / beta[j]));
        }
        solve(&rows, true, &right)
    };
    let quotients = |change: &[f64]| -> Vec<f64> { direction.carrying.iter().map(|&j| quotient(change, j)).collect() };
    let (mut known, mut last) = (vec![0.0; total], f64::INFINITY);
    for _ in 0..ORDERS {
        let next = again(&known);
        let changed = difference(&quotients(&next), &quotients(&known));
        last = changed.iter().fold(0.0, |last, change| change.abs().max(last));
        known = next;
    }
    (quotients(&known), last)
}

/// The minimisers from α itself, at sizes of all orders; for an eighth of y too, where the least l1 norm is below 1 and
/// b log(b + α²) is negative: there the d in the bound decides.
pub(super) struct Bounded {
    at: Vec<At>,
    least: f64,
    of_an_eighth: Vec<At>,
    l1_of_least_l2: Quantity,
    epsilon: f64,
    /// By what y is multiplied, and the minimiser just below the size that ε allows then.
    allowed: Vec<(f64, At)>,
}

/// An eighth of y is held back by the second condition on α, eight times y by the first: three entries from .5 to 2 in seven
/// dimensions.
const SCALES: [f64; 3] = [0.125, 1.0, 8.0];

pub(super) fn bounded(seed: Seed) -> Result<Bounded> {
    let stream = &mut seed.stream("diagonal-network", "l1 bound");
    let planted = plant_full(3, 7, stream)?;
    let least: f64 = planted.beta.iter().map(|b| b.abs()).sum();
    let epsilon = stream.uniform(0.15, 0.5);
    let below = stream.uniform(0.0, 0.1);
    let alphas = [exp(LN_10 * stream.uniform(-0.6, -0.1)), 1e-2, exp(LN_10 * stream.uniform(-9.0, -3.0)), 1e-32];
    let minimisers = |problem: &Regression, alphas: &[f64]| -> Result<Vec<At>> {
        let l1 = min_l1_norm(problem)?;
        let at = |&alpha: &f64| -> Result<At> {
            Ok(At { alpha, minimiser: minimise(problem, &[2.0 * ln(alpha); 7], &[0.0; 7], &l1)? })
        };
        alphas.iter().map(at).collect()
    };
    let scaled = |scale: f64| {
        let y = planted.problem.y.iter().map(|y| scale * y).collect();
        Regression { x: planted.problem.x.clone(), y }
    };
    let allowed = |&scale: &f64| -> Result<(f64, At)> {
        let b = scale * least;
        let first = -(2.0 + epsilon) / (2.0 * epsilon) * ln(2.0 * (1.0 + epsilon) * b);
        let alpha = exp(first.min(-7.0 / (epsilon * b)) - below);
        Ok((scale, minimisers(&scaled(scale), &[alpha])?.pop().expect("one size")))
    };
    let allowed = SCALES.iter().map(allowed).collect::<Result<_>>()?;
    let at = minimisers(&planted.problem, &alphas)?;
    let of_an_eighth = minimisers(&scaled(0.125), &alphas)?;
    let shortest = decompose(&planted.problem.x)?.nearest(&planted.problem, &[0.0; 7]);
    let length = shortest.w.iter().map(|b| b.abs()).sum();
    let l1_of_least_l2 = Quantity::new(length, Slack::certificate(7.0_f64.sqrt() * shortest.error));
    Ok(Bounded { at, least, of_an_eighth, l1_of_least_l2, epsilon, allowed })
}

/// A bound at every α. Q grows with a from Σ |β| log(|β|/a) - |β|, and is at most Σ |β| log((|β| + a)/a): compare the
/// minimiser with the solution of least l1 norm.
pub(super) fn l1_bound(bounded: &Bounded, claims: &mut Claims) {
    let Bounded { at, least, of_an_eighth, l1_of_least_l2, epsilon, allowed } = bounded;
    let length = |at: &At| at.minimiser.beta.iter().map(|b| b.abs()).sum::<f64>();
    let bound = |least: f64, alpha: f64| {
        least + (least * ln(least + alpha * alpha) + at[0].minimiser.beta.len() as f64) / (-2.0 * ln(alpha))
    };
    let each = at.iter().map(|at| (*least, at)).chain(of_an_eighth.iter().map(|at| (least / 8.0, at)));
    for (b, at) in each {
        let (bound, size) = (bound(b, at.alpha), length(at));
        claims.at_most(
            format!("b = {b:.3}, α = {:.2e}: |β|_1, against b + (b log(b + α²) + d)/(2 log(1/α))", at.alpha),
            size,
            bound,
            at.minimiser.slack().times(size) + Slack::rounding(64.0, bound),
        );
        claims.at_least(
            format!("b = {b:.3}, α = {:.2e}: |β|_1, against b", at.alpha),
            size,
            b,
            at.minimiser.slack().times(size) + Slack::rounding(64.0, b),
        );
    }
    claims.at_least(
        "|β|_1 of the solution of least l2 norm, against the bound at α = 1e-32",
        l1_of_least_l2.clone(),
        bound(*least, 1e-32),
        Slack::rounding(64.0, bound(*least, 1e-32)),
    );
    for (scale, at) in allowed {
        let (b, most) = (scale * least, (1.0 + epsilon) * scale * least);
        let name = format!("b = {b:.3}, ε = {epsilon:.2}, α = {:.2e}", at.alpha);
        let rounding = || Slack::rounding(64.0, most);
        claims.at_most(
            format!("{name}: |β|_1, against (1 + ε) b"),
            length(at),
            most,
            at.minimiser.slack().times(b) + rounding(),
        );
        // The two conditions on α are there for this.
        claims.at_most(format!("{name}: the bound on |β|_1, against (1 + ε) b"), bound(b, at.alpha), most, rounding());
    }
}

/// The leading orders off the support, in the order of the coordinates.
pub(super) fn leading_sizes(rich: &Rich, alpha: f64) -> Vec<f64> {
    leading(rich, alpha).iter().map(|leading| leading.beta).collect()
}
