//! Where the flow goes: the KKT point, its multipliers, and how the residuals vanish.

use super::experiments::{Run, Seen};
use super::identities::all;
use super::modes::Modes;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::loss_clock::Moment;
use theoremcheck::problem::homogeneous::Margins;
use theoremcheck::real::ln;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "kkt-point",
        says: "Each planted network has the planted point as a KKT point of min |θ|²/2 subject to q_n ≥ 1, with every \
               multiplier positive, and I - B has the planted eigenvalue on the vectors tangent to the constraints.",
        kind: Kind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                kkt_point(&run, c)?;
            }
            Ok(())
        },
    },
    Step {
        id: "kkt-direction",
        says: "If the flow fits the data and does not slide along kinks, its direction tends to that of a KKT point, and \
               the shares of the gradient to the multipliers over their sum, here those that were planted.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "lyu-li-2020" },
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                kkt_direction(&run, c);
            }
            Ok(())
        },
    },
];

/// **The planted point is a KKT point.** θ* = Σ lambda ∇q(θ*), q_n(θ*) = 1 and lambda_n > 0.
pub fn kkt_point(run: &Run, claims: &mut Claims) -> theoremcheck::error::Result<()> {
    let (planted, kkt) = (&run.planted, &run.kkt);
    let name = run.name();
    // A margin at θ* is made of terms of the size |θ*|^D max |x|, and the planted data of some tens of operations.
    let scale = planted.network.points.radius() / kkt.gamma;
    let rounding = || Slack::rounding(64.0 + 4.0 * planted.network.parameters() as f64, scale);
    claims.equal(format!("{name}: |θ* - Σ lambda ∇q| / |θ*|"), kkt.stationarity(), 0.0, rounding()).on("1", 1.0);
    let off = planted.network.margins(&kkt.theta).iter().map(|q| (q - 1.0).abs()).fold(0.0, f64::max);
    claims.equal(format!("{name}: max |q_n(θ*) - 1|"), off, 0.0, rounding()).on("1", 1.0);
    let least = kkt.p.iter().copied().fold(f64::INFINITY, f64::min);
    claims.at_least(format!("{name}: least lambda_n / Σ lambda"), least, 0.0, rounding()).on("1", 1.0);
    let spectrum = kkt.tangent_spectrum()?;
    let nearest = spectrum.iter().copied().min_by(|a, b| (a - planted.mu).abs().total_cmp(&(b - planted.mu).abs()));
    claims.equal(
        format!("{name}: the eigenvalue of I - B nearest to μ"),
        nearest.unwrap_or(f64::NAN),
        planted.mu,
        Slack::rounding((64 + spectrum.len() * spectrum.len()) as f64, scale),
    );
    Ok(())
}

impl Run {
    /// How far the shares may be from those of [`Modes`]: the square of what is of first order, and what the tangent modes
    /// do to the gradients, squared.
    pub fn share_slack(&self, at: &Moment, modes: &Modes) -> Slack {
        let first = self.kkt.p.iter().zip(&self.kkt.epsilon).map(|(p, e)| (e / p).abs().max(-ln(*p)));
        let first = first.fold(1.0_f64, f64::max) / at.g;
        let tangent = modes.tau_square.max(self.kkt.gamma * modes.unknown / at.g);
        Slack::next_term(first * first, 4.0) + Slack::next_term(tangent * self.kkt.sensitivity, 1.0)
    }
}

/// **The direction is that of a KKT point.** ∇g = Σ p_n ∇q_n comes to be along θ, so that θ is a positive combination of
/// the ∇q_n: the KKT condition, with multipliers in the ratio of the shares.
pub fn kkt_direction(run: &Run, claims: &mut Claims) {
    let name = run.name();
    let at = run.last();
    let seen = Seen::new(&run.planted.network, &at.theta);
    let modes = run.modes(at);
    let least = run.kkt.p.iter().copied().fold(f64::INFINITY, f64::min);
    let apart = seen.p.iter().zip(&modes.p).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    claims
        .equal(
            format!("{name}: max |share - its expansion|, g = {:.0}", at.g),
            apart,
            0.0,
            run.share_slack(at, &modes) + Slack::rounding(64.0, at.g),
        )
        .on("the least lambda/Σ lambda", least);
}
