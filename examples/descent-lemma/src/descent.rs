//! Gradient descent on a function whose gradient is Lipschitz.
//!
//! Nothing of the measured numbers is known to the predictions but L, μ, the step and the start: the iterates are those of
//! x - η ∇f(x) in turned coordinates, the predictions come from the curvatures.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Predict, Task, exercises};
use theoremcheck::figure::{Axis, Look, Panel, Plot, Series};
use theoremcheck::lab::Lab;
use theoremcheck::real::{combine, dot, norm, pow, reject};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Control, Figure, Finding, Hypothesis, Kind, Standing, Step, Theorem};

pub static THEOREM: Theorem = Theorem {
    id: "descent",
    title: "Gradient descent on a smooth function",
    says: "Let ∇f be Lipschitz with constant L, and x⁺ = x - η ∇f(x) with 0 < η < 2/L. Then \
           f(x⁺) ≤ f(x) - η (1 - η L/2) |∇f(x)|². If f is convex with a minimiser at a distance R and η = 1/L, then \
           f(x_K) - min f ≤ L R²/(4 K + 2). If f is a quadratic with curvatures from μ > 0 to L, the distance to the minimiser \
           falls in the end by the factor max(|1 - η μ|, |1 - η L|) a step.",
    symbols: &[
        ("L, μ", "largest and least curvature"),
        ("η", "step"),
        ("R", "distance from the start to the minimiser"),
    ],
    cites: &["drori-teboulle-2014"],
    hypotheses: &[SMALL_STEP, STRONGLY_CONVEX],
    steps: &[&[DECREASE, SUBLINEAR_RATE, LINEAR_RATE]],
    controls: &[WITHOUT_SMALL_STEP, WITHOUT_STRONG_CONVEXITY],
    figures: &[FIGURE],
    live: &[],
    exercises: exercises(&[BEST_STEP]),
    sources: &[("src/descent.rs", include_str!("descent.rs"))],
    trajectories: |lab, digest| {
        lab.run(quadratic)?.points.iter().for_each(|x| digest.fold(x));
        Ok(())
    },
    on_data: None,
};

const DECREASE: Step = Step {
    id: "decrease",
    says: "If ∇f is Lipschitz with constant L and 0 < η < 2/L, a step lowers f by at least η (1 - η L/2) |∇f|², on a quadratic \
           along the axis of curvature L by just that.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &[],
    claims: |lab, c| lab.run(quadratic).map(|run| decrease(&run, c)),
};

/// The value falls. f(x - η g) ≤ f(x) - η |g|² + (L/2) η² |g|², with equality where the curvature is L all along g.
fn decrease(run: &Run, claims: &mut Claims) {
    // Sums of d squares, each of inner products of length d.
    let ops = 4.0 * run.curvatures.len() as f64;
    let largest = run.values.windows(2).map(|f| f[1] / f[0]).fold(0.0, f64::max);
    claims.at_most("largest f(x⁺)/f(x)", largest, 1.0, Slack::rounding(ops, 1.0));
    let fall = |k: usize| (run.values[k] - run.values[k + 1]) / dot(&run.gradients[k], &run.gradients[k]);
    claims.at_least(
        "least (f(x) - f(x⁺))/|∇f|²",
        (0..run.values.len() - 1).map(fall).fold(f64::INFINITY, f64::min),
        run.eta * (1.0 - 0.5 * run.eta * run.curvatures[0]),
        // f is at most |∇f|²/2μ.
        Slack::rounding(ops, 0.5 / run.mu),
    );
    let steepest = run.walk(run.axis(0), 1);
    claims.equal(
        "(f(x) - f(x⁺))/|∇f|² along the steepest axis",
        (steepest.values[0] - steepest.values[1]) / dot(&steepest.gradients[0], &steepest.gradients[0]),
        run.eta * (1.0 - 0.5 * run.eta * run.curvatures[0]),
        Slack::rounding(ops, steepest.values[0] / dot(&steepest.gradients[0], &steepest.gradients[0])),
    );
}

const SUBLINEAR_RATE: Step = Step {
    id: "sublinear-rate",
    says: "If f is convex, ∇f Lipschitz with constant L and η = 1/L, then f(x_K) - min f ≤ L R²/(4 K + 2): Huber's function \
           with its corner at R/(2 K + 1) attains it, and a quadratic of curvature L/(2 K + 1) comes within a factor \
           (2 K/(2 K + 1))^(2 K).",
    kind: Kind::Proof,
    standing: Standing::Proved { cite: "drori-teboulle-2014" },
    notes: &[],
    claims: |lab, c| lab.run(slowest).map(|slowest| sublinear_rate(&slowest, c)),
};

/// The worst functions. Huber's has the slope L R/(2 K + 1) until x_K = R (K + 1)/(2 K + 1), the flat quadratic
/// shrinks x by 1 - 1/(2 K + 1) a step.
fn sublinear_rate(slowest: &Slowest, claims: &mut Claims) {
    let &Slowest { smoothness, distance, steps, huber, flat, seeded } = slowest;
    let k = f64::from(steps);
    let bound = smoothness * distance * distance / (4.0 * k + 2.0);
    // Three operations a step, and a square of the outcome.
    let rounding = || Slack::rounding(6.0 * k + 8.0, 1.0);
    claims.equal(format!("f(x_K)/bound for Huber's function, K = {steps}"), huber / bound, 1.0, rounding());
    let near = pow(2.0 * k / (2.0 * k + 1.0), 2.0 * k);
    claims.equal(format!("f(x_K)/bound for the flat quadratic, K = {steps}"), flat / bound, near, rounding());
    claims.at_most(format!("f(x_K)/bound for a drawn quadratic, K = {steps}"), seeded / bound, 1.0, rounding());
}

const LINEAR_RATE: Step = Step {
    id: "linear-rate",
    says: "On a quadratic with curvatures from μ > 0 to L and 0 < η < 2/L, from a start with a part along every axis, \
           |x_(k+1)|/|x_k| tends to max(|1 - η μ|, |1 - η L|), where the two are not equal.",
    kind: Kind::Proof,
    standing: Standing::ProvedHere,
    notes: &[],
    claims: |lab, c| lab.run(quadratic).map(|run| linear_rate(&run, c)),
};

/// The slowest axis wins. x_k has the parts q_i^k c_i with q_i = 1 - η h_i; the largest |q_i| is at an end of the spectrum.
fn linear_rate(run: &Run, claims: &mut Claims) {
    let q = (1.0 - run.eta * run.mu).abs().max((1.0 - run.eta * run.curvatures[0]).abs());
    let k = run.points.len() - 2;
    // The square of what the other axes have left, over that of the slowest, at most; c_i is drawn from 1/2 to 3/2.
    let others = run.curvatures.iter().map(|h| (1.0 - run.eta * h).abs() / q).filter(|ratio| *ratio < 1.0);
    let left: f64 = others.map(|ratio| 9.0 * pow(ratio, 2.0 * k as f64)).sum();
    claims.equal(
        format!("|x_(k+1)|/|x_k|, k = {k}"),
        norm(&run.points[k + 1]) / norm(&run.points[k]),
        q,
        // Two norms; what the steps before rounded shrinks along with the rest.
        Slack::next_term(0.5 * q * left, 2.0) + Slack::rounding(4.0 * run.curvatures.len() as f64, 1.0),
    );
}

const BEST_STEP: Exercise = Exercise {
    id: "best-step",
    title: "the best of all constant steps",
    points: 2,
    asks: "A quadratic of two variables has the curvatures 1 and 9. By which factor does the distance to the minimiser fall in a \
           step, with the constant step for which it falls fastest?",
    hints: &[
        "The factor is the larger of |1 - η| and |1 - 9 η|.",
        "One grows with η where the other falls: they are best equal.",
    ],
    solution: &["1 - η = 9 η - 1 at η = 2/(1 + 9) = .2, with the factor .8, which is (L - μ)/(L + μ)."],
    task: Task::Predict(Predict {
        before: "linear-rate",
        digits: 2,
        claim: |_, c| {
            let start = [3.0, 4.0];
            let next = [start[0] - 0.2 * start[0], start[1] - 0.2 * 9.0 * start[1]];
            c.equal("|x⁺|/|x|, η = .2", norm(&next) / norm(&start), 0.8, Slack::rounding(16.0, 1.0));
            Ok(())
        },
    }),
};

const SMALL_STEP: Hypothesis = Hypothesis {
    id: "small-step",
    says: "0 < η < 2/L.",
    verify: |lab| {
        let run = lab.run(quadratic)?;
        let product = run.eta * run.curvatures[0];
        Ok(Finding { holds: product > 0.0 && product < 2.0, detail: format!("η L = {product:.3}") })
    },
    only_sufficient: None,
};

const STRONGLY_CONVEX: Hypothesis = Hypothesis {
    id: "strong-convexity",
    says: "The least curvature μ is above 0, for the linear rate.",
    verify: |lab| {
        let run = lab.run(quadratic)?;
        let least = run.curvatures.iter().copied().fold(f64::INFINITY, f64::min);
        Ok(Finding { holds: least > 0.0, detail: format!("μ = {least:.3}") })
    },
    only_sufficient: None,
};

const WITHOUT_SMALL_STEP: Control = Control {
    without: "small-step",
    refutes: "decrease",
    on: "largest f(x⁺)/f(x)",
    says: "With η above 2/L the part along the steepest axis grows by |1 - η L| a step, and f by its square.",
    claims: |lab, c| lab.run(too_large_a_step).map(|run| decrease(&run, c)),
    instead: |lab, c| lab.run(too_large_a_step).map(|run| value_grows(&run, c)),
};

fn value_grows(run: &Run, claims: &mut Claims) {
    let q = (1.0 - run.eta * run.curvatures[0]).abs();
    let k = run.values.len() - 2;
    // Shares of the other axes, whose curvature is at most L and whose c_i at most three times that of the steepest.
    let others = run.curvatures[1..].iter().map(|h| (1.0 - run.eta * h).abs() / q);
    let left: f64 = others.map(|ratio| 9.0 * pow(ratio, 2.0 * k as f64)).sum();
    claims.equal(
        format!("f(x_(k+1))/f(x_k), k = {k}"),
        run.values[k + 1] / run.values[k],
        q * q,
        Slack::next_term(q * q * left, 2.0) + Slack::rounding(8.0 * run.curvatures.len() as f64, q * q),
    );
}

const WITHOUT_STRONG_CONVEXITY: Control = Control {
    without: "strong-convexity",
    refutes: "linear-rate",
    on: "|x_(k+1)|/|x_k|",
    says: "Along an axis without curvature nothing moves: x_k tends to the part of the start along it, and not to 0.",
    claims: |lab, c| lab.run(flat_axis).map(|run| linear_rate(&run, c)),
    instead: |lab, c| lab.run(flat_axis).map(|run| stays_on_the_flat_axis(&run, c)),
};

fn stays_on_the_flat_axis(run: &Run, claims: &mut Claims) {
    let (last, axis) = (run.points.len() - 1, run.curvatures.len() - 1);
    let part = dot(&run.axes[axis], &run.points[0]);
    // The others shrink by the factor 1 - η μ a step, or faster.
    let slowest = (1.0 - run.eta * run.mu).abs().max((1.0 - run.eta * run.curvatures[0]).abs());
    let left = pow(slowest, last as f64) * norm(&run.points[0]);
    claims.equal(
        format!("|x_k| against the part along the flat axis, k = {last}"),
        norm(&run.points[last]),
        part.abs(),
        Slack::next_term(left * left / part.abs(), 1.0) + Slack::rounding(4.0 * (axis + last) as f64, part.abs()),
    );
}

const FIGURE: Figure = Figure {
    id: "slowest-axis",
    title: "In the end one axis is left",
    says: "f(x_k) of the drawn quadratic against the number of steps k: it ends on the line of its slowest axis.",
    draw: |lab: &Lab| {
        let run = lab.run(quadratic)?;
        let series = |name: &str, look, f: &dyn Fn(usize) -> f64| Series {
            name: name.to_string(),
            look,
            points: (0..run.values.len()).step_by(2).map(|k| [k as f64, f(k)]).collect(),
        };
        let slow = run.slowest_axis();
        let part = dot(&run.axes[slow], &run.points[0]);
        let q = 1.0 - run.eta * run.curvatures[slow];
        let line = |k: usize| 0.5 * run.curvatures[slow] * part * part * pow(q * q, k as f64);
        let lowest = run.values[run.values.len() - 1];
        Ok(Plot {
            panels: vec![Panel {
                x: Axis::linear("steps k", 0.0, (run.values.len() - 1) as f64),
                y: Axis::log("f(x_k)", 0.5 * lowest, 2.0 * run.values[0]),
                series: vec![
                    series("slowest axis alone", Look::Predicted, &line),
                    series("f(x_k)", Look::Measured, &|k| run.values[k]),
                ],
                labels: vec![],
            }],
        })
    },
};

/// f(x) = 1/2 Σ h_i (q_i·x)², and what gradient descent does on it.
struct Run {
    /// q_i.
    axes: Vec<Vec<f64>>,
    /// h_i, the largest first.
    curvatures: Vec<f64>,
    /// The least curvature that is not 0.
    mu: f64,
    eta: f64,
    points: Vec<Vec<f64>>,
    values: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

impl Run {
    fn new(curvatures: Vec<f64>, eta: f64, steps: usize, stream: &mut Stream) -> Run {
        let dim = curvatures.len();
        let axes = orthonormal(dim, stream);
        let mut start = vec![0.0; dim];
        for axis in &axes {
            start = combine(stream.uniform(0.5, 1.5), axis, &start);
        }
        let mu = curvatures.iter().copied().filter(|h| *h > 0.0).fold(f64::INFINITY, f64::min);
        let empty = Run { axes, curvatures, mu, eta, points: vec![], values: vec![], gradients: vec![] };
        empty.walk(start, steps)
    }

    /// The same function from another start.
    fn walk(&self, start: Vec<f64>, steps: usize) -> Run {
        let mut run = Run {
            axes: self.axes.clone(),
            curvatures: self.curvatures.clone(),
            points: vec![start],
            values: vec![],
            gradients: vec![],
            ..*self
        };
        for k in 0..=steps {
            let x = &run.points[k];
            let parts: Vec<f64> = run.axes.iter().map(|axis| dot(axis, x)).collect();
            let mut gradient = vec![0.0; x.len()];
            for ((axis, h), part) in run.axes.iter().zip(&run.curvatures).zip(&parts) {
                gradient = combine(h * part, axis, &gradient);
            }
            run.values.push(0.5 * parts.iter().zip(&run.curvatures).map(|(part, h)| h * part * part).sum::<f64>());
            if k < steps {
                run.points.push(combine(-run.eta, &gradient, x));
            }
            run.gradients.push(gradient);
        }
        run
    }

    fn axis(&self, i: usize) -> Vec<f64> {
        self.axes[i].clone()
    }

    fn slowest_axis(&self) -> usize {
        let factor = |i: &usize| (1.0 - self.eta * self.curvatures[*i]).abs();
        (0..self.curvatures.len()).max_by(|i, j| factor(i).total_cmp(&factor(j))).expect("there are axes")
    }
}

/// Normal vectors, each less its parts along those before it, twice over.
fn orthonormal(dim: usize, stream: &mut Stream) -> Vec<Vec<f64>> {
    let mut axes: Vec<Vec<f64>> = Vec::new();
    for _ in 0..dim {
        let mut axis = stream.normals(dim);
        for _ in 0..2 {
            axis = axes.iter().fold(axis, |v, unit| reject(&v, unit));
        }
        let length = norm(&axis);
        axes.push(axis.iter().map(|x| x / length).collect());
    }
    axes
}

/// Curvatures with gaps at both ends, so that one axis is the slowest at any step.
fn spectrum(stream: &mut Stream) -> Vec<f64> {
    vec![stream.uniform(3.0, 5.0), stream.uniform(1.5, 2.5), stream.uniform(0.9, 1.4), stream.uniform(0.3, 0.5)]
}

fn quadratic(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("descent", "quadratic");
    let curvatures = spectrum(&mut stream);
    // On both sides of 2/(L + μ), where the two ends are equally slow.
    let share = if stream.uniform(0.0, 1.0) < 0.5 { stream.uniform(0.4, 0.8) } else { stream.uniform(0.97, 0.985) };
    let eta = share * 2.0 / curvatures[0];
    Ok(Run::new(curvatures, eta, 120, &mut stream))
}

fn too_large_a_step(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("descent", "too large a step");
    let curvatures = spectrum(&mut stream);
    let eta = stream.uniform(1.05, 1.3) * 2.0 / curvatures[0];
    Ok(Run::new(curvatures, eta, 120, &mut stream))
}

fn flat_axis(seed: Seed) -> Result<Run> {
    let mut stream = seed.stream("descent", "flat axis");
    let mut curvatures = spectrum(&mut stream);
    curvatures.push(0.0);
    let eta = stream.uniform(0.4, 0.8) * 2.0 / curvatures[0];
    Ok(Run::new(curvatures, eta, 120, &mut stream))
}

/// What f(x_K) is for functions on which gradient descent with η = 1/L is slow.
struct Slowest {
    smoothness: f64,
    distance: f64,
    steps: u32,
    huber: f64,
    flat: f64,
    seeded: f64,
}

fn slowest(seed: Seed) -> Result<Slowest> {
    let mut stream = seed.stream("descent", "slowest");
    let (smoothness, distance) = (stream.uniform(0.5, 4.0), stream.uniform(0.5, 3.0));
    let steps = stream.uniform(5.0, 60.0) as u32;
    let corner = distance / f64::from(2 * steps + 1);
    let flatness = smoothness / f64::from(2 * steps + 1);
    let (mut x, mut z) = (distance, distance);
    for _ in 0..steps {
        // Huber's function is L x²/2 to the corner, and a line from there.
        x -= x.min(corner);
        z -= flatness * z / smoothness;
    }
    let huber = if x > corner { smoothness * corner * (x - 0.5 * corner) } else { 0.5 * smoothness * x * x };
    let mut curvatures = vec![smoothness];
    curvatures.extend((0..4).map(|_| smoothness * stream.uniform(0.001, 0.5)));
    let run = Run::new(curvatures, 1.0 / smoothness, steps as usize, &mut stream);
    // Scaled to the distance of the others: f is homogeneous of degree two.
    let scale = distance / norm(&run.points[0]);
    let seeded = scale * scale * run.values[steps as usize];
    Ok(Slowest { smoothness, distance, steps, huber, flat: 0.5 * flatness * z * z, seeded })
}
