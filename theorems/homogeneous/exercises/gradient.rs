//! The gradient of a ReLU neuron.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "gradient",
    text: include_str!("gradient.rs"),
    stub: |arguments| call(stub::gradient, arguments),
    solution: |arguments| call(solution::gradient, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The derivatives of a max(0, w·x) by a, w_1 and w_2.
    pub fn gradient(a: f64, w: [f64; 2], x: [f64; 2]) -> [f64; 3] {
        todo!()
    }
}

pub mod solution {
    /// The derivatives of a max(0, w·x) by a, w_1 and w_2.
    pub fn gradient(a: f64, w: [f64; 2], x: [f64; 2]) -> [f64; 3] {
        let seen = w[0] * x[0] + w[1] * x[1];
        if seen > 0.0 { [seen, a * x[0], a * x[1]] } else { [0.0; 3] }
    }
}

fn call(gradient: fn(f64, [f64; 2], [f64; 2]) -> [f64; 3], arguments: &[Vec<f64>]) -> Vec<f64> {
    let [w, x] = [&arguments[1], &arguments[2]].map(|pair| [pair[0], pair[1]]);
    gradient(arguments[0][0], w, x).to_vec()
}

/// Small whole numbers, so that nothing is rounded.
fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let cases = [
        ("seen", -3.0, [1.0, 2.0], [4.0, -1.0], [2.0, -12.0, 3.0]),
        ("not seen", -3.0, [1.0, 2.0], [-4.0, 1.0], [0.0; 3]),
        ("on the kink", 5.0, [1.0, 2.0], [2.0, -1.0], [0.0; 3]),
    ];
    for (name, a, w, x, predicted) in cases {
        let gradient: [f64; 3] = answer.call(&[&[a], &w, &x])?;
        for (by, (found, predicted)) in ["a", "w_1", "w_2"].iter().zip(gradient.iter().zip(predicted)) {
            claims.equal(format!("{name}: by {by}"), *found, predicted, Slack::rounding(4.0, 12.0)).on("12", 12.0);
        }
    }
    Ok(())
}
