//! `run homogeneous`: a network of the reader's choice on the reader's own table.

use std::collections::HashMap;
use std::ops::Bound::{Excluded, Included};

use serde_json::{Map, Value, json};

use super::experiments::Seen;
use super::identities::smoothed_margin_rises;
use super::kinks::Kink;
use super::kkt::{Kkt, polish};
use theoremcheck::claim::Claims;
use theoremcheck::error::{Error, Result};
use theoremcheck::figure::{Drawing, Look, Panel, Plot, Scale, Series};
use theoremcheck::flow::loss::Loss;
use theoremcheck::flow::loss_clock::{LossClock, Moment, Stopped, log_inverse_loss, pulls};
use theoremcheck::flow::method::Method;
use theoremcheck::flow::ode::Tolerance;
use theoremcheck::options::{DataOption, Options, Takes};
use theoremcheck::problem::homogeneous::{Architecture, Margins, Network};
use theoremcheck::problem::labelled::{POSITIVE, signs};
use theoremcheck::problem::points::Points;
use theoremcheck::problem::table::{Cells, DROP_COLUMNS, Table};
use theoremcheck::real::{exp, ln, norm, pow};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::{DataRun, Finding, OnData};

pub const ON_DATA: OnData = OnData {
    says: "A homogeneous network on a table whose last column is the label (+1/-1 or 1/0), followed under the exponential loss \
           from a start until the loss is e^-G. Labels are not absorbed: quadratic and ReLU networks see x itself.",
    options: &[
        DataOption {
            name: "model",
            takes: Takes::Word(&["relu", "quadratic", "diagonal", "deep-linear"]),
            says: "Σ a_j max(w_j·x, 0), Σ ±(w_j·x)² with signs +, -, +, .., Σ (u_i² - v_i²) x_i, or W_N .. W_1 x.",
        },
        POSITIVE,
        DataOption {
            name: "width",
            takes: Takes::Whole { sign: "H", from: 1, to: 200, default: None },
            says: "Neurons of relu (default 8) or quadratic (default 4), or of each hidden layer of deep-linear (default 3).",
        },
        DataOption {
            name: "depth",
            takes: Takes::Whole { sign: "N", from: 1, to: 8, default: Some(2) },
            says: "Layers of deep-linear.",
        },
        DataOption {
            name: "start",
            takes: Takes::Numbers { sign: "V1,V2,.." },
            says: "Initial parameters. relu: all input weights, neuron by neuron, then the output weights; quadratic: neuron by \
                   neuron; diagonal: u, then v; deep-linear: W_1, W_2, .., each row after row. [default: drawn, normal, times .5]",
        },
        DataOption {
            name: "seed",
            takes: Takes::Whole { sign: "N", from: 0, to: u64::MAX, default: Some(0) },
            says: "Which start is drawn, where --start gives none.",
        },
        DataOption {
            name: "log-inverse-loss",
            takes: Takes::Number { sign: "G", range: (Excluded(0.0), Included(1e5)), default: Some(1000.0) },
            says: "Follow the flow to a loss of e^-G.",
        },
        DROP_COLUMNS,
    ],
    cells: Cells::Labelled,
    run,
};

/// Entries beyond this have margins that are not computed with.
const LARGEST: f64 = 1e6;
/// Steps are accepted while their error is below this.
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-10, relative: 1e-10 };
/// So many looks at the gradient: some seconds' worth for a small table.
const BUDGET: usize = 400_000;

fn run(table: &Table, options: &Options) -> Result<DataRun> {
    let network = network(table, options)?;
    let start = start(&network, options)?;
    let end = options.number("log-inverse-loss").expect("has a default");
    let began = log_inverse_loss(Loss::Exponential, &network.margins(&start));
    if began >= end {
        return Err(Error::input(format!(
            "--log-inverse-loss {end}: the loss at the start is e^-{began:.3} already; ask for more"
        )));
    }
    let stops: Vec<f64> = (1..=16).map(|k| began + (end - began) * pow(0.5, f64::from(16 - k))).collect();
    // Derivatives jump at a kink.
    let method = if network.seen(&start).is_some() { Method::Explicit } else { Method::Stiff };
    let clock = LossClock { method, budget: BUDGET, ..LossClock::new(&network) };
    let (path, end) = match clock.follow_until(&start, &stops, TOLERANCE) {
        Ok(path) => (path, None),
        Err(stopped) => {
            let Some(verdict) = slides(table, &network, &stopped) else {
                return Err(why_it_stopped(table, &network, &stopped));
            };
            let reached: Vec<f64> = stops.iter().copied().filter(|&g| g < stopped.g).collect();
            (clock.follow(&start, &reached, TOLERANCE)?, Some((stopped.theta, verdict)))
        }
    };
    let last = path.last();
    let (theta, log_t, warnings) = match end {
        Some((theta, verdict)) => (theta, None, vec![verdict]),
        None => {
            let at = last.expect("sixteen stops");
            (at.theta.clone(), Some(at.log_t), vec![])
        }
    };
    let seen = Seen::new(&network, Loss::Exponential, &theta);
    let below: Vec<Vec<f64>> = path.iter().filter(|at| at.g > 0.0).map(|at| at.theta.clone()).collect();
    let mut hypotheses = vec![("smooth-path", smooth_path(&network, &path))];
    let mut steps = vec![];
    // A flow that ends on a kink may never have come to where the theorem begins.
    if !below.is_empty() || warnings.is_empty() {
        let detail = format!("log 1/L = {:.3} at the end", seen.g);
        hypotheses.push(("loss-below-one", Finding { holds: seen.g > 0.0, detail }));
        let mut rising = Claims::default();
        smoothed_margin_rises("the flow", &network, &below, &mut rising);
        steps.push(("smoothed-margin-rises", rising));
    }
    let smooth = warnings.first().map_or(Ok(()), |verdict| Err(verdict.clone()));
    let kkt = smooth.and_then(|()| polish(&network, &theta)).and_then(|(kept, theta, lambda)| {
        let kkt = Kkt::new(&kept, &theta, &lambda).map_err(|error| error.to_string())?;
        Ok((kkt, theta, lambda))
    });
    let reference = match &kkt {
        Ok((_, theta, lambda)) => json!({ "theta": theta, "lambda": lambda }),
        Err(why) => json!({ "theta": null, "lambda": null, "detail": why }),
    };
    let predicted = predicted(&network, kkt.map(|(kkt, ..)| kkt));
    options.draw(|| both_margins(&network, &path, &predicted));
    Ok(DataRun {
        reach: None,
        hypotheses,
        warnings,
        reference,
        predicted,
        measured: measured(&network, &theta, log_t, &seen),
        steps,
    })
}

/// Two lines of equal features with different labels.
fn contradiction(table: &Table, labels: &[f64]) -> Option<[u64; 2]> {
    let features = table.columns() - 1;
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    (0..labels.len()).find_map(|n| {
        // Of both zeros one.
        let key = table.rows[n][..features].iter().map(|x| (x + 0.0).to_bits()).collect();
        let first = *seen.entry(key).or_insert(n);
        (labels[first] != labels[n]).then(|| [table.lines[first], table.lines[n]])
    })
}

fn network(table: &Table, options: &Options) -> Result<Network> {
    let dim = table.columns() - 1;
    if dim == 0 {
        return Err(Error::input(format!(
            "{}: a single column; at least one feature and then the label are needed on each line",
            table.source
        )));
    }
    let labels = signs(table, options.text("positive").as_deref())?;
    if let Some([first, second]) = contradiction(table, &labels) {
        return Err(Error::input(format!(
            "{}: lines {first} and {second} have the same features and different labels, and no network gives both",
            table.source
        )));
    }
    let rows: Vec<f64> = table.rows.iter().flat_map(|row| row[..dim].to_vec()).collect();
    if let Some(k) = rows.iter().position(|x| x.abs() > LARGEST) {
        return Err(Error::input(format!(
            "{}: {:e} is too large; rescale the features to below {LARGEST:e}",
            table.place(table.lines[k / dim], k % dim),
            rows[k]
        )));
    }
    let width = options.whole("width").map(|h| h as usize);
    let depth = options.whole("depth").expect("has a default") as usize;
    let model = options.word("model");
    let architecture = match model {
        "relu" => Architecture::Relu { width: width.unwrap_or(8) },
        "quadratic" => {
            let signs = (0..width.unwrap_or(4)).map(|j| if j % 2 == 0 { 1.0 } else { -1.0 }).collect();
            Architecture::Quadratic { signs }
        }
        "diagonal" if width.is_some() => return Err(Error::input("--width: a diagonal network has none")),
        "diagonal" => Architecture::Diagonal,
        "deep-linear" => Architecture::Linear { hidden: vec![width.unwrap_or(3); depth - 1] },
        other => unreachable!("no network is called {other}"),
    };
    if options.given("depth") && model != "deep-linear" {
        return Err(Error::input("--depth goes with --model deep-linear"));
    }
    Ok(Network { architecture, points: Points::new(dim, rows)?, labels })
}

/// The start that was given, or one that is drawn, if something moves from there.
fn start(network: &Network, options: &Options) -> Result<Vec<f64>> {
    let count = network.parameters();
    let drawn = || {
        let seed = Seed(options.whole("seed").expect("has a default"));
        let mut stream = seed.stream("homogeneous", "start on data");
        stream.normals(count).iter().map(|x| 0.5 * x).collect()
    };
    if options.given("start") && options.given("seed") {
        return Err(Error::input("--seed: nothing is drawn where --start is given"));
    }
    let start: Vec<f64> = options.numbers("start").unwrap_or_else(drawn);
    if start.len() != count {
        return Err(Error::input(format!("--start has {} numbers; the network has {count} parameters", start.len())));
    }
    if let Some(large) = start.iter().find(|x| x.abs() > 1e3) {
        return Err(Error::input(format!("--start: {large:e} is too large; entries up to 1e3 can be started from")));
    }
    let margins = network.margins(&start);
    if margins.iter().any(|q| *q < -700.0) {
        return Err(Error::input("--start: the loss there is too large for a double; start nearer to the origin"));
    }
    if norm(&network.gradient(&start, &pulls(Loss::Exponential, &margins))) == 0.0 {
        return Err(Error::input(if options.given("start") {
            "--start: the gradient vanishes there (as it does at the origin), and nothing moves"
        } else {
            "the gradient vanishes at the start that was drawn, where no neuron sees a point; give --start or a larger --width"
        }));
    }
    Ok(start)
}

/// Both margins along the run, against the largest known, and on the predicted curves where the constants of the gaps exist.
fn both_margins(network: &Network, path: &[Moment], predicted: &Value) -> Drawing {
    let seen = |at: &Moment| Seen::new(network, Loss::Exponential, &at.theta);
    // From where all points are fitted.
    let series = |name: &str, look, of: &dyn Fn(&Moment) -> f64| Series {
        name: name.to_string(),
        look,
        points: path.iter().filter(|at| seen(at).normalised_margin() > 0.0).map(|at| [at.g, of(at)]).collect(),
    };
    let mut all = vec![
        series("normalised margin", Look::Measured, &|at| seen(at).normalised_margin()),
        series("smoothed margin", Look::Path, &|at| seen(at).smoothed_margin()),
    ];
    let number = |key: &str| predicted[key].as_f64();
    all.extend(number("gamma").map(|gamma| series("γ", Look::Bound, &|_| gamma)));
    if let (Some(gamma), Some(h), Some(gap)) = (number("gamma"), number("entropy"), number("gap_constant")) {
        let law = |gained: f64| move |at: &Moment| gamma * (at.g + gained) / (at.g + h);
        all.push(series("γ g/(g + H)", Look::Predicted, &law(0.0)));
        all.push(series("γ (g + Hinf)/(g + H)", Look::Predicted, &law(h - gap)));
    }
    let legend = [
        ("dots: normalised", Look::Measured),
        ("joined: smoothed", Look::Path),
        ("predicted", Look::Predicted),
        ("γ", Look::Bound),
    ];
    Drawing {
        title: "The margins of this run",
        says: "The normalised margin min q/|θ|^D, as dots, and the smoothed one, log 1/L over |θ|^D, joined by a line, against \
               log 1/L; dashed the margin γ of the KKT point to which the run comes near, if one was found, and solid the \
               predicted ways to it, if the constants of the gaps exist.",
        plot: Plot { panels: vec![Panel::fitted(("log 1/L", Scale::Log), ("margin", Scale::Linear), all, &legend)] },
    }
}

fn loss_at(stopped: &Stopped) -> String {
    format!("at log 1/L = {:.6}, a loss of {:.6e}", stopped.g, exp(-stopped.g))
}

/// That a neuron slides on its kink, if the clock came to a stand for that.
fn slides(table: &Table, network: &Network, stopped: &Stopped) -> Option<String> {
    let kink = Kink::nearest(network, &stopped.theta).filter(Kink::attracts)?;
    let Kink { neuron, point, .. } = kink;
    Some(format!(
        "a neuron slides on its kink: the smooth analysis does not apply (the point of line {}, neuron {neuron} counted from 0; \
         Clarke's mean takes the side that sees the point with {:.4}; {})",
        table.lines[point],
        kink.clarke(),
        loss_at(stopped)
    ))
}

fn why_it_stopped(table: &Table, network: &Network, stopped: &Stopped) -> Error {
    let loss = loss_at(stopped);
    let count = network.points.count();
    let seen = network.seen(&stopped.theta);
    let unseen = seen.and_then(|seen| (0..count).find(|&n| !seen.iter().skip(n).step_by(count).any(|sees| *sees)));
    if let Some(point) = unseen {
        return Error::numerical(format!(
            "the loss clock stops {loss}: no neuron sees the point of line {}, whose margin stays 0; that says nothing against \
             other starts: try one, or a wider network",
            table.lines[point]
        ));
    }
    Error::numerical(format!(
        "the loss clock stops {loss}: from this start the gradient vanishes before the data are fitted; try another start, or \
         a wider network"
    ))
}

fn smooth_path(network: &Network, path: &[Moment]) -> Finding {
    let nearest = path.iter().filter_map(|at| Kink::nearest(network, &at.theta)).map(|kink| kink.off);
    match nearest.reduce(f64::min) {
        None => Finding { holds: true, detail: "the margins are polynomials".to_string() },
        Some(off) => {
            Finding { holds: off > 0.0, detail: format!("|w·x|/(|w||x|) ≥ {off:.1e} at the moments looked at") }
        }
    }
}

const PREDICTED: [&str; 6] = ["gamma", "entropy", "min_entropy", "mu", "gap_constant", "smoothed_gap_constant"];

fn predicted(network: &Network, kkt: std::result::Result<Kkt, String>) -> Value {
    let mut detail = Map::new();
    let kkt = match kkt {
        Ok(kkt) => kkt,
        Err(why) => {
            let mut nothing: Map<String, Value> = PREDICTED.iter().map(|key| (key.to_string(), Value::Null)).collect();
            nothing.insert("detail".to_string(), PREDICTED.iter().map(|key| (key.to_string(), json!(why))).collect());
            return nothing.into();
        }
    };
    // Zeros belong to the symmetries of the network and to neurons that are aligned.
    let spectrum = kkt.tangent_spectrum().unwrap_or_default();
    let mu = spectrum.iter().copied().filter(|e| e.abs() > 1e-6).reduce(f64::min);
    let half = 0.5 * network.degree() as f64;
    let why = match mu {
        Some(mu) if mu < 0.0 => Some("I - B has a negative eigenvalue: the flow may leave this point"),
        Some(mu) if mu < half - 1e-6 => Some("μ < D/2: what the start leaves grows"),
        Some(mu) if mu < half + 1e-6 => Some("μ = D/2: the constant depends on the start; for D = 2 add γ θ'(I - B)θ"),
        _ => None,
    };
    for key in ["gap_constant", "smoothed_gap_constant"] {
        detail.extend(why.map(|why| (key.to_string(), json!(why))));
    }
    if mu.is_none() {
        detail.insert("mu".to_string(), json!("no vector is tangent to all constraints but along the KKT points"));
    }
    json!({
        "gamma": kkt.gamma,
        "entropy": kkt.entropy,
        "min_entropy": kkt.min_entropy,
        "mu": mu,
        "gap_constant": why.is_none().then_some(kkt.entropy - kkt.min_entropy),
        "smoothed_gap_constant": why.is_none().then_some(kkt.entropy),
        "detail": detail,
    })
}

/// ε and δ after Lyu and Li, at θ/(min q)^(1/D).
fn measured(network: &Network, theta: &[f64], log_t: Option<f64>, seen: &Seen) -> Value {
    let least = seen.margins.iter().copied().fold(f64::INFINITY, f64::min);
    let degree = network.degree() as f64;
    let positive = least > 0.0;
    let chord = 2.0 * (0.5 - 0.5 / (1.0 + seen.tau * seen.tau).sqrt()).sqrt();
    let scale = seen.length / seen.square.sqrt() * pow(least, -2.0 / degree);
    let delta = seen.p.iter().zip(&seen.margins).map(|(p, q)| scale * p * (q - least)).fold(0.0, f64::max);
    json!({
        "theta": theta,
        "log_inverse_loss": seen.g,
        "log_t": log_t,
        "normalized_margin": seen.normalised_margin(),
        "smoothed_margin": seen.smoothed_margin(),
        "epsilon": positive.then(|| chord * seen.length * exp(-ln(least) / degree)),
        "delta": positive.then_some(delta),
    })
}
