//! A fault is data: what the mistake is, where it is made, and which claim must notice.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// What a failure says to the person who wrote the fault.
pub type Result<T> = std::result::Result<T, String>;

/// A mistake that a person could make. `README.md` beside the faults explains the fields.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub name: String,
    /// The mistake, for people.
    pub says: String,
    pub step: String,
    pub claim: String,
    /// "FILE: FUNCTION".
    #[serde(rename = "in")]
    pub place: String,
    pub find: String,
    pub put: String,
}

impl Fault {
    /// The file, from the root of the sources, and the function in it.
    pub fn file_and_function(&self) -> Result<(&str, &str)> {
        self.place
            .split_once(": ")
            .ok_or_else(|| format!("`in` says \"{}\"; it should say \"FILE: FUNCTION\"", self.place))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fault: Vec<Fault>,
}

/// The faults of every TOML file in a folder, file after file in the order of their names.
pub fn read(folder: &Path) -> Result<Vec<Fault>> {
    let unreadable = |error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut faults: Vec<Fault> = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file: File = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        for fault in file.fault {
            if fault.says.is_empty() || fault.claim.is_empty() {
                return Err(format!("{}: `says` and `claim` must not be empty", fault.name));
            }
            if faults.iter().any(|other| other.name == fault.name) {
                return Err(format!("{}: two faults are called '{}'", path.display(), fault.name));
            }
            faults.push(fault);
        }
    }
    Ok(faults)
}
