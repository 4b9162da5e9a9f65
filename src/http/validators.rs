//! The headers that name a revision, `ETag` and `Last-Modified` (RFC 9110, 8.8), spelled once for each that is asked for
//! again.

use std::time::SystemTime;

use actix_web::http::header::{HeaderValue, HttpDate};

use crate::cache::{Cache, cache};
use crate::files::Revision;

/// Most revisions whose spelling is kept.
const KEPT: usize = 2048;

/// The two headers of one revision.
#[derive(Clone)]
pub(super) struct Validators {
    pub(super) tag: HeaderValue,
    pub(super) modified: HeaderValue,
}

/// The spellings that are kept.
pub(super) struct Spelled(Cache<(Revision, SystemTime), Validators>);

impl Spelled {
    pub(super) fn new() -> Self {
        Self(cache(KEPT))
    }

    /// The headers of this revision, which was made at `modified`.
    pub(super) fn of(&self, revision: &Revision, modified: SystemTime) -> Validators {
        let name = (*revision, modified);
        if let Some(kept) = self.0.get(&name) {
            return kept;
        }
        // Neither holds anything but letters, digits and a few signs.
        let spell = |text: String| {
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        let spelled = Validators {
            tag: spell(revision.to_string()),
            modified: spell(HttpDate::from(modified).to_string()),
        };
        self.0.insert(name, spelled.clone());
        spelled
    }
}
