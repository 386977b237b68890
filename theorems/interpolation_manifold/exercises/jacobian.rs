//! The derivatives of a tanh(b x).

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::real::{exp, tanh};

pub const CHECK: Check = Check {
    function: "jacobian",
    text: include_str!("jacobian.rs"),
    stub: |arguments| call(stub::jacobian, arguments),
    solution: |arguments| call(solution::jacobian, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// A row for each x: the derivatives of a tanh(b x) by a and by b.
    pub fn jacobian(a: f64, b: f64, x: &[f64]) -> Vec<[f64; 2]> {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// A row for each x: the derivatives of a tanh(b x) by a and by b.
    pub fn jacobian(a: f64, b: f64, x: &[f64]) -> Vec<[f64; 2]> {
        let row = |x: &f64| {
            let cosh = (b * x).cosh();
            [(b * x).tanh(), a * x / cosh / cosh]
        };
        x.iter().map(row).collect()
    }
}

fn call(jacobian: fn(f64, f64, &[f64]) -> Vec<[f64; 2]>, arguments: &[Vec<f64>]) -> Vec<f64> {
    jacobian(arguments[0][0], arguments[0][1], &arguments[1]).concat()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let (a, b, x) = (1.5, 2.0, [0.25, -1.0, 10.0]);
    let rows: [f64; 6] = answer.call(&[&[a, b], &x])?;
    for (x, row) in x.iter().zip(rows.chunks_exact(2)) {
        // 1/cosh² = 4 e^-2z/(1 + e^-2z)², where nothing cancels; its exponent, of at most 40, is rounded.
        let z = (b * x).abs();
        let slope = a * x * 4.0 * exp(-2.0 * z) / ((1.0 + exp(-2.0 * z)) * (1.0 + exp(-2.0 * z)));
        claims.equal(format!("x = {x}: by a"), row[0], tanh(b * x), Slack::rounding(16.0, tanh(b * x)));
        claims.equal(format!("x = {x}: by b"), row[1], slope, Slack::rounding(24.0 + 4.0 * z, slope));
    }
    Ok(())
}
