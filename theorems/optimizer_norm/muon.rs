//! Muon with the exact polar factor: steepest descent in the spectral norm, from 0, and its constants.

use super::kinds::{Kind, SHAPE, Setup, drawn, side};
use super::optimizers::{Judge, Optimizer, Rule, Run, State, Stop, run};
use crate::steepest_descent::descent::radius;
use crate::steepest_descent::flow::of_the_start;
use crate::steepest_descent::identity::{Parts, Worst, entropy, identity_of};
use crate::steepest_descent::norm::Norm;
use crate::steepest_descent::singular::{Singular, singular, singular_values};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::real::{combine, difference, distance, dot, exp, ln, norm, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind as StepKind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "spectral-certificate",
        says: "For weights p ≥ 0 of sum one and every W ≠ 0, min <A_n, W>/|W|_op ≤ |Σ p_n A_n|_nuclear; if the pairs are separable some W* \
               and p attain equality, γ. If Z* = Σ p_n A_n has rank d, W* is its polar factor, the only W of norm one with the largest \
               margin; if Z* = γ u v' has rank one, W* v = u, and a common row r' with r·v = 0 may be free.",
        kind: StepKind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| lab.run(muons).map(|muons| spectral_certificate(&muons, c)),
    },
    Step {
        id: "muon-identity",
        says: "Let the loss be Σ e^(-<A_n, W>) over the pairs, and these separable. At every W, γ|W|_op - g = H + KL + γ D, and neither \
               KL nor D is negative. Muon with the exact polar factor and no momentum has g ≥ -log N + γ Σ η - (B²/2) Σ η² after \
               every step from 0, N the number of pairs.",
        kind: StepKind::Proof,
        standing: Standing::ProvedHere,
        notes: &["N1"],
        claims: |lab, c| {
            let muons = lab.run(muons)?;
            muon_identity(&muons, &anywhere(lab.seed(), &muons), c);
            Ok(())
        },
    },
    Step {
        id: "excess-of-rank-two",
        says: "Let k = 3, d = 2, the loss exponential, Z* of rank two with a unique p on two pairs, and det Z of one sign \
               along the way. Muon with the exact polar factor and small constant steps from 0 is normalised gradient \
               descent in a plane: W - W*(((g + H)/γ) I + s J) → 0 with <A_n, W* J> s = -log p_n - H on the support, and \
               γ|W|_op - g = H + γ² s²/(2(g + H)) + ...",
        kind: StepKind::Refinement,
        standing: Standing::Formal,
        notes: &["N1"],
        claims: |lab, c| lab.run(muons).map(|muons| excess_of_rank_two(&muons.two, c)),
    },
    Step {
        id: "excess-of-rank-one",
        says: "Let k = 3, d = 2, the loss exponential, Z* of rank one with a unique p on three pairs and W* unique among the \
               W whose rows sum to zero, σ < 1 its second singular value. Muon with the exact polar factor from 0, with Σ η \
               = ∞, Σ η² < ∞ and steps that fall slowly in the end, slides on det Z = 0: <A_n - A_m, W> → log(p_m/p_n) on \
               the support, so that KL → 0; in the singular vectors of W* let W = a uv' + b u v_1' + c u_1 v' + e u_1 v_1'. \
               If σ is not near a rational of small denominator, b and c move by constants times Σ η², but for lengths of \
               step at which the chatter nearly repeats itself, and so they converge: γ|W|_op - g = H + KL + (γ/4)((b - \
               c)²/(a + e) + (b + c)²/(a - e)) - .. → H.",
        kind: StepKind::Refinement,
        standing: Standing::Formal,
        notes: &["N1"],
        claims: |lab, c| {
            let muons = lab.run(muons)?;
            excess_of_rank_one(&muons.one, c);
            drift_of_rank_one(&muons.drifting, c);
            Ok(())
        },
    },
];

/// A setup, and Muon on it.
pub struct Muon {
    pub setup: Setup,
    pub run: Run,
    /// On which side of det = 0 the mean gradients of the run were: the least and the largest of (|α| - |β|)/(|α| + |β|).
    pub sides: (f64, f64),
    /// The least of its absolute values: how near the side was to being a matter of rounding.
    pub nearest: f64,
}

pub struct Muons {
    pub one: Muon,
    pub two: Muon,
    drifting: Drifting,
}

impl Muons {
    pub fn both(&self) -> [&Muon; 2] {
        [&self.one, &self.two]
    }
}

/// Muon with the exact polar factor.
pub fn exact() -> Optimizer {
    Optimizer { name: "Muon", rule: Rule::Steepest(Norm::Spectral(SHAPE)), beta: 0.0 }
}

impl Setup {
    /// γ/B², half of the steps that g can bear.
    pub fn bearable(&self) -> f64 {
        self.reference.gamma / pow(radius(&self.points, &Norm::Spectral(SHAPE)), 2.0)
    }

    /// Judged in the spectral norm.
    pub fn judged<T>(&self, with: impl FnOnce(&Judge) -> T) -> T {
        with(&Judge { points: &self.points, norm: &Norm::Spectral(SHAPE), reference: &self.reference })
    }

    pub fn entropy(&self) -> f64 {
        entropy(&self.reference.p)
    }

    /// W*J, J = ((0, -1), (1, 0)).
    pub fn turned(&self) -> Vec<f64> {
        self.reference.w.chunks_exact(2).flat_map(|row| [row[1], -row[0]]).collect()
    }

    /// <A_n, W*J> on the two pairs of the support.
    pub fn across(&self) -> [f64; 2] {
        let turned = self.turned();
        [0, 1].map(|n| dot(self.points.row(self.support[n]), &turned))
    }

    /// How fast, per unit of g, what the shares lack dies out: by the next margin, or as the support turns Z back, which with Z* of
    /// rank two goes by the variance of <A_n, W*J>/γ, -b_1 b_2/γ².
    pub fn settling(&self) -> f64 {
        let turning = if self.support.len() == 2 {
            let [b, c] = self.across();
            (b * c).abs() / pow(self.reference.gamma, 2.0)
        } else {
            Sliding::new(self).rate
        };
        turning.min(self.next - 1.0)
    }

    /// Muon with the exact polar factor from a start.
    pub fn muon(&self, start: Vec<f64>, stops: &[usize], eta: impl Fn(usize) -> f64) -> Muon {
        self.moving(exact(), start, stops, eta)
    }

    /// A run from a start; det of the mean gradient, which is Z without momentum, is watched.
    pub fn moving(&self, optimizer: Optimizer, start: Vec<f64>, stops: &[usize], eta: impl Fn(usize) -> f64) -> Muon {
        let mut sides = (f64::INFINITY, f64::NEG_INFINITY);
        let mut nearest = f64::INFINITY;
        let run = self.judged(|judge| {
            run(judge, optimizer, start, stops, eta, |_, state: &State| {
                let here = side(&state.mean);
                sides = (sides.0.min(here), sides.1.max(here));
                nearest = nearest.min(here.abs());
            })
        });
        Muon { setup: self.clone(), run, sides, nearest }
    }
}

impl Muon {
    /// Whether det of the mean gradient kept its sign.
    pub fn keeps_its_side(&self) -> bool {
        self.sides.0 > 0.0 || self.sides.1 < 0.0
    }
}

/// Up to which denominators σ is kept away from the rationals, and by how much at least. Of a larger q a whole lattice of y would be off by
/// 1/q, less than [`LEFT_OUT`].
const DENOMINATORS: u8 = 250;
const DIVISOR: f64 = 0.1;
/// The most that an error of the chatter may grow.
const OBLIQUE: f64 = 2.0;
/// What the chatter alone does, over η², at least. In the shortest steps W is rounded by some 1e-4 η², which is then a tenth of the one
/// percent that a slack may be of it; what is left out is less than the other nine.
const CHATTER: f64 = 0.1;

/// What Muon does on det Z = 0 with Z* of rank one. Over γ let A_n have the parts α_n, β_n, ε_n along u v_1', u_1 v', u_1 v_1'.
struct Sliding {
    /// How fast, per unit of g, shares p_n + t h_n come back, h orthogonal to 1 and to ε so that det Z stays 0. Their Z has polar
    /// factors u v' + (ζ_1 - σ ζ_2) u v_1' + (ζ_2 - σ ζ_1) u_1 v' + .. in the mean, ζ = t (α·h, β·h), and this is the rate of
    /// dt/dg Σ h_n²/p_n = -((α·h)² + (β·h)² - 2σ (α·h)(β·h)) t.
    rate: f64,
    /// By how much the chatter moves b and c in the mean, over η²: the part y of W along u_1 v_1', which det Z crosses at 0 and
    /// the steps turn by η(±1 - σ), is uniform between -η(1 + σ) and η(1 - σ), and q_n is off by -γ p_n ε_n y.
    chatter: [f64; 2],
    /// By how much shares with t = η move them, over η².
    turned: [f64; 2],
    /// The least q |q(1 + σ)/2 - p| of integers p and q up to [`DENOMINATORS`]: y moves on by 1 + σ of 2 and would not be uniform if
    /// that were rational.
    divisor: f64,
    /// The t at which the shares withstand the chatter, over η, while η falls slowly.
    withstanding: f64,
    /// By how much an error of the chatter may grow in the drift: what the shares withstand is taken out of it by an oblique
    /// projection, along `turned` and onto what does not move t.
    oblique: f64,
}

impl Sliding {
    fn new(setup: &Setup) -> Self {
        let Setup { reference, support, points, .. } = setup;
        let (gamma, p) = (reference.gamma, [0, 1, 2].map(|n| reference.p[support[n]]));
        let basis = singular(SHAPE, &reference.w);
        let sigma = basis.values[1];
        let along = |i: usize, j: usize| [0, 1, 2].map(|n| in_basis(&basis, points.row(support[n]), i, j) / gamma);
        let [alpha, beta, epsilon] = [along(0, 1), along(1, 0), along(1, 1)];
        let h = cross([1.0; 3], epsilon);
        let square: f64 = (0..3).map(|n| h[n] * h[n] / p[n]).sum();
        let [a, b] = [dot(&alpha, &h), dot(&beta, &h)];
        let back = a * a + b * b - 2.0 * sigma * a * b;
        let with_epsilon = |x: &[f64; 3]| (0..3).map(|n| p[n] * x[n] * epsilon[n]).sum::<f64>();
        let [of_alpha, of_beta] = [with_epsilon(&alpha), with_epsilon(&beta)];
        // The means of y and of |y|, over η, are -σ and (1 + σ²)/2.
        let of = |own: f64, other: f64| gamma * (sigma * own - 0.5 * (1.0 + sigma * sigma) * other);
        let chatter = [of(of_alpha, of_beta), of(of_beta, of_alpha)];
        let divisor = (1..=DENOMINATORS).map(f64::from).map(|q| {
            let turns = 0.5 * q * (1.0 + sigma);
            q * (turns - turns.round()).abs()
        });
        let turned = [a - sigma * b, b - sigma * a];
        Sliding {
            divisor: divisor.fold(f64::INFINITY, f64::min),
            rate: back / square,
            chatter,
            turned,
            withstanding: -(a * chatter[0] + b * chatter[1]) / back,
            oblique: norm(&[a, b]) * norm(&turned) / back,
        }
    }

    /// What b and c move by, over Σ η².
    fn drift(&self) -> [f64; 2] {
        [0, 1].map(|i| self.chatter[i] + self.withstanding * self.turned[i])
    }
}

/// What the shares lack at the end of a run with Z* of rank two, as a power of e.
const SETTLED: f64 = 35.0;
/// The slowest that is drawn.
const SLOWEST: f64 = 0.25;

/// Constant steps η of at most γ/B², as many as it takes: g is γ Σ η less log N and half of it at the most.
pub fn steps_of_rank_two(setup: &Setup, eta: f64) -> usize {
    let g = SETTLED / setup.settling() + 2.0 * ln(setup.points.count() as f64);
    (2.0 * g / (setup.reference.gamma * eta)).ceil() as usize
}

/// Z* of rank two, whose Muon from 0 stays on one side of det Z = 0 with steps of so much of γ/B².
pub fn rank_two(stream: &mut Stream, part: f64) -> Result<Setup> {
    drawn(Kind::Two, stream, |setup| {
        let early = || setup.muon(vec![0.0; setup.points.dim()], &[300], |_| part * setup.bearable());
        Ok(setup.settling() > SLOWEST && early().keeps_its_side())
    })
}

/// The setup with Z* of rank two of a seed, and the length of its steps.
pub fn rank_two_of(seed: Seed) -> Result<(Setup, f64)> {
    let stream = &mut seed.stream("optimizer-norm", "rank two");
    let part = stream.uniform(0.3, 1.0);
    let setup = rank_two(stream, part)?;
    let eta = part * setup.bearable();
    Ok((setup, eta))
}

/// Z* of rank one, settling twice as fast as the steps of its run come to rest, with σ away from the rationals and no two weights
/// nearly equal.
pub fn rank_one(stream: &mut Stream) -> Result<Setup> {
    drawn(Kind::One, stream, |setup| {
        let log_p: Vec<f64> = setup.support.iter().map(|&n| ln(setup.reference.p[n])).collect();
        let apart = log_p[1..].iter().all(|log| (log - log_p[0]).abs() > UNEQUAL);
        let Sliding { divisor, oblique, chatter, .. } = Sliding::new(setup);
        let seen = divisor > DIVISOR && oblique < OBLIQUE && norm(&chatter) > CHATTER;
        Ok(apart && setup.settling() > 2.0 * RESTED && seen)
    })
}

/// What log(p_m/p_n) is at least: several times what the steps still do to it when they have come to rest.
const UNEQUAL: f64 = 0.05;

/// Steps with Z* of rank one: they decay so that Σ η² is finite, and in the end like 1/t, by a factor e^-RESTED while g grows by one:
/// slowly enough for the shares to follow what goes to and fro across det Z = 0.
pub const DECAYING: usize = 4000;
pub const RESTING: usize = 20_000;
const RESTED: f64 = 0.25;
/// What the drift of b and c leaves out, over what the chatter alone would do, in the steps that are taken to see it; and for how
/// long, per settling and then per unit of g.
const LEFT_OUT: f64 = 0.004;
const FOLLOWING: f64 = 8.0;
const DRIFTING: f64 = 3.0;

pub fn eta_of_rank_one(setup: &Setup, t: usize) -> f64 {
    let decaying = |t: usize| 5.0 * setup.bearable() * pow(1.0 + t as f64 / 100.0, -0.6);
    match t.checked_sub(DECAYING) {
        None => decaying(t),
        Some(late) => {
            let first = decaying(DECAYING);
            first / (1.0 + RESTED * setup.reference.gamma * first * late as f64)
        }
    }
}

pub fn muons(seed: Seed) -> Result<Muons> {
    let one = rank_one(&mut seed.stream("optimizer-norm", "rank one"))?;
    let (two, eta) = rank_two_of(seed)?;
    let steps = steps_of_rank_two(&two, eta);
    let nothing = vec![0.0; one.points.dim()];
    let one = one.muon(nothing.clone(), &[DECAYING + RESTING], |t| eta_of_rank_one(&one, t));
    Ok(Muons { drifting: drifting(&one), one, two: two.muon(nothing, &[steps], |_| eta) })
}

/// z_1, z_2 of a 3×2 matrix.
fn columns(z: &[f64]) -> [[f64; 3]; 2] {
    [0, 1].map(|j| [0, 1, 2].map(|i| z[2 * i + j]))
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// u_i'W v_j.
fn in_basis(basis: &Singular, w: &[f64], i: usize, j: usize) -> f64 {
    w.chunks_exact(2).zip(&basis.left[i]).map(|(row, u)| u * dot(row, &basis.right[j])).sum()
}

/// By other formulas. Of two columns, (σ_1 + σ_2)² = |z_1|² + |z_2|² + 2|z_1 × z_2|, and the polar factor has the columns
/// z_1 + z_2 × n and z_2 - z_1 × n over σ_1 + σ_2, with n the unit vector along z_1 × z_2.
fn spectral_certificate(muons: &Muons, claims: &mut Claims) {
    for Muon { setup, .. } in muons.both() {
        let Setup { name, reference, points, support, .. } = setup;
        let gamma = reference.gamma;
        // The roundings by which both bounds were moved outwards; linear systems, whose solutions are as uncertain as the pairs times
        // their size over the margin.
        let of_norm = Norm::Spectral(SHAPE);
        let reach = radius(points, &of_norm) / gamma;
        let moved = (points.dim() + points.count()) as f64 + 18.0 + of_norm.length_roundings(&reference.w);
        let operations = moved + of_norm.dual_roundings(&reference.z) / gamma;
        let rounding = || Slack::rounding(operations, reach * reach);
        let gap = || Slack::certificate(reference.upper - reference.lower);
        let bounds = reference.upper / reference.lower;
        claims.equal(format!("{name}: upper bound over lower bound"), bounds, 1.0, rounding());
        claims.at_least(format!("{name}: upper bound over lower bound"), bounds, 1.0, Slack::rounding(1.0, 1.0));
        let [z_1, z_2] = columns(&reference.z);
        let area = cross(z_1, z_2);
        let nuclear = (dot(&reference.z, &reference.z) + 2.0 * norm(&area)).sqrt();
        claims.equal(format!("{name}: |Z*|_nuclear by its columns"), nuclear, gamma, gap() + rounding().times(gamma));
        let margins = points.margins(&reference.w);
        let worst = support.iter().map(|&n| (margins[n] - gamma).abs()).fold(0.0, f64::max);
        // Σ p_n (<A_n, W*> - lower) is the gap at most.
        let lightest = support.iter().map(|&n| reference.p[n]).fold(1.0, f64::min);
        claims
            .equal(format!("{name}: largest |<A_n, W*> - γ| of the support"), worst, 0.0, gap().times(1.0 / lightest))
            .on("γ", gamma);
        let of_w = singular(SHAPE, &reference.w);
        claims.equal(format!("{name}: |W*|_op"), of_w.values[0], 1.0, rounding());
        if support.len() == 2 {
            let n = area.map(|a| a / norm(&area));
            let [left, right] = [cross(z_2, n), cross(n, z_1)];
            let polar: Vec<f64> =
                (0..3).flat_map(|i| [z_1[i] + left[i], z_2[i] + right[i]]).map(|x| x / nuclear).collect();
            // n is as uncertain as the two columns are parallel.
            let parallel = nuclear * nuclear / norm(&area);
            claims
                .equal(
                    format!("{name}: |W* - polar factor of Z*|"),
                    norm(&difference(&reference.w, &polar)),
                    0.0,
                    rounding().times(parallel),
                )
                .on("1", 1.0);
            claims.equal(format!("{name}: second singular value of W*"), of_w.values[1], 1.0, rounding());
        } else {
            claims
                .equal(format!("{name}: |z_1 × z_2| of Z*"), norm(&area), 0.0, rounding().times(gamma * gamma))
                .on("γ²", gamma * gamma);
            let [u, v] = [&of_w.left[0], &of_w.right[0]];
            let by_hand: Vec<f64> = u.iter().flat_map(|u| v.iter().map(move |v| gamma * u * v)).collect();
            let gap = 1.0 - of_w.values[1];
            claims
                .equal(
                    format!("{name}: |Z* - γ u v'|, u and v of W*"),
                    norm(&difference(&reference.z, &by_hand)),
                    0.0,
                    rounding().times(gamma / gap),
                )
                .on("γ", gamma);
        }
    }
}

/// Random W of sizes from e^-2 to e^5, with row sums of every kind.
fn anywhere(seed: Seed, muons: &Muons) -> Vec<Worst> {
    let stream = &mut seed.stream("optimizer-norm", "random W");
    let look = |muon: &Muon| {
        let mut worst = Worst::default();
        muon.setup.judged(|judge| {
            for _ in 0..500 {
                let size = exp(stream.uniform(-2.0, 5.0));
                let w: Vec<f64> = stream.normals(judge.points.dim()).iter().map(|w| size * w).collect();
                worst.see(&judge.parts(&w));
            }
        });
        worst
    };
    muons.both().map(look).into()
}

/// The same line. It is true in every norm; a step of η V, |V|_op = 1 and <V, Z> = |Z|_nuclear ≥ γ, gains at least
/// γη - B²η²/2.
fn muon_identity(muons: &Muons, anywhere: &[Worst], claims: &mut Claims) {
    for (muon, random) in muons.both().into_iter().zip(anywhere) {
        let Muon { setup, run, .. } = muon;
        identity_of(&format!("{}, random W", setup.name), random, &setup.points, claims);
        bound_on_g(setup.name, muon, claims);
        identity_of(&format!("{}, every step", setup.name), &run.worst, &setup.points, claims);
    }
}

/// At every step of a run.
pub fn bound_on_g(name: &str, Muon { setup, run, .. }: &Muon, claims: &mut Claims) {
    let end = run.end();
    let count = setup.points.count() as f64;
    let (scale, at_the_start) = of_the_start(count);
    let rounding = Slack::rounding(end.steps as f64 + 8.0 * count, setup.reference.gamma * end.sum);
    claims
        .at_least(format!("{name}: least g + log N - γ Σ η + (B²/2) Σ η²"), run.room, 0.0, rounding)
        .on(scale, at_the_start);
    let length = singular_values(SHAPE, &end.w)[0];
    claims.at_most(format!("{name}: |W|_op/Σ η"), length / end.sum, 1.0, Slack::rounding(end.steps as f64, 1.0));
}

/// What rounding, and the certificate, leave of γ|W|_op - g.
pub fn of_excess(setup: &Setup, end: &Stop, parts: &Parts) -> Slack {
    let operations = end.steps as f64 + 16.0 * (setup.points.count() + setup.points.dim()) as f64;
    let gap = (setup.reference.upper - setup.reference.lower) / setup.reference.gamma;
    Slack::rounding(operations, parts.scale) + Slack::certificate(gap * parts.scale)
}

/// A plane. The polar factor of W*(αI + βJ) is W*(αI + βJ)/(α² + β²)^(1/2), and this is what Z is made of while det Z keeps its
/// sign, up to a part that the polar factor does not see: Muon is normalised gradient descent on the points
/// (<A_n, W*>, <A_n, W*J>). On the support q → p gives s, and |W|_op = (((g + H)/γ)² + s²)^(1/2).
pub fn excess_of_rank_two(muon: &Muon, claims: &mut Claims) {
    let Muon { setup, run, .. } = muon;
    let (end, gamma, entropy) = (run.end(), setup.reference.gamma, setup.entropy());
    let p = |n: usize| setup.reference.p[setup.support[n]];
    let [b, c] = setup.across();
    let s = (ln(p(1)) - ln(p(0))) / (b - c);
    let parts = setup.judged(|judge| judge.parts(&end.w));
    let rounding = || of_excess(setup, end, &parts);
    // What log q - log p on the support still lacks moves s by 2/|b - c| times as much, and (g + H)/γ by 1/γ.
    let left = || Slack::next_term(exp(-setup.settling() * end.g), ln(setup.points.count() as f64));
    let of_s = 2.0 / (b - c).abs();
    let of_w = 2.0_f64.sqrt() * (1.0 / gamma + of_s);
    let whole = (parts.g + entropy) / gamma;
    let next = gamma * pow(s, 4.0) / (8.0 * pow(whole, 3.0));
    claims.equal(
        "γ|W|_op - g",
        parts.excess,
        entropy + gamma * s * s / (2.0 * whole),
        Slack::next_term(next, 1.0) + left() + rounding(),
    );
    let margin = setup.points.least_margin(&end.w);
    let least = -ln(p(0).max(p(1)));
    claims.equal(
        "γ|W|_op - least margin",
        parts.excess + parts.g - margin,
        entropy - least + gamma * s * s / (2.0 * whole),
        Slack::next_term(next, 1.0) + left() + rounding(),
    );
    let along = dot(&end.w, &setup.turned()) / 2.0;
    claims.equal("s = <W, W*J>/2", along, s, (left() + rounding()).times(of_s)).on("1/γ", 1.0 / gamma);
    let predicted: Vec<f64> =
        combine(s, &setup.turned(), &setup.reference.w.iter().map(|w| whole * w).collect::<Vec<_>>());
    claims
        .equal(
            "|W - W*(((g + H)/γ) I + s J)|",
            norm(&difference(&end.w, &predicted)),
            0.0,
            (left() + rounding()).times(of_w),
        )
        .on("1/γ", 1.0 / gamma);
}

/// Where the first singular value is alone. Of (a, b; c, e) it is half of ((a + e)² + (b - c)²)^(1/2) and
/// ((a - e)² + (b + c)²)^(1/2), (1 + x²)^(1/2) = 1 + x²/2 - x⁴/8 + x⁶/16 - .., and a = <Z*, W>/γ = (g + H + KL)/γ.
pub fn excess_of_rank_one(muon: &Muon, claims: &mut Claims) {
    let Muon { setup, run, .. } = muon;
    let (end, gamma) = (run.end(), setup.reference.gamma);
    let parts = setup.judged(|judge| judge.parts(&end.w));
    let rounding = || of_excess(setup, end, &parts);
    // W turns as soon as det Z has changed its sign: a difference of margins is off by what a step does to it, 2Bη, and by what the
    // shares lag behind the steps that grow shorter, 1/(1 - RESTED/settling) times as much, twice at most.
    let reach = radius(&setup.points, &Norm::Spectral(SHAPE));
    let chatter = 4.0 * reach * end.eta;
    let margins = setup.points.margins(&end.w);
    let [first, others @ ..] = &setup.support[..] else { unreachable!("three pairs") };
    for n in others {
        let predicted = ln(setup.reference.p[*first] / setup.reference.p[*n]);
        claims
            .equal(
                format!("<A_n - A_m, W>, pairs {} and {}", n + 1, first + 1),
                margins[*n] - margins[*first],
                predicted,
                Slack::next_term(chatter, 1.0) + rounding(),
            )
            .on("1", 1.0);
    }
    let Parts { excess, .. } = parts;
    let basis = singular(SHAPE, &setup.reference.w);
    let entry = |i: usize, j: usize| in_basis(&basis, &end.w, i, j);
    let (a, b, c, e) = (entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1));
    let series = |power: f64| pow(b - c, power) / pow(a + e, power - 1.0) + pow(b + c, power) / pow(a - e, power - 1.0);
    let above = gamma * (series(2.0) / 4.0 - series(4.0) / 16.0);
    claims.equal(
        "γ|W|_op - g",
        excess,
        setup.entropy() + above,
        Slack::next_term(gamma * series(6.0) / 32.0, 1.0) + Slack::next_term(0.5 * chatter * chatter, 1.0) + rounding(),
    );
}

/// What b and c do in short steps of several lengths.
pub struct Drifting {
    sliding: Sliding,
    /// Over Σ η², for each of [`LENGTHS`].
    moved: [[f64; 2]; LENGTHS.len()],
    /// Of the longest: how many, and |W|/η² of the shortest, as every step rounds W, and is η² in the mean.
    steps: usize,
    rounded: f64,
}

/// Lengths over the longest. The drift turns the rotation by a multiple of η, and about a length η_r where that makes it a rational
/// y is caught and the drift is C η_r/η. Of lengths that are far apart few are near the same one.
const LENGTHS: [f64; 5] = [1.0, 0.8, 0.64, 0.5, 0.4];

/// Constant steps from where the run with Z* of rank one ends, until the shares follow, and on.
fn drifting(Muon { setup, run, .. }: &Muon) -> Drifting {
    let sliding = Sliding::new(setup);
    let reach = radius(&setup.points, &Norm::Spectral(SHAPE));
    let longest = 0.5 * LEFT_OUT * sliding.divisor / reach;
    let basis = singular(SHAPE, &setup.reference.w);
    let aside = |w: &[f64]| [in_basis(&basis, w, 0, 1), in_basis(&basis, w, 1, 0)];
    let during = |g: f64, eta: f64| (g / (setup.reference.gamma * eta)).ceil() as usize;
    let optimizer = exact();
    let mut rounded = 0.0;
    let moved = LENGTHS.map(|length| {
        let eta = length * longest;
        let mut state = State::new(&optimizer, &setup.points, run.end().w.clone());
        (0..during(FOLLOWING / setup.settling(), eta)).for_each(|_| state.step(eta));
        let before = aside(&state.w);
        let steps = during(DRIFTING, eta);
        (0..steps).for_each(|_| state.step(eta));
        let after = aside(&state.w);
        rounded = f64::max(rounded, norm(&state.w) / (eta * eta));
        [0, 1].map(|i| (after[i] - before[i]) / (steps as f64 * eta * eta))
    });
    Drifting { sliding, moved, steps: during(DRIFTING, longest), rounded }
}

/// The chatter. Margins turn by 2Bη at the most, the shares by as much of themselves and its square, and y is uniform but for that
/// over the small divisor.
fn drift_of_rank_one(run: &Drifting, claims: &mut Claims) {
    let Drifting { sliding, moved, steps, rounded } = run;
    let size = norm(&sliding.chatter);
    // The shares follow but for e^-FOLLOWING of what they lacked; b and c go to and fro by twice the chatter of a step.
    let lacking = exp(-FOLLOWING) + 2.0 / *steps as f64;
    let mut off = moved.map(|moved| distance(&moved, &sliding.drift()));
    off.sort_by(f64::total_cmp);
    claims
        .equal(
            "|(b, c) moved, over Σ η², - C|, the median of five lengths",
            off[LENGTHS.len() / 2],
            0.0,
            Slack::next_term(LEFT_OUT + lacking, size * sliding.oblique) + Slack::rounding(1.0, *rounded),
        )
        .on("the chatter alone", size);
}
