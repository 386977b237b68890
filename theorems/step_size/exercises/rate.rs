//! The rate of the flow that gradient descent follows on a parabola.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::real::LN_2;

pub const CHECK: Check = Check {
    function: "rate",
    text: include_str!("rate.rs"),
    stub: |arguments| call(stub::rate, arguments),
    solution: |arguments| call(solution::rate, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// κ with e^(-κ η) = 1 - η λ, for 0 < η λ < 1.
    pub fn rate(lambda: f64, eta: f64) -> f64 {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// κ with e^(-κ η) = 1 - η λ, for 0 < η λ < 1.
    pub fn rate(lambda: f64, eta: f64) -> f64 {
        -(-eta * lambda).ln_1p() / eta
    }
}

fn call(rate: fn(f64, f64) -> f64, arguments: &[Vec<f64>]) -> Vec<f64> {
    vec![rate(arguments[0][0], arguments[0][1])]
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    // The powers of η λ that a series leaves out are below a rounding where η λ is 3e-9 or less.
    let series = |lambda: f64, eta: f64| lambda + eta * lambda * lambda / 2.0;
    let cases = [
        (1.0, 0.5, 2.0 * LN_2),
        (3.0, 0.25, 8.0 * LN_2),
        (3.0, 1e-9, series(3.0, 1e-9)),
        (0.5, 1e-12, series(0.5, 1e-12)),
    ];
    for (lambda, eta, predicted) in cases {
        let [rate] = answer.call(&[&[lambda, eta]])?;
        claims.equal(format!("λ = {lambda}, η = {eta:e}"), rate, predicted, Slack::rounding(16.0, predicted));
    }
    Ok(())
}
