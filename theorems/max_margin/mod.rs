//! Gradient descent on separable data finds the maximum-margin separator.
//!
//! Soudry, Hoffer, Nacson, Gunasekar, Srebro 2018 (JMLR 19): on linearly separable data, with a
//! decreasing smooth loss of exponential tail and a step below the smoothness bound, the weights are
//! w(t) = ŵ log t + rho(t), where ŵ = argmin |w|² subject to x_n·w ≥ 1 and rho stays bounded for almost
//! every data set. The limits converge like 1/log t and prove nothing at any time that can be reached;
//! each step asserts a rate or a constant instead, against the certified ŵ.
//!
//! Labels are absorbed (x_n stands for y_n x_n), L is a sum over the points, s = log t. γ = 1/|ŵ|,
//! ŵ = Σ alpha_n x_n, p_n = γ² alpha_n, m_n = x_n·ŵ; w̃ is the limit of rho.

mod controls;
mod expansion;
mod experiments;
mod figures;
mod hypotheses;
mod on_data;
mod refinements;
mod regularisation_path;
mod step_size;

use self::controls::{divergence, finite_minimiser, polynomial_limits, residual_of_degenerate_points};
use self::expansion::Expansion;
use self::experiments::{
    DescentRun, FourPoints, Path, Run, degenerate_points, four_points, inseparable_points, overshooting, planted,
    planted_descent, polynomial_tails, two_points,
};
use self::hypotheses::{verify_exponential_tail, verify_positive_multipliers, verify_separability, verify_small_step};
use self::refinements::{
    along_separator, beside_the_span, beside_the_support, logarithmic_correction, many_duals, slow_angle, slow_angles,
    three_points, uniform_points, uniform_shares,
};
use self::regularisation_path::{penalised, regularisation_path, soft_margin_is_exact, soft_margins};
use self::step_size::{
    another_loss, cycles, exponential_threshold, far_above_the_bound, far_above_the_bound_for_long, large_steps,
    squared_loss, thresholds, two_cycles,
};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::digest::Digest;
use theoremcheck::error::Result;
use theoremcheck::flow::descent::Descent;
use theoremcheck::flow::gradient_flow::Snapshot;
use theoremcheck::flow::loss::{log_loss, log_pulls, shares};
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::Planted;
use theoremcheck::problem::table::Holes;
use theoremcheck::real::{LN_10, combine, difference, distance, dot, exp, ln, log_sum_exp, norm, reject};
use theoremcheck::reference::max_margin::MaxMargin;
use theoremcheck::theorem::{Control, DataOption, Hypothesis, Kind, OnData, Standing, Step, Theorem};

pub static THEOREM: Theorem = Theorem {
    id: "max-margin",
    title: "Gradient descent on separable data finds the maximum-margin separator",
    says: "Let the points be linearly separable, the loss convex, decreasing and smooth with an exponential tail, and \
           the step size below 2/(β σ_max²). Then the loss tends to zero, no finite minimiser exists, and \
           w(t) = ŵ log t + rho(t) with rho bounded for almost every data set: the direction of w tends to that of \
           ŵ = argmin |w|² subject to x_n·w ≥ 1, the maximum-margin separator.",
    symbols: &[
        ("x_n", "example n times its label, so that w classifies it correctly if x_n·w > 0"),
        (
            "L, ℓ",
            "the loss, a sum of ℓ(x_n·w) over the examples; β is the Lipschitz constant of ℓ', σ_max the largest singular value of the examples",
        ),
        (
            "ŵ, γ",
            "the shortest w with x_n·w ≥ 1 for all n, and 1/|ŵ|, the margin of its plane; margin means min x_n·w/|w|",
        ),
        ("m_n", "x_n·ŵ; the support vectors S have m_n = 1, and m_next is the least of the others"),
        ("alpha_n, p_n", "multipliers with ŵ = Σ alpha_n x_n, zero off the support, and their shares γ² alpha_n"),
        ("H, Hinf", "-Σ p log p and -log max p"),
        ("rho, w̃", "w - ŵ log t, and its limit in the span of the support; under gradient descent log(η t) for log t"),
        ("A, λ_min", "Σ alpha_n x_n x_n' on the span of the support, and its least eigenvalue"),
        ("C, u", "γ |lim rho across ŵ|, and log t + H + 2 log γ"),
        ("η", "the step size of gradient descent; its t counts steps"),
    ],
    cites: &["soudry-2018"],
    hypotheses: &[
        Hypothesis {
            id: "separability",
            says: "Some w has x_n·w > 0 for every n.",
            verify: verify_separability,
            only_sufficient: None,
        },
        Hypothesis {
            id: "exponential-tail",
            says: "-ℓ'(u) e^u tends to 1 exponentially fast as u grows.",
            verify: verify_exponential_tail,
            only_sufficient: None,
        },
        Hypothesis {
            id: "small-step",
            says: "Gradient descent uses a constant step η < 2/(β σ_max²), where ℓ' is β-Lipschitz.",
            verify: verify_small_step,
            only_sufficient: None,
        },
        Hypothesis {
            id: "positive-multipliers",
            says: "Some dual solution is positive on every support vector, as it is for almost every data set. \
                   Needed for rho to be bounded; not for the direction.",
            verify: verify_positive_multipliers,
            only_sufficient: None,
        },
    ],
    steps: &[&[
        Step {
            id: "unique-separator",
            says: "The hard-margin problem has one solution ŵ; its margin γ = 1/|ŵ| is the distance of the nearest \
                   point from the separating plane, and that of the origin from the convex hull of the points.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "boyd-vandenberghe-2004" },
            notes: &["N5"],
            claims: |lab, c| {
                let run = lab.run(planted)?;
                unique_separator(&run.setup.points, &run.reference, run.planted.as_ref(), c);
                Ok(())
            },
        },
        Step {
            id: "no-finite-minimiser",
            says: "The loss falls for ever, like 1/t: no finite w minimises it.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "soudry-2018" },
            notes: &["N4", "N7"],
            claims: |lab, c| {
                let run = lab.run(planted)?;
                no_finite_minimiser(&run.path, Some(&run.expansion), c);
                Ok(())
            },
        },
        Step {
            id: "norm-grows-loss-decays",
            says: "ŵ is a descent direction at every w, the loss is 1/(γ² t) and γ|w| is √(u² + C²) with \
                   u = log t + H + 2 log γ, up to powers of 1/t.",
            kind: Kind::Proof,
            standing: Standing::Formal,
            notes: &["N7"],
            claims: |lab, c| {
                norm_grows_loss_decays(&*lab.run(planted)?, c);
                Ok(())
            },
        },
        Step {
            id: "support-vectors-dominate",
            says: "A point that is no support vector loses its share of the gradient like t^-(m_n - 1).",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "soudry-2018" },
            notes: &["N8"],
            claims: |lab, c| {
                support_vectors_dominate(&*lab.run(planted)?, c);
                Ok(())
            },
        },
        Step {
            id: "gradient-weights-become-dual",
            says: "The shares of the gradient tend to p_n = γ² alpha_n, and the direction of -∇L to the \
                   combination of support vectors that the KKT conditions prescribe.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "soudry-2018" },
            notes: &["N9"],
            claims: |lab, c| {
                gradient_weights_become_dual(&*lab.run(planted)?, c);
                Ok(())
            },
        },
        Step {
            id: "residual-converges",
            says: "In the span of the support vectors rho(t) = w(t) - ŵ log t tends to \
                   w̃ = argmin_v Σ_S e^(-x_n·v) + ŵ·v, like t^-δ with δ = min(λ_min(A), m_next - 1) and \
                   A = Σ alpha x x', but for a factor log t at a resonance.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6", "N9"],
            claims: |lab, c| {
                residual_converges(&*lab.run(planted)?, c);
                residual_of_four_points(&*lab.once(four_points)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "margin-gap-and-direction",
            says: "Where the support vectors span the space, the data alone give the constants: \
                   sin(angle) = C/√(u² + C²) and margin/γ = (u - H + Hinf)/√(u² + C²), so that 1 - margin/γ falls like \
                   (H - Hinf)/log t and the angle like C/log t.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                margin_gap_and_direction(&*lab.run(planted)?, c);
                for run in [&lab.once(four_points)?.run, &*lab.once(two_points)?] {
                    margin_gap_and_direction(run, &mut c.of_fixed_data());
                    limits_over_log_t(run, c);
                }
                Ok(())
            },
        },
        Step {
            id: "gradient-descent",
            says: "Gradient descent with a constant step η below 2/(β σ_max²) lowers the loss at every step and follows \
                   the flow at time η t. The notes say any step.",
            kind: Kind::Proof,
            standing: Standing::Overstated { by: "without-small-step" },
            notes: &["N6"],
            claims: |lab, c| {
                gradient_descent(&*lab.run(planted_descent)?, c);
                Ok(())
            },
        },
        Step {
            id: "logarithmic-correction",
            says: "The coefficient of ŵ in rho - w̃ is kappa log t / t: kappa = 1/2 for gradient descent on the \
                   exponential loss, less γ² Σ alpha²/η on the logistic; β/(1 - β) more with momentum β; 0 and \
                   -γ² Σ alpha² for the flow, and γ² Σ m_n e^(-x_n·w̃) where other points have m_n = 2.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                logarithmic_correction(&lab.once(along_separator)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "many-duals",
            says: "If the multipliers are not unique, the flow finds those of largest entropy.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N9"],
            claims: |lab, c| {
                many_duals(&*lab.once(three_points)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "beside-the-span",
            says: "Outside the span of the points the start stays for ever; inside it, but outside the span of the \
                   support vectors, rho ends at a place that depends on the start and on the path.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                beside_the_span(&lab.once(beside_the_support)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "uniform-shares",
            says: "If all p_n are equal and C > 0, which then comes from beside the span of the support vectors, the margin gap falls \
                   like γ C²/(2 log² t) and not like 1/log t.",
            kind: Kind::Refinement,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                uniform_shares(&*lab.once(uniform_points)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "slow-angle",
            says: "The direction error is not always C/log t: on the support vectors of Soudry et al.'s Figure 1, C = 0 \
                   and the angle falls like t^(-1/4)/log t.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                slow_angle(&lab.once(slow_angles)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "regularisation-path",
            says: "The minimiser of L + (λ/2)|w|² is a ŵ + v with a e^a = 1/λ and v = w̃ - A^-1 w̃/a + O(1/a²): as λ goes to 0 it \
                   takes the direction of gradient descent, at the same distance from the ray of ŵ where the support \
                   vectors span the space.",
            kind: Kind::Proof,
            standing: Standing::Proved { cite: "rosset-zhu-hastie-2004" },
            notes: &["N10"],
            claims: |lab, c| {
                let run = lab.run(planted)?;
                regularisation_path(&run, &penalised(&run)?, c);
                Ok(())
            },
        },
        Step {
            id: "soft-margin-is-exact",
            says: "The soft-margin machine with C ≥ max alpha_n, for some dual solution, is the hard-margin one, not only in the \
                   limit.",
            kind: Kind::Refinement,
            standing: Standing::Proved { cite: "boyd-vandenberghe-2004" },
            notes: &["N10"],
            claims: |lab, c| {
                soft_margin_is_exact(&*lab.once(soft_margins)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "large-steps",
            says: "On the logistic loss a step far above the bound makes the loss rise at first, and then leads to the \
                   same limit.",
            kind: Kind::Counterexample,
            standing: Standing::Proved { cite: "wu-braverman-lee-2023" },
            notes: &["N6"],
            claims: |lab, c| {
                large_steps(&lab.once(far_above_the_bound)?, &mut c.of_fixed_data());
                if lab.long() {
                    large_steps(&lab.once(far_above_the_bound_for_long)?, c);
                }
                Ok(())
            },
        },
        Step {
            id: "exponential-threshold",
            says: "On the exponential loss large steps diverge, and the step size at which that begins depends on the start.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                exponential_threshold(&*lab.once(thresholds)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "two-cycles",
            says: "On points that cannot be separated a step η > 2/L'' ends on a cycle, not at the minimiser.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                two_cycles(&*lab.once(cycles)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Step {
            id: "another-loss",
            says: "From w = 0, with η < 2/σ_max², the squared loss on labels ends at the interpolant of least norm, which is not \
                   the separator.",
            kind: Kind::Counterexample,
            standing: Standing::Formal,
            notes: &["N6"],
            claims: |lab, c| {
                another_loss(&*lab.once(squared_loss)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
    ]],
    controls: &[
        Control {
            without: "separability",
            refutes: "no-finite-minimiser",
            on: "d log L / d log t, from t = 10^50",
            says: "On x = 1, 1, -1 the logistic loss has the finite minimiser log 2, and the flow goes there.",
            claims: |lab, c| {
                no_finite_minimiser(&lab.once(inseparable_points)?.late, None, &mut c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                finite_minimiser(&*lab.once(inseparable_points)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Control {
            without: "exponential-tail",
            refutes: "margin-gap-and-direction",
            on: "sin(angle to ŵ)",
            says: "With ℓ(u) = u^-ν the direction tends to another vector, v ~ Σ (x_n·v)^(-ν-1) x_n, and |w| grows like \
                   t^(1/(ν+2)).",
            claims: |lab, c| {
                margin_gap_and_direction(&lab.once(polynomial_tails)?[0].run, &mut c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                polynomial_limits(&lab.once(polynomial_tails)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Control {
            without: "small-step",
            refutes: "gradient-descent",
            on: "largest change of log L in a step",
            says: "The exponential loss is not smooth: from w = 0 on (.1,.9), (.1,-.5), steps of η = 3 overshoot further \
                   and further until they overflow.",
            claims: |lab, c| {
                gradient_descent(&*lab.once(overshooting)?, &mut c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                divergence(&*lab.once(overshooting)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
        Control {
            without: "positive-multipliers",
            refutes: "residual-converges",
            on: "|change of rho|",
            says: "(1,1) is a support vector of (1,0), (1,1) with multiplier zero: across ŵ the residual grows like \
                   log log t, without bound.",
            claims: |lab, c| {
                residual_converges(&*lab.once(degenerate_points)?, &mut c.of_fixed_data());
                Ok(())
            },
            instead: |lab, c| {
                residual_of_degenerate_points(&*lab.once(degenerate_points)?, &mut c.of_fixed_data());
                Ok(())
            },
        },
    ],
    figures: figures::FIGURES,
    sources: &[
        ("theorems/max_margin/mod.rs", include_str!("mod.rs")),
        ("theorems/max_margin/controls.rs", include_str!("controls.rs")),
        ("theorems/max_margin/experiments.rs", include_str!("experiments.rs")),
        ("theorems/max_margin/refinements.rs", include_str!("refinements.rs")),
        ("theorems/max_margin/regularisation_path.rs", include_str!("regularisation_path.rs")),
        ("theorems/max_margin/step_size.rs", include_str!("step_size.rs")),
    ],
    trajectories,
    on_data: Some(OnData {
        says: "The flow, or gradient descent, on a table whose last column is the label (+1/-1 or 1/0), against the \
               certified separator of that table.",
        options: &[
            DataOption { name: "loss", value: Some("exp|logistic"), says: "The loss. [default: logistic]" },
            DataOption {
                name: "log-t",
                value: Some("S"),
                says: "Follow the flow to t = e^S; 230.26 is t = 10^100. [default: ln 10^100]",
            },
            DataOption {
                name: "start",
                value: Some("V1,V2,.."),
                says: "Initial weights, one a feature, and one for the bias with --bias. [default: 0]",
            },
            DataOption {
                name: "bias",
                value: None,
                says: "Append a feature that is always 1, after standardising. Its weight counts in |w| like any \
                       other: this is not the SVM with a free intercept.",
            },
            DataOption {
                name: "standardize",
                value: None,
                says: "Subtract each feature's mean and divide by its population standard deviation.",
            },
            DataOption {
                name: "dynamics",
                value: Some("flow|gd"),
                says: "Gradient flow, or gradient descent with a constant step. [default: flow]",
            },
            DataOption {
                name: "eta",
                value: Some("E"),
                says: "Step size of gd. [default: half the smoothness bound, 1/(β σ_max²); for exp 1/(L(w0) max |x|²)]",
            },
            DataOption { name: "steps", value: Some("K"), says: "Steps of gd. [default: 100000]" },
        ],
        holes: Holes::Refused,
        run: on_data::run,
    }),
};

/// Everything that was followed in the blind frame or by gradient descent.
fn trajectories(lab: &Lab, digest: &mut Digest) -> Result<()> {
    let mut fold = |path: &Path| path.snapshots.iter().for_each(|at| digest.fold(&at.state));
    fold(&lab.run(planted)?.path);
    fold(&lab.once(four_points)?.run.path);
    fold(&lab.once(two_points)?.path);
    fold(&lab.once(inseparable_points)?.early);
    fold(&lab.once(inseparable_points)?.late);
    lab.once(polynomial_tails)?.iter().for_each(|tail| fold(&tail.run.path));
    let mut fold = |descent: &Descent| descent.iterates.iter().for_each(|it| digest.fold(&it.w));
    fold(&lab.run(planted_descent)?.descent);
    fold(&lab.once(overshooting)?.descent);
    lab.once(far_above_the_bound)?.iter().for_each(|run| fold(&run.descent));
    Ok(())
}

/// "10^12" from log t.
fn power_of_ten(log_t: f64) -> String {
    format!("10^{}", (log_t / LN_10).round())
}

/// **The separator is unique.** For every feasible v, v·ŵ = Σ alpha_n x_n·v ≥ Σ alpha_n = |ŵ|², hence
/// |v|² ≥ |ŵ|² + |v - ŵ|²: no other feasible vector is as short.
fn unique_separator(points: &Points, reference: &MaxMargin, planted: Option<&Planted>, claims: &mut Claims) {
    let MaxMargin { w_hat, gamma, alpha, certificate, .. } = reference;
    // Inner products of length d with the support vectors, in the solution of a linear system.
    let support_radius = reference.support.iter().map(|&n| norm(points.row(n))).fold(0.0, f64::max);
    let rounding = || Slack::rounding(8.0 * points.dim() as f64, support_radius / gamma);
    claims.at_most("relative duality gap", certificate.relative_gap, 0.0, rounding()).on("1", 1.0);
    claims.equal("|ŵ - Σ alpha x| / |ŵ|", certificate.stationarity, 0.0, rounding()).on("1", 1.0);
    claims.at_least("min x·ŵ - 1", certificate.feasibility, 0.0, rounding()).on("1", 1.0);
    claims.equal("max |alpha (x·ŵ - 1)| / |ŵ|²", certificate.complementarity, 0.0, rounding()).on("1", 1.0);
    claims.at_least("min alpha / |ŵ|²", certificate.least_multiplier * gamma * gamma, 0.0, rounding()).on("1", 1.0);
    if let Some(planted) = planted {
        let error = distance(w_hat, &planted.w_hat) / norm(&planted.w_hat);
        claims.equal("|ŵ - planted| / |planted|", error, 0.0, rounding()).on("1", 1.0);
        let error = distance(alpha, &planted.alpha) / norm(&planted.alpha);
        claims.equal("|alpha - planted| / |planted|", error, 0.0, rounding()).on("1", 1.0);
        let nearest = points.least_margin(w_hat) / norm(w_hat);
        let gamma = 1.0 / norm(&planted.w_hat);
        claims.equal("distance of the nearest point from the plane, against γ", nearest, gamma, rounding());
    }
    // Other feasible vectors: ŵ pushed along each axis both ways, by so little that every margin stays above
    // 1/2, and rescaled to least margin 1.
    let square = dot(w_hat, w_hat);
    let largest = |i: usize| points.rows().map(|x| x[i].abs()).fold(0.0, f64::max);
    let pushes = (0..points.dim()).flat_map(|i| [(i, -0.5 / largest(i)), (i, 0.5 / largest(i))]);
    let excess = pushes.filter(|(_, push)| push.is_finite()).map(|(i, push)| {
        let mut v = w_hat.clone();
        v[i] += push;
        let margin = points.least_margin(&v);
        v.iter_mut().for_each(|v| *v /= margin);
        let apart = difference(&v, w_hat);
        (dot(&v, &v) - square - dot(&apart, &apart)) / dot(&v, &v)
    });
    let least = excess.reduce(|least, excess| if excess >= least { least } else { excess }).unwrap_or(f64::NAN);
    claims.at_least("(|v|² - |ŵ|² - |v - ŵ|²)/|v|² over feasible v", least, 0.0, rounding()).on("1", 1.0);
}

/// **There is no finite minimiser.** At one the loss would settle; it falls like 1/t instead. `next` is the
/// expansion that evaluates the next term, where there is a separator.
fn no_finite_minimiser(path: &Path, next: Option<&Expansion>, claims: &mut Claims) {
    let Path { snapshots, log_losses, radius } = path;
    for (pair, losses) in snapshots.windows(2).zip(log_losses.windows(2)) {
        let [from, to] = pair else { unreachable!("windows of two") };
        let span = to.log_t - from.log_t;
        let errors = radius * (from.integration() + to.integration()) / span;
        let next = next.map_or(0.0, |next| next.unsupported(from.log_t) + next.gamma * norm(&next.leading(from.log_t)));
        claims.equal(
            format!("d log L / d log t, from t = {} to {}", power_of_ten(from.log_t), power_of_ten(to.log_t)),
            (losses[1] - losses[0]) / span,
            -1.0,
            Slack::integration(errors)
                + Slack::rounding(64.0, radius * norm(&to.state) / span)
                + Slack::next_term(next / span, 2.0),
        );
    }
}

/// **The weights grow, the loss decays.** -∇L·ŵ = Σ -ℓ'_n m_n ≥ Σ -ℓ'_n > 0, so that the flow can stop
/// nowhere; along it x_n·w = log t - log alpha_n on the support, which gives both constants.
fn norm_grows_loss_decays(run: &Run, claims: &mut Claims) {
    let Run { setup, expansion, path, .. } = run;
    for (at, log_loss) in path.snapshots.iter().zip(&path.log_losses) {
        let s = at.log_t;
        let t = power_of_ten(s);
        let beyond = expansion.gamma * expansion.beyond_leading(s);
        let share = shares(&setup.points, setup.loss, &at.state);
        claims.equal(
            format!("-∇L·ŵ / Σ -ℓ'_n, t = {t}"),
            dot(&setup.points.combination(&share), &run.reference.w_hat),
            expansion.progress(s),
            run.margin_slack(at)
                + Slack::rounding(8.0 * setup.points.dim() as f64, path.radius / expansion.gamma)
                + Slack::next_term(expansion.unsupported(s) * path.radius * norm(&expansion.leading(s)), 2.0),
        );
        claims.equal(
            format!("γ² t L, t = {t}"),
            exp(log_loss + s + 2.0 * ln(expansion.gamma)),
            expansion.scaled_loss(s),
            // Once through rho, since ∂L/∂w is along ŵ, and once in L itself.
            run.margin_slack(at) + Slack::next_term(2.0 * beyond, 2.0),
        );
        claims.equal(
            format!("γ|w|, t = {t}"),
            expansion.gamma * norm(&at.state),
            expansion.scaled_norm(s),
            // With rho = w̃ + δ the next term is δ itself.
            run.state_slack(at)
                + Slack::next_term(expansion.gamma * norm(&expansion.leading(s)), 1.0)
                + Slack::next_term(beyond, 2.0),
        );
    }
}

/// **Support vectors dominate.** x_n·w = m_n log t + x_n·rho, so that a point's pull e^(-x_n·w) falls like
/// t^-m_n, and its share like t^-(m_n - 1).
fn support_vectors_dominate(run: &Run, claims: &mut Claims) {
    let Run { setup, reference, expansion, path, .. } = run;
    let [from, to, ..] = &path.snapshots[..] else { unreachable!("the path has four times") };
    let span = to.log_t - from.log_t;
    let log_shares = |at: &Snapshot| {
        let pulls = log_pulls(&setup.points, setup.loss, &at.state);
        let total = log_sum_exp(pulls.iter().copied());
        pulls.into_iter().map(move |pull| pull - total).collect::<Vec<_>>()
    };
    let (before, after) = (log_shares(from), log_shares(to));
    let exponent = |n: usize| (before[n] - after[n]) / span;
    let predicted = |n: usize| reference.margins[n] - 1.0;
    let slack = |n: usize| {
        // log share = -(m_n - 1) s - x_n·(w̃ + δ) - log(1 + ..): δ moves it, and so does the sum over all.
        let shift = (norm(setup.points.row(n)) + path.radius) * norm(&expansion.leading(from.log_t));
        let errors = path.radius * (from.integration() + to.integration()) / span;
        Slack::next_term(shift / span, 1.0)
            + Slack::integration(2.0 * errors)
            + Slack::rounding(4.0 * setup.points.dim() as f64, path.radius * norm(&to.state) / span)
    };
    let unsupported: Vec<usize> = (0..setup.points.count()).filter(|&n| reference.margins[n] > 1.0).collect();
    let used = |&n: &usize| (exponent(n) - predicted(n)).abs() / slack(n).total();
    let next = unsupported.iter().copied().min_by(|&a, &b| predicted(a).total_cmp(&predicted(b)));
    let worst = unsupported.iter().copied().max_by(|a, b| used(a).total_cmp(&used(b)));
    for (name, n) in [("the next point's share", next), ("the share that uses most of its slack", worst)] {
        let n = n.expect("the plan has points off the support");
        claims.equal(format!("exponent of {name}"), exponent(n), predicted(n), slack(n));
    }
    let s = to.log_t;
    let share = shares(&setup.points, setup.loss, &to.state);
    claims.equal(
        format!("share of all points off the support, t = {}", power_of_ten(s)),
        unsupported.iter().map(|&n| share[n]).sum::<f64>(),
        expansion.unsupported(s),
        // The error of each exponent multiplies the sum.
        Slack::next_term(expansion.unsupported(s) * 2.0 * path.radius * norm(&expansion.leading(s)), 1.0)
            + Slack::integration(expansion.unsupported(s) * 2.0 * path.radius * to.integration()),
    );
}

/// **The gradient's weights become the dual.** On the support e^(-x_n·w) t -> e^(-x_n·w̃) = alpha_n, so that
/// the shares are p_n = γ² alpha_n, and Σ p_n x_n = γ² ŵ: the KKT combination, along which w grows.
fn gradient_weights_become_dual(run: &Run, claims: &mut Claims) {
    let Run { setup, expansion, path, reference, .. } = run;
    let at = path.last();
    let t = power_of_ten(at.log_t);
    let share = shares(&setup.points, setup.loss, &at.state);
    let least = expansion.carrying.iter().map(|&n| expansion.p[n]).fold(f64::INFINITY, f64::min);
    let slack = || {
        run.margin_slack(at)
            + Slack::certificate(path.radius * expansion.dual.uncertainty(&reference.w_hat))
            + Slack::next_term(path.radius * norm(&expansion.leading(at.log_t)), 2.0)
    };
    let apart = |p: &[f64]| share.iter().zip(p).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    claims
        .equal(format!("max |share_n - p_n|, t = {t}"), apart(&expansion.p), 0.0, slack())
        .on("of the least p_n", least);
    if let Some(planted) = &run.planted {
        let p: Vec<f64> = planted.alpha.iter().map(|alpha| expansion.gamma * expansion.gamma * alpha).collect();
        claims
            .equal(format!("max |share_n - planted p_n|, t = {t}"), apart(&p), 0.0, slack())
            .on("of the least p_n", least);
    }
    let kkt: Vec<f64> = reference.w_hat.iter().map(|w| expansion.gamma * expansion.gamma * w).collect();
    claims
        .equal(
            format!("|Σ share_n x_n - γ² ŵ|, t = {t}"),
            distance(&setup.points.combination(&share), &kkt),
            0.0,
            // Each share is off by its own share of that.
            Slack::rounding(setup.points.count() as f64, path.radius) + slack().times(path.radius),
        )
        .on("γ", expansion.gamma);
}

/// **The residual converges.** rho settles at w̃; what is left is the linear answer of the flow to the points
/// off the support, which has a known direction and falls like t^-δ.
fn residual_converges(run: &Run, claims: &mut Claims) {
    let Run { expansion, path, reference, .. } = run;
    let [from, to, .., before, last] = &path.snapshots[..] else { unreachable!("the path has four times") };
    let scale = 1.0 / expansion.gamma;
    let next = |at: &Snapshot| Slack::next_term(norm(&expansion.leading(at.log_t)), 2.0);
    claims
        .equal(
            "|change of rho| between the last two times",
            distance(&run.rho(last), &run.rho(before)),
            0.0,
            run.state_slack(last) + run.state_slack(before) + next(before),
        )
        .on("|ŵ|", scale);
    claims
        .equal(
            format!("|rho - w̃|, t = {}", power_of_ten(last.log_t)),
            distance(&run.rho(last), &expansion.w_tilde),
            0.0,
            run.state_slack(last) + Slack::certificate(expansion.dual.uncertainty(&reference.w_hat)) + next(last),
        )
        .on("|ŵ|", scale);
    let size = |at: &Snapshot| ln(distance(&run.rho(at), &expansion.w_tilde));
    let span = to.log_t - from.log_t;
    // A relative error of |rho - w̃| at one end moves the exponent by that over the span.
    let doubt = |at: &Snapshot, error: f64| error / norm(&expansion.leading(at.log_t)) / span;
    // The other points' terms fall faster than the next one's.
    let faster = combine(
        -exp(-expansion.exponent * (from.log_t - to.log_t)),
        &expansion.leading(to.log_t),
        &expansion.leading(from.log_t),
    );
    claims.equal(
        format!("exponent of |rho - w̃|, from t = {} to {}", power_of_ten(from.log_t), power_of_ten(to.log_t)),
        (size(from) - size(to)) / span,
        expansion.exponent,
        Slack::integration(doubt(from, from.integration()) + doubt(to, to.integration()))
            + Slack::rounding(4.0, doubt(to, norm(&to.state)))
            + Slack::next_term(doubt(from, norm(&faster)), 1.0)
            + Slack::next_term(doubt(from, expansion.beyond_leading(from.log_t)), 2.0),
    );
    claims
        .equal(
            format!("|rho - w̃ - leading term|, t = {}", power_of_ten(to.log_t)),
            distance(&run.rho(to), &expansion.residual(to.log_t)),
            0.0,
            run.state_slack(to) + Slack::next_term(expansion.beyond_leading(to.log_t), 2.0),
        )
        .on("of the leading term", norm(&expansion.leading(to.log_t)));
}

/// The same where everything is known in closed form, to t = 10^1000000.
fn residual_of_four_points(four: &FourPoints, claims: &mut Claims) {
    let FourPoints { run, far } = four;
    // p = (1/3, 2/3): H = log 3 - (2/3) log 2, and x·w̃ = -log p on both support vectors.
    let w_tilde = [ln(3.0) - 2.0 / 3.0 * ln(2.0), ln(2.0) / 3.0];
    for at in far {
        for (i, &predicted) in w_tilde.iter().enumerate() {
            claims.equal(
                format!("four points: rho_{}, t = {}", i + 1, power_of_ten(at.log_t)),
                at.state[i],
                predicted,
                // The weights of the extrapolation reach 6^5/5! = 65.
                Slack::rounding(65.0, 1.0)
                    + Slack::integration(at.integration())
                    + Slack::next_term(norm(&run.expansion.leading(at.log_t)), 2.0),
            );
        }
    }
    let last = far.last().expect("the path has snapshots");
    let w = run.expansion.frame.weights(last.log_t, &last.state);
    claims.equal(
        format!("four points: log L, t = {}", power_of_ten(last.log_t)),
        log_loss(&run.setup.points, run.setup.loss, &w),
        -1e6 * LN_10,
        Slack::rounding(16.0, last.log_t),
    );
    let at = &run.path.snapshots[0];
    let rho = run.rho(at);
    let root_t = exp(0.5 * at.log_t);
    // (A - 1/2)^-1 f with f = e^(-x·w̃) x of the point (1.5, 1), and A = diag(1, 2).
    let pull = exp(-(1.5 * w_tilde[0] + w_tilde[1]));
    for (i, predicted) in [pull * 1.5 / 0.5, pull / 1.5].into_iter().enumerate() {
        claims.equal(
            format!("four points: (rho - w̃)_{} √t, t = {}", i + 1, power_of_ten(at.log_t)),
            (rho[i] - w_tilde[i]) * root_t,
            predicted,
            Slack::rounding(4.0, root_t * norm(&at.state))
                + Slack::integration(root_t * at.integration())
                + Slack::next_term(root_t * run.expansion.beyond_leading(at.log_t), 2.0),
        );
    }
}

/// **Margin gap and direction.** With rho = w̃ the weights are u/γ along ŵ and C/γ across it, which fixes both;
/// the error is what rho has still to go.
fn margin_gap_and_direction(run: &Run, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    for at in &path.snapshots {
        let s = at.log_t;
        let length = norm(&at.state);
        // An error in w turns the direction by that much over |w|, and moves the margin by |x| times it.
        let remaining = norm(&expansion.leading(s)) + 2.0 * expansion.beyond_leading(s);
        let slack = |factor: f64| {
            Slack::integration(factor * at.integration() / length)
                + Slack::rounding(4.0 * setup.points.dim() as f64 * factor, 1.0)
                + Slack::next_term(factor * expansion.gamma * remaining / expansion.u(s), 1.0)
        };
        claims.equal(
            format!("{name}1 - margin/γ, t = {}", power_of_ten(s)),
            1.0 - setup.points.least_margin(&at.state) / (length * expansion.gamma),
            expansion.relative_gap(s),
            slack(2.0 * path.radius / expansion.gamma),
        );
        claims.equal(
            format!("{name}sin(angle to ŵ), t = {}", power_of_ten(s)),
            norm(&reject(&at.state, &expansion.direction)) / length,
            expansion.sine(s),
            slack(2.0),
        );
    }
}

/// The limits themselves, gap · log t -> γ (H - Hinf) and |w/|w| - ŵ/|ŵ|| · log t -> C, at a time so late
/// that their own next terms, which fall like 1/log t, are known to be below one percent.
fn limits_over_log_t(run: &Run, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    let Expansion { gamma, entropy, min_entropy, direction_constant: c, .. } = *expansion;
    let at = path.last();
    let s = at.log_t;
    let t = power_of_ten(s);
    let length = norm(&at.state);
    let gap = gamma - setup.points.least_margin(&at.state) / length;
    let sine = norm(&reject(&at.state, &expansion.direction)) / length;
    // The chord of an angle, from its sine and cosine, without cancellation.
    let chord = sine * (2.0 / (1.0 + dot(&at.state, &expansion.direction) / length)).sqrt();
    let slack = |next: f64| {
        Slack::next_term(next, 2.0)
            + Slack::rounding(8.0, s)
            + Slack::integration(2.0 * path.radius * at.integration() * s / length)
    };
    // gap/γ = (H - Hinf)/u + C²/2u² + .., and 1/u = 1/s - (u - s)/s² + ..
    let shift = (expansion.u(s) - s).abs() / s;
    let limit = gamma * (entropy - min_entropy);
    let next = limit * shift + gamma * 0.5 * c * c / s;
    claims.equal(format!("{name}gap · log t, t = {t}, against γ(H - Hinf)"), gap * s, limit, slack(next));
    let next = c * shift + c * c * c / (s * s);
    claims.equal(format!("{name}direction error · log t, t = {t}, against C"), chord * s, c, slack(next));
}

/// **Gradient descent follows the flow.** For a β-smooth loss and η < 2/(β σ_max²) every step lowers the loss;
/// after t steps w is ŵ log(η t) + w̃ + δ(η t), but for the discreteness itself, ŵ log t / 2t.
fn gradient_descent(run: &DescentRun, claims: &mut Claims) {
    let DescentRun { setup, expansion, descent, rise } = run;
    let log_losses = descent.log_losses(setup);
    let size = log_losses.iter().fold(1.0, |top: f64, loss| top.max(loss.abs()));
    claims
        .at_most("largest change of log L in a step", *rise, 0.0, Slack::rounding(16.0, size))
        .on("max |log L|", size);
    let at = descent.last();
    let s = run.log_time(at);
    let discreteness = run.discreteness(at);
    let accumulated = |factor: f64| Slack::rounding(at.step as f64, factor * norm(&at.w));
    claims
        .equal(
            "|rho - w̃ - leading term|, last step",
            distance(&combine(-s, &expansion.frame.w_hat, &at.w), &expansion.residual(s)),
            0.0,
            accumulated(1.0) + Slack::next_term(expansion.beyond_leading(s), 2.0) + Slack::next_term(discreteness, 2.0),
        )
        .on("|ŵ|", 1.0 / expansion.gamma);
    let scaled_loss = log_losses.last().expect("the start is recorded") + s + 2.0 * ln(expansion.gamma);
    claims
        .equal(
            "log(η t γ² L), last step",
            scaled_loss,
            ln(expansion.scaled_loss(s)),
            accumulated(setup.points.radius())
                + Slack::next_term(expansion.gamma * (2.0 * expansion.beyond_leading(s) + discreteness), 2.0),
        )
        .on("1", 1.0);
}
