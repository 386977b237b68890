//! What the identity says at infinity: constants, and how fast they are reached.

use super::flow::{Moment, Path, WATCHED, paths};
use super::planted::Expansion;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{dot, exp, ln};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "excess-in-smooth-norms",
        says: "Let the points be separable, the norm l2 or a Mahalanobis norm, and the support vectors linearly independent, all \
               with a weight p_n > 0, spanning R^d. From any start the normalised flow has γ‖w‖ - g = H + γ²‖r‖²/(2(g + H)) + \
               O(g^-3), r the solution of x_n·r = -log p_n - H on the support, and (γ - margin)‖w‖ tends to H - Hinf.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &["N1"],
        claims: |lab, c| lab.run(paths).map(|paths| excess_in_smooth_norms(&smooth(&paths), c)),
    },
    Step {
        id: "excess-in-polyhedral-norms",
        says: "Let the points be separable and the largest margin in l1 or l_inf be attained by one ŵ alone, with one p alone. Let the \
               coordinates that l1 does not use have |x_ni| < γ at every point, and those at the bound in l_inf entries x_ni of \
               the sign of ŵ_i at every point. Then the normalised flow from 0 has γ‖w‖ - g → H, and (γ - margin)‖w‖ → H - Hinf; \
               in l_inf with one coordinate at the bound it has so from any start.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(paths).map(|paths| excess_in_polyhedral_norms(&forgetful(&paths), c)),
    },
    Step {
        id: "what-the-start-leaves",
        says: "Let the points, the norm and p be as in excess-in-polyhedral-norms. From any start γ‖w‖ - g → H + γ D with z for its limit Σ p_n x_n: in l1, \
               γ D = Σ γ|w_i(0)| - z_i w_i(0) over the coordinates not used; in l_inf, γ D = Σ |z_i| (max_j s_j w_j(0) - s_i w_i(0)) \
               over those at the bound, s_i the sign of ŵ_i.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(paths).map(|paths| what_the_start_leaves(&remembering(&paths), c)),
    },
    Step {
        id: "offsets",
        says: "Let the points be separable and p unique. Along the normalised flow in any of the four norms, from any start, \
               x_n·w - x_m·w tends to log(p_m/p_n) if p_n and p_m are positive.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(paths).map(|paths| offsets(&all(&paths), c)),
    },
    Step {
        id: "what-is-left",
        says: "Let the points, the norm and p be as in excess-in-smooth-norms or as in excess-in-polyhedral-norms. Let one point alone be the nearest beside the support, and κ = m_next - 1, less than 1/2, be smaller than the rates at which the shares of the \
               support vectors settle. Then KL = q_next + .. with log q_next = -κ g - m_next H - x_next·r + .., and the \
               offsets approach their limits like e^(-κ g).",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(paths).map(|paths| what_is_left(&all(&paths), c)),
    },
    Step {
        id: "clock",
        says: "Let the points, the norm, p and κ be as in what-is-left. Let t be the time of the flow that is not normalised, dw/dt = ‖∇L‖_* v. In every norm and from \
               every start γ² t L = 1 - 2κ/(1 - κ) q_next + ..: up to a factor that tends to 1 the loss is 1/(γ² t), whatever the norm and p.",
        kind: Kind::Refinement,
        standing: Standing::Formal,
        notes: &[],
        claims: |lab, c| lab.run(paths).map(|paths| clock(&all(&paths), c)),
    },
];

/// A flow with the constants that are predicted of it.
pub(super) type Expanded<'a> = (&'a Path, Expansion);

fn all(paths: &[Path]) -> Vec<Expanded<'_>> {
    paths.iter().map(|path| (path, path.setup.expansion())).collect()
}

fn smooth(paths: &[Path]) -> Vec<Expanded<'_>> {
    all(paths).into_iter().filter(|(path, _)| !path.setup.norm.has_edges()).collect()
}

/// In a norm with edges, from a start that leaves nothing behind: from 0, or with one coordinate at the bound of l_inf.
fn forgetful(paths: &[Path]) -> Vec<Expanded<'_>> {
    all(paths).into_iter().filter(|(path, at)| path.setup.norm.has_edges() && at.distance == 0.0).collect()
}

/// In a norm with edges, from another start.
pub(super) fn remembering(paths: &[Path]) -> Vec<Expanded<'_>> {
    all(paths).into_iter().filter(|(path, at)| path.setup.norm.has_edges() && at.distance != 0.0).collect()
}

impl Path {
    /// γ‖w‖ - g.
    pub(super) fn excess(&self, at: &Moment) -> f64 {
        self.setup.reference.gamma * self.setup.norm.length(&at.w) - at.g
    }

    /// γ‖w‖ - min x_n·w.
    fn shortfall(&self, at: &Moment) -> f64 {
        self.setup.reference.gamma * self.setup.norm.length(&at.w) - self.setup.points.least_margin(&at.w)
    }

    /// KL(p|q).
    pub(super) fn divergence(&self, at: &Moment) -> f64 {
        let (_, p, _) = self.setup.separator();
        p.iter().zip(&at.log_q).map(|(p, log_q)| p * (ln(*p) - log_q)).sum()
    }

    /// The largest |log(q_n/p_n)| of a support vector: by so much the shares are not where they will be.
    fn unsettled(&self, at: &Moment) -> f64 {
        let (_, p, _) = self.setup.separator();
        p.iter().zip(&at.log_q).map(|(p, log_q)| (log_q - ln(*p)).abs()).fold(0.0, f64::max)
    }

    /// Where the share of the next point is a rounding. What has no other next term is off by what the shares lack of their
    /// limits: as much as they lacked at the first stop that is watched, times e^(-κ g) from there.
    pub(super) fn settled(&self, number: impl Fn(&Moment) -> f64) -> Quantity {
        let [first, _, last] = WATCHED;
        let gained = self.moments[last].g - self.moments[first].g;
        let left = self.unsettled(&self.moments[first]) * exp(-self.setup.kappa() * gained);
        Quantity::new(number(&self.moments[last]), self.error(last, number) + Slack::next_term(left, 2.0))
    }
}

/// Where the ball is round. With w = û ρ + r, z*·r = KL → 0 and γρ = g + H, ‖w‖ = √(ρ² + ‖r‖²) in the norm's own inner
/// product: D = ‖r‖²/2ρ - ‖r‖⁴/8ρ³ + .., and no other term but what falls like q_next.
fn excess_in_smooth_norms(paths: &[Expanded], claims: &mut Claims) {
    for (path, expansion) in paths {
        let name = &path.setup.name;
        let gamma = path.setup.reference.gamma;
        let distance = gamma * path.setup.offset_length(expansion);
        let reached = path.end().g + expansion.entropy;
        // √((g + H)² + γ²‖r‖²) - (g + H), without cancellation.
        let lag = distance * distance / ((reached * reached + distance * distance).sqrt() + reached);
        let excess = expansion.entropy + lag;
        let next = || Slack::rounding(8.0, lag);
        claims.equal(format!("{name}: γ‖w‖ - g"), path.settled(|at| path.excess(at)), excess, next());
        let corrected = path.settled(|at| path.excess(at)) - expansion.entropy;
        claims.equal(
            format!("{name}: (γ‖w‖ - g - H)(g + H), γ²‖r‖²/2 in the limit"),
            corrected * reached,
            lag * reached,
            next().times(reached),
        );
        claims.equal(
            format!("{name}: (γ - margin)‖w‖"),
            path.settled(|at| path.shortfall(at)),
            excess - expansion.min_entropy,
            next(),
        );
    }
}

/// Where it has edges. From 0 the frozen coordinates of l1 stay 0, and those of l_inf advance together, ahead of the others:
/// D = 0 as soon as the others have their sign, or are behind. And KL → 0.
pub(super) fn excess_in_polyhedral_norms(paths: &[Expanded], claims: &mut Claims) {
    for (path, expansion) in paths {
        let name = &path.setup.name;
        claims.equal(
            format!("{name}: γ‖w‖ - g"),
            path.settled(|at| path.excess(at)),
            expansion.entropy,
            Slack::default(),
        );
        claims
            .equal(
                format!("{name}: (γ - margin)‖w‖"),
                path.settled(|at| path.shortfall(at)),
                expansion.entropy - expansion.min_entropy,
                Slack::default(),
            )
            .on("1", 1.0);
    }
}

/// What is not forgotten. The frozen coordinates are straight lines from the first moment on, so that D is constant as soon as
/// the others have their sign, or are behind.
pub(super) fn what_the_start_leaves(paths: &[Expanded], claims: &mut Claims) {
    for (path, expansion) in paths {
        let name = &path.setup.name;
        let excess = path.settled(|at| path.excess(at));
        claims.equal(
            format!("{name}: γ‖w‖ - g"),
            excess.clone(),
            expansion.entropy + expansion.distance,
            Slack::default(),
        );
        claims.equal(format!("{name}: γ‖w‖ - g - H"), excess - expansion.entropy, expansion.distance, Slack::default());
    }
}

/// Universal. q → p, and x_n·w = g - log q_n. The whole of w follows: w - û (g + H)/γ → r.
pub(super) fn offsets(paths: &[Expanded], claims: &mut Claims) {
    for (path, expansion) in paths {
        let setup = &path.setup;
        let (u, p, gamma) = setup.separator();
        for n in 1..setup.support {
            let between = |at: &Moment| dot(setup.points.row(0), &at.w) - dot(setup.points.row(n), &at.w);
            claims
                .equal(
                    format!("{}: x_1·w - x_{}·w", setup.name, n + 1),
                    path.settled(between),
                    ln(p[n] / p[0]),
                    Slack::default(),
                )
                .on("1", 1.0);
        }
        let scale = (path.end().g + expansion.entropy) / gamma;
        let away =
            (0..u.len()).map(|i| (path.end().w[i] - u[i] * scale - expansion.offset[i]).abs()).fold(0.0, f64::max);
        let error = (0..u.len())
            .map(|i| path.settled(|at| at.w[i] - u[i] * (at.g + expansion.entropy) / gamma).slack)
            .fold(Slack::default(), |a, b| a + b);
        claims.equal(format!("{}: largest entry of w - û (g + H)/γ - r", setup.name), away, 0.0, error).on("1", 1.0);
    }
}

/// The last to leave. Σ_S q_n = 1 - q_next, so that KL = q_next + Σ (q_n - p_n)²/2p_n; the shares of the support follow
/// q_next, and x_next·w = m_next (g + H) + x_next·r.
pub(super) fn what_is_left(paths: &[Expanded], claims: &mut Claims) {
    for (path, expansion) in paths {
        let setup = &path.setup;
        let (name, kappa) = (&setup.name, setup.kappa());
        let [first, second, _] = WATCHED;
        let at = &path.moments[first];
        let moved = expansion.response * exp(expansion.tail - kappa * at.g);
        let beyond: f64 = at.log_q[setup.support + 1..].iter().map(|log_q| exp(log_q - at.log_q[setup.support])).sum();
        // By so much the shares still move, relative to q_next the point beyond it counts.
        let next = || Slack::next_term(2.0 * expansion.response * moved, 1.0) + Slack::next_term(beyond, 2.0);
        let divergence =
            |k: usize| Quantity::new(path.divergence(&path.moments[k]), path.error(k, |at| path.divergence(at)));
        let share = expansion.tail - kappa * at.g;
        claims.equal(format!("{name}: log KL + κ g"), divergence(first).ln(), share, next()).on("1", 1.0);
        let span = path.moments[second].g - at.g;
        claims.equal(
            format!("{name}: exponent of KL in e^-g"),
            Quantity::exponent(divergence(second), divergence(first), span),
            kappa,
            next().times(1.0 / span),
        );
        // That of the pair that is furthest from its limit.
        let (_, p, _) = setup.separator();
        let off = |n: usize, at: &Moment| (at.log_q[n] - at.log_q[0] - ln(p[n] / p[0])).abs();
        let furthest = (1..setup.support).fold(1, |best, n| if off(n, at) > off(best, at) { n } else { best });
        let off = |at: &Moment| off(furthest, at);
        let offset = |k: usize| Quantity::new(off(&path.moments[k]), path.error(k, off));
        claims.equal(
            format!("{name}: exponent of the offset of 1 and {}", furthest + 1),
            Quantity::exponent(offset(second), offset(first), span),
            kappa,
            next().times(4.0 / span),
        );
    }
}

/// One clock. dt/dτ = 1/(L ‖z‖_*) and dg/dτ = ‖z‖_*: t L = ∫ e^(g' - g)/‖z‖_*² dg', and ‖z‖_* = γ (1 + κ q_next + ..).
pub(super) fn clock(paths: &[Expanded], claims: &mut Claims) {
    for (path, expansion) in paths {
        let setup = &path.setup;
        let (name, kappa, gamma) = (&setup.name, setup.kappa(), setup.reference.gamma);
        let k = WATCHED[1];
        let at = &path.moments[k];
        let lack = |at: &Moment| 1.0 - gamma * gamma * at.clock;
        let share = exp(expansion.tail - kappa * at.g);
        // The square of the share, weighted by 1/(1 - 2κ) where the share itself has 1/(1 - κ); what the start is worth.
        let squares =
            (2.0 * expansion.response * expansion.response + 1.5 * kappa) * share * (1.0 - kappa) / (1.0 - 2.0 * kappa);
        let beyond: f64 = at.log_q[setup.support + 1..].iter().map(|l| exp(*l)).sum::<f64>() * setup.next / kappa;
        let start = exp(path.moments[0].g - at.g);
        claims.equal(
            format!("{name}: (1 - γ² t L)(1 - κ)/2κ, against q_next"),
            Quantity::new(lack(at), path.error(k, lack)) * ((1.0 - kappa) / (2.0 * kappa)),
            share,
            Slack::next_term(squares * share, 1.0) + Slack::next_term(beyond, 8.0) + Slack::next_term(start, 4.0),
        );
        let end = path.end();
        claims.equal(
            format!("{name}: γ² t L"),
            Quantity::new(gamma * gamma * end.clock, path.error(WATCHED[2], |at| gamma * gamma * at.clock)),
            1.0,
            Slack::next_term(exp(expansion.tail - kappa * end.g), 2.0)
                + Slack::next_term(exp(path.moments[0].g - end.g), 4.0),
        );
    }
}
