//! Underdetermined least squares: gradient descent picks the zero of the loss that is nearest to its start.
//!
//! The loss is 1/2 |X w - y|² with X of n rows in R^d, singular values σ_i and right singular vectors v_i. Every iterate
//! of w <- w - η X'(X w - y) is known: w_k = w∞ + Σ (1 - η σ_i²)^k <v_i, w_0 - w∞> v_i with
//! w∞ = X⁺ y + (I - X⁺X) w_0. Nothing here is asymptotic, so that what is asserted is equality, to rounding.

mod controls;
mod experiments;
mod figures;
mod hypotheses;
mod on_data;

use self::controls::{another_start, divergence, least_squares_solution, other_interpolant};
use self::experiments::{
    AROUND_TWO, Run, Threshold, inconsistent, misfit, one_example, other_geometry, overshooting, plus, power, starts,
    threshold,
};
use self::hypotheses::{verify_consistent, verify_euclidean_steps, verify_small_step, verify_start_in_row_space};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::lab::Lab;
use theoremcheck::real::{LN_2, combine, difference, distance, dot, exp, norm, pow};
use theoremcheck::theorem::{Control, Hypothesis, Kind, Standing, Step, Theorem};

pub static THEOREM: Theorem = Theorem {
    id: "least-squares",
    title: "Of all zeros of the squared loss gradient descent finds the nearest to its start",
    says: "Let some w satisfy X w = y. Then the w of zero loss are an affine subspace of dimension d - rank X, and gradient \
           descent with 0 < η < 2/σ_1² converges to that point of it which is nearest to the start: \
           w∞ = X⁺ y + (I - X⁺X) w_0, at the rate max |1 - η σ_i²| < 1. From w_0 in the row space of X this is the \
           shortest of all w with X w = y.",
    symbols: &[
        ("X, y", "n examples in R^d as the rows of a matrix, and their targets; the loss is 1/2 |X w - y|²"),
        ("σ_i, v_i", "the positive singular values of X, decreasing, and its right singular vectors; r = rank X"),
        ("X⁺", "the pseudoinverse; I - X⁺X is the orthogonal projection onto the null space of X"),
        ("η, w_k", "the step size of gradient descent, and its weights after k steps"),
        ("w∞", "X⁺ y + (I - X⁺X) w_0"),
        ("q_i", "1 - η σ_i²"),
        ("c_i", "<v_i, w_0 - w∞>"),
    ],
    cites: &["bjorck-1996", "landweber-1951"],
    hypotheses: &[
        Hypothesis {
            id: "consistent",
            says: "Some w has X w = y. It is so for every y if the rank of X is n, which needs n ≤ d.",
            verify: verify_consistent,
            only_sufficient: None,
        },
        Hypothesis {
            id: "small-step",
            says: "Gradient descent uses a constant step 0 < η < 2/σ_1².",
            verify: verify_small_step,
            only_sufficient: None,
        },
        Hypothesis {
            id: "euclidean-steps",
            says: "Each step is a multiple of the gradient itself, w <- w - η X'(X w - y), the same multiple in every \
                   coordinate.",
            verify: verify_euclidean_steps,
            only_sufficient: None,
        },
        Hypothesis {
            id: "start-in-row-space",
            says: "The start lies in the row space of X, as 0 does. Needed for the limit to be the shortest solution; not \
                   for it to be the nearest.",
            verify: verify_start_in_row_space,
            only_sufficient: None,
        },
    ],
    steps: &[&[
        Step {
            id: "zero-loss-subspace",
            says: "The w of zero loss are w∞ plus the null space of X: an affine subspace of dimension d - rank X, which \
                   is d - n if the rows are independent.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "golub-van-loan-2013" },
            notes: &["N2"],
            claims: |lab, c| {
                let starts = lab.run(starts)?;
                dimension(&starts.from_anywhere, c);
                zero_loss_subspace(&starts.from_anywhere, Some(&starts.null_direction), c);
                Ok(())
            },
        },
        Step {
            id: "closed-form",
            says: "w_k = w∞ + Σ (1 - η σ_i²)^k <v_i, w_0 - w∞> v_i, at every step, for every step size, whether y can be \
                   fitted or not.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "bjorck-1996" },
            notes: &["N2"],
            claims: |lab, c| {
                let starts = lab.run(starts)?;
                closed_form(&starts.from_zero, "", c);
                closed_form(&starts.from_anywhere, "random start: ", c);
                closed_form(&lab.run(inconsistent)?.run, "no zero of the loss: ", c);
                Ok(())
            },
        },
        Step {
            id: "null-space-invariant",
            says: "The part of w_k in the null space of X is that of w_0, at every step.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "bjorck-1996" },
            notes: &["N2"],
            claims: |lab, c| {
                let starts = lab.run(starts)?;
                null_space_invariant(&starts.from_zero, "from 0", c);
                null_space_invariant(&starts.from_anywhere, "from a random start", c);
                Ok(())
            },
        },
        Step {
            id: "linear-rate",
            says: "Until the loss is zero every step lowers it, and |X w - y| by a factor that tends to the largest \
                   |1 - η σ_i²| with c_i ≠ 0: with η = 1/σ_1² and c_r ≠ 0 to 1 - σ_r²/σ_1².",
            kind: Kind::Refinement,
            standing: Standing::Proved { cite: "saad-2003" },
            notes: &["N2"],
            claims: |lab, c| {
                linear_rate(&lab.run(starts)?.from_zero, c);
                Ok(())
            },
        },
        Step {
            id: "sharp-threshold",
            says: "The component along v_1 is multiplied by 1 - η σ_1² at each step: it decays for η < 2/σ_1², changes sign \
                   for ever at η = 2/σ_1², where the loss tends to σ_1² c_1²/2 if σ_1 is simple, and grows above. If c_1 = 0 \
                   and σ_1 is simple, steps below 2/σ_2² converge.",
            kind: Kind::Refinement,
            standing: Standing::Proved { cite: "saad-2003" },
            notes: &["N2"],
            claims: |lab, c| {
                sharp_threshold(&*lab.run(threshold)?, c);
                Ok(())
            },
        },
        Step {
            id: "nearest-point",
            says: "The limit is the point of zero loss that is nearest to the start.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "bjorck-1996" },
            notes: &["N2"],
            claims: |lab, c| {
                let starts = lab.run(starts)?;
                for (run, from) in [
                    (&starts.from_zero, "from 0"),
                    (&starts.from_row_space, "from the row space"),
                    (&starts.from_anywhere, "from a random start"),
                ] {
                    nearest_point(run, from, Some(&starts.null_direction), c);
                }
                Ok(())
            },
        },
        Step {
            id: "minimum-norm",
            says: "From a start in the row space of X the limit is X⁺ y, the shortest w of zero loss.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "bjorck-1996" },
            notes: &["N2"],
            claims: |lab, c| {
                let starts = lab.run(starts)?;
                let shortest = starts.planted.min_norm();
                minimum_norm(&starts.from_zero, &shortest, "from 0", c);
                minimum_norm(&starts.from_row_space, &shortest, "from the row space", c);
                Ok(())
            },
        },
    ]],
    controls: &[
        Control {
            without: "consistent",
            refutes: "zero-loss-subspace",
            on: "|X w∞ - y|",
            says: "Two equal rows with targets that differ by 2: no w has zero loss. Gradient descent ends at the \
                   least-squares solution, where |X w - y| = √2.",
            claims: |lab, c| {
                let broken = lab.run(inconsistent)?;
                zero_loss_subspace(&broken.run, Some(&broken.null_direction), c);
                Ok(())
            },
            instead: |lab, c| {
                least_squares_solution(&lab.run(inconsistent)?.run, c);
                Ok(())
            },
        },
        Control {
            without: "small-step",
            refutes: "linear-rate",
            on: "largest |r_(k+1)|/|r_k|",
            says: "With η σ_1² = 2.1 the component along v_1 is multiplied by -1.1 at each step: the loss grows without \
                   bound.",
            claims: |lab, c| {
                linear_rate(&*lab.run(overshooting)?, c);
                Ok(())
            },
            instead: |lab, c| {
                divergence(&*lab.run(overshooting)?, c);
                Ok(())
            },
        },
        Control {
            without: "euclidean-steps",
            refutes: "null-space-invariant",
            on: "AdaGrad: |null part",
            says: "AdaGrad, which scales each coordinate by the gradients it has seen, also brings the loss to zero, but \
                   leaves the row space at its first step and ends at another solution.",
            claims: |lab, c| {
                null_space_invariant(&*lab.run(other_geometry)?, "AdaGrad", c);
                Ok(())
            },
            instead: |lab, c| {
                other_interpolant(&*lab.run(other_geometry)?, &*lab.once(one_example)?, c);
                Ok(())
            },
        },
        Control {
            without: "start-in-row-space",
            refutes: "minimum-norm",
            on: "random start: |w - X⁺ y|",
            says: "From a random start the limit is another point of zero loss, longer by the part of the start in the \
                   null space.",
            claims: |lab, c| {
                let starts = lab.run(starts)?;
                minimum_norm(&starts.from_anywhere, &starts.planted.min_norm(), "random start", c);
                Ok(())
            },
            instead: |lab, c| {
                let starts = lab.run(starts)?;
                another_start(&starts.from_anywhere, &starts.planted, c);
                Ok(())
            },
        },
    ],
    figures: figures::FIGURES,
    sources: &[
        ("theorems/least_squares/mod.rs", include_str!("mod.rs")),
        ("theorems/least_squares/controls.rs", include_str!("controls.rs")),
        ("theorems/least_squares/experiments.rs", include_str!("experiments.rs")),
    ],
    trajectories,
    on_data: Some(on_data::ON_DATA),
};

/// The problems are built and the steps taken in a fixed order of operations; the decompositions are not.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let starts = lab.run(starts)?;
    let threshold = lab.run(threshold)?;
    let mut runs = vec![&starts.from_zero, &starts.from_row_space, &starts.from_anywhere, &threshold.without_component];
    runs.extend(&threshold.runs);
    let others = (lab.run(overshooting)?, lab.run(inconsistent)?, lab.run(other_geometry)?, lab.once(one_example)?);
    runs.extend([&*others.0, &others.1.run, &*others.2, &others.3.descent]);
    let iterates = runs.iter().flat_map(|run| &run.iterates).chain(&others.3.adagrad);
    iterates.for_each(|at| digest.fold(&at.w));
    Ok(())
}

/// **The zero-loss set.** X(w∞ + z) = y for every z of the null space, and along v_i, which are orthogonal to it, the
/// residual grows like σ_i: no other direction leads from zero to zero.
fn zero_loss_subspace(run: &Run, null_direction: Option<&[f64]>, claims: &mut Claims) {
    let Run { problem, reference, start, limit, .. } = run;
    let (frobenius, dim) = (problem.frobenius(), problem.x.dim() as f64);
    let size = norm(&limit.w) + norm(start);
    let scale = frobenius * size + norm(&problem.y);
    let slack = |w: &[f64]| {
        Slack::rounding(dim + 4.0, frobenius * norm(w) + norm(&problem.y))
            + Slack::certificate(reference.sigma[0] * limit.error)
    };
    let at = |w: &[f64]| misfit(problem, w);
    claims.equal("|X w∞ - y|", at(&limit.w), 0.0, slack(&limit.w)).on("|X|(|w∞| + |w_0|) + |y|", scale);
    let Some(z) = null_direction else { return };
    let beside = combine(100.0, z, &limit.w);
    claims
        .equal("|X (w∞ + 100 z) - y|, X z = 0", at(&beside), 0.0, slack(&beside))
        .on("|X|(|w∞| + |w_0|) + |y|", scale);
    for i in [0, reference.rank - 1] {
        // A step of the size of w∞, so that it is seen beside it.
        let off = combine(size, &reference.right[i], &limit.w);
        claims.equal(
            format!("|X (w∞ + s v_{0}) - y|/s, s = |w∞| + |w_0|, against σ_{0}", i + 1),
            at(&off) / size,
            reference.sigma[i],
            slack(&off).times(1.0 / size) + Slack::certificate(reference.error),
        );
    }
}

/// Its dimension, where the rows are independent.
fn dimension(run: &Run, claims: &mut Claims) {
    let Run { problem, reference, .. } = run;
    let (count, dim) = (problem.x.count(), problem.x.dim());
    let exact = || Slack::rounding(1.0, 1.0);
    claims.equal("d - rank X", (dim - reference.rank) as f64, (dim - count) as f64, exact());
    claims.at_least(
        "σ_n over the error of the computed one",
        reference.sigma[count - 1] / reference.error,
        1.0,
        exact(),
    );
}

/// **Every iterate.** With X w∞ - y orthogonal to the range of X a step is w - w∞ <- (I - η X'X)(w - w∞), and the v_i
/// are eigenvectors of X'X.
fn closed_form(run: &Run, name: &str, claims: &mut Claims) {
    for at in run.shown() {
        // Where the weights outgrow a double, all is in units of 2^exponent.
        let unit = exp(-(at.exponent as f64) * LN_2);
        let size = norm(&at.w).max(unit * (norm(&run.start) + norm(&run.limit.w)));
        let scale = if size > 0.0 { size } else { 1.0 };
        claims
            .equal(
                format!("{name}|w_k - closed form| over that of the weights, k = {}", at.step),
                distance(&at.w, &run.predicted(at.step, at.exponent)) / scale,
                0.0,
                run.state_slack(at.step, at.exponent).times(1.0 / scale),
            )
            .on("1", 1.0);
    }
}

/// **The null space.** Every gradient X'r is a combination of rows, so that no step moves the part orthogonal to them.
fn null_space_invariant(run: &Run, name: &str, claims: &mut Claims) {
    let Run { problem, reference, start, .. } = run;
    let count = problem.x.count() as f64;
    let residual = misfit(problem, start);
    for at in run.shown() {
        let moved = difference(&at.w, start);
        claims
            .equal(
                format!("{name}: |null part of w_k - w_0|, k = {}", at.step),
                norm(&reference.null_part(&moved)),
                0.0,
                // The additions of a step, as often as there are steps; the sums of rows, which shrink with the residual
                // unless y cannot be fitted; and the computed v_i, turned against the row space.
                Slack::rounding(at.step as f64 + 4.0 * reference.rank as f64, run.size(at.step))
                    + Slack::rounding(
                        (count + 4.0) * run.eta * problem.frobenius(),
                        run.amplification(at.step, 0) * residual + at.step as f64 * run.limit.residual,
                    )
                    + Slack::certificate(2.0 * reference.error / reference.sigma_least() * norm(&moved)),
            )
            .on("of the weights", norm(start) + norm(&run.limit.w));
    }
}

/// **The rate.** X w_k - y = Σ σ_i q_i^k c_i u_i: every step shrinks every part of it, and the slowest remains. With
/// b_i = (σ_i c_i)² the ratio of two lengths is |q| (1 - (b_j/2b)(q_j/q)^2k (1 - q_j²/q²) + ..), j the second slowest.
fn linear_rate(run: &Run, claims: &mut Claims) {
    let residuals: Vec<(u64, f64)> =
        run.iterates.iter().map(|at| (at.step, misfit(&run.problem, &at.w))).filter(|(k, _)| *k < 100).collect();
    let relative = |k: u64, r: f64| run.residual_slack(k).times(1.0 / r);
    let ratio = |k: u64| {
        let pair = residuals.windows(2).find(|pair| pair[0].0 == k).expect("the steps were recorded");
        (pair[1].1 / pair[0].1, relative(k, pair[0].1) + relative(k + 1, pair[1].1))
    };
    let seen = residuals.windows(2).filter(|pair| pair[1].0 == pair[0].0 + 1).map(|pair| pair[0].0);
    let (largest, slack) = seen.map(&ratio).max_by(|a, b| a.0.total_cmp(&b.0)).expect("some steps follow each other");
    claims.at_most("largest |r_(k+1)|/|r_k|, r_k = X w_k - y", largest, 1.0, slack);
    let factors = run.factors();
    let weight = |i: usize| {
        let b = run.reference.sigma[i] * run.coordinates[i];
        b * b
    };
    let mut order: Vec<usize> = (0..factors.len()).collect();
    order.sort_by(|&i, &j| factors[j].abs().total_cmp(&factors[i].abs()));
    let (slow, second) = (order[0], order[1]);
    let q = factors[slow].abs();
    // What component i takes off the ratio, as a share of it.
    let share = |i: usize, k: u64| {
        let apart = factors[i] / q;
        weight(i) / weight(slow) * pow(apart.abs(), 2.0 * k as f64) * (1.0 - apart * apart) / 2.0
    };
    let correction = |k: u64| order[1..].iter().map(|&i| share(i, k)).sum::<f64>();
    for k in [36, 60] {
        let (measured, slack) = ratio(k);
        claims.equal(
            format!("|r_(k+1)|/|r_k|, k = {k}, against 1 - η σ_n²"),
            measured,
            1.0 - run.eta * run.reference.sigma[run.reference.rank - 1] * run.reference.sigma[run.reference.rank - 1],
            slack + Slack::next_term(q * correction(k), 2.0),
        );
    }
    let (measured, slack) = ratio(36);
    let decay = pow(factors[second].abs() / q, 72.0);
    claims.equal(
        "(1 - |r_(k+1)|/(|r_k| q_n)) (q_n/q_(n-1))^2k, k = 36",
        (1.0 - measured / q) / decay,
        share(second, 36) / decay,
        // The other components, and the square of what the second one takes off.
        slack.times(1.0 / decay)
            + Slack::next_term((correction(36) - share(second, 36)) / decay, 2.0)
            + Slack::next_term(share(second, 36) * weight(second) / weight(slow), 2.0),
    );
}

/// **The threshold.** <v_1, w_k - w∞> = (1 - η σ_1²)^k c_1, exactly.
fn sharp_threshold(threshold: &Threshold, claims: &mut Claims) {
    let Threshold { planted, runs, without_component } = threshold;
    // The planted v_1 and solution, which owe nothing to a computed decomposition.
    let (v, c, limit) = (&planted.axes[0], planted.coordinates[0], planted.min_norm());
    let component = |run: &Run, k: u64| -dot(v, &difference(&run.at(k).w, &limit)) / c;
    // Planted vectors are orthonormal, and rows and targets rounded, up to some roundings for each singular value.
    let planted_rounding = |run: &Run, k: u64| {
        let count = planted.sigma.len() as f64;
        Slack::rounding(16.0 * count * run.amplification(k, 0).max(1.0), run.eta * run.size(k))
    };
    let slack = |run: &Run, k: u64| (run.state_slack(k, 0) + planted_rounding(run, k)).times(1.0 / c.abs());
    for (run, product) in runs.iter().zip(AROUND_TWO) {
        for k in [999, 1000] {
            claims.equal(
                format!("η σ_1² = {product}: <v_1, w_k - w∞>/<v_1, w_0 - w∞>, k = {k}"),
                component(run, k),
                power(1.0 - product, k),
                slack(run, k),
            );
        }
    }
    let at_two = &runs[1];
    let loss = |run: &Run, k: u64| {
        let r = misfit(&run.problem, &run.at(k).w);
        0.5 * r * r
    };
    let limit_loss = 0.5 * planted.sigma[0] * planted.sigma[0] * c * c;
    claims.equal(
        "η σ_1² = 2: loss at k = 1000, against σ_1² c_1²/2",
        loss(at_two, 1000),
        limit_loss,
        (at_two.residual_slack(1000) + planted_rounding(at_two, 1000)).times(2.0 * c.abs())
            + Slack::next_term(at_two.others(1000), 1.0),
    );
    claims.equal(
        "η σ_1² = 2.1, c_1 = 0: |w_k - w∞|, k = 20, against that of the other components",
        distance(&without_component.at(20).w, &limit),
        without_component.others(20).sqrt(),
        without_component.state_slack(20, 0) + planted_rounding(without_component, 20),
    );
}

/// **The nearest point.** All q_i^k tend to zero, and w∞ - w_0 is in the row space, orthogonal to the set of zeros.
fn nearest_point(run: &Run, from: &str, null_direction: Option<&[f64]>, claims: &mut Claims) {
    let Run { start, limit, .. } = run;
    let at = run.last();
    let slack = || {
        run.state_slack(at.step, 0) + Slack::certificate(limit.error) + Slack::next_term(run.remaining(at.step), 1.0)
    };
    claims
        .equal(format!("{from}: |w - w∞|, k = {}", at.step), distance(&at.w, &limit.w), 0.0, slack())
        .on("of the weights", norm(start) + norm(&limit.w));
    let Some(z) = null_direction else { return };
    // Pythagoras at w: for another point of zero loss, |z|² is what it is farther from the start, in squares.
    let (near, far) = (difference(&at.w, start), difference(&plus(z, &at.w), start));
    claims.equal(
        format!("{from}: |w + z - w_0|² - |w - w_0|², z in the null space, against |z|²"),
        dot(&far, &far) - dot(&near, &near),
        dot(z, z),
        slack().times(2.0) + Slack::rounding(4.0 * start.len() as f64, dot(&far, &far) + dot(&near, &near)),
    );
}

/// **The shortest.** If w_0 is in the row space then so is w∞, and every other point of zero loss is longer.
fn minimum_norm(run: &Run, shortest: &[f64], from: &str, claims: &mut Claims) {
    let at = run.last();
    let dim = shortest.len() as f64;
    let slack = || {
        run.state_slack(at.step, 0)
            + Slack::next_term(run.remaining(at.step), 1.0)
            // The planted solution and its targets are sums of n vectors; a residual moves it by that over σ_n.
            + Slack::rounding(16.0 * run.reference.rank as f64 / run.reference.sigma_least(), norm(shortest))
    };
    claims
        .equal(format!("{from}: |w - X⁺ y|, k = {}", at.step), distance(&at.w, shortest), 0.0, slack())
        .on("|X⁺ y|", norm(shortest));
    claims.equal(
        format!("{from}: |w|, against |X⁺ y|"),
        norm(&at.w),
        norm(shortest),
        slack() + Slack::rounding(2.0 * dim, norm(shortest)),
    );
}
