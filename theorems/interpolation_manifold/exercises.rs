//! The exercises of the theorem.

mod jacobian;

use theoremcheck::claim::Slack;
use theoremcheck::exercise::{Exercise, Mistake, Predict, Task};
use theoremcheck::problem::network::Network;
use theoremcheck::problem::points::Points;
use theoremcheck::reference::least_norm::decompose;

pub const EXERCISES: &[Exercise] = &[
    Exercise {
        id: "the-same-example-twice",
        title: "parameters that are left over",
        points: 1,
        asks: "The network c + Σ a_j tanh(b_j + u_j x) with three hidden units is to fit five examples, at x = -2, -1, \
               0, 1, and 1 once more with the same target. For almost every choice of the four targets, which dimension has the set \
               of its zeros of the loss, if it is not empty?",
        hints: &["How many parameters are there?", "How many of the five equations say something of their own?"],
        solution: &[
            "There are 3 · 3 + 1 = 10 parameters. Two of the equations are the same, so that J has rank 4 at most. For almost \
             every choice of the targets (Sard) the four different equations have rank 4 at every zero, and the dimension is 10 - 4 = \
             6, not 5.",
        ],
        task: Task::Predict(Predict {
            before: "full-rank-jacobian",
            digits: 1,
            claim: |lab, c| {
                let network = Network { dim: 1, width: 3 };
                let theta = network.random(&mut lab.seed().stream("interpolation-manifold", "exercise"));
                let points = Points::from_rows(&[[-2.0], [-1.0], [0.0], [1.0], [1.0]]);
                let rank = decompose(&network.jacobian(&theta, &points))?.rank;
                c.equal("p - rank J", (network.parameters() - rank) as f64, 6.0, Slack::rounding(1.0, 1.0));
                Ok(())
            },
        }),
    },
    Exercise {
        id: "no-curve-at-the-crossing",
        title: "where the zeros cross",
        points: 3,
        asks: "Let F(a, b) = a b, one equation for two parameters, with the target 0. Prove that the zeros of F are \
               not a manifold of dimension 1 near (0, 0), and say which hypothesis of the theorem fails there.",
        hints: &[
            "What is J, and what are the zeros?",
            "Take a single point out of a curve: into how many pieces does it fall? And what becomes of the two axes \
             without (0, 0)?",
        ],
        solution: &[
            "J = (b, a) is (0, 0) at the origin, of rank 0 < 1: the hypothesis of full rank fails. The zeros are the \
             two axes.",
            "Near a point of a manifold of dimension 1 there are arbitrarily small connected neighbourhoods that fall \
             into two pieces without the point. A small connected neighbourhood of (0, 0) in the two axes falls into \
             four: the half axes. So it is no such manifold.",
            "For every target y ≠ 0 the zeros are a hyperbola, J ≠ 0 on it, and the theorem holds.",
        ],
        task: Task::Prove,
    },
    Exercise {
        id: "jacobian",
        title: "the Jacobian of a single unit",
        points: 2,
        asks: "Write the Jacobian of the values a tanh(b x) at several x by (a, b), a row for each x. The second \
               column is to be right to rounding also where tanh is so near 1 that 1 - tanh² is lost.",
        hints: &["What is the derivative of tanh?", "1 - tanh² is 1/cosh², and that is not lost until cosh overflows."],
        solution: &[
            "The row of x is (tanh(b x), a x/cosh²(b x)). At b x = 20 the double nearest to tanh is 1, and 1 - tanh² \
             would be 0 where the truth is 4 e^-40: with two such x J would lose its rank to rounding, and the set of zeros \
             would seem to gain a dimension.",
        ],
        task: Task::Check(jacobian::CHECK),
    },
    Exercise {
        id: "rank-mistake",
        title: "a rank that is one too high",
        points: 1,
        asks: "One of the n equations is another one. Which line of the check is wrong?",
        hints: &["What is the rank of a matrix in which a row stands twice?"],
        solution: &["Two equal rows count once: the rank is n - 1, and the zeros have one dimension more than p - n."],
        task: Task::Mistake(Mistake {
            fault: "rank-of-all-equations",
            caught_by: "without-full-rank",
            file: "theorems/interpolation_manifold/controls.rs",
            function: "one_dimension_more",
            find: "count - 1.0",
            put: "count",
        }),
    },
];
