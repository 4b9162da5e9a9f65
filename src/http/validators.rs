//! The headers that name a revision, `ETag` and `Last-Modified` (RFC 9110, 8.8), spelled once for each file that is
//! remembered.

use std::time::SystemTime;

use actix_web::http::header::{HeaderValue, HttpDate};

use crate::files::Revision;

/// The two headers of one revision.
#[derive(Clone)]
pub(super) struct Validators {
    pub(super) tag: HeaderValue,
    pub(super) modified: HeaderValue,
}

impl Validators {
    /// The headers of this revision, which was made at `modified`.
    pub(super) fn of(revision: &Revision, modified: SystemTime) -> Self {
        // Neither holds anything but letters, digits and a few signs.
        let spell = |text: String| {
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        Self {
            tag: spell(revision.to_string()),
            modified: spell(HttpDate::from(modified).to_string()),
        }
    }
}
