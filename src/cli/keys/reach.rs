//! Where keys lead at this moment: what stands at their places, and which roots cannot be looked at.
//!
//! A root that is not there, or in which there is nothing at all, says nothing about its files: it may be a disk that
//! is not mounted. Nothing below it is ever called missing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;

use crate::cli::installation::Installation;
use crate::cli::opened;
use crate::names::{Dirname, Place, Scope};
use crate::resolve::{Access, Refusal, Roots};

/// The roots that can be looked at, and those that cannot.
pub(super) struct Reach {
    roots: Roots,
    away: Vec<Away>,
}

/// A root that cannot be looked at.
pub(super) struct Away {
    path: Option<Dirname>,
    /// Which, and why.
    pub(super) why: String,
}

/// What stands at a key's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// The file, or the directory where the key is of one.
    There,
    /// Nothing, in a directory that is there.
    FileMissing,
    /// Not even the directory, below a root that is.
    DirectoryMissing,
    /// The root cannot be looked at.
    Away(String),
    /// Something that no key opens.
    Refused(Refusal),
}

/// The roots as they are set, or the folders that `open` was used in where nothing is.
pub(super) fn root_paths(installation: &Installation) -> Vec<PathBuf> {
    let settings = &installation.settings;
    if settings.settings_file.is_none() && settings.roots.is_empty() {
        opened::folders(&settings.key_folder)
    } else {
        settings.roots.clone()
    }
}

impl Reach {
    /// Looks at the roots.
    ///
    /// # Errors
    /// When those that can be looked at one by one cannot be opened together.
    pub(super) fn look(installation: &Installation) -> Result<Self> {
        let (mut there, mut away) = (Vec::new(), Vec::new());
        for path in root_paths(installation) {
            match unavailable(installation, &path) {
                None => there.push(path),
                Some(why) => away.push(Away {
                    path: spelled(&path),
                    why,
                }),
            }
        }
        Ok(Self {
            roots: installation.roots(&there)?,
            away,
        })
    }

    /// The roots that cannot be looked at.
    pub(super) fn away(&self) -> &[Away] {
        &self.away
    }

    /// Why nothing is known about what a key of this scope names, where that is so.
    pub(super) fn is_away(&self, place: &Place, scope: Scope) -> Option<&str> {
        let dirname = place.within(scope)?;
        let over = |away: &&Away| {
            let path = away.path.as_ref();
            path.is_some_and(|path| dirname.below(path).is_some())
        };
        self.away.iter().find(over).map(|away| away.why.as_str())
    }

    /// What stands at `place`.
    pub(super) fn at(&self, place: &Place, scope: Scope, now: Instant) -> Standing {
        if let Some(why) = self.is_away(place, scope) {
            return Standing::Away(why.to_owned());
        }
        let stands = match scope {
            Scope::File => self.roots.resolve(place, now).map(drop),
            Scope::Directory => self.roots.resolve_directory(place, now).map(drop),
        };
        let missing = || {
            let within = place.within(scope);
            within.is_some_and(|within| self.holds(&within) && gone(&within))
        };
        match stands {
            Ok(()) => Standing::There,
            Err(Refusal::Missing) => Standing::FileMissing,
            Err(Refusal::Outside) if missing() => Standing::DirectoryMissing,
            Err(refusal) => Standing::Refused(refusal),
        }
    }

    /// The same, and whether the file can be read.
    pub(super) fn opens(&self, place: &Place, scope: Scope, now: Instant) -> Standing {
        let standing = self.at(place, scope, now);
        if standing != Standing::There || scope == Scope::Directory {
            return standing;
        }
        let path = self.roots.resolve(place, now);
        match path.and_then(|path| path.open(Access::Read)) {
            Ok(_) => Standing::There,
            Err(refusal) => Standing::Refused(refusal),
        }
    }

    /// The canonical place of a file whose way leads through links, where that is below the roots.
    pub(super) fn canonical(&self, place: &Place, now: Instant) -> Option<Place> {
        let located = self.roots.locate(&place.dirname, &place.basename, now);
        located.ok().map(|located| located.place)
    }

    fn holds(&self, dirname: &Dirname) -> bool {
        let mut roots = self.roots.paths().iter();
        roots.any(|root| dirname.below(root).is_some())
    }
}

/// Why the root at `path` cannot be looked at.
fn unavailable(installation: &Installation, path: &Path) -> Option<String> {
    if let Err(error) = installation.roots(&[path.to_owned()]) {
        return Some(format!("{error:#}"));
    }
    match fs::read_dir(path).map(|mut entries| entries.next()) {
        Ok(Some(Ok(_))) => None,
        Ok(None) => Some(format!(
            "the root {} is empty, as if it were not mounted",
            path.display()
        )),
        Ok(Some(Err(error))) | Err(error) => Some(format!("the root {}: {error}", path.display())),
    }
}

fn spelled(path: &Path) -> Option<Dirname> {
    let place = path
        .canonicalize()
        .unwrap_or_else(|_| path_clean::clean(path));
    Dirname::parse(place.to_str()?).ok()
}

/// Whether nothing is at the path, whatever way leads there.
fn gone(dirname: &Dirname) -> bool {
    fs::symlink_metadata(dirname.as_path())
        .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}
