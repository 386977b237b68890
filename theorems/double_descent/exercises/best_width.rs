//! The number of features with the least risk.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "best_width",
    text: include_str!("best_width.rs"),
    stub: |arguments| call(stub::best_width, arguments),
    solution: |arguments| call(solution::best_width, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The p from n + 2 to `largest` with the least |β|² (1 - n/p) + σ² n/(p - n - 1); `signal` is |β|² and `variance` σ².
    pub fn best_width(n: usize, signal: f64, variance: f64, largest: usize) -> usize {
        todo!()
    }
}

pub mod solution {
    /// The p from n + 2 to `largest` with the least |β|² (1 - n/p) + σ² n/(p - n - 1); `signal` is |β|² and `variance` σ².
    pub fn best_width(n: usize, signal: f64, variance: f64, largest: usize) -> usize {
        let risk = |p: usize| {
            let (n, p) = (n as f64, p as f64);
            signal * (1.0 - n / p) + variance * n / (p - n - 1.0)
        };
        (n + 2..=largest).min_by(|&p, &q| risk(p).total_cmp(&risk(q))).expect("there is a p")
    }
}

fn call(best_width: fn(usize, f64, f64, usize) -> usize, arguments: &[Vec<f64>]) -> Vec<f64> {
    let [n, signal, variance, largest] = [0, 1, 2, 3].map(|k| arguments[0][k]);
    vec![best_width(n as usize, signal, variance, largest as usize) as f64]
}

/// p* = (n + 1)/(1 - σ/|β|) where that is whole; the largest p where it is beyond, or where the noise is stronger; n + 2 where it is
/// below that; and from 30.8 the ceiling.
fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    for (n, signal, variance, largest, predicted) in [
        (19.0, 4.0, 1.0, 200.0, 40.0),
        (29.0, 9.0, 1.0, 200.0, 45.0),
        (29.0, 2.25, 0.25, 200.0, 45.0),
        (9.0, 1.0, 1.0, 300.0, 300.0),
        (9.0, 1.0, 4.0, 100.0, 100.0),
        (19.0, 4.0, 1.0, 30.0, 30.0),
        (9.0, 1.0, 1e-4, 100.0, 11.0),
        (12.0, 3.0, 1.0, 100.0, 31.0),
    ] {
        let [p] = answer.call(&[&[n, signal, variance, largest]])?;
        let name = format!("n = {n}, |β|² = {signal}, σ² = {variance}, p ≤ {largest}");
        claims.equal(name, p, predicted, Slack::rounding(1.0, predicted));
    }
    Ok(())
}
