//! The kinds of refusal, which all that a client may learn depends on.
//!
//! A stage's own error says what happened, for the log; here stands what the answer is. Two causes of one kind cannot
//! be told apart from outside.

/// What a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request itself is malformed; the sentence names the rule that it breaks.
    Malformed(&'static str),
    /// Who asks is not known.
    Unauthorized,
    /// Unknown, expired, revoked, outside, not granted: one answer.
    Refused,
    /// More than a key or the settings allow; the sentence names the rule. Only whoever may know of the key gets it.
    Exceeds(&'static str),
    /// No such key, or none that whoever asks may see: one answer.
    NoKey,
    /// A good edit key whose file is gone.
    Gone,
    /// The file has changed meanwhile.
    Changed,
    /// A save without a word on what it replaces.
    Unconditional,
    /// More bytes than this address takes.
    TooLarge,
    /// More bytes than a file may have, by the settings.
    FileTooLarge,
    /// The body came too slowly.
    TooSlow,
    /// Too often; try again after so many seconds.
    TooMany(u32),
    /// No room on the disk.
    Full,
    /// Not now; the log says why.
    Unavailable,
}

/// A refusal: what the client is told, and what the log is told.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Refused {
    /// What the client is told.
    pub kind: Kind,
    /// What happened, without any secret.
    pub cause: String,
    /// The same in one of a few words, for the audit log.
    pub why: &'static str,
}

impl Refused {
    /// A refusal of this kind, for this reason.
    pub fn new(kind: Kind, cause: impl std::fmt::Display) -> Self {
        Self {
            kind,
            cause: cause.to_string(),
            why: "refused",
        }
    }

    /// This refusal; or that one, if it says that all may be otherwise in a moment.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if other.kind == Kind::Unavailable {
            other
        } else {
            self
        }
    }

    /// The same, which the audit log calls this.
    #[must_use]
    pub fn because(self, why: &'static str) -> Self {
        Self { why, ..self }
    }
}
