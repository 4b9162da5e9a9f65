//! A key and those it was derived from: it is as live as all of them, and allows what each of them allows.
//!
//! What a record says is held against its parents at every use, so that narrowing or revoking a key takes all that was
//! derived from it along, whoever wrote the file.

use jiff::Timestamp;
use jiff::civil::Date;

use super::table::{Found, KeyTable};
use crate::mint::{Bind, Claims, KeyId, PasswordHash};
use crate::store::day;

/// How many keys may stand above one another, the first not counted.
pub const DEPTH: usize = 4;
/// How many keys may be derived from one.
pub const CHILDREN: usize = 100;

impl KeyTable {
    /// The key as it counts: with those it was derived from in [`Found::above`], and no more rights and no longer a life
    /// than any of them. Nothing where the key or one of those is not there, where there are more than [`DEPTH`], or where
    /// its place does not lie within theirs. Whether it has expired is for the caller to see.
    #[must_use]
    pub fn standing(&self, id: &KeyId) -> Option<Found> {
        let mut key = self.find(id)?;
        while let Some(parent) = key.line().last().and_then(Found::parent) {
            if key.above.len() == DEPTH {
                return None;
            }
            let parent = self.find(&parent)?;
            let within = key.line().last().is_some_and(|child| parent.holds(child));
            if !within {
                return None;
            }
            key.rights = key.rights.min(parent.rights);
            key.expires = match (key.expires, parent.expires) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            if parent.bind == Bind::Visitor {
                key.bind = Bind::Visitor;
            }
            key.above.push(parent);
        }
        Some(key)
    }

    /// Whether the key stands in the file and was derived from `above`, or from one that was; be they live or not.
    #[must_use]
    pub fn descends(&self, id: &KeyId, above: &KeyId) -> bool {
        let parent = |id: &KeyId| self.find(id)?.parent();
        let line = std::iter::successors(parent(id), parent);
        line.take(DEPTH).any(|parent| parent == *above)
    }
}

impl Found {
    /// The key, and then those it was derived from as far as they were looked up, nearest first.
    pub fn line(&self) -> impl Iterator<Item = &Found> {
        std::iter::once(self).chain(&self.above)
    }

    /// Whether the key itself was not used for longer than it may be; `last` is the day of its last use, if there was one.
    #[must_use]
    pub fn unused(&self, last: Option<Date>, now: Timestamp) -> bool {
        let Some(idle) = self.limits().and_then(|limits| limits.idle) else {
            return false;
        };
        let since = last.or_else(|| self.created.map(day));
        since.is_none_or(|since| idle.end(since) <= now)
    }

    /// The passphrase that whoever uses the key must know, and whose it is: its own, or that of the nearest key above.
    #[must_use]
    pub fn passphrase(&self) -> Option<(KeyId, &PasswordHash)> {
        let own = |key: &Found| key.id;
        self.line().find_map(|key| {
            let hash = key.limits()?.passphrase.as_ref()?;
            Some((own(key), hash))
        })
    }

    /// The claims that whoever uses the key must hold, all of them, and whose they are.
    pub fn claims(&self) -> impl Iterator<Item = (KeyId, &Claims)> {
        self.line()
            .filter_map(|key| Some((key.id, key.limits()?.claims.as_ref()?)))
    }

    /// Whether whoever has the key needs something more than the key: a passphrase, or a claim.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.passphrase().is_some() || self.claims().next().is_some()
    }

    /// Whether the place of `child` is this key's or lies within it.
    #[must_use]
    pub fn holds(&self, child: &Found) -> bool {
        use crate::names::Scope;
        if self.scope == Scope::File {
            return child.scope == Scope::File && child.place == self.place;
        }
        let directory = self.place.as_directory();
        directory.is_some_and(|directory| child.lies_below(&directory))
    }
}
