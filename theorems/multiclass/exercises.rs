//! The exercises of the theorem.

mod gradient;

use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::problem::classes::Classes;
use theoremcheck::problem::points::Points;
use theoremcheck::reference::max_margin::max_margin;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "margin-of-three-corners",
        title: "three classes at three corners",
        points: 2,
        asks: "Three examples, the unit vectors e_1, e_2 and e_3 of ℝ³, have the classes 1, 2 and 3. What is the \
               largest margin γ = 1/|Ŵ|, in the Frobenius norm, where Ŵ is the shortest W with <A_nj, W> ≥ 1 for all \
               n and j?",
        hints: &[
            "The constraints of example n are about column n of W alone: its entry n is to exceed the two others by \
             1.",
            "The shortest such column has entries of sum zero.",
        ],
        solution: &[
            "A column with the entries a, b, b and a - b = 1 has the squared length a² + 2b², least at b = -1/3, a = \
             2/3, where it is 2/3. (If the two others differed, their mean would do as well and be shorter.) With \
             three columns |Ŵ|² = 2, and γ = 1/√2 = 0.70711.",
        ],
        task: Task::Predict(Predict {
            before: "certified-separator",
            digits: 3,
            claim: |_, c| {
                let corners = Points::from_rows(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
                let found = max_margin(&Classes::new(corners, vec![0, 1, 2])?.pair_points())?;
                let gap = Slack::certificate(found.certificate.upper - found.certificate.lower);
                c.equal("γ, certified", found.gamma, 0.5_f64.sqrt(), gap + Slack::rounding(4.0, 1.0));
                Ok(())
            },
        }),
    },
    Exercise {
        id: "rows-that-sum-to-nothing",
        title: "what all classes have in common",
        points: 2,
        asks: "Prove that the sum of the rows of W stays what it was at the start, under gradient descent and under \
               the gradient flow of cross-entropy, whatever the data.",
        hints: &[
            "What happens to the loss if the same vector is added to every row?",
            "Row i of the gradient of one example is (s_i - [i = y]) x with the softmax s. Sum over i.",
        ],
        solution: &[
            "The scores of an example enter the loss by their differences only, so that the loss does not change when \
             the same vector is added to all rows. Hence the gradient is orthogonal to all such moves: the sum of its \
             rows is 0.",
            "Or by the formula: the sum over i of (s_i - [i = y]) x is (1 - 1) x = 0. Every step, and the flow, moves \
             W by rows of sum 0.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "gradient",
        title: "softmax without overflow",
        points: 2,
        asks: "Write the gradient by W of the cross-entropy -log s_y of one example x of class y, s the softmax of \
               the scores W x, for three classes and two features. Scores may be in the thousands.",
        hints: &[
            "Row i is (s_i - [i = y]) x.",
            "The softmax does not change when the same number is taken off all scores: take off the largest.",
        ],
        solution: &[
            "With the largest score taken off every exponential is at most 1 and one of them is 1, so that nothing \
             overflows and nothing is divided by zero; what underflows is a share that is zero to rounding.",
        ],
        task: Task::Check(gradient::CHECK),
    },
    Exercise {
        id: "shift-mistake",
        title: "a part that all rows share",
        points: 2,
        asks: "Every row of W shares the mean c of the rows. The function adds what this common part costs; \
               what it calls common is to be the squared length of the matrix of k equal rows c. Which line is wrong?",
        hints: &["c is the sum over k. How long is a matrix whose k rows are all c?"],
        solution: &["Its squared length is k |c|² = k |sum|²/k² = |sum|²/k."],
        task: Task::Mistake(Mistake {
            fault: "multiclass-common-shift-counted-once",
            caught_by: "excess",
            file: "theorems/multiclass/excess.rs",
            function: "excess_of_shifted",
            find: "dot(&sum, &sum) / classes",
            put: "dot(&sum, &sum) / (classes * classes)",
        }),
    },
];
