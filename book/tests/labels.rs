//! Every label, statement and caption of the course is understood, so that none is half set: see theoremcheck::notation.

use implicit_bias::{COURSE, NOTES};
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use theoremcheck::evidence::{self, Evidence};
use theoremcheck::lab::Lab;
use theoremcheck::notation::{Piece, read, unicode};
use theoremcheck::seed::Seed;
use theoremcheck::theorem::Theorem;

#[test]
fn every_label_is_wholly_understood() {
    let converter = LatexToMathML::new(MathCoreConfig::default()).unwrap();
    let mut lines: Vec<String> = NOTES.iter().map(|(_, says)| says.to_string()).collect();
    for theorem in COURSE.theorems {
        lines.extend(of_registry(theorem).into_iter().map(str::to_string));
        lines.extend(of_run(&evidence::check(theorem, &Lab::new(Seed(1)), None, &|_| ())));
    }
    let wrong: Vec<String> = lines.iter().filter_map(|line| misread(line, &converter)).collect();
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    assert!(lines.len() > 500, "only {} lines were looked at", lines.len());
}

/// What the theorem says before it is run.
fn of_registry(theorem: &Theorem) -> Vec<&str> {
    let mut lines = vec![theorem.title, theorem.says];
    lines.extend(theorem.symbols.iter().flat_map(|(symbol, meaning)| [*symbol, *meaning]));
    for hypothesis in theorem.hypotheses {
        lines.extend([hypothesis.says].into_iter().chain(hypothesis.only_sufficient));
    }
    lines.extend(theorem.steps().map(|step| step.says));
    lines.extend(theorem.controls.iter().map(|control| control.says));
    lines.extend(theorem.figures.iter().flat_map(|figure| [figure.title, figure.says]));
    for live in theorem.live {
        lines.extend([live.title, live.says].into_iter().chain(live.parameters.iter().map(|parameter| parameter.says)));
    }
    for exercise in theorem.exercises {
        lines.extend([exercise.title, exercise.asks].into_iter().chain(exercise.hints.iter().copied()));
        lines.extend(exercise.solution);
    }
    lines
}

/// What a run says: the findings, and the labels of all claims.
fn of_run(run: &Evidence) -> Vec<String> {
    let findings = run.hypotheses.iter().filter_map(|(_, finding)| Some(finding.as_ref().ok()?.detail.clone()));
    let of_steps = run.steps.iter().filter_map(|(_, claims)| claims.as_ref().ok());
    let of_controls = run.controls.iter().filter_map(|(_, broken)| Some(&broken.as_ref().ok()?.instead));
    findings.chain(of_steps.chain(of_controls).flatten().map(|claim| claim.what.clone())).collect()
}

/// What is wrong with a line, if anything is.
fn misread(line: &str, converter: &LatexToMathML) -> Option<String> {
    let pieces = match read(line) {
        Ok(pieces) => pieces,
        Err(what) => return Some(what),
    };
    for piece in &pieces {
        match piece {
            Piece::Text(text) if text.contains(['^', '_', '<', '>', '|', '=']) => {
                return Some(format!("the words “{text}” of “{line}” hold mathematics"));
            }
            Piece::Text(_) => {}
            Piece::Formula(formula) => {
                for latex in formula.latex() {
                    if let Err(error) = converter.convert_with_local_state(&latex, MathDisplay::Inline) {
                        return Some(format!("{error} in {latex}, which is “{line}”"));
                    }
                }
            }
        }
    }
    let shown = unicode(line);
    let left = ["<-", "->", "_(", "<=", ">=", "..", "^ ", "_ "].into_iter().find(|left| shown.contains(left));
    left.map(|left| format!("a terminal shows {left} in “{shown}”"))
}
