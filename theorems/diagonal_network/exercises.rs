//! The exercises of the theorem.

mod limit;

use super::network::{TIGHT, Weights};
use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::flow::explicit::measured;
use theoremcheck::lab::Lab;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{bisect, exp};

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "what-is-left-beside-the-support",
        title: "how sparse is sparse",
        points: 2,
        asks: "β = u² - v² with u = v = .01 at the start follows the gradient flow of (β_1 + 2 β_2 - 8)²/2. The \
               solution of least l1 norm is (0, 4). What is β_1 in the end?",
        hints: &[
            "β_i = 2a sinh(x_i s) with a = α² and one s for both entries.",
            "β_1 = a (e^s - e^(-s)) and β_2 = a (e^(2s) - e^(-2s)), where s is large: compare β_1² with a β_2.",
            "β_1² ≈ a β_2, and β_2 is nearly 4.",
        ],
        solution: &[
            "The flow keeps u_i v_i = a = 10^-4, and β_i = 2a sinh(x_i s) with s the same for both, as both are \
             driven by the one residual. With x = (1, 2), β_1 = a (e^s - e^-s) and β_2 ≈ a e^(2s), so that β_1 ≈ √(a \
             β_2) = .01 √4 = .02.",
            "To be sparse to a hundredth, α must be as small as a hundredth of √β_2: the limit is right, and it is \
             slow in α.",
        ],
        task: Task::Predict(Predict { before: "sparse-rich-limit", digits: 2, claim: beside_the_support }),
    },
    Exercise {
        id: "two-layers-one-potential",
        title: "where the hyperbolic sine comes from",
        points: 3,
        asks: "Let β = u² - v², entry by entry, from u = v = α in all entries, under the gradient flow of a loss of β \
               with gradient g(t). Prove that β_i(t) = 2α² sinh(-4 ∫ g_i dt), the integral from 0 to t.",
        hints: &[
            "By the chain rule u_i' = -2 u_i g_i and v_i' = 2 v_i g_i.",
            "Both equations are linear in u_i and v_i: solve them.",
        ],
        solution: &[
            "u_i' = -2 u_i g_i gives u_i = α e^(-2h) with h = ∫ g_i dt, and v_i = α e^(2h). So β_i = u_i² - v_i² = α² \
             (e^(-4h) - e^(4h)) = 2α² sinh(-4h).",
            "For least squares g = X'(X β - y), and so arcsinh(β_i/2α²) is entry i of X'ν with one ν for all i: this \
             is the stationarity of the potential Q on the solutions.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "limit",
        title: "from the least l2 norm to the least l1 norm",
        points: 3,
        asks: "Write the limit of β = u² - v² from u = v = α for the loss (x·β - y)²/2 with two weights and one \
               example x > 0, y > 0, for any α from .001 to 1000 and right to rounding: find s with x·β = y for β_i = 2α² sinh(x_i s).",
        hints: &[
            "x·β grows with s: look for its value y by halving an interval.",
            "Where to begin? At s = 0 it is 0, and sinh(z) ≥ z gives an s that is large enough.",
            "For large α the s is tiny, which halving finds as well as any other; sinh must be right for tiny arguments too.",
        ],
        solution: &[
            "2α² |x|² s ≤ x·β(s), since sinh(z) ≥ z for z ≥ 0: the root is at most y/(2α² |x|²). For small α this is \
             large and sinh overflows to infinity, which is above y too. A hundred halvings leave nothing of the \
             interval but rounding, or two hundred if it is long.",
            "For large α, β tends to a multiple of x, the solution of least l2 norm; for small α to the solution of \
             least l1 norm, if x_1 ≠ x_2.",
        ],
        task: Task::Check(limit::CHECK),
    },
    Exercise {
        id: "metric-mistake",
        title: "a wrong metric",
        points: 2,
        asks: "The flow of β alone, with a_i = u_i v_i, which is conserved: β_i' = -4 (u_i² + v_i²) g_i. Which line \
               has another metric?",
        hints: &["(u² + v²)² = (u² - v²)² + 4 u² v²."],
        solution: &["u² + v² = √(β² + 4a²)."],
        task: Task::Mistake(Mistake {
            fault: "diagonal-mirror-constant",
            caught_by: "invariants",
            file: "theorems/diagonal_network/invariants.rs",
            function: "rate",
            find: "4.0 * self.a[i] * self.a[i]",
            put: "self.a[i] * self.a[i]",
        }),
    },
];

fn beside_the_support(_: &Lab, claims: &mut Claims) -> Result<()> {
    const ALPHA: f64 = 0.01;
    let problem = Regression { x: Points::from_rows(&[[1.0, 2.0]]), y: vec![8.0] };
    let weights = Weights { problem: &problem, depth: 2, alpha: ALPHA };
    // β_1 = u_1² - v_1², and u_1 is at most √.1 there.
    let entry = measured(&weights, 0.0, &[ALPHA; 4], 10.0, TIGHT, 0.7, |w| weights.beta(w)[0])?;
    // e^s = q, x·β = a (q - 1/q) + 2a (q² - 1/q²).
    let a = ALPHA * ALPHA;
    let q = bisect(|q| a * (q - 1.0 / q) + 2.0 * a * (q * q - 1.0 / (q * q)) - 8.0, 1.0, 1e3);
    // The plateau at 0, where u_2 grows like e^(32t), is over before t = 1; from there on the residual, of at most 8, falls
    // at the rate 4 Σ x_i² (u_i² + v_i²) ≥ 4 · 4 · 3.9.
    let left = Slack::next_term(8.0 * exp(-9.0 * 62.0), 1.0);
    claims.equal("β_1", entry, a * (q - 1.0 / q), left + Slack::rounding(64.0, a * q));
    Ok(())
}
