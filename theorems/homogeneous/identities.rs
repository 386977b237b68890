//! What homogeneity alone gives, at any parameters: Euler's identity, and the smoothed margin that rises.

use super::experiments::{
    Run, Seen, deep, fast_diagonal, magnitude, margin_ops, quadratic, reach, relu, relu_in_space, slow_diagonal,
    two_layers, unbalanced,
};
use std::sync::Arc;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss::Loss;
use theoremcheck::lab::Lab;
use theoremcheck::problem::homogeneous::{Margins, Network};
use theoremcheck::real::{dot, exp, norm, pow};
use theoremcheck::seed::Stream;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "euler-identity",
        says: "The margins of the four architectures are homogeneous, q(cθ) = c^D q(θ) for c > 0, and so θ·∇q_n = D q_n.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                let mut stream = lab.seed().stream("homogeneous", run.name());
                let network = &run.planted.network;
                let scale = (network.degree() as f64, reach(network));
                euler_identity(run.name(), network, scale, &mut stream, c);
            }
            Ok(())
        },
    },
    Step {
        id: "smoothed-margin-rises",
        says: "Where Σ p_n q_n > 0, as it is wherever L < 1, the flow of the exponential loss never lowers the smoothed margin γ̃: with \
               H(p) = -Σ p_n log p_n and τ the tangent of the angle between θ and ∇g, |θ|^D dγ̃/dg = (H(p) + τ² Σ p_n q_n)/((1 + τ²) Σ p_n \
               q_n).",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                let mut stream = lab.seed().stream("homogeneous", "anywhere");
                let drawn = anywhere(&run.planted.network, &mut stream);
                smoothed_margin_rises(&format!("{}: drawn", run.name()), &run.planted.network, &drawn, c);
                let path: Vec<Vec<f64>> = run.moments.iter().map(|at| at.theta.clone()).collect();
                smoothed_margin_rises(&format!("{}: the flow", run.name()), &run.planted.network, &path, c);
                rises_at_every_step(&run, c);
            }
            Ok(())
        },
    },
];

/// Every planted network with its flow.
pub fn all(lab: &Lab) -> Result<Vec<Arc<Run>>> {
    Ok(vec![
        lab.run(quadratic)?,
        lab.run(relu)?,
        lab.run(relu_in_space)?,
        lab.run(slow_diagonal)?,
        lab.run(fast_diagonal)?,
        lab.run(two_layers)?,
        lab.run(deep)?,
        lab.run(unbalanced)?,
    ])
}

/// Euler's identity. The derivative of q(cθ) = c^D q(θ) by c, at c = 1: here at ten drawn parameters, with the
/// gradients by hand. No margin exceeds |θ|^D ρ, ρ = `reach`.
pub fn euler_identity(
    name: &str,
    network: &impl Margins,
    (degree, reach): (f64, f64),
    stream: &mut Stream,
    claims: &mut Claims,
) {
    let (mut off_euler, mut off_scale) = (0.0_f64, 0.0_f64);
    for _ in 0..10 {
        let theta = stream.normals(network.parameters());
        let scale = exp(stream.uniform(-3.0, 3.0));
        let scaled: Vec<f64> = theta.iter().map(|t| scale * t).collect();
        let size = pow(norm(&theta), degree) * reach;
        let (margins, scaled) = (network.margins(&theta), network.margins(&scaled));
        for (n, q) in margins.iter().enumerate() {
            let unit: Vec<f64> = (0..margins.len()).map(|k| f64::from(k == n)).collect();
            off_euler = off_euler.max((dot(&theta, &network.gradient(&theta, &unit)) - degree * q).abs() / size);
            off_scale = off_scale.max((scaled[n] / pow(scale, degree) - q).abs() / size);
        }
    }
    // A product and a sum for each parameter and layer, in q and in its gradient.
    let rounding = || Slack::rounding(4.0 * degree * network.parameters() as f64, 1.0);
    claims.equal(format!("{name}: max |θ·∇q - D q|"), off_euler, 0.0, rounding()).on("|θ|^D ρ", 1.0);
    claims.equal(format!("{name}: max |c^-D q(cθ) - q(θ)|"), off_scale, 0.0, rounding()).on("|θ|^D ρ", 1.0);
}

/// Standard normal parameters at which Σ p_n q_n > 0, whatever the loss there: fifty.
fn anywhere(network: &Network, stream: &mut Stream) -> Vec<Vec<f64>> {
    let draws = std::iter::repeat_with(|| stream.normals(network.parameters()));
    draws.filter(|theta| Seen::new(network, Loss::Exponential, theta).mean_margin() > 0.0).take(50).collect()
}

/// The sign at every accepted step, at the stages between, and at the steps that were refused.
fn rises_at_every_step(run: &Run, claims: &mut Claims) {
    let (least, doubt) = run.least_rise;
    let network = &run.planted.network;
    let slack = Slack::rounding(margin_ops(network), 1.0 + network.degree() as f64 * doubt);
    claims
        .at_least(format!("{}: least |θ|^D dγ̃/dg at every look of the integrator", run.name()), least, 0.0, slack)
        .on("1", 1.0);
}

/// The smoothed margin rises. With θ·∇g = D Σ p q the derivative is 1 - D g θ·∇g/(|θ|²|∇g|²), and
/// |θ|²|∇g|² = D² (Σ p q)² (1 + τ²), while Σ p q = g + H(p).
pub fn smoothed_margin_rises(name: &str, network: &Network, states: &[Vec<f64>], claims: &mut Claims) {
    let (mut least, mut apart, mut doubt) = (f64::INFINITY, 0.0_f64, 0.0_f64);
    for theta in states {
        let seen = Seen::new(network, Loss::Exponential, theta);
        let rise = seen.rise();
        let mean = seen.mean_margin();
        let turned = 1.0 + seen.tau * seen.tau;
        let size = turned * (magnitude(network, theta) + seen.g.abs());
        least = least.min(rise);
        doubt = doubt.max(seen.doubt());
        apart = apart.max((turned * mean * rise - (seen.entropy() + seen.tau * seen.tau * mean)).abs() / size);
    }
    let ops = margin_ops(network);
    claims
        .at_least(
            format!("{name}: least |θ|^D dγ̃/dg"),
            least,
            0.0,
            Slack::rounding(ops, 1.0 + network.degree() as f64 * doubt),
        )
        .on("1", 1.0);
    claims
        .equal(
            format!("{name}: (1 + τ²) Σ p q times that, less H(p) + τ² Σ p q"),
            apart,
            0.0,
            Slack::rounding(4.0 * ops, 1.0),
        )
        .on("(1 + τ²)(|θ|^D ρ + |g|)", 1.0);
}
