//! The solutions of least l2 and of least l1 norm of one measurement.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "solutions",
    text: include_str!("solutions.rs"),
    stub: |arguments| call(stub::solutions, arguments),
    solution: |arguments| call(solution::solutions, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The b with x·b = y of least l2 norm, and that of least l1 norm.
    pub fn solutions(x: &[f64], y: f64) -> [Vec<f64>; 2] {
        todo!()
    }
}

pub mod solution {
    /// The b with x·b = y of least l2 norm, and that of least l1 norm.
    pub fn solutions(x: &[f64], y: f64) -> [Vec<f64>; 2] {
        let square: f64 = x.iter().map(|x| x * x).sum();
        let largest = (0..x.len()).max_by(|&i, &j| x[i].abs().total_cmp(&x[j].abs())).expect("x is not empty");
        let shortest = x.iter().map(|x| y * x / square).collect();
        [shortest, (0..x.len()).map(|i| if i == largest { y / x[i] } else { 0.0 }).collect()]
    }
}

fn call(solutions: fn(&[f64], f64) -> [Vec<f64>; 2], arguments: &[Vec<f64>]) -> Vec<f64> {
    solutions(&arguments[0], arguments[1][0]).concat()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let cases = [
        ([3.0, -4.0, 12.0], 26.0, [6.0 / 13.0, -8.0 / 13.0, 24.0 / 13.0, 0.0, 0.0, 13.0 / 6.0]),
        ([-2.0, 0.0, 1.0], 5.0, [-2.0, 0.0, 1.0, -2.5, 0.0, 0.0]),
    ];
    for (x, y, predicted) in cases {
        let b: [f64; 6] = answer.call(&[&x, &[y]])?;
        for (i, (b, predicted)) in b.iter().zip(predicted).enumerate() {
            let name = format!(
                "x = ({}, {}, {}), y = {y}: least {}, entry {}",
                x[0],
                x[1],
                x[2],
                ["l2", "l1"][i / 3],
                i % 3 + 1
            );
            claims.equal(name, *b, predicted, Slack::rounding(16.0, 2.5)).on("2.5", 2.5);
        }
    }
    Ok(())
}
