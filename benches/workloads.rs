//! What this project does most, each as a user would ask for it: medians on one core, and how exact the answer is.
//! `cargo bench --bench workloads`; with `-- NAME ..` those alone whose names contain a NAME, as in `-- hard-margin`.
//! `benches/against-peers` runs them in turn with what users would take instead.

use std::hint::black_box;
use std::time::Instant;

use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::gradient_flow::{Setup, blind};
use theoremcheck::flow::kernel::Gradient;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::completion::{Completion, plant};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, axpy, norm};
use theoremcheck::reference::max_margin::max_margin;
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;
use theoremcheck::seed::Seed;

/// Seconds that this process has computed: the processor's where the system tells them, which other work does not
/// change, else those of the clock.
fn seconds(begun: Instant) -> f64 {
    let scheduled = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = scheduled.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| begun.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// The median of five repetitions of `count` runs, in seconds a run; `count` is such that one takes a fifth of a second, if it can.
fn median(begun: Instant, mut run: impl FnMut()) -> f64 {
    let mut timed = |count: usize| {
        let before = seconds(begun);
        (0..count).for_each(|_| run());
        (seconds(begun) - before) / count as f64
    };
    let mut count = 1;
    while timed(count) * (count as f64) < 0.05 {
        count *= 4;
    }
    let mut times: Vec<f64> = (0..5).map(|_| timed(4 * count)).collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

/// Two clusters at a distance of 5 from the origin, labels absorbed.
fn clusters(n: usize, d: usize) -> Points {
    let stream = &mut Seed(1).stream("bench", "clusters");
    let mut u = stream.normals(d);
    let length = norm(&u);
    u.iter_mut().for_each(|u| *u *= 5.0 / length);
    let mut entries = stream.normals(n * d);
    entries.chunks_exact_mut(d).for_each(|x| axpy(1.0, &u, x));
    Points::new(d, entries).expect("n d numbers")
}

/// A matrix of rank two of which the share `fraction` is seen.
fn matrix(n: usize, fraction: f64) -> Completion {
    plant(n, n, 2, fraction, &mut Seed(1).stream("bench", "completion")).problem
}

fn main() {
    let names: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let begun = Instant::now();
    let asked = |row: &str| names.is_empty() || names.iter().any(|name| row.contains(name.as_str()));
    let show = |row: &str, time: f64, accuracy: &str| println!("{row:<28} {:>14.3} µs  {accuracy}", time * 1e6);
    for (n, d) in [(40, 2), (100, 20), (1000, 100), (10_000, 500)] {
        let row = format!("descent-step {n}x{d}");
        if asked(&row) {
            let points = clusters(n, d);
            let gradient = Gradient::new(&points, Loss::Logistic);
            let (mut w, mut step) = (vec![0.0; d], vec![0.0; d]);
            let time = median(begun, || {
                gradient.descent(1e-2 / n as f64, &w, &mut step);
                axpy(1.0, &step, &mut w);
            });
            show(&row, time, "");
            black_box(w);
        }
    }
    for (n, fraction) in [(5, 0.5), (20, 0.4), (50, 0.3)] {
        let row = format!("completion-step {n}");
        if asked(&row) {
            const STEPS: usize = 100;
            let problem = matrix(n, fraction);
            let mut factors = Factors::identity(&problem, 1e-2);
            let time = median(begun, || factors = factors.descend(&problem, 0.1, STEPS));
            show(&row, time / STEPS as f64, &format!("loss {:.1e}", factors.loss(&problem)));
        }
    }
    for (n, fraction) in [(2, 0.75), (5, 0.5), (20, 0.4), (50, 0.3)] {
        let row = format!("completion-flow {n}");
        if asked(&row) {
            let problem = matrix(n, fraction);
            let start = Factors::identity(&problem, 1e-2);
            let run = || flow(&problem, &start, &[20.0], Tolerance::new(1e-9, 1e-9)).expect("ends");
            let time = median(begun, || drop(black_box(run())));
            show(&row, time, &format!("loss {:.1e}", run()[0].factors.loss(&problem)));
        }
    }
    for (n, d) in [(100, 20), (1000, 100), (10_000, 500)] {
        let row = format!("hard-margin {n}x{d}");
        if asked(&row) {
            let points = clusters(n, d);
            let answer = max_margin(&points).expect("separable");
            let time = median(begun, || drop(black_box(max_margin(&points))));
            show(&row, time, &format!("relative gap {:.1e}", answer.certificate.relative_gap));
        }
    }
    for (n, fraction) in [(20, 0.4), (50, 0.3), (50, 0.4), (100, 0.4)] {
        let row = format!("nuclear-norm {n} {fraction}");
        if asked(&row) {
            let problem = matrix(n, fraction);
            let answer = min_nuclear_norm(&problem).expect("finite");
            let time = median(begun, || drop(black_box(min_nuclear_norm(&problem))));
            show(
                &row,
                time,
                &format!("relative gap {:.1e}, steps {:?}", answer.certificate.relative_gap, answer.steps),
            );
        }
    }
    for (n, d) in [(40, 2), (100, 20)] {
        let row = format!("flow-to-1e100 {n}x{d}");
        if asked(&row) {
            let setup = Setup { points: clusters(n, d), loss: Loss::Logistic, start: vec![0.0; d] };
            let run = || blind(&setup, &[100.0 * LN_10], Method::Explicit, Tolerance::new(1e-12, 1e-12)).expect("ends");
            let time = median(begun, || drop(black_box(run())));
            show(&row, time, &format!("drift {:.1e}", norm(&run()[0].drift)));
        }
    }
}
