//! Where keys lead at this moment: what stands at their places, and which roots cannot be looked at.
//!
//! A root that is not there, or in which there is nothing at all, says nothing about its files: it may be a disk that
//! is not mounted. Nothing below it is ever called missing.

use std::sync::Arc;
use std::time::Instant;

use crate::names::{Dirname, Place, Scope};
use crate::resolve::{self, Refusal, Roots};

/// The roots that can be looked at, and those that cannot.
pub struct Reach {
    roots: Arc<Roots>,
    away: Vec<Away>,
}

/// A root that cannot be looked at.
#[derive(Debug, Clone)]
pub struct Away {
    /// Its canonical path, where it has one.
    pub path: Option<Dirname>,
    /// Which, and why.
    pub why: String,
}

/// What stands at a key's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
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

impl Reach {
    /// Looks at these roots; `away` are those that could not even be opened.
    #[must_use]
    pub fn look(roots: Arc<Roots>, mut away: Vec<Away>) -> Self {
        away.extend(roots.paths().iter().filter_map(|path| {
            Some(Away {
                why: resolve::away(path.as_path())?,
                path: Some(path.clone()),
            })
        }));
        Self { roots, away }
    }

    /// The roots that cannot be looked at.
    #[must_use]
    pub fn away(&self) -> &[Away] {
        &self.away
    }

    /// Why nothing is known about what a key of this scope names, where that is so.
    #[must_use]
    pub fn is_away(&self, place: &Place, scope: Scope) -> Option<&str> {
        let dirname = place.within(scope)?;
        let over = |away: &&Away| {
            let path = away.path.as_ref();
            path.is_some_and(|path| dirname.below(path).is_some())
        };
        self.away.iter().find(over).map(|away| away.why.as_str())
    }

    /// What stands at `place`.
    #[must_use]
    pub fn at(&self, place: &Place, scope: Scope, now: Instant) -> Standing {
        if let Some(why) = self.is_away(place, scope) {
            return Standing::Away(why.to_owned());
        }
        let stands = match scope {
            Scope::File => self.roots.resolve(place, now).map(drop),
            Scope::Directory => self.roots.resolve_directory(place, now).map(drop),
        };
        let missing = || {
            let within = place.within(scope);
            within.is_some_and(|within| self.holds(&within) && resolve::gone(&within))
        };
        match stands {
            Ok(()) => Standing::There,
            Err(Refusal::Missing) => Standing::FileMissing,
            Err(Refusal::Outside) if missing() => Standing::DirectoryMissing,
            Err(refusal) => Standing::Refused(refusal),
        }
    }

    /// The same, and whether the file can be read.
    #[must_use]
    pub fn opens(&self, place: &Place, scope: Scope, now: Instant) -> Standing {
        let standing = self.at(place, scope, now);
        if standing != Standing::There || scope == Scope::Directory {
            return standing;
        }
        let path = self.roots.resolve(place, now);
        match path.and_then(|path| path.open(resolve::Access::Read)) {
            Ok(_) => Standing::There,
            Err(refusal) => Standing::Refused(refusal),
        }
    }

    /// The canonical place of a file whose way leads through links, where that is below the roots.
    #[must_use]
    pub fn canonical(&self, place: &Place, now: Instant) -> Option<Place> {
        let located = self.roots.locate(&place.dirname, &place.basename, now);
        located.ok().map(|located| located.place)
    }

    /// The canonical place of a file that is there, in the same way.
    #[must_use]
    pub fn existing(&self, place: &Place, now: Instant) -> Option<Place> {
        let located = self.roots.locate(&place.dirname, &place.basename, now);
        let there = located.ok().filter(|located| located.existing);
        there.map(|located| located.place)
    }

    /// The canonical path of a directory that is there below the roots.
    #[must_use]
    pub fn directory(&self, dirname: &Dirname) -> Option<Dirname> {
        self.roots.canonical_directory(dirname).ok()
    }

    fn holds(&self, dirname: &Dirname) -> bool {
        let mut roots = self.roots.paths().iter();
        roots.any(|root| dirname.below(root).is_some())
    }
}
