//! The largest margin in l1, in the plane.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};

pub const CHECK: Check = Check {
    function: "best_direction",
    text: include_str!("diamond.rs"),
    stub: |arguments| call(stub::best_direction, arguments),
    solution: |arguments| call(solution::best_direction, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// The w for which min x_n·w/(|w_1| + |w_2|) is largest; of any length.
    pub fn best_direction(points: &[[f64; 2]]) -> [f64; 2] {
        todo!()
    }
}

pub mod solution {
    /// The w for which min x_n·w/(|w_1| + |w_2|) is largest; of any length.
    pub fn best_direction(points: &[[f64; 2]]) -> [f64; 2] {
        let margin = |w: &[f64; 2]| {
            points.iter().map(|x| (x[0] * w[0] + x[1] * w[1]) / (w[0].abs() + w[1].abs())).fold(f64::INFINITY, f64::min)
        };
        let mut candidates = vec![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];
        for [s, r] in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            for x in points {
                for y in points {
                    // (x - y)·(s t, r (1 - t)) = 0.
                    let (a, b) = (s * (x[0] - y[0]), r * (x[1] - y[1]));
                    let t = b / (b - a);
                    if (0.0..=1.0).contains(&t) {
                        candidates.push([s * t, r * (1.0 - t)]);
                    }
                }
            }
        }
        candidates.into_iter().max_by(|v, w| margin(v).total_cmp(&margin(w))).expect("there are four corners")
    }
}

fn call(best_direction: fn(&[[f64; 2]]) -> [f64; 2], arguments: &[Vec<f64>]) -> Vec<f64> {
    let points: Vec<[f64; 2]> = arguments[0].chunks_exact(2).map(|x| [x[0], x[1]]).collect();
    best_direction(&points).to_vec()
}

/// The margins were worked out by hand, each with weights of the points that prove it.
fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    let cases: [(&str, &[f64], f64); 6] = [
        ("(3, 1), (1, 2)", &[3.0, 1.0, 1.0, 2.0], 5.0 / 3.0),
        ("(3, -1), (-1, 2)", &[3.0, -1.0, -1.0, 2.0], 5.0 / 7.0),
        ("(2, -5)", &[2.0, -5.0], 5.0),
        ("(3, -1), (1, -2)", &[3.0, -1.0, 1.0, -2.0], 5.0 / 3.0),
        ("(-1, -3), (-3, -1)", &[-1.0, -3.0, -3.0, -1.0], 2.0),
        // The last two decide.
        ("(-4, 1), (-1, 3), (-3, 1)", &[-4.0, 1.0, -1.0, 3.0, -3.0, 1.0], 2.0),
    ];
    for (name, points, predicted) in cases {
        let w: [f64; 2] = answer.call(&[points])?;
        let of = |x: &[f64]| (x[0] * w[0] + x[1] * w[1]) / (w[0].abs() + w[1].abs());
        let margin = points.chunks_exact(2).map(of).fold(f64::INFINITY, f64::min);
        claims.equal(format!("{name}: margin in l1"), margin, predicted, Slack::rounding(32.0, 5.0));
    }
    Ok(())
}
