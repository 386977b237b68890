//! The risks of the flow and of ridge.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::real::exp;

pub const CHECK: Check = Check {
    function: "risks",
    text: include_str!("risks.rs"),
    stub: |arguments| call(stub::risks, arguments),
    solution: |arguments| call(solution::risks, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// Σ (1 - f_i)² β_i² + f_i² σ²/(n s_i), for the flow at time t and for ridge with λ = 1/t; s_i ≥ 0.
    pub fn risks(t: f64, s: &[f64], beta: &[f64], variance: f64, n: f64) -> [f64; 2] {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// Σ (1 - f_i)² β_i² + f_i² σ²/(n s_i), for the flow at time t and for ridge with λ = 1/t; s_i ≥ 0.
    pub fn risks(t: f64, s: &[f64], beta: &[f64], variance: f64, n: f64) -> [f64; 2] {
        let sum = |left: fn(f64) -> f64, done_over_x: fn(f64) -> f64| {
            let term = |(s, beta): (&f64, &f64)| {
                let (bias, spread) = (left(t * s) * beta, t * done_over_x(t * s));
                bias * bias + variance / n * s * spread * spread
            };
            s.iter().zip(beta).map(term).sum()
        };
        let flow = |x: f64| if x > 0.0 { -(-x).exp_m1() / x } else { 1.0 };
        [sum(|x| (-x).exp(), flow), sum(|x| 1.0 / (1.0 + x), |x| 1.0 / (1.0 + x))]
    }
}

#[expect(clippy::type_complexity, reason = "the type of the function, once")]
fn call(risks: fn(f64, &[f64], &[f64], f64, f64) -> [f64; 2], arguments: &[Vec<f64>]) -> Vec<f64> {
    let [t, variance, n] = [arguments[0][0], arguments[0][1], arguments[0][2]];
    risks(t, &arguments[1], &arguments[2], variance, n).to_vec()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let mut risks = |name: &str, numbers: [f64; 3], s: &[f64], beta: &[f64], predicted: [f64; 2]| -> Result<()> {
        let found: [f64; 2] = answer.call(&[&numbers, s, beta])?;
        for (who, (found, predicted)) in ["flow", "ridge"].iter().zip(found.iter().zip(predicted)) {
            claims.equal(format!("{name}: {who}"), *found, predicted, Slack::rounding(64.0, predicted));
        }
        Ok(())
    };
    // t = 2, s = 1/2, β = 3, σ² = 4, n = 8: x = 1, and σ²/(n s) = 1.
    let z = exp(-1.0);
    let one = [9.0 * z * z + (1.0 - z) * (1.0 - z), 9.0 / 4.0 + 1.0 / 4.0];
    risks("s = 1/2", [2.0, 4.0, 8.0], &[0.5], &[3.0], one)?;
    // Nothing is seen of a component without an eigenvalue: its error is β², whatever the noise.
    risks("s = 0", [2.0, 4.0, 8.0], &[0.0], &[3.0], [9.0, 9.0])?;
    let both = [one[0] + 9.0, one[1] + 9.0];
    risks("s = (1/2, 0)", [2.0, 4.0, 8.0], &[0.5, 0.0], &[3.0, -3.0], both)?;
    // β = 0 and x = 1e-12: the variance is σ² t² s/n, but for a factor 1 - x/2 of a filter squared or 1 - 2x.
    let tiny = 4.0 * 4.0 * 5e-13 / 8.0;
    risks("s = 5e-13", [2.0, 4.0, 8.0], &[5e-13], &[0.0], [tiny * (1.0 - 1e-12), tiny * (1.0 - 2e-12)])
}
