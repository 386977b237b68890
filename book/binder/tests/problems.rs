//! A manuscript with a mistake gives one message that names the file and the line, and no book.

mod toy;

use std::fs;
use std::path::{Path, PathBuf};

use binder::{Edition, Manuscript, Paper, Pdf, bind};
use rstest::rstest;
use tempfile::TempDir;
use theoremcheck::course::Course;

/// Binds the toy manuscript with `from` in the chapter exchanged for `to`: the message, and where the book would be.
fn bind_with(from: &str, to: &str) -> (Result<(), String>, TempDir) {
    bind_changed(&toy::COURSE, |name, text| if name == "halving.md" { exchanged(&text, from, to) } else { text })
}

/// Binds the toy manuscript without a page.
fn bind_without(page: &str) -> (Result<(), String>, TempDir) {
    let listed = |line: &&str| !line.contains(page);
    let unlist = |text: String| text.lines().filter(listed).map(|line| format!("{line}\n")).collect();
    bind_changed(&toy::COURSE, |name, text| if name == "SUMMARY.md" { unlist(text) } else { text })
}

fn exchanged(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the sound chapter has no {from}");
    text.replacen(from, to, 1)
}

/// The toy manuscript with other chapters.
fn manuscript(chapters: PathBuf) -> Manuscript {
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manuscript");
    Manuscript {
        title: "Das Halbieren",
        description: "Ein Satz",
        language: "en",
        words: &[],
        repository: Some("https://example.org/halbieren"),
        command: "halbieren",
        module: None,
        chapters,
        references: sound.join("references.bib"),
        sources: sound,
        notes: &[("N1", "half of it is left at each step")],
    }
}

fn bind_changed(course: &'static Course, change: impl Fn(&str, String) -> String) -> (Result<(), String>, TempDir) {
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manuscript");
    let shelf = tempfile::tempdir().unwrap();
    let chapters = shelf.path().join("src");
    fs::create_dir(&chapters).unwrap();
    for name in ["SUMMARY.md", "halving.md", "notes.md", "overview.md", "bibliography.md"] {
        let text = fs::read_to_string(sound.join(name)).unwrap();
        fs::write(chapters.join(name), change(name, text)).unwrap();
    }
    // A book from before must not outlive a failure.
    fs::create_dir(shelf.path().join("book")).unwrap();
    fs::write(shelf.path().join("book/index.html"), "old").unwrap();
    fs::write(shelf.path().join("book/.nojekyll"), "mdBook's").unwrap();
    let bound = bind(course, &manuscript(chapters), &shelf.path().join("book"));
    let source = format!("{}/src/", shelf.path().display());
    (bound.map_err(|problem| problem.to_string().replace(&source, "")), shelf)
}

#[rstest]
#[case::step_twice(
    "{{#qed}}",
    "{{#step halving::each-half}}",
    "halving.md:21: {{#step halving::each-half}} stands here again: first at halving.md:15"
)]
#[case::evidence_missing(
    "{{#evidence halving::each-half}}\n",
    "",
    "halving.md:5: halving::each-half is registered and stands nowhere: write {{#evidence halving::each-half}}"
)]
#[case::control_missing(
    "{{#control halving::without-factor}}\n",
    "",
    "halving.md:5: halving::without-factor is registered and stands nowhere: write {{#control halving::without-factor}}"
)]
#[case::evidence_of_a_control_missing(
    "{{#evidence halving::without-factor}}\n",
    "",
    "halving.md:5: halving::without-factor is registered and stands nowhere: write {{#evidence halving::without-factor}}"
)]
#[case::text_under_the_title_before(
    "{{#evidence halving::without-factor}}\n",
    "{{#evidence halving::without-factor}}\n\nOf $x$ nothing comes.\n",
    "halving.md:41: this stands under the title of halving::without-factor: write it above its evidence, or below \
     another title"
)]
#[case::statement_missing(
    "{{#statement halving}}\n",
    "",
    "SUMMARY.md: halving is registered and stands nowhere: write {{#statement halving}}"
)]
#[case::unknown_step(
    "{{#step halving::each-half}}",
    "{{#step halving::each-third}}",
    "halving.md:15: halving has no step each-third; it has each-half"
)]
#[case::unknown_theorem(
    "{{#statement halving}}",
    "{{#statement doubling}}",
    "halving.md:5: no theorem is called doubling; the course has halving"
)]
#[case::unknown_directive("{{#qed}}", "{{#qde}}", "halving.md:21: there is no directive {{#qde}}")]
#[case::unknown_citation("{{#cite zeno", "{{#cite xenon", "halving.md:3: xenon is not in the bibliography")]
#[case::missing_figure(
    "{{#figure halving::numbers}}",
    "{{#figure halving::letters}}",
    "halving.md:9: halving has no figure letters; it has numbers"
)]
#[case::live_missing(
    "{{#live halving::size}}\n",
    "",
    "halving.md:5: halving::size is registered and stands nowhere: write {{#live halving::size}}"
)]
#[case::unknown_live(
    "{{#live halving::size}}",
    "{{#live halving::colour}}",
    "halving.md:47: halving has no live figure colour; it has size"
)]
#[case::live_twice(
    "{{#qed}}",
    "{{#live halving::size}}",
    "halving.md:47: {{#live halving::size}} stands here again: first at halving.md:21"
)]
#[case::broken_anchor(
    "(#halving.each-half)",
    "(#halving.each-third)",
    "halving.md:3: the link to #halving.each-third leads nowhere: that page has no such anchor"
)]
#[case::broken_link(
    "(#halving.each-half)",
    "(thirds.md)",
    "halving.md:3: the link to thirds.md leads nowhere: there is no such page"
)]
#[case::latex(
    r"\frac{x_n}{2}",
    r"\farc{x_n}{2}",
    r#"halving.md:18: this formula does not convert: Unknown command "\farc".: x_{n+1} = \farc{x_n}{2}"#
)]
#[case::figure_missing(
    "{{#figure halving::numbers}}\n",
    "",
    "halving.md:5: halving::numbers is registered and stands nowhere: write {{#figure halving::numbers}}"
)]
#[case::exercise_missing(
    "{{#exercise halving::sum}}\n",
    "",
    "halving.md:5: halving::sum is registered and stands nowhere: write {{#exercise halving::sum}}"
)]
#[case::unknown_exercise(
    "{{#exercise halving::sum}}",
    "{{#exercise halving::product}}",
    "halving.md:29: halving has no exercise product; it has quarter, sum, halve, ratio"
)]
#[case::asked_too_late(
    "{{#exercise halving::quarter}}\n",
    "",
    "halving.md:22: {{#exercise halving::quarter}} asks what this shows: it has to stand before"
)]
#[case::unknown_standing(
    "{{#qed}}",
    "{{#standings certain}}",
    "halving.md:21: no standing is called certain; there are proved, proved-here, formal, observed, conjectured, \
     overstated, refuted"
)]
#[case::map_twice("{{#qed}}", "{{#map}}", "overview.md:9: {{#map}} stands here again: first at halving.md:21")]
#[case::no_such_function(
    "{{#code halving.rs Half::of}}",
    "{{#code halving.rs of}}",
    "halving.md:25: halving.rs has no function of; it has Half::of"
)]
#[case::code_announced(
    "{{#code halving.rs",
    "It is halved so:\n\n{{#code halving.rs",
    "halving.md:27: the sentence above announces code, which handouts and slides leave out: end it with a stop"
)]
#[case::no_such_file(
    "{{#code halving.rs Half::of}}",
    "{{#code thirds.rs Half::of}}",
    "halving.md:25: thirds.rs: No such file or directory (os error 2)"
)]
#[case::unclosed_formula(
    "$2^{-n}$",
    "$2^{-n}",
    r"halving.md:3: this $ opens or closes no formula: write \$ for the sign itself"
)]
#[case::notes_without_end(
    "Eat the cake.\n\n{{#/speaker}}",
    "Eat the cake.",
    "halving.md:49: these speaker notes have no end: write {{#/speaker}} below them"
)]
#[case::notes_within_notes(
    "{{#/speaker}}",
    "",
    "halving.md:41: these speaker notes have no end: write {{#/speaker}} before the next ones"
)]
#[case::notes_over_a_heading(
    "{{#/speaker}}",
    "## Cake\n\n{{#/speaker}}",
    "halving.md:41: these speaker notes have no end: write {{#/speaker}} before the next heading"
)]
#[case::notes_without_beginning(
    "{{#qed}}",
    "{{#/speaker}}",
    "halving.md:21: no speaker notes are open here: begin them with {{#speaker MINUTES}}"
)]
#[case::notes_without_minutes(
    "{{#speaker 5}}",
    "{{#speaker}}",
    "halving.md:41: speaker notes need their minutes, a whole number: {{#speaker 5}}"
)]
fn a_mistake_is_named_and_leaves_no_book(#[case] from: &str, #[case] to: &str, #[case] message: &str) {
    let (bound, shelf) = bind_with(from, to);
    assert_eq!(bound, Err(message.to_string()));
    let left: Vec<_> = fs::read_dir(shelf.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["src"], "something is left of the book");
}

/// What would not end within 45 minutes begins a lecture.
#[rstest]
#[case::two("{{#speaker 45}}", "50 min: Lecture 1, 5 min: Control 5 min; Lecture 2, 45 min: Control 45 min</p>")]
#[case::one("{{#speaker 40}}", "45 min: Control 5 min · Control 40 min</p>")]
#[case::long("{{#speaker 50}}", "<strong>Speaker notes</strong>, Lecture 2: 50 min</p>")]
fn speaker_notes_fall_into_lectures(#[case] second: &str, #[case] says: &str) {
    let (bound, shelf) = bind_with("{{#speaker 45}}", second);
    assert_eq!(bound, Ok(()));
    assert!(fs::read_to_string(shelf.path().join("book/halving.html")).unwrap().contains(says), "no {says}");
}

/// The message says where to put what.
#[test]
fn a_book_without_references_says_where_to_put_them() {
    let (bound, _shelf) = bind_without("bibliography.md");
    let message = "SUMMARY.md: no page holds the references: list one here, [Bibliography](bibliography.md), and write \
                   {{#bibliography}} in that file";
    assert_eq!(bound, Err(message.to_string()));
}

#[test]
fn a_step_without_a_checking_function_is_an_error() {
    let (bound, _shelf) = bind_changed(&toy::WITHOUT_CODE, |_, text| text);
    let message = "toy/mod.rs: no function of halving's sources is seen to make the claims of each-half: hand its claims \
                   to one by name";
    assert_eq!(bound, Err(message.to_string()));
}

#[test]
fn a_claim_of_the_notes_without_a_step_is_an_error() {
    let (bound, _shelf) = bind_changed(&toy::WITHOUT_ANSWER, |_, text| text);
    assert_eq!(bound, Err("notes.md:3: no step answers N1".to_string()));
}

#[test]
fn a_sound_manuscript_makes_a_book() {
    let (bound, shelf) = bind_with("# Halving", "# Halving");
    assert_eq!(bound, Ok(()));
    let page = fs::read_to_string(shelf.path().join("book/halving.html")).unwrap();
    for part in [
        "Theorem (Halving comes to nothing).",
        "<msub><mi>x</mi><mi>n</mi></msub><mo>=</mo>",
        "tends to zero.",
        "id=\"halving.each-half\"",
        "<span class=\"measured\">0.5",
        "id=\"halving.without-factor\"",
        "halbieren check halving::each-half",
        "<html lang=\"en\"",
        "Das Halbieren</title>",
        "https://example.org/halbieren",
        "Elea (1900, paradox 2)",
        "<svg class=\"plot\"",
        "<mfrac>",
        "id=\"halving.exercise.quarter\"",
        "<summary>Solution</summary>\n<p><span class=\"measured\">0.25</span></p>",
        "halbieren exercise start halving::halve",
        "Speaker notes</strong>, 5 min</p>",
        "<p>Draw <math>",
    ] {
        assert!(page.contains(part), "no {part} in the page");
    }
    assert!(!page.contains("{{#"), "a directive is left");
    // The overview has the sheets, which repeat what the chapters say.
    let searched = fs::read_to_string(shelf.path().join("book/searchindex.js")).unwrap();
    assert!(searched.contains("halving.html") && !searched.contains("overview.html"));
    let overview = fs::read_to_string(shelf.path().join("book/overview.html")).unwrap();
    for part in [
        // One step, proved in print; three claims that hold, one a seed, of one hypothesis and one control.
        "proved in print</a></th><td>a source is cited beside the step</td><td>1</td>",
        "Halving</a></th><td>1</td><td>3 of 3</td><td>1 of 1</td><td>1 of 1</td>",
        "id=\"standing.proved\"",
        "No step has this standing.",
        "id=\"map.halving\"",
        "href=\"halving.html#halving.without-factor\" aria-label=\"Without factor refutes each half\"",
        "href=\"halving.html#halving.hypothesis.factor\"",
        "href=\"notes.html#notes.N1\"",
        "href=\"halving.html#halving.each-half\"><title>Each number is half of the one before.</title>",
        "href=\"halving.html#formula.1\">(1)</a>",
        "<h2 id=\"sheet.halving\"><a href=\"halving.html#halving.statement\">Halving comes to nothing</a></h2>",
        "<span class=\"facts\">proved: Elea (1900)</span>",
        "<mfrac>",
    ] {
        assert!(overview.contains(part), "no {part} in the overview");
    }
    assert!(shelf.path().join("book/halving.numbers.csv").is_file());
}

/// What the command cannot print is said before a browser is started, or when none is there.
#[test]
fn what_cannot_be_printed_is_said() {
    let (bound, shelf) = bind_with("# Halving", "# Halving");
    assert_eq!(bound, Ok(()));
    let book = shelf.path().join("book");
    let pdf = Pdf {
        edition: Edition::Handout,
        paper: Paper::Letter,
        chapter: None,
        notes: false,
        browser: Some("no-such-browser"),
    };
    let says = |pdf: Pdf| pdf.print(&book, &shelf.path().join("book.pdf")).unwrap_err().to_string();
    let no_browser = "no-such-browser: there is no such browser; name a Chromium by --browser FILE or in the environment \
                      by CHROMIUM";
    assert_eq!(says(pdf), no_browser);
    for chapter in ["thirds", "print", "index", "toc", ""] {
        let message =
            format!("--chapter: no chapter is called '{chapter}'; the book has bibliography, halving, notes, overview");
        assert_eq!(says(Pdf { chapter: Some(chapter), ..pdf }), message);
    }
    assert_eq!(says(Pdf { browser: Some(""), ..pdf }), "--browser: no browser is named: leave it out");
    let sheets = Pdf { edition: Edition::Sheets, ..pdf };
    assert_eq!(says(Pdf { notes: true, ..sheets }), "--notes: the sheets have no speaker notes: leave it out");
    assert_eq!(
        says(Pdf { chapter: Some("halving"), ..sheets }),
        "--chapter: the sheets are of all theorems: leave it out"
    );
    let unnamed = pdf.print(&book, Path::new("")).unwrap_err().to_string();
    assert_eq!(unnamed, "--out: no file is named");
    let folder = pdf.print(&book, shelf.path()).unwrap_err().to_string();
    assert!(folder.ends_with(": this is a folder: name a file in it"), "{folder}");
    let nowhere = pdf.print(&book, &shelf.path().join("nowhere/book.pdf")).unwrap_err().to_string();
    assert!(nowhere.ends_with("nowhere/book.pdf: there is no such folder"), "{nowhere}");
    let left = |name: String| name.starts_with("printing-");
    assert!(!fs::read_dir(&book).unwrap().any(|entry| left(entry.unwrap().file_name().into_string().unwrap())));
}

#[test]
fn a_folder_that_is_no_book_is_not_touched() {
    let shelf = tempfile::tempdir().unwrap();
    fs::write(shelf.path().join("thesis.txt"), "years").unwrap();
    // As anybody may have one.
    fs::write(shelf.path().join(".nojekyll"), "").unwrap();
    let problem = bind(&toy::COURSE, &manuscript(shelf.path().join("none")), shelf.path()).unwrap_err();
    assert!(problem.to_string().contains("holds something that is no book"), "{problem}");
    assert_eq!(fs::read_to_string(shelf.path().join("thesis.txt")).unwrap(), "years");
}
