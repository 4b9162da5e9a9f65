//! Files that were looked at within the last second, for verdicts alone: whoever serves the file opens it by its path a
//! moment later, and looks then.
//!
//! It must never answer for a place that was not resolved within [`COUNTS`], nor remember a refusal.

use std::time::{Duration, Instant};

use super::{Refusal, Roots};
use crate::cache::{Cache, cache};
use crate::names::Place;

/// How long a look counts.
const COUNTS: Duration = Duration::from_secs(1);
/// Most files that are remembered: some 300 bytes each.
const MOST: usize = 8192;

/// The files, and when each was looked at.
pub(super) struct Lately(Cache<Place, Instant>);

impl Lately {
    pub(super) fn new() -> Self {
        Self(cache(MOST))
    }

    pub(super) fn forget(&self) {
        self.0.clear();
    }
}

impl Roots {
    /// Whether [`Roots::resolve`] would give the file at this place, or gave it within the last second.
    ///
    /// # Errors
    /// As [`Roots::resolve`].
    pub fn stood_lately(&self, place: &Place, now: Instant) -> Result<(), Refusal> {
        let known = self.lately.0.get(place);
        if known.is_some_and(|then| now.saturating_duration_since(then) < COUNTS) {
            return Ok(());
        }
        self.resolve(place, now)?;
        self.lately.0.insert(place.clone(), now);
        Ok(())
    }
}
