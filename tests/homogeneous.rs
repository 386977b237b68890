//! Homogeneous networks: derivatives against dual numbers, and the loss clock against closed forms.

use num_dual::{Dual64, DualNum};
use rstest::rstest;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, log_inverse_loss};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, difference, ln, norm, pow};
use theoremcheck::seed::Seed;

/// f with dual numbers, written out for itself.
fn output(architecture: &Architecture, x: &[f64], theta: &[Dual64]) -> Dual64 {
    let dim = x.len();
    let zero = Dual64::from(0.0);
    let along = |w: &[Dual64]| w.iter().zip(x).fold(zero, |sum, (w, &x)| sum + *w * x);
    match architecture {
        Architecture::Quadratic { signs } => {
            signs.iter().zip(theta.chunks(dim)).fold(zero, |sum, (&sign, w)| sum + along(w).powi(2) * sign)
        }
        Architecture::Relu { width } => (0..*width).fold(zero, |sum, j| {
            let z = along(&theta[j * dim..(j + 1) * dim]);
            if z.re > 0.0 { sum + theta[width * dim + j] * z } else { sum }
        }),
        Architecture::Diagonal => {
            (0..dim).fold(zero, |sum, i| sum + (theta[i].powi(2) - theta[dim + i].powi(2)) * x[i])
        }
        Architecture::Linear { hidden } => {
            let mut from = 0;
            let mut v: Vec<Dual64> = x.iter().map(|&x| Dual64::from(x)).collect();
            for &size in hidden.iter().chain([&1]) {
                let rows = theta[from..from + size * v.len()].chunks(v.len());
                from += size * v.len();
                v = rows.map(|row| row.iter().zip(&v).fold(zero, |sum, (w, v)| sum + *w * *v)).collect();
            }
            v[0]
        }
    }
}

fn setup(architecture: Architecture, seed: u64) -> (Network, Vec<f64>, Vec<f64>) {
    let stream = &mut Seed(seed).stream("homogeneous", "derivatives");
    let points = Points::new(3, stream.normals(12)).unwrap();
    let network = Network { architecture, points, labels: vec![1.0, -1.0, -1.0, 1.0] };
    let theta = stream.normals(network.parameters());
    let weights = stream.normals(4);
    (network, theta, weights)
}

#[rstest]
#[case::quadratic(Architecture::Quadratic { signs: vec![1.0, -1.0, 1.0] })]
#[case::relu(Architecture::Relu { width: 3 })]
#[case::diagonal(Architecture::Diagonal)]
#[case::one_layer(Architecture::Linear { hidden: vec![] })]
#[case::two_layers(Architecture::Linear { hidden: vec![2] })]
#[case::four_layers(Architecture::Linear { hidden: vec![2, 3, 2] })]
fn derivatives_by_hand_are_those_of_dual_numbers(#[case] architecture: Architecture, #[values(1, 2, 3)] seed: u64) {
    let (network, theta, weights) = setup(architecture, seed);
    let gradient = network.gradient(&theta, &weights);
    let hessian = network.hessian(&theta, &weights);
    let margins = network.margins(&theta);
    for k in 0..theta.len() {
        let dual: Vec<Dual64> = theta.iter().enumerate().map(|(i, &t)| Dual64::new(t, f64::from(i == k))).collect();
        let mut slope = 0.0;
        for (n, x) in network.points.rows().enumerate() {
            let q = output(&network.architecture, x, &dual) * network.labels[n];
            assert!((q.re - margins[n]).abs() < 1e-13 * (1.0 + q.re.abs()));
            slope += weights[n] * q.eps;
        }
        assert!((gradient[k] - slope).abs() < 1e-12 * (1.0 + slope.abs()), "component {k}: {} {slope}", gradient[k]);
        // Gradients are polynomials of degree three at most: extrapolated central differences are exact.
        let mut axis = vec![0.0; theta.len()];
        axis[k] = 1.0;
        let central = |h: f64| -> Vec<f64> {
            let at = |h: f64| network.gradient(&combine(h, &axis, &theta), &weights);
            difference(&at(h), &at(-h)).iter().map(|d| d / (2.0 * h)).collect()
        };
        let (wide, narrow) = (central(2e-3), central(1e-3));
        for (j, (wide, narrow)) in wide.iter().zip(&narrow).enumerate() {
            let expected = (4.0 * narrow - wide) / 3.0;
            let found = hessian[k * theta.len() + j];
            assert!((found - expected).abs() < 1e-10 * (1.0 + expected.abs()), "{k}, {j}: {found} {expected}");
        }
    }
}

/// One point and one weight: w' = e^-w from 0 gives e^w = 1 + t.
#[test]
fn the_loss_clock_of_one_weight_is_a_logarithm() {
    let network = Network {
        architecture: Architecture::Linear { hidden: vec![] },
        points: Points::from_rows(&[[1.0]]),
        labels: vec![1.0],
    };
    let moments = LossClock::new(&network).follow(&[0.0], &[1.0, 50.0, 1e4], Tolerance::new(1e-13, 1e-13)).unwrap();
    for at in moments {
        assert!((at.theta[0] - at.g).abs() < 1e-11 * at.g);
        // t = e^g - 1.
        assert!(
            (at.log_t - (at.g + libm::log1p(-libm::exp(-at.g)))).abs() < 1e-12 * (1.0 + at.g),
            "{} {}",
            at.g,
            at.log_t
        );
    }
}

/// By the clock g the loss is e^-g, whatever the network: what the integrator may have lost is seen there.
#[rstest]
#[case::exponential(Loss::Exponential)]
#[case::logistic(Loss::Logistic)]
#[case::polynomial(Loss::Polynomial { nu: 1.7 })]
fn the_loss_is_what_the_clock_shows(#[case] loss: Loss) {
    let network = Network {
        architecture: Architecture::Linear { hidden: vec![3, 2] },
        points: Points::from_rows(&[[1.0, 2.0], [-2.0, -1.0]]),
        labels: vec![1.0, -1.0],
    };
    let start: Vec<f64> = (0..network.parameters()).map(|k| 0.4 + 0.1 * pow(f64::from(k as u32), 0.5)).collect();
    let began = log_inverse_loss(loss, &network.margins(&start));
    let clock = LossClock { loss, ..LossClock::new(&network) };
    for at in clock.follow(&start, &[began + 1.0, began + 20.0], Tolerance::new(1e-12, 1e-12)).unwrap() {
        let g = log_inverse_loss(loss, &network.margins(&at.theta));
        assert!((g - at.g).abs() < 1e-9 * (1.0 + at.g.abs()), "{g} {}", at.g);
        assert!(norm(&at.theta) > 0.0 && at.log_t.is_finite() && ln(norm(&at.theta)).is_finite());
    }
}

/// max(w·x, 0) of the only point is 0 at and around the start: nothing moves, and the clock says so at once.
#[test]
fn a_clock_without_gradient_stops() {
    let network = Network {
        architecture: Architecture::Relu { width: 1 },
        points: Points::from_rows(&[[1.0, 0.0]]),
        labels: vec![1.0],
    };
    let stopped =
        LossClock::new(&network).follow_until(&[-1.0, 0.0, 1.0], &[1.0], Tolerance::new(1e-9, 1e-9)).unwrap_err();
    assert_eq!(stopped.theta, [-1.0, 0.0, 1.0]);
    assert_eq!(stopped.g, 0.0);
}
