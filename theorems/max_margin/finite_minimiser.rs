//! `run max-margin` on data that no direction separates: where the loss has its minimum, and what the dynamics do there.

use faer::{Mat, Side};
use serde_json::{Value, json};

use theoremcheck::claim::{Claims, SHARPNESS, Slack};
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::descent::{StepRule, descend_watched};
use theoremcheck::flow::gradient_flow::{Setup, blind_watched};
use theoremcheck::flow::loss::{Loss, log_loss, log_pulls, scaled_descent};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{axpy, difference, dot, exp, ln, ln_1p, norm};
use theoremcheck::reference::max_entropy::orthonormal_span;

/// The minimiser of the loss in the span of the points, and the curvature there.
pub struct Minimiser {
    /// In R^d, in the span of the points.
    pub w: Vec<f64>,
    /// The minimiser is no farther than this from `w`: what proves that there is one.
    pub radius: f64,
    /// The Hessian in the span: eigenvalues, increasing, with unit eigenvectors in R^d.
    pub curvature: Vec<(f64, Vec<f64>)>,
}

/// More of Newton's steps are not taken: the loss then has no minimiser that could be computed with.
const MOST_STEPS: usize = 200;
/// A minimiser is known if it is to this share of 1/max |x|, the distance over which the curvature changes.
const RESOLVED: f64 = 1e-6;

impl Minimiser {
    /// Newton's method with steps shortened to ln(1 + R|d|)/R, which needs no line search where |ℓ'''| ≤ ℓ'' (Sun, Tran-Dinh
    /// 2019). None if it does not come to where [`Minimiser::distance`] proves that there is a minimiser.
    pub fn find(points: &Points, loss: Loss) -> Result<Option<Minimiser>> {
        let axes = orthonormal_span(points, &(0..points.count()).collect::<Vec<_>>())?;
        let reach = points.radius();
        let mut w = vec![0.0; points.dim()];
        let mut best: Option<Minimiser> = None;
        for _ in 0..MOST_STEPS {
            let curvature = curvature(points, loss, &axes, &w)?;
            let mut force = vec![0.0; points.dim()];
            scaled_descent(points, loss, 0.0, &w, &mut force);
            let rounding = Slack::rounding(gradient_ops(points), pulls(points, loss, &w)).total();
            // An entry is a sum over the points; a backward stable method for the eigenvalues adds a small multiple of the dimension.
            let trace: f64 = curvature.iter().map(|(lambda, _)| lambda.abs()).sum();
            let doubt = Slack::rounding((points.count() + 8 * axes.len()) as f64, trace).total();
            if let Some(radius) = distance(norm(&force) + rounding, curvature[0].0 - doubt, reach) {
                if best.as_ref().is_some_and(|best| radius >= best.radius) {
                    break;
                }
                best = Some(Minimiser { w: w.clone(), radius, curvature: curvature.clone() });
            }
            let mut step = vec![0.0; points.dim()];
            curvature.iter().for_each(|(lambda, axis)| axpy(dot(axis, &force) / lambda, axis, &mut step));
            let length = reach * norm(&step);
            if length == 0.0 || !length.is_finite() {
                break;
            }
            axpy(ln_1p(length) / length, &step, &mut w);
        }
        Ok(best.filter(|best| best.radius * reach <= RESOLVED))
    }

    /// The component of v in the span of the points: what no point sees of a start stays.
    fn seen(&self, v: &[f64]) -> Vec<f64> {
        let mut inside = vec![0.0; v.len()];
        self.curvature.iter().for_each(|(_, axis)| axpy(dot(axis, v), axis, &mut inside));
        inside
    }

    /// How far weights are from it, in the span of the points.
    fn away(&self, w: &[f64]) -> Vec<f64> {
        difference(&self.seen(w), &self.w)
    }

    /// The report's `minimiser`.
    pub fn to_json(&self, setup: &Setup, outward: impl Fn(&[f64]) -> Vec<f64>) -> Value {
        json!({
            "w": outward(&self.w),
            "log_loss": log_loss(&setup.points, setup.loss, &self.w),
            "uncertainty": self.radius,
            "least_curvature": self.curvature[0].0,
        })
    }
}

/// A bound on the distance to a minimiser: with |ℓ'''| ≤ ℓ'' and R = max |x|, the slope along any direction after a distance t
/// is at least -|∇L| + λ (1 - e^(-Rt))/R, and where it is positive on a whole sphere the minimiser is inside. None if this
/// says nothing.
fn distance(slope: f64, lambda: f64, reach: f64) -> Option<f64> {
    let share = reach * slope / lambda;
    (lambda > 0.0 && share < 1.0).then(|| -ln_1p(-share) / reach)
}

/// Σ ℓ''(x_n·w) x_n x_n' in the span.
fn curvature(points: &Points, loss: Loss, axes: &[Vec<f64>], w: &[f64]) -> Result<Vec<(f64, Vec<f64>)>> {
    let bend = |x: &[f64]| {
        let u = dot(x, w);
        -exp(loss.log_pull(u)) * loss.log_pull_slope(u)
    };
    let seen: Vec<(f64, Vec<f64>)> =
        points.rows().map(|x| (bend(x), axes.iter().map(|axis| dot(axis, x)).collect())).collect();
    let entry = |i: usize, j: usize| seen.iter().map(|(bend, x)| bend * x[i] * x[j]).sum::<f64>();
    let eigen = Mat::from_fn(axes.len(), axes.len(), entry)
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::numerical("the curvature of the loss: no eigenvalues"))?;
    let outward = |k: usize| {
        let mut vector = vec![0.0; points.dim()];
        axes.iter().zip(eigen.U().col(k).iter()).for_each(|(axis, u)| axpy(*u, axis, &mut vector));
        vector
    };
    Ok((0..axes.len()).map(|k| (eigen.S()[k], outward(k))).collect())
}

/// What is watched: the rate is measured between these e-foldings of the slowest mode, and the last are taken for the end.
/// From a start at the distance r they count from e^(Rr) on, R = max |x|: the slope along a ray from the minimiser is at least
/// λ (1 - e^(-Rr))/R, so that e^(Rr) - 1 falls at the rate λ all the way.
const FOLDS: [f64; 3] = [12.0, 20.0, 40.0];

/// R times the distance of the start from the minimiser, in the span of the points.
fn far(setup: &Setup, minimiser: &Minimiser) -> f64 {
    setup.points.radius() * norm(&minimiser.away(&setup.start))
}

/// The weights at the three times, and what a unit of time is called.
pub struct Approach {
    unit: &'static str,
    times: [f64; 3],
    states: Vec<Vec<f64>>,
    /// What the computation may have lost.
    lost: Vec<Slack>,
    /// The eigenvector along which the approach is slowest, and log of the factor a unit of time there.
    axis: Vec<f64>,
    rate: f64,
    /// How far a unit of time goes along -∇L: η, or 1 for the flow.
    pace: f64,
    /// The distance from the minimiser at many times.
    path: Vec<[f64; 2]>,
}

impl Approach {
    /// The way to the minimiser, and the rate at which it ends.
    pub fn figure(&self) -> Drawing {
        let [began, .., end] = self.times;
        // The rate says how the distance falls, and not from where: through the last point before the rate is measured.
        let known = self.path.iter().rev().find(|p| p[0] <= began).or(self.path.first());
        let law = known.map(|[t, size]| Series {
            name: "e^(rate t)".to_string(),
            look: Look::Predicted,
            points: [0.0, end].map(|s| [s, size * exp(self.rate * (s - t))]).to_vec(),
        });
        let path = Series { name: "|w - argmin L|".to_string(), look: Look::Path, points: self.path.clone() };
        let time = if self.unit == "step" { "steps t" } else { "t" };
        let series = [path].into_iter().chain(law).collect();
        let panel = Panel::fitted(
            (time, Scale::Linear),
            ("|w - argmin L|", Scale::Log),
            series,
            &[("predicted rate", Look::Predicted)],
        );
        Drawing {
            title: "The way to the minimiser of the loss",
            says: "Dots: how far the weights of this run are from the minimiser of the loss, in the span of the points. The line \
               falls at the predicted rate, that of the slowest direction.",
            plot: Plot { panels: vec![panel] },
        }
    }
}

/// The flow to the minimiser, slowest along the least curvature.
pub fn by_flow(setup: &Setup, minimiser: &Minimiser) -> Result<Approach> {
    let (lambda, axis) = &minimiser.curvature[0];
    let times = FOLDS.map(|folds| (far(setup, minimiser) + folds) / lambda);
    let mut path = Vec::new();
    let see = |log_t: f64, w: &[f64]| path.push([exp(log_t), norm(&minimiser.away(w))]);
    let seen = blind_watched(setup, &times.map(ln), Method::Stiff, Tolerance::new(1e-12, 1e-12), see)?;
    let lost =
        seen.iter().map(|at| Slack::integration(at.integration()) + Slack::rounding(at.roundings, norm(&at.state)));
    Ok(Approach {
        unit: "unit of time",
        times,
        lost: lost.collect(),
        states: seen.into_iter().map(|at| at.state).collect(),
        axis: axis.clone(),
        rate: -lambda,
        pace: 1.0,
        path,
    })
}

/// How gradient descent comes to the minimiser, or why it is not followed there.
pub enum Descending {
    Arrives(Approach),
    /// η λ is not below 2 for the largest curvature λ.
    Repelled {
        largest_step: f64,
    },
    /// More steps than were asked for.
    TooLong {
        steps: f64,
    },
}

/// Gradient descent to the minimiser: by the factor 1 - ηλ along each eigenvector.
pub fn by_descent(setup: &Setup, minimiser: &Minimiser, eta: f64, most: u64) -> Descending {
    let factor = |lambda: f64| (1.0 - eta * lambda).abs();
    let slowest = minimiser.curvature.iter().max_by(|(a, _), (b, _)| factor(*a).total_cmp(&factor(*b)));
    let (lambda, axis) = slowest.expect("the points are not all zero");
    if factor(*lambda) >= 1.0 {
        return Descending::Repelled { largest_step: 2.0 / minimiser.curvature[minimiser.curvature.len() - 1].0 };
    }
    let rate = ln(factor(*lambda));
    // No more e-foldings a step than three: where steps are all but Newton's, what they leave is of second order.
    let steps = FOLDS.map(|folds| ((far(setup, minimiser) + folds) / (-rate).min(3.0)).ceil());
    if steps[2] > most as f64 {
        return Descending::TooLong { steps: steps[2] };
    }
    let mut path = Vec::new();
    let every = (steps[2] / 200.0).ceil() as u64;
    let descent = descend_watched(setup, StepRule::plain(eta), &steps.map(|steps| steps as u64), |step, w| {
        if step % every == 0 {
            path.push([step as f64, norm(&minimiser.away(w))]);
        }
    });
    let states: Vec<Vec<f64>> = descent.iterates.into_iter().map(|it| it.w).collect();
    // The roundings of a step are forgotten at the rate of the approach.
    let ops = gradient_ops(&setup.points) / (1.0 - factor(*lambda));
    let rounded = |w: &Vec<f64>| Slack::rounding(ops, norm(w) + eta * pulls(&setup.points, setup.loss, w));
    let lost = states.iter().map(rounded).collect();
    Descending::Arrives(Approach {
        unit: "step",
        times: steps,
        lost,
        states,
        axis: axis.clone(),
        rate,
        pace: eta,
        path,
    })
}

/// Σ -ℓ'_n |x_n|: what the gradient is a sum of.
fn pulls(points: &Points, loss: Loss, w: &[f64]) -> f64 {
    points.rows().zip(log_pulls(points, loss, w)).map(|(x, pull)| exp(pull) * norm(x)).sum()
}

/// The gradient is a sum over the points of what an inner product gives, times a coordinate.
fn gradient_ops(points: &Points) -> f64 {
    (points.count() + 2 * points.dim()) as f64
}

/// Where the run ends, against the minimiser; and how fast it comes there.
pub fn claims(setup: &Setup, minimiser: &Minimiser, approach: &Approach, claims: &mut Claims) {
    let Approach { unit, times, states, lost, axis, rate, pace, .. } = approach;
    let reach = setup.points.radius();
    let away: Vec<Vec<f64>> = states.iter().map(|w| minimiser.away(w)).collect();
    claims
        .equal(
            "|w - argmin L| at the end of the run",
            norm(&away[2]),
            0.0,
            Slack::certificate(minimiser.radius)
                + lost[2].clone()
                // What is left of e^(Rr) - 1, of a flow; steps are a little ahead or behind.
                + Slack::next_term(exp(-FOLDS[2]) / reach, 2.0),
        )
        .on("1/max |x|", 1.0 / reach);
    // Along the slowest axis, q, a unit of time adds at most |q·x| δ'Hδ/2 of the third derivative. That falls twice as fast as
    // q·δ: what is still to come of it, over q·δ, is a geometric series.
    let along =
        |k: usize| Quantity::new(dot(axis, &away[k]).abs(), lost[k].clone() + Slack::certificate(minimiser.radius));
    let widest = setup.points.rows().map(|x| dot(x, axis).abs()).fold(0.0, f64::max);
    let bent: f64 = minimiser
        .curvature
        .iter()
        .map(|(lambda, axis)| {
            let part = dot(axis, &away[0]);
            lambda * part * part
        })
        .sum();
    let turned = 0.5 * widest * bent * pace / (dot(axis, &away[0]).abs() * -rate);
    let span = times[1] - times[0];
    let measured = Quantity::exponent(along(0), along(1), span).with(Slack::next_term(turned / span, 2.0));
    // A start with next to nothing along the slowest axis shows another rate, and where a step is all but Newton's none is seen.
    let seen = -rate * span < 2.0 * (FOLDS[1] - FOLDS[0]);
    if seen && measured.slack.total() < SHARPNESS * -rate {
        claims.equal(
            format!("log of the factor by which w comes nearer to argmin L in a {unit}"),
            measured,
            *rate,
            Slack::rounding(4.0, *rate),
        );
    }
}
