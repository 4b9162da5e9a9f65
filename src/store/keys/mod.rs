//! The keys: `accesskeys.json`.

mod add;
mod apply;
mod backup;
mod best;
mod claim;
mod cursor;
mod gone;
mod intern;
mod line;
mod listing;
mod more;
mod plan;
mod prune;
mod revoke;
mod row;
mod same;
mod scan;
mod search;
mod table;
mod texts;
mod undo;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

pub use add::Added;
pub use claim::{Claimed, Claiming};
pub use cursor::Cursor;
pub use gone::{Gone, Mark};
pub use line::{CHILDREN, DEPTH};
pub use plan::{Changed, Derived};
pub use prune::{Removed, Still};
pub use same::Same;
pub use search::{
    Hit, Hits, NotSearch, Order, PAGE_KEYS, QUERY_BYTES, Search, Seen, Sort, State, Uses, Whose,
};
pub use table::{Ask, Found, KeyTable};
pub use undo::{LeftOut, Returned, Undone};

use plan::Pending;

use super::StoreError;
use super::log::{Entries, Log, Look, Problem};
use crate::mint::{AccessKey, Draft, KeyId, Record, Sealer};

/// Most live keys of browsers without a name and of anyone, all of them together.
pub const NAMELESS_KEYS: usize = 100_000;

/// All access keys, in one JSON file.
#[derive(Clone)]
pub struct Keys {
    log: Arc<Log<KeyTable>>,
    gone: Gone,
    sealer: Sealer,
}

/// What an ask was given.
pub struct Minted {
    /// The key.
    pub key: AccessKey,
    /// Whether it is new.
    pub new: bool,
}

impl Keys {
    /// The keys at `path`, unread.
    #[must_use]
    pub fn at(path: &Path, sealer: Sealer) -> Self {
        Self {
            log: Arc::new(Log::at(path)),
            gone: Gone::beside(path),
            sealer,
        }
    }

    /// The log below.
    #[must_use]
    pub fn log(&self) -> &Arc<Log<KeyTable>> {
        &self.log
    }

    /// What became of keys that are gone.
    #[must_use]
    pub fn gone(&self) -> &Gone {
        &self.gone
    }

    /// The key with this name, as the file has it now, expired or not.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn find(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        self.log.look_fresh(|look| look.table.find(id)).await
    }

    /// The key as it counts together with those it was derived from ([`KeyTable::standing`]), expired or not.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn standing(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        self.log.look_fresh(|look| look.table.standing(id)).await
    }

    /// The drafted key once it is on the disk, or the key that the same ask got meanwhile. `alive` are keys whose last use
    /// keeps them alive, as [`find_same`](Self::find_same) told; another that may have died unused is not handed out.
    ///
    /// # Errors
    /// Any [`StoreError`] but `Stale`; nothing was handed out then.
    pub async fn mint(
        &self,
        draft: Draft,
        now: Timestamp,
        alive: Vec<KeyId>,
    ) -> Result<Minted, StoreError> {
        self.log.edit(self.minting(draft, now, alive)).await?
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`mint`](Self::mint).
    pub fn mint_blocking(&self, draft: Draft, now: Timestamp) -> Result<Minted, StoreError> {
        self.log
            .edit_blocking(self.minting(draft, now, Vec::new()))?
    }

    fn minting(
        &self,
        draft: Draft,
        now: Timestamp,
        alive: Vec<KeyId>,
    ) -> impl FnMut(&Look<'_, KeyTable>, &mut Pending, &mut Entries) -> Result<Minted, StoreError>
    + Send
    + use<> {
        let ask = Ask::of(&draft);
        let always_new = draft.record.limits.is_new();
        let json = draft.record.to_json();
        let name = format!("{}{}", table::PREFIX, draft.id);
        let sealer = self.sealer.clone();
        let key = draft.key;
        move |look, pending, out| {
            let existing = || {
                let shown = |found: &Found| {
                    let dead = found.unused(None, now) && !alive.contains(&found.id);
                    let same = pending.untouched(&found.id) && !dead;
                    same.then(|| reveal(look, found, &sealer)).flatten()
                };
                pending
                    .asked(&ask)
                    .or_else(|| look.table.find_same(&ask, now, shown))
            };
            if let Some(key) = (!always_new).then(existing).flatten() {
                return Ok(Minted { key, new: false });
            }
            if table::nameless(&ask.by) && look.table.nameless() + pending.asks() >= NAMELESS_KEYS {
                return Err(StoreError::Limit(
                    "too many keys of browsers without a name; prune them",
                ));
            }
            if !always_new {
                pending.answer(ask.clone(), key.clone());
            }
            out.put(name.clone(), Some(json.clone()));
            Ok(Minted {
                key: key.clone(),
                new: true,
            })
        }
    }

    /// The whole record of a key that [`find`](Self::find) or a listing gave.
    #[must_use]
    pub fn record(look: &Look<'_, KeyTable>, found: &Found) -> Option<Record> {
        Record::parse(&look.json(found.span)?, |_| None, |by| by.into()).ok()
    }

    /// The key itself, for its owner. `None` without the secret it was sealed with.
    #[must_use]
    pub fn reveal(&self, look: &Look<'_, KeyTable>, found: &Found) -> Option<AccessKey> {
        reveal(look, found, &self.sealer)
    }

    /// What was refused when the file was read, and whether its end was torn.
    #[must_use]
    pub fn problems(&self) -> (Vec<Problem>, bool) {
        self.log.problems()
    }
}

fn reveal(look: &Look<'_, KeyTable>, found: &Found, sealer: &Sealer) -> Option<AccessKey> {
    sealer.unseal(Keys::record(look, found)?.sealed.as_ref()?, &found.id)
}

#[cfg(test)]
mod tests;
