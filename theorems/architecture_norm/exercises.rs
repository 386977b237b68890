//! The exercises of the theorem.

mod diamond;

use super::largest_margin::largest_margin;
use super::product::Rule;
use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::problem::points::Points;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "diamond-or-disc",
        title: "the largest margin in l1",
        points: 1,
        asks: "A diagonal network w_i = a_i b_i, from a start with a_i + b_i ≠ 0 for both i, follows the gradient flow of \
               the exponential loss of the points (3, 1) and (1, 2). To which value does the margin min x_n·w/|w|_1, in the l1 norm, tend?",
        hints: &[
            "It takes the direction of the largest margin in l1. Which w = (t, 1 - t) is it?",
            "The two margins are 1 + 2t and 2 - t.",
        ],
        solution: &[
            "The least of 1 + 2t and 2 - t is largest where they agree, at t = 1/3, and is 5/3 there. The weights p = \
             (1/3, 2/3) prove that no w does better: Σ p_n x_n = (5/3, 5/3), and its largest entry is 5/3.",
        ],
        task: Task::Predict(Predict {
            before: "diagonal-takes-l1",
            digits: 3,
            claim: |_, c| {
                let points = Points::from_rows(&[[3.0, 1.0], [1.0, 2.0]]);
                let found = largest_margin(&points, &Rule::Entries.coefficients(2))?;
                let gap = Slack::certificate(found.upper - found.lower);
                c.equal("largest margin in l1, certified", found.lower, 5.0 / 3.0, gap);
                Ok(())
            },
        }),
    },
    Exercise {
        id: "least-length-of-two-layers",
        title: "why a product of vectors likes l1",
        points: 3,
        asks: "Let w be a vector, written as the entrywise product of two vectors u and v. Prove that the least value \
               of (|u|² + |v|²)/2 over all such u and v, with the Euclidean norm, is |w|_1, and say when it is \
               attained.",
        hints: &["The entries can be treated one by one.", "(u_i² + v_i²)/2 ≥ |u_i v_i|, the inequality of the means."],
        solution: &[
            "(u_i² + v_i²)/2 - |u_i v_i| = (|u_i| - |v_i|)²/2 ≥ 0, and u_i v_i = w_i. The sum over i gives (|u|² + \
             |v|²)/2 ≥ |w|_1, with equality exactly where |u_i| = |v_i| = |w_i|^(1/2) for all i: where the layers are \
             balanced.",
            "A homogeneous network looks for the shortest parameters that have margins of 1. For u and v these are \
             the w of the largest margin in l1.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "diamond",
        title: "the best direction on the diamond",
        points: 3,
        asks: "Write the w in the plane for which the margin min x_n·w/|w|_1, in the l1 norm, is largest, for points \
               that some w separates.",
        hints: &[
            "On an edge of the diamond |w|_1 = 1 every margin is linear. Where can the least of several linear \
             functions be largest?",
            "At a corner, or where two points have the same margin.",
            "On the edge (s t, r (1 - t)) with signs s and r, x·w is linear in t: try every pair of points.",
        ],
        solution: &[
            "The least of linear functions is concave on an edge, and its maximum is at an end or where two of them \
             cross. These are finitely many candidates: four corners, and one crossing an edge and pair. The best of \
             them is the answer.",
        ],
        task: Task::Check(diamond::CHECK),
    },
    Exercise {
        id: "exponent-mistake",
        title: "an exponent that depends on the depth",
        points: 2,
        asks: "The function follows a network of D linear layers. One of its exponents is not the one that its \
               comment gives. Which line?",
        hints: &["For D = 2 both exponents are 1/2."],
        solution: &[
            "What stays in the first layer is κ; it enters w with the size of the other D - 1 layers, |w|^((D-1)/D).",
        ],
        task: Task::Mistake(Mistake {
            fault: "power-of-the-depth",
            caught_by: "deep-linear-takes-l2",
            file: "theorems/architecture_norm/two_points.rs",
            function: "deep_linear_at",
            find: "pow(length, 1.0 - 1.0 / depth)",
            put: "pow(length, 1.0 / depth)",
        }),
    },
];
