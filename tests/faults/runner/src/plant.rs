//! Puts faults into the text of a file: what is found becomes `if fault::is(K) { put } else { find }`.

use std::ops::Range;

use crate::fault::{Fault, Result};
use crate::source::{Form, Place, Source};

/// A file with its faults.
pub struct Planted {
    pub text: String,
    pub regions: Vec<Region>,
    /// Faults that found no place, and why.
    pub errors: Vec<(usize, String)>,
}

/// The part of a planted text, in bytes, that is there because of some faults.
pub struct Region {
    pub range: Range<usize>,
    pub faults: Vec<usize>,
}

/// What stands in one place, and the faults that replace it.
struct Spot<'a> {
    place: Place,
    faults: Vec<(usize, &'a Fault)>,
}

/// Plants faults, each with its number, in the text of the file that they name. `is` is the path to the function that
/// says whether a fault is switched on.
pub fn plant(text: &str, faults: &[(usize, &Fault)], is: &str) -> Result<Planted> {
    let source = Source::read(text)?;
    let mut errors = Vec::new();
    let mut spots: Vec<Spot> = Vec::new();
    for &(k, fault) in faults {
        match find(&source, fault) {
            Err(error) => errors.push((k, error)),
            Ok(place) => {
                let overlaps = |spot: &&Spot| crosses(&spot.place.range, &place.range);
                if let Some(other) = spots.iter().find(overlaps) {
                    let name = &other.faults[0].1.name;
                    errors
                        .push((k, format!("`find` overlaps that of the fault {name}, and neither contains the other")));
                } else if let Some(spot) = spots.iter_mut().find(|spot| spot.place == place) {
                    spot.faults.push((k, fault));
                } else {
                    spots.push(Spot { place, faults: vec![(k, fault)] });
                }
            }
        }
    }
    // Outer places before the inner ones.
    spots.sort_by_key(|spot| (spot.place.range.start, usize::MAX - spot.place.range.end));
    let mut planted = Planted { text: String::new(), regions: Vec::new(), errors };
    write(text, 0..text.len(), &mut &spots[..], is, &mut planted);
    Ok(planted)
}

fn find(source: &Source, fault: &Fault) -> Result<Place> {
    let (_, function) = fault.file_and_function()?;
    syn::parse_str::<syn::Block>(&format!("{{ {} }}", fault.put))
        .map_err(|error| format!("`put` cannot be read as Rust: {error}"))?;
    source.place(function, &fault.find)
}

fn crosses(a: &Range<usize>, b: &Range<usize>) -> bool {
    let apart = a.end <= b.start || b.end <= a.start;
    let holds = |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && inner.end <= outer.end;
    !apart && !holds(a, b) && !holds(b, a)
}

/// Copies a part of the text, with the spots in it; takes them off the list.
fn write(text: &str, range: Range<usize>, spots: &mut &[Spot], is: &str, planted: &mut Planted) {
    let mut at = range.start;
    while let Some((Spot { place, faults }, rest)) = spots.split_first()
        && place.range.start < range.end
    {
        *spots = rest;
        planted.text.push_str(&text[at..place.range.start]);
        let open = planted.text.len();
        if let Form::Shorthand(field) = &place.form {
            planted.text.push_str(&format!("{field}: "));
        }
        // Parentheses hold an expression together, but would end a statement too late.
        let statement = place.form == Form::Statements;
        planted.text.push_str(if statement { "" } else { "(" });
        for (k, fault) in faults {
            planted.text.push_str(&format!("if {is}({k}) "));
            let put = planted.text.len();
            planted.text.push_str(&format!("{{ {} }}", fault.put));
            planted.regions.push(Region { range: put..planted.text.len(), faults: vec![*k] });
            planted.text.push_str(" else ");
        }
        planted.text.push_str("{ ");
        write(text, place.range.clone(), spots, is, planted);
        planted.text.push_str(if statement { " }" } else { " })" });
        let faults = faults.iter().map(|(k, _)| *k).collect();
        planted.regions.push(Region { range: open..planted.text.len(), faults });
        at = place.range.end;
    }
    planted.text.push_str(&text[at..range.end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn f(x: f64, z: f64) -> P {\n    let y = 2.0 * (x + 1.0);\n    y -= 1.0;\n    y *= 3.0;\n    P { x, y, z }\n}\n";

    fn planted(edits: &[(&str, &str)]) -> Planted {
        let fault = |(k, (find, put)): (usize, &(&str, &str))| Fault {
            name: format!("fault-{k}"),
            says: String::new(),
            step: String::new(),
            claim: String::new(),
            place: "file.rs: f".to_string(),
            find: find.to_string(),
            put: put.to_string(),
        };
        let faults: Vec<Fault> = edits.iter().enumerate().map(fault).collect();
        plant(TEXT, &faults.iter().enumerate().collect::<Vec<_>>(), "is").unwrap()
    }

    #[test]
    fn faults_of_one_place_are_a_chain_and_inner_ones_stand_within_outer_ones() {
        let Planted { text, errors, .. } = planted(&[("x + 1.0", "x"), ("2.0*(x + 1.0)", "1.0"), ("x + 1.0", "1.0")]);
        assert!(errors.is_empty());
        let inner = "(if is(0) { x } else if is(2) { 1.0 } else { x + 1.0 })";
        assert!(text.contains(&format!("let y = (if is(1) {{ 1.0 }} else {{ 2.0 * ({inner}) }});")), "{text}");
    }

    #[test]
    fn statements_and_fields_without_a_value_are_places() {
        let Planted { text, errors, .. } = planted(&[("y -= 1.0; y *= 3.0;", ""), ("y", "x")]);
        assert!(errors[0].1.contains("occurs 3 times"), "{}", errors[0].1);
        assert!(text.contains("if is(0) {  } else { y -= 1.0;\n    y *= 3.0; }\n"), "{text}");
        let Planted { text, .. } = planted(&[("z", "x"), ("P { x, y, z }", "P { x, y, z: 0.0 }")]);
        assert!(
            text.contains("if is(1) { P { x, y, z: 0.0 } } else { P { x, y, z: (if is(0) { x } else { z }) } }"),
            "{text}"
        );
    }

    #[test]
    fn faults_that_overlap_are_an_error() {
        let errors = planted(&[("y -= 1.0; y *= 3.0;", ""), ("y *= 3.0; P { x, y, z }", "P { x, y, z }")]).errors;
        assert_eq!(
            errors,
            [(1, "`find` overlaps that of the fault fault-0, and neither contains the other".to_string())]
        );
    }

    #[test]
    fn what_is_put_must_be_rust() {
        assert!(planted(&[("x + 1.0", "x +")]).errors[0].1.contains("`put` cannot be read as Rust"));
    }
}
