//! What the factors are compared with: gradient descent on the matrix itself, and the completion of least nuclear norm.

use faer::Mat;

use super::identities::singular_values;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::problem::completion::{Completion, Entry, Planted, plant};
use theoremcheck::real::{difference, dot, exp, largest, ln, pow};
use theoremcheck::reference::nuclear_norm::{MinNuclearNorm, min_nuclear_norm};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "direct-parameterisation",
        says: "Gradient descent on X itself, with a step η < 1, moves each observed entry to M like (1 - 2η)^k and leaves \
               the others: from 0 it ends at the completion of least Frobenius norm.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N18"],
        claims: |lab, c| {
            direct_parameterisation(&*lab.run(hidden_half)?, c);
            Ok(())
        },
    },
    Step {
        id: "minimum-nuclear-norm",
        says: "The least nuclear norm is known from both sides: <Y, M>/c below, for Y supported on Ω with |Y|_op ≤ \
               c, and (|U|² + |V|²)/2 + √n |P_Ω(M - UV')| above, n = min(rows, cols), for all U and V.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| minimum_nuclear_norm(&*lab.run(minima)?, c),
    },
];

// ---------------------------------------------------------------------------------------------------
// The direct parameterisation
// ---------------------------------------------------------------------------------------------------

/// A matrix of rank two, half observed, and a step below 1/2.
pub(super) struct HiddenHalf {
    planted: Planted,
    eta: f64,
}

pub(super) fn hidden_half(seed: Seed) -> Result<HiddenHalf> {
    let stream = &mut seed.stream("matrix-factorization", "direct");
    let (rows, cols) = (stream.whole(5, 7), stream.whole(4, 6));
    let eta = stream.uniform(0.05, 0.3);
    Ok(HiddenHalf { planted: plant(rows, cols, 2, 0.5, stream), eta })
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
pub(super) fn direct_parameterisation(run: &HiddenHalf, claims: &mut Claims) {
    let HiddenHalf { planted: Planted { problem, truth }, eta } = run;
    // A start that is not zero, to see what it does.
    let start: Vec<f64> = truth.iter().map(|m| 0.5 - m).collect();
    let place = |entry: &Entry| entry.i * problem.cols + entry.j;
    let observed: Vec<usize> = problem.entries.iter().map(place).collect();
    let size = largest(start.iter().chain(truth).copied());
    for steps in [1, 10, 100] {
        let x = descend_directly(problem, &start, *eta, steps);
        let rest = pow(1.0 - 2.0 * eta, steps as f64);
        let apart = |&k: &usize| x[k] - (truth[k] + rest * (start[k] - truth[k]));
        claims
            .equal(
                format!("step {steps}: max |X_ij - closed form| on Ω"),
                largest(observed.iter().map(apart)),
                0.0,
                // Four roundings a step, and as many in the closed form.
                Slack::rounding(4.0 * steps as f64 + 4.0, size),
            )
            .on("max |X_0|, |M|", size);
        let frozen = (0..x.len()).filter(|k| !observed.contains(k)).map(|k| x[k] - start[k]);
        claims
            .equal(format!("step {steps}: max change off Ω"), largest(frozen), 0.0, Slack::rounding(1.0, size))
            .on("max |X_0|, |M|", size);
    }
    // From 0: every completion is the zero-filled matrix plus something orthogonal to it. Until e^-40 is left.
    let zeros = vec![0.0; truth.len()];
    let steps = (-40.0 / ln(1.0 - 2.0 * eta)).ceil() as usize;
    let end = descend_directly(problem, &zeros, *eta, steps);
    // A rounding of the last bit of M is where the descent stops to move.
    let still = || Slack::rounding(2.0 / eta, 1.0) + Slack::next_term(exp(-40.0), 1.0);
    claims
        .equal(
            "from 0: <X, M - X> / |X|²",
            dot(&end, &difference(truth, &end)) / dot(&end, &end),
            0.0,
            // Sums over all entries.
            still() + Slack::rounding(2.0 * truth.len() as f64, 1.0),
        )
        .on("1, zero for the completion of least Frobenius norm", 1.0);
    let observed: Vec<f64> = problem.entries.iter().map(|entry| entry.m).collect();
    claims.equal(
        "from 0: |X|² over |P_Ω(M)|²",
        dot(&end, &end) / dot(&observed, &observed),
        1.0,
        still().times(2.0) + Slack::rounding(2.0 * truth.len() as f64, 1.0),
    );
}

// ---------------------------------------------------------------------------------------------------
// The least nuclear norm
// ---------------------------------------------------------------------------------------------------

/// [[*, b], [c, d]] and its least nuclear norm.
pub(super) struct TwoByTwo {
    name: &'static str,
    b: f64,
    c: f64,
    d: f64,
    minimum: MinNuclearNorm,
}

/// The least nuclear norms of 2 × 2 problems and of a larger one.
pub(super) struct Minima {
    two_by_two: Vec<TwoByTwo>,
    planted: Planted,
    minimum: MinNuclearNorm,
}

/// A number of this range with a random sign.
fn signed(stream: &mut Stream, low: f64, high: f64) -> f64 {
    let size = stream.uniform(low, high);
    if stream.uniform(-1.0, 1.0) < 0.0 { -size } else { size }
}

pub(super) fn minima(seed: Seed) -> Result<Minima> {
    let stream = &mut seed.stream("matrix-factorization", "minimum");
    let ranges = [("|bc| > d²", 0.2, 0.6), ("|bc| < d²", 1.6, 2.5), ("d = 0", 0.0, 0.0)];
    let small = |(name, low, high): (&'static str, f64, f64)| {
        let (b, c, d) = (signed(stream, 0.7, 1.4), signed(stream, 0.7, 1.4), signed(stream, low, high));
        let minimum = min_nuclear_norm(&Completion::from_rows(&[[None, Some(b)], [Some(c), Some(d)]]))?;
        Ok(TwoByTwo { name, b, c, d, minimum })
    };
    let two_by_two = ranges.into_iter().map(small).collect::<Result<_>>()?;
    let stream = &mut seed.stream("matrix-factorization", "larger minimum");
    let (rows, cols) = (stream.whole(10, 13), stream.whole(9, 12));
    let share = stream.uniform(0.45, 0.6);
    let planted = plant(rows, cols, 2, share, stream);
    let minimum = min_nuclear_norm(&planted.problem)?;
    Ok(Minima { two_by_two, planted, minimum })
}

/// The least nuclear norm of [[*, b], [c, d]] by hand: |X|_*² = |X|_F² + 2|det X|, by which it is |b| + |c| if |bc| ≥ d²,
/// else √((d² + b²)(d² + c²))/|d|.
pub(super) fn least_norm(b: f64, c: f64, d: f64) -> f64 {
    if (b * c).abs() >= d * d { b.abs() + c.abs() } else { ((d * d + b * b) * (d * d + c * c)).sqrt() / d.abs() }
}

/// Both bounds of the certificate, in the right order, meet: where the answer is known by hand, there; else with the sum of
/// the singular values of the completion between them.
pub(super) fn minimum_nuclear_norm(minima: &Minima, claims: &mut Claims) -> Result<()> {
    let Minima { two_by_two, planted, minimum } = minima;
    for TwoByTwo { name, b, c, d, minimum } in two_by_two {
        let by_hand = least_norm(*b, *c, *d);
        let gap = minimum.certificate.upper - minimum.certificate.lower;
        claims.equal(
            format!("[[*, b], [c, d]], {name}: least nuclear norm"),
            minimum.norm,
            by_hand,
            // Eight operations by hand.
            Slack::certificate(gap) + Slack::rounding(8.0, by_hand),
        );
    }
    let certificate = &minimum.certificate;
    claims.at_most(
        "planted: lower bound over upper bound",
        certificate.lower / certificate.upper,
        1.0,
        Slack::rounding(1.0, 1.0),
    );
    let Completion { rows, cols, .. } = planted.problem;
    // A decomposition rounds each singular value by about rows · cols of the largest; there are min(rows, cols) of them.
    let rounding = Slack::rounding((rows * cols * rows.min(cols)) as f64, 1.0);
    let nuclear = |x: &Mat<f64>| singular_values(x).map(|sigma| sigma.iter().sum::<f64>());
    let norm = nuclear(&minimum.completion)?;
    claims.equal(
        "planted: Σ σ_i of the completion over the lower bound <Y, M>/c",
        norm / certificate.lower,
        1.0,
        Slack::certificate(certificate.relative_gap) + rounding.clone(),
    );
    let truth = Mat::from_fn(rows, cols, |i, j| planted.truth[i * cols + j]);
    claims.at_most(
        "planted: the lower bound, over the nuclear norm of the truth",
        certificate.lower / nuclear(&truth)?,
        1.0,
        rounding,
    );
    Ok(())
}
