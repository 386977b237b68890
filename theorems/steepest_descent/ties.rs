//! Where p is not unique: largest entropy if z is, and the start if z is not.

use super::constants::{Expanded, offsets, what_is_left};
use super::flow::{Path, look, stops};
use super::identity::{divergence, entropy};
use super::norm::Norm;
use super::planted::dependent_support;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, dot, exp, ln, log_sum_exp};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "maximum-entropy-dual",
        says: "In l_inf, let the points be separable, the separator unique and inside a facet, and z = Σ p_n x_n the same for all p with \
               ‖Σ p_n x_n‖_* = γ, though there are many, as with four support vectors in the plane. From any start the shares q of \
               the normalised flow tend to the p of largest entropy, γ‖w‖ - g to that entropy, and KL of another p' to what its \
               entropy lacks.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(dependent).map(|run| maximum_entropy_dual(&run, c)),
    },
    Step {
        id: "ties-in-l1",
        says: "Let x_n = (a, b_n) with |b_n| < a, not all b_n equal, for the k support vectors, and another x with x_1 > a and |x_2| < x_1: in l1 \
               the separator is (1, 0), every p on the support is optimal, and z is not unique. Steepest descent in l1 from \
               (0, v) moves the first entry alone, at any step, and if Σ η = ∞, γ‖w‖ - g → γ|v| + log Σ e^(-b_n v): the start \
               decides on the shares, and from 0 they are equal and γ‖w‖ - g → log k.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(tied).map(|run| ties_in_l1(&run, c)),
    },
];

/// From the drawn start and from 0.
pub(super) fn dependent(seed: Seed) -> Result<Vec<Path>> {
    let setup = dependent_support(seed)?;
    let both = [setup.clone(), setup.at_zero()];
    both.into_iter()
        .map(|setup| {
            let stops = stops(&setup);
            Path::new(setup, &stops)
        })
        .collect()
}

/// Pythagoras. log p is affine in x_n for the p of largest entropy, so that Σ (p' - p) log p = 0 for every other p' with the same
/// z: KL(p'|p) = H(p) - H(p'). The identity holds with each of them, and all say the same of γ‖w‖ - g.
fn maximum_entropy_dual(runs: &[Path], claims: &mut Claims) {
    let expanded: Vec<Expanded> = runs.iter().map(|path| (path, path.setup.expansion())).collect();
    offsets(&expanded, claims);
    what_is_left(&expanded, claims);
    for (path, expansion) in &expanded {
        let name = &path.setup.name;
        claims.equal(
            format!("{name}: γ‖w‖ - g"),
            path.settled(|at| path.excess(at)),
            expansion.entropy,
            Slack::default(),
        );
        // Two support vectors on both sides of 0 suffice.
        for (n, m) in [(0, 1), (2, 3), (0, 3), (2, 1)] {
            let last = |n: usize| *path.setup.points.row(n).last().expect("entries");
            let mut p = vec![0.0; path.setup.support];
            (p[n], p[m]) = (last(m) / (last(m) - last(n)), last(n) / (last(n) - last(m)));
            claims.equal(
                format!("{name}: KL of the p' on {} and {}", n + 1, m + 1),
                path.settled(|at| divergence(&p, &at.log_q)),
                expansion.entropy - entropy(&p),
                Slack::default(),
            );
        }
    }
}

/// Descents in l1 whose second entry never moves.
pub(super) struct Tied {
    points: Points,
    gamma: f64,
    support: usize,
    /// v and η of each, and w at its end.
    pub(super) runs: Vec<(f64, f64, Vec<f64>)>,
}

const STEPS_OF_TIES: usize = 400;

pub(super) fn tied(seed: Seed) -> Result<Tied> {
    let stream = &mut seed.stream("steepest-descent", "ties");
    let gamma = stream.uniform(0.5, 1.2);
    let support = 3;
    let mut rows = Vec::new();
    for n in 0..=support {
        let a = if n < support { gamma } else { gamma * stream.uniform(1.5, 2.0) };
        rows.extend([a, a * stream.uniform(-0.9, 0.9)]);
    }
    let points = Points::new(2, rows)?;
    let starts = [0.0, stream.uniform(0.8, 1.5) / gamma, -stream.uniform(0.8, 1.5) / gamma];
    let run = |v: f64| {
        let eta = stream.uniform(0.2, 0.6) / gamma;
        let mut w = vec![0.0, v];
        for _ in 0..STEPS_OF_TIES {
            let (_, _, z) = look(&points, Loss::Exponential, &w);
            axpy(eta, &Norm::L1.steepest(&z), &mut w);
        }
        (v, eta, w)
    };
    Ok(Tied { runs: starts.map(run).into(), points, gamma, support })
}

/// Nothing to slide along. |z_2| < z_1 at every w, so that the second entry stays v. With w = (τ, v),
/// g = γτ - log Σ e^(-b_n v) less the share of what is off the support.
fn ties_in_l1(run: &Tied, claims: &mut Claims) {
    let Tied { points, gamma, support, runs } = run;
    for (v, eta, w) in runs {
        let name = if *v == 0.0 {
            "v = 0"
        } else if *v > 0.0 {
            "v above 0"
        } else {
            "v below 0"
        };
        let (g, log_q, _) = look(points, Loss::Exponential, w);
        let rounding = || Slack::rounding(STEPS_OF_TIES as f64 + 16.0, gamma * w[0]);
        let excess = gamma * Norm::L1.length(w) - g;
        let pull = |n: usize| -points.row(n)[1] * v;
        let predicted = gamma * v.abs() + log_sum_exp((0..*support).map(pull));
        let off = exp(-dot(points.row(*support), w) + g);
        let slack = || rounding() + Slack::next_term(off, 2.0);
        claims.equal(format!("{name}: the first entry, against Σ η"), w[0], STEPS_OF_TIES as f64 * eta, rounding());
        claims.equal(format!("{name}: the second entry"), w[1], *v, Slack::rounding(1.0, 1.0)).on("1", 1.0);
        claims.equal(format!("{name}: γ‖w‖ - g"), excess, predicted, slack());
        let share = |n: usize| (exp(log_q[n]) - exp(pull(n) - log_sum_exp((0..*support).map(pull)))).abs();
        claims
            .equal(
                format!("{name}: largest share less e^(-b_n v)/Σ"),
                (0..*support).map(share).fold(0.0, f64::max),
                0.0,
                slack(),
            )
            .on("1", 1.0);
        if *v == 0.0 {
            claims.equal("v = 0: γ‖w‖ - g, against log k", excess, ln(*support as f64), slack());
        }
    }
}
