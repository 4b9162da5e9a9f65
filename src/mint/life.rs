//! How long a key lives, as it was asked for.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::names::Malformed;

/// Longest life that can be asked for: a hundred years of 365 days.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A key's life. Two asks for the same file with the same `Life` are asks for the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Life {
    /// Until it is revoked.
    Unlimited,
    /// So many seconds from its minting.
    For(u32),
    /// Until this second.
    Until(Timestamp),
}

impl Life {
    /// What `text` asks for: a duration such as `90d` or `1h 30m` (a day has 24 hours), or an RFC 3339 time.
    ///
    /// # Errors
    /// [`Malformed::Life`]: unreadable, not in the future, or above a hundred years.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, Malformed> {
        if text.len() > 64 {
            return Err(Malformed::Life);
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            let time = whole_seconds(time);
            let in_time = time > now && now.duration_until(time) <= signed(LONGEST);
            return in_time.then_some(Self::Until(time)).ok_or(Malformed::Life);
        }
        let span: Span = text.parse().map_err(|_| Malformed::Life)?;
        let length = span
            .to_duration(SpanRelativeTo::days_are_24_hours())
            .ok()
            .and_then(|length| Duration::try_from(length).ok())
            .ok_or(Malformed::Life)?;
        Self::of(length)
    }

    /// This long, in whole seconds.
    ///
    /// # Errors
    /// [`Malformed::Life`] below a second and above a hundred years.
    pub fn of(length: Duration) -> Result<Self, Malformed> {
        let secs = u32::try_from(length.as_secs()).map_err(|_| Malformed::Life)?;
        if secs == 0 || length > LONGEST {
            return Err(Malformed::Life);
        }
        Ok(Self::For(secs))
    }

    /// When a key minted `now` ends.
    #[must_use]
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Unlimited => None,
            Self::For(secs) => now.checked_add(SignedDuration::from_secs(secs.into())).ok(),
            Self::Until(time) => Some(time),
        }
    }

    /// Whether a key of this life, minted `now`, would outlive `ceiling`.
    #[must_use]
    pub fn exceeds(self, ceiling: Duration, now: Timestamp) -> bool {
        match self {
            Self::Unlimited => true,
            Self::For(secs) => Duration::from_secs(secs.into()) > ceiling,
            Self::Until(time) => now.duration_until(time) > signed(ceiling),
        }
    }
}

/// `time` without its fraction of a second; key files count in whole seconds.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn signed(length: Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_read_and_the_past_is_refused() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        assert_eq!(Life::parse("90d", now), Ok(Life::For(90 * 86_400)));
        assert_eq!(Life::parse("1h 30m", now), Ok(Life::For(5_400)));
        let then = "2026-11-21T12:00:01Z".parse().expect("a time");
        assert_eq!(
            Life::parse("2026-11-21T13:00:01.9+01:00", now),
            Ok(Life::Until(then))
        );
        for bad in [
            "",
            "0s",
            "-1h",
            "2026-11-21T12:00:00Z",
            "2019-01-01T00:00:00Z",
            "soon",
            "101 years",
            "90",
            "9999-01-01T00:00:00Z",
            "1 month",
        ] {
            assert_eq!(Life::parse(bad, now), Err(Malformed::Life), "{bad:?}");
        }
    }
}
