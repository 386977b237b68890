//! The gradient of cross-entropy.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::real::exp;

pub const CHECK: Check = Check {
    function: "gradient",
    text: include_str!("gradient.rs"),
    stub: |arguments| call(stub::gradient, arguments),
    solution: |arguments| call(solution::gradient, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The gradient of -log s_y by W, s the softmax of W x; classes are counted from 0.
    pub fn gradient(w: [[f64; 2]; 3], x: [f64; 2], y: usize) -> [[f64; 2]; 3] {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// The gradient of -log s_y by W, s the softmax of W x; classes are counted from 0.
    pub fn gradient(w: [[f64; 2]; 3], x: [f64; 2], y: usize) -> [[f64; 2]; 3] {
        let scores = w.map(|row| row[0] * x[0] + row[1] * x[1]);
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sizes = scores.map(|score| (score - largest).exp());
        let sum: f64 = sizes.iter().sum();
        std::array::from_fn(|i| {
            let pull = sizes[i] / sum - if i == y { 1.0 } else { 0.0 };
            [pull * x[0], pull * x[1]]
        })
    }
}

#[expect(clippy::type_complexity, reason = "the type of the function, once")]
fn call(gradient: fn([[f64; 2]; 3], [f64; 2], usize) -> [[f64; 2]; 3], arguments: &[Vec<f64>]) -> Vec<f64> {
    let w = &arguments[0];
    let rows = [[w[0], w[1]], [w[2], w[3]], [w[4], w[5]]];
    gradient(rows, [arguments[1][0], arguments[1][1]], arguments[2][0] as usize).concat()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let x = [2.0, -1.0];
    let share = exp(1.0) / (exp(1.0) + 2.0);
    let rest = 1.0 / (exp(1.0) + 2.0);
    let cases = [
        ("W = 0", [0.0; 6], 0, [-2.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]),
        ("scores 1, 0, 0", [0.5, 0.0, 0.0, 0.0, 1.0, 2.0], 1, [share, rest - 1.0, rest]),
        ("scores 1000, 0, -1000", [500.0, 0.0, 0.0, 0.0, -500.0, 0.0], 1, [1.0, -1.0, 0.0]),
        ("scores -1000, 0, 1000", [-500.0, 0.0, 0.0, 0.0, 500.0, 0.0], 0, [-1.0, 0.0, 1.0]),
        ("scores -5000, -5000, -6000", [-2500.0, 0.0, -2500.0, 0.0, -3000.0, 0.0], 2, [0.5, 0.5, -1.0]),
    ];
    for (name, w, y, pulls) in cases {
        let gradient: [f64; 6] = answer.call(&[&w, &x, &[y as f64]])?;
        // Where the log of a sum is subtracted, it is off by a rounding of the scores.
        let score = w.iter().fold(0.0_f64, |most, w| most.max(w.abs())) * 2.0;
        for (i, pull) in pulls.iter().enumerate() {
            for (j, x) in x.iter().enumerate() {
                let what = format!("{name}, class {}: entry ({}, {})", y + 1, i + 1, j + 1);
                claims
                    .equal(what, gradient[2 * i + j], pull * x, Slack::rounding(16.0 + 2.0 * score, 2.0))
                    .on("|x|", 5.0_f64.sqrt());
            }
        }
    }
    Ok(())
}
