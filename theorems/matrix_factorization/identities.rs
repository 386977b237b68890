//! What holds along every flow of factors, whatever is observed: exact identities.

use faer::Mat;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, Moment, flow};
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::completion::{Completion, Entry, plant};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{dot, exp, ln, norm};
use theoremcheck::seed::Seed;

/// Local errors far below anything that is claimed, relative to the factors however small they are.
pub(super) const TIGHT: Tolerance = Tolerance { absolute: 1e-13, relative: 1e-13 };

const TIMES: [f64; 3] = [0.3, 1.0, 4.0];

/// The flow of a problem from a start.
pub(super) struct Run {
    pub(super) problem: Completion,
    pub(super) start: Factors,
    pub(super) moments: Vec<Moment>,
}

impl Run {
    pub(super) fn new(problem: Completion, start: Factors, times: &[f64]) -> Result<Run> {
        let moments = flow(&problem, &start, times, TIGHT)?;
        Ok(Run { problem, start, moments })
    }

    pub(super) fn last(&self) -> &Moment {
        self.moments.last().expect("a run has moments")
    }
}

/// The largest modulus.
pub(super) fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |top: f64, x| top.max(x.abs()))
}

/// A 5 × 4 matrix of rank two, three entries of five observed; factors with r = 4 that are not balanced.
pub(super) fn unbalanced(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("matrix-factorization", "unbalanced");
    let problem = plant(5, 4, 2, 0.6, stream).problem;
    let mut half = |count| stream.normals(count).iter().map(|x| 0.5 * x).collect();
    let start = Factors { rank: 4, u: half(20), v: half(16), volume: None };
    Run::new(problem, start, &TIMES)
}

/// A 4 × 4 matrix of rank two, three entries of five observed; square factors with V = QU, Q orthogonal.
pub(super) fn balanced(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("matrix-factorization", "balanced");
    let problem = plant(4, 4, 2, 0.6, stream).problem;
    let u: Vec<f64> = stream.normals(16).iter().map(|x| 0.5 * x).collect();
    let first = stream.normals(4);
    let q = orthonormal_basis(&first, stream);
    let v = q.iter().flat_map(|q| (0..4).map(|a| (0..4).map(|k| q[k] * u[4 * k + a]).sum())).collect();
    Run::new(problem, Factors::square(4, u, v), &TIMES)
}

/// Square factors that are not balanced, for so short a time that neither becomes singular.
pub(super) fn squares(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("matrix-factorization", "squares");
    let problem = plant(4, 4, 2, 0.6, stream).problem;
    let mut near_identity = || (0..16).map(|k| f64::from(k % 5 == 0) + 0.1 * stream.normal()).collect();
    Run::new(problem, Factors::square(4, near_identity(), near_identity()), &[0.01, 0.05, 0.1])
}

/// A matrix of full rank, observed in full, from the lifted start: X has to come out of 0 in every direction.
pub(super) fn lifted(seed: Seed) -> Result<Run> {
    let problem = plant(4, 4, 4, 1.0, &mut seed.stream("matrix-factorization", "lifted")).problem;
    let start = Factors::lifted(&problem, 0.5);
    Run::new(problem, start, &TIMES)
}

/// u = 1, v = -1/10 and m = 1, fitted in full: one entry, not balanced.
pub(super) fn one_entry() -> Result<Run> {
    let problem = Completion::from_rows(&[[Some(1.0)]]);
    Run::new(problem, Factors { rank: 1, u: vec![1.0], v: vec![-0.1], volume: None }, &[10.0])
}

// ---------------------------------------------------------------------------------------------------
// The equations
// ---------------------------------------------------------------------------------------------------

/// The flow goes against the gradient: f(U + sA, V + sB) is a polynomial of degree four in s, so that a difference of
/// five points has its slope at s = 0 exactly, and that slope must be -<(U', V'), (A, B)>.
pub(super) fn factor_flow(run: &Run, claims: &mut Claims) {
    let Run { problem, start, .. } = run;
    let (here, velocity) = (start, start.velocity(problem));
    // Directions of many kinds: the velocity itself, and each factor alone.
    let still = |x: &[f64]| vec![0.0; x.len()];
    let directions = [
        ("U", Factors { v: still(&start.v), ..velocity.clone() }),
        ("V", Factors { u: still(&start.u), ..velocity.clone() }),
        ("U, V", start.clone()),
    ];
    for (name, direction) in directions {
        let h = 0.5;
        let f = |s: f64| here.moved(s * h, &direction).loss(problem);
        let slope = (8.0 * (f(1.0) - f(-1.0)) - (f(2.0) - f(-2.0))) / (12.0 * h);
        let along = dot(&velocity.u, &direction.u) + dot(&velocity.v, &direction.v);
        let size = (8.0 * (f(1.0) + f(-1.0)) + f(2.0) + f(-2.0)) / (12.0 * h);
        let ops = 4.0 * (problem.entries.len() + start.rank) as f64;
        claims.equal(format!("-∂f along {name}"), -slope, along, Slack::rounding(ops, size));
    }
}

/// X moves by itself, with A = UU' and B = VV': A' = -(GX' + XG'), X' = -(AG + GB), B' = -(X'G + G'X).
struct Induced<'a> {
    problem: &'a Completion,
}

impl Induced<'_> {
    fn start(&self, factors: &Factors) -> Vec<f64> {
        let grams = [(&factors.u, &factors.u), (&factors.u, &factors.v), (&factors.v, &factors.v)];
        let products = |(left, right): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
            let rows = |x: &Vec<f64>| x.chunks_exact(factors.rank).map(<[f64]>::to_vec).collect::<Vec<_>>();
            let right = rows(right);
            rows(left).iter().flat_map(|l| right.iter().map(|r| dot(l, r)).collect::<Vec<_>>()).collect()
        };
        grams.into_iter().flat_map(products).collect()
    }

    /// G = 2 P_Ω(X - M), from X row after row.
    fn gradient(&self, x: &[f64]) -> Mat<f64> {
        let mut g = Mat::zeros(self.problem.rows, self.problem.cols);
        for &Entry { i, j, m } in &self.problem.entries {
            g[(i, j)] = 2.0 * (x[i * self.problem.cols + j] - m);
        }
        g
    }
}

fn matrix(rows: usize, entries: &[f64]) -> Mat<f64> {
    let cols = entries.len() / rows;
    Mat::from_fn(rows, cols, |i, j| entries[i * cols + j])
}

fn write(matrix: &Mat<f64>, out: &mut [f64]) {
    for (i, row) in out.chunks_exact_mut(matrix.ncols()).enumerate() {
        row.iter_mut().enumerate().for_each(|(j, entry)| *entry = matrix[(i, j)]);
    }
}

impl Ode for Induced<'_> {
    fn dim(&self) -> usize {
        let Completion { rows, cols, .. } = *self.problem;
        rows * rows + rows * cols + cols * cols
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let Completion { rows, cols, .. } = *self.problem;
        let (a, rest) = y.split_at(rows * rows);
        let (x, b) = rest.split_at(rows * cols);
        let g = self.gradient(x);
        let (a, x, b) = (matrix(rows, a), matrix(rows, x), matrix(cols, b));
        let (da, rest) = dy.split_at_mut(rows * rows);
        let (dx, db) = rest.split_at_mut(rows * cols);
        write(&-(&g * x.transpose() + &x * g.transpose()), da);
        write(&-(&a * &g + &g * &b), dx);
        write(&-(x.transpose() * &g + g.transpose() * &x), db);
    }
}

/// The same for balanced factors, where UU' = √(XX') and VV' = √(X'X): X' = -(√(XX') G + G √(X'X)), by the singular
/// value decomposition of X.
struct BalancedInduced<'a>(Induced<'a>);

impl Ode for BalancedInduced<'_> {
    fn dim(&self) -> usize {
        self.0.problem.rows * self.0.problem.cols
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let (g, x) = (self.0.gradient(y), matrix(self.0.problem.rows, y));
        let Ok(svd) = x.thin_svd() else {
            // Not a number: the integrator takes shorter steps, and gives up if that does not help.
            dy.fill(f64::NAN);
            return;
        };
        let root = |sides: faer::MatRef<'_, f64>| sides * svd.S() * sides.transpose();
        write(&-(root(svd.U()) * &g + &g * root(svd.V())), dy);
    }
}

/// A flow of factors beside a flow of their product alone.
pub(super) struct InducedRun {
    pub(super) form: &'static str,
    pub(super) factors: Run,
    /// X by the induced flow at the same times, and what its integrator may have lost.
    pub(super) induced: Vec<(Vec<f64>, f64)>,
}

/// X' = -(UU'G + GVV'), for any start.
pub(super) fn induced_by_any(factors: Run) -> Result<InducedRun> {
    let ode = Induced { problem: &factors.problem };
    let Completion { rows, cols, .. } = factors.problem;
    let product = rows * rows..rows * rows + rows * cols;
    let induced = follow(&ode, &ode.start(&factors.start), |y| y[product.clone()].to_vec())?;
    Ok(InducedRun { form: "UU', VV'", induced, factors })
}

/// X' = -(√(XX')G + G√(X'X)), for balanced starts.
pub(super) fn induced_by_balanced(factors: Run) -> Result<InducedRun> {
    let ode = BalancedInduced(Induced { problem: &factors.problem });
    let Completion { rows, cols, .. } = factors.problem;
    let start: Vec<f64> = (0..rows * cols).map(|k| factors.start.entry(k / cols, k % cols)).collect();
    let induced = follow(&ode, &start, <[f64]>::to_vec)?;
    Ok(InducedRun { form: "√(XX'), √(X'X)", induced, factors })
}

fn follow(ode: &impl Ode, start: &[f64], product: impl Fn(&[f64]) -> Vec<f64>) -> Result<Vec<(Vec<f64>, f64)>> {
    let run = |tolerance| dormand_prince(ode, 0.0, start, &TIMES, tolerance);
    let (fine, coarse) = (run(TIGHT)?, run(TIGHT.times(100.0))?);
    let pair = |(fine, coarse): (&Vec<f64>, &Vec<f64>)| {
        let (x, other) = (product(fine), product(coarse));
        let lost = largest(x.iter().zip(&other).map(|(x, y)| x - y));
        (x, lost)
    };
    Ok(fine.states.iter().zip(&coarse.states).map(pair).collect())
}

pub(super) fn induced_flow(run: &InducedRun, claims: &mut Claims) {
    let cols = run.factors.problem.cols;
    for (at, (induced, lost)) in run.factors.moments.iter().zip(&run.induced) {
        let apart =
            |factors: &Factors| largest(induced.iter().enumerate().map(|(k, x)| factors.entry(k / cols, k % cols) - x));
        let drift = largest((0..induced.len()).map(|k| at.measure(|f| f.entry(k / cols, k % cols)).1));
        let size = largest(induced.iter().copied());
        claims
            .equal(
                format!("{}, t = {}: max |UV' - X of the induced flow|", run.form, at.t),
                apart(&at.factors),
                0.0,
                Slack::integration(drift + lost) + Slack::rounding(1e3, size),
            )
            .on("of max |X|", size);
    }
}

// ---------------------------------------------------------------------------------------------------
// What is conserved
// ---------------------------------------------------------------------------------------------------

/// D = U'U - V'V at each time, against its start.
pub(super) fn balance_is_conserved(runs: &[(&str, &Run)], claims: &mut Claims) {
    for (name, run) in runs {
        let before = run.start.imbalance();
        let square = |factors: &Factors| dot(&factors.u, &factors.u) + dot(&factors.v, &factors.v);
        for at in &run.moments {
            let size = square(&run.start).max(square(&at.factors));
            let change = |factors: &Factors| -> Vec<f64> {
                factors.imbalance().iter().zip(&before).map(|(now, before)| now - before).collect()
            };
            let (fine, coarse) = (change(&at.factors), change(&at.coarse));
            let drift = largest(fine.iter().zip(&coarse).map(|(x, y)| x - y));
            claims
                .equal(
                    format!("{name}, t = {}: max |D(t) - D(0)|", at.t),
                    largest(fine),
                    0.0,
                    Slack::integration(drift) + Slack::integration(at.local * size) + Slack::rounding(1e3, size),
                )
                .on("|U|² + |V|²", size);
        }
    }
}

/// log|det X| by elimination on X, against the law that the flow carries along, and the polar factor of X against the
/// ratio W = UV^-1 of balanced factors, by which (log|det X|)' = -2 tr(W'G).
pub(super) fn determinant_keeps_its_sign(
    balanced: &Run,
    squares: &Run,
    lifted: &Run,
    one_entry: &Run,
    claims: &mut Claims,
) -> Result<()> {
    let sign = |factors: &Factors| factors.product().determinant().signum();
    for (name, run) in [("balanced", balanced), ("not balanced", squares), ("lifted", lifted)] {
        for at in &run.moments {
            let law = |factors: &Factors| factors.log_det().0;
            let (predicted, drift) = at.measure(law);
            let x = at.factors.product();
            let condition = condition(&x)?;
            claims
                .equal(
                    format!("{name}, t = {}: log|det X|", at.t),
                    ln(x.determinant().abs()),
                    predicted,
                    Slack::integration(drift) + Slack::rounding(256.0, condition),
                )
                .on("1", 1.0);
        }
    }
    // Balanced factors have the singular values of each other, and the rate of both determinants is finite. One that is
    // smaller than the other may go through 0.
    let last = one_entry.last();
    let (product, drift) = last.measure(|factors| factors.entry(0, 0));
    claims.equal(
        "1 × 1 from u = 1, v = -1/10: uv at the end",
        product,
        1.0,
        Slack::integration(drift) + Slack::rounding(1e3, 1.0),
    );
    for at in &balanced.moments {
        claims.equal(
            format!("balanced, t = {}: sign of det X over that at the start", at.t),
            sign(&at.factors) / sign(&balanced.start),
            1.0,
            Slack::rounding(1.0, 1.0),
        );
        let x = at.factors.product();
        let svd = x.thin_svd().map_err(Error::no_singular_values)?;
        let polar = svd.U() * svd.V().transpose();
        let ratio = |factors: &Factors| factors.volume.as_ref().map_or(vec![], |volume| volume.ratio.clone());
        let (fine, coarse) = (ratio(&at.factors), ratio(&at.coarse));
        let drift = largest(fine.iter().zip(&coarse).map(|(x, y)| x - y));
        claims
            .equal(
                format!("balanced, t = {}: max |W - polar factor of X|", at.t),
                largest(fine.iter().enumerate().map(|(k, w)| w - polar[(k / 4, k % 4)])),
                0.0,
                Slack::integration(drift) + Slack::rounding(256.0, condition(&x)?),
            )
            .on("1", 1.0);
    }
    Ok(())
}

/// The singular values of X, largest first.
pub(super) fn singular_values(x: &Mat<f64>) -> Result<Vec<f64>> {
    x.singular_values().map_err(Error::no_singular_values)
}

/// σ_1/σ_n: how much an error of the size of X is in its determinant and its polar factor.
fn condition(x: &Mat<f64>) -> Result<f64> {
    let sigma = singular_values(x)?;
    Ok(sigma[0] / sigma[sigma.len() - 1])
}

// ---------------------------------------------------------------------------------------------------
// Where everything is observed
// ---------------------------------------------------------------------------------------------------

/// diag(3, 2, 1), observed in full.
pub(super) struct Modes {
    pub(super) alpha: f64,
    pub(super) run: Run,
}

pub(super) const TARGETS: [f64; 3] = [3.0, 2.0, 1.0];

/// σ(t) from α² towards m: σ' = 4σ(m - σ).
pub(super) fn sigmoid(m: f64, alpha: f64, t: f64) -> f64 {
    m / (1.0 + (m / (alpha * alpha) - 1.0) * exp(-4.0 * m * t))
}

/// When σ is half of m.
pub(super) fn half_time(m: f64, alpha: f64) -> f64 {
    ln(m / (alpha * alpha) - 1.0) / (4.0 * m)
}

pub(super) fn diagonal_target() -> Completion {
    let entries = (0..9).map(|k| Entry { i: k / 3, j: k % 3, m: if k % 4 == 0 { TARGETS[k / 4] } else { 0.0 } });
    Completion { rows: 3, cols: 3, entries: entries.collect() }
}

/// From αI, α = 1e-4, at the three half-times.
pub(super) fn modes() -> Result<Modes> {
    let (problem, alpha) = (diagonal_target(), 1e-4);
    let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
    Ok(Modes { alpha, run: Run::new(problem, start, &TARGETS.map(|m| half_time(m, alpha)))? })
}

pub(super) fn sigmoidal_modes(modes: &Modes, claims: &mut Claims) {
    let Modes { alpha, run } = modes;
    for (at, m) in run.moments.iter().zip(TARGETS) {
        for (i, target) in TARGETS.into_iter().enumerate() {
            let (sigma, drift) = at.measure(|factors| factors.entry(i, i) / target);
            let what = if target == m { "(half of it)" } else { "" };
            claims.equal(
                format!("t = {:.4}, half-time of {m}: share of {target} {what}", at.t),
                sigma,
                sigmoid(target, *alpha, at.t) / target,
                // A thousand steps, each of which rounds a factor that then grows with the mode.
                Slack::integration(drift) + Slack::rounding(1e4, sigma),
            );
        }
        let beside = largest((0..9).filter(|k| k % 4 != 0).map(|k| at.factors.entry(k / 3, k % 3)));
        claims
            .equal(
                format!("t = {:.4}: max |X_ij|, i ≠ j", at.t),
                beside,
                0.0,
                Slack::rounding(1.0, norm(&at.factors.u)),
            )
            .on("1", 1.0);
    }
}
