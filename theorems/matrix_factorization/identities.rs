//! What holds along every flow of factors, whatever is observed: exact identities.

use faer::Mat;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Factors, Moment, flow};
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::completion::{Completion, Entry, plant};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{difference, dot, exp, largest, ln, norm};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "factor-flow",
        says: "The gradient of f in U is GV and in V is G'U: the flow is U̇ = -GV, V̇ = -G'U.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N13"],
        claims: |lab, c| {
            factor_flow(&*lab.run(unbalanced)?, c);
            Ok(())
        },
    },
    Step {
        id: "induced-flow",
        says: "X = UV' obeys Ẋ = -(UU'G + GVV'), and of balanced factors Ẋ = -(√(XX')G + G√(X'X)): a flow of X \
               alone, preconditioned by X itself.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N14"],
        claims: |lab, c| {
            induced_flow(&*lab.run(|seed| induced_by_any(unbalanced(seed)?))?, c);
            induced_flow(&*lab.run(|seed| induced_by_balanced(balanced(seed)?))?, c);
            Ok(())
        },
    },
    Step {
        id: "balance-is-conserved",
        says: "D = U'U - V'V does not change along the flow.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N15"],
        claims: |lab, c| {
            let (balanced, unbalanced) = (lab.run(balanced)?, lab.run(unbalanced)?);
            balance_is_conserved(&[("balanced", &balanced), ("not balanced", &unbalanced)], c);
            Ok(())
        },
    },
    Step {
        id: "determinant-keeps-its-sign",
        says: "For square factors the rate of log|det X| is -tr((V'^-1 U' + V U^-1) G); if they are balanced it is \
               -2 tr(W'G) with the polar factor W of X, which is finite, and det X never reaches 0 if it does not \
               start there.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            let (balanced, squares, lifted) = (lab.run(balanced)?, lab.run(squares)?, lab.run(lifted)?);
            determinant_keeps_its_sign(&balanced, &squares, &lifted, &*lab.run(one_entry)?, c)
        },
    },
];

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

/// |U|² + |V|².
pub(super) fn square(factors: &Factors) -> f64 {
    dot(&factors.u, &factors.u) + dot(&factors.v, &factors.v)
}

/// The error of a product of U or V with U or V, such as an entry of X: the roundings of the factors since the start
/// and of the products themselves, and what the last two steps, which no later one has corrected, may have lost.
pub(super) fn product_slack(at: &Moment) -> Slack {
    let size = square(&at.factors);
    Slack::rounding(at.roundings + at.factors.rank as f64, size)
        + Slack::integration(2.0 * (TIGHT.absolute + TIGHT.relative) * size)
}

/// A number that is a product of the factors, or moves `per` times as much as one.
pub(super) fn measured(at: &Moment, per: f64, quantity: impl Fn(&Factors) -> f64) -> Quantity {
    let (value, drift) = at.measure(quantity);
    Quantity::new(value, Slack::integration(drift) + product_slack(at).times(per))
}

/// f, which moves by twice |P_Ω(X - M)| times as much as X on Ω, and by the square of that.
pub(super) fn measured_loss(at: &Moment, problem: &Completion) -> Quantity {
    let (loss, drift) = at.measure(|factors| factors.loss(problem));
    let moved = product_slack(at).times((problem.entries.len() as f64).sqrt());
    let by = moved.total();
    Quantity::new(loss, Slack::integration(drift) + moved.times(2.0 * loss.sqrt() + by))
}

/// A matrix of rank two or three, of which half to seven tenths of the entries are observed; factors of full width that
/// are not balanced.
pub(super) fn unbalanced(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("matrix-factorization", "unbalanced");
    let (rows, cols, rank) = (stream.whole(5, 6), stream.whole(4, 5), stream.whole(2, 3));
    let share = stream.uniform(0.5, 0.7);
    let problem = plant(rows, cols, rank, share, stream).problem;
    let mut half = |count| stream.normals(count).iter().map(|x| 0.5 * x).collect();
    let start = Factors { rank: cols, u: half(rows * cols), v: half(cols * cols), volume: None };
    Run::new(problem, start, &TIMES)
}

/// A square matrix of rank two, of which half to seven tenths of the entries are observed; square factors with V = QU, Q
/// orthogonal.
pub(super) fn balanced(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("matrix-factorization", "balanced");
    let n = stream.whole(3, 4);
    let share = stream.uniform(0.5, 0.7);
    let problem = plant(n, n, 2, share, stream).problem;
    let u: Vec<f64> = stream.normals(n * n).iter().map(|x| 0.5 * x).collect();
    let first = stream.normals(n);
    let q = orthonormal_basis(&first, stream);
    let v = q.iter().flat_map(|q| (0..n).map(|a| (0..n).map(|k| q[k] * u[n * k + a]).sum())).collect();
    Run::new(problem, Factors::square(n, u, v), &TIMES)
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
    let stream = &mut seed.stream("matrix-factorization", "lifted");
    let n = stream.whole(3, 4);
    let alpha = stream.uniform(0.4, 0.7);
    let problem = plant(n, n, n, 1.0, stream).problem;
    let start = Factors::lifted(&problem, alpha);
    Run::new(problem, start, &TIMES)
}

/// One entry m > 0, fitted in full from u > 0 > v, u larger than |v|: until e^-40 is left, at a rate of at least
/// 2(u² - v²) and of 4m in the end.
pub(super) fn one_entry(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("matrix-factorization", "one entry");
    let (u, v, m) = (stream.uniform(0.8, 1.2), stream.uniform(-0.3, -0.1), stream.uniform(0.6, 1.6));
    let problem = Completion::from_rows(&[[Some(m)]]);
    Run::new(problem, Factors { rank: 1, u: vec![u], v: vec![v], volume: None }, &[20.0 / (u * u - v * v)])
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
        // Each f is a sum over Ω of squares, each of an inner product of r terms that is moved before.
        let ops = (problem.entries.len() + 4 * start.rank) as f64;
        claims.equal(format!("-∂f along {name}"), -slope, along, Slack::rounding(ops, size));
    }
}

/// X moves by itself, with A = UU' and B = VV': Ȧ = -(GX' + XG'), Ẋ = -(AG + GB), Ḃ = -(X'G + G'X).
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

/// The same for balanced factors, where UU' = √(XX') and VV' = √(X'X): Ẋ = -(√(XX') G + G √(X'X)), by the singular
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
    pub(super) induced: Vec<(Vec<f64>, Slack)>,
}

/// Ẋ = -(UU'G + GVV'), for any start.
pub(super) fn induced_by_any(factors: Run) -> Result<InducedRun> {
    let ode = Induced { problem: &factors.problem };
    let Completion { rows, cols, .. } = factors.problem;
    let product = rows * rows..rows * rows + rows * cols;
    let induced = follow(&ode, &ode.start(&factors.start), |y| y[product.clone()].to_vec())?;
    Ok(InducedRun { form: "UU', VV'", induced, factors })
}

/// Ẋ = -(√(XX')G + G√(X'X)), for balanced starts.
pub(super) fn induced_by_balanced(factors: Run) -> Result<InducedRun> {
    let ode = BalancedInduced(Induced { problem: &factors.problem });
    let Completion { rows, cols, .. } = factors.problem;
    let start: Vec<f64> = (0..rows * cols).map(|k| factors.start.entry(k / cols, k % cols)).collect();
    let induced = follow(&ode, &start, <[f64]>::to_vec)?;
    Ok(InducedRun { form: "√(XX'), √(X'X)", induced, factors })
}

fn follow(ode: &impl Ode, start: &[f64], product: impl Fn(&[f64]) -> Vec<f64>) -> Result<Vec<(Vec<f64>, Slack)>> {
    let run = |tolerance| dormand_prince(ode, 0.0, start, &TIMES, tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let at = |k: usize| {
        let (state, x) = (&fine.states[k], product(&fine.states[k]));
        let lost = largest(difference(&x, &product(&coarse.states[k])));
        let slack = Slack::integration(lost + fine.local[k]) + Slack::rounding(fine.roundings[k], norm(state));
        (x, slack)
    };
    Ok((0..TIMES.len()).map(at).collect())
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
                Slack::integration(drift) + product_slack(at) + lost.clone(),
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
        for at in &run.moments {
            let size = square(&run.start).max(square(&at.factors));
            let change = |factors: &Factors| difference(&factors.imbalance(), &before);
            let (fine, coarse) = (change(&at.factors), change(&at.coarse));
            let drift = largest(difference(&fine, &coarse));
            // As many products as U and V have rows, at both ends.
            let sums = 2.0 * (run.problem.rows + run.problem.cols) as f64;
            claims
                .equal(
                    format!("{name}, t = {}: max |D(t) - D(0)|", at.t),
                    largest(fine),
                    0.0,
                    Slack::integration(drift)
                        + Slack::integration(at.local * size)
                        + Slack::rounding(2.0 * at.roundings + sums, size),
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
            let (predicted, drift) = at.measure(|factors| factors.log_det().0);
            let x = at.factors.product();
            claims
                .equal(
                    format!("{name}, t = {}: log|det X|", at.t),
                    ln(x.determinant().abs()),
                    predicted,
                    Slack::integration(drift) + determinant_slack(at, &x, predicted)?,
                )
                .on("1", 1.0);
        }
    }
    // Balanced factors have the singular values of each other, and the rate of both determinants is finite. One that is
    // smaller than the other may go through 0.
    let last = one_entry.last();
    let m = one_entry.problem.entries[0].m;
    claims.equal(
        "1 × 1, u > 0 > v: uv at the end, against m > 0",
        measured(last, 1.0, |factors| factors.entry(0, 0)),
        m,
        Slack::next_term(2.0 * m * exp(-40.0), 1.0),
    );
    let n = balanced.problem.rows;
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
        let drift = largest(difference(&fine, &coarse));
        let least = *singular_values(&x)?.last().expect("X is not empty");
        claims
            .equal(
                format!("balanced, t = {}: max |W - polar factor of X|", at.t),
                largest(fine.iter().enumerate().map(|(k, w)| w - polar[(k / n, k % n)])),
                0.0,
                // The polar factor turns by |δX|/σ_n at the most; W, of length √n, is a state of its own.
                Slack::integration(drift)
                    + (product_slack(at) + elimination(n, &x)).times(n as f64 / least)
                    + Slack::rounding(at.roundings, (n as f64).sqrt()),
            )
            .on("1", 1.0);
    }
    Ok(())
}

/// n³ roundings of entries of X, in its elimination or its decomposition.
fn elimination(n: usize, x: &Mat<f64>) -> Slack {
    Slack::rounding((n * n * n) as f64, x.norm_l2())
}

/// log|det X| moves by tr(X^-1 δX), at most n|δX|/σ_n; the law rounds W, of length √n, and a logarithm.
fn determinant_slack(at: &Moment, x: &Mat<f64>, log_det: f64) -> Result<Slack> {
    let n = x.nrows();
    let least = *singular_values(x)?.last().expect("X is not empty");
    Ok((product_slack(at) + elimination(n, x)).times(n as f64 / least)
        + Slack::rounding(2.0 * at.roundings, n as f64 + log_det.abs()))
}

/// The singular values of X, largest first.
pub(super) fn singular_values(x: &Mat<f64>) -> Result<Vec<f64>> {
    x.singular_values().map_err(Error::no_singular_values)
}
