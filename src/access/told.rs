//! Grants by the canonical spellings of their directories, as far as the disk can tell them at this moment.
//!
//! It must never take for absent what could not be looked at: whoever was refused for that would be told that nothing is
//! granted, and a key could be revoked for a grant that is still there.

use std::cell::Cell;

use super::refusals::closed;
use crate::error::Refused;
use crate::grants::Grants;
use crate::names::Dirname;
use crate::resolve::{Refusal, Roots};

/// The grants that could be told, and why there may be more.
pub(super) struct Told {
    /// Of directories that are there.
    pub(super) grants: Grants,
    /// What may be told later.
    untold: Option<Refusal>,
    /// Whether what is left out is not there.
    whole: bool,
}

impl Told {
    /// The same grants by canonical spellings; what is not there grants nothing.
    pub(super) fn of(grants: &Grants, roots: &Roots) -> Self {
        let (untold, whole) = (Cell::new(None), Cell::new(true));
        let grants = grants.with_directories(|path| {
            let refusal = match roots.canonical_directory(path) {
                Ok(canonical) => return Some(canonical),
                Err(refusal) => refusal,
            };
            if refusal.passes() {
                untold.set(Some(refusal));
            }
            if !matches!(refusal, Refusal::Outside | Refusal::Link) {
                whole.set(false);
            }
            None
        });
        Self {
            grants,
            untold: untold.get(),
            whole: whole.get(),
        }
    }

    /// What these grants give; nothing only where all of them were told.
    ///
    /// # Errors
    /// [`Kind::Unavailable`](crate::error::Kind::Unavailable).
    pub(super) fn gives<T>(&self, given: Option<T>) -> Result<Option<T>, Refused> {
        match (given, self.untold()) {
            (None, Some(untold)) => Err(untold),
            (given, _) => Ok(given),
        }
    }

    /// Why there may be more than these.
    pub(super) fn untold(&self) -> Option<Refused> {
        self.untold.map(closed)
    }

    /// All that is granted, for who must not miss anything of it: nothing where a directory may be there and could not be
    /// looked at.
    pub(super) fn whole(self) -> Option<Grants> {
        self.whole.then_some(self.grants)
    }
}

/// The canonical spelling of a directory; the one that it has where there is none.
///
/// # Errors
/// [`Kind::Unavailable`](crate::error::Kind::Unavailable) where that could not be told now.
pub(super) fn spelled(path: &Dirname, roots: &Roots) -> Result<Dirname, Refused> {
    match roots.canonical_directory(path) {
        Ok(canonical) => Ok(canonical),
        Err(refusal) if refusal.passes() => Err(closed(refusal)),
        Err(_) => Ok(path.clone()),
    }
}
