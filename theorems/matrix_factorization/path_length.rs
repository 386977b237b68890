//! "As α goes to 0 the flow is a geodesic of least nuclear-norm length": how long its path is.

use super::exponents::{settling_time, singular_values_of};
use super::identities::TIGHT;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::evidence::DECISIVE;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::Factors;
use theoremcheck::flow::ode::{Ode, Part};
use theoremcheck::problem::completion::Completion;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{dot, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[Step {
    id: "path-length",
    says: "The notes: as α goes to 0 the flow is a geodesic of least nuclear-norm length. On [[*, b], [b, d]] with b > d > 0 \
           its path is longer than the straight line to where it ends.",
    kind: Kind::Counterexample,
    standing: Standing::Refuted { by: "path-length" },
    notes: &["N16"],
    claims: |lab, c| {
        path_length(&*lab.run(lengths)?, c);
        Ok(())
    },
}];

/// U and V beside the length ∫ |X'|_* dt of the path of X, 2 × 2.
struct Length<'a> {
    problem: &'a Completion,
    alpha: f64,
}

/// |A|_* of a 2 × 2 matrix: its square is |A|² + 2|det A|.
fn nuclear_norm([a, b, c, d]: [f64; 4]) -> f64 {
    (a * a + b * b + c * c + d * d + 2.0 * (a * d - b * c).abs()).sqrt()
}

impl Ode for Length<'_> {
    fn dim(&self) -> usize {
        9
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        let factors = Factors { rank: 2, u: y[..4].to_vec(), v: y[4..8].to_vec(), volume: None };
        let Factors { u: du, v: dv, .. } = factors.velocity(self.problem);
        // Ẋ = U̇V' + UV̇', entry by entry.
        let row = |x: &[f64], i: usize| [x[2 * i], x[2 * i + 1]];
        let entry =
            |k: usize| dot(&row(&du, k / 2), &row(&factors.v, k % 2)) + dot(&row(&factors.u, k / 2), &row(&dv, k % 2));
        dy[..4].copy_from_slice(&du);
        dy[4..8].copy_from_slice(&dv);
        dy[8] = nuclear_norm([0, 1, 2, 3].map(entry));
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: 8, scale: self.alpha }, Part { len: 1, scale: 1.0 }]
    }
}

/// The path of rank one that leaves the saddle along the first eigenvector: X = uu', |X'|_* = 2|u||u'|.
struct Orbit {
    b: f64,
    d: f64,
}

impl Ode for Orbit {
    fn dim(&self) -> usize {
        3
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        // G = 2 [[0, u_1 u_2 - b], [u_1 u_2 - b, u_2² - d]].
        let (beside, corner) = (2.0 * (y[0] * y[1] - self.b), 2.0 * (y[1] * y[1] - self.d));
        dy[0] = -beside * y[1];
        dy[1] = -beside * y[0] - corner * y[1];
        dy[2] = 2.0 * norm(&y[..2]) * norm(&dy[..2]);
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part { len: 2, scale: ORBIT_START }, Part { len: 1, scale: 1.0 }]
    }
}

/// How far from the saddle the orbit of rank one begins: what it leaves out of the length is the square.
const ORBIT_START: f64 = 1e-8;

/// The path from αI: its length and that of the straight line between its ends, with what the integrator may have lost.
struct Path {
    alpha: f64,
    length: Quantity,
    straight: Quantity,
}

pub(super) struct Lengths {
    b: f64,
    d: f64,
    paths: Vec<Path>,
    /// The length of the orbit of rank one.
    orbit: Quantity,
}

/// A number computed from a state.
type OfState<'a> = &'a dyn Fn(&[f64]) -> f64;

/// What is computed from the state at the end, once by a coarser run, and the roundings since the start, of numbers of
/// the size of the state.
fn end(ode: &impl Ode, start: &[f64], time: f64, quantities: &[OfState]) -> Result<Vec<Quantity>> {
    let run = |tolerance| dormand_prince(ode, 0.0, start, &[time], tolerance);
    let (fine, coarse) = TIGHT.twice(run)?;
    let size = dot(&fine.states[0], &fine.states[0]);
    let quantity = |of: &OfState| {
        let value = of(&fine.states[0]);
        let lost = value - of(&coarse.states[0]);
        Quantity::new(value, Slack::integration(lost) + Slack::rounding(2.0 * fine.roundings[0], size))
    };
    Ok(quantities.iter().map(quantity).collect())
}

pub(super) fn lengths(seed: Seed) -> Result<Lengths> {
    let stream = &mut seed.stream("matrix-factorization", "lengths");
    let (b, d) = (stream.uniform(0.8, 1.2), stream.uniform(0.4, 0.6));
    let problem = Completion::from_rows(&[[None, Some(b)], [Some(b), Some(d)]]);
    let path = |alpha: f64| -> Result<Path> {
        let start = [alpha, 0.0, 0.0, alpha, alpha, 0.0, 0.0, alpha, 0.0];
        let straight = |y: &[f64]| {
            let entry = |i: usize, j: usize| dot(&y[2 * i..2 * i + 2], &y[4 + 2 * j..6 + 2 * j]);
            let square = alpha * alpha;
            nuclear_norm([entry(0, 0) - square, entry(0, 1), entry(1, 0), entry(1, 1) - square])
        };
        let ode = Length { problem: &problem, alpha };
        let found = end(&ode, &start, settling_time(b, b, d, alpha), &[&|y| y[8], &straight])?;
        let [length, straight] = &found[..] else { unreachable!("two quantities") };
        Ok(Path { alpha, length: length.clone(), straight: straight.clone() })
    };
    // The eigenvector of [[0, b], [b, d]] to its eigenvalue s_1.
    let direction = [b, singular_values_of(b, b, d)[0]];
    let [u_1, u_2] = [0, 1].map(|k| ORBIT_START * direction[k] / norm(&direction));
    let start = [u_1, u_2, ORBIT_START * ORBIT_START];
    let orbit = end(&Orbit { b, d }, &start, settling_time(b, b, d, ORBIT_START), &[&|y| y[2]])?.remove(0);
    Ok(Lengths { b, d, paths: [0.2, 0.1, 1e-2, 1e-3].into_iter().map(path).collect::<Result<_>>()?, orbit })
}

/// On [[*, b], [b, d]] the path from αI is longer than the straight line between its ends, and that, (b² + d²)/d for small α,
/// longer still than 2b, the length of the straight line from 0 to the minimiser. As α goes to 0 the path becomes as long
/// as the orbit of rank one.
pub(super) fn path_length(lengths: &Lengths, claims: &mut Claims) {
    let Lengths { b, d, paths, orbit } = lengths;
    for Path { alpha, length, straight } in paths {
        // No path is shorter than the straight line. That this one is longer is seen if the difference is as decisive
        // as the failure of a control.
        let excess = length.clone() - straight.clone();
        let decisive = DECISIVE * excess.slack.total();
        claims
            .at_least(
                format!("α = {alpha}: length of the path of X less that of the straight line between its ends"),
                excess,
                decisive,
                Slack::rounding(1.0, straight.value),
            )
            .on("of the straight line", straight.value);
    }
    let [widest, .., last] = &paths[..] else { unreachable!("four starts") };
    // det X/d and what else distinguishes X from the orbit is of order α^p with p = 2(1 + s_2/s_1), which is seen at the
    // largest start.
    let [s_1, s_2] = singular_values_of(*b, *b, *d);
    let carried = pow(last.alpha / widest.alpha, 2.0 * (1.0 + s_2 / s_1));
    let straight = (b * b + d * d) / d;
    claims.equal(
        format!("α = {}: length of the straight line, against (b² + d²)/d, more than 2b", last.alpha),
        last.straight.clone(),
        straight,
        Slack::next_term((widest.straight.value - straight) * carried, 4.0),
    );
    claims.equal(
        format!("α = {}: length of the path of X, against that of the orbit of rank one", last.alpha),
        last.length.clone(),
        orbit.value,
        orbit.slack.clone()
            + Slack::next_term((widest.length.value - orbit.value) * carried, 4.0)
            // Where it begins the orbit is off its own by the square.
            + Slack::next_term(ORBIT_START * ORBIT_START, 2.0),
    );
}
