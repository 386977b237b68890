//! What happens instead, where a hypothesis is broken.

use super::constants::{excess_in_polyhedral_norms, offsets, remembering, what_the_start_leaves};
use super::descent::{Race, Watch, mirrored, normalised_steps, race, race_from, the_optimiser_decides};
use super::flow::{Path, WATCHED, look, paths, stops};
use super::identity::entropy;
use super::largest_margin::{LargestMargin, largest_margin};
use super::norm::Norm;
use super::planted::{Setup, polynomial_tail, setups};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, bisect, distance, exp, ln, log_sum_exp, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Control;

pub const CONTROLS: &[Control] = &[
    Control {
        without: "separability",
        refutes: "normalised-steps",
        on: "l_inf, decaying steps: least g - g(w(0)) - γ Σ η",
        says: "A third point is minus a positive combination of the two support vectors. Some weights have Σ p_n x_n = 0, so that the \
               least ‖Σ p_n x_n‖_* is 0 in every norm: with it for γ the identity says that g = -H - KL at every w. As g never exceeds -H, with \
               decaying steps no γ > 0 keeps the bound for long; here γ is that of the two. And g → -H.",
        claims: |lab, c| lab.run(inseparable).map(|run| normalised_steps(std::slice::from_ref(&run.race), c)),
        instead: |lab, c| lab.run(inseparable).map(|run| entropy_of_the_balance(&run, c)),
    },
    Control {
        without: "exponential-loss",
        refutes: "offsets",
        on: "l_inf, inside a facet: x_1·w - x_2·w",
        says: "In l_inf, on two points in the plane that are both support vectors, p_1 ≠ p_2, with ŵ inside a facet, and with the loss \
               Σ (x_n·w)^-ν, differentiated to ν u^(-ν-1): if some v inside the facet has margins in the ratio (p_2/p_1)^(1/(ν + 1)), the shares \
               still tend to p, but the margins then have this constant ratio and not a constant difference, and w turns to v.",
        claims: |lab, c| lab.run(polynomial).map(|path| offsets(&[(&path, path.setup.expansion())], c)),
        instead: |lab, c| lab.run(polynomial).map(|path| ratio_of_margins(&path, c)),
    },
    Control {
        without: "small-steps",
        refutes: "the-optimiser-decides",
        on: "margin of l_inf in l_inf",
        says: "Sign descent with a constant η on (a, -b), (-b, a), a > b > 0, from (η, 0): if η is above log(a/b)/(a + b) it goes to \
               (0, η) and back, for ever, and the loss is e^(-aη) + e^(bη). Below, it does not.",
        claims: |lab, c| lab.run(cycle).map(|run| the_optimiser_decides(std::slice::from_ref(&run.race), c)),
        instead: |lab, c| lab.run(cycle).map(|run| cycle_of_two(&run, c)),
    },
    Control {
        without: "zero-start",
        refutes: "excess-in-polyhedral-norms",
        on: "l_inf, on an edge: γ‖w‖ - g",
        says: "From another start the coordinates that are frozen keep their distances, and γ‖w‖ - g tends to H + γ D.",
        claims: |lab, c| lab.run(paths).map(|paths| excess_in_polyhedral_norms(&remembering(&paths), c)),
        instead: |lab, c| lab.run(paths).map(|paths| what_the_start_leaves(&remembering(&paths), c)),
    },
];

/// So many steps are taken on them, with a rounding of w in each.
const BALANCED: usize = 20_000;

/// The two support vectors inside a facet of the cube, and a third point that no w gets right with them.
pub(super) struct Inseparable {
    race: Race,
    /// The weights with Σ p_n x_n = 0.
    balance: Vec<f64>,
    /// Steps that decay faster, to the end.
    settled: Vec<f64>,
    /// Of the last of them.
    eta: f64,
}

pub(super) fn inseparable(seed: Seed) -> Result<Inseparable> {
    let stream = &mut seed.stream("steepest-descent", "inseparable");
    let Setup { points, norm, reference, .. } = setups(seed)?.remove(3);
    let (a, b) = (stream.uniform(0.5, 1.5), stream.uniform(0.5, 1.5));
    let third: Vec<f64> = points.row(0).iter().zip(points.row(1)).map(|(x, y)| -a * x - b * y).collect();
    let points = Points::new(2, [points.row(0), points.row(1), &third].concat())?;
    // γ is that of the two.
    let reference = LargestMargin { p: [&reference.p[..2], &[0.0]].concat(), ..reference };
    let first = 0.1 / points.radius();
    let watch = Watch { name: "decaying steps", points: &points, norm: &norm, reference: &reference };
    let race = race(&watch, BALANCED, |t| first * pow(1.0 + t as f64 / 1e4, -0.6));
    let total = a + b + 1.0;
    let mut settled = vec![0.0; 2];
    let decaying = |t: usize| first / pow(1.0 + t as f64 / 20.0, 0.9);
    for t in 0..BALANCED {
        let (_, _, z) = look(&points, Loss::Exponential, &settled);
        axpy(decaying(t), &norm.steepest(&z), &mut settled);
    }
    Ok(Inseparable { race, balance: vec![a / total, b / total, 1.0 / total], settled, eta: decaying(BALANCED - 1) })
}

/// With γ = 0 the identity is -g = H + KL(p|q). Where q = p the gradient is 0; a step further KL is second order, half the variance
/// of x_n·v, v the step.
fn entropy_of_the_balance(run: &Inseparable, claims: &mut Claims) {
    let Inseparable { race, balance, settled, eta } = run;
    let zero = race.points.combination(balance);
    claims
        .equal("|Σ p_n x_n|", norm(&zero), 0.0, Slack::rounding(8.0, race.points.radius()))
        .on("the longest x", race.points.radius());
    let entropy = entropy(balance);
    let (g, _, _) = look(&race.points, Loss::Exponential, settled);
    let radius = race.points.rows().map(|x| race.norm.dual(x)).fold(0.0, f64::max);
    // To and fro by up to three steps.
    let swing = 0.5 * pow(3.0 * radius * eta, 2.0);
    claims.equal(
        "g with decaying steps, against -H",
        g,
        -entropy,
        Slack::next_term(swing, 1.0) + Slack::rounding(BALANCED as f64, 1.0),
    );
    let (g, log_q, _) = look(&race.points, Loss::Exponential, &race.end.w);
    let divergence: f64 = balance.iter().zip(&log_q).map(|(p, l)| p * (ln(*p) - l)).sum();
    claims.equal("g + KL of the run, against -H", g + divergence, -entropy, Slack::rounding(64.0, 1.0));
}

/// The two points under a tail u^-ν.
pub(super) fn polynomial(seed: Seed) -> Result<Path> {
    let setup = polynomial_tail(seed)?;
    let stops = stops(&setup);
    Path::new(setup, &stops)
}

/// Σ q_n x_n has no part across: q = p, and q_n ∝ u_n^(-ν-1).
fn ratio_of_margins(path: &Path, claims: &mut Claims) {
    let Loss::Polynomial { nu } = path.setup.loss else { unreachable!("a polynomial tail") };
    let (_, p, _) = path.setup.separator();
    let predicted = pow(p[1] / p[0], 1.0 / (nu + 1.0));
    let [_, middle, last] = WATCHED;
    for k in [middle, last] {
        let margins = path.setup.points.margins(&path.moments[k].w);
        // Each is rounded on its own scale, and the shares relative to themselves.
        claims.equal(
            format!("ratio of the margins at stop {k}"),
            margins[0] / margins[1],
            predicted,
            Slack::rounding(64.0, 1.0),
        );
    }
}

/// So many steps are taken, with a rounding of w in each.
const CYCLED: usize = 1001;

/// Two points that mirror each other, under sign descent.
pub(super) struct Cycle {
    a: f64,
    b: f64,
    eta: f64,
    race: Race,
    /// w after 1000 and after 1001 steps from (η, 0).
    pub(super) twice: [Vec<f64>; 2],
    /// The η at which the run begins to return.
    threshold: f64,
}

/// So many steps of sign descent.
fn signs(points: &Points, start: Vec<f64>, eta: f64, steps: usize) -> Vec<f64> {
    let mut w = start;
    for _ in 0..steps {
        let (_, _, z) = look(points, Loss::Exponential, &w);
        axpy(eta, &Norm::LInf.steepest(&z), &mut w);
    }
    w
}

pub(super) fn cycle(seed: Seed) -> Result<Cycle> {
    let stream = &mut seed.stream("steepest-descent", "cycle");
    let (b, ratio) = (stream.uniform(0.5, 1.5), stream.uniform(2.0, 5.0));
    let a = b * ratio;
    let points = mirrored(a, b);
    let reference = largest_margin(&points, &Norm::LInf)?;
    let above = ln(ratio) / (a + b) * stream.uniform(1.05, 1.5);
    let watch = Watch { name: "constant steps", points: &points, norm: &Norm::LInf, reference: &reference };
    // Both halves have an odd number of steps: after an even one nothing at all is gained.
    let race = race_from(&watch, vec![above, 0.0], 20_002, |_| above, |_, _| ());
    let twice = [CYCLED - 1, CYCLED].map(|steps| signs(&points, vec![above, 0.0], above, steps));
    let returns = |eta: f64| {
        let w = signs(&points, vec![eta, 0.0], eta, 1);
        if w[0] < 0.5 * eta { 1.0 } else { -1.0 }
    };
    let threshold = bisect(returns, 0.01 / (a + b), 10.0 / (a + b));
    Ok(Cycle { a, b, eta: above, race, twice, threshold })
}

/// At (η, 0) the second point pulls e^((a + b)η) times as hard: the first entry of z is a q_1 - b q_2 < 0 if that is above a/b, and
/// the second, a q_2 - b q_1, is positive.
fn cycle_of_two(run: &Cycle, claims: &mut Claims) {
    let Cycle { a, b, eta, twice, threshold, .. } = run;
    claims.equal(
        "η from which on it returns, against log(a/b)/(a + b)",
        *threshold,
        ln(a / b) / (a + b),
        Slack::rounding(32.0, *threshold),
    );
    for (name, w, there) in [("1000", &twice[0], [*eta, 0.0]), ("1001", &twice[1], [0.0, *eta])] {
        claims
            .equal(
                format!("|w - its place on the cycle| after {name} steps"),
                distance(w, &there),
                0.0,
                Slack::rounding(CYCLED as f64, *eta),
            )
            .on("η", *eta);
        let log_loss = log_sum_exp(mirrored(*a, *b).margins(w).iter().map(|m| -m));
        claims.equal(
            format!("log L after {name} steps"),
            log_loss,
            ln(exp(-a * eta) + exp(b * eta)),
            Slack::rounding(CYCLED as f64, (a + b) * eta),
        );
    }
    let below = signs(&mirrored(*a, *b), vec![0.95 * threshold, 0.0], 0.95 * threshold, 1000);
    let least = mirrored(*a, *b).least_margin(&below);
    // It goes to ((k + 1) η, k η): the difference of the margins stays.
    let eta = 0.95 * threshold;
    let predicted = eta * (1000.0 * (a - b) - b);
    claims.equal(
        "with .95 of that η: least margin after 1000 steps",
        least,
        predicted,
        Slack::rounding(CYCLED as f64, 1000.0 * a * eta),
    );
}
