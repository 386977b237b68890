//! Where the flow goes: the KKT point, its multipliers, and how the residuals vanish.

use super::experiments::{Run, TIGHT, magnitude, margin_ops};
use super::identities::all;
use super::modes::Modes;
use super::rank_one::RankOne;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::loss_clock::{Moment, pulls};
use theoremcheck::problem::homogeneous::{Architecture, Margins};
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{difference, distance, ln, norm, pow};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "kkt-point",
        says: "The networks of the experiments have a known KKT point: θ* = Σ λ_n ∇q_n, q_n = 1 and λ_n > 0 for every n. B = Σ λ_n ∇²q_n maps \
               the span of the ∇q_n to itself, and on the vectors tangent to the constraints I - B has the eigenvalue μ of the slowest mode \
               with μ ≠ 0 that the start excites, if it excites one.",
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
        says: "Once L < 1, a flow of definable margins, as those of the four networks are, tends on a smooth path in direction to a KKT \
               point. If its multipliers are unique, the shares of the gradient tend to them over their sum.",
        kind: Kind::Proof,
        standing: Standing::Proved { cite: "ji-telgarsky-2020" },
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                to_the_end(&run, c);
                kkt_direction(&run, c);
                if run.is_deep() {
                    orders_in_closed_form(&run, c)?;
                }
            }
            Ok(())
        },
    },
    Step {
        id: "kkt-residuals",
        says: "Let the flow tend in direction to a nondegenerate KKT point whose B maps the span of the ∇q_n to itself, and \
               set modes with μ = 0 aside. δ g tends to max λ_n log(p_max/p_n). If no mode with μ < D is excited, ε g tends \
               to a constant, which depends on the start if one with μ = D is; else ε falls like g^(-μ/D), μ the least of \
               those that are excited.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N20"],
        claims: |lab, c| {
            for run in all(lab)? {
                kkt_residuals(&run, c);
            }
            Ok(())
        },
    },
];

/// The planted point is a KKT point. θ* = Σ lambda ∇q(θ*), q_n(θ*) = 1 and lambda_n > 0.
pub fn kkt_point(run: &Run, claims: &mut Claims) -> theoremcheck::error::Result<()> {
    let (planted, kkt) = (&run.planted, &run.kkt);
    let name = run.name();
    // The size of the terms of a margin at θ*; the planted data are made of some tens of operations.
    let scale = magnitude(&planted.network, &kkt.theta);
    let rounding = || Slack::rounding(64.0 + 4.0 * planted.network.parameters() as f64, scale);
    claims.equal(format!("{name}: |θ* - Σ λ ∇q| / |θ*|"), kkt.stationarity(), 0.0, rounding()).on("1", 1.0);
    let off = planted.network.margins(&kkt.theta).iter().map(|q| (q - 1.0).abs()).fold(0.0, f64::max);
    claims.equal(format!("{name}: max |q_n(θ*) - 1|"), off, 0.0, rounding()).on("1", 1.0);
    let least = kkt.p.iter().copied().fold(f64::INFINITY, f64::min);
    // Positive: not below its rounding.
    let positive = 2.0 * rounding().total();
    claims.at_least(format!("{name}: least λ_n / Σ λ"), least, positive, rounding()).on("1", 1.0);
    claims
        .equal(
            format!("{name}: largest tangent part of B on the span of the ∇q"),
            kkt.leaves_the_span(),
            0.0,
            run.eigenvalue_slack(kkt.theta.len()),
        )
        .on("1", 1.0);
    if planted.mu.is_infinite() {
        return Ok(());
    }
    let spectrum = kkt.tangent_spectrum()?;
    let nearest = spectrum.iter().copied().min_by(|a, b| (a - planted.mu).abs().total_cmp(&(b - planted.mu).abs()));
    claims.equal(
        format!("{name}: the eigenvalue of I - B nearest to μ"),
        nearest.unwrap_or(f64::NAN),
        planted.mu,
        run.eigenvalue_slack(spectrum.len()),
    );
    Ok(())
}

/// A term of second order in 1/g, where it is not predicted.
pub fn of_second_order(modes: &Modes, term: f64) -> Slack {
    Slack::next_term(if modes.exact { 0.0 } else { term }, 4.0)
}

impl Run {
    /// Whether it is of three or more linear layers.
    fn is_deep(&self) -> bool {
        matches!(&self.planted.network.architecture, Architecture::Linear { hidden } if hidden.len() > 1)
    }

    /// Of an eigenvalue of I - B: the data, and a product and a sum for each entry of a matrix of this size.
    pub fn eigenvalue_slack(&self, size: usize) -> Slack {
        Slack::rounding((64 + size * size) as f64, magnitude(&self.planted.network, &self.kkt.theta))
    }

    /// The size of what is of first order in 1/g: of the shares, the margins and the parameters, relative.
    fn first_order(&self, g: f64) -> f64 {
        let kkt = &self.kkt;
        let shares = kkt.p.iter().zip(&kkt.epsilon).map(|(p, e)| (e / p).abs().max(-ln(*p)));
        shares.fold(norm(&kkt.v) / norm(&kkt.theta), f64::max).max(1.0) / g
    }

    /// How far the shares may be from those of [`Modes`]: their next order in 1/g, and what the tangent modes do
    /// to them, which is of second order in the modes and bounded by the KKT point's own derivatives. They come back to
    /// where all margins grow alike, so that of the integrator the two runs' difference counts and the last steps' error.
    pub fn share_slack(&self, at: &Moment, modes: &Modes) -> Slack {
        let first = self.first_order(at.g);
        let second = modes.next_share.map_or(Slack::next_term(first * first, 4.0), |next| Slack::next_term(next, 1.0));
        let network = &self.planted.network;
        let margins = network.margins(&at.theta);
        let shares = |margins: &[f64]| {
            let raw = pulls(self.loss, margins);
            let total: f64 = raw.iter().sum();
            raw.iter().map(|p| p / total).collect::<Vec<f64>>()
        };
        let here = shares(&margins);
        let apart = |other: &[f64]| here.iter().zip(shares(other)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let coarse = apart(&network.margins(&difference(&at.theta, &at.drift)));
        // The last two steps were accepted with an error of θ of at most so much each, and a margin moves by |∇q_n| times it.
        let accepted = 2.0 * (TIGHT.absolute + TIGHT.relative * norm(&at.theta));
        let lost = |n: usize| {
            let weights: Vec<f64> = (0..margins.len()).map(|k| f64::from(k == n)).collect();
            let moved = accepted * norm(&network.gradient(&at.theta, &weights));
            apart(&(0..margins.len()).map(|k| margins[k] + moved * weights[k]).collect::<Vec<f64>>())
        };
        let local: f64 = (0..margins.len()).map(lost).sum();
        second + Slack::next_term(modes.disturbing * self.kkt.sensitivity, 1.0) + Slack::integration(coarse + local)
    }
}

/// The run goes to a loss of e^-10000, about 10^-4343, and its parameters have this loss.
fn to_the_end(run: &Run, claims: &mut Claims) {
    let end = run.last();
    let rounding = Slack::rounding(margin_ops(&run.planted.network), end.g);
    claims.equal(
        format!("{}: -log L at the end of the run", run.name()),
        run.see(end).g,
        1e4,
        run.state_slack(end).times(run.kkt.degree * end.g) + rounding,
    );
}

/// The direction is that of a KKT point. ∇g = Σ p_n ∇q_n comes to be along θ, so that θ is a positive combination of
/// the ∇q_n: the KKT condition, with multipliers in the ratio of the shares.
pub fn kkt_direction(run: &Run, claims: &mut Claims) {
    let least = run.kkt.p.iter().copied().fold(f64::INFINITY, f64::min);
    // Of a short run the last moment alone; where five terms are known, a moment too at which they show.
    let early = Some(run.from(1000.0)).filter(|at| at.g < run.last().g);
    let first = run.is_deep().then(|| run.from(200.0));
    for at in first.into_iter().chain(early).chain([run.last()]) {
        let seen = run.see(at);
        let modes = run.modes(at.g, &at.theta);
        let apart = seen.p.iter().zip(&modes.p).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        claims
            .equal(
                format!("{}: max |share_n - p_n - ζ_n/g - ..|, g = {:.0}", run.name(), at.g),
                apart,
                0.0,
                // A margin has the rounding of its size, g.
                run.share_slack(at, &modes) + Slack::rounding(margin_ops(&run.planted.network), at.g),
            )
            .on("the least p_n", least);
    }
}

/// Further orders. The equation of the shares, solved order by order, has the ζ that the KKT point gives, and the ω and χ
/// of the closed form.
fn orders_in_closed_form(run: &Run, claims: &mut Claims) -> Result<()> {
    let layers = RankOne::new(&run.planted.network, &run.kkt);
    let orders = layers.orders(3);
    let [omega, chi] = layers.closed(&run.kkt.epsilon);
    // Of the equation of each order: its products, and a solution, whose error the condition of K multiplies.
    let roundings = (16 * run.kkt.p.len()) as f64 * layers.condition()?;
    for (k, name, closed) in [(1, "ζ", &run.kkt.epsilon), (2, "ω", &omega), (3, "χ", &chi)] {
        let apart = distance(&orders[k], closed);
        let scale = norm(closed);
        claims
            .equal(
                format!("{}: |{name} - order {k} of the equation|", run.name()),
                apart,
                0.0,
                Slack::rounding(k as f64 * roundings, scale),
            )
            .on(&format!("|{name}|"), scale);
    }
    Ok(())
}

/// Both residuals vanish. After Lyu and Li, at θ/(min q)^(1/D) and with the multipliers in the ratio of the shares:
/// ε = |θ - Σ lambda ∇q| is 2 sin(angle/2)|θ| for the angle between θ and ∇g, and δ = max lambda_n (q_n - 1), where
/// q_n - min q = log(p_max/p_n).
pub fn kkt_residuals(run: &Run, claims: &mut Claims) {
    let kkt = &run.kkt;
    let degree = kkt.degree;
    let size = kkt.p.iter().map(|p| -ln(*p)).fold(1.0, f64::max);
    let mut stationarity = Vec::new();
    // Where the shares are known well, early too: a moment at which ε is large beside what the integrator errs by.
    let early = run.is_deep().then(|| run.from(200.0));
    for at in early.into_iter().chain([run.from(3000.0), run.last()]) {
        let (g, seen, modes) = (at.g, run.see(at), run.modes(at.g, &at.theta));
        let between = at.g == run.from(3000.0).g;
        let chord = |tau: f64| 2.0 * (0.5 - 0.5 / (1.0 + tau * tau).sqrt()).sqrt();
        // The square of what is of first order, relative.
        let second = of_second_order(&modes, (size + modes.excess) / (g * g));
        let next = |factor: f64| (run.share_slack(at, &modes) + second.clone()).times(factor);
        let least = seen.margins.iter().copied().fold(f64::INFINITY, f64::min);
        let scale = seen.length / seen.square.sqrt() * pow(least, -2.0 / degree);
        let delta = seen.p.iter().zip(&seen.margins).map(|(p, q)| scale * p * (q - least)).fold(0.0, f64::max);
        let top = modes.p.iter().copied().fold(0.0, f64::max);
        let mean = g - modes.p.iter().map(|p| p * ln(*p)).sum::<f64>();
        let length_square = pow((g + kkt.entropy + modes.excess) / kkt.gamma, 2.0 / degree);
        let scale = length_square / (degree * mean * (1.0 + modes.tau_square).sqrt()) * pow(g - ln(top), -2.0 / degree);
        let largest = modes.p.iter().map(|p| scale * p * ln(top / p)).fold(0.0, f64::max);
        claims.equal(
            format!("{}: δ g, g = {g:.0}", run.name()),
            delta * g,
            largest * g,
            // A small share errs relatively more.
            next(scale * g * (1.0 + size))
                + Slack::next_term(modes.unknown / g * largest * g, 2.0)
                + Slack::rounding(4.0 * margin_ops(&run.planted.network), scale * g * g)
                + run.state_slack(at).times(largest * g),
        );
        if modes.unknown > 0.0 {
            continue;
        }
        let length = pow((g + kkt.entropy + modes.excess) / kkt.gamma / (g - ln(top)), 1.0 / degree);
        let predicted = chord(modes.tau_square.sqrt()) * length;
        let measured = chord(seen.tau) * seen.length / pow(least, 1.0 / degree);
        // The part of the gradient that is not tangent errs with the shares, and is perpendicular to the rest.
        let tau = modes.tau_square.sqrt();
        // Where their next term is not known, four squares of the first order have room for what the gradient makes of it.
        let turns = if modes.exact { kkt.turn_by_shares() } else { 1.0 };
        let share = run.share_slack(at, &modes).times(turns);
        let turn = modes.turned.sqrt() + share.total();
        let slack = share.times(length * (turn / tau).min(1.0))
            + Slack::next_term(length * modes.turning / tau, 1.0)
            + second.times(predicted)
            + run.state_slack(at).times(length);
        if !between {
            claims
                .equal(format!("{}: ε g, g = {g:.0}", run.name()), measured * g, predicted * g, slack.clone().times(g))
                .on("|θ*| and the first order", length * run.first_order(g) * g);
        }
        stationarity.push((g, Quantity::new(measured, slack), predicted));
    }
    // Where no mode is slower, ε g is constant and the exponent says no more.
    if let [.., (from, before, early), (to, after, late)] = &stationarity[..]
        && run.planted.mu < degree
    {
        let span = ln(to / from);
        claims.equal(
            format!("{}: exponent of ε, from g = {from:.0} to {to:.0}", run.name()),
            Quantity::exponent(before.clone(), after.clone(), span),
            ln(late / early) / span,
            Slack::rounding(16.0, 1.0),
        );
    }
}
