//! Many seeds: on how many of the data sets that nobody chose a theorem holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lines;
use crate::claim::{Claims, Verdict};
use crate::error::{Error, Result};
use crate::evidence::{self, Evidence};
use crate::figure::{Axis, Drawing, Look, Panel, Plot, Scale, Series};
use crate::interval::exact_interval;
use crate::lab::Lab;
use crate::notation::unicode;
use crate::real::ln;
use crate::seed::Seed;
use crate::theorem::Theorem;

/// What one seed gave: a line of a sweep's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What was checked, as it was named.
    what: String,
    seed: u64,
    /// How many claims were made.
    claims: usize,
    /// Where one is that has a slack.
    nearest: Option<Nearest>,
    fails: Vec<Fail>,
}

/// The claim that comes nearest to failing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nearest {
    /// "ID::STEP".
    part: String,
    /// The share of its slack that it uses.
    used: f64,
}

/// What did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fail {
    /// "ID::STEP", or a control or a hypothesis.
    part: String,
    /// Why, in a line.
    why: String,
}

/// Of a sweep, whose lines are in memory.
const MOST_SEEDS: u64 = 10_000_000;

/// "A..B", without B.
pub fn seeds(text: &str) -> std::result::Result<Range<u64>, String> {
    let ends = text.split_once("..").and_then(|(a, b)| Some(a.parse::<u64>().ok()?..b.parse().ok()?));
    match ends.filter(|range| !range.is_empty()) {
        None => Err("write the seeds as A..B with A below B, which is left out: 1..1001".into()),
        Some(range) if range.end - range.start > MOST_SEEDS => Err(format!("a sweep takes at most {MOST_SEEDS} seeds")),
        Some(range) => Ok(range),
    }
}

/// "I/N", I from 1.
pub fn shard(text: &str) -> std::result::Result<(u64, u64), String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(i, n)| (1..=*n).contains(i)).ok_or("write the shard as I/N with I from 1 to N: 2/8".into())
}

/// Checks seed after seed, and writes a line into `out` as soon as a seed is done. Seeds that have their line there are not run
/// again, and what a kill left of a line is taken out.
pub fn sweep(
    what: &str,
    targets: &[(&'static Theorem, Option<&str>)],
    wanted: &[u64],
    out: Option<&Path>,
    threads: usize,
) -> Result<Vec<Line>> {
    let (mut done, file) = out.map(lines::resume::<Line>).transpose()?.unzip();
    let done: &mut Vec<Line> = done.get_or_insert_default();
    if let (Some(other), Some(path)) = (done.iter().find(|line| line.what != what), out) {
        return Err(Error::input(format!(
            "{}: holds a sweep of '{}', not of '{what}'; give another file",
            path.display(),
            other.what
        )));
    }
    // A file that was put together of others may have a seed twice.
    let mut seen = BTreeSet::new();
    done.retain(|line| wanted.contains(&line.seed) && seen.insert(line.seed));
    let left: Vec<u64> = wanted.iter().copied().filter(|seed| !done.iter().any(|line| line.seed == *seed)).collect();
    let progress = lines::progress("seeds", wanted.len(), done.len());
    let lab = Lab::new(Seed(0));
    done.extend(lines::work(&left, file.as_ref(), threads, &progress, |&seed| {
        // A lab of its own, which is forgotten with the seed.
        let lab = lab.apart(Seed(seed));
        let line =
            line(what, seed, targets.iter().map(|(theorem, only)| evidence::check(theorem, &lab, *only, &|_| ())));
        if !line.fails.is_empty() {
            progress.set_message(format!("seed {seed} fails"));
        }
        line
    })?);
    done.sort_by_key(|line| line.seed);
    Ok(std::mem::take(done))
}

fn line(what: &str, seed: u64, runs: impl Iterator<Item = Evidence>) -> Line {
    let mut line = Line { what: what.to_string(), seed, claims: 0, nearest: None, fails: Vec::new() };
    for run in runs {
        let id = run.theorem.id;
        let mut fail = |part: String, why: String| line.fails.push(Fail { part: format!("{id}::{part}"), why });
        for (hypothesis, finding) in &run.hypotheses {
            match finding {
                Ok(finding) if finding.holds => {}
                Ok(finding) => fail(hypothesis.id.to_string(), format!("hypothesis: {}", finding.detail)),
                Err(error) => fail(hypothesis.id.to_string(), error.to_string()),
            }
        }
        for (control, broken) in &run.controls {
            match broken {
                Ok(broken) if broken.holds() => {}
                Ok(broken) if broken.refuted().is_some() => {
                    failing(&broken.instead).for_each(|why| fail(control.id(), format!("instead, {why}")));
                }
                Ok(_) => fail(control.id(), format!("'{}' survives", control.on)),
                Err(error) => fail(control.id(), error.to_string()),
            }
        }
        for (step, claims) in &run.steps {
            match claims {
                Ok(claims) => failing(claims).for_each(|why| fail(step.id.to_string(), why)),
                Err(error) => fail(step.id.to_string(), error.to_string()),
            }
        }
        for (step, claims) in &run.steps {
            for claim in claims.iter().flatten() {
                line.claims += 1;
                let used = claim.used();
                if used.is_finite() && line.nearest.as_ref().is_none_or(|nearest| used > nearest.used) {
                    line.nearest = Some(Nearest { part: format!("{id}::{}", step.id), used });
                }
            }
        }
    }
    line
}

/// The claims that do not hold, each with why; and that there are none at all, which holds no more.
fn failing(claims: &Claims) -> impl Iterator<Item = String> {
    let nothing = claims.iter().next().is_none().then(|| "no claim is made".to_string());
    nothing.into_iter().chain(claims.iter().filter_map(|claim| match claim.verdict() {
        Verdict::Holds => None,
        Verdict::Fails(why) => Some(format!("{}: {}", why.word(), claim.what)),
        out_of_reach => Some(format!("{}: {}", out_of_reach.word(), claim.what)),
    }))
}

/// The lines of several files, by their seeds. A seed may stand in more than one of them if it says the same.
pub fn merge(paths: &[&Path]) -> Result<Vec<Line>> {
    let mut merged: BTreeMap<u64, (Line, &Path)> = BTreeMap::new();
    for path in paths {
        for line in lines::read::<Line>(path)? {
            if let Some((other, from)) = merged.values().next().filter(|(other, _)| other.what != line.what) {
                return Err(Error::input(format!(
                    "{}: a sweep of '{}', but {} is one of '{}'; merge sweeps of the same",
                    path.display(),
                    line.what,
                    from.display(),
                    other.what
                )));
            }
            // The last bits of a share may be those of the processor.
            let differs = |other: &Line| (other.claims, &other.fails) != (line.claims, &line.fails);
            if let Some((_, from)) = merged.get(&line.seed).filter(|(other, _)| differs(other)) {
                return Err(Error::input(format!(
                    "seed {} differs between {} and {}: they are of two versions of the course",
                    line.seed,
                    from.display(),
                    path.display()
                )));
            }
            merged.insert(line.seed, (line, path));
        }
    }
    if merged.is_empty() {
        return Err(Error::input("the files have no line: nothing was swept"));
    }
    Ok(merged.into_values().map(|(line, _)| line).collect())
}

/// Level of the interval of the probability that a seed holds.
const CONFIDENCE: f64 = 0.95;

fn hold(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.fails.is_empty()).count()
}

/// The parts that fail, with what each seed says of them.
fn parts(lines: &[Line]) -> BTreeMap<&str, Vec<(u64, &str)>> {
    let mut parts: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for line in lines {
        for fail in &line.fails {
            parts.entry(&fail.part).or_default().push((line.seed, &fail.why));
        }
    }
    parts
}

/// Of the seeds that hold, the one that comes nearest to failing.
fn nearest(lines: &[Line]) -> Option<(u64, &Nearest)> {
    let held = lines.iter().filter(|line| line.fails.is_empty());
    let near = held.filter_map(|line| Some((line.seed, line.nearest.as_ref()?)));
    near.max_by(|(_, a), (_, b)| a.used.total_cmp(&b.used))
}

/// How near the seeds come to failing, each by the claim that comes nearest. A seed that fails, for whatever reason, stands beyond 1.
pub fn figure(lines: &[Line]) -> Drawing {
    const FAILS: f64 = 1.1;
    let used = |line: &Line| match &line.nearest {
        _ if !line.fails.is_empty() => FAILS,
        Some(nearest) => nearest.used,
        None => 0.0,
    };
    let mut used: Vec<f64> = lines.iter().map(used).collect();
    used.sort_by(f64::total_cmp);
    let count = used.len() as f64;
    let steps = |shift: f64| -> Vec<[f64; 2]> {
        let corners = used.iter().enumerate().flat_map(|(k, &used)| [(k, used), (k + 1, used)]);
        corners.map(|(k, used)| [used, (k as f64 / count + shift).clamp(0.0, 1.0)]).collect()
    };
    // Dvoretzky, Kiefer and Wolfowitz (1956), with the constant of Massart (1990).
    let band = (ln(2.0 / (1.0 - CONFIDENCE)) / (2.0 * count)).sqrt();
    let series = |name: &str, look, points| Series { name: name.to_string(), look, points };
    let panel = Panel {
        x: Axis { label: "largest share of a slack that a claim uses", scale: Scale::Linear, from: 0.0, to: 1.2 },
        y: Axis { label: "share of the seeds", scale: Scale::Linear, from: 0.0, to: 1.0 },
        series: vec![
            series("of these seeds", Look::Predicted, steps(0.0)),
            series("of all seeds, at least", Look::Bound, steps(-band)),
            series("of all seeds, at most", Look::Bound, steps(band)),
            series("seeds fail beyond", Look::Interval, vec![[1.0, 0.0], [1.0, 1.0]]),
        ],
        labels: Vec::new(),
    };
    Drawing {
        title: "How near the seeds come to failing",
        says: "The share of the seeds at which no claim uses more of its slack than this; seeds that fail stand right of the upright line. \
               Between the dashed lines lies that of all seeds, at every place at once, with 95 % confidence.",
        plot: Plot { panels: vec![panel] },
    }
}

/// How many seeds hold, with an exact interval for all of them, and what fails.
pub fn report(lines: &[Line]) -> String {
    let (held, count) = (hold(lines), lines.len());
    let (low, high) = exact_interval(held, count, 1.0 - CONFIDENCE);
    let claims: usize = lines.iter().map(|line| line.claims).sum();
    // Lines are in the order of their seeds; a shard that is missing leaves gaps.
    let (first, last) = (lines[0].seed, lines[count - 1].seed);
    let gaps = last - first + 1 - count as u64;
    let among = if gaps == 0 { String::new() } else { format!(" ({gaps} between {first} and {last} are not there)") };
    let mut text = format!(
        "{}: {held} of {count} seeds hold{among}, {claims} claims in all\n\
         of all seeds, {:.3} % to {:.3} % hold, with {:.0} % confidence (Clopper, Pearson)\n",
        lines[0].what,
        100.0 * low,
        100.0 * high,
        100.0 * CONFIDENCE
    );
    if let Some((seed, Nearest { part, used })) = nearest(lines) {
        text += &format!("nearest to failing: {part} at seed {seed} uses {:.1} % of a slack\n", 100.0 * used);
    }
    for (part, seen) in parts(lines) {
        text += &format!("\n{part}\n");
        for (seed, why) in seen {
            text += &format!("  seed {seed}: {}\n", unicode(why));
        }
    }
    text
}

/// The same as an object.
pub fn to_json(lines: &[Line]) -> Value {
    let (low, high) = exact_interval(hold(lines), lines.len(), 1.0 - CONFIDENCE);
    let fails = parts(lines).into_iter().map(|(part, seen)| {
        let seeds: Vec<Value> = seen.into_iter().map(|(seed, why)| json!({ "seed": seed, "why": why })).collect();
        json!({ "part": part, "seeds": seeds })
    });
    json!({
        "what": lines[0].what,
        "seeds": lines.len(),
        "hold": hold(lines),
        "claims": lines.iter().map(|line| line.claims).sum::<usize>(),
        "confidence": CONFIDENCE,
        "interval": [low, high],
        "nearest": nearest(lines).map(|(seed, Nearest { part, used })| json!({ "part": part, "seed": seed, "used": used })),
        "fails": fails.collect::<Vec<_>>(),
    })
}

/// Whether every seed holds.
pub fn holds(lines: &[Line]) -> bool {
    hold(lines) == lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_claim_does_not_hold() {
        assert!(!Claims::default().hold());
        assert_eq!(failing(&Claims::default()).collect::<Vec<_>>(), ["no claim is made"]);
    }
}
