//! How many new keys each may get in a minute. Where nobody can count, nobody gets one.

use std::num::NonZeroU32;
use std::time::Duration;

use super::refusals::too_often;
use crate::error::Refused;
use crate::store::redis::Link;
use crate::store::{NotNow, Throttle};

/// Longest wait that somebody is told, in seconds: by then all is forgotten.
const MINUTE: u32 = 60;

/// The throttle of new keys; none where the settings name no number.
pub struct NewKeys(Option<Throttle>);

impl NewKeys {
    /// So many a minute for each; counted at the server, where there is one.
    #[must_use]
    pub fn per_minute(count: Option<NonZeroU32>, link: Option<&Link>) -> Self {
        Self(count.map(|count| {
            let gap = Duration::from_secs(MINUTE.into()) / count.get();
            Throttle::new(link, "new-keys", count, gap)
        }))
    }

    /// Counts one more for `by`.
    ///
    /// # Errors
    /// [`Kind::TooMany`](crate::error::Kind::TooMany); what the store says.
    pub async fn one_more(&self, by: &str) -> Result<(), Refused> {
        let Some(limit) = &self.0 else {
            return Ok(());
        };
        limit.count(by).await.map_err(|why| {
            let why = match why {
                NotNow::Wait(_) => NotNow::Wait(MINUTE),
                NotNow::Store(_) => why,
            };
            let what = format_args!("{by}: more new keys than limits.new_keys_per_minute");
            too_often(why, what)
        })
    }

    /// Forgets who has not come for a while.
    pub fn forget(&self) {
        if let Some(limit) = &self.0 {
            limit.forget();
        }
    }
}
