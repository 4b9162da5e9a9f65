//! Durations and sizes as people write them: `90d`, `1h 30m`, `16MiB`.
//!
//! A day has 24 hours here, daylight saving or not. Months and years have no fixed length and are refused.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// The longest duration: 100 years of 365.25 days.
pub const LONGEST: Duration = Duration::from_secs(36_525 * 24 * 60 * 60);

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotDuration {
    /// Not the spelling of one.
    #[error("this is no duration: write it as '90d', '12h' or '1h 30m'")]
    Spelling,
    /// Months or years.
    #[error("months and years have no fixed length: write days, such as '90d'")]
    Calendar,
    /// Zero, negative, or less than a second.
    #[error("a duration is at least one second")]
    Short,
    /// More than [`LONGEST`].
    #[error("a duration is at most 100 years (36525d)")]
    Long,
}

/// The duration that `text` spells: from one second to 100 years.
///
/// # Errors
/// [`NotDuration`].
pub fn duration(text: &str) -> Result<Duration, NotDuration> {
    let span: Span = text.parse().map_err(|_| NotDuration::Spelling)?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(NotDuration::Calendar);
    }
    let signed = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| NotDuration::Spelling)?;
    let duration = Duration::try_from(signed).map_err(|_| NotDuration::Short)?;
    if duration < Duration::from_secs(1) {
        Err(NotDuration::Short)
    } else if duration > LONGEST {
        Err(NotDuration::Long)
    } else {
        Ok(duration)
    }
}

/// The duration that `text` spells, from `least` to `most`; milliseconds count.
pub(super) fn between(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let span: Span = text
        .parse()
        .map_err(|_| "this is no duration: write it as '500ms', '2s' or '1m'".to_owned())?;
    let signed = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok();
    let duration = signed.and_then(|signed| Duration::try_from(signed).ok());
    let within = duration.filter(|duration| (least..=most).contains(duration));
    within.ok_or_else(|| format!("this duration is from {least:?} to {most:?}"))
}

/// The spelling of a duration, without more units than it needs: `90d`, `1h 30m`.
#[must_use]
pub fn spell(duration: Duration) -> String {
    let secs = duration.as_secs();
    let parts: Vec<String> = [
        (secs / 86_400, "d"),
        (secs % 86_400 / 3_600, "h"),
        (secs % 3_600 / 60, "m"),
        (secs % 60, "s"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, unit)| format!("{count}{unit}"))
    .collect();
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Why a text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSize {
    /// Not the spelling of one.
    #[error("this is no size: write it as '16MiB', '500kB' or a number of bytes in quotes")]
    Spelling,
    /// Outside the bounds.
    #[error("this size is from 1KiB to 1GiB")]
    Bounds,
}

/// The number of bytes that `text` spells: from 1 KiB to 1 GiB. `MiB` counts by 1024, `MB` by 1000.
pub(super) fn size(text: &str) -> Result<u64, NotSize> {
    let size = parse_size::parse_size(text).map_err(|_| NotSize::Spelling)?;
    if (1 << 10..=1 << 30).contains(&size) {
        Ok(size)
    } else {
        Err(NotSize::Bounds)
    }
}

/// The number of bytes that `text` spells, within other bounds; `why` tells them.
pub(super) fn size_between(
    text: &str,
    (least, most): (u64, u64),
    why: &'static str,
) -> Result<u64, String> {
    let size = parse_size::parse_size(text).map_err(|_| NotSize::Spelling.to_string())?;
    let within = (least..=most).contains(&size).then_some(size);
    within.ok_or_else(|| why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, secs) in [
            ("90d", 90 * 86_400),
            ("12h", 43_200),
            ("1h 30m", 5_400),
            ("1 day 2 hours", 93_600),
            ("2w", 14 * 86_400),
            ("1s", 1),
            ("36525d", 36_525 * 86_400),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(secs)), "{text}");
            assert_eq!(
                duration(&spell(Duration::from_secs(secs))),
                duration(text),
                "{text}"
            );
        }
        for (text, error) in [
            ("", NotDuration::Spelling),
            ("90", NotDuration::Spelling),
            ("soon", NotDuration::Spelling),
            ("1d or so", NotDuration::Spelling),
            ("1y", NotDuration::Calendar),
            ("3 months", NotDuration::Calendar),
            ("0s", NotDuration::Short),
            ("-1h", NotDuration::Short),
            ("1h ago", NotDuration::Short),
            ("5ms", NotDuration::Short),
            ("36526d", NotDuration::Long),
        ] {
            assert_eq!(duration(text), Err(error), "{text}");
        }
    }

    #[test]
    fn sizes_have_a_unit_and_bounds() {
        assert_eq!(size("16MiB"), Ok(16 << 20));
        assert_eq!(size("500 kB"), Ok(500_000));
        assert_eq!(size("4096"), Ok(4096));
        for (text, error) in [
            ("", NotSize::Spelling),
            ("-1MiB", NotSize::Spelling),
            ("much", NotSize::Spelling),
            ("1B", NotSize::Bounds),
            ("2GiB", NotSize::Bounds),
            ("99999999999999999999", NotSize::Spelling),
        ] {
            assert_eq!(size(text), Err(error), "{text}");
        }
    }
}
