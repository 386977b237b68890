//! The experiments: examples with their certified separator, what is predicted for them, and the flow.

use super::planted::{Plan, Planted, plant};
use super::second_order::coupled_size;
use super::soft_margin::Setup;
use crate::max_margin::expansion::Expansion;
use crate::max_margin::experiments::{LATE, TIGHT, decayed, ten_to};
use theoremcheck::claim::Slack;
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::gradient_flow::{self, Frame, Snapshot};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable;
use theoremcheck::real::{LN_2, axpy, combine, difference, dot, exp, ln, norm, pow};
use theoremcheck::reference::linear_system::solve;
use theoremcheck::reference::max_margin::{MaxMargin, Separability, max_margin, separate};
use theoremcheck::seed::{Seed, Stream};

/// A setup, its certified separator, what is predicted, and snapshots of rho.
pub struct Run {
    /// What its claims are called after.
    pub name: &'static str,
    pub setup: Setup,
    pub reference: MaxMargin,
    pub prediction: Prediction,
    /// In the moving frame, at increasing times.
    pub path: Vec<Snapshot>,
    pub planted: Option<Planted>,
}

/// The expansion at late times: that of the pairs as points, and for cross-entropy one more force.
pub struct Prediction {
    pub expansion: Expansion,
    setup: Setup,
}

impl Prediction {
    /// -ℓ'(q) e^(q - m_j) = e^(-m_j) (1 - θ Σ_i e^(-m_i) + ..), with θ = 1 for cross-entropy and 0 for the pairs one by one: where
    /// t e^(-m_nj) tends to alpha_nj that is a force of rate 1, -θ Σ_n (Σ_i alpha_ni) Σ_j alpha_nj A_nj.
    pub fn new(setup: &Setup, reference: &MaxMargin) -> Result<Prediction> {
        let expansion = Expansion::new(&setup.pairs, Loss::Exponential, &setup.start, reference, None)?;
        let coupled = coupling(setup, &expansion.dual.alpha);
        let expansion = if setup.loss == Loss::Logistic {
            expansion.forced(coupled.iter().map(|f| -f).collect())
        } else {
            expansion
        };
        Ok(Prediction { expansion, setup: setup.clone() })
    }

    /// The data and the start.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// What the expansion leaves out: its third order, the memory of the start, and what the first order does to the coupling,
    /// with a response of at most log t.
    pub fn beyond(&self, log_t: f64) -> f64 {
        let now = coupling(&self.setup, &self.expansion.pulls(log_t));
        let at_rate_one = coupling(&self.setup, &self.expansion.dual.alpha);
        let coupled = if self.setup.loss == Loss::Logistic {
            exp(-log_t) * log_t * norm(&difference(&now, &at_rate_one))
        } else {
            0.0
        };
        self.expansion.beyond(log_t) + coupled
    }

    /// γ² t L: Σ_n t log(1 + E_n) with t E_n = Σ_j pulls of the pairs one by one.
    pub fn scaled_loss(&self, log_t: f64) -> f64 {
        let theta = if self.setup.loss == Loss::Logistic { 1.0 } else { 0.0 };
        let pulls = self.expansion.pulls(log_t);
        let of = |pulls: &[f64]| {
            let e: f64 = pulls.iter().sum();
            e - 0.5 * theta * exp(-log_t) * e * e
        };
        self.expansion.gamma * self.expansion.gamma * self.setup.by_example(&pulls).map(of).sum::<f64>()
    }
}

/// Σ_n (Σ_i P_ni) Σ_j P_nj A_nj.
fn coupling(setup: &Setup, pulls: &[f64]) -> Vec<f64> {
    let weights: Vec<f64> = setup
        .by_example(pulls)
        .flat_map(|pulls| {
            let total: f64 = pulls.iter().sum();
            pulls.iter().map(move |p| total * p)
        })
        .collect();
    setup.pairs.combination(&weights)
}

impl Run {
    pub fn new(name: &'static str, setup: Setup, log_t: &[f64]) -> Result<Run> {
        Run::within(name, setup, log_t, TIGHT)
    }

    /// The same, within a tolerance.
    fn within(name: &'static str, setup: Setup, log_t: &[f64], tolerance: Tolerance) -> Result<Run> {
        let reference = max_margin(&setup.pairs)?;
        let prediction = Prediction::new(&setup, &reference)?;
        let path = setup.moving(&prediction.expansion.frame, log_t, Method::Explicit, tolerance, |_, _| ())?;
        Ok(Run { name, setup, reference, prediction, path, planted: None })
    }

    /// W at a snapshot.
    pub fn weights(&self, at: &Snapshot) -> Vec<f64> {
        self.prediction.expansion.frame.weights(at.log_t, &at.state)
    }

    /// Its rows.
    pub fn classes(&self) -> usize {
        self.setup.data.classes()
    }

    /// The longest A_nj of the support.
    pub fn support_radius(&self) -> f64 {
        self.reference.support.iter().map(|&n| norm(self.setup.pairs.row(n))).fold(0.0, f64::max)
    }

    pub fn last(&self) -> &Snapshot {
        self.path.last().expect("a path has snapshots")
    }

    /// What the expansion leaves out. It enters as r r_2 - r³/6, with r the first answer at a pair and r_2 the response to r²/2. Counted
    /// are |r|³ and the outer response; the inner one is at most 1/(λ_min - 2 (m_next - 1)) < 6 on planted data, and 6/2 + 1/6 < 4.
    pub fn beyond(&self, at: &Snapshot) -> Slack {
        Slack::next_term(self.prediction.beyond(at.log_t), 4.0)
    }
}

/// Σ_i W_i, the sum of the rows.
pub fn row_sum(w: &[f64], classes: usize) -> Vec<f64> {
    let dim = w.len() / classes;
    let mut sum = vec![0.0; dim];
    w.chunks_exact(dim).for_each(|row| axpy(1.0, row, &mut sum));
    sum
}

/// Data are drawn so many times at most.
const DRAWS: usize = 1000;

/// What planted data have to be: the eigenvalues of A between two bounds, and e^(-<A, W̃>) below one on all pairs off the support.
struct Wanted {
    least: f64,
    most: f64,
    force: f64,
}

/// Draws until the certified support is the planted one and the curvature is between the bounds.
fn draw(plan: &Plan, wanted: &Wanted, stream: &mut Stream) -> Result<Planted> {
    for _ in 0..DRAWS {
        let Some(planted) = plant(plan, stream)? else { continue };
        let pairs = planted.data.pair_points();
        let reference = max_margin(&pairs)?;
        let expansion = Expansion::new(&pairs, Loss::Exponential, &vec![0.0; pairs.dim()], &reference, None)?;
        let curvature = &expansion.dual.curvature;
        let off = pairs.rows().zip(&reference.margins).filter(|(_, m)| **m > 1.0);
        let force = off.map(|(a, _)| exp(-dot(a, &expansion.w_tilde))).fold(0.0, f64::max);
        let [least, most] = [curvature[0].0, curvature[curvature.len() - 1].0];
        if expansion.determined && least > wanted.least && most < wanted.most && force < wanted.force {
            return Ok(planted);
        }
    }
    Err(Error::numerical(format!("no data with a curvature between {} and {} were drawn", wanted.least, wanted.most)))
}

fn drawn_plan(next_margin: f64, stream: &mut Stream) -> Plan {
    let dim = stream.whole(2, 4);
    Plan { classes: 3, dim, border: dim, next_margin, others: stream.whole(2, 5) }
}

/// Three classes in two to four dimensions, cross-entropy from 0.
pub fn planted(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("multiclass", "planted");
    let next = stream.uniform(1.22, 1.29);
    let plan = drawn_plan(next, stream);
    let planted = draw(&plan, &Wanted { least: 0.75, most: 40.0, force: 20.0 }, stream)?;
    let setup = Setup::new(planted.data.clone(), Loss::Logistic);
    let times = [decayed(next - 1.0, 10.0), decayed(next - 1.0, 14.0), ten_to(50), LATE];
    Ok(Run { planted: Some(planted), ..Run::new("", setup, &times)? })
}

/// γ over the longest A_nj, of examples that are not planted.
const LEAST_MARGIN: f64 = 1e-3;

/// At early times, from a drawn start, on examples that are not planted: three to five classes in two to four dimensions, each
/// example of the class to which a drawn matrix gives the highest score.
pub fn early(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("multiclass", "early");
    let (classes, dim) = (stream.whole(3, 5), stream.whole(2, 4));
    for _ in 0..DRAWS {
        let rows: Vec<Vec<f64>> = (0..classes).map(|_| stream.normals(dim)).collect();
        let examples: Vec<Vec<f64>> = (0..4 * classes).map(|_| stream.normals(dim)).collect();
        let best = |x: &Vec<f64>| {
            let scores: Vec<f64> = rows.iter().map(|row| dot(row, x)).collect();
            (0..classes).max_by(|&i, &j| scores[i].total_cmp(&scores[j])).expect("there are classes")
        };
        let labels: Vec<usize> = examples.iter().map(best).collect();
        let Ok(data) = Classes::new(Points::new(dim, examples.concat())?, labels) else { continue };
        if data.classes() < classes {
            continue;
        }
        let setup = Setup::new(data, Loss::Logistic);
        let setup = Setup { start: stream.normals(setup.start.len()), ..setup };
        let reference = max_margin(&setup.pairs)?;
        // A length of time of order one is no more than rounding where γ² is.
        if reference.gamma < LEAST_MARGIN * setup.pairs.radius() {
            continue;
        }
        // Support pairs that are all but dependent are no data to predict anything of.
        if Prediction::new(&setup, &reference).is_err() {
            continue;
        }
        return Run::new("", setup, &[ln(stream.uniform(0.01, 0.1)), 0.0, ln(stream.uniform(10.0, 100.0)), ten_to(4)]);
    }
    Err(Error::numerical("no data in which every class occurs were drawn"))
}

/// On the planted data from a drawn start, and from the same start with all rows shifted alike.
pub struct Shifted {
    pub from_start: Run,
    pub from_shifted: Run,
    /// The shift, a row.
    pub shift: Vec<f64>,
}

pub fn shifted(seed: Seed) -> Result<Shifted> {
    let stream = &mut seed.stream("multiclass", "shifted");
    let Run { setup, .. } = planted(seed)?;
    let k = setup.data.classes();
    let start = stream.normals(setup.start.len());
    let shift: Vec<f64> = stream.normals(setup.data.examples.dim()).iter().map(|c| 2.0 * c).collect();
    let moved = combine(1.0, &shift.repeat(k), &start);
    let follow = |start: Vec<f64>| Run::new("", Setup { start, ..setup.clone() }, &[ten_to(4), ten_to(50), LATE]);
    Ok(Shifted { from_start: follow(start)?, from_shifted: follow(moved)?, shift })
}

/// A border with one pair more than it has dimensions.
pub fn dependent(seed: Seed) -> Result<Run> {
    let stream = &mut seed.stream("multiclass", "dependent");
    let next = stream.uniform(1.5, 2.5);
    let dim = stream.whole(2, 3);
    let plan = Plan { classes: 3, dim, border: dim + 1, next_margin: next, others: 2 };
    let planted = draw(&plan, &Wanted { least: 0.75, most: 80.0, force: 20.0 }, stream)?;
    let setup = Setup::new(planted.data.clone(), Loss::Logistic);
    Ok(Run { planted: Some(planted), ..Run::new("", setup, &[LATE])? })
}

/// Four examples of three classes in the plane, with a separator in fractions.
pub fn four_examples() -> Result<Run> {
    let examples = Points::from_rows(&[[2.0, 0.0], [-1.0, 2.0], [3.0, -2.0], [-3.0, 0.0]]);
    let setup = Setup::new(Classes::new(examples, vec![0, 1, 2, 1])?, Loss::Logistic);
    Run::new("four examples: ", setup, &[ten_to(50), LATE])
}

/// Data whose next margin is above 2, under cross-entropy and under the exponential loss of every pair by itself.
pub struct SecondOrder {
    pub name: &'static str,
    pub cross_entropy: Run,
    pub pairwise: Run,
}

impl SecondOrder {
    fn new(name: &'static str, data: Classes, stream: &mut Stream) -> Result<SecondOrder> {
        // t/|kappa| decides: what the expansion leaves out falls with it, and what rounding adds grows.
        let size = coupled_size(&Setup::new(data.clone(), Loss::Logistic), &max_margin(&data.pair_points())?);
        let times = [stream.uniform(13.0, 14.0), stream.uniform(16.0, 17.0)].map(|s| s + ln(size));
        let tolerance = Tolerance::new(1e-14, 1e-14);
        let follow = |name, loss| Run::within(name, Setup::new(data.clone(), loss), &times, tolerance);
        let cross_entropy = follow("cross-entropy", Loss::Logistic)?;
        let pairwise = follow("each pair by itself", Loss::Exponential)?;
        Ok(SecondOrder { name, cross_entropy, pairwise })
    }
}

pub fn second_order(seed: Seed) -> Result<SecondOrder> {
    let stream = &mut seed.stream("multiclass", "second order");
    let next = stream.uniform(2.4, 3.0);
    let dim = stream.whole(2, 3);
    let plan = Plan { classes: 3, dim, border: dim, next_margin: next, others: stream.whole(1, 3) };
    let planted = draw(&plan, &Wanted { least: 0.99, most: 60.0, force: 3.0 }, stream)?;
    SecondOrder::new("one support pair an example", planted.data, stream)
}

/// Three drawn examples in the plane, one of each class, until their four support pairs span, m_next is above 2 and the eigenvalues of A
/// above 1/2, and one example has two support pairs that weigh together.
pub fn two_pairs_an_example(seed: Seed) -> Result<SecondOrder> {
    let stream = &mut seed.stream("multiclass", "two pairs an example");
    for _ in 0..20 * DRAWS {
        let data = Classes::new(Points::new(2, stream.normals(6))?, vec![0, 1, 2])?;
        let pairs = data.pair_points();
        let Ok(Separability::Separable(reference)) = separate(&pairs) else { continue };
        let together: Vec<f64> = reference.alpha.chunks(2).map(|alpha| 2.0 * alpha[0] * alpha[1]).collect();
        let alone = dot(&reference.alpha, &reference.alpha);
        let next = reference.next_margin().unwrap_or(f64::INFINITY);
        if reference.support.len() != 4 || next < 2.2 || together.iter().sum::<f64>() < 0.1 * alone {
            continue;
        }
        let Ok(expansion) = Expansion::new(&pairs, Loss::Exponential, &[0.0; 6], &reference, None) else { continue };
        let curvature = &expansion.dual.curvature;
        if expansion.determined && curvature[0].0 > 0.65 && curvature[curvature.len() - 1].0 < 60.0 {
            return SecondOrder::new("two support pairs an example", data, stream);
        }
    }
    Err(Error::numerical("no three examples of which one has two support pairs were drawn"))
}

/// Two classes, and the same points with labels absorbed.
pub struct TwoClasses {
    pub setup: Setup,
    /// W, by cross-entropy.
    pub flow: Vec<Snapshot>,
    /// w at twice the times, by the flow of the harness on the logistic loss.
    pub binary: Vec<Snapshot>,
    pub reference: MaxMargin,
    pub of_binary: MaxMargin,
}

pub fn two_classes(seed: Seed) -> Result<TwoClasses> {
    let stream = &mut seed.stream("multiclass", "two classes");
    let dim = stream.whole(2, 4);
    let curvature = (1..dim).map(|_| stream.uniform(1.2, 2.0)).collect();
    let plan = separable::Plan {
        count: dim + stream.whole(2, 5),
        gamma: stream.uniform(0.6, 0.95),
        next_margin: stream.uniform(1.3, 2.0),
        curvature,
    };
    let points = separable::plant(plan, stream)?.points;
    // The first two of different classes.
    let labels: Vec<usize> = (0..points.count()).map(|n| if n < 2 { n } else { stream.whole(0, 1) }).collect();
    let sign = |y: usize| if y == 1 { 1.0 } else { -1.0 };
    let examples = points.rows().zip(&labels).flat_map(|(x, &y)| x.iter().map(move |x| sign(y) * x)).collect();
    let data = Classes::new(Points::new(dim, examples)?, labels)?;
    let setup = Setup::new(data, Loss::Logistic);
    let setup = Setup { start: stream.normals(2 * dim), ..setup };
    let log_t = [ten_to(1), ten_to(8), ten_to(50)];
    let flow = setup.blind(&log_t, Method::Explicit, TIGHT)?;
    let of_binary = max_margin(&points)?;
    let start = difference(&setup.start[dim..], &setup.start[..dim]);
    let binary = gradient_flow::Setup { points, loss: Loss::Logistic, start };
    let twice = gradient_flow::blind(&binary, &log_t.map(|s| s + LN_2), Method::Explicit, TIGHT)?;
    Ok(TwoClasses { flow, binary: twice, reference: max_margin(&setup.pairs)?, of_binary, setup })
}

/// A separator with free biases, from the equations on its support.
pub struct Free {
    /// |W| without the biases.
    pub length: f64,
    /// |β|².
    pub biases: f64,
    pub least_margin: f64,
    pub least_multiplier: f64,
    /// |Σ alpha_nj (e_y - e_j)|.
    pub left: f64,
    /// |Σ alpha_nj A_nj| / Σ alpha_nj, of the pairs without bias.
    pub hull: f64,
    /// How many are rounded one after the other: an inner product, and the solution of the equations.
    pub operations: f64,
}

/// The largest margin with a feature of value b.
pub struct WithBias {
    pub b: f64,
    pub gamma: f64,
    pub gap: f64,
    /// |β|².
    pub biases: f64,
}

pub struct Biased {
    pub free: Free,
    /// At increasing b.
    pub runs: Vec<WithBias>,
    /// The longest A_nj with the largest b, times the longest W: what is rounded in a margin.
    pub radius: f64,
}

/// The values of b, over the least.
const BIASES: [f64; 5] = [1.0, 3.0, 10.0, 100.0, 1000.0];

/// |β|² of examples whose biases count.
const LEAST_BIASES: f64 = 0.01;

/// Examples of three classes about three drawn places, not around 0.
pub fn biased(seed: Seed) -> Result<Biased> {
    let stream = &mut seed.stream("multiclass", "biased");
    let dim = 2;
    for _ in 0..DRAWS {
        let away = stream.normals(dim);
        let turn = stream.uniform(0.0, 2.0);
        let place = |y: usize| {
            let angle = turn + 2.0 * std::f64::consts::PI * y as f64 / 3.0;
            [3.0 * libm::cos(angle) + away[0], 3.0 * libm::sin(angle) + away[1]]
        };
        let labels: Vec<usize> = (0..12).map(|n| n % 3).collect();
        let examples: Vec<f64> = labels
            .iter()
            .flat_map(|&y| {
                let place = place(y);
                [place[0] + 0.8 * stream.normal(), place[1] + 0.8 * stream.normal()]
            })
            .collect();
        let data = Classes::new(Points::new(dim, examples)?, labels)?;
        let smallest = stream.uniform(0.3, 0.7);
        let with_bias = |b: f64| -> Result<(Classes, Separability)> {
            let rows = data.examples.rows().flat_map(|x| [x, &[b]].concat()).collect();
            let data = Classes { examples: Points::new(dim + 1, rows)?, ..data.clone() };
            let separability = separate(&data.pair_points())?;
            Ok((data, separability))
        };
        let mut runs = Vec::new();
        let mut support = Vec::new();
        for factor in BIASES {
            let b = smallest * factor;
            let (_, Separability::Separable(reference)) = with_bias(b)? else { break };
            let biases = reference.w_hat.chunks(dim + 1).map(|row| b * row[dim] * b * row[dim]).sum();
            support = reference.support.clone();
            runs.push(WithBias { b, gamma: reference.gamma, gap: reference.certificate.relative_gap, biases });
        }
        if runs.len() < BIASES.len() {
            continue;
        }
        let Some(free) = free_biases(&data, &support) else { continue };
        // What the bias costs is told from nothing.
        if free.biases < LEAST_BIASES {
            continue;
        }
        let longest = data.pair_points().radius() + 2.0 * smallest * BIASES[BIASES.len() - 1];
        let radius = longest * (1.0 + free.length + free.biases.sqrt());
        return Ok(Biased { free, runs, radius });
    }
    Err(Error::numerical("no separable data with free biases were drawn"))
}

/// W = Σ alpha A, Σ alpha (e_y - e_j) = 0 and <A, W> + β_y - β_j = 1 on the support, β_0 = 0 until the mean is taken off. None if
/// the support does not decide.
fn free_biases(data: &Classes, support: &[usize]) -> Option<Free> {
    let (pairs, indices) = (data.pair_points(), data.pairs());
    let k = data.classes();
    let sign = |n: usize, i: usize| {
        let (example, j) = indices[n];
        f64::from(i == data.labels[example]) - f64::from(i == j)
    };
    let size = support.len() + k - 1;
    let entry = |r: usize, c: usize| match (support.get(r), support.get(c)) {
        (Some(&a), Some(&b)) => dot(pairs.row(a), pairs.row(b)),
        (Some(&a), None) => sign(a, c - support.len() + 1),
        (None, Some(&b)) => sign(b, r - support.len() + 1),
        (None, None) => 0.0,
    };
    let matrix: Vec<Vec<f64>> = (0..size).map(|r| (0..size).map(|c| entry(r, c)).collect()).collect();
    let right: Vec<f64> = (0..size).map(|r| f64::from(r < support.len())).collect();
    let solution = solve(&matrix, &right)?;
    let (multipliers, biases) = solution.split_at(support.len());
    let mut alpha = vec![0.0; pairs.count()];
    support.iter().zip(multipliers).for_each(|(&n, a)| alpha[n] = *a);
    let mean = biases.iter().sum::<f64>() / k as f64;
    let beta: Vec<f64> = std::iter::once(&0.0).chain(biases).map(|b| b - mean).collect();
    let w = pairs.combination(&alpha);
    let margin = |n: usize| dot(pairs.row(n), &w) + (0..k).map(|i| sign(n, i) * beta[i]).sum::<f64>();
    let left: Vec<f64> = (0..k).map(|i| (0..alpha.len()).map(|n| alpha[n] * sign(n, i)).sum()).collect();
    Some(Free {
        length: norm(&w),
        biases: dot(&beta, &beta),
        least_margin: (0..alpha.len()).map(margin).fold(f64::INFINITY, f64::min),
        least_multiplier: alpha.iter().copied().fold(f64::INFINITY, f64::min),
        left: norm(&left),
        hull: norm(&w) / alpha.iter().sum::<f64>(),
        operations: (2 * pairs.dim() + 2 * size * size) as f64,
    })
}

/// Drawn examples with drawn classes, which no W separates.
pub struct Inseparable {
    pub setup: Setup,
    pub separability: Separability,
    /// In which rho is W.
    pub frame: Frame,
    pub path: Vec<Snapshot>,
    /// argmin L.
    pub minimiser: Vec<f64>,
    /// |∇²L^-1| there: an error of the gradient moves the minimiser by that much more at most.
    pub moves: f64,
}

/// Which side of Gordan's alternative the pairs are on. Two classes that nothing separates from each other prove that nothing separates
/// all; and without the rows of class 0, which are minus the sum of the others, the pairs span their space, which a proof needs.
pub fn separate_classes(data: &Classes) -> Result<Separability> {
    for first in 0..data.classes() {
        for second in 0..first {
            if let Some(inseparable) = inseparable_classes(data, first, second)? {
                return Ok(inseparable);
            }
        }
    }
    let (pairs, dim) = (data.pair_points(), data.examples.dim());
    let others = Points::new(pairs.dim() - dim, pairs.rows().flat_map(|a| a[dim..].to_vec()).collect())?;
    match separate(&others)? {
        Separability::Separable(_) => separate(&pairs),
        inseparable => Ok(inseparable),
    }
}

/// Weights of the pairs of two classes that prove that nothing separates these, if there are any: Σ a_n y_n x_n = 0, y_n = ±1.
fn inseparable_classes(data: &Classes, first: usize, second: usize) -> Result<Option<Separability>> {
    let of: Vec<usize> = (0..data.labels.len()).filter(|&n| [first, second].contains(&data.labels[n])).collect();
    let sign = |n: usize| if data.labels[n] == first { 1.0 } else { -1.0 };
    let rows = of.iter().flat_map(|&n| data.examples.row(n).iter().map(move |x| sign(n) * x)).collect();
    let Separability::Inseparable { weights, residual } = separate(&Points::new(data.examples.dim(), rows)?)? else {
        return Ok(None);
    };
    let of_pair = |(n, j): (usize, usize)| match of.iter().position(|&m| m == n) {
        Some(place) if j == first || j == second => weights[place],
        _ => 0.0,
    };
    // The rows of both classes carry the sum.
    Ok(Some(Separability::Inseparable {
        weights: data.pairs().into_iter().map(of_pair).collect(),
        residual: 2.0_f64.sqrt() * residual,
    }))
}

pub fn inseparable(seed: Seed) -> Result<Inseparable> {
    let stream = &mut seed.stream("multiclass", "inseparable");
    let dim = stream.whole(2, 3);
    let count = 3 * stream.whole(5, 8);
    for _ in 0..DRAWS {
        let examples = Points::new(dim, stream.normals(count * dim))?;
        let setup = Setup::new(Classes::new(examples, (0..count).map(|n| n % 3).collect())?, Loss::Logistic);
        let Ok(separability @ Separability::Inseparable { .. }) = separate_classes(&setup.data) else { continue };
        let Ok(minimiser) = minimiser(&setup) else { continue };
        if norm(&minimiser) > FARTHEST {
            continue;
        }
        let Some(moves) = inverse(&held_hessian(&setup, &minimiser)) else { continue };
        let path = setup.blind(&[ten_to(3), ten_to(4), ten_to(5)], Method::Stiff, Tolerance::new(1e-11, 1e-11))?;
        return Ok(Inseparable { separability, frame: setup.at_rest(), path, minimiser, moves, setup });
    }
    Err(Error::numerical("no inseparable examples with a minimiser were drawn"))
}

/// A minimiser farther from 0 is not waited for.
const FARTHEST: f64 = 10.0;

/// ∇²L, and as a common shift of all rows changes nothing, what holds it at 0.
fn held_hessian(setup: &Setup, w: &[f64]) -> Vec<Vec<f64>> {
    let width = setup.data.examples.dim();
    let mut hessian = setup.hessian(w);
    for (i, row) in hessian.iter_mut().enumerate() {
        row.iter_mut().skip(i % width).step_by(width).for_each(|h| *h += 1.0);
    }
    hessian
}

/// The root of the sum of squares of the inverse, at least its norm.
fn inverse(matrix: &[Vec<f64>]) -> Option<f64> {
    let unit = |i: usize| (0..matrix.len()).map(|j| f64::from(i == j)).collect::<Vec<f64>>();
    let columns = (0..matrix.len()).map(|i| solve(matrix, &unit(i))).collect::<Option<Vec<_>>>()?;
    Some(norm(&columns.concat()))
}

/// Newton's method with backtracking, on W whose rows sum to zero.
fn minimiser(setup: &Setup) -> Result<Vec<f64>> {
    let mut w = vec![0.0; setup.start.len()];
    for _ in 0..100 {
        let descent = setup.descent(&w);
        let Some(step) = solve(&held_hessian(setup, &w), &descent) else { break };
        let before = setup.log_loss(&w);
        let mut length = 1.0;
        while length > 1e-6 && setup.log_loss(&combine(length, &step, &w)) > before + 1e-14 {
            length /= 2.0;
        }
        w = combine(length, &step, &w);
        if norm(&step) <= 1e-14 * norm(&w) {
            return Ok(w);
        }
    }
    if norm(&setup.descent(&w)) < 1e-12 { Ok(w) } else { Err(Error::numerical("no minimiser of the loss was found")) }
}

/// The pairs by themselves, under a loss u^-ν, from where all have a margin.
pub struct PolynomialTail {
    pub nu: f64,
    /// Its snapshots are W less Ŵ log t.
    pub run: Run,
    /// argmin |V|²/2 + Σ <A_nj, V>^-ν / ν: the direction to which W tends.
    pub ray: Vec<f64>,
}

pub fn polynomial_tail(seed: Seed) -> Result<PolynomialTail> {
    let stream = &mut seed.stream("multiclass", "polynomial tail");
    let nu = stream.uniform(1.5, 3.0);
    let Run { setup, reference, .. } = second_order(seed)?.cross_entropy;
    let start: Vec<f64> = reference.w_hat.iter().map(|w| w * 2.0).collect();
    let pairs = gradient_flow::Setup { points: setup.pairs.clone(), loss: Loss::Polynomial { nu }, start };
    // All directions tend to that of V: an explicit method would follow at the edge of its stability, where what is left across
    // falls slowly and is no local error.
    let path = gradient_flow::blind(&pairs, &[ten_to(50), LATE], Method::Stiff, Tolerance::new(1e-12, 1e-12))?;
    let prediction = Prediction::new(&setup, &reference)?;
    let residual = |at: Snapshot| Snapshot { state: combine(-at.log_t, &reference.w_hat, &at.state), ..at };
    let path = path.into_iter().map(residual).collect();
    let ray = polynomial_ray(&setup.pairs, nu, &pairs.start)?;
    let setup = Setup { start: pairs.start, ..setup };
    Ok(PolynomialTail { nu, run: Run { name: "", setup, reference, prediction, path, planted: None }, ray })
}

/// Newton's method from V with positive margins, by steps that keep them so.
fn polynomial_ray(pairs: &Points, nu: f64, start: &[f64]) -> Result<Vec<f64>> {
    let dim = start.len();
    let mut v = start.to_vec();
    let objective = |v: &[f64]| {
        let margins = pairs.margins(v);
        let inside = margins.iter().all(|m| *m > 0.0);
        let sum: f64 = margins.iter().map(|m| pow(*m, -nu) / nu).sum();
        if inside { 0.5 * dot(v, v) + sum } else { f64::INFINITY }
    };
    for _ in 0..200 {
        let margins = pairs.margins(&v);
        let pulls: Vec<f64> = margins.iter().map(|m| pow(*m, -nu - 1.0)).collect();
        let descent = difference(&pairs.combination(&pulls), &v);
        let mut hessian: Vec<Vec<f64>> = (0..dim).map(|i| (0..dim).map(|j| f64::from(i == j)).collect()).collect();
        for (a, m) in pairs.rows().zip(&margins) {
            let curvature = (nu + 1.0) * pow(*m, -nu - 2.0);
            hessian.iter_mut().zip(a).for_each(|(row, entry)| axpy(curvature * entry, a, row));
        }
        let Some(step) = solve(&hessian, &descent) else { break };
        let mut length = 1.0;
        while length > 1e-9 && objective(&combine(length, &step, &v)) > objective(&v) + 1e-14 {
            length /= 2.0;
        }
        v = combine(length, &step, &v);
        if norm(&step) <= 1e-14 * norm(&v) {
            return Ok(v);
        }
    }
    Err(Error::numerical("the direction of a polynomial tail was not found"))
}

/// Gradient descent on cross-entropy with steps of η, from W̃ + Ŵ log t0.
pub struct Descent {
    pub run: Run,
    pub eta: f64,
    /// log t0.
    pub began: f64,
    /// (steps, W), at two times.
    pub at: [(u32, Vec<f64>); 2],
}

pub fn descent(seed: Seed) -> Result<Descent> {
    let stream = &mut seed.stream("multiclass", "descent");
    let run = second_order(seed)?.cross_entropy;
    let eta = stream.uniform(2.0, 4.0);
    let frame = &run.prediction.expansion.frame;
    let began = 6.0;
    let mut w = frame.weights(began, &run.prediction.expansion.w_tilde);
    let mut step = 0;
    let at = [1 << 13, 1 << 16].map(|steps| {
        while step < steps {
            axpy(eta, &run.setup.descent(&w), &mut w);
            step += 1;
        }
        (steps, w.clone())
    });
    Ok(Descent { run, eta, began, at })
}
