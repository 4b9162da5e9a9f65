//! Conditional requests and ranges (RFC 9110, 13 and 14).
//!
//! What cannot be understood is no condition for reading, and refuses a save.

use std::time::{Duration, SystemTime};

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ByteRangeSpec, Header as _, HeaderValue, HttpDate, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_RANGE, IfModifiedSince, RANGE, Range,
};

use super::facts::Head;
use super::shared::{Shared, moment};
use crate::error::{Kind, Refused};
use crate::files::{Precondition, Revision};
use crate::resolve::SafePath;

/// Whether the client has this revision already (RFC 9110, 13.2.2).
pub(super) fn unchanged(request: &impl Head, revision: &Revision, modified: SystemTime) -> bool {
    if request.headers().contains_key(IF_NONE_MATCH) {
        return known(request, revision);
    }
    request.headers().contains_key(IF_MODIFIED_SINCE)
        && IfModifiedSince::parse(request)
            .is_ok_and(|since| whole_second(modified) <= SystemTime::from(since.0))
}

/// Whether the client says that it has this revision already, by its entity tag.
pub(super) fn known(request: &impl Head, revision: &Revision) -> bool {
    let tags = request.headers().get_all(IF_NONE_MATCH);
    let tags = tags.filter_map(|value| value.to_str().ok());
    let mut tags = tags.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| {
        tag == "*"
            || Revision::parse(tag.strip_prefix("W/").unwrap_or(tag)).as_ref() == Some(revision)
    })
}

/// HTTP dates have no fractions.
fn whole_second(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(time, |since| {
        SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
    })
}

/// The bytes that are wanted.
pub(super) enum Wanted {
    /// All of them.
    All,
    /// The first and the last.
    Part(u64, u64),
    /// None that there are.
    Unsatisfiable,
}

/// The range that was asked for. Several at once, and what is no range, get the whole.
pub(super) fn wanted(
    request: &impl Head,
    revision: &Revision,
    modified: SystemTime,
    size: u64,
) -> Wanted {
    let headers = request.headers();
    if request.head().method != Method::GET || !headers.contains_key(RANGE) {
        return Wanted::All;
    }
    if let Some(condition) = headers.get(IF_RANGE).and_then(|value| value.to_str().ok()) {
        let same_time = condition
            .parse::<HttpDate>()
            .is_ok_and(|time| SystemTime::from(time) == whole_second(modified));
        if Revision::parse(condition).as_ref() != Some(revision) && !same_time {
            return Wanted::All;
        }
    }
    match Range::parse(request) {
        Ok(Range::Bytes(ranges)) => match ranges.as_slice() {
            [one] => satisfiable(one, size),
            _ => Wanted::All,
        },
        _ => Wanted::All,
    }
}

fn satisfiable(range: &ByteRangeSpec, size: u64) -> Wanted {
    match range.to_satisfiable_range(size) {
        Some((from, to)) if from <= to => Wanted::Part(from, to),
        _ => Wanted::Unsatisfiable,
    }
}

/// What the save is to replace.
pub(super) fn precondition(
    request: &HttpRequest,
    existing: Option<&SafePath>,
    shared: &Shared,
) -> Result<Precondition, Refused> {
    let headers = request.headers();
    let (matching, absent) = (
        headers.contains_key(IF_MATCH),
        headers.contains_key(IF_NONE_MATCH),
    );
    let changed = |why| Refused::new(Kind::Changed, why);
    let texts = |name| {
        headers
            .get_all(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or(""))
    };
    match (matching, absent) {
        (false, false) => Err(Refused::new(
            Kind::Unconditional,
            "a save without a precondition",
        )),
        (true, true) => {
            let rule = "If-Match or If-None-Match, not both";
            Err(Refused::new(Kind::Malformed(rule), rule))
        }
        (false, true) if texts(IF_NONE_MATCH).all(|text| text.trim() == "*") => {
            Ok(Precondition::Absent)
        }
        (false, true) => Err(changed("If-None-Match other than *")),
        (true, false) => {
            let tags: Vec<&str> = texts(IF_MATCH)
                .flat_map(|text| text.split(','))
                .map(str::trim)
                .collect();
            let existing = existing.ok_or_else(|| changed("no file to match"))?;
            let revisions: Vec<Revision> = if tags == ["*"] {
                vec![shared.access.revision(existing, moment())?]
            } else {
                tags.into_iter().filter_map(Revision::parse).collect()
            };
            if revisions.is_empty() {
                return Err(changed("no revision of ours"));
            }
            Ok(Precondition::Match(revisions))
        }
    }
}
