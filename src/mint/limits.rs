//! What narrows a key beyond its rights and its end, and the note on it. Most keys have none of it.
//!
//! Each is enforced at every use, of the key and of those it was derived from; one that cannot be read refuses the key.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{KeyId, PasswordHash};
use crate::names::{Label, Malformed};

/// Most browsers that may claim a key.
pub const MOST_USES: u8 = 100;
/// Most days of [`Idle`]: a hundred years of 365 days.
const MOST_DAYS: u16 = 36_500;

/// How long a key may stay unused, in whole days, since last uses are kept by the day. Less is narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Idle(u16);

impl Idle {
    /// So many days.
    ///
    /// # Errors
    /// [`Malformed::Idle`] for none, and above a hundred years.
    pub fn days(days: u16) -> Result<Self, Malformed> {
        let good = (1..=MOST_DAYS).contains(&days);
        good.then_some(Self(days)).ok_or(Malformed::Idle)
    }

    /// What `text` spells: a duration of whole days, such as `30d` or `2w`.
    ///
    /// # Errors
    /// [`Malformed::Idle`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > 64 {
            return Err(Malformed::Idle);
        }
        let span: Span = text.parse().map_err(|_| Malformed::Idle)?;
        let length = span
            .to_duration(SpanRelativeTo::days_are_24_hours())
            .map_err(|_| Malformed::Idle)?;
        Self::of(length)
    }

    /// This length, which is one of whole days.
    ///
    /// # Errors
    /// [`Malformed::Idle`].
    pub fn of(length: SignedDuration) -> Result<Self, Malformed> {
        let day = SignedDuration::from_hours(24);
        let days = length.as_secs() / day.as_secs();
        let whole = u16::try_from(days)
            .ok()
            .filter(|days| SignedDuration::from_hours(i64::from(*days) * 24) == length);
        Self::days(whole.ok_or(Malformed::Idle)?)
    }

    /// How many days.
    #[must_use]
    pub fn as_days(self) -> u16 {
        self.0
    }

    /// From when on a key is dead that was used last on this day. The day counts to its end, in UTC.
    #[must_use]
    pub fn end(self, last: Date) -> Timestamp {
        let days = Span::new().days(i64::from(self.0) + 1);
        let end = last
            .checked_add(days)
            .and_then(|day| day.to_zoned(TimeZone::UTC));
        end.map_or(Timestamp::MAX, |end| end.timestamp())
    }
}

impl std::fmt::Display for Idle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}d", self.0)
    }
}

/// A browser that claimed a key: the hash of the random name that it was given in a cookie, and of the key's id, so that
/// two keys do not show that one browser claimed both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Browser(KeyId);

impl Browser {
    /// The browser whose cookie says `secret`, as the key of this name knows it. Written like an id.
    #[must_use]
    pub fn of(secret: &super::AccessKey, key: &KeyId) -> Self {
        let hash = Sha256::new()
            .chain_update(secret.reveal())
            .chain_update(key.as_bytes());
        Self(KeyId::from_bytes(hash.finalize().into()))
    }

    /// The browser that `text` spells, as [`Display`](std::fmt::Display) writes it.
    ///
    /// # Errors
    /// [`super::NotAKey`].
    pub fn parse(text: &str) -> Result<Self, super::NotAKey> {
        KeyId::parse(text).map(Self)
    }
}

impl std::fmt::Display for Browser {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, out)
    }
}

/// How many browsers may still claim a key, and those that did. Only they can use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// How many may still.
    pub left: u8,
    /// Who did; with those that may still at most [`MOST_USES`].
    pub browsers: Vec<Browser>,
}

/// What narrows a key beyond its rights and its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// It dies when it was not used for so long.
    pub idle: Option<Idle>,
    /// Only browsers that claimed it may use it, and so many may claim it.
    pub claims: Option<Claims>,
    /// Whoever uses it must know this passphrase.
    pub passphrase: Option<PasswordHash>,
    /// The key that it was derived from: where that one is not live, this one is not.
    pub parent: Option<KeyId>,
}

impl Limits {
    /// Whether the key stands apart: it was derived from another, or only those who claimed it may use it. Nobody gets it
    /// by asking for the same once more.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        self.parent.is_some() || self.claims.is_some()
    }

    /// Whether a key that is to have these is made anew, whatever the same ask got before: it stands apart, or somebody
    /// chose a passphrase for it, which is not the one of an earlier key.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_apart() || self.passphrase.is_some()
    }
}

/// What is known of a key beyond what most keys have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct More {
    /// What narrows it.
    pub limits: Limits,
    /// Its holder's note.
    pub label: Option<Label>,
}

impl More {
    /// Whether there is nothing more.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self == &Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_is_of_whole_days_and_a_day_of_use_counts_to_its_end() {
        assert_eq!(Idle::parse("30d"), Idle::days(30));
        assert_eq!(Idle::parse("2w").map(Idle::as_days), Ok(14));
        assert_eq!(
            Idle::parse("24h").map(|idle| idle.to_string()),
            Ok("1d".to_owned())
        );
        for bad in [
            "",
            "12h",
            "0d",
            "36h",
            "-1d",
            "1 month",
            "36501d",
            "2026-11-21T12:00:00Z",
        ] {
            assert_eq!(Idle::parse(bad), Err(Malformed::Idle), "{bad:?}");
        }
        let day: Date = "2026-11-21".parse().expect("a day");
        let end = Idle::parse("1d").expect("a day").end(day);
        assert_eq!(end.to_string(), "2026-11-23T00:00:00Z");
    }
}
