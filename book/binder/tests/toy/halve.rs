//! A function to be written, in one file with its solution and its judge.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "halve",
    text: include_str!("halve.rs"),
    stub: |arguments| call(stub::halve, arguments),
    solution: |arguments| call(solution::halve, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// Half of x.
    pub fn halve(x: f64) -> f64 {
        todo!()
    }
}

pub mod solution {
    /// Half of x.
    pub fn halve(x: f64) -> f64 {
        x / 2.0
    }
}

fn call(halve: fn(f64) -> f64, arguments: &[Vec<f64>]) -> Vec<f64> {
    vec![halve(arguments[0][0])]
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let [half] = answer.call(&[&[3.0]])?;
    claims.equal("half of 3", half, 1.5, Slack::rounding(1.0, 1.5));
    Ok(())
}
