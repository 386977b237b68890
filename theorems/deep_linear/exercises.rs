//! The exercises of the theorem.

mod velocity;

use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::deep::{Layers, flow};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::real::exp;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "three-weights",
        title: "three layers of one weight",
        points: 2,
        asks: "Three layers of one weight each start at 1, 1 and 3. The gradient flow of (w_3 w_2 w_1 - 8√3)² ends at \
               a zero of the loss. Where does the third weight end?",
        hints: &[
            "What of the weights is conserved?",
            "The differences of the squares: w_2² - w_1² stays 0, and w_3² - w_2² stays 8.",
            "With s = w_1² in the end, s² (s + 8) = 192. Try small whole numbers.",
        ],
        solution: &[
            "w_j w_j' is the same for all layers, so that the squares grow alike: w_1 = w_2 and w_3² = w_1² + 8 at \
             all times. At the end w_1² w_3 = 8√3, that is, s² (s + 8) = 192 for s = w_1². This has the solution s = \
             4 and no other positive one, since the left side grows. So w_3 = √12 = 3.4641.",
        ],
        task: Task::Predict(Predict {
            before: "balance-is-conserved",
            digits: 3,
            claim: |_, c| {
                let target = 8.0 * 3.0_f64.sqrt();
                let start = Layers { widths: vec![1; 4], entries: vec![1.0, 1.0, 3.0] };
                let gradient = move |x: &[f64]| vec![2.0 * (x[0] - target)];
                let end = &flow(&start, &gradient, &[1.0], Tolerance::new(1e-12, 1e-12))?[0];
                // What is missing of the product, 8√3 - 3 < 11, falls at the rate 2 Σ_j (Π_i≠j w_i)² ≥ 2 · 19.
                let left = Slack::next_term(11.0 * exp(-38.0), 1.0);
                c.equal(
                    "w_3",
                    end.measure(4.0, |layers| layers.entries[2]).with(left),
                    12.0_f64.sqrt(),
                    Slack::default(),
                );
                Ok(())
            },
        }),
    },
    Exercise {
        id: "power-of-the-depth",
        title: "how depth slows the small and speeds the large",
        points: 3,
        asks: "N layers of one weight each start at the same a > 0, and x = a^N is their product. Prove that under \
               the gradient flow of (x - m)² it obeys x' = 2N x^(2 - 2/N) (m - x).",
        hints: &[
            "Equal weights stay equal. What is w' of one of them?",
            "w' = -2 (x - m) w^(N - 1), and x' = N w^(N - 1) w'.",
        ],
        solution: &[
            "The derivative of the loss by one weight is 2 (x - m) times the product of the others. From equal \
             weights all velocities are equal, so that the weights stay equal, by uniqueness: w' = -2 (x - m) w^(N - \
             1).",
            "Hence x' = N w^(N - 1) w' = 2N w^(2N - 2) (m - x). For N ≥ 2 the weight 0 is at rest, so that w stays positive and \
             w^(2N - 2) = x^(2 - 2/N); for N = 1 the power is 1.",
            "At depth 1 the factor of m - x does not depend on x. The deeper, the longer a small x waits: for m > 0, from depth 3 on, \
             the time to leave a small a^N is not a logarithm of a but a power of it.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "velocity",
        title: "the velocity of every layer",
        points: 2,
        asks: "Write the velocity of the gradient flow of (x - m)², x = w_N .. w_1, for layers of one weight each. \
               Layers may be 0, so do not divide by them.",
        hints: &[
            "The derivative of a product by one of its factors is the product of the others.",
            "Take the products of the layers before and of the layers after each one.",
        ],
        solution: &[
            "w_j' is -2 (x - m) times the product of the others. With x/w_j for that product a single layer at 0 would \
             give 0/0, where the truth for m ≠ 0 is that this layer moves and all others stand still; two layers at 0 are a \
             saddle, where nothing moves.",
        ],
        task: Task::Check(velocity::CHECK),
    },
    Exercise {
        id: "root-mistake",
        title: "a root of the wrong matrix",
        points: 2,
        asks: "The function computes the preconditioned gradient that its comment names. Which line is wrong?",
        hints: &["What are the eigenvalues of X X' if σ_k are the singular values of X?"],
        solution: &["X X' has the eigenvalues σ_k², and its power j/N has σ_k^(2j/N)."],
        task: Task::Mistake(Mistake {
            fault: "deep-power-of-the-gram",
            caught_by: "end-to-end-flow",
            file: "theorems/deep_linear/end_to_end.rs",
            function: "preconditioned",
            find: "2.0 * power as f64 / depth as f64",
            put: "power as f64 / depth as f64",
        }),
    },
];
