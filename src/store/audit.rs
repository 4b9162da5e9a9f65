//! The audit log: who did what to which key, one JSON object a line.
//!
//! It never holds a key, a passphrase, a token, a cookie, a path or a label: keys stand in it by their ids. To note
//! something never blocks and never fails a request.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::mint::KeyId;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// A key was made.
    Mint,
    /// A key opened its page, its file, or passed the gate.
    Open,
    /// A file was saved by a key.
    Save,
    /// A narrower key was made from a key.
    Derive,
    /// A key's properties were changed.
    Set,
    /// A key was revoked.
    Revoke,
    /// A key's bookmark was shown once more.
    Link,
    /// A key's passphrase was given.
    Unlock,
    /// A browser claimed a key.
    Claim,
    /// A key was pruned.
    Prune,
    /// A pruned key was brought back.
    Undo,
    /// A key of another program was added.
    Import,
    /// A key opened nothing, or an ask for one was refused.
    Refuse,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// What.
    pub act: Act,
    /// To which key.
    pub key: Option<KeyId>,
    /// Who did it, as keys remember a visitor; nothing where the key alone did.
    pub by: Option<Arc<str>>,
    /// From where.
    pub from: Option<IpAddr>,
    /// Why it was refused, or what else is to be said; never a secret.
    pub why: Option<Cow<'static, str>>,
}

impl Event {
    /// Something that was done to `key`.
    #[must_use]
    pub fn of(act: Act, key: KeyId, time: Timestamp) -> Self {
        Self {
            time,
            act,
            key: Some(key),
            by: None,
            from: None,
            why: None,
        }
    }
}

/// Where events go.
#[derive(Clone, Default)]
pub struct Audit;

impl Audit {
    /// Notes an event.
    pub fn note(&self, event: Event) {
        let Event { act, key, .. } = event;
        if let Some(key) = key {
            tracing::trace!(?act, %key, "audit");
        }
    }
}
