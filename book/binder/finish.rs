//! What mdBook's pages need after it has written them: our formulas' font, two themes instead of five,
//! and its own defects of accessibility mended.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::problem::{Problem, Result};

/// Exchanged in every page. Each must be there: if mdBook changes, we want to know.
const EXCHANGES: &[(&str, &str)] = &[
    // Two themes. The classes keep mdBook's names, since its script knows them.
    ("id=\"mdbook-theme-navy\">Navy<", "id=\"mdbook-theme-navy\">Dark<"),
    (
        "<li role=\"none\"><button role=\"menuitem\" class=\"theme\" id=\"mdbook-theme-rust\"",
        "<li role=\"none\" hidden><button role=\"menuitem\" class=\"theme\" id=\"mdbook-theme-rust\"",
    ),
    (
        "<li role=\"none\"><button role=\"menuitem\" class=\"theme\" id=\"mdbook-theme-coal\"",
        "<li role=\"none\" hidden><button role=\"menuitem\" class=\"theme\" id=\"mdbook-theme-coal\"",
    ),
    (
        "<li role=\"none\"><button role=\"menuitem\" class=\"theme\" id=\"mdbook-theme-ayu\"",
        "<li role=\"none\" hidden><button role=\"menuitem\" class=\"theme\" id=\"mdbook-theme-ayu\"",
    ),
];

/// Exchanged wherever they occur.
const REPLACEMENTS: &[(&str, &str)] = &[
    // A table that scrolls must be reachable by the keyboard, and have a name.
    (
        "<div class=\"table-wrapper\">",
        "<div class=\"table-wrapper\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">",
    ),
];

pub fn finish(theme: &Path, book: &Path) -> Result<()> {
    let style = book.join("theme/math.css");
    let font = theme.join("fonts/latinmodern-math.woff2");
    let licence = "GUST-FONT-LICENSE.txt";
    let read = |path: &Path| fs::read(path).map_err(|error| Problem::io(path, &error));
    let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).map_err(|error| Problem::io(path, &error));
    // Firefox loads no font from a file beside a page that is itself a file.
    let data = format!("url(data:font/woff2;base64,{})", BASE64_STANDARD.encode(read(&font)?));
    let css = String::from_utf8_lossy(&read(&style)?).replace("url(\"fonts/latinmodern-math.woff2\")", &data);
    write(&style, css.as_bytes())?;
    write(&book.join("theme").join(licence), &read(&theme.join("fonts").join(licence))?)?;
    pages(book, &|path| {
        let mut html = String::from_utf8_lossy(&read(path)?).into_owned();
        if html.contains("mdbook-theme-list") {
            for (from, to) in EXCHANGES {
                if !html.contains(from) {
                    return Err(Problem::of_file(
                        "book.toml",
                        format!("mdBook no longer writes {from}: see finish.rs"),
                    ));
                }
                html = html.replace(from, to);
            }
        }
        for (from, to) in REPLACEMENTS {
            html = html.replace(from, to);
        }
        write(path, html.as_bytes())
    })
}

/// Every HTML file under a directory.
fn pages(directory: &Path, finish: &dyn Fn(&Path) -> Result<()>) -> Result<()> {
    let entries = fs::read_dir(directory).map_err(|error| Problem::io(directory, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Problem::io(directory, &error))?.path();
        if path.is_dir() {
            pages(&path, finish)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            finish(&path)?;
        }
    }
    Ok(())
}
