//! All that goes along when an installation moves from one store to another, entry by entry as it stands.
//!
//! A [`Side`] lists its entries in the order of their names and takes entries; [`carry`] makes one side what the other is and
//! compares every entry on the way, so that running it again goes on where it was and a run that changes nothing is the
//! proof. It runs beside a server: each change is one of the store's own. It never takes a mark away, and removes a key
//! only where the other side says that it was revoked or pruned, unless it is told to replace.

use std::cmp::Ordering;
use std::collections::VecDeque;

use sha2::{Digest as _, Sha256};

use super::StoreError;

mod files;

pub use files::Files;

/// Entries that are read, compared and written at once.
const CHUNK: usize = 1000;

/// What goes along. Marks go first: what was revoked is known there before anything could bring it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What became of keys that are gone.
    Marks,
    /// The keys.
    Keys,
    /// When they were used last, and how often.
    Uses,
    /// Sessions, what hosts granted, and tickets.
    Sessions,
}

impl Kind {
    /// All of them, in the order in which they go.
    pub const ALL: [Self; 4] = [Self::Marks, Self::Keys, Self::Uses, Self::Sessions];

    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Marks => "marks",
            Self::Keys => "keys",
            Self::Uses => "last uses",
            Self::Sessions => "sessions",
        }
    }
}

/// A name and its JSON, as the files of the key folder spell both.
pub type Entry = (String, String);

/// A store that entries are moved from or to.
pub trait Side {
    /// The entries behind `after`, in the order of their names' bytes, `most` of them or all that are left.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn chunk(&self, kind: Kind, after: Option<&str>, most: usize)
    -> Result<Vec<Entry>, StoreError>;

    /// Sets these, or removes those without JSON; they stand when this returns.
    ///
    /// # Errors
    /// Any [`StoreError`]; some may stand then.
    fn put(&self, kind: Kind, entries: Vec<(String, Option<String>)>) -> Result<(), StoreError>;

    /// How many there are.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn count(&self, kind: Kind) -> Result<u64, StoreError>;
}

/// What is done with entries that only the side to move to has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// A key that was neither revoked nor pruned on the other side is another installation's, or a mistake of direction.
    Refuse,
    /// They are removed.
    Replace,
}

/// What a pass over one kind came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Entries that were compared.
    pub entries: u64,
    /// Those of them that were set or removed.
    pub changed: u64,
    /// The SHA-256 of all entries of the side that was moved from, in the order of their names.
    pub digest: [u8; 32],
}

/// Why nothing more was moved.
#[derive(Debug, thiserror::Error)]
pub enum NotCarried {
    /// A store said so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The side to move to has keys of its own.
    #[error(
        "the store to move to has keys that the other has not, and that were neither revoked nor pruned there, such as {0}: is the direction right? '--replace' removes them"
    )]
    Own(String),
}

/// Makes `to` what `from` is in `kind`; changes nothing where `dry`. `told` is called with the entries that were compared.
///
/// # Errors
/// [`NotCarried`]; what was changed until then stands, and a next run goes on.
pub fn carry(
    (from, to): (&dyn Side, &dyn Side),
    kind: Kind,
    extra: Extra,
    write: Write,
    told: &dyn Fn(u64),
) -> Result<Carried, NotCarried> {
    let (mut ours, mut theirs) = (Reader::of(from, kind), Reader::of(to, kind));
    let mut digest = Sha256::new();
    let (mut entries, mut changed) = (0, 0);
    let mut changes = Vec::new();
    loop {
        let order = match (ours.first()?, theirs.first()?) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.as_bytes().cmp(other.as_bytes()),
        };
        let source = order.is_le().then(|| ours.next()).flatten();
        let there = order.is_ge().then(|| theirs.next()).flatten();
        if let Some((name, json)) = &source {
            digest.update(name);
            digest.update(b"\n");
            digest.update(json);
            digest.update(b"\n");
        }
        match (source, there) {
            (Some((_, json)), Some((_, stands))) if json == stands => {}
            (Some((name, json)), _) => changes.push((name, Some(json))),
            (None, Some((name, _))) => {
                if removed(from, kind, extra, &name)? {
                    changes.push((name, None));
                }
            }
            (None, None) => {}
        }
        entries += 1;
        if changes.len() >= CHUNK {
            changed += put(to, kind, std::mem::take(&mut changes), write)?;
        }
        if entries % CHUNK as u64 == 0 {
            told(entries);
        }
    }
    changed += put(to, kind, changes, write)?;
    Ok(Carried {
        entries,
        changed,
        digest: digest.finalize().into(),
    })
}

/// Whether changes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// They are.
    Made,
    /// They are only counted.
    Counted,
}

fn put(
    to: &dyn Side,
    kind: Kind,
    changes: Vec<(String, Option<String>)>,
    write: Write,
) -> Result<u64, StoreError> {
    let count = changes.len() as u64;
    if write == Write::Made && count > 0 {
        to.put(kind, changes)?;
    }
    Ok(count)
}

/// Whether an entry that only the side to move to has is removed there.
fn removed(from: &dyn Side, kind: Kind, extra: Extra, name: &str) -> Result<bool, NotCarried> {
    match kind {
        // What is known to be gone is never forgotten.
        Kind::Marks => Ok(false),
        Kind::Keys if extra == Extra::Refuse => {
            // It may have come there since it was read.
            if one(from, Kind::Keys, name)? {
                Ok(false)
            } else if one(from, Kind::Marks, name)? {
                Ok(true)
            } else {
                Err(NotCarried::Own(name.to_owned()))
            }
        }
        Kind::Keys | Kind::Uses | Kind::Sessions => Ok(true),
    }
}

/// Whether a side has an entry of this very name, now.
fn one(side: &dyn Side, kind: Kind, name: &str) -> Result<bool, StoreError> {
    // Behind all that is smaller: the last character, less by one, and as much as can follow it.
    let before: String = name
        .char_indices()
        .next_back()
        .map(|(at, last)| {
            let less = char::from_u32(u32::from(last).saturating_sub(1)).unwrap_or(' ');
            format!("{}{less}\u{10ffff}", name.get(..at).unwrap_or_default())
        })
        .unwrap_or_default();
    let found = side.chunk(kind, Some(&before), 1)?;
    Ok(found.first().is_some_and(|(found, _)| found == name))
}

/// Reads a side chunk by chunk.
struct Reader<'a> {
    side: &'a dyn Side,
    kind: Kind,
    chunk: VecDeque<Entry>,
    last: Option<String>,
    ended: bool,
}

impl<'a> Reader<'a> {
    fn of(side: &'a dyn Side, kind: Kind) -> Self {
        Self {
            side,
            kind,
            chunk: VecDeque::new(),
            last: None,
            ended: false,
        }
    }

    fn first(&mut self) -> Result<Option<&Entry>, StoreError> {
        if self.chunk.is_empty() && !self.ended {
            let read = self.side.chunk(self.kind, self.last.as_deref(), CHUNK)?;
            self.ended = read.len() < CHUNK;
            self.last = read.last().map(|(name, _)| name.clone());
            self.chunk = read.into();
        }
        Ok(self.chunk.front())
    }

    fn next(&mut self) -> Option<Entry> {
        self.chunk.pop_front()
    }
}
