//! What mdBook's pages need after it has written them: our formulas' font, two themes instead of five,
//! and its own defects of accessibility mended.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::problem::{Problem, Result};
use crate::reader;
use crate::words::Words;

/// Phrases that stand in braces in what follows.
const PHRASES: [&str; 13] = [
    "Dark",
    "Contents",
    "Search this book",
    "Table of contents",
    "Slides",
    "Speaker notes",
    "Slide {n} of {all}",
    "Slide before",
    "Next slide",
    "Leave the slides",
    "{used} of {all} minutes used, {left} left",
    "Planned up to the end of this section: {n} min",
    "Next: {heading}",
];

/// Exchanged once in every page. Each must be there: if mdBook changes, we want to know.
const EXCHANGES: [(&str, &str); 11] = [
    // Two themes. Their names stay mdBook's, since its script knows them.
    (r#"id="mdbook-theme-navy">Navy<"#, r#"id="mdbook-theme-navy">{Dark}<"#),
    (r#"<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-rust""#, RUST),
    (r#"<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-coal""#, COAL),
    (r#"<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-ayu""#, AYU),
    // A label is not reached by the keyboard and can neither control nor be expanded. mdBook's own listener,
    // which shows the contents again, must come first. Without scripts there is a link.
    (
        r#"<label id="mdbook-sidebar-toggle" class="icon-button" for="mdbook-sidebar-toggle-anchor""#,
        r#"<noscript><a class="contents" href="{root}toc.html">{Contents}</a></noscript><button id="mdbook-sidebar-toggle" class="icon-button" type="button" onclick="setTimeout(() => document.getElementById('mdbook-sidebar-toggle-anchor').click())""#,
    ),
    ("</label>", "</button>"),
    // For lecturers. What the script says stands in its button.
    (r#"<button id="mdbook-search-toggle""#, LECTURES),
    // Landmarks.
    (r#"<div id="mdbook-menu-bar" "#, r#"<div id="mdbook-menu-bar" role="banner" "#),
    (r#"<div id="mdbook-search-wrapper" "#, r#"<div id="mdbook-search-wrapper" role="search" "#),
    // Names, and a reference to what exists.
    (
        r#"aria-describedby="searchresults-header""#,
        r#"aria-label="{Search this book}" aria-describedby="mdbook-searchresults-header""#,
    ),
    (r#"<iframe class="sidebar-iframe-outer""#, r#"<iframe title="{Table of contents}" class="sidebar-iframe-outer""#),
];
const LECTURES: &str = r#"<button id="slides-toggle" class="icon-button" type="button" title="{Slides}" aria-label="{Slides}" aria-pressed="false" data-name="{Slides}" data-place="{Slide {n} of {all}}" data-back="{Slide before}" data-next="{Next slide}" data-leave="{Leave the slides}"><span class="fa-svg"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 2h14v9H9.5l2 4h-1.6L8 11.6 6.1 15H4.5l2-4H1z"/></svg></span></button><button id="notes-toggle" class="icon-button" type="button" title="{Speaker notes}" aria-label="{Speaker notes}" aria-pressed="false" data-used="{{used} of {all} minutes used, {left} left}" data-planned="{Planned up to the end of this section: {n} min}" data-coming="{Next: {heading}}"><span class="fa-svg"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 1h14v11H7l-4 3.5V12H1z"/></svg></span></button><button id="mdbook-search-toggle""#;
const RUST: &str = r#"<li role="none" hidden><button role="menuitem" class="theme" id="mdbook-theme-rust""#;
const COAL: &str = r#"<li role="none" hidden><button role="menuitem" class="theme" id="mdbook-theme-coal""#;
const AYU: &str = r#"<li role="none" hidden><button role="menuitem" class="theme" id="mdbook-theme-ayu""#;

/// `runs`: whether the script that runs the course is there.
pub fn finish(theme: &Path, book: &Path, words: &Words, runs: bool) -> Result<()> {
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
            // "../" for a page in a directory, as mdBook tells its own script.
            let (_, root) = html.split_once("path_to_root = \"").unwrap_or_default();
            let root = root.split('"').next().unwrap_or_default().to_string();
            for (from, to) in EXCHANGES {
                if !html.contains(from) {
                    return Err(Problem::of_file(
                        "book.toml",
                        format!("mdBook no longer writes {from}: see finish.rs"),
                    ));
                }
                let said = PHRASES.iter().fold(to.replace("{root}", &root), |text, phrase| {
                    text.replace(&format!("{{{phrase}}}"), words.say(phrase))
                });
                html = html.replacen(from, &said, 1);
            }
            if runs && (html.contains("class=\"run-") || html.contains("class=\"live\"")) {
                html = html
                    .replace("</body>", &format!("<script defer src=\"{root}{}\"></script></body>", reader::SCRIPT));
            }
        }
        write(path, reachable(&html, words).as_bytes())
    })
}

/// What scrolls must be reached by the keyboard, and a region has a name of its own. And options are told from other code.
fn reachable(html: &str, words: &Words) -> String {
    let html = html.replace("<pre><code", r#"<pre><code tabindex="0""#);
    let html = html.replace("<code>--", r#"<code class="option-name">--"#);
    let mut parts = html.split(r#"<div class="table-wrapper">"#);
    let mut out = parts.next().unwrap_or_default().to_string();
    let mut tables = 0;
    for part in parts {
        // Our own tables have a class, and stand in a region that scrolls.
        if part.trim_start().starts_with("<table class=") {
            out += r#"<div class="table-wrapper">"#;
        } else {
            tables += 1;
            let name = words.fill("Table {number}", &[("number", &tables.to_string())]);
            out += &format!(r#"<div class="table-wrapper" tabindex="0" role="region" aria-label="{name}">"#);
        }
        out += part;
    }
    out
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
