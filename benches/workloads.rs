//! What this project does most, each as a user would ask for it: medians on one core, and how exact the answer is.
//! `cargo bench --bench workloads`; with `-- ROW ..` those alone that are named, whole or by their first word, as in
//! `-- hard-margin "nuclear-norm 20 0.4"`. `benches/against-peers` runs them in turn with what users would take instead,
//! on the same data: `-- --data=FOLDER` writes them there and times nothing.

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

/// What is asked for.
struct Bench {
    rows: Vec<String>,
    data: Option<String>,
    begun: Instant,
}

impl Bench {
    /// Whether the row is to be timed. If the data are asked for they are written: doubles, little end first.
    fn times(&self, row: &str, data: impl Iterator<Item = f64>) -> bool {
        let asked = |name: &String| row == name || row.split(' ').next() == Some(name);
        let asked = self.rows.is_empty() || self.rows.iter().any(asked);
        let Some(folder) = self.data.as_ref().filter(|_| asked) else { return asked };
        let bytes: Vec<u8> = data.flat_map(f64::to_le_bytes).collect();
        std::fs::write(format!("{folder}/{}", row.replace(' ', "-")), bytes)
            .expect("the folder of --data can be written");
        false
    }
}

fn show(row: &str, accuracy: &str, time: f64) {
    println!("{row:<28} {:>14.3} µs  {accuracy}", time * 1e6);
}

fn numbers(points: &Points) -> impl Iterator<Item = f64> {
    points.rows().flatten().copied()
}

/// M row after row, NaN where it is not seen.
fn cells(problem: &Completion) -> impl Iterator<Item = f64> {
    let mut cells = vec![f64::NAN; problem.rows * problem.cols];
    problem.entries.iter().for_each(|entry| cells[entry.i * problem.cols + entry.j] = entry.m);
    cells.into_iter()
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
    let words: Vec<String> = std::env::args().skip(1).collect();
    let bench = Bench {
        rows: words.iter().filter(|word| !word.starts_with("--")).cloned().collect(),
        data: words.iter().find_map(|word| Some(word.strip_prefix("--data=")?.to_string())),
        begun: Instant::now(),
    };
    let begun = bench.begun;
    for (n, d) in [(40, 2), (100, 20), (1000, 100), (10_000, 500)] {
        let (row, points) = (format!("descent-step {n}x{d}"), clusters(n, d));
        if bench.times(&row, numbers(&points)) {
            let gradient = Gradient::new(&points, Loss::Logistic);
            let (mut w, mut step) = (vec![0.0; d], vec![0.0; d]);
            let time = median(begun, || {
                gradient.descent(1e-2 / n as f64, &w, &mut step);
                axpy(1.0, &step, &mut w);
            });
            show(&row, "", time);
            black_box(w);
        }
    }
    for (n, fraction) in [(5, 0.5), (20, 0.4), (50, 0.3)] {
        let (row, problem) = (format!("completion-step {n}"), matrix(n, fraction));
        if bench.times(&row, cells(&problem)) {
            const STEPS: usize = 100;
            let mut factors = Factors::identity(&problem, 1e-2);
            let time = median(begun, || factors = factors.descend(&problem, 0.1, STEPS));
            show(&row, &format!("loss {:.1e}", factors.loss(&problem)), time / STEPS as f64);
        }
    }
    for (n, fraction) in [(2, 0.75), (5, 0.5), (20, 0.4), (50, 0.3)] {
        let (row, problem) = (format!("completion-flow {n}"), matrix(n, fraction));
        if bench.times(&row, cells(&problem)) {
            let start = Factors::identity(&problem, 1e-2);
            let run = || flow(&problem, &start, &[20.0], Tolerance::new(1e-9, 1e-9)).expect("ends");
            let time = median(begun, || drop(black_box(run())));
            show(&row, &format!("loss {:.1e}", run()[0].factors.loss(&problem)), time);
        }
    }
    for (n, d) in [(100, 20), (1000, 100), (10_000, 500)] {
        let (row, points) = (format!("hard-margin {n}x{d}"), clusters(n, d));
        if bench.times(&row, numbers(&points)) {
            let answer = max_margin(&points).expect("separable");
            let time = median(begun, || drop(black_box(max_margin(&points))));
            show(&row, &format!("relative gap {:.1e}", answer.certificate.relative_gap), time);
        }
    }
    for (n, fraction) in [(20, 0.4), (50, 0.3), (50, 0.4), (100, 0.4)] {
        let (row, problem) = (format!("nuclear-norm {n} {fraction}"), matrix(n, fraction));
        if bench.times(&row, cells(&problem)) {
            let answer = min_nuclear_norm(&problem).expect("finite");
            let time = median(begun, || drop(black_box(min_nuclear_norm(&problem))));
            show(&row, &format!("relative gap {:.1e}", answer.certificate.relative_gap), time);
        }
    }
    for (n, d) in [(40, 2), (100, 20)] {
        let (row, points) = (format!("flow-to-1e100 {n}x{d}"), clusters(n, d));
        if bench.times(&row, numbers(&points)) {
            let setup = Setup { points, loss: Loss::Logistic, start: vec![0.0; d] };
            let run = || blind(&setup, &[100.0 * LN_10], Method::Explicit, Tolerance::new(1e-12, 1e-12)).expect("ends");
            let time = median(begun, || drop(black_box(run())));
            show(&row, &format!("drift {:.1e}, of a second run", norm(&run()[0].drift)), time);
        }
    }
}
