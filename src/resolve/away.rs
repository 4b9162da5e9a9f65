//! What cannot be looked at, told from what is not there: a root that is away says nothing about its files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::names::Dirname;

/// Why nothing below the root at `path` can be called missing: it is not there, cannot be read, or holds nothing at all,
/// as under a disk that is not mounted.
#[must_use]
pub fn away(path: &Path) -> Option<String> {
    let path_text = path.display();
    match fs::read_dir(path).map(|mut entries| entries.next()) {
        Ok(Some(Ok(_))) => None,
        Ok(None) => Some(format!(
            "the root {path_text} is empty, as if it were not mounted"
        )),
        Ok(Some(Err(error))) | Err(error) => Some(format!("the root {path_text}: {error}")),
    }
}

/// Whether nothing is at the path, whatever way leads there.
#[must_use]
pub fn gone(dirname: &Dirname) -> bool {
    fs::symlink_metadata(dirname.as_path())
        .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}
