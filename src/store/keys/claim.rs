//! A browser claims a key: planned under the lock, so that no more browsers claim it than may, whoever else writes.

use jiff::Timestamp;

use super::Keys;
use super::plan::Pending;
use super::table::KeyTable;
use super::wanted::Wanted;
use crate::mint::{Browser, KeyId, PasswordHash, Record};
use crate::store::StoreError;
use crate::store::log::{Entries, Look};

/// One key of a line that a browser claims.
#[derive(Debug, Clone)]
pub struct Claiming {
    /// Which.
    pub id: KeyId,
    /// For whom.
    pub browser: Browser,
    /// The passphrase that it had when the browser was asked for it.
    pub passphrase: Option<PasswordHash>,
}

/// What a claim came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// All of the line is this browser's, and stands so on the disk.
    Yes,
    /// One of them is not there any more, or has ended.
    Unknown,
    /// One of them has another passphrase by now.
    Changed,
    /// As many browsers as may have claimed one of them.
    Taken,
}

impl Keys {
    /// Claims all of `line` that must be claimed, or none.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was acknowledged then.
    pub async fn claim(&self, line: Vec<Claiming>, now: Timestamp) -> Result<Claimed, StoreError> {
        let ids = line.iter().map(|claiming| &claiming.id);
        self.edit(&Wanted::keys(ids), claiming(line.clone(), now))
            .await
    }
}

fn claiming(
    line: Vec<Claiming>,
    now: Timestamp,
) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Claimed + Send {
    move |look, pending, out| {
        let mut changed: Vec<(KeyId, Record)> = Vec::new();
        for Claiming {
            id,
            browser,
            passphrase,
        } in &line
        {
            let live = |record: &Record| record.expires.is_none_or(|end| end > now);
            let Some(mut record) = pending.record(look, id).filter(live) else {
                return Claimed::Unknown;
            };
            if record.limits.passphrase != *passphrase {
                return Claimed::Changed;
            }
            let Some(claims) = &mut record.limits.claims else {
                continue;
            };
            if claims.browsers.contains(browser) {
                continue;
            }
            let Some(left) = claims.left.checked_sub(1) else {
                return Claimed::Taken;
            };
            claims.left = left;
            claims.browsers.push(*browser);
            changed.push((*id, record));
        }
        for (id, record) in changed {
            pending.put(out, id, record);
        }
        Claimed::Yes
    }
}
