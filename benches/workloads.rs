//! What this project does most, each as a user would ask for it: medians on one core, and how exact the answer is.
//! `cargo bench --bench workloads`; with `-- ROW ..` those alone that are named, whole or by their first word, as in
//! `-- hard-margin "nuclear-norm 20 0.4"`. `benches/against-peers` runs them in turn with what users would take instead,
//! on the same data: `-- --data=FOLDER` writes them there and times nothing.

mod clock;
mod work;

use std::hint::black_box;
use std::time::Instant;

use theoremcheck::flow::factors::{Factors, flow, settle};
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::problem::completion::Completion;
use theoremcheck::problem::points::Points;
use theoremcheck::real::norm;
use theoremcheck::reference::max_margin::max_margin;
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;
use work::{
    COUNTS, clusters, deep_steps, descent_of_sets, descent_step, draw, flow_to, least_norms, matrix, median, relu_step,
    sets,
};

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
            show(&row, "", median(begun, descent_step(&points)));
        }
    }
    {
        let (count, n, d) = (1000, 100, 20);
        let (row, setups) = (format!("descent-of-sets {count}x{n}x{d}"), sets(count, n, d));
        if bench.times(&row, setups.iter().flat_map(|setup| numbers(&setup.points))) {
            const STEPS: usize = 1000;
            let time = median(begun, descent_of_sets(&setups, STEPS));
            show(&row, "a step of one set", time / (STEPS * count) as f64);
        }
    }
    {
        let (row, problem) = ("deep-step 3x20", matrix(20, 0.4));
        if bench.times(row, cells(&problem)) {
            const STEPS: usize = 100;
            show(row, "", median(begun, deep_steps(&problem, 3, STEPS)) / STEPS as f64);
        }
    }
    {
        let (row, points) = ("relu-step 30x5x50", clusters(30, 5));
        if bench.times(row, numbers(&points)) {
            show(row, "", median(begun, relu_step(&points, 50)));
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
    for alpha in ["1e-2", "1e-4", "1e-6"] {
        let (row, problem) = (format!("completion-to-1e-10 50 {alpha}"), matrix(50, 0.3));
        if bench.times(&row, cells(&problem)) {
            let alpha: f64 = alpha.parse().expect("a number");
            // Without what tells the determinant, which descent does not follow either.
            let start = Factors { volume: None, ..Factors::identity(&problem, alpha) };
            let run = |t: f64| settle(&problem, &start, Some(t), Tolerance::new(1e-6, 1e-6)).expect("ends").0;
            let loss = |t: f64| run(t).factors.loss(&problem);
            let mut t = 100.0;
            while loss(t) > 1e-10 {
                t *= 1.1;
            }
            let time = median(begun, || drop(black_box(run(t))));
            show(&row, &format!("loss {:.1e}, t = {t:.0}", loss(t)), time);
        }
    }
    {
        let (row, seeds) = ("double-descent 30x100", 100);
        let draws: Vec<(Vec<f64>, Vec<f64>)> = (0..seeds).map(draw).collect();
        if bench.times(row, draws.iter().flat_map(|(x, y)| x.iter().chain(y).copied())) {
            let run = || draws.iter().for_each(|(x, y)| least_norms(x, y, &COUNTS));
            show(row, &format!("{} problems", COUNTS.len() * seeds as usize), median(begun, run));
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
            let time = median(begun, || drop(black_box(flow_to(&setup, 100.0))));
            show(&row, &format!("drift {:.1e}, of a second run", norm(&flow_to(&setup, 100.0).drift)), time);
        }
    }
}
