//! A step of gradient descent on the logistic loss: the kernel against the plain formula, in turn, on one core, by every kind of
//! instructions that this processor has. `cargo bench --bench gradient`; with `-- --quick` fewer repetitions, and with `-- --check`
//! an error if one is a third slower, beside the formula, than is recorded here.

mod clock;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use clock::seconds;
use fearless_simd::{Level, Simd};
use theoremcheck::flow::kernel::Gradient;
use theoremcheck::flow::loss::{Loss, scaled_descent};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{axpy, ln};
use theoremcheck::seed::Seed;

/// Examples, and features.
const SHAPES: [(usize, usize); 4] = [(40, 2), (100, 20), (1000, 100), (10_000, 500)];

/// The formula's time over the kernel's, one a shape, as seen on an AMD EPYC of the fourth generation. The last is a matter of the
/// memory's speed.
const RECORDED: [(&str, [f64; 4]); 3] =
    [("SSE2", [2.45, 2.11, 1.34, 0.71]), ("AVX2", [3.65, 5.38, 3.83, 0.95]), ("AVX-512", [4.81, 6.47, 4.31, 0.94])];

/// What this processor has, by the names above. Of others nothing is recorded.
fn levels() -> Vec<(&'static str, Level)> {
    let best = Level::new();
    #[cfg(target_arch = "x86_64")]
    let known = [
        ("SSE2", best.as_sse2().map(|it| it.level())),
        ("AVX2", best.as_avx2().map(|it| it.level())),
        ("AVX-512", best.as_avx512().map(|it| it.level())),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let known = [("best", Some(best))];
    known.into_iter().filter_map(|(name, level)| Some((name, level?))).collect()
}

/// Microseconds a step, over a twentieth of a second: what the system tells is some milliseconds old.
fn time(w: &mut [f64], mut slope: impl FnMut(&[f64], &mut [f64])) -> f64 {
    let mut step = vec![0.0; w.len()];
    w.fill(0.0);
    let begun = Instant::now();
    let (before, mut steps) = (seconds(begun), 0);
    loop {
        for _ in 0..1 + steps / 4 {
            slope(w, &mut step);
            axpy(1.0, &step, w);
            steps += 1;
        }
        let taken = seconds(begun) - before;
        if taken > 0.05 {
            black_box(w);
            return taken * 1e6 / steps as f64;
        }
    }
}

fn main() -> ExitCode {
    let asked = |word: &str| std::env::args().any(|given| given == word);
    let repetitions = if asked("--quick") { 5 } else { 15 };
    let mut slow = false;
    println!("{:>10} {:>8} {:>12} {:>12} {:>8} {:>9}", "n x d", "", "formula, µs", "kernel, µs", "ratio", "recorded");
    for (shape, (n, d)) in SHAPES.into_iter().enumerate() {
        let points = Points::new(d, Seed(1).stream("bench", "gradient").normals(n * d)).expect("n d numbers");
        let eta = 1.0 / (n * d) as f64;
        let mut w = vec![0.0; d];
        for (name, level) in levels() {
            let gradient = Gradient::on(level, &points, Loss::Logistic);
            // The least of each: what else the processor does only adds.
            let (mut formula, mut kernel) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..repetitions {
                let plain = |w: &[f64], out: &mut [f64]| scaled_descent(&points, Loss::Logistic, ln(eta), w, out);
                formula = time(&mut w, plain).min(formula);
                kernel = time(&mut w, |w, out| gradient.descent(eta, w, out)).min(kernel);
            }
            let recorded = RECORDED.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, ratios)| ratios[shape]);
            let ratio = formula / kernel;
            println!(
                "{:>10} {name:>8} {formula:>12.3} {kernel:>12.3} {ratio:>8.2} {recorded:>9.2}",
                format!("{n}x{d}")
            );
            slow |= ratio < recorded * 2.0 / 3.0;
        }
    }
    if asked("--check") && slow {
        eprintln!("the kernel has lost a third of what it gained over the formula: see the rows above and `perf`");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
