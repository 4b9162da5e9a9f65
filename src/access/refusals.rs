//! What each stage's error is to a client: the one place that knows them all.
//!
//! Two causes that must look alike have one kind. The cause itself goes to the log and no further.

use std::fmt::Display;

use crate::error::{Kind, Refused};
use crate::files::{ReadError, SaveError};
use crate::grants::Denied;
use crate::mint::{NoRandom, Widens};
use crate::names::Malformed;
use crate::resolve::Refusal;
use crate::store::{NotNow, NotSearch, StoreError};

impl From<Malformed> for Refused {
    fn from(why: Malformed) -> Self {
        Refused::new(Kind::Malformed(why.rule()), why)
    }
}

impl From<NotSearch> for Refused {
    fn from(why: NotSearch) -> Self {
        Refused::new(Kind::Malformed(why.rule()), why)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::Full(_) => Kind::Full,
            StoreError::Limit(_) => Kind::TooMany(60),
            StoreError::Stale
            | StoreError::Busy(_)
            | StoreError::Broken(_)
            | StoreError::Unwritable(_)
            | StoreError::Away(_) => Kind::Unavailable,
        };
        Refused::new(kind, error)
    }
}

/// A refusal of whoever did it too often, as `what` tells the log; or of all, where nobody can count.
pub fn too_often(why: NotNow, what: impl Display) -> Refused {
    match why {
        NotNow::Wait(secs) => Refused::new(Kind::TooMany(secs), what),
        NotNow::Store(error) => error.into(),
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        if refusal == Refusal::Missing {
            return Refused::new(Kind::Gone, refusal);
        }
        closed(refusal)
    }
}

/// The refusal of a place, to whoever may not learn why: one answer for all, but where nothing could be told of the place at
/// this moment. Whoever was told then that a link is dead would throw it away.
pub(super) fn closed(refusal: Refusal) -> Refused {
    let kind = if refusal.passes() {
        Kind::Unavailable
    } else {
        Kind::Refused
    };
    Refused::new(kind, refusal)
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused(refusal) => refusal.into(),
            ReadError::Unsettled | ReadError::Io(_) => Refused::new(Kind::Unavailable, error),
        }
    }
}

impl From<SaveError> for Refused {
    fn from(error: SaveError) -> Self {
        let kind = match &error {
            SaveError::Refused(refusal) if refusal.passes() => Kind::Unavailable,
            SaveError::Changed | SaveError::Gone => Kind::Changed,
            SaveError::TooLarge => Kind::FileTooLarge,
            SaveError::Full(_) => Kind::Full,
            SaveError::Refused(_) => Kind::Refused,
            SaveError::Busy
            | SaveError::ReadOnly
            | SaveError::Denied
            | SaveError::Torn { .. }
            | SaveError::Io(_) => Kind::Unavailable,
        };
        Refused::new(kind, error)
    }
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        Refused::new(Kind::Refused, denied)
    }
}

impl From<Widens> for Refused {
    fn from(why: Widens) -> Self {
        Refused::new(Kind::Exceeds(why.rule()), why)
    }
}

impl From<NoRandom> for Refused {
    fn from(error: NoRandom) -> Self {
        Refused::new(Kind::Unavailable, error)
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn what_may_be_otherwise_in_a_moment_is_never_told_to_be_refused() {
        let kinds = |refusal: Refusal| {
            let read = Refused::from(ReadError::Refused(refusal));
            let saved = Refused::from(SaveError::Refused(refusal));
            [closed(refusal), refusal.into(), read, saved].map(|refused| refused.kind)
        };
        for errno in [
            Errno::MFILE,
            Errno::NOMEM,
            Errno::IO,
            Errno::STALE,
            Errno::NOTCONN,
            Errno::HOSTDOWN,
        ] {
            assert_eq!(kinds(Refusal::Io(errno)), [Kind::Unavailable; 4], "{errno}");
        }
        assert_eq!(kinds(Refusal::Unsettled), [Kind::Unavailable; 4]);
        for refusal in [
            Refusal::Outside,
            Refusal::Link,
            Refusal::Protected,
            Refusal::Io(Errno::ACCESS),
        ] {
            assert_eq!(kinds(refusal), [Kind::Refused; 4], "{refusal}");
        }
        let gone = Refused::new(Kind::Refused, "for good");
        let later = || Refused::new(Kind::Unavailable, "now");
        assert_eq!(gone.or(later()).cause, "now");
        let gone = Refused::new(Kind::Exceeds("a rule"), "for good");
        assert_eq!(later().or(gone).cause, "now");
    }
}
