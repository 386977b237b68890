//! The logistic loss, whose slope is bounded, with steps far above the bound.

use super::experiments::{DescentRun, narrow_points};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::flow::descent::{Descent, StepRule, descend};
use theoremcheck::flow::gradient_flow::{Setup, Snapshot, blind};
use theoremcheck::flow::loss::{Loss, log_loss};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{LN_2, dot, exp, ln, ln_1p, norm, softplus};
use theoremcheck::seed::{Seed, Stream};
use theoremcheck::theorem::{Kind, Standing, Step};

pub const STEPS: &[Step] = &[
    Step {
        id: "large-steps",
        says: "On (p,a), (p,-b) with p, a, b > 0, p² < a b and the logistic loss, from w = 0, every step size leads to the \
               limit: w_1 → ∞ and w_2 → w̃_2. If b (a - b) > 2p², a large step lets the loss rise first. Late, with h = p w_1, \
               e^h (w_2 - w̃_2) tends to a constant of the data, and in each step 1/L grows by γ² η.",
        kind: Kind::Counterexample,
        standing: Standing::ProvedHere,
        notes: &["N6"],
        claims: |lab, c| {
            for run in lab.once(far_above_the_bound)?.iter() {
                large_steps(run, &mut c.of_fixed_data());
            }
            lab.run(drawn_above_the_bound).map(|run| large_steps(&run, c))
        },
    },
    Step {
        id: "plateau",
        says: "On the same points the jumps of a large step may end where one margin, u_j, is far below the other. From there \
               w moves along x_j alone: the loss stays at e^(-u_j) until η t |x_j|² is e^(u_j), is then \
               1/(η t |x_j|²), which is below its law, and comes up to its law 1/(γ² η t) after η t = e^(u_*)/|x_j|², \
               where u_* follows from the place of the landing.",
        kind: Kind::Counterexample,
        standing: Standing::Formal,
        notes: &["N6"],
        claims: |lab, c| lab.run(drawn_plateau).map(|landing| plateau(&landing, c)),
    },
];

/// (p,a), (p,-b): ŵ = (1/p, 0), γ = p, and w̃_2 = log(a/b)/(a + b), since alpha is in the ratio b : a.
#[derive(Debug, Clone, Copy)]
struct Narrow {
    p: f64,
    a: f64,
    b: f64,
}

impl Narrow {
    fn of(points: &Points) -> Narrow {
        Narrow { p: points.row(0)[0], a: points.row(0)[1], b: -points.row(1)[1] }
    }

    fn points(&self) -> Points {
        Points::from_rows(&[[self.p, self.a], [self.p, -self.b]])
    }

    fn drawn(stream: &mut Stream) -> Narrow {
        Narrow { p: stream.uniform(0.08, 0.12), a: stream.uniform(0.8, 1.0), b: stream.uniform(0.45, 0.6) }
    }

    fn w_tilde_2(&self) -> f64 {
        ln(self.a / self.b) / (self.a + self.b)
    }

    /// e^(-x_n·(0, w̃_2)), the pulls of the two points at the limit, over e^-h.
    fn pulls(&self) -> [f64; 2] {
        [exp(-self.a * self.w_tilde_2()), exp(self.b * self.w_tilde_2())]
    }

    /// lim e^h (w_2 - w̃_2): the answer across ŵ to the second term of the logistic tail.
    fn bend(&self) -> f64 {
        let Narrow { p, a, b } = *self;
        let balance = a * self.pulls()[0];
        balance * (a - b) / ((a + b) * (a * b - p * p))
    }
}

// ---------------------------------------------------------------------------------------------------
// To the limit
// ---------------------------------------------------------------------------------------------------

fn far_above(narrow: Narrow, eta: f64, doublings: u32) -> Result<DescentRun> {
    let setup = Setup { points: narrow.points(), loss: Loss::Logistic, start: vec![0.0; 2] };
    DescentRun::new(setup, StepRule::plain(eta), doublings)
}

/// (.1,.9), (.1,-.5) with η = 50 and 200, seven and twenty-seven times 2/(β σ_max²), for 2^20 steps.
pub fn far_above_the_bound() -> Result<Vec<DescentRun>> {
    let narrow = Narrow::of(&narrow_points());
    [50.0, 200.0].into_iter().map(|eta| far_above(narrow, eta, 20)).collect()
}

/// Points and a step drawn again until the run has time to come to its law.
pub fn drawn_above_the_bound(seed: Seed) -> Result<DescentRun> {
    let mut stream = seed.stream("max-margin", "large steps");
    loop {
        let narrow = Narrow::drawn(&mut stream);
        let eta = stream.uniform(30.0, 90.0);
        // Long before the end h = p w_1 grows like log t: neither by jumps, nor while one point alone pulls.
        let early = far_above(narrow, eta, 13)?.descent;
        let [.., half, whole] = &early.iterates[..] else { unreachable!("the run records its doublings") };
        if (narrow.p * (whole.w[0] - half.w[0]) - LN_2).abs() < 0.1 {
            return far_above(narrow, eta, 18);
        }
    }
}

/// Far above the bound the loss goes up first; in the end w is on the curve w_2 = w̃_2 + bend · e^-h, along which e^h
/// grows by p² η (e^(-a w̃_2) + e^(b w̃_2)) a step.
fn large_steps(run: &DescentRun, claims: &mut Claims) {
    let DescentRun { setup, descent, .. } = run;
    let narrow = Narrow::of(&setup.points);
    let Narrow { p, a, b } = narrow;
    let eta = descent.rule.eta;
    let losses = descent.log_losses(setup);
    // The first step goes to η (p, (a - b)/2).
    let after = [p * p + 0.5 * a * (a - b), p * p - 0.5 * b * (a - b)].map(|margin| softplus(-eta * margin));
    claims.equal(
        format!("rise of log L in the first step, η = {eta:.4}"),
        losses[1] - losses[0],
        ln(after[0] + after[1]) - ln(2.0 * ln(2.0)),
        Slack::rounding(16.0, eta * a),
    );
    let [.., half, whole] = &descent.iterates[..] else { unreachable!("the run records its doublings") };
    let [.., half_loss, whole_loss] = losses[..] else { unreachable!("a loss an iterate") };
    let (h, t) = (p * whole.w[0], whole.step as f64);
    let pulls = narrow.pulls();
    let (sum, squares) = (pulls[0] + pulls[1], dot(&pulls, &pulls));
    let rounded = Slack::rounding(4.0 * t, norm(&whole.w));
    claims.equal(
        format!("e^h (w_2 - log(a/b)/(a + b)) after {} steps, η = {eta:.4}", whole.step),
        (whole.w[1] - narrow.w_tilde_2()) * exp(h),
        narrow.bend(),
        // The third term of the tail, and what a step of h adds.
        Slack::next_term(narrow.bend() * (exp(-h) * (1.0 + sum) + p * p * eta * sum * exp(-h)), 8.0)
            + rounded.clone().times(exp(h) / t),
    );
    // 1/L = γ² η (t + κ log t + ..), where κ is 1/2 for the step and less γ² Σ alpha²/η for the tail.
    let kappa = 0.5 - squares / (p * p * eta * sum * sum);
    // h grows like the logarithm of the run's own clock, which counts from where the run came to its law.
    let steps = t - half.step as f64;
    let clock = exp(h) / (p * p * eta * sum);
    let growth = |log_loss: f64| exp(-log_loss);
    claims.equal(
        format!("growth of 1/(γ² η L) a step, from {} to {} steps, η = {eta:.4}", half.step, whole.step),
        (growth(whole_loss) - growth(half_loss)) / (p * p * eta * steps),
        1.0 + kappa * (h - p * half.w[0]) / steps,
        Slack::next_term((1.0 + kappa * kappa) / (clock * steps), 4.0) + rounded.times(setup.points.radius()),
    );
}

// ---------------------------------------------------------------------------------------------------
// A plateau on the way
// ---------------------------------------------------------------------------------------------------

/// Where the jumps end: from here on no step changes a margin by more than a thousandth.
struct Landing {
    narrow: Narrow,
    eta: f64,
    w: Vec<f64>,
    /// The index of the point with the lower margin.
    near: usize,
    /// Its margin, and the other's.
    margins: [f64; 2],
}

impl Landing {
    /// None if the jumps last for more than 64 steps.
    fn of(narrow: Narrow, eta: f64) -> Option<Landing> {
        let points = narrow.points();
        let setup = Setup { points: points.clone(), loss: Loss::Logistic, start: vec![0.0; 2] };
        let descent = descend(&setup, StepRule::plain(eta), &(0..=64).collect::<Vec<_>>());
        let change =
            |w: &[f64]| points.rows().map(|x| eta * dot(x, x) * exp(Loss::Logistic.log_pull(dot(x, w)))).sum::<f64>();
        let landed = descent.iterates.into_iter().find(|it| change(&it.w) < 1e-3)?;
        let margins = [0, 1].map(|n| dot(points.row(n), &landed.w));
        let near = usize::from(margins[1] < margins[0]);
        Some(Landing { narrow, eta, w: landed.w, near, margins: [margins[near], margins[1 - near]] })
    }

    /// |x_j|² of the nearer point, and by how much the other margin falls while its own grows by 1.
    fn geometry(&self) -> (f64, f64) {
        let points = self.narrow.points();
        let x = points.row(self.near);
        (dot(x, x), -dot(x, points.row(1 - self.near)) / dot(x, x))
    }

    /// u_*: the margin of the nearer point when both points pull w_2 equally hard.
    fn balance(&self) -> f64 {
        let (_, falls) = self.geometry();
        let across = [self.narrow.a, self.narrow.b];
        let [near, far] = self.margins;
        (far + falls * near - ln(across[1 - self.near] / across[self.near])) / (1.0 + falls)
    }

    /// If only the nearer point pulled, U L would be 1 with U = e^(u_j) + |x_j|² t. The pull of the other over its own is
    /// K U^(1 + θ) = c_j/c_k (U/e^(u_*))^(1 + θ), and makes e^u fall behind U by θ K U^(1 + θ)/(2 + θ) of itself. So it adds
    /// this to U L, over (U/e^(u_*))^(1 + θ).
    fn added_at_balance(&self) -> f64 {
        let (_, falls) = self.geometry();
        let across = [self.narrow.a, self.narrow.b];
        across[self.near] / across[1 - self.near] * (2.0 + 2.0 * falls) / (2.0 + falls)
    }

    /// log |x_j|² t when the other point has added about [`ADDED`].
    fn shortly_before_balance(&self) -> f64 {
        let (_, falls) = self.geometry();
        self.balance() + ln(ADDED / self.added_at_balance()) / (1.0 + falls)
    }

    /// The step at which the law would have e^h as large as it is at the balance.
    fn law_from(&self) -> f64 {
        let Narrow { p, a, b } = self.narrow;
        let h = self.balance() + [-a, b][self.near] * self.narrow.w_tilde_2();
        exp(h) / (p * p * self.eta * self.narrow.pulls().iter().sum::<f64>())
    }
}

/// A landing, with gradient descent from there for some steps, and the flow further.
pub struct Plateau {
    landing: Landing,
    setup: Setup,
    pub descent: Descent,
    /// Before the balance, shortly before it, and late.
    flow: [Snapshot; 3],
}

/// How far the flow is seen before the balance, and beyond it, as log t.
const BEFORE: f64 = 5.5;
const BEYOND: f64 = 14.0;
/// How much the other point has added to the loss when it is seen shortly before.
const ADDED: f64 = 5e-4;
/// From where on e^(-log t), times some tens, is nothing beside [`ADDED`].
const LATE: f64 = 18.0;

/// Points and a step drawn again until the run lands far from its law.
pub fn drawn_plateau(seed: Seed) -> Result<Plateau> {
    let mut stream = seed.stream("max-margin", "plateau");
    let landing = loop {
        let narrow = Narrow::drawn(&mut stream);
        let landed = Landing::of(narrow, stream.uniform(200.0, 450.0));
        let far = |landing: &Landing| landing.margins[0] < 28.0 && landing.margins[1] - landing.margins[0] > 16.0;
        // Else the logistic tail would be seen beside what the other point adds.
        let late = |landing: &Landing| landing.shortly_before_balance() > LATE;
        if let Some(landing) = landed.filter(|landing| far(landing) && late(landing)) {
            break landing;
        }
    };
    let setup = Setup { points: landing.narrow.points(), loss: Loss::Logistic, start: landing.w.clone() };
    let descent = descend(&setup, StepRule::plain(landing.eta), &[0, 1 << 14]);
    let (square, _) = landing.geometry();
    let balance = landing.balance() - ln(square);
    let shortly = landing.shortly_before_balance() - ln(square);
    let tolerance = Tolerance::new(1e-12, 1e-13);
    // The second may be the first in time, so that each has a run of its own.
    let seen = |log_t: f64| blind(&setup, &[log_t], Method::Explicit, tolerance).map(|mut at| at.remove(0));
    let flow = [seen(balance - BEFORE)?, seen(shortly)?, seen(balance + BEYOND)?];
    Ok(Plateau { landing, setup, descent, flow })
}

/// The plateau. The nearer point alone has d(e^u)/dt = η |x|², and the other margin falls meanwhile, until both pull
/// equally hard across.
fn plateau(plateau: &Plateau, claims: &mut Claims) {
    let Plateau { landing, setup, descent, flow: [early, shortly, late] } = plateau;
    let Landing { narrow, eta, near, margins: [u, far], .. } = landing;
    let (square, falls) = landing.geometry();
    // What the other point adds once e^u has grown by a factor; what the logistic tail and discrete steps add.
    let other = |growth: f64| exp(u - far) * exp((1.0 + falls) * growth) * (1.0 + falls);
    let tail = exp(-u);
    let losses = descent.log_losses(setup);
    let steps = descent.last().step as f64;
    let growth = ln_1p(square * eta * steps * exp(-u));
    claims.equal(
        format!("change of log L in {steps} steps from margins {u:.2} and {far:.2}, η = {eta:.4}"),
        losses[1] - losses[0],
        -growth,
        Slack::next_term(growth * (other(growth) + tail + square * eta * exp(-u)), 4.0)
            + Slack::rounding(4.0 * steps, norm(&landing.w)),
    );
    let time = exp(early.log_t);
    let growth = ln_1p(square * time * exp(-u));
    let error = |at: &Snapshot| Slack::rounding(at.roundings, norm(&at.state)) + Slack::integration(at.integration());
    let loss = |at: &Snapshot| log_loss(&setup.points, setup.loss, &at.state);
    let radius = setup.points.radius();
    claims.equal(
        format!("|x_j|² η t L, at e^-{BEFORE} times the time of the balance"),
        Quantity::new(square * time * exp(loss(early)), error(early).times(radius)),
        square * time / (exp(*u) + square * time),
        Slack::next_term(other(growth) + tail, 4.0),
    );
    let x = setup.points.row(*near);
    claims.equal(
        "w_2 there, moved along x_j",
        Quantity::new(early.state[1], error(early)),
        landing.w[1] + x[1] / square * growth,
        Slack::next_term((other(growth) + tail) / x[1].abs(), 4.0),
    );
    let alone = exp(*u) + square * exp(shortly.log_t);
    let added = landing.added_at_balance() * exp((1.0 + falls) * (ln(alone) - landing.balance()));
    claims.equal(
        format!("(e^(u_j) + |x_j|² η t) L - 1, when the other point has added about {ADDED}"),
        Quantity::new(alone * exp(loss(shortly)), error(shortly).times(radius)) - 1.0,
        added,
        // Its square, and the logistic tail since the landing.
        Slack::next_term(added * added * (1.0 + falls), 4.0) + Slack::next_term((1.0 + ln(alone) - u) / alone, 4.0),
    );
    // The time that the law has lost by then, as a share of the whole.
    let lost = exp(-BEYOND) * landing.law_from() * eta * square / exp(landing.balance());
    claims.equal(
        format!("γ² η t L, at e^{BEYOND} times the time of the balance"),
        Quantity::new(narrow.p * narrow.p * exp(late.log_t + loss(late)), error(late).times(radius)),
        1.0,
        Slack::next_term(lost, 4.0),
    );
    claims
        .equal(
            "w_2 - log(a/b)/(a + b) there",
            Quantity::new(late.state[1] - narrow.w_tilde_2(), error(late)),
            0.0,
            Slack::next_term(narrow.bend() * exp(-narrow.p * late.state[0]), 2.0),
        )
        .on("its value at the landing", landing.w[1] - narrow.w_tilde_2());
}
