//! The exercises of the theorem.

mod steepest;

use super::largest_margin::largest_margin;
use super::norm::Norm;
use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::problem::points::Points;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "margin-of-sign-descent",
        title: "what sign descent finds",
        points: 2,
        asks: "Sign descent, which is steepest in l_inf, runs on the exponential loss of the points (3, -1) and (-1, 2), with steps \
               for which Σ η = ∞ and Σ η² < ∞. To which value does the margin min x_n·w/max |w_i| tend?",
        hints: &[
            "It is the largest margin in l_inf: look at the square with |w_1| ≤ 1 and |w_2| ≤ 1.",
            "On its upper edge w = (s, 1) the margins are 3s - 1 and 2 - s.",
        ],
        solution: &[
            "3s - 1 = 2 - s at s = 3/4, with the margin 5/4. On the right edge (1, t) the margins are 3 - t and 2t - \
             1 ≤ 1: less. The weights p = (1/4, 3/4) prove that it is the largest: Σ p_n x_n = (0, 5/4), and the dual \
             norm, l1, of this is 5/4.",
            "Gradient descent and coordinate descent take the same direction here: both points are support vectors in each of the norms, and in \
             the plane two equal margins fix the direction. Only the largest margin differs: it is 1 in l2 and 5/7 in l1.",
        ],
        task: Task::Predict(Predict {
            before: "normalised-flow",
            digits: 3,
            claim: |_, c| {
                let points = Points::from_rows(&[[3.0, -1.0], [-1.0, 2.0]]);
                let found = largest_margin(&points, &Norm::LInf)?;
                let gap = Slack::certificate(found.upper - found.lower);
                c.equal("largest margin in l_inf, certified", found.gamma, 1.25, gap);
                Ok(())
            },
        }),
    },
    Exercise {
        id: "weights-that-prove-a-margin",
        title: "weights that prove a margin",
        points: 2,
        asks: "Let p_n ≥ 0 be weights of sum 1, and ‖·‖_* the dual norm. Prove that min x_n·w ≤ ‖Σ p_n x_n‖_* for \
               every w with ‖w‖ ≤ 1. What follows if both sides agree for some w and p?",
        hints: &[
            "The least of several numbers is at most their mean.",
            "z·w ≤ ‖z‖_* ‖w‖ is how the dual norm is defined.",
        ],
        solution: &[
            "min x_n·w ≤ Σ p_n x_n·w = (Σ p_n x_n)·w ≤ ‖Σ p_n x_n‖_* ‖w‖ ≤ ‖Σ p_n x_n‖_*.",
            "If both sides agree for w and p, no other w has a larger margin and no other p a smaller right side: w \
             and p prove each other to be best. The harness certifies every margin like this, whoever found it.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "steepest",
        title: "the steepest direction in three norms",
        points: 2,
        asks: "Write the direction u of length 1 in l1, l2 or l_inf for which z·u is largest, for z ≠ 0.",
        hints: &[
            "In l2 it is z/|z|. In l_inf every entry may be as large as 1.",
            "In l1 all is spent on one entry. On which?",
        ],
        solution: &[
            "In l_inf u_i is the sign of z_i, and z·u = |z|_1. In l1 u is the sign of the largest entry at its place, \
             and z·u is its size: coordinate descent. The largest z·u is the dual norm of z.",
        ],
        task: Task::Check(steepest::CHECK),
    },
    Exercise {
        id: "offset-mistake",
        title: "a quotient upside down",
        points: 2,
        asks: "In the limit the margins are x_n·w = g - log p_n. The function compares x_1·w - x_n·w with that, and \
               counts from 0. Which line is wrong?",
        hints: &["Subtract the two margins."],
        solution: &["x_1·w - x_n·w = log p_n - log p_1, which is log(p_n/p_1)."],
        task: Task::Mistake(Mistake {
            fault: "steepest-offset-sign",
            caught_by: "offsets",
            file: "theorems/steepest_descent/constants.rs",
            function: "offsets",
            find: "ln(p[n] / p[0])",
            put: "ln(p[0] / p[n])",
        }),
    },
];
