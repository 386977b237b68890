//! "As α goes to 0 the flow is a geodesic of least nuclear-norm length": how long its path is.

use super::discrete::half;
use super::identities::TIGHT;
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::evidence::DECISIVE;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::Factors;
use theoremcheck::flow::ode::{Ode, Part};
use theoremcheck::problem::completion::Completion;
use theoremcheck::real::{dot, ln, norm};

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
        // X' = U'V + UV', entry by entry.
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
struct Orbit;

impl Ode for Orbit {
    fn dim(&self) -> usize {
        3
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        // G = 2 [[0, u_1 u_2 - 1], [u_1 u_2 - 1, u_2² - 1/2]].
        let (beside, corner) = (2.0 * (y[0] * y[1] - 1.0), 2.0 * (y[1] * y[1] - 0.5));
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

/// The path from αI: its length, that of the straight line between its ends, and what the integrator may have lost.
struct Path {
    alpha: f64,
    length: f64,
    straight: f64,
    drift: f64,
}

pub(super) struct Lengths {
    paths: Vec<Path>,
    /// The length of the orbit of rank one, and what the integrator may have lost.
    orbit: (f64, f64),
}

/// The state at the end, and what is lost of its last component.
fn end(ode: &impl Ode, start: &[f64], time: f64) -> Result<(Vec<f64>, f64)> {
    let run = |tolerance| dormand_prince(ode, 0.0, start, &[time], tolerance);
    let (fine, coarse) = (run(TIGHT)?.states.remove(0), run(TIGHT.times(100.0))?.states.remove(0));
    let drift = fine[fine.len() - 1] - coarse[coarse.len() - 1];
    Ok((fine, drift))
}

pub(super) fn lengths() -> Result<Lengths> {
    let problem = half();
    let path = |alpha: f64| -> Result<Path> {
        let start = [alpha, 0.0, 0.0, alpha, alpha, 0.0, 0.0, alpha, 0.0];
        let (y, drift) = end(&Length { problem: &problem, alpha }, &start, ln(1.0 / alpha) + 150.0)?;
        let entry = |i: usize, j: usize| dot(&y[2 * i..2 * i + 2], &y[4 + 2 * j..6 + 2 * j]);
        let square = alpha * alpha;
        let straight = nuclear_norm([entry(0, 0) - square, entry(0, 1), entry(1, 0), entry(1, 1) - square]);
        Ok(Path { alpha, length: y[8], straight, drift })
    };
    // The eigenvector of [[0, 1], [1, 1/2]] to (1 + √17)/4.
    let direction = [1.0, (1.0 + 17.0_f64.sqrt()) / 4.0];
    let start = [0, 1].map(|k| ORBIT_START * direction[k] / norm(&direction));
    let (y, drift) = end(&Orbit, &[start[0], start[1], ORBIT_START * ORBIT_START], 200.0)?;
    Ok(Lengths {
        paths: [0.2, 0.1, 1e-2, 1e-3, 1e-4].into_iter().map(path).collect::<Result<_>>()?,
        orbit: (y[2], drift),
    })
}

/// On [[*, 1], [1, 1/2]] the path from αI is longer than the straight line between its ends, of a nuclear norm of about
/// 5/2, and longer still than 2, the length of the straight line from 0 to the minimiser. As α goes to 0 it becomes as
/// long as the orbit of rank one.
pub(super) fn path_length(lengths: &Lengths, claims: &mut Claims) {
    let Lengths { paths, orbit: (orbit, orbit_drift) } = lengths;
    for Path { alpha, length, straight, drift } in paths {
        // No path is shorter than the straight line. That this one is longer is seen if the difference is as decisive
        // as the failure of a control.
        let lost = Slack::integration(*drift) + Slack::rounding(1e4, *length);
        claims
            .at_least(
                format!("α = {alpha}: length of the path of X less that of the straight line between its ends"),
                length - straight,
                DECISIVE * lost.total(),
                lost,
            )
            .on("of the straight line", *straight);
        claims.at_least(
            format!("α = {alpha}: length of the straight line, against 2, that to the minimiser from 0"),
            *straight,
            2.0,
            Slack::rounding(1e4, *length),
        );
    }
    let [.., before, last] = &paths[..] else { unreachable!("five starts") };
    claims.equal(
        format!("α = {}: length of the path of X, against that of the orbit of rank one", last.alpha),
        last.length,
        *orbit,
        Slack::next_term(last.length - before.length, 1.0)
            + Slack::integration(last.drift.abs() + orbit_drift.abs())
            + Slack::next_term(ORBIT_START * ORBIT_START, 2.0)
            + Slack::rounding(1e4, *orbit),
    );
}
