//! The folders that `editkey open` was used in: the roots of a server without settings.
//!
//! Remembered, so that a bookmark of last month opens when the server runs for another file today.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Most folders that are remembered; the oldest makes way.
const FOLDERS: usize = 200;

/// The file in the key folder.
#[must_use]
pub fn path(key_folder: &Path) -> PathBuf {
    key_folder.join("opened.json")
}

/// The folders that are still there, oldest first.
#[must_use]
pub fn folders(key_folder: &Path) -> Vec<PathBuf> {
    let text = fs::read(path(key_folder)).unwrap_or_default();
    let known: Vec<PathBuf> = serde_json::from_slice(&text).unwrap_or_default();
    known.into_iter().filter(|folder| folder.is_dir()).collect()
}

/// Remembers `more`, and says whether anything was new.
///
/// # Errors
/// When the file cannot be written.
pub fn remember(key_folder: &Path, more: &[PathBuf]) -> Result<bool> {
    let mut known = folders(key_folder);
    let new: Vec<PathBuf> = more
        .iter()
        .filter(|folder| !known.contains(folder))
        .cloned()
        .collect();
    if new.is_empty() {
        return Ok(false);
    }
    known.extend(new);
    let surplus = known.len().saturating_sub(FOLDERS);
    known.drain(..surplus);
    let (path, beside) = (path(key_folder), key_folder.join("opened.json.new"));
    let write = || -> std::io::Result<()> {
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(&serde_json::to_vec(&known)?)?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    write().with_context(|| path.display().to_string())?;
    Ok(true)
}
