//! A key and those it was derived from: it is as live as all of them, and allows what each of them allows.
//!
//! What a record says is held against its parents at every use, so that narrowing or revoking a key takes all that was
//! derived from it along, whoever wrote the file.

use jiff::Timestamp;
use jiff::civil::Date;

use super::table::{Found, KeyTable};
use crate::mint::{Bind, Claims, KeyId, Limits, PasswordHash};
use crate::names::Label;
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
        while let Some(parent) = key.next_above() {
            let parent = self.find(&parent)?;
            if !key.stand_on(parent) {
                return None;
            }
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
    /// What narrows the key beyond its rights and its end, if anything does.
    #[must_use]
    pub fn limits(&self) -> Option<&Limits> {
        self.more.as_ref().map(|more| &more.limits)
    }

    /// Its holder's note.
    #[must_use]
    pub fn label(&self) -> Option<&Label> {
        self.more.as_ref()?.label.as_ref()
    }

    /// The key that it was derived from.
    #[must_use]
    pub fn parent(&self) -> Option<KeyId> {
        self.limits()?.parent
    }

    /// The key, and then those it was derived from as far as they were looked up, nearest first.
    pub fn line(&self) -> impl Iterator<Item = &Found> {
        std::iter::once(self).chain(&self.above)
    }

    /// The key that the last of the line was derived from, which must be looked up next; nothing where the line is whole.
    pub(super) fn next_above(&self) -> Option<KeyId> {
        self.line().last().and_then(Self::parent)
    }

    /// Puts `parent` above the line: the key allows no more and lives no longer than it. `false` where the line cannot stand
    /// on it: there are too many, or the last of the line does not lie within its place.
    pub(super) fn stand_on(&mut self, parent: Found) -> bool {
        let within = self.line().last().is_some_and(|child| parent.holds(child));
        if self.above.len() == DEPTH || !within {
            return false;
        }
        self.rights = self.rights.min(parent.rights);
        self.expires = match (self.expires, parent.expires) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if parent.bind == Bind::Visitor {
            self.bind = Bind::Visitor;
        }
        self.above.push(parent);
        true
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::mint::AccessKey;
    use crate::store::log::{Applied, Span, Table as _};

    /// The id of one of a few keys.
    fn id(at: usize) -> KeyId {
        let key = AccessKey::parse(&format!("{at:024}"));
        key.expect("a key").id()
    }

    /// A table of these keys: each with the number of its parent, and what its record says besides.
    fn table(keys: &[(usize, Option<usize>, &str)]) -> KeyTable {
        let mut table = KeyTable::default();
        for (at, parent, more) in keys {
            let parent = parent.map_or(String::new(), |at| {
                format!(r#","parent":"sha256:{}""#, id(at))
            });
            let json = format!(
                r#"{{"dirname":"/srv/a","basename":"x","created":"2026-11-01T12:00:00Z"{parent}{more}}}"#
            );
            let span = Span {
                offset: 0,
                length: 1,
            };
            let name = format!("sha256:{}", id(*at));
            let taken = table.apply(&name, Some(json.as_bytes()), span);
            assert!(matches!(taken, Applied::Taken), "{json}");
        }
        table
    }

    #[test]
    fn a_key_stands_with_the_least_of_its_line() {
        let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
        let asks = format!(r#","rights":"view","passphrase":"{hash}","bind":"visitor""#);
        let table = table(&[
            (0, None, &asks),
            (1, Some(0), r#","expires":"2027-01-01T00:00:00Z","uses":2"#),
            (
                2,
                Some(1),
                r#","rights":"edit","expires":"2028-01-01T00:00:00Z""#,
            ),
        ]);
        let key = table.standing(&id(2)).expect("it stands");
        let end: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a time");
        assert_eq!(key.rights, crate::names::Rights::View);
        assert_eq!((key.expires, key.bind), (Some(end), Bind::Visitor));
        assert_eq!(key.passphrase().map(|(whose, _)| whose), Some(id(0)));
        let claims: Vec<_> = key.claims().map(|(whose, _)| whose).collect();
        assert_eq!(claims, [id(1)]);
        assert!(key.asks());
        let line: Vec<_> = key.line().map(|key| key.id).collect();
        assert_eq!(line, [id(2), id(1), id(0)]);
        // What stands in the file is not touched by that.
        let own = table.find(&id(2)).expect("there");
        assert_eq!(own.rights, crate::names::Rights::Edit);
    }

    #[test]
    fn no_key_stands_on_one_that_is_gone_on_itself_or_on_too_many() {
        let mut keys: Vec<_> = (1..6).map(|at| (at, Some(at - 1), "")).collect();
        keys.push((0, None, ""));
        let mut table = table(&keys);
        assert_eq!(table.standing(&id(4)).map(|key| key.above.len()), Some(4));
        assert!(table.standing(&id(5)).is_none(), "five above it");
        let span = Span {
            offset: 0,
            length: 1,
        };
        table.apply(&format!("sha256:{}", id(2)), None, span);
        let standing: HashMap<usize, bool> = (0..6)
            .map(|at| (at, table.standing(&id(at)).is_some()))
            .collect();
        assert!(standing[&0] && standing[&1]);
        assert!(!standing[&2] && !standing[&3] && !standing[&4]);
        let circle = self::table(&[(0, Some(1), ""), (1, Some(0), ""), (2, Some(2), "")]);
        assert!((0..3).all(|at| circle.standing(&id(at)).is_none()));
        assert!(circle.descends(&id(0), &id(1)) && !circle.descends(&id(0), &id(2)));
    }

    #[test]
    fn descent_is_told_from_above_to_below_and_through_what_still_stands() {
        let table = table(&[
            (0, None, ""),
            (1, Some(0), ""),
            (2, Some(1), ""),
            (3, None, ""),
        ]);
        assert!(table.descends(&id(1), &id(0)) && table.descends(&id(2), &id(0)));
        for (below, above) in [(0, 1), (0, 0), (3, 0), (2, 3), (9, 0)] {
            assert!(!table.descends(&id(below), &id(above)), "{below} {above}");
        }
        assert_eq!(table.children(&id(0)), [id(1)]);
    }

    #[test]
    fn a_key_dies_unused_by_its_last_use_or_its_minting() {
        let table = table(&[(0, None, r#","idle":"7d""#), (1, None, "")]);
        let key = table.find(&id(0)).expect("there");
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let day = |text: &str| Some(text.parse().expect("a day"));
        assert!(!key.unused(None, time("2026-11-08T23:59:59Z")));
        assert!(key.unused(None, time("2026-11-09T00:00:00Z")));
        assert!(!key.unused(day("2026-11-08"), time("2026-11-15T23:59:59Z")));
        assert!(key.unused(day("2026-11-08"), time("2026-11-16T00:00:00Z")));
        let other = table.find(&id(1)).expect("there");
        assert!(!other.unused(None, time("2099-01-01T00:00:00Z")));
    }
}
