//! The iterates of gradient descent on one example.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::flow::least_squares::descend;
use theoremcheck::problem::points::Points;
use theoremcheck::problem::regression::Regression;
use theoremcheck::real::{largest, norm};

pub const CHECK: Check = Check {
    function: "iterate",
    text: include_str!("iterate.rs"),
    stub: |arguments| call(stub::iterate, arguments),
    solution: |arguments| call(solution::iterate, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// w after k steps of gradient descent on (x·w - y)²/2 from `start`, for x ≠ 0.
    pub fn iterate(x: [f64; 2], y: f64, start: [f64; 2], eta: f64, k: i32) -> [f64; 2] {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// w after k steps of gradient descent on (x·w - y)²/2 from `start`, for x ≠ 0.
    pub fn iterate(x: [f64; 2], y: f64, start: [f64; 2], eta: f64, k: i32) -> [f64; 2] {
        let square = x[0] * x[0] + x[1] * x[1];
        let missing = y - x[0] * start[0] - x[1] * start[1];
        let along = (1.0 - (1.0 - eta * square).powi(k)) * missing / square;
        [start[0] + along * x[0], start[1] + along * x[1]]
    }
}

#[expect(clippy::type_complexity, reason = "the type of the function, once")]
fn call(iterate: fn([f64; 2], f64, [f64; 2], f64, i32) -> [f64; 2], arguments: &[Vec<f64>]) -> Vec<f64> {
    let [x, start] = [&arguments[0], &arguments[2]].map(|pair| [pair[0], pair[1]]);
    iterate(x, arguments[1][0], start, arguments[3][0], arguments[3][1] as i32).to_vec()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    // Below, at and above the step that ends at once, and above the threshold: η |x|² = 1/2, 1, 3/2 and 5/2.
    for (eta, steps) in [(0.02, 0), (0.02, 1), (0.02, 7), (0.04, 1), (0.06, 1000), (0.1, 20)] {
        let (x, y, start) = ([3.0, 4.0], 10.0, [1.0, -2.0]);
        let w: [f64; 2] = answer.call(&[&x, &[y], &start, &[eta, steps as f64]])?;
        let problem = Regression { x: Points::from_rows(&[x]), y: vec![y] };
        let walked = &descend(&problem, eta, &start, &[steps])[0].w;
        // |q|^k grows to 1.5^20. A power and a walk are off by some operations a step each, of the size of w or of x.
        let slack = Slack::rounding(16.0 * steps as f64 + 16.0, norm(walked).max(norm(&x)));
        let apart = largest(w.iter().zip(walked).map(|(a, b)| (a - b).abs()));
        claims.equal(format!("η = {eta}, k = {steps}: |w - that of k steps|"), apart, 0.0, slack).on("|x|", norm(&x));
    }
    // Three quarters to this power are nothing; a loop would not end in time.
    let w: [f64; 2] = answer.call(&[&[3.0, 4.0], &[10.0], &[1.0, -2.0], &[0.01, 2e9]])?;
    for (j, foot) in [2.8, 0.4].into_iter().enumerate() {
        claims
            .equal(format!("η = 0.01, k = 2·10^9: w_{}", j + 1), w[j], foot, Slack::rounding(32.0, 5.0))
            .on("|x|", 5.0);
    }
    Ok(())
}
