//! Builds the package `reader` for the pages, with whichever compiler for WebAssembly is here: rustup's target, or Debian's
//! rustc-web, cargo-web, rust-web-src and lld, which make the standard library as well.

use std::path::{Path, PathBuf};
use std::process::Command;

use binder::{Problem, Result};

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "reader";

/// The module, or none where no compiler can make one.
pub fn build(root: &Path) -> Result<Option<PathBuf>> {
    let Some(mut cargo) = compiler() else { return Ok(None) };
    let shelf = root.join("target/reader");
    let built = cargo
        .current_dir(root)
        .args(["build", "--locked", "--package", "reader", "--lib", "--target", TARGET, "--profile", PROFILE])
        .arg("--target-dir")
        .arg(&shelf)
        // A panic names its file: by the name of the package, and not by where it was on this machine.
        .env("CARGO_ENCODED_RUSTFLAGS", hidden(root).join("\u{1f}"))
        .status()
        .map_err(|error| Problem::of_file("reader", format!("cargo does not run: {error}")))?;
    if !built.success() {
        return Err(Problem::of_file("reader", "the module for the pages was not built: see above"));
    }
    Ok(Some(shelf.join(TARGET).join(PROFILE).join("reader.wasm")))
}

fn compiler() -> Option<Command> {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output().ok()?;
    if Path::new(String::from_utf8_lossy(&libraries.stdout).trim()).is_dir() {
        return Some(Command::new("cargo"));
    }
    let debian = ["/usr/bin/cargo", "/usr/bin/rustc", "/usr/bin/wasm-ld", "/usr/lib/rustlib/src/rust/library"];
    debian.iter().all(|path| Path::new(path).exists()).then(|| {
        let mut cargo = Command::new(debian[0]);
        cargo.env("RUSTC", debian[1]).env("RUSTC_BOOTSTRAP", "1").args(["-Z", "build-std=std,panic_abort"]);
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", debian[2]);
        cargo
    })
}

/// Flags that take this machine's folders out of the paths in the module.
fn hidden(root: &Path) -> Vec<String> {
    let home = std::env::var("CARGO_HOME").map(PathBuf::from).ok();
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let crates = home.map(|home| home.join("registry/src"));
    let sources = [Some(root.to_path_buf()), crates, Some(PathBuf::from("/usr/src"))];
    sources.into_iter().flatten().map(|path| format!("--remap-path-prefix={}=", path.display())).collect()
}
