//! The binder's own words in another language.

#[expect(dead_code, reason = "the other test needs more of it")]
mod toy;

use std::fs;
use std::path::Path;

use binder::{Manuscript, bind};

type Words = &'static [(&'static str, &'static str)];

const GERMAN: Words = &[
    ("Theorem", "Satz"),
    ("end of proof", "Ende des Beweises"),
    ("Seed {seed}: {verdict}: {detail}.", "Startwert {seed}: {verdict}: {detail}."),
    ("Broken in {control}.", "Verletzt in {control}."),
    ("Step {place}. {name}", "Schritt {place}. {name}"),
    ("line of the proof", "Zeile des Beweises"),
    ("answers {notes}", "beantwortet {notes}"),
    ("Claim", "Behauptung"),
    ("The notes say", "Im Skript steht"),
    ("Answered by", "Beantwortet von"),
    ("Verdict", "Urteil"),
    ("Checked by", "Geprüft von"),
    ("{code}, {file}, line {line}", "{code}, {file}, Zeile {line}"),
    ("The experiment: {place}", "Das Experiment: {place}"),
    ("What happens instead:", "Was stattdessen geschieht:"),
    ("{name}: what happens instead.", "{name}: was stattdessen geschieht."),
    (
        "{refutes} {step}: “{claim}” is {measured} and not {predicted}, off by {ratio} times its slack.",
        "{refutes} {step}: „{claim}“ ist {measured} und nicht {predicted}, um das {ratio}-fache der Toleranz daneben.",
    ),
    ("Refutes", "Widerlegt"),
    ("{predicted}", "{predicted}"),
    ("Exercise: {title}.", "Aufgabe: {title}."),
    ("1 point", "1 Punkt"),
    ("{points} points", "{points} Punkte"),
    ("predict, significant digits: {digits}", "vorhersagen, geltende Stellen: {digits}"),
    ("Table {number}", "Tabelle {number}"),
    ("prove", "beweisen"),
    ("check", "schreiben"),
    ("find the mistake", "den Fehler finden"),
    ("Hint {number}", "Hinweis {number}"),
    ("Solution", "Lösung"),
    (
        "Line {line}: {wrong} should be {right}, as {part} notices.",
        "Zeile {line}: {wrong} sollte {right} sein, wie {part} bemerkt.",
    ),
    ("Figure: {title}", "Bild: {title}"),
    ("Data: {title}", "Daten: {title}"),
    ("Evidence: {caption}", "Belege: {caption}"),
    ("Formula {number}", "Formel {number}"),
    ("The data of this figure", "Die Daten dieses Bildes"),
    ("measured", "gemessen"),
    ("predicted", "vorhergesagt"),
    ("slack", "Toleranz"),
    ("share of slack used", "davon gebraucht"),
    ("verdict", "Urteil"),
    ("holds", "gilt"),
    ("proved", "bewiesen"),
    ("rounding", "Rundung"),
    (
        "Seeds {seeds}: of each claim the seed that uses most of its slack. Source: {file}",
        "Startwerte {seeds}: von jeder Behauptung der, der am meisten der Toleranz braucht. Quelle: {file}",
    ),
    ("dots: measured", "Punkte: gemessen"),
    ("Cited in", "Zitiert in"),
    ("on the map", "auf der Karte"),
    ("{used} of {all} minutes used, {left} left", "{used} von {all} Minuten vergangen, {left} übrig"),
    ("Planned up to the end of this section: {n} min", "Geplant bis zum Ende dieses Abschnitts: {n} min"),
    ("Next: {heading}", "Als Nächstes: {heading}"),
    ("Standing", "Stand"),
    ("What it means", "Bedeutung"),
    ("Steps", "Schritte"),
    ("proved in print", "in Druck bewiesen"),
    ("a source is cited beside the step", "eine Quelle steht beim Schritt"),
    ("proved in the book", "im Buch bewiesen"),
    ("the derivation is complete and too elementary to cite", "die Herleitung ist vollständig und elementar"),
    ("formal", "formal"),
    (
        "derived here, confirmed by the run; no published proof known to us",
        "hier hergeleitet und vom Lauf bestätigt; uns ist kein Beweis bekannt",
    ),
    ("observed on samples", "an Stichproben beobachtet"),
    ("seen with seeded data, not proved", "an ausgelosten Daten gesehen, nicht bewiesen"),
    ("conjectured", "vermutet"),
    ("consistent with the experiments, not derived", "mit den Experimenten verträglich, nicht hergeleitet"),
    ("overstated in the notes", "im Skript übertrieben"),
    ("true under conditions that the notes leave out", "unter Bedingungen wahr, die im Skript fehlen"),
    ("refuted", "widerlegt"),
    ("what the notes say is false", "was im Skript steht, ist falsch"),
    ("together", "zusammen"),
    ("What was checked, and how much of it holds", "Was geprüft wurde, und wie viel davon gilt"),
    ("claims that hold", "Behauptungen, die gelten"),
    ("hypotheses that hold", "Voraussetzungen, die gelten"),
    ("controls that refute", "Gegenproben, die widerlegen"),
    ("{n} of {all}", "{n} von {all}"),
    ("No step has this standing.", "Kein Schritt hat diesen Stand."),
    ("steps: {n}", "Schritte: {n}"),
    ("Claims of the notes and the theorems that answer them", "Behauptungen des Skripts und die Sätze dazu"),
    ("The theorem: {link}", "Der Satz: {link}"),
    ("{control} refutes {step}", "{control} widerlegt {step}"),
    ("Map: {title}", "Karte: {title}"),
    ("Hypothesis", "Voraussetzung"),
    ("State", "Ergebnis"),
    ("Broken in", "Verletzt in"),
    ("Step that fails then", "Schritt, der dann fehlschlägt"),
    ("The same in words", "Dasselbe in Worten"),
    ("Run it here", "Hier ausführen"),
    ("Run it here: {name}", "Hier ausführen: {name}"),
    ("Seed", "Startwert"),
    ("Stop", "Anhalten"),
    ("It runs.", "Es läuft."),
    ("Stopped.", "Angehalten."),
    ("The course could not be loaded.", "Der Kurs ließ sich nicht laden."),
    ("This browser is too old to unpack the course.", "Dieser Browser ist zu alt, um den Kurs zu entpacken."),
    ("The course broke off: {message}", "Der Kurs brach ab: {message}"),
    ("seed {seed}, {time}.", "Startwert {seed}, {time}."),
    ("Equal to the run of the book to the last digit.", "Bis zur letzten Stelle gleich dem Lauf des Buchs."),
    (
        "The largest difference to the run of the book is {difference}, {percent} % of the slack.",
        "Der größte Unterschied zum Lauf des Buchs ist {difference}, {percent} % der Toleranz.",
    ),
    ("{name}, seed {seed}, run in this page.", "{name}, Startwert {seed}, auf dieser Seite gelaufen."),
    ("{name}, run in this page.", "{name}, auf dieser Seite gelaufen."),
    (
        "nothing fails; out of reach are {late} of {all} claims",
        "nichts versagt; außer Reichweite sind {late} von {all} Behauptungen",
    ),
    ("{step} survives.", "{step} bleibt bestehen."),
    ("at most {predicted}", "höchstens {predicted}"),
    ("at least {predicted}", "mindestens {predicted}"),
    ("Run it with {options}", "Mit {options} ausführen"),
    ("The run", "Der Lauf"),
    ("Reset", "Zurücksetzen"),
    (
        "Drag the points, or move them with the arrow keys.",
        "Ziehen Sie die Punkte, oder bewegen Sie sie mit den Pfeiltasten.",
    ),
    ("Reference", "Bezug"),
    ("Predicted", "Vorhergesagt"),
    ("Measured", "Gemessen"),
    ("# {file}, which is too long to be shown", "# {file}, zu lang, um gezeigt zu werden"),
    ("fails", "gilt nicht"),
    ("out of reach", "außer Reichweite"),
    ("integration", "Integration"),
    ("certificate", "Zertifikat"),
    ("next term", "nächster Term"),
    ("sampling", "Stichprobe"),
    ("empirical", "empirisch"),
    ("no slack", "keine Toleranz"),
    ("Dark", "Dunkel"),
    ("Contents", "Inhalt"),
    ("Search this book", "In diesem Buch suchen"),
    ("Table of contents", "Inhaltsverzeichnis"),
    ("Slides", "Folien"),
    ("Slide {n} of {all}", "Folie {n} von {all}"),
    ("Slide before", "Vorige Folie"),
    ("Next slide", "Nächste Folie"),
    ("Leave the slides", "Folien verlassen"),
    ("Speaker notes", "Notizen zum Vortrag"),
    ("{n} min", "{n} Minuten"),
    ("Lecture {n}", "Vorlesung {n}"),
    ("Hypotheses", "Voraussetzungen"),
    ("Symbols", "Zeichen"),
];

fn bound(words: Words, language: &'static str) -> Result<String, String> {
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manuscript");
    let shelf = tempfile::tempdir().unwrap();
    let manuscript = Manuscript {
        title: "Das Halbieren",
        description: "Ein Satz",
        language,
        words,
        repository: None,
        command: "halbieren",
        module: Some(sound.join("SUMMARY.md")),
        chapters: sound.clone(),
        references: sound.join("references.bib"),
        sources: sound,
        notes: &[("N1", "half of it is left at each step")],
    };
    let out = shelf.path().join("book");
    bind(&toy::COURSE, &manuscript, &out).map_err(|problem| problem.to_string())?;
    assert!(fs::read_to_string(out.join("halving.html")).unwrap().contains(&format!("<html lang=\"{language}\"")));
    let pages = ["halving.html", "notes.html", "overview.html", "bibliography.html", "reader/page.js"];
    Ok(pages.map(|page| fs::read_to_string(out.join(page)).unwrap()).concat())
}

#[test]
fn a_book_is_german_to_the_last_word() {
    let text = bound(GERMAN, "de").unwrap_or_else(|problem| panic!("{problem}"));
    for (english, german) in GERMAN {
        // A phrase up to its first name, where it has names.
        let begins = |phrase: &'static str| phrase.split('{').next().unwrap_or_default();
        if !begins(german).is_empty() {
            assert!(text.contains(begins(german)), "{german} stands nowhere");
        }
        assert!(english == german || !text.contains(&format!(">{english}<")), "{english} still stands");
    }
}

#[test]
fn a_phrase_without_translation_is_named() {
    for some in [&GERMAN[1..], &[]] {
        let problem = bound(some, "de").unwrap_err();
        assert!(problem.contains("Manuscript::words: no pair for “"), "{problem}");
        assert!(problem.contains("“Theorem”"), "{problem}");
    }
}

#[test]
fn in_english_some_phrases_may_be_said_otherwise() {
    let text = bound(&[("Theorem", "Proposition")], "en-GB").unwrap_or_else(|problem| panic!("{problem}"));
    assert!(text.contains("Proposition") && text.contains("Run it here"));
}
