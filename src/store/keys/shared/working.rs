//! What was read of the server for one look or change: a small table of keys, and every string as it was read.

use std::collections::HashMap;

use super::super::gone::Mark;
use super::super::table::PREFIX;
use super::super::{Found, KeyTable, Keys};
use super::slots::{ID, Slot};
use crate::mint::{KeyId, Record};
use crate::store::log::{Applied, Look, Span, Table as _};

/// Longest record that is understood; a table has no room for the length of a longer one.
const RECORD_BYTES: usize = 1 << 19;

/// What was read.
#[derive(Default)]
pub(super) struct Working {
    pub(super) table: KeyTable,
    /// The records, one behind another.
    texts: Vec<u8>,
    /// Those that are not understood: they open nothing, and are there all the same.
    refused: HashMap<String, Span>,
    /// What was wrong with those.
    pub(super) problems: Vec<(KeyId, String)>,
    pub(super) marks: HashMap<KeyId, Mark>,
    /// All strings; `None` where nothing was there.
    pub(super) reads: HashMap<Slot, Option<Vec<u8>>>,
}

impl Working {
    /// Takes what stands at `slot`.
    pub(super) fn take(&mut self, slot: Slot, text: Option<Vec<u8>>) {
        match (slot, &text) {
            (Slot::Key(id), Some(text)) => self.take_record(id, text),
            (Slot::Mark(id), Some(text)) => drop(self.marks.insert(id, mark(text))),
            _ => {}
        }
        self.reads.insert(slot, text);
    }

    fn take_record(&mut self, id: KeyId, json: &[u8]) {
        let span = Span {
            offset: self.texts.len() as u64,
            length: u32::try_from(json.len()).unwrap_or(u32::MAX),
        };
        let name = id.named(PREFIX);
        let applied = if json.len() > RECORD_BYTES {
            Applied::Refused("too long".to_owned())
        } else {
            self.table.apply(&name, Some(json), span)
        };
        let why = match applied {
            Applied::Taken => return self.texts.extend_from_slice(json),
            Applied::Refused(why) => why,
            Applied::NotJson => "it is no JSON".to_owned(),
        };
        self.refused.insert(name, span);
        self.problems.push((id, why));
    }

    pub(super) fn look(&self) -> Look<'_, KeyTable> {
        Look::at(&self.table, &self.texts, &self.refused)
    }

    pub(super) fn has(&self, slot: Slot) -> bool {
        self.reads.contains_key(&slot)
    }

    /// All keys that are there.
    pub(super) fn ids(&self) -> Vec<KeyId> {
        self.table.each().map(|found| found.id).collect()
    }

    /// The ids that stand in the list at `slot`.
    pub(super) fn list(&self, slot: Slot) -> Vec<KeyId> {
        let text = self.reads.get(&slot).and_then(Option::as_deref);
        let (ids, _) = text.unwrap_or_default().as_chunks::<ID>();
        ids.iter().map(|id| KeyId::from_bytes(*id)).collect()
    }

    /// Whether the key is known not to stand at the server.
    pub(super) fn is_away(&self, id: &KeyId) -> bool {
        let read = self.reads.get(&Slot::Key(*id));
        read.is_some_and(Option::is_none)
    }

    /// The record of a key that stands there and is understood.
    pub(super) fn record(&self, id: &KeyId) -> Option<Record> {
        Keys::record(&self.look(), &self.table.find(id)?)
    }
}

/// What is written of a key that is gone.
pub(super) fn mark(text: &[u8]) -> Mark {
    let text: Option<String> = serde_json::from_slice(text).ok();
    // What cannot be understood is the stricter of the two.
    text.and_then(|text| Mark::parse(&text))
        .unwrap_or(Mark::Revoked)
}

/// The key with this record, by itself.
pub(super) fn single(id: KeyId, json: &[u8]) -> Option<Found> {
    if json.len() > RECORD_BYTES {
        return None;
    }
    let mut table = KeyTable::default();
    let span = Span {
        offset: 0,
        length: u32::try_from(json.len()).ok()?,
    };
    table.apply(&id.named(PREFIX), Some(json), span);
    table.find(&id)
}
