//! Keys at a server, and what became of others, as entries of a key file and of `gone.json`: in the order of their names,
//! text for text, also those that are not understood.

use super::super::gone::Mark;
use super::super::table::PREFIX;
use super::Shared;
use super::slots::{Index, Slot};
use super::step::Step;
use super::working::{Working, mark};
use crate::mint::KeyId;
use crate::store::StoreError;
use crate::store::redis::Outcome;

/// The characters of an id, in the order of their bytes.
const CHARACTERS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// How many indices there are, and most that are read at a time.
const INDICES: usize = CHARACTERS.len() * CHARACTERS.len();
const INDICES_AT_ONCE: usize = 256;
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

    /// The text as it stands once it was set: of marks one spelling alone is known.
    pub(in crate::store) fn spelled(self, text: String) -> String {
        match self {
            Self::Keys => text,
            Self::Marks => mark(text.as_bytes()).json(),
        }
    }

    /// Whether this text of a mark says that the key was revoked.
    pub(in crate::store) fn says_revoked(text: &str) -> bool {
        mark(text.as_bytes()) == Mark::Revoked
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
        // As many as hold about so many.
        let each = self.count(Index::All).await? / INDICES;
        let at_once = (most / (each + 1)).clamp(1, INDICES_AT_ONCE);
        let mut entries = Vec::new();
        for some in left.chunks(at_once) {
            let mut names = self.named(some).await?;
            names.retain(|(name, _)| name.as_str() > after);
            names.sort_unstable();
            for names in names.chunks(most.max(1)) {
                let ids: Vec<KeyId> = names.iter().map(|(_, id)| *id).collect();
                let texts = self.texts(kind, &ids).await?;
                let both = names.iter().zip(texts);
                entries.extend(both.filter_map(|((name, _), text)| Some((name.clone(), text?))));
                if entries.len() >= most {
                    entries.truncate(most);
                    return Ok(entries);
                }
            }
        }
        Ok(entries)
    }

    /// Those of these names, as they stand now.
    pub(in super::super) async fn entries_named(
        &self,
        kind: Entries,
        names: &[String],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let ids: Vec<Option<KeyId>> = names.iter().map(|name| id_of(name)).collect();
        let known: Vec<KeyId> = ids.iter().copied().flatten().collect();
        let mut texts = self.texts(kind, &known).await?.into_iter();
        let one = |id: Option<KeyId>| id.and_then(|_| texts.next().flatten());
        Ok(ids.into_iter().map(one).collect())
    }

    async fn texts(&self, kind: Entries, ids: &[KeyId]) -> Result<Vec<Option<String>>, StoreError> {
        let mut working = Working::default();
        let slots = ids.iter().map(|id| kind.slot(*id));
        self.fetch(&mut working, slots).await?;
        let text = |id: &KeyId| {
            let text = working.reads.get(&kind.slot(*id))?.clone()?;
            String::from_utf8(text).ok()
        };
        Ok(ids.iter().map(text).collect())
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
                let change = self.change(&step, &working, super::Also::default());
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
