//! The keys: `accesskeys.json`.

mod add;
mod apply;
mod backup;
mod best;
mod cells;
mod claim;
mod cursor;
mod gone;
mod ids;
mod intern;
mod line;
mod listing;
mod looking;
mod marks_at;
mod more;
mod pass;
mod plan;
mod prune;
mod revoke;
mod row;
mod same;
mod scan;
mod search;
pub(in crate::store) mod shared;
mod table;
mod texts;
mod undo;
mod used_most;
mod uses;
mod wanted;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

pub use add::Added;
pub use claim::{Claimed, Claiming};
pub use cursor::Cursor;
pub use gone::{Gone, Mark};
pub use line::{CHILDREN, DEPTH};
pub use looking::KeysState;
pub use pass::Pass;
pub use plan::{Changed, Derived};
pub use prune::{Removed, Still};
pub use same::Same;
pub use search::{
    Hit, Hits, NotSearch, Order, PAGE_KEYS, QUERY_BYTES, Search, Seen, Sort, State, Whose,
};
pub use shared::Moved;
pub use table::{Ask, Found, KeyTable};
pub use undo::{LeftOut, Returned, Undone};
pub use uses::{KnownUses, Uses};
pub use wanted::{Want, Wanted};

use plan::Pending;
use shared::Shared;

use super::StoreError;
use super::log::{Entries, Log, Look};
use super::redis::Link;
use crate::mint::{AccessKey, Draft, KeyId, Record, Sealer};

/// Most live keys of browsers without a name and of anyone, all of them together.
pub const NAMELESS_KEYS: usize = 100_000;

/// All access keys: in one JSON file, or at a server that several nodes share.
#[derive(Clone)]
pub struct Keys {
    at: At,
    sealer: Sealer,
}

/// Where they stand.
#[derive(Clone)]
enum At {
    File(Box<InFile>),
    Shared(Shared),
}

/// Those in a file.
#[derive(Clone)]
struct InFile {
    log: Arc<Log<KeyTable>>,
    gone: Gone,
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
        let file = InFile {
            log: Arc::new(Log::at(path)),
            gone: Gone::beside(path),
        };
        Self {
            at: At::File(Box::new(file)),
            sealer,
        }
    }

    /// The keys that several nodes share.
    #[must_use]
    pub fn over(link: Link, sealer: Sealer) -> Self {
        Self {
            at: At::Shared(Shared::over(link)),
            sealer,
        }
    }

    /// The key file, where there is one.
    #[must_use]
    pub fn file(&self) -> Option<&Arc<Log<KeyTable>>> {
        match &self.at {
            At::File(file) => Some(&file.log),
            At::Shared(_) => None,
        }
    }

    /// The key with this name, as it stands now, expired or not.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Away`].
    pub async fn find(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        match &self.at {
            At::File(file) => file.log.look_fresh(|look| look.table.find(id)).await,
            At::Shared(shared) => shared.find(id).await,
        }
    }

    /// The key as it counts together with those it was derived from ([`KeyTable::standing`]), expired or not.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn standing(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        match &self.at {
            At::File(file) => file.log.look_fresh(|look| look.table.standing(id)).await,
            At::Shared(shared) => shared.standing(id).await,
        }
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
        self.edit(&wanted(&draft), self.minting(draft, now, alive))
            .await?
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`mint`](Self::mint).
    pub fn mint_blocking(&self, draft: Draft, now: Timestamp) -> Result<Minted, StoreError> {
        self.edit_blocking(&wanted(&draft), self.minting(draft, now, Vec::new()))?
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
        let name = draft.id.named(table::PREFIX);
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
}

/// What minting looks at: what the same ask got, and how many there are where the key is nobody's.
fn wanted(draft: &Draft) -> Wanted {
    let ask = Ask::of(draft);
    let nameless = table::nameless(&ask.by).then_some(Want::Nameless);
    let ask = (!draft.record.limits.is_new()).then_some(Want::Ask(ask));
    Wanted(ask.into_iter().chain(nameless).collect())
}

fn reveal(look: &Look<'_, KeyTable>, found: &Found, sealer: &Sealer) -> Option<AccessKey> {
    sealer.unseal(Keys::record(look, found)?.sealed.as_ref()?, &found.id)
}

#[cfg(test)]
impl Keys {
    /// The log of the key file.
    pub(super) fn log(&self) -> &Arc<Log<KeyTable>> {
        self.file().expect("keys in a file")
    }
}

#[cfg(test)]
mod tests;
