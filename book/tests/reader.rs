//! The module of the pages computes what the command computes.
//!
//! Needs node and a compiler for WebAssembly; without them it says so and checks nothing.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use implicit_bias::COURSE;
use serde_json::{Value, json};
use theoremcheck::figure::Scale;
use theoremcheck::live::{Live, Parameter, Takes};
use theoremcheck::real::pow;

const SEED: &str = "1";

/// What the module answers, or why it cannot be asked.
fn answers(requests: &[Vec<String>]) -> Result<Vec<Value>, &'static str> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success()) {
        return Err("node");
    }
    let module = book::manuscript().unwrap().module.ok_or("compiler for WebAssembly")?;
    let mut node = Command::new("node")
        .args([&home.join("tests/browser/answers.mjs"), &module, &home.join("binder/theme/worker.js")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = requests.iter().map(|words| format!("{}\n", json!(words))).collect();
    let mut input = node.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let out = node.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(out.status.success());
    Ok(String::from_utf8(out.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Says it past the test harness, which would swallow what a passing test prints.
fn skipped(test: &str, what: &str) {
    let mut terminal = std::io::stderr();
    writeln!(terminal, "SKIPPED {test}: there is no {what}").unwrap();
}

/// One digest and every step and control of every theorem.
fn requests() -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<String>>();
    let of_theorem = |theorem: &&'static theoremcheck::theorem::Theorem| {
        let checks = theorem.parts().map(|part| words(&["check", theorem.id, &part, SEED]));
        checks.chain([words(&["digest", theorem.id, SEED])]).collect::<Vec<_>>()
    };
    COURSE.theorems.iter().flat_map(of_theorem).collect()
}

/// What does not depend on last digits.
fn verdicts(answer: &Value) -> Value {
    let rows = answer["rows"].as_array().into_iter().flatten();
    let verdicts: Vec<Value> = rows.map(|row| json!([row["what"], row["relation"], row["verdict"]])).collect();
    json!([answer["error"], answer["evidence"]["holds"], answer["refuted"].is_null(), verdicts])
}

/// What was measured and predicted, claim by claim.
fn numbers(answer: &Value) -> Vec<[Value; 2]> {
    let evidence = &answer["evidence"];
    let steps = evidence["claims"].as_array().into_iter().flatten();
    let controls = evidence["controls"].as_array().into_iter().flatten();
    let instead = controls.flat_map(|control| control["instead"].as_array().into_iter().flatten());
    steps.chain(instead).map(|claim| ["measured", "predicted"].map(|key| claim[key].clone())).collect()
}

/// Every live figure as it begins, and with each slider and point at another place.
fn live_requests() -> Vec<Vec<String>> {
    let elsewhere = |takes: &Takes| match *takes {
        Takes::Number { range: [from, to], scale: Scale::Linear, .. } => json!(from + 0.25 * (to - from)),
        Takes::Number { range: [from, to], scale: Scale::Log, .. } => json!((from * to).sqrt()),
        Takes::Whole { range: [_, to], .. } => json!(to),
        Takes::Points { default, x, y, .. } => {
            json!(default.iter().map(|p| [0.25 * x[0] + 0.75 * p[0], 0.25 * y[1] + 0.75 * p[1]]).collect::<Vec<_>>())
        }
    };
    let of_live = |(theorem, live): (&str, &Live)| {
        let moved: serde_json::Map<String, Value> =
            live.parameters.iter().map(|parameter| (parameter.name.to_string(), elsewhere(&parameter.takes))).collect();
        ["{}".to_string(), json!(moved).to_string()]
            .map(|parameters| ["live", theorem, live.id, &parameters].map(str::to_string).to_vec())
    };
    COURSE
        .theorems
        .iter()
        .flat_map(|theorem| theorem.live.iter().map(|live| (theorem.id, live)))
        .flat_map(of_live)
        .collect()
}

/// The slowest that a live figure may answer on one core, in milliseconds: twenty drawings a second.
const FRAME: f64 = 50.0;

/// The time that a processor takes for each live figure as its first slider is moved, from place to place.
#[test]
fn live_figures_move() {
    let lives: Vec<(&str, &Live)> =
        COURSE.theorems.iter().flat_map(|theorem| theorem.live.iter().map(|live| (theorem.id, live))).collect();
    let value = |takes: &Takes, share: f64| match *takes {
        Takes::Number { range: [from, to], scale: Scale::Linear, .. } => json!(from + share * (to - from)),
        Takes::Number { range: [from, to], scale: Scale::Log, .. } => json!(from * pow(to / from, share)),
        Takes::Whole { range: [from, to], .. } => json!(from + (share * f64::from(to - from)) as u32),
        Takes::Points { default, .. } => json!(default),
    };
    let moved = |(theorem, live): &(&str, &Live)| -> Vec<Vec<String>> {
        let number = live.parameters.iter().find(|parameter| !matches!(parameter.takes, Takes::Points { .. }));
        let Parameter { name, takes, .. } = number.expect("each has a slider");
        let at = |k: u32| json!({ *name: value(takes, f64::from(k) / f64::from(MOVES)) }).to_string();
        (0..MOVES).map(|k| ["live", theorem, live.id, &at(k)].map(str::to_string).to_vec()).collect()
    };
    let answers = match answers(&lives.iter().flat_map(moved).collect::<Vec<_>>()) {
        Ok(answers) => answers,
        Err(what) => return skipped("live_figures_move", what),
    };
    for ((theorem, live), answers) in lives.iter().zip(answers.chunks(MOVES as usize)) {
        let mut times: Vec<f64> = answers.iter().map(|answer| answer["processor"].as_f64().unwrap()).collect();
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        println!("{theorem}::{}: {median:.1} ms, at most {:.1}", live.id, times[times.len() - 1]);
        assert!(answers.iter().all(|answer| answer["answer"]["svg"].is_string()), "{theorem}::{}", live.id);
        assert!(median <= FRAME, "{theorem}::{}: {median:.1} ms", live.id);
    }
}

/// So often each is moved.
const MOVES: u32 = 21;

/// A drawing as its numbers, and what stands between them.
fn apart(svg: &str) -> (Vec<f64>, String) {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let numbers = svg.split(|c| !is_of_number(c)).filter_map(|part| part.parse().ok()).collect();
    (numbers, svg.replace(is_of_number, ""))
}

#[test]
fn live_figures_are_those_of_the_command() {
    let requests = live_requests();
    let module = match answers(&requests) {
        Ok(answers) => answers,
        Err(what) => return skipped("live_figures_are_those_of_the_command", what),
    };
    assert_eq!(module.len(), requests.len());
    for (words, module) in requests.iter().zip(&module) {
        let native = reader::answer(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let module = &module["answer"];
        assert_eq!(native["error"], module["error"], "{words:?}");
        let [(native_at, native_text), (module_at, module_text)] =
            [&native, module].map(|answer| apart(answer["svg"].as_str().unwrap_or_default()));
        assert_eq!(native_text, module_text, "{words:?}");
        // Places are printed to a hundredth, and last digits may round to another.
        let far = native_at.iter().zip(&module_at).find(|(a, b)| (*a - *b).abs() > 0.0101);
        assert!(native_at.len() == module_at.len() && far.is_none(), "{words:?}: {far:?}");
        let names = |answer: &Value| -> Vec<Value> {
            answer["readings"].as_array().into_iter().flatten().map(|reading| reading[0].clone()).collect()
        };
        assert_eq!(names(&native), names(module), "{words:?}");
    }
    println!("{} drawings agree", requests.len());
}

#[test]
fn the_module_computes_what_the_command_does() {
    let requests = requests();
    let native = std::thread::scope(|scope| {
        let native = scope.spawn(|| {
            let answer = |words: &Vec<String>| reader::answer(&words.iter().map(String::as_str).collect::<Vec<_>>());
            requests.iter().map(answer).collect::<Vec<Value>>()
        });
        answers(&requests).map(|module| (native.join().unwrap(), module))
    });
    let (native, module) = match native {
        Ok(both) => both,
        Err(what) => return skipped("the_module_computes_what_the_command_does", what),
    };
    assert_eq!(native.len(), module.len());
    let (mut claims, mut same) = (0, 0);
    for ((words, native), module) in requests.iter().zip(&native).zip(&module) {
        let module = &module["answer"];
        match words[0].as_str() {
            "digest" => assert_eq!(native, module, "{words:?}"),
            _ => assert_eq!(verdicts(native), verdicts(module), "{words:?}"),
        }
        let [native, module] = [native, module].map(numbers);
        claims += native.len();
        same += native.iter().zip(&module).filter(|(native, module)| native == module).count();
    }
    println!("{} answers agree; of {claims} claims {same} are the same to the last digit", requests.len());
}
