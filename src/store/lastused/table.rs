//! The table of last uses, and how an entry is read.

use hashbrown::DefaultHashBuilder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::mint::KeyId;
use crate::store::log::{Applied, Span, Table};

/// What the names of entries begin with.
pub(super) const PREFIX: &str = "sha256:";
/// Bytes of an entry but for its value.
const ENTRY_BYTES: u64 = 56;

/// The last use of a key, and how many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The day of the last one, in UTC.
    pub day: Date,
    /// How many were counted.
    #[serde(rename = "uses")]
    pub count: u64,
}

/// An entry, in both its forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    /// The day alone, as it was written when nobody counted.
    Day(Date),
    Used(Used),
}

impl From<Entry> for Used {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Day(day) => Self { day, count: 0 },
            Entry::Used(used) => used,
        }
    }
}

/// What an entry says.
pub(super) fn read(json: &[u8]) -> serde_json::Result<Used> {
    serde_json::from_slice::<Entry>(json).map(Into::into)
}

/// The last use of each key.
#[derive(Default)]
pub(in crate::store) struct UseTable {
    pub(super) uses: hashbrown::HashMap<KeyId, (Used, Span), DefaultHashBuilder>,
    bytes: u64,
}

impl UseTable {
    fn set(&mut self, id: KeyId, entry: Option<(Used, Span)>) {
        let size = |span: Span| ENTRY_BYTES + u64::from(span.length);
        let before = match entry {
            Some((used, span)) => {
                self.bytes += size(span);
                self.uses.insert(id, (used, span))
            }
            None => self.uses.remove(&id),
        };
        let before = before.map_or(0, |(_, span)| size(span));
        self.bytes = self.bytes.saturating_sub(before);
    }
}

impl Table for UseTable {
    type Pending = ();

    fn apply(&mut self, name: &str, json: Option<&[u8]>, span: Span) -> Applied {
        let Some(id) = name
            .strip_prefix(PREFIX)
            .and_then(|id| KeyId::parse(id).ok())
        else {
            return Applied::Refused("its name is no key id".to_owned());
        };
        match json.map(read) {
            None => self.set(id, None),
            Some(Ok(used)) => self.set(id, Some((used, span))),
            Some(Err(error)) if error.is_data() => {
                self.set(id, None);
                return Applied::Refused("neither a day nor a day and uses".to_owned());
            }
            Some(Err(_)) => return Applied::NotJson,
        }
        Applied::Taken
    }

    fn live_bytes(&self) -> u64 {
        self.bytes
    }

    fn each_live(&self, each: &mut dyn FnMut(&str, Span)) {
        for (id, (_, span)) in &self.uses {
            each(&id.named(PREFIX), *span);
        }
    }
}

/// What is written of the key's uses.
pub(super) fn last(table: &UseTable, id: &KeyId) -> Option<Used> {
    table.uses.get(id).map(|(used, _)| *used)
}
