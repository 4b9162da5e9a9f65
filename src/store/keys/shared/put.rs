//! What becomes of one key at a server, and where it stands beside its record.

use super::super::gone::Mark;
use super::slots::Slot;
use crate::mint::{KeyId, Record};

/// How long a record stays after the key has ended, in seconds.
pub(super) const STAYS: i64 = 30 * 86_400;

/// What becomes of one key.
pub(super) struct Put {
    /// As it stands, where it is understood.
    pub(super) before: Option<Record>,
    pub(super) after: After,
}

pub(super) enum After {
    Record {
        json: String,
        record: Box<Record>,
    },
    /// One that is not understood, as it stands elsewhere.
    Other(String),
    Mark(Mark),
    Nothing,
}

impl Put {
    pub(super) fn is_new(&self) -> bool {
        self.before.is_none() && self.record().is_some()
    }

    pub(super) fn record(&self) -> Option<&Record> {
        match &self.after {
            After::Record { record, .. } => Some(record),
            After::Mark(_) | After::Other(_) | After::Nothing => None,
        }
    }
}

/// What decides of a key, beside what is written of it: whether it was revoked, what was derived from it, its parent.
pub(super) fn beside((id, put): (&KeyId, &Put)) -> impl Iterator<Item = Slot> + use<> {
    let parent = put.record().and_then(|record| record.limits.parent);
    let own = [Slot::Mark(*id), Slot::Children(*id)];
    own.into_iter().chain(parent.map(Slot::Key))
}

/// The lists in which a key with this record stands.
pub(super) fn lists_of(record: &Record) -> impl Iterator<Item = Slot> {
    let parent = record.limits.parent.map(Slot::Children);
    Slot::of_record(record).chain(parent)
}

/// Until when a record stays, in milliseconds since 1970; nothing where the key has no end.
pub(super) fn last(record: &Record) -> Option<i64> {
    let end = record.expires?.as_second().saturating_add(STAYS);
    Some(end.saturating_mul(1000).max(1))
}
