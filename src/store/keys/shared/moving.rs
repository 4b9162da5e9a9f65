//! Keys at a server, and what became of others, as entries of a key file and of `gone.json`: in the order of their names,
//! text for text, also those that are not understood.

use super::super::table::PREFIX;
use super::Shared;
use super::slots::{Index, Slot};
use super::step::Step;
use super::working::Working;
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::redis::Outcome;

/// The characters of an id, in the order of their bytes.
const CHARACTERS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// Indices that are read at a time.
const INDICES: usize = 16;
/// Entries that one step sets.
const STEP: usize = 500;

/// Which entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// The records.
    Keys,
    /// What became of keys that are gone.
    Marks,
}

impl Entries {
    fn slot(self, id: KeyId) -> Slot {
        match self {
            Self::Keys => Slot::Key(id),
            Self::Marks => Slot::Mark(id),
        }
    }
}

impl Shared {
    /// The entries behind `after`, in the order of the bytes of their names: so many, or all that are left.
    pub(in super::super) async fn entries(
        &self,
        kind: Entries,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let after = after.unwrap_or_default();
        let beginning = |one: u8| CHARACTERS.iter().map(move |other| [one, *other]);
        let last = after.strip_prefix(PREFIX).unwrap_or_default().as_bytes();
        let last = last.first_chunk::<2>().copied().unwrap_or_default();
        let beginnings = CHARACTERS.iter().copied().flat_map(beginning);
        let left: Vec<[u8; 2]> = beginnings.filter(|one| *one >= last).collect();
        let mut entries = Vec::new();
        for some in left.chunks(INDICES) {
            let mut names = self.named(some).await?;
            names.retain(|(name, _)| name.as_str() > after);
            names.sort_unstable();
            let slots = names.iter().map(|(_, id)| kind.slot(*id));
            let mut working = Working::default();
            self.fetch(&mut working, slots).await?;
            for (name, id) in names {
                let text = working.reads.remove(&kind.slot(id)).flatten();
                let text = text.and_then(|text| String::from_utf8(text).ok());
                entries.extend(text.map(|text| (name, text)));
            }
            if entries.len() >= most {
                entries.truncate(most);
                break;
            }
        }
        Ok(entries)
    }

    async fn named(&self, beginnings: &[[u8; 2]]) -> Result<Vec<(String, KeyId)>, StoreError> {
        let mut ask = redis::pipe();
        for beginning in beginnings {
            let index = Index::Beginning(*beginning);
            ask.cmd("SMEMBERS").arg(index.name(self.names()));
        }
        let all: Vec<Vec<Vec<u8>>> = self.link.ask(ask).await?;
        let ids = all.into_iter().flatten();
        let ids = ids.filter_map(|id| id.try_into().ok());
        let ids = ids.map(KeyId::from_bytes);
        Ok(ids.map(|id| (id.named(PREFIX), id)).collect())
    }

    /// How many there are.
    pub(in super::super) async fn entry_count(&self, kind: Entries) -> Result<u64, StoreError> {
        let kinds = match kind {
            Entries::Keys => return Ok(self.count(Index::All).await? as u64),
            Entries::Marks => [super::step::REVOKED, super::step::PRUNED],
        };
        let mut ask = redis::pipe();
        for kind in kinds {
            ask.cmd("ZCARD").arg(self.names().the(kind));
        }
        let (one, other): (u64, u64) = self.link.ask(ask).await?;
        Ok(one + other)
    }

    /// Sets these, or removes those without a text. They stand when this returns.
    pub(in super::super) async fn set_entries(
        &self,
        kind: Entries,
        entries: Vec<(String, Option<String>)>,
    ) -> Result<(), StoreError> {
        for entries in entries.chunks(STEP) {
            let mut tries = 0..super::TRIES;
            loop {
                let names = entries.iter().filter_map(|(name, _)| id_of(name));
                let both = |id| [Slot::Key(id), Slot::Mark(id)];
                let mut working = Working::default();
                self.fetch(&mut working, names.flat_map(both)).await?;
                let mut step = Step::setting(kind, entries, &working);
                self.complete(&mut step, &mut working).await?;
                self.fetch(&mut working, step.slots()).await?;
                let change = step.change(&working, self.names(), super::Also::default());
                match self.link.commit(change).await? {
                    Outcome::Done(_) => break,
                    Outcome::Conflict if tries.next().is_some() => {}
                    Outcome::Conflict => return Err(super::busy()),
                }
            }
        }
        Ok(())
    }
}

pub(super) fn id_of(name: &str) -> Option<KeyId> {
    KeyId::parse(name.strip_prefix(PREFIX)?).ok()
}
