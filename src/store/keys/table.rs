//! The keys in memory: a row of 64 bytes and a name each, and of a few of them more.
//!
//! The file is the truth; here stands what a redemption needs (place, rights, end, what else narrows the key) and what
//! finds the key of an earlier ask. Sealed keys are read from the file when somebody wants them.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::Timestamp;

use super::cells::Cells;
use super::ids::Ids;
use super::intern::Interned;
use super::row::{GONE, MORE, Row, secs, time};
use crate::mint::{AccessKey, Bind, Idle, KeyId, Life, More};
use crate::names::{Basename, Dirname, Place, Rights, Scope, pieces};
use crate::store::log::Span;

/// The beginning of a name of ours.
pub(super) const PREFIX: &str = "sha256:";

/// What the table knows of one key.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub id: KeyId,
    /// What it opens.
    pub place: Place,
    /// One file, or a directory and all below it.
    pub scope: Scope,
    /// What it allows.
    pub rights: Rights,
    /// When it was minted, where known.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Whom it was minted for; empty when unknown.
    pub by: Arc<str>,
    /// Who may use it.
    pub bind: Bind,
    /// What few keys have: what else narrows it, and its label.
    pub more: Option<Arc<More>>,
    /// Those it was derived from, nearest first, where [`KeyTable::standing`] looked them up.
    pub above: Vec<Found>,
    pub(crate) span: Span,
}

impl Found {
    /// Whether it was minted for nobody in particular: a browser without a name, or anyone.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        nameless(&self.by)
    }

    /// Whether the key has ended at `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// Whether the file lies in this directory or below it, or the key's own directory is it or lies below it.
    #[must_use]
    pub fn lies_below(&self, above: &Dirname) -> bool {
        let within = self.place.within(self.scope);
        within.is_some_and(|within| within.below(above).is_some())
    }

    /// Whether `other` says the same of the same key, wherever each of them stands in the file.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.id, it.scope, it.rights, it.created, it.expires, it.bind);
        let more = self.more == other.more;
        of(self) == of(other) && more && self.place == other.place && self.by == other.by
    }
}

/// What somebody asks for; the same ask finds the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Who.
    pub by: Arc<str>,
    /// Which file or directory.
    pub place: Place,
    /// Which of the two: they are never the same ask.
    pub scope: Scope,
    /// With which rights.
    pub rights: Rights,
    /// For how long.
    pub life: Life,
    /// Whether with a passphrase.
    pub passphrase: bool,
    /// How long it may stay unused at most: a key that may for longer is another.
    pub idle: Option<Idle>,
}

/// Whether `by` is nobody in particular: a browser without a name, or anyone. A `#` in a name says nothing.
pub(super) fn nameless(by: &str) -> bool {
    let source = pieces(by, b':').next().unwrap_or(by);
    by == "anyone" || source.contains('#')
}

/// All live keys.
#[derive(Default)]
pub struct KeyTable {
    pub(super) rows: Vec<Row>,
    pub(super) names: Cells,
    pub(super) dirnames: Interned<Dirname>,
    pub(super) bys: Interned<Arc<str>>,
    pub(super) by_id: Ids,
    pub(super) by_ask: HashTable<u32>,
    pub(super) by_end: HashTable<u32>,
    hasher: DefaultHashBuilder,
    pub(super) live_bytes: u64,
    pub(super) nameless: usize,
    /// By row.
    pub(super) more: hashbrown::HashMap<u32, Arc<More>, DefaultHashBuilder>,
    pub(super) last_more: Option<Arc<More>>,
    /// Who was derived from whom.
    pub(super) children: hashbrown::HashMap<KeyId, Vec<KeyId>, DefaultHashBuilder>,
    pub(super) reading: bool,
}

/// What an ask is looked up by: how long, counted from the minting, or until when.
#[derive(Clone, Copy)]
pub(super) enum By {
    Length,
    End,
}

impl KeyTable {
    /// The number of live keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys belong to browsers without a name, and to anyone.
    #[must_use]
    pub fn nameless(&self) -> usize {
        self.nameless
    }

    /// The key with this name, expired or not.
    #[must_use]
    pub fn find(&self, id: &KeyId) -> Option<Found> {
        self.found(self.at(id)?)
    }

    /// The row of the key with this name.
    pub(super) fn at(&self, id: &KeyId) -> Option<u32> {
        self.by_id.find(id, |at| self.is(at, id))
    }

    /// What `shown` makes of the first live key that an earlier `ask` like this one got and that it can show again. Keys
    /// sealed with a secret that was lost stand beside those made since.
    pub fn find_same<R>(
        &self,
        ask: &Ask,
        now: Timestamp,
        mut shown: impl FnMut(&Found) -> Option<R>,
    ) -> Option<R> {
        let dirname = self.dirnames.find(ask.place.dirname.as_str())?;
        let by = self.bys.find(&ask.by)?;
        let name = ask.place.basename.as_str();
        let (index, time) = match ask.life {
            Life::Unlimited => (&self.by_ask, 0),
            Life::For(secs) => (&self.by_ask, secs),
            Life::Until(end) => (&self.by_end, secs(Some(end))),
        };
        let what = (ask.scope, ask.rights, ask.passphrase);
        let hash = self.ask_hash(by, dirname, name, what, time);
        let same = |at: &u32| {
            self.row(*at).is_some_and(|row| {
                let theirs = match ask.life {
                    Life::Until(_) => row.expires,
                    Life::Unlimited | Life::For(_) => row.length(),
                };
                let same = (row.by, row.dirname, row.what(), theirs) == (by, dirname, what, time);
                same && (row.expires == 0 || row.expires > secs(Some(now)))
                    && self.names.at(*at) == name
            })
        };
        let mut keys = index.iter_hash(hash).filter(|at| same(at));
        keys.find_map(|at| {
            let found = self.found(*at)?;
            let idle = found.limits().and_then(|limits| limits.idle);
            let fits = ask
                .idle
                .is_none_or(|most| idle.is_some_and(|idle| idle <= most));
            fits.then(|| shown(&found))?
        })
    }

    /// Every live key in the order of the file.
    pub fn each(&self) -> impl Iterator<Item = Found> + '_ {
        self.from(0).map(|(_, found)| found)
    }

    /// Every live key from this row on, with its row. Rows stay what they are until the file is rewritten.
    pub fn from(&self, at: u32) -> impl Iterator<Item = (u32, Found)> + '_ {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        (at..count)
            .filter(|at| self.row(*at).is_some_and(|row| !row.is(GONE)))
            .filter_map(|at| Some((at, self.found(at)?)))
    }

    /// The live keys of one minter, newest first.
    pub fn of(&self, by: &str) -> impl Iterator<Item = Found> + '_ {
        let by = self.bys.find(by);
        let own = move |(_, row): &(usize, &Row)| Some(row.by) == by && !row.is(GONE);
        let rows = self.rows.iter().enumerate().rev().filter(own);
        rows.filter_map(|(at, _)| self.found(u32::try_from(at).ok()?))
    }

    pub(super) fn row(&self, at: u32) -> Option<&Row> {
        self.rows.get(at as usize)
    }

    fn is(&self, at: u32, id: &KeyId) -> bool {
        self.row(at).is_some_and(|row| row.id == *id)
    }

    pub(super) fn found(&self, at: u32) -> Option<Found> {
        let row = self.row(at)?;
        Some(Found {
            id: row.id,
            place: Place {
                dirname: self.dirnames.at(row.dirname)?.clone(),
                basename: Basename::of(self.names.at(at)),
            },
            scope: row.scope(),
            rights: row.rights(),
            created: time(row.created),
            expires: time(row.expires),
            by: self.bys.at(row.by)?.clone(),
            bind: row.bind(),
            more: if row.is(MORE) {
                Some(Arc::clone(self.more.get(&at)?))
            } else {
                None
            },
            above: Vec::new(),
            span: row.span(),
        })
    }

    fn ask_hash(
        &self,
        by: u32,
        dirname: u32,
        name: &str,
        what: (Scope, Rights, bool),
        time: u32,
    ) -> u64 {
        self.hasher.hash_one((by, dirname, name, what, time))
    }

    pub(super) fn row_hash(&self, at: u32, by: By) -> u64 {
        let Some(row) = self.row(at) else { return 0 };
        let time = match by {
            By::Length => row.length(),
            By::End => row.expires,
        };
        self.ask_hash(row.by, row.dirname, self.names.at(at), row.what(), time)
    }

    /// The id that an entry's name spells: ours, or the key of another maker.
    pub(super) fn id_of(name: &str) -> Option<KeyId> {
        match name.strip_prefix(PREFIX) {
            Some(id) => KeyId::parse(id).ok(),
            None => AccessKey::parse(name).ok().map(|key| key.id()),
        }
    }
}
