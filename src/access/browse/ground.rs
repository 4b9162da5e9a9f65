//! Where a visitor's grants hold: canonical directories within the roots, and with which rights.

use std::sync::Arc;

use crate::access::told::Told;
use crate::error::Refused;
use crate::grants::Grants;
use crate::names::{Dirname, Rights};
use crate::resolve::Roots;

/// Where the grants of one visitor hold.
pub(super) struct Ground {
    pub(super) roots: Arc<Roots>,
    grants: Vec<Told>,
    /// The most that any key may do.
    most: Rights,
}

impl Ground {
    /// Where these grants hold; what is not there grants nothing. Looks at the disk, at what is granted alone.
    pub(super) fn of(roots: Arc<Roots>, grants: &[Grants], most: Rights) -> Self {
        Self {
            grants: grants.iter().map(|one| Told::of(one, &roots)).collect(),
            roots,
            most,
        }
    }

    /// What is granted of all that is in the canonical `directory` and below it.
    pub(super) fn rights(&self, directory: &Dirname) -> Option<Rights> {
        let below_a_root = |root: &Dirname| directory.below(root).is_some();
        if !self.roots.paths().iter().any(below_a_root) {
            return None;
        }
        let grants = self.grants.iter();
        let rights = grants.filter_map(|told| told.grants.rights_within(directory));
        Some(rights.max()?.min(self.most))
    }

    /// Why more may be granted than could be told.
    pub(super) fn untold(&self) -> Option<Refused> {
        self.grants.iter().find_map(Told::untold)
    }

    /// The granted directories within the roots, none of them within another.
    pub(super) fn tops(&self) -> Vec<Dirname> {
        let mut all = Vec::new();
        for Told { grants, .. } in &self.grants {
            let granted: Vec<Dirname> = match grants.everything {
                Some(_) => self.roots.paths().to_vec(),
                None => grants
                    .directories
                    .iter()
                    .map(|it| it.path.clone())
                    .collect(),
            };
            let within = meet(&granted, self.roots.paths());
            all.extend(match &grants.bounds {
                Some(bounds) => meet(&within, bounds),
                None => within,
            });
        }
        // What lies in another comes behind it.
        all.sort_unstable_by(|one, other| components(one).cmp(components(other)));
        all.dedup_by(|later, kept| later.below(kept).is_some());
        all
    }
}

fn components(directory: &Dirname) -> impl Iterator<Item = &str> {
    directory
        .as_str()
        .split('/')
        .filter(|part| !part.is_empty())
}

/// What is both in one of these and in one of those.
fn meet(these: &[Dirname], those: &[Dirname]) -> Vec<Dirname> {
    let both = |one: &Dirname, other: &Dirname| {
        if one.below(other).is_some() {
            Some(one.clone())
        } else {
            other.below(one).map(|_| other.clone())
        }
    };
    let pairs = these.iter();
    pairs
        .flat_map(|one| those.iter().filter_map(move |other| both(one, other)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_meets_is_the_deeper_of_two() {
        let all = |texts: &[&str]| -> Vec<Dirname> {
            let dirname = |text: &&str| Dirname::parse(text).expect("clean");
            texts.iter().map(dirname).collect()
        };
        let met = meet(
            &all(&["/srv", "/home/a"]),
            &all(&["/srv/x", "/srv-x", "/home"]),
        );
        assert_eq!(met, all(&["/srv/x", "/home/a"]));
        assert!(meet(&all(&["/srv/ab"]), &all(&["/srv/a"])).is_empty());
    }
}
