//! The keys: `accesskeys.json`.

mod intern;
mod table;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::oneshot;

pub use table::{Ask, Found, KeyTable};

use super::StoreError;
use super::log::{Change, Entries, Log, Look, Problem};
use crate::mint::{AccessKey, Draft, KeyId, Record, Sealer};

/// Most live keys of browsers without a name, all of them together.
pub const NAMELESS_KEYS: usize = 100_000;

/// What the asks of one batch were given, by ask.
pub type Pending = HashMap<Ask, AccessKey>;

/// All access keys, in one JSON file.
#[derive(Clone)]
pub struct Keys {
    log: Arc<Log<KeyTable>>,
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
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn open(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        Ok(Self {
            log: Arc::new(Log::open(path)?),
            sealer,
        })
    }

    /// The log below.
    #[must_use]
    pub fn log(&self) -> &Arc<Log<KeyTable>> {
        &self.log
    }

    /// The key with this name, as the file has it now, expired or not.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn find(&self, id: &KeyId) -> Result<Option<Found>, StoreError> {
        self.log.look_fresh(|look| look.table.find(id)).await
    }

    /// The live key that the same ask got before, if it is on the disk and can be shown again.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`].
    pub async fn find_same(
        &self,
        ask: &Ask,
        now: Timestamp,
    ) -> Result<Option<AccessKey>, StoreError> {
        self.log
            .look_fresh(|look| {
                let found = look
                    .table
                    .find_same(ask, now)
                    .filter(|found| look.durable(found.span))?;
                reveal(look, &found, &self.sealer)
            })
            .await
    }

    /// The drafted key once it is on the disk, or the key that the same ask got meanwhile.
    ///
    /// # Errors
    /// Any [`StoreError`] but `Stale`; nothing was handed out then.
    pub async fn mint(&self, draft: Draft, now: Timestamp) -> Result<Minted, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.log.submit(Box::new(self.minting(draft, now, reply)));
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// The same for the command line, which may block.
    ///
    /// # Errors
    /// As [`mint`](Self::mint).
    pub fn mint_blocking(&self, draft: Draft, now: Timestamp) -> Result<Minted, StoreError> {
        let (reply, mut answer) = oneshot::channel();
        self.log
            .commit(vec![Box::new(self.minting(draft, now, reply))]);
        answer.try_recv().unwrap_or_else(|_| Err(gone()))
    }

    fn minting(
        &self,
        draft: Draft,
        now: Timestamp,
        reply: oneshot::Sender<Result<Minted, StoreError>>,
    ) -> Minting {
        let ask = Ask {
            by: draft.record.by.clone(),
            place: draft.record.place.clone(),
            rights: draft.record.rights,
            life: draft.life,
        };
        Minting {
            json: draft.record.to_json(),
            name: format!("{}{}", table::PREFIX, draft.id),
            ask,
            key: draft.key,
            now,
            sealer: self.sealer.clone(),
            outcome: None,
            reply,
        }
    }

    /// Removes these keys, all at once; those that are not there are no error. Returns how many were. Blocks.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was removed then.
    pub fn revoke_blocking(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        let (reply, mut answer) = oneshot::channel();
        self.log.commit(vec![Box::new(Revoking {
            ids,
            count: 0,
            reply,
        })]);
        answer.try_recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Adds keys that another program made. A key that is there already stays as it is. Returns how many were new.
    ///
    /// # Errors
    /// Any [`StoreError`]; nothing was added then.
    pub fn import_blocking(&self, keys: Vec<(AccessKey, Record)>) -> Result<usize, StoreError> {
        let mut sealed = Vec::with_capacity(keys.len());
        for (key, mut record) in keys {
            let id = key.id();
            record.sealed = self.sealer.seal(&key, &id).ok();
            sealed.push((id, record.to_json()));
        }
        let (reply, mut answer) = oneshot::channel();
        self.log.commit(vec![Box::new(Importing {
            keys: sealed,
            count: 0,
            reply,
        })]);
        answer.try_recv().unwrap_or_else(|_| Err(gone()))
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

fn gone() -> StoreError {
    StoreError::Unwritable("the writer has ended".into())
}

/// One mint, under the lock.
struct Minting {
    ask: Ask,
    key: AccessKey,
    name: String,
    json: String,
    now: Timestamp,
    sealer: Sealer,
    outcome: Option<Result<Minted, StoreError>>,
    reply: oneshot::Sender<Result<Minted, StoreError>>,
}

impl Change<KeyTable> for Minting {
    fn plan(&mut self, look: &Look<'_, KeyTable>, pending: &mut Pending, out: &mut Entries) {
        let existing = pending.get(&self.ask).cloned().or_else(|| {
            let found = look.table.find_same(&self.ask, self.now)?;
            reveal(look, &found, &self.sealer)
        });
        if let Some(key) = existing {
            self.outcome = Some(Ok(Minted { key, new: false }));
            return;
        }
        if self.ask.by.contains('#') && look.table.nameless() + pending.len() >= NAMELESS_KEYS {
            self.outcome = Some(Err(StoreError::Limit(
                "too many keys of browsers without a name; prune them",
            )));
            return;
        }
        self.outcome = Some(Ok(Minted {
            key: self.key.clone(),
            new: true,
        }));
        pending.insert(self.ask.clone(), self.key.clone());
        out.put(self.name.clone(), Some(self.json.clone()));
    }

    fn done(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { outcome: planned, reply, .. } = *self;
        let answer = outcome.and_then(|()| planned.unwrap_or_else(|| Err(gone())));
        // Whoever asked may have left; the key is stored all the same and found by the next ask.
        let _ = reply.send(answer);
    }
}

struct Revoking {
    ids: Vec<KeyId>,
    count: usize,
    reply: oneshot::Sender<Result<usize, StoreError>>,
}

impl Change<KeyTable> for Revoking {
    fn plan(&mut self, look: &Look<'_, KeyTable>, _pending: &mut Pending, out: &mut Entries) {
        self.count = 0;
        for id in self.ids.iter().filter(|id| look.table.find(id).is_some()) {
            self.count += 1;
            out.put(format!("{}{id}", table::PREFIX), None);
        }
    }

    fn done(self: Box<Self>, outcome: Result<(), StoreError>) {
        let _ = self.reply.send(outcome.map(|()| self.count));
    }
}

struct Importing {
    keys: Vec<(KeyId, String)>,
    count: usize,
    reply: oneshot::Sender<Result<usize, StoreError>>,
}

impl Change<KeyTable> for Importing {
    fn plan(&mut self, look: &Look<'_, KeyTable>, _pending: &mut Pending, out: &mut Entries) {
        self.count = 0;
        for (id, json) in self
            .keys
            .iter()
            .filter(|(id, _)| look.table.find(id).is_none())
        {
            self.count += 1;
            out.put(format!("{}{id}", table::PREFIX), Some(json.clone()));
        }
    }

    fn done(self: Box<Self>, outcome: Result<(), StoreError>) {
        let _ = self.reply.send(outcome.map(|()| self.count));
    }
}

#[cfg(test)]
mod tests;
