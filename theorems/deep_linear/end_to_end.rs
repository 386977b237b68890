//! What the flow of the layers makes of their product, whatever the loss.

use faer::Mat;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::deep::{Layers, Moment, completion_flow, misfit_gradient};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::completion::{Completion, plant};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{difference, dot, largest, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "end-to-end-flow",
        says: "If the layers are balanced, X = W_N .. W_1 obeys Ẋ = -Σ_j (XX')^((j-1)/N) G (X'X)^((N-j)/N), j = 1 to N: a \
               flow of X alone.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "arora-cohen-hazan-2018" },
        notes: &[],
        claims: |lab, c| lab.run(balanced_networks)?.iter().try_for_each(|run| end_to_end_flow(run, c)),
    },
    Step {
        id: "singular-value-flow",
        says: "If the layers are balanced, a simple positive singular value of X with vectors u, v moves by σ' = -N σ^(2-2/N) \
               <G, uv'>: with the same <G, uv'>, the larger it is, the faster, and the more so the deeper the network.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "arora-2019" },
        notes: &[],
        claims: |lab, c| lab.run(balanced_networks)?.iter().try_for_each(|run| singular_value_flow(run, c)),
    },
    Step {
        id: "balance-is-conserved",
        says: "D_j = W_(j+1)' W_(j+1) - W_j W_j' does not change along the flow, for each pair of neighbouring layers and from \
               any start.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "arora-cohen-hazan-2018" },
        notes: &[],
        claims: |lab, c| {
            lab.run(unbalanced_networks)?.iter().for_each(|run| balance_is_conserved(run, c));
            Ok(())
        },
    },
    Step {
        id: "drift-of-a-step",
        says: "A step η of gradient descent changes D_j by η² (V_(j+1)' V_(j+1) - V_j V_j'), exactly, where V_j is the gradient \
               in W_j.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            lab.run(descents)?.iter().for_each(|descent| drift_of_a_step(descent, c));
            Ok(())
        },
    },
    Step {
        id: "hidden-width",
        says: "Balanced networks of one depth that begin at the same X give the same X at every time, whatever their \
               hidden widths.",
        kind: Kind::Refinement,
        standing: Standing::Proved { cite: "arora-cohen-hazan-2018" },
        notes: &[],
        claims: |lab, c| {
            lab.run(two_widths)?.iter().for_each(|pair| hidden_width(pair, c));
            Ok(())
        },
    },
];

/// Local errors far below anything that is claimed, relative to the layers however small they are.
pub(super) const TIGHT: Tolerance = Tolerance { absolute: 1e-13, relative: 1e-13 };

/// The depths that are compared.
pub(super) const DEPTHS: [usize; 3] = [2, 3, 4];

// ---------------------------------------------------------------------------------------------------
// Networks
// ---------------------------------------------------------------------------------------------------

/// A network that is to fit the observed entries of a matrix.
pub(super) struct Run {
    pub(super) problem: Completion,
    pub(super) start: Layers,
    pub(super) moments: Vec<Moment>,
}

impl Run {
    fn new(problem: Completion, start: Layers, times: &[f64]) -> Result<Run> {
        let moments = completion_flow(&problem, &start, times, TIGHT)?;
        Ok(Run { problem, start, moments })
    }

    fn gradient(&self, layers: &Layers) -> Vec<f64> {
        misfit_gradient(&self.problem, &layers.product())
    }

    fn last(&self) -> &Moment {
        self.moments.last().expect("a run has moments")
    }
}

/// Layers W_j = Σ_k σ_k^(1/N) q_jk q_j-1,k', where q_j1, q_j2, .. are orthonormal in the space after layer j: balanced, and
/// X has the singular values σ_k.
fn balanced(spaces: &[Vec<Vec<f64>>], sigma: &[f64]) -> Layers {
    let widths: Vec<usize> = spaces.iter().map(|basis| basis[0].len()).collect();
    let depth = widths.len() - 1;
    let roots: Vec<f64> = sigma.iter().map(|s| pow(*s, 1.0 / depth as f64)).collect();
    let layer = |pair: &[Vec<Vec<f64>>]| -> Vec<f64> {
        let [before, after] = pair else { unreachable!("windows of two") };
        let (rows, cols) = (after[0].len(), before[0].len());
        let entry = |k: usize| -> f64 {
            roots.iter().zip(before.iter().zip(after)).map(|(s, (b, a))| s * a[k / cols] * b[k % cols]).sum()
        };
        (0..rows * cols).map(entry).collect()
    };
    Layers { entries: spaces.windows(2).flat_map(layer).collect(), widths }
}

fn random_basis(n: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let first = stream.normals(n);
    orthonormal_basis(&first, stream)
}

/// A matrix of rank two, three entries of five observed, with 3 to 5 rows and columns; and singular values that are apart.
fn drawn_problem(stream: &mut Stream) -> (Completion, Vec<f64>) {
    let (rows, cols) = (stream.whole(3, 5), stream.whole(3, 5));
    let problem = plant(rows, cols, 2, 0.6, stream).problem;
    let sigma = (0..rows.min(cols)).map(|k| 0.5 + 0.3 * k as f64 + stream.uniform(0.0, 0.15)).collect();
    (problem, sigma)
}

/// Singular values are differentiated in time at points that are at most so far apart.
const WINDOW: f64 = 0.002;

/// One balanced network a depth, with hidden widths of their own, at the points of the window and at a later time.
pub(super) fn balanced_networks(seed: Seed) -> Result<Vec<Run>> {
    let run = |depth: usize| {
        let stream = &mut seed.stream("deep-linear", &format!("balanced, N = {depth}"));
        let (problem, sigma) = drawn_problem(stream);
        let hidden = (1..depth).map(|_| stream.whole(sigma.len(), 6)).collect::<Vec<_>>();
        let widths = [vec![problem.cols], hidden, vec![problem.rows]].concat();
        let spaces: Vec<_> = widths.into_iter().map(|n| random_basis(n, stream)).collect();
        let start = balanced(&spaces, &sigma);
        let (rate, _) = product_rate(&start, &start.velocity(&|x| misfit_gradient(&problem, x)));
        // Two singular values need a time of their gap over 2|Ẋ| to meet, and are analytic until then: from the centre six
        // windows, ρ = 12h for the narrow differences. With derivatives k!/ρ^k the term of h⁶ is 16 h²/ρ² of that of h⁴.
        let gap = sigma.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let window = WINDOW.min(gap / (16.0 * norm(&rate)));
        let later = stream.uniform(0.05, 0.15);
        let times: Vec<f64> =
            [0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0].map(|k| k * window).into_iter().chain([later]).collect();
        Run::new(problem, start, &times)
    };
    DEPTHS.into_iter().map(run).collect()
}

fn unbalanced_network(seed: Seed, purpose: &str, depth: usize) -> Result<Run> {
    let stream = &mut seed.stream("deep-linear", &format!("{purpose}, N = {depth}"));
    let (problem, _) = drawn_problem(stream);
    // At least as wide as the ends, so that X has full rank.
    let hidden = (1..depth).map(|_| stream.whole(5, 7)).collect::<Vec<_>>();
    let widths = [vec![problem.cols], hidden, vec![problem.rows]].concat();
    let count = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let entries = stream.normals(count).into_iter().map(|x| 0.5 * x).collect();
    let times = [0.0, stream.uniform(0.3, 1.0)];
    Run::new(problem, Layers { widths, entries }, &times)
}

/// One network a depth whose layers are drawn without regard for each other.
pub(super) fn unbalanced_networks(seed: Seed) -> Result<Vec<Run>> {
    DEPTHS.into_iter().map(|depth| unbalanced_network(seed, "unbalanced", depth)).collect()
}

// ---------------------------------------------------------------------------------------------------
// The flow of the product
// ---------------------------------------------------------------------------------------------------

/// X' where the layers move by their velocity. The product of N ≤ 4 layers W_j + s V_j is a polynomial of degree N in s, so
/// that a difference of five points has its slope at 0 exactly. With it, the size of what was subtracted.
fn product_rate(layers: &Layers, velocity: &Layers) -> (Vec<f64>, f64) {
    let h = 0.25;
    let [one, minus_one, two, minus_two] = [h, -h, 2.0 * h, -2.0 * h].map(|s| layers.moved(s, velocity).product());
    let slope = |k: usize| (8.0 * (one[k] - minus_one[k]) - (two[k] - minus_two[k])) / (12.0 * h);
    let bound: f64 = layers.moved(2.0 * h, velocity).layers().iter().map(|layer| norm(layer)).product();
    let opposite: f64 = layers.moved(-2.0 * h, velocity).layers().iter().map(|layer| norm(layer)).product();
    ((0..one.len()).map(slope).collect(), 9.0 * (bound + opposite) / (12.0 * h))
}

pub(super) fn matrix(entries: &[f64], cols: usize) -> Mat<f64> {
    Mat::from_fn(entries.len() / cols, cols, |i, j| entries[i * cols + j])
}

/// Σ_j (XX')^((j-1)/N) G (X'X)^((N-j)/N), by the singular value decomposition of X. The power 0 is the identity.
fn preconditioned(x: &Mat<f64>, g: &Mat<f64>, depth: usize) -> Result<Mat<f64>> {
    let svd = x.thin_svd().map_err(Error::no_singular_values)?;
    let sigma = svd.S().column_vector();
    let root = |vectors: faer::MatRef<'_, f64>, power: usize| -> Mat<f64> {
        if power == 0 {
            return Mat::identity(vectors.nrows(), vectors.nrows());
        }
        let raised: Vec<f64> = (0..sigma.nrows()).map(|k| pow(sigma[k], 2.0 * power as f64 / depth as f64)).collect();
        let scaled = Mat::from_fn(vectors.nrows(), raised.len(), |i, k| vectors[(i, k)] * raised[k]);
        scaled * vectors.transpose()
    };
    let mut sum = Mat::zeros(x.nrows(), x.ncols());
    for j in 1..=depth {
        sum += root(svd.U(), j - 1) * g * root(svd.V(), depth - j);
    }
    Ok(sum)
}

/// X' of the layers against the flow of X alone, at the start and later.
pub(super) fn end_to_end_flow(run: &Run, claims: &mut Claims) -> Result<()> {
    let (depth, cols) = (run.start.depth(), run.problem.cols);
    for at in [&run.moments[0], run.last()] {
        let apart = |layers: &Layers| -> Result<f64> {
            let velocity = layers.velocity(&|x| misfit_gradient(&run.problem, x));
            let (rate, _) = product_rate(layers, &velocity);
            let (x, g) = (matrix(&layers.product(), cols), matrix(&run.gradient(layers), cols));
            let predicted = preconditioned(&x, &g, depth)?;
            Ok(largest(rate.iter().enumerate().map(|(k, rate)| rate + predicted[(k / cols, k % cols)])))
        };
        let layers = &at.layers;
        let (rate, stencil) = product_rate(layers, &layers.velocity(&|x| misfit_gradient(&run.problem, x)));
        let fine = apart(layers)?;
        let sigma = singular_values(&layers.product(), cols)?;
        // A root of XX' multiplies what rounding does to a small singular value by at most σ_1/σ_r.
        let roots = pow(sigma[0], 2.0 - 2.0 / depth as f64) * sigma[0] / sigma[sigma.len() - 1];
        let terms = depth as f64 * norm(&run.gradient(layers)) * roots;
        claims
            .equal(
                format!("N = {depth}, t = {:.3}: max |Ẋ of the layers - that of X alone|", at.t),
                fine,
                0.0,
                Slack::integration(fine - apart(&at.coarse)?)
                    + Slack::rounding(16.0 * depth as f64, stencil)
                    + Slack::rounding(at.roundings + 64.0, terms),
            )
            .on("of max |Ẋ|", largest(rate));
    }
    Ok(())
}

/// The singular values of X, largest first.
pub(super) fn singular_values(x: &[f64], cols: usize) -> Result<Vec<f64>> {
    matrix(x, cols).singular_values().map_err(Error::no_singular_values)
}

/// The velocity of each singular value, by differences in time with five points, against N σ^(2-2/N) <-G, uv'>.
pub(super) fn singular_value_flow(run: &Run, claims: &mut Claims) -> Result<()> {
    let (depth, cols) = (run.start.depth(), run.problem.cols);
    let n = depth as f64;
    let [fine, coarse]: [Vec<Vec<f64>>; 2] = {
        let all = |layers: fn(&Moment) -> &Layers| -> Result<Vec<Vec<f64>>> {
            run.moments.iter().map(|at| singular_values(&layers(at).product(), cols)).collect()
        };
        [all(|at| &at.layers)?, all(|at| &at.coarse)?]
    };
    let (window, centre) = (run.moments[1].t, &run.moments[3]);
    let x = matrix(&centre.layers.product(), cols);
    let g = matrix(&run.gradient(&centre.layers), cols);
    let svd = x.thin_svd().map_err(Error::no_singular_values)?;
    let predicted = |r: usize| {
        let along = svd.U().col(r).transpose() * &g * svd.V().col(r);
        -n * pow(svd.S().column_vector()[r], 2.0 - 2.0 / n) * along
    };
    let scale = largest((0..fine[0].len()).map(predicted));
    // At the places -2, -1, -1/2, 0, 1/2, 1, 2 of the window.
    let slope = |sigma: &[Vec<f64>], r: usize, outer: [usize; 2], inner: [usize; 2], h: f64| {
        let step = |[from, to]: [usize; 2]| sigma[to][r] - sigma[from][r];
        (8.0 * step(inner) - step(outer)) / (12.0 * h)
    };
    let wide = |sigma: &[Vec<f64>], r: usize| slope(sigma, r, [0, 6], [1, 5], window);
    let narrow = |sigma: &[Vec<f64>], r: usize| slope(sigma, r, [1, 5], [2, 4], 0.5 * window);
    // Of twice the width the error is sixteen times as large.
    let correction = |sigma: &[Vec<f64>], r: usize| (narrow(sigma, r) - wide(sigma, r)) / 15.0;
    let corrected = |sigma: &[Vec<f64>], r: usize| narrow(sigma, r) + correction(sigma, r);
    // Of all singular values: that of one may pass through zero.
    let next = largest((0..fine[0].len()).map(|r| correction(&fine, r)));
    for r in 0..fine[0].len() {
        let measured = Quantity::new(
            corrected(&fine, r),
            Slack::next_term(next, 2.0)
                + Slack::integration(corrected(&fine, r) - corrected(&coarse, r))
                + Slack::rounding(1.65 * (run.moments[6].roundings + 64.0) / (0.5 * window), fine[3][0]),
        );
        claims
            .equal(
                format!("N = {depth}: velocity of σ_{}", r + 1),
                measured,
                predicted(r),
                Slack::rounding(64.0 * n, scale * fine[3][0] / fine[3][fine[3].len() - 1]),
            )
            .on("of the largest velocity", scale);
    }
    Ok(())
}

/// Two balanced networks that begin at the same X; the second is three times as wide inside.
pub(super) struct TwoWidths {
    narrow: Run,
    wide: Run,
}

pub(super) fn two_widths(seed: Seed) -> Result<Vec<TwoWidths>> {
    let pair = |depth: usize| {
        let stream = &mut seed.stream("deep-linear", &format!("widths, N = {depth}"));
        let (problem, sigma) = drawn_problem(stream);
        let n = sigma.len();
        let (input, output) = (random_basis(problem.cols, stream), random_basis(problem.rows, stream));
        let later = stream.uniform(0.5, 1.5);
        let mut run = |width: usize| {
            let hidden = (1..depth).map(|_| random_basis(width, stream)).collect();
            let spaces = [vec![input.clone()], hidden, vec![output.clone()]].concat();
            Run::new(problem.clone(), balanced(&spaces, &sigma), &[0.1 * later, later])
        };
        Ok(TwoWidths { narrow: run(n)?, wide: run(3 * n)? })
    };
    DEPTHS.into_iter().map(pair).collect()
}

/// X of both, at two times.
pub(super) fn hidden_width(TwoWidths { narrow, wide }: &TwoWidths, claims: &mut Claims) {
    let hidden = |run: &Run| run.start.widths[1];
    for (at, other) in narrow.moments.iter().zip(&wide.moments) {
        let x = at.layers.product();
        let apart = largest(difference(&x, &other.layers.product()));
        let lost = |at: &Moment| largest(difference(&at.layers.product(), &at.coarse.product()));
        let size = norm(&x) * narrow.start.depth() as f64;
        claims
            .equal(
                format!(
                    "N = {}, t = {:.3}: max |X of width {} - X of width {}|",
                    narrow.start.depth(),
                    at.t,
                    hidden(narrow),
                    hidden(wide)
                ),
                apart,
                0.0,
                Slack::integration(lost(at) + lost(other)) + Slack::rounding(at.roundings + other.roundings, size),
            )
            .on("of max |X|", largest(x));
    }
}

// ---------------------------------------------------------------------------------------------------
// What is conserved
// ---------------------------------------------------------------------------------------------------

/// D_j at the end, less D_j at the start.
pub(super) fn balance_is_conserved(run: &Run, claims: &mut Claims) {
    let depth = run.start.depth();
    let at = run.last();
    let before = run.start.imbalances();
    let square = |layers: &Layers| dot(&layers.entries, &layers.entries);
    let size = square(&run.start).max(square(&at.layers));
    for (j, before) in before.iter().enumerate() {
        let change = |layers: &Layers| largest(difference(&layers.imbalances()[j], before));
        claims
            .equal(
                format!("N = {depth}, t = {:.3}: max |D_{}(t) - D_{}(0)|", at.t, j + 1, j + 1),
                at.measure(size, change),
                0.0,
                Slack::rounding(32.0, size),
            )
            .on("Σ |W_j|²", size);
    }
}

/// Gradient descent with a constant step, from layers that are not balanced.
pub(super) struct Descent {
    problem: Completion,
    eta: f64,
    /// At steps 0, 1, 2, ..
    path: Vec<Layers>,
}

pub(super) fn descents(seed: Seed) -> Result<Vec<Descent>> {
    let descent = |depth: usize| {
        let Run { problem, start, .. } = unbalanced_network(seed, "descent", depth)?;
        let stream = &mut seed.stream("deep-linear", &format!("steps, N = {depth}"));
        // The first step moves the layers by some percent of their size, so that none diverges.
        let eta = stream.uniform(0.02, 0.04) * norm(&start.entries)
            / norm(&start.velocity(&|x| misfit_gradient(&problem, x)).entries);
        let steps = stream.whole(10, 30);
        let step = |at: &Layers| Some(at.descend(&problem, eta, 1));
        let path = std::iter::successors(Some(start), step).take(steps + 1).collect();
        Ok(Descent { problem, eta, path })
    };
    DEPTHS.into_iter().map(descent).collect()
}

/// V_j = (W_N .. W_j+1)' G (W_j-1 .. W_1)' for j = 1, .., N, each product written out by itself.
fn layer_gradients(layers: &Layers, g: &Mat<f64>) -> Vec<Mat<f64>> {
    let matrices: Vec<Mat<f64>> =
        layers.layers().iter().zip(&layers.widths).map(|(layer, &cols)| matrix(layer, cols)).collect();
    let gradient = |j: usize| {
        let pulled = matrices[j + 1..].iter().rev().fold(g.clone(), |pull, w| w.transpose() * pull);
        matrices[..j].iter().fold(pulled, |pull, w| pull * w.transpose())
    };
    (0..matrices.len()).map(gradient).collect()
}

/// The change of each D_j in the first step, and over all steps, against what the gradients say.
pub(super) fn drift_of_a_step(descent: &Descent, claims: &mut Claims) {
    let Descent { problem, eta, path } = descent;
    let depth = path[0].depth();
    // η² (V_(j+1)' V_(j+1) - V_j V_j'), row after row.
    let law = |layers: &Layers, j: usize| -> Vec<f64> {
        let g = matrix(&misfit_gradient(problem, &layers.product()), problem.cols);
        let v = layer_gradients(layers, &g);
        let change = v[j + 1].transpose() * &v[j + 1] - &v[j] * v[j].transpose();
        let n = change.ncols();
        (0..n * n).map(|k| eta * eta * change[(k / n, k % n)]).collect()
    };
    let size = path.iter().map(|layers| dot(&layers.entries, &layers.entries)).fold(0.0, f64::max);
    for j in 0..depth - 1 {
        let change = |to: usize| difference(&path[to].imbalances()[j], &path[0].imbalances()[j]);
        for steps in [1, path.len() - 1] {
            let mut predicted = law(&path[0], j);
            for layers in &path[1..steps] {
                predicted.iter_mut().zip(law(layers, j)).for_each(|(sum, more)| *sum += more);
            }
            claims
                .equal(
                    format!(
                        "N = {depth}, {steps} step{}: max |change of D_{} - the law|",
                        if steps == 1 { "" } else { "s" },
                        j + 1
                    ),
                    largest(difference(&change(steps), &predicted)),
                    0.0,
                    // D_j at both ends, sums of at most twelve products; and the layers are rounded in each step.
                    Slack::rounding(48.0 + 4.0 * steps as f64, size),
                )
                .on("of the largest change", largest(predicted));
        }
    }
}

// ---------------------------------------------------------------------------------------------------
// Without balance
// ---------------------------------------------------------------------------------------------------

/// Ẋ = -Σ_j A_j G B_j with A_j = (W_N .. W_j+1)(W_N .. W_j+1)' and B_j = (W_j-1 .. W_1)'(W_j-1 .. W_1), for any layers.
pub(super) fn general_form(run: &Run, claims: &mut Claims) {
    let (depth, cols) = (run.start.depth(), run.problem.cols);
    let layers = &run.start;
    let (rate, stencil) = product_rate(layers, &layers.velocity(&|x| misfit_gradient(&run.problem, x)));
    let g = matrix(&run.gradient(layers), cols);
    let matrices: Vec<Mat<f64>> =
        layers.layers().iter().zip(&layers.widths).map(|(layer, &cols)| matrix(layer, cols)).collect();
    let mut predicted = Mat::<f64>::zeros(g.nrows(), cols);
    for j in 0..depth {
        let above = matrices[j + 1..].iter().rev().fold(Mat::identity(g.nrows(), g.nrows()), |product, w| product * w);
        let below = matrices[..j]
            .iter()
            .rev()
            .fold(None, |product: Option<Mat<f64>>, w| Some(product.map_or_else(|| w.clone(), |product| product * w)));
        let left: Mat<f64> = &above * above.transpose();
        predicted -= match below {
            Some(below) => left * &g * (below.transpose() * &below),
            None => left * &g,
        };
    }
    claims
        .equal(
            format!("N = {depth}: max |Ẋ of the layers - that with the products of layers|"),
            largest(rate.iter().enumerate().map(|(k, rate)| rate - predicted[(k / cols, k % cols)])),
            0.0,
            Slack::rounding(16.0 * depth as f64, stencil),
        )
        .on("of max |Ẋ|", largest(rate));
}
