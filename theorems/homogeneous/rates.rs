//! How fast: the clock, the length of θ, and the two margins, with their constants.

use super::experiments::{Run, Seen, magnitude, margin_ops};
use super::identities::all;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::flow::loss_clock::Moment;
use theoremcheck::real::{exp, ln, pow};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "margin-identity",
        says: "If the margins are quadratic forms where the flow is, then γ|θ|² = g + H + KL(p*|p) + γ θ'(I - B)θ exactly, \
               where p* are the shares of the multipliers.",
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
        says: "Gap.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                margin_gap(&run, c);
            }
            Ok(())
        },
    },
    Step {
        id: "clock-law",
        says: "Clock.",
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

/// **An exact identity.** Σ lambda_n q_n(θ) = θ'Bθ/2 and q_n = g - log p_n.
pub fn margin_identity(run: &Run, claims: &mut Claims) {
    let (network, kkt) = (&run.planted.network, &run.kkt);
    let mut worst = 0.0_f64;
    for at in &run.moments {
        let seen = Seen::new(network, &at.theta);
        let divergence: f64 = kkt.p.iter().zip(&seen.p).map(|(a, b)| a * ln(a / b)).sum();
        let right = seen.g + kkt.entropy + divergence + kkt.gamma * kkt.beyond(&at.theta);
        worst = worst.max((kkt.gamma * seen.length * seen.length - right).abs() / magnitude(network, &at.theta));
    }
    claims
        .equal(
            format!("{}: max |γ|θ|² - the rest|", run.name()),
            worst,
            0.0,
            Slack::rounding(4.0 * margin_ops(network), kkt.gamma.max(1.0)),
        )
        .on("|θ|² max |x|", 1.0);
}

impl Run {
    /// What the excess leaves out: terms of second order in 1/g, and the square of what the slow modes do to the shares.
    fn excess_slack(&self, at: &Moment) -> Slack {
        let modes = self.modes(at);
        let kkt = &self.kkt;
        let size = kkt.entropy + modes.excess + kkt.p.iter().map(|p| -ln(*p)).fold(1.0, f64::max);
        let divergence = kkt.divergence() / (at.g * at.g);
        Slack::next_term(divergence, 2.0)
            + Slack::next_term((modes.excess - modes.tangent) * size / at.g, 4.0)
            + Slack::next_term(modes.unknown, 2.0)
            + Slack::next_term(modes.tau_square * modes.tau_square * kkt.sensitivity, 1.0)
            + self.state_slack(at).times(self.kkt.degree * at.g)
    }
}

pub fn margin_gap(run: &Run, claims: &mut Claims) {
    let kkt = &run.kkt;
    for at in run.moments.iter().filter(|at| at.g > 900.0).step_by(3) {
        let seen = Seen::new(&run.planted.network, &at.theta);
        let modes = run.modes(at);
        claims.equal(
            format!("{}: g (γ/smoothed margin - 1), g = {:.0}", run.name(), at.g),
            seen.g * (kkt.gamma / seen.smoothed_margin() - 1.0),
            kkt.entropy + modes.excess,
            run.excess_slack(at),
        );
        let top = modes.p.iter().copied().fold(0.0, f64::max);
        claims.equal(
            format!("{}: g (γ/margin - 1), g = {:.0}", run.name(), at.g),
            seen.g * (kkt.gamma / seen.normalised_margin() - 1.0),
            (kkt.entropy + modes.excess + ln(top)) / (1.0 - ln(top) / at.g),
            run.excess_slack(at) + run.share_slack(at, &modes).times(1.0 / top),
        );
    }
}

pub fn clock_law(run: &Run, claims: &mut Claims) {
    let kkt = &run.kkt;
    let power = 2.0 - 2.0 / kkt.degree;
    for at in run.moments.iter().filter(|at| at.g > 900.0).step_by(3) {
        let modes = run.modes(at);
        let g = at.g;
        let scaled = exp(at.log_t + power * ln(g) - g + 2.0 * ln(kkt.degree) + 2.0 / kkt.degree * ln(kkt.gamma));
        let mean = g - modes.p.iter().map(|p| p * ln(*p)).sum::<f64>();
        let square = pow(g + kkt.entropy + modes.excess, -2.0 / kkt.degree) * mean * mean * (1.0 + modes.tau_square);
        let predicted = (1.0 + power / g) * pow(g, power) / square;
        claims.equal(
            format!("{}: t L g^{power:.2} D² γ^(2/D), g = {g:.0}", run.name()),
            scaled,
            predicted,
            run.excess_slack(at).times(1.0 / g)
                + Slack::next_term(modes.unknown / g, 2.0)
                + Slack::next_term(power * (power + 1.0) / (g * g), 4.0)
                + Slack::next_term(modes.tau_square / g, 4.0)
                + Slack::integration(at.log_t_drift)
                + Slack::rounding(16.0, g),
        );
    }
}
