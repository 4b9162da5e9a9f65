//! A record at a glance: what finding and opening need of it, borrowed from its text, when that is as editkey writes it.
//!
//! Makes reading a million keys quick and decides nothing: whatever is spelled in any other way, and every mistake, is
//! [`Record::parse`](super::Record::parse)'s to read. It must never accept what that refuses, nor read it as anything else.

use jiff::Timestamp;

use super::record::Bind;
use crate::names::{Basename, Rights, Scope};

/// What stands in an entry that holds nothing but these fields, in the order in which they are written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Brief<'a> {
    /// Unchecked: to be compared with a directory that was checked.
    pub(crate) dirname: &'a [u8],
    /// A good name.
    pub(crate) basename: &'a str,
    /// Of a file, or of a directory.
    pub(crate) scope: Scope,
    /// What the key allows.
    pub(crate) rights: Rights,
    /// When it was minted.
    pub(crate) created: Option<Timestamp>,
    /// When it ends.
    pub(crate) expires: Option<Timestamp>,
    /// Unchecked, as `dirname` is; empty when unknown.
    pub(crate) by: &'a [u8],
    /// Whether the key can be shown again.
    pub(crate) sealed: bool,
    /// Who may use it.
    pub(crate) bind: Bind,
}

impl<'a> Brief<'a> {
    /// The glance at `json`; nothing where there is more to it.
    pub(crate) fn read(json: &'a [u8]) -> Option<Self> {
        // With none of these in the text, a string ends at its next quote and is what it spells. One pass without a
        // branch, which the compiler turns into few instructions.
        let (mut escapes, mut controls, mut beyond_ascii) = (false, false, false);
        for byte in json {
            escapes |= *byte == b'\\';
            controls |= *byte < b' ';
            beyond_ascii |= !byte.is_ascii();
        }
        if escapes || controls || (beyond_ascii && std::str::from_utf8(json).is_err()) {
            return None;
        }
        let mut rest = json.strip_prefix(b"{")?;
        let dirname = text(&mut rest, b"\"dirname\":\"")?;
        let basename = std::str::from_utf8(text(&mut rest, b",\"basename\":\"")?).ok()?;
        let scope = text(&mut rest, b",\"scope\":\"");
        let rights = text(&mut rest, b",\"rights\":\"");
        let created = text(&mut rest, b",\"created\":\"");
        let expires = text(&mut rest, b",\"expires\":\"");
        let by = text(&mut rest, b",\"by\":\"");
        let sealed = text(&mut rest, b",\"sealed\":\"");
        let bind = text(&mut rest, b",\"bind\":\"");
        if rest != b"}" || !Basename::is(basename) {
            return None;
        }
        let scope = match scope {
            None | Some(b"file") => Scope::File,
            Some(b"directory") => Scope::Directory,
            Some(_) => return None,
        };
        let rights = match rights {
            None | Some(b"edit") => Rights::Edit,
            Some(b"view") => Rights::View,
            Some(_) => return None,
        };
        let bind = match bind {
            None => Bind::Holder,
            Some(b"visitor") => Bind::Visitor,
            Some(_) => return None,
        };
        Some(Self {
            dirname,
            basename,
            scope,
            rights,
            created: created.map_or(Some(None), |time| second(time).map(Some))?,
            expires: expires.map_or(Some(None), |time| second(time).map(Some))?,
            by: by.unwrap_or_default(),
            sealed: sealed.is_some(),
            bind,
        })
    }
}

/// The string that follows `field`, if that is what comes next in `rest`, which then goes on behind it.
fn text<'a>(rest: &mut &'a [u8], field: &[u8]) -> Option<&'a [u8]> {
    let value = rest.strip_prefix(field)?;
    let (value, after) = value.split_at_checked(memchr::memchr(b'"', value)?)?;
    *rest = after.get(1..)?;
    Some(value)
}

/// The time that `text` spells as `2026-11-21T19:20:25Z`, from 1970 on.
fn second(text: &[u8]) -> Option<Timestamp> {
    let b: &[u8; 20] = text.try_into().ok()?;
    let marks = [b[4], b[7], b[10], b[13], b[16], b[19]] == *b"--T::Z";
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let year = two(b[0], b[1])? * 100 + two(b[2], b[3])?;
    let (month, day) = (two(b[5], b[6])?, two(b[8], b[9])?);
    let (hour, minute, secs) = (two(b[11], b[12])?, two(b[14], b[15])?, two(b[17], b[18])?);
    let good = marks
        && year >= 1970
        && (1..=12).contains(&month)
        && (1..=days(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && secs < 60;
    let day = day_number(year, month, day);
    good.then(|| Timestamp::from_second(((day * 24 + hour) * 60 + minute) * 60 + secs).ok())
        .flatten()
}

fn days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that a leap day ends one.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year / 4 - year / 100 + year / 400;
    // 153 days in the five months from March: 31, 30, 31, 30, 31.
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Record;
    use super::*;

    const WHOLE: &str = r#"{"dirname":"/srv/a","basename":"x ü.md","scope":"directory","rights":"view","created":"2026-11-21T19:20:25Z","expires":"2028-02-29T23:59:59Z","by":"host/cms:ann","sealed":"abc","bind":"visitor"}"#;

    /// Where there is a glance, the whole record says the same, or refuses what the glance leaves unchecked.
    fn agrees(json: &[u8]) -> bool {
        let Some(brief) = Brief::read(json) else {
            return true;
        };
        let dirname = std::str::from_utf8(brief.dirname).expect("UTF-8");
        let by = std::str::from_utf8(brief.by).expect("UTF-8");
        match Record::parse(json, |_| None, |by| by.into()) {
            Ok(record) => {
                let known = record.place.dirname.as_str();
                // With a slash at its end a directory is not found by this text.
                (known == dirname || dirname.strip_suffix('/') == Some(known))
                    && record.place.basename.as_str() == brief.basename
                    && record.scope == brief.scope
                    && record.rights == brief.rights
                    && record.created == brief.created
                    && record.expires == brief.expires
                    && *record.by == *by
                    && record.sealed.is_some() == brief.sealed
                    && record.bind == brief.bind
                    && record.label.is_none()
                    && record.limits == crate::mint::Limits::default()
            }
            Err(_) => {
                crate::names::Dirname::parse(dirname).is_err()
                    || by.len() > crate::mint::record::BY_BYTES
                    || by.chars().any(char::is_control)
            }
        }
    }

    #[test]
    fn what_editkey_writes_is_read_at_a_glance() {
        let record = Record::parse(WHOLE.as_bytes(), |_| None, |by| by.into()).expect("a record");
        let json = record.to_json();
        assert!(Brief::read(json.as_bytes()).is_some());
        assert!(agrees(json.as_bytes()));
        for short in [
            r#"{"dirname":"/","basename":"a"}"#,
            r#"{"dirname":"/srv","basename":"a","by":""}"#,
            r#"{"dirname":"/srv","basename":"a","scope":"file","rights":"edit"}"#,
            r#"{"dirname":"/srv","basename":"a","scope":"directory"}"#,
        ] {
            assert!(Brief::read(short.as_bytes()).is_some(), "{short}");
            assert!(agrees(short.as_bytes()), "{short}");
        }
    }

    #[test]
    fn whatever_is_spelled_in_another_way_is_left_to_the_whole() {
        for other in [
            r#"{"dirname":"\/srv","basename":"a"}"#,
            r#"{"dirname":"/srv","basename":"a" }"#,
            r#"{"basename":"a","dirname":"/srv"}"#,
            r#"{"dirname":"/srv","basename":".."}"#,
            r#"{"dirname":"/srv","basename":"a","rights":"own"}"#,
            r#"{"dirname":"/srv","basename":"a","created":"2026-02-29T00:00:00Z"}"#,
            r#"{"dirname":"/srv","basename":"a","created":"2026-02-28T24:00:00Z"}"#,
            r#"{"dirname":"/srv","basename":"a","label":"x"}"#,
            r#"{"dirname":"/srv","basename":"a","uses":1}"#,
            r#"{"dirname":"/srv","basename":"a","scope":"tree"}"#,
            r#"{"dirname":"/srv","basename":"a","rights":"edit","scope":"directory"}"#,
            r#"{"dirname":"/srv","basename":"a","scope":"directory","scope":"file"}"#,
            r#"{"dirname":"/srv","basename":"a"}}"#,
            "",
            "{",
            "null",
        ] {
            assert_eq!(Brief::read(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_glance_never_says_what_the_whole_does_not(
            at in 0..WHOLE.len(), with in any::<u8>(), cut in 0..WHOLE.len(), until in 0..20_usize
        ) {
            let mut changed = WHOLE.as_bytes().to_vec();
            changed[at] = with;
            prop_assert!(agrees(&changed));
            changed.drain(cut..(cut + until).min(WHOLE.len()));
            prop_assert!(agrees(&changed));
        }

        #[test]
        fn times_are_those_that_others_read(
            year in 1960..2500_i64, month in 0..14_i64, day in 0..33_i64, secs in 0..90_000_i64
        ) {
            let text = format!(
                "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", secs / 3600, secs / 60 % 60, secs % 60
            );
            if let Some(time) = second(text.as_bytes()) {
                prop_assert_eq!(Ok(time), text.parse().map_err(|_| ()));
            } else {
                prop_assert!(year < 1970 || text.parse::<Timestamp>().is_err());
            }
        }
    }
}
