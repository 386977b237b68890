//! Files that appear whole or not at all.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file that is complete, beside its place: it is put there, or vanishes.
pub struct Draft {
    place: PathBuf,
    beside: PathBuf,
}

impl Draft {
    /// An error if no file can be written at this place.
    pub fn new(place: &Path, text: &str) -> Result<Draft> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let beside = place.with_file_name(format!("{name}.{}.new", std::process::id()));
        let draft = Draft { place: place.to_path_buf(), beside };
        let free = match fs::metadata(place) {
            Ok(there) if there.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(there) if there.permissions().readonly() => Err(ErrorKind::PermissionDenied.into()),
            _ => Ok(()),
        };
        draft.checked(free.and_then(|()| fs::write(&draft.beside, text)))?;
        Ok(draft)
    }

    /// Puts it at its place, over what is there.
    pub fn place(self) -> Result<()> {
        self.checked(fs::rename(&self.beside, &self.place))
    }

    fn checked(&self, done: io::Result<()>) -> Result<()> {
        done.map_err(|error| Error::input(format!("{}: cannot be written: {error}", self.place.display())))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Not there any more, if all went well.
        let _ = fs::remove_file(&self.beside);
    }
}
