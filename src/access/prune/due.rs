//! When a key is due to be pruned.
//!
//! Each criterion that was asked for is enough. What is not known is never held against a key: one without a time of
//! minting is not old, and one without a last use either is not unused.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::reach::{Reach, Standing};
use crate::mint::KeyId;
use crate::names::Dirname;
use crate::store::{Found, KeyTable, day};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// Only keys of places in this directory or below it.
    pub directory: Option<Dirname>,
    /// Only keys that were minted for one of these.
    pub by: Option<Vec<Arc<str>>>,
    /// Those that have been dead for so long: expired, unused for longer than they may be, or derived from what is gone.
    pub expired_for: Option<Duration>,
    /// Those not used for so long; one that was never used counts from its minting.
    pub unused_for: Option<Duration>,
    /// Those minted so long ago.
    pub older_than: Option<Duration>,
    /// Those whose file or directory is gone from a root that is there.
    pub missing_files: bool,
}

/// Why a key is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its life is over since then, or that of one it was derived from.
    Expired(Timestamp),
    /// It, or one that it was derived from, was not used for longer than it may be, and is dead since then.
    Idle(Timestamp),
    /// What it was derived from is gone, or does not hold its place any more.
    Orphaned,
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
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Expired(end) => format!("expired at {end}"),
            Self::Idle(end) => format!("unused for too long since {end}"),
            Self::Orphaned => "the key it was derived from is gone".to_owned(),
            Self::Unused(Some(day)) => format!("last used on {day}"),
            Self::Unused(None) => "never used".to_owned(),
            Self::Old(created) => format!("minted at {created}"),
            Self::FileMissing => "its file is missing".to_owned(),
            Self::DirectoryMissing => "its directory is missing".to_owned(),
        }
    }

    /// In one word, for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired(_) => "expired",
            Self::Idle(_) => "idle",
            Self::Orphaned => "orphaned",
            Self::Unused(_) => "unused",
            Self::Old(_) => "old",
            Self::FileMissing => "file-missing",
            Self::DirectoryMissing => "directory-missing",
        }
    }

    /// Whether it is about what stands at the key's place.
    #[must_use]
    pub fn missing(self) -> bool {
        matches!(self, Self::FileMissing | Self::DirectoryMissing)
    }
}

/// The days of last uses.
pub(super) type Days = HashMap<KeyId, Date>;

impl Criteria {
    /// Whether anything is asked for at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let times = [self.expired_for, self.unused_for, self.older_than];
        times.iter().all(Option::is_none) && !self.missing_files
    }

    /// Whether last uses tell anything that is asked for.
    pub(super) fn asks_for_uses(&self) -> bool {
        self.unused_for.is_some() || self.expired_for.is_some()
    }

    /// Whether the key is among those that are looked at.
    pub(super) fn within(&self, found: &Found) -> bool {
        let directory = self.directory.as_ref();
        let by = self.by.as_ref();
        directory.is_none_or(|above| found.lies_below(above))
            && by.is_none_or(|by| by.contains(&found.by))
    }

    /// Why the key is due by what is written about it and those it was derived from.
    pub(super) fn by_record(
        &self,
        found: &Found,
        table: &KeyTable,
        days: &Days,
        now: Timestamp,
    ) -> Option<Reason> {
        let used = days.get(&found.id).copied();
        self.dead(found, table, days, now)
            .or_else(|| self.by_times(found.created, used, now))
    }

    /// Why the key opens nothing any more, and never will.
    fn dead(&self, found: &Found, table: &KeyTable, days: &Days, now: Timestamp) -> Option<Reason> {
        let long = self.expired_for?;
        if found.more.is_none() {
            return ended(found, long, now);
        }
        let line = match found.parent() {
            None => Some(found.clone()),
            Some(_) => table.standing(&found.id),
        };
        let Some(line) = line else {
            let used = days.get(&found.id).copied();
            let since = since(found.created, used);
            // When it lost its parent is not known; not after its last use was counted.
            let long_ago = long.is_zero() || since.is_some_and(|since| ago(since, long, now));
            return long_ago.then_some(Reason::Orphaned);
        };
        ended(&line, long, now).or_else(|| {
            let idle = line.line().filter_map(|key| {
                let used = days.get(&key.id).copied();
                let last = used.or_else(|| key.created.map(day))?;
                Some(key.limits()?.idle?.end(last))
            });
            idle.min()
                .filter(|end| ago(*end, long, now))
                .map(Reason::Idle)
        })
    }

    fn by_times(
        &self,
        created: Option<Timestamp>,
        used: Option<Date>,
        now: Timestamp,
    ) -> Option<Reason> {
        let unused = || {
            let since = since(created, used)?;
            let long = self.unused_for?;
            ago(since, long, now).then_some(Reason::Unused(used))
        };
        let old = || {
            let (created, long) = (created?, self.older_than?);
            ago(created, long, now).then_some(Reason::Old(created))
        };
        unused().or_else(old)
    }
}

/// Whether the key's life has been over for so long.
fn ended(found: &Found, long: Duration, now: Timestamp) -> Option<Reason> {
    let end = found.expires.filter(|end| ago(*end, long, now));
    end.map(Reason::Expired)
}

/// From when on the key was not used, as far as is known. A day of use counts to its end.
fn since(created: Option<Timestamp>, used: Option<Date>) -> Option<Timestamp> {
    let Some(day) = used else { return created };
    let end = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(end.timestamp())
}

/// Whether `time` is at least `length` ago.
fn ago(time: Timestamp, length: Duration, now: Timestamp) -> bool {
    SignedDuration::try_from(length).is_ok_and(|length| time.duration_until(now) >= length)
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

    fn now() -> Timestamp {
        time("2026-11-21T12:00:00Z").expect("a time")
    }

    #[test]
    fn what_is_not_known_is_not_held_against_a_key() {
        let some = Criteria {
            unused_for: Some(Duration::from_secs(1)),
            older_than: Some(Duration::from_secs(1)),
            ..Criteria::default()
        };
        assert_eq!(some.by_times(None, None, now()), None);
        let nothing = Criteria::default();
        let created = time("2020-01-01T00:00:00Z");
        assert_eq!(nothing.by_times(created, None, now()), None);
        assert!(nothing.is_nothing() && !some.is_nothing());
    }

    #[test]
    fn a_length_is_over_when_it_is_over_and_not_before() {
        let end = time("2026-11-21T11:59:50Z").expect("a time");
        assert!(ago(end, Duration::from_secs(10), now()));
        assert!(!ago(end, Duration::from_secs(11), now()));
        assert!(!ago(now() + Duration::from_secs(1), Duration::ZERO, now()));
    }

    #[test]
    fn a_day_of_use_counts_to_its_end_and_in_place_of_the_minting() {
        let mut some = Criteria {
            unused_for: Some(Duration::from_secs(86_400)),
            ..Criteria::default()
        };
        let created = time("2020-01-01T00:00:00Z");
        let reason = |some: &Criteria, created, used| some.by_times(created, used, now());
        assert_eq!(reason(&some, created, day("2026-11-20")), None);
        let used = day("2026-11-19");
        assert_eq!(reason(&some, created, used), Some(Reason::Unused(used)));
        assert_eq!(reason(&some, None, used), Some(Reason::Unused(used)));
        assert_eq!(reason(&some, created, None), Some(Reason::Unused(None)));
        assert_eq!(reason(&some, time("2026-11-21T00:00:00Z"), None), None);
        (some.unused_for, some.older_than) = (None, some.unused_for);
        assert_eq!(
            reason(&some, created, day("2026-11-21")),
            created.map(Reason::Old)
        );
    }
}
