//! The flow of the factors of a matrix with missing entries.

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
    /// Row after row.
    pub type Matrix = [[f64; 2]; 2];

    /// U' and V' of the flow at U, V, where `None` stands for an entry of M that is not observed.
    pub fn velocity(u: Matrix, v: Matrix, m: [[Option<f64>; 2]; 2]) -> (Matrix, Matrix) {
        todo!()
    }
}

pub mod solution {
    /// Row after row.
    pub type Matrix = [[f64; 2]; 2];

    /// U' and V' of the flow at U, V, where `None` stands for an entry of M that is not observed.
    pub fn velocity(u: Matrix, v: Matrix, m: [[Option<f64>; 2]; 2]) -> (Matrix, Matrix) {
        let (mut du, mut dv) = ([[0.0; 2]; 2], [[0.0; 2]; 2]);
        for (i, row) in m.iter().enumerate() {
            for (j, m) in row.iter().enumerate() {
                let Some(m) = m else { continue };
                let g = 2.0 * (u[i][0] * v[j][0] + u[i][1] * v[j][1] - m);
                for k in 0..2 {
                    du[i][k] -= g * v[j][k];
                    dv[j][k] -= g * u[i][k];
                }
            }
        }
        (du, dv)
    }
}

type Matrix = [[f64; 2]; 2];

#[expect(clippy::type_complexity, reason = "the type of the function, once")]
fn call(
    velocity: fn([[f64; 2]; 2], [[f64; 2]; 2], [[Option<f64>; 2]; 2]) -> ([[f64; 2]; 2], [[f64; 2]; 2]),
    arguments: &[Vec<f64>],
) -> Vec<f64> {
    let matrix = |a: &[f64]| [[a[0], a[1]], [a[2], a[3]]];
    let observed = matrix(&arguments[2]).map(|row| row.map(|m| Some(m).filter(|m| !m.is_nan())));
    let (du, dv) = velocity(matrix(&arguments[0]), matrix(&arguments[1]), observed);
    [du, dv].concat().concat()
}

/// Entries are small integers, so that nothing is rounded; what is predicted was worked out by hand.
fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let (u, v) = ([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 2.0, 1.0]);
    let velocity: [f64; 8] = answer.call(&[&u, &v, &[f64::NAN, 1.0, 1.0, 2.0]])?;
    // X = (1, 4; 3, 10), and G = (0, 6; 4, 16).
    let predicted = [-12.0, -6.0, -36.0, -16.0, -12.0, -16.0, -54.0, -76.0];
    let names = ["U'_11", "U'_12", "U'_21", "U'_22", "V'_11", "V'_12", "V'_21", "V'_22"];
    for ((name, velocity), predicted) in names.iter().zip(velocity).zip(predicted) {
        claims.equal(format!("M = [[*, 1], [1, 2]]: {name}"), velocity, predicted, Slack::rounding(8.0, predicted));
    }
    let velocity: [f64; 8] = answer.call(&[&u, &v, &[3.0, -1.0, 0.0, 5.0]])?;
    let matrix = |a: &[f64]| -> Matrix { [[a[0], a[1]], [a[2], a[3]]] };
    let gram = |a: Matrix, b: Matrix, k: usize, l: usize| a[0][k] * b[0][l] + a[1][k] * b[1][l];
    let (u, v, du, dv) = (matrix(&u), matrix(&v), matrix(&velocity[..4]), matrix(&velocity[4..]));
    for (k, l) in [(0, 0), (0, 1), (1, 1)] {
        let [moved, held] = [(u, du), (v, dv)].map(|(a, da)| gram(da, a, k, l) + gram(a, da, k, l));
        claims
            .equal(
                format!("M = [[3, -1], [0, 5]]: change of (U'U - V'V)_{}{}", k + 1, l + 1),
                moved - held,
                0.0,
                Slack::rounding(16.0, moved),
            )
            .on("that of (U'U)", moved);
    }
    Ok(())
}
