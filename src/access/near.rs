//! A picture beside the file of a key, for whoever reads that file: found where the visitor's own grants hold it.
//!
//! A key of a file opens that file alone, so it never counts here; it only says from where a path starts. A key of a
//! directory opens all below it, and counts as far as it reaches. No link is followed, and no cause of a refusal is told.

use super::refusals::closed;
use super::told::Told;
use super::{Access, Known, Moment, Party};
use crate::error::{Kind, Refused};
use crate::grants::Grants;
use crate::names::{Basename, Dirname, Place, Scope};
use crate::resolve::SafePath;
use crate::store::Found;

/// What the audit log says of a picture that is not shown.
const NEAR: &str = "near";

impl Access {
    /// The file that `path` names from where `found` is, if a grant of whom `known` is holds it, or `found` itself as a key
    /// of a directory.
    ///
    /// # Errors
    /// [`Kind::Refused`] alike for a path that is none, a place that is not granted, and one where nothing is to be opened.
    pub fn near(
        &self,
        found: &Found,
        known: Option<&Known>,
        path: &str,
        now: Moment,
    ) -> Result<SafePath, Refused> {
        let refused =
            |cause: &dyn std::fmt::Display| Refused::new(Kind::Refused, cause).because(NEAR);
        let from = found.place.within(found.scope);
        let place = from.as_ref().and_then(|from| named(from, path));
        let place = place.ok_or_else(|| refused(&"no path of a file near the key's"))?;
        let own = found.scope == Scope::Directory
            && from.is_some_and(|from| place.dirname.below(&from).is_some());
        let held = own || known.map_or(Ok(false), |known| self.holds(known, &place))?;
        if !held {
            return Err(refused(&"a place that no grant of the visitor holds"));
        }
        let path = self.roots().resolve(&place, now.instant);
        path.map_err(|refusal| closed(refusal).because(NEAR))
    }

    /// Whether a grant of whom `known` is holds the file at this place, to which no link leads.
    ///
    /// # Errors
    /// [`Kind::Unavailable`] where none does, and of one that could not be told.
    fn holds(&self, known: &Known, place: &Place) -> Result<bool, Refused> {
        let roots = self.roots();
        let holds = |grants: &Grants| grants.rights_at(place, Scope::File);
        let mut untold = None;
        for Party { grants, .. } in known.parties() {
            if holds(grants).is_some() {
                return Ok(true);
            }
            let told = Told::of(grants, &roots);
            match told.gives(holds(&told.grants)) {
                Ok(Some(_)) => return Ok(true),
                Ok(None) => {}
                Err(refused) => untold = Some(refused),
            }
        }
        untold.map_or(Ok(false), Err)
    }
}

/// The place that a relative path names: a few directories up, then names only. Anything unclean names nothing.
fn named(from: &Dirname, path: &str) -> Option<Place> {
    let (mut above, mut below) = (from.clone(), path);
    while let Some(rest) = below.strip_prefix("../") {
        above = Place::of_directory(&above)?.dirname;
        below = rest;
    }
    let (dirname, name) = match below.rsplit_once('/') {
        Some(("", _)) => return None,
        Some((dirname, name)) => (above.joined(dirname).ok()?, name),
        None => (above, below),
    };
    let basename = Basename::parse(name).ok()?;
    Some(Place { dirname, basename })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_and_clean_or_names_nothing() {
        let from = Dirname::parse("/srv/proj/docs").expect("clean");
        for (path, place) in [
            ("a.png", "/srv/proj/docs/a.png"),
            ("img/a b.png", "/srv/proj/docs/img/a b.png"),
            ("../img/ü.png", "/srv/proj/img/ü.png"),
            ("../../../a.png", "/a.png"),
        ] {
            let named = named(&from, path).map(|place| place.to_string());
            assert_eq!(named.as_deref(), Some(place), "{path}");
        }
        for path in [
            "",
            "/a.png",
            "//a.png",
            "..//a.png",
            "../../../../a.png",
            "..",
            "../",
            ".",
            "./a.png",
            "img/../a.png",
            "img/./a.png",
            "img//a.png",
            "img/",
            "img/..",
            "..\\a.png",
            "a\0.png",
            "a\n.png",
            ".././a.png",
        ] {
            assert_eq!(named(&from, path), None, "{path:?}");
        }
    }
}
