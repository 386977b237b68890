//! What the weights cost beyond what they earn: one identity behind the constants of margin and direction.

use super::experiments::{Run, four_points, planted, power_of_ten, two_points};
use crate::steepest_descent::identity::{Parts, Worst, identity_of, parts, rounding};
use crate::steepest_descent::largest_margin::certified;
use crate::steepest_descent::norm::Norm;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::real::{distance as distance_of, exp, largest, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "budget",
    says: "Let alpha be a dual solution, p = γ² alpha, q_n = e^(-x_n·w)/Σ e^(-x_k·w), KL = Σ p_n log(p_n/q_n) and g = -log Σ \
           e^(-x_n·w). At every w ≠ 0, γ|w| - g = H + KL + γ|w| (1 - cos θ), where θ is the angle between w and ŵ, so that g ≤ \
           γ|w| - H. Along the flow of the exponential or the logistic loss, where the support vectors span the space and some \
           dual solution is positive on all of them, γ|w| - g - H, with p that of largest entropy, is √(u² + C²) - u up to \
           powers of 1/t, and falls like C²/(2 log t) if C > 0.",
    kind: Kind::Refinement,
    standing: Standing::ProvedHere,
    notes: &["N6"],
    claims: |lab, c| {
        let run = lab.run(planted)?;
        budget(&run, lab.seed(), c);
        for run in [&lab.once(four_points)?.run, &*lab.once(two_points)?] {
            budget(run, Seed(0), &mut c.of_fixed_data());
        }
        Ok(())
    },
}];

/// The budget. x_n·w = g - log q_n, weighted by p, is γ²ŵ·w: what γ|w| has above it is the angle's. Along the flow the
/// angle is C/u, and the shares are those of rho.
fn budget(run: &Run, seed: Seed, claims: &mut Claims) {
    let Run { name, setup, expansion, path, .. } = run;
    let reference = certified(&setup.points, &Norm::L2, &expansion.direction, &expansion.p);
    let parts = |w: &[f64]| parts(&setup.points, &Norm::L2, &reference, w);
    let stream = &mut seed.stream("max-margin", "anywhere");
    let mut drawn = || -> Vec<f64> {
        let size = exp(stream.uniform(-2.0, 5.0));
        stream.normals(setup.points.dim()).iter().map(|w| size * w).collect()
    };
    let all: Vec<Vec<f64>> =
        path.snapshots.iter().map(|at| at.state.clone()).chain((0..200).map(|_| drawn())).collect();
    let mut worst = Worst::default();
    all.iter().for_each(|w| worst.see(&parts(w)));
    identity_of(&format!("{name}along the flow and at random w"), &worst, &setup.points, claims);
    // 1 - cos θ = |w/|w| - ŵ/|ŵ||²/2, which loses no digit where θ is small.
    let angles = all.iter().map(|w| {
        let (Parts { distance, scale, .. }, length) = (parts(w), norm(w));
        let along: Vec<f64> = w.iter().map(|w| w / length).collect();
        (distance - 0.5 * expansion.gamma * length * pow(distance_of(&along, &expansion.direction), 2.0)) / scale
    });
    claims
        .equal(format!("{name}|γ|w| - Σ p_n x_n·w - γ|w| (1 - cos θ)|"), largest(angles), 0.0, rounding(&setup.points))
        .on("of the terms", 1.0);
    for at in &path.snapshots {
        let Parts { excess, entropy, divergence, distance, scale, .. } = parts(&at.state);
        // The gradient of the excess is γ w/|w| - Σ q_n x_n, the difference of two numbers near γ²ŵ: as far from it as the angle
        // is from 0, and as q is from p (Pinsker's inequality). It changes by γ/|w| and by the square of the longest point at most.
        let (s, length) = (at.log_t, norm(&at.state));
        let rounded = rounding(&setup.points).times(scale);
        let gradient = (2.0 * expansion.gamma * distance / length).sqrt()
            + path.radius * (2.0 * (divergence.max(0.0) + rounded.total())).sqrt();
        let bent = expansion.gamma / length + path.radius * path.radius;
        let moved = |by: Slack| by.clone().times(gradient + bent * by.total());
        claims.equal(
            format!("{name}γ|w| - g - H, t = {}", power_of_ten(s)),
            excess - entropy,
            expansion.excess(s),
            moved(run.state_slack(at)) + moved(run.beyond(at)) + rounded,
        );
    }
}
