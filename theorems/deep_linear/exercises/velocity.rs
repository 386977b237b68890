//! The velocity of layers of one weight each.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "velocity",
    text: include_str!("velocity.rs"),
    stub: |arguments| call(stub::velocity, arguments),
    solution: |arguments| call(solution::velocity, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The derivatives of w_1, .., w_N in time, under the gradient flow of (w_N .. w_1 - m)².
    pub fn velocity(w: &[f64], m: f64) -> Vec<f64> {
        todo!()
    }
}

pub mod solution {
    /// The derivatives of w_1, .., w_N in time, under the gradient flow of (w_N .. w_1 - m)².
    pub fn velocity(w: &[f64], m: f64) -> Vec<f64> {
        let pull = -2.0 * (w.iter().product::<f64>() - m);
        let others = |j: usize| w[..j].iter().chain(&w[j + 1..]).product::<f64>();
        (0..w.len()).map(|j| pull * others(j)).collect()
    }
}

fn call(velocity: fn(&[f64], f64) -> Vec<f64>, arguments: &[Vec<f64>]) -> Vec<f64> {
    velocity(&arguments[0], arguments[1][0])
}

/// Small whole numbers, so that nothing is rounded; what is predicted was worked out by hand.
fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let cases = [
        ("layers 2, 3, 5", [2.0, 3.0, 5.0], [-780.0, -520.0, -312.0]),
        ("layers 0, 3, 5", [0.0, 3.0, 5.0], [120.0, 0.0, 0.0]),
        ("layers 0, 3, 0", [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]),
    ];
    for (name, w, predicted) in cases {
        let velocity: [f64; 3] = answer.call(&[&w, &[4.0]])?;
        for (j, (velocity, predicted)) in velocity.iter().zip(predicted).enumerate() {
            claims
                .equal(format!("{name}, m = 4: w_{}'", j + 1), *velocity, predicted, Slack::rounding(8.0, 120.0))
                .on("2 m · 15", 120.0);
        }
    }
    Ok(())
}
