//! The keys in memory: 64 bytes and a name each.
//!
//! The file is the truth; here stands what a redemption needs (place, rights, end) and what finds the key of an earlier
//! ask. Labels and sealed keys are read from the file when somebody wants them.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::Timestamp;

use super::intern::Interned;
use crate::mint::{AccessKey, Brief, KeyId, Life, Record};
use crate::names::{Basename, Dirname, Place, Rights};
use crate::store::log::{Applied, Span, Table};

/// What an entry of ours costs in the file beside its value: name, quotes, comma and newline.
const AROUND: u64 = 56;
/// The beginning of a name of ours.
pub(super) const PREFIX: &str = "sha256:";

/// What the table knows of one key.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub id: KeyId,
    /// What it opens.
    pub place: Place,
    /// What it allows.
    pub rights: Rights,
    /// When it was minted, where known.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// Whom it was minted for; empty when unknown.
    pub by: Arc<str>,
    pub(crate) span: Span,
}

impl Found {
    /// Whether the key has ended at `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// Whether `other` says the same of the same key, wherever each of them stands in the file.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let of = |found: &Self| (found.id, found.rights, found.created, found.expires);
        of(self) == of(other) && self.place == other.place && self.by == other.by
    }
}

/// What somebody asks for; the same ask finds the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Who.
    pub by: Arc<str>,
    /// Which file.
    pub place: Place,
    /// With which rights.
    pub rights: Rights,
    /// For how long.
    pub life: Life,
}

/// One key, in one line of the processor's cache. Times are seconds since 1970 as 32 bits, 0 where there is none.
#[repr(align(64))]
struct Row {
    id: KeyId,
    place: u64,
    span: u64,
    dirname: u32,
    by: u32,
    created: u32,
    expires: u32,
}

const LENGTH_BITS: u32 = 20;
const NAME_BITS: u32 = 8;
const EDIT: u64 = 1;
const GONE: u64 = 2;
const SEALED: u64 = 4;
const FLAG_BITS: u32 = 3;

/// All live keys.
#[derive(Default)]
pub struct KeyTable {
    rows: Vec<Row>,
    names: Vec<u8>,
    dirnames: Interned<Dirname>,
    bys: Interned<Arc<str>>,
    by_id: HashTable<u32>,
    by_ask: HashTable<u32>,
    by_end: HashTable<u32>,
    hasher: DefaultHashBuilder,
    live_bytes: u64,
    nameless: usize,
    reading: bool,
}

/// A key on its way into the table.
struct New<'a> {
    dirname: u32,
    by: u32,
    basename: &'a str,
    rights: Rights,
    created: Option<Timestamp>,
    expires: Option<Timestamp>,
    sealed: bool,
}

/// What an ask is looked up by: how long, counted from the minting, or until when.
#[derive(Clone, Copy)]
enum By {
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

    /// How many keys belong to browsers without a name.
    #[must_use]
    pub fn nameless(&self) -> usize {
        self.nameless
    }

    /// The key with this name, expired or not.
    #[must_use]
    pub fn find(&self, id: &KeyId) -> Option<Found> {
        let at = *self.by_id.find(id_hash(id), |at| self.is(*at, id))?;
        self.found(at)
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
        let hash = self.ask_hash(by, dirname, name, ask.rights, time);
        let same = |at: &u32| {
            self.row(*at).is_some_and(|row| {
                let theirs = match ask.life {
                    Life::Until(_) => row.expires,
                    Life::Unlimited | Life::For(_) => row.length(),
                };
                let same =
                    (row.by, row.dirname, row.rights(), theirs) == (by, dirname, ask.rights, time);
                same && (row.expires == 0 || row.expires > secs(Some(now)))
                    && self.name(row) == name
            })
        };
        let mut keys = index.iter_hash(hash).filter(|at| same(at));
        keys.find_map(|at| shown(&self.found(*at)?))
    }

    /// Every live key in the order of the file.
    pub fn each(&self) -> impl Iterator<Item = Found> + '_ {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        (0..count)
            .filter(|at| self.row(*at).is_some_and(|row| row.place & GONE == 0))
            .filter_map(|at| self.found(at))
    }

    /// The live keys of one minter, newest first.
    pub fn of(&self, by: &str) -> impl Iterator<Item = Found> + '_ {
        let by = self.bys.find(by);
        let own = move |(_, row): &(usize, &Row)| Some(row.by) == by && row.place & GONE == 0;
        let rows = self.rows.iter().enumerate().rev().filter(own);
        rows.filter_map(|(at, _)| self.found(u32::try_from(at).ok()?))
    }

    fn row(&self, at: u32) -> Option<&Row> {
        self.rows.get(at as usize)
    }

    fn is(&self, at: u32, id: &KeyId) -> bool {
        self.row(at).is_some_and(|row| row.id == *id)
    }

    fn name(&self, row: &Row) -> &str {
        let start = usize::try_from(row.place >> (NAME_BITS + FLAG_BITS)).unwrap_or(usize::MAX);
        let length = ((row.place >> FLAG_BITS) & ((1 << NAME_BITS) - 1)) as usize;
        let bytes = self
            .names
            .get(start..start.saturating_add(length))
            .unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn found(&self, at: u32) -> Option<Found> {
        let row = self.row(at)?;
        Some(Found {
            id: row.id,
            place: Place {
                dirname: self.dirnames.at(row.dirname)?.clone(),
                basename: Basename::parse(self.name(row)).ok()?,
            },
            rights: row.rights(),
            created: time(row.created),
            expires: time(row.expires),
            by: self.bys.at(row.by)?.clone(),
            span: row.span(),
        })
    }

    fn ask_hash(&self, by: u32, dirname: u32, name: &str, rights: Rights, time: u32) -> u64 {
        self.hasher.hash_one((by, dirname, name, rights, time))
    }

    fn row_hash(&self, at: u32, by: By) -> u64 {
        let Some(row) = self.row(at) else { return 0 };
        let time = match by {
            By::Length => row.length(),
            By::End => row.expires,
        };
        self.ask_hash(row.by, row.dirname, self.name(row), row.rights(), time)
    }

    fn insert(&mut self, id: KeyId, new: &New<'_>, span: Span) {
        let mut place = (self.names.len() as u64) << (NAME_BITS + FLAG_BITS)
            | (new.basename.len() as u64) << FLAG_BITS;
        if new.rights == Rights::Edit {
            place |= EDIT;
        }
        if new.sealed {
            place |= SEALED;
        }
        let at = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let (rows, hash) = (&self.rows, id_hash(&id));
        let is = |at: &u32| rows.get(*at as usize).is_some_and(|row| row.id == id);
        let rehash = |at: &u32| rows.get(*at as usize).map_or(0, |row| id_hash(&row.id));
        let before = match self.by_id.entry(hash, is, rehash) {
            Entry::Occupied(mut known) => Some(std::mem::replace(known.get_mut(), at)),
            Entry::Vacant(free) => {
                free.insert(at);
                None
            }
        };
        if let Some(before) = before {
            self.forget(before);
        }
        self.names.extend_from_slice(new.basename.as_bytes());
        self.rows.push(Row {
            id,
            place,
            span: span.offset << LENGTH_BITS | u64::from(span.length.min((1 << LENGTH_BITS) - 1)),
            dirname: new.dirname,
            by: new.by,
            created: secs(new.created),
            expires: secs(new.expires),
        });
        self.live_bytes += AROUND + u64::from(span.length);
        self.nameless += usize::from(self.is_nameless(new.by));
        if !self.reading {
            self.index(at);
        }
    }

    /// Makes a row known by the ask for it, if its key can be shown again.
    fn index(&mut self, at: u32) {
        let found = self
            .row(at)
            .filter(|row| row.place & (SEALED | GONE) == SEALED);
        let Some(ends) = found.map(|row| row.expires != 0) else {
            return;
        };
        self.index_ask(at, By::Length);
        if ends {
            self.index_ask(at, By::End);
        }
    }

    fn is_nameless(&self, by: u32) -> bool {
        self.bys.at(by).is_some_and(|by| by.contains('#'))
    }

    fn index_ask(&mut self, at: u32, by: By) {
        let hash = self.row_hash(at, by);
        let mut index = std::mem::take(self.ask_index(by));
        index.insert_unique(hash, at, |at| self.row_hash(*at, by));
        *self.ask_index(by) = index;
    }

    fn ask_index(&mut self, by: By) -> &mut HashTable<u32> {
        match by {
            By::Length => &mut self.by_ask,
            By::End => &mut self.by_end,
        }
    }

    fn remove(&mut self, id: &KeyId) {
        let rows = &self.rows;
        let is = |at: &u32| rows.get(*at as usize).is_some_and(|row| row.id == *id);
        let Ok(entry) = self.by_id.find_entry(id_hash(id), is) else {
            return;
        };
        let (at, _) = entry.remove();
        self.forget(at);
    }

    /// Takes a row that its id no longer leads to out of everything else.
    fn forget(&mut self, at: u32) {
        for by in [By::Length, By::End] {
            let hash = self.row_hash(at, by);
            if let Ok(entry) = self.ask_index(by).find_entry(hash, |other| *other == at) {
                entry.remove();
            }
        }
        let gone = self.rows.get_mut(at as usize).map(|row| {
            row.place |= GONE;
            (row.by, row.span().length)
        });
        if let Some((by, length)) = gone {
            self.live_bytes = self.live_bytes.saturating_sub(AROUND + u64::from(length));
            self.nameless -= usize::from(self.is_nameless(by));
        }
    }

    /// The same from a whole record, whose directory and minter may be new.
    fn insert_record(&mut self, id: KeyId, record: &Record, span: Span) {
        let new = New {
            dirname: self.dirnames.insert(&record.place.dirname),
            by: self.bys.insert(&record.by),
            basename: record.place.basename.as_str(),
            rights: record.rights,
            created: record.created,
            expires: record.expires,
            sealed: record.sealed.is_some(),
        };
        self.insert(id, &new, span);
    }

    /// Takes an entry as editkey writes it, of a directory and a minter that are known. `false` where it is another,
    /// which is to be read as a whole.
    fn insert_brief(&mut self, id: KeyId, json: &[u8], span: Span) -> bool {
        let known = Brief::read(json).and_then(|brief| {
            Some(New {
                dirname: self.dirnames.find_bytes(brief.dirname)?,
                by: self.bys.find_bytes(brief.by)?,
                basename: brief.basename,
                rights: brief.rights,
                created: brief.created,
                expires: brief.expires,
                sealed: brief.sealed,
            })
        });
        known
            .as_ref()
            .inspect(|new| self.insert(id, new, span))
            .is_some()
    }

    /// The id that an entry's name spells: ours, or the key of another maker.
    pub(super) fn id_of(name: &str) -> Option<KeyId> {
        match name.strip_prefix(PREFIX) {
            Some(id) => KeyId::parse(id).ok(),
            None => AccessKey::parse(name).ok().map(|key| key.id()),
        }
    }
}

impl Row {
    fn rights(&self) -> Rights {
        if self.place & EDIT == 0 {
            Rights::View
        } else {
            Rights::Edit
        }
    }

    /// The length of its life; 0 where it has no end.
    fn length(&self) -> u32 {
        if self.expires == 0 {
            0
        } else {
            self.expires.saturating_sub(self.created)
        }
    }

    fn span(&self) -> Span {
        Span {
            offset: self.span >> LENGTH_BITS,
            length: u32::try_from(self.span & ((1 << LENGTH_BITS) - 1)).unwrap_or(0),
        }
    }
}

impl Table for KeyTable {
    type Pending = super::Pending;

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        let id = Self::id_of(name);
        let Some(json) = json else {
            if let Some(id) = id {
                self.remove(&id);
            }
            return Applied::Taken;
        };
        if id.is_some_and(|id| self.insert_brief(id, json, span)) {
            return Applied::Taken;
        }
        let dirnames = &self.dirnames;
        let bys = &self.bys;
        let known = |text: &str| dirnames.find(text).and_then(|at| dirnames.at(at)).cloned();
        let by = |text: &str| {
            bys.find(text)
                .and_then(|at| bys.at(at))
                .map_or_else(|| text.into(), Arc::clone)
        };
        match (id, Record::parse(json, known, by)) {
            (Some(id), Ok(record)) => {
                self.insert_record(id, &record, span);
                Applied::Taken
            }
            (id, outcome) => {
                if let Some(id) = id {
                    self.remove(&id);
                }
                if serde_json::from_slice::<serde::de::IgnoredAny>(json).is_err() {
                    return Applied::NotJson;
                }
                match outcome {
                    Ok(_) => Applied::Refused(
                        "its name is neither 'sha256:' and an id nor a key".to_owned(),
                    ),
                    Err(error) => Applied::Refused(error.to_string()),
                }
            }
        }
    }

    fn prepare(&mut self, entries: usize) {
        // Without that much memory they grow as they must, and say so when they cannot.
        let _ = self.rows.try_reserve(entries);
        let _ = self.by_id.try_reserve(entries, |_| 0);
        let _ = self.by_ask.try_reserve(entries, |_| 0);
        self.reading = true;
    }

    fn complete(&mut self) {
        // One after another without anything in between, so that the processor waits for many places at once.
        self.reading = false;
        for at in 0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX) {
            self.index(at);
        }
    }

    fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        for row in self.rows.iter().filter(|row| row.place & GONE == 0) {
            each(&format!("{PREFIX}{}", row.id), row.span());
        }
    }

    fn rewrite(name: &str, json: &str) -> Option<(String, String)> {
        // A refused entry under another maker's key: the key itself must not stay readable in our file.
        let key = AccessKey::parse(name).ok()?;
        Some((format!("{PREFIX}{}", key.id()), json.to_owned()))
    }
}

/// An id is a hash already; the first eight bytes spread as well as any other.
fn id_hash(id: &KeyId) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(id.as_bytes().split_at(8).0);
    u64::from_le_bytes(first)
}

/// Seconds since 1970; a time before 1970 is the first second, one beyond 32 bits the last: a key only ends sooner.
fn secs(time: Option<Timestamp>) -> u32 {
    time.map_or(0, |time| {
        u32::try_from(time.as_second().max(1)).unwrap_or(u32::MAX)
    })
}

fn time(secs: u32) -> Option<Timestamp> {
    (secs != 0)
        .then(|| Timestamp::from_second(secs.into()).ok())
        .flatten()
}
