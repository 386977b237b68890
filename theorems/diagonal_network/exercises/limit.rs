//! The limit of a network with two weights, for every size of its start.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "limit",
    text: include_str!("limit.rs"),
    stub: |arguments| call(stub::limit, arguments),
    solution: |arguments| call(solution::limit, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// β with x·β = y and β_i = 2α² sinh(x_i s), for positive x and y.
    pub fn limit(x: [f64; 2], y: f64, alpha: f64) -> [f64; 2] {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// β with x·β = y and β_i = 2α² sinh(x_i s), for positive x and y.
    pub fn limit(x: [f64; 2], y: f64, alpha: f64) -> [f64; 2] {
        let a = 2.0 * alpha * alpha;
        let beta = |s: f64| x.map(|x| a * (x * s).sinh());
        let (mut low, mut high) = (0.0, y / a / (x[0] * x[0] + x[1] * x[1]));
        for _ in 0..200 {
            let s = 0.5 * (low + high);
            let [b, c] = beta(s);
            if x[0] * b + x[1] * c < y {
                low = s;
            } else {
                high = s;
            }
        }
        beta(low)
    }
}

fn call(limit: fn([f64; 2], f64, f64) -> [f64; 2], arguments: &[Vec<f64>]) -> Vec<f64> {
    limit([arguments[0][0], arguments[0][1]], arguments[1][0], arguments[2][0]).to_vec()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    for (x, y) in [([1.0, 2.0], 8.0), ([3.0, 2.0], 1.0)] {
        for alpha in [0.001, 0.1, 1.0, 1000.0] {
            let beta: [f64; 2] = answer.call(&[&x, &[y], &[alpha]])?;
            let name = format!("x = ({}, {}), y = {y}, α = {alpha}", x[0], x[1]);
            let s: [f64; 2] = std::array::from_fn(|i| libm::asinh(beta[i] / (2.0 * alpha * alpha)) / x[i]);
            // sinh turns a rounding of its argument z into z of them, relative to itself; here z is at most 20.
            let slack = |size: f64| Slack::rounding(128.0, size);
            claims.equal(format!("{name}: x·β"), x[0] * beta[0] + x[1] * beta[1], y, slack(y));
            claims.equal(format!("{name}: s of β_2, against s of β_1"), s[1], s[0], slack(s[0]));
        }
    }
    Ok(())
}
