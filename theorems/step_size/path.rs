//! How far gradient descent is from the flow and from the modified flow, to the orders of η that are known.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::explicit::dormand_prince;
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::separable::orthonormal_basis;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{axpy, combine, difference, distance, dot, exp, exp_m1, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "backward-error",
        says: "On the loss λw²/2, λ > 0, let K steps η take the time T = K η, x = η λ < 1 and y = λ T fixed. From w = c gradient descent less the flow is \
               -c e^-y y x/2 (1 + x (2/3 - y/4) + O(x²)), and less the modified flow, of L + η/4 |∇L|², \
               -c e^-y y x²/3 (1 + x (3/4 - y/2) + O(x²)).",
        kind: Kind::Refinement,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(quadratic).map(|run| backward_error(&run, c)),
    },
    Step {
        id: "modified-field",
        says: "On the logistic loss, as η goes to 0 with T = K η fixed, gradient descent less the modified flow is η² y(T) + O(η³), where \
               y' = -H y - (T₃(g, g)/12 + H H g/3) along the flow and y(0) = 0.",
        kind: Kind::Refinement,
        standing: Standing::Proved { cite: "hairer-lubich-wanner-2006" },
        notes: &["N22"],
        claims: |lab, c| {
            lab.once(two_points).map(|run| modified_field(&run, &mut c.of_fixed_data()))?;
            lab.run(drawn_points).map(|run| modified_field(&run, c))
        },
    },
    Step {
        id: "no-modified-loss",
        says: "The field of second order f = -(T₃(g, g)/12 + H H g/3) has ∂_1 f_2 - ∂_2 f_1 = (M H - H M)_21/6 with M = T₃(g), so that it is \
               a gradient on a disc only if M and H commute there. On the logistic loss of two points that are neither parallel nor \
               orthogonal the circulation of f around a circle, drawn until it is not small and measured by single steps, is the integral of this over the \
               disc: in general it is not 0.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N22"],
        claims: |lab, c| lab.run(around_a_circle).map(|run| no_modified_loss(&run, c)),
    },
];

/// A field on R^dim.
struct Field<F> {
    dim: usize,
    rate: F,
}

impl<F: Fn(&[f64], &mut [f64])> Ode for Field<F> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn rate(&self, _: f64, w: &[f64], dw: &mut [f64]) {
        (self.rate)(w, dw);
    }
}

const TIGHT: Tolerance = Tolerance { absolute: 1e-13, relative: 1e-13 };

/// The end of a field's flow after time t, with what the integrator may have lost.
fn flow(start: &[f64], t: f64, rate: impl Fn(&[f64], &mut [f64])) -> Result<(Vec<f64>, Slack)> {
    let field = Field { dim: start.len(), rate };
    let (fine, coarse) = TIGHT.twice(|tolerance| dormand_prince(&field, 0.0, start, &[t], tolerance))?;
    let w = fine.states[0].clone();
    let slack = Slack::integration(distance(&w, &coarse.states[0]))
        + Slack::rounding(fine.roundings[0], norm(&w) + norm(start));
    Ok((w, slack))
}

/// A loss with its first three derivatives in some directions.
trait Smooth {
    fn gradient(&self, w: &[f64]) -> Vec<f64>;
    fn hessian(&self, w: &[f64], v: &[f64]) -> Vec<f64>;

    fn descend(&self, start: &[f64], eta: f64, steps: usize) -> Vec<f64> {
        let mut w = start.to_vec();
        for _ in 0..steps {
            axpy(-eta, &self.gradient(&w), &mut w);
        }
        w
    }

    /// -∇(L + η/4 |∇L|²) = -(g + η/2 H g).
    fn modified(&self, eta: f64, w: &[f64], out: &mut [f64]) {
        let g = self.gradient(w);
        let bent = combine(0.5 * eta, &self.hessian(w, &g), &g);
        out.iter_mut().zip(bent).for_each(|(out, bent)| *out = -bent);
    }
}

// ---------------------------------------------------------------------------------------------------
// A quadratic
// ---------------------------------------------------------------------------------------------------

/// w·Hw/2.
struct Quadratic {
    lambda: Vec<f64>,
    axes: Vec<Vec<f64>>,
}

impl Smooth for Quadratic {
    fn gradient(&self, w: &[f64]) -> Vec<f64> {
        self.hessian(w, w)
    }

    fn hessian(&self, _: &[f64], v: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; v.len()];
        self.lambda.iter().zip(&self.axes).for_each(|(lambda, axis)| axpy(lambda * dot(axis, v), axis, &mut sum));
        sum
    }
}

/// Gradient descent, the flow and the modified flow at the same time.
pub(super) struct Backward {
    lambda: Vec<f64>,
    axes: Vec<Vec<f64>>,
    start: Vec<f64>,
    eta: f64,
    steps: usize,
    pub(super) descent: Vec<f64>,
    flow: (Vec<f64>, Slack),
    modified: (Vec<f64>, Slack),
}

pub(super) fn quadratic(seed: Seed) -> Result<Backward> {
    let stream = &mut seed.stream("step-size", "quadratic");
    let axes = orthonormal_basis(&stream.normals(3), stream);
    let lambda: Vec<f64> = [0.4, 0.9, 1.5].map(|l| l * stream.uniform(0.8, 1.2)).to_vec();
    let mut start = vec![0.0; 3];
    for axis in &axes {
        let sign = if stream.uniform(-1.0, 1.0) < 0.0 { -1.0 } else { 1.0 };
        axpy(sign * stream.uniform(0.5, 1.5), axis, &mut start);
    }
    let time = stream.uniform(1.0, 2.0);
    let steps = stream.uniform(150.0, 250.0).floor() as usize;
    let eta = time / steps as f64;
    let loss = Quadratic { lambda, axes };
    let descent = loss.descend(&start, eta, steps);
    let plain = flow(&start, time, |w, out| loss.modified(0.0, w, out))?;
    let modified = flow(&start, time, |w, out| loss.modified(eta, w, out))?;
    let Quadratic { lambda, axes } = loss;
    Ok(Backward { lambda, axes, start, eta, steps, descent, flow: plain, modified })
}

/// For several steps: the distances of gradient descent from the flow and from the modified flow, measured and to leading
/// order, from the same start.
pub(super) fn distances(seed: Seed) -> Result<Vec<(f64, [[f64; 2]; 2])>> {
    let Backward { lambda, axes, start, .. } = quadratic(seed)?;
    let loss = Quadratic { lambda, axes };
    let time = 1.5;
    let at = |k: u32| {
        let steps = 10 * (1 << k);
        let eta = time / f64::from(steps);
        let descent = loss.descend(&start, eta, steps as usize);
        let apart = |bent: f64| -> Result<f64> {
            Ok(distance(&descent, &flow(&start, time, |w, out| loss.modified(bent, w, out))?.0))
        };
        let leading = |order: i32| {
            let term = |(lambda, axis): (&f64, &Vec<f64>)| {
                let (x, y) = (eta * lambda, time * lambda);
                dot(axis, &start) * exp(-y) * y * if order == 1 { x / 2.0 } else { x * x / 3.0 }
            };
            norm(&loss.lambda.iter().zip(&loss.axes).map(term).collect::<Vec<f64>>())
        };
        Ok((eta, [[apart(0.0)?, leading(1)], [apart(eta)?, leading(2)]]))
    };
    (0..8).map(at).collect()
}

/// Σ x^k/(k + 1) from this k on, 0 < x < 1.
fn tail(x: f64, from: i32) -> f64 {
    let terms = (from..).map(|k| pow(x, f64::from(k)) / f64::from(k + 1));
    terms.take_while(|term| *term > f64::EPSILON * x * x * x).sum()
}

/// Backward error. (1 - x)^K = exp(-y (1 + x/2 + x²/3 + x³/4 + ..)); the flow stops after the first term, the modified
/// flow after the second.
fn backward_error(run: &Backward, claims: &mut Claims) {
    let Backward { lambda, axes, start, eta, steps, descent, flow, modified } = run;
    let time = *steps as f64 * eta;
    for (lambda, axis) in lambda.iter().zip(axes) {
        let (x, y) = (eta * lambda, lambda * time);
        let c = dot(axis, start);
        let measured = |(end, slack): &(Vec<f64>, Slack)| {
            let rounding = Slack::rounding(16.0 * *steps as f64, norm(start));
            Quantity::new(dot(axis, &difference(descent, end)), slack.clone() + rounding)
        };
        let first = -c * exp(-y) * y * x / 2.0;
        // The series with all signs positive, which bounds what is left of it.
        let whole = exp_m1(y * tail(x, 1)) / (y * x / 2.0);
        claims.equal(
            format!("gradient descent less the flow, x = {x:.5}, y = {y:.4}"),
            measured(flow),
            first * (1.0 + x * (2.0 / 3.0 - y / 4.0) + x * x * (0.5 - y / 3.0 + y * y / 24.0)),
            Slack::next_term(
                first * (whole - 1.0 - x * (2.0 / 3.0 + y / 4.0) - x * x * (0.5 + y / 3.0 + y * y / 24.0)),
                1.0,
            ),
        );
        let second = -c * exp(-y) * y * x * x / 3.0;
        let whole = exp(y * x / 2.0) * exp_m1(y * tail(x, 2)) / (y * x * x / 3.0);
        claims.equal(
            format!("gradient descent less the modified flow, x = {x:.5}, y = {y:.4}"),
            measured(modified),
            second * (1.0 + x * (0.75 - y / 2.0) + x * x * (0.6 - y * 13.0 / 24.0 + y * y / 8.0)),
            Slack::next_term(
                second * (whole - 1.0 - x * (0.75 + y / 2.0) - x * x * (0.6 + y * 13.0 / 24.0 + y * y / 8.0)),
                1.0,
            ),
        );
    }
}

// ---------------------------------------------------------------------------------------------------
// The logistic loss
// ---------------------------------------------------------------------------------------------------

/// Σ log(1 + e^(-x_n·w)).
struct Logistic {
    points: Points,
}

impl Logistic {
    /// Σ ℓ^(k)(x_n·w) Π (x_n·v) x_n, over k - 1 directions v.
    fn derivative(&self, w: &[f64], of: impl Fn(f64) -> f64, directions: &[&[f64]]) -> Vec<f64> {
        let weight =
            |x: &[f64]| of(1.0 / (1.0 + exp(dot(x, w)))) * directions.iter().map(|v| dot(x, v)).product::<f64>();
        let weights: Vec<f64> = self.points.rows().map(weight).collect();
        self.points.combination(&weights)
    }

    /// T₃(v, v').
    fn third(&self, w: &[f64], v: &[f64], other: &[f64]) -> Vec<f64> {
        self.derivative(w, |p| p * (1.0 - p) * (2.0 * p - 1.0), &[v, other])
    }

    /// -(T₃(g, g)/12 + H H g/3).
    fn second_field(&self, w: &[f64]) -> Vec<f64> {
        let g = self.gradient(w);
        let twice = self.hessian(w, &self.hessian(w, &g));
        self.third(w, &g, &g).iter().zip(twice).map(|(t, h)| -(t / 12.0 + h / 3.0)).collect()
    }
}

impl Smooth for Logistic {
    fn gradient(&self, w: &[f64]) -> Vec<f64> {
        self.derivative(w, |p| -p, &[])
    }

    fn hessian(&self, w: &[f64], v: &[f64]) -> Vec<f64> {
        self.derivative(w, |p| p * (1.0 - p), &[v])
    }
}

/// (gradient descent - modified flow)/η² at steps 4η, 2η, η, and y.
pub(super) struct Modified {
    name: String,
    eta: f64,
    quotients: [Vec<f64>; 3],
    errors: Slack,
    predicted: (Vec<f64>, Slack),
}

fn modified(name: String, points: Points, start: &[f64], time: f64, steps: usize) -> Result<Modified> {
    let loss = Logistic { points };
    let quotient = |steps: usize| -> Result<(Vec<f64>, Slack)> {
        let eta = time / steps as f64;
        let (end, slack) = flow(start, time, |w, out| loss.modified(eta, w, out))?;
        let apart = difference(&loss.descend(start, eta, steps), &end);
        let rounding = Slack::rounding(8.0 * steps as f64, norm(&end) + norm(start));
        Ok((apart.iter().map(|d| d / (eta * eta)).collect(), (slack + rounding).times(1.0 / (eta * eta))))
    };
    let [coarse, middle, fine] = [1, 2, 4].map(|factor| quotient(factor * steps));
    let (coarse, middle, fine) = (coarse?, middle?, fine?);
    // w and y together.
    let dim = start.len();
    let both = [start, &vec![0.0; dim]].concat();
    let (end, slack) = flow(&both, time, |state, out| {
        let (w, y) = state.split_at(dim);
        let (g, bent) = (loss.gradient(w), loss.hessian(w, y));
        out[..dim].iter_mut().zip(g).for_each(|(out, g)| *out = -g);
        out[dim..].iter_mut().zip(combine(-1.0, &bent, &loss.second_field(w))).for_each(|(out, f)| *out = f);
    })?;
    Ok(Modified {
        name,
        eta: time / (4 * steps) as f64,
        errors: fine.1.times(2.0) + middle.1,
        quotients: [coarse.0, middle.0, fine.0],
        predicted: (end[dim..].to_vec(), slack),
    })
}

/// (1,2), (1,-1) from 0 to T = 4.
pub(super) fn two_points() -> Result<Modified> {
    modified("(1,2), (1,-1): ".to_string(), Points::from_rows(&[[1.0, 2.0], [1.0, -1.0]]), &[0.0; 2], 4.0, 100)
}

pub(super) fn drawn_points(seed: Seed) -> Result<Modified> {
    let stream = &mut seed.stream("step-size", "modified field");
    let mut near = |x: f64, y: f64| [x * stream.uniform(0.8, 1.25), y * stream.uniform(0.8, 1.25)];
    let points = Points::from_rows(&[near(1.0, 2.0), near(1.0, -1.0), near(-0.6, 0.8)]);
    let start = [stream.uniform(-0.5, 0.5), stream.uniform(-0.5, 0.5)];
    let time = stream.uniform(2.0, 4.0);
    modified(String::new(), points, &start, time, 100)
}

/// The second order. Of Euler's method on w' = f the modified equation is f - η/2 f'f + η² (f''(f,f)/12 + f'f'f/3).
fn modified_field(run: &Modified, claims: &mut Claims) {
    let Modified { name, eta, quotients: [coarse, middle, fine], errors, predicted: (y, slack) } = run;
    let free = |coarser: &[f64], finer: &[f64]| combine(-1.0, coarser, &combine(1.0, finer, finer));
    let (before, last) = (free(coarse, middle), free(middle, fine));
    for i in 0..y.len() {
        claims
            .equal(
                format!(
                    "{name}entry {} of (gradient descent - modified flow)/η², free of the next order, η = {eta:.4}",
                    i + 1
                ),
                Quantity::new(last[i], errors.clone()),
                y[i],
                Slack::next_term(distance(&before, &last), 1.0) + slack.clone(),
            )
            .on("|y|", norm(y));
    }
}

/// The field of second order along a circle, by single steps, and the integral of its curl over the disc.
pub(super) struct Circle {
    radius: f64,
    /// ∮ f·dw by steps η to η/4 and by η/2 to η/8, each free of the next two orders.
    circulation: [f64; 2],
    errors: Slack,
    /// The integral over the disc, with fine cells and with coarse ones.
    inside: [f64; 2],
}

const AROUND: usize = 32;

/// The angle of a point of the circle, of so many.
fn turn(k: usize) -> f64 {
    2.0 * std::f64::consts::PI * k as f64 / AROUND as f64
}

/// Points and a circle, drawn again until the circulation can be told from 0.
pub(super) fn around_a_circle(seed: Seed) -> Result<Circle> {
    let stream = &mut seed.stream("step-size", "circle");
    loop {
        let mut near = |x: f64, y: f64| [x * stream.uniform(0.8, 1.25), y * stream.uniform(0.8, 1.25)];
        let loss = Logistic { points: Points::from_rows(&[near(1.0, 2.0), near(1.0, -1.0)]) };
        let centre = [stream.uniform(-1.0, 1.0), stream.uniform(-1.0, 1.0)];
        let radius = stream.uniform(0.3, 0.4);
        let inside = [32, 16].map(|rings| loss.curl_inside(centre, radius, rings));
        if inside[0].abs() > 1e-3 {
            return circle(&loss, centre, radius, inside);
        }
    }
}

fn on_circle(centre: [f64; 2], radius: f64, k: usize) -> [f64; 2] {
    [centre[0] + radius * libm::cos(turn(k)), centre[1] + radius * libm::sin(turn(k))]
}

impl Logistic {
    /// (M H - H M)_21/6 with M = T₃(g), from the columns of both.
    fn curl(&self, w: &[f64]) -> f64 {
        let g = self.gradient(w);
        let axes = [[1.0, 0.0], [0.0, 1.0]];
        let h = axes.map(|axis| self.hessian(w, &axis));
        let m = axes.map(|axis| self.third(w, &g, &axis));
        (m[0][1] * h[0][0] + m[1][1] * h[0][1] - h[0][1] * m[0][0] - h[1][1] * m[0][1]) / 6.0
    }

    /// Its integral over a disc, by the midpoint rule along the radius.
    fn curl_inside(&self, centre: [f64; 2], radius: f64, rings: usize) -> f64 {
        let h = radius / rings as f64;
        let ring = |i: usize| {
            let r = (i as f64 + 0.5) * h;
            (0..AROUND).map(|k| self.curl(&on_circle(centre, r, k))).sum::<f64>() * r * h * turn(1)
        };
        (0..rings).map(ring).sum()
    }
}

fn circle(loss: &Logistic, centre: [f64; 2], radius: f64, inside: [f64; 2]) -> Result<Circle> {
    let mut errors = Slack::default();
    let mut circulation = [0.0; 4];
    for (sum, eta) in circulation.iter_mut().zip([0.08, 0.04, 0.02, 0.01]) {
        for k in 0..AROUND {
            let w = on_circle(centre, radius, k);
            let (end, slack) = flow(&w, eta, |w, out| loss.modified(eta, w, out))?;
            let apart = difference(&loss.descend(&w, eta, 1), &end);
            let length = radius * turn(1) / (eta * eta * eta);
            *sum += length * (libm::cos(turn(k)) * apart[1] - libm::sin(turn(k)) * apart[0]);
            errors = errors + (slack + Slack::rounding(8.0, norm(&w))).times(6.0 * length);
        }
    }
    let [a, b, c, d] = circulation;
    let free = |a: f64, b: f64, c: f64| (4.0 * (2.0 * c - b) - (2.0 * b - a)) / 3.0;
    Ok(Circle { radius, circulation: [free(a, b, c), free(b, c, d)], errors, inside })
}

/// No modified loss. The antisymmetric part of the derivative of T₃(g,g)/12 + HHg/3 is a commutator.
fn no_modified_loss(run: &Circle, claims: &mut Claims) {
    let Circle { radius, circulation: [coarse, fine], errors, inside } = run;
    // The midpoint rule is off by a quarter as much with half the cells.
    let slack = Slack::next_term(fine - coarse, 1.0) + Slack::next_term(inside[0] - inside[1], 0.1);
    claims.equal(
        format!("∮ f·dw around a circle of radius {radius:.4}, by single steps"),
        Quantity::new(*fine, errors.clone()),
        inside[0] + (inside[0] - inside[1]) / 3.0,
        slack.clone(),
    );
    let unsure = slack + errors.clone();
    claims.at_least("its size over its slack", fine.abs() / unsure.total(), 10.0, Slack::rounding(8.0, 10.0));
}
