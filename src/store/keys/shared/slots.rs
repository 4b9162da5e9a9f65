//! Where a key stands at the server: the strings that are compared when keys change, and the indices that find it.
//!
//! A string holds a record, or what became of a key (as it stands in `gone.json`), or a list of ids. Indices are never
//! compared: they only tell where to look, and what they tell is looked at.

use sha2::{Digest as _, Sha256};

use super::super::row::secs;
use super::super::table::{Ask, nameless};
use crate::mint::{KeyId, Life, Record};
use crate::names::{Place, Rights, Scope};
use crate::store::redis::Names;

/// Bytes of an id.
pub(super) const ID: usize = 32;
/// Bytes of a place in the order of minting: seconds since 1970, and the id.
const MEMBER: usize = 4 + ID;

/// A string at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Slot {
    /// The record of a key.
    Key(KeyId),
    /// What became of a key that is gone.
    Mark(KeyId),
    /// Which keys those got who asked for the same.
    Ask(KeyId),
    /// Which keys were derived from a key.
    Children(KeyId),
}

impl Slot {
    pub(super) fn name(self, names: &Names) -> Vec<u8> {
        let (kind, id) = match self {
            Self::Key(id) => ("k", id),
            Self::Mark(id) => ("g", id),
            Self::Ask(hash) => ("a", hash),
            Self::Children(id) => ("c", id),
        };
        names.of(kind, id.named("").as_bytes())
    }

    /// Where the keys stand that this ask got.
    pub(super) fn of_ask(ask: &Ask) -> Self {
        let end = match ask.life {
            Life::Unlimited => End::After(0),
            Life::For(secs) => End::After(secs),
            Life::Until(end) => End::At(secs(Some(end))),
        };
        let what = (ask.scope, ask.rights, ask.passphrase);
        Self::Ask(hashed(&ask.by, &ask.place, what, end))
    }

    /// The asks that find a key with this record: by how long it lives and by when it ends.
    pub(super) fn of_record(record: &Record) -> impl Iterator<Item = Self> {
        let shown = record.sealed.is_some() && !record.limits.is_apart();
        let end = secs(record.expires);
        let length = match end {
            0 => 0,
            end => end.saturating_sub(secs(record.created)),
        };
        let ends = [Some(End::After(length)), (end != 0).then_some(End::At(end))];
        let passphrase = record.limits.passphrase.is_some();
        let what = (record.scope, record.rights, passphrase);
        let slot = move |end| Self::Ask(hashed(&record.by, &record.place, what, end));
        ends.into_iter().flatten().filter(move |_| shown).map(slot)
    }
}

/// What an ask says of the end.
#[derive(Clone, Copy)]
enum End {
    After(u32),
    At(u32),
}

fn hashed(by: &str, place: &Place, what: (Scope, Rights, bool), end: End) -> KeyId {
    let (scope, rights, passphrase) = what;
    let (kind, secs) = match end {
        End::After(secs) => (0, secs),
        End::At(secs) => (1, secs),
    };
    let flags = [
        u8::from(scope == Scope::Directory),
        u8::from(rights == Rights::Edit),
        u8::from(passphrase),
        kind,
    ];
    let mut hash = Sha256::new();
    for text in [by, place.dirname.as_str(), place.basename.as_str()] {
        // None of them has a NUL.
        hash.update(text);
        hash.update([0]);
    }
    hash.update(flags);
    hash.update(secs.to_be_bytes());
    KeyId::from_bytes(hash.finalize().into())
}

/// An index at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Index {
    /// All keys, in the order of minting.
    All,
    /// Those of one visitor, in the same order.
    By(KeyId),
    /// Those of nobody in particular, in the same order.
    Nameless,
    /// Those whose ids begin with these characters, and what became of others that do; in no order.
    Beginning([u8; 2]),
}

impl Index {
    pub(super) fn name(self, names: &Names) -> Vec<u8> {
        match self {
            Self::All => names.the("all"),
            Self::By(hash) => names.of("b", hash.named("").as_bytes()),
            Self::Nameless => names.the("nameless"),
            Self::Beginning(characters) => names.of("i", &characters),
        }
    }

    /// The index of whom keys were minted for.
    pub(super) fn of_by(by: &str) -> Self {
        Self::By(KeyId::from_bytes(Sha256::digest(by).into()))
    }

    /// The index of all whose ids begin as `text` does, which has two characters or more.
    pub(super) fn of_beginning(text: &str) -> Option<Self> {
        let beginning = text.as_bytes().first_chunk::<2>();
        beginning.map(|beginning| Self::Beginning(*beginning))
    }

    /// Whether it has an order.
    pub(super) fn is_ordered(self) -> bool {
        !matches!(self, Self::Beginning(_))
    }

    /// All in which a key with this record stands.
    pub(super) fn of_record(id: &KeyId, record: &Record) -> Vec<Self> {
        let mut all = vec![Self::All, Self::of_by(&record.by)];
        if nameless(&record.by) {
            all.push(Self::Nameless);
        }
        all.extend(Self::of_mark(id));
        all
    }

    /// The one in which what became of a key stands.
    pub(super) fn of_mark(id: &KeyId) -> Option<Self> {
        Self::of_beginning(&id.named(""))
    }
}

/// The place of a key in the order of minting.
pub(super) fn member(created: u32, id: &KeyId) -> [u8; MEMBER] {
    let mut member = [0; MEMBER];
    let both = created.to_be_bytes().into_iter().chain(*id.as_bytes());
    for (to, from) in member.iter_mut().zip(both) {
        *to = from;
    }
    member
}

/// The second of a place.
pub(super) fn second(member: &[u8]) -> Option<u32> {
    member.first_chunk().map(|secs| u32::from_be_bytes(*secs))
}

/// Whose it is; nothing where it is none of ours.
pub(super) fn whose(member: &[u8]) -> Option<KeyId> {
    let (_, id) = member.split_at_checked(4)?;
    Some(KeyId::from_bytes(id.try_into().ok()?))
}
