//! The two integrators against closed forms, against each other, and against a library.

use differential_equations::prelude::{ExplicitRungeKutta, IVP, ODE};
use rstest::rstest;
use theoremcheck::error::Error;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::gradient_flow::{Frame, Setup, blind, moving};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::{Differentiable, Ode, Solution, Tolerance, Watched};
use theoremcheck::flow::stiff::extrapolated_euler;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, exp, ln};

/// y' = y (1 - y): y = 1/(1 + e^-s) from y(0) = 1/2.
struct Logistic;

impl Ode for Logistic {
    fn dim(&self) -> usize {
        1
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        dy[0] = y[0] * (1.0 - y[0]);
    }
}

impl Differentiable for Logistic {
    fn jacobian(&self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = 1.0 - 2.0 * y[0];
    }
}

/// Prothero and Robinson's problem y' = -λ (y - 1/(1+s)) - 1/(1+s)²: y = 1/(1+s), however stiff.
struct ProtheroRobinson {
    lambda: f64,
}

impl Ode for ProtheroRobinson {
    fn dim(&self) -> usize {
        1
    }

    fn rate(&self, s: f64, y: &[f64], dy: &mut [f64]) {
        let g = 1.0 / (1.0 + s);
        dy[0] = -self.lambda * (y[0] - g) - g * g;
    }
}

impl Differentiable for ProtheroRobinson {
    fn jacobian(&self, _: f64, _: &[f64], out: &mut [f64]) {
        out[0] = -self.lambda;
    }
}

/// A rotation: two components, a Jacobian that is not symmetric. y = (cos s, sin s).
struct Rotation;

impl Ode for Rotation {
    fn dim(&self) -> usize {
        2
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        dy.copy_from_slice(&[-y[1], y[0]]);
    }
}

impl Differentiable for Rotation {
    fn jacobian(&self, _: f64, _: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&[0.0, -1.0, 1.0, 0.0]);
    }
}

fn solve(
    method: Method,
    ode: &impl Differentiable,
    y0: &[f64],
    stops: &[f64],
    tolerance: f64,
) -> Result<Solution, Error> {
    let tolerance = Tolerance::new(tolerance, tolerance);
    match method {
        Method::Explicit => dormand_prince(ode, 0.0, y0, stops, tolerance),
        Method::Stiff => extrapolated_euler(ode, 0.0, y0, stops, tolerance),
    }
}

#[rstest]
fn closed_forms_to_the_tolerance(
    #[values(Method::Explicit, Method::Stiff)] method: Method,
    #[values(1e-4, 1e-7, 1e-10)] tolerance: f64,
) {
    let stops = [0.5, 2.0, 10.0];
    let logistic = solve(method, &Logistic, &[0.5], &stops, tolerance).unwrap();
    let rotation = solve(method, &Rotation, &[1.0, 0.0], &stops, tolerance).unwrap();
    for (i, &s) in stops.iter().enumerate() {
        // Local errors of `tolerance` a step, over as many steps: none of these problems amplifies them.
        let allowed = tolerance * (rotation.steps.max(logistic.steps) as f64 + 1.0);
        assert!((logistic.states[i][0] - 1.0 / (1.0 + exp(-s))).abs() <= allowed, "logistic, s = {s}");
        assert!((rotation.states[i][0] - libm::cos(s)).abs() <= allowed, "rotation, s = {s}");
        assert!((rotation.states[i][1] - libm::sin(s)).abs() <= allowed, "rotation, s = {s}");
    }
}

/// Whoever looks sees every accepted state, the stops among them, and changes no bit.
#[rstest]
fn a_run_is_the_same_when_it_is_watched(#[values(Method::Explicit, Method::Stiff)] method: Method) {
    let stops = [0.5, 2.0, 10.0];
    let alone = solve(method, &Rotation, &[1.0, 0.0], &stops, 1e-8).unwrap();
    let mut seen = Vec::new();
    let watched = Watched::new(&Rotation, |s: f64, y: &[f64]| seen.push((s, y.to_vec())));
    assert_eq!(solve(method, &watched, &[1.0, 0.0], &stops, 1e-8).unwrap(), alone);
    assert_eq!(seen.len(), alone.steps);
    assert!(seen.is_sorted_by(|(before, _), (after, _)| before < after));
    for (stop, state) in stops.iter().zip(&alone.states) {
        assert!(seen.contains(&(*stop, state.clone())));
    }
}

#[rstest]
#[case::order_eight(Method::Explicit, 8.0)]
#[case::order_six(Method::Stiff, 6.0)]
fn work_grows_as_the_order_says(#[case] method: Method, #[case] order: f64) {
    let steps = |tolerance| solve(method, &Rotation, &[1.0, 0.0], &[200.0], tolerance).unwrap().steps as f64;
    let measured = ln(1e4) / ln(steps(1e-10) / steps(1e-6));
    assert!((measured - order).abs() < 0.5, "order {measured}");
}

#[rstest]
fn stiffness_costs_the_stiff_method_nothing(#[values(1.0, 1e3, 1e6, 1e9)] lambda: f64) {
    let solution = solve(Method::Stiff, &ProtheroRobinson { lambda }, &[1.0], &[1.0, 1e6], 1e-9).unwrap();
    assert!((solution.states[0][0] - 0.5).abs() < 1e-7);
    assert!((solution.states[1][0] - 1.0 / (1.0 + 1e6)).abs() < 1e-9);
    assert!(solution.evaluations < 20_000, "{} evaluations", solution.evaluations);
}

/// y' = e^s (1 - y): a gradient flow by the clock s = log t, which forgets its start.
struct AtRest;

impl Ode for AtRest {
    fn dim(&self) -> usize {
        1
    }

    fn rate(&self, s: f64, y: &[f64], dy: &mut [f64]) {
        dy[0] = exp(s) * (1.0 - y[0]);
    }
}

impl Differentiable for AtRest {
    fn jacobian(&self, s: f64, _: &[f64], out: &mut [f64]) {
        out[0] = -exp(s);
    }
}

/// Late, all that the stiff method is off by is what the last steps left, and the estimate alone does not bound that.
#[test]
fn what_a_stiff_step_leaves_is_bounded() {
    let stops: Vec<f64> = (0..40).map(|k| 7.0 + 0.17 * f64::from(k)).collect();
    let mut most = 0.0_f64;
    for tolerance in [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9] {
        let solution = solve(Method::Stiff, &AtRest, &[0.0], &stops, tolerance).unwrap();
        most = solution
            .states
            .iter()
            .zip(&solution.local)
            .fold(most, |most, (y, local)| most.max((y[0] - 1.0).abs() / local));
    }
    assert!((2.0 / 6.0..1.0).contains(&most), "{most}");
}

/// y' = y² from 1 has a pole at s = 1.
struct Pole;

impl Ode for Pole {
    fn dim(&self) -> usize {
        1
    }

    fn rate(&self, _: f64, y: &[f64], dy: &mut [f64]) {
        dy[0] = y[0] * y[0];
    }
}

impl Differentiable for Pole {
    fn jacobian(&self, _: f64, y: &[f64], out: &mut [f64]) {
        out[0] = 2.0 * y[0];
    }
}

#[rstest]
fn a_pole_is_an_error_and_no_hang(#[values(Method::Explicit, Method::Stiff)] method: Method) {
    let error = solve(method, &Pole, &[1.0], &[2.0], 1e-8).unwrap_err();
    assert!(error.to_string().contains("stalls at s = "), "{error}");
}

fn four_points(loss: Loss) -> Setup {
    let points = Points::from_rows(&[[1.0, 2.0], [1.0, -1.0], [1.5, 1.0], [3.0, 1.0]]);
    Setup { points, loss, start: vec![0.3, -0.2] }
}

/// One point, exponential loss: e^(x·w) grows by |x|² t.
#[rstest]
fn one_point_in_closed_form(#[values(Method::Explicit, Method::Stiff)] method: Method) {
    let setup = Setup { points: Points::from_rows(&[[2.0]]), loss: Loss::Exponential, start: vec![-0.7] };
    let times = [-3.0, 0.0, 5.0, 200.0];
    for at in blind(&setup, &times, method, Tolerance::new(1e-11, 1e-12)).unwrap() {
        let s = at.log_t;
        let exact = 0.5 * (s + ln(4.0 + exp(-1.4 - s)));
        assert!((at.state[0] - exact).abs() < 1e-9, "log t = {s}: {} against {exact}", at.state[0]);
    }
}

/// The gradient flow in plain time t, as a library integrates it: no logarithm of time, no frame.
struct PlainTime {
    setup: Setup,
}

impl ODE<f64, [f64; 2]> for PlainTime {
    fn diff(&self, _: f64, w: &[f64; 2], dw: &mut [f64; 2]) {
        *dw = [0.0; 2];
        for x in self.setup.points.rows() {
            let u = x[0] * w[0] + x[1] * w[1];
            let pull = match self.setup.loss {
                Loss::Exponential => libm::exp(-u),
                _ => 1.0 / (1.0 + libm::exp(u)),
            };
            dw[0] += pull * x[0];
            dw[1] += pull * x[1];
        }
    }
}

#[rstest]
fn the_flow_agrees_with_a_library_in_plain_time(
    #[values(Loss::Exponential, Loss::Logistic)] loss: Loss,
    #[values(Method::Explicit, Method::Stiff)] method: Method,
) {
    let plain = PlainTime { setup: four_points(loss) };
    let solver = ExplicitRungeKutta::dop853().rtol(1e-12).atol(1e-12).max_steps(1_000_000);
    let oracle = IVP::ode(&plain, 0.0, 1000.0, [0.3, -0.2]).method(solver).solve().unwrap();
    let (_, expected) = oracle.iter().next_back().unwrap();
    let setup = &plain.setup;
    let frame = Frame { w_hat: vec![1.0, 0.0], margins: vec![1.0, 1.0, 1.5, 3.0] };
    let (log_t, tolerance) = ([ln(1000.0)], Tolerance::new(1e-12, 1e-12));
    let w = blind(setup, &log_t, method, tolerance).unwrap().remove(0).state;
    let rho = moving(setup, &frame, &log_t, method, tolerance).unwrap().remove(0).state;
    let moved = frame.weights(log_t[0], &rho);
    for i in 0..2 {
        assert!((w[i] - expected[i]).abs() < 1e-9, "blind {w:?}, library {expected:?}");
        assert!((moved[i] - expected[i]).abs() < 1e-9, "moving {moved:?}, library {expected:?}");
    }
}

/// The moving frame is an exact change of variables, whatever the direction it moves with.
#[test]
fn a_wrong_frame_gives_the_same_weights() {
    let setup = four_points(Loss::Logistic);
    let w_hat = vec![0.4, 0.3];
    let margins = setup.points.margins(&w_hat);
    let frame = Frame { w_hat, margins };
    let (log_t, tolerance) = ([20.0], Tolerance::new(1e-12, 1e-12));
    let right = blind(&setup, &log_t, Method::Explicit, tolerance).unwrap().remove(0).state;
    let rho = moving(&setup, &frame, &log_t, Method::Explicit, tolerance).unwrap().remove(0).state;
    let w = frame.weights(20.0, &rho);
    assert!((w[0] - right[0]).abs() < 1e-9 && (w[1] - right[1]).abs() < 1e-9, "{w:?} {right:?}");
}

#[test]
fn a_million_powers_of_ten_take_few_evaluations() {
    let setup = four_points(Loss::Exponential);
    let frame = Frame { w_hat: vec![1.0, 0.0], margins: vec![1.0, 1.0, 1.5, 3.0] };
    let far = moving(&setup, &frame, &[1e6 * LN_10], Method::Stiff, Tolerance::new(1e-12, 1e-12)).unwrap();
    let w_tilde = [ln(3.0) - 2.0 / 3.0 * ln(2.0), ln(2.0) / 3.0];
    for i in 0..2 {
        assert!((far[0].state[i] - w_tilde[i]).abs() < 1e-12);
    }
}
