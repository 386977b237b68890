//! The exercises of the theorem.

mod iterate;

use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::least_squares::descend;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::pow;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "foot-of-the-perpendicular",
        title: "one equation",
        points: 1,
        asks: "Gradient descent with η = .02 minimises (3 w_1 + 4 w_2 - 10)²/2 from the start (1, 0). Where does w_1 \
               end?",
        hints: &[
            "Every step moves w along x = (3, 4).",
            "w ends where the line through the start along x meets the line x·w = 10.",
        ],
        solution: &[
            "w stays on (1, 0) + c (3, 4), and x·w = 3 + 25 c = 10 for c = 7/25. So it ends at (1.84, 1.12), the foot \
             of the perpendicular from the start, whatever the step below 2/25.",
        ],
        task: Task::Predict(Predict {
            before: "nearest-point",
            digits: 3,
            claim: |_, c| {
                const STEPS: u64 = 100;
                let problem = Regression { x: Points::from_rows(&[[3.0, 4.0]]), y: vec![10.0] };
                let end = &descend(&problem, 0.02, &[1.0, 0.0], &[STEPS])[0];
                // A step halves what is left; before, it is 7/5. Six operations a step, on numbers of at most 2.
                let left = 1.4 / pow(2.0, STEPS as f64);
                let slack = Slack::next_term(left, 1.0) + Slack::rounding(6.0 * STEPS as f64, 2.0);
                c.equal("w_1 after 100 steps", end.w[0], 1.84, slack);
                Ok(())
            },
        }),
    },
    Exercise {
        id: "nearest-of-all",
        title: "why the nearest",
        points: 3,
        asks: "Let gradient descent on |X w - y|²/2 converge from w_0 to w∞ with X w∞ = y. Prove that every other w \
               with X w = y is further from w_0.",
        hints: &[
            "What do all steps have in common?",
            "The gradient is X'(X w - y), so that w∞ - w_0 lies in the row space of X. And where does w - w∞ lie?",
            "The row space and the null space of X are orthogonal.",
        ],
        solution: &[
            "Each step adds -η X'(X w - y), an element of the row space, which is closed: so w∞ - w_0 lies in it. If \
             X w = y as well, X (w - w∞) = 0, and for every X'v in the row space X'v·(w - w∞) = v·X (w - w∞) = 0.",
            "By Pythagoras |w - w_0|² = |w - w∞|² + |w∞ - w_0|², which is more than |w∞ - w_0|² unless w = w∞.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "iterate",
        title: "a million steps at once",
        points: 2,
        asks: "Gradient descent with step η runs on (x·w - y)²/2, with a single example x ≠ 0 in the plane. Write its \
               iterate after k steps from w_0 in closed form, without a loop over the steps.",
        hints: &[
            "How does the residual x·w - y change in a step?",
            "It is multiplied by 1 - η |x|². And w moves along x.",
        ],
        solution: &[
            "With q = 1 - η |x|² the residual after k steps is q^k (x·w_0 - y). As w - w_0 is a multiple of x, w = \
             w_0 + (1 - q^k) (y - x·w_0) x/|x|². It is true above the threshold η |x|² = 2 as well, where |q| > 1.",
        ],
        task: Task::Check(iterate::CHECK),
    },
    Exercise {
        id: "power-mistake",
        title: "one step too many",
        points: 1,
        asks: "This function computes w_0 - Σ (1 - q_i^k) c_i v_i, where q_i = 1 - η σ_i². Which line is wrong?",
        hints: &["What should it return for k = 0?"],
        solution: &["q^k is e^(k log(1 - x)) with x = η σ²: the start is step 0, and k steps multiply k times."],
        task: Task::Mistake(Mistake {
            fault: "power-off-by-one",
            caught_by: "closed-form",
            file: "theorems/least_squares/experiments.rs",
            function: "predicted",
            find: "k as f64 * ln_1p(-x)",
            put: "(k + 1) as f64 * ln_1p(-x)",
        }),
    },
];
