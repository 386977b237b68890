//! The exercises of the theorem.

mod gradient;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::explicit::measured;
use theoremcheck::flow::ode::{Ode, Tolerance};
use theoremcheck::lab::Lab;
use theoremcheck::real::{dot, norm};

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "three-factors",
        title: "which margin a product finds",
        points: 2,
        asks: "The network θ_1 θ_2 θ_3 x sees the single point x = 1, of label 1, and starts at (1, 2, 3). To which \
               value does the normalised margin θ_1 θ_2 θ_3/|θ|³ tend under the gradient flow of the exponential \
               loss?",
        hints: &[
            "The squares of the weights grow alike, so that their differences stay, while the weights themselves grow \
             without bound.",
            "In the end all three weights are alike, from whatever positive numbers they start.",
        ],
        solution: &[
            "θ_j θ_j' is the same for all three: θ_2² - θ_1² = 3 and θ_3² - θ_2² = 5 stay, while the squares go to \
             infinity. Relative to them the differences vanish, and the direction tends to (1, 1, 1)/√3. There the \
             margin is 3^(-3/2) = 0.19245.",
            "It is the largest possible: by the inequality of the means (θ_1² θ_2² θ_3²)^(1/3) ≤ |θ|²/3.",
        ],
        task: Task::Predict(Predict { before: "kkt-direction", digits: 3, claim: three_factors }),
    },
    Exercise {
        id: "length-grows",
        title: "how fast the length grows",
        points: 3,
        asks: "Let the margins q_n be differentiable and homogeneous of degree D, and let θ follow the gradient flow \
               of L = Σ e^(-q_n). Prove that the derivative of |θ|² in time is 2D Σ q_n e^(-q_n), and that it is \
               positive as soon as L < 1.",
        hints: &[
            "θ' = Σ e^(-q_n) ∇q_n. Multiply by θ.",
            "Differentiate q_n(cθ) = c^D q_n(θ) by c at c = 1.",
            "What does L < 1 say of every single q_n?",
        ],
        solution: &[
            "q_n(cθ) = c^D q_n(θ), differentiated by c at 1, is ∇q_n·θ = D q_n, which is Euler's identity. So \
             (|θ|²)' = 2 θ·θ' = 2 Σ e^(-q_n) ∇q_n·θ = 2D Σ q_n e^(-q_n).",
            "If L < 1, every e^(-q_n) < 1, that is, q_n > 0: all terms are positive. And L never rises, so that it \
             stays so.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "gradient",
        title: "the gradient of a ReLU neuron",
        points: 2,
        asks: "Write the gradient of f = a max(0, w·x) by (a, w_1, w_2), with the value 0 for the derivative of \
               max(0, z) at z = 0.",
        hints: &[
            "Where the neuron does not see x, all derivatives are 0.",
            "Test yours by Euler's identity: f is homogeneous of degree 2, so that θ·∇f = 2 f.",
        ],
        solution: &[
            "By a it is max(0, w·x), and by w it is a x where w·x > 0, else 0. Euler's identity holds on the kink \
             too, for any choice between the two sides, since f = 0 there and w·(a x) = 0.",
        ],
        task: Task::Check(gradient::CHECK),
    },
    Exercise {
        id: "neuron-mistake",
        title: "a neuron that sees everything",
        points: 2,
        asks: "The function is to compute the dual norm that its comment defines. Which line is wrong?",
        hints: &["Which points does a ReLU neuron see?"],
        solution: &["A neuron sees the points with u·x_n > 0 only: max(u·x_n, 0), not |u·x_n|."],
        task: Task::Mistake(Mistake {
            fault: "every-neuron-sees",
            caught_by: "kkt-is-not-optimal",
            file: "theorems/homogeneous/optimality.rs",
            function: "dual_norm",
            find: "w * dot(x, u).max(0.0)",
            put: "w * dot(x, u).abs()",
        }),
    },
];

/// The flow of q = θ_1 θ_2 θ_3 by the clock q, which with a single point is log 1/L: θ' = ∇q/|∇q|².
struct Product;

impl Ode for Product {
    fn dim(&self) -> usize {
        3
    }

    fn rate(&self, _: f64, theta: &[f64], out: &mut [f64]) {
        let gradient: [f64; 3] = std::array::from_fn(|i| theta[(i + 1) % 3] * theta[(i + 2) % 3]);
        let square = dot(&gradient, &gradient);
        out.iter_mut().zip(gradient).for_each(|(out, g)| *out = g / square);
    }
}

fn three_factors(_: &Lab, claims: &mut Claims) -> Result<()> {
    const END: f64 = 1e9;
    let margin = |theta: &[f64]| theta.iter().product::<f64>() / (norm(theta) * norm(theta) * norm(theta));
    // |θ| is above 1000 there, and the margin, of degree 0, has a gradient of at most a few thousandths.
    let found = measured(&Product, 6.0, &[1.0, 2.0, 3.0], END, Tolerance::new(1e-11, 1e-11), 2e-3, margin)?;
    // The squares s differ by at most 8, and are at least 10^6 - 8: the margin is (Π s)^(1/2)/(Σ s)^(3/2), off by about
    // the variance of s over 2 s².
    let next = Slack::next_term(64.0 / 1e12, 1.0);
    claims.equal("margin, log 1/L = 1e9", found, 1.0 / 27.0_f64.sqrt(), next);
    Ok(())
}
