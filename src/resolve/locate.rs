//! Minting's half: from what a visitor asked for to the canonical place, links followed.
//!
//! It must never return a place that was not opened again through its root and no link, with every rule checked.

use std::time::Instant;

use crate::names::{Basename, Dirname, Place};

use super::held::How;
use super::identity::Node;
use super::{Refusal, Roots, links};

/// Where minting found a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The canonical place: no link stands on the way to it.
    pub place: Place,
    /// Whether a file is there; where not, the directory is.
    pub existing: bool,
}

impl Roots {
    /// Where a file really is that a visitor asked for who may reach everything below the roots.
    ///
    /// # Errors
    /// As [`Roots::locate_below`].
    pub fn locate(
        &self,
        dirname: &Dirname,
        basename: &Basename,
        now: Instant,
    ) -> Result<Located, Refusal> {
        self.locate_below(&self.paths, dirname, basename, now)
    }

    /// Where a file really is, when that is below one of `grants`, canonical directories. Links are followed; once the
    /// way has come to a link within a grant, a link outside the grants ends it. What is found is opened again,
    /// through its root and no link, and has to be the same file.
    ///
    /// # Errors
    /// [`Refusal`]: whatever [`Roots::resolve`] would refuse at the canonical place; a link that dangles, leaves the
    /// grants or is made up by the kernel; a place below no grant.
    pub fn locate_below(
        &self,
        grants: &[Dirname],
        dirname: &Dirname,
        basename: &Basename,
        now: Instant,
    ) -> Result<Located, Refusal> {
        let asked = Place {
            dirname: dirname.clone(),
            basename: basename.clone(),
        };
        let located = match self.seize(&asked, now) {
            // Most often nothing on the way is a link: what was asked for is the canonical place.
            Ok(found) => Located {
                place: asked,
                existing: found.is_some(),
            },
            Err(Refusal::Link | Refusal::Outside) => {
                let (place, walked) = links::file(self.way, dirname, basename, grants)?;
                if self.seize(&place, now)? != walked {
                    return Err(Refusal::Outside);
                }
                Located {
                    place,
                    existing: walked.is_some(),
                }
            }
            Err(refusal) => return Err(refusal),
        };
        if grants
            .iter()
            .any(|grant| located.place.dirname.below(grant).is_some())
        {
            Ok(located)
        } else {
            Err(Refusal::Outside)
        }
    }

    /// Where a directory really is that a visitor asked for who may reach everything below the roots.
    ///
    /// # Errors
    /// As [`Roots::locate_directory_below`].
    pub fn locate_directory(&self, directory: &Dirname, now: Instant) -> Result<Place, Refusal> {
        self.locate_directory_below(&self.paths, directory, now)
    }

    /// Where a directory really is, when that is one of `grants`, canonical directories, or below one. It has to be there.
    /// Links are followed as they are for a file; what is found is opened again, through its root and no link.
    ///
    /// # Errors
    /// [`Refusal`]: whatever [`Roots::resolve_directory`] would refuse at the canonical place; a link that dangles, leaves
    /// the grants or is made up by the kernel; a directory below no grant.
    pub fn locate_directory_below(
        &self,
        grants: &[Dirname],
        directory: &Dirname,
        now: Instant,
    ) -> Result<Place, Refusal> {
        let canonical = match self.seize_directory(directory, now) {
            Ok(()) => directory.clone(),
            Err(Refusal::Link | Refusal::Outside) => {
                let walked = links::directory(self.way, directory, grants)?;
                self.seize_directory(&walked, now)?;
                walked
            }
            Err(refusal) => return Err(refusal),
        };
        let mut above = grants.iter();
        if !above.any(|grant| canonical.below(grant).is_some()) {
            return Err(Refusal::Outside);
        }
        Place::of_directory(&canonical).ok_or(Refusal::Outside)
    }

    /// The canonical spelling of a directory, links followed. Two system calls when no link is on the way. The directory
    /// need not be below a root: what is granted above a root is all of that root.
    ///
    /// # Errors
    /// [`Refusal::Outside`] where there is none, whatever else stands there; [`Refusal::Link`]; [`Refusal::Io`].
    pub fn canonical_directory(&self, dirname: &Dirname) -> Result<Dirname, Refusal> {
        links::directory(self.way, dirname, &[])
    }

    /// What stands at a canonical place, every rule checked and the whole chain of its parents too: nothing of
    /// editkey's own is among them, and the last is the root.
    fn seize(&self, place: &Place, now: Instant) -> Result<Option<Node>, Refusal> {
        self.look_again_when_due(now);
        let found = self.holding.file(place, How::Chained, || {
            let directory = self.directory_now(&place.dirname)?;
            directory.check_chain()?;
            directory.file(&place.basename)
        });
        match found {
            Ok(path) => Ok(Some(path.identity().node)),
            Err(Refusal::Missing) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// The same of a directory.
    fn seize_directory(&self, directory: &Dirname, now: Instant) -> Result<(), Refusal> {
        self.directory(directory, now)?.check_chain()
    }
}
