//! The polar factor of a 2 × 2 matrix.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::real::dot;

pub const CHECK: Check = Check {
    function: "polar",
    text: include_str!("polar.rs"),
    stub: |arguments| call(stub::polar, arguments),
    solution: |arguments| call(solution::polar, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The orthogonal Q with the largest <A, Q>, both row after row, where det A ≠ 0.
    pub fn polar(a: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// The orthogonal Q with the largest <A, Q>, both row after row, where det A ≠ 0.
    pub fn polar(a: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
        let turn = (a[0][0] * a[1][1] - a[0][1] * a[1][0]).signum();
        let (c, s) = (a[0][0] + turn * a[1][1], a[1][0] - turn * a[0][1]);
        let length = c.hypot(s);
        let (c, s) = (c / length, s / length);
        [[c, -turn * s], [s, turn * c]]
    }
}

fn call(polar: fn([[f64; 2]; 2]) -> [[f64; 2]; 2], arguments: &[Vec<f64>]) -> Vec<f64> {
    let a = &arguments[0];
    polar([[a[0], a[1]], [a[2], a[3]]]).concat()
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    for a in [[3.0, 0.0, 4.0, 5.0], [0.0, 2.0, 1.0, 0.0], [-1.0, 0.0, 0.0, -3.0], [1.0, 2.0, 3.0, -1.0]] {
        let q: [f64; 4] = answer.call(&[&a])?;
        let name = format!("A = [[{}, {}], [{}, {}]]", a[0], a[1], a[2], a[3]);
        let nuclear = (dot(&a, &a) + 2.0 * (a[0] * a[3] - a[1] * a[2]).abs()).sqrt();
        claims.equal(
            format!("{name}: <A, Q>, against σ_1 + σ_2"),
            dot(&a, &q),
            nuclear,
            Slack::rounding(32.0, nuclear),
        );
        let gram = [q[0] * q[0] + q[2] * q[2] - 1.0, q[0] * q[1] + q[2] * q[3], q[1] * q[1] + q[3] * q[3] - 1.0];
        let off = gram.iter().map(|x| x.abs()).fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) });
        claims.equal(format!("{name}: largest entry of Q'Q - I"), off, 0.0, Slack::rounding(32.0, 1.0)).on("1", 1.0);
    }
    Ok(())
}
