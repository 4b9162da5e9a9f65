//! The files that hold editkey's own state, by what they are, and whether each is ours alone.

use std::path::{Path, PathBuf};

use crate::settings::Settings;
use crate::store::Gone;
use crate::store::ownership::{self, NotOurs};

/// Each file that the settings lead to, whether it is there or not.
pub(super) fn files(settings: &Settings) -> Vec<(&'static str, PathBuf)> {
    let folder = &settings.key_folder;
    let mut files = vec![
        ("key file", settings.access_key_file.clone()),
        ("secret", settings.secret_file.clone()),
        ("sessions", folder.join("sessions.json")),
        ("last uses", folder.join("lastused.json")),
        ("revoked keys", Gone::path_beside(&settings.access_key_file)),
    ];
    let users = settings.users_file.clone();
    files.extend(users.map(|path| ("users file", path)));
    let audit = settings.audit.as_ref();
    files.extend(audit.map(|audit| ("audit log", audit.path.clone())));
    files
}

/// The file at `path` is ours alone, or could only be made by us; without a folder of its own it is to be in `folder`.
///
/// # Errors
/// [`NotOurs`], with the command that mends it.
pub(super) fn check(path: &Path, folder: &Path) -> Result<(), NotOurs> {
    let there = if path.symlink_metadata().is_ok() {
        path
    } else {
        path.parent().unwrap_or(folder)
    };
    ownership::check_state(there)
}
