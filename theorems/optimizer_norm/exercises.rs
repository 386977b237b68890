//! The exercises of the theorem.

mod polar;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::deep::{times, transposed};
use theoremcheck::lab::Lab;
use theoremcheck::real::{UNIT_ROUNDOFF, norm};

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "muon-on-one-gradient",
        title: "the direction that Muon takes",
        points: 2,
        asks: "The gradient is minus the matrix [[3, 0], [4, 5]]. Muon with an exact polar factor goes along the \
               orthogonal matrix Q that is nearest to this matrix. What is the entry Q_11?",
        hints: &[
            "Q is a rotation, since the determinant is positive: Q = [[c, -s], [s, c]].",
            "The polar factor is the rotation with the largest <A, Q>, which is 8c + 4s here.",
        ],
        solution: &[
            "<A, Q> = 3c + 4s + 5c = 8c + 4s is largest for (c, s) along (8, 4): c = 2/√5 = 0.89443 and s = 1/√5. Its \
             value, 4√5, is the nuclear norm of the matrix.",
            "Both singular values of the direction are 1, while those of the gradient are 3√5 and √5: Muon moves as \
             far along the weak direction as along the strong one.",
        ],
        task: Task::Predict(Predict { before: "muon-identity", digits: 3, claim: nearest_rotation }),
    },
    Exercise {
        id: "dual-of-the-spectral-norm",
        title: "the dual of the spectral norm",
        points: 3,
        asks: "Let A = Σ σ_i p_i q_i' be a singular value decomposition. Prove that <A, W> ≤ Σ σ_i for every W whose \
               largest singular value is at most 1, and that the polar factor Σ p_i q_i' attains it.",
        hints: &["<p q', W> = p'W q.", "How large is p'W q for unit vectors p and q?"],
        solution: &[
            "<A, W> = Σ σ_i p_i'W q_i, and |p_i'W q_i| ≤ |p_i| |W q_i| ≤ 1. So <A, W> ≤ Σ σ_i.",
            "For W = Σ p_i q_i' it is p_i'W q_i = 1 for every i, since the p_i are orthonormal and so are the q_i. \
             Its singular values are 1 and, where A lacks rank, 0. So the nuclear norm is the dual norm, and steepest \
             ascent in the spectral norm goes along the polar factor.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "polar",
        title: "the polar factor of a 2 × 2 matrix",
        points: 2,
        asks: "Write the polar factor of an invertible 2 × 2 matrix: the orthogonal Q with the largest <A, Q>.",
        hints: &[
            "If det A > 0 it is a rotation, [[c, -s], [s, c]]; if not, a reflection, [[c, s], [s, -c]].",
            "<A, Q> is linear in (c, s): its coefficients, over their length, are (c, s).",
        ],
        solution: &[
            "For a rotation <A, Q> = (A_11 + A_22) c + (A_21 - A_12) s, and for a reflection (A_11 - A_22) c + (A_21 \
             + A_12) s. The largest value is the length of the coefficients, whose square is |A|² + 2 |det A| = (σ_1 \
             + σ_2)².",
        ],
        task: Task::Check(polar::CHECK),
    },
    Exercise {
        id: "adam-mistake",
        title: "Adam by another measure",
        points: 2,
        asks: "The function holds the directions of four optimisers. One of them divides by something that does not \
               have the unit of a gradient. In which line is that something computed wrongly?",
        hints: &[
            "Adam without eps takes steps that do not change when all gradients are multiplied by the same number.",
        ],
        solution: &["Adam divides the mean of the gradients by the root of the mean of their squares."],
        task: Task::Mistake(Mistake {
            fault: "optimizer-norm-adam-by-mean-square",
            caught_by: "adam-without-eps",
            file: "theorems/optimizer_norm/optimizers.rs",
            function: "direction",
            find: "(v / second).sqrt() + eps",
            put: "(v / second) + eps",
        }),
    },
];

/// X <- (3 X - X X'X)/2 from A/|A|, which takes every singular value in (0, 1] to 1.
fn nearest_rotation(_: &Lab, claims: &mut Claims) -> Result<()> {
    const STEPS: usize = 20;
    let a = [3.0, 0.0, 4.0, 5.0];
    let size = norm(&a);
    let mut x: Vec<f64> = a.iter().map(|a| a / size).collect();
    for _ in 0..STEPS {
        let cube = times(&times(&x, &transposed(&x, 2), 2), &x, 2);
        x = x.iter().zip(cube).map(|(x, cube)| 1.5 * x - 0.5 * cube).collect();
    }
    // What is missing of a singular value 1 - e is (3 e² - e³)/2 after a step: from a third, after ten steps, below rounding.
    let slack = Slack::rounding(20.0 * STEPS as f64, 1.0) + Slack::next_term(UNIT_ROUNDOFF, 1.0);
    claims.equal("Q_11, by Newton and Schulz", x[0], 2.0 / 5.0_f64.sqrt(), slack);
    Ok(())
}
