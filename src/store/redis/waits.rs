//! How many requests wait for the server: more than so many are refused at once.

use std::sync::atomic::Ordering;

use super::shared::Shared;
use crate::store::StoreError;

/// Most requests that wait for an answer; more are refused at once.
const ASKED_MOST: usize = 16_384;

/// One request that waits.
pub(super) struct Waits<'a>(&'a Shared);

impl<'a> Waits<'a> {
    pub(super) fn one_more(shared: &'a Shared) -> Result<Self, StoreError> {
        let waits = Self(shared);
        if shared.asked.fetch_add(1, Ordering::AcqRel) < ASKED_MOST {
            Ok(waits)
        } else {
            Err(crowded())
        }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.asked.fetch_sub(1, Ordering::AcqRel);
    }
}

fn crowded() -> StoreError {
    StoreError::Away("too many requests wait for Redis".into())
}
