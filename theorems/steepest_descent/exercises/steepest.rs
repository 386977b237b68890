//! The steepest direction in l1, l2 and l_inf.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "steepest",
    text: include_str!("steepest.rs"),
    stub: |arguments| call(stub::steepest, arguments),
    solution: |arguments| call(solution::steepest, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The u of length 1 with the largest z·u, in the norm of l_p: p is 1, 2 or infinite, and z is not 0.
    pub fn steepest(z: &[f64], p: f64) -> Vec<f64> {
        todo!()
    }
}

pub mod solution {
    /// The u of length 1 with the largest z·u, in the norm of l_p: p is 1, 2 or infinite, and z is not 0.
    pub fn steepest(z: &[f64], p: f64) -> Vec<f64> {
        if p == 1.0 {
            let largest = (0..z.len()).max_by(|&i, &j| z[i].abs().total_cmp(&z[j].abs())).expect("z is not empty");
            return (0..z.len()).map(|i| if i == largest { z[i].signum() } else { 0.0 }).collect();
        }
        if p == 2.0 {
            let length = z.iter().map(|z| z * z).sum::<f64>().sqrt();
            return z.iter().map(|z| z / length).collect();
        }
        z.iter().map(|z| z.signum()).collect()
    }
}

fn call(steepest: fn(&[f64], f64) -> Vec<f64>, arguments: &[Vec<f64>]) -> Vec<f64> {
    steepest(&arguments[0], arguments[1][0])
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    // z, and its dual norms: the largest entry, |z| and the sum of the sizes.
    for (z, duals) in [([3.0, -4.0, 0.0], [4.0, 5.0, 7.0]), ([-2.0, 2.0, 1.0], [2.0, 3.0, 5.0])] {
        for ((p, name), dual) in [(1.0, "l1"), (2.0, "l2"), (f64::INFINITY, "l_inf")].into_iter().zip(duals) {
            let u: [f64; 3] = answer.call(&[&z, &[p]])?;
            let sizes = u.map(f64::abs);
            let length = match name {
                "l1" => sizes.iter().sum(),
                "l2" => sizes.iter().map(|u| u * u).sum::<f64>().sqrt(),
                _ => sizes.iter().copied().fold(0.0, f64::max),
            };
            let along = z.iter().zip(u).map(|(z, u)| z * u).sum::<f64>();
            let name = format!("z = ({}, {}, {}), {name}", z[0], z[1], z[2]);
            claims.equal(format!("{name}: length of u"), length, 1.0, Slack::rounding(16.0, 1.0));
            claims.equal(format!("{name}: z·u"), along, dual, Slack::rounding(16.0, 7.0));
        }
    }
    Ok(())
}
