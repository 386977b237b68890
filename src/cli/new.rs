//! `new`: a theorem to begin with, its chapter, and the lines that enter both into the course around it.

use std::fs;
use std::path::{Path, PathBuf};

use super::draft::Draft;
use crate::course::{Course, is_plain};
use crate::error::{Error, Result};

const THEOREM: &str = include_str!("new/theorem.txt");
const CHAPTER: &str = include_str!("new/chapter.txt");

/// What a module or a page cannot be called.
const TAKEN: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "gen", "index", "print",
];

/// Where a course may have its list of theorems, and where its book.
const LISTS: [&str; 2] = ["theorems/lib.rs", "src/lib.rs"];
const BOOKS: [&str; 2] = ["book/src/SUMMARY.md", "book/SUMMARY.md"];

/// Writes the theorem into the course whose folder this is, and says what to do next. Nothing is written if anything stands
/// in the way.
pub fn new(course: &Course, folder: &Path, id: &str, title: &str) -> Result<String> {
    if !is_plain(id) {
        return Err(Error::input(format!(
            "'{id}' is no name for a theorem: small letters, digits and hyphens, a letter first, like 'mirror-descent'"
        )));
    }
    if TAKEN.contains(&id) {
        return Err(Error::input(format!(
            "'{id}' is a word of Rust or a page of every book; another name is needed, like 'mirror-descent'"
        )));
    }
    if course.theorem(id).is_some() {
        return Err(Error::input(format!("a theorem is called '{id}' already")));
    }
    if title.contains(['"', '\\', '\n', '[', ']', '{', '}']) || title.trim().is_empty() {
        return Err(Error::input(
            "--title: one line that says something, without quotes, backslashes, brackets and braces",
        ));
    }
    let module = id.replace('-', "_");
    let (list, entered) = LISTS
        .iter()
        .find_map(|list| {
            entered_in_list(&fs::read_to_string(folder.join(list)).ok()?, &module).map(|text| (*list, text))
        })
        .ok_or_else(|| {
            Error::input(format!(
                "neither {} here lists theorems; run this in the folder of a course, beside its Cargo.toml. To begin a \
                 new course, copy examples/descent-lemma",
                LISTS.join(" nor ")
            ))
        })?;
    let (summary, announced) = BOOKS
        .iter()
        .find_map(|book| Some((*book, announced(&fs::read_to_string(folder.join(book)).ok()?, id, title))))
        .ok_or_else(|| Error::input(format!("neither {} is here; a theorem has a chapter", BOOKS.join(" nor "))))?;
    let file = format!("{module}.rs");
    let code = Path::new(list).with_file_name(&file);
    let chapter = Path::new(summary).with_file_name(format!("{id}.md"));
    let source = code.display().to_string();
    let filled = |text: &str| {
        // The title last: it may hold the other words.
        text.replace("SOURCE", &source).replace("FILE", &file).replace("ID", id).replace("TITLE", title)
    };
    let written = [
        (code.clone(), filled(THEOREM)),
        (chapter.clone(), filled(CHAPTER)),
        (PathBuf::from(list), entered),
        (PathBuf::from(summary), announced),
    ];
    if let Some((taken, _)) = written[..2].iter().find(|(path, _)| folder.join(path).exists()) {
        return Err(Error::input(format!("{} is there already", taken.display())));
    }
    // All of them complete before the first is put at its place.
    let drafts = written.iter().map(|(path, text)| Draft::new(&folder.join(path), text)).collect::<Result<Vec<_>>>()?;
    drafts.into_iter().try_for_each(Draft::place)?;
    Ok(format!(
        "{}: the theorem. One of its claims predicts nothing yet and fails; what to put there is written above it.\n\
         {}: its chapter\n\
         {list}, {summary}: name both\n\n\
         Next:  cargo run -- check {id}    until it holds; then put your own statement, experiment and claims in their places\n",
        code.display(),
        chapter.display(),
    ))
}

/// The list with the module declared among the others in their order, and the theorem last.
fn entered_in_list(text: &str, module: &str) -> Option<String> {
    const OPENS: &str = "theorems: &[";
    let declaration = format!("mod {module};");
    let mut modules = text.lines().filter(|line| line.starts_with("mod "));
    let last = modules.clone().next_back()?;
    let declared = match modules.find(|line| **line > *declaration) {
        Some(next) => text.replacen(&format!("{next}\n"), &format!("{declaration}\n{next}\n"), 1),
        None => text.replacen(&format!("{last}\n"), &format!("{last}\n{declaration}\n"), 1),
    };
    let from = declared.find(OPENS)? + OPENS.len();
    let to = from + declared[from..].find(']')?;
    let listed = declared[from..to].trim_end();
    // One theorem a line, or all on one.
    let indent = if listed.contains('\n') { "\n        " } else { " " };
    let comma = if listed.ends_with(',') || listed.trim().is_empty() { "" } else { "," };
    let closing = if listed.contains('\n') { ",\n    " } else { "" };
    let entry = format!("{listed}{comma}{indent}&{module}::THEOREM{closing}");
    Some(format!("{}{entry}{}", &declared[..from], &declared[to..]))
}

/// The table of contents with the chapter after the others.
fn announced(text: &str, id: &str, title: &str) -> String {
    let entry = format!("- [{title}]({id}.md)\n");
    match text.lines().rfind(|line| line.starts_with("- [")) {
        Some(last) => text.replacen(&format!("{last}\n"), &format!("{last}\n{entry}"), 1),
        None => format!("{}\n\n{entry}", text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theorem_is_listed_last() {
        let one = "mod a;\n\nstatic COURSE: Course = Course {\n    theorems: &[&a::THEOREM],\n};\n";
        let two =
            "mod a;\nmod b_c;\n\nstatic COURSE: Course = Course {\n    theorems: &[&a::THEOREM, &b_c::THEOREM],\n};\n";
        assert_eq!(entered_in_list(one, "b_c").as_deref(), Some(two));
        let lines = "mod a;\n\n    theorems: &[\n        &a::THEOREM,\n    ],\n";
        let more = "mod a;\nmod b;\n\n    theorems: &[\n        &a::THEOREM,\n        &b::THEOREM,\n    ],\n";
        assert_eq!(entered_in_list(lines, "b").as_deref(), Some(more));
        let between = "mod b;\nmod c;\n\n    theorems: &[\n        &b::THEOREM,\n        &c::THEOREM,\n    ],\n";
        assert!(entered_in_list(between, "bb").unwrap().starts_with("mod b;\nmod bb;\nmod c;\n"));
        assert_eq!(entered_in_list("pub fn f() {}\n", "b"), None);
    }

    #[test]
    fn a_chapter_is_announced_last() {
        let text = "# Summary\n\n- [A](a.md)\n\n[Bibliography](bibliography.md)\n";
        let with = "# Summary\n\n- [A](a.md)\n- [B, or not](b-c.md)\n\n[Bibliography](bibliography.md)\n";
        assert_eq!(announced(text, "b-c", "B, or not"), with);
    }
}
