//! Stage 3: what a visitor may do.
//!
//! Grants are compared with canonical places only, by whole components. [`Permit`] is the proof that a place was
//! granted; it is made here and nowhere else.

mod policy;
mod who;
mod within;

use std::sync::Arc;
use std::time::Duration;

use crate::names::{Dirname, Place, Rights, Scope};
use crate::visitor::{Source, Visitor};

pub use policy::{Explained, Policy, Row, Template, What};
pub use who::Who;
pub use within::{NotWithin, Within};

/// Most directories in one visitor's grants.
pub const DIRECTORIES: usize = 1000;

/// What somebody may edit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// Everything below the roots, with these rights (*poweruser*).
    pub everything: Option<Rights>,
    /// These directories and all below them.
    pub directories: Vec<Directory>,
    /// The longest life a key may get; `None` sets no limit.
    pub longest: Option<Duration>,
    /// Canonical directories outside which nothing is granted, whatever else is said; `None` for all roots.
    pub bounds: Option<Arc<[Dirname]>>,
}

/// One granted directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Its path. A canonical place below its spelling is below it, since no link can stand on the way to a canonical
    /// place; to find the others, it must be made canonical first.
    pub path: Dirname,
    /// What may be done below it.
    pub rights: Rights,
}

/// The proof that a visitor may have a key for a place.
///
/// **Invariant:** made by [`Grants::permit`] alone, or by the word of the operator at the command line
/// ([`Permit::operator`]) or of an administrator ([`Permit::administrator`]); `place` is canonical.
#[derive(Debug)]
#[non_exhaustive]
pub struct Permit {
    /// The place.
    pub place: Place,
    /// Of a file, or of a directory with all below it.
    pub scope: Scope,
    /// What the key will allow.
    pub rights: Rights,
    /// Whom it is for.
    pub by: Arc<str>,
}

/// Not granted: the place, the rights, or the life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No grant holds the place, or only one with fewer rights.
    #[error("no grant for this place with these rights")]
    Place,
    /// The life asked for is longer than the grant allows.
    #[error("a longer life than granted")]
    Life,
}

impl Grants {
    /// Everything below the roots.
    #[must_use]
    pub fn everything(rights: Rights) -> Self {
        Self {
            everything: Some(rights),
            ..Self::default()
        }
    }

    /// Whether nothing at all is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.everything.is_none() && self.directories.is_empty()
    }

    /// The most that is granted at the canonical `place`: of the file there, or of the whole directory. The order of the
    /// directories does not matter.
    #[must_use]
    pub fn rights_at(&self, place: &Place, scope: Scope) -> Option<Rights> {
        self.rights_within(&place.within(scope)?)
    }

    /// The most that is granted of everything in the canonical `directory` and below it.
    #[must_use]
    pub fn rights_within(&self, directory: &Dirname) -> Option<Rights> {
        let holds = |above: &Dirname| directory.below(above).is_some();
        if let Some(bounds) = &self.bounds
            && !bounds.iter().any(holds)
        {
            return None;
        }
        let directories = self.directories.iter();
        let below = directories
            .filter(|granted| holds(&granted.path))
            .map(|granted| granted.rights)
            .max();
        self.everything.max(below)
    }

    /// The same grants with each directory as `canonical` has it; one that is not there grants nothing.
    #[must_use]
    pub fn with_directories(&self, canonical: impl Fn(&Dirname) -> Option<Dirname>) -> Self {
        let directory = |granted: &Directory| {
            Some(Directory {
                path: canonical(&granted.path)?,
                rights: granted.rights,
            })
        };
        Self {
            directories: self.directories.iter().filter_map(directory).collect(),
            ..self.clone()
        }
    }

    /// A permit for the canonical `place`, with `rights` or the most granted.
    ///
    /// # Errors
    /// [`Denied::Place`] when no grant holds the place with these rights.
    pub fn permit(
        &self,
        place: Place,
        scope: Scope,
        rights: Option<Rights>,
        visitor: &Visitor,
    ) -> Result<Permit, Denied> {
        let most = self.rights_at(&place, scope).ok_or(Denied::Place)?;
        let rights = rights.unwrap_or(most);
        if rights > most {
            return Err(Denied::Place);
        }
        Ok(Permit {
            place,
            scope,
            rights,
            by: visitor.by(),
        })
    }

    /// These grants and `other`'s together, within the same bounds. The shorter of two lives holds.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.everything = self.everything.max(other.everything);
        self.directories.extend(other.directories);
        self.longest = match (self.longest, other.longest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, none) => one.or(none),
        };
        self
    }
}

impl Permit {
    /// What the operator says at the command line is permitted within the roots.
    #[must_use]
    pub fn operator(place: Place, scope: Scope, rights: Rights) -> Self {
        Self {
            place,
            scope,
            rights,
            by: Visitor::of(Source::Operator).by(),
        }
    }

    /// What an administrator says is permitted within the roots, as it is to the operator. The key is remembered as made
    /// for them.
    #[must_use]
    pub fn administrator(place: Place, scope: Scope, rights: Rights, by: Arc<str>) -> Self {
        Self {
            by,
            ..Self::operator(place, scope, rights)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Basename;

    fn place(dirname: &str) -> Place {
        Place {
            dirname: Dirname::parse(dirname).expect("clean"),
            basename: Basename::parse("x.md").expect("a name"),
        }
    }

    fn grants(directories: &[(&str, Rights)]) -> Grants {
        Grants {
            directories: directories
                .iter()
                .map(|(path, rights)| Directory {
                    path: Dirname::parse(path).expect("clean"),
                    rights: *rights,
                })
                .collect(),
            ..Grants::default()
        }
    }

    #[test]
    fn a_sibling_with_the_same_beginning_is_not_granted() {
        let grants = grants(&[("/srv/proj", Rights::Edit)]);
        assert_eq!(
            grants.rights_at(&place("/srv/proj-secret"), Scope::File),
            None
        );
        assert_eq!(
            grants.rights_at(&place("/srv/proj/deep/er"), Scope::File),
            Some(Rights::Edit)
        );
        assert_eq!(grants.rights_at(&place("/srv"), Scope::File), None);
    }

    #[test]
    fn a_directory_is_granted_whole_or_not_at_all() {
        let grants = grants(&[("/srv/proj", Rights::View), ("/srv/proj/sub", Rights::Edit)]);
        let most = |path| {
            let directory = Dirname::parse(path).expect("clean");
            let place = Place::of_directory(&directory)?;
            grants.rights_at(&place, Scope::Directory)
        };
        assert_eq!(most("/srv/proj/sub/deep"), Some(Rights::Edit));
        assert_eq!(most("/srv/proj/sub"), Some(Rights::Edit));
        assert_eq!(
            most("/srv/proj"),
            Some(Rights::View),
            "no more than all of it has"
        );
        assert_eq!(most("/srv/proj/subway"), Some(Rights::View));
        assert_eq!(most("/srv/proj-secret"), None);
        assert_eq!(most("/srv"), None, "its parts are granted, it is not");
    }

    #[test]
    fn the_order_of_directories_changes_nothing() {
        let one = [
            ("/srv/proj/deeper", Rights::View),
            ("/srv/proj", Rights::Edit),
        ];
        let other = [one[1], one[0]];
        for listed in [one, other] {
            let grants = grants(&listed);
            assert_eq!(
                grants.rights_at(&place("/srv/proj"), Scope::File),
                Some(Rights::Edit)
            );
            assert_eq!(
                grants.rights_at(&place("/srv/proj/deeper"), Scope::File),
                Some(Rights::Edit)
            );
        }
    }

    #[test]
    fn no_more_than_granted() {
        let grants = grants(&[("/srv", Rights::View)]);
        let visitor = Visitor::of(Source::Local);
        assert!(
            grants
                .permit(place("/srv"), Scope::File, Some(Rights::Edit), &visitor)
                .is_err()
        );
        assert_eq!(
            grants
                .permit(place("/srv"), Scope::File, None, &visitor)
                .map(|permit| permit.rights)
                .ok(),
            Some(Rights::View)
        );
        let bounds = [Dirname::parse("/srv/in").expect("clean")];
        let bounded = Grants {
            bounds: Some(bounds.into()),
            ..Grants::everything(Rights::Edit)
        };
        assert_eq!(bounded.rights_at(&place("/srv/inner"), Scope::File), None);
        assert_eq!(
            bounded.rights_at(&place("/srv/in/side"), Scope::File),
            Some(Rights::Edit)
        );
    }
}
