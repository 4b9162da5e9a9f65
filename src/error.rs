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
    /// A good edit key whose file is gone.
    Gone,
    /// The file has changed meanwhile.
    Changed,
    /// A save without a word on what it replaces.
    Unconditional,
    /// More bytes than the limit.
    TooLarge,
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
}

impl Refused {
    /// A refusal of this kind, for this reason.
    pub fn new(kind: Kind, cause: impl std::fmt::Display) -> Self {
        Self {
            kind,
            cause: cause.to_string(),
        }
    }
}

impl From<crate::names::Malformed> for Refused {
    fn from(why: crate::names::Malformed) -> Self {
        Self::new(Kind::Malformed(why.rule()), why)
    }
}

impl From<crate::store::StoreError> for Refused {
    fn from(error: crate::store::StoreError) -> Self {
        use crate::store::StoreError;
        let kind = match &error {
            StoreError::Full(_) => Kind::Full,
            StoreError::Limit(_) => Kind::TooMany(60),
            StoreError::Stale
            | StoreError::Busy(_)
            | StoreError::Broken(_)
            | StoreError::Unwritable(_) => Kind::Unavailable,
        };
        Self::new(kind, error)
    }
}

impl From<crate::resolve::Refusal> for Refused {
    fn from(refusal: crate::resolve::Refusal) -> Self {
        use crate::resolve::Refusal;
        let kind = match refusal {
            Refusal::Missing => Kind::Gone,
            Refusal::Outside
            | Refusal::Link
            | Refusal::NotRegular
            | Refusal::HardLinks
            | Refusal::Protected
            | Refusal::Io(_) => Kind::Refused,
        };
        Self::new(kind, refusal)
    }
}

impl From<crate::files::ReadError> for Refused {
    fn from(error: crate::files::ReadError) -> Self {
        use crate::files::ReadError;
        match error {
            ReadError::Refused(refusal) => refusal.into(),
            ReadError::Unsettled => Self::new(Kind::Unavailable, error),
            ReadError::Io(_) => Self::new(Kind::Refused, error),
        }
    }
}

impl From<crate::files::SaveError> for Refused {
    fn from(error: crate::files::SaveError) -> Self {
        use crate::files::SaveError;
        let kind = match &error {
            SaveError::Changed | SaveError::Gone => Kind::Changed,
            SaveError::TooLarge => Kind::TooLarge,
            SaveError::Full(_) => Kind::Full,
            SaveError::Refused(_) => Kind::Refused,
            SaveError::Busy
            | SaveError::ReadOnly
            | SaveError::Denied
            | SaveError::Torn { .. }
            | SaveError::Io(_) => Kind::Unavailable,
        };
        Self::new(kind, error)
    }
}

impl From<crate::grants::Denied> for Refused {
    fn from(denied: crate::grants::Denied) -> Self {
        Self::new(Kind::Refused, denied)
    }
}

impl From<crate::mint::NoRandom> for Refused {
    fn from(error: crate::mint::NoRandom) -> Self {
        Self::new(Kind::Unavailable, error)
    }
}
