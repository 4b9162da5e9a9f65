//! Where the keys of an installation lead: its roots, opened one by one, since one that is away is no error here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::installation::Installation;
use super::opened;
use crate::access::prune::{Away, Reach};
use crate::names::Dirname;
use crate::settings::Settings;

/// The roots as they are set, or the folders that `open` was used in where nothing is.
pub(super) fn root_paths(installation: &Installation) -> Vec<PathBuf> {
    roots_of(&installation.settings)
}

/// The same, of these settings.
pub(super) fn roots_of(settings: &Settings) -> Vec<PathBuf> {
    if settings.settings_file.is_none() && settings.roots.is_empty() {
        opened::folders(&settings.key_folder)
    } else {
        settings.roots.clone()
    }
}

/// Looks at the roots.
///
/// # Errors
/// When those that can be looked at one by one cannot be opened together.
pub(super) fn look(installation: &Installation) -> Result<Reach> {
    let (mut there, mut away) = (Vec::new(), Vec::new());
    for path in root_paths(installation) {
        match installation.roots(std::slice::from_ref(&path)) {
            Ok(_) => there.push(path),
            Err(error) => away.push(Away {
                path: spelled(&path),
                why: format!("{error:#}"),
            }),
        }
    }
    Ok(Reach::look(Arc::new(installation.roots(&there)?), away))
}

fn spelled(path: &Path) -> Option<Dirname> {
    let place = path
        .canonicalize()
        .unwrap_or_else(|_| path_clean::clean(path));
    Dirname::parse(place.to_str()?).ok()
}
