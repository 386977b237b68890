//! The exercises of the theorem.

mod risks;

use super::estimators::flow_from;
use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::problem::points::Points;
use theoremcheck::real::exp;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "penalty-of-a-time",
        title: "the penalty that is worth a time",
        points: 1,
        asks: "The gradient flow of (b - 1)²/2 starts at 0 and is stopped at t = 2. Which ridge penalty λ, in (b - \
               1)²/2 + λ b²/2, has the same b?",
        hints: &["Where is the flow at t = 2, and where is the minimum with the penalty?"],
        solution: &[
            "The flow is at 1 - e^-2 and ridge at 1/(1 + λ): so λ = 1/(1 - e^-2) - 1 = 1/(e² - 1) = 0.15652. The rule \
             λ = 1/t says .5.",
            "Their quotient tends to 1 for small t, and for large t the flow comes nearer to least squares, e^-t off, than ridge, \
             1/(1 + t) off. That is why the ratio of their risks is not 1.",
        ],
        task: Task::Predict(Predict {
            before: "filters",
            digits: 3,
            claim: |_, c| {
                let stopped = flow_from(&[0.0], &Points::from_rows(&[[1.0]]), &[1.0], 2.0)?;
                let b = stopped.b[0];
                let slack = stopped.slack.times(1.0 / (b * b)) + Slack::rounding(4.0, 1.0 / b);
                c.equal("1/b - 1 at t = 2", 1.0 / b - 1.0, 1.0 / (exp(2.0) - 1.0), slack);
                Ok(())
            },
        }),
    },
    Exercise {
        id: "when-to-stop",
        title: "when to stop",
        points: 3,
        asks: "Along one eigenvector with eigenvalue s > 0 the risk of the flow from 0 at time t is β² e^(-2ts) + v \
               (1 - e^(-ts))², where v is the variance of least squares. Prove that it is least at e^(-ts) = v/(β² + \
               v), if β ≠ 0 and v > 0, and compare the least risk with that of least squares.",
        hints: &[
            "With z = e^(-ts) it is a parabola in z.",
            "β² z² + v (1 - z)² has the derivative 2 β² z - 2 v (1 - z).",
        ],
        solution: &[
            "z = e^(-ts) falls from 1 to 0. The parabola β² z² + v (1 - z)² has its least value where β² z = v (1 - \
             z), at z = v/(β² + v), which lies between 0 and 1. There it is β² v/(β² + v).",
            "This is less than v, the risk of least squares, z = 0, by v²/(β² + v), and less than β², the risk of 0. \
             It is the risk of ridge with its best penalty as well: along a single eigenvector the two are the same \
             family. Along several one t must do for all.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "risks",
        title: "the risks of the flow and of ridge",
        points: 3,
        asks: "Write the risks |b - β|², in the mean over the noise, of the flow at time t and of ridge with λ = 1/t, \
               given the eigenvalues s_i of X'X/n, the components β_i, the variance of the noise and n. An eigenvalue \
               may be 0, or so small that 1 - e^(-ts) must not be computed as it stands.",
        hints: &[
            "With the filter f_i the bias is (1 - f_i) β_i and the variance f_i² σ²/(n s_i).",
            "For the flow f = 1 - e^(-x), for ridge x/(1 + x), x = t s. What is f²/s for s to 0?",
            "f²/s = t f²/x tends to 0: there is no signal to follow, and no noise comes in.",
        ],
        solution: &[
            "With g = f/x, which is (1 - e^(-x))/x or 1/(1 + x) and 1 at x = 0, the variance is σ² t² s g²/n: no \
             division by s is left.",
            "The function that computes e^z - 1 from z keeps all digits of 1 - e^(-x) for small x.",
        ],
        task: Task::Check(risks::CHECK),
    },
    Exercise {
        id: "eigenvalue-mistake",
        title: "an eigenvalue too many",
        points: 2,
        asks: "The sums of this function have a bias and a variance for each eigenvalue. One of the two is not what \
               the comment says. Which line?",
        hints: &["The filter f is s times what the code calls spread. What is f²/s?"],
        solution: &["With f = s g, g the spread, f²/s = s g²: one power of s, not two."],
        task: Task::Mistake(Mistake {
            fault: "variance-without-the-eigenvalue",
            caught_by: "risk-never-above",
            file: "theorems/early_stopping/risks.rs",
            function: "predicted",
            find: "noise * spread * spread * s / count",
            put: "noise * spread * spread * s * s / count",
        }),
    },
];
