//! Every link inside the book leads somewhere.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::manuscript::{Page, What};
use crate::problem::{Problem, Result};

/// Checks the links that the authors wrote, by their place in the manuscript, then all others.
pub fn check(pages: &[Page], book: &Path) -> Result<()> {
    let mut anchors: HashMap<PathBuf, HashSet<String>> = HashMap::new();
    let mut texts = HashMap::new();
    for page in pages {
        let path = book.join(page.html());
        let html = fs::read_to_string(&path).map_err(|error| Problem::io(&path, &error))?;
        let mut ids = HashSet::new();
        for id in values(&html, " id=\"") {
            if !ids.insert(id.clone()) {
                let message = format!("the anchor {id} stands twice on this page");
                return Err(Problem::of_file(&page.file, message));
            }
        }
        anchors.insert(page.html(), ids);
        texts.insert(page.html(), html);
    }
    let leads = |page: &Page, target: &str| -> std::result::Result<(), String> {
        if target.contains("://") || target.starts_with("mailto:") || target.starts_with("data:") {
            return Ok(());
        }
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let directory = page.path.parent().unwrap_or(Path::new(""));
        let mut to = if file.is_empty() { page.html() } else { normal(&directory.join(file)) };
        if to.extension().is_some_and(|extension| extension == "md") {
            to.set_extension("html");
        }
        match anchors.get(&to) {
            _ if !book.join(&to).is_file() => Err(format!("the link to {target} leads nowhere: there is no such page")),
            Some(ids) if !anchor.is_empty() && !ids.contains(anchor) => {
                Err(format!("the link to {target} leads nowhere: that page has no such anchor"))
            }
            _ => Ok(()),
        }
    };
    for page in pages {
        for part in &page.parts {
            if let What::Link(target) = &part.what {
                leads(page, target).map_err(|message| page.problem(part.line, message))?;
            }
        }
    }
    for page in pages {
        let html = &texts[&page.html()];
        for target in values(html, " href=\"").chain(values(html, " src=\"")) {
            leads(page, &target).map_err(|message| Problem::of_file(&page.file, message))?;
        }
    }
    Ok(())
}

/// The values of an attribute, given with its opening quote, in the order of the page.
fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = String> + 'a {
    // In text a < is an entity: every other one opens a tag.
    let tags = html.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter_map(move |tag| tag.split_once(attribute)?.1.split_once('"'))
        .map(|(value, _)| value.replace("&amp;", "&"))
}

/// Without "." and "..".
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}
