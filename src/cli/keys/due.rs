//! When a key is due to be pruned.
//!
//! Each criterion that was asked for is enough. What is not known is never held against a key: one without a time of
//! minting is not old, and one without a last use either is not unused.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::reach::{Reach, Standing};
use crate::mint::KeyId;
use crate::names::Dirname;
use crate::store::Found;

/// What was asked for, and the moment at which it is judged.
#[derive(Debug, Clone)]
pub(super) struct Criteria {
    pub(super) directory: Option<Dirname>,
    pub(super) expired: bool,
    pub(super) unused_for: Option<Duration>,
    pub(super) older_than: Option<Duration>,
    pub(super) now: Timestamp,
}

/// Why a key is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its life is over since then.
    Expired(Timestamp),
    /// It was used last on that day, or never since its minting.
    Unused(Option<Date>),
    /// It was minted then.
    Old(Timestamp),
    /// Its file is not there.
    FileMissing,
    /// Its directory is not there.
    DirectoryMissing,
}

impl Reason {
    /// Why a key is due by what stands at its place.
    pub(super) fn by_place(found: &Found, reach: &Reach, instant: Instant) -> Option<Reason> {
        match reach.at(&found.place, found.scope, instant) {
            Standing::FileMissing => Some(Reason::FileMissing),
            Standing::DirectoryMissing => Some(Reason::DirectoryMissing),
            Standing::There | Standing::Away(_) | Standing::Refused(_) => None,
        }
    }

    /// In words.
    pub(super) fn text(self) -> String {
        match self {
            Self::Expired(end) => format!("expired at {end}"),
            Self::Unused(Some(day)) => format!("last used on {day}"),
            Self::Unused(None) => "never used".to_owned(),
            Self::Old(created) => format!("minted at {created}"),
            Self::FileMissing => "its file is missing".to_owned(),
            Self::DirectoryMissing => "its directory is missing".to_owned(),
        }
    }

    /// In one word, for programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Expired(_) => "expired",
            Self::Unused(_) => "unused",
            Self::Old(_) => "old",
            Self::FileMissing => "file-missing",
            Self::DirectoryMissing => "directory-missing",
        }
    }

    /// Whether it is about what stands at the key's place.
    pub(super) fn missing(self) -> bool {
        matches!(self, Self::FileMissing | Self::DirectoryMissing)
    }
}

impl Criteria {
    /// Whether the key is among those that are looked at.
    pub(super) fn within(&self, found: &Found) -> bool {
        let directory = self.directory.as_ref();
        directory.is_none_or(|above| found.lies_below(above))
    }

    /// Why the key is due by what is written about it.
    pub(super) fn by_record(&self, found: &Found, days: &HashMap<KeyId, Date>) -> Option<Reason> {
        self.by_times(found.created, found.expires, days.get(&found.id).copied())
    }

    fn by_times(
        &self,
        created: Option<Timestamp>,
        expires: Option<Timestamp>,
        used: Option<Date>,
    ) -> Option<Reason> {
        let ended = expires.filter(|end| self.expired && *end <= self.now);
        let old = || created.filter(|created| self.ago(*created, self.older_than));
        ended
            .map(Reason::Expired)
            .or_else(|| self.unused(created, used))
            .or_else(|| old().map(Reason::Old))
    }

    fn unused(&self, created: Option<Timestamp>, used: Option<Date>) -> Option<Reason> {
        let since = match used {
            // A day of use counts to its end.
            Some(day) => day
                .tomorrow()
                .ok()?
                .to_zoned(TimeZone::UTC)
                .ok()?
                .timestamp(),
            None => created?,
        };
        self.ago(since, self.unused_for)
            .then_some(Reason::Unused(used))
    }

    /// Whether `time` is at least `length` ago, where a length was asked for.
    fn ago(&self, time: Timestamp, length: Option<Duration>) -> bool {
        let length = length.and_then(|length| SignedDuration::try_from(length).ok());
        length.is_some_and(|length| time.duration_until(self.now) >= length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    fn day(text: &str) -> Option<Date> {
        text.parse().ok()
    }

    fn criteria(length: Duration) -> Criteria {
        Criteria {
            directory: None,
            expired: true,
            unused_for: Some(length),
            older_than: Some(length),
            now: time("2026-11-21T12:00:00Z").expect("a time"),
        }
    }

    #[test]
    fn what_is_not_known_is_not_held_against_a_key() {
        let mut some = criteria(Duration::from_secs(1));
        assert_eq!(some.by_times(None, None, None), None);
        (some.expired, some.unused_for, some.older_than) = (false, None, None);
        let (created, expires) = (time("2020-01-01T00:00:00Z"), time("2021-01-01T00:00:00Z"));
        assert_eq!(some.by_times(created, expires, None), None);
        some.expired = true;
        assert_eq!(
            some.by_times(created, expires, None),
            expires.map(Reason::Expired)
        );
        assert_eq!(
            some.by_times(created, time("2026-11-21T12:00:01Z"), None),
            None
        );
    }

    #[test]
    fn a_day_of_use_counts_to_its_end_and_in_place_of_the_minting() {
        let mut some = criteria(Duration::from_secs(86_400));
        some.older_than = None;
        let created = time("2020-01-01T00:00:00Z");
        assert_eq!(some.by_times(created, None, day("2026-11-20")), None);
        let used = day("2026-11-19");
        assert_eq!(
            some.by_times(created, None, used),
            Some(Reason::Unused(used))
        );
        assert_eq!(some.by_times(None, None, used), Some(Reason::Unused(used)));
        assert_eq!(
            some.by_times(created, None, None),
            Some(Reason::Unused(None))
        );
        assert_eq!(
            some.by_times(time("2026-11-21T00:00:00Z"), None, None),
            None
        );
        (some.unused_for, some.older_than) = (None, some.unused_for);
        assert_eq!(
            some.by_times(created, None, day("2026-11-21")),
            created.map(Reason::Old)
        );
    }
}
