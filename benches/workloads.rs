//! What this project does most, each as a user would ask for it: medians on one core, and how exact the answer is.
//! `cargo bench --bench workloads`; with `-- ROW ..` those alone that are named, whole or by their first word, as in
//! `-- hard-margin "nuclear-norm 20 0.4"`. `benches/against-peers` runs them in turn with what users would take instead,
//! on the same data: `-- --data=FOLDER` writes them there and times nothing.

mod clock;

use std::hint::black_box;
use std::time::Instant;

use clock::seconds;
use theoremcheck::flow::deep::{Layers, misfit_gradient};
use theoremcheck::flow::factors::{Factors, flow};
use theoremcheck::flow::gradient_flow::{Setup, blind};
use theoremcheck::flow::kernel::Gradient;
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::flow::side_by_side::descend_together;
use theoremcheck::problem::completion::{Completion, plant};
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::points::Points;
use theoremcheck::real::{LN_10, axpy, norm};
use theoremcheck::reference::features::Features;
use theoremcheck::reference::max_margin::max_margin;
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;
use theoremcheck::seed::{Seed, Stream};

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

fn sets(count: usize, n: usize, d: usize) -> Vec<Setup> {
    let stream = &mut Seed(1).stream("bench", "sets");
    let points = |stream: &mut Stream| Points::new(d, stream.normals(n * d)).expect("n d numbers");
    (0..count).map(|_| Setup { points: points(stream), loss: Loss::Logistic, start: vec![0.0; d] }).collect()
}

/// n of the double descent, and at how many features its solutions are asked for.
const EXAMPLES: usize = 100;
const COUNTS: [usize; 30] = [
    10, 12, 14, 16, 19, 22, 26, 30, 36, 42, 49, 57, 67, 78, 92, 100, 108, 127, 149, 174, 204, 240, 281, 329, 386, 452,
    530, 621, 728, 1000,
];

/// X column after column, and y.
fn draw(seed: u64) -> (Vec<f64>, Vec<f64>) {
    let stream = &mut Seed(seed).stream("bench", "double descent");
    (stream.normals(EXAMPLES * COUNTS[COUNTS.len() - 1]), stream.normals(EXAMPLES))
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
    {
        let (count, n, d) = (1000, 100, 20);
        let (row, setups) = (format!("descent-of-sets {count}x{n}x{d}"), sets(count, n, d));
        if bench.times(&row, setups.iter().flat_map(|setup| numbers(&setup.points))) {
            const STEPS: usize = 1000;
            let etas = vec![1e-2 / n as f64; count];
            let run = || descend_together(&setups, &etas, STEPS).expect("one shape");
            let time = median(begun, || drop(black_box(run())));
            show(&row, "a step of one set", time / (STEPS * count) as f64);
        }
    }
    {
        let (row, problem) = ("deep-step 3x20", matrix(20, 0.4));
        if bench.times(row, cells(&problem)) {
            let gradient = |x: &[f64]| misfit_gradient(&problem, x);
            let mut layers = Layers::identity(20, 3, 0.1);
            let time = median(begun, || layers = layers.moved(0.01, &layers.velocity(&gradient)));
            show(row, "", time);
            black_box(layers);
        }
    }
    {
        let (row, points) = ("relu-step 30x5x50", clusters(30, 5));
        if bench.times(row, numbers(&points)) {
            let labels: Vec<f64> = (0..30).map(|n| if n % 2 == 0 { 1.0 } else { -1.0 }).collect();
            let inputs = points.rows().zip(&labels).flat_map(|(x, y)| x.iter().map(move |x| y * x)).collect();
            let points = Points::new(5, inputs).expect("30 x 5 numbers");
            let network = Network { architecture: Architecture::Relu { width: 50 }, points, labels };
            let mut theta: Vec<f64> = Seed(1).stream("bench", "network").normals(network.parameters());
            theta.iter_mut().for_each(|theta| *theta *= 0.3);
            let time = median(begun, || {
                let pulls: Vec<f64> = network.margins(&theta).iter().map(|&q| Loss::Logistic.pull(q)).collect();
                axpy(0.05 / 30.0, &network.gradient(&theta, &pulls), &mut theta);
            });
            show(row, "", time);
            black_box(theta);
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
    {
        let (row, problem) = ("completion-to-1e-10 50", matrix(50, 0.3));
        if bench.times(row, cells(&problem)) {
            // Without what tells the determinant, which descent does not follow either.
            let start = Factors { volume: None, ..Factors::identity(&problem, 1e-2) };
            let run = |t: f64| flow(&problem, &start, &[t], Tolerance::new(1e-6, 1e-6)).expect("ends").remove(0);
            let loss = |t: f64| run(t).factors.loss(&problem);
            let mut t = 100.0;
            while loss(t) > 1e-10 {
                t *= 1.1;
            }
            let time = median(begun, || drop(black_box(run(t))));
            show(row, &format!("loss {:.1e}, t = {t:.0}", loss(t)), time);
        }
    }
    {
        let (row, seeds) = ("double-descent 30x100", 100);
        let draws: Vec<(Vec<f64>, Vec<f64>)> = (0..seeds).map(draw).collect();
        if bench.times(row, draws.iter().flat_map(|(x, y)| x.iter().chain(y).copied())) {
            let run = || {
                draws.iter().for_each(|(x, y)| {
                    let mut features = Features::new(EXAMPLES);
                    for (p, column) in x.chunks_exact(EXAMPLES).enumerate() {
                        features.push(column);
                        if COUNTS.contains(&(p + 1)) {
                            black_box(features.least_norm(y));
                        }
                    }
                });
            };
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
            let run = || blind(&setup, &[100.0 * LN_10], Method::Explicit, Tolerance::new(1e-12, 1e-12)).expect("ends");
            let time = median(begun, || drop(black_box(run())));
            show(&row, &format!("drift {:.1e}, of a second run", norm(&run()[0].drift)), time);
        }
    }
}
