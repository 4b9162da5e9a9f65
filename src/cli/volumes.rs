//! What is said of file systems that other machines may write to: where the keys lie, and where the files do.
//!
//! Two machines never serve keys of one key file.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

use super::running;
use crate::file_system::{Remote, remote_at};
use crate::settings::{Settings, Store};

/// # Errors
/// A server on another machine serves the same key folder.
pub(super) fn alone(settings: &Settings) -> Result<()> {
    let folder = &settings.key_folder;
    if settings.store == Store::Json
        && remote_at(folder).is_some()
        && let Some(other) = running::of_another_machine(folder)
    {
        bail!(
            "the key folder {} is served by {} on the machine {}: end that one, or keep the keys of both in Redis (docs/deploy.md, Two nodes)",
            folder.display(),
            other.url,
            other.machine
        );
    }
    Ok(())
}

/// Says what does not hold there as it does on this machine's own disk.
pub(super) fn warn(settings: &Settings, err: &mut dyn Write) -> Result<()> {
    let keys = settings.access_key_file.parent();
    let keys = keys.unwrap_or(&settings.key_folder);
    let in_file = settings.store == Store::Json;
    if let Some(remote) = remote_at(keys).filter(|_| in_file) {
        writeln!(err, "warning: {}", of_keys(keys, remote))?;
    }
    for root in &settings.roots {
        if let Some(remote) = remote_at(root) {
            let (root, name) = (root.display(), remote.name);
            writeln!(
                err,
                "the root {root} lies on {name}: docs/deploy.md says which mount options it needs, and what is seen late"
            )?;
        }
    }
    Ok(())
}

fn of_keys(folder: &Path, remote: Remote) -> String {
    let (folder, name) = (folder.display(), remote.name);
    let locks = if remote.locks_reach {
        "a lock reaches the other machines only where the mount does not keep it local"
    } else {
        "a lock may bind this machine alone"
    };
    format!(
        "the key file is in {folder}, on {name}, where {locks} and a change is seen late: one machine alone may serve it; two need Redis (docs/deploy.md)"
    )
}
