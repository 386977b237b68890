//! The figure of the theorem that the reader moves.

use super::experiments::Seen;
use super::kinks::Kink;
use super::kkt::{Kkt, polish};
use theoremcheck::error::Result;
use theoremcheck::figure::{Axis, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, Stopped, log_inverse_loss};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::live::{Live, Parameter, Reading, Setting, Shown, Takes};
use theoremcheck::number::significant;
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{norm, pow};

pub const LIVE: &[Live] = &[Live {
    id: "neurons",
    title: "Neurons that turn",
    says: "Six ReLU neurons on four points that you drag: filled ones have the label 1, open ones -1. The thin lines are the input weights \
           and the dots their way from equal angles, drawn at an equal length of all parameters; the solid lines are those of the KKT \
           point nearby. Let the loss fall, and most turn to few directions, while others fall behind. Turn the starts, and other neurons \
           win.",
    parameters: &[
        Parameter {
            name: "points",
            says: "The points",
            takes: Takes::Points {
                names: &["x_1, label 1", "x_2, label 1", "x_3, label −1", "x_4, label −1"],
                x: WIDE,
                y: HIGH,
                default: &[[1.1, 1.5], [1.4, -0.7], [-1.0, 1.0], [-1.3, -1.4]],
            },
        },
        Parameter {
            name: "log-inverse-loss",
            says: "log 1/L",
            takes: Takes::Number { range: [0.1, 300.0], scale: Scale::Log, default: 30.0 },
        },
        Parameter {
            name: "turn",
            says: "turn of the starts, in degrees",
            takes: Takes::Number { range: [0.0, 60.0], scale: Scale::Linear, default: 20.0 },
        },
    ],
    draw: neurons,
}];

/// The plane of the points and of the weights, one unit as long across as up.
const WIDE: [f64; 2] = [-3.7, 3.7];
const HIGH: [f64; 2] = [-2.0, 2.0];
const NEURONS: usize = 6;
/// Beyond this the flow stands on a kink: hundreds of times what a smooth run takes.
const BUDGET: usize = 8_000;
/// |θ| as it is drawn.
const LENGTH: f64 = 3.0;

fn neurons(setting: &Setting) -> Result<Shown> {
    let points = setting.points("points");
    let network = Network {
        architecture: Architecture::Relu { width: NEURONS },
        points: Points::from_rows(points),
        labels: vec![1.0, 1.0, -1.0, -1.0],
    };
    let angle = |j: usize| (setting.number("turn") + 60.0 * j as f64).to_radians();
    let inputs = (0..NEURONS).flat_map(|j| [0.3 * libm::cos(angle(j)), 0.3 * libm::sin(angle(j))]);
    let outputs = (0..NEURONS).map(|j| if j % 2 == 0 { 0.4 } else { -0.4 });
    let start: Vec<f64> = inputs.chain(outputs).collect();

    let began = log_inverse_loss(Loss::Exponential, &network.margins(&start));
    let end = setting.number("log-inverse-loss").max(began + 0.1);
    // Closer together at the beginning, where most of the turning is done.
    let stops: Vec<f64> = (1..=20).map(|k| began + (end - began) * pow(f64::from(k) / 20.0, 3.0)).collect();
    let clock = LossClock { budget: BUDGET, ..LossClock::new(&network) };
    let tolerance = Tolerance::new(1e-8, 1e-8);
    let (path, stopped) = match clock.follow_until(&start, &stops, tolerance) {
        Ok(path) => (path, None),
        Err(Stopped { g, theta, .. }) => {
            let reached: Vec<f64> = stops.iter().copied().filter(|&stop| stop < g - 1e-6).collect();
            let slides = Kink::nearest(&network, &theta).is_some_and(|kink| kink.attracts());
            let why = if slides { "a neuron is on its kink" } else { "nothing pulls any more" };
            (clock.follow(&start, &reached, tolerance)?, Some((g, why)))
        }
    };
    let thetas: Vec<&[f64]> = [&start[..]].into_iter().chain(path.iter().map(|at| &at.theta[..])).collect();
    let theta = thetas[thetas.len() - 1];
    let drawn = |theta: &[f64], j: usize| [2 * j, 2 * j + 1].map(|k| LENGTH / norm(theta) * theta[k]);

    let seen = Seen::new(&network, Loss::Exponential, theta);
    let mut readings = vec![
        Reading::new("log 1/L", significant(seen.g, 4)),
        Reading::new("margin min q/|θ|²", significant(seen.normalised_margin(), 4)),
        Reading::new("smoothed margin", significant(seen.smoothed_margin(), 4)),
    ];
    let series = |name: String, look, points: Vec<[f64; 2]>| Series { name, look, points };
    let mut all = Vec::new();
    if let Some((g, why)) = stopped {
        readings.push(Reading::new("the flow stops", format!("at log 1/L = {}: {why}", significant(g, 3))));
    } else if let Ok((kept, limit, lambda)) = polish(&network, theta)
        && let Ok(kkt) = Kkt::new(&kept, &limit, &lambda)
    {
        readings.push(Reading::new("γ of the KKT point nearby", significant(kkt.gamma, 4)));
        let to = |j: usize| {
            series(format!("w_{} of the KKT point", j + 1), Look::Predicted, vec![[0.0; 2], drawn(&limit, j)])
        };
        all.extend((0..NEURONS).map(to));
    }
    for j in 0..NEURONS {
        let way = thetas.iter().map(|theta| drawn(theta, j)).collect();
        all.push(series(format!("the way of w_{}", j + 1), Look::Measured, way));
        all.push(series(format!("w_{}", j + 1), Look::Path, vec![[0.0; 2], drawn(theta, j)]));
    }
    all.push(series("label 1".to_string(), Look::Point, points[..2].to_vec()));
    all.push(series("label -1".to_string(), Look::Negative, points[2..].to_vec()));
    let panel = Panel {
        x: Axis::linear("w1 and x1", WIDE[0], WIDE[1]),
        y: Axis::linear("w2 and x2", HIGH[0], HIGH[1]),
        series: all,
        labels: vec![],
    };
    let legend = [("the way of w", Look::Measured), ("w", Look::Path), ("w of the KKT point", Look::Predicted)];
    Ok(Shown { plot: Plot { panels: vec![panel.with_legend(&legend)] }, readings })
}
