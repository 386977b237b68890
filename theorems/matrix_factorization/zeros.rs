//! The zeros of the loss: how many there are, which the direct parameterisation finds, and which is least in nuclear
//! norm.

use faer::Mat;

use super::identities::{largest, singular_values};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::factors::Factors;
use theoremcheck::problem::completion::{Completion, Entry, Planted, plant};
use theoremcheck::real::{UNIT_ROUNDOFF, difference, dot, norm, pow};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::Seed;

/// A problem, and the inner dimension with which it is to be fitted.
pub(super) struct Fit {
    pub(super) problem: Completion,
    /// Two completions: M with its unobserved entries filled at random.
    pub(super) completions: [Mat<f64>; 2],
    pub(super) rank: usize,
}

/// A 5 × 4 matrix, three entries of five observed, and r = 4.
pub(super) fn full_width(seed: Seed) -> Result<Fit> {
    let stream = &mut seed.stream("matrix-factorization", "zeros");
    let problem = plant(5, 4, 2, 0.6, stream).problem;
    let mut filled = || {
        let mut x = Mat::from_fn(5, 4, |_, _| stream.normal());
        problem.entries.iter().for_each(|&Entry { i, j, m }| x[(i, j)] = m);
        x
    };
    let completions = [filled(), filled()];
    Ok(Fit { completions, problem, rank: 4 })
}

/// The identity, 3 × 3, observed in full, and r = 2.
pub(super) fn too_narrow() -> Result<Fit> {
    let x = Mat::<f64>::identity(3, 3);
    let entries = (0..9).map(|k| Entry { i: k / 3, j: k % 3, m: x[(k / 3, k % 3)] }).collect();
    Ok(Fit { problem: Completion { rows: 3, cols: 3, entries }, completions: [x.clone(), x], rank: 2 })
}

/// U = W√Σ, V = Z√Σ of the leading `rank` terms of X = WΣZ': balanced factors of X, if that is enough for it.
fn balanced_factors(x: &Mat<f64>, rank: usize) -> Result<Factors> {
    let svd = x.thin_svd().map_err(Error::no_singular_values)?;
    let side = |w: faer::MatRef<'_, f64>| -> Vec<f64> {
        let entry = |k: usize| w[(k / rank, k % rank)] * svd.S()[k % rank].sqrt();
        (0..w.nrows() * rank).map(entry).collect()
    };
    Ok(Factors { rank, u: side(svd.U()), v: side(svd.V()), volume: None })
}

/// Any filling of the unobserved entries has factors with r = min(rows, cols), any mixture of two fillings has, and
/// factors may be turned into U T, V T'^-1.
pub(super) fn infinitely_many_zeros(fit: &Fit, claims: &mut Claims) -> Result<()> {
    let Fit { problem, completions: [first, second], rank } = fit;
    let observed: Vec<f64> = problem.entries.iter().map(|entry| entry.m).collect();
    let scale = dot(&observed, &observed);
    // A residual is a rounding of an entry of X, a sum of r products; f sums their squares.
    let slack = |x: &Mat<f64>| {
        let ops = 64.0 * *rank as f64;
        Slack::rounding(ops * ops * problem.entries.len() as f64, UNIT_ROUNDOFF * x.squared_norm_l2())
    };
    for share in [0.0, 0.3, 1.0] {
        let x = first * faer::Scale(1.0 - share) + second * faer::Scale(share);
        let factors = balanced_factors(&x, *rank)?;
        claims
            .equal(
                format!("f of the factors of a completion, {share} of the way to another"),
                factors.loss(problem),
                0.0,
                slack(&x),
            )
            .on("|P_Ω(M)|²", scale);
    }
    let factors = balanced_factors(first, *rank)?;
    // T adds twice the second column of U to the first; T'^-1 takes twice the first column of V from the second.
    let mut turned = factors.clone();
    turned.u.chunks_exact_mut(*rank).for_each(|row| row[0] += 2.0 * row[1]);
    turned.v.chunks_exact_mut(*rank).for_each(|row| row[1] -= 2.0 * row[0]);
    let size = (norm(&turned.u) + norm(&turned.v)) * (norm(&turned.u) + norm(&turned.v));
    let same = |k: usize| {
        let (i, j) = (k / problem.cols, k % problem.cols);
        turned.entry(i, j) - factors.entry(i, j)
    };
    claims
        .equal(
            "max |X of the turned factors - X|",
            largest((0..problem.rows * problem.cols).map(same)),
            0.0,
            Slack::rounding(32.0, size),
        )
        .on("(|U| + |V|)²", size);
    Ok(())
}

/// No matrix of rank r is nearer to X than its r leading terms, which leave Σ σ_k² of the others (Eckart, Young 1936).
pub(super) fn loss_of_too_narrow_factors(fit: &Fit, claims: &mut Claims) -> Result<()> {
    let Fit { problem, completions: [x, _], rank } = fit;
    let sigma = singular_values(x)?;
    let rest: f64 = sigma[*rank..].iter().map(|s| s * s).sum();
    let factors = balanced_factors(x, *rank)?;
    claims.equal("f of the best factors", factors.loss(problem), rest, Slack::rounding(256.0, 3.0));
    // From a start that is no saddle gradient descent comes to the same.
    let start = Factors {
        rank: 2,
        u: vec![0.5, 0.1, -0.2, 0.4, 0.3, 0.2],
        v: vec![0.4, -0.1, 0.1, 0.5, 0.2, 0.3],
        volume: None,
    };
    let end = start.descend(problem, 0.05, 4000);
    claims.equal("f where gradient descent ends", end.loss(problem), rest, Slack::rounding(1e5, 3.0));
    Ok(())
}

// ---------------------------------------------------------------------------------------------------
// The direct parameterisation
// ---------------------------------------------------------------------------------------------------

/// A 6 × 5 matrix of rank two, half observed.
pub(super) fn hidden_half(seed: Seed) -> Result<Planted> {
    Ok(plant(6, 5, 2, 0.5, &mut seed.stream("matrix-factorization", "direct")))
}

/// Gradient descent on X itself, X <- X - 2η P_Ω(X - M), from X_0.
pub(super) fn descend_directly(problem: &Completion, start: &[f64], eta: f64, steps: usize) -> Vec<f64> {
    let mut x = start.to_vec();
    for _ in 0..steps {
        for &Entry { i, j, m } in &problem.entries {
            let x = &mut x[i * problem.cols + j];
            *x -= 2.0 * eta * (*x - m);
        }
    }
    x
}

/// On Ω each entry goes to M by itself, like (1 - 2η)^k; the others stay where they are.
pub(super) fn direct_parameterisation(planted: &Planted, claims: &mut Claims) -> Result<()> {
    let Planted { problem, truth } = planted;
    let eta = 0.1;
    // A start that is not zero, to see what it does.
    let start: Vec<f64> = truth.iter().map(|m| 0.5 - m).collect();
    let place = |entry: &Entry| entry.i * problem.cols + entry.j;
    let observed: Vec<usize> = problem.entries.iter().map(place).collect();
    let size = largest(start.iter().chain(truth).copied());
    for steps in [1, 10, 100] {
        let x = descend_directly(problem, &start, eta, steps);
        let rest = pow(1.0 - 2.0 * eta, steps as f64);
        let apart = |&k: &usize| x[k] - (truth[k] + rest * (start[k] - truth[k]));
        claims
            .equal(
                format!("step {steps}: max |X_ij - closed form| on Ω"),
                largest(observed.iter().map(apart)),
                0.0,
                Slack::rounding(8.0 * steps as f64, size),
            )
            .on("max |X_0|, |M|", size);
        let frozen = (0..x.len()).filter(|k| !observed.contains(k)).map(|k| x[k] - start[k]);
        claims
            .equal(format!("step {steps}: max change off Ω"), largest(frozen), 0.0, Slack::rounding(1.0, size))
            .on("max |X_0|, |M|", size);
    }
    // From 0: every completion is the zero-filled matrix plus something orthogonal to it.
    let zeros = vec![0.0; truth.len()];
    let end = descend_directly(problem, &zeros, eta, 400);
    claims
        .equal(
            "from 0: <X, M - X> / |X|²",
            dot(&end, &difference(truth, &end)) / dot(&end, &end),
            0.0,
            Slack::rounding(64.0, 1.0) + Slack::next_term(pow(1.0 - 2.0 * eta, 400.0), 2.0),
        )
        .on("1, zero for the completion of least Frobenius norm", 1.0);
    Ok(())
}

// ---------------------------------------------------------------------------------------------------
// The least nuclear norm
// ---------------------------------------------------------------------------------------------------

/// [[*, b], [c, d]] and what is known of it by hand.
pub(super) struct TwoByTwo {
    b: f64,
    c: f64,
    d: f64,
}

const TWO_BY_TWO: [TwoByTwo; 5] = [
    TwoByTwo { b: 1.0, c: 1.0, d: 0.5 },
    TwoByTwo { b: 1.0, c: 1.0, d: 2.0 },
    TwoByTwo { b: -1.0, c: 2.0, d: 0.7 },
    TwoByTwo { b: 0.3, c: -0.2, d: -1.1 },
    TwoByTwo { b: 1.5, c: -0.4, d: 0.0 },
];

/// The least nuclear norms of the 2 × 2 problems and of a seeded one.
pub(super) struct Minima {
    two_by_two: Vec<MinNuclearNorm>,
    seeded: Planted,
    minimum: MinNuclearNorm,
}

pub(super) fn minima(seed: Seed) -> Result<Minima> {
    let small = |m: &TwoByTwo| min_nuclear_norm(&Completion::from_rows(&[[None, Some(m.b)], [Some(m.c), Some(m.d)]]));
    let seeded = plant(12, 10, 2, 0.5, &mut seed.stream("matrix-factorization", "minimum"));
    let minimum = min_nuclear_norm(&seeded.problem)?;
    Ok(Minima { two_by_two: TWO_BY_TWO.iter().map(small).collect::<Result<_>>()?, seeded, minimum })
}

/// On 2 × 2 matrices with x_11 missing |X|_*² = |X|_F² + 2|det X|, by which the minimum is |b| + |c| if |bc| ≥ d², else
/// √((d² + b²)(d² + c²))/|d|. On others the bounds of the certificate meet, below the norm of the truth.
pub(super) fn minimum_nuclear_norm(minima: &Minima, claims: &mut Claims) -> Result<()> {
    let Minima { two_by_two, seeded, minimum } = minima;
    for (TwoByTwo { b, c, d }, minimum) in TWO_BY_TWO.iter().zip(two_by_two) {
        let by_hand = if (b * c).abs() >= d * d {
            b.abs() + c.abs()
        } else {
            ((d * d + b * b) * (d * d + c * c)).sqrt() / d.abs()
        };
        let gap = minimum.certificate.upper - minimum.certificate.lower;
        claims.equal(
            format!("[[*, {b}], [{c}, {d}]]: least nuclear norm"),
            minimum.norm,
            by_hand,
            Slack::certificate(gap) + Slack::rounding(16.0, by_hand),
        );
    }
    let nuclear = |x: &Mat<f64>| singular_values(x).map(|sigma| sigma.iter().sum::<f64>());
    let certificate = &minimum.certificate;
    let norm = nuclear(&minimum.completion)?;
    claims.equal(
        "12 × 10: Σ σ_i of the completion over the lower bound <Y, M>/c",
        norm / certificate.lower,
        1.0,
        Slack::certificate(certificate.relative_gap) + Slack::rounding(1e3, 1.0),
    );
    let Completion { rows, cols, .. } = seeded.problem;
    let truth = Mat::from_fn(rows, cols, |i, j| seeded.truth[i * cols + j]);
    let size = nuclear(&truth)?;
    claims.at_most("12 × 10: least nuclear norm, against that of the truth", norm, size, Slack::rounding(1e3, size));
    let zero_filled = nuclear(&seeded.problem.zero_filled())?;
    claims.at_most(
        "12 × 10: least nuclear norm, against that of the zero-filled matrix",
        norm,
        zero_filled,
        Slack::rounding(1e3, zero_filled),
    );
    Ok(())
}
