//! The set of zero loss.

use super::experiments::{Instance, Run, Starts, misfit, starts};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{combine, norm};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "zero-loss-subspace",
    says: "If some w has X w = y, the w of zero loss are w∞ plus the null space of X: an affine subspace of dimension \
           d - rank X, which is d - n if the rows are independent.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N2"],
    claims: |lab, c| {
        let starts = lab.run(starts)?;
        dimension(&starts, c);
        zero_loss_subspace(&starts.from_anywhere, Some(&starts.instance), c);
        Ok(())
    },
}];

/// Its dimension. The least of r singular values is certainly positive, and the rows beyond are multiples of others.
fn dimension(starts: &Starts, claims: &mut Claims) {
    let Starts { instance, independent, from_zero, .. } = starts;
    let (planted, reference) = (&instance.planted, &from_zero.reference);
    let (rank, dim) = (planted.sigma.len(), planted.axes.len());
    let exact = || Slack::rounding(1.0, 1.0);
    claims.equal("d - rank X, against d - r", (dim - reference.rank) as f64, (dim - rank) as f64, exact());
    claims.equal(
        "the independent rows: d - rank X, against d - n",
        (dim - independent.rank) as f64,
        (dim - instance.whole.x.count()) as f64,
        exact(),
    );
    claims.at_least(
        "σ_r over the error of the computed one",
        reference.sigma[rank - 1] / reference.error,
        1.0,
        exact(),
    );
    let apart = planted.sigma.iter().zip(&reference.sigma).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let error = || Slack::certificate(reference.error);
    claims
        .equal("largest |σ_i - planted σ_i|", apart, 0.0, error() + instance.planting())
        .on("σ_r", planted.sigma[rank - 1]);
    let next = reference.sigma.get(rank).copied().unwrap_or(0.0);
    claims
        .equal("the singular value after σ_r, if there is one", next, 0.0, error())
        .on("σ_r", planted.sigma[rank - 1]);
}

/// The zero-loss set. X(w∞ + z) = y for every z of the null space, and along v_i, which are orthogonal to it, the
/// residual grows like σ_i: no other direction leads from zero to zero. The planted axes owe nothing to a computed
/// decomposition.
pub(super) fn zero_loss_subspace(run: &Run, planted: Option<&Instance>, claims: &mut Claims) {
    let Run { problem, reference, start, limit, .. } = run;
    let (frobenius, dim) = (problem.frobenius(), problem.x.dim() as f64);
    let size = norm(&limit.w) + norm(start);
    let slack = |w: &[f64]| {
        Slack::rounding(dim + 4.0, frobenius * norm(w) + norm(&problem.y))
            + Slack::certificate(reference.sigma[0] * limit.error)
    };
    let at = |w: &[f64]| misfit(problem, w);
    claims
        .equal("|X w∞ - y|", at(&limit.w), 0.0, slack(&limit.w))
        .on("|X|(|w∞| + |w_0|) + |y|", frobenius * size + norm(&problem.y));
    let Some(instance) = planted else { return };
    let (range, null) = instance.planted.axes.split_at(instance.planted.sigma.len());
    // Steps of the size of w∞, so that they are seen beside it.
    let beside = |axis: &Vec<f64>| combine(size, axis, &limit.w);
    let worst = null.iter().map(|axis| at(&beside(axis))).fold(0.0, f64::max);
    claims
        .equal(
            "largest |X (w∞ + s z) - y|/s over an orthonormal basis z of the null space, s = |w∞| + |w_0|",
            worst / size,
            0.0,
            slack(&beside(&null[0])).times(1.0 / size) + instance.planting(),
        )
        .on("σ_r", instance.planted.sigma[range.len() - 1]);
    let off = |(axis, sigma): (&Vec<f64>, &f64)| (at(&beside(axis)) / size - sigma).abs();
    let worst = range.iter().zip(&instance.planted.sigma).map(off).fold(0.0, f64::max);
    claims
        .equal(
            "largest ||X (w∞ + s v_i) - y|/s - σ_i| over all i",
            worst,
            0.0,
            slack(&beside(&range[0])).times(1.0 / size) + instance.planting(),
        )
        .on("σ_r", instance.planted.sigma[range.len() - 1]);
}
