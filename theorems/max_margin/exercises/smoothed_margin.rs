//! -log L/|w| where L is no double any more.

use theoremcheck::claim::{Claims, Slack};
use theoremcheck::error::Result;
use theoremcheck::exercise::{Answer, Check};
use theoremcheck::real::{ln, norm};

pub const CHECK: Check = Check {
    function: "smoothed_margin",
    text: include_str!("smoothed_margin.rs"),
    stub: |arguments| call(stub::smoothed_margin, arguments),
    solution: |arguments| call(solution::smoothed_margin, arguments),
    judge,
};

#[expect(unused_variables, reason = "the reader will use them")]
pub mod stub {
    /// -log(Σ e^(-x_n·w))/|w|, for w ≠ 0.
    pub fn smoothed_margin(points: &[[f64; 2]], w: [f64; 2]) -> f64 {
        todo!()
    }
}

#[expect(clippy::disallowed_methods, reason = "an answer stands alone, with the functions of its host")]
pub mod solution {
    /// -log(Σ e^(-x_n·w))/|w|, for w ≠ 0.
    pub fn smoothed_margin(points: &[[f64; 2]], w: [f64; 2]) -> f64 {
        let margins: Vec<f64> = points.iter().map(|x| x[0] * w[0] + x[1] * w[1]).collect();
        let least = margins.iter().copied().fold(f64::INFINITY, f64::min);
        let sum: f64 = margins.iter().map(|m| (least - m).exp()).sum();
        (least - sum.ln()) / w[0].hypot(w[1])
    }
}

fn call(smoothed_margin: fn(&[[f64; 2]], [f64; 2]) -> f64, arguments: &[Vec<f64>]) -> Vec<f64> {
    let points: Vec<[f64; 2]> = arguments[0].chunks_exact(2).map(|x| [x[0], x[1]]).collect();
    vec![smoothed_margin(&points, [arguments[1][0], arguments[1][1]])]
}

fn judge(answer: &mut Answer, claims: &mut Claims) -> Result<()> {
    // At the height log(3)/4 the loss of (1, 3) and (1, -1) is e^(-w_1) 3^(1/4) 4/3.
    let height = ln(3.0) / 4.0;
    for along in [5.0, 800.0, -800.0, 1e5] {
        let w = [along, height];
        let [margin] = answer.call(&[&[1.0, 3.0, 1.0, -1.0], &w])?;
        let predicted = (along - height - ln(4.0 / 3.0)) / norm(&w);
        // Each inner product is of three operations on numbers of size |x| |w|.
        let slack = Slack::rounding(32.0, 10.0_f64.sqrt());
        claims.equal(format!("(1, 3), (1, -1): w = ({along}, log(3)/4)"), margin, predicted, slack);
    }
    // The margins are far apart, and the least one is that of either point.
    for (up, predicted) in [(1000.0, -1.0), (-1000.0, -3.0)] {
        let [margin] = answer.call(&[&[1.0, 3.0, 1.0, -1.0], &[0.0, up]])?;
        claims.equal(
            format!("(1, 3), (1, -1): w = (0, {up})"),
            margin,
            predicted,
            Slack::rounding(32.0, 10.0_f64.sqrt()),
        );
    }
    let [margin] = answer.call(&[&[2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 0.0], &[500.0, 0.0]])?;
    claims.equal("(2, 0) four times: w = (500, 0)", margin, 2.0 - ln(4.0) / 500.0, Slack::rounding(32.0, 2.0));
    Ok(())
}
