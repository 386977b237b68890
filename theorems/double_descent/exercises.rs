//! The exercises of the theorem.

mod best_width;

use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::least_squares::descend;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::pow;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "one-example-two-features",
        title: "more features than examples",
        points: 1,
        asks: "The truth is β = (1, 2), without noise, and the only example is x = (3, 4). Gradient descent on the \
               squared loss starts at 0. What is the excess risk |w - β|² where it ends?",
        hints: &[
            "It ends at the shortest w with x·w = x·β = 11.",
            "w is the projection of β on x, and w - β the rest.",
        ],
        solution: &[
            "w = (11/25) (3, 4) = (1.32, 1.76), and w - β = (.32, -.24), whose square is .16: of |β|² = 5 all is \
             found but what is orthogonal to x.",
            "In the mean over x one half would be left, 1 - n/p of |β|²; this example was a lucky one.",
        ],
        task: Task::Predict(Predict {
            before: "descent-reaches-it",
            digits: 2,
            claim: |_, c| {
                const STEPS: u64 = 100;
                let problem = Regression { x: Points::from_rows(&[[3.0, 4.0]]), y: vec![11.0] };
                let w = &descend(&problem, 0.02, &[0.0, 0.0], &[STEPS])[0].w;
                let risk = (w[0] - 1.0) * (w[0] - 1.0) + (w[1] - 2.0) * (w[1] - 2.0);
                // A step halves what is left of |w| = 2.2; the risk moves by at most 2 |w - β| = .8 of that.
                let left = 2.2 / pow(2.0, STEPS as f64);
                let slack = Slack::next_term(left, 0.8) + Slack::rounding(6.0 * STEPS as f64, 2.2);
                c.equal("|w - β|² after 100 steps", risk, 0.16, slack);
                Ok(())
            },
        }),
    },
    Exercise {
        id: "half-of-it-is-never-seen",
        title: "what the shortest solution cannot see",
        points: 3,
        asks: "Let X have n < p rows, linearly independent with probability one, whose joint distribution does not \
               change under rotations, and let there be no noise. Prove that for the shortest solution w the mean of \
               |w - β|² is |β|² (1 - n/p).",
        hints: &[
            "The shortest solution is P β, the projection on the row space.",
            "|β - P β|² = |β|² - β'P β. What is the mean of P?",
            "The mean of P does not change under rotations, so that it is a multiple of I; its trace is n.",
        ],
        solution: &[
            "X w = X β for the shortest w means w = P β, with P the orthogonal projection on the row space, of \
             dimension n with probability one. And |β - P β|² is |β|² - β'P β.",
            "If all rows are turned by Q, the row space is turned as well and P becomes Q P Q'. As the distribution \
             stays, the mean E of P has Q E Q' = E for every rotation Q. E is symmetric, and rotations take one of its \
             eigenvectors to every direction, so that E = c I. The trace of P is n, that of E is c p, and c = n/p.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "best-width",
        title: "how far the second descent goes",
        points: 2,
        asks: "With p ≥ n + 2 features the mean excess risk is |β|² (1 - n/p) + σ² n/(p - n - 1). Write the p from n \
               + 2 to some largest p for which it is least.",
        hints: &[
            "The loop over all p is short. But where do you expect the least value?",
            "The derivative by p vanishes where (p - n - 1)/p = σ/|β|.",
        ],
        solution: &[
            "p - n - 1 = p σ/|β| gives p = (n + 1)/(1 - σ/|β|) if the signal is stronger than the noise, |β| > σ. It is seldom \
             whole: the best p is the one below or the one above, n + 2 if it is below that, and the largest p if it is beyond.",
            "If the signal is not stronger, the risk falls for ever: the largest p is the best, and 0 would be better still.",
        ],
        task: Task::Check(best_width::CHECK),
    },
    Exercise {
        id: "left-out-mistake",
        title: "features that were left out",
        points: 2,
        asks: "Only some of the features are used; y depends on the others too. Which line forgets what its comment \
               says?",
        hints: &["What do features that are not used look like to those that are?"],
        solution: &["They are independent of the features used, so that they act like more noise, of variance |β_U|²."],
        task: Task::Mistake(Mistake {
            fault: "noise-without-what-is-left-out",
            caught_by: "selected-features",
            file: "theorems/double_descent/risk.rs",
            function: "mean_and_variance",
            find: "dot(left_out, left_out) + variance",
            put: "variance",
        }),
    },
];
