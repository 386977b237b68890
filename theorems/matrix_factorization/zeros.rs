//! The zeros of the loss: how many there are, and that there are none if the factors are too narrow.

use faer::Mat;

use super::identities::singular_values;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::evidence::DECISIVE;
use theoremcheck::flow::factors::Factors;
use theoremcheck::problem::completion::{Completion, Entry, Planted, plant};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{distance, dot, exp, largest, norm};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "infinitely-many-zeros",
    says: "With r = min(rows, cols) every completion is a zero of the loss, and each has infinitely many \
           factors: UT and V T'^-1 have the same product for every invertible T.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &["N11"],
    claims: |lab, c| infinitely_many_zeros(&*lab.run(full_width)?, c),
}];

/// A problem, and the inner dimension with which it is to be fitted.
pub(super) struct Fit {
    pub(super) problem: Completion,
    /// The completion of low rank out of which the observed entries are taken.
    pub(super) planted: Mat<f64>,
    /// Two completions: M with its unobserved entries filled at random.
    pub(super) completions: [Mat<f64>; 2],
    pub(super) rank: usize,
    /// Invertible r × r matrices, row after row: orthonormal rows, each stretched or shrunk.
    turns: Vec<Turn>,
}

/// T = diag(stretch) Q and T'^-1 = diag(1/stretch) Q, with Q orthogonal.
struct Turn {
    stretch: Vec<f64>,
    q: Vec<Vec<f64>>,
}

/// How many T are drawn.
const TURNS: usize = 100;

impl Turn {
    fn draw(rank: usize, stream: &mut Stream) -> Turn {
        let first = stream.normals(rank);
        let q = orthonormal_basis(&first, stream);
        Turn { stretch: (0..rank).map(|_| exp(stream.uniform(-2.0, 2.0))).collect(), q }
    }

    /// UT, V T'^-1.
    fn of(&self, factors: &Factors) -> Factors {
        let times = |x: &[f64], scale: &dyn Fn(f64) -> f64| -> Vec<f64> {
            let entry = |row: &[f64], a: usize| -> f64 {
                row.iter().zip(&self.stretch).zip(&self.q).map(|((x, s), q)| x * scale(*s) * q[a]).sum()
            };
            x.chunks_exact(factors.rank)
                .flat_map(|row| (0..row.len()).map(move |a| (row, a)))
                .map(|(row, a)| entry(row, a))
                .collect()
        };
        Factors { u: times(&factors.u, &|s| s), v: times(&factors.v, &|s| 1.0 / s), ..factors.clone() }
    }
}

/// Four to six rows and three to five columns, about three entries of five observed, and r = min(rows, cols).
pub(super) fn full_width(seed: Seed) -> Result<Fit> {
    let stream = &mut seed.stream("matrix-factorization", "zeros");
    let (rows, cols) = (stream.whole(4, 6), stream.whole(3, 5));
    let rank = rows.min(cols);
    let share = stream.uniform(0.5, 0.7);
    let Planted { problem, truth } = plant(rows, cols, 2, share, stream);
    let planted = Mat::from_fn(rows, cols, |i, j| truth[i * cols + j]);
    let mut filled = || {
        let mut x = Mat::from_fn(rows, cols, |_, _| stream.normal());
        problem.entries.iter().for_each(|&Entry { i, j, m }| x[(i, j)] = m);
        x
    };
    let completions = [filled(), filled()];
    let turns = (0..TURNS).map(|_| Turn::draw(rank, stream)).collect();
    Ok(Fit { planted, completions, problem, rank, turns })
}

/// A 3 × 3 matrix of full rank, observed in full, and r = 2.
pub(super) fn too_narrow(seed: Seed) -> Result<Fit> {
    let stream = &mut seed.stream("matrix-factorization", "too narrow");
    let sigma = [stream.uniform(1.5, 2.0), stream.uniform(1.0, 1.3), stream.uniform(0.5, 0.7)];
    let mut basis = || {
        let first = stream.normals(3);
        orthonormal_basis(&first, stream)
    };
    let (left, right) = (basis(), basis());
    let x = Mat::from_fn(3, 3, |i, j| (0..3).map(|k| sigma[k] * left[k][i] * right[k][j]).sum());
    let entries = (0..9).map(|k| Entry { i: k / 3, j: k % 3, m: x[(k / 3, k % 3)] }).collect();
    let turns = (0..TURNS).map(|_| Turn::draw(2, stream)).collect();
    let problem = Completion { rows: 3, cols: 3, entries };
    Ok(Fit { problem, planted: x.clone(), completions: [x.clone(), x], rank: 2, turns })
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

/// The error of an entry of UV' by the factors of X: the decomposition and the product, n² roundings of its size each.
fn residual_slack(x: &Mat<f64>) -> Slack {
    let n = x.nrows().max(x.ncols()) as f64;
    Slack::rounding(2.0 * n * n, x.norm_l2())
}

/// Every completion is a zero. Any filling of the unobserved entries has factors with r = min(rows, cols), any mixture
/// of two fillings has, and factors may be turned into U T, V T'^-1.
pub(super) fn infinitely_many_zeros(fit: &Fit, claims: &mut Claims) -> Result<()> {
    let Fit { problem, completions: [first, second], rank, turns, .. } = fit;
    let observed: Vec<f64> = problem.entries.iter().map(|entry| entry.m).collect();
    for share in [0.0, 0.3, 1.0] {
        let x = first * faer::Scale(1.0 - share) + second * faer::Scale(share);
        let factors = balanced_factors(&x, *rank)?;
        // f sums the squares of the residuals.
        let residual = residual_slack(&x);
        let by = residual.total();
        claims
            .equal(
                format!("f of the factors of a completion, {share} of the way to another"),
                factors.loss(problem),
                0.0,
                residual.times(problem.entries.len() as f64 * by),
            )
            .on("|P_Ω(M)|²", dot(&observed, &observed));
    }
    let factors = balanced_factors(first, *rank)?;
    // Each turned factor is a sum of r products of three, and X one of r products.
    let (mut apart, mut size, mut nearest) = (0.0_f64, 0.0_f64, f64::INFINITY);
    for turn in turns {
        let turned = turn.of(&factors);
        let same = |k: usize| {
            let (i, j) = (k / problem.cols, k % problem.cols);
            turned.entry(i, j) - factors.entry(i, j)
        };
        apart = apart.max(largest((0..problem.rows * problem.cols).map(same)));
        size = size.max(norm(&turned.u) * norm(&turned.v));
        nearest = nearest.min(distance(&turned.u, &factors.u) / norm(&factors.u));
    }
    claims
        .equal(
            format!("{} drawn T: max |X of UT, V T'^-1 less X of U, V|", turns.len()),
            apart,
            0.0,
            Slack::rounding((8 * rank) as f64, size),
        )
        .on("|UT| |V T'^-1|", size);
    // Rows of length e^-2 and more: these are other factors, and not the same ones again.
    let rounding = Slack::rounding((4 * rank) as f64, 1.0);
    claims
        .at_least(
            format!("{} drawn T: least |UT - U| over |U|, against ten roundings", turns.len()),
            nearest,
            DECISIVE * rounding.total(),
            rounding,
        )
        .on("1", 1.0);
    Ok(())
}

/// No matrix of rank r is nearer to X than its r leading terms, which leave Σ σ_k² of the others (Eckart, Young 1936).
pub(super) fn loss_of_too_narrow_factors(fit: &Fit, claims: &mut Claims) -> Result<()> {
    let Fit { problem, completions: [x, _], rank, .. } = fit;
    let sigma = singular_values(x)?;
    let rest: f64 = sigma[*rank..].iter().map(|s| s * s).sum();
    let factors = balanced_factors(x, *rank)?;
    // Each of nine residuals counts twice its size times its error.
    let rounded = || residual_slack(x).times(2.0 * (9.0 * rest).sqrt());
    claims.equal("f of the best factors, against σ_3²", factors.loss(problem), rest, rounded());
    // From a start that is no saddle gradient descent comes to the same: what it lacks falls like e^(-4(σ_2 - σ_3)t) if the
    // factors are balanced, as these nearly are; the time is twice what that needs.
    let start = Factors {
        rank: 2,
        u: vec![0.5, 0.1, -0.2, 0.4, 0.3, 0.2],
        v: vec![0.4, -0.1, 0.1, 0.5, 0.2, 0.3],
        volume: None,
    };
    let (eta, gap) = (0.05, sigma[1] - sigma[2]);
    let steps = (20.0 / (gap * eta)).ceil();
    let end = start.descend(problem, eta, steps as usize);
    claims.equal(
        "f where gradient descent ends, against σ_3²",
        end.loss(problem),
        rest,
        // f is at a minimum there: an error of X counts by its square, and each step adds four roundings.
        rounded() + Slack::next_term(exp(-40.0), 2.0 * sigma[0]),
    );
    Ok(())
}
