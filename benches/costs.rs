//! What the computations cost as functions of their sizes, on one core: exponents fitted to the times, with intervals.
//! `cargo bench --bench costs`; with `-- --record` the table of the book's page is made of what was measured.

mod clock;
mod work;

use std::hint::black_box;
use std::time::Instant;

use statrs::distribution::{ContinuousCDF, StudentsT};
use theoremcheck::flow::factors::Factors;
use theoremcheck::flow::gradient_flow::Setup;
use theoremcheck::flow::loss::Loss;
use theoremcheck::problem::points::Points;
use theoremcheck::real::{combine, dot, ln, norm};
use theoremcheck::reference::max_margin::max_margin;
use theoremcheck::reference::nuclear_norm::min_nuclear_norm;
use work::{
    clusters, deep_steps, descent_of_sets, descent_step, draw, flow_to, least_norms, matrix, median, relu_step, sets,
};

/// A computation, the size that grows, and what is kept.
struct Series {
    what: &'static str,
    of: &'static str,
    keeps: &'static str,
    /// The exponent of the operations that are counted, where they can be.
    counted: &'static str,
    sizes: &'static [usize],
    /// Seconds at a size.
    time: fn(Instant, usize) -> f64,
}

const SERIES: [Series; 12] = [
    Series {
        what: "step of gradient descent",
        of: "$n$",
        keeps: "$d = 100$",
        counted: "1",
        sizes: &[30, 100, 300, 1000, 3000, 10_000],
        time: |begun, n| median(begun, descent_step(&clusters(n, 100))),
    },
    Series {
        what: "step of gradient descent",
        of: "$d$",
        keeps: "$n = 1000$",
        counted: "1",
        sizes: &[3, 10, 30, 100, 300, 1000],
        time: |begun, d| median(begun, descent_step(&clusters(1000, d))),
    },
    Series {
        what: "a hundred steps of data sets side by side",
        of: "sets",
        keeps: "$100 \\times 20$ each",
        counted: "1",
        sizes: &[8, 24, 80, 240, 800],
        time: |begun, count| median(begun, descent_of_sets(&sets(count, 100, 20), 100)),
    },
    Series {
        what: "gradient flow to $t$",
        of: "$\\log t$",
        keeps: "$40 \\times 2$",
        counted: "1",
        sizes: &[10, 30, 100, 300, 1000],
        time: |begun, power| {
            let setup = Setup { points: clusters(40, 2), loss: Loss::Logistic, start: vec![0.0; 2] };
            median(begun, || drop(black_box(flow_to(&setup, power as f64))))
        },
    },
    Series {
        what: "step on three factors",
        of: "$n$",
        keeps: "$n \\times n$ each",
        counted: "3",
        sizes: &[5, 10, 20, 40, 80],
        time: |begun, n| median(begun, deep_steps(&matrix(n, 0.4), 3, 100)) / 100.0,
    },
    Series {
        what: "step on factors",
        of: "depth",
        keeps: "$20 \\times 20$ each",
        counted: "1",
        sizes: &[2, 4, 8, 16, 32],
        time: |begun, depth| median(begun, deep_steps(&matrix(20, 0.4), depth, 100)) / 100.0,
    },
    Series {
        what: "step of a ReLU network",
        of: "width",
        keeps: "$30 \\times 5$",
        counted: "1",
        sizes: &[16, 48, 160, 480, 1600],
        time: |begun, width| median(begun, relu_step(&clusters(30, 5), width)),
    },
    Series {
        what: "step of gradient descent on $U$ and $V$",
        of: "$n$",
        keeps: "$n \\times n$ each, 40 % seen",
        counted: "3",
        sizes: &[5, 10, 20, 40, 80],
        time: |begun, n| {
            let (problem, mut factors) = (matrix(n, 0.4), None);
            median(begun, || {
                let from = factors.take().unwrap_or_else(|| Factors::identity(&problem, 1e-2));
                factors = Some(black_box(from.descend(&problem, 0.1, 100)));
            }) / 100.0
        },
    },
    Series {
        what: "maximum margin",
        of: "$n$",
        keeps: "$d = 20$",
        counted: "",
        sizes: &[100, 300, 1000, 3000, 10_000],
        time: |begun, n| margin(begun, &clusters(n, 20)),
    },
    Series {
        what: "maximum margin",
        of: "$d$",
        keeps: "$n = 1000$",
        counted: "",
        sizes: &[5, 15, 50, 150, 500],
        time: |begun, d| margin(begun, &clusters(1000, d)),
    },
    Series {
        what: "least nuclear norm",
        of: "$n$",
        keeps: "$n \\times n$, 40 % seen",
        counted: "",
        sizes: &[10, 20, 40, 80, 160],
        time: |begun, n| {
            let problem = matrix(n, 0.4);
            median(begun, || drop(black_box(min_nuclear_norm(&problem))))
        },
    },
    Series {
        what: "features of least squares, one by one",
        of: "features",
        keeps: "$n = 100$",
        counted: "1",
        sizes: &[125, 250, 500, 1000],
        time: |begun, p| {
            let (x, y) = draw(1);
            median(begun, || least_norms(&x[..100 * p], &y, &[p]))
        },
    },
];

fn margin(begun: Instant, points: &Points) -> f64 {
    median(begun, || drop(black_box(max_margin(points))))
}

/// The slope of log time over log size, and half of its interval of 95 %: what times scatter and where they bend makes it wide.
fn exponent(sizes: &[usize], times: &[f64]) -> (f64, f64) {
    let (x, y): (Vec<f64>, Vec<f64>) =
        sizes.iter().zip(times).map(|(&size, &time)| (ln(size as f64), ln(time))).unzip();
    let count = x.len() as f64;
    let less_mean = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / count;
        values.iter().map(|value| value - mean).collect::<Vec<f64>>()
    };
    let (x, y) = (less_mean(&x), less_mean(&y));
    let spread = dot(&x, &x);
    let slope = dot(&x, &y) / spread;
    let left = combine(-slope, &x, &y);
    let student = StudentsT::new(0.0, 1.0, count - 2.0).expect("more than two sizes");
    (slope, student.inverse_cdf(0.975) * norm(&left) / ((count - 2.0) * spread).sqrt())
}

fn main() {
    let begun = Instant::now();
    let mut table = "| Computation | grows in | at | from, to | µs at the end | exponent | counted |\n\
                     |:--|:--|:--|:--|--:|--:|--:|\n"
        .to_string();
    for Series { what, of, keeps, counted, sizes, time } in SERIES {
        let times: Vec<f64> = sizes.iter().map(|&size| time(begun, size)).collect();
        let (slope, half) = exponent(sizes, &times);
        let (first, last) = (sizes[0], sizes[sizes.len() - 1]);
        let micros = times[times.len() - 1] * 1e6;
        let row = format!(
            "| {what} | {of} | {keeps} | {first}, {last} | {micros:.0} | {slope:.2} ± {half:.2} | {counted} |\n"
        );
        print!("{row}");
        table += &row;
    }
    if std::env::args().any(|word| word == "--record") {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/book/src/speed.md");
        let text = std::fs::read_to_string(page).expect("the page is there");
        let (before, rest) = text.split_once(BEGINNING).expect("the page says where");
        let (_, after) = rest.split_once(END).expect("the page says how far");
        std::fs::write(page, format!("{before}{BEGINNING}\n{table}\n{END}{after}")).expect("the page can be written");
    }
}

/// Between what the table stands in the page.
const BEGINNING: &str = "<!-- costs -->\n";
const END: &str = "<!-- end of costs -->\n";
