//! How fast: both margins, the length of θ and the clock, with their constants.

use std::sync::Arc;

use super::experiments::{Run, magnitude, margin_ops};
use super::identities::all;
use super::kkt_points::of_second_order;
use super::modes::Modes;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss_clock::Moment;
use theoremcheck::lab::Lab;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{exp, ln, pow};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "margin-identity",
        says: "Let λ be the multipliers of a KKT point, p* their shares and B = Σ λ_n ∇²q_n there. If D = 2 and the margins are \
               the same quadratic forms there and where the flow is, then γ|θ|² = g + H + K + γ θ'(I - B)θ exactly, K the divergence of the shares of \
               the gradient from p*.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)?.iter().filter(|run| run.kkt.degree == 2.0) {
                margin_identity(run, c);
            }
            Ok(())
        },
    },
    Step {
        id: "margin-gap",
        says: "Let the flow tend in direction to a nondegenerate KKT point. If every mode with μ ≠ 0 that is excited has μ > \
               D/2, the smoothed margin γ̃ and the margin γ̄ satisfy g(γ/γ̃ - 1) -> H and g(γ/γ̄ - 1) -> H - Hinf.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N20"],
        claims: |lab, c| {
            for run in of_modes(lab, |mu, half| mu > half)? {
                margin_gap(&run, c);
            }
            Ok(())
        },
    },
    Step {
        id: "slow-directions",
        says: "Let the flow tend in direction to a nondegenerate KKT point, and set modes with μ = 0 aside. If D = 2 and the \
               slowest modes that are excited have μ = 1, both constants of the margin gap are larger by γ Σ c_k² over \
               these, which the flow conserves in the limit. For any D, if the slowest has μ < D/2, g(γ/γ̃ - 1) and g(γ/γ̄ - \
               1) grow like g^(1 - 2μ/D).",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N20"],
        claims: |lab, c| {
            for run in of_modes(lab, |mu, half| mu <= half)? {
                margin_gap(&run, c);
                if run.planted.mu < 0.5 * run.kkt.degree {
                    slow_directions(&run, c);
                }
            }
            Ok(())
        },
    },
    Step {
        id: "clock-law",
        says: "Let the flow tend in direction to a nondegenerate KKT point, and set modes with μ = 0 aside. Then t L g^a D² \
               γ^(2/D) -> 1 with a = 2 - 2/D. To first order in 1/g and to second in the modes it is 1 + a(1 - H)/g + \
               Σ μ_k (1 - μ_k) c_k²/|θ|². So γ|θ|^D is log t + a log g up to a constant, if no mode that is excited has \
               μ < D/2.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                clock_law(&run, c);
            }
            Ok(())
        },
    },
];

/// The planted networks whose slowest mode stands so to D/2.
fn of_modes(lab: &Lab, so: fn(f64, f64) -> bool) -> Result<Vec<Arc<Run>>> {
    let runs = all(lab)?.into_iter();
    Ok(runs.filter(|run| so(run.planted.mu, 0.5 * run.kkt.degree)).collect())
}

/// An exact identity. Σ lambda_n q_n(θ) = θ'Bθ/2, while q_n = g - log p_n gives Σ p*_n q_n = g + H + KL(p*|p).
pub fn margin_identity(run: &Run, claims: &mut Claims) {
    let (network, kkt) = (&run.planted.network, &run.kkt);
    let mut worst = 0.0_f64;
    for at in &run.moments {
        let seen = run.see(at);
        let divergence: f64 = kkt.p.iter().zip(&seen.p).map(|(a, b)| a * ln(a / b)).sum();
        let right = seen.g + kkt.entropy + divergence + kkt.gamma * kkt.beyond(&at.theta);
        worst = worst.max((kkt.gamma * seen.length * seen.length - right).abs() / magnitude(network, &at.theta));
    }
    claims
        .equal(
            format!("{}: largest γ|θ|² - g - H - K - γ θ'(I - B)θ", run.name()),
            worst,
            0.0,
            Slack::rounding(4.0 * margin_ops(network), kkt.gamma.max(1.0)),
        )
        .on("|θ|² ρ", 1.0);
}

impl Run {
    /// What the excess leaves out: terms of second order in 1/g, and those that the start leaves and nobody predicts.
    pub fn excess_slack(&self, at: &Moment, modes: &Modes) -> Slack {
        let kkt = &self.kkt;
        let size = kkt.entropy + modes.excess + kkt.p.iter().map(|p| -ln(*p)).fold(1.0, f64::max);
        let support = kkt.beyond(&kkt.v) * kkt.degree * pow(kkt.gamma, 2.0 / kkt.degree);
        let second = (support + kkt.divergence()) * size / (at.g * at.g);
        // A change of the shares by so much moves the margins on which the modes depend, and those the excess; and K by
        // Σ (ζ_n/p_n)/g times it, of deep layers γ|θ|^D by D/(D - 1) times as much.
        let layers = if modes.exact { kkt.degree / (kkt.degree - 1.0) } else { 1.0 };
        let apart = layers * kkt.p.iter().zip(&kkt.epsilon).map(|(p, e)| (e / p).abs()).sum::<f64>();
        of_second_order(modes, second)
            + Slack::next_term(modes.unknown, 2.0)
            + self.share_slack(at, modes).times((modes.excess + apart) / at.g)
            + self.state_slack(at).times(kkt.degree * at.g)
            + Slack::rounding(margin_ops(&self.planted.network), at.g)
    }
}

/// The margin gap. γ|θ|^D is g + H and what is left of the modes; min q is g - log max p.
pub fn margin_gap(run: &Run, claims: &mut Claims) {
    let kkt = &run.kkt;
    for at in [run.from(1000.0), run.last()] {
        let (seen, modes) = (run.see(at), run.modes(at.g, &at.theta));
        claims.equal(
            format!("{}: g(γ/γ̃ - 1), g = {:.0}", run.name(), at.g),
            seen.g * (kkt.gamma / seen.smoothed_margin() - 1.0),
            kkt.entropy + modes.excess,
            run.excess_slack(at, &modes),
        );
        let top = modes.p.iter().copied().fold(0.0, f64::max);
        claims
            .equal(
                format!("{}: g(γ/γ̄ - 1), g = {:.0}", run.name(), at.g),
                seen.g * (kkt.gamma / seen.normalised_margin() - 1.0),
                (kkt.entropy + modes.excess + ln(top)) / (1.0 - ln(top) / at.g),
                run.excess_slack(at, &modes) + run.share_slack(at, &modes).times(1.0 / top),
            )
            .on("H", kkt.entropy);
    }
}

/// Slow directions. What is left when H is taken off is γ Σ μ_k c_k²: for D = 2 constant for μ = 1. Below D/2
/// it grows like g^(1 - 2μ/D), but for what is predicted with it.
pub fn slow_directions(run: &Run, claims: &mut Claims) {
    let kkt = &run.kkt;
    let excess = |at: &Moment| {
        let seen = run.see(at);
        let modes = run.modes(at.g, &at.theta);
        let measured = seen.g * (kkt.gamma / seen.smoothed_margin() - 1.0) - kkt.entropy;
        (Quantity::new(measured, run.excess_slack(at, &modes)), modes.excess)
    };
    let (from, to) = (run.from(1000.0), run.last());
    let span = ln(to.g / from.g);
    let ((before, early), (after, late)) = (excess(from), excess(to));
    claims.equal(
        format!(
            "{}: exponent of g(γ/γ̃ - 1) - H, {:.3} in the limit",
            run.name(),
            1.0 - 2.0 * run.planted.mu / kkt.degree
        ),
        Quantity::exponent(before, after, span),
        ln(late / early) / span,
        Slack::rounding(16.0, 1.0),
    );
}

/// log of |∇g|² D^-2 γ^(-2/D): with |θ|²|∇g|² = D² (Σ p q)² (1 + τ²).
fn log_gradient_square(run: &Run, g: f64, theta: &[f64]) -> f64 {
    let modes = run.modes(g, theta);
    let mean = g - modes.p.iter().map(|p| p * ln(*p)).sum::<f64>();
    2.0 * ln(mean) + ln(1.0 + modes.tau_square) - 2.0 / run.kkt.degree * ln(g + run.kkt.entropy + modes.excess)
}

/// The clock law. dt/dg = e^g/|∇g|², so that y = t e^-g |∇g|² satisfies y' = y (log |∇g|²)' + 1 - y, and with
/// (log |∇g|²)' about a/g it is 1 + (log |∇g|²)' + a(a + 1)/g² + ..
pub fn clock_law(run: &Run, claims: &mut Claims) {
    let kkt = &run.kkt;
    let power = 2.0 - 2.0 / kkt.degree;
    let level = 2.0 * ln(kkt.degree) + 2.0 / kkt.degree * ln(kkt.gamma);
    for at in [run.from(1000.0), run.last()] {
        let (g, modes) = (at.g, run.modes(at.g, &at.theta));
        let log_square = |g: f64| log_gradient_square(run, g, &at.theta);
        // The slope by a central difference, whose error is of the size of its third derivative, 2a/g³ h² g²/6.
        let h = 1e-3;
        let slope = (log_square(g * (1.0 + h)) - log_square(g * (1.0 - h))) / (2.0 * h * g);
        let series = 1.0 + slope + power * (power + 1.0) / (g * g);
        let predicted = series * exp(power * ln(g) - log_square(g));
        // What a change of the shares does to Σ p_n q_n, g + H in the first place, and to the angle.
        let surprise: f64 = kkt.p.iter().map(|p| (-ln(*p) - kkt.entropy).abs()).sum();
        let by_shares = 2.0 * surprise / g + 2.0 * modes.tau_square.sqrt() * kkt.turn_by_shares();
        let slack = run.excess_slack(at, &modes).times(1.0 / g)
            + run.share_slack(at, &modes).times(by_shares)
            + Slack::next_term(modes.turning, 2.0)
            + Slack::next_term(power * (power + 1.0) * (power + 2.0) / (g * g * g), 4.0)
            + Slack::next_term(modes.tau_square * (modes.disturbing * kkt.sensitivity + 1.0 / (g * g)), 4.0)
            + Slack::next_term(2.0 * power * h * h / g, 1.0)
            + Slack::integration(at.log_t_drift)
            + Slack::rounding(16.0 + at.roundings.min(g), g);
        let name = run.name();
        claims.equal(
            format!("{name}: t L g^{power:.2} D² γ^(2/D), g = {g:.0}"),
            exp(at.log_t + power * ln(g) - g + level),
            predicted,
            slack.clone(),
        );
        claims.equal(
            format!("{name}: γ|θ|^D - log t - {power:.2} log g, g = {g:.0}"),
            kkt.gamma * pow(run.see(at).length, kkt.degree) - at.log_t - power * ln(g),
            kkt.entropy + modes.excess + level - ln(predicted),
            slack + run.excess_slack(at, &modes),
        );
    }
}
