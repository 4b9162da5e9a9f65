//! Whether a key or a grant covers what a proxy is about to serve: the same places and the same rules as where a file is
//! opened.
//!
//! What could not be looked at is never said to be covered, nor that it is not.

use super::Moment;
use super::refusals::closed;
use super::told::Told;
use crate::error::Refused;
use crate::gate::Wanted;
use crate::grants::Grants;
use crate::names::{Dirname, Place, Rights, Scope};
use crate::resolve::{Refusal, Roots};
use crate::store::Found;

/// Where what is wanted really is.
enum Spot {
    File(Place),
    Directory(Dirname),
}

/// What `looked` found; nothing where nothing is to be found.
///
/// # Errors
/// A refusal that [passes](Refusal::passes).
fn told<T>(looked: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.passes() => Err(refusal),
        Err(_) => Ok(None),
    }
}

/// Where that is, if it is below one of `held`. What is not there is with its directory: the proxy says that it is not
/// there.
///
/// # Errors
/// As [`told`].
fn spot(
    roots: &Roots,
    held: &[Dirname],
    wanted: &Wanted<'_>,
    now: Moment,
) -> Result<Option<Spot>, Refusal> {
    if let Some(place) = wanted.file() {
        match roots.locate_below(held, &place.dirname, &place.basename, now.instant) {
            // A directory, asked for without the slash.
            Err(Refusal::NotRegular) => {}
            looked => return Ok(told(looked)?.map(|located| Spot::File(located.place))),
        }
    }
    let Some(directory) = wanted.directory() else {
        return Ok(None);
    };
    let located = told(roots.locate_directory_below(held, &directory, now.instant))?;
    let directory = located.and_then(|located| located.as_directory());
    Ok(directory.map(Spot::Directory))
}

/// Whether the key leads to what is wanted: its very file, or what is in its directory.
///
/// # Errors
/// As [`told`].
pub(super) fn covers(
    roots: &Roots,
    found: &Found,
    wanted: &Wanted<'_>,
    now: Moment,
) -> Result<bool, Refusal> {
    if found.scope == Scope::Directory {
        let Some(held) = found.place.as_directory() else {
            return Ok(false);
        };
        return Ok(spot(roots, &[held], wanted, now)?.is_some());
    }
    if wanted.is_file(&found.place) {
        return Ok(told(roots.stood_lately(&found.place, now.instant))?.is_some());
    }
    // The address may lead there by a link.
    let Some(place) = wanted.file() else {
        return Ok(false);
    };
    let located = told(roots.locate(&place.dirname, &place.basename, now.instant))?;
    Ok(located.is_some_and(|located| located.existing && located.place == found.place))
}

/// What `grants` give at what is wanted, by the spelling of their directories or by their canonical one: the most, or
/// `enough`.
///
/// # Errors
/// [`Kind::Unavailable`](crate::error::Kind::Unavailable) where that is less than `enough`, and there may be more than could
/// be told at this moment.
pub fn granted(
    roots: &Roots,
    grants: &Grants,
    wanted: &Wanted<'_>,
    enough: Rights,
    now: Moment,
) -> Result<Option<Rights>, Refused> {
    // To whom nothing is granted the disk has nothing to tell, be it there or not.
    if grants.everything.is_none() && grants.directories.is_empty() {
        return Ok(None);
    }
    let suffices = |rights: &Option<Rights>| rights.is_some_and(|rights| rights >= enough);
    let spelled = most(roots, grants, wanted, now);
    if grants.directories.is_empty() || spelled.as_ref().is_ok_and(suffices) {
        return spelled.map_err(closed);
    }
    let canonical = Told::of(grants, roots);
    let there = most(roots, &canonical.grants, wanted, now);
    let both = [spelled, there];
    let most = both.iter().filter_map(|one| (*one).ok().flatten()).max();
    if !suffices(&most) {
        let [spelled, there] = both;
        spelled.and(there).map_err(closed)?;
        if let Some(untold) = canonical.untold() {
            return Err(untold);
        }
    }
    Ok(most)
}

/// The most that `grants` give at what is wanted, at its canonical place.
///
/// # Errors
/// As [`told`].
fn most(
    roots: &Roots,
    grants: &Grants,
    wanted: &Wanted<'_>,
    now: Moment,
) -> Result<Option<Rights>, Refusal> {
    // Most often nothing on the way is a link: what was asked for is the canonical place.
    let spelled = wanted.file();
    if let Some(place) = spelled.filter(|place| roots.stood_lately(place, now.instant).is_ok())
        && let Some(rights) = grants.rights_at(&place, Scope::File)
    {
        return Ok(Some(rights));
    }
    let found = if grants.everything.is_some() {
        spot(roots, roots.paths(), wanted, now)
    } else {
        let held = grants
            .directories
            .iter()
            .map(|granted| granted.path.clone());
        let held: Vec<Dirname> = held.collect();
        spot(roots, &held, wanted, now)
    };
    Ok(match found? {
        Some(Spot::File(place)) => grants.rights_at(&place, Scope::File),
        Some(Spot::Directory(dirname)) => grants.rights_within(&dirname),
        None => None,
    })
}
