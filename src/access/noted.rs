//! What the audit log is told where a key is issued or passes the gate: whose doing it was, from where, and one word.

use std::sync::Arc;

use super::{Access, Asking, Known, Moment};
use crate::error::{Kind, Refused};
use crate::mint::KeyId;
use crate::store::{Act, Event};

/// What the audit log says of an ask that no grant holds.
pub const NO_GRANT: &str = "no grant";

impl Access {
    /// Notes that somebody who is known asked for more than is granted.
    pub(super) fn note_no_grant(&self, refused: &Refused, known: &Known, now: Moment) {
        if refused.kind == Kind::Refused {
            self.audit.note(Event {
                time: now.time,
                act: Act::Refuse,
                key: None,
                by: known.names().into_iter().next(),
                from: known.from,
                why: Some(NO_GRANT.into()),
            });
        }
    }

    /// Notes that a new key was handed out.
    pub(super) fn note_minted(&self, id: KeyId, by: Arc<str>, known: &Known, now: Moment) {
        tracing::debug!(key = %id, %by, "minted");
        self.audit.note(Event {
            by: Some(by),
            from: known.from,
            ..Event::of(Act::Mint, id, now.time)
        });
    }
}

impl Asking<'_> {
    /// Notes what became of a key that came along, and the word for it.
    pub(super) fn note(
        &self,
        access: &Access,
        (act, word): (Act, &'static str),
        id: KeyId,
        by: Option<Arc<str>>,
        now: Moment,
    ) {
        access.audit.note(Event {
            by,
            from: self.evidence.guesser(),
            ..Event::of(act, id, now.time).because(word)
        });
    }
}
