//! When a mode is learned, and in which order: what is known in closed form.

use super::end_to_end::{DEPTHS, TIGHT};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::deep::{Layers, Moment, flow};
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::real::{LN_10, bisect, dot, exp, largest, ln, pow};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "scalar-time",
        says: "For one entry m, from layers α > 0 with α^N < q < m, X = q at the time that is the integral of 1/(2N q^(2-2/N) \
               (m - q)) from α^N to q; for N ≥ 3 the plateau before lasts α^-(N-2)/(2(N-2)m) and a constant, up to O(α²).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            lab.run(scalars)?.iter().for_each(|scalar| scalar_time(scalar, c));
            Ok(())
        },
    },
    Step {
        id: "greedy-ranks",
        says: "Of a positive semidefinite M observed in full, whose positive eigenvalues are distinct, from layers αI with α to 0, each \
               positive eigenvalue is learned by itself, the largest first, each at its time of scalar-time; between these times the \
               loss rests near the sum of the squares of those that are not yet learned.",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &[],
        claims: |lab, c| {
            lab.run(spectra)?.iter().for_each(|spectrum| greedy_ranks(spectrum, c));
            Ok(())
        },
    },
];

// ---------------------------------------------------------------------------------------------------
// One entry
// ---------------------------------------------------------------------------------------------------

/// The entry m of a network of `depth` layers α.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    pub(super) depth: usize,
    pub(super) m: f64,
    pub(super) alpha: f64,
}

impl Mode {
    /// When q is the share z of m. With p = q^(1/N) the integral is that of 1/(2 p^(N-1) (m - p^N)), whose series in
    /// p^N/m is integrated term by term.
    pub(super) fn time(&self, z: f64) -> f64 {
        let Mode { depth, m, alpha } = *self;
        let n = depth as f64;
        self.after_plateau(z)
            - if depth == 2 { ln(alpha) / (2.0 * m) } else { -pow(alpha, 2.0 - n) / (2.0 * (n - 2.0) * m) }
            - self.head_start()
    }

    /// The part of the time that depends on z and not on α.
    fn after_plateau(&self, z: f64) -> f64 {
        let Mode { depth, m, .. } = *self;
        let n = depth as f64;
        let p = pow(z * m, 1.0 / n);
        let first = if depth == 2 { ln(p) } else { -pow(p, 2.0 - n) / (n - 2.0) };
        // Until a term is lost beside the sum.
        let terms = (1_i32..).map(f64::from).map(|k: f64| (pow(z, k), k * n - n + 2.0));
        let rest: f64 = terms.take_while(|(power, _)| *power > 1e-18).map(|(power, e)| power / e).sum();
        (first + pow(p, 2.0 - n) * rest) / (2.0 * m)
    }

    /// What a start at α and not at 0 is ahead, beyond the leading term: α²/(4m²) and smaller.
    fn head_start(&self) -> f64 {
        let Mode { depth, m, alpha } = *self;
        let n = depth as f64;
        let z = pow(alpha, n) / m;
        let term = |k: i32| pow(z, f64::from(k)) * pow(alpha, 2.0 - n) / (f64::from(k) * n - n + 2.0);
        (1..6).map(term).sum::<f64>() / (2.0 * m)
    }

    /// q' at q = zm.
    fn speed(&self, z: f64) -> f64 {
        let n = self.depth as f64;
        2.0 * n * pow(z * self.m, 2.0 - 2.0 / n) * (1.0 - z) * self.m
    }

    /// q at a time before it is half of m.
    fn early(&self, t: f64) -> f64 {
        let from = ln(pow(self.alpha, self.depth as f64) / self.m);
        self.m * exp(bisect(|x| self.time(exp(x)) - t, from, ln(0.5)))
    }

    /// At most so much is missing of m at a time after it is half of m: the rate is at least 2N (m/2)^(2-2/N).
    fn missing(&self, t: f64) -> f64 {
        let n = self.depth as f64;
        0.5 * self.m * exp(-2.0 * n * pow(0.5 * self.m, 2.0 - 2.0 / n) * (t - self.time(0.5)))
    }

    /// By how much q/m moves for a relative error of each layer at any time before: the error of a layer of size α is one
    /// of the length of the plateau.
    fn sensitivity(&self, z: f64) -> f64 {
        let n = self.depth as f64;
        let plateau = if self.depth == 2 { 1.0 / (2.0 * self.m) } else { n * self.time(z) };
        n + self.speed(z) / self.m * plateau
    }
}

/// A mode followed to the share `z` of m, by the exact time and by the law of two terms.
pub(super) struct Scalar {
    mode: Mode,
    z: f64,
    exact: Moment,
    /// At half of m, if N ≥ 3.
    half: Option<Moment>,
}

/// A start whose plateau is long, and can be followed.
fn small(depth: usize, stream: &mut Stream) -> f64 {
    match depth {
        2 => exp(-LN_10 * stream.uniform(3.0, 6.0)),
        3 => stream.uniform(0.005, 0.02),
        4 => stream.uniform(0.02, 0.05),
        _ => stream.uniform(0.05, 0.08),
    }
}

pub(super) fn scalars(seed: Seed) -> Result<Vec<Scalar>> {
    let scalar = |depth: usize| -> Result<Scalar> {
        let stream = &mut seed.stream("deep-linear", &format!("scalar, N = {depth}"));
        let mode = Mode { depth, m: stream.uniform(0.7, 1.6), alpha: small(depth, stream) };
        let z = stream.uniform(0.2, 0.8);
        let at = |t: f64| -> Result<Moment> {
            let gradient = |x: &[f64]| vec![2.0 * (x[0] - mode.m)];
            Ok(flow(&Layers::identity(1, depth, mode.alpha), &gradient, &[t], TIGHT)?.remove(0))
        };
        let half = if depth > 2 { Some(at(two_terms(mode))?) } else { None };
        Ok(Scalar { mode, z, exact: at(mode.time(z))?, half })
    };
    [2, 3, 4, 5].into_iter().map(scalar).collect()
}

/// α^-(N-2)/(2(N-2)m) and the constant c_N m^-(2-2/N) of the time at which q is half of m.
fn two_terms(mode: Mode) -> f64 {
    let n = mode.depth as f64;
    pow(mode.alpha, 2.0 - n) / (2.0 * (n - 2.0) * mode.m) + mode.after_plateau(0.5)
}

/// q where the integral says, and half of m where the law of two terms says but for what comes of its third.
pub(super) fn scalar_time(scalar: &Scalar, claims: &mut Claims) {
    let Scalar { mode, z, exact, half } = scalar;
    let Mode { depth, m, alpha } = *mode;
    let share = |layers: &Layers| layers.product()[0] / m;
    // The time is a sum of few terms, and is rounded.
    let clock = |z: f64, t: f64| Slack::rounding(32.0, mode.speed(z) / m * t);
    claims.equal(
        format!("N = {depth}, α = {alpha:.1e}: q/m at t = {:.4}", exact.t),
        exact.measure(mode.sensitivity(*z), share),
        *z,
        clock(*z, exact.t),
    );
    let Some(half) = half else { return };
    let n = depth as f64;
    let late = alpha * alpha / (4.0 * m * m);
    let gain = mode.speed(0.5) / m * late;
    // q'' is at most 4N m^(2-2/N) q'; and the term after α²/(4m²).
    let next = 2.0 * n * pow(m, 2.0 - 2.0 / n) * late * gain
        + mode.speed(0.5) / m * pow(alpha, n + 2.0) / (2.0 * (n + 2.0) * m * m * m);
    claims.equal(
        format!("N = {depth}, α = {alpha:.1e}: q/m at the two-term time {:.4}", half.t),
        half.measure(mode.sensitivity(0.5), share),
        0.5 + gain,
        Slack::next_term(next, 1.0) + clock(0.5, half.t),
    );
}

// ---------------------------------------------------------------------------------------------------
// One mode after the other
// ---------------------------------------------------------------------------------------------------

/// M = Σ m_k q_k q_k', 4 × 4 of rank three, observed in full, from layers αI.
pub(super) struct Spectrum {
    pub(super) modes: Vec<Mode>,
    basis: Vec<Vec<f64>>,
    /// In the middle of the plateau before each mode, and when it is half learned.
    moments: Vec<[Moment; 2]>,
}

pub(super) fn spectra(seed: Seed) -> Result<Vec<Spectrum>> {
    let spectrum = |depth: usize| -> Result<Spectrum> {
        let stream = &mut seed.stream("deep-linear", &format!("spectrum, N = {depth}"));
        let masses = [stream.uniform(2.0, 2.6), stream.uniform(1.0, 1.3), stream.uniform(0.5, 0.65)];
        let alpha = match depth {
            2 => exp(-LN_10 * stream.uniform(5.0, 6.5)),
            3 => stream.uniform(0.008, 0.015),
            _ => stream.uniform(0.03, 0.05),
        };
        let modes: Vec<Mode> = masses.into_iter().map(|m| Mode { depth, m, alpha }).collect();
        let first = stream.normals(4);
        let basis = orthonormal_basis(&first, stream);
        let gradient = |x: &[f64]| -> Vec<f64> {
            let m = |k: usize| masses.iter().zip(&basis).map(|(m, q)| m * q[k / 4] * q[k % 4]).sum::<f64>();
            x.iter().enumerate().map(|(k, x)| 2.0 * (x - m(k))).collect()
        };
        let halves: Vec<f64> = modes.iter().map(|mode| mode.time(0.5)).collect();
        let before = |k: usize| if k == 0 { 0.0 } else { halves[k - 1] };
        let times: Vec<f64> = (0..3).flat_map(|k| [0.5 * (before(k) + halves[k]), halves[k]]).collect();
        let mut moments = flow(&Layers::identity(4, depth, alpha), &gradient, &times, TIGHT)?.into_iter();
        let mut pair = || [moments.next().expect("six moments"), moments.next().expect("six moments")];
        Ok(Spectrum { modes, basis, moments: (0..3).map(|_| pair()).collect() })
    };
    DEPTHS.into_iter().map(spectrum).collect()
}

/// q'Xq, by the layers one after the other, so that a small one keeps its digits.
pub(super) fn along(layers: &Layers, q: &[f64]) -> f64 {
    let through = |x: Vec<f64>, w: &[f64]| w.chunks_exact(x.len()).map(|row| dot(row, &x)).collect();
    dot(q, &layers.layers().into_iter().fold(q.to_vec(), through))
}

/// Each mode is half learned at its time, and before it the loss is what is not yet learned.
pub(super) fn greedy_ranks(spectrum: &Spectrum, claims: &mut Claims) {
    let Spectrum { modes, basis, moments } = spectrum;
    let Mode { depth, alpha, .. } = modes[0];
    let top = pow(modes[0].m, 1.0 / depth as f64);
    for (k, (mode, [plateau, half])) in modes.iter().zip(moments).enumerate() {
        // Rounding is relative to the largest layer.
        let size = mode.sensitivity(0.5) * top / alpha;
        claims.equal(
            format!("N = {depth}, t = {:.3}: share of mode {}", half.t, k + 1),
            half.measure(size, |layers| along(layers, &basis[k]) / mode.m),
            0.5,
            Slack::rounding(32.0, mode.speed(0.5) / mode.m * half.t),
        );
        let loss = |layers: &Layers| {
            let x = layers.product();
            let m = |i: usize| modes.iter().zip(basis).map(|(mode, q)| mode.m * q[i / 4] * q[i % 4]).sum::<f64>();
            x.iter().enumerate().map(|(i, x)| (x - m(i)) * (x - m(i))).sum()
        };
        // Of the modes ahead what has come is known; what is missing of those behind counts by its square.
        let unlearned =
            modes[k..].iter().map(|mode| mode.m - mode.early(plateau.t)).map(|left| left * left).sum::<f64>();
        let missing = largest(modes[..k].iter().map(|mode| mode.missing(plateau.t)));
        claims.equal(
            format!("N = {depth}, t = {:.3}: loss with {k} modes learned", plateau.t),
            plateau.measure(size * modes[0].m * modes[0].m, loss),
            unlearned,
            Slack::next_term(missing * missing, 3.0) + Slack::rounding(64.0, modes[0].m * modes[0].m),
        );
    }
}
