//! Going through a side entry by entry, without those that ended long ago. It must never pass over any other.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{CHUNK, Entry, Kind, Side};
use crate::store::StoreError;

/// How long after its end a key still goes along. A server takes it out on the next day, and the run may take an hour.
const STAYS: SignedDuration = SignedDuration::from_hours(29 * 24 - 1);

/// Whether an entry ended so long ago that it goes on neither side.
pub(super) fn over(kind: Kind, (_, json): &Entry, now: Timestamp) -> bool {
    let stays = match kind {
        Kind::Marks | Kind::Uses => return false,
        Kind::Keys => STAYS,
        Kind::Sessions => SignedDuration::ZERO,
    };
    let ends = serde_json::from_str::<Ends>(json).ok();
    let end = ends.and_then(|ends| ends.expires);
    end.is_some_and(|end| now.duration_since(end) >= stays)
}

/// What an entry says of its end.
#[derive(Deserialize)]
struct Ends {
    expires: Option<Timestamp>,
}

/// Reads a side chunk by chunk.
pub(super) struct Reader<'a> {
    side: &'a dyn Side,
    kind: Kind,
    chunk: VecDeque<Entry>,
    last: Option<String>,
    ended: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn of(side: &'a dyn Side, kind: Kind) -> Self {
        Self {
            side,
            kind,
            chunk: VecDeque::new(),
            last: None,
            ended: false,
        }
    }

    /// The first that goes and was not taken yet.
    pub(super) fn first(
        &mut self,
        goes: &dyn Fn(&Entry) -> bool,
    ) -> Result<Option<&Entry>, StoreError> {
        while self.chunk.is_empty() && !self.ended {
            let mut read = self.side.chunk(self.kind, self.last.as_deref(), CHUNK)?;
            self.ended = read.len() < CHUNK;
            self.last = read.last().map(|(name, _)| name.clone());
            read.retain(goes);
            self.chunk = read.into();
        }
        Ok(self.chunk.front())
    }

    /// Takes it.
    pub(super) fn next(&mut self) -> Option<Entry> {
        self.chunk.pop_front()
    }
}
