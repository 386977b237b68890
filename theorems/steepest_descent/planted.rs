//! Separable points whose largest margin is planted, in each norm, with a start.
//!
//! Of the points the first k are the support vectors, the next stands at m_next, the last beyond. The coordinates that are
//! frozen, those at the bound of the cube of l_inf and those that l1 does not use, have entries that keep them so from the
//! first moment on: of one sign in l_inf, smaller than γ in l1. Then what the start leaves behind in D has a formula.

use super::flow::stays_on_its_edge;
use super::largest_margin::{LargestMargin, certified, largest_margin};
use super::norm::{Cholesky, Norm};
use theoremcheck::error::{Error, Result};
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::{Plan, Planted, plant};
use theoremcheck::real::{bisect, dot, exp, ln, pow};
use theoremcheck::reference::linear_system::solve;
use theoremcheck::seed::{Seed, Stream};

/// Points, a norm, and a start.
#[derive(Debug, Clone)]
pub struct Setup {
    pub name: String,
    pub norm: Norm,
    pub points: Points,
    pub loss: Loss,
    pub start: Vec<f64>,
    /// How many support vectors there are; they come first.
    pub support: usize,
    /// x_n·û/γ of the point after them.
    pub next: f64,
    /// The coordinates that only the start decides.
    pub frozen: Vec<usize>,
    pub motion: Motion,
    /// What was planted: û of norm one, p on the support, γ.
    pub planted: (Vec<f64>, Vec<f64>, f64),
    /// What was found and certified.
    pub reference: LargestMargin,
}

/// How the flow moves.
#[derive(Debug, Clone)]
pub enum Motion {
    /// Along a direction that turns with z.
    Turning,
    /// Along edges of the unit ball: w = start + τ speed + a along, where a is between low τ and high τ, at the largest loss
    /// in between if neither end has it.
    Sliding { speed: Vec<f64>, along: Vec<f64>, low: f64, high: f64 },
}

/// Setups are drawn so many times at most.
const DRAWS: usize = 10_000;

/// So many points beside the support vectors.
const OTHERS: usize = 2;

/// Shares in a ratio of at most four to one.
fn drawn_shares(count: usize, stream: &mut Stream) -> Vec<f64> {
    let raw: Vec<f64> = (0..count).map(|_| stream.uniform(1.0, 4.0)).collect();
    let total: f64 = raw.iter().sum();
    raw.iter().map(|r| r / total).collect()
}

fn sign(stream: &mut Stream) -> f64 {
    stream.normal().signum()
}

/// m_next, near enough to 1 that the force of its point outlives what the start leaves across ŵ.
fn drawn_next(stream: &mut Stream) -> f64 {
    stream.uniform(1.3, 1.4)
}

fn euclidean(stream: &mut Stream) -> Result<(Planted, f64)> {
    let next = drawn_next(stream);
    let curvature = vec![stream.uniform(1.2, 1.6), stream.uniform(1.8, 2.5)];
    let planted =
        plant(Plan { count: 3 + OTHERS, gamma: stream.uniform(0.4, 0.9), next_margin: next, curvature }, stream)?;
    Ok((planted, next))
}

fn turning(name: &str, norm: Norm, planted: Planted, next: f64, stream: &mut Stream) -> Result<Setup> {
    let gamma = planted.plan.gamma;
    let p = planted.alpha[..3].iter().map(|a| a * gamma * gamma).collect();
    let u: Vec<f64> = planted.w_hat.iter().map(|w| gamma * w).collect();
    // |w|_Q = |C'w| and x·w = (C^-1 x)·(C'w): what was planted for C'w.
    let (points, u) = match &norm {
        Norm::Mahalanobis(c) => {
            let rows = planted.points.rows().flat_map(|y| c.times(y)).collect();
            (Points::new(3, rows)?, c.solve_transpose(&u))
        }
        _ => (planted.points, u),
    };
    let start = stream.normals(3);
    Ok(Setup {
        name: name.to_string(),
        reference: largest_margin(&points, &norm)?,
        norm,
        points,
        loss: Loss::Exponential,
        start,
        support: 3,
        next,
        frozen: vec![],
        motion: Motion::Turning,
        planted: (u, p, gamma),
    })
}

/// A factor whose Q has a condition of some ten.
pub fn drawn_factor(dim: usize, stream: &mut Stream) -> Cholesky {
    let mut entry =
        |i: usize, j: usize| if i == j { exp(stream.uniform(-0.6, 0.6)) } else { stream.uniform(-0.6, 0.6) };
    Cholesky::from_factor((0..dim).map(|i| (0..=i).map(|j| entry(i, j)).collect()).collect())
}

/// In l_inf: û = (s_1, .., s_b, v) with signs s and |v| < 1, and Σ s_i x_ni = γ m_n - v x_nv, of which each frozen coordinate
/// gets a drawn part; the last entries x_nv of the support vectors are on both sides of 0.
fn plant_cube(name: &str, bound: usize, support: &[f64], others: usize, stream: &mut Stream) -> Result<Setup> {
    let dim = bound + 1;
    let (gamma, next, v) = (stream.uniform(0.5, 1.2), drawn_next(stream), sign(stream) * stream.uniform(0.2, 0.6));
    let signs: Vec<f64> = (0..bound).map(|_| sign(stream)).collect();
    let side = sign(stream);
    let mut place: Vec<(f64, f64)> = support.iter().map(|across| (1.0, side * across)).collect();
    let beyond =
        [(next, sign(stream) * stream.uniform(0.3, 0.5)), (next + stream.uniform(0.8, 2.0), stream.uniform(-0.5, 0.5))];
    place.extend(&beyond[..others]);
    let mut rows = Vec::new();
    for (m, across) in place {
        let parts = drawn_shares(bound, stream);
        rows.extend(signs.iter().zip(parts).map(|(s, part)| s * part * gamma * (m - v * across)));
        rows.push(gamma * across);
    }
    let points = Points::new(dim, rows)?;
    let start = stream.normals(dim);
    let unit = (0..dim).map(|i| f64::from(i == bound)).collect();
    let u: Vec<f64> = signs.iter().copied().chain([v]).collect();
    // p ∝ e^(-θ x_nv) with Σ p_n x_nv = 0; of two support vectors the only weights.
    let moment = |theta: f64| support.iter().map(|x| x * exp(-theta * x)).sum();
    let theta = bisect(moment, -100.0, 100.0);
    let raw: Vec<f64> = support.iter().map(|x| exp(-theta * x)).collect();
    let total: f64 = raw.iter().sum();
    Ok(Setup {
        name: name.to_string(),
        reference: largest_margin(&points, &Norm::LInf)?,
        norm: Norm::LInf,
        points,
        loss: Loss::Exponential,
        start,
        support: support.len(),
        next,
        frozen: (0..bound).collect(),
        motion: Motion::Sliding {
            speed: signs.iter().copied().chain([0.0]).collect(),
            along: unit,
            low: -1.0,
            high: 1.0,
        },
        planted: (u, raw.iter().map(|r| r / total).collect(), gamma),
    })
}

/// Entries of two support vectors across v, of a drawn ratio.
fn two_across(stream: &mut Stream) -> [f64; 2] {
    let p = drawn_shares(2, stream);
    let reach = stream.uniform(0.8, 1.2);
    [reach * p[1], -reach * p[0]]
}

/// Four support vectors in the plane of l_inf: the weights are not unique, Σ p_n x_n is. p is that of largest entropy.
pub fn dependent_support(seed: Seed) -> Result<Setup> {
    let stream = &mut seed.stream("steepest-descent", "dependent");
    let setup = on_its_edge(stream, |stream| {
        let mut between = |low: f64, high: f64| stream.uniform(low, high);
        let across = [between(0.6, 1.0), -between(0.6, 1.0), between(0.1, 0.5), -between(0.1, 0.5)];
        plant_cube("four support vectors", 1, &across, OTHERS, stream)
    })?;
    let (u, mut p, _) = setup.planted.clone();
    p.resize(setup.points.count(), 0.0);
    let reference = certified(&setup.points, &setup.norm, &u, &p);
    Ok(Setup { reference, ..setup })
}

/// The two support vectors inside a facet of the cube alone, with a tail u^-ν, from where both have a margin.
pub fn polynomial_tail(seed: Seed) -> Result<Setup> {
    let stream = &mut seed.stream("steepest-descent", "polynomial tail");
    for _ in 0..DRAWS {
        let nu = stream.uniform(1.5, 3.0);
        let across = two_across(stream);
        let setup = plant_cube("l_inf, inside a facet", 1, &across, 0, stream)?;
        // w turns to (s, v') with x_1·w/x_2·w = (p_2/p_1)^(1/(ν+1)); inside the facet again, not on its rim.
        let (u, p, gamma) = &setup.planted;
        let ratio = pow(p[1] / p[0], 1.0 / (nu + 1.0));
        let last = |n: usize| setup.points.row(n)[1] / gamma;
        let turned = u[1] + (ratio - 1.0) / (last(0) - ratio * last(1));
        if turned.abs() < 0.8 {
            let start = u.iter().map(|u| 2.0 * u).collect();
            return Ok(Setup { loss: Loss::Polynomial { nu }, start, ..setup });
        }
    }
    Err(Error::numerical("no points were drawn whose polynomial tail stays inside a facet"))
}

/// In l1: û = (s_1 π_1, s_2 π_2, 0) with signs s and shares π; with s_i x_ni = γ (1 + e_ni), p'e = 0 and e π = 0, the two support
/// vectors have the margin γ and Σ p_n x_n = γ (s_1, s_2, z), |z| < 1.
fn plant_octahedron(stream: &mut Stream) -> Result<Setup> {
    let (gamma, next) = (stream.uniform(0.5, 1.2), drawn_next(stream));
    let signs = [sign(stream), sign(stream)];
    let (p, share) = (drawn_shares(2, stream), drawn_shares(2, stream));
    let most = (p[1] * share[0]).max(p[0] * share[1]);
    let e = sign(stream) * stream.uniform(0.5, 0.8) / most.max(p[1] * share[1]).max(p[0] * share[0]);
    let off = sign(stream) * stream.uniform(0.3, 0.6);
    let far = stream.uniform(-0.5, 0.5);
    let tilts = [e * p[1], -e * p[0], off, far];
    let margins = [1.0, 1.0, next, next + stream.uniform(0.8, 2.0)];
    let mut rows = Vec::new();
    for (m, tilt) in margins.iter().zip(tilts) {
        rows.extend([signs[0] * gamma * m * (1.0 + tilt * share[1]), signs[1] * gamma * m * (1.0 - tilt * share[0])]);
        rows.push(gamma * stream.uniform(-0.7, 0.7));
    }
    let points = Points::new(3, rows)?;
    let start = stream.normals(3);
    Ok(Setup {
        name: "l1".to_string(),
        reference: largest_margin(&points, &Norm::L1)?,
        norm: Norm::L1,
        points,
        loss: Loss::Exponential,
        start,
        support: 2,
        next,
        frozen: vec![2],
        motion: Motion::Sliding {
            speed: vec![0.0, signs[1], 0.0],
            along: vec![signs[0], -signs[1], 0.0],
            low: 0.0,
            high: 1.0,
        },
        planted: (vec![signs[0] * share[0], signs[1] * share[1], 0.0], p, gamma),
    })
}

/// One setup in l2, one in Q, one in l1, and two in l_inf: ŵ inside a facet of the cube, and on an edge.
pub fn setups(seed: Seed) -> Result<Vec<Setup>> {
    let stream = |purpose: &str| seed.stream("steepest-descent", purpose);
    let l2 = {
        let stream = &mut stream("l2");
        let (planted, next) = euclidean(stream)?;
        turning("l2", Norm::L2, planted, next, stream)?
    };
    let q = {
        let stream = &mut stream("Q");
        let (planted, next) = euclidean(stream)?;
        turning("Q", Norm::Mahalanobis(drawn_factor(3, stream)), planted, next, stream)?
    };
    let facet = on_its_edge(&mut stream("facet"), |stream| {
        let across = two_across(stream);
        plant_cube("l_inf, inside a facet", 1, &across, OTHERS, stream)
    })?;
    let edge = on_its_edge(&mut stream("edge"), |stream| {
        let across = two_across(stream);
        plant_cube("l_inf, on an edge", 2, &across, OTHERS, stream)
    })?;
    let l1 = on_its_edge(&mut stream("l1"), plant_octahedron)?;
    Ok(vec![l2, q, l1, facet, edge])
}

/// Drawn until the flows from the start and from 0 stay on the edge along which they slide.
fn on_its_edge(stream: &mut Stream, plant: impl Fn(&mut Stream) -> Result<Setup>) -> Result<Setup> {
    for _ in 0..DRAWS {
        let setup = plant(stream)?;
        if stays_on_its_edge(&setup) && stays_on_its_edge(&setup.at_zero()) {
            return Ok(setup);
        }
    }
    Err(Error::numerical("no points were drawn whose flow stays on its edge"))
}

/// Constants of the expansion at infinity, from the certified p, ŵ and γ, and the start where it counts.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// H and Hinf.
    pub entropy: f64,
    pub min_entropy: f64,
    /// The limit of γ D.
    pub distance: f64,
    /// The limit of w - û (g + H)/γ.
    pub offset: Vec<f64>,
    /// The limit of log q_next + (m_next - 1) g.
    pub tail: f64,
    /// By how many log(q_n/p_n) of the support the margin of the next point may move.
    pub response: f64,
}

impl Setup {
    /// m_next - 1: how fast, per unit of g, the share of the next point dies out.
    pub fn kappa(&self) -> f64 {
        self.next - 1.0
    }

    /// û, p on the support, and γ.
    pub fn separator(&self) -> (&[f64], &[f64], f64) {
        (&self.reference.w, &self.reference.p[..self.support], self.reference.gamma)
    }

    /// The constants. With x_n·w = g - log q_n and q → p, r = w - û (g + H)/γ has x_n·r → -log p_n - H on the support. Frozen
    /// coordinates of l1 stay where they are. Those of l_inf all advance by τ, and Σ |z_i| (τ + s_i w_i(0)) = z·w → g + H with
    /// Σ |z_i| = γ gives τ - (g + H)/γ = -Σ |z_i| s_i w_i(0)/γ.
    pub fn expansion(&self) -> Expansion {
        let (u, p, gamma) = self.separator();
        let (start, frozen, z) = (&self.start, &self.frozen, &self.reference.z);
        let log_p: Vec<f64> = p.iter().map(|p| ln(*p)).collect();
        let entropy = -dot(p, &log_p);
        let (fixed, distance): (Vec<f64>, f64) = match self.norm {
            Norm::L1 => {
                let left = |&i: &usize| gamma * start[i].abs() - z[i] * start[i];
                (frozen.iter().map(|&i| start[i]).collect(), frozen.iter().map(left).sum())
            }
            Norm::LInf => {
                let behind: f64 = frozen.iter().map(|&i| z[i] * start[i]).sum::<f64>() / gamma;
                let ahead = frozen.iter().map(|&i| u[i] * start[i]).fold(f64::NEG_INFINITY, f64::max);
                let distance = frozen.iter().map(|&i| z[i].abs() * (ahead - u[i] * start[i])).sum();
                (frozen.iter().map(|&i| start[i] - u[i] * behind).collect(), distance)
            }
            Norm::L2 | Norm::Mahalanobis(_) | Norm::Spectral(_) => (vec![], 0.0),
        };
        // As many equations as unknowns: in l_inf that of the last support vector follows from the others.
        let of_support = self.points.dim() - frozen.len();
        let unit = |i: usize| -> Vec<f64> { (0..self.points.dim()).map(|j| f64::from(i == j)).collect() };
        let mut rows: Vec<Vec<f64>> = (0..of_support).map(|n| self.points.row(n).to_vec()).collect();
        rows.extend(frozen.iter().map(|&i| unit(i)));
        let right: Vec<f64> = (0..of_support).map(|n| -log_p[n] - entropy).chain(fixed).collect();
        let offset = solve(&rows, &right).expect("the support is independent");
        // None beside the support vectors: then nothing dies out, and 0 has no part in it.
        let nothing = vec![0.0; self.points.dim()];
        let next = self.points.rows().nth(self.support).unwrap_or(&nothing);
        let columns: Vec<Vec<f64>> = (0..rows.len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
        let shares = solve(&columns, next).expect("the support is independent");
        Expansion {
            entropy,
            min_entropy: -log_p.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            distance,
            tail: -self.next * entropy - dot(next, &offset),
            response: shares[..of_support].iter().map(|c| c.abs()).sum::<f64>() + self.next,
            offset,
        }
    }

    /// The same data from 0.
    pub fn at_zero(&self) -> Setup {
        let mut setup = self.clone();
        setup.start.fill(0.0);
        setup.name = format!("{} from 0", setup.name);
        setup
    }

    /// |r| in the norm itself.
    pub fn offset_length(&self, expansion: &Expansion) -> f64 {
        self.norm.length(&expansion.offset)
    }
}
