//! Where gradient descent ends.

use super::experiments::{Instance, Run, starts};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{combine, difference, distance, dot, norm};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "nearest-point",
        says: "If some w has X w = y and 0 < η < 2/σ_1², the limit is the point of zero loss that is nearest to the start.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N2"],
        claims: |lab, c| {
            let starts = lab.run(starts)?;
            for (run, from) in [
                (&starts.from_zero, "from 0"),
                (&starts.from_row_space, "from the row space"),
                (&starts.from_anywhere, "from a random start"),
            ] {
                nearest_point(run, from, &starts.instance, c);
            }
            Ok(())
        },
    },
    Step {
        id: "minimum-norm",
        says: "If some w has X w = y and 0 < η < 2/σ_1², the limit from a start in the row space of X is X⁺ y, the \
               shortest w of zero loss.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N2"],
        claims: |lab, c| {
            let starts = lab.run(starts)?;
            minimum_norm(&starts.from_zero, &starts.instance, "from 0", c);
            minimum_norm(&starts.from_row_space, &starts.instance, "from the row space", c);
            Ok(())
        },
    },
];

/// The nearest point. All q_i^k tend to zero, and w∞ - w_0 is in the row space, orthogonal to the set of zeros.
fn nearest_point(run: &Run, from: &str, instance: &Instance, claims: &mut Claims) {
    let Run { start, limit, .. } = run;
    let at = run.last();
    let slack = || {
        run.state_slack(at.step, 0) + Slack::certificate(limit.error) + Slack::next_term(run.remaining(at.step), 1.0)
    };
    claims
        .equal(format!("{from}: |w - w∞|, last step"), distance(&at.w, &limit.w), 0.0, slack())
        .on("of the weights", norm(start) + norm(&limit.w));
    // Pythagoras at w: another point of zero loss, s z away, is farther from the start by s² in squares. s is the way
    // that was gone.
    let way = difference(&at.w, start);
    let s = norm(&way);
    let farther = |z: &Vec<f64>| {
        let far = combine(s, z, &way);
        (dot(&far, &far) - dot(&way, &way)) / (s * s)
    };
    let null = &instance.planted.axes[instance.planted.sigma.len()..];
    let farther: Vec<f64> = null.iter().map(farther).collect();
    let dim = start.len() as f64;
    claims.equal(
        format!("{from}: (|w + s z - w_0|² - |w - w_0|²)/s², s = |w - w_0|, farthest from 1 over a basis z of the null space"),
        farther.into_iter().max_by(|a, b| (a - 1.0).abs().total_cmp(&(b - 1.0).abs())).expect("the null space is not 0"),
        1.0,
        // The differences to the start and the sum, and two inner products, of numbers up to 2 s²; and z is orthogonal to
        // the way up to the planting.
        (slack().times(2.0) + Slack::rounding(8.0, norm(start) + norm(&at.w))).times(1.0 / s)
            + Slack::rounding(3.0 * (dim / 4.0 + 4.0), 1.0)
            + instance.planting().times(4.0 / instance.planted.sigma[instance.planted.sigma.len() - 1]),
    );
}

/// The shortest. If w_0 is in the row space then so is w∞, and every other point of zero loss is longer. The planted
/// solution is known without any decomposition.
pub(super) fn minimum_norm(run: &Run, instance: &Instance, from: &str, claims: &mut Claims) {
    let at = run.last();
    let shortest = instance.planted.min_norm();
    let slack = || {
        run.state_slack(at.step, 0)
            + Slack::next_term(run.remaining(at.step), 1.0)
            + instance.planting_of_the_solution()
    };
    claims
        .equal(format!("{from}: |w - X⁺ y|, last step"), distance(&at.w, &shortest), 0.0, slack())
        .on("|X⁺ y|", norm(&shortest));
    claims.equal(
        format!("{from}: |w|, against |X⁺ y|"),
        norm(&at.w),
        norm(&shortest),
        slack() + Slack::rounding(2.0 * (shortest.len() as f64 / 4.0 + 4.0), norm(&shortest)),
    );
}
