//! The copy of the sources in which every fault stands, switched off, and its one build.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::fault::{Fault, Result};
use crate::plant::{Region, plant};

/// The variable that holds the number of the fault to switch on.
pub const VARIABLE: &str = "THEOREMCHECK_FAULT";

/// What the copy has and the sources have not.
const SWITCH: &str = r#"//! Which fault is switched on.

use std::sync::LazyLock;

static ON: LazyLock<Option<usize>> = LazyLock::new(|| std::env::var("THEOREMCHECK_FAULT").ok()?.parse().ok());

/// Whether fault k is switched on.
#[inline]
pub fn is(k: usize) -> bool {
    *ON == Some(k)
}
"#;

/// The copy, as written to disk.
pub struct Copy {
    target: PathBuf,
    /// File by file, which faults stand where.
    regions: BTreeMap<String, Vec<Region>>,
    /// Faults that found no place, by number.
    pub errors: BTreeMap<usize, String>,
}

/// Copies the files that git knows of, new ones too, with the faults in them, into a folder of cargo's own.
pub fn copy(root: &Path, target: PathBuf, faults: &[Fault]) -> Result<Copy> {
    let listed = output(Command::new("git").args(["-C", &root.to_string_lossy(), "ls-files", "-z"]).args([
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in listed.split('\0').filter(|name| root.join(name).is_file()) {
        files.insert(name.to_string(), fs::read(root.join(name)).map_err(|error| format!("{name}: {error}"))?);
    }
    files.insert("src/fault.rs".to_string(), SWITCH.as_bytes().to_vec());
    files.entry("src/lib.rs".to_string()).or_default().extend(b"\npub mod fault;\n");

    let mut by_file: BTreeMap<&str, Vec<(usize, &Fault)>> = BTreeMap::new();
    let mut errors = BTreeMap::new();
    for (k, fault) in faults.iter().enumerate() {
        match fault.file_and_function() {
            Ok((file, _)) => by_file.entry(file).or_default().push((k, fault)),
            Err(error) => _ = errors.insert(k, error),
        }
    }
    let mut regions = BTreeMap::new();
    for (file, faults) in by_file {
        let text = files.get(file).and_then(|bytes| str::from_utf8(bytes).ok());
        let is = if file.starts_with("src/") { "crate::fault::is" } else { "::theoremcheck::fault::is" };
        match text.ok_or_else(|| "there is no such file".to_string()).and_then(|text| plant(text, &faults, is)) {
            Ok(planted) => {
                errors.extend(planted.errors);
                regions.insert(file.to_string(), planted.regions);
                files.insert(file.to_string(), planted.text.into_bytes());
            }
            Err(error) => errors.extend(faults.iter().map(|(k, _)| (*k, error.clone()))),
        }
    }
    let tree = target.join("faults/tree");
    write(&tree, &files).map_err(|error| format!("{}: {error}", tree.display()))?;
    Ok(Copy { target, regions, errors })
}

/// Writes what has changed, so that only that is built anew, and removes what is no longer there.
fn write(tree: &Path, files: &BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    let wanted: BTreeSet<PathBuf> = files.keys().map(|name| tree.join(name)).collect();
    let mut folders = vec![tree.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !wanted.contains(&path) {
                fs::remove_file(path)?;
            }
        }
    }
    for (name, bytes) in files {
        let path = tree.join(name);
        if fs::read(&path).is_ok_and(|old| old == *bytes) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

impl Copy {
    /// Builds the command of the copy and says where it is.
    pub fn build(&self, faults: &[Fault]) -> Result<PathBuf> {
        let own = self.target.join("faults/build");
        let mut cargo = Command::new("cargo")
            .args(["build", "--quiet", "--release", "--bin", "theoremcheck", "--message-format", "json"])
            // Short runs are not worth a longer build.
            .args(["--config", "profile.release.package.theoremcheck.opt-level=1"])
            .args(["--config", "profile.release.package.implicit-bias.opt-level=1"])
            .current_dir(self.target.join("faults/tree"))
            // What the sources depend on is built once for them and for the copy.
            .env("CARGO_BUILD_BUILD_DIR", &self.target)
            .env("CARGO_TARGET_DIR", &own)
            .env("CARGO_INCREMENTAL", "1")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cargo: {error}"))?;
        let mut complaints = Vec::new();
        for line in cargo.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
            let line = line.map_err(|error| format!("cargo: {error}"))?;
            let message: Value = serde_json::from_str(&line).unwrap_or_default();
            if message["message"]["level"] == "error" {
                complaints.push(self.complaint(&message["message"], faults));
            }
        }
        match cargo.wait() {
            Ok(status) if status.success() => Ok(own.join("release/theoremcheck")),
            _ => Err(format!("the copy with the faults cannot be built\n{}", complaints.join("\n"))),
        }
    }

    /// An error of the compiler, with the faults that it is about.
    fn complaint(&self, message: &Value, faults: &[Fault]) -> String {
        let text = message["rendered"].as_str().unwrap_or_default();
        let spans = message["spans"].as_array().into_iter().flatten();
        let about = spans.filter(|span| span["is_primary"] == true).find_map(|span| {
            let at = usize::try_from(span["byte_start"].as_u64()?).ok()?;
            let around =
                self.regions.get(span["file_name"].as_str()?)?.iter().filter(|region| region.range.contains(&at));
            around.min_by_key(|region| region.range.len()).map(|region| &region.faults)
        });
        match about {
            Some(about) => {
                let names: Vec<&str> = about.iter().map(|&k| faults[k].name.as_str()).collect();
                format!("{} does not fit in its place:\n{text}", names.join(" or "))
            }
            None => text.to_string(),
        }
    }
}

/// What a command prints, if it succeeds.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
