//! The exercises of the theorem.

mod rate;

use super::hyperbola::{Product, sharpness};
use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::explicit::measured;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::real::exp;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "end-of-the-flow",
        title: "where the flow ends on the hyperbola",
        points: 2,
        asks: "The gradient flow of (u v - 1)²/2 starts at (2, 0). What is the sharpness u² + v² where it ends?",
        hints: &["What of u and v is conserved?", "u² - v² = 4 stays, and in the end u v = 1."],
        solution: &[
            "u' = -(u v - 1) v and v' = -(u v - 1) u, so that u u' = v v' and u² - v² stays 4. In the end \
             (u² + v²)² = (u² - v²)² + 4 (u v)² = 16 + 4, and the sharpness is √20 = 4.4721.",
            "Gradient descent with a step of more than 2/√20 = .447 converges there from a null set of starts only: \
             from the others it finds a flatter minimum, or none.",
        ],
        task: Task::Predict(Predict {
            before: "step-chooses-the-minimum",
            digits: 3,
            claim: |_, c| {
                // |(u, v)| is at most 20^(1/4), and the sharpness moves twice as much.
                let found = measured(&Product, 0.0, &[2.0, 0.0], 20.0, Tolerance::new(1e-12, 1e-12), 4.3, |w| {
                    sharpness([w[0], w[1]])
                })?;
                // u v - 1 falls from -1 at the rate u² + v² ≥ 4.
                c.equal("u² + v² at t = 20", found, 20.0_f64.sqrt(), Slack::next_term(exp(-80.0), 4.3));
                Ok(())
            },
        }),
    },
    Exercise {
        id: "what-a-step-does-to-the-balance",
        title: "what a long step forgets",
        points: 3,
        asks: "Gradient descent with step η runs on (u v - 1)²/2. With e = u v - 1 prove that a step multiplies u² - \
               v² by 1 - η² e². What follows for the minimum that is found, against that of the flow, if 0 < η|e| < √2 in every \
               step and u² ≠ v²?",
        hints: &[
            "The step takes (u, v) to (u - η e v, v - η e u). Factor u² - v².",
            "u + v is multiplied by 1 - η e, and u - v by 1 + η e.",
        ],
        solution: &[
            "The new sum is (u + v) (1 - η e) and the new difference (u - v) (1 + η e). Their product is (u² - v²) (1 \
             - η² e²).",
            "If 0 < η² e² < 2 the factor is below 1 in size: |u² - v²| shrinks, where the flow keeps it. At a minimum \
             (u² + v²)² = 4 + (u² - v²)². So descent ends flatter than the flow if all steps are such.",
            "Of two steps the longer one need not end flatter: from (0.9, 2.5) η = 0.45 ends at the sharpness u² + v² = 2.07, \
             and η = 0.55 at 3.17.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "rate",
        title: "the flow that descent follows exactly",
        points: 2,
        asks: "On λ w²/2 gradient descent with step η multiplies w by 1 - η λ. Write the rate κ for which the flow w' \
               = -κ w does the same in the time η, for 0 < η λ < 1, to rounding also for the smallest η.",
        hints: &[
            "e^(-κ η) = 1 - η λ.",
            "For η λ = 10^-9 the number 1 - η λ has lost nine digits of η λ. Which function takes the logarithm \
             without them?",
        ],
        solution: &[
            "κ = -log(1 - η λ)/η = λ + η λ²/2 + η² λ³/3 + ..: descent is the flow of a modified loss, with a slightly \
             larger curvature. The function that computes log(1 + z) from z loses nothing.",
        ],
        task: Task::Check(rate::CHECK),
    },
    Exercise {
        id: "step-mistake",
        title: "one step after the other",
        points: 1,
        asks: "The function is to take one step of gradient descent on (u v - 1)²/2. Which line is wrong?",
        hints: &["At which point is the gradient taken?"],
        solution: &[
            "Both components move by the gradient at the old point. To move v by the new u is another method, which \
             has other cycles and ends elsewhere.",
        ],
        task: Task::Mistake(Mistake {
            fault: "one-step-for-both",
            caught_by: "step-chooses-the-minimum",
            file: "theorems/step_size/hyperbola.rs",
            function: "step",
            find: "[u - eta * e * v, v - eta * e * u]",
            put: "[u - eta * e * v, v - eta * e * (u - eta * e * v)]",
        }),
    },
];
