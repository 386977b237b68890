//! The exercises of the theorem. The points (1, 3) and (1, -1) have ŵ = (1, 0) and p = (1/4, 3/4).

mod smoothed_margin;

use theoremcheck::claim::Slack;
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::gradient_flow::{Setup, Snapshot, blind};
use theoremcheck::flow::loss::{Loss, shares};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::points::Points;
use theoremcheck::quantity::Quantity;
use theoremcheck::real::{ln, norm};

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "shares-of-two-points",
        title: "who pulls in the end",
        points: 1,
        asks: "The gradient flow of the exponential loss runs on the points (1, 3) and (1, -1). Which share of the \
               loss, e^(-x_n·w)/L, does the point (1, 3) have in the end?",
        hints: &[
            "The direction of w tends to ŵ = (1, 0), and so must that of -∇L, which is a combination of the points.",
            "The shares q and 1 - q must make q (1, 3) + (1 - q) (1, -1) a multiple of (1, 0).",
        ],
        solution: &[
            "-∇L/L is the mean of the points, weighted by the shares. In the end it points along ŵ = (1, 0), so that \
             its second component vanishes: 3 q - (1 - q) = 0, and q = 1/4.",
            "These are the shares p_n = γ² α_n of the dual solution: ŵ = (1/4) (1, 3) + (3/4) (1, -1), and γ = 1. The \
             point that lies further up pulls with less weight.",
        ],
        task: Task::Predict(Predict {
            before: "gradient-weights-become-dual",
            digits: 2,
            claim: |lab, c| {
                let (setup, [early, late]) = &*lab.once(two_points)?;
                let share = |at: &Snapshot| shares(&setup.points, setup.loss, &at.state)[0];
                // A share moves by at most q (1 - q) |x_1 - x_2| < 1 times as much as w.
                c.equal("share of (1, 3) at t = e^40", settled(early, late, share), 0.25, Slack::default());
                Ok(())
            },
        }),
    },
    Exercise {
        id: "limit-line",
        title: "the line that the weights approach",
        points: 2,
        asks: "The weights of the gradient flow of the exponential loss on (1, 3) and (1, -1) approach a line parallel to \
               (1, 0). At which height w_2?",
        hints: &[
            "The limits of the shares are those of shares-of-two-points. What does their quotient say of w?",
            "The quotient of the shares is e^(-x_1·w)/e^(-x_2·w), in which w_1 cancels.",
        ],
        solution: &[
            "The quotient of the shares of (1, 3) and (1, -1) is e^(-(w_1 + 3 w_2)) e^(w_1 - w_2) = e^(-4 w_2), and \
             tends to (1/4)/(3/4) = 1/3. So w_2 tends to log(3)/4 = 0.27465, from every start.",
            "The step says it wherever some dual solution is positive on all support vectors: in their span the residual \
             tends to the w̃ for which the pulls e^(-x_n·w̃) are the multipliers.",
        ],
        task: Task::Predict(Predict {
            before: "residual-converges",
            digits: 2,
            claim: |lab, c| {
                let (_, [early, late]) = &*lab.once(two_points)?;
                c.equal("w_2 at t = e^40", settled(early, late, |at| at.state[1]), ln(3.0) / 4.0, Slack::default());
                Ok(())
            },
        }),
    },
    Exercise {
        id: "loss-falls-like-one-over-t",
        title: "the loss falls at least like 1/t",
        points: 3,
        asks: "Let the points be separable with margin γ, and let w follow the gradient flow of the exponential loss \
               L, a sum over the points. Prove that L(t) ≤ 1/(1/L(0) + γ² t).",
        hints: &[
            "How fast does L fall along its gradient flow?",
            "Bound |∇L| from below by the component of -∇L along ŵ.",
            "Every point has x_n·ŵ ≥ 1, so that -∇L·ŵ ≥ L. Divide by |ŵ| = 1/γ, and look at 1/L.",
        ],
        solution: &[
            "-∇L = Σ e^(-x_n·w) x_n. Its inner product with ŵ is Σ e^(-x_n·w) x_n·ŵ ≥ Σ e^(-x_n·w) = L, because x_n·ŵ \
             ≥ 1. By Cauchy and Schwarz |∇L| |ŵ| ≥ L, that is, |∇L| ≥ γ L.",
            "Along the flow L' = -|∇L|² ≤ -γ² L² in time. Hence (1/L)' = -L'/L² ≥ γ², and 1/L(t) ≥ 1/L(0) + γ² t.",
            "Where some dual solution is positive on all support vectors no constant is lost in the end: γ² t L tends to 1.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "smoothed-margin",
        title: "a margin that never underflows",
        points: 3,
        asks: "Write the smoothed margin -log(L(w))/|w| of the exponential loss L(w) = Σ e^(-x_n·w), a sum over the \
               points, so that it is right to rounding for every w ≠ 0, also where L itself is no double any more.",
        hints: &[
            "e^-800 is 0 in double precision, and e^800 infinite. Where is the largest term of the sum?",
            "Take the largest term out of the sum: log Σ e^(a_n) = a + log Σ e^(a_n - a) with a = max a_n.",
        ],
        solution: &[
            "With the least margin m taken out, L = e^-m Σ e^(m - x_n·w), where every exponent is at most 0 and one \
             of them is 0: the sum lies between 1 and N, whatever w is.",
            "It follows as well that the smoothed margin is at most min x_n·w/|w|, the margin, and at least that less \
             log(N)/|w|.",
        ],
        task: Task::Check(smoothed_margin::CHECK),
    },
    Exercise {
        id: "soft-margin-mistake",
        title: "the soft margin of two points",
        points: 2,
        asks: "On two points, both support vectors, let the second have the larger multiplier. With a hinge whose weight C is \
               slightly smaller the second point gets the weight C, and the first one such a weight that its own margin is 1. One \
               line of this check says something else. Which?",
        hints: &["Let w = b x_1 + C x_2, and write down x_1·w = 1."],
        solution: &["x_1·w = b |x_1|² + C x_1·x_2 = 1 gives b = (1 - C x_1·x_2)/|x_1|²."],
        task: Task::Mistake(Mistake {
            fault: "soft-margin-of-the-other-side",
            caught_by: "soft-margin-is-exact",
            file: "theorems/max_margin/regularisation_path.rs",
            function: "soft_margin_is_exact",
            find: "1.0 - c * dot(x1, x2)",
            put: "1.0 + c * dot(x1, x2)",
        }),
    },
];

/// The exponential flow on (1, 3) and (1, -1), at t = e^20 and e^40.
fn two_points() -> Result<(Setup, [Snapshot; 2])> {
    let points = Points::from_rows(&[[1.0, 3.0], [1.0, -1.0]]);
    let setup = Setup { points, loss: Loss::Exponential, start: vec![0.0; 2] };
    let seen = blind(&setup, &[20.0, 40.0], Method::Explicit, Tolerance::new(1e-12, 1e-12))?;
    let seen = seen.try_into().expect("a snapshot for each time");
    Ok((setup, seen))
}

/// What tends to its limit at least like 1/t: it has less far to go than it went since the earlier time. What is measured
/// moves no more than w.
fn settled(early: &Snapshot, late: &Snapshot, measure: impl Fn(&Snapshot) -> f64) -> Quantity {
    let slack = Slack::integration(late.integration())
        + Slack::next_term(measure(late) - measure(early), 1.0)
        + Slack::rounding(late.roundings + 8.0, norm(&late.state));
    Quantity::new(measure(late), slack)
}
