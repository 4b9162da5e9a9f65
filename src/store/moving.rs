//! All that goes along when an installation moves from one store to another, entry by entry as it stands.
//!
//! A [`Side`] lists its entries in the order of their names and takes entries; [`carry`] makes one side what the other is and
//! compares every entry on the way, so that running it again goes on where it was and a run that changes nothing is the
//! proof. It runs beside a server: each change is one of the store's own. It never takes a mark away, and removes a key
//! only where the other side says that it was revoked or pruned, unless it is told to replace; and it never brings a key back that
//! was revoked.

use std::cmp::Ordering;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Moved, StoreError};

mod files;
mod reader;
mod server;

use reader::{Reader, over};

pub use files::Files;
pub use server::Server;

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

    /// What stands under these names at this moment.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn find(&self, kind: Kind, names: &[String]) -> Result<Vec<Option<String>>, StoreError>;

    /// Whether it can hold such an entry; what either side cannot hold is left out.
    fn holds(&self, kind: Kind, entry: &Entry) -> bool;

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
    /// The side to move to knows better.
    #[error(
        "the store to move to knows that {0} was revoked, and the other still has it: is the direction right? What was revoked is not brought back"
    )]
    Revoked(String),
}

/// How entries go.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// What is done with what only the side to move to has.
    pub extra: Extra,
    /// Whether changes are made, or only counted.
    pub writes: bool,
    /// The moment. What ended goes on neither side: sessions and the like by then, keys so long before that a server has
    /// taken them out, or is about to.
    pub now: Timestamp,
}

/// Makes `to` what `from` is in `kind`. `told` is called with the entries that were compared.
///
/// # Errors
/// [`NotCarried`]; what was changed until then stands, and a next run goes on.
pub fn carry(
    (from, to): (&dyn Side, &dyn Side),
    kind: Kind,
    way: Way,
    told: &dyn Fn(u64),
) -> Result<Carried, NotCarried> {
    let goes = |entry: &Entry| {
        from.holds(kind, entry) && to.holds(kind, entry) && !over(kind, entry, way.now)
    };
    let (mut ours, mut theirs) = (Reader::of(from, kind), Reader::of(to, kind));
    let mut digest = Sha256::new();
    let (mut entries, mut changed) = (0, 0);
    let mut changes = Vec::new();
    loop {
        let order = match (ours.first(&goes)?, theirs.first(&goes)?) {
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
                if removed(from, kind, way.extra, &name)? {
                    changes.push((name, None));
                }
            }
            (None, None) => {}
        }
        entries += 1;
        if changes.len() >= CHUNK {
            changed += put((from, to), kind, std::mem::take(&mut changes), way)?;
        }
        if entries % CHUNK as u64 == 0 {
            told(entries);
        }
    }
    changed += put((from, to), kind, changes, way)?;
    Ok(Carried {
        entries,
        changed,
        digest: digest.finalize().into(),
    })
}

fn put(
    (from, to): (&dyn Side, &dyn Side),
    kind: Kind,
    mut changes: Vec<(String, Option<String>)>,
    way: Way,
) -> Result<u64, NotCarried> {
    if kind == Kind::Keys {
        leave_revoked((from, to), &mut changes)?;
    }
    let count = changes.len() as u64;
    if way.writes && count > 0 {
        to.put(kind, changes)?;
    }
    Ok(count)
}

/// Leaves out keys that were revoked: nothing brings one back.
fn leave_revoked(
    (from, to): (&dyn Side, &dyn Side),
    changes: &mut Vec<(String, Option<String>)>,
) -> Result<(), NotCarried> {
    let set = changes.iter().filter(|(_, json)| json.is_some());
    let names: Vec<String> = set.map(|(name, _)| name.clone()).collect();
    let revoked = |side: &dyn Side, names: &[String]| -> Result<Vec<String>, StoreError> {
        let marks = side.find(Kind::Marks, names)?;
        let both = names.iter().zip(marks);
        let revoked = both.filter(|(_, mark)| mark.as_deref().is_some_and(Moved::says_revoked));
        Ok(revoked.map(|(name, _)| name.clone()).collect())
    };
    let there = revoked(to, &names)?;
    // The key itself is taken out a moment after its mark is set.
    let here = revoked(from, &there)?;
    if let Some(name) = there.iter().find(|name| !here.contains(name)) {
        return Err(NotCarried::Revoked(name.clone()));
    }
    changes.retain(|(name, _)| !there.contains(name));
    Ok(())
}

/// Whether an entry that only the side to move to has is removed there.
fn removed(from: &dyn Side, kind: Kind, extra: Extra, name: &str) -> Result<bool, NotCarried> {
    let now = |kind| -> Result<bool, StoreError> {
        let found = from.find(kind, &[name.to_owned()])?;
        Ok(found.into_iter().any(|json| json.is_some()))
    };
    match kind {
        // What is known to be gone is never forgotten.
        Kind::Marks => Ok(false),
        // It may have come there since it was read.
        Kind::Keys if extra == Extra::Refuse && now(Kind::Keys)? => Ok(false),
        Kind::Keys if extra == Extra::Refuse && !now(Kind::Marks)? => {
            Err(NotCarried::Own(name.to_owned()))
        }
        Kind::Keys | Kind::Uses | Kind::Sessions => Ok(true),
    }
}
