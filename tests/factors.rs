//! The flow of factors against automatic derivatives, closed forms, and itself by other means.

use num_dual::Dual64;
use rstest::rstest;
use theoremcheck::error::Result;
use theoremcheck::flow::chebyshev::{Relaxing, runge_kutta_chebyshev};
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::factors::{Ending, Factors, flow, settle, symmetric_flow};
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::completion::{Completion, Entry, choose, plant};
use theoremcheck::real::{difference, exp, ln, norm, pow};
use theoremcheck::seed::Seed;

const TIGHT: Tolerance = Tolerance { absolute: 1e-13, relative: 1e-13 };

fn half(d: f64) -> Completion {
    Completion::from_rows(&[[None, Some(1.0)], [Some(1.0), Some(d)]])
}

/// f with dual numbers, written out for itself.
fn loss(problem: &Completion, rank: usize, u: &[Dual64], v: &[Dual64]) -> Dual64 {
    let residual = |&Entry { i, j, m }: &Entry| {
        (0..rank).map(|a| u[i * rank + a] * v[j * rank + a]).fold(Dual64::from(-m), |sum, term| sum + term)
    };
    problem.entries.iter().map(residual).map(|r| r * r).fold(Dual64::from(0.0), |sum, square| sum + square)
}

#[rstest]
fn the_velocity_is_minus_the_gradient(
    #[values((4, 4, 2), (5, 3, 3), (1, 6, 2), (2, 2, 4))] (rows, cols, rank): (usize, usize, usize),
    #[values(1, 2)] seed: u64,
) {
    let stream = &mut Seed(seed).stream("factors", "gradient");
    let problem = plant(rows, cols, 1, 0.7, stream).problem;
    let (u, v) = (stream.normals(rows * rank), stream.normals(cols * rank));
    let at = Factors { rank, u: u.clone(), v: v.clone(), volume: None };
    let velocity = at.velocity(&problem);
    let computed: Vec<f64> = velocity.u.into_iter().chain(velocity.v).collect();
    for (k, computed) in computed.iter().enumerate() {
        let dual = |(i, &x): (usize, &f64)| Dual64::new(x, f64::from(i == k));
        let all: Vec<Dual64> = u.iter().chain(&v).enumerate().map(dual).collect();
        let slope = loss(&problem, rank, &all[..u.len()], &all[u.len()..]).eps;
        assert!((computed + slope).abs() <= 1e-13 * (1.0 + slope.abs()), "component {k}: {computed} and {slope}");
    }
}

/// σ' = 4σ(m - σ) from αI; σ' = 4(m - σ)√(σ² + α⁴) from a lifted start, which for small α is σ = m/(1 + 2m/α² e^(-4mt)).
#[rstest]
fn one_entry_in_closed_form(#[values(0.3, 1e-3, 1e-12, 1e-24)] alpha: f64, #[values(0.5, 1.0, 1.5)] at: f64) {
    let (problem, m) = (Completion::from_rows(&[[Some(2.0)]]), 2.0);
    let half_time = ln(1.0 + m / (alpha * alpha)) / (4.0 * m);
    let t = at * half_time;
    let moment = &flow(&problem, &Factors::identity(&problem, alpha), &[t], TIGHT).unwrap()[0];
    let exact = m / (1.0 + (m / (alpha * alpha) - 1.0) * exp(-4.0 * m * t));
    assert!((moment.factors.entry(0, 0) / exact - 1.0).abs() < 1e-9, "{} {exact}", moment.factors.entry(0, 0));
    if alpha < 0.01 {
        let moment = &flow(&problem, &Factors::lifted(&problem, alpha), &[t], TIGHT).unwrap()[0];
        let exact = m / (1.0 + 2.0 * m / (alpha * alpha) * exp(-4.0 * m * t));
        assert!((moment.factors.entry(0, 0) / exact - 1.0).abs() < 4.0 * alpha.max(1e-9));
    }
}

/// What tells the determinant, against the determinant, where it can be computed: square, balanced or not, and lifted.
#[rstest]
fn the_determinant_is_told(#[values(2, 3, 5)] n: usize, #[values(1, 2, 3)] seed: u64) {
    let stream = &mut Seed(seed).stream("factors", "determinant");
    let problem = plant(n, n, n, 0.8, stream).problem;
    let near_identity: Vec<f64> = (0..n * n).map(|k| f64::from(k % (n + 1) == 0) + 0.1 * stream.normal()).collect();
    let starts = [
        Factors::identity(&problem, 0.5),
        Factors::lifted(&problem, 0.5),
        Factors::square(n, near_identity.clone(), near_identity.iter().map(|x| 0.9 * x).collect()),
    ];
    for start in starts {
        for moment in flow(&problem, &start, &[0.02, 0.1], TIGHT).unwrap() {
            let det = moment.factors.product().determinant();
            let (log, sign) = moment.factors.log_det();
            assert!(
                (log - ln(det.abs())).abs() < 1e-8 * (1.0 + log.abs()),
                "t = {}: {log} and {}",
                moment.t,
                ln(det.abs())
            );
            assert_eq!(sign, det.signum());
        }
    }
}

/// U alone in log time by the stiff method, and U and V in plain time by the explicit one.
#[rstest]
#[case::positive(half(0.5))]
#[case::indefinite(half(-0.5))]
#[case::corner(half(0.0))]
fn the_symmetric_flow_is_the_flow(#[case] problem: Completion) {
    let start = Factors { volume: None, ..Factors::identity(&problem, 0.1) };
    let times = [0.5, 3.0, 10.0];
    let plain = flow(&problem, &start, &times, TIGHT).unwrap();
    let logs = times.map(ln);
    let symmetric = symmetric_flow(&problem, &start, &logs, TIGHT).unwrap();
    for (one, other) in plain.iter().zip(&symmetric) {
        assert!(norm(&difference(&one.factors.u, &other.factors.u)) < 1e-9, "t = {}", one.t);
        assert_eq!(one.factors.u, one.factors.v, "symmetric data keep U = V to the last bit");
    }
}

#[rstest]
#[case::fits(half(0.5), Factors::identity, Ending::Vanished)]
#[case::trapped(Completion::from_rows(&[[Some(-1.0)]]), Factors::identity, Ending::Stalled)]
#[case::lifted(Completion::from_rows(&[[Some(-1.0)]]), Factors::lifted, Ending::Vanished)]
#[case::never_vanishes(half(-0.5), Factors::identity, Ending::Stalled)]
#[case::diverges(half(0.0), Factors::identity, Ending::Slow)]
#[case::zero(Completion::from_rows(&[[Some(0.0), Some(0.0)], [Some(0.0), Some(0.0)]]), Factors::identity, Ending::Vanished)]
fn runs_end_where_they_should(
    #[case] problem: Completion,
    #[case] start: fn(&Completion, f64) -> Factors,
    #[case] expected: Ending,
) {
    let (moment, ending) = settle(&problem, &start(&problem, 0.1), None, Tolerance::new(1e-10, 1e-10)).unwrap();
    assert_eq!(ending, expected, "t = {}, f = {}", moment.t, moment.factors.loss(&problem));
}

/// Heat on a line of 40 points: real spectrum down to -4 · 41².
struct Heat;

impl Ode for Heat {
    fn dim(&self) -> usize {
        40
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        for i in 0..40 {
            let beside = |k: usize| y.get(k).copied().unwrap_or(0.0);
            dy[i] = 41.0 * 41.0 * (beside(i + 1) + beside(i.wrapping_sub(1)) - 2.0 * y[i]);
        }
    }
}

impl Relaxing for Heat {
    fn spectral_bound(&self, _: &[f64]) -> f64 {
        4.0 * 41.0 * 41.0
    }
}

#[rstest]
fn long_steps_are_accurate_and_cheap(#[values(1e-4, 1e-6)] tolerance: f64) {
    let start: Vec<f64> = (1..=40).map(|i| libm::sin(std::f64::consts::PI * f64::from(i) / 41.0)).collect();
    let run = |method: fn(&Heat, f64, &[f64], &[f64], Tolerance) -> Result<_>| {
        method(&Heat, 0.0, &start, &[0.5], Tolerance::new(tolerance, tolerance)).unwrap()
    };
    let (long, short) = (run(runge_kutta_chebyshev), run(dormand_prince));
    // The first mode decays at this rate.
    let rate = 4.0 * 41.0 * 41.0 * pow(libm::sin(std::f64::consts::PI / 82.0), 2.0);
    let exact: Vec<f64> = start.iter().map(|y| y * exp(-0.5 * rate)).collect();
    let allowed = tolerance * (long.steps as f64 + 1.0);
    assert!(norm(&difference(&long.states[0], &exact)) <= allowed);
    assert!(long.evaluations * 4 < short.evaluations, "{} and {}", long.evaluations, short.evaluations);
}

#[rstest]
fn entries_are_chosen_once_each(#[values(0, 1, 7, 20)] count: usize) {
    let chosen = choose(20, count, &mut Seed(3).stream("factors", "choose"));
    assert_eq!(chosen.len(), count);
    assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen.iter().all(|&k| k < 20));
}

#[test]
fn what_is_not_observed_is_named() {
    let problem = Completion::from_rows(&[[Some(1.0), None, None], [None, None, None], [Some(2.0), None, Some(1.0)]]);
    assert_eq!(problem.unobserved_lines(), (vec![1], vec![1]));
    assert!(!problem.is_symmetric());
    assert!(half(3.0).is_symmetric());
}
