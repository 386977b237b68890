//! The exercises of the theorem.

mod solutions;

use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::problem::points::Points;
use theoremcheck::real::dot;
use theoremcheck::reference::least_norm::decompose;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "share-that-is-left",
        title: "ten measurements of forty unknowns",
        points: 1,
        asks: "Ten independent measurements of forty unknowns are given. The solution of least l2 norm is computed \
               for each of the forty truths e_1, .., e_40. Which share of |β|² is left, in the mean over these \
               truths?",
        hints: &[
            "The share left of e_j is the squared length of what the row space does not see of it.",
            "The sum over j is the trace of I - P.",
        ],
        solution: &[
            "The share left of e_j is e_j'(I - P) e_j, and the sum over j is the trace of I - P, which is 40 - 10 for \
             any ten independent rows. In the mean it is 1 - n/d = .75, not only on average but for every X.",
        ],
        task: Task::Predict(Predict {
            before: "least-l2-forgets-the-truth",
            digits: 2,
            claim: |lab, c| {
                let (n, d) = (10, 40);
                let x = Points::new(d, lab.seed().stream("alignment", "exercise").normals(n * d))?;
                let seen = decompose(&x)?;
                let left = |j: usize| {
                    let truth: Vec<f64> = (0..d).map(|i| f64::from(i == j)).collect();
                    let rest = seen.null_part(&truth);
                    dot(&rest, &rest)
                };
                let mean = (0..d).map(left).sum::<f64>() / d as f64;
                // What the basis lacks of being orthonormal is in the error of the singular values; each truth is projected n times.
                let defect = 2.0 * seen.error / seen.sigma_least();
                let slack = Slack::certificate(defect) + Slack::rounding((4 * n * d) as f64, 1.0);
                c.equal("share left, mean over e_1, .., e_40", mean, 0.75, slack);
                Ok(())
            },
        }),
    },
    Exercise {
        id: "one-measurement",
        title: "one measurement, all on one entry",
        points: 2,
        asks: "Let x have one entry of largest size, x_1, and let y ≠ 0. Prove that among all b with x·b = y the one \
               of least l1 norm is (y/x_1, 0, .., 0), and that there is no other.",
        hints: &["|x·b| ≤ |x_1| |b|_1 for every b.", "When is that an equality?"],
        solution: &[
            "|y| = |Σ x_i b_i| ≤ Σ |x_i| |b_i| ≤ |x_1| |b|_1, so that |b|_1 ≥ |y|/|x_1|, which (y/x_1, 0, .., 0) \
             attains.",
            "In the second inequality Σ (|x_1| - |x_i|) |b_i| is lost. If nothing is lost, b_i = 0 for every i but \
             the first, since |x_i| < |x_1| there, and x·b = y gives b_1 = y/x_1.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "solutions",
        title: "two preferences",
        points: 2,
        asks: "Write both solutions of x·b = y for one measurement x ≠ 0: that of least l2 norm and that of least l1 \
               norm, where the largest entry of x is the only one of its size.",
        hints: &[
            "The first is a multiple of x.",
            "The second has a single entry, at the place of the largest entry of x.",
        ],
        solution: &[
            "y x/|x|², and y/x_k at the place k of the largest |x_k|. Which of them is nearer to the truth is for the \
             truth to say.",
        ],
        task: Task::Check(solutions::CHECK),
    },
    Exercise {
        id: "excess-mistake",
        title: "which of the two is farther",
        points: 2,
        asks: "The function collects by how much the solution of least l1 norm is farther from the truth than that of \
               least l2 norm: the excess, and how often it is positive. Which line says the opposite?",
        hints: &["The excess is positive where the solution of least l1 norm is worse."],
        solution: &["The excess is |β̂1 - β|² - |β̂2 - β|²."],
        task: Task::Mistake(Mistake {
            fault: "excess-of-the-other",
            caught_by: "dense-truth-favours-l2",
            file: "theorems/alignment/dense.rs",
            function: "redraw",
            find: "square(&difference(&l1[i], &beta)) - square(&difference(&l2[i], &beta))",
            put: "square(&difference(&l2[i], &beta)) - square(&difference(&l1[i], &beta))",
        }),
    },
];
