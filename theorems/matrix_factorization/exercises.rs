//! The exercises of the theorem.

mod velocity;

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::factors::{Factors, flow, settle};
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::lab::Lab;
use theoremcheck::problem::completion::Completion;
use theoremcheck::real::exp;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "one-mode",
        title: "a single mode",
        points: 1,
        asks: "A matrix of a single entry, M = 1, is observed. The gradient flow of f = (u v - 1)² starts at u = v = \
               .1. What is u v at the time t = 1?",
        hints: &["u = v stays. What is the derivative of σ = u²?", "σ' = 4 σ (1 - σ). It is linear in 1/σ."],
        solution: &[
            "u' = -2 (u v - 1) v with u = v gives σ' = 2 u u' = 4 σ (1 - σ) for σ = u². Hence (1/σ)' = 4 - 4/σ, and \
             1/σ - 1 = (1/σ(0) - 1) e^(-4t) = 99 e^(-4t).",
            "At t = 1 it is σ = 1/(1 + 99 e^-4) = 0.3555. It was at .01 and is soon at 1: nothing, and then all at \
             once.",
        ],
        task: Task::Predict(Predict { before: "sigmoidal-modes", digits: 2, claim: one_mode }),
    },
    Exercise {
        id: "completed-entry",
        title: "the entry that is not seen",
        points: 2,
        asks: "The flow of the factors of a 2 × 2 matrix starts at U = V = αI with a tiny α, and sees all entries but \
               the first: M_12 = 2, M_21 = 3 and M_22 = 4. Which x_11 does it end at?",
        hints: &[
            "With a tiny α the first mode fits what is observed while the second is still tiny.",
            "So the limit is of rank one. Which completion is?",
        ],
        solution: &[
            "The only completion of rank one has x_11 · 4 = 2 · 3, that is, x_11 = 3/2.",
            "Here it is also the completion of least nuclear norm, because |M_12 M_21| ≤ M_22². With M_12 = M_21 = 1 \
             and M_22 = 1/2 the flow still goes to rank one, x_11 = 2, and the least nuclear norm is at 1/2: the two \
             preferences are not the same.",
        ],
        task: Task::Predict(Predict { before: "nuclear-norm-limit", digits: 2, claim: completed_entry }),
    },
    Exercise {
        id: "nuclear-norm-of-factors",
        title: "what the length of the factors says",
        points: 3,
        asks: "Prove that |X|_* ≤ (|U|² + |V|²)/2 for all factors of X = U V', with the Frobenius norm on the right, \
               and that some factors of X make it an equality.",
        hints: &[
            "By duality |X|_* is the largest <Y, X> with |Y|_op ≤ 1.",
            "<Y, U V'> = <Y V, U>. What is |Y V| at most?",
            "For the equality divide the singular values of X equally among the factors.",
        ],
        solution: &[
            "Let |Y|_op ≤ 1. Then <Y, U V'> = <Y V, U> ≤ |Y V| |U| ≤ |V| |U| ≤ (|U|² + |V|²)/2, because Y makes no \
             column of V longer. The largest of the left sides is |X|_*.",
            "With X = P Σ Q' let U = P Σ^(1/2) and V = Q Σ^(1/2). Then |U|² = |V|² is the trace of Σ, which is |X|_*.",
            "So a penalty on |U|² + |V|² is a penalty on the nuclear norm. The flow without a penalty, from a small \
             start, is another thing, as the next chapter shows.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "velocity",
        title: "the flow of the factors",
        points: 2,
        asks: "Write the velocity of the gradient flow of f, the sum of (X_ij - M_ij)² over the observed entries, \
               with X = U V': U̇ = -G V and V̇ = -G' U, where G is the gradient of f in X.",
        hints: &[
            "G_ij = 2 (X_ij - M_ij) where M_ij is observed. And where it is not?",
            "The chain rule: df = <G, dU V' + U dV'>.",
        ],
        solution: &[
            "G is zero where nothing is observed. From df = <G, dU V'> + <G, U dV'> = <G V, dU> + <G' U, dV> the \
             gradients are G V and G' U.",
            "The last claims say that U'U - V'V stands still: its derivative is -V'G'U - U'G V + U'G V + V'G'U = 0.",
        ],
        task: Task::Check(velocity::CHECK),
    },
    Exercise {
        id: "product-rule-mistake",
        title: "a derivative that is half a derivative",
        points: 2,
        asks: "Where gradient descent ends differs from where the flow ends by η times a derivative of x_11 = (U \
               V')_11. The factors are Z, and they move along E. One line of this check moves too little. Which?",
        hints: &["How many factors does x_11 have?"],
        solution: &[
            "The derivative of a product has two terms: row 1 of the U of Z with that of the V of E, and the other \
             way round.",
        ],
        task: Task::Mistake(Mistake {
            fault: "first-order-of-one-factor",
            caught_by: "discrete-steps-follow-the-flow",
            file: "theorems/matrix_factorization/discrete.rs",
            function: "discrete_steps_follow_the_flow",
            find: "dot(&row(&z.u), &row(&e.v)) + dot(&row(&e.u), &row(&z.v))",
            put: "dot(&row(&z.u), &row(&e.v))",
        }),
    },
];

const TOLERANCE: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };

fn one_mode(_: &Lab, claims: &mut Claims) -> Result<()> {
    let problem = Completion::from_rows(&[[Some(1.0)]]);
    let end = &flow(&problem, &Factors::identity(&problem, 0.1), &[1.0], TOLERANCE)?[0];
    let (sigma, lost) = end.measure(|factors| factors.entry(0, 0));
    let slack = Slack::integration(lost) + Slack::rounding(2.0 * end.roundings + 1.0, sigma);
    claims.equal("u v at t = 1", sigma, 1.0 / (1.0 + 99.0 * exp(-4.0)), slack);
    Ok(())
}

/// x_11 is (x_12 x_21 + det X)/x_22, and the determinant is known from its law.
fn completed_entry(_: &Lab, claims: &mut Claims) -> Result<()> {
    let problem = Completion::from_rows(&[[None, Some(2.0)], [Some(3.0), Some(4.0)]]);
    let (end, _) = settle(&problem, &Factors::identity(&problem, 1e-6), None, TOLERANCE)?;
    let (entry, lost) = end.measure(|factors| factors.entry(0, 0));
    let det = exp(end.factors.log_det().0);
    // Each observed entry is off by √f at most, which moves x_11 by at most 3/4 + 1/2 + 3/8 times that, and a little more.
    let misfit = end.factors.loss(&problem).sqrt();
    let slack = Slack::integration(lost) + Slack::rounding(2.0 * end.roundings + 1.0, entry);
    claims.equal("x_11, α = 1e-6", entry, 1.5, slack + Slack::next_term(det / 4.0 + 1.625 * misfit, 1.1));
    Ok(())
}
