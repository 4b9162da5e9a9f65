//! Counting at the server how often somebody does something, for all nodes together, by the server's own clock.
//!
//! What is counted is stored under a hash: a name that was typed may be a password typed in the wrong field.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::link::Link;
use crate::store::StoreError;

/// The generic cell rate algorithm, in one step. What is kept is the moment at which all is forgotten, in microseconds; it
/// lives until then. The answer is 0, or the microseconds to wait.
const COUNT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local burst, gap = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('GET', KEYS[1])
local forgotten = now
if kept then forgotten = math.max(now, tonumber(kept)) end
local early = forgotten - now - gap * (burst - 1)
if early > 0 then return early end
forgotten = forgotten + gap
redis.call('SET', KEYS[1], string.format('%.0f', forgotten), 'PX', math.ceil((forgotten - now) / 1000))
return 0";

impl Link {
    /// Counts once more what `key` of this kind does: `burst` times at once, and then once in each `gap`. Otherwise so many
    /// seconds must pass first, and it is not counted.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub async fn throttle(
        &self,
        kind: &str,
        key: &str,
        burst: u32,
        gap: Duration,
    ) -> Result<Result<(), u32>, StoreError> {
        let name = self.names().of("r", &hashed(kind, key));
        let limits = [burst.to_string(), gap.as_micros().to_string()];
        let limits = limits.map(String::into_bytes);
        let wait: u64 = self.run(COUNT, &[&name], &limits).await?;
        if wait == 0 {
            return Ok(Ok(()));
        }
        let secs = Duration::from_micros(wait).as_secs();
        Ok(Err(u32::try_from(secs)
            .unwrap_or(u32::MAX)
            .saturating_add(1)))
    }

    /// Remembers `key` of this kind, for so long from now on.
    ///
    /// # Errors
    /// Any [`StoreError`].
    pub(in crate::store) async fn note(
        &self,
        kind: &str,
        key: &str,
        for_so_long: Duration,
    ) -> Result<(), StoreError> {
        let name = self.names().of("n", &hashed(kind, key));
        let mut set = redis::cmd("SET");
        set.arg(&name).arg(1).arg("EX").arg(for_so_long.as_secs());
        let mut change = super::Change::default();
        change.run(set);
        self.commit(change).await.map(drop)
    }

    /// Whether `key` of this kind is remembered.
    ///
    /// # Errors
    /// [`StoreError::Away`].
    pub(in crate::store) async fn noted(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        let name = self.names().of("n", &hashed(kind, key));
        let there = self.read(&name, |_| Some(((), 0))).await?;
        Ok(there.is_some())
    }
}

fn hashed(kind: &str, key: &str) -> Vec<u8> {
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(key));
    format!("{kind}:{hash}").into_bytes()
}
